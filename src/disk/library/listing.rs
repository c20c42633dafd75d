//! The list of all words: those of the library and those in watched folders of other programs.
//!
//! What files hold is kept in an index, so that a start reads only their sizes and times. A file of another program is
//! never written; one that is no word is counted and not shown.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::name_of;
use super::notes::{self, Notes, content};
use super::places::{self, Files};
use super::sidecar::Sidecar;
use crate::kept_index::{KeptIndex, Stamp};
use crate::message::{Answer, Collection, Damaged, KeptWord, LibraryAnswer, WordCard, WordFolder};
use base::{Error, Result};
use format::embedding::{self, Receipt, Signed, rights};
use format::png_info;
use model::embeddings::norm;
use project::file_hashes::FileHashes;
use project::files::natural_order;
use project::{DataDir, RunFolder};
use text::is_ordinary;
use text::prompt::name_words;

/// Characters of a recipe that are shown.
const LONGEST_RECIPE: usize = 300;

/// What is known of a file; a sentence if it is no word.
type Known = Result<Read, String>;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Read {
    content: String,
    /// The start of the hash of the model it was learned on; empty if unknown.
    model: String,
    signed: Signed,
    receipt: Vec<(String, String)>,
    card: WordCard,
}

/// The list is made by several threads, which share the index.
static LISTING: Mutex<()> = Mutex::new(());

pub(crate) fn list(home: &DataDir) -> Result<Vec<Answer>> {
    let _one = LISTING.lock().unwrap_or_else(PoisonError::into_inner);
    let (kept, said) = Notes::load_or_set_aside(home);
    let damaged_notes = super::set_damaged_aside(home);
    let mut index = KeptIndex::<Known>::load(home.word_index());
    let own = places::own(home);
    let others: Vec<(PathBuf, Files)> =
        kept.folders.iter().map(|f| (f.clone(), places::watched(f))).collect();
    let (mut cards, mut damaged, mut folders) = (Vec::new(), Vec::new(), Vec::new());
    let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
    for (path, stamp) in &own.words {
        seen.insert(path.clone());
        match known(&mut index, path, (*stamp, note(&own, path)), true) {
            Ok(read) => cards.push(shown(read, path, *stamp, &own, None)),
            Err(fault) => damaged.push(Damaged { path: path.clone(), fault }),
        }
    }
    for (folder, files) in &others {
        let (path, there, more) = (folder.clone(), files.there, files.more);
        let mut told = WordFolder { path, there, more, ..WordFolder::default() };
        for (path, stamp) in &files.words {
            if !seen.insert(path.clone()) {
                continue;
            }
            match known(&mut index, path, (*stamp, None), false) {
                Ok(read) if !is_second_half(&read, path, &index, files) => {
                    told.words += 1;
                    cards.push(shown(read, path, *stamp, files, Some(folder.clone())));
                }
                Ok(_) => {}
                Err(fault) => told.strangers.push(fault),
            }
        }
        folders.push(told);
    }
    // What lies on a drive that is not connected is there again when the drive is.
    let gone: Vec<&PathBuf> = others.iter().filter(|(_, files)| !files.there).map(|(path, _)| path).collect();
    index.retain(|path| seen.contains(path) || gone.iter().any(|folder| path.starts_with(folder)));
    index.save(1);
    finish(home, &kept, &mut cards);
    damaged.sort_by(|a: &Damaged, b| a.path.cmp(&b.path));
    // What was set aside is said first.
    let mut answers: Vec<Answer> = said.into_iter().chain(damaged_notes).collect();
    answers.extend([
        Answer::Words(cards),
        Answer::Damaged(Collection::Words, damaged),
        Answer::Library(LibraryAnswer::Folders(folders)),
    ]);
    Ok(answers)
}

/// What a file holds, from the index if it has not changed.
fn known(
    index: &mut KeptIndex<Known>,
    path: &Path,
    stamps: (Stamp, Option<Stamp>),
    own: bool,
) -> Result<Read, String> {
    if let Some(known) = index.get(path, stamps) {
        return known.clone();
    }
    let damaged = format!("{}: it could not be read, and may be damaged.", path.display());
    match crate::caught(&damaged, || read(path, own)) {
        Ok(read) => {
            // A number that JSON has no name for would spoil the index.
            if read.card.norm.is_finite() {
                index.insert(path, stamps, Ok(read.clone()));
            }
            Ok(read)
        }
        Err(error) => {
            // What the system refused it may allow the next time.
            let fault = error.to_string();
            if matches!(error, Error::File { .. }) {
                index.insert(path, stamps, Err(fault.clone()));
            }
            Err(fault)
        }
    }
}

