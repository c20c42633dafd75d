//! Words made of words: what goes into a mix, what is done with it, and the recipe that its file keeps.
//!
//! Plain data with its checks. It knows no vector: the arithmetic is that of `inversion::mix`, and what a sentence is in
//! a model's tokens the engine finds out.

mod recipe;

use std::path::PathBuf;

use super::named_enum::named_enum;
use super::typed::COMMAS;
use base::{Error, Result, with_defaults};
pub use recipe::{Recipe, RecipePart};

/// Most words and sentences of a mix.
const MOST: usize = 32;
/// The largest weight, of either sign.
const HEAVIEST: f64 = 100.0;

named_enum! {
    /// What is done with the words of a mix.
    pub enum MixOperation as "way to mix" {
        /// All of them at once, each as strong as its weight: something of everything.
        Sum = "sum" as "Blend",
        /// What the first has and the others have not.
        Difference = "difference" as "Without",
        /// A place on the way from the first to the second, turning evenly.
        Slerp = "slerp" as "Between",
        /// The first, moved by what tells the second from the third: from “young” to “old”, for example.
        Nudge = "nudge" as "Nudge",
        /// One behind the other, with all the vectors that they have.
        Join = "join" as "Join",
    }
}

impl MixOperation {
    /// How many words it takes, from and to.
    pub const fn takes(self) -> [usize; 2] {
        match self {
            Self::Sum | Self::Join => [1, MOST],
            Self::Difference => [2, MOST],
            Self::Slerp => [2, 2],
            Self::Nudge => [3, 3],
        }
    }

    /// Whether each word counts by its weight.
    pub const fn weighs(self) -> bool {
        matches!(self, Self::Sum | Self::Difference)
    }
}

/// Where vectors come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The file of a learned word.
    Word(PathBuf),
    /// Words that the model knows: the vectors of their tokens.
    Sentence(String),
}

/// Something that goes into a mix.
#[derive(Debug, Clone, PartialEq)]
pub struct Ingredient {
    /// Where its vectors come from.
    pub source: Source,
    /// How much of it, where the operation weighs.
    pub weight: f64,
}

impl Ingredient {
    /// Vectors that count as they are.
    pub fn of(source: Source) -> Self {
        Self { source, weight: 1.0 }
    }
}

/// How long the vectors of the result are.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum MixLength {
    /// As they come out.
    #[default]
    AsMixed,
    /// As long as the words of the model are on average.
    Usual,
    /// This long: a length for each text encoder.
    Set(Vec<f64>),
}

impl std::str::FromStr for MixLength {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let length = |part: &str| part.trim().parse().ok().filter(|length| *length > 0.0 && *length <= 1e4);
        match text.trim() {
            "as-mixed" => Ok(Self::AsMixed),
            "usual" => Ok(Self::Usual),
            numbers => {
                numbers.split(COMMAS).map(length).collect::<Option<_>>().map(Self::Set).ok_or_else(|| {
                    "write usual, as-mixed, or a length such as 0.4 (0.4,0.9 for two text encoders)"
                        .to_owned()
                })
            }
        }
    }
}

impl std::fmt::Display for MixLength {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AsMixed => f.write_str("as-mixed"),
            Self::Usual => f.write_str("usual"),
            Self::Set(lengths) => {
                let numbers: Vec<String> = lengths.iter().map(f64::to_string).collect();
                f.write_str(&numbers.join(","))
            }
        }
    }
}

with_defaults! {
    /// What is mixed, and how.
    #[derive(Debug, Clone, PartialEq)]
    pub struct MixSettings {
        /// What is done.
        pub operation: MixOperation = MixOperation::Sum,
        /// What goes in, in order.
        pub ingredients: Vec<Ingredient> = Vec::new(),
        /// Of [`MixOperation::Slerp`] how far along the way, from 0 to 1; of [`MixOperation::Nudge`] how far it is moved, where
        /// 1 is as far as the second is from the third.
        pub amount: f64 = 0.5,
        /// How many vectors each of what goes in is first made, if it has more: means of those that follow one another.
        pub vectors: Option<usize> = None,
        /// Which vectors of the result are kept, counted from 1, and in which order; all, if empty.
        pub keep: Vec<usize> = Vec::new(),
        /// How long they are.
        pub length: MixLength = MixLength::AsMixed,
        /// Whether words of Stable Diffusion 1 are taken for Stable Diffusion XL, which is approximate.
        pub convert: bool = false,
    }
}

