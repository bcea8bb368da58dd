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
