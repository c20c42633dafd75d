//! What is taken, what is named, and what a run remembers of its parts.

use super::*;
use crate::WordStart;
use crate::concept::Concept;
use crate::manifest::PictureRecord;
use crate::run::tests::base_model;
use crate::{Author, Rights};

fn run() -> RunManifest {
    let concept = Concept { word: "<cat-toy>".into(), initial_word: "cat".into(), kind: ConceptKind::Object };
    let learning_rate = LearningRate::Cosine { start: 5e-3, end: 5e-4, since: 0 };
    let settings = LearnSettings { learning_rate, steps: 1000, ..LearnSettings::default() };
    RunManifest::new(concept, settings, Vec::new(), base_model("/model".into()), "CPU".into())
}

fn with(change: impl FnOnce(&mut LearnSettings)) -> Continuation {
    let mut settings = run().settings;
    change(&mut settings);
    Continuation { settings: Some(settings), ..Continuation::default() }
}

fn rate_at(settings: &LearnSettings, step: u64) -> f64 {
    settings.learning_rate.parse().unwrap().at(step, settings.steps)
}

#[test]
fn a_run_goes_on_in_its_own_precision_where_nobody_chose_one() {
    for own in [Precision::F32, Precision::F16] {
        let mut run = run();
        run.settings.precision = own;
        let asked = with(|s| (s.precision, s.steps) = (Precision::Auto, 2000));
        let notes = run.go_on(asked, 400, Some(1)).unwrap();
        assert_eq!((run.settings.precision, run.settings.steps), (own, 2000), "{notes:?}");
    }
}

#[test]
fn what_goes_beyond_the_method_is_taken_kept_or_outgrown() {
    let begun = |change: &dyn Fn(&mut LearnSettings)| {
        let mut run = run();
        run.settings.refine.negative_vectors = 2;
        run.settings.refine.first_resolution = Some(256);
        let mut settings = run.settings.clone();
        change(&mut settings);
        (run, Continuation { settings: Some(settings), ..Continuation::default() })
    };
    // The vectors of a run are both words' together.
    let (mut run, asked) = begun(&|s| {
        s.vectors = Some(1);
        (s.refine.context_weight, s.refine.negative_guidance) = (1e-4, 5.0);
        (s.refine.negative_vectors, s.refine.first_part) = (3, 0.2);
    });
    run.initial_loss = Some(0.5);
    let notes = run.go_on(asked, 400, Some(3)).unwrap();
    let refine = run.settings.refine;
    assert_eq!((refine.context_weight, refine.negative_guidance, refine.negative_vectors), (1e-4, 5.0, 2));
    assert_eq!((refine.first_resolution, refine.first_part), (Some(256), 0.6));
    assert_eq!(notes.len(), 4, "{notes:?}");
    assert!(notes[0].contains("--negative-vectors 3") && notes[1].contains("--first-part"), "{notes:?}");
    assert_eq!(notes[2], "From step 401 on: context weight 0.0001, negative guidance 5.0.");
    assert!(notes[3].contains("held-out") && run.initial_loss.is_none(), "the prediction is another");
    // Steps added before the pictures have grown move that; afterwards they stay large, also where the command is
    // given again.
    let (mut run, asked) = begun(&|s| s.steps = 2000);
    assert!(run.go_on(asked, 400, None).unwrap().is_empty());
    assert_eq!((run.settings.refine.first_resolution, run.settings.first_steps()), (Some(256), 1200));
    let (mut run, asked) = begun(&|s| s.steps = 2000);
    assert!(run.go_on(asked.clone(), 600, None).unwrap().is_empty());
    assert_eq!((run.settings.refine.first_resolution, run.settings.first_steps()), (None, 0));
    assert_eq!(run.earlier[0].settings.refine.first_resolution, Some(256));
    assert!(run.go_on(asked, 700, None).unwrap().is_empty());
    assert_eq!(run.settings.refine.first_resolution, None);
}

