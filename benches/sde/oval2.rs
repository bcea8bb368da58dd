//! The Oval2 model of the epithelial-mesenchymal transition: 19 states, stiff only in transitions.
//!
//! Equations and constants: Rackauckas and Nie, Adaptive methods for stochastic differential equations via natural embeddings
//! and rejection sampling with memory, Discrete Contin. Dyn. Syst. B 22 (2017), section 6, as collected in SciML's
//! SDEProblemLibrary.jl (MIT) with large fluctuations; there the states are counted from 1. The signal `TGF0`, which begins at
//! t = 100, is left out.

use costate_solvers::{NoiseKind, Real, Sde};

pub const START: [f64; 19] = [
    0.128483,
    1.256853,
    0.0030203,
    0.0027977,
    0.0101511,
    0.0422942,
    0.2391346,
    0.0008014,
    0.0001464,
    2.67e-5,
    4.8e-6,
    9.0e-7,
    0.0619917,
    1.2444292,
    0.0486676,
    199.9383546,
    137.4267984,
    1.5180203,
    1.5180203,
];

/// The rate of the complexes, which are quick.
const QUICK: f64 = 1000.0;

#[derive(Clone, Copy, Debug)]
pub struct Oval2;

impl Sde for Oval2 {
    fn noise(&self) -> NoiseKind {
        NoiseKind::SparseDiagonal { noisy: &[0, 17] }
    }

    fn drift<R: Real>(&self, _t: R, y: &[R], _p: &[R], f: &mut [R]) {
        let &[
            snail_m,
            snail,
            mir34,
            snail_34,
            zeb_m,
            zeb,
            mir200,
            z1,
            z2,
            z3,
            z4,
            z5,
            tgf_m,
            tgf,
            tgf_200,
            ecad,
            ncad,
            ovol_m,
            ovol,
        ] = y.first_chunk::<19>().expect("19 states");
        let square = |x: R| x * x;
        let free_snail = snail_m - snail_34;
        let free_34 = mir34 - snail_34;
        let free_zeb = zeb_m - (5.0 * z1 + 10.0 * z2 + 10.0 * z3 + 5.0 * z4 + z5);
        let bound = 5.0 * z1 + 20.0 * z2 + 30.0 * z3 + 20.0 * z4 + 5.0 * z5;
        let free_200 = mir200 - bound - tgf_200;
        let free_tgf = tgf_m - tgf_200;
        let signal = square(tgf * (1.0 / 0.6));
        f[0] = 0.0005 + 0.05 * signal / (1.0 + signal + square(ovol * (1.0 / 0.5))) / (1.0 + snail * (1.0 / 1.8))
            - 0.09 * free_snail
            - 0.9 * snail_34;
        f[1] = 16.0 * free_snail - 1.6 * snail;
        f[2] = 0.001 + 0.019 / (1.0 + square(snail * (1.0 / 0.15)) + square(zeb * (1.0 / 0.35)))
            - 0.035 * free_34
            - 0.45 * snail_34;
        f[3] = QUICK * (100.0 * free_snail * free_34 - snail_34);
        let on = square(snail * (1.0 / 3.0));
        let off = square(ovol * (1.0 / 0.9));
        f[4] = 0.003 + 0.06 * on / (1.0 + on + off * off * off)
            - 0.1 * free_zeb
            - 0.5 * (5.0 * z1 + 10.0 * z2 + 10.0 * z3 + 5.0 * z4 + z5);
        f[5] = 16.0 * free_zeb - 1.66 * zeb;
        let cube = snail * (1.0 / 3.0) * on;
        f[6] =
            0.0002 + 0.02 / (1.0 + cube + square(zeb * (1.0 / 0.2))) - 0.035 * free_200 - 0.25 * bound - 0.2 * tgf_200;
        f[7] = QUICK * (free_200 * free_zeb - z1);
        f[8] = QUICK * (free_200 * z1 - z2);
        f[9] = QUICK * (free_200 * z2 - z3);
        f[10] = QUICK * (free_200 * z3 - z4);
        f[11] = QUICK * (free_200 * z4 - z5);
        f[12] = 0.05 - 0.1 * free_tgf - tgf_200;
        f[13] = 1.1 + 1.5 * free_tgf - 0.9 * tgf;
        f[14] = QUICK * (20.0 * free_200 * free_tgf - tgf_200);
        f[15] =
            5.0 + 15.0 / (square(snail * (1.0 / 0.1)) + 1.0) + 5.0 / (square(zeb * (1.0 / 0.3)) + 1.0) - 0.05 * ecad;
        let [by_snail, by_zeb] = [snail, zeb].map(|x| square(x * (1.0 / 0.4)));
        f[16] = 5.0 + 2.0 * by_snail / (by_snail + 1.0) + 5.0 * by_zeb / ((by_zeb + 1.0) * (1.0 + ovol * 0.5))
            - 0.05 * ncad;
        f[17] = 0.35 + 1.2 / (1.0 + square(zeb * (1.0 / 0.918))) - ovol_m;
        f[18] = 10.0 * ovol_m - 10.0 * ovol;
    }

    fn diffusion<R: Real>(&self, _t: R, y: &[R], _p: &[R], g: &mut [R]) {
        g[0] = 1.5 * y[0];
        g[1] = 6.0 * y[17];
    }

    fn states(&self) -> Option<usize> {
        Some(19)
    }
}
