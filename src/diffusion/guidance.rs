//! Classifier-free guidance (Ho and Salimans 2022): following the prompt more closely than the network would.
//!
//! The network predicts twice, with the prompt and with the negative (or empty) prompt, and the difference is
//! exaggerated. It does not rescale or clip the result; a scale that is too high shows as burnt colours.

use super::sum_of;

/// `unconditional + scale * (conditional - unconditional)`, the prediction a sampler's step is given.
///
/// Both predictions have the same length and any shape. `scale` 1 is the plain conditional prediction and 0
/// the unconditional one; Stable Diffusion images use 5 to 10 (`guidance_scale` in diffusers' pipelines).
///
/// # Panics
/// When the two predictions differ in length.
pub fn combine(unconditional: &[f32], conditional: &[f32], scale: f64) -> Vec<f32> {
    sum(&[(1.0 - scale, unconditional), (scale, conditional)])
}

/// The sum of predictions, each multiplied by its factor. Several prompts at once are `1 - scale * sum of weights` of the
/// unconditional prediction and `scale * weight` of each conditional one: the conjunction of composable diffusion (Liu
/// et al. 2022, arXiv 2206.01714, eq. 11).
///
/// # Panics
/// When the predictions differ in length.
pub fn sum(terms: &[(f64, &[f32])]) -> Vec<f32> {
    sum_of(terms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_interpolates_and_extrapolates() {
        let (unconditional, conditional) = ([1.0, -2.0], [3.0, 2.0]);
        assert_eq!(combine(&unconditional, &conditional, 0.0), unconditional);
        assert_eq!(combine(&unconditional, &conditional, 1.0), conditional);
        assert_eq!(combine(&unconditional, &conditional, 7.5), [16.0, 28.0]);
    }
}
