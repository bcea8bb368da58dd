//! What this example claims.

use super::*;

/// Against the classical method by fixed steps of 1/600 s with bisection, computed elsewhere; wind and angle also against what the
/// authors printed: 4.02 and -0.99.
#[test]
fn a_throw_and_its_gradient() {
    let stages = throw([-2.0, 45.0, 200.0], 1e-9, SaveAt::end()).unwrap();
    let ends = [stages[0].times()[0], stages[1].times()[0]];
    assert!((ends[0] - 0.230641).abs() < 1e-6 && (ends[0] + ends[1] - 0.552518).abs() < 1e-6, "{ends:?}");
    let at = dvector![-2.0, 45.0, 200.0];
    let (landed, slope) = gradient_chunked::<3, _>(|x| distance([x[0], x[1], x[2]], 1e-9).unwrap(), &at);
    assert!((landed - 74.35147).abs() < 1e-4, "{landed}");
    assert!((slope - dvector![4.01299, -1.00238, 0.067381]).amax() < 2e-5);
    assert!(throw([0.0, 45.0, 5.0], 1e-6, SaveAt::end()).is_err());
}

/// The tape around the block, against differences of the whole.
#[test]
fn mixed_mode_is_the_gradient_of_the_miss() {
    let network = aimer().unwrap();
    let p = network.initial(Initialisation::default(), 3);
    let miss = |p: &DVector<Var>| network_miss(&network, p, [3.0, 70.0]);
    let (_, slope) = try_gradient(miss, &p).unwrap();
    let direction = p.map(|w| (40.0 * w).sin());
    let along = |h: f64| try_gradient(miss, &(&p + h * &direction)).unwrap().0;
    let difference = (along(1e-3) - along(-1e-3)) / 2e-3;
    assert!((slope.dot(&direction) / difference - 1.0).abs() < 1e-3, "{} {difference}", slope.dot(&direction));
}

#[test]
fn a_little_training_already_aims() {
    let network = aimer().unwrap();
    let p = train(&network, 200, |_, _| ()).unwrap();
    let miss = mean_miss(&network, &p).unwrap();
    assert!(miss < 0.1, "{miss}");
    let [angle, weight] = optimise([3.0, 70.0]).unwrap();
    assert!((distance([3.0, angle, weight], RTOL).unwrap() - 70.0).abs() < 0.003 * 70.0);
}
