//! One picture of a dataset and what the artist decided about it: its square, its sentence, its rights.
//!
//! Plain data; no file is opened here.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::named_enum::named_enum;

named_enum! {
    /// By what right a picture is used; goes with the exported word.
    pub enum Rights as "right" default Unknown {
        /// Not said.
        Unknown = "unknown",
        /// My own work.
        Own = "own",
        /// Someone else's work, used with permission or under a licence.
        Licensed = "licensed",
        /// Free of rights.
        PublicDomain = "public-domain",
        /// With the consent of whom it shows or belongs to.
        Consent = "consent",
        /// By another right, which the artist knows.
        Other = "other",
    }
}

/// Which square of a picture is learned.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Crop {
    /// The largest square in the middle.
    #[default]
    Centre,
    /// A chosen square, in parts of the shorter side of the upright picture (so that it survives a resized
    /// file).
    Chosen {
        /// Distance from the left edge, from 0.
        left: f64,
        /// Distance from the top edge, from 0.
        top: f64,
        /// Side of the square, above 0 up to 1.
        side: f64,
    },
}

impl Crop {
    /// The square as (left, top, side) in whole pixels of an upright picture of that size; `None` if it does
    /// not lie inside of the picture.
    pub fn square(self, width: u32, height: u32) -> Option<(u32, u32, u32)> {
        let shorter = width.min(height);
        let (left, top, side) = match self {
            Self::Centre => return Some(((width - shorter) / 2, (height - shorter) / 2, shorter)),
            Self::Chosen { left, top, side } => (left, top, side),
        };
        let scale = f64::from(shorter);
        // One pixel of tolerance, because the fractions were rounded when the square was drawn.
        let inside =
            |start: f64, length: u32| start >= 0.0 && (start + side) * scale <= f64::from(length) + 1.0;
        if !(side > 0.0 && side <= 1.0 && inside(left, width) && inside(top, height)) {
            return None;
        }
        let side = ((side * scale).round() as u32).clamp(1, shorter);
        let place = |start: f64, length: u32| ((start * scale).round() as u32).min(length - side);
        Some((place(left, width), place(top, height), side))
    }
}

/// One picture and what was decided about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PictureEntry {
    /// The picture file.
    pub path: PathBuf,
    /// Whether it takes part in learning.
    pub enabled: bool,
    /// A sentence of its own; `{}` stands for the word. From `NAME.txt` beside the picture, unless changed
    /// here.
    pub caption: Option<String>,
    /// A picture that is white where to learn: `NAME.mask.png` beside the picture.
    pub mask: Option<PathBuf>,
    /// Which square is learned.
    pub crop: Crop,
    /// Whether it may be mirrored.
    pub allow_flip: bool,
    /// By what right it is used.
    pub rights: Rights,
    /// From whom that right is, or whose consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rights_from: Option<String>,
    /// Why it may be learned from although it bears a mark against that, in the words of whoever says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub despite_mark: Option<String>,
}

impl PictureEntry {
    /// A picture about which nothing was decided: enabled, centred, free to be mirrored.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            enabled: true,
            caption: None,
            mask: None,
            crop: Crop::Centre,
            allow_flip: true,
            rights: Rights::Unknown,
            rights_from: None,
            despite_mark: None,
        }
    }

    /// The file name, for messages.
    pub(crate) fn name(&self) -> std::borrow::Cow<'_, str> {
        self.path.file_name().unwrap_or_default().to_string_lossy()
    }
}
