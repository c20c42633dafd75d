//! What stands in the word's place while prompts are drawn to be judged: a learned word, a caption, or nothing.
//!
//! Each brings the vectors that its own words need, so that all are drawn by the same code.

use std::path::PathBuf;
use std::rc::Rc;

use crate::context::JobContext;
use crate::draw::LoadedWords;
use crate::jobs::learn::clip_word;
use base::Result;
use model::{ClipModel, Pipeline};
use project::Concept;

/// One way of asking for the concept.
pub struct Subject {
    /// What the report calls it.
    pub name: String,
    /// The learned words of its prompts.
    pub words: Rc<LoadedWords>,
    /// What is put in the word's place, by turns: at least one, which may be empty.
    pub says: Vec<String>,
}

impl Subject {
    /// Text that the model knows, in the word's place.
    pub fn plain(model: &Pipeline, name: &str, says: Vec<String>) -> Result<Self> {
        let words = LoadedWords::new(&model.tokenizers, &[])?;
        Ok(Self { name: name.into(), words: Rc::new(words), says })
    }

    /// The words of files, each a subject of its own; those that were learned for negative prompts go there.
    pub fn learned(model: &Pipeline, files: &[PathBuf], context: &JobContext<'_>) -> Result<Vec<Self>> {
        let words = LoadedWords::read(model, files, None)?;
        let every = words.words.join(", ");
        context.warn_all(words.notes(&[words.prompt(&every)]));
        let words = Rc::new(words);
        let alone = words.positive().count() == 1;
        let name =
            |word: &String| if alone { "learned word".to_owned() } else { format!("learned word {word}") };
        let subject =
            |word: &String| Self { name: name(word), words: Rc::clone(&words), says: vec![word.clone()] };
        let mut subjects: Vec<Self> = words.positive().map(subject).collect();
        // A file of nothing else is judged as what it is.
        if subjects.is_empty() {
            subjects = words.words.iter().map(subject).collect();
        }
        Ok(subjects)
    }

    /// The word that CLIP alone finds for pictures as it sees them.
    pub fn clip_word(
        model: &Pipeline,
        clip: &ClipModel,
        pictures: &[Vec<f32>],
        concept: &Concept,
        context: &mut JobContext<'_>,
    ) -> Result<Self> {
        let vectors = clip_word(model, clip, pictures, concept, context)?;
        let name = "<clip-word>".to_owned();
        let words = LoadedWords::new(&model.tokenizers, &[(vec![name.clone()], vectors)])?;
        Ok(Self { name: "clip word".into(), words: Rc::new(words), says: vec![name] })
    }
}
