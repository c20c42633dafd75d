//! What the disk answers, taken into the window's state. The length is that of the list of what it says.

use std::sync::Arc;

use super::Update;
use crate::state::{AppState, RunView, Severity, shorten};
use disk::message::{
    Answer, ConceptPicture, DiscoveryAnswer, DownloadAnswer, DraftCard, DrawnPicture, FetchState, Missed,
    ModelCard, RunDetails, Step, Task,
};
use format::infotext::{GenerateInfo, NamedLora};
use project::{Draft, LoraUse, PictureEntry};
use text::prompt::{Prompt, WordNames};

/// Of so many pictures of a concept the pixels are kept, up to a MiB each; what is known of the others stays.
const LOOKED_AT: usize = 64;

impl Update<'_> {
    pub(super) fn answer(&mut self, answer: Answer) {
        match answer {
            Answer::Sorted { files, models, words, loras } => self.take_sorted(&files, models, words, loras),
            Answer::Dropped(dropped) => self.take_dropped(dropped),
            Answer::Machines { known, ready } => {
                self.state.machines = Some(known);
                if let Some(choice) = ready.and_then(|device| device.parse().ok()) {
                    self.use_device(choice);
                }
            }
            Answer::RunReady { job, model, draft, out } => {
                self.state.preparing = None;
                match out {
                    Ok(out) => self.begin_run(job, model, *draft, out),
                    Err(text) => self.state.notify(Severity::Error, text),
                }
            }
            Answer::Draft(told) => {
                let opened = told.as_ref().clone();
                take_draft(self.state, *told);
                list_open(self.state);
                // What was decided meanwhile is on the disk as the disk was told before it.
                if let Some(draft) = self.state.draft.clone().filter(|draft| *draft != opened) {
                    self.disk(Task::SaveDraft(Box::new(draft)));
                }
                self.inspect_pictures();
                self.ask_for_tokens();
                self.count_tokens();
            }
            Answer::Starter(path) => {
                self.state.model_path.get_or_insert_with(|| path.clone());
                self.state.starter = Some(path);
                self.inspect_pictures();
                self.ask_for_tokens();
                self.count_tokens();
            }
            Answer::Converted(to) => {
                self.state.converting = None;
                if let Some(to) = to {
                    let text = t!("disk-converted", file = to.display());
                    self.use_model(to);
                    self.state.notify(Severity::Info, text);
                }
            }
            Answer::Added { run, path } => {
                // Any other was put in by hand, and is not waited for.
                if self.state.fresh_run.take_if(|fresh| *fresh == run).is_some() {
                    self.state.fresh_word = Some(path);
                }
            }
            Answer::Words(words) => {
                self.state.take_words(words);
                self.count_tokens();
                self.offer_fresh_word();
            }
            Answer::Model(card) => self.take_model(*card),
            Answer::Picture(drawn) => {
                let picture = drawn.path.clone();
                let loras = take_picture(self.state, *drawn);
                if !loras.is_empty() {
                    self.disk(Task::FindLoras { picture, loras });
                }
                self.count_tokens();
            }
            Answer::Settings(read) => self.take_pasted(*read),
            // Other settings may have come meanwhile.
            Answer::Loras { picture, found, missing } if self.state.restored.as_ref() == Some(&picture) => {
                self.take_loras(&found, &missing);
                self.count_tokens();
            }
            Answer::Loras { .. } => {}
            Answer::Prompts(list, home) => self.draw_list(list, &home),
            Answer::Grid(document) => self.take_grid(*document),
            Answer::Compare(answer) => self.compare_answer(answer),
            Answer::Edit(answer) => self.edit_answer(answer),
            Answer::Gallery(answer) => self.gallery_answer(answer),
            Answer::Pictures(paths) => self.take_pictures(paths),
            Answer::Outline(path, outline) => self.take_outline(path, outline),
            Answer::View(view) => {
                self.state.inspecting.remove(&view.entry.path);
                take_view(self.state, *view);
                self.inspect_next();
            }
            other => show(self.state, other),
        }
    }

    /// LoRAs that settings name and that were found come beside the prompt; it is said which were not.
    pub(super) fn take_loras(&mut self, found: &[LoraUse], missing: &[String]) {
        let settings = &mut self.state.compose.settings;
        for lora in found {
            // Sites name them beside the prompt, where there is none to take out.
            lora.taken_from(&mut settings.prompt);
            let weight = lora.weight.clamp(-LoraUse::MOST, LoraUse::MOST);
            match settings.loras.iter_mut().find(|known| known.name() == lora.name()) {
                Some(known) => known.weight = weight,
                None => settings.loras.push(LoraUse { weight, ..lora.clone() }),
            }
        }
        if !missing.is_empty() {
            self.warn(t!("compose-pasted-loras", names = missing.join(", ")));
        }
    }

    /// A word that was just learned goes into an empty prompt, so that drawing with it is one press away.
    fn offer_fresh_word(&mut self) {
        let card = self.state.words.iter().find(|card| Some(&card.path) == self.state.fresh_word.as_ref());
        if let Some((kind, word)) = card.map(|card| (card.kind, card.word.clone())) {
            self.state.fresh_word = None;
            self.put_into_prompt(kind, &word);
        }
    }

    /// A model was read. One that was opened for the first time and is none gives way to the one before, and is forgotten.
    fn take_model(&mut self, card: ModelCard) {
        let (state, path) = (&mut *self.state, card.path.clone());
        let first = state.unread_models.contains(&path);
        state.unread_models.retain(|unread| *unread != path);
        match card.fault.clone().filter(|_| first) {
            Some(fault) => {
                state.known_models.retain(|known| *known != path);
                state.models.retain(|known| known.path != path);
                if state.model_path.as_ref() == Some(&path) {
                    let before = state.model_before.clone().filter(|before| *before != path);
                    state.model_path = before.or_else(|| state.starter.clone());
                }
                state.notify(Severity::Error, fault);
            }
            None => match state.models.iter_mut().find(|old| old.path == path) {
                Some(old) => *old = card,
                None => state.models.push(card),
            },
        }
        if state.unread_models.is_empty() {
            state.model_before = None;
        }
        if first {
            self.ask_for_tokens();
        }
        self.count_tokens();
    }
}

