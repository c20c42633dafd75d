//! Lending this machine's device to others: on which address, to whom, and what they write to compute here.
//!
//! Sessions and encryption are burn's; this decides who is let in. Nobody is without the token. The length is that of its
//! tests.
#![expect(clippy::disallowed_types, reason = "whoever lends a device listens for those who want it")]

use std::error::Error as Fault;
use std::io::{ErrorKind, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use base::atomic::write_private_new;
use base::{Error, FileKind, Result};
use burn::remote::IrohIdentity;
use burn::server::{
    AuthorizationRequest, BURN_REMOTE_ALPN, Endpoint, RemoteServer, ServerLogging, WebSocketTransport,
};
use iroh::endpoint::{BindOpts, QuicTransportConfig, presets};
use iroh::protocol::Router;
use iroh::{RelayMode, SecretKey};
use kernels::remote::{self, Shelf};
use sysinfo::Networks;

use crate::device::OpenDevice;
use crate::tuning;

/// What stands between the token and what makes each session another one.
pub(crate) const BREAK: u8 = b'\n';

/// Where others reach this machine, written `PORT` or `ADDRESS:PORT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen {
    /// The only address, or what stands for all of its kind (`0.0.0.0`, `[::]`); `None` for all that this machine has.
    pub address: Option<IpAddr>,
    /// The port.
    pub port: u16,
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let fault = |_| {
            format!(
                "{text} is neither a port nor an address of this machine with one, as in 192.168.1.5:9234"
            )
        };
        let listen = match text.parse() {
            Ok(port) => Self { address: None, port },
            Err(_) => {
                let socket: SocketAddr = text.parse().map_err(fault)?;
                Self { address: Some(socket.ip()), port: socket.port() }
            }
        };
        if listen.port == 0 {
            return Err("0 is a port that nobody can name: choose one, as in 9234".into());
        }
        Ok(listen)
    }
}

impl Listen {
    /// The socket to listen on.
    fn socket(self) -> SocketAddr {
        SocketAddr::new(self.address.unwrap_or(Ipv4Addr::UNSPECIFIED.into()), self.port)
    }

    /// Whether one address alone is listened on.
    pub fn is_one_address(self) -> bool {
        self.address.is_some_and(|address| !address.is_unspecified())
    }

    /// As others write it; `ADDRESS` stands for one of several.
    fn written(self) -> String {
        match self.is_one_address() {
            true => self.socket().to_string(),
            false => format!("ADDRESS:{}", self.port),
        }
    }

    /// Whether an address of its kind is surely listened on. A socket for all of the sixth version takes in those of the fourth
    /// on some systems only.
    fn hears(self, address: IpAddr, encrypted: bool) -> bool {
        match self.address {
            Some(asked) => asked.is_ipv4() == address.is_ipv4(),
            None => encrypted || address.is_ipv4(),
        }
    }
}

/// Addresses of this machine that others may reach it at, as they write them, those of the usual kind first.
pub fn addresses(listen: Listen, encrypted: bool) -> Vec<String> {
    let networks = Networks::new_with_refreshed_list();
    let all = networks.values().flat_map(|network| network.ip_networks()).map(|network| network.addr);
    let reached = |address: &IpAddr| is_reached(*address) && listen.hears(*address, encrypted);
    let mut all: Vec<IpAddr> = all.filter(reached).collect();
    all.sort();
    all.dedup();
    let written = |address: IpAddr| match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    };
    all.into_iter().map(written).collect()
}

/// Whether an address means this machine to others.
fn is_reached(address: IpAddr) -> bool {
    let local = match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    !local && !address.is_loopback() && !address.is_unspecified()
}

/// Who this machine is to others, kept in `path`, and made there the first time.
///
/// # Errors
/// [`Error::Io`] if it can be neither read nor made, [`Error::File`] if the file holds something else.
pub fn identity(path: &Path) -> Result<[u8; 32]> {
    let known = match std::fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // burn's own way to make one needs links, which not every disk has.
            let new = IrohIdentity::random().to_bytes();
            match write_private_new(path, |file| file.write_all(&new)) {
                Ok(()) => return Ok(new),
                // Another process was quicker.
                Err(Error::Io { source, .. }) if source.kind() == ErrorKind::AlreadyExists => {
                    std::fs::read(path)
                }
                Err(error) => return Err(error),
            }
        }
        known => known,
    };
    let known = known.map_err(|error| Error::read(path, error))?;
    known.try_into().map_err(|_| {
        let remedy = "Put a copy of it back, or move it away: another is made then.";
        Error::file(FileKind::Settings, path, "it does not say who this machine is to others", remedy)
    })
}

