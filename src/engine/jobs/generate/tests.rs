//! Whole drawings with the small model: what comes of them, in which order, and what is refused.

use std::io::Write as _;
use std::path::Path;

use super::saving::first_free;
use super::*;
use crate::message::Command;
use crate::queue::test_queue;
use crate::session::tests::{drawing, golden, session};
use base::atomic::write_new_with;
use format::infotext::GenerateInfo;
use format::png_info::{read_parameters, to_png_with};
use image::RgbImage;
use project::LoraUse;

/// The pictures, what they say of themselves, and the steps that were told of.
pub(super) fn drawn(settings: GenerateSettings) -> (Vec<RgbImage>, Vec<String>, Vec<(usize, usize)>) {
    let (mut queue, _commands, events) = test_queue();
    let out = tempfile::tempdir().unwrap();
    let settings = GenerateSettings { prompt: "a cat".into(), ..settings };
    let request = drawing(settings, Some(out.path().into()));
    run(&request, &mut session(), &mut JobContext::new(1, &mut queue)).unwrap();
    let (mut images, mut said, mut steps) = (Vec::new(), Vec::new(), Vec::new());
    for event in events.try_iter() {
        match event {
            Event::Latents { step, steps: all, .. } => steps.push((step, all)),
            Event::Image { image, path, .. } => {
                images.push(image);
                said.push(read_parameters(&path.unwrap()).unwrap().unwrap());
            }
            _ => {}
        }
    }
    (images, said, steps)
}

#[test]
fn pictures_are_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let info = GenerateInfo { seed: 5, ..GenerateInfo::default() };
    let png = to_png_with(&RgbImage::new(2, 2), &info).unwrap();
    let write = |path: &Path| write_new_with(path, |file| file.write_all(&png));
    let save = || save_new(folder.path(), 5, write).unwrap();
    for expected in ["00000-5.png", "00001-5.png"] {
        assert_eq!(save().file_name().unwrap(), expected);
    }
    // Several programs may draw into one folder.
    std::thread::scope(|scope| {
        (0..4).for_each(|_| drop(scope.spawn(|| (0..10).for_each(|_| drop(save())))));
    });
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 42);
    let names = ["00000-5.png", "00002-1.png", "00001", "+0001-7.png", "1-7.png", "notes-1.txt"];
    assert_eq!(first_free(names.into_iter().map(str::to_owned)), 1);
    let began = Instant::now();
    let many = (0..200_000).rev().map(|number| format!("{number:05}-0.png"));
    assert_eq!(first_free(many), 200_000);
    assert!(began.elapsed().as_secs() < 20, "once for each number, it would be hours");
}

#[test]
fn too_many_steps_are_refused_before_anything_is_loaded_or_made() {
    let (mut queue, _commands, events) = test_queue();
    let folder = tempfile::tempdir().unwrap();
    let settings = GenerateSettings { sampler: SamplerKind::Lcm, steps: 500, ..Default::default() };
    let out = Some(folder.path().join("out"));
    let request = drawing(settings, out);
    let refused = run(&request, &mut session(), &mut JobContext::new(1, &mut queue)).unwrap_err();
    assert!(refused.to_string().contains("500 steps"), "{refused}");
    assert!(events.try_iter().next().is_none() && !folder.path().join("out").exists());
}

#[test]
fn a_sampler_that_cannot_begin_in_pure_noise_says_so() {
    let (mut queue, _commands, events) = test_queue();
    let mut session = session();
    let mut warned = |sampler: SamplerKind| {
        let settings = GenerateSettings { steps: 2, sampler, zero_terminal_snr: true, ..Default::default() };
        // This model predicts noise: what becomes of the picture is another matter.
        let _ = run(&drawing(settings, None), &mut session, &mut JobContext::new(1, &mut queue));
        let begins = |event: &Event| matches!(event, Event::Warning { message, .. } if message.contains("begin there"));
        events.try_iter().any(|event| begins(&event))
    };
    assert!(warned(SamplerKind::Pndm) && !warned(SamplerKind::Ddim));
}

