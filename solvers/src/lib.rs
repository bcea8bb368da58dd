//! Differential equation solvers that are generic over the scalar.
//!
//! A model is written once, for every [`Real`]; a [`Problem`] says where it starts and how long it runs; a method
//! ([`Tsit5`], [`Rk4`]), a [`Control`] ([`Tolerance`] or [`FixedStep`]) and a [`SaveAt`] say how it is solved.
//!
//! ```
//! use costate_solvers::{Problem, SaveAt, Tolerance, Tsit5, ode};
//! use nalgebra::dvector;
//!
//! let lotka_volterra = ode!(|_t, [hare, lynx], [birth, hunt, death, feed]| [
//!     birth * hare - hunt * hare * lynx,
//!     feed * hare * lynx - death * lynx,
//! ]);
//! let problem = Problem::ode(lotka_volterra, [10.0, 5.0], &dvector![0.55, 0.028, 0.84, 0.026], 0.0..20.0);
//! let solution = problem.solve(Tsit5, Tolerance::new(1e-8, 1e-8), SaveAt::every(0.5))?;
//! assert_eq!(solution.times().len(), 41);
//! assert_eq!(solution.last().len(), 2);
//! # Ok::<(), costate_solvers::SolveError>(())
//! ```
//!
//! [`Ensemble`] runs many solves on all threads. Where one machine is not enough, the cargo feature `mpi` adds `Ranks`, which
//! spreads ensembles and sums over the processes of an MPI run; it alone needs an MPI library and libclang.
//!
//! This crate does not know that gradients exist. Time, step sizes and tolerances are `f64`, and everything that
//! decides looks at values, so that a solve takes the same steps on every scalar.

mod attempt;
mod automatic;
mod bounds;
mod control;
mod controller;
mod dense;
mod dense_step;
mod ensemble;
mod error;
mod error_scale;
mod event;
mod explicit;
mod fallible;
mod finiteness;
mod happen;
mod hermite;
mod implicit;
mod initial_state;
mod integrate;
mod interior;
mod method;
mod methods;
mod moved;
mod noise;
mod observe;
mod observer;
mod ode;
mod ode_macro;
mod pacing;
mod problem;
mod quantile_sketch;
#[cfg(feature = "mpi")]
mod ranks;
#[cfg(feature = "mpi")]
mod ranks_error;
mod record;
mod refusal;
mod replay;
mod save;
mod sde;
// Tested without MPI, used with it.
#[cfg(any(feature = "mpi", test))]
mod shares;
mod solution;
mod span;
mod split_ode;
mod state;
mod statistics;
mod summary;
mod symplectic;

pub use automatic::{AutoStepper, Automatic};
pub use control::{Control, FixedStep, Mesh, Tolerance};
pub use controller::Controller;
pub use costate_ad::{At, Real};
pub use costate_linalg::{Gmres, JacobianProduct, LinearSolver, Linearisation, MassMatrix};
pub use dense_step::DenseStep;
pub use ensemble::{Ensemble, Members};
pub use error::SolveError;
pub use error_scale::{ErrorScale, Norm};
#[doc(hidden)]
pub use event::NewValues;
pub use event::{Condition, Direction, Event, Jump, Marked, Occurrence, Passage, Reset, Trigger, WithEvent, pass};
pub use explicit::{
    ExplicitRungeKutta, ExplicitStepper, Powers, Row, RowVisitor, Tableau, TableauFlaw, degree, hermite_interpolant,
    nonzeros, used_stages,
};
pub use fallible::{Fallible, TryOde};
pub use implicit::{
    BdfStepper, Collocation, Diagonal, DiagonalFlaw, DiagonalMethod, DiagonalStepper, Formula, ImplicitError,
    ImplicitStepper, RadauStepper, Recurrence, Rosenbrock, RosenbrockFlaw, RosenbrockMethod, RosenbrockStepper,
};
pub use initial_state::InitialState;
pub use method::{Method, Stepper};
pub use methods::{
    AutoMethod, Bdf, Bs3, Dop853, Dopri5, Euler, Heun, ImplicitEuler, ImplicitMidpoint, KenCarp4, Kvaerno5, Midpoint,
    RadauIIA5, Ralston, Rk4, Rodas4, Rodas5P, Rosenbrock23, SymplecticEuler, TrBdf2, Tsit5, VelocityVerlet, Vern6,
    Vern7, Vern8, Vern9, Yoshida4, Yoshida6,
};
pub use moved::MovedTimeError;
pub use noise::{Brownian, BrownianPath, Mark, PoissonProcess, philox};
pub use observe::{Save, SaveFunction};
pub use observer::{AcceptedStep, Observer, Progress, Saved};
pub use ode::{Closure, Ode, VectorField};
pub use problem::Problem;
#[cfg(feature = "mpi")]
pub use ranks::Ranks;
#[cfg(feature = "mpi")]
pub use ranks_error::RanksError;
pub use refusal::Refusal;
pub use replay::Replay;
pub use save::SaveAt;
pub use sde::{
    Calculus, Converted, DriftImplicitEuler, EulerHeun, EulerMaruyama, Milstein, NoiseKind, NoiseShape, ReversibleHeun,
    Rossler, RosslerStepper, RosslerTableau, Sde, SdeProblem, Shark, SkenCarp, Sosra, Sosri, Spark, Sra1, Sra3, Sriw1,
    StochasticError, StochasticMethod, StochasticMidpoint, StochasticRungeKutta, StochasticRungeKuttaStepper,
    StochasticStep, StochasticStepper, StochasticSteps, StochasticTableau, Trial,
};
pub use solution::{Ended, Solution};
pub use split_ode::{Part, SplitOde};
pub use state::State;
pub use statistics::{ImplicitWork, Statistics};
pub use summary::Summary;
pub use symplectic::{Composition, SymplecticMethod, SymplecticStepper};
