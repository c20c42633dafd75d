//! How every room looks, empty, busy and failed, in both themes and two sizes: a few rendered pictures, and for all of
//! them the text of the accessibility tree, compared with what lies in `tests/snapshots`.
//!
//! After a change that is meant, `UPDATE_SNAPSHOTS=1 ./dist/test --test window looks` writes both anew; look at them
//! before they are committed.

use crossbeam_channel::{Receiver, Sender};
use egui_kittest::kittest::Queryable as _;
use egui_kittest::{Harness, SnapshotOptions, SnapshotResults};
use engine::message::{Command, Event, JobId, StepReport};
use image::RgbImage;
use project::DataDir;
use ui::app::App;

use crate::places::repository;
use crate::{stage, tree};

const ROOMS: [(&str, egui::Key); 8] = [
    ("concept", egui::Key::Num1),
    ("learn", egui::Key::Num2),
    ("compose", egui::Key::Num3),
    ("edit", egui::Key::Num7),
    ("gallery", egui::Key::Num8),
    ("library", egui::Key::Num4),
    ("compare", egui::Key::Num6),
    ("models", egui::Key::Num5),
];

/// Sizes of the window.
const SIZES: [[f32; 2]; 2] = [[1280.0, 800.0], [1920.0, 1080.0]];

/// What is compared as a picture as well: every page at work, and every state, theme and size.
const PICTURES: [&str; 14] = [
    "guide-dark",
    "failed-light",
    "concept-empty-light",
    "concept-busy-dark-wide",
    "learn-busy-dark",
    "learn-failed-light",
    "compose-empty-dark-wide",
    "compose-busy-light",
    "edit-busy-dark",
    "edit-busy-light-wide",
    "gallery-busy-dark",
    "gallery-busy-light-wide",
    "library-busy-light-wide",
    "models-busy-dark",
];

/// What is compared as a picture of a window that speaks Japanese.
const IN_JAPANESE: [&str; 4] =
    ["japanese-guide-dark", "japanese-concept-dark", "japanese-advanced-dark", "japanese-models-dark"];

/// The comparisons so far.
#[derive(Default)]
struct Seen {
    pictures: SnapshotResults,
    taken: usize,
    /// What says something else than it did.
    texts: Vec<String>,
}

struct Stage {
    /// Theme and size, as they stand in the names of the pictures.
    look: String,
    harness: Harness<'static, App>,
    commands: Receiver<Command>,
    events: Sender<Event>,
    home: tempfile::TempDir,
}

impl Stage {
    fn new(theme: egui::Theme, size: [f32; 2]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (link, commands, events) = stage::played();
        let options = stage::options(folder.path(), Some(link));
        let builder = Harness::builder().with_size(size).with_theme(theme).with_max_steps(64).wgpu();
        let harness = builder.build_eframe(move |cc| App::new(cc, options).unwrap());
        let name = if theme == egui::Theme::Dark { "dark" } else { "light" };
        let look = name.to_owned() + if size[0] > 1500.0 { "-wide" } else { "" };
        let mut stage = Self { look, harness, commands, events, home: folder };
        stage.events.send(Event::Device { device: stage::device() }).unwrap();
        stage.until(|app| app.state().model_card().is_some() && app.state().draft.is_some());
        stage
    }

    fn until(&mut self, done: impl Fn(&App) -> bool) {
        stage::until(&mut self.harness, "the window looks so", 60, done);
    }

    fn press(&mut self, name: &str) {
        stage::press(&mut self.harness, name);
    }

    /// The sample, learned half, with a picture drawn; the job that learns.
    fn make_busy(&mut self) -> JobId {
        self.press("Start with the sample");
        self.until(|app| app.state().views.len() == 5 && app.state().tokens.is_some());
        self.press("Learn now");
        // The concept is written first.
        self.until(|app| app.state().preparing.is_none() && app.state().learning());
        let Command::Learn { job, request } = self.commands.try_recv().unwrap() else {
            panic!("no learning")
        };
        let run = stage::run_info(request.out.clone(), 1000);
        self.events.send(Event::LearnStarted { job, run }).unwrap();
        for step in 1..=500 {
            self.events.send(Event::Step { job, report: report(step) }).unwrap();
        }
        let samples = repository().join("assets/samples/tea-time-mug");
        let sample = |i: u32| image::open(samples.join(format!("{i}.png"))).unwrap().to_rgb8();
        for (i, step) in [0_u64, 200, 400].into_iter().enumerate() {
            for index in 0..2 {
                let path = request.out.join(format!("previews/{step:06}_{index}.png"));
                let prompt = "a photo of <tea-time-mug>".into();
                let image = sample(1 + i as u32 + index);
                self.events.send(Event::Preview { job, step, prompt, image, path }).unwrap();
            }
        }
        self.harness.run_steps(6);
        // Drawn while it learns, as if by a second engine: what matters here is the looks.
        let folder = self.home.path().join("pictures");
        std::fs::create_dir_all(&folder).unwrap();
        for i in 1..=4 {
            let (path, image) = (folder.join(format!("{i:05}-7.png")), sample(i));
            image.save(&path).unwrap();
            self.events.send(Event::Image { job: 99, index: 0, seed: 7, image, path: Some(path) }).unwrap();
        }
        self.harness.run_steps(6);
        self.paint_on(samples.join("1.png"));
        job
    }

