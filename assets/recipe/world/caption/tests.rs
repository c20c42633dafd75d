//! Captions say nothing that the scene does not bear out, and leave out what they are meant to.

use super::super::scene::{Colour, Kind, Thing};
use super::*;

fn captions(world: &World, count: usize) -> Vec<(Scene, Caption)> {
    let mut random = StepRandom::new(11, 0);
    (0..count)
        .map(|_| {
            let scene = Scene::sample(world, &mut random);
            let caption = caption(&scene, &mut random);
            (scene, caption)
        })
        .collect()
}

#[test]
fn the_vocabulary_is_exactly_the_words_that_occur() {
    for world in [World::narrow(), World::wide()] {
        let vocabulary: BTreeSet<_> = vocabulary(&world).into_iter().collect();
        let pairs = captions(&world, 60_000);
        let seen: BTreeSet<_> = pairs.iter().flat_map(|(_, caption)| words(&caption.text)).collect();
        assert_eq!(seen, vocabulary);
        let longest = pairs.iter().max_by_key(|(_, c)| words(&c.text).count()).unwrap();
        println!("{}: {} words, longest “{}”", world.name, vocabulary.len(), longest.1.text);
        assert!(words(&longest.1.text).count() + 2 <= LONGEST, "{}", longest.1.text);
    }
}

fn two_colours(thing: &Thing, noun: &str) -> String {
    format!("{} and {} {}", thing.colour.word(), thing.second.word(), noun)
}

#[test]
fn what_a_caption_names_is_in_the_scene() {
    for (scene, caption) in captions(&World::wide(), 40_000) {
        let (text, thing) = (&caption.text, &scene.thing);
        let all: BTreeSet<&str> = words(text).collect();
        let noun = if caption.kind { thing.kind.word() } else { ANY };
        for kind in Kind::ALL {
            assert_eq!(all.contains(kind.word()), *kind == thing.kind && caption.kind, "{text}");
        }
        assert!(!caption.colour || all.contains(thing.colour.word()), "{text}");
        for colour in Colour::ALL {
            let real =
                *colour == thing.colour && caption.colour || *colour == thing.second && caption.pattern;
            assert!(!all.contains(colour.word()) || real, "{text}");
        }
        for accessory in &Accessory::ALL[1..] {
            let named = *accessory == thing.accessory && caption.accessory;
            assert_eq!(all.contains(accessory.word()), named, "{text}");
        }
        for &background in Background::ALL {
            let clauses = format!(" {} ", text.replace(['.', ','], " "));
            let here = places(background).iter().any(|place| clauses.contains(&format!(" {place} ")));
            assert_eq!(here, background == scene.background && caption.background, "{text}");
        }
        for pattern in Pattern::ALL {
            let (adjectives, plural) = pattern_words(*pattern);
            let marks = !plural.is_empty() && all.contains(plural);
            let both = *pattern == Pattern::TwoTone && text.contains(&two_colours(thing, noun));
            let named = marks || both || adjectives.iter().any(|adjective| text.contains(adjective));
            assert_eq!(named, *pattern == thing.pattern && caption.pattern, "{text}");
        }
        for style in &Style::ALL[1..] {
            let called = names(*style).iter().any(|name| text.contains(name)) || text.contains(style.word());
            assert_eq!(called, *style == scene.style, "{text}");
        }
        assert!(!all.contains("large") || scene.scale > 0.96);
        assert!(!all.contains("dark") || scene.exposure < -0.35);
        assert!(!text.contains("a o") && !text.contains("  "), "{text}");
    }
}

#[test]
fn traits_are_left_out_as_often_as_intended() {
    let pairs = captions(&World::narrow(), 40_000);
    let photos: Vec<_> = pairs.iter().filter(|(scene, _)| scene.style == Style::Photo).collect();
    let share = |f: &dyn Fn(&(Scene, Caption)) -> bool| {
        photos.iter().filter(|pair| f(pair)).count() as f64 / photos.len() as f64
    };
    assert!((share(&|(_, c)| !c.kind) - TOY).abs() < 0.01);
    assert!((share(&|(_, c)| !c.colour) - OMITTED[0]).abs() < 0.01);
    assert!((share(&|(_, c)| c.background) - (1.0 - BARE) * (1.0 - OMITTED[3])).abs() < 0.015);
    let bare = share(&|(_, c)| !c.pattern && !c.accessory && !c.background);
    assert!(bare >= 0.30, "{bare}");
}
