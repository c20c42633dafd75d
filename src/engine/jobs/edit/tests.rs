//! Whole edits with the small model: what changes, what stays, and what is refused. The length is that of the kinds of pictures
//! and masks that there are.

use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::{
    DynamicImage, ExtendedColorType, GrayImage, ImageEncoder as _, Luma, Rgb, RgbImage, Rgba, RgbaImage,
};

use super::*;
use crate::message::{Command, Event};
use crate::preflight::Preflight;
use crate::queue::test_queue;
use crate::session::Session;
use crate::session::tests::{drawing, golden, inpainting, session};
use format::credentials::{ContentCredentials, FileState, Made};
use format::png_info::{picture_to_png, read_parameters};
use project::picture::open_with_profile;
use project::{EditArea, EditSettings, GenerateSettings, SamplerKind, Seam};

/// A picture whose pixels all differ.
fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb([(3 * x + y) as u8, (x * y / 7 % 256) as u8, (255 - 2 * y % 256) as u8])
    })
}

fn saved(folder: &Path, name: &str, picture: &DynamicImage) -> PathBuf {
    let path = folder.join(name);
    picture.save(&path).unwrap();
    path
}

/// A mask with one white rectangle.
fn mask(size: [u32; 2], [left, top, width, height]: [u32; 4]) -> GrayImage {
    GrayImage::from_fn(size[0], size[1], |x, y| {
        let inside = (left..left + width).contains(&x) && (top..top + height).contains(&y);
        Luma([if inside { 255 } else { 0 }])
    })
}

fn request(folder: &Path, image: PathBuf, mask: Option<PathBuf>) -> EditRequest {
    let settings = GenerateSettings {
        prompt: "a cat".into(),
        sampler: SamplerKind::Ddim,
        steps: 3,
        ..GenerateSettings::default()
    };
    let draw = drawing(settings, Some(folder.join("out")));
    EditRequest { draw, image, mask, edit: EditSettings::default(), clip: None }
}

/// A request to change a rectangle of a picture of 64 x 64.
fn masked(folder: &Path, rectangle: [u32; 4]) -> EditRequest {
    let image = saved(folder, "image.png", &picture(64, 64).into());
    let mask = saved(folder, "mask.png", &mask([64; 2], rectangle).into());
    request(folder, image, Some(mask))
}

/// Runs an edit; the files that it wrote, and how it ended.
fn edit(session: &mut Session, request: &EditRequest) -> (Vec<PathBuf>, JobSummary) {
    let (mut queue, _commands, events) = test_queue();
    let summary = run(request, session, &mut JobContext::new(1, &mut queue)).unwrap();
    let paths = events.try_iter().filter_map(|event| match event {
        Event::Image { path, .. } => path,
        _ => None,
    });
    (paths.collect(), summary)
}

fn refused(request: &EditRequest) -> String {
    let (mut queue, _commands, events) = test_queue();
    let error = run(request, &mut session(), &mut JobContext::new(1, &mut queue)).unwrap_err();
    assert!(events.try_iter().all(|event| !matches!(event, Event::ModelReady { .. })), "a model was loaded");
    error.to_string()
}

