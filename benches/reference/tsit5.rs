//! A Tsit5 written out by hand on `[f64; 2]` for one model: the yardstick of the forward bench. It takes the same
//! steps as the library (same starting step, controller and interpolant) and nothing else.

/// What came out: the saved states, and the accepted and rejected steps.
pub struct Saves {
    pub states: Vec<[f64; 2]>,
    pub accepted: usize,
    pub rejected: usize,
}

type State = [f64; 2];

#[inline(always)]
fn slope(y: State, p: &[f64; 4]) -> State {
    [p[0] * y[0] - p[1] * y[0] * y[1], -p[2] * y[1] + p[3] * y[0] * y[1]]
}

fn norm(vector: State, y: State, tolerance: f64) -> f64 {
    let scaled = |c: usize| vector[c] / (tolerance + tolerance * y[c].abs());
    ((scaled(0).powi(2) + scaled(1).powi(2)) / 2.0).sqrt()
}

fn first_step(y: State, k1: State, p: &[f64; 4], end: f64, tolerance: f64) -> f64 {
    let (size, speed) = (norm(y, y, tolerance), norm(k1, y, tolerance));
    let guess = (0.01 * size / speed).min(end);
    let trial = slope([y[0] + guess * k1[0], y[1] + guess * k1[1]], p);
    let second = norm([(trial[0] - k1[0]) / guess, (trial[1] - k1[1]) / guess], y, tolerance);
    (100.0 * guess).min((0.01 / speed.max(second)).powf(0.2))
}

/// Lotka-Volterra over `0..end` with saves every `interval`, the start included.
pub fn lotka_volterra(mut y: State, p: &[f64; 4], end: f64, interval: f64, tolerance: f64) -> Saves {
    let count = (end / interval).round() as usize;
    let mut states = Vec::with_capacity(count + 1);
    states.push(y);
    let (mut accepted, mut rejected) = (0, 0);
    let (mut t, mut k1) = (0.0, slope(y, p));
    let mut h = first_step(y, k1, p, end, tolerance);
    let (mut previous, mut largest) = (1e-4_f64.ln(), 10.0);
    while t < end {
        let last = 1.01 * h >= end - t;
        let step = if last { end - t } else { h };
        let h_ = step;
        let at = |k: &[(f64, State)]| -> State {
            let mut out = y;
            for &(a, k) in k {
                out[0] += h_ * a * k[0];
                out[1] += h_ * a * k[1];
            }
            out
        };
        let k2 = slope(at(&[(0.161, k1)]), p);
        let k3 = slope(at(&[(-0.008480655492356989, k1), (0.335480655492357, k2)]), p);
        let k4 = slope(at(&[(2.8971530571054935, k1), (-6.359448489975075, k2), (4.3622954328695815, k3)]), p);
        let k5 = slope(
            at(&[
                (5.325864828439257, k1),
                (-11.748883564062828, k2),
                (7.4955393428898365, k3),
                (-0.09249506636175525, k4),
            ]),
            p,
        );
        let k6 = slope(
            at(&[
                (5.86145544294642, k1),
                (-12.92096931784711, k2),
                (8.159367898576159, k3),
                (-0.071584973281401, k4),
                (-0.028269050394068383, k5),
            ]),
            p,
        );
        let next = at(&[
            (0.09646076681806523, k1),
            (0.01, k2),
            (0.4798896504144996, k3),
            (1.379008574103742, k4),
            (-3.290069515436081, k5),
            (2.324710524099774, k6),
        ]);
        let k7 = slope(next, p);
        let mut total = 0.0;
        for c in 0..2 {
            let error = step
                * (-0.001780011052225777 * k1[c] - 0.0008164344596567469 * k2[c] + 0.007880878010261995 * k3[c]
                    - 0.1447110071732629 * k4[c]
                    + 0.5823571654525552 * k5[c]
                    - 0.45808210592918697 * k6[c]
                    + k7[c] / 66.0);
            total += (error / (tolerance + tolerance * y[c].abs().max(next[c].abs()))).powi(2);
        }
        let error = 0.5 * (total / 2.0).ln();
        if error > 0.0 {
            rejected += 1;
            largest = 1.0;
            h = step * (0.9 * (-0.7 / 5.0 * error).exp()).clamp(0.2, 0.9);
            continue;
        }
        accepted += 1;
        h = step * (0.9 * (0.4 / 5.0 * previous - 0.7 / 5.0 * error).exp()).clamp(0.2, largest);
        (previous, largest) = (error.max(1e-4_f64.ln()), 10.0);
        let t_next = if last { end } else { t + step };
        while states.len() <= count {
            let index = states.len();
            let save = if index == count { end } else { index as f64 * interval };
            if save > t_next {
                break;
            }
            states.push(if save == t_next {
                next
            } else {
                interpolate(y, step, (save - t) / step, &[k1, k2, k3, k4, k5, k6, k7])
            });
        }
        (t, y, k1) = (t_next, next, k7);
    }
    Saves { states, accepted, rejected }
}

#[inline(always)]
fn interpolate(y: State, h: f64, x: f64, k: &[State; 7]) -> State {
    let b = [
        x * (1.0 + x * (-2.763706197274826 + x * (2.9132554618219126 - x * 1.0530884977290216))),
        x * x * (0.1317 + x * (-0.2234 + x * 0.1017)),
        x * x * (3.9302962368947516 + x * (-5.941033872131505 + x * 2.490627285651253)),
        x * x * (-12.411077166933676 + x * (30.33818863028232 - x * 16.548102889244902)),
        x * x * (37.50931341651104 + x * (-88.1789048947664 + x * 47.37952196281928)),
        x * x * (-27.896526289197286 + x * (65.09189467479366 - x * 34.87065786149661)),
        x * x * (1.5 + x * (-4.0 + x * 2.5)),
    ];
    let mut out = y;
    for (b, k) in b.iter().zip(k) {
        out[0] += h * b * k[0];
        out[1] += h * b * k[1];
    }
    out
}
