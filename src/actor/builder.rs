//! Starting an actor.

use super::addr::Addr;
use super::cell::{ActorCell, After, Home, Parts};
use super::charge::{Charge, Maker};
use super::core::Hooks;
use super::error::StartError;
use super::handler::Actor;
use super::host::Host;
use super::limit::{Limit, Overflow};
use super::test_clock::TestClock;
use crate::executor::ThreadPoolExecutor;
use crate::sync::Semaphore;
use crate::sys::{Arc, Mutex, thread};
use std::fmt;
use std::io;
use std::marker::PhantomData;

/// How many messages a turn runs at most, unless told otherwise.
const BATCH: usize = 64;

/// Where an actor lives.
#[derive(Clone, Debug)]
enum Place {
    /// On the executor of the process.
    Global,
    /// On another executor.
    Host(Host),
    /// On a thread of its own, of this name.
    Thread(String),
}

/// How many messages may wait for an actor.
///
/// ```
/// use rungs::actor::{Addr, Mailbox, Overflow, SendError};
///
/// let mailbox = Mailbox::Bounded { capacity: 1, overflow: Overflow::Reject };
/// let addr = Addr::builder().mailbox(mailbox).start(0).unwrap();
/// let me = addr.clone();
/// let fill = move |_: &mut u32| {
///     let room = me.post(|n| *n += 1);
///     let none = me.post(|n| *n += 1);
///     room.is_ok() && matches!(none, Err(SendError::Full(_)))
/// };
/// assert!(addr.call(fill).wait().unwrap());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mailbox {
    /// Any number.
    #[default]
    Unbounded,
    /// No more than `capacity`.
    Bounded {
        /// How many may wait; the one that is handled is none of them. At least 1.
        capacity: usize,
        /// What becomes of those that there is no room for.
        overflow: Overflow,
    },
}

/// Chooses where an actor lives, how many messages may wait for it, and how long it runs at a
/// stretch.
///
/// ```
/// use rungs::actor::Addr;
///
/// let addr = Addr::builder().dedicated_thread("printer").start(Vec::new()).unwrap();
/// let name = addr.call(|_: &mut Vec<u8>| std::thread::current().name().map(String::from));
/// assert_eq!(name.wait().unwrap().as_deref(), Some("printer"));
/// ```
#[must_use = "an actor is started by `start`"]
pub struct Builder<A> {
    place: Place,
    mailbox: Mailbox,
    batch: usize,
    /// For a thread of its own; `None` is the system's choice.
    stack_size: Option<usize>,
    /// What its timers go by, if not by the clock of the process.
    clock: Option<TestClock>,
    object: PhantomData<fn(A)>,
}

