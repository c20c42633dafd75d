//! Pictures by their files, as many as a number of MiB can hold: those wanted last stay.
//!
//! It reads no file. What is in view is never let go, however much it is, or it would be read again in every frame.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::RgbImage;

/// Small copies of pictures.
pub type Thumbnails = Recent<24>;

#[derive(Debug, Clone, Default)]
pub struct Recent<const MIB: usize> {
    held: HashMap<PathBuf, Held>,
    bytes: usize,
    /// Names given to wishes and arrivals, so that later ones are larger.
    clock: u64,
    /// How many of the last are kept in any case.
    least: usize,
}

#[derive(Debug, Clone)]
struct Held {
    /// `None` if it cannot be read.
    picture: Option<Arc<RgbImage>>,
    wanted: u64,
}

impl<const MIB: usize> Recent<MIB> {
    pub fn get(&self, path: &Path) -> Option<&Arc<RgbImage>> {
        self.held.get(path)?.picture.as_ref()
    }

    /// Whether it is held, or known to be unreadable.
    pub fn knows(&self, path: &Path) -> bool {
        self.held.contains_key(path)
    }

    /// These are in view now. Gives those that are not known.
    pub fn want(&mut self, paths: &[PathBuf]) -> Vec<PathBuf> {
        self.clock += 1;
        self.least = paths.len();
        let mut missing = Vec::new();
        for path in paths {
            match self.held.get_mut(path) {
                Some(held) => held.wanted = self.clock,
                None => missing.push(path.clone()),
            }
        }
        missing
    }

    /// Takes in a picture; `None` if it cannot be read.
    pub fn insert(&mut self, path: PathBuf, picture: Option<Arc<RgbImage>>) {
        self.clock += 1;
        self.bytes += bytes(picture.as_ref());
        let old = self.held.insert(path, Held { picture, wanted: self.clock });
        self.bytes -= old.map_or(0, |old| bytes(old.picture.as_ref()));
        while self.bytes > MIB << 20 && self.held.len() > self.least.max(1) {
            let oldest = self.held.iter().min_by_key(|(_, held)| held.wanted).map(|(path, _)| path.clone());
            let Some(gone) = oldest.and_then(|path| self.held.remove(&path)) else { return };
            self.bytes -= bytes(gone.picture.as_ref());
        }
    }

    /// What lies below a folder has been written anew.
    pub fn forget_below(&mut self, folder: &Path) {
        self.forget(|path| path.starts_with(folder));
    }

    /// There may be other pictures now at these places.
    pub fn forget(&mut self, others: impl Fn(&Path) -> bool) {
        let bytes_of = &mut self.bytes;
        self.held.retain(|path, held| {
            let stays = !others(path);
            *bytes_of -= if stays { 0 } else { bytes(held.picture.as_ref()) };
            stays
        });
    }

    /// What could not be read may be there now.
    pub fn forget_unreadable(&mut self) {
        self.held.retain(|_, held| held.picture.is_some());
    }
}

fn bytes(picture: Option<&Arc<RgbImage>>) -> usize {
    picture.map_or(0, |picture| picture.as_raw().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of a quarter of a MiB.
    fn quarter() -> Option<Arc<RgbImage>> {
        Some(Arc::new(RgbImage::new(256, 341)))
    }

    fn path(i: usize) -> PathBuf {
        format!("{i}.png").into()
    }

    fn held(recent: &Recent<1>, count: usize) -> Vec<usize> {
        (0..count).filter(|&i| recent.get(&path(i)).is_some()).collect()
    }

    #[test]
    fn the_least_recently_wanted_goes_first() {
        let mut recent = Recent::<1>::default();
        for i in 0..1000 {
            recent.insert(path(i), quarter());
            assert!(recent.bytes <= 1 << 20, "{i}");
        }
        assert_eq!(held(&recent, 1000), [996, 997, 998, 999]);
        assert!(recent.want(&[path(996)]).is_empty());
        recent.insert(path(0), quarter());
        assert_eq!(held(&recent, 1000), [0, 996, 998, 999]);
        // The same again takes no more room.
        recent.insert(path(0), quarter());
        assert_eq!(held(&recent, 1000).len(), 4);
    }

    #[test]
    fn all_that_is_in_view_stays() {
        let mut recent = Recent::<1>::default();
        let view: Vec<PathBuf> = (0..8).map(path).collect();
        assert_eq!(recent.want(&view), view);
        for i in 0..8 {
            recent.insert(path(i), quarter());
        }
        assert_eq!(held(&recent, 8).len(), 8);
        assert!(recent.want(&view).is_empty(), "nothing is read twice");
        recent.want(&view[..2]);
        recent.insert(path(8), quarter());
        assert_eq!(held(&recent, 9).len(), 4);
        assert!(recent.get(&path(0)).is_some() && recent.get(&path(1)).is_some());
    }

    #[test]
    fn what_cannot_be_read_is_asked_for_once() {
        let mut recent = Recent::<1>::default();
        recent.insert(path(0), None);
        assert!(recent.want(&[path(0)]).is_empty() && recent.get(&path(0)).is_none());
        recent.forget_unreadable();
        assert_eq!(recent.want(&[path(0)]), [path(0)]);
    }

    #[test]
    fn what_was_written_anew_is_forgotten_with_its_room() {
        let mut recent = Recent::<1>::default();
        let pictures = ["a/1.png", "a/b/2.png", "c/3.png"].map(PathBuf::from);
        pictures.iter().for_each(|path| recent.insert(path.clone(), quarter()));
        let each = recent.bytes / 3;
        recent.forget_below(Path::new("a"));
        assert_eq!((recent.want(&pictures).len(), recent.bytes), (2, each));
        recent.forget_below(Path::new("c/3.png"));
        assert_eq!((recent.want(&pictures).len(), recent.bytes), (3, 0));
    }
}
