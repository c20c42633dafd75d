//! Growing, shrinking and softening a mask: each pixel by those around it, only in tiles where these differ.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{FARTHEST, Mask, TILE, Tile, Touched};

/// So many tiles are done in a moment.
const FEW: usize = 4;

/// A line of pixels made another.
type Line<'a> = &'a (dyn Fn(&[u8]) -> Vec<u8> + Sync);
/// Hears how much is done, from 0 to 1, from any thread.
type Tell<'a> = &'a (dyn Fn(f32) + Sync);

impl Mask {
    /// Each pixel becomes the most, or the least, of the square around it.
    pub(super) fn spread(&mut self, by: u32, pick: fn(u8, u8) -> u8, tell: Tell<'_>) -> Touched {
        let by = by.min(FARTHEST);
        self.by_lines(by, 1, &|line| extreme(line, by as usize, pick), tell)
    }

    /// Three means in a row come near to a bell.
    pub(super) fn feather(&mut self, by: u32, tell: Tell<'_>) -> Touched {
        let radius = by.min(FARTHEST).div_ceil(3);
        self.by_lines(3 * radius, 3, &|line| mean(line, radius as usize), tell)
    }

    /// Does something to all rows and then to all columns, so many times; no pixel matters farther away than `reach`.
    fn by_lines(&mut self, reach: u32, times: usize, line: Line<'_>, tell: Tell<'_>) -> Touched {
        if reach == 0 {
            return Touched::new();
        }
        let source = self.clone();
        let tiles: Vec<usize> =
            (0..source.tiles.len()).filter(|&tile| !source.is_calm(tile, reach)).collect();
        let count = AtomicUsize::new(0);
        let done = side_by_side(&tiles, &|tile| {
            let done = source.spread_tile(tile, reach, times, line);
            tell((count.fetch_add(1, Ordering::Relaxed) + 1) as f32 / tiles.len() as f32);
            done
        });
        tiles.into_iter().zip(done).filter_map(|(tile, bytes)| self.put(tile, bytes)).collect()
    }

    /// A tile after something was done to its rows and columns and those around it.
    fn spread_tile(&self, tile: usize, reach: u32, times: usize, line: Line<'_>) -> Vec<u8> {
        let [left, top, ..] = self.place(tile).map(i64::from);
        let (far, side) = (i64::from(reach), (TILE + 2 * reach) as usize);
        let mut block: Vec<u8> = Vec::with_capacity(side * side);
        for y in 0..side as i64 {
            block.extend((0..side as i64).map(|x| self.at(left - far + x, top - far + y)));
        }
        for _ in 0..2 * times {
            // Rows become columns and are rows again the next time.
            block = transposed(&block.chunks(side).flat_map(line).collect::<Vec<_>>(), side);
        }
        let (reach, own) = (reach as usize, TILE as usize);
        let middle = block.chunks(side).skip(reach).take(own);
        middle.flat_map(|row| row[reach..reach + own].iter().copied()).collect()
    }

    /// Whether a tile and all within reach of it are the same everywhere.
    fn is_calm(&self, tile: usize, reach: u32) -> bool {
        let Tile::Plain(value) = self.tiles[tile] else { return false };
        let across = self.across();
        let down = self.tiles.len() / across.max(1);
        let far = reach.div_ceil(TILE) as usize;
        let near = |at: usize, of: usize| at.saturating_sub(far)..(at + far + 1).min(of);
        let mut rows = near(tile / across, down);
        rows.all(|y| near(tile % across, across).all(|x| self.tiles[y * across + x] == Tile::Plain(value)))
    }
}

/// Works on tiles with all the threads there are; what came of each, in their order.
fn side_by_side(tiles: &[usize], work: &(dyn Fn(usize) -> Vec<u8> + Sync)) -> Vec<Vec<u8>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = tiles.len().div_ceil(threads).max(FEW);
    let run = |part: &[usize]| -> Vec<Vec<u8>> { part.iter().map(|&tile| work(tile)).collect() };
    std::thread::scope(|scope| {
        let begin = |part| {
            let thread = std::thread::Builder::new().name("pseudoword-mask".into());
            (part, thread.spawn_scoped(scope, move || run(part)))
        };
        let begun: Vec<_> = tiles.chunks(share).map(begin).collect();
        // Where the system gives no thread, this one does it.
        let ended = begun.into_iter().map(|(part, thread)| {
            thread.ok().and_then(|thread| thread.join().ok()).unwrap_or_else(|| run(part))
        });
        ended.flatten().collect()
    })
}

fn transposed(block: &[u8], side: usize) -> Vec<u8> {
    (0..side).flat_map(|x| (0..side).map(move |y| block[y * side + x])).collect()
}

/// The line with so many of its first and last pixel on either side.
fn padded(line: &[u8], by: usize) -> Vec<u8> {
    let place = |at: usize| at.saturating_sub(by).min(line.len() - 1);
    (0..line.len() + 2 * by).map(|at| line[place(at)]).collect()
}

/// The most or the least within so many pixels of each.
fn extreme(line: &[u8], radius: usize, pick: fn(u8, u8) -> u8) -> Vec<u8> {
    let (mut best, wanted) = (padded(line, radius), 2 * radius + 1);
    // Each pass looks at up to twice as many at once.
    let mut seen = 1;
    while seen < wanted {
        let step = seen.min(wanted - seen);
        best = best.iter().zip(&best[step..]).map(|(a, b)| pick(*a, *b)).collect();
        seen += step;
    }
    best
}

/// The mean of all within so many pixels of each.
fn mean(line: &[u8], radius: usize) -> Vec<u8> {
    let (line, count) = (padded(line, radius), 2 * radius + 1);
    let mut sum: usize = line[..count].iter().map(|value| usize::from(*value)).sum();
    let mut means = Vec::with_capacity(line.len() - 2 * radius);
    for (at, first) in line.iter().enumerate().take(line.len() - 2 * radius) {
        means.push(((sum + radius) / count) as u8);
        sum = sum + line.get(at + count).map_or(0, |next| usize::from(*next)) - usize::from(*first);
    }
    means
}
