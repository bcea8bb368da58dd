//! [`Figure`]: curves and points in one pair of axes.

use crate::heat_map::HeatMap;
use crate::{FitError, picture};
use std::path::Path;

/// A picture of curves and points against one horizontal axis, saved as PNG or SVG (1000 x 600).
///
/// The first curve and the first points share a colour, the second likewise, and so on: add what belongs together in
/// the same order; bands likewise. What has no name is not in the legend. Colours are those of Okabe & Ito (2008), which stay apart for colour-blind eyes. A value that is
/// not finite leaves a gap.
///
/// ```no_run
/// use costate_fit::Figure;
/// let t = [0.0, 1.0, 2.0];
/// Figure::new("Cooling")
///     .x_label("time (min)")
///     .y_label("temperature (°C)")
///     .curve("model", &t, &[80.0, 61.0, 48.0])
///     .points("measured", &t, &[79.0, 63.0, 47.5])
///     .save("output/cooling.png")?;
/// # Ok::<(), costate_fit::FitError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Figure {
    pub(crate) title: String,
    pub(crate) x_label: String,
    pub(crate) y_label: String,
    pub(crate) series: Vec<Series>,
    /// Whether the axes show powers of ten: horizontally, vertically.
    pub(crate) logarithmic: [bool; 2],
    /// Whether a unit is as long on both axes.
    pub(crate) equal_units: bool,
    /// What is drawn in place of series and axes.
    pub(crate) heat_map: Option<HeatMap>,
}

/// One curve, or one set of points.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub name: String,
    pub kind: Kind,
    /// Its place among those of its kind, which decides its colour.
    pub place: usize,
    pub x: Vec<f64>,
    pub y: Vec<f64>,
    /// The upper edge of a band; empty otherwise.
    pub top: Vec<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Curve,
    Points,
    /// Between `y` and the upper edge.
    Band,
}

impl Figure {
    /// An empty figure.
    pub fn new(title: &str) -> Self {
        let (x_label, y_label) = (String::new(), String::new());
        Self {
            title: title.into(),
            x_label,
            y_label,
            series: Vec::new(),
            logarithmic: [false; 2],
            equal_units: false,
            heat_map: None,
        }
    }

    /// Makes a unit as long on the vertical axis as on the horizontal one, as shapes and paths in space need it.
    pub fn equal_units(mut self) -> Self {
        self.equal_units = true;
        self
    }

    /// What the horizontal axis shows, with its unit.
    pub fn x_label(mut self, label: &str) -> Self {
        self.x_label = label.into();
        self
    }

    /// What the vertical axis shows, with its unit.
    pub fn y_label(mut self, label: &str) -> Self {
        self.y_label = label.into();
        self
    }

    /// Shows powers of ten at equal distances along the horizontal axis: what is not positive leaves a gap.
    pub fn log_x(mut self) -> Self {
        self.logarithmic[0] = true;
        self
    }

    /// The same along the vertical axis.
    pub fn log_y(mut self) -> Self {
        self.logarithmic[1] = true;
        self
    }

    /// Adds a curve through `(x, y)`, in their order.
    pub fn curve(self, name: &str, x: &[f64], y: &[f64]) -> Self {
        self.add(Kind::Curve, name, x, y, &[])
    }

    /// Fills between `lower` and `upper`, behind everything else.
    pub fn band(self, name: &str, x: &[f64], lower: &[f64], upper: &[f64]) -> Self {
        self.add(Kind::Band, name, x, lower, upper)
    }

    /// Adds a marker at each `(x, y)`.
    pub fn points(self, name: &str, x: &[f64], y: &[f64]) -> Self {
        self.add(Kind::Points, name, x, y, &[])
    }

    /// A map of colours in place of series.
    pub(crate) fn heat_map(mut self, heat_map: HeatMap) -> Self {
        self.heat_map = Some(heat_map);
        self
    }

    fn add(mut self, kind: Kind, name: &str, x: &[f64], y: &[f64], top: &[f64]) -> Self {
        let place = self.series.iter().filter(|series| series.kind == kind).count();
        self.series.push(Series { name: name.into(), kind, place, x: x.to_vec(), y: y.to_vec(), top: top.to_vec() });
        self
    }

    /// Draws the figure into a file, whose extension (`png` or `svg`) says in which format; missing directories are
    /// made.
    ///
    /// # Errors
    /// If the extension is another, a series has lengths that differ, there is nothing to draw, or the file cannot be
    /// written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), FitError> {
        let path = path.as_ref();
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("").to_lowercase();
        if extension != "png" && extension != "svg" {
            return Err(FitError::PictureFormat { path: path.into() });
        }
        self.check()?;
        picture::written(path, || match extension.as_str() {
            "png" => picture::png(self, path),
            _ => std::fs::write(path, picture::svg(self)?).map_err(|error| error.to_string()),
        })
    }

    fn check(&self) -> Result<(), FitError> {
        for Series { name, x, y, top, kind, .. } in &self.series {
            let edges = if *kind == Kind::Band { vec![y.len(), top.len()] } else { vec![y.len()] };
            if let Some(&found) = edges.iter().find(|&&found| found != x.len()) {
                let (what, remedy) = (format!("y of `{name}`, against x"), "give one y for each x");
                return Err(FitError::Shape { what, expected: x.len(), found, remedy });
            }
        }
        if self.heat_map.is_some() {
            return Ok(());
        }
        let mut all = self.series.iter().flat_map(Series::finite);
        all.next().map(|_| ()).ok_or_else(|| FitError::EmptyPicture { title: self.title.clone() })
    }
}

impl Series {
    /// The points that can be drawn.
    pub fn finite(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let both = self.x.iter().copied().zip(self.y.iter().copied());
        let both = both.chain(self.x.iter().copied().zip(self.top.iter().copied()));
        both.filter(|(x, y)| x.is_finite() && y.is_finite())
    }

    /// The outline of a band, out along the lower edge and back along the upper.
    pub fn outline(&self) -> Vec<(f64, f64)> {
        let edge = |y: &[f64]| -> Vec<(f64, f64)> {
            let both = self.x.iter().copied().zip(y.iter().copied());
            both.filter(|(x, y)| x.is_finite() && y.is_finite()).collect()
        };
        edge(&self.y).into_iter().chain(edge(&self.top).into_iter().rev()).collect()
    }

    /// The stretches of a curve between values that cannot be drawn.
    pub fn stretches(&self) -> Vec<Vec<(f64, f64)>> {
        let both: Vec<_> = self.x.iter().copied().zip(self.y.iter().copied()).collect();
        let stretches = both.split(|(x, y)| !(x.is_finite() && y.is_finite()));
        stretches.filter(|stretch| !stretch.is_empty()).map(<[_]>::to_vec).collect()
    }
}
