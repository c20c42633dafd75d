//! Learned words in a text, found as artists write them: `<name>`, the bare `name`, or ComfyUI's `embedding:name`.
//!
//! One rule for every program part that asks whether a prompt names a word. Letter case, Unicode composition and the
//! kind of space do not matter, as AUTOMATIC1111's search by tokens has it; the longest name wins. A bare name within a
//! longer plain word is no word: neither `cat` in `category` nor `whatever-200` in `whatever-2000`. Which names a word
//! goes by, and whether an ordinary word may be one, is not decided here. Its length is that of the tests.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

use tokenizers::NormalizedString;

use super::parse::BRACKETS;

/// What ComfyUI writes before a word's name.
const PREFIX: &str = "embedding:";
/// How far folders before a name are looked for, in bytes.
const LONGEST_PATH: usize = 256;
/// File endings that ComfyUI's users leave at a name.
const ENDINGS: [&str; 5] = [".safetensors", ".pt", ".bin", ".png", ".webp"];

/// The names of the words that a prompt may use.
#[derive(Debug, Clone, Default)]
pub struct WordNames {
    /// By their first character, folded.
    names: HashMap<char, Vec<Name>>,
}

#[derive(Debug, Clone)]
struct Name {
    /// Without angle brackets; see [`fold`].
    folded: Vec<char>,
    /// Whether it was given in angle brackets, and so must not be taken for a word without them.
    angled: bool,
    word: usize,
}

impl WordNames {
    /// Takes all the names of each word. A name given as `<name>` is found in angle brackets and behind `embedding:`;
    /// one given bare is found in these ways and by itself. Of two words with one name the first has it.
    pub fn new<N: AsRef<str>>(words: impl IntoIterator<Item = impl IntoIterator<Item = N>>) -> Self {
        let mut names: HashMap<char, Vec<Name>> = HashMap::new();
        for (word, given) in words.into_iter().enumerate() {
            for name in given {
                let name = name.as_ref().trim();
                let core = name.strip_prefix('<').and_then(|name| name.strip_suffix('>'));
                let folded = folded(core.unwrap_or(name).trim());
                if let Some(&first) = folded.first() {
                    names.entry(first).or_default().push(Name { folded, angled: core.is_some(), word });
                }
            }
        }
        Self { names }
    }

    /// The word that is named at a place of a text: how many bytes are its name, with all that belongs to it, and which
    /// word it is.
    pub fn find(&self, text: &str, at: usize) -> Option<(usize, usize)> {
        self.search(text, at, joined)
    }

    /// The same where a name within a longer plain word is one too.
    pub fn find_within(&self, text: &str, at: usize) -> Option<(usize, usize)> {
        self.search(text, at, |_, _| false)
    }

    fn search(&self, text: &str, at: usize, joined: fn(&str, usize) -> bool) -> Option<(usize, usize)> {
        let rest = text.get(at..).filter(|rest| !rest.is_empty() && !self.names.is_empty())?;
        let free = !joined(text, at);
        let bare = free.then(|| self.beginning(rest)).into_iter().flatten().filter_map(|(name, length)| {
            (!name.angled && !joined(text, at + length)).then_some((length, true, name.word))
        });
        let called = |rest: &str, end: &dyn Fn(&str, usize) -> Option<usize>| {
            let start = prefixed(rest)?;
            // `embedding:<name>` is the name with all its signs, `embedding:"name"` one with its spaces.
            if let Some((open, close)) = quoted(&rest[start..]) {
                let inside = &rest[start + open.len_utf8()..];
                let names = self.beginning(inside).filter_map(|(name, length)| {
                    let ending = ENDINGS.iter().find(|ending| starts_with(&inside[length..], ending));
                    let length = length + ending.filter(|_| open != '<').map_or(0, |ending| ending.len());
                    let length = open.len_utf8()
                        + inside[length..].starts_with(close).then_some(length)?
                        + close.len_utf8();
                    Some((end(rest, start + length)?, name.angled == (open == '<'), name.word))
                });
                return best(names);
            }
            let ended = self.beginning(&rest[start..]).filter_map(|(name, length)| {
                let length = start + length;
                let ending = ENDINGS.iter().find(|ending| starts_with(&rest[length..], ending));
                let longer = ending.and_then(|ending| end(rest, length + ending.len()));
                Some((longer.or_else(|| end(rest, length))?, !name.angled, name.word))
            });
            best(ended)
        };
        let outside = |rest: &str, length: usize| (!joined(rest, length)).then_some(length);
        let prefixed = free.then(|| called(rest, &outside)).flatten();
        let closed = |inside: &str, length: usize| inside[length..].starts_with('>').then_some(length + 2);
        let angled = rest.strip_prefix('<').and_then(|inside| {
            let names = self.beginning(inside);
            let names = names.filter_map(|(name, end)| Some((closed(inside, end)?, name.angled, name.word)));
            best(names.chain(called(inside, &closed)))
        });
        best(bare.chain(prefixed).chain(angled)).map(|(length, _, word)| (length, word))
    }

