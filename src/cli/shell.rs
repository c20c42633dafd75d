//! `pseudoword man` and `pseudoword completions`: what a package ships beside the program, made from the very commands that
//! are parsed. Hidden, because only whoever builds a package needs them; nothing is installed here.

use std::path::Path;

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::Arguments;
use super::progress::print;
use base::{Error, Result};

/// Writes a page for the program and one for each command that is not hidden: `pseudoword.1`, `pseudoword-learn.1`, …
/// They bear no date, so that the same program always writes the same pages.
pub fn man(folder: &Path) -> Result<()> {
    let written = std::fs::create_dir_all(folder);
    let written = written.and_then(|()| clap_mangen::generate_to(Arguments::command(), folder));
    written.map_err(|error| Error::write(folder, error))
}

/// Prints the completions for a shell.
pub fn completions(shell: Shell) {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "pseudoword", &mut script);
    print(&String::from_utf8_lossy(&script));
}
