//! A trebuchet in three stages: its projectile slides along the ground, swings in the sling, and flies.
//!
//! The equations of motion and the measures are those of Trebuchet.jl (after virtualtrebuchet.com), the inertias of arm and weight in the
//! places where its source has them. Stages end at exact events: at lift-off the ground bears nothing any more, by the force of the
//! constraint; at release the velocity has the wanted direction; and at the end the projectile is on the ground.

use costate::fit::Cause;
use costate::prelude::*;
use costate::solvers::Ended;

const FOOT: f64 = 0.3048;
const POUND: f64 = 0.45359237;
const GRAVITY: f64 = 9.80665;
const PIVOT: f64 = 5.0 * FOOT;
const LONG_ARM: f64 = 6.792 * FOOT;
const SHORT_ARM: f64 = 1.75 * FOOT;
const WEIGHT_ARM: f64 = 2.0 * FOOT;
const SLING: f64 = 6.833 * FOOT;
const RADIUS: f64 = 0.1245 * FOOT;
const PROJECTILE: f64 = 0.328 * POUND;
const ARM: f64 = 10.65 * POUND;
const TO_CENTRE: f64 = (LONG_ARM - SHORT_ARM) / 2.0;
const INERTIAS: [f64; 2] = [POUND * FOOT * FOOT, ARM * (LONG_ARM + SHORT_ARM) * (LONG_ARM + SHORT_ARM) / 12.0];

/// Kinetic matrix and forces of arm and weight, which both stages on the machine share: `[m11, m12, m22, r1, r2]`. The state is the
/// angles (rad) of arm, weight and sling, and their rates; the parameter is the weight (kg).
fn arm_and_weight<R: Real>(&[a, w, _, av, wv, _]: &[R; 6], weight: R) -> [R; 5] {
    let both = weight * SHORT_ARM * WEIGHT_ARM;
    let m22 = weight * (WEIGHT_ARM * WEIGHT_ARM) + INERTIAS[1];
    let m12 = m22 + both * w.cos();
    let m11 = weight * (SHORT_ARM * SHORT_ARM) + 2.0 * both * w.cos() + m22 + INERTIAS[0] + ARM * TO_CENTRE * TO_CENTRE;
    let falls = weight * GRAVITY * (SHORT_ARM * a.sin() + WEIGHT_ARM * (a + w).sin());
    let r1 = GRAVITY * TO_CENTRE * ARM * a.sin() - falls - both * w.sin() * (av * av - (av + wv) * (av + wv));
    let r2 = -(weight * WEIGHT_ARM * GRAVITY * (a + w).sin() + both * w.sin() * av * av);
    [m11, m12, m22, r1, r2]
}

fn sliding<R: Real>(_t: R, y: &[R], p: &[R], dy: &mut [R]) {
    let state: [R; 6] = std::array::from_fn(|i| y[i]);
    let [a, _, s, av, _, sv] = state;
    let [m11, m12, m22, r1, r2] = arm_and_weight(&state, p[0]);
    let ((sin, cos), (sin_both, cos_both)) = ((a.sin(), a.cos()), ((a + s).sin(), (a + s).cos()));
    let lever = PROJECTILE * LONG_ARM;
    let m11 = m11 - lever * LONG_ARM * (2.0 * sin * s.cos() / sin_both - 1.0 - sin * sin / (sin_both * sin_both));
    let slack = cos_both * sv * (sv + 2.0 * av) / sin_both;
    let pull = (cos_both * SLING + LONG_ARM * cos) / (SLING * sin_both) * av * av;
    let turn = s.sin() * (av + sv) * (av + sv) + s.cos() * (slack + pull);
    let lift = LONG_ARM * s.sin() * av * av - SLING * (slack + pull);
    let r1 = r1 + lever * (SLING * turn + sin * lift / sin_both);
    dy[..3].copy_from_slice(&y[3..]);
    dy[3] = (r1 * m22 - r2 * m12) / (m11 * m22 - m12 * m12);
    dy[4] = -(r1 * m12 - r2 * m11) / (m11 * m22 - m12 * m12);
    dy[5] = -slack - pull - (LONG_ARM * sin + SLING * sin_both) / (SLING * sin_both) * dy[3];
}

fn swinging<R: Real>(_t: R, y: &[R], p: &[R], dy: &mut [R]) {
    let state: [R; 6] = std::array::from_fn(|i| y[i]);
    let [a, _, s, av, _, sv] = state;
    let [m11, m12, m22, r1, r2] = arm_and_weight(&state, p[0]);
    let (lever, m33) = (PROJECTILE * SLING * LONG_ARM, PROJECTILE * SLING * SLING);
    let m13 = lever * s.cos() + m33;
    let m11 = m11 + PROJECTILE * LONG_ARM * LONG_ARM + lever * s.cos() + m13;
    let falls = GRAVITY * PROJECTILE * (LONG_ARM * a.sin() + SLING * (a + s).sin());
    let r1 = r1 + falls - lever * s.sin() * (av * av - (av + sv) * (av + sv));
    let r3 = SLING * PROJECTILE * GRAVITY * (a + s).sin() - lever * s.sin() * av * av;
    let minor = m11 * m22 - m12 * m12;
    let determinant = m13 * m13 * m22 - m33 * minor;
    dy[..3].copy_from_slice(&y[3..]);
    dy[3] = -(r1 * m22 * m33 - r2 * m12 * m33 - r3 * m13 * m22) / determinant;
    dy[4] = (r1 * m12 * m33 - r2 * (m11 * m33 - m13 * m13) - r3 * m13 * m12) / determinant;
    dy[5] = (r1 * m22 * m13 - r2 * m12 * m13 - r3 * minor) / determinant;
}

