//! ComfyUI: its own `models` folder, `extra_model_paths.yaml`, and the folders of its desktop application.
//!
//! Source: `folder_paths.py` and `utils/extra_config.py` of ComfyUI, `comfyServerConfig.ts` and `pathHandlers.ts`
//! of its desktop application.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::discovery::environment::{Environment, resolve};
use crate::discovery::places::{Holds, Origin, Places};

pub(in crate::discovery) fn is_here(folder: &Path) -> bool {
    folder.join("folder_paths.py").is_file() && folder.join("comfy").is_dir()
}

pub(in crate::discovery) fn places(root: &Path, here: &Environment, found: &mut Places) {
    tree(root, found);
    extra(&root.join("extra_model_paths.yaml"), here, found);
}

/// The desktop application keeps its settings where Electron puts them and its models in a folder that it asks for.
pub(in crate::discovery) fn desktop(here: &Environment, found: &mut Places) {
    let settings = here.config.join("ComfyUI");
    let mut bases: Vec<PathBuf> = vec![here.documents.join("ComfyUI"), settings.clone()];
    let config = found.json(&settings.join("config.json"));
    if let Some(base) = config.as_ref().and_then(|config| config.get("basePath")).and_then(Value::as_str) {
        bases.insert(0, here.expand(base).into());
    }
    for base in bases {
        tree(&base, found);
        extra(&base.join("extra_model_paths.yaml"), here, found);
    }
    extra(&settings.join("extra_models_config.yaml"), here, found);
    extra(&settings.join("extra_model_paths.yaml"), here, found);
}

fn tree(base: &Path, found: &mut Places) {
    for (name, holds) in FOLDERS {
        found.add(base.join("models").join(name), Origin::ComfyUi, *holds);
    }
}

/// The kinds of folder that can hold what we want, by their name in ComfyUI.
const FOLDERS: &[(&str, Holds)] =
    &[("checkpoints", Holds::Models), ("diffusers", Holds::Models), ("embeddings", Holds::Embeddings)];

/// Sections, each with an optional `base_path` and with one or several folders a line for each kind. The folders
/// of sections marked as default come first, as they do there.
fn extra(path: &Path, here: &Environment, found: &mut Places) {
    let Some(yaml) = found.yaml(path) else { return };
    // A file in which everything is commented out is empty.
    if yaml.is_null() {
        return;
    }
    let Some(sections) = yaml.as_object() else {
        found.note(path, "it is not a list of sections with folders");
        return;
    };
    let beside = path.parent().unwrap_or(Path::new("."));
    let mut sections: Vec<&serde_json::Map<String, Value>> =
        sections.values().filter_map(Value::as_object).collect();
    sections.sort_by_key(|section| !section.get("is_default").and_then(Value::as_bool).unwrap_or(false));
    for section in sections {
        let base = section.get("base_path").and_then(Value::as_str);
        let base = base.map_or_else(|| beside.to_path_buf(), |base| resolve(beside, &here.expand(base)));
        for (kind, holds) in FOLDERS {
            let folders = match section.get(*kind) {
                Some(Value::String(lines)) => lines.lines().collect(),
                Some(Value::Array(folders)) => folders.iter().filter_map(Value::as_str).collect(),
                _ => Vec::new(),
            };
            for folder in folders.into_iter().map(str::trim).filter(|folder| !folder.is_empty()) {
                found.add(resolve(&base, &here.expand(folder)), Origin::ComfyUi, *holds);
            }
        }
    }
}
