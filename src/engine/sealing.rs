//! Signing what a job saves, so that each picture says in its file that a model drew it.
//!
//! A picture is worth more than its signature: one that cannot be signed is saved as it is, and the person told why.

use std::cell::RefCell;
use std::io::{Seek as _, Write as _};
use std::path::Path;

use crate::context::JobContext;
use base::Result;
use base::atomic::write_new_with;
pub use format::credentials::Origin;
use format::credentials::Seal;

/// What a job signs its pictures with.
pub struct Sealing {
    seal: Option<Seal>,
    /// Why the last picture that could not be signed could not.
    fault: RefCell<Option<String>>,
}

impl Sealing {
    /// As the settings say. Tells the person if that cannot be.
    pub fn usual(context: &JobContext<'_>) -> Self {
        let seal = Seal::usual().unwrap_or_else(|fault| {
            context.warn(format!("Pictures are saved without content credentials: {fault}"));
            None
        });
        Self { seal, fault: RefCell::default() }
    }

    /// A PNG with its credentials.
    pub fn sealed(&self, png: Vec<u8>, origin: Origin<'_>) -> Vec<u8> {
        match self.seal.as_ref().map(|seal| seal.sign(origin, &png)) {
            Some(Ok(signed)) => signed,
            Some(Err(fault)) => {
                *self.fault.borrow_mut() = Some(fault.to_string());
                png
            }
            None => png,
        }
    }

    /// Saves a PNG with its credentials, whole or not at all, and never over another file; see [`write_new_with`].
    ///
    /// # Errors
    /// Those of writing.
    pub fn save_new(&self, path: &Path, png: &[u8], origin: Origin<'_>) -> Result<()> {
        write_new_with(path, |file| {
            let Some(seal) = &self.seal else { return file.write_all(png) };
            let Err(fault) = seal.sign_into(origin, png, file) else { return Ok(()) };
            *self.fault.borrow_mut() = Some(fault.to_string());
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(png)
        })
    }

    /// Tells the person of pictures that could not be signed, once for all since the last time.
    pub fn tell(&self, context: &JobContext<'_>) {
        if let Some(fault) = self.fault.take() {
            context.warn(format!("A picture was saved without content credentials: {fault}"));
        }
    }
}
