//! TIFFs as scanners and older programs write them, byte by byte.

use std::fs;

use super::super::{open_picture, open_with_profile, upright_dimensions};
use image::{DynamicImage, Rgb, RgbImage};

/// A file of these entries (tag, SHORTs) and strips.
fn file(big_endian: bool, entries: &[(u16, &[u16])], strips: &[&[u8]]) -> Vec<u8> {
    let short = |number: u16| if big_endian { number.to_be_bytes() } else { number.to_le_bytes() };
    let long = |number: u32| if big_endian { number.to_be_bytes() } else { number.to_le_bytes() };
    let mut bytes = if big_endian { b"MM\0*".to_vec() } else { b"II*\0".to_vec() };
    bytes.extend([0; 4]);
    let (mut offsets, mut lengths) = (Vec::new(), Vec::new());
    for strip in strips {
        offsets.push(bytes.len() as u16);
        lengths.push(strip.len() as u16);
        bytes.extend(*strip);
    }
    let mut entries = entries.to_vec();
    entries.extend([(273, offsets.as_slice()), (279, lengths.as_slice())]);
    entries.sort_by_key(|entry| entry.0);
    let mut list = short(entries.len() as u16).to_vec();
    for (tag, values) in entries {
        list.extend([short(tag), short(3)].concat());
        list.extend(long(values.len() as u32));
        let mut inside: Vec<u8> = values.iter().flat_map(|value| short(*value)).collect();
        if inside.len() > 4 {
            bytes.resize(bytes.len().next_multiple_of(2), 0);
            let at = long(bytes.len() as u32);
            bytes.extend(inside);
            inside = at.to_vec();
        }
        inside.resize(4, 0);
        list.extend(inside);
    }
    bytes.resize(bytes.len().next_multiple_of(2), 0);
    let at = long(bytes.len() as u32);
    bytes[4..8].copy_from_slice(&at);
    bytes.extend(list);
    bytes.extend([0; 4]);
    bytes
}

/// Entries of a picture without compression.
fn entries<'a>(size: &'a [u16; 2], bits: &'a [u16], meaning: &'a [u16; 1]) -> Vec<(u16, &'a [u16])> {
    let samples: &[u16] = [&[1], &[2], &[3], &[4]][bits.len() - 1];
    let sides = [(256, &size[..1]), (257, &size[1..]), (278, &size[1..])];
    [&sides[..], &[(258, bits), (259, &[1]), (262, meaning), (277, samples)]].concat()
}

fn open(bytes: &[u8]) -> DynamicImage {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scan.tif");
    fs::write(&path, bytes).unwrap();
    let picture = open_picture(&path).unwrap();
    assert_eq!(upright_dimensions(&path).unwrap(), (picture.width(), picture.height()));
    picture
}

fn refused(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scan.tif");
    fs::write(&path, bytes).unwrap();
    open_picture(&path).unwrap_err().to_string()
}

#[test]
fn palettes_become_colours() {
    for (bits, rows) in
        [(8, [&[1, 2, 3], &[3, 2, 1]].map(|row| row.to_vec())), (4, [vec![0x12, 0x30], vec![0x32, 0x1f]])]
    {
        let count = 1_usize << bits;
        for scale in [257, 1] {
            let mut map = vec![0_u16; 3 * count];
            for place in 1..4 {
                map[place] = 50 * place as u16 * scale;
                map[2 * count + place] = 255 * scale;
            }
            let depth = [bits];
            let mut entries = entries(&[3, 2], &depth, &[3]);
            entries.push((320, &map));
            for big_endian in [false, true] {
                let picture = open(&file(big_endian, &entries, &[&rows.concat()])).into_rgb8();
                let wanted = |x: u32, y: u32| if y == 0 { x + 1 } else { 3 - x } as u8;
                let wanted = RgbImage::from_fn(3, 2, |x, y| Rgb([50 * wanted(x, y), 0, 255]));
                assert_eq!(picture, wanted, "{bits} bits, {scale}");
            }
        }
    }
    // Lying on its side, and of two colours.
    let mut entries = entries(&[9, 1], &[1], &[3]);
    entries.extend([(274, &[6][..]), (320, &[0, 65_535, 0, 0, 0, 0])]);
    let picture = open(&file(false, &entries, &[&[0b1000_0000, 0b1000_0000]])).into_rgb8();
    assert_eq!(picture.dimensions(), (1, 9));
    let red: Vec<bool> = picture.pixels().map(|pixel| pixel.0 == [255, 0, 0]).collect();
    assert_eq!(red, [true, false, false, false, false, false, false, false, true]);
}

