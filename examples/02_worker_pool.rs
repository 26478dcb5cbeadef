//! Rung 2, queue and pool: three workers send mail, each over a connection of its own.
//!
//! The bounded queue makes the producer wait when the workers fall behind. One address makes the
//! handler panic: that costs this one mail. Its worker connects anew and goes on.
//!
//! ```text
//! cargo run --example 02_worker_pool
//! ```
//!
//! The panic message that it prints is part of the show.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use rungs::pool::WorkerPool;
use rungs::queue::Queue;

/// How many have been made.
static CONNECTIONS: AtomicUsize = AtomicUsize::new(0);

/// A connection to a mail server: what every worker has for itself.
struct Connection(Queue<String>);

impl Connection {
    fn new(receipts: &Queue<String>) -> Self {
        CONNECTIONS.fetch_add(1, Ordering::Relaxed);
        Connection(receipts.clone())
    }

    fn send(&mut self, to: &str) {
        assert!(to.contains('@'), "no mail address: {to}");
        let _ = self.0.push(format!("sent to {to}"));
    }
}

fn main() -> io::Result<()> {
    let (receipts, failures) = (Queue::unbounded(), Queue::unbounded());
    let (receipt, failure) = (receipts.clone(), failures.clone());
    let pool = WorkerPool::builder()
        .workers(3)
        .state(move |_worker| Connection::new(&receipt))
        .on_panic(move |payload| drop(failure.push(payload.message().to_owned())))
        .build(Queue::bounded(4), |server: &mut Connection, to: String| {
            server.send(&to);
        })?;
    for n in 0..100 {
        let at = if n == 42 { "" } else { "@" };
        let taken = pool.queue().push(format!("user{n}{at}example.org"));
        taken.expect("the pool takes mail until it is joined");
    }
    pool.join(); // all is done now

    let failures: Vec<_> = failures.try_iter().collect();
    assert_eq!(receipts.len(), 99);
    assert_eq!(failures, ["no mail address: user42example.org"]);
    assert_eq!(CONNECTIONS.load(Ordering::Relaxed), 3 + 1);
    println!("99 mails sent by 3 workers over 3 + 1 connections; failed: {failures:?}");
    Ok(())
}
