//! [`Gallery`]: pictures side by side, of colours or of numbers on a grid.

use crate::FitError;
use crate::picture::{FONT, INK, WIDTH, ensure_font, tick, written};
use plotters::prelude::*;
use plotters::style::FontStyle;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::path::Path;

/// Pictures side by side under one title, saved as PNG (1000 pixels wide): what a camera sees, or a field on a grid of cells.
///
/// Fields share one scale of colours, from their smallest number to their largest, which is shown beside them. What is not
/// finite is white.
///
/// ```no_run
/// use costate_fit::Gallery;
/// let warm: Vec<f64> = (0..6).map(f64::from).collect();
/// Gallery::new("A plate of 2 x 3 cells")
///     .field("before", 3, &warm)
///     .field("after", 3, &[2.5; 6])
///     .scale_label("temperature (°C)")
///     .save("output/plate.png")?;
/// # Ok::<(), costate_fit::FitError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Gallery {
    title: String,
    scale_label: String,
    panels: Vec<Panel>,
}

#[derive(Clone, Debug)]
struct Panel {
    name: String,
    columns: usize,
    pixels: Pixels,
}

#[derive(Clone, Debug)]
enum Pixels {
    Colours(Vec<[f64; 3]>),
    Field(Vec<f64>),
}

impl Panel {
    fn len(&self) -> usize {
        match &self.pixels {
            Pixels::Colours(colours) => colours.len(),
            Pixels::Field(field) => field.len(),
        }
    }
}

/// Dark to bright, evenly to the eye and also without colour vision: five colours of viridis (S. van der Walt, N. Smith, 2015).
const SCALE: [[f64; 3]; 5] =
    [[68.0, 1.0, 84.0], [59.0, 82.0, 139.0], [33.0, 145.0, 140.0], [94.0, 201.0, 98.0], [253.0, 231.0, 37.0]];
/// What title and names take, in pixels.
const TOP: usize = 64;
const BOTTOM: usize = 44;
/// Between panels and at the edges.
const SIDE: usize = 24;
/// What the colour scale takes at the right.
const BAR: usize = 130;

impl Gallery {
    /// An empty gallery.
    pub fn new(title: &str) -> Self {
        Self { title: title.into(), scale_label: String::new(), panels: Vec::new() }
    }

    /// Adds pixels of red, green and blue from 0 to 1 (what is beyond is cut), row by row from the top left, so many to a row.
    pub fn picture(self, name: &str, columns: usize, pixels: &[[f64; 3]]) -> Self {
        self.with(name, columns, Pixels::Colours(pixels.to_vec()))
    }

    /// Adds numbers that are shown as colours, row by row from the top left, so many to a row.
    pub fn field(self, name: &str, columns: usize, values: &[f64]) -> Self {
        self.with(name, columns, Pixels::Field(values.to_vec()))
    }

    /// What the numbers of the fields are, with their unit.
    pub fn scale_label(mut self, label: &str) -> Self {
        self.scale_label = label.into();
        self
    }

    fn with(mut self, name: &str, columns: usize, pixels: Pixels) -> Self {
        self.panels.push(Panel { name: name.into(), columns, pixels });
        self
    }

