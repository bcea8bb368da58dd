//! Do four numbers suffice for the Brusselator with diffusion? Its 64 states are projected on their four leading modes, and a
//! network learns how these move.
//!
//! ```text
//! cargo run --release --example brusselator_reduction -- pictures
//! ```

use costate::fit::{Cause, Optimiser, Schedule};
use costate::prelude::*;

/// Points of the grid between the ends, times, modes, and the length of a window.
const POINTS: usize = 32;
const TIMES: usize = 200;
const MODES: usize = 4;
const WINDOW: usize = 10;

/// The one-dimensional Brusselator with diffusion (Hairer and Wanner, Solving ODEs II, section IV.1, problem BRUSS): a column
/// of u and v at the inner points for each of 200 times until 10.
pub fn snapshots() -> Result<DMatrix<f64>, Cause> {
    let width = 1.0 / (POINTS + 1) as f64;
    let system = move |_t: f64, y: &[f64], _p: &[f64], dy: &mut [f64]| {
        let (u, v) = y.split_at(POINTS);
        let at = |x: &[f64], i: usize, end: f64| {
            let left = if i == 0 { end } else { x[i - 1] };
            let right = if i + 1 == POINTS { end } else { x[i + 1] };
            0.02 * (left - 2.0 * x[i] + right) / (width * width)
        };
        for i in 0..POINTS {
            let reaction = u[i] * u[i] * v[i];
            dy[i] = 1.0 + reaction - 4.0 * u[i] + at(u, i, 1.0);
            dy[POINTS + i] = 3.0 * u[i] - reaction + at(v, i, 3.0);
        }
    };
    let bump = |i: usize| 1.0 + (2.0 * std::f64::consts::PI * (i + 1) as f64 * width).sin();
    let start: Vec<f64> = (0..POINTS).map(bump).chain(std::iter::repeat_n(3.0, POINTS)).collect();
    let times: Vec<f64> = (0..TIMES).map(time).collect();
    let problem = Problem::closure(system, start, &DVector::zeros(0), 0.0..times[TIMES - 1]);
    let solution = problem.solve(Tsit5, Tolerance::new(1e-8, 1e-8), SaveAt::times(&times))?;
    Ok(DMatrix::from_columns(solution.states()))
}

fn time(k: usize) -> f64 {
    10.0 * k as f64 / (TIMES - 1) as f64
}

/// The leading modes, and how the fields move in them.
pub struct Reduced {
    mean: DVector<f64>,
    /// Each of a length that makes its coefficients of the size of one.
    modes: DMatrix<f64>,
    /// A column for each time.
    pub coefficients: DMatrix<f64>,
}

impl Reduced {
    /// The proper orthogonal decomposition.
    pub fn new(fields: &DMatrix<f64>) -> Result<Self, Cause> {
        let mean = fields.column_mean();
        let mut away = fields.clone();
        away.column_iter_mut().for_each(|mut column| column -= &mean);
        let decomposed = away.svd(true, true);
        let (left, right) = (decomposed.u.ok_or("no modes")?, decomposed.v_t.ok_or("no modes")?);
        let size = (TIMES as f64).sqrt();
        let scale = DMatrix::from_diagonal(&decomposed.singular_values.rows(0, MODES).into_owned()) / size;
        Ok(Self { mean, modes: left.columns(0, MODES) * scale, coefficients: right.rows(0, MODES) * size })
    }

    /// The fields of these coefficients.
    pub fn fields(&self, coefficients: &DMatrix<f64>) -> DMatrix<f64> {
        let mut fields = &self.modes * coefficients;
        fields.column_iter_mut().for_each(|mut column| column += &self.mean);
        fields
    }

