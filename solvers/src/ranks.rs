//! [`Ranks`]: the processes of an MPI run.

use crate::shares::{Blocks, Failure, Outcome, pack, share, total, unpack};
use crate::{Ensemble, Members, RanksError};
use mpi::Threading;
use mpi::datatype::PartitionMut;
use mpi::environment::Universe;
use mpi::traits::{Communicator, CommunicatorCollectives};
use nalgebra::DVector;
use std::fmt::Display;
use std::marker::PhantomData;

/// The processes of an MPI run, for what is too much for one machine. Needs the cargo feature `mpi`.
///
/// Every process runs the same program and calls the same methods with the same arguments in the same order; each computes
/// its share on rayon's threads, and all receive the whole result. Results have the same bits for any number of ranks and of
/// threads, as long as the machines compute alike: the same program, mathematical library and kind of processor. A program
/// started without `mpirun` is a run of one rank.
///
/// # What it needs
/// An MPI library with its headers (Open MPI, MPICH) and libclang, for which bindings are generated when the crate is
/// compiled. On Debian and Ubuntu: `apt-get install libopenmpi-dev openmpi-bin libclang-dev`. To run as many ranks on each
/// machine as it has processor sockets, and threads on the cores of each: `mpirun --map-by socket --bind-to socket`; Open MPI
/// otherwise binds each of two ranks to one core, and rayon then has one thread.
///
/// # Panics and early returns
/// A panic on one rank ends the run on all: the others would wait for it without end. So they would for a rank that returns
/// early, for a reason of its own; the errors of these methods are the same on every rank.
///
/// ```no_run
/// use costate_solvers::{Ensemble, Problem, Ranks, SaveAt, Tolerance, Tsit5, ode};
/// use nalgebra::dvector;
///
/// let ranks = Ranks::start()?;
/// let decay = ode!(|_t, [y], [rate]| [-(rate * y)]);
/// let members = ranks.solve(&Ensemble::new(1000), |member| {
///     let problem = Problem::ode(decay, [1.0], &dvector![1e-3 * member as f64], 0.0..1.0);
///     problem.solve(Tsit5, Tolerance::new(1e-8, 1e-8), SaveAt::end()).map(|solution| solution.last().clone())
/// })?;
/// if ranks.rank() == 0 {
///     println!("{} of 1000 members on {} ranks", members.succeeded().count(), ranks.count());
/// }
/// # Ok::<(), costate_solvers::RanksError>(())
/// ```
pub struct Ranks {
    universe: Universe,
    /// MPI is called by the thread that started it, and no other.
    _one_thread: PhantomData<*const ()>,
}

/// Bytes that all ranks together send at a time. MPI counts in 32-bit integers.
const PARCEL: usize = 1 << 28;

/// Which method was called, as told to the other ranks.
const METHOD: &str = "the method (1 for solve, 2 for sum)";
const SOLVE: usize = 1;
const SUM: usize = 2;

impl Ranks {
    /// Starts MPI. It ends when the value is dropped.
    ///
    /// # Errors
    /// [`RanksError::AlreadyStarted`] if this process has started MPI before, even if it has ended;
    /// [`RanksError::NoThreads`] if the MPI library does not bear rayon's threads.
    pub fn start() -> Result<Self, RanksError> {
        let (universe, provided) =
            mpi::initialize_with_threading(Threading::Funneled).ok_or(RanksError::AlreadyStarted)?;
        if provided < Threading::Funneled {
            return Err(RanksError::NoThreads);
        }
        Ok(Ranks { universe, _one_thread: PhantomData })
    }

    /// The number of this process, from 0.
    pub fn rank(&self) -> usize {
        self.universe.world().rank() as usize
    }

    /// How many processes the run has, at least 1.
    pub fn count(&self) -> usize {
        self.universe.world().size() as usize
    }

    /// Computes every member of the ensemble: `solve(member)` for `member` from 0, the first members on rank 0, the last on
    /// the last rank. All ranks receive all members, so a member is best reduced to the numbers of interest; members may
    /// differ in how many numbers they have. Of a member that failed the others receive what its error says. The ensemble's
    /// progress is told how many of this rank's members are done.
    ///
    /// # Errors
    /// [`RanksError::Disagreement`] if the ranks call different methods or with different numbers of members.
    pub fn solve<E: Display>(
        &self,
        ensemble: &Ensemble,
        solve: impl Fn(usize) -> Result<DVector<f64>, E> + Sync,
    ) -> Result<Members<DVector<f64>, String>, RanksError> {
        self.agree([(METHOD, SOLVE), ("the number of members", ensemble.members), ("", 0)])?;
        let these = share(ensemble.members, self.rank(), self.count());
        let part = Ensemble { members: these.len(), progress: ensemble.progress };
        let mine = part.solve(|member| {
            let place = these.start + member;
            solve(place).map_err(|error| Failure { place, message: error.to_string() })
        });
        let all = self.gather(mine.results())?;
        Ok(Members(all.into_iter().map(|outcome| outcome.map_err(|failure| failure.message)).collect()))
    }

