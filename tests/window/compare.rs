//! The Compare page, driven by its accessible names, by keys and by the pointer: a comparison that grows, a study from its
//! making to the merged answers, and words side by side. The length is that of the ways in which a question is answered.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use engine::message::{Command, Event};
use format::{GenerateInfo, png_info};
use image::{Rgb, RgbImage};
use project::DataDir;
use project::comparison::{COMPARISON, Comparison, Point};
use project::evaluation::Score;
use ui::app::App;

use crate::stage;

const METHODS: [&str; 5] = ["paper", "free", "single", "vectors-2", "prompt-only"];

/// The window at that page, with a played engine.
pub struct Page {
    pub harness: Harness<'static, App>,
    pub commands: Receiver<Command>,
    pub events: Sender<Event>,
}

impl Page {
    pub fn open(home: &Path) -> Self {
        let (link, commands, events) = stage::played();
        let options = stage::options(home, Some(link));
        let harness = Harness::builder()
            .with_size([1400.0, 1000.0])
            .with_max_steps(64)
            .allow_missing_glyphs()
            .build_eframe(move |cc| App::new(cc, options).unwrap());
        let mut page = Self { harness, commands, events };
        page.events.send(Event::Device { device: stage::device() }).unwrap();
        // Another day the first steps are not shown.
        if page.harness.query_by_label("Skip, I will look around").is_some() {
            page.press("Skip, I will look around");
        }
        stage::keys(&mut page.harness, egui::Key::Num6);
        page
    }

    pub fn press(&mut self, name: &str) {
        stage::press(&mut self.harness, name);
    }

    pub fn tell(&mut self, event: Event) {
        self.events.send(event).unwrap();
        self.harness.run_steps(3);
    }

    /// Types into a field of one line.
    pub fn write(&mut self, name: &str, text: &str) {
        stage::write(&mut self.harness, egui::Role::TextInput, name, text);
    }

    /// Answers the question for a path that a button asks.
    pub fn choose(&mut self, button: &str, path: &Path) {
        self.press(button);
        stage::take(&mut self.harness, path);
    }

    /// Opens a comparison.
    pub fn compare(&mut self, folder: &Path) {
        self.press("Methods");
        self.choose("Open a comparison…", folder);
        self.until("it is read", |app| app.state().comparing.comparison.is_some());
    }

    pub fn until(&mut self, what: &str, done: impl Fn(&App) -> bool) {
        stage::until(&mut self.harness, what, 60, done);
    }

    /// Answers every question of the study by digits, as this person.
    fn answer_all(&mut self, person: &str) {
        self.write("Your name", person);
        self.press("Begin");
        self.until("a question is asked", |app| app.state().comparing.answering.is_some());
        let questions = self.harness.state().state().comparing.study.as_ref().unwrap().set.questions.len();
        for question in 0..questions {
            for place in 0..METHODS.len() {
                let digits =
                    [egui::Key::Num1, egui::Key::Num2, egui::Key::Num3, egui::Key::Num4, egui::Key::Num5];
                self.harness.key_press(digits[(place + question) % METHODS.len()]);
                self.harness.run_steps(1);
            }
            let answering = self.harness.state().state().comparing.answering.as_ref().unwrap();
            assert_eq!((answering.question, answering.answers.rankings[question].len()), (question, 5));
            self.harness.key_press(egui::Key::Enter);
            self.harness.run_steps(2);
        }
        self.until("all is answered", |app| {
            let comparing = &app.state().comparing;
            let people = comparing.study.as_ref().map(|study| study.people.answers.as_slice());
            let own = people.unwrap_or_default().iter().find(|answers| answers.person == person);
            comparing.answering.is_none()
                && own.is_some_and(|own| own.answered(&comparing.study.as_ref().unwrap().set) == questions)
        });
    }
}

fn score(mean: f64) -> Option<Score> {
    Some(Score { mean, low: mean - 0.02, high: mean + 0.02, count: 4 })
}

/// A comparison of all methods but the last so many, each with pictures of a mug alone and on the beach.
fn compare(folder: &Path, missing: usize) {
    std::fs::create_dir_all(folder.join("pictures")).unwrap();
    let mut points = Vec::new();
    for (number, method) in METHODS.iter().enumerate().take(METHODS.len() - missing) {
        let mut pictures = Vec::new();
        for i in 0..6_u8 {
            let path = PathBuf::from(format!("pictures/{method}-{i}.png"));
            let prompt = if i % 2 == 0 { "a photo of <mug>" } else { "a photo of <mug> on the beach" };
            let picture = RgbImage::from_pixel(32, 32, Rgb([40 * number as u8, 40 * i, 99]));
            let info = GenerateInfo { prompt: prompt.into(), steps: 20, ..GenerateInfo::default() };
            if !folder.join(&path).exists() {
                let png = png_info::to_png_with(&picture, &info).unwrap();
                std::fs::write(folder.join(&path), png).unwrap();
            }
            pictures.push(path);
        }
        points.push(Point {
            concept: "mug".into(),
            method: (*method).into(),
            baseline: *method == "prompt-only",
            image: score(0.8 - 0.1 * number as f64),
            text: score(0.2 + 0.02 * number as f64),
            seconds: 60.0,
            pictures,
            ..Point::default()
        });
    }
    // The pictures of the thing itself.
    let learned = Point { method: "image-only".into(), baseline: true, ..points[0].clone() };
    points.push(learned);
    Comparison { of: METHODS.len() + 1, points, ..Comparison::default() }.save(folder).unwrap();
}

