//! [`Quadrature`]: integrals along a step of the adjoint equation.

/// How the integral of `lambda^T df/dp` over a step is computed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Quadrature {
    /// Gauss and Legendre's: nodes on -1..1 and their weights.
    Gauss(Vec<(f64, f64)>),
    /// Kronrod's extension of three nodes to seven, on halves of the step, and halves of those, until the two agree to this
    /// fraction of the largest integral so far.
    Kronrod(f64),
}

/// Halvings of a step at most: what is left then is below what the interpolant can resolve.
const HALVINGS: usize = 8;

/// Positive nodes on -1..1, their weights in the seven-point rule, and in the three-point one (Kronrod, Nodes and weights of
/// quadrature formulas, 1965; Laurie, Math. Comp. 66 (1997) 1133-1145).
const KRONROD: [(f64, f64, f64); 4] = [
    (0.0, 0.450_916_538_658_474_1, 8.0 / 9.0),
    (0.434_243_749_346_802_6, 0.401_397_414_775_962_2, 0.0),
    (0.774_596_669_241_483_4, 0.268_488_089_868_333_4, 5.0 / 9.0),
    (0.960_491_268_708_020_3, 0.104_656_226_026_467_3, 0.0),
];

impl Quadrature {
    /// Gauss and Legendre's, with this many nodes.
    pub(super) fn gauss(nodes: usize) -> Quadrature {
        Quadrature::Gauss(gauss_legendre(nodes).collect())
    }

    /// Adds the integral over `0..1` of what `add(theta, weight, total)` adds, each time the weight times the integrand.
    pub(super) fn add(&self, total: &mut [f64], mut add: impl FnMut(f64, f64, &mut [f64])) {
        match self {
            Quadrature::Gauss(nodes) => {
                for (x, weight) in nodes {
                    add(0.5 * (1.0 + x), 0.5 * weight, total);
                }
            }
            Quadrature::Kronrod(rtol) => kronrod(&mut add, 0.5, 0.5, *rtol, HALVINGS, total),
        }
    }
}

fn kronrod(
    add: &mut impl FnMut(f64, f64, &mut [f64]),
    middle: f64,
    radius: f64,
    rtol: f64,
    halvings: usize,
    total: &mut [f64],
) {
    let (mut fine, mut difference, mut one) = (vec![0.0; total.len()], vec![0.0; total.len()], vec![0.0; total.len()]);
    for (x, weight, coarse) in KRONROD {
        for side in if x == 0.0 { &[1.0][..] } else { &[1.0, -1.0] } {
            one.fill(0.0);
            add(middle + side * radius * x, radius, &mut one);
            for (i, one) in one.iter().enumerate() {
                fine[i] += weight * one;
                difference[i] += (weight - coarse) * one;
            }
        }
    }
    let largest = |numbers: &[f64]| numbers.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    let error = largest(&difference);
    let near = error <= rtol * largest(total).max(largest(&fine));
    // The difference is the error of the coarse rule, of order 6; that of the fine one, of order 11, is far below.
    if near || halvings == 0 || error.is_nan() {
        total.iter_mut().zip(&fine).for_each(|(total, fine)| *total += fine);
        return;
    }
    for side in [-0.5, 0.5] {
        kronrod(add, middle + side * radius, 0.5 * radius, rtol, halvings - 1, total);
    }
}

/// Nodes on -1..1 and weights of the Gauss-Legendre rule: Newton's method on the Legendre polynomial (Davis & Rabinowitz,
/// Methods of Numerical Integration, section 2.7).
pub(super) fn gauss_legendre(nodes: usize) -> impl Iterator<Item = (f64, f64)> {
    let n = nodes.max(1);
    (0..n).map(move |i| {
        let mut x = -(std::f64::consts::PI * (i as f64 + 0.75) / (n as f64 + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..12 {
            let (mut before, mut value) = (1.0, x);
            for k in 2..=n {
                let next = ((2 * k - 1) as f64 * x * value - (k - 1) as f64 * before) / k as f64;
                (before, value) = (value, next);
            }
            slope = n as f64 * (x * value - before) / (x * x - 1.0);
            x -= value / slope;
        }
        (x, 2.0 / ((1.0 - x * x) * slope * slope))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each rule is exact for polynomials up to its degree.
    #[test]
    fn rules_are_exact_to_their_degree() {
        let rules = (1..=8).map(|n| (Quadrature::gauss(n), 2 * n - 1)).chain([(Quadrature::Kronrod(1.0), 11)]);
        for (rule, degree) in rules {
            for power in 0..=degree {
                let mut total = [0.0];
                rule.add(&mut total, |x, weight, total| total[0] += weight * x.powi(power as i32));
                let expected = 1.0 / (power as f64 + 1.0);
                assert!((total[0] - expected).abs() < 1e-14, "{rule:?} of x^{power}: {}", total[0]);
            }
        }
    }

    #[test]
    fn a_kink_is_halved_away() {
        let mut total = [0.0];
        Quadrature::Kronrod(1e-9).add(&mut total, |x, weight, total| total[0] += weight * (x - 0.3_f64).abs());
        assert!((total[0] - (0.3_f64.powi(2) + 0.7_f64.powi(2)) / 2.0).abs() < 1e-6, "{}", total[0]);
    }
}
