//! [`Memory`]: how a choice of [`Checkpoints`] is carried out, and what it will cost.

use super::schedule::{Place, Placement, Reversal};
use super::{Checkpoints, Forecast};
use costate_solvers::{AcceptedStep, Observer};

/// Steps in a row, with all that their sweep needs.
pub(crate) trait Record<P>: Observer<P> {
    /// An empty record of the same kind, with room for so many steps where that is known.
    fn empty(&self, room: Option<usize>) -> Self;

    /// Forgets the steps, and keeps the memory.
    fn clear(&mut self);

    /// What they take.
    fn bytes(&self) -> usize;

    /// What such a step takes.
    fn step_bytes(&self, step: &AcceptedStep<'_, P>) -> usize;
}

/// What is remembered while a run goes on.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    choice: Checkpoints,
    /// Steps in a stretch, and checkpoints at a time.
    pub(crate) stretch: usize,
    pub(crate) slots: usize,
    /// What one state and one recorded step take.
    pub(crate) unit_bytes: [usize; 2],
    placement: Placement,
    /// The steps at which there are checkpoints.
    pub(crate) kept: Vec<usize>,
    /// The next step at which a stretch starts, and how many of the last stretches are recorded.
    next: usize,
    recorded: usize,
}

/// What the start of a stretch asks for.
pub(crate) struct Turn {
    pub(crate) place: Place,
    /// How many of the oldest recorded stretches are forgotten.
    pub(crate) forgotten: usize,
}

impl Memory {
    pub(crate) fn new(choice: Checkpoints) -> Memory {
        let placement = Placement::new(1);
        let kept = Vec::new();
        Memory { choice, stretch: 1, slots: 1, unit_bytes: [0; 2], placement, kept, next: 0, recorded: 0 }
    }

    /// Fixes the sizes, when the first step shows what a state and a step take.
    fn measure(&mut self, unit_bytes: [usize; 2]) {
        let [state, step] = unit_bytes.map(|bytes| bytes.max(1));
        (self.stretch, self.slots) = match self.choice {
            Checkpoints::All => (usize::MAX, 1),
            Checkpoints::Every(interval) => (interval.max(1), usize::MAX),
            Checkpoints::Binomial(states) => (1, states.max(1)),
            Checkpoints::MemoryLimit(bytes) => ((bytes / 2 / step).max(1), (bytes / 2 / state).max(2)),
        };
        self.unit_bytes = unit_bytes;
        self.placement = Placement::new(self.slots);
    }

    /// Whether step `index` starts a stretch.
    #[inline(always)]
    pub(crate) fn turns(&self, index: usize) -> bool {
        index == self.next
    }

    /// Starts the stretch at step `index`.
    pub(crate) fn turn(&mut self, index: usize, unit_bytes: impl FnOnce() -> [usize; 2]) -> Turn {
        if index == 0 {
            self.measure(unit_bytes());
        }
        self.next = index.saturating_add(self.stretch);
        let place = self.placement.next();
        match place {
            Place::Add => self.kept.push(index),
            Place::InsteadOf(position) => {
                self.kept.remove(position);
                self.kept.push(index);
            }
            Place::Skip => {}
        }
        let room = self.stretches_that_fit();
        let forgotten = (self.recorded + 1).saturating_sub(room);
        self.recorded = self.recorded + 1 - forgotten;
        Turn { place, forgotten }
    }

    /// How many recorded stretches there may be at a time.
    fn stretches_that_fit(&self) -> usize {
        let Checkpoints::MemoryLimit(bytes) = self.choice else { return 1 };
        let [state, step] = self.unit_bytes;
        (bytes.saturating_sub(self.kept.len() * state) / self.stretch.saturating_mul(step).max(1)).max(1)
    }

    /// Room to ask for where a record is not to grow beyond what is allowed.
    pub(crate) fn room(&self) -> Option<usize> {
        matches!(self.choice, Checkpoints::MemoryLimit(_)).then_some(self.stretch)
    }

    /// The acts that sweep what is not recorded, of a run of so many steps.
    pub(crate) fn reversal(&self, steps: usize) -> Reversal {
        let start_of_last = self.next.saturating_sub(self.stretch);
        let end = match self.recorded {
            0 => steps,
            recorded => start_of_last - (recorded - 1).saturating_mul(self.stretch),
        };
        let mut kept = self.kept.clone();
        kept.truncate(kept.partition_point(|&step| step < end).max(usize::from(end > 0)));
        Reversal { kept, end, slots: self.slots, stretch: self.stretch }
    }

    /// What sweeping a run of so many steps will cost.
    pub(crate) fn cost(&self, steps: usize) -> Forecast {
        let reversal = self.reversal(steps);
        let [state, step] = self.unit_bytes;
        let forward = self.kept.len() * state + (steps - reversal.end) * step;
        let stretch = self.stretch.min(reversal.end);
        let deepest = reversal.clone().map(|act| match act {
            super::schedule::Act::Advance { .. } => 1,
            super::schedule::Act::Sweep { .. } => -1,
        });
        let (mut now, mut most) = (reversal.kept.len() as isize, 0);
        for change in deepest {
            most = most.max(now);
            now += change;
        }
        let backward = most as usize * state + stretch * step;
        let (advanced, swept) = reversal.cost();
        let factor = (steps + advanced + swept) as f64 / steps.max(1) as f64;
        Forecast { factor, bytes: forward.max(backward) }
    }

    /// What a run of so many steps would cost.
    pub(crate) fn forecast(mut self, steps: usize, unit_bytes: [usize; 2]) -> Forecast {
        let mut index = 0;
        while index < steps {
            self.turn(index, || unit_bytes);
            index = self.next;
        }
        self.cost(steps)
    }

    /// After a sweep that consumed them, only the checkpoint at the start is left.
    pub(crate) fn spend(&mut self) {
        self.kept.truncate(1);
        self.recorded = 0;
    }
}
