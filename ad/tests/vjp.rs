//! Every engine gives the product that the dense Jacobian gives, and the choice among them is the documented one.

use costate_ad::{At, Dual, Engine, JacobianPattern, Real, RightHandSide, Vjp};
use proptest::prelude::*;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counting on each thread.
struct Counting;

// SAFETY: every call is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `System.alloc` with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct LotkaVolterra;

impl RightHandSide for LotkaVolterra {
    fn eval<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
        dy[0] = p[0] * y[0] - p[1] * y[0] * y[1];
        dy[1] = p[2] * y[0] * y[1] - p[3] * y[1];
    }
}

/// The same, differentiated by hand.
struct ByHand;

impl RightHandSide for ByHand {
    fn eval<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        LotkaVolterra.eval(t, y, p, dy);
    }

    fn vjp(&self, at: At<'_>, w: &[f64], y_bar: &mut [f64], p_bar: &mut [f64], _: &mut f64) -> bool {
        let (x, y, p) = (at.y[0], at.y[1], at.p);
        y_bar[0] += w[0] * (p[0] - p[1] * y) + w[1] * p[2] * y;
        y_bar[1] += -w[0] * p[1] * x + w[1] * (p[2] * x - p[3]);
        let slopes = [w[0] * x, -w[0] * x * y, w[1] * x * y, -w[1] * y];
        p_bar.iter_mut().zip(slopes).for_each(|(bar, slope)| *bar += slope);
        true
    }
}

/// A chain of springs, driven at one end; one stiffness each.
struct Chain;

impl RightHandSide for Chain {
    fn eval<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        let n = y.len();
        for i in 0..n {
            let left = if i > 0 { y[i - 1] } else { t.sin() };
            let right = if i + 1 < n { y[i + 1] } else { R::zero() };
            dy[i] = p[i] * (left - 2.0 * y[i] + right) - y[i] * y[i] * y[i];
        }
    }
}

/// Everything depends on everything.
struct Mixing;

impl RightHandSide for Mixing {
    fn eval<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        let total = y.iter().zip(p).fold(t, |total, (&y, &p)| total + y * p);
        for i in 0..y.len() {
            dy[i] = (total * y[i]).sin() + p[i].exp();
        }
    }
}

/// The same with the first state held still, as a boundary is.
struct Held<F>(F);

impl<F: RightHandSide> RightHandSide for Held<F> {
    fn eval<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        self.0.eval(t, y, p, dy);
        dy[0] = R::zero();
    }
}

/// Takes another branch after the time 1.
struct Switched;

impl RightHandSide for Switched {
    fn eval<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        for i in 0..y.len() {
            dy[i] = if t > 1.0 { t * y[y.len() - 1 - i] * p[0] } else { -y[i] };
        }
    }
}

/// Products with the dense Jacobian, one dual direction at a time: of the states, the parameters and the time.
fn expected<F: RightHandSide>(rhs: &F, at: At<'_>, w: &[f64]) -> (Vec<f64>, Vec<f64>, f64) {
    let (states, last) = (at.y.len(), at.y.len() + at.p.len());
    let mut products: Vec<f64> = (0..=last)
        .map(|j| {
            let input = |k: usize, value| if j == k { Dual::<f64>::variable(value, 0) } else { Dual::constant(value) };
            let y: Vec<_> = at.y.iter().enumerate().map(|(i, &y)| input(i, y)).collect();
            let p: Vec<_> = at.p.iter().enumerate().map(|(i, &p)| input(states + i, p)).collect();
            let mut dy = vec![Dual::constant(0.0); states];
            rhs.eval(input(last, at.t), &y, &p, &mut dy);
            dy.iter().zip(w).map(|(dy, w)| dy.derivatives[0] * w).sum()
        })
        .collect();
    let t = products.pop().unwrap();
    let p = products.split_off(states);
    (products, p, t)
}

const ALL: [Engine; 4] = [Engine::Own, Engine::Duals, Engine::ColouredJacobian, Engine::Tape];

fn agree<F: RightHandSide>(rhs: &F, at: At<'_>, w: &[f64]) -> Result<(), String> {
    let (y, p, t) = expected(rhs, at, w);
    let mut value = vec![0.0; at.y.len()];
    rhs.eval(at.t, at.y, at.p, &mut value);
    for mut vjp in ALL.iter().filter_map(|&engine| Vjp::with_engine(rhs, at, engine)) {
        // The results are added to what is there; a second run gives the same again.
        let (mut y_bar, mut p_bar, mut t_bar) = (vec![1.0; y.len()], vec![2.0; p.len()], 3.0);
        let mut dy = vec![f64::NAN; y.len()];
        vjp.apply(at, w, &mut y_bar, &mut p_bar, &mut t_bar);
        vjp.apply_with_value(at, w, &mut dy, &mut y_bar, &mut p_bar, &mut t_bar);
        let close = |bar: &f64, start: f64, one: &f64| (bar - start - 2.0 * one).abs() <= 1e-12 * (1.0 + one.abs());
        let all = y_bar.iter().zip(&y).all(|(bar, one)| close(bar, 1.0, one))
            && p_bar.iter().zip(&p).all(|(bar, one)| close(bar, 2.0, one))
            && close(&t_bar, 3.0, &t)
            && dy == value;
        if !all {
            return Err(format!("{}: {y_bar:?} {p_bar:?} {t_bar} {dy:?} for {y:?} {p:?} {t}", vjp.engine()));
        }
    }
    Ok(())
}