fn read(path: &Path, own: bool) -> Result<Read> {
    let card_picture = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png"));
    let is_card = || File::open(path).is_ok_and(|f| png_info::has_text(BufReader::new(f), "sd-ti-embedding"));
    if card_picture && !is_card() {
        let remedy = "It is left out of the library.";
        return Err(Error::file(base::FileKind::Embedding, path, "it is a picture without a word", remedy));
    }
    let word = embedding::read(path)?;
    // Beside files of other programs we keep no note.
    let sidecar = match own {
        true => Sidecar::read(path),
        false => Sidecar { rights: rights::read(&word.metadata), ..Sidecar::default() },
    };
    let rows: Vec<f64> = word.vectors.chunks(word.shape[1].max(1)).map(|row| f64::from(norm(row))).collect();
    let entry = |key: &str| word.metadata.get(key).cloned().unwrap_or_default();
    // As kohya's scripts and A1111 write it.
    let hashes = ["ss_new_sd_model_hash", "sd_checkpoint"].map(&entry);
    let card = WordCard {
        path: path.to_path_buf(),
        family: word.family(),
        vectors: word.shape[0],
        width: word.widths().iter().sum(),
        widths: word.widths(),
        norm: rows.iter().sum::<f64>() / rows.len().max(1) as f64,
        lineage: word.lineage(),
        model: entry("ss_sd_model_name"),
        model_file: None,
        negative: word.is_negative(),
        partner: word.partner().map(str::to_owned),
        recipe: word.recipe().map(|recipe| {
            // A stranger's file may say anything.
            recipe.line().chars().filter(|sign| !sign.is_control()).take(LONGEST_RECIPE).collect()
        }),
        initial_word: entry("pseudoword.initial_word"),
        learned_from: learned_from(&sidecar),
        steps: entry("ss_steps").parse().ok(),
        kind: sidecar.kind,
        rights: sidecar.rights,
        picture: None,
        names: word.names(path, true),
        word: name_of(&word, path),
        kept: KeptWord::default(),
    };
    let model = hashes.into_iter().find(|hash| hash.len() >= 10).unwrap_or_default();
    let receipt = Receipt::read(&word.metadata).map(|receipt| receipt.lines()).unwrap_or_default();
    let receipt = receipt.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Ok(Read { content: content(&word), model, signed: Signed::of(&word), receipt, card })
}

/// The folders of the pictures that the word of a run was learned from; none if another run has got its folder since.
fn learned_from(sidecar: &Sidecar) -> Vec<PathBuf> {
    let manifest = |run: &PathBuf| RunFolder::open(run).and_then(|folder| folder.manifest()).ok();
    let manifest = sidecar.run.as_ref().and_then(manifest);
    let own = manifest.filter(|manifest| Some(manifest.created) == sidecar.began);
    let pictures = own.iter().flat_map(|manifest| &manifest.pictures);
    let folders = pictures.filter_map(|picture| picture.entry.path.parent().map(Path::to_path_buf));
    folders.collect::<BTreeSet<_>>().into_iter().collect()
}

/// A card with what is not in the file itself.
fn shown(read: Read, path: &Path, stamp: Stamp, files: &Files, folder: Option<PathBuf>) -> WordCard {
    let own = folder.is_none();
    let beside = path.with_extension("png");
    let own_picture = || files.others.contains_key(&beside).then(|| beside.clone());
    let card_itself = (beside == path).then(|| beside.clone());
    let picture = if own { own_picture() } else { files.picture(path).or(card_itself) };
    let beside = picture.as_ref().and_then(|picture| files.others.get(picture));
    let kept = KeptWord {
        content: read.content,
        folder,
        changed: stamp.seconds(),
        pictured: beside.map_or(0, |stamp| stamp.seconds()),
        signed: read.signed,
        receipt: read.receipt,
        ..KeptWord::default()
    };
    // Until the names are settled, the hash stands where the file will.
    let model_file = Some(read.model).filter(|hash| !hash.is_empty());
    WordCard { picture, model_file, kept, ..read.card }
}

