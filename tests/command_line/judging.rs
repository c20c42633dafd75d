//! Words that are judged: by CLIP beside baselines, and by people in a study.

use std::path::{Path, PathBuf};

use crate::places::*;
use crate::program::*;
use crate::runs::*;
use format::GenerateInfo;
use image::RgbImage;

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
    // Pictures that are not there are told of before anything is drawn.
    let (code, printed, said) = run(line(&clip).arg("--pictures").arg(place.path().join("nowhere")));
    assert!(code != 0 && said.contains("nowhere") && !printed.contains("drawing for the scores"), "{said}");
}

#[test]
fn a_comparison_is_not_begun_among_other_files() {
    let place = workplace();
    let out = place.path().join("out");
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("figure.png"), "mine").unwrap();
    let mut line = typed("compare --device cpu --init cat --methods image-only --draw-steps 1 --count 1");
    line.arg("--model").arg(model()).arg("--clip").arg(golden().join("clip"));
    line.arg("--images").arg(place.path().join("images")).arg("--out").arg(&out);
    refuses(&mut line, 7, &["other files already", "figure.png", "folder of its own"]);
    assert_eq!(std::fs::read_to_string(out.join("figure.png")).unwrap(), "mine");
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 1);
    // Where it began, it goes on.
    std::fs::remove_file(out.join("figure.png")).unwrap();
    run_well(&mut line);
    run_well(&mut line);
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
            let png = format::png_info::to_png_with(&picture, &info).unwrap();
            std::fs::write(folder.join(&path), png).unwrap();
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
