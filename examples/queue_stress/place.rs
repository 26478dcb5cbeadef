//! What both ends of a queue have: who pushes, and who pops.

use std::hint::spin_loop;
use std::thread;
use std::time::{Duration, Instant};

use crate::forms::Form;
use crate::kinds::Kind;
use crate::message::Message;
use crate::polls::Polls;
use crate::rng::Rng;
use crate::round::{Account, End, MOST, Round, Side};

/// The longest run of operations that do not wait.
pub(crate) const LONGEST_RUN: u64 = 64;
/// The longest wait of those that wait for a while, in microseconds.
const LONGEST_WAIT: u64 = 100;
/// The longest spin before another try.
const LONGEST_SPIN: u64 = 64;
/// The most polls before a future is dropped.
const MOST_POLLS: u64 = 4;

/// What both ends have.
pub(crate) struct Place<'a, K: Kind> {
    pub(crate) queue: &'a K,
    pub(crate) round: &'a Round,
    side: Side,
    /// Which of its side it is.
    pub(crate) number: usize,
    pub(crate) rng: Rng,
    pub(crate) account: Account,
    order: Order,
    /// Whether it has ended the round.
    ended: bool,
}

/// The number of the last message seen of each producer.
#[derive(Default)]
struct Order([u32; MOST]);

impl Order {
    fn check<K: Kind>(&mut self, message: &Message) {
        if !K::IN_ORDER {
            return;
        }
        let last = &mut self.0[message.producer()];
        assert!(*last < message.number(), "after {last} came {message:?}");
        *last = message.number();
    }
}

impl<'a, K: Kind> Place<'a, K> {
    pub(crate) fn new(queue: &'a K, round: &'a Round, side: Side, number: usize, rng: Rng) -> Self {
        Self {
            queue,
            round,
            side,
            number,
            rng,
            account: Account::default(),
            order: Order::default(),
            ended: false,
        }
    }

    /// One of all the forms there are.
    pub(crate) fn any_form(&mut self) -> Form {
        let patient = !self.round.is_left();
        let wait = Duration::from_micros(self.rng.below(LONGEST_WAIT));
        let polls = Polls {
            times: self.rng.below(MOST_POLLS) as u32,
            seed: self.rng.next(),
        };
        match self.rng.below(6) {
            0 => Form::Try,
            1 if patient => Form::Blocking,
            2 if patient => Form::Awaited,
            3 => Form::Timeout(wait),
            4 => Form::Deadline(Instant::now() + wait),
            _ => Form::Cancelled(polls),
        }
    }

    /// What to do where the queue was full or empty: mostly, let others run and try again.
    pub(crate) fn next_form(&mut self) -> Form {
        match self.rng.below(8) {
            0 => return self.any_form(),
            1..=4 => (0..self.rng.below(LONGEST_SPIN)).for_each(|_| spin_loop()),
            _ => thread::yield_now(),
        }
        Form::Try
    }

    /// Ends the round if it is time, and it is the one to do so.
    pub(crate) fn end_in_time(&mut self, messages: u64) {
        if self.number > 0 || self.ended || !self.round.is_over(self.side, messages) {
            return;
        }
        self.ended = true;
        match self.round.end() {
            End::Closed => self.queue.close(),
            End::Emptied => {
                for message in self.queue.close_now() {
                    self.order.check::<K>(&message);
                    self.account.taken.add(message);
                }
            }
            End::Drained | End::Left => {}
        }
    }

    /// Puts down a message that was popped.
    pub(crate) fn popped(&mut self, message: Message) {
        self.order.check::<K>(&message);
        self.account.popped.add(message);
    }
}

/// Where somebody panics, nobody waits in vain for what it would have done.
impl<K: Kind> Drop for Place<'_, K> {
    fn drop(&mut self) {
        self.round.leave(self.side);
        if thread::panicking() {
            self.queue.close();
        }
    }
}
