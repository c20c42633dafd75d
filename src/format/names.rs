//! Tensor names of published diffusers files, as pure functions of strings.
//!
//! Old uploads name a few layers differently from today's configs and classes; here they get today's names.
//! Nothing is looked up and nothing refused: an unknown name passes through.

/// The present name of a tensor of an `AutoencoderKL` file.
///
/// Attention layers saved before diffusers 0.15 are called `query key value proj_attn`; they are now
/// `to_q to_k to_v to_out.0` (diffusers `ModelMixin._convert_deprecated_attention_blocks`).
pub fn vae_name(name: &str) -> String {
    let parts: Vec<&str> = name.split('.').collect();
    if !parts.contains(&"attentions") {
        return name.to_owned();
    }
    let renamed = parts.iter().map(|&part| match part {
        "query" => "to_q",
        "key" => "to_k",
        "value" => "to_v",
        "proj_attn" => "to_out.0",
        other => other,
    });
    renamed.collect::<Vec<_>>().join(".")
}

/// The name of a tensor of a CLIP text encoder without the prefix `text_model.`, which transformers'
/// `CLIPTextModel` writes and some exports leave out.
pub fn clip_name(name: &str) -> String {
    name.strip_prefix("text_model.").unwrap_or(name).to_owned()
}

/// Whether a tensor is a table of positions (0, 1, 2 …) that CLIP files carry and that is not a weight.
pub fn is_position_table(name: &str) -> bool {
    name.rsplit('.').next() == Some("position_ids")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_attention_names_become_new_ones() {
        let layer = "encoder.mid_block.attentions.0";
        for (old, new) in [
            ("query.weight", "to_q.weight"),
            ("key.bias", "to_k.bias"),
            ("value.weight", "to_v.weight"),
            ("proj_attn.bias", "to_out.0.bias"),
            ("group_norm.weight", "group_norm.weight"),
            ("to_out.0.weight", "to_out.0.weight"),
        ] {
            assert_eq!(vae_name(&format!("{layer}.{old}")), format!("{layer}.{new}"));
        }
        assert_eq!(vae_name("decoder.key.weight"), "decoder.key.weight");
    }

    #[test]
    fn clip_names_lose_their_prefix_once() {
        assert_eq!(clip_name("text_model.final_layer_norm.bias"), "final_layer_norm.bias");
        assert_eq!(clip_name("final_layer_norm.bias"), "final_layer_norm.bias");
        assert!(is_position_table("text_model.embeddings.position_ids"));
        assert!(!is_position_table("text_model.embeddings.position_embedding.weight"));
    }
}
