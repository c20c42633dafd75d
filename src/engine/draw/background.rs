//! What has both what is new and the original around it: the decoder then paints both sides of the seam with one hand. The
//! latents are fitted until they are decoded to that, or, for `decoder_fit`, the decoder's own numbers.
//!
//! It is the optimisation of `ldm/image_reconstruction.py` (omriav/blended-latent-diffusion), with its loss, its rates and
//! its steps; a large picture is fitted in tiles. The latents are those that were drawn, not the picture's encoded anew.

use burn::tensor::{DType, Device, Tensor, TensorData};

use super::tiles::{Tile, Tiling};
use super::{in_parts, not_finite};
use crate::context::JobSignal;
use base::Result;
use diffusion::blended::blend;
use inversion::objective::read;
use inversion::{AdamW, Leaves, Whole};
use model::AutoencoderKl;
use project::AdamW as AdamWSettings;

/// How much more the original counts than what is new.
const PRESERVATION: f32 = 100.0;
const RATE: f64 = 0.1;
const ADAM: AdamWSettings = AdamWSettings { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 };
/// By how much less the loss counts once it was too much for 16 bits.
const LESS: f32 = 16.0;

/// What is to be decoded: planes of pixels from -1 to 1.
pub(crate) struct Wanted<'a> {
    /// What is new.
    pub drawn: &'a [f32],
    /// What is to stay.
    pub original: &'a [f32],
    /// 1 in each pixel where something new belongs, else 0.
    pub mask: &'a [f32],
}

/// Told in each step which it is and the loss so far, and between two tiles only asked, with no loss; says whether to go on.
pub(crate) type GoOn<'a> = dyn FnMut(usize, Option<f32>) -> JobSignal + 'a;

/// Latents, `[channels, height, width]`, fitted in so many steps; tile by tile where the picture is large, or memory
/// `tight`. `None` if `go_on` says to end.
///
/// # Errors
/// [`base::Error::Device`] if the device fails, [`base::Error::Numbers`] if the numbers are no longer finite.
pub(crate) fn fit_background(
    vae: &AutoencoderKl,
    latents: Vec<f32>,
    shape: [usize; 3],
    wanted: &Wanted<'_>,
    (steps, tight): (usize, bool),
    go_on: &mut GoOn<'_>,
) -> Result<Option<Vec<f32>>> {
    let (pixel, sides) = (vae.config.downsampling(), [shape[1], shape[2]]);
    let tiling = match in_parts(sides, pixel, tight) {
        true => Tiling::of_pixels(sides, pixel),
        false => Tiling::whole(sides),
    };
    let mut fit =
        Fit { vae: vae.clone(), part: Part::Latents, latents: &latents, channels: shape[0], tiling, wanted };
    fit.descend(latents.clone(), RATE, steps, go_on)
}

/// What is fitted.
#[derive(Clone, Copy)]
pub(super) enum Part<'a> {
    /// The latents.
    Latents,
    /// These layers of the decoder, which are those of so many of its last blocks.
    Decoder(&'a Whole, usize),
}

/// The fitting of one picture.
pub(super) struct Fit<'a> {
    /// A copy, which shares its numbers with the model's until they are replaced.
    pub vae: AutoencoderKl,
    /// What is fitted.
    pub part: Part<'a>,
    /// What was drawn.
    pub latents: &'a [f32],
    /// How many planes they are.
    pub channels: usize,
    /// How the picture is cut.
    pub tiling: Tiling,
    /// What is to come of it.
    pub wanted: &'a Wanted<'a>,
}

