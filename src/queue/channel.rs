//! A queue in two halves: one that pushes and one that pops. It ends when either side is gone.
//!
//! # Invariants
//!
//! 1. `senders` and `receivers` are the numbers of the handles of each kind, but for those that
//!    are being dropped. A number that was 0 stays 0: the half is gone.
//! 2. Whoever brings a number to 0 closes the queue, after it has let go of the lock.

use super::error::{
    PopError, PopTimeoutError, PushError, PushTimeoutError, TryPopError, TryPushError,
};
use super::fifo::{Iter, Pop, PopMany, Push, PushMany, Queue, Reserve, Slot, TryIter};
use super::stats::Stats;
use super::stream::{IntoStream, Stream};
use crate::sync::{TimedOut, WaitEvent};
use crate::sys::{Arc, Mutex, Weak, clock::Instant};
use std::fmt;
use std::iter::FusedIterator;
use std::time::Duration;

/// What all handles share.
struct Shared<T> {
    queue: Queue<T>,
    counts: Mutex<Counts>,
}

/// How many handles there are.
#[derive(Clone, Copy, Debug)]
struct Counts {
    senders: usize,
    receivers: usize,
}

/// One of the two halves.
#[derive(Clone, Copy, Debug)]
enum Half {
    Senders,
    Receivers,
}

impl Counts {
    fn of(&mut self, half: Half) -> &mut usize {
        match half {
            Half::Senders => &mut self.senders,
            Half::Receivers => &mut self.receivers,
        }
    }
}

impl<T> Shared<T> {
    fn counts(&self) -> Counts {
        *self.counts.lock()
    }

    /// Counts a handle in; `false` where its half is gone.
    fn enter(&self, half: Half) -> bool {
        let mut counts = self.counts.lock();
        let count = counts.of(half);
        let lives = *count > 0;
        *count += usize::from(lives);
        lives
    }

    /// Counts a handle out; `true` where its half is gone with it.
    fn leave(&self, half: Half) -> bool {
        let mut counts = self.counts.lock();
        let count = counts.of(half);
        *count -= 1;
        *count == 0
    }

    fn describe(&self, f: &mut fmt::DebugStruct<'_, '_>) -> fmt::Result {
        let counts = self.counts();
        f.field("queue", &self.queue)
            .field("senders", &counts.senders)
            .field("receivers", &counts.receivers)
            .finish()
    }
}

impl<T> Queue<T> {
    /// Takes the queue as a channel: a half that pushes and one that pops, each of which can be
    /// cloned.
    ///
    /// * When the last [`Sender`] is dropped, the queue is closed: receivers get what is left, and
    ///   then an error.
    /// * When the last [`Receiver`] is dropped, the queue is closed and what is left is dropped at
    ///   once: senders get an error, and their item back.
    ///
    /// Handles of the queue itself are not counted: one that is kept pushes and pops as before.
    ///
    /// ```
    /// use rungs::queue::{PopError, Queue};
    /// use std::thread;
    ///
    /// let (sender, receiver) = Queue::bounded(8).channel();
    /// thread::scope(|s| {
    ///     let other = sender.clone();
    ///     s.spawn(move || other.push(1).unwrap());
    ///     s.spawn(move || sender.push(2).unwrap());
    ///     assert_eq!(receiver.iter().sum::<i32>(), 3); // ends when both senders are gone
    ///     assert_eq!(receiver.pop(), Err(PopError));
    /// });
    /// ```
    #[doc(alias = "split")]
    #[doc(alias = "mpsc")]
    pub fn channel(self) -> (Sender<T>, Receiver<T>) {
        let counts = Counts {
            senders: 1,
            receivers: 1,
        };
        let shared = Arc::new(Shared {
            queue: self,
            counts: Mutex::new(counts),
        });
        let sender = Sender {
            shared: shared.clone(),
        };
        (sender, Receiver { shared })
    }
}

