//! Many prompts in a file: a text with one a line, or a table (`.csv`) with a column for each setting that differs.
//!
//! What the file does not say is as it is set. A row that cannot be drawn is refused with its number; nothing is drawn of a
//! list that is not whole.

use std::path::Path;

use super::generate::GenerateSettings;
use super::options;
use base::{Error, FileKind, Result, text_file};

/// Most prompts of a file.
const MOST: usize = 1000;
/// What columns may be called.
const COLUMNS: &str = "prompt, negative, seed, steps, guidance, sampler, spacing, width, height, count";
/// The columns of a table without a heading.
const UNHEADED: [&str; 2] = ["prompt", "negative"];

/// The settings for each prompt of a file, in its order.
///
/// # Errors
/// [`Error::File`] if there is none, or with the first line that cannot be used.
pub fn read(path: &Path, settings: &GenerateSettings) -> Result<Vec<GenerateSettings>> {
    let text = text_file::read(FileKind::Settings, path)?;
    let refuse = |fault: String| {
        let remedy = format!("Write one prompt a line, or a table with a heading of some of: {COLUMNS}.");
        Error::file(FileKind::Settings, path, fault, remedy)
    };
    let table = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    let found = if table { rows(&text, settings) } else { Ok(lines(&text, settings)) };
    let found = found.map_err(refuse)?;
    match found.len() {
        0 => Err(refuse("it has no prompts".into())),
        count if count > MOST => Err(refuse(format!("it has {count} prompts, more than {MOST}"))),
        _ => Ok(found),
    }
}

/// One prompt a line, without empty lines and remarks behind a `#`.
fn lines(text: &str, settings: &GenerateSettings) -> Vec<GenerateSettings> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| GenerateSettings { prompt: line.to_owned(), ..settings.clone() }).collect()
}

fn rows(text: &str, settings: &GenerateSettings) -> Result<Vec<GenerateSettings>, String> {
    // A table of a country with decimal commas has semicolons between its columns.
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains(';') && !first.contains(',') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(false).flexible(true).trim(csv::Trim::All).delimiter(delimiter);
    let mut columns: Option<Vec<&str>> = None;
    let mut found = Vec::new();
    for record in reader.from_reader(text.as_bytes()).into_records() {
        let record = record.map_err(|error| format!("it is no table ({error})"))?;
        let line = record.position().map_or(0, csv::Position::line);
        if record.iter().all(str::is_empty) {
            continue;
        }
        let Some(columns) = &columns else {
            let names: Vec<String> = record.iter().map(str::to_lowercase).collect();
            let headed = names.iter().any(|name| name == "prompt");
            // Nobody draws the names of settings: it is a heading, and would be drawn as a prompt.
            if !headed && names.iter().all(|name| column(name).is_some()) {
                return Err(format!("line {line}: this heading has no column “prompt”"));
            }
            if !headed {
                columns = Some(UNHEADED.to_vec());
                found.push(row(&UNHEADED, &record, settings, line)?);
                continue;
            }
            let known = names
                .iter()
                .map(|name| column(name).ok_or_else(|| format!("line {line}: there is no setting “{name}”")));
            let known: Vec<&str> = known.collect::<Result<_, _>>()?;
            let again = |place: &usize| !known[*place].is_empty() && known[..*place].contains(&known[*place]);
            if let Some(name) = (1..known.len()).find(again).map(|place| known[place]) {
                return Err(format!("line {line}: there are two columns “{name}”"));
            }
            columns = Some(known);
            continue;
        };
        found.push(row(columns, &record, settings, line)?);
    }
    Ok(found)
}

/// The setting that a heading names; an empty one names none.
fn column(name: &str) -> Option<&'static str> {
    let name = match name {
        "" => return Some(""),
        "negative prompt" | "negative_prompt" => "negative",
        "cfg" | "cfg scale" | "cfg_scale" => "guidance",
        "schedule type" => "spacing",
        other => other,
    };
    COLUMNS.split(", ").find(|known| *known == name)
}

fn row(
    columns: &[&str],
    record: &csv::StringRecord,
    settings: &GenerateSettings,
    line: u64,
) -> Result<GenerateSettings, String> {
    let mut own = settings.clone();
    for (place, value) in record.iter().enumerate().filter(|(_, value)| !value.is_empty()) {
        let Some(column) = columns.get(place) else {
            return Err(format!(
                "line {line} has more columns than the heading; put a text with commas in quotes"
            ));
        };
        take(&mut own, column, value).map_err(|fault| format!("line {line}: {fault}"))?;
    }
    own.validate().map_err(|error| format!("line {line}: {}", error.to_string().trim_end_matches('.')))?;
    Ok(own)
}

