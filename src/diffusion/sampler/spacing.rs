//! Where the sampling steps lie on the training schedule, in timesteps and in sigmas.
//!
//! Every rounding here follows NumPy's as diffusers uses it, because a timestep that is off by one changes
//! the image. Spacings that diffusers does not have are those of k-diffusion, ComfyUI and AUTOMATIC1111. It knows nothing
//! of what a step does. The length is that of one rule, with its published numbers, for each spacing.

use super::super::{Schedule, TimestepSpacing, schedule::linspace};
use project::SigmaSpacing;

/// The exponent of the Karras spacing (Karras et al. 2022, equation 5).
const RHO: f64 = 7.0;

/// Both parameters of the beta distribution whose quantiles the beta spacing takes (Lee et al. 2024, "Beta Sampling is All
/// You Need", <https://arxiv.org/abs/2407.12173>).
const BETA: f64 = 0.6;

/// The noise levels of Align Your Steps (Sabour et al. 2024) for Stable Diffusion 1 and for XL, from
/// <https://research.nvidia.com/labs/toronto-ai/AlignYourSteps/howto.html>.
const AYS: [[f64; 11]; 2] = [
    [14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029],
    [14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.380, 0.234, 0.113, 0.029],
];

/// Taken instead of an `abar` of exactly 0 where sigmas are computed, so that pure noise has a finite one.
const MIN_ALPHA_CUMPROD: f64 = 1.0 / (1 << 24) as f64;

