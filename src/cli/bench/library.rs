//! How long a large library takes from a start until it can be used and searched: `pseudoword bench --library N`.
//!
//! It makes the words and the pictures in a folder of its own, which it removes again, and asks the window's disk threads
//! what the window asks. It opens no window, so the memory is that of the library alone.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use serde::Serialize;

use crate::progress::tell;
use base::places::make_folder;
use base::{Error, Result};
use disk::Disk;
use disk::message::{Answer, LibraryAnswer, LibraryTask, PictureTexts, Task, WordCard};
use disk::search::{Terms, WordQuery, WordSearch};
use engine::device;
use format::GenerateInfo;
use format::embedding::{self, EmbeddingFormat, LearnedWord};
use format::png_info::to_png_with;
use project::DataDir;

/// Numbers of a word of Stable Diffusion 1.
const WIDTH: usize = 768;
/// What stands for the number of a word in its file.
const DIGITS: &str = "00000";
/// Side of a picture: what stands before the pixels is read alone.
const SIDE: u32 = 48;
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(600);
/// What is typed.
const TYPED: &str = "watercolour word-001 -night";
/// Of these the prompts are made.
const WORDS: [&str; 16] = [
    "watercolour",
    "oil",
    "pencil",
    "a cat",
    "a house",
    "the sea",
    "night",
    "morning",
    "a forest",
    "snow",
    "portrait",
    "a street",
    "gold",
    "soft light",
    "rain",
    "a garden",
];

/// The report.
#[derive(Debug, Serialize)]
pub(super) struct LibraryReport {
    words: usize,
    pictures: usize,
    /// The first start, which reads every file.
    cold: Start,
    /// Another start.
    warm: Start,
    word_search: Keys,
    picture_search: Keys,
    /// Memory of the process after the warm start, in bytes, where the system tells.
    memory: Option<u64>,
    peak_memory: Option<u64>,
}

/// Seconds from the start.
#[derive(Debug, Serialize)]
struct Start {
    /// Until all words and pictures are listed.
    usable_seconds: f64,
    /// Until prompts can be searched, too.
    searchable_seconds: f64,
}

/// How long the answer to one key takes.
#[derive(Debug, Serialize)]
struct Keys {
    keys: usize,
    median_milliseconds: f64,
    longest_milliseconds: f64,
}

/// Measures a library of so many words and pictures.
pub(super) fn run(words: usize, pictures: usize) -> Result<LibraryReport> {
    let folder = Folder(std::env::temp_dir().join(format!("pseudoword-bench-{}", std::process::id())));
    let home = DataDir::at(folder.0.join("home"));
    tell(&format!("Writing {words} words and {pictures} pictures\n"));
    make_words(&home, &folder.0.join("embeddings"), words)?;
    make_pictures(&home, pictures)?;
    tell("Starting with nothing known\n");
    let (cold, ..) = start(&home, pictures)?;
    tell("Starting again\n");
    let (warm, cards, texts) = start(&home, pictures)?;
    if cards.len() != words {
        return Err(Error::Internal(format!("{} of {words} words were listed", cards.len())));
    }
    let search = WordSearch::of(&cards);
    let word_search =
        keys(|typed| search.found(&cards, &WordQuery { typed: typed.into(), ..WordQuery::default() }).len());
    let picture_search = keys(|typed| texts.found(&Terms::of(typed)).len());
    let (memory, peak_memory) = (device::memory_in_use(), device::peak_memory());
    Ok(LibraryReport { words, pictures, cold, warm, word_search, picture_search, memory, peak_memory })
}

/// A folder that is there as long as this.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Half of the words lie in the library, half in a folder of another program.
fn make_words(home: &DataDir, other: &Path, count: usize) -> Result<()> {
    for folder in [home.words(), other.to_path_buf()] {
        make_folder(&folder)?;
    }
    let folders = serde_json::json!({"version": 1, "folders": [other]}).to_string();
    fs::write(home.library(), folders).map_err(|e| Error::write(&home.library(), e))?;
    let first = home.root().join("first.safetensors");
    let word = LearnedWord {
        token: Some(format!("<word-{DIGITS}>")),
        vectors: vec![0.0; WIDTH],
        shape: [1, WIDTH],
        ..LearnedWord::default()
    };
    embedding::write(&first, &word, EmbeddingFormat::EmbParams)?;
    let bytes = fs::read(&first).map_err(|e| Error::read(&first, e))?;
    // In this layout the numbers come last, and the name has as many letters in every file.
    let (header, numbers) = bytes.split_at(bytes.len().saturating_sub(4 * WIDTH));
    let name = format!("word-{DIGITS}");
    let named: Vec<usize> = header
        .windows(name.len())
        .enumerate()
        .filter(|(_, part)| *part == name.as_bytes())
        .map(|(at, _)| at)
        .collect();
    for index in 0..count {
        let mut file = header.to_vec();
        let own = format!("word-{index:05}");
        for &at in &named {
            file.splice(at..at + name.len(), own.bytes().take(name.len()));
        }
        let mut own_numbers = numbers.to_vec();
        own_numbers.splice(..4, (index as f32 + 1.0).to_le_bytes());
        file.extend(own_numbers);
        let folder = if index % 2 == 0 { home.words() } else { other.to_path_buf() };
        put(&folder.join(format!("{own}.safetensors")), &file)?;
    }
    Ok(())
}

