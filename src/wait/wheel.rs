//! Alarms by time: a hierarchical timing wheel for those that are far, an order for those that are
//! near.
//!
//! Most alarms are cancelled long before their time. So one that is far is only put into a *slot*,
//! with others of about the same time: to set and to cancel it cost a few writes, however many there
//! are. When the time of a slot has come its alarms go to finer slots, and in the end, in the
//! last millisecond, into an order. So they are called at their very time, in its order. (After
//! Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", 1987.)
//!
//! # State
//!
//! Time is counted in nanoseconds since the wheel was made, and in *ticks* of 2^20 of them. A level
//! has 4096 slots; a slot of level 0 is a tick wide, one of any other as wide as all of the level
//! below. `tick` is the time up to which the wheel was turned. An alarm that is later than that stands
//! on the level of the highest digit, to base 4096, in which its tick differs from `tick`, in the slot
//! of that digit. (So wide, since to move an alarm costs most where there are many: one that is due in
//! four seconds moves once, one that is due in four hours twice.)
//!
//! The alarms of a slot are linked, by index.
//!
//! # Invariants
//!
//! 1. An alarm whose tick is not after `tick` is in the order; any other is in the slot that its
//!    tick and `tick` say. (To turn the wheel to a tick before the next occupied slot changes no
//!    digit that says where.)
//! 2. What is in a slot is earlier than all that is in a later slot of its level, and than all that
//!    is on a level above.
//! 3. A slot is occupied, by its bits, if there is an alarm in it.
//! 4. What is in the order and has no alarm any more, or another one in its place, was cancelled. It
//!    stays until `pop` comes by after its time, which is at the latest a tick after it came there.

use super::pages::{NONE, Pages};
use crate::sys::clock::Instant;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::task::Waker;
use std::time::Duration;

/// How many digits, and so levels: enough for all nanoseconds of a `u64`.
const LEVELS: usize = 4;
/// How many bits a digit has.
const BITS: u32 = 12;
/// How many slots a level has.
const SLOTS: usize = 1 << BITS;
/// How many slots a word of bits stands for.
const WORD: usize = 64;
/// How many bits of nanoseconds a tick has: it is a millisecond, nearly.
const TICK: u32 = 20;
/// For how many that are near the memory is kept.
const NEAR: usize = 1024;
/// How many alarms of a slot are looked at to find the first of them.
const LOOKS: usize = 8;

/// Longer than anything that is waited for.
const NEVER: Duration = Duration::from_secs(1 << 32);

/// Which alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    index: u32,
    number: u64,
}

/// When an alarm is to be called, and which: in the order of their times, and then of their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    at: u64,
    number: u64,
    index: u32,
}

/// Alarms that are set.
#[derive(Debug)]
pub(super) struct Wheel {
    /// When time began.
    start: Instant,
    /// Up to where it was turned.
    tick: u64,
    alarms: Pages<Node>,
    /// How many there have been: the number of the next.
    count: u64,
    levels: Box<[Level]>,
    /// Those that are near.
    near: BinaryHeap<Reverse<Entry>>,
}

/// The slots of a level.
#[derive(Debug)]
struct Level {
    /// A bit for each word of `occupied` that is not 0.
    words: u64,
    /// A bit for each slot.
    occupied: [u64; SLOTS / WORD],
    /// The first alarm of each.
    slots: [u32; SLOTS],
}

/// An alarm.
#[derive(Debug)]
struct Node {
    at: u64,
    number: u64,
    waker: Waker,
    /// Where it stands; `None` is among those that are near.
    place: Option<Place>,
}

/// A place in a slot, between two others.
#[derive(Clone, Copy, Debug)]
struct Place {
    level: u16,
    slot: u16,
    before: u32,
    after: u32,
}

