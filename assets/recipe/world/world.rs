//! Which words a training set is made of, how its scenes are drawn at random, and what is kept out of it.
//!
//! Two worlds: a narrow one to learn in hours on a processor, and a wide one. In both, whole individuals and
//! a style are held out: they are never sampled, so that a word for them must be learned.

use super::individuals::{self, Individual};
use super::scene::{Accessory, Background, Colour, Kind, Look, Pattern, Scene, Style, Thing};
use diffusion::StepRandom;

/// The choice of words scenes are made from.
#[derive(Debug, Clone, Copy)]
pub struct World {
    /// A name for logs and the model card.
    pub name: &'static str,
    /// The kinds of thing.
    pub kinds: &'static [Kind],
    /// The main colours; second colours too are taken from these.
    pub colours: &'static [Colour],
    /// The patterns.
    pub patterns: &'static [Pattern],
    /// What things wear, [`Accessory::None`] first.
    pub accessories: &'static [Accessory],
    /// The places.
    pub backgrounds: &'static [Background],
    /// The styles, [`Style::Photo`] first.
    pub styles: &'static [Style],
    /// How many of the scenes are photos, 0 to 1; the other styles share the rest evenly.
    pub photos: f64,
    /// How many of the scenes have a look beside their style, 0 to 1.
    pub looks: f64,
    /// The things never sampled.
    pub individuals: &'static [Individual],
    /// The styles never sampled.
    pub held_out_styles: &'static [Style],
}

impl World {
    /// 6 kinds, 6 colours, 3 patterns, 2 accessories or none, 6 backgrounds, photo and 3 styles; watercolour
    /// held out.
    pub fn narrow() -> Self {
        use {Accessory as A, Background as B, Colour as C, Kind as K, Pattern as P, Style as S};
        Self {
            name: "narrow",
            kinds: &[K::Mug, K::Ball, K::House, K::Boat, K::Cat, K::Robot],
            colours: &[C::Red, C::Yellow, C::Green, C::Blue, C::Purple, C::White],
            patterns: &[P::Plain, P::Stripes, P::Dots],
            accessories: &[A::None, A::Hat, A::Bow],
            backgrounds: &[B::Beach, B::Moon, B::Forest, B::City, B::Snow, B::LivingRoom],
            styles: &[S::Photo, S::Oil, S::Pencil, S::PaperCut],
            photos: 0.6,
            looks: 0.4,
            individuals: individuals::NARROW,
            held_out_styles: &[S::Watercolour],
        }
    }

    /// All 16 kinds, 9 colours, 5 patterns, 4 accessories or none, 12 backgrounds and 10 styles; ink held
    /// out, and the individuals of the narrow world with some more.
    pub fn wide() -> Self {
        use Style as S;
        Self {
            name: "wide",
            kinds: Kind::ALL,
            colours: Colour::ALL,
            patterns: Pattern::ALL,
            accessories: Accessory::ALL,
            backgrounds: Background::ALL,
            styles: &[
                S::Photo,
                S::Oil,
                S::Watercolour,
                S::Pencil,
                S::PixelArt,
                S::Pastel,
                S::StainedGlass,
                S::Poster,
                S::Neon,
                S::PaperCut,
            ],
            photos: 0.5,
            looks: 0.0,
            individuals: individuals::WIDE,
            held_out_styles: &[S::Ink],
        }
    }

    /// The world with nothing held out, for the judges of what the model draws: all its things, and its
    /// held-out styles among the others, each as often as the next.
    pub fn whole(self) -> Self {
        let styles = [self.styles, self.held_out_styles].concat();
        Self {
            photos: 1.0 / styles.len() as f64,
            looks: 0.0,
            // A world lives as long as the program; this is a few bytes for each.
            styles: Vec::leak(styles),
            individuals: &[],
            held_out_styles: &[],
            ..self
        }
    }

    /// Whether a thing has the four traits of a held-out individual.
    pub fn holds_out(&self, thing: &Thing) -> bool {
        self.individuals.iter().any(|individual| individual.thing.traits() == thing.traits())
    }

    /// `count` scenes in one style, held out or not, with as many different kinds and places as there are:
    /// the sample pictures of a style.
    pub fn pictures_in(&self, style: Style, count: usize, seed: u64) -> Vec<Scene> {
        let plain = Self { looks: 0.0, ..*self };
        let mut random = StepRandom::new(seed, style as u64);
        let (mut kinds, mut backgrounds) = (self.kinds.to_vec(), self.backgrounds.to_vec());
        random.shuffle(&mut kinds);
        random.shuffle(&mut backgrounds);
        let places = kinds.iter().cycle().zip(backgrounds.iter().cycle()).take(count);
        let scenes = places.map(|(&kind, &background)| {
            let mut scene = Scene::sample(&plain, &mut random);
            while scene.thing.kind != kind {
                scene = Scene::sample(&plain, &mut random);
            }
            Scene { style, background, ..scene }
        });
        scenes.collect()
    }
}

