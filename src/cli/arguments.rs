//! What can be typed, and the command each line stands for.
//!
//! Only the settings most people change are options; all others are fields of a settings file (`--settings`).
//! An option given beside `--settings` or `--preset` wins. The length of this file is that of the list of
//! options.

use std::path::PathBuf;

use clap::builder::TypedValueParser as _;
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::fetch::FetchArguments;
use super::holds_run;
use super::models::ModelsArguments;
use base::{Error, Result};
use engine::message::{
    Command, DeviceChoice, EvaluateRequest, GenerateRequest, JobId, LearnRequest, LearnStart, SaveRequest,
};
use format::embedding::EmbeddingFormat;
use project::Family;
use project::evaluation::{EvaluateSettings, PromptSet};
use project::{
    Concept, ConceptKind, GenerateSettings, Home, LearnSettings, LearningRate, Precision, Preset,
    SamplerKind, SigmaSpacing, TemplateSource,
};
use starter::{SAMPLES, Sample, bundle};

/// Teach a text-to-image model a new word from three to five pictures.
///
/// Without a command the window opens.
#[derive(Debug, Parser)]
#[command(name = "pseudoword", version, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// What to do; without it the window opens.
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// What the window computes on: auto, vulkan, metal, dx12, gl or cpu
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// Print how long the window's frames took when it is closed
    #[arg(long)]
    pub frame_stats: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Learn a word from a folder of pictures
    Learn(Box<LearnArguments>),
    /// Draw pictures, with learned words in the prompt
    Generate(Box<GenerateArguments>),
    /// Score a learned word: likeness to its pictures and obedience to prompts, beside baselines
    Evaluate(EvaluateArguments),
    /// Write a word of a run, at any of its checkpoints, as a file for other programs
    Export(ExportArguments),
    /// Turn learned words of any program into files for any other, or a pickled model into safetensors
    Convert(ConvertArguments),
    /// Say what a learned word, a model folder, a run folder or a generated picture contains
    Inspect {
        /// The file or folder.
        path: PathBuf,
    },
    /// List the graphics adapters, and which one would be used
    Devices {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Measure seconds per step and memory, as JSON
    Bench(BenchArguments),
    /// List the models at hand; --find looks for those of other programs on this computer
    Models(ModelsArguments),
    /// Download an openly licensed model
    Fetch(FetchArguments),
}

/// `pseudoword learn`.
#[derive(Debug, Args)]
pub struct LearnArguments {
    /// The model: a diffusers folder of Stable Diffusion 1 [default: the starter model]
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// Learn a concept that comes with the program, in place of pictures of yours
    #[arg(long, value_name = "NAME", value_parser = SAMPLES.iter().map(|s| s.name).collect::<Vec<_>>())]
    sample: Option<String>,
    /// The folder of pictures, best three to five
    #[arg(long, value_name = "DIR", required_unless_present_any = ["resume", "sample"])]
    images: Option<PathBuf>,
    /// The new word as you will type it in prompts, such as '<cat-toy>'
    #[arg(long, required_unless_present_any = ["resume", "sample"])]
    word: Option<String>,
    /// A plain word for what the pictures show, which the new word starts as
    #[arg(long, value_name = "WORD", required_unless_present_any = ["resume", "sample"])]
    init: Option<String>,
    /// A thing, or a way of drawing: object or style [default: object]
    #[arg(long)]
    kind: Option<ConceptKind>,
    /// The run folder: settings, curve, previews, checkpoints and the learned word
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Go on with the run in --out from its newest checkpoint
    #[arg(long)]
    resume: bool,
    /// The recipe: default (1,000 steps) or paper (exactly as published)
    #[arg(long, default_value = "default")]
    preset: Preset,
    /// A TOML file with any of the settings that `run.toml` of a run shows
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// How many steps
    #[arg(long)]
    steps: Option<u64>,
    /// Where chance starts
    #[arg(long)]
    seed: Option<u64>,
    /// Vectors of the word, 1 to 16 [default: one for each token of --init]
    #[arg(long)]
    vectors: Option<usize>,
    /// Pictures looked at together
    #[arg(long, value_name = "N")]
    batch: Option<usize>,
    /// A number, or a schedule such as "0.005:100, 1e-3"
    #[arg(long, value_name = "RATE")]
    learning_rate: Option<String>,
    /// Side in pixels to learn at [default: the model's own]
    #[arg(long, value_name = "PIXELS")]
    resolution: Option<u32>,
    /// A text file of sentences to learn in, one a line, {} for the word
    #[arg(long, value_name = "FILE")]
    templates: Option<PathBuf>,
    /// Use the text file beside each picture instead of the sentences
    #[arg(long)]
    captions: bool,
    /// Never mirror the pictures
    #[arg(long)]
    no_flip: bool,
    /// Save a checkpoint every so many steps
    #[arg(long, value_name = "STEPS")]
    checkpoint_every: Option<u64>,
    /// Draw previews every so many steps, 0 for never
    #[arg(long, value_name = "STEPS")]
    preview_every: Option<u64>,
    /// Number format of the frozen networks: f32, f16 or bf16
    #[arg(long)]
    precision: Option<Precision>,
    /// Where to calculate: auto, vulkan, metal, dx12, gl or cpu
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// Print one event a line as JSON
    #[arg(long)]
    pub json: bool,
}

