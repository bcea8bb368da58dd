//! Models with a solution that is chosen first.

use costate_solvers::{Ode, Real};

/// `u' = q'(t) + p k (g(u) - g(q(t)))`: whatever the term `g`, the stiffness `k` and the parameter `p`, the curve `q(t)` is
/// a solution. So the exact derivative of the solution by `p` is 0, and that of a numerical solution is its error.
#[derive(Clone, Copy, Debug)]
pub struct Manufactured {
    pub term: Term,
    pub curve: Curve,
    pub stiffness: f64,
}

/// The nonlinear term `g`.
#[derive(Clone, Copy, Debug)]
pub enum Term {
    Square,
    Cube,
    Sine,
}

impl Term {
    fn at<R: Real>(self, u: R) -> R {
        match self {
            Term::Square => u * u,
            Term::Cube => u * u * u,
            Term::Sine => u.sin(),
        }
    }
}

/// The solution `q`.
#[derive(Clone, Copy, Debug)]
pub enum Curve {
    Wave,
    SlowWave,
    Decay,
    Hyperbola,
}

impl Curve {
    /// The value and the slope at time `t`.
    pub fn at<R: Real>(self, t: R) -> [R; 2] {
        match self {
            Curve::Wave => [t.sin(), t.cos()],
            Curve::SlowWave => [(0.5 * t).cos(), -0.5 * (0.5 * t).sin()],
            Curve::Decay => [(-t).exp(), -(-t).exp()],
            Curve::Hyperbola => [1.0 / (1.0 + t), -1.0 / ((1.0 + t) * (1.0 + t))],
        }
    }
}

impl Ode for Manufactured {
    const STATES: Option<usize> = Some(1);

    fn rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        let [q, slope] = self.curve.at(t);
        dy[0] = slope + p[0] * self.stiffness * (self.term.at(y[0]) - self.term.at(q));
    }
}

/// `q' = v, v' = -sin t - p (q^3 - sin^3 t)`, a separable Hamiltonian that depends on time, and its solution
/// `(sin t, cos t)`, which does not depend on `p`.
#[derive(Clone, Copy, Debug)]
pub struct Spring;

impl Ode for Spring {
    const STATES: Option<usize> = Some(2);

    fn rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        let sine = t.sin();
        dy[0] = y[1];
        dy[1] = -sine - p[0] * (y[0] * y[0] * y[0] - sine * sine * sine);
    }
}
