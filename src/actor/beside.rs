//! What runs beside an actor and ends with it: timers, futures, streams.
//!
//! Each is a spawned task. It never touches the object: it sends, and waits until that was handled,
//! before it goes on. A timer, which runs no code of users, is polled in whatever thread wakes it;
//! anything else on the actor's executor, or, where the actor has a thread of its own, on that of
//! the process.
//!
//! # Invariants
//!
//! 1. The actor's registry knows each of them that is not done. The last turn closes that, and
//!    evicts them: a task that is suspended is dropped there and then, with its alarm; one that is
//!    being polled, when that poll is over.
//! 2. What was cancelled is not run, although it may have been sent: it looks, in the turn, whether
//!    it is [`Wanted`]. Nor is a step run on another object than the one that it was begun for.

use super::answer::Ticket;
use super::cell::ActorCell;
use super::context::{Context, Life};
use super::handler::Receive;
use super::message::{Delivery, Errand, respond};
use super::reply::Reply;
use crate::PanicPayload;
use crate::executor::Stay;
use crate::future::{Home, Job, SpawnedTask, TaskFuture, run_by_the_way};
use crate::panic::{catch, discard, fail_with};
use crate::sys::{
    Arc,
    atomic::{AtomicUsize, Ordering},
    clock,
    clock::Instant,
};
use crate::wait::Sleep;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::pin;
use std::task::{self, Poll};
use std::time::Duration;

/// Whether what runs beside an actor was not cancelled.
#[derive(Clone, Debug)]
pub(super) struct Wanted(Arc<AtomicUsize>);

impl Wanted {
    fn new() -> Self {
        Self(Arc::new(AtomicUsize::new(1)))
    }

    pub(super) fn get(&self) -> bool {
        // ORDERING: Relaxed, here and in `revoke`: it hands nothing over. A turn that comes after
        // the one that cancelled reads what that wrote. Model:
        // `a_timer_that_was_cancelled_in_a_turn_does_not_run_in_a_later_one`.
        self.0.load(Ordering::Relaxed) == 1
    }

    fn revoke(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// A hold on what runs beside an actor.
#[derive(Debug)]
pub(super) struct Hold {
    wanted: Wanted,
    task: TaskFuture<()>,
}

impl Hold {
    pub(super) fn cancel(&self) {
        self.wanted.revoke();
        self.task.cancel();
    }

    pub(super) fn is_done(&self) -> bool {
        !self.wanted.get() || self.task.is_done()
    }
}

/// Where a task is polled.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    /// In the thread that wakes it: it runs no code of users.
    ByTheWay,
    /// On an executor.
    Executor,
}

/// Where a task lives.
struct Annex<A: 'static> {
    cell: Arc<ActorCell<A>>,
    way: Way,
}

impl<A: 'static> Home for Annex<A> {
    fn schedule(&self, job: Job) {
        match self.way {
            Way::ByTheWay => run_by_the_way(job),
            Way::Executor => self.cell.run_beside(job),
        }
    }

    fn finished(&self, key: usize) {
        // The actor's end does not wait for the last.
        let _is_last = self.cell.beside().remove(key);
    }
}

/// What a task has of its actor.
pub(super) struct Reach<A: 'static> {
    cell: Arc<ActorCell<A>>,
    wanted: Wanted,
    /// For which object.
    life: Life,
}

impl<A: 'static> Context<A> {
    /// When so much time will be over, for a timer; `None` is never.
    pub(super) fn due_after(&self, delay: Duration) -> Option<Instant> {
        now(&self.cell()).checked_add(delay)
    }

    /// Starts a task beside the actor.
    pub(super) fn begin_beside<F>(&self, way: Way, make: impl FnOnce(Reach<A>) -> F) -> Hold
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (cell, wanted) = (self.cell(), Wanted::new());
        let future = make(Reach {
            cell: cell.clone(),
            wanted: wanted.clone(),
            life: self.life(),
        });
        let task = SpawnedTask::new(
            future,
            Annex {
                cell: cell.clone(),
                way,
            },
        );
        if cell.beside().insert(&task, false, Stay::WhileOpen) {
            task.clone().schedule();
        } else {
            task.reject();
        }
        let task = TaskFuture::new(task);
        Hold { wanted, task }
    }
}

