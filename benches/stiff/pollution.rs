//! The pollution problem of the Test Set for IVP Solvers: 20 species, 25 reactions.

use costate_solvers::{Ode, Real};
use nalgebra::DVector;

/// The chemical part of an air pollution model (J. G. Verwer, Gauss-Seidel iteration for stiff ODEs from chemical kinetics, SIAM Journal
/// on Scientific Computing 15 (1994) 1243-1250). The parameters are the 25 rates.
#[derive(Clone, Copy)]
pub struct Pollution;

impl Ode for Pollution {
    fn rhs<R: Real>(&self, _t: R, y: &[R], k: &[R], dy: &mut [R]) {
        if const { R::ORDER > 0 } {
            return table(y, k, dy);
        }
        let r = [
            k[0] * y[0],
            k[1] * y[1] * y[3],
            k[2] * y[4] * y[1],
            k[3] * y[6],
            k[4] * y[6],
            k[5] * y[6] * y[5],
            k[6] * y[8],
            k[7] * y[8] * y[5],
            k[8] * y[10] * y[1],
            k[9] * y[10] * y[0],
            k[10] * y[12],
            k[11] * y[9] * y[1],
            k[12] * y[13],
            k[13] * y[0] * y[5],
            k[14] * y[2],
            k[15] * y[3],
            k[16] * y[3],
            k[17] * y[15],
            k[18] * y[15],
            k[19] * y[16] * y[5],
            k[20] * y[18],
            k[21] * y[18],
            k[22] * y[0] * y[3],
            k[23] * y[18] * y[0],
            k[24] * y[19],
        ];
        dy[0] = -r[0] - r[9] - r[13] - r[22] - r[23] + r[1] + r[2] + r[8] + r[10] + r[11] + r[21] + r[24];
        dy[1] = -r[1] - r[2] - r[8] - r[11] + r[0] + r[20];
        dy[2] = -r[14] + r[0] + r[16] + r[18] + r[21];
        dy[3] = -r[1] - r[15] - r[16] - r[22] + r[14];
        dy[4] = -r[2] + 2.0 * r[3] + r[5] + r[6] + r[12] + r[19];
        dy[5] = -r[5] - r[7] - r[13] - r[19] + r[2] + 2.0 * r[17];
        dy[6] = -r[3] - r[4] - r[5] + r[12];
        dy[7] = r[3] + r[4] + r[5] + r[6];
        dy[8] = -r[6] - r[7];
        dy[9] = -r[11] + r[6] + r[8];
        dy[10] = -r[8] - r[9] + r[7] + r[10];
        dy[11] = r[8];
        dy[12] = -r[10] + r[9];
        dy[13] = -r[12] + r[11];
        dy[14] = r[13];
        dy[15] = -r[17] - r[18] + r[15];
        dy[16] = -r[19];
        dy[17] = r[19];
        dy[18] = -r[20] - r[21] - r[23] + r[22] + r[24];
        dy[19] = -r[24] + r[23];
    }
}

/// The same by a table: with derivatives, the lines above would be a hundred kilobytes of machine code for every kind of number, and take
/// the compiler minutes.
fn table<R: Real>(y: &[R], k: &[R], dy: &mut [R]) {
    let r: [R; 25] = std::array::from_fn(|j| match REACTANTS[j] {
        (one, None) => k[j] * y[one],
        (one, Some(other)) => k[j] * y[one] * y[other],
    });
    for (dy, terms) in dy.iter_mut().zip(CHANGES) {
        *dy = terms.iter().fold(R::zero(), |sum, &(count, j)| match count {
            1.0 => sum + r[j],
            -1.0 => sum - r[j],
            count => sum + r[j] * count,
        });
    }
}

/// What meets in each reaction.
const REACTANTS: [(usize, Option<usize>); 25] = [
    (0, None),
    (1, Some(3)),
    (4, Some(1)),
    (6, None),
    (6, None),
    (6, Some(5)),
    (8, None),
    (8, Some(5)),
    (10, Some(1)),
    (10, Some(0)),
    (12, None),
    (9, Some(1)),
    (13, None),
    (0, Some(5)),
    (2, None),
    (3, None),
    (3, None),
    (15, None),
    (15, None),
    (16, Some(5)),
    (18, None),
    (18, None),
    (0, Some(3)),
    (18, Some(0)),
    (19, None),
];

/// For each species how many of it a reaction makes.
const CHANGES: [&[(f64, usize)]; 20] = [
    &[
        (-1.0, 0),
        (-1.0, 9),
        (-1.0, 13),
        (-1.0, 22),
        (-1.0, 23),
        (1.0, 1),
        (1.0, 2),
        (1.0, 8),
        (1.0, 10),
        (1.0, 11),
        (1.0, 21),
        (1.0, 24),
    ],
    &[(-1.0, 1), (-1.0, 2), (-1.0, 8), (-1.0, 11), (1.0, 0), (1.0, 20)],
    &[(-1.0, 14), (1.0, 0), (1.0, 16), (1.0, 18), (1.0, 21)],
    &[(-1.0, 1), (-1.0, 15), (-1.0, 16), (-1.0, 22), (1.0, 14)],
    &[(-1.0, 2), (2.0, 3), (1.0, 5), (1.0, 6), (1.0, 12), (1.0, 19)],
    &[(-1.0, 5), (-1.0, 7), (-1.0, 13), (-1.0, 19), (1.0, 2), (2.0, 17)],
    &[(-1.0, 3), (-1.0, 4), (-1.0, 5), (1.0, 12)],
    &[(1.0, 3), (1.0, 4), (1.0, 5), (1.0, 6)],
    &[(-1.0, 6), (-1.0, 7)],
    &[(-1.0, 11), (1.0, 6), (1.0, 8)],
    &[(-1.0, 8), (-1.0, 9), (1.0, 7), (1.0, 10)],
    &[(1.0, 8)],
    &[(-1.0, 10), (1.0, 9)],
    &[(-1.0, 12), (1.0, 11)],
    &[(1.0, 13)],
    &[(-1.0, 17), (-1.0, 18), (1.0, 15)],
    &[(-1.0, 19)],
    &[(1.0, 19)],
    &[(-1.0, 20), (-1.0, 21), (-1.0, 23), (1.0, 22), (1.0, 24)],
    &[(-1.0, 24), (1.0, 23)],
];

/// The concentrations at the start.
pub fn start() -> [f64; 20] {
    let mut y = [0.0; 20];
    (y[1], y[3], y[6], y[7], y[8], y[16]) = (0.2, 0.04, 0.1, 0.3, 0.01, 0.007);
    y
}

/// The rates of the reactions.
pub fn rates() -> DVector<f64> {
    DVector::from_row_slice(&[
        0.35, 26.6, 1.23e4, 8.6e-4, 8.2e-4, 1.5e4, 1.3e-4, 2.4e4, 1.65e4, 9.0e3, 0.022, 1.2e4, 1.88, 1.63e4, 4.8e6,
        3.5e-4, 0.0175, 1.0e8, 4.44e11, 1.24e3, 2.1, 5.78, 0.0474, 1.78e3, 3.12,
    ])
}
