//! Sentences of people that are scored in a word's place, and prompts of one's own: text files with one a line.
//!
//! The paper had people describe its concepts in at most 12 words and in at most 30 (section 5.1). What is longer is
//! refused with its number of words, so that nothing is compared with more than the paper's captions could say.

use std::path::Path;

use base::{Error, FileKind, Result, text_file};

/// Most words of a short caption.
pub const SHORT: usize = 12;
/// Most words of a long caption.
pub const LONG: usize = 30;

/// The captions in a text file, one a line; empty lines and those that begin with # are passed over.
///
/// # Errors
/// If the file cannot be read or holds none, or if one has more words than `most`.
pub fn captions_in(path: &Path, most: usize) -> Result<Vec<String>> {
    let refuse = |error: Error| match error {
        Error::Input(fault, remedy) => Error::file(FileKind::Settings, path, fault, remedy),
        other => other,
    };
    lines(path)?.iter().map(|line| checked(line, most).map_err(refuse)).collect()
}

/// Prompts in a text file, one a line.
pub(super) fn prompts_in(path: &Path) -> Result<Vec<String>> {
    let prompts = lines(path)?;
    match prompts.iter().find(|prompt| prompt.matches("{}").count() != 1) {
        None => Ok(prompts),
        Some(prompt) => {
            let fault = format!("“{prompt}” does not have one place for the word");
            let remedy = "Put {} once in each line, where the word belongs.";
            Err(Error::file(FileKind::Settings, path, fault, remedy))
        }
    }
}

/// The number of words.
pub(super) fn words(caption: &str) -> usize {
    caption.split_whitespace().count()
}

/// The caption on one line, if it has no more words than `most`.
pub(super) fn checked(caption: &str, most: usize) -> Result<String> {
    let count = words(caption);
    let refuse =
        |fault: String| Error::input(fault, format!("Describe what the pictures show in 1 to {most} words."));
    match count {
        0 => Err(refuse("A caption is empty".into())),
        count if count > most => {
            let begin = caption.split_whitespace().take(5).collect::<Vec<_>>().join(" ");
            Err(refuse(format!("The caption “{begin} …” has {count} words")))
        }
        _ => Ok(caption.split_whitespace().collect::<Vec<_>>().join(" ")),
    }
}

fn lines(path: &Path) -> Result<Vec<String>> {
    let lines = text_file::lines(FileKind::Settings, path)?;
    match lines.is_empty() {
        false => Ok(lines),
        true => Err(Error::file(
            FileKind::Settings,
            path,
            "there is no sentence in this file",
            "Write one a line.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_hold_one_sentence_a_line_and_long_ones_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("文.txt");
        let write = |text: &str| std::fs::write(&path, text).unwrap();
        write("# of five people\n\n a blue mug\twith a fox \r\na mug\n");
        assert_eq!(captions_in(&path, SHORT).unwrap(), ["a blue mug with a fox", "a mug"]);
        write(&format!("a mug\n{}\n", "very ".repeat(13)));
        let said = captions_in(&path, SHORT).unwrap_err().to_string();
        assert!(said.contains("13 words") && said.contains("文.txt") && said.contains("12"), "{said}");
        assert!(captions_in(&path, LONG).is_ok());
        write("a photo of {}\na {} and a {}\n");
        let said = prompts_in(&path).unwrap_err().to_string();
        assert!(said.contains("a {} and a {}"), "{said}");
        write("a photo of {}\n");
        assert_eq!(prompts_in(&path).unwrap(), ["a photo of {}"]);
        write("\n");
        assert!(captions_in(&path, LONG).unwrap_err().to_string().contains("no sentence"));
    }
}
