//! Settings that come back out of a drawn picture, from whichever program it is, and what cannot be used of them.

use super::*;

/// A picture that was asked for, with what it says of itself.
fn picture_read(info: GenerateInfo) -> Answer {
    let picture = Arc::new(RgbImage::new(1, 1));
    Answer::Picture(Box::new(DrawnPicture { path: "/a.png".into(), picture, info: Some(info) }))
}

#[test]
fn settings_come_back_out_of_a_picture() {
    let mut state = restoring();
    let info = GenerateInfo {
        prompt: "a <ねこ>".into(),
        steps: 12,
        sampler: "Euler a".into(),
        cfg_scale: Some(3.0),
        seed: 9,
        width: 64,
        height: 128,
        ..GenerateInfo::default()
    };
    state.answer(picture_read(info.clone()));
    let settings = &state.compose.settings;
    assert_eq!((settings.prompt.as_str(), settings.seed, settings.steps), ("a <ねこ>", 9, 12));
    assert_eq!((settings.sampler, settings.height), (SamplerKind::EulerAncestral, Some(128)));
    assert!(state.compose.seed_locked && state.restore.is_none());
    // Only looked at, a picture changes nothing.
    state.compose.settings.prompt = "mine".into();
    state.answer(picture_read(info));
    assert_eq!(state.compose.settings.prompt, "mine");
}

#[test]
fn loras_come_beside_the_prompt_once_and_take_their_weights_from_pictures() {
    let mut state = restoring();
    for files in
        [vec!["/l/detail.safetensors".into(), "/l/ink.safetensors".into()], vec!["/l/ink.safetensors".into()]]
    {
        let (asked, models, words) = (files.clone(), Vec::new(), Vec::new());
        state.answer(Answer::Sorted { files: asked, models, words, loras: files });
    }
    let weights = |state: &AppState| -> Vec<f64> {
        state.compose.settings.loras.iter().map(|lora| lora.weight).collect()
    };
    assert_eq!((state.page, weights(&state)), (Page::Compose, vec![1.0, 1.0]));
    let info = GenerateInfo { prompt: "a cat <lora:detail:0.5>".into(), ..GenerateInfo::default() };
    state.answer(picture_read(info));
    assert_eq!((state.compose.settings.prompt.as_str(), weights(&state)), ("a cat", vec![0.5, 0.0]));
    state.restore = Some("/a.png".into());
    let beside = "a cat\nSteps: 20, Sampler: Euler, CFG scale: 7, Lora weights: \"ink: 0.25, oil: 1\"";
    state.answer(picture_read(parse_parameters(beside)));
    assert_eq!(weights(&state), [0.0, 0.25], "Fooocus names them beside it");
}

#[test]
fn loras_of_a_picture_that_are_not_beside_the_prompt_are_looked_for() {
    let mut state = restoring();
    let info = GenerateInfo {
        prompt: "a cat <lora:storm:0.5> in fog <lora:dusk:1>".into(),
        ..GenerateInfo::default()
    };
    let effects = state.answer(picture_read(info.clone()));
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::Disk(Task::FindLoras { picture, loras }) => Some((picture.clone(), loras.clone())),
        _ => None,
    });
    let (picture, loras) = asked.unwrap();
    assert_eq!(loras.iter().map(|lora| lora.name.as_str()).collect::<Vec<_>>(), ["storm", "dusk"]);
    let found = vec![LoraUse { file: "/l/storm.safetensors".into(), weight: loras[0].weight }];
    let answer = Answer::Loras { picture, found, missing: vec!["dusk".into()] };
    state.answer(answer.clone());
    let settings = &state.compose.settings;
    assert_eq!(settings.prompt, "a cat  in fog <lora:dusk:1>");
    let weights: Vec<_> = settings.loras.iter().map(|lora| (lora.name(), lora.weight)).collect();
    assert_eq!(weights, [("storm".to_owned(), 0.5)]);
    assert!(state.notices.iter().any(|notice| notice.text.contains("dusk")));
    // Those that are there are not looked for, and a picture that is only looked at asks for none.
    state.restore = Some("/a.png".into());
    for wanted in [1, 0] {
        let effects = state.answer(picture_read(info.clone()));
        let asked = effects.iter().map(|effect| match effect {
            Effect::Disk(Task::FindLoras { loras, .. }) => loras.len(),
            _ => 0,
        });
        assert_eq!(asked.sum::<usize>(), wanted);
    }
    // What comes after other settings were taken over is of no use.
    state.restore = Some("/b.png".into());
    let (path, picture) = (PathBuf::from("/b.png"), Arc::new(RgbImage::new(1, 1)));
    let info = Some(GenerateInfo { prompt: "a dog".into(), ..GenerateInfo::default() });
    state.answer(Answer::Picture(Box::new(DrawnPicture { path, picture, info })));
    state.answer(answer);
    assert_eq!(state.compose.settings.loras[0].weight, 0.0);
}

#[test]
fn loras_that_a_site_names_beside_the_prompt_keep_their_weights() {
    let text = "a cat\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 64x64, Civitai resources: \
                [{\"type\":\"lora\",\"modelName\":\"Detail\",\"weight\":0.75}]";
    let mut state = restoring();
    state.compose.settings.loras = vec![LoraUse::new("/l/detail.safetensors")];
    state.answer(picture_read(parse_parameters(text)));
    assert_eq!(state.compose.settings.loras[0].weight, 0.75);
}

