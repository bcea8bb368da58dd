//! [`Real`]: the one bound under which a model is written once and run on every kind of number.

use crate::fused::{self, Activation};
use crate::special::{self, default_binary, default_unary, plain_binary, plain_unary};
use crate::{special_binary_rules, special_rules};
use nalgebra::RealField;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Sub, SubAssign};
use std::rc::Rc;

/// A real number that may carry derivatives: `f64`, [`Dual`](crate::Dual), [`Var`](crate::Var), their nestings,
/// or a user's own scalar.
///
/// It adds to [`nalgebra::RealField`] only what numerical code needs to read like mathematics: `Copy`, plain
/// `f64` on both sides of `+ - * /` and on the right of `+= -= *= /=`, comparison with `f64`, and [`value`](Real::value). Comparisons look at
/// values alone, so a program takes the same branches on every scalar.
///
/// ```
/// use costate_ad::{Real, derivative};
///
/// fn pendulum_energy<R: Real>(angle: R, speed: R) -> R {
///     0.5 * speed * speed + 9.81 * (1.0 - angle.cos())
/// }
///
/// let (energy, torque) = derivative(|angle| pendulum_energy(angle, 0.0.into()), 0.5);
/// assert_eq!(energy, pendulum_energy(0.5, 0.0));
/// assert!((torque - 9.81 * 0.5_f64.sin()).abs() < 1e-14);
/// ```
///
/// # Special functions
/// `erf`, `ln_gamma`, `softplus` and their like are methods of this trait. Their default is a first-order expansion about
/// the value, in the scalar's own arithmetic: exact for a scalar that propagates its own deviation linearly, such as a
/// measurement with an error bar. A scalar that carries more than that (a second derivative, an enclosure) must override
/// them, or it would miss their curvature. On a concrete `f64`, where the standard library plans methods of the same names, write
/// `Real::erf(x)`.
///
/// # Fused hooks
/// The associated functions below have plain defaults; [`Var`](crate::Var) overrides each by a single node on the
/// tape, so that a sum of a thousand terms costs one node rather than a thousand.
pub trait Real:
    RealField
    + Copy
    + From<f64>
    + PartialEq<f64>
    + PartialOrd<f64>
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
    + AddAssign<f64>
    + SubAssign<f64>
    + MulAssign<f64>
    + DivAssign<f64>
    + LiteralOnTheLeft<
        f64,
        Literal: Add<Self, Output = Self>
                     + Sub<Self, Output = Self>
                     + Mul<Self, Output = Self>
                     + Div<Self, Output = Self>
                     + Add<f64, Output = f64>
                     + Sub<f64, Output = f64>
                     + Mul<f64, Output = f64>
                     + Div<f64, Output = f64>,
    >
{
    /// Up to how many elements a loop over an array of these numbers is worth compiling for that length: a step of a
    /// differential equation solver, say. More for small numbers, none where an operation costs more than a loop does.
    const UNROLL: usize = 2;
    /// How many times the number can be differentiated: 0 for `f64`, 1 for [`Var`](crate::Var), one more for each
    /// [`Dual`](crate::Dual) around. Implicit functions take this many corrections. A scalar of one's own that propagates
    /// first derivatives or errors keeps the default.
    const ORDER: u32 = 1;
    /// How many derivatives the number carries beside its value; `None` where they are not known yet, as on a tape.
    const TANGENTS: Option<usize> = Some(0);

    /// The plain number, without derivatives. Everything that decides (a step size, a pivot, an iteration count)
    /// looks at this.
    fn value(self) -> f64;

    /// The derivative `index` of the [`TANGENTS`](Self::TANGENTS) that the number carries, as a plain number.
    ///
    /// For the one thing that may look at derivatives, and only where it is asked to: an error estimate.
    fn tangent(self, _index: usize) -> f64 {
        0.0
    }

    /// `base + sum of coefficients[i] * term(i)`, with plain coefficients: the stages of a Runge-Kutta step.
    ///
    /// Their number is known at compile time, so that the loop unrolls; terms are asked for one by one, because gathering
    /// large numbers into an array costs as much as adding them.
    #[inline(always)]
    fn linear_combination<const K: usize>(base: Self, coefficients: [f64; K], term: impl Fn(usize) -> Self) -> Self {
        let mut total = base;
        for i in 0..K {
            total += term(i) * coefficients[i];
        }
        total
    }

    /// The sum of all elements; zero for an empty slice.
    #[inline]
    fn sum(terms: &[Self]) -> Self {
        terms.iter().fold(Self::zero(), |total, &term| total + term)
    }

    /// The inner product of two slices.
    ///
    /// # Panics
    /// If the lengths differ.
    #[inline]
    fn dot(left: &[Self], right: &[Self]) -> Self {
        assert_eq!(left.len(), right.len(), "dot: the slices have {} and {} elements", left.len(), right.len());
        left.iter().zip(right).fold(Self::zero(), |total, (&a, &b)| total + a * b)
    }

    /// The sine and the cosine, by one call where there is one for both.
    #[doc(hidden)]
    #[inline(always)]
    fn sine_and_cosine(self) -> (Self, Self) {
        self.sin_cos()
    }

    special_rules!(default_unary);
    special_binary_rules!(default_binary);

    /// The polygamma function: derivative number `order` of [`digamma`](Real::digamma), which is its order 0.
    ///
    /// It is computed for orders up to 170; measured error 9 machine epsilons up to order 8.
    #[inline]
    fn polygamma(self, order: u32) -> Self {
        let x = self.value();
        special::first_order(self, special::polygamma(x, order), special::polygamma(x, order.saturating_add(1)))
    }

    /// `y += a * x`, element by element.
    ///
    /// # Panics
    /// If the lengths differ.
    #[inline]
    fn axpy(a: Self, x: &[Self], y: &mut [Self]) {
        fused::check_shape("axpy", &[("y", y.len(), x.len())]);
        y.iter_mut().zip(x).for_each(|(y, &x)| *y += a * x);
    }

    /// The product of a matrix of `rows x columns` elements, stored column after column, and a vector of `columns`
    /// elements.
    ///
    /// # Panics
    /// If the sizes are not those of the shape.
    #[inline]
    fn matvec(matrix: &[Self], x: &[Self], [rows, columns]: [usize; 2]) -> Vec<Self> {
        Self::matmul(matrix, x, [rows, columns, 1])
    }

    /// The product of a `rows x inner` and an `inner x columns` matrix, all stored column after column; the shape is
    /// `[rows, inner, columns]`.
    ///
    /// ```
    /// use costate_ad::{Real, gradient};
    /// use nalgebra::dvector;
    ///
    /// // (1 3; 2 4) times a vector
    /// assert_eq!(f64::matmul(&[1.0, 2.0, 3.0, 4.0], &[1.0, -1.0], [2, 2, 1]), [-2.0, -2.0]);
    /// let (_, slope) = gradient(|x| Real::sum(&Real::matmul(&x.as_slice()[..4], &x.as_slice()[4..], [2, 2, 1])),
    ///     &dvector![1.0, 2.0, 3.0, 4.0, 1.0, -1.0]);
    /// assert_eq!(slope, dvector![1.0, 1.0, -1.0, -1.0, 3.0, 7.0]);
    /// ```
    ///
    /// # Panics
    /// If the sizes are not those of the shape.
    fn matmul(left: &[Self], right: &[Self], shape: [usize; 3]) -> Vec<Self> {
        fused::matmul(left, right, shape)
    }

    /// A dense layer of a network on a batch: `activation(weights * inputs + bias)`, where the columns of `inputs` are the
    /// samples and `bias` is added to each. The shape is `[outputs, inputs, samples]`; matrices are stored column after
    /// column.
    ///
    /// # Panics
    /// If the sizes are not those of the shape.
    fn layer(activation: Activation, weights: &[Self], bias: &[Self], inputs: &[Self], shape: [usize; 3]) -> Vec<Self> {
        fused::layer(activation, [weights, bias, inputs], shape)
    }

    /// A network of dense layers, each on the outputs of the one before, on a batch. There is one more size than activations: the
    /// inputs of the first layer, then the outputs of each. The parameters are the weights and the bias of layer after layer, as
    /// [`layer`](Self::layer) takes them, and the columns of `inputs` are the samples. On a tape it is one entry, and what is hidden
    /// between the layers never becomes a variable.
    ///
    /// # Panics
    /// If the sizes do not fit together.
    fn network(sizes: &[usize], activations: &[Activation], parameters: &[Self], inputs: &[Self]) -> Vec<Self> {
        fused::network(sizes, activations, parameters, inputs)
    }

    /// The activation of every element.
    #[inline]
    fn map(activation: Activation, x: &[Self]) -> Vec<Self> {
        x.iter().map(|&x| activation.apply(x)).collect()
    }

    /// `ln(sum of exp(terms))`, without overflow; minus infinity for an empty slice.
    ///
    /// Where the result is infinite, the terms that are as large share the derivative equally.
    fn logsumexp(terms: &[Self]) -> Self {
        fused::logsumexp(terms)
    }

    /// Runs `f` so that a reverse sweep runs it again rather than remember it: what [`checkpoint`](crate::checkpoint) does on
    /// this scalar. Numbers without a tape simply run it.
    fn checkpoint(f: impl Fn(&[Self]) -> Vec<Self> + 'static, inputs: &[Self]) -> Vec<Self> {
        f(inputs)
    }

    /// `map * x` for a linear map with plain coefficients, such as the inverse of a factorised matrix.
    ///
    /// Every derivative of a linear map is the map itself, so implicit functions (a linear solve, Newton's root, an
    /// implicit step) need no other rule: a correction in the scalar's arithmetic, then this map. The default finds the
    /// map's columns one by one, which is right for any scalar and quick for none.
    ///
    /// # Panics
    /// If `x` has not `map.columns()` elements.
    fn linear_map(map: &Rc<dyn LinearMap>, x: &[Self]) -> Vec<Self> {
        assert_eq!(x.len(), map.columns(), "linear_map: the map takes {} elements, not {}", map.columns(), x.len());
        let (mut unit, mut column) = (vec![0.0; map.columns()], vec![0.0; map.rows()]);
        let mut y = vec![Self::zero(); map.rows()];
        for j in 0..map.columns() {
            unit[j] = 1.0;
            map.apply(&unit, &mut column);
            unit[j] = 0.0;
            for (y, &c) in y.iter_mut().zip(&column) {
                *y += x[j] * c;
            }
        }
        y
    }
}

