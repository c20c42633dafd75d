//! Finding words among thousands: by what is typed, by kind, and in an order.
//!
//! Pure: what can be searched of each word is put together once for a list of words, so that a key typed costs a
//! millisecond. It reads no file.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use super::message::WordCard;
use project::Family;
use project::files::natural_order;

/// What is typed: parts that must all be found, in capitals or not; one behind a minus must not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Terms(Vec<(String, bool)>);

impl Terms {
    /// The parts of what was typed, by spaces; a part in quotation marks keeps its own.
    pub fn of(typed: &str) -> Self {
        let mut terms = Vec::new();
        let lower = typed.to_lowercase();
        let mut rest = lower.trim_start();
        while !rest.is_empty() {
            let wanted = !rest.starts_with('-');
            rest = rest.strip_prefix('-').unwrap_or(rest);
            let quoted = rest.strip_prefix('"');
            let (term, after) = match quoted {
                Some(inside) => inside.split_once('"').unwrap_or((inside, "")),
                None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
            };
            if !term.is_empty() {
                terms.push((term.to_owned(), wanted));
            }
            rest = after.trim_start();
        }
        Self(terms)
    }

    /// Whether a text in lower case has what is wanted and nothing else that is named.
    pub fn fit(&self, text: &str) -> bool {
        self.0.iter().all(|(term, wanted)| text.contains(term) == *wanted)
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The order of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WordOrder {
    /// By name.
    #[default]
    Name,
    /// Changed last, first.
    Newest,
    /// Rated best, first.
    Rating,
    /// By the models they are for.
    Base,
    /// Most vectors first.
    Vectors,
}

impl WordOrder {
    /// Every order.
    pub const ALL: [Self; 5] = [Self::Name, Self::Newest, Self::Rating, Self::Base, Self::Vectors];

    /// What it is called.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Name => "By name",
            Self::Newest => "Newest first",
            Self::Rating => "Best rated first",
            Self::Base => "By base model",
            Self::Vectors => "Most vectors first",
        }
    }

    fn compare(self, a: &WordCard, b: &WordCard) -> Ordering {
        match self {
            // The list comes so.
            Self::Name => Ordering::Equal,
            Self::Newest => b.kept.changed.cmp(&a.kept.changed),
            Self::Rating => b.kept.notes.rating.cmp(&a.kept.notes.rating),
            Self::Base => {
                let base = |card: &WordCard| (card.family, card.lineage.map(|lineage| lineage.label()));
                base(a).cmp(&base(b)).then_with(|| natural_order(&a.model, &b.model))
            }
            Self::Vectors => b.vectors.cmp(&a.vectors),
        }
    }
}

/// Which words are shown beside what is typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum WordsShown {
    /// All of them.
    #[default]
    All,
    /// The favourites.
    Favourites,
    /// Those of the library itself.
    Own,
    /// Those in folders of other programs.
    Foreign,
    /// Those that are there more than once, whatever they are called.
    Twins,
    /// Those of a collection.
    Collection(String),
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WordQuery {
    /// As it was typed; see [`Terms`].
    pub typed: String,
    /// For models of this family alone.
    pub family: Option<Family>,
    /// Which of them.
    pub shown: WordsShown,
    /// In which order.
    pub order: WordOrder,
}

/// What can be searched of a list of words.
#[derive(Debug, Clone, Default)]
pub struct WordSearch {
    /// All of a word that can be typed, in lower case.
    texts: Vec<String>,
    /// How many words have the same numbers.
    counts: HashMap<String, usize>,
    /// The collections, by name.
    collections: Vec<String>,
}

impl WordSearch {
    /// Takes in a list of words.
    pub fn of(words: &[WordCard]) -> Self {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for card in words.iter().filter(|card| !card.kept.content.is_empty()) {
            *counts.entry(card.kept.content.clone()).or_default() += 1;
        }
        counts.retain(|_, count| *count > 1);
        let collections = collections(words);
        Self { texts: words.iter().map(text).collect(), counts, collections }
    }

