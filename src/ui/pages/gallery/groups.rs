//! The pictures drawn, sorted into groups: by folder, day, word, kind or model.
//!
//! Pure: what is known of the pictures was read on the disk's thread. A picture that was drawn a moment ago, of which nothing
//! is known yet, stands in a group of its own until then.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use crate::seeing::Seeing;
use base::units;
use disk::message::{PictureKind, PictureText, PictureTexts, WordCard};

/// Seconds of a day.
const DAY: u64 = 24 * 3600;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Sorting {
    #[default]
    All,
    Favourites,
    Folders,
    Days,
    Words,
    Kinds,
    Models,
}

impl Sorting {
    /// Each with its name and what it does.
    pub fn all() -> [(Self, &'static str, &'static str); 7] {
        [
            (Self::All, t!("gallery-by-all"), t!("gallery-by-all.tip")),
            (Self::Favourites, t!("gallery-by-favourites"), t!("gallery-by-favourites.tip")),
            (Self::Folders, t!("gallery-by-folders"), t!("gallery-by-folders.tip")),
            (Self::Days, t!("gallery-by-days"), t!("gallery-by-days.tip")),
            (Self::Words, t!("gallery-by-words"), t!("gallery-by-words.tip")),
            (Self::Kinds, t!("gallery-by-kinds"), t!("gallery-by-kinds.tip")),
            (Self::Models, t!("gallery-by-models"), t!("gallery-by-models.tip")),
        ]
    }

    pub fn name(self) -> &'static str {
        Self::all().iter().find(|(own, ..)| *own == self).map_or("", |(_, name, _)| name)
    }
}

/// Pictures that belong together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    pub name: String,
    /// The folder, if it is one.
    pub folder: Option<PathBuf>,
    /// Newest first.
    pub pictures: Arc<Vec<PathBuf>>,
}

impl Group {
    fn new(name: impl Into<String>, pictures: Vec<PathBuf>) -> Self {
        Self { name: name.into(), folder: None, pictures: Arc::new(pictures) }
    }
}

/// Sorts the pictures; there is always one group at least.
pub(super) fn groups(
    sorting: Sorting,
    pictures: &[PathBuf],
    texts: &PictureTexts,
    seeing: &Seeing,
    words: &[WordCard],
) -> Vec<Group> {
    match sorting {
        Sorting::All => vec![Group::new(sorting.name(), pictures.to_vec())],
        Sorting::Favourites => {
            let famous = pictures.iter().filter(|path| seeing.favourites.contains(*path));
            vec![Group::new(sorting.name(), famous.cloned().collect())]
        }
        Sorting::Folders => in_folders(pictures, &seeing.folders),
        Sorting::Days => {
            let mut names: HashMap<u64, String> = HashMap::new();
            let mut days = by(pictures, texts, |said| {
                let day = said.seconds / DAY;
                let name = names.entry(day).or_insert_with(|| day_of(day));
                vec![(0, name.clone())]
            });
            // The newest day first; what is not known is newer.
            days.reverse();
            days
        }
        Sorting::Words => {
            let bare = |name: &str| name.trim_matches(['<', '>']).to_lowercase();
            let names =
                words.iter().flat_map(|card| card.names.iter().map(move |name| (bare(name), &card.word)));
            let names: HashMap<String, &String> = names.collect();
            by(pictures, texts, |said| match said.words.as_slice() {
                [] => vec![(1, t!("gallery-no-word").into())],
                words => {
                    let known =
                        |word: &String| names.get(word).map_or_else(|| word.clone(), |&name| name.clone());
                    words.iter().map(|word| (0, known(word))).collect()
                }
            })
        }
        Sorting::Kinds => by(pictures, texts, |said| {
            vec![match said.kind {
                PictureKind::Drawn => (0, t!("gallery-single").into()),
                PictureKind::Edited => (1, t!("gallery-edited").into()),
                PictureKind::Grid => (2, t!("gallery-grids").into()),
                PictureKind::Unknown => (3, t!("gallery-without-settings").into()),
            }]
        }),
        Sorting::Models => by(pictures, texts, |said| match said.model.as_str() {
            "" => vec![(1, t!("gallery-model-unknown").into())],
            model => vec![(0, model.to_owned())],
        }),
    }
}

/// Groups by rank, then by name; a picture can belong to several.
fn by(
    pictures: &[PathBuf],
    texts: &PictureTexts,
    mut keys: impl FnMut(&PictureText) -> Vec<(u8, String)>,
) -> Vec<Group> {
    let known: HashMap<&Path, &PictureText> = texts.iter().map(|said| (said.path.as_path(), said)).collect();
    let mut groups: BTreeMap<(u8, String), Vec<PathBuf>> = BTreeMap::new();
    for path in pictures {
        let unknown = || vec![(u8::MAX, t!("gallery-just-drawn").to_owned())];
        for key in known.get(path.as_path()).map_or_else(unknown, |&said| keys(said)) {
            groups.entry(key).or_default().push(path.clone());
        }
    }
    let groups: Vec<Group> =
        groups.into_iter().map(|((_, name), pictures)| Group::new(name, pictures)).collect();
    if groups.is_empty() { vec![Group::new(t!("gallery-no-pictures"), Vec::new())] } else { groups }
}

