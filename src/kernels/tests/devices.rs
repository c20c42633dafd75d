//! Where the checks are made: on the processor, at sizes at which it takes each of its ways, and on a graphics card.

use std::sync::PoisonError;

use super::operations::{
    activations, all_in_halves, attention, convolution, convolutions, copies, linears, norms, rows_in_halves,
};
use super::*;
use crate::strategy::{Chosen, Way, overrule, watch};

/// What is checked on every device, if there is one.
macro_rules! everywhere {
    ($device:expr) => {
        use super::*;

        #[test]
        fn convolutions_and_their_gradients() {
            $device.iter().for_each(|device| convolutions(On::full(device)));
        }

        #[test]
        fn operations_in_halves() {
            $device.iter().for_each(all_in_halves);
        }

        #[test]
        fn linear_layers_and_their_gradients() {
            $device.iter().for_each(|device| linears(On::full(device)));
        }

        #[test]
        fn norms_and_their_gradients() {
            $device.iter().for_each(|device| norms(On::full(device)));
        }

        #[test]
        fn activations_and_their_gradients() {
            $device.iter().for_each(|device| activations(On::full(device)));
        }

        #[test]
        fn attention_and_its_gradients() {
            $device.iter().for_each(|device| attention(On::full(device)));
        }

        #[test]
        fn joining_and_doubling_and_their_gradients() {
            $device.iter().for_each(|device| copies(On::full(device)));
        }
    };
}

mod on_opengl {
    everywhere!(opengl());
}

/// Sizes at which the processor takes each of its ways: weights or rows divided among threads, few rows and many,
/// panels that are not full.
mod on_the_processor {
    everywhere!(Some(Device::flex()));

    #[test]
    fn convolutions_divided_among_threads_and_their_gradients() {
        let device = Device::flex();
        convolution(On::full(&device), [1, 4, 4], [320, 96], [3, 1], [1; 4]);
        convolution(On::full(&device), [1, 24, 24], [33, 70], [3, 1], [1; 4]);
    }

    /// Rows that are laid apart, forward and back, and the few of them.
    #[test]
    fn convolutions_of_1024_channels_and_their_gradients() {
        let device = Device::flex();
        for channels in [[1024, 40], [40, 1024]] {
            convolution(On::full(&device), [1, 12, 12], channels, [1, 1], [0; 4]);
            convolution(On::full(&device), [1, 4, 4], channels, [1, 1], [0; 4]);
        }
    }

    /// Odd sides, vectors that are not full, several pictures, more lines than one thread takes; in full and in 8 bits.
    #[test]
    fn winograds_way_and_its_gradients() {
        let _alone = OVERRULING.lock().unwrap_or_else(PoisonError::into_inner);
        let device = Device::flex();
        for (sizes, channels) in
            [([2, 65, 35], [4, 40]), ([1, 1, 2], [9, 4]), ([3, 22, 21], [33, 70]), ([1, 2, 140], [17, 12])]
        {
            let asked = by_winograd(sizes, channels);
            let on = On::full(&device);
            let ((), seen) = watch(|| convolution(on, sizes, channels, [3, 1], [1; 4]));
            // Else the usual way was compared.
            let is_seen = |asked: &Asked| seen.iter().any(|(seen, _)| seen == asked);
            assert!(asked.iter().all(is_seen), "{asked:?}");
        }
    }

    #[test]
    fn rows_in_halves_do_not_depend_on_how_many_there_are() {
        rows_in_halves(&Device::flex());
    }
}

/// Lets convolutions of these sizes go Winograd's way, and says which these are. No other test of this process has them.
fn by_winograd(sizes: [usize; 3], channels: [usize; 2]) -> [Asked; 2] {
    let mut chosen = Chosen::now();
    let both = [Pass::Forward, Pass::Backward].map(|pass| of_three(sizes, channels, pass));
    chosen.ways.extend(both.map(|asked| (asked, Way::Winograd)));
    overrule(chosen);
    both
}