    /// Something was noted of the words of this content, in the list that was taken in.
    pub fn noted(&mut self, words: &[WordCard], content: &str) {
        for (card, known) in words.iter().zip(&mut self.texts) {
            if card.kept.content == content {
                *known = text(card);
            }
        }
        self.collections = collections(words);
    }

    /// The places in the list of the words that fit, in their order. The list must be the one that was taken in.
    pub fn found(&self, words: &[WordCard], query: &WordQuery) -> Vec<usize> {
        let terms = Terms::of(&query.typed);
        let fits = |card: &WordCard| {
            let shown = match &query.shown {
                WordsShown::All => true,
                WordsShown::Favourites => card.kept.notes.favourite,
                WordsShown::Own => !card.is_foreign(),
                WordsShown::Foreign => card.is_foreign(),
                WordsShown::Twins => self.twins(card) > 1,
                WordsShown::Collection(name) => card.kept.notes.collections.contains(name),
            };
            shown && query.family.is_none_or(|family| card.family == Some(family))
        };
        let mut found: Vec<usize> = words
            .iter()
            .zip(&self.texts)
            .enumerate()
            .filter(|(_, (card, text))| fits(card) && terms.fit(text))
            .map(|(place, _)| place)
            .collect();
        let card = |place: &usize| words.get(*place);
        if query.shown == WordsShown::Twins {
            // Those that are the same stand together.
            found.sort_by_key(|place| card(place).map(|card| &card.kept.content));
        } else {
            found.sort_by(|a, b| {
                card(a).zip(card(b)).map_or(Ordering::Equal, |(a, b)| query.order.compare(a, b))
            });
        }
        found
    }

    /// How many words have these numbers, this one among them.
    pub fn twins(&self, card: &WordCard) -> usize {
        self.counts.get(&card.kept.content).copied().unwrap_or(1)
    }

    /// The collections that words belong to, by name.
    pub fn collections(&self) -> &[String] {
        &self.collections
    }

    /// Whether any word is there more than once.
    pub fn has_twins(&self) -> bool {
        !self.counts.is_empty()
    }
}

/// The collections that words belong to, each once, by name.
fn collections(words: &[WordCard]) -> Vec<String> {
    let named: BTreeSet<&String> = words.iter().flat_map(|card| &card.kept.notes.collections).collect();
    let mut collections: Vec<String> = named.into_iter().cloned().collect();
    collections.sort_by(|a, b| natural_order(a, b));
    collections
}

