//! Actors, and what they do with messages of a type.

use super::addr::Addr;
use super::context::Context;
use super::core::Core;
use super::error::StopReason;
use crate::PanicPayload;
use crate::panic::catch;
use pin_project_lite::pin_project;
use std::any::Any;
use std::fmt;
use std::pin::Pin;
use std::task::{self, Poll, ready};

/// An object with a life cycle, and handlers for messages of certain types.
///
/// All it must do is be `'static`; what it does with messages say [`Handler`] and
/// [`AsyncHandler`], one for each type of message. Start it with [`start`](Self::start), or with
/// [`Builder::start_actor`](super::Builder::start_actor): then `started` and `stopped` are called.
/// Started as a mere object, by [`Addr::spawn`] or [`Builder::start`](super::Builder::start), it
/// takes the same messages, and none of these three is called.
///
/// An actor that lives on an executor must be `Send`. One that
/// [is made on a thread of its own](super::Builder::start_actor_with) need not be.
///
/// ```
/// use rungs::actor::{Actor, Context, Handler, StopReason};
///
/// struct Counter(u64);
///
/// impl Actor for Counter {}
///
/// impl Handler<u64> for Counter {
///     type Reply = u64;
///     fn handle(&mut self, amount: u64, _cx: &mut Context<Self>) -> u64 {
///         self.0 += amount;
///         self.0
///     }
/// }
///
/// let counter = Counter(1).start();
/// counter.tell(2).unwrap();
/// assert_eq!(counter.ask(3).wait().unwrap(), 6);
/// counter.stop();
/// assert_eq!(counter.join(), StopReason::Stopped);
/// ```
#[doc(alias = "GenServer")]
#[doc(alias = "ThreadingActor")]
pub trait Actor: Sized + 'static {
    /// Called before the first message, in the actor's first turn.
    ///
    /// If it panics, the actor ends: it handles nothing, `stopped` is not called, and whoever asks
    /// or joins is told.
    ///
    /// ```
    /// use rungs::actor::{Actor, AskError, Context, StopReason};
    ///
    /// struct Reader(&'static str);
    ///
    /// impl Actor for Reader {
    ///     fn started(&mut self, _cx: &mut Context<Self>) {
    ///         assert!(self.0 != "nowhere", "no such file");
    ///     }
    /// }
    ///
    /// let reader = Reader("nowhere").start();
    /// assert!(reader.call(|r| r.0).wait().is_err());
    /// assert_eq!(reader.join(), StopReason::Panicked("no such file".into()));
    /// ```
    #[doc(alias = "on_start")]
    #[doc(alias = "init")]
    #[doc(alias = "pre_start")]
    fn started(&mut self, cx: &mut Context<Self>) {
        let _ = cx;
    }

    /// Called after the last message, however the actor ends, if it had started; then it is
    /// dropped, and then a [`join`](Addr::join) returns.
    ///
    /// After a panic the actor may be half changed: look at the reason.
    ///
    /// ```
    /// use rungs::actor::{Actor, StopReason};
    /// use std::sync::mpsc;
    ///
    /// struct Log(mpsc::Sender<StopReason>);
    ///
    /// impl Actor for Log {
    ///     fn stopped(&mut self, reason: &StopReason) {
    ///         self.0.send(reason.clone()).unwrap();
    ///     }
    /// }
    ///
    /// let (sender, receiver) = mpsc::channel();
    /// Log(sender).start().stop();
    /// assert_eq!(receiver.recv().unwrap(), StopReason::Stopped);
    /// ```
    #[doc(alias = "on_stop")]
    #[doc(alias = "terminate")]
    #[doc(alias = "post_stop")]
    fn stopped(&mut self, reason: &StopReason) {
        let _ = reason;
    }

    /// Called for each message that was told to it and that it will not handle, because it was
    /// killed or another message panicked; before `stopped`, in their order.
    ///
    /// Not called for messages that were asked or called, whose callers are told, nor for closures,
    /// which are counted ([`Addr::undelivered`]), as these are. A supervised actor that ends because
    /// it failed has no object any more: there they are counted only.
    ///
    /// ```
    /// use rungs::actor::{Actor, Context, Handler, Undelivered};
    /// use std::sync::mpsc;
    ///
    /// struct Printer(mpsc::Sender<String>);
    ///
    /// impl Actor for Printer {
    ///     fn undelivered(&mut self, message: Undelivered) {
    ///         self.0.send(message.downcast::<String>().unwrap()).unwrap();
    ///     }
    /// }
    ///
    /// impl Handler<String> for Printer {
    ///     type Reply = ();
    ///     fn handle(&mut self, page: String, cx: &mut Context<Self>) {
    ///         cx.addr().tell("page 2".to_owned()).unwrap();
    ///         panic!("out of paper at {page}");
    ///     }
    /// }
    ///
    /// let (sender, receiver) = mpsc::channel();
    /// let printer = Printer(sender).start();
    /// printer.tell("page 1".to_owned()).unwrap();
    /// assert_eq!(receiver.recv().unwrap(), "page 2");
    /// ```
    #[doc(alias = "dead letter")]
    fn undelivered(&mut self, message: Undelivered) {
        drop(message);
    }

    /// Starts it on the executor of the process,
    /// [`ThreadPoolExecutor::global`](crate::executor::ThreadPoolExecutor::global).
    ///
    /// ```
    /// use rungs::actor::Actor;
    ///
    /// struct Answer(u32);
    /// impl Actor for Answer {}
    ///
    /// assert_eq!(Answer(42).start().call(|a| a.0).wait().unwrap(), 42);
    /// ```
    #[doc(alias = "spawn")]
    fn start(self) -> Addr<Self>
    where
        Self: Send,
    {
        match Addr::builder().start_actor(self) {
            Ok(addr) => addr,
            Err(_) => unreachable!("an actor on an executor always starts"),
        }
    }
}

