//! The side of the consumers, closing and looking, and the traits.

/// Popping, closing, looking; the futures, the iterators, the traits.
macro_rules! pop_face {
    (
        // The type, and what it asks of its parameters.
        $Queue:ident<$($g:ident),+> where { $($bounds:tt)* },
        // What comes out.
        item: $Item:ty,
        // The futures of its core, and what they are generic over.
        futures: $Popping:ident, $PoppingMany:ident of $Shelf:ty,
        // For the docs: a `use`, the type, and the arguments of a `push`.
        docs: $use:literal, $new:literal, $one:literal, $two:literal,
        // What a pop takes, and while what it waits.
        takes: $first:literal, $none:literal,
        // What `drain` and `close_now` take.
        drains: $drained:literal, $left:literal $(,)?
    ) => {
        /// Popping.
        impl<$($g),+> $Queue<$($g),+> where $($bounds)* {
            #[doc = concat!("Takes ", $first, "; the thread sleeps while ", $none, ".")]
            ///
            /// *Errors:* [`PopError`] where the queue is, or gets, closed, and nothing is left.
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            /// std::thread::scope(|s| {
            #[doc = concat!("    s.spawn(|| queue.push(", $one, ").unwrap());")]
            ///     assert_eq!(queue.pop(), Ok('a'));
            /// });
            /// ```
            #[doc(alias = "get")]
            #[doc(alias = "take")]
            #[doc(alias = "recv")]
            #[doc(alias = "dequeue")]
            #[inline]
            pub fn pop(&self) -> Result<$Item, PopError> {
                self.core.pop_until(None).map_err(|_| PopError)
            }

            #[doc = concat!("Takes ", $first, " if that needs no waiting.")]
            ///
            /// *Errors:* [`TryPopError`].
            ///
            /// ```
            #[doc = $use]
            /// use rungs::queue::TryPopError;
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            #[doc = concat!("queue.push(", $one, ").unwrap();")]
            /// assert_eq!(queue.try_pop(), Ok('a'));
            /// assert_eq!(queue.try_pop(), Err(TryPopError::Empty));
            /// ```
            #[doc(alias = "get_nowait")]
            #[doc(alias = "poll")]
            #[doc(alias = "try_recv")]
            #[inline]
            pub fn try_pop(&self) -> Result<$Item, TryPopError> {
                self.core.try_pop()
            }

            #[doc = concat!("Takes ", $first, ", or gives up after `timeout`; `Duration::MAX` never does.")]
            ///
            /// *Errors:* [`PopTimeoutError`].
            ///
            /// ```
            #[doc = $use]
            /// use rungs::queue::PopTimeoutError;
            /// use std::time::Duration;
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            #[doc = concat!("queue.push(", $one, ").unwrap();")]
            /// let timeout = Duration::from_millis(1);
            /// assert_eq!(queue.pop_timeout(timeout), Ok('a'));
            /// assert_eq!(queue.pop_timeout(timeout), Err(PopTimeoutError::TimedOut));
            /// ```
            #[doc(alias = "recv_timeout")]
            pub fn pop_timeout(&self, timeout: Duration) -> Result<$Item, PopTimeoutError> {
                self.core.pop_until(deadline_after(timeout))
            }

            #[doc = concat!("Takes ", $first, ", or gives up at `deadline`.")]
            ///
            /// *Errors:* [`PopTimeoutError`].
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            #[doc = concat!("queue.push(", $one, ").unwrap();")]
            /// assert_eq!(queue.pop_deadline(std::time::Instant::now()), Ok('a'));
            /// ```
            #[doc(alias = "recv_deadline")]
            pub fn pop_deadline(&self, deadline: Instant) -> Result<$Item, PopTimeoutError> {
                self.core.pop_until(Some(deadline))
            }

            #[doc = concat!("Takes ", $first, "; the task waits while ", $none, ", in line from the first poll on.")]
            ///
            /// *Errors:* [`PopError`] where the queue is, or gets, closed, and nothing is left.
            ///
            /// *Cancel safety:* dropped, it loses its place in line and no item, even where it had
            /// been woken for one: that stays where it is, and the next in line is woken. (One that
            /// was woken and is neither polled nor dropped, because it was forgotten, say, holds up
            /// that one wake-up.)
            ///
            /// ```
            /// use rungs::future::block_on;
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            #[doc = concat!("queue.push(", $one, ").unwrap();")]
            /// assert_eq!(block_on(queue.pop_async()), Ok('a'));
            /// ```
            pub fn pop_async(&self) -> Pop<'_, $($g),+> {
                Pop { inner: $Popping::new(&self.core) }
            }

            /// Takes as many items as there are, at most `max`, and appends them to `into` in
            #[doc = concat!("their order; the thread sleeps while ", $none, ".")]
            ///
            /// It gives the number of items, which is not 0 unless `max` is: then it does not
            /// wait.
            ///
            /// *Errors:* [`PopError`] where the queue is, or gets, closed, and nothing is left.
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            #[doc = concat!("queue.push(", $one, ").unwrap();")]
            #[doc = concat!("queue.push(", $two, ").unwrap();")]
            /// let mut items = Vec::new();
            /// assert_eq!(queue.pop_many(&mut items, 1), Ok(1));
            /// assert_eq!(queue.pop_many(&mut items, 8), Ok(1));
            /// assert_eq!(items.len(), 2);
            /// ```
            #[doc(alias = "drainTo")]
            #[doc(alias = "recv_many")]
            pub fn pop_many(&self, into: &mut Vec<$Item>, max: usize) -> Result<usize, PopError> {
                self.core.pop_many_until(into, max, None).map_err(|_| PopError)
            }

            /// [`pop_many`](Self::pop_many) where that needs no waiting.
            ///
            /// *Errors:* [`TryPopError`].
            ///
            /// ```
            #[doc = $use]
            /// use rungs::queue::TryPopError;
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            #[doc = concat!("queue.push(", $one, ").unwrap();")]
            /// let mut items = Vec::new();
            /// assert_eq!(queue.try_pop_many(&mut items, 8), Ok(1));
            /// assert_eq!(queue.try_pop_many(&mut items, 8), Err(TryPopError::Empty));
            /// ```
            pub fn try_pop_many(
                &self,
                into: &mut Vec<$Item>,
                max: usize,
            ) -> Result<usize, TryPopError> {
                self.core.try_pop_many(into, max)
            }

            /// [`pop_many`](Self::pop_many) that gives up after `timeout`; `Duration::MAX` never
            /// does.
            ///
            /// *Errors:* [`PopTimeoutError`].
            ///
            /// ```
            #[doc = $use]
            /// use rungs::queue::PopTimeoutError;
            /// use std::time::Duration;
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            /// let popped = queue.pop_many_timeout(&mut Vec::new(), 8, Duration::ZERO);
            /// assert_eq!(popped, Err(PopTimeoutError::TimedOut));
            /// ```
            pub fn pop_many_timeout(
                &self,
                into: &mut Vec<$Item>,
                max: usize,
                timeout: Duration,
            ) -> Result<usize, PopTimeoutError> {
                self.core.pop_many_until(into, max, deadline_after(timeout))
            }

            /// [`pop_many`](Self::pop_many) that gives up at `deadline`.
            ///
            /// *Errors:* [`PopTimeoutError`].
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            #[doc = concat!("queue.push(", $one, ").unwrap();")]
            /// let mut items = Vec::new();
            /// let now = std::time::Instant::now();
            /// assert_eq!(queue.pop_many_deadline(&mut items, 8, now), Ok(1));
            /// ```
            pub fn pop_many_deadline(
                &self,
                into: &mut Vec<$Item>,
                max: usize,
                deadline: Instant,
            ) -> Result<usize, PopTimeoutError> {
                self.core.pop_many_until(into, max, Some(deadline))
            }

            /// [`pop_many`](Self::pop_many) in which the task waits, in line from the first poll
            /// on.
            ///
            /// *Errors:* [`PopError`] where the queue is, or gets, closed, and nothing is left.
            ///
            /// *Cancel safety:* as that of [`pop_async`](Self::pop_async). Items are in `into` when
            /// it is ready, and not before.
            ///
            /// ```
            /// use rungs::future::block_on;
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            #[doc = concat!("queue.push(", $one, ").unwrap();")]
            /// let mut items = Vec::new();
            /// assert_eq!(block_on(queue.pop_many_async(&mut items, 8)), Ok(1));
            /// ```
            pub fn pop_many_async<'a>(
                &'a self,
                into: &'a mut Vec<$Item>,
                max: usize,
            ) -> PopMany<'a, $($g),+> {
                PopMany { inner: $PoppingMany::new(&self.core, into, max) }
            }

            #[doc = concat!("Takes ", $drained, ", in their order; does not wait.")]
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            #[doc = concat!("queue.push(", $one, ").unwrap();")]
            /// assert_eq!(queue.drain(), ['a']);
            /// assert_eq!(queue.drain(), []);
            /// ```
            pub fn drain(&self) -> Vec<$Item> {
                self.core.drain()
            }

            /// The items, waiting for each, until the queue is closed and drained.
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            #[doc = concat!("queue.push(", $one, ").unwrap();")]
            /// queue.close();
            /// assert!(queue.iter().eq(['a']));
            /// assert_eq!((&queue).into_iter().count(), 0);
            /// ```
            pub fn iter(&self) -> Iter<'_, $($g),+> {
                Iter { queue: self }
            }

            /// The items that need no waiting.
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            #[doc = concat!("queue.push(", $one, ").unwrap();")]
            /// assert!(queue.try_iter().eq(['a']));
            /// assert!(!queue.is_closed());
            /// ```
            pub fn try_iter(&self) -> TryIter<'_, $($g),+> {
                TryIter { queue: self }
            }
        }

        /// Closing and looking.
        impl<$($g),+> $Queue<$($g),+> where $($bounds)* {
            /// Closes the queue: whoever pushes, or waits to, gets the item back; whoever pops gets
            /// what is left, and then an error.
            ///
            /// A push is decided before or after: what went in with `Ok` will come out.
            ///
            /// ```
            /// use rungs::queue::PopError;
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            #[doc = concat!("queue.push(", $one, ").unwrap();")]
            /// queue.close();
            #[doc = concat!("assert!(queue.push(", $two, ").is_err());")]
            /// assert_eq!(queue.pop(), Ok('a'));
            /// assert_eq!(queue.pop(), Err(PopError));
            /// ```
            #[doc(alias = "shutdown")]
            pub fn close(&self) {
                self.core.close();
            }

            #[doc = concat!("Closes the queue and takes ", $left, ", in their order: whoever pushes or pops")]
            /// from now on, or waits to, gets an error.
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            #[doc = concat!("queue.push(", $one, ").unwrap();")]
            /// assert_eq!(queue.close_now(), ['a']);
            /// assert!(queue.is_closed() && queue.is_empty());
            /// ```
            #[must_use = "it hands back what was in the queue"]
            pub fn close_now(&self) -> Vec<$Item> {
                self.core.close_now()
            }

            /// Whether the queue was closed; items may be left.
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            /// assert!(!queue.is_closed());
            /// queue.close();
            /// assert!(queue.is_closed());
            /// ```
            pub fn is_closed(&self) -> bool {
                self.core.is_closed()
            }

            /// Waits until the queue is closed; the thread sleeps. Items may be left then.
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            /// std::thread::scope(|s| {
            ///     s.spawn(|| queue.close());
            ///     queue.closed();
            ///     assert!(queue.is_closed());
            /// });
            /// ```
            pub fn closed(&self) {
                self.core.closing().wait();
            }

            /// Waits until the queue is closed, or gives up after `timeout`; `Duration::MAX` never
            /// does.
            ///
            /// *Errors:* [`TimedOut`].
            ///
            /// ```
            #[doc = $use]
            /// use std::time::Duration;
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            /// assert!(queue.closed_timeout(Duration::from_millis(1)).is_err());
            /// ```
            pub fn closed_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
                self.core.closing().wait_timeout(timeout)
            }

            /// Waits until the queue is closed, or gives up at `deadline`.
            ///
            /// *Errors:* [`TimedOut`].
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            /// assert!(queue.closed_deadline(std::time::Instant::now()).is_err());
            /// ```
            pub fn closed_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
                self.core.closing().wait_deadline(deadline)
            }

            /// Waits until the queue is closed; the task waits.
            ///
            /// *Cancel safety:* dropped, it leaves no trace.
            ///
            /// ```
            /// use rungs::future::block_on;
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            /// queue.close();
            /// block_on(queue.closed_async());
            /// ```
            pub fn closed_async(&self) -> WaitEvent<'_> {
                self.core.closing().wait_async()
            }

            /// How many items are in the queue at some moment during the call.
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            #[doc = concat!("queue.push(", $one, ").unwrap();")]
            /// assert_eq!(queue.len(), 1);
            /// ```
            #[doc(alias = "qsize")]
            pub fn len(&self) -> usize {
                self.core.len()
            }

            /// Whether no item is in the queue at some moment during the call.
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("assert!(", $new, "::unbounded().is_empty());")]
            /// ```
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Whether there is no room at some moment during the call, reserved places counted;
            /// never so in an unbounded queue.
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::bounded(1);")]
            #[doc = concat!("queue.push(", $one, ").unwrap();")]
            /// assert!(queue.is_full());
            /// ```
            pub fn is_full(&self) -> bool {
                self.core.is_full()
            }

            /// How many items there is room for, or `None` in an unbounded queue.
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("assert_eq!(", $new, "::bounded(8).capacity(), Some(8));")]
            /// ```
            #[doc(alias = "maxsize")]
            pub fn capacity(&self) -> Option<usize> {
                self.core.capacity()
            }

            /// What the queue counts, at one moment during the call.
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            #[doc = concat!("queue.push(", $one, ").unwrap();")]
            /// assert_eq!((queue.stats().len, queue.stats().pushed), (1, 1));
            /// ```
            pub fn stats(&self) -> Stats {
                self.core.stats()
            }
        }

        pin_project! {
            #[doc = concat!("The future of [`", stringify!($Queue), "::pop_async`].")]
            /// It stands in line from its first poll on, and leaves it when dropped.
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            #[doc = concat!("queue.push(", $one, ").unwrap();")]
            /// drop(queue.pop_async()); // was never polled: nothing happened
            /// assert_eq!(queue.len(), 1);
            /// ```
            #[must_use = "futures do nothing unless polled"]
            pub struct Pop<'a, $($g),+>
            where
                $($bounds)*
            {
                #[pin]
                inner: $Popping<'a, $Shelf>,
            }
        }

        impl<$($g),+> Future for Pop<'_, $($g),+> where $($bounds)* {
            type Output = Result<$Item, PopError>;

            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                self.project().inner.poll(cx)
            }
        }

        pin_project! {
            #[doc = concat!("The future of [`", stringify!($Queue), "::pop_many_async`].")]
            /// It stands in line from its first poll on, and leaves it when dropped.
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            #[doc = concat!("queue.push(", $one, ").unwrap();")]
            /// drop(queue.pop_many_async(&mut Vec::new(), 8)); // was never polled
            /// assert_eq!(queue.len(), 1);
            /// ```
            #[must_use = "futures do nothing unless polled"]
            pub struct PopMany<'a, $($g),+>
            where
                $($bounds)*
            {
                #[pin]
                inner: $PoppingMany<'a, $Shelf>,
            }
        }

        impl<$($g),+> Future for PopMany<'_, $($g),+> where $($bounds)* {
            type Output = Result<usize, PopError>;

            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                self.project().inner.poll(cx)
            }
        }

        /// The items of a queue, waiting for each, until it is closed and drained. Made by
        #[doc = concat!("[`", stringify!($Queue), "::iter`].")]
        ///
        /// ```
        #[doc = $use]
        ///
        #[doc = concat!("let queue = ", $new, "::unbounded();")]
        #[doc = concat!("queue.push(", $one, ").unwrap();")]
        /// queue.close();
        /// assert_eq!(queue.iter().collect::<String>(), "a");
        /// ```
        #[must_use = "iterators do nothing unless consumed"]
        pub struct Iter<'a, $($g),+> where $($bounds)* {
            queue: &'a $Queue<$($g),+>,
        }

        impl<$($g),+> Iterator for Iter<'_, $($g),+> where $($bounds)* {
            type Item = $Item;

            fn next(&mut self) -> Option<$Item> {
                self.queue.pop().ok()
            }
        }

        /// A queue that is closed stays closed.
        impl<$($g),+> FusedIterator for Iter<'_, $($g),+> where $($bounds)* {}

        /// The items of a queue that need no waiting. Made by
        #[doc = concat!("[`", stringify!($Queue), "::try_iter`].")]
        ///
        /// ```
        #[doc = $use]
        ///
        #[doc = concat!("let queue = ", $new, "::unbounded();")]
        #[doc = concat!("queue.push(", $one, ").unwrap();")]
        /// assert_eq!(queue.try_iter().count(), 1);
        /// ```
        #[must_use = "iterators do nothing unless consumed"]
        pub struct TryIter<'a, $($g),+> where $($bounds)* {
            queue: &'a $Queue<$($g),+>,
        }

        impl<$($g),+> Iterator for TryIter<'_, $($g),+> where $($bounds)* {
            type Item = $Item;

            fn next(&mut self) -> Option<$Item> {
                self.queue.try_pop().ok()
            }
        }

        impl<'a, $($g),+> IntoIterator for &'a $Queue<$($g),+> where $($bounds)* {
            type Item = $Item;
            type IntoIter = Iter<'a, $($g),+>;

            fn into_iter(self) -> Iter<'a, $($g),+> {
                self.iter()
            }
        }

        /// The same queue.
        impl<$($g),+> Clone for $Queue<$($g),+> where $($bounds)* {
            fn clone(&self) -> Self {
                Self { core: self.core.clone() }
            }
        }

        impl<$($g),+> fmt::Debug for $Queue<$($g),+> where $($bounds)* {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.core.describe(&mut f.debug_struct(stringify!($Queue)))
            }
        }

        opaque! { [$($g),+] where { $($bounds)* } Pop PopMany Iter TryIter }
    };
}
pub(in crate::queue) use pop_face;
