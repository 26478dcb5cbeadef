//! Money moves between accounts, and none is made or lost.

use crate::random::Random;
use rungs::actor::{Actor, Addr, AsyncHandler, Context, Handler};

const OPENING: i64 = 1_000_000;

struct Account {
    balance: i64,
}
struct Debit(i64);
struct Credit(i64);
struct Balance;

/// Takes an amount from one account and, when that is done, gives it to another.
struct Teller {
    accounts: Vec<Addr<Account>>,
    random: Random,
}
struct Transfers(u64);

impl Actor for Account {}
impl Actor for Teller {}

impl Handler<Debit> for Account {
    type Reply = ();
    fn handle(&mut self, Debit(amount): Debit, _cx: &mut Context<Self>) {
        self.balance -= amount;
    }
}

impl Handler<Credit> for Account {
    type Reply = ();
    fn handle(&mut self, Credit(amount): Credit, _cx: &mut Context<Self>) {
        self.balance += amount;
    }
}

impl Handler<Balance> for Account {
    type Reply = i64;
    fn handle(&mut self, _: Balance, _cx: &mut Context<Self>) -> i64 {
        self.balance
    }
}

impl AsyncHandler<Transfers> for Teller {
    type Reply = ();
    async fn handle(&mut self, Transfers(count): Transfers, _cx: &mut Context<Self>) {
        for _ in 0..count {
            let from = self.random.below(self.accounts.len());
            let to = self.random.below(self.accounts.len());
            let amount = self.random.below(1_000) as i64;
            self.accounts[from].ask(Debit(amount)).await.unwrap();
            self.accounts[to].ask(Credit(amount)).await.unwrap();
        }
    }
}

pub(crate) fn run(accounts: usize, transfers: u64) -> u64 {
    let open = |_| Account { balance: OPENING }.start();
    let accounts: Vec<Addr<Account>> = (0..accounts).map(open).collect();
    let teller = Teller {
        accounts: accounts.clone(),
        random: Random::new(1),
    }
    .start();
    teller.ask(Transfers(transfers)).wait().unwrap();
    let balances = accounts.iter().map(|account| account.ask(Balance));
    let sum: i64 = balances.map(|reply| reply.wait().unwrap()).sum();
    assert_eq!(sum, OPENING * accounts.len() as i64);
    transfers * 4
}