/// What an actor does with messages of the type `M`, in one go.
///
/// While it runs, it occupies its thread; what has to wait for something is better an
/// [`AsyncHandler`].
///
/// ```
/// use rungs::actor::{Actor, Context, Handler};
///
/// struct Light(bool);
/// struct Toggle;
///
/// impl Actor for Light {}
///
/// impl Handler<Toggle> for Light {
///     type Reply = bool;
///     fn handle(&mut self, _: Toggle, _cx: &mut Context<Self>) -> bool {
///         self.0 = !self.0;
///         self.0
///     }
/// }
///
/// let light = Light(false).start();
/// assert!(light.ask(Toggle).wait().unwrap());
/// ```
#[doc(alias = "handle_call")]
#[doc(alias = "handle_cast")]
#[doc(alias = "on_receive")]
pub trait Handler<M>: Actor {
    /// What whoever asks gets.
    type Reply: Send + 'static;

    /// Handles a message. If it panics, the actor ends.
    ///
    /// ```
    /// # use rungs::actor::{Actor, Context, Handler};
    /// struct Echo;
    /// impl Actor for Echo {}
    /// impl Handler<&'static str> for Echo {
    ///     type Reply = String;
    ///     fn handle(&mut self, text: &'static str, _cx: &mut Context<Self>) -> String {
    ///         text.repeat(2)
    ///     }
    /// }
    /// assert_eq!(Echo.start().ask("ho").wait().unwrap(), "hoho");
    /// ```
    fn handle(&mut self, message: M, cx: &mut Context<Self>) -> Self::Reply;
}

/// What an actor does with messages of the type `M`, where it has to wait in between.
///
/// The future borrows the actor, across its awaits. It is not re-entrant: while it is pending, the
/// actor handles nothing else, and occupies no thread. A [`kill`](Addr::kill) drops it. So does, on
/// an executor, that nobody is left who could wake it, and nobody has anything of the actor: then the
/// actor ends, [`Killed`](StopReason::Killed).
///
/// *Cost:* the future lies in a place that the actor keeps for all of them: no allocation for a
/// message, once that is large enough.
///
/// ```
/// use rungs::actor::{Actor, AsyncHandler, Context};
/// use rungs::sync::Semaphore;
/// use std::sync::Arc;
///
/// struct Client { connections: Arc<Semaphore>, requests: u32 }
/// struct Request;
///
/// impl Actor for Client {}
///
/// impl AsyncHandler<Request> for Client {
///     type Reply = u32;
///     async fn handle(&mut self, _: Request, _cx: &mut Context<Self>) -> u32 {
///         let _connection = self.connections.acquire_async().await.unwrap();
///         self.requests += 1;
///         self.requests
///     }
/// }
///
/// let connections = Arc::new(Semaphore::new(1));
/// let client = Client { connections, requests: 0 }.start();
/// client.tell(Request).unwrap();
/// assert_eq!(client.ask(Request).wait().unwrap(), 2);
/// ```
pub trait AsyncHandler<M>: Actor {
    /// What whoever asks gets.
    type Reply: Send + 'static;

