//! Ten periods of predator and prey, where a single shot ends in the wrong valley.

use costate_ad::Real;
use costate_fit::{
    Cause, Data, Fitted, JacobianMode, LevenbergMarquardt, MultipleShooting, Observation, OdeSegments, Parameters,
    Random, Residuals, Segments, fit_least_squares, linearise, quiet,
};
use costate_solvers::{Ode, Problem, SaveAt, Tolerance, Tsit5, ode};
use nalgebra::{DVector, dvector};
use std::ops::Range;

const TRUTH: [f64; 6] = [0.55, 0.028, 0.80, 0.024, 30.0, 4.0];

fn predator_prey() -> impl Ode + Clone + Send + Sync + 'static {
    ode!(|_t, [hare, lynx], [birth, hunt, death, feed]| [
        birth * hare - hunt * hare * lynx,
        feed * hare * lynx - death * lynx,
    ])
}

/// 100 years by the year, which are ten periods, with noise of standard deviation 1.
fn data(observables: usize) -> Data {
    let times: Vec<f64> = (0..=100).map(f64::from).collect();
    let p = DVector::from_column_slice(&TRUTH[..4]);
    let problem = Problem::ode(predator_prey(), [TRUTH[4], TRUTH[5]], &p, 0.0..100.0);
    let solution = problem.solve(Tsit5, Tolerance::new(1e-10, 1e-10), SaveAt::times(&times)).unwrap();
    let mut random = Random::new(11, 0);
    let mut seen = Vec::new();
    for (&time, state) in times.iter().zip(solution.states()) {
        for (column, value) in state.iter().take(observables).enumerate() {
            seen.push((time, column, Observation::new(value + random.normal())));
        }
    }
    Data::from_observations(&["hare", "lynx"][..observables], &seen).unwrap()
}

fn far_start() -> Parameters {
    Parameters::new().log("birth", 0.8).log("hunt", 0.02).log("death", 0.5).log("feed", 0.035)
}

fn states() -> Parameters {
    Parameters::new().linear("hare0", 0.0).linear("lynx0", 0.0)
}

fn segments(observables: usize) -> impl Segments {
    OdeSegments::new(predator_prey(), Tsit5, Tolerance::new(1e-9, 1e-9), observables)
}

/// The same model as one shot.
struct SingleShot(Data);

impl Residuals for SingleShot {
    fn residuals<R: Real>(&self, x: &DVector<R>) -> Result<DVector<R>, Cause> {
        let problem = Problem::ode(predator_prey(), [x[4], x[5]], &x.rows(0, 4).into_owned(), 0.0..100.0);
        let solution = problem.solve(Tsit5, Tolerance::new(1e-9, 1e-9), SaveAt::times(self.0.times()))?;
        let rows = solution.states().iter().enumerate();
        let residuals = rows.flat_map(|(row, state)| (0..2).map(move |k| state[k] - self.0.get(row, k).unwrap()));
        Ok(DVector::from_iterator(202, residuals))
    }
}

fn assert_near_the_truth(fitted: &Fitted, observations: f64) {
    assert!(fitted.converged(), "{fitted}");
    let errors = fitted.standard_errors().expect("all is determined");
    for ((name, estimate), (truth, error)) in
        fitted.names().iter().zip(fitted.estimates()).zip(TRUTH.iter().zip(errors))
    {
        assert!((estimate - truth).abs() < 4.0 * error, "{name}: {estimate} +- {error}, true {truth}");
        assert!(*error < 0.1 * truth, "{name}: +- {error}");
    }
    // The sum of squares of noise of variance 1: within four standard deviations of its mean.
    let expected = observations - 6.0;
    assert!((fitted.value() - expected).abs() < 4.0 * (2.0 * expected).sqrt(), "{}", fitted.value());
}

