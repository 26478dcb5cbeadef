//! Many actors at once: each is started, asked once, and stopped; in each framework.
//!
//! All of it is done by one task of the framework's own runtime, so that nobody pays for waking a
//! thread. The frameworks stop an actor when its last address is dropped, or have to be told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, Thread};

use rungs::actor::Addr;
use rungs::executor::ThreadPoolExecutor;
use tokio::sync::{mpsc, oneshot};

use super::{WORKERS, tokio_runtime};
use crate::harness::Clock;

/// Who waits until a crowd is gone.
struct Door {
    inside: AtomicU64,
    waits: Thread,
}

/// What each actor of a crowd owns: dropped with it.
pub struct Guest(Arc<Door>);

impl Drop for Guest {
    fn drop(&mut self) {
        if self.0.inside.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.waits.unpark();
        }
    }
}

/// A crowd of so many, for the calling thread to wait for.
#[derive(Clone)]
pub struct Crowd(Arc<Door>);

impl Crowd {
    fn new(size: u64) -> Crowd {
        Crowd(Arc::new(Door {
            inside: AtomicU64::new(size),
            waits: thread::current(),
        }))
    }

    fn guest(&self) -> Guest {
        Guest(self.0.clone())
    }

    /// Waits until all are gone.
    fn wait(&self) {
        while self.0.inside.load(Ordering::Acquire) > 0 {
            thread::park();
        }
    }
}

/// What a contestant does with a crowd: starts `n` actors, asks each, calls `full` while all are
/// there, and lets them stop. Returns the sum of the answers: each answers what it is asked.
pub trait Party {
    fn run(self, n: u64, crowd: Crowd, full: impl FnOnce() + Send + 'static) -> u64;
}

/// Times a party of `n`.
pub fn time<P: Party>(party: P, n: u64, clock: &mut Clock) {
    let crowd = Crowd::new(n);
    let sum = clock.time(|| {
        let sum = party.run(n, crowd.clone(), || ());
        crowd.wait();
        sum
    });
    assert_eq!(sum, (0..n).sum::<u64>());
}

/// How many bytes of memory the process takes up more for each of `n` actors, while they are all
/// there and have been asked once.
pub fn bytes<P: Party>(party: P, n: u64) -> u64 {
    let crowd = Crowd::new(n);
    let before = resident();
    let (sender, full) = std::sync::mpsc::channel();
    let sum = party.run(n, crowd.clone(), move || {
        sender.send(resident()).expect("asked for")
    });
    crowd.wait();
    assert_eq!(sum, (0..n).sum::<u64>());
    full.recv()
        .expect("there was a moment")
        .saturating_sub(before)
        / n
}

/// The memory that the process takes up, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this is Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kibibytes
        .and_then(|n| n.parse::<u64>().ok())
        .expect("a number")
        * 1024
}

pub struct OnRungs(ThreadPoolExecutor);

impl OnRungs {
    pub fn new() -> OnRungs {
        OnRungs(ThreadPoolExecutor::new(WORKERS))
    }
}

impl Party for OnRungs {
    fn run(self, n: u64, crowd: Crowd, full: impl FnOnce() + Send + 'static) -> u64 {
        let handle = self.0.handle();
        let party = async move {
            let start = |_| Addr::builder().on(&handle).start(crowd.guest()).unwrap();
            let actors: Vec<_> = (0..n).map(start).collect();
            let mut sum = 0;
            for (actor, i) in actors.iter().zip(0..) {
                sum += actor.call(move |_| i).await.unwrap();
            }
            full();
            sum
        };
        self.0.spawn(party).result().unwrap()
    }
}

/// A question that is answered with what is asked.
struct Echo(u64);

pub mod on_actix {
    use super::{Crowd, Echo, Guest, Party};
    use actix::prelude::*;

    struct Actor_(#[expect(dead_code, reason = "dropped")] Guest);

    impl Actor for Actor_ {
        type Context = Context<Actor_>;
    }

    impl Message for Echo {
        type Result = u64;
    }

    impl Handler<Echo> for Actor_ {
        type Result = u64;

        fn handle(&mut self, Echo(i): Echo, _: &mut Context<Actor_>) -> u64 {
            i
        }
    }

    pub struct OnActix(pub SystemRunner);

    impl Party for OnActix {
        fn run(self, n: u64, crowd: Crowd, full: impl FnOnce() + Send + 'static) -> u64 {
            self.0.block_on(async {
                let actors: Vec<_> = (0..n).map(|_| Actor_(crowd.guest()).start()).collect();
                let mut sum = 0;
                for (actor, i) in actors.iter().zip(0..) {
                    sum += actor.send(Echo(i)).await.unwrap();
                }
                full();
                drop(actors);
                // They are gone when the thread has come by all of them.
                while crowd.0.inside.load(std::sync::atomic::Ordering::Acquire) > 0 {
                    tokio::task::yield_now().await;
                }
                sum
            })
        }
    }
}

pub mod on_ractor {
    use super::{Crowd, Guest, Party};
    use ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort, call};
    use tokio::runtime::Runtime;

    struct Echoing;

    enum Message {
        Echo(u64, RpcReplyPort<u64>),
    }

    impl Actor for Echoing {
        type Msg = Message;
        type State = Guest;
        type Arguments = Guest;

        async fn pre_start(
            &self,
            _: ActorRef<Message>,
            guest: Guest,
        ) -> Result<Guest, ActorProcessingErr> {
            Ok(guest)
        }

