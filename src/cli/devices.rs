//! `pseudoword devices`: the graphics adapters by what chooses them, and which one would be used.

use super::progress::print_line;
use base::units;
use engine::device;
use engine::message::{DeviceChoice, DeviceInfo};

pub fn list(json: bool) {
    let devices = device::list();
    if json {
        return print_line(&serde_json::json!(devices).to_string());
    }
    // The list is worth most where nothing can be opened.
    let chosen = device::open(DeviceChoice::Auto).map(|open| open.info).ok();
    for info in devices {
        let memory = info.memory.map_or_else(|| "memory unknown".into(), units::bytes);
        let mark = if Some(&info) == chosen.as_ref() { "  <- auto takes this" } else { "" };
        let DeviceInfo { choice, name, kind, driver, .. } = info;
        print_line(&format!("{:9} {name} ({kind}, {memory}) {driver}{mark}", choice.to_string()));
    }
}
