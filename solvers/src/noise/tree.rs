//! [`Tree`]: a Brownian motion that is a pure function of time.

use super::block::{Cuts, Knots, LEVELS, PARTS, Whole, grain, part};
use super::cells::Cells;
use super::philox::Stream;
use super::scale::{GRAINS, Position, Scale, TICKS};
use super::split_mix::SplitMix;
use super::window::{Steps, Window};

/// A tick at which nothing begins.
const NOWHERE: u64 = u64::MAX;

/// The motion, and its integral, at a position, from the start of its cell.
#[derive(Clone, Debug)]
struct Record {
    position: Option<Position>,
    motion: Vec<i64>,
    integral: Vec<f64>,
}

/// The virtual Brownian tree: independent increments over the units of time (the cells), and inside a cell a tree of
/// conditional distributions, each node of which draws its random numbers by its own address.
///
/// Whatever is asked in whatever order, a value is computed by the same descent from the root of its cell, so it is the same
/// bits. What is remembered (at each level the interval last visited, with the cuts made of it, and the last two answers) only
/// saves work.
///
/// References: Li, Wong, Chen and Duvenaud, Scalable gradients for stochastic differential equations, AISTATS 2020, section
/// 4; Jelincic, Tao, Turner and others, Single-seed generation of Brownian paths and integrals for adaptive and high order
/// SDE solvers, arXiv 2405.06464.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    streams: Vec<Stream>,
    /// Quanta are a power of two in the caller's units, so that their multiples are exact there; here they are `quantum`.
    quantum: f64,
    per_quantum: f64,
    cells: Cells,
    /// For each level the cell and the tick at which the interval last visited begins.
    visited: [(i64, u64); LEVELS],
    /// Level by level, as deep as was asked for, and dimension by dimension.
    knots: Vec<Knots>,
    records: [Record; 2],
    cuts: &'static [Cuts; LEVELS],
    /// The cuts made of the intervals visited.
    made: [u32; LEVELS],
    /// What is random inside the cell last visited, dimension by dimension; cuts have the numbers of their ticks.
    inside: Vec<SplitMix>,
}

impl Tree {
    /// The tree of a path. A quantum is about 2^-40 of the square root of the unit; `scale` says which power of two it is.
    pub(super) fn new(seed: u64, path: u64, dimensions: usize, scale: Scale) -> Tree {
        let record = Record { position: None, motion: vec![0; dimensions], integral: vec![0.0; dimensions] };
        Tree {
            streams: (0..dimensions).map(|dimension| Stream::new(seed, path, dimension as u32)).collect(),
            quantum: scale.quantum,
            per_quantum: 1.0 / scale.quantum,
            cells: Cells::new(dimensions),
            visited: [(0, NOWHERE); LEVELS],
            knots: Vec::new(),
            records: [record.clone(), record],
            cuts: Cuts::of_all_levels(),
            made: [0; LEVELS],
            inside: vec![SplitMix::default(); dimensions],
        }
    }

    /// Writes the increments over a cell, and its areas where they were asked for, in the caller's numbers: `scales` times quanta,
    /// and units.
    #[inline]
    pub(super) fn whole(
        &mut self,
        cell: i64,
        with_area: bool,
        scales: [f64; 2],
        increments: &mut [f64],
        areas: &mut [f64],
    ) {
        self.cells.find(&self.streams, cell, with_area, self.per_quantum);
        for ((increment, area), (quanta, of_unit)) in increments.iter_mut().zip(areas).zip(self.cells.all(cell)) {
            (*increment, *area) = (quanta as f64 * scales[0], of_unit * scales[1]);
        }
    }

    /// Opens the window on the cells drawn last, if they were drawn in a row: `scales` times quanta, and units.
    pub(super) fn show_cells(&self, scales: [f64; 2], window: &mut Window) {
        let (cell, count, areas_known) = self.cells.known();
        if count > 1 {
            let with_areas = if areas_known { count } else { 0 };
            let (increments, areas) = window.open(Steps { cell, per_cell: 1, first: 0, count, with_areas });
            self.cells.write(scales, increments, areas);
        }
    }