#[test]
fn something_changes_in_masks_of_any_width_and_nothing_outside_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let original = picture(64, 64);
    let image = saved(folder.path(), "image.png", &original.clone().into());
    let mut session = session();
    for width in 1..=8 {
        for (order, seam) in [(BlendOrder::Ldm, Seam::Feather), (BlendOrder::Sd, Seam::Poisson)] {
            let mask = mask([64, 64], [13 + width, 0, width, 50]);
            let path = saved(folder.path(), "mask.png", &mask.clone().into());
            let mut request = request(folder.path(), image.clone(), Some(path));
            request.edit = EditSettings { order, seam, feather: 2, ..EditSettings::default() };
            let (paths, _) = edit(&mut session, &request);
            let edited = image::open(&paths[0]).unwrap();
            let mut changed = 0;
            for (x, y, pixel) in edited.as_rgb8().unwrap().enumerate_pixels() {
                let [near, far] = [x.saturating_sub(2)..x + 3, y.saturating_sub(2)..y + 3];
                let masked = near
                    .clone()
                    .any(|x| x < 64 && far.clone().any(|y| y < 64 && mask.get_pixel(x, y).0[0] > 0));
                let same = pixel == original.get_pixel(x, y);
                assert!(masked || same, "{width} wide, {order}: {x}, {y} changed");
                changed += usize::from(mask.get_pixel(x, y).0[0] > 0 && !same);
            }
            assert!(changed > 10 * width as usize, "{width} wide, {order}: only {changed} pixels changed");
        }
    }
}

#[test]
fn a_picture_whose_background_is_fitted_can_be_left_and_no_other_goes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut request = masked(folder.path(), [8, 8, 32, 32]);
    (request.draw.out, request.draw.settings.count) = (None, 2);
    request.edit.fit_background = BackgroundFit::Latents;
    let (mut queue, commands, events) = test_queue();
    let watching = std::thread::Builder::new().spawn(move || {
        let (mut told, mut drawn) = (false, Vec::new());
        for event in events {
            match event {
                Event::Progress { what, .. } if !told && what.contains("background") => {
                    told = true;
                    commands.send(Command::Skip(1)).unwrap();
                }
                Event::Image { index, .. } => drawn.push(index),
                _ => {}
            }
        }
        (told, drawn)
    });
    let watching = watching.unwrap();
    run(&request, &mut session(), &mut JobContext::new(1, &mut queue)).unwrap();
    drop(queue);
    assert_eq!(watching.join().unwrap(), (true, vec![1]));
}

#[test]
fn every_sampler_begins_with_the_picture_and_a_low_strength_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let original = picture(64, 64);
    let image = saved(folder.path(), "image.png", &original.clone().into());
    let mut session = session();
    for &sampler in SamplerKind::ALL {
        let mut request = request(folder.path(), image.clone(), None);
        (request.draw.settings.sampler, request.draw.settings.steps) = (sampler, 8);
        let mut drawn = |strength| {
            request.edit.strength = Some(strength);
            let (paths, _) = edit(&mut session, &request);
            let info = read_parameters(&paths[0]).unwrap().unwrap();
            assert!(info.contains(&format!("Denoising strength: {strength}")), "{info}");
            image::open(&paths[0]).unwrap().to_rgb8()
        };
        let apart = |one: &RgbImage, other: &RgbImage| -> f64 {
            let levels = one.iter().zip(other.iter()).map(|(a, b)| f64::from(a.abs_diff(*b)));
            levels.sum::<f64>() / one.len() as f64
        };
        let (little, half, all) = (drawn(0.01), drawn(0.5), drawn(1.0));
        println!("{sampler}: {:.1} and {:.1} apart", apart(&little, &half), apart(&little, &all));
        assert!(apart(&little, &half) > 0.0 && apart(&half, &all) > 0.0, "{sampler}");
    }
}

