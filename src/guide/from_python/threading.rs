//! From `threading`: threads, locks and synchronizers.
//!
//! # `threading`: threads
//!
//! | Python | here |
//! |---|---|
//! | `Thread(target=f).start()`, `join()` | `std::thread::spawn`, `join` |
//! | `for t in threads: t.join()` | `std::thread::scope`; or jobs of a [`scope`](crate::executor::scope()) |
//! | `Thread(name="x")`, `current_thread().name` | `std::thread::Builder`, `thread::current().name()` |
//! | `Thread.join(timeout)` | [`TaskFuture::result_timeout`](crate::future::TaskFuture::result_timeout) of a job |
//! | `Timer(5, f)` | [`schedule_after`](crate::executor::Handle::schedule_after) |
//! | `threading.local()` | `thread_local!`; in a pool, [`Builder::state`](crate::pool::Builder::state) |
//! | `daemon=True` | every thread is one: the process ends with its first. What a pool accepted is waited for when it is dropped, unless it is [detached](crate::executor::ThreadPoolExecutor::detach) |
//! | `threading.excepthook` | [`on_panic`](crate::executor::Builder::on_panic) of a pool |
//! | `sys.setswitchinterval`, the GIL | none: threads compute at the same time |
//!
//! ```
//! use rungs::executor::ThreadPoolExecutor;
//! use std::thread;
//! use std::time::Duration;
//!
//! // t = Thread(target=f); t.start(); t.join()
//! let t = thread::spawn(|| 6 * 7);
//! assert_eq!(t.join().unwrap(), 42);
//!
//! // for t in threads: t.start() … for t in threads: t.join()
//! let mut squares = [1, 2, 3];
//! thread::scope(|s| {
//!     for n in &mut squares {
//!         s.spawn(|| *n *= *n);
//!     }
//! });
//! assert_eq!(squares, [1, 4, 9]);
//!
//! // t = Thread(target=work); t.start(); t.join(timeout=60)
//! let pool = ThreadPoolExecutor::new(2);
//! let t = pool.submit(|| 6 * 7);
//! assert_eq!(t.result_timeout(Duration::from_secs(60)).unwrap().unwrap(), 42);
//!
//! // Timer(0.001, work).start()
//! let timer = pool.schedule_after(Duration::from_millis(1), || 6 * 7);
//! assert_eq!(timer.result().unwrap(), 42);
//! ```
//!
//! ```
//! use rungs::executor::{ThreadPoolExecutor, scope};
//! use rungs::pool::WorkerPool;
//! use rungs::queue::Queue;
//! use std::{cell::Cell, sync::mpsc, thread};
//!
//! // Thread(target=f, name="x").start()        threading.current_thread().name
//! let f = || thread::current().name().map(str::to_owned);
//! let x = thread::Builder::new().name("x".to_owned()).spawn(f).unwrap();
//! assert_eq!(x.join().unwrap().as_deref(), Some("x"));
//!
//! // for t in threads: t.join()  # here jobs of a pool, which use what lies outside
//! let words = ["no", "paper"];
//! let mut lengths = [0; 2];
//! scope(|s| {
//!     for (word, length) in words.iter().zip(&mut lengths) {
//!         s.spawn(|| *length = word.len());
//!     }
//! });
//! assert_eq!(lengths, [2, 5]);
//!
//! // local = threading.local()
//! thread_local! {
//!     static LOCAL: Cell<u32> = const { Cell::new(0) };
//! }
//! thread::spawn(|| LOCAL.set(7)).join().unwrap();
//! assert_eq!(LOCAL.get(), 0); // this thread has its own
//!
//! // the same of a worker, who has it to himself
//! let sums = Queue::unbounded();
//! let to = sums.clone();
//! let add = move |sum: &mut u32, n: u32| {
//!     *sum += n;
//!     to.push(*sum).unwrap();
//! };
//! let builder = WorkerPool::builder().workers(1).state(|_worker| 0);
//! let workers = builder.build(Queue::bounded(2), add).unwrap();
//! workers.queue().push(3).unwrap();
//! workers.queue().push(4).unwrap();
//! workers.join();
//! assert_eq!(sums.try_iter().collect::<Vec<_>>(), [3, 7]);
//!
//! // threading.excepthook = report
//! let (report, reported) = mpsc::channel();
//! let pool = ThreadPoolExecutor::builder()
//!     .max_workers(1)
//!     .on_panic(move |payload| report.send(payload.message().to_owned()).unwrap())
//!     .build()
//!     .unwrap();
//! pool.execute(|| panic!("no paper")).unwrap();
//! assert_eq!(reported.recv().unwrap(), "no paper");
//!
//! // Thread(target=f, daemon=True).start()
//! let (sender, receiver) = mpsc::channel();
//! pool.execute(move || sender.send(7).unwrap()).unwrap();
//! pool.detach(); // nobody waits for it
//! assert_eq!(receiver.recv(), Ok(7));
//! ```
//!
//! # `threading`: locks and synchronizers
//!
//! | Python | here | to note |
//! |---|---|---|
//! | `Lock()` beside the data | [`Mutex`](crate::sync::Mutex) around the data | only the thread that locked it unlocks it |
//! | `Lock()` that another thread releases | [`Semaphore::new(1)`](crate::sync::Semaphore::new) | [`forget`](crate::sync::PermitOf::forget) the permit, [`add_permits`](crate::sync::Semaphore::add_permits) |
//! | `lock.locked()` | [`is_locked`](crate::sync::Mutex::is_locked) | true a moment ago |
//! | `RLock()` | [`ReentrantMutex`](crate::sync::ReentrantMutex) | gives `&T`: put a `Cell` or `RefCell` in it |
//! | `Condition()` | [`Condvar`](crate::sync::Condvar) | `wait_for(p)` waits *until*, [`wait_while`](crate::sync::Condvar::wait_while) *while* |
//! | `Semaphore(n)` | [`Semaphore`](crate::sync::Semaphore) | the permit gives itself back |
//! | `BoundedSemaphore(n)` | [`Semaphore::bounded`](crate::sync::Semaphore::bounded) | |
//! | `Event()`, `set`, `clear` | [`Event`](crate::sync::Event), [`set`](crate::sync::Event::set), [`reset`](crate::sync::Event::reset) | |
//! | `Barrier(n)`, `wait`, `abort` | [`Barrier`](crate::sync::Barrier), [`wait`](crate::sync::Barrier::wait), [`abort`](crate::sync::Barrier::abort) | `BrokenBarrierError` is an `Err` |
//! | `Barrier(n, action)` | [`Barrier::with_action`](crate::sync::Barrier::with_action) | |
//! | `functools.cache` of a function without arguments | [`Lazy`](crate::sync::Lazy), [`OnceCell`](crate::sync::OnceCell) | made once, also where threads race |
//!
//! ```
//! use rungs::sync::{Barrier, Condvar, Event, Lazy, Mutex, ReentrantMutex, Semaphore, TimedOut};
//! use std::cell::Cell;
//! use std::thread;
//! use std::time::Duration;
//!
//! // lock = Lock()        with lock: count += 1
//! let count = Mutex::new(0);
//! *count.lock() += 1;
//! assert_eq!(*count.lock(), 1);
//!
//! // lock.acquire(blocking=False)
//! let held = count.lock();
//! assert!(count.try_lock().is_none());
//!
//! // lock.acquire(timeout=0.001)
//! assert!(count.lock_timeout(Duration::from_millis(1)).is_none());
//! drop(held); // lock.release()
//!
//! // rlock = RLock()        with rlock: … with rlock: …
//! let tree = ReentrantMutex::new(Cell::new(0));
//! let outer = tree.lock();
//! tree.lock().set(1);
//! assert_eq!(outer.get(), 1);
//!
//! // cond = Condition()
//! // with cond: cond.wait_for(lambda: items)        with cond: items.append(1); cond.notify()
//! let (items, cond) = (Mutex::new(Vec::new()), Condvar::new());
//! thread::scope(|s| {
//!     s.spawn(|| {
//!         items.lock().push(1);
//!         cond.notify_one();
//!     });
//!     let mut items = items.lock();
//!     cond.wait_while(&mut items, |items| items.is_empty());
//!     assert_eq!(items.pop(), Some(1));
//! });
//!
//! // semaphore = Semaphore(2)        with semaphore: …
//! let semaphore = Semaphore::new(2);
//! let permit = semaphore.acquire().unwrap();
//! assert_eq!(semaphore.available(), 1);
//! drop(permit);
//!
//! // bounded = BoundedSemaphore(2); bounded.release()  # ValueError: released too many times
//! let bounded = Semaphore::bounded(2, 2);
//! assert!(bounded.add_permits(1).is_err());
//!
//! // event = Event()
//! // event.wait(timeout=0.001)        event.set()        event.clear()        event.is_set()
//! let event = Event::new(false);
//! assert_eq!(event.wait_timeout(Duration::from_millis(1)), Err(TimedOut));
//! event.set();
//! event.wait();
//! event.reset();
//! assert!(!event.is_set());
//!
//! // barrier = Barrier(2)        barrier.wait() == 0  # for one of them
//! let barrier = Barrier::new(2);
//! let here = || barrier.wait().unwrap().is_leader();
//! let leaders = thread::scope(|s| [s.spawn(here), s.spawn(here)].map(|t| t.join().unwrap()));
//! assert!(leaders[0] ^ leaders[1]);
//!
//! // barrier.abort()  # BrokenBarrierError for all
//! barrier.abort();
//! assert!(barrier.wait().is_err());
//!
//! // @functools.cache
//! // def config(): return load()
//! static CONFIG: Lazy<String> = Lazy::new(|| "loaded".to_owned());
//! assert_eq!(*CONFIG, "loaded");
//! ```
//!
//! ```
//! use rungs::sync::{Barrier, Mutex, OnceCell, Semaphore};
//! use std::sync::atomic::{AtomicU32, Ordering};
//! use std::{sync::Arc, thread};
//!
//! // lock = Lock(); lock.acquire()        lock.release()  # in another thread
//! let lock = Semaphore::new(1);
//! lock.acquire().unwrap().forget();
//! thread::scope(|s| {
//!     s.spawn(|| lock.add_permits(1));
//!     drop(lock.acquire().unwrap());
//! });
//! assert_eq!(lock.available(), 1);
//!
//! // lock.locked()
//! let lock = Mutex::new(());
//! let held = lock.lock();
//! assert!(lock.is_locked());
//! drop(held);
//!
//! // Barrier(2, action=count)
//! let count = Arc::new(AtomicU32::new(0));
//! let action = count.clone();
//! let barrier = Barrier::with_action(2, move || _ = action.fetch_add(1, Ordering::Relaxed));
//! thread::scope(|s| {
//!     s.spawn(|| barrier.wait().unwrap());
//!     barrier.wait().unwrap();
//! });
//! assert_eq!(count.load(Ordering::Relaxed), 1);
//!
//! // @functools.cache  # of a method: what it makes depends on `self`
//! struct Page(&'static str, OnceCell<usize>);
//! let page = Page("paper", OnceCell::new());
//! assert_eq!(*page.1.get_or_init(|| page.0.len()), 5);
//! assert_eq!(*page.1.get_or_init(|| unreachable!()), 5);
//! ```
