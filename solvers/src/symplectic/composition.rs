//! [`Composition`]: the coefficients of a symplectic method.

/// A step as a sequence of kicks `p += b_i h dp/dt(q, t)` and drifts `q += a_i h dq/dt(p)`, kick before drift, where the
/// time of the kicks advances with the drifts. Both are exact flows of one half of a separable Hamiltonian, so their
/// composition is symplectic (Hairer, Lubich & Wanner, Geometric Numerical Integration, section II.5).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Composition {
    /// The method's name.
    pub name: &'static str,
    /// Order of convergence.
    pub order: usize,
    /// The fractions `b_i` of the kicks; they sum to 1. A trailing drift has no kick behind it, so this is as long as
    /// `drifts`, or one longer.
    pub kicks: &'static [f64],
    /// The fractions `a_i` of the drifts; they sum to 1.
    pub drifts: &'static [f64],
}

/// A method that is nothing but a composition.
pub trait SymplecticMethod: 'static {
    /// The coefficients.
    const COMPOSITION: Composition;
}

/// The kicks of the composition of steps of velocity Verlet with the sizes `drifts`: half a kick on either side of each
/// drift, where those that meet are one.
pub(crate) const fn verlet_kicks<const D: usize, const K: usize>(drifts: [f64; D]) -> [f64; K] {
    let mut kicks = [0.0; K];
    let mut i = 0;
    while i < D {
        kicks[i] += 0.5 * drifts[i];
        kicks[i + 1] += 0.5 * drifts[i];
        i += 1;
    }
    kicks
}
