//! A name for what runs, as long as it runs.

use crate::sys::{Arc, thread_local_on_both_faces};
use pin_project_lite::pin_project;
use std::cell::Cell;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

thread_local_on_both_faces! {
    /// What runs in this thread, the innermost that has a name.
    static NAME: Cell<Option<Arc<str>>> = Cell::new(None);
}

/// Shows a name as the current one, for as long as it lives.
pub(crate) struct Shown(Option<Arc<str>>);

impl Shown {
    pub(crate) fn new(name: &Arc<str>) -> Self {
        let outer = NAME.try_with(|current| current.replace(Some(name.clone())));
        Self(outer.ok().flatten())
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        let _ = NAME.try_with(|current| current.set(self.0.take()));
    }
}

/// Gives a future a name: under any executor, code that it runs finds it by [`current_name`], and
/// its `Debug` shows it.
///
/// Where an executor is to show it, too, it is given where the future is spawned: by
/// [`spawn_named`](crate::executor::LocalHandle::spawn_named) of an event loop, or
/// [`spawn_with`](crate::executor::Handle::spawn_with) of a pool, whose closures have theirs by
/// [`submit_with`](crate::executor::Handle::submit_with).
///
/// *Cost:* at each poll, a reference is counted up and down.
///
/// ```
/// use rungs::future::{block_on, current_name, named};
///
/// let upload = named("upload", async { current_name() });
/// assert_eq!(upload.name(), "upload");
/// assert_eq!(block_on(upload).as_deref(), Some("upload"));
/// assert_eq!(current_name(), None);
/// ```
#[doc(alias = "set_name")]
#[doc(alias = "create_task")]
pub fn named<F>(name: impl Into<Arc<str>>, future: F) -> Named<F> {
    Named {
        name: name.into(),
        future,
    }
}

/// What the innermost future is called that this thread polls and that has a [name](named()), or
/// the innermost job of a pool that it runs; `None` outside any.
///
/// ```
/// use rungs::future::{block_on, current_name, named};
///
/// let inner = named("inner", async { current_name() });
/// let both = named("outer", async { (inner.await, current_name()) });
/// let (inner, outer) = block_on(both);
/// assert_eq!((inner.as_deref(), outer.as_deref()), (Some("inner"), Some("outer")));
/// ```
#[doc(alias = "current_task")]
#[doc(alias = "get_name")]
pub fn current_name() -> Option<Arc<str>> {
    let look = |current: &Cell<Option<Arc<str>>>| {
        let found = current.take();
        current.set(found.clone());
        found
    };
    NAME.try_with(look).ok().flatten()
}

pin_project! {
    /// The future of [`named`].
    ///
    /// ```
    /// use rungs::future::{Named, named};
    ///
    /// let upload: Named<_> = named("upload", async {});
    /// assert_eq!(format!("{upload:?}"), r#"Named("upload")"#);
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct Named<F> {
        name: Arc<str>,
        #[pin]
        future: F,
    }
}

impl<F> Named<F> {
    /// What it is called.
    ///
    /// ```
    /// assert_eq!(rungs::future::named("upload", async {}).name(), "upload");
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl<F: Future> Future for Named<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _shown = Shown::new(this.name);
        this.future.poll(cx)
    }
}

impl<F> fmt::Debug for Named<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Named").field(&self.name).finish()
    }
}