    /// The network that moves the coefficients, learnt on windows of ten steps side by side.
    pub fn learn(&self) -> Result<(NeuralOde, DVector<f64>), Cause> {
        let windows = TIMES / WINDOW;
        let network = Mlp::new(&[MODES, 32, MODES], costate::ad::Activation::Tanh)?;
        let start = network.initial(Initialisation::GlorotUniform, 1);
        let system = NeuralOde::new(network, windows)?;
        let at = |step: usize| {
            let column = move |w: usize| self.coefficients.column((w * WINDOW + step).min(TIMES - 1)).into_owned();
            (0..windows).flat_map(move |w| column(w).data.as_vec().clone())
        };
        let times: Vec<f64> = (0..=WINDOW).map(time).collect();
        let mut objective = |p: &DVector<f64>| {
            let loss = |p: &DVector<Var>| {
                let first: Vec<Var> = at(0).map(Var::from).collect();
                let problem = Problem::ode(system.clone(), first, p, 0.0..times[WINDOW]);
                let save = SaveAt::times(&times);
                let solution = DiscreteAdjoint::default().solve(&problem, Tsit5, Tolerance::new(1e-5, 1e-5), save)?;
                let mut away = Vec::new();
                for (step, state) in solution.states().iter().enumerate() {
                    // The last window has one step less to compare with.
                    let count = if step == WINDOW { state.len() - MODES } else { state.len() };
                    away.extend(state.iter().zip(at(step)).take(count).map(|(&y, target)| y - target));
                }
                Ok::<_, Cause>(Var::dot(&away, &away) / away.len() as f64)
            };
            try_gradient(loss, p)
        };
        let adam = Adam { schedule: Schedule::Cosine { rate: 0.02, last: 1e-3 }, iterations: 400, ..Adam::default() };
        let first = adam.minimise(&mut objective, &start, &mut quiet)?;
        let lbfgs = Lbfgs { iterations: 600, ..Lbfgs::default() };
        let second = lbfgs.minimise(&mut objective, &first.point, &mut quiet)?;
        Ok((system, second.point))
    }

    /// What the network makes of the first coefficients alone, until the end.
    pub fn forecast(&self, system: &NeuralOde, p: &DVector<f64>) -> Result<DMatrix<f64>, Cause> {
        let alone = NeuralOde::new(system.network().clone(), 1)?;
        let times: Vec<f64> = (0..TIMES).map(time).collect();
        let start = self.coefficients.column(0).into_owned();
        let problem = Problem::ode(alone, start, p, 0.0..times[TIMES - 1]);
        let solution = problem.solve(Tsit5, Tolerance::new(1e-7, 1e-7), SaveAt::times(&times))?;
        Ok(DMatrix::from_columns(solution.states()))
    }
}

/// The error of fields relative to how much they vary.
pub fn relative(found: &DMatrix<f64>, truth: &DMatrix<f64>) -> f64 {
    let mean = truth.column_mean();
    let varied: f64 = truth.column_iter().map(|column| (column - &mean).norm_squared()).sum();
    (found - truth).norm() / varied.sqrt()
}

fn main() -> Result<(), Cause> {
    let truth = snapshots()?;
    let reduced = Reduced::new(&truth)?;
    let (system, p) = reduced.learn()?;
    let fields = reduced.fields(&reduced.forecast(&system, &p)?);
    let projected = relative(&reduced.fields(&reduced.coefficients), &truth);
    println!(
        "relative error: {projected:.4} of the four modes themselves, {:.4} of the network in them",
        relative(&fields, &truth)
    );
    let times: Vec<f64> = (0..TIMES).map(time).collect();
    let row = |fields: &DMatrix<f64>, i: usize| fields.row(i).iter().copied().collect::<Vec<f64>>();
    let thin = |x: Vec<f64>| x.into_iter().step_by(8).collect::<Vec<f64>>();
    let mut figure = Figure::new("The Brusselator in four modes").x_label("time").y_label("u");
    for (point, name) in [(POINTS / 4, "x = 0.27"), (POINTS / 2, "x = 0.52")] {
        figure = figure.curve(&format!("{name}, network"), &times, &row(&fields, point));
        figure = figure.points(&format!("{name}, full system"), &thin(times.clone()), &thin(row(&truth, point)));
    }
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    for kind in ["png", "svg"] {
        figure.save(format!("{folder}/brusselator_reduction.{kind}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_modes_of_the_brusselator_move_as_the_network_says() {
        let truth = snapshots().unwrap();
        let reduced = Reduced::new(&truth).unwrap();
        let projected = relative(&reduced.fields(&reduced.coefficients), &truth);
        let (system, p) = reduced.learn().unwrap();
        let learnt = relative(&reduced.fields(&reduced.forecast(&system, &p).unwrap()), &truth);
        println!("{projected} {learnt}");
        assert!(projected < 0.07 && learnt < 0.08, "{projected} of the modes, {learnt} of the network in them");
    }
}
