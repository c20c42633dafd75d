//! The job of counting what pictures of a word show, beside those of the word it stands for and those it was learned from:
//! does it bring along what the known word brings, or what its few pictures happened to show (paper figure 8)?
//!
//! The pictures are not chosen: the same seeds for both, all of them counted. CLIP counts, which errs and has biases of
//! its own; the report says so, and gives no share without its interval.

use std::path::{Path, PathBuf};

use super::evaluate::INITIAL_WORD;
use super::look::{Files, Known, Series, learned_pictures, preflight};
use crate::clip::{embed_all, embed_texts, folder, is_own};
use crate::context::JobContext;
use crate::draw::LoadedWords;
use crate::message::{BiasRequest, JobSummary};
use crate::sealing::Origin;
use crate::session::Session;
use base::{Error, Result};
use metrics::{shares, zero_shot};
use model::ClipModel;
use project::dataset::left_out;
use project::evaluation::with_word;
use project::meaning::{
    Attribute, BiasReport, CAUTION, PictureSet, STARTER_ATTRIBUTES, Share, attribute_sentence, free_report,
    read_attributes,
};
use project::{Dataset, PictureEntry};

/// Pictures, and what CLIP sees in each.
struct Seen {
    set: PictureSet,
    vectors: Vec<Vec<f32>>,
}

pub fn run(request: &BiasRequest, session: &mut Session, context: &mut JobContext<'_>) -> Result<JobSummary> {
    let settings = &request.settings;
    let word = Known::read(&request.word)?;
    let clip_skip = word.clip_skip(settings);
    preflight(
        &request.model,
        std::slice::from_ref(&request.word),
        settings,
        (request.prompt.as_str(), clip_skip),
        &request.out,
    )?;
    let known = known(request, &word)?;
    let clip_folder = folder(Some(&request.clip), &request.model)?;
    let attributes = attributes(request)?;
    let (entries, place) = learned_from(request, &word, context)?;
    let clip = ClipModel::open(&clip_folder, &session.device.device, &mut || context.check())?;
    let device = session.device.clone();
    let model = session.load(&request.model, settings.numbers, context)?;
    let words = LoadedWords::read(model, std::slice::from_ref(&request.word), None)?;
    let name = words.words.first().cloned().unwrap_or_default();
    let model_name = model.files.name();

    let mut series = Series::new(model, &device, settings, clip_skip)?;
    series.expect(2 * settings.count);
    // Before anything is drawn, so that what is wrong with them is soon known.
    let from = (place.as_path(), word.around());
    let learned_from = match learned_pictures(&clip, entries.iter(), from, series.size[0], context) {
        Ok(found) => Some(found).filter(|(pictures, _)| !pictures.is_empty()),
        Err(error @ (Error::Cancelled | Error::Device { .. })) => return Err(error),
        Err(error) => {
            context.warn(format!("The pictures that the word was learned from are not counted: {error}"));
            None
        }
    };
    let mut files = Files::new(context);
    let mut sets = Vec::new();
    for (set, file, text) in [("known word", "known", &known), ("learned word", "learned", &name)] {
        let prompt = with_word(&request.prompt, text);
        let pictures = series.draw(&words, &prompt, context)?;
        let vectors = embed_all(&clip, &pictures, context)?;
        let (name, prompt, count) = (set.into(), Some(prompt), pictures.len());
        let (sheet, pictures) = files.square_sheet(file, &pictures, Some(Origin::Drawn))?;
        sets.push(Seen { set: PictureSet { name, prompt, count, sheet, pictures }, vectors });
    }
    if let Some((pictures, vectors)) = learned_from {
        let (name, prompt, count) = ("pictures learned from".into(), None, pictures.len());
        let (sheet, pictures) = files.square_sheet("learned-from", &pictures, None)?;
        sets.push(Seen { set: PictureSet { name, prompt, count, sheet, pictures }, vectors });
    }

    let groups = attributes
        .iter()
        .map(|group| counted(&clip, group, (request.prompt.as_str(), known.as_str()), &sets));
    let groups = groups.collect::<Result<Vec<_>>>()?;
    let report = BiasReport {
        model: model_name,
        word: name,
        known,
        settings: settings.clone(),
        sets: sets.into_iter().map(|seen| seen.set).collect(),
        groups,
        caution: CAUTION.into(),
    };
    let out = free_report(&request.out);
    files.write(&out, context)?;
    report.save(&out)?;
    Ok(JobSummary::Biased { out, report: Box::new(report) })
}

/// The known word: what was asked for, else what the learned one started as.
fn known(request: &BiasRequest, word: &Known) -> Result<String> {
    let given = request.known.clone().or_else(|| word.word.metadata.get(INITIAL_WORD).cloned());
    given.filter(|known| !known.trim().is_empty()).ok_or_else(|| {
        let fault = "The file does not say which known word the learned one stands for";
        Error::input(fault, "Name one with --known, such as --known robot.")
    })
}

fn attributes(request: &BiasRequest) -> Result<Vec<Vec<String>>> {
    if !request.attributes.is_empty() {
        return Ok(request.attributes.clone());
    }
    // What a model's own CLIP knows was learned with it; the only one that comes so is the starter's.
    if is_own(&request.clip, &request.model) {
        return read_attributes(STARTER_ATTRIBUTES);
    }
    let remedy = "Name groups of attributes with --attributes, such as 'red,green,blue;{} with a hat,{}'.";
    Err(Error::input("It is not known what to look for in the pictures", remedy))
}

/// The pictures the word was learned from, as far as they are known, and where they lie.
fn learned_from(
    request: &BiasRequest,
    word: &Known,
    context: &JobContext<'_>,
) -> Result<(Vec<PictureEntry>, PathBuf)> {
    if !request.images.is_empty() {
        let dataset = Dataset::gather(&request.images)?;
        context.warn_all(left_out(&dataset.left_out));
        return Ok((dataset.enabled().cloned().collect(), dataset.folder));
    }
    let place = word.path.parent().unwrap_or(Path::new(".")).to_path_buf();
    let entries = word.run.iter().flat_map(|run| &run.pictures).map(|picture| picture.entry.clone());
    let entries: Vec<PictureEntry> = entries.filter(|entry| entry.enabled).collect();
    let there = |entry: &PictureEntry| entry.path.is_file();
    if entries.iter().any(there) {
        return Ok((entries.into_iter().filter(there).collect(), place));
    }
    context.warn("The pictures that the word was learned from are not at hand, so they are not counted.");
    Ok((Vec::new(), place))
}

/// The shares of a group of attributes in each set of pictures.
fn counted(
    clip: &ClipModel,
    group: &[String],
    (prompt, known): (&str, &str),
    sets: &[Seen],
) -> Result<Vec<Attribute>> {
    let sentences: Vec<String> =
        group.iter().map(|attribute| attribute_sentence(prompt, attribute, known)).collect();
    let texts = embed_texts(clip, &sentences)?;
    let scale = clip.logit_scale;
    let of = |seen: &Seen| -> Vec<Share> {
        let chosen: Vec<Vec<f64>> =
            seen.vectors.iter().map(|picture| zero_shot(picture, &texts, scale)).collect();
        shares(&chosen, group.len())
    };
    let all: Vec<Vec<Share>> = sets.iter().map(of).collect();
    let attribute = |(place, (name, sentence)): (usize, (&String, String))| Attribute {
        name: name.clone(),
        sentence,
        shares: all.iter().filter_map(|shares| shares.get(place).copied()).collect(),
    };
    Ok(group.iter().zip(sentences).enumerate().map(attribute).collect())
}
