//! Two lines around a store: of those who put something there and wait for room, and of those who
//! take something away and wait for it to come.
//!
//! A [`Line`](super::Line) keeps its state in a word and lets requests in; that is the cheapest
//! where the state is a number. Here the state is a data structure, the [`Store`]. Part of it may
//! lie *outside* the lock of the lines, for those who need not wait to work on it without that
//! lock (a lock-free ring); the rest lies *inside*, under that lock (a heap, say; see
//! [`Monitor`](super::Monitor)).
//!
//! # How a waiter is served
//!
//! Nothing is handed over: whoever changes the store **calls** those at the head of a line whom
//! the store would let go, and they go by themselves, in their own thread or task. So what a
//! waiter waits for stays in the store until the waiter itself takes it. One that was called and
//! leaves instead (a timeout, a dropped future) has nothing to give back: it calls the next.
//!
//! A running thread may pass a line whose waiters were called and did not run yet. When the head
//! has been passed by for [`PATIENCE`], the line becomes *ordered*: what its waiters could take
//! is out of reach for others, until a head comes that has not waited that long. (The same two
//! regimes as in [`Line`](super::Line).)
//!
//! # What the outside shows
//!
//! Who works on the outside learns two things from it, in the step in which it goes:
//!
//! * a side is **armed**: somebody waits there whom nobody has called. Who goes at the other side
//!   must [`serve`](Lines::serve) then.
//! * a side is **guarded**: nobody goes there without the lock (its line is ordered, or the
//!   inside has a say).
//!
//! # Invariants (whenever the lock is free, and nobody is between its change and its calls)
//!
//! 1. Of each line, the first [`ready`](Store::ready) waiters are `CALLED`: their wakers were
//!    taken. Who goes without standing in line only shrinks this prefix; whoever extends it, or
//!    leaves the line, calls.
//! 2. A line that is ordered is not empty, and its head has waited for [`PATIENCE`].
//! 3. A [`Passage`] that was polled and is not done has its node linked in the list of its side;
//!    nobody else unlinks it.
//! 4. A side is armed if a waiter stands in its line who was not called, and guarded if its line
//!    is ordered.
//!
//! # Ordering
//!
//! The lock orders the inside, the lists, and what was written before a change of the inside.
//! For the outside, a side is armed *before* its waiter looks for the last time: a change that
//! the look misses comes later in the order of the word that is armed, so it sees the waiter.

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

/// The two lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Of those who put something there.
    Put,
    /// Of those who take something away.
    Take,
}

impl Side {
    const BOTH: [Self; 2] = [Self::Put, Self::Take];
}

/// How many stand in the two lines.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Waiting {
    /// Of those who put.
    pub(crate) put: usize,
    /// Of those who take.
    pub(crate) take: usize,
}

/// What the lines lead to.
///
/// Where nothing lies outside the lock, there is nothing to show: the defaults.
pub(crate) trait Store {
    /// The part under the lock.
    type Inside;

    /// How many moves of `side` could go now, one after the other; too many is allowed.
    fn ready(&self, inside: &Self::Inside, side: Side, waiting: Waiting) -> usize;

    /// Arms `side`, so that everybody who goes at the other side from now on serves it.
    fn arm(&self, _side: Side) {}

    /// Shows whether `side` is armed and whether its line is ordered. Under the lock.
    fn show(&self, _inside: &Self::Inside, _side: Side, _armed: bool, _ordered: bool) {}
}

/// What comes of a move that does not take the lock.
pub(crate) enum Dash<O> {
    /// It went. With `true`, the other side is armed.
    Gone(O, bool),
    /// It would have to wait.
    Stuck,
    /// It has to take the lock.
    Barred,
}

impl<O> Dash<O> {
    /// The same, with what `then` makes of the output where it went.
    #[inline]
    pub(crate) fn map<P>(self, then: impl FnOnce(O) -> P) -> Dash<P> {
        match self {
            Self::Gone(output, armed) => Dash::Gone(then(output), armed),
            Self::Stuck => Dash::Stuck,
            Self::Barred => Dash::Barred,
        }
    }
}

/// An operation on the store, which may have to wait.
pub(crate) trait Move<S: Store> {
    /// In which line.
    const SIDE: Side;

    /// What comes of it.
    type Output;

    /// Goes without the lock, if the store lets it.
    fn dash(&mut self, _store: &S) -> Dash<Self::Output> {
        Dash::Barred
    }

    /// As [`dash`](Self::dash), for who looks again and again: may be stuck where a dash would have
    /// gone, and so touch less of what others are at work on.
    fn glance(&mut self, store: &S) -> Dash<Self::Output> {
        self.dash(store)
    }

