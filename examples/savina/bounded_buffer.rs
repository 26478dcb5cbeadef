//! Producers and consumers around a buffer that holds so many items: a producer that finds no room
//! waits to be told, and so does a consumer that finds nothing.

use rungs::actor::{Actor, Addr, Context, Handler};
use rungs::future::Promise;
use std::collections::VecDeque;

struct Buffer {
    capacity: usize,
    items: VecDeque<u64>,
    /// What producers wait with.
    full: VecDeque<(u64, Addr<Producer>)>,
    hungry: VecDeque<Addr<Consumer>>,
    /// Items that have yet to be consumed.
    left: u64,
    sum: u64,
    done: Option<Promise<u64>>,
}
struct Producer {
    buffer: Addr<Buffer>,
    next: u64,
    end: u64,
}
struct Consumer {
    buffer: Addr<Buffer>,
}

struct Put(u64, Addr<Producer>);
/// The last item has its place.
struct GoOn;
struct Ready(Addr<Consumer>);
struct Item(u64);
struct Consumed(u64);

impl Actor for Buffer {}
impl Actor for Producer {
    fn started(&mut self, cx: &mut Context<Self>) {
        self.produce(cx);
    }
}
impl Actor for Consumer {
    fn started(&mut self, cx: &mut Context<Self>) {
        self.buffer.tell(Ready(cx.addr())).unwrap();
    }
}

impl Buffer {
    /// Deals out what can be dealt out.
    fn settle(&mut self) {
        while let (Some(_), Some(_)) = (self.items.front(), self.hungry.front()) {
            let (item, consumer) = (self.items.pop_front(), self.hungry.pop_front());
            if let (Some(item), Some(consumer)) = (item, consumer) {
                consumer.tell(Item(item)).unwrap();
            }
            if let Some((item, producer)) = self.full.pop_front() {
                self.items.push_back(item);
                producer.tell(GoOn).unwrap();
            }
        }
        assert!(self.items.len() <= self.capacity);
    }
}

impl Handler<Put> for Buffer {
    type Reply = ();
    fn handle(&mut self, Put(item, producer): Put, _cx: &mut Context<Self>) {
        if self.items.len() < self.capacity {
            self.items.push_back(item);
            producer.tell(GoOn).unwrap();
        } else {
            self.full.push_back((item, producer));
        }
        self.settle();
    }
}

impl Handler<Ready> for Buffer {
    type Reply = ();
    fn handle(&mut self, Ready(consumer): Ready, _cx: &mut Context<Self>) {
        self.hungry.push_back(consumer);
        self.settle();
    }
}

impl Handler<Consumed> for Buffer {
    type Reply = ();
    fn handle(&mut self, Consumed(item): Consumed, _cx: &mut Context<Self>) {
        self.sum += item;
        self.left -= 1;
        if self.left == 0 {
            // They know the buffer, and it knows them.
            self.hungry.clear();
            let done = self.done.take().expect("told once");
            done.set_result(self.sum).unwrap();
        }
    }
}

impl Producer {
    fn produce(&mut self, cx: &mut Context<Self>) {
        if self.next < self.end {
            self.buffer.tell(Put(self.next, cx.addr())).unwrap();
            self.next += 1;
        }
    }
}

impl Handler<GoOn> for Producer {
    type Reply = ();
    fn handle(&mut self, _: GoOn, cx: &mut Context<Self>) {
        self.produce(cx);
    }
}

impl Handler<Item> for Consumer {
    type Reply = ();
    fn handle(&mut self, Item(item): Item, cx: &mut Context<Self>) {
        self.buffer.tell(Consumed(item)).unwrap();
        self.buffer.tell(Ready(cx.addr())).unwrap();
    }
}

pub(crate) fn run(producers: u64, consumers: u64, each: u64, capacity: usize) -> u64 {
    let (done, sum) = Promise::new();
    let total = producers * each;
    let buffer = Buffer {
        capacity,
        items: VecDeque::new(),
        full: VecDeque::new(),
        hungry: VecDeque::new(),
        left: total,
        sum: 0,
        done: Some(done),
    }
    .start();
    let start = |index| {
        let buffer = buffer.clone();
        let (next, end) = (index * each, (index + 1) * each);
        Producer { buffer, next, end }.start()
    };
    let makers: Vec<_> = (0..producers).map(start).collect();
    let start = |_| {
        let buffer = buffer.clone();
        Consumer { buffer }.start()
    };
    let users: Vec<_> = (0..consumers).map(start).collect();
    assert_eq!(sum.result().unwrap(), (0..total).sum::<u64>());
    makers.iter().for_each(Addr::stop);
    users.iter().for_each(Addr::stop);
    total * 4
}
