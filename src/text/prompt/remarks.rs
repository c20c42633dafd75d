//! What in a prompt looks like grammar and is not understood, so that nothing is drawn as plain text in silence.
//!
//! The signs of other programs are recognised only to be named. A remark never changes what is drawn.

use std::ops::Range;

use super::parse::Prompt;
use super::scan::{begins_tag, keyword};
use crate::wildcards;
use base::units::counted;

/// A part of a prompt that is not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Where it is.
    pub span: Range<usize>,
    pub(super) fault: Fault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// A LoRA or another network.
    Tag,
    /// `embedding:word` that is no learned word.
    Missing,
    /// The signs around a learned word that are none of its own: `<name:1.2>`.
    Angles,
    /// A number that is no weight: `(a:1,2)`, `(a:150)`, `a AND b:x`.
    Weight,
    /// A weight without brackets: `a:1.2`.
    Bare,
    /// Square brackets with bars or colons that nothing closes.
    Open,
    /// A weight in brackets that nothing closes: `(a:1.2`.
    OpenWeight,
    /// `<lora:` that nothing closes, `--ar 16:9`, brackets of other scripts.
    Sign,
    /// `AND` in a negative prompt.
    And,
    /// Square brackets with colons that end in no number, or with too many colons.
    Editing,
    /// Square brackets with bars and colons.
    Mixed,
    /// `<word>` that is no learned word.
    Unknown,
    /// `{a|b}` or `{a}`.
    Braces,
    /// A brace that nothing closes.
    OpenBrace,
    /// `__name__` where nothing is left to chance.
    Wildcard,
    /// `__../name__`, which no list can be called.
    NoList,
    /// A part of `a AND AND b` in which nothing is said.
    Nothing,
    /// `(a)1.3`, `word++`, `("a", "b").blend(1, 2)`.
    Invoke,
}

impl Prompt<'_> {
    /// A sentence for each part that is not understood, or that is never said when drawing takes so many steps. `known`
    /// says whether the model itself has a word.
    pub fn notes(&self, steps: usize, known: impl Fn(&str) -> bool) -> Vec<String> {
        self.notes_of([steps, 0], known)
    }

    /// The same of a drawing whose two passes take so many steps.
    pub fn notes_of(&self, steps: [usize; 2], known: impl Fn(&str) -> bool) -> Vec<String> {
        const MOST: usize = 8;
        let remarks = self.remarks.iter();
        let remarks =
            remarks.filter(|it| it.fault != Fault::Unknown || !known(&self.source[it.span.clone()]));
        let said = remarks.map(|remark| (remark.span.clone(), Some(remark)));
        let mut all = said.chain(self.never_said(steps).map(|span| (span, None)));
        let steps = steps.iter().sum::<usize>() as u64;
        let note = |(span, remark): (Range<usize>, Option<&Remark>)| match remark {
            Some(remark) => remark.note(self.source),
            None => {
                let (shown, steps) = (shown(&self.source[span]), counted(steps, "step"));
                format!("“{shown}” has a part that is never drawn, because drawing takes {steps}.")
            }
        };
        let mut shown: Vec<String> = all.by_ref().take(MOST).map(note).collect();
        let others = all.count();
        if others > 0 {
            let others = counted(others as u64, "place");
            shown.push(format!("There is more in the prompt that is not understood: {others}."));
        }
        shown
    }
}

