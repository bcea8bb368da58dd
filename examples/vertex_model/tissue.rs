//! The tissue, its energy, and where it rests.

use costate::ad::gradient_chunked;
use costate::fit::{Cause, Residuals};
use costate::linalg::{Equations, LinalgError, root};
use costate::prelude::*;

const PERIMETER: f64 = 3.5;
const CONTRACTILITY: f64 = 0.1;
/// How firmly the corners at the border are held.
const HOLD: f64 = 0.1;
/// Hexagonal cells: their corners' numbers, where corners were before anything pulled, and those at the border.
pub struct Tissue {
    pub cells: Vec<[usize; 6]>,
    pub corners: Vec<f64>,
    border: Vec<usize>,
    /// The corners that are seen, and a force that pulls towards them.
    pub seen: Vec<f64>,
    nudge: f64,
}

impl Tissue {
    /// A cell with so many rings of others around it.
    pub fn new(rings: i32) -> Self {
        let side = (2.0 / 27.0_f64.sqrt()).sqrt();
        let mut tissue = Self { cells: vec![], corners: vec![], border: vec![], seen: vec![], nudge: 0.0 };
        for (q, r) in
            (-rings..=rings).flat_map(|q| (-rings..=rings).map(move |r| (q, r))).filter(|(q, r)| (q + r).abs() <= rings)
        {
            let centre = [3.0_f64.sqrt() * (f64::from(q) + 0.5 * f64::from(r)), 1.5 * f64::from(r)];
            let cell = std::array::from_fn(|k| {
                let (sin, cos) = (std::f64::consts::FRAC_PI_3 * (k as f64 + 0.5)).sin_cos();
                tissue.corner([side * (centre[0] + cos), side * (centre[1] + sin)])
            });
            tissue.cells.push(cell);
        }
        let shared = |corner: &usize| tissue.cells.iter().filter(|cell| cell.contains(corner)).count();
        tissue.border = (0..tissue.corners.len() / 2).filter(|corner| shared(corner) < 3).collect();
        tissue
    }

    /// The number of the corner at this place.
    fn corner(&mut self, place: [f64; 2]) -> usize {
        let same = |known: &[f64]| (known[0] - place[0]).hypot(known[1] - place[1]) < 1e-6;
        let known = self.corners.chunks(2).position(same);
        known.unwrap_or_else(|| {
            self.corners.extend(place);
            self.corners.len() / 2 - 1
        })
    }

    /// Where the corners rest, for wanted areas.
    pub fn rest<R: Real>(&self, wanted: &DVector<R>) -> Result<DVector<R>, LinalgError> {
        root(self, &DVector::from_column_slice(&self.corners), wanted)
    }

    /// Half the sum of squared distances from what is seen, at rest, and its gradient by the wanted areas.
    pub fn gradient(&self, wanted: &DVector<f64>) -> Result<(f64, DVector<f64>), LinalgError> {
        let off = |x: &DVector<Var>| {
            Var::sum(&x.iter().zip(&self.seen).map(|(&x, seen)| (x - *seen).powi(2)).collect::<Vec<_>>())
        };
        try_gradient(|wanted| Ok(off(&self.rest(wanted)?) * 0.5), wanted)
    }

    /// The same gradient by equilibrium propagation: how the slope of the energy differs where rest is nudged to either side.
    pub fn propagated(&mut self, wanted: &DVector<f64>, nudge: f64) -> Result<DVector<f64>, LinalgError> {
        let mut areas = |nudge: f64| {
            self.nudge = nudge;
            let x = self.rest(wanted)?;
            Ok::<_, LinalgError>(self.cells.iter().map(|cell| area(&self.corners_of(cell, x.as_slice()))).collect())
        };
        let (towards, away): (Vec<f64>, Vec<f64>) = (areas(nudge)?, areas(-nudge)?);
        self.nudge = 0.0;
        Ok(DVector::from_fn(self.cells.len(), |c, _| (away[c] - towards[c]) / (2.0 * nudge)))
    }

    fn corners_of<R: Real>(&self, cell: &[usize; 6], x: &[R]) -> Vec<R> {
        cell.iter().flat_map(|&corner| [x[2 * corner], x[2 * corner + 1]]).collect()
    }
}

fn area<R: Real>(corners: &[R]) -> R {
    let edge = |k: usize| corners[2 * k] * corners[(2 * k + 3) % 12] - corners[(2 * k + 2) % 12] * corners[2 * k + 1];
    (0..6).fold(R::zero(), |sum, k| sum + edge(k)) * 0.5
}

/// The energy of a cell, after Farhadifar et al. (2007, Current Biology 17, 2095).
fn energy<R: Real>(corners: &[R], wanted: R) -> R {
    let side = |k: usize| {
        let [x, y] = [0, 1].map(|i| corners[2 * k + i] - corners[(2 * k + 2 + i) % 12]);
        (x * x + y * y).sqrt()
    };
    let too_long = (0..6).fold(R::from(-PERIMETER), |sum, k| sum + side(k));
    let too_large = area(corners) - wanted;
    too_large * too_large * 0.5 + too_long * too_long * (0.5 * CONTRACTILITY)
}

/// What vanishes at rest: the slope of the whole energy, cell by cell.
impl Equations for Tissue {
    fn evaluate<R: Real>(&self, x: &[R], wanted: &[R], slope: &mut [R]) {
        slope.fill(R::zero());
        for (cell, &wanted) in self.cells.iter().zip(wanted) {
            let corners = DVector::from_vec(self.corners_of(cell, x));
            let (_, of_cell) =
                gradient_chunked::<12, R>(|corners| energy(corners.as_slice(), Dual::constant(wanted)), &corners);
            cell.iter().enumerate().for_each(|(k, &at)| (0..2).for_each(|i| slope[2 * at + i] += of_cell[2 * k + i]));
        }
        let held = self.border.iter().flat_map(|corner| [2 * corner, 2 * corner + 1]);
        held.for_each(|i| slope[i] += (x[i] - self.corners[i]) * HOLD);
        self.seen.iter().enumerate().for_each(|(i, seen)| slope[i] += (x[i] - *seen) * self.nudge);
    }
}

impl Residuals for Tissue {
    fn residuals<R: Real>(&self, wanted: &DVector<R>) -> Result<DVector<R>, Cause> {
        let rest = self.rest(wanted)?;
        Ok(DVector::from_iterator(rest.len(), rest.iter().zip(&self.seen).map(|(&x, seen)| x - *seen)))
    }
}
