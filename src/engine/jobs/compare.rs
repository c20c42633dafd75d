//! The job of comparing methods: each learns each concept, all are scored at the same settings, and the points are kept
//! after each of them.
//!
//! It can be killed at any time: learned words are runs in its folder, which are gone on with or taken as they are, and
//! a point that was found is not found again. What a method is, and what a score, is known elsewhere. The length is that of
//! what one point is made of.

mod outcome;

use std::path::{Path, PathBuf};
use std::time::Instant;

use image::RgbImage;

use super::evaluate::{Scorer, Subject, Tally, concept_vectors, learned_entries};
use super::learn;
use crate::clip::AROUND;
use crate::context::JobContext;
use crate::export::negative_beside;
use crate::message::{COMPARING, CompareRequest, Event, JobSummary, LearnRequest, LearnStart};
use crate::preflight::Preflight;
use crate::session::Session;
use base::{Claim, Error, Result, places};
use model::ClipModel;
use project::comparison::{CLAIM, COMPARISON, Compared, ComparedConcept, Comparison, Plan, Point, Task};
use project::dataset::left_out;
use project::evaluation::{EvaluateSettings, Score};
use project::methods::Baseline;
use project::picture::learned_square;
use project::{Concept, Dataset, LearnSettings, NumberFormat, PictureEntry, RunFolder, RunState};
use project::{SamplerKind, SigmaSpacing};

/// Folders of learned words and of pictures in that of the comparison.
const RUNS: &str = "runs";
const PICTURES: &str = "pictures";
/// What the folder of a concept's own pictures is called beside those of the methods.
const OWN: &str = "own";
/// Longest side of a concept's own picture as it is kept to be looked at.
const SEEN: u32 = 256;
/// Most of them.
const MOST: usize = 8;

pub fn run(
    request: CompareRequest,
    session: &mut Session,
    context: &mut JobContext<'_>,
) -> Result<JobSummary> {
    let CompareRequest { out, plan } = request;
    plan.validate()?;
    let prompts = plan.evaluate.prompt_list()?;
    places::expect_folder(&out)?;
    let preflight = Preflight::of(&plan.model)?;
    preflight.size(plan.evaluate.size, plan.evaluate.size)?;
    preflight.sampler(SamplerKind::Ddim, SigmaSpacing::Normal, 0.0, plan.evaluate.steps)?;
    preflight.clip_skip(plan.evaluate.clip_skip.unwrap_or(1))?;
    let mut concepts = Vec::new();
    for concept in &plan.concepts {
        concepts.push(gather(concept, &plan, context)?);
    }
    std::fs::create_dir_all(&out).map_err(|e| Error::write(&out, e))?;
    let _alone = Claim::take(&out, CLAIM, "comparing")?;
    plan.keep(&out)?;
    let there = out.join(COMPARISON).is_file();
    let mut comparison = if there { Comparison::load(&out)? } else { Comparison::default() };
    let counts: Vec<usize> = concepts.iter().map(|concept| concept.entries.len()).collect();
    let tasks = plan.tasks(&counts);
    let known = |task: &&Task, found: &Comparison| {
        found.point(&plan.concepts[task.concept].name, &plan.name(task.subject), task.seed).is_some()
    };
    comparison.of = comparison.points.len() + tasks.iter().filter(|task| !known(task, &comparison)).count();

    let clip = ClipModel::open(&plan.clip, &session.device.device, &mut || context.check())?;
    let mut job = Comparing { out, plan: &plan, prompts, clip, comparison, concepts };
    let (began, mut found) = (Instant::now(), 0_u32);
    for (done, task) in tasks.iter().enumerate() {
        let (concept, name) = (&plan.concepts[task.concept].name, plan.name(task.subject));
        if known(&task, &job.comparison) {
            continue;
        }
        context.progress(format!("{COMPARING}, {name} on {concept}"), done, tasks.len());
        context.check()?;
        match job.point(task, session, context) {
            Ok(point) => {
                job.add(point, context)?;
                found += 1;
                let seconds = began.elapsed().as_secs_f64() / f64::from(found);
                context.send(Event::Pace { job: context.job, seconds });
            }
            // One method that cannot be used must not cost a night.
            Err(error @ (Error::Numbers(..) | Error::Input(..))) => {
                context.warn(format!("There is no point of {name} on {concept}: {error}"));
                job.comparison.of -= 1;
            }
            Err(error) => return Err(error),
        }
    }
    job.finish(context)?;
    Ok(JobSummary::Compared { out: job.out, comparison: job.comparison })
}

/// A concept's pictures as all are compared with them: whole, cut and masked as their folder says, whatever a method
/// looked for by itself.
struct Seen {
    entries: Vec<PictureEntry>,
    around: Option<image::Rgb<u8>>,
    place: PathBuf,
    /// What CLIP makes of them, once it was asked.
    vectors: Vec<Vec<f32>>,
}

