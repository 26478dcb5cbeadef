//! Who pops, in every form.

use std::ops::ControlFlow::{self, Break, Continue};

use crate::forms::{Form, Refusal};
use crate::kinds::Kind;
use crate::place::{LONGEST_RUN, Place};
use crate::rng::Rng;
use crate::round::{Account, MOST, Round, Side};

/// A consumer's end.
pub(crate) struct Consumer<'a, K: Kind> {
    place: Place<'a, K>,
    /// How many messages to take where the queue is left behind.
    share: u64,
}

impl<'a, K: Kind> Consumer<'a, K> {
    pub(crate) fn new(queue: &'a K, round: &'a Round, number: usize, share: u64, rng: Rng) -> Self {
        let place = Place::new(queue, round, Side::Consumers, number, rng);
        Self { place, share }
    }

    /// Pops until the queue is closed and empty, or is to be left behind.
    pub(crate) fn run(mut self) -> Account {
        let mut flow = Continue(());
        while flow.is_continue() && !self.has_enough() {
            self.place.end_in_time(self.popped());
            let form = self.place.any_form();
            flow = match self.place.rng.below(64) {
                0 | 1 => self.pop(form),
                2 => self.look_at_the_length(),
                3 => self.drain(),
                4..16 => self.pop_many(form),
                16..32 => self.pop_many(Form::Try),
                _ => self.pop_run(),
            };
        }
        self.place.account
    }

    fn has_enough(&self) -> bool {
        let round = self.place.round;
        round.is_left() && (self.popped() >= self.share || round.at_work(Side::Producers) == 0)
    }

    fn popped(&self) -> u64 {
        self.place.account.popped.count
    }

    fn pop_run(&mut self) -> ControlFlow<()> {
        for _ in 0..=self.place.rng.below(LONGEST_RUN) {
            self.pop(Form::Try)?;
        }
        Continue(())
    }

    /// Pops one message, in that form or, where there is none, in another.
    fn pop(&mut self, form: Form) -> ControlFlow<()> {
        let popped = match self.place.queue.pop(form) {
            Err(Refusal::NotNow) => {
                let form = self.place.next_form();
                self.place.queue.pop(form)
            }
            popped => popped,
        };
        match popped {
            Ok(message) => self.place.popped(message),
            Err(Refusal::NotNow) => {}
            Err(Refusal::Closed) => return Break(()),
        }
        Continue(())
    }

    /// Pops many messages at once.
    fn pop_many(&mut self, form: Form) -> ControlFlow<()> {
        let mut batch = Vec::new();
        let most = self.place.rng.below(LONGEST_RUN) as usize;
        let popped = self.place.queue.pop_many(&mut batch, most, form);
        assert!(
            batch.len() <= most,
            "{} where {most} are the most",
            batch.len()
        );
        batch
            .into_iter()
            .for_each(|message| self.place.popped(message));
        match popped {
            Err(Refusal::Closed) => Break(()),
            _ => Continue(()),
        }
    }

    /// Pops all there is.
    fn drain(&mut self) -> ControlFlow<()> {
        let all = self.place.queue.drain();
        all.into_iter()
            .for_each(|message| self.place.popped(message));
        Continue(())
    }

    fn look_at_the_length(&mut self) -> ControlFlow<()> {
        let queue = self.place.queue;
        let len = queue.len();
        let most = match queue.capacity() {
            // At a rendezvous, what was meant for consumers who have gone away since.
            Some(0) => MOST,
            Some(most) => most,
            None => usize::MAX,
        };
        assert!(len <= most, "{len} where {most} are the most");
        let (pushed, popped) = queue.counts();
        assert!(popped <= pushed, "popped {popped} of {pushed}");
        Continue(())
    }
}
