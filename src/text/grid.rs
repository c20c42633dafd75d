//! What each picture of a grid is drawn with, once the prompt's learned words are known.
//!
//! Words are found by the same rule as everywhere else. Which file a word lies in, and what a training step left, is for
//! whoever asks; a prompt that has no place for what changes is refused with a sentence.

use std::ops::Range;

use super::prompt::{Prompt, WordNames, mentioned};
use base::{Error, Result};
use project::GenerateSettings;
use project::grid::{GridKind, GridPlan};

/// Stands for the word in a prompt that has none yet.
const PLACE: &str = "{}";

/// A picture of a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// What it is drawn with: one picture.
    pub settings: GenerateSettings,
    /// The training step whose word it shows, if that is a side of the grid.
    pub step: Option<u64>,
}

/// All pictures of a grid, row by row. `names` are those of the words that prompts may use.
///
/// # Errors
/// [`Error::Input`] if the plan or a value cannot be used with these settings.
pub fn cells(plan: &GridPlan, settings: &GenerateSettings, names: &WordNames) -> Result<Vec<Cell>> {
    plan.validate()?;
    (0..plan.cells()).map(|cell| of(plan, settings, cell, names)).collect()
}

fn of(plan: &GridPlan, settings: &GenerateSettings, cell: usize, names: &WordNames) -> Result<Cell> {
    let mut settings = GenerateSettings { count: 1, ..settings.clone() };
    let mut step = None;
    for (side, place) in plan.places(cell) {
        side.apply(place, &mut settings)?;
        side.replace_in(place, &mut settings)?;
        if side.kind == GridKind::Step {
            step = Some(side.step(place)?);
        }
    }
    // The word first, so that it is that one which is weighted, whichever side it is on.
    for (side, place) in plan.places(cell).filter(|(side, _)| side.kind == GridKind::Word) {
        let word = side.values.get(place).map_or("", String::as_str);
        if names.find(word, 0).is_none_or(|(length, _)| length != word.len()) {
            let fault = format!("There is no learned word “{word}” that fits the model");
            return Err(Error::input(fault, "Write words as the Library calls them, such as <cat>."));
        }
        settings.prompt = with_word(&settings.prompt, word, names).ok_or_else(|| {
            let fault = "The prompt has no learned word that others could take the place of";
            Error::input(fault, "Put one into the prompt, or {} where the words go.")
        })?;
    }
    for (side, place) in plan.places(cell).filter(|(side, _)| side.kind == GridKind::Weight) {
        let weight = side.number(place)?;
        settings.prompt = weighted(&settings.prompt, weight, names).ok_or_else(|| {
            let fault = "The prompt has no learned word, whose weight would change";
            Error::input(fault, "Put a learned word into the prompt.")
        })?;
    }
    settings.validate()?;
    Ok(Cell { settings, step })
}

/// A prompt with another word for `{}`, or for its first learned word wherever that stands.
fn with_word(prompt: &str, word: &str, names: &WordNames) -> Option<String> {
    if prompt.contains(PLACE) {
        return Some(prompt.replace(PLACE, word));
    }
    let known = Prompt::parse(prompt, names).mentions.into_iter();
    let known: Vec<(usize, Range<usize>)> =
        known.filter_map(|mention| Some((mention.word?, mention.span))).collect();
    let first = known.first()?.0;
    let mut text = prompt.to_owned();
    for (_, span) in known.into_iter().rev().filter(|(word, _)| *word == first) {
        text.replace_range(span, word);
    }
    Some(text)
}

/// A prompt whose first learned word counts as much as this.
pub fn weighted(prompt: &str, weight: f64, names: &WordNames) -> Option<String> {
    let (_, place) = mentioned(prompt, names).into_iter().next()?;
    let [before, word, after] =
        [0..place.start, place.clone(), place.end..prompt.len()].map(|part| &prompt[part]);
    Some(format!("{before}({word}:{weight:.2}){after}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use project::SamplerKind;
    use project::grid::GridSide;

    fn plan(rows: (GridKind, &str), columns: (GridKind, &str)) -> GridPlan {
        let side = |(kind, text)| GridSide::parse(kind, text).unwrap();
        GridPlan { rows: side(rows), columns: Some(side(columns)) }
    }

    fn prompts(plan: &GridPlan, prompt: &str) -> Result<Vec<String>> {
        let names = WordNames::new([["<cat>", "cat-toy"], ["<dog>", "dog-toy"]]);
        let settings = GenerateSettings { prompt: prompt.into(), count: 4, ..Default::default() };
        let cells = cells(plan, &settings, &names)?;
        assert!(cells.iter().all(|cell| cell.settings.count == 1));
        Ok(cells.into_iter().map(|cell| cell.settings.prompt).collect())
    }

    #[test]
    fn the_word_takes_its_place_and_is_then_weighted() {
        let words = plan((GridKind::Weight, "0.5, 1"), (GridKind::Word, "<cat>, dog-toy"));
        let expected = ["a (<cat>:0.50)", "a (dog-toy:0.50)", "a (<cat>:1.00)", "a (dog-toy:1.00)"];
        for prompt in ["a {}", "a <dog>", "a embedding:cat.pt"] {
            assert_eq!(prompts(&words, prompt).unwrap(), expected, "{prompt}");
        }
        let twice = plan((GridKind::Word, "<dog>"), (GridKind::Prompt, "snow, rain"));
        assert_eq!(
            prompts(&twice, "<cat> and <cat> in snow").unwrap(),
            ["<dog> and <dog> in snow", "<dog> and <dog> in rain"]
        );
        for (plan, prompt, part) in [
            (&words, "a house", "{}"),
            (&plan((GridKind::Word, "<gone>"), (GridKind::Seed, "1")), "a {}", "<gone>"),
            (&plan((GridKind::Weight, "1"), (GridKind::Seed, "1")), "a house", "Put a learned word"),
            (&twice, "a <cat>", "“snow”"),
        ] {
            let said = prompts(plan, prompt).unwrap_err().to_string();
            assert!(said.contains(part) && said.ends_with('.'), "{said}");
        }
    }

    #[test]
    fn steps_and_settings_go_with_their_cells() {
        let plan = plan((GridKind::Step, "100, 200"), (GridKind::Sampler, "Euler, Heun"));
        let found = cells(&plan, &GenerateSettings::default(), &WordNames::default()).unwrap();
        let found: Vec<_> = found.iter().map(|cell| (cell.step, cell.settings.sampler)).collect();
        let (euler, heun) = (SamplerKind::Euler, SamplerKind::Heun);
        let expected = [(Some(100), euler), (Some(100), heun), (Some(200), euler), (Some(200), heun)];
        assert_eq!(found, expected);
    }
}
