//! Making a set of questions from the pictures of a comparison.
//!
//! A question holds pictures of several methods of one concept and one prompt. What the prompt was stands in the picture;
//! whoever can read that passes it in. A picture of which it is not known is taken for one of the concept alone, and only
//! asked about for its likeness. Pictures are written anew, in one size and without what stands in them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::Cursor;
use std::path::{Path, PathBuf};

use base::{Error, Result};
use image::{DynamicImage, ImageFormat, RgbImage};

use super::context::{is_plain, longest, template, without_word};
use super::{
    CANDIDATES, KEY, PICTURES, Source, StudyKey, StudyKind, StudyQuestion, StudySet, expect_new, inside,
    write_below, write_json, write_whole,
};
use crate::comparison::{Comparison, Point};
use crate::picture::{learned_square, open_picture};
use crate::random::Random;
use crate::run::MANIFEST;
use crate::{RunFolder, RunManifest};

/// Longer side of a picture of a set, in pixels.
const SIDE: u32 = 512;
/// Pictures of the concept beside a question of likeness, as in the paper.
const REFERENCES: usize = 4;
/// The baseline whose pictures are those learned from.
const IMAGE_ONLY: &str = "image-only";

/// What set to make.
#[derive(Debug, Clone, PartialEq)]
pub struct StudySettings {
    /// How many questions.
    pub questions: usize,
    /// Where chance begins: which pictures, in which order.
    pub seed: u64,
    /// The methods; none for the first [`CANDIDATES`] of the comparison.
    pub methods: Vec<String>,
}

impl Default for StudySettings {
    fn default() -> Self {
        Self { questions: 10, seed: 0, methods: Vec::new() }
    }
}

/// Pictures that can be asked about together: of a concept and a prompt without the word, by method.
struct Scene {
    concept: String,
    context: String,
    shots: BTreeMap<String, Vec<Shot>>,
}

/// A drawn picture.
#[derive(Clone)]
struct Shot {
    path: PathBuf,
    /// CLIP's image and text similarity of its point.
    scores: [Option<f64>; 2],
}

/// Makes a set in a new folder from the comparison in another; `prompt_of` reads the prompt out of a drawn picture.
/// What to know about it, as sentences.
///
/// # Errors
/// If the comparison cannot be read, holds no two methods to be compared, or if the set cannot be written.
pub fn make(
    comparison: &Path,
    out: &Path,
    settings: &StudySettings,
    prompt_of: &dyn Fn(&Path) -> Option<String>,
) -> Result<Vec<String>> {
    expect_new(out)?;
    let found = Comparison::load(comparison)?;
    let methods = methods(&found, &settings.methods)?;
    let scenes = scenes(comparison, &found, &methods, prompt_of);
    let mut random = Random(settings.seed);
    let mut references = BTreeMap::new();
    for concept in scenes.iter().map(|scene| &scene.concept) {
        if !references.contains_key(concept) {
            references.insert(concept.clone(), learned_from(comparison, &found, concept));
        }
    }
    let known = |scene: &&Scene| references.get(&scene.concept).is_some_and(|known| !known.is_empty());
    let plain: Vec<&Scene> = scenes.iter().filter(|scene| scene.context.is_empty()).filter(known).collect();
    let any = || -> Vec<&Scene> { scenes.iter().filter(known).collect() };
    let likeness = fullest(if plain.is_empty() { any() } else { plain });
    let obedience = fullest(scenes.iter().filter(|scene| !scene.context.is_empty()).collect());
    if likeness.is_empty() && obedience.is_empty() {
        let fault = format!("{} has no pictures of two methods to be compared", comparison.display());
        return Err(Error::input(fault, "Let the comparison go on, or choose other methods."));
    }
    let first = match (likeness.is_empty(), obedience.is_empty()) {
        (false, false) => settings.questions.div_ceil(2),
        (false, true) => settings.questions,
        _ => 0,
    };
    let counts = [
        (StudyKind::Likeness, likeness, first),
        (StudyKind::Obedience, obedience, settings.questions - first),
    ];
    let (mut asked, mut torn) = (Vec::new(), BTreeSet::new());
    for (kind, scenes, count) in counts {
        asked.extend(chosen(kind, &scenes, count, &mut random, &mut torn));
    }
    let mut notes = Vec::new();
    if !torn.is_empty() {
        let name = |path: &PathBuf| path.strip_prefix(comparison).unwrap_or(path).display().to_string();
        let names = torn.iter().map(name).collect::<Vec<_>>().join(", ");
        notes.push(format!("Pictures that cannot be read are not asked about: {names}."));
    }
    if asked.len() < settings.questions {
        notes.push(format!("There are pictures for only {} questions.", asked.len()));
    }
    if first == settings.questions && settings.questions > 1 {
        notes.push("No picture says its prompt, so all questions are of likeness.".into());
    }
    let least = asked.iter().map(|(.., shots)| shots.len()).min().unwrap_or(0);
    if least < methods.len() {
        notes.push(format!("Some questions compare {least} methods: the others have no such picture."));
    }
    write_whole(out, || write(out, asked, &references))?;
    Ok(notes)
}

