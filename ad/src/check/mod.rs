//! [`check_gradient`]: whether the derivatives of a program can be trusted.
//!
//! A program is run in every mode, the modes are compared with one another and with finite differences, and the report says
//! which component of which derivative is in doubt and in which mode.

mod difference;
mod program;
mod report;

pub use difference::Estimate;
pub use program::Program;
pub use report::{Comparison, GradientCheck, Mode, Quantity, Verdict};

use crate::{Dual, Var, gradient, gradient_chunked, hvp};
use difference::differences;
use nalgebra::DVector;
use report::Judge;

/// How far two modes may differ, relative to the largest component: rounding, with room for programs that amplify it.
const AGREEMENT: f64 = 1e-9;

/// Inputs along which differences and second derivatives are taken; of more inputs, that many evenly spread ones are.
const DIRECTIONS: usize = 64;

/// Runs a program in every mode at `x` and compares what comes out.
///
/// | quantity | computed by |
/// |---|---|
/// | value | plain numbers and all four modes |
/// | gradient | all four modes, differences of the value |
/// | Hessian | forward over forward, reverse over forward, differences of the forward gradient |
///
/// Every component of the gradient is compared between the modes. Differences and columns of the Hessian are taken along all
/// inputs up to 64 of them, and along 64 evenly spread ones of more.
///
/// Two modes agree if they differ by at most 1e-9 of the largest component of the same derivative. Finite differences come
/// with an estimate of their own error (extrapolated central differences of many widths); a derivative disagrees with them if
/// it is off by more than ten times that estimate and the tolerance. Where the estimate is no better than 1e-4, because of
/// a kink, the edge of a domain or noise, they decide nothing, and the verdict is [`Verdict::Inconclusive`] unless the modes
/// disagree. They do not see what varies within 3e-5 of an input's size: a function that does is reported as disagreeing.
///
/// ```
/// use costate_ad::{Verdict, check_gradient, program};
///
/// let report = check_gradient(&program!(|x| (x[0] * x[1]).sin() + x[1].exp()), &[0.5, 2.0]);
/// assert_eq!(report.verdict, Verdict::Agree, "{report}");
///
/// // The derivative is taken away from one factor, and differences notice.
/// let report = check_gradient(&program!(|x| costate_ad::stop_gradient(x[0]) * x[0]), &[3.0]);
/// assert_eq!(report.verdict, Verdict::Disagree);
/// assert!(report.to_string().contains("gradient[0]"));
/// ```
pub fn check_gradient(program: &impl Program, x: &[f64]) -> GradientCheck {
    check_gradient_within(program, x, AGREEMENT)
}

/// [`check_gradient`] with another tolerance, relative to the largest component: for programs that amplify rounding, such as
/// long chaotic simulations.
pub fn check_gradient_within(program: &impl Program, x: &[f64], tolerance: f64) -> GradientCheck {
    let runs = Runs {
        plain: &|x| program.run(x),
        reverse: &|x| program.run(x),
        forward: &|x| program.run(x),
        forward_over_forward: &|x| program.run(x),
        reverse_over_forward: &|x| program.run(x),
    };
    runs.check(&DVector::from_column_slice(x), tolerance)
}

/// A program on one kind of number.
type Run<'a, T> = &'a dyn Fn(&[T]) -> T;

/// A program on each kind of number. All that follows is compiled once, not for every program.
struct Runs<'a> {
    plain: Run<'a, f64>,
    reverse: Run<'a, Var>,
    forward: Run<'a, Dual<f64, 2>>,
    forward_over_forward: Run<'a, Dual<Dual<f64>>>,
    reverse_over_forward: Run<'a, Dual<Var>>,
}

impl Runs<'_> {
    fn check(&self, x: &DVector<f64>, tolerance: f64) -> GradientCheck {
        let directions = spread(x.len());
        let mut judge = Judge::new(tolerance);
        let (reverse_value, reverse) = gradient(|x| (self.reverse)(x.as_slice()), x);
        let (forward_value, forward) = self.forward(x);
        let value = (self.plain)(x.as_slice());
        let mut values = vec![(Mode::Plain, value), (Mode::Reverse, reverse_value), (Mode::Forward, forward_value)];
        let mut gradients = vec![(Mode::Reverse, reverse.clone()), (Mode::Forward, forward)];
        for (k, &j) in directions.iter().enumerate() {
            let (nested_value, nested_slope, nested) = self.forward_over_forward(x, j);
            let (over_value, over_slope, over) =
                hvp(|x| (self.reverse_over_forward)(x.as_slice()), x, &unit(x.len(), j));
            if k == 0 {
                values.extend([(Mode::ForwardOverForward, nested_value), (Mode::ReverseOverForward, over_value)]);
                gradients.extend([(Mode::ForwardOverForward, nested_slope), (Mode::ReverseOverForward, over_slope)]);
            }
            let slope = |h| self.forward(&moved(x, j, h)).1.data.into();
            for (i, estimate) in differences(slope, x[j]).into_iter().enumerate() {
                let modes = vec![(Mode::ForwardOverForward, nested[i]), (Mode::ReverseOverForward, over[i])];
                judge.compare(Quantity::Hessian(i, j), modes, Some(estimate));
            }
        }
        for i in 0..x.len() {
            let along = |h| vec![(self.plain)(moved(x, i, h).as_slice())];
            let estimate = directions.contains(&i).then(|| differences(along, x[i])[0]);
            judge.compare(
                Quantity::Gradient(i),
                gradients.iter().map(|(mode, slope)| (*mode, slope[i])).collect(),
                estimate,
            );
        }
        judge.compare(Quantity::Value, values, None);
        judge.report(value, reverse)
    }

    fn forward(&self, x: &DVector<f64>) -> (f64, DVector<f64>) {
        gradient_chunked(|x| (self.forward)(x.as_slice()), x)
    }

    /// The value, the gradient and column `j` of the Hessian.
    fn forward_over_forward(&self, x: &DVector<f64>, j: usize) -> (f64, DVector<f64>, DVector<f64>) {
        let mut inputs = x.map(Dual::<f64>::constant);
        inputs[j] = Dual::variable(x[j], 0);
        let (value, slope) = gradient_chunked(|x| (self.forward_over_forward)(x.as_slice()), &inputs);
        (value.value, slope.map(|g| g.value), slope.map(|g| g.derivatives[0]))
    }
}

fn moved(x: &DVector<f64>, i: usize, step: f64) -> DVector<f64> {
    let mut x = x.clone();
    x[i] += step;
    x
}

fn unit(n: usize, j: usize) -> DVector<f64> {
    DVector::from_fn(n, |i, _| if i == j { 1.0 } else { 0.0 })
}

/// All of `0..n`, or [`DIRECTIONS`] evenly spread ones.
fn spread(n: usize) -> Vec<usize> {
    if n <= DIRECTIONS { (0..n).collect() } else { (0..DIRECTIONS).map(|k| k * (n - 1) / (DIRECTIONS - 1)).collect() }
}
