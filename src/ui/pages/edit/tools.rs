//! The tools of the hand above the picture: what paints, how wide, and what is done to the whole mask.

use egui::{DragValue, ProgressBar, ScrollArea, Slider, SliderClamping, Ui, vec2};

use crate::action::{Action, System};
use crate::dialog::Question;
use crate::editing::{EditAction, OpenPicture};
use crate::icons;
use crate::widgets::controls;
use project::mask::{FARTHEST, MaskChange};

/// Width of what shows how far a change of the whole mask has come, in points.
const BAR: f32 = 260.0;
/// Width of the slider for the brush, and of the number beside it, in points.
const SLIDER: [f32; 2] = [100.0, 72.0];
/// The part of the room that the tools take at most; in a small window they scroll.
const PART: f32 = 0.4;
/// Widest brush, in pixels.
const WIDEST: f32 = 2000.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tool {
    #[default]
    Brush,
    Eraser,
    Lasso,
    Rectangle,
    Fill,
    Hand,
}

impl Tool {
    /// Every tool: its key and its icon.
    pub const ALL: [(Self, egui::Key, &str); 6] = [
        (Self::Brush, egui::Key::B, icons::BRUSH),
        (Self::Eraser, egui::Key::E, icons::MINUS),
        (Self::Lasso, egui::Key::L, icons::SHAPES),
        (Self::Rectangle, egui::Key::R, icons::CROP),
        (Self::Fill, egui::Key::F, icons::PALETTE),
        (Self::Hand, egui::Key::H, icons::FIT),
    ];

    /// Its name and what it does.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Brush => named!("edit-brush"),
            Self::Eraser => named!("edit-eraser"),
            Self::Lasso => named!("edit-lasso"),
            Self::Rectangle => named!("edit-rectangle"),
            Self::Fill => named!("edit-fill"),
            Self::Hand => named!("edit-hand"),
        }
    }
}

/// What the hand holds.
#[derive(Debug)]
pub struct Hand {
    pub tool: Tool,
    /// Width of the brush in pixels.
    pub size: f32,
    /// The size of the picture that it suits.
    pub suits: (u32, u32),
    /// Whether lasso, rectangle and fill wipe away.
    pub wipe: bool,
    /// By how many pixels a mask grows, shrinks or softens.
    pub by: u32,
}

impl Default for Hand {
    fn default() -> Self {
        Self { tool: Tool::Brush, size: 1.0, suits: (0, 0), wipe: false, by: 8 }
    }
}

impl Hand {
    /// Whether the tool paints, or wipes.
    pub fn adds(&self) -> bool {
        match self.tool {
            Tool::Brush => true,
            Tool::Eraser => false,
            _ => !self.wipe,
        }
    }

    /// Another width, within what is sensible.
    pub fn resize(&mut self, size: f32) {
        self.size = size.clamp(1.0, WIDEST);
    }
}

/// The tools in as many lines as they need, above a picture that keeps most of the room.
pub fn ui(ui: &mut Ui, hand: &mut Hand, open: &OpenPicture, actions: &mut Vec<Action>) {
    let area = ScrollArea::vertical().id_salt("edit-tools").auto_shrink([false, true]);
    area.max_height(PART * ui.available_height()).show(ui, |ui| lines(ui, hand, open, actions));
}

fn lines(ui: &mut Ui, hand: &mut Hand, open: &OpenPicture, actions: &mut Vec<Action>) {
    let (width, height) = open.picture.dimensions();
    if hand.suits != (width, height) {
        hand.suits = (width, height);
        hand.resize((width.min(height) as f32 / 12.0).round());
    }
    ui.horizontal_wrapped(|ui| {
        for (tool, _, icon) in Tool::ALL {
            let (name, hint) = tool.words();
            controls::choice(ui, &mut hand.tool, tool, icon, (name, hint));
        }
        controls::tick(ui, &mut hand.wipe, named!("edit-take-away"));
        let slider = Slider::new(&mut hand.size, 1.0..=WIDEST).logarithmic(true).suffix(" px");
        let slider = slider.fixed_decimals(0).clamping(SliderClamping::Always);
        // Slider and number go to the next line together.
        let size =
            vec2(SLIDER.iter().sum::<f32>() + ui.spacing().item_spacing.x, ui.spacing().interact_size.y);
        let slider = ui.allocate_ui(size, |ui| {
            ui.spacing_mut().slider_width = SLIDER[0];
            ui.add(slider)
        });
        slider.inner.accessible_name(t!("edit-size.name")).on_hover_text(t!("edit-size.tip"));
    });
    let mut wanted = None;
    ui.horizontal_wrapped(|ui| {
        let mut offer =
            |ui: &mut Ui, enabled: bool, icon: &str, name: &str, hint: &str, action: EditAction| {
                let button = controls::button(ui, enabled, icon, name).on_hover_text(hint);
                if button.on_disabled_hover_text(t!("edit-change.disabled")).clicked() {
                    wanted = Some(action);
                }
            };
        let (undo, redo) = (open.mask.can_undo(), open.mask.can_redo());
        offer(ui, undo, icons::UNDO, t!("edit-undo"), t!("edit-undo.tip"), EditAction::Undo);
        offer(ui, redo, icons::REPEAT, t!("edit-redo"), t!("edit-redo.tip"), EditAction::Redo);
        let field = ui.add(DragValue::new(&mut hand.by).range(1..=FARTHEST).speed(0.2).suffix(" px"));
        field.accessible_name(t!("edit-by.name")).on_hover_text(t!("edit-by.tip"));
        let by = hand.by;
        for (icon, name, hint, change) in [
            (icons::PLUS, t!("edit-grow"), t!("edit-grow.tip"), MaskChange::Grow(by)),
            (icons::MINUS, t!("edit-shrink"), t!("edit-shrink.tip"), MaskChange::Shrink(by)),
            (icons::SPARKLE, t!("edit-soften"), t!("edit-soften.tip"), MaskChange::Feather(by)),
            (icons::SPLIT, t!("edit-invert"), t!("edit-invert.tip"), MaskChange::Invert),
            (icons::CLOSE, t!("edit-clear"), t!("edit-clear.tip"), MaskChange::Clear),
        ] {
            offer(ui, true, icon, name, hint, EditAction::Change(change));
        }
        let hint = t!("edit-find.tip");
        offer(ui, true, icons::MASK, t!("edit-find"), hint, EditAction::FindThing);
    });
    ui.horizontal_wrapped(|ui| {
        for (icon, name, hint, question) in [
            (icons::FOLDER, t!("edit-load-mask"), t!("edit-load-mask.tip"), Question::LoadMask),
            (icons::SAVE, t!("edit-save-mask"), t!("edit-save-mask.tip"), Question::SaveMask),
        ] {
            if controls::button(ui, true, icon, name).on_hover_text(hint).clicked() {
                actions.push(Action::System(System::Ask(question)));
            }
        }
        match open.working {
            Some(part) => {
                let bar = ProgressBar::new(part).desired_width(BAR).text(t!("edit-working"));
                ui.add(bar).accessible_name(t!("edit-working.name")).on_hover_text(t!("edit-working.tip"));
            }
            None => {
                let keys = t!("edit-keys");
                controls::note(ui, keys);
            }
        }
    });
    actions.extend(wanted.map(Action::Edit));
}
