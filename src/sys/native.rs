//! The native face: `std`, `parking_lot` and `crossbeam-deque`.

pub(crate) use parking_lot::{
    Condvar, Mutex, MutexGuard, RawMutex, RawRwLock, RawThreadId, lock_api,
};
pub(crate) use std::sync::{Arc, OnceLock, Weak};

/// What is kept beside the program's own state, for people to look at: natively under a lock, in
/// a model not at all.
#[derive(Debug)]
pub(crate) struct Aside<T>(Mutex<T>);

impl<T> Aside<T> {
    /// Whether it is kept.
    #[cfg(feature = "diagnostics")]
    pub(crate) const IS_KEPT: bool = true;

    pub(crate) const fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// Looks at it or changes it. `None` where this thread does so already, to this or to
    /// another: an allocator that uses our locks is asked for memory in between.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> Option<R> {
        struct Leave;
        impl Drop for Leave {
            fn drop(&mut self) {
                INSIDE.set(false);
            }
        }
        std::thread_local! {
            static INSIDE: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
        }
        if INSIDE.replace(true) {
            return None;
        }
        let _leave = Leave;
        Some(f(&mut self.0.lock()))
    }
}

/// Atomics: `std`'s own.
pub(crate) mod atomic {
    pub(crate) use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering, fence};
}

/// `UnsafeCell` with loom's interface of closures over raw pointers.
pub(crate) mod cell {
    /// A cell whose every access is a closure, so that loom can watch it on the other face.
    #[derive(Debug, Default)]
    #[repr(transparent)]
    pub(crate) struct UnsafeCell<T: ?Sized>(std::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        #[inline(always)]
        pub(crate) const fn new(value: T) -> Self {
            Self(std::cell::UnsafeCell::new(value))
        }

        /// The value, which nobody else can reach.
        #[inline(always)]
        pub(crate) fn into_inner(self) -> T {
            self.0.into_inner()
        }
    }

    impl<T: ?Sized> UnsafeCell<T> {
        /// Reads: nobody may write at the same time.
        #[inline(always)]
        pub(crate) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
            read(self.0.get())
        }

        /// Writes: nobody else may read or write at the same time.
        #[inline(always)]
        pub(crate) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
            write(self.0.get())
        }
    }
}

/// Memory for values of any type, one behind the other.
pub(crate) mod unit {
    use super::atomic::AtomicPtr;
    use std::mem::{self, MaybeUninit};
    use std::{cell, ptr};

    /// Eight bytes: a pointer that threads hand over, or a part of a value. All zero at first.
    #[derive(Debug)]
    #[repr(C, align(8))]
    pub(crate) struct Unit(cell::UnsafeCell<[MaybeUninit<u8>; 8]>);

    // SAFETY: who shares units uses them as the functions below demand.
    unsafe impl Sync for Unit {}

    impl Unit {
        /// How many units a value takes.
        pub(crate) const fn count<T>() -> usize {
            size_of::<T>().div_ceil(size_of::<Unit>())
        }

        pub(crate) fn new() -> Self {
            Self(cell::UnsafeCell::new([MaybeUninit::zeroed(); 8]))
        }

        /// The unit as a pointer, null where it is zero.
        #[inline(always)]
        pub(crate) fn head(&self) -> &AtomicPtr<()> {
            // SAFETY: as large and as aligned as a pointer at least, and alive as long as `self`.
            // Where a value lies here instead, it is accessed by one thread only.
            unsafe { AtomicPtr::from_ptr(self.0.get().cast()) }
        }

        /// Puts a value into the units that begin here.
        ///
        /// # Safety
        ///
        /// There are [`count`](Self::count) units, which are the caller's alone. `T` is aligned
        /// to no more than eight bytes.
        #[inline(always)]
        pub(crate) unsafe fn put<T>(at: *const Self, value: T) {
            // SAFETY: the caller's; the units may be written, being cells.
            unsafe { ptr::write(at.cast_mut().cast::<T>(), value) };
        }

