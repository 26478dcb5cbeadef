//! The future that waits in a line, and the calls that drive it.

use super::line::{Gate, Line, Refusal, Rule, Shut};
use super::list::Node;
use super::parker::block_until;
use crate::sys::{clock::Instant, thread};
use pin_project_lite::pin_project;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};

/// How far an [`Enter`] has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Not polled yet: stands nowhere.
    Fresh,
    /// In line, or dismissed and not told yet.
    Queued,
    /// Went in, or was refused.
    Done,
}

pin_project! {
    /// Goes in through a gate, waiting its turn. Queues at the first poll; dropped before it is
    /// ready, it leaves the line and gives back what it was granted.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub(crate) struct Enter<P: Deref>
    where
        P::Target: Gate,
    {
        gate: P,
        request: usize,
        stage: Stage,
        #[pin]
        node: Node,
    }

    impl<P: Deref> PinnedDrop for Enter<P>
    where
        P::Target: Gate,
    {
        fn drop(mut this: Pin<&mut Self>) {
            if this.as_mut().withdraw() == Some(Ok(())) {
                this.gate.give_back(this.request);
            }
        }
    }
}

impl<P: Deref<Target: Gate>> Enter<P> {
    #[inline]
    pub(crate) fn new(gate: P, request: usize) -> Self {
        Self {
            gate,
            request,
            stage: Stage::Fresh,
            node: Node::new(),
        }
    }

    /// What it goes in through.
    #[inline]
    pub(crate) fn gate(&self) -> &P {
        &self.gate
    }

    /// Leaves the line, and is done. Gives what it was dismissed with and not told yet: a grant
    /// is the caller's then.
    #[must_use = "what was granted is to be given back"]
    pub(crate) fn withdraw(self: Pin<&mut Self>) -> Option<Result<(), Shut>> {
        let this = self.project();
        match std::mem::replace(this.stage, Stage::Done) {
            Stage::Queued => this.gate.line().abandon(this.node.into_ref()),
            Stage::Fresh | Stage::Done => None,
        }
    }

    /// What it takes.
    #[inline]
    pub(crate) fn request(&self) -> usize {
        self.request
    }

    /// The way through the line.
    #[cold]
    fn wait(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Shut>> {
        let this = self.project();
        let line: &Line<_> = this.gate.line();
        let node = this.node.into_ref();
        let polled = match this.stage {
            Stage::Fresh => {
                let waker = cx.waker().clone();
                // SAFETY: fresh, so outside any list; `PinnedDrop` abandons it.
                unsafe { line.queue(node, *this.request, waker) }
            }
            Stage::Queued => match line.told(node.stand()) {
                Some(verdict) => Poll::Ready(verdict),
                None => line.try_again(node, cx.waker()),
            },
            Stage::Done => panic!("a future that waits was polled after it was ready"),
        };
        *this.stage = if polled.is_ready() {
            Stage::Done
        } else {
            Stage::Queued
        };
        polled
    }
}

impl<P: Deref<Target: Gate>> Future for Enter<P> {
    type Output = Result<(), Shut>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.as_mut().project();
        if *this.stage == Stage::Fresh {
            if let Some(entered) = look(this.gate.line(), *this.request) {
                *this.stage = Stage::Done;
                return Poll::Ready(entered);
            }
        }
        self.wait(cx)
    }
}

/// Goes in through `gate`; the thread waits its turn.
#[inline]
pub(crate) fn enter<G: Gate + ?Sized>(gate: &G, request: usize) -> Result<(), Shut> {
    match enter_until(gate, request, None) {
        Some(entered) => entered,
        None => unreachable!("a wait without a deadline does not time out"),
    }
}

/// Goes in through `gate`; the thread waits its turn until the deadline, then gives up (`None`).
#[inline]
pub(crate) fn enter_until<G: Gate + ?Sized>(
    gate: &G,
    request: usize,
    deadline: Option<Instant>,
) -> Option<Result<(), Shut>> {
    match look(gate.line(), request) {
        Some(entered) => Some(entered),
        None => wait(gate, request, deadline),
    }
}

/// What comes of `request` without waiting; `None` where it has to.
#[inline]
fn look<R: Rule>(line: &Line<R>, request: usize) -> Option<Result<(), Shut>> {
    match line.try_enter(request) {
        Ok(()) => Some(Ok(())),
        Err(Refusal::Closed) => Some(Err(Shut)),
        Err(Refusal::Busy) => None,
    }
}

/// The way through the line, after another look or two where the line may be passed: to stand in
/// it costs whoever serves it a call.
#[cold]
fn wait<G: Gate + ?Sized>(
    gate: &G,
    request: usize,
    deadline: Option<Instant>,
) -> Option<Result<(), Shut>> {
    let entered = match gate.line().may_be_passed() {
        true => thread::spin_and_yield(|| look(gate.line(), request)),
        false => None,
    };
    entered.or_else(|| block_until(Enter::new(gate, request), deadline))
}
