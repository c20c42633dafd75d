//! Every setting of learning, in groups, for those who want to turn the knobs themselves.
//!
//! What a knob does is said by the setting itself. The ranges are those that the settings accept; what is still refused
//! is told above the Learn button. The length is that of the list of knobs.

pub(super) mod rows;

use std::mem::discriminant;
use std::path::PathBuf;

use egui::{ComboBox, DragValue, RichText, TextEdit, Ui};

use crate::icons;
use crate::language::floors::{Tips, about, label, words};
use crate::theme::{GAP, NEAR};
use crate::widgets::controls::Named;
use project::options::Help;
use project::settings::{MAX_CLIP_SKIP, MAX_VECTORS};
use project::{
    ConceptKind, LearnSettings, LearningRate, LossWeighting, LowMemory, Method, ModelDefaults, Optimizer,
    Precision, Preset, PreviewSettings, SamplerKind, SigmaSpacing, TemplateSource, TimestepSampling,
    WeightFormat, WordStart,
};
use rows::{choose, decimal, line, number, optional, row, seed, short, side, switch};

/// The recipes, the one to use first.
const RECIPES: [Preset; 4] = [Preset::Default, Preset::Paper, Preset::PaperHigh, Preset::PaperLow];
/// The side of a picture for which nobody has chosen one yet.
const SIDE: u32 = 512;
const MANY: u64 = 1_000_000;
/// Most prompts that previews are drawn of.
const PROMPTS: usize = 16;

static HELP: Tips = Tips::of("learn", Help::of::<LearnSettings>());

/// All settings of learning, for a word of this kind on this model.
pub fn ui(ui: &mut Ui, settings: &mut LearnSettings, kind: ConceptKind, model: &ModelDefaults) {
    recipe(ui, settings, kind);
    steps(ui, settings);
    word(ui, settings);
    optimizer(ui, settings);
    pictures(ui, settings);
    beyond(ui, settings);
    saving(ui, settings);
    previews(ui, &mut settings.preview, kind, model);
}

/// The settings that a run can go on with.
pub fn going_on(ui: &mut Ui, settings: &mut LearnSettings, kind: ConceptKind, model: &ModelDefaults) {
    group(ui, t!("advanced-batches"));
    batches(ui, settings);
    group(ui, t!("advanced-sentences"));
    sentences(ui, settings);
    optimizer(ui, settings);
    pictures(ui, settings);
    held_back(ui, settings);
    group(ui, t!("advanced-beyond"));
    guided(ui, settings);
    saving(ui, settings);
    previews(ui, &mut settings.preview, kind, model);
}

/// Takes a recipe. How previews are drawn suits the model and stays.
pub fn take(settings: &mut LearnSettings, preset: Preset, kind: ConceptKind) {
    let PreviewSettings { guidance, steps, .. } = settings.preview;
    *settings = LearnSettings::preset(preset, kind);
    (settings.preview.guidance, settings.preview.steps) = (guidance, steps);
}

/// All recipes and all methods in one list: a recipe sets everything, a method how the word is learned and nothing else.
fn recipe(ui: &mut Ui, s: &mut LearnSettings, kind: ConceptKind) {
    row(ui, named!("advanced-recipe"), |ui| {
        let now = match s.method {
            Method::Single => label(s.preset).to_owned(),
            method => format!("{}, {}", label(method), label(s.preset)),
        };
        let list = ComboBox::from_id_salt("recipe and method")
            .width(140.0)
            .height(400.0)
            .truncate()
            .selected_text(now);
        let list = list.show_ui(ui, |ui| {
            for preset in RECIPES {
                let option = ui.selectable_label(s.preset == preset, label(preset));
                if option.on_hover_text(about(preset)).clicked() {
                    take(s, preset, kind);
                }
            }
            ui.separator();
            for &method in Method::ALL {
                ui.selectable_value(&mut s.method, method, label(method)).on_hover_text(about(method));
            }
        });
        list.response
    });
}

