//! `pseudoword models`: the models at hand, or all that other programs keep on this computer.
//!
//! Of models only names and headers are read; nothing is loaded, changed or asked of a network.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use clap::Args;
use serde::Deserialize;
use serde_json::json;

use super::job::stop_flag;
use super::progress::{print_line, tell};
use ::models::discovery::{
    Environment, Found, Kind, Limits, Origin, Place, Step, WatchedFolders, places, search,
};
use base::{FileKind, Result, units};
use project::DataDir;
use project::files::read_toml;

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
    let named = |path: PathBuf| Place::folder(path, Origin::Folder);
    let mut all = vec![Place::folder(home.models(), Origin::Downloads)];
    all.extend(recent(&home).into_iter().map(|path| Place { exact: true, ..named(path) }));
    all.extend(arguments.folder.iter().cloned().map(named));
    let mut notes = Vec::new();
    if arguments.find {
        all.extend(WatchedFolders::load(&home).places());
        let others = places(&Environment::here(), &stopped);
        all.extend(others.places);
        notes = others.notes;
    }
    all.retain(|place| place.path.exists());
    let summary = search(&all, Limits::default(), &stopped, &mut |step| {
        if let Step::Found(found) = step {
            print_line(&if arguments.json { json!(*found).to_string() } else { line(&found) });
        }
    });
    for note in notes {
        tell(&format!("Note: {note}\n"));
    }
    if summary.unreadable > 0 {
        tell(&format!("{} folders could not be read.\n", summary.unreadable));
    }
    if summary.cut_short {
        tell("There is more than this program looks at; name a folder with --folder.\n");
    }
    if summary.found == 0 && !arguments.json {
        tell(
            "No model was found. Look further with --find or --folder, or download one: pseudoword fetch --list.\n",
        );
    }
    Ok(())
}

/// The models that were used in the window.
fn recent(home: &DataDir) -> Vec<PathBuf> {
    #[derive(Default, Deserialize)]
    struct Window {
        #[serde(default)]
        models: Vec<PathBuf>,
    }
    read_toml::<Window>(FileKind::Settings, &home.window()).unwrap_or_default().models
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
