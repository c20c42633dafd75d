//! Named sets of prompts to score a word on, each with where it was published.
//!
//! They are data to be read; what is drawn from them, and how, is the business of an evaluation.

use crate::named_enum::named_enum;

named_enum! {
    /// A named set of prompts; `{}` stands for the word.
    pub enum PromptSet as "prompt set" {
        /// Five of the situations that the textual-inversion paper shows.
        Core = "core",
        // Alaluf et al. 2023, `constants.py`, MIT licence.
        /// The fifteen evaluation prompts of NeTI.
        Neti = "neti",
        /// Eight places and styles that the starter model knows, for it and for its small CLIP.
        Starter = "starter",
        // Ruiz et al. 2023, github.com/google/dreambooth, `dataset/prompts_and_classes.txt`, CC-BY-4.0: `a {0} {1}`
        // with the word in the place of both.
        /// The twenty-five prompts of DreamBooth for things (google/dreambooth, CC-BY-4.0).
        DreamBoothObject = "dreambooth-object",
        /// The twenty-five prompts of DreamBooth for living beings (google/dreambooth, CC-BY-4.0).
        DreamBoothLive = "dreambooth-live",
    }
}

impl PromptSet {
    /// The prompts.
    pub fn prompts(self) -> &'static [&'static str] {
        match self {
            Self::Core => &[
                "a photo of {} on the beach",
                "a photo of {} on the moon",
                "an oil painting of {}",
                "Elmo holding a {}",
                "a crochet {}",
            ],
            Self::Neti => &[
                "A photo of a {}",
                "A photo of {} in the jungle",
                "A photo of {} on a beach",
                "A photo of {} in Times Square",
                "A photo of {} in the moon",
                "A painting of {} in the style of Monet",
                "Oil painting of {}",
                "A Marc Chagall painting of {}",
                "A manga drawing of {}",
                "A watercolor painting of {}",
                "A statue of {}",
                "App icon of {}",
                "A sand sculpture of {}",
                "Colorful graffiti of {}",
                "A photograph of two {} on a table",
            ],
            Self::Starter => &[
                "a photo of a {} on the beach",
                "a photo of a {} on the moon",
                "a photo of a {} in the forest",
                "a photo of a {} in the snow",
                "a photo of a {} in a living room",
                "a photo of a {} in a city at night",
                "an oil painting of a {}",
                "a pencil sketch of a {}",
            ],
            Self::DreamBoothObject => &[
                "a {} in the jungle",
                "a {} in the snow",
                "a {} on the beach",
                "a {} on a cobblestone street",
                "a {} on top of pink fabric",
                "a {} on top of a wooden floor",
                "a {} with a city in the background",
                "a {} with a mountain in the background",
                "a {} with a blue house in the background",
                "a {} on top of a purple rug in a forest",
                "a {} with a wheat field in the background",
                "a {} with a tree and autumn leaves in the background",
                "a {} with the Eiffel Tower in the background",
                "a {} floating on top of water",
                "a {} floating in an ocean of milk",
                "a {} on top of green grass with sunflowers around it",
                "a {} on top of a mirror",
                "a {} on top of the sidewalk in a crowded street",
                "a {} on top of a dirt road",
                "a {} on top of a white rug",
                "a red {}",
                "a purple {}",
                "a shiny {}",
                "a wet {}",
                "a cube shaped {}",
            ],
            Self::DreamBoothLive => &[
                "a {} in the jungle",
                "a {} in the snow",
                "a {} on the beach",
                "a {} on a cobblestone street",
                "a {} on top of pink fabric",
                "a {} on top of a wooden floor",
                "a {} with a city in the background",
                "a {} with a mountain in the background",
                "a {} with a blue house in the background",
                "a {} on top of a purple rug in a forest",
                "a {} wearing a red hat",
                "a {} wearing a santa hat",
                "a {} wearing a rainbow scarf",
                "a {} wearing a black top hat and a monocle",
                "a {} in a chef outfit",
                "a {} in a firefighter outfit",
                "a {} in a police outfit",
                "a {} wearing pink glasses",
                "a {} wearing a yellow shirt",
                "a {} in a purple wizard outfit",
                "a red {}",
                "a purple {}",
                "a shiny {}",
                "a wet {}",
                "a cube shaped {}",
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_have_their_sizes_and_a_place_for_the_word() {
        let sizes = [
            (PromptSet::Core, 5),
            (PromptSet::Neti, 15),
            (PromptSet::Starter, 8),
            (PromptSet::DreamBoothObject, 25),
            (PromptSet::DreamBoothLive, 25),
        ];
        assert_eq!(sizes.len(), PromptSet::ALL.len());
        for (set, size) in sizes {
            let unique: std::collections::HashSet<_> = set.prompts().iter().collect();
            assert_eq!((set.prompts().len(), unique.len()), (size, size), "{set}");
            assert!(set.prompts().iter().all(|prompt| prompt.matches("{}").count() == 1));
            assert_eq!(set.to_string().parse::<PromptSet>().unwrap(), set);
        }
    }
}
