//! What all queues have in common, for code that takes items from any of them.

use super::channel::Receiver;
use super::delay::DelayQueue;
use super::error::{PopError, TryPopError};
use super::fifo::Queue;
use super::lifo::LifoQueue;
use super::priority::PriorityQueue;

/// A queue that workers take items from, whatever the order in which it gives them: what a
/// [`WorkerPool`](crate::pool::WorkerPool) asks of its queue.
///
/// A clone is the same queue. The promises that an implementation makes are those of [`Queue`]:
/// an item comes out once, or is handed back by [`close_now`](Self::close_now), or is dropped
/// with the queue; a pop that is dropped loses none; after [`close`](Self::close) pops give what
/// is left and then an error.
///
/// ```
/// use rungs::future::block_on;
/// use rungs::queue::{Queue, WorkQueue};
///
/// /// The sum of what is left in a queue.
/// async fn sum(queue: &impl WorkQueue<Item = u32>) -> u32 {
///     let mut sum = 0;
///     while let Ok(n) = queue.pop_async().await {
///         sum += n;
///     }
///     sum
/// }
///
/// let queue = Queue::unbounded();
/// queue.push(1).unwrap();
/// queue.push(2).unwrap();
/// queue.close();
/// assert_eq!(block_on(sum(&queue)), 3);
/// ```
pub trait WorkQueue: Clone + Send + Sync + 'static {
    /// What is in it.
    type Item: Send + 'static;

    /// Takes the next item if that needs no waiting.
    ///
    /// *Errors:* [`TryPopError`].
    fn try_pop(&self) -> Result<Self::Item, TryPopError>;

    /// Takes the next item; the task waits while there is none.
    ///
    /// *Errors:* [`PopError`] where the queue is, or gets, closed, and nothing is left.
    ///
    /// *Cancel safety:* dropped before it is ready, it takes no item.
    fn pop_async(&self) -> impl Future<Output = Result<Self::Item, PopError>> + Send;

    /// Closes the queue: nothing more comes in, and pops give what is left and then an error.
    fn close(&self);

    /// Closes the queue and takes all that is left, in the order in which it would have come out.
    fn close_now(&self) -> Vec<Self::Item>;

    /// Whether the queue was closed; items may be left.
    fn is_closed(&self) -> bool;

    /// How many items are in the queue at some moment during the call.
    fn len(&self) -> usize;

    /// Whether no item is in the queue at some moment during the call.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Every queue is one, and the half of a channel that pops.
macro_rules! work_queue {
    ($Queue:ident<$($g:ident),+> where { $($bounds:tt)* }) => {
        impl<$($g),+> WorkQueue for $Queue<$($g),+>
        where
            $($g: Send + 'static,)+
            $($bounds)*
        {
            type Item = T;

            fn try_pop(&self) -> Result<T, TryPopError> {
                self.try_pop()
            }

            fn pop_async(&self) -> impl Future<Output = Result<T, PopError>> + Send {
                self.pop_async()
            }

            fn close(&self) {
                self.close();
            }

            fn close_now(&self) -> Vec<T> {
                self.close_now()
            }

            fn is_closed(&self) -> bool {
                self.is_closed()
            }

            fn len(&self) -> usize {
                self.len()
            }
        }
    };
}

work_queue! { Queue<T> where {} }
work_queue! { LifoQueue<T> where {} }
work_queue! { PriorityQueue<P, T> where { P: Ord } }
work_queue! { DelayQueue<T> where {} }
work_queue! { Receiver<T> where {} }
