//! [`RanksError`]: why the processes of a run could not compute together.

/// Why the processes of a run could not compute together. Every rank receives the same error.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RanksError {
    /// A process takes part in one MPI run only.
    #[error("this process has started MPI before: start `Ranks` once, and keep it until the end")]
    AlreadyStarted,
    /// The MPI library does not bear other threads beside the one that calls it.
    #[error("this MPI library does not support processes with threads: use one with MPI_THREAD_FUNNELED")]
    NoThreads,
    /// The ranks were asked for different things.
    #[error("{what} is {found} on rank {rank} and {expected} on rank 0: call with the same arguments on every rank")]
    Disagreement {
        /// What differs: which method was called, the number of members or samples, or the length of `x`.
        what: &'static str,
        /// The first rank that differs from rank 0.
        rank: usize,
        /// Its number.
        found: usize,
        /// The number on rank 0.
        expected: usize,
    },
    /// A term of a sum could not be computed, and the sum has no value without it.
    #[error("sample {sample}: {message}")]
    SampleFailed {
        /// The first sample that failed, in the order of the samples.
        sample: usize,
        /// What its error says.
        message: String,
    },
    /// Another rank runs another program.
    #[error("rank {rank} sent what this program cannot read: run the same program on every rank")]
    Unreadable {
        /// That rank.
        rank: usize,
    },
}