impl Wheel {
    /// A wheel without alarms. None is set for a time before `start`, but at that.
    pub(super) fn new(start: Instant) -> Self {
        Self {
            start,
            tick: 0,
            alarms: Pages::new(),
            count: 0,
            levels: (0..LEVELS).map(|_| Level::new()).collect(),
            near: BinaryHeap::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.alarms.len()
    }

    /// Sets an alarm.
    pub(super) fn insert(&mut self, deadline: Instant, waker: Waker) -> Key {
        let number = self.count;
        self.count += 1;
        let index = self.alarms.insert(Node {
            at: self.nanos(deadline),
            number,
            waker,
            place: None,
        });
        self.place(index);
        Key { index, number }
    }

    /// Takes an alarm out, if it is there.
    pub(super) fn remove(&mut self, key: Key) -> Option<Waker> {
        let node = self.alarms.get(key.index)?;
        if node.number != key.number {
            return None;
        }
        if let Some(place) = node.place {
            self.leave(place);
        }
        Some(self.alarms.remove(key.index).waker)
    }

    /// Takes out the first of those whose time is not after `horizon`.
    pub(super) fn pop(&mut self, horizon: Instant) -> Option<Waker> {
        let horizon = self.nanos(horizon);
        self.turn(horizon >> TICK);
        loop {
            let Some(Reverse(first)) = self.near.peek() else {
                // What a crowd has left is given back.
                self.near.shrink_to(NEAR);
                return None;
            };
            if first.at > horizon {
                return None;
            }
            let &Entry { index, number, .. } = first;
            self.near.pop();
            if let Some(waker) = self.remove(Key { index, number }) {
                return Some(waker);
            }
        }
    }

    /// When to look again: no later than the time of the first alarm, and seldom before; `None`
    /// where there is none.
    pub(super) fn next_look(&self) -> Option<Instant> {
        if self.is_empty() {
            return None;
        }
        let near = self.near.peek().map(|Reverse(first)| first.at);
        let far = || self.next_slot().map(|slot| self.first_of(slot));
        let at = Duration::from_nanos(near.or_else(far)?);
        // Where the clock cannot hold it, nobody lives to see it.
        Some(self.start.checked_add(at).unwrap_or(self.start + NEVER))
    }

    /// A time in nanoseconds.
    fn nanos(&self, time: Instant) -> u64 {
        let nanos = time.saturating_duration_since(self.start).as_nanos();
        u64::try_from(nanos).unwrap_or(u64::MAX)
    }

    /// Turns the wheel to a tick: what was in slots that begin no later goes where it belongs now.
    fn turn(&mut self, tick: u64) {
        while let Some((level, slot)) = self.next_slot() {
            let begin = self.begin_of(level, slot);
            if begin > tick {
                break;
            }
            self.tick = begin;
            let mut index = self.levels[level].take(slot);
            while index != NONE {
                let place = self.alarms[index].place.take();
                self.place(index);
                index = place.map_or(NONE, |place| place.after);
            }
        }
        self.tick = self.tick.max(tick);
    }

    /// The first slot that is occupied (invariant 2).
    fn next_slot(&self) -> Option<(usize, usize)> {
        let level = self.levels.iter().position(|level| level.words != 0)?;
        Some((level, self.levels[level].first()))
    }

    /// The first tick of a slot.
    fn begin_of(&self, level: usize, slot: usize) -> u64 {
        let shift = BITS * level as u32;
        let above = self.tick >> (shift + BITS);
        (above << BITS | slot as u64) << shift
    }

    /// The time of the first alarm of a slot, or of its beginning, where they are many.
    fn first_of(&self, (level, slot): (usize, usize)) -> u64 {
        let (mut index, mut first) = (self.levels[level].slots[slot], u64::MAX);
        for _ in 0..LOOKS {
            let node = &self.alarms[index];
            first = first.min(node.at);
            match node.place {
                Some(Place { after, .. }) if after != NONE => index = after,
                _ => return first,
            }
        }
        self.begin_of(level, slot) << TICK
    }

    /// Puts an alarm, which stands nowhere, where it belongs (invariant 1).
    fn place(&mut self, index: u32) {
        let node = &mut self.alarms[index];
        let (at, number, tick) = (node.at, node.number, node.at >> TICK);
        if tick <= self.tick {
            self.near.push(Reverse(Entry { at, number, index }));
            return;
        }
        let level = (tick ^ self.tick).ilog2() / BITS;
        let slot = (tick >> (BITS * level)) as usize % SLOTS;
        let after = self.levels[level as usize].put(slot, index);
        node.place = Some(Place {
            level: level as u16,
            slot: slot as u16,
            before: NONE,
            after,
        });
        self.link(after, |place| place.before = index);
    }

    /// Takes an alarm out of its slot.
    fn leave(&mut self, place: Place) {
        let (before, after) = (place.before, place.after);
        self.link(after, |next| next.before = before);
        if before != NONE {
            return self.link(before, |last| last.after = after);
        }
        let (level, slot) = (&mut self.levels[usize::from(place.level)], place.slot);
        level.slots[usize::from(slot)] = after;
        if after == NONE {
            level.take(usize::from(slot));
        }
    }

    /// Changes the place of an alarm in a slot, if it is one.
    fn link(&mut self, index: u32, change: impl FnOnce(&mut Place)) {
        if index == NONE {
            return;
        }
        if let Some(place) = &mut self.alarms[index].place {
            change(place);
        }
    }
}

impl Level {
    fn new() -> Self {
        Self {
            words: 0,
            occupied: [0; SLOTS / WORD],
            slots: [NONE; SLOTS],
        }
    }

