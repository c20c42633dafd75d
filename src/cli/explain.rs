//! `pseudoword explain`: what a learned word, or a text, means to a model.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::job::{self, JOB};
use super::look::LookArguments;
use super::paths;
use base::Result;
use engine::message::{Command, ExplainRequest};
use project::evaluation::{PLAIN, Score};
use project::meaning::{Explanation, Gibberish, HardPrompt, VectorMeaning, WordMeaning, listed};

#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// The learned word: a file, a run folder, or a name in the window's library
    #[arg(long, value_name = "WORD", required_unless_present = "gibberish")]
    word: Option<PathBuf>,
    /// The sentence it is drawn in; {} stands for it
    #[arg(long, value_name = "TEXT", default_value = PLAIN)]
    image_prompt: String,
    /// Another learned word, towards which pictures are drawn
    #[arg(long, value_name = "WORD", requires = "word")]
    against: Option<PathBuf>,
    /// A text that means nothing to people: what does the model draw for it?
    #[arg(long, value_name = "TEXT")]
    gibberish: Option<String>,
    #[command(flatten)]
    pub(super) look: LookArguments,
}

pub fn run(arguments: ExplainArguments) -> Result<()> {
    let ExplainArguments { word, image_prompt: prompt, against, gibberish, look } = arguments;
    let settings = look.settings(4)?;
    let [word, against] = [word, against].map(|word| word.map(paths::word).transpose());
    let (word, against) = (word?, against?);
    let model = paths::model(look.model)?;
    let (clip, out) = (paths::clip_at_hand(look.clip, &model), look.out);
    let request = Box::new(ExplainRequest { model, word, against, gibberish, prompt, clip, settings, out });
    job::run(&look.job, Command::Explain { job: JOB, request })
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
    format!(
        "\nVector {vector}{encoder}: length {length:.3} (usual {low:.3} to {high:.3}, half below {median:.3})\n  \
         nearest  {}\n  \
         mix      {}\n",
        listed(&found.nearest),
        found.mixed()
    )
}

fn of_hard_prompt(found: &HardPrompt) -> String {
    let how = if found.searched { "sought by CLIP among the nearest" } else { "the nearest" };
    let mut text = format!(
        "\nIn ordinary words: “{}”, {how}; mean cosine {:.2} to its vectors\n",
        found.text, found.cosine
    );
    let score = |score: &Option<Score>| score.map_or_else(|| "-".to_owned(), |score| score.to_string());
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
