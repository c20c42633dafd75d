//! Sentences that describe scenes, around the templates words are learned with, and the words they are made
//! of.
//!
//! A caption tells the truth but never the whole truth: traits are left out at random, and build, pose and
//! details have no words at all. It refuses adjectives of size and light that the scene does not bear out. The
//! length of this file is that of the word lists.

use std::collections::BTreeSet;

use super::scene::{Accessory, Background, Look, Pattern, Scene, Style};
use super::world::World;
use diffusion::StepRandom;
use project::template::{OBJECT_TEMPLATES, STYLE_TEMPLATES};

/// The most tokens of a caption, with the start and end tokens, if every word of [`vocabulary`] is one token.
pub const LONGEST: usize = 28;

/// The shares of captions that leave out the colour, the pattern, the accessory and the place although they
/// could be named.
const OMITTED: [f64; 4] = [0.15, 0.30, 0.25, 0.20];
/// The share of captions that name nothing but a colour and a kind.
const BARE: f64 = 0.34;
/// The share of captions that say "toy" in place of the kind.
const TOY: f64 = 0.06;
/// The word for any kind.
const ANY: &str = "toy";
/// The words for pictures that a look is said of.
const NOUNS: &[&str] =
    &["photo", "painting", "picture", "rendering", "rendition", "sketch", "drawing", "collage"];
/// The share of looks that are not said.
const LOOKS_OMITTED: f64 = 0.2;
/// What pictures in a style may be called before "in the style of".
const PICTURES: &[&str] = &["painting", "picture", "rendering", "rendition"];
/// Words for which no table stands.
const JOINTS: &str = "a an the of in style with and wearing , . -";

/// A sentence, and what of the scene it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caption {
    /// Lower case, without a line end.
    pub text: String,
    /// Whether it names the kind.
    pub kind: bool,
    /// Whether it names the main colour.
    pub colour: bool,
    /// Whether it names the pattern.
    pub pattern: bool,
    /// Whether it names what the thing wears.
    pub accessory: bool,
    /// Whether it names the place.
    pub background: bool,
}

/// A caption for the scene, of at most [`LONGEST`] tokens.
pub fn caption(scene: &Scene, random: &mut StepRandom) -> Caption {
    let [colour, pattern, accessory, background] = OMITTED.map(|share| !random.chance(share));
    let bare = random.chance(BARE);
    let named = Caption {
        text: String::new(),
        kind: !random.chance(TOY),
        colour,
        pattern: pattern && !bare,
        accessory: accessory && !bare && scene.thing.accessory != Accessory::None,
        background: background && !bare,
    };
    let (phrase, named) = noun_phrase(scene, named, random);
    let (mut text, named) = if scene.style == Style::Photo {
        (photo_sentence(scene, &phrase, random), named)
    } else {
        style_sentence(scene, &phrase, named, random)
    };
    text = with_looks(&text, scene.look, random);
    if random.chance(0.04) && words(&text).count() + 2 < LONGEST {
        text.push('.');
    }
    Caption { text: with_articles(&text), ..named }
}

/// A caption in which one invented word stands for the whole thing, or for the whole style, as "tabby" or
/// "cubist" do for a real model.
///
/// The invented word is written as what it is put together from, such as `{mug+blue+white+dotted+bow}` or
/// `{pencil+sketch}`: its vector is the sum of theirs, divided by the root of their number. A model that has
/// met such vectors understands a learned one. `blend` is a second style laid over the scene's own, and its
/// share from 0 to 1; a blend has no other name.
pub fn fused_caption(scene: &Scene, blend: Option<(Style, f32)>, random: &mut StepRandom) -> String {
    let [colour, pattern, accessory, background] = OMITTED.map(|share| !random.chance(share));
    let thing = &scene.thing;
    let bare = random.chance(BARE);
    let named = Caption {
        text: String::new(),
        kind: true,
        colour,
        pattern: pattern && !bare,
        accessory: accessory && !bare && thing.accessory != Accessory::None,
        background: background && !bare,
    };
    let fuse_thing = random.chance(0.75);
    let phrase = if fuse_thing {
        let mut parts = vec![thing.kind.word()];
        parts.extend(colour.then_some(thing.colour.word()));
        if pattern && thing.pattern != Pattern::Plain {
            let (adjectives, _) = pattern_words(thing.pattern);
            parts.extend([thing.second.word()].into_iter().chain(adjectives.first().copied()));
        }
        parts.extend((accessory && thing.accessory != Accessory::None).then_some(thing.accessory.word()));
        let place = if background && !bare { random.choose(places(scene.background)) } else { None };
        let place = place.map_or(String::new(), |place| format!(" {place}"));
        format!("{{{}}}{place}", parts.join("+"))
    } else {
        noun_phrase(scene, named, random).0
    };
    let own = scene.style.word().replace(' ', "+");
    let style = match blend {
        None if scene.style == Style::Photo && scene.look == Look::default() => {
            return with_articles(&photo_sentence(scene, &phrase, random));
        }
        None => format!("{{{own}{}}}", look_parts(scene.look)),
        Some((other, share)) => {
            let parts = |words: &str, share: f32| {
                let each = share / words.split(' ').count() as f32;
                words.split(' ').map(|word| format!("{word}*{each:.3}")).collect::<Vec<_>>().join("+")
            };
            let (own, other) = (parts(scene.style.word(), 1.0 - share), parts(other.word(), share));
            format!("{{{own}+{other}{}}}", look_parts(scene.look))
        }
    };
    let picture = random.choose(PICTURES).copied().unwrap_or_default();
    let text = match random.uniform() {
        ..0.20 => template(&STYLE_TEMPLATES, scene, random).replace("{}", &style),
        ..0.35 if blend.is_none() && fuse_thing && scene.look == Look::default() => {
            format!("a {} of a {phrase}", random.choose(names(scene.style)).copied().unwrap_or_default())
        }
        _ => format!("a {picture} of a {phrase} in the style of {style}"),
    };
    with_articles(&text)
}

