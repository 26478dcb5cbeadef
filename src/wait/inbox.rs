//! The line of one, again and again: what arrives from many, for one who takes it.
//!
//! A lock and no more: an arrival wakes who waits, if somebody does. For what completes once and
//! for all there is the [`Signal`](super::Signal).

use crate::panic::{contain, discard};
use crate::sys::Mutex;
use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

/// What has arrived and was not taken yet, and who waits for more.
#[derive(Debug)]
pub(crate) struct Inbox<T>(Mutex<State<T>>);

#[derive(Debug)]
struct State<T> {
    items: VecDeque<T>,
    /// Whose poll found nothing.
    waker: Option<Waker>,
}

impl<T> Inbox<T> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State {
            items: VecDeque::new(),
            waker: None,
        }))
    }

    /// Puts an item there, and wakes who waits.
    pub(crate) fn push(&self, item: T) {
        let mut state = self.0.lock();
        state.items.push_back(item);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            contain(|| waker.wake());
        }
    }

    /// Takes the oldest item, if there is one.
    pub(crate) fn try_pop(&self) -> Option<T> {
        self.0.lock().items.pop_front()
    }

    /// Takes the oldest item, waiting for it. Of several who wait, the last to poll is woken.
    pub(crate) fn poll_pop(&self, cx: &Context<'_>) -> Poll<T> {
        if let Some(item) = self.try_pop() {
            return Poll::Ready(item);
        }
        let waker = cx.waker().clone();
        let mut state = self.0.lock();
        let item = state.items.pop_front();
        let old = match item {
            Some(_) => Some(waker),
            None => state.waker.replace(waker),
        };
        drop(state);
        discard(old);
        item.map_or(Poll::Pending, Poll::Ready)
    }

    /// Whether nothing is there.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().items.is_empty()
    }
}
