//! Folders as people have them.

use std::fs;

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
    for name in [".thumbnails", "2024", "notes"] {
        fs::create_dir(root.path().join(name)).unwrap();
    }
    assert!(!Dataset::open(root.path()).unwrap_err().to_string().contains("inside"));
    picture(&root.path().join(".thumbnails"), "a.png", 8, 1);
    picture(&root.path().join("2024"), "a.png", 8, 1);
    assert!(Dataset::open(root.path()).unwrap_err().to_string().contains("inside it, such as 2024."));
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

#[test]
fn pictures_are_known_by_their_content_and_the_foreign_are_named_once() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path();
    for (i, name) in ["1.png", "2.JPG", "3.jfif", "4.jpe", "5", "6.dat", "2.mask.png"].into_iter().enumerate()
    {
        let format = if i == 0 { image::ImageFormat::Png } else { image::ImageFormat::Jpeg };
        RgbImage::new(8, 8).save_with_format(folder.join(name), format).unwrap();
    }
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
    for (name, content) in [
        ("7.heic", &heic[..]),
        ("8.heic", heic),
        ("9.avif", b"\0\0\0\x14ftypavif\0\0\0\0"),
        ("raw.NEF", b"MM\0*\0\0\0\x08\0\0"),
        ("film.mov", b"\0\0\0\x14ftypqt  \0\0\0\0"),
        ("clip", b"\x1a\x45\xdf\xa3"),
        ("walk.mpg", b"\0\0\x01\xb3"),
        ("Thumbs.db", b"\xd0\xcf\x11\xe0"),
        ("desktop.ini", b"[.ShellClassInfo]"),
        (".DS_Store", b"\0\0\0\x01Bud1"),
        ("._1.png", b"\0\x05\x16\x07"),
        ("1.txt", b"BMW in the rain"),
        ("clip.THM", b"\xff\xd8\xff\xe0"),
        ("1.png_original", b"\x89PNG\r\n\x1a\n"),
    ] {
        fs::write(folder.join(name), content).unwrap();
    }
    let dataset = Dataset::open(folder).unwrap();
    let names: Vec<_> = dataset.entries.iter().map(|e| e.name().into_owned()).collect();
    assert_eq!(names, ["1.png", "2.JPG", "3.jfif", "4.jpe", "5", "6.dat"]);
    let said = left_out(&dataset.left_out).unwrap();
    assert_eq!(
        said,
        "4 pictures were left out: 7.heic, 9.avif, raw.NEF and 1 more; save them as JPEG. 3 films were left out: clip, \
         film.mov and walk.mpg; save frames of them as JPEG."
    );
    let said = left_out(&dataset.left_out[..2]).unwrap();
    assert_eq!(said, "2 pictures were left out: 7.heic and 1 more; save them as JPEG.");
    assert_eq!(left_out(&[]), None);
}

#[cfg(unix)]
#[test]
fn a_name_that_is_no_unicode_keeps_its_decisions() {
    use std::os::unix::ffi::OsStrExt as _;
    let root = tempfile::tempdir().unwrap();
    picture(root.path(), "a.png", 8, 0);
    let odd = root.path().join(OsStr::from_bytes(b"caf\xe9.png"));
    fs::rename(root.path().join("a.png"), &odd).unwrap();
    let mut dataset = Dataset::open(root.path()).unwrap();
    dataset.entries[0].allow_flip = false;
    dataset.save().unwrap();
    assert_eq!(Dataset::open(root.path()).unwrap(), dataset);
}

#[test]
fn captions_of_either_ending_are_read() {
    let root = tempfile::tempdir().unwrap();
    for (name, beside, text) in [
        ("a.png", "a.caption", "one"),
        ("b.png", "b.png.txt", "two"),
        ("c.png", "c.txt", " "),
        ("c.png", "c.caption", "three"),
        ("d.png", "e.txt", "another's"),
        ("f.PNG", "f.TXT", "six"),
    ] {
        picture(root.path(), name, 8, 0);
        fs::write(root.path().join(beside), text).unwrap();
    }
    let dataset = Dataset::open(root.path()).unwrap();
    let captions: Vec<_> = dataset.entries.iter().map(|e| e.caption.as_deref()).collect();
    assert_eq!(captions, [Some("one"), Some("two"), Some("three"), None, Some("six")]);
}