    /// Handles a message. If the future panics, the actor ends.
    ///
    /// ```
    /// # use rungs::actor::{Actor, AsyncHandler, Context};
    /// struct Echo;
    /// impl Actor for Echo {}
    /// impl AsyncHandler<&'static str> for Echo {
    ///     type Reply = String;
    ///     async fn handle(&mut self, text: &'static str, _cx: &mut Context<Self>) -> String {
    ///         rungs::future::yield_now().await;
    ///         text.repeat(2)
    ///     }
    /// }
    /// assert_eq!(Echo.start().ask("ho").wait().unwrap(), "hoho");
    /// ```
    fn handle(
        &mut self,
        message: M,
        cx: &mut Context<Self>,
    ) -> impl Future<Output = Self::Reply> + Send;
}

/// That an actor has a handler for messages of the type `M`: a [`Handler`] or an [`AsyncHandler`].
///
/// Which of the two it is, says `K`, which is inferred. Nobody implements this but through those.
///
/// ```
/// use rungs::actor::{Actor, Addr, Context, Handler, Receive};
///
/// fn greet<A: Receive<&'static str, K>, K: 'static>(addr: &Addr<A>) {
///     addr.tell("good morning").unwrap();
/// }
///
/// struct Guest(u32);
/// impl Actor for Guest {}
/// impl Handler<&'static str> for Guest {
///     type Reply = ();
///     fn handle(&mut self, _: &'static str, _cx: &mut Context<Self>) { self.0 += 1; }
/// }
///
/// let guest = Guest(0).start();
/// greet(&guest);
/// assert_eq!(guest.call(|guest| guest.0).wait().unwrap(), 1);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no handler for messages of type `{M}`",
    label = "neither `Handler<{M}>` nor `AsyncHandler<{M}>` is implemented for `{Self}`"
)]
pub trait Receive<M, K>: Sized + 'static {
    /// What whoever asks gets.
    type Reply: Send + 'static;

    /// Handles a message, or begins to: `false` where it goes on in the core.
    ///
    /// # Safety
    ///
    /// As for `Message::run`, with a `Core<Self>`.
    #[doc(hidden)]
    unsafe fn receive(core: *mut (), message: M) -> bool;

    /// The same, and does something with the reply.
    ///
    /// # Safety
    ///
    /// As above.
    #[doc(hidden)]
    unsafe fn answer(
        core: *mut (),
        message: M,
        then: impl FnOnce(Result<Self::Reply, PanicPayload>) + Send + 'static,
    ) -> bool;
}

/// The kind of a [`Handler`], in [`Receive`].
///
/// ```
/// use rungs::actor::{Handler, InOneGo, Receive};
///
/// fn is_received<A: Receive<M, InOneGo>, M>() {}
/// fn is_handled<A: Handler<M>, M>() { is_received::<A, M>() }
/// ```
#[derive(Debug)]
pub enum InOneGo {}

/// The kind of an [`AsyncHandler`], in [`Receive`].
///
/// ```
/// use rungs::actor::{AsyncHandler, InStages, Receive};
///
/// fn is_received<A: Receive<M, InStages>, M>() {}
/// fn is_handled<A: AsyncHandler<M>, M: 'static>() { is_received::<A, M>() }
/// ```
#[derive(Debug)]
pub enum InStages {}

impl<A: Handler<M>, M> Receive<M, InOneGo> for A {
    type Reply = A::Reply;

    #[inline]
    unsafe fn receive(core: *mut (), message: M) -> bool {
        // SAFETY: the caller's.
        let (state, cx) = unsafe { Core::<A>::object(core.cast()) };
        drop(state.handle(message, cx));
        true
    }

    #[inline]
    unsafe fn answer(
        core: *mut (),
        message: M,
        then: impl FnOnce(Result<Self::Reply, PanicPayload>) + Send + 'static,
    ) -> bool {
        // SAFETY: the caller's.
        let (state, cx) = unsafe { Core::<A>::object(core.cast()) };
        then(catch(|| state.handle(message, cx)));
        true
    }
}

