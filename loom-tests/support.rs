//! What every model is written with.
//!
//! ```ignore
//! use super::support::{Bound::*, Payload, model};
//!
//! #[test]
//! fn the_lock_excludes() {
//!     model("the_lock_excludes", Exhaustive, 100, || { /* one execution */ });
//! }
//! ```
//!
//! * [`model`] explores a closure to the end. loom by itself ends early where an environment
//!   variable says so, and reports success; it is content with a single execution, too. Here
//!   the early ends are cleared, and a model that stays under its declared minimum fails.
//! * [`outcomes`] is a model whose executions each end in a value, and whose *exact* set of
//!   values is declared: neither more nor less may be seen.
//! * [`fails`] is for planted bugs: loom must find one.
//! * [`spawn`] starts a thread (not `loom::thread::spawn`, see below).
//! * [`Payload`], [`DropCount`], [`CountWaker`] are what is guarded, dropped and woken.
//!
//! # Panics inside models
//!
//! A model runs on a thread of its own, and the first panic ends it *where it stands*: unwinding
//! goes only as far as the first destructor that uses the facade (see `sys::halt`), or to the
//! bottom of a thread that was started by [`spawn`]. Otherwise destructors that lock in a model
//! that has failed would abort the process, and take the message with them. So a panic that the
//! code under test is meant to catch must not look like one: throw it with [`throw`], or wrap the
//! call that panics in [`caught`].
//!
//! # The ledger
//!
//! Every model that passes adds a line to `loom-ledger.jsonl` in the target directory: its name,
//! the number of executions, the bound (`null` where exhaustive), the seconds, and whether it
//! was expected to pass or to fail.

use crate::queue::{PopError, PriorityQueue, PushError, TryPopError, WorkQueue};
use crate::sys::{self, cell::UnsafeCell, thread::JoinHandle};
use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt::{self, Debug};
use std::io::Write;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, Once, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

/// A model larger than this is too large for the suite, and fails.
const MOST_EXECUTIONS: usize = 2_000_000;

/// How many branch points an execution may have before it counts as endless.
const MOST_BRANCHES: usize = 20_000;

/// How much of a model is explored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// Everything.
    Exhaustive,
    /// The executions with at most so many preemptions.
    Preemptions(usize),
}

impl Bound {
    fn preemptions(self) -> Option<usize> {
        match self {
            Bound::Exhaustive => None,
            Bound::Preemptions(most) => Some(most),
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bound::Exhaustive => f.write_str("exhaustive"),
            Bound::Preemptions(most) => write!(f, "bound {most}"),
        }
    }
}

// ---------------------------------------------------------------------------------------------
// Models
// ---------------------------------------------------------------------------------------------

/// Explores `f`, which must hold in every execution; fails with fewer than `at_least` of them.
#[track_caller]
pub(crate) fn model(
    name: &str,
    bound: Bound,
    at_least: usize,
    f: impl Fn() + Send + Sync + 'static,
) {
    let explored = explore(bound, f);
    if let Some(failure) = &explored.failure {
        panic!(
            "model {name} fails in execution {}: {}\n{}",
            explored.executions, failure.message, failure.backtrace
        );
    }
    assert!(
        explored.executions >= at_least,
        "model {name} saw {} executions, fewer than the {at_least} declared",
        explored.executions
    );
    explored.report(name, bound, "pass");
}

/// A [`model`] whose executions end in exactly the `allowed` outcomes.
#[track_caller]
pub(crate) fn outcomes<T: Ord + Debug + Clone + Send + 'static>(
    name: &str,
    bound: Bound,
    at_least: usize,
    allowed: impl IntoIterator<Item = T>,
    f: impl Fn() -> T + Send + Sync + 'static,
) {
    let seen = Outcomes::new();
    let record = seen.clone();
    model(name, bound, at_least, move || record.saw(f()));
    seen.are(name, allowed);
}

/// Asserts that loom finds an execution of `f` that fails, and gives its message.
#[track_caller]
pub(crate) fn fails(name: &str, bound: Bound, f: impl Fn() + Send + Sync + 'static) -> String {
    let explored = explore(bound, f);
    match &explored.failure {
        Some(failure) => {
            explored.report(name, bound, "fail");
            failure.message.clone()
        }
        None => panic!(
            "model {name}: {} executions, and none finds the planted bug",
            explored.executions
        ),
    }
}

/// What came of an exploration.
pub(crate) struct Explored {
    /// How many executions began.
    pub(crate) executions: usize,
    /// How long it took.
    pub(crate) seconds: f64,
    /// What ended it early.
    pub(crate) failure: Option<Failure>,
}

/// Why an execution failed.
pub(crate) struct Failure {
    /// Message and place of the panic.
    pub(crate) message: String,
    backtrace: Backtrace,
}

