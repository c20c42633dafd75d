//! The individuals that no training picture shows: things with a combination of traits of their own.
//!
//! A word for one of them cannot have been learned with the model, so it can be taught. Some come with the
//! app as sample concepts.

use super::scene::{Accessory, Colour, Kind, Pattern, Scene, Thing};
use super::world::World;
use diffusion::StepRandom;

/// A particular thing that is kept out of training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Individual {
    /// A file name for its pictures.
    pub name: &'static str,
    /// What it looks like, to the last detail.
    pub thing: Thing,
}

impl Individual {
    /// `count` photos of this one thing, in different places as far as the world has them, each in a pose of
    /// its own.
    pub fn pictures(&self, world: &World, count: usize, seed: u64) -> Vec<Scene> {
        let mut random = StepRandom::new(seed, self.thing.kind as u64);
        let mut backgrounds = world.backgrounds.to_vec();
        random.shuffle(&mut backgrounds);
        backgrounds
            .iter()
            .cycle()
            .take(count)
            .map(|&place| Scene::posed(self.thing, place, &mut random))
            .collect()
    }
}

/// The held-out things of the narrow world.
pub const NARROW: &[Individual] = WIDE.split_at(9).0;

/// The held-out things of the wide world; the narrow world's come first.
pub const WIDE: &[Individual] = &{
    use {Accessory as A, Colour as C, Kind as K, Pattern as P};
    [
        one("tea-time-mug", K::Mug, (C::Blue, C::White), P::Dots, A::Bow, (0.4, 0.5, 0.1)),
        one("circus-cat", K::Cat, (C::Purple, C::Yellow), P::Stripes, A::Hat, (-0.2, 0.2, 1.0)),
        one("garden-robot", K::Robot, (C::Green, C::White), P::Plain, A::Bow, (0.6, 0.0, 0.5)),
        one("regatta-boat", K::Boat, (C::Red, C::White), P::Stripes, A::None, (0.5, -0.3, 0.3)),
        one("gingerbread-house", K::House, (C::Yellow, C::Red), P::Dots, A::Hat, (-0.5, -0.5, 0.6)),
        one("party-ball", K::Ball, (C::White, C::Blue), P::Stripes, A::Bow, (0.0, 0.4, 0.7)),
        one("gentle-mug", K::Mug, (C::Green, C::Yellow), P::Stripes, A::Hat, (-0.6, -0.2, 0.9)),
        one("snow-cat", K::Cat, (C::White, C::Red), P::Dots, A::None, (0.7, 0.6, 0.4)),
        one("night-robot", K::Robot, (C::Purple, C::White), P::Dots, A::Hat, (-0.3, 0.8, 0.2)),
        one("harbour-teapot", K::Teapot, (C::Pink, C::White), P::Checks, A::Flag, (0.3, 0.2, 0.4)),
        one("comet-rocket", K::Rocket, (C::Orange, C::Blue), P::TwoTone, A::Star, (0.2, 0.0, 0.5)),
        one("holiday-car", K::Car, (C::Yellow, C::Blue), P::Checks, A::Flag, (0.1, 0.5, 0.2)),
        one("forest-mushroom", K::Mushroom, (C::Brown, C::White), P::Dots, A::Star, (0.8, 0.7, 0.1)),
        one("carnival-fish", K::Fish, (C::Green, C::Yellow), P::Stripes, A::Bow, (-0.4, -0.6, 1.1)),
    ]
};

const fn one(
    name: &'static str,
    kind: Kind,
    (colour, second): (Colour, Colour),
    pattern: Pattern,
    accessory: Accessory,
    (build, grain, slant): (f32, f32, f32),
) -> Individual {
    Individual { name, thing: Thing { kind, colour, second, pattern, accessory, build, grain, slant } }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_held_out_things_belong_to_their_worlds() {
        for world in [World::narrow(), World::wide()] {
            let traits: HashSet<_> = world.individuals.iter().map(|one| one.thing.traits()).collect();
            assert_eq!(traits.len(), world.individuals.len());
            assert!(traits.len() >= 8);
            for Individual { name, thing, .. } in world.individuals {
                assert!(world.kinds.contains(&thing.kind) && world.colours.contains(&thing.colour), "{name}");
                assert!(world.patterns.contains(&thing.pattern), "{name}");
                assert!(world.accessories.contains(&thing.accessory), "{name}");
                assert!(world.colours.contains(&thing.second), "{name}");
                assert!(thing.colour.partners().contains(&thing.second), "{name}");
            }
        }
    }

    #[test]
    fn an_individual_stays_itself_in_every_picture() {
        let world = World::narrow();
        let cat = &world.individuals[1];
        let scenes = cat.pictures(&world, 5, 4);
        assert!(scenes.iter().all(|scene| scene.thing == cat.thing));
        assert_eq!(scenes.iter().map(|scene| scene.background).collect::<HashSet<_>>().len(), 5);
        assert_ne!(scenes, cat.pictures(&world, 5, 5));
    }
}
