//! [`StageSweep`]: the way back through the stages of an explicit stochastic Runge-Kutta step.
//!
//! A step is linear in the state, the drifts and the diffusions of its stages, and so are the arguments of the stages (see
//! [`StochasticTableau`]). So only the two functions of the model are differentiated automatically; the rest is the transposed of
//! what the step does.

use crate::discrete_adjoint::boundary::{add, is_zero};
use costate_ad::{At, Real, RightHandSide, Vjp};
use costate_solvers::{BrownianPath, NoiseShape, Sde, SdeProblem, StochasticTableau};
use std::cell::Cell;

/// The drift of a model and, behind it, the diffusion, as one function of the state.
pub(super) struct DriftAndDiffusion<'a, S> {
    system: &'a S,
    shape: NoiseShape,
    /// Which of them are asked for; the rest is zero.
    asks: Cell<[bool; 2]>,
}

impl<'a, S: Sde> DriftAndDiffusion<'a, S> {
    pub(super) fn new(system: &'a S, states: usize) -> Self {
        let shape = NoiseShape::new(system.noise(), states);
        DriftAndDiffusion { system, shape, asks: Cell::new([true; 2]) }
    }
}

impl<S: Sde> RightHandSide for DriftAndDiffusion<'_, S> {
    fn eval<R: Real>(&self, t: R, y: &[R], p: &[R], out: &mut [R]) {
        let (drift, diffusion) = out.split_at_mut(y.len());
        let [asks_drift, asks_diffusion] = self.asks.get();
        if asks_drift {
            self.system.drift(t, y, p, drift);
        } else {
            drift.fill(R::zero());
        }
        if asks_diffusion {
            self.system.diffusion(t, y, p, diffusion);
        } else {
            diffusion.fill(R::zero());
        }
    }

    fn outputs(&self, states: usize) -> usize {
        states + self.shape.elements()
    }
}

/// What sweeps steps of one tableau, and its scratch memory.
pub(super) struct StageSweep<'a, S> {
    tableau: &'static StochasticTableau,
    function: &'a DriftAndDiffusion<'a, S>,
    vjp: Vjp<'a, DriftAndDiffusion<'a, S>>,
    path: BrownianPath,
    /// The increments and the areas of the step.
    noise: [Vec<f64>; 2],
    /// The arguments of the stages.
    arguments: Vec<f64>,
    /// The drift and, behind it, the diffusion of every stage, and their cotangents.
    values: Vec<f64>,
    bars: Vec<f64>,
    argument_bar: Vec<f64>,
}

impl<'a, S: Sde> StageSweep<'a, S> {
    pub(super) fn new(
        tableau: &'static StochasticTableau,
        problem: &'a SdeProblem<S, f64>,
        function: &'a DriftAndDiffusion<'a, S>,
    ) -> Self {
        let (y, p, shape) = (problem.initial_state(), problem.parameters(), function.shape);
        let at = At { t: problem.span().start, y: y.as_slice(), p: p.as_slice() };
        let zeros = |length| vec![0.0; length];
        let (stages, outputs) = (tableau.stages(), shape.states + shape.elements());
        StageSweep {
            tableau,
            function,
            vjp: Vjp::new(function, at),
            path: problem.noise().motion(shape.dimensions).expect("the problem was solved before"),
            noise: [zeros(shape.dimensions), zeros(shape.dimensions)],
            arguments: zeros(stages * shape.states),
            values: zeros(stages * outputs),
            bars: zeros(stages * outputs),
            argument_bar: zeros(shape.states),
        }
    }

    /// Carries the cotangent `bar` of the state at the end of a step from `at` to that of the state there, and adds that of the
    /// parameters to `p_bar`.
    pub(super) fn pull_back(&mut self, [t, t_next]: [f64; 2], at: At<'_>, bar: &mut [f64], p_bar: &mut [f64]) {
        if is_zero(bar) {
            return;
        }
        self.draw([t, t_next]);
        let h = t_next - t;
        self.stages(h, at);
        let tableau = self.tableau;
        self.bars.fill(0.0);
        self.distribute([tableau.b, tableau.b_w, tableau.b_h], h, bar);
        for stage in (0..tableau.stages()).rev() {
            self.stage(stage, h, at, bar, p_bar);
        }
        if tableau.additive_only() {
            // The diffusions do not depend on the state, and were evaluated at the start.
            for stage in 0..tableau.stages() {
                self.product([false, true], stage, At { t: t + tableau.d[stage] * h, ..at }, bar, p_bar);
            }
        }
    }

