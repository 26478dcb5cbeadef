//! The measuring: contestants in turn, lengths calibrated, medians taken.
//!
//! A *case* has several contestants. A contestant's run is given a number of
//! operations and a [`Clock`]; it sets up what it needs, hands the clock the
//! part that counts, and then checks that the work was done. A run that did the
//! wrong work panics, which ends the program.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use crate::machine::{Disturbance, Usage};

/// What a contestant stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Ours.
    Rungs,
    /// What we are compared with.
    Peer,
    /// Nobody's product: what the machine allows, or the work alone.
    Bound,
}

type Run = Box<dyn FnMut(u64, &mut Clock)>;

/// One way of doing a case's work.
pub struct Contestant {
    pub name: &'static str,
    pub kind: Kind,
    run: Run,
}

/// The same work, done by several contestants.
pub struct Case {
    pub name: String,
    /// What one operation is.
    pub unit: &'static str,
    /// Runs have a multiple of this many operations.
    batch: u64,
    pub contestants: Vec<Contestant>,
}

impl Case {
    pub fn new(name: impl Into<String>, unit: &'static str) -> Case {
        Case {
            name: name.into(),
            unit,
            batch: 1,
            contestants: Vec::new(),
        }
    }

    /// Makes every run a multiple of `operations` long.
    pub fn batch(mut self, operations: u64) -> Case {
        self.batch = operations;
        self
    }

    pub fn rungs(self, name: &'static str, run: impl FnMut(u64, &mut Clock) + 'static) -> Case {
        self.contestant(Kind::Rungs, name, run)
    }

    pub fn peer(self, name: &'static str, run: impl FnMut(u64, &mut Clock) + 'static) -> Case {
        self.contestant(Kind::Peer, name, run)
    }

    pub fn bound(self, name: &'static str, run: impl FnMut(u64, &mut Clock) + 'static) -> Case {
        self.contestant(Kind::Bound, name, run)
    }

    pub fn contestant(
        mut self,
        kind: Kind,
        name: &'static str,
        run: impl FnMut(u64, &mut Clock) + 'static,
    ) -> Case {
        self.contestants.push(Contestant {
            name,
            kind,
            run: Box::new(run),
        });
        self
    }
}

/// The stopwatch a run is handed: only what it brackets counts.
#[derive(Default)]
pub struct Clock {
    wall: Duration,
    usage: Usage,
}

impl Clock {
    /// Times `work`. Several calls in one run add up.
    pub fn time<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let usage = Usage::now();
        let start = Instant::now();
        let result = work();
        self.wall += start.elapsed();
        self.usage += Usage::now() - usage;
        result
    }

    /// Counts the processor time of `work`, of all threads together, in place of the time that
    /// passes.
    pub fn count<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let usage = Usage::now();
        let result = work();
        let used = Usage::now() - usage;
        self.wall += used.cpu;
        self.usage += used;
        result
    }

    /// Times `bodies`, each on a thread of its own, from a common start until
    /// the last has ended; the threads are up before the clock is.
    pub fn time_threads<R: Send>(&mut self, bodies: Vec<Body<'_, R>>) -> Vec<R> {
        let ready = Barrier::new(bodies.len() + 1);
        let start = Barrier::new(bodies.len() + 1);
        thread::scope(|scope| {
            let threads: Vec<_> = bodies
                .into_iter()
                .map(|body| {
                    scope.spawn(|| {
                        ready.wait();
                        start.wait();
                        body()
                    })
                })
                .collect();
            ready.wait();
            self.time(|| {
                start.wait();
                threads
                    .into_iter()
                    .map(|thread| thread.join().expect("a contestant's thread panicked"))
                    .collect()
            })
        })
    }
}

/// What one of several threads does.
pub type Body<'a, R> = Box<dyn FnOnce() -> R + Send + 'a>;

/// How long and how often to measure.
#[derive(Clone, Copy)]
pub struct Plan {
    pub rounds: usize,
    pub millis: u64,
}

impl Plan {
    /// How long a measurement is to take, about.
    fn nanos(self) -> f64 {
        Duration::from_millis(self.millis).as_nanos() as f64
    }
}

/// How often a measurement disturbed by other processes is made again.
const RETRIES: usize = 1;

/// One measurement, per operation.
#[derive(Clone, Copy)]
pub struct Sample {
    pub wall_ns: f64,
    pub cpu_ns: f64,
    pub switches: f64,
    /// Whether other processes used much of the machine meanwhile.
    pub disturbed: bool,
}

/// A case, measured.
pub struct Results {
    pub name: String,
    pub unit: &'static str,
    /// The quickest first.
    pub outcomes: Vec<Outcome>,
}

impl Results {
    /// The quickest contestant of that kind.
    pub fn best(&self, kind: Kind) -> Option<&Outcome> {
        self.outcomes.iter().find(|outcome| outcome.kind == kind)
    }

    /// How many times as long as the best peer `outcome` takes.
    pub fn ratio(&self, outcome: &Outcome) -> Option<f64> {
        let peer = self.best(Kind::Peer)?;
        Some(outcome.wall_ns() / peer.wall_ns())
    }
}

