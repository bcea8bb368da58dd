//! Ratios on a machine that does other work too: whatever is compared takes turns, and the best round of each counts. What a
//! neighbour slows for a second is then slow for all, and seldom in the best round.

use std::time::{Duration, Instant};

/// Runs each task in every round, each time `TURN` times in a row, and prints the best mean of each and its ratio to the
/// first task's.
pub fn rounds(title: &str, tasks: &mut [(&str, &mut dyn FnMut())]) {
    const TIME: Duration = Duration::from_secs(3);
    const TURN: u32 = 10;
    let mut best = vec![Duration::MAX; tasks.len()];
    let start = Instant::now();
    while start.elapsed() < TIME {
        for ((_, task), best) in tasks.iter_mut().zip(&mut best) {
            let turn = Instant::now();
            (0..TURN).for_each(|_| task());
            *best = (*best).min(turn.elapsed() / TURN);
        }
    }
    println!("{title}, best of interleaved rounds");
    for ((name, _), time) in tasks.iter().zip(&best) {
        let ratio = time.as_secs_f64() / best[0].as_secs_f64();
        println!("  {name:<40} {:>10.2} us   {ratio:>5.2}", time.as_secs_f64() * 1e6);
    }
}