#[test]
fn a_lora_changes_the_drawings_that_it_is_asked_for_and_no_other() {
    let (mut queue, _commands, events) = test_queue();
    let mut session = session();
    let lora = golden().join("../lora/sd1_kohya.safetensors");
    let mut draw = |weight: Option<f64>| {
        let loras = weight.map(|weight| LoraUse { file: lora.clone(), weight }).into_iter().collect();
        let sampler = SamplerKind::Ddim;
        let settings =
            GenerateSettings { prompt: "a cat".into(), steps: 2, sampler, loras, ..Default::default() };
        let request = drawing(settings, None);
        run(&request, &mut session, &mut JobContext::new(1, &mut queue)).unwrap();
        let mut loaded = false;
        let image = events.try_iter().fold(None, |image, event| match event {
            Event::Loading { .. } => {
                loaded = true;
                image
            }
            Event::Image { image, .. } => Some(image),
            _ => image,
        });
        (image.unwrap(), loaded)
    };
    let plain = draw(None);
    let with = draw(Some(0.8));
    assert!(plain.0 != with.0 && with.1 && !draw(Some(0.8)).1, "it is loaded once");
    assert_ne!(draw(Some(0.4)).0, with.0);
    assert!(draw(None).0 == plain.0 && !draw(Some(0.0)).1);
}

#[test]
fn what_is_left_to_chance_is_drawn_by_the_seed_and_said_by_the_picture() {
    let (mut queue, _commands, events) = test_queue();
    let (mut session, out) = (session(), tempfile::tempdir().unwrap());
    let mut draw = |prompt: &str, seed: u64, count: usize| {
        let sampler = SamplerKind::Ddim;
        let settings =
            GenerateSettings { prompt: prompt.into(), steps: 1, count, seed, sampler, ..Default::default() };
        let out = Some(out.path().to_path_buf());
        let request = drawing(settings, out);
        run(&request, &mut session, &mut JobContext::new(1, &mut queue)).unwrap();
        let found = events.try_iter().filter_map(|event| match event {
            Event::Image { index, seed, image, path, .. } => {
                let said = format::read_prompt(&path.unwrap()).unwrap();
                Some((index, seed, said, image))
            }
            _ => None,
        });
        found.collect::<Vec<_>>()
    };
    let four = draw("a {cat|dog}", 0, 4);
    assert_eq!(
        four.iter().map(|(index, seed, ..)| (*index, *seed)).collect::<Vec<_>>(),
        [(0, 0), (1, 1), (2, 2), (3, 3)]
    );
    assert!(
        four.iter().any(|(.., said, _)| said == "a cat") && four.iter().any(|(.., said, _)| said == "a dog")
    );
    for (_, seed, said, image) in &four {
        // Alone, and by the prompt that it says, it is the same picture.
        for prompt in ["a {cat|dog}", said] {
            assert!(draw(prompt, *seed, 1)[0].3 == *image, "{prompt}");
        }
    }
}

#[test]
fn pictures_drawn_together_come_one_by_one_as_if_drawn_alone() {
    let (mut queue, commands, events) = test_queue();
    let (mut session, out) = (session(), tempfile::tempdir().unwrap());
    let mut draw = |batch: Option<usize>| {
        let settings = GenerateSettings {
            prompt: "a cat".into(),
            sampler: SamplerKind::EulerAncestral,
            steps: 2,
            count: 3,
            seed: 4,
            batch,
            ..Default::default()
        };
        let out = Some(out.path().to_path_buf());
        let request = drawing(settings, out);
        run(&request, &mut session, &mut JobContext::new(1, &mut queue)).unwrap();
        let (mut steps, mut pictures) = (Vec::new(), Vec::new());
        for event in events.try_iter() {
            match event {
                Event::Latents { index, step, steps: 2, .. } => steps.push((index, step)),
                Event::Image { index, seed, image, path: Some(path), .. } => {
                    assert!(path.to_string_lossy().ends_with(&format!("-{seed}.png")), "{}", path.display());
                    pictures.push((index, seed, image));
                }
                _ => {}
            }
        }
        (steps, pictures)
    };
    let (steps, alone) = draw(None);
    assert_eq!(steps, [(0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2)], "a processor draws one by one");
    let (steps, together) = draw(Some(2));
    // As much seems to be done as is: two pictures at each step, then one.
    assert_eq!(steps, [(0, 2), (1, 2), (2, 1), (2, 2)]);
    for ((index, (place, seed, image)), (.., one)) in together.iter().enumerate().zip(&alone) {
        assert_eq!((*place, *seed), (index, 4 + index as u64));
        let pairs = image.as_raw().iter().zip(one.as_raw());
        let apart = pairs.map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(u8::MAX);
        assert!(apart <= 2, "picture {index} is {apart} levels apart");
    }
    // Who leaves one leaves those that are drawn with it.
    commands.send(Command::Skip(1)).unwrap();
    let (_, left) = draw(Some(2));
    assert_eq!(left.iter().map(|(index, seed, _)| (*index, *seed)).collect::<Vec<_>>(), [(2, 6)]);
}

