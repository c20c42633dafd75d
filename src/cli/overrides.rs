//! Options that stand for settings: derived from the settings' own fields and laid over what a preset or a file says.

use std::marker::PhantomData;

use clap::{ArgMatches, Args, FromArgMatches};

use base::{Error, Result};

/// The settings that were typed. None is required, and what was not typed stays as it is.
#[derive(Debug)]
pub struct Overrides<S> {
    typed: ArgMatches,
    settings: PhantomData<S>,
}

impl<S: Args> Overrides<S> {
    /// These settings with what was typed in their place.
    pub fn over(&self, mut settings: S) -> Result<S> {
        settings.update_from_arg_matches(&self.typed).map_err(|e| Error::Internal(e.to_string()))?;
        Ok(settings)
    }

    /// Whether an option was typed.
    pub fn is_typed(&self, id: &str) -> bool {
        self.typed.try_get_raw(id).ok().flatten().is_some()
    }

    /// Whether an option was typed with just these signs.
    pub fn typed_as(&self, id: &str, text: &str) -> bool {
        let raw = self.typed.try_get_raw(id).ok().flatten();
        raw.and_then(Iterator::last).is_some_and(|typed| typed == text)
    }
}

impl<S: Args> Args for Overrides<S> {
    fn augment_args(command: clap::Command) -> clap::Command {
        S::augment_args_for_update(command)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        S::augment_args_for_update(command)
    }
}

impl<S> FromArgMatches for Overrides<S> {
    fn from_arg_matches(typed: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self { typed: typed.clone(), settings: PhantomData })
    }

    fn update_from_arg_matches(&mut self, typed: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(typed)?;
        Ok(())
    }
}
