//! The server that models come from, as the environment of Hugging Face's libraries names it, and who is asking.
//!
//! Variables: `HF_ENDPOINT` (a mirror), `HF_TOKEN` or the file that `huggingface-cli login` writes, `HF_HUB_OFFLINE`,
//! and the usual ones for proxies. The token goes to that server alone and is never printed.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use ureq::http::Uri;
use ureq::tls::{RootCerts, TlsConfig};

use crate::discovery::Environment;
use base::{Error, Result, text_file, with_defaults};

/// Where models come from if nothing else is said.
const USUAL: &str = "https://huggingface.co";
/// Variables that can name a proxy, in the order in which they are tried.
const PROXIES: [&str; 3] = ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY"];

with_defaults! {
    /// How long things may take, and how often they are tried.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Timeouts {
        /// To find and reach the server.
        pub connect: Duration = Duration::from_secs(20),
        /// Silence after which a connection counts as dead.
        pub silence: Duration = Duration::from_secs(30),
        /// Failures in a row, without a fair amount of new bytes, after which it gives up.
        pub tries: u32 = 6,
        /// The pause after the first failure; doubled each time up to a minute.
        pub pause: Duration = Duration::from_secs(1),
        /// The longest pause that a server may ask for.
        pub longest: Duration = Duration::from_secs(300),
    }
}

/// The server and how to speak to it.
#[derive(Clone)]
pub struct Hub {
    endpoint: String,
    token: Option<String>,
    pub(super) timeouts: Timeouts,
    pub(super) agent: ureq::Agent,
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = self.token.as_ref().map(|_| "(secret)");
        f.debug_struct("Hub").field("endpoint", &self.endpoint).field("token", &token).finish_non_exhaustive()
    }
}

impl Hub {
    /// The server that the environment names; refuses if it forbids downloads, or if an address in it is none.
    pub fn usual(here: &Environment) -> Result<Self> {
        let off = |value: &str| ["1", "true", "yes", "on"].contains(&value.to_ascii_lowercase().as_str());
        if here.variable("HF_HUB_OFFLINE").is_some_and(off) {
            let fault = "The variable HF_HUB_OFFLINE forbids downloads";
            return Err(Error::network(fault, "Unset it to download models."));
        }
        let proxy = proxy(here)?;
        let endpoint = here.variable("HF_ENDPOINT").unwrap_or(USUAL);
        Self::new(endpoint, token(here).as_deref(), proxy, Timeouts::default())
    }

