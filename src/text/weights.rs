//! Weights in prompts: `(word:1.2)`, `((word))` and `[word]`, read as AUTOMATIC1111's web UI reads them.
//!
//! It says which tokens count how much; what a weight does to the picture is the drawing's business. The web
//! UI's other signs (`[a:b:0.5]`, `[a|b]`, `AND`, `BREAK`) are not known here and stay words of the prompt.

use super::tokenizer::{TextTokenizer, Tokens};

/// The largest weight that is taken as one.
const MOST: f64 = 100.0;
/// What one pair of round brackets multiplies by; square ones divide.
const STEP: f64 = 1.1;

/// What a prompt without weights has none of.
pub const BRACKETS: [char; 4] = ['(', ')', '[', ']'];

/// A stretch of a prompt in which everything has the same weight.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// The text, without the brackets.
    pub text: String,
    /// Its weight; 1 is neutral.
    pub weight: f64,
}

/// Takes a prompt with brackets apart; neighbours of equal weight are one piece.
///
/// - `(text)` counts 1.1 times as much, `[text]` 1/1.1 times, `(text:1.3)` 1.3 times, nested ones the product.
/// - What is not closed reaches to the end; what closes nothing is text.
/// - `\(`, `\)`, `\[`, `\]` and `\\` are the characters themselves; any other backslash is left out.
///
/// A prompt without brackets comes back as one piece that is the same to the letter, backslashes included.
/// Source: the documentation of the web UI's `parse_prompt_attention`.
pub fn pieces(prompt: &str) -> Vec<Piece> {
    if !prompt.contains(BRACKETS) {
        return vec![Piece { text: prompt.to_owned(), weight: 1.0 }];
    }
    let mut reader = Reader::default();
    let mut rest = prompt;
    while let Some(next) = rest.chars().next() {
        let length = reader.read(next, rest);
        rest = &rest[length..];
    }
    reader.finish()
}

/// A text written so that [`pieces`] takes it for nothing but text, in a prompt that has brackets.
pub fn literal(text: &str) -> String {
    text.chars().flat_map(|c| is_sign(c).then_some('\\').into_iter().chain([c])).collect()
}

fn is_sign(c: char) -> bool {
    c == '\\' || BRACKETS.contains(&c)
}

/// The pieces so far, and the brackets that are open: for each the number of pieces before it.
#[derive(Default)]
struct Reader {
    pieces: Vec<Piece>,
    round: Vec<usize>,
    square: Vec<usize>,
    /// Whether the next character belongs to the last piece: no bracket came between.
    joined: bool,
}

impl Reader {
    /// Takes the character `next`, with which `rest` begins, and what belongs to it: how many bytes that is.
    fn read(&mut self, next: char, rest: &str) -> usize {
        match next {
            '\\' => {
                let Some(escaped) = rest[1..].chars().next().filter(|c| is_sign(*c)) else { return 1 };
                self.text(escaped);
                return 2;
            }
            '(' => self.open(true),
            '[' => self.open(false),
            ':' if !self.round.is_empty() => match closing_weight(rest) {
                Some((weight, length)) => {
                    let start = self.round.pop();
                    self.close(start, weight);
                    return length;
                }
                None => self.text(next),
            },
            ')' if !self.round.is_empty() => {
                let start = self.round.pop();
                self.close(start, STEP);
            }
            ']' if !self.square.is_empty() => {
                let start = self.square.pop();
                self.close(start, 1.0 / STEP);
            }
            _ => self.text(next),
        }
        next.len_utf8()
    }

    fn text(&mut self, c: char) {
        match self.pieces.last_mut() {
            Some(piece) if self.joined => piece.text.push(c),
            _ => self.pieces.push(Piece { text: c.to_string(), weight: 1.0 }),
        }
        self.joined = true;
    }

    fn open(&mut self, round: bool) {
        let brackets = if round { &mut self.round } else { &mut self.square };
        brackets.push(self.pieces.len());
        self.joined = false;
    }

