//! What is `Send` and `Sync`, and what is not: each both ways, at compile time.

use rungs::sync::*;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::MutexGuard as StdGuard;

/// Fails to compile where the type is not of the trait.
macro_rules! is {
    ($trait:ident: $($type:ty),+ $(,)?) => {$(
        const _: fn() = || {
            fn check<T: ?Sized + $trait>() {}
            check::<$type>();
        };
    )+};
}

/// Fails to compile where the type is of the trait: which of two implementations is meant is
/// then ambiguous.
macro_rules! is_not {
    ($trait:ident: $($type:ty),+ $(,)?) => {$(
        const _: fn() = || {
            struct Both;
            trait Ambiguous<A> {
                fn check() {}
            }
            impl<T: ?Sized> Ambiguous<()> for T {}
            impl<T: ?Sized + $trait> Ambiguous<Both> for T {}
            <$type as Ambiguous<_>>::check();
        };
    )+};
}

/// `Send`, not `Sync`.
type Movable = Cell<u8>;
/// `Sync`, not `Send`.
type Shareable = StdGuard<'static, u8>;
/// Neither.
type Local = Rc<u8>;

is!(Send: AutoResetEvent, Latch, WaitGroup, Member, Barrier, Phaser, Party, CancelToken);
is!(Sync: AutoResetEvent, Latch, WaitGroup, Member, Barrier, Phaser, Party, CancelToken);
is!(Send: Registration, CancelOnDrop, BarrierWaitResult);
is!(Sync: Registration, CancelOnDrop, BarrierWaitResult);

// Futures go to other threads with what they wait for.
is!(Send: WaitAutoReset<'static>, WaitLatch<'static>, ArriveAtLatch<'static>);
is!(Send: WaitMembers<'static>, WaitBarrier<'static>, WaitPhase<'static>);
is!(Send: ArriveAtPhase<'static>, WaitCancelled<'static>, WaitCell<'static, u8>);
is!(Send: Exchange<'static, Movable>);
is_not!(Send: Exchange<'static, Local>, Exchange<'static, Shareable>);
is_not!(Send: WaitCell<'static, Movable>);

// None is moved where others point into it, but an exchange, into which nothing points.
is!(Unpin: Exchange<'static, std::marker::PhantomPinned>);
is_not!(Unpin: WaitAutoReset<'static>, WaitLatch<'static>, WaitMembers<'static>);
is_not!(Unpin: WaitBarrier<'static>, WaitPhase<'static>, WaitCancelled<'static>);
is_not!(Unpin: WaitCell<'static, u8>);

// An exchanger hands values from thread to thread, and shares none.
is!(Send: Exchanger<u8>, Exchanger<Movable>);
is!(Sync: Exchanger<u8>, Exchanger<Movable>);
is_not!(Send: Exchanger<Local>, Exchanger<Shareable>);
is_not!(Sync: Exchanger<Local>, Exchanger<Shareable>);

// A cell shares its value, and lets another thread drop it than the one that made it.
is!(Send: OnceCell<u8>, OnceCell<Movable>);
is!(Sync: OnceCell<u8>);
is_not!(Send: OnceCell<Local>, OnceCell<Shareable>);
is_not!(Sync: OnceCell<Movable>, OnceCell<Shareable>, OnceCell<Local>);

// So does a lazy value, and its function is called by any thread.
is!(Send: Lazy<u8>, Lazy<Movable>);
is!(Sync: Lazy<u8>);
is_not!(Sync: Lazy<Movable>, Lazy<Shareable>, Lazy<u8, Movable>, Lazy<u8, Local>);
is_not!(Send: Lazy<Local>, Lazy<u8, Local>);

#[test]
fn it_compiles() {}
