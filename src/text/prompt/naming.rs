//! Under which names a learned word can stand in prompts, whatever its file and its author call it.
//!
//! A name that is an ordinary word, a number or a sign would be found in prompts that do not mean it, so it is taken
//! only in angle brackets: `<painting>`. A name with spaces or signs of the prompt works as it is, but a plainer one is
//! offered: `<my_cat_toy>`. No name is refused.

use std::collections::{BTreeSet, HashMap};

use project::Concept;

/// The name that a word is called by in lists and notes.
pub fn prompt_name(name: &str, ordinary: impl Fn(&str) -> bool) -> String {
    let core = core(name);
    let plain = Concept::of(core).file_stem();
    if plain != core || (core == name && ordinary(name)) { format!("<{plain}>") } else { name.to_owned() }
}

/// All that may be written for a name, for [`WordNames`](super::WordNames).
fn spellings(name: &str, ordinary: impl Fn(&str) -> bool) -> Vec<String> {
    let core = core(name);
    let bare = Some(core.to_owned()).filter(|core| !ordinary(core));
    let given = [format!("<{core}>"), format!("<{}>", Concept::of(core).file_stem())];
    bare.into_iter().chain(given).collect()
}

fn core(name: &str) -> &str {
    let name = name.trim();
    name.strip_prefix('<').and_then(|name| name.strip_suffix('>')).unwrap_or(name)
}

/// A name with a number, inside of its angle brackets: `<toy-2>`.
pub fn numbered(name: &str, number: u32) -> String {
    match name.strip_suffix('>') {
        Some(open) => format!("{open}-{number}>"),
        None => format!("{name}-{number}"),
    }
}

/// Gives each word its names: first the one that it is called by, which no other word has, then all others that can be
/// written for it. `given` holds for each word what it is called by its file, the preferred name first; the name itself,
/// then the next, then the last with a number is taken.
pub fn name_words(given: &[Vec<String>], ordinary: impl Fn(&str) -> bool) -> Vec<Vec<String>> {
    let key = |name: &str| name.to_lowercase();
    let mut taken = BTreeSet::new();
    let called: Vec<String> = given
        .iter()
        .map(|names| {
            let names: Vec<String> = names.iter().map(|name| prompt_name(name, &ordinary)).collect();
            let last = names.last().cloned().unwrap_or_else(|| "<word>".to_owned());
            let mut names = names.into_iter().chain((2..).map(|number| numbered(&last, number)));
            names.find(|name| taken.insert(key(name))).unwrap_or(last)
        })
        .collect();
    let mut owned: BTreeSet<String> = BTreeSet::new();
    // How many words are called so: a library has thousands.
    let mut cores: HashMap<String, usize> = HashMap::new();
    called.iter().for_each(|name| *cores.entry(key(core(name))).or_default() += 1);
    let names = given.iter().zip(&called).map(|(given, called)| {
        let mut names = vec![called.clone()];
        let own = key(core(called));
        for name in std::iter::once(called).chain(given).flat_map(|name| spellings(name, &ordinary)) {
            let core = key(core(&name));
            let others = cores.get(&core).copied().unwrap_or(0) > usize::from(core == own);
            if !others && !names.contains(&name) && !owned.contains(&key(&name)) {
                names.push(name);
            }
        }
        owned.extend(names.iter().map(|name| key(name)));
        names
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordinary(name: &str) -> bool {
        ["painting", "cat", "red", "12"].contains(&name.to_lowercase().as_str())
    }

    fn names(given: &[&[&str]]) -> Vec<Vec<String>> {
        let given: Vec<Vec<String>> =
            given.iter().map(|names| names.iter().map(|name| (*name).to_owned()).collect()).collect();
        name_words(&given, ordinary)
    }

    #[test]
    fn what_cannot_stand_in_a_prompt_gets_a_name_that_can() {
        for (given, name) in [
            ("easynegative", "easynegative"),
            ("<cat-toy>", "<cat-toy>"),
            ("<cat>", "<cat>"),
            ("painting", "<painting>"),
            ("12", "<12>"),
            ("my cat toy", "<my_cat_toy>"),
            ("<two words>", "<two_words>"),
            ("Bob-Style (v2, final)", "<Bob-Style__v2__final_>"),
            ("toy＿全角\u{3000}空白", "<toy＿全角_空白>"),
            ("a>b", "<a_b>"),
        ] {
            assert_eq!(prompt_name(given, ordinary), name);
        }
        assert_eq!(names(&[&["painting"]]), [["<painting>"]]);
        assert_eq!(names(&[&["my toy"]]), [["<my_toy>", "my_toy", "my toy", "<my toy>"]]);
        assert_eq!(names(&[&["<cat-toy>", "outer"]]), [["<cat-toy>", "cat-toy", "outer", "<outer>"]]);
    }

    #[test]
    fn no_two_words_have_one_name() {
        let first = |given: &[&[&str]]| -> Vec<String> {
            names(given).into_iter().map(|mut names| names.swap_remove(0)).collect()
        };
        assert_eq!(first(&[&["inner", "a"], &["inner", "b"]]), ["inner", "b"]);
        assert_eq!(first(&[&["inner", "a"], &["inner", "inner"]]), ["inner", "inner-2"]);
        assert_eq!(first(&[&["cat"], &["CAT"], &["<Cat>"]]), ["<cat>", "<CAT-2>", "<Cat-3>"]);
        assert_eq!(first(&[&[], &[]]), ["<word-2>", "<word-3>"]);
        // The name that a word is called by is no other's, whoever comes first.
        let both = names(&[&["inner", "outer"], &["outer"]]);
        assert_eq!(both, [vec!["inner", "<inner>"], vec!["outer", "<outer>"]]);
        let both = names(&[&["<toy>"], &["toy"]]);
        assert_eq!(both, [vec!["<toy>"], vec!["toy"]]);
    }
}
