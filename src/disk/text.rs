//! What a model's tokenizer makes of words and prompts, while they are typed.
//!
//! The tokenizer of the last model asked for is kept; reading one takes a moment.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::message::{Answer, PromptCount, TokenReport};
use base::Result;
use engine::draw::LoadedWords;
use format::checkpoint::ModelFiles;
use inversion::Vectors;
use project::Concept;
use text::Tokenizers;
use text::prompt::{Prompt, WordNames};

/// How many completions are offered.
const SUGGESTIONS: usize = 6;
/// Shortest beginning of a word that is completed, in characters.
const SHORTEST: usize = 2;

static KEPT: Mutex<Option<(PathBuf, Tokenizers)>> = Mutex::new(None);

fn tokenizer(model: &Path) -> Result<Tokenizers> {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, tokenizer)) = kept.as_ref().filter(|(path, _)| path == model) {
        return Ok(tokenizer.clone());
    }
    let tokenizer = Tokenizers::open(&ModelFiles::open(model)?)?;
    *kept = Some((model.to_path_buf(), tokenizer.clone()));
    Ok(tokenizer)
}

pub(super) fn tokens(model: &Path, concept: &Concept) -> Result<Vec<Answer>> {
    let tokenizer = tokenizer(model)?;
    let word = concept.word.trim();
    let word_tokens = tokenizer.tokens(word);
    let typed = concept.initial_word.rsplit(char::is_whitespace).next().unwrap_or_default().to_lowercase();
    let mut suggestions = Vec::new();
    if typed.chars().count() >= SHORTEST {
        // Early ids are frequent words.
        let ids = 0..u32::try_from(tokenizer.vocabulary_size()).unwrap_or(u32::MAX);
        let whole = |id| tokenizer.whole_word(id);
        let fits = |word: &String| word.starts_with(&typed) && *word != typed;
        suggestions = ids.filter_map(whole).filter(fits).take(SUGGESTIONS).collect();
    }
    Ok(vec![Answer::Tokens(TokenReport {
        word: concept.word.clone(),
        initial_word: concept.initial_word.clone(),
        exists: word_tokens.len() == 1,
        word_tokens,
        initial_tokens: tokenizer.tokens(&concept.initial_word),
        suggestions,
    })])
}

/// Counts a prompt and a negative one as they will be drawn: with their weights taken off and their learned words
/// spelled out.
pub(super) fn count(
    model: &Path,
    prompts: [String; 2],
    steps: usize,
    words: &[(Vec<String>, usize)],
) -> Result<Vec<Answer>> {
    let tokenizer = tokenizer(model)?;
    let known = WordNames::new(words.iter().map(|(names, _)| names));
    let read = [Prompt::parse(&prompts[0], &known), Prompt::parse_negative(&prompts[1], &known)];
    let mentions = read.iter().flat_map(|prompt| &prompt.mentions);
    let named: BTreeSet<usize> = mentions.filter_map(|mention| mention.word).collect();
    let named: Vec<_> = named.into_iter().filter_map(|word| words.get(word)).map(blank).collect();
    let window = tokenizer.context_length.saturating_sub(2);
    let loaded = LoadedWords::new(&tokenizer, &named)?;
    let spelled = [loaded.prompt(&prompts[0]), loaded.negative_prompt(&prompts[1])];
    let count = |index: usize| {
        let (tokens, _) = loaded.count(&spelled[index], [steps, 0]);
        let unknown = read[index].mentions.iter().filter(|mention| mention.word.is_none());
        PromptCount {
            prompt: prompts[index].clone(),
            tokens,
            room: tokens.div_ceil(window.max(1)).max(1) * window,
            unknown: unknown.map(|mention| prompts[index][mention.span.clone()].to_lowercase()).collect(),
        }
    };
    Ok(vec![Answer::Count(Box::new([0, 1].map(count)))])
}

/// A learned word with vectors of nothing: only how many there are matters here.
fn blank((names, count): &(Vec<String>, usize)) -> (Vec<String>, Vectors) {
    (names.clone(), Vectors { values: vec![0.0; *count], shape: [*count, 1] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_counted_as_it_is_drawn() {
        let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/sd1");
        let words = [(vec!["<cat-toy>".to_owned(), "toys".to_owned()], 2), (vec!["<cat>".to_owned()], 1)];
        let both = |prompts: [&str; 2], steps| match count(&model, prompts.map(str::to_owned), steps, &words)
            .unwrap()
            .remove(0)
        {
            Answer::Count(counts) => *counts,
            other => panic!("{other:?}"),
        };
        let in_steps = |prompt: &str, steps| both([prompt, ""], steps)[0].clone();
        let count = |prompt: &str| in_steps(prompt, 20);
        let plain = |prompt: &str| tokenizer(&model).unwrap().tokens(prompt).len();
        assert_eq!(count("a photo of a cat").tokens, plain("a photo of a cat"));
        // Brackets inside of a word cut it, as they do when it is drawn; weights themselves are no tokens.
        assert_eq!(count("pho(to)s").tokens, plain("pho") + plain("to") + plain("s"));
        assert_eq!(count("a (photo of:1.3) a [cat]").tokens, plain("a photo of a cat"));
        assert_eq!(count("a <cat-toy> of (<CAT-TOY>:1.2)").tokens, plain("a of") + 4);
        assert_eq!(count("a toys of embedding:toys").tokens, plain("a of") + 4);
        assert_eq!(count("a <cat>, a <dog>").unknown, ["<dog>"]);
        let long = count(&"a ".repeat(200));
        assert_eq!((long.tokens, long.room), (200, 225));
        // Of what takes turns the longest counts, and a window that was ended counts whole.
        assert_eq!(count("a [photo|photo of a cat]").tokens, plain("a photo of a cat"));
        // What comes after the last step is never drawn.
        let late = "a [photo:photo of a cat:30]";
        assert!(in_steps(late, 20).tokens < in_steps(late, 50).tokens);
        assert_eq!(count("a BREAK cat").tokens, 75 + plain("cat"));
        // What is left out is counted on its own, and `AND` is a word there.
        let [prompt, negative] = both(["a cat", "toys AND a <dog>"], 20);
        assert_eq!((prompt.tokens, negative.tokens), (plain("a cat"), 2 + plain("AND a <dog>")));
        assert_eq!(
            (negative.prompt.as_str(), negative.unknown),
            ("toys AND a <dog>", vec!["<dog>".to_owned()])
        );
    }
}
