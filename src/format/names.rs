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

/// What parallel training, compiling and checkpointing put into the names of a network that they wrap.
const WRAPPERS: [&str; 5] =
    ["module", "_orig_mod", "_forward_module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"];

/// A tensor's name without what training programs put around or into it.
pub fn unwrapped(name: &str) -> String {
    name.split('.').filter(|part| !WRAPPERS.contains(part)).collect::<Vec<_>>().join(".")
}

/// Whether a tensor is no weight of any network, but what training and merging leave behind: tables of positions
/// (0, 1, 2 …), losses, averaged copies, states of optimisers, words that were learned along.
pub fn is_leftover(name: &str) -> bool {
    const PARTS: [&str; 9] = [
        "position_ids",
        "loss",
        "model_ema",
        "ema",
        "embedding_manager",
        "optimizer",
        "optimizer_states",
        "lr_scheduler",
        "num_batches_tracked",
    ];
    name.split('.').any(|part| PARTS.contains(&part))
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
    }

    #[test]
    fn what_training_leaves_is_told_from_weights() {
        for (name, bare) in [
            ("module.conv_in.weight", "conv_in.weight"),
            ("model._orig_mod.diffusion_model.out.0.bias", "model.diffusion_model.out.0.bias"),
            ("_forward_module.module.conv_out.bias", "conv_out.bias"),
            ("motion_modules.0.weight", "motion_modules.0.weight"),
        ] {
            assert_eq!(unwrapped(name), bare);
        }
        for name in [
            "text_model.embeddings.position_ids",
            "position_ids",
            "state_dict.model_ema.decay",
            "embedding_manager.string_to_param_dict.*",
            "loss.logvar",
            "optimizer.state.0.exp_avg",
        ] {
            assert!(is_leftover(name), "{name}");
        }
        for name in ["text_model.embeddings.position_embedding.weight", "decoder.up.0.block.1.norm1.bias"] {
            assert!(!is_leftover(name), "{name}");
        }
    }
}
