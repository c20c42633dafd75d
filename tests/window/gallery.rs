//! A gallery of many pictures: which of them are read, what they cost, and that nothing of it is lost at the end.
//!
//! The measurement of a thousand pictures prints a figure and is run by name only:
//! `./dist/test --test window a_thousand_pictures -- --ignored --nocapture`; that of `five_thousand_words` likewise.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use engine::message::{Command, Event};
use image::RgbImage;
use project::DataDir;
use ui::app::App;

use crate::stage::{options, played};

/// Sides of the pictures that are measured, and how many.
const SIDE: u32 = 1024;
const MANY: usize = 1000;
/// MiB that a gallery of so many may cost.
const COST: u64 = 200;

pub struct Gallery {
    pub harness: Harness<'static, App>,
    pub pictures: PathBuf,
    _engine: (Receiver<Command>, Sender<Event>),
}

impl Gallery {
    pub fn open(home: &Path) -> Self {
        let (link, told, says) = played();
        let options = options(home, Some(link));
        let pictures = options.home.pictures();
        let harness = Harness::builder()
            .with_size([1280.0, 800.0])
            .allow_missing_glyphs()
            .renderer(crate::frames::renderer())
            .build_eframe(move |cc| App::new(cc, options).unwrap());
        let mut gallery = Self { harness, pictures, _engine: (told, says) };
        gallery.harness.run_steps(2);
        gallery.harness.key_press(egui::Key::Escape);
        gallery.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Num3);
        gallery.harness.run_steps(2);
        gallery
    }

    pub fn until(&mut self, what: &str, done: impl Fn(&App) -> bool) {
        let began = Instant::now();
        while !done(self.harness.state()) {
            assert!(began.elapsed() < Duration::from_secs(60), "waited in vain until {what}");
            self.harness.run_steps(1);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Which of the pictures are held small.
    fn small(&self, count: usize) -> Vec<usize> {
        let copies = &self.harness.state().state().thumbnails;
        (0..count).filter(|&i| copies.get(&self.pictures.join(name(i))).is_some()).collect()
    }

    /// The pictures of the strip that are laid out, and where.
    pub fn names(&self) -> Vec<(String, egui::Pos2)> {
        let buttons = self.harness.get_all_by_role(egui::Role::Button);
        let named = buttons.filter_map(|node| Some((node.accesskit_node().label()?, node.rect().center())));
        named.filter(|(name, _)| name.starts_with("Picture ")).collect()
    }

    /// Turns the wheel over the strip.
    fn scroll(&mut self, points: f32) {
        let (_, strip) = self.names().into_iter().nth(1).unwrap();
        self.harness.hover_at(strip);
        self.harness.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: egui::vec2(0.0, -points),
            modifiers: egui::Modifiers::NONE,
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
        });
        self.harness.run_steps(30);
    }
}

pub fn name(i: usize) -> String {
    format!("{i:05}-1.png")
}

/// Writes pictures, the first of them newest.
pub fn draw(home: &Path, count: usize, side: u32) {
    let folder = DataDir::at(home.to_path_buf()).pictures();
    std::fs::create_dir_all(&folder).unwrap();
    for i in 0..count {
        let shade = (i % 256) as u32;
        let level = |x: u32, y: u32| image::Rgb([(x ^ shade) as u8, (y / 4) as u8, shade as u8]);
        let path = folder.join(name(i));
        RgbImage::from_fn(side, side * 3 / 4, level).save(&path).unwrap();
        let time = std::time::SystemTime::now() - Duration::from_secs(60 * i as u64);
        std::fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    }
}

