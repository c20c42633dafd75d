//! The picture that is open in the Concept page: large, with the square to learn, the mask, the caption and the
//! rights.
//!
//! It edits the entry it is given and asks for the rest; the file of the picture stays as it is.

use egui::{Align, Button, ComboBox, Label, Layout, RichText, ScrollArea, Slider, TextEdit, Ui, UiBuilder};

use super::rights::{from_whom, right};
use crate::action::Action;
use crate::icons;
use crate::language::sentences::said;
use crate::state::AppState;
use crate::texture::Shared;
use crate::theme::{self, FAR, GAP, NEAR};
use crate::widgets::controls;
use crate::widgets::crop::{CropEditor, SMALLEST, Square, paint_view};
use crate::widgets::gallery::file_name;
use crate::widgets::mask_brush::MaskBrush;
use disk::message::{ConceptPicture, Task};
use project::{Crop, LearnSettings, PictureEntry, PictureNotes, Rights};

/// What a pull on the picture does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Tool {
    #[default]
    Square,
    Mask,
}

#[derive(Debug, Default)]
pub struct PictureDetail {
    tool: Tool,
    crop: CropEditor,
    brush: MaskBrush,
    /// The right that all pictures are to have, once that was asked for.
    pub for_all: Option<(Rights, Option<String>)>,
}

impl PictureDetail {
    /// No picture is open. Its mask may be another one when it is opened again: outlines are suggested for all.
    pub fn leave(&mut self) {
        self.brush.leave();
    }

    /// Shows the picture and its decisions; false once it is to be closed.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        state: &AppState,
        shared: &mut Shared,
        view: Option<&ConceptPicture>,
        entry: &mut PictureEntry,
        settings: &mut LearnSettings,
    ) -> bool {
        let suggested = state.outlined.as_ref().filter(|(path, _)| *path == entry.path).map(|(_, mask)| mask);
        let looking = state.outlining.as_ref().is_some_and(|waiting| waiting.waiting.contains(&entry.path));
        self.brush.offer(suggested, looking);
        let area = ui.available_rect_before_wrap();
        let side = area.height().min(area.width() * 0.5).max(0.0);
        let (canvas, rest) = area.split_left_right_at_x(area.left() + side);
        let rest = rest.with_min_x((rest.left() + GAP).min(rest.right()));
        if let Some(view) = view {
            let mut ui = ui.new_child(UiBuilder::new().id_salt("picture stage").max_rect(canvas));
            self.canvas(&mut ui, shared, view, entry);
        }
        let layout = Layout::top_down(Align::Min);
        let mut controls =
            ui.new_child(UiBuilder::new().id_salt("picture knobs").max_rect(rest).layout(layout));
        let open = self.controls(&mut controls, view, entry, settings, &mut shared.actions);
        ui.advance_cursor_after_rect(area);
        open
    }

    /// The picture with what is being moved or painted on it.
    fn canvas(&mut self, ui: &mut Ui, shared: &mut Shared, view: &ConceptPicture, entry: &mut PictureEntry) {
        let name = file_name(&entry.path);
        let space = ui.max_rect();
        match self.tool {
            Tool::Square => {
                self.brush.leave();
                let mask = view.mask.as_ref().filter(|_| entry.mask == view.entry.mask);
                if let Some(shown) = paint_view(ui, shared, view, mask, None, space)
                    && let Some(crop) = self.crop.ui(ui, shown, view.size, entry.crop, &name)
                {
                    entry.crop = crop;
                }
            }
            Tool::Mask => {
                self.brush.follow(view);
                let shown = paint_view(ui, shared, view, self.brush.mask(), Some(entry.crop), space);
                shared.actions.extend(shown.and_then(|shown| self.brush.paint(ui, shown, view, &name)));
            }
        }
    }

    fn controls(
        &mut self,
        ui: &mut Ui,
        view: Option<&ConceptPicture>,
        entry: &mut PictureEntry,
        settings: &mut LearnSettings,
        actions: &mut Vec<Action>,
    ) -> bool {
        let mut open = true;
        controls::from_right(ui, |ui| {
            let close = ui
                .button(format!("{} {}", icons::CLOSE, t!("picture-close")))
                .accessible_name(t!("picture-close"));
            open = !close.on_hover_text(t!("picture-close.tip")).clicked();
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(RichText::new(file_name(&entry.path)).strong()).truncate());
            });
        });
        ScrollArea::vertical().id_salt("picture scroll").auto_shrink(false).show(ui, |ui| {
            match view {
                None => {
                    ui.label(t!("picture-looked-at"));
                }
                Some(view) => match &view.fault {
                    Some(fault) => {
                        ui.colored_label(theme::tokens(ui).error, said(fault));
                    }
                    None => self.tools(ui, view, entry, settings, actions),
                },
            }
            ui.add_space(NEAR);
            if decisions(ui, view.map(|view| &view.notes), entry, settings) {
                self.for_all = Some((entry.rights, entry.rights_from.clone()));
            }
            ui.add_space(GAP);
            let remove = ui
                .button(format!("{} {}", icons::TRASH, t!("picture-remove")))
                .accessible_name(t!("picture-remove"));
            let remove = remove.on_hover_text(t!("picture-remove.tip"));
            if remove.clicked() {
                actions.push(Action::Disk(Task::RemovePicture(entry.path.clone())));
                open = false;
            }
            ui.add_space(FAR);
        });
        open
    }

    /// The knobs of the square and of the brush.
    fn tools(
        &mut self,
        ui: &mut Ui,
        view: &ConceptPicture,
        entry: &mut PictureEntry,
        settings: &mut LearnSettings,
        actions: &mut Vec<Action>,
    ) {
        ui.horizontal_wrapped(|ui| {
            controls::choice(ui, &mut self.tool, Tool::Square, icons::CROP, named!("picture-square"));
            controls::choice(ui, &mut self.tool, Tool::Mask, icons::MASK, named!("picture-mask"));
        });
        match self.tool {
            Tool::Square => square_knobs(ui, view, entry),
            Tool::Mask => {
                self.brush.follow(view);
                actions.extend(self.brush.controls(ui, view));
                if !settings.use_masks {
                    switch(ui, t!("picture-masks-off"), t!("picture-use-masks"), &mut settings.use_masks);
                }
            }
        }
    }
}

