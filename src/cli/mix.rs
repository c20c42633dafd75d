//! `pseudoword mix`: a new word made of others, or of words that a model knows.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Args, FromArgMatches};

use super::job::{self, JOB, JobOptions, Signing};
use super::{export, output, paths, progress};
use base::{Error, Result, places};
use engine::message::{Command, DeviceChoice, MixRequest};
use format::embedding::{self, EmbeddingFormat};
use project::mix::{Ingredient, MixLength, MixOperation, MixSettings, Source};
use project::sharing;

const EXAMPLES: &str = "Words and sentences count in the order in which they are written. Examples:\n  \
    Something of two words:      mix --word cat.safetensors:0.7 --word dog.safetensors:0.3 --out mix\n  \
    A word from a sentence:      mix --sentence 'an old wooden house' --average --model sd15 --out house\n  \
    The same in two vectors:     mix --sentence 'an old wooden house' --vectors 2 --model sd15 --out house\n  \
    Between two words:           mix --word cat --word dog --slerp 0.4 --out between\n  \
    A word, less of another:     mix --word cat --word blur:0.5 --difference --out sharper\n  \
    Older, as a model has it:    mix --word face --sentence old --sentence young --nudge 0.5 --model sd15 --out older\n  \
    Only some of its vectors:    mix --word cat --keep 3,1 --out shorter";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, group = ArgGroup::new("operation").multiple(false))]
pub struct MixArguments {
    #[command(flatten)]
    parts: Parts,
    /// The first without the others, each taken away by its weight
    #[arg(long, group = "operation")]
    difference: bool,
    /// A place on the way from the first to the second: 0 is the first, 1 the second
    #[arg(long, value_name = "PART", group = "operation", value_parser = export::part)]
    slerp: Option<f64>,
    /// The first, moved by what tells the second from the third: 1 is as far as these are from each other
    #[arg(long, value_name = "AMOUNT", group = "operation")]
    nudge: Option<f64>,
    /// One behind the other, with all their vectors
    #[arg(long, group = "operation")]
    join: bool,
    /// Make each word and sentence one vector first, the mean of its own
    #[arg(long, conflicts_with = "vectors")]
    average: bool,
    /// Make each word and sentence so many vectors first, if it has more: means of those that follow one another
    #[arg(long, value_name = "NUMBER")]
    vectors: Option<usize>,
    /// The vectors of the result to keep, in this order, such as 1,3,2 [default: all]
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',')]
    keep: Vec<usize>,
    /// How long its vectors are: as-mixed, usual (as the model's own words are on average), or a length such as 0.4 (0.4,0.9
    /// for the two text encoders of Stable Diffusion XL)
    #[arg(long, value_name = "LENGTH", default_value = "as-mixed", visible_alias = "norm")]
    length: MixLength,
    /// Take words of Stable Diffusion 1 for Stable Diffusion XL: its first text encoder reads them as they are, what the
    /// second reads is approximate. Name the model with --model
    #[arg(long)]
    convert: bool,
    /// The model that says what a sentence is and how long words are, as for `generate` [default: the starter model, where
    /// one is needed]
    #[arg(long, value_name = "PATH")]
    model: Option<PathBuf>,
    /// What the new word is called, such as <cat-dog> [default: made from the file's name]
    #[arg(long, value_name = "WORD")]
    name: Option<String>,
    /// Layout of the file
    #[arg(long, default_value = "emb-params", ignore_case = true, value_parser = export::layout())]
    format: EmbeddingFormat,
    /// The file to write, with or without its ending
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace a file that is there already
    #[arg(long)]
    force: bool,
    /// Print one event a line as JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Words and sentences in the order in which they were typed, each with its weight.
#[derive(Debug)]
struct Parts(Vec<Ingredient>);

