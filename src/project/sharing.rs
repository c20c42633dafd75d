//! How other programs take a learned word: which of them read which layout of file, and how the word is written
//! in their prompts.
//!
//! Plain text, made from the word's file name; it writes no file and asks no program.

use std::path::Path;

use super::concept::ConceptKind;

/// Programs for which a prompt can be copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Program {
    /// AUTOMATIC1111's web interface, and Forge.
    Automatic1111,
    /// ComfyUI.
    ComfyUi,
    /// InvokeAI.
    InvokeAi,
    /// The Python library.
    Diffusers,
}

impl Program {
    /// Every program, in the order in which to offer them.
    pub const ALL: [Self; 4] = [Self::Automatic1111, Self::ComfyUi, Self::InvokeAi, Self::Diffusers];

    /// What a button says.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Automatic1111 => "A1111",
            Self::ComfyUi => "ComfyUI",
            Self::InvokeAi => "InvokeAI",
            Self::Diffusers => "diffusers",
        }
    }

    /// How the word in `file` is written in this program's prompts. All but diffusers go by the file's name.
    pub fn trigger(self, file: &Path, word: &str) -> String {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        match self {
            Self::Automatic1111 => stem.into_owned(),
            Self::ComfyUi => format!("embedding:{stem}"),
            Self::InvokeAi => format!("<{stem}>"),
            Self::Diffusers => word.to_owned(),
        }
    }

    /// A prompt with the word in `file`; for diffusers two lines of Python that load the file and draw.
    pub fn prompt(self, file: &Path, word: &str, kind: ConceptKind) -> String {
        let trigger = self.trigger(file, word);
        let prompt = match kind {
            ConceptKind::Object => format!("a photo of {trigger}"),
            ConceptKind::Style => format!("a painting in the style of {trigger}"),
        };
        if self != Self::Diffusers {
            return prompt;
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let (name, token, prompt) = (quoted(&name), quoted(word), quoted(&prompt));
        format!("pipe.load_textual_inversion({name}, token={token})\nimage = pipe({prompt}).images[0]\n")
    }
}

/// A Python string.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Whether a program reads a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// As it is.
    Yes,
    /// If it is told the word besides.
    WithWord,
    /// Not at all.
    No,
}

/// A program and what it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    /// The program.
    pub program: &'static str,
    /// Where the file goes.
    pub place: &'static str,
    /// Whether it reads the usual layout, one tensor called `emb_params`.
    pub usual: Reads,
    /// Whether it reads diffusers' layout, one tensor called like the word.
    pub diffusers: Reads,
}

/// Every program known, as their loaders are written. OneTrainer is listed because it reads neither.
pub const READERS: &[Reader] = &[
    reader("AUTOMATIC1111, Forge", "Put the file into the folder “embeddings”.", Reads::Yes, Reads::Yes),
    reader("ComfyUI", "Put the file into “models/embeddings”.", Reads::Yes, Reads::Yes),
    reader("InvokeAI", "Add the file in the model manager.", Reads::Yes, Reads::No),
    reader("diffusers", "Load it with “load_textual_inversion”.", Reads::WithWord, Reads::Yes),
    reader("SD.Next", "Put the file into its folder of embeddings.", Reads::Yes, Reads::Yes),
    reader(
        "stable-diffusion.cpp",
        "Put the file into the folder given by “--embd-dir”.",
        Reads::Yes,
        Reads::Yes,
    ),
    reader("kohya's scripts", "Give the file to “--weights” to go on learning it.", Reads::Yes, Reads::Yes),
    reader("OneTrainer", "It expects its own layout, which is not written yet.", Reads::No, Reads::No),
];

const fn reader(program: &'static str, place: &'static str, usual: Reads, diffusers: Reads) -> Reader {
    Reader { program, place, usual, diffusers }
}

/// What someone should know before giving this word to other programs, one sentence each; empty if all is well.
pub fn cautions(file: &Path, width: usize) -> Vec<String> {
    let mut found = Vec::new();
    if !matches!(width, 768 | 1024) {
        found.push(format!(
            "Its vectors have {width} numbers, where Stable Diffusion 1 has 768 and 2 has 1024. It is only of use \
             with the model it was learned on."
        ));
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    if stem.chars().all(|c| c.is_ascii_digit()) {
        found.push("ComfyUI takes a name of digits for a weight: give the file a name with a letter.".into());
    }
    if !stem.chars().all(|c| c.is_ascii_alphanumeric() || "., _-".contains(c)) {
        let text =
            "InvokeAI knows only names of plain letters, digits, “.”, “_” and “-”: rename the file for it.";
        found.push(text.into());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_are_written_as_each_program_expects() {
        let file = Path::new("words/cat-toy.safetensors");
        let prompt = |program: Program| program.prompt(file, "<cat-toy>", ConceptKind::Object);
        assert_eq!(prompt(Program::Automatic1111), "a photo of cat-toy");
        assert_eq!(prompt(Program::ComfyUi), "a photo of embedding:cat-toy");
        assert_eq!(prompt(Program::InvokeAi), "a photo of <cat-toy>");
        assert_eq!(
            prompt(Program::Diffusers),
            "pipe.load_textual_inversion(\"cat-toy.safetensors\", token=\"<cat-toy>\")\n\
             image = pipe(\"a photo of <cat-toy>\").images[0]\n"
        );
        let style = Program::ComfyUi.prompt(file, "<cat-toy>", ConceptKind::Style);
        assert_eq!(style, "a painting in the style of embedding:cat-toy");
    }

    #[test]
    fn names_cannot_break_out_of_the_snippet() {
        let text = Program::Diffusers.prompt(Path::new("a\"b.safetensors"), "<a\\b>", ConceptKind::Object);
        assert!(
            text.starts_with(r#"pipe.load_textual_inversion("a\"b.safetensors", token="<a\\b>")"#),
            "{text}"
        );
    }

    #[test]
    fn readers_differ_where_their_loaders_do() {
        let find = |name: &str| *READERS.iter().find(|reader| reader.program == name).unwrap();
        let both = |name| [find(name).usual, find(name).diffusers];
        assert_eq!(both("InvokeAI"), [Reads::Yes, Reads::No]);
        assert_eq!(both("diffusers"), [Reads::WithWord, Reads::Yes]);
        assert_eq!(both("ComfyUI"), [Reads::Yes, Reads::Yes]);
    }

    #[test]
    fn cautions_name_what_will_not_work() {
        let of = |name: &str, width| cautions(Path::new(name), width);
        assert!(of("cat-toy.safetensors", 768).is_empty());
        assert!(of("cat-toy.safetensors", 128)[0].contains("128"));
        assert!(of("ねこ.safetensors", 768)[0].contains("InvokeAI"));
        assert!(of("2024.safetensors", 1024)[0].contains("ComfyUI"));
    }
}
