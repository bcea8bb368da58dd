//! [`Vjp`]: vector-Jacobian products of right-hand sides, the inner loop of every adjoint.

mod coloured;
mod duals;
mod right_hand_side;
mod tangents;
mod taped;

pub use right_hand_side::{At, RightHandSide};
pub use tangents::{TangentVjp, Towards};

use crate::JacobianPattern;
use coloured::Coloured;
use duals::Duals;
use std::fmt;
use taped::Taped;

/// A way to compute a vector-Jacobian product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Engine {
    /// The one that comes with the right-hand side.
    Own,
    /// The whole Jacobian by dual numbers, in one run; for at most 16 states and parameters (and the time).
    Duals,
    /// The sparse Jacobian by dual numbers, in one run for 8 colours.
    ColouredJacobian,
    /// A recording of the right-hand side.
    Tape,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Engine::Own => "the right-hand side's own",
            Engine::Duals => "dual numbers",
            Engine::ColouredJacobian => "coloured sparse Jacobian",
            Engine::Tape => "tape",
        })
    }
}

/// Colours up to which the sparse Jacobian is cheaper than a recording.
const FEW_COLOURS: usize = 16;
/// States and parameters up to which dual numbers are.
const MOST_DIRECTIONS: usize = 16;

/// Vector-Jacobian products of one right-hand side, at as many points as one likes. Only a recording
/// allocates between them.
///
/// ```
/// use costate_ad::{At, Engine, Real, RightHandSide, Vjp};
///
/// struct LotkaVolterra;
/// impl RightHandSide for LotkaVolterra {
///     fn eval<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
///         dy[0] = p[0] * y[0] - p[1] * y[0] * y[1];
///         dy[1] = p[2] * y[0] * y[1] - p[3] * y[1];
///     }
/// }
///
/// let at = At { t: 0.0, y: &[2.0, 3.0], p: &[1.5, 1.0, 0.5, 3.0] };
/// let mut vjp = Vjp::new(&LotkaVolterra, at);
/// assert_eq!(vjp.engine(), Engine::Duals);
///
/// let (mut y_bar, mut p_bar, mut t_bar) = ([0.0; 2], [0.0; 4], 0.0);
/// vjp.apply(at, &[1.0, 0.0], &mut y_bar, &mut p_bar, &mut t_bar);
/// assert_eq!(y_bar, [1.5 - 3.0, -2.0]);
/// assert_eq!(p_bar, [2.0, -6.0, 0.0, 0.0]);
/// ```
///
/// # The choice
/// The right-hand side's [own](RightHandSide::vjp) product if it has one; dual numbers while there are at most 16 states
/// and parameters (and the time, if the right-hand side depends on it); a recording if a row of the Jacobian has more than 16
/// entries; the coloured sparse Jacobian if at most 16 colours
/// suffice and its pattern [holds everywhere](JacobianPattern::holds_everywhere), so that no dependence can be missed
/// at another point; else a recording. [`with_pattern`](Vjp::with_pattern) promises a pattern that cannot be found.
pub struct Vjp<'f, F: ?Sized> {
    rhs: &'f F,
    machine: Machine,
}

/// Dual numbers come in the sizes that vectorise.
enum Machine {
    Own,
    Duals2(Duals<2>),
    Duals4(Duals<4>),
    Duals6(Duals<6>),
    Duals8(Duals<8>),
    Duals16(Duals<16>),
    Coloured(Box<Coloured>),
    Taped(Taped),
}

/// Runs a piece of code on the engine, whichever it is; static dispatch, so that the right-hand side is inlined.
macro_rules! on_engine {
    ($machine:expr, own => $own:expr, $engine:ident => $code:expr) => {
        match $machine {
            Machine::Own => $own,
            Machine::Duals2($engine) => $code,
            Machine::Duals4($engine) => $code,
            Machine::Duals6($engine) => $code,
            Machine::Duals8($engine) => $code,
            Machine::Duals16($engine) => $code,
            Machine::Coloured($engine) => $code,
            Machine::Taped($engine) => $code,
        }
    };
}

impl<'f, F: RightHandSide + ?Sized> Vjp<'f, F> {
    /// Chooses an engine for a right-hand side with as many states and parameters as `at` has. The right-hand side runs
    /// there once, to find out what depends on what.
    pub fn new(rhs: &'f F, at: At<'_>) -> Self {
        if has_own(rhs, at) {
            return Vjp { rhs, machine: Machine::Own };
        }
        if let Some(taped) = dense(rhs, at) {
            return Vjp { rhs, machine: Machine::Taped(taped) };
        }
        let pattern = pattern_at(rhs, at);
        let machine = duals(at, needs_time(&pattern), outputs(rhs, at)).or_else(|| coloured(at, &pattern));
        Vjp { rhs, machine: machine.unwrap_or_else(|| Machine::Taped(Taped::new(at, outputs(rhs, at)))) }
    }

