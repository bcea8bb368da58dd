//! Networks: shapes, gradients, starts, files.

use costate_ad::{Activation, Var, gradient, gradient_forward};
use costate_fit::{
    Adam, AdamState, Cause, FitError, Initialisation, Mlp, NeuralOde, Resumable, Saved, TrainedNetwork, quiet,
};
use costate_sensitivity::{Direct, DiscreteAdjoint, GradientStrategy};
use costate_solvers::{Problem, SaveAt, Tolerance, Tsit5};
use nalgebra::{DMatrix, DVector};
use std::path::PathBuf;

const ACTIVATIONS: [Activation; 7] = [
    Activation::Tanh,
    Activation::Relu,
    Activation::Softplus,
    Activation::Gelu,
    Activation::Silu,
    Activation::Sin,
    Activation::Identity,
];

fn network(activation: Activation) -> Mlp {
    Mlp::new(&[3, 7, 5, 2], activation).unwrap().with_input_scaling(&[0.5, 0.0, -1.0], &[2.0, 1.0, 0.5]).unwrap()
}

fn inputs() -> Vec<f64> {
    (0..12).map(|i| (1.3 * f64::from(i)).sin()).collect()
}

#[test]
fn a_network_is_its_matrices() {
    for activation in ACTIVATIONS {
        let (network, x) = (network(activation), inputs());
        let p = network.initial(Initialisation::HeNormal, 3) + DVector::from_element(network.parameters(), 0.05);
        let parts = network.parts();
        assert_eq!(parts.last().unwrap().range.end, p.len());
        assert_eq!(parts[2].name, "layer 2 weights");
        for (sample, found) in x.chunks(3).zip(network.apply(p.as_slice(), &x).chunks(2)) {
            let scaled = [(sample[0] - 0.5) / 2.0, sample[1], (sample[2] + 1.0) / 0.5];
            let mut state = DVector::from_column_slice(&scaled);
            for (layer, pair) in parts.chunks(2).enumerate() {
                let [weights, bias] = [&pair[0], &pair[1]].map(|part| {
                    DMatrix::from_column_slice(part.shape[0], part.shape[1], &p.as_slice()[part.range.clone()])
                });
                state = weights * state + bias.column(0);
                if layer < 2 {
                    state.apply(|x| *x = activation.apply(*x));
                }
            }
            assert!((state - DVector::from_column_slice(found)).amax() < 1e-14, "{activation:?}");
        }
    }
}

#[test]
fn the_hand_written_product_is_that_of_the_tape_and_of_duals() {
    for activation in ACTIVATIONS {
        let (network, x) = (network(activation), inputs());
        let p = network.initial(Initialisation::GlorotUniform, 8);
        let w: Vec<f64> = (0..8).map(|i| (0.7 * f64::from(i)).cos()).collect();
        let all = DVector::from_iterator(p.len() + x.len(), p.iter().chain(&x).copied());
        let (_, expected) = gradient(
            |all| {
                let y = network.apply(&all.as_slice()[..p.len()], &all.as_slice()[p.len()..]);
                y.iter().zip(&w).fold(Var::from(0.0), |total, (&y, &w)| total + y * w)
            },
            &all,
        );
        let (mut p_bar, mut x_bar) = (vec![1.0; p.len()], vec![2.0; x.len()]);
        network.pull_back(p.as_slice(), &x, &w, &mut p_bar, &mut x_bar);
        let found = p_bar.iter().map(|bar| bar - 1.0).chain(x_bar.iter().map(|bar| bar - 2.0));
        let found = DVector::from_iterator(all.len(), found);
        assert!((&found - &expected).amax() < 1e-13, "{activation:?}");
        let (_, forward) = gradient_forward(
            |all| {
                let y = network.apply(&all.as_slice()[..p.len()], &all.as_slice()[p.len()..]);
                y.iter().zip(&w).fold(y[0] * 0.0, |total, (&y, &w)| total + y * w)
            },
            &all,
        );
        assert!((forward - expected).amax() < 1e-13, "{activation:?}");
    }
}

#[test]
fn starts_have_the_spread_they_promise_and_depend_on_the_seed_alone() {
    let network = Mlp::new(&[200, 100, 3], Activation::Tanh).unwrap();
    let spread = |p: &DVector<f64>| (p.rows(0, 20_000).norm_squared() / 20_000.0).sqrt();
    for (initialisation, expected) in [
        (Initialisation::GlorotUniform, (2.0_f64 / 300.0).sqrt()),
        (Initialisation::GlorotNormal, (2.0_f64 / 300.0).sqrt()),
        (Initialisation::HeUniform, 0.1),
        (Initialisation::FanInUniform, (1.0_f64 / 600.0).sqrt()),
        (Initialisation::HeNormal, 0.1),
        (Initialisation::Normal(0.3), 0.3),
        (Initialisation::Zero, 0.0),
    ] {
        let p = network.initial(initialisation, 1);
        assert!((spread(&p) - expected).abs() <= 0.02 * expected, "{initialisation:?}: {}", spread(&p));
        assert!(p.rows(20_000, 100).iter().all(|&bias| bias == 0.0));
        assert_eq!(p, network.initial(initialisation, 1));
        assert!(expected == 0.0 || p != network.initial(initialisation, 2));
    }
}

