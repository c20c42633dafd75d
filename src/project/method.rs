//! How the word is learned and moved, as it can be chosen: the method, the optimiser, how often each noise level is seen,
//! and how much it counts.
//!
//! What a choice computes is known to `inversion`.

use super::named_enum::named_enum;

named_enum! {
    /// What moves the word.
    pub enum Optimizer as "optimiser" {
        /// Every number of the word by itself, as in the paper: the closest to your pictures. The word may grow.
        AdamW = "adamw" as "free",
        /// The word turns and keeps the length of usual words: close after very few steps, and then restless.
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

named_enum! {
    /// How a word is learned: the paper's own way and those that it was compared with (arXiv 2208.01618, section 5).
    pub enum Method as "method" {
        /// One word and nothing beside it, as the paper recommends.
        Single = "single" as "one word",
        /// More vectors from the first step on, two unless more are asked for: nearer to your pictures, harder to combine.
        Extended = "extended" as "more vectors",
        /// One vector at first, and further ones after some thousand steps.
        Progressive = "progressive" as "growing",
        /// The word is held near the one it began as: prompts are obeyed better, pictures met less closely.
        Regularised = "regularised" as "held back" also ["regularized"],
        /// Every picture has a word of its own beside yours, for what only that picture shows; those are dropped in the end.
        PerImage = "per-image" as "picture words",
        /// Every picture is learned with your own sentence about it.
        Captions = "captions" as "own sentences",
        /// Two words for two things are learned together, also in pictures of both.
        TwoConcept = "two-concept" as "two words",
    }
}
