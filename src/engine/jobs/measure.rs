//! The job of measuring how a device calculates fastest: a model's steps say which operations there are, and each way of
//! each is timed. What is found is kept, and used from then on.
//!
//! It ends between any two operations when it is told to, and keeps what it found until then.

use std::path::Path;

use crate::bench::{self, BenchModel, BenchOptions};
use crate::context::JobContext;
use crate::message::JobSummary;
use crate::session::{Session, telling};
use crate::tuning;
use base::{Error, Result};
use project::{LearnSettings, NumberFormat};

pub fn run(
    model: &Path,
    numbers: impl Into<NumberFormat>,
    session: &mut Session,
    context: &mut JobContext<'_>,
) -> Result<JobSummary> {
    let info = &session.device.info;
    if info.is_remote() {
        return Err(Error::input(
            format!("{} can only be measured on the machine that lends it", info.name),
            "Run `pseudoword devices --tune` there, and then `pseudoword serve` anew.",
        ));
    }
    // Its memory is needed.
    session.unload();
    let options = BenchOptions {
        model: BenchModel::Folder(model.to_path_buf()),
        name: String::new(),
        size: None,
        batch: LearnSettings::default().batch_size,
        steps: 1,
        sampling_steps: 1,
        numbers: numbers.into(),
        // The operations are the same, and take less memory.
        low_memory: true,
        compare: None,
    };
    let (dtype, watched) = bench::operations(&session.device, &options, &mut telling(context))?;
    let mut tell = |done, of| {
        context.progress("measuring this device", done, of);
        context.check().is_ok()
    };
    let report = tuning::measure(&session.device, dtype, &watched, &mut tell)?;
    let tuning::TuningReport { file, changed, seconds, operations, .. } = report;
    Ok(JobSummary::Measured { file, operations: operations.len(), changed, seconds })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::test_queue;
    use crate::session::tests::{golden, session};
    use project::Precision;

    #[test]
    fn told_to_end_it_ends_before_anything_is_measured() {
        let (mut queue, commands, _events) = test_queue();
        commands.send(crate::message::Command::Stop(1)).unwrap();
        let ended = run(&golden(), Precision::F32, &mut session(), &mut JobContext::new(1, &mut queue));
        assert!(matches!(ended, Err(Error::Cancelled)), "{ended:?}");
    }

    #[test]
    fn a_device_of_another_machine_is_not_measured_from_here() {
        let (mut queue, _commands, events) = test_queue();
        let mut session = session();
        session.device.info.api = "remote".into();
        let context = &mut JobContext::new(1, &mut queue);
        let refused = run(&golden(), Precision::F32, &mut session, context).unwrap_err();
        assert!(refused.exit_code() == 2 && refused.to_string().contains("devices --tune"), "{refused}");
        assert!(events.try_iter().next().is_none());
    }

    #[test]
    fn a_models_steps_say_what_there_is_to_measure() {
        let options = BenchOptions {
            model: BenchModel::Folder(golden()),
            name: String::new(),
            size: Some(64),
            batch: 1,
            steps: 1,
            sampling_steps: 1,
            numbers: Precision::F32.into(),
            low_memory: true,
            compare: None,
        };
        let (_, watched) = bench::operations(&session().device, &options, &mut |_, _| Ok(())).unwrap();
        let of = |pass| watched.iter().filter(|(asked, _)| asked.pass == pass).count();
        let [forward, backward] =
            [kernels::strategy::Pass::Forward, kernels::strategy::Pass::Backward].map(of);
        println!("{forward} forward, {backward} backward");
        assert!(forward > backward && backward > 4, "{forward} and {backward}");
    }
}
