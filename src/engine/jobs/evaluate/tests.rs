//! Vectors of images, and which of a picture's decisions count.

use image::{Rgb, RgbImage};

use super::*;
use crate::clip::{AROUND, BATCH, embed, rows};
use crate::queue::test_queue;
use crate::session::tests::{golden, session};
use inversion::objective::read;
use project::{Crop, LearnSettings, PictureEntry, PictureRecord, RunFolder};

fn clip() -> ClipModel {
    let folder = golden().parent().unwrap().join("clip");
    ClipModel::open(&folder, &session().device.device, &mut || Ok(())).unwrap()
}

fn base() -> project::manifest::BaseModel {
    project::manifest::BaseModel { path: golden(), ..Default::default() }
}

#[test]
fn any_number_of_images_has_the_same_vectors() {
    let clip = clip();
    let image = |i: usize| RgbImage::from_fn(9, 7, |x, y| Rgb([i as u8 * 5, x as u8 * 20, y as u8 * 30]));
    let images: Vec<RgbImage> = (0..2 * BATCH + 3).map(image).collect();
    let together = rows(&clip, images.len(), read(clip.embed_images(&images)).unwrap());
    let vectors = embed(&clip, &images).unwrap();
    assert_eq!(vectors.len(), images.len());
    for (one, other) in vectors.iter().flatten().zip(together.iter().flatten()) {
        assert!((one - other).abs() < 1e-4, "{one} {other}");
    }
}

#[test]
fn images_are_judged_as_they_were_learned() {
    let folder = tempfile::tempdir().unwrap();
    let clip = clip();
    let concept = Concept { word: "<cat-toy>".into(), initial_word: "cat".into(), kind: ConceptKind::Object };
    let mut draft = Draft::create(folder.path(), concept).unwrap();
    // Red on the left, where the square is chosen, and blue on the right; green where the mask leaves it out.
    let picture = RgbImage::from_fn(64, 32, |x, y| match (x, y) {
        (32.., _) => Rgb([0, 0, 255]),
        (_, 16..) => Rgb([0, 255, 0]),
        _ => Rgb([255, 0, 0]),
    });
    picture.save(draft.folder.join("a.png")).unwrap();
    let mask = image::GrayImage::from_fn(64, 32, |_, y| image::Luma([if y < 16 { 255 } else { 0 }]));
    mask.save(draft.folder.join("a.mask.png")).unwrap();
    draft.refresh().unwrap();
    draft.entries[0].crop = Crop::Chosen { left: 0.0, top: 0.0, side: 1.0 };
    draft.settings = LearnSettings { clip_skip: 2, ..draft.settings };
    draft.save().unwrap();
    let request = EvaluateRequest {
        model: golden(),
        word: folder.path().join("none.safetensors"),
        images: vec![draft.folder.clone()],
        clip: folder.path().into(),
        settings: EvaluateSettings::default(),
    };
    let (settings, run) = as_learned(&request, Some("<cat-toy>"));
    assert_eq!((settings.clip_skip, settings.use_masks, run), (Some(2), Some(true), None));
    let (mut queue, _commands, _events) = test_queue();
    let mut context = JobContext::new(1, &mut queue);
    let mut judged = |settings: &EvaluateSettings, run: Option<&RunManifest>| {
        concept_images(&request, settings, run, &clip, &mut context).unwrap()
    };
    let half =
        |below: Rgb<u8>| RgbImage::from_fn(32, 32, |_, y| if y < 16 { Rgb([255, 0, 0]) } else { below });
    let whole = EvaluateSettings { use_masks: Some(false), ..settings.clone() };
    assert_eq!(judged(&settings, None), embed(&clip, &[half(AROUND)]).unwrap());
    assert_eq!(judged(&whole, None), embed(&clip, &[half(Rgb([0, 255, 0]))]).unwrap());

    // A run remembers its own decisions.
    let entry = PictureEntry {
        mask: None,
        crop: Crop::Chosen { left: 1.0, top: 0.0, side: 1.0 },
        ..draft.entries[0].clone()
    };
    let record = PictureRecord::new(entry).unwrap();
    let learned = LearnSettings { clip_skip: 3, use_masks: false, ..LearnSettings::default() };
    let manifest = RunManifest::new(draft.concept.clone(), learned, vec![record], base(), String::new());
    let run = RunFolder::create(&folder.path().join("run"), &manifest).unwrap();
    let request = EvaluateRequest { word: run.path().join("cat-toy.safetensors"), ..request.clone() };
    let (settings, run) = as_learned(&request, Some("<cat-toy>"));
    assert_eq!((settings.clip_skip, settings.use_masks), (Some(3), Some(false)));
    assert_eq!(as_learned(&request, Some("<dog>")).0.clip_skip, Some(2), "a word of another run");
    let blue = RgbImage::from_pixel(32, 32, Rgb([0, 0, 255]));
    assert_eq!(judged(&settings, run.as_ref()), embed(&clip, &[blue]).unwrap());
    let asked = EvaluateSettings { clip_skip: Some(1), use_masks: Some(true), ..EvaluateSettings::default() };
    let request = EvaluateRequest { settings: asked.clone(), ..request };
    assert_eq!(as_learned(&request, Some("<cat-toy>")).0, asked);
}

