//! An executor without threads, for tests.
//!
//! # State
//!
//! One queue for each thread that is in the middle of a job. A job that such a thread brings is
//! put there, and run when the job before it is done: so the stack does not grow with the number
//! of jobs, whatever they bring, and a task that always wakes itself does not recur.

use super::{Executor, Rejected};
use crate::future::Job;
use crate::sys::{
    Arc, Mutex,
    thread::{ThreadId, current_id},
};
use std::collections::VecDeque;
use std::fmt;

/// Runs every job in the thread that submits it, at once: the same thing happens every time.
///
/// For tests of what takes an [`Executor`]: in place of a pool. It submits as every executor does,
/// by [`ExecutorExt`](super::ExecutorExt). The clones of one are one and the same.
///
/// It behaves as a pool of one worker would that is the thread that submits. A job that is
/// submitted from outside is done when `submit` returns. One that is submitted *by a job* is run
/// when that one is done, in the order of submission, or earlier, if somebody waits for its result
/// (which runs it, as always). A spawned future is polled at once, and then by whoever wakes it,
/// in that thread.
///
/// *Panics* of a job go to its future. *Stack:* jobs that submit jobs do not nest; waiting for the
/// result inside a job does, as function calls do.
///
/// ```
/// use rungs::executor::{ExecutorExt, InlineExecutor};
/// use std::thread;
///
/// let inline = InlineExecutor::new();
/// let here = inline.submit(|| thread::current().id());
/// assert!(here.is_done());
/// assert_eq!(here.result().unwrap(), thread::current().id());
/// ```
#[doc(alias = "directExecutor")]
#[doc(alias = "SynchronousExecutor")]
#[derive(Clone, Default)]
pub struct InlineExecutor(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// Takes on no more.
    closed: bool,
    /// The threads that are in the middle of a job, and what they are to run after it.
    turns: Vec<(ThreadId, VecDeque<Job>)>,
}

impl State {
    /// What that thread is to run next, if it is in the middle of a job.
    fn turn(&mut self, thread: ThreadId) -> Option<&mut VecDeque<Job>> {
        let own = self.turns.iter_mut().find(|(other, _)| *other == thread);
        own.map(|(_, queue)| queue)
    }

    /// Takes the next job of that thread; where there is none, its turn is over.
    fn next(&mut self, thread: ThreadId) -> Option<Job> {
        let next = self.turn(thread)?.pop_front();
        if next.is_none() {
            self.turns.retain(|(other, _)| *other != thread);
        }
        next
    }
}

impl InlineExecutor {
    /// An executor of its own.
    ///
    /// ```
    /// use rungs::executor::{ExecutorExt, InlineExecutor};
    ///
    /// let inline = InlineExecutor::new();
    /// let nested = inline.clone();
    /// let outer = inline.submit(move || nested.submit(|| 7));
    /// assert_eq!(outer.result().unwrap().result().unwrap(), 7);
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on it rejects everything. What it has taken on is run; a spawned future that is
    /// suspended is cancelled when it is woken.
    ///
    /// ```
    /// use rungs::executor::{ExecutorExt, InlineExecutor};
    /// use rungs::future::TaskError;
    ///
    /// let inline = InlineExecutor::new();
    /// inline.shutdown();
    /// assert!(matches!(inline.submit(|| 7).result(), Err(TaskError::Rejected)));
    /// ```
    pub fn shutdown(&self) {
        self.0.lock().closed = true;
    }
}

impl Executor for InlineExecutor {
    fn execute_job(&self, mut job: Job) -> Result<(), Rejected<Job>> {
        let me = current_id();
        let mut state = self.0.lock();
        if state.closed {
            drop(state);
            return Err(Rejected(job));
        }
        if let Some(turn) = state.turn(me) {
            turn.push_back(job);
            return Ok(());
        }
        state.turns.push((me, VecDeque::new()));
        drop(state);
        loop {
            job.run();
            let next = self.0.lock().next(me);
            match next {
                Some(next) => job = next,
                None => return Ok(()),
            }
        }
    }
}

impl fmt::Debug for InlineExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InlineExecutor").finish_non_exhaustive()
    }
}
