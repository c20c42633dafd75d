//! The sentences a word is learned in: the two published lists, people's own files, and captions.
//!
//! A sentence has one or more places `{}` for the word. It refuses a sentence without one, because nothing
//! would be learned from it.

use std::path::Path;

use super::concept::ConceptKind;
use base::{Error, FileKind, Result, text_file};

/// Sentences for things: appendix D of arXiv 2208.01618 (there with a full stop); the list
/// `imagenet_templates_small` of
/// <https://github.com/huggingface/diffusers/blob/main/examples/textual_inversion/textual_inversion.py>.
pub const OBJECT_TEMPLATES: [&str; 27] = [
    "a photo of a {}",
    "a rendering of a {}",
    "a cropped photo of the {}",
    "the photo of a {}",
    "a photo of a clean {}",
    "a photo of a dirty {}",
    "a dark photo of the {}",
    "a photo of my {}",
    "a photo of the cool {}",
    "a close-up photo of a {}",
    "a bright photo of the {}",
    "a cropped photo of a {}",
    "a photo of the {}",
    "a good photo of the {}",
    "a photo of one {}",
    "a close-up photo of the {}",
    "a rendition of the {}",
    "a photo of the clean {}",
    "a rendition of a {}",
    "a photo of a nice {}",
    "a good photo of a {}",
    "a photo of the nice {}",
    "a photo of the small {}",
    "a photo of the weird {}",
    "a photo of the large {}",
    "a photo of a cool {}",
    "a photo of a small {}",
];

/// Sentences for styles, two of them twice as published (so twice as likely):
/// <https://github.com/rinongal/textual_inversion/blob/main/ldm/data/personalized_style.py>, and the list
/// `imagenet_style_templates_small` of diffusers' `textual_inversion.py`.
pub const STYLE_TEMPLATES: [&str; 19] = [
    "a painting in the style of {}",
    "a rendering in the style of {}",
    "a cropped painting in the style of {}",
    "the painting in the style of {}",
    "a clean painting in the style of {}",
    "a dirty painting in the style of {}",
    "a dark painting in the style of {}",
    "a picture in the style of {}",
    "a cool painting in the style of {}",
    "a close-up painting in the style of {}",
    "a bright painting in the style of {}",
    "a cropped painting in the style of {}",
    "a good painting in the style of {}",
    "a close-up painting in the style of {}",
    "a rendition in the style of {}",
    "a nice painting in the style of {}",
    "a small painting in the style of {}",
    "a weird painting in the style of {}",
    "a large painting in the style of {}",
];

/// Where a template file wants the picture's caption (AUTOMATIC1111's `textual_inversion_templates`).
const CAPTION: &str = "[filewords]";

/// Sentences to draw from, uniformly, one per picture and step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateSet {
    /// At least one sentence, each with a `{}`; some may also hold `[filewords]`.
    pub sentences: Vec<String>,
}

impl TemplateSet {
    /// The published list for a kind of word: 27 sentences for things, 19 for styles, with a full stop at the
    /// end if wanted (as in the paper; the released code has none).
    pub fn builtin(kind: ConceptKind, full_stop: bool) -> Self {
        let list: &[&str] = match kind {
            ConceptKind::Object => &OBJECT_TEMPLATES,
            ConceptKind::Style => &STYLE_TEMPLATES,
        };
        let end = if full_stop { "." } else { "" };
        Self { sentences: list.iter().map(|s| format!("{s}{end}")).collect() }
    }

    /// These with a place for a second word behind the first (`imagenet_dual_templates_small` of the same sources): 27 of
    /// the published sentences for things, and, where these are the published ones for styles, 17, one of which takes the
    /// first word for a thing.
    pub fn dual(&self, kind: ConceptKind) -> Vec<String> {
        let both = |sentence: &str| sentence.replace("[name]", "{}").replacen("{}", "{} with {}", 1);
        let published = |full_stop| kind == ConceptKind::Style && *self == Self::builtin(kind, full_stop);
        if ![false, true].into_iter().any(published) {
            return self.sentences.iter().map(|sentence| both(sentence)).collect();
        }
        let left_out = |(at, sentence): &(usize, &String)| {
            sentence.starts_with("a picture")
                || self.sentences[..*at].contains(sentence) && sentence.contains("close-up")
        };
        let styles = self.sentences.iter().enumerate().filter(|pair| !left_out(pair));
        let styles = styles.map(|(_, sentence)| match sentence.strip_prefix("a rendition in") {
            Some(rest) => format!("a painting of one {{}} in{rest}"),
            None => both(sentence),
        });
        styles.collect()
    }

    /// Reads one sentence a line, with `{}` or AUTOMATIC1111's `[name]` for the word and, if wanted,
    /// `[filewords]` for the picture's caption. Empty lines and lines that begin with `#` are left out.
    pub fn from_file(path: &Path) -> Result<Self> {
        let text = text_file::read(FileKind::Settings, path)?;
        let mut sentences = Vec::new();
        for (number, line) in (1..).zip(text.lines().map(str::trim)) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let sentence = line.replace("[name]", "{}");
            if !sentence.contains("{}") {
                let fault = format!("line {number} (“{line}”) has no place for the word");
                return Err(Error::file(FileKind::Settings, path, fault, "Put {} where the word belongs."));
            }
            sentences.push(sentence);
        }
        if sentences.is_empty() {
            let remedy = "Write at least one sentence with {} where the word belongs.";
            return Err(Error::file(FileKind::Settings, path, "there is no sentence in this file", remedy));
        }
        Ok(Self { sentences })
    }
}