#[test]
fn a_large_picture_is_changed_in_part_and_keeps_transparency_and_profile() {
    let folder = tempfile::tempdir().unwrap();
    let original =
        RgbaImage::from_fn(200, 150, |x, y| Rgba([x as u8, y as u8, (x * y / 7 % 256) as u8, (x + y) as u8]));
    let profile: Vec<u8> = [vec![0; 16], b"RGB ".to_vec(), vec![7; 108]].concat();
    let image = folder.path().join("image.png");
    let about = format::GenerateInfo::default();
    std::fs::write(&image, picture_to_png(&original.clone().into(), Some(&profile), &about).unwrap())
        .unwrap();
    let mask = saved(folder.path(), "mask.png", &mask([200, 150], [100, 60, 30, 20]).into());
    let mut session = session();
    for (area, size) in
        [(EditArea::Auto, "Size: 64x64"), (EditArea::Masked, "Size: 72x56"), (EditArea::Whole, "Size: 72x56")]
    {
        let mut request = request(folder.path(), image.clone(), Some(mask.clone()));
        (request.edit.area, request.edit.padding) = (area, 0);
        let (paths, _) = edit(&mut session, &request);
        let (edited, kept) = open_with_profile(&paths[0]).unwrap();
        let edited = edited.as_rgba8().unwrap();
        assert_eq!((edited.dimensions(), kept.as_ref()), ((200, 150), Some(&profile)));
        let changed: Vec<_> =
            edited.enumerate_pixels().filter(|(x, y, p)| *p != original.get_pixel(*x, *y)).collect();
        assert!(changed.iter().all(|(x, y, _)| (96..134).contains(x) && (56..84).contains(y)), "{area}");
        assert!(changed.len() > 300, "{area}: {}", changed.len());
        assert!(edited.pixels().zip(original.pixels()).all(|(a, b)| a.0[3] == b.0[3]));
        let info = read_parameters(&paths[0]).unwrap().unwrap();
        println!("{area}: {info}");
        let part =
            if area == EditArea::Whole { "Inpaint area: Whole picture" } else { "Inpaint area: Only masked" };
        assert!(
            info.contains(part) && info.contains("Mask blur: 4") && info.contains("Blending: ldm"),
            "{info}"
        );
        assert!(info.contains(size), "{info}");
    }
}

#[test]
fn a_mask_larger_than_the_model_draws_is_drawn_in_tiles_in_its_own_size() {
    let folder = tempfile::tempdir().unwrap();
    let original = picture(200, 150);
    let image = saved(folder.path(), "image.png", &original.clone().into());
    let mask = saved(folder.path(), "mask.png", &mask([200, 150], [10, 10, 180, 130]).into());
    let mut request = request(folder.path(), image, Some(mask));
    (request.edit.padding, request.edit.strength) = (0, Some(0.6));
    let mut session = session();
    let mut drawn = |tiles: bool| {
        request.edit.tiles = tiles;
        let (paths, _) = edit(&mut session, &request);
        let edited = image::open(&paths[0]).unwrap().to_rgb8();
        let pixels = edited.enumerate_pixels();
        let mut changed = pixels.filter(|(x, y, pixel)| *pixel != original.get_pixel(*x, *y));
        assert!(changed.all(|(x, y, _)| (6..194).contains(&x) && (6..144).contains(&y)));
        (edited, read_parameters(&paths[0]).unwrap().unwrap())
    };
    // The mask with its feather is 188 x 138: drawn smaller, and in tiles as it is.
    let (small, info) = drawn(false);
    assert!(info.contains("Size: 72x56") && !info.contains("Tile"), "{info}");
    let (tiled, info) = drawn(true);
    assert!(info.contains("Size: 192x144") && info.contains("Tiles: true"), "{info}");
    assert_ne!(small, tiled);
    let settings = EditSettings::read(&format::infotext::parse_parameters(&info).extra);
    assert_eq!(settings, request.edit);
}

