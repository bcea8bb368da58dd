//! The equation, a network in place of its drift, and what is observed.

use costate::prelude::*;

/// Where all paths begin.
pub const START: [f64; 2] = [2.0, 0.0];
const NOISE: f64 = 0.2;
/// At the start the cubes and the slopes are about as large as these.
pub const SCALES: [f64; 2] = [8.0, 16.0];

/// A network of the cubes of the state is the drift; the noise is known.
#[derive(Clone)]
pub struct NeuralSde(pub Mlp);

impl Sde for NeuralSde {
    fn noise(&self) -> NoiseKind {
        NoiseKind::Diagonal
    }

    fn drift<R: Real>(&self, _t: R, y: &[R], p: &[R], f: &mut [R]) {
        let outputs = self.0.apply(p, &[y[0].powi(3), y[1].powi(3)]);
        f.iter_mut().zip(outputs).for_each(|(f, output)| *f = SCALES[1] * output);
    }

    fn diffusion<R: Real>(&self, _t: R, y: &[R], _p: &[R], g: &mut [R]) {
        g.iter_mut().zip(y).for_each(|(g, &y)| *g = NOISE * y);
    }
}

/// The true equation.
pub fn spiral() -> impl Sde + Sync {
    sde!(|_t, [u, v], []| drift: [-0.1 * u.powi(3) - 2.0 * v.powi(3), 2.0 * u.powi(3) - 0.1 * v.powi(3)],
        diagonal: [NOISE * u, NOISE * v])
}

/// Times at 30 to the unit, from 0.
pub fn times(count: u32) -> Vec<f64> {
    (0..count).map(|k| f64::from(k) / 29.0).collect()
}

/// What is known of both states at each time, over `paths` paths of a seed.
pub fn moments<S: Sde + Sync>(
    system: &S,
    p: &DVector<f64>,
    (seed, paths): (u64, usize),
    times: &[f64],
) -> Result<Vec<Summary>, SolveError> {
    Ensemble::new(paths).summarise(|path| {
        let noise = Brownian::seeded(seed).path(path as u64);
        let problem = Problem::sde(system, noise, START, p, 0.0..times[times.len() - 1]);
        let solution = problem.solve(Sosri, Tolerance::new(2e-2, 2e-2), SaveAt::times(times))?;
        Ok(solution.saves().flat_map(|(_, y)| y.to_vec()).collect())
    })
}

pub fn deviation(summary: &Summary) -> f64 {
    summary.variance().max(0.0).sqrt()
}
