//! Methods compared through the engine: what is found, what is left in the folder, and that a comparison that was stopped
//! ends like one that was not, without learning anything twice.

use std::path::Path;

use crate::places::golden;
use crate::runs::*;
use engine::message::{Command, CompareRequest, Event, JobSummary};
use project::comparison::{CLAIM, COMPARISON, ComparedConcept, Comparison, Method, Plan, Point};
use project::evaluation::EvaluateSettings;
use project::methods::Baseline;
use project::study::{self, StudyKind, StudySet, StudySettings};
use project::{LearnSettings, RunFolder};

/// Two quick methods and three baselines on one concept.
fn compare(place: &Path, out: &Path) -> Command {
    let prompts = place.join("prompts.txt");
    std::fs::write(&prompts, "a painting of {}\na {} on the moon\n").unwrap();
    let method = |name: &str, vectors| Method {
        name: name.into(),
        settings: LearnSettings { vectors: Some(vectors), checkpoint_every: 1, ..quick(2) },
    };
    let plan = Plan {
        model: model(),
        clip: golden().join("clip"),
        seed: 0,
        seeds: 1,
        despite_mark: None,
        set_sizes: Vec::new(),
        baselines: vec![Baseline::ImageOnly, Baseline::CaptionsShort, Baseline::ClipWord],
        evaluate: EvaluateSettings {
            prompts_file: Some(prompts),
            count: 1,
            steps: 2,
            ..EvaluateSettings::default()
        },
        methods: vec![method("single", 1), method("vectors-2", 2)],
        concepts: vec![ComparedConcept {
            name: "toy".into(),
            images: vec![place.join("images")],
            captions_short: vec!["a small cat".into()],
            captions_long: Vec::new(),
            concept: concept(),
        }],
    };
    Command::Compare { job: 1, request: Box::new(CompareRequest { out: out.to_path_buf(), plan }) }
}

fn points(out: &Path) -> Vec<Point> {
    let found = Comparison::load(out).unwrap();
    assert_eq!(found.of, 5);
    found.points.into_iter().map(|point| Point { seconds: 0.0, ..point }).collect()
}

/// The runs that steps were taken in, by the name of the method.
fn learned(events: &[Event]) -> Vec<String> {
    let run = |event: &Event| match event {
        Event::LearnStarted { run, .. } => {
            let method = run.out.parent()?.file_name()?;
            Some(method.to_string_lossy().into_owned())
        }
        _ => None,
    };
    events.iter().filter_map(run).collect()
}

#[test]
fn methods_are_compared_and_nothing_is_done_twice() {
    let place = workplace();
    let [whole, parts] = ["whole", "parts"].map(|name| place.path().join(name));
    let mut engine = Watched::start();
    engine.send(compare(place.path(), &whole));
    let events = engine.until_end(1);
    assert_eq!(learned(&events), ["single", "vectors-2"]);
    let Some(Event::Finished { summary: JobSummary::Compared { comparison, .. }, .. }) = events.last() else {
        panic!("{events:?}");
    };
    let names: Vec<&str> = comparison.points.iter().map(|point| point.method.as_str()).collect();
    assert_eq!(names, ["image-only", "captions-short", "clip-word", "single", "vectors-2"]);
    let saved = |event: &&Event| matches!(event, Event::Saved { path, .. } if path.ends_with(COMPARISON));
    assert_eq!(events.iter().filter(saved).count(), 5, "after every point");
    assert!(events.iter().filter(|event| matches!(event, Event::Pace { .. })).count() >= 5, "as often");
    for point in &comparison.points {
        assert_eq!(point.baseline, point.word.is_none());
        let score = point.text.unwrap();
        assert!(
            score.low <= score.mean && score.mean <= score.high && point.text_of_mean.is_some(),
            "{point:?}"
        );
        assert!(point.word.iter().chain(&point.pictures).all(|path| whole.join(path).is_file()), "{point:?}");
        assert!(!point.pictures.is_empty());
    }
    // Both kinds of questions can be asked: each picture that was drawn says of what.
    let said = |point: &Point| -> Vec<Option<String>> {
        point.pictures.iter().map(|path| format::read_prompt(&whole.join(path))).collect()
    };
    let prompts = |word: &str| {
        [format!("a photo of {word}"), format!("a painting of {word}"), format!("a {word} on the moon")]
            .map(Some)
    };
    let [own, captions, .., single, _] = &*comparison.points else { panic!() };
    assert!(said(own).iter().all(Option::is_none));
    assert_eq!(said(captions), prompts("a small cat"));
    assert_eq!(said(single), prompts(&concept().word));
    let (study, two) = (place.path().join("study"), StudySettings { questions: 2, ..Default::default() });
    let notes = study::make(&whole, &study, &two, &format::read_prompt).unwrap();
    assert_eq!(notes, ["Some questions compare 4 methods: the others have no such picture."]);
    let set = StudySet::load(&study).unwrap();
    let kinds: Vec<StudyKind> = set.questions.iter().map(|question| question.kind).collect();
    assert_eq!(kinds, [StudyKind::Likeness, StudyKind::Obedience]);
    let found = points(&whole);
    let svg = std::fs::read_to_string(whole.join("figure.svg")).unwrap();
    let svg = roxmltree::Document::parse(&svg).unwrap();
    assert_eq!(svg.descendants().filter(|node| node.attribute("class") == Some("mark")).count(), 5);
    assert_eq!(std::fs::read_to_string(whole.join("compare.csv")).unwrap().lines().count(), 6);
    let sheet = image::open(whole.join("grid-toy.png")).unwrap();
    assert!(sheet.height() > 5 * 128 && whole.join("figure.png").is_file(), "a row a method");

    // Stopped while the second method learns.
    engine.send(compare(place.path(), &parts));
    engine.until(|event| matches!(event, Event::LearnStarted { run, .. } if run.vectors == 2));
    engine.until_step(1);
    engine.send(Command::Stop(1));
    let events = engine.until_failure();
    assert!(matches!(events.last(), Some(Event::Failed { exit_code: 130, .. })), "{events:?}");
    assert_eq!(Comparison::load(&parts).unwrap().points.len(), 4);
    engine.send(compare(place.path(), &parts));
    let events = engine.until_end(1);
    assert_eq!(learned(&events), ["vectors-2"]);
    let steps: Vec<u64> = events
        .iter()
        .filter_map(|event| match event {
            Event::Step { report, .. } => Some(report.step),
            _ => None,
        })
        .collect();
    assert_eq!(steps, [2]);
    assert_eq!(points(&parts), found);

    engine.send(compare(place.path(), &parts));
    let events = engine.until_end(1);
    assert!(learned(&events).is_empty());
    let drawn = |event: &Event| matches!(event, Event::Progress { what, .. } if what.contains("scores"));
    assert!(!events.iter().any(drawn), "nothing is drawn again");
    assert_eq!(points(&parts), found);

    let held = base::Claim::take(&parts, CLAIM, "comparing").unwrap();
    engine.send(compare(place.path(), &parts));
    let events = engine.until_failure();
    let Some(Event::Failed { message, .. }) = events.last() else { panic!("{events:?}") };
    assert!(message.contains("another Pseudoword") && message.contains("is comparing"), "{message}");
    drop(held);
}