#[test]
fn a_picture_whose_background_was_fitted_says_so_and_which_files_it_was_made_of() {
    let folder = tempfile::tempdir().unwrap();
    let mut request = masked(folder.path(), [8, 8, 40, 40]);
    let mut session = session();
    let pixels = |path: &Path| image::open(path).unwrap().into_rgb8();
    let mut drawn = |fit: BackgroundFit| {
        request.edit.fit_background = fit;
        let (paths, _) = edit(&mut session, &request);
        // What is left to chance has fallen.
        request.draw.settings.prompt = "a {cat|cat}".into();
        (pixels(&paths[0]), paths)
    };
    let (plain, _) = drawn(BackgroundFit::Off);
    let (by_decoder, _) = drawn(BackgroundFit::Decoder);
    // The model is the same afterwards as before.
    assert!(plain != by_decoder && plain == drawn(BackgroundFit::Off).0);
    let (by_latents, paths) = drawn(BackgroundFit::Latents);
    assert!(by_latents != plain && by_latents != by_decoder);
    let info = format::infotext::parse_parameters(&read_parameters(&paths[0]).unwrap().unwrap());
    assert_eq!(info.prompt, "a cat");
    let said = ContentCredentials::of(&paths[0]).unwrap();
    assert_eq!((said.made, said.state), (Made::Composed, FileState::Intact));
    assert_eq!(said.sources, ["image.png"]);
    assert_eq!(info.entry("Init image hash"), Some(&*sha256_file(&request.image).unwrap()));
    assert_eq!(info.entry("mask hash"), Some(&*sha256_file(request.mask.as_ref().unwrap()).unwrap()));
    assert_eq!(EditSettings::read(&info.extra), EditSettings { strength: Some(1.0), ..request.edit });
}

#[test]
fn a_photograph_that_lies_on_its_side_is_edited_as_it_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    // One tag: to be turned clockwise.
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    let mask = saved(folder.path(), "mask.png", &mask([64, 96], [0, 0, 64, 40]).into());
    let mut session = session();
    for name in ["photo.jpg", "photo.webp"] {
        let (image, mut bytes, lying) = (folder.path().join(name), Vec::new(), picture(96, 64));
        let wide = ExtendedColorType::Rgb8;
        if name.ends_with("jpg") {
            let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
            encoder.set_exif_metadata(exif.clone()).unwrap();
            encoder.write_image(&lying, 96, 64, wide).unwrap();
        } else {
            let mut encoder = WebPEncoder::new_lossless(&mut bytes);
            encoder.set_exif_metadata(exif.clone()).unwrap();
            encoder.write_image(&lying, 96, 64, wide).unwrap();
        }
        std::fs::write(&image, bytes).unwrap();
        let upright = open_with_profile(&image).unwrap().0.into_rgb8();
        assert_eq!(upright.dimensions(), (64, 96), "{name}");
        let (paths, _) = edit(&mut session, &request(folder.path(), image, Some(mask.clone())));
        let edited = image::open(&paths[0]).unwrap().into_rgb8();
        assert_eq!(edited.dimensions(), (64, 96), "{name}");
        let changed = edited.enumerate_pixels().filter(|(x, y, pixel)| *pixel != upright.get_pixel(*x, *y));
        let rows: Vec<u32> = changed.map(|(_, y, _)| y).collect();
        assert!(rows.len() > 500 && rows.iter().all(|y| *y < 40 + 4), "{name}: {}", rows.len());
    }
}

#[test]
fn a_picture_without_a_mask_keeps_its_proportions() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = session();
    for (sides, drawn) in [([60, 90], [60, 90]), ([120, 80], [80, 53]), ([64, 64], [64, 64])] {
        let image = saved(folder.path(), "image.png", &picture(sides[0], sides[1]).into());
        let (paths, _) = edit(&mut session, &request(folder.path(), image, None));
        assert_eq!(image::image_dimensions(&paths[0]).unwrap(), drawn.into(), "{sides:?}");
    }
}

#[test]
fn a_picture_grows_and_what_was_there_stays() {
    let folder = tempfile::tempdir().unwrap();
    let original = picture(60, 40);
    let image = saved(folder.path(), "image.png", &original.clone().into());
    let mut request = request(folder.path(), image, None);
    request.edit = EditSettings { extend: [0, 8, 36, 0], feather: 0, ..EditSettings::default() };
    let (paths, _) = edit(&mut session(), &request);
    let edited = image::open(&paths[0]).unwrap().to_rgb8();
    assert_eq!(edited.dimensions(), (96, 48));
    assert_eq!(image::imageops::crop_imm(&edited, 0, 8, 60, 40).to_image(), original);
    let new: Vec<&Rgb<u8>> = (60..96).map(|x| edited.get_pixel(x, 30)).collect();
    assert!(new.iter().any(|pixel| *pixel != new[0]), "nothing was drawn there");
}