impl Remark {
    fn note(&self, source: &str) -> String {
        let shown = shown(&source[self.span.clone()]);
        match self.fault {
            Fault::Tag if !shown.to_lowercase().starts_with("<hyper") => format!(
                "“{shown}” is left out: a LoRA is chosen beside the prompt, on the command line with --lora FILE:WEIGHT."
            ),
            Fault::Tag => format!("“{shown}” is left out: only learned words can be used."),
            Fault::Missing => format!("“{shown}” is left out: no learned word of this name was chosen."),
            Fault::Angles => {
                format!(
                    "The signs around the learned word in “{shown}” are read as text. Write (name:1.2) for a weight."
                )
            }
            Fault::Weight => {
                format!(
                    "“{shown}” has no weight that can be used. Write a number up to 100 with a point, as in (word:1.2)."
                )
            }
            Fault::Bare => {
                format!("“{shown}” is read as plain text: a weight needs brackets, as in (word:1.2).")
            }
            Fault::Open => {
                format!("“{shown}” is not closed, so it is read as words that count less. Add the ].")
            }
            Fault::OpenWeight => {
                format!("“{shown}” is not closed, so its weight is read as text. Add the ).")
            }
            Fault::Sign => format!("“{shown}” is read as plain text: it has no meaning here."),
            Fault::And => "AND in a negative prompt is read as a word.".to_owned(),
            Fault::Editing => format!(
                "“{shown}” is read as words that count less. To go over from one to the other, write [one:other:0.5]."
            ),
            Fault::Mixed => format!(
                "“{shown}” is read as words that count less. Write [one|other] to take turns, or [one:other:0.5] to go over."
            ),
            Fault::Unknown => {
                format!("“{shown}” is read as plain text: no learned word of this name was chosen.")
            }
            Fault::Braces => format!("“{shown}” is read as plain text: braces have no meaning here."),
            Fault::OpenBrace => format!("“{shown}” is not closed, so it is read as plain text. Add the }}."),
            Fault::Wildcard => format!("“{shown}” is read as plain text: lists of words are not known here."),
            Fault::NoList => format!(
                "“{shown}” is read as plain text: no list of words can be called so. Its name has letters, digits and - _ / \
                 alone, and no letter stands before it."
            ),
            Fault::Nothing => {
                "AND joins a prompt that is empty, and drawn as such. Write something on both sides of each AND."
                    .to_owned()
            }
            Fault::Invoke => format!("“{shown}” is read as plain text. Weights are written (word:1.2)."),
        }
    }
}

/// A part of a prompt as a note shows it.
fn shown(text: &str) -> String {
    super::shortened(text.trim(), 60)
}