/// A linear map on plain numbers, with its transpose.
pub trait LinearMap {
    /// How many elements the result has.
    fn rows(&self) -> usize;

    /// How many elements the argument has.
    fn columns(&self) -> usize;

    /// Writes `self * x` into `y`: `x` has `columns()` elements, `y` has `rows()`.
    fn apply(&self, x: &[f64], y: &mut [f64]);

    /// Writes the transpose of the map times `y` into `x`.
    fn apply_transposed(&self, y: &[f64], x: &mut [f64]);
}

impl Real for f64 {
    const UNROLL: usize = 8;
    const ORDER: u32 = 0;

    #[inline(always)]
    fn value(self) -> f64 {
        self
    }

    /// Out of line: where the compiler sees both functions side by side, it calls the one that computes both; in line, it
    /// moves them apart, to where each result is used.
    #[inline(never)]
    fn sine_and_cosine(self) -> (f64, f64) {
        self.sin_cos()
    }

    fn linear_map(map: &Rc<dyn LinearMap>, x: &[f64]) -> Vec<f64> {
        let mut y = vec![0.0; map.rows()];
        map.apply(x, &mut y);
        y
    }

    special_rules!(plain_unary);
    special_binary_rules!(plain_binary);

    #[inline]
    fn polygamma(self, order: u32) -> f64 {
        special::polygamma(self, order)
    }