    /// Uses the given engine; `None` if there is none: no product of the right-hand side's [own](Engine::Own), or more
    /// directions than [`Engine::Duals`] takes.
    ///
    /// With [`Engine::ColouredJacobian`], the pattern is that of the branches taken at `at`, also where it does not hold
    /// everywhere.
    pub fn with_engine(rhs: &'f F, at: At<'_>, engine: Engine) -> Option<Self> {
        let machine = match engine {
            Engine::Own => has_own(rhs, at).then_some(Machine::Own)?,
            Engine::Duals => duals(at, needs_time(&pattern_at(rhs, at)), outputs(rhs, at))?,
            Engine::ColouredJacobian => Machine::Coloured(Box::new(Coloured::new(at, &pattern_at(rhs, at)))),
            Engine::Tape => Machine::Taped(Taped::new(at, outputs(rhs, at))),
        };
        Some(Vjp { rhs, machine })
    }

    /// Uses the coloured sparse Jacobian with a pattern that the caller knows to be sufficient, such as the
    /// [union](JacobianPattern::union) of those of several points: a row for each output, and a column for each state,
    /// each parameter, and the time, in this order.
    ///
    /// # Panics
    /// If the pattern has another size.
    pub fn with_pattern(rhs: &'f F, at: At<'_>, pattern: &JacobianPattern) -> Self {
        let expected = (outputs(rhs, at), at.y.len() + at.p.len() + 1);
        assert_eq!((pattern.rows(), pattern.columns()), expected, "rows and columns of the pattern");
        Vjp { rhs, machine: Machine::Coloured(Box::new(Coloured::new(at, pattern))) }
    }

    /// The engine in use.
    pub fn engine(&self) -> Engine {
        match self.machine {
            Machine::Own => Engine::Own,
            Machine::Coloured(_) => Engine::ColouredJacobian,
            Machine::Taped(_) => Engine::Tape,
            _ => Engine::Duals,
        }
    }

    /// **Adds** to `y_bar`, `p_bar` and `t_bar` the cotangents of the state, the parameters and the time that belong to
    /// the cotangent `w` of `f(t, y, p)`: the transposed Jacobians times `w`.
    ///
    /// An element of `w` that is 0 contributes nothing, also where a derivative is infinite.
    ///
    /// # Panics
    /// If the sizes differ from those that the `Vjp` was made for.
    #[inline(always)]
    pub fn apply(&mut self, at: At<'_>, w: &[f64], y_bar: &mut [f64], p_bar: &mut [f64], t_bar: &mut f64) {
        let rhs = self.rhs;
        match &mut self.machine {
            Machine::Duals2(engine) => engine.linearise(rhs, at).pull_back(w, y_bar, p_bar, t_bar),
            Machine::Duals4(engine) => engine.linearise(rhs, at).pull_back(w, y_bar, p_bar, t_bar),
            Machine::Duals6(engine) => engine.linearise(rhs, at).pull_back(w, y_bar, p_bar, t_bar),
            Machine::Duals8(engine) => engine.linearise(rhs, at).pull_back(w, y_bar, p_bar, t_bar),
            _ => self.apply_large(at, w, y_bar, p_bar, t_bar),
        }
    }

    /// [`apply`](Vjp::apply) by the engines whose memory on the stack, beside those for a few numbers, would take longer to set up
    /// than what these do.
    #[inline(never)]
    fn apply_large(&mut self, at: At<'_>, w: &[f64], y_bar: &mut [f64], p_bar: &mut [f64], t_bar: &mut f64) {
        let rhs = self.rhs;
        match &mut self.machine {
            Machine::Duals16(engine) => engine.linearise(rhs, at).pull_back(w, y_bar, p_bar, t_bar),
            Machine::Coloured(engine) => engine.linearise(rhs, at).pull_back(w, y_bar, p_bar, t_bar),
            Machine::Taped(engine) => engine.linearise(rhs, at).pull_back(w, y_bar, p_bar, t_bar),
            _ => {
                rhs.vjp(at, w, y_bar, p_bar, t_bar);
            }
        }
    }

    /// [`apply`](Vjp::apply), and the value of the right-hand side into `dy`.
    ///
    /// # Panics
    /// As `apply`.
    #[inline]
    pub fn apply_with_value(
        &mut self,
        at: At<'_>,
        w: &[f64],
        dy: &mut [f64],
        y_bar: &mut [f64],
        p_bar: &mut [f64],
        t_bar: &mut f64,
    ) {
        let rhs = self.rhs;
        on_engine!(
            &mut self.machine,
            own => {
                rhs.eval(at.t, at.y, at.p, dy);
                rhs.vjp(at, w, y_bar, p_bar, t_bar);
            },
            engine => {
                let linear = engine.linearise(rhs, at);
                linear.value(dy);
                linear.pull_back(w, y_bar, p_bar, t_bar);
            }
        );
    }

