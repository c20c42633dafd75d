//! A prompt put together from an opening, a thing and a style, and completed while it is typed.
//!
//! What was written by hand is kept where that is possible. Weights are not touched here.

use std::ops::Range;

use super::parse::{Prompt, in_angles};
use super::words::WordNames;

/// Longest word that is completed, in characters.
const LONGEST: usize = 64;
/// Words without which a prompt cannot name a style.
const IN_STYLE: &str = " in the style of ";
/// What stands before a style when nothing else was chosen.
const PAINTING: &str = "a painting";

/// What a prompt is put together from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PromptParts<'a> {
    /// "a photo of"; empty for none.
    pub opening: &'a str,
    /// A thing.
    pub content: Option<&'a str>,
    /// A style.
    pub style: Option<&'a str>,
}

impl PromptParts<'_> {
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
pub fn recompose(prompt: &str, old: PromptParts<'_>, new: PromptParts<'_>) -> String {
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
            (Some(old), Some(word)) => match replaced(&text, old, word) {
                Some(changed) => text = changed,
                None => return new.text(),
            },
            _ => return new.text(),
        }
    }
    if old.style != new.style {
        match (old.style, new.style) {
            (Some(old), Some(word)) => match replaced(&text, old, word) {
                Some(changed) => text = changed,
                None => return new.text(),
            },
            (None, Some(new)) => text = format!("{}{IN_STYLE}{new}", text.trim_end()),
            (Some(old), None) if text.contains(&format!("{IN_STYLE}{old}")) => {
                text = text.replace(&format!("{IN_STYLE}{old}"), "");
            }
            _ => return new.text(),
        }
    }
    text
}

/// A prompt with another word wherever it names `old`; `None` if it does not.
fn replaced(prompt: &str, old: &str, new: &str) -> Option<String> {
    let mentions = Prompt::parse(prompt, &WordNames::new([[old]])).mentions;
    let mut spans = mentions.into_iter().rev().filter(|mention| mention.word.is_some()).peekable();
    spans.peek()?;
    let mut text = prompt.to_owned();
    spans.for_each(|mention| text.replace_range(mention.span, new));
    Some(text)
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
    if !typed.chars().all(in_angles) || typed.chars().count() > LONGEST {
        return None;
    }
    // Inside a word that is finished already there is nothing to complete.
    let rest = after.trim_start_matches(in_angles);
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

/// The words that a prompt names, in their order: which one, and where it stands first.
pub fn mentioned(prompt: &str, words: &WordNames) -> Vec<(usize, Range<usize>)> {
    let mut found: Vec<(usize, Range<usize>)> = Vec::new();
    for mention in Prompt::parse(prompt, words).mentions {
        if let Some(word) = mention.word.filter(|word| found.iter().all(|(known, _)| known != word)) {
            found.push((word, mention.span));
        }
    }
    found
}

/// A text of at most `most` characters, with an ellipsis where it was cut.
pub fn shortened(text: &str, most: usize) -> String {
    // Of a long text only the beginning is looked at.
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}
