//! Can a network find the missing term of an equation? Of Lotka-Volterra the growth of the prey and the decay of the
//! predators are known, how they meet is not: a small network stands for it, and what it learns from noisy data is compared
//! with the truth, `-0.9 x y` and `0.8 x y` (Rackauckas et al. 2020, arXiv:2001.04385).
//!
//! ```text
//! cargo run --release --example universal_ode -- pictures
//! ```

use costate::fit::{Cause, Optimiser, Random};
use costate::prelude::*;

/// Growth, meeting of prey, meeting of predators, decay; the initial state.
const TRUTH: [f64; 4] = [1.3, 0.9, 0.8, 1.8];
const START: [f64; 2] = [0.442_492_96, 4.628_059_4];

/// What is known, and a network of the state for what is not.
#[derive(Clone)]
pub struct Universal(pub Mlp);

impl Ode for Universal {
    fn rhs<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
        let meeting = self.0.apply(p, y);
        dy[0] = y[0] * TRUTH[0] + meeting[0];
        dy[1] = meeting[1] - y[1] * TRUTH[3];
    }

    fn parameters(&self) -> Option<usize> {
        Some(self.0.parameters())
    }
}

fn truth(times: &[f64]) -> Result<Vec<DVector<f64>>, SolveError> {
    let lotka_volterra = ode!(|_t, [x, y], [a, b, c, d]| [a * x - b * x * y, c * x * y - d * y]);
    let problem = Problem::ode(lotka_volterra, START, &DVector::from_column_slice(&TRUTH), 0.0..times[times.len() - 1]);
    Ok(problem.solve(Vern7, Tolerance::new(1e-10, 1e-10), SaveAt::times(times))?.states().to_vec())
}

/// 31 times until t = 3 with noise of standard deviation 0.005.
pub fn data() -> Result<Data, Cause> {
    let times: Vec<f64> = (0..=30).map(|i| 0.1 * f64::from(i)).collect();
    let mut random = Random::new(1, 0);
    let row = |state: &DVector<f64>| state.iter().map(|y| Some(y + 5e-3 * random.normal())).collect();
    let rows: Vec<Vec<Option<f64>>> = truth(&times)?.iter().map(row).collect();
    Ok(Data::new(&["prey", "predators"], &times, &rows)?)
}

/// The network with its parameters, after 300 steps of Adam and up to 1500 of L-BFGS.
pub fn learn(data: &Data) -> Result<(Universal, DVector<f64>, f64), Cause> {
    let network =
        Mlp::new(&[2, 5, 5, 5, 2], costate::ad::Activation::Tanh)?.with_input_scaling(&[2.0, 2.5], &[2.0, 2.0])?;
    let system = Universal(network.clone());
    let strategy = DiscreteAdjoint::default();
    let mut objective = |p: &DVector<f64>| {
        let loss = |p: &DVector<Var>| {
            let problem = Problem::ode(system.clone(), START, p, 0.0..3.0);
            let solution = strategy.solve(&problem, Tsit5, Tolerance::new(1e-7, 1e-7), SaveAt::times(data.times()))?;
            Ok::<_, Cause>(squared_error(solution.states(), data)?)
        };
        try_gradient(loss, p)
    };
    let start = network.initial(Initialisation::GlorotUniform, 2);
    let adam = Adam {
        schedule: costate::fit::Schedule::Cosine { rate: 0.02, last: 1e-3 },
        iterations: 300,
        ..Adam::default()
    };
    let first = adam.minimise(&mut objective, &start, &mut quiet)?;
    let lbfgs = Lbfgs { iterations: 1500, gradient_tolerance: 1e-6, ..Lbfgs::default() };
    let second = lbfgs.minimise(&mut objective, &first.point, &mut quiet)?;
    Ok((system, second.point, second.value))
}

/// Along the true trajectory, at these times: the learnt terms and the true ones.
pub fn terms(system: &Universal, p: &DVector<f64>, times: &[f64]) -> Result<Vec<[f64; 4]>, Cause> {
    let rows = truth(times)?.into_iter().map(|state| {
        let learnt = system.0.apply(p.as_slice(), state.as_slice());
        let product = state[0] * state[1];
        [learnt[0], learnt[1], -TRUTH[1] * product, TRUTH[2] * product]
    });
    Ok(rows.collect())
}

fn main() -> Result<(), Cause> {
    let data = data()?;
    let (system, p, loss) = learn(&data)?;
    let times: Vec<f64> = (0..=150).map(|i| 0.02 * f64::from(i)).collect();
    let terms = terms(&system, &p, &times)?;
    let worst = |learnt: usize| terms.iter().map(|row| (row[learnt] - row[learnt + 2]).abs()).fold(0.0, f64::max);
    println!("sum of squares {loss:.3e} (noise alone: {:.3e})", 62.0 * 25e-6);
    println!("largest error of the learnt terms: {:.3} of prey, {:.3} of predators", worst(0), worst(1));
    let column = |k: usize| terms.iter().map(|row| row[k]).collect::<Vec<f64>>();
    let figure = Figure::new("The term that was missing")
        .x_label("time")
        .y_label("rate")
        .curve("prey, learnt", &times, &column(0))
        .curve("predators, learnt", &times, &column(1))
        .points(
            "prey, truth",
            &times.iter().copied().step_by(10).collect::<Vec<_>>(),
            &column(2).into_iter().step_by(10).collect::<Vec<_>>(),
        )
        .points(
            "predators, truth",
            &times.iter().copied().step_by(10).collect::<Vec<_>>(),
            &column(3).into_iter().step_by(10).collect::<Vec<_>>(),
        );
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    for kind in ["png", "svg"] {
        figure.save(format!("{folder}/universal_ode.{kind}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_universal_equation_recovers_its_missing_term() {
        let data = data().unwrap();
        let (system, p, loss) = learn(&data).unwrap();
        // 62 squares of noise of standard deviation 0.005.
        assert!(loss < 62.0 * 25e-6, "{loss}");
        let times: Vec<f64> = (2..=30).map(|i| 0.1 * f64::from(i)).collect();
        let terms = terms(&system, &p, &times).unwrap();
        let worst = terms.iter().map(|row| (row[0] - row[2]).abs().max((row[1] - row[3]).abs())).fold(0.0, f64::max);
        println!("{loss} {worst}");
        // The terms themselves reach 1.8; the first two tenths lie before most of the data.
        assert!(worst < 0.1, "{worst}");
    }
}
