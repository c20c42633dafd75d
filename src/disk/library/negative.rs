//! Negative words in the library, and second ones: the other words of a run, beside the one they were learned with.
//!
//! It is a word like any other, with a file, a note and a name of its own; only the marks in the two files say that they
//! belong together.

use std::path::{Path, PathBuf};

use super::{Sidecar, expect_own, free, list, name_of, unused, word_files};
use crate::message::Answer;
use base::Result;
use format::embedding::{self, EmbeddingFormat, LearnedWord, rights, role};
use project::{Concept, DataDir, Rights, sharing};

/// Whether a file holds a negative word.
pub(super) fn is_negative(path: &Path) -> bool {
    embedding::read(path).is_ok_and(|word| word.is_negative())
}

/// Puts the negative word of a run into the library, in place of `own` if that is the run's already, and lets both words
/// name each other.
pub(super) fn add(
    home: &DataDir,
    own: Option<PathBuf>,
    word: &mut LearnedWord,
    mut negative: LearnedWord,
    sidecar: &Sidecar,
) -> Result<()> {
    let token = word.token.clone().unwrap_or_default();
    let known = own.as_ref().and_then(|path| embedding::read(path).ok()?.token);
    let name = known.unwrap_or_else(|| unused(home, &Concept::of(&token).negative_word()));
    let path = own.unwrap_or_else(|| free(home, &sharing::file_stem(&name)));
    role::write(&mut word.metadata, false, &name);
    role::write(&mut negative.metadata, true, &token);
    if sidecar.rights != Rights::Unknown {
        rights::write(&mut negative.metadata, &[sidecar.rights]);
    }
    negative.token = Some(name);
    embedding::write(&path, &negative, EmbeddingFormat::EmbParams)?;
    sidecar.write(&path)
}

/// Says in a word's own file whether it is for negative prompts: what other programs learned says nothing of it.
pub(crate) fn mark(home: &DataDir, path: &Path, negative: bool) -> Result<Vec<Answer>> {
    expect_own(home, path)?;
    let mut word = embedding::read(path)?;
    role::mark(&mut word.metadata, negative);
    let token = Some(name_of(&word, path));
    embedding::write(path, &LearnedWord { token, ..word }, EmbeddingFormat::EmbParams)?;
    list(home)
}

/// Lets the words that were learned together with `old` call it by its new name.
pub(super) fn renamed(home: &DataDir, old: &str, new: &str) -> Result<()> {
    for path in word_files(home) {
        let Ok(mut word) = embedding::read(&path) else { continue };
        if word.partner() == Some(old) {
            let negative = word.is_negative();
            role::write(&mut word.metadata, negative, new);
            embedding::write(&path, &word, EmbeddingFormat::EmbParams)?;
        }
    }
    Ok(())
}

/// Puts the second of two words of a run into the library, in place of `own` if that is the run's already.
pub(super) fn add_second(
    home: &DataDir,
    own: Option<PathBuf>,
    mut second: LearnedWord,
    sidecar: &Sidecar,
) -> Result<()> {
    let known = own.as_ref().and_then(|path| embedding::read(path).ok()?.token);
    let name = known.unwrap_or_else(|| unused(home, second.token.as_deref().unwrap_or_default()));
    let path = own.unwrap_or_else(|| free(home, &sharing::file_stem(&name)));
    if sidecar.rights != Rights::Unknown {
        rights::write(&mut second.metadata, &[sidecar.rights]);
    }
    second.token = Some(name);
    embedding::write(&path, &second, EmbeddingFormat::EmbParams)?;
    Sidecar { second: true, ..sidecar.clone() }.write(&path)
}

/// The negative word of the library that belongs to a word.
pub(super) fn of(home: &DataDir, word: &LearnedWord) -> Option<LearnedWord> {
    let partner = word.partner().filter(|_| !word.is_negative())?;
    let read = |path: PathBuf| {
        let word = embedding::read(&path).ok().filter(LearnedWord::is_negative)?;
        let name = name_of(&word, &path);
        (name == partner).then_some(LearnedWord { token: Some(name), ..word })
    };
    word_files(home).into_iter().find_map(read)
}
