//! Rung 4, benchmark programs: the classic ones of the Savina suite (Imam and Sarkar, 2014), which
//! many actor libraries are compared by. Each checks its own result.
//!
//! ```text
//! cargo run --release --example savina
//! cargo run --release --example savina -- banking thread_ring
//! ```

mod banking;
mod big;
mod bounded_buffer;
mod chameneos;
mod counting;
mod dictionary;
mod fork_join_throughput;
mod philosophers;
mod ping_pong;
mod random;
mod sleeping_barber;
mod thread_ring;

use std::process::ExitCode;
use std::time::Instant;

/// A program: its name, and what runs it, with its usual sizes, and returns how many messages that
/// took. It panics where a result is wrong.
type Program = (&'static str, fn() -> u64);

const PROGRAMS: [Program; 11] = [
    ("ping_pong", || ping_pong::run(40_000)),
    ("counting", || counting::run(1_000_000)),
    ("fork_join_throughput", || {
        fork_join_throughput::run(60, 10_000)
    }),
    ("thread_ring", || thread_ring::run(100, 100_000)),
    ("chameneos", || chameneos::run(100, 200_000)),
    ("big", || big::run(120, 20_000)),
    ("dictionary", || dictionary::run(20, 10_000, 10)),
    ("bounded_buffer", || bounded_buffer::run(40, 40, 1_000, 50)),
    ("philosophers", || philosophers::run(20, 10_000)),
    ("sleeping_barber", || sleeping_barber::run(2_000, 1_000)),
    ("banking", || banking::run(1_000, 50_000)),
];

fn main() -> ExitCode {
    let names: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = names
        .iter()
        .find(|name| !PROGRAMS.iter().any(|(other, _)| other == name))
    {
        eprintln!("there is no program '{unknown}'; there are:");
        for (name, _) in PROGRAMS {
            eprintln!("  {name}");
        }
        return ExitCode::from(2);
    }
    for (name, run) in PROGRAMS {
        if names.is_empty() || names.iter().any(|wanted| wanted == name) {
            let began = Instant::now();
            let messages = run();
            let took = began.elapsed();
            let each = took.as_nanos() as f64 / messages as f64;
            println!("{name:<22} {took:>10.2?}  {messages:>9} messages, {each:>6.0} ns each");
        }
    }
    ExitCode::SUCCESS
}
