//! What a learned word means, and what its pictures show beside those of the known word: both commands on the starter
//! model with its own CLIP, with the fewest pictures that show all of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::places::*;
use crate::program::*;
use project::meaning::{BiasReport, Explanation};

/// A word of one step for a sample; its run.
fn learned(place: &Path, out: &str) -> PathBuf {
    let out = place.join(out);
    let mut line = typed("learn --device cpu --word <garden-robot> --init robot --steps 1");
    line.args(["--preview-every", "0", "--fixed-noise-every", "0", "--score-every", "0"]);
    line.arg("--model").arg(repository().join("assets/starter")).arg("--out").arg(&out);
    run_well(line.arg("--images").arg(repository().join("assets/samples/garden-robot")));
    out
}

/// A command on the starter model, of two pictures in two steps each.
fn look(command: &str, run: &Path, out: &Path) -> Command {
    let mut line = program();
    line.args([command, "--device", "cpu", "--count", "2", "--steps", "2", "--seed", "3"]);
    line.arg("--model").arg(repository().join("assets/starter")).arg("--word").arg(run).arg("--out").arg(out);
    line
}

#[test]
fn a_word_is_explained_in_figures_and_pictures() {
    let place = tempfile::tempdir().unwrap();
    let run = learned(place.path(), "run");
    let out = place.path().join("out");
    let said =
        run_well(look("explain", &run, &out).arg("--against").arg(&run).args(["--gibberish", "mugrobo"]));
    for part in ["<garden-robot>\n", "nearest  robot ", "mix      ", " robot", "In ordinary words: “"] {
        assert!(said.contains(part), "“{part}” is not in:\n{said}");
    }
    let report = Explanation::load(&out).unwrap();
    let size = |file: &Path| image::image_dimensions(out.join(file)).unwrap();
    let word = report.word.unwrap();
    // Cells of 64 pixels with 4 between them: five rows, or seven columns, of two.
    assert_eq!((word.renderings.rows.len(), size(&word.renderings.file)), (5, (140, 344)));
    assert_eq!(word.renderings.rows[..2], ["<garden-robot>", "a photo of <garden-robot>"]);
    assert_eq!(word.renderings.pictures.iter().map(Vec::len).collect::<Vec<_>>(), [2; 5]);
    assert!(word.renderings.pictures.iter().flatten().all(|file| size(file) == (64, 64)));
    let between = word.between.unwrap();
    assert_eq!((between.columns.len(), size(&between.file)), (7, (480, 140)));
    let heat: Vec<&str> = word.heat.words.iter().map(|heat| heat.word.as_str()).collect();
    assert_eq!(heat, ["a", "photo", "of", "<garden-robot>"]);
    for heat in &word.heat.words {
        assert_eq!((size(&heat.file), size(&heat.raw)), ((64, 64), (16, 16)));
        let raw = image::open(out.join(&heat.raw)).unwrap();
        assert_eq!(raw.color(), image::ColorType::L16);
        let largest = raw.into_luma16().pixels().map(|pixel| pixel.0[0]).max().unwrap();
        assert!((f64::from(largest) / 65535.0 - heat.largest).abs() < 1e-4 && heat.mean <= heat.largest);
    }
    let stand_in = &word.hard_prompt;
    assert!(
        stand_in.searched && stand_in.likeness.is_some() && stand_in.word_likeness.is_some(),
        "{stand_in:?}"
    );
    assert!(stand_in.compared_with.as_deref().unwrap().contains("learned from"));
    let gibberish = report.gibberish.unwrap();
    assert_eq!((gibberish.prompt.as_str(), gibberish.words.len()), ("a photo of mugrobo", 5));

    let again = place.path().join("again");
    let events = json_lines(&run_well(look("explain", &run, &again).arg("--json")));
    let report = &events.last().unwrap()["summary"]["report"];
    assert_eq!(report["word"]["word"], "<garden-robot>");
    assert_eq!(
        image::open(again.join("renderings.png")).unwrap(),
        image::open(out.join("renderings.png")).unwrap()
    );
    let nothing = place.path().join("nothing");
    let mut line = look("explain", &run, &nothing);
    refuses(line.args(["--image-prompt", "a photo"]), 2, &["“a photo”", "{}"]);
    refuses(look("explain", &run, &nothing).args(["--gibberish", " "]), 2, &["empty"]);
    assert!(!nothing.exists());
}

#[test]
fn what_pictures_show_is_counted_with_its_interval() {
    let place = tempfile::tempdir().unwrap();
    let run = learned(place.path(), "run");
    let out = place.path().join("out");
    let said = run_well(&mut look("bias", &run, &out));
    for part in [
        "<garden-robot> beside “robot”",
        "pictures learned from: ",
        "green",
        "95 % interval",
        "biases of its own",
    ] {
        assert!(said.contains(part), "“{part}” is not in:\n{said}");
    }
    let report = BiasReport::load(&out).unwrap();
    assert_eq!(report.sets.iter().map(|set| set.count).collect::<Vec<_>>()[..2], [2, 2]);
    assert!(report.sets.iter().all(|set| out.join(&set.sheet).is_file()) && report.sets.len() == 3);
    let singly = |set: &project::meaning::PictureSet| {
        set.pictures.len() == set.count && set.pictures.iter().all(|file| out.join(file).is_file())
    };
    assert!(report.sets.iter().all(singly));
    assert_eq!(report.groups[0].len(), 6);
    assert_eq!(report.groups[0][0].sentence, "a photo of a red robot");
    for set in 0..3 {
        let sum = |part: fn(&project::meaning::Share) -> f64| -> f64 {
            report.groups[0].iter().map(|attribute| part(&attribute.shares[set])).sum()
        };
        assert!(
            (sum(|share| share.share) - 1.0).abs() < 1e-9
                && (sum(|share| share.probability) - 1.0).abs() < 1e-6
        );
        let apart = |share: &project::meaning::Share| share.low <= share.share && share.share <= share.high;
        assert!(report.groups[0].iter().all(|attribute| apart(&attribute.shares[set])));
    }
    // Into the same folder once more: what is there stays.
    let mut line = look("bias", &run, &out);
    line.args(["--known", "cat", "--attributes", "{} with a hat,{};red,blue", "--images"]);
    run_well(line.arg(repository().join("assets/samples/circus-cat")));
    let other = BiasReport::load(&place.path().join("out-2")).unwrap();
    assert_eq!(BiasReport::load(&out).unwrap(), report);
    let mine = place.path().join("mine");
    std::fs::create_dir(&mine).unwrap();
    std::fs::write(mine.join("known.png"), "MINE").unwrap();
    // Its own CLIP, however that is named.
    let clip = repository().join("assets/starter/../starter/clip");
    run_well(look("bias", &run, &mine).arg("--clip").arg(clip));
    assert_eq!(std::fs::read_to_string(mine.join("known.png")).unwrap(), "MINE");
    assert!(BiasReport::load(&place.path().join("mine-2")).is_ok());
    assert_eq!(other.groups[0][0].sentence, "a photo of a cat with a hat");
    let nothing = place.path().join("nothing");
    refuses(look("bias", &run, &nothing).args(["--attributes", "red"]), 2, &["“red”", "at least two"]);
    let mut line = look("bias", &run, &nothing);
    refuses(line.arg("--clip").arg(golden().join("clip")), 2, &["--attributes"]);
    assert!(!nothing.exists());
}
