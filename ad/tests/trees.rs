//! Random expressions over the whole rule table: reverse, forward, and both over each other.

use costate_ad::{
    Dual, Real, Var, binary_rules, derivative, gradient, gradient_forward, special_binary_rules, special_rules,
    unary_rules,
};
use nalgebra::DVector;
use proptest::prelude::*;
use std::ops::Range;

struct Unary<R> {
    apply: fn(R) -> R,
    domain: Range<f64>,
}

struct Binary<R> {
    apply: fn(R, R) -> R,
    domains: [Range<f64>; 2],
}

macro_rules! unary_rows {
    ($($(#[$doc:meta])* $name:ident($x:ident, $y:ident) = $slope:expr, $domain:expr;)*) => {
        vec![$(Unary::<R> { apply: |x| x.$name(), domain: $domain }),*]
    };
}

macro_rules! binary_rows {
    ($($(#[$doc:meta])* $name:ident($a:ident, $b:ident, $y:ident) = $slopes:expr, $da:expr, $db:expr;)*) => {
        vec![$(Binary::<R> { apply: |a, b| a.$name(b), domains: [$da, $db] }),*]
    };
}

/// The table, for one scalar.
struct Rules<R> {
    unary: Vec<Unary<R>>,
    binary: Vec<Binary<R>>,
}

impl<R: Real> Rules<R> {
    fn new() -> Self {
        let mut unary: Vec<Unary<R>> = unary_rules!(unary_rows);
        unary.extend(special_rules!(unary_rows));
        let mut binary: Vec<Binary<R>> = binary_rules!(binary_rows);
        binary.extend(special_binary_rules!(binary_rows));
        let plain: [fn(R, R) -> R; 3] = [|a, b| a + b, |a, b| a - b, |a, b| a * b];
        binary.extend(plain.map(|apply| Binary { apply, domains: [-3.0..3.0, -3.0..3.0] }));
        binary.push(Binary { apply: |a, b| a / b, domains: [-3.0..3.0, 0.2..3.0] });
        Rules { unary, binary }
    }
}

#[derive(Clone, Debug)]
enum Tree {
    Input(usize),
    Constant(f64),
    Unary(usize, Box<Tree>),
    Binary(usize, Box<[Tree; 2]>),
}

/// Any number, folded smoothly into the domain of a rule; constants stay constants.
fn fold<R: Real>(x: R, domain: &Range<f64>) -> R {
    (x * 0.7).sin() * (0.5 * (domain.end - domain.start)) + 0.5 * (domain.end + domain.start)
}

impl Tree {
    fn evaluate<R: Real>(&self, rules: &Rules<R>, x: &[R]) -> R {
        match self {
            Tree::Input(i) => x[i % x.len()],
            Tree::Constant(c) => R::from(*c),
            Tree::Unary(row, of) => {
                let rule = &rules.unary[row % rules.unary.len()];
                (rule.apply)(fold(of.evaluate(rules, x), &rule.domain))
            }
            Tree::Binary(row, of) => {
                let rule = &rules.binary[row % rules.binary.len()];
                let [a, b] = [0, 1].map(|i| fold(of[i].evaluate(rules, x), &rule.domains[i]));
                (rule.apply)(a, b)
            }
        }
    }
}

fn trees() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![4 => (0..3_usize).prop_map(Tree::Input), 1 => (-2.0..2.0_f64).prop_map(Tree::Constant)];
    leaf.prop_recursive(7, 60, 2, |inner| {
        prop_oneof![
            (any::<usize>(), inner.clone()).prop_map(|(row, of)| Tree::Unary(row, Box::new(of))),
            (any::<usize>(), inner.clone(), inner).prop_map(|(row, a, b)| Tree::Binary(row, Box::new([a, b]))),
        ]
    })
}

fn close(a: &DVector<f64>, b: &DVector<f64>, tolerance: f64) -> bool {
    (a - b).amax() <= tolerance * (1.0 + a.amax())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn every_mode_agrees(tree in trees(), at in prop::array::uniform3(-2.0..2.0_f64)) {
        let x = DVector::from_column_slice(&at);
        let plain = tree.evaluate(&Rules::new(), x.as_slice());
        prop_assume!(plain.is_finite());
        let (var, dual) = (Rules::new(), Rules::new());
        let (value, reverse) = gradient(|x| tree.evaluate(&var, x.as_slice()), &x);
        let (forward_value, forward) = gradient_forward(|x| tree.evaluate(&dual, x.as_slice()), &x);
        prop_assert_eq!([value.to_bits(), forward_value.to_bits()], [plain.to_bits(); 2], "one value in every mode");
        prop_assert!(close(&reverse, &forward, 1e-12), "reverse {} forward {}", reverse, forward);

        // Along a direction: the second derivative by three nestings.
        let direction = [0.6, -0.3, 0.8];
        let (nested, over) = (Rules::<Dual<Dual<f64>>>::new(), Rules::<Dual<Var>>::new());
        let line = |t: Dual<Dual<f64>>| {
            tree.evaluate(&nested, &[0, 1, 2].map(|i| t * direction[i] + at[i]))
        };
        let (slope, second) = derivative(|t| derivative(line, t).1, 0.0);
        let along = forward.dot(&DVector::from_column_slice(&direction));
        prop_assert!((slope - along).abs() <= 1e-11 * (1.0 + forward.amax()), "{} against {}", slope, along);
        let line = |t: Dual<Var>| tree.evaluate(&over, &[0, 1, 2].map(|i| t * direction[i] + at[i]));
        let (_, mixed) = gradient(|t| derivative(line, t[0]).1, &DVector::zeros(1));
        prop_assert!((mixed[0] - second).abs() <= 1e-10 * (1.0 + second.abs()), "{} against {}", mixed[0], second);
    }
}
