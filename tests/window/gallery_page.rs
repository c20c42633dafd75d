//! The Gallery room, driven by its accessible names: sorted, chosen, compared, moved, put back, used again.
//!
//! The measurement of twenty thousand pictures prints figures and is run by name only:
//! `./dist/test --test window twenty_thousand_pictures -- --ignored --nocapture`.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::path::Path;
use std::time::{Duration, SystemTime};

use egui::{Key, Role};
use egui_kittest::kittest::Queryable as _;
use image::RgbImage;
use project::DataDir;
use ui::app::App;

use crate::gallery::{Gallery, draw, milliseconds, name};

/// Three pictures with settings, the first of them newest.
fn three(home: &Path) -> Gallery {
    let folder = DataDir::at(home.to_path_buf()).pictures();
    std::fs::create_dir_all(&folder).unwrap();
    for (i, prompt) in ["a cat-toy on a table", "a cat-toy in snow", "a dog"].into_iter().enumerate() {
        let words = if i < 2 { vec![("cat-toy".to_owned(), "0123456789ab".to_owned())] } else { Vec::new() };
        let info = format::GenerateInfo {
            prompt: prompt.into(),
            steps: 20,
            sampler: "Euler".into(),
            cfg_scale: Some(5.0),
            seed: 70 + i as u64,
            ti_hashes: words,
            ..Default::default()
        };
        let picture = RgbImage::from_pixel(32, 24, image::Rgb([80 * i as u8, 90, 120]));
        let path = folder.join(name(i));
        std::fs::write(&path, format::png_info::to_png_with(&picture, &info).unwrap()).unwrap();
        let time = SystemTime::now() - Duration::from_secs(3600 + 60 * i as u64);
        std::fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    }
    let mut gallery = Gallery::open(home);
    gallery.harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Num8);
    gallery.until("all are listed and read", |app| {
        app.state().gallery.len() == 3 && app.state().library.texts.len() == 3
    });
    gallery.harness.run_steps(4);
    gallery
}

fn press(gallery: &mut Gallery, label: &str) {
    gallery.harness.get_by_role_and_label(Role::Button, label).click_accesskit();
    gallery.harness.run_steps(4);
}

/// Sorts the pictures in another way.
fn sort(gallery: &mut Gallery, by: &str) {
    // A choice that no pointer made leaves the list open.
    if gallery.harness.query_by_role_and_label(Role::Button, by).is_none() {
        gallery.harness.get_by_role_and_label(Role::ComboBox, "Sorted by").click_accesskit();
        gallery.harness.run_steps(4);
    }
    press(gallery, by);
    gallery.harness.key_press(Key::Escape);
    gallery.harness.run_steps(4);
}

/// The pictures on the wall.
fn seen(gallery: &Gallery) -> Vec<String> {
    gallery.names().into_iter().map(|(name, _)| name.trim_start_matches("Picture ").to_owned()).collect()
}

fn shows(app: &App, wanted: &str) -> bool {
    app.state().shown.as_ref().is_some_and(|shown| shown.path.ends_with(wanted) && shown.info.is_some())
}

#[test]
fn pictures_are_looked_at_large_compared_and_used_again() {
    let home = tempfile::tempdir().unwrap();
    let mut gallery = three(home.path());
    assert_eq!(seen(&gallery), [name(0), name(1), name(2)]);
    press(&mut gallery, &format!("Picture {}", name(1)));
    gallery.until("its settings are read", |app| shows(app, &name(1)));
    gallery.harness.run_steps(4);
    gallery.harness.get_by_label_contains("Seed: 71");
    gallery.harness.get_by_role_and_label(Role::CheckBox, "Favourite").click_accesskit();
    gallery.until("it is a favourite", |app| app.state().seeing.favourites.len() == 1);
    // Large, and on with the keys.
    press(&mut gallery, "Show large");
    gallery.harness.get_by_role_and_label(Role::Image, &name(1));
    gallery.harness.key_press(Key::PageDown);
    gallery.harness.run_steps(4);
    gallery.harness.get_by_role_and_label(Role::Image, &name(2));
    gallery.harness.key_press(Key::Escape);
    gallery.harness.run_steps(4);
    // Two beside each other.
    press(&mut gallery, "Choose several");
    press(&mut gallery, &format!("Picture {}", name(0)));
    press(&mut gallery, "Compare the two");
    gallery.harness.get_by_role_and_label(Role::Image, &format!("{} and {}", name(0), name(2)));
    press(&mut gallery, "Side by side");
    [0, 2].iter().for_each(|&i| _ = gallery.harness.get_by_role_and_label(Role::Image, &name(i)));
    press(&mut gallery, "Back to all");
    // By what is known of them.
    sort(&mut gallery, "Favourites");
    assert_eq!(seen(&gallery), [name(1)]);
    sort(&mut gallery, "Words");
    press(&mut gallery, "No learned word");
    assert_eq!(seen(&gallery), [name(2)]);
    press(&mut gallery, "cat-toy");
    assert_eq!(seen(&gallery), [name(0), name(1)]);
    press(&mut gallery, &format!("Picture {}", name(0)));
    gallery.until("its settings are read", |app| shows(app, &name(0)));
    gallery.harness.run_steps(4);
    // Another room shows another picture in its place; back here it is read again.
    gallery.harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Num3);
    gallery.harness.run_steps(4);
    press(&mut gallery, &format!("Picture {}", name(2)));
    gallery.until("the other is shown", |app| shows(app, &name(2)));
    gallery.harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Num8);
    gallery.until("its settings are read again", |app| shows(app, &name(0)));
    gallery.harness.run_steps(4);
    press(&mut gallery, "Use its settings");
    gallery.until("they are in Compose", |app| {
        format!("{:?}", app.state().page) == "Compose" && app.state().compose.settings.seed == 70
    });
}

