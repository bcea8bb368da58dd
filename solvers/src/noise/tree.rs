//! [`Tree`]: a Brownian motion that is a pure function of time.

use super::normal::{lane, normal};
use super::philox::Stream;
use super::split::Split;
use std::sync::LazyLock;

/// A thousandth of the unit of time is halved this often.
const HALVINGS: u32 = 20;
const THOUSANDTH: u64 = 1 << HALVINGS;
pub(super) const TICKS: u64 = 1000 * THOUSANDTH;
/// The unit divides into ten parts, three times, and then into halves: steps of 0.01 and steps of 1/64 are both near the root.
const GRAINS: [u64; 3] = [100 * THOUSANDTH, 10 * THOUSANDTH, THOUSANDTH];
/// Increments are whole multiples of a quantum: sums of whole numbers do not depend on their order.
const QUANTUM: f64 = 1.0 / (1u64 << 40) as f64;

/// The splits of all interval lengths that occur, of a unit of length 1: first those of 2 to 10 grains of each size, then
/// the halves.
static SPLITS: LazyLock<Vec<Split>> = LazyLock::new(|| {
    let uneven = GRAINS.iter().flat_map(|&grain| (2..=10).map(move |parts: u64| (parts / 2 * grain, parts * grain)));
    let halves = (1..=HALVINGS).map(|k| (1 << (k - 1), 1 << k));
    let split = |(left, length): (u64, u64)| Split::new(left as f64 / length as f64, length as f64 / TICKS as f64);
    uneven.chain(halves).map(split).collect()
});

/// Where the interval from `lo` to `hi` divides, and the index of its split.
#[inline]
fn middle(lo: u64, hi: u64) -> (u64, usize) {
    let length = hi - lo;
    if length <= THOUSANDTH {
        return ((lo + hi) / 2, 9 * GRAINS.len() + length.trailing_zeros() as usize - 1);
    }
    let size = GRAINS.iter().position(|&grain| length > grain).unwrap_or(0);
    let parts = (length / GRAINS[size]) as usize;
    (lo + (parts / 2) as u64 * GRAINS[size], 9 * size + parts - 2)
}

/// A time, rounded to the nearest tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    cell: i64,
    tick: u64,
}

impl Position {
    /// A time in units.
    pub(super) fn new(t: f64) -> Position {
        // Conversions rather than `floor` and `round`, which are calls of a library where no instruction can be assumed.
        let whole = t as i64;
        let cell = whole - i64::from(whole as f64 > t);
        let tick = ((t - cell as f64) * TICKS as f64 + 0.5) as u64;
        if tick >= TICKS { Position { cell: cell + 1, tick: 0 } } else { Position { cell, tick } }
    }
}

/// One dimension of an interval that was visited: increments in quanta, times in units.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    /// The motion at the left end, and its integral up to there, both from the start of the cell.
    start: i64,
    start_integral: f64,
    increment: i64,
    area: f64,
    /// The increment of the left part, and the areas of both, once they are known.
    left: i64,
    areas: [f64; 2],
    /// The random bits of the areas.
    word: u64,
}

/// An interval that was visited, with one [`Node`] for each dimension.
#[derive(Clone, Copy, Debug)]
struct Level {
    lo: u64,
    mid: u64,
    hi: u64,
    split: usize,
    divided: bool,
    areas_known: bool,
}

/// The motion, and its integral if it was asked for, at a position, from the start of its cell.
#[derive(Clone, Debug)]
struct Record {
    position: Option<Position>,
    with_integral: bool,
    motion: Vec<i64>,
    integral: Vec<f64>,
}

/// The virtual Brownian tree: independent increments over the units of time (the cells), and inside a cell a tree of
/// conditional distributions, each node of which draws its random numbers by its own address.
///
/// Whatever is asked in whatever order, a value is computed by the same descent from the root of its cell, so it is the same
/// bits. What is remembered (the intervals on the way to the last answer, and the last two answers) only saves work.
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
    cell: Option<i64>,
    levels: Vec<Level>,
    /// Level by level, dimension by dimension.
    nodes: Vec<Node>,
    records: [Record; 2],
    splits: &'static [Split],
}

