//! What the pictures drawn before say of how they were drawn, to be searched: prompts, models, samplers, seeds.
//!
//! Of a picture only what stands before its pixels is read, once; an index on the disk keeps it. Pictures of which nothing
//! is known are found by the names of their files.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::kept_index::{KeptIndex, Stamp};
use super::pictures::drawn;
use super::search::Terms;
use format::png_info::read_first_parameters;
use project::DataDir;

/// So many new texts are worth writing the index for.
const WORTH: usize = 64;
/// Bytes of one text that are searched.
const LONGEST: usize = 8192;

/// What pictures say, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PictureTexts(Vec<(PathBuf, String)>);

impl PictureTexts {
    /// The pictures that say all that is searched for; see [`Terms`].
    pub fn found(&self, terms: &Terms) -> Vec<&Path> {
        let fitting = self.0.iter().filter(|(_, text)| terms.fit(text));
        fitting.map(|(path, _)| path.as_path()).collect()
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
    /// The time of the folder when its pictures were listed.
    listed: Option<Stamp>,
    all: Arc<PictureTexts>,
    /// Whether some were not read yet.
    behind: bool,
}

impl TextsOnDisk {
    pub fn new(home: &DataDir) -> Self {
        Self { home: home.clone(), index: None, listed: None, all: Arc::default(), behind: false }
    }

    pub fn all(&self) -> Arc<PictureTexts> {
        self.all.clone()
    }

    pub fn is_behind(&self) -> bool {
        self.behind
    }

    /// Reads what is new, until `stop` says so; whether anything is.
    pub fn read(&mut self, stop: &dyn Fn() -> bool) -> bool {
        let folder = fs::metadata(self.home.pictures()).ok().map(|data| Stamp::of(&data));
        let fresh = folder.is_some_and(Stamp::is_fresh);
        if folder == self.listed && !self.behind && !fresh {
            return false;
        }
        self.listed = folder;
        let mut pictures = drawn(&self.home);
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
            texts.push((path, text));
        }
        self.behind = stopped;
        if !stopped {
            let there: std::collections::HashSet<&Path> =
                texts.iter().map(|(path, _)| path.as_path()).collect();
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
    }
}
