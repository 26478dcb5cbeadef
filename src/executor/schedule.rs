//! Jobs for later, and jobs again and again.
//!
//! Each is a spawned task that sleeps and then calls the closure. So it costs no thread while it
//! waits, the closure runs on a worker and never in the thread of the timer, and cancelling,
//! panics and the end of the pool are those of any spawned task. A schedule that repeats stays
//! only while the pool is open (`registry`).

use super::Handle;
use super::registry::Stay;
use crate::future::{TaskError, TaskFuture, yield_now};
use crate::sys::{
    self, Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
    clock,
    clock::Instant,
};
use crate::wait::Sleep;
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// When a job runs again: what [`schedule_every`](Handle::schedule_every) asks for.
///
/// ```
/// use rungs::executor::Every;
/// use std::time::Duration;
///
/// let tick = Duration::from_secs(1);
/// let at_once = Every::rate(tick).first_after(Duration::ZERO);
/// assert_ne!(at_once, Every::rate(tick));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Every {
    period: Duration,
    beat: Beat,
    /// Until the first run: the period, if not set.
    first: Option<Duration>,
}

/// What a period is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Beat {
    /// The first run was due; what was missed is left out.
    Rate,
    /// The first run was due; what was missed is made up for.
    Burst,
    /// The last run has ended.
    Delay,
}

impl Every {
    /// At a fixed rate: the first run is due after a `period`, and each `period` after that is
    /// another, however long the runs take.
    ///
    /// *No drift:* the due times are the first one and whole multiples of `period`, to the
    /// nanosecond; how late a run begins or ends does not move them.
    ///
    /// *Never a burst, never two at once:* where a run takes so long that others are missed,
    /// these are left out, and the next keeps to the grid.
    ///
    /// *Panics* where `period` is zero.
    ///
    /// ```
    /// use rungs::executor::Every;
    /// use std::{sync::mpsc, time::{Duration, Instant}};
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let (sender, receiver) = mpsc::channel();
    /// let began = Instant::now();
    /// let tick = Duration::from_millis(2);
    /// pool.schedule_every(Every::rate(tick), move || _ = sender.send(Instant::now()));
    /// for n in 1..=3 {
    ///     assert!(receiver.recv().unwrap() >= began + n * tick);
    /// }
    /// ```
    #[doc(alias = "scheduleAtFixedRate")]
    #[doc(alias = "Ticker")]
    pub fn rate(period: Duration) -> Self {
        Self::new(period, Beat::Rate)
    }

    /// At a fixed rate, as [`rate`](Self::rate), but runs that were missed are made up for, one
    /// right after the other: there are as many as there are periods, in the end.
    ///
    /// *Panics* where `period` is zero.
    ///
    /// ```
    /// use rungs::executor::Every;
    /// use std::{sync::mpsc, time::Duration};
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let (sender, receiver) = mpsc::channel();
    /// pool.schedule_every(Every::burst(Duration::from_millis(1)), move || {
    ///     _ = sender.send(());
    /// });
    /// assert_eq!(receiver.iter().take(3).count(), 3);
    /// ```
    pub fn burst(period: Duration) -> Self {
        Self::new(period, Beat::Burst)
    }

    /// With a fixed delay: each run begins a `period` after the one before has ended, and the
    /// first a `period` from now.
    ///
    /// *Panics* where `period` is zero.
    ///
    /// ```
    /// use rungs::executor::Every;
    /// use std::{sync::mpsc, time::Duration};
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let (sender, receiver) = mpsc::channel();
    /// let mut n = 0;
    /// pool.schedule_every(Every::delay(Duration::from_millis(1)), move || {
    ///     n += 1;
    ///     _ = sender.send(n);
    /// });
    /// assert!(receiver.iter().take(3).eq([1, 2, 3]));
    /// ```
    #[doc(alias = "scheduleWithFixedDelay")]
    pub fn delay(period: Duration) -> Self {
        Self::new(period, Beat::Delay)
    }

    /// When the first run is due, from now: after a period, if not set.
    ///
    /// ```
    /// use rungs::executor::Every;
    /// use std::{sync::mpsc, time::Duration};
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let (sender, receiver) = mpsc::channel();
    /// let hourly = Every::rate(Duration::from_secs(3600)).first_after(Duration::ZERO);
    /// pool.schedule_every(hourly, move || _ = sender.send(()));
    /// assert!(receiver.recv().is_ok());
    /// ```
    #[doc(alias = "initialDelay")]
    pub fn first_after(mut self, delay: Duration) -> Self {
        self.first = Some(delay);
        self
    }

