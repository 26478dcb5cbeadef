//! Sockets, as the users of tasks see them.

use rungs::executor::{ExecutorExt, LocalExecutor, ThreadPoolExecutor};
use rungs::future;
use rungs::net::io::{self, AsyncReadExt, AsyncWriteExt};
use rungs::net::{self, TcpListener, TcpStream, block_on, connect, resolve};
use rungs::sync::Event;
use rungs::task::timeout;
use std::cell::Cell;
use std::future::Future;
use std::io::Read;
use std::net::{Shutdown, SocketAddr};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(([127, 0, 0, 1], 0)).unwrap();
    let address = listener.get_ref().local_addr().unwrap();
    (listener, address)
}

/// Gives back what it is sent, to one client.
async fn echo(listener: TcpListener) {
    let (stream, _) = listener.accept().await.unwrap();
    io::copy(&stream, &stream).await.unwrap();
}

/// Says something and hears it again.
async fn greet(address: SocketAddr) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    for round in 0..10_u32 {
        let said = round.to_be_bytes();
        stream.write_all(&said).await.unwrap();
        let mut heard = [0; 4];
        stream.read_exact(&mut heard).await.unwrap();
        assert_eq!(heard, said);
    }
}

#[test]
fn a_socket_works_in_a_pool() {
    let pool = ThreadPoolExecutor::new(2);
    let (listener, address) = listener();
    let server = pool.spawn(echo(listener));
    pool.spawn(greet(address)).result().unwrap();
    server.result().unwrap();
}

#[test]
fn a_socket_works_in_an_event_loop() {
    let local = LocalExecutor::new();
    let (listener, address) = listener();
    let server = local.spawn(echo(listener));
    local.block_on(greet(address));
    local.block_on(server).unwrap();
}

#[test]
fn an_event_loop_waits_for_sockets_calls_and_threads_at_once() {
    let local = net::event_loop();
    let (listener, address) = listener();
    let server = local.spawn(echo(listener));
    let (event, called) = (Arc::new(Event::new(false)), Rc::new(Cell::new(false)));
    let (sets, calls, remote) = (event.clone(), called.clone(), local.remote());
    let later = local.call_later(Duration::from_millis(1), move || {
        calls.set(true);
        thread::spawn(move || remote.execute(move || sets.set()));
    });
    // Nothing but the call, and then the other thread, wakes it.
    local.block_on(event.wait_async());
    assert!(called.get() && later.is_done());
    local.block_on(greet(address));
    local.block_on(server).unwrap();
}

#[test]
fn a_task_that_always_wakes_itself_starves_no_socket() {
    let local = net::event_loop();
    let (listener, address) = listener();
    let server = local.spawn(echo(listener));
    let busy = local.spawn(async {
        loop {
            future::yield_now().await;
        }
    });
    local.block_on(greet(address));
    local.block_on(server).unwrap();
    assert!(busy.cancel());
}

#[test]
fn a_socket_works_wherever_a_future_is_driven() {
    let pool = ThreadPoolExecutor::new(1);
    let drives: [fn(SocketAddr); 2] = [
        |address| future::block_on(greet(address)),
        |address| block_on(greet(address)),
    ];
    for drive in drives {
        let (listener, address) = listener();
        let server = pool.spawn(echo(listener));
        drive(address);
        server.result().unwrap();
    }
}

#[test]
fn a_socket_may_be_driven_inside_another_drive() {
    let (listener, address) = listener();
    let pool = ThreadPoolExecutor::new(1);
    let server = pool.spawn(echo(listener));
    block_on(async { block_on(async { future::block_on(greet(address)) }) });
    server.result().unwrap();
}

#[test]
fn a_dropped_accept_loses_no_connection() {
    let (listener, address) = listener();
    let mut cx = Context::from_waker(Waker::noop());
    assert!(pin!(listener.accept()).poll(&mut cx).is_pending());
    block_on(async {
        let (client, server) = (TcpStream::connect(address).await, listener.accept().await);
        let (_, peer) = server.unwrap();
        assert_eq!(peer, client.unwrap().get_ref().local_addr().unwrap());
    });
}

#[test]
fn a_read_that_times_out_has_read_nothing() {
    let (listener, address) = listener();
    block_on(async {
        let mut client = TcpStream::connect(address).await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        let mut byte = [0];
        let soon = Duration::from_millis(1);
        assert!(timeout(soon, server.read(&mut byte)).await.is_err());
        client.write_all(&[7]).await.unwrap();
        assert_eq!(server.read(&mut byte).await.unwrap(), 1);
        assert_eq!(byte, [7]);
    });
}

