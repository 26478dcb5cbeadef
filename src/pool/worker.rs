//! What a worker does in its thread.
//!
//! # Invariants
//!
//! 1. All code of users runs inside [`catch`] or [`contain`], so a worker ends only where it
//!    decides to.
//! 2. A worker that belongs to a launch reports to it exactly once.
//! 3. A worker is busy from before it looks for an item until it found none, and while it holds
//!    one; it is not while it sleeps with nothing in its hands.
//! 4. Where `next` gives nothing, the worker has left `active`, and the floor.
//! 5. When a thread has ended, nothing of the handler, the states or the hooks is left in it.

use super::card::Card;
use super::crew::{ELASTIC, PAUSED, Shared, Start, TIMED, TRIM, Verdict};
use super::error::StateError;
use super::launch::Launch;
use super::source::Source;
use crate::panic::{PanicPayload, catch, contain, discard};
use crate::queue::{PopError, TryPopError, WorkQueue};
use crate::sys::{self, Arc, thread, thread::JoinHandle};
use crate::wait::{block_on, block_until};
use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// Makes the state of a worker.
pub(super) type Make<S> = Arc<dyn Fn(usize) -> S + Send + Sync>;
/// Is told of what happens to a worker.
pub(super) type Hook<T> = Option<Arc<dyn Fn(&T) + Send + Sync>>;

/// What a pool is set up with, beside its states and its handler.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) name: Option<String>,
    pub(super) stack_size: Option<usize>,
    pub(super) on_start: Hook<usize>,
    pub(super) on_stop: Hook<usize>,
    pub(super) on_panic: Hook<PanicPayload>,
    pub(super) on_spawn_error: Hook<io::Error>,
    /// After how many items a worker is replaced; 0: never.
    pub(super) max_tasks: usize,
    /// After what time an idle worker ends that need not be.
    pub(super) keep_alive: Option<Duration>,
}

/// What all workers of a pool need.
pub(super) struct Plan<S, W: Source, H> {
    pub(super) shared: Arc<Shared<W::Queue>>,
    pub(super) source: W,
    pub(super) settings: Settings,
    pub(super) make: Make<S>,
    pub(super) handler: H,
}

impl<S, W, H> Start for Plan<S, W, H>
where
    S: 'static,
    W: Source,
    H: Fn(&mut S, W::Taken) + Send + Sync + 'static,
{
    fn start(
        self: Arc<Self>,
        card: Arc<Card>,
        launch: Option<Arc<Launch>>,
    ) -> io::Result<JoinHandle<()>> {
        let name = self.settings.name.as_deref().unwrap_or("rungs-worker");
        let name = format!("{name}-{}", card.number);
        let stack_size = self.settings.stack_size;
        let plan = self;
        let run = move || {
            let worker = Worker {
                plan,
                card,
                busy: Cell::new(false),
                fresh: Cell::new(false),
            };
            worker.run(launch);
        };
        thread::spawn(Some(name), stack_size, run)
    }
}

/// One worker's part.
struct Worker<S, W: Source, H> {
    plan: Arc<Plan<S, W, H>>,
    card: Arc<Card>,
    /// Whether it is counted on the floor.
    busy: Cell<bool>,
    /// Whether it has yet to see to it that somebody else is at the queue.
    fresh: Cell<bool>,
}

/// What came of a sleep.
enum Woken<T> {
    /// An item, or the end of them.
    Took(Result<T, PopError>),
    /// There may be new orders.
    Nudged,
}

impl<S, W: Source, H: Fn(&mut S, W::Taken)> Worker<S, W, H> {
    /// The thread, from beginning to end.
    fn run(self, launch: Option<Arc<Launch>>) {
        let number = self.card.number;
        self.call(&self.plan.settings.on_start, &number);
        if let Some(state) = self.prepare(launch) {
            self.serve(state);
        }
        self.call(&self.plan.settings.on_stop, &number);
        let shared = self.plan.shared.clone();
        let Self { plan, card, .. } = self;
        contain(|| drop(plan));
        shared.bow_out(&card);
    }

