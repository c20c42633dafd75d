//! By whose hand pictures are signed: this device's, with a certificate that is made at first use, or the artist's, with
//! one from an authority.
//!
//! The device's certificate is under an authority that signed it once and was forgotten: it says that one device made
//! several pictures, and nothing of whose it is. Keys never leave their files.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use c2pa::{BoxedSigner, SigningAlg, create_signer};
use ed25519_dalek::{Signer as _, SigningKey};
use rand::TryRng as _;
use rand::rngs::SysRng;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod,
    KeyUsagePurpose, PublicKeyData, SerialNumber, SignatureAlgorithm, date_time_ymd,
};
use sha2::{Digest as _, Sha256};

use crate::embedding::Key;
use base::atomic::write_new_with;
use base::{Error, FileKind, Result};
use project::{CredentialSettings, DataDir};

/// Room for a signature and what stands around it beside the certificates, in bytes. RSA's largest has 512.
const ROOM: usize = 2048;
/// A certificate of one's own is no longer than this, in bytes, nor is its key.
const LONGEST: u64 = 1 << 20;
/// The last year of a device's certificate. Without a time stamp a picture holds no longer than that.
const LAST_YEAR: i32 = 2049;
/// Where certificates and keys begin and end in the form PEM (RFC 7468).
const CERTIFICATE: [&str; 2] = ["-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"];
const KEY: [&str; 2] = ["-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"];
/// How the kinds of keys are tried.
const KINDS: [SigningAlg; 5] =
    [SigningAlg::Ed25519, SigningAlg::Es256, SigningAlg::Es384, SigningAlg::Es512, SigningAlg::Ps256];

/// A key and its certificates, DER, that of the key first.
pub(super) struct Hand {
    key: Secret,
    chain: Vec<Vec<u8>>,
}

enum Secret {
    Device(Box<Key>),
    Own(BoxedSigner),
}

impl Hand {
    /// The hand that the settings name.
    pub fn of(settings: &CredentialSettings, home: &DataDir) -> Result<Self> {
        match (&settings.certificate, &settings.key) {
            (Some(certificate), Some(key)) => Self::own(certificate, key),
            (None, None) => Self::device(home),
            (Some(path), None) | (None, Some(path)) => {
                let fault = "a certificate and its key sign together, and only one of them is named";
                Err(Error::file(FileKind::Settings, path, fault, "Name both."))
            }
        }
    }

    fn device(home: &DataDir) -> Result<Self> {
        let (key, path) = (Key::of(home)?, home.certificate());
        let certificate = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let made = device_certificate(&key.0, LAST_YEAR)?;
                match write_new_with(&path, |file| file.write_all(&made)) {
                    Ok(()) => made,
                    // Another process was quicker.
                    Err(Error::Io { source, .. }) if source.kind() == ErrorKind::AlreadyExists => {
                        fs::read(&path).map_err(|e| Error::read(&path, e))?
                    }
                    Err(error) => return Err(error),
                }
            }
            read => read.map_err(|e| Error::read(&path, e))?,
        };
        Ok(Self { key: Secret::Device(Box::new(key)), chain: vec![certificate] })
    }

    fn own(certificate: &Path, key: &Path) -> Result<Self> {
        let text = read(certificate)?;
        // A file may hold the key too, which must not go into pictures.
        let blocks: Vec<&str> = blocks(&text, CERTIFICATE).collect();
        let chain: Vec<Vec<u8>> = blocks.iter().filter_map(|block| decoded(block)).collect();
        if chain.is_empty() || chain.len() < blocks.len() {
            let fault = "it holds no whole certificate";
            return Err(Error::file(FileKind::Settings, certificate, fault, "Name one in the form PEM."));
        }
        let (public, secret) = (blocks.join("\n"), read(key)?);
        let secret = self::blocks(&secret, KEY).next().map(|block| format!("{block}\n")).unwrap_or_default();
        let signer = KINDS
            .into_iter()
            .find_map(|kind| create_signer::from_keys(public.as_bytes(), secret.as_bytes(), kind, None).ok());
        let signer = signer.ok_or_else(|| {
            let remedy = "Name one of the kinds Ed25519, ES256, ES384 or PS256 in the form PEM (PKCS #8), without a \
                password: `openssl pkcs8 -topk8 -nocrypt` makes that of others.";
            Error::file(FileKind::Settings, key, "it is no key that can sign pictures", remedy)
        })?;
        Ok(Self { key: Secret::Own(signer), chain })
    }
}

