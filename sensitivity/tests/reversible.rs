//! The reversible solve: its gradient is exact, its order that of the method, its memory that of two states.

mod rows;

use costate_ad::{Real, Var, try_gradient};
use costate_sensitivity::{GradientStrategy, ReversibleAdjoint, SensitivityError, Strategy};
use costate_solvers::{
    Control, Event, FixedStep, Method, Ode, Problem, Rodas5P, SaveAt, Solution, SolveError, Tolerance, Tsit5, condition,
};
use nalgebra::{DVector, dvector};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Counts the bytes in use, by thread: the tests run beside one another.
struct Counting;

thread_local! {
    static IN_USE: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is handed to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = IN_USE.get().wrapping_add(layout.size());
        IN_USE.set(now);
        PEAK.set(PEAK.get().max(now));
        // SAFETY: as for the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.set(IN_USE.get().wrapping_sub(layout.size()));
        // SAFETY: as for the caller.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A ring of driven oscillators, of any size.
#[derive(Clone, Copy)]
struct Ring;

impl Ode for Ring {
    fn rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        let n = y.len();
        for i in 0..n {
            dy[i] = y[(i + 1) % n] * p[0] - y[(i + n - 1) % n] * p[1] + (t * p[2]).cos() - y[i].powi(3) * 0.1;
        }
    }
}

fn problem<R: Real>(x: &DVector<R>, end: f64) -> Problem<Ring, R> {
    let (p, y0) = (x.rows(0, 3).into_owned(), x.rows(3, x.len() - 3).into_owned());
    Problem::ode(Ring, y0, &p, 0.0..end)
}

fn inputs(states: usize) -> DVector<f64> {
    DVector::from_fn(3 + states, |i, _| 0.8 + 0.3 * (1.7 * i as f64).sin())
}

fn loss<R: Real>(solution: &Solution<R>) -> R {
    solution.saves().fold(R::zero(), |total, (t, y)| y.iter().fold(total, |total, &y| total + y * y * (1.0 + t)))
}

/// To rounding, through the tape of the same solve; forward and backward spans, saves of every kind that it serves.
#[test]
fn the_gradient_is_exact() {
    let reversible = ReversibleAdjoint::default();
    let saves = [SaveAt::end(), SaveAt::every(0.37), SaveAt::steps(), SaveAt::times([0.0, 1.0, 1.0, 2.5])];
    for (save, end) in saves.into_iter().map(|save| (save, 3.0)).chain([(SaveAt::every(0.4), -2.0)]) {
        for control in [Control::from(Tolerance::new(1e-6, 1e-6)), FixedStep(0.05).into()] {
            let x = inputs(4);
            let direct = |x: &DVector<Var>| Ok(loss(&reversible.simulate(&problem(x, end), Tsit5, &control, &save)?));
            let (value, direct) = try_gradient::<SolveError>(direct, &x).unwrap();
            let swept =
                |x: &DVector<Var>| Ok(loss(&reversible.solve(&problem(x, end), Tsit5, &control, save.clone())?));
            let (same, swept) = try_gradient::<SolveError>(swept, &x).unwrap();
            assert_eq!(value, same, "{save:?}");
            let error = (&swept - &direct).amax() / direct.amax();
            rows::row("not stiff", Tsit5.name(), reversible.name(), error, "of the tape's");
            assert!(error < 1e-10, "{save:?}: {error:e}");
        }
    }
}

/// The wrapper keeps the order, and both its solution and its gradient are near those of a tight solve.
#[test]
fn the_order_is_that_of_the_method() {
    let x = inputs(4);
    let tight = problem(&x, 3.0).solve(Tsit5, Tolerance::new(1e-13, 1e-13), SaveAt::end()).unwrap();
    let error = |h: f64| {
        let solution =
            ReversibleAdjoint::default().simulate(&problem(&x, 3.0), Tsit5, FixedStep(h), &SaveAt::end()).unwrap();
        (solution.last() - tight.last()).amax()
    };
    let order = (error(0.025) / error(0.0125)).log2();
    assert!(order > 4.8, "observed order {order}");

    let control = Tolerance::new(1e-8, 1e-8);
    let reversible = |x: &DVector<Var>| {
        let solution = ReversibleAdjoint::default().solve(&problem(x, 3.0), Tsit5, &control, SaveAt::every(0.5))?;
        Ok::<_, SolveError>(loss(&solution))
    };
    let reference = |x: &DVector<Var>| {
        let control = Tolerance::new(1e-12, 1e-12);
        Ok::<_, SolveError>(loss(&problem(x, 3.0).solve(Tsit5, control, SaveAt::every(0.5))?))
    };
    let (slope, reference) = (try_gradient(reversible, &x).unwrap().1, try_gradient(reference, &x).unwrap().1);
    let error = (&slope - &reference).amax() / reference.amax();
    assert!(error < 5e-8, "{error:e}");
}

/// Beyond the ends of the steps nothing is kept of them: with 40 states a stored step would take 320 bytes at least.
#[test]
fn the_memory_does_not_hold_the_steps() {
    let x = inputs(40);
    let peak = |steps: usize| {
        let before = IN_USE.get();
        PEAK.set(before);
        let swept = |x: &DVector<Var>| {
            let control = FixedStep(2.0 / steps as f64);
            Ok(loss(&ReversibleAdjoint::default().solve(&problem(x, 2.0), Tsit5, control, SaveAt::end())?))
        };
        let (_, slope) = try_gradient::<SolveError>(swept, &x).unwrap();
        assert!(slope.iter().all(|x| x.is_finite()));
        PEAK.get() - before
    };
    peak(100);
    let (few, many) = (peak(1_000), peak(9_000));
    let bytes = many.saturating_sub(few) as f64 / 8_000.0;
    assert!(bytes < 40.0, "{bytes} bytes a step");
}

#[test]
fn what_cannot_be_taken_back_is_refused() {
    let x = inputs(4);
    let refused = |outcome: Result<Solution<f64>, SolveError>| match outcome.map(|_| ()).unwrap_err() {
        SolveError::Refused(refusal) => refusal.reason::<SensitivityError>().expect("a reason of its own").clone(),
        other => panic!("{other}"),
    };
    let (reversible, plain, control) = (ReversibleAdjoint::default(), problem(&x, 3.0), FixedStep(0.1));
    let implicit = refused(reversible.simulate(&plain, Rodas5P, control, &SaveAt::end()));
    assert!(matches!(implicit, SensitivityError::MethodRefused { .. }), "{implicit}");
    let dense = refused(reversible.simulate(&plain, Tsit5, control, &SaveAt::dense()));
    assert!(matches!(dense, SensitivityError::NotServed { what: "SaveAt::dense", .. }), "{dense}");
    let weak = ReversibleAdjoint { coupling: 0.3 };
    let forgets = refused(weak.simulate(&plain, Tsit5, control, &SaveAt::end()));
    assert!(matches!(forgets, SensitivityError::BadOption { option: "coupling", .. }), "{forgets}");
    let decay = costate_solvers::ode!(|_t, [y], [rate]| [-rate * y]);
    let event = Event::when(condition!(|_t, [y], [_rate]| y - 0.5));
    let eventful = Problem::ode(decay, [1.0], &dvector![1.0], 0.0..2.0).with_event(event);
    let events = refused(reversible.simulate(&eventful, Tsit5, control, &SaveAt::end()));
    assert!(matches!(events, SensitivityError::NotServed { what: "events", .. }), "{events}");
}
