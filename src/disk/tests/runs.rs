//! Words that runs give to the library, of whichever method, and what is said where one cannot.

use super::*;

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
    let (file, kind) = (word.path.clone(), Some(ConceptKind::Style));
    bench.words(Task::DescribeWord { path: file.clone(), rights: Some(Rights::Own), kind });
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
        widths: vec![2],
        ..Default::default()
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
    let files = crate::exported(&bench.home, &card.path, format, &to).unwrap();
    assert_eq!(files, ["out.pt", "out-neg.pt"].map(|name| bench.place(name)), "what is to be asked about");
    bench.ask(Task::ExportWord { path: card.path, format, to }, pick!(Written));
    let out = |name: &str| embedding::read(&bench.place(name)).unwrap().vectors;
    assert_eq!((out("out.pt"), out("out-neg.pt")), (vec![1.0, 2.0], vec![3.0, 4.0, 5.0, 6.0]));
}

#[test]
fn a_word_whose_name_is_taken_is_told_by_its_file_and_knows_its_pictures() {
    let bench = Bench::new();
    bench.words(Task::ImportWords(vec![bench.word_file("old.safetensors", "<cat-toy>")]));
    let run = run_with(&bench, LearnSettings::default(), vec![1.0, 2.0]);
    let task = Task::AddWord { run: run.clone(), step: None, likeness: 1.0 };
    let (of, path) = bench.ask(task, |answer| match answer {
        Answer::Added { run, path } => Some((run, path)),
        _ => None,
    });
    assert_eq!(of, run);
    let words = bench.words(Task::ListWords);
    let card = words.iter().find(|card| card.path == path).unwrap();
    assert_eq!((card.word.as_str(), words.len()), ("<cat-toy-2>", 2));
    assert_eq!(card.learned_from, [bench.place("")], "the folder in which the picture lies");
}
