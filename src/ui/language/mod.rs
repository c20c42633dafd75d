//! The words of the window in the languages it speaks, from the files in `assets/languages`, which translators' tools
//! read (<https://projectfluent.org>). A page says `t!("models-forget")`, or `t!("grid-of", count = n)` where something is
//! filled in.
//!
//! What the floors below the window say is English: names of choices and what settings do are translated in [`floors`],
//! errors, notes and what a job is doing in [`sentences`]. What a language lacks is said in English.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_langneg::{NegotiationStrategy, negotiate_languages};
use serde::{Deserialize, Serialize};
use unic_langid::LanguageIdentifier;

/// Names the language for one start of the program, such as `ja`; stronger than what was chosen in the window.
const VARIABLE: &str = "PSEUDOWORD_LANGUAGE";

/// A message of the window's language: a `&'static str`, or a `String` where values are filled in.
macro_rules! t {
    ($id:literal) => {
        $crate::language::plain($id)
    };
    ($id:literal, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::language::filled($id, &[$((stringify!($name), $crate::language::Value::value(&$value))),+])
    };
}

/// What a control is called and, by its `.tip`, what it does.
macro_rules! named {
    ($id:literal) => {
        (t!($id), $crate::language::plain(concat!($id, ".tip")))
    };
}

// Here, so that they know the macros.
pub(crate) mod floors;
pub(crate) mod sentences;
#[cfg(test)]
mod tests;

/// A language that the window speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// The one in which it was written.
    English,
    /// 日本語
    Japanese,
}

/// The language that a person chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LanguageChoice {
    /// That of the system, if the window speaks it.
    #[default]
    System,
    /// English, whatever the system speaks.
    English,
    /// Japanese, whatever the system speaks.
    Japanese,
}

macro_rules! files {
    ($language:literal: $($name:literal)+) => {
        &[$(include_str!(concat!("../../../assets/languages/", $language, "/", $name, ".ftl"))),+]
    };
}

/// The files of a language. `floors` has no English: that is said below.
const ENGLISH: &[&str] = files!("en": "about" "advanced" "chrome" "commands" "compare" "compose" "concept" "dialog" "edit" "gallery" "guide" "learn" "library" "models" "state" "widgets");
const JAPANESE: &[&str] = files!("ja": "about" "advanced" "chrome" "commands" "compare" "compose" "concept" "dialog" "edit" "floors" "gallery" "guide" "learn" "library" "models" "sentences" "state" "widgets");
/// What the floors below say, by which it is known again.
const SENTENCES: &str = include_str!("../../../assets/languages/en/sentences.ftl");

/// By the order of the languages, each read when it is first spoken.
static BOOKS: [LazyLock<Book>; 2] = [
    LazyLock::new(|| Book::new(Language::English, &[ENGLISH])),
    LazyLock::new(|| Book::new(Language::Japanese, &[ENGLISH, JAPANESE])),
];

thread_local! {
    /// Of the thread that draws: tests draw windows in several languages at once.
    static SPOKEN: Cell<Language> = const { Cell::new(Language::English) };
}

impl Language {
    const ALL: [Self; 2] = [Self::English, Self::Japanese];

    /// The one that comes first among those wanted, best first; `None` if the window speaks none of them.
    fn first_of(wanted: impl IntoIterator<Item = String>) -> Option<Self> {
        // `ja_JP.UTF-8` is how systems write it.
        let read = |name: String| name.split(['.', '@']).next()?.parse().ok();
        let wanted: Vec<LanguageIdentifier> = wanted.into_iter().filter_map(read).collect();
        let ours = Self::ALL.map(Self::id);
        let found = negotiate_languages(&wanted, &ours, None, NegotiationStrategy::Filtering);
        let place = ours.iter().position(|own| Some(&own) == found.first())?;
        Self::ALL.get(place).copied()
    }

    fn id(self) -> LanguageIdentifier {
        let name = match self {
            Self::English => "en",
            Self::Japanese => "ja",
        };
        name.parse().unwrap_or_default()
    }

    fn book(self) -> &'static Book {
        &BOOKS[self as usize]
    }
}

impl LanguageChoice {
    fn language(self) -> Language {
        match self {
            Self::System => Language::first_of(sys_locale::get_locales()).unwrap_or(Language::English),
            Self::English => Language::English,
            Self::Japanese => Language::Japanese,
        }
    }

    /// Lets the window speak it from now on.
    pub(crate) fn speak(self) {
        speak(self.language());
    }

    /// Lets the window speak it from its start, unless the environment asks for another one.
    pub(crate) fn begin(self) {
        let asked = std::env::var(VARIABLE).ok().and_then(|name| Language::first_of([name]));
        speak(asked.unwrap_or_else(|| self.language()));
    }
}

/// Lets the windows of this thread speak a language; English is spoken before.
pub fn speak(language: Language) {
    SPOKEN.set(language);
}

