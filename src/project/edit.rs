//! What is asked for when a picture is edited, beside what a drawing is asked for: how much of it changes, how the new and
//! the old are joined, and which part is drawn.
//!
//! It checks ranges only. The picture and its mask are files, which are no settings. The length is that of one list of
//! settings, of the entries that tell of them, and of their tests.

use clap::ArgAction;
use serde::{Deserialize, Serialize};

use super::named_enum::named_enum;
use super::options::{above_zero, within};
use base::{Result, with_defaults};

named_enum! {
    /// How the original is kept around the mask while the picture is drawn.
    pub enum BlendOrder as "order" {
        // `ldm/image_editor.py` of omriav/blended-latent-diffusion, MIT.
        /// As Blended Latent Diffusion does it: the original is put back before each step, with the noise of that step.
        Ldm = "ldm" as "before each step",
        // `scripts/text_editing_SDXL.py` of the same.
        /// As its script for Stable Diffusion does it: the original is put back after each step.
        Sd = "sd" as "after each step",
    }
}

named_enum! {
    /// Which part of a picture is drawn anew around a mask.
    pub enum EditArea as "area" {
        /// The whole picture while it is about as large as the model draws, else only what is around the mask.
        Auto = "auto",
        /// The whole picture, made as small or large as the model draws.
        Whole = "whole" as "whole picture",
        /// What is around the mask, made as large as the model draws: for small things in large pictures.
        Masked = "masked" as "only masked",
    }
}

named_enum! {
    /// How the seam around what is new is hidden.
    pub enum Seam as "seam" {
        /// What is new fades into the original over a few pixels around the mask.
        Feather = "feather",
        // Perez et al. 2003, "Poisson Image Editing".
        /// The colours of what is new are shifted until they meet the original's at the edge of the mask.
        Poisson = "poisson" as "Poisson",
    }
}

named_enum! {
    /// What is fitted until the picture around the mask is the original's. Earlier versions asked for it by yes or no.
    pub enum BackgroundFit as "background fit" {
        /// Nothing: the original is put back as pixels, and the seam is hidden as it says above.
        Off = "off" as "put back" also ["false"],
        // `ldm/image_reconstruction.py` of omriav/blended-latent-diffusion, `--optimization_mode latents`.
        /// The drawing, bent until it shows what was there: the light and the larger forms of the original come back.
        Latents = "latents" as "fit the drawing" also ["true"],
        // Its default, `--optimization_mode weights`.
        /// The model's last brush, bent for this one picture: finer, as grain and thin lines come back too. It is slower and
        /// needs much memory.
        Decoder = "decoder" as "fit the brush",
    }
}

with_defaults! {
    /// How a picture is edited. What is `None` follows from the picture and the mask.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, clap::Args)]
    #[serde(default, deny_unknown_fields)]
    pub struct EditSettings {
        /// How much may change: low keeps the picture's forms and colours, 1 begins from noise alone.
        ///
        /// Above 0, up to 1. Default: 0.75 without a mask and with the order sd, 1 with the order ldm and on inpainting
        /// models.
        #[arg(long, visible_alias = "denoising-strength", value_name = "STRENGTH")]
        pub strength: Option<f64> = None,
        /// How the original is kept around the mask while the picture is drawn. Inpainting models know by themselves.
        ///
        /// Default: ldm. With --sampler ddim --steps 50 and --guidance 5 (ldm) or 7.5 (sd) it is what was published.
        #[arg(long, ignore_case = true)]
        pub order: BlendOrder = BlendOrder::Ldm,
        /// Draw with wider masks first, so that something thin can take shape: so many times wider by a cell of 8 pixels.
        ///
        /// 0 to 10. Default: 3 where the mask is thin, else 0. Only for the order ldm.
        #[arg(long, value_name = "TIMES")]
        pub dilations: Option<usize> = None,
        /// The part of the last steps in which new and old are joined as pixels. It costs time and keeps fine borders.
        ///
        /// 0 to 1. Default: 0. Only for the order ldm.
        #[arg(long, value_name = "PART")]
        pub pixel_phase: f64 = 0.0,
        /// Change what is black in the mask and keep what is white.
        ///
        /// Default: false.
        #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
        pub invert_mask: bool = false,
        /// Over how many pixels around the mask the new fades into the old. Beyond them nothing changes.
        ///
        /// 0 to 256. Default: 4.
        #[arg(long, visible_alias = "mask-blur", value_name = "PIXELS")]
        pub feather: u32 = 4,
        /// How the seam around what is new is hidden.
        ///
        /// Default: feather.
        #[arg(long, ignore_case = true)]
        pub seam: Seam = Seam::Feather,
        /// Let the model paint what is around the mask once more until it is the original's, so that the seam is by one hand.
        /// Slow: as long as a hundred steps and more.
        ///
        /// Default: off; latents if nothing more is said. 75 steps, as in the published code, of fitting the latents, or the weights
        /// of the decoder, or of its last blocks where memory is short. They are dropped afterwards.
        #[arg(long, ignore_case = true, action = ArgAction::Set, num_args = 0..=1, default_missing_value = "latents")]
        #[serde(deserialize_with = "fit_or_whether")]
        pub fit_background: BackgroundFit = BackgroundFit::Off,
        /// Which part of the picture is drawn anew around the mask.
        ///
        /// Default: auto.
        #[arg(long, ignore_case = true)]
        pub area: EditArea = EditArea::Auto,
        /// Draw a part that is larger than what the model draws in its own size, tile by tile: finer, and slower.
        ///
        /// Default: false; it is drawn smaller and made as large. Each tile follows the whole prompt: a strength of 0.3 to 0.6
        /// keeps together what spans several.
        #[arg(long, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
        pub tiles: bool = false,
        /// How many pixels around the mask are shown to the model, where only that part is drawn.
        ///
        /// 0 to 4096. Default: 32.
        #[arg(long, value_name = "PIXELS")]
        pub padding: u32 = 32,
        /// Make the picture larger by so many pixels at its left, top, right and bottom, and draw what is there.
        ///
        /// Four numbers with commas, or one for all sides; each 0 to 4096. Default: 0.
        #[arg(long, value_name = "L,T,R,B", value_parser = four_sides)]
        pub extend: [u32; 4] = [0; 4],
    }
}

