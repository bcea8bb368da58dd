//! [`Converted`]: the same process in the other calculus.

use crate::{Calculus, NoiseKind, NoiseShape, Sde, Trigger};
use costate_ad::{Directional, Real};

/// A model with its drift corrected, so that it describes the same process in another calculus.
///
/// The Ito equation with drift `f` and diffusion columns `g_j` is the Stratonovich equation with drift
/// `f - 1/2 sum of g_j' g_j` (Kloeden and Platen, Numerical Solution of Stochastic Differential Equations, equation 4.9.10).
/// The derivatives `g_j'` are exact. Each evaluation of the drift costs one of the diffusion on numbers twice as large, and
/// for noise that is neither diagonal nor scalar one for each Brownian motion, and allocates.
#[derive(Clone, Copy, Debug)]
pub struct Converted<S> {
    model: S,
    calculus: Calculus,
}

impl<S: Sde> Converted<S> {
    pub(crate) fn new(model: S, calculus: Calculus) -> Self {
        Converted { model, calculus }
    }

    /// What the correction is multiplied by.
    fn sign(&self) -> f64 {
        match (self.model.calculus(), self.calculus) {
            (Calculus::Ito, Calculus::Stratonovich) => -0.5,
            (Calculus::Stratonovich, Calculus::Ito) => 0.5,
            _ => 0.0,
        }
    }
}

impl<S: Sde> Sde for Converted<S> {
    fn noise(&self) -> NoiseKind {
        self.model.noise()
    }

    fn drift<R: Real>(&self, t: R, y: &[R], p: &[R], f: &mut [R]) {
        self.model.drift(t, y, p, f);
        let (noise, sign) = (self.noise(), self.sign());
        if sign == 0.0 || noise.is_additive() {
            return;
        }
        let n = y.len();
        let shape = NoiseShape::new(noise, n);
        let mut g = vec![R::zero(); shape.elements()];
        let mut slope = g.clone();
        let mut directional = Directional::default();
        self.model.diffusion(t, y, p, &mut g);
        // On the diagonal the slope along the diffusion itself is that of each element by its own state.
        let columns = if shape.diagonal { 1 } else { shape.dimensions };
        let mut direction = vec![R::zero(); n];
        for column in 0..columns {
            let own = column * n..column * n + n;
            if shape.diagonal {
                direction.fill(R::zero());
                shape.add(&g, |_| 1.0, &mut direction);
            } else {
                direction.copy_from_slice(&g[own.clone()]);
            }
            directional.along((t, y, p), &direction, |t, y, p, g| self.model.diffusion(t, y, p, g), &mut slope);
            if shape.diagonal {
                shape.add(&slope, |_| sign, f);
            } else {
                f.iter_mut().zip(&slope[own]).for_each(|(f, &slope)| *f += slope * sign);
            }
        }
    }

    fn diffusion<R: Real>(&self, t: R, y: &[R], p: &[R], g: &mut [R]) {
        self.model.diffusion(t, y, p, g);
    }

    fn calculus(&self) -> Calculus {
        self.calculus
    }

    fn states(&self) -> Option<usize> {
        self.model.states()
    }

    fn parameters(&self) -> Option<usize> {
        self.model.parameters()
    }

    fn triggers(&self) -> Vec<Trigger> {
        self.model.triggers()
    }

    fn condition<R: Real>(&self, event: usize, t: R, y: &[R], p: &[R]) -> R {
        self.model.condition(event, t, y, p)
    }

    fn reset<R: Real>(&self, event: usize, t: R, y: &mut [R], p: &mut [R]) {
        self.model.reset(event, t, y, p);
    }
}
