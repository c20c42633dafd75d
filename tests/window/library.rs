//! The library in the window, driven by accessible names: words that are mixed, opened, found in other programs' folders,
//! and damaged.

use egui::Role;
use egui_kittest::kittest::Queryable as _;
use engine::message::{Command, Event, JobSummary};
use image::RgbImage;
use ui::app::App;

use crate::stage::*;

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
fn a_mix_is_drawn_in_the_sentence_that_is_left_by_the_press() {
    let mut stage = Stage::of_size([1500.0, 1400.0]).take_sample();
    stage.bring_in("<cat>");
    keys(&mut stage.harness, egui::Key::Num4);
    press(&mut stage.harness, "Mix words");
    for (sentence, button) in [("a drawing of {}", "Word <cat>"), ("an oil painting of {}", "Draw now")] {
        type_in(&mut stage.harness, Role::TextInput, "Tried in", sentence);
        // With a pointer the field is left in the frame in which the button is pressed.
        stage.harness.get_by_role_and_label(Role::Button, button).click();
        stage.harness.run_steps(4);
        let (job, request) = loop {
            if let Command::Mix { job, request } = stage.command() {
                break (job, request);
            }
        };
        let prompt = request.draw.unwrap().settings.prompt;
        assert_eq!(prompt, sentence.replace("{}", "<mix-preview>"), "{button}");
        let (path, word, recipe) = (request.path, request.word, String::new());
        let (lengths, usual) = (vec![1.0], vec![1.0]);
        let summary = JobSummary::Mixed { path, word, recipe, vectors: 1, lengths, usual };
        stage.tell(Event::Finished { job, summary });
    }
    // Taken back is what was changed last, and not changed anew by what was typed.
    type_in(&mut stage.harness, Role::TextInput, "Tried in", "a photo of {}");
    stage.harness.get_by_role_and_label(Role::Button, "Undo").click();
    stage.harness.run_steps(4);
    let draft = stage.harness.state().state().mixing.draft.clone();
    assert!(draft.settings.ingredients.is_empty() && draft.sentence == "a photo of {}", "{draft:?}");
    // What was typed stays where the panel is closed from above.
    type_in(&mut stage.harness, Role::TextInput, "Tried in", "a statue of {}");
    stage.harness.get_by_role_and_label(Role::Button, "Mix words").click();
    stage.harness.run_steps(4);
    assert_eq!(stage.harness.state().state().mixing.draft.sentence, "a statue of {}");
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
    let folder = stage.home.path().join("ComfyUI/embeddings");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, number) in [("<otter>", 1.0), ("<heron>", 2.0), ("<heron-again>", 2.0)] {
        let word = format::embedding::LearnedWord::new(name, vec![number; 768]);
        let path = folder.join(format!("{}.safetensors", name.trim_matches(['<', '>'])));
        format::embedding::write(&path, &word, Default::default()).unwrap();
    }
    keys(&mut stage.harness, egui::Key::Num4);
    press(&mut stage.harness, "Folders");
    press(&mut stage.harness, "Add a folder of words…");
    take(&mut stage.harness, &folder);
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
    let home = stage.home.path().to_path_buf();
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
