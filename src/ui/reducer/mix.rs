//! Mixing words of the library: what changes, what is drawn to show it, and saving it as a word of its own.
//!
//! A preview is asked for again only when the one before has ended, and only if something has changed since.

use std::path::PathBuf;

use super::Update;
use crate::mixing::{MixAction, Saved};
use crate::state::JobKind;
use disk::message::Task;
use engine::message::{Command, Event, GenerateRequest, JobSummary, MixRequest};
use format::embedding::EmbeddingFormat;
use project::{DataDir, GenerateSettings, sharing};

/// What previews are drawn from, always the same, so that what differs is the word.
const SEED: u64 = 1;
const PICTURES: usize = 2;
/// What a mix is called while it is tried.
const TRIED: &str = "<mix-preview>";

impl Update<'_> {
    pub(super) fn mix(&mut self, wanted: MixAction, home: &DataDir) {
        (self.state.mixing.folder, self.state.mixing.tried) = (home.grid(), home.mix_preview());
        match wanted {
            MixAction::Edit { draft, moving } => self.state.mixing.edit(*draft, moving),
            MixAction::Undo => {
                if let Some(before) = self.state.mixing.past.pop() {
                    self.state.mixing.draft.settings = before;
                }
            }
            MixAction::Draw => return self.draw_mix(),
            MixAction::Save => return self.save_mix(),
        }
        self.follow_mix();
    }

    /// Draws the mix if it is to be seen at once and has changed since it was drawn.
    fn follow_mix(&mut self) {
        if self.state.mix_is_due() {
            self.draw_mix();
        }
    }

    /// Draws it, unless one is being drawn: pictures that come are of the mix that was asked for last.
    fn draw_mix(&mut self) {
        if self.state.mix_is_drawn() {
            return;
        }
        if let Some(fault) = self.state.mix_obstacle() {
            return self.warn(fault);
        }
        let Some(model) = self.state.model_path.clone() else { return };
        let (draft, path) = (self.state.mixing.draft.clone(), self.state.mixing.tried.clone());
        let [prompt, negative_prompt] = match self.state.mixes_negative() {
            true => [draft.sentence.replace("{}", ""), TRIED.to_owned()],
            false => [draft.sentence.replace("{}", TRIED), String::new()],
        };
        // What makes a drawing in Compose another one each time, or slow, does not belong here.
        let known = self.state.compose.settings.clone();
        let known = GenerateSettings { variation: 0.0, enlarge: 1.0, ..known };
        let settings = GenerateSettings { prompt, negative_prompt, seed: SEED, count: PICTURES, ..known };
        let draw = GenerateRequest::of(model, vec![path.clone()], settings);
        self.state.mixing.drawn = self.state.mix_now();
        self.submit_mix(TRIED.to_owned(), path, Some(draw), None);
    }

    fn save_mix(&mut self) {
        if let Some(fault) = self.state.mix_fault() {
            return self.warn(fault);
        }
        let word = self.state.mixing.draft.called(self.state);
        // The library takes it from there under a name that no other has.
        let file = format!("{}.safetensors", sharing::file_stem(&word));
        let path = self.state.mixing.folder.join("mix").join(file);
        let (kind, picture) = (self.state.mix_kind(), self.state.mix_shown().cloned());
        self.submit_mix(word, path, None, Some(Saved { kind, picture }));
    }

    fn submit_mix(
        &mut self,
        word: String,
        path: PathBuf,
        draw: Option<GenerateRequest>,
        saves: Option<Saved>,
    ) {
        let settings = self.state.mixing.draft.settings.clone();
        let (model, format) = (self.state.model_path.clone(), EmbeddingFormat::EmbParams);
        let label = match &saves {
            Some(_) => t!("jobs-mix", word = word),
            None => t!("jobs-mix-try").to_owned(),
        };
        let request = Box::new(MixRequest { settings, word, model, format, path, draw });
        self.submit(JobKind::Mix { saves }, label, |job| Command::Mix { job, request });
    }

    /// What was made, if an event ends a job of mixing.
    pub(super) fn end_of_mix(&self, event: &Event) -> Option<EndOfMix> {
        let (job, summary) = match event {
            Event::Finished { job, summary } => (job, Some(summary.clone())),
            Event::Failed { job, .. } => (job, None),
            _ => return None,
        };
        let kind = self.state.jobs.iter().find(|known| known.id == *job).map(|job| &job.kind);
        let Some(JobKind::Mix { saves }) = kind else { return None };
        Some(EndOfMix { saves: saves.clone(), summary })
    }

    /// A job of mixing is off the list.
    pub(super) fn mixed(&mut self, EndOfMix { saves, summary }: EndOfMix) {
        if let Some(JobSummary::Mixed { path: file, lengths, usual, .. }) = summary {
            match saves {
                Some(Saved { kind, picture }) => self.disk(Task::AddMixed { file, kind, picture }),
                None => self.state.mixing.lengths = Some([lengths, usual]),
            }
        }
        self.follow_mix();
    }
}

