//! [`Collocation`]: the coefficients of a method whose stages are solved together.

/// A collocation method whose last stage is the end of the step: the polynomial through `y` at the start and `y + Z_i` at the nodes `c_i`
/// satisfies the differential equation there, `f(t + c_i h, y + Z_i) = M sum of (B_ij / h) Z_j` with the inverse `B` of the method's
/// matrix (Hairer & Wanner, Solving Ordinary Differential Equations II, section IV.8).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Collocation {
    /// Where the stages are evaluated; the last is 1.
    pub c: &'static [f64],
    /// The rows of `B`.
    pub inverse: &'static [[f64; 3]],
    /// The weights of the `Z_i` in the coefficients of `theta`, `theta^2` .. of the polynomial: a row for each power.
    pub interpolant: &'static [[f64; 3]],
}

impl Collocation {
    /// Stages of a step.
    pub const fn stages(&self) -> usize {
        self.c.len()
    }
}
