//! Classifier-free guidance (Ho and Salimans 2022): following the prompt more closely than the network would.
//!
//! The network predicts twice, with the prompt and with the negative (or empty) prompt, and the difference is
//! exaggerated. A scale that is too high shows as burnt colours; rescaling (Lin et al. 2023) takes the contrast back.
//! Nothing is ever clipped.

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

/// A guided prediction, `share` (0 to 1) of the way to the same with the standard deviation of the conditional one
/// (equations 14 to 16 of Lin et al. 2023, "Common Diffusion Noise Schedules and Sample Steps are Flawed"; `rescale_noise_cfg`
/// in diffusers). One picture's: the deviation is that of all its numbers. What does not vary is left as it is.
///
/// # Panics
/// When the two predictions differ in length.
pub fn rescaled(guided: Vec<f32>, conditional: &[f32], share: f64) -> Vec<f32> {
    assert_eq!(guided.len(), conditional.len(), "predictions of different length");
    let ratio = deviation(conditional) / deviation(&guided);
    if share == 0.0 || !ratio.is_finite() {
        return guided;
    }
    sum(&[(1.0 + share * (ratio - 1.0), &guided)])
}

fn deviation(values: &[f32]) -> f64 {
    let count = values.len().max(1) as f64;
    let mean = values.iter().map(|value| f64::from(*value)).sum::<f64>() / count;
    (values.iter().map(|value| (f64::from(*value) - mean).powi(2)).sum::<f64>() / count).sqrt()
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

    #[test]
    fn rescaling_takes_the_contrast_of_the_conditional_prediction() {
        // Deviations of 4 and 1.
        let (guided, conditional) = (vec![1.0, 9.0], [3.0, 5.0]);
        assert_eq!(rescaled(guided.clone(), &conditional, 1.0), [0.25, 2.25]);
        assert_eq!(rescaled(guided.clone(), &conditional, 0.5), [0.625, 5.625]);
        assert_eq!(rescaled(guided.clone(), &conditional, 0.0), guided);
        assert_eq!(rescaled(vec![2.0, 2.0], &conditional, 0.7), [2.0, 2.0]);
    }
}
