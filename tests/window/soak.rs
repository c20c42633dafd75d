//! Hours of use of one window with the real engine: words learned, pictures drawn and edited, models opened and left, over
//! and over.
//!
//! After each round it prints what memory, handles and threads the process has and the longest that a frame or a press
//! took, and rests as long as it worked. Whether they stay flat is for the reader to see: nothing is asserted but that every
//! job comes to its end. It is run by name only: `PSEUDOWORD_SOAK=3600 ./dist/test --test window soak -- --ignored
//! --nocapture` (seconds).

#![cfg(target_os = "linux")]

use std::path::Path;
use std::time::{Duration, Instant};

use egui::{Key, Role};
use egui_kittest::kittest::Queryable as _;
use egui_kittest::{Harness, TestRenderer};
use project::DataDir;
use ui::app::App;

use crate::places::golden;
use crate::stage;

/// A window, and the longest that it let a person wait.
struct Day {
    harness: Harness<'static, App>,
    longest: Duration,
}

impl Day {
    /// Does something to the window. A press takes a few frames, so this is no less than the longest of them.
    fn act(&mut self, act: impl FnOnce(&mut Harness<'static, App>)) {
        let began = Instant::now();
        act(&mut self.harness);
        self.longest = self.longest.max(began.elapsed());
    }

    fn room(&mut self, number: Key) {
        self.act(|harness| stage::keys(harness, number));
    }

    fn press(&mut self, name: &str) {
        self.act(|harness| stage::press(harness, name));
    }

    fn number(&mut self, name: &str, value: f64) {
        self.act(|harness| stage::number(harness, name, value));
    }

    fn choose(&mut self, button: &str, path: &Path) {
        self.press(button);
        self.act(|harness| stage::take(harness, path));
    }

    /// Draws twenty frames a second until something is true.
    fn until(&mut self, what: &str, done: impl Fn(&App) -> bool) {
        let began = Instant::now();
        while !done(self.harness.state()) {
            self.act(|harness| harness.step());
            let state = self.harness.state().state();
            let notices: Vec<_> = state.notices.iter().map(|notice| &notice.text).collect();
            let waited = began.elapsed() > Duration::from_secs(300);
            assert!(!waited, "waited in vain until {what}; {notices:?}, in the way: {:?}", state.obstacles());
            std::thread::sleep(Duration::from_millis(50));
        }
        self.act(|harness| harness.run_steps(2));
    }

    /// Presses a button that gives the engine something to do, and sees it through.
    fn work(&mut self, button: &str) {
        self.press(button);
        self.until("it is begun", |app| !app.state().jobs.is_empty());
        self.until("it is done", |app| app.state().jobs.is_empty());
    }

    fn draw(&mut self, prompt: &str) {
        self.room(Key::Num3);
        self.act(|harness| stage::write(harness, Role::MultilineTextInput, "Prompt", prompt));
        self.number("Steps", 2.0);
        let before = self.harness.state().state().gallery.len();
        self.work("Draw");
        self.until("the pictures are there", |app| app.state().gallery.len() > before);
    }

    /// What an evening has: a word, pictures of it, one of them changed, another model tried, and a look around.
    fn round(&mut self, round: usize) {
        self.room(Key::Num1);
        self.until("nothing is in the way", |app| app.state().obstacles().is_empty());
        let runs = self.harness.state().state().runs.len();
        self.work("Learn");
        self.until("the run is listed", |app| app.state().runs.len() > runs);
        self.draw("a photo of a <tea-time-mug>");

        let drawn = self.harness.state().state().gallery.first().cloned().unwrap();
        self.room(Key::Num7);
        self.choose("Open a picture…", &drawn);
        self.until("the picture is open", |app| {
            app.state().editing.open.as_ref().is_some_and(|open| drawn.ends_with(&open.edited.name))
        });
        if round == 1 {
            self.act(|harness| stage::unfold(harness, "Advanced"));
        }
        self.act(|harness| {
            stage::write(harness, Role::MultilineTextInput, "Prompt", "a photo of a <tea-time-mug>");
        });
        self.number("Steps", 2.0);
        self.work("Change the picture");

        self.room(Key::Num5);
        let other = golden().join(["sd2", "sdxl", "ldm"][round % 3]);
        self.choose("Open a model folder…", &other);
        self.until("the model is in use", |app| app.state().model_path.as_ref() == Some(&other));
        self.draw("a tree");
        self.room(Key::Num5);
        // The starter's is the first.
        self.act(|harness| {
            harness.get_all_by_role_and_label(Role::Button, "Use").next().unwrap().click_accesskit();
            harness.run_steps(4);
        });
        self.until("the starter is in use", |app| app.state().model_path == app.state().starter);
        for room in [Key::Num2, Key::Num4, Key::Num6, Key::Num8] {
            self.room(room);
            self.act(|harness| harness.run_steps(4));
        }
    }
}

/// Draws nothing and keeps nothing: the usual renderer keeps all pictures of a window that is never looked at, which would
/// be measured as the window's.
struct Forgetful;

impl TestRenderer for Forgetful {
    fn handle_delta(&mut self, delta: &mut egui::TexturesDelta) {
        *delta = egui::TexturesDelta::default();
    }

    fn render(&mut self, _: &egui::Context, _: &egui::FullOutput) -> Result<image::RgbaImage, String> {
        Err("nothing is drawn".into())
    }
}

/// What Linux says of this process: resident memory in MiB, open handles, threads.
fn taken() -> [usize; 3] {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let of = |name: &str| -> usize {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    };
    [of("VmRSS:") >> 10, std::fs::read_dir("/proc/self/fd").unwrap().count(), of("Threads:")]
}

#[test]
#[ignore = "it takes as many seconds as PSEUDOWORD_SOAK says, or a minute"]
fn memory_handles_and_frames_over_many_rounds() {
    let seconds = std::env::var("PSEUDOWORD_SOAK").map_or(60, |text| text.parse().unwrap());
    let (home, began) = (tempfile::tempdir().unwrap(), Instant::now());
    let options = stage::options(home.path(), None);
    let builder = Harness::builder().with_size([1280.0, 800.0]).with_max_steps(64).renderer(Forgetful);
    let harness = builder.allow_missing_glyphs().build_eframe(move |cc| App::new(cc, options).unwrap());
    let mut day = Day { harness, longest: Duration::ZERO };
    day.press("Start with the sample");
    day.until("the sample can be learned", |app| {
        app.state().obstacles().is_empty() && app.state().device.is_some() && app.state().views.len() == 5
    });
    day.act(|harness| stage::unfold(harness, "Advanced"));
    for (name, value) in [("Steps", 10.0), ("Preview every", 5.0), ("Save every", 5.0), ("Check every", 5.0)]
    {
        day.number(name, value);
    }
    for round in 1.. {
        let start = Instant::now();
        day.longest = Duration::ZERO;
        day.round(round);
        let ([memory, handles, threads], took) = (taken(), start.elapsed());
        let pictures = day.harness.state().state().gallery.len();
        println!(
            "round {round:5} after {:6} s: {memory:5} MiB, {handles:3} handles, {threads:3} threads, {pictures} pictures, \
             longest wait {} ms, {:.1} s",
            began.elapsed().as_secs(),
            day.longest.as_millis(),
            took.as_secs_f64()
        );
        if began.elapsed() > Duration::from_secs(seconds) {
            break;
        }
        std::thread::sleep(took);
    }
    let kept = std::fs::read_dir(DataDir::at(home.path().to_path_buf()).pictures()).unwrap().count();
    println!("{kept} things lie in the folder of pictures");
}