/// A contestant's measurements, one a round.
pub struct Outcome {
    pub name: &'static str,
    pub kind: Kind,
    pub operations: u64,
    pub samples: Vec<Sample>,
}

impl Outcome {
    pub fn wall_ns(&self) -> f64 {
        self.median(|sample| sample.wall_ns)
    }

    pub fn cpu_ns(&self) -> f64 {
        self.median(|sample| sample.cpu_ns)
    }

    pub fn switches(&self) -> f64 {
        self.median(|sample| sample.switches)
    }

    /// How far apart the slowest and the quickest round are, as a part of the
    /// median.
    pub fn spread(&self) -> f64 {
        let walls = || self.samples.iter().map(|sample| sample.wall_ns);
        (walls().fold(0.0, f64::max) - walls().fold(f64::INFINITY, f64::min)) / self.wall_ns()
    }

    /// How many measurements others disturbed.
    pub fn disturbed(&self) -> usize {
        let disturbed = |sample: &&Sample| sample.disturbed;
        self.samples.iter().filter(disturbed).count()
    }

    /// Makes the next runs longer, where these turn out to have been far too
    /// short.
    fn lengthen(&mut self, batch: u64, plan: Plan) {
        let wanted = plan.nanos() / self.wall_ns();
        if wanted > self.operations as f64 * 2.0 {
            self.operations = whole_batches(wanted, batch);
        }
    }

    fn median(&self, of: impl Fn(&Sample) -> f64) -> f64 {
        let mut values: Vec<f64> = self.samples.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        if values.len() % 2 == 1 {
            values[middle]
        } else {
            (values[middle - 1] + values[middle]) / 2.0
        }
    }
}

/// Measures a case: every round runs every contestant once.
pub fn measure(case: &mut Case, plan: Plan) -> Results {
    let mut outcomes = Vec::with_capacity(case.contestants.len());
    for contestant in &mut case.contestants {
        let _named = NamedInPanic(&case.name, contestant.name);
        outcomes.push(Outcome {
            name: contestant.name,
            kind: contestant.kind,
            operations: calibrate(&mut contestant.run, case.batch, plan),
            samples: Vec::with_capacity(plan.rounds),
        });
    }
    for _ in 0..plan.rounds {
        for (contestant, outcome) in case.contestants.iter_mut().zip(&mut outcomes) {
            let _named = NamedInPanic(&case.name, contestant.name);
            let sample = sample(&mut contestant.run, outcome.operations);
            outcome.samples.push(sample);
            outcome.lengthen(case.batch, plan);
        }
    }
    outcomes.sort_by(|one, other| one.wall_ns().total_cmp(&other.wall_ns()));
    Results {
        name: case.name.clone(),
        unit: case.unit,
        outcomes,
    }
}

/// Says who ran, when a run panics.
struct NamedInPanic<'a>(&'a str, &'static str);

impl Drop for NamedInPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("while measuring {}: {}", self.0, self.1);
        }
    }
}

/// The number of operations that takes about as long as the plan says. Finding
/// it is the warm-up.
fn calibrate(run: &mut Run, batch: u64, plan: Plan) -> u64 {
    let target = plan.nanos();
    let mut time = |operations| {
        let mut clock = Clock::default();
        run(operations, &mut clock);
        clock.wall.as_nanos().max(1) as f64
    };
    let mut operations = batch;
    loop {
        let mut wall = time(operations);
        let long_enough = target / 2.0;
        if wall >= long_enough {
            // Unless the machine was busy with something else.
            wall = wall.min(time(operations));
        }
        let wanted = operations as f64 * target / wall;
        if wall >= long_enough {
            return whole_batches(wanted, batch);
        }
        operations = whole_batches(wanted.min(operations as f64 * 10.0), batch);
    }
}

fn whole_batches(operations: f64, batch: u64) -> u64 {
    (operations / batch as f64).round().max(1.0) as u64 * batch
}

/// Measures once, and again if others used the machine; the calmest counts.
fn sample(run: &mut Run, operations: u64) -> Sample {
    let mut best: Option<(f64, Sample)> = None;
    for _ in 0..=RETRIES {
        let mut clock = Clock::default();
        let disturbance = Disturbance::start();
        run(operations, &mut clock);
        let others = disturbance.end();
        let disturbed = others > Disturbance::TOO_MUCH;
        let sample = per_operation(&clock, operations, disturbed);
        if best.is_none_or(|(least, _)| others < least) {
            best = Some((others, sample));
        }
        if !disturbed {
            break;
        }
    }
    best.expect("at least one measurement was made").1
}

fn per_operation(clock: &Clock, operations: u64, disturbed: bool) -> Sample {
    let operations = operations as f64;
    Sample {
        wall_ns: clock.wall.as_nanos() as f64 / operations,
        cpu_ns: clock.usage.cpu.as_nanos() as f64 / operations,
        switches: clock.usage.switches as f64 / operations,
        disturbed,
    }
}
