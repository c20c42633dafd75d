//! The exact minimum cut of a grid of pixels (Greig, Porteous and Seheult 1989): which pixels are the thing, if each
//! has its own leaning and neighbours of like colour want to agree.
//!
//! Dinic's method (1970) on the eight neighbours of each pixel, in whole numbers, so that it is the same on every
//! computer. It knows no colours.

/// The neighbours of a pixel that come after it: right, and the three below.
pub const AFTER: [(isize, isize); 4] = [(1, 0), (-1, 1), (0, 1), (1, 1)];

/// A grid on which a cut is sought. A frame of pixels without edges around it spares asking where it ends.
pub struct Grid {
    width: usize,
    height: usize,
    /// How far away in the list the eight neighbours are; that of direction `d` sees its pixel in direction `7 - d`.
    steps: [isize; 8],
    /// What each pixel can still send to its eight neighbours.
    room: Vec<[i32; 8]>,
    /// Above 0 what a pixel wants to be the thing, below 0 what it wants to be around it.
    leaning: Vec<i32>,
}

impl Grid {
    /// A grid `width` pixels wide; `tie` says how much a pixel, by its place in `leaning`, and its neighbour in a
    /// direction of [`AFTER`] want to agree.
    pub fn new(width: usize, leaning: &[i32], tie: impl Fn(usize, usize) -> i32) -> Self {
        let height = leaning.len() / width.max(1);
        let row = width as isize + 2;
        let steps = [-row - 1, -row, -row + 1, -1, 1, row - 1, row, row + 1];
        let framed = (width + 2) * (height + 2);
        let mut grid = Self { width, height, steps, room: vec![[0; 8]; framed], leaning: vec![0; framed] };
        for (place, &own) in leaning.iter().enumerate() {
            let (x, y) = (place % width, place / width);
            let pixel = grid.framed(place);
            grid.leaning[pixel] = own;
            for (direction, (across, down)) in AFTER.into_iter().enumerate() {
                let across = x.checked_add_signed(across).is_some_and(|x| x < width);
                if across && y as isize + down < height as isize {
                    let (there, tie) = (grid.beside(pixel, direction + 4), tie(place, direction));
                    grid.room[pixel][direction + 4] = tie;
                    grid.room[there][3 - direction] = tie;
                }
            }
        }
        grid
    }

    fn framed(&self, place: usize) -> usize {
        (place / self.width + 1) * (self.width + 2) + place % self.width + 1
    }

    fn beside(&self, pixel: usize, direction: usize) -> usize {
        pixel.wrapping_add_signed(self.steps[direction])
    }

    /// Whether each pixel is the thing, at the least cost.
    pub fn cut(mut self) -> Vec<bool> {
        loop {
            let distances = self.distances();
            let starts = (0..self.leaning.len()).filter(|&p| self.leaning[p] > 0 && distances[p] < u32::MAX);
            let starts: Vec<usize> = starts.collect();
            if starts.is_empty() {
                // What can no longer reach the surroundings is the thing.
                let places = 0..self.width * self.height;
                return places.map(|place| distances[self.framed(place)] == u32::MAX).collect();
            }
            let mut tried = vec![0_u8; self.leaning.len()];
            starts.into_iter().for_each(|start| self.send(start, &distances, &mut tried));
        }
    }

    /// Steps from every pixel to the nearest that still takes something, along edges with room.
    fn distances(&self) -> Vec<u32> {
        let mut distances = vec![u32::MAX; self.leaning.len()];
        let mut queue: Vec<usize> = (0..self.leaning.len()).filter(|&p| self.leaning[p] < 0).collect();
        queue.iter().for_each(|&p| distances[p] = 0);
        let mut next = 0;
        while let Some(&pixel) = queue.get(next) {
            next += 1;
            // The frame leans nowhere and nothing has room towards it, so it is never come from.
            for direction in 0..8 {
                let other = self.beside(pixel, direction);
                if self.room[other][7 - direction] > 0 && distances[other] == u32::MAX {
                    distances[other] = distances[pixel] + 1;
                    queue.push(other);
                }
            }
        }
        distances
    }

    /// Sends what a pixel has along shortest ways until it is gone or every way is full.
    fn send(&mut self, start: usize, distances: &[u32], tried: &mut [u8]) {
        let mut way: Vec<(usize, usize)> = Vec::new();
        let mut pixel = start;
        while self.leaning[start] > 0 {
            if self.leaning[pixel] < 0 {
                let room = way.iter().map(|&(from, direction)| self.room[from][direction]);
                let amount = room.fold(self.leaning[start].min(-self.leaning[pixel]), i32::min);
                self.leaning[start] -= amount;
                self.leaning[pixel] += amount;
                for &(from, direction) in &way {
                    let to = self.beside(from, direction);
                    self.room[from][direction] -= amount;
                    self.room[to][7 - direction] += amount;
                }
                // Goes on from the first edge that is full now, else from where it came to an end.
                if let Some(full) = way.iter().position(|&(from, direction)| self.room[from][direction] == 0)
                {
                    pixel = way[full].0;
                    way.truncate(full);
                }
                continue;
            }
            let onward = (usize::from(tried[pixel])..8).find(|&direction| {
                self.room[pixel][direction] > 0
                    && distances[self.beside(pixel, direction)].wrapping_add(1) == distances[pixel]
            });
            if let Some(direction) = onward {
                tried[pixel] = direction as u8;
                way.push((pixel, direction));
                pixel = self.beside(pixel, direction);
                continue;
            }
            tried[pixel] = 8;
            let Some((from, direction)) = way.pop() else { return };
            tried[from] = direction as u8 + 1;
            pixel = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 4;

    /// The cost of a labelling, a bit for each pixel.
    fn cost(leaning: &[i32], tie: impl Fn(usize, usize) -> i32, thing: u32) -> i32 {
        let is = |p: usize| thing >> p & 1 == 1;
        let own = |p: usize| if is(p) { (-leaning[p]).max(0) } else { leaning[p].max(0) };
        let ties = (0..leaning.len()).flat_map(|p| (0..4).map(move |d| (p, d)));
        let apart = ties.filter(|&(p, d)| {
            let x = (p % WIDTH) as isize + AFTER[d].0;
            let other = p as isize + AFTER[d].0 + AFTER[d].1 * WIDTH as isize;
            (0..WIDTH as isize).contains(&x) && other < leaning.len() as isize && is(other as usize) != is(p)
        });
        (0..leaning.len()).map(own).sum::<i32>() + apart.map(|(p, d)| tie(p, d)).sum::<i32>()
    }

    #[test]
    fn no_other_labelling_costs_less() {
        for seed in 0..40_usize {
            let mixed = |n: usize| (n * 2_654_435 + seed * 97_561) / 7 % 41;
            let leaning: Vec<i32> = (0..12).map(|p| mixed(p) as i32 - 20).collect();
            let tie = |p: usize, d: usize| (mixed(p * 8 + d + 100) / 3) as i32;
            let found = Grid::new(WIDTH, &leaning, tie).cut();
            let found = found.iter().enumerate().map(|(p, is)| u32::from(*is) << p).sum();
            let least = (0..1 << 12).map(|thing| cost(&leaning, tie, thing)).min();
            assert_eq!(Some(cost(&leaning, tie, found)), least);
        }
    }
}
