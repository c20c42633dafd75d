//! The families of text-to-image models that a word can be learned on, as plain facts.
//!
//! A word fits one family only, so the family is said wherever a model or a word is shown. What tells families
//! apart in a file is `format`'s business; nothing is guessed here.

use serde::{Deserialize, Serialize};

/// A family of models: one kind of text encoder, one kind of U-Net.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Stable Diffusion 1: CLIP ViT-L/14, 768 numbers a vector. What there was before there was a choice.
    #[default]
    Sd1,
    /// Stable Diffusion 2: OpenCLIP ViT-H/14, 1024 numbers a vector.
    Sd2,
    /// Stable Diffusion XL: CLIP ViT-L/14 and OpenCLIP ViT-bigG/14, 768 and 1280 numbers a vector.
    Sdxl,
    /// The latent diffusion model of the paper, LDM text2img-large: a BERT-like encoder, 1280 numbers a vector.
    Ldm,
}

impl Family {
    /// All of them, oldest generation last.
    pub const ALL: [Self; 4] = [Self::Sd1, Self::Sd2, Self::Sdxl, Self::Ldm];

    /// Its name, its badge, the widths of its vectors, and what ModelSpec calls it.
    const fn facts(self) -> (&'static str, &'static str, &'static [usize], &'static str) {
        match self {
            Self::Sd1 => ("Stable Diffusion 1", "SD 1", &[768], "stable-diffusion-v1"),
            Self::Sd2 => ("Stable Diffusion 2", "SD 2", &[1024], "stable-diffusion-v2-768-v"),
            Self::Sdxl => ("Stable Diffusion XL", "SDXL", &[768, 1280], "stable-diffusion-xl-v1-base"),
            Self::Ldm => ("Latent Diffusion", "LDM", &[1280], "latent-diffusion"),
        }
    }

    /// The name people know it by.
    pub fn name(self) -> &'static str {
        self.facts().0
    }

    /// A badge of a few letters.
    pub fn badge(self) -> &'static str {
        self.facts().1
    }

    /// How wide the vectors of a word are in the published models: one number for each text encoder.
    pub fn widths(self) -> &'static [usize] {
        self.facts().2
    }

    /// What ModelSpec calls it in `modelspec.architecture` (`latent-diffusion` is ours: the standard has no name
    /// for it).
    pub fn architecture(self) -> &'static str {
        self.facts().3
    }

    /// The family that a `modelspec.architecture` names, with or without `/textual-inversion` behind it.
    pub fn from_architecture(architecture: &str) -> Option<Self> {
        let model = architecture.split('/').next().unwrap_or_default();
        match model {
            _ if model.starts_with("stable-diffusion-v1") => Some(Self::Sd1),
            _ if model.starts_with("stable-diffusion-v2") => Some(Self::Sd2),
            _ if model.starts_with("stable-diffusion-xl") => Some(Self::Sdxl),
            "latent-diffusion" => Some(Self::Ldm),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn architectures_name_their_family() {
        for family in Family::ALL {
            let full = format!("{}/textual-inversion", family.architecture());
            assert_eq!(Family::from_architecture(&full), Some(family));
        }
        assert_eq!(Family::from_architecture("stable-diffusion-v2-512/textual-inversion"), Some(Family::Sd2));
        assert_eq!(Family::from_architecture("flux-1-dev/lora"), None);
    }
}
