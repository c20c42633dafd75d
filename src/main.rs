//! Pseudoword teaches a frozen text-to-image model a new word from three to five pictures: textual inversion
//! (Gal et al. 2022, <https://arxiv.org/abs/2208.01618>), natively, on any GPU. This file is the program: arguments,
//! logging, and the window or a command.
//!
//! # The map
//!
//! Each floor is a crate in a folder of `src/`. It may use those above it in this table and never one below: what it may
//! know stands in its `Cargo.toml`, and the compiler refuses the rest.
//!
//! | floor | what lives there |
//! | --- | --- |
//! | [`base`](../base/index.html) | sentences for people; writing a file whole or not at all, and alone; settings with usual values (`with_defaults`); the wish to end (`signals`) |
//! | [`project`](../project/index.html) | plain data: the word, the pictures and their rights, masks, the settings, the run folder and others |
//! | [`format`](../format/index.html) | bytes to named tensors and learned words, and back, with receipts and signatures; content credentials of pictures (`credentials`); nothing in a file is ever run |
//! | [`text`](../text/index.html) | prompts to tokens |
//! | [`kernels`](../kernels/index.html) | the operations a step spends its time in, and by which way each goes, on the processor, on graphics cards and on another machine's (`remote`) |
//! | [`model`](../model/index.html) | the networks as burn modules, sized by `config.json`, named as diffusers names them |
//! | [`diffusion`](../diffusion/index.html) | noise schedules and samplers on plain slices |
//! | [`inversion`](../inversion/index.html) | **the method** |
//! | [`metrics`](../metrics/index.html) | scores: does it look like the pictures, does it obey the prompt? |
//! | [`starter`](../starter/index.html) | the model and the sample concepts inside the program |
//! | [`engine`](../engine/index.html) | one thread that owns the device, which may be another machine's (`remote`, `line`, `wire`), the models and the jobs; it signs what they save (`sealing`) |
//! | [`models`](../models/index.html) | the models of other programs on this computer; the only place that knows a network |
//! | [`disk`](../disk/index.html) | threads that work on the artist's files for the window, the pictures drawn among them (`gallery`) |
//! | [`cli`](../cli/index.html) | the command line |
//! | [`ui`](../ui/index.html) | the window, in the languages of `assets/languages` (`language`) |
//!
//! Between the engine and whoever watches it there is one enum each way (`engine::message`); no tensor passes there, and
//! the engine knows no window. The window talks to the disk in the same way (`disk::message`). Its state is a pure
//! reducer over both streams and over what the person does (`ui::reducer`); pages report an `Action`, and the effects
//! that come back are carried out in one place (`ui::app`).
//!
//! # The life of one training step
//!
//! 1. `inversion::batch` draws, from (seed, step) alone: pictures in shuffled rounds, mirrored or not, a sentence for
//!    each, a timestep, and noise. The latents are sampled from the cached posterior of the picture,
//!    `z0 = scale * (mean + std * n)`; the autoencoder is long gone.
//! 2. `inversion::objective` looks up the frozen rows of the sentence's tokens, puts the learned vectors among them
//!    (`model::embeddings`), and runs the text encoder: the context.
//! 3. The noisy latents are `z_t = sqrt(abar) z0 + sqrt(1 - abar) eps`, computed in f64 on the host
//!    (`diffusion::schedule`).
//! 4. The U-Net predicts the noise (or the velocity) in the precision asked for, by the operations of `kernels`; the
//!    loss is the mean squared error in f32, weighted by the mask if there is one. Where memory is short,
//!    `inversion::replay` goes back through it part by part. Each operation goes the way that a table names, or that was
//!    measured to be the fastest on this device (`kernels::strategy`, `engine::tuning`). On the processor weights of 64 KiB
//!    and more lie in memory of their own, to the page, in 16 bits where that is exact; large tensors in 16 bits are gone
//!    through some rows at a time, and while a step lasts all threads are awake (`kernels::flex`). On another machine's
//!    device each operation is only named, and done there (`kernels::remote`).
//! 5. The backward pass starts at the loss and ends at the k x d numbers of the word. Everything else is a constant and
//!    gets neither gradient nor optimiser state. (`pseudoword tune` alone, for which the word is a constant, ends it at the
//!    adapters beside the weights, or with `--kind full` at every number of the U-Net: `inversion::whole`.)
//! 6. `inversion::learner` takes an AdamW step on the host, and pulls the norm towards the vocabulary's if that is asked
//!    for, or turns the word by the angle of the rate; it goes back to the last good word, with a smaller loss scale, if a
//!    number is not finite. The engine reports, saves a checkpoint, draws previews and judges pictures when they are due;
//!    `project::verdict` says which step was the best and when to stop. A paused run lends its model to drawings
//!    (`engine::lent`).
//!
//! # Glossary
//!
//! Labels and tooltips speak as an artist does; the source, the files and the command line use the field's terms.
//!
//! | in the window | in the source | in papers and other programs |
//! | --- | --- | --- |
//! | word | `LearnedWord`; its numbers are `Vectors` | embedding, v\*, S\* |
//! | starts out meaning | `initial_word` | initializer token |
//! | learn | `inversion`, `LearnSettings`, a run | textual inversion, training |
//! | draw | `generate`, `GenerateSettings` | sample, inference |
//! | begins as | `WordStart` | initialisation |
//! | negative word | `NegativeWord` | DreamArtist's negative embedding |
//! | suggested outline | `suggest_outline` | segmentation by graph cut |
//! | try it | `Command::Meanwhile` | inference during training |
//! | likeness of a saved word | `inversion::blend` | slerp from the initial embedding |
//! | sentences | `TemplateSet` | prompt templates |
//! | learning rate | `lr` (in files `rate`) | learning rate |
//! | loss on fixed noise | `fixed_noise_loss` | loss at fixed pictures, timesteps and noise |
//! | held-out loss | `held_out_loss` | validation loss |
//! | likeness, obedience | `verdict::Scores` | CLIP image and text similarity |
//! | movement: free, turning | `Optimizer` | AdamW, directional textual inversion |
//! | method | `Method`, `inversion::methods` | extended, progressive, regularised, per-image tokens |
//! | mix | `project::mix`, `inversion::mix` | arithmetic of embeddings, slerp |
//! | tune | `TuneSettings`, `inversion::adapters`, `inversion::whole` | pivotal tuning, LoRA; DreamBooth's full tuning |
//! | LoRA | `LoraUse`, `format::lora` | low-rank adaptation |
//! | edit, blending order | `EditSettings`, `BlendOrder` | image to image, inpainting, Blended Latent Diffusion |
//! | mask, strokes | `project::mask` | inpainting mask |
//! | edited picture, its results | `project::edited`, `EditStep` | |
//! | tiles | `EditSettings::tiles` | MultiDiffusion |
//! | fit the drawing, fit the brush | `BackgroundFit`, `engine::draw::decoder_fit` | background reconstruction by latents, by decoder weights |
//! | invert, null text | `InversionForm`, `NullText` | DDIM inversion, null-text inversion |
//! | comparison | `project::comparison`; asked for as `disk::message::Wanted` | figure 10 of the paper |
//! | left out | `LeftOut` | |
//! | study, strength | `project::study` | user study, Bradley-Terry |
//! | what a word means, bias | `project::meaning` | sparse codes, DAAM, zero-shot shares |
//! | stand-in | `HardPrompt` | hard prompt |
//! | grid; down, across | `GridPlan`; rows, columns | X/Y/Z plot, contact sheet |
//! | left to chance | `text::wildcards` | dynamic prompts, wildcards |
//! | guidance | `guidance`; `None` is the model's own | classifier-free guidance scale |
//! | rescale | `rescale` | `guidance_rescale` |
//! | begin in pure noise | `zero_terminal_snr` | zero terminal SNR |
//! | draw together | `batch` | batch size |
//! | variation | `variation`, `variation_seed` | subseed and its strength |
//! | enlarge | `enlarge`, `enlarge_strength` | Hires. fix |
//! | sampler, spacing | `SamplerKind`, `SigmaSpacing` | scheduler; schedule type |
//! | model weights | `WeightFormat` | quantisation, int8 |
//! | weight of a word, `(word:1.2)` | `text::prompt`, `Emphasis` | attention weighting, emphasis |
//! | rough picture | `latent_preview`, `TinyDecoder` | latent preview, TAESD |
//! | "still learning", "learned" | `ui::convergence` | early stopping |
//! | look for models | `models::discovery` | model scan |
//! | measure this device | `engine::tuning`, `kernels::strategy` | autotuning |
//! | another machine | `engine::remote`, `kernels::remote`, `DeviceChoice::Remote` | remote device |
//! | favourites, folders of pictures | `disk::gallery`, `Seeing` | |
//! | notes, tags, collections | `WordNotes` | |
//! | duplicates | `WordSearch::twins` | |
//! | marked against learning | `PictureNotes::marks`, `Permission` | C2PA and CAWG assertions, TDMRep, PLUS, `noai` |
//! | whose pictures | `Rights` | |
//! | receipt, signature | `Receipt`, `Signed` | provenance; Ed25519 |
//! | content credentials | `format::credentials`, `engine::sealing` | C2PA manifest |
//! | words of the window | `ui::language`; of the floors below it `ui::language::sentences` | localisation, Fluent |
//! | the folder where everything is kept | `DataDir` | data directory |

