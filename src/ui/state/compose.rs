//! What is to be drawn, as the artist left it, and the grids that are.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use base::Result;
use project::GenerateSettings;
use project::grid::{GridKind, GridPlan, GridSide};

/// Characters of a prompt, and of anything else that is pasted: to show more of them takes longer than a frame may.
pub const LONGEST: usize = 20_000;

/// Cuts a text where a field for it ends; whether there was more.
pub fn shorten(text: &mut String) -> bool {
    // As many bytes hold no more characters, and are not counted.
    let end = if text.len() > LONGEST { text.char_indices().nth(LONGEST) } else { None };
    if let Some((end, _)) = end {
        text.truncate(end);
    }
    end.is_some()
}

/// Whether there is no room for more behind a text.
pub fn is_full(text: &str) -> bool {
    text.len() >= LONGEST && text.chars().nth(LONGEST - 1).is_some()
}

/// A grid of pictures being drawn or drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct GridView {
    /// Names it.
    pub id: u64,
    /// One label for each row.
    pub rows: Vec<String>,
    /// One label for each column.
    pub columns: Vec<String>,
    /// The files of `rows x columns` pictures, by row, as far as they are drawn.
    pub cells: Vec<Option<PathBuf>>,
}

impl GridView {
    /// A grid of which nothing is drawn.
    pub fn new(id: u64, rows: Vec<String>, columns: Vec<String>) -> Self {
        let cells = vec![None; rows.len() * columns.len()];
        Self { id, rows, columns, cells }
    }
}

/// What comes to the large side of Compose by itself, in place of whatever is there. Each has a name of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Came {
    #[default]
    Nothing,
    /// A picture of a plain drawing: a grid makes way, and so do all pictures at once.
    Picture(u64),
    /// A grid has begun.
    Grid(u64),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ComposeDraft {
    /// Prompt, sampler, size, seed.
    pub settings: GenerateSettings,
    /// Keep the seed from one drawing to the next.
    pub seed_locked: bool,
    /// What the composer row says: "a photo of", a thing, a style.
    pub opening: String,
    /// The sides of the next grid.
    pub grid: GridForm,
}

impl Default for ComposeDraft {
    fn default() -> Self {
        let (settings, grid) = (GenerateSettings::default(), GridForm::default());
        Self { settings, seed_locked: false, opening: "a photo of".into(), grid }
    }
}

impl ComposeDraft {
    /// Takes a new seed for the next drawing, unless the one there is to be kept. Variations are of one picture, whose seed
    /// stays.
    pub fn take_seed(&mut self, seed: u64) {
        let settings = &mut self.settings;
        match settings.variation > 0.0 {
            _ if self.seed_locked => {}
            true => settings.variation_seed = seed,
            false => settings.seed = seed,
        }
    }
}

/// The sides of a grid as they are typed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GridForm {
    /// What changes downwards.
    pub down: GridKind,
    /// To what.
    pub down_values: String,
    /// What changes across; nothing if it has no values.
    pub across: GridKind,
    pub across_values: String,
}

impl Default for GridForm {
    fn default() -> Self {
        let (down, across) = (GridKind::Guidance, GridKind::Seed);
        Self { down, down_values: "3, 5, 7.5".into(), across, across_values: "1-3".into() }
    }
}

impl GridForm {
    /// The grid, if it can be one.
    pub fn plan(&self) -> Result<GridPlan> {
        let rows = GridSide::parse(self.down, &self.down_values)?;
        let across = Some(&self.across_values).filter(|values| !values.trim().is_empty());
        let columns = across.map(|values| GridSide::parse(self.across, values)).transpose()?;
        let plan = GridPlan { rows, columns };
        plan.validate().map(|()| plan)
    }
}

impl From<GridPlan> for GridForm {
    fn from(plan: GridPlan) -> Self {
        let across = plan.columns.as_ref().map_or(GridKind::Seed, |side| side.kind);
        let across_values = plan.columns.as_ref().map_or_else(String::new, GridSide::text);
        Self { down: plan.rows.kind, down_values: plan.rows.text(), across, across_values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_ends_after_so_many_characters_in_any_script() {
        for letter in ["a", "ね"] {
            let mut text = letter.repeat(LONGEST);
            assert!(is_full(&text) && !shorten(&mut text));
            let whole = text.clone();
            text.push_str("more");
            assert!(shorten(&mut text) && text == whole);
            text.truncate(text.len() - letter.len());
            assert!(!is_full(&text) && !shorten(&mut text));
        }
    }
}
