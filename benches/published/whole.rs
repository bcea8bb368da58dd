//! The Brusselator with 2,048 states and the gradient of what is left of its first species, by all of them and by its three terms.

use crate::brusselator_in_the_plane::Brusselator;
use crate::rounds::rounds;
use costate::prelude::*;
use costate::solvers::Bdf;
use std::hint::black_box;

const SIDE: usize = 32;
const STATES: usize = 2 * SIDE * SIDE;
const END: f64 = 11.5;
/// Directions in which dual numbers go: the terms, and some of the initial state.
const DIRECTIONS: usize = 8;

/// The initial state, then `A`, `B` and `alpha`.
fn inputs() -> DVector<f64> {
    let start = Brusselator { side: SIDE }.start();
    DVector::from_iterator(STATES + 3, start.iter().copied().chain(Brusselator::TERMS))
}

fn problem<R: Real>(x: &DVector<R>) -> Problem<Brusselator, R> {
    let (start, terms) = (x.rows(0, STATES).into_owned(), x.rows(STATES, 3).into_owned());
    Problem::ode(Brusselator { side: SIDE }, start, &terms, 0.0..END)
}

/// The sum of the first species at the end.
fn loss<R: Real>(solution: &Solution<R>) -> R {
    solution.last().iter().copied().step_by(2).fold(R::zero(), |sum, u| sum + u)
}

fn plain<R: Real>(x: &DVector<R>, tolerance: &Tolerance) -> R {
    loss(&problem(x).solve(Bdf::default(), tolerance, SaveAt::end()).expect("it is solvable"))
}

fn gradient(tolerance: &Tolerance) -> DVector<f64> {
    let run = |x: &DVector<Var>| {
        DiscreteAdjoint::default()
            .solve(&problem(x), Bdf::default(), tolerance, SaveAt::end())
            .map(|solution| loss(&solution))
    };
    try_gradient(run, &inputs()).expect("it is solvable").1
}

/// Unit directions of the terms, and behind them others of the initial state, of numbers that the golden section spreads evenly.
fn direction(index: usize) -> DVector<f64> {
    DVector::from_fn(STATES + 3, |i, _| match index {
        0..3 => f64::from(i == STATES + index),
        _ if i < STATES => 0.2 + ((1 + i * index) as f64 * 0.618_033_988_749_895).fract(),
        _ => 0.0,
    })
}

/// How far the gradient is from dual numbers through the same steps, and from one at a tolerance of which the error is far below.
fn errors(tolerance: &Tolerance) {
    let found = gradient(tolerance);
    let directions: Vec<DVector<f64>> = (0..DIRECTIONS).map(direction).collect();
    let moving = DVector::from_fn(STATES + 3, |i, _| {
        let mut x = Dual::<f64, DIRECTIONS>::constant(inputs()[i]);
        (0..DIRECTIONS).for_each(|k| x.derivatives[k] = directions[k][i]);
        x
    });
    let exact = plain(&moving, tolerance).derivatives;
    let largest = exact.iter().fold(0.0, |most: f64, slope| most.max(slope.abs()));
    let off = |k: usize| (directions[k].dot(&found) - exact[k]).abs();
    let worst = (0..DIRECTIONS).map(off).fold(0.0, f64::max) / largest;
    println!("by A, B, alpha: {:?}", &found.as_slice()[STATES..]);
    println!(
        "against dual numbers through the same steps, in {DIRECTIONS} directions: {worst:.1e} of the largest derivative at most"
    );
    let tight = gradient(&Tolerance::new(1e-9, 1e-9));
    let [of_states, of_terms] = [(0, STATES), (STATES, 3)].map(|(from, count)| {
        let tight = tight.rows(from, count);
        (found.rows(from, count) - tight).norm() / tight.norm()
    });
    println!("against a tolerance of 1e-9: {of_states:.1e} relative by the initial state, {of_terms:.1e} by the terms");
}

pub fn run() {
    let (inputs, tolerance) = (inputs(), Tolerance::new(1e-6, 1e-6));
    errors(&tolerance);
    rounds(
        "Brusselator, 2,048 states, Bdf, 1e-6",
        &mut [
            ("plain solve", &mut || {
                black_box(plain(&inputs, &tolerance));
            }),
            ("discrete-adjoint", &mut || {
                black_box(gradient(&tolerance));
            }),
        ],
    );
}
