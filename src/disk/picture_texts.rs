//! What the pictures drawn before say of how they were drawn, to be searched and sorted: prompts, words, models, seeds.
//!
//! Of a picture only what stands before its pixels is read, once; an index on the disk keeps it. Pictures of which nothing
//! is known are found by the names of their files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::kept_index::{KeptIndex, Stamp};
use super::pictures::{Drawn, drawn, stamp};
use super::search::Terms;
use format::png_info::read_first_parameters;
use project::DataDir;

/// So many new texts are worth writing the index for.
const WORTH: usize = 64;
/// Bytes of one text that are searched.
const LONGEST: usize = 8192;

/// What a picture is, as far as it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PictureKind {
    /// Drawn from a prompt alone.
    Drawn,
    /// Drawn over a part of another, or over all of it.
    Edited,
    /// Many in rows and columns.
    Grid,
    /// It carries no settings.
    Unknown,
}

/// What one picture says, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureText {
    /// Its file.
    pub path: PathBuf,
    /// When that was changed, in seconds since 1970.
    pub seconds: u64,
    /// The learned words it was drawn with, without their brackets.
    pub words: Vec<String>,
    /// The model; empty if unknown.
    pub model: String,
    /// What it is.
    pub kind: PictureKind,
    /// All that can be searched.
    text: String,
}

impl PictureText {
    /// Takes apart what a picture says; `text` is in lower case.
    pub fn of(path: PathBuf, seconds: u64, text: String) -> Self {
        let start = text.rfind("\nsteps: ").or_else(|| text.starts_with("steps: ").then_some(0));
        let line = start.and_then(|start| text.get(start..)).unwrap_or_default();
        let kind = match () {
            () if line.is_empty() => PictureKind::Unknown,
            () if line.contains(", script: x/y/z plot") => PictureKind::Grid,
            // A picture that was enlarged by a second pass tells of a strength as well.
            () if line.contains(", denoising strength: ") && !line.contains(", hires upscale: ") => {
                PictureKind::Edited
            }
            () => PictureKind::Drawn,
        };
        let hashes = entry(line, "ti hashes").unwrap_or_default().split(", ");
        let words = hashes.filter_map(|word| Some(word.rsplit_once(": ")?.0.trim_matches(['<', '>'])));
        let words = words.map(ToOwned::to_owned).collect();
        let model = entry(line, "model").unwrap_or_default().to_owned();
        Self { path, seconds, words, model, kind, text }
    }
}

/// An entry of the line of settings, without its quotation marks.
fn entry<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(&format!(", {key}: "))?;
    match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split([',', '\n']).next(),
    }
}

/// What pictures say, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PictureTexts(Vec<PictureText>);

impl FromIterator<PictureText> for PictureTexts {
    fn from_iter<T: IntoIterator<Item = PictureText>>(texts: T) -> Self {
        Self(texts.into_iter().collect())
    }
}

