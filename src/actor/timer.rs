//! Timers: what an actor does later, or again and again.
//!
//! A timer is a task [beside](super::beside) its actor that sleeps, sends, and waits until that was
//! handled, so there is never more than one run of it under way. It costs no thread. What it sends
//! does not wait behind messages.

use super::beside::{Hold, Way};
use super::context::Context;
use super::handler::Receive;
use crate::executor::Every;
use std::fmt;
use std::time::Duration;

/// Something that an actor does later, or again and again: what [`Context::after`] and
/// [`Context::every`] give.
///
/// It ends with its actor. *Dropping* it detaches it: it goes on, and cannot be cancelled any more
/// by itself.
///
/// ```
/// use rungs::actor::{Actor, Context, Probe, Recipient, Timer};
/// use std::time::Duration;
///
/// struct Watchdog { bark: Recipient<&'static str>, timer: Option<Timer> }
///
/// impl Actor for Watchdog {
///     fn started(&mut self, cx: &mut Context<Self>) {
///         let bark = |me: &mut Self, _: &mut Context<Self>| me.bark.tell("woof").unwrap();
///         self.timer = Some(cx.after(Duration::from_millis(1), bark));
///     }
/// }
///
/// let probe = Probe::new();
/// let dog = Watchdog { bark: probe.recipient(), timer: None }.start();
/// assert_eq!(probe.receive(), "woof");
/// # drop(dog);
/// ```
#[doc(alias = "TimerHandle")]
#[doc(alias = "Cancellable")]
pub struct Timer(Hold);

impl Timer {
    /// Cancels what is to come. A run that is under way ends, and none begins after this; where
    /// the actor itself cancels, that is sure.
    ///
    /// *Blocking:* never.
    ///
    /// ```
    /// # use rungs::actor::{Actor, Context};
    /// use std::time::Duration;
    ///
    /// struct Calm;
    /// impl Actor for Calm {
    ///     fn started(&mut self, cx: &mut Context<Self>) {
    ///         let timer = cx.after(Duration::ZERO, |_, _| unreachable!());
    ///         timer.cancel();
    ///         assert!(timer.is_done());
    ///     }
    /// }
    /// assert!(Calm.start().call(|_| ()).wait().is_ok());
    /// ```
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// Whether there is no run to come and none under way: it has run, was cancelled, or its
    /// actor has ended.
    ///
    /// ```
    /// # use rungs::actor::{Actor, Context, Timer};
    /// use std::time::Duration;
    ///
    /// struct Hour(Option<Timer>);
    /// impl Actor for Hour {
    ///     fn started(&mut self, cx: &mut Context<Self>) {
    ///         self.0 = Some(cx.after(Duration::from_secs(3600), |_, _| ()));
    ///     }
    /// }
    /// let hour = Hour(None).start();
    /// let timer = hour.call(|hour| hour.0.take()).wait().unwrap().unwrap();
    /// assert!(!timer.is_done());
    /// hour.stop();
    /// hour.join();
    /// assert!(timer.is_done());
    /// ```
    pub fn is_done(&self) -> bool {
        self.0.is_done()
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer")
            .field("done", &self.is_done())
            .finish_non_exhaustive()
    }
}

