//! [`Row`]: coefficients without their zeros, known at compile time.

/// The nonzero weights of a row of a [`Tableau`](crate::Tableau), and the stages they belong to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row<const K: usize> {
    /// The weights.
    pub weights: [f64; K],
    /// The stage of each weight.
    pub stages: [usize; K],
}

impl<const K: usize> Row<K> {
    /// The nonzero elements of `row`, of which there are `K`: see [`nonzeros`].
    pub const fn of(row: &[f64]) -> Self {
        let mut compact = Row { weights: [0.0; K], stages: [0; K] };
        let (mut next, mut stage) = (0, 0);
        while stage < row.len() && next < K {
            if row[stage] != 0.0 {
                compact.weights[next] = row[stage];
                compact.stages[next] = stage;
                next += 1;
            }
            stage += 1;
        }
        compact
    }

    /// The weights times `h`.
    #[inline(always)]
    pub(crate) fn scaled(&self, h: f64) -> [f64; K] {
        let mut weights = self.weights;
        for weight in &mut weights {
            *weight *= h;
        }
        weights
    }
}

/// How many elements of a row are not zero.
pub const fn nonzeros(row: &[f64]) -> usize {
    let (mut count, mut stage) = (0, 0);
    while stage < row.len() {
        count += (row[stage] != 0.0) as usize;
        stage += 1;
    }
    count
}

/// Is shown rows of coefficients as constants, one after the other, each with its own length.
///
/// Lengths that differ from row to row need a call for each row that knows it; stable Rust has no other way from an
/// associated constant to the length of an array. Once inlined nothing is left of the calls.
pub trait RowVisitor {
    /// A row, and the stage that it makes.
    fn row<const K: usize>(&mut self, stage: usize, row: Row<K>);
}

/// How many stages an interpolant uses: the rows that are not empty.
pub const fn used_stages(interpolant: &[&[f64]]) -> usize {
    let (mut count, mut stage) = (0, 0);
    while stage < interpolant.len() {
        count += !interpolant[stage].is_empty() as usize;
        stage += 1;
    }
    count
}

/// The degree of an interpolant: the length of its longest row.
pub const fn degree(interpolant: &[&[f64]]) -> usize {
    let (mut degree, mut stage) = (0, 0);
    while stage < interpolant.len() {
        if interpolant[stage].len() > degree {
            degree = interpolant[stage].len();
        }
        stage += 1;
    }
    degree
}

/// An interpolant by powers: the coefficients of `theta`, `theta^2`, .. for the `K` stages that it uses, of which
/// there are `D` rows. So the weights of all stages are found together, several at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Powers<const D: usize, const K: usize> {
    powers: [[f64; K]; D],
    stages: [usize; K],
}

impl<const D: usize, const K: usize> Powers<D, K> {
    /// The interpolant with these rows, one for each stage: see [`degree`] and [`used_stages`].
    pub const fn of(interpolant: &[&[f64]]) -> Self {
        let mut compact = Powers { powers: [[0.0; K]; D], stages: [0; K] };
        let (mut next, mut stage) = (0, 0);
        while stage < interpolant.len() && next < K {
            let row = interpolant[stage];
            let mut power = 0;
            while power < row.len() && power < D {
                compact.powers[power][next] = row[power];
                power += 1;
            }
            compact.stages[next] = stage;
            next += !row.is_empty() as usize;
            stage += 1;
        }
        compact
    }

    /// The weights at the fraction `theta` of the step.
    #[inline(always)]
    pub fn row(&self, theta: f64) -> Row<K> {
        let mut weights = [0.0; K];
        for coefficients in self.powers.iter().rev() {
            for (weight, coefficient) in weights.iter_mut().zip(coefficients) {
                *weight = (*weight + coefficient) * theta;
            }
        }
        Row { weights, stages: self.stages }
    }
}
