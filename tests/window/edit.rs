//! The Edit page, driven by its accessible names and by keys alone: from an opened picture to a kept result, and back
//! through its history after the window was closed.
//!
//! The measurement of a large picture prints a figure and is run by name only:
//! `./dist/test --test window a_large_picture -- --ignored --nocapture`.

use std::path::{Path, PathBuf};
use std::time::Instant;

use egui::{Key, Role};
use egui_kittest::kittest::Queryable as _;
use engine::message::{Command, EditRequest, Event, JobId, JobSummary};
use image::{Rgb, RgbImage};
use project::{BackgroundFit, DataDir};
use ui::app::App;

use crate::compare::Page;
use crate::stage::keys;

fn word(home: &Path) {
    let words = DataDir::at(home.to_path_buf()).words();
    crate::stage::word(&words.join("cat-toy.safetensors"), "<cat-toy>");
}

impl Page {
    /// The page with this picture in it.
    fn edit(&mut self, picture: &Path) {
        keys(&mut self.harness, Key::Num7);
        self.choose("Open a picture…", picture);
        self.until("the picture is open", |app| app.state().editing.open.is_some());
    }

    /// Presses keys, one after the other, with the picture in focus.
    fn paint(&mut self, name: &str, pressed: &[Key]) {
        self.harness.get_by_role_and_label(Role::Canvas, name).focus();
        self.harness.run_steps(2);
        for key in pressed {
            self.harness.key_press(*key);
            self.harness.run_steps(2);
        }
    }

    /// What the engine is asked for.
    fn asked(&mut self, button: &str) -> (JobId, EditRequest) {
        self.press(button);
        self.until("the engine is asked", |app| !app.state().jobs.is_empty());
        while let Ok(command) = self.commands.try_recv() {
            if let Command::Edit { job, request } = command {
                return (job, *request);
            }
        }
        panic!("no edit was asked for")
    }
}

/// The page with a picture of this name, and its home.
fn editing(name: &str, picture: &RgbImage) -> (tempfile::TempDir, Page) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(name);
    picture.save(&path).unwrap();
    let mut page = Page::open(home.path());
    page.edit(&path);
    (home, page)
}

fn masked(app: &App) -> usize {
    let open = app.state().editing.open.as_ref().unwrap();
    open.mask.mask().to_image().as_raw().iter().filter(|value| **value >= 128).count()
}

#[test]
fn a_quick_tap_paints_and_tools_are_chosen_before_the_first_stroke() {
    let (_home, mut page) = editing("tap.png", &RgbImage::from_pixel(96, 64, Rgb([40, 120, 40])));
    let canvas = page.harness.get_by_role_and_label(Role::Canvas, "Mask of tap.png");
    let at = canvas.rect().center();
    page.harness.event(egui::Event::PointerMoved(at));
    page.harness.run_steps(2);
    let button = |pressed| egui::Event::PointerButton {
        pos: at,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    };
    // Press and release in one frame.
    let tap = |page: &mut Page| {
        page.harness.input_mut().events.extend([true, false].map(button));
        page.harness.run_steps(3);
        masked(page.harness.state())
    };
    // Nothing has the keyboard yet.
    page.harness.key_press(Key::R);
    page.harness.run_steps(2);
    assert!(tap(&mut page) <= 1, "a rectangle has two corners");
    page.harness.key_press(Key::B);
    page.harness.run_steps(2);
    let dot = tap(&mut page);
    assert!(dot > 1, "a tap paints");
    page.press("Undo");
    assert!(masked(page.harness.state()) <= 1, "it is one stroke");
    // As slowly as a hand does it, it is the same dot.
    for pressed in [true, false] {
        page.harness.input_mut().events.push(button(pressed));
        page.harness.run_steps(3);
    }
    assert_eq!(masked(page.harness.state()), dot);
}

