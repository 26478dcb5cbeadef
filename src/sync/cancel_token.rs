//! Telling work that it is no longer wanted, and all that it started.
//!
//! # State
//!
//! A tree of nodes. A node has an open [`Line`], zero where it is cancelled, for those who wait;
//! and, under a lock, the *watchers*: its children and the callbacks, or `None` where they have
//! been called. A child holds its parent; the parent knows its children weakly, by a key in
//! the watchers, under which a child that is dropped takes itself out.
//!
//! # Invariants
//!
//! 1. `watchers` becomes `None` once, by the one call that cancels the node; it stays so. Whoever
//!    would watch later sees that under the lock: a child is born cancelled, a callback is called
//!    at once.
//! 2. The line of a node becomes zero under the lock under which its watchers are taken. So who
//!    finds them taken finds the node cancelled. All nodes below are cancelled before anybody who
//!    waits is let go, and all of those before any callback is called.
//! 3. A key belongs to one watcher until that takes itself out, or all are taken.
//! 4. No code of users runs under a lock: callbacks are called, and dropped, after it.

use super::error::{Cancelled, TimedOut};
use super::slab::Slab;
use crate::panic::{contain, discard};
use crate::sys::{self, Arc, Mutex, Weak, clock::Instant};
use crate::wait::{Enter, Gate, Line, Order, Zero, enter, enter_until};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// Cancelled.
const CANCELLED: isize = 0;
/// Not cancelled.
const LIVE: isize = 1;

/// A wish, made once and for good, that work should end; and those who heed it.
///
/// Work looks at [`is_cancelled`](Self::is_cancelled) or [`check`](Self::check)s now and then,
/// [waits](Self::cancelled) for it beside what else it waits for, or is told by a
/// [callback](Self::on_cancel). A clone is another handle on the same token. Cancelling a token
/// cancels its [children](Self::child), and theirs; never the other way round.
///
/// What was written before [`cancel`](Self::cancel) is seen by whoever finds the token, or one
/// below it, cancelled.
///
/// *Cost:* to look is one load. A child is an allocation, and one lock of its parent when it
/// comes and one when it goes; dropped, it leaves nothing behind. A token lives as long as any
/// below it does. *Cancel safety:* a wait that times out or is dropped leaves no trace.
///
/// ```
/// use rungs::sync::CancelToken;
/// use std::thread;
///
/// let shutdown = CancelToken::new();
/// let request = shutdown.child();
/// let worker = thread::spawn({
///     let request = request.clone();
///     move || while !request.is_cancelled() { thread::yield_now() }
/// });
/// shutdown.cancel();
/// worker.join().unwrap();
/// assert!(request.check().is_err());
/// ```
#[doc(alias = "CancellationToken")]
#[doc(alias = "context.Context")]
#[doc(alias = "StopToken")]
#[doc(alias = "AbortSignal")]
#[derive(Clone)]
pub struct CancelToken {
    node: Arc<Node>,
}

/// One token.
struct Node {
    line: Line<Zero>,
    /// `None` once cancelled.
    watchers: Mutex<Option<Slab<Watcher>>>,
    /// Where it hangs; never changes before the node is dropped.
    link: Option<Link>,
}

/// How a child hangs on its parent.
struct Link {
    parent: Arc<Node>,
    /// Among the watchers of the parent; `None` where it was born cancelled.
    key: Option<usize>,
}

/// Who is told.
enum Watcher {
    Child(Weak<Node>),
    Callback(Callback),
}

type Callback = Box<dyn FnOnce() + Send>;

impl Gate for Node {
    type Rule = Zero;

    fn line(&self) -> &Line<Zero> {
        &self.line
    }
}

impl CancelToken {
    /// A token that is not cancelled, and has no parent.
    ///
    /// ```
    /// assert!(!rungs::sync::CancelToken::new().is_cancelled());
    /// ```
    pub fn new() -> Self {
        Self {
            node: Arc::new(Node {
                line: Line::new(LIVE, Order::Open),
                watchers: Mutex::new(Some(Slab::new())),
                link: None,
            }),
        }
    }