#[test]
fn a_half_that_is_shut_down_ends_what_the_other_side_reads() {
    let (listener, address) = listener();
    block_on(async {
        let mut client = TcpStream::connect(address).await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        // It only flushes.
        client.close().await.unwrap();
        client.write_all(&[7]).await.unwrap();
        client.get_ref().shutdown(Shutdown::Write).unwrap();
        let mut heard = Vec::new();
        server.read_to_end(&mut heard).await.unwrap();
        server.write_all(&heard).await.unwrap();
        drop(server);
        client.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, [7, 7]);
    });
}

#[test]
fn a_socket_that_is_unwrapped_blocks_when_it_is_told_to() {
    let (listener, address) = listener();
    let client = block_on(TcpStream::connect(address)).unwrap();
    let (mut server, _) = block_on(listener.accept()).unwrap();
    let (mut client, mut byte) = (client.into_inner().unwrap(), [0]);
    let kind = client.read(&mut byte).unwrap_err().kind();
    assert_eq!(kind, io::ErrorKind::WouldBlock);
    client.set_nonblocking(false).unwrap();
    let pool = ThreadPoolExecutor::new(1);
    let sends = pool.spawn(async move { server.write_all(&[7]).await });
    client.read_exact(&mut byte).unwrap();
    sends.result().unwrap().unwrap();
    assert_eq!(byte, [7]);
}

#[test]
fn a_cancelled_task_closes_its_socket() {
    let pool = ThreadPoolExecutor::new(1);
    let (listener, address) = listener();
    let server = pool.spawn(echo(listener));
    let heard = block_on(async {
        let mut client = TcpStream::connect(address).await.unwrap();
        // It is served, and waits for more.
        client.write_all(&[7]).await.unwrap();
        let mut heard = Vec::new();
        client.read_exact(&mut [0]).await.unwrap();
        server.cancel();
        client.read_to_end(&mut heard).await.map(|_| heard)
    });
    assert_eq!(heard.unwrap(), []);
}

#[test]
fn who_does_not_answer_is_an_error() {
    let (listener, address) = listener();
    drop(listener);
    let error = block_on(connect(address.to_string())).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
}

#[test]
fn a_name_that_is_none_is_an_error() {
    assert!(block_on(resolve("no port")).is_err());
    assert!(block_on(connect("")).is_err());
}

#[test]
fn dropped_lookups_keep_no_others_waiting() {
    let pool = ThreadPoolExecutor::new(1);
    let lookups: Vec<_> = (0..100)
        .map(|_| pool.spawn(resolve("localhost:80")))
        .collect();
    for (number, lookup) in lookups.into_iter().enumerate() {
        match number % 2 {
            0 => _ = lookup.cancel(),
            _ => assert!(!lookup.result().unwrap().unwrap().is_empty()),
        }
    }
}

#[cfg(feature = "hyper")]
mod http {
    use super::*;
    use http_body_util::BodyExt;
    use hyper::body::Incoming;
    use hyper::client::conn::{http1, http2};
    use hyper::server::conn::{http1 as server1, http2 as server2};
    use hyper::service::service_fn;
    use hyper::{Request, Response};
    use rungs::executor::Handle;
    use rungs::net::hyper::{Io, Timer};
    use rungs::task::sleep;
    use std::cell::Cell;
    use std::convert::Infallible;
    use std::rc::Rc;

    /// Gives back the body, a little later.
    async fn answer(request: Request<Incoming>) -> Result<Response<String>, hyper::Error> {
        let body = request.into_body().collect().await?.to_bytes();
        sleep(Duration::from_millis(1)).await;
        Ok(Response::new(String::from_utf8_lossy(&body).into_owned()))
    }

    fn request(body: String) -> Request<String> {
        let request = Request::post("http://here/").header("host", "here");
        request.body(body).unwrap()
    }

    async fn text(response: Response<Incoming>) -> String {
        let body = response.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(body.into()).unwrap()
    }

    async fn serve(listener: TcpListener, handle: Handle) {
        while let Ok((stream, _)) = listener.accept().await {
            let mut http = server1::Builder::new();
            let http = http.timer(Timer);
            drop(handle.spawn(http.serve_connection(Io::new(stream), service_fn(answer))));
        }
    }

