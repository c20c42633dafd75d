//! A grid of pictures as plain data: what changes from row to row and from column to column, and the file that draws it
//! again.
//!
//! A side is a kind and its values, written as other programs write them: with commas between them, or as a range. What a
//! value of a learned word does to a prompt is decided where prompts are read; nothing is drawn here. Its length is that of the list of sides, with its tests.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::generate::GenerateSettings;
use super::named_enum::named_enum;
use super::options;
use super::options::within;
use super::sampler::{SamplerKind, SigmaSpacing};
use super::settings::MAX_SEED;
use super::typed::COMMAS;
use base::{Error, FileKind, Result};

named_enum! {
    /// What changes along a side of a grid.
    pub enum GridKind as "side of a grid" {
        /// Another chance in each: the same prompt, another picture.
        Seed = "seed" as "Seed",
        /// Another learned word in place of the one in the prompt, or of {}.
        Word = "word" as "Word",
        /// How strongly the learned word speaks, from a whisper to a shout.
        Weight = "weight" as "Word weight",
        /// The word of a run as it was at each of its kept steps.
        Step = "step" as "Training step",
        /// Another way from noise to a picture.
        Sampler = "sampler" as "Sampler",
        /// Another spread of the noise levels.
        Spacing = "spacing" as "Spacing",
        /// How strictly the prompt is followed.
        Guidance = "guidance" as "Guidance",
        /// Other words in place of the first of these, wherever the prompt has that.
        Prompt = "prompt" as "Prompt part" also ["Prompt S/R"],
    }
}

/// Most values of a side, and most pictures of a grid.
pub const MOST_CELLS: usize = 400;
/// The most that a word may be weighted by.
const HEAVIEST: f64 = 10.0;

/// One side of a grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GridSide {
    /// What changes.
    pub kind: GridKind,
    /// To what, one for each row or column.
    pub values: Vec<String>,
}

impl GridSide {
    /// Reads `1, 2, 5`, `"a, b", c`, and of numbers `1-5`, `1-10 (+3)` and `0.5-1.5 [5]`.
    ///
    /// # Errors
    /// [`Error::Input`] if there is no value, or one that its kind has not.
    pub fn parse(kind: GridKind, text: &str) -> Result<Self> {
        let mut values = Vec::new();
        for part in parts(text) {
            let numbers = kind.is_number().then(|| spread(&part)).flatten();
            match numbers {
                Some(numbers) => values.extend(numbers.into_iter().map(|number| kind.written(number))),
                None if kind == GridKind::Seed => {
                    let seed = options::seed(&part).map_err(|fault| {
                        Error::input(
                            format!("“{part}” is no seed: {fault}"),
                            "Write seeds with commas between them.",
                        )
                    })?;
                    values.push(seed.to_string());
                }
                None => values.push(part),
            }
            if values.len() > MOST_CELLS {
                break;
            }
        }
        let side = Self { kind, values };
        side.validate()?;
        Ok(side)
    }

    /// Checks every value.
    ///
    /// # Errors
    /// [`Error::Input`] that names the first value that cannot be.
    pub fn validate(&self) -> Result<()> {
        let (kind, count) = (self.kind, self.values.len());
        if count == 0 {
            let fault = format!("The side “{}” of the grid has no values", kind.label());
            return Err(Error::input(fault, format!("Write some, such as {}.", kind.example())));
        }
        if count > MOST_CELLS {
            let fault = format!("The side “{}” of the grid has more than {MOST_CELLS} values", kind.label());
            return Err(Error::input(fault, "Write fewer."));
        }
        let mut settings = GenerateSettings::default();
        for (place, value) in self.values.iter().enumerate() {
            self.apply(place, &mut settings)?;
            match kind {
                GridKind::Seed => within("seed", settings.seed, 0, MAX_SEED)?,
                GridKind::Guidance => within("guidance", settings.guidance.unwrap_or_default(), 0.0, 100.0)?,
                GridKind::Weight => within("weight", self.number(place)?, -HEAVIEST, HEAVIEST)?,
                GridKind::Step => _ = self.step(place)?,
                GridKind::Word if value.trim().is_empty() => {
                    return Err(Error::input(
                        "A word of the grid has no name",
                        "Name the word, such as <cat>.",
                    ));
                }
                _ => {}
            }
        }
        let first = self.values.first().is_some_and(|first| first.trim().is_empty());
        if kind == GridKind::Prompt && (first || count < 2) {
            let fault =
                "A side of prompt parts needs the words that are replaced, and what they are replaced by";
            return Err(Error::input(
                fault,
                format!("Write them in this order, such as {}.", kind.example()),
            ));
        }
        Ok(())
    }