/// Takes in an answer that is only shown.
fn show(state: &mut AppState, answer: Answer) {
    match answer {
        Answer::Drafts(drafts) => {
            state.drafts = drafts;
            list_open(state);
        }
        Answer::Damaged(collection, damaged) => {
            state.damaged.retain(|(place, _)| *place != collection);
            state.damaged.extend(damaged.into_iter().map(|damaged| (collection, damaged)));
        }
        Answer::Tokens(report) => state.tokens = Some(report),
        Answer::Count(counts) => state.counts = Some(counts),
        Answer::Runs(runs) => {
            let shown = state.run.folder().map(ToOwned::to_owned);
            if let Some(card) = runs.iter().find(|card| Some(&card.folder) == shown.as_ref()) {
                state.run.card = Some(card.clone());
            }
            let gone = shown.is_some_and(|folder| runs.iter().all(|card| card.folder != folder));
            if gone && state.run.job.is_none() && state.run.card.is_some() {
                state.run = RunView::default();
            }
            state.runs = runs;
        }
        Answer::Run(details) => take_run(state, *details),
        Answer::Preview(path, picture) => state.full.insert(path, Some(picture)),
        Answer::Thumbnail(path, picture) => state.thumbnails.insert(path, picture),
        // Those of a picture that was looked at before may come once a hash is known.
        Answer::NamedFiles(picture, files)
            if state.shown.as_ref().is_none_or(|shown| shown.path == picture) =>
        {
            state.named_files = Some((picture, files));
        }
        Answer::NamedFiles(..) => {}
        Answer::Credentials(picture, said) => state.credentials = Some((picture, said)),
        Answer::Converting(from, fraction) => state.converting = Some((from, fraction)),
        Answer::Discovery(answer) => found(state, answer),
        Answer::Download(answer) => downloaded(state, answer),
        Answer::Library(answer) => state.take_library(answer),
        Answer::Written(path) => state.notify(Severity::Info, t!("disk-saved", file = path.display())),
        Answer::Note(text) => state.notify(Severity::Info, text),
        Answer::Refused(text) => state.notify(Severity::Error, text),
        Answer::Missed(Missed::Picture(path)) => {
            state.restore.take_if(|wanted| *wanted == path);
            state.aside = false;
        }
        Answer::Missed(Missed::Edit) => (state.editing.opening, state.editing.going) = (false, false),
        Answer::Missed(Missed::WordFolders) => state.library.looking = false,
        Answer::Missed(Missed::Starter) => state.starter_missed = true,
        // The others ask for something more and were taken in above.
        _ => {}
    }
}

