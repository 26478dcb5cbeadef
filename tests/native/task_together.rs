//! Several futures in one task, cancellation with clean-up, and what goes on to its end.

use rungs::executor::{ExecutorExt, LocalExecutor, ThreadPoolExecutor};
use rungs::sync::{CancelToken, Cancelled, Event, Semaphore, TimedOut};
use rungs::task::{
    FutureSet, TaskError, block_on, cancellable, first, interval, join, join_all, named, shield,
    sleep, timeout, to_thread, try_join, try_join_all, with_cleanup, with_grace, yield_now,
};
use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

const TICK: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Counts its wakes.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn a_set_polls_only_who_was_woken() {
    const MEMBERS: usize = 100;
    let polls: Vec<_> = (0..MEMBERS).map(|_| Cell::new(0)).collect();
    let events: Vec<_> = (0..MEMBERS).map(|_| Event::new(false)).collect();
    let mut set = FutureSet::new();
    for (event, polls) in events.iter().zip(&polls) {
        let mut waits = Box::pin(event.wait_async());
        set.push(poll_fn(move |cx| {
            polls.set(polls.get() + 1);
            waits.as_mut().poll(cx)
        }));
    }
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let mut cx = Context::from_waker(&waker);
    let mut poll_next = |set: &mut FutureSet<_>| pin!(set.next()).poll(&mut cx);
    // They are many: it lets others run in between.
    while polls.iter().any(|polls| polls.get() == 0) {
        assert!(poll_next(&mut set).is_pending());
    }
    assert!(count.0.load(SeqCst) > 0);
    for (woken, event) in events.iter().enumerate().step_by(7) {
        event.set();
        assert_eq!(poll_next(&mut set), Poll::Ready(Some(())));
        assert_eq!(polls[woken].get(), 2);
    }
    assert!(polls.iter().all(|polls| polls.get() <= 2));
    assert_eq!(set.len(), MEMBERS - MEMBERS.div_ceil(7));
}

#[test]
fn a_member_that_panics_costs_no_other() {
    let mut set: FutureSet<Pin<Box<dyn Future<Output = u32>>>> = FutureSet::new();
    set.push(Box::pin(async { panic!("no paper") }));
    set.push(Box::pin(ready(7)));
    assert!(catch_unwind(AssertUnwindSafe(|| block_on(set.next()))).is_err());
    assert_eq!(set.len(), 1);
    assert_eq!(block_on(set.next()), Some(7));
    assert_eq!(block_on(set.next()), None);
}

#[test]
fn a_member_that_always_wakes_itself_starves_nobody() {
    let local = LocalExecutor::new();
    let stop = Rc::new(Cell::new(false));
    let stopped = stop.clone();
    let set = local.spawn(async move {
        let mut set = FutureSet::new();
        set.push(async move {
            while !stopped.get() {
                yield_now().await;
            }
        });
        set.next().await
    });
    local.call_later(TICK, move || stop.set(true));
    local.run();
    assert!(set.is_done());
}

#[test]
fn a_place_in_a_set_is_used_again() {
    let mut set = FutureSet::new();
    for n in 0..1000 {
        set.push(ready(n));
        assert_eq!(block_on(set.next()), Some(n));
    }
    let woken = RefCell::new(None);
    // A waker that outlives its member wakes nobody wrongly.
    let mut kept = FutureSet::<Pin<Box<dyn Future<Output = u32>>>>::new();
    kept.push(Box::pin(poll_fn(|cx| {
        *woken.borrow_mut() = Some(cx.waker().clone());
        Poll::Ready(1)
    })));
    assert_eq!(block_on(kept.next()), Some(1));
    kept.push(Box::pin(async {
        yield_now().await;
        2
    }));
    woken.borrow().as_ref().unwrap().wake_by_ref();
    assert_eq!(block_on(kept.next()), Some(2));
    // Nor where nobody is in its place, while there are others.
    kept.extend([7, 8].map(|n| -> Pin<Box<dyn Future<Output = u32>>> {
        Box::pin(async move {
            yield_now().await;
            n
        })
    }));
    assert_eq!(block_on(kept.next()), Some(7));
    woken.borrow_mut().take().unwrap().wake();
    assert_eq!((block_on(kept.next()), kept.len()), (Some(8), 0));
    drop(kept);
}