use std::io::Write as _;
use std::process::ExitCode;

/// A step frees and asks for hundreds of large blocks; the system's own allocator gives each back and has it cleared anew.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // The graphics libraries log as errors what only means that a driver is not there; a real failure comes
    // back as an error of ours.
    let quiet = "error,wgpu_hal=off,wgpu_core=off";
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or(quiet)).init();
    base::log_caught();
    #[cfg(unix)]
    outlive_size_limits();
    let arguments = match cli::parse(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(said) => return cli::told(&said).unwrap_or_else(|error| failed(&error, error.exit_code())),
    };
    let result = match arguments.command {
        Some(command) => cli::run(command),
        None => ui::run(arguments.device, arguments.frame_stats, arguments.files),
    };
    result.map_or_else(|error| failed(&error, error.exit_code()), |()| ExitCode::SUCCESS)
}

fn failed(error: &dyn std::fmt::Display, code: u8) -> ExitCode {
    // Nobody need be listening.
    let _ = writeln!(std::io::stderr(), "{error}");
    ExitCode::from(code)
}

/// A limit on the size of files (`ulimit -f`) ends a program by a signal. With a handler, which stays and does nothing,
/// the write fails as on a full disk, and is told of.
#[cfg(unix)]
fn outlive_size_limits() {
    drop(async_signal::Signals::new([async_signal::Signal::Xfsz]));
}
