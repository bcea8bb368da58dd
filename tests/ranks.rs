//! Ensembles and sums over the processes of MPI runs of several sizes. `cargo test --features mpi --test ranks`
//!
//! The test starts itself under `mpirun`; each of those processes computes everything below and prints it.

#[path = "../examples/ensemble_mpi.rs"]
#[allow(dead_code)]
mod ensemble_mpi;

use costate::ad::parallel_gradient;
use costate::prelude::*;
use costate::solvers::{Ranks, RanksError};
use std::process::{Command, Output};

/// Set in the processes that `mpirun` starts, to what they are to do.
const TASK: &str = "COSTATE_RANKS_TEST";

fn main() {
    match std::env::var(TASK).as_deref() {
        Ok("compute") => compute(),
        Ok("panic") => panic_on_one_rank(),
        _ => launch(),
    }
}

fn mpirun(ranks: usize, threads: usize, task: &str) -> Output {
    let mut command = Command::new("mpirun");
    command.args(["-n", &ranks.to_string()]).arg(std::env::current_exe().expect("this program has a path"));
    command.env(TASK, task).env("RAYON_NUM_THREADS", threads.to_string());
    // Tests may run in a container, as its root, with fewer processors than ranks: Open MPI wants to be told.
    for name in ["OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "OMPI_MCA_rmaps_base_oversubscribe"] {
        command.env(name, "1");
    }
    command.output().expect("mpirun starts: install openmpi-bin")
}

fn launch() {
    let one = Command::new(std::env::current_exe().unwrap()).env(TASK, "compute").output().unwrap();
    assert!(one.status.success(), "{}", String::from_utf8_lossy(&one.stderr));
    let expected = String::from_utf8(one.stdout).unwrap();
    assert!(expected.contains("bits of misfit and slope") && expected.contains("valley 13 failed"), "{expected}");
    for (ranks, threads) in [(1, 2), (2, 1), (2, 2), (3, 1)] {
        let many = mpirun(ranks, threads, "compute");
        assert!(many.status.success(), "{ranks} ranks: {}", String::from_utf8_lossy(&many.stderr));
        assert_eq!(String::from_utf8(many.stdout).unwrap(), expected, "{ranks} ranks, {threads} threads each");
    }
    let output = mpirun(2, 1, "panic");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("nobody waits for me"));
    println!("{expected}the same bits on 1, 2 and 3 ranks, and a panic ends the run: ok");
}

fn compute() {
    let ranks = Ranks::start().unwrap();
    assert_eq!(Ranks::start().err(), Some(RanksError::AlreadyStarted));
    let text = ensemble_mpi::run(&ranks).unwrap();
    sums_are_those_of_one_process(&ranks);
    failures_reach_every_rank(&ranks);
    disagreements_are_refused(&ranks);
    if ranks.rank() == 0 {
        print!("{text}");
    }
}

fn sums_are_those_of_one_process(ranks: &Ranks) {
    let x = dvector![0.3, -1.2];
    let loss = |sample: &f64, x: &DVector<Var>| (x[0] * *sample).sin() * x[1].exp() / *sample;
    for count in [0, 1, 2, 300, 1001] {
        let samples: Vec<f64> = (1..=count).map(f64::from).collect();
        let one = parallel_gradient(loss, &samples, &x);
        let term = |sample: &f64, x: &DVector<f64>| Ok::<_, SolveError>(gradient(|x| loss(sample, x), x));
        assert_eq!(ranks.sum(term, &samples, &x).unwrap(), one, "{count} samples");
    }
}

fn failures_reach_every_rank(ranks: &Ranks) {
    // Members differ in length, and there are fewer of them than ranks, or none.
    for count in [0, 1, 2, 31] {
        let solve = |member| if member % 5 == 4 { Err(format!("no {member}")) } else { Ok(DVector::zeros(member)) };
        let members = ranks.solve(&Ensemble::new(count), solve).unwrap();
        assert_eq!(members.results(), (0..count).map(solve).collect::<Vec<_>>());
    }
    let samples: Vec<usize> = (0..600).collect();
    let x = dvector![1.0];
    let term =
        |&k: &usize, x: &DVector<f64>| if k % 300 == 299 { Err(format!("no {k}")) } else { Ok((1.0, x.clone())) };
    let failed = RanksError::SampleFailed { sample: 299, message: "no 299".into() };
    assert_eq!(ranks.sum(term, &samples, &x), Err(failed));
    let long = ranks.sum(|_, _| Ok::<_, String>((1.0, DVector::zeros(2))), &samples, &x);
    assert_eq!(
        long.unwrap_err().to_string(),
        "sample 0: the slope has 2 elements, but x has 1: return one element for each of x"
    );
}

/// On one rank there is nobody to disagree with.
fn disagreements_are_refused(ranks: &Ranks) {
    let last = ranks.count() - 1;
    let is_last = usize::from(ranks.rank() == last);
    let members = ranks.solve(&Ensemble::new(5 + is_last), |_| Ok::<_, String>(dvector![0.0]));
    let samples = [0; 3];
    let sum = ranks.sum(|_, x| Ok::<_, String>((0.0, x.clone())), &samples, &DVector::zeros(2 + is_last));
    let error = match is_last {
        0 => ranks.solve(&Ensemble::new(1), |_| Ok::<_, String>(dvector![0.0])).err(),
        _ => ranks.sum(|_, x| Ok::<_, String>((0.0, x.clone())), &samples, &dvector![]).err(),
    };
    if last > 0 {
        let what = "the method (1 for solve, 2 for sum)";
        assert_eq!(error, Some(RanksError::Disagreement { what, rank: last, found: 2, expected: 1 }));
        let error = members.unwrap_err().to_string();
        let place = if last == 1 { "rank 1" } else { "rank 2" };
        assert!(error.starts_with(&format!("the number of members is 6 on {place} and 5 on rank 0")), "{error}");
        let what = "the length of x";
        assert_eq!(sum, Err(RanksError::Disagreement { what, rank: last, found: 3, expected: 2 }));
    } else {
        assert_eq!(error, None);
        assert_eq!(members.unwrap().results().len(), 6);
        assert_eq!(sum.unwrap(), (0.0, DVector::zeros(3)));
    }
}

fn panic_on_one_rank() {
    let ranks = Ranks::start().unwrap();
    let term = |&sample: &usize, x: &DVector<f64>| {
        assert!(sample != 9, "nobody waits for me");
        Ok::<_, String>((1.0, x.clone()))
    };
    let samples: Vec<usize> = (0..10).collect();
    println!("{:?}", ranks.sum(term, &samples, &dvector![1.0]));
}
