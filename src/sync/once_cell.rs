//! A value that is made once, by whoever comes first.
//!
//! # State
//!
//! Two [`Line`]s. Those who would make the value stand in the first, for its one permit; when the
//! value is there, that line is *closed*, which lets all of them go at once. Those who only wait
//! for the value stand in the second, which is open from then on.
//!
//! # Invariants
//!
//! 1. Only the holder of the permit writes the value, before it closes the line; it closes the
//!    line once it has written. Until then nobody reads it.
//! 2. Where the first line is closed, the value is there, and stays as it is: whoever changes it
//!    has the cell for itself (`&mut`).
//! 3. The second line opens after the first was closed.

use super::error::TimedOut;
use crate::sys::{self, cell::UnsafeCell, clock::Instant, const_unless_loom};
use crate::wait::{Enter, Line, Order, Permits, Refusal, Shut, Zero, enter, enter_until};
use pin_project_lite::pin_project;
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// A cell that is set once, and then read by anybody.
///
/// Threads and tasks that need the value at once wait for the one of them that makes it,
/// together. One whose initialiser fails, panics or is dropped lets the next try. Those who
/// [`wait`](Self::wait) only wait: they make nothing.
///
/// *Blocking:* an initialiser that asks its own cell for the value waits for itself, for ever.
/// *Fairness:* initialisers try in the order in which they came. *Cost:* [`get`](Self::get) is one
/// load.
///
/// ```
/// use rungs::sync::OnceCell;
///
/// static CONFIG: OnceCell<String> = OnceCell::new();
///
/// assert_eq!(CONFIG.get(), None);
/// let config = CONFIG.get_or_init(|| "read once".to_owned());
/// assert_eq!(config, "read once");
/// assert_eq!(CONFIG.get_or_init(|| unreachable!()), "read once");
/// ```
#[doc(alias = "OnceLock")]
#[doc(alias = "Once")]
#[doc(alias = "sync.Once")]
#[doc(alias = "call_once")]
pub struct OnceCell<T> {
    /// Who would make the value; closed when it is there.
    makers: Line<Permits>,
    /// Who waits for the value: zero when it is there.
    waiters: Line<Zero>,
    value: UnsafeCell<Option<T>>,
}

// SAFETY: the value is written by one who has the right to (invariant 1), possibly another thread
// than the one that drops it: `Send`; and then read by many: `Sync`.
unsafe impl<T: Send + Sync> Sync for OnceCell<T> {}

/// The right to make the value; dropped, it goes to the next.
struct Turn<'a, T>(&'a OnceCell<T>);

impl<'a, T> Turn<'a, T> {
    /// Sets the value, and lets all go who wait for it.
    fn set(self, value: T) -> &'a T {
        let cell = self.0;
        // There is no turn to pass on: the line is about to be closed.
        std::mem::forget(self);
        // SAFETY: we hold the permit, and the line is not closed (invariant 1).
        cell.value.with_mut(|slot| unsafe { *slot = Some(value) });
        cell.makers.close();
        let _ = cell.waiters.open(|_| Some(0));
        cell.expect_value()
    }
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        self.0.makers.leave(1);
    }
}

impl<T> OnceCell<T> {
    const_unless_loom! {
        /// A cell that is not set. `const`, so it can be a `static` (not so under loom).
        ///
        /// ```
        /// static NAME: rungs::sync::OnceCell<&str> = rungs::sync::OnceCell::new();
        /// assert_eq!(NAME.get(), None);
        /// ```
        pub const fn new() -> Self {
            Self {
                makers: Line::new(1, Order::Strict),
                waiters: Line::new(1, Order::Open),
                value: UnsafeCell::new(None),
            }
        }
    }

