//! [`Companion`]: the step size control of the adjoint equation.

use costate_solvers::{Control, FixedStep, Tolerance};

/// How the steps of an adjoint solve are chosen, from those of its forward solve.
#[derive(Clone, Debug)]
pub(super) struct Companion {
    forward: Control,
    tolerance: Option<f64>,
    /// How large each component of the forward state is, relative to the largest.
    sizes: Vec<f64>,
    /// The largest step of the piece before.
    last: Option<f64>,
}

/// An adjoint tolerance below this is a request for rounding errors.
const LEAST: f64 = 1e-14;

impl Companion {
    /// With this relative tolerance, or a tenth of the forward one, for a forward run that met these states of `n` numbers.
    pub(super) fn new(forward: &Control, tolerance: Option<f64>, states: &[f64], n: usize) -> Companion {
        let mut sizes = vec![0.0; n];
        for state in states.chunks_exact(n) {
            sizes.iter_mut().zip(state).for_each(|(size, y)| *size = f64::max(*size, y.abs()));
        }
        let largest = sizes.iter().fold(0.0, |most: f64, &size| most.max(size));
        sizes.iter_mut().for_each(|size| *size = if largest > 0.0 { *size / largest } else { 1.0 });
        Companion { forward: forward.clone(), tolerance, sizes, last: None }
    }

    /// The absolute tolerance of an adjoint, which has the units of the loss over those of the state: relative to the largest
    /// of the components `lambda_i`, each weighted by how large its `y_i` is. Without the weights, the adjoint of a trace quantity
    /// (huge, and gone at once) would allow errors to all others.
    fn atol(&self, lambda: &[f64]) -> f64 {
        let weighted = lambda.iter().zip(&self.sizes).map(|(lambda, size)| (lambda * size).abs());
        let largest = lambda.iter().fold(0.0, |most: f64, lambda| most.max(lambda.abs()));
        (self.rtol() * weighted.fold(0.0, f64::max).max(1e-12 * largest)).max(f64::MIN_POSITIVE)
    }

    /// The relative tolerance; that of steps of one size is taken for the smallest.
    pub(super) fn rtol(&self) -> f64 {
        match (&self.tolerance, &self.forward) {
            (Some(rtol), _) => *rtol,
            (None, Control::Adaptive(forward)) => (0.1 * forward.rtol()).max(LEAST),
            _ => LEAST,
        }
    }

    /// For an adjoint that starts so.
    pub(super) fn control(&self, lambda: &[f64]) -> Control {
        let (rtol, atol) = (self.rtol(), self.atol(lambda));
        self.adaptive(|forward| forward.for_companion(rtol, atol))
    }

    /// For the forward state solved backward (`n` numbers), and the adjoint behind it.
    pub(super) fn control_with_state(&self, n: usize, lambda: Option<&[f64]>) -> Control {
        let rtol = self.rtol();
        self.adaptive(|forward| {
            let factor = rtol / forward.rtol();
            let mut atol: Vec<f64> = (0..n).map(|component| factor * forward.atol(component)).collect();
            atol.extend(lambda.into_iter().flat_map(|lambda| vec![self.atol(lambda); n]));
            forward.for_companion(rtol, rtol).with_component_atol(atol)
        })
    }

    fn adaptive(&self, tolerance: impl FnOnce(&Tolerance) -> Tolerance) -> Control {
        let tolerance = match (&self.forward, self.tolerance) {
            (Control::Adaptive(forward), _) => tolerance(forward),
            (_, Some(rtol)) => tolerance(&Tolerance::new(rtol, rtol)),
            (Control::Fixed(FixedStep(h)), None) => return FixedStep(*h).into(),
            (other, None) => return other.clone(),
        };
        match self.last {
            Some(h) => tolerance.with_initial_step(h),
            None => tolerance,
        }
        .into()
    }

    /// A piece was solved with steps up to this: a first step for the next. Not for an implicit method: it would step over the
    /// boundary layer behind a jump, in which a stiff adjoint forgets it and the parameters' integral does not.
    pub(super) fn stepped(&mut self, largest: f64, is_implicit: bool) {
        self.last = Some(largest).filter(|&h| h > 0.0 && !is_implicit);
    }
}