    /// A picture is edited, with a few strokes on it.
    fn paint_on(&mut self, picture: std::path::PathBuf) {
        stage::keys(&mut self.harness, egui::Key::Num7);
        stage::give(&mut self.harness, picture);
        self.until(|app| app.state().editing.open.is_some());
        self.harness.get_by_role_and_label(egui::Role::Canvas, "Mask of 1.png").focus();
        self.harness.run_steps(2);
        for key in [egui::Key::Space, egui::Key::ArrowRight, egui::Key::ArrowRight, egui::Key::Space] {
            self.harness.key_press(key);
            self.harness.run_steps(2);
        }
    }

    /// Every room, as it is now.
    fn look_around(&mut self, state: &str, seen: &mut Seen) {
        for (room, key) in ROOMS {
            self.harness.key_press_modifiers(egui::Modifiers::COMMAND, key);
            self.look(&format!("{room}-{state}"), seen);
        }
    }

    fn look(&mut self, page: &str, seen: &mut Seen) {
        self.harness.run_steps(40);
        // The folder is another one each time.
        let home = self.home.path().to_str().unwrap().to_owned();
        let text = tree::describe(&self.harness, &home);
        seen.texts.extend(tree::compare(page, &self.look, &text).err());
        let name = format!("{page}-{}", self.look);
        if !PICTURES.iter().chain(&IN_JAPANESE).any(|known| *known == name) {
            return;
        }
        let places: Vec<egui::Rect> =
            self.harness.query_all_by_label_contains(&home).map(|node| node.rect()).collect();
        // The letters of its name are not all as wide, so the mask is as wide as any.
        let wide =
            |place: egui::Rect| egui::Rect::from_min_size(place.min, egui::vec2(560.0, place.height()));
        places.into_iter().for_each(|place| self.harness.mask(wide(place).expand(2.0)));
        // Software rasterisers differ a little at the edges of letters and lines.
        let options = SnapshotOptions::new().threshold(2.0).max_failed_pixels(300_usize);
        let options = options.output_path(repository().join("tests/snapshots"));
        seen.pictures.add(self.harness.try_snapshot_options(name, &options));
        seen.taken += 1;
    }
}

fn report(step: u64) -> StepReport {
    let chance = ((step * 7919) % 101) as f64 / 101.0 - 0.5;
    let mean = 0.38 + 0.1 * (-(step as f64) / 150.0).exp();
    StepReport {
        step,
        steps: 1000,
        loss: mean + 0.2 * chance,
        mean_loss: mean,
        fixed_noise_loss: step.is_multiple_of(100).then_some(mean - 0.01),
        lr: 0.004,
        norm: 0.62,
        cosine: 0.6,
        gradient_norm: 1.0,
        seconds: 0.3,
        nearest: if step.is_multiple_of(100) {
            vec![("mug".into(), 0.61), ("blue".into(), 0.5)]
        } else {
            Vec::new()
        },
        ..StepReport::default()
    }
}

#[test]
fn rooms_look_as_they_did() {
    let mut seen = Seen::default();
    let themes = [egui::Theme::Dark, egui::Theme::Light];
    for (theme, size) in themes.into_iter().flat_map(|theme| SIZES.map(|size| (theme, size))) {
        let mut stage = Stage::new(theme, size);
        if size == SIZES[0] {
            stage.look("guide", &mut seen);
        }
        stage.press("Skip, I will look around");
        stage.look_around("empty", &mut seen);

        let mut stage = Stage::new(theme, size);
        let job = stage.make_busy();
        stage.look_around("busy", &mut seen);
        let message = "The connection to the device was lost. Start Pseudoword again and resume from the last \
                       checkpoint.";
        stage.events.send(Event::Failed { job, message: message.to_owned(), exit_code: 6 }).unwrap();
        // The played engine leaves no run on the disk; what is said about that is none of the looks.
        stage.until(|app| app.state().notices.len() == 2);
        stage.harness.run_steps(4);
        stage.harness.get_all_by_label("Dismiss").last().unwrap().click_accesskit();
        stage.until(|app| app.state().notices.len() == 1);
        stage.look_around("failed", &mut seen);
    }
    // Without a device from the start.
    for theme in themes {
        let mut stage = Stage::new(theme, SIZES[0]);
        stage.press("Skip, I will look around");
        let message = "The device has too little memory for this. Choose a smaller size.".to_owned();
        stage.events.send(Event::Failed { job: 0, message, exit_code: 1 }).unwrap();
        stage.look("failed", &mut seen);
    }
    let Seen { pictures, taken, texts } = seen;
    println!("{}", texts.join("\n"));
    pictures.unwrap();
    assert!(texts.is_empty(), "{}", texts.join("\n"));
    assert_eq!(taken, PICTURES.len(), "a picture was not looked at");
}

