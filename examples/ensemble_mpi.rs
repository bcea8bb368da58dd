//! Two hundred valleys of hares and lynxes, each with rates of its own: how many animals are there after twenty years, and how
//! does the misfit of one common set of rates to all valleys change with those rates? Spread over the processes of an MPI
//! run, with the bits of one process.
//!
//! ```text
//! apt-get install libopenmpi-dev openmpi-bin libclang-dev      # Debian, Ubuntu
//! cargo build --release --features mpi --example ensemble_mpi
//! target/release/examples/ensemble_mpi                         # one process
//! mpirun -n 2 target/release/examples/ensemble_mpi             # two: the same output
//! ```

use costate::prelude::*;
use costate::solvers::{Members, Ranks, RanksError};
use std::fmt::Write;
use std::process::ExitCode;

const VALLEYS: usize = 200;

/// In this one hares are said to feed on lynxes, and there is no end to them.
const IMPOSSIBLE: usize = 13;

/// Births of hares, hunting, deaths of lynxes, lynxes fed by hares; time in years, animals in thousands.
pub fn predator_prey() -> impl Ode + Copy + 'static {
    ode!(|_t, [hare, lynx], [alpha, beta, gamma, delta]| [
        alpha * hare - beta * hare * lynx,
        delta * hare * lynx - gamma * lynx,
    ])
}

/// The rates of a valley: a few per cent around those of the Hudson's Bay pelts.
pub fn rates(valley: usize) -> DVector<f64> {
    let phase = 0.618 * valley as f64;
    let sign = if valley == IMPOSSIBLE { -1.0 } else { 1.0 };
    dvector![
        0.55 + 0.02 * phase.sin(),
        sign * (0.028 + 0.001 * phase.cos()),
        0.80 + 0.02 * (2.0 * phase).sin(),
        0.024 + 0.001 * (3.0 * phase).cos(),
    ]
}

/// Hares and lynxes of a valley after each of twenty years, hares first.
pub fn simulate(valley: usize) -> Result<DVector<f64>, SolveError> {
    let problem = Problem::ode(predator_prey(), [34.0, 6.0], &rates(valley), 0.0..20.0);
    let solution = problem.solve(Tsit5, Tolerance::new(1e-8, 1e-8), SaveAt::every(1.0))?;
    Ok(DVector::from_iterator(42, solution.states().iter().flat_map(|state| [state[0], state[1]])))
}

/// The squared error of one set of rates to what was counted in a valley, and its gradient.
pub fn misfit(counts: &&DVector<f64>, rates: &DVector<f64>) -> Result<(f64, DVector<f64>), SolveError> {
    let error = |rates: &DVector<Var>| {
        let problem = Problem::ode(predator_prey(), [34.0, 6.0], rates, 0.0..20.0);
        let tolerance = Tolerance::new(1e-8, 1e-8);
        let solution = DiscreteAdjoint::default().solve(&problem, Tsit5, tolerance, SaveAt::every(1.0))?;
        let squares = solution.states().iter().zip(counts.as_slice().chunks(2));
        Ok(squares.map(|(state, seen)| (state[0] - seen[0]).powi(2) + (state[1] - seen[1]).powi(2)).sum())
    };
    try_gradient(error, rates)
}

/// FNV-1a over the bits of the numbers: different for any two that differ in one bit, but for a coincidence.
pub fn checksum<'a>(numbers: impl IntoIterator<Item = &'a f64>) -> u64 {
    let bytes = numbers.into_iter().flat_map(|number| number.to_bits().to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn table(members: &Members<DVector<f64>, String>, loss: f64, slope: &DVector<f64>) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let survivors = members.succeeded().count() as f64;
    let hares: f64 = members.succeeded().map(|(_, counts)| counts[40]).sum();
    let lynxes: f64 = members.succeeded().map(|(_, counts)| counts[41]).sum();
    writeln!(text, "after 20 years: {:.6} hares and {:.6} lynxes a valley", hares / survivors, lynxes / survivors)?;
    for (valley, failure) in members.failed() {
        writeln!(text, "valley {valley} failed: {failure}")?;
    }
    writeln!(text, "misfit {loss:.6}, gradient by {:?}", slope.as_slice())?;
    let states = checksum(members.succeeded().flat_map(|(_, counts)| counts.iter()));
    writeln!(text, "bits of all states       {states:016x}")?;
    writeln!(text, "bits of misfit and slope {:016x}", checksum(std::iter::once(&loss).chain(slope.iter())))?;
    Ok(text)
}

/// The ensemble and the gradient over these ranks, as text that is the same for any number of them.
pub fn run(ranks: &Ranks) -> Result<String, RanksError> {
    let members = ranks.solve(&Ensemble::new(VALLEYS), simulate)?;
    let counted: Vec<&DVector<f64>> = members.succeeded().map(|(_, counts)| counts).collect();
    let (loss, slope) = ranks.sum(misfit, &counted, &dvector![0.55, 0.028, 0.80, 0.024])?;
    Ok(table(&members, loss, &slope).expect("a string can be written to"))
}

fn main() -> ExitCode {
    // Every rank comes to the same result, and one says it.
    let result = Ranks::start().and_then(|ranks| Ok((ranks.rank(), ranks.count(), run(&ranks)?)));
    match result {
        Ok((0, count, text)) => {
            eprintln!("{count} ranks");
            print!("{text}");
            ExitCode::SUCCESS
        }
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
