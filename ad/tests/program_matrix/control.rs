//! 1-13: scalar control flow and recursion.

use crate::Expected::{self, Convention, Gradient};
use crate::Row;
use costate_ad::{Real, program};
use std::cell::Cell;
use std::collections::BTreeMap;

fn power_by_recursion<R: Real>(x: R, n: u32) -> R {
    if n == 0 { R::one() } else { x * power_by_recursion(x, n - 1) }
}

fn refuses_negative<R: Real>(x: R) -> Result<R, String> {
    if x < 0.0 { Err(format!("{x} is negative")) } else { Ok(5.0 * x) }
}

/// The Taylor series of the sine, left as soon as a term is too small to matter.
fn sine_by_series<R: Real>(x: R) -> R {
    let (mut term, mut sum) = (x, x);
    for k in 1.. {
        term = -term * x * x / f64::from(2 * k * (2 * k + 1));
        if term.value().abs() < 1e-17 {
            return sum;
        }
        sum += term;
    }
    sum
}

/// Two numbers that close in on each other; how often depends on the input.
fn bisects<R: Real>(z: R) -> R {
    let (mut x, mut y) = (R::one(), 1.0 + z);
    while (x - y).abs() > 1e-6 {
        (y, x) = ((x + y) / 2.0, y);
    }
    y
}

fn doubles<R: Real>(x: &[R]) -> R {
    let mut levels = vec![x.to_vec()];
    while levels.len() < 10 {
        let sum = (0..x.len()).map(|i| R::sum(&levels.iter().map(|level| level[i]).collect::<Vec<_>>())).collect();
        levels.push(sum);
    }
    let last = levels.last().expect("there are ten");
    R::dot(last, last)
}

fn exact(x: f64) -> Expected {
    Gradient(vec![x])
}

pub fn rows() -> Vec<Row> {
    vec![
        row!("1 power by a loop", program!(|x| (0..3).fold(R::one(), |r, _| r * x[0])), [2.0], exact(12.0)),
        row!("2 power by recursion", program!(|x| power_by_recursion(x[0], 3)), [2.0], exact(12.0)),
        row!(
            "3 power in a mutable cell",
            program!(|x| {
                let r = Cell::new(R::one());
                (0..3).for_each(|_| r.set(r.get() * x[0]));
                r.get()
            }),
            [2.0],
            exact(12.0)
        ),
        row!("4 first branch", program!(|x| if x[0] > 0.0 { 2.0 * x[0] } else { 3.0 * x[0] }), [1.0], exact(2.0)),
        row!("4 second branch", program!(|x| if x[0] > 0.0 { 2.0 * x[0] } else { 3.0 * x[0] }), [-1.0], exact(3.0)),
        row!("5 a branch that fails", program!(|x| refuses_negative(x[0]).unwrap_or(R::zero())), [2.0], exact(5.0)),
        row!("5 the failure is taken", program!(|x| refuses_negative(x[0]).unwrap_or(x[0] * 7.0)), [-2.0], exact(7.0)),
        row!("6 the input is ignored", program!(|_x| R::from(1.0)), [2.0], exact(0.0)),
        row!("7 series with an early return", program!(|x| sine_by_series(x[0])), [1.0], exact(0.5403023058681398)),
        row!(
            "8 while, many rounds",
            program!(|x| bisects(x[0])),
            [1024.0],
            Convention(vec![2.0 / 3.0 + 1.0 / (3.0 * f64::from(1 << 30))])
        ),
        row!("8 while, no round", program!(|x| bisects(x[0])), [0.0], Convention(vec![1.0])),
        row!("8 while, four rounds", program!(|x| bisects(x[0])), [-1e-5], Convention(vec![0.625 + 0.0625])),
        row!(
            "9 swap three times",
            program!(|x| {
                let (mut a, mut b) = (x[0], 2.0 * x[0]);
                (0..3).for_each(|_| (a, b) = (b, a));
                a
            }),
            [1.0],
            exact(2.0)
        ),
        row!(
            "10 rotate four times",
            program!(|x| {
                let mut v = [x[0], 2.0 * x[0], 3.0 * x[0]];
                (0..4).for_each(|_| v.rotate_left(1));
                v[0]
            }),
            [1.0],
            exact(2.0)
        ),
        row!("11 a local that is defined", program!(|x| maybe_defined(x[0])), [2.0], exact(6.0)),
        row!("11 a local that is not", program!(|x| maybe_defined(x[0])), [-1.0], exact(42.0)),
        row!("12 sums of all that went before", program!(|x| doubles(x)), [1.0; 100], Gradient(vec![131072.0; 100])),
        row!(
            "13 i^x, collected in a map",
            program!(|x| {
                let map: BTreeMap<u32, R> = (1..=4).map(|i| (i, R::from(f64::from(i)).powf(x[0]))).collect();
                map.values().fold(R::zero(), |sum, &power| sum + power)
            }),
            [3.0],
            exact(123.93054835019153)
        ),
    ]
}

fn maybe_defined<R: Real>(x: R) -> R {
    let y = (x > 0.0).then(|| 3.0 * x);
    y.map_or(42.0 * x, |y| 2.0 * y)
}
