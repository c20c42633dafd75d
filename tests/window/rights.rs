//! Rights and marks in the window, by accessible names: asked once for a concept, a mark that stops learning until someone
//! answers for it, and the page that says what all this can do.

use std::path::Path;

use eframe::App as _;
use egui::{Key, Role};
use egui_kittest::kittest::Queryable as _;
use image::{Rgb, RgbImage};
use project::{Author, Concept, ConceptKind, CredentialSettings, DataDir, Draft, Rights};

use crate::compare::Page;
use crate::stage::keys;

/// A picture with a mark, which lies behind the header of the PNG; its checksum was computed by zlib.
fn marked(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let chunk = [&11_u32.to_be_bytes()[..], b"tEXtrobots\0noai", &0x52bb_d0b9_u32.to_be_bytes()].concat();
    bytes.splice(33..33, chunk);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn rights_are_asked_once_and_a_mark_stops_learning_until_someone_answers() {
    let home = tempfile::tempdir().unwrap();
    let data = DataDir::at(home.path().to_path_buf());
    let concept = Concept { word: "<cat-toy>".into(), initial_word: "cat".into(), kind: ConceptKind::Object };
    let mut draft = Draft::create(&data.concepts(), concept).unwrap();
    for (name, level) in [("a.png", 60), ("b.png", 120), ("c.png", 180)] {
        let picture = RgbImage::from_fn(64, 64, |x, y| Rgb([level, 4 * x as u8, 4 * y as u8]));
        picture.save(draft.folder.join(name)).unwrap();
    }
    marked(&draft.folder.join("a.png"));
    draft.refresh().unwrap();
    draft.save().unwrap();
    let folder = draft.folder;
    let left = format!("version = 1\nroom = \"concept\"\ndraft = '{}'\n", folder.display());
    std::fs::write(home.path().join("window.toml"), left).unwrap();

    let mut page = Page::open(home.path());
    keys(&mut page.harness, Key::Num1);
    page.until("the mark is seen", |app| {
        app.state().obstacles().iter().any(|said| said.contains("1 picture is marked against learning"))
    });
    page.harness.get_by_label_contains("Marked against learning");
    page.write("Why you may learn from them", "I made it");
    page.until("the reason is enough", |app| {
        !app.state().obstacles().iter().any(|said| said.contains("marked"))
    });

    page.harness.get_by_role_and_label(Role::ComboBox, "Whose pictures are these?").click_accesskit();
    page.harness.run_steps(3);
    page.harness.get_by_label("licensed").click_accesskit();
    page.harness.run_steps(3);
    page.write("All of them: licensed from", "Bo");
    page.until("it is kept beside every picture", |_| {
        let kept = Draft::open(&folder).unwrap().entries;
        kept.iter()
            .all(|entry| entry.rights == Rights::Licensed && entry.rights_from.as_deref() == Some("Bo"))
            && kept[0].despite_mark.as_deref() == Some("I made it")
            && kept[1].despite_mark.is_none()
    });

    keys(&mut page.harness, Key::Num4);
    page.press("About words' rights");
    page.until("the key is there", |app| app.state().library.author.is_some());
    page.harness.get_by_label("What a word can and cannot be");
    page.harness.get_by_role_and_label(Role::TextInput, "Your name").focus();
    page.harness.run_steps(2);
    page.write("Your name", "Ann");
    page.harness.get_by_role_and_label(Role::TextInput, "Licence of your words").focus();
    page.harness.run_steps(3);
    page.until("the name is kept", |_| Author::load(&data).0.name.as_deref() == Some("Ann"));

    page.until("how pictures are signed is known", |app| app.state().library.credentials.is_some());
    let sign = (Role::CheckBox, "Sign pictures with content credentials");
    page.harness.get_by_role_and_label(sign.0, sign.1).click_accesskit();
    page.harness.run_steps(3);
    page.until("pictures are signed no more", |_| CredentialSettings::load(&data).is_ok_and(|kept| kept.off));
    page.until("that is said", |app| {
        app.state().library.credentials.as_ref().is_some_and(|(settings, _)| settings.off)
    });
    page.harness.run_steps(2);
    page.harness.get_by_label_contains("Switched off");
}

#[test]
fn what_is_typed_of_the_author_is_kept_however_the_field_is_left() {
    let home = tempfile::tempdir().unwrap();
    let data = DataDir::at(home.path().to_path_buf());
    let mut page = Page::open(home.path());
    let kept = || Author::load(&data).0.name.unwrap_or_default();
    let panel = "About words' rights";
    let write = |page: &mut Page, name: &str, before: &str| {
        page.until("the name is known", |app| {
            let known = app.state().library.author.as_ref();
            known.is_some_and(|(author, _)| author.name.as_deref().unwrap_or_default() == before)
        });
        page.harness.get_by_role_and_label(Role::TextInput, "Your name").focus();
        page.harness.run_steps(2);
        page.write("Your name", name);
        assert_eq!(kept(), before, "the field was not left");
    };
    keys(&mut page.harness, Key::Num4);
    page.press(panel);
    // By the press of a pointer that closes the panel: what stands above the field comes first in that frame.
    write(&mut page, "Ann", "");
    page.harness.get_by_role_and_label(Role::Button, panel).click();
    page.harness.run_steps(4);
    page.until("it is kept", |_| kept() == "Ann");
    assert!(page.harness.query_by_role_and_label(Role::TextInput, "Your name").is_none());
    page.press(panel);
    // By keys that open another page.
    write(&mut page, "Bo", "Ann");
    keys(&mut page.harness, Key::Num3);
    page.until("it is kept", |_| kept() == "Bo");
    keys(&mut page.harness, Key::Num4);
    // By closing the window.
    write(&mut page, "Cy", "Bo");
    page.harness.state_mut().on_exit();
    drop(page);
    assert_eq!(kept(), "Cy");
}

#[test]
fn a_box_that_is_ticked_by_the_press_that_leaves_a_field_stays_ticked() {
    let home = tempfile::tempdir().unwrap();
    let data = DataDir::at(home.path().to_path_buf());
    let mut page = Page::open(home.path());
    keys(&mut page.harness, Key::Num4);
    page.press("About words' rights");
    page.until("how pictures are signed is known", |app| app.state().library.credentials.is_some());
    page.harness.run_steps(4);
    page.harness.get_by_label("Advanced").click_accesskit();
    page.harness.run_steps(20);
    page.harness.get_by_role_and_label(Role::TextInput, "Its key").focus();
    page.harness.run_steps(2);
    page.write("Its key", "/keys/own.key");
    let sign = page.harness.get_by_role_and_label(Role::CheckBox, "Sign pictures with content credentials");
    sign.click();
    page.harness.run_steps(4);
    page.until("both are kept", |_| {
        CredentialSettings::load(&data)
            .is_ok_and(|kept| kept.off && kept.key.as_deref() == Some(Path::new("/keys/own.key")))
    });
    // Nothing takes that back.
    page.until("that is said", |app| {
        app.state().library.credentials.as_ref().is_some_and(|(settings, _)| settings.off)
    });
    page.harness.run_steps(4);
    assert!(CredentialSettings::load(&data).is_ok_and(|kept| kept.off));
}
