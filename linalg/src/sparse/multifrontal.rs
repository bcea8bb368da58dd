//! [`Multifrontal`]: the factors of a sparse matrix that is eliminated on its diagonal, front by front.

use super::front::{DenseFront, Refusal};
use super::fronts::Fronts;
use super::substitution::Substitution;
use crate::LinalgError;
use nalgebra_sparse::pattern::SparsityPattern;
use std::sync::{Arc, OnceLock};

/// Factors, and their layout, which clones share.
#[derive(Clone, Debug)]
pub(super) struct Multifrontal {
    fronts: Arc<Fronts>,
    factors: Vec<f64>,
    exchanges: Vec<u32>,
    reciprocals: Vec<f64>,
    /// What waits to be added to fronts, the last first to be added.
    waiting: Vec<f64>,
    update: Vec<f64>,
    /// The factors and reciprocals in single precision, once they are asked for.
    rounded: OnceLock<[Vec<f32>; 2]>,
}

impl Multifrontal {
    /// Orders and lays out the factors of matrices with this pattern; none where an entry of the diagonal is missing.
    pub(super) fn of(pattern: &SparsityPattern) -> Result<Option<Multifrontal>, LinalgError> {
        Fronts::of(pattern)?.map(|fronts| Multifrontal::with(Arc::new(fronts))).transpose()
    }

    /// Room for other factors of the same layout.
    pub(super) fn another(&self) -> Multifrontal {
        self.clone()
    }

    fn with(fronts: Arc<Fronts>) -> Result<Multifrontal, LinalgError> {
        let size = fronts.order.len();
        let room = |length: usize| {
            let mut numbers = Vec::new();
            let reserved = numbers.try_reserve_exact(length);
            reserved.map_err(|error| LinalgError::SparseFactors { reason: error.to_string(), size })?;
            numbers.resize(length, 0.0);
            Ok(numbers)
        };
        let (factors, waiting) = (room(fronts.factors)?, room(fronts.waiting)?);
        let update = room(fronts.largest * fronts.largest)?;
        Ok(Multifrontal {
            fronts,
            factors,
            exchanges: vec![0; size],
            reciprocals: vec![1.0; size],
            waiting,
            update,
            rounded: OnceLock::new(),
        })
    }

    /// Factorises the matrix with these values, in the order of the pattern, into the same storage. It is refused where a pivot is too small,
    /// and nothing can be done about it among the pivots of its front.
    pub(super) fn factor(&mut self, values: &[f64]) -> Result<(), Refusal> {
        self.rounded.take();
        let fronts = &self.fronts;
        let mut top = 0;
        for front in &fronts.fronts {
            let (width, height) = (front.width, front.height());
            let size = width + height;
            let factors = &mut self.factors[front.factors.clone()];
            factors.fill(0.0);
            for &[entry, place] in &fronts.entries[front.entries.clone()] {
                factors[place as usize] = values[entry as usize];
            }
            let (columns, rows) = factors.split_at_mut(size * width);
            let mut bottom = top;
            for child in front.children.iter().map(|&child| &fronts.fronts[child]) {
                bottom -= child.height().pow(2);
                let places = &fronts.places[child.rows.clone()];
                add_to_pivots(&self.waiting[bottom..], places, columns, rows, [width, height]);
            }
            let pivots = front.first..front.first + width;
            let (exchanges, reciprocals) = (&mut self.exchanges[pivots.clone()], &mut self.reciprocals[pivots]);
            let mut dense = DenseFront { width, size, columns, rows, exchanges, reciprocals };
            dense.eliminate().map_err(|refusal| match refusal {
                Refusal::Singular(k) => Refusal::Singular(fronts.order[front.first + k]),
                Refusal::Small => Refusal::Small,
            })?;
            if height > 0 {
                let update = &mut self.update[..height * height];
                dense.update(update);
                for child in front.children.iter().map(|&child| &fronts.fronts[child]) {
                    top -= child.height().pow(2);
                    add_behind(&self.waiting[top..], &fronts.places[child.rows.clone()], update, [width, height]);
                }
                self.waiting[bottom..][..height * height].copy_from_slice(update);
            }
            top = bottom + height * height;
        }
        Ok(())
    }

    /// Overwrites `b` by the solution with the matrix, or with its transpose.
    pub(super) fn solve(&self, b: &mut [f64], transposed: bool) {
        let Multifrontal { fronts, factors, reciprocals, exchanges, .. } = self;
        Substitution { fronts, factors, reciprocals, exchanges }.solve(b, transposed);
    }

    /// The same in single precision, for which half of the numbers are read.
    pub(super) fn solve_rounded(&self, b: &mut [f64], transposed: bool) {
        let Multifrontal { fronts, exchanges, .. } = self;
        let [factors, reciprocals] = self.rounded.get_or_init(|| {
            [&self.factors, &self.reciprocals].map(|numbers| numbers.iter().map(|&number| number as f32).collect())
        });
        Substitution { fronts, factors, reciprocals, exchanges }.solve(b, transposed);
    }
}

/// Adds what a child waits with to the columns and rows of pivots.
fn add_to_pivots(child: &[f64], places: &[u32], columns: &mut [f64], rows: &mut [f64], [width, height]: [usize; 2]) {
    let size = width + height;
    let split = places.partition_point(|&place| (place as usize) < width);
    for (column, &place) in child.chunks_exact(places.len()).zip(places) {
        let place = place as usize;
        if place < width {
            let target = &mut columns[place * size..][..size];
            places.iter().zip(column).for_each(|(&row, number)| target[row as usize] += number);
        } else {
            for (&row, number) in places[..split].iter().zip(column) {
                rows[row as usize * height + place - width] += number;
            }
        }
    }
}

/// Adds the rest of it.
fn add_behind(child: &[f64], places: &[u32], update: &mut [f64], [width, height]: [usize; 2]) {
    let split = places.partition_point(|&place| (place as usize) < width);
    let behind = &places[split..];
    for (column, &place) in child.chunks_exact(places.len()).zip(places).skip(split) {
        let target = &mut update[(place as usize - width) * height..][..height];
        behind.iter().zip(&column[split..]).for_each(|(&row, number)| target[row as usize - width] += number);
    }
}
