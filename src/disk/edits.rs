//! Pictures that are edited: opened with their history, their masks kept while they are painted, their steps begun.
//!
//! A picture's own file is never written to: what is edited is a copy in the data folder, found again by its hash. Every
//! file is written whole or not at all. The length is that of the list of what can be asked.

#![expect(missing_docs, reason = "a field is what it is called; comments say the rest")]

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use image::RgbImage;

use super::message::Answer;
use super::{caught, pictures, shrunk};
use base::atomic::write_atomic;
use base::places::{make_folder, make_parent};
use base::{Claim, Error, FileKind, Result};
use engine::message::EditRequest;
use format::infotext::parse_parameters;
use format::png_info::{mask_to_png, read_parameters, to_png};
use project::DataDir;
use project::draft::free_folder;
use project::edited::{EditStep, EditedPicture, MADE_OF, MASK, mask_of};
use project::files::{sha256, sha256_file};
use project::mask::Mask;
use project::mask::document::{MaskDocument, MaskDone, MaskWanted, MaskWork};
use project::picture::{open_picture, read_mask, resize, suggest_outline};

/// Longest side of a picture in which a thing is looked for, in pixels.
const SUGGESTED: u32 = 1024;
/// What a pasted picture is called.
const PASTED: &str = "pasted.png";
/// The file by which a window claims the folder of the picture that is open in it.
const LOCK: &str = "edit.lock";
/// So often is it told how far a work has come.
const TOLD: f32 = 50.0;

/// What can be asked about pictures that are edited. Answer: [`EditAnswer`], unless it says another.
#[derive(Debug, Clone)]
pub enum EditTask {
    /// Open a picture: with its history, if it was edited before.
    Open(PathBuf),
    /// Open a picture from the clipboard.
    Paste(Arc<RgbImage>),
    /// Open the folder that was left open; no answer if it is gone. What fails is said, and then [`EditAnswer::Forgotten`].
    Reopen(PathBuf),
    /// Keep what is painted on this picture of the folder, as it is now, also where another one is changed since.
    /// No answer; what fails is said, and then [`EditAnswer::NotKept`].
    SaveMask { folder: PathBuf, base: PathBuf, mask: Mask },
    /// The same once what is being done to the mask is done, and what waits for that: its picture was left meanwhile.
    FinishMask {
        folder: PathBuf,
        base: PathBuf,
        mask: Box<MaskDocument>,
        work: Box<MaskWork>,
        waiting: Vec<MaskWanted>,
    },
    /// Read a mask for a picture of this width and height.
    LoadMask { path: PathBuf, picture: PathBuf, size: [u32; 2] },
    /// Find the thing in a picture of this width and height, as a mask.
    Suggest { picture: PathBuf, size: [u32; 2] },
    /// Do what would take longer than a frame to the mask of a picture that is open under this name. Answers:
    /// [`EditAnswer::Working`] as it goes on, then [`EditAnswer::Worked`].
    Work { id: u64, folder: PathBuf, work: Box<MaskWork> },
    /// Write the mask where the artist wants it. Answer: [`Answer::Written`].
    WriteMask { mask: Mask, to: PathBuf },
    /// Put a step on the list, with the mask it is drawn with; where it is drawn is filled in.
    Begin { folder: PathBuf, mask: Mask, request: Box<EditRequest> },
    /// Go on from another picture of the folder, with a mask of the folder, if it is there. What is painted on the one before
    /// waits as [`mask_of`] that. `step` is the one that is gone back to, from 0.
    GoTo { folder: PathBuf, base: PathBuf, mask: Option<PathBuf>, step: Option<usize> },
    /// Copy a result to the pictures that were drawn. Answer: [`Answer::Pictures`].
    Keep(PathBuf),
}