    /// Writes a PNG file; missing directories are made.
    ///
    /// # Errors
    /// If the extension is another, there is nothing to draw, a panel is not a whole number of rows, or the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), FitError> {
        let path = path.as_ref();
        if path.extension().and_then(|extension| extension.to_str()).is_none_or(|e| !e.eq_ignore_ascii_case("png")) {
            return Err(FitError::GalleryFormat { path: path.into() });
        }
        self.check()?;
        written(path, || {
            let (height, buffer) = self.drawn()?;
            let mut backend = BitMapBackend::new(path, (WIDTH, height));
            backend.blit_bitmap((0, 0), (WIDTH, height), &buffer).map_err(|error| error.to_string())?;
            backend.present().map_err(|error| error.to_string())
        })
    }

    fn check(&self) -> Result<(), FitError> {
        if self.panels.iter().all(|panel| panel.len() == 0) {
            return Err(FitError::EmptyPicture { title: self.title.clone() });
        }
        for panel in &self.panels {
            let rows = panel.len() / panel.columns.max(1);
            if rows == 0 || rows * panel.columns != panel.len() {
                let what = format!("pixels of `{}` in rows of {}", panel.name, panel.columns);
                let (expected, remedy) = (rows.max(1) * panel.columns, "give whole rows");
                return Err(FitError::Shape { what, expected, found: panel.len(), remedy });
            }
        }
        Ok(())
    }

    /// The height of the whole and its bytes.
    fn drawn(&self) -> Result<(u32, Vec<u8>), String> {
        let limits = self.limits();
        let bar = if limits.is_some() { BAR } else { 0 };
        let count = self.panels.len();
        let width = (WIDTH as usize - SIDE * (count + 1) - bar) / count;
        let tall = |panel: &Panel| width * (panel.len() / panel.columns) / panel.columns;
        let tallest = self.panels.iter().map(tall).max().unwrap_or(0).clamp(1, 4 * WIDTH as usize);
        let height = TOP + tallest + BOTTOM;
        let mut buffer = vec![255; 3 * WIDTH as usize * height];
        let left = |k: usize| SIDE + k * (width + SIDE);
        for (k, panel) in self.panels.iter().enumerate() {
            let colour = |row: usize, column: usize| panel.colour(row, column, limits);
            let rows = panel.len() / panel.columns;
            let size = [width, tall(panel).min(tallest)];
            paint(&mut buffer, [left(k), TOP], size, |x, y| colour(y * rows / size[1], x * panel.columns / width));
        }
        if limits.is_some() {
            let ramp = |_: usize, y: usize| shade(1.0 - y as f64 / tallest as f64);
            paint(&mut buffer, [left(count), TOP], [20, tallest], ramp);
        }
        self.write(&mut buffer, height as u32, limits, |k| (left(k) + width / 2) as i32).map_err(|e| e.to_string())?;
        Ok((height as u32, buffer))
    }

    /// The smallest and the largest number of all fields.
    fn limits(&self) -> Option<[f64; 2]> {
        let fields = self.panels.iter().filter_map(|panel| match &panel.pixels {
            Pixels::Field(values) => Some(values.iter().copied().filter(|value| value.is_finite())),
            Pixels::Colours(_) => None,
        });
        fields.flatten().fold(None, |limits, value| {
            let [low, high] = limits.unwrap_or([value, value]);
            Some([value.min(low), value.max(high)])
        })
    }

    /// Title, names, and the numbers of the scale.
    fn write(
        &self,
        buffer: &mut [u8],
        height: u32,
        limits: Option<[f64; 2]>,
        middle: impl Fn(usize) -> i32,
    ) -> Result<(), Box<dyn std::error::Error>> {
        ensure_font()?;
        let root = BitMapBackend::with_buffer(buffer, (WIDTH, height)).into_drawing_area();
        let (top, bottom) = (TOP as i32, height as i32 - BOTTOM as i32);
        let centred = |style: TextStyle<'static>, vertical| style.pos(Pos::new(HPos::Center, vertical));
        let title = centred((FONT, 24, FontStyle::Bold, &INK).into_text_style(&root), VPos::Top);
        root.draw(&Text::new(self.title.clone(), (WIDTH as i32 / 2, 16), title))?;
        let plain = || (FONT, 18, &INK).into_text_style(&root);
        for (k, panel) in self.panels.iter().enumerate() {
            root.draw(&Text::new(panel.name.clone(), (middle(k), bottom + 10), centred(plain(), VPos::Top)))?;
        }
        if let Some([low, high]) = limits {
            let x = WIDTH as i32 - (BAR - 26) as i32;
            for share in 0..=4 {
                let share = 0.25 * f64::from(share);
                let number = format!("{:.2e}", low + share * (high - low)).parse().unwrap_or(f64::NAN);
                let place = (x, bottom - (share * f64::from(bottom - top - 14)) as i32 - 7);
                root.draw(&Text::new(tick(number), place, plain().pos(Pos::new(HPos::Left, VPos::Center))))?;
            }
            let style = plain().pos(Pos::new(HPos::Right, VPos::Top));
            root.draw(&Text::new(self.scale_label.clone(), (WIDTH as i32 - 12, bottom + 10), style))?;
        }
        root.present()?;
        Ok(())
    }
}

impl Panel {
    fn colour(&self, row: usize, column: usize, limits: Option<[f64; 2]>) -> [u8; 3] {
        let at = row * self.columns + column;
        match (&self.pixels, limits) {
            (Pixels::Field(values), Some([low, high])) if high > low => shade((values[at] - low) / (high - low)),
            (Pixels::Field(values), _) => shade(0.5 + 0.0 * values[at]),
            (Pixels::Colours(colours), _) => colours[at].map(|part| (255.0 * part).round() as u8),
        }
    }
}

/// The colour at a share of the scale; white where it is not a number.
fn shade(share: f64) -> [u8; 3] {
    if !share.is_finite() {
        return [255; 3];
    }
    let place = share.clamp(0.0, 1.0) * (SCALE.len() - 1) as f64;
    let below = (place as usize).min(SCALE.len() - 2);
    let between = place - below as f64;
    std::array::from_fn(|k| (SCALE[below][k] + between * (SCALE[below + 1][k] - SCALE[below][k])).round() as u8)
}

fn paint(
    buffer: &mut [u8],
    [left, top]: [usize; 2],
    [width, height]: [usize; 2],
    colour: impl Fn(usize, usize) -> [u8; 3],
) {
    for y in 0..height {
        for x in 0..width {
            let at = 3 * ((top + y) * WIDTH as usize + left + x);
            buffer[at..at + 3].copy_from_slice(&colour(x, y));
        }
    }
}