    /// Asks for the noise of the step.
    fn draw(&mut self, [t, t_next]: [f64; 2]) {
        let [increments, areas] = &mut self.noise;
        if self.tableau.needs_area() {
            let (w, area) = self.path.increment_and_area(t, t_next).expect("the step was taken before");
            increments.copy_from_slice(w);
            areas.copy_from_slice(area);
        } else {
            increments.copy_from_slice(self.path.increment(t, t_next).expect("the step was taken before"));
        }
    }

    /// Computes the arguments of the stages again, and of their drifts and diffusions what these need.
    fn stages(&mut self, h: f64, at: At<'_>) {
        let (tableau, shape, system) = (self.tableau, self.function.shape, self.function.system);
        let (n, outputs) = (shape.states, shape.states + shape.elements());
        let rows = [tableau.a, tableau.a_w, tableau.a_h];
        let needed = |j: usize, of: &[&[&[f64]]]| of.iter().any(|rows| rows.iter().any(|row| element(row, j) != 0.0));
        for stage in 0..tableau.stages() {
            let times = times(tableau, stage, at.t, h);
            if tableau.additive_only() && needed(stage, &rows[1..]) {
                system.diffusion(times[1], at.y, at.p, &mut self.values[stage * outputs..][n..outputs]);
            }
        }
        for stage in 0..tableau.stages() {
            let argument = &mut self.arguments[stage * n..][..n];
            argument.copy_from_slice(at.y);
            let [a, a_w, a_h] = rows.map(|rows| row(rows, stage));
            for (values, j) in self.values.chunks_exact(outputs).zip(0..) {
                let (drift, diffusion) = values.split_at(n);
                let [weight, weight_w, weight_h] = [a, a_w, a_h].map(|row| element(row, j));
                if weight != 0.0 {
                    add(argument, weight * h, drift);
                }
                if weight_w != 0.0 || weight_h != 0.0 {
                    let noise = |k: usize| weight_w * self.noise[0][k] + weight_h * self.noise[1][k];
                    shape.add(diffusion, noise, argument);
                }
            }
            let (drift, diffusion) = self.values[stage * outputs..][..outputs].split_at_mut(n);
            let times = times(tableau, stage, at.t, h);
            if needed(stage, &rows[..1]) {
                system.drift(times[0], argument, at.p, drift);
            }
            if !tableau.additive_only() && needed(stage, &rows[1..]) {
                system.diffusion(times[1], argument, at.p, diffusion);
            }
        }
    }

    /// Adds the cotangents of drifts and diffusions of which a sum with these weights has the cotangent `bar`.
    fn distribute(&mut self, [drift, w, area]: [&[f64]; 3], h: f64, bar: &[f64]) {
        let shape = self.function.shape;
        for (bars, j) in self.bars.chunks_exact_mut(shape.states + shape.elements()).zip(0..) {
            let (drift_bar, diffusion_bar) = bars.split_at_mut(shape.states);
            let [weight, weight_w, weight_h] = [drift, w, area].map(|row| element(row, j));
            if weight != 0.0 {
                add(drift_bar, weight * h, bar);
            }
            if weight_w != 0.0 || weight_h != 0.0 {
                let noise = |k: usize| weight_w * self.noise[0][k] + weight_h * self.noise[1][k];
                add_to_diffusion(shape, noise, bar, diffusion_bar);
            }
        }
    }

