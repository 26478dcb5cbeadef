//! The links of a page, roughly: enough for a site that is well-behaved.

/// What stands in the `href` attributes of a page.
pub(crate) fn hrefs(page: &str) -> impl Iterator<Item = &str> {
    page.split("href=").skip(1).filter_map(|rest| {
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        rest[1..].split_once(quote).map(|(href, _)| href)
    })
}

/// The path on `host` that a link on the page `base` leads to; `None` where it leads elsewhere.
pub(crate) fn resolve(host: &str, base: &str, href: &str) -> Option<String> {
    let href = href.split('#').next()?.trim();
    if href.is_empty() {
        return None;
    }
    let absolute = href.strip_prefix("http://").or(href.strip_prefix("//"));
    let path = match absolute {
        Some(url) => match url.strip_prefix(host)? {
            "" => "/",
            path => path,
        },
        None => href,
    };
    if path.starts_with('/') {
        return Some(path.to_owned());
    }
    if absolute.is_some() || path.split('/').next()?.contains(':') {
        return None; // another host that begins the same; mailto: and the like
    }
    let mut folders: Vec<&str> = base.split('/').collect();
    folders.pop(); // the page itself
    for part in path.split('/') {
        match part {
            "." => {}
            ".." if folders.len() > 1 => drop(folders.pop()),
            ".." => {}
            _ => folders.push(part),
        }
    }
    if matches!(path.rsplit('/').next(), Some("." | "..")) {
        folders.push(""); // a folder
    }
    Some(folders.join("/"))
}
