//! The semaphores that `sync` compares, behind two traits.

use asyncband::blocking::FutureExt as _;
use futures::executor::block_on;

use super::by_hand;

/// A semaphore for threads. Dropping a permit returns it.
pub trait Semaphore: Send + Sync + Sized + 'static {
    type Permit<'a>: Send;

    fn new(permits: usize) -> Self;
    /// Blocks the thread until there is a permit.
    fn acquire(&self) -> Self::Permit<'_>;
    fn available(&self) -> usize;
}

/// A semaphore for tasks too.
pub trait AsyncSemaphore: Semaphore {
    fn try_acquire(&self) -> Option<Self::Permit<'_>>;
    fn acquire_async(&self) -> impl Future<Output = Self::Permit<'_>> + Send;
}

impl Semaphore for rungs::sync::Semaphore {
    type Permit<'a> = rungs::sync::Permit<'a>;

    fn new(permits: usize) -> Self {
        rungs::sync::Semaphore::new(permits)
    }

    fn acquire(&self) -> Self::Permit<'_> {
        self.acquire().expect("nobody closes it")
    }

    fn available(&self) -> usize {
        self.available() as usize
    }
}

impl AsyncSemaphore for rungs::sync::Semaphore {
    fn try_acquire(&self) -> Option<Self::Permit<'_>> {
        self.try_acquire().ok()
    }

    async fn acquire_async(&self) -> Self::Permit<'_> {
        self.acquire_async().await.expect("nobody closes it")
    }
}

/// Ours, strictly first come, first served.
pub struct RungsFair(rungs::sync::Semaphore);

impl Semaphore for RungsFair {
    type Permit<'a> = rungs::sync::Permit<'a>;

    fn new(permits: usize) -> Self {
        RungsFair(rungs::sync::Semaphore::fair(permits))
    }

    fn acquire(&self) -> Self::Permit<'_> {
        self.0.acquire().expect("nobody closes it")
    }

    fn available(&self) -> usize {
        self.0.available() as usize
    }
}

impl AsyncSemaphore for RungsFair {
    fn try_acquire(&self) -> Option<Self::Permit<'_>> {
        self.0.try_acquire().ok()
    }

    async fn acquire_async(&self) -> Self::Permit<'_> {
        self.0.acquire_async().await.expect("nobody closes it")
    }
}

impl Semaphore for tokio::sync::Semaphore {
    type Permit<'a> = tokio::sync::SemaphorePermit<'a>;

    fn new(permits: usize) -> Self {
        tokio::sync::Semaphore::new(permits)
    }

    fn acquire(&self) -> Self::Permit<'_> {
        block_on(self.acquire()).expect("nobody closes it")
    }

    fn available(&self) -> usize {
        self.available_permits()
    }
}

impl AsyncSemaphore for tokio::sync::Semaphore {
    fn try_acquire(&self) -> Option<Self::Permit<'_>> {
        self.try_acquire().ok()
    }

    async fn acquire_async(&self) -> Self::Permit<'_> {
        self.acquire().await.expect("nobody closes it")
    }
}

impl Semaphore for async_lock::Semaphore {
    type Permit<'a> = async_lock::SemaphoreGuard<'a>;

    fn new(permits: usize) -> Self {
        async_lock::Semaphore::new(permits)
    }

    fn acquire(&self) -> Self::Permit<'_> {
        self.acquire_blocking()
    }

    fn available(&self) -> usize {
        self.available_permits()
    }
}

impl AsyncSemaphore for async_lock::Semaphore {
    fn try_acquire(&self) -> Option<Self::Permit<'_>> {
        self.try_acquire()
    }

    fn acquire_async(&self) -> impl Future<Output = Self::Permit<'_>> + Send {
        self.acquire()
    }
}

impl Semaphore for asyncband::semaphore::Semaphore {
    type Permit<'a> = asyncband::semaphore::SemaphorePermit<'a>;

    fn new(permits: usize) -> Self {
        asyncband::semaphore::Semaphore::new(permits)
    }

    fn acquire(&self) -> Self::Permit<'_> {
        self.acquire(1).block_on()
    }

    fn available(&self) -> usize {
        self.available_permits()
    }
}

impl AsyncSemaphore for asyncband::semaphore::Semaphore {
    fn try_acquire(&self) -> Option<Self::Permit<'_>> {
        self.try_acquire(1)
    }

    fn acquire_async(&self) -> impl Future<Output = Self::Permit<'_>> + Send {
        self.acquire(1)
    }
}

impl Semaphore for mea::semaphore::Semaphore {
    type Permit<'a> = mea::semaphore::SemaphorePermit<'a>;

    fn new(permits: usize) -> Self {
        mea::semaphore::Semaphore::new(permits)
    }

    fn acquire(&self) -> Self::Permit<'_> {
        block_on(self.acquire(1))
    }

    fn available(&self) -> usize {
        self.available_permits()
    }
}

impl AsyncSemaphore for mea::semaphore::Semaphore {
    fn try_acquire(&self) -> Option<Self::Permit<'_>> {
        self.try_acquire(1)
    }

    fn acquire_async(&self) -> impl Future<Output = Self::Permit<'_>> + Send {
        self.acquire(1)
    }
}

impl Semaphore for by_hand::Semaphore {
    type Permit<'a> = by_hand::Permit<'a>;

    fn new(permits: usize) -> Self {
        by_hand::Semaphore::new(permits)
    }

    fn acquire(&self) -> Self::Permit<'_> {
        self.acquire()
    }

    fn available(&self) -> usize {
        self.available()
    }
}
