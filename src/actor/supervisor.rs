//! Supervision: actors that are made anew where they failed.

use super::addr::{ActorId, Addr};
use super::builder::Builder;
use super::charge::{Charge, Maker, Report, Ward};
use super::crew::{Config, Crew, Entry, How, Link, Phase, SubCrew};
use super::error::StopReason;
use super::handler::Actor;
use super::host::Host;
use crate::executor::ThreadPoolExecutor;
use crate::sync::TimedOut;
use crate::sys::{
    OnceLock,
    atomic::{AtomicUsize, Ordering},
    clock::Instant,
};
use std::fmt;
use std::io;
use std::time::Duration;

/// Whom a [`Supervisor`] restarts when a child fails.
///
/// ```
/// use rungs::actor::{Strategy, Supervisor};
///
/// let supervisor = Supervisor::new(Strategy::RestForOne);
/// # supervisor.stop();
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[doc(alias = "one_for_one")]
#[doc(alias = "one_for_all")]
#[doc(alias = "rest_for_one")]
pub enum Strategy {
    /// That child.
    #[default]
    OneForOne,
    /// All children, for they depend on each other.
    OneForAll,
    /// That child and those that were added after it, for they depend on those before.
    RestForOne,
}

/// Which ends of a child its [`Supervisor`] restarts it after.
///
/// | the child | `Permanent` | `Transient` | `Temporary` |
/// |---|---|---|---|
/// | panics, in a message, a hook or while it is made | restarted | restarted | ends |
/// | is [stopped](Addr::stop) | restarted | ends | ends |
/// | is [killed](Addr::kill), or its last address dropped, or its executor shut down | ends | ends | ends |
///
/// ```
/// use rungs::actor::{Actor, Restart, StopReason, Strategy, Supervisor};
///
/// struct Job;
/// impl Actor for Job {}
///
/// let supervisor = Supervisor::new(Strategy::OneForOne);
/// let job = supervisor.child(Restart::Temporary, || Job);
/// job.post(|_| panic!("once is enough")).unwrap();
/// assert_eq!(job.join(), StopReason::Panicked("once is enough".into()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Restart {
    /// It is to be there always. A stop ends its object after the message that runs, and the
    /// messages that wait are handled by the next.
    Permanent,
    /// It is to come to its own end.
    Transient,
    /// It has one life. Where it is brought to a halt because of another child, it ends.
    Temporary,
}

/// Restarts actors that fail, in place.
///
/// A [child](Self::child) is made by a closure. When it panics, `stopped` is called, the object is
/// dropped, and then a new one is made and `started`, where the actor lives: the two never
/// overlap. The address stays the same, and so does the mailbox: the message that panicked is not
/// handled again (whoever asked is told), all others that were accepted wait for the new object.
/// Until that has started, and while the supervisor lets it [rest](Self::backoff), senders only
/// queue. A child whose `started` panics, or that cannot even be made, has failed in the same way.
///
/// What runs [beside](super::Context::pipe) an object, its timers too, ends with it. A child that
/// has failed and is not restarted has no object to be handed what it has not handled
/// ([`Actor::undelivered`]): that is only [counted](Addr::undelivered).
///
/// The supervisor holds no address: a child whose last address is dropped handles what it has
/// accepted and ends, as any actor.
///
/// A child may be a supervisor itself: see [`adopt`](Self::adopt). One that has restarted its
/// children [too often](Self::max_restarts) fails: it brings all of them down, the youngest first.
/// Then the supervisor above restarts it, with all its children, in place; where there is none,
/// they end, and so does the supervisor, all with [`StopReason::RestartLimit`].
///
/// Dropped, it is [stopped](Self::stop), unless it was adopted; nobody waits for that.
///
/// There is no separate start: a child starts when it is added.
///
/// ```
/// use rungs::actor::{Actor, Restart, Strategy, Supervisor};
///
/// struct Parser { parsed: u32 }
/// impl Actor for Parser {}
///
/// let supervisor = Supervisor::new(Strategy::OneForOne);
/// let parser = supervisor.child(Restart::Permanent, || Parser { parsed: 0 });
/// parser.post(|p| p.parsed += 1).unwrap();
/// parser.post(|_| panic!("bad input")).unwrap();
/// parser.post(|p| p.parsed += 10).unwrap();
/// // A new parser, at the same address; the messages that waited were kept.
/// assert_eq!(parser.call(|p| p.parsed).wait().unwrap(), 10);
/// ```
#[doc(alias = "supervision tree")]
#[doc(alias = "OneForOneStrategy")]
pub struct Supervisor {
    config: Config,
    /// Where it does its own work.
    host: Option<Host>,
    crew: OnceLock<Addr<Crew>>,
    /// How many children there were ever.
    count: AtomicUsize,
    /// 1 where another supervisor stops it.
    is_adopted: AtomicUsize,
}

