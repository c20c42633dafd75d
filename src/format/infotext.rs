//! Generation settings as one text, in the form that AUTOMATIC1111's web UI established.
//!
//! Nearly every program and picture site reads it. Unknown entries are kept, so a picture made elsewhere
//! loses nothing on the way through; a text that is not of this form is all prompt and never an error. What the entries
//! mean here is said in `restore`, and which programs keep JSON instead in `json_forms`.

#[cfg(test)]
mod forms;
mod json_forms;
mod restore;

use std::collections::BTreeMap;

use project::options;

pub use json_forms::read_json;
pub use restore::NamedLora;

const NEGATIVE: &str = "Negative prompt:";
/// What the settings begin with.
const STEPS: &str = "Steps:";
/// Most words and LoRAs that are taken from a text, each of which is compared with the others.
const MOST_NAMED: usize = 256;

/// How a picture was made.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GenerateInfo {
    /// What the picture should show; may have several lines.
    pub prompt: String,
    /// What it should not show; empty for none.
    pub negative_prompt: String,
    /// Number of sampling steps.
    pub steps: u32,
    /// The sampler by its A1111 name, such as `DPM++ 2M Karras`.
    pub sampler: String,
    /// Strength of classifier-free guidance; 1 is none. `None` if unknown.
    pub cfg_scale: Option<f64>,
    /// Seed of the initial noise.
    pub seed: u64,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Identity of the model; A1111 writes ten hexadecimal digits. Empty if unknown.
    pub model_hash: String,
    /// Name of the model; empty if unknown.
    pub model: String,
    /// Further entries in order, such as `Clip skip` and `Denoising strength`.
    pub extra: Vec<(String, String)>,
    /// The learned words used, each with the [hash](super::embedding::read_hashed) of its file.
    pub ti_hashes: Vec<(String, String)>,
    /// The program; empty leaves it out when writing.
    pub version: String,
}

impl GenerateInfo {
    /// The program and its version as [`GenerateInfo::version`] should carry them.
    pub const VERSION: &'static str = concat!("Pseudoword ", env!("CARGO_PKG_VERSION"));

    /// The text of the `parameters` chunk (A1111 `processing.create_infotext`).
    ///
    /// [`parse_parameters`] gets everything back except what the form cannot hold: white space around the
    /// prompts, and a line of the prompt that itself starts with `Negative prompt:`.
    pub fn to_parameters(&self) -> String {
        let mut text = tidy(&self.prompt);
        if !self.negative_prompt.trim().is_empty() {
            text += &format!("\n{NEGATIVE} {}", tidy(&self.negative_prompt));
        }
        let hashes = self.ti_hashes.iter().map(|(word, hash)| format!("{word}: {hash}"));
        let fixed = [
            ("Steps", self.steps.to_string()),
            ("Sampler", self.sampler.clone()),
            ("CFG scale", self.cfg_scale.map(|scale| scale.to_string()).unwrap_or_default()),
            ("Seed", self.seed.to_string()),
            ("Size", format!("{}x{}", self.width, self.height)),
            ("Model hash", self.model_hash.clone()),
            ("Model", self.model.clone()),
        ];
        let last = [("TI hashes", hashes.collect::<Vec<_>>().join(", ")), ("Version", self.version.clone())];
        let extra = self.extra.iter().map(|(key, value)| (key.as_str(), value.clone()));
        let entries = fixed.into_iter().chain(extra).chain(last).filter(|(_, value)| !value.is_empty());
        let line: Vec<_> = entries.map(|(key, value)| format!("{key}: {}", quote(&value))).collect();
        format!("{text}\n{}", line.join(", ")).trim().to_owned()
    }

    /// A further entry, whatever the letter case of its key.
    pub fn entry(&self, key: &str) -> Option<&str> {
        let mut found = self.extra.iter().filter(|(known, _)| known.eq_ignore_ascii_case(key));
        found.next().map(|(_, value)| value.as_str())
    }

    /// Stores an entry in its field; false if it has none or does not fit.
    fn take(&mut self, key: &str, value: &str) -> bool {
        fn number<T: std::str::FromStr>(field: &mut T, value: &str) -> bool {
            value.trim().parse().map(|parsed| *field = parsed).is_ok()
        }
        match key.to_lowercase().as_str() {
            "steps" => number(&mut self.steps, value),
            "cfg scale" | "cfgscale" | "guidance scale" => {
                value.trim().parse().map(|scale| self.cfg_scale = Some(scale)).is_ok()
            }
            "seed" => number(&mut self.seed, value),
            "size" => {
                let sides = options::pair(value, 'x');
                sides.map(|[width, height]| (self.width, self.height) = (width, height)).is_ok()
            }
            "width" => number(&mut self.width, value),
            "height" => number(&mut self.height, value),
            "sampler" => number(&mut self.sampler, value),
            "model hash" => number(&mut self.model_hash, value),
            "model" => number(&mut self.model, value),
            "version" => number(&mut self.version, value),
            "ti hashes" => {
                let words = value.split(", ").filter_map(|entry| entry.rsplit_once(": "));
                words.for_each(|(word, hash)| self.name_word(word, hash));
                !self.ti_hashes.is_empty()
            }
            // As the sites for pictures want it: everything that has a hash, in one entry, which stays as it is.
            "hashes" => {
                let all: BTreeMap<String, String> = serde_json::from_str(value).unwrap_or_default();
                for (name, hash) in &all {
                    match name.split_once(':') {
                        Some(("embed", word)) => self.name_word(word, hash),
                        None if name == "model" && self.model_hash.is_empty() => {
                            self.model_hash.clone_from(hash);
                        }
                        _ => {}
                    }
                }
                false
            }
            _ => false,
        }
    }

