//! Actors in a ring that pass a token on, in each framework.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use rungs::actor::{Actor, Addr, Context, Handler};
use rungs::executor::ThreadPoolExecutor;
use tokio::runtime::Runtime;

use super::{WORKERS, tokio_runtime};

/// A ring of actors.
pub trait Ring {
    /// Of so many.
    fn new(size: usize) -> Self;

    /// Passes a token on so many times, beginning with the first actor, and waits until it is
    /// there.
    fn pass(&self, hops: u64);
}

/// What is done with a token: reported where it has arrived, and else passed on.
fn hop(left: u64, done: &Sender<()>, next: impl FnOnce(u64)) {
    match left {
        0 => done.send(()).expect("somebody waits for the token"),
        _ => next(left - 1),
    }
}

/// Where the token's arrival is reported.
struct Goal(Sender<()>, Receiver<()>);

impl Goal {
    fn new() -> Goal {
        let (sender, receiver) = mpsc::channel();
        Goal(sender, receiver)
    }

    fn wait(&self) {
        self.1.recv().expect("the ring is there");
    }
}

/// Links each node to the one behind it, and the last to the first.
fn link<A>(nodes: &[A], link: impl Fn(&A, &A)) {
    for (i, node) in nodes.iter().enumerate() {
        link(node, &nodes[(i + 1) % nodes.len()]);
    }
}

/// On a pool of its own.
pub struct OnRungs {
    nodes: Vec<Addr<RungsNode>>,
    goal: Goal,
    _pool: ThreadPoolExecutor,
}

pub struct RungsNode {
    next: Option<Addr<RungsNode>>,
    done: Sender<()>,
}

struct Token(u64);

impl Actor for RungsNode {}

impl Handler<Token> for RungsNode {
    type Reply = ();

    fn handle(&mut self, Token(left): Token, _: &mut Context<RungsNode>) {
        let next = self.next.as_ref().expect("linked");
        hop(left, &self.done, |left| {
            assert!(next.tell(Token(left)).is_ok())
        });
    }
}

impl Ring for OnRungs {
    fn new(size: usize) -> OnRungs {
        let (pool, goal) = (ThreadPoolExecutor::new(WORKERS), Goal::new());
        let start = |_| {
            let (next, done) = (None, goal.0.clone());
            let node = RungsNode { next, done };
            Addr::builder().on(&pool).start_actor(node).unwrap()
        };
        let nodes: Vec<_> = (0..size).map(start).collect();
        link(&nodes, |node, next| {
            let next = next.clone();
            assert!(node.post(|node| node.next = Some(next)).is_ok());
        });
        OnRungs {
            nodes,
            goal,
            _pool: pool,
        }
    }

    fn pass(&self, hops: u64) {
        assert!(self.nodes[0].tell(Token(hops)).is_ok());
        self.goal.wait();
    }
}

impl Drop for OnRungs {
    fn drop(&mut self) {
        self.nodes.iter().for_each(Addr::stop);
    }
}

pub mod on_actix {
    use super::{Goal, Ring, Sender};
    use actix::prelude::*;

    struct Node {
        next: Option<Addr<Node>>,
        done: Sender<()>,
    }

    impl Actor for Node {
        type Context = Context<Node>;
    }

    #[derive(Message)]
    #[rtype(result = "()")]
    struct Token(u64);

    #[derive(Message)]
    #[rtype(result = "()")]
    struct Link(Addr<Node>);

    impl Handler<Token> for Node {
        type Result = ();

        fn handle(&mut self, Token(left): Token, _: &mut Context<Node>) {
            let next = self.next.as_ref().expect("linked");
            super::hop(left, &self.done, |left| next.do_send(Token(left)));
        }
    }

    impl Handler<Link> for Node {
        type Result = ();

        fn handle(&mut self, Link(next): Link, _: &mut Context<Node>) {
            self.next = Some(next);
        }
    }

    /// In one thread, as actix's actors are that talk to each other.
    pub struct OnActix {
        nodes: Vec<Addr<Node>>,
        goal: Goal,
        arbiter: Option<Arbiter>,
        _system: SystemRunner,
    }

    impl Ring for OnActix {
        fn new(size: usize) -> OnActix {
            let (system, arbiter, goal) = (System::new(), Arbiter::new(), Goal::new());
            let start = |_| {
                let done = goal.0.clone();
                Node::start_in_arbiter(&arbiter.handle(), |_| Node { next: None, done })
            };
            let nodes: Vec<_> = (0..size).map(start).collect();
            super::link(&nodes, |node, next| node.do_send(Link(next.clone())));
            OnActix {
                nodes,
                goal,
                arbiter: Some(arbiter),
                _system: system,
            }
        }