impl Supervisor {
    /// A supervisor without children: at most 3 restarts within 5 seconds, no rest before them.
    ///
    /// ```
    /// use rungs::actor::{StopReason, Strategy, Supervisor};
    ///
    /// let supervisor = Supervisor::new(Strategy::default());
    /// supervisor.stop();
    /// assert_eq!(supervisor.join(), StopReason::Stopped);
    /// ```
    pub fn new(strategy: Strategy) -> Self {
        Self {
            config: Config {
                strategy,
                max_restarts: 3,
                within: Duration::from_secs(5),
                backoff: (Duration::ZERO, Duration::ZERO),
            },
            host: None,
            crew: OnceLock::new(),
            count: AtomicUsize::new(0),
            is_adopted: AtomicUsize::new(0),
        }
    }

    /// Fails with the restart after the `n`th within that time, of all children together. Where
    /// one restart takes others with it, it counts once.
    ///
    /// *Panics* where it has children.
    ///
    /// ```
    /// use rungs::actor::{Actor, Restart, StopReason, Strategy, Supervisor};
    /// use std::time::Duration;
    ///
    /// struct Job;
    /// impl Actor for Job {}
    ///
    /// let supervisor = Supervisor::new(Strategy::OneForOne).max_restarts(1, Duration::MAX);
    /// let job = supervisor.child(Restart::Permanent, || Job);
    /// for _ in 0..2 {
    ///     job.post(|_| panic!("again")).unwrap();
    /// }
    /// assert_eq!(supervisor.join(), StopReason::RestartLimit);
    /// assert_eq!(job.join(), StopReason::RestartLimit);
    /// ```
    #[doc(alias = "intensity")]
    pub fn max_restarts(mut self, n: usize, within: Duration) -> Self {
        let config = self.config();
        (config.max_restarts, config.within) = (n, within);
        self
    }

    /// Lets a child rest before it is restarted: `min` the first time, then twice as long each
    /// time, up to `max`. A child that was up for `max` begins with `min` again.
    ///
    /// With [`OneForAll`](Strategy::OneForAll) and [`RestForOne`](Strategy::RestForOne), those that
    /// are restarted with it wait, too. Meanwhile senders queue, and a kill ends the child at once.
    ///
    /// *Panics* where `min > max`, or where it has children.
    ///
    /// ```
    /// use rungs::actor::{Actor, Restart, Strategy, Supervisor};
    /// use std::time::{Duration, Instant};
    ///
    /// struct Job;
    /// impl Actor for Job {}
    ///
    /// let rest = Duration::from_millis(5);
    /// let supervisor = Supervisor::new(Strategy::OneForOne).backoff(rest, 10 * rest);
    /// let job = supervisor.child(Restart::Permanent, || Job);
    /// let began = Instant::now();
    /// job.post(|_| panic!("tired")).unwrap();
    /// job.call(|_| ()).wait().unwrap();
    /// assert!(began.elapsed() >= rest);
    /// ```
    pub fn backoff(mut self, min: Duration, max: Duration) -> Self {
        assert!(
            min <= max,
            "the shortest rest is not longer than the longest"
        );
        self.config().backoff = (min, max);
        self
    }

    /// Does its own work on this executor, instead of the one of the process. Its children live
    /// where their [builders](Self::child_with) say.
    ///
    /// If the executor is shut down, the supervisor is killed, and its children with it.
    ///
    /// *Panics* where it has children.
    ///
    /// ```
    /// use rungs::{actor::{Strategy, Supervisor}, executor::ThreadPoolExecutor};
    ///
    /// let pool = ThreadPoolExecutor::new(1);
    /// let supervisor = Supervisor::new(Strategy::OneForOne).on(&pool);
    /// supervisor.kill();
    /// supervisor.join();
    /// ```
    pub fn on(mut self, executor: impl Into<Host>) -> Self {
        self.config();
        self.host = Some(executor.into());
        self
    }

    fn config(&mut self) -> &mut Config {
        assert!(self.crew.get().is_none(), "chosen before it has children");
        &mut self.config
    }

