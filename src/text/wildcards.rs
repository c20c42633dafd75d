//! Prompts with something left to chance: `{red|blue}` is one of these, `__colour__` a line of the file `colour.txt`.
//!
//! What is drawn depends on the seed and the place in the prompt alone, so a seed gives the same prompt every time. Choices
//! may stand within choices and in files. What has no bar, no closing bracket, or a backslash before it is text as ever.

use std::path::{Component, Path};

use base::{Error, FileKind, Result, text_file};
use project::random::Random;
use project::{DataDir, GenerateSettings};

/// How deep files may name each other, and how long a prompt may become, in bytes.
const DEEPEST: usize = 16;
const LONGEST: usize = 1 << 16;
/// What stands around the name of a file.
const MARK: &str = "__";

/// What a text begins with.
enum Part<'a> {
    /// Something that is as it is.
    Text,
    /// A line of the file of this name.
    File(&'a str),
    /// One of these.
    Choice(Vec<&'a str>),
}

/// What a text begins with behind a sign, and its length; `None` at the end.
fn first(text: &str, before: Option<char>) -> Option<(Part<'_>, usize)> {
    let sign = text.chars().next()?;
    if sign == '\\' {
        return Some((Part::Text, 1 + text[1..].chars().next().map_or(0, char::len_utf8)));
    }
    let file = named(text, before);
    let part = file.map(|(name, length)| (Part::File(name), length));
    let part = part.or_else(|| choice(text).map(|(choices, length)| (Part::Choice(choices), length)));
    Some(part.unwrap_or((Part::Text, sign.len_utf8())))
}

/// Whether something in the prompts is left to chance.
pub fn any(settings: &GenerateSettings) -> bool {
    [&settings.prompt, &settings.negative_prompt].into_iter().any(|text| {
        let mut at = 0;
        while let Some((part, length)) = first(&text[at..], text[..at].chars().next_back()) {
            if !matches!(part, Part::Text) {
                return true;
            }
            at += length;
        }
        false
    })
}

/// Puts what is drawn from the seed of these settings into their prompts.
///
/// # Errors
/// [`Error::File`] if a file that is named cannot be read or has no lines, [`Error::Input`] if files name each other
/// without end.
pub fn draw(settings: &mut GenerateSettings) -> Result<()> {
    let folder = settings.wildcards.clone().unwrap_or_else(|| DataDir::usual().wildcards());
    let seed = settings.seed;
    for (stream, text) in [&mut settings.prompt, &mut settings.negative_prompt].into_iter().enumerate() {
        let mut random = Random::stream(seed, stream as u64);
        let mut drawn = String::new();
        put(&mut random, text, &folder, 0, &mut drawn)?;
        *text = drawn;
    }
    Ok(())
}

/// Writes a text with what is drawn in place of what is left to chance.
fn put(random: &mut Random, text: &str, folder: &Path, depth: usize, drawn: &mut String) -> Result<()> {
    let mut at = 0;
    while let Some((part, length)) = first(&text[at..], text[..at].chars().next_back()) {
        if drawn.len() > LONGEST || depth > DEEPEST {
            let fault = "The files of choices name each other without end";
            return Err(Error::input(fault, "Take the name of a file out of those that it names."));
        }
        match part {
            Part::Text => drawn.push_str(&text[at..at + length]),
            Part::File(name) => {
                let lines = lines(folder, name)?;
                let line = lines.get(random.below(lines.len())).cloned().unwrap_or_default();
                put(random, &line, folder, depth + 1, drawn)?;
            }
            Part::Choice(choices) => {
                let chosen = choices.get(random.below(choices.len())).copied().unwrap_or_default();
                put(random, chosen, folder, depth + 1, drawn)?;
            }
        }
        at += length;
    }
    Ok(())
}

/// Whether a text behind a sign begins with what can be the name of a list.
pub(crate) fn is_list(text: &str, before: Option<char>) -> bool {
    named(text, before).is_some()
}

/// The name in `__name__` at the beginning of a text behind a sign, and the length of the whole.
fn named(text: &str, before: Option<char>) -> Option<(&str, usize)> {
    // Within a word two underscores are part of it.
    if before.is_some_and(char::is_alphanumeric) {
        return None;
    }
    let inside = text.strip_prefix(MARK)?;
    let length = inside.find(MARK)?;
    let name = &inside[..length];
    let allowed = |sign: char| sign.is_alphanumeric() || "-_/ ".contains(sign);
    let good = !name.is_empty() && name.trim() == name && !name.starts_with('_') && name.chars().all(allowed);
    good.then_some((name, length + 2 * MARK.len()))
}

/// The choices in `{a|b}` at the beginning of a text, and the length of the whole. Bars in brackets within are not its own.
fn choice(text: &str) -> Option<(Vec<&str>, usize)> {
    text.strip_prefix('{')?;
    let (mut depth, mut square, mut from) = (0_usize, 0_usize, 1);
    let mut choices = Vec::new();
    let mut signs = text.char_indices();
    while let Some((at, sign)) = signs.next() {
        match sign {
            '\\' => _ = signs.next(),
            '{' => depth += 1,
            '}' if depth == 1 => {
                choices.push(&text[from..at]);
                return (choices.len() > 1).then_some((choices, at + 1));
            }
            '}' => depth -= 1,
            '[' => square += 1,
            ']' => square = square.saturating_sub(1),
            '|' if depth == 1 && square == 0 => {
                choices.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    None
}

/// The lines of a file of choices: neither empty ones nor remarks behind a `#`.
fn lines(folder: &Path, name: &str) -> Result<Vec<String>> {
    let file = Path::new(name).with_extension("txt");
    let path = folder.join(&file);
    let refuse = |fault: &str| {
        let remedy = format!("__{name}__ in a prompt is drawn from its lines: write some, one choice each.");
        Error::file(FileKind::Settings, &path, fault, remedy)
    };
    if !file.components().all(|part| matches!(part, Component::Normal(_))) || !path.is_file() {
        return Err(refuse("there is no such file"));
    }
    let lines = text_file::lines(FileKind::Settings, &path)?;
    if lines.is_empty() { Err(refuse("it has no lines to choose from")) } else { Ok(lines) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(folder: &Path, prompt: &str, seed: u64) -> Result<String> {
        let wildcards = Some(folder.to_path_buf());
        let mut settings = GenerateSettings { prompt: prompt.into(), seed, wildcards, ..Default::default() };
        draw(&mut settings)?;
        Ok(settings.prompt)
    }

    #[test]
    fn a_seed_draws_the_same_prompt_everywhere() {
        let place = tempfile::tempdir().unwrap();
        let lines = "# colours\nred\n\n  green \nblue and {light|dark}\n";
        std::fs::create_dir(place.path().join("mood")).unwrap();
        std::fs::write(place.path().join("colour.txt"), lines).unwrap();
        std::fs::write(place.path().join("mood/dark.txt"), "gloomy __colour__").unwrap();
        // As `tests/golden/wildcards.py` draws them.
        for (seed, expected) in EXPECTED.into_iter().enumerate() {
            let prompt = "a __colour__ {hat|{big|small} [sock|shoe]|} on {a} \\{x|y\\}, __mood/dark__";
            assert_eq!(drawn(place.path(), prompt, seed as u64).unwrap(), expected, "seed {seed}");
        }
    }

    /// What seeds 0 to 5 draw.
    const EXPECTED: [&str; 6] = [
        "a green  on {a} \\{x|y\\}, gloomy green",
        "a green  on {a} \\{x|y\\}, gloomy blue and light",
        "a green hat on {a} \\{x|y\\}, gloomy green",
        "a blue and dark small [sock|shoe] on {a} \\{x|y\\}, gloomy green",
        "a green small [sock|shoe] on {a} \\{x|y\\}, gloomy blue and dark",
        "a blue and light  on {a} \\{x|y\\}, gloomy red",
    ];

    #[test]
    fn what_leaves_nothing_to_chance_stays_as_it_is() {
        let nowhere = Path::new("/nowhere");
        for prompt in [
            "",
            "a {} hat",
            "{red}",
            "{red|",
            "a_b__c d",
            "a__b__c",
            "____",
            "__init",
            "\\{a|b\\}",
            "[a|b] snake__",
            "猫\\",
        ] {
            let settings = GenerateSettings { prompt: prompt.into(), ..Default::default() };
            assert!(!any(&settings), "{prompt}");
            assert_eq!(drawn(nowhere, prompt, 3).unwrap(), prompt);
        }
        for prompt in ["a {|b}", "x __colour__", "{{a|b}}", "\\\\{a|b}"] {
            assert!(any(&GenerateSettings { prompt: prompt.into(), ..Default::default() }), "{prompt}");
        }
        let negative_prompt = "{a|b}".into();
        assert!(any(&GenerateSettings { negative_prompt, ..Default::default() }));
        // Nested without a bar of its own.
        assert!(["{a}", "{b}"].contains(&drawn(nowhere, "{{a|b}}", 1).unwrap().as_str()));
    }

    #[test]
    fn files_that_cannot_be_drawn_from_are_said() {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("loop.txt"), "a __loop__ __loop__").unwrap();
        std::fs::write(place.path().join("empty.txt"), "# nothing\n\n").unwrap();
        for (prompt, part) in
            [("__loop__", "without end"), ("__empty__", "no lines"), ("a __gone__", "gone.txt")]
        {
            let said = drawn(place.path(), prompt, 0).unwrap_err().to_string();
            assert!(said.contains(part), "{said}");
        }
        let outside = drawn(&place.path().join("sub"), "__/loop__", 0).unwrap_err().to_string();
        assert!(outside.contains("no such file"), "{outside}");
    }
}
