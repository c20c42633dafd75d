//! Every setting of learning, in groups, for those who want to turn the knobs themselves.
//!
//! The ranges are those that the settings accept; what is still refused is told above the Learn button.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use eframe::egui::{
    Align, Checkbox, ComboBox, DragValue, Label, Layout, Response, RichText, TextEdit, Ui, emath::Numeric,
    vec2,
};

use super::super::icons;
use super::super::theme::{self, GAP, NEAR};
use crate::project::settings::{MAX_CLIP_SKIP, MAX_SEED, MAX_VECTORS};
use crate::project::{
    ConceptKind, LearnSettings, LearningRate, Precision, PreviewSettings, SamplerKind, SigmaSpacing,
    TemplateSource,
};

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
    ui.add_space(NEAR);
    ui.label(RichText::new(name).strong());
}

fn steps(ui: &mut Ui, s: &mut LearnSettings) {
    group(ui, "Steps and batches");
    let tip = "How many times the word is improved. More takes longer and fits the pictures more closely";
    number(ui, "Steps", tip, &mut s.steps, 1..=MANY);
    let tip = "How many pictures are looked at together; each costs memory";
    number(ui, "Pictures at once", tip, &mut s.batch_size, 1..=64);
    let tip = "How many such groups make one step: steadier, takes longer, costs no memory";
    number(ui, "Groups in a step", tip, &mut s.gradient_accumulation, 1..=256);
    let tip = "Where chance starts. Another number can give a better word";
    number(ui, "Seed", tip, &mut s.seed, 0..=MAX_SEED);
}

fn word(ui: &mut Ui, s: &mut LearnSettings) {
    group(ui, "Word");
    let tip = "How much the word can hold. More vectors remember more detail and obey prompts less. \
               By itself: as many as the word it starts from has pieces";
    optional(ui, "Vectors", tip, &mut s.vectors, 1, 1..=MAX_VECTORS);
    let tip = "After each step the word's length moves by this part of the way to the length of usual words. \
               It keeps the word easy to combine with others; 0 leaves it alone";
    decimal(ui, "Pull to usual length", tip, &mut s.norm_pull, 0.0..=1.0, 0.005);
    let tip = "The sentences the word is learned in: the published list, or a text file of your own";
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
        if line(ui, "File with sentences", "Where the text file lies", &mut text).changed() {
            *path = text.into();
        }
    }
    let tip = "End the published sentences with a full stop, as the paper does";
    switch(ui, "Full stop at the end", tip, &mut s.full_stop);
    let tip = "Use the caption of a picture in place of the sentences, where it has one";
    switch(ui, "Use captions", tip, &mut s.use_captions);
    let tip = "Which layer of the text encoder is used, counted from the last one: 1 or 2 are usual";
    number(ui, "Clip skip", tip, &mut s.clip_skip, 1..=MAX_CLIP_SKIP);
}

fn optimiser(ui: &mut Ui, s: &mut LearnSettings) {
    group(ui, "Rate and optimiser");
    rate(ui, &mut s.learning_rate);
    let tip = "Longest push that is used as it is; a longer one is shortened to it. 1 is usual";
    optional(ui, "Limit of a push", tip, &mut s.gradient_clip, 1.0, 1e-6..=1e6);
    let adamw = &mut s.adamw;
    let below_one = 1.0 - f64::EPSILON;
    let tip = "How long the direction of past steps is remembered (beta 1)";
    decimal(ui, "Memory of direction", tip, &mut adamw.beta1, 0.0..=below_one, 0.001);
    let tip = "How long the strength of past pushes is remembered (beta 2)";
    decimal(ui, "Memory of strength", tip, &mut adamw.beta2, 0.0..=below_one, 0.0001);
    let tip = "Keeps a division safe (epsilon). There is hardly a reason to change it";
    decimal(ui, "Epsilon", tip, &mut adamw.epsilon, 1e-30..=1.0, 1e-9);
    let tip = "How strongly the word is pulled towards nothing in each step";
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
    choose(ui, "Rate", "How fast the word changes", &mut form, &[0, 1, 2], |form| match form {
        0 => ("constant", "The same rate in every step"),
        1 => ("falling", "Quick at first, careful at the end"),
        _ => ("written", "Your own list, as in 0.005:100, 1e-3:1000, 1e-5"),
    });
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
            decimal(ui, "In every step", "0.005 is usual; the paper uses 0.02", rate, range, 5e-5);
        }
        LearningRate::Cosine { start, end } => {
            decimal(ui, "At first", "The rate of the first step; 0.005 is usual", start, range.clone(), 5e-5);
            decimal(ui, "At the end", "The rate of the last step; 0.0005 is usual", end, range, 1e-5);
        }
        LearningRate::Text(text) => {
            let tip = "Rate and the step up to which it holds, in turn; the last rate holds to the end";
            line(ui, "Rates and steps", tip, text);
        }
    }
}

