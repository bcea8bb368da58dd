//! Arenstorf's orbit and the Pleiades (Hairer, Norsett & Wanner, Solving Ordinary Differential Equations I, sections II.0 and
//! II.10): the largest error of a component at the end.

use crate::measure::{Competitor, compare};
use costate_solvers::{Dop853, Method, Ode, Problem, Real, SaveAt, Tolerance, Tsit5, Vern6, Vern7, Vern8, Vern9, ode};
use differential_equations::prelude::{ExplicitRungeKutta, IVP, ODE};
use nalgebra::{SVector, dvector};

const MOON: f64 = 0.012277471;
const PERIOD: f64 = 17.065216560157964;
const START: [f64; 4] = [0.994, 0.0, 0.0, -2.00158510637908252240537862224];

fn three_bodies<R: Real>(y: [R; 4]) -> [R; 4] {
    let [x, z, vx, vz] = y;
    let earth = 1.0 - MOON;
    let cube = |squared: R| squared * squared.sqrt();
    let to_earth = earth / cube((x + MOON) * (x + MOON) + z * z);
    let to_moon = MOON / cube((x - earth) * (x - earth) + z * z);
    [vx, vz, x + 2.0 * vz - (x + MOON) * to_earth - (x - earth) * to_moon, z - 2.0 * vx - z * to_earth - z * to_moon]
}

fn stars<R: Real>(y: &[R], dy: &mut [R]) {
    dy[..14].copy_from_slice(&y[14..28]);
    dy[14..28].fill(R::zero());
    for i in 0..7 {
        for j in 0..i {
            let (dx, dz) = (y[j] - y[i], y[7 + j] - y[7 + i]);
            let squared = dx * dx + dz * dz;
            let weight = 1.0 / (squared * squared.sqrt());
            let (of_i, of_j) = ((i + 1) as f64 * weight, (j + 1) as f64 * weight);
            dy[14 + i] += dx * of_j;
            dy[21 + i] += dz * of_j;
            dy[14 + j] -= dx * of_i;
            dy[21 + j] -= dz * of_i;
        }
    }
}

#[derive(Clone, Copy)]
struct Stars;

impl Ode for Stars {
    const STATES: Option<usize> = Some(28);

    fn rhs<R: Real>(&self, _t: R, y: &[R], _p: &[R], dy: &mut [R]) {
        stars(y, dy);
    }
}

struct Orbit;

impl ode_solvers::System<f64, ode_solvers::Vector4<f64>> for Orbit {
    fn system(&self, _t: f64, y: &ode_solvers::Vector4<f64>, dy: &mut ode_solvers::Vector4<f64>) {
        dy.copy_from_slice(&three_bodies([y[0], y[1], y[2], y[3]]));
    }
}

impl ODE<f64, SVector<f64, 4>> for Orbit {
    fn diff(&self, _t: f64, y: &SVector<f64, 4>, dy: &mut SVector<f64, 4>) {
        dy.copy_from_slice(&three_bodies([y[0], y[1], y[2], y[3]]));
    }
}

impl ode_solvers::System<f64, ode_solvers::SVector<f64, 28>> for Stars {
    fn system(&self, _t: f64, y: &ode_solvers::SVector<f64, 28>, dy: &mut ode_solvers::SVector<f64, 28>) {
        stars(y.as_slice(), dy.as_mut_slice());
    }
}

impl ODE<f64, SVector<f64, 28>> for Stars {
    fn diff(&self, _t: f64, y: &SVector<f64, 28>, dy: &mut SVector<f64, 28>) {
        stars(y.as_slice(), dy.as_mut_slice());
    }
}

/// The largest difference of a component.
fn distance(y: &[f64], exact: &[f64]) -> f64 {
    y.iter().zip(exact).map(|(y, exact)| (y - exact).abs()).fold(0.0, f64::max)
}

/// A method of this library at one tolerance, on either problem.
fn ours<'a, M: Method + Copy + 'a, S: Ode + Copy + 'a>(
    method: M,
    model: S,
    start: &'a [f64],
    end: f64,
    tolerance: f64,
    exact: &'a [f64],
) -> Competitor<'a> {
    Competitor::new(format!("{} at {tolerance:.1e}", method.name()), move || {
        let problem = Problem::ode(model, start, &dvector![], 0.0..end);
        let solution = problem.solve(method, Tolerance::new(tolerance, tolerance), SaveAt::end());
        distance(solution.expect("it is solvable").last().as_slice(), exact)
    })
}

