//! Feeds one entry, the one that `FUZZ_ENTRY` names.
#![no_main]

#[path = "../entries.rs"]
mod entries;

use std::sync::LazyLock;

static ENTRY: LazyLock<entries::Entry> = LazyLock::new(|| {
    let asked = std::env::var("FUZZ_ENTRY").unwrap_or_default();
    let found = entries::ENTRIES.into_iter().find(|(name, _)| *name == asked);
    let names = || entries::ENTRIES.map(|(name, _)| name).join(", ");
    found.unwrap_or_else(|| panic!("FUZZ_ENTRY is “{asked}”, and none of {}", names())).1
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| (*ENTRY)(data));
