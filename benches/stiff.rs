//! Stiff problems, by the implicit methods. `cargo bench --bench stiff`
//!
//! Before the timings stands a table of work against precision, the best of rounds in which all solves take turns: the largest error of a component at the end, in units of the largest
//! component, as the peers' times in `docs/benchmarks.md` are given. Tolerances mean different errors in different methods: compare
//! at equal error. The absolute tolerances are those of the peers' runs: `rtol * 1e-4` for Robertson's problem, `rtol * 1e-2` for
//! HIRES and pollution, `rtol` for van der Pol's. With `COSTATE_PICTURE` set to the name of a file, the table is drawn into it, with the
//! peers' points (docs/work_precision.svg is made so).

#[path = "stiff/peers.rs"]
mod peers;
#[path = "stiff/picture.rs"]
mod picture;
#[path = "stiff/pollution.rs"]
mod pollution;

use costate_solvers::{
    Bdf, KenCarp4, Kvaerno5, Method, Ode, Problem, RadauIIA5, Real, Rodas4, Rodas5P, SaveAt, Solution, Tolerance,
};
use criterion::{Criterion, criterion_group, criterion_main};
use nalgebra::{DVector, dvector};
use picture::{Curve, Panel};
use pollution::Pollution;
use std::hint::black_box;
use std::time::{Duration, Instant};

#[derive(Clone, Copy)]
struct Robertson;

impl Ode for Robertson {
    const STATES: Option<usize> = Some(3);

    fn rhs<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
        let (slow, back, fast) = (p[0] * y[0], p[1] * y[1] * y[2], p[2] * y[1] * y[1]);
        dy[0] = back - slow;
        dy[1] = slow - back - fast;
        dy[2] = fast;
    }
}

#[derive(Clone, Copy)]
struct VanDerPol;

impl Ode for VanDerPol {
    const STATES: Option<usize> = Some(2);

    fn rhs<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
        dy[0] = y[1];
        dy[1] = p[0] * (1.0 - y[0] * y[0]) * y[1] - y[0];
    }
}

#[derive(Clone, Copy)]
struct Hires;

impl Ode for Hires {
    const STATES: Option<usize> = Some(8);

    fn rhs<R: Real>(&self, _t: R, y: &[R], _p: &[R], dy: &mut [R]) {
        let bound = 280.0 * y[5] * y[7];
        dy[0] = -1.71 * y[0] + 0.43 * y[1] + 8.32 * y[2] + 0.0007;
        dy[1] = 1.71 * y[0] - 8.75 * y[1];
        dy[2] = -10.03 * y[2] + 0.43 * y[3] + 0.035 * y[4];
        dy[3] = 8.32 * y[1] + 1.71 * y[2] - 1.12 * y[3];
        dy[4] = -1.745 * y[4] + 0.43 * y[5] + 0.43 * y[6];
        dy[5] = -bound + 0.69 * y[3] + 1.71 * y[4] - 0.43 * y[5] + 0.69 * y[6];
        dy[6] = bound - 1.81 * y[6];
        dy[7] = -bound + 1.81 * y[6];
    }
}

/// A problem, its end, and the absolute tolerance as a fraction of the relative one.
struct Row<S> {
    name: &'static str,
    problem: Problem<S, f64>,
    end: DVector<f64>,
    atol: f64,
}

/// How long the solves of a problem take turns.
const ROUNDS: Duration = Duration::from_secs(8);

/// A solve that takes turns with others, so that a neighbour on the machine slows all of them, and the best of its turns, in
/// milliseconds.
struct Run<'a> {
    rtol: f64,
    error: f64,
    steps: usize,
    best: f64,
    again: Box<dyn Fn() + 'a>,
}

impl Run<'_> {
    fn take_turn(&mut self) {
        let (count, start) = (if self.best < 0.5 { 4 } else { 1 }, Instant::now());
        (0..count).for_each(|_| (self.again)());
        self.best = self.best.min(start.elapsed().as_secs_f64() * 1e3 / f64::from(count));
    }
}

/// The solves by one method.
struct Line<'a> {
    name: &'static str,
    runs: [Run<'a>; 5],
}

