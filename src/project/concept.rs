//! The new word: how it is written, what it starts out meaning, and whether it names a thing or a style.
//!
//! Any script is welcome. It refuses only what would break a prompt or a file name; whether the tokenizer
//! already knows the word is a question for the model, not for this floor.

use serde::{Deserialize, Serialize};

use super::named_enum::named_enum;
use base::{Error, Result};

/// Longest word, in characters.
const MAX_CHARACTERS: usize = 64;

/// Characters with a meaning in prompts (weights, lists, template places) or none in file names on some
/// system.
const RESERVED: &str = "/\\:*?\"|()[]{},#";

named_enum! {
    /// What the pictures have in common; decides the training sentences (`--learnable_property` in diffusers'
    /// `textual_inversion.py`).
    pub enum ConceptKind as "kind of word" default Object {
        /// A thing, a creature or a character: "a photo of a …".
        Object = "object",
        /// A manner of drawing or painting: "a painting in the style of …".
        Style = "style",
    }
}

/// The word to be learned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concept {
    /// The new word as it will be typed in prompts, for example `<cat-toy>`.
    pub word: String,
    /// Known words it starts out meaning, for example `toy`. Several are allowed.
    pub initial_word: String,
    /// Thing or style.
    pub kind: ConceptKind,
}

impl Concept {
    /// A word by itself, to be checked and for its file name.
    pub fn of(word: &str) -> Self {
        Self { word: word.to_owned(), initial_word: "word".into(), kind: ConceptKind::Object }
    }

    /// The names of the word's `k` vectors in a vocabulary: `<cat-toy>`, `<cat-toy>_1`, `<cat-toy>_2`, … as
    /// diffusers' `TextualInversionLoaderMixin` names them.
    pub fn placeholder_tokens(&self, k: usize) -> Vec<String> {
        (0..k).map(|i| if i == 0 { self.word.clone() } else { format!("{}_{i}", self.word) }).collect()
    }

    /// What the negative word is called that is learned together with this one: `<cat-toy-neg>`.
    pub fn negative_word(&self) -> String {
        match self.word.strip_suffix('>') {
            Some(open) => format!("{open}-neg>"),
            None => format!("{}-neg", self.word),
        }
    }

    /// What the word of one picture is called that is learned beside this one: `<cat-toy-picture-1>` for the first.
    pub fn picture_word(&self, index: usize) -> String {
        format!("<{}-picture-{}>", self.core(), index + 1)
    }

    /// Checks both words.
    pub fn validate(&self) -> Result<()> {
        let word = self.word.as_str();
        let refuse = |fault: String| {
            Err(Error::input(
                fault,
                "Write it like <cat-toy>: letters of any script, digits, “-”, “_” or “.”.",
            ))
        };
        let length = word.chars().count();
        if word.is_empty() {
            return refuse("The new word is empty".into());
        }
        if length > MAX_CHARACTERS {
            return refuse(format!("The new word has {length} characters; {MAX_CHARACTERS} is the most"));
        }
        if let Some(c) = word.chars().find(|&c| c.is_whitespace() || c.is_control() || is_invisible(c)) {
            return refuse(format!(
                "The new word “{}” contains a space or an invisible character (U+{:04X}), which would split it in a prompt",
                word.escape_debug(),
                u32::from(c)
            ));
        }
        if let Some(c) = word.chars().find(|&c| RESERVED.contains(c)) {
            return refuse(format!(
                "The new word “{word}” contains “{c}”, which means something else in prompts or file names"
            ));
        }
        let core = self.core();
        if core.contains(['<', '>']) {
            return refuse(format!(
                "The new word “{word}” has an angle bracket that is not part of one pair around it"
            ));
        }
        if core.is_empty() {
            return refuse(format!("The new word “{word}” has nothing between its brackets"));
        }
        if is_list(core) {
            return refuse(format!(
                "The new word “{word}” has “__” twice, which prompts read as the name of a list to draw from"
            ));
        }
        if core.chars().all(char::is_numeric) {
            return refuse(format!("The new word “{word}” is only a number, which prompts already use"));
        }
        if self.initial_word.trim().is_empty() || self.initial_word.chars().any(char::is_control) {
            return Err(Error::input(
                "There is no initial word",
                "Name with one or two common words what the pictures show, for example “cat” or “watercolor”.",
            ));
        }
        Ok(())
    }

    /// The word without the brackets around it.
    fn core(&self) -> &str {
        self.word.strip_prefix('<').and_then(|w| w.strip_suffix('>')).unwrap_or(&self.word)
    }