/// By how much a time that is cut off may be less than the whole number it means, for want of digits.
const LAST_DIGITS: f64 = 1e-6;

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
    /// As `EulerDiscreteScheduler`: Karras, exponential and beta sigmas run between the ends of the normal ones, at
    /// fractional times.
    pub fn euler(schedule: &Schedule, steps: usize, sigma_spacing: SigmaSpacing) -> Self {
        let spacing = schedule.config.timestep_spacing.unwrap_or(TimestepSpacing::Linspace);
        let table = sigma_table(schedule);
        let timesteps = timesteps(schedule, spacing, steps);
        let sigmas: Vec<f64> = timesteps.iter().map(|&t| interpolate(&table, t)).collect();
        let ends = [sigmas.first(), sigmas.last()].map(|end| end.copied().unwrap_or_default());
        match placed(sigma_spacing, &table, ends, steps, schedule.config.sdxl) {
            Some(sigmas) => Self::at(&table, sigmas, |time| time),
            None => Self::ending_clean(timesteps, sigmas),
        }
    }

    /// As `DPMSolverMultistepScheduler` and `UniPCMultistepScheduler`: Karras, exponential and beta sigmas run over the
    /// whole schedule, and `whole` makes the time the network is conditioned on a whole number out of a fractional one; with
    /// exponential and beta sigmas diffusers cuts it off. Without it times stay as they are, which is how k-diffusion has
    /// them.
    pub fn solver(
        schedule: &Schedule,
        steps: usize,
        sigma_spacing: SigmaSpacing,
        whole: Option<fn(f64) -> f64>,
    ) -> Self {
        let table = sigma_table(schedule);
        let ends = [table.last(), table.first()].map(|end| end.copied().unwrap_or_default());
        let cut_off = matches!(sigma_spacing, SigmaSpacing::Exponential | SigmaSpacing::Beta);
        let whole = |time: f64| match whole {
            None => time,
            Some(_) if cut_off => (time + LAST_DIGITS).floor(),
            Some(whole) => whole(time),
        };
        match placed(sigma_spacing, &table, ends, steps, schedule.config.sdxl) {
            Some(sigmas) => Self::at(&table, sigmas, whole),
            None => {
                let spacing = schedule.config.timestep_spacing.unwrap_or(TimestepSpacing::Linspace);
                let timesteps = solver_timesteps(schedule, spacing, steps);
                let sigmas = timesteps.iter().map(|&t| interpolate(&table, t)).collect();
                Self::ending_clean(timesteps, sigmas)
            }
        }
    }

    /// The same steps, with a call in the middle of each but the last: at the geometric mean of its sigmas.
    pub fn with_middles(&self, schedule: &Schedule) -> Self {
        let table = sigma_table(schedule);
        self.with_calls(|from, to| {
            let sigma = (self.sigmas[from] * self.sigmas[to]).sqrt();
            (time_of(&table, sigma), sigma)
        })
    }

    /// The same steps, with a second call at the end of each but the last.
    pub fn with_ends_twice(&self) -> Self {
        self.with_calls(|_, to| (self.timesteps[to], self.sigmas[to]))
    }

    /// With a call between two steps; `between` tells its time and sigma.
    fn with_calls(&self, between: impl Fn(usize, usize) -> (f64, f64)) -> Self {
        let calls = (0..self.timesteps.len()).flat_map(|step| {
            let own = (self.timesteps[step], self.sigmas[step]);
            let between = (step > 0).then(|| between(step - 1, step));
            between.into_iter().chain([own])
        });
        let (timesteps, sigmas) = calls.unzip();
        Self::ending_clean(timesteps, sigmas)
    }

    fn at(table: &[f64], sigmas: Vec<f64>, whole: impl Fn(f64) -> f64) -> Self {
        Self::ending_clean(sigmas.iter().map(|&sigma| whole(time_of(table, sigma))).collect(), sigmas)
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

/// `steps` sigmas, falling, of a spacing that is not the model's own; `None` for that one. `table` is the sigma of each
/// training timestep, `most` and `least` are the ends of the spacings that lie between two.
fn placed(
    spacing: SigmaSpacing,
    table: &[f64],
    [most, least]: [f64; 2],
    steps: usize,
    sdxl: bool,
) -> Option<Vec<f64>> {
    let last = table.len() - 1;
    Some(match spacing {
        SigmaSpacing::Normal => return None,
        SigmaSpacing::Karras => karras(most, least, steps),
        SigmaSpacing::Exponential => {
            linspace(most.ln(), least.ln(), steps).into_iter().map(f64::exp).collect()
        }
        SigmaSpacing::Simple => {
            let stride = table.len() as f64 / steps as f64;
            (0..steps).map(|step| table[last - (step as f64 * stride) as usize]).collect()
        }
        SigmaSpacing::SgmUniform => evenly_through(table, last as f64, 0.0, steps),
        SigmaSpacing::Beta => {
            let quantiles = linspace(1.0, 0.0, steps).into_iter().map(beta_quantile);
            quantiles.map(|share| least + share * (most - least)).collect()
        }
        SigmaSpacing::AlignYourSteps => {
            let levels = &AYS[usize::from(sdxl)];
            evenly_through(levels, 0.0, (levels.len() - 1) as f64, steps)
        }
    })
}

/// `steps` sigmas at even distances in the index from `start` up to but without `end`, interpolated in the logarithm.
fn evenly_through(sigmas: &[f64], start: f64, end: f64, steps: usize) -> Vec<f64> {
    let logarithms: Vec<f64> = sigmas.iter().map(|sigma| sigma.ln()).collect();
    let places = linspace(start, end, steps + 1).into_iter().take(steps);
    places.map(|place| interpolate(&logarithms, place).exp()).collect()
}

/// `steps` sigmas from `most` to `least`, evenly spaced in their seventh root (Karras et al. 2022, equation
/// 5).
fn karras(most: f64, least: f64, steps: usize) -> Vec<f64> {
    let roots = linspace(most.powf(1.0 / RHO), least.powf(1.0 / RHO), steps);
    roots.into_iter().map(|root| root.powf(RHO)).collect()
}

/// The number below which a share of 0 to 1 of the symmetric beta distribution lies.
fn beta_quantile(share: f64) -> f64 {
    if share > 0.5 {
        return 1.0 - beta_quantile(1.0 - share);
    }
    let wanted = share * 2.0 * lower_beta(0.5);
    let (mut low, mut high) = (0.0, 0.5);
    // As often as there are binary digits to find, even of a small number.
    for _ in 0..128 {
        let middle = 0.5 * (low + high);
        if lower_beta(middle) < wanted { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// The incomplete beta function `integral from 0 to x of (t (1 - t))^(BETA - 1) dt`, from 0 to 1/2, by the series of its
/// second factor.
fn lower_beta(x: f64) -> f64 {
    let mut factor = 1.0;
    let terms = (0..64).map(|k| {
        let k = f64::from(k);
        if k > 0.0 {
            factor *= x * (k - BETA) / k;
        }
        factor / (BETA + k)
    });
    x.powf(BETA) * terms.sum::<f64>()
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
    fn solvers_times_are_those_of_diffusers_or_of_k_diffusion() {
        // Its `DPMSolverMultistepScheduler` 0.42.1 in 64 bits; `sigma_to_t` of k-diffusion in 64 bits.
        for (spacing, times, fractions) in [
            (
                SigmaSpacing::Karras,
                [999.0, 837.0, 594.0, 249.0, 30.0, 0.0],
                [999.0, 837.1204031934533, 593.5014532378681, 248.75525750474847, 29.805745633420162, 0.0],
            ),
            (
                SigmaSpacing::Exponential,
                [999.0, 756.0, 413.0, 102.0, 10.0, 0.0],
                [999.0, 756.5115128930582, 413.161933137048, 102.97335886103201, 10.63098612491224, 0.0],
            ),
        ] {
            let placed = |whole| SigmaSchedule::solver(&schedule(), 6, spacing, whole).timesteps;
            assert_eq!(placed(Some(f64::round_ties_even)), times, "{spacing}");
            let found = placed(None);
            assert!(found.iter().zip(fractions).all(|(a, b)| (a - b).abs() < 1e-6), "{spacing}: {found:?}");
        }
    }

    #[test]
    fn karras_keeps_both_ends() {
        let sigmas = karras(14.6, 0.03, 10);
        assert!((sigmas[0] - 14.6).abs() < 1e-12 && (sigmas[9] - 0.03).abs() < 1e-12);
        assert!(sigmas.is_sorted_by(|a, b| a > b));
        assert!((karras(14.6, 0.03, 1)[0] - 14.6).abs() < 1e-12);
    }

    #[test]
    fn quantiles_are_those_of_scipy() {
        // `scipy.stats.beta.ppf(p, 0.6, 0.6)` of scipy 1.17.
        for (share, wanted) in [
            (0.0, 0.0),
            (0.01, 0.0008612388215429059),
            (0.1, 0.03958440558878085),
            (0.3333333333333333, 0.2754132907776234),
            (0.5, 0.5000000000000001),
            (0.75, 0.824319621347305),
            (0.999, 0.9999814412614826),
            (1.0, 1.0),
        ] {
            let got = beta_quantile(share);
            assert!((got - wanted).abs() < 1e-12, "{share}: {got} is not {wanted}");
        }
    }

    #[test]
    fn ten_steps_of_align_your_steps_are_the_published_ones() {
        let mut schedule = schedule();
        for (sdxl, third) in [(false, 3.861), (true, 3.771)] {
            schedule.config.sdxl = sdxl;
            let sigmas = SigmaSchedule::euler(&schedule, 10, SigmaSpacing::AlignYourSteps).sigmas;
            let published = AYS[usize::from(sdxl)];
            assert!(sigmas[..10].iter().zip(&published).all(|(a, b)| (a / b - 1.0).abs() < 1e-12));
            assert!((sigmas[2] - third).abs() < 1e-12 && sigmas[10] == 0.0);
        }
    }

    #[test]
    fn every_spacing_falls_from_the_top() {
        for &spacing in SigmaSpacing::ALL {
            for steps in [1, 2, 7, 40] {
                let placed = SigmaSchedule::solver(&schedule(), steps, spacing, None);
                assert_eq!((placed.timesteps.len(), placed.sigmas.len()), (steps, steps + 1));
                assert!(placed.sigmas.is_sorted_by(|a, b| a > b), "{spacing} {steps}");
                assert!((14.61..14.62).contains(&placed.sigmas[0]), "{spacing} {steps}");
            }
        }
    }
}