        fn pass(&self, hops: u64) {
            self.nodes[0].do_send(Token(hops));
            self.goal.wait();
        }
    }

    impl Drop for OnActix {
        fn drop(&mut self) {
            let arbiter = self.arbiter.take().expect("once");
            arbiter.stop();
            arbiter.join().expect("no actor panics");
        }
    }
}

pub mod on_ractor {
    use super::{Goal, Ring, Runtime, Sender};
    use ractor::{Actor, ActorProcessingErr, ActorRef};

    struct Node;

    enum Message {
        Token(u64),
        Link(ActorRef<Message>),
    }

    impl Actor for Node {
        type Msg = Message;
        type State = (Option<ActorRef<Message>>, Sender<()>);
        type Arguments = Sender<()>;

        async fn pre_start(
            &self,
            _: ActorRef<Message>,
            done: Sender<()>,
        ) -> Result<Self::State, ActorProcessingErr> {
            Ok((None, done))
        }

        async fn handle(
            &self,
            _: ActorRef<Message>,
            message: Message,
            (next, done): &mut Self::State,
        ) -> Result<(), ActorProcessingErr> {
            match message {
                Message::Link(node) => *next = Some(node),
                Message::Token(left) => super::hop(left, done, |left| {
                    let next = next.as_ref().expect("linked");
                    next.cast(Message::Token(left)).expect("it lives");
                }),
            }
            Ok(())
        }
    }

    pub struct OnRactor {
        nodes: Vec<ActorRef<Message>>,
        goal: Goal,
        _runtime: Runtime,
    }

    impl Ring for OnRactor {
        fn new(size: usize) -> OnRactor {
            let (runtime, goal) = (super::tokio_runtime(), Goal::new());
            let start = |_| {
                let started = Actor::spawn(None, Node, goal.0.clone());
                runtime.block_on(started).expect("it starts").0
            };
            let nodes: Vec<_> = (0..size).map(start).collect();
            super::link(&nodes, |node, next| {
                node.cast(Message::Link(next.clone())).expect("it lives");
            });
            OnRactor {
                nodes,
                goal,
                _runtime: runtime,
            }
        }

        fn pass(&self, hops: u64) {
            self.nodes[0].cast(Message::Token(hops)).expect("it lives");
            self.goal.wait();
        }
    }

    impl Drop for OnRactor {
        fn drop(&mut self) {
            self.nodes.iter().for_each(|node| node.stop(None));
        }
    }
}

pub mod on_kameo {
    use super::{Goal, Ring, Runtime, Sender};
    use kameo::actor::Spawn;
    use kameo::mailbox;
    use kameo::prelude::*;

    #[derive(Actor)]
    struct Node {
        next: Option<ActorRef<Node>>,
        done: Sender<()>,
    }

    struct Token(u64);
    struct Link(ActorRef<Node>);

    impl Message<Token> for Node {
        type Reply = ();

        async fn handle(&mut self, Token(left): Token, _: &mut Context<Node, ()>) {
            let next = self.next.as_ref().expect("linked");
            super::hop(left, &self.done, |left| {
                next.tell(Token(left)).try_send().expect("it lives");
            });
        }
    }

    impl Message<Link> for Node {
        type Reply = ();

        async fn handle(&mut self, Link(next): Link, _: &mut Context<Node, ()>) {
            self.next = Some(next);
        }
    }

    pub struct OnKameo {
        nodes: Vec<ActorRef<Node>>,
        goal: Goal,
        _runtime: Runtime,
    }

    impl Ring for OnKameo {
        fn new(size: usize) -> OnKameo {
            let (runtime, goal) = (super::tokio_runtime(), Goal::new());
            let inside = runtime.enter();
            let start = |_| {
                let (next, done) = (None, goal.0.clone());
                Node::spawn_with_mailbox(Node { next, done }, mailbox::unbounded())
            };
            let nodes: Vec<_> = (0..size).map(start).collect();
            super::link(&nodes, |node, next| {
                node.tell(Link(next.clone())).try_send().expect("it lives");
            });
            drop(inside);
            OnKameo {
                nodes,
                goal,
                _runtime: runtime,
            }
        }

        fn pass(&self, hops: u64) {
            self.nodes[0]
                .tell(Token(hops))
                .try_send()
                .expect("it lives");
            self.goal.wait();
        }
    }

    impl Drop for OnKameo {
        fn drop(&mut self) {
            self.nodes.iter().for_each(ActorRef::kill);
        }
    }
}

pub mod on_xtra {
    use super::{Goal, Ring, Runtime, Sender};
    use futures::FutureExt as _;
    use xtra::prelude::*;

