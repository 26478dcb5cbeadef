//! Locks that tasks hold, by hand.

use super::{Context, Hold, Mode, Place, Watch};
use crate::sync::diagnostics::{self, LockOrderReport};
use crate::sys::{Arc, Mutex, thread};
use std::fmt;
use std::task::{Wake, Waker};

/// What was reported.
static REPORTS: Mutex<Vec<LockOrderReport>> = Mutex::new(Vec::new());

/// Runs `f` and gives what was reported meanwhile; one test at a time.
fn reports_of(f: impl FnOnce()) -> Vec<LockOrderReport> {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock();
    diagnostics::set_lock_order_hook(|report| REPORTS.lock().push(report.clone()));
    f();
    std::mem::take(&mut *REPORTS.lock())
}

/// A task, as far as locks know it.
fn task() -> Waker {
    struct Task(#[allow(dead_code, reason = "so that no two are at one address")] u8);
    impl Wake for Task {
        fn wake(self: Arc<Self>) {}
    }
    Waker::from(Arc::new(Task(0)))
}

impl Watch {
    /// What an async lock does when it is awaited.
    #[track_caller]
    fn lock_in(&self, waker: &Waker) -> Hold {
        let (context, place) = (Context::of(waker), Place::here());
        self.wanted(&context, Mode::Alone, place);
        self.held(context, Mode::Alone, place)
    }
}

/// The `Debug` of a lock that shows nothing else.
struct Shown<'a>(&'a Watch);

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("Lock");
        self.0.describe(&mut f);
        f.finish()
    }
}

#[test]
fn two_tasks_on_one_thread_are_told_apart() {
    let reports = reports_of(|| {
        let (a, b) = (Watch::new(), Watch::new());
        let (one, two) = (task(), task());
        let held_by_one = a.lock_in(&one);
        let held_by_two = b.lock_in(&two); // no order: somebody else holds `a`
        let also_by_one = Context::of(&one);
        b.wanted(&also_by_one, Mode::Alone, Place::here());
        a.wanted(&Context::of(&two.clone()), Mode::Alone, Place::here());
        a.released(&held_by_one);
        b.released(&held_by_two);
    });
    let [report] = &reports[..] else {
        panic!("{reports:#?}");
    };
    let [last, first] = report.edges() else {
        panic!("{report}");
    };
    assert!(last.by().starts_with("task 0x") && first.by().starts_with("task 0x"));
    assert_ne!(last.by(), first.by());
}

#[test]
fn a_hold_may_be_given_back_by_another_thread() {
    let reports = reports_of(|| {
        let (a, b) = (Arc::new(Watch::new()), Watch::new());
        let task = task();
        let hold = a.lock_in(&task);
        let shown = format!("{:?}", Shown(&a));
        assert!(
            shown.contains("tests.rs:") && shown.contains("(task 0x"),
            "{shown}"
        );
        let theirs = a.clone();
        let other = thread::spawn(None, None, move || theirs.released(&hold));
        other.unwrap().join().unwrap();
        assert_eq!(format!("{:?}", Shown(&a)), "Lock");
        // Nothing is held any more, so there is no order of the two.
        let holds = [b.lock_in(&task), a.lock_in(&task)];
        b.released(&holds[0]);
        a.released(&holds[1]);
    });
    assert!(reports.is_empty(), "{reports:#?}");
}

#[test]
fn what_the_thread_holds_counts_for_the_task_that_it_polls() {
    let reports = reports_of(|| {
        let (a, b) = (Watch::new(), Watch::new());
        let task = task();
        {
            let _a = a.want(Mode::Alone).held();
            let hold = b.lock_in(&task);
            b.released(&hold);
        }
        let hold = b.lock_in(&task);
        let other = a.lock_in(&task);
        a.released(&other);
        b.released(&hold);
    });
    assert_eq!(reports.len(), 1, "{reports:#?}");
}

#[test]
fn a_waker_without_data_is_nobody() {
    let reports = reports_of(|| {
        let lock = Watch::new();
        let holds = [(); 2].map(|()| lock.lock_in(Waker::noop()));
        let shown = format!("{:?}", Shown(&lock));
        assert!(shown.contains("(somebody)"), "{shown}");
        holds.iter().for_each(|hold| lock.released(hold));
    });
    assert!(reports.is_empty(), "{reports:#?}");
}

/// Where a guard unlocks while it unwinds out of a mapping, the next holder comes in first.
#[test]
fn who_comes_in_before_the_other_is_out_of_the_books_is_shown() {
    let (lock, [one, two]) = (Watch::new(), [task(), task()]);
    for mode in [Mode::Alone, Mode::Again, Mode::Shared] {
        let hold_in = |waker| lock.held(Context::of(waker), mode, Place::here());
        let (first, second) = (hold_in(&one), hold_in(&two));
        lock.released(&first);
        let shown = format!("{:?}", Shown(&lock));
        assert!(shown.contains(&Context::of(&two).to_string()), "{shown}");
        lock.released(&second);
        assert_eq!(format!("{:?}", Shown(&lock)), "Lock");
    }
}

#[test]
fn who_holds_a_lock_again_is_shown_where_it_came_in_first() {
    let (lock, task) = (Watch::new(), task());
    let hold_at = |place| lock.held(Context::of(&task), Mode::Again, place);
    let first = hold_at(Place::here());
    let shown = format!("{:?}", Shown(&lock));
    let second = hold_at(Place::here());
    assert_eq!(format!("{:?}", Shown(&lock)), shown);
    lock.released(&first);
    assert_eq!(format!("{:?}", Shown(&lock)), shown);
    lock.released(&second);
    assert_eq!(format!("{:?}", Shown(&lock)), "Lock");
}