    /// Adds a child, which lives on the executor of the process, and starts it.
    ///
    /// `make` is called in the actor's own turn, once for each object. The children of
    /// [`OneForAll`](Strategy::OneForAll) and [`RestForOne`](Strategy::RestForOne) are started one
    /// after the other, each when the one before has started.
    ///
    /// If the supervisor has ended or is about to, the child ends at once,
    /// [`Killed`](StopReason::Killed).
    ///
    /// ```
    /// use rungs::actor::{Actor, Restart, Strategy, Supervisor};
    ///
    /// struct Tally(u32);
    /// impl Actor for Tally {}
    ///
    /// let supervisor = Supervisor::new(Strategy::OneForOne);
    /// let tally = supervisor.child(Restart::Transient, || Tally(7));
    /// assert_eq!(tally.call(|t| t.0).wait().unwrap(), 7);
    /// ```
    #[doc(alias = "spawn_link")]
    #[doc(alias = "start_child")]
    pub fn child<A, F>(&self, restart: Restart, make: F) -> Addr<A>
    where
        A: Actor + Send,
        F: FnMut() -> A + Send + 'static,
    {
        match self.child_with(Addr::builder(), restart, make) {
            Ok(addr) => addr,
            Err(_) => unreachable!("an actor on an executor always starts"),
        }
    }

    /// The same as [`child`](Self::child), and lives where `builder` says.
    ///
    /// *Errors:* those of the system, where a thread of its own could not be started.
    ///
    /// ```
    /// use rungs::actor::{Actor, Addr, Restart, Strategy, Supervisor};
    /// use std::thread;
    ///
    /// struct Disk(thread::ThreadId);
    /// impl Actor for Disk {}
    ///
    /// let supervisor = Supervisor::new(Strategy::OneForOne);
    /// let builder = Addr::builder().dedicated_thread("disk");
    /// let make = || Disk(thread::current().id());
    /// let disk = supervisor.child_with(builder, Restart::Permanent, make).unwrap();
    /// disk.post(|_| panic!("head crash")).unwrap();
    /// // Made on that thread, each time.
    /// let is_there = |disk: &mut Disk| disk.0 == thread::current().id();
    /// assert!(disk.call(is_there).wait().unwrap());
    /// ```
    pub fn child_with<A, F>(
        &self,
        builder: Builder<A>,
        restart: Restart,
        make: F,
    ) -> io::Result<Addr<A>>
    where
        A: Actor + Send,
        F: FnMut() -> A + Send + 'static,
    {
        self.hire(builder, restart, make)
    }

    /// Adds a child that lives on a thread of its own, where its objects are made and stay: so they
    /// need not be `Send`. The thread is named "actor", unless
    /// [named otherwise](Builder::dedicated_thread).
    ///
    /// *Errors:* those of the system, where the thread could not be started.
    ///
    /// *Panics* where an [executor](Builder::on) was chosen: it has several threads.
    ///
    /// ```
    /// use rungs::actor::{Actor, Addr, Restart, Strategy, Supervisor};
    /// use std::rc::Rc;
    ///
    /// struct Window(Rc<u32>);
    /// impl Actor for Window {}
    ///
    /// let supervisor = Supervisor::new(Strategy::OneForOne);
    /// let builder = Addr::builder().dedicated_thread("ui");
    /// let make = || Window(Rc::new(7));
    /// let window = supervisor.child_on_thread(builder, Restart::Permanent, make).unwrap();
    /// window.post(|_| panic!("a broken pane")).unwrap();
    /// assert_eq!(window.call(|window| *window.0).wait().unwrap(), 7);
    /// ```
    pub fn child_on_thread<A, F>(
        &self,
        builder: Builder<A>,
        restart: Restart,
        make: F,
    ) -> io::Result<Addr<A>>
    where
        A: Actor,
        F: FnMut() -> A + Send + 'static,
    {
        self.hire(builder.on_thread(), restart, make)
    }

    fn hire<A, F>(&self, builder: Builder<A>, restart: Restart, make: F) -> io::Result<Addr<A>>
    where
        A: Actor,
        F: FnMut() -> A + Send + 'static,
    {
        let (crew, key) = (self.crew(), self.next_key());
        let is_permanent = restart == Restart::Permanent;
        let charge = Charge::new(Link::new(crew, key), is_permanent);
        let maker: Maker<A> = Box::new(make);
        let addr = builder.launch_ward(charge, maker)?;
        let ward = Box::new(Ward(addr.cell().clone()));
        let entry = Entry::new(key, ward, restart, Phase::Down);
        // Refused, it is dropped, and the child killed.
        crew.urge(move |crew, _| crew.add(entry));
        Ok(addr)
    }

