//! Every setting of learning, in groups, for those who want to turn the knobs themselves.
//!
//! The ranges are those that the settings accept; what is still refused is told above the Learn button.

mod rows;

use std::path::PathBuf;

use egui::{DragValue, RichText, TextEdit, Ui};

use crate::icons;
use crate::theme::{GAP, NEAR};
use project::settings::{MAX_CLIP_SKIP, MAX_SEED, MAX_VECTORS};
use project::{
    ConceptKind, LearnSettings, LearningRate, Precision, PreviewSettings, SamplerKind, SigmaSpacing,
    TemplateSource,
};
use rows::{choose, decimal, line, number, optional, row, short, side, switch};

const MANY: u64 = 1_000_000;
/// Most prompts that previews are drawn of.
const PROMPTS: usize = 16;

/// All settings of learning.
pub fn ui(ui: &mut Ui, settings: &mut LearnSettings, kind: ConceptKind) {
    steps(ui, settings);
    word(ui, settings);
    optimiser(ui, settings);
    pictures(ui, settings);
    saving(ui, settings);
    previews(ui, &mut settings.preview, kind);
}

fn group(ui: &mut Ui, name: &str) {
    ui.add_space(GAP);
    ui.label(RichText::new(name).strong());
}

fn steps(ui: &mut Ui, s: &mut LearnSettings) {
    group(ui, "Steps and batches");
    let tip = "How many times the word is improved. More takes longer and comes closer to your pictures; far too many, and \
               it draws your pictures again whatever else you ask for";
    number(ui, "Steps", tip, &mut s.steps, 1..=MANY);
    let tip = "How many of your pictures are looked at together. More of them, and drawings take less after any single \
               one; each costs memory";
    number(ui, "Pictures at once", tip, &mut s.batch_size, 1..=64);
    let tip = "How many such groups make one step. Has the same steadying effect on drawings; takes longer, costs no memory";
    number(ui, "Groups in a step", tip, &mut s.gradient_accumulation, 1..=256);
    let tip = "Another number learns a slightly different word from the same pictures. Try one if drawings disappoint";
    number(ui, "Seed", tip, &mut s.seed, 0..=MAX_SEED);
}

fn word(ui: &mut Ui, s: &mut LearnSettings) {
    group(ui, "Word");
    let tip = "How much the word can hold. More vectors remember more detail and obey prompts less. \
               By itself: as many as the word it starts from has pieces";
    optional(ui, "Vectors", tip, &mut s.vectors, 1, 1..=MAX_VECTORS);
    let tip = "Keeps the word as loud as usual words, so that the rest of a sentence still shows in the picture. Each step \
               takes it this part of the way back; 0 lets it grow as it likes";
    decimal(ui, "Pull to usual length", tip, &mut s.norm_pull, 0.0..=1.0, 0.005);
    let tip = "The sentences the word is learned in, such as “a photo of …”: what they say besides stays out of the word";
    let mut own = matches!(s.templates, TemplateSource::File(_));
    let was = own;
    choose(ui, "Sentences", tip, &mut own, &[false, true], |own| match own {
        false => ("published", "The list of the paper for a thing or a style"),
        true => ("my own", "A text file with one sentence a line; {} stands for the word"),
    });
    if own != was {
        s.templates = if own { TemplateSource::File(PathBuf::new()) } else { TemplateSource::Builtin };
    }
    if let TemplateSource::File(path) = &mut s.templates {
        let mut text = path.to_string_lossy().into_owned();
        if line(ui, "File with sentences", "Where the text file with your sentences lies", &mut text)
            .changed()
        {
            *path = text.into();
        }
    }
    let tip = "End the sentences with a full stop, as the paper does. Drawings hardly show it";
    switch(ui, "Full stop at the end", tip, &mut s.full_stop);
    let tip = "Learn a picture with its own caption, where it has one. What a caption names, a beach or a hat, stays out of \
               the word";
    switch(ui, "Use captions", tip, &mut s.use_captions);
    let tip = "How deeply the model reads a sentence. Take what your model was made with, 1 for most and 2 for many drawn \
               in anime style; with the wrong one shapes and colours come out odd";
    number(ui, "Clip skip", tip, &mut s.clip_skip, 1..=MAX_CLIP_SKIP);
}

