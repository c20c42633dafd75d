//! Pictures with everything that goes wrong in practice: turned, odd, huge, damaged, masked.

use std::fs;
use std::path::PathBuf;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageFormat, Luma, Rgb, Rgba, RgbaImage};
use tempfile::TempDir;

use super::*;
use crate::Crop;

/// 60 x 40 pixels: red left half, blue right half, a white top edge.
fn halves() -> RgbImage {
    RgbImage::from_fn(60, 40, |x, y| match (x, y) {
        (_, 0..4) => Rgb([255; 3]),
        (0..30, _) => Rgb([250, 10, 10]),
        _ => Rgb([10, 10, 250]),
    })
}

fn save(folder: &TempDir, name: &str, picture: &DynamicImage) -> PictureEntry {
    let path = folder.path().join(name);
    picture.save_with_format(&path, ImageFormat::Png).unwrap();
    PictureEntry::new(path)
}

/// A JPEG with an EXIF block of one tag: the orientation.
fn turned_jpeg(path: &Path, picture: &RgbImage, orientation: u8) {
    let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    let mut encoder = JpegEncoder::new_with_quality(File::create(path).unwrap(), 95);
    encoder.set_exif_metadata(exif).unwrap();
    encoder.write_image(picture, picture.width(), picture.height(), ExtendedColorType::Rgb8).unwrap();
}

fn is_red(p: &Rgb<u8>) -> bool {
    p.0[0] > 200 && p.0[2] < 80
}

fn is_blue(p: &Rgb<u8>) -> bool {
    p.0[2] > 200 && p.0[0] < 80
}

#[test]
fn sideways_photos_are_turned_upright() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("横向き 写真.jpg");
    // Stored as the camera saw it; orientation 6 means "turn clockwise to see it upright": red on top, blue
    // below.
    turned_jpeg(&path, &halves(), 6);
    assert_eq!(upright_dimensions(&path).unwrap(), (40, 60));
    let picture = open_picture(&path).unwrap().into_rgb8();
    assert_eq!(picture.dimensions(), (40, 60));
    assert!(is_red(picture.get_pixel(10, 10)) && is_blue(picture.get_pixel(10, 50)));

    let prepared = prepare(&PictureEntry::new(path.clone()), 32).unwrap().rgb;
    assert!(is_red(prepared.get_pixel(5, 5)) && is_blue(prepared.get_pixel(5, 27)));

    turned_jpeg(&path, &halves(), 3);
    let picture = open_picture(&path).unwrap().into_rgb8();
    assert!(is_blue(picture.get_pixel(10, 10)) && is_red(picture.get_pixel(50, 10)));
}

#[test]
fn a_crop_is_square_and_where_it_was_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let mut entry = save(&folder, "a.png", &halves().into());
    let centre = prepare(&entry, 16).unwrap();
    assert_eq!(centre.rgb.dimensions(), (16, 16));
    assert!(is_red(centre.rgb.get_pixel(1, 8)) && is_blue(centre.rgb.get_pixel(14, 8)));
    assert!(centre.weight.is_none());
    assert_eq!(centre.rgb, center_crop_resize(&halves(), 16, Filter::Bicubic));

    entry.crop = Crop::Chosen { left: 0.0, top: 0.25, side: 0.75 };
    assert!(prepare(&entry, 16).unwrap().rgb.pixels().all(is_red), "30 pixels from the left are red");
    entry.crop = Crop::Chosen { left: 0.75, top: 0.25, side: 0.75 };
    assert!(prepare(&entry, 16).unwrap().rgb.pixels().all(is_blue));
    entry.crop = Crop::Chosen { left: 1.0, top: 0.0, side: 0.75 };
    assert!(prepare(&entry, 16).unwrap_err().to_string().contains("a.png"));
}

