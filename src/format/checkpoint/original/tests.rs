//! Names of every kind, old and new.

use super::*;

/// Two down blocks of two layers each.
fn unet(name: &str) -> Option<String> {
    let slot = |level, layer, sampler| Slot { level, layer, sampler };
    let slots = [
        slot(0, 0, true),
        slot(0, 0, false),
        slot(0, 1, false),
        slot(0, 2, true),
        slot(1, 0, false),
        slot(1, 1, false),
    ];
    unet_name(name, &slots, 2)
}

#[test]
fn unet_names_are_translated() {
    for (old, new) in [
        ("input_blocks.0.0.weight", "conv_in.weight"),
        ("input_blocks.2.0.in_layers.0.bias", "down_blocks.0.resnets.1.norm1.bias"),
        ("input_blocks.2.1.proj_in.weight", "down_blocks.0.attentions.1.proj_in.weight"),
        ("input_blocks.3.0.op.weight", "down_blocks.0.downsamplers.0.conv.weight"),
        ("input_blocks.4.0.skip_connection.bias", "down_blocks.1.resnets.0.conv_shortcut.bias"),
        ("middle_block.0.emb_layers.1.bias", "mid_block.resnets.0.time_emb_proj.bias"),
        ("middle_block.1.norm.weight", "mid_block.attentions.0.norm.weight"),
        ("middle_block.2.out_layers.3.bias", "mid_block.resnets.1.conv2.bias"),
        ("output_blocks.2.1.conv.weight", "up_blocks.0.upsamplers.0.conv.weight"),
        ("output_blocks.2.2.conv.weight", "up_blocks.0.upsamplers.0.conv.weight"),
        ("output_blocks.5.1.norm.bias", "up_blocks.1.attentions.2.norm.bias"),
        ("output_blocks.3.0.out_layers.0.bias", "up_blocks.1.resnets.0.norm2.bias"),
        ("time_embed.2.bias", "time_embedding.linear_2.bias"),
        ("label_emb.0.2.weight", "add_embedding.linear_2.weight"),
        ("out.2.weight", "conv_out.weight"),
    ] {
        assert_eq!(unet(old).as_deref(), Some(new), "{old}");
    }
    for unknown in ["input_blocks.9.0.op.bias", "input_blocks.1.0.else", "input_blocks.0.1.x", "else"] {
        assert_eq!(unet(unknown), None, "{unknown}");
    }
}

#[test]
fn autoencoder_names_are_translated() {
    for (old, new, change) in [
        ("decoder.up.3.block.1.norm1.bias", "decoder.up_blocks.0.resnets.1.norm1.bias", Change::Keep),
        (
            "encoder.down.1.block.0.nin_shortcut.bias",
            "encoder.down_blocks.1.resnets.0.conv_shortcut.bias",
            Change::Keep,
        ),
        (
            "encoder.down.0.downsample.conv.bias",
            "encoder.down_blocks.0.downsamplers.0.conv.bias",
            Change::Keep,
        ),
        (
            "decoder.mid.attn_1.proj_out.weight",
            "decoder.mid_block.attentions.0.to_out.0.weight",
            Change::Squeeze,
        ),
        ("decoder.mid.attn_1.q.bias", "decoder.mid_block.attentions.0.to_q.bias", Change::Keep),
        ("encoder.norm_out.weight", "encoder.conv_norm_out.weight", Change::Keep),
        ("quant_conv.weight", "quant_conv.weight", Change::Keep),
    ] {
        assert_eq!(vae_name(old, 4, false), Some((new.to_owned(), change)), "{old}");
    }
    let matrix = vae_name("decoder.mid.attn_1.q.weight", 4, true).unwrap();
    assert_eq!(matrix.1, Change::Keep);
    assert_eq!(vae_name("decoder.up.4.block.0.conv1.bias", 4, false), None);
    assert_eq!(vae_name("loss.logvar", 4, false), None);
}

#[test]
fn text_encoder_names_are_translated() {
    assert_eq!(clip_name("final_layer_norm.bias").unwrap(), "text_model.final_layer_norm.bias");
    assert_eq!(clip_name("text_projection.weight"), None);
    let block = "transformer.resblocks.7";
    let split = open_clip_names(&format!("{block}.attn.in_proj_bias"));
    assert_eq!(split[2], ("text_model.encoder.layers.7.self_attn.v_proj.bias".into(), Change::Third(2)));
    assert_eq!(
        open_clip_names(&format!("{block}.mlp.c_proj.weight")),
        [("text_model.encoder.layers.7.mlp.fc2.weight".into(), Change::Keep)]
    );
    assert_eq!(open_clip_names("text_projection"), [("text_projection.weight".into(), Change::Transpose)]);
    assert!(open_clip_names("logit_scale").is_empty() && open_clip_names("visual.proj").is_empty());
    assert_eq!(
        ldm_bert_name("attn_layers.layers.4.1.to_out.bias").unwrap(),
        "model.layers.2.self_attn.out_proj.bias"
    );
    assert_eq!(ldm_bert_name("attn_layers.layers.5.1.net.0.0.weight").unwrap(), "model.layers.2.fc1.weight");
    assert_eq!(ldm_bert_name("attn_layers.layers.5.0.bias").unwrap(), "model.layers.2.final_layer_norm.bias");
    assert_eq!(ldm_bert_name("attn_layers.layers.5.2.x"), None);
}

#[test]
fn absurd_numbers_are_no_indices() {
    assert_eq!(number("12.x"), Some((12, "x")));
    for odd in ["+1.x", "99999999999999999999.x", ".x", "1", "-1.x"] {
        assert_eq!(number(odd), None, "{odd}");
    }
}
