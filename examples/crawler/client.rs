//! What each worker has for itself: an HTTP client with one connection, which is kept.

use std::error::Error;
use std::io;
use std::time::Duration;

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_TYPE, HOST, LOCATION};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::{self, Runtime};
use tokio::time::timeout;

use crate::links;

/// How long a page may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a page may be, in bytes.
const LONGEST: usize = 8 << 20;

/// What a page says.
pub(crate) enum Answer {
    /// It is there, with links to these paths of the same site.
    Page(Vec<String>),
    /// It is not there, and will not be.
    Dead(String),
}

type Failure = Box<dyn Error + Send + Sync>;

/// A client of one site.
pub(crate) struct Client {
    /// Runs the connection while a request is under way.
    runtime: Runtime,
    /// The site's host and port.
    host: String,
    /// `None` before the first request, and where the last one failed.
    connection: Option<SendRequest<Empty<Bytes>>>,
}

impl Client {
    pub(crate) fn new(host: &str) -> io::Result<Self> {
        Ok(Self {
            runtime: runtime::Builder::new_current_thread()
                .enable_all()
                .build()?,
            host: host.to_owned(),
            connection: None,
        })
    }

    /// Asks for a page. An error may be gone the next time.
    pub(crate) fn get(&mut self, path: &str) -> Result<Answer, String> {
        let Self {
            runtime,
            host,
            connection,
        } = self;
        // It goes back where nothing has failed.
        let kept = connection.take();
        let asked = runtime.block_on(async { timeout(PATIENCE, ask(host, kept, path)).await });
        let (answer, keep) = match asked {
            Ok(asked) => asked.map_err(|error| error.to_string())?,
            Err(_) => return Err(format!("no answer within {PATIENCE:?}")),
        };
        *connection = Some(keep);
        answer
    }
}

type Asked = (Result<Answer, String>, SendRequest<Empty<Bytes>>);

async fn ask(
    host: &str,
    kept: Option<SendRequest<Empty<Bytes>>>,
    path: &str,
) -> Result<Asked, Failure> {
    let mut connection = match kept {
        Some(kept) if !kept.is_closed() => kept,
        _ => connect(host).await?,
    };
    connection.ready().await?;
    let request = Request::get(path).header(HOST, host).body(Empty::new())?;
    let response = connection.send_request(request).await?;
    Ok((read(response, host, path).await?, connection))
}

async fn connect(host: &str) -> Result<SendRequest<Empty<Bytes>>, Failure> {
    let with_port = match host.contains(':') {
        true => host.to_owned(),
        false => format!("{host}:80"),
    };
    let stream = TcpStream::connect(with_port).await?;
    let (connection, driver) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(driver);
    Ok(connection)
}

async fn read(
    response: Response<Incoming>,
    host: &str,
    path: &str,
) -> Result<Result<Answer, String>, Failure> {
    let (head, body) = response.into_parts();
    let body = Limited::new(body, LONGEST).collect().await?.to_bytes();
    let text = |name| head.headers.get(name).and_then(|value| value.to_str().ok());
    let hrefs: Vec<&str> = match text(CONTENT_TYPE) {
        _ if head.status.is_redirection() => text(LOCATION).into_iter().collect(),
        Some(kind) if kind.starts_with("text/html") => {
            let page = std::str::from_utf8(&body).unwrap_or_default();
            links::hrefs(page).collect()
        }
        _ => Vec::new(),
    };
    let resolved = hrefs
        .iter()
        .filter_map(|href| links::resolve(host, path, href));
    Ok(match head.status {
        status if status.is_client_error() => Ok(Answer::Dead(status.to_string())),
        status if status.is_server_error() => Err(status.to_string()),
        _ => Ok(Answer::Page(resolved.collect())),
    })
}
