//! Where a picture attends to its text, against PyTorch: the probabilities of all cross-attention, averaged, at the size
//! of the latents. `tests/golden/make_attention.py` made the numbers.

use crate::numbers::{Golden, bundled, test_device};
use inversion::objective::read;
use metrics::HeatMaps;
use model::Pipeline;
use model::unet::Conditioning;
use project::Precision;
use safetensors::SafeTensors;

#[test]
fn attention_maps_are_pytorchs_and_watching_changes_nothing() {
    let device = test_device();
    let golden = Golden::open_at(&bundled().join("sd1"));
    let model = Pipeline::open(&golden.folder, &device.device, Precision::F32, &mut |_, _| Ok(())).unwrap();
    let bytes = std::fs::read(bundled().join("attention.safetensors")).unwrap();
    let reference = SafeTensors::deserialize(&bytes).unwrap();
    let numbers = |name: &str| -> (Vec<usize>, Vec<f64>) {
        let view = reference.tensor(name).unwrap();
        let values = view.data().as_chunks().0.iter().map(|b| f64::from(f32::from_le_bytes(*b)));
        (view.shape().to_vec(), values.collect())
    };
    for case in [0, 1, 5] {
        let input = |name: &str| format!("in.unet.{case}.{name}");
        let times = golden.read(&input("t"));
        let given = Conditioning { context: golden.tensor(&input("context"), &device), added: None };
        let sample = || golden.tensor::<4>(&input("sample"), &device);
        let (out, seen) = model.unet.forward_seen(sample(), &times, &given);
        let plain = model.unet.forward(sample(), &times, &given);
        assert_eq!(read(out).unwrap(), read(plain).unwrap());

        let (shape, expected) = numbers(&format!("maps.{case}"));
        let [rows, tokens, height, width] = shape[..] else { panic!("{shape:?}") };
        let mut maps = vec![HeatMaps::default(); rows];
        for map in seen {
            let values = read(map.probabilities).unwrap();
            let each = values.len() / rows;
            maps.iter_mut().zip(values.chunks(each)).for_each(|(maps, own)| maps.add(map.size, own));
        }
        let got: Vec<f64> = maps
            .iter()
            .flat_map(|maps| (0..tokens).flat_map(|token| maps.of(token..token + 1, [height, width])))
            .collect();
        assert_eq!(got.len(), expected.len());
        let worst = got.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        // The rule of all reference numbers: ten times their own error and a few roundings of the largest.
        let largest = expected.iter().copied().fold(0.0, f64::max);
        let allowed = 10.0 * numbers(&format!("err.{case}")).1[0] + golden.floor * largest;
        println!("case {case}: {worst:e} apart, {allowed:e} allowed");
        assert!(worst <= allowed, "{worst:e}");
    }
}
