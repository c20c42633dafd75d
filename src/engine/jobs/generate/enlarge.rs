//! The second pass of a drawing: the picture is enlarged, and drawn over as image to image at its new size, so that it has
//! detail where the enlargement alone would be soft (what A1111 calls "Hires. fix" with a plain enlargement).
//!
//! It is enlarged in pixels, by Lanczos' filter; no network enlarges. The second pass has the prompt, the sampler and the
//! seed of the first.

use image::RgbImage;

use crate::context::JobSignal;
use crate::draw::{BlendNoise, EditCourse, Original, SampleParams, latent_shape, latents_on};
use base::Result;
use diffusion::SchedulerConfig;
use diffusion::blended::first_step;
use model::{AutoencoderKl, Pipeline};
use project::picture::to_chw;
use project::{BlendOrder, Filter, GenerateSettings, resize};

/// Told of each step, of all steps, of what the model believes in and of its shape; whether to go on.
pub(super) type Show<'a> = dyn FnMut(usize, usize, &[f32], [usize; 3]) -> JobSignal + 'a;

/// How many steps the second pass has, 0 where there is none.
pub(super) fn steps(settings: &GenerateSettings) -> usize {
    let first = first_step(settings.steps, settings.enlarge_strength, false);
    if settings.enlarges() { settings.steps - first } else { 0 }
}

/// The latents of a picture drawn once more in the size of `params`; `None` if `show`, which is told of each step, of all steps, of what
/// the model believes in and of its shape, says to end.
pub(super) fn enlarged(
    (model, vae, tight): (&Pipeline, &AutoencoderKl, bool),
    schedule: &SchedulerConfig,
    small: &RgbImage,
    params: &SampleParams<'_>,
    show: &mut Show<'_>,
) -> Result<Option<Vec<f32>>> {
    let [width, height] = params.size;
    let large = resize(small, width, height, Filter::Lanczos);
    let shape = latent_shape(model, params.size);
    let mut course = EditCourse {
        clean: Original::encode(vae, &to_chw(&large), params.size, tight)?.mean,
        masks: Vec::new(),
        order: BlendOrder::Ldm,
        strength: params.settings.enlarge_strength,
        pixels: None,
        beside: Vec::new(),
        noise: &|kind: BlendNoise, len| kind.draw(BlendOrder::Ldm, params.seed, len),
    };
    let before = params.settings.steps;
    let mut watch = |step, steps, believed: &[f32]| show(before + step, before + steps, believed, shape);
    latents_on(&mut course, model, schedule, params, &mut watch)
}

/// What a picture says of it, in A1111's words.
pub(super) fn about(settings: &GenerateSettings) -> Vec<(String, String)> {
    if !settings.enlarges() {
        return Vec::new();
    }
    let entries = [
        ("Denoising strength", settings.enlarge_strength.to_string()),
        ("Hires upscale", settings.enlarge.to_string()),
        ("Hires upscaler", "Lanczos".to_owned()),
    ];
    entries.map(|(key, value)| (key.to_owned(), value)).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::generate::tests::drawn;
    use project::SamplerKind;

    #[test]
    fn a_picture_is_drawn_once_more_and_larger() {
        let (images, said, steps) = drawn(GenerateSettings {
            sampler: SamplerKind::Ddim,
            steps: 4,
            width: Some(64),
            height: Some(64),
            enlarge: 1.5,
            ..Default::default()
        });
        assert_eq!(images[0].dimensions(), (96, 96));
        assert!(said[0].contains("Size: 64x64") && said[0].contains("Hires upscale: 1.5"), "{said:?}");
        assert_eq!(steps, (1..=6).map(|step| (step, 6)).collect::<Vec<_>>());
    }

    #[test]
    fn what_a_prompt_changes_to_after_the_first_pass_is_said_in_the_second() {
        let draw = |negative: &str, enlarge: f64| {
            let (images, ..) = drawn(GenerateSettings {
                negative_prompt: negative.into(),
                sampler: SamplerKind::Ddim,
                steps: 4,
                guidance: Some(20.0),
                width: Some(64),
                height: Some(64),
                enlarge,
                ..Default::default()
            });
            images
        };
        assert_eq!(draw("a [cat:dog:1.0]", 1.0), draw("a cat", 1.0));
        assert_ne!(draw("a [cat:dog:1.0]", 1.5), draw("a cat", 1.5));
    }
}
