//! [`Knots`]: an interval of the tree, divided into its parts.

use super::normal::normal;
use super::scale::{GRAINS, TICKS};
use super::split::Split;
use super::split_mix::SplitMix;
use std::collections::VecDeque;
use std::sync::LazyLock;

/// How often a cell divides: three times into tenths, then into quarters down to the ticks.
pub(super) const LEVELS: usize = 13;
/// The length of the parts at each level, as a power of two where it is one, and their number.
const SHIFTS: [u32; LEVELS] = [20, 20, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0];
pub(super) const PARTS: [usize; LEVELS] = [10, 10, 10, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4];

/// The length of a part of a block at this level, in ticks.
pub(super) fn grain(level: usize) -> u64 {
    if level < GRAINS.len() { GRAINS[level] } else { 1 << SHIFTS[level] }
}

/// Which part of a block holds the tick `offset` behind its start.
#[inline(always)]
pub(super) fn part(level: usize, offset: u64) -> usize {
    // Divisions by constants are multiplications.
    let count = (offset >> SHIFTS[level]) as u32;
    (match level {
        0 => count / 100,
        1 => count / 10,
        _ => count,
    }) as usize
}

/// One division of a block: the parts from `lo` to `hi` are cut at `mid`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    lo: usize,
    mid: usize,
    hi: usize,
    split: Split,
    /// Of the left piece, in units.
    length: f64,
    /// From the start of the block to the cut, in ticks.
    pub(super) offset: u64,
}

/// The cuts of the blocks of one level, every piece after the one that it comes from. Sets of cuts are bits of a number.
#[derive(Clone, Debug)]
pub(super) struct Cuts {
    cuts: Vec<Cut>,
    /// The cuts behind which a part, and behind which a knot, is known.
    parts: [u32; 10],
    knots: [u32; 11],
}

impl Cuts {
    pub(super) fn of_all_levels() -> &'static [Cuts; LEVELS] {
        static CUTS: LazyLock<[Cuts; LEVELS]> = LazyLock::new(|| std::array::from_fn(Cuts::of_level));
        &CUTS
    }

    fn of_level(level: usize) -> Cuts {
        let (mut cuts, mut parts, mut knots) = (Vec::new(), [0; 10], [0; 11]);
        let mut pieces = VecDeque::from([(0, PARTS[level], 0)]);
        while let Some((lo, hi, above)) = pieces.pop_front() {
            if hi - lo < 2 {
                parts[lo] = above;
                continue;
            }
            let (mid, unit) = (lo + (hi - lo) / 2, grain(level) as f64 / TICKS as f64);
            let fraction = (mid - lo) as f64 / (hi - lo) as f64;
            let (split, length) = (Split::new(fraction, (hi - lo) as f64 * unit), (mid - lo) as f64 * unit);
            let with_this = above | 1 << cuts.len();
            knots[mid] = with_this;
            cuts.push(Cut { lo, mid, hi, split, length, offset: mid as u64 * grain(level) });
            pieces.extend([(lo, mid, with_this), (mid, hi, with_this)]);
        }
        Cuts { cuts, parts, knots }
    }

    /// The cuts that a descent into a part needs.
    #[inline(always)]
    pub(super) fn within_part(&self, part: usize) -> u32 {
        self.parts[part]
    }

    /// The cuts behind which a knot is known.
    #[inline(always)]
    pub(super) fn at_knot(&self, knot: usize) -> u32 {
        self.knots[knot]
    }

    /// All of the cuts.
    pub(super) fn all(&self) -> u32 {
        (1 << self.cuts.len()) - 1
    }

    /// One of the cuts.
    #[inline(always)]
    pub(super) fn cut(&self, cut: usize) -> &Cut {
        &self.cuts[cut]
    }
}

/// One dimension of a block: what is known at the ends of its parts. Motions are in quanta, times in units, both from the
/// start of the cell.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Knots {
    pub(super) motion: [i64; 11],
    pub(super) integral: [f64; 11],
    /// Of each piece, at its first part: increments in quanta, as whole numbers of the kind that a cut computes with.
    increments: [f64; 11],
    areas: [f64; 11],
}

/// What the whole of a block is given; integrals at its start and its end.
pub(super) struct Whole {
    pub(super) start: i64,
    pub(super) integrals: [f64; 2],
    pub(super) increment: i64,
    pub(super) area: f64,
}

impl Knots {
    /// Begins a block of a level.
    #[inline]
    pub(super) fn begin(&mut self, level: usize, whole: &Whole) {
        self.motion[0] = whole.start;
        self.motion[PARTS[level]] = whole.start + whole.increment;
        [self.integral[0], self.integral[PARTS[level]]] = whole.integrals;
        (self.increments[0], self.areas[0]) = (whole.increment as f64, whole.area);
    }

    /// Makes a cut, by the random words that follow from one of its own.
    #[inline(always)]
    pub(super) fn cut(&mut self, cut: &Cut, words: SplitMix, [quantum, per_quantum]: [f64; 2]) {
        let &Cut { lo, mid, hi, ref split, length, .. } = cut;
        // What follows need not ask again.
        assert!(lo < 11 && mid < 11 && hi < 11);
        let (start, whole, area) = (self.motion[lo], self.increments[lo], self.areas[lo]);
        let increment = whole * quantum;
        let (quanta, left) = whole_quanta(split.left_increment(increment, area, normal(words.0)), per_quantum);
        let x = left * quantum;
        let areas = split.areas(increment, area, x, normal(words.word(0)));
        self.motion[mid] = start + quanta;
        let mean = start as f64 * quantum + 0.5 * x + areas[0];
        self.integral[mid] = self.integral[lo] + length * mean;
        [self.increments[lo], self.increments[mid]] = [left, whole - left];
        [self.areas[lo], self.areas[mid]] = areas;
    }

    /// What a part is given as a whole.
    #[inline]
    pub(super) fn part(&self, index: usize) -> Whole {
        Whole {
            start: self.motion[index],
            integrals: [self.integral[index], self.integral[index + 1]],
            increment: self.motion[index + 1] - self.motion[index],
            area: self.areas[index],
        }
    }
}

/// 1.5 * 2^52, the addition of which rounds to a whole number, which the last bits then count.
pub(super) const SHIFT: f64 = 6_755_399_441_055_744.0;

/// Whole quanta, rounded by the addition of [`SHIFT`]: quicker than `round` and a conversion,
/// and exact below 2^51, which thousands of standard deviations do not reach.
#[inline(always)]
pub(super) fn quanta(w: f64, per_quantum: f64) -> i64 {
    whole_quanta(w, per_quantum).0
}

/// The same, and once more as a number of the other kind.
#[inline(always)]
fn whole_quanta(w: f64, per_quantum: f64) -> (i64, f64) {
    let shifted = w * per_quantum + SHIFT;
    (shifted.to_bits().wrapping_sub(SHIFT.to_bits()) as i64, shifted - SHIFT)
}
