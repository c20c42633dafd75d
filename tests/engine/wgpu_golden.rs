//! The real wgpu path on every machine: a graphics card if there is one, else OpenGL in software.
//!
//! Bounded, because a software adapter is slow: the text encoder, one call of the U-Net block by block, the
//! autoencoder both ways, the gradient of a learning step, and a few steps through the command line. The
//! whole golden test runs on a card with `PSEUDOWORD_TEST_DEVICE`. OpenGL with WGSL is chosen by name because
//! burn's SPIR-V kernels crash the software Vulkan drivers of Mesa.

use crate::numbers::Golden;
use diffusion::Schedule;
use engine::device::{self, OpenDevice};
use engine::message::DeviceChoice;
use inversion::{Batch, Objective, Vectors};
use model::Pipeline;
use model::unet::State;
use project::Precision;
use serde_json::Value;

fn open() -> OpenDevice {
    let name = crate::numbers::device_name();
    let choice: DeviceChoice = name.parse().unwrap();
    let device = device::open(choice).unwrap_or_else(|error| {
        panic!(
            "No graphics adapter for the wgpu test ({error}); on Debian install libegl1 and libgl1-mesa-dri"
        )
    });
    println!(
        "wgpu test on {} ({}, {}, {})",
        device.info.name, device.info.kind, device.info.api, device.info.driver
    );
    device
}

/// Graphics cards sum in other orders and fuse multiplications: 1e-4 of the largest magnitude.
fn golden() -> Golden {
    Golden { floor: 1e-4, ..Golden::open("sd1") }
}

#[test]
fn every_kind_of_block_and_a_gradient_match_on_wgpu() {
    let device = open();
    let golden = golden();
    let mut model =
        Pipeline::open(&golden.folder, &device.device, Precision::F32, &mut |_, _| Ok(())).unwrap();

    let ids = golden.ids("in.text.ids");
    let size = [64; 2];
    golden.check_tensor("out.text.context", model.conditioner.encode(&ids, None, 1, size).context);

    let context = golden.tensor::<3>("in.unet.0.context", &device);
    let time = model.unet.embed_time(&golden.read("in.unet.0.t"), None);
    let start = State { hidden: golden.tensor::<4>("in.unet.0.sample", &device), residuals: Vec::new() };
    let run = |state, segment: &_| model.unet.run(*segment, state, &time, &context);
    let out = model.unet.segments.iter().fold(start, run).hidden;
    golden.check_tensor("out.unet.0.out", out);

    let vae = model.vae().unwrap();
    golden.check_tensor("out.vae.0.mean", vae.encode(golden.tensor::<4>("in.vae.0.image", &device)).mean);
    golden.check_tensor("out.vae.0.decoded", vae.decode(golden.tensor::<4>("in.vae.0.latent", &device)));

    check_gradient(&golden, &model);
}

/// Loss and gradient of the first step of the last learning case.
fn check_gradient(golden: &Golden, model: &Pipeline) {
    let case = golden.settings()["ti"].as_array().unwrap().last().unwrap().clone();
    let name = case["name"].as_str().unwrap();
    let count = case["vectors"].as_u64().unwrap() as usize;
    let shape = golden.shape(&format!("in.{name}.latents"));
    let (rows, latent) = (shape[1], <[usize; 3]>::try_from(&shape[2..]).unwrap());
    let len = rows * latent.iter().product::<usize>();
    let first = |what: &str| golden.f32(&format!("in.{name}.{what}"))[..len].to_vec();
    let times = golden.read(&format!("in.{name}.timesteps"));
    let batch = Batch {
        ids: golden.ids(&format!("in.{name}.ids"))[..rows].to_vec(),
        clean: first("latents"),
        noise: first("noise"),
        timesteps: times[..rows].iter().map(|t| *t as usize).collect(),
        weight: None,
        latent,
    };
    let start = model.tokenizers.encode(case["init"].as_str().unwrap());
    let vectors =
        Vectors::from_tokens(&[(model.conditioner.vocabulary(), &start[1..start.len() - 1])], count);
    let schedule = Schedule::new(&golden.scheduler(&Value::Null));
    let objective = Objective::of(model, &schedule, [64; 2]);
    let (loss, gradient) = objective.gradient(&vectors, &batch, 1.0).unwrap();
    let want = golden.read(&format!("out.{name}.losses"))[0];
    assert!(
        (loss - want).abs() <= golden.tolerance(&format!("out.{name}.losses")),
        "loss {loss}, expected {want}"
    );
    let allowed = golden.tolerance(&format!("out.{name}.gradients"));
    let want = &golden.read(&format!("out.{name}.gradients"))[..gradient.len()];
    let worst = gradient.iter().zip(want).map(|(g, w)| (f64::from(*g) - w).abs()).fold(0.0, f64::max);
    println!("gradient of {name}: {:.3} of the tolerance", worst / allowed);
    assert!(worst <= allowed, "the gradient differs by {worst:e}, allowed {allowed:e}");
}
