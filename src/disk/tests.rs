//! The disk asked as the window asks it, in a folder of its own.
//! The length is that of the list of what must hold.

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

#[test]
fn words_of_other_programs_are_imported_whole() {
    let bench = Bench::new();
    let golden =
        |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/embeddings").join(name);
    let named = |words: &[WordCard]| words.iter().map(|word| word.word.clone()).collect::<Vec<_>>();
    // Two words in one file, under signs that say nothing.
    let words = bench.words(Task::ImportWords(vec![golden("original_multi.pt")]));
    assert_eq!(named(&words), ["<original_multi-2>", "<original_multi>"]);
    // Two files that are one word.
    let halves = ["sdxl_learned_embeds.safetensors", "sdxl_learned_embeds_2.safetensors"].map(golden);
    let words = bench.words(Task::ImportWords(halves.to_vec()));
    let pair = words.iter().find(|word| word.widths.len() == 2).unwrap();
    assert_eq!((words.len(), pair.word.as_str(), pair.width), (3, "<Cat-Toy>", 80));
    assert_eq!(pair.family, Some(Family::Sdxl));
    // A picture that is a word brings its picture, and goes out as one again.
    let words = bench.words(Task::ImportWords(vec![golden("a1111_embedded.png")]));
    let card = words.iter().find(|word| word.word == "<cat-toy-2>").unwrap();
    assert!(card.picture.is_some() && card.steps == Some(1500));
    let format = EmbeddingFormat::PngCard;
    let to = bench.place("card.png");
    bench.ask(Task::ExportWord { path: card.path.clone(), format, to: to.clone() }, pick!(Written));
    let [before, after] = [golden("a1111_embedded.png"), to].map(|path| embedding::read(&path).unwrap());
    assert_eq!((before.vectors, before.shape), (after.vectors, after.shape));
    // The library's own file is there already.
    let again = bench.words(Task::ImportWords(vec![card.path.clone()]));
    assert_eq!(named(&again), named(&words));
    let said = bench.refusal(Task::ImportWords(vec![golden("broken/pickle_os_system.pt")]));
    assert!(said.contains("posix.system"), "{said}");
}

#[test]
fn a_picture_names_the_words_and_the_model_that_are_here() {
    let bench = Bench::new();
    let (word, picture) = (bench.place("toy.safetensors"), bench.place("x.png"));
    word_file(&word, "<toy>");
    let model = bench.home.models().join("dream.safetensors");
    std::fs::create_dir_all(bench.home.models()).unwrap();
    std::fs::write(&model, b"a model").unwrap();
    // In the library the word is another file, but pictures know the one it came from.
    let own = bench.words(Task::ImportWords(vec![word.clone()])).remove(0);
    let hash = |path: &Path, digits: usize| project::files::sha256_file(path).unwrap()[..digits].to_owned();
    assert_ne!(hash(&own.path, 12), hash(&word, 12));
    let info = GenerateInfo {
        steps: 1,
        model: "dream".into(),
        model_hash: hash(&model, 10),
        ti_hashes: vec![("toy".into(), hash(&word, 12)), ("gone".into(), "0123456789ab".into())],
        ..GenerateInfo::default()
    };
    format::png_info::save_png(&picture, &RgbImage::new(4, 4), &info).unwrap();
    let task = Task::OpenPicture(picture.clone());
    let (of, files) = bench.ask(task, |answer| match answer {
        Answer::NamedFiles(picture, files) => Some((picture, files)),
        _ => None,
    });
    let paths: Vec<_> = files.iter().map(|file| file.path.clone()).collect();
    assert_eq!((of, paths), (picture, vec![Some(model), Some(own.path), None]));
}

