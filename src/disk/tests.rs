//! The disk asked as the window asks it, in a folder of its own. Here is who asks; each of the modules is about one thing
//! that is kept.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use image::RgbImage;

use super::Disk;
use super::message::{Answer, Collection, LibraryAnswer, LibraryTask, MachineTask, Task, WordCard, alike};
use format::GenerateInfo;
use format::embedding::{self, EmbeddingFormat, Key, LearnedWord, Signed};
use project::machines::Machines;
use project::manifest::BaseModel;
use project::{
    Author, Checkpoint, Concept, ConceptKind, DataDir, Draft, Family, LearnSettings, PictureEntry,
    PictureRecord, Rights, RunFolder, RunManifest, RunState, RunStatus,
};

/// Takes the answers of one kind.
macro_rules! pick {
    ($kind:ident) => {
        |answer| if let Answer::$kind(found) = answer { Some(found) } else { None }
    };
}

mod keeping;
mod pictures;
mod runs;
mod words;

struct Bench {
    disk: Disk,
    home: DataDir,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = DataDir::at(folder.path().join("home ä"));
        let wake: super::Wake = Arc::new(|| {});
        Self { disk: Disk::start(&home, &wake).unwrap(), home, folder }
    }

    /// The first answer that `pick` takes; what was refused before it is printed.
    fn ask<T>(&self, task: Task, pick: impl Fn(Answer) -> Option<T>) -> T {
        assert!(self.disk.ask(task));
        loop {
            let answer = self.disk.answers().recv_timeout(Duration::from_secs(30)).unwrap();
            println!("{answer:.300?}");
            if let Some(found) = pick(answer) {
                return found;
            }
        }
    }

    /// A path outside what is kept.
    fn place(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file with such a word.
    fn word_file(&self, name: &str, token: &str) -> PathBuf {
        let path = self.place(name);
        word_file(&path, token);
        path
    }

    fn words(&self, task: Task) -> Vec<WordCard> {
        self.ask(task, pick!(Words))
    }

    fn draft(&self, task: Task) -> Draft {
        *self.ask(task, pick!(Draft))
    }

    fn refusal(&self, task: Task) -> String {
        self.ask(task, pick!(Refused))
    }
}

fn word_file(path: &Path, token: &str) {
    let word = LearnedWord::new(token, vec![3.0, 4.0]);
    embedding::write(path, &word, EmbeddingFormat::Diffusers).unwrap();
}
