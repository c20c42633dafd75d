//! What a file of tensors is when it is neither a whole model nor a word that can be used, told by the names in it.
//!
//! One table for all readers, so that a LoRA is called a LoRA wherever it is given. Only names are looked at; a whole
//! model is none of its business.

/// What such a file is, and what to do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    /// What it is, after “this is”.
    pub what: &'static str,
    /// What to do: a full sentence.
    pub remedy: &'static str,
}

const LORA: Kind = Kind {
    what: "a LoRA file, an addition to a model and not a model",
    remedy: "Choose the model it was made for, and give this file beside it: --lora FILE, or drop it on the window.",
};
const CONTROL: Kind = Kind {
    what: "a ControlNet or an addition of its kind, and not a model",
    remedy: "Choose the model that it steers.",
};
const UPSCALER: Kind = Kind {
    what: "an upscaler, which makes pictures larger and draws none",
    remedy: "Choose a text-to-image model, or the file of a learned word.",
};
const WORD: Kind = Kind {
    what: "a learned word (an embedding), not a model",
    remedy: "Choose the model it was learned on, and give this file as the word.",
};
const VIDEO: Kind = of("a video model or a part of one");
const PIXART: Kind = of("a PixArt model");
const FLUX: Kind = of("a Flux model or one built like it");
const HYPERNETWORK: Kind = of("a hypernetwork, an addition to a model and not a model");

const fn of(what: &'static str) -> Kind {
    Kind {
        what,
        remedy: "Choose a model of Stable Diffusion 1, 2 or XL or of Latent Diffusion, or a word for one of them.",
    }
}

/// Parts of names that only one kind of file has, and what it is. Asked in this order, of any name.
const MARKS: &[(&str, Kind)] = &[
    ("lora_controlnet", CONTROL),
    ("lora_up", LORA),
    ("lora_down", LORA),
    ("lora_A", LORA),
    ("lora_te", LORA),
    ("lora_unet", LORA),
    ("lora.up.", LORA),
    ("lora.down.", LORA),
    ("lycoris_", LORA),
    ("dora_scale", LORA),
    ("hada_w1", LORA),
    ("lokr_w", LORA),
    ("oft_diag", LORA),
    ("oft_blocks", LORA),
    ("string_to_param", WORD),
    ("emb_params", WORD),
    ("ip_adapter.", of("an IP-Adapter, an addition that leads a model by pictures")),
    ("image_proj.", of("an IP-Adapter, an addition that leads a model by pictures")),
    ("adapter.body.", CONTROL),
    ("body.0.block1.", CONTROL),
    ("control_model.", CONTROL),
    ("controlnet_cond_embedding.", CONTROL),
    ("controlnet_down_blocks.", CONTROL),
    ("input_hint_block.", CONTROL),
    (".RDB1.", UPSCALER),
    (".rdb1.", UPSCALER),
    ("residual_group.", UPSCALER),
    ("conv_after_body.", UPSCALER),
    ("motion_modules.", VIDEO),
    ("time_stack.", VIDEO),
    (".self_attn.norm_q.", VIDEO),
    ("cc_projection.", of("a model led by pictures (Zero-1-to-3), not by words")),
    ("joint_blocks.", of("a Stable Diffusion 3 model")),
    ("double_blocks.", FLUX),
    ("double_stream_modulation", FLUX),
    ("single_transformer_blocks.", FLUX),
    ("double_stream_blocks.", of("a HiDream model")),
    ("double_layers.", of("an AuraFlow model")),
    ("img_mlp.", of("a Qwen-Image model")),
    ("cap_embedder.", of("a Lumina or Z-Image model")),
    ("caption_projection.", PIXART),
    ("y_embedder.", PIXART),
    ("down_blocks.0.0.channelwise", of("a Stable Cascade model")),
    ("edm_vpred.sigma_max", of("a Stable Diffusion XL model with another kind of noise (EDM)")),
    ("edm_mean", of("a Playground 2.5 model, which has another kind of noise (EDM)")),
    ("noise_augmentor.", of("a model led by pictures (unCLIP), not by words")),
    ("vision_model.encoder.", of("a part that looks at pictures (CLIP vision), and not a model that draws")),
];

