//! Colouring the columns of a Jacobian: no two columns of a colour share a row.
//!
//! This is distance-2 colouring on the bipartite graph of rows and columns (Gebremedhin, Manne and Pothen, "What color is
//! your Jacobian?", SIAM Review 47 (2005) 629, section 3.4), greedily, in two orders, of which the better one wins. Looking
//! at every pair within a row would be quadratic in its length, so long rows keep their free colours in a structure of
//! their own.

use super::colouring::{Colouring, lanes, largest_first};
use nalgebra_sparse::pattern::SparsityPattern;

/// Rows up to this length are looked at pair by pair.
const SHORT: usize = 128;

pub(super) fn colour(columns: &SparsityPattern) -> Colouring {
    let rows = columns.transpose();
    let fewest = lanes(&rows).map(<[usize]>::len).max().unwrap_or(0);
    let mut best = Colouring::new(greedy(columns, &rows, &(0..columns.major_dim()).collect::<Vec<_>>()));
    if best.count() > fewest {
        let degrees: Vec<usize> =
            lanes(columns).map(|column| column.iter().map(|&i| rows.lane(i).len() - 1).sum()).collect();
        let other = Colouring::new(greedy(columns, &rows, &largest_first(&degrees)));
        if other.count() < best.count() {
            best = other;
        }
    }
    best
}

/// Gives each column, in the given order, the smallest colour that no column sharing a row has.
fn greedy(columns: &SparsityPattern, rows: &SparsityPattern, order: &[usize]) -> Vec<u32> {
    const NOT_YET: u32 = u32::MAX;
    let mut colours = vec![NOT_YET; columns.major_dim()];
    // The column that forbade a colour last.
    let mut forbidden = vec![usize::MAX; columns.major_dim() + 1];
    let mut long: Vec<Free> = Vec::new();
    let mut place = vec![usize::MAX; rows.major_dim()];
    for (i, row) in lanes(rows).enumerate().filter(|(_, row)| row.len() > SHORT) {
        place[i] = long.len();
        long.push(Free(Vec::with_capacity(row.len())));
    }
    for &j in order {
        for &i in columns.lane(j) {
            if place[i] == usize::MAX {
                for &k in rows.lane(i) {
                    if colours[k] != NOT_YET {
                        forbidden[colours[k] as usize] = j;
                    }
                }
            }
        }
        let long_rows = || columns.lane(j).iter().map(|&i| place[i]).filter(|&place| place != usize::MAX);
        let mut colour = 0;
        loop {
            let before = colour;
            for row in long_rows() {
                colour = long[row].first_from(colour);
            }
            while forbidden[colour] == j {
                colour += 1;
            }
            if colour == before {
                break;
            }
        }
        for row in long_rows() {
            long[row].take(colour);
        }
        colours[j] = colour as u32;
    }
    colours
}

/// The colours that are free in a row: for each one either itself or a later candidate.
struct Free(Vec<u32>);

impl Free {
    /// The first free colour that is not before `colour`; halves the paths it walks.
    fn first_from(&mut self, mut colour: usize) -> usize {
        while let Some(&next) = self.0.get(colour) {
            let next = next as usize;
            if next == colour {
                break;
            }
            if let Some(&after) = self.0.get(next) {
                self.0[colour] = after;
            }
            colour = next;
        }
        colour
    }

    fn take(&mut self, colour: usize) {
        for c in self.0.len()..=colour {
            self.0.push(c as u32);
        }
        self.0[colour] = colour as u32 + 1;
    }
}
