//! Does automatic differentiation work on a number that it has never heard of? A measurement with an error bar, written here in
//! thirty lines, goes through derivatives and through a differential equation solver.
//!
//! Innes et al. 2019 (arXiv:1907.07587), section 2, on user-defined types: the derivative of `x^2 + 3x + 1` at `1/3 +- 0.01`.
//!
//! ```text
//! cargo run --release --example error_bars
//! ```

use costate::ad::{Propagate, propagated};
use costate::prelude::*;

/// A value, and how far each of three independent sources of error would move it if it were one standard deviation off. So an
/// error that enters twice is not counted as two.
#[derive(Clone, Copy, Debug)]
pub struct Measurement {
    value: f64,
    shifts: [f64; 3],
}

impl Measurement {
    /// `value +- sigma`, where the error comes from the source of this number.
    pub fn new(value: f64, sigma: f64, source: usize) -> Self {
        let mut shifts = [0.0; 3];
        shifts[source] = sigma;
        Measurement { value, shifts }
    }

    /// The standard deviation.
    pub fn sigma(&self) -> f64 {
        self.shifts.iter().map(|shift| shift * shift).sum::<f64>().sqrt()
    }

    /// Both, as they are written.
    pub fn shown(&self) -> String {
        format!("{:.6} +- {:.6}", self.value, self.sigma())
    }
}

impl Propagate for Measurement {
    fn constant(value: f64) -> Self {
        Measurement { value, shifts: [0.0; 3] }
    }
    fn value(self) -> f64 {
        self.value
    }
    fn is_constant(self) -> bool {
        self.shifts == [0.0; 3]
    }
    fn chain(self, value: f64, slope: f64) -> Self {
        Measurement { value, shifts: self.shifts.map(|shift| slope * shift) }
    }
    fn chain2(self, other: Self, value: f64, slopes: [f64; 2]) -> Self {
        let shift = |i| slopes[0] * self.shifts[i] + slopes[1] * other.shifts[i];
        Measurement { value, shifts: std::array::from_fn(shift) }
    }
}

propagated!(Measurement);

/// The polynomial of the paper.
pub fn polynomial<R: Real>(x: R) -> R {
    x * x + 3.0 * x + 1.0
}

/// The angle (rad) of a pendulum without friction, released at 3 degrees: length (m) and gravity (m/s^2) are parameters.
pub fn pendulum<R: Real>(length: R, gravity: R, times: &[f64]) -> Result<Vec<R>, SolveError> {
    let swing = ode!(|_t, [angle, speed], [length, gravity]| [speed, -gravity / length * angle.sin()]);
    let start = [3.0_f64.to_radians(), 0.0];
    let problem = Problem::ode(swing, start, &dvector![length, gravity], 0.0..times[times.len() - 1]);
    let solution = problem.solve(Tsit5, Tolerance::new(1e-9, 1e-11), SaveAt::times(times))?;
    Ok(solution.saves().map(|(_, state)| state[0]).collect())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let x = Measurement::new(1.0 / 3.0, 0.01, 0);
    let (value, slope) = derivative(polynomial, x);
    let same = x;
    println!(
        "x     = {}\nf(x)  = {}\nf'(x) = {}\nx - x = {}\n",
        x.shown(),
        value.shown(),
        slope.shown(),
        (x - same).shown()
    );

    let (length, gravity) = (Measurement::new(1.0, 0.01, 1), Measurement::new(9.79, 0.02, 2));
    println!("a pendulum of {} m under {} m/s^2, through Tsit5:", length.shown(), gravity.shown());
    let times: Vec<f64> = (0..=600).map(|i| 0.02 * f64::from(i)).collect();
    let angles = pendulum(length, gravity, &times)?;
    for (t, angle) in times.iter().zip(&angles).skip(25).step_by(100) {
        println!("  t = {t:3.1} s: {} rad", angle.shown());
    }
    let middle: Vec<f64> = angles.iter().map(|angle| angle.value.to_degrees()).collect();
    let bar: Vec<f64> = angles.iter().map(|angle| angle.sigma().to_degrees()).collect();
    let edge = |sign: f64| middle.iter().zip(&bar).map(|(m, b)| m + sign * b).collect::<Vec<f64>>();
    let figure = Figure::new("A pendulum whose length and gravity are measured").x_label("time (s)");
    let figure = figure.y_label("angle (degrees)").curve("angle", &times, &middle);
    let figure = figure.band("one standard deviation", &times, &edge(-1.0), &edge(1.0));
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    figure.save(format!("{folder}/error_bars.png"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_measured(found: Measurement, value: f64, sigma: f64, error: f64) {
        assert!((found.value - value).abs() < error && (found.sigma() - sigma).abs() < error, "{}", found.shown());
    }

    #[test]
    fn a_derivative_has_the_published_error_bar() {
        let x = Measurement::new(1.0 / 3.0, 0.01, 0);
        let (value, slope) = derivative(polynomial, x);
        assert_measured(value, 19.0 / 9.0, 0.11 / 3.0, 1e-15);
        assert_measured(slope, 11.0 / 3.0, 0.02, 1e-15);
        assert_measured(gradient_forward(|x| polynomial(x[0]), &dvector![x]).1[0], 11.0 / 3.0, 0.02, 1e-15);
        assert_measured(x - x, 0.0, 0.0, 1e-300);
    }

    /// Against the same shifts by dual numbers through the solver, and against the linear pendulum where it passes the bottom.
    #[test]
    fn error_bars_go_through_a_solver() {
        let (length, gravity) = (Measurement::new(1.0, 0.01, 1), Measurement::new(9.79, 0.02, 2));
        let found = pendulum(length, gravity, &[0.0, 5.5]).unwrap()[1];
        let angle = |x: &DVector<_>| pendulum(x[0], x[1], &[0.0, 5.5]).unwrap()[1];
        let (value, slope) = gradient_forward(angle, &dvector![1.0, 9.79]);
        assert_measured(found, value, (0.01 * slope[0]).hypot(0.02 * slope[1]), 1e-14);
        let (frequency, start) = (9.79_f64.sqrt(), 3.0_f64.to_radians());
        let turn = start * (5.5 * frequency).sin() * 5.5 * frequency / 2.0;
        let linear = turn.abs() * 0.01_f64.hypot(0.02 / 9.79);
        assert!((found.sigma() / linear - 1.0).abs() < 2e-3, "{} against {linear}", found.shown());
    }
}