#[test]
fn a_whole_edit_goes_by_names_and_keys_and_is_walked_back_another_day() {
    let home = tempfile::tempdir().unwrap();
    word(home.path());
    let picture = home.path().join("garden.png");
    RgbImage::from_pixel(96, 64, Rgb([40, 120, 40])).save(&picture).unwrap();
    let before = std::fs::read(&picture).unwrap();
    let mut page = Page::open(home.path());
    page.until("word and model are there", |app| {
        app.state().words.len() == 1 && app.state().model_card().is_some()
    });
    page.edit(&picture);

    // A stroke, another tool, and back.
    page.paint("Mask of garden.png", &[Key::Space]);
    let dot = masked(page.harness.state());
    assert!(dot > 0, "the space bar paints");
    page.paint("Mask of garden.png", &[Key::ArrowRight, Key::ArrowRight, Key::ArrowRight, Key::Space]);
    let two = masked(page.harness.state());
    assert!(two > dot);
    page.press("Undo");
    assert_eq!(masked(page.harness.state()), dot);
    page.press("Redo");
    assert_eq!(masked(page.harness.state()), two);
    // R chooses the rectangle; a corner, and the one across.
    let rectangle =
        [Key::R, Key::Space, Key::ArrowDown, Key::ArrowDown, Key::ArrowLeft, Key::ArrowLeft, Key::Space];
    page.paint("Mask of garden.png", &rectangle);
    assert!(masked(page.harness.state()) > 0);
    page.press("Grow");
    let painted = masked(page.harness.state());
    assert!(painted > two);
    // What was painted is on the disk before anything is drawn.
    let kept = home.path().join("edits/garden/mask.png");
    page.until("the mask is kept", |app| {
        image::open(&kept).is_ok_and(|mask| {
            mask.into_luma8().as_raw().iter().filter(|value| **value >= 128).count() == masked(app)
        })
    });

    // The word from the list, and one press.
    page.harness.get_by_role_and_label(Role::ComboBox, "Thing").click_accesskit();
    page.harness.run_steps(4);
    page.harness.get_by_label("<cat-toy>").click_accesskit();
    page.harness.run_steps(4);
    let (job, request) = page.asked("Put <cat-toy> here");
    assert_eq!(request.draw.settings.prompt, "a photo of <cat-toy>");
    assert!(request.draw.words[0].ends_with("cat-toy.safetensors"));
    assert_eq!(std::fs::read(&request.image).unwrap(), before, "byte by byte");
    let mask = image::open(request.mask.unwrap()).unwrap().into_luma8();
    assert_eq!(mask.as_raw().iter().filter(|value| **value >= 128).count(), painted);

    // It is drawn.
    let out = request.draw.out.unwrap();
    let image = RgbImage::new(12, 8);
    page.events.send(Event::Latents { job, index: 0, step: 3, steps: 20, image }).unwrap();
    page.harness.run_steps(3);
    page.harness.get_by_label("Drawing: step 3 of 20");
    let result = draw(&mut page, job, &out);
    page.harness.get_by_role_and_label(Role::Image, "garden.png and 00000-5.png");
    assert!(page.harness.state().state().gallery.is_empty());
    page.press("Keep this one");
    page.until("it is kept", |app| app.state().gallery.len() == 1);
    page.press("Go on from this one");
    page.until("it is edited", |app| app.state().editing.open.as_ref().unwrap().base() == result);
    assert_eq!(masked(page.harness.state()), 0);
    assert_eq!(std::fs::read(&picture).unwrap(), before, "the artist's file is never written to");

    // Another day.
    let memory = home.path().join("window.toml");
    page.until("the window remembers", |_| {
        std::fs::read_to_string(&memory).is_ok_and(|text| text.contains("edits") && text.contains("cat-toy"))
    });
    drop(page);
    let mut page = Page::open(home.path());
    keys(&mut page.harness, Key::Num7);
    page.until("it is open again", |app| app.state().editing.open.is_some());
    let open = page.harness.state().state().editing.open.as_ref().unwrap();
    assert_eq!((open.base(), open.results.concat()), (result.clone(), vec![result]));
    page.press("As it was drawn");
    page.until("its mask is back", |app| masked(app) == painted);
    let editing = &page.harness.state().state().editing;
    assert_eq!(editing.open.as_ref().unwrap().edited.base, Path::new("source.png"));
    assert_eq!(editing.draft.drawing.settings.prompt, "a photo of <cat-toy>");
    // The same picture opened by hand is the same history.
    page.choose("Open a picture…", &picture);
    page.harness.run_steps(10);
    page.until("it is the same", |app| app.state().editing.open.as_ref().unwrap().results.len() == 1);
    assert_eq!(std::fs::read_dir(home.path().join("edits")).unwrap().count(), 1);
}

