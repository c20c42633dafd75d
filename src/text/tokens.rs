//! A text as a text encoder takes it: as many ids as its context is long, and windows of that for longer prompts.
//!
//! Windows are cut as AUTOMATIC1111's web UI cuts them (`modules/sd_hijack_clip.py`). What a weight does to the picture is
//! not asked here.

use super::prompt::Piece;
use super::tokenizer::TextTokenizer;

/// How far back a comma may be for the text behind it to go into the next window together.
const COMMA_BACKTRACK: usize = 20;
/// The most windows that a prompt is cut into: 3,000 tokens. Each makes every step slower.
const MOST_WINDOWS: usize = 40;

/// A text as text encoders take it.
#[derive(Debug, Clone, PartialEq)]
pub struct Tokens {
    /// A context length of ids for each text encoder, one after another: begin token, content, end token, padding.
    pub ids: Vec<u32>,
    /// How many of the first encoder's ids come before the padding, begin and end token included.
    pub length: usize,
    /// How many content tokens did not fit and were left out.
    pub dropped: usize,
}

/// A part of a prompt that fits into the context of a text encoder.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// A context length of ids for each text encoder, one after another: begin token, content, end token, padding.
    pub ids: Vec<u32>,
    /// For each place of the context which piece of the prompt it is of; `None` for begin, end and padding.
    pub pieces: Vec<Option<usize>>,
    /// How many content tokens it has.
    pub content: usize,
}

/// A prompt as text encoders take it.
#[derive(Debug, Clone, PartialEq)]
pub struct Windows {
    /// At least one.
    pub windows: Vec<Window>,
    /// How many content tokens were left out, because they would fill more than 40 windows.
    pub dropped: usize,
}

impl Windows {
    /// How many tokens the prompt takes: a whole window for each but the last, which may be shorter.
    pub fn content(&self) -> usize {
        let (Some(last), context) = (self.windows.last(), self.windows[0].pieces.len()) else { return 0 };
        (self.windows.len() - 1) * context.saturating_sub(2) + last.content + self.dropped
    }

    /// These and those of another encoder for the same prompt.
    pub(super) fn and(mut self, other: Self, empty: [&Window; 2]) -> Self {
        let count = self.windows.len().max(other.windows.len());
        self.windows.resize(count, empty[0].clone());
        let others = other.windows.into_iter().chain(std::iter::repeat(empty[1].clone()));
        for (window, other) in self.windows.iter_mut().zip(others) {
            window.ids.extend(other.ids);
        }
        self.dropped = self.dropped.max(other.dropped);
        self
    }
}

/// The windows of one encoder while they are filled.
struct Filling<'a> {
    tokenizer: &'a TextTokenizer,
    room: usize,
    done: Vec<Window>,
    /// Each id with its piece.
    open: Vec<(u32, usize)>,
    /// Where the last comma of the open window is.
    comma: Option<usize>,
}

impl Filling<'_> {
    fn end_window(&mut self) {
        let tokenizer = self.tokenizer;
        let mut ids = vec![tokenizer.bos];
        ids.extend(self.open.iter().map(|(id, _)| *id));
        ids.push(tokenizer.eos);
        ids.resize(tokenizer.context_length, tokenizer.pad);
        let mut pieces = vec![None];
        pieces.extend(self.open.iter().map(|(_, piece)| Some(*piece)));
        pieces.resize(tokenizer.context_length, None);
        self.done.push(Window { ids, pieces, content: self.open.len() });
        self.open.clear();
        self.comma = None;
    }

    /// Adds ids that stay together where they fit into one window.
    fn add(&mut self, ids: &[u32], piece: usize, is_comma: bool) {
        let full = self.open.len() == self.room;
        if is_comma {
            self.comma = Some(self.open.len());
        } else if let Some(comma) = self.comma.filter(|comma| full && self.room - comma <= COMMA_BACKTRACK) {
            let rest = self.open.split_off(comma + 1);
            self.end_window();
            self.open = rest;
        }
        if self.open.len() == self.room {
            self.end_window();
        }
        if self.open.len() + ids.len() > self.room && !self.open.is_empty() {
            self.end_window();
        }
        for id in ids {
            if self.open.len() == self.room {
                self.end_window();
            }
            self.open.push((*id, piece));
        }
    }
}

impl TextTokenizer {
    /// Cuts the pieces of a prompt into windows. `words` is how many tokens each learned word has, in the order of their
    /// ids; they are not torn apart.
    pub(super) fn windows(&self, pieces: &[Piece], words: &[usize]) -> Windows {
        let room = self.context_length.saturating_sub(2).max(1);
        let mut filling = Filling { tokenizer: self, room, done: Vec::new(), open: Vec::new(), comma: None };
        let comma = self.id(",</w>").or_else(|| self.id(","));
        for (index, piece) in pieces.iter().enumerate() {
            for _ in 0..piece.breaks.min(MOST_WINDOWS) {
                filling.end_window();
            }
            let ids = self.content(&piece.text);
            let mut rest = ids.as_slice();
            while let Some(&id) = rest.first() {
                let (now, later) = rest.split_at(self.word_length(rest, words));
                filling.add(now, index, Some(id) == comma);
                rest = later;
            }
        }
        if !filling.open.is_empty() || filling.done.is_empty() {
            filling.end_window();
        }
        let left_out = filling.done.get(MOST_WINDOWS..).unwrap_or_default();
        let dropped = left_out.iter().map(|window| window.content).sum();
        filling.done.truncate(MOST_WINDOWS);
        Windows { windows: filling.done, dropped }
    }

