//! A client of one connection, in an event loop.

use crate::Failure;
use http_body_util::BodyExt;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request};
use rungs::executor::LocalHandle;
use rungs::net::TcpStream;
use rungs::net::hyper::Io;
use std::net::SocketAddr;

pub(crate) struct Client(SendRequest<String>);

impl Client {
    pub(crate) async fn connect(to: SocketAddr, handle: &LocalHandle) -> Result<Self, Failure> {
        let stream = Io::new(TcpStream::connect(to).await?);
        let (sender, connection) = handshake(stream).await?;
        drop(handle.spawn(connection));
        Ok(Self(sender))
    }

    /// The status and the text of an answer.
    pub(crate) async fn get(&mut self, path: &str) -> Result<(u16, String), Failure> {
        self.ask(Method::GET, path, "").await
    }

    pub(crate) async fn ask(
        &mut self,
        method: Method,
        path: &str,
        body: &str,
    ) -> Result<(u16, String), Failure> {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("host", "localhost").body(body.to_owned())?;
        let response = self.0.send_request(request).await?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await?.to_bytes();
        Ok((status, String::from_utf8(body.into())?))
    }

    /// Whether the server has closed the connection, or is about to.
    pub(crate) async fn is_closed(&mut self) -> bool {
        self.0.ready().await.is_err()
    }
}
