//! Steps that are taken, undone and left out, and what a method leaves as it is.

use super::*;
use crate::Timesteps;
use crate::latent_cache::{CachedPosterior, EncodedImage};

fn learner() -> Learner {
    let posterior = CachedPosterior { mean: vec![0.0; 4], std: vec![0.0; 4], weight: None };
    let lists = vec![vec![vec![0]], vec![vec![1]]];
    let image = EncodedImage { upright: posterior, mirrored: None, sentences: lists };
    let sampler = BatchSampler {
        images: vec![image],
        held_out: Vec::new(),
        pasted: Vec::new(),
        latent: [1, 2, 2],
        timesteps: Timesteps::uniform([0, 1000]),
        seed: 0,
        method: crate::methods::of(&free()),
    };
    let start = Vectors { values: vec![3.0, 4.0], shape: [1, 2] };
    let norms = vec![NormRange { width: 2, mean: 5.0, median: 5.0, low: 5.0, high: 5.0 }];
    Learner::new(&free(), sampler, norms, start.clone(), LearnerState::new(start)).unwrap()
}

fn undone(outcome: &StepOutcome) -> (Option<u64>, bool) {
    let StepOutcome::Undone { lost, over, .. } = outcome else { panic!("{outcome:?}") };
    (*lost, *over)
}

fn rate(outcome: &StepOutcome) -> f64 {
    let StepOutcome::Taken { lr, .. } = outcome else { panic!("{outcome:?}") };
    *lr
}

#[test]
fn a_bad_step_goes_back_to_the_last_good_word_and_leaves_the_rate_alone() {
    let mut learner = learner();
    let planned = |step| learner_rate(step);
    assert_eq!(rate(&learner.apply(1.0, vec![1.0, 0.0], false)), planned(0));
    assert_ne!(learner.state.vectors, learner.start);
    assert_eq!(undone(&learner.apply(f64::NAN, vec![1.0, 0.0], false)), (Some(1), false));
    assert_eq!((&learner.state.vectors, learner.state.step), (&learner.start, 2));
    assert_eq!(undone(&learner.apply(f64::NAN, vec![1.0, 0.0], false)), (None, false), "it is back already");
    assert_eq!(rate(&learner.apply(1.0, vec![1.0, 0.0], false)), planned(3));
    assert_eq!((learner.state.loss_scale, learner.state.taken), (1.0, 4));
}

fn learner_rate(step: u64) -> f64 {
    free().rate(5.0 / 2.0_f64.sqrt()).parse().unwrap().at(step, 1000)
}

/// Moved freely, over many steps.
fn free() -> LearnSettings {
    LearnSettings { optimizer: Optimizer::AdamW, steps: 1000, ..LearnSettings::default() }
}

/// The learner of a word of two vectors, with one of another word behind them.
fn of_two(settings: &LearnSettings) -> Learner {
    let Learner { sampler, norms, .. } = learner();
    let start = Vectors { values: vec![3.0, 4.0, 3.0, 4.0, 5.0, 0.0], shape: [3, 2] };
    let sampler = BatchSampler { method: crate::methods::of(settings), ..sampler };
    let state = LearnerState::new(start.clone());
    let refined = Refined { vectors: Some(2), ..Refined::default() };
    Learner::new(settings, sampler, norms, start, state).unwrap().refined(refined)
}

#[test]
fn a_vector_whose_time_has_not_come_stays_and_its_moments_are_zero() {
    let methods = project::MethodSettings { add_vector_at: "2".into(), ..Default::default() };
    for optimizer in [Optimizer::AdamW, Optimizer::Directional] {
        let method = project::Method::Progressive;
        let mut settings = LearnSettings { method, methods: methods.clone(), optimizer, ..free() };
        (settings.adamw.weight_decay, settings.norm_pull) = (0.1, 0.1);
        let mut learner = of_two(&settings);
        let start = learner.state.vectors.clone();
        for step in 1..=3 {
            assert_eq!((learner.shown().count(), learner.measured), (1, 0), "after step {}", step - 1);
            // A gradient that overflows into the row would not move it either.
            learner.apply(1.0, vec![1.0, 0.0, 0.5, 0.5, 0.0, 1.0], false);
            let moved =
                |row: usize| learner.state.vectors.values[2 * row..][..2] != start.values[2 * row..][..2];
            assert_eq!([moved(0), moved(1), moved(2)], [true, step > 2, true], "step {step}, {optimizer}");
            let moments = &learner.state.optimizer.first_moment[2..4];
            assert_eq!(moments != [0.0, 0.0], step > 2 && optimizer == Optimizer::AdamW);
        }
        assert_eq!((learner.shown().count(), learner.active(2), learner.measured), (2, 2, 1));
        assert!(learner.fixed_noise.iter().flat_map(|batch| &batch.ids).all(|ids| ids == &[1]));
    }
}

