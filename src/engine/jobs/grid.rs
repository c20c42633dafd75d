//! The job of drawing a grid: rows of images, one after another, as one request.
//!
//! Each row is drawn as by the job of drawing images, and its seeds follow one another. A row that cannot be drawn is
//! said and left out; only if there is no image at all, or the device fails, does the job. Where that is asked for, the
//! whole is written as one picture at the end, with the file that draws it again.

use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::time::Instant;

use super::{generate, save};
use crate::context::{JobContext, JobSignal};
use crate::draw::grid_sheet;
use crate::message::{Event, GridRequest, GridRow, GridSheet, JobSummary};
use crate::sealing::Origin;
use crate::session::Studio;
use base::atomic::write_new_with;
use base::places::make_parent;
use base::{Error, Result};
use format::infotext::parse_parameters;
use format::png_info::{GRID, KEYWORD, read_first_parameters, to_png_texts};

pub fn run(
    request: GridRequest,
    studio: &mut dyn Studio,
    context: &mut JobContext<'_>,
) -> Result<JobSummary> {
    let began = Instant::now();
    let (mut count, mut faults) = (0, Vec::new());
    let mut first = 0;
    let out = request.rows.first().and_then(|row| row.draw.out.clone());
    let mut sheet = request.sheet;
    for mut row in request.rows {
        let all = row.draw.settings.count;
        let done = request.drawn.saturating_sub(first).min(all);
        context.count_from(first + done);
        first += all;
        if done == all {
            continue;
        }
        row.draw.settings.go_on_after(done);
        match draw(row, studio, context) {
            Ok(drawn) => count += drawn,
            Err(error @ (Error::Device(..) | Error::Internal(_))) => return Err(error),
            // The next row would be drawn for nothing too.
            Err(error @ Error::Io { action: "write", .. }) => return Err(error),
            // Every image of the row was left for the next one, or the job is to end.
            Err(Error::Cancelled) => {}
            Err(error) => faults.push(error),
        }
        if let Some(sheet) = &mut sheet {
            sheet.files.extend(context.take_files());
        }
        if context.poll() == JobSignal::Stop {
            break;
        }
    }
    if count == 0 {
        return Err(faults.pop().unwrap_or(Error::Cancelled));
    }
    for (fault, rows) in counted(&faults) {
        context.warn(match (&sheet, rows) {
            (Some(_), 1) => format!("A row of the grid is missing: {fault}"),
            (Some(_), _) => format!("{rows} rows of the grid are missing: {fault}"),
            (None, 1) => format!("A line of the list is not drawn: {fault}"),
            (None, _) => format!("{rows} lines of the list are not drawn: {fault}"),
        });
    }
    if let (Some(sheet), Some(out)) = (sheet, out) {
        write(&sheet, &out, context)?;
    }
    Ok(JobSummary::Generated { count, seconds: began.elapsed().as_secs_f64() })
}

/// What is wrong with rows, each once, with how many it is wrong with.
fn counted(faults: &[Error]) -> Vec<(String, usize)> {
    let mut all: Vec<(String, usize)> = Vec::new();
    for fault in faults.iter().map(Error::to_string) {
        match all.iter_mut().find(|(known, _)| *known == fault) {
            Some((_, rows)) => *rows += 1,
            None => all.push((fault, 1)),
        }
    }
    all
}

/// Writes the sheet of a grid as `grid-00000.png` with the settings inside, and these as `grid-00000.toml` beside it; never
/// over others.
fn write(sheet: &GridSheet, out: &Path, context: &JobContext<'_>) -> Result<()> {
    let GridSheet { document, files } = sheet;
    let [rows, columns] = document.plan.labels();
    let picture = grid_sheet(files, [&rows, &columns]);
    // What an image of it says, so that other programs read it too, with the sides in A1111's words.
    let said = files.values().next().and_then(|file| read_first_parameters(file)).unwrap_or_default();
    let mut info = parse_parameters(&said);
    info.extra.push(("Script".into(), "X/Y/Z plot".into()));
    for (axis, side) in ["Y", "X"].into_iter().zip(document.plan.sides()) {
        info.extra.push((format!("{axis} Type"), side.kind.label().into()));
        info.extra.push((format!("{axis} Values"), side.text()));
    }
    let text = document.to_toml(out)?;
    let bytes = to_png_texts(&picture, &[(KEYWORD, info.to_parameters()), (GRID, text.clone())])?;
    let (sealing, mut number) = (context.sealing(), 0);
    loop {
        let path = out.join(format!("grid-{number:05}.png"));
        let beside = path.with_extension("toml");
        number += 1;
        if path.symlink_metadata().is_ok() || beside.symlink_metadata().is_ok() {
            continue;
        }
        // Another program may have been quicker.
        match sealing.save_new(&path, &bytes, Origin::Drawn) {
            Err(Error::Io { source, .. }) if source.kind() == ErrorKind::AlreadyExists => continue,
            written => written?,
        }
        write_new_with(&beside, |file| file.write_all(text.as_bytes()))?;
        sealing.tell(context);
        [path, beside].into_iter().for_each(|path| context.send(Event::Saved { job: context.job, path }));
        return Ok(());
    }
}

