//! Which device is asked for, as people write it, and what a device is, as the system describes it.
//!
//! Plain data for the messages. Nothing is looked for here: whether there is such a device shows when it is opened.

use std::fmt;
use std::str::FromStr;

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

/// What was asked of the device choice. Written `auto`, `cpu`, `vulkan`, or with a number of `pseudoword devices`
/// `vulkan:1`.
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
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Gpu { api, number: None } => f.write_str(api.name()),
            Self::Gpu { api, number: Some(number) } => write!(f, "{}:{number}", api.name()),
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || {
            format!(
                "{text} is no device; choose auto, vulkan, metal, dx12, gl or cpu, or one of several cards by its number \
                 in `pseudoword devices`, as in vulkan:1"
            )
        };
        let lower = text.trim().to_lowercase();
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
    /// `vulkan`, `metal`, `dx12`, `gl` or `cpu`.
    pub api: String,
    /// "discrete GPU", "integrated GPU", "virtual GPU", "software", "GPU" or "processor".
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
}
