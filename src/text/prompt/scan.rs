//! Reads a prompt once from left to right; what is found is described in [`parse`](super::parse).
//!
//! Nothing is refused: what is no grammar is text. Steps, weights and windows are not counted here.

use std::collections::BTreeSet;
use std::ops::Range;

use super::parse::{BRACKETS, Group, Mark, Mention, Part, Prompt, Rule, STEP, When, in_angles};
use super::remarks::{Fault, Remark, foreign};
use super::words::{WordNames, letters, unloaded};

/// The largest weight that is taken as one: beyond it nothing is left of the other words, and soon of the numbers.
pub(super) const MOST: f64 = 100.0;
/// How many brackets within each other do something.
const DEEPEST: usize = 64;
/// Tags of other programs, which stand for more than a word.
const TAGS: [&str; 4] = ["<lora:", "<lyco:", "<hypernet:", "<lyc:"];

/// A bracket that nothing has closed so far.
struct Open {
    bracket: Range<usize>,
    /// Whether so many are open that it does nothing.
    deep: bool,
    /// Directly within it, not in brackets within it.
    colons: Vec<usize>,
    bars: Vec<usize>,
}

struct Scan<'a, 'w> {
    prompt: Prompt<'a>,
    words: &'w WordNames,
    bracketed: bool,
    joins: bool,
    /// What is open, by its kind: round and square brackets may overlap.
    round: Vec<Open>,
    square: Vec<Open>,
    /// Bars and colons that turned out to be signs.
    separators: BTreeSet<usize>,
    /// Where the part began.
    part: usize,
    /// Where the last sign, mark or word ended.
    done: usize,
}

/// Takes a prompt apart; with `joins` at each `AND` too.
pub(super) fn scan<'a>(source: &'a str, words: &WordNames, joins: bool) -> Prompt<'a> {
    let prompt = Prompt {
        source,
        letters: Vec::new(),
        groups: Vec::new(),
        marks: Vec::new(),
        parts: Vec::new(),
        mentions: Vec::new(),
        remarks: Vec::new(),
    };
    let bracketed = source.contains(BRACKETS);
    let (round, square, separators) = (Vec::new(), Vec::new(), BTreeSet::new());
    let mut scan = Scan { prompt, words, bracketed, joins, round, square, separators, part: 0, done: 0 };
    let mut at = 0;
    while let Some(next) = source[at..].chars().next() {
        at = scan.read(at, next);
    }
    scan.end_part(source.len(), !scan.prompt.parts.is_empty());
    let Scan { mut prompt, separators, .. } = scan;
    prompt.letters.retain(|(span, _)| !separators.contains(&span.start));
    prompt.remarks.extend(foreign(&prompt));
    prompt.remarks.sort_by_key(|remark| remark.span.start);
    prompt
}

impl Scan<'_, '_> {
    /// Reads what begins at a place with `next`, and gives the place behind it.
    fn read(&mut self, at: usize, next: char) -> usize {
        let source = self.prompt.source;
        let rest = &source[at..];
        if let Some((length, word)) = self.words.find(source, at) {
            // What is around a learned word is no unknown one.
            if let Some(around) = self.prompt.mentions.pop_if(|mention| mention.span.end > at) {
                self.prompt.remarks.push(Remark { span: around.span, fault: Fault::Angles });
            }
            self.prompt.mentions.push(Mention { span: at..at + length, word: Some(word) });
            self.prompt.letters.extend(letters(source, at..at + length));
            self.done = at + length;
            return self.done;
        }
        if let Some(length) = tag(rest) {
            self.prompt.remarks.push(Remark { span: at..at + length, fault: Fault::Tag });
            self.mark(at..at + length, Mark::Tag);
            return self.done;
        }
        if let Some(length) = unloaded(source, at) {
            // As ComfyUI does, a word that is not there is left out.
            self.prompt.remarks.push(Remark { span: at..at + length, fault: Fault::Missing });
            self.mark(at..at + length, Mark::Tag);
            return self.done;
        }
        if let Some(end) = keyword(source, at, "BREAK") {
            let span = self.spaced(at..end);
            self.mark(span, Mark::Break);
            return self.done;
        }
        if let Some(end) = keyword(source, at, "AND") {
            if self.joins {
                let span = self.spaced(at..end);
                self.end_part(span.start, true);
                self.part = span.end;
                self.mark(span, Mark::And);
                return self.done;
            }
            self.prompt.remarks.push(Remark { span: at..end, fault: Fault::And });
        }
        if let Some(length) = angled(rest) {
            self.prompt.mentions.push(Mention { span: at..at + length, word: None });
        }
        self.sign_or_letter(at, next)
    }

