//! What a learned word is, in one sentence for people.

use base::units::counted;

use super::word::{CONTAINER, LearnedWord, REMARK};

impl LearnedWord {
    /// What it is, for which model, how many vectors, from what kind of file, how long learned, and anything
    /// odd about it: one sentence.
    pub fn describe(&self) -> String {
        let [count, width] = self.shape;
        let vectors = if count == 1 { "one vector".to_owned() } else { format!("{count} vectors") };
        let numbers = match &self.second {
            Some(second) => format!("{width} and {} numbers", second.shape[1]),
            None => format!("{width} numbers"),
        };
        let model = match self.family() {
            Some(family) => format!("for {}", family.name()),
            None => "for a model of unusual size".into(),
        };
        let velocity = self.metadata.get("modelspec.prediction_type").is_some_and(|said| said == "v");
        let velocity = if velocity { ", v-prediction" } else { "" };
        let lineage = self.lineage().map(|lineage| format!(" ({}{velocity})", lineage.label()));
        let lineage = lineage.unwrap_or_default();
        let mut text = format!("A learned word {model}{lineage}: {vectors} of {numbers}");
        let entry =
            |key: &str| self.metadata.get(key).map(|value| shortened(value)).filter(|v| !v.is_empty());
        if let Some(container) = entry(CONTAINER) {
            text.push_str(&format!(", from {container}"));
        }
        if let Some(model) = entry("ss_sd_model_name") {
            text.push_str(&format!(", learned on {model}"));
        }
        if let Some(steps) = entry("ss_steps").and_then(|steps| steps.parse::<u64>().ok()) {
            text.push_str(&format!(", after {}", counted(steps, "step")));
        }
        if let Some(partner) = self.partner().map(shortened).filter(|_| self.is_negative()) {
            text.push_str(&format!(", for negative prompts beside {partner}"));
        }
        if let Some(likeness) = entry("pseudoword.likeness") {
            text.push_str(&format!(", {likeness} of the way from what it began as"));
        }
        if let Some(start) = entry("pseudoword.start") {
            text.push_str(&format!(", begun from {start}"));
        }
        if let Some(recipe) = self.recipe() {
            let approximate = if recipe.approximate { " (approximate)" } else { "" };
            text.push_str(&format!(", mixed{approximate} as {}", shortened(&recipe.line())));
        }
        if let Some(program) = self.program() {
            text.push_str(&format!(", written by {program}"));
        }
        for oddity in self.oddities() {
            text.push_str(&format!("; {oddity}"));
        }
        text.push('.');
        text
    }

    /// The program that wrote the file, where it says so.
    fn program(&self) -> Option<String> {
        let entry = |key: &str| self.metadata.get(key);
        if let Some(version) = entry("pseudoword.version") {
            return Some(format!("Pseudoword {}", shortened(version)));
        }
        if entry("ss_sd_scripts_commit_hash").is_some() || entry("ss_training_started_at").is_some() {
            return Some("kohya's scripts".into());
        }
        let implementation = entry("modelspec.implementation")?.to_ascii_lowercase();
        implementation.contains("onetrainer").then(|| "OneTrainer".to_owned())
    }

    fn oddities(&self) -> Vec<String> {
        let mut found: Vec<String> = self.metadata.get(REMARK).into_iter().cloned().collect();
        if let Some(family) = self.family()
            && family.widths() != self.widths()
        {
            let usual: Vec<String> = family.widths().iter().map(usize::to_string).collect();
            found.push(format!("the published model has {} numbers a vector", usual.join(" and ")));
        }
        if self.vectors.iter().all(|number| *number == 0.0) {
            found.push("all its numbers are zero".into());
        }
        found
    }
}

/// Text of a file for a sentence: one line, and not too long.
fn shortened(text: &str) -> String {
    let line: String = text.chars().filter(|part| !part.is_control()).take(80).collect();
    line.trim().to_owned()
}
