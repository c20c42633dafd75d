//! Sentences in which the rest of the words should mean what they mean without the learned one: ordinary things said of
//! a thing, and ordinary things drawn in a style.
//!
//! Written for this program. The word is never learned in them; they only hold the places around it still.

use super::concept::ConceptKind;

/// For things, creatures and characters.
const OBJECT: [&str; 100] = [
    "a {} on a wooden table",
    "a {} on the beach at sunset",
    "a {} in the snow",
    "a {} under an old apple tree",
    "a {} beside a river",
    "a {} in front of a red brick wall",
    "a {} on a mountain path",
    "a {} in a field of sunflowers",
    "a {} on a windowsill in the rain",
    "a {} in a crowded market",
    "a {} on top of a pile of books",
    "a {} in a dark forest",
    "a {} at the bottom of the sea",
    "a {} floating in space",
    "a {} in a glass box",
    "a {} on a blue velvet cushion",
    "a {} beside a cup of coffee",
    "a {} in a shopping basket",
    "a {} on the roof of a house",
    "a {} in an empty street at night",
    "a {} behind a curtain",
    "a {} between two candles",
    "a {} on a bicycle",
    "a {} in a rowing boat",
    "a {} on a train seat",
    "a {} in a museum hall",
    "a {} on a stage under bright lights",
    "a {} in a kitchen full of steam",
    "a {} in a child's bedroom",
    "a {} on a park bench in autumn",
    "a {} in a desert with a camel",
    "a {} on a frozen lake",
    "a {} at the foot of a waterfall",
    "a {} in a greenhouse with ferns",
    "a {} on a chessboard",
    "a {} on a newspaper",
    "a {} next to a sleeping dog",
    "a {} held in two hands",
    "a {} carried by a parrot",
    "a {} surrounded by butterflies",
    "a {} covered in flowers",
    "a {} wrapped in brown paper",
    "a {} tied with a yellow ribbon",
    "a {} with a tiny hat",
    "a {} with wings",
    "a {} wearing a woollen scarf",
    "a {} made of glass",
    "a {} made of paper",
    "a {} made of wood",
    "a {} carved from stone",
    "a {} knitted from red wool",
    "a {} built from toy bricks",
    "a {} made of chocolate",
    "a golden {} on a pedestal",
    "a blue {} on white ground",
    "a tiny {} in a matchbox",
    "a giant {} above the city",
    "an old {} in the attic",
    "a broken {} on the floor",
    "a wet {} after the rain",
    "two mugs and a {} on a shelf",
    "a bowl of lemons and a {}",
    "a lighthouse behind a {}",
    "a castle with a {} in front of it",
    "a family photo with a {}",
    "a woman holding a {}",
    "a man looking at a {}",
    "children playing with a {}",
    "an astronaut with a {}",
    "a robot repairing a {}",
    "a cat sitting beside a {}",
    "a horse and a {} in a meadow",
    "a pencil sketch of a {}",
    "a watercolor painting of a {}",
    "an oil painting of a {} by candlelight",
    "a charcoal drawing of a {}",
    "a woodcut of a {}",
    "a linocut print of a {} in black ink",
    "a stained glass window with a {}",
    "a mosaic of a {}",
    "a marble statue of a {}",
    "a bronze sculpture of a {} in a garden",
    "a paper cutout of a {}",
    "an embroidery of a {} on linen",
    "a tapestry with a {} and two birds",
    "a poster of a {} in bold colors",
    "a postage stamp with a {}",
    "a comic strip about a {}",
    "a children's book illustration of a {}",
    "a blueprint of a {}",
    "an icon of a {} on a plain background",
    "a pixel art {}",
    "a low poly render of a {}",
    "a black and white photo of a {}",
    "an old faded photograph of a {}",
    "a macro photo of a {} with soft light",
    "an aerial view of a {} on a lawn",
    "a photo of a {} through a foggy window",
    "a long exposure of a {} at night",
    "a silhouette of a {} against the moon",
];

/// For manners of drawing and painting.
const STYLE: [&str; 40] = [
    "a cat in the style of {}",
    "a mountain lake in the style of {}",
    "a sailing boat in the style of {}",
    "a portrait of an old man in the style of {}",
    "a girl with a lantern in the style of {}",
    "a city street in the rain in the style of {}",
    "a bowl of fruit in the style of {}",
    "a vase of tulips in the style of {}",
    "a castle on a hill in the style of {}",
    "a forest path in the style of {}",
    "a lighthouse in a storm in the style of {}",
    "a running horse in the style of {}",
    "two dancers in the style of {}",
    "a wooden chair in the style of {}",
    "a village in the snow in the style of {}",
    "a desert at noon in the style of {}",
    "a harbour at night in the style of {}",
    "a train on a bridge in the style of {}",
    "a kitchen table in the style of {}",
    "a garden with a fountain in the style of {}",
    "an owl on a branch in the style of {}",
    "a fox in tall grass in the style of {}",
    "a whale under the stars in the style of {}",
    "a dragon above a city in the style of {}",
    "a robot reading a book in the style of {}",
    "an astronaut on the moon in the style of {}",
    "a pair of shoes in the style of {}",
    "a bicycle against a wall in the style of {}",
    "a market with many people in the style of {}",
    "a violin on a red cloth in the style of {}",
    "a dog by the fireplace in the style of {}",
    "a field of wheat in the style of {}",
    "a waterfall in the style of {}",
    "a church tower in the style of {}",
    "a child with a kite in the style of {}",
    "a cup of tea in the style of {}",
    "a rocky coast in the style of {}",
    "a library full of books in the style of {}",
    "a self portrait in the style of {}",
    "a map of an island in the style of {}",
];

/// The sentences for a kind of word, each with one place `{}` for it.
pub fn context_sentences(kind: ConceptKind) -> &'static [&'static str] {
    match kind {
        ConceptKind::Object => &OBJECT,
        ConceptKind::Style => &STYLE,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_sentence_is_another_and_has_one_place_and_something_around_it() {
        for kind in [ConceptKind::Object, ConceptKind::Style] {
            let all = context_sentences(kind);
            assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
            for sentence in all {
                assert_eq!(sentence.matches("{}").count(), 1, "{sentence}");
                assert!(sentence.split_whitespace().count() >= 3, "{sentence}");
            }
        }
    }
}
