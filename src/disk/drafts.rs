//! Concepts being prepared: begun, opened, filled with pictures, looked at.
//!
//! Pictures are copied in under their own names. Files that are no pictures are refused by name, all in one sentence,
//! and the others come in all the same. The length is that of the ways in which they come.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use image::{GrayImage, RgbImage, imageops};

use super::claim::Claim;
use super::message::{Answer, CONCEPT_PICTURE, Collection, ConceptPicture, DraftCard};
use super::{caught, changed, discard, folders, refused, shrunk, small, sorted_out};
use base::atomic::{write_atomic, write_new_with};
use base::{Error, FileKind, Result, text_file};
use format::png_info::to_png;
use project::dataset::{Role, caption_files, left_out, mask_among, masks_in, refusal};
use project::draft::CONCEPT_FILE;
use project::files::sha256_file;
use project::picture::{mask_of, open_picture, suggest_outline, upright_dimensions};
use project::{DataDir, Dataset, Draft, PictureEntry, PictureNotes};
use starter::{Sample, bundle};

/// Most pictures taken from one drop: more would be a mistake.
const MOST: usize = 300;
/// Levels between the darkest and the brightest part of a picture that has a look of its own.
const EVEN: u8 = 24;
/// A picture changed this long ago may still be being written.
const FRESH: Duration = Duration::from_secs(2);
/// How often and how many times such a picture is looked at: for three seconds in all.
const LOOK: Duration = Duration::from_millis(300);
const LOOKS: u32 = 10;

/// An empty concept, which is claimed at once: another window may be looking for one as well. One begun before is as good
/// as a new one.
fn empty(home: &DataDir, claim: &Claim) -> Result<Draft> {
    let blank = |folder: &Path| {
        let is_it = |draft: &Draft| draft.entries.is_empty() && draft.concept == Draft::blank();
        Draft::open(folder).ok().filter(is_it).ok_or(())
    };
    // What another window let go just now may not be empty any more.
    let mut seen = folders(&home.concepts()).into_iter().filter(|folder| blank(folder).is_ok());
    if let Some(known) = seen.find_map(|folder| claim.take_to(&folder, || blank(&folder))?.ok()) {
        return Ok(known);
    }
    loop {
        let new = Draft::create(&home.concepts(), Draft::blank())?;
        if claim.take(&new.folder) {
            return Ok(new);
        }
    }
}

/// The concept in a folder, to be changed, else an empty one.
pub(super) fn open_or_new(home: &DataDir, claim: &Claim, folder: Option<&Path>) -> Result<Draft> {
    let Some(folder) = folder else { return empty(home, claim) };
    expect_free(claim, folder)?;
    Draft::open(folder)
}

/// Refuses to change a concept that another window has.
pub(super) fn expect_free(claim: &Claim, folder: &Path) -> Result<()> {
    if !claim.is_anothers(folder) {
        return Ok(());
    }
    let fault = "this concept is open in another window";
    Err(Error::file(FileKind::Settings, folder, fault, "Close it there first."))
}

/// Opens a concept, and says which captions in it cannot be read. One that another window has is refused, because each
/// would write over what is decided in the other; a window that has none yet begins with an empty one.
pub(super) fn open(home: &DataDir, claim: &Claim, folder: &Path) -> Result<Vec<Answer>> {
    let read = || -> Result<(Draft, Option<String>)> {
        let draft = Draft::open(folder)?;
        let unread = draft.unread_captions()?;
        Ok((draft, unread))
    };
    let Some(read) = claim.take_to(folder, read) else {
        let fault = "this concept is open in another window";
        let remedy = "Go on with it there, or close it there first.";
        let error = Error::file(FileKind::Settings, folder, fault, remedy);
        if !claim.is_none() {
            return Err(error);
        }
        return Ok(vec![Answer::Draft(Box::new(empty(home, claim)?)), Answer::Refused(error.to_string())]);
    };
    let (draft, unread) = read?;
    let mut answers = vec![Answer::Draft(Box::new(draft))];
    answers.extend(unread.into_iter().map(Answer::Refused));
    Ok(answers)
}

/// The concept with the pictures that are in its folder now, and what was decided elsewhere about some of them, written and
/// shown.
fn refreshed(mut draft: Draft, decided: &[PictureEntry]) -> Result<Vec<Answer>> {
    draft.refresh()?;
    for entry in &mut draft.entries {
        if let Some(known) = decided.iter().find(|known| known.path == entry.path) {
            *entry = PictureEntry { mask: entry.mask.take(), ..known.clone() };
        }
    }
    draft.save()?;
    Ok(vec![Answer::Draft(Box::new(draft))])
}

