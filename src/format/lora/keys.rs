//! How LoRA files call their tensors: one table of endings and one of beginnings, for kohya's scripts, LyCORIS, peft,
//! ComfyUI and every diffusers.
//!
//! kohya writes `_` for each dot, so that names are compared in that form. Whether a model has the layer is not known
//! here.

/// The U-Net, as model folders call it.
pub(super) const UNET: &str = "unet";
const TEXT: &str = "text_encoder";
const TEXT_2: &str = "text_encoder_2";
/// The parts of a model that are added to.
pub(super) const PARTS: [&str; 3] = [UNET, TEXT, TEXT_2];

/// A layer of a part, its name with `_` for dots.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Layer {
    pub part: &'static str,
    pub name: String,
}

impl Layer {
    /// Its name for a sentence.
    pub fn shown(&self) -> String {
        shown(&self.name)
    }
}

/// A name for a sentence: a stranger's file may have signs in it that move what stands around them.
pub(super) fn shown(name: &str) -> String {
    name.escape_debug().to_string()
}

/// What a tensor is to its layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Down,
    Up,
    Mid,
    Alpha,
    /// All that is added to a weight.
    Diff,
    /// All that is added to a bias.
    Shift,
}

/// How the names of tensors end.
const ENDS: [(&str, Role); 18] = [
    // kohya and LyCORIS.
    (".lora_down.weight", Role::Down),
    (".lora_up.weight", Role::Up),
    (".lora_mid.weight", Role::Mid),
    (".alpha", Role::Alpha),
    // LyCORIS's full and norm modules.
    (".diff", Role::Diff),
    (".diff_b", Role::Shift),
    (".w_norm", Role::Diff),
    (".b_norm", Role::Shift),
    // peft, and what its models save themselves.
    (".lora_A.weight", Role::Down),
    (".lora_B.weight", Role::Up),
    (".lora_A.default.weight", Role::Down),
    (".lora_B.default.weight", Role::Up),
    // diffusers before peft.
    (".lora_linear_layer.down.weight", Role::Down),
    (".lora_linear_layer.up.weight", Role::Up),
    (".lora.down.weight", Role::Down),
    (".lora.up.weight", Role::Up),
    ("_lora.down.weight", Role::Down),
    ("_lora.up.weight", Role::Up),
];

/// How they begin, and which part that is. The first that fits counts; what begins otherwise is the U-Net's.
const STARTS: [(&str, &str); 13] = [
    ("lora_unet_", UNET),
    ("lora_te1_", TEXT),
    ("lora_te2_", TEXT_2),
    ("lora_te_", TEXT),
    ("lycoris_", UNET),
    ("unet.", UNET),
    ("model.diffusion_model.", UNET),
    ("diffusion_model.", UNET),
    ("text_encoder_2.", TEXT_2),
    ("text_encoder.", TEXT),
    // ComfyUI, which calls the U-Net's as they are and text encoders by their kind.
    ("text_encoders.clip_l.transformer.", TEXT),
    ("text_encoders.clip_h.transformer.", TEXT),
    ("text_encoders.clip_g.transformer.", TEXT_2),
];

/// Old names of projections: the U-Net's output has an index, and text encoders have names of their own.
const PROJECTIONS: [(&str, &str); 5] = [
    ("attn1_to_out", "attn1_to_out_0"),
    ("attn2_to_out", "attn2_to_out_0"),
    ("self_attn_to_q", "self_attn_q_proj"),
    ("self_attn_to_k", "self_attn_k_proj"),
    ("self_attn_to_v", "self_attn_v_proj"),
];

/// The part that a tensor belongs to, what its layer is called there by the file, and what it is to that.
fn parted(name: &str) -> Option<(&'static str, &str, Role)> {
    let name = name.strip_prefix("base_model.model.").unwrap_or(name);
    let (rest, role) = ENDS.iter().find_map(|(end, role)| Some((name.strip_suffix(end)?, *role)))?;
    let begun = STARTS.iter().find_map(|(start, part)| Some((*part, rest.strip_prefix(start)?)));
    let (part, rest) = begun.unwrap_or((UNET, rest));
    Some((part, rest.strip_prefix("base_model.model.").unwrap_or(rest), role))
}

/// What peft calls the layer of a tensor, with dots.
pub(super) fn module(name: &str) -> Option<&str> {
    parted(name).map(|(_, module, _)| module)
}