fn group(ui: &mut Ui, name: &str) {
    ui.add_space(GAP);
    ui.label(RichText::new(name).strong());
}

fn steps(ui: &mut Ui, s: &mut LearnSettings) {
    group(ui, t!("advanced-steps-batches"));
    number(ui, HELP.row("steps", t!("advanced-steps")), &mut s.steps, 1..=MANY);
    batches(ui, s);
    seed(ui, HELP.row("seed", t!("advanced-seed")), &mut s.seed);
}

fn batches(ui: &mut Ui, s: &mut LearnSettings) {
    number(ui, HELP.row("batch_size", t!("advanced-batch-size")), &mut s.batch_size, 1..=64);
    let named = HELP.row("gradient_accumulation", t!("advanced-accumulation"));
    number(ui, named, &mut s.gradient_accumulation, 1..=256);
}

fn word(ui: &mut Ui, s: &mut LearnSettings) {
    group(ui, t!("advanced-word"));
    method(ui, s);
    optional(ui, HELP.row("vectors", t!("advanced-vectors")), &mut s.vectors, 1, 1..=MAX_VECTORS);
    start(ui, s);
    sentences(ui, s);
}

/// What the method can be told when a run begins.
fn method(ui: &mut Ui, s: &mut LearnSettings) {
    let methods = &mut s.methods;
    match s.method {
        Method::Progressive => {
            let named = HELP.row("methods.add_vector_at", t!("advanced-grows-after"));
            line(ui, named, &mut methods.add_vector_at);
        }
        Method::Regularised => held_back(ui, s),
        Method::TwoConcept => {
            let images = methods.with_images.get_or_insert_default();
            path_line(ui, HELP.row("methods.with_images", t!("advanced-other-pictures")), images);
            let word = methods.with_word.get_or_insert_default();
            line(ui, HELP.row("methods.with_word", t!("advanced-other-word")), word);
            let init = methods.with_init.get_or_insert_default();
            line(ui, HELP.row("methods.with_init", t!("advanced-other-starts")), init);
        }
        Method::Single | Method::Extended | Method::PerImage | Method::Captions => {}
    }
}

fn held_back(ui: &mut Ui, s: &mut LearnSettings) {
    if s.method == Method::Regularised {
        let named = HELP.row("methods.regularisation", t!("advanced-pull-beginning"));
        decimal(ui, named, &mut s.methods.regularisation, 0.0..=1000.0, 1e-3);
    }
}

/// Where the word begins.
fn start(ui: &mut Ui, s: &mut LearnSettings) {
    let file = WordStart::File(PathBuf::new());
    let all = [&WordStart::Token, &WordStart::Clip, &WordStart::Cross, &file];
    let was = all.iter().position(|start| discriminant(*start) == discriminant(&s.start)).unwrap_or(0);
    let mut form = was;
    choose(ui, HELP.row("start", t!("advanced-start")), &mut form, &[0, 1, 2, 3], |form| match form {
        0 => named!("advanced-start-token"),
        1 => named!("advanced-start-clip"),
        2 => named!("advanced-start-cross"),
        _ => named!("advanced-start-file"),
    });
    if form != was {
        s.start = all[form].clone();
    }
    let path = match &mut s.start {
        WordStart::File(path) => Some((path, t!("advanced-word-file"), t!("advanced-word-file.tip"))),
        WordStart::Clip => {
            let path = s.clip.get_or_insert_default();
            Some((path, t!("advanced-clip-folder"), t!("advanced-clip-folder.tip")))
        }
        _ => None,
    };
    if let Some((path, name, tip)) = path {
        path_line(ui, (name, tip), path);
    }
    s.clip.take_if(|path| path.as_os_str().is_empty());
}

/// A line with a path in it.
fn path_line(ui: &mut Ui, named: Named<'_>, path: &mut PathBuf) {
    let mut text = path.to_string_lossy().into_owned();
    if line(ui, named, &mut text).changed() {
        *path = text.into();
    }
}

