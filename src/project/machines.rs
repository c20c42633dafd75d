//! Machines that lend their device and were computed on before, with the token of each: `machines.toml` in the data folder,
//! which nobody but this user may read.
//!
//! It knows no network: what a machine is called is text, as it is written behind `--device`.

use serde::{Deserialize, Serialize};

use super::DataDir;
use super::files::{read_or_set_aside, to_toml};
use base::atomic::write_private;
use base::places::make_folder;
use base::{FileKind, Result};

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// As it is written: `remote:...`.
    pub device: String,
    /// What it asks for.
    pub token: String,
}

/// All of them, the one that was added last first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Machines {
    /// In that order.
    #[serde(rename = "machine")]
    pub all: Vec<Machine>,
}

impl Machines {
    /// Those of this data folder; none if that cannot be read.
    pub fn load(home: &DataDir) -> Self {
        read_or_set_aside(FileKind::Settings, &home.machines()).0.unwrap_or_default()
    }

    /// The token of a machine.
    pub fn token(&self, device: &str) -> Option<&str> {
        self.all.iter().find(|known| known.device == device).map(|known| known.token.as_str())
    }

    /// Puts a machine first, in place of what was known of it.
    pub fn remember(&mut self, device: &str, token: &str) {
        self.forget(device);
        self.all.insert(0, Machine { device: device.into(), token: token.trim().into() });
    }

    /// Takes a machine off.
    pub fn forget(&mut self, device: &str) {
        self.all.retain(|known| known.device != device);
    }

    /// Writes them.
    ///
    /// # Errors
    /// [`base::Error::Io`] if they cannot be.
    pub fn save(&self, home: &DataDir) -> Result<()> {
        make_folder(home.root())?;
        let path = home.machines();
        write_private(&path, to_toml(FileKind::Settings, &path, self)?.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_kept_the_last_first_and_for_this_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let home = DataDir::at(folder.path().join("home"));
        let mut machines = Machines::load(&home);
        assert_eq!(machines, Machines::default());
        for (device, token) in
            [("remote:ws://a:1", "old"), ("remote:ws://b:2", "two"), ("remote:ws://a:1", " new\n")]
        {
            machines.remember(device, token);
            machines.save(&home).unwrap();
        }
        let kept = Machines::load(&home);
        let names: Vec<&str> = kept.all.iter().map(|machine| machine.device.as_str()).collect();
        assert_eq!(names, ["remote:ws://a:1", "remote:ws://b:2"]);
        assert_eq!((kept.token("remote:ws://a:1"), kept.token("remote:ws://c:3")), (Some("new"), None));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(home.machines()).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        machines.forget("remote:ws://a:1");
        machines.save(&home).unwrap();
        assert_eq!(Machines::load(&home).all.len(), 1);
    }
}