/// Methods that are the queue's.
macro_rules! forward {
    ($(
        $(#[$meta:meta])*
        fn $name:ident $(<$life:lifetime>)? (& $($of:lifetime)? self $(, $arg:ident: $Arg:ty)* $(,)?)
            $(-> $Out:ty)?;
    )*) => {
        $(
            $(#[$meta])*
            pub fn $name $(<$life>)? (& $($of)? self $(, $arg: $Arg)*) $(-> $Out)? {
                self.shared.queue.$name($($arg),*)
            }
        )*
    };
}

/// What both halves have: the handles, closing and looking.
macro_rules! half {
    ($Half:ident, $Weak:ident, $half:expr, $variable:literal, $other:literal, $count:ident) => {
        impl<T> $Half<T> {
            forward! {
                /// As [`Queue::close`], for both halves.
                ///
                /// ```
                /// let (sender, receiver) = rungs::queue::Queue::<i32>::unbounded().channel();
                #[doc = concat!($variable, ".close();")]
                /// assert!(sender.is_closed() && receiver.is_closed());
                /// ```
                fn close(&self);

                /// As [`Queue::is_closed`].
                ///
                /// ```
                /// let (sender, receiver) = rungs::queue::Queue::<i32>::unbounded().channel();
                #[doc = concat!("assert!(!", $variable, ".is_closed());")]
                /// ```
                fn is_closed(&self) -> bool;

                /// As [`Queue::closed`]: until it is closed by hand, or the last handle of the
                /// other half is gone. Items may be left.
                ///
                /// ```
                /// let (sender, receiver) = rungs::queue::Queue::<i32>::unbounded().channel();
                /// std::thread::scope(|s| {
                #[doc = concat!("    s.spawn(move || drop(", $other, "));")]
                #[doc = concat!("    ", $variable, ".closed();")]
                #[doc = concat!("    assert!(", $variable, ".is_closed());")]
                /// });
                /// ```
                fn closed(&self);

                /// As [`Queue::closed_timeout`].
                fn closed_timeout(&self, timeout: Duration) -> Result<(), TimedOut>;

                /// As [`Queue::closed_deadline`].
                fn closed_deadline(&self, deadline: Instant) -> Result<(), TimedOut>;

                /// As [`Queue::closed_async`].
                fn closed_async(&self) -> WaitEvent<'_>;

                /// As [`Queue::len`].
                ///
                /// ```
                /// let (sender, receiver) = rungs::queue::Queue::unbounded().channel();
                /// sender.push('a').unwrap();
                #[doc = concat!("assert_eq!(", $variable, ".len(), 1);")]
                /// ```
                fn len(&self) -> usize;

                /// As [`Queue::is_empty`].
                ///
                /// ```
                /// let (sender, receiver) = rungs::queue::Queue::<i32>::unbounded().channel();
                #[doc = concat!("assert!(", $variable, ".is_empty());")]
                /// ```
                fn is_empty(&self) -> bool;

                /// As [`Queue::is_full`].
                ///
                /// ```
                /// let (sender, receiver) = rungs::queue::Queue::bounded(1).channel();
                /// sender.push('a').unwrap();
                #[doc = concat!("assert!(", $variable, ".is_full());")]
                /// ```
                fn is_full(&self) -> bool;

                /// As [`Queue::capacity`].
                ///
                /// ```
                /// let (sender, receiver) = rungs::queue::Queue::<i32>::bounded(8).channel();
                #[doc = concat!("assert_eq!(", $variable, ".capacity(), Some(8));")]
                /// ```
                fn capacity(&self) -> Option<usize>;

                /// As [`Queue::stats`].
                fn stats(&self) -> Stats;
            }

            /// Whether `other` is a handle of the same channel.
            ///
            /// ```
            /// use rungs::queue::Queue;
            ///
            /// let (sender, receiver) = Queue::<i32>::unbounded().channel();
            /// let (other_sender, other_receiver) = Queue::<i32>::unbounded().channel();
            #[doc = concat!("assert!(", $variable, ".same_channel(&", $variable, ".clone()));")]
            #[doc = concat!("assert!(!", $variable, ".same_channel(&other_", $variable, "));")]
            /// ```
            pub fn same_channel(&self, other: &Self) -> bool {
                Arc::ptr_eq(&self.shared, &other.shared)
            }

            /// How many senders there are at this moment.
            ///
            /// ```
            /// let (sender, receiver) = rungs::queue::Queue::<i32>::unbounded().channel();
            /// let other = sender.clone();
            #[doc = concat!("assert_eq!(", $variable, ".sender_count(), 2);")]
            /// ```
            pub fn sender_count(&self) -> usize {
                self.shared.counts().senders
            }

            /// How many receivers there are at this moment.
            ///
            /// ```
            /// let (sender, receiver) = rungs::queue::Queue::<i32>::unbounded().channel();
            #[doc = concat!("assert_eq!(", $variable, ".receiver_count(), 1);")]
            /// ```
            pub fn receiver_count(&self) -> usize {
                self.shared.counts().receivers
            }

            /// A handle that is not counted, and keeps nothing.
            ///
            /// ```
            /// let (sender, receiver) = rungs::queue::Queue::<i32>::unbounded().channel();
            #[doc = concat!("let weak = ", $variable, ".downgrade();")]
            /// assert!(weak.upgrade().is_some());
            #[doc = concat!("drop(", $variable, ");")]
            /// assert!(weak.upgrade().is_none());
            /// ```
            pub fn downgrade(&self) -> $Weak<T> {
                $Weak { shared: Arc::downgrade(&self.shared) }
            }
        }

        /// One more handle.
        impl<T> Clone for $Half<T> {
            fn clone(&self) -> Self {
                // (There is one: this.)
                self.shared.enter($half);
                Self { shared: self.shared.clone() }
            }
        }

        impl<T> fmt::Debug for $Half<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.shared.describe(&mut f.debug_struct(stringify!($Half)))
            }
        }

        #[doc = concat!("A handle of a [`", stringify!($Half), "`] that is not counted, and keeps neither the")]
        /// channel open nor its items.
        ///
        /// ```
        #[doc = concat!("use rungs::queue::{Queue, ", stringify!($Weak), "};")]
        ///
        /// let (sender, receiver) = Queue::<i32>::unbounded().channel();
        #[doc = concat!("let weak: ", stringify!($Weak), "<i32> = ", $variable, ".downgrade();")]
        #[doc = concat!("assert_eq!(weak.upgrade().unwrap().", stringify!($count), "(), 2);")]
        /// ```
        pub struct $Weak<T> {
            shared: Weak<Shared<T>>,
        }

        impl<T> $Weak<T> {
            /// A handle that is counted; `None` where the last one is gone already.
            ///
            /// ```
            /// let (sender, receiver) = rungs::queue::Queue::<i32>::unbounded().channel();
            #[doc = concat!("let weak = ", $variable, ".downgrade();")]
            #[doc = concat!("assert_eq!(weak.upgrade().unwrap().", stringify!($count), "(), 2);")]
            /// ```
            pub fn upgrade(&self) -> Option<$Half<T>> {
                let shared = self.shared.upgrade()?;
                shared.enter($half).then(|| $Half { shared })
            }
        }

        impl<T> Clone for $Weak<T> {
            fn clone(&self) -> Self {
                Self { shared: self.shared.clone() }
            }
        }

        impl<T> fmt::Debug for $Weak<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($Weak)).finish_non_exhaustive()
            }
        }
    };
}