/// All of a word that can be typed, in lower case.
fn text(card: &WordCard) -> String {
    let notes = &card.kept.notes;
    let mut all = String::with_capacity(256);
    let mut add = |part: &str| {
        all.push_str(part);
        // What is typed must not be found across the border of two parts.
        all.push('\n');
    };
    [card.word.as_str(), &card.model, &card.initial_word, &notes.text].into_iter().for_each(&mut add);
    card.names.iter().chain(&notes.tags).chain(&notes.collections).for_each(|name| add(name));
    card.family.iter().flat_map(|family| [family.name(), family.badge()]).for_each(&mut add);
    card.lineage.map(|lineage| lineage.label()).into_iter().for_each(&mut add);
    card.negative.then_some("negative").into_iter().for_each(&mut add);
    let folder = card.path.parent().and_then(|folder| folder.file_name());
    [card.path.file_name(), folder].into_iter().flatten().for_each(|name| add(&name.to_string_lossy()));
    all.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{KeptWord, WordNotes};
    use project::Lineage;

    fn word(name: &str, family: Family, content: &str) -> WordCard {
        WordCard {
            path: format!("/embeddings/{}.pt", name.trim_matches(['<', '>'])).into(),
            word: name.into(),
            names: vec![name.into()],
            family: Some(family),
            vectors: 1,
            width: 768,
            widths: vec![768],
            norm: 0.4,
            kept: KeptWord { content: content.into(), ..KeptWord::default() },
            ..WordCard::default()
        }
    }

    fn words() -> Vec<WordCard> {
        let mut words = vec![
            word("<cat>", Family::Sd1, "1"),
            word("<Löwe>", Family::Sdxl, "2"),
            word("<cat-copy>", Family::Sd1, "1"),
            word("<dog>", Family::Sd2, "3"),
        ];
        words[1].lineage = Some(Lineage::Pony);
        words[1].kept.notes = WordNotes {
            tags: vec!["Big Cats".into()],
            collections: vec!["Zoo".into()],
            text: "for the poster".into(),
            favourite: true,
            rating: 5,
            kind: None,
        };
        words[3].kept.folder = Some("/embeddings".into());
        (words[3].vectors, words[3].kept.changed) = (4, 9);
        words
    }

    fn found(query: WordQuery) -> Vec<usize> {
        let words = words();
        WordSearch::of(&words).found(&words, &query)
    }

    fn typed(text: &str) -> Vec<usize> {
        found(WordQuery { typed: text.into(), ..WordQuery::default() })
    }

    #[test]
    fn words_are_found_by_all_that_is_known_of_them() {
        assert_eq!(typed(""), [0, 1, 2, 3]);
        assert_eq!(typed("CAT"), [0, 1, 2], "in names and tags");
        assert_eq!(typed("cat -copy"), [0, 1]);
        assert_eq!(typed("löwe"), [1]);
        assert_eq!(typed("pony"), [1], "by lineage");
        assert_eq!(typed("poster zoo"), [1], "by notes and collection");
        assert_eq!(typed("\"big cats\""), [1]);
        assert_eq!(typed("\"cats big\""), [0; 0]);
        assert_eq!(typed("embeddings dog.pt"), [3], "by file and folder");
        assert_eq!(typed(Family::Sd2.name()), [3]);
        assert_eq!(typed("-"), [0, 1, 2, 3], "half a part is none yet");
    }

    #[test]
    fn words_are_shown_by_kind_and_in_order() {
        let shown = |shown| found(WordQuery { shown, ..WordQuery::default() });
        assert_eq!(shown(WordsShown::Favourites), [1]);
        assert_eq!(shown(WordsShown::Own), [0, 1, 2]);
        assert_eq!(shown(WordsShown::Foreign), [3]);
        assert_eq!(shown(WordsShown::Twins), [0, 2], "by content, whatever they are called");
        assert_eq!(shown(WordsShown::Collection("Zoo".into())), [1]);
        let order = |order| found(WordQuery { order, ..WordQuery::default() });
        assert_eq!(order(WordOrder::Newest), [3, 0, 1, 2]);
        assert_eq!(order(WordOrder::Rating), [1, 0, 2, 3]);
        assert_eq!(order(WordOrder::Vectors), [3, 0, 1, 2]);
        assert_eq!(order(WordOrder::Base), [0, 2, 3, 1]);
        assert_eq!(found(WordQuery { family: Some(Family::Sd1), ..WordQuery::default() }), [0, 2]);
        let words = words();
        let search = WordSearch::of(&words);
        assert_eq!((search.twins(&words[0]), search.twins(&words[1])), (2, 1));
        assert_eq!(search.collections(), ["Zoo"]);
        assert!(search.has_twins());
    }

    #[test]
    fn what_is_noted_can_be_found_at_once() {
        let mut words = words();
        let mut search = WordSearch::of(&words);
        for card in words.iter_mut().filter(|card| card.kept.content == "1") {
            card.kept.notes.tags = vec!["whiskers".into()];
            card.kept.notes.collections = vec!["Pets".into()];
        }
        search.noted(&words, "1");
        let query = WordQuery { typed: "whiskers".into(), ..WordQuery::default() };
        assert_eq!(search.found(&words, &query), [0, 2]);
        assert_eq!(search.collections(), ["Pets", "Zoo"]);
    }
}