/// The window with the first question about a new comparison in this folder.
fn asked(home: &Path, folder: &Path) -> Page {
    compare(folder, 0);
    let mut page = Page::open(home);
    page.compare(folder);
    page.press("Study");
    page.press("Make questions");
    page.until("there are questions", |app| app.state().comparing.study.is_some());
    page.press("Begin");
    page.until("a question is asked", |app| app.state().comparing.answering.is_some());
    page
}

/// The order of the first question's pictures.
fn ranking(page: &Page) -> Vec<usize> {
    page.harness.state().state().comparing.answering.as_ref().unwrap().answers.rankings[0].clone()
}

#[test]
fn a_comparison_is_shown_as_it_grows() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("comparison");
    compare(&folder, 2);
    let mut page = Page::open(home.path());
    page.compare(&folder);
    let points =
        |app: &App| app.state().comparing.comparison.as_ref().map_or(0, |c| c.comparison.points.len());
    page.until("it is read", |app| points(app) == 4);
    page.harness.get_by_label("4 of 6 points");
    page.harness.get_by_label_contains("Plot of 8 marks");
    page.press("paper on mug");
    assert!(page.harness.query_all_by_label("0.800 (0.780 to 0.820)").count() > 1);
    page.press("Picture paper-0.png");
    page.until("it is seen large", |app| app.state().full(&folder.join("pictures/paper-0.png")).is_some());
    page.press("Back to the methods");
    // Its file is looked at now and then; the engine of this window says so at once.
    compare(&folder, 1);
    page.until("another point is there", |app| points(app) == 5);
    compare(&folder, 0);
    page.events.send(Event::Saved { job: 1, path: folder.join(COMPARISON) }).unwrap();
    page.until("all points are there", |app| points(app) == 6);
    page.harness.run_steps(200);
    page.harness.get_by_label("6 points");
    assert!(page.harness.try_run().is_ok(), "what is complete is not looked at again");
}

#[test]
fn a_study_is_made_answered_by_keys_given_away_and_merged() {
    let home = tempfile::tempdir().unwrap();
    let (folder, given) = (home.path().join("comparison"), home.path().join("given away"));
    compare(&folder, 0);
    let mut page = Page::open(home.path());
    page.compare(&folder);
    page.press("Study");
    page.press("Make questions");
    page.until("there are questions", |app| app.state().comparing.study.is_some());
    page.answer_all("Ann");
    let study = folder.join("study");
    assert!(study.join("answers/Ann.json").is_file());
    page.choose("Give the questions away…", &given);
    page.until("they are copied", |_| given.join("study.json").is_file());
    assert!(!given.join("key.json").exists() && !given.join("answers").exists());
    // Elsewhere another person opens them.
    page.press("Close the questions");
    page.choose("Open questions…", &given);
    page.until("they are open", |app| app.state().comparing.study.is_some());
    assert!(page.harness.query_by_label("Ann: 10 of 10").is_none());
    page.answer_all("Bob");
    // Without the key there is nothing to show, and the answers are to be sent back.
    page.harness.get_by_label_contains("Send this file back: ");
    page.press("Show the results");
    assert!(page.harness.query_by_label("Mean place").is_none());
    page.press("Close the questions");
    page.choose("Open questions…", &study);
    page.until("they are open", |app| app.state().comparing.study.is_some());
    page.choose("Add answers…", &given.join("answers/Bob.json"));
    let people = |app: &App| app.state().comparing.study.as_ref().map_or(0, |s| s.people.answers.len());
    page.until("they are merged", |app| people(app) == 2);
    page.harness.get_by_label("Bob: 10 of 10");
    page.press("Show the results");
    page.harness.get_by_label("Match to the text");
    let report = page.harness.state().state().comparing.study.as_ref().unwrap().report.clone().unwrap();
    assert_eq!(report.people, 2);
    assert!(report.parts.iter().all(|part| part.rankings == 10 && part.methods.len() == 5));
    assert!(report.parts.iter().all(|part| part.agreement.is_some()));
}

