//! Numbers on which a random program runs: the toolkit's, and complex steps that share no rule with it.

use costate::ad::{Real, checkpoint, stop_gradient};
use costate::nalgebra::Complex;
use std::ops::{Add, Div, Mul, Sub};

/// What a program needs of a number. Complex steps come by this trait and share no rule with the toolkit.
pub trait Number:
    Copy + 'static + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self>
{
    fn of(value: f64) -> Self;
    fn plain(self) -> f64;
    fn sine(self) -> Self;
    fn exponential(self) -> Self;
    /// A piece of a program that may be run again in place of being remembered.
    fn piece(piece: impl Fn(&[Self]) -> Vec<Self> + 'static, inputs: &[Self]) -> Vec<Self>;
    /// The number without its derivative: the fault that the test must find.
    fn forget(self) -> Self;
}

impl<R: Real> Number for R {
    fn of(value: f64) -> R {
        R::from(value)
    }
    fn plain(self) -> f64 {
        self.value()
    }
    fn sine(self) -> R {
        self.sin()
    }
    fn exponential(self) -> R {
        self.exp()
    }
    fn piece(piece: impl Fn(&[R]) -> Vec<R> + 'static, inputs: &[R]) -> Vec<R> {
        checkpoint(piece, inputs)
    }
    fn forget(self) -> R {
        stop_gradient(self)
    }
}

/// `f(x + i h) = f(x) + i h f'(x)` to rounding, for a tiny h.
#[derive(Clone, Copy)]
pub struct Step(pub Complex<f64>);

macro_rules! complex_operators {
    ($($Trait:ident $name:ident $op:tt),*) => {$(impl $Trait for Step {
        type Output = Step;
        fn $name(self, other: Step) -> Step {
            Step(self.0 $op other.0)
        }
    })*};
}
complex_operators!(Add add +, Sub sub -, Mul mul *);

/// Without the square of the tiny part, so that the plain part is rounded as plain division is.
impl Div for Step {
    type Output = Step;
    fn div(self, other: Step) -> Step {
        let quotient = self.0.re / other.0.re;
        Step(Complex::new(quotient, (self.0.im - quotient * other.0.im) / other.0.re))
    }
}

impl Number for Step {
    fn of(value: f64) -> Step {
        Step(Complex::new(value, 0.0))
    }
    fn plain(self) -> f64 {
        self.0.re
    }
    fn sine(self) -> Step {
        Step(Complex::new(self.0.re.sin(), self.0.re.cos() * self.0.im))
    }
    fn exponential(self) -> Step {
        Step(Complex::new(self.0.re.exp(), self.0.re.exp() * self.0.im))
    }
    fn piece(piece: impl Fn(&[Step]) -> Vec<Step> + 'static, inputs: &[Step]) -> Vec<Step> {
        piece(inputs)
    }
    fn forget(self) -> Step {
        self
    }
}
