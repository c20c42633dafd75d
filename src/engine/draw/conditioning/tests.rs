//! Prompts drawn with: weights beside other programs' numbers, choices by step, joined prompts, windows.

use std::path::Path;

use super::*;
use crate::context::JobSignal;
use crate::draw::{SampleParams, latents, scheduler};
use crate::session::tests::opened;
use diffusion::Noise;
use model::Pipeline;
use project::SamplerKind;

/// Weighted prompts as compel itself and the rules of A1111 and ComfyUI encode them; see `make_emphasis.py`.
#[test]
fn weights_agree_with_what_other_programs_do() {
    let cases: [(&str, &[(&str, f64)]); 3] = [
        (
            "short",
            &[
                ("a photo of a ", 1.0),
                ("cat", 1.4),
                (" on a ", 1.0),
                ("beach", 0.6),
                (" of ", 1.0),
                ("a toy", 0.25),
            ],
        ),
        ("up", &[("a photo of a ", 1.0), ("red cat", 1.3)]),
        ("long", &[(&"a cat ".repeat(30), 1.0), (&"dog ".repeat(30), 0.5), (&"a toy ".repeat(10), 1.2)]),
    ];
    let model = opened("sd1");
    let words = LoadedWords::new(&model.tokenizers, &[]).unwrap();
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/emphasis.safetensors");
    let stored = std::fs::read(stored).unwrap();
    let stored = safetensors::SafeTensors::deserialize(&stored).unwrap();
    let mut encoder = Encoder::new(&model, None, 1, [64, 64]);
    for (name, fragments) in cases {
        let piece = |(text, weight): &(&str, f64)| Piece {
            span: 0..0,
            text: (*text).into(),
            weight: *weight,
            breaks: 0,
        };
        let pieces: Vec<Piece> = fragments.iter().map(piece).collect();
        let windows = words.windows(&pieces).windows;
        let empty = &words.windows(&[]).windows[0];
        for emphasis in Emphasis::ALL {
            let widths = model.conditioner.widths();
            let got = weighted(&mut encoder, &pieces, &windows, empty, *emphasis, &widths).unwrap().context;
            let want = stored.tensor(&format!("{name}.{emphasis}")).unwrap();
            let want: Vec<f32> =
                want.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
            assert_eq!(got.len(), want.len(), "{name} {emphasis}");
            let worst = got.iter().zip(&want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            // Values are up to 3.7, and A1111's mean of thousands of f32 is good to some 1e-6 of them.
            assert!(worst < 2e-5, "{name} {emphasis}: {worst}");
        }
    }
}

/// The latents of a prompt after three steps.
fn drawn(model: &Pipeline, change: impl Fn(&mut GenerateSettings)) -> Vec<f32> {
    let mut settings = GenerateSettings { steps: 3, sampler: SamplerKind::Ddim, ..Default::default() };
    change(&mut settings);
    let words = LoadedWords::new(&model.tokenizers, &[]).unwrap();
    let schedule = scheduler(model).unwrap();
    let params = SampleParams::new(&words, &settings, [64, 64], 0);
    latents(model, &schedule, &params, &mut |_, _, _| JobSignal::Continue).unwrap().unwrap()
}

#[test]
fn each_sign_makes_another_picture() {
    let model = opened("sd1");
    let draw = |prompt: &str| drawn(&model, |settings| settings.prompt = prompt.into());
    let (cat, dog) = (draw("a photo of a cat"), draw("a photo of a dog"));
    assert_ne!(cat, dog);
    for prompt in [
        "a photo of a [cat|dog]",
        "a photo of a [cat:dog:0.5]",
        "a photo of a [cat::2]",
        "a photo of a cat BREAK a photo of a dog",
        "a photo of a cat AND a photo of a dog:0.5",
        "a photo of a (cat:1.5)",
    ] {
        let plain =
            prompt.replace(['[', ']', '(', ')', '|', ':'], " ").replace("AND", " ").replace("BREAK", " ");
        let picture = draw(prompt);
        assert!(picture != cat && picture != dog && picture != draw(&plain), "{prompt}");
    }
    // What is never reached, and what is the same twice, changes nothing.
    assert_eq!(draw("a photo of a [cat:dog:3]"), cat);
    assert_eq!(draw("a photo of a [cat|cat]"), cat);
    assert_eq!(draw("a photo of a [cat:dog:0]"), dog);
    assert_eq!(draw("a photo of a cat <lora:detail:0.8>"), cat);
    for emphasis in Emphasis::ALL {
        let weighted = |prompt: &str| {
            drawn(&model, |settings| (settings.prompt, settings.emphasis) = (prompt.into(), Some(*emphasis)))
        };
        assert_eq!(weighted("a photo of a cat"), cat);
        assert_ne!(weighted("a photo of a (cat:0.5)"), cat);
    }
}

#[test]
fn a_second_pass_counts_on() {
    let model = opened("sd1");
    let words = LoadedWords::new(&model.tokenizers, &[]).unwrap();
    let said = |prompt: &str| {
        let settings =
            GenerateSettings { prompt: prompt.into(), steps: 4, guidance: Some(1.0), ..Default::default() };
        let plan = PromptPlan::second(&model, &words, &settings, [64, 64], 2);
        let text = |terms: &Terms| -> String {
            plan.said[terms[0].1].iter().map(|piece| piece.text.as_str()).collect()
        };
        plan.steps.iter().map(text).collect::<Vec<_>>()
    };
    assert_eq!(said("[cat:dog:0.5]"), ["dog"; 4]);
    // Of the steps 3 and 4, the first half.
    assert_eq!(said("[cat:dog:1.5]"), ["cat", "cat", "cat", "dog"]);
}

#[test]
fn joined_prompts_add_up_as_guidance_does() {
    let model = opened("sd1");
    let draw = |prompt: &str| drawn(&model, |settings| settings.prompt = prompt.into());
    let close = |a: Vec<f32>, b: Vec<f32>| {
        let worst = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        // The halves are added up in another order.
        assert!(worst < 1e-3, "{worst}");
    };
    close(draw("a cat:0.5 AND a cat:0.5"), draw("a cat"));
    close(draw("a cat AND a dog:0"), draw("a cat"));
    let unguided = |prompt: &str| {
        drawn(&model, |settings| (settings.prompt, settings.guidance) = (prompt.into(), Some(1.0)))
    };
    close(unguided("a cat:1 AND a dog:0"), unguided("a cat"));
}

#[test]
fn long_negative_prompts_count_to_their_end() {
    let model = opened("sd1");
    let draw = |negative: &str| drawn(&model, |settings| settings.negative_prompt = negative.into());
    let long = "a cat ".repeat(40);
    assert_ne!(draw(&format!("{long} dog")), draw(&long));
}

#[test]
fn a_word_of_75_vectors_leaves_room_for_others() {
    let model = opened("sd1");
    let width = model.conditioner.width();
    let vectors = inversion::Vectors { values: Noise::new(3).normal(0, 75 * width), shape: [75, width] };
    let words = LoadedWords::new(&model.tokenizers, &[(vec!["<bad>".into()], vectors)]).unwrap();
    let prompt = words.prompt("<bad>, a dog");
    assert_eq!(words.count(&prompt, [1, 0]).1, 0);
    let pieces = words.pieces(&prompt, 0, Moment::FIRST, Emphasis::Automatic1111);
    assert_eq!(words.windows(&pieces).windows.len(), 2);
}
