//! Configurations that are published, and ones that no network can have.

#![allow(clippy::unwrap_used, reason = "a test may stop anywhere")]

use super::*;
use format::checkpoint::published_config;
use project::Family;

fn fault<C: PartConfig>(json: Value) -> String {
    C::read(json, Path::new("部/unet")).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn published_configurations_are_supported() {
    fn check<C: PartConfig>(family: Family, part: &str) {
        let config = published_config(family, part).unwrap();
        assert!(C::read(config, Path::new(part)).is_ok(), "{family:?} {part}");
    }
    for family in Family::ALL {
        check::<UNetConfig>(family, "unet");
        check::<VaeConfig>(family, "vae");
        match family {
            Family::Ldm => check::<LdmBertConfig>(family, "text_encoder"),
            _ => check::<ClipTextConfig>(family, "text_encoder"),
        }
    }
    check::<ClipTextConfig>(Family::Sdxl, "text_encoder_2");
}

#[test]
fn sides_are_numbers_pairs_or_not_given() {
    use serde_json::json;
    let side = |json| UNetConfig::read(json, Path::new("unet")).unwrap().side();
    let xl = |size: Value| {
        let mut config = published_config(Family::Sdxl, "unet").unwrap();
        config["sample_size"] = size;
        side(config)
    };
    assert_eq!([json!(48), json!([64, 96]), json!([96, 64]), json!(null)].map(xl), [48, 64, 64, 128]);
    assert_eq!((side(json!({})), side(json!({ "sample_size": null }))), (64, 64));
    for size in [json!(null), json!([512, 768]), json!("512")] {
        assert!(VaeConfig::read(json!({ "sample_size": size }), Path::new("vae")).is_ok());
    }
    assert_eq!((side(json!({ "sample_size": 48.0 })), side(json!({ "sample_size": [64.0, 96] }))), (48, 64));
    let whole = json!({ "in_channels": 4.0, "norm_eps": 1.0 });
    assert_eq!(UNetConfig::read(whole, Path::new("unet")).unwrap().in_channels, 4);
    for (key, value) in [("sample_size", json!(8.5)), ("in_channels", json!("four"))] {
        let sentence = fault::<UNetConfig>(json!({ "norm_eps": 1e-5, key: value }));
        assert!(sentence.contains(key) && !sentence.contains("PerBlock"), "{sentence}");
    }
    // Whatever else is null was not given either, but for a middle block that is not there.
    let nulls = json!({ "upcast_attention": null, "norm_eps": null, "attention_head_dim": null });
    assert_eq!(UNetConfig::read(nulls, Path::new("unet")).unwrap().heads(0), 8);
    fault::<UNetConfig>(json!({ "mid_block_type": null }));
}

#[test]
fn numbers_that_no_network_has_are_refused_by_name() {
    use serde_json::json;
    for (key, value) in [
        ("block_out_channels", json!([])),
        ("block_out_channels", json!([0, 0, 0, 0])),
        ("attention_head_dim", json!(0)),
        ("attention_head_dim", json!([8, 8])),
        ("norm_num_groups", json!(0)),
        ("layers_per_block", json!(0)),
        ("out_channels", json!(8)),
        ("sample_size", json!(0)),
        ("sample_size", json!([])),
        ("sample_size", json!([64, 0])),
        ("sample_size", json!([64, -8])),
        ("norm_eps", json!(0.0)),
        ("in_channels", json!(-4)),
    ] {
        let sentence = fault::<UNetConfig>(json!({ key: value }));
        assert!(sentence.contains("config.json"), "{key}: {sentence}");
    }
    for (key, value) in
        [("in_channels", json!(1)), ("latent_channels", json!(0)), ("scaling_factor", json!(0))]
    {
        fault::<VaeConfig>(json!({ key: value }));
    }
    fault::<VaeConfig>(json!({
        "block_out_channels": vec![32; 70],
        "down_block_types": vec!["DownEncoderBlock2D"; 70],
        "up_block_types": vec!["UpDecoderBlock2D"; 70],
    }));
    // A scale of its own for each channel, which newer files say that they have not.
    for key in ["latents_mean", "latents_std"] {
        let sentence = fault::<VaeConfig>(json!({ key: [-1.6574, 1.886, -1.0, 2.5155] }));
        assert!(sentence.contains(key), "{sentence}");
        assert!(VaeConfig::read(json!({ key: null }), Path::new("vae")).is_ok());
    }
    for key in ["hidden_size", "num_attention_heads", "max_position_embeddings", "vocab_size"] {
        fault::<ClipTextConfig>(json!({ key: 0 }));
    }
}
