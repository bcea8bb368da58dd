//! [`wirtinger`], [`complex_gradient`] and [`holomorphic_derivative`]: derivatives in complex numbers.
//!
//! A complex number is `num_complex::Complex<R>` of any [`Real`] `R`; its elementary functions are num-complex's own, which
//! run on every scalar here. There is no convention to choose but what "derivative" means, and the three functions are the
//! three meanings.

use crate::level::Level;
use crate::recorded::{Recorded, own};
use crate::{Dual, Real, Var};
use nalgebra::DVector;
use num_complex::Complex;
use std::convert::Infallible;
use std::fmt;

/// The value of a real function of complex numbers and its gradient `df/d(re z) + i df/d(im z)`, by reverse mode.
///
/// It is the direction of steepest ascent, as for real numbers: `z - step * gradient` descends.
///
/// ```
/// use costate_ad::complex_gradient;
/// use nalgebra::dvector;
/// use num_complex::Complex;
///
/// let (value, slope) = complex_gradient(|z| z[0].norm_sqr(), &dvector![Complex::new(1.0, 2.0)]);
/// assert_eq!((value, slope), (5.0, dvector![Complex::new(2.0, 4.0)]));
/// ```
///
/// # Panics
/// As [`gradient`](crate::gradient).
pub fn complex_gradient(
    f: impl FnOnce(&DVector<Complex<Var>>) -> Var,
    z: &DVector<Complex<f64>>,
) -> (f64, DVector<Complex<f64>>) {
    let n = z.len();
    let inputs = z.iter().map(|z| z.re).chain(z.iter().map(|z| z.im));
    let Ok(run) = Recorded::run(inputs, |x| {
        let z = DVector::from_fn(n, |i, _| Complex::new(x[i], x[n + i]));
        Ok::<_, Infallible>(own(f(&z)))
    });
    let slope = run.sweep(&[(run.output, 1.0)]);
    (run.output.value(), DVector::from_fn(n, |i, _| Complex::new(slope[i], slope[n + i])))
}

/// The value of a complex function of one complex variable and its Wirtinger derivatives `(df/dz, df/d(conj z))`.
///
/// Every function that is differentiable in the two real coordinates has both; the second vanishes where the function is
/// holomorphic. For a real function the second is half of the gradient. Generic in the scalar, so it nests.
///
/// ```
/// use costate_ad::wirtinger;
/// use num_complex::Complex;
///
/// let z = Complex::new(1.0, 2.0);
/// assert_eq!(wirtinger(|z| z * z.conj(), z), (Complex::new(5.0, 0.0), z.conj(), z));
/// ```
///
/// # Panics
/// As [`derivative`](crate::derivative).
pub fn wirtinger<R: Real>(
    mut f: impl FnMut(Complex<Dual<R, 2>>) -> Complex<Dual<R, 2>>,
    z: Complex<R>,
) -> (Complex<R>, Complex<R>, Complex<R>) {
    let level = Level::enter();
    let Complex { re: u, im: v } = f(Complex::new(Dual::variable(z.re, 0), Dual::variable(z.im, 1)));
    level.refuse_outer(|input, look| {
        let Complex { re, im } = f(Complex::new(input(z.re), input(z.im)));
        look(re);
        look(im);
    });
    let ([ux, uy], [vx, vy]) = (u.derivatives, v.derivatives);
    let in_z = Complex::new((ux + vy) * 0.5, (vx - uy) * 0.5);
    let in_conjugate = Complex::new((ux - vy) * 0.5, (vx + uy) * 0.5);
    (Complex::new(u.value, v.value), in_z, in_conjugate)
}

/// The value and the derivative of a holomorphic function at `z`: the conjugate of the gradient of its real part.
///
/// ```
/// use costate_ad::holomorphic_derivative;
/// use num_complex::Complex;
///
/// let (_, slope) = holomorphic_derivative(|z| z.ln(), Complex::new(1.0, 2.0))?;
/// assert!((slope - Complex::new(0.2, -0.4)).norm() < 1e-15);
/// assert!(holomorphic_derivative(|z| z.conj(), Complex::new(1.0, 2.0)).is_err());
/// # Ok::<(), costate_ad::NotHolomorphic>(())
/// ```
///
/// # Errors
/// [`NotHolomorphic`] if the function violates the Cauchy-Riemann equations at `z` by more than rounding explains
/// (a relative 1e-6).
///
/// # Panics
/// As [`derivative`](crate::derivative).
pub fn holomorphic_derivative<R: Real>(
    f: impl FnMut(Complex<Dual<R, 2>>) -> Complex<Dual<R, 2>>,
    z: Complex<R>,
) -> Result<(Complex<R>, Complex<R>), NotHolomorphic> {
    let (value, slope, in_conjugate) = wirtinger(f, z);
    let plain = |c: Complex<R>| Complex::new(c.re.value(), c.im.value());
    if plain(in_conjugate).norm() > 1e-6 * plain(slope).norm() {
        return Err(NotHolomorphic { at: plain(z), in_z: plain(slope), in_conjugate: plain(in_conjugate) });
    }
    Ok((value, slope))
}

/// A function was asked for its complex derivative where it has none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NotHolomorphic {
    /// The point.
    pub at: Complex<f64>,
    /// The Wirtinger derivative in `z`.
    pub in_z: Complex<f64>,
    /// The Wirtinger derivative in the conjugate of `z`, which is not 0.
    pub in_conjugate: Complex<f64>,
}

impl fmt::Display for NotHolomorphic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NotHolomorphic { at, in_z, in_conjugate } = self;
        write!(
            f,
            "the function has no complex derivative at z = {at}: it changes by {in_z} with z and by {in_conjugate} with the \
             conjugate of z; use `wirtinger` for both, or `complex_gradient` if its value is real"
        )
    }
}

impl std::error::Error for NotHolomorphic {}
