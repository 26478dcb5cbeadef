//! What comes out of a queue as a stream, for tasks.

use super::channel::Receiver;
use super::fifo::{Pop, Queue};
use crate::sys::{Arc, Mutex};
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// A stream over a queue, made of its `pop_async`, or what goes by another name: `Queue::stream`,
/// and its type.
macro_rules! stream {
    (
        $Queue:ident<$($g:ident),+> where $bounds:tt,
        item: $Item:ty,
        docs: $($docs:literal),+ $(,)?
    ) => {
        stream! {
            $Queue<$($g),+> where $bounds,
            item: $Item,
            names: Stream of pop_async -> Pop,
            docs: $($docs),+
        }
    };
    (
        // The type, and what it asks of its parameters.
        $Queue:ident<$($g:ident),+> where { $($bounds:tt)* },
        // What comes out.
        item: $Item:ty,
        // Its name, and whose futures it is made of.
        names: $Stream:ident of $pop:ident -> $Pop:ident,
        // For the docs: a `use`, the type, and the arguments of a `push`.
        docs: $use:literal, $new:literal, $one:literal $(,)?
    ) => {
        /// Streaming.
        impl<$($g),+> $Queue<$($g),+> where $($bounds)* {
            /// The items, each waited for, until the queue is closed and drained.
            ///
            /// A stream stands in line from the poll that found nothing to the one that finds
            /// something: keep polling it when it was woken, or drop it.
            ///
            /// *Cancel safety:* dropped, it loses its place in line and no item.
            ///
            /// ```
            /// use futures_core::Stream;
            /// use rungs::future::block_on;
            #[doc = $use]
            /// use std::future::poll_fn;
            /// use std::pin::pin;
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            #[doc = concat!("queue.push(", $one, ").unwrap();")]
            /// queue.close();
            /// let mut items = pin!(queue.stream());
            /// assert!(block_on(poll_fn(|cx| items.as_mut().poll_next(cx))).is_some());
            /// assert!(block_on(poll_fn(|cx| items.as_mut().poll_next(cx))).is_none());
            /// ```
            pub fn stream(&self) -> $Stream<'_, $($g),+> {
                $Stream { queue: self, pop: self.$pop(), ended: false }
            }
        }

        pin_project! {
            /// The items of a queue, for a task, until it is closed and drained. Made by
            #[doc = concat!("[`", stringify!($Queue), "::stream`].")]
            ///
            /// ```
            /// use futures_core::stream::FusedStream;
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            /// assert!(!queue.stream().is_terminated());
            /// ```
            #[must_use = "streams do nothing unless polled"]
            pub struct $Stream<'a, $($g),+>
            where
                $($bounds)*
            {
                queue: &'a $Queue<$($g),+>,
                // The next pop, which may stand in line.
                #[pin]
                pop: $Pop<'a, $($g),+>,
                // Whether the queue is closed and drained.
                ended: bool,
            }
        }

        impl<$($g),+> futures_core::Stream for $Stream<'_, $($g),+> where $($bounds)* {
            type Item = $Item;

            fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<$Item>> {
                let mut this = self.project();
                if *this.ended {
                    return Poll::Ready(None);
                }
                let popped = ready!(this.pop.as_mut().poll(cx));
                this.pop.set(this.queue.$pop());
                *this.ended = popped.is_err();
                Poll::Ready(popped.ok())
            }
        }

        impl<$($g),+> FusedStream for $Stream<'_, $($g),+> where $($bounds)* {
            fn is_terminated(&self) -> bool {
                self.ended
            }
        }

        impl<$($g),+> fmt::Debug for $Stream<'_, $($g),+> where $($bounds)* {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($Stream))
                    .field("ended", &self.ended)
                    .finish_non_exhaustive()
            }
        }
    };
}
pub(super) use stream;

stream! {
    Queue<T> where {},
    item: T,
    docs: "use rungs::queue::Queue;", "Queue::<char>", "'a'",
}

/// The items of a channel, for a task, until it is closed and drained; it owns its [`Receiver`].
/// Made by [`Receiver::into_stream`].
///
/// ```
/// use futures_core::stream::FusedStream;
/// use rungs::queue::Queue;
///
/// let (sender, receiver) = Queue::<i32>::unbounded().channel();
/// let items = receiver.into_stream();
/// assert!(!items.is_terminated());
/// drop(items);
/// assert!(sender.is_closed());
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct IntoStream<T> {
    /// Pops, with the receiver that it owns, and pauses where an item is in the hand. `None` when
    /// the channel is closed and drained.
    source: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    /// What was popped last.
    hand: Arc<Mutex<Option<T>>>,
}

impl<T: Send + 'static> IntoStream<T> {
    pub(super) fn new(receiver: Receiver<T>) -> Self {
        let hand = Arc::new(Mutex::new(None));
        let source = pop_into(hand.clone(), receiver);
        Self {
            source: Some(Box::pin(source)),
            hand,
        }
    }
}

/// Pops one item after the other into `hand`, with a pause after each.
async fn pop_into<T>(hand: Arc<Mutex<Option<T>>>, receiver: Receiver<T>) {
    while let Ok(item) = receiver.pop_async().await {
        *hand.lock() = Some(item);
        let mut paused = false;
        // Nobody has to be woken: the item is what the stream was polled for.
        poll_fn(|_| match std::mem::replace(&mut paused, true) {
            false => Poll::Pending,
            true => Poll::Ready(()),
        })
        .await;
    }
}

impl<T> futures_core::Stream for IntoStream<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let Some(source) = self.source.as_mut() else {
            return Poll::Ready(None);
        };
        if source.as_mut().poll(cx).is_ready() {
            self.source = None;
            return Poll::Ready(None);
        }
        let item = self.hand.lock().take();
        match item {
            Some(item) => Poll::Ready(Some(item)),
            None => Poll::Pending,
        }
    }
}

impl<T> FusedStream for IntoStream<T> {
    fn is_terminated(&self) -> bool {
        self.source.is_none()
    }
}

impl<T> fmt::Debug for IntoStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoStream")
            .field("ended", &self.source.is_none())
            .finish_non_exhaustive()
    }
}