impl EditSettings {
    /// Checks every range.
    pub fn validate(&self) -> Result<()> {
        above_zero("strength", self.strength.unwrap_or(1.0), 1.0)?;
        within("dilations", self.dilations.unwrap_or(0), 0, 10)?;
        within("pixel_phase", self.pixel_phase, 0.0, 1.0)?;
        within("feather", self.feather, 0, 256)?;
        within("padding", self.padding, 0, 4096)?;
        self.extend.iter().try_for_each(|side| within("extend", *side, 0, 4096))
    }

    /// Whether the picture is to become larger.
    pub fn extends(&self) -> bool {
        self.extend != [0; 4]
    }

    /// The strength, where nobody chose one for what is `masked`, on an `inpainting` model or another.
    pub fn strength(&self, masked: bool, inpainting: bool) -> f64 {
        let blended = masked && self.order == BlendOrder::Ldm;
        self.strength.unwrap_or(if blended || inpainting { 1.0 } else { 0.75 })
    }
}

/// What a picture says of how it was edited.
impl EditSettings {
    /// Entries by the keys of AUTOMATIC1111's web UI, then what that does not know, for a picture of which only a part
    /// `is_part` was drawn, at this strength.
    pub fn about(&self, strength: f64, masked: bool, is_part: bool) -> Vec<(String, String)> {
        let usual = Self::default();
        let area = if is_part { ONLY_MASKED } else { "Whole picture" };
        let sides = self.extend.map(|side| side.to_string()).join(",");
        // Each with whether it is to be said.
        let entries = [
            (true, STRENGTH, strength.to_string()),
            (masked, BLUR, self.feather.to_string()),
            (masked, AREA, area.to_string()),
            (masked && (is_part || self.padding != usual.padding), PADDING, self.padding.to_string()),
            (masked, "Masked content", "original".to_string()),
            (masked && self.invert_mask, MODE, NOT_MASKED.to_string()),
            (masked, BLENDING, self.order.to_string()),
            (masked, OWN_AREA, self.area.to_string()),
            (self.dilations.is_some(), DILATIONS, self.dilations.unwrap_or(0).to_string()),
            (self.pixel_phase > 0.0, PIXELS, self.pixel_phase.to_string()),
            (self.seam != usual.seam, SEAM, self.seam.to_string()),
            (self.fit_background != usual.fit_background, FIT, self.fit_background.to_string()),
            (self.tiles, TILES, "true".to_string()),
            (self.extends(), EXTENDED, sides),
        ];
        let said = entries.into_iter().filter(|(said, ..)| *said);
        said.map(|(_, key, value)| (key.to_owned(), value)).collect()
    }

    /// The settings that a picture's entries tell of, ours or those of AUTOMATIC1111's web UI. What is not said, or cannot
    /// be used, is as usual.
    pub fn read(entries: &[(String, String)]) -> Self {
        Self::default().told(entries)
    }

