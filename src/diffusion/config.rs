//! A diffusers `scheduler_config.json`: the noise schedule a model was trained with.
//!
//! Published files leave out keys, name one scheduler class and are used with another, so keys whose default
//! depends on the class stay open until a sampler is chosen. It refuses schedules and predictions it cannot
//! reproduce exactly, and ignores keys that only say how the file's own class would sample.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use base::{Error, FileKind, Result, with_defaults};

/// How the noise added per timestep grows (`beta_schedule`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BetaSchedule {
    /// Evenly spaced betas (DDPM, Ho et al. 2020).
    Linear,
    /// Evenly spaced square roots of beta; what latent diffusion and Stable Diffusion call "linear".
    ScaledLinear,
    /// The squared cosine of Nichol and Dhariwal 2021, capped at 0.999.
    #[serde(rename = "squaredcos_cap_v2")]
    Cosine,
}

/// What the network's output means (`prediction_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PredictionType {
    /// The noise in the latents (Stable Diffusion 1 and XL).
    Epsilon,
    /// The velocity `sqrt(abar) * noise - sqrt(1 - abar) * z0` of Salimans and Ho 2022 (Stable Diffusion 2).
    VPrediction,
}

/// How sampling steps are spread over the training timesteps (`timestep_spacing`; table 2 of Lin et al.
/// 2023).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimestepSpacing {
    /// Multiples of a whole step counted from 0, plus `steps_offset`; never reaches the noisiest timestep.
    Leading,
    /// Counted down from the last timestep.
    Trailing,
    /// Evenly from the first to the last timestep.
    Linspace,
}

with_defaults! {
    /// The schedule settings of a model, read from `scheduler/scheduler_config.json`. Missing keys are what diffusers'
    /// scheduler classes take for them, but LCM's for the betas.
    ///
    /// `clip_sample` is not read: it keeps *pixels* within -1..1, latents are larger, and diffusers' Stable
    /// Diffusion pipelines force it off. `skip_prk_steps` is not read: those pipelines always skip these steps.
    /// `use_karras_sigmas` and the solver settings are not read either: the person chooses the sampler.
    #[derive(Debug, Clone, PartialEq, Deserialize)]
    #[serde(default)]
    pub struct SchedulerConfig {
        /// Number of training timesteps; 1000 in every published Stable Diffusion model. At least 2.
        pub num_train_timesteps: usize = 1000,
        /// First beta, between 0 and 1.
        pub beta_start: f64 = 0.0001,
        /// Last beta, between 0 and 1.
        pub beta_end: f64 = 0.02,
        /// How beta grows from the first to the last.
        pub beta_schedule: BetaSchedule = BetaSchedule::Linear,
        /// One beta per timestep, instead of the three fields above.
        pub trained_betas: Option<Vec<f64>> = None,
        /// What the network predicts.
        pub prediction_type: PredictionType = PredictionType::Epsilon,
        /// Whether the last step goes to no noise at all (true) or to the noise of timestep 0 (false). Absent:
        /// the sampler's default, true for DDIM and LCM, false for PNDM; the others always end without noise.
        pub set_alpha_to_one: Option<bool> = None,
        /// Added to every timestep of the leading spacing; 1 in Stable Diffusion.
        pub steps_offset: usize = 0,
        /// Absent: the sampler's default, leading for DDIM and PNDM, linspace for the others.
        pub timestep_spacing: Option<TimestepSpacing> = None,
        /// Whether the betas are changed so that the last timestep is pure noise (algorithm 1 of Lin et al.
        /// 2023).
        pub rescale_betas_zero_snr: bool = false,
        /// LCM only: number of steps of the schedule the model was distilled on, 50 if absent.
        pub original_inference_steps: usize = 50,
        /// LCM only: factor of the timestep in the boundary condition, 10 if absent.
        pub timestep_scaling: f64 = 10.0,
        /// Whether the model is of the SDXL family, for which Align Your Steps has noise levels of its own. The file does not
        /// say it.
        #[serde(skip)]
        pub sdxl: bool = false,
    }
}

impl SchedulerConfig {
    /// The schedule of Stable Diffusion 1, 2 and XL.
    pub fn stable_diffusion(prediction_type: PredictionType) -> Self {
        Self {
            beta_start: 0.00085,
            beta_end: 0.012,
            beta_schedule: BetaSchedule::ScaledLinear,
            prediction_type,
            set_alpha_to_one: Some(false),
            steps_offset: 1,
            ..Self::default()
        }
    }

