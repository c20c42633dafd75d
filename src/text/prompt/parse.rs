//! What a prompt is after it was read: its letters, the brackets over them, the marks between them.
//!
//! The grammar is that of AUTOMATIC1111's web UI (its wiki, "Attention/emphasis", "Prompt editing", "Composable
//! diffusion"), read by [`scan`](super::scan) and asked by [`schedule`](super::schedule):
//!
//! - `(text)` counts 1.1 times as much, `[text]` 1/1.1 times, `(text:1.3)` 1.3 times, nested ones the product.
//! - `[a|b]` takes turns from step to step. `[a:b:0.5]` is a for the first half of the steps and then b, `[a:b:12]` for
//!   the first 12; `[b:0.5]` and `[:b:0.5]` begin, `[a::0.5]` ends there.
//! - `BREAK` ends a window of the text encoder. `a AND b:0.5` follows several prompts at once, each with its weight.
//! - What is not closed reaches to the end; what closes nothing is text.
//! - `\(`, `\)`, `\[`, `\]`, `\:`, `\|` and `\\` are the characters themselves; any other backslash is left out.
//! - A prompt without brackets is the same to the letter, backslashes included; so is a learned word anywhere.
//!
//! Round and square brackets may overlap, so a prompt is no tree but letters and the groups over them. What looks like
//! grammar and is none is kept as text and named in [`Prompt::remarks`].

use std::ops::Range;

use super::remarks::Remark;
use super::scan::scan;
use super::words::WordNames;

/// What one pair of round brackets multiplies by; square ones divide.
pub(super) const STEP: f64 = 1.1;

/// What a prompt without weights has none of.
pub(super) const BRACKETS: [char; 4] = ['(', ')', '[', ']'];

/// A prompt taken apart. All places are bytes of its source and lie between characters.
#[derive(Debug, Clone)]
pub struct Prompt<'a> {
    pub(super) source: &'a str,
    /// What is said, without the signs: each character, and where it is written, a backslash before it included.
    pub(super) letters: Vec<(Range<usize>, char)>,
    /// In the order in which they end: inner before outer, those that nothing closes last.
    pub(super) groups: Vec<Group>,
    /// What stands between letters, in its order.
    pub(super) marks: Vec<(Range<usize>, Mark)>,
    /// What `AND` joins: at least one, in their order.
    pub(super) parts: Vec<Part>,
    /// The words that were or could have been learned, in their order.
    pub mentions: Vec<Mention>,
    /// What is not understood, in its order.
    pub remarks: Vec<Remark>,
}

/// What brackets enclose.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// The opening bracket.
    pub(super) open: Range<usize>,
    /// The closing one, with its colon and number; empty, at the end of the part, if nothing closes it.
    pub(super) close: Range<usize>,
    /// The bars or the colon between what is chosen from.
    pub(super) separators: Vec<usize>,
    /// What it does to its letters.
    pub(super) rule: Rule,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Rule {
    /// They are multiplied by this.
    Weight(f64),
    /// One choice after the other, a step each.
    Alternate,
    /// The first choice until a step, then the second. The first can be left out.
    Switch { when: When, only_after: bool },
}

/// When a switch is made: after so many steps, or after such a part of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct When {
    pub(super) number: f64,
    pub(super) fraction: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Mark {
    /// `BREAK` with the space around it.
    Break,
    /// `AND` with the space around it.
    And,
    /// The weight of a part.
    PartWeight,
    /// `<lora:…>` and the like, which are left out.
    Tag,
}

/// One of the prompts that `AND` joins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub(super) span: Range<usize>,
    pub(super) weight: f64,
}

/// A learned word, or a word in angle brackets that was not learned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Where it is.
    pub span: Range<usize>,
    /// Which of the words that were given; `None` for one that was not.
    pub word: Option<usize>,
}

/// What a part of a prompt is to the eye.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanKind {
    /// Ordinary words.
    Plain,
    /// A learned word.
    Known,
    /// A word in angle brackets that was not learned.
    Unknown,
    /// Brackets, numbers and words of the grammar.
    Sign,
}

impl Group {
    /// Which choice a place belongs to.
    pub(super) fn choice_at(&self, place: usize) -> usize {
        self.separators.partition_point(|separator| *separator < place)
    }
}

impl<'a> Prompt<'a> {
    /// Takes a prompt apart. `words` are the learned ones; they are found wherever they stand, the longest first.
    pub fn parse(source: &'a str, words: &WordNames) -> Self {
        scan(source, words, true)
    }

    /// The same for a negative prompt, in which `AND` is a word as any other.
    pub fn parse_negative(source: &'a str, words: &WordNames) -> Self {
        scan(source, words, false)
    }

    /// The whole prompt in parts that follow each other without gaps.
    pub fn spans(&self) -> Vec<(Range<usize>, SpanKind)> {
        let groups = self.groups.iter().flat_map(|group| {
            let separators = group.separators.iter().map(|place| *place..place + 1);
            [group.open.clone(), group.close.clone()].into_iter().chain(separators)
        });
        let signs = groups.map(|sign| (sign, SpanKind::Sign));
        let marks = self.marks.iter().map(|(span, mark)| {
            (span.clone(), if *mark == Mark::Tag { SpanKind::Unknown } else { SpanKind::Sign })
        });
        let words = self.mentions.iter().map(|mention| {
            let known = mention.word.is_some();
            (mention.span.clone(), if known { SpanKind::Known } else { SpanKind::Unknown })
        });
        let end = self.source.len()..self.source.len();
        let mut marked: Vec<_> = signs.chain(marks).chain(words).collect();
        marked.sort_by_key(|(span, _)| span.start);
        let (mut spans, mut done) = (Vec::new(), 0);
        for (span, kind) in marked.into_iter().chain([(end, SpanKind::Plain)]) {
            // A bracket within an unknown word is shown as part of it.
            if span.start >= done {
                let plain = (done..span.start, SpanKind::Plain);
                done = span.end;
                spans.extend([plain, (span, kind)].into_iter().filter(|(span, _)| !span.is_empty()));
            }
        }
        spans
    }

    /// The letters in a part of the source, by their numbers.
    pub(super) fn letters_in(&self, span: Range<usize>) -> Range<usize> {
        self.letters_before(span.start)..self.letters_before(span.end)
    }

    /// How many letters come before a place in the source.
    pub(super) fn letters_before(&self, place: usize) -> usize {
        self.letters.partition_point(|(letter, _)| letter.start < place)
    }

    /// How many letters come before each sign of a group.
    pub(super) fn letters_before_signs(&self, group: &Group) -> Vec<usize> {
        let signs = [group.open.end].into_iter().chain(group.separators.iter().copied());
        signs.chain([group.close.start]).map(|place| self.letters_before(place)).collect()
    }
}

/// A text written so that it is nothing but text in a prompt that has brackets.
pub(super) fn literal(text: &str) -> String {
    let sign = |c: char| c == '\\' || BRACKETS.contains(&c);
    text.chars().flat_map(|c| sign(c).then_some('\\').into_iter().chain([c])).collect()
}

/// Whether a character can stand in a word in angle brackets.
pub(super) fn in_angles(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !"<>(),".contains(c)
}