/// Whether a file is the other one of the two that diffusers writes for a word of Stable Diffusion XL, which are read
/// together whichever is named.
fn is_second_half(read: &Read, path: &Path, index: &KeptIndex<Known>, files: &Files) -> bool {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let Some(first) = stem.strip_suffix("_2").filter(|_| read.card.widths.len() > 1) else { return false };
    let mut same = files.words.iter().filter(|(other, _)| {
        other.parent() == path.parent()
            && other.file_stem().is_some_and(|stem| stem.to_string_lossy() == first)
    });
    same.any(|(other, stamp)| match index.get(other, (*stamp, None)) {
        Some(known) => known.as_ref().is_ok_and(|other| other.content == read.content),
        None => self::read(other, false).is_ok_and(|other| other.content == read.content),
    })
}

/// Settles names, notes, chosen pictures and the files of models, and puts the cards in order.
fn finish(home: &DataDir, kept: &Notes, cards: &mut [WordCard]) {
    let hashes: BTreeSet<String> = cards.iter().filter_map(|card| card.model_file.clone()).collect();
    let models = FileHashes::of(home).find_each(&hashes);
    let chosen = notes::chosen_pictures(home);
    for card in cards.iter_mut() {
        card.model_file = card.model_file.take().map(|hash| match models.get(&hash) {
            Some(path) => path.display().to_string(),
            None => "not among the files known here".to_owned(),
        });
        if let Some(notes) = kept.words.get(&card.kept.content) {
            card.note(notes);
        }
        if let Some(picture) = chosen.get(&card.kept.content) {
            card.picture = Some(picture.clone());
        }
    }
    cards.sort_by(|a, b| (a.is_foreign(), &a.path).cmp(&(b.is_foreign(), &b.path)));
    give_names(cards);
    cards.sort_by(|a, b| natural_order(&a.word, &b.word).then_with(|| a.path.cmp(&b.path)));
}

/// Gives each word its names; those of the library come first, and keep theirs. Two words for different text encoders
/// never meet in a prompt, so that words of other programs may be called alike.
fn give_names(cards: &mut [WordCard]) {
    // A name is looked up in the vocabulary once.
    let ordinary = RefCell::new(HashMap::<String, bool>::new());
    let is_ordinary = |name: &str| {
        if let Some(&known) = ordinary.borrow().get(name) {
            return known;
        }
        let known = is_ordinary(name);
        ordinary.borrow_mut().insert(name.to_owned(), known);
        known
    };
    let given: Vec<Vec<String>> = cards.iter_mut().map(|card| std::mem::take(&mut card.names)).collect();
    let own = cards.iter().take_while(|card| !card.is_foreign()).count();
    let mut groups: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
    for (place, card) in cards.iter().enumerate() {
        let group = groups.entry(card.widths.clone()).or_default();
        group.extend(card.is_foreign().then_some(place));
    }
    for (widths, foreign) in groups {
        let places: Vec<usize> = (0..own).chain(foreign).collect();
        let names: Vec<Vec<String>> = places.iter().map(|&place| given[place].clone()).collect();
        for (place, names) in places.into_iter().zip(name_words(&names, is_ordinary)) {
            let card = &mut cards[place];
            if card.widths != widths {
                continue;
            }
            // The engine reads the file by itself, and knows no number that it was given here.
            let alone = || name_words(std::slice::from_ref(&given[place]), is_ordinary).concat();
            card.word = names.first().cloned().unwrap_or_default();
            card.kept.shadowed = place >= own && !alone().contains(&card.word);
            card.names = names;
        }
    }
}

/// The words of the library that the index does not know as they are.
pub(super) fn unread(home: &DataDir) -> Vec<PathBuf> {
    let index = KeptIndex::<Known>::load(home.word_index());
    let own = places::own(home);
    let new = own.words.iter().filter(|(path, stamp)| index.get(path, (*stamp, note(&own, path))).is_none());
    new.map(|(path, _)| path.clone()).collect()
}

/// How the note beside a word looks, if there is one.
fn note(own: &Files, word: &Path) -> Option<Stamp> {
    own.others.get(&word.with_extension("toml")).copied()
}

/// The names of the words of the library, in lower case.
pub(super) fn taken_names(home: &DataDir) -> HashSet<String> {
    let _one = LISTING.lock().unwrap_or_else(PoisonError::into_inner);
    let mut index = KeptIndex::<Known>::load(home.word_index());
    let own = places::own(home);
    let known = own
        .words
        .iter()
        .filter_map(|(path, stamp)| known(&mut index, path, (*stamp, note(&own, path)), true).ok());
    known.map(|read| read.card.word.to_lowercase()).collect()
}
