//! Loss and gradient of neural differential equations. `cargo bench --bench fit`

#[path = "reference/rounds.rs"]
mod rounds;

use costate::fit::{Initialisation, Mlp, NeuralOde, Random};
use costate::prelude::*;
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

/// A neural ODE with what it is trained on: the squared distance to a target at each of some times.
struct Workload {
    system: NeuralOde,
    parameters: DVector<f64>,
    start: Vec<f64>,
    times: Vec<f64>,
    target: f64,
    tolerance: Tolerance,
}

impl Workload {
    fn loss_and_gradient<S: Ode + Clone + 'static>(&self, system: &S) -> (f64, DVector<f64>) {
        let loss = |p: &DVector<Var>| {
            let start: Vec<Var> = self.start.iter().map(|&y| y.into()).collect();
            let end = self.times[self.times.len() - 1];
            let problem = Problem::ode(system.clone(), start, p, 0.0..end);
            let save = SaveAt::times(&self.times);
            let solution = DiscreteAdjoint::default().solve(&problem, Tsit5, self.tolerance.clone(), save)?;
            let mut total = Var::from(0.0);
            for state in solution.states() {
                let away: Vec<Var> = state.iter().map(|&y| y - self.target).collect();
                total += Var::dot(&away, &away);
            }
            Ok::<_, SolveError>(total / (self.start.len() * self.times.len()) as f64)
        };
        try_gradient(loss, &self.parameters).unwrap()
    }

    fn plain(&self) -> Solution<f64> {
        let end = self.times[self.times.len() - 1];
        let problem = Problem::ode(self.system.clone(), self.start.clone(), &self.parameters, 0.0..end);
        problem.solve(Tsit5, self.tolerance.clone(), SaveAt::times(&self.times)).unwrap()
    }

    fn steps(&self) -> Vec<f64> {
        let end = self.times[self.times.len() - 1];
        let problem = Problem::ode(self.system.clone(), self.start.clone(), &self.parameters, 0.0..end);
        problem.solve(Tsit5, self.tolerance.clone(), SaveAt::steps()).unwrap().times().to_vec()
    }
}

/// A user's model with a network inside, which brings no product of its own: a tape of the right-hand side serves.
#[derive(Clone)]
struct Inside(NeuralOde);

impl Ode for Inside {
    fn rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        self.0.rhs(t, y, p, dy);
    }
}

/// 2-50-2 with tanh on the third power, 20 windows of 10 times of the spiral that torchdiffeq's demonstration learns.
fn spiral() -> Workload {
    let network = Mlp::new(&[2, 50, 2], costate::ad::Activation::Tanh).unwrap();
    let parameters = network.initial(Initialisation::Normal(0.1), 0);
    let mut random = Random::new(5, 0);
    let start = (0..40).map(|_| 4.0 * random.uniform() - 2.0).collect();
    let times = (0..10).map(|i| f64::from(i) * 25.0 / 999.0).collect();
    let system = NeuralOde::new(network, 20).unwrap().with_power(3);
    Workload { system, parameters, start, times, target: 0.3, tolerance: Tolerance::new(1e-7, 1e-9) }
}

/// 64-128-128-64 on 128 samples, with the weights that a network of PyTorch or Equinox begins with.
fn state_64() -> Workload {
    let network = Mlp::new(&[64, 128, 128, 64], costate::ad::Activation::Tanh).unwrap();
    let parameters = network.initial(Initialisation::FanInUniform, 0);
    let mut random = Random::new(6, 0);
    let start = (0..64 * 128).map(|_| random.normal()).collect();
    let system = NeuralOde::new(network, 128).unwrap();
    Workload { system, parameters, start, times: vec![1.0], target: 0.0, tolerance: Tolerance::new(1e-6, 1e-6) }
}

fn bench(c: &mut Criterion) {
    for (name, workload) in [("spiral 2-50-2, batch 20", spiral()), ("state 64, batch 128", state_64())] {
        let plain = workload.plain();
        println!("{name}: {:?}, steps at {:?}", plain.statistics(), workload.steps());
        let own = workload.system.clone();
        let inside = Inside(workload.system.clone());
        rounds::rounds(
            name,
            &mut [
                ("solve", &mut || {
                    black_box(black_box(&workload).plain());
                }),
                ("loss and gradient", &mut || {
                    black_box(black_box(&workload).loss_and_gradient(&own));
                }),
                ("the same, in a model without a product", &mut || {
                    black_box(black_box(&workload).loss_and_gradient(&inside));
                }),
            ],
        );
        let mut group = c.benchmark_group(name);
        group.bench_function("solve", |b| b.iter(|| black_box(&workload).plain()));
        group.bench_function("loss and gradient", |b| b.iter(|| black_box(&workload).loss_and_gradient(&own)));
        group.finish();
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