/// Timers.
///
/// What a timer brings does not wait behind messages, however many there are; it waits only for the
/// message that is being handled, and for those of its kind that came before. A timer ends with its
/// actor: a stop does not wait until it is due. It keeps the actor from nothing, so one whose last
/// address is dropped stops, whatever timers it has.
///
/// *Cost:* no thread; two or three allocations to set one, and two for each run. All timers of the
/// process share one sleeping thread; to set and to cancel one costs
/// the same however many there are, but for those due within a millisecond (a logarithm).
impl<A: 'static> Context<A> {
    /// Runs `f` on the actor after `delay`; `Duration::MAX` is never.
    ///
    /// After [`Duration::ZERO`] it runs when this message is over, before those that wait.
    ///
    /// A panic ends the actor, as that of a message does.
    ///
    /// *Panics* in the actor where the system starts no thread for the timers of the process.
    ///
    /// ```
    /// use rungs::actor::{Actor, Context, StopReason};
    /// use std::time::Duration;
    ///
    /// struct Brief;
    ///
    /// impl Actor for Brief {
    ///     fn started(&mut self, cx: &mut Context<Self>) {
    ///         cx.after(Duration::from_millis(1), |_, cx| cx.stop());
    ///     }
    /// }
    ///
    /// assert_eq!(Brief.start().join(), StopReason::Stopped);
    /// ```
    #[doc(alias = "run_later")]
    #[doc(alias = "schedule_once")]
    #[doc(alias = "AfterFunc")]
    pub fn after<F>(&self, delay: Duration, f: F) -> Timer
    where
        F: FnOnce(&mut A, &mut Self) + Send + 'static,
    {
        let due = self.due_after(delay);
        Timer(self.begin_beside(Way::ByTheWay, |reach| async move {
            if reach.sleep_until(due).await {
                reach.urge(f).await;
            }
        }))
    }

    /// Runs `f` on the actor again and again, at a fixed [rate](Every::rate) or with a fixed
    /// [delay](Every::delay). The next run is due only when the last is over; `every` says
    /// what becomes of those that are missed meanwhile.
    ///
    /// A panic ends the actor, as that of a message does.
    ///
    /// ```
    /// use rungs::actor::{Actor, Context, StopReason};
    /// use rungs::executor::Every;
    /// use std::time::Duration;
    ///
    /// struct Countdown(u32);
    ///
    /// impl Actor for Countdown {
    ///     fn started(&mut self, cx: &mut Context<Self>) {
    ///         cx.every(Every::rate(Duration::from_millis(1)), |me, cx| {
    ///             me.0 -= 1;
    ///             if me.0 == 0 {
    ///                 cx.stop();
    ///             }
    ///         });
    ///     }
    /// }
    ///
    /// assert_eq!(Countdown(3).start().join(), StopReason::Stopped);
    /// ```
    #[doc(alias = "run_interval")]
    #[doc(alias = "schedule_repeatedly")]
    #[doc(alias = "Ticker")]
    pub fn every<F>(&self, every: Every, f: F) -> Timer
    where
        F: FnMut(&mut A, &mut Self) + Send + 'static,
    {
        let first = self.due_after(every.first_delay());
        Timer(self.begin_beside(Way::ByTheWay, |reach| async move {
            let (mut due, mut f) = (first, f);
            while reach.sleep_until(due).await {
                let step = move |state: &mut A, cx: &mut Self| {
                    f(state, cx);
                    f
                };
                match reach.urge(step).await {
                    Some(again) => f = again,
                    None => return,
                }
                due = due.and_then(|due| every.next(due, reach.now()));
            }
        }))
    }

    /// Has the actor handle `message` after `delay`; `Duration::MAX` is never.
    ///
    /// ```
    /// # use rungs::actor::{Actor, Context, Handler, StopReason};
    /// # use std::time::Duration;
    /// struct Brief;
    /// struct Enough;
    ///
    /// impl Actor for Brief {
    ///     fn started(&mut self, cx: &mut Context<Self>) {
    ///         cx.tell_after(Duration::from_millis(1), Enough);
    ///     }
    /// }
    /// impl Handler<Enough> for Brief {
    ///     type Reply = ();
    ///     fn handle(&mut self, _: Enough, cx: &mut Context<Self>) { cx.stop() }
    /// }
    ///
    /// assert_eq!(Brief.start().join(), StopReason::Stopped);
    /// ```
    #[doc(alias = "notify_later")]
    #[doc(alias = "send_after")]
    pub fn tell_after<M, K>(&self, delay: Duration, message: M) -> Timer
    where
        A: Receive<M, K>,
        M: Send + 'static,
        K: 'static,
    {
        let due = self.due_after(delay);
        Timer(self.begin_beside(Way::ByTheWay, |reach| async move {
            if reach.sleep_until(due).await {
                reach.tell_urgent(message, |_| ()).await;
            }
        }))
    }

    /// Has the actor handle a copy of `message` again and again: as [`every`](Self::every). An
    /// [`AsyncHandler`](super::AsyncHandler) that is not done holds up the next.
    ///
    /// The actor makes each copy itself, of the one that it is about to handle; a panic of `clone`
    /// ends it.
    ///
    /// ```
    /// # use rungs::actor::{Actor, Context, Handler, StopReason};
    /// use rungs::executor::Every;
    /// use std::time::Duration;
    ///
    /// struct Countdown(u32);
    /// #[derive(Clone)]
    /// struct Tick;
    ///
    /// impl Actor for Countdown {
    ///     fn started(&mut self, cx: &mut Context<Self>) {
    ///         cx.tell_every(Every::delay(Duration::from_millis(1)), Tick);
    ///     }
    /// }
    /// impl Handler<Tick> for Countdown {
    ///     type Reply = ();
    ///     fn handle(&mut self, _: Tick, cx: &mut Context<Self>) {
    ///         self.0 -= 1;
    ///         if self.0 == 0 {
    ///             cx.stop();
    ///         }
    ///     }
    /// }
    ///
    /// assert_eq!(Countdown(3).start().join(), StopReason::Stopped);
    /// ```
    #[doc(alias = "startTimerAtFixedRate")]
    #[doc(alias = "send_interval")]
    pub fn tell_every<M, K>(&self, every: Every, message: M) -> Timer
    where
        A: Receive<M, K>,
        M: Clone + Send + 'static,
        K: 'static,
    {
        let first = self.due_after(every.first_delay());
        Timer(self.begin_beside(Way::ByTheWay, |reach| async move {
            let (mut due, mut message) = (first, message);
            while reach.sleep_until(due).await {
                match reach.tell_urgent(message, M::clone).await {
                    Some(copy) => message = copy,
                    None => return,
                }
                due = due.and_then(|due| every.next(due, reach.now()));
            }
        }))
    }
}
