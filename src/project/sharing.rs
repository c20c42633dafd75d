//! How other programs take a learned word: how its file should be called, and how it is written in their prompts.
//!
//! Plain text, made from the word's file name; it writes no file and asks no program.

use std::path::Path;

use super::concept::{Concept, ConceptKind};
use super::family::Family;
use super::named_enum::named_enum;

named_enum! {
    /// Programs for which a prompt can be copied, by what a button says.
    pub enum Program as "program" {
        /// AUTOMATIC1111's web interface, and Forge.
        Automatic1111 = "A1111",
        /// ComfyUI.
        ComfyUi = "ComfyUI",
        /// InvokeAI.
        InvokeAi = "InvokeAI",
        /// The Python library.
        Diffusers = "diffusers",
    }
}

impl Program {
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

/// A file name without extension for a word that programs go by: `cat-toy` for `<cat-toy>`.
///
/// Legal on every system ([`Concept::file_stem`]), not of digits alone, which programs take for a weight, and not
/// an ordinary word, which every prompt that means the usual thing would stumble over.
pub fn file_stem(word: &str) -> String {
    let stem = Concept::of(word).file_stem();
    let digits = stem.chars().all(|part| part.is_numeric() || matches!(part, '.' | '_' | '-'));
    if digits || is_ordinary(&stem) { format!("{stem}-word") } else { stem }
}

/// Words that stand in many prompts as they are.
const ORDINARY: &str = "a abstract aesthetic amber and animal anime apple art artist background ball bear \
    beautiful bed big bird black blue boat body book bottle bowl boy bright building camera car cartoon castle cat \
    chair cinematic city clock clothes cloud color colour comic concept cow cup cute dark day digital dog doll \
    dragon drawing dress eye eyes face fantasy fire flower food forest fox frog fruit garden girl glass gold gray \
    green grey hair hand hands happy hat head horse house illustration image in ink jewelry king knight lamp \
    landscape light line lion little logo lora man mask model moon mountain mouse mug nature night of old on owl \
    painting paper person photo photograph pink pixel plant plate portrait poster pot purple queen rabbit red \
    retro robot room rose sad sculpture sea shape shirt shoe shoes silver sketch sky small snow sphere square \
    star statue stone street style sun sunset teapot texture the toy tree vase watercolor watercolour water white \
    with wizard wolf woman wood word yellow young";

fn is_ordinary(stem: &str) -> bool {
    ORDINARY.split_whitespace().any(|word| stem.eq_ignore_ascii_case(word))
}

/// What someone should know before giving this word to other programs, one sentence each; empty if all is well.
pub fn cautions(file: &Path, widths: &[usize]) -> Vec<String> {
    let mut found = Vec::new();
    if !Family::ALL.iter().any(|family| family.widths() == widths) {
        let numbers: Vec<String> = widths.iter().map(usize::to_string).collect();
        found.push(format!(
            "Its vectors have {} numbers, where Stable Diffusion 1 has 768, 2 has 1024 and XL has 768 and 1280. It is \
             only of use with the model it was learned on.",
            numbers.join(" and ")
        ));
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    if stem.chars().all(|c| c.is_ascii_digit()) {
        found.push("ComfyUI takes a name of digits for a weight: give the file a name with a letter.".into());
    }
    if is_ordinary(&stem) {
        let text = "Its name is an ordinary word, which AUTOMATIC1111 would replace in every prompt: rename the file.";
        found.push(text.into());
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
    fn names_of_files_mean_nothing_else() {
        for (word, stem) in [
            ("<cat-toy>", "cat-toy"),
            ("<ねこ>", "ねこ"),
            ("<2024>", "2024-word"),
            ("12.5", "12.5-word"),
            ("<Cat>", "Cat-word"),
            ("a/b", "a_b"),
        ] {
            assert_eq!(file_stem(word), stem);
        }
    }

    #[test]
    fn cautions_name_what_will_not_work() {
        let of = |name: &str, width: usize| cautions(Path::new(name), &[width]);
        assert!(of("cat-toy.safetensors", 768).is_empty());
        assert!(of("cat-toy.safetensors", 128)[0].contains("128"));
        assert!(of("ねこ.safetensors", 768)[0].contains("InvokeAI"));
        assert!(of("2024.safetensors", 1024)[0].contains("ComfyUI"));
        assert!(of("cat.safetensors", 1024)[0].contains("ordinary"));
        assert!(cautions(Path::new("cat-toy.pt"), &[768, 1280]).is_empty());
    }
}
