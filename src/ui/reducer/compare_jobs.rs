//! What the Compare page asks the engine for: scores of words, comparisons of methods, what pictures of a word show, what a
//! word means.
//!
//! A comparison learns many words by itself; what the engine says of them is told on the comparison's own line, so that the
//! run of the Learn page stays as it was left. The length is that of the different requests and their tests.

use std::path::{Path, PathBuf};

use super::Update;
use crate::comparing::{BiasWish, MeaningWish};
use crate::language::sentences::said;
use crate::state::{JobKind, Severity};
use disk::message::{CompareTask, DraftCard, OpenComparison, OpenReport, Stamp, Wanted};
use engine::message::{
    BiasRequest, COMPARING, Command, CompareRequest, EvaluateRequest, Event, ExplainRequest, JobId,
    JobSummary,
};
use project::comparison::{COMPARISON, Comparison, Plan};
use project::evaluation::{EvaluateSettings, PromptSet};
use project::meaning::read_attributes;
use project::{Concept, DataDir};

impl Update<'_> {
    /// Lets the disk plan a comparison of the model in use.
    pub(super) fn start_comparison(&mut self, wanted: Wanted, home: &DataDir) {
        let (Some(model), Some(clip)) = (self.state.model_path.clone(), self.state.clip().cloned()) else {
            return self.warn(t!("comparing-no-clip"));
        };
        // A whole path stays as it is.
        let out = home.comparisons().join(&wanted.out);
        self.ask_about(CompareTask::Plan(Box::new(Wanted { out, model, clip, ..wanted })));
    }

    pub(super) fn go_on_comparing(&mut self) {
        let open = self.state.comparing.comparison.as_ref().map(|open| open.folder.clone());
        open.into_iter().for_each(|folder| self.ask_about(CompareTask::GoOn(folder)));
    }

    /// A comparison is planned: it is shown, and done in its turn.
    pub(super) fn begin_comparison(&mut self, out: PathBuf, plan: Plan) {
        let kind = JobKind::Compare(out.clone());
        if self.state.jobs.iter().any(|job| job.kind == kind) {
            return self.warn(t!("comparing-already"));
        }
        // How many pictures a concept has is known to the engine; of most all sizes can be learned.
        let of = plan.tasks(&vec![usize::MAX; plan.concepts.len()]).len();
        let comparison = Comparison { of, ..Comparison::default() };
        let (folder, stamp) = (out.clone(), Stamp::default());
        let ways = plan.methods.len() + plan.baselines.len();
        let label = t!("comparing-label", ways = ways, concepts = plan.concepts.len());
        let request = Box::new(CompareRequest { out, plan });
        if self.submit(kind, label, |job| Command::Compare { job, request }) {
            self.state.comparing.comparison =
                Some(OpenComparison { folder: folder.clone(), stamp, comparison });
            // What it has found another day.
            self.ask_about(CompareTask::Open { folder, known: Some(stamp) });
        }
    }

    /// Lets CLIP score words of the library, each beside the pictures of its concept.
    pub(super) fn score(&mut self, words: Vec<PathBuf>, count: usize) {
        let (Some(model), Some(clip)) = (self.state.model_path.clone(), self.state.clip().cloned()) else {
            return self.warn(t!("comparing-no-clip"));
        };
        let prompts = if clip == model.join("clip") { PromptSet::Starter } else { PromptSet::Core };
        for word in words {
            let name = self.name_of(&word);
            let Some(images) = self.pictures_of(&word, &name) else {
                self.warn(t!("scoring-no-pictures", name = name));
                continue;
            };
            let settings = EvaluateSettings { prompts, count, ..EvaluateSettings::default() };
            let (model, clip, images) = (model.clone(), clip.clone(), vec![images]);
            let request = Box::new(EvaluateRequest { model, word: word.clone(), images, clip, settings });
            let label = t!("scoring-label", name = name);
            self.submit(JobKind::Score(word), label, |job| Command::Evaluate { job, request });
        }
    }

    pub(super) fn count_in_pictures(&mut self, wish: BiasWish, home: &DataDir) {
        let (Some(model), Some(clip), Some(word)) =
            (self.state.model_path.clone(), self.state.clip().cloned(), wish.word)
        else {
            return self.warn(t!("comparing-no-clip"));
        };
        let attributes = match wish.attributes.trim() {
            "" => Vec::new(),
            typed => match read_attributes(typed) {
                Ok(groups) => groups,
                Err(error) => return self.warn(error.to_string()),
            },
        };
        let name = self.name_of(&word);
        // A word of the library does not lie beside its pictures; its concept does, where there is one.
        let concept = self.pictures_of(&word, &name);
        let out = home.biases().join(Concept::of(&name).file_stem());
        let request = Box::new(BiasRequest {
            model,
            word,
            known: Some(wish.known).filter(|known| !known.trim().is_empty()),
            prompt: wish.prompt,
            attributes,
            images: concept.into_iter().collect(),
            clip,
            settings: wish.settings,
            out: out.clone(),
        });
        let label = t!("counting-label", name = name);
        self.submit(JobKind::Count(out), label, |job| Command::Bias { job, request });
    }

    pub(super) fn explain(&mut self, wish: MeaningWish, home: &DataDir) {
        let Some(model) = self.state.model_path.clone() else { return };
        let gibberish = Some(wish.gibberish.trim().to_owned()).filter(|text| !text.is_empty());
        let name = match (&wish.word, &gibberish) {
            (Some(word), _) => self.name_of(word),
            (None, Some(text)) => text.clone(),
            (None, None) => return,
        };
        let out = home.meanings().join(Concept::of(&name).file_stem());
        let request = Box::new(ExplainRequest {
            model,
            against: wish.towards.filter(|_| wish.word.is_some()),
            word: wish.word,
            gibberish,
            prompt: wish.prompt,
            clip: self.state.clip().cloned(),
            settings: wish.settings,
            out: out.clone(),
        });
        let label = t!("explaining-label", name = name);
        self.submit(JobKind::Explain(out), label, |job| Command::Explain { job, request });
    }

    /// The folder of the concept whose pictures the word of this file was learned from. Where nothing tells, its name does:
    /// another word may have been called so, and its own been renamed.
    fn pictures_of(&self, word: &Path, name: &str) -> Option<PathBuf> {
        let card = self.state.words.iter().find(|card| card.path == word);
        let folders = card.map(|card| card.learned_from.as_slice()).unwrap_or_default();
        if folders.is_empty() {
            return self.state.pictures_of(name).map(Path::to_path_buf);
        }
        let is_it = |draft: &&DraftCard| draft.pictures > 0 && folders.contains(&draft.folder);
        self.state.drafts.iter().find(is_it).map(|draft| draft.folder.clone())
    }

    /// What the library calls the word of a file.
    fn name_of(&self, file: &Path) -> String {
        let card = self.state.words.iter().find(|card| card.path == file);
        card.map_or_else(|| t!("jobs-a-word").into(), |card| card.word.clone())
    }

    /// Takes in what a job of this page has found.
    pub(super) fn take_found(&mut self, job: JobId, summary: &JobSummary) {
        let kind = self.state.jobs.iter().find(|known| known.id == job).map(|job| job.kind.clone());
        match (kind, summary) {
            (Some(JobKind::Score(word)), JobSummary::Evaluated { report }) => {
                let scores = &mut self.state.comparing.scores;
                scores.retain(|(known, _)| *known != word);
                scores.push((word, report.clone()));
            }
            (Some(JobKind::Count(_)), JobSummary::Biased { out, report }) => {
                self.forget_pictures(out);
                let (folder, report) = (out.clone(), report.as_ref().clone());
                self.state.comparing.bias = Some(OpenReport { folder, report });
                self.ask_about(CompareTask::ListReports);
            }
            (Some(JobKind::Explain(_)), JobSummary::Explained { out, report }) => {
                self.forget_pictures(out);
                let (folder, report) = (out.clone(), report.as_ref().clone());
                self.state.comparing.meaning = Some(OpenReport { folder, report });
                self.ask_about(CompareTask::ListReports);
            }
            (Some(JobKind::Compare(_)), JobSummary::Compared { out, comparison }) => {
                // Some points may not have been found, so that fewer are to come.
                self.follow_comparison(&out.join(COMPARISON));
                let said = t!("comparing-done", points = comparison.points.len());
                self.state.notify(Severity::Info, said);
            }
            _ => {}
        }
    }

    /// Pictures of the same names have been written anew.
    pub(super) fn forget_pictures(&mut self, below: &Path) {
        self.state.full.forget_below(below);
        self.state.thumbnails.forget_below(below);
    }

    /// Whether an event was about a word that a comparison learns by the way; it is told on the comparison's line.
    pub(super) fn told_by_comparison(&mut self, event: &Event) -> bool {
        let id = match event {
            Event::Loading { job, .. }
            | Event::LearnStarted { job, .. }
            | Event::Step { job, .. }
            | Event::Undone { job, .. }
            | Event::Preview { job, .. }
            | Event::Latents { job, .. }
            | Event::Progress { job, .. }
            | Event::Kept { job, .. }
            | Event::Pace { job, .. } => *job,
            _ => return false,
        };
        let is_it = |kind: &JobKind| matches!(kind, JobKind::Compare(_));
        let Some(job) = self.state.jobs.iter_mut().find(|known| known.id == id && is_it(&known.kind)) else {
            return false;
        };
        job.begun = true;
        let part = match event {
            Event::Progress { what, done, of, .. } if what.starts_with(COMPARING) => {
                (job.doing, job.progress) = (what.clone(), Some((*done, *of)));
                return true;
            }
            Event::Pace { seconds, .. } => {
                job.seconds_each = Some(*seconds);
                return true;
            }
            Event::Progress { what, done, of, .. } => {
                t!("doing-part", what = said(what), done = done, of = of)
            }
            Event::Loading { what, .. } => t!("doing-loading", what = said(what)),
            Event::Step { report, .. } => t!("doing-step", step = report.step, steps = report.steps),
            _ => return true,
        };
        let whole = job.doing.split(": ").next().unwrap_or_default().to_owned();
        job.doing = if whole.starts_with(COMPARING) { format!("{whole}: {part}") } else { part };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::{Action, Effect};
    use crate::comparing::CompareAction;
    use crate::reducer::tests::{holds, outside};
    use crate::state::AppState;
    use disk::message::{Answer, CompareAnswer, ModelCard, Task, WordCard};
    use engine::message::RunInfo;
    use project::LearnSettings;
    use project::comparison::{ComparedConcept, Method};
    use project::evaluation::EvaluationReport;
    use project::methods::Baseline;

    fn state() -> AppState {
        let mut state = AppState { model_path: Some("/model".into()), ..AppState::default() };
        let card = ModelCard { clip: Some("/model/clip".into()), ..ModelCard::of(Path::new("/model")) };
        state.models.push(card);
        state
    }

    fn act(state: &mut AppState, wanted: CompareAction) -> Vec<Effect> {
        state.act(Action::Compare(wanted), &outside())
    }

    fn plan() -> Plan {
        Plan {
            model: "/model".into(),
            clip: "/model/clip".into(),
            seed: 0,
            seeds: 1,
            despite_mark: None,
            set_sizes: vec![1, 3],
            baselines: vec![Baseline::ImageOnly],
            evaluate: EvaluateSettings::default(),
            methods: vec![Method { name: "single".into(), settings: LearnSettings::default() }],
            concepts: vec![ComparedConcept::new("mug", "/mug".into(), Concept::of("<mug>"))],
        }
    }

    /// A job of this page, as if it had been sent.
    fn submit(state: &mut AppState, effects: Vec<Effect>) -> (JobId, Command) {
        let asked = effects.into_iter().find(|effect| matches!(effect, Effect::Submit { .. }));
        let Some(Effect::Submit { job, kind, label, command }) = asked else {
            panic!("nothing was submitted")
        };
        state.submitted(job, kind, label);
        state.keep_request(job, command.clone());
        (job, command)
    }

    #[test]
    fn a_comparison_is_planned_shown_and_told_on_one_line() {
        let mut state = state();
        let wanted = Wanted { out: "mugs".into(), ..Wanted::default() };
        let effects = act(&mut state, CompareAction::Start(Box::new(wanted)));
        holds!([Effect::Disk(Task::Compare(CompareTask::Plan(wanted)))] = effects);
        let out = PathBuf::from("/home/comparisons/mugs");
        assert_eq!((&wanted.out, wanted.clip.as_path()), (&out, Path::new("/model/clip")));
        let planned = || {
            let (out, plan) = (out.clone(), Box::new(plan()));
            Answer::Compare(CompareAnswer::Planned { out, plan })
        };
        let effects = state.answer(planned());
        let (id, command) = submit(&mut state, effects);
        assert!(matches!(&command, Command::Compare { request, .. } if request.out == out));
        let open = state.comparing.comparison.clone().unwrap();
        assert_eq!((open.comparison.of, &open.folder), (3, &out), "one baseline, and two sizes");
        assert!(state.answer(planned()).is_empty(), "it is being done already");

        let what = format!("{COMPARING}, single on mug");
        state.apply(Event::Progress { job: id, what, done: 1, of: 3 });
        state.apply(Event::Pace { job: id, seconds: 30.0 });
        let run = RunInfo {
            out: out.join("runs/mug"),
            word: "<mug>".into(),
            vectors: 1,
            pictures: 3,
            steps: 9,
            norms: [0.1, 0.2, 0.3],
            ..RunInfo::default()
        };
        assert!(state.apply(Event::LearnStarted { job: id, run }).is_empty(), "no run of the person's");
        let what = "drawing for the scores".into();
        state.apply(Event::Progress { job: id, what, done: 8, of: 72 });
        let job = state.jobs[0].clone();
        assert_eq!(job.doing, "comparing, single on mug: drawing for the scores (8 of 72)");
        assert_eq!((job.progress, job.seconds_left()), (Some((1, 3)), Some(60.0)));
        assert!(job.begun && state.run.info.is_none() && state.run.job.is_none());
        assert!(state.leaving().is_some_and(|(_, text)| text.contains("keeps what it has found")));
        assert_eq!(job.rest(None).map(|rest| rest.kind), Some(job.kind), "it goes on where it broke off");
    }

    #[test]
    fn a_comparison_that_is_refused_leaves_the_one_that_is_open() {
        let mut state = state();
        (1..=1000).for_each(|job| state.submitted(job, JobKind::Draw { count: 1 }, String::new()));
        let planned = CompareAnswer::Planned { out: "/mugs".into(), plan: Box::new(plan()) };
        assert!(state.answer(Answer::Compare(planned)).is_empty());
        assert!(state.comparing.comparison.is_none() && state.notices.len() == 1);
    }

    #[test]
    fn a_word_is_scored_by_the_pictures_it_was_learned_from_whatever_it_is_called() {
        let mut state = state();
        let draft = |folder: &str| {
            let (folder, word) = (folder.into(), "<mug>".into());
            DraftCard { folder, word, pictures: 3, changed: 0 }
        };
        state.drafts = vec![draft("/concepts/new"), draft("/concepts/old")];
        let card = |name: &str, folder: &str| WordCard {
            path: format!("/words/{name}.safetensors").into(),
            word: format!("<{name}>"),
            learned_from: vec![folder.into()],
            ..WordCard::default()
        };
        state.words =
            vec![card("mug", "/concepts/old"), card("cup", "/concepts/new"), card("jar", "/concepts/gone")];
        let score = |state: &mut AppState, name: &str| {
            let words = vec![format!("/words/{name}.safetensors").into()];
            act(state, CompareAction::Score { words, count: 4 })
        };
        for (name, folder) in [("mug", "/concepts/old"), ("cup", "/concepts/new")] {
            let effects = score(&mut state, name);
            let (_, Command::Evaluate { request, .. }) = submit(&mut state, effects) else { panic!() };
            assert_eq!(request.images, [PathBuf::from(folder)], "{name}");
        }
        assert!(score(&mut state, "jar").is_empty(), "its pictures are gone");
    }

    #[test]
    fn words_are_scored_where_their_pictures_are_and_the_last_scores_stay() {
        let mut state = state();
        let (folder, word) = (PathBuf::from("/concepts/robot"), "a word".to_owned());
        state.drafts.push(DraftCard { folder: folder.clone(), word, pictures: 0, changed: 0 });
        let words = || vec![PathBuf::from("/words/robot.safetensors")];
        let score = |state: &mut AppState| act(state, CompareAction::Score { words: words(), count: 4 });
        assert!(score(&mut state).is_empty() && state.notices.len() == 1, "its concept has no pictures");
        state.drafts[0].pictures = 3;
        for pictures in [1, 2] {
            let effects = score(&mut state);
            let (job, Command::Evaluate { request, .. }) = submit(&mut state, effects) else { panic!() };
            assert_eq!((&request.images, &request.word), (&vec![folder.clone()], &words()[0]));
            assert_eq!((request.settings.count, request.settings.prompts), (4, PromptSet::Starter));
            let report = EvaluationReport {
                word: "<robot>".into(),
                initial_word: None,
                pictures,
                settings: request.settings,
                subjects: Vec::new(),
            };
            state.apply(Event::Finished { job, summary: JobSummary::Evaluated { report } });
        }
        let scores: Vec<usize> = state.comparing.scores.iter().map(|(_, report)| report.pictures).collect();
        assert_eq!(scores, [2]);
        let effects = score(&mut state);
        submit(&mut state, effects);
        state.notices.clear();
        assert!(score(&mut state).is_empty(), "it waits already");
        assert!(state.notices[0].text.contains("already"), "{:?}", state.notices);
        let closer = CompareAction::Score { words: words(), count: 5 };
        assert_eq!(act(&mut state, closer).len(), 1, "by more pictures it is another job");
        assert!(act(&mut state, CompareAction::ForgetScores).is_empty());
        assert!(state.comparing.scores.is_empty());
    }

    #[test]
    fn pictures_of_a_word_are_counted_and_explained_in_a_folder_of_its_own() {
        let mut state = state();
        let draft =
            DraftCard { folder: "/concepts/robot".into(), word: "a word".into(), pictures: 3, changed: 0 };
        state.drafts.push(draft);
        let word = Some(PathBuf::from("/words/robot.safetensors"));
        let wish = BiasWish { word: word.clone(), attributes: "red".into(), ..BiasWish::default() };
        assert!(act(&mut state, CompareAction::Count(Box::new(wish.clone()))).is_empty());
        assert!(state.notices.iter().any(|notice| notice.text.contains("“red”")), "{:?}", state.notices);
        let wish = BiasWish { attributes: "red,blue".into(), known: " ".into(), ..wish };
        let again = Box::new(wish.clone());
        let effects = act(&mut state, CompareAction::Count(Box::new(wish)));
        let (_, Command::Bias { request, .. }) = submit(&mut state, effects) else { panic!() };
        assert!(act(&mut state, CompareAction::Count(again)).is_empty(), "it waits already");
        assert_eq!((request.known.clone(), request.attributes.len()), (None, 1));
        assert_eq!(request.images, [PathBuf::from("/concepts/robot")], "its concept lies there");
        assert_eq!(request.out, Path::new("/home/bias/a_word"));

        let wish = MeaningWish { gibberish: " mugrobo ".into(), ..MeaningWish::default() };
        let effects = act(&mut state, CompareAction::Explain(Box::new(wish.clone())));
        let (_, Command::Explain { request, .. }) = submit(&mut state, effects) else { panic!() };
        assert_eq!((request.gibberish.as_deref(), request.word.as_ref()), (Some("mugrobo"), None));
        assert_eq!(request.out, Path::new("/home/meaning/mugrobo"));
        let nothing = MeaningWish { gibberish: String::new(), ..wish };
        assert!(act(&mut state, CompareAction::Explain(Box::new(nothing))).is_empty());
    }
}