        /// Takes the value out of the units that begin here, which are zero after that.
        ///
        /// # Safety
        ///
        /// It was put here, the caller sees that, and the units are the caller's alone.
        #[inline(always)]
        pub(crate) unsafe fn take<T>(at: *const Self) -> T {
            // SAFETY: the caller's.
            let value = unsafe { ptr::read(at.cast::<T>()) };
            let bytes = Self::count::<T>() * mem::size_of::<Self>();
            // SAFETY: the caller's.
            unsafe { ptr::write_bytes(at.cast_mut().cast::<u8>(), 0, bytes) };
            value
        }
    }
}

/// Deques of `crossbeam-deque`.
pub(crate) mod deque {
    pub(crate) use crossbeam_deque::{Injector, Steal, Stealer, Worker};
}

/// Real time.
pub(crate) mod clock {
    use std::task::Waker;
    pub(crate) use std::time::Instant;

    /// The time now.
    #[inline]
    pub(crate) fn now() -> Instant {
        Instant::now()
    }

    /// The latest time that is over.
    #[inline]
    pub(crate) fn horizon() -> Instant {
        now()
    }

    /// An alarm that the clock calls.
    #[derive(Debug)]
    pub(crate) enum Bell {}

    /// A clock of a model calls `waker` when it is moved to `deadline`; real time calls nobody.
    pub(crate) fn call_at(_deadline: Instant, waker: Waker) -> Result<Bell, Waker> {
        Err(waker)
    }
}

/// Hints to the processor.
pub(crate) mod hint {
    pub(crate) use std::hint::spin_loop;
}

/// Threads of the operating system.
pub(crate) mod thread {
    use super::clock::Instant;
    use std::sync::atomic::{AtomicBool, Ordering};
    pub(crate) use std::thread::{JoinHandle, ThreadId, yield_now};

    /// How often a thread that is about to sleep looks again first, after ever longer spins.
    const SPINS: u32 = 6;
    /// How often it then looks again after giving its time slice away.
    const YIELDS: u32 = 16;

    /// Looks a few times more, for a microsecond, whether what a thread is about to sleep for is
    /// there: to wake a sleeper costs thousands of times what an uncontended operation does.
    pub(crate) fn spin<R>(mut look: impl FnMut() -> Option<R>) -> Option<R> {
        (0..SPINS).find_map(|round| {
            for _ in 0..1 << round {
                super::hint::spin_loop();
            }
            look()
        })
    }

    /// Lets others run, who may be those that a thread is about to wait for, and looks after that.
    /// Not for one whom somebody is about to wake: who lets others run on a busy machine runs
    /// again when they have all had their turn, and a sleeper that is woken runs at once.
    pub(crate) fn give_way<R>(mut look: impl FnMut() -> Option<R>) -> Option<R> {
        (0..YIELDS).find_map(|_| {
            yield_now();
            look()
        })
    }

    /// Both, one after the other.
    pub(crate) fn spin_and_yield<R>(mut look: impl FnMut() -> Option<R>) -> Option<R> {
        spin(&mut look).or_else(|| give_way(look))
    }

    /// A thread's sleep, from its beginning.
    #[derive(Debug)]
    pub(crate) struct Nap(Instant);

    impl Nap {
        /// A sleep that is shorter was hardly worth it: to fall asleep and be woken takes about
        /// as long.
        const SHORT: std::time::Duration = std::time::Duration::from_micros(50);

        pub(crate) fn begin() -> Self {
            Self(Instant::now())
        }

        /// Whether it was hardly worth it.
        pub(crate) fn was_short(self) -> bool {
            self.0.elapsed() < Self::SHORT
        }
    }

    /// For a thread that others are in the way of, for a moment.
    #[derive(Debug, Default)]
    pub(crate) struct Backoff(u32);

    impl Backoff {
        /// How often the pause is doubled.
        const DOUBLINGS: u32 = 6;

        /// Another thread was faster: keeps off what both want, longer each time, so that it
        /// gets something done meanwhile.
        #[inline]
        pub(crate) fn lost(&mut self) {
            for _ in 0..1 << self.0 {
                super::hint::spin_loop();
            }
            self.0 = (self.0 + 1).min(Self::DOUBLINGS);
        }

