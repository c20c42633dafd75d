//! The names and shapes of the published single files, as their networks are built.

use std::collections::BTreeMap;

use project::Family;

/// Names and shapes.
pub type Layout = BTreeMap<String, Vec<usize>>;

/// All tensors of a family's published file that are used.
pub fn layout(family: Family) -> Layout {
    const FOUR: &[usize] = &[320, 640, 1280, 1280];
    let (mut layout, mut addition) = (Layout::new(), None);
    let (widths, depths, context): (_, &[usize], _) = match family {
        Family::Sd1 => {
            add_clip(&mut layout, "cond_stage_model.transformer.text_model", 768, 12);
            (FOUR, &[1, 1, 1, 0], 768)
        }
        Family::Sd2 => {
            add_open_clip(&mut layout, "cond_stage_model.model", 1024, 24);
            (FOUR, &[1, 1, 1, 0], 1024)
        }
        Family::Sdxl => {
            add_clip(&mut layout, "conditioner.embedders.0.transformer.text_model", 768, 12);
            add_open_clip(&mut layout, "conditioner.embedders.1.model", 1280, 32);
            addition = Some(2816);
            (&FOUR[..3], &[0, 2, 10], 2048)
        }
        Family::Ldm => {
            add_ldm_bert(&mut layout, "cond_stage_model.transformer", 1280, 32);
            (FOUR, &[1, 1, 1, 0], 1280)
        }
    };
    let linear = matches!(family, Family::Sd2 | Family::Sdxl);
    UNet { widths, depths, context, linear, addition }.add(&mut layout, "model.diffusion_model");
    add_vae(&mut layout, "first_stage_model");
    layout
}

/// A layer with a bias.
fn add(layout: &mut Layout, name: &str, shape: &[usize]) {
    layout.insert(format!("{name}.weight"), shape.to_vec());
    layout.insert(format!("{name}.bias"), shape[..1].to_vec());
}

struct UNet {
    widths: &'static [usize],
    depths: &'static [usize],
    context: usize,
    linear: bool,
    addition: Option<usize>,
}

impl UNet {
    fn add(&self, layout: &mut Layout, place: &str) {
        let first = self.widths[0];
        let time = 4 * first;
        add(layout, &format!("{place}.time_embed.0"), &[time, first]);
        add(layout, &format!("{place}.time_embed.2"), &[time, time]);
        if let Some(width) = self.addition {
            add(layout, &format!("{place}.label_emb.0.0"), &[time, width]);
            add(layout, &format!("{place}.label_emb.0.2"), &[time, time]);
        }
        add(layout, &format!("{place}.input_blocks.0.0"), &[first, 4, 3, 3]);
        let (mut skips, mut width, mut block) = (vec![first], first, 1);
        for (level, (&next, &depth)) in self.widths.iter().zip(self.depths).enumerate() {
            for _ in 0..2 {
                let name = format!("{place}.input_blocks.{block}");
                add_resnet(layout, &format!("{name}.0"), width, next, time);
                self.add_transformer(layout, &format!("{name}.1"), next, depth);
                (width, block) = (next, block + 1);
                skips.push(width);
            }
            if level + 1 < self.widths.len() {
                add(layout, &format!("{place}.input_blocks.{block}.0.op"), &[width, width, 3, 3]);
                block += 1;
                skips.push(width);
            }
        }
        let middle = self.depths.iter().copied().rfind(|depth| *depth > 0).unwrap_or(1);
        add_resnet(layout, &format!("{place}.middle_block.0"), width, width, time);
        self.add_transformer(layout, &format!("{place}.middle_block.1"), width, middle);
        add_resnet(layout, &format!("{place}.middle_block.2"), width, width, time);
        let mut block = 0;
        for (level, (&next, &depth)) in self.widths.iter().zip(self.depths).enumerate().rev() {
            for layer in 0..3 {
                let name = format!("{place}.output_blocks.{block}");
                add_resnet(layout, &format!("{name}.0"), width + skips.pop().unwrap_or(0), next, time);
                self.add_transformer(layout, &format!("{name}.1"), next, depth);
                (width, block) = (next, block + 1);
                if layer == 2 && level > 0 {
                    let index = if depth > 0 { 2 } else { 1 };
                    add(layout, &format!("{name}.{index}.conv"), &[width, width, 3, 3]);
                }
            }
        }
        add(layout, &format!("{place}.out.0"), &[first]);
        add(layout, &format!("{place}.out.2"), &[4, first, 3, 3]);
    }

