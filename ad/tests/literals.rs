//! A model reads like mathematics under the single bound `R: Real`.

use costate_ad::{Dual, Real, derivative, gradient};
use nalgebra::dvector;
use std::f64::consts::PI;

fn mixed<R: Real>(x: R, y: R) -> R {
    let mut z = 2.0 * x + 1.0 - 3.0 / y + 2.0 * PI * x.sin() - (1.0 - x) * 0.5;
    z += x * 2.0;
    if x > 0.0 && x < y { z + x.abs().powi(2) } else { -z }
}

#[test]
fn literals_stand_on_both_sides() {
    let (x, y) = (0.5_f64, 2.0);
    let expected = 2.0 * x + 1.0 - 3.0 / y + 2.0 * PI * x.sin() - (1.0 - x) * 0.5 + x * 2.0 + x * x;
    assert_eq!(mixed(x, y), expected);
}

fn assigned<R: Real>(x: R) -> R {
    let mut z = x * x;
    z *= 5.0;
    z += 1.0;
    z /= 2.0;
    z -= 0.25 * PI;
    z
}

#[test]
fn literals_are_assigned_with() {
    let value = (5.0 * 0.49 + 1.0) / 2.0 - 0.25 * PI;
    assert!((assigned(0.7) - value).abs() < 1e-15);
    assert_eq!(derivative(assigned, 0.7), (assigned(0.7), 3.5));
    assert_eq!(derivative(|x| derivative(assigned, x).1, 0.7), (3.5, 5.0));
    let slope = gradient(|x| assigned(x[0]), &dvector![0.7]).1;
    assert!((slope[0] - 3.5).abs() < 1e-15 && assigned(Dual::<f64, 2>::from(0.7)) == assigned(0.7));
}