    /// Changes settings to what they are at a place of the side, as far as no learned word is concerned.
    ///
    /// # Errors
    /// [`Error::Input`] if the value cannot be read.
    pub fn apply(&self, place: usize, settings: &mut GenerateSettings) -> Result<()> {
        let value = self.value(place);
        match self.kind {
            GridKind::Seed => {
                settings.seed = value.trim().parse().map_err(|_| self.no_number(value))?;
                // Side by side they are pictures of their own, and no variations of one.
                settings.variation = 0.0;
            }
            GridKind::Sampler => settings.sampler = value.parse()?,
            GridKind::Spacing => settings.spacing = value.parse::<SigmaSpacing>()?,
            GridKind::Guidance => settings.guidance = Some(self.number(place)?),
            GridKind::Word | GridKind::Weight | GridKind::Step | GridKind::Prompt => {}
        }
        Ok(())
    }

    /// A prompt with the words of this place for the first ones; as it is where the side is of another kind.
    ///
    /// # Errors
    /// [`Error::Input`] if neither prompt has the words that are to be replaced.
    pub fn replace_in(&self, place: usize, settings: &mut GenerateSettings) -> Result<()> {
        let Some(first) = self.values.first().filter(|_| self.kind == GridKind::Prompt) else {
            return Ok(());
        };
        let prompts = [&mut settings.prompt, &mut settings.negative_prompt];
        if !prompts.iter().any(|prompt| prompt.contains(first.as_str())) {
            let fault = format!("Neither prompt has “{first}”, which the grid is to replace");
            return Err(Error::input(fault, "Begin the list with words just as they stand in the prompt."));
        }
        prompts.into_iter().for_each(|prompt| *prompt = prompt.replace(first.as_str(), self.value(place)));
        Ok(())
    }

    /// The number at a place.
    ///
    /// # Errors
    /// [`Error::Input`] if there is none.
    pub fn number(&self, place: usize) -> Result<f64> {
        let value = self.value(place);
        value
            .trim()
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .ok_or_else(|| self.no_number(value))
    }

    /// The training step at a place.
    ///
    /// # Errors
    /// [`Error::Input`] if there is none.
    pub fn step(&self, place: usize) -> Result<u64> {
        self.value(place).trim().parse().map_err(|_| self.no_number(self.value(place)))
    }

    /// What stands beside a row or above a column.
    pub fn label(&self, place: usize) -> String {
        let value = self.value(place);
        match self.kind {
            GridKind::Seed | GridKind::Weight | GridKind::Step | GridKind::Guidance => {
                format!("{} {value}", self.kind.name())
            }
            GridKind::Sampler => {
                value.parse().map_or(value.to_owned(), |kind: SamplerKind| kind.label().to_owned())
            }
            GridKind::Spacing => {
                value.parse().map_or(value.to_owned(), |kind: SigmaSpacing| kind.label().to_owned())
            }
            GridKind::Word | GridKind::Prompt => value.to_owned(),
        }
    }

    /// Its values as [`Self::parse`] reads them.
    pub fn text(&self) -> String {
        let quoted =
            |value: &String| match value.contains(COMMAS) || value.contains('"') || value.trim() != value {
                true => format!("\"{}\"", value.replace('"', "\"\"")),
                false => value.clone(),
            };
        self.values.iter().map(quoted).collect::<Vec<_>>().join(", ")
    }

    fn value(&self, place: usize) -> &str {
        self.values.get(place).map_or("", String::as_str)
    }

    fn no_number(&self, value: &str) -> Error {
        let (name, example) = (self.kind.name(), self.kind.example());
        Error::input(format!("“{value}” is no {name}"), format!("Write numbers such as {example}."))
    }
}