/// What is answered about them.
#[derive(Debug, Clone)]
pub enum EditAnswer {
    /// A picture was opened, or its history walked.
    Opened(Box<EditedView>),
    /// The picture that was left open cannot be opened again.
    Forgotten,
    /// The mask of the picture in this folder could not be kept.
    NotKept(PathBuf),
    /// How much is done, from 0 to 1.
    Working { id: u64, part: f32 },
    /// What came of it, or why nothing did.
    Worked { id: u64, done: Result<Box<MaskDone>, String> },
    /// A mask of the picture's size.
    Mask { picture: PathBuf, mask: Mask },
    /// The step is on the list; it is the last one.
    Ready { folder: PathBuf, edited: Box<EditedPicture>, request: Box<EditRequest> },
}

/// A picture that is edited, as it lies on the disk.
#[derive(Debug, Clone)]
pub struct EditedView {
    pub folder: PathBuf,
    pub edited: EditedPicture,
    /// What is being changed, in its own size.
    pub picture: Arc<RgbImage>,
    pub mask: Mask,
    /// The files of the results, by step.
    pub results: Vec<Vec<PathBuf>>,
    /// The result that was meant, if one was.
    pub shown: Option<PathBuf>,
    /// The step that was gone back to, if one was.
    pub step: Option<usize>,
}

/// The claim on the picture that is open in this window, so that two windows never write over each other's masks.
#[derive(Default)]
pub(super) struct OpenHere(RefCell<Option<(PathBuf, Claim)>>);

impl OpenHere {
    /// Claims a folder in place of the one before; refused, and nothing changes, if another window has it.
    fn claim(&self, folder: &Path) -> Result<()> {
        let mut open = self.0.borrow_mut();
        if open.as_ref().is_some_and(|(own, _)| own == folder) {
            return Ok(());
        }
        *open = match Claim::take(folder, LOCK, "editing the picture") {
            Ok(claim) => Some((folder.to_path_buf(), claim)),
            Err(Error::File { fault, .. }) => {
                let remedy = "Go on with it there, or close it there first.";
                return Err(Error::file(FileKind::Settings, folder, fault, remedy));
            }
            // Where nothing can be written, that is said when something is to be.
            Err(_) => None,
        };
        Ok(())
    }
}