impl Scene {
    /// A scene of this world, each word as likely as the others of its list, except that photos have their
    /// own share and a third of the things wear nothing. Never a held-out individual or style.
    pub fn sample(world: &World, random: &mut StepRandom) -> Self {
        let mut thing = sample_thing(world, random);
        while world.holds_out(&thing) {
            thing = sample_thing(world, random);
        }
        let background = pick(world.backgrounds, random, Background::Table);
        let photo = random.chance(world.photos);
        let style = pick(&world.styles[1..], random, Style::Photo);
        let scene = Self::posed(thing, background, random);
        let look = if world.looks > 0.0 && random.chance(world.looks) {
            sample_look(random)
        } else {
            Look::default()
        };
        Self { style: if photo { Style::Photo } else { style }, look, ..scene }
    }

    /// A photo of this thing there, in a random pose, light and size.
    pub fn posed(thing: Thing, background: Background, random: &mut StepRandom) -> Self {
        Self {
            thing,
            background,
            style: Style::Photo,
            look: Look::default(),
            offset: (0.035 * symmetric(random), 0.02 * symmetric(random)),
            scale: 0.8 + 0.25 * random.uniform() as f32,
            tilt: 0.07 * symmetric(random),
            mirrored: random.chance(0.5),
            turn: symmetric(random),
            sun: symmetric(random),
            exposure: symmetric(random),
            seed: random.below(1 << 32) as u32,
        }
    }
}

/// Each look as often as not, from half to full strength.
fn sample_look(random: &mut StepRandom) -> Look {
    Look::new([(); 4].map(|()| {
        let (has, strength) = (random.chance(0.5), 0.4 + 0.6 * random.uniform() as f32);
        if has { strength } else { 0.0 }
    }))
}

fn sample_thing(world: &World, random: &mut StepRandom) -> Thing {
    let kind = pick(world.kinds, random, Kind::Ball);
    let colour = pick(world.colours, random, Colour::Red);
    let partners: Vec<Colour> =
        colour.partners().iter().copied().filter(|partner| world.colours.contains(partner)).collect();
    let second = pick(&partners, random, Colour::White);
    let pattern = pick(world.patterns, random, Pattern::Plain);
    // As often none as in a world of two accessories.
    let bare = random.chance(1.0 / 3.0);
    let accessory = pick(&world.accessories[1..], random, Accessory::None);
    Thing {
        kind,
        colour,
        second,
        pattern,
        accessory: if bare { Accessory::None } else { accessory },
        build: symmetric(random),
        grain: symmetric(random),
        slant: 0.5 + 0.7 * symmetric(random),
    }
}

/// One item of a list, each as likely; the second argument only if the list is empty.
fn pick<T: Copy>(items: &[T], random: &mut StepRandom, otherwise: T) -> T {
    random.choose(items).copied().unwrap_or(otherwise)
}

/// Evenly from -1 to 1.
fn symmetric(random: &mut StepRandom) -> f32 {
    (random.uniform() * 2.0 - 1.0) as f32
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_worlds_are_as_large_as_they_say() {
        let sizes = |w: World| {
            [
                w.kinds.len(),
                w.colours.len(),
                w.patterns.len(),
                w.accessories.len(),
                w.backgrounds.len(),
                w.styles.len(),
            ]
        };
        assert_eq!(sizes(World::narrow()), [6, 6, 3, 3, 6, 4]);
        assert_eq!(sizes(World::wide()), [16, 9, 5, 5, 12, 10]);
    }

    #[test]
    fn what_is_held_out_is_never_sampled_and_all_else_is() {
        for world in [World::narrow(), World::wide()] {
            let mut random = StepRandom::new(3, 0);
            let (mut traits, mut styles, mut places) = (HashSet::new(), HashSet::new(), HashSet::new());
            for _ in 0..100_000 {
                let scene = Scene::sample(&world, &mut random);
                assert!(world.individuals.iter().all(|held| held.thing.traits() != scene.thing.traits()));
                assert!(!world.held_out_styles.contains(&scene.style));
                assert!(scene.thing.colour.partners().contains(&scene.thing.second));
                assert!(world.colours.contains(&scene.thing.second));
                traits.insert(scene.thing.traits());
                styles.insert(scene.style);
                places.insert(scene.background);
            }
            let all =
                world.kinds.len() * world.colours.len() * world.patterns.len() * world.accessories.len();
            assert_eq!(traits.len(), all - world.individuals.len());
            assert_eq!((styles.len(), places.len()), (world.styles.len(), world.backgrounds.len()));
        }
    }

    #[test]
    fn sample_pictures_of_a_style_show_different_things() {
        let world = World::narrow();
        let scenes = world.pictures_in(Style::Watercolour, 5, 1);
        assert_eq!(scenes.iter().map(|scene| scene.thing.kind).collect::<HashSet<_>>().len(), 5);
        assert!(scenes.iter().all(|scene| scene.style == Style::Watercolour));
        assert_eq!(scenes, world.pictures_in(Style::Watercolour, 5, 1));
    }
}
