//! Creatures of three colours meet in a mall, two at a time, and change their colours.

use rungs::actor::{Actor, Addr, Context, Handler};
use rungs::future::Promise;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Colour {
    Blue,
    Red,
    Yellow,
}

impl Colour {
    /// What one of this colour becomes when it meets `other`: the third, where they differ.
    fn complement(self, other: Self) -> Self {
        match (self, other) {
            (one, other) if one == other => one,
            (Self::Blue, Self::Red) | (Self::Red, Self::Blue) => Self::Yellow,
            (Self::Blue, Self::Yellow) | (Self::Yellow, Self::Blue) => Self::Red,
            _ => Self::Blue,
        }
    }
}

struct Chameneo {
    colour: Colour,
    meetings: u64,
    mall: Addr<Mall>,
}
struct Mall {
    left: u64,
    creatures: usize,
    waiting: Option<(Addr<Chameneo>, Colour)>,
    meetings: u64,
    done: Option<Promise<u64>>,
}

/// Somebody would like to meet somebody.
struct Hello(Addr<Chameneo>, Colour);
/// Somebody of this colour is there.
struct Meet(Colour);
/// The mall is closed; what is answered is how often one has met.
struct Closed;
struct Count(u64);

impl Actor for Chameneo {
    fn started(&mut self, cx: &mut Context<Self>) {
        self.mall.tell(Hello(cx.addr(), self.colour)).unwrap();
    }
}
impl Actor for Mall {}

impl Handler<Hello> for Mall {
    type Reply = ();
    fn handle(&mut self, Hello(creature, colour): Hello, _cx: &mut Context<Self>) {
        if self.left == 0 {
            return creature.tell(Closed).unwrap();
        }
        match self.waiting.take() {
            None => self.waiting = Some((creature, colour)),
            Some((other, its)) => {
                self.left -= 1;
                other.tell(Meet(colour)).unwrap();
                creature.tell(Meet(its)).unwrap();
            }
        }
    }
}

impl Handler<Meet> for Chameneo {
    type Reply = ();
    fn handle(&mut self, Meet(other): Meet, cx: &mut Context<Self>) {
        self.colour = self.colour.complement(other);
        self.meetings += 1;
        self.mall.tell(Hello(cx.addr(), self.colour)).unwrap();
    }
}

impl Handler<Closed> for Chameneo {
    type Reply = ();
    fn handle(&mut self, _: Closed, _cx: &mut Context<Self>) {
        self.mall.tell(Count(self.meetings)).unwrap();
    }
}

impl Handler<Count> for Mall {
    type Reply = ();
    fn handle(&mut self, Count(meetings): Count, _cx: &mut Context<Self>) {
        self.meetings += meetings;
        self.creatures -= 1;
        if self.creatures == 0 {
            let done = self.done.take().expect("told once");
            done.set_result(self.meetings).unwrap();
        }
    }
}

pub(crate) fn run(creatures: usize, meetings: u64) -> u64 {
    let (done, total) = Promise::new();
    let mall = Mall {
        left: meetings,
        creatures,
        waiting: None,
        meetings: 0,
        done: Some(done),
    }
    .start();
    let colours = [Colour::Blue, Colour::Red, Colour::Yellow];
    let start = |colour: &Colour| {
        let (colour, mall) = (*colour, mall.clone());
        Chameneo {
            colour,
            meetings: 0,
            mall,
        }
        .start()
    };
    let herd: Vec<_> = colours.iter().cycle().take(creatures).map(start).collect();
    assert_eq!(total.result().unwrap(), meetings * 2);
    drop(herd);
    meetings * 4
}
