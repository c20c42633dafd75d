//! The large side of the Compose page: the picture that is being drawn or was drawn last, a grid, and the strip
//! of pictures before.
//!
//! It reads no file: what is not loaded is asked for by an action. The length is that of its tests.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{Align2, Frame, ProgressBar, Role, Sense, TextStyle, Ui, WidgetInfo, vec2};
use image::RgbImage;

use super::grids;
use super::history::History;
use crate::action::Action;
use crate::commands::UiCommand;
use crate::state::{AppState, Came, GridView, JobKind, LatentPreview};
use crate::texture::Shared;
use crate::widgets::controls;
use crate::widgets::credentials;
use crate::widgets::gallery::{self, Fit, file_name, paint};
use crate::widgets::named_files;
use crate::widgets::picture_offers;
use crate::widgets::picture_view::{Content, PictureView};
use crate::{icons, theme};
use disk::message::{DrawnPicture, Task};
use format::infotext::GenerateInfo;
use text::prompt::shortened;

/// Height of the words above the strip.
const HEADER: f32 = 30.0;
/// Characters of a prompt that are shown under its picture.
const PROMPT: usize = 220;

#[derive(Default)]
pub struct Canvas {
    picture: PictureView,
    cell: PictureView,
    compare: bool,
    /// The picture that others are laid beside, in place of the one before each.
    held: Option<PathBuf>,
    history: History,
    /// The picture whose settings were asked for.
    asked: Option<PathBuf>,
    /// The picture beside it that was asked for in full size.
    opened: Option<PathBuf>,
    /// The grid that was put aside.
    closed: Option<u64>,
    /// What had come when this was last laid out.
    came: Came,
    /// The cell that is shown large, and the grid that it is of: another one may have taken its place.
    large: Option<(u64, usize)>,
    /// Height of what stands below the picture, as it was last laid out.
    below: f32,
}

