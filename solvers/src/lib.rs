//! Differential equation solvers that are generic over the scalar.