/// The language that the windows of this thread speak.
pub(crate) fn spoken() -> Language {
    SPOKEN.get()
}

/// A message without values. A name that no language knows is shown as it is, which a test rules out.
pub(crate) fn plain(id: &'static str) -> &'static str {
    spoken().book().plain.get(id).map_or(id, String::as_str)
}

/// A message in English, for those who search by the names they know.
pub(crate) fn english(id: &'static str) -> &'static str {
    Language::English.book().plain.get(id).map_or(id, String::as_str)
}

/// A message with its values. [`t!`] is the short way to say it.
pub(crate) fn filled(id: &'static str, values: &[(&'static str, FluentValue<'_>)]) -> String {
    let values: FluentArgs<'_> = values.iter().map(|(name, value)| (*name, value.clone())).collect();
    spoken().book().format(id, Some(&values)).0.into_owned()
}

/// All messages of one language.
struct Book {
    bundle: FluentBundle<FluentResource>,
    /// Those without values, ready to be shown; `name.tip` for a message's attribute.
    plain: HashMap<String, String>,
}

impl Book {
    /// Later files win.
    fn new(language: Language, files: &[&[&str]]) -> Self {
        let mut bundle = FluentBundle::new_concurrent(vec![language.id()]);
        // The marks around values are for scripts written from the right, and letters for every test and search.
        bundle.set_use_isolating(false);
        let mut book = Self { bundle, plain: HashMap::new() };
        for text in files.concat() {
            // What cannot be read of a file costs only itself; a test reads them all.
            let read = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(read, _)| read);
            book.bundle.add_resource_overriding(read);
        }
        for id in files.concat().into_iter().flat_map(|text| messages(text).map(|(id, _)| id)) {
            if let (text, true) = book.format(&id, None) {
                let text = text.into_owned();
                book.plain.insert(id, text);
            }
        }
        book
    }

    /// A message, and whether it could be said as a whole.
    fn format<'a>(&'a self, id: &'a str, values: Option<&'a FluentArgs<'_>>) -> (Cow<'a, str>, bool) {
        let (name, attribute) = id.split_once('.').map_or((id, None), |(name, part)| (name, Some(part)));
        let message = self.bundle.get_message(name);
        let pattern = message.and_then(|message| match attribute {
            Some(part) => message.get_attribute(part).map(|attribute| attribute.value()),
            None => message.value(),
        });
        let Some(pattern) = pattern else { return (id.into(), false) };
        let mut faults = Vec::new();
        let text = self.bundle.format_pattern(pattern, values, &mut faults);
        (text, faults.is_empty())
    }
}

/// The messages and attributes (`name.tip`) of a file, each with its lines.
fn messages(text: &str) -> impl Iterator<Item = (String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let (mut name, mut own) = (String::new(), None);
    for line in text.lines() {
        let is_name = |part: &str| part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let named = |line: &str| {
            let (left, right) = line.split_once('=')?;
            let left = left.trim_end();
            (!left.is_empty() && is_name(left)).then(|| (left.to_owned(), right.trim().to_owned()))
        };
        let attribute = line.trim_start().strip_prefix('.').filter(|_| line.starts_with(' ')).and_then(named);
        if let Some((part, value)) = attribute {
            found.extend(own.take());
            own = Some((format!("{name}.{part}"), value));
        } else if let Some((id, value)) = named(line) {
            found.extend(own.take());
            name.clone_from(&id);
            own = Some((id, value));
        } else if let Some((_, value)) = own.as_mut().filter(|_| line.starts_with(' ')) {
            *value += line;
        }
    }
    found.extend(own);
    // A message may have nothing but attributes.
    found.into_iter().filter(|(_, value)| !value.is_empty())
}

/// What can be filled into a message, as `{}` would write it.
pub(crate) trait Value {
    fn value(&self) -> FluentValue<'_>;
}

impl Value for str {
    fn value(&self) -> FluentValue<'_> {
        self.into()
    }
}

impl Value for String {
    fn value(&self) -> FluentValue<'_> {
        self.as_str().into()
    }
}

impl Value for std::path::Display<'_> {
    fn value(&self) -> FluentValue<'_> {
        self.to_string().into()
    }
}

impl Value for Cow<'_, str> {
    fn value(&self) -> FluentValue<'_> {
        (**self).into()
    }
}

impl<T: Value + ?Sized> Value for &T {
    fn value(&self) -> FluentValue<'_> {
        (**self).value()
    }
}

macro_rules! numbers {
    ($($Number:ty)+) => {
        $(impl Value for $Number {
            fn value(&self) -> FluentValue<'_> {
                // Longer ones would be rounded; they name something and count nothing.
                let text = self.to_string();
                let exact = text.len() <= 15;
                text.parse::<f64>().ok().filter(|_| exact).map_or_else(|| text.into(), FluentValue::from)
            }
        })+
    };
}

numbers!(u32 u64 usize i32 i64 f32 f64);