impl Canvas {
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) {
        self.follow(state);
        let margin = Frame::new().inner_margin(theme::MARGIN);
        let height = gallery::SIDE + HEADER + 2.0 * theme::GAP + theme::NEAR;
        let strip = egui::Panel::bottom("compose-gallery").exact_size(height).resizable(false).frame(margin);
        strip.show(ui, |ui| self.strip(ui, state, shared));
        egui::CentralPanel::no_frame().frame(margin).show(ui, |ui| {
            let drawing = watched(state);
            let grid = state.grid.as_ref().filter(|grid| self.closed != Some(grid.id));
            if self.history.wall {
                let clicked = self.history.wall(ui, state, shared);
                self.show(clicked, state, shared);
                return;
            }
            match (drawing, grid, &state.shown) {
                (Some(latent_preview), ..) => draw(ui, state, shared, latent_preview),
                (None, Some(grid), _) => self.grid(ui, state, shared, grid),
                (None, None, Some(shown)) => self.shown(ui, state, shared, shown),
                (None, None, None) => nothing(ui),
            }
        });
    }

    /// What has come since takes the place of a grid that was shown, or of all pictures at once.
    fn follow(&mut self, state: &AppState) {
        // Who asks for all of them while one grows looks aside.
        self.history.wall &= watched(state).is_none();
        if self.came == state.came {
            return;
        }
        self.came = state.came;
        self.history.wall = false;
        self.closed = match self.came {
            Came::Picture(_) => state.grid.as_ref().map(|grid| grid.id),
            Came::Grid(_) | Came::Nothing => None,
        };
    }

    fn strip(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared) {
        if state.gallery.is_empty() {
            controls::note(ui, t!("compose-strip-empty"));
            return;
        }
        if self.history.header(ui, state) {
            let wall = self.history.wall;
            shared.actions.push(if wall { Action::LookAside } else { Action::WatchDrawing });
        }
        let clicked = self.history.strip(ui, state, shared);
        self.show(clicked, state, shared);
    }

    /// Shows a picture large, if one was clicked.
    fn show(&mut self, clicked: Option<PathBuf>, state: &AppState, shared: &mut Shared) {
        if let Some(path) = clicked {
            self.history.wall = false;
            self.closed = state.grid.as_ref().map(|grid| grid.id);
            shared.actions.push(Action::Disk(Task::OpenPicture(path)));
        }
    }

    fn grid(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared, grid: &GridView) {
        let large = self.large.and_then(|large| large_of(grid, large));
        let done = grid.cells.iter().flatten().count();
        ui.horizontal_wrapped(|ui| {
            ui.label(controls::title(t!("compose-grid")));
            controls::note(ui, &t!("compose-grid-done", done = done, all = grid.cells.len()));
            if large.is_some() && controls::pressed(ui, icons::GRID, named!("compose-grid-back")) {
                self.large = None;
            }
            if controls::pressed(ui, icons::CLOSE, named!("compose-grid-aside")) {
                self.closed = Some(grid.id);
            }
        });
        let Some(path) = large else {
            self.large = grids::show(ui, state, shared, grid).map(|place| (grid.id, place));
            return;
        };
        let copy = shared.thumbnail(&state.thumbnails, path);
        let Some(first) = self.open(state, path, shared).or(copy) else { return };
        let content = Content { first, second: None, name: t!("compose-grid-cell") };
        let size = ui.available_size();
        self.cell.ui(ui, shared, &content, size);
    }

    fn shown(&mut self, ui: &mut Ui, state: &AppState, shared: &mut Shared, shown: &DrawnPicture) {
        self.ask(state, shown, &mut shared.actions);
        let name = file_name(&shown.path);
        let held = self.held.clone().filter(|held| *held != shown.path);
        let before = held.as_ref().or_else(|| before(state, &shown.path));
        let second = before.filter(|_| self.compare).and_then(|path| self.open(state, path, shared));
        let content = Content { first: &shown.picture, second, name: &name };
        let height = (ui.available_height() - self.below - theme::GAP).max(theme::CARD);
        let size = vec2(ui.available_width(), height);
        self.picture.ui(ui, shared, &content, size);
        let below = ui.scope(|ui| {
            self.buttons(ui, state, shown, before.is_some(), &mut shared.actions);
            if let Some(info) = &shown.info {
                let text = readable(info);
                controls::own(ui, &text).on_hover_text(info.prompt.as_str());
            }
            named_files::ui(ui, state, &shown.path);
            match state.credentials.as_ref().filter(|(of, _)| *of == shown.path) {
                Some((_, found)) => {
                    let said = credentials::said(found.as_ref());
                    controls::note(ui, &t!("compose-credentials", said = said))
                        .on_hover_text(t!("compose-credentials.tip"));
                }
                // Its room, so that the buttons stay where they are when it is read.
                None => _ = controls::note(ui, " "),
            }
        });
        let below = below.response.rect.height();
        if (below - self.below).abs() > 1.0 {
            self.below = below;
            ui.ctx().request_repaint();
        }
    }

    /// Asks once for the settings of a picture that was just drawn, when nothing newer is about to come: to ask is to look at
    /// that picture and no other.
    fn ask(&mut self, state: &AppState, shown: &DrawnPicture, actions: &mut Vec<Action>) {
        let waits = state.jobs.iter().any(|job| matches!(job.kind, JobKind::Draw { .. }));
        let busy = waits || state.is_drawing();
        if shown.info.is_none() && !busy && self.asked.as_ref() != Some(&shown.path) {
            self.asked = Some(shown.path.clone());
            actions.push(Action::Disk(Task::OpenPicture(shown.path.clone())));
        }
    }

    /// A picture in full size; asked for once, if it is not there.
    fn open<'a>(
        &mut self,
        state: &'a AppState,
        path: &Path,
        shared: &mut Shared,
    ) -> Option<&'a Arc<RgbImage>> {
        let picture = state.full(path);
        if picture.is_some() {
            self.opened = None;
        } else if self.opened.as_deref() != Some(path) {
            self.opened = Some(path.to_path_buf());
            shared.actions.push(Action::Disk(Task::OpenPreview(path.to_path_buf())));
        }
        picture
    }

    fn buttons(
        &mut self,
        ui: &mut Ui,
        state: &AppState,
        shown: &DrawnPicture,
        comparable: bool,
        actions: &mut Vec<Action>,
    ) {
        let path = || shown.path.clone();
        ui.horizontal_wrapped(|ui| {
            let held = self.held.as_ref().is_some_and(|held| *held != shown.path);
            let name = if held { t!("compose-compare-held") } else { t!("compose-compare") };
            let text = format!("{}  {name}", icons::SPLIT);
            let compare = egui::Button::selectable(self.compare && comparable, text);
            let compare = ui.add_enabled(comparable, compare).accessible_name(name);
            let compare = compare.on_hover_text(t!("compose-compare.tip"));
            let lacks = t!("compose-compare.disabled");
            if compare.on_disabled_hover_text(lacks).clicked() {
                self.compare = !self.compare;
            }
            let holding = self.held.as_ref() == Some(&shown.path);
            let hold = ui
                .selectable_label(holding, format!("{}  {}", icons::LOCK, t!("compose-hold")))
                .accessible_name(t!("compose-hold"));
            let hint = t!("compose-hold.tip");
            if hold.on_hover_text(hint).clicked() {
                self.held = (!holding).then(path);
            }
            if state.aside && controls::pressed(ui, icons::EYE, named!("compose-watch")) {
                let of_grid = |kind: &JobKind| matches!(kind, JobKind::Grid { .. });
                if state.jobs.iter().any(|job| job.begun && of_grid(&job.kind)) {
                    self.closed = None;
                }
                actions.push(Action::WatchDrawing);
            }
            picture_offers::ui(ui, &shown.path, Some(&shown.picture), actions);
            if place(state, &shown.path).is_some() {
                let wanted = || Task::TrashPicture(path());
                controls::offer(ui, icons::TRASH, named!("compose-delete"), actions, wanted);
            }
            if state.grid.is_some() && controls::pressed(ui, icons::GRID, named!("compose-show-grid")) {
                self.closed = None;
            }
            controls::note(ui, t!("compose-look"));
        });
    }
}

