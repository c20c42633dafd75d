//! The window driven by its accessible names, without a screen and without one mouse coordinate: with an engine that
//! the test plays, and with the real one on the starter model. It compares no pixels; `looks.rs` does.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use engine::message::{Command, DeviceInfo, Event, JobId, JobSummary, LearnStart, StepReport, Suggestion};
use image::RgbImage;
use ui::app::App;
use ui::engine_link::EngineLink;

use crate::stage::*;

/// A window with an engine that the test plays.
struct Stage {
    harness: Harness<'static, App>,
    commands: Receiver<Command>,
    events: Sender<Event>,
    _home: tempfile::TempDir,
}

impl Stage {
    fn new() -> Self {
        Self::of_size([1280.0, 800.0])
    }

    fn of_size(size: [f32; 2]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (link, commands, events) = played();
        let harness = window_of_size(home.path(), Some(link), size);
        let mut stage = Self { harness, commands, events, _home: home };
        stage.tell(Event::Device { device: device() });
        stage
    }

    fn tell(&mut self, event: Event) {
        self.events.send(event).unwrap();
        self.harness.run_steps(2);
    }

    /// What the engine is told next, at most a minute from now.
    fn command(&mut self) -> Command {
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
    fn until(&mut self, what: &str, done: impl Fn(&App) -> bool) {
        until(&mut self.harness, what, 60, done);
    }

    /// Learning has begun in this folder.
    fn learn(&mut self) -> (JobId, PathBuf) {
        keys(&mut self.harness, egui::Key::L);
        let Command::Learn { job, request } = self.command() else { panic!("no learning") };
        self.tell(Event::LearnStarted { job, run: run_info(request.out.clone(), 100) });
        (job, request.out)
    }

    /// A word is brought into the library.
    fn bring_in(&mut self, token: &str) {
        let file = self._home.path().join("given.safetensors");
        word(&file, token);
        give(&mut self.harness, file);
        self.until("the word is in", |app| app.state().words.len() == 1);
    }

    /// The guide away, the sample's pictures and tokens there.
    fn with_sample() -> Self {
        Self::new().take_sample()
    }

    fn take_sample(self) -> Self {
        let mut stage = self;
        press(&mut stage.harness, "Start with the sample");
        stage.until("the sample can be learned", |app| app.state().obstacles().is_empty());
        stage.until("its pictures are seen", |app| {
            app.state().views.len() == 5 && app.state().tokens.is_some()
        });
        stage
    }
}

fn window(home: &Path, link: Option<EngineLink>) -> Harness<'static, App> {
    window_of_size(home, link, [1280.0, 800.0])
}

fn window_of_size(home: &Path, link: Option<EngineLink>, size: [f32; 2]) -> Harness<'static, App> {
    let options = options(home, link);
    Harness::builder()
        .with_size(size)
        .with_theme(egui::Theme::Dark)
        .with_max_steps(64)
        .allow_missing_glyphs()
        .build_eframe(move |cc| App::new(cc, options).unwrap())
}

