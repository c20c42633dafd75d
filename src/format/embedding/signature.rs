//! Signatures of words: Ed25519 (RFC 8032) over a word's numbers and its receipt, kept in the header as text.
//!
//! It holds through any layout of safetensors and through another name. It tells whether a file is as its signer left it;
//! whose key that is, it cannot tell. The secret key is made at first use, lies in the data folder alone, and leaves it never.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use hex::FromHex as _;
use rand::TryRng as _;
use rand::rngs::SysRng;
use serde::{Deserialize, Serialize};

use super::receipt::RECEIPT;
use super::word::LearnedWord;
use base::atomic::write_private_new;
use base::places::make_folder;
use base::{Error, FileKind, Result};
use project::DataDir;

const SIGNATURE: &str = "pseudoword.signature";
const KEY: &str = "pseudoword.signed_by";
/// What every signed message begins with, so that no signature of another kind is taken for one.
const PURPOSE: &[u8] = b"pseudoword word 1\0";

/// How a word's signature stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Signed {
    /// There is none.
    #[default]
    No,
    /// Numbers and receipt are as the holder of this key left them; the public key in hexadecimal.
    Intact(String),
    /// There is one, and it does not fit any more, or cannot be read.
    Changed(String),
}

impl Signed {
    /// How the signature of a word stands.
    pub fn of(word: &LearnedWord) -> Self {
        let Some(signature) = word.metadata.get(SIGNATURE) else { return Self::No };
        let key = word.metadata.get(KEY).map(String::as_str).unwrap_or_default();
        let fits = || -> Option<bool> {
            let signature = Signature::from_bytes(&<[u8; 64]>::from_hex(signature).ok()?);
            let key = VerifyingKey::from_bytes(&<[u8; 32]>::from_hex(key).ok()?).ok()?;
            Some(key.verify_strict(&message(word), &signature).is_ok())
        };
        // A stranger's file may say anything.
        let shown = key.chars().filter(char::is_ascii_hexdigit).take(64).collect();
        if fits() == Some(true) { Self::Intact(shown) } else { Self::Changed(shown) }
    }

    /// In words.
    pub fn describe(&self) -> String {
        match self {
            Self::No => "not signed".to_owned(),
            Self::Intact(key) => format!("signed by {key}, intact"),
            Self::Changed(_) => "changed since it was signed".to_owned(),
        }
    }
}

/// A key that signs.
pub struct Key(pub(crate) SigningKey);

impl Key {
    /// The key of a data folder, made if there is none.
    ///
    /// # Errors
    /// [`Error::Io`] if it can be neither read nor made, [`Error::File`] if the file is no key.
    pub fn of(home: &DataDir) -> Result<Self> {
        let path = home.signing_key();
        if let Some(key) = Self::read(&path)? {
            return Ok(key);
        }
        let mut secret = [0; 32];
        let none = |e| Error::Internal(format!("the system gives no random numbers ({e})"));
        SysRng.try_fill_bytes(&mut secret).map_err(none)?;
        make_folder(home.root())?;
        let text = hex::encode(secret);
        match write_private_new(&path, |file| file.write_all(text.as_bytes())) {
            Ok(()) => Ok(Self(SigningKey::from_bytes(&secret))),
            // Another process was quicker; or it is a link to a key that is away, for which there is no other.
            Err(Error::Io { source, .. }) if source.kind() == ErrorKind::AlreadyExists => {
                Self::read(&path)?.ok_or_else(|| Error::read(&path, ErrorKind::NotFound.into()))
            }
            Err(error) => Err(error),
        }
    }

    /// The key that a file holds, if there is one.
    fn read(path: &Path) -> Result<Option<Self>> {
        match fs::read_to_string(path) {
            Ok(text) => {
                let secret = <[u8; 32]>::from_hex(text.trim()).map_err(|_| {
                    let remedy = "Put a copy of it back, or move it away: another is made then.";
                    Error::file(FileKind::Settings, path, "it is no key to sign words with", remedy)
                })?;
                Ok(Some(Self(SigningKey::from_bytes(&secret))))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::read(path, error)),
        }
    }

    /// The public key, in hexadecimal.
    pub fn public(&self) -> String {
        hex::encode(self.0.verifying_key().to_bytes())
    }

