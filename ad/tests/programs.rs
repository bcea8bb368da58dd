//! Gradients of general programs: recursion, mutated arrays, aliasing, data-dependent branches.

use costate_ad::{Real, gradient, gradient_forward};
use nalgebra::DVector;
use proptest::prelude::*;

/// A program drawn at random: how it recurses, branches and writes.
#[derive(Clone, Debug)]
struct Program {
    depth: usize,
    choices: Vec<usize>,
}

/// Recursion that writes into an array shared by all its calls, where what it writes, and where, and whether it recurses
/// again, depends on the values read: the claim on which other systems fail.
fn run<R: Real>(program: &Program, cells: &mut [R], depth: usize, at: usize) -> R {
    let n = cells.len();
    let choice = program.choices[(depth * 7 + at) % program.choices.len()];
    let (i, j) = (at % n, (at + choice) % n);
    if depth == 0 {
        return cells[i] * cells[j];
    }
    if cells[i] > cells[j] {
        cells[j] = (cells[i] - cells[j]).sin() + cells[j] * 0.5;
        let inner = run(program, cells, depth - 1, at + 1);
        cells[i] += inner * 0.25;
        cells.swap(i, (j + 1) % n);
    } else {
        cells[i] = 2.0 / (1.0 + cells[j] * cells[j]) - cells[i] * 0.25;
        let (left, right) = cells.split_at_mut(n / 2);
        left[0] = right[right.len() - 1].tanh() + left[0] * 0.5;
    }
    if choice.is_multiple_of(3) {
        let saved = cells[j];
        cells[j] = run(program, cells, depth - 1, at + choice + 1).atan();
        cells[j] + saved * cells[i]
    } else {
        cells.iter().fold(R::zero(), |total, &cell| total + cell.cos()) + run(program, cells, depth - 1, at + 2)
    }
}

fn whole<R: Real>(program: &Program, x: &DVector<R>) -> R {
    let mut cells = x.as_slice().to_vec();
    run(program, &mut cells, program.depth, 0) + cells[0] * cells[cells.len() - 1]
}

fn programs() -> impl Strategy<Value = (Program, DVector<f64>)> {
    let program =
        (0..7_usize, prop::collection::vec(0..50_usize, 1..30)).prop_map(|(depth, choices)| Program { depth, choices });
    (program, prop::collection::vec(-2.0..2.0_f64, 2..20).prop_map(DVector::from_vec))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn recursion_in_mutated_arrays_under_branches((program, x) in programs()) {
        let (value, reverse) = gradient(|x| whole(&program, x), &x);
        let (forward_value, forward) = gradient_forward(|x| whole(&program, x), &x);
        prop_assert_eq!(value, whole(&program, &x));
        prop_assert_eq!(forward_value, value);
        let scale = 1.0 + forward.amax();
        prop_assert!((&reverse - &forward).amax() <= 1e-12 * scale, "reverse {} forward {}", reverse, forward);
        for i in 0..x.len() {
            let Some(difference) = central_difference(&program, &x, i, &forward) else { continue };
            prop_assert!((difference - forward[i]).abs() <= 1e-5 * scale, "{}: {} against {}", i, difference, forward[i]);
        }
    }
}

/// A central difference in one input; `None` where a branch flips between the two points, which shows as one-sided
/// differences that disagree by far more than the curvature.
fn central_difference(program: &Program, x: &DVector<f64>, i: usize, slope: &DVector<f64>) -> Option<f64> {
    let h = 1e-6;
    let at = |step: f64| {
        let mut x = x.clone();
        x[i] += step;
        whole(program, &x)
    };
    let (below, here, above) = (at(-h), at(0.0), at(h));
    let one_sided = [(here - below) / h, (above - here) / h];
    let smooth = (one_sided[0] - one_sided[1]).abs() < 1e-2 * (1.0 + slope.amax());
    smooth.then(|| (above - below) / (2.0 * h))
}
