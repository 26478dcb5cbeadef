//! Which types are `Send` and `Sync`, for which `T`: exactly where that is sound. (Where it was
//! not, elsewhere: futures#2239, parking_lot#346, async-lock#50.)
//!
//! A line of [`bounds!`] names a type with a parameter `T` and says for which of four kinds of
//! data it is `Send`, and for which `Sync`:
//!
//! | kind | example | `Send` | `Sync` |
//! |---|---|---|---|
//! | `both` | `u8` | yes | yes |
//! | `send` | `Cell<u8>` | yes | no |
//! | `sync` | the guard of a standard mutex | no | yes |
//! | `neither` | `Rc<u8>` | no | no |
//!
//! *How it is checked.* That a type implements a trait, a bound asserts. That it does not, cannot
//! be written as a bound; it is asserted by an ambiguity. The trait [`Unless`] has a function, and
//! is implemented for every type with the parameter `()`, and for every type that is `Send` (or
//! `Sync`) with a second one. Where the type is not, one implementation is left, the compiler
//! infers the parameter, and the call compiles; where it is, there are two, and it does not.
//! (The trick is that of `static_assertions`.) Everything here happens at compile time.

use rungs::sync::{
    Condvar, MappedMutexGuard, MappedReentrantMutexGuard, MappedRwLockReadGuard,
    MappedRwLockWriteGuard, Mutex, MutexGuard, ReentrantMutex, ReentrantMutexGuard, RwLock,
    RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard,
};
use std::cell::Cell;
use std::rc::Rc;

/// `Send` and `Sync`.
type Both = u8;
/// `Send` alone.
type SendOnly = Cell<u8>;
/// `Sync` alone.
type SyncOnly = std::sync::MutexGuard<'static, u8>;
/// Neither of them.
type Neither = Rc<u8>;

/// `is!(Send: T)` or `is!(not Send: T)`.
macro_rules! is {
    ($bound:ident: $type:ty) => {
        const _: () = {
            const fn is<T: ?Sized + $bound>() {}
            is::<$type>()
        };
    };
    (not $bound:ident: $type:ty) => {
        const _: fn() = || {
            /// Has two implementations for a type that is what it should not be.
            trait Unless<A> {
                fn call() {}
            }
            impl<T: ?Sized> Unless<()> for T {}
            struct Other;
            impl<T: ?Sized + $bound> Unless<Other> for T {}
            <$type as Unless<_>>::call()
        };
    };
}

/// `is_for!(Send, Type: kinds for which it is)`.
macro_rules! is_for {
    ($bound:ident, $type:ident: all) => {
        is!($bound: $type<Both>);
        is!($bound: $type<SendOnly>);
        is!($bound: $type<SyncOnly>);
        is!($bound: $type<Neither>);
    };
    ($bound:ident, $type:ident: send) => {
        is!($bound: $type<Both>);
        is!($bound: $type<SendOnly>);
        is!(not $bound: $type<SyncOnly>);
        is!(not $bound: $type<Neither>);
    };
    ($bound:ident, $type:ident: sync) => {
        is!($bound: $type<Both>);
        is!(not $bound: $type<SendOnly>);
        is!($bound: $type<SyncOnly>);
        is!(not $bound: $type<Neither>);
    };
    ($bound:ident, $type:ident: both) => {
        is!($bound: $type<Both>);
        is!(not $bound: $type<SendOnly>);
        is!(not $bound: $type<SyncOnly>);
        is!(not $bound: $type<Neither>);
    };
    ($bound:ident, $type:ident: never) => {
        is!(not $bound: $type<Both>);
        is!(not $bound: $type<SendOnly>);
        is!(not $bound: $type<SyncOnly>);
        is!(not $bound: $type<Neither>);
    };
}

/// One line for each type: `Name = type over T: Send for …, Sync for …;`, where `…` is what `T`
/// must be: `all` (anything), `send`, `sync`, `both`, or `never`.
macro_rules! bounds {
    ($($name:ident = $type:ty: Send for $send:ident, Sync for $sync:ident;)*) => { $(
        const _: () = {
            #[allow(type_alias_bounds, unused, reason = "not all are about T")]
            type $name<T> = $type;
            is_for!(Send, $name: $send);
            is_for!(Sync, $name: $sync);
        };
    )* };
}

bounds! {
    // Who locks a mutex may take the data away, to its own thread; nobody is with it.
    M = Mutex<T>: Send for send, Sync for send;
    // A guard unlocks on its own thread; who has a `&` to it has a `&T`.
    Guard = MutexGuard<'static, T>: Send for never, Sync for sync;
    Mapped = MappedMutexGuard<'static, T>: Send for never, Sync for sync;

    // Readers on two threads have a `&T` each; a writer may take the data away.
    Rw = RwLock<T>: Send for send, Sync for both;
    Reader = RwLockReadGuard<'static, T>: Send for never, Sync for sync;
    Upgradable = RwLockUpgradableReadGuard<'static, T>: Send for never, Sync for sync;
    Writer = RwLockWriteGuard<'static, T>: Send for never, Sync for sync;
    MappedReader = MappedRwLockReadGuard<'static, T>: Send for never, Sync for sync;
    MappedWriter = MappedRwLockWriteGuard<'static, T>: Send for never, Sync for sync;

    // One thread at a time has a `&T`, however often.
    Again = ReentrantMutex<T>: Send for send, Sync for send;
    AgainGuard = ReentrantMutexGuard<'static, T>: Send for never, Sync for sync;
    AgainMapped = MappedReentrantMutexGuard<'static, T>: Send for never, Sync for sync;
}

is!(Send: Condvar);
is!(Sync: Condvar);

#[cfg(feature = "diagnostics")]
mod diagnostics {
    use rungs::sync::diagnostics::{LockOrderEdge, LockOrderReport};

    is!(Send: LockOrderReport);
    is!(Sync: LockOrderReport);
    is!(Send: LockOrderEdge);
    is!(Sync: LockOrderEdge);
}

// Data of unknown size, too.
is!(Send: Mutex<dyn Send>);
is!(Sync: Mutex<dyn Send>);
is!(Sync: RwLock<dyn Send + Sync>);
is!(not Sync: RwLock<dyn Send>);
is!(Sync: ReentrantMutex<dyn Send>);

#[test]
fn the_kinds_are_what_they_are_called() {
    is!(Send: Both);
    is!(Sync: Both);
    is!(Send: SendOnly);
    is!(not Sync: SendOnly);
    is!(not Send: SyncOnly);
    is!(Sync: SyncOnly);
    is!(not Send: Neither);
    is!(not Sync: Neither);
}