/// Does what is asked; `tell` hears how far it has come, from any thread.
pub(super) fn work(
    home: &DataDir,
    here: &OpenHere,
    task: EditTask,
    tell: &(dyn Fn(EditAnswer) + Sync),
) -> Result<Vec<Answer>> {
    match task {
        EditTask::Open(path) => {
            let bytes = fs::read(&path).map_err(|e| Error::read(&path, e))?;
            // What cannot be opened gets no folder.
            open_picture(&path)?;
            let edits = home.edits();
            // One that was edited itself is its own picture.
            let known = EditedPicture::find(&edits, &sha256(&bytes)).is_some();
            let made_of = if known { None } else { made_of(&path) };
            let drawn = made_of.as_ref().and_then(|hash| EditedPicture::find_result(&edits, hash, &bytes));
            if let Some((folder, result)) = drawn {
                return view(here, folder, Some(result));
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let mut answers = view(here, begin(home, &name, &bytes)?, None)?;
            let source = made_of.and_then(|hash| EditedPicture::find_source(&edits, &hash));
            answers.extend(source.map(|name| {
                Answer::Note(format!(
                    "This was drawn into {name}: open that picture here to go back through all that was done to it."
                ))
            }));
            Ok(answers)
        }
        EditTask::Paste(picture) => view(here, begin(home, PASTED, &to_png(picture.as_ref())?)?, None),
        EditTask::Reopen(folder) => {
            let known = EditedPicture::load_as_left(&folder);
            let opened = known.and_then(|known| known.map_or(Ok(Vec::new()), |_| view(here, folder, None)));
            let forgotten = Answer::Edit(EditAnswer::Forgotten);
            opened.or_else(|why| Ok(vec![Answer::Refused(why.to_string()), forgotten]))
        }
        EditTask::SaveMask { folder, base, mask } => match keep(&folder, &base, &mask) {
            Ok(()) => Ok(Vec::new()),
            Err(why) => Ok(vec![Answer::Refused(why.to_string()), Answer::Edit(EditAnswer::NotKept(folder))]),
        },
        EditTask::FinishMask { folder, base, mut mask, work, waiting } => {
            let finished = mask.finish(Some(*work), waiting, &folder);
            keep(&folder, &base, mask.mask()).and(finished).map(|()| Vec::new())
        }
        EditTask::Work { id, folder, work } => {
            let told = AtomicU32::new(0);
            let part = |part: f32| {
                let now = (part * TOLD) as u32;
                if told.fetch_max(now, Ordering::Relaxed) < now {
                    tell(EditAnswer::Working { id, part });
                }
            };
            let done = caught("The mask could not be changed.", || work.work(&folder, &part));
            let done = done.map(Box::new).map_err(|why| why.to_string());
            Ok(vec![Answer::Edit(EditAnswer::Worked { id, done })])
        }
        EditTask::LoadMask { path, picture, size } => {
            let mask = resize(&read_mask(&path, size)?, size[0], size[1], project::Filter::Lanczos);
            Ok(vec![Answer::Edit(EditAnswer::Mask { picture, mask: Mask::from_image(&mask) })])
        }
        EditTask::Suggest { picture, size } => {
            let thing = suggest_outline(&shrunk(open_picture(&picture)?, SUGGESTED));
            let thing = thing.map_err(|why| Error::Reported(why.into(), 1))?;
            let mask = resize(&thing, size[0], size[1], project::Filter::Bilinear);
            Ok(vec![Answer::Edit(EditAnswer::Mask { picture, mask: Mask::from_image(&mask) })])
        }
        EditTask::WriteMask { mask, to } => {
            write_atomic(&to, &mask_to_png(&mask.to_image())?)?;
            Ok(vec![Answer::Written(to)])
        }
        EditTask::Begin { folder, mask, request } => begin_step(folder, &mask, *request),
        EditTask::GoTo { folder, base, mask, step } => {
            let mut edited = EditedPicture::load(&folder)?;
            put_by(&folder, &edited.base)?;
            edited.base = base;
            let picture = open_picture(&folder.join(&edited.base))?.into_rgb8();
            let mask = mask.and_then(|mask| read(&folder.join(mask), &picture)).unwrap_or_default();
            // Whoever is killed in between finds what was painted.
            edited.save(&folder)?;
            save_mask(&folder.join(MASK), &mask)?;
            let mut answers = view(here, folder, None)?;
            if let Some(Answer::Edit(EditAnswer::Opened(view))) = answers.first_mut() {
                view.step = step;
            }
            Ok(answers)
        }
        EditTask::Keep(from) => {
            let pictures = home.pictures();
            make_folder(&pictures)?;
            let stem = from.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let to = (0..).map(|n: u32| match n {
                0 => pictures.join(format!("{stem}.png")),
                n => pictures.join(format!("{stem}-{n}.png")),
            });
            let to = to.into_iter().find(|path| !path.exists()).unwrap_or_default();
            pictures::copy(&from, to)?;
            let mut answers = pictures::list(home)?;
            answers.push(Answer::Note(
                "The picture is kept: you find it among those drawn before, in Compose.".into(),
            ));
            Ok(answers)
        }
    }
}

/// The folder of a picture with this content; a new one if it was not edited before.
fn begin(home: &DataDir, name: &str, bytes: &[u8]) -> Result<PathBuf> {
    let (edits, hash) = (home.edits(), sha256(bytes));
    make_folder(&edits)?;
    if let Some(known) = EditedPicture::find(&edits, &hash) {
        return Ok(known);
    }
    let stem = Path::new(name).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    // Windows cuts these off where a folder is made, and not where it is looked for; and some names it keeps for itself.
    let stem = match stem.trim_end_matches([' ', '.']) {
        "" => "picture".to_owned(),
        stem if project::is_device(stem) => format!("_{stem}"),
        stem => stem.to_owned(),
    };
    let folder = free_folder(&edits, &stem);
    make_folder(&folder)?;
    let ending = Path::new(name).extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let source =
        PathBuf::from(if ending.is_empty() { "source".to_owned() } else { format!("source.{ending}") });
    write_atomic(&folder.join(&source), bytes)?;
    EditedPicture::new(name.to_owned(), source, hash).save(&folder)?;
    Ok(folder)
}

/// The hash of the picture that a result says it was made of.
fn made_of(result: &Path) -> Option<String> {
    let text = read_parameters(result).ok()??;
    parse_parameters(&text).entry(MADE_OF).map(str::to_owned)
}

/// A mask that was kept, if it is there and fits.
fn read(path: &Path, picture: &RgbImage) -> Option<Mask> {
    let image = open_picture(path).ok()?.into_luma8();
    (image.dimensions() == picture.dimensions()).then(|| Mask::from_image(&image))
}

/// Writes a mask; none is none.
fn save_mask(path: &Path, mask: &Mask) -> Result<()> {
    if !mask.is_empty() {
        return write_atomic(path, &mask_to_png(&mask.to_image())?);
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::write(path, error)),
        _ => Ok(()),
    }
}

