//! Pickles written by hand, one trick each; what real programs write is tested with the files around them.

use super::*;

fn strict(bytes: &[u8]) -> Result<Value, String> {
    parse(bytes, Mode::Strict).map(|pickle| pickle.root)
}

fn text(text: &str) -> Value {
    Value::Str(text.to_owned())
}

#[test]
fn plain_values_of_every_protocol_are_read() {
    // The first four are what Python 3.11 writes for {'a': [1, -2, 3.5, None, True], 'b': ('x', b'y', 10**12)}
    // in protocols 0, 2, 3 and 5; protocol 0 writes bytes as a call of _codecs.encode.
    let zero = b"(dp0\nVa\np1\n(lp2\nI1\naI-2\naF3.5\naNaI01\nasVb\np3\n(Vx\np4\nc_codecs\nencode\np5\n(Vy\np6\nVlatin1\np7\ntp8\nRp9\nL1000000000000L\ntp10\ns.";
    let two = b"\x80\x02}q\x00(X\x01\x00\x00\x00aq\x01]q\x02(K\x01J\xfe\xff\xff\xffG@\x0c\x00\x00\x00\x00\x00\x00N\x88eX\x01\x00\x00\x00bq\x03X\x01\x00\x00\x00xq\x04c_codecs\nencode\nq\x05X\x01\x00\x00\x00yq\x06X\x06\x00\x00\x00latin1q\x07\x86q\x08Rq\x09\x8a\x06\x00\x10\xa5\xd4\xe8\x00\x87q\nu.";
    let three = b"\x80\x03}q\x00(X\x01\x00\x00\x00aq\x01]q\x02(K\x01J\xfe\xff\xff\xffG@\x0c\x00\x00\x00\x00\x00\x00N\x88eX\x01\x00\x00\x00bq\x03X\x01\x00\x00\x00xq\x04C\x01yq\x05\x8a\x06\x00\x10\xa5\xd4\xe8\x00\x87q\x06u.";
    let five = b"\x80\x05\x95\x36\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01a\x94]\x94(K\x01J\xfe\xff\xff\xffG@\x0c\x00\x00\x00\x00\x00\x00N\x88e\x8c\x01b\x94\x8c\x01x\x94C\x01y\x94\x8a\x06\x00\x10\xa5\xd4\xe8\x00\x87\x94u.";
    let numbers = vec![Value::Int(1), Value::Int(-2), Value::Float(3.5), Value::None, Value::Bool(true)];
    let rest = vec![text("x"), Value::Bytes(b"y".to_vec()), Value::Int(1_000_000_000_000)];
    let expected = Value::Dict(vec![(text("a"), Value::List(numbers)), (text("b"), Value::Tuple(rest))]);
    for bytes in [&zero[..], two, three, five] {
        assert_eq!(strict(bytes).unwrap(), expected);
        let pickle = parse(&[bytes, b"more"].concat(), Mode::Lenient).unwrap();
        assert_eq!((pickle.root, pickle.length), (expected.clone(), bytes.len()));
        for length in 0..bytes.len() {
            assert!(strict(&bytes[..length]).is_err());
        }
    }
}

#[test]
fn long_numbers_and_old_strings_are_read() {
    assert_eq!(strict(b"\x80\x02\x8a\x00.").unwrap(), Value::Int(0));
    assert_eq!(strict(b"\x80\x02\x8a\x01\xff.").unwrap(), Value::Int(-1));
    assert_eq!(
        strict(b"\x80\x02\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01.").unwrap(),
        Value::Float(2f64.powi(64))
    );
    assert_eq!(
        strict(b"\x80\x02\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\xff.").unwrap(),
        Value::Float(-2f64.powi(64))
    );
    assert_eq!(strict(b"S'it'\n.").unwrap(), text("it"));
    assert_eq!(strict(b"U\x02it.").unwrap(), text("it"));
    assert_eq!(strict(b"U\x02\xff\xfe.").unwrap(), Value::Bytes(vec![0xff, 0xfe]));
    assert_eq!(
        strict(b"\x80\x04\x8f(K\x01K\x02\x90.").unwrap(),
        Value::List(vec![Value::Int(1), Value::Int(2)])
    );
}