        async fn handle(
            &self,
            _: ActorRef<Message>,
            Message::Echo(i, reply): Message,
            _: &mut Guest,
        ) -> Result<(), ActorProcessingErr> {
            reply.send(i)?;
            Ok(())
        }
    }

    pub struct OnRactor<'a>(pub &'a Runtime);

    impl Party for OnRactor<'_> {
        fn run(self, n: u64, crowd: Crowd, full: impl FnOnce() + Send + 'static) -> u64 {
            let party = self.0.spawn(async move {
                let mut actors = Vec::new();
                for _ in 0..n {
                    actors.push(Actor::spawn(None, Echoing, crowd.guest()).await.unwrap().0);
                }
                let mut sum = 0;
                for (actor, i) in actors.iter().zip(0..) {
                    sum += call!(actor, Message::Echo, i).unwrap();
                }
                full();
                actors.iter().for_each(|actor| actor.stop(None));
                sum
            });
            futures::executor::block_on(party).unwrap()
        }
    }
}

pub mod on_kameo {
    use super::{Crowd, Echo, Guest, Party};
    use kameo::actor::Spawn;
    use kameo::mailbox;
    use kameo::prelude::*;
    use tokio::runtime::Runtime;

    #[derive(Actor)]
    struct Echoing(#[expect(dead_code, reason = "dropped")] Guest);

    impl Message<Echo> for Echoing {
        type Reply = u64;

        async fn handle(&mut self, Echo(i): Echo, _: &mut Context<Echoing, u64>) -> u64 {
            i
        }
    }

    pub struct OnKameo<'a>(pub &'a Runtime);

    impl Party for OnKameo<'_> {
        fn run(self, n: u64, crowd: Crowd, full: impl FnOnce() + Send + 'static) -> u64 {
            let party = self.0.spawn(async move {
                let start =
                    |_| Echoing::spawn_with_mailbox(Echoing(crowd.guest()), mailbox::unbounded());
                let actors: Vec<_> = (0..n).map(start).collect();
                let mut sum = 0;
                for (actor, i) in actors.iter().zip(0..) {
                    sum += actor.ask(Echo(i)).await.unwrap();
                }
                full();
                sum
            });
            futures::executor::block_on(party).unwrap()
        }
    }
}

pub mod on_xtra {
    use super::{Crowd, Echo, Guest, Party};
    use tokio::runtime::Runtime;
    use xtra::prelude::*;

    #[derive(xtra::Actor)]
    struct Echoing(#[expect(dead_code, reason = "dropped")] Guest);

    impl Handler<Echo> for Echoing {
        type Return = u64;

        async fn handle(&mut self, Echo(i): Echo, _: &mut Context<Echoing>) -> u64 {
            i
        }
    }

    pub struct OnXtra<'a>(pub &'a Runtime);

    impl Party for OnXtra<'_> {
        fn run(self, n: u64, crowd: Crowd, full: impl FnOnce() + Send + 'static) -> u64 {
            let party = self.0.spawn(async move {
                let start = |_| xtra::spawn_tokio(Echoing(crowd.guest()), Mailbox::unbounded());
                let actors: Vec<_> = (0..n).map(start).collect();
                let mut sum = 0;
                for (actor, i) in actors.iter().zip(0..) {
                    sum += actor.send(Echo(i)).await.unwrap();
                }
                full();
                sum
            });
            futures::executor::block_on(party).unwrap()
        }
    }
}

/// A tokio task for each, with a channel.
pub struct ByHand<'a>(pub &'a tokio::runtime::Runtime);

impl Party for ByHand<'_> {
    fn run(self, n: u64, crowd: Crowd, full: impl FnOnce() + Send + 'static) -> u64 {
        let party = self.0.spawn(async move {
            let start = |_| {
                let (sender, mut mailbox) =
                    mpsc::unbounded_channel::<(u64, oneshot::Sender<u64>)>();
                let guest = crowd.guest();
                tokio::spawn(async move {
                    while let Some((i, reply)) = mailbox.recv().await {
                        reply.send(i).expect("the asker waits");
                    }
                    drop(guest);
                });
                sender
            };
            let actors: Vec<_> = (0..n).map(start).collect();
            let mut sum = 0;
            for (actor, i) in actors.iter().zip(0..) {
                let (reply, answer) = oneshot::channel();
                actor.send((i, reply)).unwrap();
                sum += answer.await.unwrap();
            }
            full();
            sum
        });
        futures::executor::block_on(party).unwrap()
    }
}

/// How many actors there are when their memory is counted.
pub const MANY: u64 = 100_000;

/// Counts the bytes of an actor.
pub type Count = fn() -> u64;

/// The frameworks whose memory is counted, by name.
pub const MEMORY: [(&str, Count); 6] = [
    ("rungs", || bytes(OnRungs::new(), MANY)),
    ("actix", || {
        bytes(on_actix::OnActix(actix::System::new()), MANY)
    }),
    ("ractor", || {
        bytes(on_ractor::OnRactor(&tokio_runtime()), MANY)
    }),
    ("kameo", || bytes(on_kameo::OnKameo(&tokio_runtime()), MANY)),
    ("xtra", || bytes(on_xtra::OnXtra(&tokio_runtime()), MANY)),
    ("tokio mpsc + task, by hand", || {
        bytes(ByHand(&tokio_runtime()), MANY)
    }),
];