#[test]
fn pictures_go_into_folders_and_the_trash_and_come_back() {
    let home = tempfile::tempdir().unwrap();
    let mut gallery = three(home.path());
    sort(&mut gallery, "Folders");
    let field = gallery.harness.get_by_role_and_label(Role::TextInput, "Name of a folder");
    field.set_text_value_accesskit("cats");
    gallery.harness.run_steps(3);
    press(&mut gallery, "New folder");
    gallery.until("it is there", |app| app.state().seeing.folders.len() == 2);
    press(&mut gallery, &format!("Picture {}", name(0)));
    press(&mut gallery, "Move to a folder");
    // The list stays open while the picture comes, and Escape closes it alone.
    gallery.until("its settings are read", |app| shows(app, &name(0)));
    gallery.harness.run_steps(4);
    gallery.harness.get_by_role_and_label(Role::Button, "Move into cats");
    gallery.harness.key_press(Key::Escape);
    gallery.harness.run_steps(4);
    assert!(gallery.harness.query_by_role_and_label(Role::Button, "Move into cats").is_none());
    press(&mut gallery, "Move to a folder");
    press(&mut gallery, "Move into cats");
    let moved = gallery.pictures.join("cats").join(name(0));
    let there = moved.clone();
    gallery.until("it is moved", move |app| app.state().gallery.contains(&there));
    assert!(moved.is_file());
    gallery.harness.run_steps(4);
    assert_eq!(seen(&gallery), [name(1), name(2)]);
    press(&mut gallery, "cats");
    assert_eq!(seen(&gallery), [name(0)]);
    press(&mut gallery, "Put back");
    gallery.until("it is back", move |app| !app.state().gallery.contains(&moved));
    // All of them to the trash, by the keys, and back.
    sort(&mut gallery, "All pictures");
    assert_eq!(seen(&gallery).len(), 3);
    gallery.harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    gallery.harness.run_steps(2);
    gallery.harness.get_by_label("3 pictures");
    gallery.harness.key_press(Key::Delete);
    gallery.until("they are gone", |app| app.state().gallery.is_empty() && app.state().seeing.undo.is_some());
    assert!(!gallery.pictures.join(name(1)).exists());
    gallery.harness.run_steps(2);
    gallery.harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    gallery.until("they are back", |app| app.state().gallery.len() == 3);
    assert!((0..3).all(|i| gallery.pictures.join(name(i)).is_file()));
}

#[test]
fn a_folder_that_is_renamed_stays_in_view() {
    let home = tempfile::tempdir().unwrap();
    let gallery = three(home.path());
    let folder = gallery.pictures.join("cats");
    std::fs::create_dir(&folder).unwrap();
    std::fs::rename(gallery.pictures.join(name(0)), folder.join(name(0))).unwrap();
    drop(gallery);
    let mut gallery = Gallery::open(home.path());
    gallery.harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Num8);
    gallery.until("the folder is there", |app| app.state().seeing.folders.len() == 2);
    gallery.harness.run_steps(4);
    sort(&mut gallery, "Folders");
    press(&mut gallery, "cats");
    assert_eq!(seen(&gallery), [name(0)]);
    let field = gallery.harness.get_by_role_and_label(Role::TextInput, "Name of a folder");
    field.set_text_value_accesskit("dogs");
    gallery.harness.run_steps(3);
    press(&mut gallery, "Rename");
    let there = gallery.pictures.join("dogs").join(name(0));
    gallery.until("it has its new name", move |app| app.state().gallery.contains(&there));
    gallery.harness.run_steps(4);
    assert_eq!(seen(&gallery), [name(0)]);
}

#[test]
#[ignore = "a measurement of minutes"]
fn twenty_thousand_pictures() {
    const PICTURES: usize = 20_000;
    let home = tempfile::tempdir().unwrap();
    draw(home.path(), PICTURES, 16);
    let mut gallery = Gallery::open(home.path());
    gallery.harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Num8);
    gallery.until("all are listed and read", |app| {
        app.state().gallery.len() == PICTURES && app.state().library.texts.len() == PICTURES
    });
    gallery.harness.run_steps(10);
    let scroll = |gallery: &mut Gallery, _: usize| {
        let (_, wall) = gallery.names().into_iter().nth(1).unwrap();
        gallery.harness.hover_at(wall);
        gallery.harness.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: egui::vec2(0.0, -700.0),
            modifiers: egui::Modifiers::NONE,
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
        });
    };
    let rests = milliseconds(&mut gallery, 60, |_, _| {});
    let scrolled = milliseconds(&mut gallery, 120, scroll);
    gallery.harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    let chosen = milliseconds(&mut gallery, 60, scroll);
    let mut all = vec![("at rest", rests), ("scrolled", scrolled), ("all chosen", chosen)];
    for by in ["Days", "Kinds", "Folders"] {
        gallery.harness.key_press(Key::Escape);
        gallery.harness.run_steps(2);
        sort(&mut gallery, by);
        all.push((by, milliseconds(&mut gallery, 30, |_, _| {})));
    }
    for (what, (middle, longest)) in all {
        println!("{what}: median {middle:.1} ms, longest {longest:.1} ms");
    }
    let held = (0..PICTURES).filter(|i| {
        gallery.harness.state().state().thumbnails.get(&gallery.pictures.join(name(*i))).is_some()
    });
    assert!(held.count() < 2000, "small copies are bounded");
}
