//! What is to be drawn, out of a text or a file: the settings of another picture, many prompts, a saved grid.
//!
//! It reads and looks for files by their hashes; what becomes of it is the window's.

use std::path::Path;

use super::message::{Answer, ReadSettings};
use base::{Error, Result};
use format::grid_file;
use format::infotext::{NamedLora, has_settings, parse_parameters};
use models::named_files::{lora_file, named_files};
use project::{DataDir, GenerateSettings, LoraUse, prompt_list};

/// The settings in a text, with the files that it names.
///
/// # Errors
/// [`Error::Input`] if there are none in it.
pub(super) fn settings(home: &DataDir, text: &str) -> Result<Answer> {
    if !has_settings(text) {
        let fault = "The clipboard holds no settings of a picture";
        let remedy = "Copy the whole text from the picture's page, with the line that begins with Steps.";
        return Err(Error::input(fault, remedy));
    }
    let info = parse_parameters(text);
    let (files, _) = named_files(&info, home);
    let (loras, missing) = loras(home, info.loras());
    Ok(Answer::Settings(Box::new(ReadSettings { info, files, loras, missing })))
}

/// Those of these LoRAs that are on this disk, and the names of the others.
pub(super) fn loras(home: &DataDir, named: Vec<NamedLora>) -> (Vec<LoraUse>, Vec<String>) {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for lora in named {
        match lora_file(&lora, home) {
            Some(file) => found.push(LoraUse { file, weight: lora.weight }),
            None => missing.push(lora.name),
        }
    }
    (found, missing)
}

/// The prompts of a file, or a saved grid, by the file's ending.
pub(super) fn read(home: &DataDir, path: &Path, settings: &GenerateSettings) -> Result<Vec<Answer>> {
    let ends = |known: &str| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(known));
    Ok(vec![match ends("toml") || ends("png") {
        true => Answer::Grid(Box::new(grid_file::read(path)?)),
        false => Answer::Prompts(prompt_list::read(path, settings)?, home.clone()),
    }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use project::files::sha256;

    #[test]
    fn a_text_names_its_files_by_their_hashes() {
        let place = tempfile::tempdir().unwrap();
        let home = DataDir::at(place.path().to_path_buf());
        std::fs::create_dir_all(home.words()).unwrap();
        let word = home.words().join("bulb.safetensors");
        std::fs::write(&word, b"numbers").unwrap();
        let text = format!(
            "a bulb <lora:storm:0.8>\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, TI hashes: \"bulb: {}\"",
            &sha256(b"numbers")[..12]
        );
        let Answer::Settings(read) = settings(&home, &text).unwrap() else { panic!("another answer") };
        assert_eq!(read.files[0].path.as_ref(), Some(&word));
        assert_eq!(
            (read.info.steps, read.loras.len(), &read.missing[..]),
            (20, 0, &["storm".to_owned()][..])
        );
    }

    #[test]
    fn a_text_without_settings_is_said() {
        let said = settings(&DataDir::at("/nowhere".into()), "a cat, at 5: a dog").unwrap_err().to_string();
        assert!(said.contains("no settings") && said.contains("Steps"), "{said}");
    }

    #[test]
    fn files_of_prompts_and_grids_are_told_apart() {
        let place = tempfile::tempdir().unwrap();
        let home = DataDir::at(place.path().to_path_buf());
        let path = place.path().join("a.txt");
        std::fs::write(&path, "a cat\na dog\n").unwrap();
        let found = read(&home, &path, &GenerateSettings::default()).unwrap();
        assert!(matches!(&found[..], [Answer::Prompts(list, _)] if list.len() == 2), "{found:?}");
        let path = place.path().join("a.toml");
        std::fs::write(&path, "model = 3").unwrap();
        let said = read(&home, &path, &GenerateSettings::default()).unwrap_err().to_string();
        assert!(said.contains("a.toml"), "{said}");
    }
}