/// A group for each folder, those without pictures as well; that of all first.
fn in_folders(pictures: &[PathBuf], folders: &[PathBuf]) -> Vec<Group> {
    let Some(top) = folders.first() else {
        return vec![Group::new(t!("gallery-no-folders"), pictures.to_vec())];
    };
    let mut lying: HashMap<&Path, Vec<PathBuf>> = HashMap::new();
    for path in pictures {
        lying.entry(path.parent().unwrap_or(top)).or_default().push(path.clone());
    }
    let group = |folder: &PathBuf| {
        let pictures = lying.remove(folder.as_path()).unwrap_or_default();
        Group { folder: Some(folder.clone()), ..Group::new(folder_name(folder, top), pictures) }
    };
    folders.iter().map(group).collect()
}

/// What a folder is called here: its path below that of all pictures.
pub(super) fn folder_name(folder: &Path, top: &Path) -> String {
    match folder.strip_prefix(top) {
        Ok(below) if !below.as_os_str().is_empty() => below.to_string_lossy().into_owned(),
        _ => t!("gallery-in-no-folder").to_owned(),
    }
}

/// "2024-02-29", by the number of a day since 1970.
fn day_of(day: u64) -> String {
    let moment = UNIX_EPOCH.checked_add(Duration::from_secs(day.saturating_mul(DAY)));
    units::iso8601(moment.unwrap_or(UNIX_EPOCH)).split('T').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str, day: u64, text: &str) -> PictureText {
        PictureText::of(format!("/p/{name}").into(), day * DAY + 3600, text.to_owned())
    }

    fn sorted(sorting: Sorting) -> Vec<(String, Vec<String>)> {
        let texts: PictureTexts = [
            said("3.png", 19_782, "steps: 20, seed: 1, model: dream, ti hashes: \"cat-toy: ab, fog: cd\""),
            said("cats/2.png", 19_782, "steps: 20, seed: 1, model: dream, script: x/y/z plot"),
            said("cats/1.png", 19_781, "steps: 20, seed: 1, denoising strength: 0.5, ti hashes: \"fog: cd\""),
            said("0.png", 19_000, "a photo"),
        ]
        .into_iter()
        .collect();
        let pictures =
            ["/p/4.png", "/p/3.png", "/p/cats/2.png", "/p/cats/1.png", "/p/0.png"].map(PathBuf::from);
        let seeing = Seeing {
            folders: ["/p", "/p/cats", "/p/dogs"].map(PathBuf::from).into(),
            favourites: [PathBuf::from("/p/0.png"), PathBuf::from("/p/gone.png")].into(),
            ..Seeing::default()
        };
        let word =
            WordCard { word: "<Cat-Toy>".into(), names: vec!["<Cat-Toy>".into()], ..WordCard::default() };
        let groups = groups(sorting, &pictures, &texts, &seeing, &[word]);
        let names = |group: &Group| {
            let names =
                group.pictures.iter().map(|path| path.file_stem().unwrap().to_string_lossy().into_owned());
            (group.name.clone(), names.collect())
        };
        groups.iter().map(names).collect()
    }

    #[test]
    fn pictures_are_sorted_by_all_that_is_known_of_them() {
        let group = |name: &str, pictures: &[&str]| {
            (name.to_owned(), pictures.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        };
        let new = group("Just drawn", &["4"]);
        assert_eq!(sorted(Sorting::All), [group("All pictures", &["4", "3", "2", "1", "0"])]);
        assert_eq!(sorted(Sorting::Favourites), [group("Favourites", &["0"])]);
        let folders =
            [group("In no folder", &["4", "3", "0"]), group("cats", &["2", "1"]), group("dogs", &[])];
        assert_eq!(sorted(Sorting::Folders), folders);
        // 2024-02-29 is day 19,782 since 1970: 54 years with 13 leap days make 19,723 on 1 January, and 59 days more.
        let days = [
            new.clone(),
            group("2024-02-29", &["3", "2"]),
            group("2024-02-28", &["1"]),
            group("2022-01-08", &["0"]),
        ];
        assert_eq!(sorted(Sorting::Days), days);
        let words = [
            group("<Cat-Toy>", &["3"]),
            group("fog", &["3", "1"]),
            group("No learned word", &["2", "0"]),
            new.clone(),
        ];
        assert_eq!(sorted(Sorting::Words), words);
        let kinds = [
            group("Single pictures", &["3"]),
            group("Edited pictures", &["1"]),
            group("Grids", &["2"]),
            group("Without settings", &["0"]),
            new.clone(),
        ];
        assert_eq!(sorted(Sorting::Kinds), kinds);
        assert_eq!(
            sorted(Sorting::Models),
            [group("dream", &["3", "2"]), group("Model unknown", &["1", "0"]), new]
        );
    }

    #[test]
    fn nothing_is_one_empty_group() {
        for (sorting, ..) in Sorting::all() {
            let groups = groups(sorting, &[], &PictureTexts::default(), &Seeing::default(), &[]);
            assert!(groups.len() == 1 && groups[0].pictures.is_empty(), "{sorting:?}");
        }
    }
}