/// How a job of mixing ended.
pub(super) struct EndOfMix {
    saves: Option<Saved>,
    summary: Option<JobSummary>,
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use image::RgbImage;

    use super::super::tests::{HOME, holds, outside, ready, word};
    use super::*;
    use crate::action::{Action, Effect};
    use crate::mixing::MixDraft;
    use crate::state::AppState;
    use crate::widgets::prompt_field::offered;
    use disk::message::Answer;
    use engine::message::JobId;
    use project::ConceptKind;
    use project::mix::MixOperation;

    /// Edits the mix, and gives the request that this calls for.
    fn edit(state: &mut AppState, moving: bool, change: impl FnOnce(&mut MixDraft)) -> Option<MixRequest> {
        let mut draft = Box::new(state.mixing.draft.clone());
        change(&mut draft);
        act(state, MixAction::Edit { draft, moving })
    }

    fn act(state: &mut AppState, wanted: MixAction) -> Option<MixRequest> {
        let effects = state.act(Action::Mix(wanted), &outside());
        submitted(state, effects)
    }

    fn submitted(state: &mut AppState, effects: Vec<Effect>) -> Option<MixRequest> {
        let mut asked = None;
        for effect in effects {
            if let Effect::Submit { job, kind, label, command: Command::Mix { request, .. } } = effect {
                state.submitted(job, kind, label);
                asked = Some(*request);
            }
        }
        asked
    }

    fn mixed(state: &mut AppState, job: JobId, request: &MixRequest) -> Vec<Effect> {
        let summary = JobSummary::Mixed {
            path: request.path.clone(),
            word: request.word.clone(),
            recipe: String::new(),
            vectors: 1,
            lengths: vec![0.4],
            usual: vec![0.5],
        };
        state.apply(Event::Finished { job, summary })
    }

    fn with_words() -> AppState {
        let mut state = ready();
        state.answer(Answer::Words(["<cat>", "<dog>", "<blur>"].map(word).to_vec()));
        state
    }

    #[test]
    fn what_is_tried_begins_with_the_same_seeds_whatever_compose_draws() {
        let mut state = with_words();
        let settings = &mut state.compose.settings;
        (settings.variation, settings.variation_seed, settings.enlarge) = (0.5, 77, 2.0);
        let toggle = |draft: &mut MixDraft| draft.toggle(Path::new("/words/cat.safetensors"));
        let draw = edit(&mut state, false, toggle).unwrap().draw.unwrap().settings;
        assert_eq!([0, 1].map(|index| draw.seeds(index)[0]), [1, 2]);
        assert!(draw.variation == 0.0 && !draw.enlarges());
    }

    #[test]
    fn a_change_is_drawn_at_once_and_the_next_when_that_has_ended() {
        let mut state = with_words();
        let first =
            edit(&mut state, false, |draft| draft.toggle(Path::new("/words/cat.safetensors"))).unwrap();
        let draw = first.draw.as_ref().unwrap();
        assert_eq!((draw.settings.prompt.as_str(), draw.settings.seed), ("a photo of <mix-preview>", 1));
        assert_eq!((&draw.words, &draw.out), (&vec![first.path.clone()], &None));
        assert_eq!(first.path, HOME.mix_preview(), "no other window writes there");
        let image = RgbImage::new(2, 2);
        state.apply(Event::Image { job: 1, index: 0, seed: 1, image, path: None });
        assert!(state.mixing.pictures.len() == 1 && state.gallery.is_empty());

        let toggle = |draft: &mut MixDraft| draft.toggle(Path::new("/words/dog.safetensors"));
        assert_eq!(edit(&mut state, false, toggle), None, "the first is still being drawn");
        assert_eq!(act(&mut state, MixAction::Draw), None, "by whatever way");
        let effects = mixed(&mut state, 1, &first);
        let second = submitted(&mut state, effects).unwrap();
        assert_eq!(second.settings.ingredients.len(), 2);
        assert_eq!(state.mixing.lengths, Some([vec![0.4], vec![0.5]]));
        let effects = mixed(&mut state, 2, &second);
        assert_eq!(submitted(&mut state, effects), None, "nothing has changed since");
        // Of a slider that is held only the end is drawn, and taken back as one change.
        let weigh = |weight: f64| move |draft: &mut MixDraft| draft.settings.ingredients[1].weight = weight;
        assert_eq!(edit(&mut state, true, weigh(0.6)), None);
        assert_eq!(edit(&mut state, true, weigh(0.3)), None);
        assert!(edit(&mut state, false, |_| {}).is_some());
        state.jobs.clear();
        assert!(act(&mut state, MixAction::Undo).is_some());
        assert_eq!(state.mixing.draft.settings, second.settings);
        state.jobs.clear();
        act(&mut state, MixAction::Undo);
        assert_eq!(state.mixing.draft.settings, first.settings);
        state.jobs.clear();
        assert_eq!(edit(&mut state, false, |draft| draft.sentence = "a photo".into()), None);
        assert_eq!(act(&mut state, MixAction::Draw), None);
        assert!(state.notices.iter().any(|notice| notice.text.contains("Put {} into the sentence")));
    }

