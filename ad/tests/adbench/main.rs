//! ADBench's objectives against the gradients and Jacobians that its own tests expect.

mod ba;
mod gmm;

use costate_ad::{Dual, gradient, gradient_forward};
use gmm::Gmm;
use nalgebra::DVector;
use serde_json::Value;

fn expected() -> Value {
    serde_json::from_str(include_str!("../../../data/adbench/expected.json")).expect("valid JSON")
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("an array").iter().map(|x| x.as_f64().expect("a number")).collect()
}

fn assert_close(what: &str, got: &[f64], expected: &[f64]) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (i, (a, b)) in got.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= 1e-8 * (1.0 + b.abs()), "{what}, element {i}: {a} against {b}");
    }
}

#[test]
fn gaussian_mixture_has_the_published_gradient() {
    let expected = &expected()["gmm_test"];
    let (problem, parameters) = Gmm::read(include_str!("../../../data/adbench/gmm_test.txt"));
    let x = DVector::from_vec(parameters);
    let reverse = gradient(|x| problem.objective(x.as_slice()), &x);
    let forward = gradient_forward(|x| problem.objective(x.as_slice()), &x);
    for (mode, (value, slope)) in [("reverse", reverse), ("forward", forward)] {
        assert_close(mode, &[value], &[expected["objective"].as_f64().expect("a number")]);
        assert_close(mode, slope.as_slice(), &numbers(&expected["gradient"]));
        assert_eq!(value.to_bits(), problem.objective(x.as_slice()).to_bits(), "{mode}: the plain value");
    }
}

#[test]
fn both_modes_agree_on_a_thousand_points() {
    let (problem, parameters) = Gmm::read(include_str!("../../../data/adbench/gmm_1k_d2_K5.txt"));
    let x = DVector::from_vec(parameters);
    let (value, reverse) = gradient(|x| problem.objective(x.as_slice()), &x);
    let (_, forward) = gradient_forward(|x| problem.objective(x.as_slice()), &x);
    assert!((&reverse - &forward).amax() <= 1e-11 * forward.amax(), "{reverse} {forward}");
    assert_eq!(value.to_bits(), problem.objective(x.as_slice()).to_bits());
}

#[test]
fn bundle_adjustment_has_the_published_jacobian() {
    let expected = &expected()["ba_test"];
    let text = include_str!("../../../data/adbench/ba_test.txt");
    let all: Vec<f64> = text.split_whitespace().map(|word| word.parse().expect("a number")).collect();
    let (sizes, inputs) = all.split_at(3);
    let observations = sizes[2] as usize;
    let x: [f64; ba::INPUTS] = std::array::from_fn(|i| inputs[i]);
    let feature = [inputs[15], inputs[16]];

    let errors = ba::jacobian(&x, feature);
    assert_close("errors", &errors.map(|e| e.value), &numbers(&expected["reproj_err_each"]));
    let published = numbers(&expected["jacobian_csr"]["vals"]);
    let rows = errors.map(|e| e.derivatives).concat();
    for observation in 0..observations {
        assert_close("forward", &rows, &published[30 * observation..][..30]);
    }
    for output in 0..2 {
        let (value, slope) = gradient(
            |x| ba::reprojection(&std::array::from_fn(|i| x[i]), feature)[output],
            &DVector::from_column_slice(&x),
        );
        assert_eq!(value, errors[output].value);
        assert_close("reverse", slope.as_slice(), &published[15 * output..][..15]);
    }
    let weight = ba::weight_error(Dual::<f64>::variable(x[14], 0));
    assert_close("weight", &[weight.value], &[expected["w_err_each"].as_f64().expect("a number")]);
    assert_close("weights", &published[30 * observations..], &vec![weight.derivatives[0]; observations]);
}
