//! What this example claims.

use super::*;

#[test]
fn the_gradient_that_is_timed_is_right() {
    for layers in [1, 2, 3] {
        let at = inputs(layers, 3);
        let (value, slope) = gradient(|all| lstm(layers, all.as_slice()), &at);
        let (again, forward) = gradient_forward(|all| lstm(layers, all.as_slice()), &at);
        assert_eq!(value, again);
        assert!((&slope - &forward).amax() < 1e-14, "{:e}", (&slope - &forward).amax());
        assert!(slope.iter().all(|&s| s != 0.0));
        for i in [0, 77, at.len() - 1] {
            let moved = |step: f64| {
                lstm(layers, DVector::from_fn(at.len(), |j, _| at[j] + if j == i { step } else { 0.0 }).as_slice())
            };
            let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((slope[i] - difference).abs() < 1e-9, "{i}: {} {difference}", slope[i]);
        }
    }
}

/// Samples do not see each other, so their sums add up.
#[test]
fn a_batch_is_its_samples() {
    let at = inputs(2, 5);
    let (p, samples) = at.as_slice().split_at(2 * PARAMETERS);
    let apart: f64 = samples.chunks(UNITS).map(|sample| lstm(2, &[p, sample].concat())).sum();
    assert!((apart - lstm(2, at.as_slice())).abs() < 1e-14);
    assert_eq!(line(&[[1.0, 5.0], [2.0, 7.0], [4.0, 11.0]]), [3.0, 2.0]);
}
