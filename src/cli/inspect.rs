//! `pseudoword inspect`: what a file or folder is, in a few lines.
//!
//! Headers and configurations only; no network is loaded and nothing is changed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::paths;
use super::progress::{print, print_line, tell};
use base::{Error, FileKind, Result, places};
use format::credentials::ContentCredentials;
use format::embedding::{Receipt, Signed};
use format::lora::Lora;
use format::{LearnedWord, Weights, embedding, parse_parameters, png_info};
use model::card::ModelCard;
use model::embeddings::norm;
use models::discovery::{Holds, Kind, LARGEST_WORD, recognise};
use models::named_files::named_among;
use project::{DataDir, RunFolder};

/// Says what each of these is. What cannot be read is told of, and the rest still looked at.
pub fn run(paths: &[PathBuf]) -> Result<()> {
    let (mut refused, mut code) = (Vec::new(), 0);
    for (index, path) in paths.iter().enumerate() {
        if paths.len() > 1 {
            print_line(&format!("{}{}", if index > 0 { "\n" } else { "" }, path.display()));
        }
        match one(path, paths) {
            Err(error) if paths.len() > 1 => {
                tell(&format!("{error}\n"));
                (refused, code) = ([refused, vec![path.display().to_string()]].concat(), error.exit_code());
            }
            done => done?,
        }
    }
    match refused.as_slice() {
        [] => Ok(()),
        refused => Err(Error::Reported(format!("Nothing is known of {}.", refused.join(", ")), code)),
    }
}

/// `beside` are all that are looked at.
fn one(path: &Path, beside: &[PathBuf]) -> Result<()> {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let mut line = |label: &str, value: &dyn std::fmt::Display| {
        let _ = writeln!(
            text,
            "{:14} {}",
            without_controls(label, false),
            without_controls(&value.to_string(), true)
        );
    };
    let run = paths::run(path.to_path_buf());
    places::expect_plain(FileKind::Embedding, path)?;
    if super::holds_run(&run) {
        run_folder(&run, &mut line)?;
    } else if let Some(run) = paths::run_of_checkpoint(path) {
        let word = RunFolder::open(run)?.manifest()?.concept.word;
        line("checkpoint", &format!("of {word}, learned in the run {}", run.display()));
    } else if path.is_dir() {
        model(&ModelCard::read(path)?, &mut line);
    } else {
        file(path, beside, &mut line)?;
    }
    print(&text);
    Ok(())
}

type Line<'a> = dyn FnMut(&str, &dyn std::fmt::Display) + 'a;

fn run_folder(path: &Path, line: &mut Line<'_>) -> Result<()> {
    let folder = RunFolder::open(path)?;
    let manifest = folder.manifest()?;
    let status = folder.status()?;
    let concept = &manifest.concept;
    line("run", &path.display());
    line("word", &format!("{} ({}, started as “{}”)", concept.word, concept.kind, concept.initial_word));
    let steps = manifest.settings.steps;
    line("state", &format!("{} after {} of {steps} steps", status.state, status.step));
    if let Some(message) = status.message {
        line("", &message);
    }
    line("model", &manifest.model.display());
    line("pictures", &manifest.pictures.len());
    if let Some(who) = &manifest.permitted_by {
        line("answered for", &format!("by {who}, although pictures are marked against learning"));
    }
    let checkpoints = folder.checkpoints()?;
    let span = checkpoints.first().zip(checkpoints.last());
    line(
        "checkpoints",
        &span.map_or("none".into(), |(a, b)| format!("{}, steps {a} to {b}", checkpoints.len())),
    );
    if let Some(row) = folder.losses()?.last() {
        line("last step", &format!("mean loss {:.5}, vector length {:.3}", row.mean_loss, row.norm));
    }
    Ok(())
}

fn model(card: &ModelCard, line: &mut Line<'_>) {
    card.facts.iter().for_each(|(label, value)| line(label, value));
}

/// A picture with settings or a word in it, a learned word, a LoRA, or a model in one file.
fn file(path: &Path, beside: &[PathBuf], line: &mut Line<'_>) -> Result<()> {
    let parameters = png_info::read_settings(path)?;
    if let Some(parameters) = &parameters {
        line("picture", parameters);
        let (files, _) = named_among(&parse_parameters(parameters), &DataDir::usual(), beside);
        files.iter().for_each(|file| line("", &file.describe()));
    }
    let credentials = ContentCredentials::of(path);
    if parameters.is_some() || credentials.is_some() {
        line("credentials", &credentials.as_ref().map_or("none".into(), ContentCredentials::describe));
    }
    match embedding::read_all(path) {
        Ok(words) => words.iter().for_each(|found| word(found, line)),
        Err(_) if parameters.is_some() || credentials.is_some() => {}
        Err(_) if png_info::is_png(path) => {
            let fault = "the picture carries neither generation settings nor a learned word";
            let remedy = "Choose a picture made by such a program.";
            return Err(Error::file(FileKind::Picture, path, fault, remedy));
        }
        // What is no word may be a model; if it is not, the word's refusal says more.
        Err(refusal) => match ModelCard::read(path) {
            Ok(card) => model(&card, line),
            Err(fault) => {
                if let Ok(lora) = Lora::open(path) {
                    line("LoRA", &lora.describe());
                    lora.metadata().iter().for_each(|(key, value)| line(key, &shortened(value)));
                    return Ok(());
                }
                // A small file that is damaged is more likely a word, unless its ending is one that only models have.
                let ending = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("ckpt"));
                let model = recognise(path, Holds::Anything).filter(|found| found.kind == Kind::Model);
                let sure = |bytes| ending || bytes > LARGEST_WORD || Weights::open_file(path).is_ok();
                return Err(if model.is_some_and(|found| sure(found.bytes)) { fault } else { refusal });
            }
        },
    }
    Ok(())
}

fn word(word: &LearnedWord, line: &mut Line<'_>) {
    line("learned word", &word.token.as_deref().unwrap_or("(the file does not say)"));
    line("", &word.describe());
    let lengths = |values: &[f32], width: usize| {
        values.chunks(width).map(|v| format!("{:.3}", norm(v))).collect::<Vec<_>>().join(", ")
    };
    line("length", &lengths(&word.vectors, word.shape[1]));
    if let Some(second) = &word.second {
        line("second length", &lengths(&second.values, second.shape[1]));
    }
    if let Some(receipt) = Receipt::read(&word.metadata) {
        line("receipt", &"what its maker says of it:");
        receipt.lines().iter().for_each(|(name, value)| line(&format!("  {name}"), value));
    }
    line("signature", &Signed::of(word).describe());
    let plain =
        |key: &str| !["pseudoword.receipt", "pseudoword.signature", "pseudoword.signed_by"].contains(&key);
    for (key, value) in word.metadata.iter().filter(|(key, _)| plain(key)) {
        line(key, &shortened(value));
    }
}

/// Pictures and lists of words may be long.
fn shortened(value: &str) -> String {
    without_controls(&value.chars().take(200).collect::<String>(), false)
}

/// What a stranger's file says must neither move the cursor nor colour what comes after it.
fn without_controls(text: &str, lines: bool) -> String {
    text.chars().map(|sign| if sign.is_control() && !(lines && sign == '\n') { ' ' } else { sign }).collect()
}
