//! `pseudoword convert`: a learned word from any container into any other, and a pickled model to safetensors.
//!
//! Only files are touched; no network is loaded. Words that are several in one file become one file each, and no
//! file that is there already is replaced without `--force`. All inputs are read before anything is written.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use serde_json::json;

use super::job::stop_flag;
use super::progress::{print_line, tell};
use super::{output, paths};
use base::{Error, Result, places};
use format::checkpoint::convert_to_safetensors;
use format::embedding::{self, EmbeddingFormat, LearnedWord, Reads};
use project::picture::open_picture;
use project::{Concept, sharing};

#[derive(Debug, Args)]
pub struct ConvertArguments {
    /// Files of learned words, of any program, or run folders; or pickled models (.ckpt) with --to safetensors
    #[arg(required = true, value_name = "IN")]
    inputs: Vec<PathBuf>,
    /// What to write: a layout of words, or safetensors for models
    #[arg(long, value_name = "FORMAT", ignore_case = true, value_parser = Target::parser())]
    to: Target,
    /// The file to write, with or without its ending, or a folder for one file for each word
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
    /// Replace files that are there already
    #[arg(long)]
    force: bool,
    /// Of a file with several words, the one called this
    #[arg(long, value_name = "NAME")]
    word: Option<String>,
    /// What the word is called from now on
    #[arg(long, value_name = "NEW")]
    name: Option<String>,
    /// The picture to show on a png-card
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// Print one event a line as JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// What a conversion makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A learned word in this layout.
    Word(EmbeddingFormat),
    /// A model as safetensors.
    Safetensors,
}

impl Target {
    fn parser() -> impl clap::builder::TypedValueParser<Value = Self> {
        let names = EmbeddingFormat::ALL.map(EmbeddingFormat::name).into_iter().chain(["safetensors"]);
        PossibleValuesParser::new(names).try_map(|name| Self::parse(&name.to_lowercase()))
    }

    fn parse(name: &str) -> Result<Self, String> {
        if name == "safetensors" { Ok(Self::Safetensors) } else { name.parse().map(Self::Word) }
    }
}

pub fn run(arguments: &ConvertArguments) -> Result<()> {
    if arguments.picture.is_some() && arguments.to != Target::Word(EmbeddingFormat::PngCard) {
        tell("Note: --picture is not used: only a png-card (--to png-card) shows one.\n");
    }
    match arguments.to {
        Target::Word(format) => words(arguments, format),
        Target::Safetensors => models(arguments),
    }
}

/// A word to be written, and the file it came from.
type Found = (PathBuf, LearnedWord);

fn words(arguments: &ConvertArguments, format: EmbeddingFormat) -> Result<()> {
    let mut found: Vec<Found> = Vec::new();
    let inputs = paths::words(arguments.inputs.clone())?;
    for input in &inputs {
        let words = match &arguments.word {
            Some(name) => vec![embedding::read_named(input, Some(name))?],
            None => embedding::read_all(input)?,
        };
        for word in words {
            // The two halves of a word may both be given; they are the same word.
            if !found.iter().any(|(_, known)| same(known, &word)) {
                found.push((input.clone(), word));
            }
        }
    }
    if let (Some(name), [(_, word)]) = (&arguments.name, found.as_mut_slice()) {
        Concept::of(name).validate()?;
        word.token = Some(name.clone());
    } else if arguments.name.is_some() {
        let fault = format!("There are {} words, and one name is given", found.len());
        return Err(Error::input(fault, "Choose one of them with --word, or leave --name out."));
    }
    let several = found.len() > 1;
    found.iter_mut().for_each(|(input, word)| name(input, word, several));
    let picture =
        arguments.picture.as_deref().map(open_picture).transpose()?.map(|picture| picture.to_rgb8());
    let paths = places(arguments, &found, format)?;
    for ((input, word), path) in found.iter().zip(&paths) {
        places::make_parent(path)?;
        match (format, &picture) {
            (EmbeddingFormat::PngCard, Some(picture)) => embedding::write_card(path, word, Some(picture))?,
            _ => embedding::write(path, word, format)?,
        }
        report(arguments.json, input, word, path, format);
        output::note_ending(path, output::endings(format));
    }
    if !arguments.json {
        let two = found.first().is_some_and(|(_, word)| word.second.is_some());
        tell(&table(format, two));
    }
    Ok(())
}

fn same(a: &LearnedWord, b: &LearnedWord) -> bool {
    (&a.token, a.shape, &a.vectors, &a.second) == (&b.token, b.shape, &b.vectors, &b.second)
}

/// Gives a word a name that prompts can hold, if its file says none: made from the file's.
fn name(input: &Path, word: &mut LearnedWord, several: bool) {
    let usable = word.token.as_deref().is_some_and(|token| Concept::of(token).validate().is_ok());
    if usable {
        return;
    }
    let stem = sharing::file_stem(&input.file_stem().unwrap_or_default().to_string_lossy());
    // What tells words of one file apart may be signs that no prompt can hold.
    let sign = word.token.as_deref().filter(|_| several).and_then(|token| token.chars().next());
    let sign = sign.map(|sign| format!("-{:x}", u32::from(sign))).unwrap_or_default();
    let spaceless: String = stem.chars().map(|part| if part.is_whitespace() { '_' } else { part }).collect();
    word.token = Some(format!("<{spaceless}{sign}>"));
}