    /// Opens the window on the block of which a step is one part, if it is, and others of its size were asked for: all parts are made
    /// at once. Says whether it was opened.
    pub(super) fn show_block(
        &mut self,
        [from, to]: [Position; 2],
        (in_a_row, with_area): (bool, bool),
        scales: [f64; 2],
        window: &mut Window,
    ) -> bool {
        let Some(level) = level_of_parts(from, to) else { return false };
        let (cell, grain, dimensions) = (from.cell, GRAINS[level], self.streams.len());
        if !(in_a_row || window.is_of(TICKS / grain)) || from.tick % grain != 0 {
            return false;
        }
        let lo = from.tick - from.tick % (PARTS[level] as u64 * grain);
        // Its first inner division is found nowhere else: the block is then the one visited last.
        self.fill(0, Position { cell, tick: lo + grain });
        let missing = self.cuts[level].all() & !self.made[level];
        self.make(level, lo, missing);
        let (per_cell, first, count) = (TICKS / grain, lo / grain, PARTS[level]);
        let with_areas = if with_area { count } else { 0 };
        let (increments, areas) = window.open(Steps { cell, per_cell, first, count, with_areas });
        for (dimension, knots) in self.knots[level * dimensions..][..dimensions].iter().enumerate() {
            for part in 0..count {
                let (a, b) = (knots.motion[part], knots.motion[part + 1]);
                increments[part * dimensions + dimension] = (b - a) as f64 * scales[0];
                if with_area {
                    let ends = [(a, knots.integral[part]), (b, knots.integral[part + 1])];
                    let area = area(ends, grain as f64 / TICKS as f64, self.quantum);
                    areas[part * dimensions + dimension] = area * scales[1];
                }
            }
        }
        true
    }

    /// Calls `write` with each dimension, its increment in quanta, and its area in units where it was asked for. The first
    /// position must lie before the second.
    #[inline]
    pub(super) fn increment(
        &mut self,
        from: Position,
        to: Position,
        with_area: bool,
        mut write: impl FnMut(usize, i64, f64),
    ) {
        let known = |record: &Record| record.position == Some(from);
        let first = self.records.iter().position(known).unwrap_or_else(|| {
            let spare = usize::from(self.records[0].position == Some(to));
            self.fill(spare, from);
            spare
        });
        let last = 1 - first;
        if self.records[last].position != Some(to) {
            self.fill(last, to);
        }
        let (a, b) = (&self.records[first], &self.records[last]);
        if from.cell == to.cell && !with_area {
            let motions = b.motion.iter().zip(&a.motion).enumerate();
            return motions.for_each(|(dimension, (b, a))| write(dimension, b - a, 0.0));
        }
        let length = to.ticks_since(from) / TICKS as f64;
        let mut whole = vec![(0, 0.0); if from.cell == to.cell { 0 } else { self.streams.len() }];
        for cell in from.cell..to.cell {
            self.cells.find(&self.streams, cell, with_area, self.per_quantum);
            for (dimension, (motion, integral)) in whole.iter_mut().enumerate() {
                let (increment, area) = self.cells.get(cell, dimension);
                let w = increment as f64 * self.quantum;
                *integral += *motion as f64 * self.quantum + 0.5 * w + area;
                *motion += increment;
            }
        }
        for dimension in 0..self.streams.len() {
            let (motion, integral) = whole.get(dimension).copied().unwrap_or((0, 0.0));
            let increment = motion + b.motion[dimension] - a.motion[dimension];
            if !with_area {
                write(dimension, increment, 0.0);
                continue;
            }
            let in_last_cell = motion as f64 * self.quantum * (to.tick as f64 / TICKS as f64) + b.integral[dimension];
            let end = (motion + b.motion[dimension], integral + in_last_cell);
            let start = (a.motion[dimension], a.integral[dimension]);
            write(dimension, increment, area([start, end], length, self.quantum));
        }
    }

