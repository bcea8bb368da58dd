//! [`NeuralOde`]: a differential equation whose right-hand side is a network.

use super::Mlp;
use crate::FitError;
use costate_ad::{At, Real};
use costate_solvers::Ode;
use std::sync::Arc;

/// `dy/dt = network(y^k)` for a batch of trajectories that are solved together (Chen et al. 2018, arXiv:1806.07366).
///
/// The state holds the samples one after the other; the parameters of the problem are those of the network. Its
/// vector-Jacobian product is written by hand, so that an adjoint costs matrix products alone.
///
/// ```
/// use costate_ad::Activation;
/// use costate_fit::{Initialisation, Mlp, NeuralOde};
/// use costate_solvers::{Problem, SaveAt, Tolerance, Tsit5};
///
/// let network = Mlp::new(&[2, 8, 2], Activation::Tanh)?;
/// let p = network.initial(Initialisation::Normal(0.1), 1);
/// let samples = [2.0, 0.0, 1.0, 1.0]; // two trajectories in the plane
/// let problem = Problem::ode(NeuralOde::new(network, 2)?, samples, &p, 0.0..1.0);
/// let end = problem.solve(Tsit5, Tolerance::new(1e-6, 1e-6), SaveAt::end())?;
/// assert_eq!(end.last().len(), 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct NeuralOde {
    network: Arc<Mlp>,
    samples: usize,
    power: i32,
}

impl NeuralOde {
    /// The equation for `samples` trajectories.
    ///
    /// # Errors
    /// [`FitError::Network`] unless the network has as many outputs as inputs, and there is a sample.
    pub fn new(network: Mlp, samples: usize) -> Result<Self, FitError> {
        if network.inputs() != network.outputs() || samples == 0 {
            let (inputs, outputs) = (network.inputs(), network.outputs());
            let reason = format!(
                "{inputs} inputs, {outputs} outputs and {samples} samples: a right-hand side gives back as many numbers as it takes, for at least one sample"
            );
            return Err(FitError::Network { reason });
        }
        Ok(Self { network: Arc::new(network), samples, power: 1 })
    }

    /// The same with the network on this power of every component of the state. The third is customary for spirals.
    pub fn with_power(mut self, power: u8) -> Self {
        self.power = i32::from(power);
        self
    }

    /// The network.
    pub fn network(&self) -> &Mlp {
        &self.network
    }

    fn powers<R: Real>(&self, y: &[R]) -> Vec<R> {
        match self.power {
            1 => y.to_vec(),
            3 => y.iter().map(|&y| y * y * y).collect(),
            power => y.iter().map(|y| y.powi(power)).collect(),
        }
    }
}

impl Ode for NeuralOde {
    fn rhs<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
        let slope = match self.power {
            1 => self.network.apply(p, y),
            _ => self.network.apply(p, &self.powers(y)),
        };
        dy.copy_from_slice(&slope);
    }

    fn states(&self) -> Option<usize> {
        Some(self.samples * self.network.inputs())
    }

    fn parameters(&self) -> Option<usize> {
        Some(self.network.parameters())
    }

    fn vjp(&self, at: At<'_>, w: &[f64], y_bar: &mut [f64], p_bar: &mut [f64], _t_bar: &mut f64) -> bool {
        if w.iter().all(|&w| w == 0.0) {
            return true;
        }
        if self.power == 1 {
            self.network.pull_back(at.p, at.y, w, p_bar, y_bar);
            return true;
        }
        let mut bar = vec![0.0; at.y.len()];
        self.network.pull_back(at.p, &self.powers(at.y), w, p_bar, &mut bar);
        let all = y_bar.iter_mut().zip(bar).zip(at.y);
        match self.power {
            3 => all.for_each(|((total, bar), y)| *total += bar * (3.0 * y * y)),
            power => all.for_each(|((total, bar), y)| *total += bar * f64::from(power) * y.powi(power - 1)),
        }
        true
    }
}
