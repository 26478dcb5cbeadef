//! What a supervisor does: an actor that hears of its children, and gives them orders.
//!
//! All that it is told, by children, by alarms, by its own supervisor and by those who hold it,
//! are urgent messages, so it does one thing after the other. Each changes what is to be reached
//! (the [`Goal`]) or how far a child is (the [`Phase`]), and then takes the next [step](Crew::step)
//! on the way there:
//!
//! ```text
//!            ordered to                   reported
//!   Down ──────────────▶ Starting ─────────────────────▶ Up
//!    ▲                      │ failed                      │ ordered to, where another failed
//!    ├──────────────────────┘                             ▼
//!    ├───────────────────────────── failed ───────────── Up, Halting
//!    └──────────────────────────── reported ─────────────────┘
//! ```
//!
//! From each it may come to its end (`Ending`, and then its entry is dropped).
//!
//! # Invariants
//!
//! 1. A child that is `Starting`, `Halting` or `Ending` will report; it is given no order before,
//!    but to be killed.
//! 2. Children are brought down one at a time, the youngest first.
//! 3. An entry that is dropped kills its child, if that has not ended. So no child outlives its
//!    supervisor, whatever ends that.

use super::addr::{ActorId, Addr};
use super::cell::ActorCell;
use super::charge::{Child, Report};
use super::error::StopReason;
use super::message::Errand;
use super::supervisor::{Restart, Strategy};
use crate::panic::discard;
use crate::sys::{Arc, clock, clock::Instant};
use crate::wait::{Alarm, wake_at};
use std::collections::VecDeque;
use std::mem;
use std::task::Wake;
use std::time::Duration;

/// How a supervisor is to do it.
#[derive(Clone, Debug)]
pub(super) struct Config {
    pub(super) strategy: Strategy,
    /// So many restarts are well, within that time.
    pub(super) max_restarts: usize,
    pub(super) within: Duration,
    /// The shortest rest before a restart, and the longest.
    pub(super) backoff: (Duration, Duration),
}

/// The way from a child to its supervisor.
#[derive(Clone)]
pub(super) struct Link {
    crew: Arc<ActorCell<Crew>>,
    key: usize,
}

/// How far a child is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Down,
    Starting,
    Up,
    Halting,
    Ending,
}

/// A child.
pub(super) struct Entry {
    key: usize,
    child: Box<dyn Child>,
    restart: Restart,
    phase: Phase,
    /// Whether it is to end, once it is up or down.
    is_released: bool,
    /// Whether it is to be restarted because another one is.
    is_affected: bool,
    /// Why it is down.
    failure: StopReason,
    /// Its last rest.
    delay: Duration,
    /// The end of its rest, before which it is not restarted.
    rest: Option<Alarm>,
    up_since: Option<Instant>,
}

/// What is to be reached.
#[derive(Clone, Debug)]
enum Goal {
    /// All children are up, or rest.
    Serve,
    /// All are down, for this reason. What then, is for the supervisor's own to say.
    Halt(StopReason),
    /// All are down, and that was reported.
    Halted,
    /// There are none any more.
    Close(How),
}

/// How children end.
#[derive(Clone, Debug)]
pub(super) enum How {
    /// They handle what they have accepted.
    Drain,
    Kill,
    /// They are halted, and end for this reason.
    End(StopReason),
}

/// The state of a supervisor.
pub(super) struct Crew {
    config: Config,
    /// It stays until it ends itself.
    me: Option<Addr<Crew>>,
    /// In the order of their start.
    entries: Vec<Entry>,
    goal: Goal,
    /// When there were failures, of those that count.
    failures: VecDeque<Instant>,
    parent: Option<Link>,
    /// Whether the parent waits for all to be up, or rest.
    owes_up: bool,
}

impl Link {
    pub(super) fn new(crew: &Addr<Crew>, key: usize) -> Self {
        let crew = crew.cell().clone();
        Self { crew, key }
    }

