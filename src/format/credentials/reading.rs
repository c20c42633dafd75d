//! What a picture's content credentials say, and whether the file is still as it was signed.
//!
//! No certificate is known here, so every signer is unknown: that the file is intact is all that is vouched for.

use std::io::{Read, Seek};
use std::path::Path;

use c2pa::assertions::Actions;
use c2pa::validation_status::{SIGNING_CREDENTIAL_EXPIRED, SIGNING_CREDENTIAL_UNTRUSTED};
use c2pa::{Manifest, Reader, ValidationState};

use super::{COMPOSED, CONTEXT, DRAWN, opened};

/// Names are cut to so many characters.
const LONGEST: usize = 80;

/// How a picture came to be, as far as its manifest says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Made {
    /// A model drew it.
    Drawn,
    /// A model drew a part of it.
    Composed,
    /// Nothing is said of a model.
    #[default]
    Otherwise,
}

/// How a file stands to what was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FileState {
    /// Not a byte of it was changed.
    Intact,
    /// The same, by a certificate whose time is over.
    Expired,
    /// Something was changed, or cannot be read.
    #[default]
    Changed,
}

/// The content credentials of a picture.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContentCredentials {
    /// How it came to be.
    pub made: Made,
    /// The program that says so, with its version.
    pub program: Option<String>,
    /// Who signed, in the words of the certificate.
    pub signer: Option<String>,
    /// Whether that still holds.
    pub state: FileState,
    /// The names of the pictures that it was made of.
    pub sources: Vec<String>,
}

impl ContentCredentials {
    /// Those of a picture; `None` if it has none or is no picture. The whole file is read.
    pub fn of(path: &Path) -> Option<Self> {
        let (format, file) = opened(path)?;
        Self::read(format, file)
    }

    /// Those of a picture of this media type.
    pub(super) fn read(format: &str, file: impl Read + Seek + Send) -> Option<Self> {
        let read = || Reader::from_shared_context(&CONTEXT).with_stream(format, file);
        match base::caught(read) {
            Ok(Ok(reader)) => Some(Self::of_reader(&reader)),
            Ok(Err(
                c2pa::Error::JumbfNotFound
                | c2pa::Error::ProvenanceMissing
                | c2pa::Error::UnsupportedType
                // One lies elsewhere, and is not asked for.
                | c2pa::Error::RemoteManifestUrl(_)
                | c2pa::Error::RemoteManifestFetch(_),
            )) => None,
            // There is something, and it says nothing any more.
            Ok(Err(_)) | Err(_) => Some(Self::default()),
        }
    }

    fn of_reader(reader: &Reader) -> Self {
        let state = match reader.validation_state() {
            ValidationState::Trusted | ValidationState::Valid => FileState::Intact,
            ValidationState::Invalid => {
                let codes =
                    || reader.validation_status().unwrap_or_default().iter().map(|status| status.code());
                let aged =
                    codes().all(|c| [SIGNING_CREDENTIAL_EXPIRED, SIGNING_CREDENTIAL_UNTRUSTED].contains(&c));
                let expired = aged && codes().any(|c| c == SIGNING_CREDENTIAL_EXPIRED);
                if expired { FileState::Expired } else { FileState::Changed }
            }
        };
        let Some(manifest) = reader.active_manifest() else { return Self::default() };
        let sources = manifest.ingredients().iter().filter_map(|source| source.title()).map(short);
        Self {
            made: made(manifest),
            program: program(manifest),
            signer: manifest.common_name().or(manifest.issuer()).map(|name| short(&name)),
            state,
            sources: sources.collect(),
        }
    }

    /// In words.
    pub fn describe(&self) -> String {
        if self.state == FileState::Changed {
            return "changed since it was signed".to_owned();
        }
        let how = match self.made {
            Made::Drawn => "made with trained algorithmic media",
            Made::Composed => "made in part with trained algorithmic media",
            Made::Otherwise => "made",
        };
        let of = match self.sources.as_slice() {
            [] => String::new(),
            sources => format!(" of {}", sources.join(", ")),
        };
        let program = self.program.as_deref().unwrap_or("an unnamed program");
        let signer = self.signer.as_ref().map(|name| format!(" (“{name}”)")).unwrap_or_default();
        let aged = if self.state == FileState::Expired { ", certificate expired" } else { "" };
        format!("{how}{of} by {program}, unknown signer{signer}{aged}, file intact")
    }
}

fn made(manifest: &Manifest) -> Made {
    let actions = manifest.find_assertion::<Actions>(Actions::LABEL);
    let actions = actions.as_ref().map(Actions::actions).unwrap_or_default();
    let kinds: Vec<_> = actions
        .iter()
        .filter_map(|action| serde_json::to_value(action.source_type()?).ok()?.as_str().map(str::to_owned))
        .collect();
    match () {
        () if kinds.iter().any(|kind| kind == COMPOSED) => Made::Composed,
        () if kinds.iter().any(|kind| kind == DRAWN) => Made::Drawn,
        () => Made::Otherwise,
    }
}

fn program(manifest: &Manifest) -> Option<String> {
    let info = manifest.claim_generator_info.as_ref().and_then(|all| all.first());
    let named = info.map(|info| format!("{} {}", info.name, info.version.as_deref().unwrap_or_default()));
    named.or(manifest.claim_generator().map(str::to_owned)).map(|name| short(&name))
}

/// On one line and not too long: a stranger's file may say anything.
fn short(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect()
}
