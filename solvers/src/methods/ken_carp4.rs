//! [`KenCarp4`]: Kennedy and Carpenter's pair of orders 4 and 3.

use crate::Diagonal;
use crate::implicit::implicit_method;

/// Kennedy and Carpenter's additive pair of orders 4 and 3, ARK4(3)6L\[2\]SA: its implicit part is stiffly accurate, L-stable, an
/// explicit stage and five implicit ones with one matrix, and a cubic Hermite interpolant of third order.
///
/// Where the right-hand side is a sum ([`SplitOde`](crate::SplitOde)), the explicit companion of the pair steps the second part. Its
/// step then ends at the weighted sum of both parts' slopes rather than at the last stage.
///
/// For stiff problems at tolerances from about 1e-3 to 1e-6 whose Jacobian is dear: it keeps it from step to step.
///
/// Its interpolant uses slopes, which for a stiff component are an error times the stiffness: states between the ends of steps can be
/// far less accurate there than at the ends. [`Rodas5P`](crate::Rodas5P) and [`RadauIIA5`](crate::RadauIIA5) interpolate without. The
/// authors' own interpolant has third order too, with errors 2 to 10 times as large, and bends where steps meet.
///
/// Reference: C. A. Kennedy, M. H. Carpenter, Additive Runge-Kutta schemes for convection-diffusion-reaction equations, Applied
/// Numerical Mathematics 44 (2003) 139-181, appendix C.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KenCarp4;

const B: [f64; 5] = [82889.0 / 524892.0, 0.0, 15625.0 / 83664.0, 69875.0 / 102672.0, -2260.0 / 8211.0];

implicit_method!(
    KenCarp4: DiagonalMethod,
    Diagonal {
        name: "KenCarp4",
        order: 4,
        embedded_order: Some(3),
        gamma: 0.25,
        c: &[0.0, 0.5, 0.332, 0.62, 0.85, 1.0],
        a: &[
            &[],
            &[0.25],
            &[8611.0 / 62500.0, -1743.0 / 31250.0],
            &[5012029.0 / 34652500.0, -654441.0 / 2922500.0, 174375.0 / 388108.0],
            &[
                15267082809.0 / 155376265600.0,
                -71443401.0 / 120774400.0,
                730878875.0 / 902184768.0,
                2285395.0 / 8070912.0,
            ],
            &B,
        ],
        b: &[B[0], B[1], B[2], B[3], B[4], 0.25],
        error: &[
            B[0] - 4586570599.0 / 29645900160.0,
            0.0,
            B[2] - 178811875.0 / 945068544.0,
            B[3] - 814220225.0 / 1159782912.0,
            B[4] + 3700637.0 / 11593932.0,
            0.25 - 61727.0 / 225920.0,
        ],
        explicit: &[
            &[],
            &[0.5],
            &[13861.0 / 62500.0, 6889.0 / 62500.0],
            &[
                -116923316275.0 / 2393684061468.0,
                -2731218467317.0 / 15368042101831.0,
                9408046702089.0 / 11113171139209.0,
            ],
            &[
                -451086348788.0 / 2902428689909.0,
                -2682348792572.0 / 7519795681897.0,
                12662868775082.0 / 11960479115383.0,
                3355817975965.0 / 11060851509271.0,
            ],
            &[
                647845179188.0 / 3216320057751.0,
                73281519250.0 / 8382639484533.0,
                552539513391.0 / 3454668386233.0,
                3354512671639.0 / 8306763924573.0,
                4040.0 / 17871.0,
            ],
        ],
        predictor: &[
            &[],
            &[1.0],
            &[1.0 - 0.664, 0.664],
            &[1.0 - 1.24, 1.24, 0.0],
            &[1.0 - 0.85 / 0.62, 0.0, 0.0, 0.85 / 0.62],
            &[1.0 - 1.0 / 0.85, 0.0, 0.0, 0.0, 1.0 / 0.85],
        ],
    }
);
