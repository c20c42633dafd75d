//! The head of a server's answer: what of it matters to a download.
//!
//! It is read with distrust; a line that is not of its form counts as absent.

use std::time::Duration;

use ureq::http::HeaderMap;

/// The head of an answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Head {
    pub status: u16,
    /// The length of the body, if announced.
    pub length: Option<u64>,
    /// Where the body begins in the file, and how long the file is, for a part of one.
    pub range: Option<(u64, Option<u64>)>,
    /// What marks this version of the file, fit to be compared.
    pub etag: Option<String>,
    /// How long to wait before asking again.
    pub retry_after: Option<Duration>,
}

impl Head {
    /// Reads the lines of a head; what cannot be understood counts as not said.
    pub fn new(status: u16, headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let range = || {
            let (span, total) = text("content-range")?.strip_prefix("bytes ")?.split_once('/')?;
            Some((span.split_once('-')?.0.parse().ok()?, total.parse().ok()))
        };
        Self {
            status,
            length: text("content-length").and_then(|length| length.parse().ok()),
            range: range(),
            // A weak etag says "about the same", which is not enough to join two halves.
            etag: text("etag").filter(|etag| etag.starts_with('"') && etag.len() < 1000).map(str::to_owned),
            retry_after: text("retry-after").and_then(|wait| wait.parse().ok()).map(Duration::from_secs),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_with_distrust() {
        let read = |lines: &[(&'static str, &'static str)]| {
            let headers = lines.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            Head::new(206, &headers.collect())
        };
        let good = read(&[("content-range", "bytes 5-9/10"), ("etag", "\"a\""), ("retry-after", "3")]);
        assert_eq!((good.range, good.etag.as_deref()), (Some((5, Some(10))), Some("\"a\"")));
        assert_eq!(good.retry_after, Some(Duration::from_secs(3)));
        let bad = read(&[("content-range", "bytes x-9/10"), ("etag", "W/\"a\""), ("content-length", "-1")]);
        assert_eq!((bad.range, bad.etag, bad.length), (None, None, None));
        assert_eq!(read(&[("content-range", "bytes 0-9/*")]).range, Some((0, None)));
    }
}
