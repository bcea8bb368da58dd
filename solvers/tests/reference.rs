//! The simplest possible fixed-step loop over a tableau, as an oracle: the engine agrees with it to rounding, for every
//! number of states, so that its paths for small and for large systems agree too.

use costate_solvers::{FixedStep, Method, Ode, Problem, Real, Rk4, SaveAt, Tableau, Tsit5};
use nalgebra::{DVector, dvector};

/// Uncoupled pendulums, each with a frequency of its own: the first component is the same for every size.
#[derive(Clone, Copy)]
struct Decay;

impl Ode for Decay {
    fn rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        for (c, slope) in dy.iter_mut().enumerate() {
            *slope = -p[0] * (1.0 + c as f64) * y[c].sin() + t.cos();
        }
    }
}

/// Steps by the definition of a Runge-Kutta method.
fn plain_loop(tableau: &Tableau, y0: &DVector<f64>, p: &DVector<f64>, h: f64, steps: usize) -> DVector<f64> {
    let mut y = y0.clone();
    for step in 0..steps {
        let t = step as f64 * h;
        let mut k: Vec<DVector<f64>> = Vec::new();
        for (c, row) in tableau.c.iter().zip(tableau.a) {
            let argument = row.iter().zip(&k).fold(y.clone(), |sum, (a, k)| sum + k * *a * h);
            let mut slope = y.clone();
            Decay.rhs(t + c * h, argument.as_slice(), p.as_slice(), slope.as_mut_slice());
            k.push(slope);
        }
        y = tableau.b().iter().zip(&k).fold(y.clone(), |sum, (b, k)| sum + k * *b * h);
    }
    y
}

fn check<M: Method + Copy>(method: M) {
    let p = dvector![0.8];
    let mut first = None;
    for n in 1..=12 {
        let y0 = DVector::from_fn(n, |c, _| 1.0 + 0.1 * c as f64);
        let problem = Problem::ode(Decay, &y0, &p, 0.0..2.0);
        let y = problem.solve(method, FixedStep(0.125), SaveAt::end()).unwrap().last().clone();
        let oracle = plain_loop(method.tableau().unwrap(), &y0, &p, 0.125, 16);
        assert!((&y - oracle).amax() < 1e-14, "{} with {n} states", method.name());
        assert_eq!(*first.get_or_insert(y[0]), y[0], "{}: {n} states change the first one", method.name());
    }
}

#[test]
fn the_engine_is_the_plain_loop_for_every_number_of_states() {
    check(Rk4);
    check(Tsit5);
}
