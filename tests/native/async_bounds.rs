//! What may go to another thread, and what may be shared, of the locks for threads and tasks:
//! exactly what is sound. futures#2239, parking_lot#346, async-lock#50.

use rungs::sync::{
    AsyncCondvar, AsyncMutex, AsyncMutexGuard, AsyncRwLock, AsyncRwLockReadGuard,
    AsyncRwLockUpgradableReadGuard, AsyncRwLockWriteGuard, LockAsync, Mapped, MappedMut,
    OwnedAsyncMutexGuard, OwnedAsyncRwLockReadGuard, OwnedAsyncRwLockUpgradableReadGuard,
    OwnedAsyncRwLockWriteGuard, ReadAsync, UpgradableReadAsync, UpgradeAsync, WaitAsync,
    WriteAsync,
};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, MutexGuard};

/// `Send` and `Sync`.
type Both = i32;
/// `Send` only.
type Moves = Cell<i32>;
/// `Sync` only.
type Shares = MutexGuard<'static, i32>;
/// Neither.
type Neither = Rc<i32>;

/// Fails to compile where a type has the trait: two impls fit then, and the method is ambiguous.
macro_rules! is_not {
    ($bound:ident: $($type:ty),+ $(,)?) => {$({
        trait Ambiguous<A> {
            fn some_item() {}
        }
        impl<T: ?Sized> Ambiguous<()> for T {}
        struct Has;
        impl<T: ?Sized + $bound> Ambiguous<Has> for T {}
        let _ = <$type as Ambiguous<_>>::some_item;
    })+};
}

macro_rules! is {
    ($bound:ident: $($type:ty),+ $(,)?) => {$({
        fn has<T: ?Sized + $bound>() {}
        has::<$type>();
    })+};
}

#[test]
fn the_locks_themselves() {
    is!(Send: AsyncMutex<Both>, AsyncMutex<Moves>, AsyncRwLock<Both>, AsyncRwLock<Moves>, AsyncCondvar);
    is_not!(Send: AsyncMutex<Shares>, AsyncMutex<Neither>, AsyncRwLock<Shares>, AsyncRwLock<Neither>);
    is!(Sync: AsyncMutex<Both>, AsyncMutex<Moves>, AsyncRwLock<Both>, AsyncCondvar);
    is_not!(Sync: AsyncMutex<Shares>, AsyncMutex<Neither>);
    is_not!(Sync: AsyncRwLock<Moves>, AsyncRwLock<Shares>, AsyncRwLock<Neither>);
}

#[test]
fn guards_of_a_mutex() {
    is!(Send: AsyncMutexGuard<'static, Both>, AsyncMutexGuard<'static, Moves>);
    is!(Send: OwnedAsyncMutexGuard<Both>, OwnedAsyncMutexGuard<Moves>);
    is_not!(Send: AsyncMutexGuard<'static, Shares>, AsyncMutexGuard<'static, Neither>);
    is_not!(Send: OwnedAsyncMutexGuard<Shares>, OwnedAsyncMutexGuard<Neither>);
    is!(Sync: AsyncMutexGuard<'static, Both>, AsyncMutexGuard<'static, Shares>);
    is!(Sync: OwnedAsyncMutexGuard<Both>, OwnedAsyncMutexGuard<Shares>);
    is_not!(Sync: AsyncMutexGuard<'static, Moves>, AsyncMutexGuard<'static, Neither>);
    is_not!(Sync: OwnedAsyncMutexGuard<Moves>, OwnedAsyncMutexGuard<Neither>);
}