    /// Has a child end for good, and forgets it: it handles what it has accepted, and is not
    /// restarted any more, whichever way it ends. Whoever [joins](Addr::join) it is told.
    ///
    /// One that failed and is not up yet ends [as it failed](StopReason::Panicked); one whose first
    /// start waits for that of another, [`Killed`](StopReason::Killed). The others stay as they are.
    /// What is no child of this supervisor is left alone. (An [id](ActorId) is good for as long as
    /// there is an address: one that was kept for longer may be that of another child.)
    ///
    /// *Blocking:* never.
    ///
    /// ```
    /// use rungs::actor::{Actor, Restart, StopReason, Strategy, Supervisor};
    ///
    /// struct Job;
    /// impl Actor for Job {}
    ///
    /// let supervisor = Supervisor::new(Strategy::OneForOne);
    /// let [one, two] = [(); 2].map(|()| supervisor.child(Restart::Permanent, || Job));
    /// one.call(|_| ()).wait().unwrap();
    /// supervisor.release(one.id());
    /// assert_eq!(one.join(), StopReason::Stopped);
    /// assert!(two.call(|_| ()).wait().is_ok());
    /// ```
    #[doc(alias = "terminate_child")]
    #[doc(alias = "delete_child")]
    #[doc(alias = "remove")]
    pub fn release(&self, child: ActorId) {
        self.crew().urge(move |crew, _| crew.release(child));
    }

    /// Makes another supervisor a child of this one, with all that it has and will have.
    ///
    /// It fails where it has restarted its children too often. Stopped or killed, it ends for good,
    /// and dropping it does not stop it any more: this one does.
    ///
    /// *Panics* where the two are one, or the other was adopted before. (Supervisors that adopt each
    /// other in a circle come to no end.)
    ///
    /// ```
    /// use rungs::actor::{Actor, Restart, Strategy, Supervisor};
    /// use std::time::Duration;
    ///
    /// struct Job(u32);
    /// impl Actor for Job {}
    ///
    /// let root = Supervisor::new(Strategy::OneForOne);
    /// let branch = Supervisor::new(Strategy::OneForAll).max_restarts(0, Duration::MAX);
    /// root.adopt(Restart::Permanent, &branch);
    /// let job = branch.child(Restart::Permanent, || Job(0));
    /// job.post(|job| job.0 = 9).unwrap();
    /// job.post(|_| panic!("too often")).unwrap();
    /// // The branch has failed, and the root has restarted it.
    /// assert_eq!(job.call(|job| job.0).wait().unwrap(), 0);
    /// ```
    #[doc(alias = "start_child")]
    pub fn adopt(&self, restart: Restart, child: &Supervisor) {
        let (crew, its) = (self.crew(), child.crew());
        assert!(crew != its, "no supervisor is its own child");
        // ORDERING: Relaxed: read by the drop of `child`, which comes after this call.
        let before = child.is_adopted.swap(1, Ordering::Relaxed);
        assert!(before == 0, "a supervisor is adopted once");
        let key = self.next_key();
        let link = Link::new(crew, key);
        let sub = Box::new(SubCrew::new(its, link.clone()));
        let entry = Entry::new(key, sub, restart, Phase::Up);
        crew.urge(move |crew, _| crew.add(entry));
        let end = link.clone();
        its.when_ended(move |_| _ = end.report(Report::Ended));
        // Before this returns: what fails after it is known above.
        its.urge(move |its, _| its.serve_under(link));
    }

    /// Stops the children, each when those that were added after it have ended; then the
    /// supervisor ends.
    ///
    /// A child that is up handles what it has accepted; one that failed and is not up yet is not
    /// restarted, and ends [as it failed](StopReason::Panicked); one that has not started yet, or was
    /// stopped and was to be made anew, [`Killed`](StopReason::Killed).
    ///
    /// *Blocking:* never.
    ///
    /// ```
    /// use rungs::actor::{Actor, Restart, StopReason, Strategy, Supervisor};
    ///
    /// struct Job;
    /// impl Actor for Job {}
    ///
    /// let supervisor = Supervisor::new(Strategy::OneForOne);
    /// let job = supervisor.child(Restart::Permanent, || Job);
    /// job.call(|_| ()).wait().unwrap();
    /// supervisor.stop();
    /// assert_eq!(supervisor.join(), StopReason::Stopped);
    /// assert_eq!(job.join(), StopReason::Stopped);
    /// ```
    #[doc(alias = "shutdown")]
    pub fn stop(&self) {
        self.crew().urge(|crew, _| crew.end_by(How::Drain));
    }

