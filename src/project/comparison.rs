//! What a comparison of methods found, as plain data: one point for each method, concept and seed, as figure 10 of the
//! paper plots them.
//!
//! The file is written anew after every point, so that it can be watched while a comparison runs and a kill loses one
//! point at most. It refuses nothing that it can read: what a point means is decided by whoever shows it.

use std::path::{Path, PathBuf};

use base::atomic::write_atomic;
use base::{Error, Result, json};
use serde::{Deserialize, Serialize};

use super::evaluation::Score;

/// The file of a comparison, in its folder.
pub const COMPARISON: &str = "compare.json";

/// All points found so far, in the order they were found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Points that there will be.
    pub of: usize,
    /// Points that there are.
    pub points: Vec<Point>,
}

/// One method or baseline on one concept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    #[serde(default)]
    pub word: Option<PathBuf>,
    /// Some of the pictures that were judged, below the comparison's folder.
    #[serde(default)]
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

    /// Writes it whole or not at all.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn save(&self, folder: &Path) -> Result<()> {
        let path = folder.join(COMPARISON);
        let text = serde_json::to_vec_pretty(self).map_err(|e| Error::Internal(e.to_string()))?;
        write_atomic(&path, &text)
    }
}
