//! From a scene to a picture: the background, the thing's shadow, the thing, and then the style.
//!
//! A pure function of the scene and the size, the same to the last bit everywhere; see [`super::geometry`].

use super::background;
use super::canvas::{Canvas, GBuffer, Transform};
use super::geometry::{Rgb, at};
use super::material::Material;
use super::scene::{Accessory, Background, Scene};
use super::shapes::ellipse;
use super::style;
use super::things::{self, ThingPainter};

/// A finished picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Width and height in pixels.
    pub size: usize,
    /// sRGB values from 0 to 1, row by row.
    pub pixels: Vec<Rgb>,
    /// Where the thing is, 0 to 1 per pixel, for losses that care about it more.
    pub mask: Vec<f32>,
}

impl Picture {
    /// Three bytes a pixel, row by row, as PNG wants them.
    pub fn rgb8(&self) -> Vec<u8> {
        self.pixels.iter().flatten().map(|&channel| (channel * 255.0 + 0.5) as u8).collect()
    }
}

/// What a style works on, at the final size.
#[derive(Debug)]
pub(super) struct Layers {
    /// Width and height in pixels.
    pub size: usize,
    /// What is behind; covers everything.
    pub back: GBuffer,
    /// The thing alone.
    pub thing: GBuffer,
}

/// Draws a scene at `size` by `size` pixels. The thing looks the same at any size; 64 and 128 are what styles
/// are made for. To draw many, keep a [`Renderer`].
pub fn render(scene: &Scene, size: usize) -> Picture {
    Renderer::new(size).draw(scene)
}

/// Draws scene after scene on one canvas.
#[derive(Debug)]
pub struct Renderer {
    canvas: Canvas,
}

impl Renderer {
    /// For pictures of `size` by `size` pixels, at least 32.
    pub fn new(size: usize) -> Self {
        Self { canvas: Canvas::new(size.max(32)) }
    }

    /// The picture of a scene, which depends on nothing drawn before.
    pub fn draw(&mut self, scene: &Scene) -> Picture {
        let (canvas, transform) = (&mut self.canvas, transform(scene));
        canvas.clear();
        background::draw(canvas, scene);
        if !floats(scene.background) {
            let shadow = ellipse(-scene.sun * 0.18, 0.97, 0.98, 0.2);
            let upright = Transform::new(transform.apply(at(0.0, 0.0)), scale(scene), 0.0, false);
            canvas.shade(&upright, &shadow, 0.16, 0.55);
        }
        let back = canvas.resolve();

        canvas.clear();
        let sun = if scene.mirrored { -scene.sun } else { scene.sun };
        let material = Material::new(&scene.thing, scene.turn);
        things::draw(&mut ThingPainter::new(canvas, transform, material, sun, scene.turn), &scene.thing);
        let layers = Layers { size: canvas.size(), back, thing: canvas.resolve() };

        let mut pixels = style::apply(&layers, scene);
        pixels.iter_mut().flatten().for_each(|channel| *channel = channel.clamp(0.0, 1.0));
        Picture { size: layers.size, pixels, mask: layers.thing.alpha }
    }
}

/// Whether things hang in the middle there instead of standing on the ground.
fn floats(background: Background) -> bool {
    matches!(background, Background::Underwater | Background::Space)
}

/// Half the height of a thing without accessories, in picture widths; a hat or a flag needs room above.
fn scale(scene: &Scene) -> f32 {
    let share = if top_heavy(scene) { 0.35 } else { 0.415 };
    scene.scale * share
}

fn top_heavy(scene: &Scene) -> bool {
    matches!(scene.thing.accessory, Accessory::Hat | Accessory::Flag)
}

