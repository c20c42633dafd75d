//! The library: word files with a picture and a note beside each, and the words in watched folders of other programs.
//!
//! A word is one `.safetensors` that other programs read as it lies there; `NAME.png` is its picture and
//! `NAME.toml` what the file itself cannot say. Nothing of the artist's is overwritten: a second word of the same
//! name gets a number, except that a run keeps replacing its own word. In folders of other programs nothing is changed.
//! The length is that of all that can be done.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::message::Answer;
use super::runs::preview_up_to;
use super::{discard, refused, small};
use base::atomic::write_atomic;
use base::places::make_folder;
use base::units::counted;
use base::{Error, FileKind, Result, aside};
use engine::export;
use format::embedding::{self, EmbeddingFormat, LearnedWord, Signed, rights};
use format::png_info::to_png;
use project::files::{inside, sha256_file};
use project::picture::open_picture;
use project::run::expect_no_checkpoint;
use project::{Concept, ConceptKind, DataDir, Rights, RunFolder, RunManifest, sharing};
use text::prompt::numbered;

mod listing;
mod mixed;
mod negative;
mod notes;
mod places;
mod sidecar;
mod watching;

pub(super) use listing::list;
pub(super) use mixed::add as add_mixed;
pub(super) use negative::mark as mark_negative;
use notes::Notes;
pub use notes::WordNotes;
pub(super) use places::any_below;
use sidecar::Sidecar;
pub(super) use watching::LibraryThread;
pub use watching::{LibraryAnswer, LibraryTask, WordFolder};

/// Side of a word's picture.
const PICTURE: u32 = 256;

/// Keeps notes that cannot be read beside their places, since the next one would replace them; what to say of them.
pub(super) fn set_damaged_aside(home: &DataDir) -> Option<Answer> {
    sidecar::set_damaged_aside(listing::unread(home))
}

fn word_files(home: &DataDir) -> Vec<PathBuf> {
    inside(&home.words()).filter(|path| path.extension().is_some_and(|e| e == "safetensors")).collect()
}

/// What is typed in prompts: what the file says, else its name, as other programs do.
fn name_of(word: &LearnedWord, path: &Path) -> String {
    let stem = || path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    word.token.clone().unwrap_or_else(stem)
}

pub(super) fn add(home: &DataDir, run: &Path, step: Option<u64>, likeness: f64) -> Result<Vec<Answer>> {
    make_library(home)?;
    let folder = RunFolder::open(run)?;
    let manifest = folder.manifest()?;
    let mut passed_over = Vec::new();
    let checkpoint = match step {
        Some(step) => folder.checkpoint(step)?,
        None => {
            let latest = folder.word_checkpoint()?;
            passed_over.extend(latest.skipped.iter().map(ToString::to_string));
            latest.word(run)?
        }
    };
    let checkpoint = export::towards_start(&folder, checkpoint, likeness)?;
    // A run replaces its own word and no other; what was decided about that word since then stays.
    let began = Some(manifest.created);
    let own = |negative: bool, second: bool| {
        word_files(home).into_iter().find(|path| {
            let sidecar = Sidecar::read(path);
            let same = sidecar.run.as_deref() == Some(run) && sidecar.began == began;
            same && sidecar.second == second && negative::is_negative(path) == negative
        })
    };
    let (own, own_negative, own_second) = (own(false, false), own(true, false), own(false, true));
    let known = own.as_ref().and_then(|path| Some((embedding::read(path).ok()?.token?, Sidecar::read(path))));
    let before = own.as_ref().and_then(|path| Some(notes::content(&embedding::read(path).ok()?)));
    // A word that is the run's own and cannot be read is not written over.
    let unreadable = own.as_ref().and_then(|path| Some((path, embedding::read(path).err()?)));
    let damage = unreadable.map(|(path, fault)| aside::sentence(&fault, &aside::set_aside(path)));
    let rights = match manifest.rights().as_slice() {
        [one] => *one,
        _ => Rights::Unknown,
    };
    let run_folder = Some(run.to_path_buf());
    let fresh = Sidecar { kind: manifest.concept.kind, rights, run: run_folder, began, ..Sidecar::default() };
    let (token, sidecar) = known.unwrap_or_else(|| {
        let decided = own.as_ref().map(|path| Sidecar::read(path));
        (unused(home, &manifest.concept.word), decided.unwrap_or(fresh))
    });
    let named = Concept::of(&token);
    let path = own.unwrap_or_else(|| free(home, &sharing::file_stem(&named.word)));
    let learned =
        RunManifest { concept: Concept { word: token.clone(), ..manifest.concept.clone() }, ..manifest };
    let (mut word, negative) = export::words(&learned, &checkpoint, likeness);
    export::sign(&mut word, home);
    if let Some(mut negative) = negative {
        export::sign(&mut negative, home);
        negative::add(home, own_negative, &mut word, negative, &sidecar)?;
    }
    if let Some(mut second) = export::second(&learned, &checkpoint, likeness) {
        export::sign(&mut second, home);
        negative::add_second(home, own_second, second, &sidecar)?;
    }
    embedding::write(&path, &word, EmbeddingFormat::EmbParams)?;
    if let Some(before) = before {
        notes::follow(home, &before, &embedding::read(&path)?)?;
    }
    if sidecar.rights != Rights::Unknown {
        say_rights(&path, sidecar.rights)?;
    }
    if let Some(picture) = picture_of(run, checkpoint.step, &learned) {
        write_atomic(&path.with_extension("png"), &to_png(&picture)?)?;
    }
    sidecar.write(&path)?;
    let mut steps = counted(checkpoint.step, "step");
    if likeness < 1.0 {
        steps = format!("{steps}, {:.0} % of the way,", 100.0 * likeness);
    }
    let text = format!("{token} after {steps} is in the library.");
    let mut answers = vec![Answer::Added { run: run.to_path_buf(), path }];
    answers.extend(list(home)?);
    answers.push(Answer::Note(text));
    answers.extend(damage.into_iter().chain(passed_over).map(Answer::Refused));
    Ok(answers)
}