fn sentences(ui: &mut Ui, s: &mut LearnSettings) {
    decimal(ui, HELP.row("norm_pull", t!("advanced-norm-pull")), &mut s.norm_pull, 0.0..=1.0, 0.005);
    let mut own = matches!(s.templates, TemplateSource::File(_));
    let was = own;
    choose(ui, HELP.row("templates", t!("advanced-sentences")), &mut own, &[false, true], |own| match own {
        false => named!("advanced-sentences-published"),
        true => named!("advanced-sentences-own"),
    });
    if own != was {
        s.templates = if own { TemplateSource::File(PathBuf::new()) } else { TemplateSource::Builtin };
    }
    if let TemplateSource::File(path) = &mut s.templates {
        path_line(ui, named!("advanced-sentences-file"), path);
    }
    switch(ui, HELP.row("full_stop", t!("advanced-full-stop")), &mut s.full_stop);
    switch(ui, HELP.row("use_captions", t!("advanced-captions")), &mut s.use_captions);
    if s.use_captions {
        switch(ui, HELP.row("embedded_captions", t!("advanced-captions-within")), &mut s.embedded_captions);
    }
    number(ui, HELP.row("clip_skip", t!("advanced-clip-skip")), &mut s.clip_skip, 1..=MAX_CLIP_SKIP);
}

fn optimizer(ui: &mut Ui, s: &mut LearnSettings) {
    group(ui, t!("advanced-rate-optimizer"));
    choose(ui, HELP.row("optimizer", t!("advanced-optimizer")), &mut s.optimizer, Optimizer::ALL, words);
    let usual = s.rate(LearnSettings::USUAL_SPREAD);
    learning_rate(ui, &mut s.learning_rate, &usual);
    if s.optimizer == Optimizer::Directional {
        let named = HELP.row("direction_prior", t!("advanced-prior"));
        return decimal(ui, named, &mut s.direction_prior, 0.0..=1.0, 1e-5);
    }
    optional(ui, HELP.row("gradient_clip", t!("advanced-clip-push")), &mut s.gradient_clip, 1.0, 1e-6..=1e6);
    let adamw = &mut s.adamw;
    let below_one = 1.0 - f64::EPSILON;
    decimal(ui, HELP.row("adamw.beta1", t!("advanced-beta1")), &mut adamw.beta1, 0.0..=below_one, 0.001);
    decimal(ui, HELP.row("adamw.beta2", t!("advanced-beta2")), &mut adamw.beta2, 0.0..=below_one, 0.0001);
    decimal(ui, HELP.row("adamw.epsilon", t!("advanced-epsilon")), &mut adamw.epsilon, 1e-30..=1.0, 1e-9);
    let named = HELP.row("adamw.weight_decay", t!("advanced-decay"));
    decimal(ui, named, &mut adamw.weight_decay, 0.0..=1.0, 0.001);
}

fn learning_rate(ui: &mut Ui, how: &mut LearningRate, usual: &LearningRate) {
    let was = match how {
        LearningRate::Auto => 3,
        LearningRate::Constant { .. } => 0,
        LearningRate::Cosine { .. } => 1,
        LearningRate::Text(_) => 2,
    };
    let mut form = was;
    choose(ui, HELP.row("learning_rate", t!("advanced-rate")), &mut form, &[3, 0, 1, 2], |form| match form {
        3 => named!("advanced-rate-auto"),
        0 => named!("advanced-rate-constant"),
        1 => named!("advanced-rate-cosine"),
        _ => named!("advanced-rate-text"),
    });
    if form != was {
        let start = match how {
            LearningRate::Constant { lr } => *lr,
            LearningRate::Cosine { start, .. } => *start,
            LearningRate::Text(_) | LearningRate::Auto => 0.005,
        };
        let end = start / 10.0;
        *how = match form {
            3 => LearningRate::Auto,
            0 => LearningRate::Constant { lr: start },
            1 => LearningRate::Cosine { start, end, since: 0 },
            _ => LearningRate::Text(match usual {
                LearningRate::Text(usual) => usual.clone(),
                _ => format!("{}:500, {}", short(start), short(end)),
            }),
        };
    }
    let range = 1e-9..=10.0;
    match how {
        LearningRate::Auto => {}
        LearningRate::Constant { lr } => {
            decimal(ui, named!("advanced-rate-each"), lr, range, 5e-5);
        }
        LearningRate::Cosine { start, end, .. } => {
            decimal(ui, named!("advanced-rate-first"), start, range.clone(), 5e-5);
            decimal(ui, named!("advanced-rate-last"), end, range, 1e-5);
        }
        LearningRate::Text(text) => {
            line(ui, named!("advanced-rate-list"), text);
        }
    }
}