    /// A token that is cancelled with this one, or by itself. Where this one is, it is too.
    ///
    /// ```
    /// let parent = rungs::sync::CancelToken::new();
    /// let (one, two) = (parent.child(), parent.child());
    /// one.cancel();
    /// assert!(!parent.is_cancelled() && !two.is_cancelled());
    /// parent.cancel();
    /// assert!(two.is_cancelled() && parent.child().is_cancelled());
    /// ```
    #[doc(alias = "child_token")]
    #[doc(alias = "WithCancel")]
    pub fn child(&self) -> Self {
        let mut watchers = self.node.watchers.lock();
        let node = Arc::new_cyclic(|child| {
            let key = watchers
                .as_mut()
                .map(|watchers| watchers.insert(Watcher::Child(child.clone())));
            let state = if key.is_some() { LIVE } else { CANCELLED };
            Node {
                line: Line::new(state, Order::Open),
                watchers: Mutex::new(key.map(|_| Slab::new())),
                link: Some(Link {
                    parent: self.node.clone(),
                    key,
                }),
            }
        });
        Self { node }
    }

    /// Cancels the token and all below it: releases who waits, and then calls the callbacks, in
    /// this thread. `false` where it was cancelled before; the call that did it may still be letting
    /// go and calling then.
    ///
    /// *Blocking:* for short locks. A callback or waker that panics is reported by the panic hook,
    /// and costs nobody else anything.
    ///
    /// ```
    /// let token = rungs::sync::CancelToken::new();
    /// assert!(token.cancel());
    /// assert!(!token.cancel());
    /// ```
    pub fn cancel(&self) -> bool {
        let Some(first) = self.node.cancel() else {
            return false;
        };
        let mut cancelled = vec![self.node.clone()];
        let mut callbacks = Vec::new();
        // Depth first, without recursion.
        let mut below = vec![first];
        while let Some(watchers) = below.last_mut() {
            match watchers.next() {
                None => _ = below.pop(),
                Some(Watcher::Callback(callback)) => callbacks.push(callback),
                // A child that is gone needs nothing; one that is cancelled has done its own.
                Some(Watcher::Child(child)) => {
                    if let Some(child) = child.upgrade() {
                        if let Some(watchers) = child.cancel() {
                            below.push(watchers);
                            cancelled.push(child);
                        }
                    }
                }
            }
        }
        cancelled.iter().for_each(|node| node.release());
        callbacks.into_iter().for_each(contain);
        true
    }

    /// Whether the token is cancelled: one load.
    ///
    /// ```
    /// let token = rungs::sync::CancelToken::new();
    /// token.cancel();
    /// assert!(token.is_cancelled());
    /// ```
    #[doc(alias = "isSet")]
    #[inline]
    pub fn is_cancelled(&self) -> bool {
        self.node.line.state() == CANCELLED
    }

    /// An error if the token is cancelled, for `?`.
    ///
    /// ```
    /// use rungs::sync::{CancelToken, Cancelled};
    ///
    /// fn work(token: &CancelToken) -> Result<u32, Cancelled> {
    ///     token.check()?;
    ///     Ok(7)
    /// }
    ///
    /// let token = CancelToken::new();
    /// assert_eq!(work(&token), Ok(7));
    /// token.cancel();
    /// assert_eq!(work(&token), Err(Cancelled));
    /// ```
    #[doc(alias = "throwIfCancellationRequested")]
    #[inline]
    pub fn check(&self) -> Result<(), Cancelled> {
        match self.is_cancelled() {
            false => Ok(()),
            true => Err(Cancelled),
        }
    }

