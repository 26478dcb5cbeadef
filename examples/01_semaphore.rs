//! Rung 1, locks: at most three connections at once, shared by eight threads.
//!
//! A `Semaphore` holds the permits; who waits too long gives up; a task waits in the same line as
//! the threads; and `close` sends everybody home.
//!
//! ```text
//! cargo run --example 01_semaphore
//! ```

use std::thread;
use std::time::Duration;

use rungs::future::block_on;
use rungs::sync::{AcquireError, Closed, Mutex, Semaphore};

/// More connections than this the server refuses.
const LIMIT: usize = 3;

static CONNECTIONS: Semaphore = Semaphore::new(LIMIT);

#[derive(Default)]
struct Server {
    connected: usize,
    most: usize,
}

fn request(server: &Mutex<Server>) -> Result<(), Closed> {
    let _connection = CONNECTIONS.acquire()?; // given back when it is dropped
    let mut guard = server.lock();
    guard.connected += 1;
    guard.most = guard.most.max(guard.connected);
    drop(guard);
    thread::sleep(Duration::from_millis(10)); // the request
    server.lock().connected -= 1;
    Ok(())
}

fn main() {
    let server = Mutex::new(Server::default());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| request(&server).expect("nobody has closed it yet"));
        }
    });
    let Server { connected, most } = server.into_inner();
    assert!(connected == 0 && (1..=LIMIT).contains(&most));
    println!("eight requests served, at most {most} at once");

    let all = CONNECTIONS.acquire_many(LIMIT).expect("all are free");
    let late = CONNECTIONS.acquire_timeout(Duration::from_millis(10));
    assert!(matches!(late, Err(AcquireError::TimedOut)));
    drop(all);
    assert!(block_on(CONNECTIONS.acquire_async()).is_ok());
    CONNECTIONS.close();
    assert!(matches!(CONNECTIONS.acquire(), Err(Closed)));
    println!("one gave up after 10 ms, one awaited its turn, then the semaphore was closed");
}
