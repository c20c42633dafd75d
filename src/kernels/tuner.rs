//! Measuring which way an operation goes fastest on a device, at the sizes that somebody asked for. It takes the ways that
//! [`strategy`](crate::strategy) thinks worth it, and another than the table's only where that is clearly faster.
//!
//! The numbers that go in are made up. While it measures, nobody else may compute in this process.

use std::collections::BTreeMap;
use std::time::Instant;

use burn::backend::Dispatch;
use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::geometry::{Attention, Geometry};
use crate::ops::Kernels;
use crate::strategy::{Asked, Chosen, Operation, Pass, Place, Way, Winograd, candidates, overrule};
use crate::weight::Weight;

/// Tries of each way after one to warm up, of which the fastest counts.
const TRIES: usize = 3;
/// What a way must take of the table's time at most.
const CLEARLY: f64 = 0.95;

/// What was measured for an operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The operation.
    pub asked: Asked,
    /// The way that was taken.
    pub way: Way,
    /// Its seconds.
    pub seconds: f64,
    /// Seconds of the way in the table.
    pub table_seconds: f64,
}

/// Measures those of `watched` that have several ways, on `device`. Numbers of two bytes are `dtype`. `go_on` is told how
/// many are done of how many, and says whether to go on; what was measured until then is returned.
pub fn tune(
    device: &Device,
    dtype: DType,
    watched: &[(Asked, Place)],
    mut go_on: impl FnMut(usize, usize) -> bool,
) -> Vec<Measured> {
    let winograd = Chosen::now().winograd;
    let several: Vec<_> = watched
        .iter()
        .map(|(asked, place)| (asked, ways(asked, place, winograd)))
        .filter(|(_, ways)| ways.len() > 1)
        .collect();
    let mut measured = Vec::new();
    for (done, (asked, ways)) in several.iter().enumerate() {
        if !go_on(done, several.len()) {
            break;
        }
        let dtype = if asked.bytes == size_of::<f32>() { DType::F32 } else { dtype };
        let seconds = time(device, dtype, asked, ways);
        measured.extend(fastest(**asked, ways, &seconds));
    }
    measured
}

/// What is worth measuring: an approximation that is refused would only be passed over afterwards.
fn ways(asked: &Asked, place: &Place, winograd: Winograd) -> Vec<Way> {
    let mut ways = candidates(asked, place);
    ways.retain(|way| *way != Way::Winograd || winograd != Winograd::Never);
    ways
}

/// The fastest of `ways`, of which the first is the table's and stays unless another is clearly faster. A way that failed
/// has no seconds; nothing is known where that of the table did.
fn fastest(asked: Asked, ways: &[Way], seconds: &[Option<f64>]) -> Option<Measured> {
    let (first, table_seconds) = (*ways.first()?, (*seconds.first()?)?);
    let pairs = ways.iter().zip(seconds).filter_map(|(way, seconds)| Some((*way, (*seconds)?)));
    let best = pairs.min_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, time)| *time <= CLEARLY * table_seconds);
    let (way, seconds) = best.unwrap_or((first, table_seconds));
    Some(Measured { asked, way, seconds, table_seconds })
}

/// Seconds of each of `ways`, none where it failed. They take turns, so that what else the computer does meets all alike.
fn time(device: &Device, dtype: DType, asked: &Asked, ways: &[Way]) -> Vec<Option<f64>> {
    /// Puts back what overruled the table before, even if a device fails.
    struct Before(Option<Chosen>);
    impl Drop for Before {
        fn drop(&mut self) {
            if let Some(before) = self.0.take() {
                overrule(before);
            }
        }
    }
    let _before = Before(Some(Chosen::now()));
    let work = work(device, dtype, asked);
    let mut seconds = vec![Some(f64::INFINITY); ways.len()];
    for tried in 0..=TRIES {
        for (way, seconds) in ways.iter().zip(&mut seconds) {
            let Some(least) = *seconds else { continue };
            let ways = BTreeMap::from([(*asked, *way)]);
            overrule(Chosen { ways, winograd: Winograd::Measured });
            let began = Instant::now();
            work();
            // What there is no memory for ends at once, and must not pass for quick.
            let took = device.sync().ok().map(|()| began.elapsed().as_secs_f64());
            *seconds = took.map(|took| if tried > 0 { least.min(took) } else { least });
        }
    }
    seconds
}

/// The operation on made-up numbers.
fn work(device: &Device, dtype: DType, asked: &Asked) -> Box<dyn Fn()> {
    match asked.operation {
        Operation::Convolution(geometry) => convolution(device, dtype, geometry, asked.pass),
        Operation::Attention(sizes) => attention(device, dtype, sizes, asked.pass),
    }
}

fn convolution(device: &Device, dtype: DType, geometry: Geometry, pass: Pass) -> Box<dyn Fn()> {
    let Geometry { channels: [input, output], kernel, .. } = geometry;
    let values = numbers(input * output * geometry.taps());
    let weight = Weight::new(&values, [input, output, kernel], device, dtype);
    let made = |shape: [usize; 4]| tensor(shape, device, dtype);
    match pass {
        Pass::Forward => {
            let [batch, height, width] = geometry.input;
            let x = made([batch, height, width, input]);
            let bias = Tensor::<2>::zeros([1, output], (device, dtype));
            Box::new(move || {
                let (x, bias) = (x.clone().into_dispatch(), bias.clone().into_dispatch());
                drop(Dispatch::convolve(x, weight.frozen(), bias, geometry));
            })
        }
        Pass::Backward => {
            let [height, width] = geometry.output;
            let grad = made([geometry.input[0], height, width, output]);
            Box::new(move || {
                let grad = grad.clone().into_dispatch();
                drop(Dispatch::convolve_backward(grad, weight.frozen(), geometry));
            })
        }
    }
}