/// The thing and its place without an article, such as "red mug with white dots and a hat on the beach".
fn noun_phrase(scene: &Scene, mut named: Caption, random: &mut StepRandom) -> (String, Caption) {
    let thing = &scene.thing;
    let mut before = Vec::new();
    let mut after = Vec::new();
    let (colour, second) = (thing.colour.word(), thing.second.word());
    let (adjectives, plural) = pattern_words(thing.pattern);
    let way = random.uniform();
    let adjective = random.choose(adjectives).copied().unwrap_or_default();
    match thing.pattern {
        _ if !named.pattern => before.extend(named.colour.then_some(colour)),
        Pattern::Plain => {
            before.extend(named.colour.then_some(colour));
            // Nobody calls a thing plain every time.
            named.pattern = way < 0.15;
            if named.pattern {
                before.insert(0, adjective);
            }
        }
        Pattern::TwoTone if named.colour && way < 0.40 => before.extend([colour, "and", second]),
        _ if named.colour && way < 0.25 => before.extend([colour, "and", second, adjective]),
        _ if way < 0.60 && !plural.is_empty() => {
            before.extend(named.colour.then_some(colour));
            after.extend(["with", second, plural]);
        }
        _ => {
            before.extend(named.colour.then_some(colour));
            before.push(adjective);
        }
    }
    before.push(if named.kind { thing.kind.word() } else { ANY });
    if named.accessory {
        let joint = if !after.is_empty() {
            "and"
        } else if random.chance(0.3) {
            "wearing"
        } else {
            "with"
        };
        after.extend([joint, "a", thing.accessory.word()]);
    }
    if named.background {
        after.extend(random.choose(places(scene.background)));
    }
    before.append(&mut after);
    (before.join(" "), named)
}

fn photo_sentence(scene: &Scene, phrase: &str, random: &mut StepRandom) -> String {
    if random.chance(0.12) {
        return format!("a {phrase}");
    }
    template(&OBJECT_TEMPLATES, scene, random).replace("{}", phrase)
}

fn style_sentence(scene: &Scene, phrase: &str, named: Caption, random: &mut StepRandom) -> (String, Caption) {
    let style = scene.style.word();
    let way = random.uniform();
    if way < 0.10 {
        let nothing = Caption {
            kind: false,
            colour: false,
            pattern: false,
            accessory: false,
            background: false,
            ..named
        };
        return (template(&STYLE_TEMPLATES, scene, random).replace("{}", style), nothing);
    }
    let picture = random.choose(PICTURES).copied().unwrap_or_default();
    let name = random.choose(names(scene.style)).copied().unwrap_or(style);
    let plain = format!("a {name} of a {phrase}");
    let text = match way {
        ..0.40 => format!("a {picture} of a {phrase} in the style of {style}"),
        ..0.50 => format!("a {phrase} in the style of {style}"),
        ..0.55 => format!("a {phrase}, {style}"),
        _ => plain.clone(),
    };
    (if words(&text).count() + 2 > LONGEST { plain } else { text }, named)
}

/// One of the templates that the scene bears out.
fn template(all: &'static [&'static str], scene: &Scene, random: &mut StepRandom) -> &'static str {
    let fits = |sentence: &str| {
        sentence.split(' ').all(|word| match word {
            "small" => scene.scale < 0.88,
            "large" | "close-up" | "cropped" => scene.scale > 0.96,
            "dark" => scene.exposure < -0.35,
            "bright" => scene.exposure > 0.35,
            _ => true,
        })
    };
    let fitting: Vec<&'static str> = all.iter().copied().filter(|sentence| fits(sentence)).collect();
    random.choose(&fitting).copied().unwrap_or(all[0])
}

/// Adjectives for a pattern, and the plural noun of its marks if there is one.
fn pattern_words(pattern: Pattern) -> (&'static [&'static str], &'static str) {
    match pattern {
        Pattern::Plain => (&["plain"], ""),
        Pattern::Stripes => (&["striped"], "stripes"),
        Pattern::Dots => (&["dotted", "spotted"], "dots"),
        Pattern::Checks => (&["chequered", "checked"], "checks"),
        Pattern::TwoTone => (&["two-tone"], ""),
    }
}