impl LearnArguments {
    /// The command these arguments stand for.
    ///
    /// # Errors
    /// [`Error`] for a settings file that cannot be read or an argument that is missing.
    pub fn into_command(self, job: JobId) -> Result<Command> {
        // A run that was killed before it wrote anything is simply begun again.
        let resume =
            self.resume && (holds_run(&self.out) || (self.images.is_none() && self.sample.is_none()));
        let start = if resume { LearnStart::Resume { steps: self.steps } } else { self.new_run()? };
        Ok(Command::Learn { job, request: Box::new(LearnRequest { out: self.out, start }) })
    }

    fn new_run(&self) -> Result<LearnStart> {
        let sample = self.sample.as_deref().and_then(Sample::find);
        let known = sample.map(Sample::concept);
        let given = |name: &str| Error::input(format!("--{name} is missing"), "A new run needs it.");
        let concept = Concept {
            word: self
                .word
                .clone()
                .or(known.as_ref().map(|k| k.word.clone()))
                .ok_or_else(|| given("word"))?,
            initial_word: (self.init.clone())
                .or(known.as_ref().map(|k| k.initial_word.clone()))
                .ok_or_else(|| given("init"))?,
            kind: self.kind.or(known.map(|k| k.kind)).unwrap_or(ConceptKind::Object),
        };
        let images = match (&self.images, sample) {
            (Some(folder), _) => folder.clone(),
            (None, Some(sample)) => bundle::pictures(&Home::usual(), sample)?,
            (None, None) => return Err(given("images")),
        };
        let settings = Box::new(self.settings(concept.kind)?);
        Ok(LearnStart::New { model: model_or_starter(self.model.clone())?, images, concept, settings })
    }

    fn settings(&self, kind: ConceptKind) -> Result<LearnSettings> {
        let mut settings = match &self.settings {
            Some(path) => LearnSettings::load(path)?,
            None => LearnSettings::preset(self.preset, kind),
        };
        if self.settings.is_none() {
            settings.preview.guidance = usual_guidance(self.model.as_ref(), settings.preview.guidance);
        }
        fn set<T: Clone>(field: &mut T, given: Option<&T>) {
            if let Some(given) = given {
                *field = given.clone();
            }
        }
        set(&mut settings.steps, self.steps.as_ref());
        set(&mut settings.seed, self.seed.as_ref());
        set(&mut settings.batch_size, self.batch.as_ref());
        set(&mut settings.checkpoint_every, self.checkpoint_every.as_ref());
        set(&mut settings.preview_every, self.preview_every.as_ref());
        set(&mut settings.precision, self.precision.as_ref());
        settings.vectors = self.vectors.or(settings.vectors);
        settings.resolution = self.resolution.or(settings.resolution);
        settings.use_captions |= self.captions;
        settings.flip &= !self.no_flip;
        if let Some(text) = &self.learning_rate {
            settings.learning_rate = LearningRate::Text(text.clone());
        }
        if let Some(path) = &self.templates {
            settings.templates =
                TemplateSource::File(std::path::absolute(path).map_err(|e| Error::read(path, e))?);
        }
        settings.validate()?;
        Ok(settings)
    }
}

/// `pseudoword generate`.
#[derive(Debug, Args)]
pub struct GenerateArguments {
    /// The model: a diffusers folder of Stable Diffusion 1 [default: the starter model]
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// Files of learned words
    #[arg(long, value_name = "FILE", num_args = 1..)]
    word: Vec<PathBuf>,
    /// What to draw
    #[arg(long)]
    prompt: String,
    /// What not to draw
    #[arg(long, default_value = "")]
    negative: String,
    /// ddim, pndm, euler, euler-ancestral, dpmpp-2m, uni-pc or lcm
    #[arg(long)]
    sampler: Option<SamplerKind>,
    /// How the noise levels are spread: normal or karras
    #[arg(long)]
    spacing: Option<SigmaSpacing>,
    /// Fresh noise in each step of ddim, 0 to 1
    #[arg(long)]
    eta: Option<f64>,
    /// Sampling steps
    #[arg(long)]
    steps: Option<usize>,
    /// How strictly to follow the prompt [default: 4 for the starter model]
    #[arg(long)]
    guidance: Option<f64>,
    /// Seed of the first picture; each further one takes the next
    #[arg(long)]
    seed: Option<u64>,
    /// How many pictures
    #[arg(long)]
    count: Option<usize>,
    /// Width and height in pixels, such as 512x512 [default: the model's own]
    #[arg(long, value_name = "WxH", value_parser = parse_size)]
    size: Option<[u32; 2]>,
    /// Layer of the text encoder, counted from the last
    #[arg(long)]
    clip_skip: Option<usize>,
    /// Number format of the networks: f32, f16 or bf16
    #[arg(long)]
    precision: Option<Precision>,
    /// The folder for the pictures
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Where to calculate: auto, vulkan, metal, dx12, gl or cpu
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// Print one event a line as JSON
    #[arg(long)]
    pub json: bool,
}

