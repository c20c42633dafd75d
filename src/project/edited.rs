//! A picture that is edited, with all that was done to it: a folder with a copy of its file, the mask as it is painted, and
//! a folder of results for each step.
//!
//! Nothing in it is ever written over but what is painted and the list; a step keeps its own mask. Results are found
//! by looking, so that one that was drawn before a kill is not lost.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::comparison::below;
use super::files::{inside, read_or_set_aside, read_toml, write_toml};
use super::{EditSettings, GenerateSettings};
use base::{Error, FileKind, Result};

/// The list of what was done.
const LIST: &str = "edit.toml";
/// The mask, of the picture and of each step.
pub const MASK: &str = "mask.png";
/// The key under which a result says the SHA-256 of the picture that it was made of.
pub const MADE_OF: &str = "Init image hash";
/// Raised when an older list can no longer be understood.
const VERSION: u32 = 1;

/// The list. Its paths lie in the folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditedPicture {
    /// Of the program that wrote it.
    pub version: u32,
    /// What the picture was called where it came from.
    pub name: String,
    /// The copy of its file.
    #[serde(with = "below")]
    pub source: PathBuf,
    /// SHA-256 of that.
    pub sha256: String,
    /// What is being changed now: the copy, or a result.
    #[serde(with = "below")]
    pub base: PathBuf,
    /// In the order in which they were asked for.
    #[serde(default)]
    pub steps: Vec<EditStep>,
}

/// What was drawn at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditStep {
    /// Where its results and its mask lie.
    #[serde(with = "below")]
    pub folder: PathBuf,
    /// What was changed.
    #[serde(with = "below")]
    pub base: PathBuf,
    /// SHA-256 of that.
    pub sha256: String,
    /// Whether only a part was, by the mask in the folder.
    pub masked: bool,
    /// The model.
    pub model: PathBuf,
    /// The learned words in the prompt.
    #[serde(default)]
    pub words: Vec<PathBuf>,
    /// What was drawn.
    pub draw: GenerateSettings,
    /// How it was joined with the picture.
    pub edit: EditSettings,
}

/// Where the mask that was painted on a picture of the folder waits while another one is changed.
pub fn mask_of(base: &Path) -> PathBuf {
    let names = base.iter().map(|part| part.to_string_lossy().into_owned());
    Path::new("masks").join(format!("{}.png", names.collect::<Vec<_>>().join("-")))
}

impl EditedPicture {
    /// A picture to which nothing was done.
    pub fn new(name: String, source: PathBuf, sha256: String) -> Self {
        Self { version: VERSION, name, base: source.clone(), source, sha256, steps: Vec::new() }
    }

    /// Reads the list in a folder.
    ///
    /// # Errors
    /// If it is not there, damaged, or of a later program.
    pub fn load(folder: &Path) -> Result<Self> {
        let path = folder.join(LIST);
        read_toml::<Self>(FileKind::Settings, &path)?.checked(&path)
    }

    /// The same for the picture that was left open; nothing if the list is not there any more.
    ///
    /// # Errors
    /// As [`Self::load`]; a list that is damaged is set aside, so that it is said once.
    pub fn load_as_left(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(LIST);
        match read_or_set_aside::<Self>(FileKind::Settings, &path) {
            (_, Some(said)) => Err(Error::Reported(said, 2)),
            (read, None) => read.map(|read| read.checked(&path)).transpose(),
        }
    }

    fn checked(self, path: &Path) -> Result<Self> {
        if self.version > VERSION {
            let fault = "this history was written by a later version of Pseudoword";
            return Err(Error::file(FileKind::Settings, path, fault, "Open it with that version."));
        }
        // A list that was changed by hand must not lead out of its folder.
        let parts = self.steps.iter().flat_map(|step| [&step.folder, &step.base]);
        let plain =
            |path: &PathBuf| path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        if ![&self.source, &self.base].into_iter().chain(parts).all(plain) {
            let fault = "this history names files outside of its folder";
            return Err(Error::file(FileKind::Settings, path, fault, "Open the picture anew."));
        }
        Ok(self)
    }

    /// Writes the list, whole or not at all.
    pub fn save(&self, folder: &Path) -> Result<()> {
        write_toml(FileKind::Settings, &folder.join(LIST), self)
    }

    /// The pictures that were edited, and their folders in `edits`.
    fn all(edits: &Path) -> impl Iterator<Item = (PathBuf, Self)> {
        inside(edits).filter_map(|folder| Self::load(&folder).ok().map(|known| (folder, known)))
    }

    /// The folder in `edits` of a picture with this hash, if it was edited before.
    pub fn find(edits: &Path, sha256: &str) -> Option<PathBuf> {
        Self::all(edits).filter(|(_, known)| known.sha256 == sha256).map(|(folder, _)| folder).min()
    }

    /// The folder in `edits` in which a file with these bytes was drawn, and that result, within the folder; `made_of` is the
    /// hash of the picture that it says it was made of.
    pub fn find_result(edits: &Path, made_of: &str, bytes: &[u8]) -> Option<(PathBuf, PathBuf)> {
        Self::all(edits).find_map(|(folder, known)| {
            let same = |path: &Path| {
                fs::metadata(path).is_ok_and(|data| data.len() == bytes.len() as u64)
                    && fs::read(path).is_ok_and(|read| read == bytes)
            };
            let steps = known.steps.iter().filter(|step| step.sha256 == made_of);
            let result =
                steps.flat_map(|step| step.results(&folder)).find(|path| same(&folder.join(path)))?;
            Some((folder, result))
        })
    }

