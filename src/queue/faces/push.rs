//! The side of the producers.

/// Making one of a kind whose items lie under a lock.
macro_rules! make_face {
    (
        // The type, and what it asks of its parameters.
        $Queue:ident<$($g:ident),+> where { $($bounds:tt)* },
        // For the docs: a `use`, the type, and the arguments of a `push`.
        docs: $use:literal, $new:literal, $one:literal $(,)?
    ) => {
        /// Making one.
        impl<$($g),+> $Queue<$($g),+> where $($bounds)* {
            /// A queue with room for `capacity` items, which makes producers wait while it is
            /// full. Memory is allocated as items come; so a capacity of `usize::MAX` is fine.
            ///
            /// *Panics* where `capacity` is 0.
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::bounded(1);")]
            #[doc = concat!("queue.push(", $one, ").unwrap();")]
            /// assert!(queue.is_full());
            /// ```
            pub fn bounded(capacity: usize) -> Self {
                Self { core: Core::open(Some(capacity)) }
            }

            /// A queue that never makes producers wait.
            ///
            /// Prefer a bounded one where producers can be faster than consumers for long: this one
            /// grows until memory is gone.
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            #[doc = concat!("queue.push(", $one, ").unwrap(); // never waits")]
            /// assert_eq!(queue.capacity(), None);
            /// ```
            pub fn unbounded() -> Self {
                Self { core: Core::open(None) }
            }
        }
    };
}
pub(in crate::queue) use make_face;