    fn new(period: Duration, beat: Beat) -> Self {
        assert!(!period.is_zero(), "`period` is zero: it would never rest");
        Self {
            period,
            beat,
            first: None,
        }
    }

    /// How long it is until the first run is due.
    pub(crate) fn first_delay(self) -> Duration {
        self.first.unwrap_or(self.period)
    }

    /// When the run after the one that was due at `due`, and has ended `now`, is due; `None` is
    /// never.
    pub(crate) fn next(self, due: Instant, now: Instant) -> Option<Instant> {
        match self.beat {
            Beat::Delay => now.checked_add(self.period),
            Beat::Burst => due.checked_add(self.period),
            Beat::Rate => {
                let now = now.max(due);
                let late = (now - due).as_nanos() % self.period.as_nanos();
                now.checked_add(self.period - nanos(late))
            }
        }
    }
}

/// At a fixed [rate](Every::rate).
///
/// ```
/// use rungs::executor::Every;
/// use std::time::Duration;
///
/// let second = Duration::from_secs(1);
/// assert_eq!(Every::from(second), Every::rate(second));
/// ```
impl From<Duration> for Every {
    fn from(period: Duration) -> Self {
        Self::rate(period)
    }
}

/// A duration that fits.
fn nanos(nanos: u128) -> Duration {
    const SECOND: u128 = 1_000_000_000;
    Duration::new((nanos / SECOND) as u64, (nanos % SECOND) as u32)
}

/// What a schedule and its handle share.
#[derive(Debug)]
struct Plan {
    /// When the next run is due; `None` is never.
    due: Mutex<Option<Instant>>,
    /// How many have ended.
    runs: AtomicUsize,
}

impl Plan {
    fn new(due: Option<Instant>) -> Arc<Self> {
        Arc::new(Self {
            due: Mutex::new(due),
            runs: AtomicUsize::new(0),
        })
    }

    /// A run has ended, and this is when the next is due.
    fn ran(&self, next: Option<Instant>) {
        *self.due.lock() = next;
        // ORDERING: Relaxed, here and in `runs`: a count, which hands nothing over.
        self.runs.fetch_add(1, Ordering::Relaxed);
    }

    /// A task that calls the closure when it is due.
    async fn once<T>(self: Arc<Self>, due: Option<Instant>, f: impl FnOnce() -> T) -> T {
        Sleep::until(due).await;
        let result = f();
        self.ran(None);
        result
    }

    /// A task that calls the closure whenever it is due.
    async fn repeat(
        self: Arc<Self>,
        mut due: Option<Instant>,
        every: Every,
        mut f: impl FnMut(),
    ) -> Infallible {
        loop {
            Sleep::until(due).await;
            f();
            due = due.and_then(|due| every.next(due, clock::now()));
            self.ran(due);
            // Where the next is due already, others come first, and who cancels it.
            yield_now().await;
        }
    }
}

/// A job for later, or a job again and again: what [`Handle::schedule_after`],
/// [`schedule_at`](Handle::schedule_at) and
/// [`schedule_every`](Handle::schedule_every) give.
///
/// It waits for the result as a [`TaskFuture`] does, by blocking or by `.await`. A schedule that
/// repeats has none but an error: it was cancelled, or it panicked.
///
/// *Dropping* it detaches the job, which runs all the same.
///
/// ```
/// use std::time::Duration;
///
/// let pool = rungs::executor::ThreadPoolExecutor::new(1);
/// let soon = pool.schedule_after(Duration::from_millis(1), || 7);
/// assert_eq!(soon.result().unwrap(), 7);
/// ```
#[doc(alias = "ScheduledFuture")]
#[doc(alias = "Timer")]
pub struct Scheduled<T> {
    task: TaskFuture<T>,
    plan: Arc<Plan>,
}

impl<T> Scheduled<T> {
    /// Waits for the result; the thread sleeps, or runs the job itself if it is due and nobody has
    /// begun.
    ///
    /// *Errors:* [`TaskError`]: it panicked, was cancelled, or was rejected.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let soon = pool.schedule_after(Duration::from_millis(1), || 7);
    /// assert_eq!(soon.result().unwrap(), 7);
    /// ```
    pub fn result(self) -> Result<T, TaskError> {
        self.task.result()
    }

    /// Does not wait: the result, or this back where it is not there yet.
    ///
    /// *Errors* inside: as [`result`](Self::result).
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let late = pool.schedule_after(Duration::from_secs(3600), || 7);
    /// assert!(late.try_result().unwrap_err().cancel());
    /// ```
    pub fn try_result(self) -> Result<Result<T, TaskError>, Self> {
        let Self { task, plan } = self;
        task.try_result().map_err(|task| Self { task, plan })
    }

