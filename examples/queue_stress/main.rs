//! Pushes many messages through every kind of queue, and accounts for each of them.
//!
//! ```text
//! cargo run --release --example queue_stress -- [KIND] [--messages N] [--seconds S] [--seed X]
//! ```
//!
//! A run consists of many rounds, each with a queue of its own, one to four producers, as many
//! consumers, and its own end: the queue is closed when all is done, or amidst the traffic, or its
//! backlog is asked for, or it is left behind with items in it. Everyone pushes and pops in any of
//! the forms there are, and some futures are dropped before they are ready; some of the wakers
//! panic when they are called. A [`round`] has its [`producer`]s and [`consumer`]s; the [`kinds`]
//! are one line each. Instead of consumers, there may be a worker pool: see [`pools`].
//!
//! At the end of each round every message that was made has been popped, or taken back out of the
//! queue by who closed it, or handed back by a push that failed, or dropped, by a future or with
//! the queue, exactly once: numbers and checksums must agree. Where the queue is first in, first
//! out, each consumer sees the messages of each producer in their order.
//!
//! The messages that are pushed depend on the seed; how the threads interleave does not.

mod args;
mod consumer;
mod forms;
mod halves;
mod kinds;
mod message;
mod place;
mod polls;
mod pools;
mod producer;
mod rng;
mod round;
mod several;
mod tasks;

use std::panic::{self, AssertUnwindSafe};
use std::process::{self, ExitCode};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use args::{Args, Command};
use kinds::Stress;
use rng::Rng;
use round::Account;

/// How many rounds have ended.
static ROUNDS: AtomicU64 = AtomicU64::new(0);

/// How long a round may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(120);

/// How many messages a round may always have.
const FIRST_ROUND: u64 = 1000;

fn main() -> ExitCode {
    match args::parse() {
        Ok(Command::Run(args)) => stress_all(&args),
        Ok(Command::Help) => {
            print!("{}", args::HELP);
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("queue_stress: {message}");
            ExitCode::from(2)
        }
    }
}

fn stress_all(args: &Args) -> ExitCode {
    thread::spawn(watch);
    println!(
        "{} messages or {} s for each kind; seed {}",
        args.messages, args.seconds, args.seed
    );
    println!("{}", Account::HEAD);
    let mut failed = false;
    for (name, stress) in kinds::all() {
        if name.contains(&args.kind) {
            let ended = panic::catch_unwind(AssertUnwindSafe(|| stress_one(&stress, args)));
            match ended {
                Ok((account, took)) => println!("{}", account.line(name, took)),
                Err(_) => {
                    eprintln!("{name}: FAILED, with --seed {}", args.seed);
                    failed = true;
                }
            }
        }
    }
    match failed {
        false => ExitCode::SUCCESS,
        true => ExitCode::FAILURE,
    }
}

/// Rounds of one kind, until there were enough messages or the time is over.
fn stress_one(stress: &Stress, args: &Args) -> (Account, Duration) {
    let mut account = Account::default();
    let mut rng = Rng::new(args.seed);
    let began = Instant::now();
    loop {
        let made = account.made.count;
        let missing = args.messages.saturating_sub(made);
        let elapsed = began.elapsed().as_secs_f64();
        if missing == 0 || elapsed >= args.seconds {
            return (account, began.elapsed());
        }
        // As many as there is time for, if it goes on like this.
        let affordable = made as f64 / elapsed * (args.seconds - elapsed);
        let most = missing.min(FIRST_ROUND.max(affordable as u64));
        account += stress(&mut rng.fork(), most);
        account.rounds += 1;
        ROUNDS.fetch_add(1, Ordering::Relaxed);
    }
}

/// Ends the program where a round does not.
fn watch() {
    let (mut seen, mut since) = (0, Instant::now());
    loop {
        thread::sleep(Duration::from_secs(1));
        let rounds = ROUNDS.load(Ordering::Relaxed);
        if rounds != seen {
            (seen, since) = (rounds, Instant::now());
        } else if since.elapsed() > PATIENCE {
            eprintln!("nothing has ended for {PATIENCE:?}: somebody waits in vain");
            process::exit(1);
        }
    }
}
