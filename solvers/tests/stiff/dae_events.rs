//! Events of a problem with algebraic equations, against a closed form.

use costate_ad::derivative;
use costate_solvers::*;
use nalgebra::{DVector, dmatrix};

const END: f64 = 1.5;

/// Decay of `y` beside `z = p y^2` as an algebraic equation. Where `z` falls to 1/4, at `t = ln(2 sqrt p)`, `y` is raised by 1, and `z`
/// has to follow: `y = (1 + 2 sqrt p) exp(-t)` from then on. Gives `y` and `z` at the end, and the time of the event.
fn run<R: Real>(method: impl Method, p: R) -> [R; 3] {
    let model = ode!(|_t, [y, z], [p]| [-y, z - p * y * y]);
    let raise =
        Event::when(condition!(|_t, [_y, z], [_p]| z - 0.25)).falling().then(reset!(|_t, [y, z], [_p]| [y + 1.0, z]));
    let start = [R::from(1.0), p];
    let problem = Problem::ode(model, start, &DVector::from_element(1, p), 0.0..END);
    let problem = problem.with_mass_matrix(dmatrix![1.0, 0.0; 0.0, 0.0]).with_event(raise);
    let solution = problem.solve(method, Tolerance::new(1e-9, 1e-9).with_max_step(0.02), SaveAt::end()).unwrap();
    assert_eq!(solution.events().len(), 1);
    let event = &solution.events()[0];
    assert!((event.after[1].value() - p.value() * event.after[0].value().powi(2)).abs() < 1e-10, "z follows");
    [solution.last()[0], solution.last()[1], event.time]
}

#[test]
fn events_of_algebraic_equations_have_their_times_and_derivatives() {
    fn check(method: impl Method + Copy, most: f64) {
        let decay = (-END).exp();
        // At p = 1, with the derivatives by p.
        let expected = [(3.0 * decay, decay), (9.0 * decay * decay, 15.0 * decay * decay), (2.0_f64.ln(), 0.5)];
        for (index, (value, slope)) in expected.into_iter().enumerate() {
            let (found, derivative) = derivative(|p| run(method, p)[index], 1.0);
            assert!((found - value).abs() < most, "{} {index}: {found} {value}", method.name());
            assert!((derivative - slope).abs() < 10.0 * most, "{} {index}: {derivative} {slope}", method.name());
            assert_eq!(run(method, 1.0)[index], found, "{} takes the same steps", method.name());
        }
    }
    check(Rodas5P, 1e-7);
    check(RadauIIA5, 1e-6);
    check(Bdf::default(), 1e-5);
}