/// Tolerances over the range in which the errors 1e-4, 1e-6 and 1e-9 lie.
const TOLERANCES: [f64; 10] = [1e-6, 1e-7, 3e-8, 1e-8, 1e-9, 1e-10, 3e-11, 1e-11, 1e-12, 1e-13];

fn all<'a, S: Ode + Copy + 'a>(model: S, start: &'a [f64], end: f64, exact: &'a [f64]) -> Vec<Competitor<'a>> {
    let at = |tolerance: f64| {
        [
            ours(Tsit5, model, start, end, tolerance, exact),
            ours(Vern6, model, start, end, tolerance, exact),
            ours(Vern7, model, start, end, tolerance, exact),
            ours(Vern8, model, start, end, tolerance, exact),
            ours(Vern9, model, start, end, tolerance, exact),
            ours(Dop853, model, start, end, tolerance, exact),
        ]
    };
    TOLERANCES.into_iter().flat_map(at).collect()
}

pub fn arenstorf() {
    let model = ode!(|_t, [x, z, vx, vz], []| three_bodies([x, z, vx, vz]));
    let mut competitors = all(model, &START, PERIOD, &START);
    for tolerance in [1e-6, 1e-8, 1e-10, 1e-12] {
        competitors.push(Competitor::new(format!("ode_solvers dop853 at {tolerance:.1e}"), move || {
            let start = ode_solvers::Vector4::from(START);
            let mut stepper = ode_solvers::Dop853::new(Orbit, 0.0, PERIOD, PERIOD, start, tolerance, tolerance);
            stepper.integrate().expect("it is solvable");
            distance(stepper.y_out().last().expect("an end").as_slice(), &START)
        }));
        competitors.push(Competitor::new(format!("differential-equations dop853 at {tolerance:.1e}"), move || {
            let solver = ExplicitRungeKutta::dop853().rtol(tolerance).atol(tolerance);
            let problem = IVP::ode(&Orbit, 0.0, PERIOD, SVector::<f64, 4>::from(START));
            let solution = problem.method(solver).solve().expect("it is solvable");
            distance(solution.y.last().expect("an end").as_slice(), &START)
        }));
    }
    compare("Arenstorf: largest error at the end", 300, &competitors);
}

pub fn pleiades() {
    let places = [3.0, 3.0, -1.0, -3.0, 2.0, -2.0, 2.0, 3.0, -3.0, 2.0, 0.0, 0.0, -4.0, 4.0];
    let speeds = [0.0, 0.0, 0.0, 0.0, 0.0, 1.75, -1.5, 0.0, 0.0, 0.0, -1.25, 1.0, 0.0, 0.0];
    let start = [places, speeds].concat();
    let exact = Problem::ode(Stars, &start, &dvector![], 0.0..3.0);
    let exact =
        exact.solve(Vern9, Tolerance::new(1e-14, 1e-14), SaveAt::end()).expect("it is solvable").last().clone_owned();
    let mut competitors = all(Stars, &start, 3.0, exact.as_slice());
    let (start, exact) = (&start, exact.as_slice());
    for tolerance in [1e-6, 1e-8, 1e-10, 1e-12] {
        competitors.push(Competitor::new(format!("ode_solvers dop853 at {tolerance:.1e}"), move || {
            let start = ode_solvers::SVector::<f64, 28>::from_column_slice(start);
            let mut stepper = ode_solvers::Dop853::new(Stars, 0.0, 3.0, 3.0, start, tolerance, tolerance);
            stepper.integrate().expect("it is solvable");
            distance(stepper.y_out().last().expect("an end").as_slice(), exact)
        }));
        competitors.push(Competitor::new(format!("differential-equations dop853 at {tolerance:.1e}"), move || {
            let solver = ExplicitRungeKutta::dop853().rtol(tolerance).atol(tolerance);
            let problem = IVP::ode(&Stars, 0.0, 3.0, SVector::<f64, 28>::from_column_slice(start));
            let solution = problem.method(solver).solve().expect("it is solvable");
            distance(solution.y.last().expect("an end").as_slice(), exact)
        }));
    }
    compare("Pleiades: largest error at the end", 200, &competitors);
}
