//! A barber who sleeps while nobody waits, and a room in which so many can: who finds it full comes
//! again.

use rungs::actor::{Actor, Addr, Context, Handler};
use rungs::future::Promise;
use std::collections::VecDeque;

struct Room {
    chairs: usize,
    waiting: VecDeque<Addr<Customer>>,
    barber_sleeps: bool,
    barber: Addr<Barber>,
}
struct Barber {
    cuts: u64,
}
struct Customer {
    room: Addr<Room>,
    shop: Addr<Shop>,
    attempts: u64,
}
/// Counts who leaves with shorter hair.
struct Shop {
    left: u64,
    attempts: u64,
    done: Option<Promise<u64>>,
}

struct Enter(Addr<Customer>);
struct Next;
struct Cut(Addr<Customer>, Addr<Room>);
struct NoChair;
struct Shorn;
struct Home(u64);

impl Actor for Room {}
impl Actor for Barber {}
impl Actor for Shop {}
impl Actor for Customer {
    fn started(&mut self, cx: &mut Context<Self>) {
        self.come(cx);
    }
}

impl Room {
    fn call_in(&mut self, cx: &mut Context<Self>) {
        match self.waiting.pop_front() {
            Some(customer) => {
                self.barber_sleeps = false;
                self.barber.tell(Cut(customer, cx.addr())).unwrap();
            }
            None => self.barber_sleeps = true,
        }
    }
}

impl Handler<Enter> for Room {
    type Reply = ();
    fn handle(&mut self, Enter(customer): Enter, cx: &mut Context<Self>) {
        if self.waiting.len() == self.chairs {
            return customer.tell(NoChair).unwrap();
        }
        self.waiting.push_back(customer);
        if self.barber_sleeps {
            self.call_in(cx);
        }
    }
}

impl Handler<Next> for Room {
    type Reply = ();
    fn handle(&mut self, _: Next, cx: &mut Context<Self>) {
        self.call_in(cx);
    }
}

impl Handler<Cut> for Barber {
    type Reply = ();
    fn handle(&mut self, Cut(customer, room): Cut, _cx: &mut Context<Self>) {
        self.cuts += 1;
        customer.tell(Shorn).unwrap();
        room.tell(Next).unwrap();
    }
}

impl Customer {
    fn come(&mut self, cx: &mut Context<Self>) {
        self.attempts += 1;
        self.room.tell(Enter(cx.addr())).unwrap();
    }
}

impl Handler<NoChair> for Customer {
    type Reply = ();
    fn handle(&mut self, _: NoChair, cx: &mut Context<Self>) {
        self.come(cx);
    }
}

impl Handler<Shorn> for Customer {
    type Reply = ();
    fn handle(&mut self, _: Shorn, _cx: &mut Context<Self>) {
        self.shop.tell(Home(self.attempts)).unwrap();
    }
}

impl Handler<Home> for Shop {
    type Reply = ();
    fn handle(&mut self, Home(attempts): Home, _cx: &mut Context<Self>) {
        self.left -= 1;
        self.attempts += attempts;
        if self.left == 0 {
            let done = self.done.take().expect("told once");
            done.set_result(self.attempts).unwrap();
        }
    }
}

pub(crate) fn run(customers: u64, chairs: usize) -> u64 {
    let (done, attempts) = Promise::new();
    let (left, done) = (customers, Some(done));
    let shop = Shop {
        left,
        attempts: 0,
        done,
    }
    .start();
    let barber = Barber { cuts: 0 }.start();
    let room = Room {
        chairs,
        waiting: VecDeque::new(),
        barber_sleeps: true,
        barber: barber.clone(),
    }
    .start();
    let start = |_| {
        let (room, shop) = (room.clone(), shop.clone());
        Customer {
            room,
            shop,
            attempts: 0,
        }
        .start()
    };
    let queue: Vec<_> = (0..customers).map(start).collect();
    let attempts = attempts.result().unwrap();
    assert!(attempts >= customers);
    let cuts = barber.call(|barber| barber.cuts).wait().unwrap();
    assert_eq!(cuts, customers);
    drop(queue);
    attempts + customers * 4
}
