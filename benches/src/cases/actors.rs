//! The actor that `actor` asks and tells things, in each framework.

/// An actor's answer: the sum so far.
pub fn add(sum: &mut u64, amount: u64) -> u64 {
    *sum += amount;
    *sum
}

pub mod on_rungs {
    use rungs::actor::{Actor, Addr, Builder, Context, Handler};

    pub struct Counter(pub u64);

    pub struct Add(pub u64);

    impl Actor for Counter {}

    impl Handler<Add> for Counter {
        type Reply = u64;

        fn handle(&mut self, Add(amount): Add, _: &mut Context<Counter>) -> u64 {
            super::add(&mut self.0, amount)
        }
    }

    pub fn start(builder: Builder<Counter>) -> Addr<Counter> {
        builder.start_actor(Counter(0)).unwrap()
    }
}

pub mod on_actix {
    use actix::prelude::*;

    pub struct Counter(u64);

    impl Actor for Counter {
        type Context = Context<Counter>;
    }

    #[derive(Message)]
    #[rtype(u64)]
    pub struct Add(pub u64);

    impl Handler<Add> for Counter {
        type Result = u64;

        fn handle(&mut self, Add(amount): Add, _: &mut Context<Counter>) -> u64 {
            super::add(&mut self.0, amount)
        }
    }

    pub fn start(arbiter: &ArbiterHandle) -> Addr<Counter> {
        Counter::start_in_arbiter(arbiter, |_| Counter(0))
    }

    pub fn start_bounded(arbiter: &ArbiterHandle, capacity: usize) -> Addr<Counter> {
        Counter::start_in_arbiter(arbiter, move |cx| {
            cx.set_mailbox_capacity(capacity);
            Counter(0)
        })
    }
}

pub mod on_ractor {
    use ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort, call};

    pub struct Counter;

    pub enum Message {
        Add(u64),
        Ask(u64, RpcReplyPort<u64>),
    }

    impl Actor for Counter {
        type Msg = Message;
        type State = u64;
        type Arguments = ();

        async fn pre_start(&self, _: ActorRef<Message>, _: ()) -> Result<u64, ActorProcessingErr> {
            Ok(0)
        }

        async fn handle(
            &self,
            _: ActorRef<Message>,
            message: Message,
            sum: &mut u64,
        ) -> Result<(), ActorProcessingErr> {
            match message {
                Message::Add(amount) => *sum += amount,
                Message::Ask(amount, reply) => reply.send(super::add(sum, amount))?,
            }
            Ok(())
        }
    }

    pub async fn start() -> ActorRef<Message> {
        let (counter, _) = Actor::spawn(None, Counter, ()).await.unwrap();
        counter
    }

    pub async fn ask(counter: &ActorRef<Message>, amount: u64) -> u64 {
        call!(counter, Message::Ask, amount).unwrap()
    }
}

pub mod on_kameo {
    use kameo::actor::Spawn;
    use kameo::mailbox;
    use kameo::prelude::*;

    #[derive(Actor)]
    pub struct Counter(u64);

    pub struct Add(pub u64);

    impl Message<Add> for Counter {
        type Reply = u64;

        async fn handle(&mut self, Add(amount): Add, _: &mut Context<Counter, u64>) -> u64 {
            super::add(&mut self.0, amount)
        }
    }

    pub fn start(capacity: Option<usize>) -> ActorRef<Counter> {
        let mailbox = match capacity {
            Some(capacity) => mailbox::bounded(capacity),
            None => mailbox::unbounded(),
        };
        Counter::spawn_with_mailbox(Counter(0), mailbox)
    }
}

pub mod on_xtra {
    use xtra::prelude::*;

    #[derive(xtra::Actor)]
    pub struct Counter(u64);

    pub struct Add(pub u64);

    impl Handler<Add> for Counter {
        type Return = u64;

        async fn handle(&mut self, Add(amount): Add, _: &mut Context<Counter>) -> u64 {
            super::add(&mut self.0, amount)
        }
    }

    pub fn start(capacity: Option<usize>) -> Address<Counter> {
        let mailbox = match capacity {
            Some(capacity) => Mailbox::bounded(capacity),
            None => Mailbox::unbounded(),
        };
        xtra::spawn_tokio(Counter(0), mailbox)
    }
}
