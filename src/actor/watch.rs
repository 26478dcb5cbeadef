//! Being told of the end of another actor.
//!
//! The watched keeps an entry for each [`Watch`]: how to tell the watcher. Its last turn takes all
//! of them out and tells them, when the object is gone and everybody who joins has been told.
//!
//! # Invariants
//!
//! 1. An entry is taken out once, under the lock: by the end, which tells the watcher, or by the
//!    drop of its `Watch`. Who finds that the end has been there tells the watcher itself.
//! 2. No lock is held while a watcher is told. So actors may watch each other in a circle.
//! 3. Telling of an end does not recurse: where a thread that tells a watcher ends that actor by
//!    it, the watchers of that one are told by the outermost call.

use super::addr::{ActorId, Addr};
use super::cell::ActorCell;
use super::core::Core;
use super::error::StopReason;
use super::handler::Receive;
use super::mailbox::Message;
use crate::panic::{contain, discard};
use crate::sys::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
    thread_local_on_both_faces,
};
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::marker::PhantomData;

/// The news that an actor has ended: a message to those who [watch](Addr::watch) it.
///
/// ```
/// use rungs::actor::{Actor, Addr, Context, Down, Handler, StopReason, Watch};
///
/// struct Nurse(Option<Watch>);
///
/// impl Actor for Nurse {}
/// impl Handler<Down> for Nurse {
///     type Reply = ();
///     fn handle(&mut self, down: Down, cx: &mut Context<Self>) {
///         assert_eq!(down.reason, StopReason::Panicked("ouch".into()));
///         cx.stop();
///     }
/// }
///
/// let nurse = Nurse(None).start();
/// let patient = Addr::spawn(());
/// let watch = patient.watch(&nurse);
/// nurse.post(|nurse| nurse.0 = Some(watch)).unwrap();
/// patient.post(|_| panic!("ouch")).unwrap();
/// assert_eq!(nurse.join(), StopReason::Stopped);
/// ```
#[doc(alias = "Terminated")]
#[doc(alias = "DOWN")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Down {
    /// Which actor it was. Its id is not used again while its [`Watch`] is kept, or an address of
    /// it.
    pub id: ActorId,
    /// How it ended.
    pub reason: StopReason,
}

/// That an actor is watched; made by [`Addr::watch`]. Dropped, it is over.
///
/// The watcher keeps it, usually in its own object. Once the watcher itself has dropped it, in
/// one of its messages, no [`Down`] comes of it any more; dropped elsewhere, one that is on its
/// way may.
///
/// ```
/// # use rungs::actor::{Actor, Addr, Context, Down, Handler};
/// # struct Count(u32);
/// # impl Actor for Count {}
/// # impl Handler<Down> for Count {
/// #     type Reply = ();
/// #     fn handle(&mut self, _: Down, _: &mut Context<Self>) { self.0 += 1 }
/// # }
/// let (count, other) = (Count(0).start(), Addr::spawn(()));
/// drop(other.watch(&count));
/// other.kill();
/// other.join();
/// assert_eq!(count.call(|count| count.0).wait().unwrap(), 0);
/// ```
#[must_use = "dropped, it is over"]
#[doc(alias = "monitor")]
pub struct Watch {
    id: ActorId,
    /// `None` where it is to stay.
    tie: Option<Arc<Tie>>,
    /// `None` there, too, and where the end had come before.
    entry: Option<(Arc<dyn Watched>, u64)>,
}

/// Whether the `Watch` was dropped.
struct Tie(AtomicUsize);

/// How a watcher is told.
type Tell = Box<dyn FnOnce(Down) + Send>;

/// Where there may be an entry.
trait Watched: Send + Sync {
    /// Takes an entry out, if it is there.
    fn unwatch(&self, key: u64);
}

/// The entries of an actor.
pub(super) struct Watchers(Mutex<Entries>);

struct Entries {
    /// In the order in which they came. `None` after the end.
    tells: Option<BTreeMap<u64, Tell>>,
    /// How many there were ever.
    count: u64,
}

