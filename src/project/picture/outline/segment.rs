//! The thing in a small picture: what does not look like the edges of the picture, in rounds of describing the colours
//! of the thing and of its surroundings and of cutting along edges between them (after GrabCut, Rother et al. 2004).
//!
//! No box is drawn by hand: the first guess is what at most one side of the picture has, so that a thing may be cut by
//! one side.

use super::cut::{AFTER, Grid};
use super::mixture::{Colour, Mixture};
use super::parts;

/// Clouds of colours of the thing, and of what is around it.
const CLOUDS: usize = 5;
/// Clouds for each side of the picture.
const SIDE_CLOUDS: usize = 5;
/// How wide the band along each side is, in parts of the shorter side.
const BAND: f32 = 0.09;
/// How sure a colour alone can be, in natural logarithms.
const MOST: f32 = 7.0;
/// How much neighbours of the same colour want to agree, and how much at first, where less is known.
const TIE: f32 = 6.0;
const FIRST_TIE: f32 = 3.0;
/// How clear what was found must be, lest another guess is tried, and how much stricter that is.
const DOUBTFUL: f32 = 0.93;
const STRICTER: f32 = 2.0;
/// How different the two sides of an edge are at least.
const EDGE: f32 = 4.0;
/// So many colours describe a thing.
const MANY: usize = 4000;
/// Rounds after the first guess.
const ROUNDS: usize = 4;
/// The whole numbers of the cut are hundredths.
const SCALE: f32 = 100.0;

/// A small picture.
pub struct Picture {
    pub width: usize,
    pub colours: Vec<Colour>,
}

/// What was found.
pub struct Found {
    /// Whether each pixel is the thing.
    pub thing: Vec<bool>,
    /// How well its colours tell it from its surroundings, and how much of its outline runs along an edge, 0 to 1.
    pub clarity: f32,
}

impl Picture {
    fn height(&self) -> usize {
        self.colours.len() / self.width
    }

    /// How far a pixel is from the middle: 0 there, 1 at the middle of a side, more in the corners.
    fn off_centre(&self, place: usize) -> f32 {
        let part = |at: usize, of: usize| (at as f32 + 0.5) / of as f32 * 2.0 - 1.0;
        let (x, y) = (part(place % self.width, self.width), part(place / self.width, self.height()));
        (x * x + y * y).sqrt()
    }

    /// The leaning of a place before its colour is known.
    fn prior(&self, place: usize) -> f32 {
        (1.2 - 2.2 * self.off_centre(place)).clamp(-2.5, 0.2)
    }

    /// The colours in the bands along the top, the bottom, the left and the right.
    fn sides(&self) -> [Vec<Colour>; 4] {
        let (width, height) = (self.width, self.height());
        let band = ((width.min(height) as f32 * BAND) as usize).max(1);
        let within = |near: fn(usize, usize, [usize; 2], usize) -> bool| {
            let all = self.colours.iter().enumerate();
            let own = all.filter(|(place, _)| near(place % width, place / width, [width, height], band));
            own.map(|(_, colour)| *colour).collect()
        };
        [
            within(|_, y, _, band| y < band),
            within(|_, y, [_, height], band| y + band >= height),
            within(|x, _, _, band| x < band),
            within(|x, _, [width, _], band| x + band >= width),
        ]
    }

    /// How much each pixel leans to the thing at first: the less it looks like the sides, the more.
    fn first_guess(&self) -> Option<Vec<f32>> {
        let sides = self.sides();
        let mut mixtures = Vec::new();
        for side in &sides {
            mixtures.push(Mixture::fit(side, SIDE_CLOUDS)?);
        }
        // A colour of one side alone may be a thing that is cut by it.
        let like = |colour: &Colour| {
            let mut likes: Vec<f32> = mixtures.iter().map(|mixture| mixture.log_density(colour)).collect();
            likes.sort_by(f32::total_cmp);
            likes[2]
        };
        let likes: Vec<f32> = self.colours.iter().map(like).collect();
        let mut usual: Vec<f32> = sides.iter().flatten().map(like).collect();
        usual.sort_by(f32::total_cmp);
        let usual = usual[usual.len() / 8];
        let lean = |(place, like): (usize, &f32)| (usual - like).clamp(-3.0, 4.0) + self.prior(place);
        Some(likes.iter().enumerate().map(lean).collect())
    }

