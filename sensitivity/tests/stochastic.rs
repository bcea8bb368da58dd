//! Gradients of stochastic solves: strategies agree, closed forms on the same path, means, and what is refused.

use costate_ad::{Activation, Var, gradient, try_gradient};
use costate_sensitivity::{
    BacksolveAdjoint, Checkpoints, Direct, DiscreteAdjoint, Forward, Paths, ReversibleAdjoint,
    StochasticGradientStrategy, mean_gradient,
};
use costate_solvers::{
    Brownian, Calculus, Control, DriftImplicitEuler, EulerHeun, EulerMaruyama, Event, FixedStep, Milstein, NoiseKind,
    Problem, Real, ReversibleHeun, SaveAt, Sde, SolveError, Sosra, Sosri, Spark, StochasticError, StochasticMethod,
    Tolerance, Trigger, reset, sde,
};
use nalgebra::{DVector, dvector};

/// Two states and two parameters are differentiated, and saves at the start, at a time given twice, inside and at the end.
struct Case<S, M> {
    model: S,
    method: M,
    control: Control,
    noise: Brownian,
}

impl<S: Sde + Copy + 'static, M: StochasticMethod + Copy + 'static> Case<S, M> {
    fn gradient(&self, strategy: &impl StochasticGradientStrategy) -> Result<(f64, DVector<f64>), SolveError> {
        let loss = |x: &DVector<Var>| {
            let (y0, p) = ([x[0], x[1]], x.rows(2, 2).into_owned());
            let problem = Problem::sde(self.model, self.noise.clone(), y0, &p, 0.0..1.0);
            let save = SaveAt::times([0.0, 0.5, 0.5, 0.625, 1.0]);
            let solution = strategy.solve_sde(&problem, self.method, self.control.clone(), save)?;
            let terms = solution.states().iter().enumerate();
            let weighted = terms.map(|(k, y)| y[0] * y[0] * (1.0 + k as f64) - y[1] * y[0] + y[1].sin());
            let events = solution.events().iter().map(|event| event.before[1] * event.before[1] + 0.5 * event.after[0]);
            Ok(weighted.chain(events).fold(Var::constant(0.0), |sum, term| sum + term))
        };
        try_gradient(loss, &dvector![1.0, 0.6, 0.7, 0.4])
    }

    /// The relative distance of a strategy's gradient from that of another.
    fn distance(&self, one: &impl StochasticGradientStrategy, other: &impl StochasticGradientStrategy) -> f64 {
        let [(value, a), (same, b)] = [self.gradient(one).unwrap(), self.gradient(other).unwrap()];
        assert_eq!(value, same, "values do not depend on the strategy");
        assert!(b.iter().all(|slope| slope.abs() > 1e-3), "every input matters: {b}");
        (a - &b).norm() / b.norm()
    }

    fn exact_strategies_agree(&self) {
        let with = |checkpoints| DiscreteAdjoint { checkpoints };
        let name = self.method.name();
        for (case, distance) in [
            ("forward", self.distance(&Forward, &Direct)),
            ("all", self.distance(&DiscreteAdjoint::default(), &Direct)),
            ("every 7", self.distance(&with(Checkpoints::Every(7)), &Direct)),
            ("every 40", self.distance(&with(Checkpoints::Every(40)), &Direct)),
            ("three states", self.distance(&with(Checkpoints::Binomial(3)), &Direct)),
            ("800 bytes", self.distance(&with(Checkpoints::MemoryLimit(800)), &Direct)),
        ] {
            assert!(distance < 1e-12, "{name}, {case}: {distance:e}");
        }
    }
}

fn diagonal() -> impl Sde + Copy + 'static {
    sde!(|_t, [u, v], [a, b]| drift: [a * v - u * u, (u - v) * b], diagonal: [b * u, a * v.sin()])
}

fn additive() -> impl Sde + Copy + 'static {
    sde!(|t, [u, v], [a, b]| drift: [a * v - u * u * u, u - v * b], additive: [[a, b * t], [0.2 * b, a]])
}

fn general() -> impl Sde + Copy + 'static {
    sde!(stratonovich |_t, [u, v], [a, b]| drift: [a * v - u, u * b - v], general: [[b * v, 0.3 * u], [a * u.cos(), 0.2 * v]])
}

fn commuting() -> impl Sde + Copy + 'static {
    sde!(stratonovich |_t, [u, v], [a, b]| drift: [a * v - u, u * b - v], diagonal: [b * u, a * v.sin()])
}

