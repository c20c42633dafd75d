//! Schedules and samplers against the numbers of PyTorch and diffusers.
//!
//! The tables come from the golden folder (`PSEUDOWORD_GOLDEN`, by default `tests/golden`); the trajectories
//! from `tests/golden/samplers.json`, where diffusers' samplers were replayed on fixed model outputs. Nothing
//! here needs a network: trajectories with a real one are tested with the networks.

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use pseudoword::{
    diffusion::{Sampler, Schedule, SchedulerConfig, config::plain_json, sampler},
    project::{SamplerKind, SigmaSpacing},
};
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;
use serde_json::Value;

/// The model families whose folders are tested.
const FAMILIES: [&str; 1] = ["sd1"];

/// The rule of the reference data: ten times the reference's own distance to a 64-bit run, and a few units in
/// the last place of a 32-bit float at the largest magnitude.
fn tolerance(err: f64, max_abs: f64) -> f64 {
    10.0 * err + 4e-6 * max_abs
}

struct Golden {
    folder: PathBuf,
    reference: Value,
    bytes: Vec<u8>,
}

impl Golden {
    fn open(family: &str) -> Self {
        let default = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        let folder = env::var_os("PSEUDOWORD_GOLDEN").map_or(default, PathBuf::from).join(family);
        let text = fs::read_to_string(folder.join("reference.json")).unwrap();
        let reference = serde_json::from_str(&plain_json(&text)).unwrap();
        let bytes = fs::read(folder.join("reference.safetensors")).unwrap();
        Self { folder, reference, bytes }
    }

    fn tensors(&self) -> SafeTensors<'_> {
        SafeTensors::deserialize(&self.bytes).unwrap()
    }

    fn read(&self, name: &str) -> Vec<f64> {
        let tensors = self.tensors();
        let view = tensors.tensor(name).unwrap();
        match view.dtype() {
            Dtype::F32 => {
                view.data().as_chunks().0.iter().map(|b| f64::from(f32::from_le_bytes(*b))).collect()
            }
            Dtype::I64 => view.data().as_chunks().0.iter().map(|b| i64::from_le_bytes(*b) as f64).collect(),
            other => panic!("{name} has the unexpected type {other:?}"),
        }
    }

    /// The largest difference to a tensor of the reference, which must lie within its tolerance (0 for
    /// integers).
    fn compare(&self, name: &str, got: &[f64]) -> f64 {
        let want = self.read(name);
        assert_eq!(got.len(), want.len(), "length of {name}");
        let about = &self.reference["tensors"][name];
        let number = |key: &str| about[key].as_f64().unwrap_or(0.0);
        let allowed = tolerance(number("err"), number("max_abs"));
        let worst = got.iter().zip(&want).map(|(g, w)| (g - w).abs()).fold(0.0, f64::max);
        assert!(worst <= allowed, "{name} differs by {worst:e}, allowed {allowed:e}\n{got:?}\n{want:?}");
        if allowed > 0.0 { worst / allowed } else { 0.0 }
    }

    /// The scheduler of the model folder with a sampler's changes, as the program reads it.
    fn config(&self, changes: &Value) -> SchedulerConfig {
        let path = self.folder.join("scheduler/scheduler_config.json");
        merged(serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap(), changes)
    }
}

fn merged(mut base: Value, changes: &Value) -> SchedulerConfig {
    for (key, value) in changes.as_object().into_iter().flatten() {
        base[key] = value.clone();
    }
    SchedulerConfig::parse(&base.to_string(), "scheduler_config.json".as_ref()).unwrap()
}

fn spacing(config: &Value) -> SigmaSpacing {
    if config["use_karras_sigmas"] == Value::Bool(true) { SigmaSpacing::Karras } else { SigmaSpacing::Normal }
}

fn build(
    class: &str,
    config: &SchedulerConfig,
    spacing: SigmaSpacing,
    eta: f64,
    steps: usize,
) -> Box<dyn Sampler> {
    let kind = match class {
        "DDIMScheduler" | "ddim" => SamplerKind::Ddim,
        "PNDMScheduler" | "pndm" => SamplerKind::Pndm,
        "EulerDiscreteScheduler" | "euler" => SamplerKind::Euler,
        "EulerAncestralDiscreteScheduler" | "euler_ancestral" => SamplerKind::EulerAncestral,
        "DPMSolverMultistepScheduler" | "dpmpp_2m" => SamplerKind::DpmPp2m,
        "UniPCMultistepScheduler" | "unipc" => SamplerKind::UniPc,
        "LCMScheduler" | "lcm" => SamplerKind::Lcm,
        other => panic!("no sampler for {other}"),
    };
    sampler::build(kind, spacing, eta, steps, config).unwrap()
}

#[test]
fn schedule_tables_match() {
    for family in FAMILIES {
        let golden = Golden::open(family);
        let schedule = Schedule::new(&golden.config(&Value::Null));
        for (name, got) in [
            ("out.table.betas", &schedule.betas),
            ("out.table.alphas_cumprod", &schedule.alphas_cumprod),
            ("out.table.alphas_cumprod_from_float64", &schedule.alphas_cumprod),
        ] {
            println!("{family} {name}: {:.3} of the tolerance", golden.compare(name, got));
        }
    }
}