/// The picture of a cell that was chosen, if it was chosen in this grid.
fn large_of(grid: &GridView, (id, place): (u64, usize)) -> Option<&PathBuf> {
    grid.cells.get(place)?.as_ref().filter(|_| grid.id == id)
}

/// The picture that grows here, unless the person looks at another meanwhile.
fn watched(state: &AppState) -> Option<&LatentPreview> {
    let growing = state.latent_preview.as_ref().filter(|latents| grows_here(state, latents));
    growing.filter(|_| !state.aside)
}

/// Whether a picture grows here: one of a grid grows in its cell, and every other job's on the page that it was asked on.
fn grows_here(state: &AppState, latent_preview: &LatentPreview) -> bool {
    let kind = state.jobs.iter().find(|job| job.id == latent_preview.job).map(|job| &job.kind);
    matches!(kind, Some(JobKind::Draw { .. }))
}

/// The picture drawn before this one.
fn before<'a>(state: &'a AppState, path: &Path) -> Option<&'a PathBuf> {
    state.gallery.get(place(state, path)? + 1)
}

/// Where a picture stands among those drawn before. Names are compared as they are written: of twenty thousand paths
/// that is quick enough for every frame.
fn place(state: &AppState, path: &Path) -> Option<usize> {
    state.gallery.iter().position(|picture| picture.as_os_str() == path.as_os_str())
}

/// A picture as it grows.
pub fn draw(ui: &mut Ui, state: &AppState, shared: &mut Shared, latent_preview: &LatentPreview) {
    let kind = state.jobs.iter().find(|job| job.id == latent_preview.job).map(|job| &job.kind);
    let mut text = t!("compose-step", step = latent_preview.step, steps = latent_preview.steps);
    if let Some(&(JobKind::Draw { count } | JobKind::Edit { count, .. })) = kind
        && count > 1
    {
        text = t!(
            "compose-picture-step",
            index = latent_preview.index + 1,
            count = count,
            step = latent_preview.step,
            steps = latent_preview.steps
        );
    }
    let height = (ui.available_height() - 2.0 * theme::FAR - 3.0 * theme::GAP).max(theme::CARD);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, t!("compose-growing")));
    paint(ui, shared, &latent_preview.picture, rect, Fit::Contain);
    ui.horizontal(|ui| {
        ui.label(text);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            controls::command(ui, UiCommand::Skip, &mut shared.actions);
        });
    });
    let done = latent_preview.step as f32 / latent_preview.steps.max(1) as f32;
    let bar = ProgressBar::new(done).desired_height(theme::NEAR).fill(theme::tokens(ui).accent);
    ui.add(bar).on_hover_text(t!("compose-growing.tip"));
}

/// What stands where no picture was drawn yet.
fn nothing(ui: &mut Ui) {
    let quiet = theme::tokens(ui).quiet;
    let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
    let text = t!("compose-nothing");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    let heading = TextStyle::Heading.resolve(ui.style());
    let body = TextStyle::Body.resolve(ui.style());
    let middle = rect.center();
    ui.painter().text(middle, Align2::CENTER_BOTTOM, icons::BRUSH, heading, quiet);
    ui.painter().text(middle + vec2(0.0, theme::NEAR), Align2::CENTER_TOP, text, body, quiet);
}

