//! Pictures that are edited: opened with their history, their masks kept while they are painted, their steps begun.
//!
//! A picture's own file is never written to: what is edited is a copy in the data folder, found again by its hash. Every
//! file is written whole or not at all.

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
use base::{Claim, Error, FileKind, Result};
use engine::message::EditRequest;
use format::infotext::parse_parameters;
use format::png_info::{read_parameters, to_png};
use project::DataDir;
use project::draft::free_folder;
use project::edited::{EditStep, EditedPicture, MADE_OF, MASK};
use project::files::{sha256, sha256_file};
use project::mask::Mask;
use project::mask::document::{MaskDone, MaskWork};
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
    /// Keep the mask as it is now. No answer; what fails is said, and then [`EditAnswer::NotKept`].
    SaveMask { folder: PathBuf, mask: Mask },
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
    /// Go on from another picture of the folder, with a mask of the folder or none.
    GoTo { folder: PathBuf, base: PathBuf, mask: Option<PathBuf> },
    /// Copy a result to the pictures that were drawn. Answer: [`Answer::Pictures`].
    Keep(PathBuf),
}

/// What is answered about them.
#[derive(Debug, Clone)]
pub enum EditAnswer {
    Opened(Box<EditedView>),
    /// The picture that was left open cannot be opened again.
    Forgotten,
    /// The mask of the picture in this folder could not be kept.
    NotKept(PathBuf),
    /// How much is done, from 0 to 1.
    Working {
        id: u64,
        part: f32,
    },
    /// What came of it, or why nothing did.
    Worked {
        id: u64,
        done: Result<Box<MaskDone>, String>,
    },
    /// A mask of the picture's size.
    Mask {
        picture: PathBuf,
        mask: Mask,
    },
    /// The step is on the list; it is the last one.
    Ready {
        folder: PathBuf,
        edited: Box<EditedPicture>,
        request: Box<EditRequest>,
    },
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
            if let Some((folder, result)) = drawn_here(home, &path, &bytes) {
                return view(here, folder, Some(result));
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            view(here, begin(home, &name, &bytes)?, None)
        }
        EditTask::Paste(picture) => view(here, begin(home, PASTED, &to_png(picture.as_ref())?)?, None),
        EditTask::Reopen(folder) => {
            let known = EditedPicture::load_as_left(&folder);
            let opened = known.and_then(|known| known.map_or(Ok(Vec::new()), |_| view(here, folder, None)));
            let forgotten = Answer::Edit(EditAnswer::Forgotten);
            opened.or_else(|why| Ok(vec![Answer::Refused(why.to_string()), forgotten]))
        }
        EditTask::SaveMask { folder, mask } => match save_mask(&folder.join(MASK), &mask) {
            Ok(()) => Ok(Vec::new()),
            Err(why) => Ok(vec![Answer::Refused(why.to_string()), Answer::Edit(EditAnswer::NotKept(folder))]),
        },
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
            write_atomic(&to, &to_png(&mask.to_image())?)?;
            Ok(vec![Answer::Written(to)])
        }
        EditTask::Begin { folder, mask, request } => begin_step(folder, &mask, *request),
        EditTask::GoTo { folder, base, mask } => {
            let mut edited = EditedPicture::load(&folder)?;
            edited.base = base;
            let picture = open_picture(&folder.join(&edited.base))?.into_rgb8();
            let mask = mask.and_then(|mask| read(&folder.join(mask), &picture)).unwrap_or_default();
            // Whoever is killed in between finds what was painted.
            edited.save(&folder)?;
            save_mask(&folder.join(MASK), &mask)?;
            view(here, folder, None)
        }
        EditTask::Keep(from) => {
            let pictures = home.pictures();
            fs::create_dir_all(&pictures).map_err(|e| Error::write(&pictures, e))?;
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
    fs::create_dir_all(&edits).map_err(|e| Error::write(&edits, e))?;
    if let Some(known) = EditedPicture::find(&edits, &hash) {
        return Ok(known);
    }
    let stem = Path::new(name).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let folder = free_folder(&edits, if stem.is_empty() { "picture" } else { &stem });
    fs::create_dir_all(&folder).map_err(|e| Error::write(&folder, e))?;
    let ending = Path::new(name).extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let source =
        PathBuf::from(if ending.is_empty() { "source".to_owned() } else { format!("source.{ending}") });
    write_atomic(&folder.join(&source), bytes)?;
    EditedPicture::new(name.to_owned(), source, hash).save(&folder)?;
    Ok(folder)
}