#[test]
fn what_wakes_itself_as_it_ends_leaves_no_wakes_to_those_after_it() {
    let mut set = FutureSet::<Pin<Box<dyn Future<Output = ()>>>>::new();
    for _ in 0..1000 {
        set.push(Box::pin(poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::Ready(())
        })));
        block_on(set.next()).unwrap();
    }
    let polls = Rc::new(Cell::new(0));
    let count = polls.clone();
    set.push(Box::pin(poll_fn(move |_| {
        count.set(count.get() + 1);
        Poll::Pending
    })));
    assert!(poll(pin!(set.next())).is_pending());
    assert_eq!(polls.get(), 1);
}

#[test]
fn those_that_are_joined_may_borrow_and_keep_their_order() {
    let words = ["a", "bb", "ccc"].map(String::from);
    let lengths = join_all(words.iter().enumerate().map(|(n, word)| async move {
        for _ in n..3 {
            yield_now().await;
        }
        word.len()
    }));
    assert_eq!(block_on(lengths), [1, 2, 3]);
    assert!(block_on(join_all(Vec::<std::future::Ready<()>>::new())).is_empty());
    let all = block_on(join((async { &words[0] }, sleep(TICK), async {
        words.len()
    })));
    assert_eq!(all, (&words[0], (), 3));
}

#[test]
fn the_first_failure_drops_the_others() {
    let dropped = Rc::new(());
    let member = |n: u32| {
        let held = dropped.clone();
        async move {
            let _held = held;
            match n {
                2 => Err("no paper"),
                _ => pending().await,
            }
        }
    };
    assert_eq!(
        block_on(try_join_all((0..4).map(member))),
        Err::<Vec<()>, _>("no paper")
    );
    assert_eq!(Rc::strong_count(&dropped), 1);
    assert_eq!(block_on(first([1, 2].map(ready))), Some(1));
    assert_eq!(block_on(first(Vec::<std::future::Ready<()>>::new())), None);
}

#[test]
fn what_is_joined_is_dropped_at_any_poll() {
    for polls in 0..=4 {
        let dropped = Rc::new(());
        let events = [(); 3].map(|()| Event::new(false));
        let member = || {
            let held = dropped.clone();
            async {
                let _held = held;
                for event in &events {
                    event.wait_async().await;
                }
            }
        };
        let mut all = Box::pin(join_all((0..3).map(|_| member())));
        let mut two = Box::pin(join((member(), member())));
        for number in 0..polls {
            let done = [poll(all.as_mut()).is_ready(), poll(two.as_mut()).is_ready()];
            assert_eq!(done, [number == events.len(); 2]);
            events.get(number).into_iter().for_each(Event::set);
        }
        drop((all, two));
        assert_eq!(Rc::strong_count(&dropped), 1);
    }
}

#[test]
fn what_is_tried_together_is_dropped_at_any_poll() {
    for polls in 0..=4 {
        let dropped = Rc::new(());
        let events = [(); 3].map(|()| Event::new(false));
        let member = |fails| {
            let held = dropped.clone();
            let events = &events;
            async move {
                let _held = held;
                for event in events {
                    event.wait_async().await;
                }
                if fails { Err("no paper") } else { Ok(7) }
            }
        };
        let mut good = Box::pin(try_join((member(false), member(false))));
        let mut bad = Box::pin(try_join((
            member(true),
            member(false),
            pending::<Result<(), _>>(),
        )));
        for number in 0..polls {
            let (ended, failed) = (poll(good.as_mut()), poll(bad.as_mut()));
            if number < events.len() {
                assert!(ended.is_pending() && failed.is_pending());
                events[number].set();
            } else {
                assert_eq!(ended, Poll::Ready(Ok((7, 7))));
                assert_eq!(failed, Poll::Ready(Err("no paper")));
            }
        }
        drop((good, bad));
        assert_eq!(Rc::strong_count(&dropped), 1);
    }
}

