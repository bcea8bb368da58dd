//! Networks that learn a climate, and what they say of months to come.

use costate::fit::{Cause, Observation, Optimiser, Schedule};
use costate::prelude::*;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/timeseries/delhi_climate/monthly_means.csv");
pub const NAMES: [&str; 4] = ["temperature", "humidity", "wind_speed", "pressure"];
/// Months to learn from.
pub const LEARNT: usize = 24;
/// What a unit of squared weight may cost: the second year says which serves networks of the first one best.
const DECAYS: [f64; 3] = [1e-3, 3e-3, 1e-2];

/// A climate that forgets itself within a month or so, and what the calendar makes of it: `dy/dt = network(y, season) - y`.
#[derive(Clone)]
pub struct Seasons(Mlp);

impl Ode for Seasons {
    fn rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        let season = t * (std::f64::consts::TAU / 12.0);
        let driven = self.0.apply(p, &[y[0], y[1], y[2], y[3], season.sin(), season.cos()]);
        (0..4).for_each(|k| dy[k] = driven[k] - y[k]);
    }
}

/// Monthly means since January 2013, and the mean and the spread of each over the months to learn from.
pub struct Climate {
    pub data: Data,
    scales: [[f64; 2]; 4],
}

/// Networks that started from weights of their own - where they differ, the data did not decide - each with the state in January
/// 2013 behind its weights; and the mean squared error to expect of what they say of months to come.
pub struct Learnt {
    system: Seasons,
    members: Vec<DVector<f64>>,
    expected: [f64; 4],
}

impl Climate {
    /// The table.
    pub fn read() -> Result<Self, FitError> {
        let data = Data::from_csv(FILE, "month", &NAMES)?;
        let scales = std::array::from_fn(|k| mean_and_spread(&data.head(LEARNT).observed(k).1));
        Ok(Self { data, scales })
    }

    fn seen(&self, month: usize, k: usize) -> f64 {
        self.data.get(month, k).unwrap_or(f64::NAN)
    }

    /// The months as the networks see them: numbers of the size of one.
    fn scaled(&self, months: usize) -> Data {
        let scaled = |seen: f64, [mean, spread]: [f64; 2]| (seen - mean) / spread;
        self.data.head(months).map(|_, k, seen| Observation::new(scaled(seen.value, self.scales[k])))
    }

    /// Networks of the first year under each decay, then networks of both years under the best.
    pub fn learn(&self, members: usize) -> Result<Learnt, Cause> {
        let mut best: Option<(f64, f64, [f64; 4])> = None;
        for decay in DECAYS {
            let young = self.networks(members, LEARNT / 2, decay)?;
            let forecast = self.forecast(&young, self.data.times())?;
            let errors =
                std::array::from_fn(|k| self.error(LEARNT / 2..LEARNT, k, |month| forecast[month][k][0]).powi(2));
            let total = (0..4).map(|k| errors[k] / self.scales[k][1].powi(2)).sum();
            if best.is_none_or(|(least, ..)| total < least) {
                best = Some((total, decay, errors));
            }
        }
        let (_, decay, expected) = best.ok_or("no decay to choose from")?;
        Ok(Learnt { expected, ..self.networks(members, LEARNT, decay)? })
    }

    fn networks(&self, members: usize, months: usize, decay: f64) -> Result<Learnt, Cause> {
        let network = Mlp::new(&[6, 8, 4], costate::ad::Activation::Tanh)?;
        let system = Seasons(network.clone());
        let first = DVector::from_fn(4, |k, _| self.scaled(1).get(0, k).unwrap_or(0.0));
        let member = |seed| -> Result<DVector<f64>, Cause> {
            let weights = network.initial(Initialisation::Normal(0.1), seed as u64);
            let mut x = DVector::from_iterator(weights.len() + 4, weights.iter().chain(&first).copied());
            for months in [months / 2, months] {
                let data = self.scaled(months);
                let mut objective = |x: &DVector<f64>| try_gradient(|x| loss(&system, &data, decay, x), x);
                let schedule = Schedule::Cosine { rate: 0.02, last: 1e-3 };
                x = Adam { schedule, iterations: 150, ..Adam::default() }
                    .minimise(&mut objective, &x, &mut quiet)?
                    .point;
                x = Lbfgs { iterations: 100, ..Lbfgs::default() }.minimise(&mut objective, &x, &mut quiet)?.point;
            }
            Ok(x)
        };
        let members = (0..members).map(member).collect::<Result<_, _>>()?;
        Ok(Learnt { system, members, expected: [0.0; 4] })
    }

