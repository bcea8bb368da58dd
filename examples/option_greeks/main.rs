//! What do the Greeks of an option cost to know? A European call by its closed form, by a binomial tree and along simulated paths: each
//! is a plain function of spot, volatility, rate and time, and one product with its Hessian gives price, delta, gamma, vega, rho
//! and theta at once.
//!
//! A payoff has a kink, and a second derivative does not see it: along a path and in a tree that ends on the payoff, gamma comes out as 0.
//! So the last stretch of time is replaced by its closed form (for trees Broadie and Detemple 1996, for paths a conditional
//! expectation), and everything is differentiable twice. Black and Scholes 1973; Cox, Ross and Rubinstein 1979.
//!
//! ```text
//! cargo run --release --example option_greeks
//! ```

#[cfg(test)]
mod tests;

use costate::ad::hvp;
use costate::fit::Random;
use costate::prelude::*;

/// Price, delta, gamma, vega (by 1), rho (by 1) and theta (by year).
pub type Greeks = [f64; 6];

/// Spot, volatility (per square root of a year), rate (per year) and time to expiry (years).
pub type Market<R> = DVector<R>;

fn normal<R: Real>(x: R) -> R {
    0.5 * (-x / 2.0_f64.sqrt()).erfc()
}

/// A European call, or a put.
pub fn black_scholes<R: Real>([spot, volatility, rate, time]: [R; 4], strike: f64, call: bool) -> R {
    let spread = volatility * time.sqrt();
    let d1 = ((spot / strike).ln() + rate * time) / spread + 0.5 * spread;
    let sign = if call { 1.0 } else { -1.0 };
    sign * (spot * normal(sign * d1) - strike * (-rate * time).exp() * normal(sign * (d1 - spread)))
}

/// A tree of so many steps, whose last is in closed form if it is to be `smooth`; an `american` option is exercised where that is
/// worth more.
pub fn tree<R: Real>(market: &Market<R>, strike: f64, call: bool, american: bool, smooth: bool) -> R {
    const STEPS: i32 = 200;
    let [spot, volatility, rate, time] = [0, 1, 2, 3].map(|i| market[i]);
    let step = time / f64::from(STEPS);
    let up = (volatility * step.sqrt()).exp();
    let discount = (-rate * step).exp();
    let likely = (1.0 / discount - 1.0 / up) / (up - 1.0 / up);
    let exercised = |spot: R| if call { spot - strike } else { strike - spot };
    let last = if smooth { STEPS - 1 } else { STEPS };
    let at = |level: i32, ups: i32| spot * up.powi(2 * ups - level);
    let end = |ups: i32| match smooth {
        true => black_scholes([at(last, ups), volatility, rate, step], strike, call),
        false => exercised(at(last, ups)).max(R::zero()),
    };
    let mut values: Vec<R> = (0..=last).map(end).collect();
    for level in (0..last).rev() {
        for ups in 0..=level {
            let i = ups as usize;
            let held = discount * (likely * values[i + 1] + (1.0 - likely) * values[i]);
            values[i] = if american { held.max(exercised(at(level, ups))) } else { held };
        }
    }
    values[0]
}

/// What a call is worth along one path: its discounted payoff, or from half-time on what it is expected to be.
pub fn path<R: Real>(market: &Market<R>, strike: f64, [first, second]: [f64; 2], smooth: bool) -> R {
    let [spot, volatility, rate, time] = [0, 1, 2, 3].map(|i| market[i]);
    let half = 0.5 * time;
    let moved = |spot: R, normal: f64| {
        spot * ((rate - 0.5 * volatility * volatility) * half + volatility * half.sqrt() * normal).exp()
    };
    let middle = moved(spot, first);
    if smooth {
        return (-rate * half).exp() * black_scholes([middle, volatility, rate, half], strike, true);
    }
    (-rate * time).exp() * (moved(middle, second) - strike).max(R::zero())
}

/// All of them, by one run and one sweep.
pub fn greeks(price: impl FnOnce(&Market<Dual<Var>>) -> Dual<Var>, market: &Market<f64>) -> Greeks {
    let (value, slope, with_spot) = hvp(price, market, &dvector![1.0, 0.0, 0.0, 0.0]);
    [value, slope[0], with_spot[0], slope[1], slope[2], -slope[3]]
}

/// Means over so many paths, and their standard errors.
pub fn monte_carlo(market: &Market<f64>, strike: f64, paths: u32, smooth: bool) -> [Greeks; 2] {
    let mut random = Random::new(7, 0);
    let (mut sum, mut squares) = ([0.0; 6], [0.0; 6]);
    for _ in 0..paths {
        let normals = [random.normal(), random.normal()];
        let one = greeks(|market| path(market, strike, normals, smooth), market);
        for i in 0..6 {
            sum[i] += one[i];
            squares[i] += one[i] * one[i];
        }
    }
    let n = f64::from(paths);
    let mean = sum.map(|s| s / n);
    [mean, std::array::from_fn(|i| ((squares[i] / n - mean[i] * mean[i]) / n).sqrt())]
}

fn main() {
    let (market, strike) = (dvector![42.0, 0.2, 0.1, 0.5], 40.0);
    let show = |name: &str, greeks: Greeks| println!("{name:<28}{}", greeks.map(|g| format!("{g:>11.6}")).concat());
    println!("{:<28}{}", "", ["price", "delta", "gamma", "vega", "rho", "theta"].map(|g| format!("{g:>11}")).concat());
    show("closed form", greeks(|m| black_scholes([m[0], m[1], m[2], m[3]], strike, true), &market));
    show("tree", greeks(|m| tree(m, strike, true, false, false), &market));
    show("tree, smooth", greeks(|m| tree(m, strike, true, false, true), &market));
    for (name, smooth) in [("paths", false), ("paths, smooth", true)] {
        let [mean, error] = monte_carlo(&market, strike, 200_000, smooth);
        show(name, mean);
        show("  standard error", error);
    }
    println!("\nan American put: spot 36, strike 40, volatility 0.2, rate 0.06, a year");
    show("tree, smooth", greeks(|m| tree(m, 40.0, false, true, true), &dvector![36.0, 0.2, 0.06, 1.0]));
}
