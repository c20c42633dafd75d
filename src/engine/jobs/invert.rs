//! The job of inverting a picture: the noise that the model draws it from, the picture drawn again from that, and other
//! prompts drawn from the same noise (the paper's bipartite inversion, appendix A).
//!
//! Each picture is written as soon as it is drawn, and the report with it, so that a job that was stopped leaves what it
//! has. It writes over nothing: a folder that holds one of its files is refused before anything is loaded.

use std::path::Path;
use std::time::Instant;

use image::RgbImage;

use super::generate::{info, warn_of_lineage, warn_of_text};
use crate::context::{JobContext, JobSignal};
use crate::draw::{
    LoadedWords, SampleParams, decode, inverted, latent_shape, latents, null_texts, scheduler,
};
use crate::memory::{memory, tight};
use crate::message::{Event, InvertRequest, JobSummary};
use crate::model_hash;
use crate::preflight::Preflight;
use crate::sealing::Origin;
use crate::session::Session;
use base::{Error, Result, places};
use diffusion::{PredictionType, SchedulerConfig};
use format::png_info::to_png_with;
use inversion::encode;
use metrics::psnr;
use model::Pipeline;
use project::invert::{
    AUTOENCODER, Edit, InversionReport, LikePicture, NullTextReport, REPORT, ROUND_TRIP, edit_file,
    null_text_file,
};
use project::picture::{learned_square, resize};
use project::{
    Filter, GenerateSettings, InversionForm, InvertSettings, LearnSettings, PictureEntry, PreparedPicture,
    SamplerKind, SigmaSpacing,
};

pub fn run(
    request: &InvertRequest,
    session: &mut Session,
    context: &mut JobContext<'_>,
) -> Result<JobSummary> {
    let began = Instant::now();
    let square = preflight(request)?;
    let mut bench = Bench::new(request, session, context)?;
    let side = bench.size[0];
    let picture = resize(&square, side, side, Filter::Bicubic);
    let prepared = PreparedPicture { rgb: picture, weight: None, caption: None };
    let device = bench.model.device.clone();
    let start = encode(bench.model.vae()?, &prepared, false, &device)?.mean;

    let plain = bench.settings.drawing(&bench.settings.prompt, 1.0);
    let own = bench.show(AUTOENCODER, start.clone(), &plain, &[], context)?;
    bench.report.autoencoder = Some(like(AUTOENCODER, &own, &prepared.rgb));
    let path = bench.invert(&plain, start, context)?;
    let noise = path.last().map_or(&[][..], Vec::as_slice);
    let drawn = bench.draw(&plain, noise, &[], ("drawing it again", [0, 1]), context)?;
    let again = bench.show(ROUND_TRIP, drawn, &plain, &[], context)?;
    bench.report.round_trip = Some(like(ROUND_TRIP, &again, &own));
    bench.report.save(&request.out)?;

    let mut learned = Vec::new();
    for guidance in bench.settings.null_text_guidances() {
        learned.push((guidance, bench.null_text(guidance, &path, &own, context)?));
    }
    let guidances = bench.settings.guidances();
    let all = bench.settings.to.len() * guidances.len();
    for (number, prompt) in bench.settings.to.clone().into_iter().enumerate() {
        for (place, guidance) in guidances.iter().copied().enumerate() {
            let settings = bench.guided(&prompt, guidance);
            let texts = learned.iter().find(|(known, _)| *known == guidance);
            let texts = texts.map_or(&[][..], |(_, texts)| texts.as_slice());
            let done = number * guidances.len() + place;
            let drawn =
                bench.draw(&settings, noise, texts, ("drawing from its noise", [done, all]), context)?;
            let file = edit_file(number + 1, guidance);
            bench.show(&file, drawn, &settings, texts, context)?;
            let null_text = !texts.is_empty();
            bench.report.edits.push(Edit { prompt: prompt.clone(), guidance, null_text, file });
            bench.report.save(&request.out)?;
        }
    }
    let path = bench.report.save(&request.out)?;
    context.send(Event::Saved { job: context.job, path });
    Ok(JobSummary::Inverted { report: bench.report, seconds: began.elapsed().as_secs_f64() })
}

