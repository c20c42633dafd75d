//! What the tests of the window share: a window and its hands, which go by accessible names, and an engine that the test
//! plays.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use egui::{Key, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use engine::message::{Command, DeviceChoice, DeviceInfo, Event, JobId, RunInfo, StepReport};
use format::embedding::{self, EmbeddingFormat, LearnedWord};
use project::DataDir;
use ui::app::{App, Options};
use ui::engine_link::EngineLink;

/// An engine that the test plays: what it is told, and what it says.
pub fn played() -> (EngineLink, Receiver<Command>, Sender<Event>) {
    let (sender, commands) = bounded(64);
    let (events, received) = bounded(4096);
    (EngineLink::Script { commands: sender, events: received }, commands, events)
}

/// A window that keeps its things in this folder, with this engine or the real one on the processor.
pub fn options(home: &Path, link: Option<EngineLink>) -> Options {
    let home = DataDir::at(home.to_path_buf());
    Options { home, device: DeviceChoice::Cpu, frame_stats: false, link, portal: false }
}

/// Runs frames until something is true, at most so many seconds.
pub fn until(harness: &mut Harness<'static, App>, what: &str, seconds: u64, done: impl Fn(&App) -> bool) {
    let began = Instant::now();
    while !done(harness.state()) {
        harness.run_steps(2);
        let state = harness.state().state();
        let notices: Vec<_> = state.notices.iter().map(|notice| &notice.text).collect();
        assert!(
            began.elapsed() < Duration::from_secs(seconds),
            "waited in vain until {what}; it says {notices:?}, in the way: {:?}",
            state.obstacles()
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    harness.run_steps(2);
}

/// Presses a button.
pub fn press(harness: &mut Harness<'static, App>, name: &str) {
    harness.get_by_role_and_label(Role::Button, name).click_accesskit();
    harness.run_steps(4);
}

/// Opens or closes what lies under a heading.
pub fn unfold(harness: &mut Harness<'static, App>, name: &str) {
    harness.get_by_label(name).click_accesskit();
    harness.run_steps(20);
}

/// Presses a key with Ctrl.
pub fn keys(harness: &mut Harness<'static, App>, key: Key) {
    harness.key_press_modifiers(egui::Modifiers::COMMAND, key);
    harness.run_steps(4);
}

/// Types into a field of one line or, as a [`Role::MultilineTextInput`], of several.
pub fn write(harness: &mut Harness<'static, App>, role: Role, name: &str, text: &str) {
    harness.get_by_role_and_label(role, name).set_text_value_accesskit(text);
    harness.run_steps(4);
}

/// Types into a field and stays in it.
pub fn type_in(harness: &mut Harness<'static, App>, role: Role, name: &str, text: &str) {
    harness.get_by_role_and_label(role, name).focus();
    harness.run_steps(2);
    write(harness, role, name, text);
}

/// Types digits into a field for a number, as a hand does, and stays in it.
pub fn digits(harness: &mut Harness<'static, App>, name: &str, digits: &str) {
    harness.get_by_role_and_label(Role::SpinButton, name).focus();
    harness.run_steps(2);
    for digit in digits.chars() {
        harness.event(egui::Event::Text(digit.into()));
        harness.run_steps(2);
    }
}

/// Sets a number.
pub fn number(harness: &mut Harness<'static, App>, name: &str, value: f64) {
    let field = harness.query_all_by_role_and_label(Role::SpinButton, name).next();
    assert!(field.is_some(), "there is no field {name}");
    field.unwrap().set_value_accesskit(value);
    harness.run_steps(2);
}

/// Answers the question for a path.
pub fn take(harness: &mut Harness<'static, App>, path: &Path) {
    let name = "Path of a file or folder";
    let many = harness.query_by_role_and_label(Role::MultilineTextInput, name).is_some();
    let role = if many { Role::MultilineTextInput } else { Role::TextInput };
    write(harness, role, name, path.to_str().unwrap());
    press(harness, "Take it");
}

/// Lets a file or folder fall on the window.
pub fn give(harness: &mut Harness<'static, App>, path: impl Into<PathBuf>) {
    harness.input_mut().dropped_files.push(std::sync::Arc::new(Dropped(path.into())));
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|e| e.to_string())
    }
}

/// Writes a word for the starter model.
pub fn word(path: &Path, token: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let word = LearnedWord::new(token, vec![0.1; 128]);
    embedding::write(path, &word, EmbeddingFormat::EmbParams).unwrap();
}

