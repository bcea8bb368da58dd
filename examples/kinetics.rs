//! Which rates explain how alpha-pinene isomerises, and how gas oil cracks? Two problems of the COPS collection by
//! least squares, compared with the published optima 19.8721 and 5.2366e-3.
//!
//! ```text
//! cargo run --release --example kinetics -- pictures
//! ```

use costate::fit::{Cause, JacobianMode, Residuals, linearise};
use costate::prelude::*;

/// The measured table, and whose it is.
pub struct Kinetics {
    pinene: bool,
    data: Data,
}

impl Kinetics {
    /// Alpha-pinene and four products in percent, by minutes (Fuguitt and Hawkins 1947).
    pub fn alpha_pinene() -> Result<Self, FitError> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/cops/alpha_pinene.csv");
        Ok(Self { pinene: true, data: Data::from_csv(path, "t", &["y1", "y2", "y3", "y4", "y5"])? })
    }

    /// Gas oil and gasoline as shares, in the problem's unit of time (Tjoa and Biegler 1991).
    pub fn gas_oil() -> Result<Self, FitError> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/cops/gas_oil_cracking.csv");
        Ok(Self { pinene: false, data: Data::from_csv(path, "t", &["y1", "y2"])? })
    }

    fn states<R: Real>(&self, k: &DVector<R>, times: &[f64]) -> Result<Vec<DVector<R>>, SolveError> {
        let (tolerance, save) = (Tolerance::new(1e-9, 1e-9), SaveAt::times(times));
        let end = times[times.len() - 1];
        let solution = if self.pinene {
            let system = ode!(|_t, [pinene, _b, c, _d, e], [k1, k2, k3, k4, k5]| [
                -(k1 + k2) * pinene,
                k1 * pinene,
                k2 * pinene - (k3 + k4) * c + k5 * e,
                k3 * c,
                k4 * c - k5 * e,
            ]);
            Problem::ode(system, [100.0, 0.0, 0.0, 0.0, 0.0], k, 0.0..end).solve(Vern7, tolerance, save)?
        } else {
            let system =
                ode!(|_t, [oil, petrol], [k1, k2, k3]| [-(k1 + k3) * oil * oil, k1 * oil * oil - k2 * petrol,]);
            Problem::ode(system, [1.0, 0.0], k, 0.0..end).solve(Vern7, tolerance, save)?
        };
        Ok(solution.states().to_vec())
    }

    /// The fit, from rates of zero.
    pub fn fit(&self) -> Result<Fitted, FitError> {
        let names = if self.pinene { 1..=5 } else { 1..=3 };
        let parameters = names.fold(Parameters::new(), |all, i| all.linear(&format!("k{i}"), 0.0).within(0.0, 100.0));
        let residuals = |k: &DVector<f64>| linearise(self, k, JacobianMode::Forward);
        fit_least_squares(residuals, &parameters, &LevenbergMarquardt::default(), quiet)
    }

    fn picture(&self, fitted: &Fitted, title: &str, names: &[&str], labels: [&str; 2]) -> Result<Figure, Cause> {
        let end = self.data.times()[self.data.len() - 1];
        let times: Vec<f64> = (0..=200).map(|i| end * f64::from(i) / 200.0).collect();
        let states = self.states(fitted.estimates(), &times)?;
        let mut figure = Figure::new(title).x_label(labels[0]).y_label(labels[1]);
        for (column, name) in names.iter().enumerate() {
            let curve: Vec<f64> = states.iter().map(|state| state[column]).collect();
            let (seen_at, seen) = self.data.observed(column);
            figure = figure.curve(name, &times, &curve).points(&format!("{name}, measured"), &seen_at, &seen);
        }
        Ok(figure)
    }
}

impl Residuals for Kinetics {
    fn residuals<R: Real>(&self, k: &DVector<R>) -> Result<DVector<R>, Cause> {
        let states = self.states(k, self.data.times())?;
        let row = |row: usize| (0..self.data.names().len()).filter_map(move |k| Some((k, self.data.get(row, k)?)));
        let residuals = states.iter().enumerate().flat_map(|(i, state)| row(i).map(|(k, seen)| state[k] - seen));
        Ok(DVector::from_vec(residuals.collect()))
    }
}

fn main() -> Result<(), Cause> {
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    let (pinene, oil) = (Kinetics::alpha_pinene()?, Kinetics::gas_oil()?);
    let (of_pinene, of_oil) = (pinene.fit()?, oil.fit()?);
    println!("alpha-pinene (published optimum 19.8721)\n{of_pinene}\n");
    println!("gas oil (published optimum 5.2366e-3)\n{of_oil}");
    let products = ["pinene", "dipentene", "allo-ocimene", "pyronene", "dimer"];
    let labels = ["time (min)", "share (%)"];
    let first = pinene.picture(&of_pinene, "Isomerisation of alpha-pinene", &products, labels)?;
    let second = oil.picture(&of_oil, "Catalytic cracking of gas oil", &["gas oil", "gasoline"], ["time", "share"])?;
    for kind in ["png", "svg"] {
        first.save(format!("{folder}/alpha_pinene.{kind}"))?;
        second.save(format!("{folder}/gas_oil.{kind}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinetics_reach_the_published_optima() {
        let (pinene, oil) =
            (Kinetics::alpha_pinene().unwrap().fit().unwrap(), Kinetics::gas_oil().unwrap().fit().unwrap());
        assert!(pinene.converged() && oil.converged(), "{pinene}\n{oil}");
        assert!((pinene.value() / 19.8721 - 1.0).abs() < 1e-5, "{pinene}");
        assert!((oil.value() / 5.2366e-3 - 1.0).abs() < 1e-5, "{oil}");
    }
}