/// The folder in which a picture was drawn, and which of its results it is, by what the picture says it was made of. One that
/// was edited itself is its own picture.
fn drawn_here(home: &DataDir, path: &Path, bytes: &[u8]) -> Option<(PathBuf, PathBuf)> {
    let text = read_parameters(path).ok()??;
    let info = parse_parameters(&text);
    let found = EditedPicture::find_result(&home.edits(), info.entry(MADE_OF)?, bytes)?;
    EditedPicture::find(&home.edits(), &sha256(bytes)).is_none().then_some(found)
}

/// A mask that was kept, if it is there and fits.
fn read(path: &Path, picture: &RgbImage) -> Option<Mask> {
    let image = open_picture(path).ok()?.into_luma8();
    (image.dimensions() == picture.dimensions()).then(|| Mask::from_image(&image))
}

/// Writes a mask; none is none.
fn save_mask(path: &Path, mask: &Mask) -> Result<()> {
    if !mask.is_empty() {
        return write_atomic(path, &to_png(&mask.to_image())?);
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::write(path, error)),
        _ => Ok(()),
    }
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
    })))])
}

fn begin_step(folder: PathBuf, mask: &Mask, mut request: EditRequest) -> Result<Vec<Answer>> {
    let mut edited = EditedPicture::load(&folder)?;
    let step = edited.next_step();
    let (out, image) = (folder.join(&step), folder.join(&edited.base));
    fs::create_dir_all(&out).map_err(|e| Error::write(&out, e))?;
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
mod tests {
    use super::*;
    use engine::message::GenerateRequest;
    use image::Rgb;
    use project::mask::MaskChange;
    use project::mask::document::MaskDocument;
    use project::{EditSettings, GenerateSettings};

    fn work(home: &DataDir, task: EditTask) -> Result<Vec<Answer>> {
        super::work(home, &OpenHere::default(), task, &|_| {})
    }

    fn opened(answers: Vec<Answer>) -> EditedView {
        match answers.into_iter().next() {
            Some(Answer::Edit(EditAnswer::Opened(view))) => *view,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_picture_is_found_again_with_its_mask_and_its_steps() {
        let place = tempfile::tempdir().unwrap();
        let home = DataDir::at(place.path().join("home"));
        let file = place.path().join("Möwe.png");
        RgbImage::from_pixel(40, 30, Rgb([9, 8, 7])).save(&file).unwrap();
        let before = fs::read(&file).unwrap();
        let view = opened(work(&home, EditTask::Open(file.clone())).unwrap());
        assert_eq!((view.edited.name.as_str(), view.mask.is_empty()), ("Möwe.png", true));
        assert_eq!(view.edited.sha256, sha256(&before));
        let mut document = MaskDocument::new(view.mask);
        let corners = [[4.0, 4.0], [20.0, 20.0]];
        document.apply(&MaskChange::Rectangle { corners, add: true });
        let mask = document.mask().clone();
        work(&home, EditTask::SaveMask { folder: view.folder.clone(), mask: mask.clone() }).unwrap();
        let request = Box::new(EditRequest {
            draw: GenerateRequest {
                model: "/m".into(),
                words: Vec::new(),
                settings: GenerateSettings::default(),
                out: None,
            },
            image: PathBuf::new(),
            mask: None,
            edit: EditSettings::default(),
            clip: None,
        });
        let begin = EditTask::Begin { folder: view.folder.clone(), mask: mask.clone(), request };
        let answers = work(&home, begin).unwrap();
        let [Answer::Edit(EditAnswer::Ready { request, edited, .. })] = answers.as_slice() else {
            panic!("{answers:?}")
        };
        let out = request.draw.out.clone().unwrap();
        assert_eq!(request.mask, Some(out.join(MASK)));
        assert_eq!(fs::read(&request.image).unwrap(), before, "byte by byte");
        assert_eq!((edited.steps.len(), edited.steps[0].masked), (1, true));
        // Drawn, and the window closed.
        let result = out.join("00000-1.png");
        RgbImage::from_pixel(40, 30, Rgb([1, 2, 3])).save(&result).unwrap();
        let again = opened(work(&home, EditTask::Open(file.clone())).unwrap());
        assert_eq!((&again.folder, &again.mask), (&view.folder, &mask));
        assert_eq!(again.results, [vec![result.clone()]]);
        // On from the result with an empty mask, and back to the step with its own.
        let go_to = |base: &str, mask: Option<PathBuf>| {
            let task = EditTask::GoTo { folder: view.folder.clone(), base: base.into(), mask };
            opened(work(&home, task).unwrap())
        };
        let on = go_to("step-001/00000-1.png", None);
        assert_eq!((on.picture.get_pixel(0, 0).0, on.mask.is_empty()), ([1, 2, 3], true));
        let back = go_to("source.png", Some("step-001/mask.png".into()));
        assert_eq!((back.picture.get_pixel(0, 0).0, &back.mask), ([9, 8, 7], &mask));
        // Kept twice, it is there twice.
        for _ in 0..2 {
            work(&home, EditTask::Keep(result.clone())).unwrap();
        }
        assert_eq!(fs::read_dir(home.pictures()).unwrap().count(), 2);
        assert_eq!(fs::read(&file).unwrap(), before);
        assert!(work(&home, EditTask::Reopen(place.path().join("gone"))).unwrap().is_empty());
    }

    #[test]
    fn masks_of_other_programs_are_taken_and_given() {
        let place = tempfile::tempdir().unwrap();
        let home = DataDir::at(place.path().join("home"));
        let mut document = MaskDocument::new(Mask::new([64, 48]));
        let corners = [[16.0, 8.0], [48.0, 32.0]];
        document.apply(&MaskChange::Rectangle { corners, add: true });
        let mask = document.mask().clone();
        let to = place.path().join("mask.png");
        let write = EditTask::WriteMask { mask: mask.clone(), to: to.clone() };
        assert!(matches!(work(&home, write).unwrap().as_slice(), [Answer::Written(path)] if *path == to));
        let load = |size| {
            let (path, picture) = (to.clone(), "/e/source.png".into());
            match work(&home, EditTask::LoadMask { path, picture, size }).unwrap().pop() {
                Some(Answer::Edit(EditAnswer::Mask { mask, .. })) => mask,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(load([64, 48]), mask);
        let twice = load([128, 96]).to_image();
        assert_eq!((twice.get_pixel(60, 40).0, twice.get_pixel(8, 40).0), ([255], [0]));
        // One of other proportions is refused with a sentence.
        let (path, picture) = (to.clone(), "/e/source.png".into());
        let refused = work(&home, EditTask::LoadMask { path, picture, size: [64, 64] }).unwrap_err();
        assert!(refused.to_string().contains("proportions"), "{refused}");
        // What cannot be opened gets no folder.
        let text = place.path().join("text.png");
        fs::write(&text, "no picture").unwrap();
        assert!(work(&home, EditTask::Open(text)).is_err());
        assert!(!home.edits().exists());
    }

    #[test]
    fn a_result_is_opened_where_it_was_drawn() {
        let place = tempfile::tempdir().unwrap();
        let home = DataDir::at(place.path().join("home"));
        let file = place.path().join("garden.png");
        RgbImage::from_pixel(40, 30, Rgb([9, 8, 7])).save(&file).unwrap();
        let view = opened(work(&home, EditTask::Open(file.clone())).unwrap());
        let request = Box::new(EditRequest {
            draw: GenerateRequest {
                model: "/m".into(),
                words: Vec::new(),
                settings: GenerateSettings::default(),
                out: None,
            },
            image: PathBuf::new(),
            mask: None,
            edit: EditSettings::default(),
            clip: None,
        });
        let begin = EditTask::Begin { folder: view.folder.clone(), mask: view.mask.clone(), request };
        work(&home, begin).unwrap();
        // As the engine writes it.
        let mut info = format::GenerateInfo { steps: 20, ..format::GenerateInfo::default() };
        info.extra.push((MADE_OF.into(), sha256_file(&file).unwrap()));
        let result = view.folder.join("step-001/00000-1.png");
        format::png_info::save_png(&result, &RgbImage::new(40, 30), &info).unwrap();
        let kept = place.path().join("kept.png");
        fs::copy(&result, &kept).unwrap();
        let again = opened(work(&home, EditTask::Open(kept.clone())).unwrap());
        assert_eq!((&again.folder, again.shown), (&view.folder, Some(result.clone())));
        assert_eq!(again.edited.base, Path::new("source.png"), "what is edited stays");
        assert_eq!(fs::read_dir(home.edits()).unwrap().count(), 1);
        // Without its place it is a picture like any other.
        fs::remove_file(&result).unwrap();
        let other = opened(work(&home, EditTask::Open(kept)).unwrap());
        assert!(other.folder != view.folder && other.shown.is_none());
    }

    #[test]
    fn a_picture_is_open_in_one_window_alone() {
        let place = tempfile::tempdir().unwrap();
        let home = DataDir::at(place.path().join("home"));
        let files = ["a.png", "b.png"].map(|name| place.path().join(name));
        for (file, level) in files.iter().zip([1, 2]) {
            RgbImage::from_pixel(4, 3, Rgb([level; 3])).save(file).unwrap();
        }
        let [one, other] = [OpenHere::default(), OpenHere::default()];
        let open =
            |here: &OpenHere, file: &Path| super::work(&home, here, EditTask::Open(file.into()), &|_| {});
        let folder = opened(open(&one, &files[0]).unwrap()).folder;
        open(&one, &files[0]).unwrap();
        open(&other, &files[1]).unwrap();
        let refused = open(&other, &files[0]).unwrap_err().to_string();
        assert!(refused.contains("another Pseudoword") && refused.contains("close it there"), "{refused}");
        let left = super::work(&home, &other, EditTask::Reopen(folder.clone()), &|_| {}).unwrap();
        assert!(matches!(left[..], [Answer::Refused(_), Answer::Edit(EditAnswer::Forgotten)]), "{left:?}");
        // What was refused has taken nothing away, and what is given up is free.
        assert!(open(&one, &files[1]).is_err());
        drop(one);
        assert_eq!(opened(open(&other, &files[0]).unwrap()).folder, folder);
    }

    #[test]
    fn a_damaged_history_is_said_once_and_a_mask_that_is_not_kept_is_told() {
        let place = tempfile::tempdir().unwrap();
        let home = DataDir::at(place.path().join("home"));
        let file = place.path().join("a.png");
        RgbImage::new(4, 3).save(&file).unwrap();
        let folder = opened(work(&home, EditTask::Open(file)).unwrap()).folder;
        let mask = Mask::new([4, 3]);
        fs::create_dir_all(folder.join(MASK).join("full")).unwrap();
        let save = EditTask::SaveMask { folder: folder.clone(), mask };
        let told = work(&home, save).unwrap();
        let [Answer::Refused(why), Answer::Edit(EditAnswer::NotKept(of))] = &told[..] else {
            panic!("{told:?}")
        };
        assert!(why.contains(MASK) && *of == folder);
        fs::write(folder.join("edit.toml"), "steps = 7").unwrap();
        let reopen = || work(&home, EditTask::Reopen(folder.clone())).unwrap();
        let told = reopen();
        let [Answer::Refused(why), Answer::Edit(EditAnswer::Forgotten)] = &told[..] else {
            panic!("{told:?}")
        };
        assert!(why.contains("edit.toml.damaged-1"), "{why}");
        assert!(reopen().is_empty() && folder.join("edit.toml.damaged-1").exists());
    }

    #[test]
    fn work_on_a_mask_tells_how_far_it_has_come() {
        let mut document = MaskDocument::new(Mask::new([2000, 1000]));
        document.apply(&MaskChange::Stroke {
            points: vec![[9.0, 9.0], [1900.0, 900.0]],
            radius: 30.0,
            add: true,
        });
        let work = Box::new(document.apply_or_ask(MaskChange::Grow(4)).unwrap());
        let told = std::sync::Mutex::new(Vec::new());
        let tell = |answer: EditAnswer| match answer {
            EditAnswer::Working { id: 3, part } => told.lock().unwrap().push(part),
            other => panic!("{other:?}"),
        };
        let (home, folder) = (DataDir::at("/none".into()), PathBuf::from("/none"));
        let task = EditTask::Work { id: 3, folder, work };
        let answers = super::work(&home, &OpenHere::default(), task, &tell).unwrap();
        let [Answer::Edit(EditAnswer::Worked { id: 3, done: Ok(done) })] = &answers[..] else {
            panic!("{answers:?}")
        };
        let told = told.into_inner().unwrap();
        assert!(!told.is_empty() && told.iter().all(|part| (0.0..=1.0).contains(part)), "{told:?}");
        document.take(done.as_ref().clone());
        assert_eq!(document.revision(), 2);
    }
}