/// Refuses what the files and the model's configuration are enough to refuse; the square of the picture.
fn preflight(request: &InvertRequest) -> Result<RgbImage> {
    let settings = &request.settings;
    settings.validate()?;
    places::expect_folder(&request.out)?;
    let files = settings.files();
    let there = |file: &&str| request.out.join(file).exists();
    if let Some(file) = files.iter().map(String::as_str).chain([REPORT]).find(there) {
        return Err(Error::input(
            format!("{} holds {file} already", request.out.display()),
            "Name another folder with --out.",
        ));
    }
    let preflight = Preflight::of(&request.model)?;
    preflight.words(&request.words)?;
    preflight.clip_skip(settings.clip_skip)?;
    preflight.size(settings.size, settings.size)?;
    preflight.sampler(SamplerKind::Ddim, SigmaSpacing::Normal, 0.0, settings.steps())?;
    learned_square(&PictureEntry::new(request.image.clone()), None)
}

/// A picture beside another.
fn like(file: &str, picture: &RgbImage, other: &RgbImage) -> LikePicture {
    LikePicture { file: file.to_owned(), psnr: psnr(picture.as_raw(), other.as_raw()) }
}

/// What every part of the job needs.
struct Bench<'a> {
    model: &'a mut Pipeline,
    words: LoadedWords,
    schedule: SchedulerConfig,
    settings: InvertSettings,
    form: InversionForm,
    size: [u32; 2],
    /// Whether pictures are decoded in parts, and gradients computed so.
    tight: bool,
    low_memory: bool,
    out: &'a Path,
    source: &'a Path,
    report: InversionReport,
}

impl<'a> Bench<'a> {
    fn new(
        request: &'a InvertRequest,
        session: &'a mut Session,
        context: &mut JobContext<'_>,
    ) -> Result<Self> {
        let device = session.device.clone();
        let model = session.load(&request.model, request.settings.numbers, context)?;
        model.check_clip_skip(request.settings.clip_skip)?;
        let size = [request.settings.size.unwrap_or(model.native_size()); 2];
        model.check_size(size[0], size[1])?;
        let numbers = model.numbers;
        let schedule = scheduler(model)?;
        let suited = match schedule.prediction_type {
            PredictionType::Epsilon => InversionForm::Diffusers,
            PredictionType::VPrediction => InversionForm::Ddim,
        };
        let asked = &request.settings;
        let form = asked.form.unwrap_or(suited);
        let settings = InvertSettings {
            form: Some(form),
            steps: Some(asked.steps()),
            guidance: asked.guidances(),
            size: Some(size[0]),
            numbers,
            ..asked.clone()
        };
        let mut words = LoadedWords::read(model, &request.words, None)?;
        // So that the pictures' hashes are given the words' names again.
        request.words.iter().for_each(|word| model_hash::begin(word, || {}));
        words.find_ordinary([&settings.prompt, &settings.to.join("\n")]);
        warn_of_lineage(model, &request.words, context);
        let prompts: Vec<_> = std::iter::once(&settings.prompt).chain(&settings.to).collect();
        let mut read: Vec<_> = prompts.iter().map(|prompt| words.prompt(prompt)).collect();
        for prompt in &read {
            warn_of_text(&words, prompt, "prompt", [settings.steps(), 0], context);
        }
        let mut guided = settings.drawing(&settings.prompt, 2.0);
        context.warn_all(words.place_negatives(&mut guided));
        read.push(words.negative_prompt(&guided.negative_prompt));
        context.warn_all(words.notes(&read));
        let step = LearnSettings {
            resolution: settings.size,
            batch_size: 1,
            gradient_accumulation: 1,
            precision: numbers.precision,
            weights: numbers.weights,
            ..LearnSettings::default()
        };
        let low_memory = model.sizes().plan(&step, memory(&device), 0).low_memory;
        let report = InversionReport {
            image: request.image.display().to_string(),
            model: model.files.name(),
            words: words.words.clone(),
            settings: settings.clone(),
            autoencoder: None,
            round_trip: None,
            null_texts: Vec::new(),
            edits: Vec::new(),
        };
        places::make_folder(&request.out)?;
        let tight = tight(&device, model, size);
        Ok(Self {
            model,
            words,
            schedule,
            settings,
            form,
            size,
            tight,
            low_memory,
            out: &request.out,
            source: &request.image,
            report,
        })
    }

