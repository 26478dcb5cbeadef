//! Who pushes, in every form.

use std::ops::ControlFlow::{self, Break, Continue};

use crate::forms::{Form, Push, Refusal};
use crate::kinds::Kind;
use crate::message::{Message, Tally};
use crate::place::{LONGEST_RUN, Place};
use crate::rng::Rng;
use crate::round::{Account, Round, Side};

/// A producer's end.
pub(crate) struct Producer<'a, K: Kind> {
    place: Place<'a, K>,
    /// How many messages to make.
    share: u64,
}

impl<'a, K: Kind> Producer<'a, K> {
    pub(crate) fn new(queue: &'a K, round: &'a Round, number: usize, share: u64, rng: Rng) -> Self {
        let place = Place::new(queue, round, Side::Producers, number, rng);
        Self { place, share }
    }

    /// Pushes until it has made its share, or the queue is closed.
    pub(crate) fn run(mut self) -> Account {
        let mut flow = Continue(());
        while flow.is_continue() && self.made() < self.share {
            let form = self.place.any_form();
            flow = match self.place.rng.below(32) {
                0 => self.push(K::push, form),
                1 => self.push(K::push_reserved, form),
                2 => self.force_push(),
                3..8 => self.push_many(form),
                8..16 => self.push_many(Form::Try),
                _ => self.push_run(),
            };
        }
        self.place.account
    }

    fn made(&self) -> u64 {
        self.place.account.made.count
    }

    fn push_run(&mut self) -> ControlFlow<()> {
        let run = 1 + self.place.rng.below(LONGEST_RUN);
        for _ in 0..run.min(self.share - self.made()) {
            self.push(K::push, Form::Try)?;
        }
        Continue(())
    }

    /// Makes one message, and puts it down.
    fn make(&mut self) -> Message {
        self.place.end_in_time(self.made());
        let message = Message::new(self.place.number, self.made() as u32 + 1);
        self.place.account.made.note(&message);
        message
    }

    /// Pushes one message, in that form or, where there is no room, in others.
    fn push(&mut self, push: fn(&K, Message, Form) -> Push, mut form: Form) -> ControlFlow<()> {
        let mut message = self.make();
        let mut this = Tally::default();
        this.note(&message);
        loop {
            message = match push(self.place.queue, message, form) {
                Push::Done => return Continue(()),
                Push::Dropped => {
                    self.place.account.dropped += this;
                    return Continue(());
                }
                Push::Full(message) => message,
                Push::Closed(message) => {
                    self.place.account.handed_back.add(message);
                    return Break(());
                }
            };
            let alone = self.is_alone();
            if alone || self.place.rng.one_in(64) {
                self.place.account.handed_back.add(message);
                return if alone { Break(()) } else { Continue(()) };
            }
            form = self.place.next_form();
        }
    }

    /// Pushes many messages at once, in that form and, where there is no room for all, in others.
    fn push_many(&mut self, mut form: Form) -> ControlFlow<()> {
        let run = 1 + self.place.rng.below(LONGEST_RUN);
        let mut batch = Vec::new();
        for _ in 0..run.min(self.share - self.made()) {
            batch.push(self.make());
        }
        let flow = loop {
            match self.place.queue.push_many(&mut batch, form) {
                Err(Refusal::Closed) => break Break(()),
                _ if batch.is_empty() => return Continue(()),
                _ if self.is_alone() => break Break(()),
                _ if self.place.rng.one_in(64) => break Continue(()),
                _ => form = self.place.next_form(),
            }
        };
        for message in batch {
            self.place.account.handed_back.add(message);
        }
        flow
    }

    /// Pushes one message, whoever has to go for it.
    fn force_push(&mut self) -> ControlFlow<()> {
        let message = self.make();
        let (back, flow) = match self.place.queue.force_push(message) {
            Ok(evicted) => (evicted, Continue(())),
            Err(message) => (Some(message), Break(())),
        };
        if let Some(message) = back {
            self.place.account.handed_back.add(message);
        }
        flow
    }

    /// Whether nobody will take anything any more.
    fn is_alone(&self) -> bool {
        let round = self.place.round;
        round.is_left() && round.at_work(Side::Consumers) == 0
    }
}
