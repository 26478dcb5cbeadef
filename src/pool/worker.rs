//! What a worker does in its thread.
//!
//! # Invariants
//!
//! 1. All code of users runs inside [`catch`] or [`contain`], so a worker ends only where it
//!    decides to.
//! 2. A worker reports to `Builder::build` exactly once.
//! 3. When a thread has ended, nothing of the handler, the states or the hook is left in it.

use super::counts::Counts;
use crate::panic::{PanicPayload, catch, contain};
use crate::queue::Queue;
use crate::sync::Semaphore;
use crate::sys::Arc;

/// Makes the state of a worker.
pub(super) type Make<S> = Arc<dyn Fn(usize) -> S + Send + Sync>;
/// Is told of the panic of a handler.
pub(super) type Hook = Arc<dyn Fn(&PanicPayload) + Send + Sync>;

/// How a worker's first state came out.
pub(super) struct Report {
    pub(super) worker: usize,
    pub(super) made: Result<(), PanicPayload>,
}

/// What all workers of a pool need.
pub(super) struct Plan<S, T, H> {
    pub(super) queue: Queue<T>,
    pub(super) counts: Arc<Counts>,
    pub(super) make: Make<S>,
    pub(super) hook: Option<Hook>,
    pub(super) handler: H,
    /// Where workers report their first state.
    pub(super) reports: Queue<Report>,
    /// A permit for each worker once all have their state; closed where one has not.
    pub(super) start: Semaphore,
}

/// One worker's part.
pub(super) struct Worker<S, T, H> {
    pub(super) number: usize,
    pub(super) plan: Arc<Plan<S, T, H>>,
}

impl<S, T, H: Fn(&mut S, T)> Worker<S, T, H> {
    /// The thread, from beginning to end.
    pub(super) fn run(self) {
        if let Some(state) = self.prepare() {
            self.serve(state);
        }
        // The last one drops the handler.
        contain(|| drop(self));
    }

    /// Makes the first state and waits for the others to have theirs; `None` where the pool does
    /// not come about.
    fn prepare(&self) -> Option<S> {
        let Plan { start, reports, .. } = &*self.plan;
        let (state, made) = match self.make() {
            Ok(state) => (Some(state), Ok(())),
            Err(payload) => (None, Err(payload)),
        };
        let worker = self.number;
        // The queue is not closed.
        let _ = reports.push(Report { worker, made });
        match (start.acquire(), state) {
            (Ok(permit), Some(state)) => {
                permit.forget();
                Some(state)
            }
            (_, state) => {
                contain(|| drop(state));
                None
            }
        }
    }

    /// Handles items until the queue is closed and drained.
    fn serve(&self, state: S) {
        let plan = &*self.plan;
        let counter = plan.counts.of(self.number);
        let mut state = Some(state);
        while let Some(mine) = &mut state {
            let Ok(item) = plan.queue.pop_noting(|| counter.begin()) else {
                break;
            };
            match catch(|| (plan.handler)(mine, item)) {
                Ok(()) => counter.succeed(),
                Err(payload) => {
                    self.tell(payload);
                    counter.fail();
                    state = self.remake(state);
                }
            }
        }
        contain(|| drop(state));
    }

    fn make(&self) -> Result<S, PanicPayload> {
        catch(|| (self.plan.make)(self.number))
    }

    /// Tells the hook of a panic.
    #[cold]
    fn tell(&self, payload: PanicPayload) {
        if let Some(hook) = &self.plan.hook {
            contain(|| hook(&payload));
        }
        contain(|| drop(payload));
    }

    /// Replaces the state, which a panic may have left half-changed. Where that panics too, the
    /// worker retires, and the last to retire closes the queue: nobody would take what comes.
    #[cold]
    fn remake(&self, old: Option<S>) -> Option<S> {
        contain(|| drop(old));
        match self.make() {
            Ok(state) => Some(state),
            Err(payload) => {
                self.tell(payload);
                if self.plan.counts.retire() {
                    self.plan.queue.close();
                }
                None
            }
        }
    }
}
