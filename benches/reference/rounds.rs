//! Ratios on a machine that does other work too: whatever is compared takes turns, and the best round of each counts. What a
//! neighbour slows for a second is then slow for all, and seldom in the best round.

use std::time::{Duration, Instant};

/// Runs each task in every round, short ones ten times in a row, and prints the best mean of each and its ratio to the first
/// task's. Returns the times in seconds.
pub fn rounds(title: &str, tasks: &mut [(&str, &mut dyn FnMut())]) -> Vec<f64> {
    const TIME: Duration = Duration::from_secs(3);
    const SHORT: Duration = Duration::from_millis(1);
    let mut best = vec![Duration::MAX; tasks.len()];
    let start = Instant::now();
    let mut rounds = 0;
    while rounds < 3 || start.elapsed() < TIME {
        for ((_, task), best) in tasks.iter_mut().zip(&mut best) {
            let times = if *best < SHORT { 10 } else { 1 };
            let turn = Instant::now();
            (0..times).for_each(|_| task());
            *best = (*best).min(turn.elapsed() / times);
        }
        rounds += 1;
    }
    println!("{title}, best of {rounds} interleaved rounds");
    let seconds: Vec<f64> = best.iter().map(Duration::as_secs_f64).collect();
    for ((name, _), time) in tasks.iter().zip(&seconds) {
        println!("  {name:<40} {:>12.2} us   {:>6.2}", time * 1e6, time / seconds[0]);
    }
    seconds
}
