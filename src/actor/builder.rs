//! Starting an actor.

use super::addr::Addr;
use super::cell::{ActorCell, Home};
use super::error::StartError;
use super::host::Host;
use crate::executor::ThreadPoolExecutor;
use crate::sync::Semaphore;
use crate::sys::thread;
use std::fmt;
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

/// Chooses where an actor lives, and how long it runs at a stretch.
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
    batch: usize,
    /// For a thread of its own; `None` is the system's choice.
    stack_size: Option<usize>,
    object: PhantomData<fn(A)>,
}

impl<A: Send + 'static> Builder<A> {
    pub(super) fn new() -> Self {
        Self {
            place: Place::Global,
            batch: BATCH,
            stack_size: None,
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

    /// Starts the actor, with `state` for its object.
    ///
    /// *Errors:* [`StartError`], with the object, where a thread of its own could not be started.
    /// On an executor it always starts.
    ///
    /// ```
    /// let addr = rungs::actor::Addr::builder().start(String::from("a")).unwrap();
    /// addr.post(|text| text.push('b')).unwrap();
    /// assert_eq!(addr.call(|text| text.clone()).wait().unwrap(), "ab");
    /// ```
    pub fn start(self, state: A) -> Result<Addr<A>, StartError<A>> {
        match self.place {
            Place::Global => {
                let host = Host::from(ThreadPoolExecutor::global());
                Ok(start_on(host, state, self.batch))
            }
            Place::Host(host) => Ok(start_on(host, state, self.batch)),
            Place::Thread(name) => start_thread(name, self.stack_size, state, self.batch),
        }
    }
}

fn start_on<A: Send + 'static>(host: Host, state: A, batch: usize) -> Addr<A> {
    Addr::new(ActorCell::new(state, Home::Host(host), batch))
}

fn start_thread<A: Send + 'static>(
    name: String,
    stack_size: Option<usize>,
    state: A,
    batch: usize,
) -> Result<Addr<A>, StartError<A>> {
    let cell = ActorCell::new(state, Home::Thread(Semaphore::new(0)), batch);
    let main = cell.clone();
    match thread::spawn(Some(name), stack_size, move || main.live()) {
        // It ends with the actor.
        Ok(_detached) => Ok(Addr::new(cell)),
        Err(error) => {
            // SAFETY: there is no address that could schedule a turn.
            let state = unsafe { cell.take_back() }.expect("it never ran");
            Err(StartError { error, state })
        }
    }
}

impl<A> Clone for Builder<A> {
    fn clone(&self) -> Self {
        Self {
            place: self.place.clone(),
            ..*self
        }
    }
}

impl<A> fmt::Debug for Builder<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("place", &self.place)
            .field("batch", &self.batch)
            .field("stack_size", &self.stack_size)
            .finish()
    }
}