fn optimiser(ui: &mut Ui, s: &mut LearnSettings) {
    group(ui, "Rate and optimiser");
    rate(ui, &mut s.learning_rate);
    let tip = "Keeps one odd picture from throwing the word off its course: longer pushes are shortened to this. 1 is usual";
    optional(ui, "Limit of a push", tip, &mut s.gradient_clip, 1.0, 1e-6..=1e6);
    let adamw = &mut s.adamw;
    let below_one = 1.0 - f64::EPSILON;
    let tip = "How long past steps steer the next ones (beta 1). More is steadier; less follows each picture faster";
    decimal(ui, "Memory of direction", tip, &mut adamw.beta1, 0.0..=below_one, 0.001);
    let tip =
        "How long strong pushes make the next steps careful (beta 2). There is hardly a reason to change it";
    decimal(ui, "Memory of strength", tip, &mut adamw.beta2, 0.0..=below_one, 0.0001);
    let tip = "Keeps a division safe (epsilon). Drawings do not show it";
    decimal(ui, "Epsilon", tip, &mut adamw.epsilon, 1e-30..=1.0, 1e-9);
    let tip = "Pulls the word towards meaning nothing in each step. Much of it, and drawings lose your thing or style";
    decimal(ui, "Weight decay", tip, &mut adamw.weight_decay, 0.0..=1.0, 0.001);
}

/// How fast the word changes.
fn rate(ui: &mut Ui, how: &mut LearningRate) {
    let was = match how {
        LearningRate::Constant { .. } => 0,
        LearningRate::Cosine { .. } => 1,
        LearningRate::Text(_) => 2,
    };
    let mut form = was;
    choose(
        ui,
        "Rate",
        "How fast the word changes. Too fast, and drawings turn to noise; too slow, and they stay what they were",
        &mut form,
        &[0, 1, 2],
        |form| match form {
            0 => ("constant", "As fast in every step: quick, and a little restless at the end"),
            1 => ("falling", "Quick at first, careful at the end: finds the look, then its details"),
            _ => ("written", "Your own list, as in 0.005:100, 1e-3:1000, 1e-5"),
        },
    );
    if form != was {
        let start = match how {
            LearningRate::Constant { rate } => *rate,
            LearningRate::Cosine { start, .. } => *start,
            LearningRate::Text(_) => 0.005,
        };
        let end = start / 10.0;
        *how = match form {
            0 => LearningRate::Constant { rate: start },
            1 => LearningRate::Cosine { start, end },
            _ => LearningRate::Text(format!("{}:500, {}", short(start), short(end))),
        };
    }
    let range = 1e-9..=10.0;
    match how {
        LearningRate::Constant { rate } => {
            decimal(
                ui,
                "In every step",
                "How large a change each step may make. 0.005 is usual; the paper uses 0.02",
                rate,
                range,
                5e-5,
            );
        }
        LearningRate::Cosine { start, end } => {
            decimal(
                ui,
                "At first",
                "How large a change the first step may make, while the look is found. 0.005 is usual",
                start,
                range.clone(),
                5e-5,
            );
            decimal(
                ui,
                "At the end",
                "How large a change the last step may make, while details settle. 0.0005 is usual",
                end,
                range,
                1e-5,
            );
        }
        LearningRate::Text(text) => {
            let tip = "Rate and the step up to which it holds, in turn; the last rate holds to the end";
            line(ui, "Rates and steps", tip, text);
        }
    }
}

fn pictures(ui: &mut Ui, s: &mut LearnSettings) {
    group(ui, "Pictures");
    let tip = "Width and height in pixels to learn at. Larger sees finer detail, takes longer and costs memory. By itself: \
               what the model was made for";
    side(ui, "Size", tip, &mut s.resolution);
    let tip = "Show each picture mirrored half of the time, so that drawings may face either way. Switch off for writing, \
               logos and lopsided faces";
    switch(ui, "Mirror", tip, &mut s.flip);
    let tip = "Learn only the part of a picture that you painted, or that is not transparent: what is around it stays out of \
               drawings";
    switch(ui, "Use masks", tip, &mut s.use_masks);
    let tip = "From which noise level up to which to learn. Low levels hold textures and detail, high ones shape and \
               composition; all of them is usual";
    row(ui, "Noise levels", tip, |ui| {
        let [first, end] = &mut s.timesteps;
        let from = ui.add(DragValue::new(first).range(0..=999_u32)).accessible_name("Lowest noise level");
        let end = ui.add(DragValue::new(end).range(1..=1000_u32)).accessible_name("Highest noise level");
        from.union(end)
    });
    let tip = "Number format of the model while it learns. 16 bits halve the memory, and drawings hardly show it; the word \
               itself is always kept exact";
    choose(ui, "Precision", tip, &mut s.precision, Precision::ALL, |precision| match precision {
        Precision::F32 => ("32 bits", "Exact, works everywhere"),
        Precision::F16 => ("16 bits", "Half the memory and faster on nearly every graphics card"),
        Precision::Bf16 => ("16 bits, wide", "For cards that know bf16; never overflows where 16 bits might"),
    });
}

