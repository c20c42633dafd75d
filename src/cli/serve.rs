//! `pseudoword serve`: lends this machine's device to whoever knows the token.
//!
//! It only lends: what others learn and draw stays with them. Nothing goes unencrypted unless that is asked for.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::progress::{print_line, tell};
use base::atomic::write_private_new;
use base::places::{make_folder, make_parent};
use base::{Error, Result};
use engine::device;
use engine::lending::{self, Lending, Listen};
use engine::message::DeviceChoice;
use engine::remote::read_token;
use project::DataDir;

#[derive(Debug, Args)]
pub struct ServeArguments {
    /// What is lent: auto, vulkan, metal, dx12, gl or cpu, or one of several cards as in vulkan:1, by its number in
    /// `pseudoword devices`
    #[arg(long, default_value = "auto", value_parser = of_here)]
    device: DeviceChoice,
    /// The port that others reach this machine at, or an address of this machine and the port to be reached there alone;
    /// `[::]` stands for all of its addresses of IPv6, 0.0.0.0 for all of IPv4
    #[arg(long, value_name = "[ADDRESS:]PORT", default_value = "9234")]
    listen: Listen,
    /// Keep so much of the models that others send, so that each is sent once; 0 keeps nothing
    #[arg(long, value_name = "GB", default_value_t = 20)]
    keep: u32,
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
    let ServeArguments { device, listen, keep, token_file, public, unencrypted } = arguments;
    let home = DataDir::usual();
    let token_file = token_file.unwrap_or_else(|| home.serve_token());
    let token = token(&token_file)?;
    make_folder(home.root())?;
    let identity = match unencrypted {
        true => None,
        false => Some(lending::identity(&home.serve_key())?),
    };
    let open = device::open(device)?;
    if let Some(fault) = lending::calculate_as_measured(&open) {
        tell(&format!("{fault}\n"));
    }
    let (weights, keep) = (home.served_weights(), u64::from(keep) * 1_000_000_000);
    let unkept = |error: &Error| {
        tell(&format!("What others send is not kept for now, so they send it each time. {error}\n"));
    };
    let lending = Lending { token, identity, listen, public, weights, keep, unkept };
    let (name, token_file) = (open.info.name.clone(), token_file.display());
    lending::serve(&open, &lending, |written| {
        let addresses = lending::addresses(listen, !unencrypted).join(", ");
        let place = match (listen.is_one_address(), addresses.as_str()) {
            (true, _) => String::new(),
            (false, "") => "this machine's address in place of ADDRESS and ".into(),
            (false, addresses) => format!("one of {addresses} in place of ADDRESS and "),
        };
        tell(&format!(
            "Lending {name} until Ctrl-C. Others compute here with {place}a copy of {token_file}:\n"
        ));
        print_line(&format!("--device {written} --token-file FILE"));
    })
}

/// A device of this computer.
fn of_here(text: &str) -> Result<DeviceChoice, String> {
    match text.parse::<DeviceChoice>()? {
        DeviceChoice::Remote(_) => {
            Err("another machine lends its device itself; name one of this computer's".to_owned())
        }
        device => Ok(device),
    }
}

/// The token in `path`; a new one is put there if there is no such file.
fn token(path: &Path) -> Result<String> {
    match read_token(path) {
        Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
            make_parent(path)?;
            let token = lending::new_token();
            write_private_new(path, |file| file.write_all(token.as_bytes()))?;
            Ok(token)
        }
        read => read,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_machine_lends_is_not_lent_on() {
        assert_eq!(of_here("cpu"), Ok(DeviceChoice::Cpu));
        assert!(of_here("remote:ws://studio:9234").unwrap_err().contains("this computer's"));
        assert!(of_here("toaster").unwrap_err().contains("toaster"));
    }
}
