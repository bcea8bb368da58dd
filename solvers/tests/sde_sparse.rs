//! Noise on some states only: the same numbers as full diagonal noise with zeros, and the same paths for fewer dimensions.

use costate_solvers::{
    Brownian, EulerHeun, EulerMaruyama, FixedStep, Milstein, NoiseKind, Problem, Real, SaveAt, Sde, SolveError, Sosri,
    StochasticError, StochasticMethod, Tolerance,
};
use nalgebra::DVector;

/// Three states, of which the first two feel noise (and the third would, with strength 0).
#[derive(Clone, Copy)]
struct Chain {
    noise: NoiseKind,
}

impl Sde for Chain {
    fn noise(&self) -> NoiseKind {
        self.noise
    }

    fn drift<R: Real>(&self, _t: R, y: &[R], _p: &[R], f: &mut [R]) {
        f[0] = 0.5 - y[0];
        f[1] = y[0] - y[1] * y[2];
        f[2] = y[1] - 0.3 * y[2];
    }

    fn diffusion<R: Real>(&self, _t: R, y: &[R], _p: &[R], g: &mut [R]) {
        g[0] = 0.3 * y[0];
        g[1] = 0.2 * y[1].sin();
        if g.len() == 3 {
            g[2] = R::zero();
        }
    }
}

const SPARSE: Chain = Chain { noise: NoiseKind::SparseDiagonal { noisy: &[0, 1] } };
const FULL: Chain = Chain { noise: NoiseKind::Diagonal };

fn end(model: impl Sde, method: impl StochasticMethod, adaptive: bool) -> Result<Vec<f64>, SolveError> {
    let problem = Problem::sde(model, Brownian::seeded(4), [1.0, 0.4, 0.2], &DVector::zeros(0), 0.0..2.0);
    let solution = if adaptive {
        problem.solve(method, Tolerance::new(1e-4, 1e-4), SaveAt::end())?
    } else {
        problem.solve(method, FixedStep(0.02), SaveAt::end())?
    };
    Ok(solution.last().as_slice().to_vec())
}

#[test]
fn a_sparse_diagonal_is_a_diagonal_with_zeros() {
    let close = |a: Vec<f64>, b: Vec<f64>| a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-13);
    assert!(close(end(SPARSE, EulerMaruyama, false).unwrap(), end(FULL, EulerMaruyama, false).unwrap()));
    assert!(close(end(SPARSE, Milstein, false).unwrap(), end(FULL, Milstein, false).unwrap()));
    assert!(close(end(SPARSE, Sosri, false).unwrap(), end(FULL, Sosri, false).unwrap()));
    assert!(close(end(SPARSE, Sosri, true).unwrap(), end(FULL, Sosri, true).unwrap()));
    let converted = [SPARSE, FULL].map(|model| end(model.to_stratonovich(), EulerHeun, false).unwrap());
    assert!(close(converted[0].clone(), converted[1].clone()));
}

#[test]
fn a_list_that_makes_no_sense_is_refused() {
    for (noisy, state) in [(&[0, 3], 3), (&[1, 1], 1)] {
        let refused = end(Chain { noise: NoiseKind::SparseDiagonal { noisy } }, EulerMaruyama, false);
        assert_eq!(refused.unwrap_err(), StochasticError::BadNoisyState { state, states: 3 }.into());
    }
}