    /// What draws a prompt with guidance. Words that were learned for negative prompts belong there.
    fn guided(&self, prompt: &str, guidance: f64) -> GenerateSettings {
        let mut settings = self.settings.drawing(prompt, guidance);
        self.words.place_negatives(&mut settings);
        settings
    }

    /// The latents from the picture to its noise.
    fn invert(
        &self,
        settings: &GenerateSettings,
        picture: Vec<f32>,
        context: &mut JobContext<'_>,
    ) -> Result<Vec<Vec<f32>>> {
        let params = SampleParams::new(&self.words, settings, self.size, 0);
        let mut tell = |done, of| {
            context.progress("inverting the picture", done, of);
            context.check()
        };
        inverted(self.model, &self.schedule, &params, self.form, picture, &mut tell)
    }

    /// The latents that are drawn from a noise; `what` is being done, for one of so many pictures.
    fn draw(
        &self,
        settings: &GenerateSettings,
        noise: &[f32],
        null_texts: &[Vec<f32>],
        (what, [done, of]): (&str, [usize; 2]),
        context: &mut JobContext<'_>,
    ) -> Result<Vec<f32>> {
        let params = SampleParams::new(&self.words, settings, self.size, 0).with_noise(noise, null_texts);
        let mut watch = |step: usize, steps: usize, _: &[f32]| -> JobSignal {
            context.progress(what, done * steps + step, of * steps);
            context.poll()
        };
        latents(self.model, &self.schedule, &params, &mut watch)?.ok_or(Error::Cancelled)
    }

    /// Learns the null texts for a guidance and shows what is drawn with them.
    fn null_text(
        &mut self,
        guidance: f64,
        path: &[Vec<f32>],
        own: &RgbImage,
        context: &mut JobContext<'_>,
    ) -> Result<Vec<Vec<f32>>> {
        let settings = self.guided(&self.settings.prompt, guidance);
        let params = SampleParams::new(&self.words, &settings, self.size, 0);
        let what = format!("learning the null text for a guidance of {guidance}");
        let mut tell = |done, of| {
            context.progress(&*what, done, of);
            context.check()
        };
        let learned = null_texts(self.model, &self.schedule, &params, path, self.low_memory, &mut tell)?;
        let file = null_text_file(guidance);
        let picture = self.show(&file, learned.latents, &settings, &learned.texts, context)?;
        self.report.null_texts.push(NullTextReport {
            guidance,
            picture: like(&file, &picture, own),
            inner_steps: learned.inner_steps,
            losses: learned.losses,
        });
        self.report.save(self.out)?;
        Ok(learned.texts)
    }

    /// Decodes latents and saves the picture with its settings.
    fn show(
        &mut self,
        file: &str,
        latents: Vec<f32>,
        settings: &GenerateSettings,
        null_texts: &[Vec<f32>],
        context: &mut JobContext<'_>,
    ) -> Result<RgbImage> {
        let shape = latent_shape(self.model, self.size);
        let image = decode(self.model.vae()?, latents, shape, self.tight)?;
        let params = SampleParams::new(&self.words, settings, self.size, 0);
        let mut info = info(self.model, settings, &self.words, &[], &params);
        let source = Path::new(&self.report.image).file_name().unwrap_or_default();
        info.extra.push(("Inverted picture".into(), source.to_string_lossy().into_owned()));
        info.extra.push(("Inversion".into(), self.form.to_string()));
        if !null_texts.is_empty() {
            info.extra.push(("Null text".into(), "learned".into()));
        }
        let path = self.out.join(file);
        let sealing = context.sealing();
        sealing.save_new(&path, &to_png_with(&image, &info)?, Origin::Edited(self.source))?;
        sealing.tell(context);
        let index = self.settings.files().iter().position(|known| known == file).unwrap_or_default();
        let (job, image_sent) = (context.job, image.clone());
        context.send(Event::Image { job, index, seed: params.seed, image: image_sent, path: Some(path) });
        Ok(image)
    }
}

#[cfg(test)]
mod tests;
