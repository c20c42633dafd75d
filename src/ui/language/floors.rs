//! What the floors below the window call things, in the window's language: choices and what they do, settings and what
//! they do, lengths of time. The English of each stands where the thing is, and nowhere else.
//!
//! The translations lie in `floors.ftl` of a language, under names made of those in the source; a choice or a setting
//! that has none is shown in English. Names of samplers and the like are the same in every language.

use base::units;
use format::embedding::EmbeddingFormat;
use project::grid::GridKind;
use project::methods::Baseline;
use project::mix::MixOperation;
use project::options::Help;
use project::{
    BackgroundFit, BlendOrder, EditArea, Emphasis, LossWeighting, LowMemory, Method, Optimizer, Precision,
    Preset, SamplerKind, Seam, SigmaSpacing, TimestepSampling, WeightFormat,
};

use super::{Language, spoken};
use crate::widgets::controls::Named;

/// The translation of something whose English is known.
fn said(id: &str, english: &'static str) -> &'static str {
    if spoken() == Language::English {
        return english;
    }
    spoken().book().plain.get(id).map_or(english, String::as_str)
}

/// A list of choices from the floors below.
pub(crate) trait Choice: Copy {
    /// What its translations begin with.
    const LIST: &'static str;

    /// Its name in files, what people call it, and what it does, in English.
    fn english(self) -> [&'static str; 3];
}

macro_rules! choices {
    ($($Type:ident = $list:literal,)+) => {
        $(impl Choice for $Type {
            const LIST: &'static str = $list;

            fn english(self) -> [&'static str; 3] {
                [self.name(), self.label(), self.about()]
            }
        })+

        /// Every choice: its list, and its English.
        #[cfg(test)]
        pub(super) fn all() -> Vec<(&'static str, [&'static str; 3])> {
            let mut all: Vec<_> =
                project::methods::METHODS.iter().map(|(name, _, about)| ("compared", [*name, *name, *about])).collect();
            $(all.extend($Type::ALL.iter().map(|choice| ($list, choice.english())));)+
            all
        }
    };
}

choices! {
    Emphasis = "emphasis",
    GridKind = "grid-side",
    LossWeighting = "weighting",
    LowMemory = "low-memory",
    Method = "method",
    Optimizer = "optimizer",
    Precision = "precision",
    Preset = "preset",
    SamplerKind = "sampler",
    SigmaSpacing = "spacing",
    TimestepSampling = "timesteps",
    WeightFormat = "weights",
    Baseline = "baseline",
    BlendOrder = "blend-order",
    EditArea = "edit-area",
    Seam = "seam",
    BackgroundFit = "background-fit",
    MixOperation = "mix",
    EmbeddingFormat = "layout",
}

/// What a layout says of itself, as other choices do; its names are those of other programs.
trait Layout {
    fn label(self) -> &'static str;
    fn about(self) -> &'static str;
}

impl Layout for EmbeddingFormat {
    fn label(self) -> &'static str {
        self.name()
    }

    /// With its full stop.
    fn about(self) -> &'static str {
        self.description()
    }
}

/// What people call a choice.
pub(crate) fn label<T: Choice>(choice: T) -> &'static str {
    let [name, label, _] = choice.english();
    said(&format!("{}-{name}", T::LIST), label)
}

/// What a choice does, without a full stop.
pub(crate) fn about<T: Choice>(choice: T) -> &'static str {
    let [name, _, about] = choice.english();
    said(&format!("{}-{name}.tip", T::LIST), about)
}

/// What people call a choice, and what it does.
pub(crate) fn words<T: Choice>(choice: T) -> (&'static str, &'static str) {
    (label(choice), about(choice))
}

/// What a method of a comparison does, by its name; without a full stop.
pub(crate) fn compared(name: &str, english: &'static str) -> &'static str {
    said(&format!("compared-{name}.tip"), english)
}

/// What settings do, by key.
pub(crate) struct Tips {
    list: &'static str,
    help: Help,
}

impl Tips {
    /// What settings say about themselves; the translations begin with `help-` and this name.
    pub const fn of(list: &'static str, help: Help) -> Self {
        Self { list, help }
    }

    /// What one setting does, without a full stop.
    pub fn get(&'static self, key: &str) -> &'static str {
        said(&tip(self.list, key), self.help.get(key))
    }

    /// What the control of a setting is called, and what the setting does.
    pub fn row<'a>(&'static self, key: &str, name: &'a str) -> Named<'a> {
        (name, self.get(key))
    }
}

/// The name of what a setting does: `preview.seed` of `learn` is `help-learn-preview-seed`.
pub(super) fn tip(list: &str, key: &str) -> String {
    format!("help-{list}-{}", key.replace(['.', '_'], "-"))
}

/// How long something takes: see [`units::duration`].
pub(crate) fn duration(seconds: f64) -> String {
    in_words(units::duration(seconds))
}

/// The same where there is little room: see [`units::short_duration`].
pub(crate) fn short_duration(seconds: f64) -> String {
    in_words(units::short_duration(seconds))
}

/// How long ago a moment was: see [`units::ago`].
pub(crate) fn ago(then: u64, now: u64) -> String {
    in_words(units::ago(then, now))
}

/// A quantity word by word, and without the spaces, as it is written in Japanese: `3 minutes` is `3分`.
fn in_words(english: String) -> String {
    quantity(&english).unwrap_or(english)
}

/// The same of a text that may be none: `None` if it holds another word than numbers and units of time.
pub(super) fn quantity(english: &str) -> Option<String> {
    if spoken() == Language::English {
        return None;
    }
    let plain = &spoken().book().plain;
    let known = |word: &str| plain.get(&format!("unit-{}", word.replace(' ', "-"))).cloned();
    if let Some(whole) = known(english) {
        return Some(whole);
    }
    let number = |word: &str| word.parse::<f64>().is_ok().then(|| word.to_owned());
    let word = |word: &str| {
        known(word.strip_suffix('s').filter(|one| !one.is_empty()).unwrap_or(word)).or_else(|| number(word))
    };
    let words: Option<String> = english.split(' ').map(word).collect();
    words.filter(|_| english.contains(char::is_alphabetic))
}