/// Explores `f` to its end or to the first failure.
pub(crate) fn explore(bound: Bound, f: impl Fn() + Send + Sync + 'static) -> Explored {
    install_hook();
    let began = Instant::now();
    let executions = Arc::new(AtomicUsize::new(0));
    let count = executions.clone();
    let (sender, receiver) = mpsc::channel();
    std::thread::Builder::new()
        .name("model".into())
        .spawn(move || {
            FAILED.set(Some(sender.clone()));
            builder(bound).check(move || {
                sys::halt::bottom(|| {
                    let number = count.fetch_add(1, SeqCst) + 1;
                    assert!(number <= MOST_EXECUTIONS, "too large: cut the model down");
                    sys::clock::reset();
                    sys::deque::script_retries(0);
                    sys::atomic::script_failures(0);
                    sys::thread::script_spawns(usize::MAX);
                    f();
                });
            });
            let _ = sender.send(None);
        })
        .expect("a thread for the model");
    let failure = receiver.recv().expect("the model ends, well or badly");
    Explored {
        executions: executions.load(SeqCst),
        seconds: began.elapsed().as_secs_f64(),
        failure,
    }
}

/// loom without early ends, whatever the environment says.
fn builder(bound: Bound) -> loom::model::Builder {
    let mut builder = loom::model::Builder::new();
    builder.max_branches = MOST_BRANCHES;
    builder.max_permutations = None;
    builder.max_duration = None;
    builder.checkpoint_file = None;
    builder.checkpoint_interval = usize::MAX;
    builder.expect_explicit_explore = false;
    builder.preemption_bound = bound.preemptions();
    builder
}

impl Explored {
    /// Prints the result and writes it to the ledger.
    pub(crate) fn report(&self, name: &str, bound: Bound, expected: &str) {
        let (executions, seconds) = (self.executions, self.seconds);
        println!("model {name}: {executions} executions, {bound}, {seconds:.2} s");
        let limit = match bound.preemptions() {
            None => "null".into(),
            Some(most) => most.to_string(),
        };
        let line = format!(
            "{{\"name\": {name:?}, \"executions\": {executions}, \"bound\": {limit}, \
             \"seconds\": {seconds:.3}, \"expected\": {expected:?}}}\n"
        );
        // One write, appended: tests run side by side. No ledger is no failure.
        let _ = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(ledger())
            .and_then(|mut file| file.write_all(line.as_bytes()));
    }
}

fn ledger() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(
            || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target")),
            PathBuf::from,
        )
        .join("loom-ledger.jsonl")
}

/// Starts a thread of the model.
pub(crate) fn spawn<T: Send + 'static>(main: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    sys::thread::spawn(None, None, main).unwrap()
}

// ---------------------------------------------------------------------------------------------
// Panics
// ---------------------------------------------------------------------------------------------

std::thread_local! {
    /// Where the model that runs on this thread reports its failure.
    static FAILED: RefCell<Option<mpsc::Sender<Option<Failure>>>> = const { RefCell::new(None) };
    /// How many calls of [`caught`] are under way on this thread.
    static CATCHING: Cell<usize> = const { Cell::new(0) };
}

/// Throws `message` as a panic would, but past the panic hook: for panics inside a model that
/// the code under test catches.
pub(crate) fn throw(message: &'static str) -> ! {
    resume_unwind(Box::new(message))
}

/// Calls `f` and tells whether it panicked (with what), instead of failing the model.
pub(crate) fn caught<R>(f: impl FnOnce() -> R) -> std::thread::Result<R> {
    CATCHING.set(CATCHING.get() + 1);
    let result = catch_unwind(AssertUnwindSafe(f));
    CATCHING.set(CATCHING.get() - 1);
    result
}

fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| match FAILED.take() {
            Some(failed) if CATCHING.get() > 0 && !by_loom(info) => FAILED.set(Some(failed)),
            Some(failed) => {
                let _ = failed.send(Some(Failure {
                    message: info.to_string(),
                    backtrace: Backtrace::capture(),
                }));
                sys::halt::begin();
            }
            None => usual(info),
        }));
    });
}

/// Whether it is loom that complains: of a deadlock, a race, an endless execution.
fn by_loom(info: &PanicHookInfo<'_>) -> bool {
    info.location()
        .is_some_and(|place| place.file().contains("loom-0."))
}

// ---------------------------------------------------------------------------------------------
// What models look at
// ---------------------------------------------------------------------------------------------

/// The set of outcomes that the executions of a model end in.
#[derive(Clone, Debug)]
pub(crate) struct Outcomes<T>(Arc<Mutex<BTreeSet<T>>>);

impl<T: Ord + Debug + Clone> Outcomes<T> {
    pub(crate) fn new() -> Self {
        Self(Arc::default())
    }

    /// Notes the outcome of an execution.
    pub(crate) fn saw(&self, outcome: T) {
        self.0.lock().unwrap().insert(outcome);
    }

    /// Everything seen so far.
    pub(crate) fn seen(&self) -> BTreeSet<T> {
        self.0.lock().unwrap().clone()
    }

