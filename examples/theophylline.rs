//! How fast is theophylline taken up and cleared? One compartment with first-order absorption after one oral dose, for each
//! of twelve subjects, by least squares; the doses are events of the solver.
//!
//! ```text
//! cargo run --release --example theophylline -- pictures
//! ```

use costate::fit::{Cause, Columns, JacobianMode, Residuals, linearise};
use costate::prelude::*;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/pharmacokinetics/Theoph.csv");

/// Concentrations (mg/L) by hours since the dose; body weight (kg) and dose (mg/kg) are settings.
pub fn subjects() -> Result<Experiments, FitError> {
    let columns = Columns {
        experiment: "Subject",
        time: "Time",
        observables: &["conc"],
        settings: &["Wt", "Dose"],
        ..Columns::default()
    };
    Experiments::from_csv(FILE, &columns)
}

/// Absorption rate (1/h), clearance (L/h/kg) and volume (L/kg).
pub fn parameters() -> Parameters {
    Parameters::new().log("absorption", 1.5).log("clearance", 0.04).log("volume", 0.5)
}

/// Drug in the gut and in the body (mg/kg), and concentrations at the times of the data.
pub struct Subject<'a>(pub &'a Experiment);

impl Subject<'_> {
    /// Concentrations (mg/L) at these times.
    pub fn concentrations<R: Real>(&self, x: &DVector<R>, times: &[f64]) -> Result<Vec<R>, Cause> {
        let compartment = ode!(|_t, [gut, body], [absorption, clearance, volume, _dose]| [
            -absorption * gut,
            absorption * gut - clearance / volume * body,
        ]);
        let swallowed = Event::at([0.0]).then(reset!(|_t, [gut, body], [_a, _c, _v, dose]| [gut + dose, body]));
        let rates = DVector::from_vec(vec![x[0], x[1], x[2], self.0.setting("Dose")?.into()]);
        let end = times[times.len() - 1];
        let problem = Problem::ode(compartment, [0.0, 0.0], &rates, -0.1..end).with_event(swallowed);
        let solution = problem.solve(Tsit5, Tolerance::new(1e-9, 1e-11), SaveAt::times(times))?;
        Ok(solution.states().iter().map(|state| state[1] / x[2]).collect())
    }
}

impl Residuals for Subject<'_> {
    fn residuals<R: Real>(&self, x: &DVector<R>) -> Result<DVector<R>, Cause> {
        let data = &self.0.data;
        let model = self.concentrations(x, data.times())?;
        let cells =
            model.iter().enumerate().flat_map(|(row, &c)| data.cell(row, 0).iter().map(move |seen| c - seen.value));
        Ok(DVector::from_iterator(data.observations(), cells))
    }
}

/// The fit of one subject.
pub fn fit_subject(subject: &Experiment) -> Result<Fitted, FitError> {
    let model = Subject(subject);
    let residuals = |x: &DVector<f64>| linearise(&model, x, JacobianMode::Forward);
    fit_least_squares(residuals, &parameters(), &LevenbergMarquardt::default(), quiet)
}

fn picture(fits: &[(&Experiment, Fitted)]) -> Result<Figure, Cause> {
    let mut figure =
        Figure::new("Theophylline after one oral dose").x_label("hours since the dose").y_label("concentration (mg/L)");
    let times: Vec<f64> = (0..=250).map(|i| 0.1 * f64::from(i)).collect();
    for (subject, fitted) in fits.iter().take(3) {
        let curve = Subject(subject).concentrations(fitted.estimates(), &times)?;
        let (hours, seen) = subject.data.observed(0);
        figure = figure.curve(&format!("subject {}", subject.name), &times, &curve);
        figure = figure.points(&format!("measured, {}", subject.name), &hours, &seen);
    }
    Ok(figure)
}

fn main() -> Result<(), Cause> {
    let subjects = subjects()?;
    let fits = subjects.iter().map(|subject| Ok((subject, fit_subject(subject)?)));
    let fits = fits.collect::<Result<Vec<_>, FitError>>()?;
    println!("subject   absorption (1/h)     clearance (L/h/kg)     volume (L/kg)      sum of squares");
    for (subject, fitted) in &fits {
        let errors = fitted.standard_errors().ok_or("no standard errors")?;
        let cell = |i: usize| format!("{:.4} +- {:.4}", fitted.estimates()[i], errors[i]);
        println!("{:>7}   {:18}   {:20}   {:18} {:.4}", subject.name, cell(0), cell(1), cell(2), fitted.value());
    }
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    for kind in ["png", "svg"] {
        picture(&fits)?.save(format!("{folder}/theophylline.{kind}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The concentration in closed form (Bateman's function), fitted by itself.
    #[test]
    fn theophylline_is_batemans_function() {
        let subjects = subjects().unwrap();
        assert_eq!(subjects.iter().count(), 12);
        for subject in subjects.iter() {
            let fitted = fit_subject(subject).unwrap();
            assert!(fitted.converged(), "subject {}: {fitted}", subject.name);
            let [absorption, clearance, volume] = [0, 1, 2].map(|i| fitted.estimates()[i]);
            let (dose, elimination) = (subject.setting("Dose").unwrap(), clearance / volume);
            let bateman = |t: f64| {
                dose * absorption / (volume * (absorption - elimination))
                    * ((-elimination * t).exp() - (-absorption * t).exp())
            };
            let (times, seen) = subject.data.observed(0);
            let squares: f64 = times.iter().zip(&seen).map(|(&t, seen)| (bateman(t) - seen).powi(2)).sum();
            assert!((squares / fitted.value() - 1.0).abs() < 1e-6, "subject {}: {squares}, {fitted}", subject.name);
            // No neighbour explains the data better.
            let gradient = fitted.optimum().gradient.amax();
            assert!(gradient < 1e-4 * fitted.value(), "subject {}: {gradient}", subject.name);
        }
        let first = fit_subject(subjects.get("1").unwrap()).unwrap();
        // R: nls(conc ~ SSfol(Dose, Time, lKe, lKa, lCl), Theoph.1) gives lKe -2.9196, lKa 0.5752, lCl -3.9159.
        let [absorption, clearance, volume] = [0, 1, 2].map(|i| first.estimates()[i]);
        for (found, published) in
            [(absorption.ln(), 0.5752), ((clearance / volume).ln(), -2.9196), (clearance.ln(), -3.9159)]
        {
            assert!((found - published).abs() < 2e-4, "{found}, published {published}");
        }
    }
}