    #[test]
    fn a_server_and_its_clients_run_on_a_pool() {
        let pool = ThreadPoolExecutor::new(2);
        let (listener, address) = listener();
        let server = pool.spawn(serve(listener, pool.handle()));
        let client = |number: usize| {
            let handle = pool.handle();
            pool.spawn(async move {
                let stream = Io::new(TcpStream::connect(address).await.unwrap());
                let (mut sender, connection) = http1::handshake(stream).await.unwrap();
                let connection = handle.spawn(connection);
                for round in 0..10 {
                    let said = format!("{number}, {round}");
                    // The connection is a task of its own, and may not have come so far yet.
                    sender.ready().await.unwrap();
                    let response = sender.send_request(request(said.clone())).await.unwrap();
                    assert_eq!(text(response).await, said);
                }
                drop(sender);
                connection.await.unwrap().unwrap();
            })
        };
        let clients: Vec<_> = (0..8).map(client).collect();
        let ends: Vec<_> = clients.into_iter().map(|client| client.result()).collect();
        assert!(server.cancel());
        ends.into_iter().for_each(Result::unwrap);
    }

    #[test]
    fn a_service_that_is_not_send_runs_in_an_event_loop() {
        let local = LocalExecutor::new();
        let (handle, sum) = (local.handle(), Rc::new(Cell::new(0)));
        let (listener, address) = listener();
        let count = sum.clone();
        let server = local.spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let service = service_fn(move |request| {
                let count = count.clone();
                async move {
                    count.set(count.get() + 1);
                    answer(request).await
                }
            });
            let mut http = server2::Builder::new(handle);
            let http = http.timer(Timer);
            http.serve_connection(Io::new(stream), service).await
        });
        let handle = local.handle();
        local.block_on(async move {
            let stream = Io::new(TcpStream::connect(address).await.unwrap());
            let (sender, connection) = http2::handshake(handle.clone(), stream).await.unwrap();
            handle.spawn(connection);
            // All at once, over one connection.
            let ask = |n: usize| {
                let mut sender = sender.clone();
                handle.spawn(async move {
                    let response = sender.send_request(request(n.to_string())).await.unwrap();
                    assert_eq!(text(response).await, n.to_string());
                })
            };
            let asked: Vec<_> = (0..50).map(ask).collect();
            for one in asked {
                one.await.unwrap();
            }
        });
        local.block_on(server).unwrap().unwrap();
        assert_eq!(sum.get(), 50);
    }

    #[test]
    fn a_client_that_says_nothing_is_given_up() {
        let pool = ThreadPoolExecutor::new(1);
        let (listener, address) = listener();
        let server = pool.spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut http = server1::Builder::new();
            http.timer(Timer)
                .header_read_timeout(Duration::from_millis(5));
            let served = http.serve_connection(Io::new(stream), service_fn(answer));
            served.await
        });
        let mut client = block_on(TcpStream::connect(address)).unwrap();
        block_on(client.write_all(b"GET / HT")).unwrap();
        let mut heard = Vec::new();
        block_on(client.read_to_end(&mut heard)).unwrap();
        assert!(server.result().unwrap().unwrap_err().is_timeout());
    }

    #[test]
    fn a_graceful_end_lets_the_last_answer_out() {
        let local = LocalExecutor::new();
        let (listener, address) = listener();
        let (begun, go) = (
            Rc::new(rungs::sync::Event::new(false)),
            Rc::new(rungs::sync::Event::new(false)),
        );
        let (begin, wait, end) = (begun.clone(), go.clone(), begun.clone());
        let server = local.spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let service = service_fn(move |_: Request<Incoming>| {
                let (begin, wait) = (begin.clone(), wait.clone());
                async move {
                    begin.set();
                    wait.wait_async().await;
                    Ok::<_, Infallible>(Response::new("late".to_owned()))
                }
            });
            let http = server1::Builder::new();
            let mut connection = pin!(http.serve_connection(Io::new(stream), service));
            let ended = async {
                end.wait_async().await;
            };
            let mut ended = pin!(ended);
            let mut is_told = false;
            std::future::poll_fn(|cx| {
                if !is_told && ended.as_mut().poll(cx).is_ready() {
                    is_told = true;
                    connection.as_mut().graceful_shutdown();
                    go.set();
                }
                connection.as_mut().poll(cx)
            })
            .await
        });
        let handle = local.handle();
        let said = local.block_on(async move {
            let stream = Io::new(TcpStream::connect(address).await.unwrap());
            let (mut sender, connection) = http1::handshake(stream).await.unwrap();
            let connection = handle.spawn(connection);
            let response = sender.send_request(request(String::new())).await.unwrap();
            let said = text(response).await;
            connection.await.unwrap().unwrap(); // it is closed, by the server
            said
        });
        assert_eq!(said, "late");
        local.block_on(server).unwrap().unwrap();
    }
}
