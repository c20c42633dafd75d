//! What goes into a mix, as it was read, and what the result's file says of it.
//!
//! The header keeps what the words say alike of their model, their rights, and that they are negative if all are; of the
//! rest the recipe speaks.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::asked::Asked;
use crate::context::JobContext;
use crate::draw::side_by_side;
use base::{Error, FileKind, Result};
use format::embedding::{self, LearnedWord, Receipt, common, recipe, rights, role};
use inversion::Vectors;
use project::files::sha256_file;
use project::mix::{Ingredient, MixSettings, Recipe, RecipePart, Source};
use project::{Author, Rights};

/// Something that goes in.
pub(super) struct Part {
    /// What the word is called, or the sentence.
    name: String,
    path: PathBuf,
    hash: String,
    pub weight: f64,
    pub vectors: Vectors,
    /// As its file has it; `None` for a sentence.
    pub word: Option<LearnedWord>,
    /// Whether it was made for another family of models.
    pub converted: bool,
}

impl Part {
    /// Reads a word, which has to fit the model if there is one, or asks the model what a sentence is.
    pub fn read(
        ingredient: &Ingredient,
        settings: &MixSettings,
        asked: Option<&Asked>,
        context: &mut JobContext<'_>,
    ) -> Result<Self> {
        let weight = ingredient.weight;
        let path = match (&ingredient.source, asked) {
            (Source::Word(path), _) => path.clone(),
            (Source::Sentence(text), Some(asked)) => {
                let (vectors, name) = (asked.sentence(text.trim())?, text.trim().to_owned());
                let (path, hash) = (PathBuf::new(), String::new());
                return Ok(Self { name, path, hash, weight, vectors, word: None, converted: false });
            }
            (Source::Sentence(_), None) => {
                return Err(Error::Internal("a sentence was read without a model".into()));
            }
        };
        let (mut words, hash) = embedding::read_hashed(&path)?;
        let count = words.len();
        let Some(word) = words.pop().filter(|_| count == 1) else {
            let fault = format!("it holds {count} words, and one is to be mixed");
            let remedy = "Write each to a file of its own first: pseudoword convert --to emb-params.";
            return Err(Error::file(FileKind::Embedding, &path, fault, remedy));
        };
        let converter = asked.filter(|asked| settings.convert && asked.converts(&word));
        let own = side_by_side(word.clone());
        let vectors = match (converter, asked) {
            (Some(model), _) => model.converted(&own, context)?,
            (None, Some(asked)) => {
                word.expect_widths(asked.widths(), &path)?;
                own
            }
            (None, None) => own,
        };
        let name = word.names(&path, true).into_iter().next().unwrap_or_default();
        Ok(Self { name, path, hash, weight, vectors, word: Some(word), converted: converter.is_some() })
    }

    /// As the recipe names it.
    pub fn for_recipe(&self) -> RecipePart {
        let (name, hash, weight) = (self.name.clone(), self.hash.clone(), self.weight);
        match self.word {
            Some(_) => RecipePart { word: name, hash, weight, ..RecipePart::default() },
            None => RecipePart { sentence: name, weight, ..RecipePart::default() },
        }
    }

    /// As the receipt names it: a word by the whole hash of its file.
    fn for_receipt(&self) -> Result<RecipePart> {
        let part = self.for_recipe();
        let hash = self.word.as_ref().map_or(Ok(String::new()), |_| sha256_file(&self.path))?;
        Ok(RecipePart { hash, ..part })
    }
}

/// Refuses words of different base models, and says where they come from different lineages.
pub(super) fn expect_one_base(parts: &[Part], context: &JobContext<'_>) -> Result<()> {
    let whole = parts.iter().filter(|part| !part.converted);
    let words: Vec<(&Part, &LearnedWord)> =
        whole.filter_map(|part| Some((part, part.word.as_ref()?))).collect();
    let Some(((first, own), others)) = words.split_first() else { return Ok(()) };
    let told = |word: &LearnedWord| {
        let numbers: Vec<String> = word.widths().iter().map(usize::to_string).collect();
        let family = word.family().map(|family| format!(" ({})", family.name())).unwrap_or_default();
        format!("{} numbers a vector{family}", numbers.join(" and "))
    };
    for (part, word) in others {
        let families = own.family().zip(word.family());
        if own.widths() != word.widths() || families.is_some_and(|(one, other)| one != other) {
            let first = first.path.display();
            let fault = format!("it has {}, and {first} has {}", told(word), told(own));
            let remedy = "Mix words of one base model.";
            return Err(Error::file(FileKind::Embedding, &part.path, fault, remedy));
        }
        if let Some((one, other)) = own.lineage().zip(word.lineage()).filter(|(one, other)| one != other) {
            let (first, second) = (&first.name, &part.name);
            context.warn(format!(
                "{first} was learned on {} and {second} on {}: the mix may look less like either.",
                one.label(),
                other.label()
            ));
        }
    }
    Ok(())
}

/// What the file of the result, a word of this name and author, says.
pub(super) fn metadata(
    (name, author): (&str, Author),
    parts: &[Part],
    asked: Option<&Asked>,
    how: &Recipe,
) -> Result<BTreeMap<String, String>> {
    let words: Vec<&LearnedWord> = parts.iter().filter_map(|part| part.word.as_ref()).collect();
    let mut metadata = match asked.filter(|_| how.approximate || words.is_empty()) {
        Some(asked) => asked.provenance()?.metadata(),
        None => common(&words),
    };
    // Nothing was learned.
    metadata.remove("ss_steps");
    let mut all: Vec<Rights> = Vec::new();
    for own in words.iter().flat_map(|word| rights::all(&word.metadata)) {
        if !all.contains(&own) {
            all.push(own);
        }
    }
    rights::write(&mut metadata, &all);
    if !words.is_empty() && words.iter().all(|word| word.is_negative()) {
        role::mark(&mut metadata, true);
    }
    recipe::write(&mut metadata, how);
    let of = parts.iter().map(Part::for_receipt).collect::<Result<_>>()?;
    let receipt = Receipt::of_mix(of, &words, &metadata, author);
    let (word, method) = (name.to_owned(), how.operation.clone());
    Receipt { word, method, ..receipt }.write(&mut metadata);
    Ok(metadata)
}