#[test]
fn words_are_imported_renamed_copied_described_and_exported() {
    let bench = Bench::new();
    let file = bench.word_file("some.safetensors", "<ねこ>");
    let words = bench.words(Task::ImportWords(vec![file.clone()]));
    assert_eq!((words[0].word.as_str(), words[0].norm, words[0].width), ("<ねこ>", 5.0, 2));
    // A second of the same name gets a number; the first is not touched.
    let words = bench.words(Task::ImportWords(vec![file]));
    assert_eq!(words.iter().map(|word| word.word.as_str()).collect::<Vec<_>>(), ["<ねこ-2>", "<ねこ>"]);
    let path = words[1].path.clone();
    let (rights, kind) = (Rights::Own, ConceptKind::Style);
    let words = bench.words(Task::DescribeWord { path: path.clone(), rights, kind });
    let described = words.iter().find(|word| word.path == path).unwrap();
    assert_eq!((described.rights, described.kind), (Rights::Own, ConceptKind::Style));
    let words = bench.words(Task::RenameWord { path: path.clone(), word: "<cat-toy>".into() });
    let renamed = words.iter().find(|word| word.word == "<cat-toy>").unwrap();
    assert!(renamed.path.ends_with("cat-toy.safetensors") && !path.exists());
    assert_eq!(renamed.kind, ConceptKind::Style, "what was said of it goes with it");
    let words = bench.words(Task::DuplicateWord(renamed.path.clone()));
    assert!(words.iter().any(|word| word.word == "<cat-toy-copy>"));
    for (word, fault) in [("a b", "space"), ("<ねこ-2>", "already")] {
        let said = bench.refusal(Task::RenameWord { path: renamed.path.clone(), word: word.into() });
        assert!(said.contains(fault), "{said}");
    }
    let to = bench.place("out.safetensors");
    let format = EmbeddingFormat::EmbParams;
    bench.ask(Task::ExportWord { path: renamed.path.clone(), format, to: to.clone() }, pick!(Written));
    assert_eq!(embedding::read(&to).unwrap().token.as_deref(), Some("<cat-toy>"));
    // A word goes by its own name and its file's, under whichever other programs know it.
    let named = bench.place("My Outer (v2).safetensors");
    word_file(&named, "inner-4000");
    let words = bench.words(Task::ImportWords(vec![named]));
    let card = words.iter().find(|word| word.word == "<inner-4000>").unwrap();
    for name in ["inner-4000", "My Outer (v2)", "<My_Outer__v2_>"] {
        assert!(card.names.iter().any(|known| known == name), "{name}: {:?}", card.names);
    }
    // A plain word of another program must not stand for what the model knows.
    let plain = bench.place("cat.safetensors");
    word_file(&plain, "cat");
    assert!(bench.words(Task::ImportWords(vec![plain])).iter().any(|word| word.word == "<cat>"));
    let broken = bench.place("broken.safetensors");
    std::fs::write(&broken, b"no").unwrap();
    let several: Vec<_> = (0..9).map(|n| bench.place(format!("broken{n}.pt"))).collect();
    several.iter().for_each(|path| drop(std::fs::copy(&broken, path)));
    let said = bench.refusal(Task::ImportWords(several));
    assert!(
        said.starts_with("9 files hold no word that can be used: broken0.pt (")
            && said.contains("and 1 more")
    );
    // What a run goes on from is not written over.
    let kept = bench.place("run/checkpoints/step-000001.safetensors");
    std::fs::create_dir_all(kept.parent().unwrap()).unwrap();
    std::fs::write(bench.place("run/run.toml"), "").unwrap();
    let said = bench.refusal(Task::ExportWord { path: renamed.path.clone(), format, to: kept });
    assert!(said.contains("keeps its checkpoints"), "{said}");
    assert!(bench.refusal(Task::ImportWords(vec![broken])).contains("broken.safetensors"));
}

#[test]
fn words_that_were_changed_since_they_were_signed_are_told() {
    let bench = Bench::new();
    let file = bench.word_file("toy.safetensors", "<toy>");
    let mut word = embedding::read(&file).unwrap();
    engine::export::sign(&mut word, &bench.home);
    embedding::write(&file, &word, EmbeddingFormat::EmbParams).unwrap();
    let note = bench.ask(Task::ImportWords(vec![file.clone()]), pick!(Note));
    assert!(note.starts_with("<toy> (signed by ") && note.contains("intact) is in the library"), "{note}");
    word.vectors[0] = 9.0;
    embedding::write(&file, &word, EmbeddingFormat::EmbParams).unwrap();
    let note = bench.ask(Task::ImportWords(vec![file]), pick!(Note));
    assert!(note.contains("changed since it was signed"), "{note}");
    // A word keeps its signature under another name.
    let words = bench.words(Task::ListWords);
    let path = words.iter().find(|word| word.word == "<toy>").unwrap().path.clone();
    let words = bench.words(Task::RenameWord { path, word: "<cup>".into() });
    let signed = |name: &str| words.iter().find(|word| word.word == name).unwrap().kept.signed.clone();
    let key = Key::of(&bench.home).unwrap().public();
    assert_eq!((signed("<cup>"), signed("<toy-2>")), (Signed::Intact(key.clone()), Signed::Changed(key)));
    let (path, to) = (words[0].path.clone(), bench.place("out.pt"));
    let written = bench.ask(Task::WriteReceipt { path, to }, pick!(Written));
    assert!(written.ends_with("out.receipt.txt"));
    assert!(std::fs::read_to_string(written).unwrap().contains("carries no receipt"));
    // Whoever asks is told who makes words here, and by which key.
    let ask = |said| {
        bench.ask(Task::Library(LibraryTask::Author(said)), |answer| match answer {
            Answer::Library(LibraryAnswer::Author(author, key)) => Some((author, key)),
            _ => None,
        })
    };
    assert!(ask(None).0.is_empty());
    let author = Author { name: Some("Ann".into()), licence: None };
    assert_eq!(ask(Some(author.clone())), (author, Key::of(&bench.home).unwrap().public()));
}

