//! [`Rosenbrock`]: the coefficients of a Rosenbrock method.

/// A Rosenbrock method for `M y' = f(t, y)` with the Jacobian `J` and the time derivative `f_t` at the start of the step,
/// written so that a stage needs no product with `J` (Hairer & Wanner, Solving Ordinary Differential Equations II, equation
/// IV.7.25):
///
/// `(M / (h gamma) - J) u_i = f(t + c_i h, y + sum of a_ij u_j) + M sum of (C_ij / h) u_j + h d_i f_t`,
/// `y_next = y + sum of m_i u_i`, and the error estimate is `sum of error_i u_i`.
///
/// The interpolant is `y + theta (y_next - y + (1 - theta) (D_1 + theta (D_2 + theta D_3)))` with `D_k = sum of H_ki u_i`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rosenbrock {
    /// The method's name.
    pub name: &'static str,
    /// Order of convergence.
    pub order: usize,
    /// Order of the companion solution of the error estimate.
    pub embedded_order: usize,
    /// Order of the interpolant.
    pub interpolant_order: usize,
    /// The diagonal.
    pub gamma: f64,
    /// Where the stages are evaluated.
    pub c: &'static [f64],
    /// The rows of `a`, strictly lower triangular; the first is empty.
    pub a: &'static [&'static [f64]],
    /// The rows of `C`, strictly lower triangular; the first is empty.
    pub coupling: &'static [&'static [f64]],
    /// The weights `d` of the time derivative.
    pub d: &'static [f64],
    /// The weights `m` of the solution.
    pub weights: &'static [f64],
    /// The weights of the error estimate.
    pub error: &'static [f64],
    /// The rows of `H`.
    pub dense: &'static [&'static [f64]],
}

/// A method that is nothing but coefficients of a Rosenbrock method.
pub trait RosenbrockMethod: 'static {
    /// The coefficients.
    const COEFFICIENTS: Rosenbrock;
}

/// What is wrong with the coefficients of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RosenbrockFlaw {
    /// A list, or the row of a matrix, has the wrong length.
    Length,
    /// Some stage is not evaluated where `c` says, to 1e-10.
    Node {
        /// The stage.
        stage: usize,
    },
}

impl Rosenbrock {
    /// Stages of a step.
    pub const fn stages(&self) -> usize {
        self.c.len()
    }

    /// Order of the companion solution of the error estimate, as every family has it.
    pub(crate) const fn companion_order(&self) -> Option<usize> {
        Some(self.embedded_order)
    }

    /// Every stage is implicit, so a mass matrix may stand in front of its slope.
    pub(crate) const fn takes_mass_matrix(&self) -> bool {
        true
    }

    /// The weight of stage `stage` in the interpolant at the fraction `theta`.
    pub fn interpolant_weight(&self, stage: usize, theta: f64) -> f64 {
        let inner = self.dense.iter().rev().fold(0.0, |sum, row| sum * theta + row[stage]);
        theta * (self.weights[stage] + (1.0 - theta) * inner)
    }

    /// The weight of stage `stage` in the coefficient of `theta^power` of the interpolant, for powers from 1.
    pub fn interpolant_coefficient(&self, stage: usize, power: usize) -> f64 {
        let of = |row: usize| self.dense.get(row).map_or(0.0, |row| row[stage]);
        match power {
            1 => self.weights[stage] + of(0),
            _ => of(power - 1) - of(power - 2),
        }
    }

    /// The degree of the interpolant.
    pub const fn degree(&self) -> usize {
        self.dense.len() + 1
    }

    /// What is wrong with the coefficients, if something is: the slopes `k_i = sum of g_ij u_j / h`, of which the `u` are
    /// combinations, must put each stage at `c`.
    pub fn flaw(&self) -> Option<RosenbrockFlaw> {
        let stages = self.stages();
        let rows = |rows: &[&[f64]]| rows.len() == stages && rows.iter().enumerate().all(|(i, row)| row.len() == i);
        let full = [self.d, self.weights, self.error].into_iter().chain(self.dense.iter().copied());
        if !rows(self.a) || !rows(self.coupling) || full.into_iter().any(|list| list.len() != stages) {
            return Some(RosenbrockFlaw::Length);
        }
        // For y' = 1 every stage satisfies u_i / gamma = h + sum of C_ij u_j.
        let mut u: Vec<f64> = Vec::new();
        for stage in 0..stages {
            let sum = |row: &[f64]| row.iter().zip(&u).map(|(x, u)| x * u).sum::<f64>();
            if (sum(self.a[stage]) - self.c[stage]).abs() > 1e-10 {
                return Some(RosenbrockFlaw::Node { stage });
            }
            u.push(self.gamma * (1.0 + sum(self.coupling[stage])));
        }
        None
    }
}
