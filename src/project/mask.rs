//! A mask painted over a picture: one byte a pixel, 255 where something may change, in tiles that are copied only when they
//! are touched.
//!
//! Every change is a pure function of the mask and of what is asked, so that the same strokes give the same bytes on every
//! computer. Nothing is drawn or read here; undo is the [`document`]'s.

pub mod document;
mod flood;
mod shapes;
mod spread;
mod steps;

use std::fmt;
use std::sync::Arc;

use image::GrayImage;

pub use shapes::{brushed, cover, reach};

/// Side of a tile, in pixels.
pub const TILE: u32 = 256;
/// Bytes of a tile.
const BYTES: usize = (TILE * TILE) as usize;
/// From here on a pixel counts as masked.
const HALF: u8 = 128;
/// Most pixels by which a mask grows, shrinks or is feathered in one go.
pub const FARTHEST: u32 = 64;

/// A square of [`TILE`] pixels. What of it lies beyond the picture means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tile {
    /// The same everywhere.
    Plain(u8),
    /// Row by row.
    Painted(Arc<Vec<u8>>),
}

impl Tile {
    /// Whether nothing has changed since the other was taken from the same mask: looks at no pixel.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Plain(a), Self::Plain(b)) => a == b,
            (Self::Painted(a), Self::Painted(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Plain(value) => vec![*value; BYTES],
            Self::Painted(bytes) => bytes.as_ref().clone(),
        }
    }
}

/// What was changed: the places of tiles, and what they were before.
pub(crate) type Touched = Vec<(usize, Tile)>;

/// One thing done to a mask. Places are in pixels from the picture's upper left corner, `add` paints and its opposite wipes.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "what the fields are stands at each kind")]
pub enum MaskChange {
    /// A round brush is led along these points, at least one; `radius` is in pixels, from its middle to its edge.
    Stroke { points: Vec<[f32; 2]>, radius: f32, add: bool },
    /// All that a closed line goes around: these are its corners, and it is closed by itself.
    Lasso { points: Vec<[f32; 2]>, add: bool },
    /// All between two corners, any two that lie across from each other.
    Rectangle { corners: [[f32; 2]; 2], add: bool },
    /// All that is connected with a place and is not so yet.
    Fill { at: [u32; 2], add: bool },
    /// Wider by so many pixels on all sides, up to [`FARTHEST`].
    Grow(u32),
    /// Narrower by so many.
    Shrink(u32),
    /// Softer over so many pixels on either side of its edge.
    Feather(u32),
    /// What was masked is not, and the other way around.
    Invert,
    /// Nothing is masked.
    Clear,
    /// Another mask in its place; one of another size changes nothing.
    Replace(Mask),
}

/// The mask of a picture.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Mask {
    size: [u32; 2],
    tiles: Vec<Tile>,
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mask of {} x {}", self.size[0], self.size[1])
    }
}

impl Mask {
    /// Nothing is masked in a picture of this width and height.
    pub fn new(size: [u32; 2]) -> Self {
        let tiles = size.map(|side| side.div_ceil(TILE) as usize);
        Self { size, tiles: vec![Tile::Plain(0); tiles[0] * tiles[1]] }
    }

    /// A mask as a picture shows it, white where something may change.
    pub fn from_image(image: &GrayImage) -> Self {
        let mut mask = Self::new(image.dimensions().into());
        for tile in 0..mask.tiles.len() {
            let [left, top, width, height] = mask.place(tile).map(|length| length as usize);
            let mut bytes = vec![0; BYTES];
            for (row, own) in bytes.chunks_mut(TILE as usize).take(height).enumerate() {
                let from = (top + row) * image.width() as usize + left;
                own[..width].copy_from_slice(&image.as_raw()[from..from + width]);
            }
            mask.put(tile, bytes);
        }
        mask
    }

    /// The mask as a picture of one byte a pixel.
    pub fn to_image(&self) -> GrayImage {
        let mut image = GrayImage::new(self.size[0], self.size[1]);
        let (line, levels): (usize, &mut [u8]) = (self.size[0] as usize, &mut image);
        for (place, tile) in self.tiles.iter().enumerate() {
            let [left, top, width, height] = self.place(place).map(|length| length as usize);
            for row in 0..height {
                let from = (top + row) * line + left;
                let shown = &mut levels[from..from + width];
                match tile {
                    Tile::Plain(value) => shown.fill(*value),
                    Tile::Painted(bytes) => {
                        let own = row * TILE as usize;
                        shown.copy_from_slice(&bytes[own..own + width]);
                    }
                }
            }
        }
        image
    }

    /// Width and height in pixels.
    pub fn size(&self) -> [u32; 2] {
        self.size
    }

    /// The tiles, row by row.
    pub fn tiles(&self) -> &[Tile] {
        &self.tiles
    }

    /// Left, top, width and height of what of a tile lies in the picture, in pixels.
    pub fn place(&self, tile: usize) -> [u32; 4] {
        let across = self.across().max(1);
        let corner = [tile % across, tile / across].map(|place| place as u32 * TILE);
        let side = |axis: usize| TILE.min(self.size[axis].saturating_sub(corner[axis]));
        [corner[0], corner[1], side(0), side(1)]
    }

    /// Whether nothing is masked.
    pub fn is_empty(&self) -> bool {
        self.tiles.iter().all(|tile| *tile == Tile::Plain(0))
    }

    /// Tiles in a row.
    fn across(&self) -> usize {
        self.size[0].div_ceil(TILE) as usize
    }