impl Line<'_> {
    /// Prints time, error and steps for each tolerance.
    fn finish(&self, problem: &str) -> Curve {
        let mut line = format!("{problem:24}{:10}", self.name);
        for Run { rtol, error, steps, best, .. } in &self.runs {
            line += &format!(" {rtol:.0e}: {best:.4} ms {error:.1e} {steps:4}");
        }
        println!("{line}");
        Curve { name: self.name, peer: false, points: self.runs.iter().map(|run| [run.error, run.best]).collect() }
    }
}

fn row<S: Ode>(name: &'static str, system: S, y0: &[f64], p: DVector<f64>, t: f64, atol: f64) -> Row<S> {
    let problem = Problem::ode(system, y0, &p, 0.0..t);
    let exact = problem.solve(Rodas5P, Tolerance::new(1e-12, 1e-12 * atol), SaveAt::end()).expect("it is solvable");
    let end = exact.last().clone_owned();
    Row { name, problem, end, atol }
}

impl<S: Ode> Row<S> {
    fn solve(&self, method: impl Method, rtol: f64) -> Solution<f64> {
        let control = Tolerance::new(rtol, rtol * self.atol);
        black_box(&self.problem).solve(method, control, SaveAt::end()).expect("it is solvable")
    }

    /// The solves by a method for tolerances from 1e-4 to 1e-8.
    fn precision<'a>(&'a self, method: impl Method + Copy + 'a, name: &'static str) -> Line<'a> {
        let run = |rtol| {
            let solution = self.solve(method, rtol);
            let error = (solution.last() - &self.end).amax() / self.end.amax();
            let again = Box::new(move || drop(self.solve(method, rtol)));
            Run { rtol, error, steps: solution.statistics().accepted, best: f64::INFINITY, again }
        };
        Line { name, runs: [1e-4, 1e-5, 1e-6, 1e-7, 1e-8].map(run) }
    }

    fn run(&self, criterion: &mut Criterion, peers: Vec<Curve>) -> Panel {
        let mut lines = [
            self.precision(Rodas4, "Rodas4"),
            self.precision(Rodas5P, "Rodas5P"),
            self.precision(RadauIIA5, "RadauIIA5"),
            self.precision(KenCarp4, "KenCarp4"),
            self.precision(Kvaerno5, "Kvaerno5"),
            self.precision(Bdf::default(), "Bdf"),
        ];
        let start = Instant::now();
        while start.elapsed() < ROUNDS {
            lines.iter_mut().flat_map(|line| &mut line.runs).for_each(Run::take_turn);
        }
        let mut curves: Vec<Curve> = lines.iter().map(|line| line.finish(self.name)).collect();
        curves.extend(peers);
        let mut group = criterion.benchmark_group(format!("{}, rtol 1e-6", self.name));
        group.bench_function("Rodas5P", |bencher| bencher.iter(|| self.solve(Rodas5P, 1e-6)));
        group.bench_function("RadauIIA5", |bencher| bencher.iter(|| self.solve(RadauIIA5, 1e-6)));
        group.finish();
        Panel { title: self.name, curves }
    }
}

fn stiff(criterion: &mut Criterion) {
    let rates = dvector![0.04, 1e4, 3e7];
    let robertson = row("Robertson to 1e5", Robertson, &[1.0, 0.0, 0.0], rates, 1e5, 1e-4);
    let start = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0057];
    let hires = row("HIRES", Hires, &start, dvector![], 321.8122, 1e-2);
    let van_der_pol = row("van der Pol, mu = 1000", VanDerPol, &[2.0, 0.0], dvector![1000.0], 2000.0, 1.0);
    let (start, rates) = (pollution::start(), pollution::rates());
    let pollution = row("pollution", Pollution, &start, rates, 60.0, 1e-2);
    let panels = [
        robertson.run(criterion, peers::robertson()),
        hires.run(criterion, peers::hires()),
        van_der_pol.run(criterion, peers::van_der_pol()),
        pollution.run(criterion, peers::pollution()),
    ];
    if let Ok(file) = std::env::var("COSTATE_PICTURE") {
        let svg = picture::picture(&panels).expect("a string takes everything");
        std::fs::write(&file, svg).expect("the file can be written");
    }
}

criterion_group!(benches, stiff);
criterion_main!(benches);
