//! What can go wrong on the way, told apart by what to do about it, and in words.
//!
//! Neither addresses with signatures nor tokens get into a sentence.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::response::Head;
use base::Error;

/// Why a request or a transfer did not succeed.
#[derive(Debug)]
pub(super) enum Fault {
    /// It may work when tried again, after this long if the server says so.
    Retry(String, Option<Duration>),
    /// It will not.
    Fatal(Error),
    /// The artist asked to stop.
    Stopped,
}

impl Fault {
    pub fn fatal(fault: impl Into<String>, remedy: &str) -> Self {
        Self::Fatal(Error::network(fault, remedy))
    }

    pub fn retry(why: impl Into<String>) -> Self {
        Self::Retry(why.into(), None)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Fatal(error)
    }
}

/// The remedy where only the connection is to blame.
pub(super) const CONNECTION: &str =
    "Check the connection to the internet, then resume the download: what has come is kept.";

/// A failure to get any answer. What ends a connection that was there is told from what lets none come about, for which
/// systems have many reasons.
pub(super) fn unanswered(error: &ureq::Error) -> Fault {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};

    match error {
        ureq::Error::Io(error)
            if !matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof) =>
        {
            let plain = plain(error);
            Fault::retry(format!("the server cannot be reached; the computer may be offline ({plain})"))
        }
        ureq::Error::ConnectionFailed => {
            Fault::retry("the server cannot be reached; the computer may be offline")
        }
        other => below(other),
    }
}

/// The first line of what the system says.
fn plain(error: &io::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().chars().take(120).collect()
}

/// A failure below HTTP.
pub(super) fn below(error: &ureq::Error) -> Fault {
    use ureq::Error as E;

    match error {
        E::HostNotFound => Fault::retry("the server cannot be found; the computer may be offline"),
        E::Timeout(_) => Fault::retry("the server did not answer in time"),
        E::Io(error) => {
            let plain = plain(error);
            Fault::retry(format!("the connection was cut ({plain})"))
        }
        E::Tls(_) | E::Rustls(_) | E::Pem(_) | E::TlsRequired => {
            let remedy =
                "Check the computer's date and whether a program or proxy intercepts its connections.";
            Fault::fatal("The server cannot prove who it is, so nothing was sent to it", remedy)
        }
        E::ConnectProxyFailed(_) => {
            let remedy =
                "Check the variables HTTPS_PROXY and NO_PROXY, and whether the proxy asks for a password.";
            Fault::fatal("The proxy lets no connection through", remedy)
        }
        _ => Fault::retry("the server answered in a way that is not HTTP"),
    }
}

/// An answer that is not the file.
pub(super) fn status(head: &Head, what: &str, has_token: bool) -> Fault {
    match head.status {
        401 if has_token => Fault::fatal(
            format!("The server does not accept the access token for {what} (401)"),
            "Make a new token at https://huggingface.co/settings/tokens and put it into the variable HF_TOKEN.",
        ),
        401 => Fault::fatal(
            format!("The server asks who you are before it gives {what} (401)"),
            "Accept the model's licence on its page, make an access token at \
             https://huggingface.co/settings/tokens, and put it into the variable HF_TOKEN.",
        ),
        403 => Fault::fatal(
            format!("The server refuses {what} (403)"),
            "Open the model's page while signed in, accept its licence, and check that your access token may read it.",
        ),
        404 | 410 => Fault::fatal(
            format!("The server has no {what} ({})", head.status),
            "It may have been moved or renamed; check the model's page, or the variable HF_ENDPOINT if it is set.",
        ),
        429 => Fault::Retry("the server has too many requests to answer (429)".into(), head.retry_after),
        408 | 425 | 500..=599 => {
            Fault::Retry(format!("the server is in trouble ({})", head.status), head.retry_after)
        }
        other => Fault::fatal(
            format!("The server answered {what} with {other}, which says nothing to this program"),
            "Try again later, or check the variable HF_ENDPOINT if it is set.",
        ),
    }
}

/// A failure to write what has come.
pub(super) fn disk(path: &Path, error: io::Error) -> Fault {
    // Some systems say it only by number: no space, and over the quota.
    let numbers: &[i32] = if cfg!(windows) { &[39, 112] } else { &[28, 122, 69] };
    let full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
        || error.raw_os_error().is_some_and(|number| numbers.contains(&number));
    if full {
        let fault = format!("The disk of {} is full", path.parent().unwrap_or(path).display());
        let remedy = "Free some room, then resume the download: what has come is kept.";
        return Fault::fatal(fault, remedy);
    }
    Fault::Fatal(Error::write(path, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use io::ErrorKind;

    #[test]
    fn what_was_never_reached_was_not_cut() {
        let of = |error: io::Error| match unanswered(&ureq::Error::Io(error)) {
            Fault::Retry(why, None) => why,
            other => panic!("{other:?}"),
        };
        let unknown = io::Error::other("failed to lookup address information: Name or service not known");
        for error in [ErrorKind::ConnectionRefused.into(), ErrorKind::NetworkUnreachable.into(), unknown] {
            let why = of(error);
            assert!(why.starts_with("the server cannot be reached"), "{why}");
        }
        let why = of(ErrorKind::ConnectionReset.into());
        assert!(why.starts_with("the connection was cut"), "{why}");
    }
}
