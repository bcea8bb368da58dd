//! [`DyadicTree`]: a Brownian motion with both its space-time areas, as a pure function of time.

use super::cells::Cells;
use super::interval::Interval;
use super::philox::Stream;
use super::scale::{DYADIC_HALVINGS, DYADIC_TICKS, Position, Scale};
use super::split_mix::SplitMix;

const LEVELS: usize = DYADIC_HALVINGS as usize;

/// The intervals of one length that were halved last: two of them, since a step has two ends.
#[derive(Clone, Debug)]
struct Level {
    places: [Option<(i64, u64)>; 2],
    /// Dimension by dimension.
    halves: [Vec<[Interval; 2]>; 2],
    /// The one of the two that was used last.
    last: usize,
}

/// The tree whose nodes hold increment, area and second area of an interval: the units of time, halved again and again down to
/// the ticks. A step is put together from the fewest such intervals that make it up, from its start to its end, so that its areas
/// have the precision of its own length; areas taken as differences of integrals from the start of a unit would not.
///
/// Nothing that is remembered changes an answer.
#[derive(Clone, Debug)]
pub(super) struct DyadicTree {
    streams: Vec<Stream>,
    quantum: f64,
    per_quantum: f64,
    cells: Cells,
    /// As many as were asked for.
    levels: Vec<Level>,
    /// The square roots of the lengths of the levels' intervals.
    roots: [f64; LEVELS],
    /// The step so far, dimension by dimension, and its length in ticks.
    sum: Vec<Interval>,
    length: f64,
}

impl DyadicTree {
    pub(super) fn new(seed: u64, path: u64, dimensions: usize, scale: Scale) -> DyadicTree {
        DyadicTree {
            streams: (0..dimensions).map(|dimension| Stream::new(seed, path, dimension as u32)).collect(),
            quantum: scale.quantum,
            per_quantum: 1.0 / scale.quantum,
            cells: Cells::new(dimensions),
            levels: Vec::new(),
            roots: std::array::from_fn(|level| (1.0 / (1u64 << level) as f64).sqrt()),
            sum: vec![Interval::default(); dimensions],
            length: 0.0,
        }
    }

    /// Increments in quanta, areas and second areas in units, one for each dimension. The first position must lie before the second.
    pub(super) fn interval(&mut self, from: Position, to: Position) -> &[Interval] {
        self.length = 0.0;
        for cell in from.cell..=to.cell {
            let start = if cell == from.cell { from.tick } else { 0 };
            let end = if cell == to.cell { to.tick } else { DYADIC_TICKS };
            if start < end {
                self.cells.find(&self.streams, cell, true, self.per_quantum);
                self.cover(cell, (0, 0), [start, end]);
            }
        }
        &self.sum
    }

    /// Appends the part of an interval that lies between two ticks: the one that begins at a tick of the cell, of this level.
    fn cover(&mut self, cell: i64, (level, begin): (usize, u64), [start, end]: [u64; 2]) {
        let length = DYADIC_TICKS >> level;
        if start <= begin && begin + length <= end {
            return self.append(cell, (level, begin));
        }
        self.halve(cell, (level, begin));
        let middle = begin + length / 2;
        if start < middle {
            self.cover(cell, (level + 1, begin), [start, end]);
        }
        if middle < end {
            self.cover(cell, (level + 1, middle), [start, end]);
        }
    }

    fn append(&mut self, cell: i64, (level, begin): (usize, u64)) {
        let length = (DYADIC_TICKS >> level) as f64;
        let left = self.length / (self.length + length);
        for (dimension, sum) in self.sum.iter_mut().enumerate() {
            let next = node(&self.cells, &self.levels, cell, (level, begin), dimension);
            *sum = if self.length == 0.0 { next } else { sum.followed_by(&next, left, self.quantum) };
        }
        self.length += length;
    }

    /// Makes the halves of an interval known.
    fn halve(&mut self, cell: i64, (level, begin): (usize, u64)) {
        if self.levels.len() == level {
            let halves = || vec![[Interval::default(); 2]; self.streams.len()];
            self.levels.push(Level { places: [None; 2], halves: [halves(), halves()], last: 0 });
        }
        let (above, here) = self.levels.split_at_mut(level);
        let Level { places, halves, last } = &mut here[0];
        let place = Some((cell, begin));
        if places[*last] == place {
            return;
        }
        *last = 1 - *last;
        if places[*last] == place {
            return;
        }
        places[*last] = place;
        let middle = begin + (DYADIC_TICKS >> level) / 2;
        for (dimension, halves) in halves[*last].iter_mut().enumerate() {
            let words = SplitMix(self.cells.inside_halves(cell, dimension).word(middle));
            let whole = node(&self.cells, above, cell, (level, begin), dimension);
            *halves = whole.halves(self.roots[level], words, [self.quantum, self.per_quantum]);
        }
    }
}

/// One dimension of an interval, whose cell, or the one it is half of, was used last.
#[inline(always)]
fn node(cells: &Cells, levels: &[Level], cell: i64, (level, begin): (usize, u64), dimension: usize) -> Interval {
    if level == 0 {
        let (increment, area) = cells.get(cell, dimension);
        return Interval { increment, area, second_area: cells.second_area(cell, dimension) };
    }
    let Level { halves, last, .. } = &levels[level - 1];
    halves[*last][dimension][(begin / (DYADIC_TICKS >> level)) as usize % 2]
}
