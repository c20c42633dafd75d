//! StabilityMatrix: its library, shared among the programs it installs.
//!
//! Source: `SettingsManager.cs` and `SharedFolderType.cs`. The library is where `library.json` says, in the usual
//! folder, or beside a portable copy of the program.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::discovery::environment::{Environment, resolve};
use crate::discovery::places::{Holds, Origin, Places};

/// Whether a portable copy is in this folder.
pub(in crate::discovery) fn is_portable(folder: &Path) -> bool {
    folder.join("Data/.sm-portable").is_file()
}

/// The libraries there are.
pub(in crate::discovery) fn libraries(here: &Environment, found: &mut Places) -> Vec<PathBuf> {
    let settings = here.config.join("StabilityMatrix");
    let named = found.json(&settings.join("library.json"));
    let named = named.as_ref().and_then(|library| library.get("LibraryPath")).and_then(Value::as_str);
    let named = named.filter(|path| !path.trim().is_empty()).map(|path| PathBuf::from(here.expand(path)));
    let usual = [settings, here.home.join("StabilityMatrix"), here.data.join("StabilityMatrix")];
    let mut libraries: Vec<PathBuf> = Vec::new();
    for library in named.into_iter().chain(usual) {
        if (library.join("Models").is_dir() || library.join("settings.json").is_file())
            && !libraries.contains(&library)
        {
            libraries.push(library);
        }
    }
    libraries
}

pub(in crate::discovery) fn places(library: &Path, found: &mut Places) {
    let settings = found.json(&library.join("settings.json"));
    let other =
        settings.as_ref().and_then(|settings| settings.get("ModelDirectoryOverride")).and_then(Value::as_str);
    let other = other.filter(|path| !path.trim().is_empty()).map(|path| resolve(library, path));
    for models in other.into_iter().chain([library.join("Models")]) {
        found.add(models.join("StableDiffusion"), Origin::StabilityMatrix, Holds::Models);
        found.add(models.join("Diffusers"), Origin::StabilityMatrix, Holds::Models);
        // The second name is that of older versions.
        found.add(models.join("Embeddings"), Origin::StabilityMatrix, Holds::Embeddings);
        found.add(models.join("TextualInversion"), Origin::StabilityMatrix, Holds::Embeddings);
    }
}
