//! `pseudoword explain`: what a learned word, or a text, means to a model.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::job::{self, JOB, JobOptions};
use super::overrides::Overrides;
use super::paths;
use base::Result;
use engine::message::{Command, ExplainRequest};
use project::evaluation::{PLAIN, Score};
use project::meaning::{Explanation, Gibberish, HardPrompt, LookSettings, Near, VectorMeaning, WordMeaning};

#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// The learned word: a file, a run folder, or a name in the window's library
    #[arg(long, value_name = "WORD", required_unless_present = "gibberish")]
    word: Option<PathBuf>,
    /// The model the word was learned on, as for `generate` [default: the starter model]
    #[arg(long, value_name = "PATH")]
    model: Option<PathBuf>,
    /// The sentence it is drawn in; {} stands for it
    #[arg(long, value_name = "TEXT", default_value = PLAIN)]
    image_prompt: String,
    /// Another learned word, towards which pictures are drawn
    #[arg(long, value_name = "WORD", requires = "word")]
    against: Option<PathBuf>,
    /// A text that means nothing to people: what does the model draw for it?
    #[arg(long, value_name = "TEXT")]
    gibberish: Option<String>,
    /// The CLIP that scores: a folder as transformers saves it [default: the model's own, else the one that was fetched,
    /// else none]
    #[arg(long, value_name = "DIR")]
    clip: Option<PathBuf>,
    /// The folder for the pictures and explain.json; what it has of these is replaced
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    pub(super) job: JobOptions,
    #[command(flatten, next_help_heading = "Settings")]
    typed: Overrides<LookSettings>,
}

pub fn run(arguments: ExplainArguments) -> Result<()> {
    let settings = arguments.typed.over(LookSettings::of(4))?;
    settings.validate()?;
    let [word, against] = [arguments.word, arguments.against].map(|word| word.map(paths::word).transpose());
    let (word, against) = (word?, against?);
    let model = paths::model(arguments.model)?;
    let clip = paths::clip_at_hand(arguments.clip, &model);
    let ExplainArguments { gibberish, image_prompt: prompt, out, job, .. } = arguments;
    let request = Box::new(ExplainRequest { model, word, against, gibberish, prompt, clip, settings, out });
    job::run(&job, Command::Explain { job: JOB, request })
}

/// The report as people read it.
pub fn text(report: &Explanation) -> String {
    let mut text = String::new();
    if let Some(word) = &report.word {
        text += &of_word(word);
    }
    if let Some(gibberish) = &report.gibberish {
        text += &of_text(gibberish);
    }
    text
}

fn of_word(word: &WordMeaning) -> String {
    let mut text = format!("{}\n", word.word);
    for vector in &word.vectors {
        text += &of_vector(vector, &word.vectors);
    }
    let sheet = &word.renderings;
    let _ = writeln!(text, "\nDrawn in {}, from the top:", sheet.file.display());
    for row in &sheet.rows {
        let _ = writeln!(text, "  {row}");
    }
    if let Some(sheet) = &word.between {
        let _ = writeln!(text, "\nOn the way in {}: {}", sheet.file.display(), sheet.columns.join(", "));
    }
    let _ = writeln!(
        text,
        "\nWhere in {} each word is looked for, largest and mean probability:",
        word.heat.picture.display()
    );
    for heat in &word.heat.words {
        let (largest, mean) = (heat.largest, heat.mean);
        let _ = writeln!(text, "  {:20} {largest:.3} {mean:.3}  {}", heat.word, heat.file.display());
    }
    text + &of_hard_prompt(&word.hard_prompt)
}

fn of_vector(found: &VectorMeaning, all: &[VectorMeaning]) -> String {
    let VectorMeaning { vector, encoder, length, usual: [low, median, high], .. } = found;
    let encoders = all.iter().any(|other| other.encoder > 1);
    let encoder = if encoders { format!(" in text encoder {encoder}") } else { String::new() };
    let mix = found.mix.iter().map(|part| format!("{:.2} {}", part.weight, part.word));
    let mix = mix.collect::<Vec<_>>().join(" + ");
    let mix = if mix.is_empty() { "none comes close".to_owned() } else { mix };
    format!(
        "\nVector {vector}{encoder}: length {length:.3} (usual {low:.3} to {high:.3}, half below {median:.3})\n  \
         nearest  {}\n  \
         mix      {mix}, which is {:.0} % of it\n",
        listed(&found.nearest),
        100.0 * found.explained
    )
}

fn listed(near: &[Near]) -> String {
    near.iter().map(|near| format!("{} {:.2}", near.word, near.cosine)).collect::<Vec<_>>().join(", ")
}

fn of_hard_prompt(found: &HardPrompt) -> String {
    let how = if found.searched { "sought by CLIP among the nearest" } else { "the nearest" };
    let mut text = format!(
        "\nIn ordinary words: “{}”, {how}; mean cosine {:.2} to its vectors\n",
        found.text, found.cosine
    );
    let score = |score: &Option<Score>| {
        score.map_or_else(|| "-".to_owned(), |s| format!("{:.3} ({:.3} to {:.3})", s.mean, s.low, s.high))
    };
    if let Some(what) = &found.compared_with {
        let (own, word) = (score(&found.likeness), score(&found.word_likeness));
        let _ = writeln!(text, "  likeness to {what}: {own}, of the word {word}; mean and 95 % interval");
    }
    text
}

fn of_text(found: &Gibberish) -> String {
    let words = match found.words.is_empty() {
        true => "no CLIP to name it".to_owned(),
        false => format!("to CLIP it looks like {}", listed(&found.words)),
    };
    format!("\n“{}” is in {}; {words}\n", found.prompt, found.sheet.file.display())
}
