//! Which checkpoints to keep while a solve runs, and which to make when it is swept: index arithmetic alone.
//!
//! A solve is cut into stretches of so many steps; a checkpoint stands at the start of one. While the number of steps is not known,
//! checkpoints move by the rule of [`Placement`]; once it is known, the gaps between them are split as is best ([`Reversal`]).

/// Online placement with the fewest repetitions (Wang, Moin & Iaccarino, SIAM J. Sci. Comput. 31 (2009) 2549-2567,
/// algorithm 1).
#[derive(Clone, Debug)]
pub(crate) struct Placement {
    slots: usize,
    /// The levels of the checkpoints kept, in the order of time.
    levels: Vec<u32>,
}

/// What to do with the checkpoint that has come up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Keep it beside the others.
    Add,
    /// Keep it, and let go of the one at this position.
    InsteadOf(usize),
    /// Let it pass.
    Skip,
}

impl Placement {
    pub(crate) fn new(slots: usize) -> Placement {
        Placement { slots: slots.max(1), levels: Vec::new() }
    }

    /// Decides on the next checkpoint in time.
    pub(crate) fn next(&mut self) -> Place {
        if self.levels.len() < self.slots {
            // The start stays for ever.
            self.levels.push(if self.levels.is_empty() { u32::MAX } else { 0 });
            return Place::Add;
        }
        if let Some(position) = self.dispensable() {
            self.levels.remove(position);
            self.levels.push(0);
            return Place::InsteadOf(position);
        }
        let last = self.levels.len() - 1;
        if last == 0 {
            return Place::Skip;
        }
        self.levels[last] += 1;
        Place::InsteadOf(last)
    }

    /// The last checkpoint before one of a higher level: what lies between is cheap to repeat.
    fn dispensable(&self) -> Option<usize> {
        let mut highest = 0;
        for (position, &level) in self.levels.iter().enumerate().rev() {
            if level < highest {
                return Some(position);
            }
            highest = level;
        }
        None
    }
}

/// One act of a reverse sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Steps on from the last checkpoint, at `from`, to `to`, and keeps that state.
    Advance { from: usize, to: usize },
    /// Takes the steps from the last checkpoint, at `from`, to `to` with all that the sweep needs, sweeps them, and lets go of
    /// the checkpoint.
    Sweep { from: usize, to: usize },
}

/// The acts that sweep `0..end`, given the steps at which there are checkpoints, and how many there may be. Each gap is split as
/// the binomial schedule does (Griewank & Walther, ACM Trans. Math. Softw. 26 (2000) 19-45, algorithm 799).
#[derive(Clone, Debug)]
pub(crate) struct Reversal {
    pub(crate) kept: Vec<usize>,
    pub(crate) end: usize,
    pub(crate) slots: usize,
    pub(crate) stretch: usize,
}

impl Iterator for Reversal {
    type Item = Act;

    fn next(&mut self) -> Option<Act> {
        let &from = self.kept.last()?;
        let gap = (self.end - from).div_ceil(self.stretch);
        if gap <= 1 {
            self.kept.pop();
            let to = std::mem::replace(&mut self.end, from);
            return Some(Act::Sweep { from, to });
        }
        let free = self.slots.saturating_sub(self.kept.len());
        let to = from + split(gap, free + 1) * self.stretch;
        self.kept.push(to);
        Some(Act::Advance { from, to })
    }
}

impl Reversal {
    /// How many steps are taken to make checkpoints, and how many to be swept.
    pub(crate) fn cost(self) -> (usize, usize) {
        self.fold((0, 0), |(advanced, swept), act| match act {
            Act::Advance { from, to } => (advanced + to - from, swept),
            Act::Sweep { from, to } => (advanced, swept + to - from),
        })
    }
}

/// How many of the `gap` stretches to leave on the left, with `slots` checkpoints of which one stands at the left end.
fn split(gap: usize, slots: usize) -> usize {
    // More than one for each stretch are of no use.
    let slots = slots.min(gap);
    let repetitions = (1..).find(|&t| reach(slots, t) >= gap).expect("every gap is reached with enough repetitions");
    let least = gap.saturating_sub(reach(slots - 1, repetitions)).max(1);
    let most = reach(slots, repetitions - 1).min(gap - reach(slots - 1, repetitions - 1).min(gap - 1)).min(gap - 1);
    most.max(least)
}

