//! [`Sosra`].

use crate::Calculus::Ito;
use crate::StochasticTableau;
use crate::sde::runge_kutta::{less_euler, stochastic_runge_kutta, with_half};

/// The stability-optimised method SOSRA for additive noise: the first choice for it.
///
/// Strong order 3/2, and 2 where the drift is linear. Three drifts and three diffusions a step, adaptive.
///
/// Rackauckas and Nie, Stability-optimized high order methods and stiffness detection for pathwise stiff stochastic differential
/// equations, IEEE HPEC 2020, arXiv 1804.04344, section 3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sosra;

const ALPHA: [f64; 3] = [0.288_987_496_689_288_5, 0.685_988_044_083_993_7, 0.025_024_459_226_717_772];
const BETA_1: [f64; 3] = [-16.792_534_242_221_663, 17.514_995_785_380_226, 0.277_538_456_841_438_35];
const BETA_2: [f64; 3] = [0.423_753_576_907_426_9, 0.601_038_147_442_853_9, -1.024_791_724_349_781_3];

stochastic_runge_kutta!(
    Sosra,
    StochasticTableau {
        name: "Sosra",
        calculus: Ito,
        orders: [Some(1.5), None, None],
        error_order: Some(1.5),
        c: &[0.0, 0.692_396_237_615_950_7, 1.0],
        d: &[0.0, 0.041_248_171_110_700_504, 1.0],
        a: &[&[], &[0.692_396_237_615_950_7], &[-3.160_914_225_282_839_5, 4.160_914_225_282_839_5]],
        a_w: &[&[], &[0.5 * 1.337_163_270_439_976_3], &[0.5 * 1.442_371_048_468_624, 0.5 * 1.863_274_150_113_922_5]],
        a_h: &[&[], &[1.337_163_270_439_976_3], &[1.442_371_048_468_624, 1.863_274_150_113_922_5]],
        b: &ALPHA,
        b_w: &const { with_half(BETA_1, BETA_2) },
        b_h: &BETA_2,
        error: &const { less_euler(ALPHA) },
        error_w: &const { with_half([0.0; 3], BETA_2) },
        error_h: &BETA_2,
    }
);