#[test]
fn the_first_failure_of_a_tuple_drops_the_others_at_once() {
    let (dropped, go, late) = (Rc::new(()), Event::new(false), Cell::new(false));
    let held = dropped.clone();
    let waits = async {
        let _held = held;
        pending::<Result<(), _>>().await
    };
    let fails = async {
        go.wait_async().await;
        Err::<u32, _>("no paper")
    };
    let behind = async {
        go.wait_async().await;
        late.set(true);
        Err::<u32, _>("no ink")
    };
    let mut all = Box::pin(try_join((waits, fails, behind)));
    assert!(poll(all.as_mut()).is_pending());
    go.set();
    assert_eq!(poll(all.as_mut()), Poll::Ready(Err("no paper")));
    // Dropped though `all` is not, and who stands behind the failure was not polled any more.
    assert_eq!((Rc::strong_count(&dropped), late.get()), (1, false));
    // One that is ready is not polled again while others are not.
    let once = async { Ok::<_, &str>(1) };
    let slow = async {
        yield_now().await;
        Ok(2)
    };
    assert_eq!(block_on(try_join((once, slow))), Ok((1, 2)));
}

#[test]
fn a_panic_in_a_tuple_drops_the_others() {
    let dropped = Rc::new(());
    let waits = || {
        let held = dropped.clone();
        async {
            let _held = held;
            pending::<Result<(), ()>>().await
        }
    };
    let panics = async || -> Result<(), ()> {
        yield_now().await;
        panic!("no paper")
    };
    let tried = || block_on(try_join((waits(), panics(), waits()))).is_ok();
    assert!(catch_unwind(AssertUnwindSafe(tried)).is_err());
    let joined = || block_on(join((waits(), panics(), waits()))).0.is_ok();
    assert!(catch_unwind(AssertUnwindSafe(joined)).is_err());
    assert_eq!(Rc::strong_count(&dropped), 1);
}

#[test]
fn a_body_cleans_up_within_its_grace() {
    let (token, log) = (CancelToken::new(), RefCell::new(Vec::new()));
    let body = async {
        let worked = cancellable(&token, sleep(HOUR)).await;
        log.borrow_mut().push("asked");
        sleep(TICK).await;
        log.borrow_mut().push("cleaned");
        worked
    };
    let canceller = async {
        sleep(TICK).await;
        token.cancel();
    };
    let (ended, ()) = block_on(join((with_grace(&token, HOUR, body), canceller)));
    assert_eq!(ended, Ok(Err(Cancelled)));
    assert_eq!(*log.borrow(), ["asked", "cleaned"]);
}

#[test]
fn a_clean_up_that_takes_too_long_is_dropped() {
    let (token, held) = (CancelToken::new(), Rc::new(()));
    token.cancel();
    let in_body = held.clone();
    let body = async {
        let _held = in_body;
        let _ = cancellable(&token, pending::<()>()).await;
        pending::<()>().await;
    };
    assert_eq!(block_on(with_grace(&token, TICK, body)), Err(Cancelled));
    assert_eq!(Rc::strong_count(&held), 1);
}

#[test]
fn who_is_cancelled_before_the_beginning_begins_nothing() {
    let token = CancelToken::new();
    token.cancel();
    let begun = Cell::new(false);
    let ended = block_on(cancellable(&token, async { begun.set(true) }));
    assert_eq!((ended, begun.get()), (Err(Cancelled), false));
}

#[test]
fn a_group_of_polite_tasks_is_cancelled_by_one_token() {
    let pool = ThreadPoolExecutor::new(2);
    let (stop, cleaned) = (CancelToken::new(), Arc::new(AtomicUsize::new(0)));
    let tasks: Vec<_> = (0..10)
        .map(|_| {
            let (token, cleaned) = (stop.child(), cleaned.clone());
            pool.spawn(async move {
                let body = async {
                    let worked = cancellable(&token, pending::<()>()).await;
                    yield_now().await;
                    cleaned.fetch_add(1, SeqCst);
                    worked
                };
                with_grace(&token, HOUR, body).await
            })
        })
        .collect();
    stop.cancel();
    for task in tasks {
        assert_eq!(task.result().unwrap(), Ok(Err(Cancelled)));
    }
    assert_eq!(cleaned.load(SeqCst), 10);
}

