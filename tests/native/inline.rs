//! The executor without threads, and executors of users.

use rungs::executor::{
    Executor, ExecutorExt, Handle, InlineExecutor, Rejected, SubmitError, ThreadPoolExecutor,
};
use rungs::future::{Job, TaskError, block_on, yield_now};
use rungs::sync::Event;
use std::collections::VecDeque;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Keeps its jobs until it is told to run them, in order.
#[derive(Clone, Default)]
struct Manual(Arc<Mutex<(VecDeque<Job>, bool)>>);

impl Manual {
    fn run_pending(&self) -> usize {
        let mut ran = 0;
        loop {
            let next = self.0.lock().unwrap().0.pop_front();
            match next {
                Some(job) => job.run(),
                None => return ran,
            }
            ran += 1;
        }
    }

    fn close(&self) {
        self.0.lock().unwrap().1 = true;
    }
}

impl Executor for Manual {
    fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>> {
        let mut inside = self.0.lock().unwrap();
        if inside.1 {
            drop(inside);
            return Err(Rejected(job));
        }
        inside.0.push_back(job);
        Ok(())
    }
}

#[test]
fn a_job_runs_at_once_and_here() {
    let inline = InlineExecutor::new();
    let me = thread::current().id();
    let job = inline.submit(|| thread::current().id());
    assert!(job.is_done());
    assert_eq!(job.result().unwrap(), me);
    let task = inline.spawn(async { thread::current().id() });
    assert!(task.is_done());
    assert_eq!(block_on(task).unwrap(), me);
    thread::scope(|s| {
        let elsewhere = s.spawn(|| inline.submit(|| thread::current().id()).result().unwrap());
        assert_ne!(elsewhere.join().unwrap(), me);
    });
}

#[test]
fn what_a_job_submits_runs_after_it_in_order() {
    let inline = InlineExecutor::new();
    let log = Arc::new(Mutex::new(Vec::new()));
    let note = |text: &'static str| {
        let log = log.clone();
        move || log.lock().unwrap().push(text)
    };
    let (nested, notes) = (
        inline.clone(),
        [note("outer"), note("first"), note("second")],
    );
    let outer = inline.submit(move || {
        let [outer, first, second] = notes;
        let jobs = [nested.submit(first), nested.submit(second)];
        outer();
        jobs.map(|job| job.is_done())
    });
    assert_eq!(outer.result().unwrap(), [false, false]);
    assert_eq!(*log.lock().unwrap(), ["outer", "first", "second"]);
}

#[test]
fn a_job_may_wait_for_what_it_submits() {
    fn sum(inline: &InlineExecutor, n: u64) -> u64 {
        if n == 0 {
            return 0;
        }
        let nested = inline.clone();
        n + inline.submit(move || sum(&nested, n - 1)).result().unwrap()
    }
    assert_eq!(sum(&InlineExecutor::new(), 100), 5050);
}

/// The stack would not hold them.
#[test]
fn chains_of_jobs_and_of_wakes_do_not_nest() {
    fn chain(inline: &InlineExecutor, left: u32, done: Arc<Event>) {
        if left == 0 {
            return done.set();
        }
        let next = inline.clone();
        inline
            .execute(move || chain(&next, left - 1, done))
            .unwrap();
    }
    let inline = InlineExecutor::new();
    let done = Arc::new(Event::new(false));
    chain(&inline, 100_000, done.clone());
    assert!(done.is_set());
    let yields = inline.spawn(async {
        for _ in 0..100_000 {
            yield_now().await;
        }
        7
    });
    assert!(yields.is_done());
    assert_eq!(yields.result().unwrap(), 7);
}

#[test]
fn a_future_runs_on_where_it_is_woken() {
    let inline = InlineExecutor::new();
    let event = Arc::new(Event::new(false));
    let wait = event.clone();
    let task = inline.spawn(async move {
        wait.wait_async().await;
        thread::current().id()
    });
    assert!(!task.is_done());
    let waker = thread::spawn(move || {
        event.set();
        thread::current().id()
    });
    assert_eq!(task.result().unwrap(), waker.join().unwrap());
}

#[test]
fn a_panic_goes_to_its_future() {
    let inline = InlineExecutor::new();
    let failed = inline.submit(|| panic!("out of paper"));
    match failed.result() {
        Err(TaskError::Panicked(payload)) => assert_eq!(payload.message(), "out of paper"),
        other => panic!("{other:?}"),
    }
    inline.execute(|| panic!("reported")).unwrap();
    let failed = inline.spawn(async { panic!("out of ink") });
    assert!(matches!(failed.result(), Err(TaskError::Panicked(_))));
    assert_eq!(inline.submit(|| 7).result().unwrap(), 7);
}

#[test]
fn after_the_end_everything_is_rejected() {
    let inline = InlineExecutor::new();
    let event = Arc::new(Event::new(false));
    let (wait, closing) = (event.clone(), inline.clone());
    let suspended = inline.spawn(async move { wait.wait_async().await });
    let outer = inline.submit(move || {
        let accepted = closing.submit(|| 7);
        closing.shutdown();
        (accepted, closing.submit(|| 8))
    });
    let (accepted, rejected) = outer.result().unwrap();
    assert_eq!(accepted.result().unwrap(), 7);
    assert!(matches!(rejected.result(), Err(TaskError::Rejected)));
    let Err(SubmitError::ShutDown(f)) = inline.try_submit(|| 9) else {
        panic!("it is shut down");
    };
    assert_eq!(f(), 9);
    assert!(inline.execute(|| ()).is_err());
    assert!(matches!(
        inline.spawn(async {}).result(),
        Err(TaskError::Rejected)
    ));
    event.set();
    assert!(matches!(suspended.result(), Err(TaskError::Cancelled)));
}

