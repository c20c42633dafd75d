//! Comparisons of methods, reports about words and sets of questions for people, read and written for the window.
//!
//! A comparison that is watched is read again only when its file has changed, and says nothing while it cannot be read:
//! it may be about to be written.

#![expect(missing_docs, reason = "a field is what it is called; comments say the rest")]

use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::comparison::{Wanted, plan};
use super::folders;
use super::message::Answer;
use base::Result;
use format::read_prompt;
use project::DataDir;
use project::comparison::{COMPARISON, Comparison, Plan};
use project::draft::free_folder;
use project::meaning::{BIAS, BiasReport, EXPLANATION, Explanation};
use project::study::{Answers, People, SET, StudyKey, StudyReport, StudySet, StudySettings, make};

/// What can be asked about comparisons and sets of questions.
#[derive(Debug, Clone)]
pub enum CompareTask {
    /// Read a comparison, by its folder or its file; of one that is known only what is new.
    /// Answer: [`CompareAnswer::Comparison`], or that of a set of questions or of a report if that is what the folder holds;
    /// [`CompareAnswer::Grown`] of one that is known.
    Open { folder: PathBuf, known: Option<Stamp> },
    /// Plan a comparison. Answer: [`CompareAnswer::Planned`].
    Plan(Box<Wanted>),
    /// Read the plan of a comparison that was begun. Answer: [`CompareAnswer::Planned`].
    GoOn(PathBuf),
    /// List the reports about words that the window has made. Answer: [`CompareAnswer::Reports`].
    ListReports,
    /// Make a set of questions in the folder of a comparison. Answer: [`CompareAnswer::Study`].
    NewStudy { comparison: PathBuf, settings: StudySettings },
    /// Read a set and its answers. Answer: [`CompareAnswer::Study`].
    OpenStudy(PathBuf),
    /// Read the answers to a set that is open. Answer: [`CompareAnswer::Answered`].
    ReadAnswers(PathBuf),
    /// Begin to answer, or go on. Answer: [`CompareAnswer::Answering`].
    Begin { study: PathBuf, person: String },
    /// Write what was answered so far. No answer.
    SaveAnswers { study: PathBuf, answers: Box<Answers> },
    /// Take in files of answers. Answer: [`CompareAnswer::Answered`].
    Import { study: PathBuf, files: Vec<PathBuf> },
    /// Copy a set without its key. Answer: [`Answer::Written`].
    Export { study: PathBuf, to: PathBuf },
}

/// What is answered about them.
#[derive(Debug, Clone)]
pub enum CompareAnswer {
    Comparison(Box<OpenComparison>),
    /// What is new of a comparison that is known; another one may be looked at by now.
    Grown(Box<OpenComparison>),
    /// A comparison can begin in this folder, or go on.
    Planned {
        out: PathBuf,
        plan: Box<Plan>,
    },
    /// The folders of reports, of each kind the newest first.
    Reports {
        biases: Vec<PathBuf>,
        meanings: Vec<PathBuf>,
    },
    Bias(Box<OpenReport<BiasReport>>),
    Meaning(Box<OpenReport<Explanation>>),
    Study(Box<OpenStudy>),
    /// What is new of a set that was open; another one may be by now, or none.
    Answered(Box<OpenStudy>),
    /// Somebody answers the set in this folder.
    Answering {
        study: PathBuf,
        answers: Box<Answers>,
    },
}

/// When a file was changed last, in nanoseconds since 1970, and its length.
pub type Stamp = (u128, u64);

/// A comparison as it is on the disk.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OpenComparison {
    pub folder: PathBuf,
    pub stamp: Stamp,
    pub comparison: Comparison,
}

/// A report about a word, and the folder in which its pictures lie.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenReport<R> {
    pub folder: PathBuf,
    pub report: R,
}

/// A set of questions with what was answered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OpenStudy {
    pub folder: PathBuf,
    pub set: StudySet,
    pub people: People,
    /// What the answers say, where the key is.
    pub report: Option<StudyReport>,
}

pub(super) fn work(home: &DataDir, task: CompareTask) -> Result<Vec<Answer>> {
    let planned = |out, plan| Ok(vec![Answer::Compare(CompareAnswer::Planned { out, plan: Box::new(plan) })]);
    match task {
        CompareTask::Plan(wanted) => planned(wanted.out.clone(), plan(home, &wanted)?),
        CompareTask::GoOn(folder) => {
            let plan = Plan::load(&folder)?;
            planned(folder, plan)
        }
        CompareTask::Open { folder, known } => open(folder, known),
        CompareTask::ListReports => {
            let biases = reports(&home.biases(), BIAS);
            let meanings = reports(&home.meanings(), EXPLANATION);
            Ok(vec![Answer::Compare(CompareAnswer::Reports { biases, meanings })])
        }
        CompareTask::NewStudy { comparison, settings } => {
            let folder = free_folder(&comparison, "study");
            let notes = make(&comparison, &folder, &settings, &read_prompt)?;
            let mut answers: Vec<Answer> = notes.into_iter().map(Answer::Note).collect();
            answers.extend(study(folder)?);
            Ok(answers)
        }
        CompareTask::OpenStudy(folder) => study(folder),
        CompareTask::ReadAnswers(folder) => answered(folder),
        CompareTask::Begin { study, person } => {
            let set = StudySet::load(&study)?;
            let answers = Box::new(Answers::begin(&study, &set, &person, &new_id())?);
            Ok(vec![Answer::Compare(CompareAnswer::Answering { study, answers })])
        }
        CompareTask::SaveAnswers { study, answers } => answers.save(&study).map(|()| Vec::new()),
        CompareTask::Import { study: folder, files } => {
            People::import(&folder, &StudySet::load(&folder)?, &files)?;
            answered(folder)
        }
        CompareTask::Export { study, to } => {
            StudySet::load(&study)?.export(&study, &to)?;
            Ok(vec![Answer::Written(to)])
        }
    }
}

