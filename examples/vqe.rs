//! What is the ground energy of four quantum spins in a ring? A variational quantum eigensolver: the energy of a circuit of
//! rotations and controlled NOTs, lowered by Adam in its 28 angles through complex arithmetic; and, without a circuit, in the
//! complex amplitudes themselves. The Heisenberg ring `XX + YY + ZZ` over neighbours has -2 per site.
//!
//! ```text
//! cargo run --release --example vqe -- pictures
//! ```

use costate::ad::complex_gradient;
use costate::fit::{Cause, Optimiser, Optimum, Random, Schedule};
use costate::linalg::symmetric_eigenvalues;
use costate::nalgebra::Complex;
use costate::prelude::*;

const QUBITS: usize = 4;
const SIZE: usize = 1 << QUBITS;
const ANGLES: usize = 7 * QUBITS;

/// `exp(-i angle X/2)` or `exp(-i angle Z/2)` on one qubit.
fn rotate<R: Real>(state: &mut [Complex<R>], qubit: usize, about_x: bool, angle: R) {
    let (cos, sin) = ((angle * 0.5).cos(), (angle * 0.5).sin());
    for low in (0..SIZE).filter(|place| place >> qubit & 1 == 0) {
        let high = low | 1 << qubit;
        let (a, b) = (state[low], state[high]);
        if about_x {
            let flip = Complex::new(R::zero(), -sin);
            (state[low], state[high]) = (a * cos + b * flip, a * flip + b * cos);
        } else {
            (state[low], state[high]) = (a * Complex::new(cos, -sin), b * Complex::new(cos, sin));
        }
    }
}

/// Three layers of rotations with rings of controlled NOTs between, on the state in which all qubits are 0.
fn circuit<R: Real>(angles: &[R]) -> Vec<Complex<R>> {
    let mut state = vec![Complex::new(R::zero(), R::zero()); SIZE];
    state[0].re = R::one();
    let mut angles = angles.iter().copied();
    for (layer, about_x) in [&[true, false][..], &[false, true, false], &[false, true]].into_iter().enumerate() {
        for qubit in 0..QUBITS {
            for &about_x in about_x {
                rotate(&mut state, qubit, about_x, angles.next().expect("28 angles"));
            }
        }
        if layer < 2 {
            for control in 0..QUBITS {
                let target = 1 << ((control + 1) % QUBITS);
                let flipped = |place: usize| if place >> control & 1 == 1 { place ^ target } else { place };
                state = (0..SIZE).map(|place| state[flipped(place)]).collect();
            }
        }
    }
    state
}

/// The Hamiltonian applied: on neighbours `XX + YY + ZZ` is twice their exchange less one.
fn hamiltonian<R: Real>(state: &[Complex<R>]) -> Vec<Complex<R>> {
    let mut result = vec![Complex::new(R::zero(), R::zero()); SIZE];
    for (one, other) in (0..QUBITS).map(|qubit| (qubit, (qubit + 1) % QUBITS)) {
        for place in 0..SIZE {
            let differ = (place >> one ^ place >> other) & 1;
            let exchanged = place ^ (differ << one | differ << other);
            result[place] += state[exchanged] * R::from(2.0) - state[place];
        }
    }
    result
}

/// The expected energy per site of a state of any norm.
fn energy<R: Real>(state: &[Complex<R>]) -> R {
    let moved = hamiltonian(state);
    let expected = state.iter().zip(&moved).fold(R::zero(), |sum, (a, b)| sum + a.re * b.re + a.im * b.im);
    expected / state.iter().fold(R::zero(), |sum, a| sum + a.norm_sqr()) / QUBITS as f64
}

fn adam() -> Adam {
    Adam { schedule: Schedule::Constant(0.1), iterations: 200, ..Adam::default() }
}

/// 200 iterations in the angles of the circuit, from random ones.
fn by_angles(seed: u64) -> Result<Optimum, FitError> {
    let mut random = Random::new(seed, 0);
    let start = DVector::from_fn(ANGLES, |_, _| std::f64::consts::TAU * random.uniform());
    let mut objective = |angles: &DVector<f64>| Ok(gradient(|angles| energy(&circuit(angles.as_slice())), angles));
    adam().minimise(&mut objective, &start, &mut quiet)
}

/// 200 iterations in the 16 complex amplitudes, real parts first, from random ones.
fn by_amplitudes(seed: u64) -> Result<Optimum, FitError> {
    let mut random = Random::new(seed, 1);
    let start = DVector::from_fn(2 * SIZE, |_, _| random.normal());
    let mut objective = |parts: &DVector<f64>| {
        let state = DVector::from_fn(SIZE, |i, _| Complex::new(parts[i], parts[SIZE + i]));
        let (value, slope) = complex_gradient(|state| energy(state.as_slice()), &state);
        Ok((value, DVector::from_fn(2 * SIZE, |i, _| if i < SIZE { slope[i].re } else { slope[i - SIZE].im })))
    };
    adam().minimise(&mut objective, &start, &mut quiet)
}

/// The least eigenvalue of the Hamiltonian, per site.
fn exact() -> Result<f64, Cause> {
    let unit = |j: usize| (0..SIZE).map(|i| Complex::new(f64::from(u8::from(i == j)), 0.0)).collect::<Vec<_>>();
    let columns: Vec<_> = (0..SIZE).map(|j| hamiltonian(&unit(j))).collect();
    let matrix = DMatrix::from_fn(SIZE, SIZE, |i, j| columns[j][i].re);
    Ok(symmetric_eigenvalues(&matrix)?.min() / QUBITS as f64)
}

/// How many of 20 random starts get within 0.01 of the ground energy.
fn successes() -> Result<usize, FitError> {
    let ends = (0..20).map(by_angles).collect::<Result<Vec<_>, _>>()?;
    Ok(ends.iter().filter(|end| end.value < -1.99).count())
}

fn main() -> Result<(), Cause> {
    let (exact, angles, amplitudes) = (exact()?, by_angles(5)?, by_amplitudes(5)?);
    println!("ground energy per site: {exact:.12} by diagonalisation");
    println!("28 angles of a circuit:  {:.12} after 200 iterations of Adam", angles.value);
    println!("16 complex amplitudes:   {:.12} after 200 iterations of Adam", amplitudes.value);
    println!("of 20 random starts of the circuit {} come within 0.01", successes()?);
    let mut figure = Figure::new("Ground state of four spins in a ring, by Adam").x_label("iteration");
    figure = figure.y_label("energy per site");
    for (name, end) in [("angles of the circuit", &angles), ("complex amplitudes", &amplitudes)] {
        let (number, value): (Vec<_>, Vec<_>) = end.history.iter().map(|i| (i.number as f64, i.value)).unzip();
        figure = figure.curve(name, &number, &value);
    }
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    Ok(figure.curve("exact", &[0.0, 200.0], &[exact; 2]).save(format!("{folder}/vqe.png"))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use costate::ad::{Verdict, check_gradient, program};

    #[test]
    fn the_ground_energy_is_minus_two_per_site() {
        assert!((exact().unwrap() + 2.0).abs() < 1e-13);
        assert!((by_angles(5).unwrap().value + 2.0).abs() < 1e-3 && successes().unwrap() >= 10);
        assert!((by_amplitudes(5).unwrap().value + 2.0).abs() < 1e-6);
        let x: Vec<f64> = (0..ANGLES).map(|i| (i as f64).sin()).collect();
        let report = check_gradient(&program!(|x| energy(&circuit(x))), &x);
        assert_eq!(report.verdict, Verdict::Agree, "{report}");
    }
}
