//! Presets, files and ranges.

use super::*;
use crate::files::write_toml;
use crate::options::Help;

#[test]
fn presets_are_valid_and_survive_toml() {
    for &preset in Preset::ALL {
        for &kind in ConceptKind::ALL {
            let mut settings = LearnSettings::preset(preset, kind);
            settings.validate().unwrap();
            settings.learning_rate = LearningRate::Text("0.005:100, 1e-3".into());
            settings.templates = TemplateSource::File("文/my.txt".into());
            settings.start = WordStart::File("文/other.pt".into());
            settings.seed = MAX_SEED;
            settings.resolution = Some(512);
            let text = toml::to_string(&settings).unwrap();
            assert_eq!(toml::from_str::<LearnSettings>(&text).unwrap(), settings, "{text}");
            assert!(settings.preview.prompts.len() >= 2);
        }
    }
}

#[test]
fn the_paper_is_exact() {
    let paper = LearnSettings::preset(Preset::Paper, ConceptKind::Style);
    assert_eq!((paper.steps, paper.batch_size, paper.gradient_accumulation), (5000, 4, 1));
    assert_eq!(paper.rate(0.1).parse().unwrap().at(4999, 5000), 0.02);
    for (preset, base) in [(Preset::PaperHigh, 2e-2), (Preset::PaperLow, 1e-4)] {
        let other = LearnSettings::preset(preset, ConceptKind::Style);
        assert!(
            (other.rate(0.1).parse().unwrap().at(0, 5000) - base * 4.0).abs() < 1e-12,
            "one card, four pictures"
        );
        let learning_rate = paper.learning_rate.clone();
        assert_eq!(LearnSettings { preset: Preset::Paper, learning_rate, ..other }, paper);
    }
    assert_eq!(paper.adamw, AdamW { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.01 });
    assert_eq!((paper.gradient_clip, paper.norm_pull, paper.timesteps), (None, 0.0, [0, 1000]));
    assert!(paper.flip && paper.full_stop);
    assert_eq!(paper.template_set(ConceptKind::Object).unwrap().sentences[0], "a photo of a {}.");
}

#[test]
fn the_usual_rate_goes_with_the_vocabulary() {
    let settings = LearnSettings { learning_rate: LearningRate::Auto, ..LearnSettings::default() };
    let at = |spread: f64, step| settings.rate(spread).parse().unwrap().at(step, 400);
    // 0.35 of the spread, half of it after 40 steps, a quarter after 100; written with three digits.
    for (step, rate) in
        [(0, 0.0105), (39, 0.0105), (40, 0.00525), (99, 0.00525), (100, 0.00262), (399, 0.00262)]
    {
        assert!((at(0.03, step) - rate).abs() < 1e-9, "{step}");
    }
    assert_eq!((at(0.0575, 0), at(1.0, 0)), (0.02, 0.02), "never quicker than the paper");
    assert!((at(LearnSettings::USUAL_SPREAD, 0) - 0.005).abs() < 1e-5);
}

#[test]
fn files_may_leave_fields_out_but_not_misspell_them() {
    let short = "steps = 20\nprecision = \"BF16\"\n[learning_rate.cosine]\nstart = 0.01\nend = 0.001\n[adamw]\nbeta1 = 0.8";
    let settings: LearnSettings = toml::from_str(short).unwrap();
    assert_eq!((settings.steps, settings.precision, settings.adamw.beta1), (20, Precision::Bf16, 0.8));
    assert_eq!(settings.adamw.beta2, 0.999);
    // Files written before weights could be chosen.
    assert_eq!(settings.weights, WeightFormat::Full);
    // And before there were other movements and ends.
    assert_eq!(settings.optimizer, Optimizer::AdamW);
    assert!(!settings.keep_one_out && !settings.auto_stop);
    assert_eq!((&settings.start, &settings.clip), (&WordStart::Token, &None));
    let rough = LearnSettings { weights: WeightFormat::EightBit, ..settings };
    let text = toml::to_string(&rough).unwrap();
    assert!(text.contains("weights = \"8bit\"") && toml::from_str::<LearnSettings>(&text).unwrap() == rough);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("設定.toml");
    std::fs::write(&path, "steps = 20\nstep = 3\n").unwrap();
    let error = LearnSettings::load(&path).unwrap_err().to_string();
    assert!(error.contains("line 2") && error.contains("step") && error.contains("設定.toml"), "{error}");
    write_toml(FileKind::Settings, &path, &LearnSettings::default()).unwrap();
    assert_eq!(LearnSettings::load(&path).unwrap(), LearnSettings::default());

    // The document of a run, in which other things stand before and after.
    let of_run = "format = 1\nprogram = \"0.1.0\"\n[concept]\nword = \"<cat>\"\n[settings]\nsteps = 20\n\
                  [settings.adamw]\nbeta1 = 0.8\n[[pictures]]\npath = \"a.png\"\n";
    std::fs::write(&path, of_run).unwrap();
    let read = LearnSettings::load(&path).unwrap();
    assert_eq!((read.steps, read.adamw.beta1), (20, 0.8));
    let paper = LearnSettings::preset(Preset::Paper, ConceptKind::Object);
    let over = paper.load_over(&path, false).unwrap();
    assert_eq!((over.steps, over.batch_size, over.adamw.beta1), (20, 4, 0.8));
    std::fs::write(&path, of_run.replace("steps", "step")).unwrap();
    let error = LearnSettings::load(&path).unwrap_err().to_string();
    assert!(error.contains("line 6") && error.contains("step"), "{error}");
}

