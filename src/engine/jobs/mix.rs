//! The job of making a word of others, and of drawing with it where that is asked for.
//!
//! A model is asked only for what sentences are, how long words usually are and how to convert: its token tables are read,
//! no network is. Words of different base models are refused.

mod asked;
mod parts;

use super::generate;
use crate::context::JobContext;
use crate::export::{apart, sign, tell_unsigned};
use crate::message::{Event, JobSummary, MixRequest};
use crate::session::Studio;
use asked::Asked;
use base::{Error, Result, places};
use format::embedding::{self, LearnedWord, MAX_VECTORS};
use inversion::Vectors;
use parts::Part;
use project::mix::{MixLength, MixSettings, Recipe};
use project::{Author, Concept, DataDir};

pub fn run(request: MixRequest, studio: &mut dyn Studio, context: &mut JobContext<'_>) -> Result<JobSummary> {
    request.settings.validate()?;
    Concept::of(&request.word).validate()?;
    if let Some(draw) = &request.draw {
        generate::preflight(draw)?;
    }
    let (mut word, summary) = make(&request, context)?;
    tell_unsigned(context);
    sign(&mut word, &DataDir::usual());
    places::make_parent(&request.path)?;
    embedding::write(&request.path, &word, request.format)?;
    for path in embedding::files(&request.path, &word, request.format) {
        context.send(Event::Saved { job: context.job, path });
    }
    if let Some(draw) = &request.draw {
        generate::run(draw, studio, context)?;
    }
    Ok(summary)
}

/// The word, and what there is to say of it.
fn make(request: &MixRequest, context: &mut JobContext<'_>) -> Result<(LearnedWord, JobSummary)> {
    let settings = &request.settings;
    let asked = match &request.model {
        Some(path) => Some(Asked::open(path)?),
        None if settings.needs_model() => {
            let fault = "Sentences, the usual length and conversions take a model";
            return Err(Error::input(fault, "Name one with --model."));
        }
        None => None,
    };
    let read = |part| Part::read(part, settings, asked.as_ref(), context);
    let parts = settings.ingredients.iter().map(read);
    let parts = parts.collect::<Result<Vec<_>>>()?;
    parts::expect_one_base(&parts, context)?;
    let approximate = parts.iter().any(|part| part.converted);
    if approximate {
        context.warn(
            "A word of Stable Diffusion 1 is taken for Stable Diffusion XL. Its first text encoder reads it as it is; what \
             the second reads is carried over and only approximate.",
        );
    }
    if settings.convert && !approximate {
        context.warn("Nothing is converted: no word is of Stable Diffusion 1 while the model is of XL.");
    }
    let own = || parts.iter().find_map(|part| part.word.as_ref()).map(LearnedWord::widths);
    let widths = asked.as_ref().map(|asked| asked.widths().to_vec()).or_else(own).unwrap_or_default();
    let usual = asked.as_ref().map_or_else(Vec::new, Asked::usual);
    let mixed = mixed(settings, &parts, &widths, &usual)?;
    let model = asked.as_ref().filter(|_| settings.needs_model()).map(Asked::name);
    // A recipe says what was done: what has no more vectors was made no fewer.
    let fewer = |count: &usize| parts.iter().any(|part| part.vectors.count() > *count);
    let done = MixSettings { vectors: settings.vectors.filter(fewer), ..settings.clone() };
    let recipe = Recipe::new(&done, parts.iter().map(Part::for_recipe).collect(), model, approximate);
    let (author, unread) = Author::load(&DataDir::usual());
    context.warn_all(unread);
    let metadata = parts::metadata((&request.word, author), &parts, asked.as_ref(), &recipe)?;
    let lengths = mixed.lengths(&widths);
    let (vectors, shape, second) = apart(&mixed.values, mixed.shape, &widths);
    let token = request.word.clone();
    let summary = JobSummary::Mixed {
        path: request.path.clone(),
        word: token.clone(),
        recipe: recipe.line(),
        vectors: shape[0],
        lengths,
        usual,
    };
    Ok((LearnedWord { token: Some(token), vectors, shape, second, metadata }, summary))
}

/// What comes out; `widths` are those of the text encoders and `usual` how long the model's own words are in each.
fn mixed(settings: &MixSettings, parts: &[Part], widths: &[usize], usual: &[f64]) -> Result<Vectors> {
    let words: Vec<(Vectors, f64)> = parts
        .iter()
        .map(|part| {
            let fewer = settings.vectors.map(|count| part.vectors.means(count));
            (fewer.unwrap_or_else(|| part.vectors.clone()), part.weight)
        })
        .collect();
    let mut mixed = inversion::mix(settings.operation, &words, widths, settings.amount)?;
    if !settings.keep.is_empty() {
        mixed = mixed.picked(&settings.keep)?;
    }
    let lengths = match &settings.length {
        MixLength::AsMixed => None,
        MixLength::Usual => Some(usual),
        MixLength::Set(lengths) => Some(lengths.as_slice()),
    };
    if let Some(lengths) = lengths {
        let (given, wanted) = (lengths.len(), widths.len());
        if given != wanted {
            let fault = format!("{given} lengths are given, and {wanted} needed: one for each text encoder");
            return Err(Error::input(fault, "Write 0.4 for one, or 0.4,0.9 for two."));
        }
        mixed = mixed.with_lengths(widths, lengths);
    }
    if mixed.count() > MAX_VECTORS {
        let fault = format!("The result has {} vectors, and {MAX_VECTORS} fit into a prompt", mixed.count());
        return Err(Error::input(fault, "Keep some of them, or average the words first."));
    }
    if !mixed.is_finite() {
        let fault = "The numbers of the result are too large for a word";
        return Err(Error::input(fault, "Use smaller weights, or leave out the word that is too large."));
    }
    if mixed.values.iter().all(|number| *number == 0.0) {
        let fault = "Nothing is left of the words: all numbers of the result are zero";
        return Err(Error::input(fault, "Change the weights."));
    }
    Ok(mixed)
}

#[cfg(test)]
mod tests;
