//! What the floors below the window say, in the window's language: errors, notes, reasons, what a job is doing. They speak
//! English; `sentences.ftl` holds their sentences and the parts of these, with gaps for what is filled in, and by it a
//! sentence is taken apart and said anew. Nothing is guessed: a part that it does not have stays English.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use fluent_bundle::{FluentArgs, FluentValue};

use super::{Book, Language, SENTENCES, floors, messages, spoken};

/// Longer lines are no sentences, in bytes.
const LONGEST: usize = 2000;
/// So many translations are kept, and as many from before them: every frame asks for the same few, or for a long list.
const KEPT: usize = 1000;
/// How deep parts lie in parts at most.
const DEEPEST: usize = 7;
/// Parts of one sentence that are looked at.
const PARTS: usize = 400;
/// Ways to fit one template that are tried.
const WAYS: usize = 48;
/// Fewer known letters say nothing.
const LETTERS: usize = 4;
/// Fewer known letters may be in the name of a file by chance, as in `from Rome to Paris.png`.
const LETTERS_OF_NAMES: usize = 10;
/// How the names of pictures end.
const PICTURES: &[&str] = &["png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff", "avif"];
/// The message that is the full stop of a language.
const STOP: &str = "frame-stop";

/// A sentence or a part of one in which something is filled in.
struct Template {
    id: String,
    /// What stands before, between and after the gaps: one more than these.
    pieces: Vec<String>,
    gaps: Vec<String>,
    letters: usize,
}

/// All of them, and by their text those in which nothing is filled in. The last full stop is on none.
#[derive(Default)]
struct Templates {
    whole: HashMap<String, String>,
    open: Vec<Template>,
}

static TEMPLATES: LazyLock<Templates> = LazyLock::new(|| {
    let mut read = Templates::default();
    for (id, text) in messages(SENTENCES).filter(|(id, _)| id != STOP) {
        let (mut pieces, gaps) = taken_apart(&text);
        if let Some(last) = pieces.last_mut() {
            *last = last.strip_suffix('.').unwrap_or(last).to_owned();
        }
        let letters = pieces.iter().map(|piece| letters(piece)).sum();
        match pieces.as_slice() {
            [only] => drop(read.whole.insert(only.clone(), id)),
            _ => read.open.push(Template { id, pieces, gaps, letters }),
        }
    }
    read
});

/// The translations of one language: the last ones, and those from before, which are forgotten once the last are too many.
type Memory = (Language, [HashMap<String, Option<String>>; 2]);

thread_local! {
    static TOLD: RefCell<Memory> = RefCell::new((Language::English, Default::default()));
}

/// What the floors below say, in the window's language, as far as it is known.
pub(crate) fn said(english: &str) -> Cow<'_, str> {
    let language = spoken();
    if language == Language::English {
        return english.into();
    }
    TOLD.with_borrow_mut(|memory| {
        if memory.0 != language {
            *memory = (language, Default::default());
        }
        let [last, before] = &mut memory.1;
        if !last.contains_key(english) && !before.contains_key(english) {
            if last.len() >= KEPT {
                *before = std::mem::take(last);
            }
            last.insert(english.to_owned(), translated(language.book(), english));
        }
        let told = last.get(english).or_else(|| before.get(english));
        told.cloned().flatten().map_or(english.into(), Cow::Owned)
    })
}

/// Line by line; `None` if nothing of it is known.
fn translated(book: &'static Book, english: &str) -> Option<String> {
    let (mut known, mut quoted) = (false, false);
    let mut line = |line| {
        let told = if quoted { None } else { Reader::new(book).sentence(line) };
        // What a person wrote may have lines.
        quoted ^= is_torn(line);
        known |= told.is_some();
        told.map_or(Cow::Borrowed(line), Cow::Owned)
    };
    let lines: Vec<Cow<'_, str>> = english.split('\n').map(&mut line).collect();
    known.then(|| lines.join("\n"))
}