#[test]
fn sampler_tables_match() {
    for family in FAMILIES {
        let golden = Golden::open(family);
        let samplers = golden.reference["settings"]["samplers"].as_array().unwrap();
        let names: Vec<String> = golden.tensors().names().into_iter().map(String::from).collect();
        for entry in samplers {
            let name = entry["name"].as_str().unwrap();
            let prefix = format!("out.table.{name}.");
            let counts = names.iter().filter_map(|key| key.strip_prefix(&prefix)?.strip_suffix(".timesteps"));
            let counts: Vec<usize> = counts.map(|count| count.parse().unwrap()).collect();
            assert!(!counts.is_empty(), "{family} has no tables for {name}");
            for steps in counts {
                let config = golden.config(&entry["override"]);
                let class = entry["class"].as_str().unwrap();
                let sampler = build(class, &config, spacing(&entry["config"]), 0.0, steps);
                let mut worst = golden.compare(&format!("{prefix}{steps}.timesteps"), sampler.timesteps());
                let scale = [sampler.initial_scale()];
                worst = worst.max(golden.compare(&format!("{prefix}{steps}.init_noise_sigma"), &scale));
                let sigmas = format!("{prefix}{steps}.sigmas");
                assert_eq!(names.contains(&sigmas), sampler.sigmas().is_some(), "{sigmas}");
                if let Some(got) = sampler.sigmas() {
                    worst = worst.max(golden.compare(&sigmas, got));
                }
                println!("{family} {name} {steps}: {worst:.3} of the tolerance");
            }
        }
    }
}

/// One step needs no network either: the reference holds the network's first (guided) prediction.
#[test]
fn first_steps_match() {
    for family in FAMILIES {
        let golden = Golden::open(family);
        let narrow = |values: Vec<f64>| -> Vec<f32> { values.into_iter().map(|x| x as f32).collect() };
        let unit = golden.read("in.sample.latents");
        for entry in golden.reference["settings"]["samplers"].as_array().unwrap() {
            let name = entry["name"].as_str().unwrap();
            let config = golden.config(&entry["override"]);
            let eta = entry["eta"].as_f64().unwrap_or(0.0);
            let steps = entry["steps"].as_u64().unwrap() as usize;
            let class = entry["class"].as_str().unwrap();
            let mut sampler = build(class, &config, spacing(&entry["config"]), eta, steps);
            let scale = sampler.initial_scale();
            let sample = narrow(unit.iter().map(|x| x * scale).collect());
            let prediction = narrow(golden.read(&format!("out.sample.{name}.first_prediction")));
            let noise = narrow(match sampler.needs_noise(0) {
                true => golden.read(&format!("in.sample.{name}.noise")),
                false => Vec::new(),
            });
            let noise = noise.get(..sample.len());
            let got = sampler.step(0, &prediction, &sample, noise);
            let trajectory = format!("out.sample.{name}.trajectory");
            let want = golden.read(&trajectory);
            let about = &golden.reference["tensors"][&trajectory];
            let allowed =
                tolerance(about["err_per_step"][0].as_f64().unwrap(), about["max_abs"].as_f64().unwrap());
            let off = got.iter().zip(&want).map(|(g, w)| (f64::from(*g) - w).abs()).fold(0.0, f64::max);
            assert!(off <= allowed, "{family} {name}: the first step is off by {off:e}, allowed {allowed:e}");
            println!("{family} {name}: first step {:.3} of the tolerance", off / allowed);
        }
    }
}

#[derive(Deserialize)]
struct Replay {
    start: Vec<f32>,
    predictions: Vec<Vec<f32>>,
    noises: Vec<Vec<f32>>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    sampler: String,
    steps: usize,
    eta: f64,
    config: Value,
    calls: usize,
    max_abs: f64,
    err: f64,
    /// Index of a call -> the latents after it.
    trajectory: BTreeMap<usize, Vec<f64>>,
}

/// The replayed trajectories are diffusers' own code run in 64-bit floats, so `err` (the distance of its
/// 32-bit run) is not needed as slack: only the rounding of our latents to 32 bits after every step is.
#[test]
fn trajectories_match_diffusers_on_fixed_predictions() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/samplers.json");
    let replay: Replay = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let mut worst = BTreeMap::<&str, (usize, f64, f64)>::new();
    for case in &replay.cases {
        let config = merged(Value::Object(Default::default()), &case.config);
        let mut sampler = build(&case.sampler, &config, spacing(&case.config), case.eta, case.steps);
        assert_eq!(sampler.timesteps().len(), case.calls, "{} {}", case.sampler, case.config);
        let scale = sampler.initial_scale();
        let mut sample: Vec<f32> = replay.start.iter().map(|x| (f64::from(*x) * scale) as f32).collect();
        let entry = worst.entry(&case.sampler).or_default();
        entry.0 += 1;
        for index in 0..case.calls {
            let noise = sampler.needs_noise(index).then(|| &replay.noises[index][..]);
            sample = sampler.step(index, &replay.predictions[index], &sample, noise);
            let Some(want) = case.trajectory.get(&index) else { continue };
            let off = sample.iter().zip(want).map(|(g, w)| (f64::from(*g) - w).abs()).fold(0.0, f64::max);
            let allowed = tolerance(0.0, case.max_abs);
            assert!(
                off <= allowed,
                "{} {} steps, call {index}: off by {off:e}, allowed {allowed:e}, config {}\n{sample:?}\n{want:?}",
                case.sampler,
                case.steps,
                case.config
            );
            *entry = (entry.0, entry.1.max(off / allowed), entry.2.max(case.err / allowed));
        }
    }
    assert_eq!(worst.len(), 7, "every sampler is replayed");
    for (sampler, (cases, ours, theirs)) in worst {
        println!("{sampler}: {cases} runs, {ours:.3} of the tolerance (diffusers in 32 bits: {theirs:.3})");
    }
}