#[test]
fn exact_strategies_agree_to_rounding() {
    let noise = Brownian::seeded(3);
    let (fixed, adaptive) = (Control::from(FixedStep(1.0 / 64.0)), Control::from(Tolerance::new(1e-3, 1e-3)));
    let correlated = noise.clone().correlated(&nalgebra::dmatrix![1.0, 0.0; 0.6, 0.8]);
    Case { model: diagonal(), method: Sosri, control: adaptive.clone(), noise: correlated }.exact_strategies_agree();
    Case { model: additive(), method: DriftImplicitEuler, control: fixed.clone(), noise: noise.clone().mirrored() }
        .exact_strategies_agree();
    Case { model: commuting(), method: EulerHeun, control: fixed.clone(), noise: noise.clone() }
        .exact_strategies_agree();
    Case { model: general(), method: ReversibleHeun, control: fixed.clone(), noise: noise.clone() }
        .exact_strategies_agree();
    // By their stages: diffusions at times of their own with areas, a matrix of diffusions, and networks, whose activations are kept.
    Case { model: additive(), method: Sosra, control: adaptive.clone(), noise: noise.clone() }.exact_strategies_agree();
    Case { model: general(), method: Spark, control: adaptive, noise: noise.clone() }.exact_strategies_agree();
    Case { model: Networks, method: EulerHeun, control: fixed, noise }.exact_strategies_agree();
}

/// Networks 2-3-2 for the drift and the diffusion, some of whose weights are the parameters.
#[derive(Clone, Copy)]
struct Networks;

impl Networks {
    fn network<R: Real>(last: Activation, y: &[R], p: &[R], out: &mut [R]) {
        let weight = |k: usize| if k % 3 == 1 { p[k % 2] * (0.5 * k as f64).cos() } else { R::from((k as f64).sin()) };
        let weights: Vec<R> = (0..17).map(weight).collect();
        out.copy_from_slice(&R::network(&[2, 3, 2], &[Activation::Tanh, last], &weights, y));
    }
}

impl Sde for Networks {
    fn noise(&self) -> NoiseKind {
        NoiseKind::Commutative { dimensions: 1 }
    }

    fn calculus(&self) -> Calculus {
        Calculus::Stratonovich
    }

    fn drift<R: Real>(&self, _t: R, y: &[R], p: &[R], f: &mut [R]) {
        Self::network(Activation::Identity, y, p, f);
    }

    fn diffusion<R: Real>(&self, _t: R, y: &[R], p: &[R], g: &mut [R]) {
        Self::network(Activation::Logistic, y, p, g);
    }
}

/// Something happens at the start, at a save that is asked for twice, inside, and at the end; parameters change as well.
#[derive(Clone, Copy)]
struct Dosed<S>(S);

impl<S: Sde> Sde for Dosed<S> {
    fn noise(&self) -> NoiseKind {
        self.0.noise()
    }

    fn drift<R: Real>(&self, t: R, y: &[R], p: &[R], f: &mut [R]) {
        self.0.drift(t, y, p, f);
    }

    fn diffusion<R: Real>(&self, t: R, y: &[R], p: &[R], g: &mut [R]) {
        self.0.diffusion(t, y, p, g);
    }

    fn calculus(&self) -> Calculus {
        self.0.calculus()
    }

    fn triggers(&self) -> Vec<Trigger> {
        vec![Trigger::Times(vec![0.0, 0.5, 0.7, 1.0]), Trigger::Times(vec![0.31, 0.7])]
    }

    fn reset<R: Real>(&self, event: usize, _t: R, y: &mut [R], p: &mut [R]) {
        if event == 0 {
            y[0] *= 1.0 + 0.1 * p[0];
        } else {
            y[1] += 0.2 * p[1] * y[0];
            p[0] *= p[1] * y[1].cos();
        }
    }
}

#[test]
fn strategies_agree_through_jumps_and_resets() {
    let noise = Brownian::seeded(3);
    let (fixed, adaptive) = (Control::from(FixedStep(1.0 / 64.0)), Control::from(Tolerance::new(1e-3, 1e-3)));
    let case = Case { model: Dosed(diagonal()), method: Sosri, control: adaptive, noise: noise.clone() };
    case.exact_strategies_agree();
    assert_eq!(
        case.gradient(&BacksolveAdjoint::default()).unwrap_err(),
        StochasticError::EventsOutOfReach { strategy: "BacksolveAdjoint" }.into()
    );
    let case = Case { model: Dosed(general()), method: ReversibleHeun, control: fixed, noise };
    case.exact_strategies_agree();
    assert_eq!(
        case.gradient(&ReversibleAdjoint::default()).unwrap_err(),
        StochasticError::EventsOutOfReach { strategy: "ReversibleAdjoint" }.into()
    );
}