/// A token that nobody guesses.
pub fn new_token() -> String {
    IrohIdentity::random().to_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How a device is lent. Not to be printed: it holds what must stay secret.
#[derive(Clone)]
pub struct Lending {
    /// What everybody who computes here must know.
    pub token: String,
    /// Who this machine is; nothing if it goes unencrypted.
    pub identity: Option<[u8; 32]>,
    /// Where it is reached.
    pub listen: Listen,
    /// Whether it is found by its id from elsewhere, through public relays.
    pub public: bool,
    /// Where weights are kept that others sent.
    pub weights: PathBuf,
    /// Most bytes of them; zero to keep none.
    pub keep: u64,
    /// Is told when they can no longer be kept, as on a full disk: those who compute here send them each time then.
    pub unkept: fn(&Error),
}

/// Lends `device` until the program is told to end, `ready` being told what others write to compute here.
///
/// # Errors
/// [`Error::Device`] if the port is taken or the address is none of this machine's; [`Error::Input`] if the token is empty;
/// [`Error::Io`] if there is no place for weights.
pub fn serve(device: &OpenDevice, lending: &Lending, ready: impl FnOnce(&str)) -> Result<()> {
    if lending.token.trim().is_empty() {
        return Err(Error::input(
            "The token is empty: everybody would be let in",
            "Write one into its file, or remove the file.",
        ));
    }
    let open = || Shelf::open(&lending.weights, lending.keep, lending.unkept);
    let shelf = (lending.keep > 0).then(open).transpose()?;
    let token = lending.token.clone();
    let server = remote::server(device.device.clone(), shelf)
        .with_authorizer(move |request: AuthorizationRequest<'_>| admit(token.as_bytes(), request));
    let listen = lending.listen;
    let failed = |error: &(dyn Fault + 'static)| {
        // What is around it names only the part of the program that it came from.
        let error = std::iter::successors(Some(error), |&error| error.source()).last().unwrap_or(error);
        let at = match listen.address {
            Some(_) => listen.socket().to_string(),
            None => format!("port {}", listen.port),
        };
        Error::device(
            format!("This machine's device could not be lent on {at} ({error})"),
            "Choose another port or address with --listen.",
        )
    };
    let Some(identity) = lending.identity else {
        let listener = TcpListener::bind(listen.socket()).map_err(|error| failed(&error))?;
        ready(&format!("remote:ws://{}", listen.written()));
        return server.serve(WebSocketTransport::from_listener(listener)).map_err(|error| failed(&error));
    };
    let identity = IrohIdentity::from_bytes(identity);
    let written = format!("remote:{}@{}", identity.id(), listen.written());
    serve_encrypted(server, lending, &identity, || ready(&written)).map_err(|error| failed(error.as_ref()))
}

type Served = std::result::Result<(), Box<dyn Fault + Send + Sync>>;

/// Lends it encrypted. burn's own transport cannot be bound to one address alone, nor say when it is bound.
fn serve_encrypted(
    server: RemoteServer,
    lending: &Lending,
    identity: &IrohIdentity,
    ready: impl FnOnce(),
) -> Served {
    ServerLogging::install();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served: Served = runtime.block_on(async {
        let builder = match lending.public {
            true => Endpoint::builder(presets::N0),
            false => Endpoint::builder(presets::Minimal).relay_mode(RelayMode::Disabled),
        };
        // As burn's own has it.
        let transport = QuicTransportConfig::builder().enable_segmentation_offload(false).build();
        let mut builder = builder
            .transport_config(transport)
            .secret_key(SecretKey::from_bytes(&identity.to_bytes()))
            .clear_ip_transports()
            .bind_addr(lending.listen.socket())?;
        if lending.listen.address.is_none() {
            // A machine may have no such addresses.
            let other = SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), lending.listen.port);
            builder = builder.bind_addr_with_opts(other, BindOpts::default().set_is_required(false))?;
        }
        let endpoint = builder.bind().await?;
        let protocol = server.into_protocol(&endpoint)?;
        let router = Router::builder(endpoint).accept(BURN_REMOTE_ALPN, protocol).spawn();
        ready();
        told_to_end().await?;
        router.shutdown().await?;
        Ok(())
    });
    // Whoever is in the midst of an operation is not waited for.
    runtime.shutdown_background();
    served
}

/// Lets a device of this computer calculate as was measured on it, for whoever computes here; says what is wrong with what
/// was kept of that.
pub fn calculate_as_measured(device: &OpenDevice) -> Option<String> {
    tuning::apply(&device.info)
}

/// Comes to its end when the program is told to come to its own.
async fn told_to_end() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut ended = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed,
            _ = ended.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    {
        let mut closed = tokio::signal::windows::ctrl_close()?;
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed,
            _ = closed.recv() => Ok(()),
        }
    }
}

/// The token within what was presented. It may have several lines; what makes the session another one is the last.
fn token_of(presented: &[u8]) -> &[u8] {
    presented.iter().rposition(|byte| *byte == BREAK).map_or(presented, |at| &presented[..at])
}

