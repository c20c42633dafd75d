//! Where the sampling steps lie on the training schedule, in timesteps and in sigmas.
//!
//! Every rounding here follows NumPy's as diffusers uses it, because a timestep that is off by one changes
//! the image. It knows nothing of what a step does.

use super::super::{Schedule, TimestepSpacing, schedule::linspace};
use project::SigmaSpacing;

/// The exponent of the Karras spacing (Karras et al. 2022, equation 5).
const RHO: f64 = 7.0;

/// Taken instead of an `abar` of exactly 0 where sigmas are computed, so that pure noise has a finite one.
const MIN_ALPHA_CUMPROD: f64 = 1.0 / (1 << 24) as f64;

/// `steps` timesteps from noisy to clean, as DDIM, PNDM and the Euler methods place them.
///
/// The result is whole except for the linspace spacing, which DDIM and PNDM round.
pub(super) fn timesteps(schedule: &Schedule, spacing: TimestepSpacing, steps: usize) -> Vec<f64> {
    let train = schedule.num_train_timesteps();
    match spacing {
        TimestepSpacing::Leading => leading(train / steps, steps, schedule.config.steps_offset).collect(),
        TimestepSpacing::Trailing => trailing(train, steps),
        TimestepSpacing::Linspace => reversed(linspace(0.0, (train - 1) as f64, steps)),
    }
}

/// `steps` timesteps from noisy to clean, as the DPM-Solver family places them: it splits the schedule one
/// step finer and leaves out the cleanest timestep.
fn solver_timesteps(schedule: &Schedule, spacing: TimestepSpacing, steps: usize) -> Vec<f64> {
    let train = schedule.num_train_timesteps();
    match spacing {
        TimestepSpacing::Leading => {
            leading(train / (steps + 1), steps + 1, schedule.config.steps_offset).take(steps).collect()
        }
        TimestepSpacing::Trailing => trailing(train, steps),
        TimestepSpacing::Linspace => {
            let mut all = reversed(linspace(0.0, (train - 1) as f64, steps + 1));
            all.truncate(steps);
            all.into_iter().map(f64::round_ties_even).collect()
        }
    }
}

fn leading(ratio: usize, count: usize, offset: usize) -> impl Iterator<Item = f64> {
    (0..count).rev().map(move |i| (i * ratio + offset) as f64)
}

fn trailing(train: usize, steps: usize) -> Vec<f64> {
    let train = train as f64;
    // NumPy's arange adds multiples of the rounded difference of its first two values, which decides ties.
    let step = (train - train / steps as f64) - train;
    (0..steps).map(|i| (train + i as f64 * step).round_ties_even() - 1.0).collect()
}

fn reversed(mut values: Vec<f64>) -> Vec<f64> {
    values.reverse();
    values
}

/// Timesteps with the ratio of noise to signal at each of them; one more sigma, 0, ends the walk.
#[derive(Debug, Clone)]
pub(super) struct SigmaSchedule {
    pub timesteps: Vec<f64>,
    pub sigmas: Vec<f64>,
}

impl SigmaSchedule {
    /// As `EulerDiscreteScheduler`: Karras sigmas run between the ends of the normal ones, at fractional
    /// times.
    pub fn euler(schedule: &Schedule, steps: usize, sigma_spacing: SigmaSpacing) -> Self {
        let spacing = schedule.config.timestep_spacing.unwrap_or(TimestepSpacing::Linspace);
        let table = sigma_table(schedule);
        let timesteps = timesteps(schedule, spacing, steps);
        let sigmas: Vec<f64> = timesteps.iter().map(|&t| interpolate(&table, t)).collect();
        match (sigma_spacing, sigmas.first(), sigmas.last()) {
            (SigmaSpacing::Karras, Some(&most), Some(&least)) => {
                let sigmas = karras(most, least, steps);
                Self::ending_clean(sigmas.iter().map(|&sigma| time_of(&table, sigma)).collect(), sigmas)
            }
            _ => Self::ending_clean(timesteps, sigmas),
        }
    }

    /// As `DPMSolverMultistepScheduler` and `UniPCMultistepScheduler`: Karras sigmas run over the whole
    /// schedule, and `whole` makes the time the network is conditioned on a whole number out of a fractional one.
    pub fn solver(
        schedule: &Schedule,
        steps: usize,
        sigma_spacing: SigmaSpacing,
        whole: impl Fn(f64) -> f64,
    ) -> Self {
        let table = sigma_table(schedule);
        match (sigma_spacing, table.last(), table.first()) {
            (SigmaSpacing::Karras, Some(&most), Some(&least)) => {
                let sigmas = karras(most, least, steps);
                Self::ending_clean(
                    sigmas.iter().map(|&sigma| whole(time_of(&table, sigma))).collect(),
                    sigmas,
                )
            }
            _ => {
                let spacing = schedule.config.timestep_spacing.unwrap_or(TimestepSpacing::Linspace);
                let timesteps = solver_timesteps(schedule, spacing, steps);
                let sigmas = timesteps.iter().map(|&t| interpolate(&table, t)).collect();
                Self::ending_clean(timesteps, sigmas)
            }
        }
    }

