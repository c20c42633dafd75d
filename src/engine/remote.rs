//! The machine in the next room: computing on the device that it lends.
//!
//! Sessions, encryption and the list of what travels are burn's; this knows the tokens, waits no longer than a person
//! would, and turns what goes wrong into sentences. Nothing goes unencrypted unless it is asked for by name. The length is
//! that of its tests.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base::{Error, FileKind, Result, text_file};
use burn::remote::{ConnectError, EndpointId, IrohHost, RemoteHost};
use burn::tensor::Device;
use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use kernels::remote;
use project::DataDir;
use project::machines::Machines;

use crate::choice::Host;
use crate::device::{self, OpenDevice, guarded};
use crate::lending::BREAK;
use crate::line;
use crate::message::{DeviceChoice, DeviceInfo};
use crate::wire;

/// Names the file with the token of other machines, for scripts.
const TOKEN_FILE: &str = "PSEUDOWORD_TOKEN_FILE";

/// What to do about a machine that answers and does not let this program compute.
const COPY_TOKEN: &str = "Copy the token file from that machine and name it with --token-file.";
const SAME_VERSION: &str = "Install the same version on both machines.";

/// How a machine is written to which nothing is encrypted.
const UNENCRYPTED: &str = "ws://";

static TOKENS: Mutex<Vec<(Host, String)>> = Mutex::new(Vec::new());

/// How long a machine may say nothing. Where nobody listens any more it is tried for nearly as long, and more is said.
const PATIENCE: Duration = Duration::from_secs(17);

/// How long an open session may take to answer, where others compute too. One that was cut without a word never does.
const ANSWERS: Duration = Duration::from_secs(8);

/// How often whoever waits for a machine looks whether to go on.
const LOOK: Duration = Duration::from_millis(100);

/// After so long a try that was given up is no longer waited for: that machine may have vanished in the midst of it.
const STALE: Duration = Duration::from_mins(10);

/// Numbers of sessions. Each that was tried keeps a thread for as long as the program runs, and a machine may be tried for
/// days, so one that was never opened is used again.
struct Numbers(Mutex<(u64, Vec<u64>)>);

static NUMBERS: Numbers = Numbers::new();

impl Numbers {
    const fn new() -> Self {
        Self(Mutex::new((0, Vec::new())))
    }

    /// A number that no session has.
    fn take(&self) -> u64 {
        let (next, unopened) = &mut *locked(&self.0);
        unopened.pop().unwrap_or_else(|| {
            *next += 1;
            *next - 1
        })
    }

    /// Lets the next session have a number by which none was opened.
    fn give_back(&self, number: u64) {
        locked(&self.0).1.push(number);
    }
}

/// The sessions that are open, by the machine and the token that opened each.
static SESSIONS: Mutex<Vec<(Host, String, OpenDevice)>> = Mutex::new(Vec::new());

/// Tries that nobody waits for at the moment.
static ATTEMPTS: Mutex<Vec<Attempt>> = Mutex::new(Vec::new());

/// A try to reach a machine. It cannot be broken off, so it has a thread, and whoever gave it up finds it again.
struct Attempt {
    host: Host,
    token: String,
    begun: Instant,
    answer: Receiver<Result<OpenDevice>>,
}

impl Attempt {
    /// The one that is under way, else another.
    fn at(host: Host, token: String) -> Result<Self> {
        let mut all = locked(&ATTEMPTS);
        // What was answered to nobody is of yesterday.
        all.retain(|attempt| attempt.answer.is_empty() && attempt.begun.elapsed() < STALE);
        if let Some(at) = all.iter().position(|attempt| attempt.host == host && attempt.token == token) {
            return Ok(all.remove(at));
        }
        drop(all);
        let shown = token.clone();
        let answer = apart(move || guarded(|| reach(host, &shown, remote::VERSION)))?;
        Ok(Self { host, token, begun: Instant::now(), answer })
    }

    /// Its end, if that comes within `patience` and `go_on` lets it; else it is left for whoever tries next.
    fn wait(self, patience: Duration, go_on: &mut dyn FnMut() -> Result<()>) -> Result<OpenDevice> {
        let until = Instant::now() + patience;
        loop {
            let over = match self.answer.recv_timeout(LOOK) {
                Ok(answer) => return answer,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::Internal("another machine was tried without an end".into()));
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() > until => Err(silent(self.host, patience)),
                Err(RecvTimeoutError::Timeout) => go_on(),
            };
            if let Err(error) = over {
                locked(&ATTEMPTS).push(self);
                return Err(error);
            }
        }
    }
}

