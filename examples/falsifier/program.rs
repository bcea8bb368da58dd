//! Random programs: what stands in them is drawn, which way they go is decided by their numbers.

use crate::number::Number;
use costate::fit::Random;

/// What the numbers have decided so far: runs that end with the same have taken the same way.
#[derive(Clone, Copy, PartialEq)]
pub struct Way(f64);

impl Way {
    fn decide(&mut self, yes: bool) -> bool {
        self.0 = (self.0 * 31.0 + if yes { 2.0 } else { 1.0 }) % 1e12;
        yes
    }
}

/// One level of a random program. What stands in it is drawn; which way it goes, and how often, the numbers in `a` decide.
fn visit<N: Number>(a: &mut [N], depth: usize, dice: &mut Random, way: &mut Way, faulty: bool) {
    let (n, half) = (a.len(), N::of(0.5));
    for _ in 0..4 {
        let [i, j, k] = [0; 3].map(|_| dice.below(n)); // Any of them may be the same place.
        a[k] = match dice.below(6) {
            0 => (a[i] * a[j]).sine() + half * a[k],
            1 => a[i].sine() - half * a[j],
            2 => a[i] / (a[j] * a[j] + N::of(1.0)),
            3 => (a[i] * a[i] * N::of(-0.5)).exponential() * a[j],
            _ if way.decide(a[i].plain() > a[j].plain()) => (a[i] * a[k]).sine() - half * a[j],
            _ => (a[k] * if faulty { a[i].forget() } else { a[i] }).sine() + half * a[j],
        };
    }
    let (i, j) = (dice.below(n), dice.below(n));
    while way.decide(a[i].plain().abs() > 0.7) {
        a[i] = N::of(0.8) * a[i] + N::of(0.1) * a[j].sine();
        a[j] = half * a[j];
    }
    if depth == 0 || n < 2 {
        return;
    }
    if dice.below(3) == 0 {
        let (dice, so_far) = (dice.clone(), *way);
        let inside = move |a: &[N]| {
            let (mut a, mut way) = (a.to_vec(), so_far);
            visit(&mut a, depth - 1, &mut dice.clone(), &mut way, faulty);
            a.push(N::of(way.0));
            a
        };
        let after = N::piece(inside, a);
        a.copy_from_slice(&after[..n]);
        *way = Way(after[n].plain());
    }
    if way.decide(a[0].plain() < a[n - 1].plain()) {
        visit(&mut a[..n / 2 + 1], depth - 1, dice, way, faulty);
        a.swap(0, n - 1);
        visit(&mut a[n / 2 - 1..], depth - 1, dice, way, faulty); // Overlaps the part above.
    } else {
        a.copy_within(1.., 0);
        visit(&mut a[1..], depth - 1, dice, way, faulty);
    }
}

/// The program of a seed on these inputs, and the way it took.
pub fn run<N: Number>(x: &[N], seed: u64, depth: usize, faulty: bool) -> (N, Way) {
    let (mut a, mut way) = (x.to_vec(), Way(0.0));
    visit(&mut a, depth, &mut Random::new(seed, 1), &mut way, faulty);
    let weighted = a.iter().enumerate().map(|(k, &a)| a * N::of(1.0 / (k + 1) as f64));
    (weighted.fold(N::of(0.0), |sum, a| sum + a), way)
}