#[test]
fn a_machine_is_remembered_with_its_token_or_that_of_a_file() {
    let bench = Bench::new();
    let file = bench.folder.path().join("token");
    std::fs::write(&file, "from-a-file\n").unwrap();
    let ask = |task| {
        bench.ask(Task::Machines(task), |answer| match answer {
            Answer::Machines { known, ready } => Some((known, ready)),
            _ => None,
        })
    };
    let [one, two] = ["remote:ws://a:1", "remote:ws://b:2"].map(str::to_owned);
    let remember = |device: &String, token: String| MachineTask::Remember { device: device.clone(), token };
    assert_eq!(ask(remember(&one, "typed".into())), (vec![one.clone()], Some(one.clone())));
    let known = vec![two.clone(), one.clone()];
    assert_eq!(ask(remember(&two, file.display().to_string())), (known.clone(), Some(two.clone())));
    assert_eq!(ask(MachineTask::List), (known, None));
    let kept = Machines::load(&bench.home);
    assert_eq!((kept.token(&one), kept.token(&two)), (Some("typed"), Some("from-a-file")));
    assert_eq!(ask(MachineTask::Forget(one)), (vec![two], None));
}

#[test]
fn a_run_gives_its_word_and_replaces_only_that() {
    let bench = Bench::new();
    let (path, run) = begun(&bench, LearnSettings::default());
    for step in [50, 100] {
        run.save_checkpoint(&checkpoint(step, vec![step as f32, 1.0])).unwrap();
    }
    run.set_status(&RunStatus::new(RunState::Stopped, 100, None)).unwrap();
    let words = bench.words(Task::AddWord { run: path.clone(), step: None, likeness: 1.0 });
    let word = &words[0];
    assert_eq!((word.steps, word.rights, word.initial_word.as_str()), (Some(100), Rights::Own, "cat"));
    let size = image::image_dimensions(word.picture.as_ref().unwrap()).unwrap();
    assert_eq!(size, (256, 171), "never stretched");
    // What was decided about the word stays when its file is damaged; the file is kept, and that is said.
    let (file, kind) = (word.path.clone(), ConceptKind::Style);
    bench.words(Task::DescribeWord { path: file.clone(), rights: Rights::Own, kind });
    std::fs::write(&file, b"no").unwrap();
    let said = bench.refusal(Task::AddWord { run: path.clone(), step: None, likeness: 1.0 });
    assert!(said.contains("cat-toy.safetensors.damaged-1"), "{said}");
    assert_eq!(std::fs::read(file.with_file_name("cat-toy.safetensors.damaged-1")).unwrap(), b"no");
    let words = bench.words(Task::ListWords);
    assert_eq!((words.len(), words[0].kind, words[0].steps), (1, ConceptKind::Style, Some(100)));
    let words = bench.words(Task::AddWord { run: path.clone(), step: Some(50), likeness: 1.0 });
    assert_eq!((words.len(), words[0].steps), (1, Some(50)));
    let runs = bench.ask(Task::ListRuns, pick!(Runs));
    assert!(runs[0].can_resume() && runs[0].step == 100);
    let details = bench.ask(Task::OpenRun(path), pick!(Run));
    assert_eq!(details.checkpoints, [50, 100]);
}

/// A run without a step, from one picture of the artist's own.
fn begun(bench: &Bench, settings: LearnSettings) -> (PathBuf, RunFolder) {
    let picture = bench.place("1.png");
    RgbImage::from_pixel(300, 200, image::Rgb([9, 9, 9])).save(&picture).unwrap();
    let entry = PictureEntry { rights: Rights::Own, ..PictureEntry::new(picture) };
    let concept = Concept { word: "<cat-toy>".into(), initial_word: "cat".into(), kind: ConceptKind::Object };
    let pictures = vec![PictureRecord::new(entry).unwrap()];
    let base = BaseModel {
        path: "/models/m".into(),
        fingerprint: "abc".into(),
        family: Family::Sd1,
        lineage: None,
        velocity: false,
        widths: vec![2],
    };
    let manifest = RunManifest::new(concept, settings, pictures, base, "cpu".into());
    let path = bench.home.runs().join("cat-toy");
    let run = RunFolder::create(&path, &manifest).unwrap();
    (path, run)
}

/// A checkpoint of these vectors, two numbers each.
fn checkpoint(step: u64, vectors: Vec<f32>) -> Checkpoint {
    let zeros = vec![0.0; vectors.len()];
    Checkpoint {
        step,
        shape: [vectors.len() / 2, 2],
        vectors,
        good_vectors: zeros.clone(),
        first_moment: zeros.clone(),
        second_moment: zeros,
        optimizer_step: step,
        seed: 0,
        loss_scale: 1.0,
        mean_loss: Some(1.0),
        rollbacks: 0,
        good_steps: step,
        taken: step,
    }
}

fn run_with(bench: &Bench, settings: LearnSettings, vectors: Vec<f32>) -> PathBuf {
    let (path, run) = begun(bench, settings);
    run.save_checkpoint(&checkpoint(50, vectors)).unwrap();
    path
}

