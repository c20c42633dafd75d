//! `pseudoword learn`: a word from pictures, or the rest of a run.
//!
//! An option wins over what the file of `--settings` says, and that over the recipe. The length is that of what can be said
//! of a run.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::generate::warn_of_spacing;
use super::job::{self, JOB, JobOptions};
use super::overrides::Overrides;
use super::{holds_run, paths};
use base::{Error, Result, places};
use engine::message::{Command, LearnRequest, LearnStart};
use format::embedding;
use project::{
    Author, Concept, ConceptKind, Continuation, DataDir, Dataset, LearnSettings, Method, Permission,
    PictureEntry, Preset, Rights, RunFolder, RunManifest, WordStart, prepare,
};
use starter::{SAMPLES, Sample, bundle};

#[derive(Debug, Args)]
pub struct LearnArguments {
    /// The model: a folder, a file, or a name that `pseudoword models` lists [default: the starter model]
    #[arg(long, value_name = "PATH")]
    model: Option<PathBuf>,
    /// Learn a concept that comes with the program, in place of pictures of yours
    #[arg(long, value_name = "NAME", value_parser = SAMPLES.iter().map(|s| s.name).collect::<Vec<_>>())]
    sample: Option<String>,
    /// The pictures, best three to five: a folder, or several files and folders
    #[arg(long, value_name = "PATH", num_args = 1.., required_unless_present_any = ["resume", "sample"])]
    images: Vec<PathBuf>,
    /// The new word as you will type it in prompts, such as "<cat-toy>"
    #[arg(long, required_unless_present_any = ["resume", "sample"])]
    word: Option<String>,
    /// A plain word for what the pictures show, which the new word starts as
    #[arg(long, value_name = "WORD", required_unless_present_any = ["resume", "sample", "init_from"])]
    init: Option<String>,
    /// Begin with the vectors of another learned word: a file, a run folder, or a name in the window's library. What that
    /// started as, this one did too, unless --init says otherwise
    #[arg(long, value_name = "WORD", conflicts_with = "start")]
    init_from: Option<PathBuf>,
    /// A thing, or a way of drawing [default: object]
    #[arg(long, ignore_case = true)]
    kind: Option<ConceptKind>,
    /// The run folder: settings, curve, previews, checkpoints and the learned word
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Go on with the run in --out from its newest checkpoint, with the settings given here from the next step on. The
    /// word, what it starts as, its vectors, the pictures, the model and the seed stay; --images and --model can say
    /// where they are now
    #[arg(long)]
    resume: bool,
    /// Begin a run in a folder that holds other files already
    #[arg(long)]
    force: bool,
    /// By what right a new run uses its pictures; goes into the word. What dataset.toml says of one picture goes before
    #[arg(long, value_name = "RIGHT", ignore_case = true)]
    rights: Option<Rights>,
    /// From whom that right is, or whose consent
    #[arg(long, value_name = "WHO", requires = "rights")]
    rights_from: Option<String>,
    /// Why a new run may learn from pictures that are marked against it; reason and name stay in the run and in the word
    #[arg(long, value_name = "REASON", value_parser = NonEmptyStringValueParser::new())]
    despite_mark: Option<String>,
    /// Who learns the word; goes into it [default: the name given in the window]
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    /// The licence of the word, such as CC-BY-4.0; goes into it [default: the one given in the window]
    #[arg(long, value_name = "LICENCE")]
    licence: Option<String>,
    /// The recipe [default: default]
    #[arg(long, ignore_case = true)]
    preset: Option<Preset>,
    /// A TOML file with any of the settings below, or the `run.toml` of a run
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Never mirror the pictures: --flip=false
    #[arg(long, conflicts_with = "flip")]
    no_flip: bool,
    #[command(flatten)]
    pub(super) job: JobOptions,
    #[command(flatten, next_help_heading = "Settings")]
    typed: Overrides<LearnSettings>,
}

