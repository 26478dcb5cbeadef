//! A closure that nobody waits for: a job without a state word.

use super::worker;
use crate::future::{Job, Run};
use crate::panic::{catch, contain};
use crate::sys::Arc;

/// The closure. Its `Arc` is never cloned: who has the job has the closure.
pub(super) struct Fire<F>(F);

// SAFETY: a shared `Fire` is good for nothing: the closure is moved out, never borrowed.
unsafe impl<F: Send> Sync for Fire<F> {}

impl<F: FnOnce() + Send + 'static> Fire<F> {
    pub(super) fn job(closure: F) -> Job {
        Job::new(Arc::new(Self(closure)))
    }

    /// Takes the closure back out of a job.
    ///
    /// # Safety
    ///
    /// The job was made by [`job`](Self::job), for this very `F`.
    pub(super) unsafe fn take_back(job: Job) -> F {
        let raw = Arc::into_raw(job.into_work()).cast::<Self>();
        // SAFETY: by the caller, this is what the `Arc` was made of.
        let fire = unsafe { Arc::from_raw(raw) };
        fire.take()
    }

    fn take(self: Arc<Self>) -> F {
        match Arc::into_inner(self) {
            Some(Self(closure)) => closure,
            None => unreachable!("the `Arc` of a `Fire` was cloned"),
        }
    }
}

impl<F: FnOnce() + Send + 'static> Run for Fire<F> {
    fn run(self: Arc<Self>) {
        if let Err(payload) = catch(self.take()) {
            worker::report(payload);
        }
    }

    fn discard(self: Arc<Self>) {
        contain(|| drop(self));
    }
}
