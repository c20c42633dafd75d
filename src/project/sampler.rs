//! The ways from noise to a picture, and how they spread their steps: by their names here and in other programs.
//!
//! What each of them computes is `diffusion::sampler`'s business; how a picture names them is said here, for whoever
//! writes it and whoever reads it.

use super::named_enum::named_enum;

named_enum! {
    /// How noise is turned into a picture.
    pub enum SamplerKind as "sampler" {
        // `DPMSolverMultistepScheduler` of order 2. Pictures name the spacing with the sampler; it is the default one.
        /// Good pictures in 20 to 30 steps.
        DpmPp2m = "dpmpp-2m" as "DPM++ 2M" also ["dpmpp_2m", "k_dpmpp_2m", "DPM++ 2M Karras"],
        // The same with `algorithm_type` sde-dpmsolver++.
        /// As DPM++ 2M, with new grain in every step: rich texture, at 25 to 40 steps.
        DpmPp2mSde = "dpmpp-2m-sde" as "DPM++ 2M SDE" also ["dpmpp_2m_sde", "k_dpmpp_2m_sde", "DPM++ 2M SDE Karras"],
        // `EulerDiscreteScheduler`.
        /// Simple and quick.
        Euler = "euler" as "Euler" also ["k_euler", "Euler Karras"],
        // `EulerAncestralDiscreteScheduler`.
        /// Adds new noise in every step: lively, and never settles.
        EulerAncestral = "euler-ancestral" as "Euler ancestral" also ["Euler a", "euler_ancestral", "k_euler_a", "Euler a Karras"],
        // `UniPCMultistepScheduler`.
        /// Good pictures in 10 to 20 steps.
        UniPc = "unipc" as "UniPC" also ["uni_pc", "uni_pc_bh2", "UniPC Karras"],
        // `DDIMScheduler` of diffusers.
        /// Even, repeatable steps; the paper's choice.
        Ddim = "ddim" as "DDIM",
        // `DPMSolverSDEScheduler`.
        /// Fine texture in few steps, each twice as slow: 10 to 15 are enough.
        DpmPpSde = "dpmpp-sde" as "DPM++ SDE" also ["dpmpp_sde", "k_dpmpp_sde", "DPM++ SDE Karras"],
        // `sample_dpmpp_3m_sde` of k-diffusion.
        /// Soft and detailed; wants 30 steps or more and a lower guidance.
        DpmPp3mSde = "dpmpp-3m-sde" as "DPM++ 3M SDE" also ["dpmpp_3m_sde", "k_dpmpp_3m_sde", "DPM++ 3M SDE Karras"],
        // `HeunDiscreteScheduler`.
        /// As Euler, but looks ahead before each step: truer, and twice as slow.
        Heun = "heun" as "Heun" also ["k_heun", "Heun Karras"],
        // `sample_dpmpp_2s_ancestral` of k-diffusion.
        /// As Euler ancestral, but looks ahead: lively and crisp, and twice as slow.
        DpmPp2sAncestral = "dpmpp-2s-ancestral" as "DPM++ 2S ancestral" also ["DPM++ 2S a", "dpmpp_2s_ancestral", "k_dpmpp_2s_a", "DPM++ 2S a Karras"],
        // `KDPM2DiscreteScheduler`.
        /// As Heun, but looks to the middle of each step: smooth, and twice as slow.
        Dpm2 = "dpm2" as "DPM2" also ["dpm_2", "k_dpm_2", "DPM2 Karras"],
        // `KDPM2AncestralDiscreteScheduler`.
        /// As DPM2, with new noise in every step: lively, and twice as slow.
        Dpm2Ancestral = "dpm2-ancestral" as "DPM2 ancestral" also ["DPM2 a", "dpm_2_ancestral", "k_dpm_2_a", "DPM2 a Karras"],
        // `LMSDiscreteScheduler`.
        /// Remembers its last four steps: smooth at 30 steps or more, blotchy with few.
        Lms = "lms" as "LMS" also ["k_lms", "LMS Karras"],
        // `DDPMScheduler`.
        /// The first of all, with new noise in every step: wants 50 steps and more.
        Ddpm = "ddpm" as "DDPM",
        // `PNDMScheduler`.
        /// The first sampler of Stable Diffusion, also called PLMS.
        Pndm = "pndm" as "PNDM" also ["PLMS"],
        // `LCMScheduler`.
        /// Two to eight steps, only for models made for it.
        Lcm = "lcm" as "LCM",
    }
}

impl SamplerKind {
    /// Whether the noise levels of its steps can be spread in several ways.
    pub fn has_spacings(self) -> bool {
        !matches!(self, Self::Ddim | Self::Ddpm | Self::Pndm | Self::Lcm)
    }