/// The last preview up to the step, else a picture it was learned from.
fn picture_of(run: &Path, step: u64, manifest: &RunManifest) -> Option<image::RgbImage> {
    let source = preview_up_to(run, step)
        .or_else(|| manifest.pictures.first().map(|picture| picture.entry.path.clone()))?;
    Some(small(open_picture(&source).ok()?, PICTURE))
}

/// The word, or with the first number that no word of the library has: prompts tell words apart by nothing else.
fn unused(home: &DataDir, word: &str) -> String {
    unused_among(&listing::taken_names(home), word)
}

/// The same among names in lower case that are taken.
fn unused_among(taken: &HashSet<String>, word: &str) -> String {
    let name = |n: u32| if n < 2 { word.to_owned() } else { numbered(word, n) };
    (1..).map(name).find(|word| !taken.contains(&word.to_lowercase())).unwrap_or_else(|| word.to_owned())
}

/// A free file in the library for a name.
fn free(home: &DataDir, stem: &str) -> PathBuf {
    let name = |n: u32| if n < 2 { format!("{stem}.safetensors") } else { format!("{stem}-{n}.safetensors") };
    let paths = (1..).map(|n| home.words().join(name(n)));
    paths.into_iter().find(|path| !path.exists()).unwrap_or_else(|| home.words().join(name(1)))
}

fn make_library(home: &DataDir) -> Result<()> {
    make_folder(&home.words())
}

pub(super) fn import(home: &DataDir, files: &[PathBuf]) -> Result<Vec<Answer>> {
    make_library(home)?;
    let (mut faults, mut taken, mut called) = (Vec::new(), Vec::<LearnedWord>::new(), Vec::new());
    // Read once for all that come in: each of these goes through the whole library.
    let (mut names, notes) = (listing::taken_names(home), Notes::load(home).unwrap_or_default());
    for file in files {
        // Opened from the library itself.
        if file.starts_with(home.words()) {
            continue;
        }
        let words = match embedding::read_all(file) {
            Ok(words) => words,
            Err(error) => {
                faults.push(error);
                continue;
            }
        };
        let alone = words.len() == 1;
        for word in words {
            // The two files of a word of Stable Diffusion XL are the same word, whichever is read.
            let same = |other: &LearnedWord| {
                (&other.token, &other.vectors, &other.second) == (&word.token, &word.vectors, &word.second)
            };
            if taken.iter().any(same) {
                continue;
            }
            match take(home, file, &word, alone, &mut names, &notes) {
                Ok(name) => {
                    called.push(format!("{name}{}", standing(&word)));
                    taken.push(word);
                }
                Err(error) => faults.push(error),
            }
        }
    }
    let mut answers = list(home)?;
    match called.as_slice() {
        [] => {}
        [one] => answers.push(Answer::Note(format!("{one} is in the library now."))),
        several => answers.push(Answer::Note(format!("In the library now: {}.", several.join(", ")))),
    }
    answers.extend(refused(&faults, "files hold no word that can be used").map(Answer::Refused));
    Ok(answers)
}