    /// Takes in the hash of a word's file, once: other programs name a word as often as it stands in the prompts.
    fn name_word(&mut self, word: &str, hash: &str) {
        let few = self.ti_hashes.len() < MOST_NAMED;
        if few && !self.ti_hashes.iter().any(|(known, _)| known.eq_ignore_ascii_case(word)) {
            self.ti_hashes.push((word.to_owned(), hash.to_owned()));
        }
    }
}

/// Whether a text says how a picture was drawn, and not only what it shows.
pub fn has_settings(text: &str) -> bool {
    let info = parse_parameters(text);
    info.steps > 0 && (!info.sampler.is_empty() || info.cfg_scale.is_some())
}

/// Reads the text of a `parameters` chunk (A1111 `infotext_utils.parse_generation_parameters`).
///
/// The last line holds the settings if it has at least three, or the line that begins with the steps and all below it; all
/// else is prompt and negative prompt. A text that lost its line breaks on the way is parted before its steps. Entries
/// that are missing, or not numbers where numbers belong, leave their field empty or 0; the latter go to
/// `extra`.
pub fn parse_parameters(text: &str) -> GenerateInfo {
    let mut info = GenerateInfo::default();
    let [prompts, settings] = parted(text.trim());
    let mut lines = [Vec::new(), Vec::new()];
    let mut negative = false;
    for line in prompts.lines().map(str::trim) {
        let rest = strip_word(line, NEGATIVE);
        negative |= rest.is_some();
        lines[usize::from(negative)].push(rest.map_or(line, str::trim));
    }
    [info.prompt, info.negative_prompt] = lines.map(|lines| lines.join("\n").trim().to_owned());
    for (key, value) in pairs(&settings) {
        if !info.take(&key, &value) {
            info.extra.push((key, value));
        }
    }
    info.take_resources();
    info
}

/// The prompts of a text, and its settings on one line.
fn parted(text: &str) -> [String; 2] {
    // The heading under which A1111 shows the chunk.
    let text = text.strip_prefix("parameters\n").unwrap_or(text).trim_start();
    let lines: Vec<&str> = text.lines().collect();
    let joined = |from: usize| {
        let lines = lines[from..].iter().map(|line| line.trim().trim_end_matches(','));
        lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ")
    };
    let begins = |line: &&str| strip_word(line.trim_start(), STEPS).is_some();
    let last = lines.len().saturating_sub(1);
    let at = lines.iter().rposition(begins).filter(|at| pairs(&joined(*at)).len() >= 3);
    if let Some(at) = at {
        return [lines[..at].join("\n"), joined(at)];
    }
    let line = lines.last().copied().unwrap_or_default();
    if pairs(line).len() < 3 {
        return [text.to_owned(), String::new()];
    }
    // The steps within a line: its breaks are gone. Sites put the steps anywhere among the settings, though.
    let number = |at: &usize| {
        let rest = line[at + STEPS.len()..].trim_start();
        line[..*at].ends_with([' ', '.', ',']) && rest.starts_with(|sign: char| sign.is_ascii_digit())
    };
    let prose = |at: &usize| {
        let mut before = pairs(&line[..*at]).into_iter();
        !before.any(|(key, value)| GenerateInfo::default().take(&key, &value))
    };
    match line.match_indices(STEPS).map(|(at, _)| at).find(number).filter(prose) {
        Some(at) => {
            let before =
                lines[..last].iter().copied().chain([line[..at].trim()]).collect::<Vec<_>>().join("\n");
            [before.replacen(&format!(" {NEGATIVE}"), &format!("\n{NEGATIVE}"), 1), line[at..].to_owned()]
        }
        None => [lines[..last].join("\n"), line.to_owned()],
    }
}

/// What follows a word at the beginning of a line, whatever its letter case.
fn strip_word<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let (start, rest) = line.split_at_checked(word.len())?;
    start.eq_ignore_ascii_case(word).then_some(rest)
}

/// A prompt as it can stand in the chunk: lines ended by `\n`, no NUL, which ends PNG text.
fn tidy(prompt: &str) -> String {
    prompt.replace("\r\n", "\n").replace(['\r', '\0'], " ").trim().to_owned()
}

/// A value as JSON text where bare characters would end it.
fn quote(value: &str) -> String {
    let value = value.replace('\0', " ");
    let plain = !value.contains([',', ':', '\n', '\r', '"']) && value.trim() == value;
    // As such it would be read as a list or an object.
    let plain = plain && !value.starts_with(['[', '{']);
    if plain { value } else { serde_json::Value::from(value).to_string() }
}

