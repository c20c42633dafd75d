//! What of a prompt counts at which step, and how much: the question that drawing asks.
//!
//! Steps are counted from 1, as the web UI's documentation counts them: `[a:b:3]` is a in the steps 1 to 3, and the
//! first choice of `[a|b]` is that of step 1. A second pass counts on: its whole numbers go on from the last step of the
//! first pass, and its parts are those from 1 to 2 (`prompt_parser.py` of the web UI). Encoding a text is not asked here.

use std::ops::Range;

use super::parse::{Group, Mark, Prompt, Rule, When};
use super::scan::MOST;
use project::Emphasis;

/// A step of a pass of drawing, from 1 to `steps`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Which step.
    pub step: usize,
    /// How many there are.
    pub steps: usize,
    /// How many the pass before had; 0 in the first one.
    pub before: usize,
}

impl Moment {
    /// The only step of a prompt that is looked at as a whole.
    pub const FIRST: Self = Self::of(1, 1);

    /// A step of the first pass.
    pub const fn of(step: usize, steps: usize) -> Self {
        Self { step, steps, before: 0 }
    }

    /// Every step of both passes; the second has none where there is none.
    pub fn all([first, second]: [usize; 2]) -> impl Iterator<Item = Self> {
        let more = (1..=second).map(move |step| Self { step, steps: second, before: first });
        (1..=first).map(move |step| Self::of(step, first)).chain(more)
    }
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
    /// How many windows of the text encoder end before it: the number of `BREAK`.
    pub breaks: usize,
}

impl When {
    /// The last step before the switch, in the pass of a moment.
    fn last(self, moment: Moment) -> usize {
        let passed = if moment.before > 0 { 1.0 } else { 0.0 };
        let step = match self.fraction {
            true => (self.number - passed) * moment.steps as f64,
            false => self.number - moment.before as f64,
        };
        // A negative number becomes 0.
        (step as usize).min(moment.steps)
    }
}

impl Group {
    /// The choice that is made at a step; `None` if there is none to make.
    fn choice(&self, moment: Moment) -> Option<usize> {
        match self.rule {
            Rule::Weight(_) => None,
            Rule::Alternate => Some((moment.step.max(1) - 1) % (self.separators.len() + 1)),
            Rule::Switch { when, only_after } => {
                let after = moment.step > when.last(moment);
                // Where only what comes after is given, it is choice 0, and before it there is none.
                Some(if only_after { usize::from(!after) } else { usize::from(after) })
            }
        }
    }

    /// The letters' places inside.
    fn inside(&self) -> Range<usize> {
        self.open.end..self.close.start.max(self.open.end)
    }
}

