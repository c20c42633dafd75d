//! Folders of other programs watched as the window watches them, with the disk's threads, in a folder of its own.

use super::*;
use crate::Disk;
use crate::message::{Task, WordCard};
use format::embedding::{self, EmbeddingFormat, LearnedWord};
use project::ConceptKind;
use std::path::Path;

fn word_file(path: &Path, token: &str, numbers: [f32; 2]) {
    let word = LearnedWord::new(token, numbers.to_vec());
    embedding::write(path, &word, EmbeddingFormat::Diffusers).unwrap();
}

struct Place {
    disk: Disk,
    home: DataDir,
    other: PathBuf,
    _folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = DataDir::at(folder.path().join("home ä"));
        let other = folder.path().join("ComfyUI/models/embeddings");
        std::fs::create_dir_all(&other).unwrap();
        let wake: crate::Wake = Arc::new(|| {});
        Self { disk: Disk::start(&home, &wake).unwrap(), home, other, _folder: folder }
    }

    fn until<T>(&self, pick: impl Fn(Answer) -> Option<T>) -> T {
        loop {
            let answer = self.disk.answers().recv_timeout(Duration::from_secs(30)).unwrap();
            if let Some(found) = pick(answer) {
                return found;
            }
        }
    }

    fn words(&self, task: Task) -> Vec<WordCard> {
        assert!(self.disk.ask(task));
        self.until(|answer| if let Answer::Words(words) = answer { Some(words) } else { None })
    }

    fn refusal(&self, task: Task) -> String {
        assert!(self.disk.ask(task));
        self.until(|answer| if let Answer::Refused(text) = answer { Some(text) } else { None })
    }
}

#[test]
fn words_of_other_programs_are_shown_in_place_and_never_changed() {
    let place = Place::new();
    let file = place.other.join("toy.safetensors");
    word_file(&file, "<toy>", [3.0, 4.0]);
    std::fs::write(place.other.join("toy.preview.png"), b"x").unwrap();
    std::fs::write(place.other.join("readme.pt"), b"not a word").unwrap();
    let bytes = std::fs::read(&file).unwrap();
    let words = place.words(Task::Library(LibraryTask::AddFolder(place.other.clone())));
    assert_eq!((words.len(), words[0].word.as_str(), words[0].norm), (1, "<toy>", 5.0));
    assert!(words[0].is_foreign() && words[0].picture == Some(place.other.join("toy.preview.png")));
    let folders = place.until(|answer| match answer {
        Answer::Library(LibraryAnswer::Folders(folders)) => Some(folders),
        _ => None,
    });
    assert_eq!((folders[0].words, folders[0].strangers.len(), folders[0].there), (1, 1, true));
    for task in [
        Task::TrashWord(file.clone()),
        Task::RenameWord { path: file.clone(), word: "<other>".into() },
        Task::MarkNegative { path: file.clone(), negative: true },
    ] {
        assert!(place.refusal(task).contains("another program"));
    }
    let notes = WordNotes { kind: Some(ConceptKind::Style), ..WordNotes::default() };
    let content = words[0].kept.content.clone();
    let before = words[0].kept.notes.clone();
    assert!(place.disk.ask(Task::Library(LibraryTask::Note { content, before, notes, number: 1 })));
    let words = place.words(Task::Library(LibraryTask::AddFolder(place.other.clone())));
    assert_eq!(words[0].kind, ConceptKind::Style, "it is noted here, not there");
    // Brought in, it is the same word under another file.
    let words = place.words(Task::ImportWords(vec![file.clone()]));
    assert!(words.iter().all(|word| word.kind == ConceptKind::Style));
    let (own, foreign): (Vec<_>, Vec<_>) = words.iter().partition(|word| !word.is_foreign());
    assert_eq!(own[0].kept.content, foreign[0].kept.content);
    assert!(foreign[0].kept.shadowed && !own[0].kept.shadowed, "both are called <toy>");
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
    let words = place.words(Task::Library(LibraryTask::RemoveFolder(place.other.clone())));
    assert_eq!(words.len(), 1);
    assert!(file.exists());
}