/// The `key: value` entries of a settings line, in order.
fn pairs(line: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some((key, after)) = rest.split_once(':') {
        let key = key.rsplit(',').next().unwrap_or(key).trim();
        let after = after.trim_start();
        let mut whole = serde_json::Deserializer::from_str(after).into_iter::<serde_json::Value>();
        let value = match after.starts_with(['"', '{', '[']).then(|| whole.next()).flatten() {
            Some(Ok(value)) => {
                let length = whole.byte_offset();
                rest = &after[length..];
                // A list or an object stays as it is written.
                value.as_str().map_or_else(|| after[..length].to_owned(), str::to_owned)
            }
            _ => {
                let end = after.find(',').unwrap_or(after.len());
                rest = &after[end..];
                after[..end].trim().to_owned()
            }
        };
        let named = key.chars().all(|part| part.is_alphanumeric() || " _-/".contains(part));
        if named && key.chars().count() >= 2 {
            found.push((key.to_owned(), value));
        }
    }
    found
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Settings with something in every field.
    pub(crate) fn info() -> GenerateInfo {
        GenerateInfo {
            prompt: "a photo of <cat-toy>, best quality".into(),
            negative_prompt: "blurry: yes, \"text\"".into(),
            steps: 25,
            sampler: "DPM++ 2M Karras".into(),
            cfg_scale: Some(7.5),
            seed: u64::MAX,
            width: 512,
            height: 768,
            model_hash: "6ce0161689".into(),
            model: "sd, v1: \"pruned\" \\ 猫".into(),
            extra: vec![("Clip skip".into(), "2".into()), ("Denoising strength".into(), "0.75".into())],
            ti_hashes: vec![
                ("cat-toy".into(), "0123456789ab".into()),
                ("style".into(), "ba9876543210".into()),
            ],
            version: GenerateInfo::VERSION.into(),
        }
    }

    #[test]
    fn the_text_has_the_established_layout() {
        let info = GenerateInfo { model: "sd-v1-5".into(), negative_prompt: "blurry".into(), ..info() };
        let expected = "a photo of <cat-toy>, best quality\nNegative prompt: blurry\n\
            Steps: 25, Sampler: DPM++ 2M Karras, CFG scale: 7.5, Seed: 18446744073709551615, Size: 512x768, \
            Model hash: 6ce0161689, Model: sd-v1-5, Clip skip: 2, Denoising strength: 0.75, \
            TI hashes: \"cat-toy: 0123456789ab, style: ba9876543210\", Version: ";
        assert_eq!(info.to_parameters(), format!("{expected}{}", GenerateInfo::VERSION));
    }

    #[test]
    fn what_is_written_is_read_back() {
        for prompt in ["a cat", "", "two\nlines: with, colons: and, more: commas", "猫の写真 ❤️", "Steps: 3"]
        {
            for negative_prompt in ["", "ugly\nsecond line", "悪い"] {
                let (prompt, negative_prompt) = (prompt.to_owned(), negative_prompt.to_owned());
                let info = GenerateInfo { prompt, negative_prompt, ..info() };
                assert_eq!(parse_parameters(&info.to_parameters()), info);
            }
        }
        assert_eq!(parse_parameters(&info().to_parameters()), info());
    }

    #[test]
    fn an_edited_picture_of_another_program_is_understood() {
        let text = "a hat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512, \
            Denoising strength: 0.6, Mask mode: Inpaint not masked, Mask blur: 8, Inpaint area: Only masked, \
            Masked area padding: 48, Masked content: fill, Version: v1.10.1";
        let info = parse_parameters(text);
        assert_eq!((info.entry("mask blur"), info.entry("Mask")), (Some("8"), None));
        let (strength, area) = (Some(0.6), project::EditArea::Masked);
        let (invert_mask, feather, padding) = (true, 8, 48);
        let expected =
            project::EditSettings { strength, area, invert_mask, feather, padding, ..Default::default() };
        assert_eq!(project::EditSettings::read(&info.extra), expected);
    }

    #[test]
    fn texts_of_other_programs_are_read_as_far_as_they_go() {
        let text = "cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, Schedule type: Automatic, CFG scale: 7, \
            Seed: -1, Size: 512x512, Hires prompt: \"a, b\", Version: v1.10.1";
        let info = parse_parameters(text);
        assert_eq!((info.steps, info.cfg_scale, info.seed, info.width), (20, Some(7.0), 0, 512));
        let extra = [("Schedule type", "Automatic"), ("Seed", "-1"), ("Hires prompt", "a, b")];
        assert_eq!(info.extra, extra.map(|(key, value)| (key.to_owned(), value.to_owned())));
        let prose = parse_parameters("only: a prompt,\nwith two lines");
        assert_eq!(prose.prompt, "only: a prompt,\nwith two lines");
        for odd in
            ["", ":::,,,:", "a: \"", "a: \"\\", "\"\",: ,:\n::", "x: 1, y: \"q\"\"r\", zz: 3, ww: 4, : 5"]
        {
            let _ = parse_parameters(odd);
        }
    }
}
