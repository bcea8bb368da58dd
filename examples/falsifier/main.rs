//! Are gradients right where programs do everything at once: recursion into overlapping parts of an array that is overwritten in
//! place, branches and loops that the numbers decide, places that are read and written under several names, and checkpoints
//! inside? Random programs of that kind, their gradients by both modes against complex steps and finite differences.
//!
//! ```text
//! cargo run --release --example falsifier
//! ```

mod number;
mod program;

use costate::ad::gradient_chunked;
use costate::fit::Random;
use costate::nalgebra::Complex;
use costate::prelude::*;
use number::{Number, Step};
use program::run;

/// `f(x + i h) = f(x) + i h f'(x)` to rounding, for a tiny h.
const STEP: f64 = 1e-40;

/// The largest discrepancies from complex steps over some programs, relative to the largest component of each gradient.
#[derive(Default)]
struct Discrepancies {
    reverse: f64,
    forward: f64,
    difference: f64,
    /// Components whose finite difference would compare two ways through the program.
    ways_apart: usize,
    components: usize,
}

fn compare(inputs: usize, depth: usize, programs: u64, faulty: bool) -> Discrepancies {
    let mut worst = Discrepancies::default();
    for seed in 0..programs {
        let mut random = Random::new(seed, 0);
        let x = DVector::from_fn(inputs, |_, _| 4.0 * random.uniform() - 2.0);
        let way = run(x.as_slice(), seed, depth, faulty).1;
        let moved = |i: usize, step: Step| {
            let x: Vec<Step> = (0..inputs).map(|k| if k == i { Step(step.0 + x[k]) } else { Step::of(x[k]) }).collect();
            run(&x, seed, depth, faulty)
        };
        let exact = DVector::from_fn(inputs, |i, _| moved(i, Step(Complex::new(0.0, STEP))).0.0.im / STEP);
        let scale = exact.amax().max(1e-3);
        let (_, reverse) = gradient(|x| run(x.as_slice(), seed, depth, faulty).0, &x);
        let (_, forward) = gradient_chunked::<4, f64>(|x| run(x.as_slice(), seed, depth, faulty).0, &x);
        worst.reverse = worst.reverse.max((&reverse - &exact).amax() / scale);
        worst.forward = worst.forward.max((&forward - &exact).amax() / scale);
        for i in 0..inputs {
            let slope = |h: f64| {
                let ends = [h, -h, 2.0 * h, -2.0 * h].map(|h| moved(i, Step::of(h)));
                let [a, b, c, d] = ends.map(|(value, _)| value.plain());
                let same = ends.iter().all(|end| end.1 == way);
                same.then_some((8.0 * (a - b) - (c - d)) / (12.0 * h))
            };
            let slopes: Vec<f64> = (3..8).filter_map(|k| slope(0.1_f64.powi(k))).collect();
            // Of several widths those two that agree best: nothing but values decides.
            let pairs = slopes.windows(2).map(|pair| ((pair[0] - pair[1]).abs(), pair[1]));
            worst.components += 1;
            match pairs.min_by(|a, b| a.0.total_cmp(&b.0)) {
                Some((_, slope)) => worst.difference = worst.difference.max((slope - exact[i]).abs() / scale),
                None => worst.ways_apart += 1,
            }
        }
    }
    worst
}

fn main() {
    println!("largest discrepancy from complex steps, over random programs\n");
    println!("inputs depth programs    reverse    forward  differences (left out: another way)");
    for (inputs, depth, programs) in [(2, 2, 2000), (4, 3, 1000), (8, 4, 500), (16, 6, 200)] {
        let Discrepancies { reverse, forward, difference, ways_apart, components } =
            compare(inputs, depth, programs, false);
        println!(
            "{inputs:6} {depth:5} {programs:8} {reverse:10.1e} {forward:10.1e} {difference:12.1e} ({ways_apart} of {components})"
        );
    }
    let faulty = compare(8, 4, 500, true);
    println!("\nwith one derivative dropped on purpose: {:.1e} and {:.1e}", faulty.reverse, faulty.forward);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_program_falsifies_and_a_dropped_derivative_does() {
        for (inputs, depth, programs) in [(2, 2, 200), (4, 3, 100), (8, 4, 40), (16, 6, 8)] {
            let worst = compare(inputs, depth, programs, false);
            assert!(worst.reverse < 1e-12 && worst.forward < 1e-12, "{} {}", worst.reverse, worst.forward);
            assert!(worst.difference < 1e-6 && 10 * worst.ways_apart < worst.components, "{}", worst.difference);
        }
        let faulty = compare(8, 4, 20, true);
        assert!(faulty.reverse > 0.1 && faulty.forward > 0.1, "the fault was not found");
    }
}