pub fn run(arguments: LearnArguments) -> Result<()> {
    // A run that was killed before it wrote anything is simply begun again.
    let given = !arguments.images.is_empty() || arguments.sample.is_some();
    let resume = arguments.resume && (holds_run(&arguments.out) || !given);
    let start = match resume {
        true => LearnStart::Resume(Box::new(arguments.continuation()?)),
        false => arguments.new_run()?,
    };
    let settings = match &start {
        LearnStart::New { settings, .. } => Some(&**settings),
        LearnStart::Resume(asked) => asked.settings.as_ref(),
    };
    if let Some(preview) = settings.map(|settings| &settings.preview)
        && arguments.typed.is_typed("preview.spacing")
    {
        warn_of_spacing(&arguments.job, "preview-spacing", preview.sampler, preview.spacing);
    }
    let request = Box::new(LearnRequest { out: arguments.out, start });
    job::run(&arguments.job, Command::Learn { job: JOB, request })
}

impl LearnArguments {
    fn new_run(&self) -> Result<LearnStart> {
        expect_own_folder(&self.out, self.force)?;
        let sample = self.sample.as_deref().and_then(Sample::find);
        // As the parser says it, which cannot know that --resume takes both: pictures can have moved.
        if sample.is_some() && !self.images.is_empty() {
            let fault = "the argument '--sample <NAME>' cannot be used with '--images <PATH>...'";
            return Err(Error::input(fault, "Leave out one of them."));
        }
        let known = sample.map(Sample::concept);
        let known = known.as_ref();
        let missing = |name: &str| Error::input(format!("--{name} is missing"), "A new run needs it.");
        let text = |name: &str, typed: &Option<String>, known: Option<&String>| {
            typed.as_ref().or(known).cloned().ok_or_else(|| missing(name))
        };
        let before = self.init_from.clone().map(paths::word).transpose()?.and_then(initial_word);
        let concept = Concept {
            word: text("word", &self.word, known.map(|known| &known.word))?,
            initial_word: text(
                "init",
                &self.init,
                known.map(|known| &known.initial_word).or(before.as_ref()),
            )?,
            kind: self.kind.or(known.map(|known| known.kind)).unwrap_or(ConceptKind::Object),
        };
        let images = match (self.images.as_slice(), sample) {
            ([], Some(sample)) => vec![bundle::pictures(&DataDir::usual(), sample)?],
            ([], None) => return Err(missing("images")),
            (images, _) => images.to_vec(),
        };
        let mut settings = Box::new(self.settings(concept.kind)?);
        let model = paths::model(self.model.clone())?;
        if settings.start == WordStart::Clip {
            settings.clip = Some(paths::clip(settings.clip.take(), &model)?);
        }
        Ok(LearnStart::New { model, images, concept, settings, permission: Box::new(self.permission()) })
    }

    fn permission(&self) -> Permission {
        // What is empty says nothing, as in the window.
        let said = |typed: &Option<String>| {
            typed.as_deref().map(str::trim).filter(|typed| !typed.is_empty()).map(str::to_owned)
        };
        Permission {
            rights: self.rights,
            rights_from: said(&self.rights_from),
            despite_mark: self.despite_mark.clone(),
            author: Author { name: said(&self.author), licence: said(&self.licence) },
        }
    }

