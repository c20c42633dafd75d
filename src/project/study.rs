//! A blind study of people's judgement, as plain data: pictures of several methods to be ranked by likeness to the
//! concept or by the match to a text (section 5.4 of the paper).
//!
//! A set is a folder that can be given away. Its pictures are copies under names that tell nothing, without the settings
//! that drawn pictures carry; which method drew which stands in a file of its own, that is not given away. Every person's
//! answers are a file of theirs. It refuses answers of another set.

mod answers;
mod context;
mod make;
mod report;
mod statistics;

use std::collections::HashSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use base::atomic::write_atomic;
use base::{Error, FileKind, Result, json, places, text_file};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::comparison::below;
use super::files::{sha256, write_json};
use super::named_enum::named_enum;
pub use answers::{Answers, People};
pub use make::{StudySettings, make};
pub use report::{MethodReport, PartReport, StudyReport};

/// The questions, in the folder of a set.
pub const SET: &str = "study.json";
/// Which method drew which picture, in the same folder.
const KEY: &str = "key.json";
/// The folder of its pictures.
const PICTURES: &str = "pictures";
/// Says that a set is being written into a folder, until it is whole.
const UNFINISHED: &str = "unfinished";
/// Most pictures to be ranked in one question.
pub const CANDIDATES: usize = 5;
const REMEDY: &str = "Take the folder of the set anew from who made it.";

named_enum! {
    /// What the pictures of a question are ranked by.
    pub enum StudyKind as "kind of question" {
        /// Likeness to the pictures of the concept.
        Likeness = "likeness",
        /// The match to a text.
        Obedience = "obedience",
    }
}

/// The questions of a set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StudySet {
    /// Names it: answers carry the same name.
    pub id: String,
    /// In the order in which they are asked.
    pub questions: Vec<StudyQuestion>,
}

/// One question: pictures to be put into an order, the best first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StudyQuestion {
    /// What they are ranked by.
    pub kind: StudyKind,
    /// Pictures of the concept, of a question of likeness; below the folder of the set, as all paths here.
    #[serde(default, with = "below")]
    pub references: Vec<PathBuf>,
    /// The text, of a question of obedience.
    #[serde(default)]
    pub context: String,
    /// Two to [`CANDIDATES`] pictures, in the order in which they are shown.
    #[serde(with = "below")]
    pub candidates: Vec<PathBuf>,
}

/// Which method drew the pictures of a set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StudyKey {
    /// The name of the set.
    pub id: String,
    /// For each question, for each of its candidates.
    pub questions: Vec<Vec<Source>>,
}

/// Where a candidate comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// The method's name.
    pub method: String,
    /// What CLIP says of the method by the measure of the question, on the same concept.
    #[serde(default)]
    pub score: Option<f64>,
}

impl StudySet {
    /// The set of these questions, named by what is in them.
    fn new(questions: Vec<StudyQuestion>) -> Self {
        let text = serde_json::to_vec(&questions).unwrap_or_default();
        Self { id: sha256(&text).chars().take(16).collect(), questions }
    }

    /// Reads the questions of a folder.
    ///
    /// # Errors
    /// If there are none, or if they name pictures outside of the folder or too few or many to rank.
    pub fn load(folder: &Path) -> Result<Self> {
        let path = folder.join(SET);
        let set: Self = read_json(&path, REMEDY)?;
        let ranked = |question: &StudyQuestion| (2..=CANDIDATES).contains(&question.candidates.len());
        let fault = if set.questions.is_empty() {
            "there is no question in it"
        } else if !set.questions.iter().all(ranked) {
            "a question in it has too few pictures, or too many"
        } else if set.pictures().any(|picture| inside(folder, picture).is_none()) {
            "it names pictures outside of its folder"
        } else {
            return Ok(set);
        };
        Err(Error::file(FileKind::Settings, &path, fault, REMEDY))
    }

    fn pictures(&self) -> impl Iterator<Item = &PathBuf> {
        self.questions.iter().flat_map(|question| question.candidates.iter().chain(&question.references))
    }

    /// Copies the set, without its key and without answers, into a new folder to be given away.
    ///
    /// # Errors
    /// If the folder is not empty or cannot be written.
    pub fn export(&self, from: &Path, to: &Path) -> Result<()> {
        expect_new(to)?;
        let pictures: HashSet<&PathBuf> = self.pictures().collect();
        write_whole(to, || {
            for picture in pictures {
                let path = from.join(picture);
                let bytes = fs::read(&path).map_err(|e| Error::read(&path, e))?;
                write_below(to, picture, &bytes)?;
            }
            Ok(self)
        })
    }
}

impl StudyKey {
    /// Reads the key of a set; `None` if it was given away without.
    ///
    /// # Errors
    /// If it cannot be read, or belongs to another set.
    pub fn load(folder: &Path, set: &StudySet) -> Result<Option<Self>> {
        let path = folder.join(KEY);
        if !path.exists() {
            return Ok(None);
        }
        let key: Self = read_json(&path, REMEDY)?;
        let counts = |question: &StudyQuestion| question.candidates.len();
        if key.id != set.id || !key.questions.iter().map(Vec::len).eq(set.questions.iter().map(counts)) {
            let fault = "this key belongs to another set of questions";
            return Err(Error::file(FileKind::Settings, &path, fault, REMEDY));
        }
        Ok(Some(key))
    }
}

/// A path below a folder, as a document there names it, in the way of any system; `None` for one that leads elsewhere.
pub fn inside(folder: &Path, path: &Path) -> Option<PathBuf> {
    let path = below::slashed(path);
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    (!path.as_os_str().is_empty() && path.components().all(plain)).then(|| folder.join(path))
}

/// Refuses a folder with something in it, unless that is a set that was broken off.
fn expect_new(folder: &Path) -> Result<()> {
    places::expect_folder(folder)?;
    let broken_off = folder.join(UNFINISHED).exists() && !folder.join(SET).exists();
    if !broken_off && fs::read_dir(folder).is_ok_and(|mut listing| listing.next().is_some()) {
        let fault = format!("There is something in {} already", folder.display());
        return Err(Error::input(fault, "Choose a new folder."));
    }
    Ok(())
}

/// Writes a set into a new folder: the pictures, by `write`, and last the questions that it gives. What was broken off there
/// is taken away first.
fn write_whole<T: Serialize>(folder: &Path, write: impl FnOnce() -> Result<T>) -> Result<()> {
    let mark = folder.join(UNFINISHED);
    if mark.exists() {
        // What cannot be taken away is in no question.
        let _ = fs::remove_dir_all(folder.join(PICTURES));
        let _ = fs::remove_file(folder.join(KEY));
    }
    write_below(folder, UNFINISHED.as_ref(), &[])?;
    write_json(&folder.join(SET), &write()?)?;
    // With its questions a set is whole.
    let _ = fs::remove_file(mark);
    Ok(())
}

fn write_below(folder: &Path, path: &Path, bytes: &[u8]) -> Result<()> {
    let path = folder.join(path);
    places::make_parent(&path)?;
    write_atomic(&path, bytes)
}

fn read_json<T: DeserializeOwned>(path: &Path, remedy: &str) -> Result<T> {
    let text = text_file::read(FileKind::Settings, path)?;
    let fault = |error| format!("it is not readable as JSON ({error})");
    json::from_slice(text.as_bytes())
        .map_err(|error| Error::file(FileKind::Settings, path, fault(error), remedy))
}

#[cfg(test)]
mod tests;
