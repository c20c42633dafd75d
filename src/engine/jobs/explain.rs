//! The job of saying what a learned word means to its model: which words its vectors are near and what mix of words they
//! are, what it draws alone and beside its neighbours, where in a picture it is looked for, and what ordinary words could
//! stand for it. A text that means nothing to people can be looked at in the same way.
//!
//! None of it is proof: a vector can be near a word and draw something else. That is why the pictures lie beside the
//! figures.

mod gibberish;
mod hard_prompt;
mod heat;
mod renderings;
mod vectors;

use std::path::Path;

pub(super) use vectors::nearest;

use super::look::{Files, Known, Series, learned_pictures, preflight};
use crate::clip::folder;
use crate::context::JobContext;
use crate::draw::{LoadedWords, side_by_side};
use crate::message::{ExplainRequest, JobSummary};
use crate::session::Session;
use base::{Error, Result};
use inversion::Vectors;
use model::ClipModel;
use project::evaluation::with_word;
use project::meaning::{Explanation, WordMeaning, free_report};
use text::Tokenizers;

/// A CLIP that is at hand, and where it lies.
struct Judge<'a> {
    clip: ClipModel,
    folder: &'a Path,
}

pub fn run(
    request: &ExplainRequest,
    session: &mut Session,
    context: &mut JobContext<'_>,
) -> Result<JobSummary> {
    let settings = &request.settings;
    let word = request.word.as_deref().map(Known::read).transpose()?;
    let other = request.against.as_deref().map(Known::read).transpose()?;
    let clip_skip =
        word.as_ref().map_or_else(|| settings.clip_skip.unwrap_or(1), |word| word.clip_skip(settings));
    let files: Vec<_> = request.word.iter().chain(&request.against).cloned().collect();
    preflight(&request.model, &files, settings, (request.prompt.as_str(), clip_skip), &request.out)?;
    refuse(request, word.as_ref(), other.as_ref())?;
    let judge = match &request.clip {
        Some(at) => {
            folder(Some(at), &request.model)?;
            let clip = ClipModel::open(at, &session.device.device, &mut || context.check())?;
            Some(Judge { clip, folder: at })
        }
        None => {
            context
                .warn("There is no CLIP at hand: nothing is scored, and no words are sought for pictures.");
            None
        }
    };
    let device = session.device.clone();
    let model = session.load(&request.model, settings.numbers, context)?;
    let (name, tokenizers) = (model.files.name(), model.tokenizers.clone());
    let mut series = Series::new(model, &device, settings, clip_skip)?;
    series.expect(usize::from(request.gibberish.is_some()) * settings.count);
    let mut files = Files::new(context);
    let word = word
        .map(|word| {
            explain(request, (&word, other.as_ref()), judge.as_ref(), &mut series, &mut files, context)
        })
        .transpose()?;
    let gibberish = request
        .gibberish
        .as_deref()
        .map(|text| {
            let drawn = (text, request.prompt.as_str());
            gibberish::look(drawn, judge.as_ref(), &tokenizers, &mut series, &mut files, context)
        })
        .transpose()?;
    let report = Explanation { model: name, settings: settings.clone(), word, gibberish };
    let out = free_report(&request.out);
    files.write(&out, context)?;
    report.save(&out)?;
    Ok(JobSummary::Explained { out, report: Box::new(report) })
}

/// Refuses what cannot be looked at.
fn refuse(request: &ExplainRequest, word: Option<&Known>, other: Option<&Known>) -> Result<()> {
    if word.is_none() && request.gibberish.is_none() {
        return Err(Error::input("There is nothing to explain", "Name a word, or a text to look at."));
    }
    if request.gibberish.as_deref().is_some_and(|text| text.trim().is_empty()) {
        return Err(Error::input("The text to look at is empty", "Write what is to be drawn."));
    }
    let Some(other) = other else { return Ok(()) };
    let Some(word) = word else {
        return Err(Error::input("There is a second word and no first", "Name the first one too."));
    };
    let [one, two] = [word, other].map(|word| word.word.shape[0]);
    if one != two {
        let fault = format!("The words have {one} and {two} vectors, and nothing lies between these");
        return Err(Error::input(fault, "Choose two words of as many vectors."));
    }
    Ok(())
}

