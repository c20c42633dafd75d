//! Whether pictures made here carry content credentials (C2PA), and by which certificate they are signed:
//! `credentials.toml` in the data folder.
//!
//! They do unless someone says otherwise. A certificate of one's own is named by its files, which stay where they are: no
//! key is ever copied.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::DataDir;
use super::files::{read_toml, write_toml};
use base::places::make_folder;
use base::{Error, FileKind, Result, aside};

/// What was asked for when this program was started.
static ASKED: OnceLock<CredentialSettings> = OnceLock::new();

/// Settings of content credentials.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CredentialSettings {
    /// Whether pictures carry none.
    pub off: bool,
    /// The artist's certificate, PEM, with those between it and its authority behind it; without one the device signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
    /// The key of that certificate, PEM (PKCS #8).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<PathBuf>,
}

impl CredentialSettings {
    /// What was said in this data folder; the usual if nothing was.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Io`] if that cannot be read: whoever had chosen otherwise must not get the usual.
    pub fn load(home: &DataDir) -> Result<Self> {
        match read_toml(FileKind::Settings, &home.credentials()) {
            // Where a file is in the place of the folder, nothing was said either.
            Err(Error::Io { source, .. })
                if matches!(source.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                Ok(Self::default())
            }
            read => read,
        }
    }

    /// Keeps them; what was said before and cannot be read is kept beside.
    ///
    /// # Errors
    /// [`Error::Io`] if they cannot be written.
    pub fn save(&self, home: &DataDir) -> Result<()> {
        make_folder(home.root())?;
        if Self::load(home).is_err() {
            aside::set_aside(&home.credentials())?;
        }
        write_toml(FileKind::Settings, &home.credentials(), self)
    }

    /// What holds for pictures made by this program now: what it was started with, else what `PSEUDOWORD_CERTIFICATE` and
    /// `PSEUDOWORD_CERTIFICATE_KEY` name, else what the data folder says.
    ///
    /// # Errors
    /// Those of [`Self::load`].
    pub fn usual() -> Result<Self> {
        let named = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let [certificate, key] = ["PSEUDOWORD_CERTIFICATE", "PSEUDOWORD_CERTIFICATE_KEY"].map(named);
        let asked = ASKED.get().cloned().unwrap_or_default().over(Self { off: false, certificate, key });
        match asked.off || asked.certificate.is_some() {
            true => Ok(asked),
            false => Ok(asked.over(Self::load(&DataDir::usual())?)),
        }
    }

    /// Lets these hold until the program ends. Only the first call does anything.
    pub fn ask(self) {
        // It was asked for already.
        let _ = ASKED.set(self);
    }

    /// These, and what they leave open from `other`. Whoever names a certificate wants it used; one half of that is told of
    /// where it is read.
    fn over(self, other: Self) -> Self {
        match (&self.certificate, &self.key) {
            (None, None) => Self { off: self.off || other.off, ..other },
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_kept_and_a_named_certificate_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let home = DataDir::at(folder.path().join("home"));
        assert_eq!(CredentialSettings::load(&home).unwrap(), CredentialSettings::default());
        let off = CredentialSettings { off: true, ..CredentialSettings::default() };
        off.save(&home).unwrap();
        assert_eq!(CredentialSettings::load(&home).unwrap(), off);
        let own =
            CredentialSettings { off: false, certificate: Some("a.pem".into()), key: Some("k.pem".into()) };
        assert_eq!(own.clone().over(off.clone()), own);
        assert_eq!(CredentialSettings::default().over(own.clone()), own);
        let half = CredentialSettings { certificate: None, ..own.clone() };
        assert_eq!(half.clone().over(own.clone()), half, "a key alone is not passed over");
        assert!(off.over(own.clone()).off);
        std::fs::write(home.credentials(), "off = ").unwrap();
        let damaged = CredentialSettings::load(&home).unwrap_err().to_string();
        assert!(damaged.contains("credentials.toml") && home.credentials().is_file(), "{damaged}");
        own.save(&home).unwrap();
        assert_eq!(CredentialSettings::load(&home).unwrap(), own);
        let kept = std::fs::read_to_string(home.root().join("credentials.toml.damaged-1")).unwrap();
        assert_eq!(kept, "off = ");
        let nowhere = DataDir::at(home.credentials());
        assert_eq!(CredentialSettings::load(&nowhere).unwrap(), CredentialSettings::default());
    }
}