fn pictures(ui: &mut Ui, s: &mut LearnSettings) {
    group(ui, t!("advanced-pictures"));
    side(ui, HELP.row("resolution", t!("advanced-size")), &mut s.resolution, SIDE);
    switch(ui, HELP.row("flip", t!("advanced-mirror")), &mut s.flip);
    switch(ui, HELP.row("use_masks", t!("advanced-masks")), &mut s.use_masks);
    row(ui, HELP.row("timesteps", t!("advanced-timesteps")), |ui| {
        let [first, end] = &mut s.timesteps;
        let from = ui
            .add(DragValue::new(first).range(0..=999_u32))
            .accessible_name(t!("advanced-timestep-low.name"));
        let end = ui
            .add(DragValue::new(end).range(1..=1000_u32))
            .accessible_name(t!("advanced-timestep-high.name"));
        from.union(end)
    });
    let named = HELP.row("timestep_sampling", t!("advanced-timestep-sampling"));
    choose(ui, named, &mut s.timestep_sampling, TimestepSampling::ALL, words);
    let named = HELP.row("loss_weighting", t!("advanced-weighting"));
    choose(ui, named, &mut s.loss_weighting, LossWeighting::ALL, words);
    choose(ui, HELP.row("precision", t!("advanced-precision")), &mut s.precision, Precision::ALL, words);
    choose(ui, HELP.row("weights", t!("advanced-weights")), &mut s.weights, WeightFormat::ALL, words);
    choose(ui, HELP.row("low_memory", t!("advanced-low-memory")), &mut s.low_memory, LowMemory::ALL, words);
}

fn beyond(ui: &mut Ui, s: &mut LearnSettings) {
    group(ui, t!("advanced-beyond"));
    if s.use_masks {
        switch(ui, HELP.row("suggest_masks", t!("advanced-suggest-masks")), &mut s.suggest_masks);
    }
    let named = HELP.row("refine.negative_vectors", t!("advanced-negative-vectors"));
    number(ui, named, &mut s.refine.negative_vectors, 0..=MAX_VECTORS);
    guided(ui, s);
    let refine = &mut s.refine;
    let fresh = s.resolution.unwrap_or(SIDE) / 16 * 8;
    let named = HELP.row("refine.first_resolution", t!("advanced-first-size"));
    side(ui, named, &mut refine.first_resolution, fresh.max(8));
    if refine.first_resolution.is_some() {
        let named = HELP.row("refine.first_part", t!("advanced-first-part"));
        decimal(ui, named, &mut refine.first_part, 0.0..=1.0, 0.01);
    }
}

fn guided(ui: &mut Ui, s: &mut LearnSettings) {
    let refine = &mut s.refine;
    if refine.negative_vectors > 0 {
        let named = HELP.row("refine.negative_guidance", t!("advanced-negative-guidance"));
        decimal(ui, named, &mut refine.negative_guidance, 1.0..=20.0, 0.1);
    }
    let named = HELP.row("refine.context_weight", t!("advanced-context"));
    decimal(ui, named, &mut refine.context_weight, 0.0..=10.0, 1e-5);
}

