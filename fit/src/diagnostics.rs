//! The pictures by which a fit is judged: how the search went, what it left over, what estimates hang together.

use crate::heat_map::HeatMap;
use crate::loss::check_states;
use crate::{Data, Figure, FitError, Fitted, Iteration, NoUncertainty};
use nalgebra::DVector;

/// Of a standard normal number, 95 % lie within this of 0.
const WITHIN: f64 = 1.959_963_984_540_054;

impl Fitted {
    /// How the objective fell: its distance to the smallest value, iteration by iteration, on a logarithmic axis.
    pub fn history_figure(&self, title: &str) -> Figure {
        let smallest = self.history().iter().fold(f64::INFINITY, |least, iteration| least.min(iteration.value));
        let number: Vec<f64> = self.history().iter().map(|iteration| iteration.number as f64).collect();
        // The smallest itself, which has no logarithm, leaves a gap.
        let above = |iteration: &Iteration| iteration.value - smallest;
        let above: Vec<f64> = self.history().iter().map(above).collect();
        let figure = Figure::new(title).x_label("iteration").y_label("objective above its minimum").log_y();
        figure.curve(self.optimiser(), &number, &above)
    }

    /// The correlation of every two estimates as a map of colours, with its numbers.
    ///
    /// Near 1 or -1 the data tell only a combination of the two.
    ///
    /// # Errors
    /// The reason why there is no correlation.
    pub fn correlation_figure(&self, title: &str) -> Result<Figure, &NoUncertainty> {
        let values = self.uncertainty()?.correlation.clone();
        let (names, quantity) = (self.names().to_vec(), "correlation".into());
        Ok(Figure::new(title).heat_map(HeatMap { names, values, quantity }))
    }
}

impl Data {
    /// What a model left over, by time: `residual(observed, modelled, observable)` for every observation, divided by the size of the
    /// noise, with the band that holds 95 % of standard normal numbers.
    ///
    /// `model` holds the observables at each time, as for the losses. A fit that
    /// explains the data leaves points without pattern, one in twenty of them outside of the band. Label the horizontal
    /// axis with the unit of time: [`Figure::x_label`].
    ///
    /// ```
    /// use costate_fit::Data;
    /// use nalgebra::dvector;
    /// let data = Data::new(&["counts"], &[0.0, 1.0], &[vec![Some(104.0)], vec![Some(85.0)]])?;
    /// let model = [dvector![100.0], dvector![90.0]];
    /// let poisson = |observed: f64, modelled: f64, _: usize| (observed - modelled) / modelled.sqrt();
    /// let figure = data.residual_figure("Decay", &model, poisson)?.x_label("time (h)");
    /// # let _ = figure;
    /// # Ok::<(), costate_fit::FitError>(())
    /// ```
    ///
    /// # Errors
    /// If `model` has another number of times or observables.
    pub fn residual_figure(
        &self,
        title: &str,
        model: &[DVector<f64>],
        residual: impl Fn(f64, f64, usize) -> f64,
    ) -> Result<Figure, FitError> {
        check_states(model, self)?;
        let (first, last) = (self.times()[0], self.times()[self.len() - 1]);
        let figure = Figure::new(title).x_label("time").y_label("standardised residual");
        let mut figure = figure.band("95 % of pure noise", &[first, last], &[-WITHIN; 2], &[WITHIN; 2]);
        for (column, name) in self.names().iter().enumerate() {
            let (mut times, mut left) = (Vec::new(), Vec::new());
            for (row, state) in model.iter().enumerate() {
                for seen in self.cell(row, column) {
                    times.push(self.times()[row]);
                    left.push(residual(seen.value, state[column], column) / seen.noise);
                }
            }
            figure = figure.points(name, &times, &left);
        }
        Ok(figure)
    }
}