    /// The value, if it is there: one load.
    ///
    /// ```
    /// let cell = rungs::sync::OnceCell::from(7);
    /// assert_eq!(cell.get(), Some(&7));
    /// ```
    #[inline]
    pub fn get(&self) -> Option<&T> {
        if !self.makers.is_closed() {
            return None;
        }
        // SAFETY: closed, and we have seen it: the value is there to be read (invariant 2).
        self.value.with(|value| unsafe { (*value).as_ref() })
    }

    /// The value, to change it, if it is there.
    ///
    /// ```
    /// let mut cell = rungs::sync::OnceCell::from(7);
    /// *cell.get_mut().unwrap() += 1;
    /// assert_eq!(cell.get(), Some(&8));
    /// ```
    pub fn get_mut(&mut self) -> Option<&mut T> {
        // SAFETY: nobody else has the cell.
        self.value.with_mut(|value| unsafe { (*value).as_mut() })
    }

    /// Sets the value.
    ///
    /// *Blocking:* where an initialiser runs in another thread or task, until it has ended.
    ///
    /// *Errors:* the value, where the cell is set.
    ///
    /// ```
    /// let cell = rungs::sync::OnceCell::new();
    /// assert_eq!(cell.set(1), Ok(()));
    /// assert_eq!(cell.set(2), Err(2));
    /// assert_eq!(cell.get(), Some(&1));
    /// ```
    pub fn set(&self, value: T) -> Result<(), T> {
        match enter(&self.makers, 1) {
            Ok(()) => {
                Turn(self).set(value);
                Ok(())
            }
            Err(Shut) => Err(value),
        }
    }

    /// Sets the value, if that needs no waiting.
    ///
    /// *Errors:* the value, where the cell is set, or somebody is about to set it.
    ///
    /// ```
    /// let cell = rungs::sync::OnceCell::new();
    /// cell.get_or_init(|| {
    ///     assert_eq!(cell.try_set(2), Err(2));
    ///     1
    /// });
    /// assert_eq!(cell.get(), Some(&1));
    /// ```
    pub fn try_set(&self, value: T) -> Result<(), T> {
        match self.makers.try_enter(1) {
            Ok(()) => {
                Turn(self).set(value);
                Ok(())
            }
            Err(Refusal::Busy | Refusal::Closed) => Err(value),
        }
    }

    /// The value, out of the cell, if it is there.
    ///
    /// ```
    /// assert_eq!(rungs::sync::OnceCell::from(7).into_inner(), Some(7));
    /// ```
    pub fn into_inner(mut self) -> Option<T> {
        self.take()
    }

    /// The value, if it is there; the cell is as new then.
    ///
    /// ```
    /// let mut cell = rungs::sync::OnceCell::from(7);
    /// assert_eq!(cell.take(), Some(7));
    /// assert_eq!(cell.set(8), Ok(()));
    /// ```
    pub fn take(&mut self) -> Option<T> {
        let old = std::mem::take(self);
        // SAFETY: nobody else has the cell.
        old.value.with_mut(|value| unsafe { (*value).take() })
    }

    /// The value of a cell that is known to be set.
    fn expect_value(&self) -> &T {
        self.get().expect("who was let go finds the value")
    }
}

/// Making the value.
impl<T> OnceCell<T> {
    /// The value; makes it where it is not there. The thread sleeps while another makes it.
    ///
    /// *Panics* where `init` does; the next who comes, or waits, tries then. Where `init` asks
    /// this cell for the value, it waits for itself.
    ///
    /// ```
    /// let cell = rungs::sync::OnceCell::new();
    /// assert_eq!(cell.get_or_init(|| 1), &1);
    /// assert_eq!(cell.get_or_init(|| 2), &1);
    /// ```
    #[inline]
    pub fn get_or_init(&self, init: impl FnOnce() -> T) -> &T {
        match self.get_or_try_init(|| Ok::<T, Infallible>(init())) {
            Ok(value) => value,
        }
    }

