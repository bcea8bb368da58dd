//! One iteration's linear problem, in the first state and the parameters alone.

use super::Segments;
use super::segments::rows_of;
use crate::{Cause, Data, Parameters};
use costate_ad::{Dual, try_jacobian_chunked};
use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

pub(super) struct Pieces<'a, M> {
    pub model: &'a M,
    pub data: &'a Data,
    pub parameters: &'a Parameters,
    /// Where each piece begins.
    pub times: Vec<f64>,
}

/// The unknowns.
#[derive(Clone)]
pub(super) struct Variables {
    pub nodes: Vec<DVector<f64>>,
    /// On the unbounded scale.
    pub parameters: DVector<f64>,
}

/// Changes of the unknowns.
pub(super) struct Step {
    nodes: Vec<DVector<f64>>,
    parameters: DVector<f64>,
}

/// A piece, linearised about its node and the parameters.
struct Piece {
    residuals: DVector<f64>,
    /// The residuals by node and parameters.
    jacobian: DMatrix<f64>,
    /// By how much the end misses the next node, and its Jacobian; empty for the last piece.
    gap: DVector<f64>,
    transition: DMatrix<f64>,
}

/// All pieces, with every node expressed by the first and the parameters: `change of node j = offset_j + matrix_j (change of parameters,
/// change of the first node)`.
pub(super) struct Condensed {
    pieces: Vec<Piece>,
    nodes: Vec<(DVector<f64>, DMatrix<f64>)>,
    parameters: usize,
}

impl<M: Segments> Pieces<'_, M> {
    pub fn linearise(&self, variables: &Variables) -> Result<Condensed, Cause> {
        let outcomes: Vec<Result<Piece, Cause>> =
            (0..self.times.len()).into_par_iter().map(|piece| self.piece(variables, piece)).collect();
        let pieces = outcomes.into_iter().collect::<Result<Vec<_>, Cause>>()?;
        let (states, parameters) = (variables.nodes[0].len(), variables.parameters.len());
        let mut first = DMatrix::zeros(states, parameters + states);
        first.view_mut((0, parameters), (states, states)).fill_with_identity();
        let mut nodes = vec![(DVector::zeros(states), first)];
        for piece in &pieces[..pieces.len() - 1] {
            let (offset, matrix) = &nodes[nodes.len() - 1];
            let (by_node, by_parameters) = piece.transition.columns_range_pair(0..states, states..);
            let mut next = by_node * matrix;
            let mut of_parameters = next.columns_mut(0, parameters);
            of_parameters += by_parameters;
            nodes.push((by_node * offset + &piece.gap, next));
        }
        Ok(Condensed { pieces, nodes, parameters })
    }

    fn piece(&self, variables: &Variables, piece: usize) -> Result<Piece, Cause> {
        let node = &variables.nodes[piece];
        let (states, rows) = (node.len(), rows_of(self.data, &self.times, piece));
        let last = piece + 1 == self.times.len();
        let end = if last { self.data.times()[self.data.len() - 1] } else { self.times[piece + 1] };
        let x = DVector::from_iterator(
            states + variables.parameters.len(),
            node.iter().chain(&variables.parameters).copied(),
        );
        let mut count = 0;
        let values = |x: &DVector<Dual<f64, 6>>| {
            let p = self.parameters.from_unbounded(&x.rows(states, x.len() - states).into_owned());
            let start = x.rows(0, states).into_owned();
            let times = &self.data.times()[rows.clone()];
            let solved = self.model.solve(self.times[piece]..end, times, &start, &p)?;
            let mut out = Vec::new();
            for (row, state) in rows.clone().zip(&solved) {
                let model = self.model.observe(state, &p);
                for (column, &model) in model.iter().enumerate().take(self.data.names().len()) {
                    for seen in self.data.cell(row, column) {
                        out.push(self.model.residual(seen.value, model)? * (seen.weight.sqrt() / seen.noise));
                    }
                }
            }
            count = out.len();
            if !last {
                out.extend(
                    solved[solved.len() - 1].iter().zip(&variables.nodes[piece + 1]).map(|(&end, &node)| end - node),
                );
            }
            Ok::<_, Cause>(DVector::from_vec(out))
        };
        let (values, jacobian) = try_jacobian_chunked::<6, f64, Cause>(values, &x)?;
        if values.iter().chain(&jacobian).any(|value| !value.is_finite()) {
            return Err(format!("a residual of the piece from t = {} is not finite", self.times[piece]).into());
        }
        let gaps = values.len() - count;
        Ok(Piece {
            residuals: values.rows(0, count).into_owned(),
            jacobian: jacobian.rows(0, count).into_owned(),
            gap: values.rows(count, gaps).into_owned(),
            transition: jacobian.rows(count, gaps).into_owned(),
        })
    }
}

