//! Comparisons and questions for people: opened, followed while a comparison runs, answered.
//!
//! What is answered goes to the disk at once.

use std::path::{Path, PathBuf};

use super::Update;
use crate::comparing::{Answering, CompareAction, CompareTab};
use crate::dialog::Question;
use crate::state::Page;
use disk::message::{CompareAnswer, CompareTask, OpenComparison, Task};
use project::DataDir;
use project::comparison::{COMPARISON, SET_SIZES};

impl Update<'_> {
    pub(super) fn ask_about(&mut self, task: CompareTask) {
        self.disk(Task::Compare(task));
    }

    pub(super) fn compare(&mut self, wanted: CompareAction, home: &DataDir) {
        match wanted {
            CompareAction::Show(tab) => {
                self.state.comparing.tab = tab;
                if matches!(tab, CompareTab::Bias | CompareTab::Meaning) {
                    self.ask_about(CompareTask::ListReports);
                }
            }
            CompareAction::Start(wanted) => self.start_comparison(*wanted, home),
            CompareAction::Score { words, count } => self.score(words, count),
            CompareAction::ForgetScores => self.state.comparing.scores.clear(),
            CompareAction::GoOn => self.go_on_comparing(),
            CompareAction::Count(wish) => self.count_in_pictures(*wish, home),
            CompareAction::Explain(wish) => self.explain(*wish, home),
            about_the_study => self.answer_study(about_the_study),
        }
    }

    fn answer_study(&mut self, wanted: CompareAction) {
        let comparing = &mut self.state.comparing;
        let (Some(study), Some(Answering { answers, question })) =
            (comparing.study.as_ref(), comparing.answering.as_mut())
        else {
            if wanted == CompareAction::CloseStudy {
                comparing.study = None;
            }
            return;
        };
        let questions = &study.set.questions;
        let folder = study.folder.clone();
        let before = answers.clone();
        match wanted {
            CompareAction::Rank { candidate, place } => {
                if questions.get(*question).is_some_and(|asked| candidate < asked.candidates.len()) {
                    answers.put(*question, candidate, place.unwrap_or(usize::MAX));
                }
            }
            CompareAction::TakeBack(candidate) => answers.take_back(*question, candidate),
            CompareAction::TakeBackLast => {
                let last = answers.rankings.get(*question).and_then(|ranking| ranking.last().copied());
                last.into_iter().for_each(|candidate| answers.take_back(*question, candidate));
            }
            CompareAction::Ask(next) => *question = next.min(questions.len().saturating_sub(1)),
            CompareAction::StopAnswering | CompareAction::CloseStudy => {
                comparing.answering = None;
                if wanted == CompareAction::CloseStudy {
                    comparing.study = None;
                } else {
                    self.ask_about(CompareTask::ReadAnswers(folder));
                }
                return;
            }
            // Those were done before.
            CompareAction::Show(_)
            | CompareAction::Score { .. }
            | CompareAction::ForgetScores
            | CompareAction::Start(_)
            | CompareAction::GoOn
            | CompareAction::Count(_)
            | CompareAction::Explain(_) => {}
        }
        if *answers != before {
            let answers = Box::new(answers.clone());
            self.ask_about(CompareTask::SaveAnswers { study: folder, answers });
        }
    }

    pub(super) fn compare_answer(&mut self, answer: CompareAnswer) {
        let comparing = &mut self.state.comparing;
        match answer {
            CompareAnswer::Comparison(open) => {
                comparing.tab = CompareTab::Methods;
                self.show_comparison(*open);
            }
            CompareAnswer::Grown(open) => {
                if comparing.comparison.as_ref().is_some_and(|known| known.folder == open.folder) {
                    self.show_comparison(*open);
                }
            }
            CompareAnswer::Planned { out, plan } => self.begin_comparison(out, *plan),
            CompareAnswer::Reports { biases, meanings } => comparing.reports = [biases, meanings],
            // Whatever a folder holds that was opened is shown.
            CompareAnswer::Bias(open) => {
                (comparing.tab, comparing.bias) = (CompareTab::Bias, Some(*open));
            }
            CompareAnswer::Meaning(open) => {
                (comparing.tab, comparing.meaning) = (CompareTab::Meaning, Some(*open));
            }
            CompareAnswer::Study(open) => {
                if comparing.study_folder().as_ref() != Some(&open.folder) {
                    comparing.answering = None;
                }
                (comparing.tab, comparing.study) = (CompareTab::Study, Some(*open));
            }
            CompareAnswer::Answered(open) => {
                if comparing.study_folder().as_ref() == Some(&open.folder) {
                    comparing.study = Some(*open);
                }
            }
            CompareAnswer::Answering { study, answers } => {
                let Some(open) = comparing.study.as_ref().filter(|open| open.folder == study) else { return };
                let asked = 0..open.set.questions.len();
                let question = asked.into_iter().find(|&asked| !answers.has_answered(&open.set, asked));
                comparing.answering =
                    Some(Answering { answers: *answers, question: question.unwrap_or_default() });
            }
        }
    }

    fn show_comparison(&mut self, open: OpenComparison) {
        let figure = open.folder.join(SET_SIZES).with_extension("png");
        self.state.comparing.comparison = Some(open);
        self.forget_pictures(&figure);
    }

    /// Reads a comparison whose file the engine has written: the one that is open, or the first.
    pub(super) fn follow_comparison(&mut self, written: &Path) {
        let Some(folder) = written.parent().filter(|_| written.ends_with(COMPARISON)) else { return };
        let open = self.state.comparing.comparison.as_ref();
        if open.is_none_or(|open| open.folder == folder) {
            let known = open.map(|open| open.stamp);
            self.ask_about(CompareTask::Open { folder: folder.to_path_buf(), known });
        }
    }

    pub(super) fn chosen_for_compare(&mut self, question: Question, paths: Vec<PathBuf>) {
        let Some(first) = paths.first().cloned() else { return };
        self.state.page = Page::Compare;
        self.ask_about(match question {
            Question::Comparison | Question::Report => CompareTask::Open { folder: first, known: None },
            Question::ShareStudy(study) => CompareTask::Export { study, to: first },
            Question::StudyAnswers(study) => CompareTask::Import { study, files: paths },
            _ => CompareTask::OpenStudy(first),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::{Action, Effect};
    use crate::reducer::tests::{holds, outside};
    use crate::state::AppState;
    use disk::message::{Answer, OpenReport, OpenStudy};
    use engine::message::Event;
    use project::comparison::Comparison;
    use project::meaning::{Explanation, LookSettings};
    use project::study::{Answers, StudyKind, StudyQuestion, StudySet};

    fn act(state: &mut AppState, wanted: CompareAction) -> Vec<Effect> {
        state.act(Action::Compare(wanted), &outside())
    }

    fn ranking(state: &AppState) -> Vec<usize> {
        let answering = state.comparing.answering.as_ref().unwrap();
        answering.answers.rankings[answering.question].clone()
    }

    #[test]
    fn every_pick_is_saved_and_can_be_taken_back() {
        let question = StudyQuestion {
            kind: StudyKind::Obedience,
            references: Vec::new(),
            context: "a photo on the beach".into(),
            candidates: (0..3).map(|i| format!("{i}.png").into()).collect(),
        };
        let set = StudySet { id: "set".into(), questions: vec![question.clone(), question] };
        let folder = PathBuf::from("/study");
        let mut state = AppState::default();
        let open = OpenStudy { folder: folder.clone(), set: set.clone(), ..OpenStudy::default() };
        state.answer(Answer::Compare(CompareAnswer::Study(Box::new(open.clone()))));
        assert!(act(&mut state, CompareAction::Rank { candidate: 0, place: None }).is_empty());
        let mut answers =
            Answers { set: set.id, rankings: vec![vec![0, 1, 2], Vec::new()], ..Answers::default() };
        let begun = |answers: &Answers| {
            let answers = Box::new(answers.clone());
            Answer::Compare(CompareAnswer::Answering { study: folder.clone(), answers })
        };
        state.answer(begun(&answers));
        let at = |state: &AppState| state.comparing.answering.as_ref().map(|answering| answering.question);
        assert_eq!(at(&state), Some(1), "what was answered is not asked first");
        for (wanted, expected) in [
            (CompareAction::Rank { candidate: 2, place: None }, vec![2]),
            (CompareAction::Rank { candidate: 0, place: None }, vec![2, 0]),
            (CompareAction::Rank { candidate: 1, place: Some(0) }, vec![1, 2, 0]),
            (CompareAction::Rank { candidate: 2, place: Some(0) }, vec![2, 1, 0]),
            (CompareAction::TakeBackLast, vec![2, 1]),
            (CompareAction::TakeBack(2), vec![1]),
        ] {
            let effects = act(&mut state, wanted);
            assert_eq!(ranking(&state), expected);
            let [Effect::Disk(Task::Compare(CompareTask::SaveAnswers { study, answers }))] =
                effects.as_slice()
            else {
                panic!("{effects:?}")
            };
            assert_eq!((study, &answers.rankings[1]), (&folder, &expected));
        }
        assert!(
            act(&mut state, CompareAction::Rank { candidate: 3, place: None }).is_empty(),
            "there is none"
        );
        assert!(act(&mut state, CompareAction::Ask(9)).is_empty());
        act(&mut state, CompareAction::Ask(0));
        assert_eq!(ranking(&state), [0, 1, 2]);
        // The same set read again leaves the person where they are; another one does not.
        state.answer(Answer::Compare(CompareAnswer::Study(Box::new(open.clone()))));
        assert_eq!(at(&state), Some(0));
        let effects = act(&mut state, CompareAction::StopAnswering);
        assert!(matches!(effects[..], [Effect::Disk(Task::Compare(CompareTask::ReadAnswers(_)))]));
        answers.rankings[1] = vec![0, 2, 1];
        state.answer(begun(&answers));
        assert_eq!(at(&state), Some(0), "all is answered: from the first");
        let other = OpenStudy { folder: "/other".into(), ..open };
        state.answer(Answer::Compare(CompareAnswer::Study(Box::new(other))));
        assert_eq!(at(&state), None);
        state.answer(begun(&answers));
        assert_eq!(at(&state), None, "those are of another set");
        act(&mut state, CompareAction::CloseStudy);
        assert!(state.comparing.study.is_none());
        let late = OpenStudy { folder, ..OpenStudy::default() };
        state.answer(Answer::Compare(CompareAnswer::Answered(Box::new(late))));
        assert!(state.comparing.study.is_none(), "it was closed before they were read");
    }

    #[test]
    fn what_a_chosen_folder_holds_is_shown() {
        let mut state = AppState::default();
        act(&mut state, CompareAction::Show(CompareTab::Bias));
        let report = Explanation {
            model: "starter".into(),
            settings: LookSettings::of(4),
            word: None,
            gibberish: None,
        };
        let open = Box::new(OpenReport { folder: "/meaning".into(), report });
        state.answer(Answer::Compare(CompareAnswer::Meaning(open)));
        assert_eq!(state.comparing.tab, CompareTab::Meaning, "it is no report of what pictures show");
        // What is only new of something takes nobody away.
        state.answer(Answer::Compare(CompareAnswer::Grown(Box::default())));
        assert_eq!(state.comparing.tab, CompareTab::Meaning);
        state.answer(Answer::Compare(CompareAnswer::Comparison(Box::default())));
        assert_eq!(state.comparing.tab, CompareTab::Methods);
    }

    #[test]
    fn a_comparison_is_followed_as_the_engine_writes_it() {
        let mut state = AppState::default();
        let saved = |path: &str| Event::Saved { job: 1, path: path.into() };
        let asked = |effects: Vec<Effect>| match effects.as_slice() {
            [Effect::Disk(Task::Compare(CompareTask::Open { folder, .. }))] => Some(folder.clone()),
            _ => None,
        };
        assert_eq!(asked(state.apply(saved("/a/word.pt"))), None);
        assert_eq!(asked(state.apply(saved("/a/compare.json"))), Some("/a".into()));
        let open = OpenComparison { folder: "/a".into(), ..OpenComparison::default() };
        state.answer(Answer::Compare(CompareAnswer::Comparison(Box::new(open))));
        assert_eq!(asked(state.apply(saved("/a/compare.json"))), Some("/a".into()));
        assert_eq!(asked(state.apply(saved("/b/compare.json"))), None, "another one is looked at");
        // What was asked of one that was looked at before comes too late.
        let grown = |folder: &str| {
            let comparison = Comparison { of: 9, ..Comparison::default() };
            let open = OpenComparison { folder: folder.into(), comparison, ..OpenComparison::default() };
            Answer::Compare(CompareAnswer::Grown(Box::new(open)))
        };
        for (folder, of) in [("/b", 0), ("/a", 9)] {
            state.answer(grown(folder));
            let open = state.comparing.comparison.as_ref().unwrap();
            assert_eq!((open.folder.as_path(), open.comparison.of), (Path::new("/a"), of), "{folder}");
        }
    }

    #[test]
    fn what_was_chosen_is_opened_brought_in_or_given_away() {
        let mut state = AppState::default();
        let mut chosen = |question| {
            let effects = state.act(Action::Chosen(question, vec!["/x".into(), "/y".into()]), &outside());
            holds!([Effect::Disk(Task::Compare(task))] = effects);
            task.clone()
        };
        assert!(matches!(chosen(Question::Comparison), CompareTask::Open { .. }));
        assert!(matches!(chosen(Question::Study), CompareTask::OpenStudy(_)));
        assert!(matches!(chosen(Question::ShareStudy("/s".into())), CompareTask::Export { .. }));
        let CompareTask::Import { files, .. } = chosen(Question::StudyAnswers("/s".into())) else { panic!() };
        assert_eq!(files.len(), 2);
        assert_eq!(state.page, Page::Compare);
    }
}
