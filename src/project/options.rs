//! What all settings share: the texts of their options, how seeds and pairs are read, and the checks of their ranges.
//!
//! It knows no setting by name.

use std::collections::HashMap;
use std::fmt::Display;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;
use std::time::SystemTime;

use serde::{Deserialize as _, Deserializer};

use super::settings::MAX_SEED;
use base::{Error, Result};

/// What settings say about themselves, by key (`steps`, `preview.seed`): the first paragraph of each field's comment,
/// which the command line prints beside the option.
pub struct Help(LazyLock<HashMap<String, String>>);

impl Help {
    /// The texts of the fields of `S`.
    pub const fn of<S: clap::Args>() -> Self {
        Self(LazyLock::new(|| {
            let command = S::augment_args(clap::Command::new("settings"));
            let text = |arg: &clap::Arg| Some((arg.get_id().to_string(), arg.get_help()?.to_string()));
            command.get_arguments().filter_map(text).collect()
        }))
    }

    /// What one setting does, without a full stop.
    pub fn get(&self, key: &str) -> &str {
        debug_assert!(self.0.contains_key(key), "no setting is called {key}");
        self.0.get(key).map_or("", String::as_str)
    }
}

/// Two whole numbers with a sign between them: `512x768`, `0-1000`.
pub fn pair(text: &str, sign: char) -> Result<[u32; 2], String> {
    let read = |(a, b): (&str, &str)| Some([a.trim().parse().ok()?, b.trim().parse().ok()?]);
    let numbers = text.to_lowercase().replace('×', "x").split_once(sign).and_then(read);
    numbers.ok_or_else(|| format!("write two whole numbers with {sign} between them"))
}

/// A seed as people write it: a whole number, or -1 for one drawn at random, as in other programs.
pub fn seed(text: &str) -> Result<u64, String> {
    match text.trim() {
        "-1" => Ok(random_seed()),
        text => text
            .parse()
            .map_err(|_| format!("a seed is a whole number from 0 to {MAX_SEED}, or -1 for a random one")),
    }
}

/// A seed that nobody chose, from the range that other programs draw from too.
pub fn random_seed() -> u64 {
    RandomState::new().hash_one(SystemTime::now()) % u64::from(u32::MAX)
}

/// [`seed()`] in a file.
pub(super) fn read_seed<'de, D: Deserializer<'de>>(file: D) -> Result<u64, D::Error> {
    seed(&i64::deserialize(file)?.to_string()).map_err(serde::de::Error::custom)
}

/// Width and height: `512x768`, or one number for a square.
pub fn size(text: &str) -> Result<[u32; 2], String> {
    let square = text.trim().parse().map(|side| [side; 2]);
    square.or_else(|_| pair(text, 'x')).map_err(|fault| format!("{fault}, such as 512x768"))
}

/// The multiples of `step` next to a value, for a remedy: `496 or 504`.
pub fn nearest_multiples(value: u32, step: u32) -> String {
    let step = step.max(1);
    match (value / step * step, value.checked_next_multiple_of(step)) {
        (below, Some(above)) if below >= step && below != above => format!("{below} or {above}"),
        (below, above) => above.filter(|above| *above > 0).unwrap_or(below.max(step)).to_string(),
    }
}

/// Refuses a value outside `min..=max`; not-a-number is outside of everything.
pub(super) fn within<T: PartialOrd + Display>(field: &str, value: T, min: T, max: T) -> Result<()> {
    if min <= value && value <= max {
        return Ok(());
    }
    Err(Error::input(format!("{field} is {value}"), format!("Choose a value from {min} to {max}.")))
}

/// Refuses a value outside `0..1`; not-a-number is outside of everything.
pub(super) fn below_one(field: &str, value: f64) -> Result<()> {
    let fault = || Error::input(format!("{field} is {value}"), "Choose a value from 0 to below 1.");
    if (0.0..1.0).contains(&value) { Ok(()) } else { Err(fault()) }
}

/// Refuses a value that is not above 0, or more than `most`; not-a-number is neither.
pub(super) fn above_zero(field: &str, value: f64, most: f64) -> Result<()> {
    if value > 0.0 && value <= most {
        return Ok(());
    }
    Err(Error::input(format!("{field} is {value}"), format!("Choose a value above 0, up to {most}.")))
}

/// Refuses a picture side that is not a multiple of 8 (the size of a latent cell) from 8 to 4096.
pub(super) fn side(field: &str, value: Option<u32>) -> Result<()> {
    let Some(value) = value.filter(|value| !(8..=4096).contains(value) || value % 8 != 0) else {
        return Ok(());
    };
    let near = nearest_multiples(value.clamp(8, 4096), 8);
    let remedy = format!("Choose a multiple of 8 from 8 to 4096, such as {near}.");
    Err(Error::input(format!("{field} is {value}"), remedy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_name_their_neighbours() {
        for (value, near) in
            [(500, "as 496 or 504."), (0, "as 8."), (7, "as 8."), (4095, "4088 or 4096."), (9999, "as 4096.")]
        {
            let sentence = side("width", Some(value)).unwrap_err().to_string();
            assert!(sentence.ends_with(near) && sentence.contains(&value.to_string()), "{sentence}");
        }
        assert!([None, Some(8), Some(512), Some(4096)].into_iter().all(|value| side("width", value).is_ok()));
        assert_eq!(nearest_multiples(5, 64), "64");
        assert_eq!(nearest_multiples(u32::MAX, 8), (u32::MAX / 8 * 8).to_string());
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        let read = ["512x768", "512X768", "512 × 768", "64"].map(|text| size(text).unwrap());
        assert_eq!(read, [[512, 768], [512, 768], [512, 768], [64, 64]]);
        for wrong in ["", "512,768", "x512", "-8x8", "1e3x8"] {
            assert!(size(wrong).unwrap_err().contains("such as 512x768"), "{wrong}");
        }
    }

    #[test]
    fn a_seed_is_a_number_or_minus_one_for_any() {
        assert_eq!((seed(" 7 "), seed("0")), (Ok(7), Ok(0)));
        for wrong in ["-2", "1.5", "", "many"] {
            assert!(seed(wrong).unwrap_err().contains("-1"), "{wrong}");
        }
        let drawn: Vec<u64> = (0..4).map(|_| seed("-1").unwrap()).collect();
        assert!(drawn.iter().all(|&seed| seed < u64::from(u32::MAX)) && drawn.iter().any(|&s| s != drawn[0]));
    }
}