    /// Signs a word, in place of any signature it has.
    pub fn sign(&self, word: &mut LearnedWord) {
        let signature = self.0.sign(&message(word));
        word.metadata.insert(SIGNATURE.into(), hex::encode(signature.to_bytes()));
        word.metadata.insert(KEY.into(), self.public());
    }
}

/// What is signed: the shape and the numbers for each text encoder, then the receipt as it stands in the header.
fn message(word: &LearnedWord) -> Vec<u8> {
    let mut message = PURPOSE.to_vec();
    let second = word.second.as_ref().map(|second| (&second.values, second.shape));
    for (values, shape) in std::iter::once((&word.vectors, word.shape)).chain(second) {
        message.extend(shape.iter().flat_map(|side| (*side as u64).to_le_bytes()));
        message.extend(values.iter().flat_map(|number| number.to_le_bytes()));
    }
    message.extend(word.metadata.get(RECEIPT).map(String::as_bytes).unwrap_or_default());
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedding::{self, EmbeddingFormat, SecondVectors};

    fn word() -> LearnedWord {
        let second = SecondVectors { values: vec![5.0, 6.0, 7.0], shape: [1, 3] };
        let metadata = [(RECEIPT.to_owned(), r#"{"steps":7}"#.to_owned())].into();
        LearnedWord {
            token: Some("<toy>".into()),
            vectors: vec![1.0, -2.5],
            shape: [1, 2],
            second: Some(second),
            metadata,
        }
    }

    #[test]
    fn a_signature_holds_through_names_and_layouts_and_through_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let home = DataDir::at(folder.path().join("home"));
        let key = Key::of(&home).unwrap();
        assert_eq!(Key::of(&home).unwrap().public(), key.public(), "it is made once");
        let mut signed = word();
        assert_eq!(Signed::of(&signed), Signed::No);
        key.sign(&mut signed);
        let intact = Signed::Intact(key.public());
        assert_eq!(Signed::of(&signed), intact);
        for (name, format) in [
            ("a.safetensors", EmbeddingFormat::EmbParams),
            ("b.safetensors", EmbeddingFormat::Diffusers),
            ("c.safetensors", EmbeddingFormat::OneTrainer),
        ] {
            let path = folder.path().join(name);
            let renamed = LearnedWord { token: Some("<other>".into()), ..signed.clone() };
            embedding::write(&path, &renamed, format).unwrap();
            assert_eq!(Signed::of(&embedding::read(&path).unwrap()), intact, "{name}");
        }
        let changed = Signed::Changed(key.public());
        let changes: [fn(&mut LearnedWord); 5] = [
            |word| word.vectors[0] = 1.000_000_1,
            |word| word.second = None,
            |word| drop(word.metadata.insert(RECEIPT.into(), r#"{"steps":8}"#.into())),
            |word| drop(word.metadata.remove(RECEIPT)),
            |word| drop(word.metadata.insert(SIGNATURE.into(), "00".into())),
        ];
        for (index, change) in changes.into_iter().enumerate() {
            let mut other = signed.clone();
            change(&mut other);
            assert_eq!(Signed::of(&other), changed, "{index}");
        }
        // Another key says another signer, never that nothing was changed.
        let mut forged = signed.clone();
        forged.metadata.insert(KEY.into(), "<script>".into());
        assert_eq!(Signed::of(&forged), Signed::Changed("c".into()));
        assert!(signed.metadata.values().all(|value| !value.contains(&hex::encode(key.0.to_bytes()))));
    }

    #[test]
    fn a_key_is_private_and_one_that_is_none_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let home = DataDir::at(folder.path().join("home"));
        Key::of(&home).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(home.signing_key()).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::write(home.signing_key(), "no key").unwrap();
        assert!(Key::of(&home).is_err());
        assert_eq!(fs::read_to_string(home.signing_key()).unwrap(), "no key");
        #[cfg(unix)]
        {
            fs::remove_file(home.signing_key()).unwrap();
            std::os::unix::fs::symlink("away/signing.key", home.signing_key()).unwrap();
            assert!(Key::of(&home).is_err(), "its drive is away; it is asked for no second time");
        }
    }

    /// RFC 8032, section 7.1, the first test: an empty message.
    #[test]
    fn keys_are_those_of_the_standard() {
        let secret = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let key = Key(SigningKey::from_bytes(&<[u8; 32]>::from_hex(secret).unwrap()));
        assert_eq!(key.public(), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    }
}
