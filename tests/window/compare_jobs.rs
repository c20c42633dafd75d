//! What the Compare page asks the engine for, driven by accessible names with a played engine: a comparison begun, gone on
//! with and cancelled, what pictures of a word show, and what it means.

use std::path::Path;

use egui::Role;
use egui_kittest::kittest::Queryable as _;
use engine::message::{Command, Event, JobSummary};
use image::{Rgb, RgbImage};
use project::comparison::{Comparison, LeftOut, Point};
use project::evaluation::{EvaluationReport, Score, SubjectScores};
use project::meaning::{
    Attribute, BiasReport, CAUTION, Explanation, Gibberish, HardPrompt, Heat, LookSettings, Near, Part,
    PictureSet, Share, Sheet, VectorMeaning, WordHeat, WordMeaning,
};
use project::{Concept, DataDir, Draft};

use crate::compare::Page;

/// The page with a word in the library and a CLIP at hand.
fn with_word(home: &Path) -> Page {
    let words = DataDir::at(home.to_path_buf()).words();
    crate::stage::word(&words.join("garden-robot.safetensors"), "<garden-robot>");
    let mut page = Page::open(home);
    page.until("word and model are there", |app| {
        app.state().words.len() == 1 && app.state().clip().is_some()
    });
    page
}

/// A picture in a folder.
fn picture(folder: &Path, name: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    RgbImage::from_pixel(16, 16, Rgb([90; 3])).save(&path).unwrap();
}

#[test]
fn a_comparison_is_begun_cancelled_and_gone_on_with() {
    let home = tempfile::tempdir().unwrap();
    let mut page = Page::open(home.path());
    page.until("the model is known", |app| app.state().clip().is_some());
    page.press("Methods");
    page.press("New comparison…");
    page.harness.get_by_label_contains("the word only turns");
    page.harness.get_by_role_and_label(Role::CheckBox, "turning").click_accesskit();
    page.write("Numbers of pictures", "1, 3");
    page.press("Begin the comparison");
    let begun = |page: &mut Page| {
        page.until("it is begun", |app| app.state().jobs.len() == 1);
        let asked = page.commands.try_iter().find(|command| matches!(command, Command::Compare { .. }));
        let Some(Command::Compare { job, request }) = asked else { panic!("no comparison") };
        (job, request)
    };
    let (job, request) = begun(&mut page);
    let names: Vec<&str> = request.plan.methods.iter().map(|method| method.name.as_str()).collect();
    assert_eq!(names, ["single", "vectors-2"]);
    assert_eq!((request.plan.set_sizes.as_slice(), request.plan.baselines.len()), (&[1, 3][..], 3));
    assert_eq!(request.plan.concepts[0].name, "tea-time-mug");
    assert_eq!(request.out, home.path().join("comparisons").join("comparison"));
    // Two methods from one and from three pictures, and three baselines.
    page.harness.get_by_label("0 of 7 points");
    let what = "comparing, single n=1 on tea-time-mug".into();
    page.tell(Event::Progress { job, what, done: 2, of: 7 });
    page.tell(Event::Pace { job, seconds: 60.0 });
    assert!(page.harness.query_all_by_label_contains("5 min left").count() > 0);
    page.press("Cancel Comparing 5 methods on 1 concept");
    assert!(page.commands.try_iter().any(|command| command == Command::Stop(job)));
    std::fs::create_dir_all(&request.out).unwrap();
    request.plan.keep(&request.out).unwrap();
    page.tell(Event::Failed { job, message: "Cancelled.".into(), exit_code: 130 });
    page.press("Go on");
    let (_, again) = begun(&mut page);
    assert_eq!(again, request);
}

#[test]
fn scores_by_the_number_of_pictures_are_a_press_away() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("comparison");
    picture(&folder, "set-sizes.png");
    let point = |size: usize| Point {
        concept: "mug".into(),
        method: format!("single n={size}"),
        image: Some(Score { mean: 0.7, low: 0.6, high: 0.8, count: 4 }),
        text: Some(Score { mean: 0.2, low: 0.1, high: 0.3, count: 4 }),
        seconds: 1.0,
        ..Point::default()
    };
    let left_out =
        LeftOut { concept: "dog".into(), method: None, seed: None, reason: "It is marked.".into() };
    Comparison { of: 2, points: vec![point(1), point(3)], left_out: vec![left_out] }.save(&folder).unwrap();
    let mut page = Page::open(home.path());
    page.compare(&folder);
    // Marks of two methods in one place, each with its name.
    page.harness.get_by_label_contains("Plot of 4 marks");
    assert!(page.harness.query_by_label("Go on").is_none(), "all is found");
    page.harness.get_by_label_contains("dog is left out: It is marked.");
    page.press("By number of pictures");
    let figure = folder.join("set-sizes.png");
    page.until("the figure is read", |app| app.state().full(&figure).is_some());
    page.press("Back to the methods");
}