/// Keeps what is painted on a picture of the folder: where it is looked for when that is changed next.
fn keep(folder: &Path, base: &Path, mask: &Mask) -> Result<()> {
    let left = EditedPicture::load(folder).is_ok_and(|edited| edited.base != base);
    if !left {
        return save_mask(&folder.join(MASK), mask);
    }
    let to = folder.join(mask_of(base));
    make_parent(&to)?;
    save_mask(&to, mask)
}

/// Keeps what was painted on a picture for whoever comes back to it.
fn put_by(folder: &Path, base: &Path) -> Result<()> {
    let (mask, to) = (folder.join(MASK), folder.join(mask_of(base)));
    let Ok(bytes) = fs::read(mask) else {
        // Nothing is painted any more.
        let _ = fs::remove_file(to);
        return Ok(());
    };
    make_parent(&to)?;
    write_atomic(&to, &bytes)
}

fn view(here: &OpenHere, folder: PathBuf, shown: Option<PathBuf>) -> Result<Vec<Answer>> {
    let edited = EditedPicture::load(&folder)?;
    let picture = Arc::new(open_picture(&folder.join(&edited.base))?.into_rgb8());
    let mask = read(&folder.join(MASK), &picture);
    let mask = mask.unwrap_or_else(|| Mask::new(picture.dimensions().into()));
    let within = |step: &EditStep| step.results(&folder).into_iter().map(|path| folder.join(path)).collect();
    let results = edited.steps.iter().map(within).collect();
    let shown = shown.map(|result| folder.join(result));
    here.claim(&folder)?;
    Ok(vec![Answer::Edit(EditAnswer::Opened(Box::new(EditedView {
        folder,
        edited,
        picture,
        mask,
        results,
        shown,
        step: None,
    })))])
}

fn begin_step(folder: PathBuf, mask: &Mask, mut request: EditRequest) -> Result<Vec<Answer>> {
    let mut edited = EditedPicture::load(&folder)?;
    let step = edited.next_step();
    let (out, image) = (folder.join(&step), folder.join(&edited.base));
    make_folder(&out)?;
    let masked = !mask.is_empty();
    if masked {
        save_mask(&out.join(MASK), mask)?;
    }
    edited.steps.push(EditStep {
        folder: step,
        base: edited.base.clone(),
        sha256: sha256_file(&image)?,
        masked,
        model: request.draw.model.clone(),
        words: request.draw.words.clone(),
        draw: request.draw.settings.clone(),
        edit: request.edit.clone(),
    });
    edited.save(&folder)?;
    request.mask = masked.then(|| out.join(MASK));
    (request.image, request.draw.out) = (image, Some(out));
    let (edited, request) = (Box::new(edited), Box::new(request));
    Ok(vec![Answer::Edit(EditAnswer::Ready { folder, edited, request })])
}

#[cfg(test)]
mod tests;
