//! Folders as people have them.

use image::{Rgb, RgbImage};

use super::*;

fn picture(folder: &Path, name: &str, side: u32, level: u8) {
    let picture = RgbImage::from_pixel(side, side, Rgb([level; 3]));
    picture.save_with_format(folder.join(name), image::ImageFormat::Png).unwrap();
}

#[test]
fn a_folder_is_listed_in_natural_order_with_side_cars() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("写真 ü");
    fs::create_dir_all(folder.join("inner.png")).unwrap();
    for (i, name) in ["猫10.png", "猫2.PNG", "a.jpg", ".hidden.png", "猫2.mask.png"].into_iter().enumerate()
    {
        picture(&folder, name, 8, i as u8);
    }
    fs::write(folder.join("猫10.txt"), "a {}\n on a bed \n").unwrap();
    fs::write(folder.join("a.txt"), " \n").unwrap();
    fs::write(folder.join("notes.md"), "x").unwrap();

    let dataset = Dataset::open(&folder).unwrap();
    let names: Vec<_> = dataset.entries.iter().map(|e| e.name().into_owned()).collect();
    assert_eq!(names, ["a.jpg", "猫2.PNG", "猫10.png"]);
    assert_eq!(dataset.entries[0].caption, None);
    assert_eq!(dataset.entries[2].caption.as_deref(), Some("a {} on a bed"));
    assert_eq!(dataset.entries[1].mask, Some(folder.join("猫2.mask.png")));
    assert_eq!(dataset.entries[2].mask, None);
}

#[test]
fn decisions_survive_and_captions_can_be_taken_away() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path();
    for name in ["a.png", "b.png", "c.png"] {
        picture(folder, name, 8, 0);
        fs::write(folder.join(name).with_extension("txt"), "text").unwrap();
    }
    let mut dataset = Dataset::open(folder).unwrap();
    dataset.entries[0].enabled = false;
    dataset.entries[0].crop = Crop::Chosen { left: 0.1, top: 0.0, side: 0.5 };
    dataset.entries[1].caption = Some("mine".into());
    dataset.entries[1].rights = Rights::Own;
    dataset.entries[2].caption = None;
    dataset.entries[2].allow_flip = false;
    dataset.save().unwrap();
    assert_eq!(Dataset::open(folder).unwrap(), dataset);
    assert_eq!(dataset.enabled().count(), 2);

    fs::write(folder.join("a.txt"), "new text").unwrap();
    fs::remove_file(folder.join("c.png")).unwrap();
    let dataset = Dataset::open(folder).unwrap();
    assert_eq!(
        dataset.entries[0].caption.as_deref(),
        Some("new text"),
        "an unchanged caption follows its file"
    );
    assert_eq!(dataset.entries.len(), 2);

    fs::write(folder.join(DATASET_FILE), "[[picture]]\nfile = \"a.png\"\nenabld = true\n").unwrap();
    let error = Dataset::open(folder).unwrap_err().to_string();
    assert!(error.contains("dataset.toml") && error.contains("line 3"), "{error}");
}

#[test]
fn a_missing_or_empty_folder_is_named() {
    let root = tempfile::tempdir().unwrap();
    let missing = Dataset::open(&root.path().join("無い")).unwrap_err();
    assert!(missing.exit_code() == 4 && missing.to_string().contains("無い"), "{missing}");
    let empty = Dataset::open(root.path()).unwrap_err();
    assert!(
        matches!(empty, Error::File { kind: FileKind::Picture, .. })
            && empty.to_string().contains("no picture")
    );
    fs::write(root.path().join("IMG_1.HEIC"), "x").unwrap();
    assert!(Dataset::open(root.path()).unwrap_err().to_string().contains("IMG_1.HEIC"));
}

#[test]
fn doubtful_pictures_are_remarked_on() {
    let root = tempfile::tempdir().unwrap();
    for i in 0..9 {
        picture(root.path(), &format!("{i}.png"), 16, i);
    }
    picture(root.path(), "small.png", 8, 77);
    picture(root.path(), "twin.png", 16, 3);
    let mut dataset = Dataset::open(root.path()).unwrap();
    let warnings = dataset.warnings(16);
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    assert!(warnings[0].starts_with("11 pictures"));
    assert!(warnings[1].contains("small.png has only 8 pixels"));
    assert!(warnings[2].contains("twin.png is the same picture as 3.png"));
    dataset.entries.iter_mut().for_each(|e| e.enabled = false);
    assert_eq!(dataset.warnings(16).len(), 1);
}

#[test]
fn squares_stay_inside() {
    assert_eq!(Crop::Centre.square(7, 4), Some((1, 0, 4)));
    let chosen = |left, top, side| Crop::Chosen { left, top, side }.square(200, 100);
    assert_eq!(chosen(1.0, 0.0, 1.0), Some((100, 0, 100)));
    assert_eq!(chosen(1.004, 0.004, 1.0), Some((100, 0, 100)), "a rounding error is forgiven");
    assert_eq!(chosen(0.0, 0.0, 1e-9), Some((0, 0, 1)));
    for (left, top, side) in
        [(1.2, 0.0, 1.0), (-0.1, 0.0, 0.5), (0.0, 0.6, 0.5), (0.0, 0.0, 1.5), (0.0, 0.0, 0.0)]
    {
        assert_eq!(chosen(left, top, side), None);
    }
    assert_eq!(chosen(f64::NAN, 0.0, 0.5), None);
}
