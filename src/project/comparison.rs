//! What a comparison of methods found, as plain data: one point for each method, concept and seed, as figure 10 of the
//! paper plots them.
//!
//! The file is written anew after every point, so that it can be watched while a comparison runs and a kill loses one
//! point at most. It refuses nothing that it can read: what a point means is decided by whoever shows it.

pub(crate) mod below;
mod plan;

use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};

use base::{Error, Result, json};
use serde::{Deserialize, Serialize};

use super::evaluation::Score;
use super::files::write_json;
pub use plan::{Compared, ComparedConcept, Method, Plan, Task, place_of};

/// How the names of the files begin that show scores by the number of pictures learned from, in the folder of a comparison.
pub const SET_SIZES: &str = "set-sizes";
/// The file of a comparison, in its folder.
pub const COMPARISON: &str = "compare.json";
/// The file by which a process claims that folder: see [`base::Claim`].
pub const CLAIM: &str = "compare.lock";

/// All points found so far, in the order they were found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Points that there will be.
    pub of: usize,
    /// Points that there are.
    pub points: Vec<Point>,
    /// What could not be compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
}

/// A concept, or one method on it, of which there is no point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The concept's name.
    pub concept: String,
    /// The method's name; `None` for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The seed; `None` for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Why, as a sentence.
    pub reason: String,
}

impl LeftOut {
    /// Whether it is said of this method on this concept with this seed.
    pub fn holds(&self, concept: &str, method: &str, seed: u64) -> bool {
        let method = self.method.as_ref().is_none_or(|left_out| left_out == method);
        self.concept == concept && method && self.seed.is_none_or(|left_out| left_out == seed)
    }
}

impl Display for LeftOut {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { concept, method, reason, .. } = self;
        match method {
            Some(method) => write!(f, "There is no point of {method} on {concept}: {reason}"),
            None => write!(f, "{concept} is left out: {reason}"),
        }
    }
}

/// One method or baseline on one concept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The concept's name.
    pub concept: String,
    /// The method's name, as `learn --method` takes it, or the baseline's.
    pub method: String,
    /// Whether it is a baseline, for which nothing was learned.
    pub baseline: bool,
    /// The seed it was learned and drawn with.
    pub seed: u64,
    /// Likeness to the concept's pictures: mean cosine of image vectors.
    pub image: Option<Score>,
    /// Obedience to the prompts: mean cosine of image and text vectors, averaged as the published code does.
    pub text: Option<Score>,
    /// The same averaged as the paper says: the cosine of the mean image vector and the text.
    #[serde(default)]
    pub text_of_mean: Option<f64>,
    /// Seconds spent learning.
    #[serde(default)]
    pub seconds: f64,
    /// The learned word, below the comparison's folder.
    #[serde(default, with = "below")]
    pub word: Option<PathBuf>,
    /// Some of the pictures that were judged, below the comparison's folder.
    #[serde(default, with = "below")]
    pub pictures: Vec<PathBuf>,
}

impl Comparison {
    /// Reads the comparison of a folder.
    ///
    /// # Errors
    /// If there is none or it cannot be read.
    pub fn load(folder: &Path) -> Result<Self> {
        json::read(&folder.join(COMPARISON), "Run the comparison again.")
    }

    /// The point of a method on a concept with a seed, if it was found.
    pub fn point(&self, concept: &str, method: &str, seed: u64) -> Option<&Point> {
        let same = |point: &&Point| point.concept == concept && point.method == method && point.seed == seed;
        self.points.iter().find(same)
    }

    /// A table of all points for other programs, one a line below a line of names; what was left out stands below them with
    /// its reason. A mean without an interval has no ends.
    ///
    /// # Errors
    /// [`Error::Internal`] if the table cannot be made.
    pub fn to_csv(&self) -> Result<Vec<u8>> {
        let fault = |error: String| Error::Internal(format!("a table cannot be made ({error})"));
        let mut table = csv::Writer::from_writer(Vec::new());
        let columns = "concept,method,baseline,seed,image,image_low,image_high,text,text_low,text_high,\
                       text_of_mean,seconds,left_out";
        table.write_record(columns.split(',')).map_err(|e| fault(e.to_string()))?;
        let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        for point in &self.points {
            let of = |score: Option<Score>| {
                let [low, high] =
                    score.and_then(|score| score.interval()).map_or([None; 2], |ends| ends.map(Some));
                [score.map(|score| score.mean), low, high].map(number)
            };
            let [image, text] = [of(point.image), of(point.text)];
            let first = [
                point.concept.clone(),
                point.method.clone(),
                point.baseline.to_string(),
                point.seed.to_string(),
            ];
            let last = [number(point.text_of_mean), number(Some(point.seconds)), String::new()];
            let fields = first.into_iter().chain(image).chain(text).chain(last);
            table.write_record(fields).map_err(|e| fault(e.to_string()))?;
        }
        for LeftOut { concept, method, seed, reason } in &self.left_out {
            let mut fields = [const { String::new() }; 13];
            [fields[0], fields[12]] = [concept.clone(), reason.clone()];
            fields[1] = method.clone().unwrap_or_default();
            fields[3] = seed.map_or_else(String::new, |seed| seed.to_string());
            table.write_record(fields).map_err(|e| fault(e.to_string()))?;
        }
        table.into_inner().map_err(|e| fault(e.to_string()))
    }

