//! The images of a run as learning wants them: chosen, encoded, each with the sentences it is learned with.
//!
//! The autoencoder is in memory only as long as this takes. A run in which no sentence holds the word is
//! refused, because nothing would be learned from it.

use std::path::{Path, PathBuf};

use super::pasted::{AtEachSize, paste};
use super::sentences::Sentences;
use crate::clip::judging;
use crate::context::JobContext;
use crate::draw::{LoadedWords, latent_shape};
use base::{Error, FileKind, Result};
use diffusion::{Schedule, SchedulerConfig};
use inversion::methods::{self, PASTED};
use inversion::{BatchSampler, EncodedImage, FirstPictures, Timesteps, encode};
use model::Pipeline;
use project::dataset::{left_out, refusal, with_each};
use project::picture::prepare_with;
use project::run::RunMask;
use project::{
    Dataset, LearnSettings, PictureEntry, PictureNotes, PictureRecord, PreparedPicture, RunManifest, prepare,
};

/// The images that take part, with full paths. Each is tried, so that all that cannot be used are named together.
pub fn choose_images(
    images: &[PathBuf],
    resolution: u32,
    settings: &LearnSettings,
    context: &mut JobContext<'_>,
) -> Result<Vec<PictureRecord>> {
    let dataset = Dataset::gather(images)?;
    context.warn_all(left_out(&dataset.left_out));
    if settings.use_captions {
        context.warn_all(&dataset.unread_captions);
    }
    let full = |path: &Path| std::path::absolute(path).map_err(|e| Error::read(path, e));
    let (mut index, of) = (0, dataset.enabled().count());
    let (mut pictures, unusable) = with_each(dataset.enabled(), &dataset.folder, |entry| {
        context.progress("looking at the pictures", index, of);
        context.check()?;
        index += 1;
        let mask = entry.mask.as_deref().map(full).transpose()?;
        let path = full(&entry.path)?;
        expect_unicode(&path)?;
        let record = PictureRecord::new(PictureEntry { path, mask, ..entry.clone() })?;
        prepare(&record.entry, resolution)?;
        Ok(record)
    })?;
    context.warn_all(unusable);
    if pictures.is_empty() {
        let remedy = "Switch at least one picture on.";
        let fault = "all its pictures are switched off";
        return Err(Error::file(FileKind::Picture, &dataset.folder, fault, remedy));
    }
    let entries = pictures.iter().map(|picture| picture.entry.clone()).collect();
    context.warn_all(Dataset { entries, ..dataset }.warnings(resolution));
    if settings.use_captions
        && let Some(said) = caption(&mut pictures, settings.embedded_captions)
    {
        context.warn(said);
    }
    Ok(pictures)
}

/// Refuses a path that a run cannot write down.
fn expect_unicode(path: &Path) -> Result<()> {
    match path.to_str() {
        Some(_) => Ok(()),
        None => {
            let fault = "its name, or that of its folder, is not Unicode";
            Err(Error::file(FileKind::Picture, path, fault, "Give it a name in Unicode."))
        }
    }
}

/// Says how many pictures of a run that goes on with captions have none.
pub fn without_caption(pictures: &[PictureRecord]) -> Option<String> {
    let without = pictures.iter().filter(|picture| picture.entry.caption.is_none()).count();
    (without > 0).then(|| without_of(without, pictures.len()))
}

fn without_of(without: usize, of: usize) -> String {
    match without {
        0 => String::new(),
        1 => format!("1 of {of} pictures has no caption: it is learned with the usual sentences."),
        _ => {
            format!("{without} of {of} pictures have no caption: they are learned with the usual sentences.")
        }
    }
}

/// Takes what other programs wrote into the pictures as their captions, where they have none and it is wanted; says how
/// many pictures are left without one.
fn caption(pictures: &mut [PictureRecord], embedded: bool) -> Option<String> {
    let of = pictures.len();
    let mut inside = 0;
    let bare = pictures.iter_mut().filter(|picture| picture.entry.caption.is_none());
    let mut without = 0;
    for picture in bare {
        let description = PictureNotes::of(&picture.entry.path).description;
        let described = description.is_some();
        if embedded {
            picture.entry.caption = description;
        }
        without += usize::from(!(embedded && described));
        inside += usize::from(described);
    }
    let mut said = without_of(without, of);
    if inside > 0 && !embedded {
        let few = if inside == 1 { "1 of them carries" } else { &format!("{inside} of them carry") };
        said += &format!(" {few} a description that another program wrote: --embedded-captions takes it.");
    }
    Some(said).filter(|said| !said.is_empty())
}

