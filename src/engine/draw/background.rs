//! Latents whose picture has both what is new and the original around it: the decoder then paints both sides of the seam
//! with one hand.
//!
//! It is the optimisation of latents of `ldm/image_reconstruction.py` (omriav/blended-latent-diffusion), with its loss, its
//! rate and its steps. The decoder's own weights, which that code can fit as well, stay as they are.

use burn::tensor::{DType, Tensor, TensorData};

use super::not_finite;
use crate::context::JobSignal;
use base::Result;
use diffusion::blended::blend;
use inversion::AdamW;
use inversion::objective::read;
use model::AutoencoderKl;
use project::AdamW as AdamWSettings;

/// How much more the original counts than what is new.
const PRESERVATION: f32 = 100.0;
const RATE: f64 = 0.1;
const ADAM: AdamWSettings = AdamWSettings { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 };

/// What the latents are to be decoded to: planes of pixels from -1 to 1.
pub(crate) struct Wanted<'a> {
    /// What is new.
    pub drawn: &'a [f32],
    /// What is to stay.
    pub original: &'a [f32],
    /// 1 in each pixel where something new belongs, else 0.
    pub mask: &'a [f32],
}

/// Latents, `[channels, height, width]`, fitted in so many steps. Before each, `go_on` is told which it is and the loss so
/// far; `None` if it says to end.
///
/// # Errors
/// [`base::Error::Device`] if the device fails, [`base::Error::Numbers`] if the numbers are no longer finite.
pub(crate) fn fit_background(
    vae: &AutoencoderKl,
    mut latents: Vec<f32>,
    [channels, height, width]: [usize; 3],
    wanted: &Wanted<'_>,
    steps: usize,
    go_on: &mut dyn FnMut(usize, f32) -> JobSignal,
) -> Result<Option<Vec<f32>>> {
    let (plain, device) = (vae.device(), vae.device().autodiff());
    let pixels = [1, 3, height * vae.config.downsampling(), width * vae.config.downsampling()];
    let target = blend(wanted.mask, wanted.drawn, wanted.original);
    let weight = wanted.mask.iter().map(|mask| mask + PRESERVATION * (1.0 - mask)).collect::<Vec<_>>();
    let target = Tensor::<4>::from_data(TensorData::new(target, pixels), &plain);
    let weight = Tensor::<4>::from_data(TensorData::new(weight, [1, 1, pixels[2], pixels[3]]), &plain);
    // Short numbers would lose what each pixel adds.
    let scale = if vae.dtype == DType::F32 { 1.0 } else { wanted.drawn.len() as f32 / PRESERVATION };
    let mut optimizer = AdamW::new(latents.len());
    for step in 0..steps {
        let data = TensorData::new(latents.clone(), [1, channels, height, width]);
        let leaf = Tensor::<4>::from_data(data, &device).require_grad();
        let error = (vae.decode(leaf.clone().cast(vae.dtype)).cast(DType::F32) - target.clone()).square();
        let loss = (error * weight.clone()).mean();
        let gradients = (loss.clone() * scale).backward();
        let gradient = leaf.grad(&gradients).map(read).transpose()?.unwrap_or_default();
        let loss = read(loss.inner())?.first().copied().unwrap_or(f32::NAN);
        if gradient.len() != latents.len() || gradient.iter().any(|value| !value.is_finite()) {
            return Err(not_finite());
        }
        if go_on(step, loss) != JobSignal::Continue {
            return Ok(None);
        }
        let gradient: Vec<f32> = gradient.into_iter().map(|value| value / scale).collect();
        optimizer.step(&mut latents, &gradient, RATE, &ADAM);
    }
    Ok(Some(latents))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tests::{golden, session};
    use diffusion::Noise;
    use model::Pipeline;
    use project::Precision;

    #[test]
    fn the_background_comes_nearer_to_the_original() {
        let device = session().device.device;
        let mut model = Pipeline::open(&golden(), &device, Precision::F32, &mut |_, _| Ok(())).unwrap();
        let vae = model.vae().unwrap();
        let latents = Noise::new(1).normal(0, 4 * 8 * 8);
        let data = TensorData::new(latents.clone(), [1, 4, 8, 8]);
        let drawn = read(vae.decode(Tensor::<4>::from_data(data, &device))).unwrap();
        let original: Vec<f32> = (0..3 * 64 * 64).map(|at| (at as f32 * 0.05).sin() * 0.5).collect();
        let mask: Vec<f32> = (0..64 * 64).map(|at| f32::from(u8::from(at % 64 < 24))).collect();
        let wanted = Wanted { drawn: &drawn, original: &original, mask: &mask };
        let mut losses = Vec::new();
        let mut watch = |_: usize, loss: f32| {
            losses.push(loss);
            JobSignal::Continue
        };
        let fitted =
            fit_background(vae, latents.clone(), [4, 8, 8], &wanted, 12, &mut watch).unwrap().unwrap();
        println!("{losses:?}");
        assert!(fitted != latents && losses.len() == 12 && losses[11] < 0.9 * losses[0], "{losses:?}");
        let ended = fit_background(vae, latents, [4, 8, 8], &wanted, 3, &mut |_, _| JobSignal::Stop);
        assert!(ended.unwrap().is_none());
    }
}
