//! [`Tsit5`]: Tsitouras' fifth-order pair.

use crate::{Tableau, explicit_runge_kutta};

/// Tsitouras' pair of orders 5 and 4: six evaluations a step, with a free fourth-order interpolant.
///
/// The first choice for a problem that is not stiff, at tolerances between about 1e-3 and 1e-9. It cannot solve stiff
/// problems at reasonable cost: their steps are cut to what stability allows.
///
/// Reference: Ch. Tsitouras, Runge-Kutta pairs of order 5(4) satisfying only the first column simplifying
/// assumption, Computers & Mathematics with Applications 62 (2011) 770-775.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tsit5;

explicit_runge_kutta!(
    Tsit5,
    Tableau {
        name: "Tsit5",
        order: 5,
        embedded_order: Some(4),
        interpolant_order: 4,
        c: &[0.0, 0.161, 0.327, 0.9, 0.9800255409045097, 1.0, 1.0],
        a: &[
            &[],
            &[0.161],
            &[-0.008480655492356989, 0.335480655492357],
            &[2.8971530571054935, -6.359448489975075, 4.3622954328695815],
            &[5.325864828439257, -11.748883564062828, 7.4955393428898365, -0.09249506636175525],
            &[5.86145544294642, -12.92096931784711, 8.159367898576159, -0.071584973281401, -0.028269050394068383],
            &[0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774,],
        ],
        error: &[
            -0.001780011052225777,
            -0.0008164344596567469,
            0.007880878010261995,
            -0.1447110071732629,
            0.5823571654525552,
            -0.45808210592918697,
            1.0 / 66.0,
        ],
        interpolant: &[
            &[1.0, -2.763706197274826, 2.9132554618219126, -1.0530884977290216],
            &[0.0, 0.1317, -0.2234, 0.1017],
            &[0.0, 3.9302962368947516, -5.941033872131505, 2.490627285651253],
            &[0.0, -12.411077166933676, 30.33818863028232, -16.548102889244902],
            &[0.0, 37.50931341651104, -88.1789048947664, 47.37952196281928],
            &[0.0, -27.896526289197286, 65.09189467479366, -34.87065786149661],
            &[0.0, 1.5, -4.0, 2.5],
        ],
        ..Tableau::NONE
    }
);
