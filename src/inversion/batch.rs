//! The batches of a run: which images, sentences, timesteps and noise each step sees.
//!
//! Everything follows from (seed, step), so that a run continued from a checkpoint draws what it would have
//! drawn, on any device. Images come in shuffled rounds, each as often as the others.

use std::sync::Arc;

use super::latent_cache::{CachedPosterior, EncodedImage};
use super::methods::Method;
use super::objective::Batch;
use super::timesteps::Timesteps;
use diffusion::StepRandom;

/// Keeps the order of the rounds and what is fixed apart from the steps' own randomness.
const HELD_OUT: u64 = 1 << 60;
const ROUNDS: u64 = 1 << 61;
const FIXED_NOISE: u64 = 1 << 62;

/// Draws batches from the cached latents.
#[derive(Debug, Clone)]
pub struct BatchSampler {
    /// At least one image, each with at least one sentence.
    pub images: Vec<EncodedImage>,
    /// Images like these that are not learned from.
    pub held_out: Vec<EncodedImage>,
    /// Images put together of two, if the method has any.
    pub pasted: Vec<EncodedImage>,
    /// `[channels, height, width]` of the latents.
    pub latent: [usize; 3],
    /// Which timesteps, how often, and how much each counts.
    pub timesteps: Timesteps,
    /// Seed of the run.
    pub seed: u64,
    /// Which images and sentences a step draws.
    pub method: Arc<dyn Method>,
}

impl BatchSampler {
    /// Micro-batch `part` of `parts` of step `step`, with `size` rows.
    pub fn draw(&self, step: u64, part: usize, parts: usize, size: usize) -> Batch {
        let place = step * parts as u64 + part as u64;
        let mut random = StepRandom::new(self.seed, place);
        let mut batch = self.empty();
        for row in 0..size {
            let image = self.image(place * size as u64 + row as u64);
            let pasted = self.method.pastes(&mut random).then(|| random.choose(&self.pasted)).flatten();
            let image = pasted.unwrap_or(image);
            let mirror = random.chance(0.5);
            let posterior = image.mirrored.as_ref().filter(|_| mirror).unwrap_or(&image.upright);
            let list = image.list(self.method.list(step + 1, &mut random));
            let sentence = &list[random.below(list.len())];
            let timestep = self.timesteps.draw(&mut random);
            self.push(&mut batch, posterior, (sentence, timestep), &mut random);
            self.weigh(&mut batch, timestep);
        }
        batch
    }

    /// The batches that the fixed-noise loss is measured on, `count` rows, `size` in each: every image and sentence
    /// in turn, upright, at timesteps spread evenly over the range, with noise that never changes. The sentences are those
    /// of the pictures' lists at the place `list`.
    pub fn fixed_noise(&self, count: usize, size: usize, list: usize) -> Vec<Batch> {
        self.fixed(&self.images, [count, size, list], FIXED_NOISE)
    }

    /// The same of what is held out; nothing if that is nothing.
    pub fn held_out(&self, count: usize, size: usize, list: usize) -> Vec<Batch> {
        let count = if self.held_out.is_empty() { 0 } else { count };
        self.fixed(&self.held_out, [count, size, list], HELD_OUT)
    }

    fn fixed(&self, images: &[EncodedImage], [count, size, list]: [usize; 3], stream: u64) -> Vec<Batch> {
        let [first, end] = self.timesteps.range;
        let mut random = StepRandom::new(self.seed, stream);
        let mut batches = Vec::new();
        for row in 0..count {
            if row.is_multiple_of(size.max(1)) {
                batches.push(self.empty());
            }
            let image = &images[row % images.len()];
            let list = image.list(list);
            let sentence = &list[(row / images.len()) % list.len()];
            let timestep = first + (2 * row + 1) * (end - first) / (2 * count);
            if let Some(batch) = batches.last_mut() {
                self.push(batch, &image.upright, (sentence, timestep), &mut random);
            }
        }
        batches
    }

    /// Latent pixels in one image: height x width, at least 1.
    pub(crate) fn pixels(&self) -> usize {
        (self.latent[1] * self.latent[2]).max(1)
    }

    /// Number of latents in one image.
    fn len(&self) -> usize {
        self.latent.iter().product()
    }

    fn empty(&self) -> Batch {
        let all = self.images.iter().chain(&self.held_out).chain(&self.pasted);
        let masked = all.into_iter().any(|image| image.upright.weight.is_some());
        Batch {
            ids: Vec::new(),
            clean: Vec::new(),
            noise: Vec::new(),
            timesteps: Vec::new(),
            weight: masked.then(Vec::new),
            latent: self.latent,
        }
    }

    /// The image at place `place` of the endless sequence of shuffled rounds.
    fn image(&self, place: u64) -> &EncodedImage {
        let count = self.images.len() as u64;
        let mut order: Vec<usize> = (0..self.images.len()).collect();
        StepRandom::new(self.seed, ROUNDS + place / count).shuffle(&mut order);
        &self.images[order[(place % count) as usize]]
    }

    /// Lets the last row count as much as its timestep does.
    fn weigh(&self, batch: &mut Batch, timestep: usize) {
        let Some(weight) = self.timesteps.weight(timestep) else { return };
        let rows = batch.timesteps.len();
        let pixels = self.latent[1] * self.latent[2];
        let weights = batch.weight.get_or_insert_with(|| vec![1.0; (rows - 1) * pixels]);
        weights.resize(rows * pixels, 1.0);
        weights[(rows - 1) * pixels..].iter_mut().for_each(|pixel| *pixel *= weight);
    }