    /// Tells the supervisor; `false` where there is none any more.
    pub(super) fn report(&self, report: Report) -> bool {
        let key = self.key;
        tell(&self.crew, move |crew| crew.hear(key, report))
    }
}

/// Has a supervisor do something; `false` where there is none any more.
fn tell(crew: &Arc<ActorCell<Crew>>, what: impl FnOnce(&mut Crew) + Send + 'static) -> bool {
    let errand = Errand(move |crew: &mut Crew, _: &mut super::Context<Crew>| what(crew));
    crew.send_urgent(Box::new(errand)).is_ok()
}

impl Entry {
    pub(super) fn new(key: usize, child: Box<dyn Child>, restart: Restart, phase: Phase) -> Self {
        Self {
            key,
            child,
            restart,
            phase,
            is_released: false,
            is_affected: false,
            failure: StopReason::Killed,
            delay: Duration::ZERO,
            rest: None,
            up_since: None,
        }
    }

    fn resume(&mut self) {
        self.phase = Phase::Starting;
        self.child.resume();
    }

    fn halt(&mut self) {
        self.phase = Phase::Halting;
        self.child.halt();
    }

    fn end(&mut self, reason: StopReason) {
        self.phase = Phase::Ending;
        self.child.end(reason);
    }

    fn kill(&mut self) {
        self.phase = Phase::Ending;
        self.child.kill();
    }

    /// Has it end, which is down.
    fn end_as_it_fell(&mut self) {
        self.end(match self.failure.clone() {
            // It may not have handled all, as that would say.
            StopReason::Stopped => StopReason::Killed,
            failure => failure,
        });
    }

    /// Has it end, with what it has accepted handled where it is up; as it failed, where it is down.
    fn drain(&mut self) {
        match self.phase {
            Phase::Up => {
                self.phase = Phase::Ending;
                self.child.retire();
            }
            Phase::Down => self.end_as_it_fell(),
            Phase::Starting | Phase::Halting | Phase::Ending => {}
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.child.kill();
    }
}

/// Sets a rest to an end.
struct Rested(Link);

impl Wake for Rested {
    fn wake(self: Arc<Self>) {
        let key = self.0.key;
        tell(&self.0.crew, move |crew| crew.rested(key));
    }
}

impl Crew {
    pub(super) fn new(config: Config) -> Self {
        Self {
            config,
            me: None,
            entries: Vec::new(),
            goal: Goal::Serve,
            failures: VecDeque::new(),
            parent: None,
            owes_up: false,
        }
    }

    /// Is told where it is.
    pub(super) fn settle(&mut self, me: Addr<Crew>) {
        self.me = Some(me);
    }

    /// Is given a supervisor of its own; once more is the same.
    pub(super) fn serve_under(&mut self, parent: Link) {
        self.parent = Some(parent);
    }

    /// One more child.
    pub(super) fn add(&mut self, entry: Entry) {
        match self.goal {
            Goal::Close(_) => discard(entry),
            _ => self.entries.push(entry),
        }
        self.step();
    }

