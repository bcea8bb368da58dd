//! What this example claims.

use super::*;

/// Energy of the rod, by closed form: without torque it changes by the error of the method only.
#[test]
fn the_pendulum_obeys_its_equations() {
    let ([angle, rate], cost) = step([0.3, -1.0], 1.5);
    let next = -1.0 + 0.05 * (15.0 * 0.3_f64.sin() + 4.5);
    assert!((rate - next).abs() < 1e-15 && (angle - (0.3 + 0.05 * next)).abs() < 1e-15);
    assert!((cost - (0.09 + 0.1 + 0.001 * 2.25)).abs() < 1e-15);
    let (_, wound) = step([0.3 + 4.0 * PI, -1.0], 1.5);
    assert!((cost - wound).abs() < 1e-12);
    assert_eq!(step([0.0, 7.9], 40.0).0[1], 8.0);
}

#[test]
fn gradients_of_a_rollout_agree_with_forward_mode() {
    let policy = policy().unwrap();
    let p = policy.initial(Initialisation::default(), 3);
    let (value, slope) = gradient(|p| run(&policy, p.as_slice(), [2.0, 0.5], (20, true), |cost| cost).1, &p);
    let direction = DVector::from_fn(p.len(), |i, _| (i as f64).sin());
    let along = |t| {
        let moved: Vec<_> = p.iter().zip(direction.iter()).map(|(&p, &d)| t * d + p).collect();
        run(&policy, &moved, [2.0, 0.5], (20, true), |cost| cost).1
    };
    let (again, forward) = derivative(along, 0.0);
    assert_eq!(value, again);
    assert!((slope.dot(&direction) / forward - 1.0).abs() < 1e-9);
}

#[test]
fn a_single_episode_teaches_it_to_stand() {
    let policy = policy().unwrap();
    let mut state = AdamState::new(&policy.initial(Initialisation::default(), 1));
    let before = mean_reward(&policy, &state.point(), false);
    let adam = Adam { schedule: Schedule::Constant(0.03), ..Adam::default() };
    episode(&policy, &adam, &mut state, &mut Random::new(1, 1)).unwrap();
    let after = mean_reward(&policy, &state.point(), false);
    assert!(before < -1000.0 && after > -250.0, "{before} {after}");
}
