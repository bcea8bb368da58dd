//! [`Split`]: how the increment and the area of an interval divide at a point inside.

/// The law of a Brownian motion inside an interval, given its increment `w` and its space-time Levy area `h` over the whole.
///
/// The area of an interval of length `L` is the mean of what the path deviates from its chord: normal with variance `L / 12`,
/// independent of the increment. Let the interval divide in the ratio `a : b` with `a + b = 1`, and let the left part's
/// increment be `x = a w + d`. Then `h = d/2 + a h1 + b h2` for the areas of the parts, and these formulas are the
/// conditional normal distributions that follow; for halves they are those of Foster, Lyons and Oberhauser, An optimal
/// polynomial approximation of Brownian motion, SIAM J. Numer. Anal. 58 (2020), theorem 5.4.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Split {
    left: f64,
    /// One over the fraction of the right part.
    per_right: f64,
    /// What the area says about the increment of the left part.
    bend: f64,
    /// The standard deviation of that increment.
    spread: f64,
    /// The left area's share of what is left of the area.
    share: f64,
    /// The standard deviation of the left area.
    area_spread: f64,
}

impl Split {
    /// An interval of this length, divided at the fraction `left`, strictly between 0 and 1.
    pub(crate) fn new(left: f64, length: f64) -> Split {
        let right = 1.0 - left;
        let product = left * right;
        let cubes = 1.0 - 3.0 * product;
        Split {
            left,
            per_right: 1.0 / right,
            bend: 6.0 * product,
            spread: (product * length * cubes).sqrt(),
            share: left * left / cubes,
            area_spread: (product * right * right * length / (12.0 * cubes)).sqrt(),
        }
    }

    /// The increment of the left part, from a standard normal `z`.
    #[inline(always)]
    pub(crate) fn left_increment(&self, w: f64, h: f64, z: f64) -> f64 {
        self.left * w + self.bend * h + self.spread * z
    }

    /// The areas of both parts, given the increment `x` of the left one, from another standard normal `z`.
    #[inline(always)]
    pub(crate) fn areas(&self, w: f64, h: f64, x: f64, z: f64) -> [f64; 2] {
        let rest = h - 0.5 * (x - self.left * w);
        let left = self.share * rest + self.area_spread * z;
        [left, (rest - self.left * left) * self.per_right]
    }
}
