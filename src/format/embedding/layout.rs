//! The ways to write a learned word, and which programs read which: facts for the command line and the window.
//!
//! The table follows the loaders' source code as published; nothing here is decided by what a program claims.

/// How a learned word is laid out in a file. Programs differ in which they read; see [`EmbeddingFormat::readers`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum EmbeddingFormat {
    /// One tensor `emb_params` in a safetensors file; for Stable Diffusion XL `clip_l` and `clip_g`.
    #[default]
    EmbParams,
    /// A safetensors file whose tensor is named like the word; for Stable Diffusion XL two such files.
    Diffusers,
    /// AUTOMATIC1111's `.pt`.
    A1111Pt,
    /// The `.pt` of the paper's own code.
    OriginalPt,
    /// OneTrainer's safetensors file, one tensor `emp_params` (its spelling).
    OneTrainer,
    /// A PNG picture that carries the word in a text chunk and in its pixels.
    PngCard,
}

/// Whether a program reads a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// As it is.
    Yes,
    /// If it is told something besides.
    WithArgument(&'static str),
    /// Not at all.
    No,
    /// Its source does not tell, and nobody here has tried.
    Unknown,
}

/// A program that takes learned words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    /// Its name.
    pub program: &'static str,
    /// Where the file goes.
    pub place: &'static str,
}

/// Every program known, in the order of the tables below.
const READERS: [Reader; 8] = [
    reader("AUTOMATIC1111, Forge", "Put the file into the folder “embeddings”."),
    reader("ComfyUI", "Put the file into “models/embeddings”."),
    reader("InvokeAI", "Add the file in the model manager."),
    reader("diffusers", "Load it with “load_textual_inversion”."),
    reader("kohya's scripts", "Give the file to “--weights” to go on learning it."),
    reader("OneTrainer", "Choose the file as the embedding to start from."),
    reader("stable-diffusion.cpp", "Put the file into the folder given by “--embd-dir”."),
    reader("SD.Next", "Put the file into its folder of embeddings."),
];

const fn reader(program: &'static str, place: &'static str) -> Reader {
    Reader { program, place }
}

const TOKEN: Reads = Reads::WithArgument("token=");
const TWO_CALLS: Reads = Reads::WithArgument("one call for each text encoder");

impl EmbeddingFormat {
    /// All of them, the usual one first.
    pub const ALL: [Self; 6] =
        [Self::EmbParams, Self::Diffusers, Self::A1111Pt, Self::OriginalPt, Self::OneTrainer, Self::PngCard];

    /// A name of one or two words, as the command line and tables say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EmbParams => "emb-params",
            Self::Diffusers => "diffusers",
            Self::A1111Pt => "a1111-pt",
            Self::OriginalPt => "original-pt",
            Self::OneTrainer => "onetrainer",
            Self::PngCard => "png-card",
        }
    }

    /// What it is, in a sentence for a tooltip.
    pub const fn description(self) -> &'static str {
        match self {
            Self::EmbParams => "A safetensors file that most programs read: the usual choice.",
            Self::Diffusers => {
                "A safetensors file with the vectors under the word itself, which diffusers reads as it is; two \
                 files for Stable Diffusion XL."
            }
            Self::A1111Pt => "The .pt file of AUTOMATIC1111, for programs older than safetensors.",
            Self::OriginalPt => "The .pt file of the paper's own code.",
            Self::OneTrainer => {
                "A safetensors file with the name that OneTrainer looks for, to go on learning there."
            }
            Self::PngCard => {
                "A picture that is also the word: AUTOMATIC1111 reads it, and it survives sites that keep the \
                 picture as it is."
            }
        }
    }

    /// The ending of its files, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::EmbParams | Self::Diffusers | Self::OneTrainer => "safetensors",
            Self::A1111Pt | Self::OriginalPt => "pt",
            Self::PngCard => "png",
        }
    }

    /// Whether a word for two text encoders can be written so.
    pub const fn holds_two_encoders(self) -> bool {
        !matches!(self, Self::OriginalPt | Self::PngCard)
    }

    /// What it loses of a word, as two sentences: AUTOMATIC1111 takes every entry beside two encoders' for vectors.
    pub const fn loses(self, two_encoders: bool) -> Option<&'static str> {
        if matches!(self, Self::OriginalPt) || (matches!(self, Self::A1111Pt) && two_encoders) {
            return Some(
                "This layout has no place for the word's name and for the model it was learned on. To keep them, \
                 choose emb-params.",
            );
        }
        None
    }

    /// Which programs read it, for a word with one text encoder or (Stable Diffusion XL) with two.
    pub fn readers(self, two_encoders: bool) -> [(Reader, Reads); 8] {
        use Reads::{No, Unknown, Yes};

        let reads = match (self, two_encoders) {
            (Self::EmbParams, false) => [Yes, Yes, Yes, TOKEN, Yes, No, Yes, Yes],
            (Self::Diffusers, false) => [Yes, Yes, No, Yes, Yes, No, Yes, Yes],
            (Self::A1111Pt, false) => [Yes, Yes, Yes, Yes, Yes, No, Unknown, Yes],
            (Self::OriginalPt, _) => [Yes, Yes, Unknown, No, Yes, No, Unknown, Yes],
            (Self::OneTrainer, false) => [Yes, Yes, No, TOKEN, Yes, Yes, Yes, Yes],
            (Self::PngCard, _) => [Yes, No, No, No, No, No, No, Unknown],
            (Self::EmbParams | Self::OneTrainer, true) => [Yes, Yes, Yes, TWO_CALLS, Yes, Yes, Yes, Yes],
            // Each file by itself looks like a word of another family to programs that expect one file.
            (Self::Diffusers, true) => [No, No, No, TWO_CALLS, No, No, No, Unknown],
            (Self::A1111Pt, true) => [Yes, Yes, Yes, TWO_CALLS, Yes, Unknown, Unknown, Unknown],
        };
        std::array::from_fn(|index| (READERS[index], reads[index]))
    }
}

impl std::str::FromStr for EmbeddingFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let names: Vec<&str> = Self::ALL.into_iter().map(Self::name).collect();
        let found = Self::ALL.into_iter().find(|format| format.name() == name);
        found.ok_or_else(|| format!("{name} is no layout; there are {}", names.join(", ")))
    }
}