impl Fit<'_> {
    /// `values`, the latents or the decoder's numbers, after so many steps of Adam at a rate; `None` if `go_on` says to end.
    ///
    /// # Errors
    /// As those of [`fit_background`].
    pub fn descend(
        &mut self,
        mut values: Vec<f32>,
        rate: f64,
        steps: usize,
        go_on: &mut GoOn<'_>,
    ) -> Result<Option<Vec<f32>>> {
        let (plain, device) = (self.vae.device(), self.vae.device().autodiff());
        let (pixel, dtype) = (self.vae.config.downsampling(), self.vae.dtype);
        let (tiling, Wanted { drawn, original, mask }) = (self.tiling, self.wanted);
        let target = blend(mask, drawn, original);
        let weight = mask.iter().map(|mask| mask + PRESERVATION * (1.0 - mask));
        // Where tiles overlap by more than they fade, a pixel would count twice.
        let total = tiling.total(pixel);
        let weight: Vec<f32> = weight.zip(&total).map(|(weight, total)| weight / total).collect();
        let share = (drawn.len() as f32).recip();
        // Short numbers would lose what each pixel adds to the mean.
        let mut scale = if dtype == DType::F32 { share } else { PRESERVATION.recip() };
        let (mut optimizer, mut step) = (AdamW::new(values.len()), 0);
        'steps: while step < steps {
            let leaves = self.attach(&values);
            let (mut gradient, mut sum) = (vec![0.0; values.len()], 0.0);
            for (at, tile) in tiling.tiles().into_iter().enumerate() {
                if at > 0 && go_on(step, None) != JobSignal::Continue {
                    return Ok(None);
                }
                let latents = match &leaves {
                    Some(_) => self.cut(self.latents, tile, &plain),
                    None => self.cut(&values, tile, &device).require_grad(),
                };
                let planes = |planes: Vec<f32>, count: usize| {
                    let [tall, wide] = tile.sides.map(|side| side * pixel);
                    Tensor::<4>::from_data(TensorData::new(planes, [1, count, tall, wide]), &plain)
                };
                let target = planes(tiling.cut(&target, tile, pixel), 3);
                let counts = tiling.cut(&weight, tile, pixel).into_iter().zip(tiling.window(tile, pixel));
                let weight = planes(counts.map(|(weight, window)| weight * window).collect(), 1);
                let shown = self.vae.decode(latents.clone().cast(dtype)).cast(DType::F32);
                let loss = ((shown - target).square() * weight).sum() * scale;
                let mut gradients = loss.backward();
                let found = match &leaves {
                    Some(leaves) => leaves.take(&mut gradients)?,
                    None => latents.grad(&gradients).map(read).transpose()?.unwrap_or_default(),
                };
                sum += read(loss.inner())?.first().copied().unwrap_or(f32::NAN);
                if found.is_empty() || found.iter().any(|value| !value.is_finite()) {
                    if scale <= share || found.is_empty() {
                        return Err(not_finite());
                    }
                    // What all pixels together ask of a weight leaves the range of 16 bits before they do one by one.
                    scale = (scale / LESS).max(share);
                    continue 'steps;
                }
                match &leaves {
                    Some(_) => gradient.iter_mut().zip(found).for_each(|(sum, value)| *sum += value),
                    None => tiling.add(&mut gradient, tile, &found, 1),
                }
            }
            let share = share / scale;
            if go_on(step, Some(sum * share)) != JobSignal::Continue {
                return Ok(None);
            }
            gradient.iter_mut().for_each(|value| *value *= share);
            optimizer.step(&mut values, &gradient, rate, &ADAM);
            step += 1;
        }
        Ok(Some(values))
    }

    /// What the drawn latents are decoded to with these numbers: planes of red, green and blue from -1 to 1.
    ///
    /// # Errors
    /// As those of [`fit_background`].
    pub fn planes(&mut self, values: &[f32]) -> Result<Vec<f32>> {
        let _attached = self.attach(values);
        let (fit, device) = (&*self, self.vae.device());
        let planes = fit.tiling.join(fit.vae.config.downsampling(), &mut |tile| {
            let latents = fit.cut(fit.latents, tile, &device).cast(fit.vae.dtype);
            read(fit.vae.decode(latents).inner())
        })?;
        if planes.iter().all(|value| value.is_finite()) { Ok(planes) } else { Err(not_finite()) }
    }

    /// Puts numbers in place of the decoder's own, if it is that which is fitted.
    fn attach(&mut self, values: &[f32]) -> Option<Leaves> {
        let Part::Decoder(whole, blocks) = self.part else { return None };
        let (device, vae) = (self.vae.device(), &mut self.vae);
        Some(whole.attach(values, &device, &mut |visit| vae.decoder_layers(blocks, visit)))
    }

    /// What a tile shows of latents.
    fn cut(&self, latents: &[f32], tile: Tile, device: &Device) -> Tensor<4> {
        let shape = [1, self.channels, tile.sides[0], tile.sides[1]];
        Tensor::from_data(TensorData::new(self.tiling.cut(latents, tile, 1), shape), device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::tests::noting;
    use crate::session::tests::opened;
    use diffusion::Noise;

    #[test]
    fn the_background_comes_nearer_to_the_original() {
        let mut model = opened("sd1");
        let vae = model.vae().unwrap();
        let latents = Noise::new(1).normal(0, 4 * 8 * 8);
        let data = TensorData::new(latents.clone(), [1, 4, 8, 8]);
        let drawn = read(vae.decode(Tensor::<4>::from_data(data, &vae.device()))).unwrap();
        let original: Vec<f32> = (0..3 * 64 * 64).map(|at| (at as f32 * 0.05).sin() * 0.5).collect();
        let mask: Vec<f32> = (0..64 * 64).map(|at| f32::from(u8::from(at % 64 < 24))).collect();
        let wanted = Wanted { drawn: &drawn, original: &original, mask: &mask };
        let mut losses = Vec::new();
        let (steps, shape) = ((12, false), [4, 8, 8]);
        let fitted = fit_background(vae, latents.clone(), shape, &wanted, steps, &mut noting(&mut losses));
        let fitted = fitted.unwrap().unwrap();
        println!("{losses:?}");
        assert!(fitted != latents && losses.len() == 12 && losses[11] < 0.9 * losses[0], "{losses:?}");
        let ended = fit_background(vae, latents, [4, 8, 8], &wanted, (3, false), &mut |_, _| JobSignal::Stop);
        assert!(ended.unwrap().is_none());
    }

    #[test]
    fn what_is_fitted_in_tiles_becomes_like_what_is_fitted_whole() {
        let mut model = opened("sd1");
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
            let (steps, latents_to_fit) = ((12, tight), latents.clone());
            let fitted = fit_background(vae, latents_to_fit, shape, &wanted, steps, &mut noting(&mut losses));
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