    fn sign_or_letter(&mut self, at: usize, next: char) -> usize {
        let rest = &self.prompt.source[at..];
        let mut end = at + next.len_utf8();
        match next {
            _ if !self.bracketed => self.say(at..end, next),
            '\\' => {
                let escaped =
                    rest[1..].chars().next().filter(|c| "\\:|".contains(*c) || BRACKETS.contains(c));
                // The web UI looks for `:1.2)` whatever stands before it.
                let weight = escaped == Some(':') && !self.round.is_empty() && closing(&rest[1..]).is_some();
                if let Some(letter) = escaped.filter(|_| !weight) {
                    end += 1;
                    self.say(at..end, letter);
                }
            }
            '(' | '[' => {
                let deep = self.round.len() + self.square.len() >= DEEPEST;
                let open = Open { bracket: at..end, deep, colons: Vec::new(), bars: Vec::new() };
                if next == '[' { &mut self.square } else { &mut self.round }.push(open);
                self.done = end;
            }
            ':' | ')' => match closing(rest).and_then(|found| Some((found, self.round.pop()?))) {
                Some(((weight, length), open)) => {
                    end = at + length;
                    if length == 1 {
                        self.doubt_weight(open.bracket.end..at, open.bracket.start..end, Fault::Weight);
                    }
                    let weight = if open.deep { 1.0 } else { weight };
                    self.close(open, at..end, Vec::new(), Rule::Weight(weight));
                }
                None => self.say_within(at..end, next),
            },
            ']' => match self.square.pop() {
                Some(open) => self.close_square(open, at..end),
                None => self.say(at..end, next),
            },
            _ => self.say_within(at..end, next),
        }
        end
    }

    fn say(&mut self, span: Range<usize>, letter: char) {
        self.prompt.letters.push((span, letter));
    }

    /// A letter that can turn out to be a sign of the brackets it is in.
    fn say_within(&mut self, span: Range<usize>, letter: char) {
        let round = self.round.last().map_or(0, |open| open.bracket.end);
        if let Some(open) = self.square.last_mut().filter(|open| open.bracket.end > round) {
            match letter {
                ':' => open.colons.push(span.start),
                '|' => open.bars.push(span.start),
                _ => {}
            }
        }
        self.say(span, letter);
    }

    /// Says that a number behind the last colon of a part of the prompt is none that can be used.
    fn doubt_weight(&mut self, within: Range<usize>, span: Range<usize>, fault: Fault) {
        let Some(text) = self.prompt.source.get(within) else { return };
        let tail = text.rsplit(':').next().filter(|tail| tail.len() < text.len()).unwrap_or("x").trim();
        let number = tail.chars().all(|c| c.is_ascii_digit() || "+-.,%eE".contains(c));
        if tail.len() < 16 && (number && tail.contains(|c: char| c.is_ascii_digit()) || tail.is_empty()) {
            self.prompt.remarks.push(Remark { span, fault });
        }
    }

    fn close(&mut self, open: Open, close: Range<usize>, separators: Vec<usize>, rule: Rule) {
        self.done = close.end;
        self.prompt.groups.push(Group { open: open.bracket, close, separators, rule });
    }

    /// Square brackets are a choice if their bars or colons say so, else they make their words count less.
    fn close_square(&mut self, mut open: Open, close: Range<usize>) {
        let less = Rule::Weight(if open.deep { 1.0 } else { 1.0 / STEP });
        if open.deep {
            return self.close(open, close, Vec::new(), less);
        }
        let (colons, bars) = (std::mem::take(&mut open.colons), std::mem::take(&mut open.bars));
        let span = open.bracket.start..close.end;
        let mut fault = |fault| self.prompt.remarks.push(Remark { span: span.clone(), fault });
        match (colons[..].split_last(), bars.is_empty()) {
            (None, true) => self.close(open, close, Vec::new(), less),
            (None, false) => {
                self.separators.extend(bars.iter().copied());
                self.close(open, close, bars, Rule::Alternate);
            }
            (Some((last, first)), true) => {
                let when = when(&self.prompt.source[last + 1..close.start]).filter(|_| first.len() < 2);
                let Some(when) = when else {
                    fault(Fault::Editing);
                    return self.close(open, close, Vec::new(), less);
                };
                let only_after = first.is_empty();
                while self.prompt.letters.pop_if(|(span, _)| span.start >= *last).is_some() {}
                while self.prompt.mentions.pop_if(|mention| mention.span.start >= *last).is_some() {}
                self.separators.extend(first.iter().copied());
                let separators = first.to_vec();
                self.close(open, *last..close.end, separators, Rule::Switch { when, only_after });
            }
            (Some(_), false) => {
                fault(Fault::Mixed);
                self.close(open, close, Vec::new(), less);
            }
        }
    }

