//! [`forward_block`]: forward mode inside reverse mode.

use crate::gradient::CHUNK;
use crate::level::Level;
use crate::tape::{check, record_wide};
use crate::{Dual, Var};
use std::convert::Infallible;

/// Runs a piece of a program on dual numbers, and records its Jacobian in place of its operations.
///
/// For a piece with few inputs and many operations, such as the right-hand side of a small differential equation or a
/// long scalar loop: the tape grows by one node for each output, however much happens between. It costs one run of `f` for
/// every [`CHUNK`] inputs that vary. `f` is called at least once.
///
/// ```
/// use costate_ad::{forward_block, gradient};
/// use nalgebra::dvector;
///
/// // Newton's method for the square root of x, as one node.
/// let (value, slope) = gradient(
///     |x| forward_block(|x| vec![(0..60).fold(x[0], |y, _| 0.5 * (y + x[0] / y))], &[x[0]])[0],
///     &dvector![9.0],
/// );
/// assert_eq!(value, 3.0);
/// assert!((slope[0] - 1.0 / 6.0).abs() < 1e-15);
/// ```
///
/// # Panics
/// If an input belongs to another tape, `f` returns different numbers of outputs from run to run, or as
/// [`derivative`](crate::derivative).
pub fn forward_block(f: impl FnMut(&[Dual<f64, CHUNK>]) -> Vec<Dual<f64, CHUNK>>, inputs: &[Var]) -> Vec<Var> {
    forward_block_chunked(f, inputs)
}

/// [`forward_block`] with `N` inputs in one run.
///
/// # Panics
/// As [`forward_block`].
pub fn forward_block_chunked<const N: usize>(
    mut f: impl FnMut(&[Dual<f64, N>]) -> Vec<Dual<f64, N>>,
    inputs: &[Var],
) -> Vec<Var> {
    let Ok(outputs) = try_forward_block(|x| Ok::<_, Infallible>(f(x)), inputs);
    outputs
}

/// [`forward_block_chunked`] for a closure that can fail, as a differential equation solver can; its error is passed on, and
/// nothing is recorded.
///
/// ```
/// use costate_ad::{Dual, gradient, try_forward_block};
/// use nalgebra::dvector;
///
/// let logarithm = |x: &[Dual<f64, 1>]| if x[0] > 0.0 { Ok(vec![x[0].ln()]) } else { Err("not positive") };
/// let (_, slope) = gradient(|x| try_forward_block(logarithm, x.as_slice()).unwrap()[0], &dvector![4.0]);
/// assert_eq!(slope, dvector![0.25]);
/// assert_eq!(try_forward_block(logarithm, &[(-1.0).into()]).unwrap_err(), "not positive");
/// ```
///
/// # Errors
/// Whatever `f` returns.
///
/// # Panics
/// As [`forward_block`].
pub fn try_forward_block<const N: usize, E>(
    mut f: impl FnMut(&[Dual<f64, N>]) -> Result<Vec<Dual<f64, N>>, E>,
    inputs: &[Var],
) -> Result<Vec<Var>, E> {
    const { assert!(N > 0, "a chunk has at least one lane") };
    let varying: Vec<usize> = (0..inputs.len()).filter(|&j| !inputs[j].is_constant()).collect();
    let mut duals: Vec<Dual<f64, N>> = inputs.iter().map(|x| Dual::constant(x.value())).collect();
    let Some(&first) = varying.first() else {
        return Ok(f(&duals)?.into_iter().map(|y| Var::constant(y.value)).collect());
    };
    let level = Level::enter();
    let mut rows: Vec<Row> = Vec::new();
    for chunk in varying.chunks(N) {
        for (lane, &j) in chunk.iter().enumerate() {
            check(inputs[j].tape());
            duals[j] = Dual::variable(inputs[j].value(), lane);
        }
        let outputs = f(&duals)?;
        if rows.is_empty() {
            rows = outputs.iter().map(|y| Row { value: y.value, edges: Vec::new() }).collect();
        }
        assert_eq!(rows.len(), outputs.len(), "forward_block: {} outputs, now {}", rows.len(), outputs.len());
        for (lane, &j) in chunk.iter().enumerate() {
            duals[j] = Dual::constant(inputs[j].value());
            rows.iter_mut().zip(&outputs).for_each(|(row, y)| row.add(inputs[j], y.derivatives[lane]));
        }
    }
    level.refuse_outer(|input, look| {
        let plain: Vec<_> = inputs.iter().map(|x| input(x.value())).collect();
        f(&plain).into_iter().flatten().for_each(look);
    });
    Ok(rows.into_iter().map(|row| row.record(inputs[first].tape())).collect())
}

/// An output, and how it hangs on the tape.
struct Row {
    value: f64,
    edges: Vec<(u32, f64)>,
}

impl Row {
    /// A slope that is 0 needs no edge, and neither does an infinite one behind a chain that is 0.
    fn add(&mut self, input: Var, slope: f64) {
        let edges = input.edges().filter(|&(_, partial)| slope != 0.0 && partial != 0.0);
        self.edges.extend(edges.map(|(parent, partial)| (parent, partial * slope)));
    }

    fn record(self, tape: u32) -> Var {
        if self.edges.is_empty() {
            Var::constant(self.value)
        } else {
            record_wide(self.value, tape, self.edges.len(), |edges| {
                self.edges.iter().for_each(|&(parent, partial)| edges.push(parent, partial));
            })
        }
    }
}
