//! Where a network's parameters come from, and the builder that hands them to its layers.
//!
//! Networks are built straight from their weights: each layer asks the [`Loader`] for its tensors by
//! diffusers' name and shape, so nothing is initialised twice and every name is used exactly once. It refuses
//! a missing, misshapen, left-over or damaged tensor instead of guessing. Axes of length one make no difference, and
//! tables of tokens and positions may have more rows than are used; renaming old layouts belongs to `format::names`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::module::{Param, ParamId};
use burn::tensor::{DType, Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use base::{Error, FileKind, Result};
use format::{Weights, names};
use kernels::{Conv2d, GroupNorm, LayerNorm, Linear, Weight};

/// So much of a parameter is read from the disk before the reading can be ended again, in bytes.
const PIECE: usize = 4 << 20;

/// Asked before each parameter is read, and within large ones; its error ends the loading.
pub type Interrupt<'a> = &'a mut dyn FnMut() -> Result<()>;

/// Anything that can hand out parameters by name.
pub trait ParameterSource {
    /// The values of parameter `name`, row-major in PyTorch's layout, which must have shape `shape`.
    fn read(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>>;
}

/// Parameters from a model's files, with a tally of what was used.
pub struct FileSource<'a> {
    weights: Weights,
    /// What the network is called in messages.
    part: &'static str,
    path: PathBuf,
    interrupt: Interrupt<'a>,
    notes: Vec<String>,
    /// File name of each parameter that no layer has asked for yet, by the name the networks use.
    names: BTreeMap<String, String>,
}

impl<'a> FileSource<'a> {
    /// Hands out `weights`; `part` and `path` name them in messages, `rename` maps a name in the file to the name the
    /// networks use, and `ignore` drops tensors that are not weights.
    pub fn new(
        weights: Weights,
        part: &'static str,
        path: PathBuf,
        rename: impl Fn(&str) -> String,
        ignore: impl Fn(&str) -> bool,
        interrupt: Interrupt<'a>,
    ) -> Result<Self> {
        let mut known = BTreeMap::new();
        for name in weights.names() {
            let bare = names::unwrapped(name);
            if names::lies_beside(&bare) || ignore(&bare) {
                continue;
            }
            if let Some(other) = known.insert(rename(&bare), name.to_string()) {
                return Err(fault(&path, format!("it holds the tensor {name} twice, also as {other}")));
            }
        }
        Ok(Self { weights, part, path, interrupt, notes: Vec::new(), names: known })
    }

    /// Ends the loading and gives what is worth knowing about it; a tensor that no layer asked for is an error naming
    /// it. Whole numbers are no weights: what counts steps or positions may be there.
    pub fn finish(self) -> Result<Vec<String>> {
        let left = || self.names.iter().filter(|(_, name)| self.weights.is_float(name));
        if let Some((first, _)) = left().next() {
            let text = match left().count() {
                1 => format!("the tensor {first} has no place in the network"),
                count => format!("{count} tensors have no place in the network, {first} among them"),
            };
            return Err(fault(&self.path, text));
        }
        Ok(self.notes)
    }
}

impl ParameterSource for FileSource<'_> {
    fn read(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        (self.interrupt)()?;
        let Some(file_name) = self.names.remove(name) else {
            return Err(fault(&self.path, format!("the tensor {name} is missing")));
        };
        let found = self.weights.shape(&file_name)?;
        let (there, asked) = (without_ones(found), without_ones(shape));
        let table = TABLES.iter().find(|(table, _)| name.ends_with(table));
        let longer = table.filter(|_| there.len() == 2 && there[0] > asked[0] && there[1..] == asked[1..]);
        if there != asked && longer.is_none() {
            let text = format!(
                "the tensor {file_name} has shape {found:?} where the configuration asks for {shape:?}"
            );
            return Err(fault(&self.path, text));
        }
        if let Some((_, what)) = longer {
            self.notes.push(format!(
                "The {} of this model has {} {what}, of which the first {} are used.",
                self.part, there[0], asked[0]
            ));
        }
        // A slow disk takes seconds for the largest ones: they are brought into memory piece by piece first.
        for piece in self.weights.bytes(&file_name)?.chunks(PIECE).skip(1) {
            (self.interrupt)()?;
            piece.iter().step_by(PAGE).for_each(|byte| _ = std::hint::black_box(*byte));
        }
        let mut values = self.weights.read_f32(&file_name)?;
        values.truncate(shape.iter().product());
        if !all_finite(&values) {
            let text = format!(
                "its {} is damaged: the tensor {file_name} holds numbers that are not finite",
                self.part
            );
            let remedy = "Download it again or choose another model: no setting makes up for this.";
            return Err(Error::file(FileKind::Model, &self.path, text, remedy));
        }
        Ok(values)
    }
}

