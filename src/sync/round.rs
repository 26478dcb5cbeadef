//! The end of one round of a barrier, or of one phase of a phaser.
//!
//! Each round has a line of its own, so that who waits for it cannot be taken for somebody who
//! waits for the next, however late it runs; it keeps the round alive for as long as it looks.
//!
//! # Invariants
//!
//! 1. A round ends once, by `complete` or by `cut_short`: whoever takes it out of its barrier or
//!    phaser, under the lock there, ends it, and nobody else.

use super::spent::Spent;
use crate::sys::Arc;
use crate::wait::{Gate, Line, Order, Zero};

/// Under way.
const OPEN: isize = 1;
/// Complete.
const COMPLETE: isize = 0;

/// One round, and those who wait for its end.
pub(super) struct Round {
    /// Closed where the round was cut short.
    line: Line<Zero>,
}

impl Gate for Round {
    type Rule = Zero;

    fn line(&self) -> &Line<Zero> {
        &self.line
    }
}

/// The rounds of one barrier or phaser, one after the other. It stands under the lock there.
pub(super) struct Rounds {
    /// The round that those who arrived wait on, if anybody does.
    current: Option<Arc<Round>>,
    spent: Spent<Round>,
}

impl Rounds {
    pub(super) const fn new() -> Self {
        Self {
            current: None,
            spent: Spent::new(),
        }
    }

    /// The round to wait on.
    pub(super) fn current(&mut self) -> Arc<Round> {
        let spent = &mut self.spent;
        self.current
            .get_or_insert_with(|| spent.share(Round::new()).0)
            .clone()
    }

    /// Whether `round` has not been taken out.
    pub(super) fn is_current(&self, round: &Arc<Round>) -> bool {
        self.current
            .as_ref()
            .is_some_and(|current| Arc::ptr_eq(current, round))
    }

    /// Takes the round out, for the caller to end it; `None` where nobody waits on it.
    pub(super) fn take(&mut self) -> Option<Arc<Round>> {
        let round = self.current.take()?;
        // In a round that is over there is no code of users.
        let _ = self.spent.keep(round.clone());
        Some(round)
    }
}

impl Round {
    fn new() -> Self {
        Self {
            line: Line::new(OPEN, Order::Open),
        }
    }

    /// Ends the round: all who wait go on.
    pub(super) fn complete(&self) {
        let _ = self.line.open(|_| Some(COMPLETE));
    }

    /// Ends the round before it is complete: all who wait are refused.
    pub(super) fn cut_short(&self) {
        self.line.close();
    }
}
