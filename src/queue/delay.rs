//! Each item at its time: a [`DelayQueue`], its futures and iterators.
//!
//! An item that is due may be taken, and nobody pushes it then; so the queue has an alarm, which
//! calls those in line. There is one at most, for the first item that is not due yet, and it is
//! set only while somebody waits.
//!
//! # Invariants
//!
//! 1. Where somebody waits and an item is not due yet, an alarm is set that rings no later than
//!    that, or somebody is about to set one: who began to wait, who pushed, or who rang.
//! 2. `at` is when the alarm rings that was set, or is being set, last; `number` is its number.
//!    Only who has that number keeps it.
//!    Where no thread can be started for it, all who wait are called, so that none counts on it.
//! 3. No alarm is set, and none dropped, under a lock: it may ring in the same step, in this
//!    thread.

use super::common::{
    Bell, Core, Handle, Popping, PoppingMany, Pushing, PushingMany, Reserved, Reserving, Timed,
};
use super::error::{
    PopError, PopTimeoutError, PushError, PushTimeoutError, TryPopError, TryPushError,
};
use super::faces::{make_face, opaque, pop_face, push_face};
use super::room::{Room, Shelf};
use super::sorted::{Place, Sorted};
use super::stats::Stats;
use super::stream::stream;
use crate::panic::PanicPayload;
use crate::sync::{TimedOut, WaitEvent};
use crate::sys::{Arc, Mutex, Weak, clock, clock::Instant, deadline_after};
use crate::wait::{Alarm, wake_at};
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;
use std::cmp::Reverse;
use std::fmt;
use std::iter::FusedIterator;
use std::pin::Pin;
use std::task::{Context, Poll, Wake, Waker, ready};
use std::time::Duration;

/// A queue whose items come out when they are due, the earliest first, and those of one time in
/// the order in which they came; for any number of producers and consumers, threads or tasks.
///
/// Its verbs and what it promises to those who wait are those of [`Queue`](super::Queue); a clone
/// is the same queue. An item that is due earlier than all others wakes those who wait for the
/// others. What is due at or before the moment of its push comes out at once; an instant that is
/// never reached is fine.
///
/// *The end:* after [`close`](Self::close) nothing more comes in, and consumers wait for what is
/// left until it is due, and then get an error. [`close_now`](Self::close_now) hands back all that
/// is left, due or not. [`len`](Self::len) and [`capacity`](Self::capacity) count all items, too.
///
/// *Time:* an item does not come out before it is due, and may come out later: as late as a thread
/// that sleeps wakes late. One thread in the process serves the alarms of all queues; it is there
/// while there are alarms. What it runs is the wakers of those who wait.
///
/// *Panics:* where the system cannot start that thread, the call that needed it panics: a pop that
/// would have to wait, or the push of an item that somebody waits for, which is in the queue then.
///
/// *Cost:* a short lock or two for each operation; for a push as many comparisons of instants as
/// the logarithm of the number of items. Waiting does not allocate, but for the alarm.
///
/// ```
/// use rungs::queue::DelayQueue;
/// use std::time::{Duration, Instant};
///
/// let queue = DelayQueue::unbounded();
/// let start = Instant::now();
/// queue.push("second", start + Duration::from_millis(2)).unwrap();
/// queue.push("first", start + Duration::from_millis(1)).unwrap();
/// queue.close();
/// assert!(queue.iter().eq(["first", "second"]));
/// assert!(start.elapsed() >= Duration::from_millis(2));
/// ```
#[doc(alias = "ScheduledQueue")]
#[doc(alias = "timer")]
pub struct DelayQueue<T: Send + 'static> {
    core: Handle<Calendar<T>>,
}