    fn push(
        &self,
        batch: &mut Batch,
        posterior: &CachedPosterior,
        (sentence, timestep): (&[u32], usize),
        random: &mut StepRandom,
    ) {
        batch.ids.push(sentence.to_vec());
        batch.timesteps.push(timestep);
        batch.clean.extend(posterior.sample(&random.normal(self.len())));
        batch.noise.extend(random.normal(self.len()));
        if let Some(weights) = &mut batch.weight {
            match &posterior.weight {
                Some(weight) => weights.extend(weight),
                None => weights.extend(std::iter::repeat_n(1.0, self.latent[1] * self.latent[2])),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods;
    use project::{LearnSettings, Method as Name};

    fn sampler() -> BatchSampler {
        let posterior = |mean: f32| CachedPosterior { mean: vec![mean; 8], std: vec![0.0; 8], weight: None };
        let image = |mean: f32| EncodedImage {
            upright: posterior(mean),
            mirrored: Some(posterior(-mean)),
            sentences: vec![vec![vec![mean as u32], vec![100 + mean as u32]], vec![vec![200 + mean as u32]]],
        };
        let images: Vec<_> = (1..=3).map(|i| image(i as f32)).collect();
        BatchSampler {
            held_out: images[2..].to_vec(),
            images,
            pasted: Vec::new(),
            latent: [2, 2, 2],
            timesteps: Timesteps::uniform([500, 900]),
            seed: 7,
            method: methods::of(&LearnSettings::default()),
        }
    }

    #[test]
    fn a_step_is_drawn_the_same_every_time() {
        assert_eq!(sampler().draw(5, 0, 2, 2), sampler().draw(5, 0, 2, 2));
        assert_ne!(sampler().draw(5, 0, 2, 2), sampler().draw(5, 1, 2, 2));
        assert_ne!(sampler().draw(5, 0, 2, 2), BatchSampler { seed: 8, ..sampler() }.draw(5, 0, 2, 2));
    }

    #[test]
    fn groups_put_together_are_the_rows_of_each() {
        let (a, b) = (sampler().draw(5, 0, 2, 2), sampler().draw(5, 1, 2, 2));
        let both = a.clone().and(b.clone());
        assert_eq!(both.timesteps, [a.timesteps.clone(), b.timesteps.clone()].concat());
        assert_eq!((both.clean.len(), &both.noise[a.noise.len()..]), (4 * 8, &b.noise[..]));
        assert_eq!(both.ids.len(), 4);
    }

    #[test]
    fn a_method_chooses_pictures_and_sentences() {
        let with = |method| methods::of(&LearnSettings { method, ..LearnSettings::default() });
        let drawn = |sampler: &BatchSampler, step| sampler.draw(step, 0, 1, 3);
        let plain = |batch: &Batch| batch.ids.iter().all(|ids| ids[0] < 200);
        let own = sampler();
        assert!((0..50).all(|step| plain(&drawn(&own, step))));
        let growing = BatchSampler { method: with(Name::Progressive), ..sampler() };
        assert_eq!(drawn(&growing, 1999), drawn(&own, 1999), "one vector is the method alone");
        assert!(drawn(&growing, 2000).ids.iter().all(|ids| ids[0] > 200));
        assert_eq!(drawn(&growing, 2000).noise, drawn(&own, 2000).noise);
        assert_eq!(growing.fixed_noise(4, 3, 1)[0].noise, own.fixed_noise(4, 3, 0)[0].noise);
        assert!(growing.fixed_noise(4, 3, 1).iter().all(|batch| batch.ids.iter().all(|ids| ids[0] > 200)));
        let mut two = BatchSampler { method: with(Name::TwoConcept), ..sampler() };
        two.pasted = vec![EncodedImage { sentences: vec![vec![vec![300]]], ..two.images[0].clone() }];
        let all: Vec<u32> = (0..100).flat_map(|step| drawn(&two, step).ids.concat()).collect();
        let pasted = all.iter().filter(|id| **id == 300).count();
        assert!((10..55).contains(&pasted), "{pasted} of {}", all.len());
    }

    #[test]
    fn every_round_shows_every_picture_once_and_mirrors_some() {
        let mut shown = [0; 3];
        let mut mirrored = 0;
        for step in 0..30 {
            let batch = sampler().draw(step, 0, 1, 3);
            assert!(batch.timesteps.iter().all(|t| (500..900).contains(t)));
            for row in batch.clean.chunks(8) {
                shown[row[0].abs() as usize - 1] += 1;
                mirrored += usize::from(row[0] < 0.0);
            }
        }
        assert_eq!(shown, [30; 3]);
        assert!((25..65).contains(&mirrored), "{mirrored} of 90");
    }

    #[test]
    fn the_fixed_noise_is_fixed_and_spread() {
        let batches = sampler().fixed_noise(4, 3, 0);
        assert_eq!(batches, sampler().fixed_noise(4, 3, 0));
        let timesteps: Vec<usize> = batches.iter().flat_map(|b| b.timesteps.clone()).collect();
        assert_eq!(timesteps, [550, 650, 750, 850]);
        let held_out = sampler().held_out(4, 3, 0);
        assert!(
            held_out.iter().all(|batch| batch.clean.iter().all(|value| *value == 3.0)),
            "another picture"
        );
        assert_ne!(held_out[0].noise, batches[0].noise);
        assert!(BatchSampler { held_out: Vec::new(), ..sampler() }.held_out(4, 3, 0).is_empty());
    }
}