/// Where each word goes: the file that was named, or a free name in the folder that was.
fn places(arguments: &ConvertArguments, found: &[Found], format: EmbeddingFormat) -> Result<Vec<PathBuf>> {
    let (out, force) = (&arguments.out, arguments.force);
    if !places::means_folder(out) {
        let [(input, word)] = found else {
            let fault = format!("There are {} words, and {} is no folder", found.len(), out.display());
            let remedy = "Name a folder, with / at its end if it is new, or choose one word with --word.";
            return Err(Error::input(fault, remedy));
        };
        let path = output::with_ending(out, output::endings(format));
        for file in embedding::files(&path, word, format) {
            output::expect_free(&file, force, std::slice::from_ref(input))?;
        }
        return Ok(vec![path]);
    }
    places::expect_folder(out)?;
    let (mut paths, mut taken) = (Vec::new(), Vec::new());
    for (_, word) in found {
        let stem = sharing::file_stem(word.token.as_deref().unwrap_or_default());
        let named = |n: u32| output::numbered(out, &stem, format.extension(), n);
        let files = |path: &Path| embedding::files(path, word, format);
        let path = output::first_free(out, force, &taken, named, files)?;
        taken.extend(files(&path));
        paths.push(path);
    }
    Ok(paths)
}

fn report(json: bool, input: &Path, word: &LearnedWord, path: &Path, format: EmbeddingFormat) {
    let files = embedding::files(path, word, format);
    let mut cautions = sharing::cautions(path, &word.widths());
    cautions.extend(format.loses(word.second.is_some()).map(str::to_owned));
    if json {
        let readers: serde_json::Map<_, _> = format
            .readers(word.second.is_some())
            .iter()
            .map(|(reader, reads)| (reader.program.to_owned(), json!(text(*reads))))
            .collect();
        let event = json!({
            "event": "converted",
            "from": input.to_string_lossy(),
            "paths": files.iter().map(|file| file.to_string_lossy()).collect::<Vec<_>>(),
            "word": word.token,
            "family": word.family(),
            "verdict": word.describe(),
            "format": format.name(),
            "readers": readers,
            "cautions": cautions,
        });
        print_line(&event.to_string());
        return;
    }
    tell(&format!("{}: {}\n", input.display(), word.describe()));
    cautions.iter().for_each(|caution| tell(&format!("{caution}\n")));
    files.iter().for_each(|file| print_line(&file.display().to_string()));
}

fn text(reads: Reads) -> String {
    match reads {
        Reads::Yes => "yes".into(),
        Reads::WithArgument(argument) => format!("with {argument}"),
        Reads::No => "no".into(),
        Reads::Unknown => "not known".into(),
    }
}

/// Who reads a layout, for people.
fn table(format: EmbeddingFormat, two_encoders: bool) -> String {
    let mut out = format!("{} {}\n", format.name(), format.description());
    for (reader, reads) in format.readers(two_encoders) {
        let place = if matches!(reads, Reads::No | Reads::Unknown) { "" } else { reader.place };
        out.push_str(format!("  {:22} {:36} {place}", reader.program, text(reads)).trim_end());
        out.push('\n');
    }
    out
}

/// Pickled models to safetensors, each beside its name in the folder, or to the file named.
fn models(arguments: &ConvertArguments) -> Result<()> {
    if arguments.word.is_some() || arguments.name.is_some() || arguments.picture.is_some() {
        let fault = "A model has no word to choose or to name";
        return Err(Error::input(fault, "Leave --word, --name and --picture out."));
    }
    let found = |input: &PathBuf| paths::model(Some(input.clone()));
    let inputs = arguments.inputs.iter().map(found).collect::<Result<Vec<_>>>()?;
    let folder = places::means_folder(&arguments.out);
    if !folder && inputs.len() > 1 {
        let fault = format!("There are {} models, and --out is no folder", inputs.len());
        return Err(Error::input(fault, "Name a folder, with / at its end if it is new."));
    }
    let target = |input: &PathBuf| {
        if !folder {
            return output::with_ending(&arguments.out, &["safetensors"]);
        }
        // A stem may have dots in it.
        let mut name = input.file_stem().unwrap_or_default().to_owned();
        name.push(".safetensors");
        arguments.out.join(name)
    };
    let targets: Vec<PathBuf> = inputs.iter().map(target).collect();
    for (index, to) in targets.iter().enumerate() {
        output::expect_free(to, arguments.force, &inputs)?;
        if targets[..index].contains(to) {
            let fault = format!("Two models would become {}", to.display());
            return Err(Error::input(fault, "Convert them one by one."));
        }
    }
    let stop = stop_flag("Stopping; nothing half done is left behind.\n")?;
    for (input, to) in inputs.iter().zip(&targets) {
        places::make_parent(to)?;
        let bar = indicatif::ProgressBar::new(100);
        convert_to_safetensors(input, to, &mut |part| bar.set_position((part * 100.0) as u64), &|| {
            stop.load(Ordering::Relaxed)
        })?;
        bar.finish_and_clear();
        output::note_ending(to, &["safetensors"]);
        if arguments.json {
            let (from, to) = (input.to_string_lossy(), to.to_string_lossy());
            let event = json!({"event": "converted", "from": from, "paths": [to], "format": "safetensors"});
            print_line(&event.to_string());
        } else {
            print_line(&to.display().to_string());
        }
    }
    Ok(())
}