#[test]
fn guards_of_a_reader() {
    is!(Send: AsyncRwLockReadGuard<'static, Both>, AsyncRwLockReadGuard<'static, Shares>);
    is_not!(Send: AsyncRwLockReadGuard<'static, Moves>, AsyncRwLockReadGuard<'static, Neither>);
    // As the last owner, it drops the value.
    is!(Send: OwnedAsyncRwLockReadGuard<Both>);
    is_not!(Send: OwnedAsyncRwLockReadGuard<Moves>, OwnedAsyncRwLockReadGuard<Shares>);
    is!(Sync: AsyncRwLockReadGuard<'static, Both>, AsyncRwLockReadGuard<'static, Shares>);
    is!(Sync: OwnedAsyncRwLockReadGuard<Both>, OwnedAsyncRwLockReadGuard<Shares>);
    is_not!(Sync: AsyncRwLockReadGuard<'static, Moves>, OwnedAsyncRwLockReadGuard<Moves>);
    is_not!(Sync: AsyncRwLockReadGuard<'static, Neither>, OwnedAsyncRwLockReadGuard<Neither>);
}

#[test]
fn guards_of_a_writer_or_who_may_become_one() {
    is!(Send: AsyncRwLockWriteGuard<'static, Both>, OwnedAsyncRwLockWriteGuard<Both>);
    is!(Send: AsyncRwLockUpgradableReadGuard<'static, Both>);
    is!(Send: OwnedAsyncRwLockUpgradableReadGuard<Both>);
    // A downgrade, or an upgrade, makes of one what needs the other.
    is_not!(Send: AsyncRwLockWriteGuard<'static, Moves>, OwnedAsyncRwLockWriteGuard<Moves>);
    is_not!(Send: AsyncRwLockWriteGuard<'static, Shares>, OwnedAsyncRwLockWriteGuard<Shares>);
    is_not!(Send: AsyncRwLockUpgradableReadGuard<'static, Moves>);
    is_not!(Send: AsyncRwLockUpgradableReadGuard<'static, Shares>);
    is_not!(Send: OwnedAsyncRwLockUpgradableReadGuard<Shares>);
    is!(Sync: AsyncRwLockWriteGuard<'static, Both>, AsyncRwLockWriteGuard<'static, Shares>);
    is!(Sync: AsyncRwLockUpgradableReadGuard<'static, Shares>);
    is_not!(Sync: AsyncRwLockWriteGuard<'static, Moves>, OwnedAsyncRwLockWriteGuard<Neither>);
    is_not!(Sync: AsyncRwLockUpgradableReadGuard<'static, Moves>);
}

#[test]
fn guards_of_a_part() {
    type Mutex = AsyncMutexGuard<'static, Both>;
    type Read = AsyncRwLockReadGuard<'static, Both>;
    is!(Send: MappedMut<Mutex, Both>, MappedMut<Mutex, Moves>, Mapped<Read, Shares>);
    is_not!(Send: MappedMut<Mutex, Shares>, MappedMut<Mutex, Neither>);
    is_not!(Send: Mapped<Read, Moves>, Mapped<Read, Neither>);
    is!(Sync: MappedMut<Mutex, Both>, MappedMut<Mutex, Shares>, Mapped<Read, Shares>);
    is_not!(Sync: MappedMut<Mutex, Moves>, Mapped<Read, Moves>, Mapped<Read, Neither>);
    // The guard behind it goes along.
    is_not!(Send: MappedMut<AsyncMutexGuard<'static, Neither>, Both>);
    is_not!(Send: Mapped<AsyncRwLockReadGuard<'static, Moves>, Both>);
}

#[test]
fn futures() {
    type Mutex<T> = Arc<AsyncMutex<T>>;
    type Lock<T> = Arc<AsyncRwLock<T>>;
    is!(Send: LockAsync<Mutex<Both>, Both>, LockAsync<&'static AsyncMutex<Moves>, Moves>);
    is!(Send: WaitAsync<'static, Mutex<Moves>, Moves>);
    is!(Send: ReadAsync<Lock<Both>, Both>, WriteAsync<Lock<Both>, Both>);
    is!(Send: UpgradableReadAsync<Lock<Both>, Both>, UpgradeAsync<Lock<Both>, Both>);
    is_not!(Send: LockAsync<Mutex<Neither>, Neither>, WaitAsync<'static, Mutex<Neither>, Neither>);
    is_not!(Send: ReadAsync<Lock<Moves>, Moves>, UpgradeAsync<Lock<Moves>, Moves>);
}

/// The future of an `async fn` goes where what it holds may go.
#[test]
fn a_wait_for_a_condition() {
    fn sends<T: Send>(_: &T) {}
    let (mutex, condvar) = (Arc::new(AsyncMutex::new(Cell::new(0))), AsyncCondvar::new());
    sends(&condvar.wait_while_async(mutex.lock_owned(), |_| false));
}