    /// Goes back through one stage, to the state at the start and to the stages before.
    fn stage(&mut self, stage: usize, h: f64, at: At<'_>, bar: &mut [f64], p_bar: &mut [f64]) {
        let (tableau, n) = (self.tableau, self.function.shape.states);
        let times = times(tableau, stage, at.t, h);
        let mut argument_bar = std::mem::take(&mut self.argument_bar);
        let arguments = std::mem::take(&mut self.arguments);
        argument_bar.fill(0.0);
        let here = |t: f64| At { t, y: &arguments[stage * n..][..n], p: at.p };
        if tableau.additive_only() {
            self.product([true, false], stage, here(times[0]), &mut argument_bar, p_bar);
        } else if times[0] == times[1] {
            self.product([true, true], stage, here(times[0]), &mut argument_bar, p_bar);
        } else {
            self.product([true, false], stage, here(times[0]), &mut argument_bar, p_bar);
            self.product([false, true], stage, here(times[1]), &mut argument_bar, p_bar);
        }
        add(bar, 1.0, &argument_bar);
        let rows = [tableau.a, tableau.a_w, tableau.a_h].map(|rows| row(rows, stage));
        self.distribute(rows, h, &argument_bar);
        (self.argument_bar, self.arguments) = (argument_bar, arguments);
    }

    /// Adds what the cotangents of the drift, of the diffusion, or of both become at the state and the parameters.
    fn product(&mut self, asks: [bool; 2], stage: usize, at: At<'_>, y_bar: &mut [f64], p_bar: &mut [f64]) {
        let shape = self.function.shape;
        let bars = &self.bars[stage * (shape.states + shape.elements())..][..shape.states + shape.elements()];
        let (drift, diffusion) = bars.split_at(shape.states);
        let asks = [asks[0] && !is_zero(drift), asks[1] && !is_zero(diffusion)];
        if asks != [false; 2] {
            self.function.asks.set(asks);
            self.vjp.apply(at, bars, y_bar, p_bar, &mut 0.0);
        }
    }
}

/// When a stage evaluates its drift, and when its diffusion.
fn times(tableau: &StochasticTableau, stage: usize, t: f64, h: f64) -> [f64; 2] {
    [tableau.c, tableau.d].map(|fractions| t + element(fractions, stage) * h)
}

/// A row that is empty where it is missing.
fn row(rows: &'static [&'static [f64]], index: usize) -> &'static [f64] {
    rows.get(index).copied().unwrap_or_default()
}

/// An element that is zero where it is missing.
fn element(row: &[f64], index: usize) -> f64 {
    row.get(index).copied().unwrap_or(0.0)
}

/// Adds the cotangent of a diffusion whose product with the noise has the cotangent `bar`: the transposed of [`NoiseShape::add`].
fn add_to_diffusion(shape: NoiseShape, noise: impl Fn(usize) -> f64, bar: &[f64], diffusion_bar: &mut [f64]) {
    if shape.diagonal {
        for (element, diffusion_bar) in diffusion_bar.iter_mut().enumerate() {
            let state = shape.noisy.map_or(element, |noisy| noisy[element]);
            *diffusion_bar += bar[state] * noise(element);
        }
        return;
    }
    for (column, dimension) in diffusion_bar.chunks_exact_mut(shape.states).zip(0..) {
        add(column, noise(dimension), bar);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use costate_solvers::NoiseKind;

    #[test]
    fn the_cotangent_of_a_diffusion_is_the_transposed_of_its_product_with_the_noise() {
        let kinds = [
            NoiseKind::Diagonal,
            NoiseKind::SparseDiagonal { noisy: &[2, 0] },
            NoiseKind::Scalar,
            NoiseKind::General { dimensions: 2 },
        ];
        for kind in kinds {
            let (shape, noise) = (NoiseShape::new(kind, 3), |k: usize| 1.0 + 0.5 * k as f64);
            let g: Vec<f64> = (0..shape.elements()).map(|k| (k as f64).cos()).collect();
            let (bar, mut product, mut g_bar) = ([0.3, -1.0, 2.0], [0.0; 3], vec![0.0; g.len()]);
            shape.add(&g, noise, &mut product);
            add_to_diffusion(shape, noise, &bar, &mut g_bar);
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            assert!((dot(&bar, &product) - dot(&g, &g_bar)).abs() < 1e-15 && dot(&bar, &product).abs() > 0.1, "{kind}");
        }
    }
}
