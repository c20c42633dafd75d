//! Filling what is connected: tile by tile, so that the empty parts of a large picture cost nothing.

use super::{HALF, Mask, TILE, Tile, Touched};

impl Mask {
    /// Fills all that is connected with a place by its sides and is not so yet, with the soft pixels at its edge.
    pub(super) fn fill(&mut self, at: [u32; 2], add: bool) -> Touched {
        let open = |value: u8| (value >= HALF) != add;
        let mut touched = Touched::new();
        let mut seeds = vec![at.map(i64::from)];
        while let Some([x, y]) = seeds.pop() {
            let [left, top, right, bottom] = self.all();
            if !(left..right).contains(&x) || !(top..bottom).contains(&y) {
                continue;
            }
            let (tile, place) = self.cell(x as u32, y as u32);
            let value = if add { 255 } else { 0 };
            if !open(self.at(x, y)) {
                if is_soft(self.at(x, y)) {
                    let mut bytes = self.tiles[tile].bytes();
                    bytes[place] = value;
                    touched.extend(self.put(tile, bytes));
                }
                continue;
            }
            let corner = self.place(tile);
            let mut bytes = self.tiles[tile].bytes();
            if let Tile::Plain(_) = self.tiles[tile] {
                bytes.fill(value);
                seeds.extend(around(corner));
            } else {
                flood(&mut bytes, place, corner, open, value, &mut seeds);
            }
            touched.extend(self.put(tile, bytes));
        }
        touched
    }
}

/// Whether a pixel is neither of the mask nor beside it, as at the edge of a stroke.
fn is_soft(value: u8) -> bool {
    !matches!(value, 0 | 255)
}

/// The pixels along the outside of a place.
fn around([left, top, width, height]: [u32; 4]) -> impl Iterator<Item = [i64; 2]> {
    let [left, top, right, bottom] = [left, top, left + width, top + height].map(i64::from);
    let columns = (left..right).flat_map(move |x| [[x, top - 1], [x, bottom]]);
    columns.chain((top..bottom).flat_map(move |y| [[left - 1, y], [right, y]]))
}

/// Fills within a tile; what goes on beyond it comes to the seeds.
fn flood(
    bytes: &mut [u8],
    place: usize,
    [left, top, width, height]: [u32; 4],
    open: impl Fn(u8) -> bool,
    value: u8,
    seeds: &mut Vec<[i64; 2]>,
) {
    let side = TILE as usize;
    let mut waiting = vec![[place % side, place / side].map(|at| at as i64)];
    while let Some([x, y]) = waiting.pop() {
        if !(0..i64::from(width)).contains(&x) || !(0..i64::from(height)).contains(&y) {
            seeds.push([i64::from(left) + x, i64::from(top) + y]);
            continue;
        }
        let byte = &mut bytes[y as usize * side + x as usize];
        if open(*byte) {
            *byte = value;
            waiting.extend([[x - 1, y], [x + 1, y], [x, y - 1], [x, y + 1]]);
        } else if is_soft(*byte) {
            *byte = value;
        }
    }
}
