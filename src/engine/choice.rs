//! Which device is asked for, as people write it, and what a device is, as the system describes it.
//!
//! Plain data for the messages. Nothing is looked for here: whether there is such a device shows when it is opened.

use std::fmt;
use std::net::SocketAddrV6;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use model::memory::DeviceMemory;
use serde::{Deserialize, Serialize};

/// A graphics interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GraphicsApi {
    /// Linux, Windows.
    Vulkan,
    /// macOS.
    Metal,
    /// Windows: Direct3D 12.
    Dx12,
    /// OpenGL: any adapter, software ones included: slow, for testing.
    Gl,
}

impl GraphicsApi {
    /// Every one, in the order in which `auto` tries them.
    pub const ALL: [Self; 4] = [Self::Vulkan, Self::Metal, Self::Dx12, Self::Gl];

    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vulkan => "vulkan",
            Self::Metal => "metal",
            Self::Dx12 => "dx12",
            Self::Gl => "gl",
        }
    }
}

/// What was asked of the device choice. Written `auto`, `cpu`, `vulkan`, with a number of `pseudoword devices`
/// `vulkan:1`, or with a [`Host`] `remote:...`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum DeviceChoice {
    /// The best real GPU, else the CPU.
    #[default]
    Auto,
    /// The CPU, with burn's `flex` backend.
    Cpu,
    /// A GPU through one interface.
    Gpu {
        /// The interface.
        api: GraphicsApi,
        /// Its place in the system's list, from 0; `None` for the best.
        number: Option<usize>,
    },
    /// The device that another machine lends.
    Remote(Host),
}

/// A machine that lends its device with `pseudoword serve`, as people write it behind `remote:`. Either
/// `ID@ADDRESS:PORT`, as that machine prints it: encrypted, and surely that machine. Or `ID` alone: the same, found through
/// public relays, which see that two machines talk and not what. Or `ws://ADDRESS:PORT`: not encrypted, on a network that
/// one trusts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Host(&'static str);

impl Host {
    /// As it is written.
    pub const fn name(self) -> &'static str {
        self.0
    }

    /// Whether what goes there can be read by nobody else.
    pub fn is_encrypted(self) -> bool {
        !self.0.starts_with("ws://")
    }

    /// The same for as long as the program runs, so that a choice of device can be copied about.
    fn new(text: &str) -> Self {
        static KNOWN: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = known.iter().find(|name| **name == text) {
            return Self(name);
        }
        let name: &'static str = Box::leak(text.into());
        known.push(name);
        Self(name)
    }
}

impl FromStr for Host {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_id = |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let (is_known, address) = match (text.strip_prefix("ws://"), text.split_once('@')) {
            (Some(address), _) => (true, Some(address)),
            (None, Some((id, address))) => (is_id(id), Some(address)),
            (None, None) => (is_id(text), None),
        };
        if is_known && address.is_none_or(is_address) {
            return Ok(Self::new(text));
        }
        Err(match address {
            _ if is_address(text) => format!(
                "remote:{text} says where a machine is and not which: copy the whole line that `pseudoword serve` prints \
                 there, or on a network that you trust write remote:ws://{text}, which is not encrypted"
            ),
            Some(address) if is_known => format!(
                "{address} is no address with a port, as studio:9234, 192.168.1.5:9234 and [fd00::5]:9234 are: copy the \
                 line that `pseudoword serve` prints there"
            ),
            _ => {
                format!("remote:{text} names no machine: copy the line that `pseudoword serve` prints there")
            }
        })
    }
}

/// Whether it is a name or a number with a port; an IPv6 address stands in brackets.
fn is_address(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let names = match host.starts_with('[') {
        true => text.parse::<SocketAddrV6>().is_ok(),
        false => !host.is_empty() && !host.contains(|c: char| ":/?#@[]".contains(c) || c.is_whitespace()),
    };
    names && port.parse::<u16>().is_ok_and(|port| port > 0)
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Gpu { api, number: None } => f.write_str(api.name()),
            Self::Gpu { api, number: Some(number) } => write!(f, "{}:{number}", api.name()),
            Self::Remote(host) => write!(f, "remote:{}", host.name()),
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || {
            format!(
                "{text} is no device; choose auto, vulkan, metal, dx12, gl or cpu, one of several cards by its number in \
                 `pseudoword devices`, as in vulkan:1, or another machine's, as in remote:ID@ADDRESS:PORT"
            )
        };
        let lower = text.trim().to_lowercase();
        if let Some(host) = lower.strip_prefix("remote:") {
            return host.parse().map(Self::Remote);
        }
        let (name, number) = match lower.split_once(':') {
            Some((name, number)) => (name, Some(number.parse().map_err(|_| fault())?)),
            None => (lower.as_str(), None),
        };
        match (name, number) {
            ("auto", None) => Ok(Self::Auto),
            ("cpu", None) => Ok(Self::Cpu),
            _ => {
                let api = GraphicsApi::ALL.into_iter().find(|api| api.name() == name).ok_or_else(fault)?;
                Ok(Self::Gpu { api, number })
            }
        }
    }
}