    fn fill(&mut self, index: usize, position: Position) {
        let found = (position.tick != 0).then(|| self.descend(position));
        let record = &mut self.records[index];
        record.position = Some(position);
        let Some((level, knot)) = found else {
            record.motion.fill(0);
            return record.integral.fill(0.0);
        };
        let knots = &self.knots[level * self.streams.len()..][..self.streams.len()];
        for (dimension, knots) in knots.iter().enumerate() {
            record.motion[dimension] = knots.motion[knot];
            record.integral[dimension] = knots.integral[knot];
        }
    }

    /// The level and the knot at which a position is found: the first interval that divides there.
    #[inline(always)]
    fn descend(&mut self, Position { cell, tick }: Position) -> (usize, usize) {
        let (mut lo, mut level) = (0, 0);
        loop {
            if self.visited[level] != (cell, lo) {
                self.enter(level, cell, lo);
            }
            let index = part(level, tick - lo);
            let behind = lo + index as u64 * grain(level);
            let found = behind == tick;
            let cuts = &self.cuts[level];
            let needed = if found { cuts.at_knot(index) } else { cuts.within_part(index) };
            let missing = needed & !self.made[level];
            if missing != 0 {
                self.make(level, lo, missing);
            }
            if found {
                return (level, index);
            }
            (lo, level) = (behind, level + 1);
        }
    }

    /// Begins the interval of a level that begins at `lo`, in the one of the level above that was visited last.
    fn enter(&mut self, level: usize, cell: i64, lo: u64) {
        let dimensions = self.streams.len();
        if self.knots.len() < (level + 1) * dimensions {
            self.knots.resize((level + 1) * dimensions, Knots::default());
        }
        let (above, here) = self.knots.split_at_mut(level * dimensions);
        if level == 0 {
            self.cells.find(&self.streams, cell, true, self.per_quantum);
            for (dimension, knots) in here[..dimensions].iter_mut().enumerate() {
                let (increment, area) = self.cells.get(cell, dimension);
                let integrals = [0.0, 0.5 * (increment as f64 * self.quantum) + area];
                knots.begin(level, &Whole { start: 0, integrals, increment, area });
                self.inside[dimension] = self.cells.inside(cell, dimension);
            }
        } else {
            let (_, begin) = self.visited[level - 1];
            let index = part(level - 1, lo - begin);
            for (knots, above) in here.iter_mut().zip(&above[(level - 1) * dimensions..]) {
                knots.begin(level, &above.part(index));
            }
        }
        (self.visited[level], self.made[level]) = ((cell, lo), 0);
    }

    /// Makes cuts of the interval that begins at `lo`, in the order of their numbers.
    #[inline(always)]
    fn make(&mut self, level: usize, lo: u64, mut missing: u32) {
        let dimensions = self.streams.len();
        let quanta = [self.quantum, self.per_quantum];
        let knots = &mut self.knots[level * dimensions..][..dimensions];
        self.made[level] |= missing;
        while missing != 0 {
            let cut = self.cuts[level].cut(missing.trailing_zeros() as usize);
            for (knots, inside) in knots.iter_mut().zip(&self.inside) {
                knots.cut(cut, SplitMix(inside.word(lo + cut.offset)), quanta);
            }
            missing &= missing - 1;
        }
    }
}

/// The level whose parts are as long as a step, of those that divide by ten.
#[inline(always)]
fn level_of_parts(from: Position, to: Position) -> Option<usize> {
    let cells = to.cell.wrapping_sub(from.cell);
    let ticks = to.tick.wrapping_add(if cells == 1 { TICKS } else { 0 }).wrapping_sub(from.tick);
    if cells > 1 { None } else { GRAINS.iter().position(|&grain| grain == ticks) }
}

/// The area between two times a `length` apart, from the motion and its integral at both.
#[inline(always)]
fn area([(motion, integral), (end_motion, end_integral)]: [(i64, f64); 2], length: f64, quantum: f64) -> f64 {
    let before = integral + motion as f64 * quantum * length;
    (end_integral - before) / length - 0.5 * ((end_motion - motion) as f64 * quantum)
}
