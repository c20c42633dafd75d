//! Writes the pictures, labels and captions that the starter model and its judges are trained on.
//!
//! Plain arrays that any language reads with two lines. The same seed writes the same bytes, whatever the
//! number of processors. Networks and their training are not its business.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::thread;

use super::caption::{caption, fused_caption, vocabulary};
use super::render::Renderer;
use super::scene::{Accessory, Background, Colour, Kind, Pattern, Scene, Style};
use super::world::World;
use base::{Error, Result};
use diffusion::StepRandom;

/// How many captions are written for each picture; a training run chooses among them.
const CAPTIONS: usize = 6;
/// How many of those have an invented word.
const FUSED: usize = 2;
/// The share of pictures that lie between two styles.
const BLENDS: f64 = 0.10;

/// What to write.
#[derive(Debug, Clone, Copy)]
pub struct TrainingSet {
    /// The words to draw.
    pub world: World,
    /// How many pictures.
    pub count: usize,
    /// Width and height of a picture in pixels.
    pub size: usize,
    /// Where chance starts.
    pub seed: u64,
    /// Whether some pictures lie between two styles.
    pub blends: bool,
}

/// One picture of the set, in bytes.
struct Example {
    pixels: Vec<u8>,
    mask: Vec<u8>,
    labels: String,
    captions: String,
}

