//! Rung 4, a program: a bank of actors that crash in the middle of transfers, and lose no money.
//!
//! ```text
//! cargo run --release --example bank
//! ```
//!
//! Accounts and the teller are actors, and a supervisor restarts them where they fail: at the same
//! address, with the messages that wait. What an object knows is lost with it; so what must not be
//! lost is on *disk* (here: behind a lock), in steps that are done or not done: the teller writes
//! down what it is about to do, and an account notes which transfers it has seen. A teller that
//! starts looks for transfers that another one has left, and ends them; doing a step twice does
//! nothing. The crashes are built in: the teller fails between the two halves of a transfer, and
//! accounts fail when they have written and not yet answered.

use rungs::actor::{Actor, Addr, AsyncHandler, Context, Handler, Restart, Strategy, Supervisor};
use rungs::sync::Mutex;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

const ACCOUNTS: usize = 10;
const OPENING: i64 = 1_000;
const TRANSFERS: u64 = 300;

/// Crashes, on purpose.
static CRASHES: AtomicUsize = AtomicUsize::new(0);

fn crash(why: &str) -> ! {
    CRASHES.fetch_add(1, Ordering::Relaxed);
    // Like a panic, but that nothing is printed.
    std::panic::resume_unwind(Box::new(why.to_owned()));
}

#[derive(Clone, Copy)]
struct Transfer {
    id: u64,
    from: usize,
    to: usize,
    amount: i64,
}

/// What survives a crash.
#[derive(Default)]
struct Disk {
    balances: [i64; ACCOUNTS],
    /// Which transfers an account has seen.
    seen: HashSet<(usize, u64)>,
    /// What tellers have begun and not ended.
    begun: BTreeMap<u64, Transfer>,
}

type Shared = Arc<Mutex<Disk>>;

struct Account {
    number: usize,
    disk: Shared,
    changes: u32,
}

/// Pays in, or out, once for a transfer.
struct Change {
    transfer: u64,
    amount: i64,
}

impl Actor for Account {}

impl Handler<Change> for Account {
    type Reply = ();
    fn handle(&mut self, Change { transfer, amount }: Change, _cx: &mut Context<Self>) {
        let mut disk = self.disk.lock();
        if disk.seen.insert((self.number, transfer)) {
            disk.balances[self.number] += amount;
        }
        drop(disk);
        self.changes += 1;
        if self.changes == 7 {
            crash("the account was changed, and nobody knows");
        }
    }
}

struct Teller {
    disk: Shared,
    accounts: Vec<Addr<Account>>,
    transfers: u32,
}

/// A transfer that another teller has left.
struct Resume(Transfer);

impl Teller {
    /// Asks until there is an answer: whoever crashed is restarted, and does nothing twice.
    async fn change(&self, account: usize, transfer: u64, amount: i64) {
        let account = &self.accounts[account];
        while account.ask(Change { transfer, amount }).await.is_err() {}
    }

    async fn finish(&self, transfer: Transfer) {
        self.change(transfer.to, transfer.id, transfer.amount).await;
        self.disk.lock().begun.remove(&transfer.id);
    }
}

impl Actor for Teller {
    fn started(&mut self, cx: &mut Context<Self>) {
        for transfer in self.disk.lock().begun.values() {
            let resumed = cx.addr().tell(Resume(*transfer));
            assert!(resumed.is_ok());
        }
    }
}

impl AsyncHandler<Transfer> for Teller {
    type Reply = ();
    async fn handle(&mut self, transfer: Transfer, _cx: &mut Context<Self>) {
        let Transfer {
            id, from, amount, ..
        } = transfer;
        self.disk.lock().begun.insert(id, transfer);
        self.change(from, id, -amount).await;
        self.transfers += 1;
        if self.transfers == 11 {
            crash("the money has left one account and not reached the other");
        }
        self.finish(transfer).await;
    }
}

impl AsyncHandler<Resume> for Teller {
    type Reply = ();
    async fn handle(&mut self, Resume(transfer): Resume, _cx: &mut Context<Self>) {
        let Transfer {
            id, from, amount, ..
        } = transfer;
        self.change(from, id, -amount).await;
        self.finish(transfer).await;
    }
}

/// How many transfers are under way.
struct Pending;

impl Handler<Pending> for Teller {
    type Reply = usize;
    fn handle(&mut self, _: Pending, _cx: &mut Context<Self>) -> usize {
        self.disk.lock().begun.len()
    }
}

fn transfer(id: u64) -> Transfer {
    let from = (id % ACCOUNTS as u64) as usize;
    Transfer {
        id,
        from,
        to: (from + 3) % ACCOUNTS,
        amount: (id % 17) as i64,
    }
}

fn main() {
    let disk = Shared::default();
    disk.lock().balances = [OPENING; ACCOUNTS];

    let supervisor = Supervisor::new(Strategy::OneForOne)
        .max_restarts(usize::MAX, Duration::from_secs(1))
        .backoff(Duration::from_micros(10), Duration::from_millis(1));
    let open = |number| {
        let disk = disk.clone();
        supervisor.child(Restart::Permanent, move || Account {
            number,
            disk: disk.clone(),
            changes: 0,
        })
    };
    let accounts: Vec<Addr<Account>> = (0..ACCOUNTS).map(open).collect();
    let (records, desks) = (disk.clone(), accounts.clone());
    let teller = supervisor.child(Restart::Permanent, move || Teller {
        disk: records.clone(),
        accounts: desks.clone(),
        transfers: 0,
    });

    // Three customers; who hears of a crash knows that it is in the books.
    thread::scope(|s| {
        for customer in 0..3 {
            let teller = &teller;
            s.spawn(move || {
                for id in (0..TRANSFERS).filter(|id| id % 3 == customer) {
                    let _ = teller.ask(transfer(id)).wait();
                }
            });
        }
    });
    while !matches!(teller.ask(Pending).wait(), Ok(0)) {
        thread::yield_now();
    }

    let mut expected = [OPENING; ACCOUNTS];
    for Transfer {
        from, to, amount, ..
    } in (0..TRANSFERS).map(transfer)
    {
        expected[from] -= amount;
        expected[to] += amount;
    }
    let balances = disk.lock().balances;
    let crashes = CRASHES.load(Ordering::Relaxed);
    println!("{TRANSFERS} transfers, {crashes} crashes, balances {balances:?}");
    assert!(crashes > 0);
    assert_eq!(balances.iter().sum::<i64>(), OPENING * ACCOUNTS as i64);
    assert_eq!(balances, expected);

    supervisor.stop();
    supervisor.join();
}