impl Variables {
    pub fn moved(&self, step: &Step, share: f64) -> Variables {
        let nodes = self.nodes.iter().zip(&step.nodes).map(|(node, step)| node + step * share).collect();
        Variables { nodes, parameters: &self.parameters + &step.parameters * share }
    }

    pub fn is_little(&self, step: &Step, tolerance: f64) -> bool {
        let parameters = self.parameters.iter().zip(&step.parameters);
        let little = parameters.into_iter().all(|(x, step)| step.abs() <= tolerance * x.abs().max(1.0));
        let mut nodes = self.nodes.iter().zip(&step.nodes);
        little && nodes.all(|(node, step)| step.amax() <= tolerance * node.amax().max(1e-300))
    }
}

impl Condensed {
    /// The sum of squared residuals.
    pub fn squares(&self) -> f64 {
        self.pieces.iter().map(|piece| piece.residuals.norm_squared()).sum()
    }

    /// The sum of what does not meet.
    pub fn gap(&self) -> f64 {
        self.pieces.iter().map(|piece| piece.gap.lp_norm(1)).sum()
    }

    /// Residuals and Jacobian by the parameters and the first state, the other nodes following the linearised trajectory.
    pub fn least_squares(&self) -> (DVector<f64>, DMatrix<f64>) {
        let (rows, columns) = (self.pieces.iter().map(|piece| piece.residuals.len()).sum(), self.nodes[0].1.ncols());
        let (mut residuals, mut jacobian) = (DVector::zeros(rows), DMatrix::zeros(rows, columns));
        let mut start = 0;
        for (piece, (offset, matrix)) in self.pieces.iter().zip(&self.nodes) {
            let (count, states) = (piece.residuals.len(), offset.len());
            let (by_node, by_parameters) = piece.jacobian.columns_range_pair(0..states, states..);
            residuals.rows_mut(start, count).copy_from(&(&piece.residuals + by_node * offset));
            let mut part = jacobian.rows_mut(start, count);
            part.copy_from(&(by_node * matrix));
            let mut of_parameters = part.columns_mut(0, self.parameters);
            of_parameters += by_parameters;
            start += count;
        }
        (residuals, jacobian)
    }

    /// The largest component of the gradient of half the squares in the condensed problem.
    pub fn gradient_norm(&self) -> f64 {
        let (residuals, jacobian) = self.least_squares();
        jacobian.tr_mul(&residuals).amax()
    }

    /// The Gauss-Newton step, damped relative to the size of the columns.
    pub fn step(&self, damping: f64) -> Step {
        let (residuals, jacobian) = self.least_squares();
        let (rows, columns) = jacobian.shape();
        let scale: Vec<f64> = jacobian.column_iter().map(|column| column.norm().max(1e-300)).collect();
        let mut matrix = DMatrix::zeros(rows + columns, columns);
        for j in 0..columns {
            matrix.view_mut((0, j), (rows, 1)).copy_from(&(jacobian.column(j) / scale[j]));
            // A trace of damping keeps an undetermined direction still.
            matrix[(rows + j, j)] = damping.max(1e-14).sqrt();
        }
        let mut right = DVector::zeros(rows + columns);
        right.rows_mut(0, rows).copy_from(&-residuals);
        let factors = matrix.qr();
        factors.q_tr_mul(&mut right);
        let solved = factors.unpack_r().solve_upper_triangular(&right.rows(0, columns).into_owned());
        let mut change = solved.unwrap_or_else(|| DVector::zeros(columns));
        change.iter_mut().zip(&scale).for_each(|(change, scale)| *change /= scale);
        let nodes = self.nodes.iter().map(|(offset, matrix)| offset + matrix * &change).collect();
        Step { nodes, parameters: change.rows(0, self.parameters).into_owned() }
    }

    /// The slope and the curvature of half the squares along a step.
    pub fn along(&self, step: &Step) -> (f64, f64) {
        let (mut slope, mut curvature) = (0.0, 0.0);
        for (piece, node) in self.pieces.iter().zip(&step.nodes) {
            let states = node.len();
            let (by_node, by_parameters) = piece.jacobian.columns_range_pair(0..states, states..);
            let change = by_node * node + by_parameters * &step.parameters;
            slope += change.dot(&piece.residuals);
            curvature += change.norm_squared();
        }
        (slope, curvature)
    }
}
