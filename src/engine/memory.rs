//! How much of a device's memory can be had, how much a job has taken, and what follows for how it is done.
//!
//! What is needed is reckoned by `model::memory`; here the system is asked. Nothing is claimed of a device that does not
//! say how much it has.

use sysinfo::{MemoryRefreshKind, ProcessRefreshKind, ProcessesToUpdate, System};

use crate::device::{OpenDevice, peak_memory};
use model::Pipeline;
use model::memory::DeviceMemory;

/// The memory of a device, as far as this program can have it now.
pub(crate) fn memory(device: &OpenDevice) -> DeviceMemory {
    let memory = device.info.memory();
    // Where the memory is the computer's, other programs hold some of it.
    let free = (!memory.own).then(available).flatten();
    let there = memory.there.map(|there| free.map_or(there, |free| free.min(there)));
    DeviceMemory { there, ..memory }
}

/// Whether a picture of `size` (width, height) in pixels must be decoded in parts.
pub(crate) fn tight(device: &OpenDevice, model: &Pipeline, size: [u32; 2]) -> bool {
    model.sizes().picture_fits(size, memory(device), model.numbers) == Some(false)
}

/// How many pictures of `size` (width, height) in pixels are drawn together where nobody says how many.
pub(crate) fn together(device: &OpenDevice, model: &Pipeline, size: [u32; 2]) -> usize {
    model.sizes().drawn_together(size, memory(device), model.numbers)
}

/// Bytes of the computer's memory that are free, or this program's already.
pub(crate) fn available() -> Option<u64> {
    let mut system = System::new();
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let free = system.available_memory();
    let own = sysinfo::get_current_pid().ok().and_then(|own| {
        let (asked, kind) = (ProcessesToUpdate::Some(&[own]), ProcessRefreshKind::nothing().with_memory());
        system.refresh_processes_specifics(asked, false, kind);
        Some(system.process(own)?.memory())
    });
    (free > 0).then_some(free + own.unwrap_or(0))
}

/// Bytes that a job has taken at most: what the device's pools hold on a graphics card, which only grow while it learns,
/// and else what the process has taken in its life, where the system tells.
pub(crate) fn used(device: &OpenDevice) -> Option<u64> {
    match device.info.is_card() {
        true => device.device.memory_pool_usage().map(|usage| usage.bytes_reserved),
        false => peak_memory(),
    }
}