#[test]
fn luma_and_chroma_become_colours() {
    let near = |pixel: &Rgb<u8>, wanted: [u8; 3]| pixel.0.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) < 4);
    let (red, blue) = ([76, 85, 255], [29, 255, 107]);
    let mut full = entries(&[2, 1], &[8, 8, 8], &[6]);
    full.push((530, &[1, 1]));
    let picture = open(&file(true, &full, &[&[red, blue].concat()])).into_rgb8();
    assert!(near(picture.get_pixel(0, 0), [255, 0, 0]) && near(picture.get_pixel(1, 0), [0, 0, 255]));

    // Four pixels share their chroma, also where the picture ends; two strips.
    let mut shared = entries(&[3, 3], &[8, 8, 8], &[6]);
    shared.retain(|(tag, _)| *tag != 278);
    shared.extend([(278, &[2][..]), (530, &[2, 2])]);
    let block = |[luma, cb, cr]: [u8; 3]| [luma, luma, luma, luma, cb, cr];
    let strips = [[block(red), block(blue)].concat(), [block(blue), block(red)].concat()];
    let picture = open(&file(false, &shared, &[&strips[0], &strips[1]])).into_rgb8();
    for (x, y, pixel) in picture.enumerate_pixels() {
        let wanted = if (x < 2) == (y < 2) { [255, 0, 0] } else { [0, 0, 255] };
        assert!(near(pixel, wanted), "{x} {y}: {pixel:?}");
    }

    let mut jpeg = Vec::new();
    let green = RgbImage::from_pixel(16, 8, Rgb([20, 200, 30]));
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 95).encode_image(&green).unwrap();
    let mut packed = entries(&[16, 8], &[8, 8, 8], &[6]);
    packed.retain(|(tag, _)| *tag != 259);
    packed.push((259, &[7]));
    let picture = open(&file(false, &packed, &[&jpeg])).into_rgb8();
    assert!(picture.pixels().all(|pixel| near(pixel, [20, 200, 30])), "{:?}", picture.get_pixel(0, 0));
}

#[test]
fn the_profile_of_colours_is_kept() {
    let mut profile = [0_u16; 12];
    (profile[8], profile[9]) = (u16::from_le_bytes(*b"RG"), u16::from_le_bytes(*b"B "));
    let mut full = entries(&[2, 1], &[8, 8, 8], &[6]);
    full.extend([(530, &[1, 1][..]), (34_675, &profile[..])]);
    let mut bytes = file(false, &full, &[&[76, 85, 255, 29, 255, 107]]);
    // It is made of bytes, not of SHORTs.
    let at = bytes.windows(4).position(|part| part == [0x73, 0x87, 3, 0]).unwrap();
    bytes[at + 2..at + 8].copy_from_slice(&[7, 0, 24, 0, 0, 0]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scan.tif");
    fs::write(&path, bytes).unwrap();
    let kept = open_with_profile(&path).unwrap().1.unwrap();
    assert_eq!((kept.len(), &kept[16..20]), (24, &b"RGB "[..]));
}

#[test]
fn greys_and_inks_become_colours() {
    let greys = open(&file(false, &entries(&[3, 1], &[4], &[0]), &[&[0xf0, 0x80]])).into_luma8();
    assert_eq!(greys.into_raw(), [0, 255, 119]);
    let mut clear = entries(&[2, 1], &[8, 8], &[1]);
    assert_eq!(open(&file(false, &clear, &[&[9, 0, 200, 255]])).into_luma8().into_raw(), [9, 200]);
    clear.push((338, &[2]));
    let clear = open(&file(false, &clear, &[&[9, 0, 200, 255]]));
    assert!(clear.color().has_alpha());
    assert_eq!(clear.into_luma_alpha8().into_raw(), [9, 0, 200, 255]);
    let inks = open(&file(false, &entries(&[2, 1], &[8, 8, 8, 8], &[5]), &[&[255, 0, 0, 0, 0, 0, 0, 255]]));
    assert_eq!(inks.into_rgb8().into_raw(), [0, 255, 255, 0, 0, 0]);
    let deep: Vec<u8> = [0_u16, 32_896, 65_535].iter().flat_map(|level| level.to_le_bytes()).collect();
    let deep = open(&file(false, &entries(&[1, 1], &[16, 16, 16], &[2]), &[&deep]));
    assert_eq!(deep.into_rgb8().into_raw(), [0, 128, 255]);
}

#[test]
fn what_is_not_understood_is_named_and_what_is_cut_off_is_no_picture() {
    let said = refused(&file(false, &entries(&[1, 1], &[8, 8, 8], &[8]), &[&[1, 2, 3]]));
    assert!(said.contains("scan.tif: this kind of TIFF cannot be read. Save it as PNG or JPEG."), "{said}");
    let huge = entries(&[60_000, 60_000], &[8], &[3]);
    let map = [0; 768];
    let huge = [&huge[..], &[(320, &map[..])]].concat();
    let said = refused(&file(false, &huge, &[&[0]]));
    assert!(said.contains("too large"), "{said}");
    let mut entries = entries(&[3, 2], &[4], &[3]);
    let map = [7; 48];
    entries.push((320, &map));
    let whole = file(false, &entries, &[&[0x12, 0x30, 0x32, 0x10]]);
    open(&whole);
    for end in 4..whole.len() - 4 {
        refused(&whole[..end]);
    }
    for place in 8..whole.len() {
        let mut odd = whole.clone();
        odd[place] ^= 0xff;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("odd.tif");
        fs::write(&path, odd).unwrap();
        let _ = open_picture(&path);
    }
}