fn pictures(ui: &mut Ui, s: &mut LearnSettings) {
    group(ui, "Pictures");
    let tip = "Width and height in pixels to learn at. By itself: what the model was made for";
    side(ui, "Size", tip, &mut s.resolution);
    let tip = "Show each picture mirrored half of the time. Switch off for writing, logos and lopsided faces";
    switch(ui, "Mirror", tip, &mut s.flip);
    let tip = "Learn only what a mask, or the transparency of a picture, leaves white";
    switch(ui, "Use masks", tip, &mut s.use_masks);
    let tip = "From which noise level up to which to learn. Low levels hold detail, high ones composition";
    row(ui, "Noise levels", tip, |ui| {
        let [first, end] = &mut s.timesteps;
        let from = ui.add(DragValue::new(first).range(0..=999_u32));
        from.union(ui.add(DragValue::new(end).range(1..=1000_u32)))
    });
    let tip = "Number format of the model while it learns. The word itself is always kept exact";
    choose(ui, "Precision", tip, &mut s.precision, Precision::ALL, |precision| match precision {
        Precision::F32 => ("32 bits", "Exact, works everywhere"),
        Precision::F16 => ("16 bits", "Half the memory and faster on nearly every graphics card"),
        Precision::Bf16 => ("16 bits, wide", "For cards that know bf16; never overflows where 16 bits might"),
    });
}

fn saving(ui: &mut Ui, s: &mut LearnSettings) {
    group(ui, "Previews and checkpoints");
    let tip = "Save the word every so many steps, so that you can go back to it";
    number(ui, "Save every", tip, &mut s.checkpoint_every, 1..=MANY);
    let tip = "Draw preview pictures every so many steps; 0 is never";
    number(ui, "Preview every", tip, &mut s.preview_every, 0..=MANY);
    let tip = "Check every so many steps, on examples it does not learn from, how well the word explains the \
               pictures; 0 is never";
    number(ui, "Check every", tip, &mut s.held_out_every, 0..=MANY);
    let tip = "How many examples it is checked on. More is steadier and takes longer";
    number(ui, "Check on", tip, &mut s.held_out_size, 1..=1024);
    let tip = "How calm the curve in the Learn room is, 0 to 0.9999";
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
        let add = ui.small_button(format!("{} Add a prompt", icons::PLUS));
        if add.on_hover_text("Draw one more picture at each preview").clicked() && s.prompts.len() < PROMPTS {
            s.prompts.push("a photo of {}".into());
        }
        let usual = ui.small_button(format!("{} Usual prompts", icons::UNDO));
        if usual.on_hover_text("Take the prompts that come with the program").clicked() {
            s.prompts = PreviewSettings::new(kind).prompts;
        }
    });
    let tip = "Where chance starts in previews; the same number keeps them comparable";
    number(ui, "Preview seed", tip, &mut s.seed, 0..=MAX_SEED);
    let tip = "How many steps a preview is drawn in. More is slower and, after some 30, hardly better";
    number(ui, "Drawing steps", tip, &mut s.steps, 1..=1000);
    let tip = "How strictly previews follow the prompt; small models like 3 to 5";
    decimal(ui, "Guidance", tip, &mut s.guidance, 0.0..=100.0, 0.05);
    let tip = "How noise is turned into a picture";
    choose(ui, "Sampler", tip, &mut s.sampler, SamplerKind::ALL, |sampler| match sampler {
        SamplerKind::Ddim => ("DDIM", "Even, repeatable steps; the paper's choice"),
        SamplerKind::Pndm => ("PNDM", "The first sampler of Stable Diffusion, also called PLMS"),
        SamplerKind::Euler => ("Euler", "Simple and quick"),
        SamplerKind::EulerAncestral => ("Euler a", "Adds new noise in every step: lively, and never settles"),
        SamplerKind::DpmPp2m => ("DPM++ 2M", "Good pictures in 20 to 30 steps"),
        SamplerKind::UniPc => ("UniPC", "Good pictures in 10 to 20 steps"),
        SamplerKind::Lcm => ("LCM", "Two to eight steps, only for models made for it"),
    });
    let tip = "How the noise levels are spread over the steps";
    choose(ui, "Spacing", tip, &mut s.spacing, SigmaSpacing::ALL, |spacing| match spacing {
        SigmaSpacing::Normal => ("normal", "As the model was trained"),
        SigmaSpacing::Karras => ("Karras", "More steps at low noise, for finer detail"),
    });
    let tip = "Width and height of previews in pixels. By itself: the size learned at";
    side(ui, "Preview size", tip, &mut s.size);
}

