//! `pseudoword grid`: pictures side by side that differ in two things, and the same grid again from its file.
//!
//! What a side may be and how its values are written is said in `project::grid`; here words and runs are found.

use std::path::{Path, PathBuf};

use clap::Args;

use super::draw_with::{DrawInto, DrawWith};
use super::job::{self, JOB};
use super::paths;
use base::{Error, Result};
use engine::message::{Command, GenerateRequest, GridRequest, GridRow, GridSheet, SaveRequest};
use format::embedding::{self, EmbeddingFormat};
use format::grid_file;
use project::RunFolder;
use project::grid::{GridDocument, GridKind, GridPlan, GridSide};
use text::grid::{Cell, cells};
use text::prompt::{WordNames, mentioned};

#[derive(Debug, Args)]
#[command(mut_arg("prompt", |prompt| prompt.required_unless_present("again")))]
#[command(mut_arg("word", |word| word.help(WORDS)), mut_arg("out", |out| out.help(OUT)))]
pub struct GridArguments {
    /// What changes downwards: seed, word, weight, step, sampler, spacing, guidance or prompt, an equals sign, and values
    /// with commas between them or a range, such as `weight=0.6-1.4 [5]`
    #[arg(long, value_name = "KIND=VALUES", value_parser = side, required_unless_present = "again")]
    rows: Option<GridSide>,
    /// What changes across, in the same way [default: nothing]
    #[arg(long, value_name = "KIND=VALUES", value_parser = side)]
    columns: Option<GridSide>,
    /// Draw a grid again: its .toml file or its picture. What is typed beside it is laid over what it says
    #[arg(long, value_name = "FILE")]
    again: Option<PathBuf>,
    #[command(flatten)]
    with: DrawWith,
    /// The run whose steps are drawn, for a side of kind step
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
    #[command(flatten)]
    pub(super) into: DrawInto,
}

const WORDS: &str = "Learned words: files, run folders, or names in the window's library; those of --rows word=… need not be named again";
const OUT: &str = "The folder for the pictures and the grid; none that is in it is ever replaced";

/// `weight=0.6, 1, 1.4`.
fn side(text: &str) -> std::result::Result<GridSide, String> {
    let (kind, values) =
        text.split_once('=').ok_or("write what changes, an equals sign and values: seed=1-4")?;
    let side = kind.parse().and_then(|kind: GridKind| GridSide::parse(kind, values));
    side.map_err(|error| error.to_string().trim_end_matches('.').to_owned())
}

pub fn run(arguments: GridArguments) -> Result<()> {
    let GridArguments { rows, columns, again, with, run, into } = arguments;
    let known = again.as_deref().map(grid_file::read).transpose()?;
    let usual = known.as_ref().map(|known| known.settings.clone()).unwrap_or_default();
    let settings = into.settings(usual)?;
    let (old_plan, known) = known.map_or((None, None), |known| (Some(known.plan.clone()), Some(known)));
    let (old_rows, old_columns) = old_plan.map_or((None, None), |plan| (Some(plan.rows), plan.columns));
    let no_rows = || Error::input("Nothing is said of the rows", "Add --rows, such as --rows seed=1-4.");
    let mut plan =
        GridPlan { rows: rows.or(old_rows).ok_or_else(no_rows)?, columns: columns.or(old_columns) };
    plan.validate()?;
    let model = with.model.or(known.as_ref().map(|known| known.model.clone()));
    let mut words = known.as_ref().map(|known| known.words.clone()).unwrap_or_default();
    words.extend(paths::words(with.word)?);
    let run = run.map(paths::run).or(known.and_then(|known| known.run));
    let names = named(&mut plan, &mut words)?;
    let learned = learned(&plan, run.as_deref())?;
    let document = GridDocument { model: paths::model(model)?, words, run, plan, settings };
    let document = document.with_whole_paths()?;
    let request = request(document, names, learned, into.out)?;
    job::run(&into.job, Command::Grid { job: JOB, request: Box::new(request) })
}

/// The names of all words in the files. A side of words may name files too, which join the others; each value becomes what
/// its word is called.
fn named(plan: &mut GridPlan, words: &mut Vec<PathBuf>) -> Result<Vec<Vec<String>>> {
    let mut names = Vec::new();
    for path in words.iter() {
        names.extend(names_in(path)?);
    }
    for side in [Some(&mut plan.rows), plan.columns.as_mut()].into_iter().flatten() {
        for value in side.values.iter_mut().filter(|_| side.kind == GridKind::Word) {
            let known = WordNames::new(&names).find(value, 0);
            if known.is_some_and(|(length, _)| length == value.len()) {
                continue;
            }
            let path = paths::word(paths::typed(value.as_str().into()).map_err(|fault| {
                Error::input(format!("“{value}” is no word: {fault}"), "Name a word or its file.")
            })?)?;
            let own = names_in(&path)?;
            if let Some(name) = own.first().and_then(|names| names.first()) {
                value.clone_from(name);
            }
            names.extend(own);
            words.push(path);
        }
    }
    Ok(names)
}

