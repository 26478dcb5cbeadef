//! The program's own models. `RUSTFLAGS="--cfg rungs_loom" cargo test`.
#![cfg(rungs_loom)]

use downstream::{Account, Shop};
use loom::thread;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[test]
fn an_account_is_never_overdrawn() {
    loom::model(|| {
        let account = Arc::new(Account::new(1));
        let other = account.clone();
        let thread = thread::spawn(move || other.withdraw(1));
        let mine = account.withdraw(1);
        assert!(mine ^ thread.join().unwrap(), "one of us gets it");
    });
}

#[test]
fn the_planted_race_is_found() {
    let found = catch_unwind(AssertUnwindSafe(|| {
        loom::model(|| {
            let account = Arc::new(Account::new(1));
            let other = account.clone();
            let thread = thread::spawn(move || other.withdraw_carelessly(1));
            account.withdraw_carelessly(1);
            thread.join().unwrap();
        });
    }));
    assert!(found.is_err(), "two careless withdrawals overdraw");
}

#[test]
fn a_customer_buys_or_loses_patience_and_the_takings_agree() {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let outcomes = seen.clone();
    // Three threads: bounded, as loom advises.
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.check(move || {
        let shop = Arc::new(Shop::new(1));
        let [customer, keeper] = [shop.clone(), shop.clone()];
        let customer = thread::spawn(move || customer.buy(5, Duration::from_secs(60)).is_ok());
        let keeper = thread::spawn(move || keeper.open());
        rungs::model::expire_all();
        let bought = customer.join().unwrap();
        keeper.join().unwrap();
        assert_eq!(shop.takings(), if bought { 5 } else { 0 });
        seen.lock().unwrap().insert(bought);
    });
    assert_eq!(*outcomes.lock().unwrap(), BTreeSet::from([false, true]));
}
