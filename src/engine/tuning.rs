//! The ways that were measured to be the fastest on a device: kept as JSON in the data folder, by the device, its driver
//! and the sizes of each operation, and read whenever the device is opened.
//!
//! A file that cannot be read, or is not of this program, is never used and never written over; what a device has no
//! way for is left out. Nothing depends on the file but speed and the last digits: each way adds up in its own order, and
//! Winograd's rounds a little more. The length is that of a table with two sides: what is written, and what is read again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use burn::tensor::DType;
use kernels::strategy::{Asked, Chosen, Operation, Pass, Place, Way, Winograd, overrule};
use kernels::tuner::{Measured, tune};
use kernels::{Attention, Geometry, Heads};
use serde::{Deserialize, Serialize};

use crate::device::OpenDevice;
use crate::message::DeviceInfo;
use base::{Error, Result, alone, places, units};
use project::DataDir;
use project::files::write_json;

/// Says what the file is; another number if its meaning ever changes.
const FORMAT: &str = "pseudoword tuning 1";
/// No file of ours comes near this many bytes.
const LARGEST: u64 = 16 << 20;
/// Operations that are kept of all devices; a model asks for a hundred or two in a size.
const MOST: usize = 600;
/// Whether convolutions on the processor may be approximated: `on`, `off`, or where it was measured to be faster.
const VARIABLE: &str = "PSEUDOWORD_WINOGRAD";

/// All that was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Kept {
    format: String,
    devices: Vec<OfDevice>,
}

/// What was measured on a device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct OfDevice {
    name: String,
    api: String,
    driver: String,
    /// When, in UTC.
    date: String,
    operations: Vec<OfOperation>,
}

impl OfDevice {
    fn is(&self, info: &DeviceInfo) -> bool {
        (&self.name, &self.api, &self.driver) == (&info.name, &info.api, &info.driver)
    }
}

/// The way that was the fastest for an operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfOperation {
    /// `convolution` or `attention`.
    pub operation: String,
    /// `forward` or `backward`.
    pub pass: String,
    /// Bytes of each number that goes in.
    pub bytes: usize,
    /// Of a convolution batch, height and width in, height and width out, channels in and out, side of the kernel, stride,
    /// zeros above and left; of attention batch, queries, keys, width, heads, and one where no token sees those after it.
    pub sizes: Vec<usize>,
    /// The name of the way.
    pub way: String,
    /// Bytes of what lies between, for the way of that name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pieces: Option<usize>,
    /// Seconds it took.
    pub seconds: f64,
    /// Seconds of the way in the table.
    pub table_seconds: f64,
}

impl OfOperation {
    fn new(measured: &Measured) -> Self {
        let Asked { operation, pass, bytes } = measured.asked;
        let (operation, sizes) = match operation {
            Operation::Convolution(geometry) => {
                let Geometry { input, output, channels, kernel, stride, padding } = geometry;
                let sizes = [&input[..], &output, &channels, &[kernel, stride], &padding];
                ("convolution", sizes.concat())
            }
            Operation::Attention(Attention { batch, tokens: [queries, keys], width, heads }) => {
                ("attention", vec![batch, queries, keys, width, heads.count, usize::from(heads.causal)])
            }
        };
        Self {
            operation: operation.into(),
            pass: pass_name(pass).into(),
            bytes,
            sizes,
            way: measured.way.name().into(),
            pieces: if let Way::Pieces(bytes) = measured.way { Some(bytes) } else { None },
            seconds: measured.seconds,
            table_seconds: measured.table_seconds,
        }
    }

