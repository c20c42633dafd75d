//! Which words the model in use can take, under which names prompts mean them, why it cannot take the others, and what is
//! said of a word.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::AppState;
use crate::word_library::fits;
use disk::message::WordCard;
use project::{ConceptKind, Lineage, Rights};
use text::prompt::{Prompt, WordNames, mentioned, numbered};

impl AppState {
    /// The words that the model in use can take: all, while nothing is known of it. The one that is being learned comes
    /// first, and in place of one of its name.
    pub fn fitting_words(&self) -> impl Iterator<Item = &WordCard> {
        let (own, model) = (self.usable_under_way().map(|own| &own.card), self.model_card());
        let others = self.words.iter().filter(move |word| own.is_none_or(|own| own.word != word.word));
        own.into_iter().chain(others.filter(move |word| fits(word, model)))
    }

    /// What the library will call a new word of this name; `None` if it has none of that name yet.
    pub fn renumbered(&self, word: &str) -> Option<String> {
        let taken = |name: &str| {
            let name = name.to_lowercase();
            let same = |card: &WordCard| card.word.chars().flat_map(char::to_lowercase).eq(name.chars());
            self.words.iter().any(|card| !card.is_foreign() && same(card))
        };
        let mut names = (2..).map(|number| numbered(word, number));
        if taken(word) { names.find(|name| !taken(name)) } else { None }
    }

    /// What is said of a word of the library shows before the disk has written it.
    pub(crate) fn describe(&mut self, path: &Path, rights: Option<Rights>, kind: Option<ConceptKind>) {
        for card in self.words.iter_mut().filter(|card| card.path == path && !card.is_foreign()) {
            card.rights = rights.unwrap_or(card.rights);
            card.kind = kind.unwrap_or(card.kind);
        }
        self.library.version += 1;
    }

    /// What to know of a word that was learned on another lineage than that of the model in use.
    pub fn lineage_note(&self, word: &WordCard) -> Option<String> {
        Lineage::caution(&word.word, word.lineage, self.model_card()?.lineage)
    }

    /// The names of these words, in their order.
    pub fn word_names(&self) -> Arc<WordNames> {
        self.names().fitting.clone()
    }

    /// The first of these words that a prompt names, and where.
    pub fn word_in(&self, prompt: &str) -> Option<(&WordCard, Range<usize>)> {
        let (word, place) = mentioned(prompt, &self.word_names()).into_iter().next()?;
        Some((self.fitting_words().nth(word)?, place))
    }

    /// Why the model in use cannot take words that a prompt names; a word of the same name that fits is meant instead.
    pub fn misfits_in(&self, prompt: &str) -> Vec<String> {
        let names = self.names();
        let (others, places) = &names.others;
        if places.is_empty() {
            return Vec::new();
        }
        let fitting = Prompt::parse(prompt, &names.fitting).mentions;
        let fits = |place: &Range<usize>| {
            let known = fitting.iter().filter(|mention| mention.word.is_some());
            known.map(|mention| &mention.span).any(|span| span.start < place.end && place.start < span.end)
        };
        let named = mentioned(prompt, others).into_iter().filter(|(_, place)| !fits(place));
        named.filter_map(|(word, _)| self.misfit(self.words.get(*places.get(word)?)?)).collect()
    }

    /// Why the model in use cannot take a word, as a sentence; `None` if it can.
    pub fn misfit(&self, word: &WordCard) -> Option<String> {
        if word.kept.shadowed {
            let name = word.names.first().unwrap_or(&word.word);
            return Some(t!("misfit-shadowed", name = name));
        }
        let model = self.model_card().filter(|card| card.width > 0)?;
        match (word.family, model.family) {
            (Some(own), Some(other)) if own != other => {
                Some(t!("misfit-family", word = word.word, own = own.name(), other = other.name()))
            }
            _ if word.width != model.width => {
                Some(t!("misfit-width", word = word.word, own = word.width, other = model.width))
            }
            _ => None,
        }
    }
}
