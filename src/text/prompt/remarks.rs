//! What in a prompt looks like grammar and is not understood, so that nothing is drawn as plain text in silence.
//!
//! The signs of other programs are recognised only to be named. A remark never changes what is drawn.

use std::ops::Range;

use super::parse::Prompt;

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
    /// `__name__`.
    Wildcard,
    /// `(a)1.3`, `word++`, `("a", "b").blend(1, 2)`.
    Invoke,
}

impl Prompt<'_> {
    /// A sentence for each part that is not understood, or that is never said when drawing takes so many steps.
    pub fn notes(&self, steps: usize) -> Vec<String> {
        let notes = self.remarks.iter().map(|remark| remark.note(self.source));
        let never = self.never_said(steps).map(|span| {
            let shown = shown(&self.source[span]);
            format!("“{shown}” has a part that is never drawn, because drawing takes {steps} steps.")
        });
        notes.chain(never).collect()
    }
}

impl Remark {
    fn note(&self, source: &str) -> String {
        let shown = shown(&source[self.span.clone()]);
        match self.fault {
            Fault::Tag => format!("“{shown}” is left out: only learned words can be used."),
            Fault::Missing => format!("“{shown}” is left out: no learned word of this name was chosen."),
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
            Fault::Wildcard => format!("“{shown}” is read as plain text: lists of words are not known here."),
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
    let named = |at: usize| {
        let words = prompt.mentions.iter().map(|mention| &mention.span);
        let tags = prompt.marks.iter().map(|(span, _)| span);
        words.chain(tags).find(|span| span.contains(&at)).map(|span| span.end)
    };
    for mention in prompt.mentions.iter().filter(|mention| mention.word.is_none()) {
        add(mention.span.clone(), Fault::Unknown);
    }
    let mut at = 0;
    while let Some(next) = source[at..].chars().next() {
        if let Some(end) = named(at) {
            at = end;
            continue;
        }
        let rest = &source[at..];
        let sign = match next {
            '{' if !source[..at].ends_with('\\') => rest.find('}').map(|end| (end + 1, Fault::Braces)),
            '_' => wildcard(rest).map(|length| (length, Fault::Wildcard)),
            ')' => suffix(&rest[1..]).map(|length| (1 + length, Fault::Invoke)),
            '.' => call(rest).map(|length| (length, Fault::Invoke)),
            '+' if source[..at].ends_with(char::is_alphanumeric) => {
                let length = rest.len() - rest.trim_start_matches('+').len();
                (length > 1).then_some((length, Fault::Invoke))
            }
            _ => None,
        };
        match sign {
            Some((length, fault)) => {
                // A weight behind a word or a bracket is shown with it.
                let start = if fault == Fault::Invoke { word_start(source, at) } else { at };
                add(start..at + length, fault);
                at += length;
            }
            None => at += next.len_utf8(),
        }
    }
    found
}

fn word_start(source: &str, at: usize) -> usize {
    if source[at..].starts_with(')') {
        return source[..at].rfind('(').unwrap_or(at);
    }
    source[..at].trim_end_matches(|c: char| c.is_alphanumeric() || c == '-').len()
}

/// `__name__`, with folders and stars.
fn wildcard(text: &str) -> Option<usize> {
    let name = text.strip_prefix("__")?;
    let end = name.find("__")?;
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
