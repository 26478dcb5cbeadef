//! What many put there, and one takes: the line of one, again and again.
//!
//! For numbers of things that are ready, which their one owner waits for.
//!
//! # Invariants (whenever the lock is free)
//!
//! 1. Where there is a waker, nothing is there: who brings something takes the waker, and calls
//!    it.
//!
//! # Ordering
//!
//! The lock orders everything: what came before a push is seen by who pops.

use crate::panic::{contain, discard};
use crate::sys::Mutex;
use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

/// A queue that one waits at.
#[derive(Debug)]
pub(crate) struct Inbox<T>(Mutex<Inside<T>>);

#[derive(Debug)]
struct Inside<T> {
    items: VecDeque<T>,
    /// Of the one who waits.
    waker: Option<Waker>,
}

impl<T: Copy> Inbox<T> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Inside {
            items: VecDeque::new(),
            waker: None,
        }))
    }

    /// Puts something there, and wakes the one who waits.
    pub(crate) fn push(&self, item: T) {
        let mut inside = self.0.lock();
        inside.items.push_back(item);
        let waker = inside.waker.take();
        drop(inside);
        if let Some(waker) = waker {
            contain(|| waker.wake());
        }
    }

    /// Takes what has been there longest.
    pub(crate) fn try_pop(&self) -> Option<T> {
        self.0.lock().items.pop_front()
    }

    /// Takes what has been there longest, or waits. There is one who waits: the last.
    pub(crate) fn poll_pop(&self, cx: &Context<'_>) -> Poll<T> {
        if let Some(item) = self.try_pop() {
            return Poll::Ready(item);
        }
        let waker = cx.waker().clone();
        let mut inside = self.0.lock();
        let (polled, unused) = match inside.items.pop_front() {
            Some(item) => (Poll::Ready(item), Some(waker)),
            None => (Poll::Pending, inside.waker.replace(waker)),
        };
        drop(inside);
        discard(unused);
        polled
    }
}
