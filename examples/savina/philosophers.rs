//! Philosophers eat with two forks each, which an arbitrator hands out.

use rungs::actor::{Actor, Addr, Context, Handler};
use rungs::future::Promise;

struct Arbitrator {
    /// Who has the fork to the right of each seat.
    forks: Vec<Option<usize>>,
    meals: u64,
    left: usize,
    done: Option<Promise<u64>>,
}
struct Philosopher {
    seat: usize,
    meals: u64,
    arbitrator: Addr<Arbitrator>,
}

struct Hungry(usize, Addr<Philosopher>);
struct Done(usize);
struct Full;
struct Eat;
struct Denied;

impl Actor for Arbitrator {}
impl Actor for Philosopher {
    fn started(&mut self, cx: &mut Context<Self>) {
        self.ask(cx);
    }
}

impl Arbitrator {
    fn pair(&self, seat: usize) -> [usize; 2] {
        [seat, (seat + 1) % self.forks.len()]
    }
}

impl Handler<Hungry> for Arbitrator {
    type Reply = ();
    fn handle(&mut self, Hungry(seat, philosopher): Hungry, _cx: &mut Context<Self>) {
        let pair = self.pair(seat);
        if pair.iter().any(|fork| self.forks[*fork].is_some()) {
            return philosopher.tell(Denied).unwrap();
        }
        for fork in pair {
            self.forks[fork] = Some(seat);
        }
        philosopher.tell(Eat).unwrap();
    }
}

impl Handler<Done> for Arbitrator {
    type Reply = ();
    fn handle(&mut self, Done(seat): Done, _cx: &mut Context<Self>) {
        for fork in self.pair(seat) {
            assert_eq!(self.forks[fork].take(), Some(seat), "somebody else's fork");
        }
        self.meals += 1;
    }
}

impl Handler<Full> for Arbitrator {
    type Reply = ();
    fn handle(&mut self, _: Full, _cx: &mut Context<Self>) {
        self.left -= 1;
        if self.left == 0 {
            assert!(self.forks.iter().all(Option::is_none));
            let done = self.done.take().expect("told once");
            done.set_result(self.meals).unwrap();
        }
    }
}

impl Philosopher {
    fn ask(&mut self, cx: &mut Context<Self>) {
        let hungry = Hungry(self.seat, cx.addr());
        self.arbitrator.tell(hungry).unwrap();
    }
}

impl Handler<Eat> for Philosopher {
    type Reply = ();
    fn handle(&mut self, _: Eat, cx: &mut Context<Self>) {
        self.meals -= 1;
        self.arbitrator.tell(Done(self.seat)).unwrap();
        match self.meals {
            0 => self.arbitrator.tell(Full).unwrap(),
            _ => self.ask(cx),
        }
    }
}

impl Handler<Denied> for Philosopher {
    type Reply = ();
    fn handle(&mut self, _: Denied, cx: &mut Context<Self>) {
        self.ask(cx);
    }
}

pub(crate) fn run(philosophers: usize, meals: u64) -> u64 {
    let (done, total) = Promise::new();
    let arbitrator = Arbitrator {
        forks: vec![None; philosophers],
        meals: 0,
        left: philosophers,
        done: Some(done),
    }
    .start();
    let start = |seat| {
        let arbitrator = arbitrator.clone();
        Philosopher {
            seat,
            meals,
            arbitrator,
        }
        .start()
    };
    let table: Vec<Addr<Philosopher>> = (0..philosophers).map(start).collect();
    let eaten = philosophers as u64 * meals;
    assert_eq!(total.result().unwrap(), eaten);
    drop(table);
    eaten * 3
}