#[test]
fn what_is_referred_to_again_and_again_is_not_copied_each_time() {
    let long = vec![b'a'; 4 << 20];
    // A persistent id that stands for a class with a long name, and one of a kind that is a long text.
    let class = [&b"X\x06\x00\x00\x00modulec"[..], &long, b"\nx\n\x86q\x00"].concat();
    let kind = [&b"X\x00\x00\x40\x00"[..], &long, b"ca\nx\n\x86q\x00"].concat();
    for id in [class, kind] {
        let bytes = [&b"\x80\x02"[..], &id, &b"h\x00Q0".repeat(100_000), b"."].concat();
        let began = std::time::Instant::now();
        assert!(matches!(parse(&bytes, Mode::Lenient).unwrap().root, Value::Tuple(_)));
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "{:?}", began.elapsed());
    }
}

#[test]
fn what_is_called_is_refused_by_name_or_becomes_a_mark() {
    let calls: [(&[u8], &str); 6] = [
        (b"\x80\x02cposix\nsystem\nX\x02\x00\x00\x00ls\x85R.", "posix.system"),
        (b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02ls\x85R.", "posix.system"),
        (b"(S'ls'\niposix\nsystem\n.", "posix.system"),
        (b"(cposix\nsystem\nS'ls'\no.", "posix.system"),
        (b"\x80\x02cevil\nThing\n)\x81.", "evil.Thing"),
        (b"\x80\x04\x8c\x04evil\x8c\x05Thing\x93)}\x92.", "evil.Thing"),
    ];
    for (bytes, name) in calls {
        assert_eq!(strict(bytes).unwrap_err(), format!("it asks to run {name}, which no learned word needs"));
        let Value::Opaque(module, short) = parse(bytes, Mode::Lenient).unwrap().root else {
            panic!("{name}")
        };
        assert_eq!(format!("{module}.{short}"), name);
    }
    // What an unknown object is filled with is dropped with it.
    let filled = b"\x80\x02cevil\nThing\n)\x81}X\x01\x00\x00\x00aK\x01sb(K\x01K\x02u.";
    assert!(matches!(parse(filled, Mode::Lenient).unwrap().root, Value::Opaque { .. }));
    // A call of a call.
    let chain = b"\x80\x02cevil\nget\n)R)R.";
    assert!(strict(chain).unwrap_err().contains("evil.get"));
    assert!(parse(chain, Mode::Lenient).is_ok());
    let odd = b"\x80\x02c\x1b[31m\nx y\n)R.";
    assert!(strict(odd).unwrap_err().contains("something without a proper name"));
    // Naming is not calling.
    let named = Value::Global("torch".into(), "float32".into());
    assert_eq!(strict(b"\x80\x02ctorch\nfloat32\n.").unwrap(), named);
}

#[test]
fn nothing_grows_beyond_its_limits() {
    let mut bomb = b"\x80\x02)q\x000".to_vec();
    for _ in 0..40 {
        bomb.extend_from_slice(b"h\x00h\x00\x86q\x000");
    }
    bomb.extend_from_slice(b"h\x00.");
    assert!(strict(&bomb).unwrap_err().contains("unfolds"));
    let deep = [&b"\x80\x02"[..], &[b']'; 5000], &[b'a'; 4999], b"."].concat();
    assert!(strict(&deep).unwrap_err().contains("deeply"));
    // A list in itself.
    assert!(strict(b"\x80\x02]q\x00h\x00a.").unwrap_err().contains("deeply"));
    let endless = [&b"\x80\x02"[..], &[b'N'; MAX_STEPS + 1], b"."].concat();
    assert!(strict(&endless).unwrap_err().contains("instructions"));
    // One long text, encoded again and again.
    let mut encode = b"\x80\x02c_codecs\nencode\nq\x00X\x00\x00\x10\x00".to_vec();
    encode.extend(std::iter::repeat_n(b'a', 1 << 20));
    encode.extend_from_slice(b"q\x01X\x06\x00\x00\x00latin1q\x02");
    encode.extend(b"h\x00h\x01h\x02\x86R".repeat(100));
    assert!(strict(&[&encode[..], b"."].concat()).unwrap_err().contains("more text"));
    let unfolded = [&encode[..encode.len() - 800], b"](", &b"h\x01".repeat(100), b"e."].concat();
    assert!(strict(&unfolded).unwrap_err().contains("more text"));
    for bytes in [
        &b"."[..],
        b"",
        b"\x80\x09.",
        b"K",
        b"0.",
        b"(.",
        b"e.",
        b"\x80\x02h\x05.",
        b"\xf7",
        b"X\xff\xff\xff\x7fab",
    ] {
        assert!(strict(bytes).is_err(), "{bytes:?}");
    }
}

#[test]
fn tensors_say_where_their_numbers_are() {
    let tensor = |call: &str, arguments: &str| {
        let storage = "(VStorage\nctorch\nHalfStorage\nV7\nVcuda:0\nI12\ntQ";
        format!("c{call}\n({}{arguments}tR.", storage.replace("VStorage", "Vstorage")).into_bytes()
    };
    let expected = TensorRef {
        dtype: Dtype::F16,
        shape: vec![2, 3],
        stride: vec![3, 1],
        offset: 6,
        storage: Storage::Named { key: "7".into(), elements: 12 },
    };
    let plain = tensor(
        "torch._utils\n_rebuild_tensor_v2",
        "I6\n(I2\nI3\nt(I3\nI1\ntI00\nccollections\nOrderedDict\n)R",
    );
    let pickle = parse(&plain, Mode::Strict).unwrap();
    assert_eq!(pickle.root.as_tensor(), Some(&expected));
    assert_eq!(pickle.storages, [NamedStorage { key: "7".into(), dtype: Dtype::F16, elements: 12 }]);
    for (arguments, fault) in [
        ("I-1\n(I2\nI3\nt(I3\nI1\ntI00\nN", "negative"),
        ("I0\n(I-2\nI3\nt(I3\nI1\ntI00\nN", "negative"),
        ("I0\n(I2\nI3\nt(I3\ntI00\nN", "layout"),
        ("L99999999999999999999999L\n(I2\nt(I1\ntI00\nN", "larger than any memory"),
        ("I0\n(I1\nI1\nI1\nI1\nI1\nI1\nI1\nI1\nI1\nt(I3\ntI00\nN", "9 axes"),
    ] {
        let bytes = tensor("torch._utils\n_rebuild_tensor_v2", arguments);
        assert!(strict(&bytes).unwrap_err().contains(fault), "{fault}");
    }
    // Two descriptions of one storage.
    let twice = b"(Vstorage\nctorch\nHalfStorage\nV7\nVcpu\nI12\ntQ(Vstorage\nctorch\nFloatStorage\nV7\nVcpu\nI12\ntQ.";
    assert!(strict(twice).unwrap_err().contains("two ways"));
    let odd = b"(Vstorage\nctorch\nQUInt8Storage\nV7\nVcpu\nI12\ntQ.";
    assert!(strict(odd).unwrap_err().contains("torch.QUInt8Storage"));
    assert!(parse(odd, Mode::Lenient).is_ok());
    assert!(strict(b"Vx\nQ.").unwrap_err().contains("outside the file"));
}

#[test]
fn arrays_saved_on_apple_devices_are_read() {
    // torch.save of a tensor on `mps` with PyTorch 1.13 and NumPy 1.24, protocol 2.
    let array = "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntVb\ntR(I1\n(I2\nI2\ntcnumpy\ndtype\n(Vf4\nI00\nI01\ntR(I3\nV<\nNNNI-1\nI-1\nI0\ntbI00\nc_codecs\nencode\n(V\\RAW\nVlatin1\ntRtb";
    let bytes: Vec<u8> = [1.0f32, 2.0, -0.5, 3.0].iter().flat_map(|number| number.to_le_bytes()).collect();
    let latin: String = bytes.iter().map(|&byte| char::from(byte)).collect();
    let call = format!(
        "ctorch._utils\n_rebuild_device_tensor_from_numpy\n({array}ctorch\nfloat32\nVmps:0\nI00\ntR."
    );
    let value = strict(call.replace("\\RAW", &latin).as_bytes()).unwrap();
    let tensor = value.as_tensor().unwrap();
    assert_eq!(
        (tensor.dtype, tensor.shape.as_slice(), tensor.stride.as_slice()),
        (Dtype::F32, &[2, 2][..], &[2, 1][..])
    );
    assert_eq!(tensor.storage, Storage::Inline(bytes));
    let number = b"cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(Vi8\nI00\nI01\ntRU\x08\x07\x00\x00\x00\x00\x00\x00\x00tR.";
    assert_eq!(strict(number).unwrap(), Value::Int(7));
}
