//! `pseudoword serve`: lends this machine's device to whoever knows the token.
//!
//! It only lends: what others learn and draw stays with them. Nothing goes unencrypted unless that is asked for.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::progress::{print_line, tell};
use base::atomic::write_private_new;
use base::{Error, Result};
use engine::device;
use engine::message::DeviceChoice;
use engine::remote::{self, Lending};
use project::DataDir;

#[derive(Debug, Args)]
pub struct ServeArguments {
    /// What is lent: auto, vulkan, metal, dx12, gl or cpu, or one of several cards as in vulkan:1, by its number in
    /// `pseudoword devices`
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
    /// The port that others reach this machine at
    #[arg(long, value_name = "PORT", default_value_t = 9234)]
    listen: u16,
    /// The file with the token that others must show; made with a new one if it is not there [default: serve.token in the
    /// data folder]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Be found from other networks by this machine's id, through public relays, which see who talks and not what
    #[arg(long, conflicts_with = "unencrypted")]
    public: bool,
    /// Send everything, the token too, so that whoever is on the network can read it: for networks that one trusts
    #[arg(long)]
    unencrypted: bool,
}

pub fn run(arguments: ServeArguments) -> Result<()> {
    let ServeArguments { device, listen, token_file, public, unencrypted } = arguments;
    let home = DataDir::usual();
    let token_file = token_file.unwrap_or_else(|| home.serve_token());
    let token = token(&token_file)?;
    let identity = match unencrypted {
        true => None,
        false => Some(remote::identity(&home.serve_key())?),
    };
    let open = device::open(device)?;
    let lending = Lending { token, identity, port: listen, public };
    let (name, token_file) = (open.info.name.clone(), token_file.display());
    remote::serve(&open, &lending, |written| {
        tell(&format!(
            "Lending {name} until Ctrl-C. Others compute here with this machine's address in place of ADDRESS and a copy of \
             {token_file}:\n"
        ));
        print_line(&format!("--device {written} --token-file FILE"));
    })
}

/// The token in `path`; a new one is put there if there is no such file.
fn token(path: &Path) -> Result<String> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text.trim().into()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).map_err(|error| Error::write(folder, error))?;
            }
            let token = remote::new_token();
            write_private_new(path, |file| file.write_all(token.as_bytes()))?;
            Ok(token)
        }
        Err(error) => Err(Error::read(path, error)),
    }
}