/// Ways to name a place; the first is [`Background::word`].
fn places(background: Background) -> &'static [&'static str] {
    match background {
        Background::Beach => &["on the beach", "on a beach", "at the beach"],
        Background::Moon => &["on the moon"],
        Background::Forest => &["in the forest", "in a forest"],
        Background::City => &["in a city at night", "in the city at night"],
        Background::Snow => &["in the snow", "in snow"],
        Background::Desert => &["in the desert", "in a desert"],
        Background::LivingRoom => &["in a living room", "in the living room"],
        Background::Table => &["on a table", "on a wooden table", "on the table"],
        Background::Underwater => &["under water", "under the sea"],
        Background::Meadow => &["in a meadow", "on a meadow"],
        Background::Street => &["on a street", "on the street"],
        Background::Space => &["in space", "in outer space"],
    }
}

/// What a picture in a style is called before "of".
fn names(style: Style) -> &'static [&'static str] {
    match style {
        Style::Photo => &["photo"],
        Style::Oil => &["oil painting"],
        Style::Watercolour => &["watercolour", "watercolour painting"],
        Style::Pencil => &["pencil sketch", "pencil drawing"],
        Style::PixelArt => &["pixel art picture"],
        Style::Pastel => &["pastel drawing", "pastel"],
        Style::StainedGlass => &["stained glass window"],
        Style::Poster => &["poster", "screen print"],
        Style::Neon => &["neon sign"],
        Style::PaperCut => &["paper collage"],
        Style::Ink => &["ink drawing"],
    }
}

/// The looks of an invented style, each as strong as it is, such as "+pale*0.8+framed*0.5".
fn look_parts(look: Look) -> String {
    let all = Look::WORDS.into_iter().zip(look.strengths()).filter(|(_, strength)| *strength > 0.0);
    all.map(|(word, strength)| format!("+{word}*{strength:.3}")).collect()
}

/// The sentence with most of the picture's looks said before the word for the picture, if it has one.
fn with_looks(text: &str, look: Look, random: &mut StepRandom) -> String {
    let mut said: Vec<&str> = Look::WORDS
        .into_iter()
        .zip(look.strengths())
        .filter(|(_, strength)| *strength > 0.0 && !random.chance(LOOKS_OMITTED))
        .map(|(word, _)| word)
        .collect();
    random.shuffle(&mut said);
    let head =
        text.split(" of ").next().unwrap_or_default().split(" in the style").next().unwrap_or_default();
    let named = head.split(' ').take(4).any(|word| NOUNS.contains(&word));
    match text.split_once(' ') {
        Some((article, rest)) if named && !said.is_empty() => format!("{article} {} {rest}", said.join(" ")),
        _ => text.to_owned(),
    }
}

/// "an" before a vowel.
fn with_articles(text: &str) -> String {
    let all: Vec<&str> = text.split(' ').collect();
    let fixed = all.iter().enumerate().map(|(i, &word)| {
        let vowel = all.get(i + 1).is_some_and(|next| next.starts_with(['a', 'e', 'i', 'o', 'u']));
        if word == "a" && vowel { "an" } else { word }
    });
    fixed.collect::<Vec<_>>().join(" ")
}

/// The pieces CLIP's tokenizer cuts a sentence into before its byte pairs: runs of letters, and other signs.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace().flat_map(|word| {
        let same = |a: char, b: char| a.is_alphabetic() && b.is_alphabetic();
        let mut rest = word;
        std::iter::from_fn(move || {
            let first = rest.chars().next()?;
            let end =
                rest.char_indices().skip(1).find(|&(_, c)| !same(first, c)).map_or(rest.len(), |(i, _)| i);
            let (piece, remaining) = rest.split_at(end);
            rest = remaining;
            Some(piece)
        })
    })
}

/// Every word and sign that occurs in captions of the world, in alphabetical order, each once.
pub fn vocabulary(world: &World) -> Vec<&'static str> {
    let mut all = BTreeSet::new();
    let mut add = |text: &'static str| all.extend(words(text).filter(|word| !matches!(*word, "{" | "}")));
    add(JOINTS);
    add(ANY);
    PICTURES.iter().chain(&OBJECT_TEMPLATES).chain(&STYLE_TEMPLATES).for_each(|text| add(text));
    world.kinds.iter().for_each(|kind| add(kind.word()));
    world.colours.iter().for_each(|colour| add(colour.word()));
    for &pattern in world.patterns {
        let (adjectives, plural) = pattern_words(pattern);
        adjectives.iter().for_each(|adjective| add(adjective));
        add(plural);
    }
    world.accessories.iter().filter(|a| **a != Accessory::None).for_each(|accessory| add(accessory.word()));
    world.backgrounds.iter().flat_map(|&place| places(place)).for_each(|place| add(place));
    world.styles.iter().flat_map(|&style| names(style)).for_each(|name| add(name));
    world.styles.iter().for_each(|style| add(style.word()));
    if world.looks > 0.0 {
        Look::WORDS.iter().for_each(|word| add(word));
    }
    all.into_iter().collect()
}

#[cfg(test)]
mod tests;