fn saving(ui: &mut Ui, s: &mut LearnSettings) {
    group(ui, t!("advanced-saving"));
    number(ui, HELP.row("checkpoint_every", t!("advanced-save-every")), &mut s.checkpoint_every, 1..=MANY);
    number(ui, HELP.row("preview_every", t!("advanced-preview-every")), &mut s.preview_every, 0..=MANY);
    number(ui, HELP.row("fixed_noise_every", t!("advanced-check-every")), &mut s.fixed_noise_every, 0..=MANY);
    number(ui, HELP.row("fixed_noise_size", t!("advanced-check-on")), &mut s.fixed_noise_size, 1..=1024);
    switch(ui, HELP.row("keep_one_out", t!("advanced-keep-one-out")), &mut s.keep_one_out);
    number(ui, HELP.row("score_every", t!("advanced-judge-every")), &mut s.score_every, 0..=MANY);
    if s.score_every > 0 {
        number(ui, HELP.row("score_count", t!("advanced-judged")), &mut s.score_count, 1..=64);
        number(ui, HELP.row("score_steps", t!("advanced-judged-steps")), &mut s.score_steps, 1..=100);
    }
    switch(ui, HELP.row("auto_stop", t!("advanced-auto-stop")), &mut s.auto_stop);
    decimal(ui, HELP.row("smoothing", t!("advanced-smoothing")), &mut s.smoothing, 0.0..=0.9999, 0.001);
}

fn previews(ui: &mut Ui, s: &mut PreviewSettings, kind: ConceptKind, model: &ModelDefaults) {
    ui.add_space(NEAR);
    ui.label(t!("advanced-prompts")).on_hover_text(HELP.get("preview.prompts"));
    let mut gone = None;
    for (i, prompt) in s.prompts.iter_mut().enumerate() {
        ui.horizontal(|ui| {
            let width = (ui.available_width() - 3.0 * GAP - 2.0 * NEAR).max(40.0);
            let field = TextEdit::singleline(prompt).id_salt(("preview prompt", i));
            ui.add(field.desired_width(width))
                .accessible_name(t!("advanced-prompt.name", number = i + 1))
                .on_hover_text(t!("advanced-prompt.tip"));
            let name = t!("advanced-prompt-remove.name", number = i + 1);
            let remove = ui.small_button(icons::CLOSE).accessible_name(name);
            if remove.on_hover_text(t!("advanced-prompt-remove.tip")).clicked() {
                gone = Some(i);
            }
        });
    }
    if let Some(i) = gone {
        s.prompts.remove(i);
    }
    ui.horizontal_wrapped(|ui| {
        let add = ui
            .small_button(format!("{} {}", icons::PLUS, t!("advanced-prompt-add")))
            .accessible_name(t!("advanced-prompt-add"));
        if add.on_hover_text(t!("advanced-prompt-add.tip")).clicked() && s.prompts.len() < PROMPTS {
            s.prompts.push("a photo of {}".into());
        }
        let usual = ui
            .small_button(format!("{} {}", icons::UNDO, t!("advanced-prompts-usual")))
            .accessible_name(t!("advanced-prompts-usual"));
        if usual.on_hover_text(t!("advanced-prompts-usual.tip")).clicked() {
            s.prompts = PreviewSettings::new(kind).prompts;
        }
    });
    seed(ui, HELP.row("preview.seed", t!("advanced-preview-seed")), &mut s.seed);
    number(ui, HELP.row("preview.steps", t!("advanced-preview-steps")), &mut s.steps, 1..=1000);
    let own = model.guidance();
    optional(ui, HELP.row("preview.guidance", t!("advanced-guidance")), &mut s.guidance, own, 0.0..=100.0);
    choose(ui, HELP.row("preview.sampler", t!("advanced-sampler")), &mut s.sampler, SamplerKind::ALL, words);
    choose(ui, HELP.row("preview.spacing", t!("advanced-spacing")), &mut s.spacing, SigmaSpacing::ALL, words);
    side(ui, HELP.row("preview.size", t!("advanced-preview-size")), &mut s.size, SIDE);
}