impl Tree {
    /// The tree of a path. A quantum is about 2^-40 of the square root of the unit; `scale` says which power of two it is.
    pub(super) fn new(seed: u64, path: u64, dimensions: usize, scale: Scale) -> Tree {
        let record = Record {
            position: None,
            with_integral: false,
            motion: vec![0; dimensions],
            integral: vec![0.0; dimensions],
        };
        Tree {
            streams: (0..dimensions).map(|dimension| Stream::new(seed, path, dimension as u32)).collect(),
            quantum: scale.quantum,
            per_quantum: 1.0 / scale.quantum,
            cell: None,
            levels: Vec::new(),
            nodes: Vec::new(),
            records: [record.clone(), record],
            splits: &SPLITS,
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
            for dimension in 0..self.streams.len() {
                let (increment, area) = self.whole_cell(from.cell, dimension, with_area);
                write(dimension, increment, area);
            }
            return;
        }
        let known = |record: &Record| record.position == Some(from) && (record.with_integral || !with_area);
        let first = self.records.iter().position(known).unwrap_or_else(|| {
            let spare = usize::from(self.records[0].position == Some(to));
            self.fill(spare, from, with_area);
            spare
        });
        let last = 1 - first;
        if self.records[last].position != Some(to) || (with_area && !self.records[last].with_integral) {
            self.fill(last, to, with_area);
        }
        let length = ((to.cell - from.cell) as f64 * TICKS as f64 + to.tick as f64 - from.tick as f64) / TICKS as f64;
        for dimension in 0..self.streams.len() {
            let (mut motion, mut integral) = (0, 0.0);
            for cell in from.cell..to.cell {
                let (increment, area) = self.whole_cell(cell, dimension, with_area);
                let w = increment as f64 * self.quantum;
                integral += motion as f64 * self.quantum + 0.5 * w + area;
                motion += increment;
            }
            let (a, b) = (&self.records[first], &self.records[last]);
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

    /// The increment of a whole cell, in quanta, and its area.
    #[inline]
    fn whole_cell(&self, cell: i64, dimension: usize, with_area: bool) -> (i64, f64) {
        let stream = &self.streams[dimension];
        let words = stream.words(cell, 0, 0);
        let increment = normal(words[0], lane(stream, cell, 0, 0));
        let area = if with_area { normal(words[1], lane(stream, cell, 0, 1)) / 12f64.sqrt() } else { 0.0 };
        (self.quanta(increment), area)
    }

    /// Whole quanta, rounded by the addition of 1.5 * 2^52: quicker than `round`, and exact below 2^51.
    #[inline(always)]
    fn quanta(&self, w: f64) -> i64 {
        const SHIFT: f64 = 6_755_399_441_055_744.0;
        ((w * self.per_quantum + SHIFT) - SHIFT) as i64
    }

    fn fill(&mut self, index: usize, position: Position, with_integral: bool) {
        let dimensions = self.streams.len();
        if position.tick != 0 {
            self.descend(position, with_integral);
        }
        let top = self.nodes.len().saturating_sub(dimensions);
        let record = &mut self.records[index];
        (record.position, record.with_integral) = (Some(position), with_integral);
        if position.tick == 0 {
            record.motion.fill(0);
            record.integral.fill(0.0);
            return;
        }
        let level = self.levels[self.levels.len() - 1];
        for (dimension, node) in self.nodes[top..].iter().enumerate() {
            record.motion[dimension] = node.start + node.left;
            if with_integral {
                record.integral[dimension] = node.middle_integral(&level, self.quantum);
            }
        }
    }

    /// Goes to the interval that divides at the position.
    fn descend(&mut self, Position { cell, tick }: Position, with_areas: bool) {
        if self.cell != Some(cell) {
            self.plant(cell);
        }
        let dimensions = self.streams.len();
        while self.levels.last().is_some_and(|level| tick <= level.lo || level.hi <= tick) {
            self.levels.pop();
            self.nodes.truncate(self.levels.len() * dimensions);
        }
        loop {
            self.divide(cell);
            let level = self.levels[self.levels.len() - 1];
            if with_areas || level.mid != tick {
                self.find_areas(cell);
            }
            if level.mid == tick {
                return;
            }
            self.enter(&level, tick > level.mid);
        }
    }

    /// Starts over at the root of a cell.
    fn plant(&mut self, cell: i64) {
        self.cell = Some(cell);
        self.levels.clear();
        self.nodes.clear();
        self.levels.push(Level::new(0, TICKS));
        for dimension in 0..self.streams.len() {
            let (increment, area) = self.whole_cell(cell, dimension, true);
            self.nodes.push(Node { increment, area, ..Node::default() });
        }
    }

    /// Divides the last interval, where that is not done yet.
    #[inline]
    fn divide(&mut self, cell: i64) {
        let top = self.nodes.len() - self.streams.len();
        let Some(level) = self.levels.last_mut().filter(|level| !level.divided) else { return };
        level.divided = true;
        let (tick, split) = (level.mid, self.splits[level.split]);
        for dimension in 0..self.streams.len() {
            let stream = &self.streams[dimension];
            let words = stream.words(cell, tick, 0);
            let node = self.nodes[top + dimension];
            let z = normal(words[0], lane(stream, cell, tick, 0));
            let left = self.quanta(split.left_increment(node.increment as f64 * self.quantum, node.area, z));
            self.nodes[top + dimension] = Node { left, word: words[1], ..node };
        }
    }

    /// Finds the areas of both parts of the last interval, where that is not done yet.
    #[inline]
    fn find_areas(&mut self, cell: i64) {
        let top = self.nodes.len() - self.streams.len();
        let Some(level) = self.levels.last_mut().filter(|level| !level.areas_known) else { return };
        level.areas_known = true;
        let (tick, split) = (level.mid, self.splits[level.split]);
        for (node, stream) in self.nodes[top..].iter_mut().zip(&self.streams) {
            let z = normal(node.word, lane(stream, cell, tick, 1));
            let [w, x] = [node.increment, node.left].map(|quanta| quanta as f64 * self.quantum);
            node.areas = split.areas(w, node.area, x, z);
        }
    }

    /// Goes into the left or the right part of the last interval.
    #[inline]
    fn enter(&mut self, level: &Level, right: bool) {
        let top = self.nodes.len() - self.streams.len();
        self.levels.push(if right { Level::new(level.mid, level.hi) } else { Level::new(level.lo, level.mid) });
        for dimension in 0..self.streams.len() {
            let node = self.nodes[top + dimension];
            let part = if right {
                let start_integral = node.middle_integral(level, self.quantum);
                let (start, increment) = (node.start + node.left, node.increment - node.left);
                Node { start, start_integral, increment, area: node.areas[1], ..Node::default() }
            } else {
                let Node { start, start_integral, .. } = node;
                Node { start, start_integral, increment: node.left, area: node.areas[0], ..Node::default() }
            };
            self.nodes.push(part);
        }
    }
}

impl Level {
    #[inline]
    fn new(lo: u64, hi: u64) -> Level {
        let (mid, split) = middle(lo, hi);
        Level { lo, mid, hi, split, divided: false, areas_known: false }
    }
}

impl Node {
    /// The integral of the motion up to the point where the interval divides.
    #[inline]
    fn middle_integral(&self, level: &Level, quantum: f64) -> f64 {
        let length = (level.mid - level.lo) as f64 / TICKS as f64;
        let mean = self.start as f64 * quantum + 0.5 * (self.left as f64 * quantum) + self.areas[0];
        self.start_integral + length * mean
    }
}

/// How the tree's numbers relate to the caller's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    /// The unit of time.
    pub(super) unit: f64,
    per_unit: f64,
    /// The square root of the unit.
    pub(super) root: f64,
    /// The quantum in the caller's numbers, a power of two.
    pub(super) step: f64,
    /// The quantum where the unit is 1.
    quantum: f64,
}

impl Scale {
    pub(super) fn new(unit: f64) -> Scale {
        let root = unit.sqrt();
        let step = QUANTUM * root.log2().round().exp2();
        Scale { unit, per_unit: 1.0 / unit, root, step, quantum: step / root }
    }

    /// A tick, the shortest time that the tree knows.
    pub(super) fn tick(&self) -> f64 {
        self.unit / TICKS as f64
    }

    pub(super) fn position(&self, t: f64) -> Position {
        Position::new(t * self.per_unit)
    }

    /// A time that is reached with few divisions: before the end `t` of a step of signed size `h`, by less than a quarter of it.
    pub(super) fn nearby(&self, t: f64, h: f64) -> f64 {
        let Position { cell, tick } = self.position(t);
        let finest = h.abs() / (4.0 * self.tick());
        let decimal = GRAINS.into_iter().find(|&grain| grain as f64 <= finest);
        let grain = if finest >= TICKS as f64 {
            TICKS
        } else {
            decimal.unwrap_or_else(|| 1 << (finest.max(1.0) as u64).ilog2())
        };
        let rounded = if h > 0.0 { tick / grain } else { tick.div_ceil(grain) } * grain;
        (cell as f64 + rounded as f64 / TICKS as f64) * self.unit
    }
}