/// Takes in a picture of a concept as it was looked at.
fn take_view(state: &mut AppState, view: ConceptPicture) {
    state.views.retain(|old| old.entry.path != view.entry.path);
    state.views.push(view);
    let surplus = state.views.len().saturating_sub(LOOKED_AT);
    state.views.iter_mut().take(surplus).for_each(ConceptPicture::let_go);
}

/// Takes in a concept that was opened, or whose pictures have changed.
fn take_draft(state: &mut AppState, mut draft: Draft) {
    // What was decided here since the disk was asked wins over what it was told then.
    if let Some(old) = state.draft.as_ref().filter(|old| old.folder == draft.folder) {
        (draft.concept, draft.settings) = (old.concept.clone(), old.settings.clone());
        for entry in &mut draft.entries {
            if let Some(known) = old.entries.iter().find(|known| known.path == entry.path) {
                *entry = PictureEntry { mask: entry.mask.take(), ..known.clone() };
            }
        }
    }
    // Views of pictures that are gone, or of another concept, are of no more use.
    state.views.retain(|view| draft.entries.iter().any(|entry| entry.path == view.entry.path));
    if state.draft.as_ref().is_none_or(|old| old.folder != draft.folder) {
        state.tokens = None;
    }
    state.draft = Some(draft);
}

/// The list of concepts knows the one that is open as it is now, which the disk tells by itself; a new one is the newest.
pub(super) fn list_open(state: &mut AppState) {
    let Some(draft) = &state.draft else { return };
    let (word, pictures) = (draft.concept.word.clone(), draft.entries.len());
    match state.drafts.iter_mut().find(|card| card.folder == draft.folder) {
        Some(card) => (card.word, card.pictures) = (word, pictures),
        None => {
            let changed = state.drafts.first().map_or(0, |newest| newest.changed);
            state.drafts.insert(0, DraftCard { folder: draft.folder.clone(), word, pictures, changed });
        }
    }
}

/// Takes in what a search says.
fn found(state: &mut AppState, answer: DiscoveryAnswer) {
    let discovery = &mut state.discovery;
    match answer {
        DiscoveryAnswer::Step(Step::Looking(progress)) => discovery.running = Some(progress),
        DiscoveryAnswer::Step(Step::Found(found)) => {
            discovery.found.retain(|known| known.path != found.path);
            discovery.found.push(*found);
        }
        DiscoveryAnswer::Done { summary, gone } => {
            discovery.running = None;
            discovery.found.retain(|known| !gone.contains(&known.path));
            // Taking a folder off the list is no search.
            if summary.looked > 0 || summary.stopped {
                discovery.summary = Some(summary);
            }
        }
        DiscoveryAnswer::Folders(folders) => discovery.folders = folders,
    }
}

/// Takes in how downloads stand.
fn downloaded(state: &mut AppState, answer: DownloadAnswer) {
    match answer {
        DownloadAnswer::List(cards) => {
            // The list is told between downloads, so nothing runs now; what is held stays held.
            state.download = state.download.take().filter(|progress| progress.state == FetchState::Paused);
            state.downloads = cards;
        }
        DownloadAnswer::Progress(progress) => state.download = Some(progress),
        DownloadAnswer::Finished { download, .. } => {
            let text = t!("disk-downloaded", name = download.name);
            state.download = None;
            state.notify(Severity::Info, text);
        }
        DownloadAnswer::Failed { message, .. } => {
            state.download = None;
            state.notify(Severity::Error, message);
        }
    }
}

/// Shows a run that was read from the disk, unless it is the one that is learning now.
fn take_run(state: &mut AppState, details: RunDetails) {
    if state.run.job.is_some() && state.run.folder() == Some(details.card.folder.as_path()) {
        // What the disk has from before comes in front of what was seen since; what is learned again was lost.
        let begun = state.run.info.as_ref().map_or(u64::MAX, |info| info.step);
        let first = state.run.rows.first().map_or(begun.saturating_add(1), |row| row.step);
        let mut rows: Vec<_> = details.rows.into_iter().filter(|row| row.step < first).collect();
        rows.append(&mut state.run.rows);
        state.run.rows = rows;
        let seen: Vec<_> = state.run.previews.iter().map(|preview| (preview.step, preview.index)).collect();
        let older = details
            .previews
            .into_iter()
            .filter(|preview| preview.step <= begun && !seen.contains(&(preview.step, preview.index)));
        state.run.previews.extend(older);
        state.run.previews.sort_by_key(|preview| (preview.step, preview.index));
        state.run.card = Some(details.card);
        // Those kept since the disk looked are known already.
        state.run.checkpoints.extend(details.checkpoints);
        state.run.checkpoints.sort_unstable();
        state.run.checkpoints.dedup();
        return;
    }
    if state.run.job.is_some() {
        return;
    }
    let RunDetails { card, rows, previews, checkpoints, best } = details;
    state.run = RunView { card: Some(card), rows, previews, checkpoints, best, ..RunView::default() };
}

