//! [`Product`]: the right-hand side's vector-Jacobian product, by dual numbers.

use costate_ad::Dual;
use costate_solvers::Ode;

/// Evaluates a right-hand side on dual numbers seeded with every state and parameter, `D` at a time. The memory is allocated
/// once; while everything fits into one chunk, so are the seeds set once.
pub(super) struct Product<'a, S, const D: usize> {
    system: &'a S,
    y: Vec<Dual<f64, D>>,
    p: Vec<Dual<f64, D>>,
    dy: Vec<Dual<f64, D>>,
}

impl<'a, S: Ode, const D: usize> Product<'a, S, D> {
    pub(super) fn new(system: &'a S, states: usize, p: &[f64]) -> Self {
        let zero = Dual::constant(0.0);
        let p = p.iter().map(|&p| Dual::constant(p)).collect();
        let mut product = Product { system, y: vec![zero; states], p, dy: vec![zero; states] };
        product.seed(0, 1.0);
        product
    }

    fn inputs(&self) -> usize {
        self.y.len() + self.p.len()
    }

    /// Sets the seeds of the chunk that starts at the input `first`.
    fn seed(&mut self, first: usize, seed: f64) {
        let inputs = self.y.iter_mut().chain(&mut self.p);
        for (lane, input) in inputs.skip(first).take(D).enumerate() {
            input.derivatives[lane] = seed;
        }
    }

    /// Adds `w^T d(dy)/dy` to `y_bar` and `w^T d(dy)/dp` to `p_bar`, at the time `t` and the state `y`.
    #[inline]
    pub(super) fn add(&mut self, t: f64, y: &[f64], w: &[f64], y_bar: &mut [f64], p_bar: &mut [f64]) {
        for (dual, &value) in self.y.iter_mut().zip(y) {
            dual.value = value;
        }
        let mut first = 0;
        loop {
            self.system.rhs(Dual::constant(t), &self.y, &self.p, &mut self.dy);
            let mut total = [0.0; D];
            for (dy, &w) in self.dy.iter().zip(w) {
                for lane in 0..D {
                    total[lane] += w * dy.derivatives[lane];
                }
            }
            for (bar, total) in y_bar.iter_mut().chain(p_bar.iter_mut()).skip(first).zip(total) {
                *bar += total;
            }
            if self.inputs() <= D {
                return;
            }
            self.seed(first, 0.0);
            first += D;
            let done = first >= self.inputs();
            self.seed(if done { 0 } else { first }, 1.0);
            if done {
                return;
            }
        }
    }
}