    fn mark(&mut self, span: Range<usize>, mark: Mark) {
        // What is around a word of the grammar is no unknown one.
        self.prompt.mentions.pop_if(|mention| mention.word.is_none() && mention.span.end > span.start);
        self.done = span.end;
        self.prompt.marks.push((span, mark));
    }

    /// A word of the grammar with the space around it, which is no longer said.
    fn spaced(&mut self, word: Range<usize>) -> Range<usize> {
        let source = self.prompt.source;
        let start = source[..word.start].trim_end().len().max(self.done);
        while self.prompt.letters.pop_if(|(span, _)| span.start >= start).is_some() {}
        let after = &source[word.end..];
        start..word.end + (after.len() - after.trim_start().len())
    }

    /// Ends one of the prompts that are joined; where there are several, a number behind a colon is its weight.
    fn end_part(&mut self, mut end: usize, joined: bool) {
        let mut weight = 1.0;
        let mut said = self.prompt.letters.iter().rev().take_while(|(span, _)| span.start >= self.part);
        if joined && said.all(|(_, letter)| letter.is_whitespace()) {
            self.prompt.remarks.push(Remark { span: self.part..end, fault: Fault::Nothing });
        }
        if joined && let Some((start, number)) = self.part_weight(end) {
            self.mark(start..end, Mark::PartWeight);
            while self.prompt.letters.pop_if(|(span, _)| span.start >= start).is_some() {}
            (end, weight) = (start, number);
        }
        if joined && weight == 1.0 {
            self.doubt_weight(self.part..end, self.part..end, Fault::Weight);
        }
        for (mut all, factor) in
            [(std::mem::take(&mut self.round), STEP), (std::mem::take(&mut self.square), 1.0 / STEP)]
        {
            for open in all.drain(..) {
                let span = open.bracket.start..end;
                if !open.colons.is_empty() || !open.bars.is_empty() {
                    self.prompt.remarks.push(Remark { span, fault: Fault::Open });
                } else if factor > 1.0 {
                    self.doubt_weight(open.bracket.end..end, span, Fault::OpenWeight);
                }
                let rule = Rule::Weight(if open.deep { 1.0 } else { factor });
                let (open, close) = (open.bracket, end..end);
                self.prompt.groups.push(Group { open, close, separators: Vec::new(), rule });
            }
        }
        self.prompt.parts.push(Part { span: self.part..end, weight });
    }

    /// The number at the end of the part, and where its colon begins with the space before it.
    fn part_weight(&self, end: usize) -> Option<(usize, f64)> {
        let floor = self.done.max(self.part);
        let colon = floor + self.prompt.source.get(floor..end)?.rfind(':')?;
        let weight = plain_number(self.prompt.source[colon + 1..end].trim())?;
        let start = self.prompt.source[..colon].trim_end().len().max(floor);
        (weight.abs() <= MOST).then_some((start, weight))
    }
}

/// What the `)` or `:1.2)`, with which `rest` begins, multiplies its group by, and how many bytes it is; spaces
/// around a number may be.
fn closing(rest: &str) -> Option<(f64, usize)> {
    if rest.starts_with(')') {
        return Some((STEP, 1));
    }
    // A number is short; a hostile text is long.
    let end = rest.bytes().take(32).position(|byte| byte == b')')?;
    let weight = plain_number(rest.get(1..end)?.trim())?;
    (weight.abs() <= MOST).then_some((weight, end + 1))
}

/// A number without an exponent.
fn plain_number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    if plain { text.parse().ok() } else { None }
}

/// The number of a switch: with a point it is a part of the steps.
fn when(text: &str) -> Option<When> {
    let text = text.trim();
    let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    let plain = text.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
    let fraction = text.contains('.');
    plain.then_some(When { number: if fraction { number } else { number.trunc() }, fraction })
}

/// Where a word of the grammar ends that begins at a place and is no part of a longer word.
pub(super) fn keyword(source: &str, at: usize, word: &str) -> Option<usize> {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    let after = source[at..].strip_prefix(word)?;
    let apart = !source[..at].ends_with(in_word) && !after.starts_with(in_word);
    apart.then_some(at + word.len())
}

/// Whether a text begins as a tag of another program does.
pub(super) fn begins_tag(text: &str) -> bool {
    let begins = |tag: &str| text.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
    TAGS.into_iter().any(begins)
}

/// The length of the tag of another program that a text begins with.
fn tag(text: &str) -> Option<usize> {
    if !begins_tag(text) {
        return None;
    }
    let end = text.find('>')?;
    (!text[1..end].contains(['<', '\n'])).then_some(end + 1)
}

/// The length of the `<…>` that a text begins with.
fn angled(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('<')?;
    let length = inside.len() - inside.trim_start_matches(in_angles).len();
    (length > 0 && inside[length..].starts_with('>')).then_some(length + 2)
}