fn gather(concept: &ComparedConcept, plan: &Plan, context: &JobContext<'_>) -> Result<Seen> {
    let dataset = Dataset::gather(&concept.images)?;
    if let Some(said) = left_out(&dataset.left_out) {
        context.warn(said);
    }
    let entries = learned_entries(&dataset, &[]);
    let beyond = plan.set_sizes.iter().filter(|size| **size > entries.len()).map(usize::to_string);
    let beyond = beyond.collect::<Vec<_>>().join(", ");
    if !beyond.is_empty() {
        let (name, count) = (&concept.name, entries.len());
        context.warn(format!("{name} has {count} pictures, and is not learned from {beyond} of them."));
    }
    let around = plan.evaluate.use_masks.unwrap_or(true).then_some(AROUND);
    Ok(Seen { entries, around, place: dataset.folder, vectors: Vec::new() })
}

/// The run of a method on a concept.
struct LearnedHere {
    out: PathBuf,
    word: PathBuf,
    /// What is still to be learned of it, if anything is.
    rest: Option<LearnRequest>,
}

impl LearnedHere {
    /// That of a task in the folder of the comparison, of a method and so many of the pictures, or all.
    fn of(
        folder: &Path,
        plan: &Plan,
        task: &Task,
        (method, size): (usize, Option<usize>),
        entries: &[PictureEntry],
    ) -> Self {
        let concept = &plan.concepts[task.concept];
        let name = plan.name(task.subject);
        let parts = [&concept.name, &name, &format!("seed-{}", task.seed)].map(|part| file_name(part));
        let out = parts.iter().fold(folder.join(RUNS), |folder, part| folder.join(part));
        let word = out.join(format!("{}.safetensors", concept.concept.file_stem()));
        let run = RunFolder::open(&out).ok();
        let ended = |run: &RunFolder| run.status().is_ok_and(|status| status.state == RunState::Finished);
        if run.as_ref().is_some_and(ended) && word.is_file() {
            return Self { out, word, rest: None };
        }
        let start = match run {
            Some(_) => LearnStart::Resume(Box::default()),
            None => LearnStart::New {
                model: plan.model.clone(),
                images: match size {
                    None => concept.images.clone(),
                    Some(size) => entries.iter().take(size).map(|entry| entry.path.clone()).collect(),
                },
                concept: concept.concept.clone(),
                settings: Box::new(LearnSettings {
                    seed: task.seed,
                    ..plan.methods[method].settings.clone()
                }),
                permission: Box::default(),
            },
        };
        Self { word, rest: Some(LearnRequest { out: out.clone(), start }), out }
    }
}

/// What several devices can learn of a comparison before one of them does the rest of it.
pub struct Shared {
    /// What each run is called, and what is to be learned of it.
    pub runs: Vec<(String, LearnRequest)>,
    _alone: Claim,
}

/// What is still to be learned for a comparison, of which the folder is held as long as this lives.
///
/// # Errors
/// As the comparison itself, where it cannot begin.
pub fn shared(request: &CompareRequest) -> Result<Shared> {
    let CompareRequest { out, plan } = request;
    plan.validate()?;
    places::expect_folder(out)?;
    let mut concepts = Vec::new();
    for concept in &plan.concepts {
        concepts.push(learned_entries(&Dataset::gather(&concept.images)?, &[]));
    }
    std::fs::create_dir_all(out).map_err(|e| Error::write(out, e))?;
    let alone = Claim::take(out, CLAIM, "comparing")?;
    plan.keep(out)?;
    let there = out.join(COMPARISON).is_file();
    let known = if there { Comparison::load(out)? } else { Comparison::default() };
    let counts: Vec<usize> = concepts.iter().map(Vec::len).collect();
    let run = |task: &Task| {
        let Compared::Method(method, size) = task.subject else { return None };
        let (concept, name) = (&plan.concepts[task.concept].name, plan.name(task.subject));
        if known.point(concept, &name, task.seed).is_some() {
            return None;
        }
        let rest = LearnedHere::of(out, plan, task, (method, size), &concepts[task.concept]).rest?;
        Some((format!("{name} on {concept}"), rest))
    };
    let runs = plan.tasks(&counts).iter().filter_map(run).collect();
    Ok(Shared { runs, _alone: alone })
}

struct Comparing<'a> {
    out: PathBuf,
    plan: &'a Plan,
    prompts: Vec<String>,
    clip: ClipModel,
    comparison: Comparison,
    concepts: Vec<Seen>,
}

