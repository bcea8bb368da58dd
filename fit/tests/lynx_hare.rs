mod support;
use costate_fit::*;
#[test]
fn explore() {
    let data = support::data();
    let start = support::poor_start();
    for first_step in [0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0] {
        let f =
            fit(|p| support::objective(&data, p), &start, &Lbfgs { first_step, ..Lbfgs::default() }, quiet).unwrap();
        println!(
            "first {first_step}: {} {} it {} {} fails {}",
            f.value(),
            f.gradients(),
            f.iterations(),
            f.stop(),
            f.optimum().failures
        );
    }
    for n in 1..=7 {
        let f = Horizons::equal(&data, n).unwrap().fit(support::objective, &start, &Lbfgs::default(), quiet).unwrap();
        println!("{n} horizons\n{}", f.value());
        if n == 3 {
            println!("{f}");
        }
        println!("{}", f.gradients());
    }
    // random starts
    let mut seed = 1u64;
    let mut uniform = || {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((seed >> 11) as f64) / (1u64 << 53) as f64
    };
    let mut hits = [0; 6];
    let mut evals = [0; 6];
    for _ in 0..100 {
        let s = start.start().map(|v| v * (2.0 * (uniform() - 0.5) * 0.7).exp());
        let s = start.clone().starting_at(&s).unwrap();
        for n in 1..=5 {
            let f = Horizons::equal(&data, n).unwrap().fit(support::objective, &s, &Lbfgs::default(), quiet);
            match f {
                Ok(f) => {
                    if (f.value() - support::SMALLEST).abs() < 1e-4 {
                        hits[n] += 1;
                    }
                    evals[n] += f.gradients();
                }
                Err(e) => println!("{n} {e}"),
            }
        }
    }
    println!("hits {hits:?} evals {evals:?}");
}
