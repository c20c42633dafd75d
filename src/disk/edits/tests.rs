//! Pictures that are edited on a real disk: opened, kept, found again, refused.

use super::*;
use engine::message::GenerateRequest;
use image::Rgb;
use project::mask::MaskChange;
use project::mask::document::MaskDocument;
use project::{EditSettings, GenerateSettings};

fn work(home: &DataDir, task: EditTask) -> Result<Vec<Answer>> {
    super::work(home, &OpenHere::default(), task, &|_| {})
}

fn opened(answers: Vec<Answer>) -> EditedView {
    match answers.into_iter().next() {
        Some(Answer::Edit(EditAnswer::Opened(view))) => *view,
        other => panic!("{other:?}"),
    }
}

fn place() -> (tempfile::TempDir, DataDir) {
    let place = tempfile::tempdir().unwrap();
    let home = DataDir::at(place.path().join("home"));
    (place, home)
}

/// The task that begins a step with this mask.
fn begin(view: &EditedView, mask: &Mask) -> EditTask {
    let settings = GenerateSettings::default();
    let draw = GenerateRequest::of("/m", Vec::new(), settings);
    let (image, edit) = (PathBuf::new(), EditSettings::default());
    let request = Box::new(EditRequest { draw, image, mask: None, edit, clip: None });
    EditTask::Begin { folder: view.folder.clone(), mask: mask.clone(), request }
}

/// The task that keeps a mask of the picture as it was opened.
fn save(view: &EditedView, mask: &Mask) -> EditTask {
    let (folder, base) = (view.folder.clone(), view.edited.base.clone());
    EditTask::SaveMask { folder, base, mask: mask.clone() }
}

#[test]
fn a_picture_is_found_again_with_its_mask_and_its_steps() {
    let (place, home) = place();
    let file = place.path().join("Möwe.png");
    RgbImage::from_pixel(40, 30, Rgb([9, 8, 7])).save(&file).unwrap();
    let before = fs::read(&file).unwrap();
    let view = opened(work(&home, EditTask::Open(file.clone())).unwrap());
    assert_eq!((view.edited.name.as_str(), view.mask.is_empty()), ("Möwe.png", true));
    assert_eq!(view.edited.sha256, sha256(&before));
    let mut document = MaskDocument::new(view.mask.clone());
    let corners = [[4.0, 4.0], [20.0, 20.0]];
    document.apply(&MaskChange::Rectangle { corners, add: true });
    let mask = document.mask().clone();
    work(&home, save(&view, &mask)).unwrap();
    let answers = work(&home, begin(&view, &mask)).unwrap();
    let [Answer::Edit(EditAnswer::Ready { request, edited, .. })] = answers.as_slice() else {
        panic!("{answers:?}")
    };
    let out = request.draw.out.clone().unwrap();
    assert_eq!(request.mask, Some(out.join(MASK)));
    assert_eq!(fs::read(&request.image).unwrap(), before, "byte by byte");
    assert_eq!((edited.steps.len(), edited.steps[0].masked), (1, true));
    // Drawn, and the window closed.
    let result = out.join("00000-1.png");
    RgbImage::from_pixel(40, 30, Rgb([1, 2, 3])).save(&result).unwrap();
    let again = opened(work(&home, EditTask::Open(file.clone())).unwrap());
    assert_eq!((&again.folder, &again.mask), (&view.folder, &mask));
    assert_eq!(again.results, [vec![result.clone()]]);
    // On from the result with an empty mask, and back to the step with its own.
    let go_to = |base: &str, mask: Option<PathBuf>| {
        let task = EditTask::GoTo { folder: view.folder.clone(), base: base.into(), mask, step: Some(0) };
        opened(work(&home, task).unwrap())
    };
    let on = go_to("step-001/00000-1.png", None);
    assert_eq!(on.step, Some(0));
    assert_eq!((on.picture.get_pixel(0, 0).0, on.mask.is_empty()), ([1, 2, 3], true));
    let back = go_to("source.png", Some("step-001/mask.png".into()));
    assert_eq!((back.picture.get_pixel(0, 0).0, &back.mask), ([9, 8, 7], &mask));
    // What was painted on each waits for whoever comes back.
    let result_again = go_to("step-001/00000-1.png", Some(mask_of(Path::new("step-001/00000-1.png"))));
    assert!(result_again.mask.is_empty());
    let again = go_to("source.png", Some(mask_of(Path::new("source.png"))));
    assert_eq!(again.mask, mask);
    // What was painted on it while another one was opened stays its own.
    document.apply(&MaskChange::Invert);
    assert!(go_to("step-001/00000-1.png", None).mask.is_empty());
    work(&home, save(&view, document.mask())).unwrap();
    assert!(opened(work(&home, EditTask::Open(file.clone())).unwrap()).mask.is_empty());
    let again = go_to("source.png", Some(mask_of(Path::new("source.png"))));
    assert_eq!(again.mask.to_image(), document.mask().to_image());
    // Kept twice, it is there twice.
    for _ in 0..2 {
        work(&home, EditTask::Keep(result.clone())).unwrap();
    }
    assert_eq!(fs::read_dir(home.pictures()).unwrap().count(), 2);
    assert_eq!(fs::read(&file).unwrap(), before);
    assert!(work(&home, EditTask::Reopen(place.path().join("gone"))).unwrap().is_empty());
}

