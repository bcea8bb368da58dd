//! The coefficients of the Radau IIA method of order 5 (Hairer & Wanner, Solving Ordinary Differential Equations II, table IV.5.6 and
//! section IV.8).

use super::Collocation;

/// The square root of 6.
const ROOT: f64 = 2.449489742783178;

/// Where the stages are evaluated.
pub(super) const C: [f64; 3] = [(4.0 - ROOT) / 10.0, (4.0 + ROOT) / 10.0, 1.0];

/// The real eigenvalue of the inverse of the matrix `A` of the method.
pub(super) const GAMMA: f64 = 3.637834252744496;
/// Its pair of complex ones, real and imaginary part.
pub(super) const PAIR: [f64; 2] = [2.681082873627752, 3.050430199247411];

/// `T`, whose columns carry the stages from the eigenvectors of the inverse of `A`.
pub(super) const T: [[f64; 3]; 3] = [
    [9.123239487089294e-2, -0.1412552950209542, -3.0029194105147424e-2],
    [0.241717932707107, 0.20412935229379993, 0.3829421127572619],
    [0.966048182615093, 1.0, 0.0],
];
/// The inverse of `T`.
pub(super) const T_INVERSE: [[f64; 3]; 3] = [
    [4.325579890063155, 0.33919925181580987, 0.5417705399358749],
    [-4.178718591551905, -0.3276828207610624, 0.4766235545005504],
    [-0.5028726349457868, 2.571926949855605, -0.5960392048282249],
];

/// The weights of the stages in the error estimate.
pub(super) const ERROR: [f64; 3] = [-(13.0 + 7.0 * ROOT) / 3.0, (-13.0 + 7.0 * ROOT) / 3.0, -1.0 / 3.0];

/// The inverse of `A`: `T` times the blocks of the eigenvalues times the inverse of `T`.
pub(super) const fn inverse_of_a() -> [[f64; 3]; 3] {
    let [alpha, beta] = PAIR;
    let mut inverse = [[0.0; 3]; 3];
    let mut i = 0;
    while i < 3 {
        let mut j = 0;
        while j < 3 {
            let [first, second, third] = [T_INVERSE[0][j], T_INVERSE[1][j], T_INVERSE[2][j]];
            inverse[i][j] = T[i][0] * GAMMA * first
                + T[i][1] * (alpha * second - beta * third)
                + T[i][2] * (beta * second + alpha * third);
            j += 1;
        }
        i += 1;
    }
    inverse
}

/// The coefficients of `theta`, `theta^2` and `theta^3` (rows) of the polynomial that is 0 at the start of the step and has given
/// values at the stages (columns).
pub(super) const fn interpolation() -> [[f64; 3]; 3] {
    let mut coefficients = [[0.0; 3]; 3];
    let mut j = 0;
    while j < 3 {
        let (a, b) = (C[(j + 1) % 3], C[(j + 2) % 3]);
        let scale = C[j] * (C[j] - a) * (C[j] - b);
        coefficients[0][j] = a * b / scale;
        coefficients[1][j] = -(a + b) / scale;
        coefficients[2][j] = 1.0 / scale;
        j += 1;
    }
    coefficients
}

/// The method as one of collocation.
pub(crate) const COLLOCATION: Collocation =
    Collocation { c: &C, inverse: &inverse_of_a(), interpolant: &interpolation() };

#[cfg(test)]
mod tests {
    use super::*;

    /// The inverse of `A` satisfies `sum of a_ij c_j^(k-1) = c_i^k / k`, the conditions of collocation, for k = 1, 2, 3.
    #[test]
    fn the_coefficients_are_those_of_collocation() {
        let inverse = inverse_of_a();
        for k in 1..=3 {
            for i in 0..3 {
                let sum: f64 = (0..3).map(|j| inverse[i][j] * C[j].powi(k) / f64::from(k)).sum();
                assert!((sum - C[i].powi(k - 1)).abs() < 1e-13, "{k} {i}: {sum}");
            }
        }
        for i in 0..3 {
            for j in 0..3 {
                let product: f64 = (0..3).map(|k| T[i][k] * T_INVERSE[k][j]).sum();
                assert!((product - f64::from(u8::from(i == j))).abs() < 1e-14);
                let at = |theta: f64| (0..3).map(|k| interpolation()[k][j] * theta.powi(k as i32 + 1)).sum::<f64>();
                assert!((at(C[i]) - f64::from(u8::from(i == j))).abs() < 1e-13);
            }
        }
    }
}