    /// What is asked of the run in the folder.
    fn continuation(&self) -> Result<Continuation> {
        // A run that cannot be opened is refused by whoever goes on with it.
        let Ok(run) = RunFolder::open(&self.out).and_then(|folder| folder.manifest()) else {
            return Ok(Continuation::default());
        };
        let settings = self
            .settings
            .as_ref()
            .map_or(Ok(run.settings.clone()), |path| run.settings.load_over(path, true))?;
        let mut settings = self.typed_over(settings)?;
        // A seed that was to be drawn at random was drawn when the run began.
        for (id, seed, drawn) in [
            ("seed", &mut settings.seed, run.settings.seed),
            ("preview.seed", &mut settings.preview.seed, run.settings.preview.seed),
        ] {
            if self.typed.typed_as(id, "-1") {
                *seed = drawn;
            }
        }
        let sample = self.sample.as_deref().and_then(Sample::find);
        let concept = sample.map(Sample::concept);
        let images = match (self.images.as_slice(), sample) {
            ([], Some(sample)) => vec![bundle::pictures(&DataDir::usual(), sample)?],
            (images, _) => images.to_vec(),
        };
        Ok(Continuation {
            steps: None,
            settings: (settings != run.settings).then_some(settings),
            preset: self.preset,
            word: self.word.clone().or(concept.as_ref().map(|concept| concept.word.clone())),
            initial_word: self.init.clone().or(concept.as_ref().map(|concept| concept.initial_word.clone())),
            kind: self.kind.or(concept.map(|concept| concept.kind)),
            // A name stands for the model of today; what is none is named as it was typed.
            model: self.model.clone().map(|path| paths::model(Some(path.clone())).unwrap_or(path)),
            pictures: (!images.is_empty()).then(|| match Dataset::gather(&images) {
                Ok(dataset) => usable(&dataset, &run),
                // Whatever it is, the run was not begun with it.
                Err(_) => images,
            }),
            permission: self.permission(),
        })
    }

    fn settings(&self, kind: ConceptKind) -> Result<LearnSettings> {
        let settings = match (&self.settings, self.preset) {
            (Some(path), None) => LearnSettings::load(path)?,
            (Some(path), Some(preset)) => LearnSettings::preset(preset, kind).load_over(path, false)?,
            (None, preset) => LearnSettings::preset(preset.unwrap_or(Preset::Default), kind),
        };
        let mut settings = self.typed_over(settings)?;
        settings.use_captions |= settings.embedded_captions;
        settings.use_masks |= settings.suggest_masks;
        self.expect_method(settings.method)?;
        settings.validate()?;
        Ok(settings)
    }

    /// Refuses what was typed for another method: it would do nothing.
    fn expect_method(&self, method: Method) -> Result<()> {
        for (option, of) in [
            ("add_vector_at", Method::Progressive),
            ("regularisation", Method::Regularised),
            ("with_images", Method::TwoConcept),
            ("with_word", Method::TwoConcept),
            ("with_init", Method::TwoConcept),
        ] {
            if method != of && self.typed.is_typed(&format!("methods.{option}")) {
                return Err(Error::input(
                    format!("--{} is for --method {of}", option.replace('_', "-")),
                    format!("Add --method {of}, or leave it out."),
                ));
            }
        }
        Ok(())
    }

    fn typed_over(&self, settings: LearnSettings) -> Result<LearnSettings> {
        let mut settings = self.typed.over(settings)?;
        settings.flip &= !self.no_flip;
        let full = |path: PathBuf| std::path::absolute(&path).map_err(|e| Error::read(&path, e));
        if let Some(word) = self.init_from.clone() {
            settings.start = WordStart::File(full(paths::word(word)?)?);
        }
        settings.clip = settings.clip.map(full).transpose()?;
        Ok(settings)
    }
}

/// What a learned word started as, if its file says.
fn initial_word(file: PathBuf) -> Option<String> {
    let word = embedding::read_all(&file).ok()?.into_iter().next()?;
    word.metadata.get("pseudoword.initial_word").cloned()
}

/// The pictures that a run could have been begun with: its own, and what else is there and can be used.
fn usable(dataset: &Dataset, run: &RunManifest) -> Vec<PathBuf> {
    let own: Vec<_> = run.pictures.iter().map(|picture| picture.entry.path.canonicalize().ok()).collect();
    let side = run.settings.resolution.unwrap_or(64);
    let usable = |entry: &&PictureEntry| {
        let real = entry.path.canonicalize().ok();
        real.is_some() && own.contains(&real) || entry.path.to_str().is_some() && prepare(entry, side).is_ok()
    };
    dataset.enabled().filter(usable).map(|entry| entry.path.clone()).collect()
}

