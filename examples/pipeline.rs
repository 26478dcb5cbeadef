//! Rung 2, back-pressure: frames go from a quick source through two pools of workers, the last of
//! which is slow.
//!
//! Over bounded queues the source waits until there is room, and only so many frames exist at
//! once, however many there are in all. Over unbounded ones the source is done at once, and nearly
//! all frames lie in memory until the slow stage gets to them.
//!
//! ```text
//! cargo run --release --example pipeline
//! ```

use rungs::pool::WorkerPool;
use rungs::queue::Queue;
use sha2::{Digest, Sha256};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How many frames there are, and how large each is.
const FRAMES: usize = 1000;
const FRAME_BYTES: usize = 64 << 10;
/// How many fit into a bounded queue.
const ROOM: usize = 8;
/// How many workers digest frames, and how many store them.
const DIGESTERS: usize = 2;
const STORERS: usize = 1;
/// How long it takes to store one.
const STORING: Duration = Duration::from_millis(1);

/// What can exist at once: full queues, a frame in the hands of each worker, and one in those of
/// the source.
const BOUND: usize = 2 * ROOM + DIGESTERS + STORERS + 1;

/// How many frames there are, and were at most.
#[derive(Default)]
struct Census {
    now: AtomicUsize,
    most: AtomicUsize,
}

/// Some bytes on their way. It counts itself.
struct Frame {
    number: usize,
    bytes: Vec<u8>,
    census: Arc<Census>,
}

impl Frame {
    fn read(number: usize, census: &Arc<Census>) -> Self {
        let now = census.now.fetch_add(1, Ordering::Relaxed) + 1;
        census.most.fetch_max(now, Ordering::Relaxed);
        Self {
            number,
            bytes: vec![number as u8; FRAME_BYTES],
            census: census.clone(),
        }
    }

    fn digest(&self) -> [u8; 32] {
        Sha256::digest(&self.bytes).into()
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        self.census.now.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What the last stage has seen.
#[derive(Default)]
struct Stored {
    frames: AtomicUsize,
    /// The sum of the frames' numbers.
    numbers: AtomicUsize,
    /// The most memory that the process was seen to have, in KiB; 0 where the system does not say.
    resident: AtomicUsize,
}

/// The memory that the process has, in KiB, as Linux tells it.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// How a run went.
struct Report {
    /// How many frames existed at most.
    most: usize,
    /// The most memory seen, in KiB, beyond what there was before.
    resident: usize,
    /// When the source had read its last frame.
    source: Duration,
    /// When the last frame was stored.
    all: Duration,
}

/// Sends all frames through the stages, over two queues that `queue` makes.
fn run(raw: Queue<Frame>, digested: Queue<(Frame, [u8; 32])>) -> io::Result<Report> {
    let census = Arc::new(Census::default());
    let stored = Arc::new(Stored::default());
    let before = resident().unwrap_or(0);
    let began = Instant::now();

    let seen = stored.clone();
    let storers = WorkerPool::builder().workers(STORERS).name("store").build(
        digested.clone(),
        move |_, (frame, digest): (Frame, [u8; 32])| {
            thread::sleep(STORING);
            assert_eq!(digest, frame.digest(), "frame {} changed", frame.number);
            seen.resident
                .fetch_max(resident().unwrap_or(0), Ordering::Relaxed);
            seen.numbers.fetch_add(frame.number, Ordering::Relaxed);
            seen.frames.fetch_add(1, Ordering::Relaxed);
        },
    )?;
    let digesters = WorkerPool::builder()
        .workers(DIGESTERS)
        .name("digest")
        .build(raw, move |_, frame: Frame| {
            let digest = frame.digest();
            let pushed = digested.push((frame, digest)); // waits while the storers are behind
            pushed.expect("the storers stay until the digesters are done");
        })?;

    for number in 0..FRAMES {
        let pushed = digesters.queue().push(Frame::read(number, &census)); // waits as well
        pushed.expect("the digesters stay until the source is done");
    }
    let source = began.elapsed();
    // The stages end in their order: each when the one before it has.
    digesters.join();
    storers.join();

    let all = began.elapsed();
    assert_eq!(stored.frames.load(Ordering::Relaxed), FRAMES);
    let numbers = stored.numbers.load(Ordering::Relaxed);
    assert_eq!(numbers, FRAMES * (FRAMES - 1) / 2, "each frame came once");
    assert_eq!(census.now.load(Ordering::Relaxed), 0, "no frame is left");
    Ok(Report {
        most: census.most.load(Ordering::Relaxed),
        resident: stored
            .resident
            .load(Ordering::Relaxed)
            .saturating_sub(before),
        source,
        all,
    })
}

fn print(queues: &str, report: &Report) {
    println!(
        "{queues:<12} {:>11} {:>9.1} MiB {:>9.1} MiB {:>9.2} s {:>8.2} s",
        report.most,
        (report.most * FRAME_BYTES) as f64 / f64::from(1 << 20),
        report.resident as f64 / 1024.0,
        report.source.as_secs_f64(),
        report.all.as_secs_f64(),
    );
}

fn main() -> io::Result<()> {
    println!(
        "{FRAMES} frames of {} KiB; {DIGESTERS} workers digest, {STORERS} stores, {STORING:?} each",
        FRAME_BYTES >> 10
    );
    println!(
        "{:<12} {:>11} {:>13} {:>13} {:>11} {:>10}",
        "queues", "most frames", "that is", "process grew", "source done", "all done"
    );
    let bounded = run(Queue::bounded(ROOM), Queue::bounded(ROOM))?;
    print(&format!("bounded at {ROOM}"), &bounded);
    let unbounded = run(Queue::unbounded(), Queue::unbounded())?;
    print("unbounded", &unbounded);
    assert!(
        bounded.most <= BOUND,
        "{} frames at once where {BOUND} are the bound",
        bounded.most
    );
    println!("over bounded queues there cannot be more than {BOUND} frames at once");
    Ok(())
}