#[test]
fn masks_of_other_programs_are_taken_and_given() {
    let (place, home) = place();
    let mut document = MaskDocument::new(Mask::new([64, 48]));
    let corners = [[16.0, 8.0], [48.0, 32.0]];
    document.apply(&MaskChange::Rectangle { corners, add: true });
    let mask = document.mask().clone();
    let to = place.path().join("mask.png");
    let write = EditTask::WriteMask { mask: mask.clone(), to: to.clone() };
    assert!(matches!(work(&home, write).unwrap().as_slice(), [Answer::Written(path)] if *path == to));
    let load = |size| {
        let (path, picture) = (to.clone(), "/e/source.png".into());
        match work(&home, EditTask::LoadMask { path, picture, size }).unwrap().pop() {
            Some(Answer::Edit(EditAnswer::Mask { mask, .. })) => mask,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(load([64, 48]), mask);
    let twice = load([128, 96]).to_image();
    assert_eq!((twice.get_pixel(60, 40).0, twice.get_pixel(8, 40).0), ([255], [0]));
    // One of other proportions is refused with a sentence.
    let (path, picture) = (to.clone(), "/e/source.png".into());
    let refused = work(&home, EditTask::LoadMask { path, picture, size: [64, 64] }).unwrap_err();
    assert!(refused.to_string().contains("proportions"), "{refused}");
    // What cannot be opened gets no folder.
    let text = place.path().join("text.png");
    fs::write(&text, "no picture").unwrap();
    assert!(work(&home, EditTask::Open(text)).is_err());
    assert!(!home.edits().exists());
}

#[test]
fn a_result_is_opened_where_it_was_drawn() {
    let (place, home) = place();
    let file = place.path().join("garden.png");
    RgbImage::from_pixel(40, 30, Rgb([9, 8, 7])).save(&file).unwrap();
    let view = opened(work(&home, EditTask::Open(file.clone())).unwrap());
    work(&home, begin(&view, &view.mask)).unwrap();
    // As the engine writes it.
    let mut info = format::GenerateInfo { steps: 20, ..format::GenerateInfo::default() };
    info.extra.push((MADE_OF.into(), sha256_file(&file).unwrap()));
    let result = view.folder.join("step-001/00000-1.png");
    fs::write(&result, format::png_info::to_png_with(&RgbImage::new(40, 30), &info).unwrap()).unwrap();
    let kept = place.path().join("kept.png");
    fs::copy(&result, &kept).unwrap();
    let again = opened(work(&home, EditTask::Open(kept.clone())).unwrap());
    assert_eq!((&again.folder, again.shown), (&view.folder, Some(result.clone())));
    assert_eq!(again.edited.base, Path::new("source.png"), "what is edited stays");
    assert_eq!(fs::read_dir(home.edits()).unwrap().count(), 1);
    // Without its place it is a picture like any other, and what it was made of is said.
    fs::remove_file(&result).unwrap();
    let answers = work(&home, EditTask::Open(kept)).unwrap();
    assert!(matches!(&answers[1], Answer::Note(text) if text.contains("garden.png")), "{answers:?}");
    let other = opened(answers);
    assert!(other.folder != view.folder && other.shown.is_none());
}

#[test]
fn a_picture_is_open_in_one_window_alone() {
    let (place, home) = place();
    let files = ["a.png", "b.png"].map(|name| place.path().join(name));
    for (file, level) in files.iter().zip([1, 2]) {
        RgbImage::from_pixel(4, 3, Rgb([level; 3])).save(file).unwrap();
    }
    let [one, other] = [OpenHere::default(), OpenHere::default()];
    let open = |here: &OpenHere, file: &Path| super::work(&home, here, EditTask::Open(file.into()), &|_| {});
    let folder = opened(open(&one, &files[0]).unwrap()).folder;
    open(&one, &files[0]).unwrap();
    open(&other, &files[1]).unwrap();
    let refused = open(&other, &files[0]).unwrap_err().to_string();
    assert!(refused.contains("another Pseudoword") && refused.contains("close it there"), "{refused}");
    let left = super::work(&home, &other, EditTask::Reopen(folder.clone()), &|_| {}).unwrap();
    assert!(matches!(left[..], [Answer::Refused(_), Answer::Edit(EditAnswer::Forgotten)]), "{left:?}");
    // What was refused has taken nothing away, and what is given up is free.
    assert!(open(&one, &files[1]).is_err());
    drop(one);
    assert_eq!(opened(open(&other, &files[0]).unwrap()).folder, folder);
}

#[test]
fn a_damaged_history_is_said_once_and_a_mask_that_is_not_kept_is_told() {
    let (place, home) = place();
    let file = place.path().join("a.png");
    RgbImage::new(4, 3).save(&file).unwrap();
    let view = opened(work(&home, EditTask::Open(file)).unwrap());
    let folder = view.folder.clone();
    fs::create_dir_all(folder.join(MASK).join("full")).unwrap();
    let told = work(&home, save(&view, &Mask::new([4, 3]))).unwrap();
    let [Answer::Refused(why), Answer::Edit(EditAnswer::NotKept(of))] = &told[..] else { panic!("{told:?}") };
    assert!(why.contains(MASK) && *of == folder);
    fs::write(folder.join("edit.toml"), "steps = 7").unwrap();
    let reopen = || work(&home, EditTask::Reopen(folder.clone())).unwrap();
    let told = reopen();
    let [Answer::Refused(why), Answer::Edit(EditAnswer::Forgotten)] = &told[..] else { panic!("{told:?}") };
    assert!(why.contains("edit.toml.damaged-1"), "{why}");
    assert!(reopen().is_empty() && folder.join("edit.toml.damaged-1").exists());
}

#[test]
fn work_on_a_mask_tells_how_far_it_has_come() {
    let mut document = MaskDocument::new(Mask::new([2000, 1000]));
    document.apply(&MaskChange::Stroke {
        points: vec![[9.0, 9.0], [1900.0, 900.0]],
        radius: 30.0,
        add: true,
    });
    let work = Box::new(document.apply_or_ask(MaskChange::Grow(4)).unwrap());
    let told = std::sync::Mutex::new(Vec::new());
    let tell = |answer: EditAnswer| match answer {
        EditAnswer::Working { id: 3, part } => told.lock().unwrap().push(part),
        other => panic!("{other:?}"),
    };
    let (home, folder) = (DataDir::at("/none".into()), PathBuf::from("/none"));
    let task = EditTask::Work { id: 3, folder, work };
    let answers = super::work(&home, &OpenHere::default(), task, &tell).unwrap();
    let [Answer::Edit(EditAnswer::Worked { id: 3, done: Ok(done) })] = &answers[..] else {
        panic!("{answers:?}")
    };
    let told = told.into_inner().unwrap();
    assert!(!told.is_empty() && told.iter().all(|part| (0.0..=1.0).contains(part)), "{told:?}");
    document.take(done.as_ref().clone());
    assert_eq!(document.revision(), 2);
}

#[test]
fn a_mask_that_is_left_while_it_is_being_changed_is_finished_and_kept() {
    let place = tempfile::tempdir().unwrap();
    let home = DataDir::at(place.path().join("home"));
    let file = place.path().join("a.png");
    RgbImage::new(2000, 1000).save(&file).unwrap();
    let view = opened(work(&home, EditTask::Open(file.clone())).unwrap());
    let (mut document, mut beside) =
        (MaskDocument::new(view.mask.clone()), MaskDocument::new(view.mask.clone()));
    let stroke = |x: f32| {
        let points = vec![[x, 500.0], [x + 100.0, 500.0]];
        MaskChange::Stroke { points, radius: 20.0, add: true }
    };
    document.apply(&stroke(200.0));
    let under_way = Box::new(document.apply_or_ask(MaskChange::Grow(30)).unwrap());
    // Another stroke, something more that takes long, and that taken back again.
    let waiting = vec![
        MaskWanted::Paint(stroke(900.0)),
        MaskWanted::End,
        MaskWanted::Change(MaskChange::Invert),
        MaskWanted::Undo,
    ];
    let (folder, base) = (view.folder.clone(), view.edited.base.clone());
    let task = EditTask::FinishMask { folder, base, mask: Box::new(document), work: under_way, waiting };
    assert!(work(&home, task).unwrap().is_empty());
    for change in [stroke(200.0), MaskChange::Grow(30), stroke(900.0)] {
        beside.apply(&change);
    }
    let again = opened(work(&home, EditTask::Open(file)).unwrap());
    assert!(again.mask.to_image() == beside.mask().to_image());
}

#[test]
fn folders_of_edits_have_names_for_every_system() {
    let (_place, home) = place();
    let names =
        [("holiday .png", "holiday"), ("con.png", "_con"), ("...png", "picture"), ("旅 行.jpg", "旅 行")];
    for (name, expected) in names {
        let folder = super::begin(&home, name, name.as_bytes()).unwrap();
        assert_eq!(folder.file_name().unwrap(), expected, "{name}");
    }
}
