//! Memory for weights from the system itself, to the page. An allocator rounds large blocks up, those of a U-Net by a
//! twenty-fifth in all, and what a step frees would lie scattered between weights that stay for good. What is tiny, and all
//! where the system refuses, is an ordinary list.

use std::mem::MaybeUninit;

use burn::tensor::{AllocationProperty, Bytes, Element};
use burn_cubecl::cubecl::bytes::{AccessError, AccessPolicy, AllocationController};
use bytemuck::Pod;
use memmap2::MmapMut;

/// Bytes from which on memory is asked of the system.
const LARGE: usize = 1 << 16;

/// `count` numbers that stay where they are, zeros until `fill` puts others there.
#[allow(unsafe_code, reason = "burn takes memory of another kind in no other way")]
pub fn filled<T: Pod + Element>(count: usize, fill: impl FnOnce(&mut [T])) -> Bytes {
    let bytes = count * size_of::<T>();
    let map = if bytes < LARGE { None } else { MmapMut::map_anon(bytes).ok() };
    match map {
        Some(mut map) => {
            // Weights are read from end to end in every step: the fewer pages the better, where the system has large ones.
            #[cfg(target_os = "linux")]
            let _ = map.advise(memmap2::Advice::HugePage);
            fill(bytemuck::cast_slice_mut(&mut map[..]));
            let controller = Box::new(Mapped(map));
            // SAFETY: all of the map is initialised: the system gives zeros, and `fill` can only put numbers there.
            unsafe { Bytes::from_controller(controller, bytes) }
        }
        None => {
            let mut numbers = vec![T::zeroed(); count];
            fill(&mut numbers);
            Bytes::from_elems(numbers)
        }
    }
}

/// Hands out all of a map.
struct Mapped(MmapMut);

#[allow(unsafe_code, reason = "burn takes memory of another kind in no other way")]
impl AllocationController for Mapped {
    fn alloc_align(&self) -> usize {
        // A page has more, but burn knows no larger one.
        align_of::<u128>()
    }

    fn property(&self) -> AllocationProperty {
        AllocationProperty::Other
    }

    unsafe fn memory_mut(&mut self, _policy: AccessPolicy) -> Result<&mut [MaybeUninit<u8>], AccessError> {
        let map: &mut [u8] = &mut self.0;
        // SAFETY: both types are laid out alike, and the caller writes initialised bytes alone.
        Ok(unsafe { std::slice::from_raw_parts_mut(map.as_mut_ptr().cast(), map.len()) })
    }

    fn memory(&self, _policy: AccessPolicy) -> Result<&[MaybeUninit<u8>], AccessError> {
        let map: &[u8] = &self.0;
        // SAFETY: both types are laid out alike.
        Ok(unsafe { std::slice::from_raw_parts(map.as_ptr().cast(), map.len()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_they_were_filled_with() {
        // The last one is large, and no whole number of pages.
        for count in [1_usize, 5, LARGE / 4 + 3] {
            let mut numbers = filled(count, |numbers: &mut [f32]| {
                assert!(numbers.len() == count && numbers.iter().all(|number| *number == 0.0));
                numbers.iter_mut().enumerate().for_each(|(i, number)| *number = i as f32);
            });
            let wanted: Vec<f32> = (0..count).map(|i| i as f32).collect();
            assert_eq!(bytemuck::cast_slice::<u8, f32>(&numbers), wanted);
            // Burn copies them where it must, and writes into what it holds alone.
            let mut copy = numbers.clone();
            assert_eq!(copy, numbers);
            copy.fill(1);
            numbers.fill(1);
            assert_eq!(copy, numbers);
        }
    }
}