impl<A: 'static> Builder<A> {
    pub(super) fn new() -> Self {
        Self {
            place: Place::Global,
            mailbox: Mailbox::Unbounded,
            batch: BATCH,
            stack_size: None,
            clock: None,
            object: PhantomData,
        }
    }

    /// Lets the actor live on `executor`, instead of the one of the process.
    ///
    /// Its turns are jobs there. An executor that is shut down kills its actors, each when its
    /// next turn would come; until then an idle one is not aware of it.
    ///
    /// ```
    /// use rungs::{actor::Addr, executor::ThreadPoolExecutor};
    ///
    /// let pool = ThreadPoolExecutor::new(1);
    /// let addr = Addr::builder().on(&pool).start(1).unwrap();
    /// assert_eq!(addr.call(|n| *n + 1).wait().unwrap(), 2);
    /// ```
    pub fn on(mut self, executor: impl Into<Host>) -> Self {
        self.place = Place::Host(executor.into());
        self
    }

    /// Lets the actor live on a thread of its own, of this name: for messages that block or
    /// compute for long, and for objects that must stay on one thread.
    ///
    /// The thread sleeps while there is nothing to do and ends with the actor;
    /// [`join`](Addr::join) returns when the object has been dropped, in that thread.
    ///
    /// *Panics* in [`start`](Self::start) where the name holds a NUL byte.
    ///
    /// ```
    /// use rungs::actor::Addr;
    ///
    /// let addr = Addr::builder().dedicated_thread("ledger").start(0).unwrap();
    /// let here = std::thread::current().id();
    /// let there = addr.call(|_| std::thread::current().id()).wait().unwrap();
    /// assert_ne!(here, there);
    /// ```
    pub fn dedicated_thread(mut self, name: impl Into<String>) -> Self {
        self.place = Place::Thread(name.into());
        self
    }

    /// Gives the actor's own thread a stack of so many bytes. On an executor it means nothing.
    ///
    /// ```
    /// use rungs::actor::Addr;
    ///
    /// let small = Addr::builder().dedicated_thread("small").stack_size(64 * 1024);
    /// assert_eq!(small.start(1).unwrap().call(|n| *n).wait().unwrap(), 1);
    /// ```
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// Lets a turn run at most `n` messages before others of the same executor have theirs; 64,
    /// unless told otherwise. More is faster, fewer is fairer; `usize::MAX` never gives way.
    ///
    /// *Panics* where `n` is 0.
    ///
    /// ```
    /// let polite = rungs::actor::Addr::builder().batch(1).start("after you").unwrap();
    /// assert_eq!(polite.call(|text| text.len()).wait().unwrap(), 9);
    /// ```
    #[doc(alias = "throughput")]
    pub fn batch(mut self, n: usize) -> Self {
        assert!(n > 0, "a batch of `n` = 0 messages would never handle any");
        self.batch = n;
        self
    }

    /// Lets the timers of the actor go by a clock that a test moves.
    ///
    /// ```
    /// use rungs::actor::{Addr, TestClock};
    ///
    /// let clock = TestClock::new();
    /// let addr = Addr::builder().clock(&clock).start(1).unwrap();
    /// assert_eq!(addr.call(|n| *n).wait().unwrap(), 1);
    /// ```
    pub fn clock(mut self, clock: &TestClock) -> Self {
        self.clock = Some(clock.clone());
        self
    }

    /// Bounds the mailbox, or does not, as without this.
    ///
    /// *Panics* in the start where the capacity is 0.
    ///
    /// ```
    /// use rungs::actor::{Addr, Mailbox, Overflow};
    ///
    /// let mailbox = Mailbox::Bounded { capacity: 64, overflow: Overflow::DropNewest };
    /// let addr = Addr::builder().mailbox(mailbox).start(()).unwrap();
    /// assert_eq!(addr.capacity(), Some(64));
    /// ```
    #[doc(alias = "capacity")]
    #[doc(alias = "maxsize")]
    pub fn mailbox(mut self, mailbox: Mailbox) -> Self {
        self.mailbox = mailbox;
        self
    }

    /// Starts an active object: any value, to run closures on. It may be an [`Actor`], and then
    /// takes its messages, too; but nothing is called at its start or end.
    ///
    /// *Errors:* [`StartError`], with the object, where a thread of its own could not be started.
    /// On an executor it always starts.
    ///
    /// ```
    /// let addr = rungs::actor::Addr::builder().start(String::from("a")).unwrap();
    /// addr.post(|text| text.push('b')).unwrap();
    /// assert_eq!(addr.call(|text| text.clone()).wait().unwrap(), "ab");
    /// ```
    pub fn start(self, state: A) -> Result<Addr<A>, StartError<A>>
    where
        A: Send,
    {
        self.launch(state, None)
    }

    /// Starts an actor: [`started`](Actor::started) is called first, in its own first turn.
    ///
    /// *Errors:* as [`start`](Self::start).
    ///
    /// ```
    /// use rungs::actor::{Actor, Addr, Context};
    ///
    /// struct Greeter(&'static str);
    ///
    /// impl Actor for Greeter {
    ///     fn started(&mut self, _cx: &mut Context<Self>) { self.0 = "hello" }
    /// }
    ///
    /// let greeter = Addr::builder().start_actor(Greeter("")).unwrap();
    /// assert_eq!(greeter.call(|greeter| greeter.0).wait().unwrap(), "hello");
    /// ```
    pub fn start_actor(self, actor: A) -> Result<Addr<A>, StartError<A>>
    where
        A: Actor + Send,
    {
        self.launch(actor, Some(Hooks::new()))
    }

    /// Starts an active object that is made on a thread of its own, by `make`, and never leaves it:
    /// so it need not be `Send`. What is sent to it must be. The thread is named "actor", unless
    /// [named otherwise](Self::dedicated_thread).
    ///
    /// If `make` panics, the actor ends, and whoever waits for it is told.
    ///
    /// *Errors:* [`StartError`], with `make`, where the thread could not be started.
    ///
    /// *Panics* where an [executor](Self::on) was chosen: it has several threads.
    ///
    /// ```
    /// use rungs::actor::Addr;
    /// use std::rc::Rc;
    ///
    /// let addr = Addr::builder().start_with(|| Rc::new(1)).unwrap();
    /// assert_eq!(addr.call(|n| **n).wait().unwrap(), 1);
    /// ```
    pub fn start_with<F>(self, make: F) -> Result<Addr<A>, StartError<F>>
    where
        F: FnOnce() -> A + Send + 'static,
    {
        self.launch_thread(make, |make| make(), None)
    }

    /// Starts an actor that is made on a thread of its own, as [`start_with`](Self::start_with)
    /// does; [`started`](Actor::started) is called first.
    ///
    /// *Errors* and *panics* as there.
    ///
    /// ```
    /// use rungs::actor::{Actor, Addr, Context, Handler};
    /// use std::cell::RefCell;
    /// use std::rc::Rc;
    ///
    /// struct Window { title: Rc<RefCell<String>> }
    /// struct Rename(&'static str);
    ///
    /// impl Actor for Window {}
    ///
    /// impl Handler<Rename> for Window {
    ///     type Reply = usize;
    ///     fn handle(&mut self, Rename(title): Rename, _cx: &mut Context<Self>) -> usize {
    ///         self.title.replace(title.to_owned()).len()
    ///     }
    /// }
    ///
    /// let make = || Window { title: Rc::default() };
    /// let window = Addr::builder().dedicated_thread("ui").start_actor_with(make).unwrap();
    /// window.tell(Rename("untitled")).unwrap();
    /// assert_eq!(window.ask(Rename("report")).wait().unwrap(), 8);
    /// ```
    pub fn start_actor_with<F>(self, make: F) -> Result<Addr<A>, StartError<F>>
    where
        A: Actor,
        F: FnOnce() -> A + Send + 'static,
    {
        self.launch_thread(make, |make| make(), Some(Hooks::new()))
    }

    /// An actor that begins suspended, in somebody's charge.
    pub(super) fn launch_ward(self, charge: Charge, maker: Maker<A>) -> io::Result<Addr<A>>
    where
        A: Actor,
    {
        let (home, name) = match &self.place {
            Place::Global => (Home::Host(Host::from(ThreadPoolExecutor::global())), None),
            Place::Host(host) => (Home::Host(host.clone()), None),
            Place::Thread(name) => (
                Home::Thread(Box::new(Semaphore::new(0))),
                Some(name.clone()),
            ),
        };
        let stack_size = self.stack_size;
        let mut parts = self.parts(home, Some(Hooks::new()), false);
        parts.charge = Some((charge, maker));
        let cell = ActorCell::new(None, parts);
        if name.is_some() {
            let main = cell.clone();
            // It ends with the actor.
            thread::spawn(name, stack_size, move || main.dwell(After::Wait))?;
        }
        Ok(Addr::new(cell))
    }

    fn launch(self, state: A, hooks: Option<Hooks<A>>) -> Result<Addr<A>, StartError<A>>
    where
        A: Send,
    {
        let host = match &self.place {
            Place::Thread(_) => return self.launch_thread(state, |state| state, hooks),
            Place::Host(host) => host.clone(),
            Place::Global => Host::from(ThreadPoolExecutor::global()),
        };
        let is_due = hooks.is_some();
        let cell = ActorCell::new(Some(state), self.parts(Home::Host(host), hooks, is_due));
        if is_due {
            cell.schedule();
        }
        Ok(Addr::new(cell))
    }

    /// On a thread of its own, which makes the object of `seed`.
    fn launch_thread<S: Send + 'static>(
        self,
        seed: S,
        make: fn(S) -> A,
        hooks: Option<Hooks<A>>,
    ) -> Result<Addr<A>, StartError<S>> {
        let builder = self.on_thread();
        let Place::Thread(name) = &builder.place else {
            unreachable!("on a thread of its own")
        };
        let name = name.clone();
        let stack_size = builder.stack_size;
        let home = Home::Thread(Box::new(Semaphore::new(0)));
        let cell = ActorCell::new(None, builder.parts(home, hooks, true));
        // For who could not start it.
        let seed = Arc::new(Mutex::new(Some(seed)));
        let (main, from) = (cell.clone(), seed.clone());
        let live = move || {
            let seed = from.lock().take();
            main.live(|| make(seed.expect("taken once")));
        };
        match thread::spawn(Some(name), stack_size, live) {
            // It ends with the actor.
            Ok(_detached) => Ok(Addr::new(cell)),
            Err(error) => {
                let state = seed.lock().take().expect("it never ran");
                Err(StartError { error, state })
            }
        }
    }

    /// On a thread of its own, for what is made there.
    pub(super) fn on_thread(mut self) -> Self {
        match self.place {
            Place::Thread(_) => {}
            Place::Global => self.place = Place::Thread("actor".to_owned()),
            Place::Host(_) => panic!("what is made on a thread of its own lives on no executor"),
        }
        self
    }

    fn parts(self, home: Home, hooks: Option<Hooks<A>>, is_due: bool) -> Parts<A> {
        let limit = match self.mailbox {
            Mailbox::Unbounded => None,
            Mailbox::Bounded { capacity, overflow } => {
                Some(Box::new(Limit::new(capacity, overflow)))
            }
        };
        Parts {
            home,
            limit,
            hooks,
            clock: self.clock,
            batch: self.batch,
            is_due,
            charge: None,
        }
    }
}

impl<A> Clone for Builder<A> {
    fn clone(&self) -> Self {
        Self {
            place: self.place.clone(),
            clock: self.clock.clone(),
            ..*self
        }
    }
}

impl<A> fmt::Debug for Builder<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("place", &self.place)
            .field("mailbox", &self.mailbox)
            .field("batch", &self.batch)
            .field("stack_size", &self.stack_size)
            .field("clock", &self.clock)
            .finish()
    }
}
