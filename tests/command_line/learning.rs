//! Learning as a person or a script does it: what is accepted, what is printed, what is left on the disk. What is refused is
//! in `refusals.rs`.

use std::path::Path;
use std::process::Stdio;

use crate::places::*;
use crate::program::*;
use crate::runs::*;
use format::embedding;
use image::ImageEncoder as _;
use project::{RunFolder, RunState};

#[test]
fn a_word_is_learned_and_read_back() {
    let place = workplace();
    let out = place.path().join("run");
    let text = run_well(learn_line(place.path(), &out).args(["--steps", "60", "--json"]));
    let events = json_lines(&text);
    let names: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!((names[0], names[names.len() - 1]), ("device", "finished"));
    assert_eq!(names.iter().filter(|name| **name == "step").count(), 60);
    // Two prompts, before the first step, after 50, and after the last.
    assert_eq!(names.iter().filter(|name| **name == "preview").count(), 6);
    let summary = &events[events.len() - 1]["summary"];
    let [first, last] = [0, 1].map(|i| summary["fixed_noise"][i].as_f64().unwrap());
    println!("loss on fixed noise from {first} to {last}");
    assert!(last < first, "the loss rose from {first} to {last}");

    let word = embedding::read(Path::new(summary["word"].as_str().unwrap())).unwrap();
    assert_eq!((word.token.as_deref(), word.shape), (Some("<cat-toy>"), [1, 32]));
    // The best step is kept as the word.
    let kept = summary["kept"][0].as_u64().unwrap();
    assert_eq!(word.vectors, checkpoint(&out, kept).vectors);
    let folder = RunFolder::open(&out).unwrap();
    let status = folder.status().unwrap();
    assert_eq!((status.state, status.step), (RunState::Finished, 60));

    // Between what it began as and what was learned.
    let taken = |likeness: &str, name: &str| {
        let path = place.path().join(name);
        let mut line = typed("export --likeness");
        line.args([likeness, "--run"]).arg(&out).arg("--out").arg(&path);
        let (code, _, notes) = run(&mut line);
        assert_eq!(code, 0, "{notes}");
        embedding::read(&path).unwrap()
    };
    let start = folder.start().unwrap().unwrap().vectors;
    assert_eq!(taken("0", "first.safetensors").vectors, start);
    let half = taken("0.5", "half.safetensors");
    assert!(half.vectors != start && half.vectors != word.vectors);
    assert_eq!(half.metadata["pseudoword.likeness"], "0.5");
    assert!(!taken("1", "all.safetensors").metadata.contains_key("pseudoword.likeness"));
    let mut wrong = typed("export --likeness 1.5 --out x --run");
    wrong.arg(&out);
    assert_eq!(run(&mut wrong).0, 2);

    // An older checkpoint in the other layout, and a longer run.
    let export = out.join("older.safetensors");
    let mut line = typed("export --step 50 --format diffusers --run");
    line.arg(&out).arg("--out").arg(&export);
    assert_eq!(run_well(&mut line).trim(), export.to_string_lossy());
    let older = embedding::read(&export).unwrap();
    assert_eq!((older.token.as_deref(), older.vectors), (Some("<cat-toy>"), checkpoint(&out, 50).vectors));
    let mut line = typed("export --step 33 --force --run");
    line.arg(&out).arg("--out").arg(&export);
    refuses(&mut line, 7, &["step 33 was not kept", "one of these: 50, 60."]);
    let mut line = typed("learn --resume --device cpu --steps 65 --out");
    line.arg(&out);
    let word = run_well(&mut line);
    assert_eq!(Path::new(word.trim()), out.join("cat-toy.safetensors"), "only results go to standard output");
    assert_eq!(losses(&out).len(), 65);
}

