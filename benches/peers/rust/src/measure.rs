//! Turns of all competitors, and the least time of each.

use std::time::{Duration, Instant};

/// One way to solve one problem: a name, and a run that returns its error.
pub struct Competitor<'a> {
    pub name: String,
    pub run: Box<dyn Fn() -> f64 + 'a>,
}

impl<'a> Competitor<'a> {
    pub fn new(name: impl Into<String>, run: impl Fn() -> f64 + 'a) -> Self {
        Competitor { name: name.into(), run: Box::new(run) }
    }
}

/// Lets everyone run in turn, and prints error and least time.
pub fn compare(what: &str, rounds: usize, competitors: &[Competitor]) {
    let mut least = vec![Duration::MAX; competitors.len()];
    for _ in 0..rounds {
        for (competitor, least) in competitors.iter().zip(&mut least) {
            let start = Instant::now();
            std::hint::black_box((competitor.run)());
            *least = start.elapsed().min(*least);
        }
    }
    println!("\n{what}");
    for (competitor, least) in competitors.iter().zip(least) {
        println!("  {:44} error {:8.1e}  {:9.2} us", competitor.name, (competitor.run)(), least.as_secs_f64() * 1e6);
    }
}
