//! Rung 4, active object: a bank that threads and tasks use at once, without a lock in sight.
//!
//! `Bank` is plain code that knows nothing of threads. Behind an `Addr` nobody else can touch it,
//! and it does one thing after the other. `Teller` is the API in front of it.
//!
//! ```text
//! cargo run --example 04_active_object
//! ```

use std::collections::HashMap;
use std::thread;

use rungs::actor::{Addr, AskError, Reply};
use rungs::future::block_on;

type Name = &'static str;

#[derive(Default)]
struct Bank(HashMap<Name, u64>);

impl Bank {
    fn transfer(&mut self, from: Name, to: Name, amount: u64) -> bool {
        match self.0.get_mut(from) {
            Some(balance) if *balance >= amount => *balance -= amount,
            _ => return false,
        }
        *self.0.entry(to).or_default() += amount;
        true
    }
}

struct Teller(Addr<Bank>);

impl Teller {
    /// Does not wait; whatever is asked next comes after it. False if the bank is closed.
    fn deposit(&self, to: Name, amount: u64) -> bool {
        let deposit = move |bank: &mut Bank| *bank.0.entry(to).or_default() += amount;
        self.0.post(deposit).is_ok()
    }

    /// Whether there was enough money: to be waited for, or awaited.
    fn transfer(&self, from: Name, to: Name, amount: u64) -> Reply<bool> {
        self.0.call(move |bank| bank.transfer(from, to, amount))
    }
}

fn main() -> Result<(), AskError> {
    let teller = Teller(Addr::spawn(Bank::default()));
    assert!(teller.deposit("ann", 500));
    let pay = || (0..300).for_each(|_| drop(teller.transfer("ann", "bob", 1).wait()));
    thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(pay))));
    assert!(block_on(teller.transfer("bob", "ann", 200))?);

    let accounts = teller.0.call(|bank| bank.0.clone()).wait()?;
    assert_eq!(accounts, HashMap::from([("ann", 200), ("bob", 300)]));
    println!("after 1201 transfers, 700 of them refused: {accounts:?}");
    Ok(())
}
