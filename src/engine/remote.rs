//! The machine in the next room: computing on the device that it lends.
//!
//! Sessions, encryption and the list of what travels are burn's; this knows the tokens, and turns what goes wrong into
//! sentences. Nothing goes unencrypted unless it is asked for by name.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use base::{Error, Result};
use burn::remote::{ConnectError, EndpointId, IrohHost, IrohRelays, RemoteHost};
use burn::tensor::Device;
use kernels::remote;
use project::DataDir;
use project::machines::Machines;

use crate::choice::Host;
use crate::device::OpenDevice;
use crate::lending::BREAK;
use crate::message::{DeviceChoice, DeviceInfo};

/// Names the file with the token of other machines, for scripts.
const TOKEN_FILE: &str = "PSEUDOWORD_TOKEN_FILE";

/// What to do about a machine that answers and does not let this program compute.
const COPY_TOKEN: &str = "Copy the token file from that machine and name it with --token-file.";
const SAME_VERSION: &str = "Install the same version on both machines.";

static TOKENS: Mutex<Vec<(Host, String)>> = Mutex::new(Vec::new());

/// The number of a session that was never opened. Each that was tried keeps a thread for as long as the program runs, and one
/// may be tried for days, so it is tried by the same number.
static UNOPENED: Mutex<Option<u64>> = Mutex::new(None);

/// Gives the token that a machine asks for, for as long as the program runs.
pub fn give_token(host: Host, token: String) {
    let mut tokens = TOKENS.lock().unwrap_or_else(PoisonError::into_inner);
    tokens.retain(|(known, _)| *known != host);
    tokens.push((host, token));
}

/// Opens the device that `host` lends: each time a session of its own, because one that was cut stays cut.
///
/// # Errors
/// [`Error::Device`] if it cannot be reached, does not let us in or speaks another version.
pub(crate) fn open(host: Host) -> Result<OpenDevice> {
    let (token, target, nth) = (token(host)?, target(host)?, number());
    let credential = format!("{token}{}{}-{nth}", char::from(BREAK), std::process::id());
    let device = Device::remote_options(&target.with_credential(credential)).init().map_err(|error| {
        give_back(nth);
        refused(host, &error)
    })?;
    let about = remote::about(&device)
        .ok_or_else(|| Error::Internal("a device of another machine says nothing of itself".into()))?;
    if about.version != remote::VERSION {
        let (theirs, ours) = (about.version, remote::VERSION);
        return Err(other_version(
            host,
            &format!("it knows operations of version {theirs}, this program {ours}"),
        ));
    }
    let on_processor = about.panel_width > 0;
    let name = host.name().split_once('@').map_or(host.name(), |(_, address)| address);
    let info = DeviceInfo {
        choice: DeviceChoice::Remote(host),
        name: name.trim_start_matches("ws://").into(),
        api: "remote".into(),
        kind: if on_processor { "another machine's processor" } else { "another machine's card" }.into(),
        driver: if host.is_encrypted() { "encrypted" } else { "not encrypted" }.into(),
        software: on_processor,
        memory: None,
    };
    Ok(OpenDevice { device, info })
}

/// A number that no session has.
fn number() -> u64 {
    static SESSIONS: AtomicU64 = AtomicU64::new(0);
    let unopened = UNOPENED.lock().unwrap_or_else(PoisonError::into_inner).take();
    unopened.unwrap_or_else(|| SESSIONS.fetch_add(1, Ordering::Relaxed))
}

/// Lets the next session have a number by which none was opened.
fn give_back(number: u64) {
    *UNOPENED.lock().unwrap_or_else(PoisonError::into_inner) = Some(number);
}

/// Whether a machine answered and will not let this program compute until somebody does something about it.
pub(crate) fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::Device(_, remedy) if [COPY_TOKEN, SAME_VERSION].contains(&remedy.as_str()))
}

/// What was given for `host`, else what is remembered of it, else what the file named by `PSEUDOWORD_TOKEN_FILE` holds;
/// nothing without any.
fn token(host: Host) -> Result<String> {
    let given = TOKENS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, token)) = given.iter().find(|(known, _)| *known == host) {
        return Ok(token.clone());
    }
    drop(given);
    let known = Machines::load(&DataDir::usual());
    if let Some(token) = known.token(&DeviceChoice::Remote(host).to_string()) {
        return Ok(token.into());
    }
    std::env::var_os(TOKEN_FILE).map_or_else(|| Ok(String::new()), |path| read_token(Path::new(&path)))
}

/// The token in a file.
///
/// # Errors
/// [`Error::Io`] if it cannot be read.
pub fn read_token(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map(|text| text.trim().into()).map_err(|error| Error::read(path, error))
}

fn target(host: Host) -> Result<RemoteHost> {
    if !host.is_encrypted() {
        return Ok(RemoteHost::websocket(host.name()));
    }
    let unknown = |what: String| Error::device(what, "Copy the line that `pseudoword serve` prints there.");
    let (id, address) = host.name().split_once('@').unzip();
    let id = id.unwrap_or(host.name());
    let id: EndpointId = id.parse().map_err(|error| unknown(format!("{id} is no machine's id ({error})")))?;
    let Some(address) = address else { return Ok(RemoteHost::iroh(IrohHost::from(id))) };
    let found = std::net::ToSocketAddrs::to_socket_addrs(address);
    let found: Vec<SocketAddr> =
        found.map_err(|error| unknown(format!("{address} could not be found ({error})")))?.collect();
    let host = IrohHost::from(id).with_relays(IrohRelays::Disabled);
    Ok(RemoteHost::iroh(found.into_iter().fold(host, IrohHost::with_address)))
}

fn other_version(host: Host, what: &str) -> Error {
    Error::device(format!("{} is another version of Pseudoword: {what}", host.name()), SAME_VERSION)
}

fn refused(host: Host, error: &ConnectError) -> Error {
    let name = host.name();
    match error {
        ConnectError::Unauthorized => Error::device(
            format!("{name} does not let this program in: the token is missing or is another one"),
            COPY_TOKEN,
        ),
        ConnectError::IncompatibleProtocol { .. } => other_version(host, &error.to_string()),
        _ => Error::device(
            format!("{name} cannot be reached ({error})"),
            "See that `pseudoword serve` is running there and that no firewall is between; then try again.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_by_itself_is_tried_again_and_by_the_same_session() {
        let host: Host = "ws://studio:9234".parse().unwrap();
        let away = refused(host, &ConnectError::Unreachable { reason: "nobody answers".into() });
        assert!(!is_refusal(&away) && !is_refusal(&Error::Cancelled), "{away}");
        let other = ConnectError::IncompatibleProtocol { client_version: 2, server_version: 1 };
        for error in [ConnectError::Unauthorized, other] {
            let refused = refused(host, &error);
            assert!(is_refusal(&refused), "{refused}");
        }
        let tried = number();
        give_back(tried);
        assert_eq!(number(), tried);
        assert_ne!(number(), tried);
    }
}