#[test]
fn a_word_is_scored_beside_the_pictures_of_its_concept() {
    let home = tempfile::tempdir().unwrap();
    let concept = Concept { initial_word: "robot".into(), ..Concept::of("<garden-robot>") };
    let concepts = DataDir::at(home.path().to_path_buf()).concepts();
    let folder = Draft::create(&concepts, concept).unwrap().folder;
    picture(&folder, "a.png");
    let mut page = with_word(home.path());
    page.until("the concept is known", |app| app.state().pictures_of("<garden-robot>").is_some());
    page.harness.get_by_label("<garden-robot>").click_accesskit();
    page.harness.run_steps(3);
    page.press("Score the word");
    let asked = page.commands.try_iter().find(|command| matches!(command, Command::Evaluate { .. }));
    let Some(Command::Evaluate { job, request }) = asked else { panic!("nothing is scored") };
    assert_eq!((&request.images, request.settings.count), (&vec![folder], 8));
    let score = |mean| Some(Score { mean, low: mean - 0.1, high: mean + 0.1, count: 4 });
    let subject = |name: &str, image| SubjectScores {
        subject: name.into(),
        image_similarity: score(image),
        text_similarity: score(0.25),
        text_of_mean: Some(0.3),
        diversity: None,
    };
    let report = EvaluationReport {
        word: "<garden-robot>".into(),
        initial_word: Some("robot".into()),
        pictures: 1,
        settings: request.settings,
        subjects: vec![subject("learned word", 0.8), subject("initial word only", 0.6)],
    };
    page.tell(Event::Finished { job, summary: JobSummary::Evaluated { report } });
    page.harness.get_by_label("0.800 (0.700 to 0.900)");
    page.harness.get_by_label("<garden-robot>: initial word only");
    page.press("Put the scores aside");
    assert!(page.harness.query_by_label("0.800 (0.700 to 0.900)").is_none());
}

#[test]
fn what_pictures_show_is_counted_and_laid_side_by_side() {
    let home = tempfile::tempdir().unwrap();
    let mut page = with_word(home.path());
    page.press("Bias");
    assert!(page.harness.query_by_label("Earlier reports").is_none(), "there are none yet");
    page.write("Known word", "robot");
    page.press("Draw and count");
    let asked = page.commands.try_iter().find(|command| matches!(command, Command::Bias { .. }));
    let Some(Command::Bias { job, request }) = asked else { panic!("nothing is counted") };
    assert!(request.word.ends_with("garden-robot.safetensors") && request.known.as_deref() == Some("robot"));
    assert_eq!((request.settings.count, request.out.clone()), (16, home.path().join("bias/garden-robot")));
    // One of another day is kept.
    let out = home.path().join("bias/garden-robot-2");
    let set = |name: &str, prompt: Option<&str>| {
        let pictures: Vec<_> = (1..=2).map(|i| format!("pictures/{name}-{i}.png").into()).collect();
        (1..=2).for_each(|i| picture(&out, &format!("pictures/{name}-{i}.png")));
        let prompt = prompt.map(str::to_owned);
        PictureSet { name: name.into(), prompt, count: 2, sheet: "sheet.png".into(), pictures }
    };
    let share = Share { share: 0.5, low: 0.09, high: 0.91, probability: 0.4 };
    let report = BiasReport {
        model: "starter".into(),
        word: "<garden-robot>".into(),
        known: "robot".into(),
        settings: LookSettings::of(2),
        sets: vec![
            set("known word", Some("a photo of a robot")),
            set("learned word", Some("a photo of a <garden-robot>")),
            set("pictures learned from", None),
        ],
        groups: vec![vec![Attribute {
            name: "red".into(),
            sentence: "a photo of a red robot".into(),
            shares: vec![share; 3],
        }]],
        caution: CAUTION.into(),
    };
    report.save(&out).unwrap();
    let summary = JobSummary::Biased { out: out.clone(), report: Box::new(report) };
    page.tell(Event::Finished { job, summary });
    page.harness.get_by_label("<garden-robot> beside “robot”");
    page.harness.get_by_label_contains("an estimate by a model (CLIP)");
    assert_eq!(page.harness.query_all_by_label("50 % (9 to 91 %)").count(), 3);
    let shown = out.join("pictures/learned word-2.png");
    page.press("learned word, all 2 of “a photo of a <garden-robot>”, picture 2");
    page.until("it is seen large", |app| app.state().full(&shown).is_some());
    page.press("Back to all pictures");
    page.harness.get_by_label("pictures learned from, 2");
    page.until("it is listed", |app| app.state().comparing.reports[0] == [out.clone()]);
    page.press("Earlier reports");
    page.press("garden-robot-2");
    page.until("it is read again", |app| {
        app.state().comparing.bias.as_ref().is_some_and(|open| open.folder == out)
    });
}

