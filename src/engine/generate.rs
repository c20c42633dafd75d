//! The job of drawing pictures with learned words.
//!
//! Words are put into the prompt by name. A picture is written as soon as it is drawn, with everything needed
//! to draw it again inside, and never over an older one.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::control::{Control, Flow};
use super::draw::{Sketch, Words, decode, latent_colours, latent_shape, latents, rough_picture};
use super::message::{Event, GenerateRequest, Summary};
use super::worker::Worker;
use base::{Error, Result};
use diffusion::{SchedulerConfig, sampler};
use format::embedding::{self, LearnedWord};
use format::infotext::GenerateInfo;
use format::png_info::save_png;
use inversion::Vectors;
use model::Pipeline;
use project::{Concept, ConceptKind, GenerateSettings, SamplerKind, SigmaSpacing};

/// Runs the job.
pub(super) fn run(
    worker: &mut Worker,
    request: GenerateRequest,
    control: &mut Control<'_>,
) -> Result<Summary> {
    let began = Instant::now();
    let settings = &request.settings;
    settings.validate()?;
    if let Some(out) = &request.out {
        std::fs::create_dir_all(out).map_err(|e| Error::write(out, e))?;
    }
    let model = worker.model(&request.model, settings.precision, control)?;
    model.check_clip_skip(settings.clip_skip)?;
    let size = [settings.width, settings.height].map(|side| side.unwrap_or(model.native_size()));
    model.check_size(size[0], size[1])?;
    let schedule = scheduler(model)?;
    let words = read_words(model, &request.words)?;
    warn_of_prompt(&words, settings, control);

    let shape = latent_shape(model, size);
    let colours = latent_colours(model);
    let mut count = 0;
    for index in 0..settings.count {
        let sketch = Sketch::new(&words, settings, size, index);
        let mut skipped = false;
        let mut watch = |step: usize, steps: usize, believed: &[f32]| {
            let image = rough_picture(believed, shape, &colours);
            control.events.send(Event::Latents { job: control.job, index, step, steps, image });
            let flow = control.poll();
            skipped = flow == Flow::Go && control.skip_asked();
            if skipped { Flow::Stop } else { flow }
        };
        let drawn = latents(model, &schedule, &words, &sketch, &mut watch)?;
        let Some(drawn) = drawn else {
            if skipped {
                continue;
            }
            break;
        };
        let image = decode(model.vae()?, drawn, shape)?;
        let path = match &request.out {
            Some(out) => {
                let path = free_name(out, sketch.seed);
                save_png(&path, &image, &info(model, settings, &request.words, &words, &sketch)?)?;
                Some(path)
            }
            None => None,
        };
        control.events.send(Event::Image { job: control.job, index, seed: sketch.seed, image, path });
        count += 1;
        if control.poll() != Flow::Go {
            break;
        }
    }
    if count == 0 {
        return Err(Error::Cancelled);
    }
    Ok(Summary::Generated { count, seconds: began.elapsed().as_secs_f64() })
}

/// The model's noise schedule.
pub(super) fn scheduler(model: &Pipeline) -> Result<SchedulerConfig> {
    SchedulerConfig::from_json(&model.files.scheduler()?, &model.files.part_path("scheduler"))
}

/// Reads files of learned words for a model.
pub(super) fn read_words(model: &Pipeline, paths: &[PathBuf]) -> Result<Words> {
    let read = |path: &PathBuf| {
        let learned = embedding::read(path)?;
        learned.expect_widths(&model.conditioner.widths(), path)?;
        // Other programs call a word by its file's name where the file does not say.
        let stem = || path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let word = learned.token.clone().unwrap_or_else(stem);
        let concept = Concept { word, initial_word: String::new(), kind: ConceptKind::Object };
        let vectors = side_by_side(learned);
        Ok((concept.word.clone(), concept.placeholder_tokens(vectors.count()), vectors))
    };
    Words::new(&model.tokenizers, &paths.iter().map(read).collect::<Result<Vec<_>>>()?)
}

