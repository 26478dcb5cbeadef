//! From `java.util.concurrent`: its locks, synchronizers and atomics.
//!
//! # Locks
//!
//! | Java | here | to note |
//! |---|---|---|
//! | `synchronized`, `ReentrantLock` | [`Mutex`](crate::sync::Mutex) | not reentrant; to lock it twice is a deadlock |
//! | `lock.getHoldCount() > 1`: reentrant | [`ReentrantMutex`](crate::sync::ReentrantMutex) | gives `&T` |
//! | `lock.tryLock()`, `isLocked` | [`try_lock`](crate::sync::Mutex::try_lock), [`is_locked`](crate::sync::Mutex::is_locked) | |
//! | `lock.tryLock(1, MILLISECONDS)` | [`lock_timeout`](crate::sync::Mutex::lock_timeout) | |
//! | `wait`, `notify`, `Condition` | [`Condvar`](crate::sync::Condvar) | [`wait_while`](crate::sync::Condvar::wait_while) is the loop around it |
//! | `ReentrantReadWriteLock` | [`RwLock`](crate::sync::RwLock) | |
//! | `StampedLock.tryConvertToWriteLock` | [`upgradable_read`](crate::sync::RwLock::upgradable_read) | there is no optimistic reading |
//! | `Semaphore(n, true)` | [`Semaphore::fair`](crate::sync::Semaphore::fair) | and [`new`](crate::sync::Semaphore::new): fair in the end |
//! | `ThreadLocal` | `thread_local!` | |
//! | `AtomicLong`, `VarHandle` | `std::sync::atomic` | the order of the accesses is said at each |
//! | `LongAdder` | none: an atomic for each worker, added up | |
//! | `ConcurrentHashMap` | a [`Mutex`](crate::sync::Mutex) or [`RwLock`](crate::sync::RwLock) around a `HashMap` | |
//! | `CopyOnWriteArrayList` | an [`RwLock`](crate::sync::RwLock) around an `Arc<Vec<T>>` | |
//!
//! ```
//! use rungs::sync::{Condvar, Mutex, ReentrantMutex, RwLock, RwLockUpgradableReadGuard, Semaphore};
//! use std::cell::Cell;
//! use std::thread;
//! use std::time::Duration;
//!
//! // synchronized (this) { count++; }        lock = new ReentrantLock(); lock.lock(); count++;
//! let count = Mutex::new(0);
//! *count.lock() += 1;
//! assert_eq!(*count.lock(), 1);
//!
//! // lock.tryLock(1, MILLISECONDS)
//! let held = count.lock();
//! assert!(count.lock_timeout(Duration::from_millis(1)).is_none());
//! drop(held); // lock.unlock()
//!
//! // synchronized (this) { synchronized (this) { … } }  // lock.getHoldCount() == 2
//! let depth = ReentrantMutex::new(Cell::new(0));
//! let outer = depth.lock();
//! depth.lock().set(2);
//! assert_eq!(outer.get(), 2);
//!
//! // while (list.isEmpty()) list.wait();        list.add(1); list.notify();
//! // Condition condition = lock.newCondition(); condition.await();        condition.signal();
//! let (list, condition) = (Mutex::new(Vec::new()), Condvar::new());
//! thread::scope(|s| {
//!     s.spawn(|| {
//!         list.lock().push(1);
//!         condition.notify_one();
//!     });
//!     let mut list = list.lock();
//!     condition.wait_while(&mut list, |list| list.is_empty());
//!     assert_eq!(list.pop(), Some(1));
//! });
//!
//! // rw = new ReentrantReadWriteLock(); rw.readLock().lock();        rw.writeLock().lock();
//! let rw = RwLock::new(1);
//! assert_eq!(*rw.read(), 1);
//! *rw.write() = 2;
//!
//! // StampedLock sl; stamp = sl.readLock(); stamp = sl.tryConvertToWriteLock(stamp);
//! let looked = rw.upgradable_read();
//! if *looked == 2 {
//!     *RwLockUpgradableReadGuard::upgrade(looked) = 3; // nobody has written in between
//! }
//! assert_eq!(*rw.read(), 3);
//!
//! // new Semaphore(2, true).acquire(2);
//! let semaphore = Semaphore::fair(2);
//! let both = semaphore.acquire_many(2).unwrap();
//! assert_eq!((both.count(), semaphore.available()), (2, 0));
//! ```
//!
//! ```
//! use rungs::sync::{Mutex, RwLock};
//! use std::cell::Cell;
//! use std::collections::HashMap;
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicI64, Ordering};
//! use std::thread;
//!
//! // lock.tryLock()        lock.isLocked()
//! let lock = Mutex::new(());
//! let held = lock.lock();
//! assert!(lock.try_lock().is_none() && lock.is_locked());
//! drop(held);
//!
//! // static final ThreadLocal<Integer> N = ThreadLocal.withInitial(() -> 0);
//! thread_local! {
//!     static N: Cell<u32> = const { Cell::new(0) };
//! }
//! thread::spawn(|| N.set(7)).join().unwrap();
//! assert_eq!(N.get(), 0); // this thread has its own
//!
//! // n = new AtomicLong(); n.incrementAndGet();        VarHandle.getAndAddAcquire
//! let n = AtomicI64::new(0);
//! n.fetch_add(1, Ordering::Relaxed);
//! n.fetch_add(1, Ordering::Acquire);
//! assert_eq!(n.into_inner(), 2);
//!
//! // map = new ConcurrentHashMap<>(); map.merge("a", 1, Integer::sum);
//! let map = Mutex::new(HashMap::new());
//! *map.lock().entry("a").or_insert(0) += 1;
//! assert_eq!(map.lock()["a"], 1);
//!
//! // list = new CopyOnWriteArrayList<>(); list.add(1); for (var x : list) { … }
//! let list = RwLock::new(Arc::new(vec![]));
//! Arc::make_mut(&mut *list.write()).push(1);
//! let seen = list.read().clone(); // stays as it is
//! Arc::make_mut(&mut *list.write()).push(2);
//! assert_eq!((seen.len(), list.read().len()), (1, 2));
//! ```
//!
//! # Synchronizers
//!
//! | Java | here | to note |
//! |---|---|---|
//! | `CountDownLatch(n)` | [`Latch`](crate::sync::Latch) | |
//! | `CountDownLatch(1)` | [`Event`](crate::sync::Event) | may be reset |
//! | `CyclicBarrier(n, action)` | [`Barrier::with_action`](crate::sync::Barrier::with_action) | |
//! | `Phaser` | [`Phaser`](crate::sync::Phaser) | a [`Party`](crate::sync::Party) that is dropped deregisters |
//! | `Phaser` that only ends: `arriveAndDeregister` | [`WaitGroup`](crate::sync::WaitGroup) | a member that is dropped has arrived |
//! | `Exchanger` | [`Exchanger`](crate::sync::Exchanger) | |
//! | `LockSupport.park`, `unpark` | [`AutoResetEvent`](crate::sync::AutoResetEvent) | |
//! | `static final`, `StableValue` | [`Lazy`](crate::sync::Lazy), [`OnceCell`](crate::sync::OnceCell) | |
//! | `Thread.interrupt`, `isInterrupted` | [`CancelToken`](crate::sync::CancelToken) | a tree: [`child`](crate::sync::CancelToken::child) |
//!
//! ```
//! use rungs::sync::{AutoResetEvent, Barrier, CancelToken, Exchanger, Latch, Lazy, Phaser};
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicU32, Ordering};
//! use std::thread;
//!
//! // latch = new CountDownLatch(2);        latch.countDown();        latch.await();
//! let latch = Latch::new(2);
//! thread::scope(|s| {
//!     s.spawn(|| latch.count_down());
//!     s.spawn(|| latch.count_down());
//!     latch.wait();
//! });
//! assert_eq!(latch.count(), 0);
//!
//! // action = () -> rounds.incrementAndGet()
//! // barrier = new CyclicBarrier(2, action); barrier.await();
//! let rounds = Arc::new(AtomicU32::new(0));
//! let count = rounds.clone();
//! let barrier = Barrier::with_action(2, move || _ = count.fetch_add(1, Ordering::Relaxed));
//! thread::scope(|s| {
//!     s.spawn(|| barrier.wait().unwrap());
//!     barrier.wait().unwrap();
//! });
//! assert_eq!(rounds.load(Ordering::Relaxed), 1);
//!
//! // phaser = new Phaser(); phaser.register(); phaser.arriveAndAwaitAdvance(); phaser.arriveAndDeregister();
//! let phaser = Phaser::new();
//! let mut party = phaser.register();
//! let phase = party.arrive_and_wait(); // the only one: nobody to wait for
//! party.deregister();
//! assert!(phaser.try_wait_phase(phase) && phaser.parties() == 0);
//!
//! // exchanger = new Exchanger<>(); exchanger.exchange("a")
//! let exchanger = Exchanger::new();
//! let swapped = thread::scope(|s| {
//!     let other = s.spawn(|| exchanger.exchange("a"));
//!     (exchanger.exchange("b"), other.join().unwrap())
//! });
//! assert_eq!(swapped, ("a", "b"));
//!
//! // LockSupport.unpark(thread); LockSupport.park();
//! let permit = AutoResetEvent::new(false);
//! permit.set();
//! permit.wait();
//! assert!(!permit.is_set());
//!
//! // class Holder { static final int VALUE = load(); }
//! static VALUE: Lazy<u32> = Lazy::new(|| 7);
//! assert_eq!(*VALUE, 7);
//!
//! // thread.interrupt();        while (!Thread.currentThread().isInterrupted()) { … }
//! let token = CancelToken::new();
//! let work = token.child();
//! token.cancel();
//! assert!(work.check().is_err());
//! ```
//!
//! ```
//! use rungs::sync::{Event, OnceCell, WaitGroup};
//! use std::thread;
//!
//! // gate = new CountDownLatch(1); gate.countDown();        gate.await();
//! let gate = Event::new(false);
//! thread::scope(|s| {
//!     s.spawn(|| gate.set());
//!     gate.wait();
//! });
//! assert!(gate.is_set());
//!
//! // phaser.register();        phaser.arriveAndDeregister();        // and one waits for the end
//! let group = WaitGroup::new();
//! for _ in 0..2 {
//!     let member = group.add();
//!     thread::spawn(move || drop(member));
//! }
//! group.wait();
//! assert_eq!(group.members(), 0);
//!
//! // value = StableValue.of(); value.orElseSet(() -> load());
//! let value = OnceCell::new();
//! assert_eq!(*value.get_or_init(|| 7), 7);
//! assert_eq!(*value.get_or_init(|| unreachable!()), 7);
//! ```
