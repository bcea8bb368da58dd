//! Does a network learn the seasons? The monthly climate of Delhi - temperature, humidity, wind and pressure - follows the sun: a
//! neural differential equation learns from two years how, and is then left alone for the next 28 months. The data, its monthly
//! means and training on growing horizons are those of S. Callh (2020, "Forecasting the weather with neural ODEs"); there the
//! network had to make up a clock of its own, here the season of the year drives it.
//!
//! ```text
//! cargo run --release --example weather -- pictures
//! ```

mod climate;

use climate::{Climate, LEARNT, Learnt, NAMES};
use costate::fit::Cause;
use costate::prelude::*;

const LABELS: [&str; 4] = ["temperature (°C)", "relative humidity (%)", "wind speed (km/h)", "pressure (hPa)"];

fn picture(climate: &Climate, learnt: &Learnt, k: usize) -> Result<Figure, Cause> {
    let times: Vec<f64> = (0..=510).map(|i| 0.1 * f64::from(i)).collect();
    let forecast = climate.forecast(learnt, &times)?;
    let of = |sign: f64| forecast.iter().map(|at| at[k][0] + sign * at[k][1]).collect::<Vec<f64>>();
    let (curve, edge) = (of(0.0), 10 * LEARNT - 5);
    let (months, seen) = climate.data.observed(k);
    Ok(Figure::new("The climate of Delhi, and what networks make of two years")
        .x_label("months since January 2013")
        .y_label(LABELS[k])
        .band("95 %", &times[edge..], &of(-1.0)[edge..], &of(1.0)[edge..])
        .curve("forecast", &times[edge..], &curve[edge..])
        .curve("learnt", &times[..=edge], &curve[..=edge])
        .points("months not seen", &months[LEARNT..], &seen[LEARNT..])
        .points("months learnt from", &months[..LEARNT], &seen[..LEARNT]))
}

fn main() -> Result<(), Cause> {
    let climate = Climate::read()?;
    let learnt = climate.learn(8)?;
    let forecast = climate.forecast(&learnt, climate.data.times())?;
    println!("root mean squared error over {} months not seen", climate.data.len() - LEARNT);
    println!("              networks   mean of two years   same month of 2014   in the 95 % band");
    for (name, [network, mean, same, inside]) in NAMES.iter().zip(climate.verdict(&forecast)) {
        println!("{name:12} {network:9.2} {mean:19.2} {same:20.2} {:15.0} %", 100.0 * inside);
    }
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    for (k, kind) in (0..4).flat_map(|k| [(k, "png"), (k, "svg")]) {
        picture(&climate, &learnt, k)?.save(format!("{folder}/weather_{}.{kind}", NAMES[k]))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seasons_go_on_beyond_the_months_learnt() {
        let climate = Climate::read().unwrap();
        let learnt = climate.learn(2).unwrap();
        let verdict = climate.verdict(&climate.forecast(&learnt, climate.data.times()).unwrap());
        println!("{verdict:.3?}");
        for (name, [network, mean, same, inside]) in NAMES.iter().zip(verdict) {
            assert!(network < mean && network < same, "{name}: {network}, mean {mean}, same month of 2014 {same}");
            assert!(inside > 0.8, "{name}: {inside} in the band");
        }
        // More than three times as near as the mean, which is all there is to tell without seasons.
        assert!([0, 3].iter().all(|&k| verdict[k][0] < verdict[k][1] / 3.0), "{verdict:?}");
    }
}