/// A value of a message as the texts around its gaps, and the names of these.
pub(super) fn taken_apart(value: &str) -> (Vec<String>, Vec<String>) {
    let (mut pieces, mut gaps, mut piece, mut rest) = (Vec::new(), Vec::new(), String::new(), value);
    while let Some((before, after)) = rest.split_once('{') {
        piece += before;
        let after = after.trim_start();
        // A brace or a space that is meant as it is stands in quotes.
        let quoted = after.strip_prefix('"').and_then(|after| after.split_once('"'));
        let (literal, after) = quoted.map_or((None, after), |(literal, after)| (Some(literal), after));
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        match literal {
            Some(literal) => piece += literal,
            None => {
                gaps.push(name.trim().trim_start_matches('$').to_owned());
                pieces.push(std::mem::take(&mut piece));
            }
        }
        rest = after;
    }
    pieces.push(piece + rest);
    (pieces, gaps)
}

/// Without the space around it and the full stop of a sentence.
fn bare(text: &str) -> &str {
    let text = text.trim();
    text.strip_suffix('.').unwrap_or(text)
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphabetic()).count()
}

/// A part in another language, without a full stop, and how many letters of the English one were known.
#[derive(Clone)]
struct Told {
    text: String,
    known: usize,
}

/// Takes one sentence apart.
struct Reader<'a> {
    book: &'static Book,
    stop: &'static str,
    read: HashMap<&'a str, Option<Told>>,
}

impl<'a> Reader<'a> {
    fn new(book: &'static Book) -> Self {
        let stop = book.plain.get(STOP).map_or(".", String::as_str);
        Self { book, stop, read: HashMap::new() }
    }

    /// A sentence, or several in a row, with its full stop if it has one.
    fn sentence(&mut self, english: &'a str) -> Option<String> {
        if english.len() > LONGEST {
            return None;
        }
        let told = self.part(english, 0).filter(|told| told.known >= LETTERS)?;
        Some(self.stopped(told.text, english))
    }

    /// As the English was: with a full stop or without.
    fn stopped(&self, text: String, english: &str) -> String {
        if english.trim_end().ends_with('.') { text + self.stop } else { text }
    }

    /// The reading of a part of which the most is known; of several the first.
    fn part(&mut self, english: &'a str, depth: usize) -> Option<Told> {
        let english = bare(english);
        if english.is_empty() || depth > DEEPEST {
            return None;
        }
        if let Some(id) = TEMPLATES.whole.get(english) {
            let text = self.book.plain.get(id)?;
            let text = text.strip_suffix(self.stop).unwrap_or(text).to_owned();
            return Some(Told { text, known: letters(english) });
        }
        if english.contains(' ')
            && let Some(text) = floors::quantity(english)
        {
            return Some(Told { text, known: 1 });
        }
        if let Some(told) = self.read.get(english) {
            return told.clone();
        }
        if self.read.len() >= PARTS {
            return None;
        }
        let mut best: Option<Told> = None;
        let named = is_file(english);
        // The frames have no letters, and part a name from what is said of it.
        let fits =
            |template: &&Template| !named || template.letters == 0 || template.letters >= LETTERS_OF_NAMES;
        for template in TEMPLATES.open.iter().filter(fits) {
            let told = self.filled(template, english, depth);
            let better = |told: &Told| told.known > best.as_ref().map_or(0, |best| best.known);
            best = told.filter(better).or(best);
        }
        self.read.insert(english, best.clone());
        best
    }