/// A growth that is halved behind each of four steps.
fn halved(strategy: &impl StochasticGradientStrategy) -> Result<(f64, DVector<f64>), SolveError> {
    let growth = sde!(|_t, [x], [a, b]| drift: [a * x], diagonal: [b * x]);
    let loss = |p: &DVector<Var>| {
        let halve = Event::every_step().then(reset!(|_t, [x], [_a, _b]| [0.5 * x]));
        let problem = Problem::sde(growth, Brownian::seeded(2), [1.0], p, 0.0..1.0).with_event(halve);
        Ok::<_, SolveError>(strategy.solve_sde(&problem, EulerMaruyama, FixedStep(0.25), SaveAt::end())?.last()[0])
    };
    try_gradient(loss, &dvector![0.3, 0.4])
}

#[test]
fn an_event_of_every_step_is_recorded_or_refused() {
    let (x, slope) = halved(&Direct).unwrap();
    let mut path = Brownian::seeded(2).motion(1).unwrap();
    let w = [0.0, 0.25, 0.5, 0.75].map(|t| path.increment(t, t + 0.25).unwrap()[0]);
    let factors = w.map(|w| 0.5 * (1.0 + 0.3 * 0.25 + 0.4 * w));
    let exact: f64 = factors.iter().product();
    let by = |change: fn(f64) -> f64| exact * w.iter().zip(&factors).map(|(&w, of)| 0.5 * change(w) / of).sum::<f64>();
    assert!((x - exact).abs() < 1e-13 && (slope - dvector![by(|_| 0.25), by(|w| w)]).norm() < 1e-13);
    let refused = halved(&DiscreteAdjoint::default()).unwrap_err();
    assert_eq!(refused, StochasticError::EventsOutOfReach { strategy: "DiscreteAdjoint" }.into());
}

#[test]
fn undone_steps_give_the_same_gradient() {
    let (control, noise) = (Control::from(FixedStep(1.0 / 128.0)), Brownian::seeded(3));
    let exact = DiscreteAdjoint::default();
    let case = Case { model: general(), method: ReversibleHeun, control: control.clone(), noise: noise.clone() };
    assert!(case.distance(&ReversibleAdjoint::default(), &exact) < 1e-11);
    let case = Case { control: Control::from(Tolerance::new(1e-2, 1e-2)), ..case };
    assert!(case.distance(&ReversibleAdjoint::default(), &exact) < 1e-11);
    let refused = Case { model: diagonal(), method: Sosri, control, noise }.gradient(&ReversibleAdjoint::default());
    assert_eq!(refused.unwrap_err(), StochasticError::NotReversible { method: "Sosri" }.into());
}

/// The continuous adjoint approaches the discrete one as the steps shrink: by the factor 4 for each quarter of the step where
/// the noise commutes (order 1).
#[test]
fn the_continuous_adjoint_converges_to_the_discrete_one() {
    let mean = |h: f64, paths: u64| -> [f64; 2] {
        let distances = (0..paths).map(|path| {
            let (control, noise) = (Control::from(FixedStep(h)), Brownian::seeded(5).path(path));
            let one = Case { model: commuting(), method: EulerHeun, control: control.clone(), noise: noise.clone() };
            let two = Case { model: general(), method: ReversibleHeun, control, noise };
            let exact = DiscreteAdjoint::default();
            [one.distance(&BacksolveAdjoint::default(), &exact), two.distance(&BacksolveAdjoint::default(), &exact)]
        });
        distances.fold([0.0; 2], |sum, d| [sum[0] + d[0] / paths as f64, sum[1] + d[1] / paths as f64])
    };
    let (coarse, fine) = (mean(1.0 / 32.0, 20), mean(1.0 / 512.0, 20));
    let orders = [0, 1].map(|k| (coarse[k] / fine[k]).log2() / 4.0);
    assert!((orders[0] - 1.0).abs() < 0.2 && orders[1] > 0.4, "{coarse:?} {fine:?} {orders:?}");
    assert!(fine[0] < 5e-3 && fine[1] < 5e-2, "{fine:?}");
}