    /// The names that a text begins with, and their lengths in it.
    fn beginning<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (&'a Name, usize)> {
        let escaped =
            text.strip_prefix('\\').and_then(|rest| rest.chars().next()).filter(|c| BRACKETS.contains(c));
        let firsts = text.chars().next().into_iter().filter_map(|first| fold(first).next()).chain(escaped);
        let names = firsts.filter_map(|first| self.names.get(&first)).flatten();
        names.filter_map(move |name| Some((name, matched(text, &name.folded)?)))
    }
}

/// The sign around a name behind `embedding:` with which a text begins, and the one that closes it.
fn quoted(text: &str) -> Option<(char, char)> {
    [('<', '>'), ('"', '"'), ('“', '”'), ('\'', '\'')].into_iter().find(|(open, _)| text.starts_with(*open))
}

/// The length of the `embedding:…` at a place of a text, whose word is not known.
pub(super) fn unloaded(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let start = prefixed(rest).filter(|_| !joined(text, at) && !text[..at].ends_with('<'))?;
    let rest_of_name = &rest[start..rest.floor_char_boundary(start + LONGEST_PATH)];
    if let Some((open, close)) = quoted(rest_of_name).filter(|(open, _)| *open != '<') {
        let inside = &rest_of_name[open.len_utf8()..];
        let length = inside.find(close).filter(|length| !inside[..*length].contains('\n'));
        if let Some(length) = length {
            return Some(start + open.len_utf8() + length + close.len_utf8());
        }
    }
    let name = rest_of_name.split(|c: char| c.is_whitespace() || ",;:<>()[]|".contains(c)).next()?;
    let name = name.trim_end_matches(['.', '!', '?']);
    // Before a bracket the prefix alone is left out, and what is in it is read.
    let bracket = rest[start..].starts_with(['(', '[', '<']);
    (!name.is_empty() || bracket).then_some(start + name.len())
}

/// The longest; of equals one that is written as it was given, then the first given.
fn best(found: impl Iterator<Item = (usize, bool, usize)>) -> Option<(usize, bool, usize)> {
    found.max_by_key(|(length, exact, word)| (*length, *exact, Reverse(*word)))
}

/// Where the name begins behind `embedding:`, spaces and folders.
fn prefixed(text: &str) -> Option<usize> {
    let rest = starts_with(text, PREFIX).then(|| text[PREFIX.len()..].trim_start())?;
    // No path is longer; a hostile text can be.
    let near = &rest[..rest.floor_char_boundary(LONGEST_PATH)];
    let folders = near.split(|c: char| c.is_whitespace() || ",<>()[]".contains(c)).next().unwrap_or_default();
    let folders = folders.rfind(['/', '\\']).map_or(0, |last| last + 1);
    Some(text.len() - rest.len() + folders)
}

fn starts_with(text: &str, beginning: &str) -> bool {
    text.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(beginning))
}

/// The length of a name that a text begins with. Brackets may stand behind backslashes there.
fn matched(text: &str, name: &[char]) -> Option<usize> {
    let (mut rest, mut wanted) = (text, name);
    while let Some(&next) = wanted.first() {
        let found = rest.chars().next()?;
        if next == ' ' {
            let after = rest.trim_start();
            if after.len() == rest.len() {
                return None;
            }
            (rest, wanted) = (after, &wanted[1..]);
            continue;
        }
        if found == '\\' && next != found {
            rest = rest[1..].starts_with(next).then_some(&rest[1..]).filter(|_| BRACKETS.contains(&next))?;
        }
        let found = rest.chars().next()?;
        for folded in fold(found) {
            wanted = wanted.strip_prefix(&[folded])?;
        }
        rest = &rest[found.len_utf8()..];
    }
    Some(text.len() - rest.len())
}

