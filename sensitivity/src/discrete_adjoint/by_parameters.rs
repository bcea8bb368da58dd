//! [`ByParameters`]: the cotangents of the parameters, where those of the state are known otherwise.

use super::field::Field;
use costate_ad::{At, COLOURS, Dual, Engine, JacobianPattern, RightHandSide, SparseJacobian};
use costate_solvers::Ode;
use nalgebra_sparse::pattern::SparsityPattern;

/// Products with the derivative of a right-hand side by its parameters alone, by colours of them: rates of their own in every cell of a
/// grid have few, and so have few parameters, where a recording takes as long as ten runs.
pub(crate) struct ByParameters {
    jacobian: SparseJacobian<f64>,
    y: Vec<Dual<f64, COLOURS>>,
}

/// Up to how many parameters of any pattern runs on dual numbers take fewer operations than a recording.
const FEW: usize = 2 * COLOURS;

impl ByParameters {
    /// Where that is cheaper than the products by state and parameters, which this engine computes.
    pub(crate) fn of<S: Ode>(field: &Field<'_, S>, at: At<'_>, engine: Engine) -> Option<ByParameters> {
        let pattern = match engine {
            Engine::Tape if at.p.len() <= FEW => full(at.y.len(), at.p.len()),
            Engine::ColouredJacobian => traced(field, at)?,
            _ => return None,
        };
        Some(ByParameters { jacobian: SparseJacobian::new(&pattern, &pattern.colour()), y: Vec::new() })
    }

    /// Adds the cotangents of the parameters that belong to the cotangent `w` of the slope, to `p_bar`.
    pub(crate) fn add<S: Ode>(&mut self, field: &Field<'_, S>, at: At<'_>, w: &[f64], p_bar: &mut [f64]) {
        if p_bar.is_empty() {
            return;
        }
        self.y.clear();
        self.y.extend(at.y.iter().map(|&y| Dual::constant(y)));
        let (t, y) = (Dual::constant(at.t), &self.y);
        let (offsets, rows, values) = self.jacobian.evaluate_with(|p, dy| field.eval(t, y, p, dy), at.p).csc_data();
        for (bar, column) in p_bar.iter_mut().zip(offsets.windows(2)) {
            let entries = rows[column[0]..column[1]].iter().zip(&values[column[0]..column[1]]);
            // An element that is 0 contributes nothing, also where a derivative is infinite.
            *bar += entries.map(|(&row, value)| if w[row] == 0.0 { 0.0 } else { w[row] * value }).sum::<f64>();
        }
    }
}

fn full(states: usize, parameters: usize) -> JacobianPattern {
    let offsets = (0..=parameters).map(|column| column * states).collect();
    let rows = (0..parameters).flat_map(|_| 0..states).collect();
    let pattern = SparsityPattern::try_from_offsets_and_indices(parameters, states, offsets, rows);
    JacobianPattern::known(pattern.expect("the rows of every column ascend"))
}

/// The columns of the parameters; none where they differ from point to point. All inputs are traced: what is multiplied by a state that is 0
/// here matters elsewhere.
fn traced<S: Ode>(field: &Field<'_, S>, at: At<'_>) -> Option<JacobianPattern> {
    let (states, last) = (at.y.len(), at.y.len() + at.p.len());
    let x: Vec<f64> = at.y.iter().chain(at.p).copied().chain([at.t]).collect();
    let run = |x: &[_], dy: &mut [_]| field.eval(x[last], &x[..states], &x[states..last], dy);
    let all = JacobianPattern::trace(run, &x, states);
    if !all.holds_everywhere() {
        return None;
    }
    let columns: Vec<&[usize]> = (states..last).map(|column| all.column(column)).collect();
    let mut offsets = vec![0];
    columns.iter().for_each(|column| offsets.push(offsets[offsets.len() - 1] + column.len()));
    let pattern = SparsityPattern::try_from_offsets_and_indices(at.p.len(), states, offsets, columns.concat());
    Some(JacobianPattern::known(pattern.expect("the rows of every column ascend")))
}
