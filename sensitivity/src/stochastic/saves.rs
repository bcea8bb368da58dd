//! [`Saves`]: the cotangents of what was saved.

/// The cotangents of the saves, handed out from the last to the first.
pub(super) struct Saves<'a> {
    /// When they were made, ascending along the solve.
    pub(super) times: &'a [f64],
    /// One after another, with an element for each state.
    pub(super) cotangents: &'a [f64],
}

impl Saves<'_> {
    /// Adds those of the last saves at `t`, so many at most, and says whether there were any.
    pub(super) fn add_last(&mut self, t: f64, most: usize, a: &mut [f64]) -> bool {
        (0..most).take_while(|_| self.add_one(t, a)).count() > 0
    }

    /// Adds those of the saves at `t`, and says whether there were any.
    pub(super) fn add(&mut self, t: f64, a: &mut [f64]) -> bool {
        self.add_last(t, usize::MAX, a)
    }

    fn add_one(&mut self, t: f64, a: &mut [f64]) -> bool {
        let [times @ .., last] = self.times else { return false };
        if *last != t {
            return false;
        }
        let (rest, cotangent) = self.cotangents.split_at(self.cotangents.len() - a.len());
        a.iter_mut().zip(cotangent).for_each(|(a, cotangent)| *a += cotangent);
        (self.times, self.cotangents) = (times, rest);
        true
    }
}
