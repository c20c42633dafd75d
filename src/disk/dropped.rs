//! What files are that were dropped on the window or chosen: models, words, LoRAs, folders, or something else.
//!
//! It looks at names and headers and changes nothing; what is done with them depends on where they were dropped.

use std::path::{Path, PathBuf};

use super::library;
use super::message::{Answer, Dropped};
use format::embedding;
use format::infotext::has_settings;
use format::lora::Lora;
use format::png_info::read_settings;
use models::discovery::{Holds, Kind, LARGEST_WORD, recognise};

/// How files of models and words end.
const TENSORS: [&str; 4] = ["safetensors", "ckpt", "pt", "bin"];

/// Whether the window can be opened with it: a file that may hold a model or words, or the folder of a model. Its name
/// alone says so; what is wrong with the file is said in the window.
pub fn opens(path: &Path) -> bool {
    may_hold_tensors(path) || is_model_folder(path)
}

fn may_hold_tensors(path: &Path) -> bool {
    let known = |ending: &std::ffi::OsStr| TENSORS.iter().any(|known| ending.eq_ignore_ascii_case(known));
    path.extension().is_some_and(known) && path.is_file()
}

fn is_model_folder(path: &Path) -> bool {
    path.join("model_index.json").is_file()
}

/// Tells folders of models, files of models or words, and the rest apart.
pub(super) fn look(files: Vec<PathBuf>) -> Dropped {
    let (tensors, rest): (Vec<_>, Vec<_>) = files.iter().cloned().partition(|path| may_hold_tensors(path));
    let (models, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(|path| is_model_folder(path));
    let folder = others.first().filter(|path| path.is_dir());
    let holds_tensors = folder.is_some_and(|folder| library::any_below(folder, may_hold_tensors));
    let folder = folder.is_some();
    let said = others.first().filter(|_| !folder).and_then(|path| read_settings(path).ok()?);
    let settings = said.is_some_and(|text| has_settings(&text));
    Dropped { files, tensors, models, others, folder, holds_tensors, settings }
}

/// Tells models, words and LoRAs apart by what is in the files. A LoRA that carries words is both.
pub(super) fn sort(asked: Vec<PathBuf>) -> Answer {
    // A small file that is damaged is more likely a word.
    let model = |path: &Path| {
        recognise(path, Holds::Anything).is_some_and(|found| {
            found.kind == Kind::Model && (found.fault.is_none() || found.bytes > LARGEST_WORD)
        })
    };
    let (models, mut words): (_, Vec<PathBuf>) = asked.iter().cloned().partition(|path| model(path));
    let loras: Vec<PathBuf> = words.iter().filter(|path| Lora::open(path).is_ok()).cloned().collect();
    words.retain(|path| !loras.contains(path) || embedding::read_all(path).is_ok());
    Answer::Sorted { files: asked, models, words, loras }
}

#[cfg(test)]
mod tests {
    use image::codecs::jpeg::JpegEncoder;
    use image::{ExtendedColorType, ImageEncoder as _, RgbImage};

    use super::*;

    #[test]
    fn a_picture_that_says_how_it_was_drawn_is_told_from_a_photo() {
        let place = tempfile::tempdir().unwrap();
        let [drawn, photo] = ["drawn.jpg", "photo.jpg"].map(|name| place.path().join(name));
        RgbImage::new(8, 8).save(&photo).unwrap();
        let comment = b"a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7";
        let mut exif = b"II*\0\x08\0\0\0\x01\0\x86\x92\x07\0".to_vec();
        exif.extend((comment.len() as u32).to_le_bytes());
        exif.extend([26, 0, 0, 0, 0, 0, 0, 0]);
        exif.extend(comment);
        let mut encoder = JpegEncoder::new(std::fs::File::create(&drawn).unwrap());
        encoder.set_exif_metadata(exif).unwrap();
        encoder.write_image(&RgbImage::new(8, 8), 8, 8, ExtendedColorType::Rgb8).unwrap();
        let folder = place.path().to_path_buf();
        let told = [drawn, photo, folder, "/nowhere.jpg".into()].map(|path| look(vec![path]).settings);
        assert_eq!(told, [true, false, false, false]);
    }

    #[test]
    fn a_folder_with_words_is_told_from_one_with_pictures() {
        let place = tempfile::tempdir().unwrap();
        let folders = ["words", "pictures"].map(|name| place.path().join(name));
        folders.iter().for_each(|folder| std::fs::create_dir(folder).unwrap());
        std::fs::write(folders[0].join("cat.PT"), b"").unwrap();
        std::fs::write(folders[1].join("cat.png"), b"").unwrap();
        let told = folders.map(|folder| look(vec![folder]));
        assert_eq!(told.map(|told| (told.folder, told.holds_tensors)), [(true, true), (true, false)]);
    }

    #[test]
    fn words_in_folders_inside_a_folder_count_as_far_as_the_library_looks() {
        let place = tempfile::tempdir().unwrap();
        let cases = [("SD1/people", true), ("a/b/c/d/e", true), ("a/b/c/d/e/f", false), (".git", false)];
        for (inside, seen) in cases {
            let dropped = place.path().join(inside.replace('/', "-"));
            std::fs::create_dir_all(dropped.join(inside)).unwrap();
            std::fs::write(dropped.join("cat.png"), b"").unwrap();
            std::fs::write(dropped.join(inside).join("cat.pt"), b"").unwrap();
            let told = look(vec![dropped.clone()]);
            assert_eq!((told.files, told.holds_tensors), (vec![dropped], seen), "{inside}");
        }
    }
}
