//! Weights in a prompt while it is edited: `cat`, `(cat:1.1)`, `(cat:1.2)`.
//!
//! Brackets mean what they mean when the prompt is drawn: round ones without a number count 1.1 times, and those
//! behind a backslash are text. Square ones are left to the hand that wrote them.

use std::ops::Range;

use super::tokens;

/// What round brackets without a number weigh.
const BARE: f64 = 1.1;

/// Makes the word under the cursor, or the selected words, weigh `delta` more: `cat`, `(cat:1.1)`, `(cat:1.2)`.
/// Weights stay between 0 and 2, and at 1 the brackets vanish. Gives the text and what is selected in it; where
/// nothing can be weighed, both as they were.
pub fn reweigh(text: &str, selection: Range<usize>, delta: f64) -> (String, Range<usize>) {
    let empty = selection.start == selection.end;
    let from = text.floor_char_boundary(selection.start.min(selection.end));
    let to = if empty { from } else { text.ceil_char_boundary(selection.start.max(selection.end)) };
    let unchanged = (text.to_owned(), from..to);
    if !delta.is_finite() {
        return unchanged;
    }
    // Inner groups come first.
    let group = groups(text).into_iter().find(|group| {
        let inside = group.open <= from && to <= group.close + 1;
        let whole = from <= group.open + 1 && to >= group.colon;
        inside && (empty || whole || to > group.colon)
    });
    let (outer, body, weight) = match group {
        Some(group) => (group.open..group.close + 1, group.open + 1..group.colon, group.weight),
        None => {
            let found = if empty { word_at(text, from) } else { whole_words(text, from..to) };
            match found.filter(|body| balanced(&text[body.clone()])) {
                Some(body) => (body.clone(), body, 1.0),
                None => return unchanged,
            }
        }
    };
    // Adding 0 makes a negative zero positive.
    let weight = ((weight + delta).clamp(0.0, 2.0) * 100.0).round() / 100.0 + 0.0;
    let plain = weight == 1.0;
    let inside = &text[body.clone()];
    let (head, tail) = (&text[..outer.start], &text[outer.end..]);
    let new =
        if plain { format!("{head}{inside}{tail}") } else { format!("{head}({inside}:{weight}){tail}") };
    let start = outer.start + usize::from(!plain);
    if empty {
        let at = start + from.clamp(body.start, body.end) - body.start;
        return (new, at..at);
    }
    (new, start..start + inside.len())
}

/// `(body:1.2)` or `(body)`, by the places of its brackets and of what ends its body.
pub(super) struct Group {
    pub(super) open: usize,
    pub(super) colon: usize,
    pub(super) close: usize,
    weight: f64,
}

/// Every weighed group, inner before outer.
pub(super) fn groups(text: &str) -> Vec<Group> {
    let (mut found, mut opened, mut escaped) = (Vec::new(), Vec::new(), false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' => opened.push(at),
            ')' => {
                let Some(open) = opened.pop() else { continue };
                let inside = &text[open + 1..at];
                let weighed =
                    inside.rsplit_once(':').and_then(|(body, number)| Some((body, weight(number)?)));
                let (body, weight) = weighed.unwrap_or((inside, BARE));
                if !body.trim().is_empty() {
                    found.push(Group { open, colon: open + 1 + body.len(), close: at, weight });
                }
            }
            _ => {}
        }
    }
    found
}

/// A plain number, with nothing but digits, a point and a sign.
fn weight(number: &str) -> Option<f64> {
    let number = number.trim();
    let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
    let plain = digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    if plain { number.parse().ok() } else { None }
}

/// Whether every bracket in a text has its partner there.
fn balanced(text: &str) -> bool {
    let (mut depth, mut escaped) = (0_i32, false);
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' => depth += 1,
            ')' if depth == 0 => return false,
            ')' => depth -= 1,
            _ => {}
        }
    }
    depth == 0 && !escaped
}

/// The word that touches a place.
fn word_at(text: &str, at: usize) -> Option<Range<usize>> {
    if let Some(token) = tokens(text).find(|token| token.start <= at && at <= token.end) {
        return Some(token);
    }
    let start = text[..at].trim_end_matches(in_word).len();
    let end = text.len() - text[at..].trim_start_matches(in_word).len();
    text[start..end].contains(char::is_alphanumeric).then_some(start..end)
}

/// A selection without the space around it, grown over the `<…>` that it cuts.
fn whole_words(text: &str, selection: Range<usize>) -> Option<Range<usize>> {
    let chosen = &text[selection.clone()];
    let mut start = selection.start + (chosen.len() - chosen.trim_start().len());
    let mut end = start + chosen.trim().len();
    if start >= end {
        return None;
    }
    for token in tokens(text).filter(|token| token.start < selection.end && selection.start < token.end) {
        (start, end) = (start.min(token.start), end.max(token.end));
    }
    Some(start..end)
}

/// Letters, digits, what joins them, and marks that belong to the letter before.
fn in_word(c: char) -> bool {
    c.is_alphanumeric() || "-_'’".contains(c) || matches!(c, '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}')
}