    /// What the picture in `edits` is called of which, or of a result of which, something was made; `made_of` is its hash.
    pub fn find_source(edits: &Path, made_of: &str) -> Option<String> {
        Self::all(edits).find_map(|(_, known)| {
            let mut hashes = known.steps.iter().map(|step| &step.sha256).chain([&known.sha256]);
            hashes.any(|hash| hash == made_of).then(|| known.name.clone())
        })
    }

    /// The folder of the next step, within that of the picture.
    pub fn next_step(&self) -> PathBuf {
        format!("step-{:03}", self.steps.len() + 1).into()
    }
}

impl EditStep {
    /// Its results, in the order in which they were drawn, within the folder of the picture.
    pub fn results(&self, folder: &Path) -> Vec<PathBuf> {
        let listing = fs::read_dir(folder.join(&self.folder)).into_iter().flatten().flatten();
        let names = listing.map(|entry| PathBuf::from(entry.file_name()));
        let drawn = |name: &PathBuf| {
            name.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png")) && !name.ends_with(MASK)
        };
        let mut results: Vec<PathBuf> = names.filter(drawn).map(|name| self.folder.join(name)).collect();
        results.sort();
        results
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_is_written_and_found_again() {
        let edits = tempfile::tempdir().unwrap();
        let folder = edits.path().join("cat");
        fs::create_dir(&folder).unwrap();
        let mut picture = EditedPicture::new("cat.png".into(), "source.png".into(), "abc".into());
        assert_eq!(picture.next_step(), Path::new("step-001"));
        let result = Path::new("step-001").join("00000-7.png");
        assert_eq!(mask_of(&result), Path::new("masks").join("step-001-00000-7.png.png"));
        let step = EditStep {
            folder: picture.next_step(),
            base: picture.base.clone(),
            sha256: "abc".into(),
            masked: true,
            model: "/models/sd".into(),
            words: vec!["/words/cat-toy.safetensors".into()],
            draw: GenerateSettings { prompt: "a photo of <cat-toy>".into(), ..GenerateSettings::default() },
            edit: EditSettings { strength: Some(0.5), extend: [0, 0, 64, 0], ..EditSettings::default() },
        };
        picture.steps.push(step.clone());
        picture.save(&folder).unwrap();
        assert_eq!(EditedPicture::load(&folder).unwrap(), picture);
        assert_eq!(EditedPicture::find(edits.path(), "abc"), Some(folder.clone()));
        assert_eq!(EditedPicture::find(edits.path(), "abd"), None);
        assert_eq!(picture.next_step(), Path::new("step-002"));
        fs::create_dir(folder.join("step-001")).unwrap();
        for name in ["00001-8.png", "00000-7.png", MASK, "notes.txt"] {
            fs::write(folder.join("step-001").join(name), "").unwrap();
        }
        assert_eq!(
            step.results(&folder),
            ["step-001/00000-7.png", "step-001/00001-8.png"].map(PathBuf::from)
        );
        fs::write(folder.join("step-001/00001-8.png"), "drawn").unwrap();
        let drawn = Some((folder, PathBuf::from("step-001/00001-8.png")));
        assert_eq!(EditedPicture::find_result(edits.path(), "abc", b"drawn"), drawn);
        assert_eq!(EditedPicture::find_source(edits.path(), "abc"), Some("cat.png".into()));
        assert_eq!(EditedPicture::find_source(edits.path(), "abd"), None);
        for (made_of, bytes) in [("abd", b"drawn"), ("abc", b"other")] {
            assert_eq!(EditedPicture::find_result(edits.path(), made_of, bytes), None);
        }
    }

    #[test]
    fn a_history_is_written_alike_on_all_systems_and_one_of_before_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let mut picture = EditedPicture::new("cat.png".into(), "source.png".into(), "abc".into());
        picture.base = r"step-001\00000-7.png".into();
        picture.save(folder.path()).unwrap();
        let list = folder.path().join(LIST);
        let written = fs::read_to_string(&list).unwrap();
        let base = r#"base = "step-001/00000-7.png""#;
        assert!(written.contains(base), "{written}");
        let read = |other: &str| {
            fs::write(&list, written.replace(base, &format!("base = '{other}'"))).unwrap();
            EditedPicture::load(folder.path())
        };
        assert_eq!(read(r"step-001\00000-7.png").unwrap().base, Path::new("step-001/00000-7.png"));
        assert!(read(r"..\..\secret.png").unwrap_err().to_string().contains("outside"));
    }

    #[test]
    fn a_history_that_leads_elsewhere_or_comes_from_later_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut picture = EditedPicture::new("cat.png".into(), "source.png".into(), "abc".into());
        picture.base = "../../secret.png".into();
        picture.save(folder.path()).unwrap();
        assert!(EditedPicture::load(folder.path()).unwrap_err().to_string().contains("outside"));
        picture.base = "source.png".into();
        picture.version = 9;
        picture.save(folder.path()).unwrap();
        let as_left = || EditedPicture::load_as_left(folder.path());
        assert!(EditedPicture::load(folder.path()).unwrap_err().to_string().contains("later version"));
        assert!(as_left().unwrap_err().to_string().contains("later version"));
        picture.version = VERSION;
        picture.save(folder.path()).unwrap();
        assert_eq!(as_left().unwrap(), Some(picture));
        // A damaged one is kept beside, and missed no more.
        fs::write(folder.path().join(LIST), "version = ").unwrap();
        let said = as_left().unwrap_err().to_string();
        assert!(said.contains("edit.toml.damaged-1"), "{said}");
        assert_eq!(as_left().unwrap(), None);
    }
}