pub(super) fn sample(home: &DataDir, sample: &Sample) -> Result<Vec<Answer>> {
    let draft = Draft::create(&home.concepts(), sample.concept())?;
    let mut answers = add(draft, &[bundle::pictures(home, sample)?])?;
    if let Some(Answer::Draft(draft)) = answers.first_mut() {
        // They were drawn by this program and belong to nobody.
        draft.entries.iter_mut().for_each(|entry| entry.rights = project::Rights::PublicDomain);
        draft.save()?;
    }
    answers.extend(list(home)?);
    Ok(answers)
}

pub(super) fn list(home: &DataDir) -> Result<Vec<Answer>> {
    let card = |folder: &Path| -> Result<DraftCard> {
        let draft = Draft::open(folder)?;
        let (folder, changed) = (folder.to_path_buf(), changed(&folder.join(CONCEPT_FILE)));
        Ok(DraftCard { folder, word: draft.concept.word, pictures: draft.entries.len(), changed })
    };
    // A folder that was made and never filled is nothing anybody misses.
    let filled = |folder: &PathBuf| fs::read_dir(folder).map_or(true, |mut listing| listing.next().is_some());
    let all = folders(&home.concepts()).into_iter().filter(filled);
    let (mut cards, damaged) = sorted_out(all.map(|folder| (folder.clone(), card(&folder))));
    cards.sort_by_key(|card| std::cmp::Reverse(card.changed));
    Ok(vec![Answer::Drafts(cards), Answer::Damaged(Collection::Concepts, damaged)])
}

/// Copies pictures, and those of folders, with what lies beside them; in a folder that is also what was decided about each.
pub(super) fn add(draft: Draft, files: &[PathBuf]) -> Result<Vec<Answer>> {
    let (mut pictures, mut said, mut foreign) = (Vec::new(), Vec::new(), Vec::new());
    let (mut faulty, mut errors) = (Vec::new(), Vec::new());
    let (mut known, mut decided) = (HashMap::new(), Vec::new());
    let mut fault = |path: &Path, error: Error| {
        faulty.push(PictureEntry::new(path.to_path_buf()));
        errors.push(error);
    };
    for path in files {
        if path.is_dir() {
            match Dataset::open(path) {
                Ok(mut dataset) => {
                    pictures.extend(dataset.entries.iter().map(|entry| entry.path.clone()));
                    known.extend(dataset.entries.into_iter().map(|entry| (entry.path.clone(), entry)));
                    foreign.append(&mut dataset.left_out);
                }
                Err(error) => fault(path, error),
            }
            continue;
        }
        if path.try_exists().is_ok_and(|there| !there) {
            let remedy = "Check how the path is written, or drop the file itself.";
            fault(path, Error::file(FileKind::Picture, path, "there is nothing at this path", remedy));
            continue;
        }
        match Role::of(path) {
            Role::Picture => pictures.push(path.clone()),
            Role::Foreign => foreign.push(path.clone()),
            // They come along with their picture.
            Role::Companion if files.len() > 1 => {}
            Role::Companion | Role::Other => {
                let remedy = "Save it as PNG, JPEG, WebP, BMP, GIF or TIFF.";
                let what = "this is not a picture that can be read";
                fault(path, Error::file(FileKind::Picture, path, what, remedy));
            }
        }
    }
    if pictures.len() > MOST {
        said.push(format!(
            "Of {} pictures the first {MOST} were taken; three to five are best.",
            pictures.len()
        ));
        pictures.truncate(MOST);
    }
    let growing = still_growing(&pictures);
    let mut done = 0;
    // The masks of each folder are looked for once.
    let mut masks = HashMap::new();
    let mut unread = Vec::new();
    for picture in &pictures {
        if growing.contains(picture) {
            let what = "this picture is still being written";
            let remedy = "Add it again once the other program has finished.";
            fault(picture, Error::file(FileKind::Picture, picture, what, remedy));
            continue;
        }
        // The header is enough to refuse what is no picture or far too large.
        let folder = picture.parent().unwrap_or(picture);
        let masks = masks.entry(folder).or_insert_with(|| masks_in(folder));
        let taken = upright_dimensions(picture).and_then(|_| {
            let mask = mask_among(masks, picture);
            copy_in(&draft, picture, mask.as_deref(), &mut unread)
        });
        match taken {
            Ok(path) => {
                done += 1;
                decided.extend(known.get(picture).map(|entry| PictureEntry { path, ..entry.clone() }));
            }
            Err(error) => fault(picture, error),
        }
    }
    let mut answers = refreshed(draft, &decided)?;
    if let Some(place) = files.first().filter(|_| !errors.is_empty()) {
        let of = done + errors.len();
        let faults = faulty.iter().zip(errors).collect();
        let place = if place.is_dir() { place } else { place.parent().unwrap_or(place) };
        said.insert(0, refusal(faults, of, place).to_string());
    }
    said.extend(refused(&unread, "captions cannot be read and are left out"));
    answers.extend(said.into_iter().map(Answer::Refused));
    answers.extend(left_out(&foreign).map(Answer::Note));
    Ok(answers)
}