/// How the names of parts begin that are files of their own.
const PARTS: &[(&str, Kind)] = &[
    ("first_stage_model.", VAE),
    ("vae.", VAE),
    ("decoder.", VAE),
    ("encoder.down", VAE),
    ("quant_conv.", VAE),
    ("taesd_", VAE),
    ("input_blocks.", UNET),
    ("down_blocks.", UNET),
    ("encoder.block.", of("a text encoder (T5) and nothing else, so it is only a part of another model")),
    ("cond_stage_model.", TEXT),
    ("conditioner.", TEXT),
    ("text_model.", TEXT),
    ("text_encoders.", TEXT),
    ("transformer.resblocks.", TEXT),
    ("encoder.layers.", TEXT),
];
const VAE: Kind = Kind {
    what: "an autoencoder (VAE) and nothing else, so it is only a part of a model",
    remedy: "Choose the whole model; to use this autoencoder with it, put it beside the model as NAME.vae.safetensors.",
};
const UNET: Kind = Kind {
    what: "a U-Net and nothing else, so it is only a part of a model",
    remedy: "Choose the whole model, with its text encoder and its autoencoder.",
};
const TEXT: Kind = Kind {
    what: "a text encoder and nothing else, so it is only a part of a model",
    remedy: "Choose the whole model, with its U-Net and its autoencoder.",
};

/// What a file with these names is.
pub(crate) fn of_names(names: &[&str]) -> Option<Kind> {
    let any = |test: &dyn Fn(&str) -> bool| names.iter().any(|name| test(name));
    if let Some((_, kind)) = MARKS.iter().find(|(mark, _)| any(&|name| name.contains(mark))) {
        return Some(*kind);
    }
    // The widths of a text encoder, which name the networks of a hypernetwork.
    let widths =
        |name: &str| ["320.0.", "640.0.", "768.0.", "1024.0.", "1280.0."].iter().any(|w| name.starts_with(w));
    if names.len() > 1 && names.iter().all(|name| widths(name)) {
        return Some(HYPERNETWORK);
    }
    if any(&|name| name.contains("diffusion_model.")) {
        return None;
    }
    PARTS.iter().find(|(start, _)| any(&|name| name.starts_with(start))).map(|(_, kind)| *kind)
}

/// Whether a tensor is one of a word or a LoRA, which trainers save along with a whole model.
pub(crate) fn may_lie_beside(name: &str) -> bool {
    of_names(&[name]).is_some_and(|kind| kind == LORA || kind == WORD)
}

/// What a pickled file is whose entries are no tensors, by the keys of its dictionary.
pub(crate) fn of_keys(keys: &[&str]) -> Option<Kind> {
    let has = |key: &str| keys.contains(&key);
    if has("params_ema") || has("params") {
        return Some(UPSCALER);
    }
    if has("string_to_param") || has("string_to_token") {
        return Some(WORD);
    }
    if has("layer_structure") {
        return Some(HYPERNETWORK);
    }
    has("optimizer_state_dict").then_some(of("what a training program keeps to go on, and not a model"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_additions_are_told_apart() {
        for (names, expected) in [
            (&["lora_unet_x.lora_down.weight"][..], "LoRA"),
            (&["unet.down_blocks.0.attn1.processor.to_q_lora.down.weight"], "LoRA"),
            (&["lora_controlnet", "input_blocks.1.0.in_layers.2.up"], "ControlNet"),
            (&["controlnet_down_blocks.0.weight", "down_blocks.0.x"], "ControlNet"),
            (&["model.1.sub.0.RDB1.conv1.0.weight"], "upscaler"),
            (&["layers.0.residual_group.blocks.0.norm1.weight"], "upscaler"),
            (&["ip_adapter.1.to_k_ip.weight", "image_proj.proj.weight"], "IP-Adapter"),
            (&["decoder.conv_in.weight", "quant_conv.bias"], "VAE"),
            (&["encoder.block.0.layer.0.SelfAttention.q.weight", "shared.weight"], "T5"),
            (&["text_model.final_layer_norm.weight"], "text encoder and"),
            (&["vision_model.encoder.layers.0.x", "visual_projection.weight"], "CLIP vision"),
            (&["down_blocks.0.resnets.0.norm1.weight"], "U-Net and"),
            (&["768.0.linear.0.weight", "768.0.linear.1.bias"], "hypernetwork"),
        ] {
            let kind = of_names(names).unwrap();
            assert!(kind.what.contains(expected), "{names:?}: {}", kind.what);
        }
        assert_eq!(of_names(&["model.diffusion_model.input_blocks.0.0.weight", "first_stage_model.x"]), None);
        assert_eq!(of_names(&["<cat-toy>"]), None);
        assert_eq!(of_keys(&["params_ema"]), Some(UPSCALER));
        assert_eq!(of_keys(&["step", "layer_structure"]), Some(HYPERNETWORK));
        assert_eq!(of_keys(&["string_to_param", "name"]), Some(WORD));
    }
}
