//! Futures and streams beside an actor: what they give comes to it as a message.
//!
//! Each is a task [beside](super::beside) the actor. While it is pending the actor handles other
//! messages, which an async handler does not let it do.

use super::beside::{Hold, Reach, Way, caught};
use super::context::Context;
use super::handler::Receive;
use futures_core::Stream;
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;

/// A future or a stream beside an actor: what [`Context::pipe`] and [`Context::attach`] give.
///
/// It ends with its actor. *Dropping* this lets it go on.
///
/// ```
/// use rungs::actor::{Actor, Attachment, Context, Probe, Recipient};
///
/// struct Fetch(Recipient<u32>, Option<Attachment>);
///
/// impl Actor for Fetch {
///     fn started(&mut self, cx: &mut Context<Self>) {
///         let to_come = async { 7 };
///         self.1 = Some(cx.pipe(to_come, |me, n, _| me.0.tell(n).unwrap()));
///     }
/// }
///
/// let probe = Probe::new();
/// let fetch = Fetch(probe.recipient(), None).start();
/// assert_eq!(probe.receive(), 7);
/// # drop(fetch);
/// ```
#[doc(alias = "SpawnHandle")]
#[doc(alias = "AbortHandle")]
pub struct Attachment(Hold);

impl Attachment {
    /// Detaches it: the future or the stream is dropped, at its next suspension where it is being
    /// polled, and the actor gets nothing more of it; where the actor itself detaches it, that is
    /// sure. An item that was sent and not handled is dropped, too.
    ///
    /// *Blocking:* never.
    ///
    /// ```
    /// # use rungs::actor::{Actor, Context};
    /// struct Calm;
    /// impl Actor for Calm {
    ///     fn started(&mut self, cx: &mut Context<Self>) {
    ///         let seven = cx.pipe(async { 7 }, |_, _, _| unreachable!());
    ///         seven.detach();
    ///         assert!(seven.is_done());
    ///     }
    /// }
    /// assert!(Calm.start().call(|_| ()).wait().is_ok());
    /// ```
    #[doc(alias = "cancel")]
    #[doc(alias = "abort")]
    pub fn detach(&self) {
        self.0.cancel();
    }

    /// Whether nothing more comes of it: it is over, and the actor has handled the last of it; or
    /// it was detached, or its actor has ended.
    ///
    /// ```
    /// # use rungs::actor::{Actor, Context};
    /// struct Never;
    /// impl Actor for Never {
    ///     fn started(&mut self, cx: &mut Context<Self>) {
    ///         let never = cx.pipe(std::future::pending::<()>(), |_, _, _| ());
    ///         assert!(!never.is_done());
    ///     }
    /// }
    /// assert!(Never.start().call(|_| ()).wait().is_ok());
    /// ```
    pub fn is_done(&self) -> bool {
        self.0.is_done()
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment")
            .field("done", &self.is_done())
            .finish_non_exhaustive()
    }
}