/// Tables of which the first rows are enough, and what their rows are.
const TABLES: [(&str, &str); 4] = [
    ("token_embedding.weight", "rows in its token table"),
    ("embed_tokens.weight", "rows in its token table"),
    ("position_embedding.weight", "positions"),
    ("embed_positions.weight", "positions"),
];

/// A shape without the axes along which nobody steps: a bias `[C, 1, 1]` is one of `[C]`, and a convolution of one
/// pixel a linear layer.
fn without_ones(shape: &[usize]) -> Vec<usize> {
    shape.iter().copied().filter(|length| *length != 1).collect()
}

/// Whether no number is infinite or none at all. Looked at as bits, so that it costs next to nothing: all numbers are,
/// whose exponents are not full.
fn all_finite(values: &[f32]) -> bool {
    const INFINITE: u32 = 0x7f80_0000;
    values.iter().fold(0, |most, value| most.max(value.to_bits() & !(1 << 31))) < INFINITE
}

/// What a system reads at least, in bytes.
const PAGE: usize = 4096;

fn fault(path: &Path, fault: String) -> Error {
    let remedy = "Download the model again, or choose one whose configuration belongs to its weights.";
    Error::file(FileKind::Model, path, fault, remedy)
}

/// Seeded random parameters of the usual magnitudes: for measuring speed and memory without a download, and
/// as the starting point of a model trained from nothing.
pub struct RandomSource {
    random: ChaCha8Rng,
}

impl RandomSource {
    /// The same parameters for the same seed.
    pub fn new(seed: u64) -> Self {
        Self { random: ChaCha8Rng::seed_from_u64(seed) }
    }
}

impl ParameterSource for RandomSource {
    fn read(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let count = shape.iter().product();
        if shape.len() == 1 {
            // Vectors are biases, except the scales of normalisations.
            return Ok(vec![if name.ends_with("weight") { 1.0 } else { 0.0 }; count]);
        }
        let fan_in: usize = shape[1..].iter().product();
        let bound = if name.contains("embedding.weight") { 0.03 } else { (1.0 / fan_in as f32).sqrt() };
        Ok((0..count).map(|_| self.random.random_range(-bound..bound)).collect())
    }
}

/// Builds layers on a device at a precision from a [`ParameterSource`], keeping track of the name so far.
pub struct Loader<'a> {
    source: &'a mut dyn ParameterSource,
    device: &'a Device,
    pub(super) dtype: DType,
    /// Whether weights of layers are kept in 8 bits. Biases, norms and tables never are.
    pub eight_bits: bool,
    prefix: String,
}

impl<'a> Loader<'a> {
    /// A loader at the root of a network.
    pub fn new(source: &'a mut dyn ParameterSource, device: &'a Device, dtype: DType) -> Self {
        Self { source, device, dtype, eight_bits: false, prefix: String::new() }
    }