#[test]
fn a_word_that_no_sentence_named_rests() {
    let settings = LearnSettings { method: project::Method::TwoConcept, ..LearnSettings::default() };
    let mut learner = of_two(&settings);
    let before = learner.state.vectors.clone();
    learner.apply(1.0, vec![1.0, 0.0, 0.0, 0.0, 0.0, 0.0], false);
    learner.apply(1.0, vec![0.0, 0.0, 1.0, 0.0, 0.0, 0.0], false);
    let after = &learner.state.vectors;
    assert!(after.values[..2] != before.values[..2] && after.values[2..4] != before.values[2..4]);
    assert_eq!(after.behind(2), before.behind(2), "its own prior would have turned it");
}

#[test]
fn a_word_that_is_held_back_pays_for_its_distance() {
    let mut settings = LearnSettings { method: project::Method::Regularised, ..free() };
    settings.methods.regularisation = 0.5;
    let mut learner = of_two(&settings);
    let (none, gradient) = learner.penalty().unwrap();
    assert_eq!((none, gradient), (0.0, vec![0.0; 4]));
    learner.state.vectors.values = vec![4.0, 4.0, 3.0, 2.0, 9.0, 9.0];
    // The mean of 1 and 4, half of it; what is behind the word does not count.
    let (distance, gradient) = learner.penalty().unwrap();
    assert_eq!((distance, gradient), (1.25, vec![0.5, 0.0, 0.0, -1.0]));
}

#[test]
fn pictures_grow_after_their_first_part() {
    let small = learner().sampler;
    let sampler = BatchSampler { latent: [1, 1, 1], ..small };
    let first = FirstPictures { sampler, until: 2, side: 8 };
    let mut learner = learner().refined(Refined { first: Some(first), ..Refined::default() });
    let mut drawn = Vec::new();
    while learner.state.step < 4 {
        drawn.push((learner.sampler().latent[1], learner.first().map(|first| first.side)));
        learner.apply(1.0, vec![1.0, 0.0], false);
    }
    assert_eq!(drawn, [(1, Some(8)), (1, Some(8)), (2, None), (2, None)]);
    assert!(learner.fixed_noise.iter().all(|batch| batch.latent == [1, 2, 2]), "measured as in the end");
}

#[test]
fn three_bad_steps_in_a_row_end_the_run_and_keep_the_word() {
    let mut learner = learner();
    let bad = |learner: &mut Learner| undone(&learner.apply(1.0, vec![f32::INFINITY, 0.0], false)).1;
    let good = |learner: &mut Learner| rate(&learner.apply(1.0, vec![0.1, 0.0], false));
    assert!(!bad(&mut learner) && !bad(&mut learner));
    good(&mut learner);
    good(&mut learner);
    assert!(!bad(&mut learner), "good steps between break the row");
    // A word that goes back and then to the same place again gets nowhere.
    good(&mut learner);
    assert!(!bad(&mut learner));
    good(&mut learner);
    assert!(bad(&mut learner));
    assert!(learner.state.vectors.is_finite());
}

#[test]
fn the_loss_scale_backs_off_and_grows_again() {
    let mut learner = learner();
    learner.apply(1.0, vec![1.0, 0.0], true);
    let word = learner.state.vectors.clone();
    for scale in [0.5, 0.25] {
        assert_eq!(undone(&learner.apply(1.0, vec![f32::INFINITY, 0.0], true)), (None, false));
        assert_eq!((learner.state.loss_scale, learner.state.rollbacks), (scale, 0));
        assert_eq!(learner.state.vectors, word, "its loss was finite");
    }
    for _ in 0..GROW_AFTER - 1 {
        learner.apply(1.0, vec![1.0, 0.0], true);
    }
    assert_eq!(learner.state.loss_scale, 0.25);
    for _ in 0..1 + 5 * GROW_AFTER {
        learner.apply(1.0, vec![1.0, 0.0], true);
    }
    assert_eq!(learner.state.loss_scale, 1.0, "back to where it began, and no further");
    // What no scale helps is not blamed on it for ever, and a loss that is not finite not at all.
    let ended = (0..40).position(|_| undone(&learner.apply(1.0, vec![f32::NAN, 0.0], true)).1);
    assert_eq!(ended, Some(16 + 2));
    let mut other = self::learner();
    let ended = (0..40).position(|_| undone(&other.apply(f64::NAN, vec![f32::NAN, 0.0], true)).1);
    assert_eq!((ended, other.state.loss_scale), (Some(2), 1.0));
}

#[test]
fn a_step_out_of_range_leaves_the_word_that_works() {
    let mut learner = learner();
    learner.settings.adamw.epsilon = f64::MIN_POSITIVE;
    learner.lrs = project::LearningRate::Constant { lr: 10.0 }.parse().unwrap();
    learner.apply(1.0, vec![1.0, 0.0], false);
    learner.state.vectors.values[0] = f32::MAX;
    learner.settings.adamw.weight_decay = 1.0;
    let word = learner.state.vectors.clone();
    let ends: Vec<_> = (0..3).map(|_| undone(&learner.apply(1.0, vec![1.0, 0.0], false))).collect();
    assert_eq!(ends, [(None, false), (None, false), (None, true)]);
    assert_eq!(learner.state.vectors, word);
}