#[test]
fn a_word_that_only_a_file_of_choices_names_is_read() {
    let (mut queue, _commands, events) = test_queue();
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("pet.txt"), "<Cat-Toy>\n").unwrap();
    let settings = GenerateSettings {
        prompt: "a photo of __pet__".into(),
        sampler: SamplerKind::Ddim,
        steps: 1,
        wildcards: Some(place.path().into()),
        ..Default::default()
    };
    let file = |name: &str| golden().join("../embeddings").join(name);
    let named = |name: &str, word: &str| (file(name), vec![word.to_owned()]);
    // What no prompt names is not read, whatever it is.
    let offered = [named("diffusers.bin", "<Cat-Toy>"), named("nowhere.pt", "<dog>")].into();
    let out = Some(place.path().join("out"));
    let request = GenerateRequest { offered, ..drawing(settings, out) };
    run(&request, &mut session(), &mut JobContext::new(1, &mut queue)).unwrap();
    let drawn = events.try_iter().find_map(|event| match event {
        Event::Image { path, .. } => path,
        _ => None,
    });
    let said = read_parameters(&drawn.unwrap()).unwrap().unwrap();
    assert!(said.contains("a photo of <Cat-Toy>") && said.contains("TI hashes"), "{said}");
}

#[test]
fn what_is_odd_about_a_line_of_choices_is_said_of_the_first_picture_alone() {
    let (mut queue, _commands, events) = test_queue();
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("pet.txt"), "a (cat:150)\n").unwrap();
    let settings = GenerateSettings {
        prompt: "__pet__".into(),
        sampler: SamplerKind::Ddim,
        steps: 1,
        count: 3,
        wildcards: Some(place.path().into()),
        ..Default::default()
    };
    run(&drawing(settings, None), &mut session(), &mut JobContext::new(1, &mut queue)).unwrap();
    let (mut drawn, mut notes) = (0, Vec::new());
    for event in events.try_iter() {
        match event {
            Event::Image { .. } => drawn += 1,
            Event::Warning { message, .. } => notes.push(message),
            _ => {}
        }
    }
    let said = notes.iter().filter(|note| note.contains("has no weight that can be used")).count();
    assert_eq!((drawn, said), (3, 1), "{notes:?}");
}

#[test]
fn images_come_one_by_one_until_the_job_is_stopped() {
    let (mut queue, commands, events) = test_queue();
    let mut session = session();
    let mut settings = GenerateSettings { prompt: "a cat".into(), steps: 2, count: 2, ..Default::default() };
    settings.sampler = SamplerKind::Ddim;
    let request = drawing(settings, None);
    let summary = run(&request, &mut session, &mut JobContext::new(1, &mut queue)).unwrap();
    assert!(matches!(summary, JobSummary::Generated { count: 2, .. }), "{summary:?}");
    let seeds = events.try_iter().filter_map(|event| match event {
        Event::Image { job: 1, index, seed, .. } => Some((index, seed)),
        _ => None,
    });
    assert_eq!(seeds.collect::<Vec<_>>(), [(0, 0), (1, 1)]);

    commands.send(Command::Stop(2)).unwrap();
    let stopped = run(&request, &mut session, &mut JobContext::new(2, &mut queue));
    assert_eq!(stopped.unwrap_err().exit_code(), 130);
}