    /// Calls `callback` once when the token is cancelled, in the thread that cancels it; where it
    /// is cancelled already, at once, in this one. To drop the [`Registration`] is to take the
    /// callback back.
    ///
    /// When callbacks are called, all tokens of the tree that are to be cancelled are. Their
    /// order is not fixed. One that holds a handle on its own token keeps the token alive until
    /// it is called or taken back.
    ///
    /// *Panics* of `callback` go no further than the panic hook.
    ///
    /// ```
    /// use rungs::sync::{CancelToken, Event};
    /// use std::sync::Arc;
    ///
    /// let (token, stopped) = (CancelToken::new(), Arc::new(Event::new(false)));
    /// let told = token.on_cancel({
    ///     let stopped = stopped.clone();
    ///     move || stopped.set()
    /// });
    /// token.cancel();
    /// assert!(stopped.is_set());
    /// # drop(told);
    /// ```
    #[doc(alias = "AfterFunc")]
    #[doc(alias = "Register")]
    pub fn on_cancel(&self, callback: impl FnOnce() + Send + 'static) -> Registration {
        let callback = Box::new(callback);
        let key = match &mut *self.node.watchers.lock() {
            Some(watchers) => Ok(watchers.insert(Watcher::Callback(callback))),
            None => Err(callback),
        };
        let key = key.map_err(contain).ok();
        Registration {
            node: key.is_some().then(|| self.node.clone()),
            key: key.unwrap_or_default(),
        }
    }

    /// A guard that cancels the token when it is dropped.
    ///
    /// ```
    /// let token = rungs::sync::CancelToken::new();
    /// drop(token.clone().drop_guard());
    /// assert!(token.is_cancelled());
    /// ```
    pub fn drop_guard(self) -> CancelOnDrop {
        CancelOnDrop { token: Some(self) }
    }
}

/// Waiting.
impl CancelToken {
    /// Waits until the token is cancelled; the thread sleeps.
    ///
    /// ```
    /// let token = rungs::sync::CancelToken::new();
    /// std::thread::scope(|s| {
    ///     s.spawn(|| token.cancel());
    ///     token.cancelled();
    ///     assert!(token.is_cancelled());
    /// });
    /// ```
    #[doc(alias = "Done")]
    pub fn cancelled(&self) {
        // Never closed.
        let _ = enter(&*self.node, 0);
    }

    /// Does not wait: whether the token is cancelled, as [`is_cancelled`](Self::is_cancelled).
    ///
    /// ```
    /// assert!(!rungs::sync::CancelToken::new().try_cancelled());
    /// ```
    #[must_use = "it says whether the token is cancelled"]
    pub fn try_cancelled(&self) -> bool {
        self.is_cancelled()
    }

    /// Waits until the token is cancelled, or gives up after `timeout`; `Duration::MAX` never
    /// does. A sleep that can be cut short.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use rungs::sync::{CancelToken, TimedOut};
    /// use std::time::Duration;
    ///
    /// let token = CancelToken::new();
    /// assert_eq!(token.cancelled_timeout(Duration::from_millis(1)), Err(TimedOut));
    /// token.cancel();
    /// assert_eq!(token.cancelled_timeout(Duration::MAX), Ok(()));
    /// ```
    pub fn cancelled_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
        self.cancelled_to(sys::deadline_after(timeout))
    }

    /// Waits until the token is cancelled, or gives up at `deadline`.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use rungs::sync::{CancelToken, TimedOut};
    /// use std::time::Instant;
    ///
    /// assert_eq!(CancelToken::new().cancelled_deadline(Instant::now()), Err(TimedOut));
    /// ```
    pub fn cancelled_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
        self.cancelled_to(Some(deadline))
    }

    /// Waits until the token is cancelled; the task waits.
    ///
    /// *Cancel safety:* dropped, it leaves no trace.
    ///
    /// ```
    /// let token = rungs::sync::CancelToken::new();
    /// token.cancel();
    /// rungs::future::block_on(token.cancelled_async());
    /// assert!(token.is_cancelled());
    /// ```
    pub fn cancelled_async(&self) -> WaitCancelled<'_> {
        WaitCancelled {
            enter: Enter::new(&self.node, 0),
        }
    }

    fn cancelled_to(&self, deadline: Option<Instant>) -> Result<(), TimedOut> {
        enter_until(&*self.node, 0, deadline)
            .map(|_| ())
            .ok_or(TimedOut)
    }
}

impl Node {
    /// Cancels this node alone, and gives those to be told; `None` where it was cancelled.
    fn cancel(&self) -> Option<std::vec::IntoIter<Watcher>> {
        let mut watchers = self.watchers.lock();
        let taken = watchers.take()?;
        self.line.set(CANCELLED);
        drop(watchers);
        Some(taken.into_values().into_iter())
    }