make_face! {
    DelayQueue<T> where { T: Send, T: 'static },
    docs: "use rungs::queue::DelayQueue;\nuse std::time::Instant;", "DelayQueue::<char>", "'a', Instant::now()",
}

push_face! {
    DelayQueue<T> where { T: Send, T: 'static },
    entry: (item: T, when: Instant) -> (T, Instant) = (item, when),
    item: T,
    futures: Pushing, PushingMany, Reserving, Reserved of Calendar<T>,
    docs: "use rungs::queue::DelayQueue;\nuse std::time::Instant;", "DelayQueue::<char>",
        "'a', Instant::now()", "'b', Instant::now()",
        "('a', Instant::now())", "('b', Instant::now())",
    puts: "an item in",
    back: "with the item and its time",
    evicts: "the item that is due last", "That may be `item` itself.",
        "use std::time::Duration;

let queue = DelayQueue::bounded(2);
let now = Instant::now();
for n in [2, 0, 3, 1] {
    queue.force_push(n, now + Duration::from_millis(n)).unwrap();
}
assert_eq!(queue.close_now(), [0, 1]);",
}

pop_face! {
    DelayQueue<T> where { T: Send, T: 'static },
    item: T,
    futures: Popping, PoppingMany of Calendar<T>,
    docs: "use rungs::queue::DelayQueue;\nuse std::time::Instant;", "DelayQueue::<char>",
        "'a', Instant::now()", "'b', Instant::now()",
    takes: "the item that has been due for the longest time", "none is due",
    drains: "all items that are due", "all that are left, due or not",
}

stream! {
    DelayQueue<T> where { T: Send, T: 'static },
    item: T,
    docs: "use rungs::queue::DelayQueue;\nuse std::time::Instant;", "DelayQueue::<char>", "'a', Instant::now()",
}

/// The items, in the order of their times.
pub(super) struct Calendar<T>(Sorted<Reverse<Instant>, T>);

impl<T> Calendar<T> {
    /// Behind this place lies what is due.
    fn today(&self) -> Place {
        let now = clock::horizon();
        self.0.place(|Reverse(when)| *when > now)
    }

    /// Whether something is due, and when the next item is that is not yet: at one moment.
    fn outlook(&self) -> (bool, Option<Instant>) {
        let today = self.today();
        let next = self.0.before(today).map(|Reverse(when)| *when);
        (self.0.len_behind(today) > 0, next)
    }
}

impl<T> Default for Calendar<T> {
    fn default() -> Self {
        Self(Sorted::default())
    }
}

impl<T> Shelf for Calendar<T> {
    type Entry = (T, Instant);
    type Item = T;
    type Place = Place;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn is_ready(&self) -> bool {
        let first = self.0.first();
        first.is_some_and(|Reverse(when)| *when <= clock::horizon())
    }

    fn ready(&self) -> usize {
        self.0.len_behind(self.today())
    }

    fn find(&self, (_, when): &(T, Instant)) -> Result<Place, PanicPayload> {
        Ok(self.0.place(|Reverse(other)| other > when))
    }

    fn insert(&mut self, place: Place, (item, when): (T, Instant)) {
        self.0.insert(place, Reverse(when), item);
    }

    fn take_first(&mut self) -> Option<(T, Instant)> {
        self.0.pop_first().map(|(Reverse(when), item)| (item, when))
    }

    fn take_last(&mut self) -> Option<(T, Instant)> {
        self.0.pop_last().map(|(Reverse(when), item)| (item, when))
    }

    fn take_ready(&mut self) -> Self {
        let today = self.today();
        Self(self.0.split_off(today))
    }

    fn item((item, _): (T, Instant)) -> T {
        item
    }
}

impl<T: Send + 'static> Timed for Calendar<T> {
    type Bell = Clockwork;
}

/// The alarm of a queue.
pub(super) struct Clockwork {
    /// Rings.
    waker: Waker,
    setting: Mutex<Setting>,
}

/// How an alarm is set.
struct Setting {
    /// When it rings; `None` where it is not set.
    at: Option<Instant>,
    /// How many were set so far, and how many rang.
    number: usize,
    /// Kept so that it rings.
    alarm: Option<Alarm>,
}

impl<T: Send + 'static> Bell<Calendar<T>> for Clockwork {
    fn new(core: &Weak<Core<Calendar<T>>>) -> Self {
        let setting = Setting {
            at: None,
            number: 0,
            alarm: None,
        };
        Self {
            waker: Waker::from(Arc::new(Ringer(core.clone()))),
            setting: Mutex::new(setting),
        }
    }

    fn set(&self, core: &Core<Calendar<T>>) {
        let mut setting = self.setting.lock();
        let (is_ready, next) = core.monitor().peek(|room, waiting| match waiting.take {
            0 => (false, None),
            _ => room.shelf().outlook(),
        });
        let next = next.filter(|next| setting.at.is_none_or(|at| *next < at));
        let renewed = next.map(|next| (next, setting.renew(Some(next))));
        drop(setting);
        if is_ready {
            // It may have become so since somebody looked who waits now.
            core.monitor().change(|_| ());
        }
        if let Some((next, (number, old))) = renewed {
            drop(old);
            self.start(core, next, number);
        }
    }
}

impl Clockwork {
    /// Sets the alarm of that number.
    #[cold]
    fn start<T: Send + 'static>(&self, core: &Core<Calendar<T>>, at: Instant, number: usize) {
        let alarm = wake_at(at, self.waker.clone());
        let mut setting = self.setting.lock();
        let is_last = setting.number == number;
        let unused = match alarm {
            Ok(alarm) if is_last => {
                setting.alarm = Some(alarm);
                return;
            }
            Ok(alarm) => alarm,
            Err(error) => {
                if is_last {
                    setting.at = None;
                }
                drop(setting);
                // Others may have counted on this alarm: each of them sets its own, and fares
                // as it does.
                core.monitor().change(Room::alarm);
                core.monitor().change(Room::calm);
                panic!("the system starts no thread for the timer: {error}");
            }
        };
        drop(setting);
        drop(unused);
    }
}

impl Setting {
    /// From now on an alarm counts that rings then, or none. Gives its number, and the one before.
    fn renew(&mut self, at: Option<Instant>) -> (usize, Option<Alarm>) {
        self.at = at;
        self.number += 1;
        (self.number, self.alarm.take())
    }
}

/// Rings: calls those who wait for what is due now. (It keeps nothing alive.)
struct Ringer<T: Send + 'static>(Weak<Core<Calendar<T>>>);

impl<T: Send + 'static> Wake for Ringer<T> {
    fn wake(self: Arc<Self>) {
        let Some(core) = self.0.upgrade() else {
            return;
        };
        let (_, old) = core.bell().setting.lock().renew(None);
        drop(old);
        core.monitor().change(|_| ());
        core.bell().set(&core);
    }
}
