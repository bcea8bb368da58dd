//! How much does the price of a bond fall if one market rate rises? Key-rate durations: prices come from a yield curve, whose
//! forward rates come from twelve par rates by twelve solves of Newton's method, and are differentiated through all of it.
//!
//! Innes et al. 2019 (arXiv:1907.07587), section on finance, with the notebook's rates and bonds: months, piecewise constant forward
//! rates, coupons twice a year. Once with the Newton loop differentiated as a program, derivatives inside derivatives, and once with
//! `linalg::root`, which differentiates the root itself by the implicit function theorem.
//!
//! ```text
//! cargo run --release --example key_rate_durations
//! ```

#[cfg(test)]
mod tests;

use costate::ad::jacobian;
use costate::linalg::{Equations, root};
use costate::prelude::*;
use std::time::Instant;

const MONTHS: [u32; 12] = [1, 2, 3, 6, 12, 24, 36, 60, 84, 120, 240, 360];
const PER_CENT: [f64; 12] = [2.45, 2.43, 2.43, 2.51, 2.53, 2.50, 2.48, 2.48, 2.56, 2.66, 2.85, 3.01];

/// A bond with face value 1: months between coupons, one coupon, months to maturity.
#[derive(Clone, Copy)]
pub struct Bond<R>(u32, R, u32);

/// The bonds of the notebook.
pub const BONDS: [Bond<f64>; 10] = [
    Bond(3, 0.05, 1),
    Bond(3, 0.05, 2),
    Bond(3, 0.05, 4),
    Bond(3, 0.05, 12),
    Bond(6, 0.03, 14),
    Bond(6, 0.04, 19),
    Bond(6, 0.02, 28),
    Bond(6, 0.035, 54),
    Bond(6, 0.04, 220),
    Bond(6, 0.03, 356),
];

/// The price of `bond` with accrued interest where the logarithm of a discount factor falls to `-logs[i]` in month `MONTHS[i]`, linearly
/// between, and at the yearly rate `beyond` after the last of them.
fn price<R: Real>(logs: &[R], beyond: R, Bond(every, coupon, maturity): Bond<R>) -> R {
    let years = |months: u32| f64::from(months) / 12.0;
    let knot = |i: usize| if i == 0 { (0, R::zero()) } else { (MONTHS[i - 1], logs[i - 1]) };
    let discount = |month: u32| {
        let i = MONTHS[..logs.len()].partition_point(|&known| known <= month);
        let (start, log) = knot(i);
        let rate = if i == logs.len() {
            beyond
        } else {
            let (end, after) = knot(i + 1);
            (after - log) / years(end - start)
        };
        (-(log + rate * years(month - start))).exp()
    };
    let coupons = (1..=maturity).rev().step_by(every as usize).map(|month| coupon * discount(month));
    coupons.fold(discount(maturity), |sum, paid| sum + paid)
}

/// What is 0 at the right forward rate: a bond that pays the par rate is worth its face value, without accrued interest.
fn excess<R: Real>(rate: R, logs: &[R], par: R) -> R {
    let maturity = MONTHS[logs.len()];
    let accrued = par * (f64::from((6 - maturity % 6) % 6) / 12.0);
    price(logs, rate, Bond(6, 0.5 * par, maturity)) - accrued - 1.0
}

/// Newton's method on any scalar: its derivative is a dual number over that scalar.
fn by_nested_duals<R: Real>(logs: &[R], par: R) -> R {
    let lifted: Vec<Dual<R>> = logs.iter().copied().map(Dual::constant).collect();
    let mut rate = par;
    loop {
        let (value, slope) = derivative(|rate| excess(rate, &lifted, Dual::constant(par)), rate);
        rate -= value / slope;
        if (value / slope).value().abs() < 1e-8 {
            return rate;
        }
    }
}

struct Excess;

impl Equations for Excess {
    fn evaluate<R: Real>(&self, rate: &[R], p: &[R], f: &mut [R]) {
        f[0] = excess(rate[0], &p[1..], p[0]);
    }
}

/// The root by plain numbers, its derivatives by one correction.
fn by_implicit_function<R: Real>(logs: &[R], par: R) -> R {
    let p = DVector::from_iterator(1 + logs.len(), std::iter::once(par).chain(logs.iter().copied()));
    root(&Excess, &dvector![par.value()], &p).expect("prices fall with the rate")[0]
}

/// The logarithms of the discount factors at all `MONTHS`.
fn bootstrap<R: Real>(par: &DVector<R>, solve: impl Fn(&[R], R) -> R) -> Vec<R> {
    let mut logs: Vec<R> = Vec::new();
    for (i, &par) in par.iter().enumerate() {
        let rate = solve(&logs, par);
        let (start, log) = if i == 0 { (0, R::zero()) } else { (MONTHS[i - 1], logs[i - 1]) };
        logs.push(log + rate * (f64::from(MONTHS[i] - start) / 12.0));
    }
    logs
}

/// `-(dP/d par_i) / P` of each bond (a row) by each of the twelve rates (a column), in years.
pub fn durations(bonds: &[Bond<f64>], implicit: bool) -> DMatrix<f64> {
    let prices = |par: &DVector<_>| {
        let logs = bootstrap(par, if implicit { by_implicit_function } else { by_nested_duals });
        let price =
            |&Bond(every, coupon, maturity): &Bond<f64>| price(&logs, 0.0.into(), Bond(every, coupon.into(), maturity));
        DVector::from_iterator(bonds.len(), bonds.iter().map(price))
    };
    let (value, slopes) = jacobian(prices, &(DVector::from_column_slice(&PER_CENT) / 100.0));
    DMatrix::from_fn(bonds.len(), 12, |bond, rate| -slopes[(bond, rate)] / value[bond])
}

fn main() {
    println!("years of duration of each bond (coupon, months to maturity), by key rates of so many months\n");
    println!("{:14}{}", "", MONTHS.map(|month| format!("{month:>9}")).concat());
    for (row, Bond(_, coupon, maturity)) in durations(&BONDS, true).row_iter().zip(BONDS) {
        let cells: String =
            row.iter().map(|d| if d.abs() < 5e-7 { format!("{:>9}", 0) } else { format!("{d:>9.5}") }).collect();
        println!("{:>6.1} %{maturity:>5} {cells}", 100.0 * coupon);
    }
    println!();
    for (way, implicit) in [("nested duals through the Newton loop", false), ("the implicit function theorem", true)] {
        let time = |_| {
            let start = Instant::now();
            std::hint::black_box(durations(&BONDS, implicit));
            start.elapsed().as_secs_f64()
        };
        let best = (0..50).map(time).fold(f64::INFINITY, f64::min);
        println!("{way}: {:.1} microseconds for ten bonds (the paper: 185,000)", 1e6 * best);
    }
}
