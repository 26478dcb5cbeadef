//! The FIFO of waiters: an intrusive, doubly linked list of nodes that live in the futures that
//! wait.
//!
//! # State of a node
//!
//! ```text
//!                 push_back            called, out of order
//!   OUTSIDE ───────────────▶ WAITING ────────────────────────▶ CALLED
//!      ▲                      │   ▲      poll finds nothing      │ │
//!      │  unlink (left,       │   └──────────────────────────────┘ │
//!      └─ or took by itself) ─┼───────────────────────────────────◀┤
//!                             ▼                                    ▼
//!                    GRANTED or REFUSED  (unlinked by whoever stored it)
//! ```
//!
//! # Invariants
//!
//! 1. A node in `WAITING` or `CALLED` is linked in exactly one list, is pinned, and is not
//!    dropped before it is unlinked. Links and body of a linked node are touched only under the
//!    lock of that list.
//! 2. `GRANTED` and `REFUSED` are stored under the lock, by a granter that has unlinked the node
//!    and taken its waker before, and that does not touch it after. From then on the body
//!    belongs to whoever waits.
//! 3. A node outside any list is touched only by its owner.
//! 4. A body is written before its node is linked. Who unlinks a node has taken the waker out, or
//!    takes it out then, so that there is nothing to drop in the body of a node outside any list.
//!
//! # Ordering
//!
//! The state is atomic because its owner reads it without the lock, once: a granted waiter goes
//! in with one load. All else is ordered by the lock.

use super::line::Shut;
use crate::sys::{
    atomic::{AtomicUsize, Ordering},
    cell::UnsafeCell,
    clock::{self, Instant},
};
use std::marker::PhantomPinned;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::Waker;
use std::time::Duration;

/// Where a waiter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    /// In no list.
    Outside,
    /// In line, asleep.
    Waiting,
    /// In line, woken to try for itself.
    Called,
    /// Out of line, with what it asked for.
    Granted,
    /// Out of line, without: the line was closed.
    Refused,
}

impl Stand {
    fn from_word(word: usize) -> Self {
        [
            Self::Outside,
            Self::Waiting,
            Self::Called,
            Self::Granted,
            Self::Refused,
        ][word]
    }

    /// What the waiter was dismissed with, if it was.
    pub(super) fn verdict(self) -> Option<Result<(), Shut>> {
        match self {
            Self::Granted => Some(Ok(())),
            Self::Refused => Some(Err(Shut)),
            Self::Outside | Self::Waiting | Self::Called => None,
        }
    }
}

/// One waiter.
#[derive(Debug)]
pub(super) struct Node {
    /// A [`Stand`].
    stand: AtomicUsize,
    /// All that the lock guards; written when the node is linked, so that a future which need
    /// not wait does not pay for it.
    body: UnsafeCell<MaybeUninit<Body>>,
    /// Other nodes point here.
    _pinned: PhantomPinned,
}

/// What a node carries.
#[derive(Debug)]
struct Body {
    prev: Option<NonNull<Node>>,
    next: Option<NonNull<Node>>,
    /// Whom to wake; `None` once taken.
    waker: Option<Waker>,
    /// What it waits for.
    request: usize,
    /// Since when, where that matters.
    since: Option<Instant>,
    /// Its number in its list, rising.
    ticket: usize,
}

impl Drop for Node {
    #[inline]
    fn drop(&mut self) {
        // Claims the body, so that loom finds a granter that has not let go of it. Natively
        // this is nothing.
        self.body.with_mut(|_| ());
    }
}

// SAFETY: a linked body is guarded by the lock of its list (invariant 1), any other by its
// owner (invariants 2 and 3).
unsafe impl Send for Node {}
// SAFETY: as above; the state is atomic.
unsafe impl Sync for Node {}

impl Node {
    #[inline]
    pub(super) fn new() -> Self {
        Self {
            stand: AtomicUsize::new(Stand::Outside as usize),
            body: UnsafeCell::new(MaybeUninit::uninit()),
            _pinned: PhantomPinned,
        }
    }

