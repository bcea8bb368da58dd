//! The simplest possible fixed-step loop over a tableau, as an oracle: the engine agrees with it to rounding, for every
//! number of states, so that its paths for small and for large systems agree too.

use costate_solvers::{
    Dop853, FixedStep, Method, Ode, Problem, Real, Rk4, SaveAt, Tableau, Tsit5, Vern6, Vern7, Vern8, Vern9,
};
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

/// The same model where its type knows that it has two states: then the long methods step on arrays too.
#[derive(Clone, Copy)]
struct TwoStates;

impl Ode for TwoStates {
    const STATES: Option<usize> = Some(2);

    fn rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        Decay.rhs(t, y, p, dy);
    }
}

/// A state inside the step: the interpolant over all stages, the extra ones included.
fn plain_interpolant(tableau: &Tableau, y0: &DVector<f64>, p: &DVector<f64>, h: f64, theta: f64) -> DVector<f64> {
    let mut k: Vec<DVector<f64>> = Vec::new();
    for (c, row) in tableau.c.iter().zip(tableau.a) {
        let argument = row.iter().zip(&k).fold(y0.clone(), |sum, (a, k)| sum + k * *a * h);
        let mut slope = y0.clone();
        Decay.rhs(c * h, argument.as_slice(), p.as_slice(), slope.as_mut_slice());
        k.push(slope);
    }
    let weighted = k.iter().enumerate().map(|(i, k)| k * (h * tableau.interpolant_weight(i, theta)));
    weighted.fold(y0.clone(), |sum, term| sum + term)
}

fn check_long<M: Method + Copy>(method: M) {
    let (p, y0, tableau) = (dvector![0.8], dvector![1.0, 1.1], method.tableau().unwrap());
    let two = Problem::ode(TwoStates, &y0, &p, 0.0..2.0);
    let any = Problem::ode(Decay, &y0, &p, 0.0..2.0);
    let (control, times) = (FixedStep(0.25), || SaveAt::times([0.05, 0.1, 0.25, 1.9, 2.0]));
    let (two, any) = (two.solve(method, control, times()).unwrap(), any.solve(method, control, times()).unwrap());
    for ((&t, on_arrays), on_slices) in two.times().iter().zip(two.states()).zip(any.states()) {
        assert_eq!(on_arrays, on_slices, "{} at {t}", method.name());
    }
    let oracle = plain_interpolant(tableau, &y0, &p, 0.25, 0.4);
    assert!((&two.states()[1] - &oracle).amax() < 1e-12, "{}: {} and {oracle}", method.name(), two.states()[1]);
    assert!((two.last() - plain_loop(tableau, &y0, &p, 0.25, 8)).amax() < 1e-12, "{}", method.name());
    // Two of the eight steps have saves inside, and only they pay for the extra stages.
    let evaluations = 1 + 8 * (tableau.stages() - 1) + 2 * tableau.extra_stages;
    assert_eq!(two.statistics().evaluations, evaluations, "{}", method.name());
}

#[test]
fn long_methods_are_the_plain_loop_on_arrays_and_on_slices() {
    check_long(Vern6);
    check_long(Vern7);
    check_long(Vern8);
    check_long(Vern9);
    check_long(Dop853);
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