/// What something comes to that cannot be broken off, from a thread of its own.
fn apart<T: Send + 'static>(what: impl FnOnce() -> T + Send + 'static) -> Result<Receiver<T>> {
    let (tell, answer) = bounded(1);
    let run = move || {
        // Whoever gave up hears nothing.
        let _ = tell.send(what());
    };
    let thread = std::thread::Builder::new().name("pseudoword-apart".into()).spawn(run);
    thread.map_err(|error| Error::Internal(format!("the system gives no thread ({error})")))?;
    Ok(answer)
}

/// Whether something says yes, and that within `patience`.
pub(crate) fn says_yes(patience: Duration, ask: impl FnOnce() -> bool + Send + 'static) -> bool {
    apart(ask).is_ok_and(|answer| answer.recv_timeout(patience).unwrap_or(false))
}

pub(crate) fn locked<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives the token that a machine asks for, for as long as the program runs.
pub fn give_token(host: Host, token: String) {
    let mut tokens = locked(&TOKENS);
    tokens.retain(|(known, _)| *known != host);
    tokens.push((host, token));
}

/// Opens the device that `host` lends, or gives the one that is open there and still answers. While that takes, `go_on` is
/// asked again and again whether to wait.
///
/// # Errors
/// [`Error::Device`] if it cannot be reached, says nothing, does not let us in or speaks another version; what `go_on` says.
pub(crate) fn open(host: Host, go_on: &mut dyn FnMut() -> Result<()>) -> Result<OpenDevice> {
    open_within(PATIENCE, host, go_on)
}

fn open_within(patience: Duration, host: Host, go_on: &mut dyn FnMut() -> Result<()>) -> Result<OpenDevice> {
    Attempt::at(host, token(host)?)?.wait(patience, go_on)
}

/// The session with `host`, opened unless there is one: a cut one stays cut, and another takes its place. One with a machine
/// of another version than `ours` is used for nothing and kept, for it cannot be closed, and each further try would leave
/// another there.
fn reach(host: Host, token: &str, ours: u32) -> Result<OpenDevice> {
    // It is not listed while it is asked: the next try must not wait for one that never answers.
    let mut sessions = locked(&SESSIONS);
    let at = sessions.iter().position(|(known, shown, _)| *known == host && shown == token);
    let known = at.map(|at| sessions.swap_remove(at).2);
    drop(sessions);
    let answers = |open: &OpenDevice| {
        let asked = open.clone();
        says_yes(ANSWERS, move || device::answers(&asked))
    };
    let open = match known.filter(answers) {
        Some(open) => open,
        None => connect(host, token)?,
    };
    locked(&SESSIONS).push((host, token.into(), open.clone()));
    let theirs = about(&open.device)?.version;
    if theirs == ours {
        return Ok(open);
    }
    Err(other_version(host, &format!("it knows operations of version {theirs}, this program {ours}")))
}

fn about(device: &Device) -> Result<remote::About> {
    let silent = || Error::Internal("a device of another machine says nothing of itself".into());
    remote::about(device).ok_or_else(silent)
}

/// Opens a session of its own.
fn connect(host: Host, token: &str) -> Result<OpenDevice> {
    let (target, nth) = (target(host)?, NUMBERS.take());
    let credential = format!("{token}{}{}-{nth}", char::from(BREAK), std::process::id());
    let device = Device::remote_options(&target.with_credential(credential)).init().map_err(|error| {
        NUMBERS.give_back(nth);
        refused(host, &error)
    })?;
    let on_processor = about(&device)?.panel_width > 0;
    let name = host.name().split_once('@').map_or(host.name(), |(_, address)| address);
    let info = DeviceInfo {
        choice: DeviceChoice::Remote(host),
        name: name.trim_start_matches(UNENCRYPTED).into(),
        api: "remote".into(),
        kind: if on_processor { "another machine's processor" } else { "another machine's card" }.into(),
        driver: if host.is_encrypted() { "encrypted" } else { "not encrypted" }.into(),
        software: on_processor,
        memory: None,
    };
    Ok(OpenDevice { device, info })
}

/// Whether what keeps this program from a machine may pass by itself: nobody need do anything about it here, and that
/// machine did not turn it away.
pub(crate) fn may_pass(error: &Error) -> bool {
    match error {
        Error::Device(_, remedy) => ![COPY_TOKEN, SAME_VERSION].contains(&remedy.as_str()),
        Error::Internal(_) => true,
        _ => false,
    }
}

