//! What lies in a folder, told by its content; and what is meant to break a search or to make it endless.

use super::*;

#[test]
fn what_lies_in_a_folder_of_anything_is_told_by_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let place = Place::folder(folder.path().into(), Origin::Folder);
    for family in Family::ALL {
        model(at(&format!("{family:?}.safetensors")), family);
    }
    word(at("words/ti.safetensors"), 768);
    tensors(at("words/xl.safetensors"), "F16", &[("clip_l", &[1, 768]), ("clip_g", &[1, 1280])]);
    tensors(at("words/half.safetensors"), "F16", &[("clip_g", &[1, 1280])]);
    tensors(at("words/diffusers.safetensors"), "F32", &[("<猫>", &[1024])]);
    // The vectors that a run began with.
    let header = json!({
        "__metadata__": {"pseudoword.state": "{}"},
        "vectors": {"dtype": "F32", "shape": [1, 768], "data_offsets": [0, 3072]},
    });
    let header = header.to_string();
    let numbers = 1.0_f32.to_le_bytes().repeat(768);
    let length = (header.len() as u64).to_le_bytes();
    write(at("checkpoints/start.safetensors"), [&length[..], header.as_bytes(), &numbers].concat());
    tensors(at("lora.safetensors"), "F16", &[("lora_unet_x.lora_down.weight", &[4, 320]), ("b", &[1])]);
    tensors(at("vae.safetensors"), "F32", &[("encoder.conv_in.weight", &[128, 3, 3, 3])]);
    tensors(at("flux.safetensors"), "BF16", &[("double_blocks.0.img_attn.proj.weight", &[3072, 3072])]);
    tensors(
        at("refiner.safetensors"),
        "F16",
        &[
            ("model.diffusion_model.input_blocks.0.0.weight", &[384, 4, 3, 3]),
            ("model.diffusion_model.label_emb.0.0.weight", &[1536, 2560]),
            ("conditioner.embedders.0.model.token_embedding.weight", &[49408, 1280]),
        ],
    );
    let nine = ("model.diffusion_model.input_blocks.0.0.weight", &[320, 9, 3, 3][..]);
    altered(at("inpaint.safetensors"), Family::Sd1, &[nine]);
    write(at("cut.safetensors"), [&900u64.to_le_bytes()[..], b"{}"].concat());
    write(at("pickled.ckpt"), vec![0; 1000]);
    write(at("notes.txt"), "hello");
    let (mut found, _) = search_in(&[place], Limits::default());
    found.sort_by(|a, b| a.path.cmp(&b.path));
    let told: Vec<_> = found.iter().map(|f| (f.name.as_str(), f.kind, f.family, f.fault.is_some())).collect();
    let (model, word) = (Kind::Model, Kind::Embedding);
    let expected = [
        ("Ldm", model, Some(Family::Ldm), false),
        ("Sd1", model, Some(Family::Sd1), false),
        ("Sd2", model, Some(Family::Sd2), false),
        ("Sdxl", model, Some(Family::Sdxl), false),
        ("cut", model, None, true),
        ("flux", model, None, true),
        ("inpaint", model, None, true),
        ("pickled", model, None, true),
        ("refiner", model, None, true),
        ("diffusers", word, Some(Family::Sd2), false),
        ("half", word, None, true),
        ("ti", word, Some(Family::Sd1), false),
        ("xl", word, Some(Family::Sdxl), false),
    ];
    assert_eq!(told, expected);
    let by_name = |name: &str| found.iter().find(|found| found.name == name).unwrap();
    assert_eq!(by_name("Ldm").precision, Some(Precision::F16));
    assert_eq!(by_name("Sd2").precision, Some(Precision::F32));
    for (name, kind) in
        [("refiner", "refiner"), ("inpaint", "inpainting"), ("flux", "Flux"), ("half", "half")]
    {
        let fault = by_name(name).fault.as_ref().unwrap();
        assert!(fault.contains(name) && fault.contains(kind) && fault.ends_with('.'), "{fault}");
    }
}

#[test]
fn cards_are_told_from_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
    let card = fs::read(golden.join("embeddings/a1111_embedded.png")).unwrap();
    write(folder.path().join("card.png"), &card);
    write(folder.path().join("picture.png"), fs::read(golden.join("image/source_0.png")).unwrap());
    write(folder.path().join("x.preview.png"), &card);
    // Its head alone, and then a part of four gigabytes.
    write(folder.path().join("huge.png"), [&card[..33], b"\xFF\xFF\xFF\xFFIDAT"].concat());
    write(folder.path().join("short.png"), b"\x89PN");
    let place = Place { holds: Holds::Embeddings, ..Place::folder(folder.path().into(), Origin::A1111) };
    let (found, _) = search_in(&[place], Limits::default());
    assert_eq!(found.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(), ["card"]);
}

