//! What the compiler cannot say of the house: every file opens with a header, a long one gives its reason, and the
//! messages between the floors are made of plain data. What a floor may know stands in its `Cargo.toml`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::places::repository;

/// A longer file must give the reason for its length in its header.
const LONGEST: usize = 350;
/// All that messages may be made of: no tensor, no device, no window, no thread.
const PLAIN: &[&str] = &[
    "std::",
    "image::RgbImage",
    "image::{GrayImage",
    "serde::",
    "base::",
    "project::",
    "format::",
    "models::",
    "model::card::",
    "starter::Sample",
    "super::",
    "reports::",
    "requests::",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_file_says_what_it_is() {
    let mut files = Vec::new();
    sources(&repository().join("src"), &mut files);
    assert!(files.len() > 100, "only {} source files were found", files.len());
    let faults = files.iter().filter_map(|path| {
        let text = fs::read_to_string(path).unwrap();
        let header: String = text.lines().take_while(|line| line.starts_with("//!")).collect();
        let length = text.lines().count();
        if header.is_empty() {
            Some(format!("{} has no header", path.display()))
        } else {
            let excused = length <= LONGEST || header.contains("length");
            (!excused).then(|| format!("{} has {length} lines and gives no reason for it", path.display()))
        }
    });
    let faults: Vec<String> = faults.collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// burn 0.22 tells another machine that what is permuted or flipped are whole numbers, so that pictures cannot be.
#[test]
fn nothing_is_turned_round_that_could_not_be_on_another_machine() {
    let mut files = Vec::new();
    sources(&repository().join("src"), &mut files);
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            assert!(!line.contains(".permute(") && !line.contains(".flip("), "{}: {line}", path.display());
        }
    }
}

#[test]
fn messages_are_plain_data() {
    for file in [
        "src/engine/message.rs",
        "src/engine/message/reports.rs",
        "src/engine/message/requests.rs",
        "src/disk/message.rs",
    ] {
        let text = fs::read_to_string(repository().join(file)).unwrap();
        let uses = text.lines().map(|line| line.trim_start().trim_start_matches("pub "));
        let paths = uses.filter_map(|line| line.strip_prefix("use "));
        let strange: Vec<&str> =
            paths.filter(|path| !PLAIN.iter().any(|root| path.starts_with(root))).collect();
        assert!(strange.is_empty(), "{file} is made of more than plain data: {strange:?}");
        for word in ["Tensor", "Device<", "Sender<", "Mutex", "egui", "burn"] {
            assert!(
                !text.contains(&format!("({word}")) && !text.contains(&format!(": {word}")),
                "{file} has {word}"
            );
        }
    }
}

#[test]
fn no_frame_works_on_the_disk() {
    // What is done before the first frame, or on a thread of its own.
    let excused = [
        ("persistence.rs", ".exists()"),
        ("dialog.rs", ".exists()"),
        ("dialog.rs", ".is_dir()"),
        ("services.rs", ".is_dir()"),
    ];
    let words = [
        "fs::",
        "File::",
        ".exists()",
        ".is_file()",
        ".is_dir()",
        ".metadata()",
        ".canonicalize()",
        "write_toml",
        "write_atomic",
        "open_picture",
    ];
    let mut files = Vec::new();
    sources(&repository().join("src/ui"), &mut files);
    let mut faults = Vec::new();
    files
        .retain(|path| !path.ends_with("tests.rs") && !path.parent().is_some_and(|it| it.ends_with("tests")));
    for path in &files {
        let text = fs::read_to_string(path).unwrap();
        let drawn = text.split("#[cfg(test)]").next().unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let found = words.iter().filter(|&&word| drawn.contains(word) && !excused.contains(&(name, word)));
        faults.extend(found.map(|word| format!("{} has {word}", path.display())));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