    /// A part by one template, in the best of the ways in which that fits.
    fn filled(&mut self, template: &'static Template, english: &'a str, depth: usize) -> Option<Told> {
        let [first, between @ .., last] = template.pieces.as_slice() else { return None };
        let inner = english.strip_prefix(first.as_str())?.strip_suffix(last.as_str())?;
        let mut found = Vec::new();
        ways(inner, between, &mut Vec::new(), &mut found);
        let mut best: Option<(usize, Vec<Cow<'a, str>>)> = None;
        for way in found {
            // “is” and “or” between two words say something, and between two parts of a sentence nothing.
            let few = (1..LETTERS).contains(&template.letters);
            if few && way.iter().any(|gap| gap.contains(' ')) {
                continue;
            }
            // What stands in quotes is not parted.
            let torn = |(gap, before): (&&str, &String)| !before.ends_with('“') && is_torn(gap);
            if way.iter().zip(&template.pieces).any(torn) {
                continue;
            }
            let mut known = template.letters;
            let mut told: Vec<Cow<'a, str>> = Vec::new();
            for (english, before) in way.into_iter().zip(&template.pieces) {
                // What stands in quotes is a person's own.
                let part = if before.ends_with('“') { None } else { self.part(english, depth + 1) };
                known += part.as_ref().map_or(0, |part| part.known);
                told.push(part.map_or(english.into(), |part| self.stopped(part.text, english).into()));
            }
            if known > best.as_ref().map_or(0, |(most, _)| *most) {
                best = Some((known, told));
            }
        }
        let (known, told) = best?;
        let values = template.gaps.iter().map(String::as_str).zip(told.into_iter().map(FluentValue::from));
        let values: FluentArgs<'_> = values.collect();
        let (text, whole) = self.book.format(&template.id, Some(&values));
        let text = text.strip_suffix(self.stop).unwrap_or(&text).to_owned();
        whole.then_some(Told { text, known })
    }
}

/// The ways in which a text comes apart between these pieces.
fn ways<'a>(text: &'a str, between: &[String], way: &mut Vec<&'a str>, found: &mut Vec<Vec<&'a str>>) {
    let Some((piece, others)) = between.split_first() else {
        found.push(way.iter().copied().chain([text]).collect());
        return;
    };
    for (at, piece) in text.match_indices(piece.as_str()) {
        let rest = &text[at + piece.len()..];
        // Where the others do not follow any more, they do not further on.
        if found.len() >= WAYS || !follow(rest, others) {
            return;
        }
        way.push(&text[..at]);
        ways(rest, others, way, found);
        way.pop();
    }
}

/// Whether these pieces stand in a text one after the other.
fn follow(text: &str, pieces: &[String]) -> bool {
    let behind = |rest: &str, piece: &String| rest.find(piece.as_str()).map(|at| at + piece.len());
    let mut from = 0;
    pieces.iter().all(|piece| {
        let next = behind(&text[from..], piece);
        from += next.unwrap_or_default();
        next.is_some()
    })
}

/// Whether a quotation begins or ends in a text, and not both.
fn is_torn(text: &str) -> bool {
    text.matches('“').count() != text.matches('”').count()
}

/// Whether a text is where a file lies, or what a picture is called, maybe with something behind it: that is a person's own.
fn is_file(text: &str) -> bool {
    let drive =
        || matches!(text.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    let picture = || {
        let end = text.rsplit_once('.').map_or("", |(_, end)| end);
        PICTURES.iter().any(|known| end.eq_ignore_ascii_case(known))
    };
    ["/", "~/", r"\\"].iter().any(|begin| text.starts_with(begin)) || drive() || picture()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_not_translated_anew_in_every_frame() {
        crate::language::speak(Language::Japanese);
        let frame = |length: usize| {
            for number in 0..length {
                said(&format!("<{number}>"));
            }
            TOLD.with_borrow(|(_, kept)| kept.each_ref().map(HashMap::len))
        };
        let long = KEPT + KEPT / 2;
        assert_eq!([frame(long), frame(long)], [[KEPT / 2, KEPT]; 2]);
        assert!(frame(3 * KEPT).iter().all(|length| *length <= KEPT), "it does not grow without end");
    }

    #[test]
    fn pieces_that_do_not_follow_are_not_looked_for_in_every_way() {
        let pieces = |all: &[&str]| all.iter().map(|piece| (*piece).to_owned()).collect::<Vec<_>>();
        let text = "a ".repeat(900);
        let began = std::time::Instant::now();
        let mut found = Vec::new();
        // The last is nowhere: every place of the first three would be tried with every other.
        ways(&text, &pieces(&["a", " ", "a", ";"]), &mut Vec::new(), &mut found);
        assert!(found.is_empty() && began.elapsed().as_secs() < 2, "{:?}", began.elapsed());
        ways("1, 2, 3", &pieces(&[", "]), &mut Vec::new(), &mut found);
        assert_eq!(found, [["1", "2, 3"], ["1, 2", "3"]]);
        found.clear();
        ways("1, 2; 3, 4", &pieces(&[", ", "; "]), &mut Vec::new(), &mut found);
        assert_eq!(found, [["1", "2", "3, 4"]]);
    }
}
