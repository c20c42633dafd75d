//! The recipe of a mix: what its file says of how it was made.
//!
//! It names words and sentences, no paths: a file is given away, and where its words lay is nobody's business.

use serde::{Deserialize, Serialize};

use super::{MixLength, MixOperation, MixSettings};

/// How a word was mixed, as its file says it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Recipe {
    /// The name of the operation.
    pub operation: String,
    /// What went in, in order.
    pub parts: Vec<RecipePart>,
    /// How far, where the operation asks that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<f64>,
    /// Whether each part was averaged first.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub average: bool,
    /// How many vectors each part was made first if it had more, where that is more than one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vectors: Option<usize>,
    /// The vectors that were kept, in order; all, if empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keep: Vec<usize>,
    /// The length that was given to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length: Option<String>,
    /// The model that was asked, by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Whether a word of another family of models was converted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub approximate: bool,
}

/// What went into a mix.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RecipePart {
    /// What the word is called.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub word: String,
    /// The beginning of its file's SHA-256.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hash: String,
    /// The sentence, in place of a word.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sentence: String,
    /// How much of it.
    pub weight: f64,
}

impl RecipePart {
    /// What it is called: a sentence stands in quotes.
    pub fn name(&self) -> String {
        if self.sentence.is_empty() { self.word.clone() } else { format!("“{}”", self.sentence) }
    }
}

impl Recipe {
    /// The recipe of a mix of these parts, which `model` was asked for.
    pub fn new(
        settings: &MixSettings,
        parts: Vec<RecipePart>,
        model: Option<String>,
        approximate: bool,
    ) -> Self {
        let far = matches!(settings.operation, MixOperation::Slerp | MixOperation::Nudge);
        Self {
            operation: settings.operation.name().to_owned(),
            parts,
            amount: far.then_some(settings.amount),
            average: settings.vectors == Some(1),
            vectors: settings.vectors.filter(|count| *count > 1),
            keep: settings.keep.clone(),
            length: Some(settings.length.to_string()).filter(|_| settings.length != MixLength::AsMixed),
            model,
            approximate,
        }
    }

    /// In a line, as one would write it: `0.7 <cat> + 0.3 <dog>`.
    pub fn line(&self) -> String {
        let names: Vec<String> = self.parts.iter().map(RecipePart::name).collect();
        let amount = self.amount.unwrap_or_default();
        let mut line = match (self.operation.parse(), &names[..]) {
            (Ok(MixOperation::Slerp), [from, to]) => {
                format!("{from} to {to}, {:.0} % of the way", 100.0 * amount)
            }
            (Ok(MixOperation::Nudge), [word, to, from]) => format!("{word} + {amount} ({to} - {from})"),
            (Ok(MixOperation::Join), _) => names.join(", "),
            (operation, _) => self.sum(operation.is_ok_and(|way| way == MixOperation::Difference)),
        };
        if self.average {
            line += ", each averaged";
        }
        if let Some(count) = self.vectors {
            line += &format!(", each in at most {count} vectors");
        }
        if !self.keep.is_empty() {
            let kept: Vec<String> = self.keep.iter().map(usize::to_string).collect();
            line += &format!(", vectors {}", kept.join(" "));
        }
        if let Some(length) = &self.length {
            line += &format!(", length {length}");
        }
        line
    }

    /// The parts with their weights; after the first they are taken away in a difference.
    fn sum(&self, difference: bool) -> String {
        let mut line = String::new();
        for (place, part) in self.parts.iter().enumerate() {
            let weight = if difference && place > 0 { -part.weight } else { part.weight };
            line += match (place, weight < 0.0) {
                (0, true) => "-",
                (0, false) => "",
                (_, true) => " - ",
                (_, false) => " + ",
            };
            if weight.abs() != 1.0 {
                line += &format!("{} ", weight.abs());
            }
            line += &part.name();
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_is_a_line_and_survives_its_file() {
        let part = |word: &str, weight| RecipePart { word: word.into(), weight, ..RecipePart::default() };
        let line = |operation, parts: Vec<RecipePart>| {
            let settings = MixSettings { operation, amount: 0.4, ..MixSettings::default() };
            let recipe = Recipe::new(&settings, parts, None, false);
            let text = serde_json::to_string(&recipe).unwrap();
            assert_eq!(serde_json::from_str::<Recipe>(&text).unwrap(), recipe);
            recipe.line()
        };
        assert_eq!(line(MixOperation::Sum, vec![part("<a>", 0.7), part("<b>", 0.3)]), "0.7 <a> + 0.3 <b>");
        assert_eq!(line(MixOperation::Sum, vec![part("<a>", -1.0), part("<b>", -2.0)]), "-<a> - 2 <b>");
        assert_eq!(line(MixOperation::Difference, vec![part("<a>", 1.0), part("<b>", 0.5)]), "<a> - 0.5 <b>");
        assert_eq!(
            line(MixOperation::Slerp, vec![part("<a>", 1.0), part("<b>", 1.0)]),
            "<a> to <b>, 40 % of the way"
        );
        let sentence = RecipePart { sentence: "old".into(), weight: 1.0, ..RecipePart::default() };
        let three = vec![part("<a>", 1.0), sentence, part("<b>", 1.0)];
        assert_eq!(line(MixOperation::Nudge, three), "<a> + 0.4 (“old” - <b>)");
        let settings = MixSettings {
            vectors: Some(1),
            keep: vec![2, 1],
            length: MixLength::Usual,
            operation: MixOperation::Join,
            ..MixSettings::default()
        };
        let recipe = Recipe::new(&settings, vec![part("<a>", 1.0), part("<b>", 1.0)], None, false);
        assert_eq!(recipe.line(), "<a>, <b>, each averaged, vectors 2 1, length usual");
        let several = MixSettings { vectors: Some(3), ..MixSettings::default() };
        let recipe = Recipe::new(&several, vec![part("<a>", 1.0)], None, false);
        assert_eq!((recipe.line().as_str(), recipe.average), ("<a>, each in at most 3 vectors", false));
        let strange: Recipe = serde_json::from_str(r#"{"operation": "stir", "later": 1}"#).unwrap();
        assert_eq!(strange.line(), "");
    }
}
