//! [`Knots`]: an interval of the tree, divided into all of its parts at once.

use super::normal::{lane, normal};
use super::philox::Stream;
use super::scale::{GRAINS, TICKS};
use super::split::Split;
use std::sync::LazyLock;

/// How often a cell divides: three times into tenths, then into quarters down to the ticks.
pub(super) const LEVELS: usize = 13;
/// The length of the parts at each level, as a power of two where it is one, and their number.
const SHIFTS: [u32; LEVELS] = [20, 20, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0];
const PARTS: [usize; LEVELS] = [10, 10, 10, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4];

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
struct Cut {
    lo: usize,
    mid: usize,
    hi: usize,
    split: Split,
    /// Of the left piece, in units.
    length: f64,
}

/// The cuts of the blocks of each level, every piece after the one that it comes from.
#[derive(Clone, Debug)]
pub(super) struct Cuts([Vec<Cut>; LEVELS]);

impl Cuts {
    pub(super) fn of_all_levels() -> &'static Cuts {
        static CUTS: LazyLock<Cuts> = LazyLock::new(|| {
            Cuts(std::array::from_fn(|level| {
                let (mut cuts, mut pieces) = (Vec::new(), std::collections::VecDeque::from([(0, PARTS[level])]));
                while let Some((lo, hi)) = pieces.pop_front() {
                    if hi - lo < 2 {
                        continue;
                    }
                    let (mid, unit) = (lo + (hi - lo) / 2, grain(level) as f64 / TICKS as f64);
                    let fraction = (mid - lo) as f64 / (hi - lo) as f64;
                    let (split, length) = (Split::new(fraction, (hi - lo) as f64 * unit), (mid - lo) as f64 * unit);
                    cuts.push(Cut { lo, mid, hi, split, length });
                    pieces.extend([(lo, mid), (mid, hi)]);
                }
                cuts
            }))
        });
        &CUTS
    }
}

/// One dimension of a block: what is known at the ends of its parts. Motions are in quanta, times in units, both from the
/// start of the cell.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Knots {
    pub(super) motion: [i64; 11],
    pub(super) integral: [f64; 11],
    /// Of each part.
    pub(super) areas: [f64; 10],
}

/// What the whole of a block is given.
pub(super) struct Whole {
    pub(super) start: i64,
    pub(super) start_integral: f64,
    pub(super) increment: i64,
    pub(super) area: f64,
}

impl Knots {
    /// Draws a block of a level that begins at the tick `lo` of a cell.
    pub(super) fn draw(
        &mut self,
        cuts: &Cuts,
        level: usize,
        stream: &Stream,
        at: (i64, u64),
        whole: &Whole,
        quanta: [f64; 2],
    ) {
        let parts = PARTS[level];
        self.motion[0] = whole.start;
        self.motion[parts] = whole.start + whole.increment;
        (self.integral[0], self.areas[0]) = (whole.start_integral, whole.area);
        let cuts = &cuts.0[level];
        if parts == 10 {
            self.cut::<9>(cuts, level, stream, at, quanta)
        } else {
            self.cut::<3>(cuts, level, stream, at, quanta)
        }
    }

    #[inline(always)]
    fn cut<const CUTS: usize>(
        &mut self,
        cuts: &[Cut],
        level: usize,
        stream: &Stream,
        (cell, lo): (i64, u64),
        [quantum, per_quantum]: [f64; 2],
    ) {
        let (grain, mut ticks) = (grain(level), [0; CUTS]);
        for (tick, cut) in ticks.iter_mut().zip(cuts) {
            *tick = lo + cut.mid as u64 * grain;
        }
        let [words, more] = stream.words_at(cell, &ticks);
        for (k, cut) in cuts.iter().enumerate().take(CUTS) {
            let z = normal(words[k], lane(stream, cell, ticks[k], 0));
            let increment = (self.motion[cut.hi] - self.motion[cut.lo]) as f64 * quantum;
            let area = self.areas[cut.lo];
            let left = quanta(cut.split.left_increment(increment, area, z), per_quantum);
            let x = left as f64 * quantum;
            let areas = cut.split.areas(increment, area, x, normal(more[k], lane(stream, cell, ticks[k], 1)));
            self.motion[cut.mid] = self.motion[cut.lo] + left;
            let mean = self.motion[cut.lo] as f64 * quantum + 0.5 * x + areas[0];
            self.integral[cut.mid] = self.integral[cut.lo] + cut.length * mean;
            [self.areas[cut.lo], self.areas[cut.mid]] = areas;
        }
    }

    /// What a part is given as a whole.
    #[inline]
    pub(super) fn part(&self, index: usize) -> Whole {
        Whole {
            start: self.motion[index],
            start_integral: self.integral[index],
            increment: self.motion[index + 1] - self.motion[index],
            area: self.areas[index],
        }
    }
}

/// Whole quanta, rounded by the addition of 1.5 * 2^52: quicker than `round`, and exact below 2^51.
#[inline(always)]
pub(super) fn quanta(w: f64, per_quantum: f64) -> i64 {
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    ((w * per_quantum + SHIFT) - SHIFT) as i64
}
