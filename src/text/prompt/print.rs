//! A prompt written out again, and what of it must stay the same when that is read.
//!
//! Letters, words of the grammar and what is around these, spaces too, which can end a word, are written as they were; the
//! numbers in brackets in the one way in which this program writes them.

use std::fmt;
use std::ops::Range;

use super::parse::{BRACKETS, Group, Mark, Prompt, Rule};

impl fmt::Display for Prompt<'_> {
    /// The prompt with its numbers written evenly. It is read as this one is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut signs: Vec<(Range<usize>, String)> = Vec::new();
        for group in &self.groups {
            let number = match group.rule {
                Rule::Weight(weight) if group.close.len() > 1 => weight.to_string(),
                Rule::Switch { when, .. } if when.fraction && when.number.fract() == 0.0 => {
                    format!("{}.0", when.number)
                }
                Rule::Switch { when, .. } => when.number.to_string(),
                _ => continue,
            };
            // Between the colon and the bracket.
            let inside = group.close.start + 1..group.close.end - 1;
            let text = &self.source[inside.clone()];
            let start = inside.end - text.trim_start().len();
            signs.push((start..start + text.trim().len(), number));
        }
        signs.sort_by_key(|(span, _)| span.start);
        let mut at = 0;
        for (span, text) in signs {
            write!(f, "{}{text}", &self.source[at..span.start])?;
            at = span.end;
        }
        f.write_str(&self.source[at..])
    }
}

/// What a prompt says, wherever it is written: two prompts are read alike if these are equal.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    letters: String,
    /// Each group's rule, the letters before each of its signs, and whether it was closed by a number.
    groups: Vec<(String, Vec<usize>, bool)>,
    /// Each mark and the letters before it.
    marks: Vec<(String, usize)>,
    parts: Vec<(f64, Range<usize>)>,
    mentions: Vec<(Option<usize>, Range<usize>)>,
    bracketed: bool,
}

impl Prompt<'_> {
    /// What it says.
    pub fn outline(&self) -> Outline {
        let group = |group: &Group| {
            (format!("{:?}", group.rule), self.letters_before_signs(group), group.close.len() > 1)
        };
        let mark =
            |(span, mark): &(Range<usize>, Mark)| (format!("{mark:?}"), self.letters_before(span.start));
        Outline {
            letters: self.letters.iter().map(|(_, letter)| letter).collect(),
            groups: self.groups.iter().map(group).collect(),
            marks: self.marks.iter().map(mark).collect(),
            parts: self.parts.iter().map(|part| (part.weight, self.letters_in(part.span.clone()))).collect(),
            mentions: (self.mentions.iter())
                .map(|mention| (mention.word, self.letters_in(mention.span.clone())))
                .collect(),
            bracketed: self.source.contains(BRACKETS),
        }
    }
}
