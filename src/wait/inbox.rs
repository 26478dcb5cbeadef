//! The line of one, again and again: what arrives from many, for one who takes it.
//!
//! A lock and no more: an arrival wakes who waits, if somebody does. For what completes once and
//! for all there is the [`Signal`](super::Signal).

use crate::panic::{contain, discard};
use crate::sys::{Mutex, Tally};
use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

/// What has arrived and was not taken yet, and who waits for more.
#[derive(Debug)]
pub(crate) struct Inbox<T> {
    state: Mutex<State<T>>,
    /// How many items there are, for who only looks.
    len: Tally,
}

#[derive(Debug)]
struct State<T> {
    items: VecDeque<T>,
    /// Whose poll found nothing.
    waker: Option<Waker>,
    /// Nobody takes any more.
    closed: bool,
}

impl<T> Inbox<T> {
    pub(crate) fn new() -> Self {
        let state = State {
            items: VecDeque::new(),
            waker: None,
            closed: false,
        };
        Self {
            state: Mutex::new(state),
            len: Tally::default(),
        }
    }

    /// Puts an item there, and wakes who waits; or gives it back, where it is closed.
    pub(crate) fn offer(&self, item: T) -> Result<(), T> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(item);
        }
        state.items.push_back(item);
        self.len.set(state.items.len());
        let waker = state.waker.take();
        drop(state);
        call(waker);
        Ok(())
    }

    /// Wakes who waits, though nothing has come.
    pub(crate) fn wake(&self) {
        let waker = self.state.lock().waker.take();
        call(waker);
    }

    /// The same; an item for which it is closed is dropped.
    pub(crate) fn push(&self, item: T) {
        self.offer(item).unwrap_or_else(discard);
    }

    /// Takes the oldest item, if there is one.
    pub(crate) fn try_pop(&self) -> Option<T> {
        self.take(VecDeque::pop_front)
    }

    /// Takes the oldest item, waiting for it. Of several who wait, the last to poll is woken.
    pub(crate) fn poll_pop(&self, cx: &Context<'_>) -> Poll<T> {
        self.poll(cx, VecDeque::pop_front)
    }

    /// Takes all there is, in order, in exchange for an empty place; whether that is anything.
    pub(crate) fn try_take(&self, place: &mut VecDeque<T>) -> bool {
        self.take(|items| swap(items, place)).is_some()
    }

    /// The same, waiting for it.
    pub(crate) fn poll_take(&self, cx: &Context<'_>, place: &mut VecDeque<T>) -> Poll<()> {
        self.poll(cx, |items| swap(items, place))
    }

    /// Whether nothing is there.
    pub(crate) fn is_empty(&self) -> bool {
        self.state.lock().items.is_empty()
    }

    /// Whether something is there, without a lock: may be old, but not older than what the caller
    /// knows of.
    pub(crate) fn is_filled(&self) -> bool {
        self.len.get() != 0
    }

    /// Takes nothing in any more, and gives what is there.
    pub(crate) fn close(&self) -> VecDeque<T> {
        let mut state = self.state.lock();
        state.closed = true;
        self.len.set(0);
        std::mem::take(&mut state.items)
    }

    /// Does as `take` says.
    fn take<R>(&self, take: impl FnOnce(&mut VecDeque<T>) -> Option<R>) -> Option<R> {
        let items = &mut self.state.lock().items;
        let taken = take(items);
        self.len.set(items.len());
        taken
    }

    /// The same, waiting until that finds something.
    fn poll<R>(
        &self,
        cx: &Context<'_>,
        mut take: impl FnMut(&mut VecDeque<T>) -> Option<R>,
    ) -> Poll<R> {
        if let Some(taken) = self.take(&mut take) {
            return Poll::Ready(taken);
        }
        let waker = cx.waker().clone();
        let mut state = self.state.lock();
        let taken = take(&mut state.items);
        self.len.set(state.items.len());
        let old = match taken {
            Some(_) => Some(waker),
            None => state.waker.replace(waker),
        };
        drop(state);
        discard(old);
        taken.map_or(Poll::Pending, Poll::Ready)
    }
}

fn call(waker: Option<Waker>) {
    if let Some(waker) = waker {
        contain(|| waker.wake());
    }
}

/// Exchanges items for an empty place, if there are some.
fn swap<T>(items: &mut VecDeque<T>, place: &mut VecDeque<T>) -> Option<()> {
    debug_assert!(place.is_empty());
    (!items.is_empty()).then(|| std::mem::swap(items, place))
}