    /// A server of one's own choice; refuses what is no address.
    pub fn new(
        endpoint: &str,
        token: Option<&str>,
        proxy: Option<ureq::Proxy>,
        timeouts: Timeouts,
    ) -> Result<Self> {
        let endpoint = endpoint.trim().trim_end_matches('/').to_owned();
        let address: Option<Uri> = endpoint.parse().ok();
        let fine = address.is_some_and(|uri| {
            let scheme = matches!(uri.scheme_str(), Some("http" | "https"));
            scheme
                && uri.host().is_some_and(|host| !host.is_empty())
                && uri.query().is_none()
                && !endpoint.contains('@')
        });
        if !fine {
            let fault = format!("“{endpoint}” is no address to download from");
            let remedy = "Write HF_ENDPOINT like https://huggingface.co, or unset it.";
            return Err(Error::network(fault, remedy));
        }
        let printable = |token: &&str| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            // Followed by ourselves, so that the token goes nowhere else.
            .max_redirects(0)
            .tls_config(tls)
            .proxy(proxy)
            .user_agent(concat!("pseudoword/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(timeouts.connect))
            .timeout_connect(Some(timeouts.connect))
            .timeout_recv_response(Some(timeouts.silence))
            .timeout_per_read(Some(timeouts.silence))
            .timeout_per_write(Some(timeouts.silence))
            .build()
            .new_agent();
        let token = token.map(str::trim).filter(printable).map(str::to_owned);
        Ok(Self { endpoint, token, timeouts, agent })
    }

    pub(super) fn address(&self, path: &str) -> String {
        format!("{}/{path}", self.endpoint)
    }

    /// The token, if an address is at the server itself: same scheme, host and port.
    pub(super) fn token_for(&self, address: &Uri) -> Option<&str> {
        let own: Uri = self.endpoint.parse().ok()?;
        self.token.as_deref().filter(|_| origin(&own) == origin(address))
    }

    pub(super) fn has_token(&self) -> bool {
        self.token.is_some()
    }
}

/// What must be the same for a secret to be sent.
fn origin(uri: &Uri) -> Option<(String, String, u16)> {
    let scheme = uri.scheme_str()?.to_ascii_lowercase();
    let port = uri.port_u16().or(match scheme.as_str() {
        "https" => Some(443),
        "http" => Some(80),
        _ => None,
    })?;
    Some((scheme, uri.host()?.to_ascii_lowercase(), port))
}

fn token(here: &Environment) -> Option<String> {
    let variable = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"].iter().find_map(|name| here.variable(name));
    if let Some(token) = variable {
        return Some(token.to_owned());
    }
    let in_home = || here.variable_path("HF_HOME").map(|home| home.join("token"));
    let usual = || here.home.join(".cache/huggingface/token");
    let file: PathBuf = here.variable_path("HF_TOKEN_PATH").or_else(in_home).unwrap_or_else(usual);
    Some(text_file::read_start(&file, 4096))
}

/// The first proxy that can be used: many name one of another kind (SOCKS) for everything beside one for the web.
fn proxy(here: &Environment) -> Result<Option<ureq::Proxy>> {
    use ureq::ProxyProtocol::{Http, Https};

    let said = |name: &str| here.variable(name).or_else(|| here.variable(&name.to_ascii_lowercase()));
    let named: Vec<(&str, &str)> = PROXIES.into_iter().filter_map(|name| Some((name, said(name)?))).collect();
    let Some((name, _)) = named.first() else { return Ok(None) };
    let refuse = || {
        // The address may hold a password.
        let fault = format!("The proxy that the variable {name} names cannot be used");
        Error::network(fault, "Write it like http://proxy.example:3128, or unset it.")
    };
    let mut proxies = named.iter().filter_map(|(_, address)| ureq::Proxy::new(address.trim()).ok());
    let found = proxies.find(|proxy| matches!(proxy.protocol(), Http | Https)).ok_or_else(refuse)?;
    let mut proxy = ureq::Proxy::builder(found.protocol()).host(found.host()).port(found.port());
    if let Some(user) = found.username() {
        proxy = proxy.username(user);
    }
    if let Some(password) = found.password() {
        proxy = proxy.password(password);
    }
    // Where to go without it.
    for host in said("NO_PROXY").unwrap_or_default().split(',').map(str::trim) {
        proxy = proxy.no_proxy(host);
    }
    proxy.build().map(Some).map_err(|_| refuse())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_to_its_server_alone_and_is_never_shown() {
        let hub = Hub::new("https://Hub.example/", Some(" hf_secret\n"), None, Timeouts::default()).unwrap();
        assert_eq!(hub.address("a/b"), "https://Hub.example/a/b");
        let goes = |address: &str| hub.token_for(&address.parse().unwrap()) == Some("hf_secret");
        assert!(goes("https://hub.example/x") && goes("https://hub.example:443/x?y"));
        for other in [
            "http://hub.example/x",
            "https://hub.example:444/x",
            "https://cdn.hub.example/x",
            "https://hub.example.evil/",
        ] {
            assert!(!goes(other), "{other}");
        }
        assert!(!format!("{hub:?}").contains("secret_") && !format!("{hub:?}").contains("hf_secret"));
        for none in ["", "a b", "a\u{7}b", "ä"] {
            assert!(!Hub::new(USUAL, Some(none), None, Timeouts::default()).unwrap().has_token());
        }
        for address in
            ["", "huggingface.co", "ftp://x", "https://", "https://me:pw@x", "https://x/?a=b", "\u{7}"]
        {
            let said = Hub::new(address, None, None, Timeouts::default()).unwrap_err().to_string();
            assert!(said.contains("HF_ENDPOINT"), "{said}");
        }
    }

    #[test]
    fn a_proxy_of_another_kind_does_not_hide_one_of_the_web() {
        let proxy = |variables: &[(&str, &str)]| {
            let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            proxy(&Environment { variables: variables.collect(), ..Environment::default() })
        };
        let socks = ("all_proxy", "socks5://127.0.0.1:7890");
        let web = ("https_proxy", "http://a%40b:c@127.0.0.1:7891");
        let found = proxy(&[socks, web, ("NO_PROXY", "localhost, .inner")]).unwrap().unwrap();
        assert_eq!((found.host(), found.port()), ("127.0.0.1", 7891));
        assert_eq!((found.username(), found.password()), (Some("a@b"), Some("c")));
        let direct = |address: &str| found.is_no_proxy(&address.parse::<Uri>().unwrap());
        assert!(direct("http://localhost/x") && direct("https://hub.inner/x") && !direct(USUAL));
        let said = proxy(&[socks]).unwrap_err().to_string();
        assert!(said.contains("ALL_PROXY"), "{said}");
        assert!(proxy(&[]).unwrap().is_none() && proxy(&[("HTTP_PROXY", "inner:3128")]).unwrap().is_some());
    }

    #[test]
    fn the_environment_names_server_and_token() {
        let folder = tempfile::tempdir().unwrap();
        let mut here = Environment {
            home: folder.path().into(),
            variables: [("HF_ENDPOINT".to_owned(), "https://mirror.example".to_owned())].into(),
            ..Environment::default()
        };
        let hub = Hub::usual(&here).unwrap();
        assert_eq!((hub.endpoint.as_str(), hub.token.as_deref()), ("https://mirror.example", None));
        std::fs::create_dir_all(folder.path().join(".cache/huggingface")).unwrap();
        std::fs::write(folder.path().join(".cache/huggingface/token"), "hf_file\n").unwrap();
        assert_eq!(Hub::usual(&here).unwrap().token.as_deref(), Some("hf_file"));
        here.variables.insert("HF_TOKEN".into(), "hf_variable".into());
        assert_eq!(Hub::usual(&here).unwrap().token.as_deref(), Some("hf_variable"));
        here.variables.insert("HF_HUB_OFFLINE".into(), "1".into());
        assert!(Hub::usual(&here).unwrap_err().to_string().contains("HF_HUB_OFFLINE"));
        here.variables.insert("HF_HUB_OFFLINE".into(), "0".into());
        assert!(Hub::usual(&here).is_ok());
    }
}
