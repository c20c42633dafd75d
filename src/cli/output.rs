//! Files that a command writes: their endings, and that none which is there already is lost unasked.
//!
//! It looks and refuses; the writing itself is done elsewhere.

use std::path::{Path, PathBuf};

use super::progress::tell;
use base::{Error, Result, places};
use format::embedding::EmbeddingFormat;
use project::run::expect_no_checkpoint;

/// Endings that other programs read words and models by.
const KNOWN: [&str; 7] = ["safetensors", "pt", "pth", "bin", "ckpt", "png", "webp"];

/// The endings of a layout's files, the usual one first. Pickles have many, and all are read alike.
pub fn endings(format: EmbeddingFormat) -> &'static [&'static str] {
    match format.extension() {
        "pt" => &["pt", "bin", "pth", "ckpt"],
        "png" => &["png"],
        _ => &["safetensors"],
    }
}

/// A file's name with the first of these endings, unless it has one that programs know.
pub fn with_ending(path: &Path, endings: &[&str]) -> PathBuf {
    let own = ending(path);
    match endings.first().filter(|_| !endings.iter().chain(&KNOWN).any(|known| *known == own)) {
        Some(first) => {
            let mut name = path.as_os_str().to_owned();
            name.push(format!(".{first}"));
            name.into()
        }
        None => path.to_path_buf(),
    }
}

/// Says so if what was written has an ending by which other programs take it for something else.
pub fn note_ending(path: &Path, endings: &[&str]) {
    if let Some(first) = endings.first().filter(|_| !endings.contains(&ending(path).as_str())) {
        let file = path.display();
        tell(&format!("Note: {file} holds what other programs look for in .{first} files.\n"));
    }
}

fn ending(path: &Path) -> String {
    path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// Refuses to write over a file without `force`, or where nothing can be written. `inputs` are the files it is made of.
pub fn expect_free(file: &Path, force: bool, inputs: &[PathBuf]) -> Result<()> {
    places::expect_file(file)?;
    expect_no_checkpoint(file)?;
    if force || file.symlink_metadata().is_err() {
        return Ok(());
    }
    let own = inputs.iter().any(|input| input.canonicalize().ok() == file.canonicalize().ok());
    let fault = match own {
        true => format!("{} is itself the file to be converted", file.display()),
        false => format!("{} is there already", file.display()),
    };
    Err(Error::input(fault, "Choose another name, or add --force to replace it."))
}

/// The first of `name(1)`, `name(2)`, … of which no file is there or `taken`; with `force` only `taken` counts.
pub fn first_free(
    folder: &Path,
    force: bool,
    taken: &[PathBuf],
    name: impl Fn(u32) -> PathBuf,
    files: impl Fn(&Path) -> Vec<PathBuf>,
) -> Result<PathBuf> {
    let free = |path: &PathBuf| {
        files(path).iter().all(|file| (force || file.symlink_metadata().is_err()) && !taken.contains(file))
    };
    (1..10_000).map(name).find(free).ok_or_else(|| {
        let fault = format!("{} is full of files of that name", folder.display());
        Error::input(fault, "Choose another folder.")
    })
}

/// `toy.pt`, `toy-2.pt`, …
pub fn numbered(folder: &Path, stem: &str, ending: &str, n: u32) -> PathBuf {
    let number = if n < 2 { String::new() } else { format!("-{n}") };
    folder.join(format!("{stem}{number}.{ending}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_among_the_checkpoints_of_a_run() {
        let place = std::env::temp_dir().join(format!("pseudoword-kept-{}", std::process::id()));
        let folder = place.join("run/checkpoints");
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("step-000002.safetensors");
        std::fs::write(&file, "x").unwrap();
        assert!(expect_free(&file, true, &[]).is_ok(), "this is no run");
        std::fs::write(place.join("run/run.toml"), "").unwrap();
        for file in [file, folder.join("new.pt")] {
            let said = expect_free(&file, true, &[]).unwrap_err().to_string();
            assert!(said.contains("keeps its checkpoints"), "{said}");
        }
        assert!(expect_free(&place.join("run/word.pt"), true, &[]).is_ok());
        std::fs::remove_dir_all(&place).unwrap();
    }

    #[test]
    fn endings_are_added_where_there_is_none() {
        let ending =
            |path: &str, endings: &[&str]| with_ending(Path::new(path), endings).display().to_string();
        for (given, expected) in [
            ("toy", "toy.pt"),
            ("Dr. Toy v1.5", "Dr. Toy v1.5.pt"),
            ("犬/toy.v2", "犬/toy.v2.pt"),
            ("toy.PT", "toy.PT"),
            ("toy.bin", "toy.bin"),
            // Asked for in so many letters.
            ("toy.safetensors", "toy.safetensors"),
        ] {
            assert_eq!(ending(given, &["pt", "bin"]), expected);
        }
    }
}
