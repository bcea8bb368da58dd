//! What a gradient costs as the Brusselator grows, beside the published curves.

use crate::{Cells, cells};
use costate::fit::Figure;
use costate::prelude::*;

/// Cells along a side, and seconds: interpolating, quadrature and Gauss adjoints with compiled reverse mode, of
/// `BrussScaling.jmd` in SciMLBenchmarks (Julia 1.10.2 on an EPYC 7502).
const PUBLISHED: [(f64, [f64; 3]); 8] = [
    (2.0, [0.0033, 0.0019, 0.0020]),
    (3.0, [0.0064, 0.0030, 0.0036]),
    (5.0, [0.0489, 0.0087, 0.0111]),
    (7.0, [0.319, 0.0229, 0.0322]),
    (10.0, [0.819, 0.279, 0.296]),
    (12.0, [1.41, 0.471, 0.887]),
    (15.0, [3.39, 1.04, 1.41]),
    (17.0, [4.89, 1.47, 2.15]),
];

pub fn picture(path: &str) -> Result<(), FitError> {
    let mut found = [const { Vec::new() }; 3];
    let mut parameters = Vec::new();
    for (n, _) in PUBLISHED {
        parameters.push(4.0 * n * n);
        let title = format!("Brusselator, {n} cells a side, Rodas5P");
        let times = cells(&title, &Cells::new(n as usize, 1.0), Rodas5P);
        found.iter_mut().zip(times).for_each(|(found, time)| found.push(time));
    }
    let figure =
        Figure::new("Brusselator: what a gradient costs").log_x().log_y().x_label("parameters").y_label("seconds");
    let ours = ["plain solve", "DiscreteAdjoint", "GaussAdjoint"];
    let figure = ours.iter().zip(&found).fold(figure, |figure, (name, times)| figure.curve(name, &parameters, times));
    let theirs = ["published: interpolating", "published: quadrature", "published: Gauss"];
    let figure = theirs.iter().enumerate().fold(figure, |figure, (i, name)| {
        let times: Vec<f64> = PUBLISHED.iter().map(|row| row.1[i]).collect();
        figure.curve(name, &parameters, &times)
    });
    figure.save(path)
}