    /// The loader of the sub-module `name` (a field name or an index).
    pub fn child(&mut self, name: impl std::fmt::Display) -> Loader<'_> {
        let prefix = format!("{}{name}.", self.prefix);
        Loader { source: self.source, prefix, ..*self }
    }

    /// The same place, where weights are kept in full.
    pub fn in_full(&mut self) -> Loader<'_> {
        Loader { source: self.source, prefix: self.prefix.clone(), eight_bits: false, ..*self }
    }

    fn weight(&mut self, name: &str, shape: &[usize], sizes: [usize; 3]) -> Result<Weight> {
        let stored = self.values(&format!("{name}.weight"), shape)?;
        let lay = if self.eight_bits { Weight::coded } else { Weight::new };
        Ok(lay(&stored, sizes, self.device, self.dtype))
    }

    /// A list of `count` sub-modules called `name.0`, `name.1`, ...
    pub fn list<T>(
        &mut self,
        name: &str,
        count: usize,
        mut build: impl FnMut(usize, &mut Loader<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        (0..count).map(|index| build(index, &mut self.child(format_args!("{name}.{index}")))).collect()
    }

    /// Raw values of `name`, kept on the host.
    pub fn values(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        self.source.read(&format!("{}{name}", self.prefix), shape)
    }

    /// A tensor of shape `shape` on the device.
    pub fn tensor<const D: usize>(&mut self, name: &str, shape: [usize; D]) -> Result<Param<Tensor<D>>> {
        let values = self.values(name, &shape)?;
        Ok(self.upload(values, shape))
    }

    fn upload<const D: usize>(&self, values: Vec<f32>, shape: [usize; D]) -> Param<Tensor<D>> {
        let data = TensorData::new(values, shape).convert_dtype(self.dtype);
        Param::initialized(ParamId::new(), kernels::remote::upload(data, self.device))
    }

    /// A linear layer `name`, `[.., input] -> [.., output]`.
    pub fn linear(&mut self, name: &str, input: usize, output: usize, bias: bool) -> Result<Linear> {
        let weight = self.weight(name, &[output, input], [input, output, 1])?;
        let bias = self.bias(name, output, bias)?;
        Ok(Linear { weight, bias, channels: [input, output], adapter: None, learned: None })
    }

    /// The numbers that `name` adds to its results, zeros where it has none.
    fn bias(&mut self, name: &str, output: usize, bias: bool) -> Result<Param<Tensor<2>>> {
        let values = if bias { self.values(&format!("{name}.bias"), &[output])? } else { vec![0.0; output] };
        Ok(self.upload(values, [1, output]))
    }

    /// A convolution `name` with a square kernel, stride and explicit (top, left, bottom, right) padding.
    pub fn conv(
        &mut self,
        name: &str,
        channels: [usize; 2],
        kernel: usize,
        stride: usize,
        padding: [usize; 4],
        bias: bool,
    ) -> Result<Conv2d> {
        let [input, output] = channels;
        let weight = self.weight(name, &[output, input, kernel, kernel], [input, output, kernel])?;
        let bias = self.bias(name, output, bias)?;
        Ok(Conv2d { weight, bias, channels, kernel, stride, padding, learned: None })
    }

    /// The 3x3 convolution of equal output size that nearly every layer uses.
    pub fn conv3x3(&mut self, name: &str, input: usize, output: usize) -> Result<Conv2d> {
        self.conv(name, [input, output], 3, 1, [1; 4], true)
    }

    /// A 1x1 convolution.
    pub fn conv1x1(&mut self, name: &str, input: usize, output: usize) -> Result<Conv2d> {
        self.conv(name, [input, output], 1, 1, [0; 4], true)
    }

    /// A group norm over `channels` in `groups` groups.
    pub fn group_norm(
        &mut self,
        name: &str,
        groups: usize,
        channels: usize,
        epsilon: f64,
    ) -> Result<GroupNorm> {
        let (gamma, beta) = self.scales(name, channels)?;
        Ok(GroupNorm { gamma, beta, groups, epsilon, learned: None })
    }

    fn scales(&mut self, name: &str, channels: usize) -> Result<(Param<Tensor<1>>, Param<Tensor<1>>)> {
        let gamma = self.tensor(&format!("{name}.weight"), [channels])?;
        Ok((gamma, self.tensor(&format!("{name}.bias"), [channels])?))
    }

    /// A layer norm over the last axis of width `width`.
    pub fn layer_norm(&mut self, name: &str, width: usize, epsilon: f64) -> Result<LayerNorm> {
        let (gamma, beta) = self.scales(name, width)?;
        Ok(LayerNorm { gamma, beta, epsilon, learned: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finite_is_found_wherever_it_is() {
        for bad in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for at in [0, 7, 99] {
                let mut values = vec![-1.5_f32; 100];
                assert!(all_finite(&values));
                values[at] = bad;
                assert!(!all_finite(&values), "{bad} at {at}");
            }
        }
        assert!(all_finite(&[]) && all_finite(&[f32::MAX, f32::MIN, -0.0, 1e-40]));
    }

    #[test]
    fn a_large_parameter_can_be_stopped_while_it_is_read() {
        let path = std::env::temp_dir().join(format!("pseudoword-large-{}.safetensors", std::process::id()));
        let header =
            format!(r#"{{"large":{{"dtype":"F32","shape":[{PIECE}],"data_offsets":[0,{}]}}}}"#, 4 * PIECE);
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes.resize(bytes.len() + 4 * PIECE, 0);
        std::fs::write(&path, bytes).unwrap();
        let mut asked = 0;
        let mut interrupt = || {
            asked += 1;
            if asked < 3 { Ok(()) } else { Err(Error::Cancelled) }
        };
        let weights = Weights::open_file(&path).unwrap();
        let name = |name: &str| name.to_owned();
        let mut source =
            FileSource::new(weights, "U-Net", path.clone(), name, |_| false, &mut interrupt).unwrap();
        assert!(matches!(source.read("large", &[PIECE]), Err(Error::Cancelled)));
        drop(source);
        assert_eq!(asked, 3);
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn random_parameters_are_seeded() {
        let read = |seed| RandomSource::new(seed).read("conv.weight", &[4, 3, 3, 3]).unwrap();
        assert_eq!(read(1), read(1));
        assert_ne!(read(1), read(2));
        assert_eq!(RandomSource::new(1).read("norm.weight", &[2]).unwrap(), [1.0, 1.0]);
    }
}
