//! Edge points: kinks, singular points, and functions that overflow unless they are written with care (38, 39).

use crate::Expected::{Convention, Differences, Gradient};
use crate::Row;
use costate_ad::{Real, program};

fn logsumexp<R: Real>(x: &[R]) -> R {
    let largest = x.iter().fold(x[0], |m, &x| m.max(x)).value();
    largest + x.iter().fold(R::zero(), |sum, &x| sum + (x - largest).exp()).ln()
}

fn log1pexp<R: Real>(x: R) -> R {
    if x > 0.0 { x + (-x).exp().ln_1p() } else { x.exp().ln_1p() }
}

fn logistic<R: Real>(x: R) -> R {
    if x > 0.0 { 1.0 / (1.0 + (-x).exp()) } else { x.exp() / (1.0 + x.exp()) }
}

fn xlogx<R: Real>(x: R) -> R {
    if x == 0.0 { x * 0.0 } else { x * x.ln() }
}

fn sigma(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn flipsign<R: Real>(x: R, y: R) -> R {
    if y.value().is_sign_negative() { -x } else { x }
}

pub fn rows() -> Vec<Row> {
    vec![
        row!(
            "38 cubes of the positive",
            program!(|x| x.iter().fold(R::zero(), |sum, &x| sum + if x > 0.0 { x.powi(3) } else { R::zero() })),
            [1.0, 2.0, -3.0, 4.0, -5.0],
            Gradient(vec![3.0, 12.0, 0.0, 48.0, 0.0])
        ),
        row!(
            "39 logsumexp",
            program!(|x| logsumexp(x)),
            [1.0, 2.0, 3.0],
            Gradient({
                let total = 1.0_f64.exp() + 2.0_f64.exp() + 3.0_f64.exp();
                [1.0_f64, 2.0, 3.0].map(|x| x.exp() / total).to_vec()
            })
        ),
        row!("39 logsumexp of large numbers", program!(|x| logsumexp(x)), [1000.0, 1000.0], Gradient(vec![0.5, 0.5])),
        row!("39 log(1 + exp x), far below", program!(|x| log1pexp(x[0])), [-1000.0], Gradient(vec![0.0])),
        row!("39 log(1 + exp x), at 18", program!(|x| log1pexp(x[0])), [18.0], Gradient(vec![sigma(18.0)])),
        row!(
            "39 log(1 + exp x), just above",
            program!(|x| log1pexp(x[0])),
            [18.0 + 1e-8],
            Gradient(vec![sigma(18.0 + 1e-8)])
        ),
        row!("39 log(1 + exp x), at 33.3", program!(|x| log1pexp(x[0])), [33.3], Gradient(vec![1.0])),
        row!("39 log(1 + exp x), at 100", program!(|x| log1pexp(x[0])), [100.0], Gradient(vec![1.0])),
        row!("39 log(1 + exp x), at 0", program!(|x| log1pexp(x[0])), [0.0], Gradient(vec![0.5])),
        row!("39 x log x", program!(|x| xlogx(x[0])), [2.0], Gradient(vec![1.0 + 2.0_f64.ln()])),
        row!("39 x log x at 0", program!(|x| xlogx(x[0])), [0.0], Convention(vec![0.0])),
        row!("39 logit", program!(|x| (x[0] / (1.0 - x[0])).ln()), [0.3], Gradient(vec![1.0 / 0.21])),
        row!("39 logistic", program!(|x| logistic(x[0])), [0.7], Gradient(vec![sigma(0.7) * sigma(-0.7)])),
        row!(
            "39 logistic, far out",
            program!(|x| logistic(x[0]) + logistic(x[1])),
            [800.0, -800.0],
            Gradient(vec![0.0, 0.0])
        ),
        row!("sqrt(x^2) at 0", program!(|x| (x[0] * x[0]).sqrt()), [0.0], Convention(vec![0.0])),
        row!("sqrt of a constant 0", program!(|x| x[0] + (x[0] * 0.0).sqrt()), [2.0], Convention(vec![1.0])),
        row!("|x| at 0", program!(|x| x[0].abs()), [0.0], Convention(vec![0.0])),
        row!(
            "norm at 0",
            program!(|x| nalgebra::DVector::from_column_slice(x).norm()),
            [0.0, 0.0],
            Convention(vec![0.0, 0.0])
        ),
        row!("hypot at 0", program!(|x| x[0].hypot(x[1])), [0.0, 0.0], Convention(vec![0.0, 0.0])),
        row!("atan2 at 0", program!(|x| x[0].atan2(x[1])), [0.0, 0.0], Convention(vec![0.0, 0.0])),
        row!("max on a tie", program!(|x| x[0].max(x[1])), [1.0, 1.0], Convention(vec![1.0, 0.0])),
        row!("min on a tie", program!(|x| x[0].min(x[1])), [1.0, 1.0], Convention(vec![1.0, 0.0])),
        row!("0^p", program!(|x| x[0].powf(x[1])), [0.0, 2.0], Convention(vec![0.0, 0.0])),
        row!("x^0 at 0", program!(|x| x[0].powi(0) + x[0].powf(R::zero())), [0.0], Gradient(vec![0.0])),
        row!("x^1 at 0", program!(|x| x[0].powi(1) + x[0].powf(R::one())), [0.0], Convention(vec![2.0])),
        row!("x^x", program!(|x| x[0].powf(x[0])), [1.5], Gradient(vec![1.5_f64.powf(1.5) * (1.0 + 1.5_f64.ln())])),
        row!("negative base", program!(|x| x[0].powf(R::from(3.0))), [-2.0], Gradient(vec![12.0])),
        row!("copysign, same sign", program!(|x| x[0].copysign(x[1])), [2.0, 3.0], Gradient(vec![1.0, 0.0])),
        row!("copysign, other sign", program!(|x| x[0].copysign(x[1])), [2.0, -3.0], Gradient(vec![-1.0, 0.0])),
        row!("flipsign", program!(|x| flipsign(x[0], x[1]) * x[1]), [2.0, -3.0], Gradient(vec![3.0, -2.0])),
        row!("floor and fract", program!(|x| x[0].floor() * x[0] + x[0].fract()), [2.5], Gradient(vec![3.0])),
        row!("37 reciprocal", program!(|x| x[0].recip()), [2.0], Gradient(vec![-0.25])),
        row!(
            "clamp inside and outside",
            program!(|x| x[0].clamp(R::zero(), R::one()) + x[1].clamp(R::zero(), R::one())),
            [0.5, 1.5],
            Gradient(vec![1.0, 0.0])
        ),
        row!("a singular slope in front of a square", program!(|x| x[0].cbrt().powi(3)), [0.7], Gradient(vec![1.0])),
        row!(
            "a sum of a thousand sines",
            program!(|x| (1..1000).fold(R::zero(), |sum, k| sum + (x[0] * f64::from(k) * 1e-3).sin())),
            [1.0],
            Differences
        ),
    ]
}
