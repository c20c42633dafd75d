//! Latents whose picture has both what is new and the original around it: the decoder then paints both sides of the seam
//! with one hand.
//!
//! It is the optimisation of latents of `ldm/image_reconstruction.py` (omriav/blended-latent-diffusion), with its loss, its
//! rate and its steps; a large picture is fitted in tiles. The decoder's own weights, which that code can fit as well, stay
//! as they are.

use burn::tensor::{DType, Tensor, TensorData};

use super::tiles::Tiling;
use super::{in_parts, not_finite};
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

/// Latents, `[channels, height, width]`, fitted in so many steps; tile by tile where the picture is large, or memory
/// `tight`. In each step, `go_on` is told which it is and the loss so far, and between two tiles only asked, with no loss;
/// `None` if it says to end.
///
/// # Errors
/// [`base::Error::Device`] if the device fails, [`base::Error::Numbers`] if the numbers are no longer finite.
pub(crate) fn fit_background(
    vae: &AutoencoderKl,
    mut latents: Vec<f32>,
    [channels, height, width]: [usize; 3],
    wanted: &Wanted<'_>,
    (steps, tight): (usize, bool),
    go_on: &mut dyn FnMut(usize, Option<f32>) -> JobSignal,
) -> Result<Option<Vec<f32>>> {
    let (plain, device) = (vae.device(), vae.device().autodiff());
    let pixel = vae.config.downsampling();
    let tiling = match in_parts([height, width], pixel, tight) {
        true => Tiling::of_pixels([height, width], pixel),
        false => Tiling::whole([height, width]),
    };
    let target = blend(wanted.mask, wanted.drawn, wanted.original);
    let weight = wanted.mask.iter().map(|mask| mask + PRESERVATION * (1.0 - mask)).collect::<Vec<_>>();
    // Where tiles overlap by more than they fade, a pixel would count twice.
    let total = tiling.total(pixel);
    let weight: Vec<f32> = weight.iter().zip(&total).map(|(weight, total)| weight / total).collect();
    // Short numbers would lose what each pixel adds to the mean.
    let share = (wanted.drawn.len() as f32).recip();
    let scale = if vae.dtype == DType::F32 { share } else { PRESERVATION.recip() };
    let mut optimizer = AdamW::new(latents.len());
    for step in 0..steps {
        let (mut gradient, mut sum) = (vec![0.0; latents.len()], 0.0);
        for (at, tile) in tiling.tiles().into_iter().enumerate() {
            if at > 0 && go_on(step, None) != JobSignal::Continue {
                return Ok(None);
            }
            let [tall, wide] = tile.sides;
            let data = TensorData::new(tiling.cut(&latents, tile, 1), [1, channels, tall, wide]);
            let leaf = Tensor::<4>::from_data(data, &device).require_grad();
            let planes = |planes: Vec<f32>, count: usize| {
                Tensor::<4>::from_data(
                    TensorData::new(planes, [1, count, tall * pixel, wide * pixel]),
                    &plain,
                )
            };
            let target = planes(tiling.cut(&target, tile, pixel), 3);
            let counts = tiling.cut(&weight, tile, pixel).into_iter().zip(tiling.window(tile, pixel));
            let weight = planes(counts.map(|(weight, window)| weight * window).collect(), 1);
            let error = (vae.decode(leaf.clone().cast(vae.dtype)).cast(DType::F32) - target).square();
            let loss = (error * weight).sum() * scale;
            let gradients = loss.backward();
            let found = leaf.grad(&gradients).map(read).transpose()?.unwrap_or_default();
            sum += read(loss.inner())?.first().copied().unwrap_or(f32::NAN);
            if found.is_empty() || found.iter().any(|value| !value.is_finite()) {
                return Err(not_finite());
            }
            tiling.add(&mut gradient, tile, &found, 1);
        }
        let share = share / scale;
        if go_on(step, Some(sum * share)) != JobSignal::Continue {
            return Ok(None);
        }
        gradient.iter_mut().for_each(|value| *value *= share);
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
        let mut watch = |_: usize, loss: Option<f32>| {
            losses.extend(loss);
            JobSignal::Continue
        };
        let fitted = fit_background(vae, latents.clone(), [4, 8, 8], &wanted, (12, false), &mut watch)
            .unwrap()
            .unwrap();
        println!("{losses:?}");
        assert!(fitted != latents && losses.len() == 12 && losses[11] < 0.9 * losses[0], "{losses:?}");
        let ended = fit_background(vae, latents, [4, 8, 8], &wanted, (3, false), &mut |_, _| JobSignal::Stop);
        assert!(ended.unwrap().is_none());
    }

    #[test]
    fn what_is_fitted_in_tiles_becomes_like_what_is_fitted_whole() {
        let device = session().device.device;
        let mut model = Pipeline::open(&golden(), &device, Precision::F32, &mut |_, _| Ok(())).unwrap();
        let vae = model.vae().unwrap();
        let shape = [4, 8, 80];
        let latents = Noise::new(1).normal(0, shape.iter().product());
        let drawn = vec![0.0; 3 * 64 * 640];
        let original: Vec<f32> = (0..drawn.len()).map(|at| (at as f32 * 0.05).sin() * 0.5).collect();
        let mask: Vec<f32> = (0..64 * 640).map(|at| f32::from(u8::from(at % 640 < 100))).collect();
        let wanted = Wanted { drawn: &drawn, original: &original, mask: &mask };
        let mut first = Vec::new();
        for tight in [false, true] {
            let mut losses = Vec::new();
            let mut watch = |_: usize, loss: Option<f32>| {
                losses.extend(loss);
                JobSignal::Continue
            };
            let fitted = fit_background(vae, latents.clone(), shape, &wanted, (12, tight), &mut watch);
            println!("{tight}: {losses:?}");
            // No latent stays, at either side of where tiles meet.
            let kept = fitted.unwrap().unwrap().iter().zip(&latents).filter(|(a, b)| a == b).count();
            assert!(kept == 0 && losses[11] < 0.95 * losses[0], "{tight}: {kept}, {losses:?}");
            first.push(losses[0]);
        }
        // Each pixel counts once, however many tiles show it.
        assert!((first[1] / first[0] - 1.0).abs() < 0.25, "{first:?}");
        // Whoever waits is heard between two tiles, long before a step is done.
        let mut asked = Vec::new();
        let mut stop = |step: usize, loss: Option<f32>| {
            asked.push((step, loss));
            JobSignal::Stop
        };
        assert!(fit_background(vae, latents, shape, &wanted, (3, true), &mut stop).unwrap().is_none());
        assert_eq!(asked, [(0, None)]);
    }
}