    /// Takes what a `scheduler_config.json` says; `path` is only used to name the file in errors.
    ///
    /// # Errors
    /// [`Error::File`] of kind [`FileKind::Model`] when it names a schedule, prediction or spacing this program does
    /// not know, or holds numbers no schedule can have.
    pub fn from_json(mut json: Value, path: &Path) -> Result<Self> {
        let refuse = |fault: String| {
            let remedy = "Pseudoword needs the scheduler of a latent diffusion model that predicts epsilon or \
                          v_prediction with a linear, scaled_linear or squaredcos_cap_v2 noise schedule; use \
                          another model, or download this one again if the file is damaged.";
            Error::file(FileKind::Model, path, fault, remedy)
        };
        if json["thresholding"] == true {
            return Err(refuse("Dynamic thresholding is only meant for models that work on pixels".into()));
        }
        // These have noise levels without betas, and weigh what goes into the network and what comes out of it in
        // their own way, but say `epsilon` as well (Playground 2.5, CosXL).
        let class = json["_class_name"].as_str().unwrap_or_default();
        if ["EDM", "FlowMatch"].iter().any(|begins| class.starts_with(begins)) {
            return Err(refuse(format!("The noise schedule cannot be used: {class}")));
        }
        if let Some(keys) = json.as_object_mut() {
            keys.retain(|_, value| !value.is_null());
            // The betas belong to the model, not to the sampler: where the file leaves them out, its own class
            // decides.
            if keys.get("_class_name").is_some_and(|class| class == "LCMScheduler") {
                keys.entry("beta_start").or_insert(0.00085.into());
                keys.entry("beta_end").or_insert(0.012.into());
                keys.entry("beta_schedule").or_insert("scaled_linear".into());
            }
            if let Some(trained) = keys.get("trained_betas").and_then(Value::as_array).map(Vec::len) {
                keys.entry("num_train_timesteps").or_insert(trained.into());
            }
        }
        let config: Self = serde_json::from_value(json)
            .map_err(|error| refuse(format!("The noise schedule cannot be used: {error}")))?;
        match config.fault() {
            Some(fault) => Err(refuse(fault)),
            None => Ok(config),
        }
    }

    /// The first number that no schedule can have, as a sentence without a full stop.
    fn fault(&self) -> Option<String> {
        let steps = self.num_train_timesteps;
        let usable = |beta: &f64| *beta > 0.0 && *beta < 1.0;
        if !(2..=100_000).contains(&steps) {
            return Some(format!("num_train_timesteps is {steps}, but must be from 2 to 100000"));
        }
        if self.steps_offset > steps {
            return Some(format!(
                "steps_offset is {}, but there are only {steps} timesteps",
                self.steps_offset
            ));
        }
        if !(1..=steps.max(50)).contains(&self.original_inference_steps) {
            return Some(format!("original_inference_steps is {}", self.original_inference_steps));
        }
        if let Some(betas) = &self.trained_betas {
            if betas.len() != steps {
                return Some(format!("trained_betas has {} values for {steps} timesteps", betas.len()));
            }
            return betas
                .iter()
                .position(|beta| !usable(beta))
                .map(|t| format!("trained_betas[{t}] is {}, but must lie between 0 and 1", betas[t]));
        }
        [("beta_start", self.beta_start), ("beta_end", self.beta_end)]
            .into_iter()
            .find(|(_, beta)| !usable(beta))
            .map(|(name, beta)| format!("{name} is {beta}, but must lie between 0 and 1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<SchedulerConfig> {
        let json = base::json::from_slice(text.as_bytes()).unwrap();
        SchedulerConfig::from_json(json, Path::new("scheduler/scheduler_config.json"))
    }

    #[test]
    fn missing_keys_take_the_defaults_of_the_named_class() {
        let config = parse(r#"{"_class_name": "DDIMScheduler", "trained_betas": null}"#).unwrap();
        assert_eq!((config.beta_start, config.beta_end), (0.0001, 0.02));
        assert_eq!(config.beta_schedule, BetaSchedule::Linear);
        assert_eq!((config.set_alpha_to_one, config.timestep_spacing), (None, None));
        let config = parse(r#"{"_class_name": "LCMScheduler"}"#).unwrap();
        assert_eq!((config.beta_end, config.beta_schedule), (0.012, BetaSchedule::ScaledLinear));
    }

    #[test]
    fn what_cannot_be_reproduced_is_refused_by_name() {
        for (text, part) in [
            (r#"{"prediction_type": "sample"}"#, "sample"),
            (r#"{"beta_schedule": "sigmoid"}"#, "sigmoid"),
            (r#"{"beta_end": 1.5}"#, "beta_end is 1.5"),
            (r#"{"trained_betas": [0.1, 0.0, 0.3]}"#, "trained_betas[1]"),
            (r#"{"trained_betas": [0.1, 0.2], "num_train_timesteps": 3}"#, "2 values for 3"),
            (r#"{"num_train_timesteps": 0}"#, "num_train_timesteps is 0"),
            (r#"{"steps_offset": 18446744073709551615}"#, "steps_offset is"),
            (r#"{"original_inference_steps": 0}"#, "original_inference_steps is 0"),
            (r#"{"thresholding": true}"#, "thresholding"),
            (
                r#"{"_class_name": "EDMDPMSolverMultistepScheduler", "prediction_type": "epsilon"}"#,
                "cannot be used: EDMDPMSolverMultistepScheduler",
            ),
            (r#"{"_class_name": "FlowMatchEulerDiscreteScheduler"}"#, "cannot be used: FlowMatchEuler"),
        ] {
            let message = parse(text).unwrap_err().to_string();
            assert!(message.contains(part) && message.contains("scheduler_config.json"), "{message}");
        }
    }

    #[test]
    fn python_infinities_are_read_as_nothing() {
        assert!(parse(r#"{"lambda_min_clipped": -Infinity}"#).is_ok());
    }
}
