//! Drawings and grids as they are asked for: seeds, words, and the rows and columns of what is drawn side by side.

use super::*;
use project::grid::{GridKind, GridPlan, GridSide};

#[test]
fn drawing_takes_a_new_seed_unless_it_is_held() {
    let mut state = ready();
    let draw = || Action::Command(UiCommand::Draw);
    assert!(state.act(draw(), &outside()).is_empty() && state.page == Page::Compose);
    state.compose.settings.prompt = "a tree".into();
    for (held, seed) in [(false, 7), (true, 3)] {
        (state.compose.seed_locked, state.compose.settings.seed) = (held, 3);
        let effects = state.act(draw(), &outside());
        let request = drawing_asked(&effects);
        assert_eq!((request.settings.seed, request.out.clone()), (seed, Some(HOME.pictures())));
    }
    // A variation is of the same picture: it takes a new seed to go towards.
    (state.compose.seed_locked, state.compose.settings.variation) = (false, 0.25);
    state.act(draw(), &outside());
    let settings = &state.compose.settings;
    assert_eq!((settings.seed, settings.variation_seed), (3, 7));
}

#[test]
fn words_that_chance_may_name_are_offered_with_a_drawing() {
    let mut state = ready();
    state.page = Page::Compose;
    state.answer(Answer::Words(vec![word("<cat>"), word("<dog>")]));
    for (prompt, words, offered) in [("a <cat>", 1, 0), ("a <cat>, __pet__", 1, 2)] {
        state.compose.settings.prompt = prompt.into();
        let effects = state.act(Action::Command(UiCommand::Draw), &outside());
        let request = effects.iter().find_map(|effect| match effect {
            Effect::Submit { command: Command::Generate { request, .. }, .. } => Some(request),
            _ => None,
        });
        let request = request.unwrap();
        assert_eq!((request.words.len(), request.offered.len()), (words, offered), "{prompt}");
    }
}

#[test]
fn a_grid_of_steps_writes_each_word_before_it_draws_with_it() {
    let mut state = ready();
    state.answer(Answer::Run(Box::new(details(10))));
    let grid = Grid::StepSeed { run: "/runs/cat".into(), steps: vec![5, 10], seeds: 2 };
    let effects = state.act(Action::DrawGrid(grid), &outside());
    let (request, kind) = grid_asked(&effects);
    assert_eq!(kind.pictures(), 4);
    for (row, step) in request.rows.iter().zip([5, 10]) {
        let save = row.save.as_ref().unwrap();
        assert_eq!((save.step, row.draw.words.last()), (Some(step), Some(&save.path)));
        assert_eq!((row.draw.settings.prompt.as_str(), row.draw.settings.count), ("a photo of <cat-toy>", 2));
    }
    assert_eq!(state.grid.as_ref().unwrap().cells.len(), 4);
}

#[test]
fn words_and_steps_are_drawn_side_by_side_from_the_same_seeds() {
    let mut state = ready();
    state.page = Page::Compare;
    state.answer(Answer::Run(Box::new(details(10))));
    // Another word of the same name as the run's is not meant.
    state.answer(Answer::Words(vec![word("<cat-toy>"), word("<dog>")]));
    let step = GridWord::Step { run: "/runs/cat".into(), step: 5 };
    let words =
        vec![step, GridWord::Library("/words/dog.safetensors".into()), GridWord::Library("/gone".into())];
    let prompts = ["a photo of {}", "{} on the moon"].map(str::to_owned).to_vec();
    let effects = state.act(Action::DrawGrid(Grid::WordsPrompts { words, prompts, seeds: 3 }), &outside());
    let (request, kind) = grid_asked(&effects);
    assert_eq!((kind.pictures(), state.page), (12, Page::Compare));
    let rows: Vec<_> =
        request.rows.iter().map(|row| (row.draw.settings.prompt.as_str(), &row.draw.words)).collect();
    assert_eq!(rows[1].0, "<cat-toy> on the moon");
    assert_eq!(rows[1].1, &[request.rows[1].save.as_ref().unwrap().path.clone()]);
    assert_eq!(rows[2], ("a photo of <dog>", &vec![PathBuf::from("/words/dog.safetensors")]));
    assert!(request.rows[2].save.is_none());
    assert_eq!(state.grid.as_ref().unwrap().rows[0], "<cat-toy> at step 5: a photo of <cat-toy>");
}

#[test]
fn likeness_is_shown_by_three_sentences_at_both_ends_and_in_the_middle() {
    let mut state = ready();
    state.answer(Answer::Run(Box::new(details(10))));
    let grid = Grid::LikenessSentence { run: "/runs/cat".into(), step: 10, kind: ConceptKind::Object };
    assert_eq!(grid.pictures(), 9);
    let effects = state.act(Action::DrawGrid(grid), &outside());
    let (request, kind) = grid_asked(&effects);
    assert_eq!((kind.pictures(), request.rows.len()), (9, 9));
    let taken = request.rows.iter().filter_map(|row| row.save.as_ref());
    let taken: Vec<_> = taken.map(|save| (save.step, save.likeness)).collect();
    assert_eq!(taken, [(Some(10), 0.0), (Some(10), 0.5), (Some(10), 1.0)]);
    for three in request.rows.chunks(3) {
        let path = &three[0].save.as_ref().unwrap().path;
        assert!(three.iter().all(|row| row.draw.words == [path.clone()] && row.draw.settings.count == 1));
        assert_eq!(three[1].draw.settings.prompt, "an oil painting of a <cat-toy>");
    }
    let shown = state.grid.as_ref().unwrap();
    assert_eq!((shown.cells.len(), shown.rows.len(), shown.columns.len()), (9, 3, 3));
}

#[test]
fn a_grid_of_steps_is_called_by_what_it_draws() {
    let mut state = ready();
    state.answer(Answer::Run(Box::new(details(10))));
    for (prompt, drawn) in [("a hill", "a photo of <cat-toy>"), ("<cat-toy> at sea", "<cat-toy> at sea")] {
        state.compose.settings.prompt = prompt.into();
        let grid = Grid::StepSeed { run: "/runs/cat".into(), steps: vec![5], seeds: 2 };
        let effects = state.act(Action::DrawGrid(grid), &outside());
        assert_eq!(grid_asked(&effects).0.rows[0].draw.settings.prompt, drawn);
        holds!([Effect::Submit { label, .. }] = effects);
        assert!(label.contains(drawn), "{label}");
    }
}

#[test]
fn a_grid_of_steps_keeps_the_prompt_that_it_is_drawn_with() {
    let mut state = ready();
    state.answer(Answer::Run(Box::new(details(10))));
    for (prompt, drawn) in [("a hill", "a photo of <cat-toy>"), ("<cat-toy> at sea", "<cat-toy> at sea")] {
        state.compose.settings.prompt = prompt.into();
        let plan = GridPlan { rows: GridSide::parse(GridKind::Step, "10").unwrap(), columns: None };
        let effects = state.act(Action::DrawGrid(Grid::Plan(plan)), &outside());
        let (request, _) = grid_asked(&effects);
        let kept = &request.sheet.as_ref().unwrap().document.settings.prompt;
        assert_eq!((kept.as_str(), request.rows[0].draw.settings.prompt.as_str()), (drawn, drawn));
    }
}
