//! Service: what whoever raised the state of a [`Line`], or left it, does for those who stand in
//! it; and what the future of a waiter does there. State, regimes and invariants stand in
//! [`line`](super::line).

use super::calls::Calls;
use super::line::{
    CALLED, CLOSED, Line, ORDERED, Order, PATIENCE, Refusal, Rule, Shut, WAITERS, less, state_of,
};
use super::list::{List, Node, Stand, Waiter};
use crate::panic::discard;
use crate::sys::{
    MutexGuard,
    atomic::Ordering,
    clock::{self, Instant},
};
use std::pin::Pin;
use std::task::{Poll, Waker};

/// How many make a line long.
const LONG: usize = 8;

impl<R: Rule> Line<R> {
    /// Serves the line after a release that found the word `before` and left the state `after`.
    #[cold]
    pub(super) fn serve_after(&self, before: usize, after: isize) {
        // Somebody was called, has yet to look, and takes all that there is (invariant 3).
        if before & (CALLED | ORDERED) == CALLED && R::is_spoken_for(after) {
            return;
        }
        self.serve(self.list.lock());
    }

    /// Serves the line until nobody in it can go in.
    fn serve<'a>(&'a self, mut list: MutexGuard<'a, List>) {
        let mut calls = Calls::new();
        loop {
            let done = self.serve_batch(&mut list, &mut calls);
            drop(list);
            calls.fire();
            if done {
                return;
            }
            list = self.list.lock();
        }
    }

    /// Calls (passing) or grants (ordered), in order, whom the state lets in; nobody where the
    /// line is closed, whose closer comes for all. `false` where the batch is full before the
    /// line is served.
    fn serve_batch(&self, list: &mut List, calls: &mut Calls) -> bool {
        // ORDERING: Relaxed: a guess when granting, which the exchange checks. When calling, an
        // old state does no harm: too high, a waiter tries in vain; too low, the release that
        // we do not see found no CALLED, and has yet to take the lock that we hold.
        let mut word = self.word.load(Ordering::Relaxed);
        while !calls.is_full() {
            word = self.refresh(word, list);
            let is_ordered = word & ORDERED != 0;
            let next = match is_ordered {
                true => list.front(),
                false => list.mark(),
            };
            let Some(waiter) = next.filter(|_| word & CLOSED == 0) else {
                break;
            };
            let request = list.request(waiter);
            if is_ordered {
                if !R::admits(state_of(word), request) {
                    break;
                }
                // ORDERING: Acquire: the waiter sees, through us, what was done under these
                // permits by *other* releasers, whose Release we have not met otherwise. Model:
                // `a_grant_carries_what_every_releaser_wrote`.
                match self.word.compare_exchange_weak(
                    word,
                    less(word, request),
                    Ordering::Acquire,
                    Ordering::Relaxed,
                ) {
                    Ok(_) => {
                        word = less(word, request);
                        calls.push(self.dismiss(list, waiter, Stand::Granted));
                    }
                    Err(seen) => word = seen,
                }
            } else if R::admits(state_of(word), list.promised() + request) {
                calls.push(list.call(waiter));
                if word & CALLED == 0 {
                    word = self.raise(CALLED);
                }
            } else if self.is_starving(list, waiter) {
                // Round again: what came meanwhile is handed over.
                word = self.raise(ORDERED);
            } else {
                break;
            }
        }
        let done = !calls.is_full();
        self.settle(list);
        done
    }

    /// Takes `waiter` out of the line with a verdict, and gives its waker.
    fn dismiss(&self, list: &mut List, waiter: Waiter, verdict: Stand) -> Option<Waker> {
        if verdict == Stand::Granted {
            self.census.granted();
        }
        list.dismiss(waiter, verdict)
    }

    /// What a waiter that stands so was dismissed with, if it was: its owner learns of it.
    pub(super) fn told(&self, stand: Stand) -> Option<Result<(), Shut>> {
        let verdict = stand.verdict();
        if verdict == Some(Ok(())) {
            self.census.told();
        }
        verdict
    }

    /// Dismisses, in order, all who stand in line at this moment, and none who comes later. Gives
    /// how many.
    #[cold]
    pub(super) fn dismiss_all<'a>(
        &'a self,
        mut list: MutexGuard<'a, List>,
        verdict: Stand,
    ) -> usize {
        let end = list.next_ticket();
        let mut calls = Calls::new();
        let mut dismissed = 0;
        loop {
            let next = loop {
                match list.front_before(end) {
                    Some(waiter) if !calls.is_full() => {
                        calls.push(self.dismiss(&mut list, waiter, verdict));
                        dismissed += 1;
                    }
                    next => break next,
                }
            };
            self.settle(&list);
            drop(list);
            calls.fire();
            if next.is_none() {
                return dismissed;
            }
            list = self.list.lock();
        }
    }

    /// Grants the head, or, where nobody stands in line any more, sets the state if there is one
    /// to set. Gives whether it granted.
    #[cold]
    pub(super) fn hand_on_in_line(&self, state: Option<isize>) -> bool {
        let mut list = self.list.lock();
        let mut calls = Calls::new();
        let head = list.front();
        match head {
            Some(head) => {
                calls.push(self.dismiss(&mut list, head, Stand::Granted));
                self.settle(&list);
            }
            None => {
                // ORDERING: Release, as in `hand_on`.
                let _ = self.change(Ordering::Release, |_| state);
            }
        }
        drop(list);
        calls.fire();
        head.is_some()
    }

    /// Clears what speaks of waiters when there are none.
    fn settle(&self, list: &List) {
        if list.is_empty() {
            let ordered = match self.order {
                Order::Strict => 0,
                Order::Eventual | Order::Open => ORDERED,
            };
            self.clear(WAITERS | CALLED | ordered);
        }
    }

    /// Lets a line be passed again whose new head has not waited long, and forgets calls that
    /// were all answered. Gives the word after: whoever clears a flag looks at the state then.
    fn refresh(&self, mut word: usize, list: &List) -> usize {
        if word & ORDERED != 0 && self.order != Order::Strict {
            match list.front() {
                Some(head) if !self.is_starving(list, head) => word = self.clear(ORDERED),
                _ => {}
            }
        }
        if word & CALLED != 0 && !list.any_called() {
            word = self.clear(CALLED);
        }
        word
    }

    /// Sets a flag, and gives the word after.
    fn raise(&self, flag: usize) -> usize {
        // ORDERING: Relaxed: flags change under the lock, which orders them.
        self.word.fetch_or(flag, Ordering::Relaxed) | flag
    }

    /// Clears flags, and gives the word after.
    fn clear(&self, flags: usize) -> usize {
        // ORDERING: Relaxed: flags change under the lock, which orders them. That a release
        // either comes before, and is seen in what we get, or finds the flags cleared, is the
        // order of all writes of one word.
        self.word.fetch_and(!flags, Ordering::Relaxed) & !flags
    }

    /// Whether `waiter` is the head of a line that passes it by, and has been for too long.
    fn is_starving(&self, list: &List, waiter: Waiter) -> bool {
        list.front() == Some(waiter) && list.is_older_than(waiter, PATIENCE)
    }
}

