//! Who calls, and from where.

use crate::sys::{Arc, Aside, thread, thread_local_on_both_faces};
use std::cell::OnceCell;
use std::fmt;
use std::panic::Location;
use std::task::Waker;

/// Where in the user's code a call stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place(pub(super) &'static Location<'static>);

impl Place {
    #[track_caller]
    pub(crate) fn here() -> Self {
        Self(Location::caller())
    }
}

/// Tells contexts apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    /// Unknown: a thread in its last moments, a waker that stands for nobody.
    Nobody,
    /// A thread, by a number of ours.
    Thread(u64),
    /// A task, by its waker: data and functions.
    #[allow(dead_code, reason = "for locks that tasks may hold")]
    Task(usize, usize),
}

/// Who calls.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(super) who: Who,
    /// A thread's name.
    name: Option<Arc<str>>,
}

thread_local_on_both_faces! {
    /// This thread, once it has locked something.
    static THIS: OnceCell<Context> = OnceCell::new();
}

impl Context {
    const NOBODY: Self = Self {
        who: Who::Nobody,
        name: None,
    };

    /// The thread that calls.
    pub(crate) fn thread() -> Self {
        static THREADS: Aside<u64> = Aside::new(0);
        if !Aside::<u64>::IS_KEPT {
            return Self::NOBODY;
        }
        let known = THIS.try_with(|this| this.get().cloned());
        let Ok(None) = known else {
            return known.ok().flatten().unwrap_or(Self::NOBODY);
        };
        let new = THREADS.with(|threads| {
            *threads += 1;
            let name = thread::current_name().into();
            (Who::Thread(*threads), Some(name))
        });
        // An allocator that locks, asked for the memory of the name, is nobody.
        let Some((who, name)) = new else {
            return Self::NOBODY;
        };
        let new = Self { who, name };
        let _ = THIS.try_with(|this| this.set(new.clone()));
        new
    }

    /// The task that is polled. A waker without data, such as [`Waker::noop`], is nobody's.
    #[allow(dead_code, reason = "for locks that tasks may hold")]
    pub(crate) fn of(waker: &Waker) -> Self {
        let (data, vtable) = (waker.data().addr(), waker.vtable());
        match data {
            0 => Self::NOBODY,
            _ => Self {
                who: Who::Task(data, std::ptr::from_ref(vtable).addr()),
                name: None,
            },
        }
    }

    /// What to call it.
    pub(super) fn name(&self) -> Arc<str> {
        match &self.name {
            Some(name) => name.clone(),
            None => self.to_string().into(),
        }
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.name, self.who) {
            (Some(name), _) => f.write_str(name),
            (None, Who::Task(data, _)) => write!(f, "task {data:#x}"),
            (None, _) => f.write_str("somebody"),
        }
    }
}