impl<A: AsyncHandler<M>, M: 'static> Receive<M, InStages> for A {
    type Reply = A::Reply;

    unsafe fn receive(core: *mut (), message: M) -> bool {
        let core = core.cast::<Core<A>>();
        // SAFETY: the caller's; nobody touches the two until the future is gone.
        let (state, cx) = unsafe { Core::object(core) };
        let future = state.handle(message, cx);
        // SAFETY: as above.
        unsafe { (*core).slot.put(Told { future }) };
        false
    }

    unsafe fn answer(
        core: *mut (),
        message: M,
        then: impl FnOnce(Result<Self::Reply, PanicPayload>) + Send + 'static,
    ) -> bool {
        let core = core.cast::<Core<A>>();
        // SAFETY: the caller's; nobody touches the two until the future is gone.
        let (state, cx) = unsafe { Core::object(core) };
        match catch(|| state.handle(message, cx)) {
            Ok(future) => {
                let then = Some(then);
                // SAFETY: as above.
                unsafe { (*core).slot.put(Asked { future, then }) };
                false
            }
            Err(payload) => {
                then(Err(payload));
                true
            }
        }
    }
}

pin_project! {
    /// What an async handler does where nobody wants its reply.
    struct Told<F> {
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Told<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<()> {
        self.project().future.poll(cx).map(drop)
    }
}

pin_project! {
    /// What an async handler does where somebody wants its reply.
    struct Asked<F, T> {
        #[pin]
        future: F,
        then: Option<T>,
    }
}

impl<F, T> Future for Asked<F, T>
where
    F: Future,
    T: FnOnce(Result<F::Output, PanicPayload>),
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<()> {
        let this = self.project();
        let polled = catch(|| this.future.poll(cx));
        let result = match polled {
            Ok(polled) => Ok(ready!(polled)),
            Err(payload) => Err(payload),
        };
        if let Some(then) = this.then.take() {
            then(result);
        }
        Poll::Ready(())
    }
}

/// A message that was told to an actor, and that it does not handle: see [`Actor::undelivered`].
///
/// ```
/// use rungs::actor::{Actor, Undelivered};
///
/// #[derive(Default)]
/// struct Log(Vec<&'static str>);
///
/// impl Actor for Log {
///     fn undelivered(&mut self, message: Undelivered) {
///         self.0.push(message.type_name());
///     }
/// }
/// # assert!(Log::default().0.is_empty());
/// ```
pub struct Undelivered {
    message: Box<dyn Any + Send>,
    type_name: &'static str,
}

impl Undelivered {
    pub(super) fn new<M: Send + 'static>(message: M) -> Self {
        Self {
            message: Box::new(message),
            type_name: std::any::type_name::<M>(),
        }
    }

    /// The message, if it is an `M`.
    ///
    /// *Errors:* the same again, where it is something else.
    ///
    /// ```
    /// # use rungs::actor::{Actor, Undelivered};
    /// # struct Log(Vec<String>);
    /// # impl Actor for Log {
    /// fn undelivered(&mut self, message: Undelivered) {
    ///     match message.downcast::<String>() {
    ///         Ok(text) => self.0.push(text),
    ///         Err(other) => self.0.push(other.type_name().to_owned()),
    ///     }
    /// }
    /// # }
    /// # assert!(Log(Vec::new()).0.is_empty());
    /// ```
    pub fn downcast<M: 'static>(self) -> Result<M, Self> {
        let Self { message, type_name } = self;
        match message.downcast() {
            Ok(message) => Ok(*message),
            Err(message) => Err(Self { message, type_name }),
        }
    }

    /// The name of its type, for people.
    ///
    /// ```
    /// # use rungs::actor::{Actor, Undelivered};
    /// # struct Log;
    /// # impl Actor for Log {
    /// fn undelivered(&mut self, message: Undelivered) {
    ///     eprintln!("not handled: a message of type {}", message.type_name());
    /// }
    /// # }
    /// # let _: () = assert!(std::mem::size_of::<Log>() == 0);
    /// ```
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }
}

impl fmt::Debug for Undelivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Undelivered").field(&self.type_name).finish()
    }
}
