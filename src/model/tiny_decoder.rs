//! The decoder of TAESD, a tiny autoencoder (<https://github.com/madebyollin/taesd>): what latents look like, roughly and
//! at once. It serves to look at a picture that is being drawn; no picture that is kept is made by it.
//!
//! It is read from a file that the artist has put beside the model, in the names of its author or in those of diffusers'
//! `AutoencoderTiny`. Nothing of it comes with the program, and its encoder is passed over.

use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::tensor::{DType, Device, Tensor};

use super::layers::{channels_first, channels_last};
use super::source::{FileSource, Interrupt, Loader};
use base::{Error, FileKind, Result};
use format::Weights;
use kernels::{Conv2d, upsample_nearest};
use project::Family;

/// How many blocks there are at each size, the smallest first.
const BLOCKS: [usize; 4] = [3, 3, 3, 1];
/// Where it is kept, from a folder that the model is in: with the model, and in the folders of ComfyUI and A1111.
const FOLDERS: [&str; 5] = ["", "taesd", "../vae_approx", "../VAE-approx", "../VAE-taesd"];

/// The decoder. Fields are named after what they do: in the file they are numbered.
#[derive(Module, Debug)]
pub struct TinyDecoder {
    conv_in: Conv2d,
    stages: Vec<Stage>,
    conv_out: Conv2d,
    #[module(skip)]
    dtype: DType,
}

/// The blocks of one size, and what follows the doubling.
#[derive(Module, Debug)]
struct Stage {
    blocks: Vec<Block>,
    conv: Option<Conv2d>,
}

/// Three convolutions around a skip connection.
#[derive(Module, Debug)]
struct Block {
    first: Conv2d,
    second: Conv2d,
    third: Conv2d,
}

