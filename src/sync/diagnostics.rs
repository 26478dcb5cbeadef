//! Who holds which lock, and which locks are taken in a circle (feature `diagnostics`).
//!
//! # Who holds it
//!
//! With the feature, the `Debug` of a lock says where it was locked, and by whom:
//!
//! ```
//! let mutex = rungs::sync::Mutex::new(1);
//! let held = mutex.lock();
//! let shown = format!("{mutex:?}");
//! assert!(shown.starts_with("Mutex { value: <locked>, holder: "), "{shown}");
//! assert!(shown.contains(".rs:") && shown.contains("thread \"main\""), "{shown}");
//! # drop(held);
//! ```
//!
//! Of an [`RwLock`](super::RwLock) it shows the writer or the one who reads upgradably, how many
//! read, and where the last one came in to read. It never waits for the lock.
//!
//! # Locks taken in a circle
//!
//! Where one thread locks first A, then B, and another first B, then A, each may one day hold
//! one and wait for the other for ever. In builds with debug assertions the order in which locks
//! are taken is noted, across all threads and tasks, and a circle is reported *before* the call
//! that closes it waits, whether or not anybody is in the way this time: a test that takes the
//! locks in both orders, one after the other, finds the deadlock. A mutex that its holder locks
//! again is a circle of one.
//!
//! ```
//! use rungs::sync::{Mutex, diagnostics};
//! use std::sync::OnceLock;
//!
//! static FOUND: OnceLock<diagnostics::LockOrderReport> = OnceLock::new();
//! diagnostics::set_lock_order_hook(|report| drop(FOUND.set(report.clone())));
//!
//! let (a, b) = (Mutex::new(1), Mutex::new(2));
//! {
//!     let _a = a.lock();
//!     let _b = b.lock();
//! }
//! {
//!     let _b = b.lock();
//!     let _a = a.lock(); // here
//! }
//! if diagnostics::watches_order() {
//!     let [last, first] = FOUND.get().expect("a circle").edges() else { panic!("of two") };
//!     assert_eq!(last.wanted_at().line(), first.held_at().line() + 5);
//! }
//! ```
//!
//! What counts:
//!
//! * A call that may wait, a timed one too, orders all that the caller holds before what it
//!   wants. A try form never waits and orders nothing; what it got is held like any other.
//! * Readers count like writers: behind a writer that waits, a reader waits, too. For the same
//!   reason a thread that reads twice is reported. One that reads what it reads upgradably is
//!   not, and to upgrade orders nothing; but who upgrades and reads the same lock besides is
//!   reported.
//! * A wait on a [`Condvar`](super::Condvar) lets its mutex go, and wants it again.
//! * Threads hold what they locked, tasks what they awaited. What a thread holds while it polls
//!   counts for the task, too. A task is known by its waker: futures that are polled side by side
//!   under one waker (`join!`, `select!`) are one; a future that is polled under a waker without
//!   data, such as `Waker::noop()`, is nobody.
//!
//! A circle that never happens at once, because all who go along it hold one more lock meanwhile,
//! or a permit, is reported as well. Semaphores, events and queues are held by nobody in
//! particular, and not watched. Each circle of locks is reported once, however often it is gone along,
//! and a lock that is dropped is forgotten.
//!
//! *Cost:* without debug assertions, a short lock for each locking and unlocking, in the lock
//! itself; with them, one lock for the whole process. Leave the feature off where that matters:
//! then nothing is left of all this, and the locks are no larger for it.

use crate::panic::contain;
use crate::sys::{Arc, Aside, thread_local_on_both_faces};
use std::cell::Cell;
use std::fmt;
use std::panic::Location;

/// Locks that are taken in a circle.
///
/// See the [module](self) for what counts. Shown by `Display`, one line for each step.
///
/// ```
/// use rungs::sync::{Mutex, diagnostics};
/// use std::time::Duration;
///
/// static FOUND: Mutex<Option<diagnostics::LockOrderReport>> = Mutex::new(None);
/// diagnostics::set_lock_order_hook(|report| *FOUND.lock() = Some(report.clone()));
///
/// let mutex = Mutex::new(());
/// let held = mutex.lock();
/// assert!(mutex.lock_timeout(Duration::ZERO).is_none()); // by who holds it
/// if let Some(report) = &*FOUND.lock() {
///     let text = report.to_string();
///     assert!(text.contains(&report.edges()[0].held_at().to_string()), "{text}");
///     assert!(text.contains(&report.edges()[0].wanted_at().to_string()), "{text}");
/// }
/// # drop(held);
/// ```
#[derive(Clone, Debug)]
pub struct LockOrderReport {
    pub(super) edges: Vec<LockOrderEdge>,
}

