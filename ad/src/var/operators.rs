//! The operators of a [`Var`], each by its rule.

use super::Var;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

impl Neg for Var {
    type Output = Var;
    #[inline(always)]
    fn neg(self) -> Var {
        self.chain(-self.value, -1.0)
    }
}

impl Add for Var {
    type Output = Var;
    #[inline(always)]
    fn add(self, other: Var) -> Var {
        self.merge(other, self.value + other.value, [1.0, 1.0])
    }
}

impl Sub for Var {
    type Output = Var;
    #[inline(always)]
    fn sub(self, other: Var) -> Var {
        self.merge(other, self.value - other.value, [1.0, -1.0])
    }
}

impl Mul for Var {
    type Output = Var;
    #[inline(always)]
    fn mul(self, other: Var) -> Var {
        self.merge(other, self.value * other.value, [other.value, self.value])
    }
}

impl Div for Var {
    type Output = Var;
    #[inline(always)]
    fn div(self, other: Var) -> Var {
        let slope = 1.0 / other.value;
        let value = self.value / other.value;
        self.merge(other, value, [slope, -value * slope])
    }
}

impl Rem for Var {
    type Output = Var;
    #[inline]
    fn rem(self, other: Var) -> Var {
        self.merge(other, self.value % other.value, [1.0, -(self.value / other.value).trunc()])
    }
}

impl Add<f64> for Var {
    type Output = Var;
    #[inline(always)]
    fn add(self, other: f64) -> Var {
        self.check();
        Var { value: self.value + other, ..self }
    }
}

impl Sub<f64> for Var {
    type Output = Var;
    #[inline(always)]
    fn sub(self, other: f64) -> Var {
        self.check();
        Var { value: self.value - other, ..self }
    }
}

impl Mul<f64> for Var {
    type Output = Var;
    #[inline(always)]
    fn mul(self, other: f64) -> Var {
        self.scaled(self.value * other, other)
    }
}

impl Div<f64> for Var {
    type Output = Var;
    #[inline(always)]
    fn div(self, other: f64) -> Var {
        self.scaled(self.value / other, 1.0 / other)
    }
}

impl Sub<Var> for f64 {
    type Output = Var;
    #[inline(always)]
    fn sub(self, other: Var) -> Var {
        other.scaled(self - other.value, -1.0)
    }
}

impl Div<Var> for f64 {
    type Output = Var;
    #[inline(always)]
    fn div(self, other: Var) -> Var {
        let value = self / other.value;
        other.scaled(value, -value / other.value)
    }
}