    /// Writes it whole or not at all.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn save(&self, folder: &Path) -> Result<()> {
        write_json(&folder.join(COMPARISON), self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_survives_being_closed_and_is_a_table() {
        let folder = tempfile::tempdir().unwrap();
        let point = Point {
            concept: "a, cup".into(),
            method: "single".into(),
            baseline: false,
            seed: 1,
            image: Some(Score { mean: 0.5, low: 0.25, high: 0.75, count: 2 }),
            text: None,
            text_of_mean: Some(0.125),
            seconds: 2.0,
            word: Some("runs/cup.safetensors".into()),
            pictures: vec!["pictures/1.png".into()],
        };
        let left_out =
            LeftOut { concept: "dog".into(), method: None, seed: None, reason: "It is marked.".into() };
        let comparison = Comparison { of: 2, points: vec![point], left_out: vec![left_out] };
        comparison.save(folder.path()).unwrap();
        assert_eq!(Comparison::load(folder.path()).unwrap(), comparison);
        let table = String::from_utf8(comparison.to_csv().unwrap()).unwrap();
        assert_eq!(table.lines().nth(1), Some("\"a, cup\",single,false,1,0.5,0.25,0.75,,,,0.125,2,"));
        assert_eq!(table.lines().nth(2), Some("dog,,,,,,,,,,,,It is marked."));
        let one = Score { mean: 0.5, low: 0.5, high: 0.5, count: 1 };
        let alone = Point { text: Some(one), ..comparison.points[0].clone() };
        let table = Comparison { points: vec![alone], ..comparison.clone() }.to_csv().unwrap();
        let table = String::from_utf8(table).unwrap();
        assert!(table.contains(",0.5,0.25,0.75,0.5,,,0.125,"), "one figure has no interval: {table}");
        assert!(comparison.point("a, cup", "single", 1).is_some());
        assert_eq!(comparison.point("a, cup", "single", 2), None);
        let one = LeftOut { method: Some("single".into()), seed: Some(1), ..comparison.left_out[0].clone() };
        assert!(one.holds("dog", "single", 1) && !one.holds("dog", "single", 2) && !one.holds("dog", "x", 1));
        assert!(comparison.left_out[0].holds("dog", "x", 9) && !comparison.left_out[0].holds("cat", "x", 9));
        let before: Comparison = serde_json::from_str("{\"of\": 1, \"points\": []}").unwrap();
        assert!(before.left_out.is_empty(), "files of before have none");
    }

    #[test]
    fn paths_are_written_alike_on_all_systems_and_those_of_before_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let point = Point {
            word: Some(r"runs\cup\cup.safetensors".into()),
            pictures: vec![r"pictures\cup\01.png".into()],
            ..Point::default()
        };
        Comparison { of: 1, points: vec![point], ..Comparison::default() }.save(folder.path()).unwrap();
        let path = folder.path().join(COMPARISON);
        let written = std::fs::read_to_string(&path).unwrap();
        assert!(!written.contains('\\') && written.contains("runs/cup/cup.safetensors"), "{written}");
        std::fs::write(&path, written.replace('/', r"\\")).unwrap();
        let read = Comparison::load(folder.path()).unwrap();
        assert_eq!(read.points[0].word.as_deref(), Some(Path::new("runs/cup/cup.safetensors")));
        assert_eq!(read.points[0].pictures, [Path::new("pictures/cup/01.png")]);
        // A system's own name for a file of somewhere else stays as it is.
        let elsewhere = std::path::absolute("a/b").unwrap();
        assert_eq!(below::slashed(&elsewhere), elsewhere);
    }
}