#[test]
fn a_run_keeps_its_method_and_may_pull_otherwise() {
    let mut run = run();
    run.settings.method = Method::Regularised;
    let mut settings = run.settings.clone();
    settings.method = Method::Progressive;
    (settings.methods.regularisation, settings.methods.add_vector_at) = (0.5, "7".into());
    let asked = Continuation { settings: Some(settings), ..Continuation::default() };
    let notes = run.go_on(asked, 400, Some(1)).unwrap();
    assert_eq!((run.settings.method, run.settings.methods.regularisation), (Method::Regularised, 0.5));
    assert_eq!(run.settings.methods.growth().unwrap(), [2000, 4000]);
    assert!(notes.len() == 3 && notes[0].contains("--method progressive"), "{notes:?}");
    assert!(notes[1].contains("--add-vector-at") && notes[2].contains("regularisation 0.5"), "{notes:?}");
}

#[test]
fn what_can_change_is_taken_and_said() {
    let mut run = run();
    let old = run.settings.clone();
    let asked = with(|s| {
        (s.steps, s.batch_size, s.gradient_accumulation, s.checkpoint_every) = (2000, 2, 1, 5);
        s.learning_rate = LearningRate::Text("1e-3".into());
        (s.precision, s.low_memory) = (Precision::F16, crate::LowMemory::On);
        s.weights = crate::WeightFormat::EightBit;
        s.timesteps = [100, 900];
        s.preview.steps = 7;
    });
    let wanted = asked.settings.clone().unwrap();
    run.initial_loss = Some(0.5);
    let notes = run.go_on(asked, 400, Some(1)).unwrap();
    assert_eq!(run.settings, wanted);
    assert_eq!(run.earlier, [Stage { until: 400, settings: old }]);
    assert_eq!(run.measured_since(), 400);
    assert_eq!(run.initial_loss, None, "it was measured in another precision");
    assert!(
        notes[0].starts_with("From step 401 on: ") && notes[0].contains("learning rate 1e-3"),
        "{notes:?}"
    );
    assert!(
        notes[0].contains("batch size 2")
            && ["precision f16", "weights 8bit", "low memory on"].iter().all(|part| notes[0].contains(part)),
        "{notes:?}"
    );
    // Asked again after a kill, it is the same run: nothing changes and nothing is said.
    let before = run.clone();
    let same = Continuation { settings: Some(wanted), ..Continuation::default() };
    assert!(run.go_on(same, 450, Some(1)).unwrap().is_empty());
    assert_eq!(run, before);
}

#[test]
fn what_cannot_change_is_named_with_its_reason() {
    let mut run = run();
    let before = run.clone();
    let mut asked = with(|s| (s.vectors, s.seed) = (Some(3), 7));
    asked.word = Some("<dog>".into());
    asked.initial_word = Some("dog".into());
    asked.kind = Some(ConceptKind::Style);
    asked.model = Some("/other".into());
    asked.pictures = Some(vec!["/others/1.png".into()]);
    asked.preset = Some(Preset::Paper);
    let notes = run.go_on(asked, 4, Some(1)).unwrap();
    let named = ["word", "init", "kind", "model", "vectors", "seed", "preset", "images"];
    assert_eq!(notes.len(), named.len(), "{notes:?}");
    for (note, option) in notes.iter().zip(named) {
        assert!(note.starts_with(&format!("--{option} ")) && note.contains("not taken: "), "{note}");
    }
    assert_eq!(run, before);
    // What is the run's own is no news.
    let mut asked = with(|s| s.vectors = Some(1));
    asked.word = Some("<cat-toy>".into());
    (asked.kind, asked.pictures) = (Some(ConceptKind::Object), Some(Vec::new()));
    assert!(run.go_on(asked, 4, Some(1)).unwrap().is_empty());
}

