//! What outlives a job: the device and the model that is loaded on it; and where drawings find both, which may also be a
//! run that learns.
//!
//! Loading looks at the job's signals between any two tensors, so that it ends soon after it is told to. A model stays
//! loaded only while its files are what they were. The length is that of the small models that tests load.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::context::JobContext;
use super::device::{self, OpenDevice};
use super::lent::Lent;
use super::memory::memory;
use super::message::{Event, ModelInfo};
use super::model_hash;
use base::Result;
use burn::tensor::Device;
use format::ModelFiles;
use inversion::Vectors;
use model::memory::ModelSizes;
use model::{Pipeline, pipeline};
use project::files::inside;
use project::{LoraUse, NumberFormat};

/// Whoever has a device and a model on it: the session, or the learning job that lends its own.
pub trait Studio {
    fn device(&self) -> &OpenDevice;

    /// The model at `path` in these numbers and with these LoRAs, with its autoencoder. With LoRAs it
    /// is another model than without.
    fn model(
        &mut self,
        path: &Path,
        numbers: NumberFormat,
        loras: &[LoraUse],
        context: &mut JobContext<'_>,
    ) -> Result<&mut Pipeline>;

    /// The word that is being learned on it, as it is now.
    fn word(&self) -> Option<WordUnderWay> {
        None
    }
}

/// A word that is being learned, to draw with before it is a file.
#[derive(Clone)]
pub struct WordUnderWay {
    /// All that means it in prompts.
    pub names: Vec<String>,
    /// The file that it will be.
    pub path: PathBuf,
    pub vectors: Vectors,
}

/// The open device and the model on it.
pub struct Session {
    pub device: OpenDevice,
    model: Option<Pipeline>,
    /// What the model was read from.
    read: Vec<FoundFile>,
}

impl Session {
    pub fn new(device: OpenDevice) -> Self {
        Self { device, model: None, read: Vec::new() }
    }

    /// The model at `path`, loaded unless it is the one already there and its files are as they were. It knows the
    /// precision that was settled on.
    pub fn load(
        &mut self,
        path: &Path,
        numbers: impl Into<NumberFormat>,
        context: &mut JobContext<'_>,
    ) -> Result<&mut Pipeline> {
        self.model(path, numbers.into(), &[], context)
    }

    /// Forgets the model, so that the next job loads it anew: after an error of the device nothing on it can be
    /// trusted.
    pub fn unload(&mut self) {
        self.model = None;
    }
}

impl Studio for Session {
    fn device(&self) -> &OpenDevice {
        &self.device
    }

    fn model(
        &mut self,
        path: &Path,
        numbers: NumberFormat,
        loras: &[LoraUse],
        context: &mut JobContext<'_>,
    ) -> Result<&mut Pipeline> {
        let numbers = device::numbers(&self.device, numbers);
        let files = files_of(path);
        let kept = self
            .model
            .take()
            .filter(|model| self.read == files && Lent::new(model, &self.device).is(path, numbers, loras));
        let mut pipeline = match kept {
            Some(model) => model,
            None => {
                device::check_precision(&self.device, pipeline::dtype(numbers.precision))?;
                let device = &self.device.device;
                let sizes = ModelSizes::read(&ModelFiles::open_to_edit(path)?)?;
                let apart = sizes.text_apart(memory(&self.device), numbers);
                let text_device = if apart { &Device::flex() } else { device };
                let opened = {
                    let progress = &mut telling(context);
                    Pipeline::open_whole(path, device, text_device, numbers, loras, progress)?
                };
                context.warn_all(&opened.notes);
                opened
            }
        };
        model_hash::begin(path, || {});
        // Every use of a model begins with its autoencoder.
        load_vae(&mut pipeline, context)?;
        say_ready(&pipeline, context);
        self.read = files;
        Ok(self.model.insert(pipeline))
    }
}

/// A file as it was found: its place in the model's folder, its length, and when it was last changed.
type FoundFile = (PathBuf, u64, Option<SystemTime>);

/// What a model in a folder is read from.
const PARTS: [&str; 10] = [
    "model_index.json",
    "scheduler",
    "text_encoder",
    "text_encoder_2",
    "tokenizer",
    "tokenizer_2",
    "unet",
    "vae",
    "vqvae",
    "bert",
];
/// How what is read besides a model in a single file ends.
const BESIDE: [&str; 5] = ["yaml", "vae.safetensors", "vae.pt", "vae.ckpt", "config"];

