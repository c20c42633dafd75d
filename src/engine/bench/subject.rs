//! What is measured: the networks of a model, or of a family's published sizes with random weights, and one step of each
//! kind on them, as the jobs do it. It takes no times.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use image::RgbImage;

use crate::device::OpenDevice;
use crate::draw;
use base::Result;
use diffusion::{Noise, PredictionType, Schedule, SchedulerConfig};
use format::checkpoint::published_config;
use inversion::objective::read;
use inversion::{Batch, Objective, Vectors};
use model::conditioner::TextEncoder;
use model::config::{ClipTextConfig, PartConfig, UNetConfig};
use model::memory::ModelSizes;
use model::pipeline::{self, Progress, expect_size};
use model::unet::Conditioning;
use model::{ClipTextModel, Conditioner, LdmBertModel, Loader, Pipeline, RandomSource, UNet2dConditionModel};
use project::picture::PreparedPicture;
use project::{Family, NumberFormat, WeightFormat};

use super::{BenchModel, BenchOptions};

/// The networks, and what each step is done with.
pub(super) struct Subject {
    networks: Networks,
    schedule: Schedule,
    batch: Batch,
    vectors: Vectors,
    /// Side of the picture in pixels.
    pub size: u32,
    /// Pixels for each latent, in width and height.
    pub downsampling: usize,
    low_memory: bool,
}

enum Networks {
    Opened(Box<Pipeline>),
    Random(Box<(Conditioner, UNet2dConditionModel)>),
}

impl Subject {
    /// Loads or makes the networks on `open`.
    ///
    /// # Errors
    /// As opening a model; that of `progress`, which is called while it is read.
    pub fn new(open: &OpenDevice, options: &BenchOptions, progress: &mut Progress<'_>) -> Result<Self> {
        let device = &open.device;
        let (networks, config, downsampling) = match &options.model {
            BenchModel::Folder(path) => {
                let model = Pipeline::open(path, device, options.numbers, progress)?;
                let (config, step) = (draw::scheduler(&model)?, model.vae_config.downsampling());
                (Networks::Opened(Box::new(model)), config, step)
            }
            BenchModel::Random(family) => {
                let networks = random(*family, device, options.numbers)?;
                let velocity = *family == Family::Sd2;
                let prediction = if velocity { PredictionType::VPrediction } else { PredictionType::Epsilon };
                (Networks::Random(Box::new(networks)), SchedulerConfig::stable_diffusion(prediction), 8)
            }
        };
        let schedule = Schedule::new(&config);
        let (conditioner, unet) = networks.parts();
        let size = options.size.unwrap_or((unet.config.side() * downsampling) as u32);
        expect_size(downsampling as u32, size, size)?;
        let side = size as usize / downsampling;
        let latent = [unet.config.in_channels, side, side];
        let (batch, vectors) = batch(conditioner, &schedule, latent, options.batch);
        Ok(Self { networks, schedule, batch, vectors, size, downsampling, low_memory: options.low_memory })
    }

    /// Number of parameters of the text encoders and the U-Net.
    pub fn parameters(&self) -> usize {
        let (conditioner, unet) = self.networks.parts();
        ModelSizes::parameters(conditioner, &unet.config)
    }

    /// Asks for all that a learning step asks for, so that it is compiled.
    ///
    /// # Errors
    /// [`base::Error::Device`] if the device fails.
    pub fn rehearse(&self) -> Result<()> {
        self.objective().rehearse(&self.vectors, &self.batch, &mut |_, _| Ok(()))
    }

    /// Forward, backward and the gradient read back; the loss.
    ///
    /// # Errors
    /// [`base::Error::Device`] if the device fails.
    pub fn learn(&self) -> Result<f64> {
        let gradient = || self.objective().gradient(&self.vectors, &self.batch, 1.0);
        kernels::awake(gradient).map(|(loss, _)| loss)
    }

