//! What the disk tells of folders and favourites, and of pictures that were moved.
//!
//! What was moved last can be put back; what went to the trash before that is let go.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::Update;
use crate::state::Severity;
use disk::message::{DrawnPicture, GalleryAnswer, GalleryTask, Move, Moved, Task, moved};

impl Update<'_> {
    /// Takes in the list of the pictures drawn. One that was finished while the list was made may be missing from it: it stays,
    /// and the disk is asked once more, which knows it by then unless it is gone.
    pub(super) fn take_pictures(&mut self, paths: Vec<PathBuf>) {
        let state = &mut *self.state;
        let mut all = std::mem::take(&mut state.seeing.fresh);
        if !all.is_empty() {
            let there: HashSet<&PathBuf> = paths.iter().collect();
            all.retain(|picture| !there.contains(picture));
        }
        let again = !all.is_empty();
        all.extend(paths);
        // A picture that lies elsewhere and was only looked at stays.
        let gone =
            |shown: &mut DrawnPicture| state.gallery.contains(&shown.path) && !all.contains(&shown.path);
        state.shown.take_if(gone);
        state.gallery = all;
        state.seeing.version += 1;
        state.thumbnails.forget_unreadable();
        if again {
            self.disk(Task::ListPictures);
        }
    }

    pub(super) fn gallery_answer(&mut self, answer: GalleryAnswer) {
        match answer {
            GalleryAnswer::Listed { folders, favourites } => {
                let seeing = &mut self.state.seeing;
                (seeing.folders, seeing.favourites) = (folders, favourites.into_iter().collect());
                seeing.version += 1;
            }
            GalleryAnswer::Favourites(favourites) => {
                self.state.seeing.favourites = favourites.into_iter().collect();
                self.state.seeing.version += 1;
            }
            GalleryAnswer::Moved { moves, how } => self.take_moved(moves, how),
        }
    }

    fn take_moved(&mut self, moves: Vec<Move>, how: Moved) {
        let state = &mut *self.state;
        if moves.is_empty() && state.seeing.undo.is_none() {
            // It was wanted twice.
            return;
        }
        // Another picture may have taken the place of one that was there before.
        let back: Vec<Move> = moves.iter().map(|(from, to)| (to.clone(), from.clone())).collect();
        let (left, taken) = (moved(&moves), moved(&back));
        let others = |path: &Path| left(path).is_some() || taken(path).is_some();
        state.full.forget(others);
        state.thumbnails.forget(others);
        state.seeing.fresh.retain(|path| left(path).is_none());
        // What is looked at stays in view under its new name; what was binned goes with the list that follows.
        if how != Moved::Binned {
            let cells = state.grid.iter_mut().flat_map(|grid| grid.cells.iter_mut().flatten());
            let shown = state.shown.iter_mut().map(|shown| &mut shown.path);
            for path in cells.chain(shown) {
                if let Some(there) = left(path) {
                    *path = there;
                }
            }
        }
        drop((left, taken));
        state.notify(Severity::Info, said(&moves, how));
        let last = state.seeing.undo.take();
        if how == Moved::Back {
            // What could not be put back now can be another time.
            state.seeing.undo = last.filter(|_| !moves.is_empty()).and_then(|last| without(last, &moves));
            return;
        }
        state.seeing.undo = Some((moves, how));
        if let Some((before, Moved::Binned)) = last {
            self.disk(Task::Gallery(GalleryTask::LetGo(before)));
        }
    }
}

/// What is still to be put back after some of it was.
fn without((moves, how): (Vec<Move>, Moved), back: &[Move]) -> Option<(Vec<Move>, Moved)> {
    let back: HashSet<&Path> = back.iter().map(|(now, _)| now.as_path()).collect();
    let rest: Vec<Move> = moves.into_iter().filter(|(_, now)| !back.contains(now.as_path())).collect();
    (!rest.is_empty()).then_some((rest, how))
}

