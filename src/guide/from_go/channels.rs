//! From Go: channels and `select`.
//!
//! # Channels
//!
//! | Go | here | to note |
//! |---|---|---|
//! | `make(chan T, n)` | [`Queue::bounded`](crate::queue::Queue::bounded) | a clone is the same queue |
//! | `make(chan T)` | [`Queue::rendezvous`](crate::queue::Queue::rendezvous) | |
//! | a channel without a bound: Go has none | [`Queue::unbounded`](crate::queue::Queue::unbounded) | |
//! | `ch <- v` | [`push`](crate::queue::Queue::push) | to a closed one an error with the value in it, not a panic |
//! | `v, ok := <-ch` | [`pop`](crate::queue::Queue::pop) | `Err` is `!ok` |
//! | `for v := range ch` | `for v in &queue` | |
//! | `close(ch)` | [`close`](crate::queue::Queue::close) | as often as one likes |
//! | `chan<- T`, `<-chan T` | [`Sender`](crate::queue::Sender), [`Receiver`](crate::queue::Receiver) | closed by the last one that is dropped |
//! | `len(ch)`, `cap(ch)` | [`len`](crate::queue::Queue::len), [`capacity`](crate::queue::Queue::capacity) | |
//! | `nil` channel in a `select` | none needed: the list of those to select from is a value | |
//! | a closed `chan struct{}` as a signal | [`Event`](crate::sync::Event) | |
//! | `for range n { go worker(jobs) }` | [`WorkerPool`](crate::pool::WorkerPool) | |
//!
//! ```
//! use rungs::pool::WorkerPool;
//! use rungs::queue::Queue;
//! use rungs::sync::Event;
//! use std::thread;
//!
//! // ch := make(chan rune, 2); ch <- 'a'
//! let ch = Queue::bounded(2);
//! ch.push('a').unwrap();
//! assert_eq!((ch.len(), ch.capacity()), (1, Some(2)));
//!
//! // close(ch); ch <- 'b'  // panics; here the value comes back
//! ch.close();
//! assert_eq!(ch.push('b').unwrap_err().into_inner(), 'b');
//!
//! // v, ok := <-ch
//! assert_eq!(ch.pop(), Ok('a'));
//! assert!(ch.pop().is_err()); // !ok
//!
//! // ch := make(chan int); go func() { ch <- 1; close(ch) }(); for v := range ch { sum += v }
//! let ch = Queue::rendezvous();
//! let sum = thread::scope(|s| {
//!     s.spawn(|| {
//!         ch.push(1).unwrap();
//!         ch.close();
//!     });
//!     ch.iter().sum::<i32>()
//! });
//! assert_eq!(sum, 1);
//!
//! // func produce(out chan<- int) { defer close(out); out <- 1 }
//! let (out, results) = Queue::bounded(1).channel();
//! let producer = thread::spawn(move || out.push(1).unwrap()); // `out` is dropped at the end
//! assert_eq!(results.into_iter().collect::<Vec<_>>(), [1]);
//! producer.join().unwrap();
//!
//! // done := make(chan struct{}); go func() { close(done) }(); <-done
//! let done = Event::new(false);
//! thread::scope(|s| {
//!     s.spawn(|| done.set());
//!     done.wait();
//! });
//! assert!(done.is_set());
//!
//! // for range 2 { go worker(jobs) }  // where a worker does: for n := range jobs { results <- n * n }
//! let (jobs, results) = (Queue::bounded(4), Queue::unbounded());
//! let to = results.clone();
//! let workers = WorkerPool::new(2, jobs, move |n: u32| to.push(n * n).unwrap()).unwrap();
//! (1..=3).for_each(|n| workers.queue().push(n).unwrap());
//! workers.join(); // close(jobs); wg.Wait()
//! assert_eq!(results.try_iter().sum::<u32>(), 14);
//! ```
//!
//! ```
//! use rungs::queue::{Queue, Receiver, Sender};
//!
//! // a channel without a bound: Go has none
//! let ch = Queue::unbounded();
//! (0..1_000).for_each(|n| ch.push(n).unwrap());
//! assert_eq!(ch.len(), 1_000); // len(ch), and cap(ch) is None
//! assert_eq!(ch.capacity(), None);
//!
//! // for v := range ch { sum += v }
//! ch.close();
//! let mut sum = 0;
//! for v in &ch {
//!     sum += v;
//! }
//! assert_eq!(sum, 499_500);
//!
//! // func double(in <-chan int, out chan<- int)  // T is int
//! fn double(input: Receiver<u32>, out: Sender<u32>) {
//!     input.into_iter().for_each(|n| out.push(n * 2).unwrap());
//! }
//! let ((send, input), (out, receive)) = (Queue::bounded(1).channel(), Queue::bounded(1).channel());
//! send.push(21).unwrap();
//! drop(send); // close
//! double(input, out);
//! assert_eq!(receive.pop(), Ok(42));
//! ```
//!
//! # `select`
//!
//! | Go | here | to note |
//! |---|---|---|
//! | `select { case v := <-a: … case v := <-b: … }` | [`select`](crate::queue::select()) | gives the index and the item; for receiving only |
//! | with `default` | [`try_select`](crate::queue::try_select) | |
//! | with `case <-time.After(d)` | [`select_timeout`](crate::queue::select_timeout) | |
//! | with `case <-ctx.Done()` | [`on_cancel`](crate::sync::CancelToken::on_cancel) that [`close`](crate::queue::Queue::close)s; in a task, [`first`](crate::task::first) | |
//! | channels of different types | [`first`](crate::task::first) of futures that give the same `enum`; or one channel of it | the others are dropped, and lose nothing |
//! | `case ch <- v` | [`push_async`](crate::queue::Queue::push_async) in a [`first`](crate::task::first), [`try_push`](crate::queue::Queue::try_push) where nothing waits | a push that is dropped drops its item |
//! | the first of several results | [`race`](crate::future::race), [`select_ok`](crate::future::select_ok) | |
//!
//! ```
//! use rungs::queue::{PopTimeoutError, Queue, TryPopError, select, select_timeout, try_select};
//! use rungs::sync::CancelToken;
//! use rungs::task::{block_on, first};
//! use std::{pin::Pin, time::Duration};
//!
//! // select { case v := <-a: … case v := <-b: … }
//! let (a, b) = (Queue::unbounded(), Queue::unbounded());
//! b.push("from b").unwrap();
//! let (index, v) = select(&[&a, &b]).unwrap();
//! assert_eq!((index, v), (1, "from b"));
//!
//! // select { case v := <-a: … default: … }
//! assert_eq!(try_select(&[&a, &b]), Err(TryPopError::Empty));
//!
//! // select { case v := <-a: … case <-time.After(time.Millisecond): … }
//! let late = select_timeout(&[&a, &b], Duration::from_millis(1));
//! assert_eq!(late, Err(PopTimeoutError::TimedOut));
//!
//! // select { case v := <-a: … case <-ctx.Done(): … }  // in a goroutine
//! let ctx = CancelToken::new();
//! ctx.cancel();
//! type Case<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;
//! let cases: [Case<'_, Option<&str>>; 2] = [
//!     Box::pin(async { a.pop_async().await.ok() }),
//!     Box::pin(async {
//!         ctx.cancelled_async().await;
//!         None
//!     }),
//! ];
//! assert_eq!(block_on(first(cases)), Some(None));
//!
//! // the same, in a thread: let the end of `ctx` close the channel
//! let ctx = CancelToken::new();
//! let done = a.clone();
//! let _registration = ctx.on_cancel(move || done.close());
//! ctx.cancel();
//! assert!(a.pop().is_err());
//! ```
//!
//! ```
//! use rungs::executor::ThreadPoolExecutor;
//! use rungs::future::{race, select_ok};
//! use rungs::queue::{Queue, TryPushError};
//! use rungs::task::{block_on, first};
//! use std::{future::pending, pin::Pin};
//!
//! // channels of different types
//! enum Event {
//!     Key(char),
//!     Tick(u32),
//! }
//! let (keys, ticks) = (Queue::<char>::unbounded(), Queue::unbounded());
//! ticks.push(7).unwrap();
//! let cases: [Pin<Box<dyn Future<Output = Event>>>; 2] = [
//!     Box::pin(async { Event::Key(keys.pop_async().await.unwrap()) }),
//!     Box::pin(async { Event::Tick(ticks.pop_async().await.unwrap()) }),
//! ];
//! assert!(matches!(block_on(first(cases)), Some(Event::Tick(7))));
//!
//! // select { case ch <- v: … case n := <-ticks: … }
//! let ch = Queue::bounded(1);
//! let cases: [Pin<Box<dyn Future<Output = bool>>>; 2] = [
//!     Box::pin(async { ch.push_async('v').await.is_ok() }),
//!     Box::pin(async { ticks.pop_async().await.is_err() }),
//! ];
//! assert_eq!(block_on(first(cases)), Some(true));
//!
//! // select { case ch <- v: … default: … }
//! assert!(matches!(ch.try_push('v'), Err(TryPushError::Full('v'))));
//!
//! // the first of several results
//! let pool = ThreadPoolExecutor::new(2);
//! let quick = race([pool.spawn(pending()), pool.spawn(async { 7 })]);
//! assert_eq!(quick.result().unwrap(), 7);
//!
//! // the same, where one that fails does not count
//! let fails = pool.submit(|| panic!("no paper"));
//! assert_eq!(select_ok([fails, pool.submit(|| 7)]).result().unwrap(), 7);
//! ```
//!
//! # A goroutine that owns its state
//!
//! | Go | here |
//! |---|---|
//! | `for cmd := range commands { cmd(m) }` in a goroutine | [`Addr::spawn`](crate::actor::Addr::spawn) of the state |
//! | `commands <- f` | [`post`](crate::actor::Addr::post) of a closure, or a typed message |
//! | `commands <- f; <-reply` | [`call`](crate::actor::Addr::call), [`ask`](crate::actor::Addr::ask) |
//!
//! ```
//! use rungs::actor::Addr;
//! use std::collections::HashMap;
//!
//! // go func() { m := map[string]int{}; for cmd := range commands { cmd(m) } }()
//! let m = Addr::spawn(HashMap::new());
//!
//! // commands <- f  // func f(m map[string]int) { m["a"]++ }
//! m.post(|m| *m.entry("a").or_insert(0) += 1).unwrap();
//!
//! // reply := make(chan int); commands <- func(m …) { reply <- m["a"] }; <-reply
//! assert_eq!(m.call(|m| m["a"]).wait().unwrap(), 1);
//! ```
//!
//! ```
//! use rungs::actor::{Actor, Context, Handler};
//!
//! // type add struct { n int; reply chan int }
//! struct Add(u32);
//! struct Sum(u32);
//! impl Actor for Sum {}
//! impl Handler<Add> for Sum {
//!     type Reply = u32;
//!     fn handle(&mut self, Add(n): Add, _cx: &mut Context<Self>) -> u32 {
//!         self.0 += n;
//!         self.0
//!     }
//! }
//!
//! // commands <- add{7, reply}; <-reply
//! assert_eq!(Sum(0).start().ask(Add(7)).wait().unwrap(), 7);
//! ```