    fn objective(&self) -> Objective<'_> {
        let (conditioner, unet) = self.networks.parts();
        let (size, low_memory) = ([self.size; 2], self.low_memory);
        let (schedule, negative) = (&self.schedule, None);
        Objective { conditioner, unet, schedule, clip_skip: 1, size, low_memory, negative }
    }

    /// The two sentences of a guided drawing, encoded, which is done once for all its steps.
    ///
    /// # Errors
    /// [`base::Error::Device`] if the device fails.
    pub fn sentences(&self) -> Result<Conditioning> {
        let (conditioner, _) = self.networks.parts();
        let learned = self.vectors.to_tensor(&conditioner.device());
        let ids = vec![self.batch.ids[0].clone(); 2];
        let given = conditioner.encode(&ids, Some(&learned), 1, [self.size; 2]);
        // Reading waits for the device, so that no step pays for it.
        read(given.context.clone())?;
        Ok(given)
    }

    /// One call of the U-Net on the two rows of a guided step, read back.
    ///
    /// # Errors
    /// [`base::Error::Device`] if the device fails.
    pub fn sample(&self, given: &Conditioning) -> Result<()> {
        let (conditioner, unet) = self.networks.parts();
        let [channels, height, width] = self.batch.latent;
        let one = &self.batch.noise[..channels * height * width];
        let input = TensorData::new(one.repeat(2), [2, channels, height, width]);
        let input = Tensor::<4>::from_data(input, &conditioner.device()).cast(unet.dtype);
        kernels::awake(|| read(unet.forward(input, &[500.0; 2], given))).map(drop)
    }

    /// Loads the autoencoder and encodes a picture, as is done for each before the first learning step; `None` for
    /// random weights, which have no autoencoder.
    ///
    /// # Errors
    /// As opening a model.
    pub fn encode(&mut self) -> Result<Option<()>> {
        let Networks::Opened(model) = &mut self.networks else { return Ok(None) };
        let picture =
            PreparedPicture { rgb: RgbImage::new(self.size, self.size), weight: None, caption: None };
        let device = model.device.clone();
        inversion::encode(model.vae()?, &picture, false, &device)?;
        model.drop_vae();
        Ok(Some(()))
    }
}

impl Networks {
    fn parts(&self) -> (&Conditioner, &UNet2dConditionModel) {
        match self {
            Self::Opened(model) => (&model.conditioner, &model.unet),
            Self::Random(networks) => (&networks.0, &networks.1),
        }
    }
}

/// The networks of a family at their published sizes; their parameters are noise.
fn random(
    family: Family,
    device: &Device,
    numbers: NumberFormat,
) -> Result<(Conditioner, UNet2dConditionModel)> {
    let mut source = RandomSource::new(1);
    let mut loader = Loader::new(&mut source, device, pipeline::dtype(numbers.precision));
    let clip = |part| published::<ClipTextConfig>(family, part);
    let conditioner = match family {
        Family::Sd1 | Family::Sd2 => {
            let model = ClipTextModel::load(&mut loader, &clip("text_encoder")?)?;
            Conditioner::single(TextEncoder::Clip(model))
        }
        Family::Sdxl => {
            let first = ClipTextModel::load(&mut loader, &clip("text_encoder")?)?;
            let second = ClipTextModel::load_projecting(&mut loader, &clip("text_encoder_2")?)?;
            Conditioner::pair(first, second, true)
        }
        Family::Ldm => {
            let model = LdmBertModel::load(&mut loader, &published(family, "text_encoder")?)?;
            Conditioner::single(TextEncoder::Bert(model))
        }
    };
    let config: UNetConfig = published(family, "unet")?;
    loader.eight_bits = numbers.weights == WeightFormat::EightBit;
    Ok((conditioner, UNet2dConditionModel::load(&mut loader, &config)?))
}

fn published<C: PartConfig>(family: Family, part: &str) -> Result<C> {
    C::read(published_config(family, part)?, Path::new(part))
}

/// A batch of noise with the word once in every sentence, and a word to start from.
fn batch(
    conditioner: &Conditioner,
    schedule: &Schedule,
    latent: [usize; 3],
    rows: usize,
) -> (Batch, Vectors) {
    let len = rows * latent.iter().product::<usize>();
    let encoders = &conditioner.encoders;
    let ids: Vec<u32> = encoders
        .iter()
        .flat_map(|encoder| {
            let (words, window) = (encoder.vocabulary().size() as u32, encoder.positions());
            let word = move |i: u32| if i as usize == 5 % window { words } else { (i * 37) % words };
            (0..window as u32).map(word)
        })
        .collect();
    let batch = Batch {
        ids: vec![ids; rows],
        clean: Noise::new(0).normal(0, len),
        noise: Noise::new(0).normal(1, len),
        timesteps: (0..rows).map(|row| (row * 331 + 500) % schedule.num_train_timesteps()).collect(),
        weight: None,
        latent,
    };
    let start: Vec<_> = encoders.iter().map(|encoder| (encoder.vocabulary(), [0].as_slice())).collect();
    (batch, Vectors::from_tokens(&start, 1))
}