    /// Lets go those who wait for the node, which is cancelled.
    fn release(&self) {
        let _ = self.line.open(|_| Some(CANCELLED));
    }

    /// Takes a watcher out.
    fn unwatch(&self, key: usize) -> Option<Watcher> {
        self.watchers.lock().as_mut()?.remove(key)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // The last handle on a parent goes here, and with it that on its own: in a loop, for a
        // chain may be long.
        let mut next = self.link.take();
        while let Some(Link { parent, key }) = next {
            let _ = key.and_then(|key| parent.unwatch(key));
            next = Arc::into_inner(parent).and_then(|mut node| node.link.take());
        }
        let watchers = self.watchers.lock().take();
        watchers
            .into_iter()
            .flat_map(Slab::into_values)
            .for_each(discard);
    }
}

impl Default for CancelToken {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelToken")
            .field("cancelled", &self.is_cancelled())
            .finish_non_exhaustive()
    }
}

/// A callback of [`CancelToken::on_cancel`]; dropped, it takes the callback back and drops it.
///
/// One that was called, or is being called in another thread at that moment, is not taken back;
/// the drop does not wait for it.
///
/// ```
/// let token = rungs::sync::CancelToken::new();
/// let told = token.on_cancel(|| unreachable!("taken back"));
/// drop(told);
/// token.cancel();
/// ```
#[must_use = "dropped at once, it takes the callback back at once"]
pub struct Registration {
    /// `None` where nothing is to be taken back.
    node: Option<Arc<Node>>,
    /// Among the watchers of the node.
    key: usize,
}

impl Registration {
    /// Leaves the callback where it is, for good.
    ///
    /// ```
    /// use rungs::sync::{CancelToken, Event};
    /// use std::sync::Arc;
    ///
    /// let (token, told) = (CancelToken::new(), Arc::new(Event::new(false)));
    /// let event = told.clone();
    /// token.on_cancel(move || event.set()).keep();
    /// token.cancel();
    /// assert!(told.is_set());
    /// ```
    pub fn keep(mut self) {
        self.node = None;
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if let Some(node) = self.node.take() {
            // The callback is dropped here, after the lock.
            drop(node.unwatch(self.key));
        }
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").finish_non_exhaustive()
    }
}

/// Cancels its token when it is dropped. See [`CancelToken::drop_guard`].
///
/// ```
/// use rungs::sync::{CancelOnDrop, CancelToken};
///
/// let token = CancelToken::new();
/// let guard: CancelOnDrop = token.clone().drop_guard();
/// drop(guard);
/// assert!(token.is_cancelled());
/// ```
#[doc(alias = "DropGuard")]
#[derive(Debug)]
#[must_use = "dropped at once, it cancels at once"]
pub struct CancelOnDrop {
    /// `None` once disarmed.
    token: Option<CancelToken>,
}

impl CancelOnDrop {
    /// The token, which is not to be cancelled any more.
    ///
    /// ```
    /// let guard = rungs::sync::CancelToken::new().drop_guard();
    /// assert!(!guard.disarm().is_cancelled());
    /// ```
    pub fn disarm(mut self) -> CancelToken {
        self.token.take().expect("armed until here")
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if let Some(token) = &self.token {
            token.cancel();
        }
    }
}

pin_project! {
    /// The future of [`CancelToken::cancelled_async`].
    ///
    /// ```
    /// let token = rungs::sync::CancelToken::new();
    /// let wait: rungs::sync::WaitCancelled = token.cancelled_async();
    /// drop(wait);
    /// assert!(!token.is_cancelled());
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct WaitCancelled<'a> {
        #[pin]
        enter: Enter<&'a Node>,
    }
}

impl Future for WaitCancelled<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // Never closed.
        let _ = ready!(self.project().enter.poll(cx));
        Poll::Ready(())
    }
}

impl fmt::Debug for WaitCancelled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitCancelled").finish_non_exhaustive()
    }
}
