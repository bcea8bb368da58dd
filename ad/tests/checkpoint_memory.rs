//! What a checkpoint saves; in a process of its own, because it looks at the peak of the whole process.

use costate_ad::{Real, checkpoint, gradient};
use nalgebra::dvector;

/// A chaotic step, which takes three nodes on the tape.
fn steps<R: Real>(x: &[R], n: usize) -> Vec<R> {
    let (mut a, mut b) = (x[0], x[1]);
    for _ in 0..n {
        (a, b) = (a + 1e-3 * (b * x[2]).sin(), b - 1e-3 * a * b);
    }
    vec![a, b, x[2]]
}

/// The peak of resident memory, in kB; `None` where the system does not tell.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().split(' ').next()?.parse().ok()
}

#[test]
fn a_hundred_pieces_need_the_memory_of_one() {
    let at = dvector![1.0, 0.5, 2.0];
    let piece = |n: usize| move |x: &[_]| steps(x, n);
    let start = peak();
    let sparing = gradient(|x| (0..100).fold(x.as_slice().to_vec(), |y, _| checkpoint(piece(20_000), &y))[0], &at);
    let saved = peak();
    let lavish = gradient(|x| steps(x.as_slice(), 2_000_000)[0], &at);
    let spent = peak();
    assert_eq!(sparing.0, lavish.0);
    assert!((sparing.1 - &lavish.1).amax() <= 1e-9 * lavish.1.amax());
    if let (Some(start), Some(saved), Some(spent)) = (start, saved, spent) {
        println!("with checkpoints {} kB, without {} kB", saved - start, spent - start);
        assert!(
            (saved - start) * 30 < spent - start,
            "{start} kB at first, {saved} kB with checkpoints, {spent} kB without"
        );
    }
}