#[test]
fn what_a_word_means_is_found_out_and_shown() {
    let home = tempfile::tempdir().unwrap();
    let mut page = with_word(home.path());
    page.press("Meaning");
    page.write("A text without meaning", "mugrobo");
    page.press("Find out");
    let asked = page.commands.try_iter().find(|command| matches!(command, Command::Explain { .. }));
    let Some(Command::Explain { job, request }) = asked else { panic!("nothing is explained") };
    assert!(request.word.is_some() && request.clip.is_some() && request.against.is_none());
    assert_eq!(request.gibberish.as_deref(), Some("mugrobo"));
    let sheet = |name: &str, columns: &[&str]| {
        let pictures: Vec<_> = (1..=columns.len()).map(|i| format!("pictures/{name}-{i}.png")).collect();
        pictures.iter().for_each(|path| picture(&request.out, path));
        Sheet {
            file: format!("{name}.png").into(),
            rows: vec![format!("{name} row")],
            columns: columns.iter().map(|&name| name.to_owned()).collect(),
            pictures: vec![pictures.into_iter().map(Into::into).collect()],
        }
    };
    let near = |word: &str, cosine| Near { word: word.into(), cosine };
    for name in ["heat.png", "heat-1-robot.png"] {
        picture(&request.out, name);
    }
    let score = |mean| Some(Score { mean, low: mean - 0.1, high: mean + 0.1, count: 4 });
    let word = WordMeaning {
        word: "<garden-robot>".into(),
        prompt: "a photo of <garden-robot>".into(),
        vectors: vec![VectorMeaning {
            vector: 1,
            encoder: 1,
            length: 0.4,
            usual: [0.3, 0.4, 0.5],
            nearest: vec![near("robot", 0.82), near("toy", 0.61)],
            mix: vec![Part { word: "robot".into(), weight: 0.61 }, Part { word: "red".into(), weight: 0.22 }],
            explained: 0.64,
        }],
        renderings: sheet("renderings", &["seed 0", "seed 1"]),
        between: Some(sheet("between", &["<garden-robot>", "50 % <b>", "<b>"])),
        heat: Heat {
            picture: "heat.png".into(),
            seed: 0,
            words: vec![WordHeat {
                word: "robot".into(),
                file: "heat-1-robot.png".into(),
                raw: "heat-1-robot-raw.png".into(),
                largest: 0.3,
                mean: 0.1,
            }],
        },
        hard_prompt: HardPrompt {
            text: "robot toy".into(),
            cosine: 0.7,
            searched: true,
            compared_with: Some("the pictures it was learned from".into()),
            likeness: score(0.6),
            word_likeness: score(0.8),
        },
    };
    let report = Explanation {
        model: "starter".into(),
        settings: LookSettings::of(2),
        word: Some(word),
        gibberish: Some(Gibberish {
            prompt: "a photo of mugrobo".into(),
            sheet: sheet("gibberish", &["seed 0", "seed 1"]),
            words: vec![near("mug", 0.31)],
        }),
    };
    let summary = JobSummary::Explained { out: request.out.clone(), report: Box::new(report) };
    page.tell(Event::Finished { job, summary });
    for part in [
        "robot 0.82, toy 0.61",
        "0.61 robot + 0.22 red, which is 64 % of it",
        "On the way to another word",
        "“robot toy”, sought by CLIP",
        "0.600 (0.500 to 0.700); of the word 0.800 (0.700 to 0.900)",
        "“a photo of mugrobo” looks to CLIP like mug 0.31",
        "50 % <b>",
    ] {
        assert!(page.harness.query_all_by_label_contains(part).count() > 0, "“{part}” is not there");
    }
    let shown = request.out.join("heat-1-robot.png");
    page.press("robot, at most 0.30, mean 0.10");
    page.until("the heat is seen large", |app| app.state().full(&shown).is_some());
    page.press("Back to the report");
    page.harness.get_by_label("What <garden-robot> means");
}
