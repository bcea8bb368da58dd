//! [`Sosri`].

use crate::RosslerTableau;
use crate::sde::rossler::rossler;
use crate::sde::runge_kutta::less_euler;

/// The stability-optimised method SOSRI for diagonal and scalar Ito noise: the first choice for it.
///
/// Strong order 3/2. Four drifts and four diffusions a step, adaptive. It bears larger steps than SRIW1 where the model is
/// mildly stiff.
///
/// Rackauckas and Nie, Stability-optimized high order methods and stiffness detection for pathwise stiff stochastic differential
/// equations, IEEE HPEC 2020, arXiv 1804.04344, section 3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sosri;

const ALPHA: [f64; 4] =
    [1.140_099_274_172_029, -0.640_133_425_574_345_6, 0.473_629_653_277_255_9, 0.026_404_498_125_060_714];

rossler!(
    Sosri,
    RosslerTableau {
        name: "Sosri",
        a0: [
            -0.041_992_244_213_164_68,
            2.842_612_915_017_106,
            -2.052_772_368_400_072_7,
            4.338_237_071_435_815,
            -2.889_593_613_743_979_3,
            2.301_757_559_464_446_6
        ],
        a1: [
            0.262_042_820_913_304_66,
            0.209_036_463_835_053_75,
            -0.150_237_711_515_036_1,
            0.058_365_953_127_469_99,
            0.614_944_039_633_237_3,
            0.085_351_176_340_467_72
        ],
        b0: [
            -0.216_410_935_496_125_28,
            1.533_635_286_367_957_2,
            0.260_662_234_926_470_56,
            -1.053_603_755_817_915_9,
            1.701_528_472_108_947_2,
            -0.207_256_857_841_800_17
        ],
        b1: [
            -0.511_901_182_762_165_7,
            2.677_673_398_667_13,
            -4.939_503_132_225_099_5,
            0.155_809_562_382_992_15,
            3.236_155_100_662_467_4,
            -1.422_311_828_335_594_9
        ],
        alpha: ALPHA,
        beta: [
            [-1.845_346_456_510_443_2, 2.688_764_531_100_726, -0.252_386_650_107_132_3, 0.408_968_575_516_849_56],
            [0.496_965_814_158_947_8, -0.577_120_286_975_359_2, -0.129_197_024_703_222_17, 0.209_351_497_519_633_6],
            [2.845_346_456_510_442_5, -2.688_764_531_100_725, 0.252_386_650_107_132_2, -0.408_968_575_516_849_45],
            [0.115_226_638_754_434_33, -0.578_770_861_477_38, 0.285_785_102_816_388_6, 0.177_759_119_906_557_04],
        ],
        error: less_euler(ALPHA),
    }
);
