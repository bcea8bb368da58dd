//! Can twenty months of weather teach a network the year? A neural differential equation of temperature, humidity and wind in
//! Delhi, monthly means, learnt on a growing horizon, and what it forecasts for the 32 months after.
//!
//! ```text
//! cargo run --release --example delhi_climate -- pictures
//! ```

use costate::fit::{Cause, Optimiser, Schedule};
use costate::prelude::*;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/timeseries/delhi_climate/monthly_normalised.csv");
/// Months to learn from.
pub const TRAINED: usize = 20;

/// Monthly means from January 2013, each less its mean and over its standard deviation. (The pressure has wrong readings.)
pub fn weather() -> Result<Data, FitError> {
    Data::from_csv(FILE, "month", &["meantemp", "humidity", "wind_speed"])
}

/// Within a month the weather goes towards a goal, which a network of weather and season gives.
#[derive(Clone)]
pub struct Seasonal(pub Mlp);

impl Ode for Seasonal {
    fn rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        let angle = t * (2.0 * std::f64::consts::PI / 12.0);
        let goal = self.0.apply(p, &[y[0], y[1], y[2], angle.sin(), angle.cos()]);
        // Without the pull to a goal nothing keeps a forecast from running away.
        dy.iter_mut().zip(goal.iter().zip(y)).for_each(|(dy, (&goal, &y))| *dy = goal - y);
    }

    fn parameters(&self) -> Option<usize> {
        Some(self.0.parameters())
    }
}

fn loss(system: &Seasonal, data: &Data, p: &DVector<f64>) -> Result<(f64, DVector<f64>), Cause> {
    let first = |k: usize| data.get(0, k).ok_or("the first month is complete");
    let start = [first(0)?, first(1)?, first(2)?];
    let loss = |p: &DVector<Var>| {
        let problem = Problem::ode(system.clone(), start.map(Var::from), p, 0.0..data.times()[data.len() - 1]);
        let save = SaveAt::times(data.times());
        let solution = DiscreteAdjoint::default().solve(&problem, Tsit5, Tolerance::new(1e-6, 1e-6), save)?;
        // A little shrinking: of all that fit, the flattest.
        let size = Var::dot(p.as_slice(), p.as_slice()) * 3e-3;
        Ok::<_, Cause>(squared_error(solution.states(), data)? / (3 * data.len()) as f64 + size)
    };
    try_gradient(loss, p)
}

/// The network after learning 4, 8, 12, 16, then 20 months.
pub fn learn(data: &Data) -> Result<(Seasonal, DVector<f64>), Cause> {
    let network = Mlp::new(&[5, 8, 3], costate::ad::Activation::Tanh)?;
    let mut p = network.initial(Initialisation::Normal(0.1), 4);
    let system = Seasonal(network);
    for months in [4, 8, 12, 16, TRAINED] {
        let part = data.head(months);
        let mut objective = |p: &DVector<f64>| loss(&system, &part, p);
        let adam = Adam { schedule: Schedule::Constant(5e-3), iterations: 150, ..Adam::default() };
        p = adam.minimise(&mut objective, &p, &mut quiet)?.point;
        let lbfgs = Lbfgs { iterations: 100, ..Lbfgs::default() };
        p = lbfgs.minimise(&mut objective, &p, &mut quiet)?.point;
    }
    Ok((system, p))
}

/// The trajectory at these months.
pub fn trajectory(
    data: &Data,
    system: &Seasonal,
    p: &DVector<f64>,
    months: &[f64],
) -> Result<Vec<DVector<f64>>, Cause> {
    let start: Vec<f64> = (0..3).map(|k| data.get(0, k).unwrap_or(0.0)).collect();
    let problem = Problem::ode(system.clone(), start, p, 0.0..months[months.len() - 1]);
    Ok(problem.solve(Tsit5, Tolerance::new(1e-6, 1e-6), SaveAt::times(months))?.states().to_vec())
}

/// The root-mean-square error of the temperature over some months, in standard deviations.
pub fn error(data: &Data, states: &[DVector<f64>], months: std::ops::Range<usize>) -> f64 {
    let count = months.len() as f64;
    let square = |month: usize| (states[month][0] - data.get(month, 0).unwrap_or(f64::NAN)).powi(2);
    (months.map(square).sum::<f64>() / count).sqrt()
}

#[allow(dead_code)] // The test of this example calls its parts.
fn main() -> Result<(), Cause> {
    let data = weather()?;
    let (system, p) = learn(&data)?;
    let states = trajectory(&data, &system, &p, data.times())?;
    let (learnt, forecast) = (error(&data, &states, 0..TRAINED), error(&data, &states, TRAINED..data.len()));
    println!("root-mean-square error of the temperature, in standard deviations:");
    println!("{learnt:.3} over the {TRAINED} months learnt, {forecast:.3} over the {} after", data.len() - TRAINED);
    let months: Vec<f64> = (0..=510).map(|i| 0.1 * f64::from(i)).collect();
    let curve = trajectory(&data, &system, &p, &months)?;
    let component = |k: usize| curve.iter().map(|state| state[k]).collect::<Vec<f64>>();
    let mut figure = Figure::new("Weather in Delhi, twenty months learnt and the rest foretold")
        .x_label("months since January 2013")
        .y_label("deviation from the mean (standard deviations)");
    for (k, name) in ["temperature", "humidity"].iter().enumerate() {
        let (seen_at, seen) = data.observed(k);
        figure = figure.curve(name, &months, &component(k)).points(&format!("{name}, measured"), &seen_at, &seen);
    }
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    for kind in ["png", "svg"] {
        figure.save(format!("{folder}/delhi_climate.{kind}"))?;
    }
    Ok(())
}
