//! Connected parts of a mask: the main ones are kept, and small holes in them filled.
//!
//! What hangs together only by a narrow bridge counts as several, so that the sun behind a hat is no hat. Nothing here
//! knows a colour.

/// A part is kept that weighs this much of the heaviest.
const KEPT: f32 = 0.2;
/// What is nowhere deeper than this, in parts of the shorter side of the mask, goes with what it touches.
const SLENDER: f32 = 0.05;
/// A hole is filled that is smaller than this part of the thing.
const FILLED: f32 = 0.045;

/// Takes away the parts that weigh little beside the heaviest, and fills small holes. Rows are `width` long; `weigh`
/// says how much each pixel counts, by its place.
pub fn keep_main(thing: &mut [bool], width: usize, weigh: impl Fn(usize) -> f32) {
    let of = parts(thing, width);
    let mut weights = vec![0.0_f32; thing.len()];
    for (place, of) in of.iter().enumerate().filter(|(place, _)| thing[*place]) {
        weights[*of] += weigh(place);
    }
    let heaviest = weights.iter().copied().fold(0.0, f32::max);
    for (thing, of) in thing.iter_mut().zip(&of) {
        *thing &= weights[*of] >= heaviest * KEPT;
    }
    fill_holes(thing, width);
}

/// Which part each pixel of a mask belongs to, by the place of that part's deepest pixel.
fn parts(mask: &[bool], width: usize) -> Vec<usize> {
    let slender = ((width.min(mask.len() / width) as f32 * SLENDER).round() as u32).max(2);
    let depths = depths(mask, width);
    let mut inside: Vec<usize> = (0..mask.len()).filter(|&place| mask[place]).collect();
    inside.sort_by_key(|&place| std::cmp::Reverse(depths[place]));
    // Parts grow from their deepest pixels outwards; where two meet, they are one unless both are much deeper.
    let mut of: Vec<usize> = vec![usize::MAX; mask.len()];
    for place in inside {
        of[place] = place;
        let known =
            beside(place, width, mask.len()).filter(|&other| of[other] != usize::MAX && other != place);
        let known: Vec<usize> = known.collect();
        for other in known {
            let (a, b) = (root(&mut of, place), root(&mut of, other));
            let shallower = depths[a].min(depths[b]);
            if a != b
                && (shallower <= slender
                    || depths[place].saturating_mul(3) >= shallower.saturating_mul(2)
                    || a == place)
            {
                let (deep, flat) = if depths[a] > depths[b] { (a, b) } else { (b, a) };
                of[flat] = deep;
            }
        }
    }
    (0..mask.len()).map(|place| if mask[place] { root(&mut of, place) } else { place }).collect()
}

/// The part that a pixel's part has become part of.
fn root(of: &mut [usize], place: usize) -> usize {
    let mut place = place;
    while of[place] != place {
        of[place] = of[of[place]];
        place = of[place];
    }
    place
}

fn fill_holes(thing: &mut [bool], width: usize) {
    let area = thing.iter().filter(|thing| **thing).count();
    let around: Vec<bool> = thing.iter().map(|thing| !thing).collect();
    let (of, count) = label(&around, width);
    let height = thing.len() / width;
    // How large each hole is; what reaches the edge of the picture is none.
    let mut sizes = vec![0_usize; count];
    for (place, of) in of.iter().enumerate() {
        let (x, y) = (place % width, place / width);
        let edge = x == 0 || y == 0 || x + 1 == width || y + 1 == height;
        of.iter().for_each(|&of| sizes[of] = sizes[of].saturating_add(if edge { usize::MAX } else { 1 }));
    }
    for (thing, of) in thing.iter_mut().zip(&of) {
        *thing |= of.is_some_and(|of| (sizes[of] as f32) < area as f32 * FILLED);
    }
}

/// The pixels beside one along its row and its column.
fn beside(place: usize, width: usize, all: usize) -> impl Iterator<Item = usize> {
    let x = place % width;
    let left = (x > 0).then(|| place - 1);
    let right = (x + 1 < width).then(|| place + 1);
    let up = place.checked_sub(width);
    let down = Some(place + width).filter(|down| *down < all);
    [left, right, up, down].into_iter().flatten()
}

/// How many steps each pixel of a mask is from the nearest outside of it; the edge of the picture is not outside.
fn depths(mask: &[bool], width: usize) -> Vec<u32> {
    let mut depths: Vec<u32> = mask.iter().map(|inside| if *inside { u32::MAX } else { 0 }).collect();
    let mut queue: Vec<usize> = (0..mask.len()).filter(|&place| !mask[place]).collect();
    let mut next = 0;
    while let Some(&place) = queue.get(next) {
        next += 1;
        for other in beside(place, width, mask.len()) {
            if depths[other] == u32::MAX {
                depths[other] = depths[place] + 1;
                queue.push(other);
            }
        }
    }
    depths
}

/// The number of each pixel's part, and how many parts there are.
fn label(mask: &[bool], width: usize) -> (Vec<Option<usize>>, usize) {
    let mut of = vec![None; mask.len()];
    let mut count = 0;
    let mut todo = Vec::new();
    for start in 0..mask.len() {
        if !mask[start] || of[start].is_some() {
            continue;
        }
        of[start] = Some(count);
        todo.push(start);
        while let Some(place) = todo.pop() {
            for other in beside(place, width, mask.len()) {
                if mask[other] && of[other].is_none() {
                    of[other] = Some(count);
                    todo.push(other);
                }
            }
        }
        count += 1;
    }
    (of, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 60;

    /// The pixels kept of a mask, drawn over these.
    fn kept(thing: impl Fn(i32, i32) -> bool) -> impl Fn(usize, usize) -> bool {
        let mut mask: Vec<bool> =
            (0..WIDTH * WIDTH).map(|place| thing((place % WIDTH) as i32, (place / WIDTH) as i32)).collect();
        keep_main(&mut mask, WIDTH, |_| 1.0);
        move |x, y| mask[y * WIDTH + x]
    }

    #[test]
    fn what_only_touches_the_thing_goes_and_what_grows_out_of_it_stays() {
        let within = |x: i32, y: i32, [cx, cy, r]: [i32; 3]| (x - cx).pow(2) + (y - cy).pow(2) < r * r;
        let body = |x, y| within(x, y, [30, 36, 18]);
        let sun = kept(|x, y| {
            body(x, y) || within(x, y, [12, 14, 6]) || (x - y).abs() < 2 && (12..24).contains(&x)
        });
        assert!(sun(30, 36) && !sun(10, 12));
        let handle = kept(|x, y| body(x, y) || (45..58).contains(&x) && (32..38).contains(&y));
        assert!(handle(56, 35));
        let all = kept(|_, _| true);
        assert!(all(0, 0) && all(59, 59));
        assert!(!kept(|_, _| false)(5, 5));
    }

    #[test]
    fn small_holes_are_filled_and_large_ones_left() {
        let ring = |hole: i32| {
            kept(move |x, y| {
                let apart = (x - 30).pow(2) + (y - 30).pow(2);
                apart < 22 * 22 && apart >= hole * hole
            })
        };
        assert!(ring(4)(30, 30) && !ring(9)(30, 30));
    }
}
