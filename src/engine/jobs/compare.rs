//! The job of comparing methods: each learns each concept, all are scored at the same settings, and the points are kept
//! after each of them.
//!
//! It can be killed at any time: learned words are runs in its folder, which are gone on with or taken as they are, and
//! a point that was found is not found again. A concept or a method that cannot be used is left out with its reason, and
//! costs the others nothing. What a method is, and what a score, is known elsewhere.

mod concepts;
mod outcome;
mod runs;

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::slice;
use std::time::Instant;

use self::concepts::{Seen, gather_all, is_of_one};
use self::runs::LearnedHere;
pub use self::runs::{Shared, shared};
use super::evaluate::{Scorer, Subject, Tally, concept_vectors};
use super::learn;
use crate::context::JobContext;
use crate::export::negative_beside;
use crate::message::{COMPARING, CompareRequest, Event, JobSummary};
use crate::preflight::Preflight;
use crate::sealing::Sealing;
use crate::session::Session;
use base::{Claim, Error, Result, places};
use model::ClipModel;
use project::comparison::{CLAIM, COMPARISON, Compared, Comparison, LeftOut, Plan, Point, Task};
use project::evaluation::{EvaluateSettings, Score};
use project::methods::Baseline;
use project::picture::learned_square;
use project::{NumberFormat, PictureEntry, RunFolder};
use project::{SamplerKind, SigmaSpacing};

