//! [`Increment`]: what one step of an explicit Runge-Kutta method adds, and its transposed derivative.

use crate::discrete_adjoint::field::Field;
use costate_ad::{At, Real, Vjp};
use costate_solvers::{Ode, Tableau};

/// `Psi_h(t, y) = h sum of b_i k_i`, with room for the stages.
#[derive(Clone, Debug)]
pub(super) struct Increment<R> {
    tableau: &'static Tableau,
    n: usize,
    /// The arguments and the slopes of the stages, one after the other.
    arguments: Vec<R>,
    slopes: Vec<R>,
}

/// Where a step starts, and how long it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) t: f64,
    pub(super) h: f64,
}

impl<R: Real> Increment<R> {
    pub(super) fn new(tableau: &'static Tableau, n: usize) -> Self {
        let zeros = vec![R::zero(); tableau.b().len() * n];
        Increment { tableau, n, arguments: zeros.clone(), slopes: zeros }
    }

    /// Adds `factor * Psi_h(t, y)` to `out`.
    pub(super) fn add<S: Ode>(&mut self, system: &S, step: Step, y: &[R], p: &[R], factor: f64, out: &mut [R]) {
        let (n, tableau) = (self.n, self.tableau);
        for stage in 0..tableau.b().len() {
            let argument = &mut self.arguments[stage * n..][..n];
            argument.copy_from_slice(y);
            let (before, rest) = self.slopes.split_at_mut(stage * n);
            for (&a, slope) in tableau.a[stage].iter().zip(before.chunks_exact(n)).filter(|(a, _)| **a != 0.0) {
                argument.iter_mut().zip(slope).for_each(|(y, &k)| *y += k * (step.h * a));
            }
            system.rhs(R::from(step.t + tableau.c[stage] * step.h), argument, p, &mut rest[..n]);
        }
        for (&b, slope) in tableau.b().iter().zip(self.slopes.chunks_exact(n)).filter(|(b, _)| **b != 0.0) {
            out.iter_mut().zip(slope).for_each(|(out, &k)| *out += k * (factor * step.h * b));
        }
    }
}

impl Increment<f64> {
    /// For a cotangent `w` of the increment that was computed last: adds those of the state and the parameters.
    pub(super) fn pull_back<S: Ode>(
        &self,
        vjp: &mut Vjp<'_, Field<'_, S>>,
        step: Step,
        p: &[f64],
        w: &[f64],
        [y_bar, p_bar]: [&mut [f64]; 2],
    ) {
        let (n, tableau) = (self.n, self.tableau);
        let mut slope_bars: Vec<f64> = tableau.b().iter().flat_map(|b| w.iter().map(move |w| w * b * step.h)).collect();
        let mut argument_bar = vec![0.0; n];
        for stage in (0..tableau.b().len()).rev() {
            let (before, rest) = slope_bars.split_at_mut(stage * n);
            let at = At { t: step.t + tableau.c[stage] * step.h, y: &self.arguments[stage * n..][..n], p };
            argument_bar.fill(0.0);
            vjp.apply(at, &rest[..n], &mut argument_bar, p_bar, &mut 0.0);
            for (&a, bar) in tableau.a[stage].iter().zip(before.chunks_exact_mut(n)) {
                bar.iter_mut().zip(&argument_bar).for_each(|(bar, x)| *bar += step.h * a * x);
            }
            y_bar.iter_mut().zip(&argument_bar).for_each(|(y_bar, x)| *y_bar += x);
        }
    }
}
