//! [`Window`]: increments over whole units in a row, ready to be handed out.

/// The addition of it rounds to a whole number, which the last bits then count.
const SHIFT: f64 = 6_755_399_441_055_744.0;
/// A time that is this near to a whole number of units is rounded to it, whatever else happens to it: a little less than half a
/// tick.
const NEAR: f64 = 0.499 / super::scale::TICKS as f64;
/// Beyond this many units from 0, times are too coarse to be worth it.
const FAR: u64 = 1 << 40;

/// What a step of one unit asks for, in the caller's numbers: the units drawn last, where they were drawn in a row. It saves
/// steps of the unit all but a comparison of times.
#[derive(Clone, Debug)]
pub(super) struct Window {
    per_unit: f64,
    /// The first unit as a number of this kind, with `SHIFT` added.
    first: u64,
    /// How many units there are, and how many with areas.
    count: u64,
    with_areas: u64,
    dimensions: usize,
    /// Unit by unit, dimension by dimension.
    increments: Vec<f64>,
    areas: Vec<f64>,
}

impl Window {
    /// A window on nothing.
    pub(super) fn new(per_unit: f64, dimensions: usize) -> Window {
        let (increments, areas) = (Vec::new(), Vec::new());
        Window { per_unit, first: 0, count: 0, with_areas: 0, dimensions, increments, areas }
    }

    /// Where the increments over a step are found, if it is one of the units, and its areas are known where they are asked for.
    #[inline(always)]
    pub(super) fn find(&self, from: f64, to: f64, with_area: bool) -> Option<usize> {
        self.place(from, to, if with_area { self.with_areas } else { self.count })
    }

    /// The increments of a unit that was found, one for each dimension, and its areas.
    #[inline(always)]
    pub(super) fn row(&self, place: usize) -> (&[f64], &[f64]) {
        let range = place * self.dimensions..(place + 1) * self.dimensions;
        (&self.increments[range.clone()], &self.areas[range])
    }

    /// Which unit a step is, of the first `count`.
    #[inline(always)]
    fn place(&self, from: f64, to: f64, count: u64) -> Option<usize> {
        let (from, to) = (from * self.per_unit, to * self.per_unit);
        let shifted = from + SHIFT;
        let unit = shifted - SHIFT;
        let place = shifted.to_bits().wrapping_sub(self.first);
        let is_unit = place < count && (from - unit).abs() < NEAR && (to - unit - 1.0).abs() < NEAR;
        is_unit.then_some(place as usize)
    }

    /// Moves the window to `count` units from `first` on, of which the increments are to be written to the first slice, and the
    /// areas to the second where they are known: unit by unit and in each dimension by dimension.
    pub(super) fn open(&mut self, first: i64, count: usize, with_areas: bool) -> (&mut [f64], &mut [f64]) {
        let near = first.unsigned_abs() < FAR;
        self.first = (first as f64 + SHIFT).to_bits();
        self.count = if near { count as u64 } else { 0 };
        self.with_areas = if with_areas { self.count } else { 0 };
        self.increments.resize(count * self.dimensions, 0.0);
        self.areas.resize(count * self.dimensions, 0.0);
        (&mut self.increments, &mut self.areas)
    }
}