    #[test]
    fn what_another_model_drew_is_not_shown_and_is_drawn_anew() {
        let mut state = with_words();
        let first =
            edit(&mut state, false, |draft| draft.toggle(Path::new("/words/cat.safetensors"))).unwrap();
        let picture = |state: &mut AppState, job| {
            state.apply(Event::Image { job, index: 0, seed: 1, image: RgbImage::new(2, 2), path: None });
        };
        picture(&mut state, 1);
        assert!(state.mix_seen().0.len() == 1 && state.mix_shown().is_some());
        let open = |state: &mut AppState, path: &str| {
            state.act(Action::UseModel(path.into()), &outside());
            assert!(!state.mix_is_due(), "nobody knows yet what it is");
            let card = disk::message::ModelCard { path: path.into(), ..Default::default() };
            state.answer(Answer::Model(Box::new(card)));
        };
        // While it is being drawn, and once it is.
        open(&mut state, "/other");
        assert!(state.mix_seen().0.is_empty() && state.mix_shown().is_none());
        picture(&mut state, 1);
        assert!(state.mix_seen().0.is_empty() && !state.mix_is_due(), "it is still the first that is drawn");
        let effects = mixed(&mut state, 1, &first);
        let second = submitted(&mut state, effects).unwrap();
        assert_eq!((&second.settings, second.model.as_deref()), (&first.settings, Some(Path::new("/other"))));
        picture(&mut state, 2);
        assert!(state.mix_shown().is_some() && state.mix_seen().1.is_none(), "the lengths are the other's");
        mixed(&mut state, 2, &second);
        assert!(state.mix_seen().1.is_some() && !state.mix_is_due());
        open(&mut state, "/third");
        assert!(state.mix_is_due());
        let third = edit(&mut state, false, |_| {}).unwrap();
        assert_eq!(third.model.as_deref(), Some(Path::new("/third")));
    }

    #[test]
    fn a_mix_is_saved_as_a_word_of_its_own() {
        let mut state = with_words();
        assert_eq!(act(&mut state, MixAction::Save), None);
        assert!(state.notices[0].text.contains("no words to mix"), "{:?}", state.notices);
        edit(&mut state, false, |draft| {
            draft.live = false;
            draft.toggle(Path::new("/words/cat.safetensors"));
            draft.toggle(Path::new("/words/blur.safetensors"));
            draft.settings.operation = MixOperation::Difference;
        });
        assert!(state.jobs.is_empty());
        let request = act(&mut state, MixAction::Save).unwrap();
        assert_eq!((request.word.as_str(), &request.draw), ("<cat-blur-mix>", &None));
        assert_eq!(request.path, Path::new("/home/grid/mix/cat-blur-mix.safetensors"));
        let effects = mixed(&mut state, 1, &request);
        holds!([Effect::Disk(Task::AddMixed { file, kind, picture: None })] = effects);
        assert_eq!((file, *kind), (&request.path, ConceptKind::Object));
        // A picture of another mix is none of this one, and stays there until the next has come.
        let picture = || Arc::new(RgbImage::new(1, 1));
        state.mixing.show(0, picture());
        assert_eq!(state.mix_shown(), None);
        state.mixing.drawn = state.mix_now();
        assert_eq!(state.mix_shown(), None);
        state.mixing.show(0, picture());
        assert!(state.mix_shown().is_some());
        edit(&mut state, false, |draft| draft.name = "two words".into());
        assert!(state.mix_fault().is_some_and(|fault| fault.contains("space")));
    }

    #[test]
    fn negative_words_are_tried_in_the_negative_prompt() {
        let mut state = ready();
        let card = disk::message::WordCard { negative: true, ..word("<blur>") };
        state.answer(Answer::Words(vec![card]));
        let toggle = |draft: &mut MixDraft| draft.toggle(Path::new("/words/blur.safetensors"));
        let draw = edit(&mut state, false, toggle).unwrap().draw.unwrap();
        assert_eq!(draw.settings.negative_prompt, "<mix-preview>");
        assert!(!draw.settings.prompt.contains("mix-preview"));
        let cards = [word("<cat>"), state.words[0].clone()];
        let cards: Vec<_> = cards.iter().collect();
        assert_eq!(offered(&cards, false), ["<cat>"]);
        assert_eq!(offered(&cards, true), ["<blur>", "<cat>"]);
    }
}