    /// Takes over what another picture says of how it was edited; whether it was edited at all. What is not said, or makes
    /// no sense, is left as it is.
    pub fn take_entries(&mut self, entries: &[(String, String)]) -> bool {
        let says = |wanted: &str| entries.iter().any(|(key, _)| key == wanted);
        // A picture that was enlarged by a second pass tells of a strength as well.
        let edited = says(STRENGTH) && !says("Hires upscale");
        if edited {
            let inside = Self { invert_mask: false, ..self.clone() };
            *self = inside.told(entries);
        }
        edited
    }

    fn told(self, entries: &[(String, String)]) -> Self {
        entries.iter().fold(self, |known, (key, value)| {
            let mut told = known.clone();
            let taken = told.take(key, value.trim()).is_some();
            if taken && told.validate().is_ok() { told } else { known }
        })
    }

    fn take(&mut self, key: &str, value: &str) -> Option<()> {
        match key {
            STRENGTH => self.strength = Some(value.parse().ok()?),
            BLUR => self.feather = value.parse().ok()?,
            AREA if value.eq_ignore_ascii_case(ONLY_MASKED) => self.area = EditArea::Masked,
            AREA => self.area = EditArea::Whole,
            PADDING => self.padding = value.parse().ok()?,
            MODE => self.invert_mask = value.eq_ignore_ascii_case(NOT_MASKED),
            BLENDING => self.order = value.parse().ok()?,
            OWN_AREA => self.area = value.parse().ok()?,
            DILATIONS => self.dilations = Some(value.parse().ok()?),
            PIXELS => self.pixel_phase = value.parse().ok()?,
            SEAM => self.seam = value.parse().ok()?,
            FIT => self.fit_background = value.parse().ok()?,
            TILES => self.tiles = value.parse().ok()?,
            EXTENDED => self.extend = four_sides(value).ok()?,
            _ => return None,
        }
        Some(())
    }
}

// Keys and values that AUTOMATIC1111's web UI writes (`modules/processing.py`).
const STRENGTH: &str = "Denoising strength";
const BLUR: &str = "Mask blur";
const AREA: &str = "Inpaint area";
const ONLY_MASKED: &str = "Only masked";
const PADDING: &str = "Masked area padding";
const MODE: &str = "Mask mode";
const NOT_MASKED: &str = "Inpaint not masked";
// And our own.
const BLENDING: &str = "Blending";
const OWN_AREA: &str = "Edit area";
const DILATIONS: &str = "Mask dilations";
const PIXELS: &str = "Pixel blending";
const SEAM: &str = "Seam";
const FIT: &str = "Fit background";
const TILES: &str = "Tiles";
const EXTENDED: &str = "Extended by";

/// What is fitted, or whether anything is, as earlier versions wrote it.
fn fit_or_whether<'de, D: serde::Deserializer<'de>>(from: D) -> Result<BackgroundFit, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Told {
        Whether(bool),
        What(String),
    }
    Ok(match Told::deserialize(from)? {
        Told::Whether(false) => BackgroundFit::Off,
        Told::Whether(true) => BackgroundFit::Latents,
        Told::What(what) => what.parse().map_err(<D::Error as serde::de::Error>::custom)?,
    })
}

