//! How does the price of an option answer to its market? The Greeks of a European call by Monte Carlo: pathwise derivatives
//! through the solver, and finite differences on the same and on fresh paths, against the closed form of Black and Scholes.
//!
//! ```text
//! cargo run --release --example black_scholes_greeks -- pictures
//! ```

use costate::fit::Cause;
use costate::prelude::*;

/// Spot, rate, volatility; strike and years to expiry.
const MARKET: [f64; 3] = [100.0, 0.03, 0.25];
const STRIKE: f64 = 105.0;
const YEARS: f64 = 1.0;
const NAMES: [&str; 4] = ["price", "delta", "rho", "vega"];

/// The discounted payoff of one path, for spot, rate and volatility.
fn payoff<R: Real>(market: &[R; 3], noise: Brownian) -> Result<R, SolveError> {
    let price = sde!(|_t, [price], [rate, volatility]| drift: [rate * price], diagonal: [volatility * price]);
    let [spot, rate, volatility] = *market;
    let problem = Problem::sde(price, noise.with_unit(0.05), [spot], &dvector![rate, volatility], 0.0..YEARS);
    let last = problem.solve(Milstein, FixedStep(0.05), SaveAt::end())?.last()[0];
    // The payoff has a kink, but no jump: its derivative, where there is one, has the right mean.
    let zero = R::zero();
    Ok((-rate * YEARS).exp() * if last > STRIKE { last - STRIKE } else { zero })
}

/// Price, delta, rho and vega of each path, and their means.
fn pathwise(paths: usize) -> Result<Vec<Summary>, SolveError> {
    Ensemble::new(paths).summarise(|path| {
        let market = std::array::from_fn(|k| Dual::<f64, 3>::variable(MARKET[k], k));
        let value = payoff(&market, Brownian::seeded(5).path(path as u64))?;
        Ok([vec![value.value], value.derivatives.to_vec()].concat())
    })
}

/// The same by central differences; both sides on the same path, or each on its own.
fn differences(paths: usize, same: bool) -> Result<Vec<Summary>, SolveError> {
    Ensemble::new(paths).summarise(|path| {
        let noise = |number: usize| Brownian::seeded(5).path(if same { path } else { paths * number + path } as u64);
        let mut numbers = vec![payoff(&MARKET, noise(0))?];
        for k in 0..3 {
            let h = 1e-2 * MARKET[k];
            let side = |sign: f64, number: usize| {
                let mut market = MARKET;
                market[k] += sign * h;
                payoff(&market, noise(number))
            };
            numbers.push((side(1.0, 2 * k + 1)? - side(-1.0, 2 * k + 2)?) / (2.0 * h));
        }
        Ok::<_, SolveError>(numbers)
    })
}

/// Black and Scholes, The pricing of options and corporate liabilities, J. Political Economy 81 (1973), equation 13, and its
/// derivatives.
fn closed_form() -> [f64; 4] {
    let [spot, rate, volatility] = MARKET;
    let below = |x: f64| 0.5 * Real::erfc(-x / 2_f64.sqrt());
    let (width, discounted) = (volatility * YEARS.sqrt(), STRIKE * (-rate * YEARS).exp());
    let d1 = ((spot / STRIKE).ln() + (rate + 0.5 * volatility * volatility) * YEARS) / width;
    let d2 = d1 - width;
    let density = (-0.5 * d1 * d1).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let price = spot * below(d1) - discounted * below(d2);
    [price, below(d1), YEARS * discounted * below(d2), spot * density * YEARS.sqrt()]
}

fn main() -> Result<(), Cause> {
    let paths = 100_000;
    let estimates = [pathwise(paths)?, differences(paths, true)?, differences(paths, false)?];
    println!(
        "{paths} paths, estimate and standard error\n{:<7}{:>12}{:>22}{:>22}{:>24}",
        "", "closed form", "pathwise", "differences", "on fresh paths"
    );
    for (k, name) in NAMES.iter().enumerate() {
        let [a, b, c] = [0, 1, 2].map(|method| {
            let summary: &Summary = &estimates[method][k];
            format!("{:.4} ± {:.4}", summary.mean(), summary.standard_error())
        });
        println!("{name:<7}{:>12.4}{a:>22}{b:>22}{c:>24}", closed_form()[k]);
    }
    let counts: Vec<usize> = (0..8).map(|k| 250 << k).collect();
    let errors = |of: &dyn Fn(usize) -> Result<Vec<Summary>, SolveError>| {
        counts.iter().map(|&paths| Ok(of(paths)?[3].standard_error())).collect::<Result<Vec<f64>, SolveError>>()
    };
    let number: Vec<f64> = counts.iter().map(|&count| count as f64).collect();
    let figure = Figure::new("Vega of a call: what a path is worth")
        .x_label("paths")
        .y_label("standard error of vega")
        .curve("pathwise", &number, &errors(&pathwise)?)
        .curve("differences, fresh paths", &number, &errors(&|paths| differences(paths, false))?)
        .points("differences, same paths", &number, &errors(&|paths| differences(paths, true))?);
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    for kind in ["png", "svg"] {
        figure.clone().log_x().log_y().save(format!("{folder}/black_scholes_greeks.{kind}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greeks_are_those_of_the_closed_form() {
        let paths = 10_000;
        let (pathwise, same, fresh) =
            (pathwise(paths).unwrap(), differences(paths, true).unwrap(), differences(paths, false).unwrap());
        for (k, exact) in closed_form().into_iter().enumerate() {
            for found in [&pathwise[k], &same[k], &fresh[k]] {
                let away = (found.mean() - exact) / found.standard_error();
                assert!(away.abs() < 3.0, "{}: {} of {exact}, {away} standard errors", NAMES[k], found.mean());
            }
            // Differences on the same paths are the same estimate, but for paths that end near the strike.
            assert!((pathwise[k].mean() - same[k].mean()).abs() < 0.2 * pathwise[k].standard_error(), "{}", NAMES[k]);
            assert!(k == 0 || fresh[k].standard_error() > 10.0 * pathwise[k].standard_error());
        }
    }
}