impl c2pa::Signer for Hand {
    fn sign(&self, data: &[u8]) -> c2pa::Result<Vec<u8>> {
        match &self.key {
            Secret::Device(key) => Ok(key.0.sign(data).to_bytes().to_vec()),
            Secret::Own(signer) => signer.sign(data),
        }
    }

    fn alg(&self) -> SigningAlg {
        match &self.key {
            Secret::Device(_) => SigningAlg::Ed25519,
            Secret::Own(signer) => signer.alg(),
        }
    }

    fn certs(&self) -> c2pa::Result<Vec<Vec<u8>>> {
        Ok(self.chain.clone())
    }

    fn reserve_size(&self) -> usize {
        ROOM + self.chain.iter().map(|certificate| certificate.len() + 16).sum::<usize>()
    }
}

fn read(path: &Path) -> Result<String> {
    let long = fs::metadata(path).is_ok_and(|about| about.len() > LONGEST);
    let text = if long { Err(ErrorKind::InvalidData.into()) } else { fs::read_to_string(path) };
    text.map_err(|error| match error.kind() {
        ErrorKind::InvalidData => {
            Error::file(FileKind::Settings, path, "it is no text in the form PEM", "Name another file.")
        }
        _ => Error::read(path, error),
    })
}

/// The blocks of a kind in a text, each with its first and its last line.
fn blocks<'t>(text: &'t str, [begin, end]: [&'static str; 2]) -> impl Iterator<Item = &'t str> {
    text.match_indices(begin).filter_map(move |(at, _)| {
        let rest = &text[at..];
        Some(&rest[..rest.find(end)? + end.len()])
    })
}

/// The bytes of a block.
fn decoded(block: &str) -> Option<Vec<u8>> {
    let packed: String = block.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
    STANDARD.decode(packed).ok().filter(|bytes| !bytes.is_empty())
}

/// A key as the maker of certificates wants it.
struct Ed25519<'k> {
    key: &'k SigningKey,
    public: [u8; 32],
}

impl<'k> Ed25519<'k> {
    fn of(key: &'k SigningKey) -> Self {
        Self { key, public: key.verifying_key().to_bytes() }
    }

    /// A name for the key among others (RFC 5280, section 4.2.1.2).
    fn identifier(&self) -> KeyIdMethod {
        KeyIdMethod::PreSpecified(Sha256::digest(self.public)[..20].to_vec())
    }
}

impl PublicKeyData for Ed25519<'_> {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_ED25519
    }
}

impl rcgen::SigningKey for Ed25519<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.key.sign(message).to_bytes().to_vec())
    }
}

/// A certificate for a key of this device, DER, as the standard wants it (C2PA 2.2, section 14.5.1).
pub(super) fn device_certificate(key: &SigningKey, last_year: i32) -> Result<Vec<u8>> {
    let root = SigningKey::from_bytes(&random()?);
    let (root, key) = (Ed25519::of(&root), Ed25519::of(key));
    let mut authority = CertificateParams::default();
    authority.distinguished_name = name("Pseudoword, an authority for one device");
    authority.key_identifier_method = root.identifier();
    let mut about = CertificateParams::default();
    (about.not_before, about.not_after) = (date_time_ymd(2024, 1, 1), date_time_ymd(last_year, 12, 31));
    about.serial_number = Some(SerialNumber::from_slice(&random::<16>()?));
    about.distinguished_name = name("Pseudoword on somebody's device");
    about.is_ca = IsCa::ExplicitNoCa;
    about.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    about.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
    about.use_authority_key_identifier_extension = true;
    about.key_identifier_method = key.identifier();
    let made = about.signed_by(&key, &Issuer::new(authority, root));
    let failed = |e| Error::Internal(format!("no certificate could be made for this device ({e})"));
    Ok(made.map_err(failed)?.der().to_vec())
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, "Pseudoword");
    name.push(DnType::CommonName, common);
    name
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    let none = |e| Error::Internal(format!("the system gives no random numbers ({e})"));
    SysRng.try_fill_bytes(&mut bytes).map_err(none)?;
    Ok(bytes)
}
