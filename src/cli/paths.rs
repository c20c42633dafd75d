//! What a path on the command line may stand for: a file, a folder, or the name of a model or word that is at hand.
//!
//! A path that leads somewhere is always taken as it is. It opens nothing but listings and a run's own document.

use std::path::{Path, PathBuf};

use super::{holds_run, models};
use ::models::download::find;
use base::{Error, FileKind, Result, places};
use project::{DataDir, RunFolder};
use starter::bundle;

/// A path as it was typed: `~` where the shell left it, and what can be no path.
pub fn typed(path: PathBuf) -> Result<PathBuf, String> {
    if path == Path::new("-") {
        return Err("it would be a pipe, and here only files and folders can be read and written".into());
    }
    let text = path.to_string_lossy();
    if let Some(sign) = text.chars().find(|sign| sign.is_control()).filter(|_| !path.exists()) {
        let why = if sign == '\r' { ": was the script saved on Windows?" } else { "" };
        return Err(format!("it holds the invisible sign U+{:04X}{why}", u32::from(sign)));
    }
    let below_home = path.strip_prefix("~").ok().filter(|_| !Path::new("~").exists());
    Ok(below_home.zip(std::env::home_dir()).map(|(rest, home)| home.join(rest)).unwrap_or(path))
}

/// The model that was named, by its path or as `pseudoword models` names it; else the starter model.
pub fn model(given: Option<PathBuf>) -> Result<PathBuf> {
    let home = DataDir::usual();
    let Some(path) = given else { return bundle::model(&home) };
    places::expect_plain(FileKind::Model, &path)?;
    if path.exists() {
        return Ok(path);
    }
    let refuse = |fault: String, remedy: String| Err(Error::file(FileKind::Model, &path, fault, remedy));
    let names = match name(&path) {
        Some(name) if name.eq_ignore_ascii_case("starter") => return bundle::model(&home),
        Some(name) => models::called(&home, name),
        None => Vec::new(),
    };
    match names.as_slice() {
        [one] => Ok(one.clone()),
        [] => {
            let near = near(&path)
                .map_or_else(String::new, |near| format!("The nearest name there is {}. ", near.display()));
            let remedy = format!(
                "{near}Check the path, and that its drive is connected; `pseudoword models` lists those at hand, and \
                 `starter` is the one inside the program."
            );
            refuse("there is no such file or folder".into(), remedy)
        }
        several => {
            let list: Vec<String> = several.iter().map(|path| path.display().to_string()).collect();
            let fault = format!("{} models are called so", several.len());
            refuse(fault, format!("Give the path of one: {}.", list.join(", ")))
        }
    }
}

/// The CLIP that was named, else the model's own, else the one that was fetched.
pub fn clip(given: Option<PathBuf>, model: &Path) -> Result<PathBuf> {
    clip_at_hand(given, model).ok_or_else(|| {
        let fault = "There is no CLIP to look at the pictures with";
        Error::input(fault, "Get one with `pseudoword fetch clip`, or name its folder with --clip.")
    })
}

/// The same, if there is one.
pub fn clip_at_hand(given: Option<PathBuf>, model: &Path) -> Option<PathBuf> {
    let own = || Some(model.join("clip")).filter(|folder| folder.is_dir());
    let fetched =
        || find("clip").map(|clip| clip.folder(&DataDir::usual().models())).filter(|at| at.is_dir());
    given.or_else(own).or_else(fetched)
}

/// The files of the words that were named: by path, by the run that learned them, or by a name in the library. Each
/// once.
pub fn words(given: Vec<PathBuf>) -> Result<Vec<PathBuf>> {
    let mut words: Vec<PathBuf> = Vec::new();
    for path in given {
        let path = word(path)?;
        let same = |known: &PathBuf| {
            known.canonicalize().ok().zip(path.canonicalize().ok()).is_some_and(|(one, other)| one == other)
        };
        if !words.iter().any(same) {
            words.push(path);
        }
    }
    Ok(words)
}

/// The file of one word.
pub fn word(path: PathBuf) -> Result<PathBuf> {
    let path = run(path);
    if holds_run(&path) {
        return learned(&path);
    }
    let refuse = |fault: &str, remedy: String| Err(Error::file(FileKind::Embedding, &path, fault, remedy));
    if path.is_dir() {
        let remedy = "Name the word's file in it, or the folder of a run.";
        return refuse("this is a folder, not a learned word", remedy.into());
    }
    if path.is_file() {
        let checkpoint = run_of_checkpoint(&path).map(|run| {
            let remedy = format!("Write its word with `pseudoword export --run {}`.", run.display());
            refuse("this is a checkpoint of a run, not a learned word", remedy)
        });
        return checkpoint.unwrap_or_else(|| Ok(path.clone()));
    }
    places::expect_plain(FileKind::Embedding, &path)?;
    if path
        .to_str()
        .is_some_and(|list| list.contains(',') && list.split(',').all(|part| Path::new(part).exists()))
    {
        return refuse("these are several files", "Put a space where the comma is.".into());
    }
    let library = DataDir::usual().words();
    let called = |name: &str| {
        let bare = name.strip_prefix('<').and_then(|name| name.strip_suffix('>')).unwrap_or(name);
        ["", ".safetensors"]
            .map(|ending| library.join(format!("{bare}{ending}")))
            .into_iter()
            .find(|at| at.is_file())
    };
    if let Some(found) = name(&path).and_then(called) {
        return Ok(found);
    }
    let near = near(&path).map_or_else(
        || "Check the path, or give the name of a word in the window's library.".into(),
        |near| format!("The nearest name there is {}.", near.display()),
    );
    refuse("there is no such file", near)
}

/// The run to which a checkpoint belongs, if the file is one.
pub fn run_of_checkpoint(path: &Path) -> Option<&Path> {
    let name = path.file_name()?.to_str()?;
    let run = path.parent()?.parent()?;
    let steps = name.strip_prefix("step-")?.strip_suffix(".safetensors")?;
    (steps.parse::<u64>().is_ok() && holds_run(run)).then_some(run)
}

/// A run, by its folder or its document.
pub fn run(path: PathBuf) -> PathBuf {
    match path.parent() {
        Some(folder) if path.ends_with(project::run::MANIFEST) && path.is_file() => match folder {
            here if here.as_os_str().is_empty() => ".".into(),
            folder => folder.to_path_buf(),
        },
        _ => path,
    }
}

/// The word that a run has learned.
fn learned(run: &Path) -> Result<PathBuf> {
    let concept = RunFolder::open(run)?.manifest()?.concept;
    let file = run.join(format!("{}.safetensors", concept.file_stem()));
    if file.is_file() {
        return Ok(file);
    }
    let remedy = "Let it learn to its end, or write a checkpoint's word with `pseudoword export`.";
    Err(Error::file(FileKind::Run, run, "this run has no finished word yet", remedy))
}

/// A path that may be a name: no folder in it.
fn name(path: &Path) -> Option<&str> {
    path.to_str().filter(|text| path.components().count() == 1 && !text.contains(std::path::is_separator))
}

/// What lies in the same folder under nearly this name: in other letter case, or with another ending or none.
fn near(path: &Path) -> Option<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let plain = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().to_lowercase());
    let wanted = plain(path)?;
    let listing = std::fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let mut found = listing.flatten().map(|entry| entry.file_name());
    let found = found.find(|name| plain(Path::new(name)).as_ref() == Some(&wanted))?;
    Some(folder.map_or_else(|| PathBuf::from(&found), |folder| folder.join(&found)))
}