/// What was given for `host`, else what is remembered of it, else what the file named by `PSEUDOWORD_TOKEN_FILE` holds;
/// nothing without any.
fn token(host: Host) -> Result<String> {
    let given = locked(&TOKENS);
    if let Some((_, token)) = given.iter().find(|(known, _)| *known == host) {
        return Ok(token.clone());
    }
    drop(given);
    let known = Machines::load(&DataDir::usual());
    if let Some(token) = known.token(&DeviceChoice::Remote(host).to_string()) {
        return Ok(token.into());
    }
    let named = std::env::var_os(TOKEN_FILE).filter(|path| !path.is_empty());
    named.map_or_else(|| Ok(String::new()), |path| read_token(Path::new(&path)))
}

/// The token in a file, whatever editor saved it.
///
/// # Errors
/// [`Error::Io`] if it cannot be read; [`Error::File`] if it is no text, or far too long.
pub fn read_token(path: &Path) -> Result<String> {
    text_file::read(FileKind::Settings, path).map(|text| text.trim().into())
}

fn target(host: Host) -> Result<RemoteHost> {
    if let Some(address) = host.name().strip_prefix(UNENCRYPTED) {
        let led = wire::lead(address).map_err(|error| away(host, &error))?;
        return Ok(RemoteHost::websocket(&led));
    }
    let unknown = |what: String| Error::device(what, "Copy the line that `pseudoword serve` prints there.");
    let (id, address) = host.name().split_once('@').unzip();
    let id = id.unwrap_or(host.name());
    let id: EndpointId = id.parse().map_err(|error| unknown(format!("{id} is no machine's id ({error})")))?;
    let machine = |public| match line::endpoint(public) {
        Ok(from) => Ok(IrohHost::from(id).with_endpoint(from)),
        Err(error) => Err(away(host, &error)),
    };
    let Some(address) = address else { return machine(true).map(RemoteHost::iroh) };
    let found = std::net::ToSocketAddrs::to_socket_addrs(address);
    let found: Vec<SocketAddr> = found.map_err(|error| unnamed(address, &error))?.collect();
    Ok(RemoteHost::iroh(found.into_iter().fold(machine(false)?, IrohHost::with_address)))
}

fn unnamed(address: &str, error: &std::io::Error) -> Error {
    Error::device(
        format!("{address} could not be found ({error})"),
        "See that this computer is on that network, or write the address in numbers, as in 192.168.1.5:9234.",
    )
}

fn silent(host: Host, patience: Duration) -> Error {
    Error::device(
        format!(
            "{} cannot be reached: nothing was answered within {} seconds",
            host.name(),
            patience.as_secs()
        ),
        "See that `pseudoword serve` is running there, on that port, and that no firewall is between; then try again.",
    )
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
        _ => away(host, error),
    }
}

fn away(host: Host, what: &dyn std::fmt::Display) -> Error {
    Error::device(
        format!("{} cannot be reached ({what})", host.name()),
        "See that `pseudoword serve` is running there and that no firewall is between; then try again.",
    )
}

/// A job that ended because its machine went away, or was not heard of any more.
pub(crate) fn cut(device: &DeviceInfo) -> Error {
    Error::device(
        format!("The connection to {} was cut", device.name),
        "See that it is on and that `pseudoword serve` is running there; then try again.",
    )
}

#[cfg(test)]
#[allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "servers of the test, on this computer, in threads that live as long as it does"
)]
mod tests {
    use std::io::ErrorKind;
    use std::net::TcpListener;

    use super::*;
    use burn::server::WebSocketTransport;