/// What there is to say of a word's signature when it comes in; nothing of one that has none, as most have.
fn standing(word: &LearnedWord) -> String {
    match Signed::of(word) {
        Signed::No => String::new(),
        Signed::Intact(key) => format!(" (signed by {}…, intact)", key.get(..16).unwrap_or(&key)),
        Signed::Changed(_) => " (changed since it was signed: do not rely on its receipt)".to_owned(),
    }
}

/// Writes the readable receipt of a word of the library beside its exported file.
pub(super) fn write_receipt(path: &Path, to: &Path) -> Result<Vec<Answer>> {
    let to = embedding::receipt_file(to);
    embedding::write_receipt(&to, &embedding::read(path)?)?;
    Ok(vec![Answer::Written(to)])
}

/// Puts a word of another program's file into the library, with the picture if the file is one. Gives its name there, which
/// joins those that are taken. `alone` if it is the only word of the file.
fn take(
    home: &DataDir,
    file: &Path,
    word: &LearnedWord,
    alone: bool,
    names: &mut HashSet<String>,
    notes: &Notes,
) -> Result<String> {
    let given = Concept::of(&name_of(word, file));
    // A plain word would be taken for the one the model knows, a space would split it, and a sign such as the
    // star that old files have for a name says nothing: then the file's name does.
    let bracketed = given.word.starts_with('<') && given.validate().is_ok();
    let sign = !given.word.chars().any(char::is_alphanumeric);
    let stem = || file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let token = match () {
        () if bracketed => given.word,
        () if sign => format!("<{}>", Concept::of(&stem()).file_stem()),
        () => format!("<{}>", given.file_stem()),
    };
    let token = unused_among(names, &token);
    let path = free(home, &sharing::file_stem(&token));
    let mut named = LearnedWord { token: Some(token.clone()), ..word.clone() };
    // Prompts of other programs call it by these.
    named.metadata.insert(embedding::NAMES.to_owned(), word.names(file, alone).join("\n"));
    embedding::write(&path, &named, EmbeddingFormat::EmbParams)?;
    names.insert(token.to_lowercase());
    let beside = || open_picture(&places::picture_beside(file)?).ok();
    if let Some(picture) = open_picture(file).ok().or_else(beside) {
        write_atomic(&path.with_extension("png"), &to_png(&small(picture, PICTURE))?)?;
    }
    let rights = rights::read(&word.metadata);
    // Several words of one file are not what its hash means.
    let original = sha256_file(file).ok().filter(|_| alone);
    let noted = notes.words.get(&notes::content(word));
    let kind = noted.and_then(|notes| notes.kind).unwrap_or(ConceptKind::Object);
    Sidecar { kind, rights, original, ..Sidecar::default() }.write(&path)?;
    Ok(token)
}

pub(super) fn rename(home: &DataDir, path: &Path, word: &str) -> Result<Vec<Answer>> {
    expect_own(home, path)?;
    let named = Concept::of(word.trim());
    named.validate()?;
    let learned = embedding::read(path)?;
    let old = name_of(&learned, path);
    if old.to_lowercase() != named.word.to_lowercase() && unused(home, &named.word) != named.word {
        let fault = format!("The library has a word {} already", named.word);
        return Err(Error::input(fault, "Choose another name."));
    }
    if old != named.word {
        let to = free(home, &sharing::file_stem(&named.word));
        let paired = learned.partner().is_some();
        let token = Some(named.word.clone());
        embedding::write(&to, &LearnedWord { token, ..learned }, EmbeddingFormat::EmbParams)?;
        for ending in ["png", "toml"] {
            let (old, new) = (path.with_extension(ending), to.with_extension(ending));
            if old.is_file() {
                fs::rename(&old, &new).map_err(|e| Error::write(&new, e))?;
            }
        }
        // Only now that the new file is whole.
        fs::remove_file(path).map_err(|e| Error::write(path, e))?;
        if paired {
            negative::renamed(home, &old, &named.word)?;
        }
    }
    list(home)
}

pub(super) fn duplicate(home: &DataDir, path: &Path) -> Result<Vec<Answer>> {
    let mut learned = embedding::read(path)?;
    learned.metadata.remove(embedding::NAMES);
    let name = name_of(&learned, path);
    let core = name.strip_prefix('<').and_then(|name| name.strip_suffix('>'));
    let copy = core.map_or_else(|| format!("{name}-copy"), |core| format!("<{core}-copy>"));
    let copy = unused(home, &copy);
    let to = free(home, &sharing::file_stem(&copy));
    embedding::write(&to, &LearnedWord { token: Some(copy), ..learned }, EmbeddingFormat::EmbParams)?;
    Sidecar { run: None, began: None, ..Sidecar::read(path) }.write(&to)?;
    let picture = path.with_extension("png");
    if picture.is_file() {
        let bytes = fs::read(&picture).map_err(|e| Error::read(&picture, e))?;
        write_atomic(&to.with_extension("png"), &bytes)?;
    }
    list(home)
}

