//! Increments of a virtual Brownian tree in sequence, against plain normal numbers in sequence.

use crate::rounds;
use costate_solvers::Brownian;
use criterion::Criterion;
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use std::hint::black_box;

const COUNT: u32 = 10_000;

/// What is asked for in every step.
#[derive(Clone, Copy)]
enum Question {
    Increment,
    Area,
    SecondArea,
}
use Question::{Area, Increment, SecondArea};

/// The sum of what is answered over `COUNT` steps of size `h`.
fn walk(brownian: &Brownian, h: f64, question: Question) -> f64 {
    let mut path = brownian.motion(1).expect("it makes sense");
    let mut total = 0.0;
    for step in 0..COUNT {
        let (from, to) = (h * f64::from(step), h * f64::from(step + 1));
        total += match question {
            Increment => path.increment(from, to).expect("a function of time")[0],
            Area => path.increment_and_area(from, to).map(|(w, h)| w[0] + h[0]).expect("a function of time"),
            SecondArea => {
                path.increment_and_areas(from, to).map(|[w, h, k]| w[0] + h[0] + k[0]).expect("it knows them")
            }
        };
    }
    total
}

/// Tables of the best of interleaved rounds: ratios are to a plain normal number, and the goal for steps of the unit is 3.
pub fn noise(_: &mut Criterion) {
    let mut random = rand::rngs::StdRng::seed_from_u64(1);
    let mut small = rand::rngs::SmallRng::seed_from_u64(1);
    let one = &Brownian::seeded(black_box(1));
    let unit = &one.clone().with_unit(0.01);
    let second = &one.clone().with_second_areas();
    let second_unit = &second.clone().with_unit(0.01);
    let walk = |brownian, h, question| {
        move || {
            black_box(walk(brownian, h, question));
        }
    };
    let mut plain = || {
        black_box((0..COUNT).map(|_| -> f64 { StandardNormal.sample(&mut random) }).sum::<f64>());
    };
    let seconds = rounds::rounds(
        "10,000 increments in sequence, steps of the unit",
        &mut [
            ("plain normal numbers, StdRng", &mut plain),
            ("plain normal numbers, SmallRng", &mut || {
                black_box((0..COUNT).map(|_| -> f64 { StandardNormal.sample(&mut small) }).sum::<f64>());
            }),
            ("increments", &mut walk(unit, 0.01, Increment)),
            ("with areas", &mut walk(unit, 0.01, Area)),
            ("with second areas", &mut walk(second_unit, 0.01, SecondArea)),
        ],
    );
    println!("an increment of the unit costs {:.2} plain normal numbers (StdRng), goal 3", seconds[2] / seconds[0]);
    rounds::rounds(
        "10,000 increments in sequence, other steps",
        &mut [
            ("plain normal numbers, StdRng", &mut plain),
            ("steps of 0.01", &mut walk(one, 0.01, Increment)),
            ("with areas", &mut walk(one, 0.01, Area)),
            ("with second areas", &mut walk(second, 0.01, SecondArea)),
            ("steps of 1/128", &mut walk(one, 1.0 / 128.0, Increment)),
            ("with areas", &mut walk(one, 1.0 / 128.0, Area)),
            ("with second areas", &mut walk(second, 1.0 / 128.0, SecondArea)),
            ("steps of 1/365", &mut walk(one, 1.0 / 365.0, Increment)),
            ("with areas", &mut walk(one, 1.0 / 365.0, Area)),
        ],
    );
}