/// The half of a channel that pushes; see [`Queue::channel`].
///
/// When the last one is dropped, the queue is closed.
///
/// ```
/// use rungs::queue::{Queue, Sender};
///
/// let (sender, receiver): (Sender<i32>, _) = Queue::unbounded().channel();
/// sender.push(1).unwrap();
/// drop(sender);
/// assert!(receiver.is_closed());
/// assert_eq!(receiver.pop(), Ok(1));
/// ```
#[doc(alias = "Producer")]
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
}

half! { Sender, WeakSender, Half::Senders, "sender", "receiver", sender_count }

impl<T> Sender<T> {
    forward! {
        /// As [`Queue::push`].
        ///
        /// ```
        /// use rungs::queue::{PushError, Queue};
        ///
        /// let (sender, receiver) = Queue::unbounded().channel();
        /// assert_eq!(sender.push(1), Ok(()));
        /// drop(receiver);
        /// assert_eq!(sender.push(2), Err(PushError(2)));
        /// ```
        #[doc(alias = "send")]
        fn push(&self, item: T) -> Result<(), PushError<T>>;

        /// As [`Queue::try_push`].
        ///
        /// ```
        /// use rungs::queue::{Queue, TryPushError};
        ///
        /// let (sender, _receiver) = Queue::bounded(1).channel();
        /// assert_eq!(sender.try_push(1), Ok(()));
        /// assert_eq!(sender.try_push(2), Err(TryPushError::Full(2)));
        /// ```
        #[doc(alias = "try_send")]
        fn try_push(&self, item: T) -> Result<(), TryPushError<T>>;

        /// As [`Queue::push_timeout`].
        ///
        /// ```
        /// use rungs::queue::{PushTimeoutError, Queue};
        /// use std::time::Duration;
        ///
        /// let (sender, _receiver) = Queue::bounded(1).channel();
        /// sender.push(1).unwrap();
        /// let late = sender.push_timeout(2, Duration::from_millis(1));
        /// assert_eq!(late, Err(PushTimeoutError::TimedOut(2)));
        /// ```
        #[doc(alias = "send_timeout")]
        fn push_timeout(&self, item: T, timeout: Duration) -> Result<(), PushTimeoutError<T>>;

        /// As [`Queue::push_deadline`].
        ///
        /// ```
        /// let (sender, _receiver) = rungs::queue::Queue::bounded(1).channel();
        /// assert_eq!(sender.push_deadline(1, std::time::Instant::now()), Ok(()));
        /// ```
        #[doc(alias = "send_deadline")]
        fn push_deadline(&self, item: T, deadline: Instant) -> Result<(), PushTimeoutError<T>>;

        /// As [`Queue::push_async`].
        ///
        /// ```
        /// use rungs::future::block_on;
        ///
        /// let (sender, receiver) = rungs::queue::Queue::bounded(1).channel();
        /// block_on(sender.push_async(1)).unwrap();
        /// assert_eq!(receiver.pop(), Ok(1));
        /// ```
        #[doc(alias = "send_async")]
        fn push_async(&self, item: T) -> Push<'_, T>;

        /// As [`Queue::force_push`].
        ///
        /// ```
        /// let (sender, receiver) = rungs::queue::Queue::bounded(1).channel();
        /// assert_eq!(sender.force_push(1), Ok(None));
        /// assert_eq!(sender.force_push(2), Ok(Some(1)));
        /// drop(receiver);
        /// assert!(sender.force_push(3).is_err());
        /// ```
        #[doc(alias = "push_overwrite")]
        fn force_push(&self, item: T) -> Result<Option<T>, PushError<T>>;

        /// As [`Queue::push_many`].
        ///
        /// ```
        /// let (sender, receiver) = rungs::queue::Queue::unbounded().channel();
        /// sender.push_many(&mut vec![1, 2]).unwrap();
        /// drop(receiver);
        /// let mut refused = vec![3];
        /// assert!(sender.push_many(&mut refused).is_err());
        /// assert_eq!(refused, [3]);
        /// ```
        #[doc(alias = "send_many")]
        fn push_many(&self, items: &mut Vec<T>) -> Result<(), PushError<()>>;

        /// As [`Queue::try_push_many`].
        fn try_push_many(&self, items: &mut Vec<T>) -> Result<usize, TryPushError<()>>;

        /// As [`Queue::push_many_timeout`].
        fn push_many_timeout(
            &self,
            items: &mut Vec<T>,
            timeout: Duration,
        ) -> Result<(), PushTimeoutError<()>>;

        /// As [`Queue::push_many_deadline`].
        fn push_many_deadline(
            &self,
            items: &mut Vec<T>,
            deadline: Instant,
        ) -> Result<(), PushTimeoutError<()>>;

        /// As [`Queue::push_many_async`].
        fn push_many_async<'a>(&'a self, items: &'a mut Vec<T>) -> PushMany<'a, T>;

        /// As [`Queue::reserve`]. The place does not keep the channel open: once all receivers are
        /// gone, it takes no item.
        ///
        /// ```
        /// use rungs::queue::{PushError, Queue};
        ///
        /// let (sender, receiver) = Queue::bounded(2).channel();
        /// let slots = [sender.reserve().unwrap(), sender.reserve().unwrap()];
        /// assert!(sender.is_full());
        /// let [first, second] = slots;
        /// first.push(1).unwrap();
        /// assert_eq!(receiver.pop(), Ok(1));
        /// drop(receiver);
        /// assert_eq!(second.push(2), Err(PushError(2)));
        /// ```
        fn reserve(&self) -> Result<Slot<'_, T>, PushError<()>>;

        /// As [`Queue::try_reserve`].
        fn try_reserve(&self) -> Result<Slot<'_, T>, TryPushError<()>>;

        /// As [`Queue::reserve_timeout`].
        fn reserve_timeout(&self, timeout: Duration) -> Result<Slot<'_, T>, PushTimeoutError<()>>;

        /// As [`Queue::reserve_deadline`].
        fn reserve_deadline(&self, deadline: Instant) -> Result<Slot<'_, T>, PushTimeoutError<()>>;

        /// As [`Queue::reserve_async`].
        fn reserve_async(&self) -> Reserve<'_, T>;
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if self.shared.leave(Half::Senders) {
            self.shared.queue.close();
        }
    }
}