/// The letters of a name as it stands in a text, and where they are, without the backslashes before brackets.
pub(super) fn letters(text: &str, name: Range<usize>) -> impl Iterator<Item = (Range<usize>, char)> {
    let mut from = None;
    text[name.clone()].char_indices().filter_map(move |(start, c)| {
        let end = name.start + start + c.len_utf8();
        if c == '\\' && text[end..name.end].starts_with(BRACKETS) {
            from = Some(name.start + start);
            return None;
        }
        Some((from.take().unwrap_or(name.start + start)..end, c))
    })
}

fn folded(name: &str) -> Vec<char> {
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join(" ").chars().flat_map(fold).collect()
}

/// A character as names are compared: in lower case, its accents apart.
fn fold(c: char) -> impl Iterator<Item = char> {
    let plain = c.is_ascii().then_some(c.to_ascii_lowercase());
    let parts = plain.is_none().then(|| {
        let mut parts = NormalizedString::from(c.to_string());
        parts.nfd().lowercase();
        parts.get().chars().collect::<Vec<_>>()
    });
    plain.into_iter().chain(parts.into_iter().flatten())
}

/// Whether a place is within a plain word: between letters or digits, or between one and the hyphen, underscore or dot
/// that joins it to another. Where a script is written without spaces, a word can end anywhere.
fn joined(text: &str, at: usize) -> bool {
    let (mut before, mut after) = (text[..at].chars().rev(), text[at..].chars());
    let (Some(left), Some(right)) = (before.next(), after.next()) else { return false };
    if is_mark(right) {
        return true;
    }
    let joins = |c: char, beyond: Option<char>| {
        c.is_alphanumeric() || is_mark(c) || ("-_.".contains(c) && beyond.is_some_and(char::is_alphanumeric))
    };
    joins(left, before.next()) && joins(right, after.next()) && !is_unspaced(left) && !is_unspaced(right)
}

/// A mark that belongs to the character before it.
pub(super) fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20ff}' | '\u{3099}' | '\u{309a}'
        | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

