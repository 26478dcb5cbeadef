//! Telling the pool that a job blocks.

use super::worker::Local;

/// Calls `f`, which may block for long, and lets the pool of the calling job have one more worker
/// meanwhile. Outside a pool it only calls `f`.
///
/// For jobs that wait for files, sockets, locks or children: as long as they wait, the processor
/// would have nothing to do, and jobs that they wait for nobody to run them. The additional worker
/// is started when there is a job for it, unless one sleeps; afterwards, the first that has ended
/// its job is one too many, and leaves. If the system starts no thread, the pool goes on with those
/// that there are.
///
/// *Panics* as `f`.
///
/// *Cost:* two short locks, and a thread now and then.
///
/// ```
/// use rungs::executor::{ThreadPoolExecutor, blocking};
/// use rungs::sync::Event;
/// use std::sync::Arc;
///
/// let pool = ThreadPoolExecutor::new(1);
/// let event = Arc::new(Event::new(false));
/// let wait = event.clone();
/// let waits = pool.submit(move || blocking(|| wait.wait()));
/// // The only worker is blocked, and this one runs all the same:
/// pool.execute(move || event.set()).unwrap();
/// assert!(waits.result().is_ok());
/// ```
#[doc(alias = "block_in_place")]
#[doc(alias = "ManagedBlocker")]
#[doc(alias = "to_thread")]
pub fn blocking<R>(f: impl FnOnce() -> R) -> R {
    struct Blocked(std::rc::Rc<Local>);
    impl Drop for Blocked {
        fn drop(&mut self) {
            self.0.is_blocked.set(false);
            self.0.shared().sleep.unblock();
        }
    }
    // Within another call the worker has its replacement already.
    let worker = Local::current().filter(|worker| !worker.is_blocked.replace(true));
    let _blocked = worker.map(|worker| {
        let shared = worker.shared();
        let call = shared.sleep.block(|| shared.has_work());
        shared.follow(call);
        Blocked(worker)
    });
    f()
}
