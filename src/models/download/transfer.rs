//! One attempt to get the rest of a file.
//!
//! A server may ignore that only the rest is wanted, or have another version by now: then it starts over. What it
//! says about lengths is compared with what it listed, and a contradiction ends the attempt before the disk fills.

use std::sync::atomic::AtomicBool;

use super::faults::{self, Fault};
use super::hub::Hub;
use super::partial_file::{PartialFile, RepoFile};
use super::response::{Request, Response};
use base::Error;

/// Gets what is missing of `part`; `told` hears after each piece how many bytes are here.
pub(super) fn attempt(
    hub: &Hub,
    address: String,
    item: &RepoFile,
    part: &mut PartialFile<'_>,
    stop: &AtomicBool,
    told: &mut dyn FnMut(u64),
) -> Result<(), Fault> {
    if part.have >= item.size {
        return Ok(());
    }
    let request = Request { address, from: part.have, if_etag: part.etag().map(str::to_owned) };
    let response = Response::open(hub, request, stop)?;
    let head = &response.head;
    let first = match (head.status, head.range) {
        // All of it comes, whatever was asked for.
        (200, _) => 0,
        (206, Some((start, total))) if start == part.have && total.is_none_or(|total| total == item.size) => {
            start
        }
        (206 | 416, _) if part.have > 0 => {
            part.restart()?;
            part.set_etag(None)?;
            told(0);
            return Err(Fault::retry("the server has another version of the file by now"));
        }
        _ => return Err(faults::status(head, item.path, hub.has_token())),
    };
    // What is here is not given up for something else.
    if head.length.is_some_and(|length| length != item.size - first) {
        return Err(wrong_length(item));
    }
    if first < part.have {
        part.restart()?;
        told(0);
    }
    part.set_etag(head.etag.clone())?;
    while let Some(piece) = response.next(stop)? {
        if piece.len() as u64 > item.size - part.have {
            part.restart()?;
            return Err(wrong_length(item));
        }
        part.write(&piece)?;
        told(part.have);
    }
    if part.have < item.size { Err(Fault::retry("the connection ended early")) } else { Ok(()) }
}

fn wrong_length(item: &RepoFile) -> Fault {
    let fault = format!(
        "The server sends something else than {}: its length is not the one that it listed",
        item.path
    );
    let remedy =
        "A proxy or a sign-in page may stand between; open the model's page in a browser, then try again.";
    Fault::Fatal(Error::network(fault, remedy))
}
