//! `pseudoword compare`: concepts learned by several methods, all scored alike beside baselines.
//!
//! Names become settings here; what is typed of the settings of learning holds for every method.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::job::{self, JOB, JobOptions};
use super::overrides::Overrides;
use super::paths;
use base::{Error, Result};
use engine::message::{Command, CompareRequest};
use project::comparison::{ComparedConcept, Plan};
use project::evaluation::{EvaluateSettings, LONG, PromptSet, SHORT, captions_in};
use project::methods::{choose, method};
use project::{Concept, ConceptKind, DataDir, Draft, LearnSettings};
use starter::{SAMPLES, Sample, bundle};

#[derive(Debug, Args)]
pub struct CompareArguments {
    /// The model, as for `learn` [default: the starter model]
    #[arg(long, value_name = "PATH")]
    model: Option<PathBuf>,
    /// Concepts that come with the program
    #[arg(long, value_name = "NAME", num_args = 1.., value_parser = SAMPLES.iter().map(|s| s.name).collect::<Vec<_>>())]
    sample: Vec<String>,
    /// Concepts of your own, each a folder of pictures
    #[arg(long, value_name = "DIR", num_args = 1.., required_unless_present = "sample")]
    images: Vec<PathBuf>,
    /// A plain word for what the pictures show, for each folder of --images that is no concept of the window
    #[arg(long, value_name = "WORD", num_args = 1.., requires = "images")]
    init: Vec<String>,
    /// Things, or ways of drawing, in the folders of --images that are no concepts of the window
    #[arg(long, ignore_case = true, default_value = "object")]
    kind: ConceptKind,
    /// Methods and baselines, with commas between them; one that there is not is answered with the list
    #[arg(long, value_name = "NAMES", value_delimiter = ',', num_args = 1.., required = true)]
    methods: Vec<String>,
    /// From how many seeds each method learns; the first is that of --seed
    #[arg(long, value_name = "N", default_value_t = 1)]
    seeds: u64,
    /// Learn from so many of the first pictures each time, in place of all: 1,2,3,5
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', num_args = 1..)]
    set_sizes: Vec<usize>,
    /// Why all may be learned from, also pictures that are marked against it; without it what bears a mark is left out,
    /// unless its concept gives a reason
    #[arg(long, value_name = "REASON", value_parser = NonEmptyStringValueParser::new())]
    despite_mark: Option<String>,
    /// For captions-short: a text file with a description of at most 12 words a line, for each concept
    #[arg(long, value_name = "FILE", num_args = 1..)]
    captions_short: Vec<PathBuf>,
    /// For captions-long: a text file with a description of at most 30 words a line, for each concept
    #[arg(long, value_name = "FILE", num_args = 1..)]
    captions_long: Vec<PathBuf>,
    /// The folder of the comparison. Given again, it goes on where it was; what it holds is not done again
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// How many pictures are drawn for each prompt; the paper: 64
    #[arg(long, value_name = "N", default_value_t = 8)]
    count: usize,
    /// In how many steps they are drawn, with DDIM
    #[arg(long, value_name = "N", default_value_t = 50)]
    draw_steps: usize,
    /// How strictly their prompts are followed [default: as for `evaluate`]
    #[arg(long, value_name = "GUIDANCE")]
    draw_guidance: Option<f64>,
    /// Their width and height [default: the model's own]
    #[arg(long, value_name = "PIXELS")]
    draw_size: Option<u32>,
    /// The prompts [default: starter for the starter model's CLIP, else core]
    #[arg(long, ignore_case = true, value_name = "SET")]
    prompts: Option<PromptSet>,
    /// Prompts of your own, one a line with {} for the word
    #[arg(long, value_name = "FILE")]
    prompts_file: Option<PathBuf>,
    #[command(flatten)]
    pub(super) job: JobOptions,
    #[command(flatten, next_help_heading = "Settings of all methods")]
    typed: Overrides<LearnSettings>,
}

pub fn run(arguments: CompareArguments) -> Result<()> {
    let request = Box::new(CompareRequest { out: arguments.out.clone(), plan: arguments.plan()? });
    job::run(&arguments.job, Command::Compare { job: JOB, request })
}

impl CompareArguments {
    fn plan(&self) -> Result<Plan> {
        let absolute = |path: PathBuf| std::path::absolute(&path).map_err(|e| Error::read(&path, e));
        let model = absolute(paths::model(self.model.clone())?)?;
        let common = self.typed.over(LearnSettings { preview_every: 0, ..LearnSettings::default() })?;
        let clip = absolute(paths::clip(common.clip.clone(), &model)?)?;
        let settings = |name: &str| {
            let settings = self.typed.over(method(name, self.kind)?)?;
            let clip = settings.clip.clone().map(absolute).transpose()?;
            Ok(LearnSettings { clip, ..settings })
        };
        let (methods, baselines) = choose(self.methods.iter().map(String::as_str), &clip, settings)?;
        let own = common.clip.is_none() && clip == model.join("clip");
        let evaluate = EvaluateSettings {
            prompts: self.prompts.unwrap_or(if own { PromptSet::Starter } else { PromptSet::Core }),
            prompts_file: self.prompts_file.clone().map(absolute).transpose()?,
            count: self.count,
            steps: self.draw_steps,
            guidance: self.draw_guidance,
            size: self.draw_size,
            clip_skip: Some(common.clip_skip),
            use_masks: Some(common.use_masks),
            precision: common.precision,
            weights: common.weights,
            ..EvaluateSettings::default()
        };
        Ok(Plan {
            model,
            clip,
            seed: common.seed,
            seeds: self.seeds,
            despite_mark: self.despite_mark.clone(),
            set_sizes: self.set_sizes.clone(),
            baselines,
            evaluate,
            methods,
            concepts: self.concepts()?,
        })
    }

