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
    const PARTS: [&str; 14] = [
        "position_ids",
        "loss",
        "model_ema",
        "ema",
        "embedding_manager",
        "optimizer",
        "optimizer_state",
        "optimizer_states",
        "opt_state",
        "callbacks",
        "lr_scheduler",
        "num_batches_tracked",
        "string_to_param_dict",
        "betas",
    ];
    // Tables of the schedule, which the original program counts among its weights.
    let schedule = |part: &str| part.ends_with("alphas_cumprod") || part.ends_with("alphas_cumprod_prev");
    name.split('.').any(|part| PARTS.contains(&part) || schedule(part) || part.starts_with("posterior_"))
}

/// Whether a tensor in the file of one network is none of it: a leftover, or of a word or a LoRA that a trainer saved
/// along. What is built into the layers of the network itself is not among these.
pub fn lies_beside(name: &str) -> bool {
    let apart = ["lora_unet", "lora_te", "string_to_param", "emb_params"];
    is_leftover(name) || apart.iter().any(|start| name.starts_with(start))
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
            "optimizer_state.0.exp_avg",
            "opt_state.mu.conv_in.weight",
            "callbacks.ema.decay",
            "betas",
            "sqrt_one_minus_alphas_cumprod",
            "alphas_cumprod_prev",
            "posterior_mean_coef1",
        ] {
            assert!(is_leftover(name) && lies_beside(name), "{name}");
        }
        assert!(lies_beside("lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight"));
        assert!(lies_beside("string_to_param.*"));
        // Without this one the network would draw otherwise.
        assert!(!lies_beside("down_blocks.0.attentions.0.to_q_lora.down.weight"));
        for name in ["text_model.embeddings.position_embedding.weight", "decoder.up.0.block.1.norm1.bias"] {
            assert!(!is_leftover(name) && !lies_beside(name), "{name}");
        }
    }
}
