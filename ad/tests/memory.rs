//! Memory over a long run; in a process of its own, because it looks at the whole process.

use costate_ad::gradient;
use nalgebra::dvector;

#[test]
fn a_million_gradients_do_not_grow_the_process() {
    let resident = || {
        let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
        pages.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    let run = |n: usize| {
        for i in 0..n {
            let (_, slope) = gradient(|x| x[0] * x[1] * x[0].sin() * x[1].exp(), &dvector![i as f64, 1.0]);
            assert!(slope[0].is_finite());
        }
    };
    run(1_000);
    let before = resident();
    run(1_000_000);
    if let (Some(before), Some(after)) = (before, resident()) {
        assert!(after <= before + 2_000, "grew from {before} to {after} pages");
    }
}