    /// The mean of the networks at some times (months), in the units of the data, and half the width of its 95 % band: what they
    /// do not agree on, and what is to be expected anyway.
    pub fn forecast(&self, learnt: &Learnt, times: &[f64]) -> Result<Vec<[[f64; 2]; 4]>, Cause> {
        let run = |x| problem(&learnt.system, x, times).solve(Tsit5, tolerance(), SaveAt::times(times));
        let runs: Vec<Solution<f64>> = learnt.members.iter().map(run).collect::<Result<_, SolveError>>()?;
        let at = |time: usize, k: usize| {
            let [middle, spread] = mean_and_spread(&runs.iter().map(|run| run.states()[time][k]).collect::<Vec<_>>());
            let [mean, scale] = self.scales[k];
            [mean + scale * middle, 1.96 * ((scale * spread).powi(2) + learnt.expected[k]).sqrt()]
        };
        Ok((0..times.len()).map(|time| std::array::from_fn(|k| at(time, k))).collect())
    }

    /// The root of the mean squared error of a guess over some months.
    fn error(&self, months: std::ops::Range<usize>, k: usize, guess: impl Fn(usize) -> f64) -> f64 {
        let count = months.len() as f64;
        (months.map(|month| (self.seen(month, k) - guess(month)).powi(2)).sum::<f64>() / count).sqrt()
    }

    /// Over the months not learnt, for each of the four: the error of the forecast, of the mean of the months learnt, of the same
    /// month of the last year learnt, and the share of months in the band.
    pub fn verdict(&self, forecast: &[[[f64; 2]; 4]]) -> [[f64; 4]; 4] {
        let months = LEARNT..self.data.len();
        std::array::from_fn(|k| {
            let inside = |month: &usize| (self.seen(*month, k) - forecast[*month][k][0]).abs() < forecast[*month][k][1];
            [
                self.error(months.clone(), k, |month| forecast[month][k][0]),
                self.error(months.clone(), k, |_| self.scales[k][0]),
                self.error(months.clone(), k, |month| self.seen(LEARNT - 12 + month % 12, k)),
                months.clone().filter(inside).count() as f64 / months.len() as f64,
            ]
        })
    }
}

fn mean_and_spread(numbers: &[f64]) -> [f64; 2] {
    let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
    [mean, (numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / numbers.len() as f64).sqrt()]
}

/// From the first month to the last of the times; the last four of `x` are the state at the start.
fn problem<R: Real>(system: &Seasons, x: &DVector<R>, times: &[f64]) -> Problem<Seasons, R> {
    let (count, end) = (system.0.parameters(), times[times.len() - 1]);
    Problem::ode(system.clone(), x.rows(count, 4).into_owned(), &x.rows(0, count).into_owned(), 0.0..end)
}

fn tolerance() -> Tolerance {
    Tolerance::new(1e-5, 1e-5)
}

/// The mean squared error, and a little for the size of the weights: the simplest field that explains the months.
fn loss(system: &Seasons, data: &Data, decay: f64, x: &DVector<Var>) -> Result<Var, Cause> {
    let (problem, save) = (problem(system, x, data.times()), SaveAt::times(data.times()));
    let solution = DiscreteAdjoint::default().solve(&problem, Tsit5, tolerance(), save)?;
    let weights = &x.as_slice()[..system.0.parameters()];
    Ok(squared_error(solution.states(), data)? / data.observations() as f64 + Var::dot(weights, weights) * decay)
}
