//! The LoRAs that are added to the model while drawing: what each is called, how strongly it acts, and its end.
//!
//! Files are named here and opened by the engine. Without any there is nothing to see.

use egui::{DragValue, Ui};

use super::{row, table};
use crate::icons;
use crate::widgets::controls;
use project::LoraUse;
use text::prompt::shortened;

/// Characters of a name that are shown.
const SHOWN: usize = 20;

/// Shows the list; a weight can be changed and a LoRA taken out.
pub fn ui(ui: &mut Ui, loras: &mut Vec<LoraUse>) {
    if loras.is_empty() {
        return;
    }
    let mut gone = None;
    table(ui, "loras", |ui| {
        for (index, lora) in loras.iter_mut().enumerate() {
            let name = lora.name();
            let file = lora.file.display().to_string();
            row(ui, (&shortened(&name, SHOWN), &file), |ui| {
                let range = -LoraUse::MOST..=LoraUse::MOST;
                let weight = DragValue::new(&mut lora.weight).range(range).speed(0.01).max_decimals(2);
                let hint = t!("lora-weight.tip");
                ui.add(weight).accessible_name(t!("lora-weight.name", name = name)).on_hover_text(hint);
                let end = controls::icon_button(ui, icons::CLOSE, &t!("lora-take-out.name", name = name));
                if end.on_hover_text(t!("lora-take-out.tip")).clicked() {
                    gone = Some(index);
                }
            });
        }
    });
    if let Some(index) = gone {
        loras.remove(index);
    }
}