#[test]
fn pictures_that_were_moved_are_known_by_their_content() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    for folder in ["old", "new"] {
        std::fs::create_dir(at(folder)).unwrap();
    }
    let mut run = run();
    for name in ["a", "b"] {
        std::fs::write(at("old").join(name), name).unwrap();
        let mask = (name == "a").then(|| at("old/a.mask.png"));
        let entry = PictureEntry { mask, ..PictureEntry::new(at("old").join(name)) };
        run.pictures.push(PictureRecord::new(entry).unwrap());
    }
    let before = run.clone();
    std::fs::rename(at("old/a"), at("new/one.png")).unwrap();
    std::fs::remove_file(at("old/b")).unwrap();
    std::fs::write(at("new/one.mask.png"), "mask").unwrap();
    std::fs::write(at("new/two.png"), "bb").unwrap();
    let mut images = |pictures: &[&str]| {
        let pictures = Some(pictures.iter().map(|name| at(name)).collect());
        let asked = Continuation { pictures, ..Continuation::default() };
        run.go_on(asked, 4, None).map(|notes| (notes, run.clone())).unwrap()
    };
    for given in [&["new/one.png"][..], &["new/one.png", "new/two.png"]] {
        let (notes, still) = images(given);
        assert!(notes[0].contains("and b is not among these") && still == before, "{notes:?}");
    }
    std::fs::write(at("old/b"), "b").unwrap();
    let (notes, moved) = images(&["new/two.png", "new/one.png"]);
    assert!(notes.len() == 1 && notes[0].contains("not taken for the others"), "{notes:?}");
    let entries: Vec<_> = moved.pictures.into_iter().map(|picture| picture.entry).collect();
    assert_eq!(entries[0].path, at("new/one.png"));
    assert_eq!(entries[0].mask, Some(at("new/one.mask.png")));
    assert_eq!(entries[1], before.pictures[1].entry);
    assert!(images(&["new/one.png", "old/b"]).0.is_empty(), "the same line again");
}

#[test]
fn the_rate_goes_on_from_where_it_was() {
    for (done, more) in [(1000, 1500), (500, 2000), (500, 600), (999, 1001)] {
        let mut run = run();
        let due = rate_at(&run.settings, done);
        run.go_on(Continuation { steps: Some(more), ..Continuation::default() }, done, None).unwrap();
        let rates: Vec<f64> = (done..more).map(|step| rate_at(&run.settings, step)).collect();
        assert!((rates[0] - due).abs() < 1e-12 || rates.len() == 1, "{done} of {more}: {}", rates[0]);
        assert!(rates.is_sorted_by(|a, b| a >= b) && rates.last() == Some(&5e-4), "{rates:?}");
    }
    // The same command again, after a kill.
    let mut killed = run();
    let again = || with(|s| s.steps = 2000);
    killed.go_on(again(), 500, None).unwrap();
    let before = killed.clone();
    assert!(killed.go_on(again(), 700, None).unwrap().is_empty());
    assert_eq!(killed, before);
    // Another setting leaves the rate where it was planned.
    let mut run = run();
    run.go_on(with(|s| s.preview_every = 10), 500, None).unwrap();
    assert_eq!(rate_at(&run.settings, 700), rate_at(&self::run().settings, 700));
    // A new fall begins with the step it is asked for.
    let wanted = LearningRate::Cosine { start: 1e-2, end: 1e-3, since: 0 };
    run.go_on(with(|s| s.learning_rate = wanted), 600, None).unwrap();
    assert_eq!([600, 999].map(|step| rate_at(&run.settings, step)), [1e-2, 1e-3]);
    assert_eq!(run.earlier.iter().map(|stage| stage.until).collect::<Vec<_>>(), [500, 600]);
}

