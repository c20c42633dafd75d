//! Walking the places and saying what is found, one after the other.
//!
//! A walk is bounded in depth, entries and time, follows links but goes around no loop, and skips what it may not
//! read. The same file reached by two paths is told once.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::places::{Holds, Place};
use super::recognise::{Found, Kind, recognise};

/// How much is searched at most.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How many folders deep below a place.
    pub depth: usize,
    /// Files and folders looked at in all.
    pub entries: u64,
    /// How long in all.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 8, entries: 500_000, time: Duration::from_secs(120) }
    }
}

/// What a search tells on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A folder is being looked into.
    Looking(SearchProgress),
    /// A model or word.
    Found(Box<Found>),
}

/// How far a search is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchProgress {
    /// The folder being looked into.
    pub folder: PathBuf,
    /// Files and folders looked at so far.
    pub looked: u64,
    /// Models and words found so far.
    pub found: usize,
}

/// How a search ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SearchSummary {
    /// Models and words found.
    pub found: usize,
    /// Files and folders looked at.
    pub looked: u64,
    /// Folders that could not be read.
    pub unreadable: usize,
    /// Whether it was stopped on request.
    pub stopped: bool,
    /// Whether a limit ended it early.
    pub cut_short: bool,
    /// Sentences about settings of other programs that could not be read.
    pub notes: Vec<String>,
}

/// How often [`Step::Looking`] is told.
const TELL: Duration = Duration::from_millis(100);

/// Searches places in their order. `stop` is asked at each entry; `tell` hears each step at once.
pub fn search(
    places: &[Place],
    limits: Limits,
    stop: &dyn Fn() -> bool,
    tell: &mut dyn FnMut(Step),
) -> SearchSummary {
    let mut walk = Walk {
        limits,
        stop,
        tell,
        until: Instant::now() + limits.time,
        told: None,
        folders: HashSet::new(),
        things: HashSet::new(),
        summary: SearchSummary::default(),
    };
    for place in places {
        if walk.ended() {
            break;
        }
        if place.exact {
            walk.consider(&place.path, place);
        } else {
            walk.place(place);
        }
    }
    walk.summary
}

struct Walk<'a> {
    limits: Limits,
    stop: &'a dyn Fn() -> bool,
    tell: &'a mut dyn FnMut(Step),
    until: Instant,
    told: Option<Instant>,
    /// Folders seen, by real path and by what they are searched for.
    folders: HashSet<(PathBuf, Holds)>,
    /// Models and words found, by real path.
    things: HashSet<PathBuf>,
    summary: SearchSummary,
}

impl Walk<'_> {
    fn ended(&mut self) -> bool {
        self.summary.stopped |= (self.stop)();
        self.summary.cut_short |= self.summary.looked >= self.limits.entries || Instant::now() > self.until;
        self.summary.stopped || self.summary.cut_short
    }

    fn place(&mut self, place: &Place) {
        let mut waiting = vec![(place.path.clone(), 0)];
        while let Some((folder, depth)) = waiting.pop() {
            // The real path ends loops of links.
            let Ok(real) = folder.canonicalize() else {
                self.summary.unreadable += 1;
                continue;
            };
            if !self.folders.insert((real, place.holds)) {
                continue;
            }
            if place.holds != Holds::Embeddings && folder.join("model_index.json").is_file() {
                self.consider(&folder, place);
                continue;
            }
            self.say(&folder);
            let Ok(entries) = fs::read_dir(&folder) else {
                self.summary.unreadable += 1;
                continue;
            };
            let mut paths = Vec::new();
            for entry in entries.flatten() {
                self.summary.looked += 1;
                if self.ended() {
                    return;
                }
                if !entry.file_name().to_string_lossy().starts_with('.') {
                    paths.push(entry.path());
                }
            }
            paths.sort();
            let mut below = Vec::new();
            for path in paths {
                if self.ended() {
                    return;
                }
                if is_candidate(&path, place.holds) && path.is_file() {
                    self.consider(&path, place);
                } else if depth < self.limits.depth && path.is_dir() && !is_configuration(&path) {
                    below.push((path, depth + 1));
                }
            }
            waiting.extend(below.into_iter().rev());
        }
    }

    fn consider(&mut self, path: &Path, place: &Place) {
        let Ok(real) = path.canonicalize() else { return };
        if !self.things.insert(real) {
            return;
        }
        let Some(found) = recognise(path, place.holds) else { return };
        let other = (place.holds, found.kind);
        if matches!(other, (Holds::Models, Kind::Embedding) | (Holds::Embeddings, Kind::Model)) {
            return;
        }
        self.summary.found += 1;
        let name = place.name.clone().unwrap_or(found.name);
        (self.tell)(Step::Found(Box::new(Found { name, program: place.program, ..found })));
    }

    fn say(&mut self, folder: &Path) {
        if self.told.is_none_or(|told| told.elapsed() >= TELL) {
            self.told = Some(Instant::now());
            let (looked, found) = (self.summary.looked, self.summary.found);
            (self.tell)(Step::Looking(SearchProgress { folder: folder.to_path_buf(), looked, found }));
        }
    }
}

/// Whether a folder is the configuration of the single file beside it, and no model of its own.
fn is_configuration(folder: &Path) -> bool {
    let beside = |ending: &str| folder.with_extension(ending).is_file();
    folder.extension().is_some_and(|end| end == "config") && (beside("safetensors") || beside("ckpt"))
}

/// Whether a file's name is that of a model or word; content decides later.
pub(super) fn is_candidate(path: &Path, holds: Holds) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    // Autoencoders and pictures of models that lie beside them.
    if name.contains(".vae.") || name.contains(".preview.") {
        return false;
    }
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    match holds {
        Holds::Models => ends(&[".safetensors", ".ckpt"]),
        Holds::Embeddings => ends(&[".safetensors", ".pt", ".bin", ".pti", ".png"]),
        Holds::Anything => ends(&[".safetensors", ".ckpt", ".pt"]),
    }
}