/// Refuses a folder in which a run would lie among other files and replace those of its names. What a run leaves that
/// was killed before it began is no reason; a run is told of by the engine.
fn expect_own_folder(out: &Path, force: bool) -> Result<()> {
    const OWN: [&str; 3] = ["status.toml", "run.lock", "loss.csv"];
    const FOLDERS: [&str; 2] = ["checkpoints", "previews"];
    if force || holds_run(out) {
        return Ok(());
    }
    // Of what is in its folders only what comes before the first step: what comes later may be all that is left of a run.
    let within = |folder: &str, own: fn(&str) -> bool| {
        places::other_file(&out.join(folder), own).map(|name| format!("{folder}/{name}"))
    };
    let other = places::other_file(out, |name| OWN.contains(&name) || FOLDERS.contains(&name))
        .or_else(|| within(FOLDERS[0], |name| name == "start.safetensors"))
        .or_else(|| within(FOLDERS[1], |name| name.starts_with("000000_") && name.ends_with(".png")));
    let remedy = "Choose a folder of its own, or add --force to put the run among them.";
    other.map_or(Ok(()), |name| Err(places::not_alone(out, &name, remedy)))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::Arguments;
    use project::{LearningRate, Precision, TemplateSource};

    fn settings(options: &str) -> LearnSettings {
        let line = format!("pseudoword learn --sample circus-cat --out run {options}");
        let arguments = Arguments::try_parse_from(line.split_whitespace()).unwrap();
        let Some(crate::Command::Learn(learn)) = arguments.command else { panic!("another command") };
        learn.settings(ConceptKind::Object).unwrap()
    }

    #[test]
    fn only_what_is_typed_overrides_the_recipe() {
        for &preset in Preset::ALL {
            let expected = LearnSettings::preset(preset, ConceptKind::Object);
            assert_eq!(settings(&format!("--preset {preset}")), expected);
        }
        let changed = settings(
            "--preset paper --batch 2 --embedded-captions --no-flip --use-masks --full-stop=false --learning-rate 1e-3 \
             --templates mine.txt --precision BF16 --timesteps 100-900 --adamw-beta1 0.8 --preview-prompt {} \
             --preview-guidance 3",
        );
        let mut expected = LearnSettings {
            batch_size: 2,
            learning_rate: LearningRate::Text("1e-3".into()),
            templates: TemplateSource::File(std::path::absolute("mine.txt").unwrap()),
            full_stop: false,
            use_captions: true,
            embedded_captions: true,
            flip: false,
            timesteps: [100, 900],
            use_masks: true,
            precision: Precision::Bf16,
            ..LearnSettings::preset(Preset::Paper, ConceptKind::Object)
        };
        expected.adamw.beta1 = 0.8;
        expected.preview.prompts = vec!["{}".into()];
        expected.preview.guidance = Some(3.0);
        assert_eq!(changed, expected);
        let masked = settings("--preset paper --suggest-masks");
        assert!(masked.suggest_masks && masked.use_masks, "masks are suggested to be used");
    }

    #[test]
    fn a_run_begins_in_a_folder_of_its_own() {
        let out = std::env::temp_dir().join(format!("pseudoword-own-{}", std::process::id()));
        let refused = || expect_own_folder(&out, false).err().map_or_else(String::new, |e| e.to_string());
        let write = |name: &str| {
            let path = out.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "mine").unwrap();
        };
        assert_eq!(refused(), "", "it is not there");
        for name in
            ["checkpoints/start.safetensors", "previews/000000_1.png", "checkpoints/.pseudoword-a.tmp"]
        {
            write(name);
        }
        write("status.toml");
        assert_eq!(refused(), "", "a run was killed here before its first step");
        for name in
            ["checkpoints/step-000001.safetensors", "previews/000050_0.png", "previews/a.png", "notes"]
        {
            write(name);
            assert!(refused().contains(&format!("such as {name}")), "{}", refused());
            expect_own_folder(&out, true).unwrap();
            std::fs::remove_file(out.join(name)).unwrap();
        }
        assert_eq!(refused(), "");
        std::fs::remove_dir_all(&out).unwrap();
    }

    #[test]
    fn what_is_empty_is_not_said_and_one_source_of_pictures_is_enough() {
        let learn = |more: &[&str]| {
            let line = ["pseudoword", "learn", "--sample", "circus-cat", "--out", "pseudoword-nowhere"];
            let arguments = Arguments::try_parse_from(line.iter().chain(more)).unwrap();
            let Some(crate::Command::Learn(learn)) = arguments.command else { panic!("another command") };
            learn
        };
        let said = learn(&["--licence", " ", "--author", " Ann "]).permission().author;
        assert_eq!(said, Author { name: Some("Ann".into()), licence: None });
        let both = learn(&["--images", "mine"]).new_run().err().map(|error| error.to_string());
        let expected = "'--sample <NAME>' cannot be used with '--images <PATH>...'";
        assert!(both.as_ref().is_some_and(|said| said.contains(expected)), "{both:?}");
    }

    #[test]
    fn a_line_given_again_asks_for_nothing_else() {
        let place = std::env::temp_dir().join(format!("pseudoword-again-{}", std::process::id()));
        let [out, images] = ["run", "images"].map(|name| place.join(name));
        std::fs::create_dir_all(&images).unwrap();
        let picture = images.join("1.png");
        let grey = image::RgbImage::from_pixel(64, 64, image::Rgb([9; 3]));
        grey.save(&picture).unwrap();
        std::fs::write(images.join("2.png"), "torn").unwrap();
        let again = |options: &str| {
            let (out, images) = (out.display(), images.display());
            let line = format!("pseudoword learn --resume --out {out} --images {images} {options}");
            let arguments = Arguments::try_parse_from(line.split_whitespace()).unwrap();
            let Some(crate::Command::Learn(learn)) = arguments.command else { panic!("another command") };
            learn.continuation().unwrap()
        };
        let concept = Concept { word: "<a>".into(), initial_word: "cat".into(), kind: ConceptKind::Object };
        let record = project::PictureRecord::new(PictureEntry::new(picture.clone())).unwrap();
        let base = project::manifest::BaseModel { path: "model".into(), ..Default::default() };
        let settings = LearnSettings { seed: 7, ..LearnSettings::default() };
        let run = RunManifest::new(concept, settings, vec![record], base, "cpu".into());
        RunFolder::create(&out, &run).unwrap();
        let asked = again("--seed -1 --preview-seed -1");
        assert_eq!(asked.settings, None);
        assert_eq!(asked.pictures, Some(vec![picture.clone()]), "the torn one was no part of it");
        assert!(again("--seed 8").settings.is_some_and(|settings| settings.seed == 8));
        let asked = again("--embedded-captions").settings.unwrap();
        assert!(asked.embedded_captions && !asked.use_captions, "what is refused brings nothing with it");
        grey.save(images.join("3.png")).unwrap();
        assert_eq!(again("").pictures.unwrap().len(), 2);
        std::fs::remove_dir_all(&place).unwrap();
    }

    #[test]
    fn a_file_is_laid_over_the_recipe_that_is_named() {
        let file = std::env::temp_dir().join(format!("pseudoword-settings-{}.toml", std::process::id()));
        std::fs::write(&file, "steps = 7").unwrap();
        let settings = settings(&format!("--preset paper --batch 2 --settings {}", file.display()));
        std::fs::remove_file(&file).unwrap();
        let paper = LearnSettings::preset(Preset::Paper, ConceptKind::Object);
        assert_eq!(settings, LearnSettings { steps: 7, batch_size: 2, ..paper });
    }
}
