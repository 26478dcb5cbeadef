//! What the workers of a pool take from.

use crate::queue::{PopError, TryPopError, WorkQueue};

/// Where workers take what they handle.
pub(crate) trait Source: Send + Sync + 'static {
    /// The queue behind it.
    type Queue: WorkQueue;

    /// An item, and what goes with it.
    type Taken: Send;

    /// Takes the next item if that needs no waiting.
    fn try_take(&self) -> Result<Self::Taken, TryPopError>;

    /// Takes the next item. Dropped before it is ready, it takes none.
    fn take(&self) -> impl Future<Output = Result<Self::Taken, PopError>>;

    /// The item alone, which was not handled.
    fn untake(taken: Self::Taken) -> <Self::Queue as WorkQueue>::Item;
}

/// The queue itself.
pub(crate) struct Direct<Q>(pub(super) Q);

impl<Q: WorkQueue> Source for Direct<Q> {
    type Queue = Q;
    type Taken = Q::Item;

    #[inline]
    fn try_take(&self) -> Result<Q::Item, TryPopError> {
        self.0.try_pop()
    }

    fn take(&self) -> impl Future<Output = Result<Q::Item, PopError>> {
        self.0.pop_async()
    }

    fn untake(taken: Q::Item) -> Q::Item {
        taken
    }
}
