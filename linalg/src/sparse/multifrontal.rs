//! [`Multifrontal`]: the factors of a sparse matrix that is eliminated on its diagonal, front by front.

use super::front::{DenseFront, Refusal};
use super::fronts::{Front, Fronts};
use crate::LinalgError;
use nalgebra_sparse::pattern::SparsityPattern;
use std::sync::Arc;

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
        Ok(Multifrontal { fronts, factors, exchanges: vec![0; size], reciprocals: vec![1.0; size], waiting, update })
    }

    /// Factorises the matrix with these values, in the order of the pattern, into the same storage. It is refused where a pivot is too small,
    /// and nothing can be done about it among the pivots of its front.
    pub(super) fn factor(&mut self, values: &[f64]) -> Result<(), Refusal> {
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
        let fronts = &self.fronts;
        let mut x: Vec<f64> = fronts.order.iter().map(|&column| b[column]).collect();
        let mut work = vec![0.0; fronts.largest];
        for front in &fronts.fronts {
            if transposed {
                self.forward_transposed(front, &mut x, &mut work)
            } else {
                self.forward(front, &mut x, &mut work)
            }
        }
        for front in fronts.fronts.iter().rev() {
            if transposed {
                self.back_transposed(front, &mut x, &mut work)
            } else {
                self.back(front, &mut x, &mut work)
            }
        }
        fronts.order.iter().zip(&x).for_each(|(&column, &x)| b[column] = x);
    }

    /// The columns of the pivots of a front, and their rows behind them.
    fn parts(&self, front: &Front) -> (&[f64], &[f64]) {
        self.factors[front.factors.clone()].split_at((front.width + front.height()) * front.width)
    }

    /// With `L`.
    fn forward(&self, front: &Front, x: &mut [f64], work: &mut [f64]) {
        let (width, size) = (front.width, front.width + front.height());
        let (columns, _) = self.parts(front);
        let (pivots, behind) = x[front.first..].split_at_mut(width);
        for (k, &exchange) in self.exchanges[front.first..][..width].iter().enumerate() {
            pivots.swap(k, exchange as usize);
        }
        for (k, column) in columns.chunks_exact(size).enumerate() {
            let factor = pivots[k];
            pivots[k + 1..].iter_mut().zip(&column[k + 1..width]).for_each(|(x, l)| *x -= factor * l);
        }
        let lower = columns.chunks_exact(size).map(|column| &column[width..]);
        self.subtract(front, pivots, lower, work, behind);
    }

    /// With `U`.
    fn back(&self, front: &Front, x: &mut [f64], work: &mut [f64]) {
        let (width, height) = (front.width, front.height());
        let (columns, rows) = self.parts(front);
        let (pivots, behind) = x[front.first..].split_at_mut(width);
        self.collect(front, pivots, rows.chunks_exact(height.max(1)), work, behind);
        for (k, column) in columns.chunks_exact(width + height).enumerate().rev() {
            let factor = pivots[k] * self.reciprocals[front.first + k];
            pivots[k] = factor;
            pivots[..k].iter_mut().zip(column).for_each(|(x, u)| *x -= factor * u);
        }
    }

    /// With `U^T`.
    fn forward_transposed(&self, front: &Front, x: &mut [f64], work: &mut [f64]) {
        let (width, height) = (front.width, front.height());
        let (columns, rows) = self.parts(front);
        let (pivots, behind) = x[front.first..].split_at_mut(width);
        for (k, column) in columns.chunks_exact(width + height).enumerate() {
            pivots[k] = (pivots[k] - dot(&column[..k], &pivots[..k])) * self.reciprocals[front.first + k];
        }
        self.subtract(front, pivots, rows.chunks_exact(height.max(1)), work, behind);
    }

    /// With `L^T`.
    fn back_transposed(&self, front: &Front, x: &mut [f64], work: &mut [f64]) {
        let (width, size) = (front.width, front.width + front.height());
        let (columns, _) = self.parts(front);
        let (pivots, behind) = x[front.first..].split_at_mut(width);
        self.collect(front, pivots, columns.chunks_exact(size).map(|column| &column[width..]), work, behind);
        for (k, column) in columns.chunks_exact(size).enumerate().rev() {
            pivots[k] -= dot(&column[k + 1..width], &pivots[k + 1..]);
        }
        for (k, &exchange) in self.exchanges[front.first..][..width].iter().enumerate().rev() {
            pivots.swap(k, exchange as usize);
        }
    }

    /// Subtracts the columns, times the pivots, from what a front changes `behind` them.
    #[inline(always)]
    fn subtract<'a>(
        &self,
        front: &Front,
        pivots: &[f64],
        mut columns: impl Iterator<Item = &'a [f64]>,
        work: &mut [f64],
        behind: &mut [f64],
    ) {
        let (start, rows) = (front.first + front.width, &self.fronts.rows[front.rows.clone()]);
        // Half of the fronts of a grid are of one pivot.
        if let &[factor] = pivots {
            let column = columns.next().unwrap_or_default();
            rows.iter().zip(column).for_each(|(&row, entry)| behind[row as usize - start] -= factor * entry);
            return;
        }
        let sums = &mut work[..rows.len()];
        sums.fill(0.0);
        for factors in pivots.chunks(2) {
            let (first, second) = (columns.next().unwrap_or_default(), factors.get(1).and_then(|_| columns.next()));
            match (factors, second) {
                (&[a, b], Some(second)) => {
                    let entries = first.iter().zip(second);
                    sums.iter_mut().zip(entries).for_each(|(sum, (first, second))| *sum += a * first + b * second);
                }
                _ => sums.iter_mut().zip(first).for_each(|(sum, first)| *sum += factors[0] * first),
            }
        }
        rows.iter().zip(sums).for_each(|(&row, sum)| behind[row as usize - start] -= *sum);
    }

    /// Subtracts the inner products of the columns with that from the pivots.
    #[inline(always)]
    fn collect<'a>(
        &self,
        front: &Front,
        pivots: &mut [f64],
        mut columns: impl Iterator<Item = &'a [f64]>,
        work: &mut [f64],
        behind: &[f64],
    ) {
        let (start, rows) = (front.first + front.width, &self.fronts.rows[front.rows.clone()]);
        if let [pivot] = pivots {
            let column = columns.next().unwrap_or_default();
            *pivot -= rows.iter().zip(column).map(|(&row, entry)| behind[row as usize - start] * entry).sum::<f64>();
            return;
        }
        let work = &mut work[..rows.len()];
        rows.iter().zip(&mut *work).for_each(|(&row, x)| *x = behind[row as usize - start]);
        pivots.iter_mut().zip(columns).for_each(|(pivot, column)| *pivot -= dot(column, work));
    }
}

/// The inner product in eight sums, so that no addition waits for the last.
#[inline(always)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [0.0; 8];
    for (a, b) in a.0.iter().zip(b.0) {
        (0..8).for_each(|lane| sums[lane] += a[lane] * b[lane]);
    }
    let rest: f64 = a.1.iter().zip(b.1).map(|(a, b)| a * b).sum();
    let halves = [sums[0] + sums[4], sums[1] + sums[5], sums[2] + sums[6], sums[3] + sums[7]];
    (halves[0] + halves[2]) + (halves[1] + halves[3]) + rest
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
