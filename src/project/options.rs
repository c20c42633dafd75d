//! What all settings share: the texts of their options, and the checks of their ranges.
//!
//! It knows no setting by name.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::LazyLock;

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
    let numbers = text.to_lowercase().split_once(sign).and_then(read);
    numbers.ok_or_else(|| format!("write two whole numbers with {sign} between them"))
}

/// Refuses a value outside `min..=max`; not-a-number is outside of everything.
pub(super) fn within<T: PartialOrd + Display>(field: &str, value: T, min: T, max: T) -> Result<()> {
    if min <= value && value <= max {
        return Ok(());
    }
    Err(Error::input(format!("{field} is {value}"), format!("Choose a value from {min} to {max}.")))
}

/// Refuses a picture side that is not a multiple of 8 (the size of a latent cell) from 8 to 4096.
pub(super) fn side(field: &str, value: Option<u32>) -> Result<()> {
    match value {
        Some(value) if !(8..=4096).contains(&value) || value % 8 != 0 => Err(Error::input(
            format!("{field} is {value}"),
            "Choose a multiple of 8 from 8 to 4096, for example 512.",
        )),
        _ => Ok(()),
    }
}
