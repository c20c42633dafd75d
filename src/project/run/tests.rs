//! Runs that are killed, cut short, unplugged and claimed twice.

use std::fs;

use super::*;
use crate::LearningRate;
use crate::checkpoint::tests::sample;
use crate::concept::{Concept, ConceptKind};
use crate::family::Family;
use crate::losses::tests::row;
use crate::manifest::{BaseModel, PictureRecord};
use crate::settings::{LearnSettings, Preset};
use crate::{Crop, PictureEntry, Rights};

pub(crate) fn base_model(path: PathBuf) -> BaseModel {
    let (family, widths) = (Family::Sd1, vec![768]);
    BaseModel { path, fingerprint: "00".into(), family, lineage: None, velocity: false, widths }
}

fn manifest(folder: &Path) -> RunManifest {
    let picture = folder.join("猫 1.png");
    fs::write(&picture, b"abc").unwrap();
    let mut entry = PictureEntry::new(picture);
    entry.caption = Some("a {} \"here\"\u{1F408}".into());
    entry.crop = Crop::Chosen { left: 0.1, top: 0.2, side: 0.3 };
    entry.rights = Rights::Own;
    let concept = Concept { word: "<ねこ>".into(), initial_word: "cat".into(), kind: ConceptKind::Object };
    let mut settings = LearnSettings::preset(Preset::Paper, ConceptKind::Object);
    settings.learning_rate = LearningRate::Text("0.005:100, 1e-3".into());
    let pictures = vec![PictureRecord::new(entry.clone()).unwrap(), PictureRecord::new(entry).unwrap()];
    RunManifest::new(concept, settings, pictures, base_model(folder.join("模型")), "CPU".into())
}

/// A run in a folder with a Japanese name.
fn run() -> (tempfile::TempDir, RunFolder) {
    let root = tempfile::tempdir().unwrap();
    let run = RunFolder::create(&root.path().join("走る/実行 1"), &manifest(root.path())).unwrap();
    (root, run)
}

#[test]
fn a_manifest_survives_and_a_run_is_not_overwritten() {
    let (root, run) = run();
    let manifest = RunFolder::open(run.path()).unwrap().manifest().unwrap();
    let again = RunManifest { created: manifest.created, ..self::manifest(root.path()) };
    assert_eq!(manifest, again);
    manifest.pictures[0].expect_same().unwrap();
    fs::write(&manifest.pictures[0].entry.path, b"abd").unwrap();
    let replaced = manifest.pictures[0].expect_same().unwrap_err();
    assert!(replaced.to_string().contains("another picture than the run was begun with"), "{replaced}");
    assert_eq!(replaced.exit_code(), 4);

    let error = RunFolder::create(run.path(), &manifest).unwrap_err();
    assert!(error.to_string().contains("already holds a run"), "{error}");
    assert_eq!(error.exit_code(), 7);
    assert!(RunFolder::open(root.path()).unwrap_err().to_string().contains("not a run"));
    assert!(matches!(RunFolder::open(&root.path().join("none")), Err(Error::Io { .. })));
}

#[test]
fn runs_of_a_newer_program_and_damaged_ones_are_refused() {
    let (_root, run) = run();
    let path = run.file(MANIFEST);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("format = 1", "format = 2\nsurprise = 1")).unwrap();
    assert!(RunFolder::open(run.path()).unwrap_err().to_string().contains("newer version"));
    fs::write(&path, &text[..text.len() / 2]).unwrap();
    assert!(RunFolder::open(run.path()).unwrap_err().to_string().contains("run.toml"));
}

#[test]
fn status_is_replaced() {
    let (_root, run) = run();
    assert_eq!(run.status().unwrap().state, RunState::Running);
    let status = RunStatus::new(RunState::Paused, 7, Some("The disk is full.".into()));
    run.set_status(&status).unwrap();
    assert_eq!(run.status().unwrap(), status);
}