impl Comparing<'_> {
    /// Finds a point.
    fn point(&mut self, task: &Task, session: &mut Session, context: &mut JobContext<'_>) -> Result<Point> {
        let plan = self.plan;
        let concept = &plan.concepts[task.concept];
        self.see(task.concept, context)?;
        let learned = match task.subject {
            Compared::Method(method, size) => Some(self.learned(task, method, size, session, context)?),
            Compared::Baseline(_) => None,
        };
        let seen = &self.concepts[task.concept].vectors;
        let model = session.load(&plan.model, plan.evaluate.numbers(), context)?;
        let guidance = Some(plan.evaluate.guidance(&model.defaults()));
        let NumberFormat { precision, weights } = model.numbers;
        let settings = EvaluateSettings { guidance, precision, weights, ..plan.evaluate.clone() };
        let scorer = Scorer::new(model, &self.clip, &settings, self.prompts.clone())?;
        let mut tally = Tally::new(scorer.pictures());
        let baseline = matches!(task.subject, Compared::Baseline(_));
        let subject = match (&learned, task.subject) {
            (Some((word, _)), _) => {
                let negative = Some(negative_beside(word)).filter(|beside| beside.is_file());
                let files: Vec<PathBuf> = [word.clone()].into_iter().chain(negative).collect();
                Subject::learned(model, &files, context)?.into_iter().next()
            }
            (None, Compared::Baseline(baseline)) => {
                let plain = |says: Vec<String>| Subject::plain(model, baseline.name(), says);
                match baseline {
                    Baseline::ImageOnly => None,
                    Baseline::PromptOnly => Some(plain(vec![String::new()])?),
                    Baseline::InitialWord => Some(plain(vec![concept.concept.initial_word.clone()])?),
                    Baseline::CaptionsShort => Some(plain(concept.captions_short.clone())?),
                    Baseline::CaptionsLong => Some(plain(concept.captions_long.clone())?),
                    Baseline::ClipWord => {
                        Some(Subject::clip_word(model, &self.clip, seen, &concept.concept, context)?)
                    }
                }
            }
            (None, Compared::Method(..)) => None,
        };
        let (scores, drawn) = match &subject {
            Some(subject) => {
                // Pictures of two seeds have none of their noise in common.
                let seed = task.seed.wrapping_mul(settings.count as u64);
                let judged = scorer.judge(seed, model, subject, seen, &mut tally, context)?;
                (judged.scores, judged.pictures)
            }
            None => (scorer.image_only("image only", seen), Vec::new()),
        };
        let method = plan.name(task.subject);
        let pictures = match drawn.is_empty() {
            true => self.own_pictures(task.concept)?,
            false => self.keep_pictures(&[&concept.name, &method, &format!("seed-{}", task.seed)], &drawn)?,
        };
        let (word, seconds) = learned.unzip();
        let below = |path: PathBuf| path.strip_prefix(&self.out).map(PathBuf::from).unwrap_or(path);
        Ok(Point {
            concept: concept.name.clone(),
            method,
            baseline,
            seed: task.seed,
            image: scores.image_similarity.map(rounded),
            text: scores.text_similarity.map(rounded),
            text_of_mean: scores.text_of_mean.map(round),
            seconds: seconds.map_or(0.0, round),
            word: word.map(below),
            pictures,
        })
    }

    /// Asks CLIP about a concept's pictures, once.
    fn see(&mut self, concept: usize, context: &mut JobContext<'_>) -> Result<()> {
        let seen = &mut self.concepts[concept];
        if seen.vectors.is_empty() {
            seen.vectors = concept_vectors(&self.clip, &seen.entries, &seen.place, seen.around, context)?;
        }
        Ok(())
    }

    /// The word that a method learns, and the seconds that its steps took. A run that is done is taken as it is, one
    /// that is not is gone on with.
    fn learned(
        &self,
        task: &Task,
        method: usize,
        size: Option<usize>,
        session: &mut Session,
        context: &mut JobContext<'_>,
    ) -> Result<(PathBuf, f64)> {
        let entries = &self.concepts[task.concept].entries;
        let LearnedHere { out, word, rest } =
            LearnedHere::of(&self.out, self.plan, task, (method, size), entries);
        if let Some(request) = rest {
            // A view of its own: what the run lends to others ends with it.
            let mut within = context.within(context.job);
            match learn::run(request, session, &mut within)? {
                JobSummary::Learned { complete: true, .. } => {}
                _ => return Err(Error::Cancelled),
            }
        }
        let seconds = RunFolder::open(&out)?.losses()?.iter().map(|row| row.seconds).sum();
        Ok((word, seconds))
    }

    /// Keeps a point, and all that can be seen of the points so far.
    fn add(&mut self, point: Point, context: &mut JobContext<'_>) -> Result<()> {
        self.comparison.points.push(point);
        self.comparison.save(&self.out)?;
        self.draw_figures()?;
        context.send(Event::Saved { job: context.job, path: self.out.join(COMPARISON) });
        Ok(())
    }

    /// Small copies of a concept's own pictures.
    fn own_pictures(&self, concept: usize) -> Result<Vec<PathBuf>> {
        let seen = &self.concepts[concept];
        let small = |entry: &PictureEntry| {
            let square = learned_square(entry, seen.around)?;
            let large = square.width() > SEEN;
            Ok(if large { image::imageops::thumbnail(&square, SEEN, SEEN) } else { square })
        };
        // One that cannot be read was told of.
        let pictures: Vec<RgbImage> =
            seen.entries.iter().take(MOST).map(small).filter_map(Result::<_>::ok).collect();
        self.keep_pictures(&[&self.plan.concepts[concept].name, OWN], &pictures)
    }
}

/// A name that any system takes for a file's.
fn file_name(name: &str) -> String {
    Concept::of(&name.replace(' ', "-")).file_stem()
}

/// Six decimals are more than a score has, and are read back as they were written.
fn round(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

fn rounded(score: Score) -> Score {
    Score { mean: round(score.mean), low: round(score.low), high: round(score.high), count: score.count }
}
