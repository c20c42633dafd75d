//! The sentences that a picture is learned with, and their ids: in one list or in several, as the method draws them.

use crate::draw::LoadedWords;
use base::Result;
use inversion::methods::Method;
use project::template::{caption_template, fill_with_caption, fill_with_two};
use project::{Concept, LearnSettings, Method as Name, RunManifest, TemplateSet};

/// What the pictures of one word are learned with.
pub struct Sentences<'a> {
    settings: &'a LearnSettings,
    concept: Concept,
    /// The word of another thing, in pictures of both.
    other: Option<Concept>,
    templates: TemplateSet,
    dual: Vec<String>,
}

impl<'a> Sentences<'a> {
    /// Those of the run's own word.
    ///
    /// # Errors
    /// A file of sentences cannot be read.
    pub fn of(manifest: &'a RunManifest) -> Result<Self> {
        let settings = &manifest.settings;
        let templates = settings.template_set(manifest.concept.kind)?;
        let dual = templates.dual(manifest.concept.kind);
        Ok(Self { settings, concept: manifest.concept.clone(), other: None, templates, dual })
    }

    /// The same for the word that is learned together with it.
    #[must_use]
    pub fn of_second(self, second: Concept) -> Self {
        Self { concept: second, ..self }
    }

    /// The same for both words at once: `<a> and <b>`.
    #[must_use]
    pub fn of_both(self, second: Concept) -> Self {
        Self { other: Some(second), ..self }
    }

    /// The lists of picture `index` with the caption it has, as ids.
    pub fn lists(
        &self,
        words: &mut LoadedWords,
        method: &dyn Method,
        (index, caption): (usize, Option<&str>),
    ) -> Vec<Vec<Vec<u32>>> {
        let own = self.own(caption);
        let ids = |words: &LoadedWords, list: &[String]| -> Vec<Vec<u32>> {
            list.iter().map(|sentence| words.ids(sentence)).collect()
        };
        match self.settings.method {
            Name::Progressive => {
                let vectors = method.vectors(None, 1);
                let lists = (1..=vectors).map(|count| {
                    words.use_first(count);
                    ids(words, &own)
                });
                lists.collect()
            }
            Name::PerImage => vec![ids(words, &own), ids(words, &self.with_picture(index, caption))],
            _ => vec![ids(words, &own)],
        }
    }

    /// The picture's caption if that is wanted, else every template, with the word in its short form.
    fn own(&self, caption: Option<&str>) -> Vec<String> {
        let word = self.concept.word.as_str();
        if let Some(other) = &self.other {
            let both = format!("{word} and {}", other.word);
            let templates = self.templates.sentences.iter();
            return templates.map(|template| fill_with_caption(template, &both, "")).collect();
        }
        match caption.filter(|_| self.settings.use_captions) {
            Some(caption) => {
                vec![fill_with_caption(&caption_template(caption, word, self.concept.kind), word, "")]
            }
            None => {
                let caption = caption.unwrap_or_default();
                let templates = self.templates.sentences.iter();
                templates.map(|template| fill_with_caption(template, word, caption)).collect()
            }
        }
    }

    /// The sentences with the word of the picture behind the word.
    fn with_picture(&self, index: usize, caption: Option<&str>) -> Vec<String> {
        let picture = self.concept.picture_word(index);
        let fill = |template: &String| {
            let template = fill_with_caption(template, "{}", caption.unwrap_or_default());
            fill_with_two(&template, &self.concept.word, &picture)
        };
        self.dual.iter().map(fill).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use project::ConceptKind;

    fn sentences(settings: &LearnSettings) -> Sentences<'_> {
        let concept =
            Concept { word: "<cat-toy>".into(), initial_word: "cat".into(), kind: ConceptKind::Object };
        let templates = TemplateSet { sentences: vec!["a {}".into(), "a {}, [filewords]".into()] };
        let dual = templates.dual(concept.kind);
        Sentences { settings, concept, other: None, templates, dual }
    }

    #[test]
    fn every_sentence_holds_the_word_whatever_the_caption_says() {
        let mut settings = LearnSettings { use_captions: true, ..LearnSettings::default() };
        let of = |caption, settings: &LearnSettings| sentences(settings).own(caption);
        assert_eq!(of(Some("on a bed"), &settings), ["a photo of <cat-toy>, on a bed"]);
        assert_eq!(of(Some("my {} outside"), &settings), ["my <cat-toy> outside"]);
        assert_eq!(of(Some("my <cat-toy> outside"), &settings), ["my <cat-toy> outside"]);
        assert_eq!(of(None, &settings), ["a <cat-toy>", "a <cat-toy>"]);
        settings.use_captions = false;
        assert_eq!(of(Some("red"), &settings), ["a <cat-toy>", "a <cat-toy>, red"]);
    }

    #[test]
    fn other_words_stand_where_the_method_wants_them() {
        let settings = LearnSettings::default();
        let with_picture = sentences(&settings).with_picture(1, Some("red"));
        assert_eq!(
            with_picture,
            ["a <cat-toy> with <cat-toy-picture-2>", "a <cat-toy> with <cat-toy-picture-2>, red"]
        );
        let second = Concept { word: "<b>".into(), ..sentences(&settings).concept };
        let both = sentences(&settings).of_both(second.clone()).own(Some("red"));
        assert_eq!(both, ["a <cat-toy> and <b>", "a <cat-toy> and <b>"]);
        assert_eq!(sentences(&settings).of_second(second).own(None)[0], "a <b>");
    }
}