/// The methods to be compared.
fn methods(found: &Comparison, asked: &[String]) -> Result<Vec<String>> {
    let mut known: Vec<&Point> = found.points.iter().filter(|point| !point.pictures.is_empty()).collect();
    known.sort_by_key(|point| point.baseline);
    let mut names: Vec<String> = Vec::new();
    for point in known {
        if !names.contains(&point.method) {
            names.push(point.method.clone());
        }
    }
    if let Some(unknown) = asked.iter().find(|name| !names.contains(name)) {
        let fault = format!("The comparison has no pictures of the method {unknown}");
        return Err(Error::input(fault, format!("It has: {}.", names.join(", "))));
    }
    if asked.len() > CANDIDATES {
        let remedy = format!("Choose {CANDIDATES} at most: more are hard to rank.");
        return Err(Error::input(format!("{} methods were named", asked.len()), remedy));
    }
    if !asked.is_empty() {
        names = asked.to_vec();
    }
    names.truncate(CANDIDATES);
    Ok(names)
}

/// The pictures by what can be asked about together.
fn scenes(
    folder: &Path,
    found: &Comparison,
    methods: &[String],
    prompt_of: &dyn Fn(&Path) -> Option<String>,
) -> Vec<Scene> {
    let mut drawn = Vec::new();
    let mut words: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for point in found.points.iter().filter(|point| methods.contains(&point.method)) {
        let word = run_of(folder, point).map(|run| run.concept.word);
        words.entry(&point.concept).or_default().extend(word);
        for picture in &point.pictures {
            let path = inside(folder, picture).filter(|path| path.is_file());
            drawn.extend(path.map(|path| (point, prompt_of(&path), path)));
        }
    }
    let words = |point: &Point| words.get(point.concept.as_str()).map(Vec::as_slice).unwrap_or_default();
    // What was asked of the words themselves; the prompts of baselines have something else in the word's place.
    let worded = drawn.iter().filter_map(|(point, prompt, _)| template(prompt.as_deref()?, words(point)));
    let templates: HashSet<String> = worded.collect();
    let mut scenes: Vec<Scene> = Vec::new();
    for (point, prompt, path) in drawn {
        let context = match prompt {
            None => Some(String::new()),
            Some(prompt) => {
                let own = template(&prompt, words(point));
                own.or_else(|| longest(&prompt, &templates)).map(|template| without_word(&template))
            }
        };
        let Some(context) = context else { continue };
        let context = if is_plain(&context) { String::new() } else { context };
        let scores = [point.image, point.text].map(|score| score.map(|score| score.mean));
        let same = |scene: &Scene| scene.concept == point.concept && scene.context == context;
        let place = scenes.iter().position(same).unwrap_or(scenes.len());
        if place == scenes.len() {
            scenes.push(Scene { concept: point.concept.clone(), context, shots: BTreeMap::new() });
        }
        scenes[place].shots.entry(point.method.clone()).or_default().push(Shot { path, scores });
    }
    scenes.retain(|scene| scene.shots.len() > 1);
    scenes
}

/// The run that a point's word was learned in.
fn run_of(folder: &Path, point: &Point) -> Option<RunManifest> {
    let word = inside(folder, point.word.as_ref()?)?;
    let above = word.ancestors().skip(1).take_while(|place| place.starts_with(folder));
    let run = above.into_iter().find(|place| place.join(MANIFEST).is_file())?;
    RunFolder::open(run).ok()?.manifest().ok()
}

/// Up to four pictures that a concept was learned from, as learning saw them; one that cannot be read is passed over.
fn learned_from(folder: &Path, found: &Comparison, concept: &str) -> Vec<RgbImage> {
    let own = || found.points.iter().filter(|point| point.concept == concept);
    if let Some(run) = own().find_map(|point| run_of(folder, point)) {
        let seen = run.pictures.iter().filter_map(|record| learned_square(&record.entry, None).ok());
        let seen: Vec<RgbImage> = seen.take(REFERENCES).collect();
        if !seen.is_empty() {
            return seen;
        }
    }
    let pictures = own().filter(|point| point.method == IMAGE_ONLY).flat_map(|point| &point.pictures);
    let opened = pictures.filter_map(|picture| open_picture(&inside(folder, picture)?).ok());
    opened.take(REFERENCES).map(DynamicImage::into_rgb8).collect()
}