    /// The colours of the pixels that are, or are not, the thing.
    fn of(&self, thing: &[bool], wanted: bool) -> Vec<Colour> {
        let own = self.colours.iter().zip(thing).filter(|(_, thing)| **thing == wanted);
        let own: Vec<Colour> = own.map(|(colour, _)| *colour).collect();
        // An evenly spread part of many says as much.
        let each = own.len().div_ceil(MANY).max(1);
        own.into_iter().step_by(each).collect()
    }

    fn cut(&self, leaning: &[f32], most: f32) -> Vec<bool> {
        let apart = |place: usize, direction: usize| {
            let (across, down) = AFTER[direction];
            let other = place.wrapping_add_signed(across + down * self.width as isize);
            let other = self.colours.get(other).unwrap_or(&self.colours[place]);
            distance(&self.colours[place], other)
        };
        // Twice the mean is what counts as an edge here; what the eye hardly sees never does.
        let sum: f32 = (0..self.colours.len()).map(|place| apart(place, 0) + apart(place, 2)).sum();
        let edge = (sum / self.colours.len() as f32).max(8.0);
        let tie = |place: usize, direction: usize| {
            let length = if direction.is_multiple_of(2) { 1.0 } else { std::f32::consts::SQRT_2 };
            ((most * (-apart(place, direction) / edge).exp() + 0.4) / length * SCALE) as i32
        };
        let leaning: Vec<i32> = leaning.iter().map(|lean| (lean * SCALE) as i32).collect();
        Grid::new(self.width, &leaning, tie).cut()
    }

    /// The part of the outline that runs along an edge, 0 to 1.
    fn crisp(&self, thing: &[bool]) -> f32 {
        let ties = (0..thing.len()).flat_map(|place| [(place, place + 1), (place, place + self.width)]);
        let inside = |&(a, b): &(usize, usize)| b < thing.len() && (b != a + 1 || b % self.width != 0);
        let crossing = ties.filter(inside).filter(|&(a, b)| thing[a] != thing[b]);
        let (along, all) = crossing.fold((0, 0), |(along, all), (a, b)| {
            let apart = distance(&self.colours[a], &self.colours[b]);
            (along + usize::from(apart >= EDGE * EDGE), all + 1)
        });
        along as f32 / all.max(1) as f32
    }

    /// Finds the thing; `None` where nothing stands out. Where that is not clear, much of what is around the thing was
    /// taken for it, and a stricter guess may do better.
    pub fn segment(&self) -> Option<Found> {
        let guess = self.first_guess()?;
        let found = self.refine(&guess);
        if found.as_ref().is_some_and(|found| found.clarity >= DOUBTFUL) {
            return found;
        }
        let stricter = self.refine(&guess.iter().map(|lean| lean - STRICTER).collect::<Vec<_>>());
        [found, stricter].into_iter().flatten().max_by(|a, b| a.clarity.total_cmp(&b.clarity))
    }

    /// Goes on from a first guess in rounds; `None` if nothing is left.
    fn refine(&self, guess: &[f32]) -> Option<Found> {
        let weigh = |place: usize| (1.3 - self.off_centre(place)).max(0.1).powi(2);
        let mut thing = self.cut(guess, FIRST_TIE);
        parts::keep_main(&mut thing, self.width, weigh);
        let mut apart = 0.0;
        for _ in 0..ROUNDS {
            let own = Mixture::fit(&self.of(&thing, true), CLOUDS)?;
            let around = Mixture::fit(&self.of(&thing, false), CLOUDS)?;
            let likelier = |colour: &Colour| own.log_density(colour) - around.log_density(colour);
            let by_colour: Vec<f32> = self.colours.iter().map(likelier).collect();
            let leaning = by_colour.iter().enumerate();
            let leaning = leaning.map(|(place, lean)| lean.clamp(-MOST, MOST) + 0.8 * self.prior(place));
            let mut next = self.cut(&leaning.collect::<Vec<_>>(), TIE);
            parts::keep_main(&mut next, self.width, weigh);
            let sure = by_colour.iter().zip(&next).filter(|(_, thing)| **thing);
            let sure: Vec<f32> = sure.map(|(lean, _)| 1.0 / (1.0 + (-lean).exp())).collect();
            apart = sure.iter().sum::<f32>() / sure.len().max(1) as f32;
            let same = next == thing;
            thing = next;
            if same {
                break;
            }
        }
        let clarity = apart * self.crisp(&thing);
        Some(Found { thing, clarity })
    }
}

/// The square of how different two colours are.
fn distance(a: &Colour, b: &Colour) -> f32 {
    (0..3).map(|i| (a[i] - b[i]).powi(2)).sum()
}