impl PictureTexts {
    /// The pictures that say all that is searched for; see [`Terms`].
    pub fn found(&self, terms: &Terms) -> Vec<&Path> {
        let fitting = self.0.iter().filter(|said| terms.fit(&said.text));
        fitting.map(|said| said.path.as_path()).collect()
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, PictureText> {
        self.0.iter()
    }

    /// How many pictures are known.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The texts with the index in which they are kept.
pub(super) struct TextsOnDisk {
    home: DataDir,
    /// Read with the first look.
    index: Option<KeptIndex<String>>,
    /// The folders as they were when their pictures were listed.
    listed: Vec<(PathBuf, Option<Stamp>)>,
    all: Arc<PictureTexts>,
    /// Whether some were not read yet.
    behind: bool,
}

impl TextsOnDisk {
    pub fn new(home: &DataDir) -> Self {
        Self { home: home.clone(), index: None, listed: Vec::new(), all: Arc::default(), behind: false }
    }

    pub fn all(&self) -> Arc<PictureTexts> {
        self.all.clone()
    }

    pub fn is_behind(&self) -> bool {
        self.behind
    }

    /// Reads what is new, until `stop` says so; whether anything is.
    pub fn read(&mut self, stop: &dyn Fn() -> bool) -> bool {
        let same = |(folder, before): &(PathBuf, Option<Stamp>)| {
            let now = stamp(folder);
            now == *before && !now.is_some_and(Stamp::is_fresh)
        };
        if !self.listed.is_empty() && !self.behind && self.listed.iter().all(same) {
            return false;
        }
        let Drawn { mut pictures, folders } = drawn(&self.home);
        self.listed = folders;
        let index = self.index.get_or_insert_with(|| KeptIndex::load(self.home.picture_index()));
        // The newest first: they are looked for most.
        pictures.reverse();
        let (mut texts, mut stopped) = (Vec::with_capacity(pictures.len()), false);
        while let Some((path, stamp)) = pictures.pop() {
            let known = index.get(&path, (stamp, None)).cloned();
            let text = match known {
                Some(text) => text,
                None if stopped => continue,
                None => {
                    let text = text_of(&path);
                    index.insert(&path, (stamp, None), text.clone());
                    stopped = stop();
                    text
                }
            };
            texts.push(PictureText::of(path, stamp.seconds(), text));
        }
        self.behind = stopped;
        if !stopped {
            let there: std::collections::HashSet<&Path> =
                texts.iter().map(|said| said.path.as_path()).collect();
            index.retain(|path| there.contains(path));
        }
        index.save(WORTH);
        let texts = PictureTexts(texts);
        let changed = *self.all != texts;
        if changed {
            self.all = Arc::new(texts);
        }
        changed
    }
}

/// What a picture says, in lower case, with the name of its file.
fn text_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let mut said = read_first_parameters(path).unwrap_or_default().to_lowercase();
    let cut = said.floor_char_boundary(LONGEST);
    said.truncate(cut);
    format!("{said}\n{name}")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use format::GenerateInfo;
    use format::png_info::to_png_with;

    #[test]
    fn pictures_are_found_by_what_they_were_drawn_with() {
        let folder = tempfile::tempdir().unwrap();
        let home = DataDir::at(folder.path().to_path_buf());
        fs::create_dir_all(home.pictures()).unwrap();
        let draw = |name: &str, prompt: &str| {
            let info = GenerateInfo { prompt: prompt.into(), steps: 20, seed: 7, ..GenerateInfo::default() };
            let path = home.pictures().join(name);
            fs::write(&path, to_png_with(&image::RgbImage::new(8, 8), &info).unwrap()).unwrap();
            path
        };
        let cat = draw("1.png", "a photo of a <Cat-Toy>, watercolour");
        let dog = draw("2.png", "a dog, Ölfarben");
        fs::write(home.pictures().join("3.png"), b"no picture").unwrap();
        let mut texts = TextsOnDisk::new(&home);
        assert!(texts.read(&|| false) && !texts.is_behind());
        let all = texts.all();
        let found = |text: &str| -> Vec<PathBuf> {
            all.found(&Terms::of(text)).into_iter().map(Path::to_path_buf).collect()
        };
        assert_eq!(found("cat-toy WATER"), std::slice::from_ref(&cat));
        assert_eq!(found("ölfarben"), std::slice::from_ref(&dog));
        assert_eq!(found("photo -cat").len(), 0);
        assert_eq!(found("seed: 7").len(), 2);
        assert_eq!(found("3.png").len(), 1, "by its name");
        assert_eq!((found("").len(), all.len()), (3, 3));
        // Stopped, it goes on from where it was.
        let mut texts = TextsOnDisk::new(&home);
        assert!(texts.read(&|| true) && texts.is_behind());
        assert!(texts.all().len() < 3);
        while texts.is_behind() {
            texts.read(&|| false);
        }
        assert_eq!(texts.all().len(), 3);
        fs::remove_file(&cat).unwrap();
        assert!(texts.read(&|| false));
        assert_eq!(texts.all().len(), 2);
        // In a folder of its own it is found as well.
        fs::create_dir_all(home.pictures().join("dogs/old")).unwrap();
        fs::rename(&dog, home.pictures().join("dogs/old/2.png")).unwrap();
        assert!(texts.read(&|| false));
        let all = texts.all();
        assert_eq!(all.found(&Terms::of("ölfarben")), [home.pictures().join("dogs/old/2.png")]);
    }

    #[test]
    fn a_picture_says_its_words_its_model_and_what_it_is() {
        let of = |text: &str| PictureText::of("a.png".into(), 7, text.to_owned());
        let said = of(
            "a cat, model: no\nsteps: 20, seed: 7, model hash: 01, model: dream, ti hashes: \"<cat-toy>: ab, \
                       fog: cd\", version: pseudoword\na.png",
        );
        assert_eq!(
            (said.words.as_slice(), said.model.as_str()),
            (&["cat-toy".into(), "fog".into()][..], "dream")
        );
        assert_eq!(said.kind, PictureKind::Drawn);
        let kind = |entries: &str| of(&format!("steps: 20, seed: 7{entries}\na.png")).kind;
        assert_eq!(kind(", denoising strength: 0.6"), PictureKind::Edited);
        assert_eq!(kind(", denoising strength: 0.6, hires upscale: 2"), PictureKind::Drawn);
        assert_eq!(kind(", script: x/y/z plot"), PictureKind::Grid);
        assert_eq!(of("a photo\na.png").kind, PictureKind::Unknown);
        assert_eq!(of("\nsteps: 1, model: \"a, b\"\na.png").model, "a, b");
    }
}
