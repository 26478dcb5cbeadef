//! The routes: one for each rung.

use crate::{Failure, SLOWEST};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode};
use rungs::actor::Addr;
use rungs::executor::ThreadPoolExecutor;
use rungs::future::Promise;
use rungs::pool::{Shutdown, WorkerPool};
use rungs::queue::{Queue, TryPushError};
use rungs::sync::Semaphore;
use rungs::task::{sleep, timeout};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// How many may be in `/limited` at once.
pub(crate) const LIMIT: usize = 4;
/// How long one is in there.
const STAY: Duration = Duration::from_millis(20);
/// How many jobs may wait.
const ROOM: usize = 64;
/// The longest body that is taken.
const LONGEST: usize = 64 * 1024;

const HELP: &str = "\
GET  /limited    rung 1: no more than four at once, the others wait
POST /reversed   rung 2: the body, turned around by workers behind a bounded queue
GET  /primes/N   rung 3: how many primes there are up to N, by the threads that compute
GET  /visits     rung 4: how often each route was asked for, as an actor counts
";

/// What is counted. What clients make up is not: they could make up more than there is memory.
const ROUTES: [&str; 5] = ["", "limited", "reversed", "primes", "visits"];

/// A text to turn around, and who wants it.
type Job = (String, Promise<String>);

/// What the routes share.
pub(crate) struct App {
    /// Rung 1.
    limit: Semaphore,
    inside: AtomicUsize,
    /// Rung 2.
    jobs: WorkerPool<Queue<Job>>,
    /// Rung 3.
    cpu: ThreadPoolExecutor,
    /// Rung 4.
    visits: Addr<Visits>,
}

/// How often each of [`ROUTES`] was asked for.
type Visits = BTreeMap<&'static str, u64>;

/// What an answer is made of.
type Answer = (StatusCode, String);

impl App {
    pub(crate) fn new() -> Result<Self, Failure> {
        let cpu = ThreadPoolExecutor::builder()
            .max_workers(2)
            .thread_name("cpu")
            .build()?;
        let reverse = |(text, wanted): Job| {
            let reversed = text.chars().rev().collect();
            let _ = wanted.set_result(reversed); // who does not want it any more gets none
        };
        Ok(Self {
            limit: Semaphore::new(LIMIT),
            inside: AtomicUsize::new(0),
            jobs: WorkerPool::new(2, Queue::bounded(ROOM), reverse)?,
            visits: Addr::builder().on(&cpu).start(BTreeMap::new())?,
            cpu,
        })
    }

    /// Lets nothing more in. The threads end when the last has let go.
    pub(crate) fn end(&self) {
        self.visits.stop();
        self.visits.join();
        self.jobs.shutdown(Shutdown::Drain);
    }

    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Response<String> {
        let path = request.uri().path().to_owned();
        let first = path.split('/').nth(1);
        if let Some(route) = ROUTES.into_iter().find(|route| Some(*route) == first) {
            let visit = move |visits: &mut Visits| *visits.entry(route).or_insert(0) += 1;
            // Does not wait: a message.
            let _ = self.visits.post(visit);
        }

        let answer = match (request.method(), path.as_str()) {
            (&Method::GET, "/") => Ok((StatusCode::OK, HELP.to_owned())),
            (&Method::GET, "/limited") => self.limited().await,
            (&Method::POST, "/reversed") => self.reversed(request.into_body()).await,
            (&Method::GET, "/visits") => self.visits().await,
            (&Method::GET, path) if path.starts_with("/primes/") => self.primes(&path[8..]).await,
            _ => Ok((StatusCode::NOT_FOUND, String::new())),
        };
        let (status, text) =
            answer.unwrap_or_else(|error| (StatusCode::BAD_REQUEST, error.to_string()));
        let mut response = Response::new(text);
        *response.status_mut() = status;
        response
    }

    /// Rung 1: a semaphore. Where it is full, the task waits and its thread does not.
    async fn limited(&self) -> Result<Answer, Failure> {
        let _permit = self.limit.acquire_async().await?;
        let others = self.inside.fetch_add(1, Ordering::Relaxed);
        sleep(STAY).await;
        self.inside.fetch_sub(1, Ordering::Relaxed);
        Ok((StatusCode::OK, (others + 1).to_string()))
    }

    /// Rung 2: a bounded queue, and workers behind it. Where it is full, the client is told so.
    async fn reversed(&self, body: Incoming) -> Result<Answer, Failure> {
        let body = timeout(SLOWEST, Limited::new(body, LONGEST).collect());
        let body = body.await??.to_bytes();
        let (promise, reversed) = Promise::new();
        let job = (String::from_utf8(body.into())?, promise);
        match self.jobs.queue().try_push(job) {
            Ok(()) => Ok((StatusCode::OK, reversed.await?)),
            Err(TryPushError::Full(_) | TryPushError::Closed(_)) => {
                Ok((StatusCode::SERVICE_UNAVAILABLE, "later".to_owned()))
            }
        }
    }

    /// Rung 3: an executor for what computes. The answer says by which thread.
    async fn primes(&self, up_to: &str) -> Result<Answer, Failure> {
        let up_to: usize = up_to.parse()?;
        if up_to > 10_000_000 {
            return Err("that would take too long".into());
        }
        let counted = self.cpu.submit(move || {
            let by = thread::current().name().unwrap_or_default().to_owned();
            format!("{} by {by}", primes(up_to))
        });
        Ok((StatusCode::OK, counted.await?))
    }

    /// Rung 4: an actor is asked.
    async fn visits(&self) -> Result<Answer, Failure> {
        let tell = |visits: &mut Visits| {
            let lines = visits
                .iter()
                .map(|(route, count)| format!("/{route} {count}\n"));
            lines.collect()
        };
        Ok((StatusCode::OK, self.visits.call(tell).await?))
    }
}

/// How many primes there are, by the sieve.
fn primes(up_to: usize) -> usize {
    let mut is_prime = vec![true; up_to + 1];
    let mut count = 0;
    for n in 2..=up_to {
        if is_prime[n] {
            count += 1;
            (n * n..=up_to)
                .step_by(n)
                .for_each(|multiple| is_prime[multiple] = false);
        }
    }
    count
}
