//! [`Augmented`]: a Stratonovich equation together with its adjoint.

use costate_ad::{Real, Var, vjp};
use costate_solvers::{Calculus, NoiseKind, NoiseShape, Sde};
use nalgebra::DVector;

/// The state `y`, its cotangent `a` and that of the parameters `b`, along one path:
///
/// ```text
/// dy =  f dt + g_j o dW_j,
/// da = -a f_y dt - a (g_j)_y o dW_j,
/// db = -a f_p dt - a (g_j)_p o dW_j.
/// ```
///
/// Li, Wong, Chen and Duvenaud, Scalable gradients for stochastic differential equations, AISTATS 2020, theorem 3.1. In the
/// sense of Stratonovich the ordinary rules of calculus hold, so it is the adjoint of the ordinary equation with noise.
///
/// It is for plain numbers: the products are taken on values.
pub(super) struct Augmented<'a, S> {
    pub(super) system: &'a S,
    pub(super) states: usize,
}

impl<S: Sde> Augmented<'_, S> {
    /// The function `column` of the state and the parameters at `z`, and the cotangents that belong to that of the state.
    fn column<R: Real>(&self, z: &[R], p: &[R], column: impl Fn(&[Var], &[Var]) -> Vec<Var>, into: &mut [R]) {
        let n = self.states;
        let values = z[..n].iter().chain(p).map(|x| x.value());
        let x = DVector::from_iterator(n + p.len(), values);
        let a = DVector::from_iterator(n, z[n..2 * n].iter().map(|x| x.value()));
        let program = |x: &DVector<Var>| {
            let (y, p) = x.as_slice().split_at(n);
            DVector::from_vec(column(y, p))
        };
        let (value, bars) = vjp(program, &x, &a);
        into.iter_mut().zip(&value).for_each(|(into, &value)| *into = R::from(value));
        into[n..].iter_mut().zip(&bars).for_each(|(into, &bar)| *into = R::from(-bar));
    }
}

impl<S: Sde> Sde for Augmented<'_, S> {
    /// Columns that commute keep commuting: the adjoint of a flow is a flow.
    fn noise(&self) -> NoiseKind {
        let kind = self.system.noise();
        let dimensions = kind.dimensions(self.states);
        if kind.is_commutative() { NoiseKind::Commutative { dimensions } } else { NoiseKind::General { dimensions } }
    }

    fn drift<R: Real>(&self, t: R, z: &[R], p: &[R], f: &mut [R]) {
        let t = Var::constant(t.value());
        let drift = |y: &[Var], p: &[Var]| {
            let mut f = vec![Var::constant(0.0); y.len()];
            self.system.drift(t, y, p, &mut f);
            f
        };
        self.column(z, p, drift, f);
    }

    fn diffusion<R: Real>(&self, t: R, z: &[R], p: &[R], g: &mut [R]) {
        let (t, n) = (Var::constant(t.value()), self.states);
        let shape = NoiseShape::new(self.system.noise(), n);
        for (dimension, into) in g.chunks_exact_mut(z.len()).enumerate() {
            let column = |y: &[Var], p: &[Var]| {
                let mut g = vec![Var::constant(0.0); shape.elements()];
                self.system.diffusion(t, y, p, &mut g);
                let mut column = vec![Var::constant(0.0); n];
                shape.add(&g, |k| f64::from(u8::from(k == dimension)), &mut column);
                column
            };
            self.column(z, p, column, into);
        }
    }

    fn calculus(&self) -> Calculus {
        Calculus::Stratonovich
    }
}
