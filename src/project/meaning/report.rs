//! What was found of a word (`explain.json`), and how often its pictures show what (`bias.json`).
//!
//! Files are named within the folder of the report. It refuses nothing that it can read.

use std::fmt;
use std::path::{Path, PathBuf};

use base::{Result, json};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::LookSettings;
use crate::draft::free_folder;
use crate::evaluation::Score;
use crate::files::{inside, write_json};

/// The file of an [`Explanation`], in its folder.
pub const EXPLANATION: &str = "explain.json";
/// The file of a [`BiasReport`], in its folder.
pub const BIAS: &str = "bias.json";
/// What has to be said beside every share.
pub const CAUTION: &str = "These shares are an estimate by a model (CLIP) that has biases of its own, from few pictures: \
    read them beside the pictures, and with their intervals.";

/// A word of the vocabulary and how close it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Near {
    /// The word, or the token where it is none.
    pub word: String,
    /// The cosine.
    pub cosine: f64,
}

/// A word in a mix of words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The word.
    pub word: String,
    /// What its vector is multiplied by.
    pub weight: f64,
}

/// One vector of a word among those of the vocabulary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VectorMeaning {
    /// Which of the word's vectors, from 1.
    pub vector: usize,
    /// Which of the model's text encoders, from 1.
    pub encoder: usize,
    /// Its length.
    pub length: f64,
    /// Usual lengths of the vocabulary: 1 % are shorter, the median, 1 % are longer.
    pub usual: [f64; 3],
    /// The closest tokens by direction, the closest first.
    pub nearest: Vec<Near>,
    /// Whole words whose weighted sum comes close to it, the heaviest first.
    pub mix: Vec<Part>,
    /// How much of the vector the mix is: 1 - |rest|^2 / |vector|^2.
    pub explained: f64,
}

/// Pictures side by side in one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    /// The file.
    pub file: PathBuf,
    /// What each row shows, from the top.
    pub rows: Vec<String>,
    /// What each column shows.
    pub columns: Vec<String>,
    /// The files of the pictures, row by row, as far as they were kept singly.
    #[serde(default)]
    pub pictures: Vec<Vec<PathBuf>>,
}

/// Where in a picture a word of its prompt is looked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WordHeat {
    /// The word of the prompt.
    pub word: String,
    /// The picture with the heat over it.
    pub file: PathBuf,
    /// The map itself, 16 bits of grey for each latent; 65535 is a probability of 1.
    pub raw: PathBuf,
    /// The largest probability in it.
    pub largest: f64,
    /// The mean probability.
    pub mean: f64,
}

/// Cross-attention while one picture was drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heat {
    /// The picture.
    pub picture: PathBuf,
    /// Its seed.
    pub seed: u64,
    /// The words of the prompt in their order.
    pub words: Vec<WordHeat>,
}

/// The best stand-in for a word in ordinary words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HardPrompt {
    /// The words.
    pub text: String,
    /// Mean cosine of their vectors to the word's.
    pub cosine: f64,
    /// Whether CLIP chose among the nearest words.
    pub searched: bool,
    /// What the scores compare with.
    pub compared_with: Option<String>,
    /// CLIP's likeness of pictures drawn with it.
    pub likeness: Option<Score>,
    /// The same of pictures drawn with the word.
    pub word_likeness: Option<Score>,
}

/// All that was found of a word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WordMeaning {
    /// The word.
    pub word: String,
    /// The sentence it was drawn in.
    pub prompt: String,
    /// Its vectors, those of each text encoder.
    pub vectors: Vec<VectorMeaning>,
    /// The word alone, in its sentence, and its nearest words there.
    pub renderings: Sheet,
    /// On the way to another word.
    pub between: Option<Sheet>,
    /// Where the words of the sentence are looked for.
    pub heat: Heat,
    /// What could be written in its place.
    pub hard_prompt: HardPrompt,
}

/// What a text draws that means nothing to people (Daras and Dimakis 2022, <https://arxiv.org/abs/2206.00169>).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gibberish {
    /// The sentence with the text in it.
    pub prompt: String,
    /// What it draws.
    pub sheet: Sheet,
    /// The words whose sentences CLIP sees closest to that; none without a CLIP.
    pub words: Vec<Near>,
}

/// What a word or a text means to a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The model's name.
    pub model: String,
    /// How the pictures were drawn.
    pub settings: LookSettings,
    /// What was found of the word, if one was given.
    pub word: Option<WordMeaning>,
    /// What was found of a text, if one was given.
    pub gibberish: Option<Gibberish>,
}

/// How many of some pictures show an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// The part of the pictures for which it is the likeliest of its group.
    pub share: f64,
    /// The lower end of the 95 % interval (Wilson's).
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The mean probability CLIP gives it.
    pub probability: f64,
}

/// One thing to look for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attribute {
    /// As it was asked for.
    pub name: String,
    /// The sentence that CLIP compared with the pictures.
    pub sentence: String,
    /// Its share of each set of pictures, in the order of [`BiasReport::sets`].
    pub shares: Vec<Share>,
}

