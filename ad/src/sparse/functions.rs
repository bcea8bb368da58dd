//! Functions of a [`Tracer`] that are made of the rules of the table.

use super::tracer::{Curvature, Tracer};
use num_traits::One;

/// Functions made of the rules of the table.
impl Tracer {
    /// The number raised to a whole power; exponent 0 gives the constant 1.
    pub fn powi(self, n: i32) -> Tracer {
        match n {
            0 => Tracer::one(),
            1 => self,
            _ => self.curved(self.inner().powi(n)),
        }
    }

    /// The logarithm to the given base.
    pub fn log(self, base: Tracer) -> Tracer {
        self.join(base, self.inner().log(base.inner()), Curvature::Full)
    }

    /// The sine and the cosine.
    pub fn sin_cos(self) -> (Tracer, Tracer) {
        (self.sin(), self.cos())
    }

    /// The hyperbolic sine and cosine.
    pub fn sinh_cosh(self) -> (Tracer, Tracer) {
        (self.sinh(), self.cosh())
    }

    /// `sin(x) / x`, which is 1 at 0.
    pub fn sinc(self) -> Tracer {
        self.curved(nalgebra::ComplexField::sinc(self.inner()))
    }

    /// `sinh(x) / x`, which is 1 at 0.
    pub fn sinhc(self) -> Tracer {
        self.curved(nalgebra::ComplexField::sinhc(self.inner()))
    }

    /// `self * a + b` with the value rounded once.
    pub fn mul_add(self, a: Tracer, b: Tracer) -> Tracer {
        (self * a).join(b, self.inner().mul_add(a.inner(), b.inner()), Curvature::None)
    }

    /// The larger number; it depends on both.
    pub fn max(self, other: Tracer) -> Tracer {
        self.join(other, self.inner().max(other.inner()), Curvature::None)
    }

    /// The smaller number; it depends on both.
    pub fn min(self, other: Tracer) -> Tracer {
        self.join(other, self.inner().min(other.inner()), Curvature::None)
    }

    /// The number, or the bound that it lies beyond; it depends on all three.
    pub fn clamp(self, min: Tracer, max: Tracer) -> Tracer {
        let value = if self.inner() < min.inner() {
            min.inner()
        } else if self.inner() > max.inner() {
            max.inner()
        } else {
            self.inner()
        };
        self.join(min, value, Curvature::None).join(max, value, Curvature::None)
    }

    /// The largest whole number not above; a constant.
    pub fn floor(self) -> Tracer {
        self.step(self.inner().floor())
    }

    /// The smallest whole number not below; a constant.
    pub fn ceil(self) -> Tracer {
        self.step(self.inner().ceil())
    }

    /// The nearest whole number; a constant.
    pub fn round(self) -> Tracer {
        self.step(self.inner().round())
    }

    /// The whole part, towards zero; a constant.
    pub fn trunc(self) -> Tracer {
        self.step(self.inner().trunc())
    }

    /// 1 with the sign of the number; a constant.
    pub fn signum(self) -> Tracer {
        self.step(self.inner().signum())
    }
}
