//! Weights while a prompt is edited: `cat`, `(cat:1.1)`, `(cat:1.2)`.
//!
//! Nothing but the word or the selection changes what it weighs or says: an edit that cannot keep to that is not made.

use std::ops::Range;

use super::parse::{BRACKETS, Group, Mark, Prompt, Rule, literal};
use super::words::{WordNames, is_mark};
use project::Emphasis;

/// Makes the word under the cursor, or the selected words, weigh `delta` more. Weights stay between 0 and 2, and at 1
/// the brackets vanish. `words` are the learned ones. Gives the text and what is selected in it; where no weight can be
/// changed, both as they were.
pub fn adjust_weight(
    text: &str,
    selection: Range<usize>,
    delta: f64,
    words: &WordNames,
) -> (String, Range<usize>) {
    let empty = selection.start == selection.end;
    let from = text.floor_char_boundary(selection.start.min(selection.end));
    let to = if empty { from } else { text.ceil_char_boundary(selection.start.max(selection.end)) };
    let unchanged = (text.to_owned(), from..to);
    let before = Prompt::parse(text, words);
    // Inner groups come first.
    let mut weighing = before.groups.iter().filter_map(|group| match group.rule {
        Rule::Weight(weight) => Some((group, weight)),
        _ => None,
    });
    let group = weighing.find(|(group, _)| {
        let inside = group.open.start <= from && to <= group.close.end && !group.close.is_empty();
        let whole = from <= group.open.end && to >= group.close.start;
        let said = !text[group.open.end..group.close.start].trim().is_empty();
        inside && said && (empty || whole || to > group.close.start)
    });
    let (outer, body, old, shown) = match group {
        Some((group, weight)) => {
            // Without a number, a weight is taken as it would be written: 0.9 for square brackets.
            let bare = group.close.len() == 1;
            let shown = if bare { (weight * 10.0).round() / 10.0 } else { weight };
            (group.open.start..group.close.end, group.open.end..group.close.start, weight, shown)
        }
        None => {
            let found = if empty { word_at(&before, from) } else { whole_words(&before, from..to) };
            let Some(body) = found else { return unchanged };
            (body.clone(), body, 1.0, 1.0)
        }
    };
    // Adding 0 makes a negative zero positive.
    let weight = ((shown + delta).clamp(0.0, 2.0) * 100.0).round() / 100.0 + 0.0;
    let plain = weight == 1.0;

    let parts = [0..outer.start, body.clone(), outer.end..text.len()];
    let bracketed = !plain || parts.iter().any(|part| text[part.clone()].contains(BRACKETS));
    let written = |part: Range<usize>| before.written(part, bracketed);
    let [head, inside, tail] = parts.map(written);
    let new =
        if plain { format!("{head}{inside}{tail}") } else { format!("{head}({inside}:{weight}){tail}") };

    let after = Prompt::parse(&new, words);
    let weights = |prompt: &Prompt<'_>| prompt.weights(Emphasis::Automatic1111);
    let mut letters =
        before.letters.iter().zip(weights(&before)).zip(after.letters.iter().zip(weights(&after)));
    let words = |prompt: &Prompt<'_>| prompt.mentions.iter().map(|mention| mention.word).collect::<Vec<_>>();
    let kept = before.letters.len() == after.letters.len()
        && words(&before) == words(&after)
        && !before.letters_in(body.clone()).is_empty()
        && before.choices() == after.choices()
        && letters.all(|(((span, old_letter), was), ((_, letter), is))| {
            let change = if body.contains(&span.start) { [old, weight] } else { [1.0; 2] };
            old_letter == letter && (is * change[0] - was * change[1]).abs() < 1e-6
        });
    if !kept {
        return unchanged;
    }
    let start = head.len() + usize::from(!plain);
    if empty {
        let at = start + written(body.start..from.clamp(body.start, body.end)).len();
        return (new, at..at);
    }
    (new, start..start + inside.len())
}

/// The letters before each sign of a group that is chosen from.
type Choice = (Rule, Vec<usize>);

impl Prompt<'_> {
    /// All that is no weight: what is chosen from, and the marks, by the letters they are over or before.
    fn choices(&self) -> (Vec<Choice>, Vec<(Mark, usize)>) {
        let choices = self.groups.iter().filter(|group| !matches!(group.rule, Rule::Weight(_)));
        let choice = |group: &Group| (group.rule, self.letters_before_signs(group));
        let marks = self.marks.iter().map(|(span, mark)| (*mark, self.letters_before(span.start)));
        (choices.map(choice).collect(), marks.collect())
    }

    /// A part of the source as it is to be written in a prompt with or without brackets, where backslashes differ.
    fn written(&self, part: Range<usize>, bracketed: bool) -> String {
        let text = &self.source[part.clone()];
        if self.source.contains(BRACKETS) == bracketed {
            // A backslash that meant nothing must not come to stand before a bracket.
            let slashes = text.len() - text.trim_end_matches('\\').len();
            let lone = bracketed && slashes % 2 == 1 && part.end < self.source.len();
            text[..text.len() - usize::from(lone)].to_owned()
        } else if bracketed {
            literal(text)
        } else {
            let inside = self.letters.iter().filter(|(span, _)| part.contains(&span.start));
            inside.map(|(_, letter)| letter).collect()
        }
    }
}

/// The word that touches a place.
fn word_at(prompt: &Prompt<'_>, at: usize) -> Option<Range<usize>> {
    let touching = |span: &&Range<usize>| span.start <= at && at <= span.end;
    if let Some(span) = prompt.mentions.iter().map(|mention| &mention.span).find(touching) {
        return Some(span.clone());
    }
    let (before, after) = prompt.source.split_at(at);
    let start = before.trim_end_matches(in_word).len();
    let end = prompt.source.len() - after.trim_start_matches(in_word).len();
    prompt.source[start..end].contains(char::is_alphanumeric).then_some(start..end)
}

/// A selection without the space around it, grown over the words that it cuts.
fn whole_words(prompt: &Prompt<'_>, selection: Range<usize>) -> Option<Range<usize>> {
    let chosen = &prompt.source[selection.clone()];
    let mut start = selection.start + (chosen.len() - chosen.trim_start().len());
    let mut end = start + chosen.trim().len();
    if start >= end {
        return None;
    }
    let spans = prompt.mentions.iter().map(|mention| &mention.span);
    for span in spans.filter(|span| span.start < selection.end && selection.start < span.end) {
        (start, end) = (start.min(span.start), end.max(span.end));
    }
    Some(start..end)
}

/// Letters, digits, what joins them, and marks that belong to the letter before.
fn in_word(c: char) -> bool {
    c.is_alphanumeric() || "-_'’".contains(c) || is_mark(c)
}
