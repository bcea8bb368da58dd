//! What this example claims.

use super::*;

/// What the notebook shows of its matrix: the first three and the last three columns.
const PUBLISHED: [[f64; 6]; 10] = [
    [0.0814929, 0.0, 0.0, 0.0, 0.0, 0.0],
    [0.0, 0.163343, 0.0, 0.0, 0.0, 0.0],
    [0.00372604, 0.0, 0.156188, 0.0, 0.0, 0.0],
    [0.0, 0.0, 0.0104103, 0.0, 0.0, 0.0],
    [0.0, 0.00460568, 0.0, 0.0, 0.0, 0.0],
    [0.00290971, 0.0, 0.0, 0.0, 0.0, 0.0],
    [0.0, 0.0, 0.00312004, 0.0, 0.0, 0.0],
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    [0.0, 0.0, 0.00369943, 2.04168, 9.09089, 0.0],
    [0.0, 0.00302099, 0.0, 0.609989, 2.35106, 13.8108],
];

/// Half a unit of the last of six digits.
fn printed(found: f64, published: f64) -> bool {
    let unit = 10.0_f64.powf(published.abs().max(1e-9).log10().floor() - 5.0);
    (found - published).abs() <= 0.5001 * unit
}

#[test]
fn the_published_matrix_to_its_printed_digits() {
    let found = durations(&BONDS, true);
    for (bond, row) in PUBLISHED.iter().enumerate() {
        for (&column, &published) in [0, 1, 2, 9, 10, 11].iter().zip(row) {
            assert!(printed(found[(bond, column)], published), "{bond} {column}: {}", found[(bond, column)]);
        }
    }
    let nested = durations(&BONDS, false);
    assert!((&found - &nested).amax() < 1e-12, "{:e}", (found - nested).amax());
}

/// A bond that pays a key rate depends on no other.
#[test]
fn bonds_at_par_have_a_diagonal_matrix() {
    let par = std::array::from_fn::<_, 12, _>(|i| Bond(6, PER_CENT[i] / 200.0, MONTHS[i]));
    let published = [
        0.0814929, 0.163343, 0.245508, 0.493800, 0.981390, 1.93879, 2.87320, 4.67450, 6.38290, 8.76897, 15.3172,
        20.0301,
    ];
    let found = durations(&par, true);
    for i in 0..12 {
        assert!(
            printed(found[(i, i)], published[i]) || (found[(i, i)] - published[i]).abs() < 1e-5,
            "{}",
            found[(i, i)]
        );
        assert!((0..12).all(|j| j == i || found[(i, j)].abs() < 1e-11));
    }
}