    /// Gives everything since `start` its weight.
    fn close(&mut self, start: Option<usize>, weight: f64) {
        let since = start.unwrap_or(self.pieces.len());
        self.pieces.iter_mut().skip(since).for_each(|piece| piece.weight *= weight);
        self.joined = false;
    }

    /// Closes what is open and joins what weighs the same.
    fn finish(mut self) -> Vec<Piece> {
        for start in std::mem::take(&mut self.round) {
            self.close(Some(start), STEP);
        }
        for start in std::mem::take(&mut self.square) {
            self.close(Some(start), 1.0 / STEP);
        }
        let mut joined: Vec<Piece> = Vec::with_capacity(self.pieces.len());
        for piece in self.pieces {
            match joined.last_mut() {
                Some(last) if last.weight == piece.weight => last.text.push_str(&piece.text),
                _ => joined.push(piece),
            }
        }
        joined
    }
}

/// The number in `:1.2)`, with which `rest` begins, and how many bytes that is; spaces around it may be.
fn closing_weight(rest: &str) -> Option<(f64, usize)> {
    let end = rest.find(')')?;
    let number = rest.get(1..end)?.trim();
    let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
    let plain = digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    let weight: f64 = if plain { number.parse().ok()? } else { return None };
    // Beyond this nothing is left of the other words, and soon of the numbers.
    (weight.abs() <= MOST).then_some((weight, end + 1))
}

/// A prompt as the encoder takes it, and how much each token counts.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightedTokens {
    /// One window of ids for each text encoder, one after another: begin token, content, end token, padding.
    pub ids: Vec<u32>,
    /// A weight for each id; 1 for begin, end and padding.
    pub weights: Vec<f32>,
    /// How many of `ids` come before the padding, begin and end token included.
    pub length: usize,
    /// How many content tokens did not fit and were left out.
    pub dropped: usize,
}

impl WeightedTokens {
    /// How many tokens the text is, without begin and end token, whether they fit or not.
    pub fn content(&self) -> usize {
        self.length.saturating_sub(2) + self.dropped
    }

    /// One window for pieces, each split into tokens by itself.
    pub fn new(tokenizer: &TextTokenizer, pieces: &[Piece]) -> Self {
        let mut content = Vec::new();
        let mut weights = vec![1.0];
        for piece in pieces {
            content.extend(tokenizer.content(&piece.text));
            weights.resize(1 + content.len(), piece.weight as f32);
        }
        let Tokens { ids, length, dropped } = tokenizer.fit(&content);
        weights.truncate(length - 1);
        weights.resize(ids.len(), 1.0);
        Self { ids, weights, length, dropped }
    }

    /// This window and then that of another encoder for the same text.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.ids.extend(other.ids);
        self.weights.extend(other.weights);
        self.dropped = self.dropped.max(other.dropped);
        self
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// The pieces, with weights rounded to twelve digits.
    fn parsed(prompt: &str) -> Vec<(String, f64)> {
        let round = |weight: f64| (weight * 1e12).round() / 1e12;
        pieces(prompt).into_iter().map(|piece| (piece.text, round(piece.weight))).collect()
    }

    fn check(prompt: &str, expected: &[(&str, f64)]) {
        let expected: Vec<(String, f64)> =
            expected.iter().map(|(text, weight)| ((*text).to_owned(), *weight)).collect();
        assert_eq!(parsed(prompt), expected, "{prompt}");
    }

    const LESS: f64 = 0.909090909091;

    #[test]
    fn the_examples_of_the_web_ui_are_read_alike() {
        check("normal text", &[("normal text", 1.0)]);
        check("an (important) word", &[("an ", 1.0), ("important", 1.1), (" word", 1.0)]);
        check("(unbalanced", &[("unbalanced", 1.1)]);
        check(r"\(literal\]", &[("(literal]", 1.0)]);
        check("(unnecessary)(parens)", &[("unnecessaryparens", 1.1)]);
        check(
            "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
            &[
                ("a ", 1.0),
                ("house", 1.573),
                (" ", 1.1),
                ("on", 1.0),
                (" a ", 1.1),
                ("hill", 0.55),
                (", sun, ", 1.1),
                ("sky", 1.4641),
                (".", 1.1),
            ],
        );
    }