impl TrainingSet {
    /// Writes into `folder` (made if need be): `pictures.bin` (count x size x size x 3 bytes, sRGB),
    /// `masks.bin` (count x size x size, 255 on the thing), `labels.csv` (positions in the lists of
    /// `set.json`; for a blend the second style and its share), `captions.txt` (six a line, separated by
    /// tabs) and `set.json`. `progress` hears how many pictures are done.
    ///
    /// # Errors
    /// [`Error::Io`] if a file cannot be written.
    pub fn write(&self, folder: &Path, progress: &mut dyn FnMut(usize)) -> Result<()> {
        fs::create_dir_all(folder).map_err(|e| Error::write(folder, e))?;
        let open = |name: &str| {
            let path = folder.join(name);
            File::create(&path).map(BufWriter::new).map_err(|e| Error::write(&path, e))
        };
        let mut files =
            [open("pictures.bin")?, open("masks.bin")?, open("labels.csv")?, open("captions.txt")?];
        let failed = |e| Error::write(folder, e);
        files[2]
            .write_all(b"kind,colour,second,pattern,accessory,background,style,other,share\n")
            .map_err(failed)?;
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let block = 256;
        for start in (0..self.count).step_by(block * workers) {
            let blocks: Vec<Vec<Example>> = thread::scope(|scope| {
                let handles: Vec<_> = (0..workers)
                    .map(|worker| {
                        let first = (start + worker * block).min(self.count);
                        let last = (first + block).min(self.count);
                        scope.spawn(move || self.examples(first..last))
                    })
                    .collect();
                // A panic while drawing is a defect of the program; it is passed on as it is.
                handles
                    .into_iter()
                    .map(|handle| handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                    .collect()
            });
            for Example { pixels, mask, labels, captions } in blocks.into_iter().flatten() {
                let parts = [pixels.as_slice(), mask.as_slice(), labels.as_bytes(), captions.as_bytes()];
                for (file, bytes) in files.iter_mut().zip(parts) {
                    file.write_all(bytes).map_err(failed)?;
                }
            }
            progress((start + block * workers).min(self.count));
        }
        for file in &mut files {
            file.flush().map_err(failed)?;
        }
        let text =
            serde_json::to_string_pretty(&self.description()).map_err(|e| Error::Internal(e.to_string()))?;
        base::atomic::write_atomic(&folder.join("set.json"), |file| file.write_all(text.as_bytes()))
    }

    fn examples(&self, range: std::ops::Range<usize>) -> Vec<Example> {
        let mut renderer = Renderer::new(self.size);
        range.map(|index| self.example(index, &mut renderer)).collect()
    }

    /// Depends on the seed and the index alone.
    fn example(&self, index: usize, renderer: &mut Renderer) -> Example {
        let mut random = StepRandom::new(self.seed, index as u64);
        let scene = Scene::sample(&self.world, &mut random);
        let blend = (self.blends && random.chance(BLENDS)).then(|| {
            let others: Vec<Style> =
                self.world.styles.iter().copied().filter(|&style| style != scene.style).collect();
            let other = random.choose(&others).copied().unwrap_or(Style::Photo);
            (other, (0.25 + 0.5 * random.uniform()) as f32)
        });
        let mut picture = renderer.draw(&scene);
        if let Some((style, share)) = blend {
            let over = renderer.draw(&Scene { style, ..scene });
            for (pixel, other) in picture.pixels.iter_mut().zip(&over.pixels) {
                *pixel = [0, 1, 2].map(|c| pixel[c] * (1.0 - share) + other[c] * share);
            }
        }
        let captions: Vec<String> = (0..CAPTIONS)
            .map(|k| match blend {
                None if k < CAPTIONS - FUSED => caption(&scene, &mut random).text,
                blend => fused_caption(&scene, blend, &mut random),
            })
            .collect();
        let (other, share) = blend.unwrap_or((scene.style, 0.0));
        let thing = &scene.thing;
        let mut labels = String::new();
        let traits =
            [thing.kind as usize, thing.colour as usize, thing.second as usize, thing.pattern as usize];
        let rest =
            [thing.accessory as usize, scene.background as usize, scene.style as usize, other as usize];
        for label in traits.into_iter().chain(rest) {
            // Writing to a string cannot fail.
            let _ = write!(labels, "{label},");
        }
        let _ = writeln!(labels, "{share:.4}");
        Example {
            pixels: picture.rgb8(),
            mask: picture.mask.iter().map(|cover| (cover * 255.0 + 0.5) as u8).collect(),
            labels,
            captions: captions.join("\t") + "\n",
        }
    }

    fn description(&self) -> serde_json::Value {
        fn words<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Vec<&'static str> {
            all.iter().map(|&value| word(value)).collect()
        }
        serde_json::json!({
            "world": self.world.name,
            "count": self.count,
            "size": self.size,
            "seed": self.seed,
            "vocabulary": vocabulary(&self.world),
            "labels": {
                "kind": words(Kind::ALL, Kind::word),
                "colour": words(Colour::ALL, Colour::word),
                "pattern": words(Pattern::ALL, Pattern::word),
                "accessory": words(Accessory::ALL, Accessory::word),
                "background": words(Background::ALL, Background::word),
                "style": words(Style::ALL, Style::word),
            },
            "used": {
                "kind": self.world.kinds.iter().map(|&x| x as usize).collect::<Vec<_>>(),
                "colour": self.world.colours.iter().map(|&x| x as usize).collect::<Vec<_>>(),
                "pattern": self.world.patterns.iter().map(|&x| x as usize).collect::<Vec<_>>(),
                "accessory": self.world.accessories.iter().map(|&x| x as usize).collect::<Vec<_>>(),
                "background": self.world.backgrounds.iter().map(|&x| x as usize).collect::<Vec<_>>(),
                "style": self.world.styles.iter().map(|&x| x as usize).collect::<Vec<_>>(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_writes_the_same_bytes_and_the_right_number_of_them() {
        let folder = tempfile::tempdir().unwrap();
        let set = TrainingSet { world: World::narrow(), count: 300, size: 32, seed: 5, blends: true };
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        let mut heard = 0;
        set.write(&a, &mut |done| heard = done).unwrap();
        set.write(&b, &mut |_| {}).unwrap();
        assert_eq!(heard, 300);
        for (name, bytes) in [("pictures.bin", 300 * 32 * 32 * 3), ("masks.bin", 300 * 32 * 32)] {
            let first = fs::read(a.join(name)).unwrap();
            assert_eq!(first.len(), bytes);
            assert_eq!(first, fs::read(b.join(name)).unwrap());
        }
        let captions = fs::read_to_string(a.join("captions.txt")).unwrap();
        assert!(
            captions.lines().count() == 300 && captions.lines().all(|line| line.split('\t').count() == 6)
        );
        let labels = fs::read_to_string(a.join("labels.csv")).unwrap();
        let blends = labels.lines().skip(1).filter(|line| !line.ends_with(",0.0000")).count();
        assert!((10..60).contains(&blends), "{blends}");
        // A single picture does not depend on how many are asked for.
        let few = TrainingSet { count: 7, ..set };
        few.write(&b, &mut |_| {}).unwrap();
        let (all, few) =
            (fs::read(a.join("pictures.bin")).unwrap(), fs::read(b.join("pictures.bin")).unwrap());
        assert_eq!(all[..few.len()], few[..]);
    }

    #[test]
    fn invented_words_are_made_of_words_that_exist() {
        let world = World::narrow();
        let vocabulary = vocabulary(&world);
        let mut random = StepRandom::new(2, 0);
        for _ in 0..5_000 {
            let scene = Scene::sample(&world, &mut random);
            let blend = random.chance(0.5).then_some((Style::Photo, 0.3));
            let text = fused_caption(&scene, blend, &mut random);
            let (before, rest) = text.split_once('{').unwrap_or((&text, ""));
            for part in rest.split(['{', '}', '+', ' ']).chain(before.split(' ')) {
                let word = part.split('*').next().unwrap_or_default().trim_matches([',', '.']);
                let known = super::super::caption::words(word).all(|piece| vocabulary.contains(&piece));
                assert!(known, "{text}");
            }
        }
    }
}