#[test]
fn an_executor_of_users_has_futures() {
    let manual = Manual::default();
    let two = manual.submit(|| 2);
    let cancelled = manual.submit(|| unreachable!());
    assert!(cancelled.cancel());
    let event = Arc::new(Event::new(false));
    let wait = event.clone();
    let task = manual.spawn(async move {
        wait.wait_async().await;
        yield_now().await;
        5
    });
    assert!(!two.is_done());
    assert_eq!(manual.run_pending(), 3);
    assert!(two.is_done() && !task.is_done());
    event.set();
    assert_eq!(manual.run_pending(), 2);
    assert_eq!(two.result().unwrap() + task.result().unwrap(), 7);
    // Who waits runs what nobody has begun.
    assert_eq!(manual.submit(|| 7).result().unwrap(), 7);
    // A job that is dropped is cancelled.
    let dropped = manual.submit(|| ());
    manual.0.lock().unwrap().0.clear();
    assert!(matches!(dropped.result(), Err(TaskError::Cancelled)));
    manual.close();
    assert!(matches!(
        manual.submit(|| ()).result(),
        Err(TaskError::Rejected)
    ));
    assert!(matches!(
        manual.spawn(async {}).result(),
        Err(TaskError::Rejected)
    ));
    assert_eq!(manual.try_submit(|| 7).unwrap_err().into_inner()(), 7);
}

/// One that says that it rejects a job, and gives back another.
#[test]
fn an_executor_that_lies_harms_nobody() {
    #[derive(Clone, Default)]
    struct Liar(Arc<Mutex<Vec<Job>>>);
    impl Executor for Liar {
        fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>> {
            let mut kept = self.0.lock().unwrap();
            let other = kept.pop();
            kept.push(job);
            other.map_or(Ok(()), |other| Err(Rejected(other)))
        }
    }
    let liar = Liar::default();
    let first = liar.submit(|| 1);
    let second = liar.spawn(async { 2 });
    let third = liar.try_submit(|| 3);
    let fourth = liar.execute(|| ());
    assert!(matches!(first.result(), Err(TaskError::Cancelled)));
    assert!(matches!(second.result(), Err(TaskError::Rejected)));
    assert_eq!(third.unwrap_err().into_inner()(), 3);
    drop(fourth);
    let kept = std::mem::take(&mut *liar.0.lock().unwrap());
    kept.into_iter().for_each(Job::run);
}

#[test]
fn an_executor_that_panics_costs_no_worker() {
    #[derive(Clone)]
    struct Once(Handle, Arc<AtomicBool>);
    impl Executor for Once {
        fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>> {
            assert!(!self.1.swap(true, SeqCst), "once is enough");
            self.0.execute_job(job)
        }
    }
    // Left as it is, where it fails: it would be waited for.
    let pool = ManuallyDrop::new(ThreadPoolExecutor::new(1));
    let task = Once(pool.handle(), Arc::default()).spawn(yield_now());
    assert!(matches!(block_on(task), Err(TaskError::Cancelled)));
    let seven = pool.submit(|| 7).result_timeout(Duration::from_secs(10));
    assert_eq!(seven.unwrap().unwrap(), 7);
    drop(ManuallyDrop::into_inner(pool));
}

/// A task that has just been polled, and was woken meanwhile, is queued once more. Whoever does so
/// may be the last who knows it, if it is run to its end meanwhile.
#[test]
fn a_task_that_ends_while_it_is_queued_costs_no_worker() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("a drop that panics");
        }
    }
    #[derive(Clone)]
    struct ThenInline(Handle, Arc<AtomicBool>);
    impl Executor for ThenInline {
        fn execute_job(&self, job: Job) -> Result<(), Rejected<Job>> {
            match self.1.swap(true, SeqCst) {
                false => return self.0.execute_job(job),
                true => job.run(),
            }
            Ok(())
        }
    }
    // Left as it is, where it fails: it would be waited for.
    let pool = ManuallyDrop::new(ThreadPoolExecutor::new(1));
    let go = Arc::new(Event::new(false));
    let detached = go.clone();
    drop(ThenInline(pool.handle(), Arc::default()).spawn(async move {
        detached.wait();
        yield_now().await;
        Bomb
    }));
    go.set();
    let seven = pool.submit(|| 7).result_timeout(Duration::from_secs(10));
    assert_eq!(seven.unwrap().unwrap(), 7);
    drop(ManuallyDrop::into_inner(pool));
}

#[test]
fn every_executor_is_one_behind_an_arc() {
    fn seven<E: Executor + Clone + 'static>(executor: &E) -> u32 {
        let two = executor.submit(|| 2);
        two.result().unwrap() + executor.spawn(async { 5 }).result().unwrap()
    }
    assert_eq!(seven(&Arc::new(ThreadPoolExecutor::new(1))), 7);
    assert_eq!(seven(&ThreadPoolExecutor::new(1).handle()), 7);
    assert_eq!(seven(&InlineExecutor::new()), 7);
    let any: Arc<dyn Executor> = Arc::new(InlineExecutor::new());
    assert_eq!(seven(&any), 7);
}
