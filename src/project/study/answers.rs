//! What people answered: one file for each of them, in the folder of the set, written whole after every pick.
//!
//! Files of others are brought in under names that are free; answers of the same person that come again take the place
//! of those before. Answers of another set are refused.

use std::fs;
use std::path::{Path, PathBuf};

use base::{Error, FileKind, Result, places};
use serde::{Deserialize, Serialize};

use super::{StudySet, read_json, write_json};
use crate::Concept;

/// The folder of the answers, in that of the set.
const FOLDER: &str = "answers";

/// The answers of one person.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// The name of the set.
    pub set: String,
    /// Names these answers, so that they are known when they come again.
    pub id: String,
    /// Who answers, as they call themselves.
    pub person: String,
    /// For each question its candidates by number, the best first, as far as they are ranked.
    pub rankings: Vec<Vec<usize>>,
    /// The name of their file, in the folder of a set.
    #[serde(skip)]
    pub file: PathBuf,
}

/// The answers in a folder, and what could not be read there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct People {
    /// By name of file.
    pub answers: Vec<Answers>,
    /// Sentences.
    pub faults: Vec<String>,
}

impl Answers {
    /// The answers of a person to a set: those in its folder, to go on with, or new ones called `id`.
    ///
    /// # Errors
    /// If answers are there and cannot be read.
    pub fn begin(folder: &Path, set: &StudySet, person: &str, id: &str) -> Result<Self> {
        let known = People::of(folder, set)?.answers;
        // Who gives no name goes on with what was begun without one, and leaves alone what is done.
        let done = |name: &String| {
            known.iter().any(|known| known.person == *name && known.answered(set) == set.questions.len())
        };
        let nameless = |n: u32| if n < 2 { "somebody".to_owned() } else { format!("somebody {n}") };
        let person = match person.trim() {
            "" => (1..u32::MAX).map(nameless).find(|name| !done(name)).unwrap_or_default(),
            typed => typed.to_owned(),
        };
        if let Some(known) = known.into_iter().find(|answers| answers.person == person) {
            return Ok(known);
        }
        let rankings = vec![Vec::new(); set.questions.len()];
        let (set, id) = (set.id.clone(), id.into());
        let file = free(folder, &person);
        Ok(Self { set, id, person, rankings, file })
    }

    /// Their file, from the folder of the set.
    pub fn path(&self) -> PathBuf {
        Path::new(FOLDER).join(&self.file)
    }

    /// Writes them, whole or not at all.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn save(&self, folder: &Path) -> Result<()> {
        let path = folder.join(self.path());
        places::make_parent(&path)?;
        write_json(&path, self)
    }

    /// Puts a candidate into a place of the ranking, from 0 for the best; further ones make room. A place beyond those
    /// taken is the next one.
    pub fn put(&mut self, question: usize, candidate: usize, place: usize) {
        if let Some(ranking) = self.rankings.get_mut(question) {
            ranking.retain(|known| *known != candidate);
            ranking.insert(place.min(ranking.len()), candidate);
        }
    }

    /// Takes a candidate out of the ranking.
    pub fn take_back(&mut self, question: usize, candidate: usize) {
        if let Some(ranking) = self.rankings.get_mut(question) {
            ranking.retain(|known| *known != candidate);
        }
    }

    /// Whether all candidates of a question are ranked.
    pub fn has_answered(&self, set: &StudySet, question: usize) -> bool {
        let ranked = self.rankings.get(question).map(Vec::len);
        ranked.is_some() && ranked == set.questions.get(question).map(|question| question.candidates.len())
    }

    /// How many questions are answered.
    pub fn answered(&self, set: &StudySet) -> usize {
        (0..set.questions.len()).filter(|&question| self.has_answered(set, question)).count()
    }

    /// Reads a file of answers to a set.
    ///
    /// # Errors
    /// If it cannot be read or answers other questions.
    pub fn read(path: &Path, set: &StudySet) -> Result<Self> {
        let mut answers: Self = read_json(path, "Ask its sender for it again.")?;
        let sound = |(ranking, question): (&Vec<usize>, &super::StudyQuestion)| {
            let within = ranking.iter().all(|&item| item < question.candidates.len());
            within && ranking.iter().enumerate().all(|(place, item)| !ranking[..place].contains(item))
        };
        let same = answers.set == set.id && answers.rankings.len() == set.questions.len();
        if !same || !answers.rankings.iter().zip(&set.questions).all(sound) {
            let fault = "these are answers to other questions";
            return Err(Error::file(FileKind::Settings, path, fault, "Choose the set that they belong to."));
        }
        answers.file = path.file_name().unwrap_or_default().into();
        Ok(answers)
    }
}

impl People {
    /// All answers in the folder of a set.
    ///
    /// # Errors
    /// If the folder cannot be listed.
    pub fn of(folder: &Path, set: &StudySet) -> Result<Self> {
        let folder = folder.join(FOLDER);
        if !folder.is_dir() {
            return Ok(Self::default());
        }
        let listing = fs::read_dir(&folder).map_err(|e| Error::read(&folder, e))?;
        let json = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "json");
        let mut files: Vec<PathBuf> = listing.flatten().map(|entry| entry.path()).filter(json).collect();
        files.sort();
        let mut people = Self::default();
        for file in files {
            match Answers::read(&file, set) {
                Ok(answers) => people.answers.push(answers),
                Err(error) => people.faults.push(error.to_string()),
            }
        }
        Ok(people)
    }

    /// Takes in more answers. Of those that are there already the ones further on stay; which of the new ones count.
    pub fn merge(&mut self, set: &StudySet, others: Vec<Answers>) -> Vec<Answers> {
        let mut taken = Vec::new();
        for mut other in others {
            let known = self.answers.iter_mut().find(|known| known.id == other.id);
            match known {
                Some(known) if other.answered(set) < known.answered(set) => continue,
                Some(known) => {
                    other.file.clone_from(&known.file);
                    *known = other.clone();
                }
                None => self.answers.push(other.clone()),
            }
            taken.push(other);
        }
        taken
    }

    /// Copies files of answers into the folder of the set.
    ///
    /// # Errors
    /// If one cannot be read, answers other questions, or cannot be written; those before it are taken.
    pub fn import(folder: &Path, set: &StudySet, files: &[PathBuf]) -> Result<()> {
        let mut people = Self::of(folder, set)?;
        for file in files {
            let mut other = Answers::read(file, set)?;
            other.file = free(folder, &other.person);
            for answers in people.merge(set, vec![other]) {
                answers.save(folder)?;
            }
        }
        Ok(())
    }
}

/// A name for a person's file that no file has.
fn free(folder: &Path, person: &str) -> PathBuf {
    let stem = Concept::of(person).file_stem();
    let name = |n: u32| if n < 2 { format!("{stem}.json") } else { format!("{stem}-{n}.json") };
    let taken = |name: &String| folder.join(FOLDER).join(name).symlink_metadata().is_ok();
    (1..u32::MAX).map(name).find(|name| !taken(name)).unwrap_or_default().into()
}