    /// Makes the first state; `None` where the worker is not to work, and has left.
    fn prepare(&self, launch: Option<Arc<Launch>>) -> Option<S> {
        let made = self.make();
        let Some(launch) = launch else {
            return made.map_err(|payload| self.fail(payload)).ok();
        };
        let (state, report) = match made {
            Ok(state) => (Some(state), Ok(())),
            Err(payload) => (None, Err(payload)),
        };
        let worker = self.card.number;
        let is_made = report.is_ok();
        launch.report(
            1,
            report.map_err(|payload| io::Error::other(StateError { worker, payload })),
        );
        let is_go = launch.is_go();
        if is_made && is_go {
            return state;
        }
        discard(state);
        if self.depart() && is_go {
            contain(|| self.plan.shared.queue.close());
        }
        None
    }

    /// Handles items until there are no more, or the worker is not needed any longer.
    fn serve(&self, mut state: S) {
        let Plan {
            shared, settings, ..
        } = &*self.plan;
        let mut handled = 0;
        self.enter();
        while let Some(taken) = self.next_or_fail() {
            match catch(|| (self.plan.handler)(&mut state, taken)) {
                Ok(()) => self.card.succeed(),
                Err(payload) => {
                    self.tell(payload);
                    self.card.fail();
                    match self.remake(state) {
                        Some(new) => state = new,
                        None => return,
                    }
                }
            }
            handled += 1;
            if handled == settings.max_tasks {
                handled = 0;
                match shared.replace(&self.card) {
                    Ok(()) => break,
                    Err(error) => self.call(&settings.on_spawn_error, &error),
                }
                match self.remake(state) {
                    Some(new) => state = new,
                    None => return,
                }
            }
        }
        discard(state);
    }

    /// The next item; `None` where the worker has left.
    #[inline]
    fn next_or_fail(&self) -> Option<W::Taken> {
        // A queue may call code of users: what compares its items.
        catch(|| self.next()).unwrap_or_else(|payload| {
            self.fail(payload);
            None
        })
    }

    /// The next item; `None` where the worker is to end.
    #[inline]
    fn next(&self) -> Option<W::Taken> {
        let shared = &*self.plan.shared;
        if shared.orders() & (PAUSED | TRIM) != 0 && !self.obey() {
            return None;
        }
        let taken = match self.plan.source.try_take() {
            Ok(taken) => taken,
            Err(_) => self.wait()?,
        };
        if self.fresh.take() {
            self.send_another();
        }
        if shared.orders() & (PAUSED | TIMED) != 0 {
            return self.admit(taken);
        }
        Some(taken)
    }

    /// Sends another worker to the queue, where this one was the last one there, and has an
    /// item now. Where that fails, it tries again with its next one.
    #[cold]
    fn send_another(&self) {
        let shared = &*self.plan.shared;
        if shared.orders() & ELASTIC != 0 {
            if let Err(error) = shared.grow() {
                self.fresh.set(true);
                self.call(&self.plan.settings.on_spawn_error, &error);
            }
        }
    }

    /// Waits for an item. A worker that has been idle for long, and has to stay because nobody
    /// else is at the queue, stays for good: whoever comes back to the queue may go instead.
    #[cold]
    fn wait(&self) -> Option<W::Taken> {
        let Plan {
            shared,
            source,
            settings,
            ..
        } = &*self.plan;
        let look = || match source.try_take() {
            Err(TryPopError::Empty) => None,
            taken => Some(taken),
        };
        let taken = match thread::spin_and_yield(look) {
            Some(Ok(taken)) => Ok(taken),
            Some(Err(_)) => Err(PopError),
            None => {
                let mut keep_alive = settings.keep_alive;
                loop {
                    let may_end = shared.orders() & ELASTIC != 0 && shared.has_spares();
                    let deadline = keep_alive.filter(|_| may_end).and_then(sys::deadline_after);
                    match block_until(self.sleep(), deadline) {
                        Some(Woken::Took(taken)) => break taken,
                        Some(Woken::Nudged) if self.obey() => {}
                        Some(Woken::Nudged) => return None,
                        None if shared.may_go(&self.card) => return None,
                        None => keep_alive = None,
                    }
                }
            }
        };
        let Ok(taken) = taken else {
            self.depart();
            return None;
        };
        Some(taken)
    }