    /// Whether the part of fresh noise in each step can be chosen.
    pub fn has_eta(self) -> bool {
        self == Self::Ddim
    }

    /// The name that AUTOMATIC1111's web UI knows it by.
    pub fn a1111(self) -> &'static str {
        match self {
            Self::Pndm => "PLMS",
            Self::EulerAncestral => "Euler a",
            Self::Dpm2Ancestral => "DPM2 a",
            Self::DpmPp2sAncestral => "DPM++ 2S a",
            other => other.label(),
        }
    }

    /// The spacing that A1111 calls automatic for it (`sd_samplers_kdiffusion.py`).
    fn automatic(self) -> SigmaSpacing {
        match self {
            Self::DpmPp2m | Self::DpmPpSde | Self::DpmPp2sAncestral | Self::Dpm2 | Self::Dpm2Ancestral => {
                SigmaSpacing::Karras
            }
            Self::DpmPp2mSde | Self::DpmPp3mSde => SigmaSpacing::Exponential,
            _ => SigmaSpacing::Normal,
        }
    }

    /// What a picture says of its sampler and spacing: the name, and the "Schedule type" where the name does not say it
    /// (as older versions of A1111 have it, and the sites that read them).
    pub fn written(self, spacing: SigmaSpacing) -> (String, Option<&'static str>) {
        let name = self.a1111();
        match spacing {
            _ if !self.has_spacings() => (name.to_owned(), None),
            // Since version 1.9 of the web UI a name alone means the spacing that is automatic for it.
            SigmaSpacing::Normal if self.automatic() != spacing => (name.to_owned(), Some("Uniform")),
            SigmaSpacing::Normal => (name.to_owned(), None),
            SigmaSpacing::Karras | SigmaSpacing::Exponential => (format!("{name} {}", spacing.label()), None),
            other => (name.to_owned(), Some(other.label())),
        }
    }

    /// The sampler of a name as any program spells it.
    fn spelled(name: &str) -> Option<Self> {
        // ComfyUI says of some where their noise is made.
        let bare = |name: &str| {
            let name = name.to_lowercase().replace("++", "pp").replace([' ', '_', '-'], "");
            name.strip_suffix("gpu").unwrap_or(&name).to_owned()
        };
        let wanted = bare(name);
        let named = |kind: &Self| {
            let names = [kind.name(), kind.label()];
            names.iter().chain(kind.others()).any(|known| bare(known) == wanted)
        };
        Self::ALL.iter().copied().find(named)
    }

    /// The sampler and the spacing that a picture names, in any letter case: the spacing at the end of the sampler's name,
    /// or as the "Schedule type" of newer versions of A1111; the model's own where it names none. A name that is not known
    /// here is `None`, but for the spacing of a sampler that has only its own.
    pub fn read(name: &str, schedule_type: Option<&str>) -> (Option<Self>, Option<SigmaSpacing>) {
        let name = name.trim().to_lowercase();
        let mut spacings = SigmaSpacing::ALL.iter();
        // ComfyUI joins them by an underscore.
        let spaced = name.replace('_', " ");
        let at_end = spacings.find_map(|spacing| {
            let (before, end) = spaced.split_at_checked(name.len().checked_sub(spacing.label().len())?)?;
            let before = before.strip_suffix(' ')?;
            end.eq_ignore_ascii_case(spacing.label()).then_some((&name[..before.len()], *spacing))
        });
        let (name, at_end) = at_end.map_or((&*name, None), |(name, spacing)| (name, Some(spacing)));
        let kind = Self::spelled(name);
        let own = || kind.filter(|kind| !kind.has_spacings()).map(|_| SigmaSpacing::Normal);
        let said = match schedule_type.map(str::trim).unwrap_or_default() {
            "" => Some(SigmaSpacing::Normal),
            text if text.eq_ignore_ascii_case("automatic") => {
                Some(kind.map_or(SigmaSpacing::Normal, Self::automatic))
            }
            text => text.parse().ok().or_else(own),
        };
        (kind, at_end.or(said))
    }
}