fn attention(device: &Device, dtype: DType, sizes: Attention, pass: Pass) -> Box<dyn Fn()> {
    let Attention { batch, tokens: [queries, keys], width, heads } = sizes;
    let [query, key] = [queries, keys].map(|tokens| tensor([batch, tokens, width], device, dtype));
    Box::new(move || {
        let [q, k, v] = [&query, &key, &key].map(|x| x.clone().into_dispatch());
        match pass {
            Pass::Forward => drop(Dispatch::attend(q, k, v, heads)),
            Pass::Backward => drop(Dispatch::attend_backward(q.clone(), k, v, q, heads)),
        }
    })
}

fn tensor<const D: usize>(shape: [usize; D], device: &Device, dtype: DType) -> Tensor<D> {
    let data = TensorData::new(numbers(shape.iter().product()), shape).convert_dtype(dtype);
    Tensor::from_data(data, (device, dtype))
}

/// Numbers between -0.1 and 0.1, none of them so small that a processor is slow with it.
fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|at| ((at * 7919 % 2003) as f32 - 1001.5) * 1e-4).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::PoisonError;

    use super::*;
    use crate::strategy::{Processor, watch};
    use crate::tests::{OVERRULING, of_three};

    /// Of a size that no other test of this process has.
    fn asked(pass: Pass) -> Asked {
        of_three([1, 33, 32], [320, 320], pass)
    }

    #[test]
    fn only_what_is_clearly_faster_overrules_the_table() {
        let ways = [Way::Rows, Way::Panels, Way::Winograd];
        let found = |seconds: [Option<f64>; 3]| fastest(asked(Pass::Forward), &ways, &seconds);
        let way = |seconds: [f64; 3]| found(seconds.map(Some)).unwrap().way;
        assert_eq!(way([1.0, 2.0, 3.0]), Way::Rows);
        assert_eq!(way([1.0, 0.96, 2.0]), Way::Rows);
        assert_eq!(way([1.0, 0.9, 0.8]), Way::Winograd);
        assert_eq!(way([1.0, 0.8, 0.9]), Way::Panels);
        // What failed is not the fastest, and nothing is compared with it.
        let failed = found([Some(1.0), None, Some(0.9)]).unwrap();
        assert_eq!((failed.way, failed.seconds), (Way::Winograd, 0.9));
        assert_eq!(found([Some(1.0), None, None]).unwrap().way, Way::Rows);
        assert_eq!(found([None, Some(0.5), Some(0.9)]), None);
    }

    #[test]
    fn a_refused_approximation_is_not_measured() {
        let place = Place::Processor(Processor { panel: 16 });
        let of = |winograd| ways(&asked(Pass::Forward), &place, winograd).contains(&Way::Winograd);
        assert!(of(Winograd::Measured) && of(Winograd::Large) && !of(Winograd::Never));
    }

    #[test]
    fn what_has_several_ways_is_measured_until_somebody_ends_it() {
        let _alone = OVERRULING.lock().unwrap_or_else(PoisonError::into_inner);
        let device = Device::flex();
        let place = Place::Processor(Processor { panel: 16 });
        let one_way = Asked {
            operation: Operation::Convolution(Geometry::linear(1, [4, 4])),
            pass: Pass::Forward,
            bytes: 4,
        };
        let all = [(asked(Pass::Forward), place), (one_way, place), (asked(Pass::Backward), place)];
        let before = Chosen::now();
        let mut told = Vec::new();
        let tell = |done, of| {
            told.push((done, of));
            true
        };
        let measured = tune(&device, DType::F32, &all, tell);
        assert_eq!(told, [(0, 2), (1, 2)]);
        let passes: Vec<_> = measured.iter().map(|measured| measured.asked.pass).collect();
        assert_eq!(passes, [Pass::Forward, Pass::Backward]);
        for measured in &measured {
            let ways = candidates(&measured.asked, &place);
            println!("{ways:?}: {:?}", time(&device, DType::F32, &measured.asked, &ways));
            assert!(measured.seconds > 0.0 && measured.seconds <= measured.table_seconds, "{measured:?}");
        }
        assert_eq!(tune(&device, DType::F32, &all, |done, _| done < 1).len(), 1);
        assert_eq!(Chosen::now(), before);
    }

    #[test]
    fn what_is_asked_for_is_seen_once() {
        let _alone = OVERRULING.lock().unwrap_or_else(PoisonError::into_inner);
        let device = Device::flex();
        let work = work(&device, DType::F32, &asked(Pass::Backward));
        let ((), seen) = watch(|| {
            work();
            work();
        });
        // Other tests compute at the same time.
        let ours = seen.iter().filter(|(seen, _)| *seen == asked(Pass::Backward));
        let places: Vec<_> = ours.map(|(_, place)| place).collect();
        assert!(matches!(places[..], [Place::Processor(_)]), "{places:?}");
    }
}
