//! `pseudoword study`: sets of questions made from a comparison, and what the answers say.
//!
//! Nothing is loaded or drawn. Answers are given in the window, by whoever has the folder of the set.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::progress::{print_line, tell};
use base::{Error, Result};
use format::read_prompt;
use project::evaluation::Score;
use project::study::{
    Answers, PartReport, People, StudyKey, StudyKind, StudyReport, StudySet, StudySettings, make,
};
use serde_json::json;

/// Most questions of a set.
const MOST: i64 = 1000;

#[derive(Debug, Subcommand)]
pub enum StudyCommand {
    /// Make a set of questions from the pictures of a comparison
    New(NewArguments),
    /// Say what the answers to a set say, together
    Score(ScoreArguments),
}

#[derive(Debug, Args)]
pub struct NewArguments {
    /// The folder of the comparison
    #[arg(long, value_name = "DIR")]
    comparison: PathBuf,
    /// How many questions; half of them are of likeness, half of the match to a text
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=MOST))]
    questions: u16,
    /// Where chance begins: which pictures are asked about, and in which order
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The methods to compare, two to five [default: the first five that learn, then baselines]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    methods: Vec<String>,
    /// The new folder of the set
    #[arg(long, value_name = "SET")]
    out: PathBuf,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct ScoreArguments {
    /// The folder of the set, with its key
    #[arg(value_name = "SET")]
    set: PathBuf,
    /// Files of answers that came back, beside those in the folder
    #[arg(value_name = "ANSWERS")]
    answers: Vec<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl StudyCommand {
    pub fn speaks_json(&self) -> bool {
        match self {
            Self::New(arguments) => arguments.json,
            Self::Score(arguments) => arguments.json,
        }
    }
}

pub fn run(command: StudyCommand) -> Result<()> {
    match command {
        StudyCommand::New(arguments) => new(arguments),
        StudyCommand::Score(arguments) => score(&arguments),
    }
}

fn new(arguments: NewArguments) -> Result<()> {
    let NewArguments { comparison, questions, seed, methods, out, json } = arguments;
    if methods.len() == 1 {
        return Err(Error::input(
            "One method cannot be compared",
            "Name two to five, or none for the usual.",
        ));
    }
    let settings = StudySettings { questions: questions.into(), seed, methods };
    let notes = make(&comparison, &out, &settings, &read_prompt)?;
    if json {
        let questions = StudySet::load(&out)?.questions.len();
        print_line(
            &json!({ "set": out.to_string_lossy(), "questions": questions, "notes": notes }).to_string(),
        );
        return Ok(());
    }
    notes.iter().for_each(|note| tell(&format!("Note: {note}\n")));
    print_line(&out.display().to_string());
    Ok(())
}

fn score(arguments: &ScoreArguments) -> Result<()> {
    let folder = &arguments.set;
    let set = StudySet::load(folder)?;
    let Some(key) = StudyKey::load(folder, &set)? else {
        let fault = format!("{} was given away without the key to its methods", folder.display());
        return Err(Error::input(fault, "Score the set where it was made, with the answers from here."));
    };
    let mut people = People::of(folder, &set)?;
    let others = arguments.answers.iter().map(|path| Answers::read(path, &set));
    people.merge(&set, others.collect::<Result<_>>()?);
    people.faults.iter().for_each(|fault| tell(&format!("Note: {fault}\n")));
    let report = StudyReport::of(&set, &key, &people.answers);
    if arguments.json {
        print_line(&json!(report).to_string());
        return Ok(());
    }
    if report.parts.is_empty() {
        tell("Nobody has answered a question yet: open the set in the window, in Compare.\n");
    }
    report.parts.iter().for_each(|part| print_line(&table(part, report.people)));
    Ok(())
}

/// What was found of one kind of question.
fn table(part: &PartReport, people: usize) -> String {
    let by = match part.kind {
        StudyKind::Likeness => "likeness to the pictures",
        StudyKind::Obedience => "match to the text",
    };
    let width = part.methods.iter().map(|method| method.method.chars().count()).max().unwrap_or(0).max(6);
    let people = if people == 1 { "1 person".into() } else { format!("{people} people") };
    let mut text = format!("Ranked by {by}: {} answers of {people}\n", part.rankings);
    let (ranks, strengths) = ("mean rank (95 %)", "strength (95 %)");
    let _ = writeln!(text, "  {:width$}  {ranks:24}  {strengths}", "method");
    for method in &part.methods {
        let (rank, strength) = (interval(&method.mean_rank), interval(&method.strength));
        let _ = writeln!(text, "  {:width$}  {rank:24}  {strength}", method.method);
    }
    if let Some(agreement) = &part.agreement {
        let _ = writeln!(text, "  agreement with CLIP (Kendall's tau, -1 to 1): {}", interval(agreement));
    }
    text
}

fn interval(score: &Score) -> String {
    let within = score.interval().map(|[low, high]| format!(" ({low:.2} to {high:.2})"));
    format!("{:.2}{}", score.mean, within.unwrap_or_default())
}
