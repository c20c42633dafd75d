//! Drawing in the window, driven by accessible names: prompts, LoRAs, grids, and settings that are pasted.

use std::time::Instant;

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use engine::message::{Command, Event};
use image::RgbImage;
use ui::app::App;

use crate::stage::*;

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

#[test]
fn a_seed_that_is_typed_is_drawn_with_until_any_is_asked_for() {
    let mut stage = Stage::of_size([1500.0, 3200.0]).take_sample();
    keys(&mut stage.harness, egui::Key::Num3);
    write(&mut stage.harness, Role::MultilineTextInput, "Prompt", "a lighthouse");
    stage.until("the model is read", |app| app.state().model_card().is_some());
    digits(&mut stage.harness, "Seed", "42");
    press(&mut stage.harness, "Draw");
    let Command::Generate { request, .. } = stage.command() else { panic!("no drawing") };
    assert_eq!(request.settings.seed, 42);
    assert!(stage.harness.state().state().compose.seed_locked);
    type_in(&mut stage.harness, Role::MultilineTextInput, "Prompt", "a lighthouse at night");
    digits(&mut stage.harness, "Seed", "-1");
    assert!(!stage.harness.state().state().compose.seed_locked, "each drawing takes another one again");
}