/// Pixels at four sides: `0,0,128,0`, or one number for all.
pub fn four_sides(text: &str) -> Result<[u32; 4], String> {
    let read = |text: &str| -> Option<[u32; 4]> {
        let sides: Vec<u32> = text.split(',').map(|side| side.trim().parse().ok()).collect::<Option<_>>()?;
        match sides[..] {
            [all] => Some([all; 4]),
            _ => sides.try_into().ok(),
        }
    };
    read(text).ok_or_else(|| "write the pixels at the left, top, right and bottom, such as 0,0,128,0".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_checked_and_toml_keeps_everything() {
        let settings = EditSettings { strength: Some(0.4), extend: [0, 8, 0, 16], ..Default::default() };
        settings.validate().unwrap();
        let text = toml::to_string(&settings).unwrap();
        assert_eq!(toml::from_str::<EditSettings>(&text).unwrap(), settings);
        assert_eq!(toml::from_str::<EditSettings>("").unwrap(), EditSettings::default());
        for (told, fit) in [
            ("false", BackgroundFit::Off),
            ("true", BackgroundFit::Latents),
            ("\"latents\"", BackgroundFit::Latents),
            ("\"decoder\"", BackgroundFit::Decoder),
        ] {
            let read: EditSettings = toml::from_str(&format!("fit_background = {told}")).unwrap();
            assert_eq!(read.fit_background, fit, "{told}");
            let said = [(FIT.to_owned(), told.trim_matches('"').to_owned())];
            assert_eq!(EditSettings::read(&said).fit_background, fit, "{told}");
        }
        assert!(toml::from_str::<EditSettings>("fit_background = \"brush\"").is_err());
        type Break = fn(&mut EditSettings);
        let breaks: [(&str, Break); 7] = [
            ("strength", |s| s.strength = Some(0.0)),
            ("strength", |s| s.strength = Some(f64::NAN)),
            ("dilations", |s| s.dilations = Some(11)),
            ("pixel_phase", |s| s.pixel_phase = -0.1),
            ("feather", |s| s.feather = 257),
            ("padding", |s| s.padding = 5000),
            ("extend", |s| s.extend = [0, 0, 0, 9999]),
        ];
        for (field, change) in breaks {
            let mut settings = EditSettings::default();
            change(&mut settings);
            let error = settings.validate().unwrap_err().to_string();
            assert!(error.contains(field), "{field}: {error}");
        }
    }

    #[test]
    fn what_a_picture_says_is_read_back() {
        let odd = EditSettings {
            strength: Some(0.45),
            order: BlendOrder::Sd,
            dilations: Some(2),
            pixel_phase: 0.25,
            invert_mask: true,
            feather: 9,
            seam: Seam::Poisson,
            fit_background: BackgroundFit::Decoder,
            area: EditArea::Masked,
            tiles: true,
            padding: 64,
            extend: [0, 8, 0, 16],
        };
        let whole = EditSettings { area: EditArea::Whole, ..odd.clone() };
        let usual = EditSettings { strength: Some(1.0), ..EditSettings::default() };
        for settings in [odd, whole, usual] {
            for is_part in [false, true] {
                let about = settings.about(settings.strength.unwrap(), true, is_part);
                assert_eq!(EditSettings::read(&about), settings, "{about:?}");
            }
        }
        let plain = EditSettings::default().about(0.75, false, false);
        assert_eq!(plain, [(STRENGTH.to_owned(), "0.75".to_owned())]);
        // What other programs may write, and nobody can use.
        let odd = [
            (STRENGTH, "7"),
            (BLUR, "many"),
            (SEAM, "glue"),
            ("Steps", "3"),
            (EXTENDED, "1,2"),
            (PADDING, "5"),
        ];
        let odd = odd.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(EditSettings::read(&odd), EditSettings { padding: 5, ..EditSettings::default() });
    }

    #[test]
    fn entries_of_other_programs_are_taken_over_where_they_make_sense() {
        let entries = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let mut settings = EditSettings::default();
        assert!(!settings.take_entries(&entries(&[("Mask blur", "9")])), "it was not edited");
        assert_eq!(settings, EditSettings::default());
        let all = [
            ("Denoising strength", "0.6"),
            ("Mask blur", "9"),
            ("Inpaint area", "Only masked"),
            ("Masked area padding", "48"),
            ("Mask mode", "Inpaint not masked"),
            ("Blending", "sd"),
        ];
        assert!(settings.take_entries(&entries(&all)));
        let taken = EditSettings {
            strength: Some(0.6),
            feather: 9,
            area: EditArea::Masked,
            padding: 48,
            invert_mask: true,
            order: BlendOrder::Sd,
            ..EditSettings::default()
        };
        assert_eq!(settings, taken);
        assert!(settings.take_entries(&entries(&[("Denoising strength", "7")])));
        assert_eq!(settings, EditSettings { invert_mask: false, ..taken }, "a strength of 7 makes no sense");
        let enlarged = [("Denoising strength", "0.5"), ("Hires upscale", "2")];
        assert!(!settings.take_entries(&entries(&enlarged)), "it was enlarged, not edited");
    }

    #[test]
    fn sides_are_one_number_or_four() {
        assert_eq!((four_sides("64"), four_sides(" 0, 1,2 ,3")), (Ok([64; 4]), Ok([0, 1, 2, 3])));
        for wrong in ["", "1,2", "1,2,3,4,5", "-1", "1;2;3;4"] {
            assert!(four_sides(wrong).unwrap_err().contains("0,0,128,0"), "{wrong}");
        }
    }

    #[test]
    fn the_usual_strength_is_that_of_what_was_published() {
        let ldm = EditSettings::default();
        let sd = EditSettings { order: BlendOrder::Sd, ..Default::default() };
        assert_eq!((ldm.strength(true, false), sd.strength(true, false)), (1.0, 0.75));
        assert_eq!((ldm.strength(false, false), sd.strength(true, true)), (0.75, 1.0));
        assert_eq!(EditSettings { strength: Some(0.3), ..ldm }.strength(true, false), 0.3);
    }
}