fn open(folder: PathBuf, known: Option<Stamp>) -> Result<Vec<Answer>> {
    let folder = match folder.parent() {
        Some(above) if folder.ends_with(COMPARISON) && folder.is_file() => above.to_path_buf(),
        _ => folder,
    };
    let file = folder.join(COMPARISON);
    if known.is_none() && !file.exists() {
        let holds = |name| folder.join(name).is_file();
        if holds(SET) {
            return study(folder);
        } else if holds(BIAS) {
            let report = BiasReport::load(&folder)?;
            return Ok(vec![Answer::Compare(CompareAnswer::Bias(Box::new(OpenReport { folder, report })))]);
        } else if holds(EXPLANATION) {
            let report = Explanation::load(&folder)?;
            return Ok(vec![Answer::Compare(CompareAnswer::Meaning(Box::new(OpenReport {
                folder,
                report,
            })))]);
        }
    }
    let stamp = stamp(&file);
    if known == Some(stamp) {
        return Ok(Vec::new());
    }
    match Comparison::load(&folder) {
        Ok(comparison) => {
            let open = Box::new(OpenComparison { folder, stamp, comparison });
            let answer = if known.is_some() { CompareAnswer::Grown } else { CompareAnswer::Comparison };
            Ok(vec![Answer::Compare(answer(open))])
        }
        Err(_) if known.is_some() => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The folders in a place that hold this file, the newest first.
fn reports(place: &Path, file: &str) -> Vec<PathBuf> {
    let mut found = folders(place);
    found.retain(|folder| folder.join(file).is_file());
    found.sort_by_cached_key(|folder| Reverse((stamp(&folder.join(file)), folder.clone())));
    found
}

fn study(folder: PathBuf) -> Result<Vec<Answer>> {
    Ok(vec![Answer::Compare(CompareAnswer::Study(read_study(folder)?))])
}

fn answered(folder: PathBuf) -> Result<Vec<Answer>> {
    Ok(vec![Answer::Compare(CompareAnswer::Answered(read_study(folder)?))])
}

fn read_study(folder: PathBuf) -> Result<Box<OpenStudy>> {
    let set = StudySet::load(&folder)?;
    let people = People::of(&folder, &set)?;
    let key = StudyKey::load(&folder, &set)?;
    let report = key.map(|key| StudyReport::of(&set, &key, &people.answers));
    Ok(Box::new(OpenStudy { folder, set, people, report }))
}

fn stamp(path: &Path) -> Stamp {
    let Ok(data) = path.metadata() else { return (0, 0) };
    let changed = data.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    (changed.map_or(0, |since| since.as_nanos()), data.len())
}

/// A name that no other answers have: the moment.
fn new_id() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    format!("{now:x}-{:x}", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_that_is_watched_is_read_when_it_has_changed() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().to_path_buf();
        let ask = |folder: &Path, known| open(folder.to_path_buf(), known);
        assert!(ask(&folder, None).is_err(), "there is none");
        assert!(ask(&folder, Some((1, 1))).unwrap().is_empty(), "there is none yet");
        Comparison { of: 3, ..Comparison::default() }.save(&folder).unwrap();
        let read = ask(&folder.join(COMPARISON), None).unwrap();
        let [Answer::Compare(CompareAnswer::Comparison(found))] = read.as_slice() else { panic!("{read:?}") };
        assert_eq!((found.comparison.of, &found.folder), (3, &folder));
        assert!(ask(&folder, Some(found.stamp)).unwrap().is_empty());
        Comparison { of: 30, ..Comparison::default() }.save(&folder).unwrap();
        let read = ask(&folder, Some(found.stamp)).unwrap();
        assert!(matches!(read[..], [Answer::Compare(CompareAnswer::Grown(_))]), "{read:?}");
    }

    #[test]
    fn a_report_of_another_day_is_opened_by_its_folder() {
        let place = tempfile::tempdir().unwrap();
        let report = Explanation {
            model: "starter".into(),
            settings: project::meaning::LookSettings::of(4),
            word: None,
            gibberish: None,
        };
        report.save(place.path()).unwrap();
        let read = open(place.path().to_path_buf(), None).unwrap();
        let [Answer::Compare(CompareAnswer::Meaning(found))] = read.as_slice() else { panic!("{read:?}") };
        assert_eq!((&found.report, found.folder.as_path()), (&report, place.path()));

        let home = DataDir::at(place.path().to_path_buf());
        for name in ["mug", "mug-2"] {
            std::fs::create_dir_all(home.meanings().join(name)).unwrap();
            report.save(&home.meanings().join(name)).unwrap();
        }
        std::fs::create_dir_all(home.meanings().join("empty")).unwrap();
        let listed = work(&home, CompareTask::ListReports).unwrap();
        let [Answer::Compare(CompareAnswer::Reports { biases, meanings })] = listed.as_slice() else {
            panic!("{listed:?}")
        };
        assert!(biases.is_empty());
        assert_eq!(*meanings, ["mug-2", "mug"].map(|name| home.meanings().join(name)));
    }
}
