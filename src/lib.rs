#![doc = include_str!("../README.md")]
//!
//! ## Where one machine is not enough
//!
//! The cargo feature `mpi`, off by default, adds `solvers::Ranks`: ensembles, and sums of values and gradients, over the
//! processes of an MPI run, with the same bits on any number of them. It alone needs system packages; on Debian and Ubuntu
//! `apt-get install libopenmpi-dev openmpi-bin libclang-dev`. `examples/ensemble_mpi.rs` shows it.

pub use costate_ad as ad;
pub use costate_fit as fit;
pub use costate_linalg as linalg;
pub use costate_sensitivity as sensitivity;
pub use costate_solvers as solvers;
pub use nalgebra;
pub use nalgebra_sparse;

/// What a model, a solve, its gradient and a fit need: `use costate::prelude::*`.
pub mod prelude {
    pub use costate_ad::{Dual, Real, Var, derivative, gradient, gradient_forward, try_gradient};
    pub use costate_fit::{
        Adam, Bands, Data, Experiment, Experiments, Figure, FitError, Fitted, Gallery, Horizons, Initialisation,
        Iteration, Lbfgs, LevenbergMarquardt, Mlp, MultipleShooting, Multistart, NeuralOde, Parameters, Prior, fit,
        fit_least_squares, gaussian, log_normal, negative_binomial, poisson, profile, quiet, squared_error, student_t,
    };
    pub use costate_sensitivity::{
        Auto, BacksolveAdjoint, Checkpoints, Direct, DiscreteAdjoint, Forward, GaussAdjoint, GradientStrategy,
        InterpolatingAdjoint, Objective, Paths, StochasticGradientStrategy, Strategy, mean_gradient, verify_gradient,
    };
    pub use costate_solvers::{
        Brownian, Dop853, Ensemble, EulerMaruyama, Event, FixedStep, Milstein, NoiseKind, Ode, Problem, RadauIIA5, Rk4,
        Rodas5P, SaveAt, Sde, Solution, SolveError, Sosra, Sosri, Spark, Statistics, Summary, Tolerance, Tsit5, Vern7,
        Vern9, condition, ode, reset, sde,
    };
    pub use nalgebra::{DMatrix, DVector, dvector};
}