    /// Asserts that exactly the `allowed` outcomes were seen.
    #[track_caller]
    pub(crate) fn are(&self, name: &str, allowed: impl IntoIterator<Item = T>) {
        let (seen, allowed) = (self.seen(), BTreeSet::from_iter(allowed));
        let missing: Vec<_> = allowed.difference(&seen).collect();
        let unexpected: Vec<_> = seen.difference(&allowed).collect();
        assert!(
            missing.is_empty() && unexpected.is_empty(),
            "outcomes of {name}: missing {missing:?}, unexpected {unexpected:?}"
        );
    }
}

/// Something protected: every access that nothing orders with the others fails the model.
///
/// Share it through `std`'s `Arc`, which loom does not see and which therefore orders nothing.
#[derive(Debug)]
pub(crate) struct Payload(UnsafeCell<usize>);

impl Payload {
    pub(crate) fn new(value: usize) -> Self {
        Self(UnsafeCell::new(value))
    }

    #[track_caller]
    pub(crate) fn read(&self) -> usize {
        // SAFETY: loom fails the model before two unordered accesses meet.
        self.0.with(|value| unsafe { *value })
    }

    #[track_caller]
    pub(crate) fn write(&self, new: usize) {
        // SAFETY: as above.
        self.0.with_mut(|value| unsafe { *value = new });
    }

    /// Adds one, and gives what was there.
    #[track_caller]
    pub(crate) fn bump(&self) -> usize {
        let before = self.read();
        self.write(before + 1);
        before
    }
}

// SAFETY: loom runs one thread at a time, and fails the model before two unordered accesses meet.
unsafe impl Sync for Payload {}

/// Counts how many of the values that it made were dropped.
#[derive(Clone, Debug, Default)]
pub(crate) struct DropCount(Arc<AtomicUsize>);

impl DropCount {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A value around `inner` whose drop is counted.
    pub(crate) fn value<T>(&self, inner: T) -> Counted<T> {
        Counted {
            inner,
            drops: self.clone(),
        }
    }

    /// How many values have been dropped.
    pub(crate) fn get(&self) -> usize {
        self.0.load(SeqCst)
    }
}

/// A value whose drop is counted.
#[derive(Debug)]
pub(crate) struct Counted<T> {
    /// What it carries.
    pub(crate) inner: T,
    drops: DropCount,
}

impl<T> Drop for Counted<T> {
    fn drop(&mut self) {
        self.drops.0.fetch_add(1, SeqCst);
    }
}

// ---------------------------------------------------------------------------------------------
// Polling by hand
// ---------------------------------------------------------------------------------------------

/// Polls `future` once.
pub(crate) fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

/// A waker that does nothing.
pub(crate) fn noop_waker() -> Waker {
    Waker::noop().clone()
}

/// A waker that counts how often it is woken.
#[derive(Clone, Debug, Default)]
pub(crate) struct CountWaker(Arc<Wakes>);

#[derive(Debug, Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

impl CountWaker {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The waker to poll with. All of one counter wake each other (`Waker::will_wake`).
    pub(crate) fn waker(&self) -> Waker {
        Waker::from(self.0.clone())
    }

    /// How often it was woken.
    pub(crate) fn wakes(&self) -> usize {
        self.0.0.load(SeqCst)
    }

    /// How many wakers of it are kept somewhere: one that is left behind is a leak.
    pub(crate) fn held(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}

/// A queue, first in, first out, of which each operation is one lock: for models of what stands
/// above queues, which have enough to explore. (The lock-free one has models of its own.)
#[derive(Debug)]
pub(crate) struct PlainQueue<T: Send + 'static>(PriorityQueue<(), T>);

impl<T: Send + 'static> Clone for PlainQueue<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Send + 'static> PlainQueue<T> {
    pub(crate) fn bounded(capacity: usize) -> Self {
        Self(PriorityQueue::bounded(capacity))
    }

    pub(crate) fn unbounded() -> Self {
        Self(PriorityQueue::unbounded())
    }

    pub(crate) fn push(&self, item: T) -> Result<(), PushError<T>> {
        self.0
            .push((), item)
            .map_err(|PushError(((), item))| PushError(item))
    }
}

impl<T: Send + 'static> Deref for PlainQueue<T> {
    type Target = PriorityQueue<(), T>;

    fn deref(&self) -> &PriorityQueue<(), T> {
        &self.0
    }
}

impl<T: Send + 'static> WorkQueue for PlainQueue<T> {
    type Item = T;

    fn try_pop(&self) -> Result<T, TryPopError> {
        self.0.try_pop()
    }

    fn pop_async(&self) -> impl Future<Output = Result<T, PopError>> + Send {
        self.0.pop_async()
    }

    fn close(&self) {
        self.0.close();
    }

    fn close_now(&self) -> Vec<T> {
        self.0.close_now()
    }

    fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}