impl GridKind {
    /// Values that it could have, as they are written.
    pub fn example(self) -> &'static str {
        match self {
            Self::Seed => "1, 2, 3 or 1-3",
            Self::Word => "<cat>, <dog>",
            Self::Weight => "0.6, 1, 1.4 or 0.6-1.4 [5]",
            Self::Step => "100, 200, 300",
            Self::Sampler => "Euler a, DPM++ 2M, Heun",
            Self::Spacing => "Karras, Beta, Simple",
            Self::Guidance => "3, 5, 7.5 or 3-9 (+2)",
            Self::Prompt => "spring, autumn, winter",
        }
    }

    fn is_number(self) -> bool {
        matches!(self, Self::Seed | Self::Weight | Self::Step | Self::Guidance)
    }

    /// A number of a range as it is written: seeds and steps are whole.
    fn written(self, number: f64) -> String {
        let whole = matches!(self, Self::Seed | Self::Step);
        let places = if whole { 1.0 } else { 1e4 };
        ((number * places).round() / places).to_string()
    }
}

/// What stands between commas, without the space around it; what is in quotes keeps its commas.
fn parts(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let mut part = String::new();
        if let Some(quoted) = rest.strip_prefix('"') {
            rest = quoted;
            while let Some(at) = rest.find('"') {
                part.push_str(&rest[..at]);
                rest = &rest[at + 1..];
                match rest.strip_prefix('"') {
                    Some(after) => {
                        part.push('"');
                        rest = after;
                    }
                    None => break,
                }
            }
        }
        let end = rest.find(COMMAS).unwrap_or(rest.len());
        part.push_str(rest[..end].trim());
        found.push(part);
        // A comma at the end begins nothing; between two others it may mean that nothing is put there.
        let comma = rest[end..].chars().next().map_or(0, char::len_utf8);
        rest = rest[end + comma..].trim_start();
    }
    found
}

/// `1-5`, `1-10 (+3)`, `0.5-1.5 [5]`: the numbers of a range; `None` if it is none.
fn spread(text: &str) -> Option<Vec<f64>> {
    let at = text.find(['(', '[']).unwrap_or(text.len());
    let (range, rest) = (text[..at].trim(), text[at..].trim());
    let (low, high) = range.split_once('-')?;
    let [low, high]: [f64; 2] = [low.trim().parse().ok()?, high.trim().parse().ok()?];
    if let Some(count) = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let count: usize = count.trim().parse().ok().filter(|count| *count >= 2)?;
        // One too many is refused as such.
        let count = count.min(MOST_CELLS + 1);
        return Some((0..count).map(|i| low + (high - low) * i as f64 / (count - 1) as f64).collect());
    }
    let step: f64 = match rest {
        "" => 1.0,
        rest => rest.strip_prefix("(+")?.strip_suffix(')')?.trim().parse().ok()?,
    };
    // Beyond this, whole numbers are not told apart.
    let rising = step > 0.0 && high >= low && high < 9e15;
    let numbers = || (0..=MOST_CELLS).map(|i| low + step * i as f64);
    rising.then(|| numbers().take_while(|number| *number <= high + step * 1e-6).collect())
}

/// What changes from row to row, and from column to column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GridPlan {
    /// Downwards.
    pub rows: GridSide,
    /// Across; one column without a name where nothing changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<GridSide>,
}

impl GridPlan {
    /// Checks both sides, and that they do not contradict each other.
    ///
    /// # Errors
    /// [`Error::Input`] that says what cannot be.
    pub fn validate(&self) -> Result<()> {
        self.sides().try_for_each(GridSide::validate)?;
        let kind = self.rows.kind;
        if self.columns.as_ref().is_some_and(|columns| columns.kind == kind) && kind != GridKind::Prompt {
            let fault = format!("Both sides of the grid are “{}”", kind.label());
            return Err(Error::input(fault, "Choose another kind for one of them."));
        }
        if self.has(GridKind::Word) && self.has(GridKind::Step) {
            let fault = "A grid of words has no training steps, which are those of one word";
            return Err(Error::input(fault, "Choose another kind for one of the sides."));
        }
        if self.cells() > MOST_CELLS {
            let fault = format!("The grid has {} pictures", self.cells());
            return Err(Error::input(fault, format!("Choose fewer values: {MOST_CELLS} pictures at most.")));
        }
        Ok(())
    }

    /// The rows, then the columns if there are any.
    pub fn sides(&self) -> impl Iterator<Item = &GridSide> {
        std::iter::once(&self.rows).chain(&self.columns)
    }

    /// Whether one of the sides is of a kind.
    pub fn has(&self, kind: GridKind) -> bool {
        self.sides().any(|side| side.kind == kind)
    }

    /// How many rows and columns there are.
    pub fn size(&self) -> [usize; 2] {
        [self.rows.values.len(), self.columns.as_ref().map_or(1, |side| side.values.len())]
    }

