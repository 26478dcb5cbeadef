//! The end of one round of a barrier, or of one phase of a phaser.
//!
//! Each round has a line of its own, so that who waits for it cannot be taken for somebody who
//! waits for the next, however late it runs; it keeps the round alive for as long as it looks.
//!
//! # Invariants
//!
//! 1. A round ends once, by `complete` or by `cut_short`: whoever takes it out of its barrier or
//!    phaser, under the lock there, ends it, and nobody else.

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

impl Round {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            line: Line::new(OPEN, Order::Open),
        })
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