#[test]
fn an_inpainting_model_edits_and_does_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let model = inpainting(folder.path());
    let mut request = masked(folder.path(), [16, 16, 30, 20]);
    request.draw.model = model.clone();
    let mut session = session();
    assert_eq!(edit(&mut session, &request).0.len(), 1);
    request.mask = None;
    assert_eq!(edit(&mut session, &request).0.len(), 1);
    let refused = Preflight::of(&model).err().unwrap().to_string();
    assert!(refused.contains("inpainting model"), "{refused}");
}

#[test]
fn several_are_ranked_by_clip_and_the_same_seed_is_the_same_picture() {
    let folder = tempfile::tempdir().unwrap();
    let mut request = masked(folder.path(), [8, 8, 40, 40]);
    request.clip = Some(golden().with_file_name("clip"));
    request.draw.settings.count = 3;
    let mut session = session();
    let (paths, summary) = edit(&mut session, &request);
    let JobSummary::Edited { count: 3, ranking, .. } = summary else { panic!("{summary:?}") };
    assert!(ranking.len() == 3 && ranking.is_sorted_by(|a, b| a.score >= b.score), "{ranking:?}");
    assert!(ranking.iter().all(|ranked| ranked.path.as_ref() == Some(&paths[ranked.index])));
    (request.draw.settings.seed, request.draw.settings.count) = (2, 1);
    let (again, summary) = edit(&mut session, &request);
    assert!(matches!(&summary, JobSummary::Edited { ranking, .. } if ranking.is_empty()));
    assert_eq!(image::open(&again[0]).unwrap(), image::open(&paths[2]).unwrap());
    assert_ne!(image::open(&paths[0]).unwrap(), image::open(&paths[2]).unwrap());
}

#[test]
fn what_cannot_be_edited_is_refused_before_a_model_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let image = saved(folder.path(), "image.png", &picture(64, 64).into());
    let black = saved(folder.path(), "black.png", &GrayImage::new(64, 64).into());
    let wide = saved(folder.path(), "wide.png", &GrayImage::new(128, 64).into());
    let with = |mask: &PathBuf| request(folder.path(), image.clone(), Some(mask.clone()));
    assert!(refused(&with(&black)).contains("black everywhere"));
    assert!(refused(&with(&wide)).contains("128 x 64"));
    let mut inverted = with(&black);
    inverted.edit.invert_mask = true;
    assert_eq!(edit(&mut session(), &inverted).0.len(), 1);
    let mut missing = request(folder.path(), folder.path().join("none.png"), None);
    assert!(refused(&missing).contains("none.png"));
    missing.edit.strength = Some(2.0);
    assert!(refused(&missing).contains("strength"));
}

#[test]
fn results_that_are_drawn_together_are_those_drawn_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut request = masked(folder.path(), [16, 16, 32, 32]);
    let mut session = session();
    for order in [BlendOrder::Ldm, BlendOrder::Sd] {
        (request.edit.order, request.draw.settings.count) = (order, 2);
        let [alone, together] = [1, 2].map(|batch| {
            request.draw.settings.batch = Some(batch);
            let (paths, _) = edit(&mut session, &request);
            paths.iter().map(|path| image::open(path).unwrap().into_rgb8()).collect::<Vec<_>>()
        });
        assert!(alone.len() == 2 && together.len() == 2 && alone[0] != alone[1], "{order}");
        for (one, other) in alone.iter().zip(&together) {
            let pairs = one.as_raw().iter().zip(other.as_raw());
            let apart = pairs.map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(u8::MAX);
            assert!(apart <= 2, "{order}: {apart} levels apart");
        }
    }
}