fn saving(ui: &mut Ui, s: &mut LearnSettings) {
    group(ui, "Previews and checkpoints");
    let tip = "Keep the word every so many steps. You can go back to any of them, if it drew better then";
    number(ui, "Save every", tip, &mut s.checkpoint_every, 1..=MANY);
    let tip = "Draw with the word every so many steps, to watch it grow. More often takes longer; 0 is never";
    number(ui, "Preview every", tip, &mut s.preview_every, 0..=MANY);
    let tip = "Measure every so many steps, always on the same examples, how well the word explains your pictures: the calm \
               line of the curve. 0 is never";
    number(ui, "Check every", tip, &mut s.held_out_every, 0..=MANY);
    let tip = "How many examples it is measured on. More makes the line calmer and takes longer; the word stays the same";
    number(ui, "Check on", tip, &mut s.held_out_size, 1..=1024);
    let tip = "How smooth the curve in the Learn room is, 0 to 0.9999; the word stays the same";
    decimal(ui, "Calm of the curve", tip, &mut s.smoothing, 0.0..=0.9999, 0.001);
}

fn previews(ui: &mut Ui, s: &mut PreviewSettings, kind: ConceptKind) {
    ui.add_space(NEAR);
    ui.label("Preview prompts").on_hover_text("Drawn while the word is learned; {} stands for the word");
    let mut gone = None;
    for (i, prompt) in s.prompts.iter_mut().enumerate() {
        ui.horizontal(|ui| {
            let width = (ui.available_width() - 3.0 * GAP - 2.0 * NEAR).max(40.0);
            let field = TextEdit::singleline(prompt).id_salt(("preview prompt", i));
            ui.add(field.desired_width(width))
                .accessible_name(format!("Preview prompt {}", i + 1))
                .on_hover_text("What to draw; {} stands for the word");
            let name = format!("Remove preview prompt {}", i + 1);
            let remove = ui.small_button(icons::CLOSE).accessible_name(name);
            if remove.on_hover_text("Draw this one no more").clicked() {
                gone = Some(i);
            }
        });
    }
    if let Some(i) = gone {
        s.prompts.remove(i);
    }
    ui.horizontal_wrapped(|ui| {
        let add = ui.small_button(format!("{} Add a prompt", icons::PLUS)).accessible_name("Add a prompt");
        if add.on_hover_text("Draw one more picture at each preview, of another sentence").clicked()
            && s.prompts.len() < PROMPTS
        {
            s.prompts.push("a photo of {}".into());
        }
        let usual =
            ui.small_button(format!("{} Usual prompts", icons::UNDO)).accessible_name("Usual prompts");
        if usual.on_hover_text("Take the sentences that come with the program").clicked() {
            s.prompts = PreviewSettings::new(kind).prompts;
        }
    });
    let tip = "Where chance starts in previews. The same number starts all of them alike, so that only the word makes the \
               difference";
    number(ui, "Preview seed", tip, &mut s.seed, 0..=MAX_SEED);
    let tip = "How many steps a preview is drawn in. More is slower and, after some 30, hardly better";
    number(ui, "Drawing steps", tip, &mut s.steps, 1..=1000);
    let tip = "How strictly previews follow the prompt; small models like 3 to 5";
    decimal(ui, "Guidance", tip, &mut s.guidance, 0.0..=100.0, 0.05);
    let tip = "The way from noise to picture: each has a slightly different hand";
    choose(ui, "Sampler", tip, &mut s.sampler, SamplerKind::ALL, |sampler| match sampler {
        SamplerKind::Ddim => ("DDIM", "Even, repeatable steps; the paper's choice"),
        SamplerKind::Pndm => ("PNDM", "The first sampler of Stable Diffusion, also called PLMS"),
        SamplerKind::Euler => ("Euler", "Simple and quick"),
        SamplerKind::EulerAncestral => ("Euler a", "Adds new noise in every step: lively, and never settles"),
        SamplerKind::DpmPp2m => ("DPM++ 2M", "Good pictures in 20 to 30 steps"),
        SamplerKind::UniPc => ("UniPC", "Good pictures in 10 to 20 steps"),
        SamplerKind::Lcm => ("LCM", "Two to eight steps, only for models made for it"),
    });
    let tip = "Where on the way most care is taken: Karras spends more on fine detail";
    choose(ui, "Spacing", tip, &mut s.spacing, SigmaSpacing::ALL, |spacing| match spacing {
        SigmaSpacing::Normal => ("normal", "As the model was trained"),
        SigmaSpacing::Karras => ("Karras", "More steps at low noise, for finer detail"),
    });
    let tip = "Width and height of previews in pixels; smaller is faster. By itself: the size learned at";
    side(ui, "Preview size", tip, &mut s.size);
}
