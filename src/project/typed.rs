//! Lists as people type them: with the commas and semicolons of their own script.
//!
//! Only what a person types is read so. Files have the signs that their formats name, and a prompt's commas are its own.

/// What parts the entries of a list.
pub const COMMAS: [char; 4] = [',', '，', '、', '،'];
/// What parts lists from one another where there are several.
pub const SEMICOLONS: [char; 3] = [';', '；', '؛'];

/// The entries of one list, without the space around them; empty ones are passed over.
pub fn entries(typed: &str) -> impl Iterator<Item = &str> {
    typed.split(COMMAS).map(str::trim).filter(|entry| !entry.is_empty())
}

/// The same where a semicolon or a new line means no more than a comma does.
pub fn entries_of_any(typed: &str) -> impl Iterator<Item = &str> {
    typed.split(|sign: char| sign == '\n' || SEMICOLONS.contains(&sign)).flat_map(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_of_every_script_part_a_list() {
        let list = |typed| entries(typed).collect::<Vec<_>>();
        assert_eq!(list("猫、赤い 家，,  cat ,قطة، كلب,"), ["猫", "赤い 家", "cat", "قطة", "كلب"]);
        assert_eq!(list("a; b"), ["a; b"]);
        assert_eq!(entries_of_any("a; b；c\nd؛、e").collect::<Vec<_>>(), ["a", "b", "c", "d", "e"]);
        assert!(list(" 、 ").is_empty());
    }
}
