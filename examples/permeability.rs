//! Which way does water go underground? The permeability of every cell of an aquifer from pressures in sixteen wells, each of which is
//! pumped in turn: a finite-volume flow solver, whose sparse system is factorised once for all sixteen tests, and a gradient by
//! 576 unknowns that costs one transposed solve for each. The question of DPFEHM (2022, arXiv:2206.10718) and of pressure
//! management with it (2025, arXiv:2508.19419).
//!
//! ```text
//! cargo run --release --example permeability -- pictures
//! ```

use costate::fit::{Cause, Optimiser, Optimum, Random};
use costate::linalg::{LinalgError, sparse_solve_many};
use costate::nalgebra_sparse::{CooMatrix, CscMatrix};
use costate::prelude::*;
use std::time::Instant;

/// Cells along each side of the unit square, whose border is kept at pressure 0.
const SIDE: usize = 24;
const CELLS: usize = SIDE * SIDE;
/// Rows, and columns, with wells.
const WELLS: [usize; 4] = [3, 9, 14, 20];
/// Of a pressure, where a pumped well has about 0.5.
const NOISE: f64 = 0.002;
/// How much the logarithms of the permeabilities of neighbours differ, as known beforehand.
const ROUGHNESS: f64 = 0.3;

fn wells() -> Vec<usize> {
    WELLS.iter().flat_map(|row| WELLS.map(|column| row * SIDE + column)).collect()
}

/// The cells that touch, each pair once.
fn neighbours() -> impl Iterator<Item = (usize, usize)> {
    let right = (0..CELLS).filter(|cell| cell % SIDE + 1 < SIDE).map(|cell| (cell, cell + 1));
    right.chain((0..CELLS - SIDE).map(|cell| (cell, cell + SIDE)))
}

/// What flows through faces for given pressures: between two cells of permeabilities k and m their harmonic mean counts.
fn flow<R: Real>(logarithms: &[R]) -> CscMatrix<R> {
    let permeability: Vec<R> = logarithms.iter().map(|f| f.exp()).collect();
    let mut matrix = CooMatrix::new(CELLS, CELLS);
    for (i, j) in neighbours() {
        let (k, m) = (permeability[i], permeability[j]);
        let through = 2.0 * k * m / (k + m);
        for (row, column, part) in [(i, i, through), (j, j, through), (i, j, -through), (j, i, -through)] {
            matrix.push(row, column, part);
        }
    }
    for k in 0..SIDE {
        for cell in [k, CELLS - 1 - k, k * SIDE, k * SIDE + SIDE - 1] {
            matrix.push(cell, cell, 2.0 * permeability[cell]);
        }
    }
    CscMatrix::from(&matrix)
}

/// Pressures in all wells (rows) when each is pumped at unit rate (columns).
fn pressures<R: Real>(logarithms: &[R]) -> Result<DMatrix<R>, LinalgError> {
    let wells = wells();
    let pumped = DMatrix::from_fn(CELLS, wells.len(), |cell, test| R::from(f64::from(u8::from(wells[test] == cell))));
    Ok(sparse_solve_many(&flow(logarithms), &pumped)?.select_rows(&wells))
}

/// A channel of high permeability that winds through, and a lens of clay.
fn truth() -> DVector<f64> {
    DVector::from_fn(CELLS, |cell, _| {
        let [y, x] = [cell / SIDE, cell % SIDE].map(|k| (k as f64 + 0.5) / SIDE as f64);
        let from_channel = y - 0.35 - 0.15 * (6.0 * x).sin();
        let from_lens = (x - 0.7).hypot(y - 0.75);
        1.5 * (-(from_channel / 0.12).powi(2)).exp() - 2.0 * (-(from_lens / 0.18).powi(2)).exp()
    })
}

fn measured() -> Result<DMatrix<f64>, LinalgError> {
    let mut random = Random::new(8, 0);
    Ok(pressures(truth().as_slice())?.map(|pressure| pressure + NOISE * random.normal()))
}