    /// How many pictures there are.
    pub fn cells(&self) -> usize {
        self.size().iter().product()
    }

    /// What stands beside the rows and above the columns.
    pub fn labels(&self) -> [Vec<String>; 2] {
        let all = |side: &GridSide| (0..side.values.len()).map(|place| side.label(place)).collect();
        [all(&self.rows), self.columns.as_ref().map_or_else(|| vec![String::new()], all)]
    }

    /// The sides with the place that a cell has on each; cells are counted row by row.
    pub fn places(&self, cell: usize) -> impl Iterator<Item = (&GridSide, usize)> {
        let across = self.size()[1].max(1);
        self.sides().zip([cell / across, cell % across])
    }
}

/// Everything that a grid is drawn with, as it stands in its file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GridDocument {
    /// The model's path.
    pub model: PathBuf,
    /// Files of learned words.
    #[serde(default)]
    pub words: Vec<PathBuf>,
    /// The run whose steps are drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<PathBuf>,
    /// What changes.
    pub plan: GridPlan,
    /// What does not.
    pub settings: GenerateSettings,
}

impl GridDocument {
    /// The same with whole paths, which mean the same wherever it is drawn again from.
    ///
    /// # Errors
    /// [`Error::Io`] if this program's own folder is gone.
    pub fn with_whole_paths(mut self) -> Result<Self> {
        let GenerateSettings { loras, wildcards, .. } = &mut self.settings;
        let own = [&mut self.model].into_iter().chain(&mut self.words).chain(&mut self.run);
        for path in own.chain(loras.iter_mut().map(|lora| &mut lora.file)).chain(wildcards) {
            *path = std::path::absolute(&*path).map_err(|error| Error::read(path, error))?;
        }
        Ok(self)
    }

    /// The document as TOML, for a file at `path`.
    ///
    /// # Errors
    /// [`Error::File`] if a path in it is not Unicode.
    pub fn to_toml(&self, path: &Path) -> Result<String> {
        super::files::to_toml(FileKind::Settings, path, self)
    }