/// Takes in a picture that was read, with its settings if it is that whose were asked for. Those of their LoRAs that are
/// not beside the prompt have to be looked for.
fn take_picture(state: &mut AppState, drawn: DrawnPicture) -> Vec<NamedLora> {
    let mut loras = Vec::new();
    state.full.insert(drawn.path.clone(), Some(Arc::clone(&drawn.picture)));
    if state.restore.as_ref() == Some(&drawn.path) {
        state.restore = None;
        restore(state, &drawn);
        state.restored = Some(drawn.path.clone());
        loras = drawn.info.as_ref().map_or_else(Vec::new, GenerateInfo::loras);
        loras.retain(|named| !state.compose.settings.loras.iter().any(|known| is_called(known, named)));
    }
    state.shown = Some(drawn);
    loras
}

fn is_called(lora: &LoraUse, named: &NamedLora) -> bool {
    lora.name().to_lowercase() == named.name.to_lowercase()
}

/// Other programs call a learned word by its file's name: puts the library's names in their place, and says which
/// words are not there.
fn call_words_by_their_names(state: &mut AppState, info: &GenerateInfo) {
    let mut names: Vec<Vec<String>> = state.words.iter().map(|word| word.names.clone()).collect();
    let cores = WordNames::new(state.words.iter().map(|word| {
        let names = word.names.iter();
        names.map(|name| name.trim_matches(['<', '>'])).collect::<Vec<_>>()
    }));
    for (name, _) in &info.ti_hashes {
        let core = name.trim_matches(['<', '>']);
        let known = cores.find(core, 0).filter(|(length, _)| *length == core.len());
        // An ordinary word too: here it means nothing else.
        if let Some(names) = known.and_then(|(_, word)| names.get_mut(word)) {
            names.push(name.clone());
        } else {
            let text = t!("disk-word-missing", name = name);
            state.notify(Severity::Warning, text);
        }
    }
    let names = WordNames::new(&names);
    let settings = &mut state.compose.settings;
    for prompt in [&mut settings.prompt, &mut settings.negative_prompt] {
        for mention in Prompt::parse(&prompt.clone(), &names).mentions.into_iter().rev() {
            if let Some(card) = mention.word.and_then(|word| state.words.get(word)) {
                prompt.replace_range(mention.span, &card.word);
            }
        }
    }
}

/// Takes prompt and settings from a picture.
fn restore(state: &mut AppState, drawn: &DrawnPicture) {
    match drawn.info.as_ref() {
        Some(info) => take_settings(state, info),
        None => state.notify(Severity::Warning, t!("disk-no-settings")),
    }
}

/// Takes what a picture or a text says of how a picture was drawn.
pub(super) fn take_settings(state: &mut AppState, info: &GenerateInfo) {
    state.restored = None;
    let settings = &mut state.compose.settings;
    let unknown = info.lay_over(settings);
    shorten(&mut settings.prompt);
    shorten(&mut settings.negative_prompt);
    // Those that the picture names neither in its prompt nor, as sites and some programs do, beside it did nothing in it.
    let mut named = info.loras();
    for lora in &mut settings.loras {
        let tag = lora.taken_from(&mut settings.prompt);
        // Each counts for one file of its name.
        let at = named.iter().position(|named| is_called(lora, named));
        let beside = at.map(|at| named.swap_remove(at).weight);
        lora.weight = tag.or(beside).unwrap_or(0.0);
    }
    state.compose.seed_locked = true;
    state.editing.draft.edit.take_entries(&info.extra);
    let changed = settings.bring_into_range();
    unknown.into_iter().for_each(|text| state.notify(Severity::Warning, text));
    if !changed.is_empty() {
        let text = t!("disk-values-changed", values = changed.join(", "));
        state.notify(Severity::Warning, text);
    }
    call_words_by_their_names(state, info);
    let ours = state.model_card().map_or_else(String::new, |card| card.name.clone());
    if !info.model.is_empty() && info.model != ours {
        let text = t!("disk-other-model", model = info.model);
        state.notify(Severity::Info, text);
    }
}