#[test]
fn files_and_folders_are_gathered_each_once() {
    let root = tempfile::tempdir().unwrap();
    let [one, two] = ["one", "two"].map(|name| root.path().join(name));
    for folder in [&one, &two] {
        fs::create_dir(folder).unwrap();
        ["a.png", "b.png"].iter().for_each(|name| picture(folder, name, 8, 0));
        fs::write(folder.join("a.txt"), "a caption").unwrap();
    }
    ["c.heic", "d.mkv"].iter().for_each(|name| fs::write(one.join(name), "x").unwrap());
    let mut decided = Dataset::open(&one).unwrap();
    decided.entries.iter_mut().for_each(|entry| (entry.enabled, entry.allow_flip) = (false, false));
    decided.save().unwrap();
    let places = [one.join("b.png"), one.join("a.txt"), two.clone(), two.join("a.png"), one.join("c.heic")];
    let all = Dataset::gather(&places).unwrap();
    let paths: Vec<_> = all.entries.iter().map(|entry| entry.path.clone()).collect();
    assert_eq!(paths, [one.join("b.png"), two.join("a.png"), two.join("b.png")]);
    assert!(all.entries[0].enabled && !all.entries[0].allow_flip, "what is asked for takes part");
    assert_eq!(all.left_out, [one.join("c.heic")]);
    assert_eq!(Dataset::gather(&[two.join("b.png")]).unwrap().entries.len(), 1);
    for (place, said) in [
        (one.join("none.png"), "no such folder or file"),
        (one.join("a.txt"), "a.txt: this is not a picture"),
        (one.join("c.heic"), "c.heic is in a format that cannot be read"),
        (one.join("d.mkv"), "d.mkv is a film. Save frames of it as PNG"),
    ] {
        let error = Dataset::gather(std::slice::from_ref(&place)).unwrap_err();
        assert!(error.exit_code() == 4 && error.to_string().contains(said), "{error}");
    }
}

#[test]
fn all_that_cannot_be_used_are_named_and_the_others_used_if_they_suffice() {
    let entries: Vec<_> = (0..5).map(|i| PictureEntry::new(format!("{i}.png").into())).collect();
    let place = Path::new("here");
    let work = |bad: &'static [&str]| {
        with_each(&entries, place, move |entry| match bad.contains(&entry.name().as_ref()) {
            true => Err(Error::file(FileKind::Picture, &entry.path, "it is torn", "Mend it.")),
            false => Ok(entry.name().into_owned()),
        })
    };
    assert_eq!(work(&[]).unwrap().1, None);
    let (done, said) = work(&["1.png", "3.png"]).unwrap();
    assert_eq!(done, ["0.png", "2.png", "4.png"]);
    let wanted = "2 of 5 pictures cannot be used and are left out: 1.png (it is torn), 3.png (it is torn).";
    assert_eq!(said.as_deref(), Some(wanted));
    let error = work(&["1.png", "3.png", "4.png"]).unwrap_err();
    assert_eq!(error.exit_code(), 4);
    let text = error.to_string();
    assert!(text.contains("here: 3 of 5 pictures cannot be used: 1.png (it is torn), 3.png"), "{text}");
    let one = with_at_least(1, &entries[..2], place, |entry| match entry.name().as_ref() {
        "0.png" => Err(Error::file(FileKind::Picture, &entry.path, "it is torn", "Mend it.")),
        name => Ok(name.to_owned()),
    });
    let (done, said) = one.unwrap();
    assert!(done == ["1.png"] && said.unwrap().starts_with("1 of 2 pictures cannot be used and is left out"));
    let alone = with_each(&entries[..1], place, |entry| {
        Err::<(), _>(Error::file(FileKind::Picture, &entry.path, "it is torn", "Mend it."))
    });
    assert!(alone.unwrap_err().to_string().starts_with("0.png: it is torn"));
    let stopped = with_each(&entries, place, |_| Err::<(), _>(Error::Cancelled));
    assert_eq!(stopped.unwrap_err().exit_code(), 130);
}