#[test]
fn parts_follow_the_steps_that_were_kept() {
    let mut run = run();
    run.go_on(with(|s| s.batch_size = 2), 400, None).unwrap();
    // Nothing was learned with it before it changed again.
    run.go_on(with(|s| s.batch_size = 3), 400, None).unwrap();
    assert_eq!((run.earlier.len(), run.earlier[0].settings.batch_size), (1, 1));
    // The checkpoints after step 300 are damaged.
    run.go_on(Continuation::default(), 300, None).unwrap();
    assert_eq!((run.earlier.len(), run.earlier[0].until, run.settings.batch_size), (1, 300, 3));
    run.go_on(with(|s| s.batch_size = 1), 300, None).unwrap();
    assert!(run.earlier.is_empty(), "it is as it was begun");
    // The parts survive the file.
    run.go_on(with(|s| s.batch_size = 2), 400, None).unwrap();
    run.initial_loss = Some(0.25);
    let text = toml::to_string(&run).unwrap();
    assert_eq!(toml::from_str::<RunManifest>(&text).unwrap(), run, "{text}");
}

#[test]
fn fewer_steps_than_were_taken_end_the_run() {
    let mut run = run();
    let notes = run.go_on(Continuation { steps: Some(3), ..Continuation::default() }, 4, None).unwrap();
    assert!(notes[0].contains("the run has taken 4 steps already"), "{notes:?}");
    assert_eq!(run.settings.steps, 4);
    let notes = run.go_on(with(|s| (s.steps, s.batch_size) = (4, 2)), 4, None).unwrap();
    assert!(notes[0].contains("Ask for more with --steps"), "{notes:?}");
    assert_eq!((run.settings.batch_size, run.settings.steps), (1, 4), "nor is it taken later");
}

#[test]
fn a_file_is_laid_over_the_settings_of_the_run() {
    let mut settings = LearnSettings::default();
    (settings.batch_size, settings.adamw.beta1) = (2, 0.8);
    (settings.seed, settings.preview.seed) = (4, 5);
    let typed = "steps = 7\nseed = -1\npreview = { seed = -1 }\nadamw = { beta2 = 0.99 }\n\
                 learning_rate = { constant = { rate = 0.01 } }";
    let found = lay_over(&settings, toml::from_str(typed).unwrap(), true).unwrap();
    assert_eq!((found.steps, found.batch_size, found.adamw.beta1, found.adamw.beta2), (7, 2, 0.8, 0.99));
    assert_eq!((found.seed, found.preview.seed), (4, 5));
    let fresh = lay_over(&settings, toml::from_str(typed).unwrap(), false).unwrap();
    assert!((fresh.seed, fresh.preview.seed) != (4, 5), "drawn anew");
    assert_eq!(found.learning_rate, LearningRate::Constant { lr: 0.01 });
}

#[test]
fn a_word_does_not_begin_twice() {
    let mut run = run();
    let before = run.settings.clone();
    let notes = run.go_on(with(|s| s.start = WordStart::Cross), 400, Some(1)).unwrap();
    assert!(notes[0].contains("begun already, from its token"), "{notes:?}");
    assert_eq!(run.settings, before);
}

#[test]
fn what_is_said_anew_of_rights_is_named() {
    let entry = PictureEntry { rights: Rights::Own, ..PictureEntry::new("a.png".into()) };
    let author = |name: &str| Author { name: Some(name.into()), licence: None };
    let mut run = run();
    run.pictures = vec![PictureRecord { sha256: String::new(), marks: Vec::new(), entry }];
    run.author = author("Ann");
    let mut notes = |rights, name: &str| {
        // Of pictures without a mark no reason is kept, so the line of the beginning is no other.
        let despite_mark = Some("mine".into());
        let permission =
            Permission { rights: Some(rights), rights_from: None, despite_mark, author: author(name) };
        let asked = Continuation { permission, ..Continuation::default() };
        let notes = run.go_on(asked, 4, None).unwrap();
        notes.into_iter().filter(|note| note.contains("rights, author and licence")).collect::<Vec<_>>()
    };
    assert_eq!(notes(Rights::Own, "Ann"), [""; 0]);
    let said = notes(Rights::Consent, "Bob");
    assert!(
        said[0].starts_with("--rights is not taken") && said[1].starts_with("--author is not taken"),
        "{said:?}"
    );
    assert_eq!(said.len(), 2);
}