/// The layer that a tensor belongs to, and what it is to it.
pub(super) fn read(name: &str) -> Option<(Layer, Role)> {
    let (part, rest, role) = parted(name)?;
    let mut name = flat(&rest.replace(".processor.", "."));
    if part != UNET {
        name = name.strip_prefix("text_model_").map(str::to_owned).unwrap_or(name);
    }
    for (old, new) in PROJECTIONS {
        if let Some(start) = name.strip_suffix(old) {
            name = format!("{start}{new}");
            break;
        }
    }
    if let Some(start) = name.strip_suffix("self_attn_to_out") {
        name = format!("{start}self_attn_out_proj");
    }
    Some((Layer { part, name }, role))
}

/// A name with `_` for dots.
pub(super) fn flat(name: &str) -> String {
    name.replace('.', "_")
}

/// What a file with a tensor of this name is, if it is an addition of another kind.
pub(super) fn other_kind(name: &str) -> Option<&'static str> {
    const KINDS: [(&str, &str); 7] = [
        ("dora_scale", "a DoRA"),
        ("lora_magnitude_vector", "a DoRA"),
        ("hada_w1", "a LoHa"),
        ("lokr_w", "a LoKr"),
        ("oft_diag", "an OFT"),
        ("oft_blocks", "an OFT"),
        ("lora_controlnet", "a ControlNet-LoRA"),
    ];
    KINDS.iter().find(|(mark, _)| name.contains(mark)).map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_every_program_come_to_one_form() {
        let q = "down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q";
        let out = "down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_out_0";
        let text = "encoder_layers_3_self_attn_q_proj";
        for (name, part, expected, role) in [
            (format!("lora_unet_{q}.lora_down.weight"), UNET, q, Role::Down),
            (format!("lycoris_{q}.lora_up.weight"), UNET, q, Role::Up),
            (format!("lora_unet_{q}.alpha"), UNET, q, Role::Alpha),
            (
                "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_A.weight".into(),
                UNET,
                q,
                Role::Down,
            ),
            (
                "unet.base_model.model.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_B.default.weight"
                    .into(),
                UNET,
                q,
                Role::Up,
            ),
            (
                "down_blocks.0.attentions.0.transformer_blocks.0.attn2.processor.to_out_lora.up.weight".into(),
                UNET,
                out,
                Role::Up,
            ),
            (
                "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_out.0.lora.down.weight".into(),
                UNET,
                out,
                Role::Down,
            ),
            (
                "lora_te_text_model_encoder_layers_3_self_attn_q_proj.lora_up.weight".into(),
                TEXT,
                text,
                Role::Up,
            ),
            (
                "lora_te2_text_model_encoder_layers_3_self_attn_q_proj.alpha".into(),
                TEXT_2,
                text,
                Role::Alpha,
            ),
            (
                "text_encoder.text_model.encoder.layers.3.self_attn.q_proj.lora_linear_layer.down.weight".into(),
                TEXT,
                text,
                Role::Down,
            ),
            (
                "text_encoder_2.text_model.encoder.layers.3.self_attn.to_q_lora.up.weight".into(),
                TEXT_2,
                text,
                Role::Up,
            ),
            (
                "text_encoders.clip_l.transformer.text_model.encoder.layers.3.self_attn.q_proj.lora_up.weight".into(),
                TEXT,
                text,
                Role::Up,
            ),
            (
                "text_encoders.clip_h.transformer.text_model.encoder.layers.3.self_attn.q_proj.lora_down.weight".into(),
                TEXT,
                text,
                Role::Down,
            ),
            (
                "text_encoders.clip_g.transformer.text_projection.lora_up.weight".into(),
                TEXT_2,
                "text_projection",
                Role::Up,
            ),
            (
                "lora_unet_input_blocks_4_1_proj_in.lora_mid.weight".into(),
                UNET,
                "input_blocks_4_1_proj_in",
                Role::Mid,
            ),
            (format!("lora_unet_{q}.diff"), UNET, q, Role::Diff),
            (format!("lora_unet_{q}.diff_b"), UNET, q, Role::Shift),
            ("lora_unet_mid_block_resnets_0_norm1.b_norm".into(), UNET, "mid_block_resnets_0_norm1", Role::Shift),
        ] {
            let expected = (Layer { part, name: expected.into() }, role);
            assert_eq!(read(&name), Some(expected), "{name}");
        }
        assert_eq!(read("conv_in.weight"), None);
        let name = "base_model.model.down_blocks.0.attentions.0.attn1.to_q.lora_A.weight";
        assert_eq!(module(name), Some("down_blocks.0.attentions.0.attn1.to_q"));
        let layer = read("unet.mid\u{1b}[2J猫.lora_A.weight").unwrap().0;
        assert_eq!(layer.shown(), "mid\\u{1b}[2J猫");
    }
}
