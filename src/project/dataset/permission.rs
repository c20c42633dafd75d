//! What a person says of pictures before a word is learned from them, and the refusal of those that nobody answers for.
//!
//! What was decided about a single picture goes before what is said of all.

use super::Dataset;
use crate::{Author, PictureEntry, PictureNotes, Rights, RunManifest};
use base::{Error, FileKind, Result};

/// What is said of all pictures of a new run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Permission {
    /// By what right they are used.
    pub rights: Option<Rights>,
    /// From whom that right is.
    pub rights_from: Option<String>,
    /// Why they may be learned from although they bear a mark against that.
    pub despite_mark: Option<String>,
    /// Who says so; what is left open is said in the data folder.
    pub author: Author,
}

impl Permission {
    /// Says of a picture what nobody has said of it yet; a reason only where it bears a mark.
    pub fn apply(&self, entry: &mut PictureEntry, marked: bool) {
        if entry.rights == Rights::Unknown {
            entry.rights = self.rights.unwrap_or_default();
            entry.rights_from = entry.rights_from.take().or_else(|| self.rights_from.clone());
        }
        let reason = entry.despite_mark.take().filter(|reason| !reason.trim().is_empty());
        entry.despite_mark = reason.or_else(|| self.despite_mark.clone()).filter(|_| marked);
    }

    /// The options that say what a run was not begun with.
    pub(crate) fn other_than(&self, run: &RunManifest) -> Vec<&'static str> {
        let pictures = || run.pictures.iter().chain(&run.second_pictures);
        let none = |is: &dyn Fn(&PictureEntry) -> bool| !pictures().any(|picture| is(&picture.entry));
        let marked = pictures().any(|picture| !picture.marks.is_empty());
        let Self { rights, rights_from, despite_mark, author } = self;
        let differ = |asked: &Option<String>, own: &Option<String>| asked.is_some() && asked != own;
        let options = [
            ("--rights", rights.is_some_and(|asked| none(&|entry| entry.rights == asked))),
            ("--rights-from", rights_from.is_some() && none(&|entry| entry.rights_from == *rights_from)),
            (
                "--despite-mark",
                despite_mark.is_some() && marked && none(&|entry| entry.despite_mark == *despite_mark),
            ),
            ("--author", differ(&author.name, &run.author.name)),
            ("--licence", differ(&author.licence, &run.author.licence)),
        ];
        options.into_iter().filter(|(_, other)| *other).map(|(option, _)| option).collect()
    }
}

impl Dataset {
    /// Refuses pictures that bear a mark against learning, unless someone says why they may be learned from.
    ///
    /// # Errors
    /// [`Error::File`] that names them and their marks.
    pub fn expect_permitted(&self, permission: &Permission) -> Result<()> {
        let said = |entry: &&PictureEntry| {
            let reasons = [&entry.despite_mark, &permission.despite_mark];
            reasons.into_iter().flatten().any(|reason| !reason.trim().is_empty())
        };
        let marked: Vec<(&PictureEntry, String)> = self
            .enabled()
            .filter(|entry| !said(entry))
            .map(|entry| (entry, PictureNotes::of(&entry.path).marks.join(", ")))
            .filter(|(_, marks)| !marks.is_empty())
            .collect();
        let remedy = "Leave out what you have no right to, or say on record why you may: beside the pictures in \
                      the window, or with --despite-mark \"REASON\".";
        match marked.as_slice() {
            [] => Ok(()),
            [(entry, marks)] => {
                let fault = format!("it is marked against learning from it ({marks})");
                Err(Error::file(FileKind::Picture, &entry.path, fault, remedy))
            }
            several => {
                let named: Vec<String> = several
                    .iter()
                    .take(5)
                    .map(|(entry, marks)| format!("{} ({marks})", entry.name()))
                    .collect();
                let more = if several.len() > named.len() { ", …" } else { "" };
                let (count, of) = (several.len(), self.enabled().count());
                let named = named.join(", ");
                let fault =
                    format!("{count} of {of} pictures are marked against learning from them: {named}{more}");
                Err(Error::file(FileKind::Picture, &self.folder, fault, remedy))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_of_one_picture_goes_before_what_is_said_of_all() {
        let permission = Permission {
            rights: Some(Rights::Licensed),
            rights_from: Some("Ann".into()),
            despite_mark: Some("she wrote to me".into()),
            ..Permission::default()
        };
        let mut entry = PictureEntry::new("a.png".into());
        permission.apply(&mut entry, false);
        assert_eq!((entry.rights, entry.rights_from.as_deref()), (Rights::Licensed, Some("Ann")));
        assert_eq!(entry.despite_mark, None, "there is nothing to answer for");
        let mut own = PictureEntry { rights: Rights::Own, despite_mark: Some("mine".into()), ..entry };
        own.rights_from = None;
        permission.apply(&mut own, true);
        assert_eq!((own.rights, own.rights_from.as_deref()), (Rights::Own, None));
        assert_eq!(own.despite_mark.as_deref(), Some("mine"));
        own.despite_mark = Some("  ".into());
        permission.apply(&mut own, true);
        assert_eq!(own.despite_mark.as_deref(), Some("she wrote to me"));
    }
}