fn square_knobs(ui: &mut Ui, view: &ConceptPicture, entry: &mut PictureEntry) {
    let tokens = theme::tokens(ui);
    let square = Square::of(entry.crop, view.size);
    ui.horizontal_wrapped(|ui| {
        let mut percent = square.side * 100.0;
        let slider = Slider::new(&mut percent, SMALLEST * 100.0..=100.0).suffix(" %").fixed_decimals(0);
        if controls::field(ui, named!("picture-size"), slider).changed() {
            entry.crop = square.sized(percent / 100.0, view.size).crop();
        }
        let centre = ui.add_enabled(
            entry.crop != Crop::Centre,
            Button::new(format!("{} {}", icons::FIT, t!("picture-centre"))),
        );
        if centre
            .accessible_name(t!("picture-centre"))
            .on_hover_text(t!("picture-centre.tip"))
            .on_disabled_hover_text(t!("picture-centre.disabled"))
            .clicked()
        {
            entry.crop = Crop::Centre;
        }
    });
    let (width, height) = view.size;
    let pixels = entry.crop.square(width, height).map_or(0, |(_, _, side)| side);
    let help = t!("picture-drag");
    let text = t!("picture-pixels", pixels = pixels, width = width, height = height, help = help);
    ui.label(RichText::new(text).small().color(tokens.quiet));
}

/// What was decided about the picture beside its square and its mask; whether its rights are to hold for all.
fn decisions(
    ui: &mut Ui,
    notes: Option<&PictureNotes>,
    entry: &mut PictureEntry,
    settings: &mut LearnSettings,
) -> bool {
    let mut all = false;
    ui.add_enabled_ui(settings.flip, |ui| {
        controls::tick(ui, &mut entry.allow_flip, named!("picture-mirror"))
            .on_disabled_hover_text(t!("picture-mirror.disabled"));
    });

    let mut caption = entry.caption.clone().unwrap_or_default();
    let field =
        TextEdit::singleline(&mut caption).id_salt(("caption", &entry.path)).desired_width(f32::INFINITY);
    if controls::field(ui, named!("picture-caption"), field.hint_text(t!("picture-caption.hint"))).changed() {
        entry.caption = Some(caption).filter(|caption| !caption.trim().is_empty());
    }
    if let Some(description) = notes.and_then(|notes| notes.description.as_ref())
        && entry.caption.as_ref() != Some(description)
    {
        let tip = t!("picture-caption-take.tip");
        if offer(ui, &t!("picture-caption-found", description = description), t!("picture-caption-take"), tip)
        {
            entry.caption = Some(description.clone());
        }
    }
    if entry.caption.is_some() && !settings.use_captions {
        switch(ui, t!("picture-captions-off"), t!("picture-use-captions"), &mut settings.use_captions);
    }

    ui.horizontal_wrapped(|ui| {
        let label = ui.label(t!("picture-rights"));
        let (now, _) = right(entry.rights);
        ComboBox::from_id_salt("picture rights")
            .selected_text(now)
            .show_ui(ui, |ui| {
                for &rights in Rights::ALL {
                    let (text, tip) = right(rights);
                    ui.selectable_value(&mut entry.rights, rights, text).on_hover_text(tip);
                }
            })
            .response
            .labelled_by(label.id)
            .on_hover_text(t!("picture-rights.tip"));
        let same = ui.small_button(t!("picture-same-for-all")).on_hover_text(t!("picture-same-for-all.tip"));
        all = same.clicked();
    });
    from_whom(ui, entry.rights, &mut entry.rights_from, t!("picture-this"));
    for mark in notes.map(|notes| notes.marks.as_slice()).unwrap_or_default() {
        controls::warning(ui, &t!("picture-marked", mark = said(mark)));
    }
    if let Some(whose) = notes.and_then(PictureNotes::whose) {
        let text = t!("picture-rights-found", whose = whose);
        match notes.and_then(PictureNotes::right).filter(|found| *found != entry.rights) {
            Some(found) => {
                let tip = t!("picture-rights-take.tip", right = right(found).0);
                if offer(ui, &text, t!("picture-rights-take"), &tip) {
                    entry.rights = found;
                }
            }
            // Who is named may be the artist or anybody: nobody but the artist can say by what right it is used.
            None => {
                ui.label(RichText::new(text).small().color(theme::tokens(ui).quiet));
            }
        }
    }
    all
}

/// What was found, with a button that takes it; whether it was pressed.
fn offer(ui: &mut Ui, text: &str, button: &str, tip: &str) -> bool {
    let text = ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(text).small().color(theme::tokens(ui).quiet));
        ui.small_button(button).on_hover_text(tip).clicked()
    });
    text.inner
}

/// A sentence with a button that switches something on.
fn switch(ui: &mut Ui, text: &str, button: &str, on: &mut bool) {
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(text).small().color(theme::tokens(ui).warning));
        if ui.small_button(button).on_hover_text(t!("picture-switch.tip")).clicked() {
            *on = true;
        }
    });
}
