//! The non-stiff problems of `data/ode_reference`, as right-hand sides.

use costate_solvers::{Ode, Real};

/// One of the problems, by its name in the data. One type for all, so that every method is compiled once.
#[derive(Clone, Copy, Debug)]
pub struct Model(pub &'static str);

impl Ode for Model {
    fn rhs<R: Real>(&self, t: R, y: &[R], _p: &[R], dy: &mut [R]) {
        match self.0 {
            "arenstorf" => arenstorf(y, dy),
            "pleiades" => pleiades(y, dy),
            "brusselator_ode" => {
                dy[0] = 1.0 - 4.0 * y[0] + y[0] * y[0] * y[1];
                dy[1] = 3.0 * y[0] - y[0] * y[0] * y[1];
            }
            name => detest(name, t, y, dy),
        }
    }
}

/// The restricted three-body problem, Earth and Moon, in rotating coordinates.
fn arenstorf<R: Real>(y: &[R], dy: &mut [R]) {
    let moon = 0.012277471;
    let earth = 1.0 - moon;
    let attraction = |x: R| (x * x + y[1] * y[1]).powf(R::from(1.5)).recip();
    let (to_earth, to_moon) = (attraction(y[0] + moon), attraction(y[0] - earth));
    dy[0] = y[2];
    dy[1] = y[3];
    dy[2] = y[0] + 2.0 * y[3] - earth * (y[0] + moon) * to_earth - moon * (y[0] - earth) * to_moon;
    dy[3] = y[1] - 2.0 * y[2] - earth * y[1] * to_earth - moon * y[1] * to_moon;
}

/// Seven stars with the masses 1 .. 7 in a plane; the state is x, y, x', y' of all.
fn pleiades<R: Real>(y: &[R], dy: &mut [R]) {
    dy[..14].copy_from_slice(&y[14..]);
    for i in 0..7 {
        let mut pull = [R::zero(); 2];
        for j in (0..7).filter(|&j| j != i) {
            let (dx, dz) = (y[j] - y[i], y[7 + j] - y[7 + i]);
            let weight = (j + 1) as f64 / (dx * dx + dz * dz).powf(R::from(1.5));
            pull[0] += dx * weight;
            pull[1] += dz * weight;
        }
        dy[14 + i] = pull[0];
        dy[21 + i] = pull[1];
    }
}

/// The classes A to E of T. E. Hull, W. H. Enright, B. M. Fellen, A. E. Sedgwick, Comparing numerical methods for ordinary
/// differential equations, SIAM Journal on Numerical Analysis 9 (1972) 603-637.
fn detest<R: Real>(name: &str, t: R, y: &[R], dy: &mut [R]) {
    let n = y.len();
    match name {
        "A1" => dy[0] = -y[0],
        "A3" => dy[0] = y[0] * t.cos(),
        "A5" => dy[0] = (y[0] - t) / (y[0] + t),
        "B2" => {
            dy[0] = y[1] - y[0];
            dy[1] = y[0] - 2.0 * y[1] + y[2];
            dy[2] = y[1] - y[2];
        }
        "B4" => {
            let r = (y[0] * y[0] + y[1] * y[1]).sqrt();
            dy[0] = -y[1] - y[0] * y[2] / r;
            dy[1] = y[0] - y[1] * y[2] / r;
            dy[2] = y[0] / r;
        }
        "C1" => {
            dy[0] = -y[0];
            for i in 1..n - 1 {
                dy[i] = y[i - 1] - y[i];
            }
            dy[n - 1] = y[n - 2];
        }
        "C3" => {
            for i in 0..n {
                let before = if i > 0 { y[i - 1] } else { R::zero() };
                let after = if i + 1 < n { y[i + 1] } else { R::zero() };
                dy[i] = before - 2.0 * y[i] + after;
            }
        }
        "D1" | "D3" | "D5" => {
            let cube = (y[0] * y[0] + y[1] * y[1]).powf(R::from(1.5));
            dy[..2].copy_from_slice(&y[2..]);
            dy[2] = -y[0] / cube;
            dy[3] = -y[1] / cube;
        }
        "E2" => {
            dy[0] = y[1];
            dy[1] = (1.0 - y[0] * y[0]) * y[1] - y[0];
        }
        "E4" => {
            dy[0] = y[1];
            dy[1] = 0.032 - 0.4 * y[1] * y[1];
        }
        other => panic!("no model is called {other}"),
    }
}