    /// Waits for the result, or gives this back after `timeout`; `Duration::MAX` never does.
    ///
    /// *Errors* inside: as [`result`](Self::result).
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let late = pool.schedule_after(Duration::from_secs(3600), || 7);
    /// let late = late.result_timeout(Duration::from_millis(1)).unwrap_err();
    /// assert!(late.cancel());
    /// ```
    pub fn result_timeout(self, timeout: Duration) -> Result<Result<T, TaskError>, Self> {
        let Self { task, plan } = self;
        task.result_timeout(timeout)
            .map_err(|task| Self { task, plan })
    }

    /// Waits for the result, or gives this back at `deadline`.
    ///
    /// *Errors* inside: as [`result`](Self::result).
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let hour = Duration::from_secs(3600);
    /// let soon = pool.schedule_after(Duration::from_millis(1), || 7);
    /// assert_eq!(soon.result_deadline(Instant::now() + hour).unwrap().unwrap(), 7);
    /// ```
    pub fn result_deadline(self, deadline: Instant) -> Result<Result<T, TaskError>, Self> {
        let Self { task, plan } = self;
        task.result_deadline(deadline)
            .map_err(|task| Self { task, plan })
    }

    /// Cancels what is to come; whether that is sure now. It is not, where a run is under way:
    /// this one ends, and none comes after it.
    ///
    /// *Blocking:* never.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let late = pool.schedule_after(Duration::from_secs(3600), || unreachable!());
    /// assert!(late.cancel() && late.is_cancelled());
    /// ```
    pub fn cancel(&self) -> bool {
        self.task.cancel()
    }

    /// Whether there is no run to come and none under way: done, cancelled, or ended by a panic.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// assert!(!pool.schedule_after(Duration::from_secs(3600), || 7).is_done());
    /// # pool.shutdown(rungs::executor::Shutdown::CancelPending);
    /// ```
    pub fn is_done(&self) -> bool {
        self.task.is_done()
    }

    /// Whether it was cancelled.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let late = pool.schedule_after(Duration::from_secs(3600), || 7);
    /// assert!(!late.is_cancelled());
    /// # late.cancel();
    /// ```
    pub fn is_cancelled(&self) -> bool {
        self.task.is_cancelled()
    }

    /// How long it is until the next run: zero where it is due, or under way; `None` where there
    /// is none to come, ever.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let hour = Duration::from_secs(3600);
    /// let late = pool.schedule_after(hour, || 7);
    /// assert!(late.time_left().unwrap() <= hour);
    /// late.cancel();
    /// assert_eq!(late.time_left(), None);
    /// assert_eq!(pool.schedule_after(Duration::MAX, || 7).time_left(), None);
    /// ```
    #[doc(alias = "getDelay")]
    pub fn time_left(&self) -> Option<Duration> {
        if self.is_done() {
            return None;
        }
        let due = *self.plan.due.lock();
        due.map(|due| due.saturating_duration_since(clock::now()))
    }

    /// How many runs have ended well.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let late = pool.schedule_after(Duration::from_secs(3600), || 7);
    /// assert_eq!(late.runs(), 0);
    /// # late.cancel();
    /// ```
    pub fn runs(&self) -> usize {
        // ORDERING: as in `ran`.
        self.plan.runs.load(Ordering::Relaxed)
    }

    /// The future alone, for what takes one.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let mut soon = pool.schedule_after(Duration::from_millis(1), || 7).into_task();
    /// soon.wait();
    /// assert!(soon.is_done());
    /// ```
    pub fn into_task(self) -> TaskFuture<T> {
        self.task
    }
}

/// Awaiting gives the result.
///
/// *Cancel safety:* dropped, the job is detached and runs when it is due.
impl<T> Future for Scheduled<T> {
    type Output = Result<T, TaskError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.task).poll(cx)
    }
}

impl<T> fmt::Debug for Scheduled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheduled")
            .field("time_left", &self.time_left())
            .field("runs", &self.runs())
            .field("done", &self.is_done())
            .finish()
    }
}

