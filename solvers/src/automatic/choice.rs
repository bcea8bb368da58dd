//! Which two methods fit a problem: by its tolerance and its size.

use crate::{Bdf, Method, Rodas5P, Tsit5, Vern7};

/// Up to this relative tolerance the method of seventh order takes fewer evaluations than the one of fifth.
const TIGHT: f64 = 1e-6;
/// Up to how many states one factorisation a step, of whatever cost, is worth its accuracy.
const SMALL: usize = 64;

/// The explicit method of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Explicit {
    Tsit5,
    Vern7,
}

/// The implicit method of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Implicit {
    Rodas5P,
    Bdf,
}

impl Explicit {
    /// For a relative tolerance.
    pub(super) fn by_tolerance(rtol: f64) -> Explicit {
        if rtol <= TIGHT { Explicit::Vern7 } else { Explicit::Tsit5 }
    }

    /// How far the region of stability reaches along the negative real axis.
    pub(super) const fn reach(self) -> f64 {
        match self {
            Explicit::Tsit5 => 3.506,
            Explicit::Vern7 => 4.640,
        }
    }

    /// The method's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Explicit::Tsit5 => Tsit5.name(),
            Explicit::Vern7 => Vern7.name(),
        }
    }

    /// Order of the companion of its error estimate.
    pub(super) fn embedded_order(self) -> Option<usize> {
        match self {
            Explicit::Tsit5 => Tsit5.embedded_order(),
            Explicit::Vern7 => Vern7.embedded_order(),
        }
    }

    /// The tolerance as a reason.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Explicit::Tsit5 => "rtol is above 1e-6",
            Explicit::Vern7 => "rtol is at most 1e-6",
        }
    }
}

impl Implicit {
    /// For a number of states.
    pub(super) fn by_size(states: usize) -> Implicit {
        if states <= SMALL { Implicit::Rodas5P } else { Implicit::Bdf }
    }

    /// The method's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Implicit::Rodas5P => Rodas5P.name(),
            Implicit::Bdf => Bdf::default().name(),
        }
    }

    /// Order of the companion of its error estimate.
    pub(super) fn embedded_order(self) -> Option<usize> {
        match self {
            Implicit::Rodas5P => Rodas5P.embedded_order(),
            Implicit::Bdf => Bdf::default().embedded_order(),
        }
    }

    /// The size as a reason.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Implicit::Rodas5P => "at most 64 states",
            Implicit::Bdf => "more than 64 states",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ExplicitRungeKutta, Tableau};

    /// What a step makes of `y' = z y` from 1 in units of the step.
    fn growth(tableau: &Tableau, z: f64) -> f64 {
        let mut stages: Vec<f64> = Vec::new();
        let state = |row: &[f64], stages: &[f64]| 1.0 + row.iter().zip(stages).map(|(a, k)| a * k).sum::<f64>();
        for row in &tableau.a[..tableau.stages() - 1] {
            stages.push(z * state(row, &stages));
        }
        state(tableau.b(), &stages)
    }

    #[test]
    fn stability_ends_where_it_is_said_to() {
        for (method, tableau) in [(Explicit::Tsit5, Tsit5::TABLEAU), (Explicit::Vern7, Vern7::TABLEAU)] {
            let reach = method.reach();
            let inside = (1..=100).map(|k| growth(&tableau, -reach * f64::from(k) / 100.0).abs()).fold(0.0, f64::max);
            assert!(inside <= 1.0 + 1e-3, "{method:?}: {inside}");
            let outside = growth(&tableau, -1.01 * reach).abs();
            assert!(outside > 1.0, "{method:?}: {outside}");
        }
    }
}
