//! [`Tableau`]: the coefficients of an explicit Runge-Kutta method.

/// The coefficients of an explicit Runge-Kutta method with `s` stages, in Butcher's notation:
/// `k_i = f(t + c_i h, y + h sum of a_ij k_j)`.
///
/// The last stage is always the slope at the end of the step: its row of `a` holds the weights `b` of the step
/// itself, `y_next = y + h sum of a_(s-1)j k_j`, and its `c` is 1. It is the first stage of the next step, so it
/// costs nothing, and it gives every method an interpolant. A method that is not FSAL in the literature (`Rk4`) has
/// one stage more here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tableau {
    /// The method's name.
    pub name: &'static str,
    /// Order of convergence.
    pub order: usize,
    /// Order of the companion solution behind the error estimate, if there is one.
    pub embedded_order: Option<usize>,
    /// Order of the interpolant: its error between the steps is of this order plus one in `h`, locally.
    pub interpolant_order: usize,
    /// Times of the stages as fractions of the step, length `s`.
    pub c: &'static [f64],
    /// Stage weights: row `i` has length `i`.
    pub a: &'static [&'static [f64]],
    /// Weights of the error estimate, `b` minus the companion's, length `s`; empty if there is none.
    pub error: &'static [f64],
    /// The interpolant `y(theta) = y + h sum of b_i(theta) k_i`: row `i` holds the coefficients of `theta`,
    /// `theta^2`, ... in `b_i`.
    pub interpolant: &'static [&'static [f64]],
}

impl Tableau {
    /// The number of stages, the slope at the end of the step included.
    pub const fn stages(&self) -> usize {
        self.c.len()
    }

    /// The weights of the step, length `stages() - 1`: `y_next = y + h sum of b_i k_i`.
    pub const fn b(&self) -> &'static [f64] {
        self.a[self.c.len() - 1]
    }

    /// The weight `b_i(theta)` of stage `stage` in the interpolant.
    #[inline(always)]
    pub const fn interpolant_weight(&self, stage: usize, theta: f64) -> f64 {
        let coefficients = self.interpolant[stage];
        let mut power = coefficients.len();
        let mut value = 0.0;
        while power > 0 {
            power -= 1;
            value = (value + coefficients[power]) * theta;
        }
        value
    }

    /// What is inconsistent in these numbers, if anything: lengths, row sums, the weights of the last stage, the
    /// error estimate, and the interpolant at both ends. Every method of this crate is tested by it.
    pub fn flaw(&self) -> Option<TableauFlaw> {
        let stages = self.stages();
        let near = |x: f64, y: f64| (x - y).abs() < 1e-13 * (1.0 + y.abs());
        let rows_fit = self.a.iter().enumerate().all(|(i, row)| row.len() == i);
        let error_fits = self.error.len() == if self.embedded_order.is_some() { stages } else { 0 };
        if stages < 2 || self.a.len() != stages || !rows_fit || !error_fits || self.interpolant.len() != stages {
            return Some(TableauFlaw::Lengths);
        }
        let row_sum = |stage: usize| self.a[stage].iter().sum::<f64>();
        if let Some(stage) = (0..stages).find(|&i| !near(row_sum(i), self.c[i])) {
            return Some(TableauFlaw::RowSum { stage });
        }
        if self.c[stages - 1] != 1.0 {
            return Some(TableauFlaw::LastStage);
        }
        if !near(self.error.iter().sum(), 0.0) {
            return Some(TableauFlaw::ErrorSum);
        }
        let b = |stage: usize| self.b().get(stage).copied().unwrap_or(0.0);
        let stage = (0..stages).find(|&i| !near(self.interpolant_weight(i, 1.0), b(i)));
        stage.map(|stage| TableauFlaw::Interpolant { stage })
    }
}

/// What is wrong with a tableau.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableauFlaw {
    /// The arrays do not fit together.
    Lengths,
    /// A row of `a` does not sum to its `c`.
    RowSum {
        /// The row.
        stage: usize,
    },
    /// The last stage is not at the end of the step.
    LastStage,
    /// The weights of the error estimate do not sum to zero.
    ErrorSum,
    /// The interpolant does not meet the step's weights at its end.
    Interpolant {
        /// The stage.
        stage: usize,
    },
}

/// The cubic Hermite interpolant through both ends and both slopes, as interpolant rows for the weights `b` (with a
/// zero for the last stage). Third order, whatever the method's own (Hairer, Norsett & Wanner, Solving Ordinary
/// Differential Equations I, equation II.6.7).
pub const fn hermite_interpolant<const S: usize>(b: [f64; S]) -> [[f64; 3]; S] {
    let mut rows = [[0.0; 3]; S];
    let mut stage = 0;
    while stage < S {
        rows[stage] = [0.0, 3.0 * b[stage], -2.0 * b[stage]];
        stage += 1;
    }
    rows[0] = [1.0, rows[0][1] - 2.0, rows[0][2] + 1.0];
    rows[S - 1] = [0.0, rows[S - 1][1] - 1.0, rows[S - 1][2] + 1.0];
    rows
}
