//! [`Colouring`]: columns that can be differentiated together.

use nalgebra_sparse::pattern::SparsityPattern;

/// A partition of the columns of a pattern into groups that one directional derivative serves.
///
/// A Jacobian costs as many directional derivatives as there are colours, instead of columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colouring {
    colours: Vec<u32>,
    count: usize,
}

impl Colouring {
    pub(super) fn new(colours: Vec<u32>) -> Colouring {
        let count = colours.iter().max().map_or(0, |&c| c as usize + 1);
        Colouring { colours, count }
    }

    /// How many colours there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The colour of each column, from 0.
    pub fn colours(&self) -> &[u32] {
        &self.colours
    }

    /// The columns, ordered by colour, and where each colour begins among them; the last element is the end.
    pub(crate) fn groups(&self) -> (Vec<usize>, Vec<usize>) {
        let mut starts = vec![0; self.count + 1];
        for &c in &self.colours {
            starts[c as usize + 1] += 1;
        }
        for c in 0..self.count {
            starts[c + 1] += starts[c];
        }
        let mut next = starts.clone();
        let mut members = vec![0; self.colours.len()];
        for (j, &c) in self.colours.iter().enumerate() {
            members[next[c as usize]] = j;
            next[c as usize] += 1;
        }
        (members, starts)
    }
}

/// The lists of a pattern: of each column its rows, or the other way round.
pub(super) fn lanes(pattern: &SparsityPattern) -> impl Iterator<Item = &[usize]> {
    (0..pattern.major_dim()).map(|i| pattern.lane(i))
}

/// Vertices by descending degree; equal ones keep their order.
pub(super) fn largest_first(degrees: &[usize]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..degrees.len()).collect();
    order.sort_by_key(|&v| std::cmp::Reverse(degrees[v]));
    order
}