    /// The sum of `term(sample, x)`, a value and its slope with one element for each of `x`, over all samples.
    ///
    /// The order of addition depends on the number of samples alone. With `term` the gradient of a loss for one sample this
    /// is `costate_ad::parallel_gradient` over ranks, with the same bits. The samples are dealt out in at most 256 blocks,
    /// so more ranks than that have nothing to do, and all ranks together send at most 256 slopes.
    ///
    /// # Errors
    /// [`RanksError::SampleFailed`] for the first sample, in the order of the samples, whose term fails or whose slope has
    /// not the length of `x`; [`RanksError::Disagreement`] if the ranks call different methods, with different numbers of
    /// samples or lengths of `x`.
    pub fn sum<S: Sync, E: Display>(
        &self,
        term: impl Fn(&S, &DVector<f64>) -> Result<(f64, DVector<f64>), E> + Sync,
        samples: &[S],
        x: &DVector<f64>,
    ) -> Result<(f64, DVector<f64>), RanksError> {
        self.agree([(METHOD, SUM), ("the number of samples", samples.len()), ("the length of x", x.len())])?;
        let blocks = Blocks::of(samples.len());
        let these = share(blocks.count(), self.rank(), self.count());
        let mine = blocks.sums(these, samples, x.len(), |sample| term(sample, x));
        let sum = total(self.gather(&mine)?, x.len());
        sum.map_err(|failure| RanksError::SampleFailed { sample: failure.place, message: failure.message })
    }

    /// Refuses what would let ranks wait for each other, or read each other's numbers wrongly.
    fn agree(&self, wanted: [(&'static str, usize); 3]) -> Result<(), RanksError> {
        let mine = wanted.map(|(_, number)| number as u64);
        let mut all = vec![0_u64; 3 * self.count()];
        self.universe.world().all_gather_into(&mine[..], &mut all[..]);
        for (rank, numbers) in all.chunks(3).enumerate() {
            for (place, (what, _)) in wanted.into_iter().enumerate() {
                let (found, expected) = (numbers[place] as usize, all[place] as usize);
                if found != expected {
                    return Err(RanksError::Disagreement { what, rank, found, expected });
                }
            }
        }
        Ok(())
    }

    /// The outcomes of all ranks, in the order of the ranks.
    fn gather(&self, mine: &[Outcome]) -> Result<Vec<Outcome>, RanksError> {
        let mut all = Vec::new();
        for (rank, bytes) in self.gather_bytes(&pack(mine)).iter().enumerate() {
            all.append(&mut unpack(bytes).ok_or(RanksError::Unreadable { rank })?);
        }
        Ok(all)
    }

    fn gather_bytes(&self, mine: &[u8]) -> Vec<Vec<u8>> {
        let world = self.universe.world();
        let mut lengths = vec![0_u64; self.count()];
        world.all_gather_into(&(mine.len() as u64), &mut lengths[..]);
        let lengths: Vec<_> = lengths.into_iter().map(|length| length as usize).collect();
        let mut gathered: Vec<_> = lengths.iter().map(|&length| Vec::with_capacity(length)).collect();
        let parcel = (PARCEL / self.count()).max(1);
        for begin in (0..lengths.iter().copied().max().unwrap_or(0)).step_by(parcel) {
            let counts: Vec<_> = lengths.iter().map(|&length| length.saturating_sub(begin).min(parcel)).collect();
            let ends = counts.iter().scan(0, |end, count| {
                *end += count;
                Some(*end)
            });
            let places: Vec<_> = ends.zip(&counts).map(|(end, count)| (end - count) as i32).collect();
            let sizes: Vec<_> = counts.iter().map(|&count| count as i32).collect();
            let mut all = vec![0_u8; counts.iter().sum()];
            let sent = &mine[begin.min(mine.len())..(begin + parcel).min(mine.len())];
            world.all_gather_varcount_into(sent, &mut PartitionMut::new(&mut all[..], sizes, &places[..]));
            for ((rank, place), count) in gathered.iter_mut().zip(places).zip(counts) {
                rank.extend_from_slice(&all[place as usize..place as usize + count]);
            }
        }
        gathered
    }
}

impl Drop for Ranks {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.universe.world().abort(101);
        }
    }
}