    /// The value; makes it, or tries to, where it is not there. The thread sleeps while another
    /// makes it.
    ///
    /// *Errors:* that of `init`; the next who comes, or waits, tries then. *Panics* as
    /// [`get_or_init`](Self::get_or_init) does.
    ///
    /// ```
    /// let cell = rungs::sync::OnceCell::new();
    /// assert_eq!(cell.get_or_try_init(|| "x".parse::<u8>()).ok(), None);
    /// assert_eq!(cell.get_or_try_init(|| "1".parse::<u8>()), Ok(&1));
    /// assert_eq!(cell.get_or_try_init(|| "x".parse::<u8>()), Ok(&1));
    /// ```
    #[inline]
    pub fn get_or_try_init<E>(&self, init: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        match self.get() {
            Some(value) => Ok(value),
            None => self.try_init(init),
        }
    }

    #[cold]
    fn try_init<E>(&self, init: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        let Ok(()) = enter(&self.makers, 1) else {
            return Ok(self.expect_value());
        };
        let turn = Turn(self);
        let value = init()?;
        Ok(turn.set(value))
    }

    /// The value; makes it, with the future that `init` gives, where it is not there. The task
    /// waits while another makes it.
    ///
    /// *Cancel safety:* dropped while it makes the value, or waits to, it lets the next try.
    /// *Panics* as [`get_or_init`](Self::get_or_init) does.
    ///
    /// ```
    /// # rungs::future::block_on(async {
    /// let cell = rungs::sync::OnceCell::new();
    /// assert_eq!(cell.get_or_init_async(|| async { 1 }).await, &1);
    /// assert_eq!(cell.get_or_init_async(|| async { 2 }).await, &1);
    /// # });
    /// ```
    pub async fn get_or_init_async<F>(&self, init: impl FnOnce() -> F) -> &T
    where
        F: Future<Output = T>,
    {
        let init = || async { Ok::<T, Infallible>(init().await) };
        match self.get_or_try_init_async(init).await {
            Ok(value) => value,
        }
    }

    /// The value; makes it, or tries to, with the future that `init` gives, where it is not
    /// there. The task waits while another makes it.
    ///
    /// *Errors:* that of the future; the next who comes, or waits, tries then. *Cancel safety*
    /// and *panics* as for [`get_or_init_async`](Self::get_or_init_async).
    ///
    /// ```
    /// # rungs::future::block_on(async {
    /// let cell = rungs::sync::OnceCell::new();
    /// let failed = cell.get_or_try_init_async(|| async { Err("no") }).await;
    /// assert_eq!(failed, Err("no"));
    /// let made = cell.get_or_try_init_async(|| async { Ok::<_, &str>(1) }).await;
    /// assert_eq!(made, Ok(&1));
    /// # });
    /// ```
    pub async fn get_or_try_init_async<E, F>(&self, init: impl FnOnce() -> F) -> Result<&T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        if let Some(value) = self.get() {
            return Ok(value);
        }
        let Ok(()) = Enter::new(&self.makers, 1).await else {
            return Ok(self.expect_value());
        };
        let turn = Turn(self);
        let value = init().await?;
        Ok(turn.set(value))
    }
}

/// Waiting for the value, without making it.
impl<T> OnceCell<T> {
    /// Waits until somebody sets the cell; the thread sleeps.
    ///
    /// ```
    /// let cell = rungs::sync::OnceCell::new();
    /// std::thread::scope(|s| {
    ///     s.spawn(|| cell.set(7).unwrap());
    ///     assert_eq!(cell.wait(), &7);
    /// });
    /// ```
    pub fn wait(&self) -> &T {
        match self.get() {
            Some(value) => value,
            None => {
                // Never closed.
                let _ = enter(&self.waiters, 0);
                self.expect_value()
            }
        }
    }

    /// Does not wait: the value, if it is there, as [`get`](Self::get).
    ///
    /// ```
    /// assert_eq!(rungs::sync::OnceCell::<u8>::new().try_wait(), None);
    /// ```
    pub fn try_wait(&self) -> Option<&T> {
        self.get()
    }

