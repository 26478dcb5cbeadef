//! State under one lock, and two lines of those who wait for it to change: those who put
//! something there, and those who take something away.
//!
//! A [`Line`](super::Line) keeps its state in a word and lets requests in; that is the cheapest
//! where the state is a number. Here the state is a data structure that needs a lock anyway, so
//! the lists of waiters stand under that same lock: an operation that need not wait is one lock
//! and one unlock, and "finds nothing" and "stands in line" are one step.
//!
//! # How a waiter is served
//!
//! Nothing is handed over: whoever changes the state **calls** those at the head of a line whom
//! the state would let go, and they go by themselves, in their own thread or task. So what a
//! waiter waits for stays in the state until the waiter itself takes it. One that was called and
//! leaves instead (a timeout, a dropped future) has nothing to give back: it calls the next.
//!
//! A running thread may pass a line whose waiters were called and did not run yet. When the head
//! has been passed by for [`PATIENCE`], the line becomes *ordered*: what its waiters could take
//! is out of reach for others, until a head comes that has not waited that long. (The same two
//! regimes as in [`Line`](super::Line).)
//!
//! # Invariants (whenever the lock is free, and nobody is between its change and its calls)
//!
//! 1. Of each line, the first [`ready`](Stock::ready) waiters are `CALLED`: their wakers were
//!    taken. Who goes without standing in line only shrinks this prefix; whoever extends it, or
//!    leaves the line, calls.
//! 2. A line that is ordered is not empty, and its head has waited for [`PATIENCE`].
//! 3. A [`Visit`] that was polled and is not done has its node linked in the list of its side;
//!    nobody else unlinks it.
//!
//! # Ordering
//!
//! The lock orders everything: the state, the lists, what was written before a change.

use super::calls::Calls;
use super::line::PATIENCE;
use super::list::{List, Node, Stand, Waiter};
use super::parker::block_until;
use crate::panic::discard;
use crate::sys::{Mutex, clock, clock::Instant, thread};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// The two lines of a monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Of those who put something there.
    Put,
    /// Of those who take something away.
    Take,
}

/// The state of a monitor.
pub(crate) trait Stock {
    /// How many turns of `side` could go now, one after the other; too many is allowed.
    fn ready(&self, side: Side) -> usize;
}

/// An operation on the state, which may have to wait.
pub(crate) trait Turn<S> {
    /// In which line.
    const SIDE: Side;

    /// What comes of it.
    type Output;

    /// Goes, if the state lets it; it must where [`Stock::ready`] is not 0 for its side.
    ///
    /// Called under the lock, so it runs no code of users.
    fn go(&mut self, state: &mut S) -> Option<Self::Output>;
}

/// State under a lock, and the lines of those who wait for it to change.
pub(crate) struct Monitor<S> {
    inner: Mutex<Inner<S>>,
}

/// What the lock guards.
struct Inner<S> {
    state: S,
    /// By [`Side`].
    lines: [Line; 2],
}

/// One line.
struct Line {
    list: List,
    /// Whether nobody may take what those in line could.
    ordered: bool,
}

impl Line {
    const fn new() -> Self {
        Self {
            list: List::new(),
            ordered: false,
        }
    }

    /// Whether the head has waited for long.
    fn is_starving(&self) -> bool {
        let head = self.list.front();
        head.is_some_and(|head| self.list.is_older_than(head, PATIENCE))
    }
}

impl<S: Stock> Inner<S> {
    fn line(&mut self, side: Side) -> &mut Line {
        &mut self.lines[side as usize]
    }

    /// Lets `turn` go past the line, if it may and can.
    #[inline]
    fn pass<T: Turn<S>>(&mut self, turn: &mut T) -> Option<T::Output> {
        let line = &self.lines[T::SIDE as usize];
        // There may be more than those in an ordered line can take.
        if line.ordered && self.state.ready(T::SIDE) <= line.list.len() {
            return None;
        }
        turn.go(&mut self.state)
    }

    /// Lets `turn` go, whose node stands in line as `stand` says.
    fn go_from_line<T: Turn<S>>(&mut self, stand: Stand, turn: &mut T) -> Option<T::Output> {
        // Who was not called, and is polled all the same, does not pass those before it.
        if self.line(T::SIDE).ordered && stand != Stand::Called {
            return None;
        }
        turn.go(&mut self.state)
    }

