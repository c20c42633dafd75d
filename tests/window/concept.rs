//! The concept and its pictures in the window, driven by accessible names: what is brought in, what is offered, and what is
//! chosen about learning.

use std::time::Instant;

use egui::Role;
use egui_kittest::kittest::Queryable as _;
use engine::message::{Command, Event, JobSummary, Suggestion};
use image::RgbImage;
use ui::app::App;

use crate::stage::*;

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
    press(&mut stage.harness, "Close");
    press(&mut stage.harness, "Suggest outlines for all");
    stage.until("all have masks", |app| masks(app) == 5 && app.state().outlining.is_none());
    stage.until("they are seen", |app| app.state().views.iter().all(|view| view.mask.is_some()));
    for view in &stage.harness.state().state().views {
        let mask = view.mask.as_ref().unwrap().as_raw();
        let part = mask.iter().filter(|level| **level > 127).count() as f64 / mask.len() as f64;
        assert!((0.2..0.6).contains(&part), "{part} of {} is learned", view.entry.path.display());
    }
    // What was found while it was closed is what is painted on.
    press(&mut stage.harness, "Picture 1.png");
    stage.harness.get_by_label("Only the bright part is learned.");
}

#[test]
fn that_the_library_has_a_word_of_the_name_is_said_before_it_is_learned() {
    let mut stage = Stage::with_sample();
    assert!(stage.harness.query_by_label_contains("<tea-time-mug-2>").is_none());
    stage.bring_in("<tea-time-mug>");
    keys(&mut stage.harness, egui::Key::Num1);
    assert!(stage.harness.query_by_label_contains("<tea-time-mug-2>").is_some());
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