#[test]
fn what_fits_the_background_and_that_large_parts_are_drawn_in_tiles_is_chosen_by_name() {
    let home = tempfile::tempdir().unwrap();
    let picture = home.path().join("a.png");
    RgbImage::new(64, 64).save(&picture).unwrap();
    let mut page = Page::open(home.path());
    page.edit(&picture);
    page.harness.get_by_label("Advanced").click_accesskit();
    page.harness.run_steps(10);
    page.harness.get_by_role_and_label(Role::ComboBox, "Background").click_accesskit();
    page.harness.run_steps(4);
    page.harness.get_by_label("fit the brush").click_accesskit();
    page.harness.run_steps(4);
    page.harness
        .get_by_role_and_label(Role::CheckBox, "draw large parts in their own size")
        .click_accesskit();
    page.harness.run_steps(4);
    let edit = &page.harness.state().state().editing.draft.edit;
    assert_eq!((edit.fit_background, edit.tiles), (BackgroundFit::Decoder, true));
}

#[test]
fn a_rectangle_is_drawn_from_where_the_pointer_went_down_to_where_it_lets_go() {
    let (_home, mut page) = editing("garden.png", &RgbImage::from_pixel(64, 64, Rgb([90, 120, 60])));
    page.press("Rectangle");
    let middle = page.harness.get_by_role_and_label(Role::Canvas, "Mask of garden.png").rect().center();
    let away = egui::vec2(90.0, 60.0);
    page.harness.hover_at(middle - away);
    page.harness.drag_at(middle - away);
    page.harness.run_steps(2);
    for part in [-0.3, 0.2, 1.0] {
        page.harness.hover_at(middle + away * part);
        page.harness.run_steps(3);
        assert_eq!(masked(page.harness.state()), 0, "it is not done yet");
    }
    page.harness.drop_at(middle + away);
    page.harness.run_steps(3);
    let mask = page.harness.state().state().editing.open.as_ref().unwrap().mask.mask().to_image();
    let inside: Vec<_> = mask.enumerate_pixels().filter(|(.., value)| value.0[0] >= 128).collect();
    let side = |of: fn(&(u32, u32, &image::Luma<u8>)) -> u32| {
        let all = || inside.iter().map(of);
        (all().max().unwrap() - all().min().unwrap() + 1) as usize
    };
    let (width, height) = (side(|pixel| pixel.0), side(|pixel| pixel.1));
    assert!(width > height && inside.len() == width * height, "{width} x {height}: {}", inside.len());
}

#[test]
fn the_picture_and_its_tools_stay_within_windows_of_every_size() {
    let (_home, mut page) = editing("a.png", &RgbImage::new(64, 64));
    for size in [[1280.0, 800.0], [960.0, 600.0], [900.0, 600.0]] {
        page.harness.set_size(size.into());
        page.harness.run_steps(4);
        let canvas = page.harness.get_by_role_and_label(Role::Canvas, "Mask of a.png").rect();
        let tool = page.harness.get_by_role_and_label(Role::Slider, "Brush size").rect();
        assert!(canvas.right() <= size[0] && tool.right() <= size[0], "{size:?}: {canvas:?}, {tool:?}");
        assert!(canvas.width() > 200.0 && canvas.height() > 100.0, "{size:?}: {canvas:?}");
    }
}

#[test]
fn what_to_do_without_a_picture_is_read_whole_in_a_narrow_window() {
    let home = tempfile::tempdir().unwrap();
    let mut page = Page::open(home.path());
    page.harness.set_size([800.0, 600.0].into());
    keys(&mut page.harness, Key::Num7);
    page.harness.run_steps(4);
    let bounds = |app: &egui::FullOutput| {
        app.shapes.iter().find_map(|shape| match &shape.shape {
            egui::Shape::Text(text) if text.galley.text().starts_with("Drop a picture") => {
                Some((text.visual_bounding_rect(), shape.clip_rect))
            }
            _ => None,
        })
    };
    let (text, room) = bounds(page.harness.output()).expect("it is said");
    assert!(text.width() > 100.0 && room.contains_rect(text), "{text:?} in {room:?}");
}