    /// Takes a waiter out of its line, and gives its waker.
    fn leave(&mut self, side: Side, waiter: Waiter) -> Option<Waker> {
        let line = self.line(side);
        let waker = line.list.leave(waiter);
        line.ordered = line.ordered && line.is_starving();
        waker
    }

    /// Collects the wakers of those who can go and were not called yet; `None` where nobody
    /// waits at all.
    #[inline]
    fn calls(&mut self) -> Option<Calls> {
        if self.lines.iter().all(|line| line.list.is_empty()) {
            return None;
        }
        Some(self.collect())
    }

    #[cold]
    fn collect(&mut self) -> Calls {
        let mut calls = Calls::new();
        for side in [Side::Put, Side::Take] {
            let list = &mut self.lines[side as usize].list;
            // Each asks for one: those before the mark were called, or have yet to be once more.
            let mut ready = self.state.ready(side).saturating_sub(list.promised());
            while let Some(waiter) = list.mark() {
                if ready == 0 || calls.is_full() {
                    break;
                }
                calls.push(list.call(waiter));
                ready -= 1;
            }
        }
        calls
    }
}

impl<S: Stock> Monitor<S> {
    /// A monitor that nobody waits at.
    pub(crate) fn new(state: S) -> Self {
        Self {
            inner: Mutex::new(Inner {
                state,
                lines: [const { Line::new() }; 2],
            }),
        }
    }

    /// Looks at the state, under the lock: no code of users.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&S) -> R) -> R {
        look(&self.inner.lock().state)
    }

    /// Changes the state, under the lock (no code of users), and calls whom that lets go.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut S) -> R) -> R {
        let mut inner = self.inner.lock();
        let result = change(&mut inner.state);
        let calls = inner.calls();
        drop(inner);
        self.fire(calls);
        result
    }

    /// Lets `turn` go if it need not wait.
    #[inline]
    pub(crate) fn try_turn<T: Turn<S>>(&self, turn: &mut T) -> Option<T::Output> {
        let mut inner = self.inner.lock();
        let output = inner.pass(turn)?;
        let calls = inner.calls();
        drop(inner);
        self.fire(calls);
        Some(output)
    }

    /// Lets `turn` go; the thread waits for it until the deadline, then gives up (`None`).
    #[inline]
    pub(crate) fn turn_until<T: Turn<S>>(
        &self,
        mut turn: T,
        deadline: Option<Instant>,
    ) -> Option<T::Output> {
        match self.try_turn(&mut turn) {
            Some(output) => Some(output),
            None => self.wait(turn, deadline),
        }
    }

    /// The way through the line, after a look whether others, given the processor, change the
    /// state: to stand in line costs whoever serves it a call, and to sleep a thread switch.
    #[cold]
    fn wait<T: Turn<S>>(&self, mut turn: T, deadline: Option<Instant>) -> Option<T::Output> {
        match thread::spin_and_yield(|| self.try_turn(&mut turn)) {
            Some(output) => Some(output),
            None => block_until(Visit::new(self, turn), deadline),
        }
    }

    /// Calls who was collected, and who did not fit in.
    #[inline]
    fn fire(&self, calls: Option<Calls>) {
        if let Some(calls) = calls {
            self.fire_all(calls);
        }
    }

    #[cold]
    fn fire_all(&self, mut calls: Calls) {
        loop {
            let more = calls.is_full();
            calls.fire();
            if !more {
                return;
            }
            calls = self.inner.lock().collect();
        }
    }
}

/// What the future of a waiter does.
impl<S: Stock> Monitor<S> {
    /// Lets `turn` go, or puts `node` in line: "cannot go" and "stands in line" are one step.
    ///
    /// # Safety
    ///
    /// `node` stands outside any list, and is given to [`abandon`](Self::abandon) before it is
    /// dropped, unless [`try_again`](Self::try_again) was ready.
    unsafe fn queue<T: Turn<S>>(
        &self,
        node: Pin<&Node>,
        turn: &mut T,
        waker: Waker,
    ) -> Poll<T::Output> {
        let since = clock::now();
        let mut inner = self.inner.lock();
        if let Some(output) = inner.pass(turn) {
            let calls = inner.calls();
            drop(inner);
            self.fire(calls);
            discard(waker);
            return Poll::Ready(output);
        }
        let list = &mut inner.line(T::SIDE).list;
        // SAFETY: the caller's promise.
        unsafe { list.push(node, 1, waker, Some(since), false) };
        Poll::Pending
    }