    /// The whole picture: left, top, and the ends.
    fn all(&self) -> [i64; 4] {
        [0, 0, self.size[0].into(), self.size[1].into()]
    }

    /// The tile of a pixel in the picture, and the place in it.
    fn cell(&self, x: u32, y: u32) -> (usize, usize) {
        let tile = (y / TILE) as usize * self.across() + (x / TILE) as usize;
        (tile, ((y % TILE) * TILE + x % TILE) as usize)
    }

    /// A pixel; beyond the picture the nearest one in it.
    fn at(&self, x: i64, y: i64) -> u8 {
        let within = |at: i64, side: u32| at.clamp(0, i64::from(side).max(1) - 1) as u32;
        let (tile, place) = self.cell(within(x, self.size[0]), within(y, self.size[1]));
        match self.tiles.get(tile) {
            Some(Tile::Plain(value)) => *value,
            Some(Tile::Painted(bytes)) => bytes[place],
            None => 0,
        }
    }

    /// Puts a tile in its place, as a plain one if it is the same all over the picture. What it was, if that is another.
    fn put(&mut self, tile: usize, bytes: Vec<u8>) -> Option<(usize, Tile)> {
        let [_, _, width, height] = self.place(tile);
        let first = bytes[0];
        let mut rows = bytes.chunks(TILE as usize).take(height as usize);
        let plain = rows.all(|row| row[..width as usize].iter().all(|value| *value == first));
        self.put_tile(tile, if plain { Tile::Plain(first) } else { Tile::Painted(Arc::new(bytes)) })
    }

    /// The same for a tile that is as it is to be kept.
    fn put_tile(&mut self, tile: usize, new: Tile) -> Option<(usize, Tile)> {
        (self.tiles[tile] != new).then(|| (tile, std::mem::replace(&mut self.tiles[tile], new)))
    }

    /// Makes each pixel of a part (left, top, and the ends) what `new` says, told its place and what it is. Of a tile that
    /// lies in the part no pixel is looked at where `all` says what becomes of it, told its place.
    fn edit(
        &mut self,
        [left, top, right, bottom]: [i64; 4],
        all: impl Fn([u32; 4], &Tile) -> Option<Tile>,
        new: impl Fn(u32, u32, u8) -> u8,
    ) -> Touched {
        let clip = |at: i64, side: u32| at.clamp(0, side.into()) as u32;
        let (columns, rows) = (self.size[0], self.size[1]);
        let [left, right] = [clip(left, columns), clip(right, columns)];
        let [top, bottom] = [clip(top, rows), clip(bottom, rows)];
        let mut touched = Touched::new();
        if left >= right || top >= bottom {
            return touched;
        }
        let across = self.across();
        for row in top / TILE..bottom.div_ceil(TILE) {
            for column in left / TILE..right.div_ceil(TILE) {
                let tile = row as usize * across + column as usize;
                let place = self.place(tile);
                let [x0, y0, width, height] = place;
                let (from, end) = (left.max(x0), right.min(x0 + width));
                let (first, last) = (top.max(y0), bottom.min(y0 + height));
                let whole = [from, first, end - from, last - first] == place;
                if let Some(known) = whole.then(|| all(place, &self.tiles[tile])).flatten() {
                    touched.extend(self.put_tile(tile, known));
                    continue;
                }
                let mut bytes = self.tiles[tile].bytes();
                for y in first..last {
                    let start = ((y - y0) * TILE + from - x0) as usize;
                    for (x, byte) in (from..end).zip(&mut bytes[start..]) {
                        *byte = new(x, y, *byte);
                    }
                }
                touched.extend(self.put(tile, bytes));
            }
        }
        touched
    }

    /// Does what is asked; what was touched, as it was. What takes long tells how much of it is done, from 0 to 1.
    pub(crate) fn change_and_tell(&mut self, change: &MaskChange, tell: &(dyn Fn(f32) + Sync)) -> Touched {
        match change {
            MaskChange::Stroke { points, radius, add } => self.stroke(points, *radius, *add),
            MaskChange::Lasso { points, add } => self.lasso(points, *add),
            MaskChange::Rectangle { corners, add } => self.rectangle(*corners, *add),
            MaskChange::Fill { at, add } => self.fill(*at, *add),
            MaskChange::Grow(by) => self.spread(*by, u8::max, tell),
            MaskChange::Shrink(by) => self.spread(*by, u8::min, tell),
            MaskChange::Feather(by) => self.feather(*by, tell),
            MaskChange::Invert => {
                let inverted = |tile: &Tile| match tile {
                    Tile::Plain(value) => Tile::Plain(255 - value),
                    Tile::Painted(bytes) => Tile::Painted(Arc::new(bytes.iter().map(|v| 255 - v).collect())),
                };
                self.replace(self.tiles.iter().map(inverted).collect())
            }
            MaskChange::Clear => self.replace(vec![Tile::Plain(0); self.tiles.len()]),
            MaskChange::Replace(other) if other.size == self.size => self.replace(other.tiles.clone()),
            MaskChange::Replace(_) => Touched::new(),
        }
    }

    fn replace(&mut self, tiles: Vec<Tile>) -> Touched {
        let before = std::mem::replace(&mut self.tiles, tiles);
        let changed = before.into_iter().enumerate().filter(|(tile, before)| self.tiles[*tile] != *before);
        changed.collect()
    }
}

#[cfg(test)]
mod tests;
