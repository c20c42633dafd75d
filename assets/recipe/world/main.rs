//! The little world the starter model is trained on: a renderer of toy scenes, the sentences that describe them, and
//! a command line that writes both.
//!
//! Everything is drawn by formula from plain data and random numbers keyed by a seed, so that anyone can draw
//! the same pictures again. Nothing here knows a network.

mod accessory;
mod background;
mod canvas;
mod caption;
mod geometry;
mod held_out;
mod individuals;
mod material;
mod render;
mod scene;
mod shapes;
mod style;
mod things;
mod training;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use base::{Error, Result};
use training::TrainingSet;
use world::World;

/// Draw the toy pictures that the starter model is trained on
#[derive(Debug, Parser)]
#[command(name = "pseudoword-world")]
struct Arguments {
    /// The folder to write to
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The world: narrow or wide
    #[arg(long, default_value = "narrow")]
    world: WorldChoice,
    /// How many pictures
    #[arg(long, default_value_t = 1000)]
    count: usize,
    /// Side of a picture in pixels
    #[arg(long, value_name = "PIXELS", default_value_t = 64)]
    size: usize,
    /// Where chance starts
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Hold nothing out and blend no styles: pictures for the judges
    #[arg(long)]
    whole: bool,
    /// Draw instead what the world holds out, a folder of pictures for each concept
    #[arg(long)]
    held_out: bool,
    /// How many pictures of each concept that is held out; the first of them are always the same
    #[arg(long, value_name = "N", default_value_t = held_out::PICTURES, requires = "held_out")]
    pictures: usize,
    /// Draw what is held out in one place only, and different things there in the folder "place": what goes wrong when a
    /// background is learned shows on these
    #[arg(long, value_name = "WORD", requires = "held_out")]
    place: Option<String>,
}

/// The worlds by name.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum WorldChoice {
    /// Learned in hours on a processor
    Narrow,
    /// Everything the renderer can draw
    Wide,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let world = match arguments.world {
        WorldChoice::Narrow => World::narrow(),
        WorldChoice::Wide => World::wide(),
    };
    if let Some(word) = &arguments.place {
        let ends = |place: &scene::Background| place.word().ends_with(word.as_str());
        let Some(at) = world.backgrounds.iter().position(ends) else {
            return Err(Error::input(
                format!("this world has no place {word:?}"),
                "Take one as in \"beach\".",
            ));
        };
        let world = World { backgrounds: &world.backgrounds[at..=at], ..world };
        let things = world.pictures_in(scene::Style::Photo, arguments.pictures, held_out::SEED);
        held_out::draw_scenes(&things, &arguments.out.join("place"))?;
        return held_out::draw(&world, arguments.pictures, &arguments.out);
    }
    if arguments.held_out {
        return held_out::draw(&world, arguments.pictures, &arguments.out);
    }
    let set = TrainingSet {
        world: if arguments.whole { world.whole() } else { world },
        count: arguments.count,
        size: arguments.size.max(32),
        seed: arguments.seed,
        blends: !arguments.whole,
    };
    let bar = indicatif::ProgressBar::new(set.count as u64);
    set.write(&arguments.out, &mut |done| bar.set_position(done as u64))?;
    bar.finish_and_clear();
    println!("{} pictures in {}", set.count, arguments.out.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_writes_a_set_and_what_is_held_out() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("set");
        let typed = |rest: &[&str]| {
            let line =
                ["pseudoword-world", "--out", out.to_str().unwrap()].into_iter().chain(rest.iter().copied());
            run(&Arguments::try_parse_from(line).unwrap()).unwrap();
        };
        typed(&["--count", "3", "--size", "8", "--seed", "2", "--whole"]);
        let written = std::fs::read(out.join("pictures.bin")).unwrap();
        // A canvas has at least 32 pixels a side.
        assert_eq!(written.len(), 3 * 32 * 32 * 3);
        typed(&["--world", "wide", "--held-out"]);
        assert!(out.join("concepts.json").is_file() && out.join("carnival-fish/5.png").is_file());
        typed(&["--held-out", "--place", "beach"]);
        assert!(out.join("place/5.png").is_file());
        assert!(Arguments::try_parse_from(["pseudoword-world"]).is_err());
    }
}