/// A graphics card that nobody has.
pub fn device() -> DeviceInfo {
    DeviceInfo {
        choice: DeviceChoice::Cpu,
        name: "Imagined card".into(),
        api: "vulkan".into(),
        kind: "discrete GPU".into(),
        driver: "1".into(),
        software: false,
        memory: Some(8_000_000_000),
    }
}

/// The sample's run in a folder, of so many steps.
pub fn run_info(out: PathBuf, steps: u64) -> RunInfo {
    RunInfo {
        out,
        word: "<tea-time-mug>".into(),
        vectors: 1,
        initial_tokens: vec!["mug".into()],
        pictures: 5,
        step: 0,
        steps,
        norms: [0.5, 0.6, 0.7],
        memory: vec![("U-Net".into(), 3_000_000_000)],
        low_memory: false,
    }
}

/// A window with an engine that the test plays.
pub struct Stage {
    pub harness: Harness<'static, App>,
    pub commands: Receiver<Command>,
    pub events: Sender<Event>,
    pub home: tempfile::TempDir,
}

impl Stage {
    /// One with the sizes of the design.
    pub fn new() -> Self {
        Self::of_size([1280.0, 800.0])
    }

    /// One of this size.
    pub fn of_size(size: [f32; 2]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (link, commands, events) = played();
        let harness = window_of_size(home.path(), Some(link), size);
        let mut stage = Self { harness, commands, events, home };
        stage.tell(Event::Device { device: device() });
        stage
    }

    /// Lets the engine say this.
    pub fn tell(&mut self, event: Event) {
        self.events.send(event).unwrap();
        self.harness.run_steps(2);
    }

    /// What the engine is told next, at most a minute from now.
    pub fn command(&mut self) -> Command {
        let began = Instant::now();
        loop {
            self.harness.run_steps(2);
            match self.commands.try_recv() {
                Ok(command) => return command,
                Err(_) => assert!(began.elapsed() < Duration::from_secs(60), "the engine is told nothing"),
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Runs frames until something is true, at most a minute.
    pub fn until(&mut self, what: &str, done: impl Fn(&App) -> bool) {
        until(&mut self.harness, what, 60, done);
    }

    /// Learning has begun in this folder.
    pub fn learn(&mut self) -> (JobId, PathBuf) {
        keys(&mut self.harness, Key::L);
        let Command::Learn { job, request } = self.command() else { panic!("no learning") };
        self.tell(Event::LearnStarted { job, run: run_info(request.out.clone(), 100) });
        (job, request.out)
    }

    /// A word is brought into the library.
    pub fn bring_in(&mut self, token: &str) {
        let file = self.home.path().join("given.safetensors");
        word(&file, token);
        give(&mut self.harness, file);
        self.until("the word is in", |app| app.state().words.len() == 1);
    }

    /// The guide away, the sample's pictures and tokens there.
    pub fn with_sample() -> Self {
        Self::new().take_sample()
    }

    /// [`Self::with_sample`] in this window.
    pub fn take_sample(self) -> Self {
        let mut stage = self;
        press(&mut stage.harness, "Start with the sample");
        stage.until("the sample can be learned", |app| app.state().obstacles().is_empty());
        stage.until("its pictures are seen", |app| {
            app.state().views.len() == 5 && app.state().tokens.is_some()
        });
        stage
    }
}

/// A window of the usual size.
pub fn window(home: &Path, link: Option<EngineLink>) -> Harness<'static, App> {
    window_of_size(home, link, [1280.0, 800.0])
}

/// A window of this size.
pub fn window_of_size(home: &Path, link: Option<EngineLink>, size: [f32; 2]) -> Harness<'static, App> {
    let options = options(home, link);
    Harness::builder()
        .with_size(size)
        .with_theme(egui::Theme::Dark)
        .with_max_steps(64)
        .allow_missing_glyphs()
        .build_eframe(move |cc| App::new(cc, options).unwrap())
}

/// What is said of a step.
pub fn report(step: u64) -> StepReport {
    StepReport {
        step,
        steps: 100,
        loss: 0.5,
        mean_loss: 0.5,
        fixed_noise_loss: step.is_multiple_of(10).then_some(0.5 - step as f64 / 1000.0),
        lr: 0.005,
        norm: 0.4,
        cosine: 0.9,
        gradient_norm: 1.0,
        seconds: 0.1,
        ..StepReport::default()
    }
}
