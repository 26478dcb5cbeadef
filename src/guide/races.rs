//! Races and deadlocks: four faults, how a model checker finds them, and their cures.
//!
//! A program has a *race* where its result depends on who comes first. Tests seldom see it, for in
//! tests it is nearly always the same one. A *model checker* runs a small program in every order in
//! which its threads can meet, and so finds what happens once in a million runs as surely as what
//! happens always. The model checker here is [loom].
//!
//! Each fault on this page stands in `loom-tests/guide.rs` of this crate, as a program that loom
//! fails and as a repaired one that it passes. To see both:
//!
//! ```text
//! cargo test --lib --features loom guide -- --nocapture
//! ```
//!
//! # What the compiler has refused already
//!
//! A *data race*, two threads at the same memory of which one writes, is not among the four: safe
//! Rust does not compile it. What is left are faults in the *order* of steps of which each is
//! correct.
//!
//! # A lost update
//!
//! Two threads count. Each locks, twice:
//!
//! ```no_run
//! # use rungs::sync::Mutex;
//! # let count = Mutex::new(0);
//! let seen = *count.lock();  // the guard is gone at the semicolon
//! *count.lock() = seen + 1;  // what others wrote in between is overwritten
//! ```
//!
//! loom, of two threads that do this and then find `*count.lock() == 2`:
//!
//! ```text
//! assertion `left == right` failed
//!   left: 1
//!  right: 2
//! ```
//!
//! *Cure:* what belongs together goes under one lock, that is, into one guard's life. Or it is sent
//! to whoever owns the value, as one message.
//!
//! ```
//! use rungs::actor::Addr;
//! use rungs::sync::Mutex;
//! use std::thread;
//!
//! let count = Mutex::new(0);
//! let owner = Addr::spawn(0); // rung 4: the value has an owner, and others send it closures
//! thread::scope(|s| {
//!     for _ in 0..2 {
//!         s.spawn(|| *count.lock() += 1);
//!         s.spawn(|| owner.post(|count| *count += 1).unwrap());
//!     }
//! });
//! assert_eq!(count.into_inner(), 2);
//! assert_eq!(owner.call(|count| *count).wait().unwrap(), 2);
//! ```
//!
//! # A lock-order deadlock
//!
//! Two accounts, each with its lock. Somebody pays from the first to the second, and somebody else
//! from the second to the first. Each holds what the other wants:
//!
//! ```no_run
//! # use rungs::sync::Mutex;
//! fn pay(from: &Mutex<i64>, to: &Mutex<i64>, amount: i64) {
//!     let (mut from, mut to) = (from.lock(), to.lock());
//!     *from -= amount;
//!     *to += amount;
//! }
//! ```
//!
//! loom, of `pay(&a, &b, 1)` in one thread and `pay(&b, &a, 1)` in another:
//!
//! ```text
//! deadlock; threads = [(Id(0), Blocked(Location(None))), (Id(1), Blocked(Location(None)))]
//! ```
//!
//! *Cure:* everybody locks in the same order, whatever the direction of the payment. Any order will
//! do; the places in memory are one.
//!
//! ```
//! use rungs::sync::Mutex;
//! use std::{ptr, thread};
//!
//! fn pay(from: &Mutex<i64>, to: &Mutex<i64>, amount: i64) {
//!     assert!(!ptr::eq(from, to), "a payment to oneself"); // would lock the same mutex twice
//!     let (mut f, mut t);
//!     if ptr::from_ref(from) < ptr::from_ref(to) {
//!         f = from.lock();
//!         t = to.lock();
//!     } else {
//!         t = to.lock();
//!         f = from.lock();
//!     }
//!     *f -= amount;
//!     *t += amount;
//! }
//!
//! let (a, b) = (Mutex::new(10), Mutex::new(10));
//! thread::scope(|s| {
//!     for _ in 0..100 {
//!         s.spawn(|| pay(&a, &b, 1));
//!         s.spawn(|| pay(&b, &a, 1));
//!     }
//! });
//! assert_eq!((a.into_inner(), b.into_inner()), (10, 10));
//! ```
//!
//! Other cures: one lock for all accounts; or to give up, with
//! [`lock_timeout`](crate::sync::Mutex::lock_timeout), and to begin again. An actor for each
//! account, which waits for another's reply, is no cure: two of them can wait for each other as
//! well.
//!
//! A circle of locks need not close to be found. With the feature `diagnostics`, a build with debug
//! assertions notes in which order locks are taken, and reports two orders that do not agree, with
//! the places in the source, in any run that takes them one after the other. See the example
//! `dining_philosophers`.
//!
//! # A lost wake-up
//!
//! One thread makes something ready, another waits for it. It looks, and if there is nothing, it
//! waits. Between the two steps the notification comes, when nobody waits, and nobody will come
//! again:
//!
//! ```no_run
//! # use rungs::sync::{Condvar, Mutex};
//! # let (ready, condvar) = (Mutex::new(false), Condvar::new());
//! let is_ready = *ready.lock();
//! if !is_ready {
//!     condvar.wait(&mut ready.lock()); // the other thread has notified, a moment ago
//! }
//! ```
//!
//! loom, of this and a thread that says `*ready.lock() = true; condvar.notify_one()`:
//!
//! ```text
//! deadlock; threads = [(Id(0), Blocked(Location(None))), (Id(1), Terminated)]
//! ```
//!
//! *Cure:* look and wait under the same lock, in a loop, as
//! [`wait_while`](crate::sync::Condvar::wait_while) does. Better, take a synchronizer that remembers:
//! an [`Event`](crate::sync::Event) that was set stays set, a
//! [`Semaphore`](crate::sync::Semaphore) keeps its permits, a [`Queue`](crate::queue::Queue) its
//! items. So it does not matter who comes first.
//!
//! ```
//! use rungs::sync::{Condvar, Event, Mutex};
//! use std::thread;
//!
//! let (ready, condvar, event) = (Mutex::new(false), Condvar::new(), Event::new(false));
//! thread::scope(|s| {
//!     s.spawn(|| {
//!         *ready.lock() = true;
//!         condvar.notify_one();
//!         event.set();
//!     });
//!     condvar.wait_while(&mut ready.lock(), |ready| !*ready);
//!     event.wait();
//! });
//! assert!(*ready.lock() && event.is_set());
//! ```
//!
//! # Check-then-act
//!
//! What was true when it was looked at need not be true when it is acted on. Two threads find that a
//! value is missing, and both make it:
//!
//! ```no_run
//! # use rungs::sync::OnceCell;
//! # fn load() -> u32 { 7 }
//! # let config = OnceCell::new();
//! if config.get().is_none() {
//!     let _ = config.set(load()); // loaded twice; and one of the two is thrown away
//! }
//! ```
//!
//! loom, of two threads that do this, where `load` counts its calls:
//!
//! ```text
//! assertion `left == right` failed
//!   left: 2
//!  right: 1
//! ```
//!
//! *Cure:* one operation that checks and acts. The types of this crate have one wherever it makes
//! sense: [`get_or_init`](crate::sync::OnceCell::get_or_init),
//! [`try_acquire`](crate::sync::Semaphore::try_acquire) rather than
//! [`available`](crate::sync::Semaphore::available),
//! [`try_pop`](crate::queue::Queue::try_pop) rather than
//! [`is_empty`](crate::queue::Queue::is_empty). Numbers such as `len()` are for logs.
//!
//! ```
//! use rungs::sync::OnceCell;
//! use std::sync::atomic::{AtomicU32, Ordering};
//! use std::thread;
//!
//! let (config, loads) = (OnceCell::new(), AtomicU32::new(0));
//! thread::scope(|s| {
//!     for _ in 0..8 {
//!         s.spawn(|| {
//!             let value = config.get_or_init(|| {
//!                 loads.fetch_add(1, Ordering::Relaxed);
//!                 7
//!             });
//!             assert_eq!(*value, 7);
//!         });
//!     }
//! });
//! assert_eq!(loads.into_inner(), 1);
//! ```
//!
//! # Checking your own code
//!
//! The types of this crate show loom their insides when it is built for that, so programs over them
//! can be checked as this crate is. In `Cargo.toml`:
//!
//! ```toml
//! [features]
//! loom = ["dep:loom", "rungs/loom"]
//!
//! [dependencies]
//! rungs = "0.1"
//! loom = { version = "0.7", optional = true }
//!
//! [lints.rust]
//! unexpected_cfgs = { level = "warn", check-cfg = ["cfg(rungs_loom)"] }
//! ```
//!
//! In `tests/models.rs`, a program that is small, with two or three threads:
//!
//! ```ignore
//! #![cfg(rungs_loom)]
//! use loom::thread; // rather than std::thread
//! use rungs::sync::Mutex;
//! use std::sync::Arc;
//!
//! #[test]
//! fn no_update_is_lost() {
//!     loom::model(|| {
//!         // All that is shared is made in here: the closure runs once for every order.
//!         let count = Arc::new(Mutex::new(0));
//!         let theirs = count.clone();
//!         let other = thread::spawn(move || *theirs.lock() += 1);
//!         *count.lock() += 1;
//!         other.join().unwrap();
//!         assert_eq!(*count.lock(), 2);
//!     });
//! }
//! ```
//!
//! And then:
//!
//! ```text
//! RUSTFLAGS="--cfg rungs_loom" cargo test --release --features loom --test models
//! ```
//!
//! The flag, not the feature, changes what the types are made of; a feature that is on somewhere in
//! a dependency tree harms nobody. What to know:
//!
//! * loom sees the types of this crate and its own (`loom::sync`, `loom::cell`, `loom::thread`). It
//!   does not see `std::sync::atomic`, or a file.
//! * Time stands still. `rungs::model::expire_all()`, which is there under the flag, lets all
//!   deadlines pass at once. Call it in a thread that hands over nothing that the others wait for,
//!   and the timeout is tried at every moment at which it could come.
//! * A model with three threads has many orders. `loom::model::Builder` has a `preemption_bound`,
//!   for which loom's documentation advises 2 or 3.
//! * Check that a model can fail: break the program, and see it found.
//!
//! `loom-tests/downstream` of this crate is such a package, with a correct program and a planted
//! race.
//!
//! [loom]: https://docs.rs/loom
