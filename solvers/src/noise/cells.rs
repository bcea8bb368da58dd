//! [`Cells`]: the increments over whole units of time, which are independent.

use super::block::quanta;
use super::interval::SECOND_SPREAD;
use super::normal::normal;
use super::philox::Stream;
use super::split_mix::SplitMix;

/// How many cells are drawn at once where one follows another; they begin at a multiple of this.
const BATCH: usize = 16;
const BLOCKS: usize = BATCH / 2;
/// A cell and the one so many places behind it, in every group of twice as many, share a block.
const APART: usize = 4;
/// Which words of a cell are its area's, its inside's, its second area's, and its inside's where that knows second areas; the first
/// of them makes the increment.
const AREA: u64 = 0;
const INSIDE: u64 = 1;
const SECOND_AREA: u64 = 2;
const INSIDE_HALVES: u64 = 3;
/// The standard deviation of an area, one over the root of 12.
const SPREAD: f64 = 0.288_675_134_594_812_9;

/// The cells drawn last, of all dimensions: for each cell one increment (in quanta) and one area.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    first: i64,
    count: usize,
    areas_known: bool,
    drawn: Vec<Drawn>,
}

/// The batch of one dimension.
#[derive(Clone, Copy, Debug, Default)]
struct Drawn {
    increments: [i64; BATCH],
    areas: [f64; BATCH],
    /// All that is random in a cell follows from one word.
    words: [u64; BATCH],
}

impl Cells {
    pub(super) fn new(dimensions: usize) -> Cells {
        Cells { first: 0, count: 0, areas_known: false, drawn: vec![Drawn::default(); dimensions] }
    }

    /// The increment and, where it was asked for, the area of a cell that [`find`](Self::find) has found.
    #[inline(always)]
    pub(super) fn get(&self, cell: i64, dimension: usize) -> (i64, f64) {
        let place = (cell - self.first) as usize;
        let drawn = &self.drawn[dimension];
        (drawn.increments[place], drawn.areas[place])
    }

    /// The same of all dimensions.
    #[inline(always)]
    pub(super) fn all(&self, cell: i64) -> impl Iterator<Item = (i64, f64)> + '_ {
        let place = (cell - self.first) as usize % BATCH;
        self.drawn.iter().map(move |drawn| (drawn.increments[place], drawn.areas[place]))
    }

    /// The first of the cells drawn last, how many they are, and whether their areas are known.
    pub(super) fn known(&self) -> (i64, usize, bool) {
        (self.first, self.count, self.areas_known)
    }

    /// Writes what is known, cell by cell and in each dimension by dimension: `scales` times quanta, and areas.
    pub(super) fn write(&self, scales: [f64; 2], increments: &mut [f64], areas: &mut [f64]) {
        let dimensions = self.drawn.len();
        for (dimension, drawn) in self.drawn.iter().enumerate() {
            let places = increments.iter_mut().skip(dimension).step_by(dimensions);
            places.zip(&drawn.increments).for_each(|(into, &quanta)| *into = quanta as f64 * scales[0]);
            if self.areas_known {
                let places = areas.iter_mut().skip(dimension).step_by(dimensions);
                places.zip(&drawn.areas).for_each(|(into, &area)| *into = area * scales[1]);
            }
        }
    }

    /// What is random inside a cell that was found.
    #[inline(always)]
    pub(super) fn inside(&self, cell: i64, dimension: usize) -> SplitMix {
        SplitMix(self.words(cell, dimension).word(INSIDE))
    }

    /// The same for the cell's halves, which know their second areas.
    #[inline(always)]
    pub(super) fn inside_halves(&self, cell: i64, dimension: usize) -> SplitMix {
        SplitMix(self.words(cell, dimension).word(INSIDE_HALVES))
    }

    /// The second area of a cell that was found.
    #[inline(always)]
    pub(super) fn second_area(&self, cell: i64, dimension: usize) -> f64 {
        normal(self.words(cell, dimension).word(SECOND_AREA)) * SECOND_SPREAD
    }

    #[inline(always)]
    fn words(&self, cell: i64, dimension: usize) -> SplitMix {
        SplitMix(self.drawn[dimension].words[(cell - self.first) as usize])
    }

    /// Draws a cell, unless it is known: alone, or together with its neighbours where it follows the ones before.
    #[inline]
    pub(super) fn find(&mut self, streams: &[Stream], cell: i64, with_area: bool, per_quantum: f64) {
        if (cell.wrapping_sub(self.first) as u64) >= self.count as u64 {
            self.draw(streams, cell, per_quantum);
        }
        if with_area && !self.areas_known {
            self.draw_areas();
        }
    }

    fn draw(&mut self, streams: &[Stream], cell: i64, per_quantum: f64) {
        let neighbour = cell == self.first + self.count as i64 || cell == self.first - 1;
        let batch = self.count > 0 && neighbour;
        (self.first, self.count) = if batch { (cell & !(BATCH as i64 - 1), BATCH) } else { (cell, 1) };
        self.areas_known = false;
        let (group, place) = ((cell >> 3) * APART as i64, (cell & 7) as usize);
        let first_block = (cell >> 3 & !1) * APART as i64;
        for (drawn, stream) in self.drawn.iter_mut().zip(streams) {
            if batch {
                let [firsts, seconds] = stream.words_in_a_row::<BLOCKS>(first_block);
                for (index, words) in drawn.words.chunks_exact_mut(APART).enumerate() {
                    let halves = if index % 2 == 0 { &firsts } else { &seconds };
                    words.copy_from_slice(&halves[index / 2 * APART..][..APART]);
                }
            } else {
                let words = stream.words_in_a_row::<1>(group + (place % APART) as i64);
                drawn.words[0] = words[place / APART][0];
            }
            for (increment, &word) in drawn.increments.iter_mut().zip(&drawn.words).take(self.count) {
                *increment = quanta(normal(word), per_quantum);
            }
        }
    }

    fn draw_areas(&mut self) {
        self.areas_known = true;
        for drawn in &mut self.drawn {
            for (area, &word) in drawn.areas.iter_mut().zip(&drawn.words).take(self.count) {
                *area = normal(SplitMix(word).word(AREA)) * SPREAD;
            }
        }
    }
}
