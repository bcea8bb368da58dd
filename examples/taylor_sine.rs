//! Is a program differentiated, or a formula? The sine as a truncated Taylor series, with a loop, a branch, a side effect and an
//! early return: its derivative is that of the six terms which were added, not the cosine.
//!
//! Innes et al. 2019, "A Differentiable Programming System to Bridge Machine Learning and Scientific Computing"
//! (arXiv:1907.07587), section 2.
//!
//! ```text
//! cargo run --release --example taylor_sine
//! ```

use costate::ad::{check_gradient, hessian, hvp, jvp, program, vjp};
use costate::prelude::*;

/// The sine of `x`. `see` is told the index and the value of every term that counts.
pub fn sine<R: Real>(x: R, mut see: impl FnMut(i32, f64)) -> R {
    let mut sum = R::zero();
    let (mut term, mut sign) = (R::one(), 1.0);
    for i in 1..20 {
        term *= x / f64::from(i);
        if i % 2 == 1 {
            if term.abs() < 1e-8 {
                return sum;
            }
            see(i, term.value());
            sum += sign * term;
            sign = -sign;
        }
    }
    sum
}

fn quiet_sine<R: Real>(x: R) -> R {
    sine(x, |_, _| ())
}

/// The first derivative at `x` by every way that there is to take it.
pub fn first(x: f64) -> Vec<(&'static str, f64)> {
    let at = dvector![x];
    vec![
        ("derivative (dual numbers)", derivative(quiet_sine, x).1),
        ("gradient (tape)", gradient(|x| quiet_sine(x[0]), &at).1[0]),
        ("gradient_forward", gradient_forward(|x| quiet_sine(x[0]), &at).1[0]),
        ("jvp", jvp(|x| x.map(quiet_sine), &at, &dvector![1.0]).1[0]),
        ("vjp", vjp(|x| x.map(quiet_sine), &at, &dvector![1.0]).1[0]),
        ("beside a second derivative", derivative(|x| derivative(quiet_sine, x).0, x).1),
    ]
}

/// The second derivative: forward over forward, reverse over forward as a matrix, and as a product.
pub fn second(x: f64) -> Vec<(&'static str, f64)> {
    let at = dvector![x];
    vec![
        ("derivative of a derivative", derivative(|x| derivative(quiet_sine, x).1, x).1),
        ("hessian", hessian(|x| quiet_sine(x[0]), &at).2[(0, 0)]),
        ("hvp", hvp(|x| quiet_sine(x[0]), &at, &dvector![1.0]).2[0]),
    ]
}

fn main() {
    let x = 1.0;
    let value = sine(x, |i, term| println!("term {i:>2}: {term:.3e}"));
    println!("\nvalue {value:.15}, the sine {:.15}\n", x.sin());
    for (way, slope) in first(x) {
        println!("{way:<27} {slope:.16}");
    }
    println!("{:<27} {:.16}\n", "the cosine", x.cos());
    for (way, curvature) in second(x) {
        println!("{way:<27} {curvature:.16}");
    }
    println!("\n{}", check_gradient(&program!(|x| quiet_sine(x[0])), &[x]));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The derivatives of the terms 1, 3, .., 11, summed by hand.
    fn by_hand(x: f64) -> [f64; 3] {
        let series = |orders: [i32; 6]| -> f64 {
            let factorial = |n: i32| (1..=n).map(f64::from).product::<f64>();
            let term = |(k, n): (usize, i32)| if n < 0 { 0.0 } else { x.powi(n) / factorial(n) * [1.0, -1.0][k % 2] };
            orders.into_iter().enumerate().map(term).sum()
        };
        [series([1, 3, 5, 7, 9, 11]), series([0, 2, 4, 6, 8, 10]), series([-1, 1, 3, 5, 7, 9])]
    }

    #[test]
    fn every_mode_differentiates_the_terms_that_were_added() {
        let [value, slope, curvature] = by_hand(1.0);
        assert!((slope - 0.540302303791887).abs() < 1e-15);
        let mut terms = Vec::new();
        assert!((sine(1.0, |i, _| terms.push(i)) - value).abs() < 1e-15);
        assert_eq!(terms, [1, 3, 5, 7, 9, 11]);
        assert!((value - 0.841470984648068).abs() < 1e-15);
        for (way, found) in first(1.0) {
            assert!((found - slope).abs() < 4e-16, "{way}: {found:.17}");
        }
        for (way, found) in second(1.0) {
            assert!((found - curvature).abs() < 4e-16, "{way}: {found:.17}");
        }
        assert!(check_gradient(&program!(|x| quiet_sine(x[0])), &[1.0]).modes_agree());
    }
}
