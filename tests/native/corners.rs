//! Where a waker comes straight back, and where a request asks for nothing.

use rungs::sync::{CancelToken, OnceCell, Semaphore};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex as StdMutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// A waker that calls a function.
struct Call(StdMutex<Option<Box<dyn FnOnce() + Send>>>);
impl Wake for Call {
    fn wake(self: Arc<Self>) {
        let f = self.0.lock().unwrap().take();
        if let Some(f) = f {
            f();
        }
    }
}
fn waker(f: impl FnOnce() + Send + 'static) -> Waker {
    Arc::new(Call(StdMutex::new(Some(Box::new(f))))).into()
}

#[test]
fn when_callbacks_are_called_all_tokens_below_are_cancelled() {
    let root = CancelToken::new();
    let child = root.child();
    let seen = Arc::new(StdMutex::new(None));
    let w = waker({
        let (root, child, seen) = (root.clone(), child.clone(), seen.clone());
        move || {
            root.on_cancel(move || *seen.lock().unwrap() = Some(child.is_cancelled()))
                .keep()
        }
    });
    let mut wait = pin!(root.cancelled_async());
    assert!(
        wait.as_mut()
            .poll(&mut Context::from_waker(&w))
            .is_pending()
    );
    root.cancel();
    assert_eq!(*seen.lock().unwrap(), Some(true));
}

#[test]
fn a_cell_that_has_its_value_is_not_waited_for() {
    let cell: Arc<OnceCell<u32>> = Arc::new(OnceCell::new());
    let seen = Arc::new(StdMutex::new(None));
    let init = AtomicBool::new(false);
    let mut maker = pin!(cell.get_or_init_async(|| {
        std::future::poll_fn(|_| match init.load(SeqCst) {
            true => Poll::Ready(7),
            false => Poll::Pending,
        })
    }));
    assert!(
        maker
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    let w = waker({
        let (cell, seen) = (cell.clone(), seen.clone());
        move || {
            let there = cell.get().is_some();
            let waited = cell.wait_timeout(Duration::from_millis(50)).is_ok();
            *seen.lock().unwrap() = Some((there, waited));
        }
    });
    let mut second = pin!(cell.get_or_init_async(|| async { 8 }));
    assert!(
        second
            .as_mut()
            .poll(&mut Context::from_waker(&w))
            .is_pending()
    );
    init.store(true, SeqCst);
    assert!(
        maker
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_ready()
    );
    assert_eq!(*seen.lock().unwrap(), Some((true, true)));
}

#[test]
fn a_request_for_none_passes_any_line() {
    let semaphore = Semaphore::fair(1);
    let mut cx = Context::from_waker(Waker::noop());
    let _held = semaphore.try_acquire().unwrap();
    let mut head = Box::pin(semaphore.acquire_many_async(2));
    assert!(head.as_mut().poll(&mut cx).is_pending());
    assert_eq!(semaphore.try_acquire_many(0).unwrap().count(), 0);
    let none = Box::pin(semaphore.acquire_many_async(0))
        .as_mut()
        .poll(&mut cx);
    assert!(none.is_ready());
    assert_eq!(semaphore.waiters(), 1);
}