    /// One child less.
    pub(super) fn release(&mut self, id: ActorId) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.child.id() == id) {
            entry.is_released = true;
            // Where it fails on its way, it ends.
            entry.restart = Restart::Temporary;
        }
        self.step();
    }

    /// A child's report.
    fn hear(&mut self, key: usize, report: Report) {
        let Some(at) = self.entries.iter().position(|entry| entry.key == key) else {
            return;
        };
        match report {
            Report::Up => {
                let entry = &mut self.entries[at];
                if entry.phase == Phase::Starting {
                    entry.phase = Phase::Up;
                    entry.up_since = Some(clock::now());
                }
            }
            Report::Down(reason) => self.fell(at, reason),
            // Perhaps the last to have it.
            Report::Ended => discard(self.entries.remove(at)),
        }
        self.step();
    }

    /// A child is down.
    fn fell(&mut self, at: usize, reason: StopReason) {
        let entry = &mut self.entries[at];
        let before = mem::replace(&mut entry.phase, Phase::Down);
        entry.is_affected = false;
        entry.failure = reason;
        if entry.restart == Restart::Temporary {
            entry.end_as_it_fell();
        } else if before != Phase::Halting && matches!(self.goal, Goal::Serve) {
            self.failed(at);
        }
    }

    /// A child has failed that is to be restarted.
    fn failed(&mut self, at: usize) {
        let now = clock::now();
        if self.config.max_restarts < usize::MAX {
            self.failures.push_back(now);
        }
        while let Some(&first) = self.failures.front() {
            if now.duration_since(first) <= self.config.within {
                break;
            }
            self.failures.pop_front();
        }
        if self.failures.len() > self.config.max_restarts {
            self.goal = Goal::Halt(StopReason::RestartLimit);
            return;
        }
        self.rest(at, now);
        let first = match self.config.strategy {
            Strategy::OneForOne => return,
            Strategy::OneForAll => 0,
            Strategy::RestForOne => at + 1,
        };
        for entry in &mut self.entries[first..] {
            entry.is_affected |= matches!(entry.phase, Phase::Up | Phase::Starting);
        }
    }

    /// Lets a child rest, twice as long as the last time.
    fn rest(&mut self, at: usize, now: Instant) {
        let (shortest, longest) = self.config.backoff;
        let entry = &mut self.entries[at];
        let up_since = entry.up_since.take();
        if up_since.is_some_and(|up_since| now.duration_since(up_since) >= longest) {
            entry.delay = Duration::ZERO;
        }
        entry.delay = entry.delay.saturating_mul(2).clamp(shortest, longest);
        if let (false, Some(me)) = (entry.delay.is_zero(), &self.me) {
            let rested = Arc::new(Rested(Link::new(me, entry.key)));
            // Without a thread for the timer there is no rest.
            let alarm = now
                .checked_add(entry.delay)
                .map(|at| wake_at(at, rested.into()));
            entry.rest = alarm.and_then(Result::ok);
        }
    }

    fn rested(&mut self, key: usize) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.key == key) {
            entry.rest = None;
        }
        self.step();
    }

    /// Does what can be done now for what is to be reached.
    fn step(&mut self) {
        for entry in self.entries.iter_mut().filter(|entry| entry.is_released) {
            entry.drain();
        }
        match &self.goal {
            Goal::Serve => self.serve(),
            Goal::Halt(reason) => {
                let reason = reason.clone();
                self.halt(reason);
            }
            Goal::Halted => {}
            Goal::Close(how) => {
                let how = how.clone();
                self.close(how);
            }
        }
    }

    /// Brings children down, the last first; whether they are.
    fn bring_down(&mut self, which: impl Fn(&Entry) -> bool) -> bool {
        let mut entries = self.entries.iter_mut().rev();
        let last = entries.find(|entry| which(entry) && entry.phase != Phase::Down);
        match last {
            None => true,
            Some(entry) => {
                if entry.phase == Phase::Up {
                    entry.halt();
                }
                false
            }
        }
    }

    /// Brings those up that are down: each for itself, or one after the other.
    fn serve(&mut self) {
        if !self.bring_down(|entry| entry.is_affected) {
            return;
        }
        let is_down = |entry: &&mut Entry| entry.phase == Phase::Down;
        if self.config.strategy == Strategy::OneForOne {
            let down = self.entries.iter_mut().filter(is_down);
            down.filter(|entry| entry.rest.is_none())
                .for_each(Entry::resume);
        } else if !self.is_any(|entry| entry.phase == Phase::Starting || entry.rest.is_some()) {
            let first = self.entries.iter_mut().find(is_down);
            first.into_iter().for_each(Entry::resume);
        }
        // A rest, and who waits for it, may take long: the one above does not wait for that.
        let rests = self.is_any(|entry| entry.rest.is_some());
        let is_settled =
            |entry: &Entry| entry.phase == Phase::Up || rests && entry.phase == Phase::Down;
        if self.owes_up && self.entries.iter().all(is_settled) {
            self.owes_up = false;
            self.report(Report::Up);
        }
    }

    fn is_any(&self, which: impl Fn(&Entry) -> bool) -> bool {
        self.entries.iter().any(which)
    }

    /// Brings all down, and leaves the rest to the supervisor above, or ends.
    fn halt(&mut self, reason: StopReason) {
        if !self.bring_down(|_| true) {
            return;
        }
        if self.parent.is_some() {
            self.goal = Goal::Halted;
            self.report(Report::Down(reason));
        } else {
            self.goal = Goal::Close(How::End(reason));
            self.step();
        }
    }

    fn report(&self, report: Report) {
        if let Some(link) = &self.parent {
            link.report(report);
        }
    }

    /// Ends them, the last first, and then itself.
    fn close(&mut self, how: How) {
        let Some(last) = self.entries.last_mut() else {
            return self.finish(how);
        };
        match (how, last.phase) {
            (_, Phase::Ending) => {}
            (How::Kill, _) => last.kill(),
            (How::Drain, _) => last.drain(),
            (How::End(_), Phase::Up) => last.halt(),
            (How::End(reason), Phase::Down) => last.end(reason),
            (How::End(_), Phase::Halting | Phase::Starting) => {}
        }
    }

    fn finish(&mut self, how: How) {
        let Some(me) = self.me.take() else {
            return;
        };
        match how {
            How::Drain => me.cell().retire(),
            How::End(StopReason::RestartLimit) => me.cell().give_up(),
            How::Kill | How::End(_) => me.cell().kill(),
        }
    }

    /// Is to end.
    pub(super) fn end_by(&mut self, how: How) {
        if let (Goal::Close(_), How::Kill) = (&self.goal, &how) {
            // Those that drain do so no longer.
            if let Some(last) = self.entries.last() {
                last.child.kill();
            }
        } else if let Goal::Close(_) = self.goal {
            return;
        }
        self.goal = Goal::Close(how);
        self.step();
    }
}

