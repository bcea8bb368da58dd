//! What this example claims.

use super::*;

/// Hull, Options, Futures, and Other Derivatives: a call of 4.76; and the textbook formulas of its Greeks.
fn by_hand() -> Greeks {
    let (s, k, r, v, t) = (42.0_f64, 40.0_f64, 0.1_f64, 0.2_f64, 0.5_f64);
    let d1 = ((s / k).ln() + (r + 0.5 * v * v) * t) / (v * t.sqrt());
    let d2 = d1 - v * t.sqrt();
    let (density, now) = ((-0.5 * d1 * d1).exp() / std::f64::consts::TAU.sqrt(), k * (-r * t).exp());
    let theta = -s * density * v / (2.0 * t.sqrt()) - r * now * normal(d2);
    let price = s * normal(d1) - now * normal(d2);
    [price, normal(d1), density / (s * v * t.sqrt()), s * density * t.sqrt(), t * now * normal(d2), theta]
}

fn market() -> Market<f64> {
    dvector![42.0, 0.2, 0.1, 0.5]
}

#[test]
fn the_closed_form_has_its_textbook_greeks() {
    let found = greeks(|m| black_scholes([m[0], m[1], m[2], m[3]], 40.0, true), &market());
    assert!((found[0] - 4.76).abs() < 0.005);
    assert!((0..6).all(|i| (found[i] - by_hand()[i]).abs() < 1e-12), "{found:?}");
}

#[test]
fn a_smooth_tree_has_all_greeks_and_a_kinked_one_no_gamma() {
    let smooth = greeks(|m| tree(m, 40.0, true, false, true), &market());
    // A tree of n steps is off by a few parts in n, in second derivatives by more.
    let off = |i: usize| (smooth[i] / by_hand()[i] - 1.0).abs();
    assert!((0..6).all(|i| off(i) < if i == 2 { 2e-2 } else { 2e-3 }), "{smooth:?}");
    assert_eq!(greeks(|m| tree(m, 40.0, true, false, false), &market())[2], 0.0);
    // Longstaff and Schwartz (2001), table 1: 4.478 by finite differences if it may be exercised on fifty dates of the year; at any time
    // is worth a little more.
    let american = greeks(|m| tree(m, 40.0, false, true, true), &dvector![36.0, 0.2, 0.06, 1.0]);
    assert!(american[0] > 4.478 && american[0] < 4.490 && american[2] > 0.0, "{american:?}");
}

#[test]
fn paths_have_the_greeks_within_their_errors() {
    for smooth in [false, true] {
        let [mean, error] = monte_carlo(&market(), 40.0, 4000, smooth);
        let agrees = |i: usize| (mean[i] - by_hand()[i]).abs() < 3.5 * error[i];
        assert!((0..6).all(|i| if i == 2 && !smooth { mean[i] == 0.0 } else { agrees(i) }), "{mean:?} {error:?}");
    }
}
