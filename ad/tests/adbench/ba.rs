//! ADBench's bundle adjustment: reprojection errors of points seen by cameras (Srajer, Kukelova, Fitzgibbon 2018, "A
//! benchmark of selected algorithmic differentiation tools", section 3.2).

use costate_ad::{Dual, Real};

/// Inputs of one observation: camera (rotation 3, centre 3, focal length, principal point 2, distortion 2), point 3, weight.
pub const INPUTS: usize = 15;

/// The weighted difference between where the camera sees the point and where it was seen.
#[inline]
pub fn reprojection<R: Real>(x: &[R; INPUTS], feature: [f64; 2]) -> [R; 2] {
    let [r0, r1, r2, c0, c1, c2, focal, u0, v0, k1, k2, p0, p1, p2, weight] = *x;
    let [x, y, z] = rotate([r0, r1, r2], [p0 - c0, p1 - c1, p2 - c2]);
    let depth = z.recip();
    let (u, v) = (x * depth, y * depth);
    let square = u * u + v * v;
    let scale = ((k2 * square + k1) * square + 1.0) * focal;
    [(u * scale + u0 - feature[0]) * weight, (v * scale + v0 - feature[1]) * weight]
}

/// What keeps the weight near 1.
#[allow(dead_code, reason = "the benchmark is about the other")]
pub fn weight_error<R: Real>(weight: R) -> R {
    1.0 - weight * weight
}

/// The point turned about the axis `r` by the angle `|r|` (Rodrigues' formula).
#[inline]
fn rotate<R: Real>(r: [R; 3], x: [R; 3]) -> [R; 3] {
    let square = r[0] * r[0] + r[1] * r[1] + r[2] * r[2];
    let cross =
        |a: [R; 3], b: [R; 3]| [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
    let turned = cross(r, x);
    if square == 0.0 {
        return [x[0] + turned[0], x[1] + turned[1], x[2] + turned[2]];
    }
    let angle = square.sqrt();
    let (sin, cos) = angle.sin_cos();
    let first = sin / angle;
    let along = (r[0] * x[0] + r[1] * x[1] + r[2] * x[2]) * ((1.0 - cos) / square);
    std::array::from_fn(|i| x[i] * cos + turned[i] * first + r[i] * along)
}

/// The two errors and their derivatives in the 15 inputs.
#[inline]
pub fn jacobian(x: &[f64; INPUTS], feature: [f64; 2]) -> [Dual<f64, INPUTS>; 2] {
    reprojection(&std::array::from_fn(|i| Dual::variable(x[i], i)), feature)
}