/// Half the squared misfit of the pressures and of smoothness, each in units of its size: the negative logarithm of a posterior.
fn objective<R: Real>(logarithms: &[R], measured: &DMatrix<f64>) -> Result<R, LinalgError> {
    let off: Vec<R> = pressures(logarithms)?.iter().zip(measured).map(|(&p, seen)| (p - *seen) / NOISE).collect();
    let rough: Vec<R> = neighbours().map(|(i, j)| (logarithms[i] - logarithms[j]) / ROUGHNESS).collect();
    Ok((R::dot(&off, &off) + R::dot(&rough, &rough)) * 0.5)
}

/// The most probable field, from permeability 1 everywhere.
fn recover(measured: &DMatrix<f64>, iterations: usize) -> Result<Optimum, FitError> {
    let mut with_gradient = |f: &DVector<f64>| try_gradient(|f| Ok::<_, Cause>(objective(f.as_slice(), measured)?), f);
    let lbfgs = Lbfgs { iterations, gradient_tolerance: 1e-4, first_step: 0.1, ..Lbfgs::default() };
    lbfgs.minimise(&mut with_gradient, &DVector::zeros(CELLS), &mut quiet)
}

/// The root mean square error of a field, and of its pressures in units of their noise.
fn errors(field: &DVector<f64>, measured: &DMatrix<f64>) -> Result<[f64; 2], LinalgError> {
    let off = (pressures(field.as_slice())? - measured).norm() / (measured.len() as f64).sqrt();
    Ok([(field - truth()).norm() / (CELLS as f64).sqrt(), off / NOISE])
}

fn main() -> Result<(), Cause> {
    let (measured, even) = (measured()?, DVector::zeros(CELLS));
    let seconds = |run: &dyn Fn()| {
        let time = |_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64()
        };
        (0..10).map(time).fold(f64::INFINITY, f64::min)
    };
    let alone = seconds(&|| drop(std::hint::black_box(objective(even.as_slice(), &measured))));
    let with = seconds(&|| drop(std::hint::black_box(try_gradient(|f| objective(f.as_slice(), &measured), &even))));
    println!(
        "sixteen pumping tests: {:.1} ms, with the gradient by {CELLS} unknowns {:.1} ms",
        1e3 * alone,
        1e3 * with
    );
    let found = recover(&measured, 1000)?;
    println!("{} after {} gradients", found.stop, found.evaluations);
    for (name, field) in [("permeability 1", &even), ("recovered", &found.point), ("true", &truth())] {
        let [field, pressure] = errors(field, &measured)?;
        println!("{name:>15}: error of ln k {field:.3}, of the pressures {pressure:.2} times their noise");
    }
    let mut seen = found.point.as_slice().to_vec();
    wells().into_iter().for_each(|well| seen[well] = f64::NAN);
    let gallery = Gallery::new("Permeability from pumping tests in sixteen wells (white)").scale_label("ln k");
    let gallery = gallery.field("true", SIDE, truth().as_slice()).field("recovered", SIDE, &seen);
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    Ok(gallery.save(format!("{folder}/permeability.png"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_is_recovered_and_the_gradient_is_exact() {
        let measured = measured().unwrap();
        let field = 0.5 * truth();
        let (_, slope) = try_gradient(|f| objective(f.as_slice(), &measured), &field).unwrap();
        for cell in [0, 81, 300, 575] {
            let moved = |h: f64| {
                let f = DVector::from_fn(CELLS, |k, _| field[k] + if k == cell { h } else { 0.0 });
                objective(f.as_slice(), &measured).unwrap()
            };
            let difference = (8.0 * (moved(1e-3) - moved(-1e-3)) - (moved(2e-3) - moved(-2e-3))) / 0.012;
            assert!((slope[cell] - difference).abs() < 1e-7 * slope.amax(), "{cell}: {} {difference}", slope[cell]);
        }
        let [before, after] = [DVector::zeros(CELLS), recover(&measured, 150).unwrap().point];
        let ([before, _], [after, misfit]) = (errors(&before, &measured).unwrap(), errors(&after, &measured).unwrap());
        assert!(after < 0.5 * before && (0.5..1.2).contains(&misfit), "{before} {after} {misfit}");
    }
}
