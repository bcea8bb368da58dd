//! Parameter estimation for differential equations: data, losses, optimisers, standard errors, pictures.
//!
//! A fit reads left to right: [`Data`] holds what was measured, a loss ([`log_normal`], [`gaussian`],
//! [`squared_error`]) says how far a model is from it, [`Parameters`] names what is unknown, an [`Optimiser`] such as
//! [`Lbfgs`] looks for the best values, and [`Fitted`] says what they are, how certain, and why the search stopped.
//!
//! ```
//! use costate_fit::{Lbfgs, Parameters, fit, quiet};
//! use nalgebra::{DVector, dvector};
//!
//! // The mean and the standard deviation of five measurements, by maximum likelihood.
//! let measured = [4.9, 5.3, 5.1, 4.6, 5.6];
//! let objective = |p: &DVector<f64>| {
//!     let (mean, sigma) = (p[0], p[1]);
//!     let squares: f64 = measured.iter().map(|x| (x - mean).powi(2)).sum();
//!     let pull: f64 = measured.iter().map(|x| x - mean).sum();
//!     let value = 5.0 * sigma.ln() + squares / (2.0 * sigma * sigma);
//!     Ok::<_, String>((value, dvector![-pull / (sigma * sigma), 5.0 / sigma - squares / sigma.powi(3)]))
//! };
//! let parameters = Parameters::new().linear("mean", 1.0).log("sigma", 1.0);
//! let fitted = fit(objective, &parameters, &Lbfgs::default(), quiet)?;
//! println!("{fitted}");
//! assert!((fitted.estimate("mean").unwrap() - 5.1).abs() < 1e-6);
//! # Ok::<(), costate_fit::FitError>(())
//! ```

mod bands;
mod csv_table;
mod data;
mod diagnostics;
mod error;
mod experiments;
mod fit;
mod fitted;
mod gallery;
mod heat_map;
mod horizons;
mod identifiability;
mod information;
mod least_squares;
mod loss;
mod multistart;
mod network;
mod normal;
mod optimise;
mod parameters;
mod picture;
mod plot;
mod posterior;
mod prior;
mod profile;
mod random;
mod saved;
mod shooting;
mod table;

pub use bands::Bands;
pub use data::{Data, Observation};
pub use error::{Cause, FitError};
pub use experiments::{Columns, Experiment, Experiments};
pub use fit::fit;
pub use fitted::Fitted;
pub use gallery::Gallery;
pub use horizons::Horizons;
pub use identifiability::{Combination, Information};
pub use information::{NoUncertainty, Uncertainty};
pub use least_squares::fit_least_squares;
pub use loss::{gaussian, log_normal, negative_binomial, poisson, squared_error, student_t};
pub use multistart::{Multistart, Multistarted};
pub use network::{Initialisation, Mlp, NeuralOde, Part};
pub use optimise::{Adam, AdamState, Schedule};
pub use optimise::{Evaluation, Iteration, Lbfgs, LbfgsState, Objective, Optimiser, Optimum, Progress, Stop, quiet};
pub use optimise::{
    JacobianMode, LeastSquares, LevenbergMarquardt, LinearisedResiduals, NelderMead, Residuals, Resumable, linearise,
};
pub use parameters::{Parameter, Parameters, Scale};
pub use plot::Figure;
pub use posterior::LogPosterior;
pub use prior::Prior;
pub use profile::{Profile, profile};
pub use random::Random;
pub use saved::{Saved, TrainedNetwork};
pub use shooting::{MultipleShooting, OdeSegments, Segments};
pub use table::Table;
