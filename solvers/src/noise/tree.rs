//! [`Tree`]: a Brownian motion that is a pure function of time.

use super::block::{Cuts, Knots, LEVELS, Whole, grain, part};
use super::cells::Cells;
use super::philox::Stream;
use super::scale::{Position, Scale, TICKS};

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
/// bits. What is remembered (at each level the interval last visited, with all of its parts, and the last two answers) only
/// saves work. Intervals are divided into all of their parts at once, because random numbers come cheaper by the dozen and
/// the neighbours will be asked for next.
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
    visited: [Option<(i64, u64)>; LEVELS],
    /// Level by level, as deep as was asked for, and dimension by dimension.
    knots: Vec<Knots>,
    records: [Record; 2],
    cuts: &'static Cuts,
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
            visited: [None; LEVELS],
            knots: Vec::new(),
            records: [record.clone(), record],
            cuts: Cuts::of_all_levels(),
        }
    }

    pub(super) fn dimensions(&self) -> usize {
        self.streams.len()
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
        if from.tick == 0 && to.tick == 0 && to.cell - from.cell == 1 {
            self.cells.find(&self.streams, from.cell, with_area, self.per_quantum);
            for dimension in 0..self.streams.len() {
                let (increment, area) = self.cells.get(from.cell, dimension);
                write(dimension, increment, area);
            }
            return;
        }
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
        let length = ((to.cell - from.cell) as f64 * TICKS as f64 + to.tick as f64 - from.tick as f64) / TICKS as f64;
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
            let before = a.integral[dimension] + a.motion[dimension] as f64 * self.quantum * length;
            let mean = (integral + in_last_cell - before) / length;
            write(dimension, increment, mean - 0.5 * (increment as f64 * self.quantum));
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
    #[inline]
    fn descend(&mut self, Position { cell, tick }: Position) -> (usize, usize) {
        let mut lo = 0;
        for level in 0..LEVELS {
            if self.visited[level] != Some((cell, lo)) {
                self.visit(level, cell, lo);
            }
            let index = part(level, tick - lo);
            let behind = lo + index as u64 * grain(level);
            if behind == tick {
                return (level, index);
            }
            lo = behind;
        }
        unreachable!("the parts of the last level are ticks")
    }

    /// Divides an interval, whose own was visited at the level above.
    fn visit(&mut self, level: usize, cell: i64, lo: u64) {
        let dimensions = self.streams.len();
        if self.knots.len() < (level + 1) * dimensions {
            self.knots.resize((level + 1) * dimensions, Knots::default());
        }
        if level == 0 {
            self.cells.find(&self.streams, cell, true, self.per_quantum);
        }
        let above = level.checked_sub(1).and_then(|above| Some((above, part(above, lo - self.visited[above]?.1))));
        for dimension in 0..dimensions {
            let whole = match above {
                None => {
                    let (increment, area) = self.cells.get(cell, dimension);
                    Whole { start: 0, start_integral: 0.0, increment, area }
                }
                Some((above, index)) => self.knots[above * dimensions + dimension].part(index),
            };
            let (stream, quanta) = (&self.streams[dimension], [self.quantum, self.per_quantum]);
            self.knots[level * dimensions + dimension].draw(self.cuts, level, stream, (cell, lo), &whole, quanta);
        }
        self.visited[level] = Some((cell, lo));
    }
}