named_enum! {
    /// How the noise levels are spread over the steps.
    pub enum SigmaSpacing as "noise spacing" {
        /// As the model was trained.
        Normal = "normal" also ["Uniform"],
        // Karras et al. 2022, arXiv 2206.00364, eq. 5.
        /// More steps at low noise, for finer detail.
        Karras = "karras" as "Karras",
        // `get_sigmas_exponential` of k-diffusion.
        /// Still more steps at low noise than Karras: smooth surfaces, simple shapes.
        Exponential = "exponential" as "Exponential",
        // `simple_scheduler` of ComfyUI.
        /// Every so many of the noise levels that the model learned; begins at the noisiest.
        Simple = "simple" as "Simple",
        // `sgm_uniform` of A1111 and ComfyUI, after Stability's generative-models.
        /// Even steps that begin at the noisiest and stop before the cleanest; suits fast models.
        SgmUniform = "sgm-uniform" as "SGM Uniform" also ["sgm_uniform", "SGMUniform"],
        // `beta_scheduler` of A1111, `use_beta_sigmas` of diffusers.
        /// More steps at both ends: firm shapes and fine detail, fewer in between.
        Beta = "beta" as "Beta",
        // `get_align_your_steps_sigmas`; the number of steps as ComfyUI counts them.
        /// Noise levels found by search for Stable Diffusion 1 and XL: best with about 10 steps.
        AlignYourSteps = "ays" as "Align Your Steps" also ["AYS", "align_your_steps"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for &kind in SamplerKind::ALL {
            for &spacing in SigmaSpacing::ALL {
                let (name, schedule) = kind.written(spacing);
                let wanted = if kind.has_spacings() { spacing } else { SigmaSpacing::Normal };
                assert_eq!(
                    SamplerKind::read(&name, schedule),
                    (Some(kind), Some(wanted)),
                    "{name} {schedule:?}"
                );
            }
        }
        assert_eq!(SamplerKind::DpmPp2mSde.written(SigmaSpacing::Karras).0, "DPM++ 2M SDE Karras");
        assert_eq!(SamplerKind::Ddim.written(SigmaSpacing::Karras), ("DDIM".into(), None));
        let plain = SamplerKind::DpmPp2m.written(SigmaSpacing::Normal);
        assert_eq!(plain, ("DPM++ 2M".into(), Some("Uniform")), "a name alone would be read as Karras");
        assert_eq!(SamplerKind::Euler.written(SigmaSpacing::Normal), ("Euler".into(), None));
        let ays = SamplerKind::Euler.written(SigmaSpacing::AlignYourSteps);
        assert_eq!(ays, ("Euler".into(), Some("Align Your Steps")));
    }

    #[test]
    fn other_programs_names_are_read() {
        use SamplerKind as Kind;
        use SigmaSpacing as Spacing;
        for (name, schedule, kind, spacing) in [
            ("DPM++ 2M", Some("Karras"), Kind::DpmPp2m, Spacing::Karras),
            ("DPM++ 2M SDE Exponential", None, Kind::DpmPp2mSde, Spacing::Exponential),
            ("DPM++ SDE", Some("Automatic"), Kind::DpmPpSde, Spacing::Karras),
            ("Euler a", Some("Automatic"), Kind::EulerAncestral, Spacing::Normal),
            ("dpm++ 2s a karras", None, Kind::DpmPp2sAncestral, Spacing::Karras),
            ("Euler SGM Uniform", None, Kind::Euler, Spacing::SgmUniform),
            ("Euler a", Some("SGM Uniform"), Kind::EulerAncestral, Spacing::SgmUniform),
            ("DPM2 a", Some("uniform"), Kind::Dpm2Ancestral, Spacing::Normal),
            ("Heun", Some("Beta"), Kind::Heun, Spacing::Beta),
            ("PLMS", None, Kind::Pndm, Spacing::Normal),
            ("DDIM", Some("DDIM"), Kind::Ddim, Spacing::Normal),
            ("dpmpp_2m_sde_karras", None, Kind::DpmPp2mSde, Spacing::Karras),
            ("euler_sgm_uniform", None, Kind::Euler, Spacing::SgmUniform),
            ("euler_ancestral", Some("karras"), Kind::EulerAncestral, Spacing::Karras),
            ("dpm++2m karras", None, Kind::DpmPp2m, Spacing::Karras),
            ("dpm++2s_a", None, Kind::DpmPp2sAncestral, Spacing::Normal),
            ("euler_a", None, Kind::EulerAncestral, Spacing::Normal),
            ("euler normal", None, Kind::Euler, Spacing::Normal),
            ("dpmpp_2m_sde_gpu karras", None, Kind::DpmPp2mSde, Spacing::Karras),
            ("dpmpp_3m_sde_gpu", Some("exponential"), Kind::DpmPp3mSde, Spacing::Exponential),
            ("uni_pc_bh2", Some("simple"), Kind::UniPc, Spacing::Simple),
        ] {
            assert_eq!(SamplerKind::read(name, schedule), (Some(kind), Some(spacing)), "{name} {schedule:?}");
        }
        assert_eq!(SamplerKind::read("Euler", Some("Polyexponential")), (Some(Kind::Euler), None));
        for name in ["", " karras", "karras", "normal", "gpu", "dpm++", "猫 Karras", "Restart"] {
            assert_eq!(SamplerKind::read(name, None).0, None, "{name}");
        }
    }
}
