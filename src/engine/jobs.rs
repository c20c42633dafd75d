//! What the engine can do, one file each: functions of a request, of the session and of the job's context, so that
//! each can be run without the engine's thread.

mod bias;
pub mod compare;
mod edit;
mod evaluate;
mod explain;
mod generate;
mod grid;
mod invert;
mod learn;
mod look;
mod measure;
mod mix;
mod save;
mod suggest;
mod tune;

use crate::context::JobContext;
use crate::message::{Command, JobSummary};
use crate::session::{Session, Studio};
use base::{Error, Result};

/// Does what a command asks for.
pub fn run(command: Command, session: &mut Session, context: &mut JobContext<'_>) -> Result<JobSummary> {
    match command {
        Command::OpenModel { model, precision, .. } => {
            session.load(&model, precision, context)?;
            Ok(JobSummary::Opened)
        }
        Command::Learn { request, .. } => learn::run(*request, session, context),
        Command::Compare { request, .. } => compare::run(*request, session, context),
        Command::Evaluate { request, .. } => evaluate::run(&request, session, context),
        Command::Invert { request, .. } => invert::run(&request, session, context),
        Command::Explain { request, .. } => explain::run(&request, session, context),
        Command::Bias { request, .. } => bias::run(&request, session, context),
        Command::Suggest { request, .. } => suggest::run(&request, session, context),
        Command::Tune { request, .. } => tune::run(*request, session, context),
        Command::MeasureDevice { model, precision, .. } => measure::run(&model, precision, session, context),
        command => run_in(command, session, context),
    }
}

/// Does what can be done wherever there is a model.
fn run_in(command: Command, studio: &mut dyn Studio, context: &mut JobContext<'_>) -> Result<JobSummary> {
    match command {
        Command::Generate { request, .. } => generate::run(&request, studio, context),
        Command::Grid { request, .. } => grid::run(*request, studio, context),
        Command::Save { request, .. } => save::run(*request, context),
        Command::Mix { request, .. } => mix::run(*request, studio, context),
        Command::Edit { request, .. } => edit::run(&request, studio, context),
        _ => Err(Error::Internal("a command that is no job was run as one".into())),
    }
}