/// The files that the model at `path` is read from, as they are now: a person may put another model in its place.
fn files_of(path: &Path) -> Vec<FoundFile> {
    let (root, from, depth) = match path.is_dir() {
        true => (path, PARTS.iter().map(|part| path.join(part)).collect::<Vec<_>>(), 1),
        false => {
            let beside = BESIDE.iter().map(|ending| path.with_extension(ending));
            (path.parent().unwrap_or(path), beside.chain([path.to_path_buf()]).collect(), 2)
        }
    };
    let mut found = Vec::new();
    from.iter().for_each(|place| look(root, place, depth, &mut found));
    found.sort();
    found
}

/// Adds what is at `path`, a file, or the files in a folder and in folders below it as `deep`.
fn look(root: &Path, path: &Path, deep: usize, found: &mut Vec<FoundFile>) {
    let Ok(data) = path.metadata() else { return };
    if data.is_file() {
        let place = path.strip_prefix(root).unwrap_or(path).to_path_buf();
        found.push((place, data.len(), data.modified().ok()));
    } else if deep > 0 {
        inside(path).for_each(|inner| look(root, &inner, deep - 1, found));
    }
}

/// Says that a model is there, and what it is.
pub fn say_ready(model: &Pipeline, context: &JobContext<'_>) {
    let info = ModelInfo {
        name: model.files.name(),
        parameters: model.parameters(),
        size: model.native_size(),
        width: model.conditioner.width(),
        family: model.files.family(),
    };
    context.send(Event::ModelReady { job: context.job, model: info });
}

/// Loads a model's autoencoder if it is not there. Like all loading it ends soon after it is told to.
pub fn load_vae(model: &mut Pipeline, context: &mut JobContext<'_>) -> Result<()> {
    model.load_vae(&mut telling(context))
}

/// Says how far loading is, in whole per cents, and lets the person end it.
pub fn telling(context: &mut JobContext<'_>) -> impl FnMut(&'static str, f32) -> Result<()> {
    let mut said = None;
    move |what, fraction| {
        let now = (what, (fraction * 100.0) as u32);
        if said.replace(now) != Some(now) {
            context.send(Event::Loading { job: context.job, what: what.into(), fraction });
        }
        context.check()
    }
}

#[cfg(test)]
pub mod tests {
    use super::super::message::{Command, DeviceChoice, GenerateRequest};
    use super::super::queue::test_queue;
    use super::*;
    use project::{GenerateSettings, Precision, WeightFormat};

    /// A session on the CPU.
    pub fn session() -> Session {
        Session::new(device::open(DeviceChoice::Cpu).unwrap())
    }

