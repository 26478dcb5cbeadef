//! What the operating system knows: CPU time, context switches, who else runs.

use std::fs;
use std::ops::{AddAssign, Sub};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::unistd::{SysconfVar, sysconf};

/// What this process, all its threads together, has used so far.
#[derive(Clone, Copy, Default)]
pub struct Usage {
    pub cpu: Duration,
    /// Context switches, voluntary and not.
    pub switches: u64,
}

impl Usage {
    pub fn now() -> Usage {
        let usage = getrusage(UsageWho::RUSAGE_SELF).expect("a process may ask for its own usage");
        let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
        let switches = usage.voluntary_context_switches() + usage.involuntary_context_switches();
        Usage {
            cpu: Duration::from_micros(micros as u64),
            switches: switches as u64,
        }
    }
}

impl Sub for Usage {
    type Output = Usage;

    fn sub(self, earlier: Usage) -> Usage {
        Usage {
            cpu: self.cpu.saturating_sub(earlier.cpu),
            switches: self.switches - earlier.switches,
        }
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, more: Usage) {
        self.cpu += more.cpu;
        self.switches += more.switches;
    }
}

/// Watches how much of the machine others use meanwhile.
pub struct Disturbance {
    start: Instant,
    own: Usage,
    /// `None` where the system does not say.
    machine: Option<Machine>,
}

impl Disturbance {
    /// The part of the machine from which on a measurement counts as disturbed.
    /// The system counts in ticks of 10 ms, so less would often be a false
    /// alarm.
    pub const TOO_MUCH: f64 = 0.2;

    pub fn start() -> Disturbance {
        Disturbance {
            machine: Machine::now(),
            start: Instant::now(),
            own: Usage::now(),
        }
    }

    /// The part of all cores' time that others used; 0 where that is unknown.
    pub fn end(self) -> f64 {
        let own = Usage::now() - self.own;
        let wall = self.start.elapsed();
        let (Some(before), Some(now)) = (self.machine, Machine::now()) else {
            return 0.0;
        };
        let busy = now.busy.saturating_sub(before.busy);
        let others = busy.saturating_sub(own.cpu);
        others.as_secs_f64() / (wall.as_secs_f64() * now.cores as f64)
    }
}

/// All cores together, as Linux counts them.
struct Machine {
    /// Time not idle since the start, the time stolen by the host included.
    busy: Duration,
    cores: usize,
}

impl Machine {
    fn now() -> Option<Machine> {
        let stat = fs::read_to_string("/proc/stat").ok()?;
        let mut lines = stat.lines().take_while(|line| line.starts_with("cpu"));
        let total = lines.next()?.split_whitespace().skip(1);
        let ticks: Vec<u64> = total.map(str::parse).collect::<Result<_, _>>().ok()?;
        let [user, nice, system, _idle, _iowait, irq, softirq, steal, ..] = ticks[..] else {
            return None;
        };
        let busy = user + nice + system + irq + softirq + steal;
        let ticks_per_second = sysconf(SysconfVar::CLK_TCK).ok()??;
        Some(Machine {
            busy: Duration::from_secs_f64(busy as f64 / ticks_per_second as f64),
            cores: lines.count(),
        })
    }
}

/// Binds the calling thread to the `index`-th core that the process may use, so
/// that two threads are surely on two cores. Does nothing where there are
/// fewer cores, or where the system has no such call.
#[cfg(target_os = "linux")]
pub fn pin(index: usize) {
    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::unistd::{Pid, getpid};

    let Ok(allowed) = sched_getaffinity(getpid()) else {
        return;
    };
    let cores = (0..CpuSet::count()).filter(|&core| allowed.is_set(core) == Ok(true));
    if let Some(core) = cores.into_iter().nth(index) {
        let mut one = CpuSet::new();
        one.set(core).expect("the core is in the set's range");
        let this_thread = Pid::from_raw(0);
        sched_setaffinity(this_thread, &one).expect("the process may use that core");
    }
}

#[cfg(not(target_os = "linux"))]
pub fn pin(_index: usize) {}