#[test]
fn hostile_settings_are_noted_and_do_not_stop_the_rest() {
    let bomb = format!(
        "a: &a [x,x,x,x,x,x,x,x,x]\n{}",
        (0..12u8)
            .map(|i| {
                let (new, old) = (char::from(b'b' + i), char::from(b'a' + i));
                format!("{new}: &{new} [{}]\n", vec![format!("*{old}"); 9].join(","))
            })
            .collect::<String>()
    );
    let deep = format!("a: {}", "[".repeat(100_000));
    let texts: [&[u8]; 8] = [
        b"{",
        b"a: b: c: [",
        b"\xFF\xFE\x00",
        bomb.as_bytes(),
        deep.as_bytes(),
        b"- 1\n- 2",
        b"!!python/object:os.system x",
        &[b'x'; 5 << 20],
    ];
    for text in texts {
        let computer = Computer::new(Os::Linux);
        let root = computer.here.home.join("ComfyUI");
        comfy(&root);
        model(root.join("models/checkpoints/a.safetensors"), Family::Sd1);
        model(computer.here.home.join("invokeai/models/k/b.safetensors"), Family::Sd1);
        write(root.join("extra_model_paths.yaml"), text);
        for path in ["ComfyUI/config.json", "StabilityMatrix/library.json", "StabilityMatrix/settings.json"] {
            write(computer.here.config.join(path), text);
        }
        write(computer.here.home.join("invokeai/invokeai.yaml"), text);
        write(computer.here.home.join("invokeai/databases/invokeai.db"), text);
        let start = Instant::now();
        let (found, summary) = computer.search();
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        assert_eq!(found.len(), 2, "{summary:?}");
        assert!(summary.notes.len() >= 4, "{:?}", summary.notes);
        for note in &summary.notes {
            assert!(note.ends_with('.') && note.contains("home ä猫") && note.len() < 400, "{note}");
        }
    }
}

#[test]
fn a_hostile_database_is_noted() {
    let endless =
        "CREATE TABLE models (id, config TEXT GENERATED ALWAYS AS (hex(zeroblob(400000000))) VIRTUAL);
                   INSERT INTO models VALUES (1), (2), (3), (4), (5);";
    let view = "CREATE VIEW models AS WITH RECURSIVE x(config) AS (SELECT 'a' UNION ALL SELECT config FROM x) SELECT config FROM x;";
    for schema in [endless, view, "CREATE TABLE models (other)", "CREATE TABLE x (config)"] {
        let computer = Computer::new(Os::Linux);
        let root = computer.here.home.join("invokeai");
        let file = root.join("databases/invokeai.db");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        rusqlite::Connection::open(&file).unwrap().execute_batch(schema).unwrap();
        let start = Instant::now();
        let (found, summary) = computer.search();
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        assert!(found.is_empty());
        assert!(
            summary.notes.len() == 1 && summary.notes[0].contains("no list of models"),
            "{:?}",
            summary.notes
        );
    }
}

#[cfg(unix)]
#[test]
fn loops_of_links_end_and_one_file_is_told_once() {
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    model(at("a/b/x.safetensors"), Family::Sd1);
    symlink(folder.path(), at("a/b/up")).unwrap();
    symlink(at("a"), at("again")).unwrap();
    symlink(at("a/b/x.safetensors"), at("other name.safetensors")).unwrap();
    symlink(at("nowhere"), at("broken.safetensors")).unwrap();
    symlink("self", at("self")).unwrap();
    let place = |path, holds| Place { holds, ..Place::folder(path, Origin::Folder) };
    let places = [place(folder.path().into(), Holds::Anything), place(at("a"), Holds::Models)];
    let (found, summary) = search_in(&places, Limits::default());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(!summary.cut_short && summary.looked < 40, "{summary:?}");
}

#[test]
fn a_search_is_bounded_and_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..10_000 {
        write(folder.path().join(format!("{}/{i}.safetensors", i % 10)), b"short");
    }
    let place = |path| Place { holds: Holds::Models, ..Place::folder(path, Origin::Folder) };
    let places = [place(folder.path().into())];
    let start = Instant::now();
    let (found, summary) = search_in(&places, Limits::default());
    println!("10,000 files in {:?}", start.elapsed());
    assert_eq!((found.len(), summary.cut_short), (10_000, false));
    assert!(start.elapsed() < Duration::from_secs(5));
    let (found, summary) = search_in(&places, Limits { entries: 500, ..Limits::default() });
    assert!(summary.cut_short && found.len() <= 500);
    let (_, summary) = search_in(&places, Limits { time: Duration::ZERO, ..Limits::default() });
    assert!(summary.cut_short && summary.looked <= 2);
    let asked = std::cell::Cell::new(0);
    let stop = || {
        asked.set(asked.get() + 1);
        asked.get() > 50
    };
    let summary = search(&places, Limits::default(), &stop, &mut |_| {});
    assert!(summary.stopped && summary.looked < 60);
    let deep = tempfile::tempdir().unwrap();
    model(deep.path().join("1/2/3/x.safetensors"), Family::Sd1);
    let places = [place(deep.path().into())];
    for (depth, expected) in [(3, 1), (2, 0)] {
        assert_eq!(search_in(&places, Limits { depth, ..Limits::default() }).0.len(), expected);
    }
}