#[test]
fn a_task_that_is_dropped_anywhere_is_cleaned_up_after() {
    let pool = ThreadPoolExecutor::new(1);
    for polls in 0..4 {
        let cleaned = Arc::new(Event::new(false));
        let clean = cleaned.clone();
        let body = async {
            for _ in 0..9 {
                yield_now().await;
            }
        };
        let cleanup = async move || {
            yield_now().await;
            clean.set();
        };
        let mut task = Box::pin(with_cleanup(&pool, body, HOUR, cleanup));
        for _ in 0..polls {
            assert!(poll(task.as_mut()).is_pending());
        }
        drop(task);
        cleaned.wait();
    }
}

#[test]
fn a_body_that_panics_is_cleaned_up_after_and_one_that_ends_is_not() {
    let pool = ThreadPoolExecutor::new(1);
    let cleanups = Arc::new(AtomicUsize::new(0));
    let cleanup = || {
        let cleanups = cleanups.clone();
        async move || _ = cleanups.fetch_add(1, SeqCst)
    };
    let panics = pool.spawn(with_cleanup(
        &pool,
        async { panic!("no paper") },
        HOUR,
        cleanup(),
    ));
    assert!(matches!(
        panics.result(),
        Err::<(), _>(TaskError::Panicked(_))
    ));
    let ends = pool.spawn(with_cleanup(&pool, async { 7 }, HOUR, cleanup()));
    assert_eq!(ends.result().unwrap(), 7);
    let in_time = timeout(TICK, with_cleanup(&pool, pending::<()>(), HOUR, cleanup()));
    assert_eq!(block_on(in_time), Err(TimedOut));
    // Waits for the clean-ups.
    pool.shutdown(rungs::executor::Shutdown::Wait);
    assert_eq!(cleanups.load(SeqCst), 2);
}

#[test]
fn a_clean_up_ends_at_its_bound_and_its_panic_costs_nothing() {
    let pool = ThreadPoolExecutor::new(1);
    let never = Arc::new(Event::new(false));
    let wait = never.clone();
    let cleanup = async move || wait.wait_async().await;
    drop(with_cleanup(&pool, pending::<()>(), TICK, cleanup));
    drop(with_cleanup(&pool, pending::<()>(), HOUR, async || {
        panic!("no paper")
    }));
    let refuses = || -> std::future::Ready<()> { panic!("no ink") };
    drop(with_cleanup(&pool, pending::<()>(), HOUR, refuses));
    assert_eq!(pool.submit(|| 7).result().unwrap(), 7);
    // It would wait for one that had no bound.
    pool.shutdown(rungs::executor::Shutdown::Wait);
}

#[test]
fn a_clean_up_has_its_time_however_long_the_pool_is_busy() {
    let (pool, bound) = (ThreadPoolExecutor::new(1), Duration::from_secs(1));
    let (go, cleaned) = (Arc::new(Event::new(false)), Arc::new(Event::new(false)));
    let (wait, clean) = (go.clone(), cleaned.clone());
    let busy = pool.submit(move || wait.wait());
    let cleanup = async move || {
        for _ in 0..9 {
            yield_now().await;
        }
        clean.set();
    };
    drop(with_cleanup(&pool, pending::<()>(), bound, cleanup));
    assert!(cleaned.wait_timeout(bound).is_err());
    go.set();
    pool.shutdown(rungs::executor::Shutdown::Wait);
    assert!(busy.is_done() && cleaned.is_set());
}

#[test]
fn what_is_shielded_outlives_who_waits_for_it() {
    let pool = ThreadPoolExecutor::new(1);
    let (go, done) = (Arc::new(Event::new(false)), Arc::new(Event::new(false)));
    let (wait, set) = (go.clone(), done.clone());
    let commit = shield(&pool, async move {
        wait.wait_async().await;
        set.set();
    });
    assert_eq!(block_on(timeout(TICK, commit)).unwrap_err(), TimedOut);
    go.set();
    done.wait();
    let panics = shield(&pool, async { panic!("no paper") });
    assert!(matches!(
        block_on(panics),
        Err::<(), _>(TaskError::Panicked(_))
    ));
}

