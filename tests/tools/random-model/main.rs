//! `random-model sd15|sd21|sdxl|ldm FILE` writes a single file of full size with random weights, to measure opening it.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use project::Family;

fn main() -> io::Result<()> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let family = match arguments.first().and_then(|size| size.to_str()) {
        Some("sd15") => Some(Family::Sd1),
        Some("sd21") => Some(Family::Sd2),
        Some("sdxl") => Some(Family::Sdxl),
        Some("ldm") => Some(Family::Ldm),
        _ => None,
    };
    match (family, arguments.as_slice()) {
        (Some(family), [_, file]) => random_model::write_random(family, Path::new(file)),
        _ => Err(io::Error::other("give sd15, sd21, sdxl or ldm, and the file to write")),
    }
}
