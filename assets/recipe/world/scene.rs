//! What can be in a picture: the words of the world, a thing made of them, and a scene around the thing.
//!
//! A scene holds more than its caption can say (build, pose, light, the seed of the background's details):
//! that surplus is the room in which a learned word lives. Plain data; drawing it is the renderer's work.

use super::geometry::Rgb;

/// An enum whose values have a word each, in a fixed order.
macro_rules! named_enum {
    ($(#[$doc:meta])* $name:ident { $($variant:ident $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($variant,)* }

        impl $name {
            /// All values; the position is the label a classifier learns.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The word for it in captions.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

named_enum!(
    /// The kinds of thing.
    Kind {
        Mug "mug",
        Teapot "teapot",
        Ball "ball",
        Cube "cube",
        House "house",
        Tree "tree",
        Boat "boat",
        Cat "cat",
        Bird "bird",
        Robot "robot",
        Rocket "rocket",
        Fish "fish",
        Car "car",
        Lamp "lamp",
        Mushroom "mushroom",
        Snowman "snowman",
    }
);

named_enum!(
    /// The colours of things.
    Colour {
        Red "red",
        Orange "orange",
        Yellow "yellow",
        Green "green",
        Blue "blue",
        Purple "purple",
        Pink "pink",
        White "white",
        Brown "brown",
    }
);

named_enum!(
    /// How the second colour lies on the first; a plain thing has no second colour to see.
    Pattern {
        Plain "plain",
        Stripes "striped",
        Dots "dotted",
        Checks "chequered",
        TwoTone "two-tone",
    }
);

named_enum!(
    /// What a thing wears.
    Accessory {
        None "nothing",
        Hat "hat",
        Bow "bow",
        Flag "flag",
        Star "star",
    }
);

named_enum!(
    /// Where a thing is.
    Background {
        Beach "on the beach",
        Moon "on the moon",
        Forest "in the forest",
        City "in a city at night",
        Snow "in the snow",
        Desert "in the desert",
        LivingRoom "in a living room",
        Table "on a table",
        Underwater "under water",
        Meadow "in a meadow",
        Street "on a street",
        Space "in space",
    }
);

named_enum!(
    /// How the picture is made. The word is what comes after "in the style of".
    Style {
        Photo "photo",
        Oil "oil painting",
        Watercolour "watercolour",
        Pencil "pencil sketch",
        PixelArt "pixel art",
        Pastel "pastel",
        StainedGlass "stained glass",
        Poster "poster",
        Neon "neon",
        PaperCut "paper collage",
        Ink "ink drawing",
    }
);

impl Colour {
    /// The colour without light, as sRGB values.
    pub fn rgb(self) -> Rgb {
        match self {
            Self::Red => [0.86, 0.13, 0.14],
            Self::Orange => [0.97, 0.53, 0.09],
            Self::Yellow => [0.98, 0.85, 0.17],
            Self::Green => [0.20, 0.64, 0.25],
            Self::Blue => [0.16, 0.36, 0.86],
            Self::Purple => [0.52, 0.22, 0.74],
            Self::Pink => [0.98, 0.56, 0.73],
            Self::White => [0.95, 0.95, 0.93],
            Self::Brown => [0.50, 0.31, 0.17],
        }
    }

    /// The colours that can lie on this one and be told from it at a glance.
    pub fn partners(self) -> &'static [Self] {
        match self {
            Self::Red | Self::Green | Self::Brown => &[Self::White, Self::Yellow],
            Self::Orange => &[Self::White, Self::Blue],
            Self::Yellow => &[Self::Red, Self::Blue],
            Self::Blue => &[Self::White, Self::Yellow],
            Self::Purple => &[Self::White, Self::Yellow],
            Self::Pink => &[Self::White, Self::Purple],
            Self::White => &[Self::Red, Self::Blue],
        }
    }
}

/// One particular thing: its four nameable traits, and the ones no caption tells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thing {
    /// What it is.
    pub kind: Kind,
    /// Its main colour.
    pub colour: Colour,
    /// The colour of its pattern, one of [`Colour::partners`].
    pub second: Colour,
    /// How the second colour lies on the first.
    pub pattern: Pattern,
    /// What it wears.
    pub accessory: Accessory,
    /// From slender (-1) to stout (1).
    pub build: f32,
    /// From a fine pattern (-1) to a coarse one (1).
    pub grain: f32,
    /// The direction of its pattern, in radians.
    pub slant: f32,
}

impl Thing {
    /// The four traits that captions can name, by which an individual is known.
    pub fn traits(&self) -> (Kind, Colour, Pattern, Accessory) {
        (self.kind, self.colour, self.pattern, self.accessory)
    }
}

/// What is done to the whole picture after its style, each from 0 (nothing) to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Look {
    /// Mixed with the colour of paper, here more and there less.
    pub pale: f32,
    /// Out of focus behind the thing.
    pub soft: f32,
    /// On white paper with a ragged margin.
    pub framed: f32,
    /// With the grain of paper or film.
    pub grainy: f32,
}

impl Look {
    /// The words for all looks, in a fixed order.
    pub const WORDS: [&str; 4] = ["pale", "soft", "framed", "grainy"];

    /// The strength of each, in the order of [`WORDS`](Self::WORDS).
    pub fn strengths(self) -> [f32; 4] {
        [self.pale, self.soft, self.framed, self.grainy]
    }

    /// From strengths in the order of [`WORDS`](Self::WORDS).
    pub fn new([pale, soft, framed, grainy]: [f32; 4]) -> Self {
        Self { pale, soft, framed, grainy }
    }
}

/// Everything a picture is drawn from; the same scene is always the same picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scene {
    /// The one thing in the picture.
    pub thing: Thing,
    /// Where it is.
    pub background: Background,
    /// How the picture is made.
    pub style: Style,
    /// What is done to the picture after that.
    pub look: Look,
    /// How far the thing is from the middle, in picture widths: right and down.
    pub offset: (f32, f32),
    /// 1 fills five sixths of the picture.
    pub scale: f32,
    /// Leaning to the right, in radians.
    pub tilt: f32,
    /// Looking the other way.
    pub mirrored: bool,
    /// Turned a little around its upright axis, from -1 to 1.
    pub turn: f32,
    /// Where the light comes from: left (-1) to right (1).
    pub sun: f32,
    /// From a dark picture (-1) to a bright one (1).
    pub exposure: f32,
    /// For the details of background, paper and strokes.
    pub seed: u32,
}
