//! From Go: `sync`, and what goes with it.
//!
//! # `sync`
//!
//! | Go | here | to note |
//! |---|---|---|
//! | `sync.Mutex` | [`Mutex`](crate::sync::Mutex); for tasks [`AsyncMutex`](crate::sync::AsyncMutex) | the data is inside |
//! | `sync.RWMutex` | [`RwLock`](crate::sync::RwLock), [`AsyncRwLock`](crate::sync::AsyncRwLock) | |
//! | `sync.WaitGroup` | [`WaitGroup`](crate::sync::WaitGroup) | a member is a value: dropped, it is `Done` |
//! | `sync.Once`, `sync.OnceValue` | [`OnceCell`](crate::sync::OnceCell), [`Lazy`](crate::sync::Lazy) | |
//! | `sync.Cond` | [`Condvar`](crate::sync::Condvar), [`AsyncCondvar`](crate::sync::AsyncCondvar) | |
//! | `semaphore.NewWeighted(n)` | [`Semaphore`](crate::sync::Semaphore) | [`acquire_many`](crate::sync::Semaphore::acquire_many) |
//! | `atomic.Int64` | `std::sync::atomic` | the order of the accesses is said at each |
//! | `sync.Map` | a [`Mutex`](crate::sync::Mutex) or [`RwLock`](crate::sync::RwLock) around a `HashMap` | |
//! | `sync.Pool` | none: a [`Queue`](crate::queue::Queue) of what is free, and its `try_pop` | |
//! | `mu.TryLock()` | [`try_lock`](crate::sync::Mutex::try_lock) | |
//! | `singleflight.Group` | [`get_or_init_async`](crate::sync::OnceCell::get_or_init_async) of a cell for each key; for one task, [`shared`](crate::future::TaskFuture::shared) | |
//! | `go run -race` | none needed: the compiler refuses it; for what it cannot see, [models](crate::guide::races) | |
//!
//! ```
//! use rungs::sync::{Lazy, Mutex, OnceCell, RwLock, Semaphore, WaitGroup};
//! use std::collections::HashMap;
//! use std::thread;
//!
//! // var mu sync.Mutex; mu.Lock(); n++; mu.Unlock()
//! let n = Mutex::new(0);
//! *n.lock() += 1;
//! assert_eq!(*n.lock(), 1);
//!
//! // var mu sync.RWMutex; mu.RLock(); defer mu.RUnlock(); return m["a"]
//! let m = RwLock::new(HashMap::from([("a", 1)]));
//! assert_eq!(m.read()["a"], 1);
//!
//! // var wg sync.WaitGroup; wg.Add(1); go func() { defer wg.Done(); … }(); wg.Wait()
//! let wg = WaitGroup::new();
//! let member = wg.add();
//! let thread = thread::spawn(move || drop(member)); // a panic would drop it, too
//! wg.wait();
//! assert_eq!(wg.members(), 0);
//! thread.join().unwrap();
//!
//! // var once sync.Once; once.Do(func() { config = load() })
//! let config = OnceCell::new();
//! assert_eq!(*config.get_or_init(|| "loaded"), "loaded");
//! assert_eq!(*config.get_or_init(|| "again"), "loaded");
//!
//! // var config = sync.OnceValue(load)
//! static CONFIG: Lazy<u32> = Lazy::new(|| 7);
//! assert_eq!(*CONFIG, 7);
//!
//! // sem := semaphore.NewWeighted(10); sem.Acquire(ctx, 3); defer sem.Release(3)
//! let sem = Semaphore::new(10);
//! let three = sem.acquire_many(3).unwrap();
//! assert_eq!((three.count(), sem.available()), (3, 7));
//!
//! // sem.TryAcquire(8)
//! assert!(sem.try_acquire_many(8).is_err());
//! ```
//!
//! ```
//! use rungs::executor::ThreadPoolExecutor;
//! use rungs::future::block_on;
//! use rungs::sync::{AsyncCondvar, AsyncMutex, AsyncRwLock, Condvar, Mutex, OnceCell};
//! use std::collections::HashMap;
//! use std::sync::atomic::{AtomicI64, Ordering};
//! use std::thread;
//!
//! // mu.TryLock()
//! let mu = Mutex::new(0);
//! let held = mu.lock();
//! assert!(mu.try_lock().is_none());
//! drop(held);
//!
//! // for len(items) == 0 { cond.Wait() }        items = append(items, 1); cond.Signal()
//! // cond := sync.NewCond(&mu)  // a sync.Cond belongs to its lock; here it is given the guard
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
//! // the same three in goroutines: the lock may be held over an `.await`
//! let (mu, rw, cond) = (AsyncMutex::new(1), AsyncRwLock::new(2), AsyncCondvar::new());
//! let sum = block_on(async {
//!     let n = cond.wait_while_async(mu.lock_async().await, |n| *n == 0).await;
//!     *n + *rw.read_async().await
//! });
//! assert_eq!(sum, 3);
//!
//! // var n atomic.Int64; n.Add(1)
//! let n = AtomicI64::new(0);
//! n.fetch_add(1, Ordering::Relaxed);
//! assert_eq!(n.load(Ordering::Relaxed), 1);
//!
//! // var m sync.Map; m.Store("a", 1); m.Load("a")
//! let m = Mutex::new(HashMap::new());
//! m.lock().insert("a", 1);
//! assert_eq!(m.lock().get("a"), Some(&1));
//!
//! // var g singleflight.Group; g.Do("key", fetch)
//! let page = OnceCell::new();
//! let fetch = async || "page";
//! assert_eq!(*block_on(page.get_or_init_async(fetch)), "page");
//! let pool = ThreadPoolExecutor::new(1);
//! let flight = pool.spawn(async { "page" }).shared();
//! assert_eq!((flight.result().unwrap(), flight.result().unwrap()), (&"page", &"page"));
//! ```
