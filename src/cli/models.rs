//! `pseudoword models`: the models at hand, or all that other programs keep on this computer.
//!
//! Of models only names and headers are read; nothing is loaded, changed or asked of a network.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use clap::Args;
use serde::Deserialize;

use super::job::stop_flag;
use super::progress::{print_line, tell, to_json};
use ::models::discovery::{
    Environment, Found, Kind, Limits, Origin, Place, Step, WatchedFolders, places, search,
};
use base::{Error, FileKind, Result, units};
use project::DataDir;
use project::files::read_what_can_be;

#[derive(Debug, Args)]
pub struct ModelsArguments {
    /// Look for models and words in the folders of A1111, ComfyUI, InvokeAI, StabilityMatrix and Hugging Face
    #[arg(long)]
    find: bool,
    /// Look into these folders too
    #[arg(long, value_name = "DIR", num_args = 1..)]
    folder: Vec<PathBuf>,
    /// Print one model or word a line as JSON
    #[arg(long)]
    json: bool,
}

/// Lists models: those downloaded and used in the window, and with `--find` those of other programs.
pub fn run(arguments: &ModelsArguments) -> Result<()> {
    let home = DataDir::usual();
    let stop = stop_flag("Stopping the search.\n")?;
    let stopped = || stop.load(Ordering::Relaxed);
    if let Some(folder) = arguments.folder.iter().find(|folder| !folder.exists()) {
        let fault = format!("There is no folder {}", folder.display());
        return Err(Error::input(fault, "Check the path, and that the drive it is on is connected."));
    }
    let mut all = at_hand(&home);
    all.extend(arguments.folder.iter().cloned().map(|path| Place::folder(path, Origin::Folder)));
    let mut notes = Vec::new();
    if arguments.find {
        let mut watched = WatchedFolders::load(&home);
        all.extend(watched.places());
        let others = places(&Environment::here(), &stopped);
        all.extend(others.places);
        notes = others.notes;
        notes.extend(watched.take_damage());
    }
    all.retain(|place| place.path.exists());
    let summary = search(&all, Limits::default(), &stopped, &mut |step| {
        if let Step::Found(found) = step {
            print_line(&if arguments.json { to_json(&found).to_string() } else { line(&found) });
        }
    });
    if stopped() {
        return Err(Error::Cancelled);
    }
    for note in notes {
        tell(&format!("Note: {note}\n"));
    }
    if summary.unreadable > 0 {
        let folders = units::counted(summary.unreadable as u64, "folder");
        tell(&format!("{folders} could not be read.\n"));
    }
    if summary.cut_short {
        tell("There is more than this program looks at; name a folder with --folder.\n");
    }
    if summary.found == 0 && !arguments.json {
        tell(
            "No model was found beside the starter, which comes with the program. Look further with --find or --folder, or \
             download one: pseudoword fetch --list.\n",
        );
    }
    Ok(())
}

/// Where the models are that are listed without being looked for.
fn at_hand(home: &DataDir) -> Vec<Place> {
    let used = |path: PathBuf| Place { exact: true, ..Place::folder(path, Origin::Folder) };
    let downloads = Place::folder(home.models(), Origin::Downloads);
    std::iter::once(downloads).chain(recent(home).into_iter().map(used)).collect()
}

/// The models at hand that are called so, by their name or that of their file.
pub fn called(home: &DataDir, name: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let places: Vec<Place> = at_hand(home).into_iter().filter(|place| place.path.exists()).collect();
    search(&places, Limits::default(), &|| false, &mut |step| {
        if let Step::Found(model) = step {
            let file = model.path.file_name().unwrap_or_default().to_string_lossy();
            let so = [model.name.as_str(), &file].iter().any(|known| known.eq_ignore_ascii_case(name));
            if model.kind == Kind::Model && so {
                found.push(model.path.clone());
            }
        }
    });
    found
}

/// The models that were used in the window. Its file is only looked at: what of it cannot be read here, a newer window may
/// have written.
fn recent(home: &DataDir) -> Vec<PathBuf> {
    #[derive(Deserialize)]
    struct Window {
        #[serde(default)]
        models: Vec<PathBuf>,
    }
    match read_what_can_be::<Window>(FileKind::Settings, &home.window()) {
        Ok((window, _)) => return window.models,
        Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {}
        Err(fault) => tell(&format!("Note: {fault}\n")),
    }
    Vec::new()
}

fn line(found: &Found) -> String {
    let family = match (found.kind, found.family) {
        (_, Some(family)) => family.badge(),
        (Kind::Model, None) => "model",
        (Kind::Embedding, None) => "word",
    };
    let kind = if found.kind == Kind::Embedding { "word " } else { "" };
    let precision = found.precision.map_or_else(String::new, |precision| format!(", {precision}"));
    let lineage = found.lineage.map_or_else(String::new, |lineage| format!(", {}", lineage.label()));
    let size = units::bytes(found.bytes);
    let fault = found.fault.as_ref().map_or_else(String::new, |fault| format!("\n      {fault}"));
    let (name, program, path) = (&found.name, found.program.name(), found.path.display());
    format!("{family:5} {kind}{name} ({program}{lineage}{precision}, {size})\n      {path}{fault}")
}