/// What the future of a waiter does in the line.
impl<R: Rule> Line<R> {
    /// Goes in, or stands in line: "cannot go in" and "is in line" are one step.
    ///
    /// # Safety
    ///
    /// `node` stands outside any list, and is given to [`abandon`](Self::abandon) before it is
    /// dropped, unless it was dismissed.
    pub(super) unsafe fn queue(
        &self,
        node: Pin<&Node>,
        request: usize,
        waker: Waker,
    ) -> Poll<Result<(), Shut>> {
        let mut list = self.list.lock();
        // ORDERING: Acquire, as in `try_enter`.
        let mut word = self.word.load(Ordering::Acquire);
        loop {
            let (next, verdict) = match Self::admit(word, request) {
                Err(Refusal::Closed) => {
                    drop(list);
                    discard(waker);
                    return Poll::Ready(Err(Shut));
                }
                // WAITERS cannot be cleared while we hold the lock, so whoever raises the state
                // from here on comes to serve the list that we are about to stand in.
                Err(Refusal::Busy) if word & WAITERS != 0 => break,
                Err(Refusal::Busy) => (word | WAITERS, Poll::Pending),
                Ok(next) => (next, Poll::Ready(Ok(()))),
            };
            // ORDERING: Acquire, as in `try_enter`.
            match self
                .word
                .compare_exchange_weak(word, next, Ordering::Acquire, Ordering::Acquire)
            {
                Ok(_) if verdict.is_pending() => break,
                Ok(_) => {
                    drop(list);
                    discard(waker);
                    return verdict;
                }
                Err(seen) => word = seen,
            }
        }
        let since = self.since(&list);
        let is_urgent = R::is_urgent(request);
        // SAFETY: the caller's promise.
        unsafe { list.push(node, request, waker, since, is_urgent) };
        Poll::Pending
    }

