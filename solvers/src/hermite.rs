//! [`Hermite`]: the cubic polynomial through two states with given slopes.

use costate_ad::Real;

/// The cubic Hermite polynomial of a step: the states at its ends, and the slopes there (Hairer, Norsett & Wanner, Solving
/// Ordinary Differential Equations I, equation II.6.7).
pub(crate) struct Hermite<'a, R> {
    pub(crate) ends: [&'a [R]; 2],
    pub(crate) slopes: [&'a [R]; 2],
}

impl<R: Real> Hermite<'_, R> {
    /// The coefficients of `theta`, `theta^2` and `theta^3` beside the start for component `c` of a step of size `h`, through the
    /// linear map `convert`.
    #[inline(always)]
    pub(crate) fn coefficients<T: Real>(&self, h: f64, c: usize, convert: impl Fn(R) -> T) -> [T; 3] {
        let rise = convert(self.ends[1][c]) - convert(self.ends[0][c]);
        let [first, last] = self.slopes.map(|slope| convert(slope[c]) * h);
        [first, rise * 3.0 - first * 2.0 - last, first + last - rise * 2.0]
    }

    /// Writes the state at the fraction `theta` into `out`.
    pub(crate) fn interpolate(&self, h: f64, theta: f64, out: &mut [R]) {
        for (c, out) in out.iter_mut().enumerate() {
            let [linear, square, cube] = self.coefficients(h, c, |number| number);
            *out = self.ends[0][c] + (linear + (square + cube * theta) * theta) * theta;
        }
    }

    /// Appends the coefficients, power by power, and returns the degree.
    pub(crate) fn interpolant<T: Real>(&self, h: f64, convert: impl Fn(R) -> T, out: &mut Vec<T>) -> usize {
        for power in 0..3 {
            out.extend((0..self.ends[0].len()).map(|c| self.coefficients(h, c, &convert)[power]));
        }
        3
    }
}
