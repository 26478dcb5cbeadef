//! From Akka: actors.
//!
//! # Akka
//!
//! | Akka | here | to note |
//! |---|---|---|
//! | `ActorRef<M>` | [`Addr`](crate::actor::Addr) of an actor; of one message type, [`Recipient`](crate::actor::Recipient) | |
//! | `Behavior`, `onMessage` | [`Actor`](crate::actor::Actor), [`Handler<M>`](crate::actor::Handler) | typed by message; any object is an actor that takes closures |
//! | `ref.tell(m)` | [`tell`](crate::actor::Addr::tell) | |
//! | `AskPattern.ask` | [`ask`](crate::actor::Addr::ask) | the handler's `Reply` is the answer: no `replyTo` |
//! | `Behaviors.setup`, `PreStart` | [`started`](crate::actor::Actor::started) | |
//! | `PostStop` | [`stopped`](crate::actor::Actor::stopped) | |
//! | `context.watch`, `Terminated` | [`watch`](crate::actor::Addr::watch), [`Down`](crate::actor::Down) | |
//! | `SupervisorStrategy.restart` | [`Supervisor`](crate::actor::Supervisor), [`Strategy`](crate::actor::Strategy), [`Restart`](crate::actor::Restart) | |
//! | `pipeToSelf` | [`pipe`](crate::actor::Context::pipe) | |
//! | `withTimers` | [`after`](crate::actor::Context::after), [`every`](crate::actor::Context::every) | |
//! | `BoundedMailbox` | [`Mailbox::Bounded`](crate::actor::Mailbox::Bounded) | [`tell_wait`](crate::actor::Addr::tell_wait) waits for room |
//! | `PinnedDispatcher` | [`dedicated_thread`](crate::actor::Builder::dedicated_thread) | |
//! | `Topic` | [`Group`](crate::actor::Group) | |
//! | `DeadLetter` | [`undelivered`](crate::actor::Actor::undelivered) | the actor's own; for all there is no stream |
//! | `PoisonPill`, `context.stop(child)` | [`stop`](crate::actor::Addr::stop), [`kill`](crate::actor::Addr::kill) | it handles what it has; or nothing more |
//! | `TestProbe`, `ManualTime` | [`Probe`](crate::actor::Probe), [`TestClock`](crate::actor::TestClock) | |
//! | `ActorSystem`, `Dispatcher` | none needed: an actor lives on the executor of the process, or [`on`](crate::actor::Builder::on) another | |
//! | `Behaviors.same`, `become` | none: the state is an `enum` in the actor | |
//! | `StashBuffer` | none: a `VecDeque` in the actor | |
//! | `Routers.pool` | none: a [`Queue`](crate::queue::Queue) or a [`WorkerPool`](crate::pool::WorkerPool) for work that any may do | |
//! | paths, the receptionist | none: who is to know an address is given it | |
//! | remoting, clusters, persistence | none | |
//!
//! ```
//! use rungs::actor::{Actor, Addr, Context, Group, Handler, Probe, Restart, Strategy, Supervisor};
//! use rungs::actor::{Down, Mailbox, Overflow, StopReason};
//! use std::sync::mpsc;
//!
//! // class Counter extends AbstractBehavior<Command>  // a Behavior
//! // onMessage(Add.class, this::onAdd)
//! struct Counter(u32);
//! struct Add(u32);
//! struct Get;
//!
//! impl Actor for Counter {}
//! impl Handler<Add> for Counter {
//!     type Reply = ();
//!     fn handle(&mut self, Add(n): Add, _cx: &mut Context<Self>) {
//!         self.0 = self.0.checked_add(n).expect("too much");
//!     }
//! }
//! impl Handler<Get> for Counter {
//!     type Reply = u32;
//!     fn handle(&mut self, _: Get, _cx: &mut Context<Self>) -> u32 {
//!         self.0
//!     }
//! }
//!
//! // ActorRef<Command> ref = context.spawn(Counter.create(), "counter"); ref.tell(new Add(7));
//! let counter = Counter(0).start();
//! counter.tell(Add(7)).unwrap();
//!
//! // AskPattern.ask(ref, replyTo -> new Get(replyTo), timeout, scheduler)
//! assert_eq!(counter.ask(Get).wait().unwrap(), 7);
//!
//! // Behaviors.supervise(Counter.create()).onFailure(SupervisorStrategy.restart())
//! let supervisor = Supervisor::new(Strategy::OneForOne);
//! let supervised = supervisor.child(Restart::Permanent, || Counter(1));
//! assert!(supervised.ask(Add(u32::MAX)).wait().is_err()); // panics, and is made anew
//! assert_eq!(supervised.ask(Get).wait().unwrap(), 1);
//!
//! // TestProbe<Add> probe; topic.tell(Topic.subscribe(probe.ref())); topic.tell(Topic.publish(…))
//! let (probe, topic) = (Probe::<u32>::new(), Group::<u32>::new());
//! topic.join(&probe.recipient());
//! assert_eq!(topic.broadcast(7), 1);
//! assert_eq!(probe.receive(), 7);
//!
//! // context.watch(ref);        onSignal(Terminated.class, …)
//! struct Watcher(mpsc::Sender<StopReason>);
//! impl Actor for Watcher {}
//! impl Handler<Down> for Watcher {
//!     type Reply = ();
//!     fn handle(&mut self, down: Down, _cx: &mut Context<Self>) {
//!         self.0.send(down.reason).unwrap();
//!     }
//! }
//! let (sender, terminated) = mpsc::channel();
//! let watcher = Watcher(sender).start();
//! let watch = counter.watch(&watcher); // dropped, the watch is over
//! counter.stop();
//! assert_eq!(terminated.recv(), Ok(StopReason::Stopped));
//! drop(watch);
//!
//! // MailboxSelector.bounded(1)  // a BoundedMailbox
//! let mailbox = Mailbox::Bounded { capacity: 1, overflow: Overflow::Reject };
//! let small: Addr<u32> = Addr::builder().mailbox(mailbox).start(0).unwrap();
//! assert_eq!(small.capacity(), Some(1));
//! ```
//!
//! ```
//! use rungs::actor::{Actor, Addr, Context, Handler, Recipient, StopReason, TestClock, Undelivered};
//! use rungs::executor::Every;
//! use std::sync::mpsc;
//! use std::time::Duration;
//!
//! // what one sees of an actor's life
//! #[derive(Debug, PartialEq)]
//! enum Seen {
//!     Started,
//!     Answer(u32),
//!     Alarm,
//!     Tick,
//!     DeadLetter(u32),
//!     Stopped,
//! }
//!
//! struct Nurse(mpsc::Sender<Seen>);
//!
//! impl Nurse {
//!     fn sees(&self, what: Seen) {
//!         self.0.send(what).unwrap();
//!     }
//! }
//!
//! impl Actor for Nurse {
//!     // Behaviors.setup(context -> …)        preStart()  // the signal PreStart
//!     fn started(&mut self, cx: &mut Context<Self>) {
//!         self.sees(Seen::Started);
//!         // Behaviors.withTimers(timers -> timers.startSingleTimer(ALARM, Duration.ofHours(1)))
//!         cx.after(Duration::from_secs(3_600), |nurse: &mut Self, _cx| nurse.sees(Seen::Alarm));
//!         // timers.startTimerAtFixedRate(TICK, Duration.ofHours(2))
//!         let every = Every::rate(Duration::from_secs(7_200));
//!         cx.every(every, |nurse: &mut Self, _cx| nurse.sees(Seen::Tick));
//!     }
//!
//!     // onSignal(PostStop.class, …)
//!     fn stopped(&mut self, _reason: &StopReason) {
//!         self.sees(Seen::Stopped);
//!     }
//!
//!     // system.eventStream().tell(new Subscribe(DeadLetter.class, …))
//!     fn undelivered(&mut self, message: Undelivered) {
//!         self.sees(Seen::DeadLetter(message.downcast::<u32>().unwrap()));
//!     }
//! }
//!
//! impl Handler<u32> for Nurse {
//!     type Reply = ();
//!     fn handle(&mut self, n: u32, cx: &mut Context<Self>) {
//!         // context.pipeToSelf(fetch(n), (answer, e) -> new Answer(answer))
//!         let fetch = async move { n * 2 };
//!         cx.pipe(fetch, |nurse, answer, _cx| nurse.sees(Seen::Answer(answer)));
//!     }
//! }
//!
//! // ManualTime time = ManualTime.get(system); time.timePasses(Duration.ofHours(2));
//! let (clock, (sender, seen)) = (TestClock::new(), mpsc::channel());
//! let nurse = Addr::builder().clock(&clock).start_actor(Nurse(sender)).unwrap();
//! nurse.call(|_nurse| ()).wait().unwrap(); // it has started
//! clock.advance(Duration::from_secs(7_200));
//! let [started, alarm, tick] = [(); 3].map(|()| seen.recv().unwrap());
//! assert_eq!([started, alarm, tick], [Seen::Started, Seen::Alarm, Seen::Tick]);
//!
//! // ActorRef<Integer> numbers = nurse.narrow();
//! let numbers: Recipient<u32> = nurse.recipient();
//! numbers.tell(21).unwrap();
//! assert_eq!(seen.recv().unwrap(), Seen::Answer(42));
//!
//! // nurse.tell(PoisonPill.getInstance())
//! nurse.stop();
//! assert_eq!(nurse.join(), StopReason::Stopped);
//! assert_eq!(seen.recv().unwrap(), Seen::Stopped);
//!
//! // context.stop(child)  // the message under way is its last; what it has are dead letters
//! let (sender, seen) = mpsc::channel();
//! let nurse = Nurse(sender).start();
//! let itself = nurse.clone();
//! nurse.post(move |_nurse| {
//!     itself.tell(7).unwrap();
//!     itself.kill();
//! })
//! .unwrap();
//! nurse.join();
//! let seen: Vec<_> = seen.try_iter().collect();
//! assert_eq!(seen, [Seen::Started, Seen::DeadLetter(7), Seen::Stopped]);
//!
//! // DispatcherSelector.fromConfig("pinned")  // a PinnedDispatcher
//! let pinned = Addr::builder().dedicated_thread("painter").start(7).unwrap();
//! let name = pinned.call(|_| std::thread::current().name().map(str::to_owned));
//! assert_eq!(name.wait().unwrap().as_deref(), Some("painter"));
//! ```