#[test]
fn a_run_goes_on_with_what_is_asked_or_names_it() {
    let place = workplace();
    let (out, others) = (place.path().join("run"), place.path().join("others"));
    copy_folder(&place.path().join("images"), &others);
    let quiet = ["--preview-every", "0", "--fixed-noise-every", "0"];
    run_well(learn_line(place.path(), &out).args(quiet).args(["--steps", "4", "--seed", "-1"]));
    let manifest = || RunFolder::open(&out).unwrap().manifest().unwrap();
    let seed = manifest().settings.seed;
    assert!(seed > 0, "drawn at random");

    let mut line = typed("learn --resume --device cpu --steps 6 --learning-rate 2e-3 --seed 3");
    line.args(["--vectors", "2", "--word", "<dog>", "--init", "dog", "--kind", "style", "--preset", "paper"]);
    line.arg("--model").arg(place.path()).arg("--images").arg(&others).arg("--out").arg(&out);
    let (code, _, notes) = run(&mut line);
    assert_eq!(code, 0, "{notes}");
    for option in ["word", "init", "kind", "model", "images", "vectors", "seed", "preset"] {
        assert!(notes.contains(&format!("Note: --{option} ")), "{option} is dropped in silence: {notes}");
    }
    assert!(notes.contains("Note: From step 5 on: learning rate 2e-3"), "{notes}");
    let rates: Vec<f64> = losses(&out).iter().map(|row| row.rate).collect();
    assert_eq!((rates.len(), rates[3], &rates[4..]), (6, 0.02, [2e-3, 2e-3].as_slice()));
    assert_eq!(
        (manifest().settings.seed, manifest().pictures[0].entry.path.starts_with(&others)),
        (seed, false)
    );

    // A file says only what it changes, and what is the run's own is no news.
    let settings = place.path().join("more.toml");
    std::fs::write(&settings, "steps = 7\nbatch_size = 2\n").unwrap();
    let mut line = learn_line(place.path(), &out);
    let (code, _, notes) = run(line.arg("--resume").arg("--settings").arg(&settings));
    assert_eq!((code, notes.contains("not taken")), (0, false), "{notes}");
    assert!(notes.contains("Note: From step 7 on: batch size 2, steps 7."), "{notes}");
    assert_eq!(losses(&out).last().map(|row| row.rate), Some(2e-3));
}

/// A camera held sideways writes the picture lying down and says so. Learning from it must be learning from
/// the upright picture: the same checkpoint, to the last bit.
#[test]
fn a_sideways_photo_is_turned_upright() {
    let place = workplace();
    let lying = image::open(place.path().join("images/source_1.png")).unwrap().to_rgb8();
    assert_ne!(lying.width(), lying.height());
    let learned = |name: &str, write: &dyn Fn(&Path)| {
        let folder = place.path().join(name);
        std::fs::create_dir_all(folder.join("images")).unwrap();
        write(&folder.join("images"));
        let out = folder.join("run");
        run_well(learn_line(&folder, &out).args(["--steps", "2", "--preview-every", "0"]));
        checkpoint(&out, 2).vectors
    };
    let jpeg = |orientation: u8| {
        let mut bytes = Vec::new();
        let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 95);
        // A little-endian TIFF block with one entry: tag 0x112, orientation, a SHORT.
        let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
        encoder.set_exif_metadata(exif).unwrap();
        encoder.encode_image(&lying).unwrap();
        bytes
    };
    let sideways = learned("sideways", &|folder| std::fs::write(folder.join("photo.jpg"), jpeg(6)).unwrap());
    let decoded = image::load_from_memory(&jpeg(1)).unwrap();
    let upright = learned("upright", &|folder| decoded.rotate90().save(folder.join("photo.png")).unwrap());
    let unturned = learned("unturned", &|folder| decoded.save(folder.join("photo.png")).unwrap());
    assert_eq!(sideways, upright);
    assert_ne!(sideways, unturned);
}