#[test]
fn the_second_of_two_words_comes_into_the_library_with_the_first() {
    let bench = Bench::new();
    let mut settings = LearnSettings { method: project::Method::TwoConcept, ..LearnSettings::default() };
    (settings.methods.with_word, settings.methods.with_init) = (Some("<dog>".into()), Some("dog".into()));
    let path = run_with(&bench, settings, vec![1.0, 2.0, 3.0, 4.0]);
    for _ in 0..2 {
        let words = bench.words(Task::AddWord { run: path.clone(), step: None, likeness: 1.0 });
        let mut found: Vec<_> = words
            .iter()
            .map(|card| {
                (card.word.as_str(), card.initial_word.as_str(), embedding::read(&card.path).unwrap().vectors)
            })
            .collect();
        found.sort_by_key(|(word, ..)| *word);
        assert_eq!(found, [("<cat-toy>", "cat", vec![1.0, 2.0]), ("<dog>", "dog", vec![3.0, 4.0])]);
    }
}

#[test]
fn a_run_whose_checkpoint_lacks_vectors_gives_no_word() {
    let bench = Bench::new();
    let mut settings = LearnSettings::default();
    settings.refine.negative_vectors = 2;
    let run = run_with(&bench, settings, vec![1.0, 2.0]);
    for step in [None, Some(50)] {
        let said = bench.refusal(Task::AddWord { run: run.clone(), step, likeness: 1.0 });
        assert!(said.contains("step-000050.safetensors") && said.contains("too few vectors"), "{said}");
    }
    assert!(bench.words(Task::ListWords).is_empty());
}