impl LockOrderReport {
    /// The steps of the circle: each wants the lock that the next one holds, the last one the
    /// lock that the first holds. The first is the one that was about to be made; the others
    /// were made before. Never empty; of length one where a lock was wanted by its holder.
    ///
    /// ```
    /// # use rungs::sync::{Mutex, diagnostics::*};
    /// # use std::{sync::OnceLock, time::Duration};
    /// # static FOUND: OnceLock<LockOrderReport> = OnceLock::new();
    /// # set_lock_order_hook(|report| drop(FOUND.set(report.clone())));
    /// # let mutex = Mutex::new(());
    /// # let _held = mutex.lock();
    /// # assert!(mutex.lock_timeout(Duration::ZERO).is_none());
    /// # let Some(report) = FOUND.get() else { return };
    /// // Locked again by its holder.
    /// assert_eq!(report.edges().len(), 1);
    /// ```
    pub fn edges(&self) -> &[LockOrderEdge] {
        &self.edges
    }
}

/// One step of a circle: somebody held one lock and wanted another.
///
/// ```
/// # use rungs::sync::{Mutex, diagnostics::*};
/// # use std::{sync::OnceLock, time::Duration};
/// # static FOUND: OnceLock<LockOrderReport> = OnceLock::new();
/// # set_lock_order_hook(|report| drop(FOUND.set(report.clone())));
/// # let mutex = Mutex::new(());
/// # let _held = mutex.lock();
/// # assert!(mutex.lock_timeout(Duration::ZERO).is_none());
/// # let Some(report) = FOUND.get() else { return };
/// let edge: &LockOrderEdge = &report.edges()[0];
/// assert!(edge.to_string().starts_with("thread \"main\" holds lock "));
/// ```
#[derive(Clone, Debug)]
pub struct LockOrderEdge {
    /// Who.
    pub(super) by: Arc<str>,
    /// The number of the lock that was held, and where it was locked.
    pub(super) held: (u64, &'static Location<'static>),
    /// The same of the lock that was wanted.
    pub(super) wanted: (u64, &'static Location<'static>),
}

impl LockOrderEdge {
    /// Who it was: `thread "name"`, `ThreadId(7)` or `task 0x55d0`.
    ///
    /// ```
    /// # use rungs::sync::{Mutex, diagnostics::*};
    /// # use std::{sync::OnceLock, time::Duration};
    /// # static FOUND: OnceLock<LockOrderReport> = OnceLock::new();
    /// # set_lock_order_hook(|report| drop(FOUND.set(report.clone())));
    /// # let mutex = Mutex::new(());
    /// # let first = line!() + 1;
    /// # let _held = mutex.lock();
    /// # assert!(mutex.lock_timeout(Duration::ZERO).is_none());
    /// # let Some(report) = FOUND.get() else { return };
    /// // Locked again by its holder, the main thread.
    /// assert_eq!(report.edges()[0].by(), "thread \"main\"");
    /// ```
    pub fn by(&self) -> &str {
        &self.by
    }

    /// Where the lock that was held had been locked.
    ///
    /// ```
    /// # use rungs::sync::{Mutex, diagnostics::*};
    /// # use std::{sync::OnceLock, time::Duration};
    /// # static FOUND: OnceLock<LockOrderReport> = OnceLock::new();
    /// # set_lock_order_hook(|report| drop(FOUND.set(report.clone())));
    /// # let mutex = Mutex::new(());
    /// # let first = line!() + 1;
    /// # let _held = mutex.lock();
    /// # assert!(mutex.lock_timeout(Duration::ZERO).is_none());
    /// # let Some(report) = FOUND.get() else { return };
    /// assert_eq!(report.edges()[0].held_at().line(), first);
    /// ```
    pub fn held_at(&self) -> &'static Location<'static> {
        self.held.1
    }

    /// Where the other lock was wanted.
    ///
    /// ```
    /// # use rungs::sync::{Mutex, diagnostics::*};
    /// # use std::{sync::OnceLock, time::Duration};
    /// # static FOUND: OnceLock<LockOrderReport> = OnceLock::new();
    /// # set_lock_order_hook(|report| drop(FOUND.set(report.clone())));
    /// # let mutex = Mutex::new(());
    /// # let first = line!() + 1;
    /// # let _held = mutex.lock();
    /// # assert!(mutex.lock_timeout(Duration::ZERO).is_none());
    /// # let Some(report) = FOUND.get() else { return };
    /// assert_eq!(report.edges()[0].wanted_at().line(), first + 1);
    /// ```
    pub fn wanted_at(&self) -> &'static Location<'static> {
        self.wanted.1
    }