impl TinyDecoder {
    /// Where the tiny decoder for a model's latents is, if it is anywhere: beside the model, or where ComfyUI and A1111
    /// keep it.
    pub fn find(model: &Path, family: Family) -> Option<PathBuf> {
        let name = match family {
            Family::Sd1 | Family::Sd2 => "taesd_decoder",
            Family::Sdxl => "taesdxl_decoder",
            Family::Ldm => return None,
        };
        // Models may lie a folder deeper than that.
        let folders = model.ancestors().skip(usize::from(!model.is_dir())).take(3);
        let places = folders.flat_map(|folder| FOLDERS.map(|place| folder.join(place)));
        let files =
            places.flat_map(|place| ["safetensors", "pth"].map(|end| place.join(name).with_extension(end)));
        files.into_iter().find(|file| file.is_file())
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Io`] when the file is damaged or something else.
    pub fn open(path: &Path, device: &Device, dtype: DType, interrupt: Interrupt<'_>) -> Result<Self> {
        let weights = Weights::open_file(path)?;
        let first = ["1.weight", "decoder.layers.0.weight"].into_iter().find(|name| weights.contains(name));
        let shape = first.map(|name| weights.shape(name)).transpose()?;
        let Some(&[width, channels, ..]) = shape else {
            let remedy = "Put taesd_decoder.safetensors there (for SDXL: taesdxl_decoder.safetensors), or remove the file.";
            return Err(Error::file(FileKind::Model, path, "it is no decoder of TAESD", remedy));
        };
        // The author counts the clamp before everything, diffusers does not.
        let rename = |name: &str| match name.strip_prefix("decoder.layers.") {
            Some(own) => own.to_owned(),
            None => earlier(name).unwrap_or_else(|| name.to_owned()),
        };
        let ignore = |name: &str| name.starts_with("encoder.");
        let mut source =
            FileSource::new(weights, "tiny autoencoder", path.into(), rename, ignore, interrupt)?;
        let network = Self::load(&mut Loader::new(&mut source, device, dtype), channels, width)?;
        source.finish()?;
        Ok(network)
    }

    fn load(loader: &mut Loader<'_>, channels: usize, width: usize) -> Result<Self> {
        let conv_in = loader.conv3x3("0", channels, width)?;
        // Behind the first convolution and what bends it.
        let mut next = 2;
        let mut stages = Vec::new();
        for (stage, count) in BLOCKS.into_iter().enumerate() {
            let blocks = (next..next + count).map(|at| Block::load(&mut loader.child(at), width));
            let blocks = blocks.collect::<Result<_>>()?;
            next += count;
            let conv = if stage + 1 < BLOCKS.len() {
                let conv = loader.conv(&(next + 1).to_string(), [width; 2], 3, 1, [1; 4], false)?;
                next += 2;
                Some(conv)
            } else {
                None
            };
            stages.push(Stage { blocks, conv });
        }
        let conv_out = loader.conv3x3(&next.to_string(), width, 3)?;
        Ok(Self { conv_in, stages, conv_out, dtype: loader.dtype })
    }

    /// Device of the weights.
    pub fn device(&self) -> Device {
        self.conv_in.device()
    }

    /// Channels of the latents that it decodes.
    pub fn channels(&self) -> usize {
        self.conv_in.channels[0]
    }

    /// The images of scaled latents (as the U-Net sees them), about 0 to 1.
    ///
    /// # Shapes
    /// - `latents`: `[batch, channels, height, width]`
    /// - output: `[batch, 3, 8 height, 8 width]`
    pub fn decode(&self, latents: Tensor<4>) -> Tensor<4> {
        let latents = channels_last((latents.cast(self.dtype) / 3.0).tanh() * 3.0);
        let mut hidden = positive(self.conv_in.forward(latents));
        for stage in &self.stages {
            hidden = stage.blocks.iter().fold(hidden, |hidden, block| block.forward(hidden));
            if let Some(conv) = &stage.conv {
                let [_, height, width, _] = hidden.dims();
                hidden = conv.forward(upsample_nearest(hidden, [2 * height, 2 * width]));
            }
        }
        channels_first(self.conv_out.forward(hidden))
    }
}

impl Block {
    fn load(loader: &mut Loader<'_>, width: usize) -> Result<Self> {
        Ok(Self {
            first: loader.conv3x3("conv.0", width, width)?,
            second: loader.conv3x3("conv.2", width, width)?,
            third: loader.conv3x3("conv.4", width, width)?,
        })
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let hidden = positive(self.first.forward(x.clone()));
        let hidden = positive(self.second.forward(hidden));
        positive(self.third.forward_onto(hidden, x))
    }
}

/// The rectifier.
fn positive(x: Tensor<4>) -> Tensor<4> {
    x.clamp_min(0.0)
}

/// A numbered name with the number before.
fn earlier(name: &str) -> Option<String> {
    let (number, rest) = name.split_once('.')?;
    Some(format!("{}.{rest}", number.parse::<usize>().ok()?.checked_sub(1)?))
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;

    fn golden() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/tiny_decoder")
    }

    #[test]
    fn it_decodes_as_diffusers_does() {
        let file = TinyDecoder::find(&golden().join("model.safetensors"), Family::Sd1).unwrap();
        assert_eq!(file.file_name().unwrap(), "taesd_decoder.safetensors");
        let device = Device::flex();
        let network = TinyDecoder::open(&file, &device, DType::F32, &mut || Ok(())).unwrap();
        assert_eq!(network.channels(), 4);
        let numbers = Weights::open_file(&golden().join("reference.safetensors")).unwrap();
        let latents = TensorData::new(numbers.read_f32("latents").unwrap(), [1, 4, 3, 2]);
        let image = network.decode(Tensor::from_data(latents, &device));
        assert_eq!(image.dims(), [1, 3, 24, 16]);
        let (got, wanted) =
            (image.into_data().try_to_vec::<f32>().unwrap(), numbers.read_f32("image").unwrap());
        let worst = got.iter().zip(&wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        println!("{worst:e} apart");
        // Levels are of about 1: some roundings of 32 bits through 34 layers.
        assert!(got.len() == wanted.len() && worst < 2e-5, "{worst:e}");
    }

    #[test]
    fn another_file_is_refused_by_name_and_other_models_have_none() {
        let other = golden().join("reference.safetensors");
        let refused = TinyDecoder::open(&other, &Device::flex(), DType::F32, &mut || Ok(())).unwrap_err();
        assert!(refused.to_string().contains("no decoder of TAESD"), "{refused}");
        assert_eq!(TinyDecoder::find(&golden(), Family::Sdxl), None);
        assert_eq!(TinyDecoder::find(&golden(), Family::Ldm), None);
        assert!(TinyDecoder::find(&golden(), Family::Sd2).is_some());
    }
}