    /// Whether it goes only once the other side has found it in line, so that to look before is in
    /// vain.
    fn is_met_in_line(&self, _store: &S) -> bool {
        false
    }

    /// Goes, if the store lets it, guarded or not; it must where [`Store::ready`] is not 0 for
    /// its side.
    ///
    /// Called under the lock, so it runs no code of users.
    fn go(&mut self, store: &S, inside: &mut S::Inside, waiting: Waiting) -> Option<Self::Output>;

    /// It stands in line from now on. Under the lock.
    fn stay(&mut self, _store: &S, _inside: &mut S::Inside) {}

    /// It leaves the line, whether it went or not. Under the lock.
    fn leave(&mut self, _inside: &mut S::Inside) {}
}

/// A store, and the lines of those who wait for it to change.
pub(crate) struct Lines<S: Store> {
    store: S,
    inner: Mutex<Inner<S>>,
}

/// What the lock guards.
struct Inner<S: Store> {
    inside: S::Inside,
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

impl<S: Store> Inner<S> {
    fn line(&mut self, side: Side) -> &mut Line {
        &mut self.lines[side as usize]
    }

    fn waiting(&self) -> Waiting {
        let [put, take] = Side::BOTH.map(|side| self.lines[side as usize].list.len());
        Waiting { put, take }
    }

    /// Lets `turn` go past the line, if it may and can.
    #[inline]
    fn pass<M: Move<S>>(&mut self, store: &S, turn: &mut M) -> Option<M::Output> {
        let waiting = self.waiting();
        let line = &self.lines[M::SIDE as usize];
        // There may be more than those in an ordered line can take.
        if line.ordered && store.ready(&self.inside, M::SIDE, waiting) <= line.list.len() {
            return None;
        }
        turn.go(store, &mut self.inside, waiting)
    }

    /// Lets `turn` go, whose node stands in line as `stand` says.
    fn go_from_line<M: Move<S>>(
        &mut self,
        store: &S,
        stand: Stand,
        turn: &mut M,
    ) -> Option<M::Output> {
        // Who was not called, and is polled all the same, does not pass those before it.
        if self.line(M::SIDE).ordered && stand != Stand::Called {
            return None;
        }
        let waiting = self.waiting();
        turn.go(store, &mut self.inside, waiting)
    }

    /// Takes a waiter out of its line, and gives its waker.
    fn leave(&mut self, side: Side, waiter: Waiter) -> Option<Waker> {
        let line = self.line(side);
        let waker = line.list.leave(waiter);
        line.ordered = line.ordered && line.is_starving();
        waker
    }

    /// Collects the wakers of those who can go and were not called yet (`None` where nobody waits
    /// at all), and shows how the lines stand: the end of whatever is done under the lock.
    #[inline]
    fn settle(&mut self, store: &S) -> Option<Calls> {
        let calls = match self.lines.iter().all(|line| line.list.is_empty()) {
            true => None,
            false => Some(self.collect(store)),
        };
        for side in Side::BOTH {
            let line = &self.lines[side as usize];
            store.show(&self.inside, side, line.list.mark().is_some(), line.ordered);
        }
        calls
    }

