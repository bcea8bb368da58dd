//! A scalar of a user's own: a measurement with an error bar, alone, inside dual numbers and inside nalgebra.

use costate_ad::{Activation, Dual, Propagate, Real, derivative, gradient_forward, propagated};
use nalgebra::{DVector, Matrix2, Vector2, dvector};

/// A value, and how far each of four independent sources of error, one standard deviation off, would move it. So an error
/// that enters twice is not counted as two.
#[derive(Clone, Copy, Debug)]
struct Measurement {
    value: f64,
    shifts: [f64; 4],
}

impl Measurement {
    fn new(value: f64, sigma: f64, source: usize) -> Self {
        let mut shifts = [0.0; 4];
        shifts[source] = sigma;
        Measurement { value, shifts }
    }

    fn sigma(&self) -> f64 {
        self.shifts.iter().map(|s| s * s).sum::<f64>().sqrt()
    }
}

impl Propagate for Measurement {
    fn constant(value: f64) -> Self {
        Measurement { value, shifts: [0.0; 4] }
    }

    fn value(self) -> f64 {
        self.value
    }

    fn is_constant(self) -> bool {
        self.shifts == [0.0; 4]
    }

    fn chain(self, value: f64, slope: f64) -> Self {
        Measurement { value, shifts: self.shifts.map(|s| s * slope) }
    }

    fn chain2(self, other: Self, value: f64, slopes: [f64; 2]) -> Self {
        Measurement { value, shifts: std::array::from_fn(|i| self.shifts[i] * slopes[0] + other.shifts[i] * slopes[1]) }
    }
}

propagated!(Measurement);

fn assert_measured(got: Measurement, value: f64, sigma: f64) {
    assert!((got.value - value).abs() <= 1e-12 * (1.0 + value.abs()), "{got:?}: value {value}");
    assert!((got.sigma() - sigma).abs() <= 1e-12 * (1.0 + sigma), "{got:?}: sigma {sigma}");
}

/// Innes et al. 2019, "A Differentiable Programming System to Bridge Machine Learning and Scientific Computing", section on
/// user-defined types: the gradient of `x^2 + 3x + 1` at 1/3 with error 0.01 is 3.667 with error 0.02.
#[test]
fn a_gradient_has_an_error_bar() {
    fn f<R: Real>(x: R) -> R {
        x * x + 3.0 * x + 1.0
    }
    let x = Measurement::new(1.0 / 3.0, 0.01, 0);
    assert_measured(f(x), 19.0 / 9.0, 0.11 / 3.0);
    let (value, slope) = derivative(f, x);
    assert_measured(value, 19.0 / 9.0, 0.11 / 3.0);
    assert_measured(slope, 11.0 / 3.0, 0.02);
    let (_, second) = derivative(|x| derivative(f, x).1, x);
    assert_measured(second, 2.0, 0.0);
}

#[test]
fn sources_add_in_quadrature() {
    let (a, b) = (Measurement::new(2.0, 0.3, 0), Measurement::new(5.0, 0.4, 1));
    assert_measured(a + b, 7.0, 0.5);
    assert_measured(a - a, 0.0, 0.0);
    assert_measured(a * b, 10.0, (1.5_f64.powi(2) + 0.8_f64.powi(2)).sqrt());
    assert_measured(b.ln() + a.powi(3), 5.0_f64.ln() + 8.0, (0.08_f64.powi(2) + 3.6_f64.powi(2)).sqrt());
    let (_, slope) = gradient_forward(|x| x[0] * x[1].sin(), &dvector![a, b]);
    assert_measured(slope[0], 5.0_f64.sin(), 0.4 * 5.0_f64.cos().abs());
    assert_measured(slope[1], 2.0 * 5.0_f64.cos(), (0.3 * 5.0_f64.cos()).hypot(0.8 * 5.0_f64.sin()));
}

#[test]
fn nalgebra_and_the_hooks_carry_error_bars() {
    let x = Measurement::new(3.0, 0.1, 0);
    let matrix = Matrix2::new(x, 1.0.into(), 1.0.into(), 2.0.into());
    let solution = matrix.lu().solve(&Vector2::new(5.0.into(), 5.0.into())).expect("regular");
    // x -> (5 / (2x - 1), 5 (x - 1) / (2x - 1))
    assert_measured(solution[0], 1.0, 0.1 * 10.0 / 25.0);
    assert_measured(solution[1], 2.0, 0.1 * 5.0 / 25.0);
    assert_measured(DVector::from_vec(vec![x, Measurement::new(4.0, 0.2, 1)]).norm(), 5.0, 0.06_f64.hypot(0.16));
    let product = Real::matmul(&[x, 1.0.into()], &[x, 2.0.into()], [1, 2, 1]);
    assert_measured(product[0], 11.0, 0.6);
    let layer = Real::layer(Activation::Square, &[x], &[1.0.into()], &[2.0.into()], [1, 1, 1]);
    assert_measured(layer[0], 49.0, 0.1 * 28.0);
    assert_measured(Real::logsumexp(&[x, 3.0.into()]), 3.0 + 2.0_f64.ln(), 0.05);
}

/// Special functions come by their default: to first order in the scalar's own arithmetic; also below a dual number.
#[test]
fn special_functions_carry_error_bars() {
    let x = Measurement::new(2.5, 0.01, 2);
    assert_measured(Real::erf(x), Real::erf(2.5), 0.01 * (-6.25_f64).exp() * 2.0 / std::f64::consts::PI.sqrt());
    assert_measured(x.ln_gamma(), Real::ln_gamma(2.5), 0.01 * 2.5.digamma());
    assert_measured(x.beta(1.0.into()), 0.4, 0.01 * 0.16);
    let (value, slope) = derivative(|x: Dual<Measurement>| x.ln_gamma(), x);
    assert_measured(value, Real::ln_gamma(2.5), 0.01 * 2.5.digamma());
    assert_measured(slope, 2.5.digamma(), 0.01 * 2.5.polygamma(1));
}