        /// Another thread is in the middle of something: waits for it, and lets it run if it was
        /// interrupted there (then it gives `false`).
        #[cold]
        pub(crate) fn wait(&mut self) -> bool {
            let short = self.0 < Self::DOUBLINGS;
            match short {
                true => self.lost(),
                false => yield_now(),
            }
            short
        }
    }

    /// Threads may outlive who started them; not so in a model.
    pub(crate) fn assert_may_outlive_the_caller() {}

    /// Whether the thread that calls unwinds.
    pub(crate) fn panicking() -> bool {
        std::thread::panicking()
    }

    /// The thread that calls.
    pub(crate) fn current_id() -> ThreadId {
        std::thread::current().id()
    }

    /// What to call the thread that calls.
    #[cfg(feature = "diagnostics")]
    pub(crate) fn current_name() -> String {
        let thread = std::thread::current();
        match thread.name() {
            Some(name) => format!("thread {name:?}"),
            None => format!("{:?}", thread.id()),
        }
    }

    /// Starts a thread, or says why the system could not.
    pub(crate) fn spawn<T: Send + 'static>(
        name: Option<String>,
        stack_size: Option<usize>,
        main: impl FnOnce() -> T + Send + 'static,
    ) -> std::io::Result<JoinHandle<T>> {
        let mut builder = std::thread::Builder::new();
        if let Some(name) = name {
            builder = builder.name(name);
        }
        if let Some(bytes) = stack_size {
            builder = builder.stack_size(bytes);
        }
        builder.spawn(main)
    }

    /// Whether a thread has ended.
    pub(crate) fn is_finished(thread: &JoinHandle<()>) -> bool {
        thread.is_finished()
    }

    /// How many threads can run at once: the processors that this process may use, its cgroup's
    /// limit included.
    pub(crate) fn available_parallelism() -> usize {
        std::thread::available_parallelism().map_or(1, usize::from)
    }

    /// A token that one thread waits for and any thread gives.
    ///
    /// The thread parks on `std`'s own token, which other code on the same thread may spend or
    /// add to; `given` is what counts, so that neither loses a wake-up of ours.
    #[derive(Debug)]
    pub(crate) struct Parker {
        /// The token.
        given: AtomicBool,
        /// Who parks.
        thread: std::thread::Thread,
    }

    impl Parker {
        /// A parker for the calling thread, which alone may [`park`](Self::park) on it.
        pub(crate) fn new() -> Self {
            Self {
                given: AtomicBool::new(false),
                thread: std::thread::current(),
            }
        }

        /// Takes the token if it is there.
        #[inline]
        pub(crate) fn try_take(&self) -> bool {
            // ORDERING: Relaxed on the look, which alone decides nothing; Acquire on the swap,
            // partner of the Release in `unpark`: what the giver did is seen. Weaker, and a
            // poll after the wake could miss what it was woken for. On the other face the same
            // contract is kept by a lock; the models of `wait` run over that.
            self.given.load(Ordering::Relaxed) && self.given.swap(false, Ordering::Acquire)
        }

        /// Sleeps until the token is there, and takes it; `false` where the deadline came first.
        pub(crate) fn park(&self, deadline: Option<Instant>) -> bool {
            loop {
                if self.try_take() {
                    return true;
                }
                match deadline {
                    None => std::thread::park(),
                    Some(deadline) => match deadline.checked_duration_since(Instant::now()) {
                        Some(left) if !left.is_zero() => std::thread::park_timeout(left),
                        _ => return false,
                    },
                }
            }
        }

        /// Gives the token.
        #[inline]
        pub(crate) fn unpark(&self) {
            // ORDERING: Release, partner of the Acquire in `try_take`. A token that is already
            // there was not taken yet, so its taker has yet to look: nobody needs to be woken,
            // and the swap, being a read-modify-write, hands on what both givers did.
            if !self.given.swap(true, Ordering::Release) {
                self.thread.unpark();
            }
        }
    }
}