    /// Where it stands, without the lock.
    pub(super) fn stand(&self) -> Stand {
        // ORDERING: Acquire, partner of the Release in `List::dismiss`: the granter's touches of
        // the body come before ours (invariant 2), and what the releaser did before it granted
        // is seen by the waiter that goes in. Models:
        // `a_granted_waiter_sees_what_the_releaser_wrote`, `a_granter_lets_go_of_the_node`.
        Stand::from_word(self.stand.load(Ordering::Acquire))
    }

    /// Where it stands, under the lock, which orders it.
    pub(super) fn stand_locked(&self) -> Stand {
        // ORDERING: Relaxed: written under the lock only, but by the owner outside a list.
        Stand::from_word(self.stand.load(Ordering::Relaxed))
    }
}

/// The line of waiters, oldest first. Its lock is the one of the [`Line`](super::line::Line)
/// that holds it.
#[derive(Debug)]
pub(super) struct List {
    head: Option<NonNull<Node>>,
    tail: Option<NonNull<Node>>,
    /// How many.
    len: usize,
    /// How many of them are `CALLED`.
    called: usize,
    /// The mark: the first of those whom nobody looked at since the last look from the front.
    /// All before it are `CALLED`.
    mark: Option<NonNull<Node>>,
    /// What those before the mark ask for, together.
    promised: usize,
    /// The next ticket.
    tickets: usize,
}

// SAFETY: the nodes are `Send` and `Sync`.
unsafe impl Send for List {}

/// Reads something in the body of a node.
///
/// # Safety
///
/// The node is linked, and the caller holds the lock of its list.
unsafe fn read<R>(node: NonNull<Node>, f: impl FnOnce(&Body) -> R) -> R {
    // SAFETY: linked, so alive (invariant 1).
    let node = unsafe { node.as_ref() };
    // SAFETY: nobody writes at the same time: the caller holds the lock. Linked, so written
    // (invariant 4).
    node.body
        .with(|body| f(unsafe { (*body).assume_init_ref() }))
}

/// Changes something in the body of a node.
///
/// # Safety
///
/// As for [`read`].
unsafe fn write<R>(node: NonNull<Node>, f: impl FnOnce(&mut Body) -> R) -> R {
    // SAFETY: as in `read`.
    let node = unsafe { node.as_ref() };
    // SAFETY: as in `read`.
    node.body
        .with_mut(|body| f(unsafe { (*body).assume_init_mut() }))
}

