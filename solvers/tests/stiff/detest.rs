//! The stiff half of DETEST: W. H. Enright, J. D. Pryce, Two FORTRAN packages for assessing initial value methods, ACM Trans. Math.
//! Softw. 13 (1987) 1-27.

use costate_solvers::Real;

/// The names of those in `data/ode_reference/detest.json`.
pub const NAMES: [&str; 12] = [
    "stiff_A1", "stiff_A3", "stiff_B1", "stiff_B3", "stiff_B5", "stiff_C2", "stiff_C4", "stiff_D1", "stiff_D3",
    "stiff_D5", "stiff_E2", "stiff_F2",
];

/// The right-hand side of one of them.
pub fn rhs<R: Real>(name: &str, y: &[R], dy: &mut [R]) {
    match name {
        "stiff_A1" => (0..4).for_each(|i| dy[i] = y[i] * [-0.5, -1.0, -100.0, -90.0][i]),
        "stiff_A3" => {
            dy[0] = -1e4 * y[0] + 100.0 * y[1] - 10.0 * y[2] + y[3];
            dy[1] = -1e3 * y[1] + 10.0 * y[2] - 10.0 * y[3];
            dy[2] = -y[2] + 10.0 * y[3];
            dy[3] = -0.1 * y[3];
        }
        "stiff_B1" => {
            dy[0] = y[1] - y[0];
            dy[1] = -100.0 * y[0] - y[1];
            dy[2] = y[3] - 100.0 * y[2];
            dy[3] = -1e4 * y[2] - 100.0 * y[3];
        }
        "stiff_B3" => spiral(8.0, y, dy),
        "stiff_B5" => spiral(100.0, y, dy),
        "stiff_C2" => chain(0.1, y, dy),
        "stiff_C4" => chain(10.0, y, dy),
        "stiff_D1" => {
            dy[0] = 0.2 * (y[1] - y[0]);
            dy[1] = 10.0 * y[0] - (60.0 - 0.125 * y[2]) * y[1] + 0.125 * y[2];
            dy[2] = R::one();
        }
        "stiff_D3" => {
            let (bound, pair) = (100.0 * y[0] * y[1], 1e4 * y[1] * y[1]);
            dy[0] = y[2] - bound;
            dy[1] = y[2] + 2.0 * y[3] - bound - 2.0 * pair;
            dy[2] = bound - y[2];
            dy[3] = pair - y[3];
        }
        "stiff_D5" => {
            let sum = 0.01 + y[0] + y[1];
            dy[0] = 0.01 - (1.0 + (y[0] + 1000.0) * (y[0] + 1.0)) * sum;
            dy[1] = 0.01 - (1.0 + y[1] * y[1]) * sum;
        }
        "stiff_E2" => {
            dy[0] = y[1];
            dy[1] = 5.0 * (1.0 - y[0] * y[0]) * y[1] - y[0];
        }
        "stiff_F2" => {
            dy[0] = -y[0] - y[0] * y[1] + 294.0 * y[1];
            dy[1] = y[0] * (1.0 - y[1]) / 98.0 - 3.0 * y[1];
        }
        other => panic!("no problem of DETEST is called {other}"),
    }
}

/// The problems of class B with a pair of complex eigenvalues.
fn spiral<R: Real>(turn: f64, y: &[R], dy: &mut [R]) {
    dy[0] = -10.0 * y[0] + turn * y[1];
    dy[1] = -turn * y[0] - 10.0 * y[1];
    (2..6).for_each(|i| dy[i] = y[i] * [-4.0, -1.0, -0.5, -0.1][i - 2]);
}

/// The problems of class C: each state is driven by the squares of those before.
fn chain<R: Real>(coupling: f64, y: &[R], dy: &mut [R]) {
    let squares = [y[0] * y[0], y[1] * y[1], y[2] * y[2]];
    dy[0] = 2.0 - y[0];
    dy[1] = -10.0 * y[1] + coupling * squares[0];
    dy[2] = -40.0 * y[2] + 4.0 * coupling * (squares[0] + squares[1]);
    dy[3] = -100.0 * y[3] + 10.0 * coupling * (squares[0] + squares[1] + squares[2]);
}