impl<A: 'static> Reach<A> {
    /// Has the actor do `step`, before the messages that wait. Ready when it has; `None` where it
    /// will not.
    pub(super) async fn urge<F, R>(&self, step: F) -> Option<R>
    where
        F: FnOnce(&mut A, &mut Context<A>) -> R + Send + 'static,
        R: Send + 'static,
    {
        let (ticket, answer) = Ticket::new();
        let reply = Reply::new(answer, self.cell.id());
        let (wanted, life) = (self.wanted.clone(), self.life);
        let errand =
            move |state: &mut A, cx: &mut Context<A>| match wanted.get() && cx.life() == life {
                true => respond(ticket, catch(|| step(state, cx))),
                false => discard(step),
            };
        discard(self.cell.send_urgent(Box::new(Errand(errand))));
        reply.await.ok()
    }

    /// Has the actor handle a message, before those that wait. Ready when it has, with what it kept
    /// of it; `None` where it will not.
    pub(super) async fn tell_urgent<M, K, R>(&self, message: M, keep: fn(&M) -> R) -> Option<R>
    where
        A: Receive<M, K>,
        M: Send + 'static,
        K: 'static,
        R: Send + 'static,
    {
        let (delivery, reply) = self.delivery::<M, K, R>(message, keep, Some(self.life));
        discard(self.cell.send_urgent(Box::new(delivery)));
        reply.await.ok()
    }

    /// The time that timers go by.
    pub(super) fn now(&self) -> Instant {
        now(&self.cell)
    }

    /// Sleeps until then; `None` is never. `false` where the system has no thread for that: then
    /// the actor ends.
    pub(super) async fn sleep_until(&self, due: Option<Instant>) -> bool {
        let slept = match self.cell.clock() {
            None => caught(Sleep::until(due)).await,
            Some(clock) => caught(clock.sleep_until(due)).await,
        };
        match slept {
            Ok(()) => true,
            Err(payload) => {
                self.fail(payload).await;
                false
            }
        }
    }

    /// Ends the actor, as the panic of a message does.
    pub(super) async fn fail(&self, payload: PanicPayload) {
        let message = payload.into_message();
        self.urge(|_, _| -> () { fail_with(message) }).await;
    }

    /// Has the actor handle a message, behind those that wait, once there is room for it. Ready when
    /// it has, or has dropped it; `false` where it takes no more.
    pub(super) async fn tell<M, K>(&self, message: M) -> bool
    where
        A: Receive<M, K>,
        M: Send + 'static,
        K: 'static,
    {
        let (delivery, reply) = self.delivery::<M, K, ()>(message, |_| (), None);
        discard(self.cell.send_async(delivery).await);
        reply.await.is_ok() || !self.cell.is_closed()
    }

    /// A message for the actor, or for one object of it, and what says that it was handled.
    fn delivery<M, K, R>(
        &self,
        message: M,
        keep: fn(&M) -> R,
        life: Option<Life>,
    ) -> (Delivery<M, K, R>, Reply<R>) {
        let (ticket, answer) = Ticket::new();
        let delivery = Delivery {
            message,
            keep,
            ticket,
            wanted: self.wanted.clone(),
            life,
            kind: PhantomData,
        };
        (delivery, Reply::new(answer, self.cell.id()))
    }
}

/// The time that an actor's timers go by.
fn now<A: 'static>(cell: &ActorCell<A>) -> Instant {
    match cell.clock() {
        None => clock::now(),
        Some(clock) => clock.now(),
    }
}

/// What comes of a future, or its panic.
pub(super) async fn caught<F: Future>(future: F) -> Result<F::Output, PanicPayload> {
    let mut future = pin!(future);
    let poll = |cx: &mut task::Context<'_>| match catch(|| future.as_mut().poll(cx)) {
        Ok(polled) => polled.map(Ok),
        Err(payload) => Poll::Ready(Err(payload)),
    };
    poll_fn(poll).await
}