    /// A file name without extension for the word, legal on Windows, macOS and Linux, at most 120 bytes:
    /// `cat-toy`. Works for any word, also one that [`validate`](Self::validate) refuses.
    pub fn file_stem(&self) -> String {
        let legal = |c: char| {
            let bad = c.is_control()
                || c.is_whitespace()
                || is_invisible(c)
                || RESERVED.contains(c)
                || matches!(c, '<' | '>');
            if bad { '_' } else { c }
        };
        let mut stem: String = self.core().chars().map(legal).collect();
        stem.truncate(stem.floor_char_boundary(120));
        // A leading dot hides the file on Unix; Windows drops dots at the end.
        let mut stem = stem.trim_matches('.').to_owned();
        if is_device(&stem) {
            stem.insert(0, '_');
        }
        if stem.is_empty() { "word".to_owned() } else { stem }
    }
}

/// Whether prompts would draw from a list in place of this word: what is between two pairs of underscores names a file, as
/// `text::wildcards` has it. Behind a letter or a digit a pair is part of the word.
fn is_list(core: &str) -> bool {
    core.char_indices().any(|(at, _)| {
        let behind = core[at..].strip_prefix("__");
        !core[..at].ends_with(char::is_alphanumeric) && behind.is_some_and(|behind| behind.contains("__"))
    })
}

/// Whether Windows takes a name for a device of its own, whatever comes after a dot: `nul`, `COM3.txt`, `lpt¹`.
pub fn is_device(name: &str) -> bool {
    let name = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let numbered = |port: &str| {
        name.strip_prefix(port).is_some_and(|number| {
            matches!(number, "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
        })
    };
    matches!(name.as_str(), "con" | "prn" | "aux" | "nul" | "conin$" | "conout$")
        || numbered("com")
        || numbered("lpt")
}

/// Format characters that show nothing, except the two joiners that emoji and several scripts need.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFD}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concept(word: &str) -> Concept {
        Concept { word: word.into(), initial_word: "toy".into(), kind: ConceptKind::Object }
    }

    #[test]
    fn words_of_any_script_are_accepted() {
        for word in ["<cat-toy>", "cat-toy", "<ねこ>", "Über_1", "<кот.2>", "<👩‍🎨>", "my__cat__toy", "<__a>"]
        {
            concept(word).validate().unwrap_or_else(|e| panic!("{word}: {e}"));
        }
    }

    #[test]
    fn words_that_break_prompts_or_files_are_refused() {
        let long = "x".repeat(65);
        let bad = [
            "",
            "<>",
            "12",
            "<2024>",
            "cat toy",
            "cat\u{3000}toy",
            "a\tb",
            "a/b",
            "a:1.2",
            "(a)",
            "{}",
            "<a",
            "a>",
        ];
        for word in bad.into_iter().chain(["<a><b>", "a\u{200B}b", "\u{FEFF}cat", "a*", "#a", long.as_str()])
        {
            let error = concept(word).validate().expect_err(word);
            assert!(matches!(error, Error::Input { .. }), "{word}");
        }
        for word in ["__w__", "<__w__>", "a-__w__", "<a___b__>"] {
            let said = concept(word).validate().expect_err(word).to_string();
            assert!(said.contains(word) && said.contains("“__” twice"), "{said}");
        }
        let nothing = Concept { initial_word: " ".into(), ..concept("<a>") };
        assert!(nothing.validate().unwrap_err().to_string().contains("initial word"));
    }

    #[test]
    fn vectors_are_named_as_diffusers_names_them() {
        assert_eq!(concept("<cat-toy>").placeholder_tokens(3), ["<cat-toy>", "<cat-toy>_1", "<cat-toy>_2"]);
        assert!(concept("<cat-toy>").placeholder_tokens(0).is_empty());
    }

    #[test]
    fn stems_are_safe_on_every_file_system() {
        let stems = [
            ("<cat-toy>", "cat-toy"),
            ("<ねこ>", "ねこ"),
            ("con", "_con"),
            ("<LPT3>", "_LPT3"),
            ("nul.x", "_nul.x"),
            ("<COM¹>", "_COM¹"),
            ("conout$", "_conout$"),
        ];
        for (word, stem) in stems.into_iter().chain([
            ("..", "word"),
            ("a/b:c", "a_b_c"),
            ("command", "command"),
            (".a.", "a"),
        ]) {
            assert_eq!(concept(word).file_stem(), stem);
        }
        assert_eq!(concept(&"漢".repeat(64)).file_stem(), "漢".repeat(40));
    }
}