/// The signs of other programs outside learned words.
pub(super) fn foreign(prompt: &Prompt<'_>) -> Vec<Remark> {
    let source = prompt.source;
    let mut found = Vec::new();
    let mut add = |span: Range<usize>, fault| found.push(Remark { span, fault });
    let words = prompt.mentions.iter().map(|mention| mention.span.clone());
    let mut named: Vec<Range<usize>> =
        words.chain(prompt.marks.iter().map(|(span, _)| span.clone())).collect();
    named.sort_by_key(|span| span.start);
    let mut named = named.into_iter().peekable();
    let last_brace = source.rfind('}');
    // The text that is weighed already lies in brackets.
    let mut depth = 0_usize;
    for mention in prompt.mentions.iter().filter(|mention| mention.word.is_none()) {
        add(mention.span.clone(), Fault::Unknown);
    }
    let mut at = 0;
    while let Some(next) = source[at..].chars().next() {
        while named.next_if(|span| span.end <= at).is_some() {}
        if let Some(span) = named.next_if(|span| span.contains(&at)) {
            at = span.end;
            continue;
        }
        let rest = &source[at..];
        let sign = match next {
            '{' if !source[..at].ends_with('\\') => {
                let end = rest.bytes().take(NEAR).position(|byte| byte == b'}');
                let open = || {
                    last_brace.is_none_or(|brace| brace < at).then(|| (first_word(rest), Fault::OpenBrace))
                };
                end.map(|end| (end + 1, Fault::Braces)).or_else(open)
            }
            ':' if depth == 0 && rest.starts_with("::") => Some((2, Fault::Sign)),
            ':' if depth == 0 => bare(source, at).map(|length| (length, Fault::Bare)),
            'A' => joint(source, at).map(|end| (end - at, Fault::Sign)),
            '<' if begins_tag(rest) => Some((first_word(rest), Fault::Sign)),
            '-' if at == 0 || source[..at].ends_with(' ') => option(rest).map(|length| (length, Fault::Sign)),
            '：' if bare(source, at).is_some() => Some((next.len_utf8(), Fault::Sign)),
            '_' => wildcard(rest).map(|length| {
                let list = wildcards::is_list(rest, source[..at].chars().next_back());
                (length, if list { Fault::Wildcard } else { Fault::NoList })
            }),
            ')' => suffix(&rest[1..]).map(|length| (1 + length, Fault::Invoke)),
            '.' => call(rest).map(|length| (length, Fault::Invoke)),
            '+' if source[..at].ends_with(char::is_alphanumeric) => {
                let length = rest.len() - rest.trim_start_matches('+').len();
                (length > 1).then_some((length, Fault::Invoke))
            }
            _ => None,
        };
        match next {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match sign {
            Some((length, fault)) => {
                // A weight behind a word or a bracket is shown with it.
                let start =
                    if matches!(fault, Fault::Invoke | Fault::Bare) { word_start(source, at) } else { at };
                add(start..at + length, fault);
                at += length;
            }
            None => at += next.len_utf8(),
        }
    }
    found
}

/// How far the end of a sign is looked for, in bytes.
const NEAR: usize = 256;

/// A colon and a number with a point behind a word: `:1.2`.
fn bare(source: &str, at: usize) -> Option<usize> {
    let colon = source[at..].chars().next()?.len_utf8();
    let rest = &source[at + colon..];
    let length = rest.find(|c: char| !c.is_ascii_digit() && !".+-".contains(c)).unwrap_or(rest.len());
    let ends = rest[length..].chars().next().is_none_or(|c| !c.is_alphanumeric());
    let word = source[..at].ends_with(char::is_alphabetic);
    (word && ends && rest[..length].contains('.') && rest[..length].parse::<f64>().is_ok())
        .then_some(colon + length)
}

/// How far a text goes until the first space.
fn first_word(text: &str) -> usize {
    text.find(char::is_whitespace).unwrap_or(text.len())
}

/// Where a word ends by which extensions of the web UI join prompts or parts of the picture.
fn joint(source: &str, at: usize) -> Option<usize> {
    const WORDS: [&str; 8] =
        ["AND_PERP", "AND_SALT", "AND_TOPK", "ADDCOMM", "ADDBASE", "ADDCOL", "ADDROW", "ADDP"];
    WORDS.into_iter().find_map(|word| keyword(source, at, word))
}

/// An option of other programs: `--ar 16:9`, `--v 5`.
fn option(text: &str) -> Option<usize> {
    let name = text.strip_prefix("--")?;
    let length = name.len() - name.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
    (length > 0 && name[length..].chars().next().is_none_or(char::is_whitespace)).then_some(2 + length)
}

fn word_start(source: &str, at: usize) -> usize {
    let from = source.floor_char_boundary(at.saturating_sub(NEAR));
    if source[at..].starts_with(')') {
        return source[from..at].rfind('(').map_or(at, |place| from + place);
    }
    from + source[from..at].trim_end_matches(|c: char| c.is_alphanumeric() || c == '-').len()
}

/// `__name__`, with folders and stars.
fn wildcard(text: &str) -> Option<usize> {
    let name = text.strip_prefix("__")?;
    let end = name[..name.floor_char_boundary(NEAR)].find("__")?;
    let fits = |c: char| c.is_alphanumeric() || "-_/*.".contains(c);
    (end > 0 && name[..end].chars().all(fits)).then_some(end + 4)
}

/// `++`, `-` or `1.3` directly behind a closing bracket.
fn suffix(text: &str) -> Option<usize> {
    let signs = text.len() - text.trim_start_matches(['+', '-']).len();
    let number = text[signs..].find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len() - signs);
    let ends = text[signs + number..].chars().next().is_none_or(|c| !c.is_alphanumeric());
    let plain_number =
        signs == 0 && text[..number].contains('.') && text.starts_with(|c: char| c.is_ascii_digit());
    let plain_signs = signs > 0 && number == 0;
    (ends && (plain_number || plain_signs)).then_some(signs + number)
}

/// `.and(`, `.blend(` or `.swap(`.
fn call(text: &str) -> Option<usize> {
    [".and(", ".blend(", ".swap("].into_iter().find(|call| text.starts_with(call)).map(str::len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::WordNames;

    #[test]
    fn steps_are_counted_as_a_person_would() {
        let prompt = Prompt::parse("a [cat:1.2]", &WordNames::new([["<dog>"]]));
        for (steps, part) in [(1, "drawing takes 1 step."), (20, "drawing takes 20 steps.")] {
            let said = prompt.notes(steps, |_| false).join(" ");
            assert!(said.contains(part), "{said}");
        }
    }
}