    /// Kills the children, in the same order, and ends; also one that was stopped and is not over.
    ///
    /// *Blocking:* never.
    ///
    /// ```
    /// use rungs::actor::{Actor, Restart, StopReason, Strategy, Supervisor};
    ///
    /// struct Job;
    /// impl Actor for Job {}
    ///
    /// let supervisor = Supervisor::new(Strategy::OneForOne);
    /// let job = supervisor.child(Restart::Permanent, || Job);
    /// supervisor.kill();
    /// assert_eq!(supervisor.join(), StopReason::Killed);
    /// assert_eq!(job.join(), StopReason::Killed);
    /// ```
    #[doc(alias = "abort")]
    pub fn kill(&self) {
        self.crew().urge(|crew, _| crew.end_by(How::Kill));
    }

    /// Waits until the supervisor has ended, and says how; the thread sleeps. All its children have
    /// ended then.
    ///
    /// In a message of a child, it waits for itself, for ever. Joining does not stop.
    ///
    /// ```
    /// # use rungs::actor::{StopReason, Strategy, Supervisor};
    /// let supervisor = Supervisor::new(Strategy::OneForOne);
    /// supervisor.stop();
    /// assert_eq!(supervisor.join(), StopReason::Stopped);
    /// assert_eq!(supervisor.join(), StopReason::Stopped);
    /// ```
    #[doc(alias = "wait")]
    pub fn join(&self) -> StopReason {
        self.crew().join()
    }

    /// Does not wait: how the supervisor ended, if it has.
    ///
    /// ```
    /// # use rungs::actor::{Strategy, Supervisor};
    /// assert_eq!(Supervisor::new(Strategy::OneForOne).try_join(), None);
    /// ```
    pub fn try_join(&self) -> Option<StopReason> {
        self.crew().try_join()
    }

    /// The same as [`join`](Self::join), but gives up after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// # use rungs::actor::{Strategy, Supervisor};
    /// use rungs::sync::TimedOut;
    /// use std::time::Duration;
    ///
    /// let supervisor = Supervisor::new(Strategy::OneForOne);
    /// assert_eq!(supervisor.join_timeout(Duration::from_millis(1)), Err(TimedOut));
    /// ```
    pub fn join_timeout(&self, timeout: Duration) -> Result<StopReason, TimedOut> {
        self.crew().join_timeout(timeout)
    }

    /// The same as [`join`](Self::join), but gives up at `deadline`.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// # use rungs::actor::{Strategy, Supervisor};
    /// use rungs::sync::TimedOut;
    /// use std::time::Instant;
    ///
    /// let supervisor = Supervisor::new(Strategy::OneForOne);
    /// assert_eq!(supervisor.join_deadline(Instant::now()), Err(TimedOut));
    /// ```
    pub fn join_deadline(&self, deadline: Instant) -> Result<StopReason, TimedOut> {
        self.crew().join_deadline(deadline)
    }

    /// The same as [`join`](Self::join); the task waits.
    ///
    /// *Cancel safety:* dropped, it leaves no trace.
    ///
    /// ```
    /// # use rungs::actor::{StopReason, Strategy, Supervisor};
    /// let supervisor = Supervisor::new(Strategy::OneForOne);
    /// supervisor.stop();
    /// assert_eq!(rungs::future::block_on(supervisor.join_async()), StopReason::Stopped);
    /// ```
    pub fn join_async(&self) -> impl Future<Output = StopReason> + Send + use<> {
        self.crew().join_async()
    }

    /// The actor that does it, from the first time on.
    fn crew(&self) -> &Addr<Crew> {
        self.crew.get_or_init(|| {
            let global = || Host::from(ThreadPoolExecutor::global());
            let host = self.host.clone().unwrap_or_else(global);
            let crew = Crew::new(self.config.clone());
            let Ok(crew) = Addr::builder().on(host).start(crew) else {
                unreachable!("an actor on an executor always starts")
            };
            crew.urge(|crew, cx| crew.settle(cx.addr()));
            crew
        })
    }

    fn next_key(&self) -> usize {
        // ORDERING: Relaxed: a number that no other has.
        self.count.fetch_add(1, Ordering::Relaxed)
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        // ORDERING: Relaxed: see `adopt`.
        if self.is_adopted.load(Ordering::Relaxed) == 0 && self.crew.get().is_some() {
            self.stop();
        }
    }
}

impl fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Supervisor")
            .field("strategy", &self.config.strategy)
            .field("ended", &self.crew.get().and_then(Addr::try_join))
            .finish_non_exhaustive()
    }
}