#[test]
fn settings_of_signing_that_cannot_be_read_are_told_and_kept() {
    let place = Place::new();
    std::fs::create_dir_all(place.home.root()).unwrap();
    std::fs::write(place.home.credentials(), "certificate = ").unwrap();
    let told = |said| {
        assert!(place.disk.ask(Task::Library(LibraryTask::Credentials(said))));
        place.until(|answer| match answer {
            Answer::Library(LibraryAnswer::Credentials(settings, fault)) => Some((settings, fault)),
            _ => None,
        })
    };
    for _ in 0..2 {
        let (settings, fault) = told(None);
        assert_eq!(settings, CredentialSettings::default());
        assert!(fault.unwrap().contains("credentials.toml") && place.home.credentials().is_file());
    }
    let off = CredentialSettings { off: true, ..CredentialSettings::default() };
    assert_eq!(told(Some(off.clone())), (off, None));
    assert!(place.home.root().join("credentials.toml.damaged-1").is_file());
}

#[test]
fn what_comes_and_goes_is_told_within_seconds() {
    let place = Place::new();
    place.words(Task::Library(LibraryTask::AddFolder(place.other.clone())));
    assert!(place.disk.ask(Task::Library(LibraryTask::Watch)));
    place.until(|answer| matches!(answer, Answer::Library(LibraryAnswer::Texts(_))).then_some(()));
    let file = place.other.join("new.safetensors");
    word_file(&file, "<new>", [1.0, 0.0]);
    let began = Instant::now();
    let count = |count: usize| {
        place.until(|answer| match answer {
            Answer::Words(words) => (words.len() == count).then_some(()),
            _ => None,
        });
    };
    count(1);
    std::fs::remove_file(&file).unwrap();
    count(0);
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}

#[test]
fn what_is_noted_in_another_window_is_told_and_kept() {
    let place = Place::new();
    word_file(&place.other.join("toy.safetensors"), "<toy>", [3.0, 4.0]);
    let words = place.words(Task::Library(LibraryTask::AddFolder(place.other.clone())));
    let (content, shown) = (words[0].kept.content.clone(), words[0].kept.notes.clone());
    assert!(place.disk.ask(Task::Library(LibraryTask::Watch)));
    let note = |number: u64, rating: u8| {
        let (content, before) = (content.clone(), shown.clone());
        let notes = WordNotes { rating, ..shown.clone() };
        assert!(place.disk.ask(Task::Library(LibraryTask::Note { content, before, notes, number })));
    };
    note(1, 4);
    note(2, 5);
    let theirs = content.clone();
    Notes::change(&place.home, |notes| notes.words.entry(theirs).or_default().text = "theirs".into())
        .unwrap();
    // Words say how many notes they know, so that the window shows its own for no longer.
    let mut noted = 0;
    let both = loop {
        match place.disk.answers().recv_timeout(Duration::from_secs(30)).unwrap() {
            Answer::Library(LibraryAnswer::Noted(number)) => noted = number,
            Answer::Words(words) if noted == 2 && !words[0].kept.notes.text.is_empty() => {
                break words[0].kept.notes.clone();
            }
            _ => {}
        }
    };
    assert_eq!((both.text.as_str(), both.rating), ("theirs", 5));
}

