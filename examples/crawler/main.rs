//! Rung 2, a program: a crawler that follows all links of a site and says which of them are dead.
//!
//! ```text
//! cargo run --release --example crawler -- [URL] [--workers N]
//! ```
//!
//! The links to follow are tasks in a bounded [`TaskQueue`]. The workers of a pool take them, each
//! with an HTTP client of its own as its state. A page that fails for now is tried again, after a
//! while that grows; one that has failed too often, or that is not there, ends as a dead letter.
//! The site is crawled in waves: [`TaskQueue::join`] tells when all links of one are done, retries
//! included, and what they found is the next one.
//!
//! Without a URL it serves a site itself, see [`site`], and checks that it has found everything.

mod args;
mod client;
mod links;
mod site;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use args::{Args, Command};
use client::{Answer, Client};
use indicatif::ProgressBar;
use rungs::pool::{Shutdown, WorkerPool};
use rungs::queue::{DeadLetter, Queue, Retry, Task, TaskQueue};
use site::Site;
use tokio::runtime::{self, Runtime};

/// How many links may wait to be followed; further ones wait in their wave.
const ROOM: usize = 64;
/// How often a page is tried, and how long before the second time, about, and at most.
const ATTEMPTS: usize = 4;
const FIRST_DELAY: Duration = Duration::from_millis(20);
const LONGEST_DELAY: Duration = Duration::from_secs(2);

/// A link to follow.
#[derive(Debug)]
struct Link {
    to: String,
    /// The page where it was found first.
    from: String,
}

/// A page that was there.
struct Page {
    path: String,
    links: Vec<String>,
}

/// What was found.
struct Found {
    /// The pages that were there.
    pages: BTreeSet<String>,
    /// The links that lead nowhere.
    dead: Vec<DeadLetter<Link>>,
    /// How often a page was tried again.
    retries: u64,
    /// Whether Ctrl-C ended it early.
    interrupted: bool,
}

fn main() -> ExitCode {
    let args = match args::parse() {
        Ok(Command::Run(args)) => args,
        Ok(Command::Help) => {
            print!("{}", args::HELP);
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("crawler: {message}");
            return ExitCode::from(2);
        }
    };
    match run(&args) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("crawler: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> io::Result<ExitCode> {
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let own = Arc::new(Site::new());
    let (host, start) = match &args.start {
        Some(start) => start.clone(),
        None => {
            let address = site::serve(own.clone(), &runtime)?;
            (address.to_string(), "/".to_owned())
        }
    };
    println!("http://{host}{start}, {} workers", args.workers);
    let began = Instant::now();
    let found = crawl(&host, start, args.workers, &runtime)?;
    report(&found, began.elapsed());
    if found.interrupted {
        return Ok(ExitCode::from(130));
    }
    let missed = args.start.is_none() && !is_all(&found, &own);
    Ok(match missed || found.pages.is_empty() {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

/// Follows all links, from `start` on.
fn crawl(host: &str, start: String, workers: usize, runtime: &Runtime) -> io::Result<Found> {
    let dead = Queue::unbounded();
    let tasks = TaskQueue::bounded(ROOM)
        .retry(Retry::exponential(ATTEMPTS, FIRST_DELAY, LONGEST_DELAY))
        .dead_letter(dead.clone());
    let pages = Queue::unbounded();
    let progress = ProgressBar::new_spinner();

    let (host, out, done) = (host.to_owned(), pages.clone(), progress.clone());
    let pool = WorkerPool::builder()
        .workers(workers)
        .name("crawl")
        .state(move |_| Client::new(&host).expect("the system lends an event loop"))
        .build(
            tasks.clone(),
            move |client: &mut Client, link: Task<Link>| {
                match client.get(&link.to) {
                    Ok(Answer::Page(links)) => {
                        let path = link.to.clone();
                        out.push(Page { path, links }).expect("nobody closes it");
                        link.done();
                    }
                    Ok(Answer::Dead(status)) => link.reject(status),
                    Err(reason) => link.fail(reason), // which tries it again
                }
                done.inc(1);
            },
        )?;

    let closing = tasks.clone();
    runtime.spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            closing.close(); // what is in it is done, and nothing new comes in
        }
    });

    let mut known = BTreeSet::from([start.clone()]);
    let mut wave = vec![Link {
        to: start,
        from: "the command line".into(),
    }];
    let mut there = BTreeSet::new();
    while !wave.is_empty() && !tasks.is_closed() {
        for link in wave.drain(..) {
            progress.set_message(link.to.clone());
            if tasks.push(link).is_err() {
                break; // closed by Ctrl-C
            }
        }
        tasks.join();
        for page in pages.try_iter() {
            for to in page.links {
                if known.insert(to.clone()) {
                    wave.push(Link {
                        to,
                        from: page.path.clone(),
                    });
                }
            }
            there.insert(page.path);
        }
    }
    let interrupted = tasks.is_closed();
    let retries = tasks.stats().retried;
    pool.shutdown(Shutdown::Drain);
    progress.finish_and_clear();
    let mut dead: Vec<_> = dead.try_iter().collect();
    dead.sort_by(|one, other| one.item.to.cmp(&other.item.to));
    Ok(Found {
        pages: there,
        dead,
        retries,
        interrupted,
    })
}

fn report(found: &Found, took: Duration) {
    let Found {
        pages,
        dead,
        retries,
        interrupted,
    } = found;
    println!(
        "{} pages and {} dead links in {:.2} s, {retries} retries{}",
        pages.len(),
        dead.len(),
        took.as_secs_f64(),
        if *interrupted { "; interrupted" } else { "" }
    );
    for DeadLetter {
        item: Link { to, from },
        reason,
        attempts,
        ..
    } in dead
    {
        println!("  {to}: {reason} (tried {attempts}x; found on {from})");
    }
}

/// Whether that is what there is on our own site. Says what is not.
fn is_all(found: &Found, own: &Site) -> bool {
    let dead: BTreeMap<_, _> = found
        .dead
        .iter()
        .map(|l| (l.item.to.clone(), l.attempts))
        .collect();
    let gone = own.dead().into_iter().map(|path| (path, 1));
    let broken = own.broken().into_iter().map(|path| (path, ATTEMPTS));
    let retries = own.failures() + own.broken().len() * (ATTEMPTS - 1);
    let checks = [
        ("the pages", found.pages == own.working()),
        ("the dead links", dead == gone.chain(broken).collect()),
        ("the retries", found.retries == retries as u64),
        ("the requests", own.asked_too_often().is_empty()),
    ];
    for (what, _) in checks.iter().filter(|(_, right)| !right) {
        eprintln!("{what} are not those of the site");
    }
    checks.iter().all(|(_, right)| *right)
}