    /// The small reference model.
    pub fn golden() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/sd1")
    }

    /// One of the small reference models on the CPU.
    pub fn opened(family: &str) -> Pipeline {
        let (path, device) = (golden().with_file_name(family), session().device.device);
        Pipeline::open(&path, &device, Precision::F32, &mut |_, _| Ok(())).unwrap()
    }

    /// What asks that model for pictures, without learned words.
    pub fn drawing(settings: GenerateSettings, out: Option<PathBuf>) -> GenerateRequest {
        let (model, words, offered) = (golden(), Vec::new(), Default::default());
        GenerateRequest { model, words, offered, settings, out }
    }

    /// The same as an inpainting model in a folder: five more channels, whose weights are those of a wave.
    pub fn inpainting(folder: &Path) -> PathBuf {
        let to = folder.join("inpainting");
        for part in ["text_encoder", "tokenizer", "unet", "vae", "scheduler"] {
            std::fs::create_dir_all(to.join(part)).unwrap();
            for file in std::fs::read_dir(golden().join(part)).unwrap().map(|entry| entry.unwrap()) {
                std::fs::copy(file.path(), to.join(part).join(file.file_name())).unwrap();
            }
        }
        let change = |file: &str, from: &str, into: &str| {
            let text = std::fs::read_to_string(golden().join(file)).unwrap();
            assert!(text.contains(from), "{text}");
            std::fs::write(to.join(file), text.replace(from, into)).unwrap();
        };
        change("model_index.json", "StableDiffusionPipeline", "StableDiffusionInpaintPipeline");
        change("unet/config.json", "\"in_channels\": 4", "\"in_channels\": 9");
        let weights = "unet/diffusion_pytorch_model.safetensors";
        let bytes = std::fs::read(golden().join(weights)).unwrap();
        let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let first = tensors.tensor("conv_in.weight").unwrap();
        let wave = |at: usize| (0.1 * (0.7 * at as f64).sin()) as f32;
        let rows = first.data().chunks_exact(4 * 9 * 4).enumerate();
        let wide: Vec<u8> = rows
            .flat_map(|(row, own)| {
                let added = (row * 45..(row + 1) * 45).flat_map(move |at| wave(at).to_le_bytes());
                own.iter().copied().chain(added)
            })
            .collect();
        let shape = vec![first.shape()[0], 9, 3, 3];
        let wide = safetensors::tensor::TensorView::new(first.dtype(), shape, &wide).unwrap();
        let all = tensors.iter().map(|(name, own)| {
            let widened = name == "conv_in.weight";
            (name, if widened { wide.clone() } else { own })
        });
        std::fs::write(to.join(weights), safetensors::serialize(all, None).unwrap()).unwrap();
        to
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
        assert!(matches!(said.last(), Some(Event::ModelReady { job: 2, .. })), "{said:?}");
        // One fraction over all parts, which never goes back, to the end.
        let fractions = loading(&said);
        assert!(fractions.len() > 20 && fractions.is_sorted(), "{fractions:?}");
        assert_eq!((fractions[0], fractions[fractions.len() - 1]), (0.0, 1.0));
        // It is kept.
        assert!(session.load(&golden(), Precision::F32, &mut context).is_ok());
        assert_eq!(events.try_iter().count(), 1);
        // In 8 bits it is another, of as many numbers.
        let eight = NumberFormat { precision: Precision::F32, weights: WeightFormat::EightBit };
        let counted = |model: &mut Pipeline| (model.numbers, model.parameters());
        let rough = session.load(&golden(), eight, &mut context).map(counted).unwrap();
        assert!(!loading(&events.try_iter().collect::<Vec<_>>()).is_empty());
        let full = session.load(&golden(), Precision::F32, &mut context).map(counted).unwrap();
        assert_eq!((rough, full), ((eight, full.1), (Precision::F32.into(), rough.1)));
    }

    fn loading(said: &[Event]) -> Vec<f32> {
        let fraction = |event: &Event| match event {
            Event::Loading { fraction, .. } => Some(*fraction),
            _ => None,
        };
        said.iter().filter_map(fraction).collect()
    }

    #[test]
    fn a_model_is_loaded_anew_once_a_file_of_it_has_changed() {
        let (mut queue, _commands, events) = test_queue();
        let (folder, mut session) = (tempfile::tempdir().unwrap(), session());
        let mut context = JobContext::new(1, &mut queue);
        let model = inpainting(folder.path());
        let mut loads = || {
            session.load(&model, Precision::F32, &mut context).map(drop).unwrap();
            !loading(&events.try_iter().collect::<Vec<_>>()).is_empty()
        };
        assert!(loads() && !loads());
        let weights = model.join("vae/diffusion_pytorch_model.safetensors");
        let weights = std::fs::File::options().append(true).open(weights).unwrap();
        weights.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert!(loads() && !loads());
        // What no part is read from is nothing to it.
        std::fs::write(model.join("notes.txt"), "mine").unwrap();
        assert!(!loads());
        // Of a single file what lies beside it counts as well.
        let single = folder.path().join("own.safetensors");
        let names = ["own.safetensors", "own.yaml", "own.vae.pt", "own.config/unet/config.json"];
        for (files, name) in (1..).zip(names) {
            let file = folder.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, name).unwrap();
            assert_eq!(files_of(&single).len(), files, "{name}");
        }
    }

    #[test]
    fn the_autoencoder_alone_is_loaded_with_progress_and_can_be_stopped() {
        let (mut queue, commands, events) = test_queue();
        let mut session = session();
        let mut context = JobContext::new(1, &mut queue);
        session.load(&golden(), Precision::F32, &mut context).unwrap().drop_vae();
        let _ = events.try_iter().count();
        commands.send(Command::Stop(1)).unwrap();
        let stopped = session.load(&golden(), Precision::F32, &mut context).map(|_| ());
        assert_eq!(stopped.unwrap_err().exit_code(), 130);
        assert!(loading(&events.try_iter().collect::<Vec<_>>()).len() <= 1);

        // What was stopped there is loaded anew the next time.
        let mut context = JobContext::new(2, &mut queue);
        session.load(&golden(), Precision::F32, &mut context).unwrap().drop_vae();
        let _ = events.try_iter().count();
        session.load(&golden(), Precision::F32, &mut context).unwrap();
        let fractions = loading(&events.try_iter().collect::<Vec<_>>());
        assert!(fractions.len() > 5 && fractions.is_sorted(), "{fractions:?}");
        assert_eq!(fractions.last(), Some(&1.0));
    }
}
