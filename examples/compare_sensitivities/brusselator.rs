//! The Brusselator on a grid, with rates of its own in every cell.

use costate::prelude::*;

/// Reaction and diffusion of two species on `n` by `n` cells, periodic (Ma et al., HPEC 2021, section IV): the parameters are A, B and
/// the two diffusivities of every cell, `4 n^2` of them.
#[derive(Clone, Copy)]
pub struct Brusselator {
    /// Cells along a side.
    pub n: usize,
}

impl Ode for Brusselator {
    fn rhs<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
        let (n, cells) = (self.n, self.n * self.n);
        let per_distance = ((n - 1) * (n - 1)) as f64;
        let (u, v) = y.split_at(cells);
        for cell in 0..cells {
            let (i, j) = (cell / n, cell % n);
            let around = [(i + n - 1) % n * n + j, (i + 1) % n * n + j, i * n + (j + n - 1) % n, i * n + (j + 1) % n];
            let spread =
                |w: &[R]| around.iter().fold(w[cell] * -4.0, |sum, &neighbour| sum + w[neighbour]) * per_distance;
            let [a, b, of_u, of_v] = [p[cell], p[cells + cell], p[2 * cells + cell], p[3 * cells + cell]];
            let reaction = u[cell] * u[cell] * v[cell];
            dy[cell] = b + reaction - (a + 1.0) * u[cell] + of_u * spread(u);
            dy[cells + cell] = a * u[cell] - reaction + of_v * spread(v);
        }
    }
}

impl Brusselator {
    /// The usual rates: A = 3.4, B = 1, and 10 for both diffusivities.
    pub fn rates(self) -> DVector<f64> {
        let cells = self.n * self.n;
        DVector::from_fn(4 * cells, |i, _| [3.4, 1.0, 10.0, 10.0][i / cells])
    }

    /// Two bumps, along one axis each.
    pub fn start(self) -> Vec<f64> {
        let (n, side) = (self.n, (self.n - 1) as f64);
        let bump = |x: f64, height: f64| height * (x * (1.0 - x)).max(0.0).powf(1.5);
        let u = (0..n * n).map(|cell| bump((cell % n) as f64 / side, 22.0));
        u.chain((0..n * n).map(|cell| bump((cell / n) as f64 / side, 27.0))).collect()
    }
}

impl Objective for Brusselator {
    /// How far the first species is from one, over t = 0, 0.1 .. 1.
    fn loss<G: GradientStrategy>(&self, x: &DVector<Var>, strategy: &G) -> Result<Var, SolveError> {
        let start: Vec<Var> = self.start().into_iter().map(Var::from).collect();
        let problem = Problem::ode(*self, DVector::from_vec(start), x, 0.0..1.0);
        let solution = strategy.solve(&problem, Rodas5P, Tolerance::new(1e-7, 1e-7), SaveAt::every(0.1))?;
        let cells = self.n * self.n;
        Ok(solution.saves().flat_map(|(_, y)| &y[..cells]).map(|&u| (1.0 - u) * (1.0 - u) * 0.5).sum())
    }
}