    /// How many of the ids, of which there is one at least, are one word.
    fn word_length(&self, ids: &[u32], words: &[usize]) -> usize {
        let mut first = self.learned_from;
        for count in words.iter().map(|count| *count as u32) {
            if ids[0] == first {
                let together = ids.iter().zip(first..first + count).take_while(|(id, wanted)| *id == wanted);
                return together.count().max(1);
            }
            first += count;
        }
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tokenizers;
    use crate::prompt::{Moment, Prompt, WordNames};
    use crate::tokenizer::tests::tiny;
    use project::Emphasis;

    fn tokenizer() -> Tokenizers {
        Tokenizers::from(tiny())
    }

    fn pieces(prompt: &str) -> Vec<Piece> {
        let prompt = Prompt::parse(prompt, &WordNames::default());
        prompt.pieces(0, Moment::FIRST, Emphasis::Automatic1111, &[])
    }

    /// The contents of the windows, as text.
    fn cut(prompt: &str) -> Vec<String> {
        let tokenizer = tokenizer();
        let windows = tokenizer.windows(&pieces(prompt), &[]);
        let ends = |window: &Window| {
            assert_eq!((window.ids.len(), window.pieces.len()), (77, 77));
            assert_eq!(window.ids[0], tokenizer.bos);
            assert_eq!(window.ids[window.content + 1], tokenizer.eos);
            assert!(window.ids[window.content + 2..].iter().all(|id| *id == tokenizer.pad));
            tokenizer.decode(&window.ids[1..=window.content])
        };
        windows.windows.iter().map(ends).collect()
    }

    #[test]
    fn a_short_prompt_without_brackets_keeps_its_ids() {
        let tokenizer = tokenizer();
        for prompt in ["", "A photo of a cat, 4 猫!", r"x \ y \\ z: 1.2"] {
            let windows = tokenizer.windows(&pieces(prompt), &[]);
            assert_eq!(windows.windows.len(), 1);
            assert_eq!(windows.windows[0].ids, tokenizer.encode_padded(prompt).ids, "{prompt}");
        }
    }

    #[test]
    fn each_token_knows_its_piece() {
        let tokenizer = tokenizer();
        let windows = tokenizer.windows(&pieces("a (cat:1.5) [of]"), &[]);
        assert_eq!(windows.windows[0].ids, tokenizer.encode_padded("a cat of").ids);
        // The space between the brackets is a piece of its own, which no token is of.
        assert_eq!(windows.windows[0].pieces[..5], [None, Some(0), Some(1), Some(3), None]);
        assert_eq!(windows.content(), 3);
    }

    #[test]
    fn long_prompts_are_cut_at_75_tokens_or_behind_a_comma_not_far_back() {
        let (a, b) = ("a ".repeat(75), "a ".repeat(70));
        assert_eq!(cut(&format!("{a}cat")), [a.trim(), "cat"]);
        assert_eq!(cut(&a), [a.trim()], "exactly full");
        // 70, a comma, 4: what is behind the comma goes on together.
        assert_eq!(
            cut(&format!("{b}, cat cat cat cat dog")),
            [format!("{b},"), "cat cat cat cat dog".into()]
        );
        // The comma is 21 places back: too far.
        let far = format!("{}, {}", "a ".repeat(54), "cat ".repeat(20));
        assert_eq!(cut(&format!("{far}dog")), [far.trim(), "dog"]);
        // A comma where the window is full begins the next one.
        assert_eq!(cut(&format!("{a}, cat")), [a.trim(), ", cat"]);
        let windows = tokenizer().windows(&pieces(&format!("{a}cat dog")), &[]);
        assert_eq!((windows.content(), windows.dropped), (77, 0));
    }

    #[test]
    fn break_ends_a_window() {
        assert_eq!(cut("a cat BREAK a dog"), ["a cat", "a dog"]);
        assert_eq!(cut("BREAK a"), ["", "a"]);
        assert_eq!(cut("a BREAK BREAK b"), ["a", "", "b"]);
        assert_eq!(cut("a BREAK"), ["a"], "nothing comes after it");
        assert_eq!(cut("a (cat BREAK dog:1.2)"), ["a cat", "dog"]);
        assert_eq!(cut("BREAKFAST"), [tokenizer().decode(&tokenizer().encode("breakfast"))]);
    }

    #[test]
    fn words_of_many_vectors_stay_together() {
        let tokens: Vec<String> =
            (0..75).map(|i| if i == 0 { "<w>".into() } else { format!("<w>_{i}") }).collect();
        let tokenizer = tokenizer().with_placeholders(&tokens).unwrap();
        let word = tokens.join(" ");
        let piece = |text: String| Piece { span: 0..0, text, weight: 1.0, breaks: 0 };
        let windows = tokenizer.windows(&[piece(format!("a {word} of {word}"))], &[75]);
        let contents: Vec<usize> = windows.windows.iter().map(|window| window.content).collect();
        assert_eq!(contents, [1, 75, 1, 75]);
        assert_eq!(windows.content(), 300);
        // More than a window holds has to be torn.
        let windows = tokenizer.windows(&[piece(format!("{word} {word}"))], &[]);
        assert_eq!(windows.windows.len(), 2);
        let endless = "a ".repeat(5000);
        let windows = tokenizer.windows(&[piece(endless)], &[75]);
        assert_eq!((windows.windows.len(), windows.dropped, windows.content()), (40, 2000, 5000));
    }
}
