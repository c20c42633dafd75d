//! What a person types stays where it was typed, and what is pressed stays where it is: whatever the engine says
//! meanwhile, a field stays the same field.
//!
//! egui counts what lies above a field to tell it from others. A sentence that comes above would make it another field,
//! which the keyboard leaves, and whose half-typed number is lost.

use std::collections::BTreeMap;

use egui::{Key, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use engine::message::Event;
use image::RgbImage;
use ui::app::App;

use crate::places::repository;
use crate::stage::*;

/// What is typed into or pulled.
const FIELDS: [Role; 4] = [Role::Slider, Role::SpinButton, Role::TextInput, Role::MultilineTextInput];

/// The fields in view by role and name, in their order where several are called the same, with egui's name for each.
type Fields = BTreeMap<(String, usize), String>;

fn fields(harness: &Harness<'static, App>) -> Fields {
    let (mut found, mut called) = (Fields::new(), BTreeMap::<_, usize>::new());
    for node in harness.root().children_recursive() {
        let node = node.accesskit_node();
        if FIELDS.contains(&node.role()) {
            let name = format!("{:?} {}", node.role(), node.label().unwrap_or_default());
            let count = called.entry(name.clone()).or_default();
            found.insert((name, *count), format!("{:?}", node.id()));
            *count += 1;
        }
    }
    found
}

/// What became another field, if as many are called so as before.
fn changed(room: &str, before: &Fields, after: &Fields, complaints: &mut Vec<String>) {
    for ((name, place), id) in before {
        let count = |of: &Fields| of.keys().filter(|(other, _)| other == name).count();
        if after.get(&(name.clone(), *place)).is_some_and(|now| now != id) && count(before) == count(after) {
            complaints.push(format!("{room}: {name}"));
        }
    }
}

/// Says what an engine may say at any time.
fn say_all(stage: &mut Stage) {
    let warning = |job| Event::Warning { job, message: "The device is slow.".into() };
    stage.tell(Event::Failed { job: 98, message: "The disk is full.".into(), exit_code: 3 });
    // What entering the room asked for.
    stage.commands.try_iter().for_each(drop);
    let (job, out) = stage.learn();
    for step in 1..=20 {
        stage.events.send(Event::Step { job, report: report(step) }).unwrap();
    }
    let path = out.join("previews/000010_0.png");
    let image = RgbImage::new(64, 64);
    stage.tell(Event::Preview { job, step: 10, prompt: "a".into(), image: image.clone(), path });
    stage.tell(Event::Kept { job, step: 10 });
    stage.tell(warning(job));
    stage.tell(Event::Paused { job, reason: "The connection was cut.".into() });
    let path = stage.home.path().join("pictures/00000-1.png");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    image.save(&path).unwrap();
    stage.tell(Event::Image { job: 99, index: 0, seed: 1, image, path: Some(path) });
    stage.tell(Event::Device { device: device() });
}

/// Shows a room, and all that can be unfolded there.
fn enter(stage: &mut Stage, (key, _, open): (Key, &str, &[&str])) {
    keys(&mut stage.harness, key);
    if key == Key::Num7 {
        give(&mut stage.harness, repository().join("assets/samples/tea-time-mug/1.png"));
        stage.until("a picture is open", |app| app.state().editing.open.is_some());
    }
    stage.harness.run_steps(8);
    open.iter().for_each(|name| unfold(&mut stage.harness, name));
}

const ROOMS: [(Key, &str, &[&str]); 11] = [
    (Key::Num1, "Concept", &["Advanced"]),
    (Key::Num2, "Learn", &[]),
    (Key::Num3, "Compose", &["Advanced", "Grid"]),
    (Key::Num4, "Library", &["Word <pot>"]),
    (Key::Num4, "Library, mixing", &["Mix words", "Word <pot>", "More"]),
    (Key::Num5, "Models", &["Advanced", "Another machine…"]),
    (Key::Num6, "Compare, pictures", &["Pictures"]),
    (Key::Num6, "Compare, anew", &["Methods", "New comparison…"]),
    (Key::Num6, "Compare, study", &["Study"]),
    (Key::Num7, "Edit", &["Advanced"]),
    (Key::Num8, "Gallery", &[]),
];

#[test]
fn a_field_is_the_same_whatever_the_engine_says() {
    let mut complaints = Vec::new();
    for room in ROOMS {
        // So tall that nothing is out of view.
        let mut stage = Stage::of_size([1500.0, 3200.0]).take_sample();
        stage.bring_in("<pot>");
        enter(&mut stage, room);
        let before = fields(&stage.harness);
        assert!(!before.is_empty() || room.1 == "Learn", "{} has no fields", room.1);
        say_all(&mut stage);
        keys(&mut stage.harness, room.0);
        stage.harness.run_steps(20);
        changed(room.1, &before, &fields(&stage.harness), &mut complaints);
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn a_field_is_the_same_whatever_is_typed_elsewhere() {
    let mut stage = Stage::of_size([1500.0, 3200.0]).take_sample();
    let mut complaints = Vec::new();
    enter(&mut stage, ROOMS[0]);
    let before = fields(&stage.harness);
    write(&mut stage.harness, Role::TextInput, "Your new word", "cat");
    write(&mut stage.harness, Role::TextInput, "Starts out meaning", "a large cat");
    stage.harness.run_steps(40);
    changed("Concept", &before, &fields(&stage.harness), &mut complaints);
    enter(&mut stage, ROOMS[2]);
    let before = fields(&stage.harness);
    write(&mut stage.harness, Role::MultilineTextInput, "Prompt", &"<nobody> here ".repeat(60));
    stage.harness.run_steps(40);
    changed("Compose", &before, &fields(&stage.harness), &mut complaints);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn a_size_that_is_typed_counts_before_its_field_is_left() {
    let mut stage = Stage::of_size([1500.0, 3200.0]).take_sample();
    enter(&mut stage, ROOMS[0]);
    stage.harness.get_by_role_and_label(Role::CheckBox, "Size").click_accesskit();
    stage.harness.run_steps(4);
    digits(&mut stage.harness, "Size", "765");
    let size = stage.harness.state().state().draft.as_ref().unwrap().settings.resolution;
    assert_eq!(size, Some(760), "in steps of eight");
    enter(&mut stage, ROOMS[2]);
    stage.harness.get_by_role_and_label(Role::CheckBox, "model's own (64 × 64)").click_accesskit();
    stage.harness.run_steps(4);
    // The steps are nothing to what stands in the field: 76 does not become 72 before the next digit comes.
    digits(&mut stage.harness, "Width", "768");
    assert_eq!(stage.harness.state().state().compose.settings.width, Some(768));
}

#[test]
fn a_second_press_where_draw_was_hits_nothing_else() {
    for (room, name) in [(Key::Num3, "Draw"), (Key::Num7, "Change the picture")] {
        let mut stage = Stage::with_sample();
        enter(&mut stage, (room, name, &[]));
        write(&mut stage.harness, Role::MultilineTextInput, "Prompt", "a lighthouse");
        stage.until("the model is read", |app| app.state().model_card().is_some());
        stage.harness.run_steps(8);
        let place = stage.harness.get_by_role_and_label(Role::Button, name).rect().center();
        press(&mut stage.harness, name);
        stage.until("it is asked for", |app| app.state().jobs.len() == 1);
        stage.harness.run_steps(8);
        let buttons = stage.harness.query_all_by_role(Role::Button);
        let hit: Vec<_> = buttons.filter(|button| button.rect().contains(place)).collect();
        let other = hit.iter().filter_map(|node| node.accesskit_node().label()).find(|label| label != name);
        assert_eq!(other, None);
    }
}
