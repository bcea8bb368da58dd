//! The gradients whose times others have published, beside the plain solve of the same run. `cargo bench --bench published`
//!
//! Ma, Dixit, Innes, Guo & Rackauckas (IEEE HPEC 2021, arXiv 1812.01892) and the benchmarks that grew from it: a model of
//! pharmacokinetics and -dynamics with eleven doses, and the Brusselator with rates of its own in every cell, of 5 and 17 cells a side. Then
//! the Brusselator with 2,048 states, by all of them; and with `COSTATE_PICTURE=docs/scaling.svg` the cost as the number of parameters
//! grows, beside the published curves.

#[path = "../examples/compare_sensitivities/brusselator.rs"]
#[allow(dead_code)]
mod brusselator;
#[path = "published/pharmacology.rs"]
mod pharmacology;
#[path = "reference/rounds.rs"]
mod rounds;
#[path = "published/scaling.rs"]
mod scaling;
#[path = "../solvers/tests/stiff/brusselator.rs"]
mod whole;

use brusselator::Brusselator;
use costate::prelude::*;
use costate::sensitivity::Strategy;
use costate::solvers::{Bdf, KenCarp4, Method};
use std::hint::black_box;

/// The loss of a Brusselator with rates in every cell on plain numbers, and its gradient by a strategy.
pub struct Cells {
    model: Brusselator,
    rates: DVector<f64>,
    span: f64,
    tolerance: Tolerance,
}

impl Cells {
    /// With `n` cells a side, over this time.
    pub fn new(n: usize, span: f64) -> Cells {
        let model = Brusselator { n };
        Cells { model, rates: model.rates(), span, tolerance: Tolerance::new(1e-7, 1e-5) }
    }

    fn loss<R: Real>(&self, solution: &Solution<R>) -> R {
        let cells = self.model.n * self.model.n;
        let squares = solution.saves().flat_map(|(_, y)| &y[..cells]).map(|&u| (R::one() - u) * (R::one() - u));
        squares.fold(R::zero(), |sum, square| sum + square) * 0.5
    }

    /// The loss.
    pub fn plain<M: Method + Copy>(&self, method: M) -> f64 {
        let problem = Problem::ode(self.model, self.model.start(), black_box(&self.rates), 0.0..self.span);
        self.loss(&problem.solve(method, &self.tolerance, SaveAt::every(0.1)).expect("it is solvable"))
    }

    /// Its gradient by all rates.
    pub fn gradient<G: GradientStrategy, M: Method + Copy + 'static>(&self, strategy: &G, method: M) -> DVector<f64> {
        let loss = |x: &DVector<Var>| {
            let start: Vec<Var> = self.model.start().into_iter().map(Var::from).collect();
            let problem = Problem::ode(self.model, DVector::from_vec(start), x, 0.0..self.span);
            Ok::<_, SolveError>(self.loss(&strategy.solve(&problem, method, &self.tolerance, SaveAt::every(0.1))?))
        };
        try_gradient(loss, black_box(&self.rates)).expect("it is solvable").1
    }
}

/// The plain solve, and the discrete and the Gauss adjoint by the same method.
fn cells<M: Method + Copy + 'static>(title: &str, cells: &Cells, method: M) -> Vec<f64> {
    let (discrete, gauss) = (DiscreteAdjoint::default(), GaussAdjoint::default());
    let difference = (cells.gradient(&gauss, method) - cells.gradient(&discrete, method)).amax();
    println!("{title}: the two gradients differ by {difference:.1e}");
    rounds::rounds(
        title,
        &mut [
            ("plain solve and loss", &mut || {
                black_box(cells.plain(method));
            }),
            (discrete.name(), &mut || {
                black_box(cells.gradient(&discrete, method));
            }),
            (gauss.name(), &mut || {
                black_box(cells.gradient(&gauss, method));
            }),
        ],
    )
}

/// The sum of the first species at the end, by all initial values and the three terms.
fn whole() {
    const END: f64 = 11.5;
    let model = whole::Brusselator { side: 32 };
    let tolerance = Tolerance::new(1e-6, 1e-6);
    let inputs =
        DVector::from_iterator(2 * 32 * 32 + 3, model.start().iter().copied().chain(whole::Brusselator::TERMS));
    let (states, method) = (2 * 32 * 32, Bdf::default());
    let plain = || {
        let problem =
            Problem::ode(model, inputs.rows(0, states).into_owned(), &inputs.rows(states, 3).into_owned(), 0.0..END);
        problem.solve(method, &tolerance, SaveAt::end()).expect("it is solvable").last().iter().step_by(2).sum::<f64>()
    };
    let gradient = || {
        let loss = |x: &DVector<Var>| {
            let problem =
                Problem::ode(model, x.rows(0, states).into_owned(), &x.rows(states, 3).into_owned(), 0.0..END);
            let solution = DiscreteAdjoint::default().solve(&problem, method, &tolerance, SaveAt::end())?;
            Ok::<_, SolveError>(solution.last().iter().copied().step_by(2).sum())
        };
        try_gradient(loss, &inputs).expect("it is solvable").1
    };
    println!("by A, B, alpha: {:?}", &gradient().as_slice()[states..]);
    rounds::rounds(
        "Brusselator, 2,048 states, Bdf, 1e-6",
        &mut [
            ("plain solve", &mut || {
                black_box(plain());
            }),
            ("discrete-adjoint", &mut || {
                black_box(gradient());
            }),
        ],
    );
}

fn main() {
    pharmacology::run();
    cells("Brusselator, 5 cells a side, 100 rates, Rodas5P", &Cells::new(5, 10.0), Rodas5P);
    cells("Brusselator, 17 cells a side, 1,156 rates, Rodas5P", &Cells::new(17, 1.0), Rodas5P);
    cells("Brusselator, 17 cells a side, 1,156 rates, KenCarp4", &Cells::new(17, 1.0), KenCarp4);
    whole();
    if let Ok(path) = std::env::var("COSTATE_PICTURE") {
        scaling::picture(&path).expect("the picture can be written");
    }
}