    /// Since when one waits who comes now; `None` where it does not matter. To read the clock
    /// costs more than all the rest, so in a long line most are as old as the one before them:
    /// that is too old, and harms nobody in line.
    fn since(&self, list: &List) -> Option<Instant> {
        match list.back() {
            _ if self.order != Order::Eventual => None,
            Some(last) if list.len() >= LONG && list.next_ticket() % LONG != 0 => list.since(last),
            _ => Some(clock::now()),
        }
    }

    /// Goes in if granted, or by itself if the line is passing, or waits on with a new waker.
    pub(super) fn try_again(&self, node: Pin<&Node>, waker: &Waker) -> Poll<Result<(), Shut>> {
        let tried = self.try_to_go(node, None);
        match tried {
            Poll::Ready(_) => tried,
            // It takes a waker to wait on, and to clone one is code of users: not under the lock.
            Poll::Pending => self.try_to_go(node, Some(waker.clone())),
        }
    }

    /// Goes in if granted, or by itself if the line is passing; if not, waits on with the waker,
    /// if there is one.
    fn try_to_go(&self, node: Pin<&Node>, waker: Option<Waker>) -> Poll<Result<(), Shut>> {
        let mut list = self.list.lock();
        if let Some(verdict) = self.told(node.stand_locked()) {
            drop(list);
            discard(waker);
            return Poll::Ready(verdict);
        }
        // SAFETY: not dismissed, and seen so under the lock: linked.
        let me = unsafe { Waiter::of(node) };
        let (unused, polled) = if self.take_in_line(list.request(me)) {
            ([waker, list.leave(me)], Poll::Ready(Ok(())))
        } else if let Some(waker) = waker {
            ([list.keep_waiting(me, waker), None], Poll::Pending)
        } else {
            return Poll::Pending;
        };
        // We were called, perhaps, and are not any more (invariants 2 and 3).
        self.serve(list);
        unused.into_iter().for_each(discard);
        polled
    }

    /// Takes what a called waiter waits for, if the line is passing and it is still there.
    fn take_in_line(&self, request: usize) -> bool {
        // ORDERING: Relaxed: a guess, which the exchange checks. If it misses a release, we look
        // again when we serve, or that release has yet to take the lock that we hold.
        let mut word = self.word.load(Ordering::Relaxed);
        while let Ok(next) = Self::admit(word, request) {
            // ORDERING: Acquire, as in `try_enter`. Model: `a_called_waiter_sees_what_was_written`.
            match self
                .word
                .compare_exchange_weak(word, next, Ordering::Acquire, Ordering::Relaxed)
            {
                Ok(_) => return true,
                Err(seen) => word = seen,
            }
        }
        false
    }

    /// Leaves the line and serves those behind; or gives the verdict, where there is one by now.
    #[cold]
    #[must_use = "what was granted is to be given back"]
    pub(super) fn abandon(&self, node: Pin<&Node>) -> Option<Result<(), Shut>> {
        self.told(node.stand()).or_else(|| {
            let mut list = self.list.lock();
            let verdict = self.told(node.stand_locked());
            if verdict.is_none() {
                // SAFETY: not dismissed, and seen so under the lock: linked.
                let waker = list.leave(unsafe { Waiter::of(node) });
                self.serve(list);
                discard(waker);
            }
            verdict
        })
    }
}
