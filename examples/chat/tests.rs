//! Scripted clients.

use super::Client;
use crate::server::Server;
use std::thread;

#[test]
fn what_one_says_all_hear() {
    let server = Server::start().unwrap();
    let mut ada = Client::enter(server.address(), "ada").unwrap();
    let mut bob = Client::enter(server.address(), "bob").unwrap();
    assert_eq!(ada.hear().unwrap(), "* bob is here");
    ada.say("hello").unwrap();
    bob.say("good morning").unwrap();
    let mut heard = [ada.hear().unwrap(), ada.hear().unwrap()];
    assert_eq!([bob.hear().unwrap(), bob.hear().unwrap()], heard);
    heard.sort();
    assert_eq!(heard, ["ada: hello", "bob: good morning"]);
    server.stop();
}

#[test]
fn who_goes_is_forgotten() {
    let server = Server::start().unwrap();
    let mut ada = Client::enter(server.address(), "ada").unwrap();
    let mut bob = Client::enter(server.address(), "bob").unwrap();
    let cyd = Client::enter(server.address(), "cyd").unwrap();
    assert_eq!(ada.hear().unwrap(), "* bob is here");
    assert_eq!(ada.hear().unwrap(), "* cyd is here");
    bob.say("/quit").unwrap();
    assert_eq!(ada.hear().unwrap(), "* bob has gone");
    drop(cyd);
    assert_eq!(ada.hear().unwrap(), "* cyd has gone");
    server.stop();
    assert_eq!(ada.hear().unwrap(), "");
}

#[test]
fn a_client_that_does_not_read_costs_the_others_nothing() {
    let server = Server::start().unwrap();
    let mut ada = Client::enter(server.address(), "ada").unwrap();
    let deaf = Client::enter(server.address(), "deaf").unwrap();
    assert_eq!(ada.hear().unwrap(), "* deaf is here");
    let text = "x".repeat(60_000);
    for n in 0..300 {
        ada.say(&format!("{n} {text}")).unwrap();
        let heard = ada.hear().unwrap();
        assert!(heard.starts_with(&format!("ada: {n} ")));
    }
    // It hangs up on who does not read as on others.
    server.stop();
    drop(deaf);
}

#[test]
fn everybody_talks_at_once() {
    let server = Server::start().unwrap();
    let address = server.address();
    thread::scope(|s| {
        for n in 0..8 {
            s.spawn(move || {
                let name = format!("guest {n}");
                let mut guest = Client::enter(address, &name).unwrap();
                for line in 0..50 {
                    guest.say(&format!("line {line}")).unwrap();
                    // One's own lines come back, in order.
                    while guest.hear().unwrap() != format!("{name}: line {line}") {}
                }
            });
        }
    });
    server.stop();
}
