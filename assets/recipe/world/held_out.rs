//! The concepts that a world holds out, drawn for the evaluation; the program's sample pictures are among them.
//!
//! Those lie in `assets/samples`; a test compares the two. What can be learned from them is the business of the
//! evaluation.

use std::path::Path;

use super::render::render;
use super::scene::{Scene, Style};
use super::world::World;
use base::atomic::write_atomic;
use base::{Error, Result};

/// Pictures of each concept, if nothing else is asked for.
pub const PICTURES: usize = 5;
/// Width and height of a picture in pixels: what the starter model draws.
const SIZE: usize = 64;
/// Where the chance in the pictures starts.
pub const SEED: u64 = 4;

/// Draws so many pictures of everything a world holds out, a folder for each, and `concepts.json` with what there is
/// to learn: for each its name, word, initial word, kind and, of a thing, its traits as positions in their lists.
///
/// # Errors
/// [`Error::Io`] if a file cannot be written.
pub fn draw(world: &World, pictures: usize, folder: &Path) -> Result<()> {
    let mut concepts = Vec::new();
    for individual in world.individuals {
        draw_scenes(&individual.pictures(world, pictures, SEED), &folder.join(individual.name))?;
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
        let name = if style == Style::Watercolour { "soft-wash" } else { "held-out-style" };
        draw_scenes(&world.pictures_in(style, pictures, SEED), &folder.join(name))?;
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
///
/// # Errors
/// [`Error::Io`] if a file cannot be written.
pub fn draw_scenes(scenes: &[Scene], folder: &Path) -> Result<()> {
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
    use project::ConceptKind;
    use starter::SAMPLES;

    #[test]
    fn the_samples_are_held_out_and_their_pictures_are_the_ones_drawn_here() {
        let world = World::narrow();
        let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples");
        for sample in SAMPLES {
            sample.concept().validate().unwrap();
            let scenes = match sample.kind {
                ConceptKind::Object => {
                    let known = world.individuals.iter().find(|individual| individual.name == sample.name);
                    known.unwrap().pictures(&world, PICTURES, SEED)
                }
                ConceptKind::Style => world.pictures_in(Style::Watercolour, PICTURES, SEED),
            };
            assert_eq!(scenes.len(), PICTURES);
            if let Some(known) = world.individuals.iter().find(|individual| individual.name == sample.name) {
                let more = known.pictures(&world, 25, SEED);
                let same = more
                    .iter()
                    .zip(&scenes)
                    .all(|(more, scene)| render(more, SIZE).rgb8() == render(scene, SIZE).rgb8());
                assert!(more.len() == 25 && same, "more pictures begin with these");
            }
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