#[test]
fn pictures_drawn_before_are_searched_by_their_prompt() {
    let home = tempfile::tempdir().unwrap();
    let folder = DataDir::at(home.path().to_path_buf()).pictures();
    std::fs::create_dir_all(&folder).unwrap();
    for (i, prompt) in ["a cat, watercolour", "a dog, watercolour", "a cat, oil"].into_iter().enumerate() {
        let info = format::GenerateInfo { prompt: prompt.into(), steps: 20, ..Default::default() };
        let bytes = format::png_info::to_png_with(&RgbImage::new(16, 16), &info).unwrap();
        std::fs::write(folder.join(name(i)), bytes).unwrap();
    }
    let mut gallery = Gallery::open(home.path());
    gallery.until("all are listed and read", |app| {
        app.state().gallery.len() == 3 && app.state().library.texts.len() == 3
    });
    gallery.harness.run_steps(2);
    assert_eq!(gallery.names().len(), 3);
    let field = gallery.harness.get_by_role_and_label(egui::Role::TextInput, "Search drawn pictures");
    field.set_text_value_accesskit("cat -oil");
    gallery.harness.run_steps(3);
    let names: Vec<String> = gallery.names().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, [format!("Picture {}", name(0))]);
    // On the wall, too; a click shows it large.
    gallery.harness.get_by_role_and_label(egui::Role::Button, "All at once").click_accesskit();
    gallery.harness.run_steps(3);
    assert!(gallery.harness.query_by_label(&format!("Large {}", name(1))).is_none());
    gallery.harness.get_by_label(&format!("Large {}", name(0))).click_accesskit();
    gallery.until("it is large", |app| {
        app.state().shown.as_ref().is_some_and(|shown| shown.path.ends_with(name(0)))
    });
}

#[test]
fn pictures_of_earlier_sessions_are_seen_as_they_come_into_view() {
    let home = tempfile::tempdir().unwrap();
    draw(home.path(), 300, 300);
    let mut gallery = Gallery::open(home.path());
    gallery.until("the first are seen", |app| {
        let state = app.state();
        state.gallery.first().is_some_and(|path| state.thumbnails.get(path).is_some())
    });
    std::thread::sleep(Duration::from_millis(500));
    gallery.harness.run_steps(4);
    let seen = gallery.small(300);
    assert!(seen.len() < 30 && seen.contains(&0), "only those in view are read: {seen:?}");
    assert!(gallery.harness.state().state().shown.is_none(), "and none is opened for it");
    gallery.scroll(30_000.0);
    gallery.until("the last is seen", |app| {
        let state = app.state();
        state.gallery.last().is_some_and(|path| state.thumbnails.get(path).is_some())
    });
    assert!(gallery.small(300).len() < 60, "those in between are passed over");
    let kept = std::fs::read_dir(home.path().join("cache/thumbnails")).unwrap().count();
    assert!((10..60).contains(&kept), "{kept} copies are kept for the next time");
    // The disk's thread writes how the window stands, at most once a second.
    let left = home.path().join("window.toml");
    gallery.until("the page is remembered", |_| {
        std::fs::read_to_string(&left).is_ok_and(|text| text.contains("room = \"compose\""))
    });
}

#[test]
fn a_window_that_finds_nonsense_says_so_once_and_keeps_it() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("window.toml"), "room = 7\n# my prompt").unwrap();
    let said = |gallery: &Gallery| -> Vec<String> {
        gallery.harness.state().state().notices.iter().map(|notice| notice.text.clone()).collect()
    };
    let mut gallery = Gallery::open(home.path());
    let told = said(&gallery);
    assert!(told.iter().any(|text| text.contains("window.toml.damaged-1")), "{told:?}");
    // What was mended is saved soon, so that it is said once.
    let began = Instant::now();
    let file = home.path().join("window.toml");
    while std::fs::read_to_string(&file).is_ok_and(|text| text.contains("room = 7"))
        && began.elapsed().as_secs() < 20
    {
        gallery.harness.run_steps(2);
        std::thread::sleep(Duration::from_millis(50));
    }
    drop(gallery);
    let kept = std::fs::read_to_string(home.path().join("window.toml.damaged-1")).unwrap();
    assert!(kept.contains("my prompt"));
    assert!(said(&Gallery::open(home.path())).is_empty());
    assert!(!home.path().join("window.toml.damaged-2").exists());
}

/// MiB of this process in memory, as Linux counts them.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() >> 10
}