/// A word's vectors as learning and drawing have them: one row for all encoders.
fn side_by_side(word: LearnedWord) -> Vectors {
    let [count, width] = word.shape;
    let Some(second) = word.second else { return Vectors { values: word.vectors, shape: word.shape } };
    let rows =
        word.vectors.chunks_exact(width.max(1)).zip(second.values.chunks_exact(second.shape[1].max(1)));
    let values = rows.flat_map(|(first, second)| first.iter().chain(second).copied()).collect();
    Vectors { values, shape: [count, width + second.shape[1]] }
}

fn warn_of_prompt(words: &Words, settings: &GenerateSettings, control: &Control<'_>) {
    for prompt in [&settings.prompt, &settings.negative_prompt] {
        let dropped = words.tokens(prompt).dropped;
        if dropped > 0 {
            control.warn(format!("The prompt is too long: its last {dropped} tokens are left out."));
        }
    }
    let prompt = settings.prompt.to_lowercase();
    for (word, _) in &words.words {
        if !prompt.contains(&word.to_lowercase()) {
            control.warn(format!("The prompt does not contain the learned word {word}."));
        }
    }
}

fn info(
    model: &Pipeline,
    settings: &GenerateSettings,
    files: &[PathBuf],
    words: &Words,
    sketch: &Sketch,
) -> Result<GenerateInfo> {
    let mut extra = Vec::new();
    if settings.clip_skip > 1 {
        extra.push(("Clip skip".to_string(), settings.clip_skip.to_string()));
    }
    if settings.eta > 0.0 && settings.sampler == SamplerKind::Ddim {
        extra.push(("Eta".to_string(), settings.eta.to_string()));
    }
    let hash =
        |(file, (word, _)): (&PathBuf, &(String, usize))| Ok((word.clone(), embedding::file_hash(file)?));
    Ok(GenerateInfo {
        prompt: settings.prompt.clone(),
        negative_prompt: settings.negative_prompt.clone(),
        steps: u32::try_from(settings.steps).unwrap_or(u32::MAX),
        sampler: sampler_name(settings.sampler, settings.spacing),
        cfg_scale: settings.guidance,
        seed: sketch.seed,
        width: sketch.size[0],
        height: sketch.size[1],
        model_hash: model.hash.chars().take(10).collect(),
        model: model.files.name(),
        extra,
        ti_hashes: files.iter().zip(&words.words).map(hash).collect::<Result<_>>()?,
        version: GenerateInfo::VERSION.to_string(),
    })
}

/// The name A1111 knows a sampler by.
fn sampler_name(kind: SamplerKind, spacing: SigmaSpacing) -> String {
    let name = match kind {
        SamplerKind::Ddim => "DDIM",
        SamplerKind::Pndm => "PLMS",
        SamplerKind::Euler => "Euler",
        SamplerKind::EulerAncestral => "Euler a",
        SamplerKind::DpmPp2m => "DPM++ 2M",
        SamplerKind::UniPc => "UniPC",
        SamplerKind::Lcm => "LCM",
    };
    let karras = spacing == SigmaSpacing::Karras && sampler::has_karras_spacing(kind);
    if karras { format!("{name} Karras") } else { name.to_string() }
}

/// `00000-SEED.png`, with the first number that is not taken.
fn free_name(folder: &Path, seed: u64) -> PathBuf {
    let taken = |number: &usize| {
        let prefix = format!("{number:05}-");
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.into_iter().any(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
    };
    let number = (0..).find(|number| !taken(number)).unwrap_or_default();
    folder.join(format!("{number:05}-{seed}.png"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        for expected in ["00000-5.png", "00001-5.png"] {
            let path = free_name(folder.path(), 5);
            assert_eq!(path.file_name().unwrap(), expected);
            std::fs::write(path, b"").unwrap();
        }
    }

    #[test]
    fn samplers_have_the_names_other_programs_know() {
        assert_eq!(sampler_name(SamplerKind::DpmPp2m, SigmaSpacing::Karras), "DPM++ 2M Karras");
        assert_eq!(sampler_name(SamplerKind::Ddim, SigmaSpacing::Karras), "DDIM");
    }
}