    /// A port that is listened on, as a machine that wants no token.
    fn listening() -> (TcpListener, Host) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host: Host = format!("ws://{}", listener.local_addr().unwrap()).parse().unwrap();
        give_token(host, "shown".into());
        (listener, host)
    }

    #[test]
    fn only_what_may_pass_by_itself_is_tried_again_and_by_the_same_session() {
        let host: Host = "ws://studio:9234".parse().unwrap();
        let away = refused(host, &ConnectError::Unreachable { reason: "nobody answers".into() });
        let cut = Error::Internal("the session was cut".into());
        for passes in [away, silent(host, PATIENCE), cut] {
            assert!(may_pass(&passes), "{passes}");
        }
        let no_token = read_token(Path::new("no such token")).unwrap_err();
        for stays in [no_token, Error::Cancelled] {
            assert!(!may_pass(&stays), "{stays}");
        }
        let other = ConnectError::IncompatibleProtocol { client_version: 2, server_version: 1 };
        for error in [ConnectError::Unauthorized, other] {
            let refused = refused(host, &error);
            assert!(!may_pass(&refused), "{refused}");
        }
        let numbers = Numbers::new();
        assert_eq!([numbers.take(), numbers.take(), numbers.take()], [0, 1, 2]);
        numbers.give_back(0);
        numbers.give_back(1);
        assert_eq!([numbers.take(), numbers.take(), numbers.take()], [1, 0, 3]);
    }

    #[test]
    fn a_machine_that_says_nothing_is_waited_for_only_so_long_and_by_one_try() {
        let (listener, host) = listening();
        let patience = Duration::from_millis(300);
        let start = Instant::now();
        for _ in 0..2 {
            let error = open_within(patience, host, &mut || Ok(())).unwrap_err();
            assert!(error.exit_code() == 6 && error.to_string().contains("nothing was answered"), "{error}");
        }
        let told_to_end = open(host, &mut || Err(Error::Cancelled));
        assert!(matches!(told_to_end, Err(Error::Cancelled)), "{told_to_end:?}");
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
        // All were the same try.
        let (silent, _) = listener.accept().unwrap();
        listener.set_nonblocking(true).unwrap();
        assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
        // What that came to when nobody waited any more is not said of another try.
        drop(silent);
        let until = Instant::now() + Duration::from_secs(10);
        while Instant::now() < until
            && locked(&ATTEMPTS).iter().any(|one| one.host == host && one.answer.is_empty())
        {
            std::thread::sleep(Duration::from_millis(10));
        }
        let again = open_within(patience, host, &mut || Ok(())).unwrap_err();
        assert!(again.to_string().contains("nothing was answered"), "{again}");
        listener.set_nonblocking(false).unwrap();
        assert!(listener.accept().is_ok());
    }

    #[test]
    fn the_session_that_is_open_is_used_again() {
        let (listener, host) = listening();
        let server = remote::server(Device::flex(), None);
        std::thread::spawn(move || server.serve(WebSocketTransport::from_listener(listener)));
        let mut go_on = || Ok(());
        let first = open(host, &mut go_on).unwrap();
        let again = open(host, &mut go_on).unwrap();
        assert_eq!((&again.device, &again.info), (&first.device, &first.info));
        // Another token must be shown: it may be wrong.
        give_token(host, "another".into());
        let other = open(host, &mut go_on).unwrap();
        assert_ne!(other.device, first.device);
        assert_eq!(open(host, &mut go_on).unwrap().device, other.device);
    }

    #[test]
    fn a_session_that_never_answers_is_waited_for_only_so_long() {
        let (_tell, never) = bounded::<bool>(0);
        let start = Instant::now();
        assert!(!says_yes(Duration::from_millis(50), move || never.recv().unwrap_or(true)));
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        assert!(says_yes(PATIENCE, || true) && !says_yes(PATIENCE, || false));
    }

    #[test]
    fn a_machine_of_another_version_is_left_one_session_however_often_it_is_tried() {
        let (listener, host) = listening();
        let server = remote::server(Device::flex(), None);
        std::thread::spawn(move || server.serve(WebSocketTransport::from_listener(listener)));
        let sessions = || -> Vec<Device> {
            let all = locked(&SESSIONS);
            all.iter().filter(|(known, ..)| *known == host).map(|(.., open)| open.device.clone()).collect()
        };
        for _ in 0..2 {
            let other = reach(host, "shown", remote::VERSION + 1).unwrap_err();
            assert!(!may_pass(&other) && other.to_string().contains("another version"), "{other}");
            assert_eq!(sessions().len(), 1);
        }
        let left = sessions();
        assert_eq!(reach(host, "shown", remote::VERSION).unwrap().device, left[0]);
        assert_eq!(sessions(), left);
    }

    #[test]
    fn a_name_that_nobody_has_is_a_sentence() {
        let id = burn::remote::IrohIdentity::random().id();
        // No name has an empty part, so nobody is asked.
        let error = target(format!("{id}@nobody..here:9234").parse().unwrap()).unwrap_err();
        assert!(error.to_string().contains("nobody..here:9234 could not be found"), "{error}");
        assert!(may_pass(&error));
        assert!(target(format!("{id}@[::1]:9234").parse().unwrap()).is_ok());
    }

    #[test]
    fn a_token_is_read_as_editors_save_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        for saved in [&b"s\xC3\xA9cret 1"[..], b"\xEF\xBB\xBFs\xC3\xA9cret 1\r\n", b" \ns\xC3\xA9cret 1\n\n"]
        {
            std::fs::write(&path, saved).unwrap();
            assert_eq!(read_token(&path).unwrap(), "s\u{e9}cret 1");
        }
        std::fs::write(&path, [0x73, 0xE9]).unwrap();
        assert!(read_token(&path).unwrap_err().to_string().contains("UTF-8"));
    }
}