/// Encodes every image of the run and spells out its sentences; at the size of the first steps too, if that is another.
/// Masks that the run will keep need be in no file yet.
pub fn encode_images(
    model: &mut Pipeline,
    (manifest, masks): (&RunManifest, &[RunMask]),
    words: &mut LoadedWords,
    scheduler: &SchedulerConfig,
    context: &mut JobContext<'_>,
) -> Result<(BatchSampler, Option<FirstPictures>)> {
    let settings = &manifest.settings;
    let side = settings.resolution.unwrap_or(model.native_size());
    settings.refine.expect_smaller(side)?;
    let sides: Vec<u32> = std::iter::once(side).chain(settings.refine.first_resolution).collect();
    sides.iter().try_for_each(|side| model.check_size(*side, *side))?;
    let range = timesteps(settings, scheduler)?;
    let (sampling, weighting) = (settings.timestep_sampling, settings.loss_weighting);
    let timesteps = Timesteps::new(range, sampling, weighting, &Schedule::new(scheduler));
    let (method, second) = (methods::of(settings), manifest.second());
    let own = Sentences::of(manifest)?;
    let of_second = |second| -> Result<_> { Ok(Sentences::of(manifest)?.of_second(second)) };
    let others = second.clone().map(of_second).transpose()?;
    let device = model.device.clone();
    let mut images: Vec<Vec<EncodedImage>> = sides.iter().map(|_| Vec::new()).collect();
    let mut held_out = Vec::new();
    let mut kept: [Vec<AtEachSize>; 2] = [Vec::new(), Vec::new()];
    // Where pictures are judged, that decides, and every picture is learned from: each counts for much.
    let spared = if judging(manifest).is_some() { 0 } else { manifest.pictures.len() };
    let apart = settings.keep_one_out.then(|| HeldOut::of(settings.seed, spared));
    let mut wordless = 0;
    let mut faults = Vec::new();
    let first = manifest.pictures.len();
    let of = first + manifest.second_pictures.len();
    let all = of + second.as_ref().map_or(0, |_| PASTED);
    for (index, record) in manifest.pictures.iter().chain(&manifest.second_pictures).enumerate() {
        context.progress("encoding pictures", index, all);
        context.check()?;
        let is_second = index >= first;
        let mask = masks.iter().find(|(place, _)| Some(place) == record.entry.mask.as_ref());
        let prepared = record.expect_same().and_then(|()| {
            let sizes =
                sides.iter().map(|side| prepare_with(&record.entry, *side, mask.map(|(_, mask)| mask)));
            sizes.collect::<Result<Vec<_>>>()
        });
        let prepared = match prepared {
            Ok(prepared) => prepared,
            // A run goes on with all its pictures or not at all.
            Err(error) => {
                faults.push((&record.entry, error));
                continue;
            }
        };
        if !faults.is_empty() {
            continue;
        }
        let caption = prepared.first().and_then(|prepared| prepared.caption.as_deref());
        let texts = others.as_ref().filter(|_| is_second).unwrap_or(&own);
        let sentences = texts.lists(words, &*method, (index, caption));
        if !sentences.iter().flatten().any(|ids| model.conditioner.mentions_word(ids)) {
            wordless += 1;
            context.warn(format!(
                "No sentence of {} contains the word where the model can still read it.",
                record.entry.path.display()
            ));
        }
        let vae = model.vae()?;
        let mut posterior = |picture: &PreparedPicture| {
            // On a processor each takes seconds.
            context.check()?;
            encode(vae, picture, settings.use_masks, &device)
        };
        let mut encode_one = |prepared: &PreparedPicture, mirror: bool| -> Result<EncodedImage> {
            let mirrored = mirror.then(|| posterior(&prepared.mirrored())).transpose()?;
            let upright = posterior(prepared)?;
            Ok(EncodedImage { upright, mirrored, sentences: sentences.clone() })
        };
        let kept_out = match apart {
            Some(HeldOut::Picture(out)) if out == index => prepared.first().cloned(),
            Some(HeldOut::Parts) if !is_second => prepared.first().map(PreparedPicture::middle),
            _ => None,
        };
        if let Some(prepared) = &kept_out {
            held_out.push(encode_one(prepared, false)?);
        }
        if apart == Some(HeldOut::Picture(index)) {
            continue;
        }
        for (images, prepared) in images.iter_mut().zip(&prepared) {
            images.push(encode_one(prepared, settings.flip && record.entry.allow_flip)?);
        }
        if second.is_some() {
            kept[usize::from(is_second)].push((prepared, settings.flip && record.entry.allow_flip));
        }
    }
    if let Some((first, _)) = faults.first() {
        let place = first.path.parent().unwrap_or(&first.path);
        return Err(gone(&faults, place).unwrap_or_else(|| refusal(faults, of, place)));
    }
    if wordless == of {
        return Err(Error::input(
            "No sentence of any picture contains the word where the model can still read it",
            "Use shorter captions or sentences, fewer vectors, or the built-in sentences.",
        ));
    }
    let mut pasted = vec![Vec::new(); sides.len()];
    if let Some(second) = second {
        let sentences = own.of_both(second).lists(words, &*method, (0, None));
        let vae = model.vae()?;
        pasted = paste(settings.seed, [&kept[0], &kept[1]], &sentences, &mut |picture, done| {
            context.progress("encoding pictures", of + done, all);
            context.check()?;
            encode(vae, picture, settings.use_masks, &device)
        })?;
    }
    context.progress("encoding pictures", all, all);
    let mut samplers = sides.iter().zip(images).zip(pasted).map(|((side, images), pasted)| {
        let (latent, timesteps, held_out) =
            (latent_shape(model, [*side, *side]), timesteps.clone(), std::mem::take(&mut held_out));
        let (seed, method) = (settings.seed, method.clone());
        (*side, BatchSampler { images, held_out, pasted, latent, timesteps, seed, method })
    });
    let (_, all) = samplers.next().ok_or_else(|| Error::Internal("pictures of no size".into()))?;
    let until = settings.first_steps();
    let first = samplers.next().map(|(side, sampler)| FirstPictures { sampler, until, side });
    Ok((all, first))
}

