//! Code of others, unchanged, through dual numbers and the tape: nalgebra, nalgebra-sparse, ndarray, num-complex.

use costate_ad::{Dual, Real, Var, gradient};
use nalgebra::{
    DMatrix, DVector, Isometry3, Matrix3, Rotation3, SymmetricEigen, Translation3, Unit, UnitQuaternion, Vector3,
};
use nalgebra_sparse::factorization::CscCholesky;
use nalgebra_sparse::{CooMatrix, CscMatrix};
use num_complex::Complex;

/// One program at each scalar: both modes against each other, against plain numbers and against central differences.
fn check(
    name: &str,
    plain: fn(&[f64]) -> f64,
    dual: fn(&[Dual<f64, 3>]) -> Dual<f64, 3>,
    var: fn(&[Var]) -> Var,
    x: &[f64; 3],
) {
    let x = DVector::from_column_slice(x);
    let (value, reverse) = gradient(|x| var(x.as_slice()), &x);
    let forward = dual(&[0, 1, 2].map(|i| Dual::variable(x[i], i)));
    assert_eq!(forward.value, value, "{name}: both modes take the same steps");
    let forward = DVector::from_column_slice(&forward.derivatives);
    let expected = plain(x.as_slice());
    assert!((value - expected).abs() <= 1e-14 * (1.0 + expected.abs()), "{name}: {value} against {expected}");
    let scale = 1.0 + forward.amax();
    assert!((&reverse - &forward).amax() <= 1e-11 * scale, "{name}: reverse {reverse} forward {forward}");
    let difference = DVector::from_fn(x.len(), |i, _| {
        let at = |h: f64| {
            let mut x = x.clone();
            x[i] += h;
            plain(x.as_slice())
        };
        let d = |h: f64| (at(h) - at(-h)) / (2.0 * h);
        (4.0 * d(1e-3) - d(2e-3)) / 3.0
    });
    assert!((&forward - &difference).amax() <= 1e-7 * scale, "{name}: {forward} against {difference}");
    assert!(forward.amax() > 1e-3, "{name}: the test must see a derivative");
}

macro_rules! programs {
    ($($name:ident, |$x:ident: $R:ident| $body:expr, $at:expr;)*) => {
        $(#[test]
        fn $name() {
            fn run<$R: Real>($x: &[$R]) -> $R {
                $body
            }
            check(stringify!($name), run, run, run, &$at);
        })*
    };
}

/// A well-conditioned 4 x 4 matrix that depends on all inputs.
fn matrix<R: Real>(x: &[R]) -> DMatrix<R> {
    DMatrix::from_fn(4, 4, |i, j| {
        let base = if i == j { R::from(3.0 + i as f64) } else { R::from(0.3 * (i as f64 - 1.7 * j as f64)) };
        base + (x[(i + 2 * j) % x.len()] * (1.0 + i as f64)).sin() * 0.5
    })
}

/// Weighs every element differently, so that no derivative cancels.
fn weighed<R: Real>(elements: impl IntoIterator<Item = R>) -> R {
    elements.into_iter().enumerate().fold(R::zero(), |sum, (i, x)| sum + x * (1.0 + 0.3 * i as f64).cos())
}

const X: [f64; 3] = [0.4, -0.7, 1.1];