    /// What the operations know it by; nothing if they know no such thing.
    fn chosen(&self) -> Option<(Asked, Way)> {
        let operation = match (self.operation.as_str(), self.sizes.as_slice()) {
            ("convolution", &[batch, h, w, out_h, out_w, input, output, kernel, stride, top, left]) => {
                Operation::Convolution(Geometry {
                    input: [batch, h, w],
                    output: [out_h, out_w],
                    channels: [input, output],
                    kernel,
                    stride,
                    padding: [top, left],
                })
            }
            ("attention", &[batch, queries, keys, width, count, causal]) => {
                let heads = Heads { count, causal: causal == 1 };
                Operation::Attention(Attention { batch, tokens: [queries, keys], width, heads })
            }
            _ => return None,
        };
        let pass = [Pass::Forward, Pass::Backward].into_iter().find(|pass| pass_name(*pass) == self.pass)?;
        let ways = [Way::Alone, Way::Rows, Way::Panels, Way::Turned, Way::Winograd, Way::Product];
        let pieces = self.pieces.map(Way::Pieces);
        let way = ways.into_iter().chain(pieces).find(|way| way.name() == self.way)?;
        Some((Asked { operation, pass, bytes: self.bytes }, way))
    }
}

fn pass_name(pass: Pass) -> &'static str {
    match pass {
        Pass::Forward => "forward",
        Pass::Backward => "backward",
    }
}

/// Lets the operations go the ways that were measured on this device; returns a sentence where something is wrong.
pub fn apply(info: &DeviceInfo) -> Option<String> {
    let named = std::env::var(VARIABLE).unwrap_or_default();
    let (winograd, misnamed) = winograd(&named);
    let (ways, fault) = ways(&DataDir::usual().tuning(), info);
    overrule(Chosen { ways, winograd });
    let said: Vec<String> = misnamed.into_iter().chain(fault).collect();
    (!said.is_empty()).then(|| said.join(" "))
}

fn winograd(named: &str) -> (Winograd, Option<String>) {
    match named.trim().to_lowercase().as_str() {
        "" => (Winograd::Measured, None),
        "on" => (Winograd::Large, None),
        "off" => (Winograd::Never, None),
        _ => {
            let sentence =
                format!("{VARIABLE} is {named:?}, and only on or off mean something. It is ignored.");
            (Winograd::Measured, Some(sentence))
        }
    }
}

/// The ways that the file at `path` has for a device, and what is wrong with it.
fn ways(path: &Path, info: &DeviceInfo) -> (BTreeMap<Asked, Way>, Option<String>) {
    let kept = match read(path) {
        Ok(kept) => kept,
        Err(fault) => {
            let place = path.display();
            let sentence = format!(
                "What was measured about this device is not used: {fault} ({place}). Take that file away to measure anew."
            );
            return (BTreeMap::new(), Some(sentence));
        }
    };
    let of_device = kept.devices.iter().filter(|device| device.is(info));
    (of_device.flat_map(|device| &device.operations).filter_map(OfOperation::chosen).collect(), None)
}

/// What is kept at `path`, nothing if there is no file; or what is wrong with it.
fn read(path: &Path) -> Result<Kept, String> {
    let nothing = || Kept { format: FORMAT.into(), devices: Vec::new() };
    let length = match std::fs::metadata(path) {
        Ok(found) => found.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(nothing()),
        Err(error) => return Err(format!("the file cannot be read: {error}")),
    };
    if length > LARGEST {
        return Err("the file is far too large to be one of this program".into());
    }
    let bytes = std::fs::read(path).map_err(|error| format!("the file cannot be read: {error}"))?;
    let document: serde_json::Value =
        serde_json::from_slice(&bytes).map_err(|error| format!("the file is damaged: {error}"))?;
    if document["format"] != FORMAT {
        return Err("the file is of another program, or of another version of this one".into());
    }
    serde_json::from_value(document).map_err(|error| format!("the file is damaged: {error}"))
}

/// What a device was found to do fastest.
#[derive(Debug, Clone, PartialEq)]
pub struct TuningReport {
    /// Where it is kept.
    pub file: PathBuf,
    /// Operations that have a way which is clearly faster than that of the table.
    pub changed: usize,
    /// Seconds of all that was measured, each operation once, by the table and as it is now.
    pub seconds: [f64; 2],
    /// What was measured.
    pub operations: Vec<OfOperation>,
}