#[test]
fn rooms_speak_japanese_until_english_is_chosen() {
    ui::language::speak(ui::language::Language::Japanese);
    let mut seen = Seen::default();
    let mut stage = Stage::new(egui::Theme::Dark, SIZES[0]);
    stage.look("japanese-guide", &mut seen);
    stage.press("サンプルで始める");
    stage.until(|app| app.state().views.len() == 5 && app.state().tokens.is_some());
    stage.look("japanese-concept", &mut seen);
    stage.harness.get_by_label("詳細設定").click_accesskit();
    stage.harness.run_steps(4);
    stage.harness.get_by_label("ステップとバッチ").scroll_to_me();
    stage.look("japanese-advanced", &mut seen);
    stage.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Num5);
    stage.look("japanese-models", &mut seen);
    let Seen { pictures, taken, texts } = seen;
    stage.press("Pseudoword について");
    stage.harness.get_by_label("English").click_accesskit();
    let window = DataDir::at(stage.home.path().to_path_buf()).window();
    let said = |text: String| text.contains("language = \"english\"");
    stage.until(|_| std::fs::read_to_string(&window).is_ok_and(said));
    assert!(stage.harness.query_by_label("Concept room").is_some(), "it speaks English at once");
    pictures.unwrap();
    assert!(texts.is_empty(), "{}", texts.join("\n"));
    assert_eq!(taken, IN_JAPANESE.len(), "a picture was not looked at");
}

#[test]
fn an_error_of_the_windows_device_does_not_end_the_program() {
    let home = tempfile::tempdir().unwrap();
    let (link, _kept, _events) = stage::played();
    let options = stage::options(home.path(), Some(link));
    let device = std::rc::Rc::new(std::cell::RefCell::new(None));
    let given = device.clone();
    let mut harness = Harness::builder().with_size([960.0, 600.0]).wgpu().build_eframe(move |cc| {
        *given.borrow_mut() = cc.wgpu_render_state.as_ref().map(|state| state.device.clone());
        App::new(cc, options).unwrap()
    });
    harness.run_steps(3);
    let device = device.borrow().clone().unwrap();
    // Nobody's error scope is open: by itself wgpu would panic here.
    let nonsense = wgpu::BufferDescriptor {
        label: None,
        size: 4,
        usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::MAP_WRITE,
        mapped_at_creation: false,
    };
    drop(device.create_buffer(&nonsense));
    harness.run_steps(3);
    device.destroy();
    drop(device.create_buffer(&wgpu::BufferDescriptor { usage: wgpu::BufferUsages::UNIFORM, ..nonsense }));
    harness.run_steps(3);
    assert!(harness.query_by_label("Concept room").is_some(), "the window goes on");
}

#[test]
fn the_picture_view_draws_pictures_and_the_wipe() {
    // What is drawn by the shaders, pixel for pixel where it can be told: a red and a blue picture, half and half.
    let (red, blue) = ([220, 30, 30], [30, 30, 220]);
    let picture = |colour| std::sync::Arc::new(RgbImage::from_pixel(8, 8, image::Rgb(colour)));
    let (first, second) = (picture(red), picture(blue));
    let mut view = ui::widgets::picture_view::PictureView::default();
    let mut shared = ui::texture::Shared::default();
    struct Canvas<F>(F);
    impl<F: FnMut(&mut egui::Ui)> eframe::App for Canvas<F> {
        fn ui(&mut self, ui: &mut egui::Ui, _: &mut eframe::Frame) {
            (self.0)(ui);
        }
    }
    let mut harness = Harness::builder().with_size([200.0, 200.0]).wgpu().build_eframe(move |cc| {
        ui::theme::install(&cc.egui_ctx);
        let render_state = cc.wgpu_render_state.as_ref().unwrap();
        shared.shaders = ui::widgets::picture_paint::install(render_state);
        assert!(shared.shaders, "the shaders were refused");
        Canvas(move |ui: &mut egui::Ui| {
            let content = ui::widgets::picture_view::Content {
                first: &first,
                second: Some(&second),
                name: "Two pictures",
            };
            let size = ui.available_size();
            view.ui(ui, &mut shared, &content, size);
        })
    });
    harness.run_steps(4);
    let shot = harness.render().unwrap();
    let near = |at: (u32, u32), colour: [u8; 3]| {
        let pixel = shot.get_pixel(at.0, at.1).0;
        (0..3).all(|i| pixel[i].abs_diff(colour[i]) <= 3)
    };
    let (width, height) = shot.dimensions();
    assert!(near((width / 4, height / 2), red), "{:?}", shot.get_pixel(width / 4, height / 2));
    assert!(near((3 * width / 4, height / 2), blue), "{:?}", shot.get_pixel(3 * width / 4, height / 2));
}
