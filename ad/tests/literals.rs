//! A model reads like mathematics under the single bound `R: Real`.

use costate_ad::Real;
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
