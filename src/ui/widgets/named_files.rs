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
    controls::own(ui, &line(files)).on_hover_text(whole(files));
}

/// `Drawn with model dream: dream.safetensors · word cat-toy: not among the files known here`.
fn line(files: &[NamedFile]) -> String {
    let one = |file: &NamedFile| said(file, &file.name, file.path.as_deref().map(file_name));
    t!("named-files", files = files.iter().map(one).collect::<Vec<_>>().join(" · "))
}

/// Each on a line of its own, with its hash and where it is.
fn whole(files: &[NamedFile]) -> String {
    let one = |file: &NamedFile| {
        let name = format!("{} ({})", file.name, file.hash);
        said(file, &name, file.path.as_ref().map(|path| path.display().to_string()))
    };
    files.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn said(file: &NamedFile, name: &str, place: Option<String>) -> String {
    let place = place.unwrap_or_else(|| t!("named-unknown").to_owned());
    match file.model {
        true => t!("named-model", name = name, place = place),
        false => t!("named-word", name = name, place = place),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::LanguageChoice;

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
        let english = files.iter().map(NamedFile::describe).collect::<Vec<_>>().join("\n");
        assert_eq!(whole(&files), english);
        LanguageChoice::Japanese.speak();
        let japanese = whole(&files);
        LanguageChoice::English.speak();
        assert!(!japanese.contains("word") && !japanese.contains("not among"), "{japanese}");
    }
}
