//! Other programs on the same problems, with the same absolute tolerances, at relative tolerances of 1e-4, 1e-6, 1e-8 and 1e-10, on a
//! machine of the kind that `docs/benchmarks.md` describes: Hairer's Fortran programs, and CVODE's BDF.

use super::picture::Curve;

/// Errors and milliseconds of a program.
fn peer(name: &'static str, points: [[f64; 2]; 4]) -> Curve {
    Curve { name, peer: true, points: points.to_vec() }
}

pub fn robertson() -> Vec<Curve> {
    vec![
        peer("RADAU5", [[4.477e-8, 0.039], [1.078e-9, 0.073], [1.389e-11, 0.141], [1.04e-12, 0.269]]),
        peer("RODAS", [[3.948e-8, 0.0312], [6.138e-11, 0.0847], [3.855e-12, 0.251], [5.223e-14, 1.73]]),
        peer("CVODE", [[9.554e-7, 0.306], [2.025e-7, 0.587], [5.27e-9, 0.939], [5.787e-11, 1.8]]),
    ]
}

pub fn hires() -> Vec<Curve> {
    vec![
        peer("RADAU5", [[9.91e-5, 0.0842], [3.815e-6, 0.143], [1.284e-7, 0.255], [1.54e-9, 0.5]]),
        peer("RODAS", [[4.469e-5, 0.065], [4.106e-6, 0.196], [3.325e-8, 0.822], [8.804e-12, 4.15]]),
        peer("CVODE", [[0.01986, 0.281], [2.355e-4, 0.631], [5.244e-6, 1.05], [7.134e-8, 1.81]]),
    ]
}

pub fn van_der_pol() -> Vec<Curve> {
    vec![
        peer("RADAU5", [[7.741e-6, 0.13], [8.363e-7, 0.218], [3.392e-8, 0.389], [4.274e-9, 0.781]]),
        peer("RODAS", [[2.426e-5, 0.0847], [2.823e-6, 0.227], [2.655e-8, 0.728], [2.383e-10, 2.77]]),
        peer("CVODE", [[8.114e-4, 0.413], [1.122e-4, 0.783], [1.503e-6, 1.73], [4.723e-8, 3.24]]),
    ]
}

pub fn pollution() -> Vec<Curve> {
    vec![
        peer("RADAU5", [[1.498e-4, 0.115], [1.458e-7, 0.167], [7.948e-9, 0.26], [2.264e-11, 0.503]]),
        peer("RODAS", [[1.316e-6, 0.0759], [2.761e-8, 0.176], [1.054e-10, 0.658], [9.383e-13, 2.71]]),
        peer("CVODE", [[1.766e-5, 0.427], [2.162e-6, 0.567], [4.868e-8, 1.26], [5.937e-10, 1.66]]),
    ]
}