/// A supervisor as the child of another.
pub(super) struct SubCrew {
    crew: Arc<ActorCell<Crew>>,
    /// From there to the one above.
    link: Link,
}

impl SubCrew {
    pub(super) fn new(crew: &Addr<Crew>, link: Link) -> Self {
        let crew = crew.cell().clone();
        Self { crew, link }
    }
}

impl Child for SubCrew {
    fn id(&self) -> ActorId {
        ActorId::of(Arc::as_ptr(&self.crew))
    }

    fn halt(&self) {
        let parent = self.link.clone();
        tell(&self.crew, move |crew| {
            // The order may come before the news that there is somebody above.
            crew.serve_under(parent);
            // It may have come to a halt by itself, and have said so.
            if let Goal::Serve = crew.goal {
                crew.goal = Goal::Halt(StopReason::Killed);
                crew.step();
            }
        });
    }

    fn resume(&self) {
        tell(&self.crew, |crew| {
            if let Goal::Halted = crew.goal {
                crew.goal = Goal::Serve;
                crew.failures.clear();
                for entry in &mut crew.entries {
                    entry.rest = None;
                    entry.delay = Duration::ZERO;
                }
                crew.owes_up = true;
                crew.step();
            }
        });
    }

    fn end(&self, reason: StopReason) {
        tell(&self.crew, |crew| crew.end_by(How::End(reason)));
    }

    fn retire(&self) {
        tell(&self.crew, |crew| crew.end_by(How::Drain));
    }

    fn kill(&self) {
        tell(&self.crew, |crew| crew.end_by(How::Kill));
    }
}