impl Watchers {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Entries {
            tells: Some(BTreeMap::new()),
            count: 0,
        }))
    }

    /// Makes an entry, or gives it back after the end.
    fn add(&self, tell: Tell) -> Result<u64, Tell> {
        let entries = &mut *self.0.lock();
        let Some(tells) = &mut entries.tells else {
            return Err(tell);
        };
        entries.count += 1;
        tells.insert(entries.count, tell);
        Ok(entries.count)
    }

    fn remove(&self, key: u64) -> Option<Tell> {
        let entries = &mut *self.0.lock();
        entries.tells.as_mut()?.remove(&key)
    }

    /// Takes no more, and gives those that are there. By the end.
    pub(super) fn close(&self) -> Told {
        Told(self.0.lock().tells.take().unwrap_or_default())
    }
}

/// The watchers that are to be told.
pub(super) struct Told(BTreeMap<u64, Tell>);

impl Told {
    /// Tells them. Does not unwind.
    pub(super) fn tell(self, id: ActorId, reason: &StopReason) {
        let news = self.0.into_values().map(|tell| {
            let reason = reason.clone();
            (tell, Down { id, reason })
        });
        spread(news);
    }
}

thread_local_on_both_faces! {
    /// What this thread has yet to tell, while it tells something.
    static UNTOLD: RefCell<Option<VecDeque<(Tell, Down)>>> = const { RefCell::new(None) };
}

/// Tells all of them, and those that come of it in this thread; or leaves it to the call around
/// this one. Does not unwind.
fn spread(mut news: impl Iterator<Item = (Tell, Down)>) {
    let Some(first) = news.next() else {
        return;
    };
    let mut mine: VecDeque<_> = [first].into_iter().chain(news).collect();
    let is_outermost = UNTOLD.try_with(|untold| match &mut *untold.borrow_mut() {
        Some(untold) => {
            untold.append(&mut mine);
            false
        }
        none => {
            *none = Some(std::mem::take(&mut mine));
            true
        }
    });
    let next = || match is_outermost {
        Ok(_) => UNTOLD.with(|untold| untold.borrow_mut().as_mut()?.pop_front()),
        // The thread's locals are gone.
        Err(_) => mine.pop_front(),
    };
    if let Ok(false) = is_outermost {
        return;
    }
    for (tell, down) in std::iter::from_fn(next) {
        contain(|| tell(down));
    }
    let _ = UNTOLD.try_with(|untold| untold.borrow_mut().take());
}

/// A [`Down`] on its way to a watcher, with a handler of the kind `K`.
struct News<K> {
    down: Down,
    tie: Arc<Tie>,
    kind: PhantomData<fn(K)>,
}

impl<W, K> Message<Core<W>> for News<K>
where
    W: Receive<Down, K>,
    K: 'static,
{
    unsafe fn run(self, core: *mut Core<W>) -> bool {
        // SAFETY: the caller's.
        self.tie.is_off() || unsafe { W::receive(core.cast(), self.down) }
    }

    unsafe fn abandon(self, _: *mut Core<W>) -> bool {
        false
    }
}

impl Tie {
    fn is_off(&self) -> bool {
        // ORDERING: Relaxed: where the watcher took it off, that was in a turn of its own.
        self.0.load(Ordering::Relaxed) != 0
    }
}

