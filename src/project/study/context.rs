//! What a prompt asks for beside the word: the text of a question of obedience.
//!
//! Prompts are told apart by what stands around the word, so that those of a baseline, which have something else in its
//! place or nothing, are known again.

use std::collections::HashSet;

/// Prompts that ask for the concept and nothing else, without the word.
const PLAIN: [&str; 3] = ["", "a photo", "a picture"];

/// Whether a text without the word asks for the concept alone.
pub(super) fn is_plain(context: &str) -> bool {
    PLAIN.contains(&context.to_lowercase().as_str())
}

/// A prompt with `{}` where one of these words is, or any in angle brackets; `None` if there is none.
pub(super) fn template(prompt: &str, words: &[String]) -> Option<String> {
    let prompt = prompt.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some(word) = words.iter().find(|word| !word.is_empty() && prompt.contains(*word)) {
        return Some(prompt.replace(word, "{}"));
    }
    let (before, rest) = prompt.split_once('<')?;
    let (_, after) = rest.split_once('>')?;
    Some(format!("{before}{{}}{after}"))
}

/// The template that a prompt follows with something else, or nothing, in the word's place: the one that says most.
pub(super) fn longest(prompt: &str, templates: &HashSet<String>) -> Option<String> {
    let prompt = prompt.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let fits = |template: &&String| {
        let (before, after) = template.split_once("{}").unwrap_or((template, ""));
        let [before, after] = [before, after].map(|part| part.trim().to_lowercase());
        prompt.len() >= before.len() + after.len() && prompt.starts_with(&before) && prompt.ends_with(&after)
    };
    templates.iter().filter(fits).max_by_key(|template| (template.len(), *template)).cloned()
}

/// A template without the word, its article and the “of” before it, as people read it: “A photo on the beach”.
pub(super) fn without_word(template: &str) -> String {
    let (before, after) = template.split_once("{}").unwrap_or((template, ""));
    let mut before: Vec<&str> = before.split_whitespace().collect();
    before.pop_if(|word| ["a", "an", "the"].contains(&word.to_lowercase().as_str()));
    let of = before.pop_if(|word| word.eq_ignore_ascii_case("of")).is_some();
    let after: Vec<&str> = after.split_whitespace().collect();
    // “Elmo holding”: something is missing at the end.
    let open = (!of && after.is_empty() && before.len() > 1).then_some("…");
    before.into_iter().chain(after).chain(open).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_without_the_word_reads_as_people_say_it() {
        for (template, said) in [
            ("a photo of a {} on the beach", "a photo on the beach"),
            ("an oil painting of {}", "an oil painting"),
            ("Elmo holding a {}", "Elmo holding …"),
            ("a photo of {}", "a photo"),
            ("{}", ""),
        ] {
            assert_eq!(without_word(template), said);
        }
    }

    #[test]
    fn prompts_of_baselines_are_known_by_those_of_the_words() {
        let words = ["<mug>".to_owned()];
        let own =
            ["a photo of a <mug>", "a photo of a  <mug> on the beach", "a photo of a <mug> on the moon"];
        let templates: HashSet<String> = own.iter().filter_map(|prompt| template(prompt, &words)).collect();
        let of = |prompt: &str| longest(prompt, &templates).map(|template| without_word(&template));
        assert_eq!(of("A photo of a on the beach").as_deref(), Some("a photo on the beach"));
        assert_eq!(
            of("a photo of a blue mug with a face on the moon").as_deref(),
            Some("a photo on the moon")
        );
        assert_eq!(of("a photo of a mug").as_deref(), Some("a photo"));
        assert_eq!(of("a drawing of a mug"), None);
        assert_eq!(template("a cat <other> here", &words).as_deref(), Some("a cat {} here"));
        assert_eq!(template("a mug", &words), None);
    }
}
