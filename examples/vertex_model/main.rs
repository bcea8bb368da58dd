//! Which cells of a tissue want to grow? A vertex model: every cell pulls its corners towards an area and a perimeter of its own, and
//! the tissue rests where the energy is least. From a picture of the corners at rest the wanted areas are recovered, by
//! gradients through the minimum (the implicit function theorem): the iteration that finds it leaves no trace. The question and
//! equilibrium propagation, the independent check, are those of VertAX (2026, arXiv:2604.06896).
//!
//! ```text
//! cargo run --release --example vertex_model -- pictures
//! ```

mod tissue;

use costate::fit::{Cause, JacobianMode, Random, linearise};
use costate::prelude::*;
use std::time::Instant;
use tissue::Tissue;

/// Of a corner as seen, where a cell has area 1.
const NOISE: f64 = 0.002;

/// The areas that the cells want: the central one the most, others at random.
fn wanted(cells: usize) -> DVector<f64> {
    let mut random = Random::new(6, 0);
    DVector::from_fn(cells, |cell, _| if cell == cells / 2 { 1.6 } else { 0.8 + 0.4 * random.uniform() })
}

/// The tissue at rest, as seen with noise.
fn seen(rings: i32, noise: f64) -> Result<Tissue, Cause> {
    let (mut tissue, mut random) = (Tissue::new(rings), Random::new(6, 1));
    tissue.seen = tissue.rest(&wanted(tissue.cells.len()))?.iter().map(|x| x + noise * random.normal()).collect();
    Ok(tissue)
}

fn fit_areas(tissue: &Tissue) -> Result<Fitted, FitError> {
    let names = (1..=tissue.cells.len()).map(|cell| format!("cell {cell}"));
    let parameters = names.fold(Parameters::new(), |all, name| all.linear(&name, 1.0));
    let residuals = |wanted: &DVector<f64>| linearise(tissue, wanted, JacobianMode::BySize);
    fit_least_squares(residuals, &parameters, &LevenbergMarquardt::default(), quiet)
}

/// The gradient at equal cells by the implicit function theorem, and how far equilibrium propagation and differences are off it.
fn compare(rings: i32) -> Result<(DVector<f64>, [f64; 2]), Cause> {
    let mut tissue = seen(rings, NOISE)?;
    let cells = tissue.cells.len();
    let equal = DVector::from_element(cells, 1.0);
    let (_, implicit) = tissue.gradient(&equal)?;
    let propagated = tissue.propagated(&equal, 1e-5)?;
    let mut differences = DVector::zeros(cells);
    for cell in 0..cells {
        let loss = |h: f64| {
            let moved = DVector::from_fn(cells, |k, _| if k == cell { 1.0 + h } else { 1.0 });
            tissue.gradient(&moved).map(|(loss, _)| loss)
        };
        differences[cell] = (loss(1e-4)? - loss(-1e-4)?) / 2e-4;
    }
    let off = [propagated, differences].map(|other| (other - &implicit).amax() / implicit.amax());
    Ok((implicit, off))
}

/// Around every cell and back, with a gap after each.
fn outlines(tissue: &Tissue, x: &[f64]) -> [Vec<f64>; 2] {
    let around = |cell: &[usize; 6]| (0..=6).map(|k| Some(cell[k % 6])).chain([None]).collect::<Vec<_>>();
    let path: Vec<Option<usize>> = tissue.cells.iter().flat_map(around).collect();
    [0, 1].map(|i| path.iter().map(|corner| corner.map_or(f64::NAN, |corner| x[2 * corner + i])).collect())
}

fn main() -> Result<(), Cause> {
    let (_, [propagated, differences]) = compare(2)?;
    println!(
        "gradient by the implicit function theorem: equilibrium propagation is {propagated:.1e} off, differences {differences:.1e}"
    );
    let (tissue, wanted) = (seen(2, NOISE)?, wanted(19));
    let best = |run: &dyn Fn()| {
        let time = |_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64()
        };
        (0..10).map(time).fold(f64::INFINITY, f64::min)
    };
    let alone = best(&|| drop(std::hint::black_box(tissue.rest(&wanted))));
    let with = best(&|| drop(std::hint::black_box(tissue.gradient(&wanted))));
    println!("finding rest: {:.2} ms; with the gradient by 19 areas: {:.2} ms\n", 1e3 * alone, 1e3 * with);
    let fitted = fit_areas(&tissue)?;
    println!("{fitted}\n");
    println!("largest error of an area: {:.3}", (fitted.estimates() - &wanted).amax());
    let rest = tissue.rest(fitted.estimates())?;
    let ([x0, y0], [x, y]) = (outlines(&tissue, &tissue.corners), outlines(&tissue, rest.as_slice()));
    let (seen_x, seen_y): (Vec<_>, Vec<_>) = tissue.seen.chunks(2).map(|place| (place[0], place[1])).unzip();
    let figure = Figure::new("A tissue at rest, and the wanted areas that explain it").x_label("x").y_label("y");
    let figure = figure.equal_units().curve("rest of the fit", &x, &y).curve("equal cells", &x0, &y0);
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    Ok(figure.points("corners as seen", &seen_x, &seen_y).save(format!("{folder}/vertex_model.png"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_gradients_agree_and_areas_are_recovered() {
        let (implicit, [propagated, differences]) = compare(1).unwrap();
        assert!(implicit.amax() > 0.01 && propagated < 1e-6 && differences < 1e-6, "{propagated:e} {differences:e}");
        let exact = fit_areas(&seen(1, 0.0).unwrap()).unwrap();
        assert!((exact.estimates() - wanted(7)).amax() < 1e-7, "{exact}");
        let fitted = fit_areas(&seen(1, NOISE).unwrap()).unwrap();
        let errors = fitted.standard_errors().expect("all areas are determined");
        let off = fitted.estimates() - wanted(7);
        assert!((0..7).all(|k| off[k].abs() < 4.0 * errors[k]) && off.amax() < 0.2, "{fitted}");
    }
}
