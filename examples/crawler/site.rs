//! A site to crawl, served on loopback. Some of its pages are slow, some fail at first, one always
//! does, and some links lead nowhere.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// How many sections the site has, and pages each section.
const SECTIONS: usize = 6;
const PAGES: usize = 12;
/// How long a slow page takes.
const SLOW: Duration = Duration::from_millis(50);
/// How often a flaky page fails before it works.
const FAILURES: usize = 2;

/// What a page does before it answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Quick,
    Slow,
    Flaky,
    Broken,
}

struct Page {
    manner: Manner,
    links: Vec<String>,
    /// How often it was asked for.
    visits: AtomicUsize,
}

/// The pages, by path.
pub(crate) struct Site(BTreeMap<String, Page>);

impl Site {
    pub(crate) fn new() -> Self {
        let mut pages = BTreeMap::new();
        let mut add = |path: String, manner, links| {
            let visits = AtomicUsize::new(0);
            pages.insert(
                path,
                Page {
                    manner,
                    links,
                    visits,
                },
            );
        };
        let sections = (0..SECTIONS).map(|s| format!("/section/{s}/")).collect();
        add("/".into(), Manner::Quick, sections);
        for section in 0..SECTIONS {
            let mut links = vec!["/".into(), "#top".into(), "mailto:a@example.org".into()];
            links.extend((0..PAGES).map(|page| format!("page{page}.html"))); // relative ones
            add(format!("/section/{section}/"), Manner::Quick, links);
            for page in 0..PAGES {
                let manner = match (section, page) {
                    (2, 7) => Manner::Broken,
                    (_, 3) => Manner::Slow,
                    (_, 5) => Manner::Flaky,
                    _ => Manner::Quick,
                };
                let next = format!("page{}.html#middle", (page + 1) % PAGES);
                let mut links = vec![next, ".".into(), "../..".into()];
                if page == 9 {
                    links.push(format!("/gone/{section}"));
                }
                add(format!("/section/{section}/page{page}.html"), manner, links);
            }
        }
        Self(pages)
    }

    /// The pages that work, if only in the end.
    pub(crate) fn working(&self) -> BTreeSet<String> {
        self.paths(|page| page.manner != Manner::Broken)
    }

    /// The pages that never work.
    pub(crate) fn broken(&self) -> BTreeSet<String> {
        self.paths(|page| page.manner == Manner::Broken)
    }

    /// The links that lead nowhere.
    pub(crate) fn dead(&self) -> BTreeSet<String> {
        let links = self.0.values().flat_map(|page| &page.links);
        links
            .filter(|link| link.starts_with("/gone/"))
            .cloned()
            .collect()
    }

    /// How often a page failed that works in the end.
    pub(crate) fn failures(&self) -> usize {
        self.paths(|page| page.manner == Manner::Flaky).len() * FAILURES
    }

    /// The pages that were asked for more often than they had to be.
    pub(crate) fn asked_too_often(&self) -> BTreeSet<String> {
        self.paths(|page| {
            let needed = match page.manner {
                Manner::Quick | Manner::Slow => 1,
                Manner::Flaky => 1 + FAILURES,
                Manner::Broken => usize::MAX,
            };
            page.visits.load(Ordering::Relaxed) > needed
        })
    }

    fn paths(&self, which: impl Fn(&Page) -> bool) -> BTreeSet<String> {
        let pages = self.0.iter().filter(|(_, page)| which(page));
        pages.map(|(path, _)| path.clone()).collect()
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let Some(page) = self.0.get(request.uri().path()) else {
            return response(StatusCode::NOT_FOUND, String::new());
        };
        let visits = page.visits.fetch_add(1, Ordering::Relaxed);
        match page.manner {
            Manner::Slow => tokio::time::sleep(SLOW).await,
            Manner::Flaky if visits >= FAILURES => {}
            Manner::Quick => {}
            _ => return response(StatusCode::SERVICE_UNAVAILABLE, String::new()),
        }
        let links = page.links.iter();
        let links = links.map(|link| format!("<a href=\"{link}\">here</a>\n"));
        response(StatusCode::OK, links.collect())
    }
}

fn response(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let response = Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "text/html");
    response.body(body.into()).expect("the parts are valid")
}

/// Serves the site on loopback as long as the runtime lives.
pub(crate) fn serve(site: Arc<Site>, runtime: &Runtime) -> io::Result<SocketAddr> {
    let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    let address = listener.local_addr()?;
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let site = site.clone();
            tokio::spawn(async move {
                let service =
                    service_fn(|request| async { Ok::<_, Infallible>(site.answer(request).await) });
                let connection = http1::Builder::new();
                connection
                    .serve_connection(TokioIo::new(stream), service)
                    .await
            });
        }
    });
    Ok(address)
}
