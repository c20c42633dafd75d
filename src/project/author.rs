//! Who makes words here, and under which licence they are given away: `author.toml` in the data folder.
//!
//! Nobody need say so, and nothing is taken from the system but, where someone answers for a picture, the user's name.

use serde::{Deserialize, Serialize};

use super::DataDir;
use super::files::{read_or_set_aside, write_toml};
use base::places::make_folder;
use base::{FileKind, Result};

/// An author; goes into the words that are learned.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Author {
    /// The name as others should read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The licence of words, such as `CC-BY-4.0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
}

impl Author {
    /// What was said in this data folder; nothing if that cannot be read, and why not.
    pub fn load(home: &DataDir) -> (Self, Option<String>) {
        let (read, fault) = read_or_set_aside(FileKind::Settings, &home.author());
        (read.unwrap_or_default(), fault)
    }

    /// Keeps it, without spaces around and without what is empty.
    ///
    /// # Errors
    /// [`base::Error::Io`] if it cannot be written.
    pub fn save(&self, home: &DataDir) -> Result<()> {
        make_folder(home.root())?;
        let tidy = |text: &Option<String>| {
            text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let [name, licence] = [&self.name, &self.licence].map(tidy);
        write_toml(FileKind::Settings, &home.author(), &Self { name, licence })
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// This, and what it does not say from `other`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { name: self.name.or(other.name), licence: self.licence.or(other.licence) }
    }

    /// Who answers for what was said: the author, else the user of this computer.
    pub fn who(&self) -> String {
        let user = || ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
        self.name.clone().or_else(user).unwrap_or_else(|| "someone who gave no name".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_author_is_kept_and_what_is_empty_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let home = DataDir::at(folder.path().join("home"));
        assert!(Author::load(&home).0.is_empty());
        let author = Author { name: Some(" Ann ".into()), licence: Some("  ".into()) };
        author.save(&home).unwrap();
        let (kept, _) = Author::load(&home);
        assert_eq!(kept, Author { name: Some("Ann".into()), licence: None });
        let fallback = Author { name: Some("Bo".into()), licence: Some("CC0-1.0".into()) };
        let both = kept.or(fallback);
        assert_eq!((both.who().as_str(), both.licence.as_deref()), ("Ann", Some("CC0-1.0")));
        std::fs::write(home.author(), "name = ").unwrap();
        let (none, said) = Author::load(&home);
        assert!(none.is_empty() && said.is_some_and(|said| said.contains("author.toml")));
    }
}
