//! The sample concepts that come with the program: four things and one style that the starter model has never
//! seen, a few pictures each.
//!
//! The pictures are drawn from here once and lie in `assets/samples`; a test compares the two. What can be
//! learned from them is the business of the evaluation.

use std::path::Path;

use super::render::render;
use super::scene::{Scene, Style};
use super::world::World;
use base::atomic::write_atomic;
use base::{Error, Result};
use project::{Concept, ConceptKind};

/// Pictures of each sample.
pub const PICTURES: usize = 5;
/// Width and height of a sample picture in pixels: what the starter model draws.
pub const SIZE: usize = 64;
/// Where the chance in the sample pictures starts.
const SEED: u64 = 4;

/// The name of the sample that is a style.
const STYLE_SAMPLE: &str = "soft-wash";

/// A concept to try the program with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// The folder of its pictures, and its name on the command line.
    pub name: &'static str,
    /// The word it is to be learned as.
    pub word: &'static str,
    /// What the word starts out meaning.
    pub initial_word: &'static str,
    /// Thing or style.
    pub kind: ConceptKind,
}

/// All samples, the one to begin with first.
pub const SAMPLES: &[Sample] = &[
    object("tea-time-mug", "<tea-time-mug>", "mug"),
    object("circus-cat", "<circus-cat>", "cat"),
    object("garden-robot", "<garden-robot>", "robot"),
    object("regatta-boat", "<regatta-boat>", "boat"),
    Sample { name: STYLE_SAMPLE, word: "<soft-wash>", initial_word: "painting", kind: ConceptKind::Style },
];

const fn object(name: &'static str, word: &'static str, initial_word: &'static str) -> Sample {
    Sample { name, word, initial_word, kind: ConceptKind::Object }
}

impl Sample {
    /// The sample of that name.
    pub fn find(name: &str) -> Option<&'static Self> {
        SAMPLES.iter().find(|sample| sample.name == name)
    }

    /// What there is to be learned.
    pub fn concept(&self) -> Concept {
        Concept { word: self.word.into(), initial_word: self.initial_word.into(), kind: self.kind }
    }

    /// What its pictures show.
    pub fn scenes(&self) -> Vec<Scene> {
        let world = World::narrow();
        match world.individuals.iter().find(|individual| individual.name == self.name) {
            Some(individual) => individual.pictures(&world, PICTURES, SEED),
            None => world.pictures_in(Style::Watercolour, PICTURES, SEED),
        }
    }
}

/// Draws the pictures of everything a world holds out, a folder for each, and `concepts.json` with what there is
/// to learn: for each its name, word, initial word, kind and, of a thing, its traits as positions in their lists.
/// The samples are among them.
///
/// # Errors
/// [`Error::Io`] if a file cannot be written.
pub fn draw_held_out(world: &World, folder: &Path) -> Result<()> {
    let mut concepts = Vec::new();
    for individual in world.individuals {
        draw(&individual.pictures(world, PICTURES, SEED), &folder.join(individual.name))?;
        let (kind, colour, pattern, accessory) = individual.thing.traits();
        concepts.push(serde_json::json!({
            "name": individual.name,
            "word": format!("<{}>", individual.name),
            "initial_word": kind.word(),
            "kind": "object",
            "traits": {
                "kind": kind as usize,
                "colour": colour as usize,
                "pattern": pattern as usize,
                "accessory": accessory as usize,
            },
        }));
    }
    for &style in world.held_out_styles {
        // The word of a style must not be its known name.
        let name = if style == Style::Watercolour { STYLE_SAMPLE } else { "held-out-style" };
        draw(&world.pictures_in(style, PICTURES, SEED), &folder.join(name))?;
        concepts.push(serde_json::json!({
            "name": name,
            "word": format!("<{name}>"),
            "initial_word": "painting",
            "kind": "style",
            "traits": { "style": style as usize },
        }));
    }
    let text = serde_json::to_string_pretty(&concepts).map_err(|e| Error::Internal(e.to_string()))?;
    write_atomic(&folder.join("concepts.json"), text.as_bytes())
}

/// Draws the scenes as `1.png`, `2.png`, … into `folder`, which is made if need be.
fn draw(scenes: &[Scene], folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|e| Error::write(folder, e))?;
    for (i, scene) in scenes.iter().enumerate() {
        let bytes = render(scene, SIZE).rgb8();
        let path = folder.join(format!("{}.png", i + 1));
        image::save_buffer(&path, &bytes, SIZE as u32, SIZE as u32, image::ColorType::Rgb8)
            .map_err(|e| Error::write(&path, std::io::Error::other(e)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_samples_are_held_out_and_their_pictures_are_the_ones_drawn_here() {
        let world = World::narrow();
        let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/samples");
        for sample in SAMPLES {
            sample.concept().validate().unwrap();
            let scenes = sample.scenes();
            assert_eq!(scenes.len(), PICTURES);
            for (i, scene) in scenes.iter().enumerate() {
                let held = match sample.kind {
                    ConceptKind::Object => world.holds_out(&scene.thing),
                    ConceptKind::Style => world.held_out_styles.contains(&scene.style),
                };
                assert!(held, "{}", sample.name);
                let path = assets.join(sample.name).join(format!("{}.png", i + 1));
                let picture = image::open(&path).unwrap().to_rgb8();
                assert!(picture.as_raw() == &render(scene, SIZE).rgb8(), "{} differs", path.display());
            }
        }
    }
}
