//! The job of drawing a grid: rows of images, one after another, as one request.
//!
//! Each row is drawn as by the job of drawing images, and its seeds follow one another. A row that cannot be drawn is
//! said and left out; only if there is no image at all, or the device fails, does the job.

use std::time::Instant;

use super::{generate, save};
use crate::context::{JobContext, JobSignal};
use crate::message::{GridRequest, GridRow, JobSummary};
use crate::session::Studio;
use base::{Error, Result};

pub fn run(
    request: GridRequest,
    studio: &mut dyn Studio,
    context: &mut JobContext<'_>,
) -> Result<JobSummary> {
    let began = Instant::now();
    let (mut count, mut faults) = (0, Vec::new());
    let mut first = 0;
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
            // Every image of the row was left for the next one, or the job is to end.
            Err(Error::Cancelled) => {}
            Err(error) => faults.push(error),
        }
        if context.poll() == JobSignal::Stop {
            break;
        }
    }
    if count == 0 {
        return Err(faults.pop().unwrap_or(Error::Cancelled));
    }
    faults.iter().for_each(|fault| context.warn(format!("A row of the grid is missing: {fault}")));
    Ok(JobSummary::Generated { count, seconds: began.elapsed().as_secs_f64() })
}

/// Draws a row, with the word it takes from a run; how many images there are.
fn draw(row: GridRow, studio: &mut dyn Studio, context: &mut JobContext<'_>) -> Result<usize> {
    if let Some(request) = row.save {
        // No word is saved for a row that cannot be drawn.
        generate::preflight(&row.draw)?;
        if let Some(folder) = request.path.parent() {
            std::fs::create_dir_all(folder).map_err(|e| Error::write(folder, e))?;
        }
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
    use crate::message::{Command, Event, GenerateRequest};
    use crate::queue::test_queue;
    use crate::session::tests::{golden, session};
    use project::{GenerateSettings, SamplerKind};

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
            let draw = GenerateRequest { model: golden(), words: Vec::new(), settings, out: None };
            GridRow { save: None, draw }
        };
        GridRequest { rows: vec![row("a cat"), row("a dog")], drawn }
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
}