impl Prompt<'_> {
    /// The weights of the prompts that `AND` joins, at least one.
    pub fn parts(&self) -> Vec<f64> {
        self.parts.iter().map(|part| part.weight).collect()
    }

    /// Whether anything changes from step to step.
    pub fn changes(&self) -> bool {
        self.groups.iter().any(|group| !matches!(group.rule, Rule::Weight(_)))
    }

    /// Whether a word counts more or less than another.
    pub fn has_weights(&self) -> bool {
        self.groups.iter().any(|group| matches!(group.rule, Rule::Weight(_)))
    }

    /// The weight of each letter.
    ///
    /// A1111 and compel multiply nested weights. In ComfyUI a number stands for itself, whatever is around it.
    pub(super) fn weights(&self, emphasis: Emphasis) -> Vec<f64> {
        let mut weights = vec![1.0; self.letters.len()];
        let mut each = |group: &Group, numbered: bool, factor: f64| {
            // Brackets beyond the deepest do nothing, and there may be thousands over thousands of letters.
            if factor == 1.0 && !numbered {
                return;
            }
            let letters = self.letters_in(group.inside());
            weights[letters]
                .iter_mut()
                .for_each(|weight| *weight = if numbered { factor } else { *weight * factor });
        };
        let weight = |group: &Group| if let Rule::Weight(factor) = group.rule { Some(factor) } else { None };
        if emphasis == Emphasis::ComfyUi {
            // Outer ones first, so that the inner number is the one that stays.
            for (group, factor) in self.groups.iter().rev().filter_map(|group| Some((group, weight(group)?)))
            {
                each(group, group.close.len() > 1, factor);
            }
        } else {
            for (group, factor) in self.groups.iter().filter_map(|group| Some((group, weight(group)?))) {
                each(group, false, factor);
            }
        }
        // Beyond this nothing is left of the other words, and soon of the numbers.
        weights.iter_mut().for_each(|weight| *weight = weight.clamp(-MOST, MOST));
        weights
    }

    /// Whether each place of `places`, which ascend, is said at a step.
    fn said(&self, places: &[usize], moment: Moment) -> Vec<bool> {
        let mut said = vec![true; places.len()];
        for (group, choice) in self.groups.iter().filter_map(|group| Some((group, group.choice(moment)?))) {
            let inside = group.inside();
            let before = |end: usize| places.partition_point(|place| *place < end);
            for index in before(inside.start)..before(inside.end) {
                said[index] &= group.choice_at(places[index]) == choice;
            }
        }
        said
    }

    /// What one of the joined prompts says at a step, in stretches of the same weight. `spelled` is what stands for each
    /// learned word; where it has none, the word stays as it is written.
    pub fn pieces(&self, part: usize, moment: Moment, emphasis: Emphasis, spelled: &[String]) -> Vec<Piece> {
        let Some(part) = self.parts.get(part) else { return Vec::new() };
        let places: Vec<usize> = self.letters.iter().map(|(span, _)| span.start).collect();
        let said = self.said(&places, moment);
        let weights = self.weights(emphasis);
        let marks = self.marks.iter().filter(|(span, mark)| {
            *mark == Mark::Break && part.span.start <= span.start && span.end <= part.span.end
        });
        let ends: Vec<usize> = marks.map(|(span, _)| span.start).collect();
        let mut ends = ends.iter().zip(self.said(&ends, moment)).filter(|(_, said)| *said).peekable();

        let known =
            self.mentions.iter().filter_map(|mention| Some((&mention.span, spelled.get(mention.word?)?)));
        let mut known = known.peekable();
        let mut pieces: Vec<Piece> = Vec::new();
        let mut breaks = 0;
        for index in self.letters_in(part.span.clone()).filter(|index| said[*index]) {
            let (span, letter) = &self.letters[index];
            while ends.next_if(|(end, _)| **end < span.start).is_some() {
                breaks += 1;
            }
            while known.next_if(|(mention, _)| mention.end <= span.start).is_some() {}
            let text = match known.peek().filter(|(mention, _)| mention.contains(&span.start)) {
                Some((mention, spelled)) if mention.start == span.start => format!(" {spelled} "),
                Some(_) => String::new(),
                None => letter.to_string(),
            };
            match pieces.last_mut().filter(|last| breaks == 0 && last.weight == weights[index]) {
                Some(last) => {
                    last.text.push_str(&text);
                    last.span.end = span.end;
                }
                None => {
                    let weight = weights[index];
                    pieces.push(Piece {
                        span: span.clone(),
                        text,
                        weight,
                        breaks: std::mem::take(&mut breaks),
                    });
                }
            }
        }
        breaks += ends.count();
        if breaks > 0 {
            let end = part.span.end;
            pieces.push(Piece { span: end..end, text: String::new(), weight: 1.0, breaks });
        }
        pieces
    }

    /// The choices that are never made in so many steps of the two passes, because their number comes too late or too early.
    pub(super) fn never_said(&self, [steps, more]: [usize; 2]) -> impl Iterator<Item = Range<usize>> {
        let second = Some(Moment { step: more, steps: more, before: steps }).filter(|_| more > 0);
        let ends = move || std::iter::once(Moment::of(steps, steps)).chain(second);
        self.groups.iter().filter_map(move |group| {
            let whole = group.open.start..group.close.end;
            if group.rule == Rule::Alternate && group.separators.len() >= steps.max(more) {
                return Some(whole);
            }
            let Rule::Switch { when, .. } = group.rule else { return None };
            let second = group.separators.first().map_or(group.open.end, |separator| separator + 1);
            let said = |span: Range<usize>| !self.letters_in(span).is_empty();
            let late = ends().all(|end| when.last(end) >= end.steps) && said(second..group.close.start);
            let early = ends().all(|end| when.last(end) == 0) && said(group.open.end..second);
            (late || early).then_some(whole)
        })
    }
}