/// Futures and streams beside the actor.
///
/// They run on the actor's executor, beside it, at the same time as its messages; where the actor
/// has a thread of its own, on the executor of the process. They end with the actor, and keep it from
/// nothing: a stop does not wait for them. (What a stop is to wait for, an
/// [`AsyncHandler`](super::AsyncHandler) awaits.) The last turn drops those that are suspended,
/// before the actor's [`stopped`](super::Actor::stopped); one that is being polled on another
/// thread is dropped when it suspends.
///
/// A panic in one of them ends the actor, as that of a message does. Where the executor takes on no
/// more, they are dropped.
impl<A: 'static> Context<A> {
    /// Runs a future beside the actor, and then `then` on the actor, with what the future gave;
    /// before the messages that wait.
    ///
    /// The actor goes on meanwhile: when `then` runs, other messages may have changed it. That is
    /// re-entrancy, and here it is explicit.
    ///
    /// *Cost:* as a spawned future, and two or three allocations for what it gives.
    ///
    /// ```
    /// use rungs::actor::{Actor, Context, Handler};
    /// use rungs::sync::Semaphore;
    /// use std::sync::Arc;
    ///
    /// struct Client { answers: Vec<u32>, permits: Arc<Semaphore> }
    /// struct Fetch(u32);
    ///
    /// impl Actor for Client {}
    ///
    /// impl Handler<Fetch> for Client {
    ///     type Reply = ();
    ///     fn handle(&mut self, Fetch(n): Fetch, cx: &mut Context<Self>) {
    ///         let permits = self.permits.clone();
    ///         let answer = async move {
    ///             permits.acquire_async().await.unwrap().forget();
    ///             n * 2
    ///         };
    ///         cx.pipe(answer, |me, answer, cx| {
    ///             me.answers.push(answer);
    ///             if me.answers.len() == 2 {
    ///                 cx.stop();
    ///             }
    ///         });
    ///     }
    /// }
    ///
    /// let permits = Arc::new(Semaphore::new(0));
    /// let client = Client { answers: Vec::new(), permits: permits.clone() }.start();
    /// client.tell(Fetch(1)).unwrap();
    /// client.tell(Fetch(2)).unwrap();
    /// // Both are under way, and it still answers.
    /// assert_eq!(client.call(|client| client.answers.len()).wait().unwrap(), 0);
    /// permits.add_permits(2).unwrap();
    /// client.join();
    /// ```
    #[doc(alias = "pipe_to_self")]
    #[doc(alias = "spawn")]
    pub fn pipe<F, T>(&self, future: F, then: T) -> Attachment
    where
        F: Future<Output: Send> + Send + 'static,
        T: FnOnce(&mut A, F::Output, &mut Self) + Send + 'static,
    {
        Attachment(self.begin_beside(Way::Executor, |reach| async move {
            match caught(future).await {
                Ok(output) => {
                    let then = |state: &mut A, cx: &mut Self| then(state, output, cx);
                    reach.urge(then).await;
                }
                Err(payload) => reach.fail(payload).await,
            }
        }))
    }

    /// Has the actor handle the items of a stream, as messages, each when the one before was
    /// handled.
    ///
    /// An item stands in the mailbox as every message does, behind those that came before. A stream
    /// waits for room in a mailbox that is full. One at a time: that is its back-pressure.
    ///
    /// *Stop, kill:* an item that was accepted is handled, or handed to
    /// [`undelivered`](super::Actor::undelivered), as a message that was told.
    ///
    /// ```
    /// use rungs::actor::{Actor, Context, Handler};
    /// use rungs::queue::{IntoStream, Queue};
    ///
    /// struct Sum { total: u32, numbers: Option<IntoStream<u32>> }
    ///
    /// impl Actor for Sum {
    ///     fn started(&mut self, cx: &mut Context<Self>) {
    ///         cx.attach(self.numbers.take().unwrap());
    ///     }
    /// }
    /// impl Handler<u32> for Sum {
    ///     type Reply = ();
    ///     fn handle(&mut self, n: u32, cx: &mut Context<Self>) {
    ///         self.total += n;
    ///         if self.total == 42 {
    ///             cx.stop();
    ///         }
    ///     }
    /// }
    ///
    /// let (sender, receiver) = Queue::unbounded().channel();
    /// let sum = Sum { total: 0, numbers: Some(receiver.into_stream()) }.start();
    /// sender.push(20).unwrap();
    /// sender.push(22).unwrap();
    /// sum.join();
    /// ```
    #[doc(alias = "add_stream")]
    #[doc(alias = "attach_stream")]
    pub fn attach<S, K>(&self, stream: S) -> Attachment
    where
        S: Stream<Item: Send> + Send + 'static,
        A: Receive<S::Item, K>,
        K: 'static,
    {
        self.attach_then(stream, |_, _| ())
    }

    /// The same as [`attach`](Self::attach), and then `end` on the actor, when the stream has ended
    /// by itself and its last item was handled; before the messages that wait.
    ///
    /// ```
    /// use rungs::actor::{Actor, Context, Handler, StopReason};
    /// use rungs::queue::{IntoStream, Queue};
    ///
    /// struct Reader(Option<IntoStream<u32>>);
    ///
    /// impl Actor for Reader {
    ///     fn started(&mut self, cx: &mut Context<Self>) {
    ///         cx.attach_then(self.0.take().unwrap(), |_, cx| cx.stop());
    ///     }
    /// }
    /// impl Handler<u32> for Reader {
    ///     type Reply = ();
    ///     fn handle(&mut self, _: u32, _cx: &mut Context<Self>) {}
    /// }
    ///
    /// let (sender, receiver) = Queue::unbounded().channel();
    /// let reader = Reader(Some(receiver.into_stream())).start();
    /// sender.push(1).unwrap();
    /// drop(sender);
    /// assert_eq!(reader.join(), StopReason::Stopped);
    /// ```
    #[doc(alias = "finished")]
    pub fn attach_then<S, K, E>(&self, stream: S, end: E) -> Attachment
    where
        S: Stream<Item: Send> + Send + 'static,
        A: Receive<S::Item, K>,
        K: 'static,
        E: FnOnce(&mut A, &mut Self) + Send + 'static,
    {
        Attachment(self.begin_beside(Way::Executor, |reach| async move {
            if feed::<A, S, K>(&reach, stream).await {
                reach.urge(end).await;
            }
        }))
    }
}

/// Has the actor handle what comes out of a stream; whether that came to its end.
async fn feed<A, S, K>(reach: &Reach<A>, stream: S) -> bool
where
    S: Stream<Item: Send> + Send + 'static,
    A: Receive<S::Item, K>,
    K: 'static,
{
    let mut stream = pin!(stream);
    loop {
        match caught(poll_fn(|cx| stream.as_mut().poll_next(cx))).await {
            Ok(Some(item)) => {
                if !reach.tell::<_, K>(item).await {
                    return false;
                }
            }
            Ok(None) => return true,
            Err(payload) => {
                reach.fail(payload).await;
                return false;
            }
        }
    }
}