/// Measures what `watched` has several ways for, keeps it, and lets the operations go these ways. `go_on` is told how many
/// are done of how many, and says whether to go on; what was measured until then is kept.
///
/// # Errors
/// [`Error::Input`] if what is there is not of this program; [`Error::Io`] if it cannot be written.
pub fn measure(
    open: &OpenDevice,
    dtype: DType,
    watched: &[(Asked, Place)],
    go_on: impl FnMut(usize, usize) -> bool,
) -> Result<TuningReport> {
    let file = DataDir::usual().tuning();
    // Refused before minutes are spent.
    expect_ours(&file)?;
    places::expect_file(&file)?;
    let operations: Vec<_> = tune(&open.device, dtype, watched, go_on).iter().map(OfOperation::new).collect();
    keep(&file, &open.info, &operations)?;
    apply(&open.info);
    let sum = |seconds: fn(&OfOperation) -> f64| operations.iter().map(seconds).sum();
    Ok(TuningReport {
        file,
        changed: operations.iter().filter(|one| one.seconds < one.table_seconds).count(),
        seconds: [sum(|one| one.table_seconds), sum(|one| one.seconds)],
        operations,
    })
}

fn expect_ours(file: &Path) -> Result<Kept> {
    read(file).map_err(|fault| {
        Error::input(format!("{}: {fault}", file.display()), "Take that file away, and measure again.")
    })
}

/// Puts what was measured beside what is kept, in place of what is there for the same device and sizes. The oldest goes
/// where there is too much.
fn keep(file: &Path, info: &DeviceInfo, operations: &[OfOperation]) -> Result<()> {
    places::make_parent(file)?;
    let _alone = alone(file);
    let mut kept = expect_ours(file)?;
    let known = kept.devices.iter().position(|device| device.is(info));
    let new = || {
        let DeviceInfo { name, api, driver, .. } = info.clone();
        OfDevice { name, api, driver, date: String::new(), operations: Vec::new() }
    };
    let mut device = known.map_or_else(new, |at| kept.devices.remove(at));
    device.date = units::iso8601(SystemTime::now());
    let what = |one: &OfOperation| (one.operation.clone(), one.pass.clone(), one.bytes, one.sizes.clone());
    device.operations.retain(|old| operations.iter().all(|new| what(new) != what(old)));
    device.operations.extend_from_slice(operations);
    kept.devices.push(device);
    thin_out(&mut kept.devices);
    write_json(file, &kept)
}