    fn matmul(left: &[f64], right: &[f64], shape: [usize; 3]) -> Vec<f64> {
        fused::plain_matmul(left, right, shape)
    }

    fn layer(f: Activation, weights: &[f64], bias: &[f64], inputs: &[f64], shape: [usize; 3]) -> Vec<f64> {
        let mut outputs = vec![0.0; shape[0] * shape[2]];
        fused::plain_layer([weights, bias, inputs], shape, &mut outputs);
        f.apply_to(&mut outputs);
        outputs
    }

    fn network(sizes: &[usize], f: &[Activation], parameters: &[f64], inputs: &[f64]) -> Vec<f64> {
        fused::plain_network(sizes, f, parameters, inputs)
    }

    fn map(f: Activation, x: &[f64]) -> Vec<f64> {
        f.values(x)
    }
}

/// Lets `2.0 * x` compile under `R: Real` alone.
///
/// A bound on `f64` (`f64: Mul<R, Output = R>`) would have to be repeated in every signature: supertraits may only
/// speak of `Self`. Naming `f64` as an associated type of `Self` turns it into such a bound, which callers inherit.
pub trait LiteralOnTheLeft<L>: Named<L, Literal = L> {}
impl<T, L> LiteralOnTheLeft<L> for T {}

/// The other half of [`LiteralOnTheLeft`]: `Literal` is `L` under another name.
pub trait Named<L> {
    /// Always `L`.
    type Literal;
}
impl<T, L> Named<L> for T {
    type Literal = L;
}