    #[cold]
    fn collect(&mut self, store: &S) -> Calls {
        let mut calls = Calls::new();
        for side in Side::BOTH {
            let ready = store.ready(&self.inside, side, self.waiting());
            let list = &mut self.lines[side as usize].list;
            // Each asks for one: those before the mark were called, or have yet to be once more.
            let mut ready = ready.saturating_sub(list.promised());
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

impl<S: Store> Lines<S> {
    /// Lines in which nobody stands.
    pub(crate) fn around(store: S, inside: S::Inside) -> Self {
        Self {
            store,
            inner: Mutex::new(Inner {
                inside,
                lines: [const { Line::new() }; 2],
            }),
        }
    }

    /// The part outside the lock.
    #[inline]
    pub(crate) fn store(&self) -> &S {
        &self.store
    }

    /// Looks at the inside and at how many wait, under the lock: no code of users.
    pub(crate) fn peek<R>(&self, peek: impl FnOnce(&S::Inside, Waiting) -> R) -> R {
        let inner = self.inner.lock();
        peek(&inner.inside, inner.waiting())
    }

    /// Changes the inside, under the lock (no code of users), and calls whom that lets go.
    pub(crate) fn alter<R>(&self, alter: impl FnOnce(&mut S::Inside, Waiting) -> R) -> R {
        let mut inner = self.inner.lock();
        let waiting = inner.waiting();
        let result = alter(&mut inner.inside, waiting);
        let calls = inner.settle(&self.store);
        drop(inner);
        self.fire(calls);
        result
    }

    /// Calls whom a change of the outside lets go.
    #[cold]
    pub(crate) fn serve(&self) {
        self.alter(|_, _| ());
    }

    /// Lets `turn` go if it need not wait.
    #[inline]
    pub(crate) fn try_turn<M: Move<S>>(&self, turn: &mut M) -> Option<M::Output> {
        let dash = turn.dash(&self.store);
        self.end(dash, turn)
    }

    /// Ends a move after its dash.
    #[inline]
    fn end<M: Move<S>>(&self, dash: Dash<M::Output>, turn: &mut M) -> Option<M::Output> {
        match dash {
            Dash::Gone(output, false) => Some(output),
            Dash::Gone(output, true) => {
                self.serve();
                Some(output)
            }
            Dash::Stuck => None,
            Dash::Barred => self.try_locked(turn),
        }
    }

    /// As [`try_turn`](Self::try_turn), under the lock.
    #[inline]
    fn try_locked<M: Move<S>>(&self, turn: &mut M) -> Option<M::Output> {
        let mut inner = self.inner.lock();
        let output = inner.pass(&self.store, turn);
        let calls = inner.settle(&self.store);
        drop(inner);
        self.fire(calls);
        output
    }

    /// Lets `turn` go; the thread waits for it until the deadline, then gives up (`None`).
    #[inline]
    pub(crate) fn turn_until<M: Move<S>>(
        &self,
        mut turn: M,
        deadline: Option<Instant>,
    ) -> Option<M::Output> {
        match self.try_turn(&mut turn) {
            Some(output) => Some(output),
            None => self.wait(turn, deadline),
        }
    }

    /// As [`turn_until`](Self::turn_until), for a move that was tried: the way through the line,
    /// after a look whether others, given the processor, change the store: to stand in line costs
    /// whoever serves it a call, and to sleep a thread switch.
    #[cold]
    pub(crate) fn wait<M: Move<S>>(
        &self,
        mut turn: M,
        deadline: Option<Instant>,
    ) -> Option<M::Output> {
        let went = match turn.is_met_in_line(&self.store) {
            true => None,
            false => self.look_again(&mut turn),
        };
        went.or_else(|| block_until(Passage::tried(self, turn), deadline))
    }

    fn look_again<M: Move<S>>(&self, turn: &mut M) -> Option<M::Output> {
        let glance = || {
            let dash = turn.glance(&self.store);
            self.end(dash, turn)
        };
        thread::spin(glance).or_else(|| thread::give_way(|| self.try_turn(turn)))
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
            let mut inner = self.inner.lock();
            match inner.settle(&self.store) {
                Some(collected) => calls = collected,
                None => return,
            }
        }
    }
}

/// What the future of a waiter does.
impl<S: Store> Lines<S> {
    /// Lets `turn` go, or puts `node` in line: "cannot go" and "stands in line" are one step.
    ///
    /// # Safety
    ///
    /// `node` stands outside any list, and is given to [`abandon`](Self::abandon) before it is
    /// dropped, unless [`try_again`](Self::try_again) was ready.
    unsafe fn queue<M: Move<S>>(
        &self,
        node: Pin<&Node>,
        turn: &mut M,
        waker: Waker,
    ) -> Poll<M::Output> {
        let since = clock::now();
        let mut inner = self.inner.lock();
        self.store.arm(M::SIDE);
        let (unused, polled) = match inner.pass(&self.store, turn) {
            Some(output) => (Some(waker), Poll::Ready(output)),
            None => {
                let list = &mut inner.line(M::SIDE).list;
                // SAFETY: the caller's promise.
                unsafe { list.push(node, 1, waker, Some(since), false) };
                turn.stay(&self.store, &mut inner.inside);
                (None, Poll::Pending)
            }
        };
        let calls = inner.settle(&self.store);
        drop(inner);
        self.fire(calls);
        discard(unused);
        polled
    }

    /// Lets `turn` go, whose `node` stands in line, or waits on with a new waker.
    ///
    /// # Safety
    ///
    /// `node` is linked in the line of the turn.
    unsafe fn try_again<M: Move<S>>(
        &self,
        node: Pin<&Node>,
        turn: &mut M,
        waker: Waker,
    ) -> Poll<M::Output> {
        let mut inner = self.inner.lock();
        // SAFETY: linked, by the caller's promise, and we hold the lock.
        let me = unsafe { Waiter::of(node) };
        let stand = node.stand_locked();
        self.store.arm(M::SIDE);
        let (unused, polled) = match inner.go_from_line(&self.store, stand, turn) {
            Some(output) => {
                turn.leave(&mut inner.inside);
                let old = inner.leave(M::SIDE, me);
                ([Some(waker), old], Poll::Ready(output))
            }
            None => {
                let line = inner.line(M::SIDE);
                let old = line.list.keep_waiting(me, waker);
                // Called, and nothing there: the line was passed by.
                line.ordered = line.ordered || stand == Stand::Called && line.is_starving();
                ([old, None], Poll::Pending)
            }
        };
        let calls = inner.settle(&self.store);
        drop(inner);
        self.fire(calls);
        unused.into_iter().for_each(discard);
        polled
    }

    /// Leaves the line, and calls the next.
    ///
    /// # Safety
    ///
    /// `node` is linked in the line of the turn.
    #[cold]
    unsafe fn abandon<M: Move<S>>(&self, node: Pin<&Node>, turn: &mut M) {
        let mut inner = self.inner.lock();
        turn.leave(&mut inner.inside);
        // SAFETY: linked, by the caller's promise, and we hold the lock.
        let waker = inner.leave(M::SIDE, unsafe { Waiter::of(node) });
        let calls = inner.settle(&self.store);
        drop(inner);
        self.fire(calls);
        discard(waker);
    }
}

impl<S: Store> fmt::Debug for Lines<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines").finish_non_exhaustive()
    }
}

/// How far a [`Passage`] has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Not polled yet: stands nowhere.
    Fresh,
    /// Not polled yet, but tried before.
    Tried,
    /// In line.
    Queued,
    /// Went.
    Done,
}