/// What is kept out of learning, to measure on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum HeldOut {
    /// One picture, by its place.
    Picture(usize),
    /// Where there are too few pictures, the middle of each, at a size in which none is learned.
    Parts,
}

impl HeldOut {
    /// What a run with this seed keeps out of so many pictures.
    pub fn of(seed: u64, pictures: usize) -> Self {
        match pictures {
            0..ENOUGH => Self::Parts,
            _ => Self::Picture((seed % pictures as u64) as usize),
        }
    }
}

/// From how many pictures on one can be spared.
const ENOUGH: usize = 4;

/// The refusal of pictures, or masks, of which all that fail are not there any more.
fn gone(faults: &[(&PictureEntry, Error)], place: &Path) -> Option<Error> {
    let name = |(_, error): &(&PictureEntry, Error)| match error {
        Error::Io { path, source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            Some(path.file_name().unwrap_or_default().to_string_lossy().into_owned())
        }
        _ => None,
    };
    let names: Vec<String> = faults.iter().map(name).collect::<Option<_>>()?;
    let fault = match names.as_slice() {
        [one] => format!("this picture is gone: {one}"),
        several => format!("these pictures are gone: {}", several.join(", ")),
    };
    let [them, their] = if names.len() == 1 { ["it", "its"] } else { ["them", "their"] };
    let remedy = format!(
        "Put {them} back, or name {their} new place with --images: a run goes on with all its pictures or not at all."
    );
    Some(Error::file(FileKind::Picture, place, fault, remedy))
}

/// The range of timesteps to learn from, within what the model has.
pub fn timesteps(settings: &LearnSettings, scheduler: &SchedulerConfig) -> Result<[usize; 2]> {
    let most = scheduler.num_train_timesteps;
    let [first, end] = settings.timesteps.map(|t| t as usize);
    if first >= most {
        return Err(Error::input(
            format!("timesteps begins at {first}, but this model has only {most}"),
            format!("Choose a range from 0 to {most}."),
        ));
    }
    Ok([first, end.min(most)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timesteps_stay_within_the_models_own() {
        let mut scheduler = SchedulerConfig::stable_diffusion(diffusion::PredictionType::Epsilon);
        scheduler.num_train_timesteps = 600;
        let within = |timesteps| timesteps_of(timesteps, &scheduler);
        assert_eq!(within([500, 1000]).unwrap(), [500, 600]);
        assert!(within([600, 1000]).unwrap_err().to_string().contains("600"));
    }

    fn timesteps_of(range: [u32; 2], scheduler: &SchedulerConfig) -> Result<[usize; 2]> {
        timesteps(&LearnSettings { timesteps: range, ..LearnSettings::default() }, scheduler)
    }
}
