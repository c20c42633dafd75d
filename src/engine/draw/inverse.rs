//! From a picture's latents to the noise that a model draws them from, with the sentence that describes them; and the
//! null texts that bring them back from it with guidance.
//!
//! Prompts have their weights, windows and changes from step to step here as in drawing: the step of a way up is that of
//! the way down at the same time. The arithmetic is `diffusion::invert`'s and `inversion`'s.

use super::conditioning::PromptPlan;
use super::{SampleParams, ask, latent_shape, not_finite};
use base::Result;
use diffusion::{SchedulerConfig, invert};
use inversion::{NullText, NullTexts};
use kernels::Crew;
use model::Pipeline;
use project::InversionForm;

/// Called before each step with how many are done and how many there are; an error of it ends the work.
pub(crate) type Tell<'a> = dyn FnMut(usize, usize) -> Result<()> + 'a;

/// The latents of the whole way: the picture's, and those behind each step, the last of which are its noise.
///
/// # Errors
/// [`base::Error::Device`] if the device fails, [`base::Error::Numbers`] if the noise is not finite; those of `tell`.
pub(crate) fn inverted(
    model: &Pipeline,
    schedule: &SchedulerConfig,
    params: &SampleParams<'_>,
    form: InversionForm,
    picture: Vec<f32>,
    tell: &mut Tell<'_>,
) -> Result<Vec<Vec<f32>>> {
    let &SampleParams { words, settings, size, .. } = params;
    let mut plan = PromptPlan::new(model, words, settings, size);
    let steps = invert::rising(form, settings.steps, schedule)?;
    let shape = latent_shape(model, size);
    let mut crew = Crew::on(&model.device);
    let (mut sample, mut path) = (picture, Vec::with_capacity(steps.len() + 1));
    for (index, step) in steps.iter().enumerate() {
        tell(index, steps.len())?;
        let ask = ask(model, shape, &sample, step.time, &mut crew);
        let prediction = plan.predict(settings.steps - index, 1, ask)?;
        let next = step.apply(&sample, &prediction);
        path.push(std::mem::replace(&mut sample, next));
    }
    if sample.iter().any(|value| !value.is_finite()) {
        return Err(not_finite());
    }
    path.push(sample);
    Ok(path)
}

/// The null texts with which the prompt is drawn with its guidance, which is not 1, along `path` back from its end.
///
/// # Errors
/// As [`inverted`].
pub(crate) fn null_texts(
    model: &Pipeline,
    schedule: &SchedulerConfig,
    params: &SampleParams<'_>,
    path: &[Vec<f32>],
    low_memory: bool,
    tell: &mut Tell<'_>,
) -> Result<NullTexts> {
    let &SampleParams { words, settings, size, .. } = params;
    let mut plan = PromptPlan::new(model, words, settings, size);
    let steps = invert::falling(settings.steps, schedule)?;
    let shape = latent_shape(model, size);
    let null = NullText { unet: &model.unet, steps: &steps, shape, low_memory };
    let mut crew = Crew::on(&model.device);
    let mut guided = |index: usize, sample: &[f32]| {
        plan.guided(index + 1, ask(model, shape, sample, steps[index].time, &mut crew))
    };
    null.learn(path, &mut guided, &mut |index| tell(index, steps.len()))
}