    /// The lock that was held, by a number that no other lock of the process has.
    ///
    /// ```
    /// # use rungs::sync::{Mutex, diagnostics::*};
    /// # use std::{sync::OnceLock, time::Duration};
    /// # static FOUND: OnceLock<LockOrderReport> = OnceLock::new();
    /// # set_lock_order_hook(|report| drop(FOUND.set(report.clone())));
    /// # let mutex = Mutex::new(());
    /// # let first = line!() + 1;
    /// # let _held = mutex.lock();
    /// # assert!(mutex.lock_timeout(Duration::ZERO).is_none());
    /// # let Some(report) = FOUND.get() else { return };
    /// for (step, next) in report.edges().iter().zip(&report.edges()[1..]) {
    ///     assert_eq!(step.wanted_lock(), next.held_lock());
    /// }
    /// ```
    pub fn held_lock(&self) -> u64 {
        self.held.0
    }

    /// The lock that was wanted, by its number.
    ///
    /// ```
    /// # use rungs::sync::{Mutex, diagnostics::*};
    /// # use std::{sync::OnceLock, time::Duration};
    /// # static FOUND: OnceLock<LockOrderReport> = OnceLock::new();
    /// # set_lock_order_hook(|report| drop(FOUND.set(report.clone())));
    /// # let mutex = Mutex::new(());
    /// # let first = line!() + 1;
    /// # let _held = mutex.lock();
    /// # assert!(mutex.lock_timeout(Duration::ZERO).is_none());
    /// # let Some(report) = FOUND.get() else { return };
    /// let steps = report.edges();
    /// assert_eq!(steps[steps.len() - 1].wanted_lock(), steps[0].held_lock());
    /// ```
    pub fn wanted_lock(&self) -> u64 {
        self.wanted.0
    }
}

impl fmt::Display for LockOrderEdge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { by, held, wanted } = self;
        write!(
            f,
            "{by} holds lock {}, locked at {}, and wants lock {} at {}",
            held.0, held.1, wanted.0, wanted.1
        )
    }
}

impl fmt::Display for LockOrderReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.edges.len() {
            1 => write!(
                f,
                "a lock is wanted by who holds it, and may wait for itself:"
            )?,
            n => write!(
                f,
                "{n} locks are taken in a circle, and may wait for each other:"
            )?,
        }
        self.edges
            .iter()
            .try_for_each(|edge| write!(f, "\n  {edge}"))
    }
}

/// Whether this build watches the order of locks: one with debug assertions (of this crate), and
/// not in a model.
///
/// ```
/// use rungs::sync::diagnostics;
///
/// if !diagnostics::watches_order() {
///     println!("no circles will be reported: build with debug assertions");
/// }
/// ```
pub fn watches_order() -> bool {
    cfg!(debug_assertions) && Aside::<()>::IS_KEPT
}

/// What is called for a report.
type Hook = dyn Fn(&LockOrderReport) + Send + Sync;

/// The hook that was set, if one was.
static HOOK: Aside<Option<Arc<Hook>>> = Aside::new(None);

thread_local_on_both_faces! {
    /// Whether this thread is in the hook.
    static REPORTING: Cell<bool> = Cell::new(false);
}

/// Sets what is called when locks are taken in a circle, in place of what was set before; at
/// first, a report is printed to the standard error.
///
/// The hook runs in the thread that was about to lock, before it locks. It may lock what this
/// thread does not hold, and is not reported for it. If it panics, the panic hook says so, and
/// the locking goes on; to make a test fail, note the report and look at the end, or abort.
///
/// ```
/// use rungs::sync::{Mutex, diagnostics};
///
/// static REPORTS: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// diagnostics::set_lock_order_hook(|report| REPORTS.lock().push(report.to_string()));
/// // … run what is to be tested, then:
/// assert!(REPORTS.lock().is_empty(), "{:?}", REPORTS.lock());
/// ```
#[doc(alias = "lockdep")]
#[doc(alias = "deadlock")]
pub fn set_lock_order_hook(hook: impl Fn(&LockOrderReport) + Send + Sync + 'static) {
    let hook: Arc<Hook> = Arc::new(hook);
    let before = HOOK.with(|place| place.replace(hook));
    // A user's, whose drop may do anything: after the lock.
    drop(before);
}

/// Whether this thread is in the hook.
pub(super) fn is_reporting() -> bool {
    REPORTING.try_with(Cell::get).unwrap_or(true)
}

/// Calls the hook. No lock of ours may be held.
#[cold]
pub(super) fn deliver(report: LockOrderReport) {
    let is_reporting = |is: bool| {
        // Where the variable is gone, nothing was reported.
        let _ = REPORTING.try_with(|reporting| reporting.set(is));
    };
    is_reporting(true);
    contain(|| match HOOK.with(|hook| hook.clone()).flatten() {
        Some(hook) => hook(&report),
        None => eprintln!("{report}"),
    });
    is_reporting(false);
}
