//! What a piece of work costs: wall-clock time and CPU time.

use std::time::{Duration, Instant};

/// The cost of one measured call.
pub(crate) struct Cost {
    /// The time on the clock on the wall.
    pub(crate) wall: Duration,
    /// The CPU time of all threads together, where the system tells it.
    pub(crate) cpu: Option<Duration>,
}

/// Calls `work` and measures it.
pub(crate) fn measure<T>(work: impl FnOnce() -> T) -> (T, Cost) {
    let (start, cpu) = (Instant::now(), process_cpu_time());
    let result = work();
    let cpu = process_cpu_time()
        .zip(cpu)
        .map(|(end, start)| end.saturating_sub(start));
    (
        result,
        Cost {
            wall: start.elapsed(),
            cpu,
        },
    )
}

/// The CPU time that this process has used so far.
#[cfg(unix)]
fn process_cpu_time() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).ok()
}

/// Not known here.
#[cfg(not(unix))]
fn process_cpu_time() -> Option<Duration> {
    None
}