    /// The first slot that is occupied; there is one.
    fn first(&self) -> usize {
        let word = self.words.trailing_zeros() as usize;
        word * WORD + self.occupied[word].trailing_zeros() as usize
    }

    /// Puts an alarm into a slot; gives the one that it stands before.
    fn put(&mut self, slot: usize, index: u32) -> u32 {
        self.words |= 1 << (slot / WORD);
        self.occupied[slot / WORD] |= 1 << (slot % WORD);
        std::mem::replace(&mut self.slots[slot], index)
    }

    /// Takes all out of a slot; gives the first.
    fn take(&mut self, slot: usize) -> u32 {
        self.occupied[slot / WORD] &= !(1 << (slot % WORD));
        if self.occupied[slot / WORD] == 0 {
            self.words &= !(1 << (slot / WORD));
        }
        std::mem::replace(&mut self.slots[slot], NONE)
    }
}

#[cfg(all(test, not(feature = "loom")))]
mod tests {
    use super::*;
    use crate::sys::Arc;
    use std::collections::BTreeMap;
    use std::task::Wake;

    /// A waker that is known by its address.
    struct Marked;

    impl Wake for Marked {
        fn wake(self: Arc<Self>) {}
    }

    fn random(state: &mut u64) -> u64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state
    }

    /// Sets `count` alarms, cancels some and lets time pass, against a map.
    fn compare(seed: u64, count: u64) {
        let (start, mut state) = (Instant::now(), seed);
        let time = |nanos| start + Duration::from_nanos(nanos);
        // From nanoseconds to a hundred years, each digit as often as another.
        let mut any = move || {
            let by = 2 + random(&mut state) % 62;
            random(&mut state) >> by
        };
        let (mut wheel, mut plain, mut gone) = (Wheel::new(start), BTreeMap::new(), Vec::new());
        let mut now = any();
        for number in 0..count {
            // Some that are past; some in crowds, at the beginning and the end of a slot.
            let after = now.saturating_sub(5) + any();
            let at = match number % 4 {
                0 => after & !0 << TICK,
                1 => after | !(!0 << TICK),
                2 => after & !0 << (TICK + BITS),
                _ => after,
            };
            let waker = Waker::from(Arc::new(Marked));
            let key = wheel.insert(time(at), waker.clone());
            plain.insert((at, number), (key, waker));
            let from = (now + any(), 0);
            let entry = plain.range(from..).next().map(|(entry, _)| *entry);
            if let (Some(entry), true) = (entry, any() % 2 == 0) {
                let (key, waker) = plain.remove(&entry).unwrap();
                assert!(wheel.remove(key).unwrap().will_wake(&waker));
                gone.push(key);
            }
            assert_eq!(wheel.len(), plain.len());
            if any() % 8 == 0 {
                let by = now + (any() >> 10);
                now = pass(&mut wheel, &mut plain, now, (any() % 2 == 0).then_some(by));
            }
        }
        assert!(gone.into_iter().all(|key| wheel.remove(key).is_none()));
        while !plain.is_empty() {
            now = pass(&mut wheel, &mut plain, now, None);
        }
        // What was cancelled goes with its time.
        assert!(wheel.pop(time(now + (1 << TICK))).is_none());
        assert!(wheel.levels.iter().all(|level| level.words == 0));
        assert!(wheel.is_empty() && wheel.near.is_empty() && wheel.next_look().is_none());
        assert!(wheel.near.capacity() <= NEAR && wheel.alarms.memory() <= 256);
    }

