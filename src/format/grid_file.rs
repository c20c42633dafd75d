//! What a grid was drawn with, out of its file or of its picture.

use std::path::Path;

use super::png_info::{GRID, read_text};
use base::{Error, FileKind, Result, text_file};
use project::grid::GridDocument;

/// Reads a grid from its `.toml` file or its picture.
///
/// # Errors
/// [`Error::File`] if it is neither, or damaged.
pub fn read(path: &Path) -> Result<GridDocument> {
    let picture = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png"));
    let text = match picture {
        false => text_file::read(FileKind::Settings, path)?,
        true => read_text(path, GRID)?.ok_or_else(|| {
            let remedy = "Choose one that was written as a grid, or the .toml file beside it.";
            Error::file(FileKind::Picture, path, "this picture carries no settings of a grid", remedy)
        })?,
    };
    GridDocument::from_toml(&text, path)
}
