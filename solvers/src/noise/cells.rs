//! [`Cells`]: the increments over whole units of time, which are independent.

use super::block::quanta;
use super::normal::{lane, normal};
use super::philox::Stream;

/// How many cells are drawn at once where one follows another.
const BATCH: usize = 8;

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
    /// The random bits of the areas.
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

    /// Draws a cell, unless it is known: alone, or together with those ahead where it follows the ones before.
    #[inline]
    pub(super) fn find(&mut self, streams: &[Stream], cell: i64, with_area: bool, per_quantum: f64) {
        if cell < self.first || cell - self.first >= self.count as i64 {
            self.draw(streams, cell, per_quantum);
        }
        if with_area && !self.areas_known {
            self.draw_areas(streams);
        }
    }

    fn draw(&mut self, streams: &[Stream], cell: i64, per_quantum: f64) {
        let ahead = self.count > 0 && cell == self.first + self.count as i64;
        let behind = self.count > 0 && cell == self.first - 1;
        self.count = if ahead || behind { BATCH } else { 1 };
        self.first = if behind { cell - (BATCH as i64 - 1) } else { cell };
        self.areas_known = false;
        for (drawn, stream) in self.drawn.iter_mut().zip(streams) {
            if self.count == 1 {
                let words = stream.words(cell, 0, 0);
                (drawn.increments[0], drawn.words[0]) =
                    (quanta(normal(words[0], lane(stream, cell, 0, 0)), per_quantum), words[1]);
                continue;
            }
            let [words, more] = stream.words_of_cells::<BATCH>(self.first);
            drawn.words = more;
            for place in 0..BATCH {
                let cell = self.first + place as i64;
                drawn.increments[place] = quanta(normal(words[place], lane(stream, cell, 0, 0)), per_quantum);
            }
        }
    }

    fn draw_areas(&mut self, streams: &[Stream]) {
        self.areas_known = true;
        for (drawn, stream) in self.drawn.iter_mut().zip(streams) {
            for place in 0..self.count {
                let more = lane(stream, self.first + place as i64, 0, 1);
                drawn.areas[place] = normal(drawn.words[place], more) / 12f64.sqrt();
            }
        }
    }
}
