//! Ensembles: ordered, reproducible on any number of threads, and whole although members fail.

use costate_solvers::{Ensemble, Problem, SaveAt, SolveError, Tolerance, Tsit5, ode};
use nalgebra::{DVector, dvector};
use std::sync::atomic::{AtomicUsize, Ordering};

const MEMBERS: usize = 101;

fn run(threads: usize, told: &AtomicUsize) -> Vec<Result<DVector<f64>, SolveError>> {
    let lorenz = ode!(|_t, [x, y, z], [sigma, rho, beta]| [sigma * (y - x), x * (rho - z) - y, x * y - beta * z]);
    let progress = |_done: usize| {
        told.fetch_add(1, Ordering::Relaxed);
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let ensemble = Ensemble::new(MEMBERS).with_progress(&progress);
    let members = pool.install(|| {
        ensemble.solve(|member| {
            // Every tenth member is given a rate that makes no sense.
            let rho = if member % 10 == 3 { f64::NAN } else { 20.0 + 0.1 * member as f64 };
            let problem = Problem::ode(lorenz, [1.0, 0.0, 0.0], &dvector![10.0, rho, 8.0 / 3.0], 0.0..5.0);
            problem.solve(Tsit5, Tolerance::new(1e-8, 1e-8), SaveAt::end()).map(|solution| solution.last().clone())
        })
    });
    assert_eq!(members.succeeded().count() + members.failed().count(), MEMBERS);
    assert!(
        members
            .failed()
            .all(|(member, error)| member % 10 == 3 && matches!(error, SolveError::NonFiniteParameter { .. }))
    );
    members.into_results()
}

#[test]
fn members_have_the_same_bits_on_any_number_of_threads() {
    let told = AtomicUsize::new(0);
    let one = run(1, &told);
    assert_eq!(told.load(Ordering::Relaxed), MEMBERS);
    for threads in [2, 5] {
        let many = run(threads, &told);
        for (member, (a, b)) in one.iter().zip(&many).enumerate() {
            match (a, b) {
                (Ok(a), Ok(b)) => assert_eq!(a, b, "member {member}"),
                (a, b) => assert!(a.is_err() && b.is_err() && member % 10 == 3),
            }
        }
    }
}

/// Summaries have the same bits on any number of threads, agree with the members themselves, and tell the first failure.
#[test]
fn summaries_agree_with_the_members() {
    let number = |member: usize| ((member * 7919 % 1009) as f64).sqrt();
    let numbers = |member: usize| Ok::<_, String>(vec![number(member), -number(member)]);
    let bands = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| Ensemble::new(1009).summarise(numbers)).unwrap()
    };
    let (one, three) = (bands(1), bands(3));
    for (a, b) in one.iter().zip(&three) {
        assert_eq!([a.mean(), a.variance(), a.quantile(0.3)], [b.mean(), b.variance(), b.quantile(0.3)]);
    }
    let mean = (0..1009).map(number).sum::<f64>() / 1009.0;
    let variance = (0..1009).map(|member| (number(member) - mean).powi(2)).sum::<f64>() / 1008.0;
    assert!((one[0].mean() - mean).abs() < 1e-12 && (one[0].variance() - variance).abs() < 1e-10);
    assert!((one[0].standard_error() - (variance / 1009.0).sqrt()).abs() < 1e-12);
    assert_eq!(one[0].count(), 1009);
    // The members are the square roots of 0 to 1008 in another order.
    assert!(
        (one[0].quantile(0.25).powi(2) - 252.0).abs() < 10.0 && (one[1].quantile(0.975) + 25_f64.sqrt()).abs() < 0.3
    );
    let failing = |member: usize| if member % 500 == 499 { Err(member) } else { Ok(vec![0.0]) };
    assert_eq!(Ensemble::new(2000).summarise(failing).unwrap_err(), 499);
}
