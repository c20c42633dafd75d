//! What the jobs that look at a word share: what is refused before anything is loaded, the pictures of one sentence after
//! another from the same seeds, and the files that are written when all is done.
//!
//! Nothing is written before, so that a stopped job leaves nothing half done.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use image::RgbImage;

use crate::clip::{AROUND, embed};
use crate::context::{JobContext, JobSignal};
use crate::device::OpenDevice;
use crate::draw::{LoadedWords, at_once, contact_sheet, decode, latent_shape, latents_together, scheduler};
use crate::memory::tight;
use crate::preflight::Preflight;
use crate::sealing::{Origin, Sealing};
use base::atomic::write_atomic;
use base::{Error, FileKind, Result, places};
use diffusion::SchedulerConfig;
use format::embedding::{self, LearnedWord};
use format::png_info::to_png;
use model::{ClipModel, Pipeline};
use project::dataset::with_at_least;
use project::meaning::{LookSettings, Sheet, free_report};
use project::picture::learned_square;
use project::{GenerateSettings, PictureEntry, RunFolder, RunManifest};

/// Most pictures of a row that have files of their own: all are in the sheet.
const SINGLE: usize = 64;

/// A word as its file has it.
pub(super) struct Known {
    pub path: PathBuf,
    pub word: LearnedWord,
    /// The run that it lies in.
    pub run: Option<RunManifest>,
}

impl Known {
    /// Reads the first word of a file.
    pub fn read(path: &Path) -> Result<Self> {
        let word = embedding::read_all(path)?.into_iter().next();
        let empty = || Error::file(FileKind::Embedding, path, "it holds no word", "Choose another file.");
        let word = word.ok_or_else(empty)?;
        let run = run_beside(path, word.token.as_deref());
        Ok(Self { path: path.to_path_buf(), word, run })
    }

    /// How deeply the model reads a prompt.
    pub fn clip_skip(&self, settings: &LookSettings) -> usize {
        let learned = self.run.as_ref().map(|run| run.settings.clip_skip);
        settings.clip_skip.or(learned).unwrap_or(1)
    }

    /// The colour around what was learned, where masks were used.
    pub fn around(&self) -> Option<image::Rgb<u8>> {
        self.run.as_ref().is_none_or(|run| run.settings.use_masks).then_some(AROUND)
    }
}

/// The run whose folder a word lies in, if that learned it.
pub(super) fn run_beside(path: &Path, word: Option<&str>) -> Option<RunManifest> {
    let folder = std::path::absolute(path).ok()?.parent()?.to_path_buf();
    let run = RunFolder::open(&folder).ok()?.manifest().ok()?;
    (Some(run.concept.word.as_str()) == word).then_some(run)
}

/// Refuses what needs no model to be refused.
pub(super) fn preflight(
    model: &Path,
    words: &[PathBuf],
    settings: &LookSettings,
    (prompt, clip_skip): (&str, usize),
    out: &Path,
) -> Result<()> {
    settings.validate()?;
    // Where it holds a report already, that of the next name.
    places::expect_folder(&free_report(out))?;
    if !prompt.contains("{}") {
        let fault = format!("The prompt “{prompt}” has no place for the word");
        return Err(Error::input(fault, "Put {} where the word belongs."));
    }
    let preflight = Preflight::of(model)?;
    preflight.size(settings.size, settings.size)?;
    preflight.clip_skip(clip_skip)?;
    let GenerateSettings { sampler, spacing, eta, steps, .. } = settings.generate(clip_skip);
    preflight.sampler(sampler, spacing, eta, steps)?;
    preflight.words(words)
}

/// Pictures of sentences, each from the same seeds.
pub(super) struct Series<'a> {
    pub model: &'a mut Pipeline,
    pub schedule: SchedulerConfig,
    pub settings: GenerateSettings,
    pub size: [u32; 2],
    pub tight: bool,
    /// Pictures for a sentence.
    pub count: usize,
    done: usize,
    of: usize,
}

impl<'a> Series<'a> {
    /// Pictures by a model that is loaded on a device.
    pub fn new(
        model: &'a mut Pipeline,
        device: &OpenDevice,
        settings: &LookSettings,
        clip_skip: usize,
    ) -> Result<Self> {
        let size = [settings.size.unwrap_or(model.native_size()); 2];
        model.check_size(size[0], size[1])?;
        model.check_clip_skip(clip_skip)?;
        let tight = tight(device, model, size);
        let (schedule, count) = (scheduler(model)?, settings.count);
        let settings = settings.generate(clip_skip);
        Ok(Self { model, schedule, settings, size, tight, count, done: 0, of: 0 })
    }

    /// So many more pictures will be drawn.
    pub fn expect(&mut self, pictures: usize) {
        self.of += pictures;
    }

    /// The pictures of a sentence.
    pub fn draw(
        &mut self,
        words: &LoadedWords,
        sentence: &str,
        context: &mut JobContext<'_>,
    ) -> Result<Vec<RgbImage>> {
        let seeds = (0..self.count as u64).map(|index| self.settings.seed.wrapping_add(index));
        let pictures: Vec<(String, u64)> = seeds.map(|seed| (sentence.to_owned(), seed)).collect();
        let shape = latent_shape(self.model, self.size);
        let mut images = Vec::new();
        for some in pictures.chunks(at_once(self.model, self.size)) {
            context.progress("drawing", self.done, self.of.max(self.done));
            let mut go_on = || context.poll() == JobSignal::Continue;
            let (settings, drawn) = (&self.settings, (some, self.size));
            let latents = latents_together(self.model, &self.schedule, words, settings, drawn, &mut go_on)?;
            for latents in latents.ok_or(Error::Cancelled)? {
                context.check()?;
                images.push(decode(self.model.vae()?, latents, shape, self.tight)?);
            }
            self.drawn(some.len(), context);
        }
        Ok(images)
    }