    /// [`apply`](Vjp::apply) for several cotangents, one after another in `w`, as a matrix of columns is stored; so are
    /// the results, and `t_bar` has one element for each. The right-hand side is differentiated once.
    ///
    /// # Panics
    /// As `apply`.
    pub fn apply_many(&mut self, at: At<'_>, w: &[f64], y_bar: &mut [f64], p_bar: &mut [f64], t_bar: &mut [f64]) {
        let (rhs, states, parameters, count) = (self.rhs, at.y.len(), at.p.len(), t_bar.len());
        let given = (w.len(), y_bar.len(), p_bar.len());
        let outputs = outputs(rhs, at);
        assert_eq!(given, (count * outputs, count * states, count * parameters), "sizes of {count} cotangents w, y, p");
        let part = |k: usize, length: usize| k * length..(k + 1) * length;
        let parts = (0..count).map(|k| (part(k, outputs), part(k, states), part(k, parameters)));
        on_engine!(
            &mut self.machine,
            own => for ((w_part, s, p), t_bar) in parts.zip(t_bar) {
                rhs.vjp(at, &w[w_part], &mut y_bar[s], &mut p_bar[p], t_bar);
            },
            engine => {
                let linear = engine.linearise(rhs, at);
                for ((w_part, s, p), t_bar) in parts.zip(t_bar) {
                    linear.pull_back(&w[w_part], &mut y_bar[s], &mut p_bar[p], t_bar);
                }
            }
        );
    }
}

fn has_own<F: RightHandSide + ?Sized>(rhs: &F, at: At<'_>) -> bool {
    let (mut y_bar, mut p_bar, mut t_bar) = (vec![0.0; at.y.len()], vec![0.0; at.p.len()], 0.0);
    rhs.vjp(at, &vec![0.0; outputs(rhs, at)], &mut y_bar, &mut p_bar, &mut t_bar)
}

fn outputs<F: RightHandSide + ?Sized>(rhs: &F, at: At<'_>) -> usize {
    rhs.outputs(at.y.len())
}

/// A recording, where a row with more entries than there may be colours says that nothing else serves. It is found in the time of
/// a product; the pattern of a network takes that of thousands.
fn dense<F: RightHandSide + ?Sized>(rhs: &F, at: At<'_>) -> Option<Taped> {
    let (states, parameters, outputs) = (at.y.len(), at.p.len(), outputs(rhs, at));
    if outputs == 0 || states + parameters <= FEW_COLOURS.max(MOST_DIRECTIONS) {
        return None;
    }
    let mut taped = Taped::new(at, outputs);
    let linear = taped.linearise(rhs, at);
    let entries = |row: usize| {
        let mut w = vec![0.0; outputs];
        w[row] = 1.0;
        let (mut y_bar, mut p_bar, mut t_bar) = (vec![0.0; states], vec![0.0; parameters], 0.0);
        linear.pull_back(&w, &mut y_bar, &mut p_bar, &mut t_bar);
        y_bar.iter().chain(&p_bar).filter(|&&entry| entry != 0.0).count()
    };
    // One row may be a boundary's.
    let found = [0, outputs / 2].into_iter().any(|row| entries(row) > FEW_COLOURS);
    found.then_some(taped)
}

/// The pattern with columns for the states, the parameters and the time.
fn pattern_at<F: RightHandSide + ?Sized>(rhs: &F, at: At<'_>) -> JacobianPattern {
    let (states, last) = (at.y.len(), at.y.len() + at.p.len());
    let x: Vec<f64> = at.y.iter().chain(at.p).copied().chain([at.t]).collect();
    JacobianPattern::trace(|x, dy| rhs.eval(x[last], &x[..states], &x[states..last], dy), &x, outputs(rhs, at))
}

/// Whether the right-hand side depends on the time, or might elsewhere.
fn needs_time(pattern: &JacobianPattern) -> bool {
    !pattern.holds_everywhere() || !pattern.column(pattern.columns() - 1).is_empty()
}

fn duals(at: At<'_>, with_time: bool, outputs: usize) -> Option<Machine> {
    Some(match (at.y.len() + at.p.len() + usize::from(with_time)).max(outputs) {
        0..=2 => Machine::Duals2(Duals::new(at, with_time, outputs)),
        3..=4 => Machine::Duals4(Duals::new(at, with_time, outputs)),
        5..=6 => Machine::Duals6(Duals::new(at, with_time, outputs)),
        7..=8 => Machine::Duals8(Duals::new(at, with_time, outputs)),
        9..=MOST_DIRECTIONS => Machine::Duals16(Duals::new(at, with_time, outputs)),
        _ => return None,
    })
}

/// The coloured Jacobian, where it is cheaper than a recording and misses nothing at other points.
fn coloured(at: At<'_>, pattern: &JacobianPattern) -> Option<Machine> {
    if !pattern.holds_everywhere() {
        return None;
    }
    let coloured = Coloured::new(at, pattern);
    (coloured.colours() <= FEW_COLOURS).then(|| Machine::Coloured(Box::new(coloured)))
}