#[test]
fn masks_and_transparency_become_weights() {
    let folder = tempfile::tempdir().unwrap();
    let mut entry = save(&folder, "a.png", &halves().into());
    let mask = GrayImage::from_fn(30, 20, |x, _| Luma([if x < 15 { 255 } else { 0 }]));
    let mask_path = folder.path().join("a.mask.png");
    mask.save(&mask_path).unwrap();
    entry.mask = Some(mask_path.clone());
    let prepared = prepare(&entry, 16).unwrap();
    let weight = prepared.weight.as_ref().unwrap();
    assert_eq!((weight[0], weight[15]), (1.0, 0.0));
    let mirrored = prepared.mirrored();
    assert_eq!(mirrored.weight.as_ref().unwrap()[15], 1.0);
    assert!(is_blue(mirrored.rgb.get_pixel(1, 8)));
    assert_eq!(mirrored.mirrored(), prepared);

    GrayImage::new(20, 30).save(&mask_path).unwrap();
    assert!(prepare(&entry, 16).unwrap_err().to_string().contains("proportions"));
    GrayImage::new(60, 40).save(&mask_path).unwrap();
    assert!(prepare(&entry, 16).unwrap_err().to_string().contains("nothing of the picture"));

    let see_through = RgbaImage::from_fn(8, 8, |x, _| Rgba([200, 100, 50, if x < 4 { 255 } else { 0 }]));
    let prepared = prepare(&save(&folder, "b.png", &see_through.into()), 8).unwrap();
    assert!(prepared.rgb.pixels().all(|p| p.0 == [200, 100, 50]), "transparency is dropped, not blended");
    assert_eq!(prepared.weight.unwrap()[..8], [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    let opaque = RgbaImage::from_pixel(8, 8, Rgba([1, 2, 3, 255]));
    assert!(prepare(&save(&folder, "c.png", &opaque.into()), 8).unwrap().weight.is_none());
}

#[test]
fn sixteen_bits_are_rounded_to_eight() {
    let folder = tempfile::tempdir().unwrap();
    let deep = image::ImageBuffer::<Rgb<u16>, _>::from_pixel(8, 8, Rgb([0_u16, 32_896, 65_535]));
    let prepared = prepare(&save(&folder, "deep.png", &DynamicImage::ImageRgb16(deep)), 8).unwrap();
    assert!(prepared.rgb.pixels().all(|p| p.0 == [0, 128, 255]));
}

#[test]
fn unreadable_and_gigantic_pictures_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("壊れた.png");
    let refuse = |path: &PathBuf, word: &str| {
        let error = prepare(&PictureEntry::new(path.clone()), 16).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(path.file_name().unwrap().to_str().unwrap()) && text.contains(word), "{text}");
        assert!(matches!(error, Error::File { kind: FileKind::Picture, .. }) || word == "Cannot read");
    };
    fs::write(&path, b"hello").unwrap();
    refuse(&path, "it is a text file");
    halves().save(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    refuse(&path, "cut off");
    // Without the mark of its end, or with a part of it, a PNG is whole; with less it is not.
    for missing in [1, 4, 11, 12] {
        fs::write(&path, &bytes[..bytes.len() - missing]).unwrap();
        assert_eq!(open_picture(&path).unwrap().into_rgb8(), halves(), "{missing}");
    }
    for missing in [13, 20, 40] {
        fs::write(&path, &bytes[..bytes.len() - missing]).unwrap();
        refuse(&path, "cut off");
    }
    let mut torn = bytes.clone();
    torn[bytes.len() / 2] ^= 0x55;
    fs::write(&path, &torn).unwrap();
    refuse(&path, "this picture is damaged. ");
    // A turned picture has notes before its data, with a marker of the end among them.
    let jpeg = folder.path().join("途中.jpg");
    turned_jpeg(&jpeg, &halves(), 6);
    let mut bytes = fs::read(&jpeg).unwrap();
    prepare(&PictureEntry::new(jpeg.clone()), 16).unwrap();
    bytes.splice(2..2, *b"\xff\xe2\0\x06\xff\xd9\xff\xd9");
    fs::write(&jpeg, &bytes).unwrap();
    prepare(&PictureEntry::new(jpeg.clone()), 16).unwrap();
    // Without its end marker, or with half of it, the picture is still whole; cut anywhere before, it is not.
    let whole = open_picture(&jpeg).unwrap();
    for missing in [1, 2] {
        fs::write(&jpeg, &bytes[..bytes.len() - missing]).unwrap();
        assert_eq!(open_picture(&jpeg).unwrap(), whole);
    }
    for missing in [6, 10, 100, bytes.len() / 2] {
        fs::write(&jpeg, &bytes[..bytes.len() - missing]).unwrap();
        refuse(&jpeg, "cut off");
    }
    refuse(&folder.path().join("none.png"), "Cannot read");
    // A hole in the file, which takes no room: nobody may read all of it.
    fs::OpenOptions::new().write(true).open(&jpeg).unwrap().set_len(20 << 30).unwrap();
    refuse(&jpeg, "too large (20480 MiB)");

    // A PNG header may promise more pixels than any memory holds; nothing is allocated for it.
    let mut header = b"IHDR\0\0\xC3\x50\0\0\xC3\x50\x08\x02\0\0\0".to_vec();
    header.extend(crc32(&header).to_be_bytes());
    let png = [&b"\x89PNG\r\n\x1a\n\0\0\0\x0D"[..], &header, b"\0\0\0\0IDAT\x35\xAF\x06\x1E"].concat();
    fs::write(&path, png).unwrap();
    refuse(&path, "too large");
}

/// JPEGs of red, green and blue as they are, on their side: one with Adobe's mark, one by the names of its components.
fn jpegs_of_plain_colours(path: &Path) -> [Vec<u8>; 2] {
    // Grey is the same luma for each pixel, and chroma in the middle: 200, 128, 128.
    turned_jpeg(path, &RgbImage::from_pixel(24, 16, Rgb([200; 3])), 6);
    let bytes = fs::read(path).unwrap();
    let adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0";
    let mut marked = bytes.clone();
    marked.splice(2..2, *adobe);
    let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    let scan = bytes.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    let mut named = bytes.clone();
    for (place, name) in b"RGB".iter().enumerate() {
        named[frame + 10 + 3 * place] = *name;
        named[scan + 5 + 2 * place] = *name;
    }
    let jfif = named.windows(4).position(|part| part == b"JFIF").unwrap();
    named[jfif] = b'X';
    [marked, named]
}

#[test]
fn jpegs_of_plain_colours_and_of_inks_are_not_taken_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    for bytes in jpegs_of_plain_colours(&path) {
        fs::write(&path, bytes).unwrap();
        let picture = open_picture(&path).unwrap().into_rgb8();
        assert_eq!(picture.dimensions(), (16, 24));
        assert_eq!(upright_dimensions(&path).unwrap(), (16, 24));
        assert!(picture.pixels().all(|pixel| pixel.0 == [200, 128, 128]), "{:?}", picture.get_pixel(0, 0));
    }
}

