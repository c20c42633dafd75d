//! What outlives a job: the device and the model that is loaded on it.
//!
//! Loading looks at the job's signals between any two tensors, so that it ends soon after it is told to.

use std::path::{Path, PathBuf};

use super::context::JobContext;
use super::device::{self, OpenDevice};
use super::message::{Event, ModelInfo};
use super::model_hash;
use base::Result;
use model::{Pipeline, pipeline};
use project::Precision;

/// The open device and the model on it.
pub struct Session {
    pub device: OpenDevice,
    model: Option<Pipeline>,
}

impl Session {
    pub fn new(device: OpenDevice) -> Self {
        Self { device, model: None }
    }

    /// The model at `path`, loaded unless it is the one already there.
    pub fn load(
        &mut self,
        path: &Path,
        precision: Precision,
        context: &mut JobContext<'_>,
    ) -> Result<&mut Pipeline> {
        let full = std::fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path));
        let kept = self.model.take().filter(|model| {
            let known = std::fs::canonicalize(model.files.path());
            known.is_ok_and(|known| known == full) && model.precision == precision
        });
        let pipeline = match kept {
            Some(model) => model,
            None => {
                device::check_precision(&self.device, pipeline::dtype(precision))?;
                let mut said = None;
                let mut progress = |what: &'static str, fraction: f32| {
                    if said.replace((what, fraction)) != Some((what, fraction)) {
                        context.send(Event::Loading { job: context.job, what: what.into(), fraction });
                    }
                    context.check()
                };
                Pipeline::open(path, &self.device.device, precision, &mut progress)?
            }
        };
        model_hash::begin(path, || {});
        let info = ModelInfo {
            name: pipeline.files.name(),
            parameters: pipeline.parameters(),
            size: pipeline.native_size(),
            width: pipeline.conditioner.width(),
            family: pipeline.files.family(),
        };
        context.send(Event::ModelReady { job: context.job, model: info });
        Ok(self.model.insert(pipeline))
    }

    /// Forgets the model, so that the next job loads it anew: after an error of the device nothing on it can be
    /// trusted.
    pub fn unload(&mut self) {
        self.model = None;
    }
}

#[cfg(test)]
pub mod tests {
    use super::super::message::{Command, DeviceChoice};
    use super::super::queue::test_queue;
    use super::*;

    /// A session on the CPU.
    pub fn session() -> Session {
        Session::new(device::open(DeviceChoice::Cpu).unwrap())
    }

    /// The small reference model.
    pub fn golden() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/sd1")
    }

    #[test]
    fn loading_ends_between_two_tensors_when_the_job_is_stopped() {
        let (mut queue, commands, events) = test_queue();
        let mut session = session();
        let mut context = JobContext::new(1, &mut queue);
        commands.send(Command::Stop(1)).unwrap();
        let stopped = session.load(&golden(), Precision::F32, &mut context).map(|_| ());
        assert_eq!(stopped.unwrap_err().exit_code(), 130);
        let said: Vec<Event> = events.try_iter().collect();
        assert!(matches!(said[..], [Event::Loading { fraction: 0.0, .. }]), "{said:?}");

        let mut context = JobContext::new(2, &mut queue);
        assert!(session.load(&golden(), Precision::F32, &mut context).is_ok());
        let said: Vec<Event> = events.try_iter().collect();
        assert_eq!(said.len(), 5, "{said:?}");
        assert!(matches!(said[4], Event::ModelReady { job: 2, .. }), "{said:?}");
        // It is kept.
        assert!(session.load(&golden(), Precision::F32, &mut context).is_ok());
        assert_eq!(events.len(), 1);
    }
}
