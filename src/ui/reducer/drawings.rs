//! What is to be drawn out of a text or a file: settings that were pasted, many prompts, grids of any two sides.
//!
//! Words are called as the library calls them; what is not there is said, and the rest is taken over all the same.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Update;
use super::disk::take_settings;
use crate::state::{JobKind, Page, Severity, shorten};
use disk::message::{ReadSettings, Task};
use engine::message::{Command, GridRow, GridSheet, MOST_WAITING};
use project::grid::{GridDocument, GridKind, GridPlan};
use project::{DataDir, GenerateSettings};
use text::grid::cells;

impl Update<'_> {
    /// Reads a file of prompts or a saved grid, in the settings of Compose.
    pub(super) fn read_drawings(&mut self, path: PathBuf) {
        self.state.page = Page::Compose;
        let settings = Box::new(self.state.compose.settings.clone());
        self.disk(Task::ReadDrawings { path, settings });
    }

    /// Takes over settings that were pasted, with the model, the words and the LoRAs that are here.
    pub(super) fn take_pasted(&mut self, read: ReadSettings) {
        let ReadSettings { mut info, files, loras, missing } = read;
        shorten(&mut info.prompt);
        shorten(&mut info.negative_prompt);
        self.state.page = Page::Compose;
        let found = |model: bool| files.iter().filter(move |file| file.model == model);
        // The hash knows better than the name which word is meant.
        for file in found(false) {
            let card = self.state.words.iter().find(|card| Some(&card.path) == file.path.as_ref());
            let Some(card) = card else { continue };
            let named = info.ti_hashes.iter_mut().find(|(name, _)| *name == file.name);
            if let Some((name, _)) = named
                && !card.names.iter().any(|known| known.eq_ignore_ascii_case(name))
            {
                for prompt in [&mut info.prompt, &mut info.negative_prompt] {
                    let names = text::prompt::WordNames::new([[name.as_str()]]);
                    let mentions = text::prompt::Prompt::parse(&prompt.clone(), &names).mentions;
                    for mention in mentions.into_iter().rev().filter(|mention| mention.word.is_some()) {
                        prompt.replace_range(mention.span, &card.word);
                    }
                }
                name.clone_from(&card.word);
            }
        }
        let model = found(true).find_map(|file| file.path.clone());
        if let Some(model) = model.filter(|model| self.state.model_path.as_ref() != Some(model)) {
            let text = t!("compose-pasted-model", model = info.model);
            self.state.notify(Severity::Info, text);
            self.use_model(model);
            // It is no other model that draws.
            info.model.clear();
        }
        take_settings(self.state, &info);
        self.take_loras(&loras, &missing);
        self.count_tokens();
    }

    /// A drawing for each prompt of a file, in its order.
    pub(super) fn draw_list(&mut self, list: Vec<GenerateSettings>, home: &DataDir) {
        if let Some(why) = self.state.engine_obstacle().or_else(|| self.state.model_obstacle()) {
            return self.warn(why);
        }
        let count = list.len();
        if self.state.jobs.len() + count > MOST_WAITING {
            return self.warn(t!("compose-file-too-long", count = count));
        }
        for settings in list {
            let (count, label) = (settings.count, t!("compose-job", prompt = settings.prompt));
            let Some(request) = self.request(settings, home) else { return };
            self.submit(JobKind::Draw { count }, label, |job| Command::Generate { job, request });
        }
        self.state.notify(Severity::Info, t!("compose-file-waits", count = count));
    }

    /// Takes over a saved grid, to be drawn again: its settings, its model and its sides.
    pub(super) fn take_grid(&mut self, document: GridDocument) {
        (self.state.page, self.state.restored) = (Page::Compose, None);
        let compose = &mut self.state.compose;
        (compose.settings, compose.seed_locked) = (document.settings, true);
        compose.grid = document.plan.into();
        if self.state.model_path.as_ref() != Some(&document.model) {
            self.use_model(document.model);
        }
        self.count_tokens();
        self.state.notify(Severity::Info, t!("grid-taken"));
    }

    /// Draws a grid of two sides, and writes it as one picture.
    pub(super) fn draw_plan(&mut self, plan: &GridPlan, home: &DataDir) {
        self.state.page = Page::Compose;
        let Some(model) = self.state.model_path.clone() else { return };
        let mut settings = self.state.compose.settings.clone();
        let run = self.state.run.folder().map(ToOwned::to_owned).filter(|_| plan.has(GridKind::Step));
        // What is drawn is what the sheet keeps. Where a side changes the prompt, that is done to the one that was typed.
        if run.is_some() && ![GridKind::Word, GridKind::Prompt].iter().any(|kind| plan.has(*kind)) {
            settings.prompt = self.with_word(settings.prompt);
        }
        let all = match cells(plan, &settings, &self.state.word_names()) {
            Ok(all) => all,
            Err(error) => return self.warn(error.to_string()),
        };
        let (mut rows, mut written, mut words) = (Vec::new(), Vec::new(), Vec::new());
        for cell in all {
            let row = match (cell.step, &run) {
                (None, _) => {
                    self.request(cell.settings, home).map(|draw| GridRow { save: None, draw: *draw })
                }
                (Some(_), None) => {
                    return self.warn(t!("grid-no-run"));
                }
                (Some(step), Some(run)) if self.state.run.checkpoints.contains(&step) => {
                    self.step_row(run, step, &cell.settings, home)
                }
                (Some(step), Some(_)) => {
                    let kept: Vec<String> = self.state.run.checkpoints.iter().map(u64::to_string).collect();
                    let kept = kept.join(", ");
                    return self.warn(t!("grid-no-step", step = step, kept = kept));
                }
            };
            let Some(mut row) = row else { return };
            // Each word of the run is written once.
            row.save = row.save.filter(|save| !written.contains(&save.step));
            written.extend(row.save.as_ref().map(|save| save.step));
            let saved = |path: &&PathBuf| !path.starts_with(home.grid());
            for path in row.draw.words.iter().filter(saved) {
                if !words.contains(path) {
                    words.push(path.clone());
                }
            }
            rows.push(row);
        }
        let [labels, columns] = plan.labels();
        let prompt = settings.prompt.clone();
        let prompt = if run.is_some() { self.with_word(prompt) } else { prompt };
        let document = GridDocument { model, words, run, plan: plan.clone(), settings };
        let sheet = Some(Box::new(GridSheet { document, files: BTreeMap::new() }));
        let id = self.state.new_name();
        self.submit_grid(id, (rows, sheet), labels, columns, &prompt);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::{Action, Effect, Grid};
    use crate::reducer::tests::{HOME, grid_asked, outside, ready, word};
    use crate::state::AppState;
    use crate::work_ahead::Again;
    use disk::message::{Answer, NamedFile};
    use engine::message::Event;
    use format::infotext::parse_parameters;
    use project::LoraUse;
    use project::grid::GridSide;

    fn state() -> AppState {
        let mut state = ready();
        state.answer(Answer::Words(vec![word("<cat>"), word("<dog>")]));
        state
    }

    #[test]
    fn pasted_settings_bring_their_model_words_and_loras() {
        let mut state = state();
        let text = "a photo of kitty <lora:storm:0.5>\nNegative prompt: fog\nSteps: 12, Sampler: Heun, Schedule type: Beta, CFG \
                    scale: 4, Seed: 9, Size: 64x128, Model hash: 0123456789, Model: dream, TI hashes: \"kitty: 0123456789ab\"";
        let file = |model, name: &str, path: &str| NamedFile {
            model,
            name: name.into(),
            hash: "0123456789".into(),
            path: Some(path.into()),
        };
        let read = ReadSettings {
            info: parse_parameters(text),
            files: vec![file(true, "dream", "/models/dream"), file(false, "kitty", "/words/cat.safetensors")],
            loras: vec![LoraUse { file: "/loras/storm.safetensors".into(), weight: 0.5 }],
            missing: vec!["dusk".into()],
        };
        let effects = state.answer(Answer::Settings(Box::new(read)));
        let settings = &state.compose.settings;
        assert_eq!(
            (settings.prompt.as_str(), settings.negative_prompt.as_str()),
            ("a photo of <cat>", "fog")
        );
        assert_eq!((settings.steps, settings.seed, settings.guidance), (12, 9, Some(4.0)));
        assert_eq!((settings.loras.len(), settings.loras[0].weight), (1, 0.5));
        assert_eq!(state.model_path.as_deref(), Some(std::path::Path::new("/models/dream")));
        assert!(effects.iter().any(|effect| matches!(effect, Effect::Disk(Task::Model(_)))));
        assert!(state.notices.iter().any(|notice| notice.text.contains("dusk")));
        assert!(!state.notices.iter().any(|notice| notice.text.contains("not in your library")));
    }

    #[test]
    fn a_grid_of_two_sides_is_drawn_written_and_comes_back() {
        let mut state = state();
        state.compose.settings.prompt = "a photo of <cat> in red".into();
        let side = |kind, text| GridSide::parse(kind, text).unwrap();
        let plan = GridPlan {
            rows: side(GridKind::Word, "<cat>, <dog>"),
            columns: Some(side(GridKind::Prompt, "red, blue")),
        };
        let effects = state.act(Action::DrawGrid(Grid::Plan(plan.clone())), &outside());
        let (request, kind) = grid_asked(&effects);
        let drawn: Vec<_> = request.rows.iter().map(|row| row.draw.settings.prompt.as_str()).collect();
        assert_eq!(drawn[1..3], ["a photo of <cat> in blue", "a photo of <dog> in red"]);
        assert_eq!(request.rows[2].draw.words, [PathBuf::from("/words/dog.safetensors")]);
        let document = request.sheet.as_ref().unwrap().document.clone();
        assert_eq!((kind.pictures(), document.words.len()), (4, 2));
        assert_eq!(state.grid.as_ref().unwrap().columns, ["red", "blue"]);
        // What is drawn already goes into the sheet of what is left, if it breaks off.
        let Some(Effect::Submit { job, kind, label, command }) = effects.into_iter().next() else { return };
        state.submitted(job, kind, label);
        state.keep_request(job, command);
        let path = Some(PathBuf::from("/pictures/1.png"));
        let image = image::RgbImage::new(8, 8);
        state.apply(Event::Image { job, index: 0, seed: 1, image, path: path.clone() });
        state.lose_engine();
        let Again::Command(rest) = &state.broken_off[0].again else { panic!("{:?}", state.broken_off) };
        let Command::Grid { request, .. } = &**rest else { panic!("{rest:?}") };
        let files = &request.sheet.as_ref().unwrap().files;
        assert_eq!((request.drawn, files.get(&0)), (1, path.as_ref()));
        state.compose = Default::default();
        state.answer(Answer::Grid(Box::new(document)));
        assert_eq!(state.compose.settings.prompt, "a photo of <cat> in red");
        assert_eq!(state.compose.grid.plan().unwrap(), plan);
        let lacks = GridPlan { rows: side(GridKind::Prompt, "green, blue"), columns: None };
        assert!(state.act(Action::DrawGrid(Grid::Plan(lacks)), &outside()).is_empty());
        assert!(state.notices.iter().any(|notice| notice.text.contains("“green”")));
    }

    #[test]
    fn each_prompt_of_a_file_is_a_drawing_that_waits() {
        let mut state = state();
        let prompt = |prompt: &str| GenerateSettings { prompt: prompt.into(), ..Default::default() };
        let effects = state.answer(Answer::Prompts(vec![prompt("a <cat>"), prompt("a house")], HOME.clone()));
        let asked: Vec<_> = effects
            .iter()
            .map(|effect| match effect {
                Effect::Submit { command: Command::Generate { request, .. }, .. } => {
                    (request.settings.prompt.as_str(), request.words.len())
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(asked, [("a <cat>", 1), ("a house", 0)]);
    }
}