/// Lets those in who know the token. Compared in a time that tells nothing of it.
fn admit(token: &[u8], request: AuthorizationRequest<'_>) -> std::result::Result<(), String> {
    let presented = token_of(request.credential.as_bytes());
    let differs = |(ours, theirs): (&u8, &u8)| ours ^ theirs;
    let difference = token.iter().zip(presented).map(differs).fold(0, |all, differs| all | differs);
    if difference == 0 && token.len() == presented.len() {
        return Ok(());
    }
    Err(format!("{} presented another token", request.client))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tests::session;

    #[test]
    fn nobody_is_told_of_a_port_that_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let [everywhere, here] =
            ["0.0.0.0:0", "127.0.0.1:0"].map(|at| std::net::UdpSocket::bind(at).unwrap());
        let open = TcpListener::bind("127.0.0.1:0").unwrap();
        let local = Some(Ipv4Addr::LOCALHOST.into());
        for (identity, address, taken) in [
            (Some([7; 32]), None, everywhere.local_addr()),
            (Some([7; 32]), local, here.local_addr()),
            (None, local, open.local_addr()),
        ] {
            let port = taken.unwrap().port();
            let lending = Lending {
                token: "shown".into(),
                identity,
                listen: Listen { address, port },
                public: false,
                weights: folder.path().join("weights"),
                keep: 0,
                unkept: |error| panic!("{error}"),
            };
            let refused = serve(&session().device, &lending, |said| panic!("{said}")).unwrap_err();
            let said = refused.to_string();
            assert!(refused.exit_code() == 6 && said.contains(&port.to_string()), "{said}");
            assert!(said.contains("os error") && said.contains("--listen"), "{said}");
        }
    }

    #[test]
    fn a_machine_stays_who_it_is_and_what_says_it_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("serve.key");
        let first = identity(&path).unwrap();
        assert_eq!(identity(&path).unwrap(), first);
        assert_eq!(std::fs::read(&path).unwrap(), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        std::fs::write(&path, "short").unwrap();
        let said = identity(&path).unwrap_err().to_string();
        assert!(said.contains("serve.key") && said.contains("move it away"), "{said}");
        assert_eq!(std::fs::read(&path).unwrap(), b"short");
    }

    #[test]
    fn a_port_listens_everywhere_and_an_address_there_alone() {
        for (text, written, socket) in [
            ("9234", "ADDRESS:9234", "0.0.0.0:9234"),
            ("0.0.0.0:9234", "ADDRESS:9234", "0.0.0.0:9234"),
            ("[::]:9234", "ADDRESS:9234", "[::]:9234"),
            ("127.0.0.1:80", "127.0.0.1:80", "127.0.0.1:80"),
            ("[::1]:9234", "[::1]:9234", "[::1]:9234"),
        ] {
            let listen: Listen = text.parse().unwrap();
            assert_eq!((listen.written().as_str(), listen.socket().to_string().as_str()), (written, socket));
        }
        let hears = |text: &str| {
            let listen: Listen = text.parse().unwrap();
            let kinds: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
            [true, false].map(|encrypted| kinds.map(|kind| listen.hears(kind, encrypted)))
        };
        assert_eq!(hears("9234"), [[true, true], [true, false]]);
        assert_eq!(hears("0.0.0.0:9234"), [[true, false]; 2]);
        assert_eq!(hears("[::]:9234"), [[false, true]; 2]);
        for text in ["", "studio:9234", "192.168.1.5", "99999", "1.2.3.4:99999", "::1:9234"] {
            assert!(text.parse::<Listen>().unwrap_err().contains("192.168.1.5:9234"), "{text}");
        }
        for text in ["0", "127.0.0.1:0", "[::]:0"] {
            assert!(text.parse::<Listen>().unwrap_err().contains("choose one"), "{text}");
        }
    }

    #[test]
    fn a_token_of_several_lines_is_taken_whole() {
        for (presented, token) in
            [("abc\n12-0", "abc"), ("a\nb\n12-0", "a\nb"), ("\n12-0", ""), ("abc", "abc")]
        {
            assert_eq!(token_of(presented.as_bytes()), token.as_bytes());
        }
    }

    #[test]
    fn only_addresses_that_mean_this_machine_to_others_are_told() {
        let is = |text: &str| is_reached(text.parse().unwrap());
        assert!(is("192.168.1.5") && is("10.0.0.2") && is("2001:db8::1"));
        assert!(!is("127.0.0.1") && !is("169.254.3.4") && !is("::1") && !is("fe80::1") && !is("0.0.0.0"));
        let everywhere = Listen { address: None, port: 9234 };
        assert!(addresses(everywhere, true).iter().all(|address| !address.starts_with("127.")));
        assert!(addresses(everywhere, false).iter().all(|address| !address.starts_with('[')));
    }
}