fn neural_loss(strategy: &impl GradientStrategy, p: &DVector<f64>) -> Result<(f64, DVector<f64>), Cause> {
    let network = Mlp::new(&[2, 6, 2], Activation::Silu)?;
    let system = NeuralOde::new(network, 3)?.with_power(3);
    let loss = |p: &DVector<Var>| {
        let start = [1.0, 0.5, -0.4, 0.8, 0.1, -1.2].map(Var::from);
        let problem = Problem::ode(system.clone(), start, p, 0.0..1.0);
        let solution = strategy.solve(&problem, Tsit5, Tolerance::new(1e-8, 1e-8), SaveAt::every(0.25))?;
        let squares = solution.states().iter().map(|state| Var::dot(state.as_slice(), state.as_slice()));
        Ok::<_, Cause>(squares.fold(Var::from(0.0), |total, square| total + square))
    };
    costate_ad::try_gradient(loss, p)
}

use costate_ad::Real;

#[test]
fn gradients_of_a_neural_ode_agree() {
    let p = Mlp::new(&[2, 6, 2], Activation::Silu).unwrap().initial(Initialisation::Normal(0.2), 4);
    let direct = neural_loss(&Direct, &p).unwrap();
    let adjoint = neural_loss(&DiscreteAdjoint::default(), &p).unwrap();
    assert_eq!(direct.0.to_bits(), adjoint.0.to_bits());
    assert!((&direct.1 - &adjoint.1).amax() < 1e-12 * direct.1.amax());
}

#[test]
fn a_training_goes_on_from_a_file_as_if_it_had_never_stopped() {
    let start = Mlp::new(&[2, 6, 2], Activation::Silu).unwrap().initial(Initialisation::Normal(0.2), 4);
    let adam = Adam { iterations: 12, ..Adam::default() };
    let strategy = DiscreteAdjoint::default();
    let mut calls = 0;
    let mut objective = |p: &DVector<f64>| {
        calls += 1;
        if calls == 8 || calls == 23 { Err("a hiccup".into()) } else { neural_loss(&strategy, p) }
    };
    let mut whole = AdamState::new(&start);
    adam.run(&mut whole, 12, &mut objective, &mut quiet).unwrap();
    for kind in ["json", "bin"] {
        let path = std::env::temp_dir().join(format!("costate_adam_{}.{kind}", std::process::id()));
        calls = 0;
        let mut objective = |p: &DVector<f64>| {
            calls += 1;
            if calls == 8 { Err("a hiccup".into()) } else { neural_loss(&strategy, p) }
        };
        let mut first = AdamState::new(&start);
        adam.run(&mut first, 5, &mut objective, &mut quiet).unwrap();
        first.save(&path).unwrap();
        let mut second = AdamState::load_like(&path, &first).unwrap();
        assert_eq!(first, second, "{kind}");
        adam.run(&mut second, 12, &mut objective, &mut quiet).unwrap();
        assert_eq!(second, whole, "{kind}");
        std::fs::remove_file(path).unwrap();
    }
    assert_eq!(whole.history().len(), 13);
}

fn file(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("costate_network_{}_{name}", std::process::id()))
}

#[test]
fn files_that_are_cut_off_damaged_or_of_another_shape_are_refused() {
    let network = network(Activation::Gelu);
    let parameters = network.initial(Initialisation::HeUniform, 1).map(|x| x / 3.0);
    let trained = TrainedNetwork::new(network, parameters).unwrap();
    let other = Mlp::new(&[3, 7, 2], Activation::Gelu).unwrap();
    let other = TrainedNetwork::new(other.clone(), other.initial(Initialisation::Zero, 0)).unwrap();
    for kind in ["json", "bin"] {
        let path = file(&format!("trained.{kind}"));
        trained.save(&path).unwrap();
        assert_eq!(TrainedNetwork::load(&path).unwrap(), trained);
        let error = TrainedNetwork::load_like(&path, &other).unwrap_err().to_string();
        assert!(error.contains("a network 3-7-5-2 with 80 parameters"), "{error}");
        assert!(error.contains("a network 3-7-2 with 44 parameters"), "{error}");
        let error = AdamState::load(&path).unwrap_err().to_string();
        assert!(error.contains("state of Adam"), "{error}");
        let whole = std::fs::read(&path).unwrap();
        for length in [0, 5, 20, whole.len() / 2, whole.len() - 1] {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert!(matches!(TrainedNetwork::load(&path), Err(FitError::NotLoaded { .. })), "{kind}, {length} bytes");
        }
        std::fs::remove_file(&path).unwrap();
    }
    let path = file("damaged.bin");
    trained.save(&path).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let error = TrainedNetwork::load(&path).unwrap_err().to_string();
    assert!(error.contains("checksum"), "{error}");
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(trained.save(file("x.txt")), Err(FitError::NotSaved { .. })));
    assert!(matches!(TrainedNetwork::load(file("none.json")), Err(FitError::NotLoaded { .. })));
}

#[test]
fn impossible_networks_are_refused() {
    assert!(Mlp::new(&[3], Activation::Tanh).is_err());
    assert!(Mlp::new(&[3, 0, 1], Activation::Tanh).is_err());
    let network = Mlp::new(&[2, 4, 1], Activation::Tanh).unwrap();
    assert!(network.clone().with_input_scaling(&[0.0], &[1.0]).is_err());
    assert!(network.clone().with_input_scaling(&[0.0; 2], &[1.0, 0.0]).is_err());
    let error = NeuralOde::new(network.clone(), 3).unwrap_err().to_string();
    assert!(error.contains("2 inputs, 1 outputs"), "{error}");
    assert!(TrainedNetwork::new(network, DVector::zeros(3)).is_err());
}
