//! Schedules and samplers against the numbers of PyTorch and diffusers.
//!
//! The tables come from the golden folder (`PSEUDOWORD_GOLDEN`, by default `tests/golden`); the trajectories
//! from `tests/golden/samplers.json` and `k_samplers.json`, where the samplers of diffusers and k-diffusion were replayed on
//! fixed model outputs. Nothing here needs a network: trajectories with a real one are tested with the networks.

use std::collections::BTreeMap;
use std::fs;

use crate::numbers::{Golden, build_sampler, bundled, merged, spacing};
use diffusion::Schedule;
use diffusion::guidance::rescaled;
use project::{SamplerKind, SigmaSpacing};
use serde::Deserialize;
use serde_json::Value;

/// The model families whose folders are tested.
const FAMILIES: [&str; 4] = ["sd1", "sd2", "sdxl", "ldm"];

/// The rule of the reference data: ten times the reference's own distance to a 64-bit run, and a few units in
/// the last place of a 32-bit float at the largest magnitude.
fn tolerance(err: f64, max_abs: f64) -> f64 {
    10.0 * err + 4e-6 * max_abs
}

#[test]
fn schedule_tables_match() {
    for family in FAMILIES {
        let golden = Golden::open(family);
        let schedule = Schedule::new(&golden.scheduler(&Value::Null));
        for (name, got) in [
            ("out.table.betas", &schedule.betas),
            ("out.table.alphas_cumprod", &schedule.alphas_cumprod),
            ("out.table.alphas_cumprod_from_float64", &schedule.alphas_cumprod),
        ] {
            println!("{family} {name}: {:.3} of the tolerance", golden.check(name, got));
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
                let config = golden.scheduler(&entry["override"]);
                let class = entry["class"].as_str().unwrap();
                let sampler = build_sampler(class, &config, spacing(&entry["config"]), 0.0, steps);
                let mut worst = golden.check(&format!("{prefix}{steps}.timesteps"), sampler.timesteps());
                let scale = [sampler.init_noise_sigma()];
                worst = worst.max(golden.check(&format!("{prefix}{steps}.init_noise_sigma"), &scale));
                let sigmas = format!("{prefix}{steps}.sigmas");
                assert_eq!(names.contains(&sigmas), sampler.sigmas().is_some(), "{sigmas}");
                if let Some(got) = sampler.sigmas() {
                    worst = worst.max(golden.check(&sigmas, got));
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
            let config = golden.scheduler(&entry["override"]);
            let eta = entry["eta"].as_f64().unwrap_or(0.0);
            let steps = entry["steps"].as_u64().unwrap() as usize;
            let class = entry["class"].as_str().unwrap();
            let mut sampler = build_sampler(class, &config, spacing(&entry["config"]), eta, steps);
            let scale = sampler.init_noise_sigma();
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
    #[serde(default)]
    rescaled: Vec<Rescaled>,
}

#[derive(Deserialize)]
struct Case {
    sampler: String,
    steps: usize,
    #[serde(default)]
    eta: f64,
    config: Value,
    #[serde(default)]
    sdxl: bool,
    calls: usize,
    /// Those of the calls and the last one, where they are compared.
    #[serde(default)]
    sigmas: Vec<f64>,
    max_abs: f64,
    #[serde(default)]
    err: f64,
    /// Index of a call -> the latents after it.
    trajectory: BTreeMap<usize, Vec<f64>>,
}

/// The first of the predictions, guided, with the contrast of the second.
#[derive(Deserialize)]
struct Rescaled {
    share: f64,
    out: Vec<f64>,
}

impl Replay {
    fn open(file: &str) -> Self {
        let path = bundled().join(file);
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    }

    /// Walks every case, and tells of each sampler how many there were and how much of the tolerance it used. The
    /// trajectories are the reference's own code run in 64-bit floats, so `err` (the distance of its 32-bit run) is not
    /// needed as slack: only the rounding of our latents to 32 bits after every call is.
    fn compare(&self) -> BTreeMap<&str, (usize, f64, f64)> {
        let mut worst = BTreeMap::<&str, (usize, f64, f64)>::new();
        for case in &self.cases {
            let about = format!("{} {} steps, config {}", case.sampler, case.steps, case.config);
            let mut config = merged(Value::Object(Default::default()), &case.config);
            config.sdxl = case.sdxl;
            let mut sampler =
                build_sampler(&case.sampler, &config, spacing(&case.config), case.eta, case.steps);
            assert_eq!(sampler.timesteps().len(), case.calls, "{about}");
            if !case.sigmas.is_empty() {
                let got = sampler.sigmas().unwrap();
                let same = got.iter().zip(&case.sigmas).all(|(a, b)| (a - b).abs() <= SIGMAS * b);
                assert!(same && got.len() == case.sigmas.len(), "{about}: {got:?}");
            }
            let scale = sampler.init_noise_sigma();
            let mut sample: Vec<f32> = self.start.iter().map(|x| (f64::from(*x) * scale) as f32).collect();
            let entry = worst.entry(&case.sampler).or_default();
            entry.0 += 1;
            for index in 0..case.calls {
                let noise = sampler.needs_noise(index).then(|| &self.noises[index][..]);
                sample = sampler.step(index, &self.predictions[index], &sample, noise);
                let Some(want) = case.trajectory.get(&index) else { continue };
                let off = sample.iter().zip(want).map(|(g, w)| (f64::from(*g) - w).abs()).fold(0.0, f64::max);
                let allowed = tolerance(0.0, case.max_abs);
                assert!(
                    off <= allowed,
                    "{about}, call {index}: off by {off:e}, allowed {allowed:e}\n{sample:?}\n{want:?}"
                );
                *entry = (entry.0, entry.1.max(off / allowed), entry.2.max(case.err / allowed));
            }
        }
        worst
    }
}

/// How far sigmas may be apart, of themselves: ten digits are written.
const SIGMAS: f64 = 1e-8;

#[test]
fn trajectories_match_diffusers_on_fixed_predictions() {
    let replay = Replay::open("samplers.json");
    let worst = replay.compare();
    assert_eq!(worst.len(), 7, "every sampler is replayed");
    for (sampler, (cases, ours, theirs)) in worst {
        println!("{sampler}: {cases} runs, {ours:.3} of the tolerance (diffusers in 32 bits: {theirs:.3})");
    }
}

#[test]
fn every_sampler_in_every_spacing_matches_k_diffusion() {
    let replay = Replay::open("k_samplers.json");
    let worst = replay.compare();
    for &kind in SamplerKind::ALL {
        // These have no spacings, and are replayed above.
        let elsewhere = [SamplerKind::Ddim, SamplerKind::Pndm, SamplerKind::Lcm].contains(&kind);
        assert_ne!(worst.contains_key(kind.name()), elsewhere, "{kind}");
        let spacings = SigmaSpacing::ALL.iter().filter(|_| kind.has_spacings());
        for &wanted in spacings {
            let replayed = |case: &Case| case.sampler == kind.name() && spacing(&case.config) == wanted;
            assert!(replay.cases.iter().any(replayed), "{kind} {wanted}");
        }
    }
    for (sampler, (cases, ours, _)) in worst {
        println!("{sampler}: {cases} runs, {ours:.3} of the tolerance");
    }
}

#[test]
fn rescaled_guidance_matches_diffusers() {
    let replay = Replay::open("k_samplers.json");
    assert_eq!(replay.rescaled.len(), 3);
    for Rescaled { share, out } in &replay.rescaled {
        let [guided, conditional] = [0, 1].map(|index| replay.predictions[index].clone());
        let got = rescaled(guided, &conditional, *share);
        assert!(got.iter().zip(out).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-6), "{share}: {got:?}");
    }
}