/// The half of a channel that pops; see [`Queue::channel`].
///
/// When the last one is dropped, the queue is closed, and what is left is dropped.
///
/// ```
/// use rungs::queue::{Queue, Receiver};
/// use std::sync::Arc;
///
/// let item = Arc::new(());
/// let (sender, receiver): (_, Receiver<Arc<()>>) = Queue::unbounded().channel();
/// sender.push(item.clone()).unwrap();
/// drop(receiver);
/// assert_eq!(Arc::strong_count(&item), 1, "dropped at once");
/// assert!(sender.push(item).is_err());
/// ```
#[doc(alias = "Consumer")]
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
}

half! { Receiver, WeakReceiver, Half::Receivers, "receiver", "sender", receiver_count }

impl<T> Receiver<T> {
    forward! {
        /// As [`Queue::pop`].
        ///
        /// ```
        /// use rungs::queue::{PopError, Queue};
        ///
        /// let (sender, receiver) = Queue::unbounded().channel();
        /// sender.push(1).unwrap();
        /// drop(sender);
        /// assert_eq!(receiver.pop(), Ok(1));
        /// assert_eq!(receiver.pop(), Err(PopError));
        /// ```
        #[doc(alias = "recv")]
        fn pop(&self) -> Result<T, PopError>;

        /// As [`Queue::try_pop`].
        ///
        /// ```
        /// use rungs::queue::{Queue, TryPopError};
        ///
        /// let (_sender, receiver) = Queue::<i32>::unbounded().channel();
        /// assert_eq!(receiver.try_pop(), Err(TryPopError::Empty));
        /// ```
        #[doc(alias = "try_recv")]
        fn try_pop(&self) -> Result<T, TryPopError>;

        /// As [`Queue::pop_timeout`].
        ///
        /// ```
        /// use rungs::queue::{PopTimeoutError, Queue};
        /// use std::time::Duration;
        ///
        /// let (_sender, receiver) = Queue::<i32>::unbounded().channel();
        /// let late = receiver.pop_timeout(Duration::from_millis(1));
        /// assert_eq!(late, Err(PopTimeoutError::TimedOut));
        /// ```
        #[doc(alias = "recv_timeout")]
        fn pop_timeout(&self, timeout: Duration) -> Result<T, PopTimeoutError>;

        /// As [`Queue::pop_deadline`].
        ///
        /// ```
        /// let (sender, receiver) = rungs::queue::Queue::unbounded().channel();
        /// sender.push(1).unwrap();
        /// assert_eq!(receiver.pop_deadline(std::time::Instant::now()), Ok(1));
        /// ```
        #[doc(alias = "recv_deadline")]
        fn pop_deadline(&self, deadline: Instant) -> Result<T, PopTimeoutError>;

        /// As [`Queue::pop_async`].
        ///
        /// ```
        /// use rungs::future::block_on;
        ///
        /// let (sender, receiver) = rungs::queue::Queue::unbounded().channel();
        /// sender.push(1).unwrap();
        /// assert_eq!(block_on(receiver.pop_async()), Ok(1));
        /// ```
        #[doc(alias = "recv_async")]
        fn pop_async(&self) -> Pop<'_, T>;

        /// As [`Queue::pop_many`].
        ///
        /// ```
        /// use rungs::queue::{PopError, Queue};
        ///
        /// let (sender, receiver) = Queue::unbounded().channel();
        /// sender.push_many(&mut vec![1, 2, 3]).unwrap();
        /// drop(sender);
        /// let mut batch = Vec::new();
        /// assert_eq!(receiver.pop_many(&mut batch, 8), Ok(3));
        /// assert_eq!(receiver.pop_many(&mut batch, 8), Err(PopError));
        /// assert_eq!(batch, [1, 2, 3]);
        /// ```
        #[doc(alias = "recv_many")]
        fn pop_many(&self, into: &mut Vec<T>, max: usize) -> Result<usize, PopError>;

        /// As [`Queue::try_pop_many`].
        fn try_pop_many(&self, into: &mut Vec<T>, max: usize) -> Result<usize, TryPopError>;

        /// As [`Queue::pop_many_timeout`].
        fn pop_many_timeout(
            &self,
            into: &mut Vec<T>,
            max: usize,
            timeout: Duration,
        ) -> Result<usize, PopTimeoutError>;

        /// As [`Queue::pop_many_deadline`].
        fn pop_many_deadline(
            &self,
            into: &mut Vec<T>,
            max: usize,
            deadline: Instant,
        ) -> Result<usize, PopTimeoutError>;

        /// As [`Queue::pop_many_async`].
        fn pop_many_async<'a>(&'a self, into: &'a mut Vec<T>, max: usize) -> PopMany<'a, T>;

        /// As [`Queue::drain`].
        ///
        /// ```
        /// let (sender, receiver) = rungs::queue::Queue::unbounded().channel();
        /// sender.push_many(&mut vec![1, 2]).unwrap();
        /// assert_eq!(receiver.drain(), [1, 2]);
        /// assert!(!receiver.is_closed());
        /// ```
        fn drain(&self) -> Vec<T>;

        /// As [`Queue::close_now`], for both halves.
        ///
        /// ```
        /// let (sender, receiver) = rungs::queue::Queue::unbounded().channel();
        /// sender.push(1).unwrap();
        /// assert_eq!(receiver.close_now(), [1]);
        /// assert!(sender.push(2).is_err());
        /// ```
        #[must_use = "it hands back what was in the queue"]
        fn close_now(&self) -> Vec<T>;

        /// As [`Queue::iter`].
        ///
        /// ```
        /// let (sender, receiver) = rungs::queue::Queue::unbounded().channel();
        /// sender.push(1).unwrap();
        /// drop(sender);
        /// assert!(receiver.iter().eq([1]));
        /// ```
        fn iter(&self) -> Iter<'_, T>;

        /// As [`Queue::try_iter`].
        ///
        /// ```
        /// let (sender, receiver) = rungs::queue::Queue::unbounded().channel();
        /// sender.push(1).unwrap();
        /// assert!(receiver.try_iter().eq([1]));
        /// ```
        fn try_iter(&self) -> TryIter<'_, T>;

        /// As [`Queue::stream`].
        ///
        /// ```
        /// use futures_core::Stream;
        /// use rungs::future::block_on;
        /// use std::future::poll_fn;
        /// use std::pin::pin;
        ///
        /// let (sender, receiver) = rungs::queue::Queue::unbounded().channel();
        /// sender.push(1).unwrap();
        /// let mut items = pin!(receiver.stream());
        /// assert_eq!(block_on(poll_fn(|cx| items.as_mut().poll_next(cx))), Some(1));
        /// ```
        fn stream(&self) -> Stream<'_, T>;
    }

