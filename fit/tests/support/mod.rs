//! The lynx-hare problem with a solver and sensitivities written by hand, independent of the toolkit's own.

// Each test program uses its own part of this.
#![allow(dead_code)]

use costate_fit::{Data, FitError, Parameters, log_normal};
use nalgebra::{DVector, dvector};

/// Where the data are, from the folder of this crate.
pub const HUDSON_BAY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/hudson_bay/hudson-bay-lynx-hare.csv");

/// Maximum-likelihood estimates and standard errors, computed once by SciPy (DOP853 with sensitivities at 1e-11,
/// BFGS, Newton's method to a gradient of 2e-12; Hessian by central differences of the gradient).
pub const OPTIMUM: [(&str, f64, f64); 8] = [
    ("alpha", 0.54001394729, 0.0548564247),
    ("beta", 0.027156114962, 0.0035715297),
    ("gamma", 0.79659877076, 0.0779405766),
    ("delta", 0.023702037597, 0.003048257),
    ("hare0", 34.599155211, 2.5961106382),
    ("lynx0", 5.8437365881, 0.4492928386),
    ("sigma_hare", 0.21837964540, 0.0338133772),
    ("sigma_lynx", 0.22008428352, 0.0340773186),
];
pub const SMALLEST: f64 = 122.92595058547838;

pub fn data() -> Data {
    Data::from_csv(HUDSON_BAY, "Year", &["Hare", "Lynx"]).unwrap().since(1900.0)
}

pub fn poor_start() -> Parameters {
    Parameters::new()
        .log("alpha", 1.0)
        .log("beta", 0.05)
        .log("gamma", 1.0)
        .log("delta", 0.05)
        .log("hare0", 30.0)
        .log("lynx0", 4.0)
        .log("sigma_hare", 1.0)
        .log("sigma_lynx", 1.0)
}

/// Two states and their derivatives by six parameters each.
type Augmented = [f64; 14];

fn rhs(y: &Augmented, p: &[f64]) -> Augmented {
    let (hare, lynx) = (y[0], y[1]);
    let jacobian = [[p[0] - p[1] * lynx, -p[1] * hare], [p[3] * lynx, -p[2] + p[3] * hare]];
    let mut dy = [0.0; 14];
    dy[0] = jacobian[0][0] * hare;
    dy[1] = jacobian[1][1] * lynx;
    for k in 0..6 {
        for i in 0..2 {
            dy[2 + 6 * i + k] = jacobian[i][0] * y[2 + k] + jacobian[i][1] * y[8 + k];
        }
    }
    dy[2] += hare;
    dy[3] -= hare * lynx;
    dy[10] -= lynx;
    dy[11] += hare * lynx;
    dy
}

fn rk4(y: &Augmented, p: &[f64], h: f64) -> Augmented {
    let shifted = |slope: &Augmented, h: f64| std::array::from_fn(|i| y[i] + h * slope[i]);
    let k1 = rhs(y, p);
    let k2 = rhs(&shifted(&k1, 0.5 * h), p);
    let k3 = rhs(&shifted(&k2, 0.5 * h), p);
    let k4 = rhs(&shifted(&k3, h), p);
    std::array::from_fn(|i| y[i] + h / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]))
}

/// States with sensitivities at whole years, in 50 steps a year.
pub fn trajectory(p: &[f64], years: usize) -> Vec<[f64; 14]> {
    let mut y = [0.0; 14];
    (y[0], y[1], y[6], y[13]) = (p[4], p[5], 1.0, 1.0);
    let mut all = vec![y];
    for _ in 1..years {
        (0..50).for_each(|_| y = rk4(&y, p, 0.02));
        all.push(y);
    }
    all
}

/// The negative log-likelihood of the first rows of the data, and its gradient by the natural parameters.
pub fn objective(data: &Data, p: &DVector<f64>) -> Result<(f64, DVector<f64>), FitError> {
    let trajectory = trajectory(p.as_slice(), data.len());
    let states: Vec<_> = trajectory.iter().map(|y| dvector![y[0], y[1]]).collect();
    let value = log_normal(&states, data, &[p[6], p[7]])?;
    let mut gradient = DVector::zeros(8);
    for (row, y) in trajectory.iter().enumerate() {
        for k in 0..2 {
            let (sigma, error) = (p[6 + k], y[k].ln() - data.get(row, k).unwrap().ln());
            for j in 0..6 {
                gradient[j] += error / (sigma * sigma) * y[2 + 6 * k + j] / y[k];
            }
            gradient[6 + k] += 1.0 / sigma - error * error / sigma.powi(3);
        }
    }
    Ok((value, gradient))
}

/// States at every hundredth of a year from 1900 to 1920.
pub fn fine_trajectory(p: &[f64]) -> Vec<[f64; 14]> {
    let mut y = [0.0; 14];
    (y[0], y[1]) = (p[4], p[5]);
    let step = |y: &mut [f64; 14]| {
        *y = rk4(y, p, 0.01);
        *y
    };
    std::iter::once(y).chain((0..2000).map(|_| step(&mut y))).collect()
}
