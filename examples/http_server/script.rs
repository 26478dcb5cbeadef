//! What the server is asked when nobody else does, in an event loop of this thread.

use crate::client::Client;
use crate::routes::LIMIT;
use crate::server::{Server, refuses};
use crate::{Failure, PATIENCE};
use hyper::Method;
use rungs::executor::{LocalExecutor, LocalHandle};
use std::net::SocketAddr;
use std::time::Instant;

/// How many ask at once.
const CLIENTS: usize = 40;

pub(crate) fn run(server: Server) -> Result<(), Failure> {
    let began = Instant::now();
    let (local, address) = (LocalExecutor::new(), server.address());
    println!("http://{address}");
    local.block_on(one_by_one(address, local.handle()))?;
    local.block_on(all_at_once(address, local.handle()))?;
    the_last_answer(&local, server)?;
    println!("shut down gracefully, after {:.0?}", began.elapsed());
    Ok(())
}

/// Asks each route once, over one connection.
async fn one_by_one(address: SocketAddr, handle: LocalHandle) -> Result<(), Failure> {
    let mut client = Client::connect(address, &handle).await?;
    let (status, help) = client.get("/").await?;
    assert!(status == 200 && help.contains("/limited"));

    assert_eq!(client.get("/limited").await?, (200, "1".to_owned()));

    let reversed = client.ask(Method::POST, "/reversed", "ladder").await?;
    assert_eq!(reversed, (200, "reddal".to_owned()));

    let (status, primes) = client.get("/primes/1000000").await?;
    println!("/primes/1000000: {primes}");
    // By a thread that computes: none that polls connections.
    assert!(status == 200 && primes.starts_with("78498 by cpu"));
    assert_eq!(client.get("/primes/many").await?.0, 400);
    assert_eq!(client.get("/nothing").await?.0, 404);

    let (_, visits) = client.get("/visits").await?;
    println!("/visits:\n{visits}");
    assert!(visits.contains("/primes 2\n") && visits.contains("/visits 1\n"));
    Ok(())
}

/// Many ask at once, and no more are let in than there may be.
async fn all_at_once(address: SocketAddr, handle: LocalHandle) -> Result<(), Failure> {
    let one = |number: usize| {
        let handle = handle.clone();
        async move {
            let mut client = Client::connect(address, &handle).await?;
            let (status, inside) = client.get("/limited").await?;
            let text = number.to_string();
            let reversed = client.ask(Method::POST, "/reversed", &text).await?.1;
            assert!(status == 200 && reversed.chars().rev().eq(text.chars()));
            Ok::<usize, Failure>(inside.parse()?)
        }
    };
    let asked: Vec<_> = (0..CLIENTS)
        .map(|number| handle.spawn(one(number)))
        .collect();
    let mut most = 0;
    for one in asked {
        most = most.max(one.await??);
    }
    println!("/limited: {CLIENTS} at once, {most} of them inside");
    assert!((1..=LIMIT).contains(&most));
    Ok(())
}

/// Shuts the server down while it is at a request, which is answered all the same.
fn the_last_answer(local: &LocalExecutor, server: Server) -> Result<(), Failure> {
    let (address, handle) = (server.address(), local.handle());
    let (mut one, mut other) = local.block_on(async {
        let one = Client::connect(address, &handle).await?;
        Ok::<_, Failure>((one, Client::connect(address, &handle).await?))
    })?;
    let last = local.spawn(async move { (one.get("/limited").await, one.is_closed().await) });
    let has_begun = format!("/limited {}\n", 1 + CLIENTS + 1);
    local.block_on(async {
        while !other.get("/visits").await?.1.contains(&has_begun) {}
        Ok::<_, Failure>(())
    })?;

    // In a thread of its own: this one drives the client.
    let shutdown = std::thread::spawn(|| server.join(PATIENCE));
    let (answer, is_closed) = local.block_on(last)?;
    assert_eq!(answer?, (200, "1".to_owned()));
    assert!(is_closed && local.block_on(other.is_closed()));
    shutdown.join().expect("it does not panic")?;
    assert!(refuses(address));
    Ok(())
}
