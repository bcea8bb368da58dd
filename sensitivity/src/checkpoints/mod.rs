//! [`Checkpoints`]: what a reverse sweep remembers of the forward run.

mod memory;
mod report;
mod schedule;

use costate_ad::NetworkMemory;
pub(crate) use memory::{Memory, Record};
pub use report::{Forecast, SweepReport, last_sweep};
pub(crate) use report::{Ledger, forget_last_sweep};
pub(crate) use schedule::{Act, Place};

/// What a reverse sweep remembers of the forward run. What is not remembered is computed again, bit for bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Checkpoints {
    /// Every step with all that its sweep needs: the fastest, while it fits into memory. Where the model contains networks
    /// ([`Real::network`](costate_ad::Real::network)), their activations in the last steps are kept too, in 64 MB at most, and not computed
    /// again; the other choices keep none.
    #[default]
    All,
    /// The state before every so many steps (0 counts as 1): the steps between are taken again, a stretch at a time. The
    /// memory is smallest at about the square root of the number of steps, for one more forward run in time.
    Every(usize),
    /// At most so many states (0 counts as 1), placed as the run goes on so that no step is repeated more often than it must
    /// be, whatever their number turns out to be (Wang, Moin & Iaccarino, SIAM J. Sci. Comput. 31 (2009) 2549-2567), and
    /// split by the binomial schedule in the sweep (Griewank & Walther, ACM Trans. Math. Softw. 26 (2000) 19-45).
    Binomial(usize),
    /// As much as fits into so many bytes: every step while they suffice; then half of them hold the steps of one stretch, and
    /// the other half states between the stretches, placed as by [`Binomial`](Checkpoints::Binomial). For some percent of what
    /// [`All`](Checkpoints::All) would take, that is one more forward run, and two for far less.
    ///
    /// What the sweep needs beside, and is not counted: the solution itself, one state, and the scratch memory of a step. A limit
    /// below two states and one step counts as that much.
    MemoryLimit(usize),
}

impl Checkpoints {
    /// Room for the activations of networks.
    pub(crate) fn activations(self) -> NetworkMemory {
        NetworkMemory::new(if self == Checkpoints::All { 64 << 20 } else { 0 })
    }

    /// What a run of so many `steps` would cost, where a state and a recorded step take so many bytes: before anything is run.
    ///
    /// ```
    /// use costate_sensitivity::Checkpoints;
    ///
    /// // 100,000 steps of 160 bytes, in a hundredth of what all of them take.
    /// let forecast = Checkpoints::MemoryLimit(160_000).forecast(100_000, 320, 160);
    /// assert!(forecast.bytes <= 160_000 && forecast.factor < 3.0);
    /// ```
    pub fn forecast(self, steps: usize, state_bytes: usize, step_bytes: usize) -> Forecast {
        Memory::new(self).forecast(steps, [state_bytes, step_bytes])
    }
}