    fn add_transformer(&self, layout: &mut Layout, place: &str, width: usize, depth: usize) {
        if depth == 0 {
            return;
        }
        let projection: &[usize] = if self.linear { &[width, width] } else { &[width, width, 1, 1] };
        add(layout, &format!("{place}.norm"), &[width]);
        add(layout, &format!("{place}.proj_in"), projection);
        add(layout, &format!("{place}.proj_out"), projection);
        for index in 0..depth {
            let block = format!("{place}.transformer_blocks.{index}");
            for (attention, from) in [("attn1", width), ("attn2", self.context)] {
                for (matrix, from) in [("to_q", width), ("to_k", from), ("to_v", from)] {
                    layout.insert(format!("{block}.{attention}.{matrix}.weight"), vec![width, from]);
                }
                add(layout, &format!("{block}.{attention}.to_out.0"), &[width, width]);
            }
            add(layout, &format!("{block}.ff.net.0.proj"), &[8 * width, width]);
            add(layout, &format!("{block}.ff.net.2"), &[width, 4 * width]);
            for norm in ["norm1", "norm2", "norm3"] {
                add(layout, &format!("{block}.{norm}"), &[width]);
            }
        }
    }
}

fn add_resnet(layout: &mut Layout, place: &str, from: usize, to: usize, time: usize) {
    add(layout, &format!("{place}.in_layers.0"), &[from]);
    add(layout, &format!("{place}.in_layers.2"), &[to, from, 3, 3]);
    add(layout, &format!("{place}.emb_layers.1"), &[to, time]);
    add(layout, &format!("{place}.out_layers.0"), &[to]);
    add(layout, &format!("{place}.out_layers.3"), &[to, to, 3, 3]);
    if from != to {
        add(layout, &format!("{place}.skip_connection"), &[to, from, 1, 1]);
    }
}

fn add_clip(layout: &mut Layout, place: &str, width: usize, layers: usize) {
    layout.insert(format!("{place}.embeddings.token_embedding.weight"), vec![49408, width]);
    layout.insert(format!("{place}.embeddings.position_embedding.weight"), vec![77, width]);
    add(layout, &format!("{place}.final_layer_norm"), &[width]);
    for layer in 0..layers {
        let layer = format!("{place}.encoder.layers.{layer}");
        for matrix in ["q_proj", "k_proj", "v_proj", "out_proj"] {
            add(layout, &format!("{layer}.self_attn.{matrix}"), &[width, width]);
        }
        add(layout, &format!("{layer}.layer_norm1"), &[width]);
        add(layout, &format!("{layer}.layer_norm2"), &[width]);
        add(layout, &format!("{layer}.mlp.fc1"), &[4 * width, width]);
        add(layout, &format!("{layer}.mlp.fc2"), &[width, 4 * width]);
    }
}

fn add_open_clip(layout: &mut Layout, place: &str, width: usize, layers: usize) {
    layout.insert(format!("{place}.token_embedding.weight"), vec![49408, width]);
    layout.insert(format!("{place}.positional_embedding"), vec![77, width]);
    layout.insert(format!("{place}.text_projection"), vec![width, width]);
    layout.insert(format!("{place}.logit_scale"), vec![]);
    add(layout, &format!("{place}.ln_final"), &[width]);
    for layer in 0..layers {
        let layer = format!("{place}.transformer.resblocks.{layer}");
        layout.insert(format!("{layer}.attn.in_proj_weight"), vec![3 * width, width]);
        layout.insert(format!("{layer}.attn.in_proj_bias"), vec![3 * width]);
        add(layout, &format!("{layer}.attn.out_proj"), &[width, width]);
        add(layout, &format!("{layer}.ln_1"), &[width]);
        add(layout, &format!("{layer}.ln_2"), &[width]);
        add(layout, &format!("{layer}.mlp.c_fc"), &[4 * width, width]);
        add(layout, &format!("{layer}.mlp.c_proj"), &[width, 4 * width]);
    }
}