#[test]
#[ignore = "a measurement of a minute"]
fn a_thousand_pictures() {
    let [empty, full] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    draw(full.path(), MANY, SIDE);
    // The second window: what the first leaves behind in the process is no gallery's.
    let before = [(); 2].map(|()| {
        let mut window = Gallery::open(empty.path());
        window.harness.run_steps(30);
        window.harness.render().unwrap();
        resident()
    });
    let before = before[1];
    let mut gallery = Gallery::open(full.path());
    gallery.until("they are listed", |app| app.state().gallery.len() == MANY);
    let (mut most, mut seen) = (0, std::collections::BTreeSet::new());
    // Once from end to end, resting wherever something new has come into view.
    while !seen.contains(&(MANY - 1)) {
        let rests = Instant::now();
        while rests.elapsed() < Duration::from_millis(600) {
            gallery.harness.run_steps(1);
            std::thread::sleep(Duration::from_millis(5));
        }
        seen.extend(gallery.small(MANY));
        gallery.harness.render().unwrap();
        most = most.max(resident());
        gallery.scroll(900.0);
    }
    assert!(seen.len() > MANY / 2, "only {} were seen", seen.len());
    // And a look at some of them in full size.
    for _ in 0..40 {
        gallery.scroll(-300.0);
        let names: Vec<String> = gallery.names().into_iter().map(|(name, _)| name).collect();
        let middle = &names[names.len() / 2];
        gallery.harness.get_by_label(middle).click_accesskit();
        gallery.harness.run_steps(20);
        std::thread::sleep(Duration::from_millis(60));
        gallery.harness.run_steps(2);
        gallery.harness.render().unwrap();
        most = most.max(resident());
    }
    assert!(gallery.harness.state().state().shown.is_some());
    println!(
        "a window without pictures: {before} MiB; with {MANY}, {} of them seen: {most} MiB at most",
        seen.len()
    );
    assert!(most - before < COST, "{MANY} pictures cost {} MiB", most - before);
}

/// Milliseconds that frames take without drawing them: the middle one and the longest.
pub fn milliseconds(
    gallery: &mut Gallery,
    frames: usize,
    mut before: impl FnMut(&mut Gallery, usize),
) -> (f64, f64) {
    let mut all: Vec<f64> = Vec::new();
    for frame in 0..frames {
        before(gallery, frame);
        let began = Instant::now();
        gallery.harness.step();
        all.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    all.sort_by(f64::total_cmp);
    (all[all.len() / 2], all[all.len() - 1])
}

#[test]
#[ignore = "a measurement of a minute"]
fn five_thousand_words() {
    const WORDS: usize = 5000;
    let home = tempfile::tempdir().unwrap();
    let folder = DataDir::at(home.path().to_path_buf()).words();
    std::fs::create_dir_all(&folder).unwrap();
    for i in 0..WORDS {
        let word = format::embedding::LearnedWord {
            token: Some(format!("<word-{i}>")),
            vectors: vec![i as f32 + 1.0; 768],
            shape: [1, 768],
            ..Default::default()
        };
        let path = folder.join(format!("word-{i}.safetensors"));
        format::embedding::write(&path, &word, Default::default()).unwrap();
    }
    let mut gallery = Gallery::open(home.path());
    let began = Instant::now();
    gallery.until("all words are listed", |app| app.state().words.len() == WORDS);
    println!("{WORDS} words are listed after {:.2} s", began.elapsed().as_secs_f64());
    let compose = milliseconds(&mut gallery, 60, |_, _| {});
    gallery.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Num4);
    gallery.harness.run_steps(4);
    let library = milliseconds(&mut gallery, 60, |_, _| {});
    let typed = milliseconds(&mut gallery, 8, |gallery, frame| {
        let field = gallery.harness.get_by_role_and_label(egui::Role::TextInput, "Find");
        field.set_text_value_accesskit(&"word-123"[..=frame]);
    });
    for (what, (middle, longest)) in [("Compose", compose), ("Library", library), ("a key typed", typed)] {
        println!("{what}: median {middle:.1} ms, longest {longest:.1} ms");
    }
}