impl List {
    pub(super) const fn new() -> Self {
        Self {
            head: None,
            tail: None,
            len: 0,
            called: 0,
            mark: None,
            promised: 0,
            tickets: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether anybody was called who has yet to look.
    pub(super) fn any_called(&self) -> bool {
        self.called > 0
    }

    /// Whom to look at next: all before it were called.
    pub(super) fn mark(&self) -> Option<Waiter> {
        self.mark.map(Waiter)
    }

    /// What those before the mark ask for, together.
    pub(super) fn promised(&self) -> usize {
        self.promised
    }

    pub(super) fn is_empty(&self) -> bool {
        self.head.is_none()
    }

    /// The ticket that the next node will get: all nodes in line have smaller ones.
    pub(super) fn next_ticket(&self) -> usize {
        self.tickets
    }

    /// The waiter that came last.
    pub(super) fn back(&self) -> Option<Waiter> {
        self.tail.map(Waiter)
    }

    /// The oldest waiter.
    pub(super) fn front(&self) -> Option<Waiter> {
        self.head.map(Waiter)
    }

    /// The oldest waiter, if it came before the ticket `end`.
    pub(super) fn front_before(&self, end: usize) -> Option<Waiter> {
        self.front().filter(|head| self.is_before(*head, end))
    }

    /// The waiter behind `waiter`, which must be in this list.
    pub(super) fn behind(&self, waiter: Waiter) -> Option<Waiter> {
        // SAFETY: linked here, and `self` is borrowed from the lock.
        unsafe { read(waiter.0, |body| body.next) }.map(Waiter)
    }

    /// Puts `node` at the end of the line, or at its front.
    ///
    /// # Safety
    ///
    /// `node` stands outside any list, and is unlinked before it is dropped (invariant 1).
    pub(super) unsafe fn push(
        &mut self,
        node: Pin<&Node>,
        request: usize,
        waker: Waker,
        since: Option<Instant>,
        to_front: bool,
    ) {
        let here = NonNull::from(node.get_ref());
        let (prev, next, ticket) = match self.front() {
            Some(head) if to_front => (None, self.head, self.ticket(head).wrapping_sub(1)),
            _ => (self.tail, None, self.take_ticket()),
        };
        let body = Body {
            prev,
            next,
            waker: Some(waker),
            request,
            since,
            ticket,
        };
        node.body.with_mut(|slot| {
            // SAFETY: outside any list the caller owns the node (invariant 3).
            unsafe { (*slot).write(body) };
        });
        // ORDERING: Relaxed: the lock publishes it.
        node.stand.store(Stand::Waiting as usize, Ordering::Relaxed);
        match prev {
            // SAFETY: the tail is linked here, and we hold the lock.
            Some(prev) => unsafe { write(prev, |b| b.next = Some(here)) },
            None => self.head = Some(here),
        }
        match next {
            // SAFETY: the head was linked here, and we hold the lock.
            Some(next) => unsafe { write(next, |b| b.prev = Some(here)) },
            None => self.tail = Some(here),
        }
        self.len += 1;
        match next {
            None => self.mark = self.mark.or(Some(here)),
            Some(_) => self.look_from_the_front(),
        }
    }

    fn take_ticket(&mut self) -> usize {
        let ticket = self.tickets;
        self.tickets = ticket.wrapping_add(1);
        ticket
    }

    /// Whether `waiter` stands before the mark.
    fn is_before_mark(&self, waiter: Waiter) -> bool {
        match self.mark() {
            Some(mark) => self.is_before(waiter, self.ticket(mark)),
            None => true,
        }
    }

    /// Whether `waiter` came before the ticket `end`.
    fn is_before(&self, waiter: Waiter, end: usize) -> bool {
        // Tickets wrap; a line is never half their range long.
        end.wrapping_sub(self.ticket(waiter)) as isize > 0
    }

    /// Puts the mark back to the head.
    fn look_from_the_front(&mut self) {
        self.mark = self.head;
        self.promised = 0;
    }

    /// What `waiter` waits for.
    pub(super) fn request(&self, waiter: Waiter) -> usize {
        // SAFETY: linked here, under the lock.
        unsafe { read(waiter.0, |body| body.request) }
    }

    /// Since when `waiter` waits, where that matters.
    pub(super) fn since(&self, waiter: Waiter) -> Option<Instant> {
        // SAFETY: linked here, under the lock.
        unsafe { read(waiter.0, |body| body.since) }
    }

    /// Whether `waiter` has waited for `time`; never where that does not matter.
    pub(super) fn is_older_than(&self, waiter: Waiter, time: Duration) -> bool {
        self.since(waiter)
            .is_some_and(|since| clock::now().saturating_duration_since(since) >= time)
    }

    /// The number of `waiter`.
    fn ticket(&self, waiter: Waiter) -> usize {
        // SAFETY: linked here, under the lock.
        unsafe { read(waiter.0, |body| body.ticket) }
    }

    /// Marks `waiter` as called to try for itself, and gives its waker if it was not called yet.
    pub(super) fn call(&mut self, waiter: Waiter) -> Option<Waker> {
        self.set_called(waiter);
        if self.mark() == Some(waiter) {
            self.promised += self.request(waiter);
            self.mark = self.behind(waiter).map(|next| next.0);
        }
        // SAFETY: linked here, under the lock.
        unsafe { write(waiter.0, |body| body.waker.take()) }
    }

    fn set_called(&mut self, waiter: Waiter) {
        // SAFETY: linked, so alive (invariant 1).
        let node = unsafe { waiter.0.as_ref() };
        self.called += usize::from(node.stand_locked() != Stand::Called);
        // ORDERING: Relaxed: read under the lock, or by an owner that takes the lock next.
        node.stand.store(Stand::Called as usize, Ordering::Relaxed);
    }

    /// Lets `waiter` sleep on with a new waker, and gives the old one, to be dropped outside the
    /// lock. One that was called is to be called again, in its turn.
    pub(super) fn keep_waiting(&mut self, waiter: Waiter, waker: Waker) -> Option<Waker> {
        // SAFETY: linked, so alive (invariant 1).
        let node = unsafe { waiter.0.as_ref() };
        if node.stand_locked() == Stand::Called {
            self.called -= 1;
            self.look_from_the_front();
        }
        // ORDERING: Relaxed, as in `set_called`.
        node.stand.store(Stand::Waiting as usize, Ordering::Relaxed);
        // SAFETY: linked here, under the lock.
        unsafe { write(waiter.0, |body| body.waker.replace(waker)) }
    }

    /// Takes `waiter` out of the line with a verdict, and gives its waker.
    pub(super) fn dismiss(&mut self, waiter: Waiter, verdict: Stand) -> Option<Waker> {
        let waker = self.unlink(waiter);
        // SAFETY: its owner has not been told yet, so it is still alive (invariant 1).
        let node = unsafe { waiter.0.as_ref() };
        // ORDERING: Release, partner of the Acquire in `Node::stand`, and the last touch of the
        // node (invariant 2). Weaker, and the owner could reuse the body while our unlinking is
        // still on its way. Model: `a_granter_lets_go_of_the_node`.
        node.stand.store(verdict as usize, Ordering::Release);
        waker
    }

    /// Takes `waiter` out of the line at its own wish, and gives its waker.
    pub(super) fn leave(&mut self, waiter: Waiter) -> Option<Waker> {
        let waker = self.unlink(waiter);
        // SAFETY: the caller owns it.
        let node = unsafe { waiter.0.as_ref() };
        // ORDERING: Relaxed: nobody but the owner looks from now on.
        node.stand.store(Stand::Outside as usize, Ordering::Relaxed);
        waker
    }

    fn unlink(&mut self, waiter: Waiter) -> Option<Waker> {
        // SAFETY: linked, so alive (invariant 1).
        let stand = unsafe { waiter.0.as_ref() }.stand_locked();
        debug_assert!(matches!(stand, Stand::Waiting | Stand::Called), "linked");
        self.called -= usize::from(stand == Stand::Called);
        if self.mark() == Some(waiter) {
            self.mark = self.behind(waiter).map(|next| next.0);
        } else if self.is_before_mark(waiter) {
            self.promised -= self.request(waiter);
        }
        // SAFETY: linked here, under the lock.
        let (prev, next, waker) =
            unsafe { write(waiter.0, |b| (b.prev.take(), b.next.take(), b.waker.take())) };
        match prev {
            // SAFETY: a neighbour is linked here.
            Some(prev) => unsafe { write(prev, |b| b.next = next) },
            None => self.head = next,
        }
        match next {
            // SAFETY: a neighbour is linked here.
            Some(next) => unsafe { write(next, |b| b.prev = prev) },
            None => self.tail = prev,
        }
        self.len -= 1;
        waker
    }
}

/// A node that is linked in the list it is used with. Good until it is unlinked or the lock is
/// let go, whichever is first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiter(NonNull<Node>);

impl Waiter {
    /// `node` as a member of its list.
    ///
    /// # Safety
    ///
    /// The caller holds the lock of that list, and has seen under it that the node is linked.
    pub(super) unsafe fn of(node: Pin<&Node>) -> Self {
        Self(NonNull::from(node.get_ref()))
    }
}