    /// Waits until somebody sets the cell, or gives up after `timeout`; `Duration::MAX` never
    /// does.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use rungs::sync::{OnceCell, TimedOut};
    /// use std::time::Duration;
    ///
    /// let cell = OnceCell::new();
    /// assert_eq!(cell.wait_timeout(Duration::from_millis(1)), Err(TimedOut));
    /// cell.set(7).unwrap();
    /// assert_eq!(cell.wait_timeout(Duration::ZERO), Ok(&7));
    /// ```
    pub fn wait_timeout(&self, timeout: Duration) -> Result<&T, TimedOut> {
        self.wait_to(sys::deadline_after(timeout))
    }

    /// Waits until somebody sets the cell, or gives up at `deadline`.
    ///
    /// *Errors:* [`TimedOut`].
    ///
    /// ```
    /// use rungs::sync::{OnceCell, TimedOut};
    /// use std::time::Instant;
    ///
    /// let cell = OnceCell::<u8>::new();
    /// assert_eq!(cell.wait_deadline(Instant::now()), Err(TimedOut));
    /// ```
    pub fn wait_deadline(&self, deadline: Instant) -> Result<&T, TimedOut> {
        self.wait_to(Some(deadline))
    }

    /// Waits until somebody sets the cell; the task waits.
    ///
    /// *Cancel safety:* dropped, it leaves no trace.
    ///
    /// ```
    /// let cell = rungs::sync::OnceCell::from(7);
    /// assert_eq!(rungs::future::block_on(cell.wait_async()), &7);
    /// ```
    pub fn wait_async(&self) -> WaitCell<'_, T> {
        WaitCell {
            cell: self,
            enter: Enter::new(&self.waiters, 0),
        }
    }

    fn wait_to(&self, deadline: Option<Instant>) -> Result<&T, TimedOut> {
        // The makers are let go before those who wait: there may be a value already.
        if let Some(value) = self.get() {
            return Ok(value);
        }
        match enter_until(&self.waiters, 0, deadline) {
            Some(_) => Ok(self.expect_value()),
            None => Err(TimedOut),
        }
    }
}

impl<T> Default for OnceCell<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<T> for OnceCell<T> {
    /// A cell that is set.
    fn from(value: T) -> Self {
        let cell = Self::new();
        let set = cell.try_set(value);
        debug_assert!(set.is_ok(), "nobody else has the cell");
        cell
    }
}

impl<T: Clone> Clone for OnceCell<T> {
    /// A cell with a clone of the value, if that is there.
    fn clone(&self) -> Self {
        self.get()
            .map_or_else(Self::new, |value| Self::from(value.clone()))
    }
}

impl<T: PartialEq> PartialEq for OnceCell<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for OnceCell<T> {}

impl<T: fmt::Debug> fmt::Debug for OnceCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut cell = f.debug_tuple("OnceCell");
        match self.get() {
            Some(value) => cell.field(value).finish(),
            None => cell.finish_non_exhaustive(),
        }
    }
}

pin_project! {
    /// The future of [`OnceCell::wait_async`].
    ///
    /// ```
    /// let cell = rungs::sync::OnceCell::from(7);
    /// let wait: rungs::sync::WaitCell<u8> = cell.wait_async();
    /// assert_eq!(rungs::future::block_on(wait), &7);
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct WaitCell<'a, T> {
        cell: &'a OnceCell<T>,
        #[pin]
        enter: Enter<&'a Line<Zero>>,
    }
}

impl<'a, T> Future for WaitCell<'a, T> {
    type Output = &'a T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<&'a T> {
        let this = self.project();
        let cell = *this.cell;
        if let Some(value) = cell.get() {
            return Poll::Ready(value);
        }
        // Never closed.
        let _ = ready!(this.enter.poll(cx));
        Poll::Ready(cell.expect_value())
    }
}

impl<T> fmt::Debug for WaitCell<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitCell").finish_non_exhaustive()
    }
}
