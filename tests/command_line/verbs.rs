//! The real program as a person or a script uses it: what it accepts, what it prints, what it leaves on the
//! disk.
//!
//! What it refuses is in `refusals.rs`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::places::*;
use crate::program::*;
use crate::runs::*;
use format::{GenerateInfo, embedding, parse_parameters, read_parameters};
use image::{ImageEncoder as _, RgbImage};
use project::{RunFolder, RunState};
use serde_json::Value;

/// `pseudoword generate` in four steps, without a word.
fn generate_line(model: &Path, out: &Path, prompt: &str) -> Command {
    let mut line = typed("generate --device cpu --sampler ddim --steps 4 --prompt");
    line.arg(prompt);
    line.arg("--model").arg(model).arg("--out").arg(out);
    line
}

/// Draws and reads what was drawn, with the settings inside.
fn draw(line: &mut Command) -> Vec<(PathBuf, RgbImage, GenerateInfo)> {
    let paths: Vec<PathBuf> = run_well(line).lines().map(PathBuf::from).collect();
    let read = |path: PathBuf| {
        let info = parse_parameters(&read_parameters(&path).unwrap().unwrap());
        (path.clone(), image::open(path).unwrap().to_rgb8(), info)
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn a_word_is_scored_beside_its_baselines() {
    let place = workplace();
    let out = place.path().join("run");
    run_well(learn_line(place.path(), &out).args("--steps 3 --preview-every 0 --clip-skip 2".split(' ')));
    let clip = repository().join("tests/golden/clip");
    let line = |clip: &Path| {
        let mut line = typed("evaluate --device cpu --count 2 --steps 2 --json");
        let images = ["source_0.png", "source_1.png"].map(|name| place.path().join("images").join(name));
        line.arg("--model").arg(model()).arg("--images").args(images);
        line.arg("--word").arg(out.join("cat-toy.safetensors")).arg("--clip").arg(clip);
        line
    };
    let events = json_lines(&run_well(&mut line(&clip)));
    let report = &events[events.len() - 1]["summary"]["report"];
    assert_eq!((report["word"].as_str(), report["initial_word"].as_str()), (Some("<cat-toy>"), Some("cat")));
    // It is drawn as it was learned.
    assert_eq!(report["settings"]["clip_skip"], 2);
    let subjects = report["subjects"].as_array().unwrap();
    let names: Vec<&str> = subjects.iter().map(|row| row["subject"].as_str().unwrap()).collect();
    assert_eq!(names, ["learned word", "initial word only", "prompt only", "image only"]);
    for row in subjects {
        for score in ["image_similarity", "text_similarity"] {
            let number = |key: &str| row[score][key].as_f64().unwrap();
            let (low, mean, high) = (number("low"), number("mean"), number("high"));
            assert!(-1.0 <= low && low <= mean && mean <= high && high <= 1.0, "{row}");
        }
    }
    // Two pictures for each of the five prompts of the set.
    assert_eq!(subjects[0]["text_similarity"]["count"], 10);
    // The same seeds give the same figures.
    assert_eq!(json_lines(&run_well(&mut line(&clip))).last().unwrap()["summary"]["report"], *report);
    refuses(&mut line(&place.path().join("no clip")), 3, &["no clip", "CLIP"]);

    // What may stand in the word's place, and pictures that others drew.
    let outside = place.path().join("outside");
    copy_folder(&place.path().join("images"), &outside);
    copy_folder(&place.path().join("images"), &outside.join("2"));
    let mut more = line(&clip);
    more.args(["--caption", "a small red cat", "--clip-word", "--pictures"]).arg(&outside);
    let events = json_lines(&run_well(&mut more));
    let subjects = events.last().unwrap()["summary"]["report"]["subjects"].clone();
    let of = |name: &str| {
        let mut rows = subjects.as_array().unwrap().iter();
        rows.find(|row| row["subject"] == name).cloned().unwrap_or_else(|| panic!("{name}: {subjects}"))
    };
    assert!(of("short captions")["diversity"].is_number() && of("clip word")["text_of_mean"].is_number());
    // They are the concept's own, so each is also compared with itself; two of them are for the second prompt.
    assert_eq!(of("outside pictures")["text_similarity"]["count"], 2);
    assert!(
        of("outside pictures")["image_similarity"]["mean"].as_f64()
            > of("image only")["image_similarity"]["mean"].as_f64()
    );
    let long = vec!["word"; 31].join(" ");
    refuses(line(&clip).args(["--caption", &long]), 2, &["31 words", "30"]);
}

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

#[test]
fn any_script_and_spaces_are_fine() {
    let place = workplace();
    let root = place.path().join("作品 集");
    let [model, out, pictures] = ["モデル v1", "出力 フォルダ", "絵"].map(|name| root.join(name));
    copy_folder(&crate::runs::model(), &model);
    copy_folder(&place.path().join("images"), &root.join("images"));
    std::fs::rename(root.join("images/source_0.png"), root.join("images/赤い 猫.png")).unwrap();
    let mut line = typed("learn --device cpu --word <ねこ> --init cat --steps 3");
    line.args(["--preview-every", "0", "--kind", "style", "--model"]).arg(&model);
    line.arg("--images").arg(root.join("images")).arg("--out").arg(&out);
    let word = out.join("ねこ.safetensors");
    assert_eq!(run_well(&mut line).trim(), word.to_string_lossy());
    assert_eq!(embedding::read(&word).unwrap().token.as_deref(), Some("<ねこ>"));

    let mut line = generate_line(&model, &pictures, "a photo of <ねこ>");
    let drawn = draw(line.args(["--negative", "ugly, 悪い", "--seed", "7", "--word"]).arg(&word));
    let [(path, _, info)] = drawn.as_slice() else { panic!("{} pictures", drawn.len()) };
    assert!(path.starts_with(&pictures));
    assert_eq!((info.prompt.as_str(), info.negative_prompt.as_str()), ("a photo of <ねこ>", "ugly, 悪い"));
    assert_eq!(
        (info.steps, info.seed, info.sampler.as_str(), info.model.as_str()),
        (4, 7, "DDIM", "モデル v1")
    );
    assert_eq!(info.ti_hashes, [("<ねこ>".to_string(), embedding::read_hashed(&word).unwrap().1)]);

    // All kinds of things say what they are.
    for (path, parts) in [
        (&model, ["made for", "64 pixels"]),
        (&out, ["finished after 3 of 3 steps", "<ねこ>"]),
        (&word, ["<ねこ>", "one vector of 32 numbers"]),
        (path, ["a photo of <ねこ>", "Seed: 7"]),
    ] {
        let text = run_well(program().arg("inspect").arg(path));
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    }
}

#[test]
fn seeds_and_sizes_decide_the_picture() {
    let place = workplace();
    let out = place.path().join("drawn");
    let prompt = "a painting of a cat";
    let both = draw(generate_line(&model(), &out, prompt).args(["--seed", "5", "--count", "2"]));
    let again = draw(generate_line(&model(), &out, prompt).args(["--seed", "6"]));
    let [(_, first, five), (_, second, six)] = both.as_slice() else { panic!("{} pictures", both.len()) };
    assert_eq!((five.seed, six.seed, five.width, five.height), (5, 6, 64, 64));
    assert_ne!(first, second, "another seed must give another picture");
    assert_eq!(&again[0].1, second, "the same seed must give the same picture, to the last bit");
    let flat = |picture: &RgbImage| picture.iter().all(|v| *v == picture.as_raw()[0]);
    assert!(!flat(first) && !flat(second));
    let any = draw(generate_line(&model(), &place.path().join("any"), prompt).args(["--seed", "-1"]));
    assert!(
        any[0].0.to_string_lossy().ends_with(&format!("-{}.png", any[0].2.seed)),
        "{}",
        any[0].0.display()
    );
    assert!(any[0].2.seed > 6, "drawn at random");
    let wide = draw(generate_line(&model(), &out, prompt).args(["--seed", "5", "--size", "64x128"]));
    assert_eq!(wide[0].1.dimensions(), (64, 128));
    assert_eq!((wide[0].2.width, wide[0].2.height), (64, 128));
    let mut names: Vec<String> =
        std::fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["00000-5.png", "00001-6.png", "00002-6.png", "00003-5.png"]);
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
fn a_device_is_measured_and_what_is_kept_is_used_or_left_alone() {
    let home = workplace();
    let line = || {
        let mut line = program();
        line.env("PSEUDOWORD_HOME", home.path());
        line.args(["devices", "--tune", "--device", "cpu", "--model"]).arg(model());
        line
    };
    let events = json_lines(&run_well(line().arg("--json")));
    let summary = &events[events.len() - 1]["summary"];
    assert!(summary["operations"].as_u64().is_some_and(|count| count > 4), "{summary}");
    let file = home.path().join("tuning.json");
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(kept["devices"][0]["api"], "cpu");
    let operations = kept["devices"][0]["operations"].as_array().unwrap().len();
    assert_eq!(Some(operations as u64), summary["operations"].as_u64());

    std::fs::write(&file, "no JSON").unwrap();
    refuses(&mut line(), 2, &["the file is damaged", "tuning.json"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "no JSON");
    let mut others = program();
    others.env("PSEUDOWORD_HOME", home.path());
    others.args(["generate", "--json", "--prompt", "a cat", "--steps", "1", "--device", "cpu", "--model"]);
    let said = run_well(others.arg(model()).arg("--out").arg(home.path().join("drawn")));
    assert!(said.contains("is not used: the file is damaged"), "{said}");
}

#[test]
fn devices_and_bench_speak_json() {
    let text = run_well(program().args(["devices", "--json"]));
    let devices: Vec<Value> = serde_json::from_str(&text).unwrap();
    println!("{devices:#?}");
    let last = devices.last().unwrap();
    assert_eq!((last["api"].as_str(), last["kind"].as_str()), (Some("cpu"), Some("processor")));
    assert_eq!(last["choice"], "cpu");
    let choices: std::collections::HashSet<_> =
        devices.iter().map(|device| device["choice"].as_str().unwrap()).collect();
    assert_eq!(choices.len(), devices.len(), "each is chosen by another name");
    let mut there_is_none = typed("generate --prompt");
    there_is_none.args(["a cat", "--device", "metal:7"]);
    there_is_none.arg("--model").arg(model()).arg("--out").arg("/nowhere");
    refuses(&mut there_is_none, 6, &["metal:7", "pseudoword devices"]);
    assert!(devices.iter().all(|device| device["name"].as_str().is_some_and(|name| !name.is_empty())));

    let text = run_well(typed("bench --device cpu --steps 1 --model").arg(model()));
    let report: Value = serde_json::from_str(&text).unwrap();
    println!("{report:#}");
    for field in ["load_seconds", "first_step_seconds", "loss"] {
        assert!(report[field].as_f64().is_some_and(|value| value > 0.0), "{field} in {report}");
    }
    for field in ["learn_step_seconds", "sample_step_seconds"] {
        let list = report[field].as_array().unwrap();
        assert!(list.len() == 1 && list[0].as_f64().unwrap() > 0.0, "{field} in {report}");
    }
    assert_eq!((report["device"]["api"].as_str(), report["precision"].as_str()), (Some("cpu"), Some("f32")));
    assert_eq!((report["size"].as_u64(), report["batch"].as_u64()), (Some(64), Some(1)));
    assert!(report["parameters"].as_u64().unwrap() > 500_000);
    assert!(report.as_object().unwrap().contains_key("device_memory"));
    let memory = report["peak_memory"].as_u64();
    assert!(memory.is_some_and(|bytes| bytes > 10_000_000) || !cfg!(target_os = "linux"), "{report}");
    let kinds = report["kinds"].as_array().unwrap();
    let spent: f64 = ["forward", "backward"]
        .iter()
        .flat_map(|pass| kinds.iter().map(|kind| kind[*pass].as_f64().unwrap()))
        .sum();
    assert!(kinds.len() == 6 && spent > 0.0, "{report}");
    assert!(report["first_step"]["encoding"].as_f64().unwrap() > 0.0, "{report}");
    assert!(report["first_step"]["preparing"].is_null(), "the processor compiles nothing: {report}");
    assert!(report["learn_step_launches"].is_null() && report["comparison"].is_null(), "{report}");
    assert!(report["machine"]["threads"].as_u64().unwrap() > 0, "{report}");
}

/// What stands in for PyTorch writes down what it is asked.
#[cfg(unix)]
#[test]
fn a_comparison_takes_turns_and_makes_a_row() {
    let place = tempfile::tempdir().unwrap();
    let (python, report) = (place.path().join("python"), place.path().join("report.json"));
    // Written by another process: a program that this one had open for writing might be busy when it is started.
    let becomes = |script: &str| {
        let write = "printf %s \"$0\" >\"$1\" && chmod +x \"$1\"";
        run_well(Command::new("sh").args(["-c", write, script]).arg(&python));
    };
    becomes(
        "#!/bin/sh\ncd \"$(dirname \"$0\")\" || exit 1\necho \"$@\" >arguments\ncat \"$3/unet/config.json\" >unet\n\
         printf 'torch 0\\tcpu\\t3\\n'\nwhile read -r line; do echo \"$line\" >>asked; echo 2; done\n",
    );
    let bench = || {
        let mut line = typed("bench --device cpu --steps 2 --sampling-steps 1 --model");
        line.arg(model()).arg("--compare");
        line
    };
    run_well(bench().arg(&python).arg("--out").arg(&report));
    let read = |name: &str| std::fs::read_to_string(place.path().join(name)).unwrap();
    // The first of each; then, as nothing says yet that steps are long, one more of each that does not count.
    let asked = ["learn", "sample", "learn", "learn", "sample", "sample", "learn"];
    assert_eq!(read("asked"), asked.map(|step| format!("step {step}\n")).concat() + "memory\n");
    assert!(read("arguments").contains("--size 64 --downsampling 8 --batch 1 --device cpu --precision f32"));
    assert!(read("unet").contains("cross_attention_dim"));
    let written: Value = serde_json::from_str(&read("report.json")).unwrap();
    println!("{written:#}");
    let compared = &written["comparison"];
    assert_eq!((&compared["program"], &compared["threads"]), (&"torch 0".into(), &3.into()));
    assert_eq!(compared["learn_step_seconds"].as_array().map(Vec::len), Some(2));
    let ratio = written["learn_step_median"].as_f64().unwrap() / 2.0;
    assert!((compared["learn_ratio"].as_f64().unwrap() - ratio).abs() < 1e-9, "{written}");
    assert!(compared["learn_ratio_of_fastest"].as_f64().unwrap() <= ratio + 1e-9, "{written}");

    let table = run_well(typed("bench --table").arg(&report));
    println!("{table}");
    assert!(table.lines().count() == 3 && table.contains("| sd1, 64 px, batch 1, f32 |"), "{table}");

    // It finds the libraries, and ends all the same.
    becomes("#!/bin/sh\ntest \"$1\" = -c\n");
    refuses(bench().arg(&python), 2, &["PyTorch ended", "pip install"]);
    refuses(bench().arg(place.path().join("none")), 2, &["could not be started"]);
    refuses(bench().arg(&python).arg("--out").arg(&report), 2, &["is there already", "--force"]);
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

#[test]
fn a_study_is_made_from_a_comparison_and_scored() {
    use project::comparison::{Comparison, Point};
    use project::study::{Answers, StudySet};

    let place = workplace();
    let (folder, set) = (place.path().join("comparison"), place.path().join("set"));
    std::fs::create_dir_all(&folder).unwrap();
    let point = |method: &str| {
        let draw = |i: u8| {
            let path = PathBuf::from(format!("{method}-{i}.png"));
            let prompt = if i < 2 { "a photo of <cat-toy>" } else { "a <cat-toy> on the moon" };
            let info = GenerateInfo { prompt: prompt.into(), ..GenerateInfo::default() };
            let picture = RgbImage::from_pixel(8, 8, image::Rgb([i, 0, 0]));
            format::png_info::save_png(&folder.join(&path), &picture, &info).unwrap();
            path
        };
        Point {
            concept: "cat".into(),
            method: method.into(),
            baseline: method == "image-only",
            pictures: (0..4).map(draw).collect(),
            ..Point::default()
        }
    };
    let points = ["a", "b", "image-only"].map(point).to_vec();
    Comparison { of: 3, points, ..Comparison::default() }.save(&folder).unwrap();
    let line = |comparison: &Path, more: &[&str]| {
        let mut line = typed("study new --comparison");
        line.arg(comparison).arg("--out").arg(&set).args(more);
        line
    };
    refuses(&mut line(place.path(), &[]), 7, &["compare.json"]);
    refuses(
        &mut line(&folder, &["--methods", "a,c"]),
        2,
        &["no pictures of the method c", "a, b, image-only"],
    );
    let said = run_well(&mut line(&folder, &["--questions", "4", "--methods", "a,b"]));
    assert_eq!(said.trim(), set.display().to_string());
    refuses(&mut line(&folder, &[]), 2, &["already"]);
    let study = StudySet::load(&set).unwrap();
    let text = study.questions.iter().map(|question| question.context.as_str()).collect::<Vec<_>>();
    assert_eq!(text, ["", "", "on the moon", "on the moon"]);
    let mut answers = Answers::begin(&set, &study, "Ann", "1").unwrap();
    for question in 0..4 {
        (0..2).for_each(|candidate| answers.put(question, candidate, 9));
    }
    let away = place.path().join("away");
    answers.save(&away).unwrap();
    let score = |more: &[&Path]| {
        let mut line = typed("study score --json");
        line.arg(&set).args(more);
        json_lines(&run_well(&mut line)).remove(0)
    };
    assert_eq!(score(&[])["parts"].as_array().unwrap().len(), 0);
    let report = score(&[&away.join("answers/Ann.json")]);
    assert_eq!((&report["people"], &report["parts"][1]["rankings"]), (&1.into(), &2.into()));
    let text = run_well(typed("study score").arg(&set).arg(away.join("answers/Ann.json")));
    assert!(
        text.contains("match to the text: 2 answers of 1 person") && text.contains("mean rank"),
        "{text}"
    );
    std::fs::remove_file(set.join("key.json")).unwrap();
    refuses(typed("study score").arg(&set), 2, &["without the key"]);
}

#[test]
fn a_picture_is_edited_where_the_mask_says_and_its_file_stays() {
    let place = workplace();
    let image = place.path().join("images/source_0.png");
    let before = std::fs::read(&image).unwrap();
    let original = image::open(&image).unwrap().to_rgb8();
    let (width, height) = original.dimensions();
    let mask = place.path().join("mask.png");
    let left = |x: u32| image::Luma([if x < width / 2 { 255 } else { 0 }]);
    image::GrayImage::from_fn(width, height, |x, _| left(x)).save(&mask).unwrap();
    let line = |more: &[&str]| {
        let mut line = typed("edit --device cpu --sampler ddim --steps 4 --prompt");
        line.arg("a cat");
        line.arg("--image").arg(&image).arg("--model").arg(model());
        line.arg("--out").arg(place.path().join("edited")).args(more);
        line
    };
    let mask = mask.to_str().unwrap();
    let drawn = draw(&mut line(&["--mask", mask, "--feather", "0", "--order", "SD", "--area", "whole"]));
    let [(_, edited, info)] = &drawn[..] else { panic!("{} pictures", drawn.len()) };
    assert_eq!(edited.dimensions(), (width, height));
    let changed = edited.enumerate_pixels().filter(|(x, y, pixel)| *pixel != original.get_pixel(*x, *y));
    let changed: Vec<u32> = changed.map(|(x, ..)| x).collect();
    assert!(changed.len() > 100 && changed.iter().all(|x| *x < width / 2));
    for (key, value) in
        [("Denoising strength", "0.75"), ("Inpaint area", "Whole picture"), ("Blending", "sd")]
    {
        assert!(info.extra.contains(&(key.into(), value.into())), "{info:?}");
    }
    for (typed, said) in
        [(&["--fit-background", "decoder"][..], "decoder"), (&["--fit-background"][..], "latents")]
    {
        let drawn = draw(&mut line(&[&["--mask", mask][..], typed].concat()));
        let said = ("Fit background".to_owned(), said.to_owned());
        assert!(drawn.iter().any(|(.., info)| info.extra.contains(&said)), "{said:?}");
    }
    assert_eq!(draw(&mut line(&["--count", "2", "--strength", "0.5"])).len(), 2);
    assert_eq!(std::fs::read(&image).unwrap(), before);
    refuses(&mut line(&["--strength", "2"]), 2, &["strength is 2"]);
}