/// Draws a row, with the word it takes from a run; how many images there are.
fn draw(row: GridRow, studio: &mut dyn Studio, context: &mut JobContext<'_>) -> Result<usize> {
    if let Some(request) = row.save {
        // No word is saved for a row that cannot be drawn.
        generate::preflight(&row.draw)?;
        make_parent(&request.path)?;
        save::run(request, context)?;
    }
    match generate::run(&row.draw, studio, context)? {
        JobSummary::Generated { count, .. } => Ok(count),
        _ => Ok(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Command, Event};
    use crate::queue::test_queue;
    use crate::session::tests::{drawing, golden, session};
    use format::png_info::read_text;
    use project::grid::{GridDocument, GridKind, GridPlan, GridSide};
    use project::{GenerateSettings, SamplerKind};
    use std::collections::BTreeMap;
    use text::prompt::WordNames;

    /// Two rows of three images from seed 10 on.
    fn request(drawn: usize) -> GridRequest {
        let row = |prompt: &str| {
            let settings = GenerateSettings {
                prompt: prompt.into(),
                steps: 4,
                count: 3,
                seed: 10,
                sampler: SamplerKind::Ddim,
                ..Default::default()
            };
            let draw = drawing(settings, None);
            GridRow { save: None, draw }
        };
        GridRequest { rows: vec![row("a cat"), row("a dog")], drawn, sheet: None }
    }

    fn images(events: &[Event]) -> Vec<(usize, u64)> {
        let image = |event: &Event| match event {
            Event::Image { job: 1, index, seed, .. } => Some((*index, *seed)),
            _ => None,
        };
        events.iter().filter_map(image).collect()
    }

    #[test]
    fn cells_are_counted_row_by_row_and_what_is_drawn_is_not_drawn_again() {
        let (mut queue, _commands, events) = test_queue();
        let mut session = session();
        for (drawn, expected) in [
            (0, &[(0, 10), (1, 11), (2, 12), (3, 10), (4, 11), (5, 12)][..]),
            (2, &[(2, 12), (3, 10), (4, 11), (5, 12)]),
            (4, &[(4, 11), (5, 12)]),
        ] {
            let summary = run(request(drawn), &mut session, &mut JobContext::new(1, &mut queue)).unwrap();
            assert!(matches!(summary, JobSummary::Generated { count, .. } if count == expected.len()));
            let said: Vec<Event> = events.try_iter().collect();
            assert_eq!(images(&said), expected);
            let latents = said.iter().filter(|event| matches!(event, Event::Latents { index: 5, .. }));
            assert_eq!(latents.count(), 4);
            // How long an image takes is told early in the first one, and after each.
            let paces = said.iter().filter(|event| matches!(event, Event::Pace { job: 1, .. })).count();
            assert_eq!(paces, expected.len() + 1, "{said:?}");
        }
    }

    #[test]
    fn a_row_that_fails_is_left_out_and_a_stop_ends_all() {
        let (mut queue, commands, events) = test_queue();
        let mut session = session();
        let mut broken = request(0);
        broken.rows[0].draw.words = vec!["/nowhere/word.safetensors".into()];
        run(broken, &mut session, &mut JobContext::new(1, &mut queue)).unwrap();
        let said: Vec<Event> = events.try_iter().collect();
        assert_eq!(images(&said), [(3, 10), (4, 11), (5, 12)]);
        assert!(said.iter().any(
            |event| matches!(event, Event::Warning { message, .. } if message.contains("word.safetensors"))
        ));
        commands.send(Command::Stop(1)).unwrap();
        let stopped = run(request(0), &mut session, &mut JobContext::new(1, &mut queue));
        assert_eq!(stopped.unwrap_err().exit_code(), 130);
        assert!(images(&events.try_iter().collect::<Vec<_>>()).is_empty());
    }

    #[test]
    fn what_is_wrong_with_many_rows_is_said_once() {
        let (mut queue, _commands, events) = test_queue();
        let folder = tempfile::tempdir().unwrap();
        let mut broken = request(0);
        broken.rows = [&broken.rows[..1], &broken.rows[..]].concat();
        for row in &mut broken.rows[..2] {
            row.draw.settings.prompt = "a __gone__ cat".into();
            row.draw.settings.wildcards = Some(folder.path().into());
        }
        run(broken, &mut session(), &mut JobContext::new(1, &mut queue)).unwrap();
        let notes = events.try_iter().filter_map(|event| match event {
            Event::Warning { message, .. } => Some(message).filter(|note| note.contains("gone.txt")),
            _ => None,
        });
        let notes: Vec<String> = notes.collect();
        assert!(matches!(&notes[..], [note] if note.starts_with("2 lines of the list are")), "{notes:?}");
    }

    #[test]
    fn the_whole_is_written_with_what_draws_it_again() {
        let (mut queue, _commands, events) = test_queue();
        let mut session = session();
        let out = tempfile::tempdir().unwrap();
        let side = |kind, text| GridSide::parse(kind, text).unwrap();
        let plan = GridPlan {
            rows: side(GridKind::Sampler, "DDIM, Euler"),
            columns: Some(side(GridKind::Seed, "3, 8")),
        };
        let settings = GenerateSettings { prompt: "a cat".into(), steps: 2, ..Default::default() };
        let document = GridDocument { model: golden(), words: Vec::new(), run: None, plan, settings };
        let cells = text::grid::cells(&document.plan, &document.settings, &WordNames::default()).unwrap();
        let row = |cell: text::grid::Cell| GridRow {
            save: None,
            draw: drawing(cell.settings, Some(out.path().to_path_buf())),
        };
        let rows: Vec<GridRow> = cells.into_iter().map(row).collect();
        let sheet = |files| Some(Box::new(GridSheet { document: document.clone(), files }));
        let request = GridRequest { rows, drawn: 0, sheet: sheet(Default::default()) };
        run(request.clone(), &mut session, &mut JobContext::new(1, &mut queue)).unwrap();
        let mut files = BTreeMap::new();
        let mut saved = Vec::new();
        for event in events.try_iter() {
            match event {
                Event::Image { index, path, .. } => _ = files.insert(index, path.unwrap()),
                Event::Saved { path, .. } => saved.push(path),
                _ => {}
            }
        }
        let [picture, beside] = &saved[..] else { panic!("{saved:?}") };
        let names = [picture, beside].map(|path| path.file_name().unwrap().to_string_lossy().into_owned());
        assert_eq!(names, ["grid-00000.png", "grid-00000.toml"]);
        for made in files.values().chain([picture]) {
            let said = format::credentials::ContentCredentials::of(made).unwrap();
            assert!(said.describe().contains("trained algorithmic media") && said.sources.is_empty());
            assert!(said.describe().ends_with("file intact"), "{}: {said:?}", made.display());
        }
        let text = std::fs::read_to_string(beside).unwrap();
        assert_eq!(GridDocument::from_toml(&text, beside).unwrap(), document);
        assert_eq!(read_text(picture, GRID).unwrap().unwrap(), text);
        let info = parse_parameters(&read_first_parameters(picture).unwrap());
        assert_eq!((info.seed, info.prompt.as_str()), (3, "a cat"));
        assert_eq!((info.entry("X Values"), info.entry("Y Values")), (Some("3, 8"), Some("DDIM, Euler")));
        // The first image stands in the upper left cell, enlarged.
        let sheet_picture = image::open(picture).unwrap();
        assert!(sheet_picture.width() > 2 * 64 && files.len() == 4);
        // A grid that broke off after its first row is written whole.
        let rest = GridRequest { drawn: 2, sheet: sheet(files.into_iter().take(2).collect()), ..request };
        run(rest, &mut session, &mut JobContext::new(1, &mut queue)).unwrap();
        assert_eq!(image::open(out.path().join("grid-00001.png")).unwrap(), sheet_picture);
    }
}
