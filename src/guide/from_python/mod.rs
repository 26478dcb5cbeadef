//! From Python: what `threading`, `queue`, `multiprocessing`, `concurrent.futures`, `asyncio`, gevent
//! and Twisted call it, and what it is called here.
//!
//! Under each heading stand a table and its programs. What stands in a row is in one of them: the
//! Python line as a comment, then the line of Rust, then an assertion. Three habits first:
//!
//! * `with lock:` is a guard: the lock is let go where the guard goes out of scope.
//! * A timeout is a form of its own (`pop_timeout`, `lock_timeout`), and so is not waiting (`try_pop`,
//!   `try_lock`). What raises in Python gives a `Result` or an `Option` here.
//! * `await x()` is `x_async().await`, on the very object on which threads call `x()`.
//!
//! | page | what it has |
//! |---|---|
//! | [`threading`] | threads, locks, synchronizers |
//! | [`queue`] | queues, and those who take from them |
//! | [`concurrent_futures`] | pools and futures |
//! | [`multiprocessing`] | computing in parallel |
//! | [`asyncio`] | tasks, several at once, time; its locks, queues, threads and sockets |
//! | [`gevent`] | greenlets |
//! | [`twisted`] | Deferreds and the reactor |

pub mod asyncio;
pub mod concurrent_futures;
pub mod gevent;
pub mod multiprocessing;
pub mod queue;
pub mod threading;
pub mod twisted;
