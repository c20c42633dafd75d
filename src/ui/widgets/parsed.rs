//! What the prompts on the screen mean, found out once for as long as they stay as they are.
//!
//! Parsing a long prompt takes longer than a frame may. What is not asked for in a frame is forgotten.

use std::ops::Range;
use std::sync::Arc;

use egui::cache::{ComputerMut, FrameCache};

use text::prompt::{Prompt, SpanKind, WordNames, mentioned};

/// What a prompt means.
pub struct Parsed {
    /// The whole prompt in parts that follow each other without gaps.
    pub spans: Vec<(Range<usize>, SpanKind)>,
    /// The learned words that it names: which one, and where it stands first.
    pub mentioned: Vec<(usize, Range<usize>)>,
}

/// What a prompt means; `names` are all those of each word that it may use.
pub fn parsed(ctx: &egui::Context, text: &str, names: &[&[String]]) -> Arc<Parsed> {
    ctx.memory_mut(|memory| {
        let cache = memory.caches.cache::<FrameCache<Arc<Parsed>, Parser>>();
        Arc::clone(cache.get((text, names)))
    })
}

#[derive(Default)]
struct Parser;

impl ComputerMut<(&str, &[&[String]]), Arc<Parsed>> for Parser {
    fn compute(&mut self, (text, names): (&str, &[&[String]])) -> Arc<Parsed> {
        let names = WordNames::new(names.iter().copied());
        let (spans, mentioned) = (Prompt::parse(text, &names).spans(), mentioned(text, &names));
        Arc::new(Parsed { spans, mentioned })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_parsed_again_only_when_it_or_the_words_change() {
        let ctx = egui::Context::default();
        let (cat, dog) = (["<cat>".to_owned()], ["<dog>".to_owned()]);
        let first = parsed(&ctx, "a <cat>", &[&cat]);
        assert_eq!(first.mentioned, [(0, 2..7)]);
        assert!(Arc::ptr_eq(&first, &parsed(&ctx, "a <cat>", &[&cat])));
        assert!(parsed(&ctx, "a <cat>", &[&dog]).mentioned.is_empty());
        assert_eq!(parsed(&ctx, "a <cat>", &[&dog, &cat]).mentioned, [(1, 2..7)]);
        assert_eq!(parsed(&ctx, "the <cat>", &[&cat]).mentioned, [(0, 4..9)]);
    }
}
