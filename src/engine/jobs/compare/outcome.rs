//! What a comparison leaves to be looked at beside its points: a table, figures, and sheets of pictures with a row for
//! each method.
//!
//! All of it is made of the points and the pictures that are kept, and can be made again.

use std::path::PathBuf;

use image::{RgbImage, imageops};

use super::{Comparing, OWN, PICTURES};
use crate::context::JobContext;
use crate::figure::{Anchor, Scene, Shape, figure, set_sizes, text_width, to_image};
use crate::message::Event;
use crate::sealing::Origin;
use base::Result;
use base::atomic::write_atomic;
use base::places::make_folder;
use format::infotext::GenerateInfo;
use format::png_info::{to_png, to_png_with};
use metrics::by_method;
use project::comparison::{Point, SET_SIZES, place_of};

/// Pixels of a figure for one of its own.
const SCALE: f64 = 2.0;
/// Side of a picture on a sheet, the space around it, and the size of letters.
const CELL: u32 = 128;
const GAP: u32 = 6;
const TEXT: f64 = 15.0;
/// Most pictures in a row.
const COLUMNS: usize = 11;

impl Comparing<'_> {
    /// Writes the figure of all concepts and, where there are several, one of each, and the table.
    pub fn draw_figures(&self) -> Result<()> {
        write_atomic(&self.out.join("compare.csv"), &self.comparison.to_csv()?)?;
        let points = &self.comparison.points;
        let mut names: Vec<&str> = Vec::new();
        for point in points {
            if !names.contains(&point.concept.as_str()) {
                names.push(&point.concept);
            }
        }
        self.write_figure("figure", &names.join(", "), points.iter())?;
        if names.len() > 1 {
            for name in names {
                let own = points.iter().filter(|point| point.concept == name);
                self.write_figure(&format!("figure-{}", place_of(name)), name, own)?;
            }
        }
        Ok(())
    }

    fn write_figure<'p>(
        &self,
        stem: &str,
        title: &str,
        points: impl Iterator<Item = &'p Point>,
    ) -> Result<()> {
        let methods = by_method(points);
        let by_size = set_sizes(title, &methods).map(|scene| (stem.replacen("figure", SET_SIZES, 1), scene));
        for (stem, scene) in std::iter::once((stem.to_owned(), figure(title, &methods))).chain(by_size) {
            write_atomic(&self.out.join(format!("{stem}.svg")), scene.to_svg().as_bytes())?;
            write_atomic(&self.out.join(format!("{stem}.png")), &to_png(&to_image(&scene, SCALE))?)?;
        }
        Ok(())
    }

    /// Writes everything once more, and the sheets of pictures, and tells of all that is new.
    pub fn finish(&self, context: &JobContext<'_>) -> Result<()> {
        self.draw_figures()?;
        self.comparison.save(&self.out)?;
        let mut files = vec![self.out.join("figure.png"), self.out.join("figure.svg")];
        for (index, concept) in self.plan.concepts.iter().enumerate() {
            let mut rows = vec![("pictures".to_owned(), self.own_pictures(index)?)];
            let own = |point: &&Point| point.concept == concept.name && point.seed == self.plan.seed;
            let points = self.comparison.points.iter().filter(own).filter(|point| {
                !point.pictures.iter().any(|path| path.parent().is_some_and(|folder| folder.ends_with(OWN)))
            });
            rows.extend(points.map(|point| (point.method.clone(), point.pictures.clone())));
            let path = self.out.join(format!("grid-{}.png", place_of(&concept.name)));
            write_atomic(&path, &self.sealing.sealed(to_png(&self.sheet(&rows))?, Origin::Composed))?;
            files.push(path);
        }
        self.sealing.tell(context);
        files.into_iter().for_each(|path| context.send(Event::Saved { job: context.job, path }));
        Ok(())
    }

    /// A row of pictures behind each name. A picture that cannot be read leaves its place empty.
    fn sheet(&self, rows: &[(String, Vec<PathBuf>)]) -> RgbImage {
        let columns = rows.iter().map(|(_, pictures)| pictures.len().min(COLUMNS)).max().unwrap_or_default();
        let widest = rows.iter().map(|(name, _)| text_width(name, TEXT)).fold(0.0, f64::max);
        let names = widest.ceil() as u32 + 2 * GAP;
        let place = |row: usize, column: usize| {
            [names + column as u32 * (CELL + GAP), GAP + row as u32 * (CELL + GAP)]
        };
        let [width, height] = place(rows.len(), columns);
        let mut scene = Scene::new([f64::from(width), f64::from(height)]);
        for (row, (name, _)) in rows.iter().enumerate() {
            let middle = f64::from(place(row, 0)[1] + CELL / 2) + TEXT * 0.35;
            let at = [f64::from(GAP), middle];
            scene.add(Shape::text(at, TEXT, [34; 3], Anchor::Start, name.clone()));
        }
        let mut sheet = to_image(&scene, 1.0);
        for (row, (_, pictures)) in rows.iter().enumerate() {
            for (column, path) in pictures.iter().take(COLUMNS).enumerate() {
                let Ok(picture) = image::open(self.out.join(path)) else { continue };
                let picture = picture.resize_to_fill(CELL, CELL, imageops::FilterType::Triangle).into_rgb8();
                let [x, y] = place(row, column);
                imageops::overlay(&mut sheet, &picture, x.into(), y.into());
            }
        }
        sheet
    }

    /// Keeps pictures in a folder below that of all, with what those that were drawn say of themselves; their paths from the
    /// comparison's folder.
    pub fn keep_pictures(
        &self,
        place: &[&str],
        pictures: &[(RgbImage, Option<GenerateInfo>)],
    ) -> Result<Vec<PathBuf>> {
        let below = place.iter().fold(PathBuf::from(PICTURES), |folder, part| folder.join(place_of(part)));
        let folder = self.out.join(&below);
        make_folder(&folder)?;
        let mut kept = Vec::new();
        for (index, (picture, info)) in pictures.iter().enumerate() {
            let name = format!("{:02}.png", index + 1);
            let png = match info {
                Some(info) => self.sealing.sealed(to_png_with(picture, info)?, Origin::Drawn),
                None => to_png(picture)?,
            };
            write_atomic(&folder.join(&name), &png)?;
            kept.push(below.join(&name));
        }
        Ok(kept)
    }
}