/// What was done, as a sentence.
fn said(moves: &[Move], how: Moved) -> String {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let count = moves.len();
    match (how, moves) {
        (Moved::Within, [(from, to)]) if from.parent() == to.parent() => {
            t!("gallery-renamed", from = name(from), to = name(to))
        }
        (Moved::Within, _) => {
            let folder = moves.first().and_then(|(_, to)| to.parent()).map(name).unwrap_or_default();
            match moves {
                [(one, _)] => t!("gallery-moved", name = name(one), folder = folder),
                _ => t!("gallery-moved-all", count = count, folder = folder),
            }
        }
        (Moved::Binned, [(one, _)]) => t!("gallery-binned", name = name(one)),
        (Moved::Binned, _) => t!("gallery-binned-all", count = count),
        (Moved::Back, []) => t!("gallery-returned-none").to_owned(),
        (Moved::Back, [(one, _)]) => t!("gallery-returned", name = name(one)),
        (Moved::Back, _) => t!("gallery-returned-all", count = count),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::action::{Action, Effect};
    use crate::reducer::tests::{holds, outside};
    use crate::state::AppState;
    use disk::message::Answer;

    fn told(state: &mut AppState, moves: &[(&str, &str)], how: Moved) -> Vec<Effect> {
        let moves = moves.iter().map(|(from, to)| (from.into(), to.into())).collect();
        state.answer(Answer::Gallery(GalleryAnswer::Moved { moves, how }))
    }

    #[test]
    fn what_was_moved_last_can_be_put_back_and_older_trash_is_let_go() {
        let mut state = AppState::default();
        let (a, b) = (("/p/1.png", "/bin/1/1.png"), ("/p/2.png", "/bin/2/2.png"));
        assert!(told(&mut state, &[a], Moved::Binned).is_empty());
        let effects = told(&mut state, &[b], Moved::Binned);
        holds!([Effect::Disk(Task::Gallery(GalleryTask::LetGo(gone)))] = effects);
        assert_eq!(gone[0].1, Path::new("/bin/1/1.png"));
        let (moves, _) = state.seeing.undo.clone().unwrap();
        let task = Task::Gallery(GalleryTask::PutBack(moves));
        assert_eq!(state.act(Action::Disk(task), &outside()).len(), 1);
        // It is back, and not let go.
        assert!(told(&mut state, &[("/bin/2/2.png", "/p/2.png")], Moved::Back).is_empty());
        assert!(state.seeing.undo.is_none());
    }

    #[test]
    fn what_could_not_be_put_back_can_be_another_time_unless_it_is_gone() {
        let mut state = AppState::default();
        told(&mut state, &[("/p/1.png", "/bin/1.png"), ("/p/2.png", "/bin/2.png")], Moved::Binned);
        told(&mut state, &[("/bin/1.png", "/p/1.png")], Moved::Back);
        let left = (vec![("/p/2.png".into(), "/bin/2.png".into())], Moved::Binned);
        assert_eq!(state.seeing.undo, Some(left));
        told(&mut state, &[], Moved::Back);
        assert!(state.seeing.undo.is_none());
        assert_eq!(
            state.notices.last().map(|notice| notice.text.as_str()),
            Some("What was moved is not there any more.")
        );
    }

    #[test]
    fn no_picture_is_shown_in_place_of_one_that_was_moved_there() {
        let mut state = AppState::default();
        for name in ["1.png", "2.png", "dogs/1.png"] {
            let picture = Some(Arc::new(image::RgbImage::new(1, 1)));
            state.thumbnails.insert(Path::new("/p").join(name), picture.clone());
            state.full.insert(Path::new("/p").join(name), picture);
        }
        told(&mut state, &[("/p/dogs", "/p/cats")], Moved::Within);
        told(&mut state, &[("/p/cats/2.png", "/p/2.png")], Moved::Within);
        let held = |name: &str| {
            let path = Path::new("/p").join(name);
            [state.thumbnails.knows(&path), state.full.knows(&path)]
        };
        assert_eq!(["1.png", "2.png", "dogs/1.png"].map(held), [[true; 2], [false; 2], [false; 2]]);
    }

    #[test]
    fn a_picture_that_was_finished_while_the_list_was_made_stays_on_it() {
        let mut state = AppState::default();
        let told = |state: &mut AppState, names: &[&str]| {
            let effects = state.answer(Answer::Pictures(names.iter().map(PathBuf::from).collect()));
            effects.iter().filter(|effect| matches!(effect, Effect::Disk(Task::ListPictures))).count()
        };
        for name in ["/p/1.png", "/p/2.png", "/p/3.png"] {
            state.put_first(name.into());
        }
        let asked = told(&mut state, &["/p/1.png", "/p/0.png"]);
        let all = ["/p/3.png", "/p/2.png", "/p/1.png", "/p/0.png"].map(PathBuf::from);
        assert_eq!((asked, state.gallery.as_slice()), (1, &all[..]), "the list is made once more");
        // The second list was begun later: what it lacks is gone.
        let asked = told(&mut state, &["/p/3.png", "/p/1.png", "/p/0.png"]);
        assert_eq!((asked, state.gallery.len()), (0, 3));
        // What went to the trash meanwhile does not come back.
        state.put_first("/p/4.png".into());
        state.act(Action::Disk(Task::TrashPicture("/p/4.png".into())), &outside());
        assert_eq!((told(&mut state, &["/p/0.png"]), state.gallery.len()), (0, 1));
    }

    #[test]
    fn favourites_change_without_the_list() {
        let mut state = AppState { gallery: vec!["/p/1.png".into()], ..AppState::default() };
        let before = state.seeing.version;
        state.answer(Answer::Gallery(GalleryAnswer::Favourites(["/p/1.png".into()].into())));
        assert!(state.seeing.favourites.contains(Path::new("/p/1.png")) && state.seeing.version > before);
        assert_eq!(state.gallery.len(), 1);
    }

    #[test]
    fn what_is_looked_at_follows_its_folder() {
        let mut state = AppState::default();
        let picture = Arc::new(image::RgbImage::new(1, 1));
        state.shown = Some(DrawnPicture { path: "/p/cats/1.png".into(), picture, info: None });
        state.gallery = vec!["/p/cats/1.png".into()];
        told(&mut state, &[("/p/cats", "/p/dogs")], Moved::Within);
        state.answer(Answer::Pictures(vec!["/p/dogs/1.png".into()]));
        let shown = state.shown.as_ref().map(|shown| shown.path.clone());
        assert_eq!(shown, Some(PathBuf::from("/p/dogs/1.png")));
        told(&mut state, &[("/p/dogs/1.png", "/bin/1.png")], Moved::Binned);
        state.answer(Answer::Pictures(Vec::new()));
        assert!(state.shown.is_none(), "what is gone is not shown");
        assert_eq!(
            state.notices.last().map(|notice| notice.text.contains("1.png is in the trash")),
            Some(true)
        );
    }
}