    /// Reads a document that stood in `path`, and checks it.
    ///
    /// # Errors
    /// [`Error::File`] that says what is wrong with it.
    pub fn from_toml(text: &str, path: &Path) -> Result<Self> {
        let refuse = |fault: String| {
            let remedy = "Choose the file that was saved with a grid, or correct it with a text editor.";
            Error::file(FileKind::Settings, path, fault, remedy)
        };
        let document: Self =
            toml::from_str(text).map_err(|error| refuse(super::files::describe(text, &error)))?;
        let checked = document.plan.validate().and_then(|()| document.settings.validate());
        checked.map(|()| document).map_err(|error| refuse(error.to_string().trim_end_matches('.').to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(kind: GridKind, text: &str) -> GridSide {
        GridSide::parse(kind, text).unwrap()
    }

    #[test]
    fn values_are_written_as_elsewhere() {
        for (kind, text, values) in [
            (GridKind::Seed, "1, 2,5,", &["1", "2", "5"][..]),
            (GridKind::Seed, "3-6", &["3", "4", "5", "6"]),
            (GridKind::Step, "100-500 (+150)", &["100", "250", "400"]),
            (GridKind::Weight, "0.6-1.4 [5]", &["0.6", "0.8", "1", "1.2", "1.4"]),
            (GridKind::Guidance, "1-2 (+0.25), 7", &["1", "1.25", "1.5", "1.75", "2", "7"]),
            (GridKind::Weight, "-1, 0.5", &["-1", "0.5"]),
            (GridKind::Sampler, "Euler a, dpmpp-2m", &["Euler a", "dpmpp-2m"]),
            (GridKind::Spacing, "Karras,beta", &["Karras", "beta"]),
            (GridKind::Prompt, "red, \"blue, bright\", ", &["red", "blue, bright"]),
            (GridKind::Prompt, "red, , blue", &["red", "", "blue"]),
            (GridKind::Prompt, "赤、\"青、緑\"，白、", &["赤", "青、緑", "白"]),
        ] {
            let side = side(kind, text);
            assert_eq!(side.values, values, "{text}");
            assert_eq!(GridSide::parse(kind, &side.text()).unwrap(), side, "{}", side.text());
        }
        assert!(side(GridKind::Seed, "-1").values[0].parse::<u64>().is_ok());
    }

    #[test]
    fn what_cannot_be_is_said_in_a_sentence() {
        for (kind, text, part) in [
            (GridKind::Seed, "", "no values"),
            (GridKind::Seed, "1, many", "many"),
            (GridKind::Guidance, "7, strong", "strong"),
            (GridKind::Guidance, "700", "100"),
            (GridKind::Weight, "11", "weight is 11"),
            (GridKind::Step, "2.5", "2.5"),
            (GridKind::Sampler, "Euler, Restart", "Restart"),
            (GridKind::Spacing, "wide", "wide"),
            (GridKind::Prompt, "red", "replaced by"),
            (GridKind::Seed, "1-399, 500, 501", "400"),
            (GridKind::Seed, "1-100000000", "more than 400 values"),
            (GridKind::Guidance, "1-9 (+0.001)", "more than 400 values"),
            (GridKind::Weight, "0-1 [500]", "more than 400 values"),
        ] {
            let said = GridSide::parse(kind, text).unwrap_err().to_string();
            assert!(said.contains(part) && said.ends_with('.'), "{text}: {said}");
        }
        let plan = |rows: GridSide, columns: GridSide| GridPlan { rows, columns: Some(columns) };
        let seeds = || side(GridKind::Seed, "1-30");
        for (plan, part) in [
            (plan(seeds(), seeds()), "Both sides"),
            (plan(seeds(), side(GridKind::Guidance, "1-20")), "600 pictures"),
            (plan(side(GridKind::Word, "<a>"), side(GridKind::Step, "1")), "training steps"),
        ] {
            let said = plan.validate().unwrap_err().to_string();
            assert!(said.contains(part), "{said}");
        }
        let parts = || side(GridKind::Prompt, "a, b");
        assert!(plan(parts(), parts()).validate().is_ok());
    }

    #[test]
    fn cells_are_counted_row_by_row() {
        let (rows, columns) = (side(GridKind::Prompt, "red, blue"), Some(side(GridKind::Seed, "5, 6, 7")));
        let plan = GridPlan { rows, columns };
        assert_eq!((plan.size(), plan.cells()), ([2, 3], 6));
        let mut settings = GenerateSettings {
            prompt: "a red hat, red".into(),
            negative_prompt: "red hair".into(),
            variation: 0.5,
            ..Default::default()
        };
        for (side, place) in plan.places(5) {
            side.apply(place, &mut settings).unwrap();
            side.replace_in(place, &mut settings).unwrap();
        }
        assert_eq!(
            (settings.prompt.as_str(), settings.negative_prompt.as_str()),
            ("a blue hat, blue", "blue hair")
        );
        assert_eq!((settings.seed, settings.variation), (7, 0.0));
        let mut lacks = GenerateSettings::default();
        let said = plan.rows.replace_in(1, &mut lacks).unwrap_err().to_string();
        assert!(said.contains("“red”"), "{said}");
        let [rows, columns] = plan.labels();
        assert_eq!((rows.join("|"), columns.join("|")), ("red|blue".into(), "seed 5|seed 6|seed 7".into()));
        let alone = GridPlan { columns: None, ..plan };
        assert_eq!((alone.size(), alone.labels()[1].len()), ([2, 1], 1));
        assert_eq!(side(GridKind::Sampler, "euler-ancestral").label(0), "Euler ancestral");
    }

    #[test]
    fn a_document_is_read_back_and_a_damaged_one_is_refused() {
        let document = GridDocument {
            model: "/models/sd".into(),
            words: vec!["/words/猫.safetensors".into()],
            run: None,
            plan: GridPlan { rows: side(GridKind::Sampler, "Euler, Heun"), columns: None },
            settings: GenerateSettings { prompt: "a <猫> \"x\"".into(), steps: 5, ..Default::default() },
        };
        let path = Path::new("grid.toml");
        let text = document.to_toml(path).unwrap();
        assert_eq!(GridDocument::from_toml(&text, path).unwrap(), document);
        for (from, to, part) in [
            ("\"Heun\"", "\"Restart\"", "Restart"),
            ("[plan", "[plon", "grid.toml"),
            ("steps = 5", "steps = 0", "steps"),
        ] {
            let said = GridDocument::from_toml(&text.replace(from, to), path).unwrap_err().to_string();
            assert!(said.contains(part) && said.contains("grid.toml"), "{said}");
        }
    }
}
