//! Stochastic Runge-Kutta methods whose drift and diffusion share their stages: one engine for every tableau.

mod stepper;
mod tableau;

pub use stepper::StochasticRungeKuttaStepper;
pub use tableau::StochasticTableau;

/// A method that is nothing but a [`StochasticTableau`].
pub trait StochasticRungeKutta: 'static {
    /// The coefficients: a constant, so that the compiler sees each of them.
    const TABLEAU: StochasticTableau;
}

/// Declares that a unit struct is the method with this tableau.
macro_rules! stochastic_runge_kutta {
    ($method:ident, $tableau:expr) => {
        impl $crate::StochasticRungeKutta for $method {
            const TABLEAU: $crate::StochasticTableau = $tableau;
        }

        impl $crate::StochasticMethod for $method {
            const FORMULA: Option<&'static $crate::StochasticTableau> =
                Some(&<$method as $crate::StochasticRungeKutta>::TABLEAU);
            type Stepper<R: $crate::Real> = $crate::StochasticRungeKuttaStepper<$method, R>;

            fn name(&self) -> &'static str {
                <$method as $crate::StochasticRungeKutta>::TABLEAU.name
            }

            fn calculus(&self) -> $crate::Calculus {
                <$method as $crate::StochasticRungeKutta>::TABLEAU.calculus
            }

            fn strong_order(&self, noise: $crate::NoiseKind) -> Option<f64> {
                <$method as $crate::StochasticRungeKutta>::TABLEAU.order(noise)
            }

            fn error_order(&self) -> Option<f64> {
                <$method as $crate::StochasticRungeKutta>::TABLEAU.error_order
            }

            fn needs_area(&self) -> bool {
                const { <$method as $crate::StochasticRungeKutta>::TABLEAU.needs_area() }
            }

            fn stepper<R: $crate::Real>(&self, shape: $crate::NoiseShape) -> Self::Stepper<R> {
                $crate::StochasticRungeKuttaStepper::new(shape)
            }
        }
    };
}
pub(crate) use stochastic_runge_kutta;

/// `beta1 + beta2 / 2`: what multiplies the increment where `beta2` multiplies the mean `W/2 + H` of the motion in the step.
pub(crate) const fn with_half<const S: usize>(beta1: [f64; S], beta2: [f64; S]) -> [f64; S] {
    let (mut sum, mut i) = (beta1, 0);
    while i < S {
        sum[i] += 0.5 * beta2[i];
        i += 1;
    }
    sum
}

/// The weights less those of Euler's method, which is the companion of order 1.
pub(crate) const fn less_euler<const S: usize>(alpha: [f64; S]) -> [f64; S] {
    let mut error = alpha;
    error[0] -= 1.0;
    error
}