fn report(step: u64) -> StepReport {
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

#[test]
fn the_first_visit_leads_to_a_run_and_its_end() {
    let mut stage = Stage::with_sample();
    press(&mut stage.harness, "Learn now");
    let Command::Learn { job, request } = stage.command() else { panic!("no learning") };
    let LearnStart::New { images, concept, .. } = &request.start else { panic!("not new") };
    assert_eq!(concept.word, "<tea-time-mug>");
    assert!(images[0].join("dataset.toml").is_file());
    let run = run_info(request.out.clone(), 100);
    stage.tell(Event::LearnStarted { job, run });
    for step in 1..=50 {
        stage.events.send(Event::Step { job, report: report(step) }).unwrap();
    }
    for index in 0..2 {
        let path = request.out.join(format!("previews/000050_{index}.png"));
        let (prompt, image) = ("a photo of <tea-time-mug>".into(), RgbImage::new(64, 64));
        stage.tell(Event::Preview { job, step: 50, prompt, image, path });
    }
    stage.harness.get_by_label("Preview at step 50, prompt 1");
    press(&mut stage.harness, "Preview now");
    assert!(matches!(stage.commands.try_recv(), Ok(Command::Preview(id)) if id == job));
    keys(&mut stage.harness, egui::Key::P);
    assert!(matches!(stage.commands.try_recv(), Ok(Command::Pause(id)) if id == job));
    stage.tell(Event::Paused { job, reason: String::new() });
    keys(&mut stage.harness, egui::Key::P);
    assert!(matches!(stage.commands.try_recv(), Ok(Command::Resume(id)) if id == job));
    stage.tell(Event::Resumed { job });
    // Every room can be entered while it learns.
    for (key, _) in
        [egui::Key::Num1, egui::Key::Num3, egui::Key::Num4, egui::Key::Num5, egui::Key::Num2].iter().zip(0..)
    {
        keys(&mut stage.harness, *key);
    }
    // A lost device is a sentence, and the window goes on.
    let message = "The connection to the device was lost. Start it again.".to_owned();
    stage.tell(Event::Failed { job, message, exit_code: 1 });
    assert!(stage.harness.query_by_label_contains("connection to the device was lost").is_some());
    assert!(stage.harness.state().state().run.job.is_none());
    keys(&mut stage.harness, egui::Key::Num1);
    press(&mut stage.harness, "Learn");
    assert!(matches!(stage.command(), Command::Learn { .. }));
}

#[test]
fn loras_are_remembered_beside_the_prompt_and_can_be_taken_out() {
    let home = tempfile::tempdir().unwrap();
    let left = "version = 1\nroom = \"compose\"\n[compose.settings]\nprompt = \"a cat\"\n\
                [[compose.settings.loras]]\nfile = \"/l/ink.safetensors\"\nweight = 0.5\n";
    std::fs::write(home.path().join("window.toml"), left).unwrap();
    let (link, _told, _events) = played();
    let mut harness = window(home.path(), Some(link));
    harness.run_steps(3);
    let loras = |harness: &Harness<'static, App>| harness.state().state().compose.settings.loras.clone();
    assert_eq!(loras(&harness)[0].weight, 0.5);
    harness.get_by_label("Weight of ink");
    press(&mut harness, "Take ink out");
    assert!(loras(&harness).is_empty());
}

#[test]
fn an_engine_that_dies_leaves_the_window_and_the_curve() {
    let mut stage = Stage::with_sample();
    let (job, _) = stage.learn();
    stage.tell(Event::Step { job, report: report(1) });
    // What is left in the channel is still heard.
    stage.events.send(Event::Step { job, report: report(2) }).unwrap();
    let (gone, _) = bounded(1);
    stage.events = gone;
    stage.harness.run_steps(3);
    let state = stage.harness.state().state();
    assert_eq!((state.run.rows.len(), state.run.job, state.jobs.len()), (2, None, 0));
    assert!(state.engine_gone.is_some());
    stage.harness.get_by_role_and_label(Role::Button, "Start the engine again");
}

#[test]
fn a_late_press_reaches_no_other_job() {
    let mut stage = Stage::with_sample();
    let (job, _) = stage.learn();
    keys(&mut stage.harness, egui::Key::Num3);
    write(&mut stage.harness, Role::MultilineTextInput, "Prompt", "a tree");
    press(&mut stage.harness, "Draw");
    let Command::Generate { job: next, .. } = stage.commands.try_recv().unwrap() else {
        panic!("no drawing")
    };
    stage.harness.run_steps(4);
    // The one ends and the other begins between two frames, while the finger is on its way.
    let message = "The device has too little memory. Use less.".to_owned();
    stage.events.send(Event::Failed { job, message, exit_code: 2 }).unwrap();
    let image = RgbImage::new(8, 8);
    stage.events.send(Event::Latents { job: next, index: 0, step: 1, steps: 9, image }).unwrap();
    stage.harness.get_by_role_and_label(Role::Button, "Stop the job").click_accesskit();
    stage.harness.step();
    stage.harness.run_steps(3);
    assert!(stage.commands.is_empty(), "{:?}", stage.commands.try_recv());
    press(&mut stage.harness, "Stop the job");
    assert!(matches!(stage.commands.try_recv(), Ok(Command::Stop(id)) if id == next));
}

#[test]
fn a_word_is_tried_while_it_is_learned() {
    let mut stage = Stage::with_sample();
    let (job, out) = stage.learn();
    stage.tell(Event::Step { job, report: report(7) });
    press(&mut stage.harness, "Try it");
    assert_eq!(stage.harness.state().state().compose.settings.prompt, "a photo of <tea-time-mug>");
    let menu = stage.harness.get_by_role_and_label(Role::ComboBox, "Thing");
    assert_eq!(menu.accesskit_node().value().as_deref(), Some("<tea-time-mug> (learning, step 7)"));
    press(&mut stage.harness, "Draw");
    let Ok(Command::Generate { job: drawing, request: drawn }) = stage.commands.try_recv() else {
        panic!("no drawing")
    };
    assert_eq!(drawn.words, [out.join("tea-time-mug.safetensors")]);
    assert!(matches!(stage.commands.try_recv(), Ok(Command::Meanwhile(id)) if id == drawing));
    let image = RgbImage::new(8, 8);
    stage.tell(Event::Latents { job: drawing, index: 0, step: 1, steps: 9, image });
    press(&mut stage.harness, "Skip this picture");
    assert!(matches!(stage.commands.try_recv(), Ok(Command::Skip(id)) if id == drawing));
    // The bar below is still that of the run, and its button ends the run.
    press(&mut stage.harness, "Stop the job");
    assert!(matches!(stage.commands.try_recv(), Ok(Command::Stop(id)) if id == job));
    let message = "Nothing was drawn.".to_owned();
    stage.tell(Event::Failed { job: drawing, message: message.clone(), exit_code: 130 });
    stage.tell(Event::Failed { job, message, exit_code: 130 });
    assert!(stage.harness.state().state().under_way.is_none());
}

#[test]
fn ten_grids_wait_in_a_list_that_can_be_edited() {
    let mut stage = Stage::with_sample();
    stage.bring_in("<cat>");
    keys(&mut stage.harness, egui::Key::Num3);
    write(&mut stage.harness, Role::MultilineTextInput, "Prompt", "a photo of <cat>");
    unfold(&mut stage.harness, "Grid");
    for (name, value) in [("Seeds", 10.0), ("Weights", 10.0)] {
        number(&mut stage.harness, name, value);
    }
    let began = Instant::now();
    for _ in 0..10 {
        press(&mut stage.harness, "Word weight × seed");
    }
    println!("ten grids asked for in {:?}", began.elapsed());
    let asked: Vec<Command> = stage.commands.try_iter().collect();
    let jobs: Vec<u64> = asked
        .iter()
        .map(|command| match command {
            Command::Grid { job, request } => {
                assert_eq!(request.rows.iter().map(|row| row.draw.settings.count).sum::<usize>(), 100);
                *job
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(jobs.len(), 10);
    assert!(stage.harness.state().state().notices.is_empty());
    let totals = "10 jobs, 1000 pictures";
    assert!(stage.harness.query_by_label_contains(totals).is_some(), "it is not said how much there is");
    stage.tell(Event::Loading { job: jobs[0], what: "U-Net".into(), fraction: 0.5 });
    let image = RgbImage::new(8, 8);
    stage.tell(Event::Latents { job: jobs[0], index: 0, step: 3, steps: 30, image });
    stage.tell(Event::Pace { job: jobs[0], seconds: 6.0 });
    assert!(stage.harness.query_by_label_contains("1000 pictures, about 1 h 39 min left").is_some());
    let pressed = |stage: &mut Stage, name: &str, place: usize| {
        let found = stage.harness.query_all_by_label_contains(name).nth(place);
        assert!(found.is_some(), "there is no {name}");
        found.unwrap().click_accesskit();
        stage.harness.run_steps(3);
        stage.commands.try_recv()
    };
    // The second that waits before the first, then away.
    let earlier = pressed(&mut stage, "Earlier: ", 0);
    assert!(matches!(earlier, Ok(Command::MoveUp(job)) if job == jobs[2]), "{earlier:?}");
    assert_eq!(stage.harness.state().state().jobs[1].id, jobs[2]);
    let away = pressed(&mut stage, "Cancel Drawing the grid", 1);
    assert!(matches!(away, Ok(Command::Stop(job)) if job == jobs[2]), "{away:?}");
    assert_eq!(stage.harness.state().state().jobs.len(), 9);
    assert!(matches!(pressed(&mut stage, "Hold what waits", 0), Ok(Command::HoldQueue(true))));
    stage.harness.get_by_label("9 jobs, held");
    assert!(matches!(pressed(&mut stage, "Let them begin", 0), Ok(Command::HoldQueue(false))));
    assert!(matches!(pressed(&mut stage, "Clear what waits", 0), Ok(Command::ClearQueue)));
    assert_eq!(stage.harness.state().state().jobs.len(), 1);
}

#[test]
fn a_device_is_chosen_from_those_there_are_and_remembered() {
    let mut stage = Stage::with_sample();
    keys(&mut stage.harness, egui::Key::Num5);
    press(&mut stage.harness, "Choose another device");
    assert!(matches!(stage.commands.try_recv(), Ok(Command::ListDevices)));
    let mut second = device();
    second.choice = "vulkan:1".parse().unwrap();
    stage.tell(Event::Devices { devices: vec![device(), second] });
    stage.harness.get_by_label("Imagined card (vulkan:1, 8.0 GB)").click_accesskit();
    stage.harness.run_steps(3);
    let told = stage.commands.try_recv();
    assert!(matches!(&told, Ok(Command::UseDevice(choice)) if choice.to_string() == "vulkan:1"), "{told:?}");
    let window = stage._home.path().join("window.toml");
    let began = Instant::now();
    while !std::fs::read_to_string(&window).is_ok_and(|text| text.contains("vulkan:1")) {
        assert!(began.elapsed() < Duration::from_secs(20), "it is not remembered");
        std::thread::sleep(Duration::from_millis(50));
        stage.harness.run_steps(2);
    }
}

#[test]
fn another_machines_device_is_measured_on_that_machine() {
    let mut stage = Stage::with_sample();
    keys(&mut stage.harness, egui::Key::Num5);
    unfold(&mut stage.harness, "Advanced");
    let offered =
        |stage: &Stage| stage.harness.query_by_role_and_label(Role::Button, "Measure this device").is_some();
    assert!(offered(&stage));
    stage.tell(Event::Device { device: DeviceInfo { api: "remote".into(), ..device() } });
    assert!(!offered(&stage));
    assert!(stage.harness.query_by_label_contains("devices --tune").is_some());
}

#[test]
fn the_rail_has_room_for_its_buttons_in_the_smallest_window() {
    let mut stage = Stage::of_size([960.0, 600.0]).take_sample();
    // The bar below takes room too.
    stage.learn();
    let at = |name: &str| stage.harness.get_by_role_and_label(Role::Button, name).rect();
    let names = ["Compare room", "Models room", "Command palette", "Light or dark", "About Pseudoword"];
    for pair in names.windows(2) {
        let (above, below) = (at(pair[0]), at(pair[1]));
        assert!(above.bottom() <= below.top(), "{pair:?}: {above:?}, {below:?}");
    }
    let last = at(names[names.len() - 1]);
    assert!(last.bottom() <= 600.0, "{last:?}");
}

#[test]
fn closing_during_a_run_asks_once() {
    let mut stage = Stage::with_sample();
    keys(&mut stage.harness, egui::Key::L);
    let Command::Learn { job, request } = stage.command() else { panic!("no learning") };
    let close = |stage: &mut Stage| {
        let viewport = stage.harness.input_mut().viewports.entry(egui::ViewportId::ROOT).or_default();
        viewport.events.push(egui::ViewportEvent::Close);
        stage.harness.run_steps(2);
    };
    close(&mut stage);
    assert!(stage.harness.query_by_label("Close anyway").is_some(), "there is nothing to save yet");
    press(&mut stage.harness, "Keep learning");
    assert!(stage.harness.query_by_label("Close anyway").is_none());
    let run = run_info(request.out.clone(), 100);
    stage.tell(Event::LearnStarted { job, run });
    close(&mut stage);
    assert!(stage.harness.query_by_label("Save and close").is_some());
    press(&mut stage.harness, "Keep learning");
    assert!(stage.harness.query_by_label("Save and close").is_none());
    close(&mut stage);
    stage.harness.key_press(egui::Key::Escape);
    stage.harness.run_steps(2);
    assert!(stage.harness.query_by_label("Save and close").is_none(), "who changes their mind stays");
    close(&mut stage);
    let summary = JobSummary::Learned {
        kept: None,
        stopped: None,
        step: 3,
        complete: false,
        out: PathBuf::from("/nowhere"),
        word: PathBuf::from("/nowhere/word.safetensors"),
        fixed_noise_loss: None,
        seconds: 1.0,
        peak_memory: None,
        estimated_memory: 0,
        used_memory: None,
    };
    stage.tell(Event::Finished { job, summary });
    assert!(stage.harness.query_by_label("Save and close").is_none(), "the question goes with the run");
    close(&mut stage);
    assert!(stage.harness.query_by_label("Save and close").is_none(), "nothing runs, so nothing is asked");
}

#[test]
fn hostile_pictures_and_words_are_told_not_suffered() {
    let mut stage = Stage::with_sample();
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken ✂.png");
    std::fs::write(&broken, b"not a picture").unwrap();
    let tiny = folder.path().join("tiny.png");
    RgbImage::new(1, 1).save(&tiny).unwrap();
    let missing = folder.path().join("missing");
    for path in [broken, tiny, missing] {
        give(&mut stage.harness, path);
    }
    stage.harness.run_steps(2);
    stage.until("the pictures came in", |app| {
        app.state().draft.as_ref().is_some_and(|d| d.entries.len() == 6)
    });
    stage.until("the others are named", |app| {
        app.state().notices.iter().any(|it| it.text.contains("broken ✂.png"))
    });
    let said: String =
        stage.harness.state().state().notices.iter().map(|notice| notice.text.as_str()).collect();
    assert!(said.contains("broken ✂.png") && said.contains("missing"), "{said}");
    for word in ["長い言葉".repeat(16), "كلمة-طويلة-جدا".repeat(4), "a".repeat(64)] {
        write(&mut stage.harness, Role::TextInput, "Your new word", &word);
        for key in [egui::Key::Num2, egui::Key::Num3, egui::Key::Num1] {
            keys(&mut stage.harness, key);
        }
    }
}

#[test]
fn what_is_written_in_a_picture_is_offered_and_taken() {
    let mut stage = Stage::new();
    press(&mut stage.harness, "Skip, I will look around");
    let folder = tempfile::tempdir().unwrap();
    // EXIF with ImageDescription and Copyright.
    let mut exif = b"II*\0\x08\0\0\0\x02\0\x0e\x01\x02\0\x09\0\0\0\x26\0\0\0".to_vec();
    exif.extend(b"\x98\x82\x02\0\x07\0\0\0\x2f\0\0\0\0\0\0\0a red hatCC0 1.0");
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new(&mut bytes);
    image::ImageEncoder::set_exif_metadata(&mut encoder, exif).unwrap();
    encoder.encode_image(&RgbImage::new(32, 32)).unwrap();
    std::fs::write(folder.path().join("hat.jfif"), bytes).unwrap();
    std::fs::write(folder.path().join("hat.heic"), b"\0\0\0\x18ftypheic\0\0\0\0mif1heic").unwrap();
    give(&mut stage.harness, folder.path().to_path_buf());
    stage.until("it was looked at", |app| app.state().views.len() == 1);
    stage.until("what was left out is said", |app| {
        app.state().notices.iter().any(|notice| notice.text.contains("left out: hat.heic"))
    });
    press(&mut stage.harness, "Picture hat.jfif");
    press(&mut stage.harness, "Take as caption");
    press(&mut stage.harness, "Take as rights");
    let entry = &stage.harness.state().state().draft.as_ref().unwrap().entries[0];
    assert_eq!((entry.caption.as_deref(), entry.rights), (Some("a red hat"), project::Rights::PublicDomain));
    assert!(stage.harness.query_by_label("Take as caption").is_none(), "what was taken is not offered again");
}

#[test]
fn three_hundred_pictures_do_not_slow_the_window() {
    let mut stage = Stage::new();
    press(&mut stage.harness, "Skip, I will look around");
    let folder = tempfile::tempdir().unwrap();
    for i in 0..300_u32 {
        let shade = image::Rgb([(i % 256) as u8, (i / 2) as u8, 90]);
        RgbImage::from_pixel(8, 8, shade).save(folder.path().join(format!("{i}.png"))).unwrap();
    }
    give(&mut stage.harness, folder.path().to_path_buf());
    stage.harness.run_steps(2);
    stage.until("all came in", |app| app.state().draft.as_ref().is_some_and(|d| d.entries.len() == 300));
    stage.until("all were looked at", |app| app.state().views.len() == 300);
    let began = Instant::now();
    stage.harness.run_steps(30);
    println!("30 frames with 300 pictures: {:.1} ms each", began.elapsed().as_secs_f64() * 1000.0 / 30.0);
    // Only what is in view is laid out.
    assert!(stage.harness.query_all_by_label_contains("Picture ").count() < 100);
}

#[test]
fn every_command_is_in_the_palette_and_none_breaks_the_window() {
    let mut stage = Stage::with_sample();
    for command in ui::commands::UiCommand::ALL {
        use ui::commands::UiCommand as C;
        if matches!(command, C::Quit | C::Palette) {
            continue;
        }
        keys(&mut stage.harness, egui::Key::K);
        let name = format!("{}: ", command.text());
        let row = stage.harness.query_all_by_label_contains(&name).next();
        assert!(row.is_some(), "{command:?} is not in the palette");
        row.unwrap().click();
        stage.harness.run_steps(3);
        stage.harness.key_press(egui::Key::Escape);
        stage.harness.run_steps(3);
    }
}

/// What people press, type into or pull.
const CONTROLS: [Role; 10] = [
    Role::Button,
    Role::CheckBox,
    Role::RadioButton,
    Role::ComboBox,
    Role::Slider,
    Role::SpinButton,
    Role::TextInput,
    Role::MultilineTextInput,
    Role::Link,
    Role::Canvas,
];

/// Every control in view, with what its tooltip says; complaints about those that lack a name or a tooltip.
fn controls(harness: &mut Harness<'static, App>, room: &str) -> Vec<String> {
    let found: Vec<(Role, String, egui::Rect)> = harness
        .root()
        .children_recursive()
        .filter(|node| CONTROLS.contains(&node.accesskit_node().role()))
        .map(|node| {
            let named = node.accesskit_node();
            (named.role(), named.label().unwrap_or_default(), node.rect())
        })
        .collect();
    assert!(found.len() > 8, "{room} has hardly any controls");
    let mut complaints = Vec::new();
    for (role, name, rect) in found {
        // The plot's own legend cannot carry tooltips; a notice goes by itself.
        if ["each step", "running mean", "fixed noise", "held-out", "Dismiss"].contains(&name.as_str()) {
            continue;
        }
        // Letters of the icon font cannot be read out, and a sentence is no name.
        let said = name.chars().all(|letter| !('\u{e000}'..='\u{f8ff}').contains(&letter)) && name.len() < 60;
        if name.trim().is_empty() || !said {
            complaints.push(format!("{room}: a {role:?} at {rect:?} has no name but “{name}”"));
        }
        harness.hover_at(egui::pos2(1.0, 1.0));
        harness.run_steps(2);
        let before = texts(harness);
        harness.hover_at(rect.center());
        harness.run_steps(4);
        let shown = |ctx: &egui::Context| {
            let layers = ctx.memory(|memory| memory.areas().visible_layer_ids());
            layers.iter().any(|layer| layer.order == egui::Order::Tooltip)
        };
        if shown(&harness.ctx) {
            let tip: Vec<String> = texts(harness).into_iter().filter(|text| !before.contains(text)).collect();
            println!("{room}: {role:?} “{name}”: {}", tip.join(" "));
        } else {
            complaints.push(format!("{room}: the {role:?} “{name}” at {:?} has no tooltip", rect.center()));
        }
    }
    complaints
}

/// All texts in view.
fn texts(harness: &Harness<'static, App>) -> Vec<String> {
    let labels =
        harness.root().children_recursive().filter(|node| node.accesskit_node().role() == Role::Label);
    labels.filter_map(|node| node.accesskit_node().value().or(node.accesskit_node().label())).collect()
}

#[test]
fn words_are_mixed_seen_at_once_and_saved() {
    let mut stage = Stage::with_sample();
    stage.bring_in("<cat>");
    keys(&mut stage.harness, egui::Key::Num4);
    press(&mut stage.harness, "Mix words");
    press(&mut stage.harness, "Word <cat>");
    let mut saved = None;
    for index in 0..2 {
        let (job, request) = loop {
            if let Command::Mix { job, request } = stage.command() {
                break (job, request);
            }
        };
        assert_eq!((request.settings.ingredients.len(), request.draw.is_some()), (1, index == 0));
        if index == 0 {
            stage.tell(Event::Image { job, index, seed: 1, image: RgbImage::new(8, 8), path: None });
            assert_eq!(stage.harness.state().state().mixing.pictures.len(), 1);
        } else {
            word(&request.path, &request.word);
            saved = Some(request.word.clone());
        }
        let (path, word, recipe) = (request.path.clone(), request.word.clone(), String::new());
        let (lengths, usual) = (vec![1.0], vec![1.0]);
        let summary = JobSummary::Mixed { path, word, recipe, vectors: 1, lengths, usual };
        stage.tell(Event::Finished { job, summary });
        if index == 0 {
            press(&mut stage.harness, "Save as a new word");
        }
    }
    assert_eq!(saved.as_deref(), Some("<cat-mix>"));
    stage.until("the mix is in the library", |app| app.state().words.len() == 2);
    let mixed =
        |app: &App| app.state().words.iter().any(|card| card.word == "<cat-mix>" && card.picture.is_some());
    assert!(mixed(stage.harness.state()));
}

#[test]
fn every_control_says_what_it_is_and_what_it_does() {
    // So tall that nothing is out of view.
    let mut stage = Stage::of_size([1500.0, 3200.0]).take_sample();
    stage.harness.ctx.all_styles_mut(|style| {
        style.interaction.tooltip_delay = 0.0;
        style.interaction.show_tooltips_only_when_still = false;
    });
    stage.bring_in("<cat>");
    let mut complaints = Vec::new();
    keys(&mut stage.harness, egui::Key::Num1);
    unfold(&mut stage.harness, "Advanced");
    press(&mut stage.harness, "Picture 1.png");
    complaints.extend(controls(&mut stage.harness, "Concept"));
    press(&mut stage.harness, "Learn only this part");
    complaints.extend(controls(&mut stage.harness, "Concept, painting"));
    let (job, out) = stage.learn();
    for step in 1..=20 {
        stage.events.send(Event::Step { job, report: report(step) }).unwrap();
    }
    for step in [0, 10] {
        let path = out.join(format!("previews/{step:06}_0.png"));
        stage.tell(Event::Preview { job, step, prompt: "a".into(), image: RgbImage::new(64, 64), path });
        stage.tell(Event::Kept { job, step: 10 });
    }
    complaints.extend(controls(&mut stage.harness, "Learn"));
    keys(&mut stage.harness, egui::Key::Num3);
    for header in ["Advanced", "Grid"] {
        unfold(&mut stage.harness, header);
    }
    let image = RgbImage::new(64, 64);
    let path = stage._home.path().join("pictures/00000-1.png");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    image.save(&path).unwrap();
    stage.tell(Event::Image { job: 99, index: 0, seed: 1, image, path: Some(path) });
    complaints.extend(controls(&mut stage.harness, "Compose"));
    keys(&mut stage.harness, egui::Key::Num4);
    press(&mut stage.harness, "Word <cat>");
    complaints.extend(controls(&mut stage.harness, "Library"));
    press(&mut stage.harness, "Mix words");
    press(&mut stage.harness, "Word <cat>");
    unfold(&mut stage.harness, "More");
    stage.harness.get_by_role_and_label(Role::Slider, "Weight of <cat>");
    complaints.extend(controls(&mut stage.harness, "Library, mixing"));
    press(&mut stage.harness, "Mix words");
    keys(&mut stage.harness, egui::Key::Num5);
    complaints.extend(controls(&mut stage.harness, "Models"));
    keys(&mut stage.harness, egui::Key::Num6);
    for tab in ["Pictures", "Methods", "New comparison…", "Bias", "Meaning", "Study"] {
        press(&mut stage.harness, tab);
        complaints.extend(controls(&mut stage.harness, &format!("Compare, {tab}")));
    }
    keys(&mut stage.harness, egui::Key::Num7);
    let picture = stage._home.path().join("pictures/00000-1.png");
    give(&mut stage.harness, picture);
    stage.until("a picture is open", |app| app.state().editing.open.is_some());
    unfold(&mut stage.harness, "Advanced");
    complaints.extend(controls(&mut stage.harness, "Edit"));
    keys(&mut stage.harness, egui::Key::Num8);
    press(&mut stage.harness, "Picture 00000-1.png");
    stage.until("it is read", |app| {
        app.state().shown.as_ref().is_some_and(|shown| shown.path.ends_with("00000-1.png"))
    });
    complaints.extend(controls(&mut stage.harness, "Gallery"));
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn recipes_and_methods_are_chosen_in_one_list() {
    let mut stage = Stage::of_size([1500.0, 3200.0]).take_sample();
    unfold(&mut stage.harness, "Advanced");
    for option in ["published, high rate", "growing"] {
        // A choice that no pointer made leaves the list open.
        if stage.harness.query_by_role_and_label(Role::Button, option).is_none() {
            stage.harness.get_by_role_and_label(Role::ComboBox, "Recipe and method").click_accesskit();
            stage.harness.run_steps(4);
        }
        stage.harness.get_by_role_and_label(Role::Button, option).click_accesskit();
        stage.harness.run_steps(4);
    }
    let settings = stage.harness.state().state().draft.as_ref().unwrap().settings.clone();
    assert_eq!(
        (settings.preset, settings.method),
        (project::Preset::PaperHigh, project::Method::Progressive)
    );
    assert_eq!(settings.steps, 5000, "a method leaves the rest of the recipe as it is");
    stage.harness.get_by_label("Chosen under Advanced: published, high rate.");
}

#[test]
fn outlines_are_suggested_for_one_picture_or_all_and_taken_back() {
    let mut stage = Stage::with_sample();
    let masks = |app: &App| {
        let draft = app.state().draft.as_ref();
        draft.map_or(0, |draft| draft.entries.iter().filter(|entry| entry.mask.is_some()).count())
    };
    press(&mut stage.harness, "Picture 1.png");
    press(&mut stage.harness, "Learn only this part");
    press(&mut stage.harness, "Suggest outline");
    stage.until("there is a mask", |app| masks(app) == 1);
    stage.harness.get_by_label("Only the bright part is learned.");
    press(&mut stage.harness, "Undo");
    stage.until("it is taken back", |app| masks(app) == 0);
    stage.harness.get_by_label_contains("All of the square is learned.");
    press(&mut stage.harness, "Suggest outlines for all");
    stage.until("all have masks", |app| masks(app) == 5 && app.state().outlining.is_none());
    stage.until("they are seen", |app| app.state().views.iter().all(|view| view.mask.is_some()));
    for view in &stage.harness.state().state().views {
        let mask = view.mask.as_ref().unwrap().as_raw();
        let part = mask.iter().filter(|level| **level > 127).count() as f64 / mask.len() as f64;
        assert!((0.2..0.6).contains(&part), "{part} of {} is learned", view.entry.path.display());
    }
}

#[test]
fn a_window_at_rest_draws_nothing() {
    let mut stage = Stage::with_sample();
    for key in [
        egui::Key::Num1,
        egui::Key::Num2,
        egui::Key::Num3,
        egui::Key::Num4,
        egui::Key::Num5,
        egui::Key::Num6,
        egui::Key::Num7,
        egui::Key::Num8,
    ] {
        keys(&mut stage.harness, key);
        stage.harness.run_steps(30);
        // Frames are drawn until nobody asks for another one.
        let frames = stage.harness.try_run();
        assert!(frames.as_ref().is_ok_and(|frames| *frames <= 3), "room {key:?} goes on drawing: {frames:?}");
    }
}

/// Names a path in the plain field that a button opens.
fn choose(harness: &mut Harness<'static, App>, button: &str, path: &Path) {
    press(harness, button);
    take(harness, path);
}

#[test]
fn what_was_named_in_the_line_opens_where_it_belongs() {
    let mut stage = Stage::new();
    let (ctx, golden) = (stage.harness.ctx.clone(), crate::places::golden());
    stage.harness.state_mut().open(vec![golden.join("embeddings/a1111.safetensors")], &ctx);
    stage.until("the word is in the library", |app| app.state().words.len() == 1);
    assert_eq!(format!("{:?}", stage.harness.state().state().page), "Library");
    let model = golden.join("sd1");
    stage.harness.state_mut().open(vec![model.clone()], &ctx);
    stage.until("the model is used", |app| app.state().model_path.as_ref() == Some(&model));
    assert_eq!(format!("{:?}", stage.harness.state().state().page), "Models");
}

#[test]
fn words_of_other_programs_are_found_noted_and_brought_in() {
    let mut stage = Stage::new();
    press(&mut stage.harness, "Skip, I will look around");
    let folder = stage._home.path().join("ComfyUI/embeddings");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, number) in [("<otter>", 1.0), ("<heron>", 2.0), ("<heron-again>", 2.0)] {
        let word = format::embedding::LearnedWord::new(name, vec![number; 768]);
        let path = folder.join(format!("{}.safetensors", name.trim_matches(['<', '>'])));
        format::embedding::write(&path, &word, Default::default()).unwrap();
    }
    keys(&mut stage.harness, egui::Key::Num4);
    press(&mut stage.harness, "Folders");
    choose(&mut stage.harness, "Add a folder of words…", &folder);
    stage.until("its words are shown", |app| app.state().words.len() == 3);
    stage.harness.get_by_role_and_label(Role::Button, "Word <otter>");
    // What is noted can be searched.
    press(&mut stage.harness, "Word <heron>");
    assert!(stage.harness.query_by_role_and_label(Role::Button, "Delete").is_none(), "it is not ours");
    stage.harness.get_by_role_and_label(Role::CheckBox, "Favourite").click_accesskit();
    write(&mut stage.harness, Role::TextInput, "Tags", "river bird");
    let noted = |app: &App| app.state().words.iter().filter(|word| word.kept.notes.favourite).count();
    assert_eq!(noted(stage.harness.state()), 2, "both files hold the same word");
    // What is taken back in the notes of one word is nothing that was typed for another.
    let (role, name) = (Role::MultilineTextInput, "Notes");
    stage.harness.get_by_role_and_label(role, name).set_text_value_accesskit("likes fish");
    stage.harness.run_steps(3);
    stage.harness.get_by_role_and_label(role, name).focus();
    stage.harness.run_steps(3);
    press(&mut stage.harness, "Word <otter>");
    stage.harness.get_by_role_and_label(role, name).focus();
    stage.harness.run_steps(3);
    stage.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    stage.harness.run_steps(3);
    let fish =
        |app: &App| app.state().words.iter().filter(|word| word.kept.notes.text == "likes fish").count();
    assert_eq!(fish(stage.harness.state()), 2, "those of the heron alone");
    press(&mut stage.harness, "Word <heron>");
    write(&mut stage.harness, Role::TextInput, "Find", "river -again");
    assert!(stage.harness.query_by_role_and_label(Role::Button, "Word <otter>").is_none());
    stage.harness.get_by_role_and_label(Role::Button, "Word <heron>");
    press(&mut stage.harness, "Bring in");
    stage.until("it is in the library", |app| app.state().words.iter().any(|word| !word.is_foreign()));
    press(&mut stage.harness, "Show all");
    // A file that is taken away is seen to be gone.
    std::fs::remove_file(folder.join("otter.safetensors")).unwrap();
    stage.until("it is gone", |app| app.state().words.iter().all(|word| word.word != "<otter>"));
    press(&mut stage.harness, &format!("Stop showing the words of {}", folder.display()));
    stage.until("the folder is let go", |app| app.state().words.len() == 1);
    assert!(folder.join("heron.safetensors").exists());
}

#[test]
fn damaged_things_are_shown_with_a_way_out() {
    let mut stage = Stage::new();
    press(&mut stage.harness, "Skip, I will look around");
    let home = stage._home.path().to_path_buf();
    std::fs::create_dir_all(home.join("words")).unwrap();
    let word = home.join("words/ねこ.safetensors");
    std::fs::write(&word, b"no").unwrap();
    let file = home.join("x.safetensors");
    std::fs::write(&file, b"no").unwrap();
    // Bringing in another lists the library anew.
    give(&mut stage.harness, file);
    stage.until("it is told", |app| !app.state().damaged.is_empty());
    assert!(stage.harness.query_by_label_contains("ねこ.safetensors cannot be read").is_some());
    stage.harness.get_by_label("Show the folder of ねこ.safetensors");
    press(&mut stage.harness, "Move ねこ.safetensors to the trash");
    stage.until("it is gone", |app| app.state().damaged.is_empty());
    assert!(!word.exists());
}

#[test]
fn the_real_engine_learns_draws_and_exports_from_the_window() {
    let home = tempfile::tempdir().unwrap();
    let mut harness = window(home.path(), None);
    press(&mut harness, "Start with the sample");
    until(&mut harness, "the sample can be learned", 60, |app| {
        app.state().obstacles().is_empty() && app.state().device.is_some() && app.state().views.len() == 5
    });
    // Eight steps are enough to see every part work.
    unfold(&mut harness, "Advanced");
    for (name, value) in [("Steps", 8.0), ("Preview every", 8.0), ("Save every", 4.0), ("Check every", 4.0)] {
        number(&mut harness, name, value);
    }
    press(&mut harness, "Learn");
    until(&mut harness, "it learns", 120, |app| !app.state().run.rows.is_empty());
    until(&mut harness, "it is learned", 300, |app| app.state().jobs.is_empty());
    until(&mut harness, "the word is in the library", 30, |app| app.state().words.len() == 1);
    // Ten steps more, with another setting.
    until(&mut harness, "the run is read", 30, |app| app.state().run.card.is_some());
    for width in [960.0, 1060.0, 1280.0] {
        harness.set_size([width, 800.0].into());
        harness.run_steps(4);
        let slider = harness.get_by_role_and_label(Role::Slider, "Likeness or obedience").rect();
        assert!(slider.right() <= width, "{width}: {slider:?}");
    }
    unfold(&mut harness, "Other settings");
    for (name, value) in [("Pictures at once", 2.0), ("More steps", 10.0)] {
        number(&mut harness, name, value);
    }
    press(&mut harness, "Continue for more steps");
    until(&mut harness, "it goes on", 120, |app| app.state().run.rows.len() > 8);
    // Its word can be drawn with at once.
    press(&mut harness, "Try it");
    press(&mut harness, "Draw");
    until(&mut harness, "the word is tried", 300, |app| app.state().gallery.len() == 1);
    until(&mut harness, "it is learned again", 300, |app| app.state().jobs.is_empty());
    let state = harness.state().state();
    let run = project::RunFolder::open(state.run.folder().unwrap()).unwrap().manifest().unwrap();
    assert_eq!((run.settings.steps, run.settings.batch_size, run.earlier.len()), (18, 2, 1));
    assert_eq!((run.earlier[0].until, run.earlier[0].settings.batch_size), (8, 1));
    keys(&mut harness, egui::Key::Num3);
    write(&mut harness, Role::MultilineTextInput, "Prompt", "a photo of a (<tea-time-mug>:1.1) on the moon");
    press(&mut harness, "Draw");
    until(&mut harness, "a picture is drawn", 300, |app| {
        app.state().gallery.len() == 2 && app.state().jobs.is_empty()
    });
    keys(&mut harness, egui::Key::Num4);
    harness.get_by_label("Word <tea-time-mug>").click_accesskit();
    harness.run_steps(4);
    harness.get_by_role_and_label(Role::Button, "Export…").click_accesskit();
    harness.run_steps(4);
    let to = home.path().join("exported.safetensors");
    take(&mut harness, &to);
    until(&mut harness, "the file is written", 30, |_| to.is_file());
    let word = format::embedding::read(&to).unwrap();
    assert_eq!(word.token.as_deref(), Some("<tea-time-mug>"));
    // What was open is there after a restart.
    drop(harness);
    let mut harness = window(home.path(), None);
    until(&mut harness, "everything is back", 60, |app| {
        let state = app.state();
        state.words.len() == 1 && state.runs.len() == 1 && state.gallery.len() == 2 && state.draft.is_some()
    });
    assert_eq!(harness.state().state().draft.as_ref().unwrap().concept.word, "<tea-time-mug>");
}

#[test]
fn a_suggested_word_is_taken_with_one_press() {
    let mut stage = Stage::with_sample();
    press(&mut stage.harness, "Suggest words");
    let Command::Suggest { job, request } = stage.command() else { panic!("nothing is looked for") };
    assert!(request.clip.join("config.json").is_file(), "the starter model's own");
    stage.tell(Event::Progress { job, what: "reading the words of the model".into(), done: 1, of: 2 });
    press(&mut stage.harness, "Stop looking for words");
    assert_eq!(stage.command(), Command::Stop(job));
    let found = ["ball", "boat"].map(|word| Suggestion { word: word.into(), score: 0.5 });
    stage.tell(Event::Finished { job, summary: JobSummary::Suggested { words: found.to_vec() } });
    press(&mut stage.harness, "Start from boat");
    let draft = stage.harness.state().state().draft.clone().unwrap();
    assert_eq!(draft.concept.initial_word, "boat");
}

#[test]
fn settings_of_a_picture_are_pasted_into_compose() {
    let mut stage = Stage::with_sample();
    keys(&mut stage.harness, egui::Key::Num3);
    stage.harness.get_by_role_and_label(Role::Button, "Paste settings");
    let text =
        "a lighthouse\nNegative prompt: fog\nSteps: 12, Sampler: Heun, CFG scale: 4, Seed: 9, Size: 64x128";
    stage.harness.input_mut().events.push(egui::Event::Paste(text.into()));
    stage.until("the settings are there", |app| app.state().compose.settings.prompt == "a lighthouse");
    let compose = stage.harness.state().state().compose.clone();
    assert_eq!((compose.settings.negative_prompt.as_str(), compose.settings.steps), ("fog", 12));
    assert_eq!((compose.settings.seed, compose.settings.height, compose.seed_locked), (9, Some(128), true));
}

#[test]
fn a_grid_of_any_two_things_is_asked_for_by_its_form() {
    let mut stage = Stage::with_sample();
    keys(&mut stage.harness, egui::Key::Num3);
    write(&mut stage.harness, Role::MultilineTextInput, "Prompt", "a lighthouse");
    unfold(&mut stage.harness, "Grid");
    let values = |stage: &mut Stage, name: &str, text: &str| {
        write(&mut stage.harness, Role::TextInput, name, text);
    };
    values(&mut stage, "Down: values", "many");
    assert!(stage.harness.query_by_label_contains("“many” is no guidance").is_some());
    values(&mut stage, "Down: values", "3, 6");
    values(&mut stage, "Across: values", "7-9");
    press(&mut stage.harness, "Draw the grid");
    let Command::Grid { request, .. } = stage.command() else { panic!("no grid") };
    let drawn: Vec<_> =
        request.rows.iter().map(|row| (row.draw.settings.guidance, row.draw.settings.seed)).collect();
    assert_eq!(drawn.len(), 6);
    assert_eq!(drawn[3..5], [(Some(6.0), 7), (Some(6.0), 8)]);
    assert!(request.sheet.is_some());
}