    /// Says that so many more are drawn.
    pub fn drawn(&mut self, pictures: usize, context: &JobContext<'_>) {
        self.done += pictures;
        context.progress("drawing", self.done, self.of.max(self.done));
    }

    /// What the columns of its pictures are.
    pub fn columns(&self) -> Vec<String> {
        (0..self.count as u64)
            .map(|index| format!("seed {}", self.settings.seed.wrapping_add(index)))
            .collect()
    }
}

/// The squares of pictures as they are learned, and what CLIP sees in them. One at a time: photos are large. Nothing is
/// learned from them, so one that can be used is enough.
pub(super) fn learned_pictures<'e>(
    clip: &ClipModel,
    entries: impl Iterator<Item = &'e PictureEntry>,
    (place, around): (&Path, Option<image::Rgb<u8>>),
    side: u32,
    context: &mut JobContext<'_>,
) -> Result<(Vec<RgbImage>, Vec<Vec<f32>>)> {
    let (found, unusable) = with_at_least(1, entries, place, |entry| {
        context.check()?;
        let square = learned_square(entry, around)?;
        let vector = embed(clip, std::slice::from_ref(&square))?;
        Ok((project::picture::center_crop_resize(&square, side, project::Filter::Bicubic), vector))
    })?;
    context.warn_all(unusable);
    let (squares, vectors): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    Ok((squares, vectors.into_iter().flatten().collect()))
}

/// Files to be written together.
pub(super) struct Files {
    files: Vec<(PathBuf, Vec<u8>)>,
    sealing: Rc<Sealing>,
}

impl Files {
    /// None yet.
    pub fn new(context: &JobContext<'_>) -> Self {
        Self { files: Vec::new(), sealing: context.sealing() }
    }

    /// A file of this name; which it is then called by.
    pub fn add(&mut self, name: impl Into<PathBuf>, bytes: Vec<u8>) -> PathBuf {
        let name = name.into();
        self.files.push((name.clone(), bytes));
        name
    }

    /// A picture; signed, with its origin, if it was made here.
    pub fn picture(
        &mut self,
        name: impl Into<PathBuf>,
        picture: &RgbImage,
        made: Option<Origin<'_>>,
    ) -> Result<PathBuf> {
        let png = to_png(picture)?;
        let png = match made {
            Some(origin) => self.sealing.sealed(png, origin),
            None => png,
        };
        Ok(self.add(name, png))
    }

    /// The first of some pictures, each in a file of its own below `pictures`.
    fn singly(
        &mut self,
        stem: &str,
        pictures: &[RgbImage],
        made: Option<Origin<'_>>,
    ) -> Result<Vec<PathBuf>> {
        let numbered = pictures.iter().take(SINGLE).enumerate();
        numbered
            .map(|(index, picture)| self.picture(format!("pictures/{stem}-{}.png", index + 1), picture, made))
            .collect()
    }

    /// A sheet of pictures that were drawn, `name.png`, and each of them by itself.
    pub fn sheet(
        &mut self,
        name: &str,
        rows: Vec<(String, Vec<RgbImage>)>,
        columns: Vec<String>,
    ) -> Result<Sheet> {
        let (rows, pictures): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        let made = Some(Origin::Drawn);
        let file = self.picture(format!("{name}.png"), &contact_sheet(&pictures), made)?;
        let numbered = pictures.iter().enumerate();
        let pictures =
            numbered.map(|(row, pictures)| self.singly(&format!("{name}-{}", row + 1), pictures, made));
        let pictures = pictures.collect::<Result<_>>()?;
        Ok(Sheet { file, rows, columns, pictures })
    }

    /// Pictures in as many rows as columns, for which it does not matter which is which, and each of them by itself.
    pub fn square_sheet(
        &mut self,
        name: &str,
        pictures: &[RgbImage],
        made: Option<Origin<'_>>,
    ) -> Result<(PathBuf, Vec<PathBuf>)> {
        let columns = (pictures.len() as f64).sqrt().ceil().max(1.0) as usize;
        let rows: Vec<Vec<RgbImage>> = pictures.chunks(columns).map(<[RgbImage]>::to_vec).collect();
        let sheet = self.picture(format!("{name}.png"), &contact_sheet(&rows), made)?;
        Ok((sheet, self.singly(name, pictures, made)?))
    }

    /// Writes all of them into a folder, which is made if it is not there.
    pub fn write(self, folder: &Path, context: &JobContext<'_>) -> Result<()> {
        self.sealing.tell(context);
        for (name, bytes) in &self.files {
            let path = folder.join(name);
            places::make_parent(&path)?;
            write_atomic(&path, bytes)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    #[test]
    fn a_report_that_has_no_place_is_refused_before_anything_is_drawn() {
        use super::*;
        use crate::session::tests::golden;

        let place = tempfile::tempdir().unwrap();
        // The longest name, so that there is no next one.
        let out = place.path().join("x".repeat(255));
        std::fs::create_dir(&out).unwrap();
        let refused = || preflight(&golden(), &[], &LookSettings::of(1), ("a {}", 1), &out).err();
        assert_eq!(refused().map(|error| error.to_string()), None);
        std::fs::write(out.join("known.png"), "mine").unwrap();
        let said = refused().map_or_else(String::new, |error| error.to_string());
        assert!(said.contains("its name is too long"), "{said}");
    }
}