    /// Does what the orders say; `false` where the worker is to end.
    #[cold]
    fn obey(&self) -> bool {
        loop {
            match self.plan.shared.look_at_orders(&self.card) {
                (true, _) => return false,
                (_, false) => return true,
                (_, true) => {}
            }
            self.leave();
            block_on(self.card.nudge.wait_async());
            self.enter();
        }
    }

    /// Lets an item begin, or holds it back until it may: an item that was taken while the pool
    /// was being paused.
    #[cold]
    fn admit(&self, taken: W::Taken) -> Option<W::Taken> {
        let shared = &*self.plan.shared;
        loop {
            match shared.judge() {
                Verdict::Begin => {
                    self.card.begin_item();
                    return Some(taken);
                }
                Verdict::Hold => block_on(self.card.nudge.wait_async()),
                Verdict::GiveBack => {
                    shared.give_back(W::untake(taken));
                    self.depart();
                    return None;
                }
            }
        }
    }

    /// Sleeps until there is an item, or an order. The worker is busy whenever it looks, and
    /// where this is ready; where this is dropped before that, it is not.
    async fn sleep(&self) -> Woken<W::Taken> {
        let mut take = pin!(self.plan.source.take());
        let mut nudge = pin!(self.card.nudge.wait_async());
        poll_fn(|cx| {
            if !self.busy.get() {
                self.enter();
            }
            if nudge.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Woken::Nudged);
            }
            if let Poll::Ready(taken) = take.as_mut().poll(cx) {
                return Poll::Ready(Woken::Took(taken));
            }
            self.leave();
            Poll::Pending
        })
        .await
    }
}

/// Coming and going.
impl<S, W: Source, H> Worker<S, W, H> {
    /// Is busy from now on.
    fn enter(&self) {
        self.card.begin();
        self.plan.shared.floor.enter();
        self.busy.set(true);
        self.fresh.set(true);
    }

    /// Is no longer busy.
    fn leave(&self) {
        self.busy.set(false);
        self.card.end();
        self.plan.shared.floor.leave();
    }

    /// Decides to end; `true` where it was the last.
    fn depart(&self) -> bool {
        let busy = self.busy.take();
        self.plan.shared.depart(&self.card, busy)
    }
}

/// States and hooks.
impl<S, W: Source, H> Worker<S, W, H> {
    fn make(&self) -> Result<S, PanicPayload> {
        catch(|| (self.plan.make)(self.card.number))
    }

    /// Replaces the state, which a panic may have left half-changed; `None` where that panics
    /// too, and the worker has left.
    #[cold]
    fn remake(&self, old: S) -> Option<S> {
        discard(old);
        self.make().map_err(|payload| self.fail(payload)).ok()
    }

    /// Ends a worker that has no state. The last one closes the queue: nobody would take what
    /// comes.
    #[cold]
    fn fail(&self, payload: PanicPayload) {
        self.tell(payload);
        if self.depart() {
            contain(|| self.plan.shared.queue.close());
        }
    }

    /// Tells the hook of a panic.
    #[cold]
    fn tell(&self, payload: PanicPayload) {
        if let Some(hook) = &self.plan.settings.on_panic {
            contain(|| hook(&payload));
        }
        discard(payload);
    }

    /// Calls a hook, and tells of its panic.
    fn call<T>(&self, hook: &Hook<T>, with: &T) {
        if let Some(hook) = hook {
            if let Err(payload) = catch(|| hook(with)) {
                self.tell(payload);
            }
        }
    }
}