    #[test]
    fn any_script_and_any_brackets_are_read() {
        check("(猫:1.2)と[庭]、（花）", &[("猫", 1.2), ("と", 1.0), ("庭", LESS), ("、（花）", 1.0)]);
        check("((猫))🐈", &[("猫", 1.21), ("🐈", 1.0)]);
        check("[a", &[("a", LESS)]);
        check("a) b] c", &[("a) b] c", 1.0)]);
        check(")(", &[(")", 1.0)]);
        check("([a)] b", &[("a b", 1.0)]);
        check("()", &[]);
        check("a()b", &[("ab", 1.0)]);
        check("(:1.5)[]", &[]);
        check("", &[("", 1.0)]);
    }

    #[test]
    fn weights_are_plain_numbers_before_a_closing_bracket() {
        check("( a : 1.5 )b", &[(" a ", 1.5), ("b", 1.0)]);
        check("(a:.5)(b:2.)(c:+3)(d:-1)", &[("a", 0.5), ("b", 2.0), ("c", 3.0), ("d", -1.0)]);
        check("(a:0)", &[("a", 0.0)]);
        check("(a:b)(c:1.2.3)(d:)(e:inf)(f:1e3)", &[("a:bc:1.2.3d:e:inff:1e3", 1.1)]);
        check("(a:1.2:1.3)", &[("a:1.2", 1.3)]);
        check("[a:1.2]", &[("a:1.2", LESS)]);
        check("a:1.2)", &[("a:1.2)", 1.0)]);
        check("1:2, (a)", &[("1:2, ", 1.0), ("a", 1.1)]);
        check(r"(a:1.2\)", &[("a:1.2)", 1.1)]);
    }

    #[test]
    fn backslashes_protect_brackets_only_where_there_are_some() {
        check(r"C:\a \\ b", &[(r"C:\a \\ b", 1.0)]);
        check(r"(a)\b\\c\", &[("a", 1.1), (r"b\c", 1.0)]);
        check(r"\((a)\)", &[("(", 1.0), ("a", 1.1), (")", 1.0)]);
        check(r"\\(a)", &[(r"\", 1.0), ("a", 1.1)]);
        assert_eq!(literal(r"toy(1)[é]\"), r"toy\(1\)\[é\]\\");
        check(&format!("({}:2)", literal("toy(1)")), &[("toy(1)", 2.0)]);
    }

    fn tokenizer() -> TextTokenizer {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/sd1/tokenizer");
        TextTokenizer::open(&golden).unwrap()
    }

    #[test]
    fn a_prompt_without_brackets_keeps_its_ids() {
        let tokenizer = tokenizer();
        let long = "a cat ".repeat(60);
        for prompt in ["", "A photo of a cat, 4 猫!", r"x \ y \\ z: 1.2", long.as_str()] {
            let (weighted, plain) =
                (WeightedTokens::new(&tokenizer, &pieces(prompt)), tokenizer.encode_padded(prompt));
            assert_eq!((&weighted.ids, weighted.dropped), (&plain.ids, plain.dropped), "{prompt}");
            assert_eq!(weighted.weights, vec![1.0; tokenizer.window()], "{prompt}");
        }
    }

    #[test]
    fn each_token_has_the_weight_of_its_piece() {
        let tokenizer = tokenizer();
        let weighted = WeightedTokens::new(&tokenizer, &pieces("a (cat:1.5) [of]"));
        assert_eq!(weighted.ids, tokenizer.encode_padded("a cat of").ids);
        assert_eq!(weighted.weights[..5], [1.0, 1.0, 1.5, (1.0_f64 / 1.1) as f32, 1.0]);
        assert_eq!(weighted.weights.len(), tokenizer.window());

        let weighted = WeightedTokens::new(&tokenizer, &pieces(&format!("({}:2)", "a ".repeat(80))));
        assert_eq!((weighted.dropped, weighted.content()), (5, 80));
        assert_eq!((weighted.weights[0], weighted.weights[76]), (1.0, 1.0));
        assert!(weighted.weights[1..76].iter().all(|weight| *weight == 2.0));
    }
}