#[test]
fn what_the_system_refuses_is_said_in_words() {
    let entries: Vec<_> = (0..4).map(|i| PictureEntry::new(format!("{i}.png").into())).collect();
    let (_, said) = with_each(&entries, Path::new("here"), |entry| match entry.name().as_ref() {
        "2.png" => Err(Error::read(&entry.path, std::io::ErrorKind::PermissionDenied.into())),
        _ => Ok(()),
    })
    .unwrap();
    assert!(said.as_ref().unwrap().contains("2.png (the system does not permit it)"), "{said:?}");
}

#[test]
#[cfg(unix)]
fn a_pipe_or_a_device_is_called_so() {
    let device = Path::new("/dev/null");
    let listed = Dataset::gather(&[device.to_path_buf()]).unwrap_err();
    for error in [listed, crate::picture::open_picture(device).unwrap_err()] {
        assert!(error.exit_code() == 4 && error.to_string().contains("a pipe or a device"), "{error}");
    }
}

#[test]
fn a_mask_is_found_however_it_is_written_and_is_one_only_beside_its_picture() {
    let root = tempfile::tempdir().unwrap();
    for (name, mask) in [
        ("0.png", "0.mask.PNG"),
        ("1.png", "1.Mask.png"),
        ("2.png", "2.png.mask.png"),
        ("3.PNG", "3.mask.jpg"),
        ("Ä.png", "ä.mask.webp"),
        ("gas.mask.jpg", "gas.txt"),
    ] {
        picture(root.path(), name, 8, 0);
        picture(root.path(), mask, 8, 255);
    }
    fs::write(root.path().join("gas.txt"), "a photo").unwrap();
    let dataset = Dataset::open(root.path()).unwrap();
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let found: Vec<_> =
        dataset.entries.iter().map(|entry| (name(&entry.path), entry.mask.as_deref().map(name))).collect();
    let wanted = [
        ("0.png", Some("0.mask.PNG")),
        ("1.png", Some("1.Mask.png")),
        ("2.png", Some("2.png.mask.png")),
        ("3.PNG", Some("3.mask.jpg")),
        ("gas.mask.jpg", None),
        ("Ä.png", Some("ä.mask.webp")),
    ];
    assert_eq!(found, wanted.map(|(path, mask)| (path.to_owned(), mask.map(str::to_owned))));
    let alone = Dataset::gather(&[root.path().join("3.PNG"), root.path().join("3.mask.jpg")]).unwrap();
    assert_eq!(alone.entries.len(), 1);
    assert!(alone.entries[0].mask.is_some());
    let bad =
        (&dataset.entries[0], Error::file(FileKind::Picture, &root.path().join("0.mask.PNG"), "torn", ""));
    let good = (&dataset.entries[1], Error::file(FileKind::Picture, &root.path().join("1.png"), "torn", ""));
    let said = refusal(vec![bad, good], 5, root.path()).to_string();
    assert!(said.contains("0.mask.PNG (torn), 1.png (torn)"), "{said}");
}

#[test]
fn a_caption_that_cannot_be_read_costs_only_itself() {
    let root = tempfile::tempdir().unwrap();
    ["a.png", "b.png"].iter().for_each(|name| picture(root.path(), name, 8, 0));
    fs::write(root.path().join("a.txt"), b"\xff\xfe\x00\xd8").unwrap();
    fs::write(root.path().join("b.txt"), "a mug").unwrap();
    let dataset = Dataset::open(root.path()).unwrap();
    let captions: Vec<_> = dataset.entries.iter().map(|e| e.caption.as_deref()).collect();
    assert_eq!(captions, [None, Some("a mug")]);
    assert!(dataset.unread_captions.len() == 1 && dataset.unread_captions[0].contains("a.txt"));
    dataset.save().unwrap();
}

#[cfg(unix)]
#[test]
fn one_file_by_two_paths_is_one_picture() {
    let root = tempfile::tempdir().unwrap();
    picture(root.path(), "a.png", 8, 0);
    fs::create_dir(root.path().join("in")).unwrap();
    std::os::unix::fs::symlink(root.path().join("a.png"), root.path().join("in/b.png")).unwrap();
    let places = ["a.png", "in/b.png", "in/../a.png", "in"].map(|place| root.path().join(place));
    assert_eq!(Dataset::gather(&places).unwrap().entries.len(), 1);
}
