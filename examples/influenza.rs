//! How infectious was the influenza of 1978 in an English boarding school? The susceptible, infectious and recovered boys of
//! Kermack and McKendrick, fitted to the number in bed on 14 days with negative-binomial noise.
//!
//! ```text
//! cargo run --release --example influenza -- pictures
//! ```

use costate::fit::{Cause, JacobianMode, Residuals, linearise};
use costate::prelude::*;

const COUNTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/epidemics/influenza_1978.csv");
/// Boys in the school (BMJ 1978;1:587).
const SCHOOL: f64 = 763.0;

/// Boys in bed, by days since 22 January 1978.
pub fn in_bed() -> Result<Data, FitError> {
    let data = Data::from_csv(COUNTS, "date", &["in_bed"])?;
    let first = data.times()[0];
    Ok(data.since(first))
}

/// One boy was ill at the start, a day before the first count: time in days, boys.
pub fn infectious<R: Real>(times: &[f64], rates: &DVector<R>) -> Result<Vec<DVector<R>>, SolveError> {
    let sir = ode!(|_t, [s, i, r], [contact, recovery]| {
        let infections = contact * s * i / (s + i + r);
        [-infections, infections - recovery * i, recovery * i]
    });
    let problem = Problem::ode(sir, [SCHOOL - 1.0, 1.0, 0.0], rates, -1.0..times[times.len() - 1]);
    let solution = problem.solve(Tsit5, Tolerance::new(1e-8, 1e-8), SaveAt::times(times))?;
    Ok(solution.states().iter().map(|state| state.rows(1, 1).into_owned()).collect())
}

/// Contact rate and recovery rate per day, and the size of the negative-binomial distribution.
pub fn parameters() -> Parameters {
    Parameters::new().log("contact", 1.0).log("recovery", 0.3).log("size", 5.0)
}

fn objective(data: &Data, x: &DVector<f64>) -> Result<(f64, DVector<f64>), Cause> {
    let likelihood = |x: &DVector<Var>| {
        let model = infectious(data.times(), &x.rows(0, 2).into_owned())?;
        Ok(negative_binomial(&model, data, &[x[2]])?)
    };
    try_gradient(likelihood, x)
}

/// The fit, and the 95 % interval of the basic reproduction number by its profile.
pub fn run() -> Result<(Fitted, [f64; 2]), Cause> {
    let data = in_bed()?;
    let fitted = fit(|x| objective(&data, x), &parameters(), &Lbfgs::default(), quiet)?;
    // The same model with the reproduction number in place of the contact rate.
    let ratio = fitted.estimate("contact")? / fitted.estimate("recovery")?;
    let by_ratio = Parameters::new().log("R0", ratio).log("recovery", fitted.estimate("recovery")?);
    let by_ratio = by_ratio.log("size", fitted.estimate("size")?);
    let objective_of_ratio = |x: &DVector<f64>| {
        let (value, slope) = objective(&data, &dvector![x[0] * x[1], x[1], x[2]])?;
        Ok::<_, Cause>((value, dvector![slope[0] * x[1], slope[0] * x[0] + slope[1], slope[2]]))
    };
    let again = fit(objective_of_ratio, &by_ratio, &Lbfgs::default(), quiet)?;
    let interval = profile(objective_of_ratio, &by_ratio, &again, "R0", 0.95, &Lbfgs::default())?;
    Ok((fitted, [interval.lower.unwrap_or(0.0), interval.upper.unwrap_or(f64::INFINITY)]))
}

/// The expected number in bed as a function of the parameters: what bands are drawn around.
struct Expected(Vec<f64>);

impl Residuals for Expected {
    fn residuals<R: Real>(&self, x: &DVector<R>) -> Result<DVector<R>, Cause> {
        let model = infectious(&self.0, &x.rows(0, 2).into_owned())?;
        Ok(DVector::from_iterator(model.len(), model.iter().map(|state| state[0])))
    }
}

fn picture(fitted: &Fitted) -> Result<Figure, Cause> {
    let data = in_bed()?;
    let times: Vec<f64> = (0..=130).map(|i| 0.1 * f64::from(i)).collect();
    let covariance = fitted.covariance().ok_or("no covariance")?;
    let prediction = linearise(&Expected(times.clone()), fitted.estimates(), JacobianMode::BySize)?;
    let model = Bands::new(&prediction, covariance, 0.95)?;
    let size = fitted.estimate("size")?;
    let noise = prediction.0.map(|mean| (mean + mean * mean / size).sqrt());
    let counts = Bands::with_noise(&prediction, covariance, &noise, 0.95)?;
    let lower = counts.lower.map(|count| count.max(0.0));
    let (days, seen) = data.observed(0);
    Ok(Figure::new("Influenza in a boarding school, 1978")
        .x_label("days since 22 January")
        .y_label("boys in bed")
        .band("new counts, 95 %", &times, lower.as_slice(), counts.upper.as_slice())
        .band("mean, 95 %", &times, model.lower.as_slice(), model.upper.as_slice())
        .curve("mean", &times, model.middle.as_slice())
        .points("counted", &days, &seen))
}

fn main() -> Result<(), Cause> {
    let (fitted, [lower, upper]) = run()?;
    println!("{fitted}");
    let ratio = fitted.estimate("contact")? / fitted.estimate("recovery")?;
    println!("basic reproduction number {ratio:.2}, 95 % interval {lower:.2} to {upper:.2}");
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    for kind in ["png", "svg"] {
        picture(&fitted)?.save(format!("{folder}/influenza.{kind}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn influenza_in_a_boarding_school() {
        let (fitted, [lower, upper]) = run().unwrap();
        println!("{fitted}\n{lower} {upper}");
        assert!(fitted.converged(), "{fitted}");
        let ratio = fitted.estimate("contact").unwrap() / fitted.estimate("recovery").unwrap();
        // Posterior means of the same model by Grinsztajn et al. (2021, Statistics in Medicine 40:6209): 1.73, 0.54, ratio 3.2.
        for (name, published, within) in [("contact", 1.73, 0.03), ("recovery", 0.54, 0.03)] {
            let found = fitted.estimate(name).unwrap();
            assert!((found - published).abs() < within, "{name}: {found}, published {published}");
        }
        assert!((3.0..3.4).contains(&ratio), "{ratio}");
        assert!(lower < ratio && ratio < upper && lower > 2.5 && upper < 5.0, "{lower} {ratio} {upper}");
    }
}