fn numbers(n: usize, seed: f64) -> Vec<f64> {
    (0..n).map(|i| 0.7 + 0.5 * (seed + i as f64 * 1.3).sin()).collect()
}

#[test]
fn engines_agree_at_every_size() {
    for n in [0, 1, 2, 3, 4, 5, 7, 8, 9, 20, 100] {
        let (y, p, w) = (numbers(n, 0.1), numbers(n, 0.2), numbers(n, 0.3));
        let at = At { t: 0.4, y: &y, p: &p };
        agree(&Chain, at, &w).unwrap();
        agree(&Mixing, at, &w).unwrap();
        if n > 0 {
            agree(&Switched, at, &w).unwrap();
            agree(&Switched, At { t: 2.0, ..at }, &w).unwrap();
        }
    }
    let at = At { t: 0.0, y: &[2.0, 3.0], p: &[1.5, 1.0, 0.5, 3.0] };
    agree(&LotkaVolterra, at, &[0.3, -0.8]).unwrap();
    agree(&ByHand, at, &[0.3, -0.8]).unwrap();
}

#[test]
fn the_choice_is_the_documented_one() {
    fn chosen<F: RightHandSide>(rhs: &F, states: usize, parameters: usize) -> Engine {
        let (y, p) = (numbers(states, 0.1), numbers(parameters, 0.2));
        Vjp::new(rhs, At { t: 0.4, y: &y, p: &p }).engine()
    }
    assert_eq!(chosen(&ByHand, 2, 4), Engine::Own);
    assert_eq!(chosen(&LotkaVolterra, 2, 4), Engine::Duals);
    assert_eq!(chosen(&Chain, 7, 7), Engine::Duals);
    assert_eq!(chosen(&Chain, 8, 8), Engine::ColouredJacobian);
    assert_eq!(chosen(&Chain, 1000, 1000), Engine::ColouredJacobian);
    assert_eq!(chosen(&Mixing, 100, 100), Engine::Tape);
    // Each row has few entries, though all together they are many; and the first row has none.
    assert_eq!(chosen(&Held(Chain), 1000, 1000), Engine::ColouredJacobian);
    // Dense rows behind a first one that has none.
    assert_eq!(chosen(&Held(Mixing), 100, 100), Engine::Tape);
    assert_eq!(chosen(&Switched, 4, 1), Engine::Duals);
    assert_eq!(chosen(&Switched, 100, 1), Engine::Tape);
    assert_eq!(chosen(&Mixing, 0, 0), Engine::Duals);
}

/// A pattern found on one side of a branch would miss what the other side depends on.
#[test]
fn no_dependence_is_dropped_behind_a_branch() {
    let (y, p, w) = (numbers(50, 0.1), [2.0], numbers(50, 0.3));
    let before = At { t: 0.0, y: &y, p: &p };
    let after = At { t: 2.0, ..before };
    let (in_y, in_p, in_t) = expected(&Switched, after, &w);
    let pattern = |at: At<'_>| {
        let x: Vec<f64> = at.y.iter().chain(at.p).copied().chain([at.t]).collect();
        JacobianPattern::trace(|x, dy| Switched.eval(x[51], &x[..50], &x[50..51], dy), &x, 50)
    };
    let both = pattern(before).union(&pattern(after));
    for mut vjp in [Vjp::new(&Switched, before), Vjp::with_pattern(&Switched, before, &both)] {
        let (mut y_bar, mut p_bar, mut t_bar) = (vec![0.0; 50], [0.0], 0.0);
        vjp.apply(after, &w, &mut y_bar, &mut p_bar, &mut t_bar);
        assert!(y_bar.iter().zip(&in_y).all(|(a, b)| (a - b).abs() < 1e-12));
        assert!((p_bar[0] - in_p[0]).abs() < 1e-12 && (t_bar - in_t).abs() < 1e-12);
    }
}