/// Puts two words into a sentence: the second at the second `{}`, the first at all others.
pub fn fill_with_two(template: &str, first: &str, second: &str) -> String {
    let mut parts = template.split("{}");
    let mut sentence = parts.next().unwrap_or_default().to_owned();
    for (place, part) in parts.enumerate() {
        sentence += if place == 1 { second } else { first };
        sentence += part;
    }
    sentence
}

/// Puts the word into a sentence at every `{}` and `[name]`, and a picture's caption at every `[filewords]`, which
/// without a caption is taken out with the comma before it. The caption may itself hold `{}` for the word.
pub fn fill_with_caption(template: &str, word: &str, caption: &str) -> String {
    let caption = caption.trim();
    let sentence = if caption.is_empty() {
        template.replace(&format!(", {CAPTION}"), "").replace(CAPTION, "")
    } else {
        template.replace(CAPTION, caption)
    };
    let sentence = sentence.replace("[name]", "{}").replace("{}", word);
    sentence.trim().to_owned()
}

/// The sentence to learn from a picture with a caption of its own: the caption, if it holds the word, `{}` or
/// `[name]`; otherwise the caption with the word added, because without the word nothing would be learned.
pub fn caption_template(caption: &str, word: &str, kind: ConceptKind) -> String {
    let caption = caption.split_whitespace().collect::<Vec<_>>().join(" ").replace("[name]", "{}");
    if caption.contains("{}") || caption.contains(word) {
        return caption;
    }
    match (kind, caption.as_str()) {
        (ConceptKind::Object, "") => "a photo of {}".to_owned(),
        (ConceptKind::Object, caption) => format!("a photo of {{}}, {caption}"),
        (ConceptKind::Style, "") => "a picture in the style of {}".to_owned(),
        (ConceptKind::Style, caption) => format!("{caption}, in the style of {{}}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::fs;

    use super::*;

    #[test]
    fn the_lists_have_the_published_sizes() {
        let unique = |list: &[&str]| list.iter().copied().collect::<HashSet<_>>().len();
        assert_eq!(unique(&OBJECT_TEMPLATES), 27);
        assert_eq!(unique(&STYLE_TEMPLATES), 17);
        for sentence in OBJECT_TEMPLATES.iter().chain(&STYLE_TEMPLATES) {
            assert_eq!(sentence.matches("{}").count(), 1, "{sentence}");
        }
        let paper = TemplateSet::builtin(ConceptKind::Object, true);
        assert_eq!(fill_with_caption(&paper.sentences[0], "<cat-toy>", ""), "a photo of a <cat-toy>.");
        assert_eq!(TemplateSet::builtin(ConceptKind::Style, false).sentences.len(), 19);
    }

    #[test]
    fn a_file_of_sentences_is_read_and_its_faulty_line_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("文.txt");
        fs::write(&path, "\u{FEFF}# mine\r\n\r\n a {} on grass \r\na photo of [name], [filewords]\r\n")
            .unwrap();
        let set = TemplateSet::from_file(&path).unwrap();
        assert_eq!(set.sentences, ["a {} on grass", "a photo of {}, [filewords]"]);
        assert_eq!(fill_with_caption(&set.sentences[1], "<x>", ""), "a photo of <x>");
        assert_eq!(fill_with_caption(&set.sentences[1], "<x>", "red {} "), "a photo of <x>, red <x>");

        fs::write(&path, "a {}\n\na photo\n").unwrap();
        let error = TemplateSet::from_file(&path).unwrap_err().to_string();
        assert!(error.contains("line 3") && error.contains("文.txt"), "{error}");
        fs::write(&path, "# nothing\n").unwrap();
        assert!(TemplateSet::from_file(&path).unwrap_err().to_string().contains("no sentence"));
        assert!(matches!(TemplateSet::from_file(&folder.path().join("none")), Err(Error::Io { .. })));
    }

    #[test]
    fn dual_sentences_have_the_published_sizes() {
        let dual = |kind| TemplateSet::builtin(kind, true).dual(kind);
        let (things, styles) = (dual(ConceptKind::Object), dual(ConceptKind::Style));
        assert_eq!((things.len(), styles.len()), (27, 17));
        assert_eq!(things[0], "a photo of a {} with {}.");
        assert!(things.iter().chain(&styles).all(|sentence| sentence.matches("{}").count() == 2));
        assert!(styles.contains(&"a painting of one {} in the style of {}.".to_owned()), "{styles:?}");
        let own = TemplateSet { sentences: vec!["{} and [name], [filewords]".into()] };
        assert_eq!(own.dual(ConceptKind::Style), ["{} with {} and {}, [filewords]"]);
        assert_eq!(fill_with_two("{} with {} and {}", "<a>", "<b>"), "<a> with <b> and <a>");
    }

    #[test]
    fn a_caption_always_holds_the_word() {
        let (object, style) = (ConceptKind::Object, ConceptKind::Style);
        assert_eq!(caption_template("a {} on a\n bed", "<x>", object), "a {} on a bed");
        assert_eq!(caption_template("[name] at night", "<x>", object), "{} at night");
        assert_eq!(caption_template("my <x> outside", "<x>", object), "my <x> outside");
        assert_eq!(caption_template("on a bed", "<x>", object), "a photo of {}, on a bed");
        assert_eq!(caption_template("a bridge", "<x>", style), "a bridge, in the style of {}");
        assert_eq!(caption_template(" ", "<x>", object), "a photo of {}");
    }
}