/// How many stretches can be swept with so many checkpoints, none being repeated more often than this:
/// the binomial coefficient of `slots + repetitions` over `slots`.
pub(crate) fn reach(slots: usize, repetitions: usize) -> usize {
    let few = slots.min(repetitions);
    (1..=few)
        .try_fold(1_usize, |product, i| Some(product.checked_mul(slots.max(repetitions) + i)? / i))
        .unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps_of_revolve(steps: usize, slots: usize) -> usize {
        let repetitions = (1..).find(|&t| reach(slots, t) >= steps).unwrap();
        repetitions * steps - reach(slots + 1, repetitions - 1)
    }

    /// With the number of steps known, the schedule takes as many steps as theory says: `r N - C(s + r, r - 1)` (equation 4 of
    /// the same paper).
    #[test]
    fn a_known_length_is_reversed_with_the_fewest_steps() {
        for slots in [1, 2, 3, 4, 8, 16, 33] {
            for steps in [1, 2, 3, 7, 10, 64, 65, 200, 1000] {
                let (advanced, swept) = Reversal { kept: vec![0], end: steps, slots, stretch: 1 }.cost();
                assert_eq!(swept, steps);
                assert_eq!(advanced, steps_of_revolve(steps, slots), "{steps} steps, {slots} checkpoints");
            }
        }
    }

    /// The acts can be carried out: they start where a checkpoint is, and never keep more than there may be, beside the working
    /// one.
    #[test]
    fn an_unknown_length_is_reversed_from_what_was_kept() {
        for slots in [1, 2, 3, 5, 12, 40] {
            for steps in [1, 2, 5, 30, 100, 777] {
                for stretch in [1, 4, 9] {
                    let (mut placement, mut kept) = (Placement::new(slots), Vec::new());
                    for step in (0..steps).step_by(stretch) {
                        match placement.next() {
                            Place::Add => kept.push(step),
                            Place::InsteadOf(position) => {
                                kept.remove(position);
                                kept.push(step);
                            }
                            Place::Skip => {}
                        }
                        assert!(kept[0] == 0 && kept.len() <= slots && kept.is_sorted());
                    }
                    let reversal = Reversal { kept: kept.clone(), end: steps, slots, stretch };
                    let (_, swept) = reversal.clone().cost();
                    assert_eq!(swept, steps);
                    let mut end = steps;
                    for act in reversal {
                        match act {
                            Act::Advance { from, to } => {
                                assert_eq!(kept.last(), Some(&from));
                                kept.push(to);
                                assert!(kept.len() <= slots + 1);
                            }
                            Act::Sweep { from, to } => {
                                assert_eq!((kept.pop(), to), (Some(from), end));
                                assert!(to - from <= stretch);
                                end = from;
                            }
                        }
                    }
                    assert_eq!(end, 0);
                }
            }
        }
    }

    /// Not knowing the length beforehand costs little: the steps over those of the best schedule for the known length.
    #[test]
    fn not_knowing_the_length_costs_little() {
        for (steps, slots, bound) in [(1000, 4, 1.1), (1000, 8, 1.1), (1000, 32, 1.03), (10_000, 16, 1.05)] {
            let (mut placement, mut kept) = (Placement::new(slots), Vec::new());
            for step in 0..steps {
                match placement.next() {
                    Place::Add => kept.push(step),
                    Place::InsteadOf(position) => {
                        kept.remove(position);
                        kept.push(step);
                    }
                    Place::Skip => {}
                }
            }
            let (advanced, _) = Reversal { kept, end: steps, slots, stretch: 1 }.cost();
            let ratio = (steps + advanced + steps) as f64 / (steps_of_revolve(steps, slots) + steps) as f64;
            assert!(ratio < bound, "{steps} steps, {slots} checkpoints: {ratio}");
        }
    }
}
