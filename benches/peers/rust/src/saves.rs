//! Lotka-Volterra at 1e-8 with 100 saves: the largest relative error of a save.

use crate::measure::{Competitor, compare};
use costate_solvers::{Dop853, Method, Problem, SaveAt, Solution, Tolerance, Tsit5, Vern6, Vern7, Vern8, Vern9, ode};
use differential_equations::prelude::{ExplicitRungeKutta, IVP, ODE};
use nalgebra::{SVector, dvector};

const RATES: [f64; 4] = [1.5, 1.0, 3.0, 1.0];

struct Prey;

impl ode_solvers::System<f64, ode_solvers::Vector2<f64>> for Prey {
    fn system(&self, _t: f64, y: &ode_solvers::Vector2<f64>, dy: &mut ode_solvers::Vector2<f64>) {
        let [a, b, c, d] = RATES;
        dy[0] = a * y[0] - b * y[0] * y[1];
        dy[1] = -c * y[1] + d * y[0] * y[1];
    }
}

impl ODE<f64, SVector<f64, 2>> for Prey {
    fn diff(&self, _t: f64, y: &SVector<f64, 2>, dy: &mut SVector<f64, 2>) {
        let [a, b, c, d] = RATES;
        dy[0] = a * y[0] - b * y[0] * y[1];
        dy[1] = -c * y[1] + d * y[0] * y[1];
    }
}

fn ours(method: impl Method + Copy, tolerance: f64) -> Solution<f64> {
    let model = ode!(|_t, [u, v], [a, b, c, d]| [a * u - b * u * v, -c * v + d * u * v]);
    let problem = Problem::ode(model, [1.0, 1.0], &dvector![RATES[0], RATES[1], RATES[2], RATES[3]], 0.0..10.0);
    let control = Tolerance::new(tolerance, tolerance);
    problem.solve(method, control, SaveAt::every(0.1)).expect("it is solvable")
}

fn error(states: impl Iterator<Item = [f64; 2]>, exact: &[[f64; 2]]) -> f64 {
    let relative = |(y, exact): ([f64; 2], &[f64; 2])| {
        ((y[0] - exact[0]) / exact[0]).abs().max(((y[1] - exact[1]) / exact[1]).abs())
    };
    states.zip(exact).map(relative).fold(0.0, f64::max)
}

pub fn lotka_volterra() {
    let exact: Vec<[f64; 2]> = ours(Vern9, 1e-14).saves().map(|(_, y)| [y[0], y[1]]).collect();
    let exact = exact.as_slice();
    fn library<M: Method + Copy + 'static>(method: M, tolerance: f64, exact: &[[f64; 2]]) -> Competitor<'_> {
        let name = format!("{} at {tolerance:e}", method.name());
        Competitor::new(name, move || error(ours(method, tolerance).saves().map(|(_, y)| [y[0], y[1]]), exact))
    }
    let competitors = [
        Competitor::new("ode_solvers dop853 at 1e-8", || {
            let start = ode_solvers::Vector2::new(1.0, 1.0);
            let mut stepper = ode_solvers::Dop853::new(Prey, 0.0, 10.0, 0.1, start, 1e-8, 1e-8);
            stepper.integrate().expect("it is solvable");
            error(stepper.y_out().iter().map(|y| [y[0], y[1]]), exact)
        }),
        Competitor::new("differential-equations dop853 at 1e-8", || {
            let solver = ExplicitRungeKutta::dop853().rtol(1e-8).atol(1e-8);
            let problem = IVP::ode(&Prey, 0.0, 10.0, SVector::<f64, 2>::new(1.0, 1.0));
            let solution = problem.even(0.1).method(solver).solve().expect("it is solvable");
            error(solution.y.iter().map(|y| [y[0], y[1]]), exact)
        }),
        library(Tsit5, 1e-8, exact),
        library(Vern6, 1e-8, exact),
        library(Vern7, 1e-7, exact),
        library(Vern7, 1e-8, exact),
        library(Vern8, 1e-6, exact),
        library(Vern8, 1e-7, exact),
        library(Vern8, 1e-8, exact),
        library(Vern9, 1e-8, exact),
        library(Dop853, 9e-7, exact),
        library(Dop853, 1e-7, exact),
        library(Dop853, 1e-8, exact),
    ];
    compare("Lotka-Volterra, 100 saves: largest relative error of a save", 3000, &competitors);
}
