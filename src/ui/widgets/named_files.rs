//! The files that a picture names by their hashes, in one quiet line: the model and the words it was drawn with.

use std::path::Path;

use egui::Ui;

use super::controls;
use super::gallery::file_name;
use crate::state::AppState;
use disk::message::NamedFile;

/// Shows the files of a picture, if it names any; the whole paths when the pointer rests on the line.
pub fn ui(ui: &mut Ui, state: &AppState, picture: &Path) {
    let Some((_, files)) =
        state.named_files.as_ref().filter(|(of, files)| of == picture && !files.is_empty())
    else {
        return;
    };
    let told: Vec<String> = files.iter().map(|file| file.describe()).collect();
    controls::note(ui, &line(files)).on_hover_text(told.join("\n"));
}

/// `Model dream: dream.safetensors · word cat-toy: not among the files known here`.
fn line(files: &[NamedFile]) -> String {
    let one = |file: &NamedFile| {
        let unknown = || t!("named-unknown").to_owned();
        let place = file.path.as_ref().map_or_else(unknown, |path| file_name(path));
        if file.model {
            t!("named-model", name = file.name, place = place)
        } else {
            t!("named-word", name = file.name, place = place)
        }
    };
    t!("named-files", files = files.iter().map(one).collect::<Vec<_>>().join(" · "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said() {
        let file = |model, name: &str, path: Option<&str>| NamedFile {
            model,
            name: name.into(),
            hash: "0123456789".into(),
            path: path.map(Into::into),
        };
        let files = [file(true, "dream", Some("/models/dream.safetensors")), file(false, "cat-toy", None)];
        assert_eq!(
            line(&files),
            "Drawn with model dream: dream.safetensors · word cat-toy: not among the files known here"
        );
    }
}