/// Takes one value; what is wrong with it if it is.
fn take(settings: &mut GenerateSettings, column: &str, value: &str) -> Result<(), String> {
    fn number<T: std::str::FromStr>(value: &str) -> Result<T, String> {
        value.parse().map_err(|_| format!("“{value}” is no number that fits"))
    }
    let said = |error: Error| error.to_string().trim_end_matches('.').to_owned();
    match column {
        "prompt" => settings.prompt = value.to_owned(),
        "negative" => settings.negative_prompt = value.to_owned(),
        "seed" => settings.seed = options::seed(value)?,
        "steps" => settings.steps = number(value)?,
        "guidance" => settings.guidance = Some(number(value)?),
        "sampler" => settings.sampler = value.parse().map_err(said)?,
        "spacing" => settings.spacing = value.parse().map_err(said)?,
        "width" => settings.width = Some(number(value)?),
        "height" => settings.height = Some(number(value)?),
        "count" => settings.count = number(value)?,
        _ => return Err(format!("“{value}” stands below no heading")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SamplerKind;

    fn list(name: &str, text: &str) -> Result<Vec<GenerateSettings>> {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join(name);
        std::fs::write(&path, text).unwrap();
        let settings = GenerateSettings { negative_prompt: "fog".into(), seed: 7, ..Default::default() };
        read(&path, &settings)
    }

    #[test]
    fn a_prompt_is_a_line_or_a_row() {
        let found = list("a.txt", "# remarks\na cat, red\n\n  a dog \n").unwrap();
        let said: Vec<_> = found.iter().map(|own| (own.prompt.as_str(), own.seed)).collect();
        assert_eq!(said, [("a cat, red", 7), ("a dog", 7)]);
        let table =
            "Prompt,negative,Seed,sampler,cfg,width,count\n\"a cat, red\",,3,Euler a,4.5,64,2\na dog,rain\n";
        let found = list("a.csv", table).unwrap();
        assert_eq!((found[0].prompt.as_str(), found[0].negative_prompt.as_str()), ("a cat, red", "fog"));
        assert_eq!((found[0].seed, found[0].sampler), (3, SamplerKind::EulerAncestral));
        assert_eq!((found[0].guidance, found[0].width, found[0].count), (Some(4.5), Some(64), 2));
        assert_eq!((found[1].prompt.as_str(), found[1].negative_prompt.as_str()), ("a dog", "rain"));
        assert_eq!((found[1].seed, found[1].count), (7, 1));
        let bare = list("a.csv", "a cat;rain\na dog;\n").unwrap();
        assert_eq!((bare[0].negative_prompt.as_str(), bare[1].prompt.as_str()), ("rain", "a dog"));
        let bare = list("a.csv", "steps,wood\n").unwrap();
        assert_eq!((bare[0].prompt.as_str(), bare[0].negative_prompt.as_str()), ("steps", "wood"));
    }

    #[test]
    fn what_cannot_be_used_is_said_with_its_line() {
        for (name, text, part) in [
            ("a.txt", "\n# nothing\n", "no prompts"),
            ("a.csv", "prompt,colour\na,red\n", "line 1: there is no setting “colour”"),
            ("a.csv", "prompt,colour\na,\n", "there is no setting “colour”"),
            ("a.csv", "prompt,,seed\na,red,3\n", "line 2: “red” stands below no heading"),
            ("a.csv", "prompt,steps\na,5\nb,many\n", "line 3: “many”"),
            ("a.csv", "prompt,width\na,100\n", "line 2: width is 100"),
            ("a.csv", "prompt\na cat, red\n", "more columns"),
            ("a.csv", "seed\n5\n", "line 1: this heading has no column “prompt”"),
            ("a.csv", "Negative;CFG;\nfog;4;\n", "this heading has no column “prompt”"),
            ("a.csv", "prompt,prompt\na,b\n", "line 1: there are two columns “prompt”"),
            ("a.csv", "prompt,,,cfg,guidance\na,,,4,5\n", "there are two columns “guidance”"),
            ("a.csv", "prompt,sampler\na,Restart\n", "Restart"),
        ] {
            let said = list(name, text).unwrap_err().to_string();
            assert!(said.contains(part) && said.contains(name), "{said}");
        }
        assert!(list("a.txt", &"a\n".repeat(1001)).unwrap_err().to_string().contains("1001"));
    }
}