    /// Lets time pass to the next look of the sleeper, or to `time`; gives what it is then.
    fn pass(
        wheel: &mut Wheel,
        plain: &mut BTreeMap<(u64, u64), (Key, Waker)>,
        now: u64,
        time: Option<u64>,
    ) -> u64 {
        let start = wheel.start;
        let nanos = |at: Instant| (at - start).as_nanos() as u64;
        let (look, first) = (wheel.next_look().map(nanos), plain.keys().next());
        assert_eq!(look.is_some(), first.is_some());
        assert!(look <= first.map(|(at, _)| (*at).max(now)), "in time");
        let now = time.or(look).unwrap_or(now).max(now);
        while let Some(waker) = wheel.pop(start + Duration::from_nanos(now)) {
            let ((at, _), (_, due)) = plain.pop_first().unwrap();
            assert!(at <= now && waker.will_wake(&due));
        }
        assert!(plain.keys().next().is_none_or(|(at, _)| *at > now));
        let look = wheel.next_look().map(nanos);
        assert!(look.is_none_or(|look| look > now), "it sleeps");
        now
    }

    #[test]
    fn alarms_are_due_at_their_time_and_in_its_order() {
        for seed in 1..=50 {
            compare(seed, 2000);
        }
    }

    /// Whatever was far is left behind by one who looks after a long rest.
    #[test]
    fn what_is_near_is_near_after_a_long_rest() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        let day = start + Duration::from_secs(86_400);
        assert!(wheel.pop(day).is_none());
        wheel.insert(day + Duration::from_millis(3), Waker::noop().clone());
        assert_ne!(wheel.levels[0].words, 0);
    }

    /// Where few alarms are far it is turned no more often than they have levels.
    #[test]
    fn a_lone_alarm_is_looked_for_at_its_time_alone() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        let at = start + Duration::from_secs(100_000) + Duration::from_nanos(7);
        wheel.insert(at, Waker::noop().clone());
        assert_eq!(wheel.next_look(), Some(at));
        assert!(wheel.pop(at - Duration::from_nanos(1)).is_none());
        assert_eq!(wheel.next_look(), Some(at));
        assert!(wheel.pop(at).is_some());
        assert_eq!(wheel.next_look(), None);
    }

    /// One that is near leaves its entry, for which nobody looks.
    #[test]
    fn what_was_cancelled_is_not_looked_for() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        let key = wheel.insert(start, Waker::noop().clone());
        assert_eq!(wheel.next_look(), Some(start));
        assert!(wheel.remove(key).is_some());
        assert_eq!((wheel.next_look(), wheel.near.len()), (None, 1));
        assert!(wheel.pop(start).is_none() && wheel.near.is_empty());
    }

    /// An hour, ten hours and a thousand years at once.
    #[test]
    fn a_time_beyond_all_counting_is_never() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        let never = start + Duration::from_secs(40_000_000_000);
        let key = wheel.insert(never, Waker::noop().clone());
        assert!(
            wheel
                .pop(start + Duration::from_secs(10_000_000_000))
                .is_none()
        );
        assert!(wheel.next_look().is_some());
        assert!(wheel.remove(key).is_some() && wheel.is_empty());
    }
}