#[test]
fn multiple_shooting_converges_where_a_single_shot_does_not() {
    let data = data(2);
    let shooting = MultipleShooting { pieces: 25, ..MultipleShooting::default() };
    let nodes: Vec<DVector<f64>> = (shooting.node_times(&data).unwrap().iter())
        .map(|&time| DVector::from_fn(2, |k, _| data.get(time as usize, k).unwrap().max(1.0)))
        .collect();
    let fitted = shooting.fit(&segments(2), &data, &far_start(), &states(), &nodes, quiet).unwrap();
    println!("{fitted}");
    assert_near_the_truth(&fitted, 202.0);

    let start = far_start().linear("hare0", nodes[0][0]).linear("lynx0", nodes[0][1]);
    let single = SingleShot(data);
    let residuals = |x: &DVector<f64>| linearise(&single, x, JacobianMode::Forward);
    let stuck = fit_least_squares(residuals, &start, &LevenbergMarquardt::default(), quiet).unwrap();
    println!("{stuck}");
    assert!(stuck.value() > 20.0 * fitted.value(), "a single shot found it too: {stuck}");
    // From where the pieces met, the single shot agrees: the same optimum and the same standard errors.
    let there = start.starting_at(fitted.estimates()).unwrap();
    let same = fit_least_squares(residuals, &there, &LevenbergMarquardt::default(), quiet).unwrap();
    for i in 0..6 {
        let error = same.standard_errors().unwrap()[i];
        assert!((same.estimates()[i] - fitted.estimates()[i]).abs() < 1e-4 * error, "{}", same.names()[i]);
        assert!((fitted.standard_errors().unwrap()[i] / error - 1.0).abs() < 1e-4, "{}", same.names()[i]);
    }
}

#[test]
fn not_all_of_the_state_need_be_observed() {
    let data = data(1);
    let shooting = MultipleShooting { pieces: 25, ..MultipleShooting::default() };
    let rows = shooting.node_times(&data).unwrap();
    // Nothing is known of the lynx but its order of magnitude.
    let node = |&time: &f64| dvector![data.get(time as usize, 0).unwrap().max(1.0), 20.0];
    let nodes: Vec<DVector<f64>> = rows.iter().map(node).collect();
    // The hunting rate and the number of lynxes only show in their product: one of them is given.
    let model = OneSeen(segments(1));
    let start = Parameters::new().log("birth", 0.7).log("death", 0.6).log("feed", 0.03);
    let fitted = shooting.fit(&model, &data, &start, &states(), &nodes, quiet).unwrap();
    println!("{fitted}");
    assert!(fitted.converged(), "{fitted}");
    let truth = [TRUTH[0], TRUTH[2], TRUTH[3], TRUTH[4], TRUTH[5]];
    let errors = fitted.standard_errors().expect("all is determined");
    for i in 0..5 {
        assert!((fitted.estimates()[i] - truth[i]).abs() < 4.0 * errors[i], "{}", fitted.names()[i]);
    }
    assert!((fitted.value() - 96.0).abs() < 4.0 * 192.0_f64.sqrt(), "{}", fitted.value());
}

struct OneSeen<S>(S);

impl<S: Segments> Segments for OneSeen<S> {
    fn solve<R: Real>(
        &self,
        span: Range<f64>,
        times: &[f64],
        start: &DVector<R>,
        p: &DVector<R>,
    ) -> Result<Vec<DVector<R>>, Cause> {
        self.0.solve(span, times, start, &DVector::from_vec(vec![p[0], TRUTH[1].into(), p[1], p[2]]))
    }

    fn observe<R: Real>(&self, state: &DVector<R>, p: &DVector<R>) -> DVector<R> {
        self.0.observe(state, p)
    }
}

#[test]
fn the_bits_do_not_depend_on_the_number_of_threads() {
    let data = data(2);
    let shooting = MultipleShooting { pieces: 10, iterations: 3, ..MultipleShooting::default() };
    let nodes: Vec<DVector<f64>> = (shooting.node_times(&data).unwrap().iter()).map(|_| dvector![25.0, 15.0]).collect();
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| shooting.fit(&segments(2), &data, &far_start(), &states(), &nodes, quiet).unwrap())
    };
    let (one, four) = (run(1), run(4));
    assert_eq!(one.estimates(), four.estimates());
    assert_eq!(one.value().to_bits(), four.value().to_bits());
    assert!(!one.converged());
}

#[test]
fn wrong_shapes_are_refused() {
    let data = data(2);
    let nodes = vec![dvector![1.0, 1.0]; 3];
    let refused = |shooting: MultipleShooting, nodes: &[DVector<f64>]| {
        shooting.fit(&segments(2), &data, &far_start(), &states(), nodes, quiet).unwrap_err().to_string()
    };
    let three = MultipleShooting { pieces: 3, ..MultipleShooting::default() };
    assert!(refused(MultipleShooting { pieces: 0, ..three.clone() }, &nodes).contains("pieces = 0"));
    assert!(refused(MultipleShooting { pieces: 101, ..three.clone() }, &nodes).contains("pieces = 101"));
    assert!(refused(three.clone(), &nodes[..2]).contains("expected 3, found 2"));
    assert!(refused(three.clone(), &[dvector![1.0], dvector![1.0], dvector![1.0]]).contains("expected 2, found 1"));
    assert!(refused(three, &vec![dvector![f64::NAN, 1.0]; 3]).contains("failed at the start"));
}
