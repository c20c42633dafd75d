//! How the word is moved, as it can be chosen: the optimiser, how often each noise level is seen, and how much it counts.
//!
//! What a choice computes is known to `inversion`.

use super::named_enum::named_enum;

named_enum! {
    /// What moves the word.
    pub enum Optimizer as "optimiser" {
        /// Every number of the word by itself, as in the paper: the word may grow, and then drowns its sentence.
        AdamW = "adamw" as "free",
        /// The word turns and keeps the length of usual words: far fewer steps, and drawings obey the rest of a sentence.
        Directional = "directional" as "turning",
    }
}

named_enum! {
    /// How often each noise level is seen while learning.
    pub enum TimestepSampling as "timestep sampling" {
        /// All alike, as in the paper.
        Uniform = "uniform" as "all alike",
        /// Noisy ones more often: shape and colour before texture.
        LogSnr = "log-snr" as "noisy ones more",
    }
}

named_enum! {
    /// How much an error counts at each noise level.
    pub enum LossWeighting as "loss weighting" {
        /// All alike, as in the paper.
        Even = "even" as "all alike",
        /// Errors in nearly clean pictures count less (min-SNR, gamma 5).
        MinSnr = "min-snr" as "clean ones less",
        /// Errors count by the inverse root of the signal-to-noise ratio: noisy pictures count most.
        Debiased = "debiased" as "noisy ones most",
    }
}
