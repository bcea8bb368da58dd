//! [`Window`]: increments over equal steps in a row, ready to be handed out.

use super::block::SHIFT;
use super::scale::TICKS;

/// A time that is this near to a division of time is rounded to it, whatever else happens to it: a little less than half a tick.
const NEAR: f64 = 0.499 / TICKS as f64;
/// Beyond this many units from 0, times are too coarse to be worth it.
const FAR: u64 = 1 << 40;

/// What equal steps ask for, in the caller's numbers: the units that were drawn in a row, or the parts of a block. It saves such
/// steps all but a comparison of times.
#[derive(Clone, Debug)]
pub(super) struct Window {
    per_unit: f64,
    /// The unit in which the window begins, and the number of steps in a unit.
    cell: f64,
    per_cell: f64,
    /// How near to the end of a step, in steps, a time must be.
    near: f64,
    /// The number of the first step in its unit, with `SHIFT` added.
    first: u64,
    /// How many steps there are, and how many with areas.
    count: u64,
    with_areas: u64,
    dimensions: usize,
    /// Step by step, dimension by dimension.
    increments: Vec<f64>,
    areas: Vec<f64>,
}

/// Equal steps in a row: from number `first` of the unit `cell`, which holds `per_cell` of them.
pub(super) struct Steps {
    pub(super) cell: i64,
    pub(super) per_cell: u64,
    pub(super) first: u64,
    pub(super) count: usize,
    /// Of how many the areas are known, too.
    pub(super) with_areas: usize,
}

impl Window {
    /// A window on nothing.
    pub(super) fn new(per_unit: f64, dimensions: usize) -> Window {
        let (increments, areas) = (Vec::new(), Vec::new());
        let (cell, per_cell, near, first, count, with_areas) = (0.0, 0.0, 0.0, 0, 0, 0);
        Window { per_unit, cell, per_cell, near, first, count, with_areas, dimensions, increments, areas }
    }

    /// Where a step is found, if it is one of those ready, and its areas are known where they are asked for.
    #[inline(always)]
    pub(super) fn find(&self, from: f64, to: f64, with_area: bool) -> Option<usize> {
        // The same product that a position is made of; what follows is exact, or nearly so.
        let [from, to] = [from, to].map(|t| (t * self.per_unit - self.cell) * self.per_cell);
        let shifted = from + SHIFT;
        let start = shifted - SHIFT;
        let place = shifted.to_bits().wrapping_sub(self.first);
        let known = place < if with_area { self.with_areas } else { self.count };
        let is_step = known && (from - start).abs() < self.near && (to - start - 1.0).abs() < self.near;
        is_step.then_some(place as usize)
    }

    /// The increments of a step that was found, one for each dimension, and its areas where they were asked for.
    #[inline(always)]
    pub(super) fn row(&self, place: usize) -> (&[f64], &[f64]) {
        let range = place * self.dimensions..(place + 1) * self.dimensions;
        (&self.increments[range.clone()], self.areas.get(range).unwrap_or_default())
    }

    /// Whether the window's steps are of this number in a unit.
    pub(super) fn is_of(&self, per_cell: u64) -> bool {
        self.per_cell == per_cell as f64
    }

    /// Moves the window to other steps, of which the increments are to be written to the first slice, and the areas to the second
    /// as far as they are known: step by step and in each dimension by dimension.
    pub(super) fn open(&mut self, steps: Steps) -> (&mut [f64], &mut [f64]) {
        let near = steps.cell.unsigned_abs() < FAR;
        (self.cell, self.per_cell) = (steps.cell as f64, steps.per_cell as f64);
        (self.near, self.first) = (NEAR * self.per_cell, (steps.first as f64 + SHIFT).to_bits());
        (self.count, self.with_areas) = if near { (steps.count as u64, steps.with_areas as u64) } else { (0, 0) };
        self.increments.resize(steps.count * self.dimensions, 0.0);
        self.areas.resize(steps.with_areas * self.dimensions, 0.0);
        (&mut self.increments, &mut self.areas)
    }
}