fn add_ldm_bert(layout: &mut Layout, place: &str, width: usize, layers: usize) {
    const INNER: usize = 512;
    layout.insert(format!("{place}.token_emb.weight"), vec![30522, width]);
    layout.insert(format!("{place}.pos_emb.emb.weight"), vec![77, width]);
    add(layout, &format!("{place}.norm"), &[width]);
    add(layout, &format!("{place}.to_logits"), &[30522, width]);
    for layer in 0..layers {
        let attention = format!("{place}.attn_layers.layers.{}", 2 * layer);
        let forward = format!("{place}.attn_layers.layers.{}", 2 * layer + 1);
        for matrix in ["to_q", "to_k", "to_v"] {
            layout.insert(format!("{attention}.1.{matrix}.weight"), vec![INNER, width]);
        }
        add(layout, &format!("{attention}.1.to_out"), &[width, INNER]);
        add(layout, &format!("{attention}.0"), &[width]);
        add(layout, &format!("{forward}.0"), &[width]);
        add(layout, &format!("{forward}.1.net.0.0"), &[4 * width, width]);
        add(layout, &format!("{forward}.1.net.2"), &[width, 4 * width]);
    }
}

fn add_vae(layout: &mut Layout, place: &str) {
    const WIDTHS: [usize; 4] = [128, 256, 512, 512];
    let resnet = |layout: &mut Layout, place: &str, from: usize, to: usize| {
        add(layout, &format!("{place}.norm1"), &[from]);
        add(layout, &format!("{place}.conv1"), &[to, from, 3, 3]);
        add(layout, &format!("{place}.norm2"), &[to]);
        add(layout, &format!("{place}.conv2"), &[to, to, 3, 3]);
        if from != to {
            add(layout, &format!("{place}.nin_shortcut"), &[to, from, 1, 1]);
        }
    };
    let [first, .., last] = WIDTHS;
    for (side, channels, out) in [("encoder", 3, 8), ("decoder", 4, 3)] {
        let side = format!("{place}.{side}");
        for layer in ["block_1", "block_2"] {
            resnet(layout, &format!("{side}.mid.{layer}"), last, last);
        }
        add(layout, &format!("{side}.mid.attn_1.norm"), &[last]);
        for matrix in ["q", "k", "v", "proj_out"] {
            add(layout, &format!("{side}.mid.attn_1.{matrix}"), &[last, last, 1, 1]);
        }
        let (inner, outer) = if channels == 3 { (first, last) } else { (last, first) };
        add(layout, &format!("{side}.conv_in"), &[inner, channels, 3, 3]);
        add(layout, &format!("{side}.norm_out"), &[outer]);
        add(layout, &format!("{side}.conv_out"), &[out, outer, 3, 3]);
    }
    let mut width = first;
    for (level, &next) in WIDTHS.iter().enumerate() {
        for block in 0..2 {
            resnet(layout, &format!("{place}.encoder.down.{level}.block.{block}"), width, next);
            width = next;
        }
        if level < 3 {
            add(layout, &format!("{place}.encoder.down.{level}.downsample.conv"), &[width, width, 3, 3]);
        }
    }
    for (level, &next) in WIDTHS.iter().enumerate().rev() {
        for block in 0..3 {
            resnet(layout, &format!("{place}.decoder.up.{level}.block.{block}"), width, next);
            width = next;
        }
        if level > 0 {
            add(layout, &format!("{place}.decoder.up.{level}.upsample.conv"), &[width, width, 3, 3]);
        }
    }
    add(layout, &format!("{place}.quant_conv"), &[8, 8, 1, 1]);
    add(layout, &format!("{place}.post_quant_conv"), &[4, 4, 1, 1]);
}
