//! What the window knows of the library beside its words: watched folders, what can be searched, what pictures say.
//!
//! Notes of words change here at once and on the disk later. Nothing here draws or reads a file.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::state::AppState;
use disk::message::{
    LibraryAnswer, LibraryTask, ModelCard, Origin, PictureTexts, WordCard, WordFolder, WordNotes,
};
use disk::search::WordSearch;
use project::{Author, CredentialSettings, Family};
use text::prompt::WordNames;

/// The library beside its words.
#[derive(Debug, Clone, Default)]
pub struct WordLibrary {
    /// The folders that are watched.
    pub folders: Vec<WordFolder>,
    /// Folders in which other programs keep words, once they were looked for.
    pub suggested: Option<Vec<(PathBuf, Origin)>>,
    /// Whether they are being looked for.
    pub looking: bool,
    /// Another number whenever words or notes have changed.
    pub version: u64,
    /// Another number whenever words were listed anew.
    listed: u64,
    /// What was noted, with its number, until a list knows of it: one that was made before must not take it back.
    noted: HashMap<String, (u64, WordNotes)>,
    /// What can be searched of the words.
    pub search: WordSearch,
    /// What the pictures drawn before say of themselves.
    pub texts: Arc<PictureTexts>,
    /// The names that prompts may use.
    pub names: Arc<LibraryNames>,
    /// Who makes words here, and the public key that signs them, once that was asked.
    pub author: Option<(Author, String)>,
    /// How pictures made here are signed, and why they cannot be if that is so, once that was asked.
    pub credentials: Option<(CredentialSettings, Option<String>)>,
}

/// The names of thousands of words, put together once for as long as the words and the model stay.
#[derive(Debug, Clone, Default)]
pub struct LibraryNames {
    of: Option<NamesOf>,
    /// Those of the words that the model in use can take, in their order.
    pub fitting: Arc<WordNames>,
    /// The files of these words with the names of each, for prompts whose words are drawn by chance.
    pub offered: Arc<[(PathBuf, Vec<String>)]>,
    /// Those of all words of the library.
    pub all: Arc<WordNames>,
    /// Those of the words that it cannot take, and the places of these.
    pub others: (WordNames, Vec<usize>),
}

/// What names depend on: the words, the model with its family and width, and the word that is being learned.
type NamesOf = (u64, usize, Option<(PathBuf, Option<Family>, usize)>, Option<Vec<String>>);

impl AppState {
    /// Takes in all words.
    pub(crate) fn take_words(&mut self, mut words: Vec<WordCard>) {
        let library = &mut self.library;
        let pictured = |card: &WordCard| Some((card.picture.clone()?, card.kept.pictured));
        let before: HashMap<PathBuf, u64> = self.words.iter().filter_map(pictured).collect();
        for card in &mut words {
            if let Some((_, notes)) = library.noted.get(&card.kept.content) {
                card.note(notes);
            }
            // Written anew under its name, as when a run goes on.
            let known = card.picture.as_ref().filter(|path| {
                before.get(path.as_path()).is_some_and(|pictured| *pictured != card.kept.pictured)
            });
            known.into_iter().for_each(|path| self.thumbnails.forget_below(path));
        }
        self.words = words;
        (library.version, library.listed) = (library.version + 1, library.listed + 1);
        library.search = WordSearch::of(&self.words);
    }

    /// Takes in what else is told of the library.
    pub(crate) fn take_library(&mut self, answer: LibraryAnswer) {
        let library = &mut self.library;
        match answer {
            LibraryAnswer::Folders(folders) => {
                let watched = |path: &PathBuf| folders.iter().any(|folder| folder.path == *path);
                library.suggested.iter_mut().for_each(|found| found.retain(|(path, _)| !watched(path)));
                library.folders = folders;
            }
            LibraryAnswer::Noted(known) => library.noted.retain(|_, (number, _)| *number > known),
            LibraryAnswer::Suggested(folders) => {
                (library.suggested, library.looking) = (Some(folders), false);
            }
            LibraryAnswer::Texts(texts) => library.texts = texts,
            LibraryAnswer::Author(author, key) => library.author = Some((author, key)),
            LibraryAnswer::Credentials(settings, fault) => library.credentials = Some((settings, fault)),
        }
    }

    /// What is asked of the disk is shown before it is done.
    pub(crate) fn foresee_library(&mut self, task: &mut LibraryTask) {
        match task {
            LibraryTask::FindFolders => self.library.looking = true,
            LibraryTask::Note { content, notes, number, .. } => *number = self.note(content, notes),
            LibraryTask::Watch
            | LibraryTask::AddFolder(_)
            | LibraryTask::RemoveFolder(_)
            | LibraryTask::Author(_)
            | LibraryTask::Credentials(_)
            | LibraryTask::ChoosePicture { .. } => {}
        }
    }

    /// What is noted holds for all files with these numbers. Gives the number of the note.
    fn note(&mut self, content: &str, notes: &WordNotes) -> u64 {
        for card in self.words.iter_mut().filter(|card| card.kept.content == content) {
            card.note(notes);
        }
        self.library.version += 1;
        self.library.noted.insert(content.to_owned(), (self.library.version, notes.clone()));
        self.library.search.noted(&self.words, content);
        self.library.version
    }

    /// Puts the names together anew if they have changed.
    pub(crate) fn follow_names(&mut self) {
        self.library.names = self.names();
    }

    /// The names of all words, as they are now.
    pub fn names(&self) -> Arc<LibraryNames> {
        let model = self.model_card();
        let own = self.usable_under_way().map(|own| own.card.names.clone());
        let named = model.map(|card| (card.path.clone(), card.family, card.width));
        let of = Some((self.library.listed, self.words.len(), named, own));
        if self.library.names.of == of {
            return self.library.names.clone();
        }
        let misfits = self.words.iter().enumerate().filter(|(_, word)| !fits(word, model));
        let (places, names): (Vec<usize>, Vec<_>) = misfits.map(|(place, word)| (place, &word.names)).unzip();
        Arc::new(LibraryNames {
            of,
            fitting: Arc::new(WordNames::new(self.fitting_words().map(|word| &word.names))),
            offered: self.fitting_words().map(|word| (word.path.clone(), word.names.clone())).collect(),
            all: Arc::new(WordNames::new(self.words.iter().map(|word| &word.names))),
            others: (WordNames::new(names), places),
        })
    }
}

/// Whether a model can take a word; any, while nothing is known of it. Why it cannot says [`AppState::misfit`].
pub fn fits(word: &WordCard, model: Option<&ModelCard>) -> bool {
    let same = |model: &ModelCard| {
        let other = word.family.zip(model.family).is_some_and(|(own, family)| own != family);
        !other && word.width == model.width
    };
    !word.kept.shadowed && model.filter(|model| model.width > 0).is_none_or(same)
}