impl MixSettings {
    /// Whether a model has to say something: what a sentence is, how long words usually are, how to convert.
    pub fn needs_model(&self) -> bool {
        let sentence = |part: &Ingredient| matches!(part.source, Source::Sentence(_));
        self.ingredients.iter().any(sentence) || self.length == MixLength::Usual || self.convert
    }

    /// Refuses what cannot be mixed, whatever the words are.
    ///
    /// # Errors
    /// [`Error::Input`] that says what is missing or out of range.
    pub fn validate(&self) -> Result<()> {
        let refuse = |fault: String, remedy: &str| Err(Error::input(fault, remedy));
        let (count, [least, most]) = (self.ingredients.len(), self.operation.takes());
        if count == 0 {
            return refuse("There are no words to mix".into(), "Name one or more, or a sentence.");
        }
        if !(least..=most).contains(&count) {
            let wanted = match (least, most) {
                (least, most) if least == most => format!("{least}"),
                (least, _) if count < least => format!("at least {least}"),
                (_, most) => format!("at most {most}"),
            };
            let fault = format!("“{}” takes {wanted} words, and there are {count}", self.operation);
            return refuse(fault, "Add or leave out some, or mix them in another way.");
        }
        let empty =
            |part: &Ingredient| matches!(&part.source, Source::Sentence(text) if text.trim().is_empty());
        if self.ingredients.iter().any(empty) {
            return refuse("A sentence is empty".into(), "Write one or more words that the model knows.");
        }
        let fits = |number: f64| number.abs() <= HEAVIEST;
        if !self.ingredients.iter().all(|part| fits(part.weight)) || !fits(self.amount) {
            return refuse(format!("A weight is beyond {HEAVIEST}"), "Most weights are between -1 and 1.");
        }
        if self.operation == MixOperation::Slerp && !(0.0..=1.0).contains(&self.amount) {
            let fault = format!("{} is no part of the way", self.amount);
            return refuse(fault, "Write a number from 0, the first word, to 1, the second.");
        }
        if self.vectors == Some(0) {
            return refuse("A word of no vectors says nothing".into(), "Make it 1 or more.");
        }
        if self.keep.contains(&0) {
            return refuse("There is no vector 0".into(), "They are counted from 1.");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(count: usize) -> Vec<Ingredient> {
        (0..count).map(|at| Ingredient::of(Source::Word(format!("{at}.safetensors").into()))).collect()
    }

    #[test]
    fn each_operation_takes_so_many_words() {
        let said = |operation, count| {
            let settings = MixSettings { operation, ingredients: words(count), ..MixSettings::default() };
            settings.validate().err().map_or_else(String::new, |error| error.to_string())
        };
        assert!(said(MixOperation::Sum, 0).contains("no words to mix"));
        assert_eq!(said(MixOperation::Sum, 1), "");
        assert!(said(MixOperation::Sum, 33).contains("at most 32"));
        assert!(said(MixOperation::Difference, 1).contains("at least 2"));
        assert!(said(MixOperation::Slerp, 3).contains("takes 2 words, and there are 3"));
        assert_eq!(said(MixOperation::Nudge, 3), "");
        assert_eq!(said(MixOperation::Join, 5), "");
        let off = MixSettings {
            amount: 1.5,
            ingredients: words(2),
            operation: MixOperation::Slerp,
            ..MixSettings::default()
        };
        assert!(off.validate().unwrap_err().to_string().contains("from 0, the first word"));
        let empty = MixSettings { vectors: Some(0), ingredients: words(1), ..MixSettings::default() };
        assert!(empty.validate().unwrap_err().to_string().contains("no vectors"));
        let none = MixSettings { keep: vec![0], ingredients: words(1), ..MixSettings::default() };
        assert!(none.validate().unwrap_err().to_string().contains("counted from 1"));
    }

    #[test]
    fn lengths_are_read_and_written_alike() {
        for text in ["as-mixed", "usual", "0.4", "0.4,1.25"] {
            assert_eq!(text.parse::<MixLength>().unwrap().to_string(), text);
        }
        for text in ["", "0", "-1", "long", "0.4,", "inf"] {
            assert!(text.parse::<MixLength>().is_err(), "{text}");
        }
    }
}
