//! Can a gradient be right and still lead nowhere? A ball is dropped from 50 m; how elastic must it be for a height of 20 m after 15
//! seconds? The gradient goes through every bounce, and at the answer that is often shown it is zero: there the ball is as high as it
//! gets with three bounces, 19.37 m, and the target is out of reach. It is met with two.
//!
//! The ball of the documentation of SciMLSensitivity.jl (by the authors of arXiv:1907.07587): gravity 9.8 m/s^2, restitution 0.8 at
//! the start, optimum printed as 0.866554105.
//!
//! ```text
//! cargo run --release --example bouncing_ball -- pictures
//! ```

use costate::fit::{Cause, Optimiser};
use costate::prelude::*;

const GRAVITY: f64 = 9.8;
const DROP: f64 = 50.0;
const END: f64 = 15.0;
const TARGET: f64 = 20.0;

/// The height (m) at the end, by this strategy.
pub fn height<G: GradientStrategy>(restitution: Var, strategy: &G) -> Result<Var, SolveError> {
    let ball = ode!(|_t, [_height, speed], [_restitution]| [speed, R::from(-GRAVITY)]);
    let bounce = Event::when(condition!(|_t, [height, _speed], [_restitution]| height)).falling().then(reset!(|_t,
                                                                                                               [
        _height,
        speed,
    ],
                                                                                                               [
        restitution,
    ]| [
        R::from(0.0),
        -restitution * speed
    ]));
    let problem = Problem::ode(ball, [DROP, 0.0], &dvector![restitution], 0.0..END).with_event(bounce);
    Ok(strategy.solve(&problem, Tsit5, Tolerance::new(1e-10, 1e-10), SaveAt::end())?.last()[0])
}

/// The same in closed form, for every scalar: parabolas between the bounces.
pub fn closed_form<R: Real>(restitution: R) -> R {
    let (mut speed, mut bounced) = (R::from((2.0 * GRAVITY * DROP).sqrt()), R::from((2.0 * DROP / GRAVITY).sqrt()));
    loop {
        speed *= restitution;
        let next = bounced + 2.0 * speed / GRAVITY;
        if next > END {
            let left = END - bounced;
            return speed * left - 0.5 * GRAVITY * left * left;
        }
        bounced = next;
    }
}

/// Slopes of the height by every strategy that goes through events.
pub fn slopes(restitution: f64) -> Result<Vec<(&'static str, [f64; 2])>, SolveError> {
    fn one<G: GradientStrategy>(x: f64, strategy: &G) -> Result<(&'static str, [f64; 2]), SolveError> {
        let (height, slope) = try_gradient(|x| height(x[0], strategy), &dvector![x])?;
        Ok((strategy.name(), [height, slope[0]]))
    }
    Ok(vec![
        one(restitution, &Direct)?,
        one(restitution, &Forward)?,
        one(restitution, &DiscreteAdjoint::default())?,
        one(restitution, &GaussAdjoint::default())?,
    ])
}

/// Where a descent from here ends: the restitution, the loss and its slope.
pub fn descend(start: f64) -> Result<[f64; 3], Cause> {
    let mut objective = |x: &DVector<f64>| {
        let loss = |x: &DVector<Var>| Ok::<_, Cause>((height(x[0], &DiscreteAdjoint::default())? - TARGET).powi(2));
        try_gradient(loss, x)
    };
    let found =
        Lbfgs { first_step: 0.01, ..Lbfgs::default() }.minimise(&mut objective, &dvector![start], &mut quiet)?;
    Ok([found.point[0], found.value, found.gradient[0]])
}

fn main() -> Result<(), Cause> {
    let (value, slope) = derivative(closed_form, 0.8);
    println!("at a restitution of 0.8: height {value:.10} m, slope {slope:.8} m in closed form");
    for (strategy, [height, slope]) in slopes(0.8)? {
        println!("  {strategy:<16} height {height:.10}, slope {slope:.8}");
    }
    let starts = [0.8, 0.96];
    let ends = starts.iter().map(|&start| descend(start)).collect::<Result<Vec<_>, _>>()?;
    for (start, [x, loss, slope]) in starts.iter().zip(&ends) {
        println!("from {start}: ends at {x:.9}, {:.4} m, loss {loss:.4}, slope {slope:.1e}", closed_form(*x));
    }
    println!("a slope of zero is not yet an answer: look at the loss, and start from more than one place");
    let x: Vec<f64> = (0..=1200).map(|i| 0.70 + 0.00025 * f64::from(i)).collect();
    let y: Vec<f64> = x.iter().map(|&x| closed_form(x)).collect();
    let figure = Figure::new("How high is the ball after 15 s?").x_label("restitution").y_label("height (m)");
    let figure = figure.curve("height", &x, &y).curve("target", &[0.70, 1.0], &[TARGET; 2]);
    let mark = |figure: Figure, name: &str, x: f64| figure.points(name, &[x], &[closed_form(x)]);
    let figure = mark(mark(figure, "from 0.8: a maximum, short of it", ends[0][0]), "from 0.96: there", ends[1][0]);
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    Ok(figure.save(format!("{folder}/bouncing_ball.png"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_go_through_every_bounce() {
        let (value, slope) = derivative(closed_form, 0.8);
        assert!((value - 8.4942170076).abs() < 1e-9 && (slope - 314.568840).abs() < 1e-5);
        for (strategy, [height, found]) in slopes(0.8).unwrap() {
            assert!((height - value).abs() < 1e-8 && (found / slope - 1.0).abs() < 1e-8, "{strategy}: {found}");
        }
    }

    #[test]
    fn descent_ends_on_a_maximum_of_the_height_and_elsewhere_at_the_target() {
        let [x, loss, slope] = descend(0.8).unwrap();
        assert!(
            (x - 0.866554105).abs() < 1e-6 && (loss - 0.3995).abs() < 1e-4 && slope.abs() < 1e-4,
            "{x} {loss} {slope}"
        );
        assert!((closed_form(x) - 19.3679).abs() < 1e-4 && TARGET - closed_form(x) > 0.6);
        let curvature = derivative(|x| derivative(closed_form, x).1, x).1;
        assert!(curvature < 0.0, "{curvature}");
        let [x, loss, _] = descend(0.96).unwrap();
        assert!(loss < 1e-10 && (closed_form(x) - TARGET).abs() < 1e-5, "{x} {loss}");
    }
}
