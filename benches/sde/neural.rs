//! A neural stochastic equation on many paths at once: 4 states, networks 4-64-4 for the drift and for the diagonal of the
//! diffusion.

use costate_ad::{Activation, Var, try_gradient};
use costate_fit::{Initialisation, Mlp};
use costate_sensitivity::{DiscreteAdjoint, StochasticGradientStrategy};
use costate_solvers::{Brownian, EulerMaruyama, FixedStep, NoiseKind, Problem, Real, SaveAt, Sde, SolveError};
use nalgebra::DVector;

/// The paths of a batch stand one after another, so that a layer is a product of matrices.
#[derive(Clone)]
pub struct NeuralSde {
    drift: Mlp,
    diffusion: Mlp,
}

impl NeuralSde {
    pub fn new() -> NeuralSde {
        let network = Mlp::new(&[4, 64, 4], Activation::Tanh).expect("sizes make sense");
        NeuralSde { drift: network.clone(), diffusion: network.with_output_activation(Activation::Logistic) }
    }

    pub fn initial(&self) -> DVector<f64> {
        let one = |network: &Mlp, seed| network.initial(Initialisation::GlorotUniform, seed);
        let parts = [one(&self.drift, 1), one(&self.diffusion, 2)];
        DVector::from_iterator(parts[0].len() + parts[1].len(), parts.iter().flatten().copied())
    }
}

impl Sde for NeuralSde {
    fn noise(&self) -> NoiseKind {
        NoiseKind::Diagonal
    }

    fn drift<R: Real>(&self, _t: R, y: &[R], p: &[R], f: &mut [R]) {
        f.copy_from_slice(&self.drift.apply(&p[..self.drift.parameters()], y));
    }

    fn diffusion<R: Real>(&self, _t: R, y: &[R], p: &[R], g: &mut [R]) {
        g.copy_from_slice(&self.diffusion.apply(&p[self.drift.parameters()..], y));
    }
}

/// The mean of the squares at the end of `paths` paths of 100 steps, in batches, and its gradient.
pub fn mean_of_squares(model: &NeuralSde, p: &DVector<f64>, paths: usize, batch: usize) -> (f64, DVector<f64>) {
    let (mut value, mut slope) = (0.0, DVector::zeros(p.len()));
    for number in 0..paths / batch {
        let loss = |p: &DVector<Var>| {
            let noise = Brownian::seeded(7).path(number as u64).with_unit(0.01);
            let start = DVector::from_element(4 * batch, Var::constant(0.1));
            let problem = Problem::sde(model.clone(), noise, start, p, 0.0..1.0);
            let strategy = DiscreteAdjoint::default();
            let solution = strategy.solve_sde(&problem, EulerMaruyama, FixedStep(0.01), SaveAt::end())?;
            let last = solution.last().as_slice();
            Ok::<_, SolveError>(Var::dot(last, last) / (4 * paths) as f64)
        };
        let (part, of_part) = try_gradient(loss, p).expect("it is solvable");
        value += part;
        slope += of_part;
    }
    (value, slope)
}