/// Those of the pictures that another program keeps writing to. Waits a moment for what was written just now.
fn still_growing(pictures: &[PathBuf]) -> HashSet<PathBuf> {
    type State = Option<(u64, SystemTime)>;
    let state = |path: &Path| -> State {
        let data = fs::metadata(path).ok()?;
        Some((data.len(), data.modified().ok()?))
    };
    let fresh = |state: State| state.is_some_and(|(_, at)| at.elapsed().is_ok_and(|age| age < FRESH));
    let seen = pictures.iter().map(|path| (path.clone(), state(path)));
    let mut watched: Vec<(PathBuf, State)> = seen.filter(|(_, state)| fresh(*state)).collect();
    for _ in 0..LOOKS {
        if watched.is_empty() {
            break;
        }
        std::thread::sleep(LOOK);
        watched.retain_mut(|(path, before)| {
            let now = state(path);
            std::mem::replace(before, now) != now
        });
    }
    watched.into_iter().map(|(path, _)| path).collect()
}

/// Copies a picture with its mask, under the usual name, and its caption; one that cannot be read is left out, and
/// joins those. Gives the copy.
fn copy_in(draft: &Draft, picture: &Path, mask: Option<&Path>, unread: &mut Vec<Error>) -> Result<PathBuf> {
    let to = free_file(&draft.folder, picture);
    let mut file = fs::File::open(picture).map_err(|e| Error::read(picture, e))?;
    write_new_with(&to, |out| std::io::copy(&mut file, out).map(drop))?;
    if let Some(mask) = mask {
        let bytes = fs::read(mask).map_err(|e| Error::read(mask, e))?;
        write_atomic(&to.with_extension("mask.png"), &bytes)?;
    }
    for caption in caption_files(picture).iter().filter(|caption| caption.is_file()) {
        match text_file::read(FileKind::Settings, caption) {
            Ok(text) if text.trim().is_empty() => continue,
            Ok(text) => write_atomic(&to.with_extension("txt"), text.as_bytes())?,
            Err(error) => unread.push(error),
        }
        break;
    }
    Ok(to)
}

/// A free name in the folder, like that of the picture. Its stem is free too, because mask and caption are found by
/// that.
fn free_file(folder: &Path, picture: &Path) -> PathBuf {
    let stem = picture.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let ending = picture.extension().unwrap_or_default().to_string_lossy().into_owned();
    let ending = if ending.is_empty() { ending } else { format!(".{ending}") };
    let listing = fs::read_dir(folder).into_iter().flatten().flatten();
    let stem_of = |name: String| {
        let name = name.to_lowercase();
        let mask = name.strip_suffix(".mask.png").map(str::to_owned);
        mask.or_else(|| name.rsplit_once('.').map(|(stem, _)| stem.to_owned())).unwrap_or(name)
    };
    let taken: HashSet<String> =
        listing.map(|entry| stem_of(entry.file_name().to_string_lossy().into_owned())).collect();
    let numbered = |n: u32| if n < 2 { stem.clone() } else { format!("{stem}-{n}") };
    let free = (1..).map(numbered).find(|stem| !taken.contains(&stem.to_lowercase())).unwrap_or(stem.clone());
    folder.join(format!("{free}{ending}"))
}

pub(super) fn paste(draft: Draft, picture: &RgbImage) -> Result<Vec<Answer>> {
    let path = free_file(&draft.folder, Path::new("pasted.png"));
    let png = to_png(picture)?;
    write_new_with(&path, |out| out.write_all(&png))?;
    refreshed(draft, &[])
}