impl GenerateArguments {
    /// The command these arguments stand for.
    ///
    /// # Errors
    /// [`Error::Input`] for a setting outside its range.
    pub fn into_command(self, job: JobId) -> Result<Command> {
        let defaults = GenerateSettings::default();
        let settings = GenerateSettings {
            prompt: self.prompt,
            negative_prompt: self.negative,
            sampler: self.sampler.unwrap_or(defaults.sampler),
            spacing: self.spacing.unwrap_or(defaults.spacing),
            eta: self.eta.unwrap_or(defaults.eta),
            steps: self.steps.unwrap_or(defaults.steps),
            guidance: self.guidance.unwrap_or(usual_guidance(self.model.as_ref(), defaults.guidance)),
            seed: self.seed.unwrap_or(defaults.seed),
            count: self.count.unwrap_or(defaults.count),
            width: self.size.map(|size| size[0]),
            height: self.size.map(|size| size[1]),
            clip_skip: self.clip_skip.unwrap_or(defaults.clip_skip),
            precision: self.precision.unwrap_or(defaults.precision),
        };
        settings.validate()?;
        let model = model_or_starter(self.model)?;
        let request = GenerateRequest { model, words: self.word, settings, out: Some(self.out) };
        Ok(Command::Generate { job, request: Box::new(request) })
    }
}

/// `pseudoword evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArguments {
    /// The model the word was learned on [default: the starter model]
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// The file of the learned word
    #[arg(long, value_name = "FILE")]
    word: PathBuf,
    /// The pictures it was learned from
    #[arg(long, value_name = "DIR")]
    images: PathBuf,
    /// The CLIP that judges: a folder as transformers saves it [default: the starter model's]
    #[arg(long, value_name = "DIR")]
    clip: Option<PathBuf>,
    /// The prompts for text similarity: core, neti or starter [default: starter for the starter model's CLIP,
    /// else core]
    #[arg(long)]
    prompts: Option<PromptSet>,
    /// Pictures for each prompt; the paper drew 64
    #[arg(long)]
    count: Option<usize>,
    /// Sampling steps
    #[arg(long)]
    steps: Option<usize>,
    /// How strictly to follow the prompt [default: 4 for the starter model]
    #[arg(long)]
    guidance: Option<f64>,
    /// Seed of the first picture of each prompt
    #[arg(long)]
    seed: Option<u64>,
    /// Number format of the networks: f32, f16 or bf16
    #[arg(long)]
    precision: Option<Precision>,
    /// Where to calculate: auto, vulkan, metal, dx12, gl or cpu
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// Print one event a line as JSON
    #[arg(long)]
    pub json: bool,
}

impl EvaluateArguments {
    /// The command these arguments stand for.
    ///
    /// # Errors
    /// [`Error::Input`] for a setting outside its range.
    pub fn into_command(self, job: JobId) -> Result<Command> {
        let defaults = EvaluateSettings::default();
        let settings = EvaluateSettings {
            prompts: self.prompts.unwrap_or(match self.clip {
                Some(_) => defaults.prompts,
                None => PromptSet::Starter,
            }),
            count: self.count.unwrap_or(defaults.count),
            steps: self.steps.unwrap_or(defaults.steps),
            guidance: self.guidance.unwrap_or(usual_guidance(self.model.as_ref(), defaults.guidance)),
            seed: self.seed.unwrap_or(defaults.seed),
            size: None,
            precision: self.precision.unwrap_or(defaults.precision),
        };
        settings.validate()?;
        let (word, images) = (self.word, self.images);
        let model = model_or_starter(self.model)?;
        let clip = match self.clip {
            Some(folder) => folder,
            // A model may bring its own judge, as the starter model does.
            None if model.join("clip").is_dir() => model.join("clip"),
            None => bundle::model(&Home::usual())?.join("clip"),
        };
        Ok(Command::Evaluate {
            job,
            request: Box::new(EvaluateRequest { model, word, images, clip, settings }),
        })
    }
}

