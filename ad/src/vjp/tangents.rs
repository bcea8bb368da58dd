//! [`TangentVjp`]: vector-Jacobian products of a right-hand side's derivatives along directions.

use super::{At, RightHandSide};
use crate::tape::Recorder;
use crate::{Dual, Var};

/// Directions in one recording: a right-hand side is recorded once for as many.
const TOGETHER: usize = 8;

/// Products with second derivatives of one right-hand side, at as many points as one likes: reverse mode over forward mode.
///
/// What a linearly implicit step needs of a right-hand side on the way back: its stages contain the Jacobian times a vector, and here that
/// product is differentiated without a second derivative ever being formed.
///
/// ```
/// use costate_ad::{At, Real, RightHandSide, TangentVjp, Towards};
///
/// struct Square;
/// impl RightHandSide for Square {
///     fn eval<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
///         dy[0] = p[0] * y[0] * y[0] + t * p[0];
///     }
/// }
///
/// let (mut y_bar, mut p_bar) = ([0.0], [0.0]);
/// let at = At { t: 1.0, y: &[3.0], p: &[5.0] };
/// // 2 p y u + p s for u = 7 and s = 2, with the cotangent 10; nothing of the value.
/// let towards = Towards { dt: &[2.0], dy: &[7.0] };
/// TangentVjp::new(&Square).apply(at, towards, (&[0.0], &[10.0]), &mut y_bar, &mut p_bar);
/// assert_eq!((y_bar, p_bar), ([700.0], [440.0]));
/// ```
pub struct TangentVjp<'f, F: ?Sized> {
    rhs: &'f F,
    /// The states, then the parameters.
    x: Vec<Var>,
    y: Vec<Dual<Var, TOGETHER>>,
    p: Vec<Dual<Var, TOGETHER>>,
    dy: Vec<Dual<Var, TOGETHER>>,
    seeds: Vec<(Var, f64)>,
}

/// Directions of time and state.
#[derive(Clone, Copy, Debug)]
pub struct Towards<'a> {
    /// How fast the time moves, in each of them.
    pub dt: &'a [f64],
    /// How fast the state moves, one direction after another.
    pub dy: &'a [f64],
}

impl<'f, F: RightHandSide + ?Sized> TangentVjp<'f, F> {
    /// Of this right-hand side.
    pub fn new(rhs: &'f F) -> Self {
        TangentVjp { rhs, x: vec![], y: vec![], p: vec![], dy: vec![], seeds: vec![] }
    }

    /// **Adds** to `y_bar` and `p_bar` the cotangents of the state and the parameters that belong to the cotangent `w` of `f(t, y, p)`
    /// and to those `w_along` of its derivatives along the directions, one after another.
    ///
    /// # Panics
    /// If `w` is not as long as the state, or there are not as many cotangents as directions.
    pub fn apply(
        &mut self,
        at: At<'_>,
        towards: Towards<'_>,
        (w, w_along): (&[f64], &[f64]),
        y_bar: &mut [f64],
        p_bar: &mut [f64],
    ) {
        let (n, count) = (at.y.len(), towards.dt.len());
        let lengths = (w.len(), towards.dy.len(), w_along.len());
        assert_eq!(lengths, (n, count * n, count * n), "sizes of w, and of {count} directions and their cotangents");
        for first in (0..count.max(1)).step_by(TOGETHER) {
            let few = first..(first + TOGETHER).min(count);
            let towards = Towards { dt: &towards.dt[few.clone()], dy: &towards.dy[few.start * n..few.end * n] };
            let w = if first == 0 { w } else { &[] };
            self.apply_few(at, towards, (w, &w_along[few.start * n..few.end * n]), y_bar, p_bar);
        }
    }

    fn apply_few(
        &mut self,
        at: At<'_>,
        towards: Towards<'_>,
        (w, w_along): (&[f64], &[f64]),
        y_bar: &mut [f64],
        p_bar: &mut [f64],
    ) {
        let n = at.y.len();
        let recorder = Recorder::open();
        let TangentVjp { rhs, x, y, p, dy, seeds } = self;
        x.clear();
        recorder.inputs(at.y.iter().chain(at.p).copied(), x);
        y.clear();
        y.extend(x[..n].iter().map(|&value| Dual::constant(value)));
        p.clear();
        p.extend(x[n..].iter().map(|&value| Dual::constant(value)));
        dy.clear();
        dy.resize(n, Dual::constant(Var::constant(0.0)));
        let mut t = Dual::constant(Var::constant(at.t));
        for (direction, (&dt, u)) in towards.dt.iter().zip(towards.dy.chunks_exact(n.max(1))).enumerate() {
            t.derivatives[direction] = dt.into();
            y.iter_mut().zip(u).for_each(|(y, &u)| y.derivatives[direction] = u.into());
        }
        rhs.eval(t, y, p, dy);
        seeds.clear();
        seeds.extend(dy.iter().zip(w).map(|(dy, &w)| (dy.value, w)));
        for (direction, w) in w_along.chunks_exact(n.max(1)).enumerate() {
            seeds.extend(dy.iter().zip(w).map(|(dy, &w)| (dy.derivatives[direction], w)));
        }
        let recording = recorder.finish();
        let adjoints = recording.sweep(seeds.iter().copied());
        let bars = y_bar.iter_mut().chain(p_bar);
        bars.zip(adjoints.of_inputs(n + at.p.len())).for_each(|(bar, adjoint)| *bar += adjoint);
    }
}