#[test]
fn a_start_reads_the_index_and_what_was_noted() {
    let place = Place::new();
    let file = place.other.join("toy.safetensors");
    word_file(&file, "<toy>", [3.0, 4.0]);
    let hour = std::time::SystemTime::now() - Duration::from_secs(3600);
    let set_back = |path: &Path| {
        std::fs::File::options().write(true).open(path).unwrap().set_modified(hour).unwrap();
    };
    set_back(&file);
    let words = place.words(Task::Library(LibraryTask::AddFolder(place.other.clone())));
    let content = words[0].kept.content.clone();
    let noted = WordNotes { tags: vec!["cup".into()], favourite: true, ..WordNotes::default() };
    let (before, notes) = (WordNotes::default(), noted.clone());
    assert!(place.disk.ask(Task::Library(LibraryTask::Note { content, before, notes, number: 1 })));
    let length = std::fs::metadata(&file).unwrap().len();
    let Place { disk, home, other, _folder } = place;
    drop(disk);
    // Of the same size and time: it is not opened again.
    std::fs::write(&file, vec![0; length as usize]).unwrap();
    set_back(&file);
    let wake: crate::Wake = Arc::new(|| {});
    let place = Place { disk: Disk::start(&home, &wake).unwrap(), home, other, _folder };
    let words = place.words(Task::ListWords);
    assert_eq!((words[0].word.as_str(), &words[0].kept.notes), ("<toy>", &noted));
    assert!(place.home.word_index().is_file());
}

#[test]
fn a_name_that_another_word_has_is_not_taken_in_vain() {
    let place = Place::new();
    for (folder, numbers) in [("a", [1.0, 0.0]), ("b", [0.0, 1.0])] {
        std::fs::create_dir_all(place.other.join(folder)).unwrap();
        word_file(&place.other.join(folder).join("toy.safetensors"), "<toy>", numbers);
    }
    let words = place.words(Task::Library(LibraryTask::AddFolder(place.other.clone())));
    let shadowed: Vec<bool> = words.iter().map(|word| word.kept.shadowed).collect();
    // The engine would not know the number that the second is given: it is to be brought in first.
    assert_eq!(shadowed.iter().filter(|shadowed| **shadowed).count(), 1);
}

#[test]
fn the_folders_of_words_are_told_from_what_programs_name() {
    let place = |path: &str, program, holds, exact| models::discovery::Place {
        path: path.into(),
        program,
        holds,
        exact,
        name: None,
    };
    let invoke = |path| folder_of(&place(path, Origin::InvokeAi, Holds::Embeddings, true));
    let number = "/invoke/models/0f8fad5b-d9cb-469f-a165-70867728950e/toy.safetensors";
    assert_eq!(invoke(number), Some("/invoke/models".into()));
    assert_eq!(invoke("/invoke/models/sd-1/embedding/toy.pt"), Some("/invoke/models/sd-1/embedding".into()));
    let comfy = place("/comfy/models/embeddings", Origin::ComfyUi, Holds::Embeddings, false);
    assert_eq!(folder_of(&comfy), Some("/comfy/models/embeddings".into()));
    assert_eq!(folder_of(&place("/a1111/models", Origin::A1111, Holds::Models, false)), None);
    assert_eq!(folder_of(&place("/hub/x.bin", Origin::HuggingFace, Holds::Embeddings, true)), None);
}

#[test]
fn words_that_were_read_earlier_do_not_come_after_later_ones() {
    let place = Place::new();
    let (sender, answers) = bounded(16);
    let reply = Reply::new(sender, Arc::new(|| {}));
    let early = Instant::now();
    let late = early + Duration::from_millis(1);
    let words = || Answer::Words(Vec::new());
    assert!(reply.send_all(late, 2, vec![words()]));
    assert!(!reply.send_all(early, 1, vec![words(), Answer::Refused("said".into())]));
    let told: Vec<_> = answers.try_iter().collect();
    let noted = |answer: &Answer| match answer {
        Answer::Library(LibraryAnswer::Noted(number)) => Some(*number),
        _ => None,
    };
    assert_eq!(told.iter().filter_map(noted).collect::<Vec<_>>(), [2]);
    assert!(matches!(&told[1..], [Answer::Words(_), Answer::Refused(_)]), "{told:?}");
    std::thread::sleep(Duration::from_millis(2));
    reply.tell_words(&place.home, &AtomicU64::new(3)).unwrap();
    assert_eq!(answers.try_iter().find_map(|answer| noted(&answer)), Some(3));
}