#[test]
fn several_cotangents_at_once() {
    for n in [2, 30] {
        let (y, p, w) = (numbers(n, 0.1), numbers(n, 0.2), numbers(3 * n, 0.3));
        let at = At { t: 0.4, y: &y, p: &p };
        for mut vjp in ALL.iter().filter_map(|&engine| Vjp::with_engine(&Chain, at, engine)) {
            let (mut y_bar, mut p_bar, mut t_bar) = (vec![0.0; 3 * n], vec![0.0; 3 * n], [0.0; 3]);
            vjp.apply_many(at, &w, &mut y_bar, &mut p_bar, &mut t_bar);
            for k in 0..3 {
                let (mut y_one, mut p_one, mut t_one) = (vec![0.0; n], vec![0.0; n], 0.0);
                let part = k * n..(k + 1) * n;
                vjp.apply(at, &w[part.clone()], &mut y_one, &mut p_one, &mut t_one);
                assert_eq!((&y_bar[part.clone()], &p_bar[part], t_bar[k]), (&*y_one, &*p_one, t_one));
            }
        }
    }
}

#[test]
fn products_do_not_allocate() {
    for n in [2, 8, 200] {
        let (y, p, w) = (numbers(n, 0.1), numbers(n, 0.2), numbers(n, 0.3));
        let at = At { t: 0.4, y: &y, p: &p };
        let (mut y_bar, mut p_bar, mut t_bar) = (vec![0.0; n], vec![0.0; n], 0.0);
        for engine in [Engine::Duals, Engine::ColouredJacobian] {
            let Some(mut vjp) = Vjp::with_engine(&Chain, at, engine) else { continue };
            let before = ALLOCATIONS.get();
            for _ in 0..10 {
                vjp.apply(at, &w, &mut y_bar, &mut p_bar, &mut t_bar);
            }
            assert_eq!(ALLOCATIONS.get(), before, "{n} states, {engine}");
        }
    }
}

/// The slope of `sqrt` at 0 is infinite, but where its cotangent is 0 nothing depends on it.
#[test]
fn a_cotangent_of_zero_contributes_nothing() {
    struct Roots;
    impl RightHandSide for Roots {
        fn eval<R: Real>(&self, _t: R, y: &[R], _p: &[R], dy: &mut [R]) {
            dy.iter_mut().zip(y).for_each(|(dy, &y)| *dy = y.sqrt());
        }
    }
    let at = At { t: 0.0, y: &[0.0, 4.0], p: &[] };
    for mut vjp in ALL.iter().filter_map(|&engine| Vjp::with_engine(&Roots, at, engine)) {
        let (mut y_bar, mut t_bar) = ([0.0; 2], 0.0);
        vjp.apply(at, &[0.0, 1.0], &mut y_bar, &mut [], &mut t_bar);
        assert_eq!((y_bar, t_bar), ([0.0, 0.25], 0.0), "{}", vjp.engine());
        vjp.apply(at, &[1.0, 0.0], &mut y_bar, &mut [], &mut t_bar);
        assert_eq!((y_bar, t_bar), ([f64::INFINITY, 0.25], 0.0), "{}", vjp.engine());
    }
}

/// An adjoint is computed inside the reverse sweep of a gradient, so the recording must nest.
#[test]
fn the_tape_engine_works_inside_a_gradient() {
    let (value, slope) = costate_ad::gradient(
        |x| {
            let at = At { t: 0.0, y: &[2.0, 3.0], p: &[1.5, 1.0, 0.5, 3.0] };
            let mut vjp = Vjp::with_engine(&LotkaVolterra, at, Engine::Tape).unwrap();
            let (mut y_bar, mut p_bar, mut t_bar) = ([0.0; 2], [0.0; 4], 0.0);
            vjp.apply(at, &[1.0, 0.0], &mut y_bar, &mut p_bar, &mut t_bar);
            x[0] * x[0] * y_bar[0]
        },
        &nalgebra::dvector![3.0],
    );
    assert_eq!((value, slope[0]), (-13.5, -9.0));
}

/// A system of random terms `c * s_a * s_b`, with `s` the sine of a state or a parameter.
#[derive(Debug, Clone)]
struct Random(Vec<Vec<(usize, usize, f64)>>);

impl RightHandSide for Random {
    fn eval<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        let input = |i: usize| {
            if i < y.len() {
                y[i]
            } else if i < y.len() + p.len() {
                p[i - y.len()]
            } else {
                t
            }
        };
        for (dy, terms) in dy.iter_mut().zip(&self.0) {
            *dy = terms.iter().fold(R::zero(), |sum, &(a, b, c)| sum + c * input(a).sin() * (input(b) + 2.0).ln());
        }
    }
}

proptest! {
    #[test]
    fn random_systems(
        (system, y, p, w, t) in (1_usize..30, 0_usize..20).prop_flat_map(|(n, m)| {
            let term = (0..n + m + 1, 0..n + m + 1, -2.0..2.0);
            let numbers = |n| prop::collection::vec(-1.0..1.0, n);
            let rows = prop::collection::vec(prop::collection::vec(term, 0..5), n).prop_map(Random);
            (rows, numbers(n), numbers(m), numbers(n), -1.0..1.0)
        })
    ) {
        agree(&system, At { t, y: &y, p: &p }, &w).map_err(TestCaseError::fail)?;
    }
}
