//! [`Tableau`]: the coefficients of an explicit Runge-Kutta method.

/// The coefficients of an explicit Runge-Kutta method with `s` stages, in Butcher's notation:
/// `k_i = f(t + c_i h, y + h sum of a_ij k_j)`.
///
/// The last stage is always the slope at the end of the step: its row of `a` holds the weights `b` of the step
/// itself, `y_next = y + h sum of a_(s-1)j k_j`, and its `c` is 1. It is the first stage of the next step, so it
/// costs nothing, and it gives every method an interpolant. A method that is not FSAL in the literature (`Rk4`) has
/// one stage more here. Where the error estimate does not use it, it is evaluated for accepted steps only.
///
/// Behind the `s` stages may come extra stages, which only the interpolant uses. They are evaluated for the steps
/// inside of which a state is asked for, and no others.
///
/// A method without some of these leaves them out: `..Tableau::NONE`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tableau {
    /// The method's name.
    pub name: &'static str,
    /// Order of convergence.
    pub order: usize,
    /// Order of the companion solution behind the error estimate, if there is one: the estimate shrinks with this power
    /// of `h`, plus one.
    pub embedded_order: Option<usize>,
    /// Order of the interpolant: its error between the steps is of this order plus one in `h`, locally.
    pub interpolant_order: usize,
    /// How many stages, at the end of the lists, only the interpolant uses.
    pub extra_stages: usize,
    /// Times of the stages as fractions of the step, length `s` and the extra stages.
    pub c: &'static [f64],
    /// Stage weights: row `i` has length `i`.
    pub a: &'static [&'static [f64]],
    /// Weights of the error estimate, `b` minus the companion's, length `s`; empty if there is none.
    pub error: &'static [f64],
    /// Weights of a second and cruder estimate, length `s`; empty for most methods. With it the error is measured as
    /// `e^2 / sqrt(e^2 + 0.01 c^2)`, where `e` and `c` are the norms of the two estimates (Hairer, Norsett & Wanner,
    /// Solving Ordinary Differential Equations I, equation II.10.17).
    pub coarse_error: &'static [f64],
    /// The interpolant `y(theta) = y + h sum of b_i(theta) k_i`: row `i` holds the coefficients of `theta`,
    /// `theta^2`, ... in `b_i`, and is empty where the stage is not used.
    pub interpolant: &'static [&'static [f64]],
}

impl Tableau {
    /// No coefficients: for what a method does not have.
    pub const NONE: Tableau = Tableau {
        name: "",
        order: 0,
        embedded_order: None,
        interpolant_order: 0,
        extra_stages: 0,
        c: &[],
        a: &[],
        error: &[],
        coarse_error: &[],
        interpolant: &[],
    };

    /// The number of stages, the slope at the end of the step included, the extra stages of the interpolant not.
    pub const fn stages(&self) -> usize {
        self.c.len() - self.extra_stages
    }

    /// The weights of the step, length `stages() - 1`: `y_next = y + h sum of b_i k_i`.
    pub const fn b(&self) -> &'static [f64] {
        self.a[self.stages() - 1]
    }

    /// Whether the error estimate does without the slope at the end of the step, so that a step which is rejected need
    /// not evaluate it.
    pub const fn last_stage_waits(&self) -> bool {
        let last = self.stages() - 1;
        (self.error.is_empty() || self.error[last] == 0.0)
            && (self.coarse_error.is_empty() || self.coarse_error[last] == 0.0)
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
    /// error estimates, and the interpolant at both ends. Every method of this crate is tested by it.
    pub fn flaw(&self) -> Option<TableauFlaw> {
        let near = |x: f64, y: f64, size: f64| (x - y).abs() < 1e-14 * (1.0 + size);
        let size = |row: &[f64]| row.iter().map(|x| x.abs()).sum::<f64>();
        if !self.lengths_fit() {
            return Some(TableauFlaw::Lengths);
        }
        let row_fits = |i: usize| near(self.a[i].iter().sum(), self.c[i], size(self.a[i]));
        if let Some(stage) = (0..self.c.len()).find(|&i| !row_fits(i)) {
            return Some(TableauFlaw::RowSum { stage });
        }
        if self.c[self.stages() - 1] != 1.0 {
            return Some(TableauFlaw::LastStage);
        }
        if [self.error, self.coarse_error].iter().any(|row| !near(row.iter().sum(), 0.0, size(row))) {
            return Some(TableauFlaw::ErrorSum);
        }
        let b = |stage: usize| self.b().get(stage).copied().unwrap_or(0.0);
        let meets = |i: usize| near(self.interpolant_weight(i, 1.0), b(i), size(self.interpolant[i]));
        let stage = (0..self.c.len()).find(|&i| !meets(i));
        stage.map(|stage| TableauFlaw::Interpolant { stage })
    }

    fn lengths_fit(&self) -> bool {
        let total = self.c.len();
        let errors = if self.embedded_order.is_some() { self.stages() } else { 0 };
        total >= self.extra_stages + 2
            && self.a.len() == total
            && self.a.iter().enumerate().all(|(i, row)| row.len() == i)
            && self.error.len() == errors
            && (self.coarse_error.is_empty() || self.coarse_error.len() == errors)
            && self.interpolant.len() == total
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