/// The guidance to draw with if none is given.
fn usual_guidance(model: Option<&PathBuf>, otherwise: f64) -> f64 {
    if model.is_none() { bundle::GUIDANCE } else { otherwise }
}

fn model_or_starter(given: Option<PathBuf>) -> Result<PathBuf> {
    given.map_or_else(|| bundle::model(&Home::usual()), Ok)
}

/// `pseudoword export`.
#[derive(Debug, Args)]
pub struct ExportArguments {
    /// The run folder
    #[arg(long, value_name = "DIR")]
    run: PathBuf,
    /// The checkpoint to take [default: the newest]
    #[arg(long)]
    step: Option<u64>,
    /// Layout of the file: emb-params, diffusers, a1111-pt, original-pt, onetrainer or png-card
    #[arg(long, default_value = "emb-params", value_parser = str::parse::<EmbeddingFormat>)]
    format: EmbeddingFormat,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print one event a line as JSON
    #[arg(long)]
    pub json: bool,
}

impl ExportArguments {
    /// The command these arguments stand for.
    pub fn into_command(self, job: JobId) -> Command {
        let request = SaveRequest { run: self.run, step: self.step, format: self.format, path: self.out };
        Command::Save { job, request: Box::new(request) }
    }
}

/// `pseudoword convert`.
#[derive(Debug, Args)]
pub struct ConvertArguments {
    /// Files of learned words, of any program; or pickled models (.ckpt) with --to safetensors
    #[arg(required = true, value_name = "IN")]
    pub inputs: Vec<PathBuf>,
    /// What to write: emb-params, diffusers, a1111-pt, original-pt, onetrainer, png-card, or for models safetensors
    #[arg(long, value_name = "FORMAT", value_parser = Target::parse)]
    pub to: Target,
    /// The file to write, or a folder for one file for each word
    #[arg(long, value_name = "PATH")]
    pub out: PathBuf,
    /// Of a file with several words, the one called this
    #[arg(long, value_name = "NAME")]
    pub word: Option<String>,
    /// What the word is called from now on
    #[arg(long, value_name = "NEW")]
    pub name: Option<String>,
    /// The picture to show on a png-card
    #[arg(long, value_name = "FILE")]
    pub picture: Option<PathBuf>,
    /// Print one event a line as JSON
    #[arg(long)]
    pub json: bool,
}

/// What a conversion makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A learned word in this layout.
    Word(EmbeddingFormat),
    /// A model as safetensors.
    Safetensors,
}

impl Target {
    fn parse(name: &str) -> Result<Self, String> {
        if name == "safetensors" { Ok(Self::Safetensors) } else { name.parse().map(Self::Word) }
    }
}

/// `pseudoword bench`.
#[derive(Debug, Args)]
pub struct BenchArguments {
    /// Measure this model, a folder or a file
    #[arg(long, value_name = "PATH", conflicts_with = "random")]
    pub model: Option<PathBuf>,
    /// Measure a model of this size with random weights
    #[arg(long, value_enum)]
    pub random: Option<RandomModel>,
    /// Measure instead what opening this model takes: seconds and memory
    #[arg(long, value_name = "PATH", conflicts_with_all = ["model", "random"])]
    pub open: Option<PathBuf>,
    /// Side of the picture in pixels [default: the model's own]
    #[arg(long, value_name = "PIXELS")]
    pub size: Option<u32>,
    /// Pictures per learning step
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=64).map(usize::from))]
    pub batch: usize,
    /// Learning steps to time
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=1000).map(usize::from))]
    pub steps: usize,
    /// Number format of the networks: f32, f16 or bf16
    #[arg(long, default_value = "f32")]
    pub precision: Precision,
    /// Where to calculate: auto, vulkan, metal, dx12, gl or cpu
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
}

/// Published sizes that can be made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RandomModel {
    /// Stable Diffusion 1.5
    Sd15,
    /// Stable Diffusion 2.1
    Sd21,
    /// Stable Diffusion XL
    Sdxl,
    /// The paper's latent diffusion model
    Ldm,
}

impl RandomModel {
    /// The family it belongs to.
    pub fn family(self) -> Family {
        match self {
            Self::Sd15 => Family::Sd1,
            Self::Sd21 => Family::Sd2,
            Self::Sdxl => Family::Sdxl,
            Self::Ldm => Family::Ldm,
        }
    }
}

fn parse_size(text: &str) -> Result<[u32; 2], String> {
    let sides =
        text.split_once(['x', 'X']).and_then(|(w, h)| Some([w.trim().parse().ok()?, h.trim().parse().ok()?]));
    sides.ok_or_else(|| format!("{text} is no size; write it like 512x512"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        use clap::CommandFactory as _;
        Arguments::command().debug_assert();
        assert_eq!(parse_size("512x768"), Ok([512, 768]));
        assert!(parse_size("512").is_err());
    }
}