/// Pictures that were looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PictureSet {
    /// "known word", "learned word" or "pictures learned from".
    pub name: String,
    /// The sentence they were drawn with; none for those learned from.
    pub prompt: Option<String>,
    /// How many.
    pub count: usize,
    /// All of them.
    pub sheet: PathBuf,
    /// The files of the first ones, in the order of their seeds.
    #[serde(default)]
    pub pictures: Vec<PathBuf>,
}

/// How often pictures of a known word, of a learned word, and those it was learned from show what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BiasReport {
    /// The model's name.
    pub model: String,
    /// The learned word.
    pub word: String,
    /// The known word.
    pub known: String,
    /// How the pictures were drawn.
    pub settings: LookSettings,
    /// The sets of pictures.
    pub sets: Vec<PictureSet>,
    /// Groups of attributes of which a picture shows one.
    pub groups: Vec<Vec<Attribute>>,
    /// What has to be said beside it.
    pub caution: String,
}

impl VectorMeaning {
    /// The mix as a sum: “0.61 robot + 0.22 red, which is 64 % of it”.
    pub fn mixed(&self) -> String {
        let parts: Vec<_> = self.mix.iter().map(|part| format!("{:.2} {}", part.weight, part.word)).collect();
        let sum = if parts.is_empty() { "none comes close".to_owned() } else { parts.join(" + ") };
        format!("{sum}, which is {:.0} % of it", 100.0 * self.explained)
    }
}

/// Words with their cosines: “robot 0.82, toy 0.61”.
pub fn listed(near: &[Near]) -> String {
    near.iter().map(|near| format!("{} {:.2}", near.word, near.cosine)).collect::<Vec<_>>().join(", ")
}

/// The share with its interval: “44 % (23 to 67 %)”.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [share, low, high] = [self.share, self.low, self.high].map(|part| 100.0 * part);
        f.pad(&format!("{share:.0} % ({low:.0} to {high:.0} %)"))
    }
}

impl Explanation {
    /// Writes `explain.json`.
    pub fn save(&self, folder: &Path) -> Result<()> {
        write_json(&folder.join(EXPLANATION), self)
    }

    /// Reads that of a folder.
    pub fn load(folder: &Path) -> Result<Self> {
        load(&folder.join(EXPLANATION))
    }
}

impl BiasReport {
    /// Writes `bias.json`.
    pub fn save(&self, folder: &Path) -> Result<()> {
        write_json(&folder.join(BIAS), self)
    }

    /// Reads that of a folder.
    pub fn load(folder: &Path) -> Result<Self> {
        load(&folder.join(BIAS))
    }
}

/// The folder for a new report: this one, or the next of its name where it holds a report or pictures already, which are
/// kept.
pub fn free_report(folder: &Path) -> PathBuf {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
    if !is_taken(&folder) {
        return folder;
    }
    match (folder.parent(), folder.file_name()) {
        (Some(parent), Some(name)) => free_folder(parent, &name.to_string_lossy()),
        _ => folder,
    }
}

/// Whether something lies in a folder that a report could replace. What its pictures are called is known only once they are
/// made, so any picture of their kind counts.
fn is_taken(folder: &Path) -> bool {
    let is_picture = |path: &Path| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png"));
    [EXPLANATION, BIAS].iter().any(|report| folder.join(report).symlink_metadata().is_ok())
        || inside(folder).any(|path| is_picture(&path))
        || inside(&folder.join("pictures")).next().is_some()
}

fn load<T: DeserializeOwned>(path: &Path) -> Result<T> {
    json::read(path, "Let it be made again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_never_takes_the_place_of_another() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("robot");
        assert_eq!(free_report(&folder), folder);
        std::fs::create_dir(&folder).unwrap();
        assert_eq!(free_report(&folder), folder, "it is empty");
        std::fs::write(folder.join(BIAS), "{}").unwrap();
        assert_eq!(free_report(&folder), place.path().join("robot-2"));
        std::fs::create_dir(place.path().join("robot-2")).unwrap();
        assert_eq!(free_report(&folder), place.path().join("robot-3"));
    }

    #[test]
    fn a_report_never_takes_the_place_of_a_picture() {
        let place = tempfile::tempdir().unwrap();
        let folder = |name: &str| place.path().join(name);
        for (name, file) in [("a", "heat.png"), ("b", "known.PNG"), ("c", "pictures/known-1.png")] {
            let file = folder(name).join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, "mine").unwrap();
            assert_eq!(free_report(&folder(name)), folder(&format!("{name}-2")), "{}", file.display());
        }
        std::fs::create_dir_all(folder("d").join("pictures")).unwrap();
        std::fs::write(folder("d").join("notes.txt"), "mine").unwrap();
        assert_eq!(free_report(&folder("d")), folder("d"), "nothing of it could be replaced");
    }
}
