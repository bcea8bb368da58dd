//! The gradients whose times others have published, beside the plain solve of the same run. `cargo bench --bench published`, and with words
//! behind `--` only the rows that contain one: `pharmacology`, `5 cells`, `17 cells`, `32 cells`.
//!
//! Ma, Dixit, Innes, Guo & Rackauckas (IEEE HPEC 2021, arXiv 1812.01892) and the benchmarks that grew from it: a model of
//! pharmacokinetics and -dynamics with eleven doses, and the Brusselator with rates of its own in every cell, of 5 and 17 cells a side. Then
//! the Brusselator with 2,048 states, by all of them; and with `COSTATE_PICTURE=docs/scaling.svg` the cost as the number of parameters
//! grows, beside the published curves.

#[path = "../examples/compare_sensitivities/brusselator.rs"]
#[allow(dead_code)]
mod brusselator;
#[path = "../solvers/tests/stiff/brusselator.rs"]
mod brusselator_in_the_plane;
#[path = "published/pharmacology.rs"]
mod pharmacology;
#[path = "reference/rounds.rs"]
mod rounds;
#[path = "published/scaling.rs"]
mod scaling;
#[path = "published/whole.rs"]
mod whole;

use brusselator::Brusselator;
use costate::prelude::*;
use costate::sensitivity::Strategy;
use costate::solvers::{KenCarp4, Method};
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

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |row: &str| words.is_empty() || words.iter().any(|word| row.contains(word.as_str()));
    if wanted("pharmacology") {
        pharmacology::run();
    }
    if wanted("5 cells") {
        cells("Brusselator, 5 cells a side, 100 rates, Rodas5P", &Cells::new(5, 10.0), Rodas5P);
    }
    if wanted("17 cells") {
        cells("Brusselator, 17 cells a side, 1,156 rates, Rodas5P", &Cells::new(17, 1.0), Rodas5P);
        cells("Brusselator, 17 cells a side, 1,156 rates, KenCarp4", &Cells::new(17, 1.0), KenCarp4);
    }
    if wanted("32 cells") {
        whole::run();
    }
    if let Ok(path) = std::env::var("COSTATE_PICTURE") {
        scaling::picture(&path).expect("the picture can be written");
    }
}