    /// Lets `turn` go, whose `node` stands in line, or waits on with a new waker.
    ///
    /// # Safety
    ///
    /// `node` is linked in the line of the turn.
    unsafe fn try_again<T: Turn<S>>(
        &self,
        node: Pin<&Node>,
        turn: &mut T,
        waker: Waker,
    ) -> Poll<T::Output> {
        let mut inner = self.inner.lock();
        // SAFETY: linked, by the caller's promise, and we hold the lock.
        let me = unsafe { Waiter::of(node) };
        let stand = node.stand_locked();
        let (unused, calls, polled) = match inner.go_from_line(stand, turn) {
            Some(output) => {
                let old = inner.leave(T::SIDE, me);
                ([Some(waker), old], inner.calls(), Poll::Ready(output))
            }
            None => {
                let line = inner.line(T::SIDE);
                let old = line.list.keep_waiting(me, waker);
                // Called, and nothing there: the line was passed by.
                line.ordered = line.ordered || stand == Stand::Called && line.is_starving();
                ([old, None], None, Poll::Pending)
            }
        };
        drop(inner);
        self.fire(calls);
        unused.into_iter().for_each(discard);
        polled
    }

    /// Leaves the line, and calls the next.
    ///
    /// # Safety
    ///
    /// `node` is linked in the line of `side`.
    #[cold]
    unsafe fn abandon(&self, node: Pin<&Node>, side: Side) {
        let mut inner = self.inner.lock();
        // SAFETY: linked, by the caller's promise, and we hold the lock.
        let waker = inner.leave(side, unsafe { Waiter::of(node) });
        let calls = inner.calls();
        drop(inner);
        self.fire(calls);
        discard(waker);
    }
}

impl<S> fmt::Debug for Monitor<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitor").finish_non_exhaustive()
    }
}

/// How far a [`Visit`] has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Not polled yet: stands nowhere.
    Fresh,
    /// In line.
    Queued,
    /// Went.
    Done,
}

pin_project! {
    /// Lets a turn go, waiting for it. Queues at the first poll; dropped before it is ready, it
    /// leaves the line.
    #[must_use = "futures do nothing unless polled"]
    pub(crate) struct Visit<'a, S, T>
    where
        S: Stock,
        T: Turn<S>,
    {
        monitor: &'a Monitor<S>,
        turn: T,
        stage: Stage,
        #[pin]
        node: Node,
    }

    impl<'a, S, T> PinnedDrop for Visit<'a, S, T>
    where
        S: Stock,
        T: Turn<S>,
    {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if *this.stage == Stage::Queued {
                // SAFETY: queued, so linked (invariant 3).
                unsafe { this.monitor.abandon(this.node.into_ref(), T::SIDE) };
            }
        }
    }
}

impl<'a, S: Stock, T: Turn<S>> Visit<'a, S, T> {
    pub(crate) fn new(monitor: &'a Monitor<S>, turn: T) -> Self {
        Self {
            monitor,
            turn,
            stage: Stage::Fresh,
            node: Node::new(),
        }
    }

    /// The turn.
    pub(crate) fn turn(self: Pin<&mut Self>) -> &mut T {
        self.project().turn
    }
}

impl<S: Stock, T: Turn<S>> Future for Visit<'_, S, T> {
    type Output = T::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let node = this.node.into_ref();
        let polled = match this.stage {
            Stage::Fresh => match this.monitor.try_turn(this.turn) {
                Some(output) => Poll::Ready(output),
                None => {
                    let waker = cx.waker().clone();
                    // SAFETY: fresh, so outside any list; `PinnedDrop` abandons it.
                    unsafe { this.monitor.queue(node, this.turn, waker) }
                }
            },
            Stage::Queued => {
                let waker = cx.waker().clone();
                // SAFETY: queued, so linked (invariant 3).
                unsafe { this.monitor.try_again(node, this.turn, waker) }
            }
            Stage::Done => panic!("a future that waits was polled after it was ready"),
        };
        *this.stage = match polled {
            Poll::Ready(_) => Stage::Done,
            Poll::Pending => Stage::Queued,
        };
        polled
    }
}
