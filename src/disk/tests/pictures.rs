//! Pictures that come into a concept, under any name and in any state, and those that were drawn.

use super::*;
use crate::claim::Claim;
use crate::drafts;
use project::{Crop, Dataset};

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
    std::fs::write(&picture, format::png_info::to_png_with(&RgbImage::new(4, 4), &info).unwrap()).unwrap();
    let task = Task::OpenPicture(picture.clone());
    let (of, files) = bench.ask(task, |answer| match answer {
        Answer::NamedFiles(picture, files) => Some((picture, files)),
        _ => None,
    });
    let paths: Vec<_> = files.iter().map(|file| file.path.clone()).collect();
    assert_eq!((of, paths), (picture, vec![Some(model), Some(own.path), None]));
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
    let wake: crate::Wake = Arc::new(|| {});
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
fn windows_opened_at_once_begin_with_concepts_of_their_own() {
    let bench = Bench::new();
    let left = Draft::create(&bench.home.concepts(), Draft::blank()).unwrap().folder;
    let claims: [Claim; 3] = Default::default();
    let begin = |claim: &Claim| drafts::open_or_new(&bench.home, claim, None).unwrap().folder;
    let [one, two, three] = claims.each_ref().map(begin);
    assert!(one == left && two != one && three != one && three != two, "{one:?}, {two:?}, {three:?}");
    assert_eq!(begin(&claims[1]), two, "it has an empty one");
    // One whose concept cannot be read keeps its own.
    std::fs::write(left.join("draft.toml"), "concept = ").unwrap();
    drop(claims);
    let [own, other]: [Claim; 2] = Default::default();
    let kept = begin(&own);
    assert!(drafts::open(&bench.home, &own, &left).is_err() && own.has(&kept));
    assert!(other.take(&left) && !other.take(&kept));
}

#[test]
fn a_folder_comes_in_with_what_was_decided_about_its_pictures() {
    let bench = Bench::new();
    let outside = bench.place("outside");
    std::fs::create_dir(&outside).unwrap();
    for name in ["a.png", "b.png", "c.png"] {
        RgbImage::new(4, 2).save(outside.join(name)).unwrap();
        std::fs::write(outside.join(name).with_extension("txt"), "a photo of {}").unwrap();
    }
    let mut dataset = Dataset::open(&outside).unwrap();
    let first = &mut dataset.entries[0];
    (first.caption, first.allow_flip) = (Some("a drawing of {}".into()), false);
    (first.rights, first.rights_from) = (Rights::Licensed, Some("Ann".into()));
    first.despite_mark = Some("she wrote to me".into());
    first.crop = Crop::Chosen { left: 0.5, top: 0.0, side: 0.5 };
    (dataset.entries[1].enabled, dataset.entries[1].caption) = (false, None);
    dataset.save().unwrap();
    let mut draft = bench.draft(Task::AddPictures { concept: None, files: vec![outside.clone()] });
    // Under another name as well, and it is kept.
    let again = Task::AddPictures { concept: Some(draft.folder), files: vec![outside] };
    draft = bench.draft(again);
    let kept = Draft::open(&draft.folder).unwrap().entries;
    for entries in [&draft.entries, &kept] {
        assert_eq!(entries.len(), 6);
        for entry in entries {
            let stem = entry.path.file_stem().unwrap().to_str().unwrap();
            let place = ["a", "b", "c"].iter().position(|name| stem.starts_with(name)).unwrap();
            let expected = PictureEntry { path: entry.path.clone(), ..dataset.entries[place].clone() };
            assert_eq!(*entry, expected);
        }
    }
}

#[test]
fn a_mask_that_comes_after_its_concept_was_left_is_kept_there_and_does_not_come_back_to_it() {
    let bench = Bench::new();
    let picture = Arc::new(RgbImage::new(4, 2));
    let left = bench.draft(Task::PastePicture { concept: None, picture });
    assert_ne!(bench.draft(Task::NewDraft).folder, left.folder);
    let (path, gone) = (left.entries[0].path.clone(), left.folder.join("gone.png"));
    for path in [path.clone(), gone.clone()] {
        let mask = Some(Arc::new(image::GrayImage::from_pixel(4, 2, image::Luma([255]))));
        assert!(bench.disk.ask(Task::SaveMask { path, mask }));
    }
    assert!(bench.disk.ask(Task::ListDrafts));
    let next = bench.disk.answers().recv_timeout(Duration::from_secs(30)).unwrap();
    assert!(matches!(next, Answer::Drafts(_)), "{next:?}");
    assert!(path.with_extension("mask.png").is_file() && !gone.with_extension("mask.png").exists());
    assert!(bench.draft(Task::OpenDraft(left.folder)).entries[0].mask.is_some());
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