#[test]
fn pictures_are_ranked_by_arrows_clicks_and_back() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("comparison");
    let mut page = asked(home.path(), &folder);
    page.press("Picture 3, not ranked");
    page.press("Picture 1, not ranked");
    assert_eq!(ranking(&page), [2, 0]);
    page.press("Picture 3, ranked 1");
    assert_eq!(ranking(&page), [0]);
    let mut keys = |keys: &[egui::Key]| {
        for key in keys {
            page.harness.key_press(*key);
            page.harness.run_steps(3);
        }
        ranking(&page)
    };
    // The first arrow chooses the first; two to the right, and up puts it in.
    use egui::Key::{ArrowDown, ArrowRight, ArrowUp, Backspace};
    assert_eq!(keys(&[ArrowRight, ArrowRight, ArrowUp]), [0, 1]);
    assert_eq!(keys(&[ArrowUp]), [1, 0]);
    assert_eq!(keys(&[ArrowDown]), [0, 1]);
    assert_eq!(keys(&[Backspace]), [0]);
    // With a picture chosen Enter goes on once all are ranked, and takes none out; back again it is as it was.
    use egui::Key::{Enter, Num2, Num3, Num4, Num5};
    keys(&[Num2, Num3, Num4, Num5, Enter]);
    let number = |page: &Page| page.harness.state().state().comparing.answering.as_ref().unwrap().question;
    assert_eq!(number(&page), 1);
    page.press("Question before");
    assert_eq!((number(&page), ranking(&page)), (0, vec![0, 1, 2, 3, 4]));
    for picture in [2, 3, 4, 5] {
        page.press(&format!("Picture {picture}, ranked 2"));
    }
    // What was answered is there after a restart.
    let study = folder.join("study");
    drop(page);
    let mut page = Page::open(home.path());
    page.press("Study");
    page.choose("Open questions…", &study);
    page.until("they are open", |app| app.state().comparing.study.is_some());
    page.harness.get_by_label("somebody: 0 of 10");
    page.press("Begin");
    page.until("it goes on", |app| app.state().comparing.answering.is_some());
    assert_eq!(ranking(&page), [0]);
}

#[test]
fn pictures_are_ranked_by_dragging_them_onto_places() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("comparison");
    let mut page = asked(home.path(), &folder);
    let mut before = Vec::new();
    for (from, to, expected) in [
        // The order has no gaps: the first comes first, wherever it is let go.
        ("Picture 3, not ranked", "Place 5: empty", vec![2]),
        ("Picture 1, not ranked", "Place 1: picture 3", vec![0, 2]),
        ("Picture 5, not ranked", "Place 2: picture 3", vec![0, 4, 2]),
        ("Place 3: picture 3", "Place 1: picture 1", vec![2, 0, 4]),
        // Beside the places nothing is let go.
        ("Picture 2, not ranked", "Stop for now", vec![2, 0, 4]),
    ] {
        let centre =
            |name: &str| page.harness.get_by_role_and_label(egui::Role::Button, name).rect().center();
        let (from, to) = (centre(from), centre(to));
        page.harness.hover_at(from);
        page.harness.drag_at(from);
        page.harness.run_steps(2);
        for part in [0.3, 0.7, 1.0] {
            page.harness.hover_at(from + (to - from) * part);
            page.harness.run_steps(2);
            assert_eq!(ranking(&page), before, "it is not let go yet");
        }
        page.harness.drop_at(to);
        page.harness.run_steps(3);
        assert_eq!(ranking(&page), expected);
        before = expected;
    }
    page.until("every pick is saved", |_| {
        let saved = std::fs::read_to_string(folder.join("study/answers/somebody.json")).unwrap_or_default();
        saved.split_whitespace().collect::<String>().contains("[2,0,4]")
    });
}

#[test]
fn words_of_a_long_library_are_drawn_side_by_side() {
    let home = tempfile::tempdir().unwrap();
    let words = DataDir::at(home.path().to_path_buf()).words();
    for i in 0..500 {
        stage::word(&words.join(format!("word-{i}.safetensors")), &format!("<word-{i}>"));
    }
    let mut page = Page::open(home.path());
    page.until("the library is there", |app| {
        app.state().words.len() == 500 && app.state().model_card().is_some()
    });
    let mut opening = Vec::new();
    for _ in 0..5 {
        page.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Num4);
        page.harness.run_steps(2);
        page.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Num6);
        let began = Instant::now();
        page.harness.step();
        opening.push(began.elapsed());
    }
    println!("the page opens in {opening:?}");
    let field = page.harness.get_by_role_and_label(egui::Role::TextInput, "Find a word");
    field.set_text_value_accesskit("word-41");
    page.harness.run_steps(3);
    for name in ["<word-41>", "<word-410>"] {
        page.harness.get_by_label(name).click_accesskit();
        page.harness.run_steps(3);
    }
    page.press("Draw 8 pictures");
    let Ok(Command::Grid { request, .. }) = page.commands.try_recv() else { panic!("no grid") };
    let prompts: Vec<&str> = request.rows.iter().map(|row| row.draw.settings.prompt.as_str()).collect();
    assert_eq!(prompts[..2], ["a photo of <word-41>", "a photo of <word-41> on the beach"]);
    assert!(request.rows.iter().all(|row| row.draw.words.len() == 1 && row.draw.settings.count == 2));
    assert!(request.rows[3].draw.words[0].ends_with("word-410.safetensors"));
    page.harness.get_by_label("0 of 8 drawn");
}
