//! Bytes that nobody meant to write, through every reader: none may panic, hang or take what it is not given.
//!
//! The same entries are fuzzed at length by `tests/fuzz`; here each gets a few hundred inputs that `proptest`
//! makes: noise, golden files with bytes changed, cut and repeated, and pickles put together from instructions.

use std::cell::Cell;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

#[path = "../fuzz/entries.rs"]
mod entries;

/// How many inputs of each kind each entry gets.
const CASES: u32 = 200;

/// No input of these sizes may take longer, on a slow machine without optimisation.
const LIMIT: Duration = Duration::from_secs(5);

fn feed(what: &str, strategy: impl Strategy<Value = Vec<u8>>) {
    let strategy = strategy.no_shrink();
    for (name, entry) in entries::ENTRIES {
        // A runner counts over all its runs, so each entry has its own; the same inputs every time.
        let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
        let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let mut runner = TestRunner::new_with_rng(config, random);
        let seen = Cell::new(0);
        let outcome = runner.run(&strategy, |bytes| {
            let start = Instant::now();
            seen.set(seen.get() + 1);
            entry(&bytes);
            prop_assert!(
                start.elapsed() < LIMIT,
                "{name} took {:?} for {} bytes",
                start.elapsed(),
                bytes.len()
            );
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{name} with {what}: {error}"));
        assert_eq!(seen.get(), CASES, "{name}");
    }
}

fn golden() -> Vec<Vec<u8>> {
    let folder = crate::places::repository().join("tests/golden");
    let mut files = Vec::new();
    for part in ["embeddings", "embeddings/broken"] {
        for entry in std::fs::read_dir(folder.join(part)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() && path.metadata().unwrap().len() < 20_000 {
                files.push(std::fs::read(&path).unwrap());
            }
        }
    }
    for text in ["sd1/unet/config.json", "sd1/scheduler/scheduler_config.json"] {
        files.push(std::fs::read(folder.join(text)).unwrap());
    }
    files.push(b"steps = 100\nseed = 7\n[preview]\nevery = 10\n".to_vec());
    files.push(b"model: &m\n  params: {parameterization: v}\nagain: *m\n".to_vec());
    files.push(b"a cat\nNegative prompt: bad\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1".to_vec());
    assert!(files.len() > 60);
    files
}

#[test]
fn noise_is_survived() {
    feed("noise", proptest::collection::vec(any::<u8>(), 0..2000));
}

#[test]
fn changed_files_are_survived() {
    let change = (any::<Index>(), any::<u8>(), 0..4u8);
    let changed =
        (select(golden()), proptest::collection::vec(change, 1..12)).prop_map(|(mut bytes, changes)| {
            for (index, value, kind) in changes {
                if bytes.is_empty() {
                    break;
                }
                let at = index.index(bytes.len());
                match kind {
                    0 => bytes[at] = value,
                    1 => bytes[at] ^= 1 << (value % 8),
                    2 => bytes.truncate(at),
                    _ => {
                        let end = (at + usize::from(value)).min(bytes.len());
                        let piece = bytes[at..end].to_vec();
                        bytes.splice(at..at, piece);
                    }
                }
            }
            bytes
        });
    feed("changed files", changed);
}

#[test]
fn pickles_of_random_instructions_are_survived() {
    // Whole instructions, so that most programs run to the end.
    let text = select(vec!["storage", "string_to_param", "*", "0", "cpu", "latin1", "emb_params"]);
    let name = select(vec![
        "torch._utils\n_rebuild_tensor_v2",
        "torch._utils\n_rebuild_parameter",
        "torch\nFloatStorage",
        "collections\nOrderedDict",
        "torch.nn.modules.container\nParameterDict",
        "numpy.core.multiarray\n_reconstruct",
        "numpy\ndtype",
        "_codecs\nencode",
        "builtins\nset",
        "os\nsystem",
    ]);
    let instruction = prop_oneof![
        6 => any::<u8>().prop_map(|byte| vec![byte]),
        6 => select(b"]})(NQRtbdesuaol0121\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94".to_vec()).prop_map(|c| vec![c]),
        3 => any::<u8>().prop_map(|byte| vec![b'K', byte]),
        1 => any::<i32>().prop_map(|number| [b"J", &number.to_le_bytes()[..]].concat()),
        2 => any::<u8>().prop_map(|byte| vec![b'q', byte % 16]),
        4 => any::<u8>().prop_map(|byte| vec![b'h', byte % 16]),
        4 => text.prop_map(|text| [b"X", &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat()),
        4 => name.prop_map(|name| format!("c{name}\n").into_bytes()),
    ];
    let program = proptest::collection::vec(instruction, 0..120)
        .prop_map(|parts| [&b"\x80\x02"[..], &parts.concat(), b"."].concat());
    feed("pickles", program);
}
