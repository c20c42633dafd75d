//! What a learned word means and what it brings along, as plain data: how the pictures for it are drawn, what is looked
//! for in them, and the reports.
//!
//! Nothing here draws, reads a model or judges what was found.

mod report;

use base::{Error, Result};
use serde::{Deserialize, Serialize};

use super::evaluation::with_word;
use super::generate::GenerateSettings;
use super::numbers::NumberFormat;
use super::options::{self, side, within};
use super::settings::{MAX_CLIP_SKIP, MAX_SEED};
use super::typed::{SEMICOLONS, entries};
pub use report::*;

/// What the starter model's own CLIP is asked for where nobody says what to look for.
pub const STARTER_ATTRIBUTES: &str = "red,yellow,green,blue,purple,white";
/// How pictures are drawn to look at a word. What is `None` the model decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, clap::Args)]
pub struct LookSettings {
    /// How many pictures to draw for each prompt, from the same seeds. More show better what is chance.
    ///
    /// 1 to 256. Default: 4, and 16 to count what they show.
    #[arg(long)]
    pub count: usize,
    /// How many steps a picture is drawn in.
    ///
    /// 1 to 1000. Default: 25.
    #[arg(long)]
    pub steps: usize,
    /// How strictly the prompt is followed: low is free, high is literal and harsh.
    ///
    /// 0 to 100. Default: what the model says it draws best at, else 7.5.
    #[arg(long)]
    pub guidance: Option<f64>,
    /// Where chance begins for the first picture of each prompt; each further one takes the next.
    ///
    /// Or -1 for one drawn at random, which the report names. Default: 0.
    #[arg(long, allow_negative_numbers = true, value_parser = options::seed)]
    pub seed: u64,
    /// Width and height of the pictures. The size the model was made for gives the best ones.
    ///
    /// A multiple of 8 from 8 to 4096. Default: the model's own.
    #[arg(long, value_name = "PIXELS")]
    pub size: Option<u32>,
    /// How deeply the model reads a prompt, counted from the last layer of the text encoder.
    ///
    /// 1 to 12. Default: as the word was learned, where its run says so, else 1.
    #[arg(long, value_name = "LAYER")]
    pub clip_skip: Option<usize>,
    /// The numbers of the networks.
    #[command(flatten)]
    #[serde(flatten)]
    pub numbers: NumberFormat,
}

impl LookSettings {
    /// The defaults, with so many pictures for each prompt.
    pub fn of(count: usize) -> Self {
        let numbers = NumberFormat::default();
        Self { count, steps: 25, guidance: None, seed: 0, size: None, clip_skip: None, numbers }
    }

    /// How one of the pictures is drawn: as `generate` draws it by itself.
    pub fn generate(&self, clip_skip: usize) -> GenerateSettings {
        GenerateSettings {
            steps: self.steps,
            guidance: self.guidance,
            seed: self.seed,
            clip_skip,
            precision: self.numbers.precision,
            weights: self.numbers.weights,
            ..GenerateSettings::default()
        }
    }

    /// Checks every range.
    pub fn validate(&self) -> Result<()> {
        within("count", self.count, 1, 256)?;
        within("steps", self.steps, 1, 1000)?;
        within("guidance", self.guidance.unwrap_or(1.0), 0.0, 100.0)?;
        within("seed", self.seed, 0, MAX_SEED - 256)?;
        within("clip_skip", self.clip_skip.unwrap_or(1), 1, MAX_CLIP_SKIP)?;
        side("size", self.size)
    }
}

/// Groups of attributes as they are typed: with commas within a group and semicolons or new lines between them. Lines
/// that begin with `#` say nothing.
///
/// # Errors
/// A group of fewer than two, of which nothing could be chosen.
pub fn read_attributes(text: &str) -> Result<Vec<Vec<String>>> {
    let said = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let mut groups = Vec::new();
    for group in said.flat_map(|line| line.split(SEMICOLONS)).filter(|group| !group.trim().is_empty()) {
        let names: Vec<String> = entries(group).map(str::to_owned).collect();
        if names.len() < 2 {
            let fault = format!("The attribute “{}” has nothing beside it to be told from", group.trim());
            return Err(Error::input(
                fault,
                "Write groups of at least two, such as 'red,green,blue;hat,no hat'.",
            ));
        }
        groups.push(names);
    }
    match groups.is_empty() {
        true => Err(Error::input("No attribute is named", "Write groups of them, such as 'red,green,blue'.")),
        false => Ok(groups),
    }
}

/// The sentence that CLIP compares with pictures: the attribute before the known word, or around it where it says so by
/// `{}`.
pub fn attribute_sentence(prompt: &str, attribute: &str, known: &str) -> String {
    match attribute.contains("{}") {
        true => with_word(prompt, &attribute.replace("{}", known)),
        false => with_word(prompt, &format!("{attribute} {known}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_come_in_groups() {
        let groups = read_attributes("red, green,blue;hat,no hat\n# said\n{} on a beach,{}\n").unwrap();
        let expected: [&[&str]; 3] =
            [&["red", "green", "blue"], &["hat", "no hat"], &["{} on a beach", "{}"]];
        assert_eq!(groups, expected);
        assert_eq!(read_attributes("赤、青；帽子，帽子なし").unwrap(), [["赤", "青"], ["帽子", "帽子なし"]]);
        for (text, part) in [("red", "“red”"), (" ;\n", "No attribute"), ("a,b;c", "“c”")] {
            let said = read_attributes(text).unwrap_err().to_string();
            assert!(said.contains(part) && said.ends_with('.'), "{said}");
        }
        let sentence = |attribute| attribute_sentence("a photo of a {}", attribute, "robot");
        assert_eq!(sentence("red"), "a photo of a red robot");
        assert_eq!(sentence("{} wearing a hat"), "a photo of a robot wearing a hat");
        LookSettings::of(16).validate().unwrap();
    }

    #[test]
    fn how_a_report_was_drawn_is_written_as_before() {
        let settings = LookSettings { size: Some(64), ..LookSettings::of(4) };
        let written = serde_json::to_value(&settings).unwrap();
        let expected = serde_json::json!({
            "count": 4, "steps": 25, "guidance": null, "seed": 0, "size": 64, "clip_skip": null,
            "precision": "auto", "weights": "full",
        });
        assert_eq!(written, expected);
        assert_eq!(serde_json::from_value::<LookSettings>(expected).unwrap(), settings);
    }
}