programs! {
    lu, |x: R| {
        let b = DVector::from_column_slice(&[x[0], R::one(), x[1] * x[2], -x[2]]);
        let lu = matrix(x).lu();
        weighed(lu.solve(&b).expect("regular").iter().copied()) + lu.determinant()
    }, X;
    inverse, |x: R| weighed(matrix(x).try_inverse().expect("regular").iter().copied()), X;
    qr, |x: R| {
        let qr = matrix(x).qr();
        weighed(qr.q().iter().copied()) + weighed(qr.r().iter().copied())
    }, X;
    cholesky, |x: R| {
        let a = matrix(x);
        let cholesky = (a.transpose() * &a).cholesky().expect("positive definite");
        weighed(cholesky.l().iter().copied()) + cholesky.ln_determinant()
    }, X;
    singular_values, |x: R| {
        let svd = matrix(x).svd(true, true);
        weighed(svd.singular_values.iter().copied()) + svd.pseudo_inverse(R::from(1e-9)).expect("an inverse")[(1, 2)]
    }, X;
    symmetric_eigenvalues, |x: R| {
        let a = matrix(x);
        let eigen = SymmetricEigen::new(&a + a.transpose());
        let squares = eigen.eigenvectors.map(|v| v * v);
        let largest = (0..4).max_by(|&i, &j| eigen.eigenvalues[i].value().total_cmp(&eigen.eigenvalues[j].value()));
        eigen.eigenvalues.norm_squared() + weighed(squares.column(largest.expect("four")).iter().copied())
    }, X;
    rotations, |x: R| {
        let axis = Unit::new_normalize(Vector3::new(x[0], x[1], R::one()));
        let rotation = Rotation3::from_axis_angle(&axis, x[2]) * Rotation3::from_euler_angles(x[1], x[0], x[2]);
        weighed((rotation * Vector3::new(x[2], x[0], x[1])).iter().copied()) + rotation.angle()
    }, X;
    quaternions, |x: R| {
        let first = UnitQuaternion::from_scaled_axis(Vector3::new(x[0], x[1], x[2]));
        let second = UnitQuaternion::from_euler_angles(x[2], x[0], x[1]);
        weighed(first.slerp(&second, x[0]).coords.iter().copied()) + first.angle_to(&second)
    }, X;
    isometries, |x: R| {
        let rotation = UnitQuaternion::from_scaled_axis(Vector3::new(x[1], x[2], x[0]));
        let motion = Isometry3::from_parts(Translation3::new(x[0], x[1], x[2]), rotation);
        weighed(motion.inverse().to_homogeneous().iter().copied()) * 0.5 + weighed((motion * motion).translation.vector.iter().copied())
    }, X;
    fixed_size_inverse, |x: R| {
        let a = Matrix3::new(x[0], R::one(), x[1], x[2], x[0] * x[1], R::from(2.0), R::one(), x[2], x[1]);
        weighed(a.try_inverse().expect("regular").iter().copied())
    }, X;
    sparse_cholesky_of_nalgebra_sparse, |x: R| {
        let mut entries = CooMatrix::new(5, 5);
        for i in 0..5 {
            entries.push(i, i, x[i % 3] * x[i % 3] + 4.0);
            if i < 4 {
                entries.push(i, i + 1, x[(i + 1) % 3]);
                entries.push(i + 1, i, x[(i + 1) % 3]);
            }
        }
        let a = CscMatrix::from(&entries);
        let solution = CscCholesky::factor(&a).expect("positive definite").solve(&DMatrix::from_element(5, 1, x[0] + 2.0));
        weighed(solution.iter().copied()) + weighed((&a * &solution).iter().copied())
    }, X;
    arrays_of_ndarray, |x: R| {
        let a = ndarray::Array2::from_shape_fn((3, 3), |(i, j)| x[i] * x[j] + x[(i + j) % 3].exp());
        let b = a.dot(&ndarray::Array1::from_vec(x.to_vec()));
        weighed(a.dot(&a.t()).sum_axis(ndarray::Axis(0))) * 0.1 + b.mapv(|b| b.sin()).sum() + (&a * &a).sum()
    }, X;
}

/// `num_traits::Float` is all that this function asks for, and all that num-complex does.
fn of_complex_numbers<T: num_traits::Float>(x: &[T]) -> T {
    let z = Complex::new(x[0], x[1]);
    let w = z.exp().sin() + z.ln() * z.sqrt().tanh() + z.powf(x[2]);
    w.re + w.im * (T::one() + T::one()) + w.norm() + w.arg()
}

#[test]
fn elementary_functions_of_num_complex() {
    check("num-complex", of_complex_numbers, of_complex_numbers, of_complex_numbers, &X);
}