impl<A: 'static> Addr<A> {
    /// Sends a [`Down`] to `by`, once, when this actor ends; or at once, where it has ended.
    ///
    /// The news is handled between two messages, before those that wait, also where the watcher's
    /// mailbox is full or closed. By then this actor [has ended](Addr::is_stopped): a
    /// [`join`](Addr::join) returns at once. A watcher that ends before is told nothing. Actors may
    /// watch each other, also in a circle.
    ///
    /// A watch keeps neither of the two from stopping. An actor that a [`Supervisor`] restarts has
    /// not ended, and the watch stays.
    ///
    /// [`Supervisor`]: super::Supervisor
    ///
    /// *Blocking:* never. *Cost:* two allocations, and the logarithm of the number of watches.
    ///
    /// ```
    /// use rungs::actor::{Actor, Addr, Context, Down, Handler};
    ///
    /// #[derive(Default)]
    /// struct Obituaries(Vec<Down>);
    ///
    /// impl Actor for Obituaries {}
    /// impl Handler<Down> for Obituaries {
    ///     type Reply = ();
    ///     fn handle(&mut self, down: Down, _cx: &mut Context<Self>) { self.0.push(down) }
    /// }
    ///
    /// let obituaries = Obituaries::default().start();
    /// let other = Addr::spawn(());
    /// other.kill();
    /// let reason = other.join();
    /// let _watch = other.watch(&obituaries);
    /// let told = obituaries.call(|o| std::mem::take(&mut o.0)).wait().unwrap();
    /// assert_eq!(told, [Down { id: other.id(), reason }]);
    /// ```
    #[doc(alias = "monitor")]
    #[doc(alias = "link")]
    pub fn watch<W, K>(&self, by: &Addr<W>) -> Watch
    where
        W: Receive<Down, K>,
        K: 'static,
    {
        let tie = Arc::new(Tie(AtomicUsize::new(0)));
        let (watcher, its) = (by.cell().clone(), tie.clone());
        let tell = move |down| {
            let news = News::<K> {
                down,
                tie: its,
                kind: PhantomData,
            };
            // One that has ended is told nothing.
            discard(watcher.send_urgent(Box::new(news)));
            discard(watcher);
        };
        let key = self.when_ended(tell);
        let entry = key.map(|key| (self.cell().clone() as Arc<dyn Watched>, key));
        let id = self.id();
        let tie = Some(tie);
        Watch { id, tie, entry }
    }

    /// Has `tell` called at the end, or calls it now where that has been; the key of its entry.
    pub(super) fn when_ended(&self, tell: impl FnOnce(Down) + Send + 'static) -> Option<u64> {
        let (cell, tell) = (self.cell(), Box::new(tell) as Tell);
        // Who has seen the end finds the news sent when this returns.
        let added = match cell.end() {
            None => cell.watchers().add(tell),
            Some(_) => Err(tell),
        };
        match added {
            Ok(key) => Some(key),
            Err(tell) => {
                let (id, reason) = (self.id(), cell.reason());
                // Not left to a call around this one, which runs the code of users.
                contain(|| tell(Down { id, reason }));
                None
            }
        }
    }
}

impl<A: 'static> Watched for ActorCell<A> {
    fn unwatch(&self, key: u64) {
        discard(self.watchers().remove(key));
    }
}

impl Watch {
    /// Which actor is watched.
    ///
    /// ```
    /// # use rungs::actor::{Actor, Addr, Context, Down, Handler};
    /// # struct Any;
    /// # impl Actor for Any {}
    /// # impl Handler<Down> for Any {
    /// #     type Reply = ();
    /// #     fn handle(&mut self, _: Down, _: &mut Context<Self>) {}
    /// # }
    /// let (watcher, other) = (Any.start(), Addr::spawn(()));
    /// assert_eq!(other.watch(&watcher).id(), other.id());
    /// ```
    pub fn id(&self) -> ActorId {
        self.id
    }

    /// Lets the watch stay until one of the two has ended.
    ///
    /// ```
    /// # use rungs::actor::{Actor, Addr, Context, Down, Handler, StopReason};
    /// # struct Any;
    /// # impl Actor for Any {}
    /// # impl Handler<Down> for Any {
    /// #     type Reply = ();
    /// #     fn handle(&mut self, _: Down, cx: &mut Context<Self>) { cx.stop() }
    /// # }
    /// let (watcher, other) = (Any.start(), Addr::spawn(()));
    /// other.watch(&watcher).detach();
    /// other.stop();
    /// assert_eq!(watcher.join(), StopReason::Stopped);
    /// ```
    pub fn detach(mut self) {
        self.tie = None;
        self.entry = None;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(tie) = &self.tie {
            // ORDERING: Relaxed: see `Tie::is_off`.
            tie.0.store(1, Ordering::Relaxed);
        }
        if let Some((watched, key)) = self.entry.take() {
            watched.unwatch(key);
            // Perhaps the last to have it.
            discard(watched);
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