/// What the ground bears of the projectile (N).
fn ground_force<R: Real>(t: R, y: &[R], p: &[R]) -> R {
    let mut dy = [R::zero(); 6];
    sliding(t, y, p, &mut dy);
    let (both, rate) = (y[0] + y[2], y[3] + y[5]);
    let at_sling = SLING * ((dy[3] + dy[5]) * both.cos() - rate * rate * both.sin());
    let acceleration = -(at_sling + LONG_ARM * (dy[3] * y[0].cos() - y[3] * y[3] * y[0].sin()));
    // The sling makes the angle `both - pi` with the vertical.
    PROJECTILE * (GRAVITY + acceleration * both.cos() / both.sin())
}

/// Place (m, from the pivot) and velocity (m/s) of the projectile in its sling.
pub fn projectile<R: Real>(y: &[R]) -> [R; 4] {
    let (both, rate) = (y[0] + y[2], y[3] + y[5]);
    let place = [-LONG_ARM * y[0].sin() - SLING * both.sin(), LONG_ARM * y[0].cos() + SLING * both.cos()];
    let speed = |arm: R, sling: R| -(LONG_ARM * y[3] * arm) - SLING * rate * sling;
    [place[0], place[1], speed(y[0].cos(), both.cos()), speed(y[0].sin(), both.sin())]
}

/// Positive until the velocity has turned down to the angle `p[1]` (rad).
fn above_release<R: Real>(_t: R, y: &[R], p: &[R]) -> R {
    let [_, _, u, v] = projectile(y);
    v * p[1].cos() - u * p[1].sin()
}

/// The parameter is the wind (m/s).
fn flying<R: Real>(_t: R, y: &[R], p: &[R], dy: &mut [R]) {
    let against = y[2] - p[0];
    let drag = (against * against + y[3] * y[3]).sqrt() * (std::f64::consts::PI * RADIUS * RADIUS / (2.0 * PROJECTILE));
    dy[..2].copy_from_slice(&y[2..]);
    dy[2] = -against * drag;
    dy[3] = -y[3] * drag - GRAVITY;
}

/// The three stages of a throw with wind (m/s), release angle (degrees) and weight (lb).
///
/// # Errors
/// Where a stage does not end: for a weight that is too light, and where a solve fails.
pub fn throw<R: Real>([wind, angle, weight]: [R; 3], rtol: f64, save: SaveAt) -> Result<[Solution<R>; 3], Cause> {
    let control = Tolerance::new(rtol, rtol);
    let lean = (PIVOT / LONG_ARM).asin();
    let (arm, sling) = (std::f64::consts::FRAC_PI_2 + lean, std::f64::consts::PI - lean);
    let p = dvector![weight * POUND, angle * std::f64::consts::PI / 180.0];
    let lift_off = Event::when(condition!(ground_force)).falling().terminal();
    let release = Event::when(condition!(above_release)).falling().terminal();
    let landing = Event::when(condition!(|_t, [_x, y, _u, _v], [_wind]| y + PIVOT)).falling().terminal();

    let slide = Problem::ode(ode!(sliding), [arm, -arm, sling, 0.0, 0.0, 0.0], &p, 0.0..1.0).with_event(lift_off);
    let slide = ended("the weight is too light to lift the projectile", slide.solve(Tsit5, &control, save.clone())?)?;
    let swing = Problem::ode(ode!(swinging), slide.last(), &p, 0.0..2.0).with_event(release);
    let swing = ended("the projectile never flies in this direction", swing.solve(Tsit5, &control, save.clone())?)?;
    let start = projectile(swing.last().as_slice());
    let flight = Problem::ode(ode!(flying), start, &dvector![wind], 0.0..60.0).with_event(landing);
    let flight = ended("the projectile never lands", flight.solve(Tsit5, &control, save)?)?;
    Ok([slide, swing, flight])
}

fn ended<R: Real>(otherwise: &str, stage: Solution<R>) -> Result<Solution<R>, Cause> {
    if stage.ended() == Ended::AtSpanEnd { Err(otherwise.into()) } else { Ok(stage) }
}

/// How far the projectile flies (m).
///
/// # Errors
/// As [`throw`].
pub fn distance<R: Real>(inputs: [R; 3], rtol: f64) -> Result<R, Cause> {
    Ok(throw(inputs, rtol, SaveAt::end())?[2].last()[0])
}