/// The engine draws a result and ends.
fn draw(page: &mut Page, job: JobId, out: &Path) -> PathBuf {
    let path = out.join("00000-5.png");
    let image = RgbImage::from_pixel(96, 64, Rgb([200, 40, 40]));
    image.save(&path).unwrap();
    page.events.send(Event::Image { job, index: 0, seed: 5, image, path: Some(path.clone()) }).unwrap();
    let summary = JobSummary::Edited { count: 1, seconds: 1.0, ranking: Vec::new() };
    page.events.send(Event::Finished { job, summary }).unwrap();
    page.harness.run_steps(4);
    path
}

#[test]
fn a_mask_that_cannot_be_kept_is_said_and_stays_in_the_window() {
    let (home, mut page) = editing("a.png", &RgbImage::new(64, 64));
    // In the place of the mask stands something that cannot be replaced by a file.
    std::fs::create_dir_all(home.path().join("edits/a/mask.png/full")).unwrap();
    page.paint("Mask of a.png", &[Key::Space]);
    let painted = masked(page.harness.state());
    page.until("it is said", |app| app.state().notices.iter().any(|notice| notice.text.contains("mask.png")));
    assert!(painted > 0);
    assert_eq!(masked(page.harness.state()), painted);
    std::fs::remove_dir_all(home.path().join("edits/a/mask.png")).unwrap();
    page.paint("Mask of a.png", &[Key::ArrowRight, Key::ArrowRight, Key::Space]);
    page.until("the next stroke is kept with it", |app| {
        image::open(home.path().join("edits/a/mask.png")).is_ok_and(|mask| {
            mask.into_luma8().as_raw().iter().filter(|value| **value >= 128).count() == masked(app)
        })
    });
}

#[test]
fn the_mask_of_a_large_picture_is_changed_while_the_window_goes_on() {
    let (_home, mut page) = editing("wide.png", &RgbImage::new(1200, 1000));
    page.paint("Mask of wide.png", &[Key::Space]);
    let dot = masked(page.harness.state());
    assert!(dot > 0);
    page.press("Grow");
    page.until("it has grown", |app| masked(app) > dot);
    let open = page.harness.state().state().editing.open.as_ref().unwrap();
    assert!(open.working.is_none() && open.waiting.is_empty());
    page.press("Undo");
    assert_eq!(masked(page.harness.state()), dot);
    page.press("Redo");
    assert!(masked(page.harness.state()) > dot);
}

#[test]
#[ignore = "a measurement of this computer, which takes a minute"]
fn a_large_picture_is_painted_on() {
    let (_home, mut page) =
        editing("large.png", &RgbImage::from_fn(8000, 6000, |x, y| Rgb([x as u8, y as u8, 90])));
    let name = "Mask of large.png";
    // As it fits; with the widest brush; and 16 times as large, where it is wider than the view.
    let (wider, closer) = ([Key::CloseBracket; 8], [Key::Plus; 8]);
    for (how, keys) in [("whole", &[][..]), ("whole, widest brush", &wider[..]), ("near", &closer[..])] {
        page.paint(name, keys);
        let canvas = page.harness.get_by_role_and_label(Role::Canvas, name).rect();
        let mut frames = Vec::new();
        page.harness.drag_at(canvas.center());
        page.harness.step();
        for i in 0..300 {
            let angle = i as f32 / 20.0;
            let away = egui::vec2(angle.cos(), angle.sin()) * (i as f32 % 90.0 + 60.0);
            page.harness.hover_at(canvas.center() + away);
            let began = Instant::now();
            page.harness.step();
            frames.push(began.elapsed().as_secs_f64() * 1000.0);
        }
        page.harness.drop_at(canvas.center());
        let began = Instant::now();
        page.harness.step();
        let end = began.elapsed().as_secs_f64() * 1000.0;
        frames.sort_by(f64::total_cmp);
        let (median, longest) = (frames[150], frames[299]);
        println!(
            "{how}: median {median:.1} ms, longest {longest:.1} ms of 300 frames, {end:.1} ms at its end"
        );
        assert!(masked(page.harness.state()) > 0);
        page.press("Clear");
        page.until("the mask is empty", |app| masked(app) == 0);
    }
}
