//! Many small pictures drawn together, a few steps each: to be judged, not to be looked at.
//!
//! They go through the U-Net in one batch, which on small models saves most of the time. Prompts are plain sentences here:
//! weights, changes from step to step and long windows are for pictures that somebody asked for.

use burn::tensor::{Tensor, TensorData};

use super::{LoadedWords, latent_shape};
use base::Result;
use diffusion::{Noise, SchedulerConfig, guidance, sampler};
use inversion::objective::read;
use model::Pipeline;
use model::unet::{Added, Conditioning};
use project::GenerateSettings;

/// Latent pixels in one pass of the U-Net, guidance counted: those of two guided pictures of 512 pixels of Stable
/// Diffusion 1.
const AT_ONCE: usize = 4 * 64 * 64;

/// How many pictures of a size go through the U-Net together.
pub(crate) fn at_once(model: &Pipeline, size: [u32; 2]) -> usize {
    let [_, height, width] = latent_shape(model, size);
    (AT_ONCE / (2 * height * width).max(1)).max(1)
}

/// The latents of pictures, each of a sentence and the seed of its noise. Before each pass `go_on` is asked; `None` if it
/// says to end.
///
/// # Errors
/// [`base::Error::Device`] if the device fails, [`base::Error::Input`] if the sampler cannot be used.
pub(crate) fn latents_together(
    model: &Pipeline,
    schedule: &SchedulerConfig,
    words: &LoadedWords,
    settings: &GenerateSettings,
    (pictures, size): (&[(String, u64)], [u32; 2]),
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Option<Vec<Vec<f32>>>> {
    let scale = settings.guidance.unwrap_or(model.defaults().guidance());
    let shape = latent_shape(model, size);
    let length: usize = shape.iter().product();
    let build = || sampler::build(settings.sampler, settings.spacing, settings.eta, settings.steps, schedule);
    let timesteps = build()?.timesteps().to_vec();
    let mut all = Vec::new();
    for some in pictures.chunks(at_once(model, size)) {
        let given = conditioning(model, words, settings, some, size);
        let count = some.len();
        let mut samplers = some.iter().map(|_| build()).collect::<Result<Vec<_>>>()?;
        let noises: Vec<Noise> = some.iter().map(|(_, seed)| Noise::new(*seed)).collect();
        let begin = |(noise, scale): (&Noise, f64)| -> Vec<f32> {
            noise.normal(0, length).into_iter().map(|n| (f64::from(n) * scale) as f32).collect()
        };
        let scales = samplers.iter().map(|sampler| sampler.init_noise_sigma());
        let mut samples: Vec<Vec<f32>> = noises.iter().zip(scales).map(begin).collect();
        for (index, timestep) in timesteps.iter().enumerate() {
            if !go_on() {
                return Ok(None);
            }
            let inputs = samplers.iter().zip(&samples);
            let inputs: Vec<f32> =
                inputs.flat_map(|(sampler, sample)| sampler.scale_model_input(index, sample)).collect();
            let input = TensorData::new(inputs.repeat(2), [2 * count, shape[0], shape[1], shape[2]]);
            let input = Tensor::<4>::from_data(input, &model.device).cast(model.unet.dtype);
            let predicted = read(model.unet.forward(input, &vec![*timestep; 2 * count], &given))?;
            let (free, guided) = predicted.split_at(count * length);
            let rows = free.chunks(length).zip(guided.chunks(length));
            let pictures = samplers.iter_mut().zip(&mut samples).zip(&noises);
            for (((sampler, sample), noise), (free, guided)) in pictures.zip(rows) {
                let prediction =
                    guidance::rescaled(guidance::combine(free, guided, scale), guided, settings.rescale);
                let fresh = sampler.needs_noise(index).then(|| noise.normal(1 + index as u64, length));
                *sample = sampler.step(index, &prediction, sample, fresh.as_deref());
            }
        }
        all.extend(samples);
    }
    Ok(Some(all))
}

/// What the U-Net is conditioned on: the negative prompt for each picture, then each sentence.
fn conditioning(
    model: &Pipeline,
    words: &LoadedWords,
    settings: &GenerateSettings,
    pictures: &[(String, u64)],
    size: [u32; 2],
) -> Conditioning {
    let mut ids = vec![words.ids(&settings.negative_prompt)];
    ids.extend(pictures.iter().map(|(sentence, _)| words.ids(sentence)));
    let learned = words.vectors.as_ref().map(|vectors| vectors.to_tensor(&model.conditioner.device()));
    let given = model.conditioner.encode(&ids, learned.as_ref(), settings.clip_skip, size);
    let (device, dtype, count) = (&model.device, model.unet.dtype, pictures.len());
    // Stable Diffusion XL takes zeros as "no negative prompt".
    let zeros = model.conditioner.zero_negative && settings.negative_prompt.is_empty();
    let kept = if zeros { 0.0 } else { 1.0 };
    let [_, tokens, width] = given.context.dims();
    let context = given.context.to_device(device);
    let nothing = context.clone().slice([0..1, 0..tokens, 0..width]).mul_scalar(kept);
    let said = context.slice([1..1 + count, 0..tokens, 0..width]);
    let context = Tensor::cat(vec![nothing.repeat(&[count, 1, 1]), said], 0).cast(dtype);
    let added = given.added.map(|added| {
        let pooled = added.pooled.to_device(device);
        let width = pooled.dims()[1];
        let nothing = pooled.clone().slice([0..1, 0..width]).mul_scalar(kept);
        let said = pooled.slice([1..1 + count, 0..width]);
        let pooled = Tensor::cat(vec![nothing.repeat(&[count, 1]), said], 0).cast(dtype);
        let sizes = vec![added.sizes.first().copied().unwrap_or_default(); 2 * count];
        Added { pooled, sizes }
    });
    Conditioning { context, added }
}

#[cfg(test)]
mod tests {
    use super::super::{SampleParams, latents};
    use super::*;
    use crate::context::JobSignal;
    use crate::draw::scheduler;
    use crate::session::tests::opened;

    /// Rounding alone: the same numbers are added in another order in a larger batch.
    const TOLERANCE: f32 = 2e-4;

    #[test]
    fn pictures_drawn_together_are_those_drawn_alone() {
        for family in ["sd1", "sdxl", "ldm"] {
            let model = opened(family);
            let schedule = scheduler(&model).unwrap();
            let words = LoadedWords::new(&model.tokenizers, &[]).unwrap();
            let settings = GenerateSettings { steps: 3, guidance: Some(4.0), ..GenerateSettings::default() };
            let prompts = [("a photo of a cat", 1), ("a cat on the moon", 9)];
            let pictures = prompts.map(|(prompt, seed)| (prompt.to_owned(), seed));
            let size = [64; 2];
            let together =
                latents_together(&model, &schedule, &words, &settings, (&pictures, size), &mut || true)
                    .unwrap()
                    .unwrap();
            for ((prompt, seed), found) in prompts.into_iter().zip(together) {
                let settings = GenerateSettings { prompt: prompt.into(), seed, ..settings.clone() };
                let params = SampleParams::new(&words, &settings, size, 0);
                let alone = latents(&model, &schedule, &params, &mut |_, _, _| JobSignal::Continue);
                let alone = alone.unwrap().unwrap();
                let largest = alone.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
                let apart = alone.iter().zip(&found).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
                assert!(apart <= TOLERANCE * largest, "{family}: {apart} of {largest}");
            }
        }
        let model = opened("sd1");
        let words = LoadedWords::new(&model.tokenizers, &[]).unwrap();
        let pictures = [("a cat".to_owned(), 0)];
        let (schedule, settings) = (scheduler(&model).unwrap(), GenerateSettings::default());
        let ended =
            latents_together(&model, &schedule, &words, &settings, (&pictures, [64; 2]), &mut || false);
        assert_eq!(ended.unwrap(), None);
    }
}
