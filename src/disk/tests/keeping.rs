//! What is kept: damaged files that are set aside and not lost, machines, and all that is written when the window closes.

use super::*;

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
fn notes_and_drafts_that_cannot_be_read_are_set_aside_before_they_are_written_over() {
    let bench = Bench::new();
    let file = bench.word_file("some.safetensors", "<cat-toy>");
    let path = bench.words(Task::ImportWords(vec![file]))[0].path.clone();
    let note = path.with_extension("toml");
    let tasks = [
        Task::ListWords,
        Task::DescribeWord { path: path.clone(), rights: Some(Rights::Own), kind: None },
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
    assert!(began.elapsed() < crate::PATIENCE, "closed after {:?}", began.elapsed());
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