#[test]
fn jpegs_of_plain_colours_keep_their_notes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    let mut profile = vec![7; 200];
    profile[16..20].copy_from_slice(b"RGB ");
    let xml = b"<a xmlns:dc='http://purl.org/dc/elements/1.1/' dc:description='a hat' dc:subject='noai'/>";
    let blocks = b"8BIM\x04\x04\0\0\0\0\0\x08\x1c\x02\x50\0\x03Ann";
    let notes = [
        (0xe1, [&b"http://ns.adobe.com/xap/1.0/\0"[..], xml].concat()),
        (0xe2, [&b"ICC_PROFILE\0\x01\x01"[..], &profile].concat()),
        (0xed, [&b"Photoshop 3.0\0"[..], blocks].concat()),
    ];
    let segment = |(marker, data): &(u8, Vec<u8>)| {
        [&[0xff, *marker][..], &(data.len() as u16 + 2).to_be_bytes(), data].concat()
    };
    for mut bytes in jpegs_of_plain_colours(&path) {
        bytes.splice(2..2, notes.iter().flat_map(segment));
        fs::write(&path, bytes).unwrap();
        let mut decoder = open_decoder(&path).unwrap().0;
        assert_eq!(decoder.xmp_metadata().unwrap().as_deref(), Some(&xml[..]));
        assert_eq!(decoder.orientation().unwrap(), Orientation::Rotate90);
        assert!(decoder.exif_metadata().unwrap().is_some());
        let (picture, kept) = open_with_profile(&path).unwrap();
        assert_eq!((picture.width(), picture.height(), kept.as_deref()), (16, 24, Some(&profile[..])));
        assert!(picture.into_rgb8().pixels().all(|pixel| pixel.0 == [200, 128, 128]));
        let notes = PictureNotes::of(&path);
        assert_eq!((notes.description.as_deref(), notes.creator.as_deref()), (Some("a hat"), Some("Ann")));
        assert_eq!(notes.marks, ["noai"]);
    }
}

#[test]
fn files_that_are_not_what_they_seem_are_called_by_their_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cat.jpg");
    for (content, said) in [
        (&b"<!DOCTYPE html><html>"[..], "a web page that was saved in place"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1", "git lfs pull"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "it is a HEIC picture, which cannot be read"),
        (b"", "this file is empty"),
        (b"\x01\x02\x03\x04", "not a picture in a format"),
    ] {
        fs::write(&path, content).unwrap();
        let text = open_picture(&path).unwrap_err().to_string();
        assert!(text.contains("cat.jpg") && text.contains(said), "{text}");
    }
}

#[test]
fn notes_with_a_mark_turn_a_picture_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    let mut png = Vec::new();
    let exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut png);
    encoder.set_exif_metadata(exif).unwrap();
    encoder.write_image(&halves(), 60, 40, ExtendedColorType::Rgb8).unwrap();
    fs::write(&path, png).unwrap();
    assert_eq!(open_picture(&path).unwrap().width(), 40);
}

/// The checksum of a PNG's chunk (its specification, annex D).
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[test]
fn latent_weights_have_a_mean_of_one() {
    let size = 16;
    let mut weight = vec![0.0; size * size];
    weight[..8].fill(1.0);
    let cells = weight_for_latents(&weight, size, 2).unwrap();
    assert_eq!(cells, [4.0, 0.0, 0.0, 0.0]);
    assert_eq!(weight_for_latents(&vec![0.3; size * size], size, 2).unwrap(), [1.0; 4]);
    assert!(weight_for_latents(&vec![0.0; size * size], size, 2).is_none());
    assert!(weight_for_latents(&weight, size, 0).is_none());
    assert!(weight_for_latents(&weight, 15, 2).is_none());
}

#[test]
fn levels_run_from_minus_one_to_one_channel_by_channel() {
    let picture = RgbImage::from_raw(2, 1, vec![0, 51, 255, 255, 102, 0]).unwrap();
    assert_eq!(to_chw(&picture), [-1.0, 1.0, -0.6, -0.2, 1.0, -1.0]);
}