#[test]
fn every_range_is_checked() {
    type Break = fn(&mut LearnSettings);
    let breaks: [(&str, Break); 27] = [
        ("steps", |s| s.steps = 0),
        ("batch_size", |s| s.batch_size = 65),
        ("gradient_accumulation", |s| s.gradient_accumulation = 0),
        ("vectors", |s| s.vectors = Some(17)),
        ("start", |s| s.start = WordStart::File("".into())),
        ("seed", |s| s.seed = u64::MAX),
        ("learning rate", |s| s.learning_rate = LearningRate::Text("x".into())),
        ("adamw.beta1", |s| s.adamw.beta1 = 1.0),
        ("adamw.beta2", |s| s.adamw.beta2 = -0.1),
        ("adamw.epsilon", |s| s.adamw.epsilon = 0.0),
        ("adamw.weight_decay", |s| s.adamw.weight_decay = f64::INFINITY),
        ("gradient_clip", |s| s.gradient_clip = Some(0.0)),
        ("norm_pull", |s| s.norm_pull = f64::NAN),
        ("timesteps", |s| s.timesteps = [500, 500]),
        ("timesteps", |s| s.timesteps = [0, 1001]),
        ("resolution", |s| s.resolution = Some(500)),
        ("clip_skip", |s| s.clip_skip = 13),
        ("checkpoint_every", |s| s.checkpoint_every = 0),
        ("preview_every", |s| s.preview_every = 1_000_001),
        ("fixed_noise_every", |s| s.fixed_noise_every = 1_000_001),
        ("fixed_noise_size", |s| s.fixed_noise_size = 0),
        ("smoothing", |s| s.smoothing = 1.0),
        ("preview.seed", |s| s.preview.seed = u64::MAX),
        ("preview.steps", |s| s.preview.steps = 0),
        ("preview.guidance", |s| s.preview.guidance = Some(-1.0)),
        ("preview.size", |s| s.preview.size = Some(4)),
        ("no place", |s| s.preview.prompts.push("a photo".into())),
    ];
    for (field, change) in breaks {
        let mut settings = LearnSettings::default();
        change(&mut settings);
        let error = settings.validate().unwrap_err();
        assert!(
            matches!(error, Error::Input { .. }) && error.to_string().contains(field),
            "{field}: {error}"
        );
        assert!(!error.to_string().contains("0.0000000"), "nobody counts zeros: {error}");
    }
}

#[test]
fn every_setting_says_what_it_does() {
    // Each key of a settings file, but for the recipe's name, is an option of the same name with a sentence.
    fn keys(table: &toml::Table, before: &str, found: &mut Vec<String>) {
        for (key, value) in table {
            match value {
                toml::Value::Table(inner) if key != "learning_rate" => {
                    keys(inner, &format!("{before}{key}."), found);
                }
                _ => found.push(format!("{before}{key}")),
            }
        }
    }
    let mut settings =
        LearnSettings { vectors: Some(1), gradient_clip: Some(1.0), ..LearnSettings::default() };
    settings.clip = Some("clip".into());
    settings.methods.with_images = Some("b".into());
    (settings.methods.with_word, settings.methods.with_init) = (Some("<b>".into()), Some("cup".into()));
    (settings.resolution, settings.preview.size, settings.preview.guidance) = (Some(64), Some(64), Some(4.0));
    settings.refine.first_resolution = Some(64);
    let mut found = Vec::new();
    keys(&toml::Table::try_from(&settings).unwrap(), "", &mut found);
    let command = <LearnSettings as clap::Args>::augment_args(clap::Command::new("settings"));
    let mut options: Vec<String> = command.get_arguments().map(|arg| arg.get_id().to_string()).collect();
    found.retain(|key| key != "preset");
    found.sort();
    options.sort();
    assert_eq!(found, options);
    let help = Help::of::<LearnSettings>();
    for key in found {
        assert!(help.get(&key).len() > 20 && !help.get(&key).ends_with('.'), "{key}: {}", help.get(&key));
    }
}

#[test]
fn pairs_are_read() {
    assert_eq!(pair("512x768", 'x'), Ok([512, 768]));
    assert_eq!(pair(" 512 X 768 ", 'x'), Ok([512, 768]));
    assert_eq!(pair("0-1000", '-'), Ok([0, 1000]));
    assert!(pair("512", 'x').is_err());
}
