//! The order conditions of the tableaus.

use costate_solvers::{Rossler, Shark, Sosra, Sosri, Spark, Sra1, Sra3, Sriw1, StochasticRungeKutta};

type Row = [f64; 4];

fn dot(a: &Row, b: &Row) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn squares(a: &Row) -> Row {
    a.map(|a| a * a)
}

/// A triangle without its diagonal, times a vector.
fn times(triangle: &[f64; 6], v: &Row) -> Row {
    let [a, b, c, d, e, f] = *triangle;
    [0.0, a * v[0], b * v[0] + c * v[1], d * v[0] + e * v[1] + f * v[2]]
}

fn assert_all(name: &str, conditions: &[[f64; 2]]) {
    for (number, [found, expected]) in conditions.iter().enumerate() {
        assert!((found - expected).abs() < 1e-12, "{name}, condition {}: {found}, not {expected}", number + 1);
    }
}

/// Rossler 2010, theorem 6.1: strong order 1.5 for diagonal noise.
fn check_rossler<M: Rossler>() {
    let t = M::TABLEAU;
    let one = [1.0; 4];
    let [a0, a1, b0, b1] = [t.a0, t.a1, t.b0, t.b1].map(|triangle| times(&triangle, &one));
    let twice = times(&t.b1, &b1);
    let [beta1, beta2, beta3, beta4] = t.beta;
    let mixed = times(&t.a1, &b0);
    let conditions = [
        [dot(&t.alpha, &one), 1.0],
        [dot(&beta1, &one), 1.0],
        [dot(&beta2, &one), 0.0],
        [dot(&beta3, &one), 0.0],
        [dot(&beta4, &one), 0.0],
        [dot(&beta1, &b1), 0.0],
        [dot(&beta2, &b1), 1.0],
        [dot(&beta3, &b1), 0.0],
        [dot(&beta4, &b1), 0.0],
        [dot(&t.alpha, &a0), 0.5],
        [dot(&t.alpha, &b0), 1.0],
        [dot(&t.alpha, &squares(&b0)), 1.5],
        [dot(&beta1, &a1), 1.0],
        [dot(&beta2, &a1), 0.0],
        [dot(&beta3, &a1), -1.0],
        [dot(&beta4, &a1), 0.0],
        [dot(&beta1, &squares(&b1)), 1.0],
        [dot(&beta2, &squares(&b1)), 0.0],
        [dot(&beta3, &squares(&b1)), -1.0],
        [dot(&beta4, &squares(&b1)), 2.0],
        [dot(&beta1, &twice), 0.0],
        [dot(&beta2, &twice), 0.0],
        [dot(&beta3, &twice), 0.0],
        [dot(&beta4, &twice), 1.0],
        [0.5 * dot(&beta1, &mixed) + dot(&beta3, &mixed) / 3.0, 0.0],
        [dot(&t.error, &one), 0.0],
    ];
    assert_all(t.name, &conditions);
}

/// The elements of a row that may be short.
fn padded(row: &[f64]) -> Row {
    std::array::from_fn(|index| row.get(index).copied().unwrap_or(0.0))
}

/// The sum of a row that may be missing.
fn sums(rows: &[&[f64]]) -> Row {
    std::array::from_fn(|index| rows.get(index).map_or(0.0, |row| row.iter().sum()))
}

/// Rossler 2010, theorem 6.4: strong order 1.5 for additive noise. The stages see the noise as `B0` times the mean `W/2 + H` of
/// the motion, the result as `beta1 W + beta2 (W/2 + H)`.
fn check_additive<M: StochasticRungeKutta>() {
    let t = M::TABLEAU;
    let one = [1.0; 4];
    let [alpha, beta2, d] = [t.b, t.b_h, t.d].map(padded);
    let b_w = padded(t.b_w);
    let beta1 = std::array::from_fn(|i| b_w[i] - 0.5 * beta2[i]);
    let (c, b0, half) = (padded(t.c), sums(t.a_h), sums(t.a_w));
    let stages: Vec<[f64; 2]> = sums(t.a).into_iter().zip(c).map(|(sum, c)| [sum, c]).collect();
    assert_all(t.name, &stages);
    let conditions = [
        [dot(&alpha, &one), 1.0],
        [dot(&beta1, &one), 1.0],
        [dot(&beta2, &one), 0.0],
        [dot(&alpha, &c), 0.5],
        [dot(&beta1, &d), 1.0],
        [dot(&beta2, &d), -1.0],
        [padded(t.error).iter().sum(), 0.0],
        // The means of the products of what a drift sees with W and H, and of its square: 1/2, 1/12 and 1/2.
        [dot(&alpha, &half), 0.5],
        [dot(&alpha, &b0), 1.0],
        [dot(&alpha, &squares(&half)) + dot(&alpha, &squares(&b0)) / 12.0, 0.5],
    ];
    assert_all(t.name, &conditions);
}

#[test]
fn rossler_methods_have_order_three_halves() {
    check_rossler::<Sriw1>();
    check_rossler::<Sosri>();
}

#[test]
fn additive_methods_have_order_three_halves() {
    check_additive::<Sra1>();
    check_additive::<Sra3>();
    check_additive::<Sosra>();
    check_additive::<Shark>();
}

/// For constant diffusion the stages of SPaRK see what those of an additive method see.
#[test]
fn spark_is_an_additive_method_where_the_noise_is_additive() {
    let t = Spark::TABLEAU;
    let (b, half, b0) = (padded(t.b), sums(t.a_w), sums(t.a_h));
    let conditions = [
        [t.b.iter().sum(), 1.0],
        [t.b_w.iter().sum(), 1.0],
        [t.b_h.iter().sum(), 0.0],
        [dot(&b, &padded(t.c)), 0.5],
        [dot(&b, &half), 0.5],
        [dot(&b, &b0), 1.0],
        [dot(&b, &squares(&half)) + dot(&b, &squares(&b0)) / 12.0, 0.5],
        [t.error.iter().sum(), 0.0],
        [t.error_w.iter().sum(), 0.0],
        [t.error_h.iter().sum(), 0.0],
    ];
    assert_all(t.name, &conditions);
}