/// The concept that a picture lies in: only what lies in one is ours to change.
fn concept_of(picture: &Path) -> Result<Draft> {
    Draft::open(picture.parent().unwrap_or(picture))
}

pub(super) fn remove(home: &DataDir, path: &Path) -> Result<Vec<Answer>> {
    let draft = concept_of(path)?;
    discard(home, path)?;
    for beside in caption_files(path).into_iter().chain([path.with_extension("mask.png")]) {
        discard(home, &beside)?;
    }
    refreshed(draft, &[])
}

/// Writes the mask of a picture. One that was suggested may come after its picture has gone, or after its concept was left,
/// which does not come back for it and shows it when it is opened again.
pub(super) fn save_mask(
    home: &DataDir,
    claim: &Claim,
    path: &Path,
    mask: Option<&GrayImage>,
) -> Result<Vec<Answer>> {
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let mut draft = concept_of(path)?;
    expect_free(claim, &draft.folder)?;
    let beside = path.with_extension("mask.png");
    match mask {
        Some(mask) => write_atomic(&beside, &to_png(mask)?)?,
        None => discard(home, &beside)?,
    }
    if !claim.has(&draft.folder) {
        return Ok(Vec::new());
    }
    draft.refresh()?;
    let entry = draft.entries.iter().find(|entry| entry.path == path).cloned();
    let view = entry.map(|entry| Answer::View(Box::new(view(entry))));
    Ok(std::iter::once(Answer::Draft(Box::new(draft))).chain(view).collect())
}

/// Works on a picture that may be so damaged that this panics.
fn looked_at<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    let damaged = "This picture could not be looked at; it may be damaged.";
    caught(damaged, work)
}

/// Looks at a picture: upright, no larger than needed, with its mask and whatever is wrong with it.
pub(super) fn view(entry: PictureEntry) -> ConceptPicture {
    let blank = ConceptPicture {
        entry,
        picture: None,
        mask: None,
        size: (0, 0),
        sha256: String::new(),
        dhash: None,
        notes: PictureNotes::default(),
        fault: None,
    };
    let seen = looked_at(|| Ok(seen(blank.clone())));
    seen.unwrap_or_else(|error| ConceptPicture { fault: Some(error.to_string()), ..blank })
}

/// The same of a picture of which only that is known.
fn seen(mut blank: ConceptPicture) -> ConceptPicture {
    blank.sha256 = sha256_file(&blank.entry.path).unwrap_or_default();
    blank.notes = PictureNotes::of(&blank.entry.path);
    let picture = match open_picture(&blank.entry.path) {
        Ok(picture) => picture,
        Err(error) => return ConceptPicture { fault: Some(error.to_string()), ..blank },
    };
    let size = (picture.width(), picture.height());
    let mask = mask_of(&blank.entry, &picture);
    let small = small(picture, CONCEPT_PICTURE);
    let (width, height) = small.dimensions();
    let fault = mask.as_ref().err().map(ToString::to_string);
    let mask = mask.ok().flatten().map(|mask| Arc::new(imageops::thumbnail(&mask, width, height)));
    let dhash = dhash(&small);
    ConceptPicture { picture: Some(Arc::new(small)), mask, size, dhash, fault, ..blank }
}

/// Suggests where the thing in a picture is.
pub(super) fn outline(path: PathBuf) -> Answer {
    let seen = looked_at(|| Ok(suggest_outline(&shrunk(open_picture(&path)?, CONCEPT_PICTURE))));
    let outline = match seen {
        Ok(outline) => outline.map(Arc::new).map_err(str::to_owned),
        Err(error) => Err(error.to_string()),
    };
    Answer::Outline(path, outline)
}

/// Where a small grey copy of the picture grows brighter from left to right, one bit for each of 8 x 8 places
/// ("dHash"); `None` if it is so even that chance would decide.
fn dhash(picture: &RgbImage) -> Option<u64> {
    let grey = imageops::thumbnail(&imageops::grayscale(picture), 9, 8);
    let (low, high) = grey.as_raw().iter().fold((255, 0), |(low, high), &v| (v.min(low), v.max(high)));
    let places = (0..8).flat_map(|y| (0..8).map(move |x| (x, y)));
    let brighter = |(x, y): (u32, u32)| grey.get_pixel(x, y).0[0] < grey.get_pixel(x + 1, y).0[0];
    (high - low >= EVEN).then(|| places.fold(0, |bits, place| bits << 1 | u64::from(brighter(place))))
}