pin_project! {
    /// Lets a move go, waiting for it. Queues at the first poll; dropped before it is ready, it
    /// leaves the line.
    #[must_use = "futures do nothing unless polled"]
    pub(crate) struct Passage<'a, S, M>
    where
        S: Store,
        M: Move<S>,
    {
        lines: &'a Lines<S>,
        turn: M,
        stage: Stage,
        #[pin]
        node: Node,
    }

    impl<'a, S, M> PinnedDrop for Passage<'a, S, M>
    where
        S: Store,
        M: Move<S>,
    {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if *this.stage == Stage::Queued {
                // SAFETY: queued, so linked (invariant 3).
                unsafe { this.lines.abandon(this.node.into_ref(), this.turn) };
            }
        }
    }
}

impl<'a, S: Store, M: Move<S>> Passage<'a, S, M> {
    pub(crate) fn new(lines: &'a Lines<S>, turn: M) -> Self {
        Self {
            lines,
            turn,
            stage: Stage::Fresh,
            node: Node::new(),
        }
    }

    /// One whose move was tried, and is not tried again before it queues.
    fn tried(lines: &'a Lines<S>, turn: M) -> Self {
        let mut this = Self::new(lines, turn);
        this.stage = Stage::Tried;
        this
    }

    /// Before the first poll: lets `quick` try to let the move go, and says whether it did. Then
    /// this passage is done.
    #[inline]
    pub(crate) fn try_first(
        self: Pin<&mut Self>,
        quick: impl FnOnce(&Lines<S>, &mut M) -> bool,
    ) -> bool {
        let this = self.project();
        let went = *this.stage == Stage::Fresh && quick(this.lines, this.turn);
        if went {
            *this.stage = Stage::Done;
        }
        went
    }

    /// Whether it stands in line.
    pub(crate) fn waits(&self) -> bool {
        self.stage == Stage::Queued
    }

    /// Makes one that went, and whose move can go again, as new.
    pub(crate) fn renew(self: Pin<&mut Self>) {
        let stage = self.project().stage;
        assert_eq!(*stage, Stage::Done, "it went");
        *stage = Stage::Fresh;
    }

    /// The move.
    pub(crate) fn turn(self: Pin<&mut Self>) -> &mut M {
        self.project().turn
    }
}

impl<S: Store, M: Move<S>> Future for Passage<'_, S, M> {
    type Output = M::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let node = this.node.into_ref();
        if *this.stage == Stage::Fresh {
            if let Some(output) = this.lines.try_turn(this.turn) {
                *this.stage = Stage::Done;
                return Poll::Ready(output);
            }
        }
        let polled = match this.stage {
            Stage::Fresh | Stage::Tried => {
                let waker = cx.waker().clone();
                // SAFETY: outside any list; `PinnedDrop` abandons it.
                unsafe { this.lines.queue(node, this.turn, waker) }
            }
            Stage::Queued => {
                let waker = cx.waker().clone();
                // SAFETY: queued, so linked (invariant 3).
                unsafe { this.lines.try_again(node, this.turn, waker) }
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