#[test]
fn damaged_checkpoints_are_passed_over_with_a_reason() {
    let (_root, run) = run();
    assert!(run.latest_checkpoint().unwrap().checkpoint.is_none());
    for step in [50, 100, 150, 200, 1_000_000] {
        run.save_checkpoint(&sample(step)).unwrap();
    }
    assert_eq!(run.checkpoints().unwrap(), [50, 100, 150, 200, 1_000_000]);
    assert_eq!(run.latest_checkpoint().unwrap().checkpoint.unwrap(), sample(1_000_000));

    fs::write(run.checkpoint_path(1_000_000), b"").unwrap();
    let bytes = fs::read(run.checkpoint_path(200)).unwrap();
    fs::write(run.checkpoint_path(200), &bytes[..bytes.len() - 1]).unwrap();
    let mut bytes = fs::read(run.checkpoint_path(150)).unwrap();
    *bytes.last_mut().unwrap() ^= 0x10;
    fs::write(run.checkpoint_path(150), bytes).unwrap();
    fs::write(run.file(CHECKPOINTS).join(".pseudoword-x.tmp"), b"half").unwrap();
    fs::write(run.file(CHECKPOINTS).join("step-7.safetensors"), b"").unwrap();
    let latest = run.latest_checkpoint().unwrap();
    assert_eq!(latest.checkpoint, Some(sample(100)));
    let reasons: Vec<String> = latest.skipped.iter().map(ToString::to_string).collect();
    assert_eq!(reasons.len(), 3);
    for (reason, step) in reasons.iter().zip(["1000000", "000200", "000150"]) {
        assert!(
            reason.contains(&format!("step-{step}.safetensors")) && reason.contains("damaged"),
            "{reason}"
        );
    }
    assert!(
        latest.skipped.len() == 3 && Latest { checkpoint: None, ..latest }.none_whole(run.path()).is_some()
    );
    let latest = run.latest_checkpoint().unwrap();
    assert!(latest.none_whole(run.path()).is_none());
    fs::write(run.file(STATUS), "state =").unwrap();
    let said = run.set_damaged_aside(&latest.skipped);
    assert_eq!(said.len(), 4, "{said:?}");
    assert!(said[0].contains("kept beside as step-1000000.safetensors.damaged-1"), "{}", said[0]);
    assert!(said[3].contains("kept beside as status.toml.damaged-1"), "{}", said[3]);
    assert_eq!(run.checkpoints().unwrap(), [50, 100]);
    [150, 200, 1_000_000].iter().for_each(|step| run.save_checkpoint(&sample(*step)).unwrap());
    let error = run.checkpoint(333).unwrap_err();
    assert!(error.to_string().contains("one of these: 50, 100, 150, 200, 1000000"), "{error}");
    (2..60).for_each(|n| run.save_checkpoint(&sample(n * 1000)).unwrap());
    let error = run.checkpoint(3333).unwrap_err().to_string();
    assert!(error.contains("the nearest are 2000, 3000, 4000, 5000."), "{error}");
    fs::rename(run.checkpoint_path(50), run.checkpoint_path(60)).unwrap();
    assert!(run.checkpoint(60).unwrap_err().to_string().contains("belongs to step 50"));
}

#[test]
fn a_checkpoint_of_fewer_vectors_than_the_run_has_is_refused_by_name() {
    let (_root, run) = run();
    // Of two vectors of three numbers.
    run.save_checkpoint(&sample(7)).unwrap();
    run.save_start(&sample(0)).unwrap();
    let began = run.manifest().unwrap();
    let with = |negative: usize, widths: &[usize]| {
        let mut manifest = began.clone();
        manifest.settings.refine.negative_vectors = negative;
        manifest.widths = widths.to_vec();
        run.save_manifest(&manifest).unwrap();
        [run.checkpoint(7).map(drop), run.start().map(drop)]
    };
    assert!(with(1, &[]).iter().all(Result::is_ok) && with(0, &[1, 2]).iter().all(Result::is_ok));
    for (negative, widths, part) in
        [(2, &[][..], "too few vectors, 2 where run.toml says 3"), (0, &[2, 2], "3 numbers wide")]
    {
        let refused = with(negative, widths).map(|read| read.unwrap_err().to_string());
        for (said, file) in refused.iter().zip(["step-000007.safetensors", "start.safetensors"]) {
            assert!(said.contains(file) && said.contains(part), "{said}");
        }
        let said = run.word_checkpoint().unwrap().word(run.path()).unwrap_err().to_string();
        assert!(said.contains("step-000007.safetensors"), "{said}");
    }
    fs::remove_file(run.checkpoint_path(7)).unwrap();
    let said = run.word_checkpoint().unwrap().word(run.path()).unwrap_err().to_string();
    assert!(said.contains("no checkpoint yet"), "{said}");
}