/// Geometric Brownian motion: `u = exp((mu - sigma^2/2) t + sigma W)`, `du/dmu = t u` and `du/dsigma = (W - sigma t) u`. The mean
/// error over paths falls as the strong order of the method says.
#[test]
fn pathwise_gradients_converge_to_those_of_the_closed_form() {
    let geometric = sde!(|_t, [u], [mu, sigma]| drift: [mu * u], diagonal: [sigma * u]);
    fn error<S: Sde + Copy + 'static>(model: S, method: impl StochasticMethod + Copy + 'static, h: f64) -> f64 {
        let one = |path: u64| {
            let noise = Brownian::seeded(11).path(path);
            let w = noise.motion(1).unwrap().increment(0.0, 1.0).unwrap()[0];
            let loss = |p: &DVector<Var>| {
                let problem = Problem::sde(model, noise.clone(), [1.0], p, 0.0..1.0);
                DiscreteAdjoint::default().solve_sde(&problem, method, FixedStep(h), SaveAt::end()).unwrap().last()[0]
            };
            let (mu, sigma) = (0.4, 0.6);
            let u = (mu - 0.5 * sigma * sigma + sigma * w).exp();
            let slope = gradient(loss, &dvector![mu, sigma]).1;
            (slope[0] - u).hypot(slope[1] - (w - sigma) * u)
        };
        (0..500).map(one).sum::<f64>() / 500.0
    }
    let order = |coarse: f64, fine: f64| (coarse / fine).log2() / 3.0;
    let milstein = order(error(geometric, Milstein, 1.0 / 16.0), error(geometric, Milstein, 1.0 / 128.0));
    let sosri = order(error(geometric, Sosri, 1.0 / 16.0), error(geometric, Sosri, 1.0 / 128.0));
    let orders = [milstein, sosri];
    assert!((milstein - 1.0).abs() < 0.2 && (sosri - 1.5).abs() < 0.2, "{orders:?}");
}

#[test]
fn means_over_paths_do_not_depend_on_threads_and_antithetic_pairs_cancel() {
    let model = sde!(|_t, [u], [a, b]| drift: [a * u], diagonal_additive: [b]);
    let loss = |noise: &Brownian, p: &DVector<Var>| {
        let problem = Problem::sde(model, noise.clone(), [1.0], p, 0.0..1.0);
        let strategy = DiscreteAdjoint::default();
        Ok::<_, SolveError>(strategy.solve_sde(&problem, EulerMaruyama, FixedStep(0.125), SaveAt::end())?.last()[0])
    };
    let p = dvector![0.5, 0.3];
    let mean = |threads: usize, paths: &Paths| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| mean_gradient(loss, paths, &p)).unwrap()
    };
    let paths = Paths::new(Brownian::seeded(1), 600);
    assert_eq!(mean(1, &paths), mean(3, &paths));
    // The state is linear in the noise: pairs give the mean itself.
    let pairs = Paths::new(Brownian::seeded(1), 50).antithetic();
    let (value, slope) = mean(2, &pairs);
    let exact = 1.0625_f64.powi(8);
    assert_eq!(pairs.count(), 100);
    assert!((value - exact).abs() < 1e-13 && slope[1].abs() < 1e-13, "{value} {slope}");
    assert!((slope[0] - exact / 1.0625).abs() < 1e-13);
    assert!((mean(2, &paths).0 - exact).abs() > 1e-6);
}

#[test]
fn what_cannot_be_asked_for_again_is_refused() {
    let control = Control::from(FixedStep(0.125));
    let case = |noise| Case { model: diagonal(), method: Sosri, control: control.clone(), noise };
    let fresh = case(Brownian::rejection_sampled(1));
    for refused in [fresh.gradient(&DiscreteAdjoint::default()), fresh.gradient(&BacksolveAdjoint::default())] {
        assert_eq!(refused.unwrap_err(), StochasticError::NoiseOnlyOnce.into());
    }
    assert!(fresh.distance(&Forward, &Direct) < 1e-12);
    let ito = case(Brownian::seeded(1)).gradient(&BacksolveAdjoint::default());
    assert_eq!(ito.unwrap_err(), StochasticError::AdjointOfIto.into());
    let tangents =
        Case { control: Tolerance::new(1e-3, 1e-3).including_tangents().into(), ..case(Brownian::seeded(1)) };
    assert_eq!(tangents.gradient(&DiscreteAdjoint::default()).unwrap_err(), SolveError::TangentsOutOfReach);
}