#[test]
fn a_negative_word_comes_into_the_library_and_out_of_it_with_its_word() {
    let bench = Bench::new();
    let mut settings = LearnSettings::default();
    settings.refine.negative_vectors = 2;
    let path = run_with(&bench, settings, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    // Twice: a run replaces both of its words.
    for _ in 0..2 {
        let words = bench.words(Task::AddWord { run: path.clone(), step: None, likeness: 1.0 });
        let found: Vec<_> =
            words.iter().map(|card| (card.word.as_str(), card.negative, card.vectors)).collect();
        assert_eq!(found, [("<cat-toy-neg>", true, 2), ("<cat-toy>", false, 1)]);
        assert_eq!(words[1].partner.as_deref(), Some("<cat-toy-neg>"));
    }
    let path = bench.words(Task::ListWords).swap_remove(1).path;
    let mut words = bench.words(Task::RenameWord { path, word: "<tom>".into() });
    assert_eq!(words[0].partner.as_deref(), Some("<tom>"), "the other calls it by its new name");
    let card = words.swap_remove(1);
    let to = bench.place("out.pt");
    let format = EmbeddingFormat::A1111Pt;
    bench.ask(Task::ExportWord { path: card.path, format, to }, pick!(Written));
    let out = |name: &str| embedding::read(&bench.place(name)).unwrap().vectors;
    assert_eq!((out("out.pt"), out("out-neg.pt")), (vec![1.0, 2.0], vec![3.0, 4.0, 5.0, 6.0]));
}

#[test]
fn a_mix_comes_in_with_its_kind_and_its_picture_and_replaces_nothing() {
    let bench = Bench::new();
    let file = bench.word_file("mix.safetensors", "<mix>");
    let (kind, picture) = (ConceptKind::Style, Some(Arc::new(RgbImage::new(300, 300))));
    let mut named = Vec::new();
    for _ in 0..2 {
        let words = bench.words(Task::AddMixed { file: file.clone(), kind, picture: picture.clone() });
        assert!(words.iter().all(|card| card.kind == kind && card.picture.is_some()), "{words:?}");
        named = words.into_iter().map(|card| card.word).collect();
        named.sort();
    }
    assert_eq!(named, ["<mix-2>", "<mix>"]);
    assert!(file.is_file());
}

#[test]
fn a_word_is_marked_as_negative_and_taken_back() {
    let bench = Bench::new();
    let file = bench.word_file("bad.safetensors", "<bad>");
    let card = bench.words(Task::ImportWords(vec![file])).remove(0);
    assert!(!card.negative);
    for negative in [true, false] {
        let words = bench.words(Task::MarkNegative { path: card.path.clone(), negative });
        let [marked] = words.as_slice() else { panic!("{words:?}") };
        assert_eq!((marked.negative, &marked.word, &marked.path), (negative, &card.word, &card.path));
        assert_eq!(embedding::read(&card.path).unwrap().vectors, [3.0, 4.0]);
    }
}

#[test]
fn pictures_come_in_as_copies_and_the_broken_are_named() {
    let bench = Bench::new();
    let outside = bench.place("outside");
    std::fs::create_dir(&outside).unwrap();
    RgbImage::new(4, 2).save(outside.join("a.png")).unwrap();
    std::fs::write(outside.join("a.txt"), "a photo of {} asleep").unwrap();
    let draft = bench.draft(Task::NewDraft);
    assert_eq!(bench.draft(Task::NewDraft).folder, draft.folder, "an empty concept is used again");
    let files = vec![outside.join("a.png"), outside.join("a.png"), outside.join("nothing.png")];
    let draft = bench.draft(Task::AddPictures { concept: Some(draft.folder), files });
    assert_eq!(draft.entries.len(), 2);
    assert_eq!(draft.entries[0].caption.as_deref(), Some("a photo of {} asleep"));
    std::fs::remove_dir_all(&outside).unwrap();
    let view = bench.ask(Task::View(draft.entries[0].clone()), pick!(View));
    assert_eq!((view.size, view.fault), ((4, 2), None));
    let path = draft.entries[0].path.clone();
    let mask = Some(Arc::new(image::GrayImage::from_pixel(4, 2, image::Luma([255]))));
    let draft = bench.draft(Task::SaveMask { path: path.clone(), mask });
    assert!(draft.entries[0].mask.is_some());
    let outline = |path: PathBuf| {
        bench.ask(Task::Outline(path), |answer| match answer {
            Answer::Outline(_, outline) => Some(outline),
            _ => None,
        })
    };
    assert!(outline(path.clone()).unwrap_err().contains("too small"));
    assert!(outline("/nowhere/a.png".into()).unwrap_err().contains("a.png"));
    let draft = bench
        .draft(Task::PastePicture { concept: Some(draft.folder), picture: Arc::new(RgbImage::new(5, 5)) });
    assert_eq!(draft.entries.len(), 3);
    let draft = bench.draft(Task::RemovePicture(path));
    assert_eq!(draft.entries.len(), 2);
    // A picture of the same stem takes neither mask nor caption of another; a caption that is no text is left out.
    let twin = bench.place("b.bmp");
    RgbImage::new(4, 2).save(&twin).unwrap();
    std::fs::write(bench.place("b.txt"), [0x83, 0x6c, 0xff]).unwrap();
    let png = bench.place("b.png");
    RgbImage::new(4, 2).save(&png).unwrap();
    let draft = bench.draft(Task::AddPictures { concept: Some(draft.folder), files: vec![twin, png] });
    assert_eq!(draft.entries.len(), 4);
    let stems: std::collections::HashSet<_> =
        draft.entries.iter().map(|e| e.path.file_stem().unwrap()).collect();
    assert_eq!(stems.len(), 4);
    let said = bench.disk.answers().recv_timeout(Duration::from_secs(30)).unwrap();
    let wanted = "2 captions cannot be read and are left out: b.txt (";
    assert!(matches!(&said, Answer::Refused(text) if text.starts_with(wanted)), "{said:?}");
    let picture = Arc::new(RgbImage::new(5, 5));
    let pasted = bench.draft(Task::PastePicture { concept: None, picture });
    assert!(pasted.entries.len() == 1 && pasted.folder != draft.folder, "it begins a concept of its own");
    let missing = Task::OpenDraft(bench.place("missing"));
    assert!(bench.refusal(missing).contains("missing"));
}

#[test]
fn two_windows_never_have_one_concept() {
    let first = Bench::new();
    let wake: super::Wake = Arc::new(|| {});
    let disk = Disk::start(&first.home, &wake).unwrap();
    let second = Bench { disk, home: first.home.clone(), folder: tempfile::tempdir().unwrap() };
    let one = first.draft(Task::NewDraft);
    // The window begins with an empty one in place of the other's, and keeps its own after that.
    let two = second.draft(Task::OpenDraft(one.folder.clone()));
    assert_ne!(one.folder, two.folder);
    assert!(second.refusal(Task::OpenDraft(one.folder.clone())).contains("open in another window"));
    assert!(second.refusal(Task::TrashDraft(one.folder.clone())).contains("open in another window"));
    assert_eq!(first.draft(Task::OpenDraft(one.folder.clone())), one);
    let picture = Arc::new(RgbImage::new(5, 5));
    let third = first.draft(Task::PastePicture { concept: None, picture });
    assert_eq!(third.folder, one.folder, "its own empty one, not the other's");
    let Bench { disk, folder: _kept, .. } = first;
    drop(disk);
    assert_eq!(second.draft(Task::OpenDraft(one.folder.clone())).folder, one.folder);
}

#[test]
fn masks_of_any_spelling_come_along() {
    let bench = Bench::new();
    let place = |name: &str| bench.place(name);
    let mask = image::GrayImage::from_pixel(4, 2, image::Luma([255]));
    for name in ["a.jpg", "b.png", "c.png"] {
        RgbImage::new(4, 2).save(place(name)).unwrap();
    }
    ["a.mask.PNG", "b.png.mask.png", "C.Mask.jpg"].iter().for_each(|name| mask.save(place(name)).unwrap());
    let files = ["a.jpg", "b.png", "c.png"].map(place).to_vec();
    let draft = bench.draft(Task::AddPictures { concept: None, files });
    assert!(draft.entries.len() == 3 && draft.entries.iter().all(|e| e.mask.is_some()), "{draft:?}");
}

#[test]
fn pictures_that_cannot_be_taken_are_named_in_one_sentence() {
    let bench = Bench::new();
    let place = |name: &str| bench.place(name);
    RgbImage::new(4, 2).save(place("good.png")).unwrap();
    std::fs::write(place("torn.png"), b"\x89PNG\r\n\x1a\n").unwrap();
    std::fs::write(place("notes.doc"), b"nothing").unwrap();
    let files = ["good.png", "torn.png", "notes.doc", "gone.png"].map(place).to_vec();
    let draft = bench.draft(Task::NewDraft);
    let draft = bench.draft(Task::AddPictures { concept: Some(draft.folder), files });
    assert_eq!(draft.entries.len(), 1);
    let said = bench.disk.answers().recv_timeout(Duration::from_secs(30)).unwrap();
    let Answer::Refused(text) = &said else { panic!("{said:?}") };
    let names = ["3 of 4 pictures", "torn.png (", "notes.doc (", "gone.png (there is nothing at this path)"];
    assert!(names.iter().all(|name| text.contains(name)), "{text}");
    let folder = place("phone");
    std::fs::create_dir(&folder).unwrap();
    ["a.png", "b.png"].iter().for_each(|name| std::fs::write(folder.join(name), b"").unwrap());
    let both = Task::AddPictures { concept: Some(draft.folder.clone()), files: vec![folder.clone()] };
    assert!(bench.refusal(both).starts_with(&format!("{}: 2 of 2", folder.display())));
    let alone = Task::AddPictures { concept: Some(draft.folder), files: vec![place("gone.png")] };
    assert!(bench.refusal(alone).contains("gone.png: there is nothing at this path"));
}

#[test]
fn pictures_of_phones_come_in_under_any_name() {
    let bench = Bench::new();
    let outside = bench.place("phone");
    std::fs::create_dir(&outside).unwrap();
    RgbImage::new(4, 2).save(outside.join("a.png")).unwrap();
    for name in ["a.png", "b.jfif", "c"] {
        RgbImage::new(4, 2).save_with_format(outside.join(name), image::ImageFormat::Jpeg).unwrap();
    }
    std::fs::write(outside.join("c.caption"), "a photo of {} asleep").unwrap();
    std::fs::write(outside.join("d.heic"), b"\0\0\0\x18ftypheic\0\0\0\0mif1heic").unwrap();
    std::fs::write(outside.join("Thumbs.db"), b"\xd0\xcf\x11\xe0").unwrap();
    let single = bench.place("e.dat");
    RgbImage::new(9, 9).save_with_format(&single, image::ImageFormat::Png).unwrap();
    let strange = bench.place("notes.doc");
    std::fs::write(&strange, b"nothing").unwrap();
    let files = vec![outside.clone(), single, outside.join("c.caption"), strange, outside.join("d.heic")];
    let draft = bench.draft(Task::NewDraft);
    let draft = bench.draft(Task::AddPictures { concept: Some(draft.folder), files });
    let names: Vec<_> = draft.entries.iter().map(|entry| entry.path.file_name().unwrap()).collect();
    assert_eq!(names, ["a.png", "b.jfif", "c", "e.dat"]);
    assert_eq!(draft.entries[2].caption.as_deref(), Some("a photo of {} asleep"));
    let said: Vec<String> = (0..2)
        .map(|_| match bench.disk.answers().recv_timeout(Duration::from_secs(30)).unwrap() {
            Answer::Refused(text) | Answer::Note(text) => text,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(
        said[0].contains("notes.doc") && said[1].contains("2 pictures were left out: d.heic"),
        "{said:?}"
    );
    let draft = bench.draft(Task::RemovePicture(draft.entries[2].path.clone()));
    assert_eq!(draft.entries.len(), 3);
    assert!(!draft.folder.join("c.txt").exists(), "its caption goes along");
}

#[test]
fn what_is_damaged_is_listed_with_its_fault_and_can_be_moved_away() {
    let bench = Bench::new();
    let damaged = |task: Task, collection: Collection| {
        bench.ask(task, |answer| match answer {
            Answer::Damaged(place, damaged) if place == collection => Some(damaged),
            _ => None,
        })
    };
    let draft = bench.draft(Task::NewDraft);
    std::fs::write(draft.folder.join("draft.toml"), "concept = 7").unwrap();
    let run = bench.home.runs().join("cat");
    std::fs::create_dir_all(&run).unwrap();
    std::fs::write(run.join("run.toml"), "no").unwrap();
    std::fs::create_dir_all(bench.home.words()).unwrap();
    let word = bench.home.words().join("ねこ.safetensors");
    std::fs::write(&word, b"no").unwrap();
    let cases = [
        (Task::ListDrafts, Collection::Concepts, draft.folder.clone(), Task::TrashDraft(draft.folder)),
        (Task::ListRuns, Collection::Runs, run.clone(), Task::TrashRun(run)),
        (Task::ListWords, Collection::Words, word.clone(), Task::TrashWord(word)),
    ];
    for (list, collection, path, trash) in cases {
        let found = damaged(list, collection);
        assert_eq!(found.len(), 1, "{collection:?}");
        assert_eq!(found[0].path, path);
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(found[0].fault.contains(name) && found[0].fault.ends_with('.'), "{}", found[0].fault);
        assert!(damaged(trash, collection).is_empty(), "{collection:?}");
        assert!(!path.exists());
    }
}

#[test]
fn rights_go_into_the_file_and_come_back_out_of_it() {
    let bench = Bench::new();
    let file = bench.word_file("some.safetensors", "<toy>");
    let path = bench.words(Task::ImportWords(vec![file]))[0].path.clone();
    let (rights, kind) = (Rights::PublicDomain, ConceptKind::Object);
    bench.words(Task::DescribeWord { path: path.clone(), rights, kind });
    for format in [EmbeddingFormat::EmbParams, EmbeddingFormat::Diffusers] {
        let to = bench.place("given.safetensors");
        bench.ask(Task::ExportWord { path: path.clone(), format, to: to.clone() }, pick!(Written));
        let metadata = embedding::read(&to).unwrap().metadata;
        assert_eq!(metadata["pseudoword.rights"], "public-domain");
        assert_eq!(metadata["modelspec.license"], "public domain");
        let words = bench.words(Task::ImportWords(vec![to]));
        assert!(words.iter().all(|word| word.rights == Rights::PublicDomain), "{words:?}");
    }
}

#[test]
fn pictures_are_seen_as_they_will_be_learned() {
    let bench = Bench::new();
    let outside = bench.place("写真");
    std::fs::create_dir(&outside).unwrap();
    // Transparent on its left half: that half is not learned.
    let half = image::RgbaImage::from_fn(64, 64, |x, y| {
        image::Rgba([(3 * x) as u8, y as u8, 9, if x < 32 { 0 } else { 255 }])
    });
    half.save(outside.join("a.png")).unwrap();
    // The same picture in another size, and one that is different.
    let large = image::imageops::resize(&half, 128, 128, image::imageops::FilterType::Triangle);
    image::DynamicImage::ImageRgba8(large).into_rgb8().save(outside.join("b.png")).unwrap();
    RgbImage::from_fn(64, 64, |x, _| image::Rgb([255 - (3 * x) as u8, 0, 0]))
        .save(outside.join("c.png"))
        .unwrap();
    // A header that promises 30,000 x 30,000 pixels and nothing behind it.
    let mut bomb = std::fs::read(outside.join("c.png")).unwrap();
    bomb[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    std::fs::write(outside.join("d.png"), bomb).unwrap();
    let draft = bench.draft(Task::NewDraft);
    let began = std::time::Instant::now();
    let files = ["a.png", "b.png", "c.png", "d.png"].map(|name| outside.join(name)).to_vec();
    let draft = bench.draft(Task::AddPictures { concept: Some(draft.folder), files });
    println!("four pictures came in after {:?}", began.elapsed());
    let view = |entry: &PictureEntry| bench.ask(Task::View(entry.clone()), pick!(View));
    let views: Vec<_> = draft.entries.iter().map(view).collect();
    let mask = views[0].mask.as_ref().unwrap();
    assert_eq!((mask.get_pixel(4, 30).0[0], mask.get_pixel(60, 30).0[0]), (0, 255));
    assert!(views[1].mask.is_none());
    assert!(alike(&views[0], &views[1]) && !alike(&views[0], &views[2]));
    for view in &views[3..] {
        assert!(view.fault.as_ref().is_some_and(|fault| fault.contains("d.png")), "{:?}", view.fault);
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a thread that ends with the test")]
fn a_picture_that_is_being_written_is_waited_for_or_named() {
    let bench = Bench::new();
    let whole = bench.place("whole.png");
    RgbImage::new(64, 64).save(&whole).unwrap();
    let bytes = std::fs::read(&whole).unwrap();
    let path = bench.place("slow.png");
    std::fs::write(&path, &bytes[..40]).unwrap();
    let writer = {
        let (path, bytes) = (path.clone(), bytes.clone());
        std::thread::spawn(move || {
            for end in [50, 60, bytes.len()] {
                std::thread::sleep(Duration::from_millis(200));
                std::fs::write(&path, &bytes[..end]).unwrap();
            }
        })
    };
    let draft = bench.draft(Task::NewDraft);
    let draft = bench.draft(Task::AddPictures { concept: Some(draft.folder), files: vec![path] });
    writer.join().unwrap();
    assert_eq!(std::fs::read(&draft.entries[0].path).unwrap(), bytes, "all of it came in");
}

#[test]
fn notes_and_drafts_that_cannot_be_read_are_set_aside_before_they_are_written_over() {
    let bench = Bench::new();
    let file = bench.word_file("some.safetensors", "<cat-toy>");
    let path = bench.words(Task::ImportWords(vec![file]))[0].path.clone();
    let note = path.with_extension("toml");
    let tasks = [
        Task::ListWords,
        Task::DescribeWord { path: path.clone(), rights: Rights::Own, kind: ConceptKind::Style },
        Task::RenameWord { path: path.clone(), word: "<cat-toy>".into() },
    ];
    for (i, task) in tasks.into_iter().enumerate() {
        std::fs::write(&note, "kind = 'style'\nrights = ").unwrap();
        let said = bench.refusal(task);
        let kept = format!("cat-toy.toml.damaged-{}", i + 1);
        assert!(said.contains(&kept) && said.contains("line 2"), "{said}");
        assert_eq!(std::fs::read(note.with_file_name(kept)).unwrap(), b"kind = 'style'\nrights = ");
        // Said first; the task itself is done when the library is listed.
        while !matches!(bench.disk.answers().recv_timeout(Duration::from_secs(30)), Ok(Answer::Damaged(..))) {
        }
    }
    // Of several one is named.
    for name in ["a", "b", "c"] {
        word_file(&path.with_file_name(name).with_extension("safetensors"), name);
        std::fs::write(path.with_file_name(name).with_extension("toml"), "no").unwrap();
    }
    let said = bench.refusal(Task::ListWords);
    assert!(said.contains(".toml.damaged-1") && said.contains("2 in all"), "{said}");
    // It is said once; the words are there.
    assert_eq!(bench.words(Task::ListWords).len(), 4);
    let draft = bench.draft(Task::NewDraft);
    std::fs::write(draft.folder.join("draft.toml"), "no").unwrap();
    let (folder, concept) = (draft.folder.clone(), Concept { word: "<cat>".into(), ..Draft::blank() });
    let changed = Draft { concept, ..draft };
    assert!(bench.refusal(Task::SaveDraft(Box::new(changed.clone()))).contains("draft.toml.damaged-1"));
    let opened = bench.draft(Task::OpenDraft(folder.clone()));
    assert_eq!(opened.concept.word, "<cat>");
    // A run begins with what was decided on the disk.
    let draft = Box::new(Draft { concept: Concept { word: "<dog>".into(), ..Draft::blank() }, ..changed });
    let task = Task::BeginRun { job: 7, model: "/m".into(), draft };
    let (job, out) = bench.ask(task, |answer| match answer {
        Answer::RunReady { job, out, .. } => Some((job, out)),
        _ => None,
    });
    assert_eq!((job, out), (7, Ok(bench.home.runs().join("dog"))));
    assert_eq!(Draft::open(&folder).unwrap().concept.word, "<dog>");
}

#[test]
fn small_copies_come_for_what_is_in_view_and_nothing_before() {
    let bench = Bench::new();
    let paths: Vec<_> = (0..40).map(|i| bench.place(format!("{i}.png"))).collect();
    for path in &paths[1..] {
        RgbImage::new(900, 300).save(path).unwrap();
    }
    let thumbnail = || loop {
        if let Answer::Thumbnail(path, picture) =
            bench.disk.answers().recv_timeout(Duration::from_secs(30)).unwrap()
        {
            return (path, picture.map(|picture| picture.dimensions()));
        }
    };
    // One that cannot be read is an answer too.
    assert!(bench.disk.ask(Task::Thumbnails(paths[..2].to_vec())));
    assert_eq!(thumbnail(), (paths[0].clone(), None));
    assert_eq!(thumbnail(), (paths[1].clone(), Some((256, 85))));
    // Whoever scrolls on does not wait for what is no longer in view.
    for part in paths.chunks(4) {
        assert!(bench.disk.ask(Task::Thumbnails(part.to_vec())));
    }
    let mut seen = 0;
    while thumbnail().0 != paths[39] {
        seen += 1;
    }
    assert!((3..39).contains(&seen), "{seen}");
}

#[test]
fn closing_writes_what_is_waiting_and_gives_up_what_only_looks() {
    let bench = Bench::new();
    let Bench { disk, home, folder } = bench;
    let large = folder.path().join("large.png");
    RgbImage::new(6000, 6000).save(&large).unwrap();
    for i in 0..1000 {
        assert!(disk.ask(Task::OpenPicture(large.clone())));
        assert!(disk.ask(Task::SaveWindow(format!("i = {i}"))));
    }
    let draft = Draft::create(&home.concepts(), Draft::blank()).unwrap();
    let draft = Draft { concept: Concept { word: "<cat>".into(), ..Draft::blank() }, ..draft };
    assert!(disk.ask(Task::SaveDraft(Box::new(draft.clone()))));
    let began = std::time::Instant::now();
    drop(disk);
    assert!(began.elapsed() < super::PATIENCE, "closed after {:?}", began.elapsed());
    assert_eq!(std::fs::read_to_string(home.window()).unwrap(), "i = 999");
    assert_eq!(Draft::open(&draft.folder).unwrap().concept.word, "<cat>");
}

#[test]
fn a_mix_that_was_tried_goes_with_its_window() {
    let bench = Bench::new();
    let tried = bench.home.mix_preview();
    std::fs::create_dir_all(bench.home.grid()).unwrap();
    std::fs::write(&tried, "").unwrap();
    drop(bench.disk);
    assert!(!tried.exists());
}
