//! `pseudoword edit`: change a picture, or a part of it, with learned words in the prompt.

use std::path::PathBuf;

use clap::Args;

use super::draw_with::{DrawWith, drawn_by};
use super::job::{self, JOB, JobOptions};
use super::overrides::Overrides;
use super::{paths, progress};
use base::Result;
use engine::message::{Command, EditRequest, GenerateRequest};
use project::options;
use project::{EditSettings, GenerateSettings};

#[derive(Debug, Args)]
#[command(mut_arg("model", |model| model.help(MODEL)))]
pub struct EditArguments {
    /// The picture; the file stays as it is
    #[arg(long, value_name = "FILE", visible_alias = "init-image")]
    image: PathBuf,
    /// A picture of the same proportions that is white where something new belongs [default: all may change]
    #[arg(long, value_name = "FILE")]
    mask: Option<PathBuf>,
    #[command(flatten)]
    with: DrawWith,
    /// Width and height in which the part that changes is drawn, such as 512x768 [default: what suits the picture and the
    /// model]
    #[arg(long, value_name = "WxH", value_parser = options::size)]
    #[arg(conflicts_with_all = ["width", "height"])]
    size: Option<[u32; 2]>,
    /// The folder for the pictures; none that is in it is ever replaced
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The CLIP that ranks several pictures: a folder as transformers saves it [default: the model's own, else the one that
    /// was fetched, else none]
    #[arg(long, value_name = "DIR")]
    clip: Option<PathBuf>,
    #[command(flatten)]
    pub(super) job: JobOptions,
    #[command(flatten, next_help_heading = "Editing")]
    edit: Overrides<EditSettings>,
    #[command(flatten, next_help_heading = "Settings")]
    typed: Overrides<GenerateSettings>,
}

const MODEL: &str = "The model: a folder, a file, or a name that `pseudoword models` lists; inpainting models too [default: the starter model]";

pub fn run(arguments: EditArguments) -> Result<()> {
    let EditArguments { image, mask, with, size, out, clip, job, edit: asked, typed } = arguments;
    let edit = asked.over(EditSettings::default())?;
    let settings = drawn_by(&typed, size, GenerateSettings::default())?;
    edit.validate()?;
    settings.validate()?;
    if settings.enlarges() {
        progress::warn(job.json, "--enlarge does nothing when a picture is edited.".into());
    }
    if mask.is_none() {
        useless(&asked, edit.extends()).into_iter().for_each(|note| progress::warn(job.json, note));
    }
    let (model, words) = with.found()?;
    // Ranking is an offer: only a CLIP that was named must be there.
    let clip = match clip {
        Some(clip) => Some(clip),
        None => paths::clip(None, &model).ok(),
    };
    let draw = GenerateRequest { model, words, offered: Default::default(), settings, out: Some(out) };
    let request = Box::new(EditRequest { draw, image, mask, edit, clip });
    job::run(&job, Command::Edit { job: JOB, request })
}

/// What was typed that is about what is around a mask, where none is given. What a picture is extended by is one too.
fn useless(typed: &Overrides<EditSettings>, extends: bool) -> Vec<String> {
    const AROUND: [(&str, &str); 8] = [
        ("order", "order"),
        ("dilations", "dilations"),
        ("pixel_phase", "pixel-phase"),
        ("feather", "feather (--mask-blur)"),
        ("seam", "seam"),
        ("fit_background", "fit-background"),
        ("area", "area"),
        ("padding", "padding"),
    ];
    let around = AROUND.iter().filter(|(id, _)| !extends && typed.is_typed(id));
    let around = around.map(|(_, option)| format!("--{option} is of use only with --mask or --extend."));
    let inside =
        typed.is_typed("invert_mask").then(|| "--invert-mask is of use only with --mask.".to_owned());
    around.chain(inside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Arguments;
    use clap::Parser as _;

    #[test]
    fn what_needs_a_mask_is_named_where_there_is_none() {
        let said = |more: &str| {
            let line = format!("pseudoword edit --image a.png --out b --prompt cat {more}");
            let arguments = Arguments::try_parse_from(line.split_whitespace()).unwrap();
            let Some(crate::Command::Edit(edit)) = arguments.command else { panic!("another command") };
            useless(&edit.edit, more.contains("--extend")).join(" ")
        };
        assert_eq!(said("--strength 0.5 --tiles"), "");
        let all = said(
            "--order ldm --dilations 2 --pixel-phase 0.1 --mask-blur 3 --seam poisson --fit-background --area whole \
             --padding 8 --invert-mask",
        );
        assert_eq!(all.matches("is of use only").count(), 9, "{all}");
        for option in ["--order is", "--feather (--mask-blur) is", "--fit-background is"] {
            assert!(all.contains(option), "{option}: {all}");
        }
        assert_eq!(said("--extend 8 --feather 3 --invert-mask"), "--invert-mask is of use only with --mask.");
    }
}
