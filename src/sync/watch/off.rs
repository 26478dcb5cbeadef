//! Nobody watches: everything is of size zero and compiles to nothing.

#![allow(dead_code, reason = "which parts are used depends on the locks")]

use super::Mode;
use crate::sys::lock_api::GuardNoSend;
use std::fmt::DebugStruct;
use std::marker::PhantomData;
use std::task::Waker;

/// Where in the user's code a call stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place;

impl Place {
    #[inline(always)]
    pub(crate) fn here() -> Self {
        Self
    }
}

/// Who calls.
#[derive(Clone, Debug)]
pub(crate) struct Context;

impl Context {
    /// The thread that calls.
    #[inline(always)]
    pub(crate) fn thread() -> Self {
        Self
    }

    /// The task that is polled.
    #[inline(always)]
    pub(crate) fn of(_waker: &Waker) -> Self {
        Self
    }
}

/// What a lock embeds.
pub(crate) struct Watch;

impl Watch {
    #[inline(always)]
    pub(crate) const fn new() -> Self {
        Self
    }

    /// `by` is about to wait for the lock.
    #[inline(always)]
    pub(crate) fn wanted(&self, _by: &Context, _mode: Mode, _place: Place) {}

    /// `by` has it.
    #[inline(always)]
    pub(crate) fn held(&self, _by: Context, _mode: Mode, _place: Place) -> Hold {
        Hold
    }

    /// Who holds it is about to wait until nobody else does.
    #[inline(always)]
    pub(crate) fn upgrading(&self, _hold: &Hold, _place: Place) {}

    /// It is held in another way now.
    #[inline(always)]
    pub(crate) fn changed(&self, _hold: &mut Hold, _mode: Mode, _place: Place) {}

    /// It is given back.
    #[inline(always)]
    pub(crate) fn released(&self, _hold: &Hold) {}

    /// Says who holds the lock.
    #[inline(always)]
    pub(crate) fn describe(&self, _f: &mut DebugStruct<'_, '_>) {}

    /// The calling thread is about to wait for the lock.
    #[inline(always)]
    pub(crate) fn want(&self, _mode: Mode) -> Claim<'_> {
        Claim(PhantomData)
    }

    /// The calling thread tries to get the lock, and does not wait.
    #[inline(always)]
    pub(crate) fn attempt(&self, _mode: Mode) -> Claim<'_> {
        Claim(PhantomData)
    }
}

/// That a lock is held, for whoever keeps it in a guard.
#[derive(Debug)]
pub(crate) struct Hold;

/// What a thread asks for.
#[must_use]
pub(crate) struct Claim<'a>(PhantomData<&'a Watch>);

impl<'a> Claim<'a> {
    /// It got the lock.
    #[inline(always)]
    pub(crate) fn held(self) -> Held<'a> {
        Held(PhantomData)
    }
}

/// That this thread holds a lock, until dropped.
#[must_use]
pub(crate) struct Held<'a>(PhantomData<(&'a Watch, GuardNoSend)>);

impl Held<'_> {
    /// It is about to wait until nobody else holds the lock.
    #[inline(always)]
    pub(crate) fn upgrading(&self) {}

    /// It holds the lock in another way now.
    #[inline(always)]
    pub(crate) fn changed(&mut self, _mode: Mode) {}

    /// It lets the lock go, and takes it again when the result is dropped.
    #[inline(always)]
    pub(crate) fn let_go(&mut self) -> LetGo<'_> {
        LetGo(PhantomData)
    }
}

/// That this thread has let a lock go for a while.
#[must_use]
pub(crate) struct LetGo<'a>(PhantomData<&'a mut Watch>);