/// Refuses what belongs to another program.
fn expect_own(home: &DataDir, path: &Path) -> Result<()> {
    if path.starts_with(home.words()) {
        return Ok(());
    }
    let fault = "this word lies in a folder of another program, where nothing is changed";
    Err(Error::file(FileKind::Embedding, path, fault, "Bring it into your library first."))
}

pub(super) fn trash(home: &DataDir, path: &Path) -> Result<Vec<Answer>> {
    expect_own(home, path)?;
    for ending in ["safetensors", "png", "toml"] {
        discard(home, &path.with_extension(ending))?;
    }
    list(home)
}

pub(super) fn describe(
    home: &DataDir,
    path: &Path,
    rights: Option<Rights>,
    kind: Option<ConceptKind>,
) -> Result<Vec<Answer>> {
    let said = say(home, path, rights, kind);
    // The window shows it already, and must take back what was not written.
    let mut answers = list(home)?;
    answers.extend(said.err().map(|error| Answer::Refused(error.to_string())));
    Ok(answers)
}

/// Writes what is said of a word; the rest stays as it is on the disk.
fn say(home: &DataDir, path: &Path, rights: Option<Rights>, kind: Option<ConceptKind>) -> Result<()> {
    expect_own(home, path)?;
    let before = Sidecar::read(path);
    let (rights, kind) = (rights.unwrap_or(before.rights), kind.unwrap_or(before.kind));
    if before.rights != rights {
        say_rights(path, rights)?;
    }
    Sidecar { rights, kind, ..before }.write(path)
}

/// Writes into a word's own file by what right it may be used, so that it goes wherever the file goes.
fn say_rights(path: &Path, rights: Rights) -> Result<()> {
    let mut word = embedding::read(path)?;
    rights::write(&mut word.metadata, &[rights]);
    let token = Some(name_of(&word, path));
    embedding::write(path, &LearnedWord { token, ..word }, EmbeddingFormat::EmbParams)
}

pub(super) fn export(
    home: &DataDir,
    path: &Path,
    format: EmbeddingFormat,
    to: PathBuf,
) -> Result<Vec<Answer>> {
    expect_no_checkpoint(&to)?;
    let mut learned = embedding::read(path)?;
    let (sidecar, token) = (Sidecar::read(path), name_of(&learned, path));
    let hint = match sidecar.kind {
        ConceptKind::Object => format!("a photo of {token}"),
        ConceptKind::Style => format!("a painting in the style of {token}"),
    };
    learned.metadata.entry("modelspec.usage_hint".to_owned()).or_insert(hint);
    // Words of before this was kept in the file itself.
    if sidecar.rights != Rights::Unknown {
        rights::write(&mut learned.metadata, &[sidecar.rights]);
    }
    let word = LearnedWord { token: Some(token), ..learned };
    if format == EmbeddingFormat::PngCard {
        let chosen = notes::chosen_pictures(home).remove(&notes::content(&word));
        let beside = chosen.or_else(|| places::picture_beside(path));
        let picture = beside.and_then(|path| open_picture(&path).ok()).map(|picture| picture.to_rgb8());
        embedding::write_card(&to, &word, picture.as_ref())?;
    } else {
        embedding::write(&to, &word, format)?;
    }
    let negative = negative::of(home, &word);
    if let Some(negative) = &negative {
        embedding::write(&export::negative_beside(&to), negative, format)?;
    }
    Ok(files(&word, negative.as_ref(), format, &to).into_iter().map(Answer::Written).collect())
}

/// The files that the export of a word of the library to `to` writes, that one among them.
///
/// # Errors
/// [`Error::File`] or [`Error::Io`] if the word cannot be read, so that nothing is written.
pub fn exported(home: &DataDir, path: &Path, format: EmbeddingFormat, to: &Path) -> Result<Vec<PathBuf>> {
    let word = embedding::read(path)?;
    Ok(files(&word, negative::of(home, &word).as_ref(), format, to))
}

/// The files of a word, and of the negative word beside it.
fn files(
    word: &LearnedWord,
    negative: Option<&LearnedWord>,
    format: EmbeddingFormat,
    to: &Path,
) -> Vec<PathBuf> {
    let beside = negative.map(|word| embedding::files(&export::negative_beside(to), word, format));
    embedding::files(to, word, format).into_iter().chain(beside.into_iter().flatten()).collect()
}