#[test]
fn pictures_are_taken_as_phones_and_browsers_leave_them() {
    let place = workplace();
    let folder = place.path().join("images");
    std::fs::rename(folder.join("source_0.png"), folder.join("5")).unwrap();
    std::fs::write(folder.join("5.caption"), "a photo of {}").unwrap();
    let picture = image::open(folder.join("source_1.png")).unwrap().to_rgb8();
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut jpeg).encode_image(&picture).unwrap();
    // Whole, but without its end marker; and cut off.
    std::fs::write(folder.join("3.jfif"), &jpeg[..jpeg.len() - 2]).unwrap();
    std::fs::write(folder.join("torn.jpe"), &jpeg[..jpeg.len() / 2]).unwrap();
    std::fs::write(folder.join("6.heic"), b"\0\0\0\x18ftypheic\0\0\0\0mif1heic").unwrap();
    std::fs::write(folder.join("7.avif"), b"\0\0\0\x14ftypavif\0\0\0\0").unwrap();
    std::fs::write(folder.join("Thumbs.db"), b"\xd0\xcf\x11\xe0").unwrap();
    // A file beside the folder says itself what it shows: EXIF with an ImageDescription.
    let single = place.path().join("single.dat");
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new(&mut bytes);
    let exif = b"II*\0\x08\0\0\0\x01\0\x0e\x01\x02\0\x09\0\0\0\x1a\0\0\0\0\0\0\0a red hat".to_vec();
    encoder.set_exif_metadata(exif).unwrap();
    encoder.encode_image(&picture).unwrap();
    std::fs::write(&single, bytes).unwrap();
    let learn = |out: &Path, captions: &str| {
        let mut line = learn_line(place.path(), out);
        line.args(["--steps", "1", "--preview-every", "0", captions, "--images"]).arg(&single);
        let (code, _, said) = run(&mut line);
        assert_eq!(code, 0, "{said}");
        let entries = RunFolder::open(out).unwrap().manifest().unwrap().pictures.into_iter();
        let named =
            |entry: &project::PictureEntry| entry.path.file_name().unwrap().to_str().unwrap().to_owned();
        (said, entries.map(|record| (named(&record.entry), record.entry.caption)).collect::<Vec<_>>())
    };
    let (said, entries) = learn(&place.path().join("run"), "--captions");
    let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["3.jfif", "5", "source_1.png", "single.dat"]);
    for part in [
        "2 pictures were left out: 6.heic and 7.avif; save them as JPEG.",
        "1 of 5 pictures cannot be used and is left out: torn.jpe (this picture is cut off",
        "3 of 4 pictures have no caption",
        "1 of them carries a description",
    ] {
        assert!(said.contains(part), "{part} is not in: {said}");
    }
    let (said, entries) = learn(&place.path().join("again"), "--embedded-captions");
    assert!(said.contains("2 of 4 pictures have no caption"), "{said}");
    assert_eq!(entries[3].1.as_deref(), Some("a red hat"));
    // With two left there is not enough to go on with: all that fail are named.
    std::fs::write(folder.join("3.jfif"), &jpeg[..jpeg.len() / 3]).unwrap();
    std::fs::remove_file(folder.join("source_1.png")).unwrap();
    let mut line = learn_line(place.path(), &place.path().join("none"));
    line.arg("--images").arg(&single);
    refuses(&mut line, 4, &["2 of 4 pictures cannot be used: 3.jfif (", "torn.jpe ("]);
    // A run goes on with all its pictures or not at all.
    let mut line = typed("learn --resume --device cpu --steps 2 --out");
    line.arg(place.path().join("run"));
    refuses(&mut line, 4, &["2 of 4 pictures cannot be used: 3.jfif (", "source_1.png ("]);
}

#[test]
fn nobody_listening_ends_nothing() {
    let place = workplace();
    let out = place.path().join("run");
    let mut line = learn_line(place.path(), &out);
    line.args(["--steps", "2", "--preview-every", "0", "--json"]);
    let mut child = line.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // As `| head -0` does: the reading ends close before anything is written.
    drop((child.stdout.take(), child.stderr.take()));
    assert!(child.wait().unwrap().success());
    assert!(out.join("cat-toy.safetensors").is_file());
}

#[test]
fn words_are_suggested_for_pictures_and_a_word_begins_where_another_ended() {
    let place = workplace();
    let suggest = |model: &Path| {
        let mut line = typed("suggest --device cpu");
        line.arg("--model").arg(model).arg("--images");
        line.arg(repository().join("assets/samples/tea-time-mug"));
        line.env("PSEUDOWORD_HOME", place.path().join("home"));
        line
    };
    let starter = repository().join("assets/starter");
    let said = run_well(&mut suggest(&starter));
    assert!(said.lines().count() == 5 && said.lines().any(|line| line.starts_with("mug ")), "{said}");
    let events = json_lines(&run_well(suggest(&starter).arg("--json")));
    let words = &events.last().unwrap()["summary"]["words"];
    assert!(words.as_array().unwrap().len() == 5 && words[0]["score"].as_f64().unwrap() > 0.0, "{words}");
    // The small model brings no CLIP, and none was fetched.
    refuses(&mut suggest(&model()), 2, &["no CLIP", "pseudoword fetch clip"]);

    let [first, second] = ["first", "second"].map(|name| place.path().join(name));
    run_well(learn_line(place.path(), &first).args(["--steps", "2", "--preview-every", "0"]));
    let mut line = typed("learn --device cpu --word <other> --steps 1 --preview-every 0");
    line.arg("--model").arg(model()).arg("--images").arg(place.path().join("images"));
    run_well(line.arg("--init-from").arg(&first).arg("--out").arg(&second));
    let run = RunFolder::open(&second).unwrap();
    assert_eq!(run.manifest().unwrap().concept.initial_word, "cat", "as the other began");
    let learned = embedding::read(&first.join("cat-toy.safetensors")).unwrap();
    assert_eq!(run.start().unwrap().unwrap().vectors, learned.vectors);
    let other = embedding::read(&second.join("other.safetensors")).unwrap();
    assert_eq!(other.metadata["pseudoword.start"], "file cat-toy.safetensors");
    assert!(other.describe().contains("begun from file cat-toy.safetensors"), "{}", other.describe());
}