    /// The samples, then the folders.
    fn concepts(&self) -> Result<Vec<ComparedConcept>> {
        let mut found = Vec::new();
        for sample in self.sample.iter().filter_map(|name| Sample::find(name)) {
            let images = bundle::pictures(&DataDir::usual(), sample)?;
            found.push(ComparedConcept::new(sample.name, images, sample.concept()));
        }
        let mut words = self.init.iter();
        for folder in &self.images {
            let folder = std::path::absolute(folder).map_err(|e| Error::read(folder, e))?;
            let name = name_of(&folder);
            let concept = match Draft::open(&folder) {
                Ok(draft) => draft.concept,
                Err(_) => {
                    let word = words.next().cloned().ok_or_else(|| {
                        let fault = format!("--init is missing for {}", folder.display());
                        Error::input(fault, "Say in a plain word what the pictures show, for each folder.")
                    })?;
                    let stem = Concept::of(&name).file_stem();
                    Concept { word: format!("<{stem}>"), initial_word: word, kind: self.kind }
                }
            };
            found.push(ComparedConcept::new(name, folder, concept));
        }
        if let Some(left) = words.next() {
            let remedy = "Give one for each of the other folders, in their order: a folder that the window prepared has its own.";
            return Err(Error::input(format!("--init {left} belongs to no folder"), remedy));
        }
        let captions = [(&self.captions_short, SHORT), (&self.captions_long, LONG)].map(|(files, most)| {
            if !files.is_empty() && files.len() != found.len() {
                let fault =
                    format!("There are {} files of captions for {} concepts", files.len(), found.len());
                return Err(Error::input(fault, "Give one for each concept, in the same order."));
            }
            files.iter().map(|file| captions_in(file, most)).collect::<Result<Vec<_>>>()
        });
        let [short, long] = captions;
        let (short, long) = (short?, long?);
        found.iter_mut().zip(short).for_each(|(concept, captions)| concept.captions_short = captions);
        found.iter_mut().zip(long).for_each(|(concept, captions)| concept.captions_long = captions);
        Ok(found)
    }
}

/// What a folder is called.
fn name_of(folder: &Path) -> String {
    folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Arguments;
    use clap::Parser as _;
    use project::methods::Baseline;

    #[test]
    fn names_become_settings_and_what_is_typed_holds_for_all() {
        let folder = std::env::temp_dir().join(format!("pseudoword-compare-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("my cup")).unwrap();
        let model = folder.join("model");
        std::fs::create_dir_all(&model).unwrap();
        let arguments = |options: &[&str]| {
            let images = folder.join("my cup");
            let [images, model] = [&images, &model].map(|path| path.to_str().unwrap().to_owned());
            let mut line = vec!["pseudoword", "compare", "--model", &model, "--clip", &model, "--out", "o"];
            line.extend(["--images", &images].iter().chain(options));
            let arguments = Arguments::try_parse_from(line).unwrap();
            let Some(crate::Command::Compare(compare)) = arguments.command else { panic!("another command") };
            compare.plan()
        };
        let options = "--init cup --methods single,paper,image-only --steps 7 --seed 4 --seeds 2 --draw-steps 3 \
                       --despite-mark agreed";
        let plan = arguments(&options.split(' ').collect::<Vec<_>>()).unwrap();
        let names: Vec<&str> = plan.methods.iter().map(|method| method.name.as_str()).collect();
        assert_eq!((names, &plan.baselines[..]), (vec!["single", "paper"], &[Baseline::ImageOnly][..]));
        assert!(plan.methods.iter().all(|method| method.settings.steps == 7 && method.settings.seed == 0));
        assert_eq!(plan.methods[1].settings.batch_size, 4, "the paper's own");
        assert_eq!((plan.seed, plan.seeds, plan.evaluate.steps), (4, 2, 3));
        assert_eq!(plan.despite_mark.as_deref(), Some("agreed"));
        assert_eq!(plan.evaluate.prompts, PromptSet::Core);
        let concept = &plan.concepts[0];
        assert_eq!((concept.name.as_str(), concept.concept.word.as_str()), ("my cup", "<my_cup>"));
        plan.validate().unwrap();
        for (options, part) in [
            ("--methods single", "--init"),
            ("--init cup --methods singel", "singel"),
            ("--init cup --methods single --captions-long a b", "2 files"),
        ] {
            let said = arguments(&options.split(' ').collect::<Vec<_>>()).unwrap_err().to_string();
            assert!(said.contains(part), "{said}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
