//! Masks suggested for the pictures of a run that begins, where there are none.
//!
//! The artist's folders stay as they are: the run keeps what was suggested, and goes on with the same another day.

use std::path::Path;

use crate::context::JobContext;
use base::Result;
use project::picture::{mask_of, open_picture, prepare_with, suggest_outline};
use project::run::{MASKS, RunMask};
use project::{LearnSettings, PictureRecord};

/// The longer side of a mask, in pixels: finer than the cells of latents, and small beside a photo.
const SIDE: u32 = 512;

/// Suggests a mask for each picture that has none and is not transparent, if that is wanted, and names it as the
/// picture's. A picture in whose square nothing stands out is learned whole, which is said.
pub fn suggest_masks(
    pictures: &mut [PictureRecord],
    resolution: u32,
    settings: &LearnSettings,
    context: &mut JobContext<'_>,
) -> Result<Vec<RunMask>> {
    let mut masks = Vec::new();
    if !(settings.suggest_masks && settings.use_masks) {
        return Ok(masks);
    }
    let of = pictures.len();
    let mut unclear = Vec::new();
    for (index, record) in pictures.iter_mut().enumerate() {
        context.progress("looking for the thing", index, of);
        context.check()?;
        let entry = &mut record.entry;
        let picture = open_picture(&entry.path)?;
        if entry.mask.is_some() || mask_of(entry, &picture)?.is_some() {
            continue;
        }
        let large = picture.width().max(picture.height()) > SIDE;
        let outline = suggest_outline(&if large { picture.thumbnail(SIDE, SIDE) } else { picture });
        // What stands out may lie outside of the square that is learned.
        match outline.ok().filter(|mask| prepare_with(entry, resolution, Some(mask)).is_ok()) {
            Some(mask) => {
                let place = Path::new(MASKS).join(format!("{:03}.png", index + 1));
                entry.mask = Some(place.clone());
                masks.push((place, mask));
            }
            None => unclear.push(entry.path.file_name().unwrap_or_default().to_string_lossy().into_owned()),
        }
    }
    if !unclear.is_empty() {
        context.warn(format!(
            "Nothing stands out clearly in {}: all of it is learned. A mask of your own says what should be.",
            unclear.join(", ")
        ));
    }
    Ok(masks)
}