#[test]
fn a_shield_inside_a_cancelled_task_goes_on() {
    let pool = ThreadPoolExecutor::new(2);
    let (go, done) = (Arc::new(Event::new(false)), Arc::new(Event::new(false)));
    let (wait, set, handle) = (go.clone(), done.clone(), pool.handle());
    let (begin, begun) = std::sync::mpsc::channel();
    let task = pool.spawn(async move {
        let commit = async move {
            wait.wait_async().await;
            set.set();
        };
        let shielded = shield(&handle, commit);
        begin.send(()).unwrap();
        shielded.await
    });
    begun.recv().unwrap();
    task.cancel();
    assert!(matches!(task.result(), Err(TaskError::Cancelled)));
    go.set();
    done.wait();
}

#[test]
fn what_blocks_runs_elsewhere() {
    let here = thread::current().id();
    let blocked = Arc::new(Event::new(false));
    let (wait, local) = (blocked.clone(), LocalExecutor::new());
    let job = to_thread(move || {
        wait.wait();
        thread::current().id()
    });
    local.call_soon(move || blocked.set());
    assert_ne!(local.block_on(job).unwrap(), here);
    assert!(matches!(
        local.block_on(to_thread(|| panic!("no paper"))),
        Err::<(), _>(TaskError::Panicked(_))
    ));
}

/// As many as the pool has workers wait, and it works on.
#[test]
fn what_blocks_holds_up_no_other() {
    let pool = ThreadPoolExecutor::global();
    let (open, done) = (Arc::new(Event::new(false)), Arc::new(Event::new(false)));
    let begun = Arc::new(Semaphore::new(0));
    let waiting: Vec<_> = (0..pool.workers())
        .map(|_| {
            let (begin, open) = (begun.clone(), open.clone());
            to_thread(move || {
                begin.add_permits(1).unwrap();
                open.wait();
            })
        })
        .collect();
    begun.acquire_many(waiting.len()).unwrap().forget();
    let set = done.clone();
    pool.execute(move || set.set()).unwrap();
    done.wait();
    open.set();
    for task in waiting {
        task.result().unwrap();
    }
}

#[test]
fn names_nest_and_survive_a_panic() {
    let outer = named("outer", async {
        let inner = catch_unwind(AssertUnwindSafe(|| {
            block_on(named("inner", async { panic!("no paper") }))
        }));
        assert!(inner.is_err());
        // A look leaves it there.
        [(); 2].map(|()| rungs::task::current_name())
    });
    let looks = block_on(outer);
    assert!(looks.iter().all(|name| name.as_deref() == Some("outer")));
    assert_eq!(rungs::task::current_name(), None);
    let pool = ThreadPoolExecutor::new(1);
    let named = pool.spawn(named("job", async {
        yield_now().await;
        rungs::task::current_name()
    }));
    assert_eq!(named.result().unwrap().as_deref(), Some("job"));
}

#[test]
fn nothing_is_lost_where_waits_are_given_up_at_random() {
    let semaphore = Arc::new(Semaphore::new(3));
    let pool = ThreadPoolExecutor::new(2);
    let tasks: Vec<_> = (0..200_u64)
        .map(|n| {
            let (semaphore, token) = (semaphore.clone(), CancelToken::new());
            pool.spawn(async move {
                let mut ticks = interval(Duration::from_micros(50 + n));
                for _ in 0..20 {
                    let waits = cancellable(&token, semaphore.acquire_async());
                    if let Ok(Ok(_permit)) = timeout(Duration::from_micros(n * 3), waits).await {
                        ticks.tick().await;
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.result().unwrap();
    }
    assert_eq!((semaphore.available(), semaphore.waiters()), (3, 0));
}

#[test]
fn a_remote_runs_futures_of_other_threads() {
    let local = LocalExecutor::new();
    let remote = local.remote();
    let home = thread::current().id();
    let sender = thread::spawn(move || {
        let mut task = remote.spawn(async {
            sleep(TICK).await;
            thread::current().id()
        });
        while task.wait_timeout(TICK).is_err() {}
        remote.stop();
        task.try_result().unwrap().unwrap()
    });
    assert!(local.run_until_complete(pending::<()>()).is_err());
    assert_eq!(sender.join().unwrap(), home);
}
