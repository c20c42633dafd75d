//! The cache that Hugging Face's libraries share: one folder for each repository, with a snapshot for each
//! revision.
//!
//! Source: the guide "Understand caching" of huggingface_hub. Of several snapshots the one that the branch `main`
//! points to is taken. Files there are usually links to blobs; they are followed.

use std::path::{Path, PathBuf};

use crate::discovery::environment::Environment;
use crate::discovery::places::{Holds, Origin, Places};
use base::text_file;
use project::files::inside;

/// How many repositories, and files at the top of one, are looked at.
const MOST: usize = 5000;

/// The cache's folder, by the variables that name it.
fn folder(here: &Environment) -> PathBuf {
    let named = ["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"].iter().find_map(|name| here.variable_path(name));
    let home = || here.variable_path("HF_HOME").map(|home| home.join("hub"));
    let shared = || here.variable_path("XDG_CACHE_HOME").map(|cache| cache.join("huggingface/hub"));
    named.or_else(home).or_else(shared).unwrap_or_else(|| here.home.join(".cache/huggingface/hub"))
}

pub(in crate::discovery) fn cache(here: &Environment, found: &mut Places) {
    let mut repositories: Vec<PathBuf> = inside(&folder(here)).take(MOST).collect();
    repositories.sort();
    for repository in repositories {
        let name = repository.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(name) = name.strip_prefix("models--").map(|name| name.replacen("--", "/", 1)) else {
            continue;
        };
        if let Some(snapshot) = snapshot(&repository) {
            contents(&snapshot, name, found);
        }
    }
}

fn contents(snapshot: &Path, name: String, found: &mut Places) {
    if snapshot.join("model_index.json").is_file() {
        found.exact(snapshot.to_path_buf(), Origin::HuggingFace, Holds::Models, Some(name));
        return;
    }
    let mut files: Vec<PathBuf> = inside(snapshot).take(MOST).filter(|path| path.is_file()).collect();
    files.sort();
    for file in files {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let ending = file.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        if stem.starts_with("learned_embeds") && ["safetensors", "bin", "pt"].contains(&ending.as_str()) {
            found.exact(file, Origin::HuggingFace, Holds::Embeddings, Some(name.clone()));
        } else if ["safetensors", "ckpt"].contains(&ending.as_str()) {
            // Weights of one part alone lie at the top too; their content tells.
            found.exact(file, Origin::HuggingFace, Holds::Anything, Some(format!("{name}/{stem}")));
        }
    }
}

/// The snapshot in use: that of `main`, else the newest.
fn snapshot(repository: &Path) -> Option<PathBuf> {
    let snapshots = repository.join("snapshots");
    let main = text_file::read_start(&repository.join("refs/main"), 128);
    let main = main.trim();
    let plain = !main.is_empty() && main.len() <= 64 && main.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let main = snapshots.join(main);
    if plain && main.is_dir() {
        return Some(main);
    }
    let folders = inside(&snapshots).take(MOST).filter(|path| path.is_dir());
    folders.max_by_key(|path| path.metadata().and_then(|data| data.modified()).ok())
}
