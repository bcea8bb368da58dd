//! [`Passage`]: the events of a run at one time, taken back.

use costate_ad::{Var, vjp};
use costate_solvers::{
    SaveAt, Sde, SdeProblem, Solution, SolveError, StochasticError, StochasticMethod, StochasticSteps, Trigger,
};
use nalgebra::DVector;

/// What a run passed through between two steps.
#[derive(Debug)]
pub(super) struct Passage {
    /// The steps taken before.
    pub(super) boundary: usize,
    pub(super) t: f64,
    events: Vec<usize>,
    /// The state and the parameters before, and behind.
    y: Vec<f64>,
    p: Vec<f64>,
    pub(super) y_next: Vec<f64>,
    pub(super) p_next: Vec<f64>,
    /// How many states were saved behind it, at most.
    pub(super) saved_behind: usize,
}

/// Refuses events of which a reverse sweep cannot know, and all of them where it passes through none.
pub(super) fn check_events<S: Sde>(system: &S, strategy: &'static str, passes: bool) -> Result<(), SolveError> {
    for (event, trigger) in system.triggers().iter().enumerate() {
        match trigger {
            Trigger::Root { .. } => return Err(StochasticError::NoCrossingDerivative { event }.into()),
            Trigger::Times(_) if passes => {}
            _ => return Err(StochasticError::EventsOutOfReach { strategy }.into()),
        }
    }
    Ok(())
}

/// The passages of a run, whose steps have the boundaries `times`.
pub(super) fn passages<S: Sde>(
    problem: &SdeProblem<S, f64>,
    solution: &Solution<f64>,
    times: &[f64],
    save: &SaveAt,
) -> Result<Vec<Passage>, SolveError> {
    let every = save.known_times(problem.span())?.is_none();
    let saved_behind = match (every, save.is_after_events()) {
        (true, _) => 1,
        (false, true) => usize::MAX,
        (false, false) => 0,
    };
    let mut passages: Vec<Passage> = Vec::new();
    let (mut p, mut boundary) = (problem.parameters().as_slice().to_vec(), 0);
    for at_once in solution.events().chunk_by(|one, other| one.time == other.time) {
        let (first, t) = (&at_once[0], at_once[0].time);
        boundary += times[boundary..].iter().position(|&time| time == t).expect("events happen at ends of steps");
        let (before, mut y) = (p.clone(), first.before.as_slice().to_vec());
        let events: Vec<usize> = at_once.iter().map(|occurrence| occurrence.event).collect();
        events.iter().for_each(|&event| problem.system().reset(event, t, &mut y, &mut p));
        let y_before = first.before.as_slice().to_vec();
        passages.push(Passage {
            boundary,
            t,
            events,
            y: y_before,
            p: before,
            y_next: y,
            p_next: p.clone(),
            saved_behind,
        });
    }
    Ok(passages)
}

impl Passage {
    /// How many numbers the solution has of its occurrences.
    pub(super) fn occurrences(&self) -> usize {
        self.events.len() * (1 + 2 * self.y.len())
    }

    /// From the cotangents of the state behind it, of what is carried there, of the parameters, and of the occurrences, those of
    /// the state before, and of the parameters.
    pub(super) fn pull_back<S: Sde, M: StochasticMethod>(
        &self,
        system: &S,
        steps: &StochasticSteps<'_, S, Var, M>,
        w: DVector<f64>,
    ) -> DVector<f64> {
        let n = self.y.len();
        let x = DVector::from_iterator(n + self.p.len(), self.y.iter().chain(&self.p).copied());
        let program = |x: &DVector<Var>| {
            let (mut y, mut p) = (x.as_slice()[..n].to_vec(), x.as_slice()[n..].to_vec());
            let (t, mut occurrences) = (Var::constant(self.t), Vec::new());
            for &event in &self.events {
                occurrences.push(t);
                occurrences.extend_from_slice(&y);
                system.reset(event, t, &mut y, &mut p);
                occurrences.extend_from_slice(&y);
            }
            let carried = steps.first_carried(self.t, &y, &p);
            DVector::from_vec([y, carried, p, occurrences].concat())
        };
        vjp(program, &x, &w).1
    }
}