#[test]
fn a_run_lends_the_masks_it_suggested_wherever_the_pictures_lie() {
    let place = tempfile::tempdir().unwrap();
    let folders = ["images", "moved"].map(|name| place.path().join(name));
    for (folder, name) in folders.iter().zip(["a.png", "b.png"]) {
        std::fs::create_dir(folder).unwrap();
        RgbImage::from_pixel(8, 8, Rgb([9; 3])).save(folder.join(name)).unwrap();
    }
    let mask = std::path::Path::new("masks").join("001.png");
    let entry = PictureEntry { mask: Some(mask.clone()), ..PictureEntry::new(folders[0].join("a.png")) };
    let record = PictureRecord::new(entry).unwrap();
    let concept = Concept { word: "<x>".into(), initial_word: "cat".into(), kind: ConceptKind::Object };
    let manifest = RunManifest::new(concept, LearnSettings::default(), vec![record], base(), String::new());
    let run = place.path().join("run");
    let masks = [(mask, image::GrayImage::from_pixel(8, 8, image::Luma([255])))];
    let records = RunFolder::create_with(&run, &manifest, &masks).unwrap().manifest().unwrap().pictures;
    for folder in &folders {
        let dataset = Dataset::gather(std::slice::from_ref(folder)).unwrap();
        let entries = learned_entries(&dataset, &records);
        assert_eq!(entries[0].mask.as_deref(), Some(&*run.join("masks/001.png")), "{}", folder.display());
        assert!(entries[0].path.starts_with(folder));
        assert_eq!(learned_entries(&dataset, &[])[0].mask, None);
    }
}

#[test]
fn the_negative_word_beside_a_word_is_drawn_against() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("toy.safetensors");
    let write = |token: &str, path: &std::path::Path, negative: bool, partner: &str| {
        let mut word = LearnedWord {
            token: Some(token.into()),
            vectors: vec![0.1; 32],
            shape: [1, 32],
            second: None,
            metadata: Default::default(),
        };
        embedding::role::write(&mut word.metadata, negative, partner);
        embedding::write(path, &word, embedding::EmbeddingFormat::EmbParams).unwrap();
    };
    write("<toy>", &file, false, "<toy-neg>");
    write("<toy-neg>", &negative_beside(&file), true, "<toy>");
    let settings = EvaluateSettings::default();
    let request =
        EvaluateRequest { model: golden(), word: file, images: Vec::new(), clip: golden(), settings };
    let files = word_files(&request, &embedding::read_all(&request.word).unwrap());
    assert_eq!(files.len(), 2);
    let (mut session, (mut queue, _commands, _events)) = (session(), test_queue());
    let mut context = JobContext::new(1, &mut queue);
    let model = session.load(&golden(), request.settings.numbers(), &mut context).unwrap();
    let subjects = Subject::learned(model, &files, &context).unwrap();
    let [subject] = &subjects[..] else { panic!("{} subjects", subjects.len()) };
    assert_eq!((subject.name.as_str(), subject.says.join(" ").as_str()), ("learned word", "<toy>"));
    let prompt = "a photo of <toy>".to_owned();
    let mut drawn = project::GenerateSettings { prompt, ..project::GenerateSettings::default() };
    drawn.negative_prompt.clear();
    subject.words.place_negatives(&mut drawn);
    assert_eq!(drawn.negative_prompt, "<toy-neg>");
}