/// What the words of a file are called.
fn names_in(path: &Path) -> Result<Vec<Vec<String>>> {
    let words = embedding::read_all(path)?;
    let alone = words.len() == 1;
    Ok(words.iter().map(|word| word.names(path, alone)).collect())
}

/// What the run has learned, where its steps are a side of the grid.
fn learned(plan: &GridPlan, run: Option<&Path>) -> Result<Option<(PathBuf, String)>> {
    match (plan.has(GridKind::Step), run) {
        (false, _) => Ok(None),
        (true, None) => Err(Error::input(
            "A grid of training steps needs the run they are of",
            "Name its folder with --run.",
        )),
        (true, Some(run)) => {
            let folder = RunFolder::open(run)?;
            Ok(Some((run.to_path_buf(), folder.manifest()?.concept.word)))
        }
    }
}

/// The pictures of a grid, row by row; the word of a training step is written before the first that needs it.
fn request(
    document: GridDocument,
    mut names: Vec<Vec<String>>,
    learned: Option<(PathBuf, String)>,
    out: PathBuf,
) -> Result<GridRequest> {
    if let Some((_, word)) = &learned {
        if mentioned(&document.settings.prompt, &WordNames::new([[word]])).is_empty() {
            let fault = format!("The prompt does not name {word}, the word of the run");
            return Err(Error::input(fault, "Put it where it belongs in the prompt."));
        }
        names.push(vec![word.clone()]);
    }
    // Of another grid they may be another run's.
    let first = out.join("grid-words");
    let mut others = (2..).map(|number: u32| out.join(format!("grid-words-{number}")));
    let folder = if first.exists() { others.find(|other| !other.exists()).unwrap_or(first) } else { first };
    let mut written = Vec::new();
    let mut row = |Cell { settings, step }: Cell| {
        let mut words = document.words.clone();
        let save = step.zip(learned.as_ref()).and_then(|(step, (run, _))| {
            let path = folder.join(format!("step-{step}.safetensors"));
            words.push(path.clone());
            let first = !written.contains(&step);
            written.push(step);
            let (run, step, format) = (run.clone(), Some(step), EmbeddingFormat::EmbParams);
            first.then_some(SaveRequest { run, step, likeness: 1.0, format, path, receipt: false })
        });
        let draw = GenerateRequest::of(&document.model, words, settings);
        GridRow { save, draw: GenerateRequest { out: Some(out.clone()), ..draw } }
    };
    let rows = cells(&document.plan, &document.settings, &WordNames::new(&names))?;
    let rows = rows.into_iter().map(&mut row).collect();
    let files = std::collections::BTreeMap::new();
    Ok(GridRequest { rows, drawn: 0, sheet: Some(Box::new(GridSheet { document, files })) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use project::GenerateSettings;

    #[test]
    fn sides_are_read_and_refused_with_a_sentence() {
        let read = side("weight=0.6-1.4 [5]").unwrap();
        assert_eq!((read.kind, read.values.len()), (GridKind::Weight, 5));
        assert_eq!(side("Prompt S/R=red, blue").unwrap().kind, GridKind::Prompt);
        for (text, part) in
            [("seed", "equals sign"), ("colour=red", "seed, word"), ("sampler=Restart", "Restart")]
        {
            let said = side(text).unwrap_err();
            assert!(said.contains(part) && !said.ends_with('.'), "{said}");
        }
    }

    #[test]
    fn a_step_is_written_once_and_drawn_with_wherever_it_is() {
        let side = |text| Some(side(text).unwrap());
        let plan = GridPlan { rows: side("seed=1,2").unwrap(), columns: side("step=10,20") };
        let settings = GenerateSettings { prompt: "a <cat>".into(), ..Default::default() };
        let document = GridDocument { model: "m".into(), words: Vec::new(), run: None, plan, settings };
        let learned = Some((PathBuf::from("run"), "<cat>".to_owned()));
        let made = request(document.clone(), Vec::new(), learned.clone(), "out".into()).unwrap();
        let saved: Vec<Option<u64>> = made.rows.iter().map(|row| row.save.as_ref()?.step).collect();
        assert_eq!(saved, [Some(10), Some(20), None, None]);
        let file = |row: &GridRow| row.draw.words[0].file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(file(&made.rows[3]), "step-20.safetensors");
        // The words of an earlier grid stay what they are.
        let place = std::env::temp_dir().join(format!("pseudoword-grid-{}", std::process::id()));
        let folder = || {
            let made = request(document.clone(), Vec::new(), learned.clone(), place.clone()).unwrap();
            made.rows[0].draw.words[0].parent().unwrap().to_path_buf()
        };
        for name in ["grid-words", "grid-words-2", "grid-words-3"] {
            assert_eq!(folder(), place.join(name));
            std::fs::create_dir_all(folder()).unwrap();
        }
        std::fs::remove_dir_all(&place).unwrap();
        let settings = GenerateSettings::default();
        let said =
            request(GridDocument { settings, ..document }, Vec::new(), learned, "out".into()).unwrap_err();
        assert!(said.to_string().contains("<cat>"), "{said}");
    }
}