/// A label and, beside it, what it names.
fn row(ui: &mut Ui, name: &str, tip: &str, add: impl FnOnce(&mut Ui) -> Response) {
    ui.horizontal(|ui| {
        let size = vec2(ui.available_width() * 0.48, ui.spacing().interact_size.y);
        let label = ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(size.x);
            ui.add(Label::new(name).truncate())
        });
        let label = label.inner.on_hover_text(tip);
        ui.label_inputs_by(label.id, add).on_hover_text(tip);
    });
}

/// A number that a pull changes by a part of itself.
fn pull<N: Numeric>(value: &mut N, range: RangeInclusive<N>) -> DragValue<'_> {
    let speed = (value.to_f64().abs() * 0.01).clamp(0.05, 10.0);
    DragValue::new(value).range(range).speed(speed)
}

fn number<N: Numeric>(ui: &mut Ui, name: &str, tip: &str, value: &mut N, range: RangeInclusive<N>) {
    row(ui, name, tip, |ui| ui.add(pull(value, range)));
}

/// A number that may be very small; a pull changes it by `step`, or less where it is small itself.
fn decimal(ui: &mut Ui, name: &str, tip: &str, value: &mut f64, range: RangeInclusive<f64>, step: f64) {
    let before = *value;
    let speed = if before == 0.0 { step } else { step.min(before.abs() * 0.02) };
    row(ui, name, tip, |ui| {
        ui.add(DragValue::new(value).range(range).speed(speed).custom_formatter(|value, _| short(value)))
    });
    if value.is_nan() {
        *value = before;
    }
}

/// As few digits as say the number.
fn short(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-3 { format!("{value:e}") } else { format!("{value}") }
}

fn optional<N: Numeric>(
    ui: &mut Ui,
    name: &str,
    tip: &str,
    value: &mut Option<N>,
    fresh: N,
    range: RangeInclusive<N>,
) {
    row(ui, name, tip, |ui| {
        let mut own = value.is_some();
        let check = ui.add(Checkbox::without_text(&mut own));
        if check.changed() {
            *value = own.then_some(fresh);
        }
        match value {
            Some(value) => check.union(ui.add(pull(value, range))),
            None => check.union(by_itself(ui)),
        }
    });
}

/// A side in pixels: a multiple of 8, or left to the program.
fn side(ui: &mut Ui, name: &str, tip: &str, value: &mut Option<u32>) {
    row(ui, name, tip, |ui| {
        let mut own = value.is_some();
        let check = ui.add(Checkbox::without_text(&mut own));
        if check.changed() {
            *value = own.then_some(512);
        }
        let Some(side) = value else { return check.union(by_itself(ui)) };
        let drag = DragValue::new(side).range(8..=4096_u32).speed(4.0).update_while_editing(false);
        let drag = ui.add(drag);
        // Not while it is being pulled, or it would stick to where it began.
        if drag.drag_stopped() || (drag.changed() && !drag.dragged()) {
            *side = (*side / 8).max(1) * 8;
        }
        check.union(drag)
    });
}

fn by_itself(ui: &mut Ui) -> Response {
    ui.label(RichText::new("by itself").color(theme::tokens(ui).quiet))
}

fn switch(ui: &mut Ui, name: &str, tip: &str, on: &mut bool) {
    row(ui, name, tip, |ui| ui.add(Checkbox::without_text(on)));
}

fn choose<T: Copy + PartialEq>(
    ui: &mut Ui,
    name: &str,
    tip: &str,
    value: &mut T,
    all: &[T],
    words: impl Fn(T) -> (&'static str, &'static str),
) {
    row(ui, name, tip, |ui| {
        let (now, _) = words(*value);
        let list = ComboBox::from_id_salt(name).width(96.0).truncate().selected_text(now);
        let list = list.show_ui(ui, |ui| {
            for &option in all {
                let (text, tip) = words(option);
                ui.selectable_value(value, option, text).on_hover_text(tip);
            }
        });
        list.response
    });
}

/// A line of text across the whole width, below its label.
fn line(ui: &mut Ui, name: &str, tip: &str, text: &mut String) -> Response {
    let label = ui.label(name);
    let field = TextEdit::singleline(text).id_salt(("advanced", name)).desired_width(f32::INFINITY);
    ui.add(field).labelled_by(label.id).on_hover_text(tip)
}