#[test]
fn a_concept_that_cannot_be_used_costs_the_others_nothing() {
    let place = workplace();
    let Command::Compare { request, .. } = compare(place.path(), &place.path().join("out")) else { panic!() };
    let CompareRequest { out, plan } = *request;
    let plain = std::fs::read(place.path().join("images/source_0.png")).unwrap();
    // Behind the header of 33 bytes: robots are not to learn from it.
    let chunk = [&11_u32.to_be_bytes()[..], b"tEXtrobots\0noai", &0x52bb_d0b9_u32.to_be_bytes()].concat();
    let marked = [&plain[..33], &chunk, &plain[33..]].concat();
    let mut concepts = Vec::new();
    for (name, bytes) in
        [("marked", &marked[..]), ("damaged", &plain[..plain.len() / 2]), ("toy", &plain[..])]
    {
        let folder = place.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("a.png"), bytes).unwrap();
        concepts.push(ComparedConcept::new(name, folder, concept()));
    }
    let (methods, baselines) = (plan.methods[..1].to_vec(), vec![Baseline::ImageOnly]);
    let plan = Plan { methods, baselines, concepts, ..plan };
    let send = |plan: &Plan| {
        let request = Box::new(CompareRequest { out: out.clone(), plan: plan.clone() });
        Command::Compare { job: 1, request }
    };
    let mut engine = Watched::start();
    let alone = Plan { concepts: plan.concepts[..1].to_vec(), ..plan.clone() };
    engine.send(send(&alone));
    let events = engine.until_failure();
    assert!(matches!(events.last(), Some(Event::Failed { exit_code: 4, .. })), "{events:?}");
    assert!(!out.exists());

    engine.send(send(&plan));
    engine.until_end(1);
    let names = |found: &Comparison| -> Vec<(String, bool)> {
        found.left_out.iter().map(|left_out| (left_out.concept.clone(), left_out.method.is_none())).collect()
    };
    let found = Comparison::load(&out).unwrap();
    assert_eq!(names(&found), ["marked", "damaged"].map(|name| (name.to_owned(), true)));
    assert!(found.left_out[0].reason.contains("noai") && found.left_out[1].reason.contains("a.png"));
    assert_eq!((found.of, found.points.len()), (2, 2));
    assert!(found.points.iter().all(|point| point.concept == "toy"));
    let table = std::fs::read_to_string(out.join("compare.csv")).unwrap();
    assert!(table.lines().count() == 5 && table.contains("\nmarked,,") && table.contains("noai"), "{table}");
    assert_eq!(Plan::load(&out).unwrap().concepts.len(), 3, "all are tried again another day");

    engine.send(send(&Plan { despite_mark: Some("I made it".into()), ..plan }));
    engine.until_end(1);
    let found = Comparison::load(&out).unwrap();
    assert_eq!(names(&found), [("damaged".to_owned(), true)]);
    assert_eq!((found.of, found.points.len()), (4, 4));
    let run = RunFolder::open(&out.join("runs/marked/single/seed-0")).unwrap().manifest().unwrap();
    assert_eq!(run.pictures[0].entry.despite_mark.as_deref(), Some("I made it"));
}
