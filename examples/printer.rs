//! Rung 4, a program: a printer, which must be used by one at a time, as an active object.
//!
//! ```text
//! cargo run --release --example printer
//! ```
//!
//! The printer is an ordinary struct with `&mut self` methods, and knows nothing of threads. It
//! prints slowly, so its actor has a thread of its own; and it has little memory, so only three
//! documents may wait: who brings a fourth, waits for room. Threads and tasks use the same address.

use rungs::actor::{Addr, Mailbox, Overflow, StopReason};
use rungs::executor::ThreadPoolExecutor;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Whether somebody is at the device: what would go wrong without an actor.
static IN_USE: AtomicBool = AtomicBool::new(false);

/// The device.
#[derive(Default)]
struct Printer {
    sheets: usize,
    log: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
struct OutOfPaper;

impl Printer {
    fn load(&mut self, sheets: usize) {
        self.sheets += sheets;
    }

    /// Prints a document, a sheet for a page, or nothing of it.
    fn print(&mut self, title: &str, pages: usize) -> Result<(), OutOfPaper> {
        assert!(!IN_USE.swap(true, Ordering::Relaxed), "paper jam");
        let printed = match self.sheets.checked_sub(pages) {
            Some(left) => {
                for _ in 0..pages {
                    thread::sleep(Duration::from_millis(1)); // the machine works
                }
                self.sheets = left;
                self.log.push(format!("{title}: {pages} pages"));
                Ok(())
            }
            None => Err(OutOfPaper),
        };
        IN_USE.store(false, Ordering::Relaxed);
        printed
    }
}

fn main() {
    let printer = Addr::builder()
        .dedicated_thread("printer")
        .mailbox(Mailbox::Bounded {
            capacity: 3,
            overflow: Overflow::Reject,
        })
        .start(Printer::default())
        .expect("the system starts a thread");

    // Who does not wait for the result posts.
    printer.post(|p| p.load(100)).expect("it is there");

    // Three threads, which wait for room and then for the result ...
    thread::scope(|s| {
        for clerk in 1..=3 {
            let printer = printer.clone();
            s.spawn(move || {
                for letter in 1..=5 {
                    let title = format!("letter {letter} of clerk {clerk}");
                    let reply = printer.call_wait(move |p| p.print(&title, 2));
                    assert_eq!(reply.wait().expect("printed"), Ok(()));
                }
            });
        }

        // ... and two tasks, on a pool that has a single thread: waiting occupies none.
        let pool = ThreadPoolExecutor::new(1);
        let tasks = [1, 2].map(|task| {
            let printer = printer.clone();
            pool.spawn(async move {
                for report in 1..=5 {
                    let title = format!("report {report} of task {task}");
                    let reply = printer.call_async(move |p| p.print(&title, 3)).await;
                    assert_eq!(reply.await.expect("printed"), Ok(()));
                }
            })
        });
        for task in tasks {
            task.result().expect("it prints all of it");
        }
    });

    // 100 sheets, less 3 * 5 * 2 and 2 * 5 * 3.
    let novel = printer.call(|p| p.print("novel", 41)).wait();
    assert_eq!(novel.expect("it answers"), Err(OutOfPaper));
    let log = printer.call(|p| std::mem::take(&mut p.log)).wait();
    let log = log.expect("it answers");
    assert_eq!(log.len(), 25);
    println!("{}", log.join("\n"));

    printer.stop();
    assert_eq!(printer.join(), StopReason::Stopped);
    assert!(printer.post(|p| p.load(1)).is_err());
}