    /// The items, each waited for, until the channel is closed and drained: as a stream that is
    /// this half, and drops it at the end.
    ///
    /// *Cost:* two allocations for all of it; waiting does not allocate.
    ///
    /// ```
    /// use futures_core::Stream;
    /// use rungs::future::block_on;
    /// use std::future::poll_fn;
    /// use std::pin::Pin;
    ///
    /// let (sender, receiver) = rungs::queue::Queue::unbounded().channel();
    /// sender.push(1).unwrap();
    /// drop(sender);
    /// let mut items = receiver.into_stream();
    /// assert_eq!(block_on(poll_fn(|cx| Pin::new(&mut items).poll_next(cx))), Some(1));
    /// assert_eq!(block_on(poll_fn(|cx| Pin::new(&mut items).poll_next(cx))), None);
    /// ```
    pub fn into_stream(self) -> IntoStream<T>
    where
        T: Send + 'static,
    {
        IntoStream::new(self)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        if self.shared.leave(Half::Receivers) {
            // Now, and not when the last sender is gone.
            drop(self.shared.queue.close_now());
        }
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter { receiver: self }
    }
}

/// The items of a channel, each waited for; it owns its [`Receiver`].
///
/// ```
/// use rungs::queue::{IntoIter, Queue};
///
/// let (sender, receiver) = Queue::unbounded().channel();
/// sender.push(1).unwrap();
/// drop(sender);
/// let items: IntoIter<i32> = receiver.into_iter();
/// assert!(items.eq([1]));
/// ```
#[derive(Debug)]
#[must_use = "iterators do nothing unless consumed"]
pub struct IntoIter<T> {
    receiver: Receiver<T>,
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.pop().ok()
    }
}

/// A channel that is closed stays closed.
impl<T> FusedIterator for IntoIter<T> {}
