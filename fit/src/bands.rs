//! [`Bands`]: how certain a prediction is.

use crate::FitError;
use crate::normal::quantile_of_deviation;
use nalgebra::{DMatrix, DVector};

/// A prediction with an interval for each of its values.
///
/// ```
/// use costate_fit::Bands;
/// use nalgebra::{dmatrix, dvector};
/// // Two quantities a + b and a - b, of independent estimates with standard errors 3 and 4.
/// let prediction = (dvector![7.0, 1.0], dmatrix![1.0, 1.0; 1.0, -1.0]);
/// let bands = Bands::new(&prediction, &dmatrix![9.0, 0.0; 0.0, 16.0], 0.95)?;
/// assert!((bands.upper[0] - (7.0 + 1.959964 * 5.0)).abs() < 1e-5);
/// # Ok::<(), costate_fit::FitError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Bands {
    /// The predicted values.
    pub middle: DVector<f64>,
    /// The lower ends.
    pub lower: DVector<f64>,
    /// The upper ends.
    pub upper: DVector<f64>,
}

impl Bands {
    /// Bands for the model itself: the covariance of the estimates, carried to the predictions by their Jacobian (the delta
    /// method). `prediction` holds values and Jacobian by natural parameters, as [`linearise`](crate::linearise) gives
    /// them; `level` is the share of intervals that hold the truth, 0.95 for instance.
    ///
    /// # Errors
    /// If shapes differ, or the level is not between 0 and 1.
    pub fn new(
        prediction: &(DVector<f64>, DMatrix<f64>),
        covariance: &DMatrix<f64>,
        level: f64,
    ) -> Result<Self, FitError> {
        Self::with_noise(prediction, covariance, &DVector::zeros(prediction.0.len()), level)
    }

    /// Bands for new observations, whose noise has these standard deviations, one for each value.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_noise(
        (values, jacobian): &(DVector<f64>, DMatrix<f64>),
        covariance: &DMatrix<f64>,
        noise: &DVector<f64>,
        level: f64,
    ) -> Result<Self, FitError> {
        let remedy = "give a row of the Jacobian and a noise for each value, and a column for each parameter";
        let pairs =
            [(values.len(), jacobian.nrows()), (covariance.nrows(), jacobian.ncols()), (values.len(), noise.len())];
        if let Some(&(expected, found)) = pairs.iter().find(|(expected, found)| expected != found) {
            return Err(FitError::Shape { what: "parts of a prediction".into(), expected, found, remedy });
        }
        if !(level > 0.0 && level < 1.0) {
            return Err(FitError::Option { option: "level", value: level, remedy: "choose a share between 0 and 1" });
        }
        let carried = jacobian * covariance;
        let half = DVector::from_fn(values.len(), |i, _| {
            let variance = carried.row(i).dot(&jacobian.row(i)) + noise[i] * noise[i];
            quantile_of_deviation(level) * variance.max(0.0).sqrt()
        });
        Ok(Self { middle: values.clone(), lower: values - &half, upper: values + half })
    }
}