/// A character of a script that puts no spaces between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts of a text that are words, and which.
    fn found<'a>(text: &'a str, names: &[&[&str]]) -> Vec<(&'a str, usize)> {
        let names = WordNames::new(names.iter().map(|names| names.iter()));
        let (mut at, mut found) = (0, Vec::new());
        while let Some(next) = text[at..].chars().next() {
            let length = names.find(text, at).map(|(length, word)| {
                found.push((&text[at..at + length], word));
                length
            });
            at += length.unwrap_or(next.len_utf8());
        }
        found
    }

    #[test]
    fn a_word_goes_by_each_of_its_names_in_every_notation() {
        let names: &[&[&str]] = &[&["inner-4000", "outer-name"], &["easynegative"]];
        for name in
            ["outer-name", "inner-4000", "OUTER-Name", "<outer-name>", "<Inner-4000>", "embedding:outer-name"]
        {
            assert_eq!(found(&format!("a photo of {name}, red"), names), [(name, 0)]);
        }
        for name in [
            "embedding:easynegative",
            "EMBEDDING:EasyNegative",
            "embedding: easynegative",
            "embedding:easynegative.pt",
            "Embedding:easynegative.safetensors",
            "embedding:easynegative.BIN",
            "embedding:bad/things/easynegative.png",
            r"embedding:bad\easynegative.webp",
            "<embedding:easynegative>",
            "<embedding:easynegative.pt>",
        ] {
            for text in
                [format!("{name}, bad"), format!("({name}:1.2)"), format!("[{name}]"), format!("x {name}.")]
            {
                assert_eq!(found(&text, names), [(name, 1)], "{text}");
            }
        }
        for text in [
            "easynegatives",
            "embedding:easynegative2",
            "embeddings:other",
            "embedding:easy",
            "easy negative",
        ] {
            assert_eq!(found(text, names), [], "{text}");
        }
    }

    #[test]
    fn what_no_word_is_called_is_found_behind_the_prefix() {
        for (text, length) in [
            ("embedding:bad_hands, x", 19),
            ("Embedding: bad.pt x", 17),
            ("embedding:a/b:1.2)", 13),
            ("embedding:bad.", 13),
            ("embedding:", 0),
            ("embedding: , x", 0),
            ("embeddings:x", 0),
            ("embedding:\"my cat toy\", x", 22),
            ("embedding:\"my cat toy, x", 13),
        ] {
            assert_eq!(unloaded(text, 0).unwrap_or_default(), length, "{text}");
        }
        assert_eq!(unloaded("anembedding:x", 2), None);
    }

    #[test]
    fn the_longest_name_wins_and_no_plain_word_is_cut() {
        let names: &[&[&str]] = &[&["whatever-200"], &["whatever-2000"], &["cat"]];
        assert_eq!(
            found("whatever-2000 and whatever-200.", names),
            [("whatever-2000", 1), ("whatever-200", 0)]
        );
        let only: &[&[&str]] = &[&["whatever-200"], &["cat"]];
        for text in ["whatever-2000", "whatever-200.5", "whatever-200_b", "whatever-200-b", "a-whatever-200"]
        {
            assert_eq!(found(text, only), [], "{text}");
        }
        for text in ["category", "bobcat", "cats", "cat_toy", "1cat", "cat\u{301}"] {
            assert_eq!(found(text, only), [], "{text}");
        }
        for text in ["cat", "a cat.", "cat's", "l'cat", "(cat:1.2)", "cat+", "cat, -cat-", "cat--"] {
            assert!(found(text, only).iter().all(|word| *word == ("cat", 1)), "{text}");
            assert!(!found(text, only).is_empty(), "{text}");
        }
    }

    #[test]
    fn an_ordinary_word_is_one_only_in_its_brackets() {
        let names: &[&[&str]] = &[&["<painting>"]];
        assert_eq!(found("a painting of <painting>, embedding:painting", names).len(), 2);
        let names: &[&[&str]] = &[&["<toy>"], &["toy"]];
        assert_eq!(found("<toy> toy embedding:toy", names), [("<toy>", 0), ("toy", 1), ("embedding:toy", 1)]);
        let names: &[&[&str]] = &[&["toy"], &["toy"]];
        assert_eq!(found("toy <toy>", names), [("toy", 0), ("<toy>", 0)]);
    }

    #[test]
    fn any_name_that_a_file_can_have_is_found() {
        let names: &[&[&str]] = &[
            &["my cat toy"],
            &["Bob-Style (v2, final)"],
            &["toy＿全角\u{3000}空白"],
            &["<café>"],
            &["ねこ"],
            &["가"],
            &["<👩‍🎨>"],
            &["İstanbul"],
        ];
        let whole = |text: &str, word: usize| assert_eq!(found(text, names), [(text, word)]);
        whole("My cat  toy", 0);
        whole("<my\u{3000}cat toy>", 0);
        whole("bob-style (v2, final)", 1);
        whole(r"Bob-Style \(v2, final\)", 1);
        whole("embedding:Bob-Style (v2, final)", 1);
        for text in [
            "embedding:\"my cat toy\"",
            "embedding:'My Cat Toy'",
            "embedding: “my cat  toy”",
            "embedding:\"my cat toy.pt\"",
            "<embedding:\"my cat toy\">",
        ] {
            whole(text, 0);
            assert_eq!(found(&format!("({text}:1.2), x"), names), [(text, 0)]);
        }
        whole("embedding:\"Bob-Style (v2, final)\"", 1);
        assert_eq!(found("embedding:\"my cat\"", names), []);
        whole("toy＿全角 空白", 2);
        whole("<cafe\u{301}>", 3);
        whole("<CAFÉ>", 3);
        whole("<👩‍🎨>", 6);
        whole("i\u{307}stanbul", 7);
        assert_eq!(found("赤いねこの絵", names), [("ねこ", 4)]);
        assert_eq!(found("각, 가", names), [("가", 5)]);
        assert_eq!(found("が", &[&["か"]]), []);
        assert_eq!(found("か\u{3099}", &[&["か"]]), []);
        assert_eq!(found("a", &[&["", " ", "<>"]]), []);
        for text in ["<", "\\", "embedding:", "<embedding:", "embedding: ", "my cat", r"\(", "🎨"] {
            assert_eq!(found(text, names), [], "{text}");
        }
    }
}
