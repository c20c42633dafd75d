//! What the floors below the window call things, in the window's language: choices and what they do, settings and what
//! they do, lengths of time. The English of each stands where the thing is, and nowhere else.
//!
//! The translations lie in `floors.ftl` of a language, under names made of those in the source; a choice or a setting
//! that has none is shown in English. Names of samplers and the like are the same in every language.

use base::units;
use project::options::Help;
use project::{
    LossWeighting, LowMemory, Method, Optimizer, Precision, Preset, SamplerKind, SigmaSpacing,
    TimestepSampling, WeightFormat,
};

use super::{Language, spoken};

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
            let mut all = Vec::new();
            $(all.extend($Type::ALL.iter().map(|choice| ($list, choice.english())));)+
            all
        }
    };
}

choices! {
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
    if spoken() == Language::English {
        return english;
    }
    let plain = &spoken().book().plain;
    let known = |word: &str| plain.get(&format!("unit-{}", word.replace(' ', "-"))).cloned();
    known(&english).unwrap_or_else(|| {
        let word = |word: &str| known(word.strip_suffix('s').filter(|one| !one.is_empty()).unwrap_or(word));
        english.split(' ').map(|part| word(part).unwrap_or_else(|| part.to_owned())).collect()
    })
}