/// How a picture was made, for reading.
fn readable(info: &GenerateInfo) -> String {
    let mut lines = vec![shortened(info.prompt.trim(), PROMPT)];
    if !info.negative_prompt.trim().is_empty() {
        lines.push(t!("compose-left-out", what = shortened(info.negative_prompt.trim(), PROMPT)));
    }
    let given = |show: bool, text: String| show.then_some(text);
    let facts = [
        given(!info.sampler.is_empty(), info.sampler.clone()),
        given(info.steps > 0, t!("compose-steps", steps = info.steps)),
        info.cfg_scale.map(|scale| t!("compose-guidance", guidance = scale)),
        Some(t!("compose-seed", seed = info.seed)),
        given(info.width > 0, format!("{} × {}", info.width, info.height)),
        given(!info.model.is_empty(), info.model.clone()),
    ];
    lines.push(facts.into_iter().flatten().collect::<Vec<_>>().join(" · "));
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reducer::Outside;
    use engine::message::Event;
    use project::DataDir;

    #[test]
    fn only_plain_drawings_grow_here() {
        let mut state = AppState::default();
        let grid = JobKind::Grid { id: 1, rows: Vec::new(), columns: Vec::new() };
        let mix = JobKind::Mix { saves: None };
        let kinds = [JobKind::Draw { count: 1 }, grid, mix, JobKind::Score("/word".into())];
        for (job, kind) in (1..).zip(kinds) {
            state.submitted(job, kind, String::new());
        }
        let picture = Arc::new(RgbImage::new(1, 1));
        let grows = |job| {
            let picture = Arc::clone(&picture);
            grows_here(&state, &LatentPreview { job, index: 0, step: 1, steps: 2, picture })
        };
        assert_eq!([1, 2, 3, 4, 5].map(grows), [true, false, false, false, false]);
    }

    #[test]
    fn all_pictures_make_way_for_one_that_grows_and_stay_where_they_are_asked_for_then() {
        let (mut state, mut canvas) = (AppState::default(), Canvas::default());
        state.submitted(1, JobKind::Draw { count: 3 }, String::new());
        let grow = |state: &mut AppState, index| {
            let image = RgbImage::new(1, 1);
            state.apply(Event::Latents { job: 1, index, step: 1, steps: 9, image });
        };
        let wanted = |state: &mut AppState, wanted| {
            let home = DataDir::at("/home".into());
            state.act(wanted, &Outside { home: &home, seed: 0, selected_word: None, seen: None })
        };
        let shows_all = |canvas: &mut Canvas, state: &AppState| {
            canvas.follow(state);
            canvas.history.wall
        };
        canvas.history.wall = true;
        assert!(shows_all(&mut canvas, &state), "nothing grows yet");
        grow(&mut state, 0);
        assert!(!shows_all(&mut canvas, &state));
        canvas.history.wall = true;
        wanted(&mut state, Action::LookAside);
        assert!(shows_all(&mut canvas, &state));
        // The one that is finished meanwhile comes among them, and the next one grows.
        let (image, path) = (RgbImage::new(1, 1), Some("/pictures/1.png".into()));
        state.apply(Event::Image { job: 1, index: 0, seed: 0, image, path });
        grow(&mut state, 1);
        assert!(shows_all(&mut canvas, &state) && state.gallery.len() == 1);
        wanted(&mut state, Action::WatchDrawing);
        assert!(!shows_all(&mut canvas, &state));
    }

    #[test]
    fn a_grid_and_the_wall_make_way_and_a_grid_that_begins_comes_back() {
        let grid = Some(GridView::new(7, vec!["a".into()], vec!["1".into()]));
        let mut state = AppState { grid, ..AppState::default() };
        let mut canvas = Canvas::default();
        canvas.history.wall = true;
        canvas.follow(&state);
        assert_eq!((canvas.history.wall, canvas.closed), (true, None));
        state.came = Came::Picture(8);
        canvas.follow(&state);
        assert_eq!((canvas.history.wall, canvas.closed), (false, Some(7)));
        canvas.closed = None;
        canvas.follow(&state);
        assert_eq!(canvas.closed, None, "it was asked for again");
        (canvas.closed, state.came) = (Some(7), Came::Grid(7));
        canvas.follow(&state);
        assert_eq!(canvas.closed, None);
    }

    #[test]
    fn no_picture_of_another_grid_is_shown_in_place_of_the_one_chosen() {
        let grid = |id, picture: &str| {
            let mut grid = GridView::new(id, vec!["a".into()], vec!["1".into(), "2".into()]);
            grid.cells[1] = Some(picture.into());
            grid
        };
        let (chosen, next) = (grid(1, "/1.png"), grid(2, "/2.png"));
        assert_eq!(large_of(&chosen, (1, 1)).map(PathBuf::as_path), Some(Path::new("/1.png")));
        assert_eq!(
            [large_of(&next, (1, 1)), large_of(&chosen, (1, 0)), large_of(&chosen, (1, 9))],
            [None; 3]
        );
    }
}