#[test]
fn a_vanished_folder_is_an_error_until_it_is_back() {
    let (root, run) = run();
    run.save_checkpoint(&sample(1)).unwrap();
    let away = root.path().join("away");
    fs::rename(run.path(), &away).unwrap();
    let io = |result: Result<()>| matches!(result, Err(Error::Io { .. }));
    assert!(io(run.append_losses(&[row(1)])));
    assert!(io(run.save_checkpoint(&sample(2))));
    assert!(io(run.save_preview(2, 0, b"png").map(drop)));
    assert!(io(run.set_status(&RunStatus::new(RunState::Paused, 1, None))));
    assert!(io(run.losses().map(drop)));
    assert!(io(run.latest_checkpoint().map(drop)));
    assert!(!run.path().exists(), "nothing was made in its place");

    fs::rename(&away, run.path()).unwrap();
    run.append_losses(&[row(1)]).unwrap();
    run.save_checkpoint(&sample(2)).unwrap();
    assert_eq!(run.latest_checkpoint().unwrap().checkpoint.unwrap().step, 2);
    let preview = run.save_preview(20, 1, b"png").unwrap();
    assert!(preview.ends_with("previews/000020_1.png") && preview.exists());
}

#[test]
fn only_one_may_learn_and_a_dead_one_does_not_block() {
    let (_root, run) = run();
    assert!(!run.is_locked());
    fs::write(run.file(CHECKPOINTS).join(".pseudoword-x.tmp"), b"half").unwrap();
    let lock = run.lock().unwrap();
    assert_eq!(fs::read_dir(run.file(CHECKPOINTS)).unwrap().count(), 0, "leftovers are cleared");
    assert!(run.is_locked());
    let error = run.lock().unwrap_err();
    assert!(error.to_string().contains("another Pseudoword"), "{error}");
    drop(lock);
    // The file of a process that died is still there, without its lock.
    assert!(run.file(LOCK).exists() && !run.is_locked());
    run.lock().unwrap();
}

#[test]
fn whoever_only_looks_keeps_nobody_from_learning() {
    let (_root, run) = run();
    let looking = File::options().create(true).truncate(false).write(true).open(run.file(LOCK)).unwrap();
    looking.try_lock().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(LOOKS.1);
            drop(looking);
        });
        run.lock().unwrap();
    });
}

#[test]
fn a_best_word_that_cannot_be_used_is_said() {
    let (_root, run) = run();
    [7, 9].iter().for_each(|step| run.save_checkpoint(&sample(*step)).unwrap());
    run.set_status(&RunStatus { kept: Some(7), ..RunStatus::new(RunState::Running, 9, None) }).unwrap();
    let word = || run.word_checkpoint().unwrap();
    assert_eq!((word().checkpoint, word().skipped.len()), (Some(sample(7)), 0));
    fs::write(run.checkpoint_path(7), b"half").unwrap();
    let said: Vec<String> = word().skipped.iter().map(ToString::to_string).collect();
    assert_eq!((word().checkpoint, said.len()), (Some(sample(9)), 1));
    assert!(said[0].contains("step-000007.safetensors"), "{said:?}");
}

#[cfg(unix)]
#[test]
fn a_checkpoint_whose_drive_is_away_is_no_reason_to_set_the_run_aside() {
    let (root, run) = run();
    run.save_checkpoint(&sample(1)).unwrap();
    let not_kept = run.checkpoint(3).unwrap_err();
    assert!(run.set_damaged_aside(&[not_kept]).is_empty() && run.path().is_dir());
    std::os::unix::fs::symlink(root.path().join("away"), run.checkpoint_path(2)).unwrap();
    assert!(matches!(run.latest_checkpoint(), Err(Error::Io { .. })));
}

#[test]
fn masks_of_its_own_move_with_the_run() {
    let root = tempfile::tempdir().unwrap();
    let (place, moved) = (root.path().join("run"), root.path().join("moved"));
    let mut manifest = manifest(root.path());
    let beside = root.path().join("b.mask.png");
    manifest.pictures[0].entry.mask = Some("masks/001.png".into());
    manifest.pictures[1].entry.mask = Some(beside.clone());
    let mask = image::GrayImage::from_fn(5, 4, |x, y| image::Luma([(x * 50 + y) as u8]));
    RunFolder::create_with(&place, &manifest, &[("masks/001.png".into(), mask.clone())]).unwrap();
    let text = fs::read_to_string(place.join(MANIFEST)).unwrap();
    fs::rename(&place, &moved).unwrap();
    let run = RunFolder::open(&moved).unwrap();
    let manifest = run.manifest().unwrap();
    let own = moved.join("masks/001.png");
    assert_eq!(manifest.pictures[0].entry.mask.as_ref(), Some(&own));
    assert_eq!(manifest.pictures[1].entry.mask, Some(beside));
    assert_eq!(image::open(&own).unwrap().into_luma8(), mask);
    run.save_manifest(&manifest).unwrap();
    assert_eq!(fs::read_to_string(moved.join(MANIFEST)).unwrap(), text);
}
