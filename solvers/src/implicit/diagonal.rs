//! [`Diagonal`]: the coefficients of a diagonally implicit Runge-Kutta method.

/// A Runge-Kutta method whose implicit stages have one diagonal entry in common, so that they share the factors of one matrix; the
/// first stage may be explicit, and is then the slope at the end of the step before (ESDIRK).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Diagonal {
    /// The method's name.
    pub name: &'static str,
    /// Order of convergence.
    pub order: usize,
    /// Order of the companion solution of the error estimate, if there is one.
    pub embedded_order: Option<usize>,
    /// The diagonal.
    pub gamma: f64,
    /// Where the stages are evaluated; the first stage is explicit if its place is 0.
    pub c: &'static [f64],
    /// The rows of `a` left of the diagonal: row `i` has `i` entries.
    pub a: &'static [&'static [f64]],
    /// The weights. Where they are the last row of `a`, with its diagonal, the step ends at its last stage.
    pub b: &'static [f64],
    /// The weights of the error estimate: those of the step minus those of the companion; empty without one.
    pub error: &'static [f64],
    /// The rows of the explicit companion with the same nodes and weights, which steps the other part of a sum: row `i` has `i`
    /// entries; empty without one.
    pub explicit: &'static [&'static [f64]],
    /// The slope from which the iteration of stage `i` starts, as a combination of the slopes of the stages before: row `i` has
    /// `i` entries. The first row is empty: an implicit first stage starts from the slope at the start of the step.
    pub predictor: &'static [&'static [f64]],
}

/// A method that is nothing but coefficients of a diagonally implicit method.
pub trait DiagonalMethod: 'static {
    /// The coefficients.
    const COEFFICIENTS: Diagonal;
}

/// What is wrong with the coefficients of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DiagonalFlaw {
    /// A list, or the row of a matrix, has the wrong length.
    Length,
    /// The row of a stage does not sum to its node, to 1e-13.
    Node {
        /// The stage.
        stage: usize,
    },
    /// The weights do not sum to 1, or those of the error estimate not to 0.
    Weights,
    /// The predictor of a stage is not exact for constant slopes.
    Predictor {
        /// The stage.
        stage: usize,
    },
}

impl Diagonal {
    /// Stages of a step.
    pub const fn stages(&self) -> usize {
        self.c.len()
    }

    /// Whether the first stage is explicit.
    pub const fn starts_explicitly(&self) -> bool {
        self.c[0] == 0.0
    }

    /// Order of the companion solution of the error estimate, as every family has it.
    pub(crate) const fn companion_order(&self) -> Option<usize> {
        self.embedded_order
    }

    /// An explicit first stage would have to divide by the mass matrix.
    pub(crate) const fn takes_mass_matrix(&self) -> bool {
        !self.starts_explicitly()
    }

    /// Whether the step ends at its last stage.
    pub const fn ends_at_last_stage(&self) -> bool {
        let (last, row) = (self.stages() - 1, self.a[self.stages() - 1]);
        let mut same = self.b[last] == self.gamma;
        let mut i = 0;
        while i < last {
            same = same && self.b[i] == row[i];
            i += 1;
        }
        same
    }

    /// What is wrong with the coefficients, if something is.
    pub fn flaw(&self) -> Option<DiagonalFlaw> {
        let stages = self.stages();
        let rows = |rows: &[&[f64]]| rows.len() == stages && rows.iter().enumerate().all(|(i, row)| row.len() == i);
        let error = self.error.len() == if self.embedded_order.is_some() { stages } else { 0 };
        let companion = self.explicit.is_empty() || rows(self.explicit);
        if !rows(self.a) || !rows(self.predictor) || !companion || self.b.len() != stages || !error {
            return Some(DiagonalFlaw::Length);
        }
        let differs = |row: &[f64], sum: f64| (row.iter().sum::<f64>() - sum).abs() > 1e-13;
        for stage in 0..stages {
            let diagonal = if stage == 0 && self.starts_explicitly() { 0.0 } else { self.gamma };
            let explicit = self.explicit.get(stage).is_some_and(|row| differs(row, self.c[stage]));
            if explicit || differs(self.a[stage], self.c[stage] - diagonal) {
                return Some(DiagonalFlaw::Node { stage });
            }
            if stage > 0 && differs(self.predictor[stage], 1.0) {
                return Some(DiagonalFlaw::Predictor { stage });
            }
        }
        (differs(self.b, 1.0) || differs(self.error, 0.0)).then_some(DiagonalFlaw::Weights)
    }
}
