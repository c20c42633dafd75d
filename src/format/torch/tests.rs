//! Files written by PyTorch and damaged ones, against what PyTorch reads from them.

use safetensors::SafeTensors;

use super::*;

fn golden(name: &str) -> Vec<u8> {
    std::fs::read(crate::golden("embeddings").join(name)).unwrap()
}

#[test]
fn every_packaging_of_a_tensor_gives_the_same_bytes() {
    let reference = golden("reference.safetensors");
    let reference = SafeTensors::deserialize(&reference).unwrap();
    // The file, the keys that lead to the tensor, the reference tensor, and whether it lies in one piece.
    let cases: [(&str, &[&str], &str, bool); 14] = [
        ("a1111.pt", &["string_to_param", "*"], "one", true),
        ("a1111_new_embedding.pt", &["string_to_param", "*"], "three", true),
        ("a1111_legacy.pt", &["string_to_param", "*"], "one", true),
        ("a1111_protocol4.pt", &["string_to_param", "*"], "one", true),
        ("diffusers.bin", &["<Cat-Toy>"], "one", true),
        ("diffusers_1d.bin", &["<Cat-Toy>"], "one", true),
        ("diffusers_view.bin", &["<Cat-Toy>"], "three", true),
        ("diffusers_transposed.bin", &["<Cat-Toy>"], "three", false),
        ("kohya.pt", &["emb_params"], "three", true),
        ("sdxl.pt", &["clip_g"], "clip_g", true),
        ("original_multi.pt", &["string_to_param", "@"], "other", true),
        ("original_old_torch.pt", &["string_to_param", "*"], "three", true),
        ("original_cuda.pt", &["string_to_param", "*"], "one", true),
        ("original_cuda_legacy.pt", &["string_to_param", "*"], "one", true),
    ];
    for (name, path, expected, whole) in cases {
        let bytes = golden(name);
        for mode in [Mode::Strict, Mode::Lenient] {
            let file = TorchFile::parse(&bytes, mode).unwrap();
            let value = path.iter().try_fold(&file.root, |value, key| value.get(key));
            let tensor = value.and_then(Value::as_tensor).unwrap_or_else(|| panic!("{name}"));
            let expected = reference.tensor(expected).unwrap();
            assert_eq!(tensor.elements(), Some(expected.data().len() / 4), "{name}");
            assert_eq!(file.tensor_bytes(tensor, &bytes).unwrap(), expected.data(), "{name}");
            let range = file.tensor_range(tensor).unwrap();
            assert_eq!(in_order(&tensor.shape, &tensor.stride), whole, "{name}");
            assert!(!whole || bytes[range] == *expected.data(), "{name}");
        }
    }
}

#[test]
fn the_folder_in_an_archive_may_be_called_as_files_may() {
    let bytes = golden("diffusers.bin");
    let mut archive = ZipArchive::new(Cursor::new(bytes.as_slice())).unwrap();
    let options = zip::write::SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut renamed = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let name = String::from_utf8(file.name_raw().to_vec()).unwrap();
        renamed.start_file(name.replacen("diffusers/", "style: sea/", 1), options).unwrap();
        std::io::copy(&mut file, &mut renamed).unwrap();
    }
    let bytes = renamed.finish().unwrap().into_inner();
    let file = TorchFile::parse(&bytes, Mode::Strict).unwrap();
    let tensor = file.root.get("<Cat-Toy>").and_then(Value::as_tensor).unwrap();
    assert_eq!(file.tensor_bytes(tensor, &bytes).unwrap().len(), 128);
}

#[test]
fn an_archive_that_announces_parts_without_end_is_refused_before_there_is_room_for_them() {
    let whole = golden("diffusers.bin");
    assert!(TorchFile::parse(&whole, Mode::Strict).is_ok());
    let place = |sign: &[u8; 4]| whole.windows(4).rposition(|four| four == sign).unwrap();
    let (end, note) = (place(b"PK\x06\x06"), place(b"PK\x06\x07"));
    let refusal = |bytes: &[u8]| TorchFile::parse(bytes, Mode::Strict).unwrap_err();
    let mut many = whole.clone();
    for at in [end + 24, end + 32] {
        many[at..at + 8].copy_from_slice(&(1_u64 << 40).to_le_bytes());
    }
    assert!(refusal(&many).contains("1099511627776 parts, more than any model has"));
    let mut moved = whole.clone();
    moved[note + 8] ^= 1;
    assert!(refusal(&moved).contains("list of contents is not readable"));
}

#[test]
fn broken_files_are_refused_in_words() {
    let folder = crate::golden("embeddings/broken");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.extension().is_some_and(|end| end == "pt" || end == "bin") {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let strict = TorchFile::parse(&bytes, Mode::Strict).and_then(|file| {
            file.root.tensors().iter().try_for_each(|tensor| file.tensor_bytes(tensor, &bytes).map(drop))
        });
        println!("{}: {}", path.display(), strict.as_ref().unwrap_err());
        assert!(strict.is_err());
        // Without a complaint about calls the reader must still come to an end, and quickly.
        let _ = TorchFile::parse(&bytes, Mode::Lenient);
        count += 1;
    }
    assert_eq!(count, 25);
    assert!(!std::path::Path::new("/tmp/pwned_marker").exists());
}

#[test]
fn views_that_repeat_numbers_stay_small() {
    let view = |shape, stride| TensorRef {
        dtype: safetensors::Dtype::F32,
        shape,
        stride,
        offset: 1,
        storage: Storage::Inline([1.0f32, 2.0, 3.0].iter().flat_map(|number| number.to_le_bytes()).collect()),
    };
    let file = TorchFile { root: Value::None, storages: BTreeMap::new() };
    let repeated = view(vec![3, 2], vec![0, 1]);
    file.check(&repeated).unwrap();
    let bytes = file.tensor_bytes(&repeated, &[]).unwrap().into_owned();
    let numbers: Vec<f32> = bytes.as_chunks().0.iter().map(|number| f32::from_le_bytes(*number)).collect();
    assert_eq!(numbers, [2.0, 3.0, 2.0, 3.0, 2.0, 3.0]);
    let huge = view(vec![1 << 40, 2], vec![0, 1]);
    file.check(&huge).unwrap();
    assert!(file.tensor_bytes(&huge, &[]).unwrap_err().contains("huge"));
    assert!(file.check(&view(vec![2, 2], vec![1, 1])).unwrap_err().contains("beyond"));
    assert!(file.check(&view(vec![usize::MAX, 2], vec![1, 1])).is_err());
    file.check(&view(vec![0, 1 << 50], vec![1, 1])).unwrap();
    assert_eq!(file.tensor_bytes(&view(vec![0, 1 << 50], vec![1, 1]), &[]).unwrap().len(), 0);
}

#[test]
fn legacy_files_of_newer_protocols_are_legacy_files() {
    let bytes = golden("a1111_legacy.pt");
    let start = legacy_start(&bytes).unwrap();
    assert_eq!(start, LEGACY.len() + 2);
    let original = TorchFile::parse(&bytes, Mode::Strict).unwrap();
    let framed = [&[0x80, 4, 0x95, 13, 0, 0, 0, 0, 0, 0, 0], LEGACY, &bytes[start..]].concat();
    for bytes in [[&[0x80, 3], &bytes[2..]].concat(), framed] {
        assert_eq!(TorchFile::parse(&bytes, Mode::Strict).unwrap().root, original.root);
    }
}