    fn ending_clean(timesteps: Vec<f64>, mut sigmas: Vec<f64>) -> Self {
        sigmas.push(0.0);
        Self { timesteps, sigmas }
    }
}

/// Sigma at every training timestep, rising.
fn sigma_table(schedule: &Schedule) -> Vec<f64> {
    let floored = schedule.alphas_cumprod.iter().map(|alpha_cumprod| {
        // Not a floor: cosine schedules end below it.
        if *alpha_cumprod == 0.0 { MIN_ALPHA_CUMPROD } else { *alpha_cumprod }
    });
    floored.map(|alpha_cumprod| ((1.0 - alpha_cumprod) / alpha_cumprod).sqrt()).collect()
}

/// The table's value at a fractional index, held constant beyond its ends.
fn interpolate(table: &[f64], at: f64) -> f64 {
    let last = table.len() - 1;
    let low = (at.max(0.0) as usize).min(last);
    let high = (low + 1).min(last);
    let weight = (at - low as f64).clamp(0.0, 1.0);
    table[low] + weight * (table[high] - table[low])
}

/// The fractional timestep with this sigma, interpolated in the logarithm and clamped to the schedule.
fn time_of(table: &[f64], sigma: f64) -> f64 {
    let low = table.partition_point(|entry| *entry <= sigma).saturating_sub(1).min(table.len() - 2);
    let (below, above) = (table[low].ln(), table[low + 1].ln());
    low as f64 + ((sigma.ln() - below) / (above - below)).clamp(0.0, 1.0)
}

/// `steps` sigmas from `most` to `least`, evenly spaced in their seventh root (Karras et al. 2022, equation
/// 5).
fn karras(most: f64, least: f64, steps: usize) -> Vec<f64> {
    let roots = linspace(most.powf(1.0 / RHO), least.powf(1.0 / RHO), steps);
    roots.into_iter().map(|root| root.powf(RHO)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PredictionType, SchedulerConfig};

    fn schedule() -> Schedule {
        Schedule::new(&SchedulerConfig::stable_diffusion(PredictionType::Epsilon))
    }

    #[test]
    fn spacings_are_those_of_table_2() {
        let schedule = schedule();
        assert_eq!(timesteps(&schedule, TimestepSpacing::Leading, 4), [751.0, 501.0, 251.0, 1.0]);
        assert_eq!(timesteps(&schedule, TimestepSpacing::Trailing, 4), [999.0, 749.0, 499.0, 249.0]);
        assert_eq!(timesteps(&schedule, TimestepSpacing::Linspace, 4), [999.0, 666.0, 333.0, 0.0]);
        assert_eq!(solver_timesteps(&schedule, TimestepSpacing::Leading, 4), [801.0, 601.0, 401.0, 201.0]);
        assert_eq!(solver_timesteps(&schedule, TimestepSpacing::Linspace, 4), [999.0, 749.0, 500.0, 250.0]);
        assert_eq!(timesteps(&schedule, TimestepSpacing::Linspace, 1), [0.0]);
    }

    #[test]
    fn trailing_ties_fall_as_numpys() {
        // 1000 - 3 * 1000 / 48 is exactly 937.5, which rounds to 938, but NumPy's arange arrives a hair
        // below.
        let first: Vec<f64> = trailing(1000, 48).into_iter().take(5).collect();
        assert_eq!(first, [999.0, 978.0, 957.0, 936.0, 916.0]);
    }

    #[test]
    fn sigma_and_time_are_inverse() {
        let table = sigma_table(&schedule());
        for t in [0.0, 0.25, 17.0, 500.5, 998.0, 999.0] {
            let found = time_of(&table, interpolate(&table, t));
            assert!((found - t).abs() < 0.05, "{t} became {found}");
        }
        assert_eq!((time_of(&table, 1e-9), time_of(&table, 1e9)), (0.0, 999.0));
    }

    #[test]
    fn karras_keeps_both_ends() {
        let sigmas = karras(14.6, 0.03, 10);
        assert!((sigmas[0] - 14.6).abs() < 1e-12 && (sigmas[9] - 0.03).abs() < 1e-12);
        assert!(sigmas.is_sorted_by(|a, b| a > b));
        assert!((karras(14.6, 0.03, 1)[0] - 14.6).abs() < 1e-12);
    }
}