/// All that is found of a word.
fn explain(
    request: &ExplainRequest,
    (known, other): (&Known, Option<&Known>),
    judge: Option<&Judge<'_>>,
    series: &mut Series<'_>,
    files: &mut Files,
    context: &mut JobContext<'_>,
) -> Result<WordMeaning> {
    let vectors = side_by_side(known.word.clone());
    let words = LoadedWords::read(series.model, std::slice::from_ref(&known.path), None)?;
    let name = words.words.first().cloned().unwrap_or_default();
    if let [first, _, ..] = &words.words[..] {
        context.warn(format!("The file holds {} words; {first} is explained.", words.words.len()));
    }
    let meanings = vectors::meanings(series.model, &vectors, context)?;
    let near = vectors::near_words(series.model, &vectors, context)?;
    let neighbours = renderings::neighbours(&near);
    let between = if other.is_some() { renderings::BETWEEN + 2 } else { 0 };
    let hard = usize::from(judge.is_some());
    series.expect((2 + neighbours.len() + between + hard) * series.count + 1);

    let prompt = with_word(&request.prompt, &name);
    let drawn =
        renderings::render(&words, (name.as_str(), request.prompt.as_str()), &neighbours, series, context)?;
    let pictures = drawn.get(1).map(|(_, pictures)| pictures.clone()).unwrap_or_default();
    let renderings = files.sheet("renderings", drawn, series.columns())?;
    let between = other
        .map(|other| {
            let towards = side_by_side(other.word.clone());
            let ends = [(name.clone(), &vectors), (called(other), &towards)];
            renderings::between(ends, &request.prompt, series, files, context)
        })
        .transpose()?;
    let heat = heat::heat(&words, &prompt, series, files, context)?;
    let reference = judge.map(|judge| learned_from(known, judge, series.size[0], context)).transpose()?;
    let drawn = hard_prompt::Drawn { pictures: &pictures, reference: reference.flatten() };
    let clip = judge.map(|judge| &judge.clip);
    let hard_prompt = hard_prompt::find(&near, &request.prompt, drawn, clip, series, context)?;
    Ok(WordMeaning { word: name, prompt, vectors: meanings, renderings, between, heat, hard_prompt })
}

/// What a word is called by its file.
fn called(known: &Known) -> String {
    known.word.names(&known.path, true).into_iter().next().unwrap_or_default()
}

/// What CLIP sees in the pictures of the word's run, if it lies in one and they are still there.
fn learned_from(
    known: &Known,
    judge: &Judge<'_>,
    side: u32,
    context: &mut JobContext<'_>,
) -> Result<Option<Vec<Vec<f32>>>> {
    let entries = known.run.iter().flat_map(|run| &run.pictures).map(|picture| &picture.entry);
    let entries: Vec<_> = entries.filter(|entry| entry.enabled && entry.path.is_file()).collect();
    let place = (known.path.as_path(), known.around());
    match learned_pictures(&judge.clip, entries.into_iter(), place, side, context) {
        Ok((_, vectors)) => Ok(Some(vectors).filter(|vectors| !vectors.is_empty())),
        Err(error @ (Error::Cancelled | Error::Device { .. })) => Err(error),
        Err(error) => {
            context.warn(format!("The pictures that the word was learned from are not compared: {error}"));
            Ok(None)
        }
    }
}

/// Tokenizers with a word for nothing: what is drawn without learned words.
fn no_words(tokenizers: &Tokenizers) -> Result<LoadedWords> {
    LoadedWords::new(tokenizers, &[])
}

/// One word of these vectors, called by a name.
fn one_word(tokenizers: &Tokenizers, name: &str, vectors: Vectors) -> Result<LoadedWords> {
    LoadedWords::new(tokenizers, &[(vec![name.to_owned()], vectors)])
}