/// Pushing and reserving; the futures, and the slot.
macro_rules! push_face {
    (
        // The type, and what it asks of its parameters.
        $Queue:ident<$($g:ident),+> where { $($bounds:tt)* },
        // What is pushed, as arguments, and both together.
        entry: ($($arg:ident: $Arg:ty),+) -> $Entry:ty = $entry:expr,
        item: $Item:ty,
        // The futures and the slot of its core, and what they are generic over.
        futures: $Pushing:ident, $PushingMany:ident, $Reserving:ident, $Reserved:ident of $Shelf:ty,
        // For the docs: a `use`, the type, the arguments of a `push`, and what they are together.
        docs: $use:literal, $new:literal,
            $one:literal, $two:literal, $pair:literal, $pair_two:literal,
        // What a push puts where, what comes back where it fails, and what is evicted.
        puts: $puts:literal,
        back: $back:literal,
        evicts: $evicted:literal, $why:literal, $force:literal
        // What else there is to say of a reservation.
        $(, reserves: $reserves:literal)? $(,)?
    ) => {
        /// Pushing.
        impl<$($g),+> $Queue<$($g),+> where $($bounds)* {
            #[doc = concat!("Puts ", $puts, "; the thread sleeps while the queue is full.")]
            ///
            #[doc = concat!("*Errors:* [`PushError`], ", $back, ", where the queue is, or gets, closed.")]
            ///
            /// ```
            /// use rungs::queue::PushError;
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::bounded(8);")]
            #[doc = concat!("assert_eq!(queue.push(", $one, "), Ok(()));")]
            /// queue.close();
            #[doc = concat!("assert!(matches!(queue.push(", $two, "), Err(PushError(_))));")]
            /// ```
            #[doc(alias = "put")]
            #[doc(alias = "send")]
            #[doc(alias = "enqueue")]
            #[inline]
            pub fn push(&self, $($arg: $Arg),+) -> Result<(), PushError<$Entry>> {
                self.core.push_until($entry, None).map_err(|error| PushError(error.into_inner()))
            }

            #[doc = concat!("Puts ", $puts, " if that needs no waiting.")]
            ///
            #[doc = concat!("*Errors:* [`TryPushError`], ", $back, ".")]
            ///
            /// ```
            /// use rungs::queue::TryPushError;
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::bounded(1);")]
            #[doc = concat!("assert_eq!(queue.try_push(", $one, "), Ok(()));")]
            #[doc = concat!("let full = queue.try_push(", $two, ");")]
            /// assert!(matches!(full, Err(TryPushError::Full(_))));
            /// ```
            #[doc(alias = "put_nowait")]
            #[doc(alias = "offer")]
            #[doc(alias = "try_send")]
            #[inline]
            pub fn try_push(&self, $($arg: $Arg),+) -> Result<(), TryPushError<$Entry>> {
                self.core.try_push($entry)
            }

            #[doc = concat!("Puts ", $puts, ", or gives up after `timeout`; `Duration::MAX` never does.")]
            ///
            #[doc = concat!("*Errors:* [`PushTimeoutError`], ", $back, ".")]
            ///
            /// ```
            /// use rungs::queue::PushTimeoutError;
            /// use std::time::Duration;
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::bounded(1);")]
            #[doc = concat!("assert_eq!(queue.push_timeout(", $one, ", Duration::ZERO), Ok(()));")]
            #[doc = concat!("let late = queue.push_timeout(", $two, ", Duration::from_millis(1));")]
            /// assert!(matches!(late, Err(PushTimeoutError::TimedOut(_))));
            /// ```
            pub fn push_timeout(
                &self,
                $($arg: $Arg,)+
                timeout: Duration,
            ) -> Result<(), PushTimeoutError<$Entry>> {
                self.core.push_until($entry, deadline_after(timeout))
            }

            #[doc = concat!("Puts ", $puts, ", or gives up at `deadline`.")]
            ///
            #[doc = concat!("*Errors:* [`PushTimeoutError`], ", $back, ".")]
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::bounded(1);")]
            /// let now = std::time::Instant::now();
            #[doc = concat!("assert_eq!(queue.push_deadline(", $one, ", now), Ok(()));")]
            #[doc = concat!("assert!(queue.push_deadline(", $two, ", now).is_err());")]
            /// ```
            pub fn push_deadline(
                &self,
                $($arg: $Arg,)+
                deadline: Instant,
            ) -> Result<(), PushTimeoutError<$Entry>> {
                self.core.push_until($entry, Some(deadline))
            }

            #[doc = concat!("Puts ", $puts, "; the task waits while the queue is full, in line from the")]
            /// first poll on.
            ///
            #[doc = concat!("*Errors:* [`PushError`], ", $back, ", where the queue is, or gets, closed.")]
            ///
            /// *Cancel safety:* dropped before it is ready, the item was not pushed, and is dropped
            /// with the future; the place in line is lost. To keep the item, wait for a place with
            /// [`reserve_async`](Self::reserve_async).
            ///
            /// ```
            /// use rungs::future::block_on;
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::bounded(8);")]
            #[doc = concat!("block_on(queue.push_async(", $one, ")).unwrap();")]
            /// assert_eq!(queue.len(), 1);
            /// ```
            pub fn push_async(&self, $($arg: $Arg),+) -> Push<'_, $($g),+> {
                Push { inner: $Pushing::new(&self.core, $entry) }
            }

            #[doc = concat!("Puts ", $puts, " without waiting, and without room takes out ", $evicted, ",")]
            #[doc = concat!("which comes back. ", $why, " It passes those who wait for room.")]
            ///
            #[doc = concat!("*Errors:* [`PushError`], ", $back, ", where the queue is closed.")]
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = $force]
            /// ```
            #[doc(alias = "push_overwrite")]
            pub fn force_push(&self, $($arg: $Arg),+) -> Result<Option<$Item>, PushError<$Entry>> {
                self.core.force_push($entry)
            }

            /// Puts all `items` in, the first first; the thread sleeps while the queue is full.
            ///
            /// Items of other producers may come in between. What is not pushed stays in the
            /// vector, in its order, and the vector keeps its memory.
            ///
            /// *Errors:* [`PushError`] where the queue is, or gets, closed.
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::bounded(8);")]
            #[doc = concat!("let mut items = vec![", $pair, ", ", $pair_two, "];")]
            /// assert_eq!(queue.push_many(&mut items), Ok(()));
            /// assert_eq!((items.len(), queue.len()), (0, 2));
            /// ```
            #[doc(alias = "addAll")]
            #[doc(alias = "extend")]
            #[doc(alias = "send_many")]
            pub fn push_many(&self, items: &mut Vec<$Entry>) -> Result<(), PushError<()>> {
                self.core.push_many_until(items, None).map_err(|_| PushError(()))
            }

            /// [`push_many`](Self::push_many) as far as that needs no waiting; it gives the number
            /// of items that went in.
            ///
            /// *Errors:* [`TryPushError`], `Full` only where none fitted.
            ///
            /// ```
            /// use rungs::queue::TryPushError;
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::bounded(1);")]
            #[doc = concat!("let mut items = vec![", $pair, ", ", $pair_two, "];")]
            /// assert_eq!(queue.try_push_many(&mut items), Ok(1));
            /// assert_eq!(queue.try_push_many(&mut items), Err(TryPushError::Full(())));
            /// assert_eq!(items.len(), 1);
            /// ```
            pub fn try_push_many(
                &self,
                items: &mut Vec<$Entry>,
            ) -> Result<usize, TryPushError<()>> {
                self.core.try_push_many(items)
            }

            /// [`push_many`](Self::push_many) that gives up after `timeout`, perhaps with some of
            /// the items pushed; `Duration::MAX` never does.
            ///
            /// *Errors:* [`PushTimeoutError`].
            ///
            /// ```
            #[doc = $use]
            /// use std::time::Duration;
            ///
            #[doc = concat!("let queue = ", $new, "::bounded(1);")]
            #[doc = concat!("let mut items = vec![", $pair, ", ", $pair_two, "];")]
            /// assert!(queue.push_many_timeout(&mut items, Duration::from_millis(1)).is_err());
            /// assert_eq!((items.len(), queue.len()), (1, 1));
            /// ```
            pub fn push_many_timeout(
                &self,
                items: &mut Vec<$Entry>,
                timeout: Duration,
            ) -> Result<(), PushTimeoutError<()>> {
                self.core.push_many_until(items, deadline_after(timeout))
            }

            /// [`push_many`](Self::push_many) that gives up at `deadline`, perhaps with some of the
            /// items pushed.
            ///
            /// *Errors:* [`PushTimeoutError`].
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::bounded(8);")]
            #[doc = concat!("let mut items = vec![", $pair, "];")]
            /// let now = std::time::Instant::now();
            /// assert_eq!(queue.push_many_deadline(&mut items, now), Ok(()));
            /// ```
            pub fn push_many_deadline(
                &self,
                items: &mut Vec<$Entry>,
                deadline: Instant,
            ) -> Result<(), PushTimeoutError<()>> {
                self.core.push_many_until(items, Some(deadline))
            }

            /// [`push_many`](Self::push_many) in which the task waits.
            ///
            /// *Errors:* [`PushError`] where the queue is, or gets, closed.
            ///
            /// *Cancel safety:* dropped, the items that it did not push are in `items` again, in
            /// their order.
            ///
            /// ```
            /// use rungs::future::block_on;
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::bounded(8);")]
            #[doc = concat!("let mut items = vec![", $pair, "];")]
            /// assert_eq!(block_on(queue.push_many_async(&mut items)), Ok(()));
            /// ```
            pub fn push_many_async<'a>(
                &'a self,
                items: &'a mut Vec<$Entry>,
            ) -> PushMany<'a, $($g),+> {
                PushMany { inner: $PushingMany::new(&self.core, items) }
            }
        }

        /// Reserving.
        impl<$($g),+> $Queue<$($g),+> where $($bounds)* {
            /// Reserves a place for an item that is yet to be made; the thread sleeps while the
            /// queue is full.
            ///
            /// So an item that is dear to make, or that must not get lost, is made when there is
            /// room for it.
            ///
            /// *Errors:* [`PushError`] where the queue is, or gets, closed.
            ///
            $(#[doc = $reserves])?
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::bounded(1);")]
            /// let slot = queue.reserve().unwrap();
            #[doc = concat!("assert!(queue.try_push(", $one, ").is_err());")]
            #[doc = concat!("slot.push(", $two, ").unwrap(); // never waits")]
            /// assert_eq!(queue.pop(), Ok('b'));
            /// ```
            pub fn reserve(&self) -> Result<Slot<'_, $($g),+>, PushError<()>> {
                match self.core.reserve_until(None) {
                    Ok(inner) => Ok(Slot { inner }),
                    Err(_) => Err(PushError(())),
                }
            }

            /// Reserves a place if that needs no waiting.
            ///
            /// *Errors:* [`TryPushError`].
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::bounded(1);")]
            /// let slot = queue.try_reserve().unwrap();
            /// assert!(queue.try_reserve().is_err());
            /// drop(slot); // gives the place back
            #[doc = concat!("queue.push(", $one, ").unwrap();")]
            /// ```
            pub fn try_reserve(&self) -> Result<Slot<'_, $($g),+>, TryPushError<()>> {
                self.core.try_reserve().map(|inner| Slot { inner })
            }

            /// Reserves a place, or gives up after `timeout`; `Duration::MAX` never does.
            ///
            /// *Errors:* [`PushTimeoutError`].
            ///
            /// ```
            #[doc = $use]
            /// use std::time::Duration;
            ///
            #[doc = concat!("let queue = ", $new, "::bounded(1);")]
            #[doc = concat!("queue.push(", $one, ").unwrap();")]
            /// assert!(queue.reserve_timeout(Duration::from_millis(1)).is_err());
            /// ```
            pub fn reserve_timeout(
                &self,
                timeout: Duration,
            ) -> Result<Slot<'_, $($g),+>, PushTimeoutError<()>> {
                let slot = self.core.reserve_until(deadline_after(timeout));
                slot.map(|inner| Slot { inner })
            }

            /// Reserves a place, or gives up at `deadline`.
            ///
            /// *Errors:* [`PushTimeoutError`].
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::bounded(1);")]
            /// assert!(queue.reserve_deadline(std::time::Instant::now()).is_ok());
            /// ```
            pub fn reserve_deadline(
                &self,
                deadline: Instant,
            ) -> Result<Slot<'_, $($g),+>, PushTimeoutError<()>> {
                let slot = self.core.reserve_until(Some(deadline));
                slot.map(|inner| Slot { inner })
            }

            /// Reserves a place; the task waits while the queue is full, in line from the first
            /// poll on.
            ///
            /// *Errors:* [`PushError`] where the queue is, or gets, closed.
            ///
            /// *Cancel safety:* dropped, it loses its place in line and nothing else: what to
            /// prefer to [`push_async`](Self::push_async) in a `select`.
            ///
            /// ```
            /// use rungs::future::block_on;
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::bounded(1);")]
            /// let slot = block_on(queue.reserve_async()).unwrap();
            #[doc = concat!("slot.push(", $one, ").unwrap();")]
            /// ```
            pub fn reserve_async(&self) -> Reserve<'_, $($g),+> {
                Reserve { inner: $Reserving::new(&self.core) }
            }
        }

        /// A queue without bounds.
        impl<$($g),+> Default for $Queue<$($g),+> where $($bounds)* {
            fn default() -> Self {
                Self::unbounded()
            }
        }

        #[doc = concat!("A place in a [`", stringify!($Queue), "`], reserved for an item. Dropped, it is")]
        /// given back.
        ///
        /// It is a place among those that the queue has, not one in its order: an item gets that
        /// when it is pushed.
        ///
        /// ```
        #[doc = $use]
        ///
        #[doc = concat!("let queue = ", $new, "::bounded(1);")]
        /// let slot = queue.reserve().unwrap();
        /// queue.close();
        #[doc = concat!("assert!(slot.push(", $one, ").is_err(), \"closed meanwhile\");")]
        /// ```
        #[doc(alias = "Permit")]
        #[must_use = "dropped, the place is given back"]
        pub struct Slot<'a, $($g),+> where $($bounds)* {
            inner: $Reserved<'a, $Shelf>,
        }

        impl<$($g),+> Slot<'_, $($g),+> where $($bounds)* {
            /// Puts an item in, in the place that was reserved; never waits.
            ///
            #[doc = concat!("*Errors:* [`PushError`], ", $back, ", where the queue was closed.")]
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::bounded(1);")]
            #[doc = concat!("queue.reserve().unwrap().push(", $one, ").unwrap();")]
            /// assert_eq!(queue.len(), 1);
            /// ```
            pub fn push(self, $($arg: $Arg),+) -> Result<(), PushError<$Entry>> {
                self.inner.push($entry)
            }
        }

        pin_project! {
            #[doc = concat!("The future of [`", stringify!($Queue), "::push_async`].")]
            /// It stands in line from its first poll on, and leaves it when dropped, with its item.
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            #[doc = concat!("drop(queue.push_async(", $one, ")); // was never polled")]
            /// assert!(queue.is_empty());
            /// ```
            #[must_use = "futures do nothing unless polled"]
            pub struct Push<'a, $($g),+>
            where
                $($bounds)*
            {
                #[pin]
                inner: $Pushing<'a, $Shelf>,
            }
        }

        impl<$($g),+> Future for Push<'_, $($g),+> where $($bounds)* {
            type Output = Result<(), PushError<$Entry>>;

            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                self.project().inner.poll(cx)
            }
        }

        pin_project! {
            #[doc = concat!("The future of [`", stringify!($Queue), "::push_many_async`].")]
            /// Dropped, it leaves in the vector what it did not push.
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::unbounded();")]
            #[doc = concat!("let mut items = vec![", $pair, "];")]
            /// drop(queue.push_many_async(&mut items)); // was never polled
            /// assert_eq!(items.len(), 1);
            /// ```
            #[must_use = "futures do nothing unless polled"]
            pub struct PushMany<'a, $($g),+>
            where
                $($bounds)*
            {
                #[pin]
                inner: $PushingMany<'a, $Shelf>,
            }
        }

        impl<$($g),+> Future for PushMany<'_, $($g),+> where $($bounds)* {
            type Output = Result<(), PushError<()>>;

            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                self.project().inner.poll(cx)
            }
        }

        pin_project! {
            #[doc = concat!("The future of [`", stringify!($Queue), "::reserve_async`].")]
            /// It stands in line from its first poll on, and leaves it when dropped.
            ///
            /// ```
            #[doc = $use]
            ///
            #[doc = concat!("let queue = ", $new, "::bounded(1);")]
            /// drop(queue.reserve_async()); // was never polled: nothing happened
            /// assert!(!queue.is_full());
            /// ```
            #[must_use = "futures do nothing unless polled"]
            pub struct Reserve<'a, $($g),+>
            where
                $($bounds)*
            {
                #[pin]
                inner: $Reserving<'a, $Shelf>,
            }
        }

        impl<'a, $($g),+> Future for Reserve<'a, $($g),+> where $($bounds)* {
            type Output = Result<Slot<'a, $($g),+>, PushError<()>>;

            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                let slot = self.project().inner.poll(cx);
                slot.map_ok(|inner| Slot { inner })
            }
        }

        opaque! { [$($g),+] where { $($bounds)* } Push PushMany Reserve Slot }
    };
}
pub(in crate::queue) use push_face;
