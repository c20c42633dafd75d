//! Content credentials (C2PA): who made a picture with what, signed inside its file.
//!
//! Written as the last thing, over all that the file says of itself, and read with a word on whether it still holds. It
//! speaks to no server: no time is stamped, no manifest fetched, no certificate asked after. So a reader learns that the
//! file is as its signer left it, and not who that is.

mod certificate;
mod reading;

use std::fs::File;
use std::io::{BufRead as _, BufReader, Cursor, Read, Seek, Write};
use std::path::Path;
use std::sync::{Arc, LazyLock};

use c2pa::{Builder, BuilderIntent, Context, Ingredient, Settings};
use image::RgbImage;
use serde_json::json;

pub use self::reading::{ContentCredentials, FileState, Made};
use crate::png_info::to_png;
use base::{Error, FileKind, Result};
use certificate::Hand;
use project::{CredentialSettings, DataDir};

/// What a model drew, and what it drew a part of, in IPTC's words.
const DRAWN: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
const COMPOSED: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";
/// Larger files than this are worked on beside the memory, in megabytes.
const MOST_IN_MEMORY: usize = 64;

/// How a picture came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin<'a> {
    /// A model drew all of it.
    Drawn,
    /// It was put together of pictures that a model drew and others.
    Composed,
    /// A model drew into this picture, or by it.
    Edited(&'a Path),
}

/// What signs pictures.
pub struct Seal {
    hand: Hand,
}

impl Seal {
    /// What signs pictures that are made now, if anything is to.
    ///
    /// # Errors
    /// Those of [`Self::of`], and of the settings.
    pub fn usual() -> Result<Option<Self>> {
        Self::of(&CredentialSettings::usual()?, &DataDir::usual())
    }

    /// Refuses a certificate that somebody named and that signs nothing, and settings that cannot be read and may have named
    /// one, before pictures are drawn. The device's own was not asked for, and costs no picture.
    ///
    /// # Errors
    /// Those of [`Self::usual`].
    pub fn expect_named() -> Result<()> {
        let settings = CredentialSettings::usual()?;
        let named = settings.certificate.is_some() || settings.key.is_some();
        if named { Self::of(&settings, &DataDir::usual()).map(drop) } else { Ok(()) }
    }

    /// What these settings ask for: nothing if they are switched off. The certificate of the device is made if there is
    /// none. A picture is signed and looked at, so that what cannot be used is found here.
    ///
    /// # Errors
    /// [`Error::Io`] if a file can be neither read nor made; [`Error::File`] if a certificate or its key is damaged, has
    /// expired, does not fit the other, or is not of the kind that signs pictures.
    pub fn of(settings: &CredentialSettings, home: &DataDir) -> Result<Option<Self>> {
        if settings.off {
            return Ok(None);
        }
        let seal = Self { hand: Hand::of(settings, home)? };
        let tried = seal.sign(Origin::Drawn, &to_png(&RgbImage::new(1, 1))?).map_err(|e| match e {
            Error::Internal(why) => why,
            other => other.to_string(),
        });
        let fault = match tried {
            Err(why) => why,
            Ok(signed) => match ContentCredentials::read("image/png", Cursor::new(signed)) {
                Some(read) if read.state == FileState::Intact => return Ok(Some(seal)),
                _ => "what it signs does not verify".to_owned(),
            },
        };
        let (path, remedy) = match &settings.certificate {
            Some(own) => {
                (own.clone(), "Choose a valid one for signing, with its key, or none: the device signs then.")
            }
            None => (home.certificate(), "Move it away: another is made then."),
        };
        let fault = format!("no picture can be signed with this certificate ({fault})");
        Err(Error::file(FileKind::Settings, &path, fault, remedy))
    }

    /// A picture with its credentials: PNG, JPEG or what else holds them.
    ///
    /// # Errors
    /// [`Error::Internal`] with the reason.
    pub fn sign(&self, origin: Origin<'_>, picture: &[u8]) -> Result<Vec<u8>> {
        let mut signed = Cursor::new(Vec::new());
        self.sign_into(origin, picture, &mut signed)?;
        Ok(signed.into_inner())
    }

    /// The same, written into an empty file.
    pub fn sign_into<W>(&self, origin: Origin<'_>, picture: &[u8], out: &mut W) -> Result<()>
    where
        W: Read + Write + Seek + Send,
    {
        let unknown = || Error::Internal("it is no picture that can be signed".into());
        let format = image::guess_format(picture).map_err(|_| unknown())?.to_mime_type();
        let mut work = || -> c2pa::Result<()> {
            let mut builder = manifest(origin)?;
            builder.sign(&self.hand, format, &mut Cursor::new(picture), out).map(drop)
        };
        // A stranger's manifest may be kept with it, which the picture must outlive.
        match base::caught(&mut work) {
            Ok(done) => done.map_err(|error| Error::Internal(error.to_string())),
            Err(_) => Err(Error::Internal("signing broke off".into())),
        }
    }
}

/// What is to be signed of a picture, without the picture.
fn manifest(origin: Origin<'_>) -> c2pa::Result<Builder> {
    let action = |name: &str, kind: &str| json!({ "action": name, "digitalSourceType": kind });
    let action = match origin {
        Origin::Drawn => action("c2pa.created", DRAWN),
        Origin::Composed => action("c2pa.created", COMPOSED),
        Origin::Edited(_) => action("c2pa.edited", COMPOSED),
    };
    let mut builder = Builder::from_shared_context(&CONTEXT).with_definition(json!({
        "claim_generator_info": [{ "name": "Pseudoword", "version": env!("CARGO_PKG_VERSION") }],
        "assertions": [{ "label": "c2pa.actions.v2", "data": { "actions": [action] }, "created": true }],
    }))?;
    if let Origin::Edited(source) = origin {
        // Puts `c2pa.opened`, with the source, before what was done.
        builder.set_intent(BuilderIntent::Edit);
        add_source(&mut builder, source);
    }
    Ok(builder)
}

/// Names the picture that was edited, with the manifest that it has. One that cannot be read is named all the same.
fn add_source(builder: &mut Builder, source: &Path) {
    let title = source.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let opened = opened(source);
    let format = opened.as_ref().map_or("application/octet-stream", |(format, _)| *format);
    let about = json!({ "title": title, "relationship": "parentOf" }).to_string();
    let read = opened.is_some_and(|(format, mut file)| {
        base::caught(|| builder.add_ingredient_from_stream(about, format, &mut file).is_ok()).unwrap_or(false)
    });
    if !read {
        let mut plain = Ingredient::new_v2(title, format.to_owned());
        // By this the action finds it.
        plain.set_is_parent().set_label("source");
        builder.add_ingredient(plain);
    }
}

/// A picture's type and its bytes, by its content.
fn opened(path: &Path) -> Option<(&'static str, BufReader<File>)> {
    let mut file = BufReader::new(File::open(path).ok()?);
    let format = image::guess_format(file.fill_buf().ok()?).ok()?;
    Some((format.to_mime_type(), file))
}

/// How the standard's crate works here. No network, whatever a manifest asks for.
static CONTEXT: LazyLock<Arc<Context>> = LazyLock::new(|| {
    let mut context = Context::new();
    let mut settings = Settings::new();
    settings.verify.remote_manifest_fetch = false;
    settings.verify.ocsp_fetch = false;
    settings.core.allowed_network_hosts = Some(Vec::new());
    settings.core.decode_identity_assertions = false;
    settings.core.backing_store_memory_threshold_in_mb = MOST_IN_MEMORY;
    *context.settings_mut() = settings;
    Arc::new(context)
});

#[cfg(test)]
mod tests;
