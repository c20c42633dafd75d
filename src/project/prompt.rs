//! The text of a prompt as an artist edits it: put together from a thing and a style, completed while typing,
//! weighed, and cut into parts for colouring.
//!
//! Text goes in and text comes out. Positions are bytes and always lie between characters. What a model makes of
//! a prompt is not asked here.

use std::ops::Range;

#[cfg(test)]
mod tests;
mod weigh;

use weigh::groups;
pub use weigh::reweigh;

/// Longest word that is completed, in characters.
const LONGEST: usize = 64;
/// Words without which a prompt cannot name a style.
const IN_STYLE: &str = " in the style of ";
/// What stands before a style when nothing else was chosen.
const PAINTING: &str = "a painting";

/// What a prompt is put together from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts<'a> {
    /// "a photo of"; empty for none.
    pub opening: &'a str,
    /// A thing.
    pub content: Option<&'a str>,
    /// A style.
    pub style: Option<&'a str>,
}

impl Parts<'_> {
    fn text(self) -> String {
        compose(self.opening, self.content, self.style)
    }
}

/// "a photo of `content` in the style of `style`", or a sentence that makes sense without what is missing.
pub fn compose(opening: &str, content: Option<&str>, style: Option<&str>) -> String {
    let opening = opening.trim();
    let given = |part: Option<&str>| part.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let (content, style) = (given(content), given(style));
    // An opening is not left hanging: "a photo of" nothing is "a photo".
    let alone = opening.strip_suffix(" of").unwrap_or(opening);
    let subject = match content {
        Some(content) => format!("{opening} {content}").trim().to_owned(),
        None if alone.is_empty() && style.is_some() => PAINTING.to_owned(),
        None => alone.to_owned(),
    };
    match style {
        Some(style) => format!("{subject}{IN_STYLE}{style}"),
        None => subject,
    }
}

/// The prompt after another part was chosen. What was written by hand around the parts stays where that is
/// possible; otherwise the prompt is put together anew.
pub fn recompose(prompt: &str, old: Parts<'_>, new: Parts<'_>) -> String {
    if prompt.trim().is_empty() || prompt.trim() == old.text() {
        return new.text();
    }
    let mut text = prompt.to_owned();
    if old.opening != new.opening {
        match text.strip_prefix(old.opening) {
            Some(rest) if !old.opening.is_empty() && !new.opening.is_empty() => {
                text = format!("{}{rest}", new.opening);
            }
            _ => return new.text(),
        }
    }
    if old.content != new.content {
        match (old.content, new.content) {
            (Some(old), Some(new)) if text.contains(old) => text = text.replace(old, new),
            _ => return new.text(),
        }
    }
    if old.style != new.style {
        match (old.style, new.style) {
            (Some(old), Some(new)) if text.contains(old) => text = text.replace(old, new),
            (None, Some(new)) => text = format!("{}{IN_STYLE}{new}", text.trim_end()),
            (Some(old), None) if text.contains(&format!("{IN_STYLE}{old}")) => {
                text = text.replace(&format!("{IN_STYLE}{old}"), "");
            }
            _ => return new.text(),
        }
    }
    text
}

/// What could be meant by a word that is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// Where the unfinished word begins, at its `<`.
    pub start: usize,
    /// Where it ends: the cursor.
    pub end: usize,
    /// Words to put there, those that begin as typed first.
    pub choices: Vec<String>,
}

/// What could be meant when the cursor is behind an unfinished `<…`: the words that contain what was typed, in
/// any letter case. `cursor` is a byte.
pub fn completion(text: &str, cursor: usize, words: &[&str]) -> Option<Completion> {
    let end = text.floor_char_boundary(cursor);
    let (before, after) = text.split_at(end);
    let start = before.rfind('<')?;
    let typed = before.get(start + 1..)?;
    if !typed.chars().all(in_token) || typed.chars().count() > LONGEST {
        return None;
    }
    // Inside a word that is finished already there is nothing to complete.
    let rest = after.trim_start_matches(in_token);
    if rest.starts_with('>') {
        return None;
    }
    let typed = typed.to_lowercase();
    let bare = |word: &str| word.strip_prefix('<').unwrap_or(word).to_lowercase();
    let mut choices: Vec<String> =
        words.iter().filter(|word| bare(word).contains(&typed)).map(|&word| word.to_owned()).collect();
    choices.sort_by_key(|word| !bare(word).starts_with(&typed));
    (!choices.is_empty()).then_some(Completion { start, end, choices })
}

/// What a part of a prompt is.
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

/// A part of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Where it is, in bytes.
    pub range: Range<usize>,
    /// What it is.
    pub kind: SpanKind,
}

/// Cuts a prompt into parts that follow each other without gaps. `known` are the learned words; they are found
/// wherever they stand, in any letter case, as the tokenizer finds them.
pub fn spans(text: &str, known: &[&str]) -> Vec<Span> {
    let mut marked: Vec<Span> = Vec::new();
    for group in groups(text) {
        marked.push(Span { range: group.open..group.open + 1, kind: SpanKind::Weight });
        marked.push(Span { range: group.colon..group.close + 1, kind: SpanKind::Weight });
    }
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let longest = known.iter().filter_map(|word| matched(rest, word)).max();
        let found = longest.map(|length| (length, SpanKind::Known));
        match found.or_else(|| token(rest).map(|length| (length, SpanKind::Unknown))) {
            Some((length, kind)) => {
                marked.push(Span { range: at..at + length, kind });
                at += length;
            }
            None => at += first.len_utf8(),
        }
    }
    marked.sort_by_key(|span| span.range.start);
    let (mut spans, mut done) = (Vec::new(), 0);
    for span in marked {
        if span.range.start < done {
            continue;
        }
        if span.range.start > done {
            spans.push(Span { range: done..span.range.start, kind: SpanKind::Plain });
        }
        done = span.range.end;
        spans.push(span);
    }
    if done < text.len() {
        spans.push(Span { range: done..text.len(), kind: SpanKind::Plain });
    }
    spans
}

/// The word of `words` that the prompt names first.
pub fn mentioned<'a>(text: &str, words: &[&'a str]) -> Option<&'a str> {
    let span = spans(text, words).into_iter().find(|span| span.kind == SpanKind::Known)?;
    let found = &text[span.range];
    words.iter().copied().find(|word| matched(found, word) == Some(found.len()))
}

/// A text of at most `most` characters, with an ellipsis where it was cut.
pub fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

fn tokens(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices('<').filter_map(move |(at, _)| token(&text[at..]).map(|length| at..at + length))
}

/// The length of the `<…>` that a text begins with.
fn token(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('<')?;
    let length = inside.len() - inside.trim_start_matches(in_token).len();
    (length > 0 && inside[length..].starts_with('>')).then_some(length + 2)
}

/// The length of the word that a text begins with, in any letter case.
fn matched(text: &str, word: &str) -> Option<usize> {
    let mut wanted = word.chars().flat_map(char::to_lowercase).peekable();
    wanted.peek()?;
    for (at, c) in text.char_indices() {
        for lower in c.to_lowercase() {
            if wanted.next() != Some(lower) {
                return None;
            }
        }
        if wanted.peek().is_none() {
            return Some(at + c.len_utf8());
        }
    }
    None
}

fn in_token(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !"<>(),".contains(c)
}
