//! A drug with two peripheral compartments, saturable elimination, and an effect on a response: 14 parameters, a dose a day.

use crate::rounds::rounds;
use costate::prelude::*;
use costate::solvers::Event;
use std::hint::black_box;

/// Depot, centre, two peripheries, response (`SimpleODEAD.jmd` of SciMLBenchmarks).
#[derive(Clone, Copy)]
struct Pharmacology;

impl Ode for Pharmacology {
    fn rhs<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
        let [ka, cl, vc, q, vp, kin, kout, ic50, imax, gamma] = std::array::from_fn(|i| p[i]);
        let [vmax, km, q2, vp2] = std::array::from_fn(|i| p[10 + i]);
        let (centre, first, second) = (y[1] / vc, y[2] / vp, y[3] / vp2);
        let effect = centre.powf(gamma);
        dy[0] = -ka * y[0];
        dy[1] = ka * y[0] - (cl + vmax / (km + centre) + q) * centre + q * first - q2 * centre + q2 * second;
        dy[2] = q * centre - q * first;
        dy[3] = q2 * centre - q2 * second;
        dy[4] = kin * (R::one() - imax * effect / (ic50.powf(gamma) + effect)) - kout * y[4];
    }
}

const RATES: [f64; 14] = [1.0, 1.0, 20.0, 2.0, 10.0, 10.0, 2.0, 2.0, 1.0, 1.0, 0.0, 2.0, 0.5, 100.0];
const DAYS: usize = 10;

fn dose<R: Real>(_t: R, y: &mut [R], _p: &mut [R]) {
    y[0] += 100.0;
}

fn problem<R: Real>(x: &DVector<R>) -> Problem<impl Ode + Clone + 'static, R> {
    let start = [100.0, f64::EPSILON, f64::EPSILON, f64::EPSILON, 5.0].map(R::from);
    let doses: Vec<f64> = (0..=DAYS).map(|day| 24.0 * day as f64).collect();
    Problem::ode(Pharmacology, start, x, 0.0..24.0 * DAYS as f64).with_event(Event::at(doses).then(reset!(dose)))
}

/// The loss looks at the first 50 hours of the ten days that are solved, as the published one does.
fn saves() -> SaveAt {
    SaveAt::times((0..=100).map(|half_hour| 0.5 * f64::from(half_hour)).collect::<Vec<f64>>())
}

fn loss<R: Real>(solution: &Solution<R>) -> R {
    let squares = solution.saves().flat_map(|(_, y)| y).map(|&y| (R::one() - y) * (R::one() - y));
    squares.fold(R::zero(), |sum, square| sum + square) * 0.5
}

fn gradient<G: GradientStrategy>(strategy: &G, rates: &DVector<f64>) -> DVector<f64> {
    let run = |x: &DVector<Var>| {
        let solution = strategy.solve(&problem(x), Tsit5, Tolerance::new(1e-7, 1e-5), saves())?;
        Ok::<_, SolveError>(loss(&solution))
    };
    try_gradient(run, black_box(rates)).expect("it is solvable").1
}

pub fn run() {
    let rates = DVector::from_row_slice(&RATES);
    let plain = || {
        let solution = problem(black_box(&rates)).solve(Tsit5, Tolerance::new(1e-7, 1e-5), saves());
        loss(&solution.expect("it is solvable"))
    };
    let (discrete, forward) = (DiscreteAdjoint::default(), Forward);
    let difference = (gradient(&forward, &rates) - gradient(&discrete, &rates)).amax();
    println!("pharmacology: the two gradients differ by {difference:.1e}");
    rounds(
        "pharmacology, Tsit5, 14 rates, 11 doses",
        &mut [
            ("plain solve and loss", &mut || {
                black_box(plain());
            }),
            ("forward", &mut || {
                black_box(gradient(&forward, &rates));
            }),
            ("discrete-adjoint", &mut || {
                black_box(gradient(&discrete, &rates));
            }),
        ],
    );
}