impl Args for Parts {
    fn augment_args(command: clap::Command) -> clap::Command {
        let word = Arg::new("word").long("word").value_name("WORD[:WEIGHT]").action(ArgAction::Append);
        let word = word.num_args(1..).value_parser(clap::value_parser!(PathBuf)).help(
            "Learned words: files, run folders, or names in the window's library, each with its weight behind a colon \
             [default weight: 1]",
        );
        let sentence = Arg::new("sentence").long("sentence").value_name("TEXT[:WEIGHT]");
        let sentence = sentence.action(ArgAction::Append).help(
            "Words that the model knows: the vectors of their tokens, with a weight in the same way; takes a model",
        );
        command.arg(word).arg(sentence)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Parts {
    fn from_arg_matches(typed: &ArgMatches) -> Result<Self, clap::Error> {
        let places = |name: &str| typed.indices_of(name).into_iter().flatten();
        let words = typed.get_many::<PathBuf>("word").into_iter().flatten().map(|typed| word(typed));
        let sentences = typed.get_many::<String>("sentence").into_iter().flatten().map(|text| {
            let (text, weight) = weighted(text);
            Ingredient { source: Source::Sentence(text.to_owned()), weight }
        });
        let mut parts: Vec<(usize, Ingredient)> =
            places("word").zip(words).chain(places("sentence").zip(sentences)).collect();
        parts.sort_by_key(|(place, _)| *place);
        Ok(Self(parts.into_iter().map(|(_, part)| part).collect()))
    }

    fn update_from_arg_matches(&mut self, typed: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(typed)?;
        Ok(())
    }
}

/// A word with its weight; a file that is called just so has none.
fn word(typed: &Path) -> Ingredient {
    let split = typed.to_str().filter(|_| !typed.exists()).map(weighted);
    let (path, weight) =
        split.map_or_else(|| (typed.to_path_buf(), 1.0), |(path, weight)| (path.into(), weight));
    Ingredient { source: Source::Word(path), weight }
}

/// What stands before the last colon, and the number behind it; all of it and 1, if none does.
fn weighted(text: &str) -> (&str, f64) {
    let split = text.rsplit_once(':').filter(|(before, _)| !before.is_empty());
    let number = split.and_then(|(before, weight)| Some((before, weight.trim().parse::<f64>().ok()?)));
    number.filter(|(_, weight)| weight.is_finite()).unwrap_or((text, 1.0))
}

pub fn run(arguments: MixArguments) -> Result<()> {
    let MixArguments { difference, slerp, nudge, join, average, vectors, keep, length, convert, .. } =
        arguments;
    let operation = match (difference, slerp, nudge, join) {
        (true, ..) => MixOperation::Difference,
        (_, Some(_), ..) => MixOperation::Slerp,
        (_, _, Some(_), _) => MixOperation::Nudge,
        (.., true) => MixOperation::Join,
        _ => MixOperation::Sum,
    };
    let mut ingredients = arguments.parts.0;
    let amount = slerp.or(nudge).unwrap_or_default();
    for part in &mut ingredients {
        if let Source::Word(path) = &mut part.source {
            *path = paths::word(std::mem::take(path))?;
        }
    }
    let vectors = if average { Some(1) } else { vectors };
    let settings = MixSettings { operation, ingredients, amount, vectors, keep, length, convert };
    settings.validate()?;
    if !operation.weighs() && settings.ingredients.iter().any(|part| part.weight != 1.0) {
        progress::warn(arguments.json, format!("Weights do nothing with --{operation}."));
    }
    if places::means_folder(&arguments.out) {
        let fault = format!("{} is a folder", arguments.out.display());
        return Err(Error::input(fault, "Name the file to write in it, such as cat-dog."));
    }
    let (format, force) = (arguments.format, arguments.force);
    let path = output::with_ending(&arguments.out, output::endings(format));
    // Whether the result is for one text encoder or for two is known once the words are read.
    for file in embedding::files_of(&path, true, format) {
        output::expect_free(&file, force, &[])?;
    }
    let word = arguments.name.unwrap_or_else(|| {
        let stem = sharing::file_stem(&path.file_stem().unwrap_or_default().to_string_lossy());
        format!("<{stem}>")
    });
    let model = match arguments.model {
        None if !settings.needs_model() => None,
        typed => Some(paths::model(typed)?),
    };
    let request = MixRequest { settings, word, model, format, path: path.clone(), draw: None };
    let (devices, signing) = (vec![DeviceChoice::Cpu], Signing::default());
    let options = JobOptions { devices, token_file: None, json: arguments.json, signing };
    job::run(&options, Command::Mix { job: JOB, request: Box::new(request) })?;
    output::note_ending(&path, output::endings(format));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_behind_the_last_colon_is_a_weight() {
        for (text, expected) in [
            ("cat.safetensors:0.7", ("cat.safetensors", 0.7)),
            ("cat:-1", ("cat", -1.0)),
            ("cat", ("cat", 1.0)),
            (r"C:\words\cat.pt", (r"C:\words\cat.pt", 1.0)),
            (r"C:\words\cat.pt:2", (r"C:\words\cat.pt", 2.0)),
            ("a house: old", ("a house: old", 1.0)),
            (":0.5", (":0.5", 1.0)),
            ("cat:inf", ("cat:inf", 1.0)),
        ] {
            assert_eq!(weighted(text), expected);
        }
    }

    #[test]
    fn words_and_sentences_keep_their_order() {
        let line = "pseudoword mix --word a:0.5 b --sentence old:2 --word c --out x --nudge 0.5";
        let read = crate::parse(line.split(' ').map(std::ffi::OsString::from)).unwrap();
        let Some(crate::Command::Mix(read)) = read.command else { panic!("another command") };
        let named = |part: &Ingredient| match &part.source {
            Source::Word(path) => (path.display().to_string(), part.weight),
            Source::Sentence(text) => (format!("“{text}”"), part.weight),
        };
        let named: Vec<_> = read.parts.0.iter().map(named).collect();
        let expected = [("a", 0.5), ("b", 1.0), ("“old”", 2.0), ("c", 1.0)];
        assert_eq!(named, expected.map(|(name, weight)| (name.to_owned(), weight)));
        assert!(
            crate::parse("pseudoword mix --word a --out x --join --slerp 0.5".split(' ').map(Into::into))
                .is_err()
        );
    }
}
