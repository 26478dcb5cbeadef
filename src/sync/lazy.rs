//! A value that is made when it is first looked at.

use super::once_cell::OnceCell;
use std::fmt;
use std::ops::Deref;

/// A value that is made by a function when it is first looked at, once.
///
/// A [`OnceCell`] with its initialiser; where each user brings its own, use that.
///
/// *Panics* of the function go to whoever looked; the next look tries again. A function that
/// looks at its own value waits for itself, for ever. *Blocking:* while another thread or task
/// makes the value. *Cost:* afterwards, a look is one load.
///
/// ```
/// use rungs::sync::Lazy;
///
/// static PRIMES: Lazy<Vec<u32>> = Lazy::new(|| {
///     (2..20).filter(|n| (2..*n).all(|d| n % d != 0)).collect()
/// });
/// assert_eq!(PRIMES.len(), 8);
/// ```
#[doc(alias = "LazyLock")]
#[doc(alias = "sync.OnceValue")]
#[doc(alias = "lazy_static")]
pub struct Lazy<T, F = fn() -> T> {
    cell: OnceCell<T>,
    init: F,
}

impl<T, F> Lazy<T, F> {
    crate::sys::const_unless_loom! {
        /// A value that `init` is to make. `const`, so it can be a `static` (not so under loom).
        ///
        /// ```
        /// static ANSWER: rungs::sync::Lazy<u32> = rungs::sync::Lazy::new(|| 6 * 7);
        /// assert_eq!(*ANSWER, 42);
        /// ```
        pub const fn new(init: F) -> Self {
            Self { cell: OnceCell::new(), init }
        }
    }

    /// The value, if it was made.
    ///
    /// ```
    /// use rungs::sync::Lazy;
    ///
    /// let lazy = Lazy::new(|| 7);
    /// assert_eq!(Lazy::get(&lazy), None);
    /// assert_eq!(*lazy, 7);
    /// assert_eq!(Lazy::get(&lazy), Some(&7));
    /// ```
    #[inline]
    pub fn get(this: &Self) -> Option<&T> {
        this.cell.get()
    }
}

impl<T, F: Fn() -> T> Lazy<T, F> {
    /// The value; makes it where it is not there, as `*this` does. The thread sleeps while
    /// another makes it.
    ///
    /// *Panics* where the function does; the next look tries again.
    ///
    /// ```
    /// use rungs::sync::Lazy;
    ///
    /// let lazy = Lazy::new(|| 7);
    /// assert_eq!(Lazy::force(&lazy), &7);
    /// ```
    #[inline]
    pub fn force(this: &Self) -> &T {
        this.cell.get_or_init(&this.init)
    }

    /// The value; makes it, in this task, where it is not there. The task waits while another
    /// makes it.
    ///
    /// *Panics* where the function does. *Cancel safety:* dropped, it leaves no trace.
    ///
    /// ```
    /// use rungs::sync::Lazy;
    ///
    /// let lazy = Lazy::new(|| 7);
    /// assert_eq!(rungs::future::block_on(Lazy::force_async(&lazy)), &7);
    /// ```
    pub async fn force_async(this: &Self) -> &T {
        this.cell
            .get_or_init_async(|| async { (this.init)() })
            .await
    }
}

impl<T, F: Fn() -> T> Deref for Lazy<T, F> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        Self::force(self)
    }
}

impl<T: Default> Default for Lazy<T> {
    /// A value that `T::default` is to make.
    fn default() -> Self {
        Self::new(T::default)
    }
}

impl<T: fmt::Debug, F> fmt::Debug for Lazy<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lazy = f.debug_tuple("Lazy");
        match Self::get(self) {
            Some(value) => lazy.field(value).finish(),
            None => lazy.finish_non_exhaustive(),
        }
    }
}
