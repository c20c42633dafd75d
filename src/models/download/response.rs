//! One request and its answer, on a thread of its own, so that whoever waits can stop waiting at any time.
//!
//! A blocking read cannot be interrupted on every system. The thread of a request that nobody waits for any more
//! ends by itself when its server speaks or its time is over; it holds no file.

use std::io::Read as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use ureq::http::{HeaderMap, Uri};

use super::faults::{self, Fault};
use super::hub::Hub;
use base::Error;

/// How often a waiting caller looks whether it should stop.
const LOOK: Duration = Duration::from_millis(50);
/// The size of the pieces in which a body is handed over.
const PIECE: usize = 128 << 10;
/// Pieces that may wait; with more, the network waits for the disk.
const WAITING: usize = 4;
/// How many times a server may send us elsewhere.
const REDIRECTS: usize = 8;

#[derive(Debug, Clone, Default)]
pub(super) struct Request {
    pub address: String,
    /// Send only what comes after so many bytes.
    pub from: u64,
    /// Only if the file still has this etag; else send all of it.
    pub if_etag: Option<String>,
}

/// The head of an answer, read with distrust: a line that is not of its form counts as absent.
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
    fn new(status: u16, headers: &HeaderMap) -> Self {
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

pub(super) struct Response {
    pub head: Head,
    pieces: Receiver<Result<Vec<u8>, Fault>>,
}

impl Response {
    /// Sends a request and waits for the head of its answer.
    pub fn open(hub: &Hub, request: Request, stop: &AtomicBool) -> Result<Self, Fault> {
        let (answer, answered) = bounded(1);
        let (sender, pieces) = bounded(WAITING);
        let hub = hub.clone();
        let run = move || match ask(&hub, &request) {
            Ok((head, body)) => {
                if answer.send(Ok(head)).is_ok() {
                    hand_over(body, &sender);
                }
            }
            Err(fault) => {
                let _ = answer.send(Err(fault));
            }
        };
        let thread = std::thread::Builder::new().name("pseudoword-download".into()).spawn(run);
        thread.map_err(|e| Error::Internal(format!("the system gives no thread ({e})")))?;
        let head = wait(&answered, stop)?.unwrap_or_else(|| Err(Fault::retry("the connection was cut")))?;
        Ok(Self { head, pieces })
    }

    /// The next piece of the body; `None` at its end.
    pub fn next(&self, stop: &AtomicBool) -> Result<Option<Vec<u8>>, Fault> {
        wait(&self.pieces, stop)?.transpose()
    }
}

/// The next of a channel, or `None` at its end; looks up now and then whether to stop.
fn wait<T>(channel: &Receiver<T>, stop: &AtomicBool) -> Result<Option<T>, Fault> {
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err(Fault::Stopped);
        }
        match channel.recv_timeout(LOOK) {
            Ok(value) => return Ok(Some(value)),
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

fn hand_over(mut body: ureq::BodyReader<'static>, sender: &Sender<Result<Vec<u8>, Fault>>) {
    loop {
        let mut piece = vec![0; PIECE];
        let piece = match body.read(&mut piece) {
            Ok(0) => return,
            Ok(length) => {
                piece.truncate(length);
                Ok(piece)
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => Err(faults::below(&ureq::Error::from(error))),
        };
        let last = piece.is_err();
        if sender.send(piece).is_err() || last {
            return;
        }
    }
}

/// Asks, and follows where the server sends us.
fn ask(hub: &Hub, request: &Request) -> Result<(Head, ureq::BodyReader<'static>), Fault> {
    let lost = || {
        let fault = "The server sends this program to an address that it cannot follow";
        Fault::fatal(fault, "Try again later, or check the variable HF_ENDPOINT if it is set.")
    };
    let mut address: Uri = request.address.parse().map_err(|_| lost())?;
    for _ in 0..=REDIRECTS {
        let mut call = hub.agent.get(&address);
        if let Some(token) = hub.token_for(&address) {
            call = call.header("Authorization", format!("Bearer {token}"));
        }
        if request.from > 0 {
            call = call.header("Range", format!("bytes={}-", request.from));
            if let Some(etag) = &request.if_etag {
                call = call.header("If-Range", etag);
            }
        }
        let answer = call.call().map_err(|error| faults::unanswered(&error))?;
        let status = answer.status().as_u16();
        if matches!(status, 301 | 302 | 303 | 307 | 308) {
            let location = answer.headers().get("location").and_then(|value| value.to_str().ok());
            address = location.and_then(|location| elsewhere(&address, location)).ok_or_else(lost)?;
            continue;
        }
        let head = Head::new(status, answer.headers());
        return Ok((head, answer.into_body().into_reader()));
    }
    Err(lost())
}

/// Where a redirect leads; never from an encrypted connection to an open one.
fn elsewhere(from: &Uri, location: &str) -> Option<Uri> {
    let next: Uri = if location.starts_with('/') && !location.starts_with("//") {
        let (scheme, authority) = (from.scheme_str()?, from.authority()?);
        format!("{scheme}://{authority}{location}").parse().ok()?
    } else {
        location.parse().ok()?
    };
    let safe = match (from.scheme_str(), next.scheme_str()?) {
        (Some("https"), scheme) => scheme == "https",
        (_, scheme) => matches!(scheme, "http" | "https"),
    };
    safe.then_some(next)
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

    #[test]
    fn redirects_lead_where_they_may() {
        let from = |address: &str| address.parse::<Uri>().unwrap();
        let to = |base: &str, location: &str| elsewhere(&from(base), location).map(|uri| uri.to_string());
        assert_eq!(to("https://a:1/x/y", "/z?q").as_deref(), Some("https://a:1/z?q"));
        assert_eq!(to("https://a/x", "https://b/z").as_deref(), Some("https://b/z"));
        assert_eq!(to("http://a/x", "https://b/z").as_deref(), Some("https://b/z"));
        for bad in ["http://a/x", "//b/x", "z", "ftp://b/x", "file:///etc/passwd", "", "\u{7}"] {
            assert_eq!(to("https://a/x", bad), None, "{bad}");
        }
    }
}
