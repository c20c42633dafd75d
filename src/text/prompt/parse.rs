//! The grammar of prompts, as AUTOMATIC1111's web UI reads them (its documentation of `parse_prompt_attention`).
//!
//! - `(text)` counts 1.1 times as much, `[text]` 1/1.1 times, `(text:1.3)` 1.3 times, nested ones the product.
//! - What is not closed reaches to the end; what closes nothing is text.
//! - `\(`, `\)`, `\[`, `\]` and `\\` are the characters themselves; any other backslash is left out.
//! - A prompt without brackets is the same to the letter, backslashes included; so is a learned word anywhere.
//!
//! Round and square brackets may overlap, so a prompt is no tree but letters and the groups over them. The web UI's
//! other signs are not read yet and stay words: `[a:b:0.5]` and `[a|b]` would be groups that do something else than
//! weight, `AND` and `BREAK` marks between letters.

use std::ops::Range;

use super::words::{WordNames, letters, unloaded};

/// The largest weight that is taken as one.
const MOST: f64 = 100.0;
/// What one pair of round brackets multiplies by; square ones divide.
const STEP: f64 = 1.1;

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
    /// The words that were or could have been learned, in their order.
    pub mentions: Vec<Mention>,
}

/// What brackets enclose.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// The opening bracket.
    pub(super) open: Range<usize>,
    /// The closing one, with its colon and number; empty, at the end of the prompt, if nothing closes it.
    pub(super) close: Range<usize>,
    /// The letters inside, by their numbers.
    pub(super) letters: Range<usize>,
    /// What they are multiplied by.
    pub(super) weight: f64,
}

/// A learned word, or a word in angle brackets or behind `embedding:` that was not learned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Where it is.
    pub span: Range<usize>,
    /// Which of the words that were given; `None` for one that was not.
    pub word: Option<usize>,
}

/// A stretch of a prompt in which everything has the same weight.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Where it is, with the signs between its letters.
    pub span: Range<usize>,
    /// What is said there, without the signs.
    pub text: String,
    /// Its weight; 1 is neutral.
    pub weight: f64,
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
    /// Brackets and number of a weight.
    Weight,
}

impl<'a> Prompt<'a> {
    /// Takes a prompt apart. `words` are the learned ones.
    pub fn parse(source: &'a str, words: &WordNames) -> Self {
        let bracketed = source.contains(BRACKETS);
        let mut prompt = Self { source, letters: Vec::new(), groups: Vec::new(), mentions: Vec::new() };
        // The groups that are open: their bracket, and how many letters came before.
        let (mut round, mut square) = (Vec::new(), Vec::new());
        let mut at = 0;
        while let Some(next) = source[at..].chars().next() {
            let rest = &source[at..];
            if let Some((length, word)) = words.find(source, at) {
                // What is around a learned word is no unknown one.
                prompt.mentions.pop_if(|mention| mention.span.end > at);
                prompt.mentions.push(Mention { span: at..at + length, word: Some(word) });
                prompt.letters.extend(letters(source, at..at + length));
                at += length;
                continue;
            }
            if let Some(length) = angled(rest).or_else(|| unloaded(source, at)) {
                prompt.mentions.push(Mention { span: at..at + length, word: None });
            }
            let opened = if matches!(next, '[' | ']') { &mut square } else { &mut round };
            let mut span = at..at + next.len_utf8();
            let said = match next {
                _ if !bracketed => Some(next),
                '\\' => {
                    let escaped = rest[1..].chars().next().filter(|c| is_sign(*c));
                    span.end += usize::from(escaped.is_some());
                    escaped
                }
                '(' | '[' => {
                    opened.push((span.clone(), prompt.letters.len()));
                    None
                }
                ':' | ')' | ']' => {
                    if let Some((weight, length)) = closing(rest)
                        && let Some((open, first)) = opened.pop()
                    {
                        span.end = at + length;
                        let letters = first..prompt.letters.len();
                        prompt.groups.push(Group { open, close: span.clone(), letters, weight });
                        None
                    } else {
                        Some(next)
                    }
                }
                _ => Some(next),
            };
            at = span.end;
            prompt.letters.extend(said.map(|letter| (span, letter)));
        }
        let end = prompt.letters.len();
        let left = round.into_iter().map(|open| (open, STEP));
        let left = left.chain(square.into_iter().map(|open| (open, 1.0 / STEP)));
        let group = |((open, first), weight)| Group { open, close: at..at, letters: first..end, weight };
        prompt.groups.extend(left.map(group));
        prompt
    }

    /// The weight of each letter.
    pub(super) fn weights(&self) -> Vec<f64> {
        let mut weights = vec![1.0; self.letters.len()];
        for group in &self.groups {
            weights[group.letters.clone()].iter_mut().for_each(|weight| *weight *= group.weight);
        }
        weights
    }

    /// What is said, in stretches of the same weight.
    pub fn pieces(&self) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        for ((span, letter), weight) in self.letters.iter().zip(self.weights()) {
            match pieces.last_mut() {
                Some(last) if last.weight == weight => {
                    last.text.push(*letter);
                    last.span.end = span.end;
                }
                _ => pieces.push(Piece { span: span.clone(), text: letter.to_string(), weight }),
            }
        }
        pieces
    }

    /// The whole prompt in parts that follow each other without gaps.
    pub fn spans(&self) -> Vec<(Range<usize>, SpanKind)> {
        let signs = self.groups.iter().flat_map(|group| [group.open.clone(), group.close.clone()]);
        let words = self.mentions.iter().map(|mention| {
            let known = mention.word.is_some();
            (mention.span.clone(), if known { SpanKind::Known } else { SpanKind::Unknown })
        });
        let end = self.source.len()..self.source.len();
        let mut marked: Vec<_> = signs.map(|sign| (sign, SpanKind::Weight)).chain(words).collect();
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
}

/// A text written so that it is nothing but text in a prompt that has brackets.
pub(super) fn literal(text: &str) -> String {
    text.chars().flat_map(|c| is_sign(c).then_some('\\').into_iter().chain([c])).collect()
}

fn is_sign(c: char) -> bool {
    c == '\\' || BRACKETS.contains(&c)
}

/// What the `)`, `]` or `:1.2)`, with which `rest` begins, multiplies its group by, and how many bytes it is; spaces
/// around a number may be.
fn closing(rest: &str) -> Option<(f64, usize)> {
    if !rest.starts_with(':') {
        return Some((if rest.starts_with(')') { STEP } else { 1.0 / STEP }, 1));
    }
    let end = rest.find(')')?;
    let number = rest.get(1..end)?.trim();
    let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
    let plain = digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    let weight: f64 = if plain { number.parse().ok()? } else { return None };
    // Beyond this nothing is left of the other words, and soon of the numbers.
    (weight.abs() <= MOST).then_some((weight, end + 1))
}

/// The length of the `<…>` that a text begins with.
fn angled(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('<')?;
    let length = inside.len() - inside.trim_start_matches(in_angles).len();
    (length > 0 && inside[length..].starts_with('>')).then_some(length + 2)
}

/// Whether a character can stand in a word in angle brackets.
pub(super) fn in_angles(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !"<>(),".contains(c)
}
