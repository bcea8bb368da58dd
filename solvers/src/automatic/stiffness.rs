//! How far the spectrum of the Jacobian reaches: estimates on plain numbers, in the norm of the error control.

use crate::{ErrorScale, Tableau};
use costate_ad::Real;
use costate_linalg::StateJacobian;

/// The step size times the spectral radius, as an explicit step shows it: the difference of two slopes at the end of the step over the
/// difference of their states (Hairer & Wanner, Solving Ordinary Differential Equations II, equation IV.2.4). NaN where the states are
/// equal.
///
/// `stages` are the slopes of the stages, the last of them the slope at the end `next` of the step.
pub(super) fn of_step<R: Real>(
    tableau: &Tableau,
    y: &[R],
    h: f64,
    stages: &[R],
    next: &[R],
    scale: &ErrorScale,
) -> f64 {
    let (n, last) = (y.len(), tableau.stages() - 1);
    let row = tableau.a[last - 1];
    debug_assert_eq!(tableau.c[last - 1], 1.0, "both slopes are at the end of the step");
    let slope = |stage: usize, c: usize| stages[stage * n + c].value();
    let apart = |c: usize| {
        let rise: f64 = row.iter().enumerate().map(|(stage, a)| a * slope(stage, c)).sum();
        next[c].value() - (y[c].value() + h * rise)
    };
    let slopes = scale.squared_norm(y, next, |c, read| read(R::from(slope(last, c) - slope(last - 1, c))));
    let states = scale.squared_norm(y, next, |c, read| read(R::from(apart(c))));
    h.abs() * (slopes / states).sqrt()
}

/// The spectral radius of a Jacobian at the state `y`, by a few steps of the power method on the scaled state. NaN for a Jacobian of
/// zeros, or one that is not finite.
pub(super) fn of_jacobian(jacobian: &StateJacobian, y: &[f64], scale: &ErrorScale) -> f64 {
    let norm = |v: &[f64]| scale.squared_norm(y, y, |c, read| read(v[c])).sqrt();
    // The golden section spreads the elements evenly.
    let golden = |c: usize| 0.5 + ((c + 1) as f64 * 0.618_033_988_749_895).fract();
    let mut v: Vec<f64> = (0..y.len()).map(|c| golden(c) * scale.size_of(c, y[c])).collect();
    let mut product = v.clone();
    let mut growths = [0.0; POWERS];
    for growth in &mut growths {
        let before = norm(&v);
        v.iter_mut().for_each(|v| *v /= before);
        multiply(jacobian, &v, &mut product);
        std::mem::swap(&mut v, &mut product);
        *growth = norm(&v);
    }
    // A pair of complex eigenvalues turns the vector, which two steps even out.
    (growths[POWERS - 2] * growths[POWERS - 1]).sqrt()
}

const POWERS: usize = 4;

fn multiply(jacobian: &StateJacobian, v: &[f64], product: &mut [f64]) {
    product.fill(0.0);
    match jacobian {
        StateJacobian::Dense(matrix) => {
            for (column, &v) in matrix.as_slice().chunks_exact(v.len()).zip(v) {
                product.iter_mut().zip(column).for_each(|(sum, entry)| *sum += entry * v);
            }
        }
        StateJacobian::Sparse(matrix) => {
            matrix.triplet_iter().for_each(|(row, column, entry)| product[row] += entry * v[column]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::dmatrix;

    #[test]
    fn the_power_method_finds_the_radius() {
        let scale = ErrorScale::relative(1e-6, &[1.0, 1.0, 1.0]);
        let find = |matrix| of_jacobian(&StateJacobian::Dense(matrix), &[1.0, 1.0, 1.0], &scale);
        let real = find(dmatrix![-1.0, 0.0, 0.3; 0.2, -1e3, 0.0; 0.0, 1.0, -2.0]);
        assert!((real / 1e3 - 1.0).abs() < 0.01, "{real}");
        let turning = find(dmatrix![0.0, 100.0, 0.0; -100.0, 0.0, 0.0; 0.0, 0.0, -1.0]);
        assert!((turning / 100.0 - 1.0).abs() < 0.01, "{turning}");
        assert!(find(dmatrix![0.0, 0.0, 0.0; 0.0, 0.0, 0.0; 0.0, 0.0, 0.0]).is_nan());
    }
}