#[cfg(unix)]
#[test]
fn folders_that_may_not_be_read_are_counted() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    model(folder.path().join("open/x.safetensors"), Family::Sd1);
    let shut = folder.path().join("shut");
    fs::create_dir(&shut).unwrap();
    fs::set_permissions(&shut, fs::Permissions::from_mode(0o0)).unwrap();
    let place = Place { holds: Holds::Models, ..Place::folder(folder.path().into(), Origin::Folder) };
    let (found, summary) = search_in(&[place], Limits::default());
    // The system's administrator may read everything.
    let allowed = fs::read_dir(&shut).is_ok();
    assert_eq!((found.len(), summary.unreadable), (1, usize::from(!allowed)));
    fs::set_permissions(&shut, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn named_folders_are_kept_and_only_changes_are_searched_again() {
    let folder = tempfile::tempdir().unwrap();
    let home = project::DataDir::at(folder.path().join("home"));
    let mine = folder.path().join("meine 猫");
    for i in 0..200 {
        fs::create_dir_all(mine.join(format!("{i}/inner"))).unwrap();
    }
    let mut watched = WatchedFolders::load(&home);
    assert_eq!(watched.folders().count(), 0);
    watched.add(&home, &mine).unwrap();
    watched.add(&home, &mine).unwrap();
    assert!(watched.add(&home, &folder.path().join("gone")).unwrap_err().to_string().contains("gone"));
    let mut watched = WatchedFolders::load(&home);
    assert_eq!(watched.folders().collect::<Vec<_>>(), [mine.as_path()]);
    assert_eq!(watched.changed().len(), 1, "what was never searched counts as changed");
    watched.remember(&mine);
    let start = Instant::now();
    assert!(watched.changed().is_empty());
    println!("400 folders unchanged in {:?}", start.elapsed());
    assert!(start.elapsed() < Duration::from_millis(200));
    std::thread::sleep(Duration::from_millis(20));
    model(mine.join("7/inner/new.safetensors"), Family::Sd1);
    let changed = watched.changed();
    assert_eq!(changed.len(), 1);
    assert_eq!(search_in(&changed, Limits::default()).0[0].name, "new");
    watched.remember(&mine);
    assert!(watched.changed().is_empty());
    watched.remove(&home, &mine).unwrap();
    assert_eq!(WatchedFolders::load(&home).folders().count(), 0);
    for text in ["version = 9\nfolders = ['/a']", "nonsense", "version = 1"] {
        write(home.folders(), text);
        assert_eq!(WatchedFolders::load(&home).folders().count(), 0);
    }
}

#[test]
fn what_was_still_on_its_way_is_looked_at_again() {
    let folder = tempfile::tempdir().unwrap();
    let home = project::DataDir::at(folder.path().join("home"));
    let mine = folder.path().join("mine");
    let path = mine.join("dream.safetensors");
    model(&path, Family::Sd1);
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    let whole = file.metadata().unwrap().len();
    file.set_len(whole / 2).unwrap();
    let mut watched = WatchedFolders::load(&home);
    watched.add(&home, &mine).unwrap();
    watched.remember(&mine);
    assert!(search_in(&watched.places(), Limits::default()).0[0].fault.is_some());
    assert!(watched.changed().is_empty());
    std::thread::sleep(Duration::from_millis(20));
    file.set_len(whole).unwrap();
    let changed = watched.changed();
    assert_eq!(changed.len(), 1, "the time of its folder is as it was");
    assert_eq!(search_in(&changed, Limits::default()).0[0].fault, None);
}

#[test]
fn two_windows_name_folders_on_one_list_and_a_newer_one_stays() {
    let folder = tempfile::tempdir().unwrap();
    let home = project::DataDir::at(folder.path().join("home"));
    let [a, b] = ["a", "b"].map(|name| folder.path().join(name));
    for folder in [&a, &b] {
        fs::create_dir_all(folder).unwrap();
    }
    let [mut one, mut other] = [WatchedFolders::load(&home), WatchedFolders::load(&home)];
    one.add(&home, &a).unwrap();
    other.add(&home, &b).unwrap();
    let kept = || WatchedFolders::load(&home).folders().map(Path::to_path_buf).collect::<Vec<_>>();
    assert_eq!(kept(), [a.clone(), b.clone()]);
    one.remove(&home, &a).unwrap();
    assert_eq!(kept(), [b]);
    let newer = "version = 2\nfolders = { }";
    write(home.folders(), newer);
    assert!(one.add(&home, &a).unwrap_err().to_string().contains("newer version"));
    let said = WatchedFolders::load(&home).take_damage().unwrap();
    assert!(said.contains("newer version"), "{said}");
    assert_eq!(fs::read_to_string(home.folders()).unwrap(), newer);
}