fn make_pictures(home: &DataDir, count: usize) -> Result<()> {
    make_folder(&home.pictures())?;
    for index in 0..count {
        // Eight words of sixteen, another eight for each picture.
        let words = (0..8).map(|place| WORDS[(index / (place + 1) + 3 * place) % WORDS.len()]);
        let prompt =
            format!("a picture of <word-{:05}>, {}", index % 5000, words.collect::<Vec<_>>().join(", "));
        let info = GenerateInfo {
            prompt,
            negative_prompt: "blurry, text, frame".into(),
            steps: 20,
            sampler: "DPM++ 2M".into(),
            cfg_scale: Some(7.0),
            seed: index as u64,
            model: "model".into(),
            ..GenerateInfo::default()
        };
        let shade = (index % 256) as u8;
        let picture = image::RgbImage::from_pixel(SIDE, SIDE, image::Rgb([shade, 128, 255 - shade]));
        put(&home.pictures().join(format!("{index:06}.png")), &to_png_with(&picture, &info)?)?;
    }
    Ok(())
}

/// Writes a file as if it had been there for an hour.
fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    let hour = SystemTime::now() - Duration::from_secs(3600);
    let aged = || File::options().write(true).open(path)?.set_modified(hour);
    fs::write(path, bytes).and_then(|()| aged()).map_err(|e| Error::write(path, e))
}

/// Asks for all that a window asks for of its library.
fn start(home: &DataDir, count: usize) -> Result<(Start, Vec<WordCard>, Arc<PictureTexts>)> {
    let began = Instant::now();
    let wake: disk::Wake = Arc::new(|| {});
    let disk = Disk::start(home, &wake)?;
    for task in [Task::Library(LibraryTask::Watch), Task::ListWords, Task::ListPictures] {
        disk.ask(task);
    }
    let (mut words, mut pictures, mut texts, mut usable) = (None, false, None, None);
    loop {
        let waited = || Error::Internal("the library was not listed in ten minutes".into());
        match disk.answers().recv_timeout(PATIENCE).map_err(|_| waited())? {
            Answer::Words(cards) => words = Some(cards),
            Answer::Pictures(_) => pictures = true,
            Answer::Library(LibraryAnswer::Texts(told)) if told.len() >= count => texts = Some(told),
            Answer::Refused(text) => return Err(Error::Internal(text)),
            _ => {}
        }
        if words.is_some() && pictures {
            usable.get_or_insert_with(|| began.elapsed().as_secs_f64());
        }
        match (words.take(), texts.take(), usable) {
            (Some(words), Some(texts), Some(usable_seconds)) => {
                let searchable_seconds = began.elapsed().as_secs_f64();
                return Ok((Start { usable_seconds, searchable_seconds }, words, texts));
            }
            (one, two, _) => (words, texts) = (one, two),
        }
    }
}

/// Types letter by letter.
fn keys(search: impl Fn(&str) -> usize) -> Keys {
    let mut took: Vec<f64> = Vec::new();
    for (end, letter) in TYPED.char_indices() {
        let began = Instant::now();
        std::hint::black_box(search(&TYPED[..end + letter.len_utf8()]));
        took.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    took.sort_by(f64::total_cmp);
    let at = |place: usize| took.get(place).copied().unwrap_or_default();
    Keys {
        keys: took.len(),
        median_milliseconds: at(took.len() / 2),
        longest_milliseconds: at(took.len().saturating_sub(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_library_is_measured_whole() {
        let report = run(6, 9).unwrap();
        assert_eq!((report.words, report.pictures), (6, 9));
        assert!(report.warm.searchable_seconds >= report.warm.usable_seconds);
        assert_eq!(report.word_search.keys, TYPED.len());
        let left = std::env::temp_dir().join(format!("pseudoword-bench-{}", std::process::id()));
        assert!(!left.exists(), "nothing is left behind");
    }
}
