//! The window as a whole, driven by its accessible names, without a screen and without one mouse coordinate: every page,
//! every control and every command. It compares no pixels; `looks.rs` does.

use std::time::{Duration, Instant};

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use engine::message::{Command, DeviceInfo, Event, StepReport};
use image::RgbImage;
use ui::app::App;

use crate::stage::*;

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
    let window = stage.home.path().join("window.toml");
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

/// On a small screen, or magnified.
#[test]
fn headings_leave_their_buttons_free_in_a_window_smaller_than_that() {
    let mut stage = Stage::of_size([800.0, 600.0]).take_sample();
    stage.bring_in("<pot>");
    for (room, count, button) in [
        (egui::Key::Num4, "1 word", "About words' rights"),
        (egui::Key::Num1, "5 of 5 switched on", "Concepts begun"),
    ] {
        keys(&mut stage.harness, room);
        stage.harness.run_steps(4);
        let [count, button] = [count, button].map(|name| stage.harness.get_by_label(name).rect());
        assert!(!count.intersects(button) && button.right() <= 800.0, "{count:?}, {button:?}");
    }
}

#[test]
fn what_the_bar_tells_leaves_its_buttons_free() {
    for width in [960.0, 800.0] {
        let mut stage = Stage::of_size([width, 600.0]).take_sample();
        let (job, _) = stage.learn();
        stage.tell(Event::Step { job, report: StepReport { seconds: 1.2, ..report(1) } });
        // Where nothing else tells how fast it goes.
        keys(&mut stage.harness, egui::Key::Num3);
        let told = stage.harness.get_by_label_contains("1.2 s a step").rect();
        let [pause, stop] = ["Pause the job", "Stop the job"]
            .map(|name| stage.harness.get_by_role_and_label(Role::Button, name).rect());
        assert!(told.width() > 100.0 && told.right() <= pause.left(), "{width}: {told:?}, {pause:?}");
        assert!(pause.right() <= stop.left() && stop.right() <= width, "{width}: {pause:?}, {stop:?}");
    }
}

#[test]
fn tab_comes_to_the_page_before_it_comes_to_what_ends_the_job() {
    let mut stage = Stage::with_sample();
    stage.learn();
    let mut met: Vec<String> = Vec::new();
    while met.len() < 100 && met.last().is_none_or(|name| name != "Stop the job") {
        stage.harness.key_press(egui::Key::Tab);
        stage.harness.run_steps(2);
        let mut nodes = stage.harness.root().children_recursive();
        let focused = nodes.find(|node| node.accesskit_node().is_focused());
        met.push(focused.and_then(|node| node.accesskit_node().label()).unwrap_or_default());
    }
    let place = |name: &str| met.iter().position(|known| known == name);
    let places = ["Preview now", "Pause the job", "Stop the job"].map(place);
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} in {met:?}");
}

#[test]
fn the_line_above_the_drawn_pictures_fits_in_a_small_window() {
    for width in [960.0, 800.0] {
        let mut stage = Stage::of_size([width, 600.0]).take_sample();
        let (image, path) = (RgbImage::new(64, 64), stage.home.path().join("pictures/00000-1.png"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        image.save(&path).unwrap();
        stage.tell(Event::Image { job: 99, index: 0, seed: 1, image, path: Some(path) });
        keys(&mut stage.harness, egui::Key::Num3);
        let at = |role, name| stage.harness.get_by_role_and_label(role, name).rect();
        let field = at(Role::TextInput, "Search drawn pictures");
        let wall = at(Role::Button, "All at once");
        assert!(field.width() >= 60.0 && field.right() <= wall.left(), "{width}: {field:?}, {wall:?}");
        assert!(wall.right() <= width - 6.0, "{width}: {wall:?}");
    }
}

#[test]
fn the_name_of_what_is_mixed_can_be_read() {
    let mut stage = Stage::of_size([960.0, 600.0]).take_sample();
    stage.bring_in("<tea-time-mug-of-clay>");
    keys(&mut stage.harness, egui::Key::Num4);
    press(&mut stage.harness, "Mix words");
    press(&mut stage.harness, "Word <tea-time-mug-of-clay>");
    let slider = stage.harness.get_by_role_and_label(Role::Slider, "Weight of <tea-time-mug-of-clay>").rect();
    let labels = stage.harness.query_all_by_role_and_label(Role::Label, "<tea-time-mug-of-clay>");
    let labels: Vec<egui::Rect> = labels.map(|node| node.rect()).collect();
    // On a line of its own, right above.
    let above = |label: &egui::Rect| (0.0..30.0).contains(&(slider.top() - label.bottom()));
    assert!(labels.iter().any(|label| above(label) && label.width() > 120.0), "{slider:?}, {labels:?}");
}

#[test]
fn many_faults_lie_over_little_of_the_room() {
    let mut stage = Stage::of_size([960.0, 600.0]).take_sample();
    keys(&mut stage.harness, egui::Key::Num3);
    for disk in 0..4 {
        let message = format!("Disk {disk} is full.");
        stage.tell(Event::Failed { job: 98, message, exit_code: 3 });
    }
    stage.harness.run_steps(4);
    let shown = |stage: &Stage| stage.harness.query_all_by_label("Dismiss").count();
    assert_eq!(shown(&stage), 1);
    press(&mut stage.harness, "3 more");
    assert_eq!(shown(&stage), 4);
    let area = stage.harness.ctx.memory(|memory| memory.area_rect(egui::Id::unique("notices"))).unwrap();
    let draw = stage.harness.get_by_role_and_label(Role::Button, "Draw").rect();
    assert!(!area.intersects(draw), "{area:?}, {draw:?}");
    press(&mut stage.harness, "Only the newest");
    assert_eq!(shown(&stage), 1);
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
    let path = stage.home.path().join("pictures/00000-1.png");
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
    let picture = stage.home.path().join("pictures/00000-1.png");
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