#[test]
fn settings_come_back_out_of_a_picture_of_a1111() {
    let text = "a photo of cat-toy, (sharp:1.2)\nNegative prompt: blurry\nSteps: 28, Sampler: DPM++ 2M, Schedule type: \
                Karras, CFG scale: 6.5, Seed: 1234567890, Size: 512x768, Model hash: 6ce0161689, Model: \
                v1-5-pruned-emaonly, Clip skip: 2, Emphasis: ComfyUI, TI hashes: \"cat-toy: 0123456789ab\", Version: v1.10.1";
    let mut state = restoring();
    state.answer(Answer::Words(vec![word("<cat-toy>")]));
    state.answer(picture_read(parse_parameters(text)));
    let settings = &state.compose.settings;
    assert_eq!(settings.prompt, "a photo of <cat-toy>, (sharp:1.2)");
    assert_eq!(settings.negative_prompt, "blurry");
    assert_eq!((settings.steps, settings.guidance, settings.seed), (28, Some(6.5), 1_234_567_890));
    assert_eq!((settings.sampler, settings.spacing), (SamplerKind::DpmPp2m, SigmaSpacing::Karras));
    assert_eq!((settings.width, settings.height, settings.clip_skip), (Some(512), Some(768), 2));
    assert_eq!(settings.emphasis, Some(project::Emphasis::ComfyUi));
    assert!(state.notices.iter().any(|notice| notice.text.contains("v1-5-pruned-emaonly")));
}

#[test]
fn how_a_picture_was_sampled_comes_back_out_of_it() {
    let restored = |line: &str| {
        let mut state = restoring();
        state.answer(picture_read(parse_parameters(&format!("a cat\n{line}"))));
        let told: Vec<String> = state.notices.iter().map(|notice| notice.text.clone()).collect();
        (state.compose.settings, told.join(" "))
    };
    let (settings, told) = restored(
        "Steps: 20, Sampler: DPM++ 2M SDE, Schedule type: SGM Uniform, CFG scale: 7, Seed: 5, Size: 512x768, Guidance \
         rescale: 0.7, Variation seed: 9, Variation seed strength: 0.2, Denoising strength: 0.4, Hires upscale: 1.5, Hires \
         upscaler: Lanczos",
    );
    assert!(!told.contains("schedule type"), "{told}");
    assert_eq!((settings.sampler, settings.spacing), (SamplerKind::DpmPp2mSde, SigmaSpacing::SgmUniform));
    assert_eq!((settings.rescale, settings.variation, settings.variation_seed), (0.7, 0.2, 9));
    assert_eq!((settings.enlarge, settings.enlarge_strength), (1.5, 0.4));
    assert_eq!((settings.width, settings.height), (Some(512), Some(768)));
    // As older versions write it, and without anything else: the strength is that of an edit.
    let (plain, _) =
        restored("Steps: 20, Sampler: DPM++ 2S a Karras, CFG scale: 7, Seed: 5, Denoising strength: 0.4");
    assert_eq!((plain.sampler, plain.spacing), (SamplerKind::DpmPp2sAncestral, SigmaSpacing::Karras));
    assert_eq!((plain.rescale, plain.variation, plain.enlarge, plain.enlarge_strength), (0.0, 0.0, 1.0, 0.5));
    let (unknown, told) =
        restored("Steps: 20, Sampler: Euler, Schedule type: KL Optimal, CFG scale: 7, Seed: 5");
    assert_eq!((unknown.sampler, unknown.spacing), (SamplerKind::Euler, SigmaSpacing::Normal));
    assert!(told.contains("kl optimal"), "{told}");
}

#[test]
fn values_of_a_picture_that_cannot_be_used_are_changed_and_told() {
    let text =
        "a cat\nSteps: 5000, Sampler: Euler, CFG scale: 150, Seed: 18446744073709551615, Size: 500x700";
    let mut state = restoring();
    state.answer(picture_read(parse_parameters(text)));
    let settings = &state.compose.settings;
    settings.validate().unwrap();
    assert_eq!((settings.prompt.as_str(), settings.steps, settings.guidance), ("a cat", 1000, Some(100.0)));
    project::files::to_toml(base::FileKind::Settings, "window.toml".as_ref(), &state.compose).unwrap();
    let told: Vec<_> = state.notices.iter().filter(|notice| notice.text.contains("were changed")).collect();
    assert_eq!(told.len(), 1);
    assert!(["seed", "steps", "guidance", "width", "height"].iter().all(|name| told[0].text.contains(name)));
}

#[test]
fn an_ordinary_word_that_a_picture_names_as_learned_is_that() {
    let text = "a painting of a category, embedding:cat\nSteps: 2, Sampler: Euler, CFG scale: 6.5, Seed: 1, \
                Size: 64x64, TI hashes: \"painting: 0123456789ab, cat: 0123456789ac\"";
    let mut state = restoring();
    let ordinary = |name: &str| WordCard { names: vec![name.into()], ..word(name) };
    state.answer(Answer::Words(vec![ordinary("<painting>"), ordinary("<cat>")]));
    state.answer(picture_read(parse_parameters(text)));
    assert_eq!(state.compose.settings.prompt, "a <painting> of a category, <cat>");
}

#[test]
fn a_prompt_of_a_picture_ends_where_the_field_for_it_does() {
    let mut state = restoring();
    state.model_path = Some("/m".into());
    let [prompt, negative_prompt] = ["ね", "a"].map(|letter| letter.repeat(50 * LONGEST));
    let info = GenerateInfo { prompt, negative_prompt, ..GenerateInfo::default() };
    let effects = state.answer(picture_read(info));
    let settings = &state.compose.settings;
    assert_eq!([&settings.prompt, &settings.negative_prompt].map(|text| text.chars().count()), [LONGEST; 2]);
    let counted = effects.iter().find_map(|effect| match effect {
        Effect::Disk(Task::Count { prompts, .. }) => Some(prompts),
        _ => None,
    });
    assert_eq!(counted.unwrap(), &[settings.prompt.clone(), settings.negative_prompt.clone()]);
}