    #[derive(xtra::Actor)]
    struct Node {
        next: Option<Address<Node>>,
        done: Sender<()>,
    }

    struct Token(u64);
    struct Link(Address<Node>);

    impl Handler<Token> for Node {
        type Return = ();

        async fn handle(&mut self, Token(left): Token, _: &mut Context<Node>) {
            let next = self.next.as_ref().expect("linked");
            super::hop(left, &self.done, |left| send(next, Token(left)));
        }
    }

    impl Handler<Link> for Node {
        type Return = ();

        async fn handle(&mut self, Link(next): Link, _: &mut Context<Node>) {
            self.next = Some(next);
        }
    }

    /// Unbounded, so the message is in the mailbox after the first poll.
    fn send<M: Send + 'static>(node: &Address<Node>, message: M)
    where
        Node: Handler<M>,
    {
        let sent = node.send(message).detach().now_or_never();
        assert!(matches!(sent, Some(Ok(_))));
    }

    pub struct OnXtra {
        nodes: Vec<Address<Node>>,
        goal: Goal,
        _runtime: Runtime,
    }

    impl Ring for OnXtra {
        fn new(size: usize) -> OnXtra {
            let (runtime, goal) = (super::tokio_runtime(), Goal::new());
            let inside = runtime.enter();
            let start = |_| {
                let (next, done) = (None, goal.0.clone());
                xtra::spawn_tokio(Node { next, done }, Mailbox::unbounded())
            };
            let nodes: Vec<_> = (0..size).map(start).collect();
            super::link(&nodes, |node, next| send(node, Link(next.clone())));
            drop(inside);
            OnXtra {
                nodes,
                goal,
                _runtime: runtime,
            }
        }

        fn pass(&self, hops: u64) {
            send(&self.nodes[0], Token(hops));
            self.goal.wait();
        }
    }
}

/// A task for each, with a channel. `None` ends it.
pub struct TokioByHand {
    nodes: Vec<tokio::sync::mpsc::UnboundedSender<Option<u64>>>,
    goal: Goal,
    _runtime: Runtime,
}

impl Ring for TokioByHand {
    fn new(size: usize) -> TokioByHand {
        let (runtime, goal) = (tokio_runtime(), Goal::new());
        let ends = (0..size).map(|_| tokio::sync::mpsc::unbounded_channel());
        let (nodes, mailboxes): (Vec<_>, Vec<_>) = ends.unzip();
        for (i, mut mailbox) in mailboxes.into_iter().enumerate() {
            let (next, done) = (nodes[(i + 1) % size].clone(), goal.0.clone());
            runtime.spawn(async move {
                while let Some(Some(left)) = mailbox.recv().await {
                    hop(left, &done, |left| {
                        next.send(Some(left)).expect("it lives");
                    });
                }
            });
        }
        TokioByHand {
            nodes,
            goal,
            _runtime: runtime,
        }
    }

    fn pass(&self, hops: u64) {
        self.nodes[0].send(Some(hops)).expect("it lives");
        self.goal.wait();
    }
}

/// A thread for each, with a channel. `None` ends it.
pub struct ThreadByHand {
    nodes: Vec<crossbeam_channel::Sender<Option<u64>>>,
    goal: Goal,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Ring for ThreadByHand {
    fn new(size: usize) -> ThreadByHand {
        let goal = Goal::new();
        let ends = (0..size).map(|_| crossbeam_channel::unbounded());
        let (nodes, mailboxes): (Vec<_>, Vec<_>) = ends.unzip();
        let start = |(i, mailbox): (usize, crossbeam_channel::Receiver<Option<u64>>)| {
            let next: crossbeam_channel::Sender<_> = nodes[(i + 1) % size].clone();
            let done = goal.0.clone();
            let main = move || {
                while let Ok(Some(left)) = mailbox.recv() {
                    hop(left, &done, |left| {
                        next.send(Some(left)).expect("it lives");
                    });
                }
            };
            let builder = thread::Builder::new().stack_size(64 * 1024);
            builder.spawn(main).expect("the system starts threads")
        };
        let threads = mailboxes.into_iter().enumerate().map(start).collect();
        ThreadByHand {
            nodes,
            goal,
            threads,
        }
    }

    fn pass(&self, hops: u64) {
        self.nodes[0].send(Some(hops)).expect("it lives");
        self.goal.wait();
    }
}

impl Drop for ThreadByHand {
    fn drop(&mut self) {
        for node in &self.nodes {
            node.send(None).expect("it lives");
        }
        for thread in self.threads.drain(..) {
            thread.join().expect("no actor panics");
        }
    }
}
