//! Outputs in the order in which the items were taken.
//!
//! One worker at a time stands at the queue, with a permit (`turn`): so to take an item and to
//! give it the next *place* is one step. A place is settled with an output, or without one
//! where the handler panicked or the item was given back. What is settled waits in the buffer
//! until all before it is; whoever settles the first place pushes what follows it, too.
//!
//! # Invariants
//!
//! 1. The buffer holds the places from `first` on, in order; the first is pending, or somebody
//!    is `pushing`.
//! 2. One thread at a time pushes, and not under the lock: outputs leave in order.
//! 3. A place has a permit of the `window` from before its item is taken until it has left the
//!    buffer; so there are never more places than the window has permits.

use super::source::Source;
use crate::panic::{catch, discard};
use crate::queue::{PopError, Queue, TryPopError, WorkQueue};
use crate::sync::{Permit, Semaphore};
use crate::sys::{Arc, Mutex};
use std::collections::VecDeque;

/// Outputs, on their way to where they go in order.
pub(crate) struct Stream<R> {
    outputs: Queue<R>,
    /// A permit for each place that there may be.
    window: Semaphore,
    buffer: Mutex<Buffer<R>>,
}

/// What is settled and has to wait, and what it waits for.
struct Buffer<R> {
    places: VecDeque<Settled<R>>,
    /// The number of the first of them. (It may go round.)
    first: usize,
    /// Whether somebody pushes what was first.
    pushing: bool,
}

/// What is known of a place.
enum Settled<R> {
    Pending,
    /// It has an output, or none.
    As(Option<R>),
}

impl<R> Buffer<R> {
    /// Takes the first place out, if it is settled.
    fn take(&mut self) -> Option<Option<R>> {
        match self.places.pop_front()? {
            Settled::As(output) => {
                self.first = self.first.wrapping_add(1);
                Some(output)
            }
            pending => {
                self.places.push_front(pending);
                None
            }
        }
    }
}

impl<R> Stream<R> {
    /// A stream with at most `look_ahead` places.
    #[track_caller]
    pub(crate) fn new(outputs: Queue<R>, look_ahead: usize) -> Arc<Self> {
        assert!(look_ahead > 0, "`look_ahead` is 0");
        Arc::new(Self {
            outputs,
            window: Semaphore::new(look_ahead.min(Semaphore::MAX_PERMITS)),
            buffer: Mutex::new(Buffer {
                places: VecDeque::new(),
                first: 0,
                pushing: false,
            }),
        })
    }

    /// The next place, for which there is a permit of the window.
    fn place(self: &Arc<Self>, permit: Permit<'_>) -> Place<R> {
        permit.forget();
        let mut buffer = self.buffer.lock();
        let number = buffer.first.wrapping_add(buffer.places.len());
        buffer.places.push_back(Settled::Pending);
        Place {
            stream: Some(self.clone()),
            number,
        }
    }

    /// Settles a place, and pushes what is first and settled, unless somebody does.
    fn settle(&self, number: usize, output: Option<R>) {
        let mut buffer = self.buffer.lock();
        let place = number.wrapping_sub(buffer.first);
        buffer.places[place] = Settled::As(output);
        if buffer.pushing {
            return;
        }
        while let Some(output) = buffer.take() {
            buffer.pushing = true;
            drop(buffer);
            if let Some(output) = output {
                // Where nobody wants it, it is dropped.
                discard(self.outputs.push(output));
            }
            // As many as were forgotten.
            let _ = self.window.add_permits(1);
            buffer = self.buffer.lock();
            buffer.pushing = false;
        }
    }
}

/// A place in the order. Dropped, it is settled without an output.
pub(crate) struct Place<R> {
    /// `None` once settled.
    stream: Option<Arc<Stream<R>>>,
    number: usize,
}

impl<R> Place<R> {
    fn settle(mut self, output: R) {
        if let Some(stream) = self.stream.take() {
            stream.settle(self.number, Some(output));
        }
    }
}

impl<R> Drop for Place<R> {
    fn drop(&mut self) {
        if let Some(stream) = self.stream.take() {
            stream.settle(self.number, None);
        }
    }
}

/// A queue whose items get a place as they are taken.
pub(crate) struct Numbered<Q, R> {
    queue: Q,
    /// Who has its permit is at the queue.
    turn: Semaphore,
    stream: Arc<Stream<R>>,
}

impl<Q, R> Numbered<Q, R> {
    pub(crate) fn new(queue: Q, stream: Arc<Stream<R>>) -> Self {
        Self {
            queue,
            turn: Semaphore::new(1),
            stream,
        }
    }

    /// Settles a place with what comes of `handler`. Where that panics, without anything, and
    /// not while the thread unwinds.
    pub(crate) fn settle(place: Place<R>, handler: impl FnOnce() -> R) {
        match catch(handler) {
            Ok(output) => place.settle(output),
            Err(payload) => {
                drop(place);
                payload.resume();
            }
        }
    }
}

impl<Q: WorkQueue, R: Send + 'static> Source for Numbered<Q, R> {
    type Queue = Q;
    type Taken = (Place<R>, Q::Item);

    fn try_take(&self) -> Result<Self::Taken, TryPopError> {
        let busy = |_| TryPopError::Empty;
        let _turn = self.turn.try_acquire().map_err(busy)?;
        let permit = self.stream.window.try_acquire().map_err(busy)?;
        let item = self.queue.try_pop()?;
        Ok((self.stream.place(permit), item))
    }

    async fn take(&self) -> Result<Self::Taken, PopError> {
        // Neither is ever closed.
        let _turn = self.turn.acquire_async().await.map_err(|_| PopError)?;
        let permit = self.stream.window.acquire_async().await;
        let permit = permit.map_err(|_| PopError)?;
        let item = self.queue.pop_async().await?;
        Ok((self.stream.place(permit), item))
    }

    fn untake((place, item): Self::Taken) -> Q::Item {
        drop(place);
        item
    }
}