impl TryFrom<String> for DeviceChoice {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<DeviceChoice> for String {
    fn from(choice: DeviceChoice) -> Self {
        choice.to_string()
    }
}

/// One adapter, or the CPU, as the system describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// What chooses it: `vulkan:1`, `cpu`.
    #[serde(default)]
    pub choice: DeviceChoice,
    /// "NVIDIA H100", "llvmpipe (LLVM 19, 256 bits)", "AMD EPYC" ...
    pub name: String,
    /// `vulkan`, `metal`, `dx12`, `gl`, `cpu` or `remote`.
    pub api: String,
    /// "discrete GPU", "integrated GPU", "virtual GPU", "software", "GPU" or "processor"; "another machine's card" or "another
    /// machine's processor".
    pub kind: String,
    /// Driver and its version, where known.
    pub driver: String,
    /// Whether this is a graphics driver that runs on the CPU.
    pub software: bool,
    /// Memory in bytes, where the system tells: the computer's for the CPU and for GPUs that share it, else the card's
    /// own.
    pub memory: Option<u64>,
}

impl DeviceInfo {
    /// Whether it is reached through a graphics interface, so that what it computes with lies apart from the program.
    pub fn is_card(&self) -> bool {
        self.api != "cpu"
    }

    /// Whether another machine computes.
    pub fn is_remote(&self) -> bool {
        self.api == "remote"
    }

    /// The memory that it computes in.
    pub fn memory(&self) -> DeviceMemory {
        let own = self.is_card() && self.kind != "integrated GPU" && !self.software;
        DeviceMemory { there: self.memory, card: self.is_card(), own }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_chosen_by_its_number() {
        for text in ["auto", "cpu", "vulkan", "vulkan:0", "dx12:1", "metal:12", "gl:3"] {
            let choice: DeviceChoice = text.parse().unwrap();
            assert_eq!(choice.to_string(), text);
            assert_eq!(serde_json::to_value(choice).unwrap(), text);
            assert_eq!(serde_json::from_value::<DeviceChoice>(text.into()).unwrap(), choice);
        }
        assert_eq!("Vulkan:1".parse(), Ok(DeviceChoice::Gpu { api: GraphicsApi::Vulkan, number: Some(1) }));
        for text in ["", "cuda", "vulkan:", "vulkan:x", "vulkan:-1", "cpu:0", "auto:1", "vulkan:1:2", ":1"] {
            let fault = text.parse::<DeviceChoice>().unwrap_err();
            assert!(fault.contains("pseudoword devices"), "{fault}");
        }
    }

    #[test]
    fn another_machine_is_named_so_that_nothing_goes_unencrypted_by_mistake() {
        let id = "0123456789abcdef".repeat(4);
        let sixth = format!("{id}@[fd00::5]:9234");
        for host in [id.clone(), format!("{id}@192.168.1.5:9234"), sixth, "ws://studio:9234".into()] {
            let text = format!("remote:{host}");
            let choice: DeviceChoice = text.parse().unwrap();
            assert_eq!(choice.to_string(), text);
            assert_eq!(serde_json::from_value::<DeviceChoice>(text.into()).unwrap(), choice);
        }
        for (text, said) in [
            ("remote:192.168.1.5:9234", "ws://192.168.1.5:9234"),
            ("remote:studio", "pseudoword serve"),
            ("remote:ws://studio", "studio is no address with a port"),
            ("remote:ws://studio:0", "studio:0 is no address with a port"),
            ("remote:ws://studio:9234/", "studio:9234/ is no address with a port"),
            ("remote:ws://my studio:9234", "my studio:9234 is no address with a port"),
            ("remote:ws://fd00::5:9234", "[fd00::5]:9234"),
            ("remote:ws://[fd00::5]", "[fd00::5]:9234"),
            ("remote:ws://:9234", "no address"),
            ("remote:", "pseudoword serve"),
            ("remote:12ab@192.168.1.5:9234", "pseudoword serve"),
        ] {
            let fault = text.parse::<DeviceChoice>().unwrap_err();
            assert!(fault.contains(said), "{fault}");
        }
    }
}
