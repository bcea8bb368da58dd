//! Gradient strategies for differential equation solvers: swap how a solve is differentiated by one word.