/// Leaves the newest operations. Those of a device stand in the order in which they were measured, and the device that was
/// measured just now is the last.
fn thin_out(devices: &mut Vec<OfDevice>) {
    devices.sort_by(|one, other| one.date.cmp(&other.date));
    let all: usize = devices.iter().map(|device| device.operations.len()).sum();
    let mut over = all.saturating_sub(MOST);
    for device in &mut *devices {
        over -= device.operations.drain(..over.min(device.operations.len())).count();
    }
    devices.retain(|device| !device.operations.is_empty());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info() -> DeviceInfo {
        DeviceInfo {
            name: "Imagined card".into(),
            api: "vulkan".into(),
            driver: "1.2".into(),
            ..Default::default()
        }
    }

    fn measured() -> Vec<Measured> {
        let geometry = Geometry {
            input: [1, 64, 48],
            output: [64, 48],
            channels: [320, 640],
            kernel: 3,
            stride: 1,
            padding: [1; 2],
        };
        let heads = Heads { count: 8, causal: true };
        let attention = Attention { batch: 2, tokens: [64, 77], width: 320, heads };
        [
            (Operation::Convolution(geometry), Pass::Forward, Way::Winograd),
            (Operation::Convolution(geometry), Pass::Backward, Way::Turned),
            (Operation::Attention(attention), Pass::Backward, Way::Pieces(16 << 20)),
        ]
        .map(|(operation, pass, way)| Measured {
            asked: Asked { operation, pass, bytes: 4 },
            way,
            seconds: 0.5,
            table_seconds: 1.0,
        })
        .into()
    }

    #[test]
    fn what_was_measured_is_found_again_by_device_and_driver() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new/tuning.json");
        assert_eq!(ways(&file, &info()), (BTreeMap::new(), None));
        let operations: Vec<_> = measured().iter().map(OfOperation::new).collect();
        keep(&file, &info(), &operations).unwrap();
        let expected: BTreeMap<_, _> = measured().iter().map(|one| (one.asked, one.way)).collect();
        assert_eq!(ways(&file, &info()), (expected.clone(), None));
        let newer = DeviceInfo { driver: "1.3".into(), ..info() };
        assert_eq!(ways(&file, &newer), (BTreeMap::new(), None));
        // Another device beside it, and the same sizes anew.
        keep(&file, &newer, &operations[..1]).unwrap();
        let again = OfOperation { way: "panels".into(), ..operations[0].clone() };
        keep(&file, &info(), &[again]).unwrap();
        let (found, _) = ways(&file, &info());
        assert_eq!((found.len(), found[&measured()[0].asked]), (3, Way::Panels));
        assert_eq!(ways(&file, &newer).0.len(), 1);
    }

    #[test]
    fn the_oldest_goes_where_there_is_too_much() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tuning.json");
        let first = OfOperation::new(&measured()[0]);
        let of = |sizes: std::ops::Range<usize>| -> Vec<OfOperation> {
            sizes.map(|bytes| OfOperation { bytes, ..first.clone() }).collect()
        };
        let card = |driver: &str| DeviceInfo { driver: driver.into(), ..info() };
        let count = |driver| ways(&file, &card(driver)).0.len();
        keep(&file, &card("old"), &of(0..10)).unwrap();
        keep(&file, &card("new"), &of(0..MOST - 10)).unwrap();
        assert_eq!((count("old"), count("new")), (10, MOST - 10));
        keep(&file, &card("new"), &of(MOST..MOST + 4)).unwrap();
        assert_eq!((count("old"), count("new")), (6, MOST - 6));
        keep(&file, &card("new"), &of(0..MOST + 4)).unwrap();
        assert_eq!((count("old"), count("new")), (0, MOST));
        assert_eq!(read(&file).unwrap().devices[0].operations, of(4..MOST + 4));
    }

    #[test]
    fn a_file_that_is_not_ours_is_left_alone_with_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tuning.json");
        for (text, part) in [
            ("{\"format\": ", "is damaged"),
            ("[1, 2]", "another program"),
            ("{\"format\": \"pseudoword tuning 2\", \"devices\": []}", "another version"),
            ("{\"format\": \"pseudoword tuning 1\", \"devices\": 3}", "is damaged"),
        ] {
            std::fs::write(&file, text).unwrap();
            let (found, sentence) = ways(&file, &info());
            assert!(found.is_empty());
            assert!(sentence.unwrap().contains(part), "{text}");
            assert!(keep(&file, &info(), &[]).unwrap_err().to_string().contains(part));
            assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
        }
    }

    #[test]
    fn what_no_operation_is_is_left_out() {
        let sound = OfOperation::new(&measured()[0]);
        let mut strange = vec![sound.clone(); 5];
        strange[0].operation = "dream".into();
        strange[1].sizes.pop();
        strange[2].way = "pieces".into();
        strange[3].pass = "sideways".into();
        strange[4].way = "by bus".into();
        assert!(strange.iter().all(|one| one.chosen().is_none()));
        assert_eq!(sound.chosen(), Some((measured()[0].asked, Way::Winograd)));
    }

    #[test]
    fn the_approximation_is_a_matter_of_a_word() {
        for (named, expected) in
            [("", Winograd::Measured), (" ON ", Winograd::Large), ("off", Winograd::Never)]
        {
            assert_eq!(winograd(named), (expected, None));
        }
        let (kept, sentence) = winograd("maybe");
        assert_eq!(kept, Winograd::Measured);
        assert!(sentence.unwrap().contains("only on or off"));
    }
}
