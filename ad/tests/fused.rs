//! Fused hooks against the loops that they stand for: every scalar, every shape, every mode.

use costate_ad::{Activation, Dual, NetworkMemory, Real, Var, derivative, gradient, gradient_forward, hvp};
use nalgebra::{DMatrix, DVector, dvector};
use proptest::prelude::*;

const ACTIVATIONS: [Activation; 9] = [
    Activation::Identity,
    Activation::Tanh,
    Activation::Relu,
    Activation::Logistic,
    Activation::Softplus,
    Activation::Gelu,
    Activation::Silu,
    Activation::Sin,
    Activation::Square,
];

/// A layer with a product on top, by the hooks or by loops. Weights, bias and inputs are parts of `x`, and so that they
/// are no bare inputs of the tape, each is a function of two of them.
struct Network {
    shape: [usize; 3],
    activation: Activation,
    fused: bool,
    /// Which of weights, bias, inputs are constants.
    constant: [bool; 3],
}

impl Network {
    fn parts(&self) -> [usize; 3] {
        let [rows, inner, columns] = self.shape;
        [rows * inner, rows, inner * columns]
    }

    fn run<R: Real>(&self, x: &DVector<R>) -> R {
        let mixed: Vec<R> = (0..x.len()).map(|i| x[i] * 0.5 + (x[(i + 1) % x.len()] * x[i]).sin()).collect();
        let mut rest = mixed.as_slice();
        let [weights, bias, inputs] = [0, 1, 2].map(|i| {
            let (part, after) = rest.split_at(self.parts()[i]);
            rest = after;
            part.iter().map(|&x| if self.constant[i] { R::from(x.value()) } else { x }).collect::<Vec<R>>()
        });
        let [rows, inner, columns] = self.shape;
        if self.fused {
            let mut hidden = R::layer(self.activation, &weights, &bias, &inputs, self.shape);
            R::axpy(x[0], &hidden.clone(), &mut hidden);
            let square = R::matmul(&hidden, &inputs, [rows, columns, inner]);
            let column = R::matvec(&square, &inputs[..inner], [rows, inner]);
            return R::logsumexp(&column) + R::sum(&R::map(self.activation, &square));
        }
        let product = |a: &[R], b: &[R], [rows, inner, columns]: [usize; 3]| {
            let entry = |i: usize, j: usize| (0..inner).fold(R::zero(), |s, k| s + a[k * rows + i] * b[j * inner + k]);
            (0..rows * columns).map(|e| entry(e % rows, e / rows)).collect::<Vec<R>>()
        };
        let sums = product(&weights, &inputs, self.shape);
        let hidden: Vec<R> =
            sums.iter().enumerate().map(|(e, &s)| self.activation.apply(s + bias[e % rows]) * (x[0] + 1.0)).collect();
        let square = product(&hidden, &inputs, [rows, columns, inner]);
        let column = product(&square, &inputs[..inner], [rows, inner, 1]);
        column.iter().fold(R::zero(), |s, x| s + x.exp()).ln()
            + square.iter().fold(R::zero(), |s, &x| s + self.activation.apply(x))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn hooks_agree_with_loops(
        columns in 1..14_usize, rows in 1..14_usize, activation in 0..9_usize, constant: [bool; 3], seed in 0.0..6.0_f64,
    ) {
        // The product hidden * inputs needs as many columns as inputs have rows.
        let shape = [rows, columns, columns];
        let activation = ACTIVATIONS[activation];
        let [fused, plain] = [true, false].map(|fused| Network { shape, activation, fused, constant });
        let n = plain.parts().iter().sum::<usize>();
        let x = DVector::from_fn(n, |i, _| (seed + 1.7 * i as f64).sin() * 0.6);
        let expected = gradient(|x| plain.run(x), &x);
        let reverse = gradient(|x| fused.run(x), &x);
        prop_assert_eq!(reverse.0.to_bits(), fused.run(&x).to_bits(), "values do not depend on the scalar");
        let scale = 1.0 + expected.1.amax();
        prop_assert!((reverse.0 - expected.0).abs() <= 1e-12 * (1.0 + expected.0.abs()));
        prop_assert!((&reverse.1 - &expected.1).amax() <= 1e-12 * scale, "{} against {}", reverse.1, expected.1);
        if n < 60 {
            let forward = gradient_forward(|x| fused.run(x), &x);
            prop_assert_eq!(forward.0.to_bits(), reverse.0.to_bits());
            prop_assert!((&forward.1 - &expected.1).amax() <= 1e-12 * scale, "{} against {}", forward.1, expected.1);
        }
        // A directional second derivative: reverse over forward, hooks against loops.
        let along = |network: &Network, x: &DVector<Var>| {
            let x = x.map_with_location(|i, _, x| Dual::<Var>::variable(x, 0) * (1.0 + i as f64).cos());
            network.run(&x).derivatives[0]
        };
        let (_, expected) = gradient(|x| along(&plain, x), &x);
        let (_, second) = gradient(|x| along(&fused, x), &x);
        prop_assert!((&second - &expected).amax() <= 1e-10 * (1.0 + expected.amax()), "{} against {}", second, expected);
    }
}

#[test]
fn activations_and_their_slopes() {
    for activation in ACTIVATIONS {
        for x in [-30.0, -2.0, -0.3, 0.4, 1.7, 30.0] {
            let slope = |x: f64| activation.slope(x, activation.apply(x));
            let (value, exact) = derivative(|x| activation.apply(x), x);
            let mapped = f64::map(activation, &[x])[0];
            assert!(
                (mapped - value).abs() <= 4.0 * f64::EPSILON * value.abs(),
                "{activation:?} at {x}: {mapped}, {value}"
            );
            assert!((slope(x) - exact).abs() <= 1e-14, "{activation:?} at {x}: {} against {exact}", slope(x));
            let (_, mapped) = gradient(|x| Var::map(activation, x.as_slice())[0], &dvector![x]);
            assert!((mapped[0] - slope(x)).abs() <= 1e-14, "{activation:?} at {x}: {} against {}", mapped[0], slope(x));
            let dual = Dual::<f64, 1>::map(activation, &[Dual::variable(x, 0)])[0];
            assert_eq!(dual.value.to_bits(), f64::map(activation, &[x])[0].to_bits(), "{activation:?} at {x}");
            assert!((dual.derivatives[0] - slope(x)).abs() <= 1e-14, "{activation:?} at {x}");
        }
    }
    let gelu = Activation::Gelu;
    assert!((gelu.apply(1.0) - 0.841_344_746_068_542_9).abs() < 1e-15, "Phi(1), Abramowitz and Stegun table 26.1");
    assert_eq!(gradient(|x| Activation::Relu.apply(x[0]), &dvector![0.0]).1[0], 0.0);
}

#[test]
fn large_products_are_those_of_nalgebra() {
    for [rows, inner, columns] in
        [[64, 64, 32], [100, 3, 70], [1, 50, 90], [70, 1, 80], [33, 65, 1], [0, 4, 5], [4, 0, 5]]
    {
        let left = DMatrix::from_fn(rows, inner, |i, j| ((i * 7 + j * 3) as f64).sin());
        let right = DMatrix::from_fn(inner, columns, |i, j| ((i * 5 + j * 11) as f64).cos());
        let product = f64::matmul(left.as_slice(), right.as_slice(), [rows, inner, columns]);
        assert!((DMatrix::from_vec(rows, columns, product) - left * right).amax() <= 1e-13 || rows * columns == 0);
    }
}

/// A square at the end, so that the cotangents of the outputs differ.
fn network_and_its_layers<R: Real>(x: &[R], [of_parameters, of_inputs]: [usize; 2]) -> [R; 2] {
    let (sizes, activations) = ([3, 5, 4, 2], [Activation::Tanh, Activation::Gelu, Activation::Logistic]);
    let fixed = |k: usize| R::from((1.7 * k as f64).sin());
    let take = |from: usize, variable: usize, length: usize| -> Vec<R> {
        (0..length).map(|k| if k < variable { x[from + k] } else { fixed(from + k) }).collect()
    };
    let parameters = take(0, of_parameters, 54);
    let inputs = take(54, of_inputs, 3 * 7);
    let whole = R::network(&sizes, &activations, &parameters, &inputs);
    let (mut rest, mut outputs) = (parameters.as_slice(), inputs);
    for (size, activation) in sizes.windows(2).zip(activations) {
        let (own, behind) = rest.split_at(size[1] * (size[0] + 1));
        let (weights, bias) = own.split_at(size[1] * size[0]);
        outputs = R::layer(activation, weights, bias, &outputs, [size[1], size[0], 7]);
        rest = behind;
    }
    [whole, outputs].map(|outputs| outputs.into_iter().fold(R::zero(), |total, y| total + y * y))
}

#[test]
fn a_network_is_its_layers_one_after_the_other() {
    let x = DVector::from_fn(75, |k, _| (1.7 * k as f64).sin());
    // With parameters and inputs that vary, and with one of them constant.
    for variable in [[54, 21], [54, 0], [0, 21]] {
        let [whole, layers] =
            [0, 1].map(|which| gradient(|x| network_and_its_layers(x.as_slice(), variable)[which], &x));
        assert_eq!(whole.0, layers.0);
        assert!((&whole.1 - &layers.1).amax() < 1e-14 && whole.1.amax() > 0.01, "{variable:?}");
        let [whole, layers] = [0, 1].map(|which| {
            let direction = DVector::from_fn(75, |k, _| (0.3 * k as f64).cos());
            hvp(|x| network_and_its_layers(x.as_slice(), variable)[which], &x, &direction).2
        });
        assert!((whole - layers).amax() < 1e-13, "{variable:?}");
    }
}

#[test]
fn what_was_kept_of_networks_changes_no_bit() {
    let (sizes, activations) = ([2, 3, 2], [Activation::Tanh, Activation::Silu]);
    let p = DVector::from_fn(17, |k, _| (1.7 * k as f64).sin());
    let plain = |p: &[f64], x: f64| f64::network(&sizes, &activations, p, &[x, 0.3]);
    let slope =
        |x: f64| gradient(|p| R::sum(&R::network(&sizes, &activations, p.as_slice(), &[x.into(), 0.3.into()])), &p);
    use Var as R;
    let points = [0.1, 0.2, 0.3, 0.4];
    let (values, slopes) = (points.map(|x| plain(p.as_slice(), x)), points.map(slope));
    let one = size_of::<f64>() * (2 + 3 + 2 + 2);
    // Numbers have more memory than they fill.
    for (room, kept) in [(1 << 20, 4..=4), (3 * one, 1..=3), (0, 0..=0)] {
        let mut memory = NetworkMemory::new(room);
        let first = memory.keeping(|| {
            points.map(|x| {
                let value = plain(p.as_slice(), x);
                NetworkMemory::end_step();
                value
            })
        });
        assert!(first == values && kept.contains(&memory.len()), "{} kept in {room} bytes", memory.len());
        memory.replaying(|| {
            for (step, &x) in points.iter().enumerate().rev() {
                NetworkMemory::rewind(step);
                // Another point, and other parameters, are other networks.
                assert_eq!(
                    plain(p.as_slice(), x + 1.0),
                    f64::network(&sizes, &activations, p.as_slice(), &[x + 1.0, 0.3])
                );
                assert_eq!(plain((&p * 2.0).as_slice(), 0.1).len(), 2);
                assert_eq!(plain(p.as_slice(), x), values[step]);
                // The second time it is gone.
                assert!([slope(x), slope(x)].iter().all(|again| *again == slopes[step]), "step {step}, {room} bytes");
            }
        });
        assert!(memory.is_empty() && points.map(|x| plain(p.as_slice(), x)) == values);
    }
}

#[test]
fn logsumexp_neither_overflows_nor_loses_terms() {
    let inf = f64::INFINITY;
    let rows: &[(&[f64], f64, &[f64])] = &[
        (&[1000.0, 1000.0], 1000.0 + 2.0_f64.ln(), &[0.5, 0.5]),
        (&[-1000.0, -1000.0], -1000.0 + 2.0_f64.ln(), &[0.5, 0.5]),
        (&[-inf, 3.0], 3.0, &[0.0, 1.0]),
        (&[-inf, -inf], -inf, &[0.5, 0.5]),
        (&[inf, 2.0, inf], inf, &[0.5, 0.0, 0.5]),
        (&[7.0], 7.0, &[1.0]),
    ];
    for (x, value, slope) in rows {
        let x = DVector::from_column_slice(x);
        for (mode, got) in [
            ("reverse", gradient(|x| Real::logsumexp(x.as_slice()), &x)),
            ("forward", gradient_forward(|x| Real::logsumexp(x.as_slice()), &x)),
        ] {
            assert_eq!(got.0, *value, "{mode} at {x}");
            assert!(
                (got.1.as_slice().iter().zip(*slope)).all(|(a, b)| (a - b).abs() < 1e-13),
                "{mode} at {x}: {}",
                got.1
            );
        }
    }
    assert_eq!(f64::logsumexp(&[]), -inf);
    assert!(f64::logsumexp(&[f64::NAN, 1.0]).is_nan() && f64::logsumexp(&[1.0, f64::NAN]).is_nan());
}

#[test]
fn wrong_sizes_are_named() {
    let message = |f: fn()| *std::panic::catch_unwind(f).unwrap_err().downcast::<String>().unwrap();
    let text = message(|| drop(f64::matmul(&[1.0; 6], &[1.0; 5], [2, 3, 2])));
    assert_eq!(text, "matmul: right has 5 elements, but the shape says 6");
    let text = message(|| drop(Var::layer(Activation::Tanh, &[0.0.into(); 6], &[], &[0.0.into(); 3], [2, 3, 1])));
    assert_eq!(text, "layer: bias has 0 elements, but the shape says 2");
}