impl Handle {
    /// Submits a closure, to be run by a worker after `delay`, or as soon after that as one is
    /// free; `Duration::MAX` is never.
    ///
    /// *Blocking:* never. *Cost:* no thread waits for it. All schedules of the process share one
    /// timer; to set and to cancel one costs the same however many there are, but for those due within
    /// a millisecond (a logarithm).
    ///
    /// *Shutdown:* [`Shutdown::Wait`](super::Shutdown::Wait) waits until it is due and has run,
    /// as Java does by default; [`Shutdown::CancelPending`](super::Shutdown::CancelPending)
    /// cancels it. A pool that is shut down rejects it, as in [`submit`](Self::submit).
    ///
    /// *Errors* in its result also where the system has no thread for the timer:
    /// [`TaskError::Panicked`].
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let (began, delay) = (Instant::now(), Duration::from_millis(2));
    /// let ran = pool.schedule_after(delay, Instant::now);
    /// assert!(ran.result().unwrap() >= began + delay);
    /// ```
    #[doc(alias = "call_later")]
    #[doc(alias = "AfterFunc")]
    pub fn schedule_after<F, T>(&self, delay: Duration, f: F) -> Scheduled<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.schedule(sys::deadline_after(delay), f)
    }

    /// Submits a closure, to be run by a worker at `instant`, or as soon after that as one is
    /// free; as [`schedule_after`](Self::schedule_after).
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let now = Instant::now();
    /// assert_eq!(pool.schedule_at(now, || 7).result().unwrap(), 7);
    /// ```
    #[doc(alias = "call_at")]
    pub fn schedule_at<F, T>(&self, instant: Instant, f: F) -> Scheduled<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.schedule(Some(instant), f)
    }

    /// Submits a closure, to be run by a worker again and again: at a fixed
    /// [rate](Every::rate) or with a fixed [delay](Every::delay). Never twice at once.
    ///
    /// *Panics* of the closure end the schedule, and are its result.
    ///
    /// *Blocking, cost:* as in [`schedule_after`](Self::schedule_after).
    ///
    /// *Shutdown* of either kind cancels it; a run that is under way ends.
    ///
    /// ```
    /// use rungs::executor::Every;
    /// use rungs::future::TaskError;
    /// use std::time::Duration;
    ///
    /// let pool = rungs::executor::ThreadPoolExecutor::new(1);
    /// let mut left = 3;
    /// let countdown = pool.schedule_every(Every::rate(Duration::from_millis(1)), move || {
    ///     left -= 1;
    ///     assert!(left > 0, "lift off");
    /// });
    /// match countdown.result() {
    ///     Err(TaskError::Panicked(payload)) => assert_eq!(payload.message(), "lift off"),
    ///     _ => unreachable!(),
    /// }
    /// ```
    #[doc(alias = "setInterval")]
    #[doc(alias = "scheduleAtFixedRate")]
    pub fn schedule_every<F>(&self, every: Every, f: F) -> Scheduled<Infallible>
    where
        F: FnMut() + Send + 'static,
    {
        let due = sys::deadline_after(every.first_delay());
        let plan = Plan::new(due);
        let repeat = plan.clone().repeat(due, every, f);
        let task = self.spawn_to_stay(repeat, Stay::WhileOpen);
        Scheduled { task, plan }
    }

    fn schedule<F, T>(&self, due: Option<Instant>, f: F) -> Scheduled<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let plan = Plan::new(due);
        let task = self.spawn(plan.clone().once(due, f));
        Scheduled { task, plan }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_rate_keeps_to_its_grid_and_a_delay_does_not() {
        let start = Instant::now();
        let at = |seconds: u32| start + SECOND * seconds;
        let late = Duration::from_nanos(1);
        let next = |every: Every, now| every.next(at(0), now).unwrap();
        let [rate, burst, delay] = [Every::rate, Every::burst, Every::delay].map(|of| of(SECOND));
        // In time, late, so late that others were missed; just at the time of another.
        assert_eq!(next(rate, at(0)), at(1));
        assert_eq!(next(rate, at(1) - late), at(1));
        assert_eq!(next(rate, at(1)), at(2));
        assert_eq!(next(rate, at(7) + late), at(8));
        assert_eq!(next(burst, at(7) + late), at(1));
        assert_eq!(next(delay, at(7) + late), at(8) + late);
    }

    #[test]
    fn a_rate_does_not_drift() {
        let start = Instant::now();
        let period = Duration::from_nanos(333_333_333);
        let rate = Every::rate(period);
        let due = (0..1_000_000_u32).fold(start, |due, n| {
            rate.next(due, due + Duration::from_nanos(u64::from(n) % 333_333_333))
                .unwrap()
        });
        assert_eq!(due, start + period * 1_000_000);
    }

    #[test]
    fn a_period_beyond_the_end_of_time_is_never() {
        let now = Instant::now();
        for every in [Every::rate, Every::burst, Every::delay] {
            assert_eq!(every(Duration::MAX).next(now, now + SECOND), None);
        }
    }
}
