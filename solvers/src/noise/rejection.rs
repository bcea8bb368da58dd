//! [`Rejection`]: a fresh path, drawn as it is asked for.

use super::normal::normal;
use super::philox::Stream;
use super::split::Split;
use crate::{SolveError, StochasticError};

/// A piece of the path that was drawn, up to the time `end`.
#[derive(Clone, Debug)]
struct Piece {
    end: f64,
    increments: Vec<f64>,
    areas: Vec<f64>,
}

/// Rejection sampling with memory (RSwM3) of Rackauckas and Nie, Adaptive methods for stochastic differential equations via
/// natural embeddings and rejection sampling with memory, Discrete Contin. Dyn. Syst. B 22 (2017) 2731-2761, section 4; the
/// Levy areas are bridged together with the increments.
///
/// Increments are drawn as long as the steps are. A step that is tried again, shorter, divides what was drawn, and the rest
/// waits on a stack for the steps to come: nothing is forgotten, so rejections do not favour tame paths.
#[derive(Clone, Debug)]
pub(super) struct Rejection {
    streams: Vec<Stream>,
    /// How many numbers were drawn.
    drawn: i64,
    /// The step last asked for.
    step: Option<[f64; 2]>,
    /// The pieces that the step consists of, and those after it, the next one last.
    current: Vec<Piece>,
    future: Vec<Piece>,
}

impl Rejection {
    pub(super) fn new(seed: u64, path: u64, dimensions: usize) -> Rejection {
        let streams = (0..dimensions).map(|dimension| Stream::new(seed, path, dimension as u32)).collect();
        Rejection { streams, drawn: 0, step: None, current: Vec::new(), future: Vec::new() }
    }

    /// Calls `write` with each dimension, its increment and its area. A call from the same time as the last one tries its
    /// step again; a call from the end of the last one accepts it.
    pub(super) fn increment(
        &mut self,
        from: f64,
        to: f64,
        mut write: impl FnMut(usize, f64, f64),
    ) -> Result<(), SolveError> {
        match self.step {
            Some([start, _]) if start == from => self.future.extend(self.current.drain(..).rev()),
            Some([_, end]) if end == from => self.current.clear(),
            None => {}
            Some([start, end]) => return Err(StochasticError::NoiseOnlyForward { t: from, start, end }.into()),
        }
        if to <= from {
            return Err(StochasticError::NoiseOnlyForward { t: to, start: from, end: from }.into());
        }
        self.step = Some([from, to]);
        let mut t = from;
        while t < to {
            let piece = match self.future.pop() {
                None => self.fresh(t, to),
                Some(piece) if piece.end <= to => piece,
                Some(piece) => self.divide(piece, t, to),
            };
            t = piece.end;
            self.current.push(piece);
        }
        for dimension in 0..self.streams.len() {
            let (mut t, mut motion, mut integral) = (from, 0.0, 0.0);
            for piece in &self.current {
                let increment = piece.increments[dimension];
                integral += (piece.end - t) * (motion + 0.5 * increment + piece.areas[dimension]);
                motion += increment;
                t = piece.end;
            }
            write(dimension, motion, integral / (to - from) - 0.5 * motion);
        }
        Ok(())
    }

    /// Two standard normal numbers.
    fn draw(&self, dimension: usize) -> [f64; 2] {
        self.streams[dimension].words(self.drawn, 0).map(normal)
    }

    fn fresh(&mut self, from: f64, to: f64) -> Piece {
        self.drawn += 1;
        let root = (to - from).sqrt();
        let numbers = (0..self.streams.len()).map(|dimension| {
            let [w, h] = self.draw(dimension);
            (root * w, root * h / 12f64.sqrt())
        });
        let (increments, areas) = numbers.unzip();
        Piece { end: to, increments, areas }
    }

    /// The part of a piece up to `to`; the rest goes back on the stack.
    fn divide(&mut self, whole: Piece, from: f64, to: f64) -> Piece {
        self.drawn += 1;
        let split = Split::new((to - from) / (whole.end - from), whole.end - from);
        let (mut part, mut rest) = (Piece { end: to, ..whole.clone() }, whole);
        for dimension in 0..self.streams.len() {
            let (w, h) = (rest.increments[dimension], rest.areas[dimension]);
            let [first, second] = self.draw(dimension);
            let x = split.left_increment(w, h, first);
            [part.areas[dimension], rest.areas[dimension]] = split.areas(w, h, x, second);
            (part.increments[dimension], rest.increments[dimension]) = (x, w - x);
        }
        self.future.push(rest);
        part
    }
}