fn transform(scene: &Scene) -> Transform {
    let rise = if top_heavy(scene) { 0.075 } else { 0.02 };
    let float = if floats(scene.background) { -0.03 } else { 0.0 };
    let centre = at(0.5 + scene.offset.0, 0.5 + rise + float + scene.offset.1);
    Transform::new(centre, scale(scene), scene.tilt, scene.mirrored)
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Colour, Kind, Pattern, Style, Thing};
    use super::super::world::World;
    use super::*;
    use diffusion::StepRandom;

    /// 64-bit FNV-1a.
    fn fingerprint(bytes: &[u8]) -> u64 {
        bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }

    fn scene(kind: Kind, colour: Colour, style: Style) -> Scene {
        let thing = Thing {
            kind,
            colour,
            second: colour.partners()[0],
            pattern: Pattern::Plain,
            accessory: Accessory::None,
            build: 0.0,
            grain: 0.0,
            slant: 0.5,
        };
        Scene { style, ..Scene::posed(thing, Background::Table, &mut StepRandom::new(1, kind as u64)) }
    }

    #[test]
    fn pictures_are_pinned() {
        let sampled = |step| Scene::sample(&World::wide(), &mut StepRandom::new(2, step));
        let every = Style::ALL
            .iter()
            .zip(0..)
            .flat_map(|(&style, i)| render(&Scene { style, ..sampled(i) }, 64).rgb8());
        let every: Vec<u8> = every.collect();
        let prints = [fingerprint(&every), fingerprint(&render(&sampled(99), 128).rgb8())];
        assert_eq!(prints, [0xf745_2073_3861_199b, 0xdfef_9975_a872_ff3d], "{prints:#018x?}");
    }

    #[test]
    fn a_canvas_forgets_what_was_drawn_before() {
        let (first, second) =
            (scene(Kind::Cat, Colour::Red, Style::Oil), scene(Kind::Boat, Colour::Blue, Style::Ink));
        let mut renderer = Renderer::new(64);
        renderer.draw(&first);
        assert_eq!(renderer.draw(&second), render(&second, 64));
        assert_ne!(renderer.draw(&first), render(&second, 64));
    }

    #[test]
    fn every_kind_can_be_drawn_in_every_style() {
        let mut renderer = Renderer::new(64);
        for &kind in Kind::ALL {
            let photo = renderer.draw(&scene(kind, Colour::Green, Style::Photo));
            for &style in Style::ALL {
                let picture = renderer.draw(&scene(kind, Colour::Green, style));
                let flat: Vec<f32> = picture.pixels.iter().flatten().copied().collect();
                assert!(
                    flat.len() == 64 * 64 * 3 && flat.iter().all(|v| (0.0..=1.0).contains(v)),
                    "{kind:?} {style:?}"
                );
                let change: f32 =
                    flat.iter().zip(photo.pixels.iter().flatten()).map(|(a, b)| (a - b).abs()).sum();
                let change = change / flat.len() as f32;
                assert!((style == Style::Photo) == (change == 0.0), "{kind:?} {style:?}");
                assert!(style == Style::Photo || change > 0.03, "{kind:?} {style:?} {change}");
            }
            let area = photo.mask.iter().sum::<f32>() / 4096.0;
            assert!((0.15..0.75).contains(&area), "{kind:?} fills {area}");
        }
    }

    /// More of the thing is in its own colour than in any other, in photos and in paints.
    #[test]
    fn things_have_their_colour() {
        let mut renderer = Renderer::new(64);
        for (index, &kind) in Kind::ALL.iter().enumerate() {
            for &colour in Colour::ALL {
                let style = Style::ALL[index % 4];
                for style in [Style::Photo, style] {
                    let picture = renderer.draw(&scene(kind, colour, style));
                    let mut votes = vec![0; Colour::ALL.len()];
                    for (&pixel, _) in
                        picture.pixels.iter().zip(&picture.mask).filter(|(_, mask)| **mask > 0.99)
                    {
                        votes[nearest(pixel)] += 1;
                    }
                    let (best, _) = votes.iter().enumerate().max_by_key(|(_, votes)| **votes).unwrap();
                    assert_eq!(Colour::ALL[best], colour, "{kind:?} {style:?} {votes:?}");
                }
            }
        }
    }

    /// The palette colour nearest to a pixel, whatever the light on it.
    fn nearest(pixel: Rgb) -> usize {
        let distance = |colour: &Colour| {
            let lights = [0.65, 0.75, 0.85, 0.95, 1.05, 1.15];
            let off = |light: f32| (0..3).map(|c| (colour.rgb()[c] * light - pixel[c]).powi(2)).sum::<f32>();
            lights.into_iter().map(off).fold(f32::MAX, f32::min)
        };
        (0..Colour::ALL.len())
            .min_by(|&a, &b| distance(&Colour::ALL[a]).total_cmp(&distance(&Colour::ALL[b])))
            .unwrap()
    }
}