/// Those that compare as many methods as any.
fn fullest(scenes: Vec<&Scene>) -> Vec<&Scene> {
    let most = scenes.iter().map(|scene| scene.shots.len()).max().unwrap_or(0);
    scenes.into_iter().filter(|scene| scene.shots.len() == most).collect()
}

/// A question: what is asked, of which scene, and a picture of each method, in the order in which they are shown.
type Asked<'a> = (StudyKind, &'a Scene, Vec<(String, Shot)>);

/// So many questions of scenes, one scene after the other, none twice. Pictures that cannot be read become known as `torn`.
fn chosen<'a>(
    kind: StudyKind,
    scenes: &[&'a Scene],
    count: usize,
    random: &mut Random,
    torn: &mut BTreeSet<PathBuf>,
) -> Vec<Asked<'a>> {
    /// So often chance is asked for pictures that were not asked about yet.
    const TRIES: usize = 20;
    let mut order = scenes.to_vec();
    random.shuffle(&mut order);
    let (mut asked, mut seen) = (Vec::new(), HashSet::new());
    for turn in 0..count * TRIES {
        if asked.len() == count || order.is_empty() {
            break;
        }
        let scene = order[turn % order.len()];
        let mut shots: Vec<(String, Shot)> = Vec::new();
        for (method, all) in &scene.shots {
            let whole: Vec<&Shot> = all.iter().filter(|shot| !torn.contains(&shot.path)).collect();
            if !whole.is_empty() {
                shots.push((method.clone(), whole[random.below(whole.len())].clone()));
            }
        }
        let paths: Vec<PathBuf> = shots.iter().map(|(_, shot)| shot.path.clone()).collect();
        if paths.len() > 1 && seen.insert(paths.clone()) {
            let known = torn.len();
            torn.extend(paths.into_iter().filter(|path| open_picture(path).is_err()));
            if torn.len() > known {
                continue;
            }
            random.shuffle(&mut shots);
            asked.push((kind, scene, shots));
        }
    }
    asked
}

/// Writes the pictures and the key; the questions.
fn write(
    out: &Path,
    asked: Vec<Asked<'_>>,
    references: &BTreeMap<String, Vec<RgbImage>>,
) -> Result<StudySet> {
    let mut shown: BTreeMap<&str, Vec<PathBuf>> = BTreeMap::new();
    for (number, (concept, pictures)) in references.iter().enumerate() {
        for (place, picture) in pictures.iter().enumerate() {
            let path = Path::new(PICTURES).join(format!("concept-{}-{}.png", number + 1, place + 1));
            write_picture(out, &path, picture.clone())?;
            shown.entry(concept).or_default().push(path);
        }
    }
    let (mut questions, mut sources) = (Vec::new(), Vec::new());
    for (number, (kind, scene, shots)) in asked.into_iter().enumerate() {
        let (mut candidates, mut methods) = (Vec::new(), Vec::new());
        for (place, (method, shot)) in shots.into_iter().enumerate() {
            let path = Path::new(PICTURES).join(format!("{:02}-{}.png", number + 1, place + 1));
            write_picture(out, &path, open_picture(&shot.path)?.into_rgb8())?;
            candidates.push(path);
            let score = shot.scores[usize::from(kind == StudyKind::Obedience)];
            methods.push(Source { method, score });
        }
        let likeness = kind == StudyKind::Likeness;
        let references = shown.get(scene.concept.as_str()).filter(|_| likeness).cloned().unwrap_or_default();
        let context = if likeness { String::new() } else { scene.context.clone() };
        questions.push(StudyQuestion { kind, references, context, candidates });
        sources.push(methods);
    }
    let set = StudySet::new(questions);
    write_json(&out.join(KEY), &StudyKey { id: set.id.clone(), questions: sources })?;
    Ok(set)
}

/// Writes the square in the middle of a picture.
fn write_picture(out: &Path, path: &Path, picture: RgbImage) -> Result<()> {
    let side = picture.width().min(picture.height());
    let [left, top] = [picture.width(), picture.height()].map(|length| (length - side) / 2);
    let mut picture = DynamicImage::from(picture).crop_imm(left, top, side, side);
    if side > SIDE {
        picture = picture.thumbnail_exact(SIDE, SIDE);
    }
    let mut bytes = Cursor::new(Vec::new());
    let written = picture.write_to(&mut bytes, ImageFormat::Png);
    written.map_err(|error| Error::Internal(format!("a picture could not be encoded ({error})")))?;
    write_below(out, path, &bytes.into_inner())
}