/// The file of the plan, by which a comparison goes on.
const PLAN: &str = "compare.toml";
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
    let prompts = preflight(&request)?;
    let CompareRequest { out, plan } = request;
    let (usable, concepts, refused) = gather_all(&plan, context)?;
    places::make_folder(&out)?;
    let _alone = Claim::take(&out, CLAIM, "comparing")?;
    plan.keep(&out)?;
    let there = out.join(COMPARISON).is_file();
    let mut comparison = if there { Comparison::load(&out)? } else { Comparison::default() };
    // What was left out another day may be usable by now.
    comparison.left_out.retain(|left_out| plan.concepts.iter().all(|known| known.name != left_out.concept));
    let plan = Plan { concepts: usable, ..plan };
    let counts: Vec<usize> = concepts.iter().map(|concept| concept.entries.len()).collect();
    let tasks = plan.tasks(&counts);

    let clip = ClipModel::open(&plan.clip, &session.device.device, &mut || context.check())?;
    let sealing = context.sealing();
    let mut job = Comparing { out, plan: &plan, prompts, clip, comparison, concepts, sealing };
    for (concept, error) in &refused {
        job.leave_out(concept, None, error, context);
    }
    job.comparison.of = job.comparison.points.len() + job.missing(&tasks);
    let (began, mut found, mut fault) = (Instant::now(), 0_u32, None);
    for (done, task) in tasks.iter().enumerate() {
        let (concept, name) = (&plan.concepts[task.concept].name, plan.name(task.subject));
        if job.missing(slice::from_ref(task)) == 0 {
            continue;
        }
        context.progress(format!("{COMPARING}, {name} on {concept}"), done, tasks.len());
        context.check()?;
        // Without its pictures there is no point of a concept at all.
        let mut method = None;
        let point = job.see(task.concept, context).and_then(|()| {
            method = Some((name.clone(), task.seed));
            job.point(task, session, context)
        });
        match point {
            Ok(point) => {
                job.comparison.points.push(point);
                job.keep(context)?;
                found += 1;
                let seconds = began.elapsed().as_secs_f64() / f64::from(found);
                context.send(Event::Pace { job: context.job, seconds });
            }
            // One method, or one picture, that cannot be used must not cost a night.
            Err(error) if is_of_one(&error, method.is_none()) => {
                job.leave_out(concept, method, &error, context);
                job.comparison.of = job.comparison.points.len() + job.missing(&tasks);
                job.keep(context)?;
                fault = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    job.finish(context)?;
    if job.comparison.points.is_empty()
        && let Some(fault) = fault
    {
        return Err(fault);
    }
    Ok(JobSummary::Compared { out: job.out, comparison: job.comparison })
}

/// Refuses what can be refused before anything is learned; the sentences to draw.
fn preflight(CompareRequest { out, plan }: &CompareRequest) -> Result<Vec<String>> {
    plan.validate()?;
    let prompts = plan.evaluate.prompt_list()?;
    places::expect_folder(out)?;
    expect_own_folder(out)?;
    let preflight = Preflight::of(&plan.model)?;
    preflight.size(plan.evaluate.size, plan.evaluate.size)?;
    preflight.sampler(SamplerKind::Ddim, SigmaSpacing::Normal, 0.0, plan.evaluate.steps)?;
    preflight.clip_skip(plan.evaluate.clip_skip.unwrap_or(1))?;
    Ok(prompts)
}

/// Refuses a folder in which a comparison would lie among other files and replace those of its names. What one leaves that
/// was killed before it began is no reason; one that began is gone on with.
fn expect_own_folder(out: &Path) -> Result<()> {
    if [PLAN, COMPARISON].iter().any(|file| out.join(file).exists()) {
        return Ok(());
    }
    match places::other_file(out, |name| name == CLAIM) {
        Some(name) => Err(places::not_alone(out, &name, "Choose a folder of its own.")),
        None => Ok(()),
    }
}

struct Comparing<'a> {
    out: PathBuf,
    plan: &'a Plan,
    prompts: Vec<String>,
    clip: ClipModel,
    comparison: Comparison,
    concepts: Vec<Seen>,
    sealing: Rc<Sealing>,
}

impl Comparing<'_> {
    /// Finds a point.
    fn point(&mut self, task: &Task, session: &mut Session, context: &mut JobContext<'_>) -> Result<Point> {
        let plan = self.plan;
        let concept = &plan.concepts[task.concept];
        let learned = match task.subject {
            Compared::Method(method, size) => Some(self.learned(task, method, size, session, context)?),
            Compared::Baseline(_) => None,
        };
        let seen = &self.concepts[task.concept].vectors;
        let device = session.device.clone();
        let model = session.load(&plan.model, plan.evaluate.numbers(), context)?;
        let guidance = Some(plan.evaluate.guidance(&model.defaults()));
        let NumberFormat { precision, weights } = model.numbers;
        let settings = EvaluateSettings { guidance, precision, weights, ..plan.evaluate.clone() };
        let scorer = Scorer::new(model, &device, &self.clip, &settings, self.prompts.clone())?;
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
            false => {
                let drawn: Vec<_> = drawn.into_iter().map(|(picture, info)| (picture, Some(info))).collect();
                self.keep_pictures(&[&concept.name, &method, &format!("seed-{}", task.seed)], &drawn)?
            }
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

    /// How many of these are neither found nor left out.
    fn missing(&self, tasks: &[Task]) -> usize {
        let is_missing = |task: &&Task| {
            let (concept, method) = (&self.plan.concepts[task.concept].name, self.plan.name(task.subject));
            self.comparison.point(concept, &method, task.seed).is_none()
                && !self
                    .comparison
                    .left_out
                    .iter()
                    .any(|left_out| left_out.holds(concept, &method, task.seed))
        };
        tasks.iter().filter(is_missing).count()
    }

    /// Goes on without a method on a concept, or without the concept, and says why.
    fn leave_out(
        &mut self,
        concept: &str,
        method: Option<(String, u64)>,
        error: &Error,
        context: &JobContext<'_>,
    ) {
        let (method, seed) = method.unzip();
        let left_out = LeftOut { concept: concept.to_owned(), method, seed, reason: error.to_string() };
        context.warn(left_out.to_string());
        self.comparison.left_out.push(left_out);
    }

    /// Keeps what is known, and all that can be seen of the points so far.
    fn keep(&self, context: &JobContext<'_>) -> Result<()> {
        // The points last: whoever waits for them finds figures of all of them.
        self.draw_figures()?;
        self.comparison.save(&self.out)?;
        context.send(Event::Saved { job: context.job, path: self.out.join(COMPARISON) });
        Ok(())
    }

    /// Small copies of a concept's own pictures.
    fn own_pictures(&self, concept: usize) -> Result<Vec<PathBuf>> {
        let seen = &self.concepts[concept];
        let small = |entry: &PictureEntry| {
            let square = learned_square(entry, seen.around)?;
            let large = square.width() > SEEN;
            let square = if large { image::imageops::thumbnail(&square, SEEN, SEEN) } else { square };
            Ok((square, None))
        };
        // One that cannot be read was told of.
        let pictures: Vec<_> =
            seen.entries.iter().take(MOST).map(small).filter_map(Result::<_>::ok).collect();
        self.keep_pictures(&[&self.plan.concepts[concept].name, OWN], &pictures)
    }
}

/// Six decimals are more than a score has, and are read back as they were written.
fn round(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

fn rounded(score: Score) -> Score {
    Score { mean: round(score.mean), low: round(score.low), high: round(score.high), count: score.count }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_begins_in_a_folder_of_its_own() {
        let place = tempfile::tempdir().unwrap();
        let out = place.path();
        let refused = || expect_own_folder(out).err().map_or_else(String::new, |error| error.to_string());
        assert_eq!(expect_own_folder(&out.join("none")).err().map(|error| error.to_string()), None);
        for name in [".DS_Store", CLAIM] {
            std::fs::write(out.join(name), "").unwrap();
        }
        assert_eq!(refused(), "");
        std::fs::write(out.join("figure.png"), "mine").unwrap();
        assert!(refused().contains("figure.png") && refused().contains("folder of its own"), "{}", refused());
        for name in [PLAN, COMPARISON] {
            std::fs::write(out.join(name), "").unwrap();
            assert_eq!(refused(), "", "{name}");
            std::fs::remove_file(out.join(name)).unwrap();
        }
    }
}
