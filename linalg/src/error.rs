//! [`LinalgError`]: what can go wrong, where, and what to do about it.

use thiserror::Error;

/// Why an operation on matrices has no result. Rows, columns and pivots count from 0.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum LinalgError {
    /// The operation needs as many rows as columns.
    #[error(
        "the matrix has {rows} rows and {columns} columns, but must be square; for a system with more equations than unknowns use least_squares"
    )]
    NotSquare {
        /// Rows of the matrix.
        rows: usize,
        /// Columns of the matrix.
        columns: usize,
    },
    /// Two arguments do not fit together.
    #[error(
        "{what} is {found_rows} x {found_columns}, but must be {rows} x {columns} to fit the other argument; check how both were assembled"
    )]
    Shape {
        /// The argument.
        what: &'static str,
        /// Rows that it must have.
        rows: usize,
        /// Columns that it must have.
        columns: usize,
        /// Rows that it has.
        found_rows: usize,
        /// Columns that it has.
        found_columns: usize,
    },
    /// An argument, or a result on the way, is infinite or not a number.
    #[error(
        "{what} has the entry {value} at row {row}, column {column}; find where it became infinite or undefined, or rescale the problem"
    )]
    NotFinite {
        /// The matrix or vector.
        what: &'static str,
        /// Row of the first such entry.
        row: usize,
        /// Column of the first such entry.
        column: usize,
        /// The entry.
        value: f64,
    },
    /// Elimination found no pivot.
    #[error(
        "the matrix is singular: no pivot in column {pivot} of {size}; remove the dependent equation, or use least_squares on the independent columns"
    )]
    Singular {
        /// The column without a pivot.
        pivot: usize,
        /// Columns of the matrix.
        size: usize,
    },
    /// A right-hand side brings a pattern of its Jacobian that has another size.
    #[error(
        "the right-hand side's own pattern is {rows} x {columns} for {size} states; give it a row and a column for each state, or leave it out"
    )]
    WrongPattern {
        /// Rows of the pattern.
        rows: usize,
        /// Columns of the pattern.
        columns: usize,
        /// States.
        size: usize,
    },
    /// A right-hand side brings a Jacobian with an entry that is not there.
    #[error(
        "the right-hand side's own Jacobian has the entry {value} at row {row}, column {column}, outside of its pattern for {size} states; add the place to the pattern, or leave the Jacobian out"
    )]
    OutsidePattern {
        /// Row of the entry.
        row: usize,
        /// Column of the entry.
        column: usize,
        /// The entry.
        value: f64,
        /// States.
        size: usize,
    },
    /// A right-hand side brings a Jacobian, or a pattern, that is not that of the right-hand side.
    #[error(
        "row {row} of the right-hand side's own Jacobian, or of the one by its own pattern, times a vector is {found:.6e}, where the derivative is {expected:.6e}; mend that row, or leave the Jacobian and the pattern out"
    )]
    WrongJacobian {
        /// The first row that differs.
        row: usize,
        /// What the Jacobian makes of the vector.
        found: f64,
        /// The derivative in its direction.
        expected: f64,
    },
    /// Sparse factors could not be made.
    #[error(
        "the sparse factors of the {size} x {size} matrix could not be made ({reason}); free memory, or use a method that needs no factors, such as Tsit5 with a smaller step"
    )]
    SparseFactors {
        /// What the elimination says.
        reason: String,
        /// Columns of the matrix.
        size: usize,
    },
    /// A matrix given as symmetric is not.
    #[error(
        "the matrix is not symmetric: entries ({row}, {column}) and ({column}, {row}) differ by {difference:.3e}; pass (A + A^T)/2, or use the function for general matrices"
    )]
    NotSymmetric {
        /// Row of the worst pair.
        row: usize,
        /// Column of the worst pair.
        column: usize,
        /// By how much the two entries differ.
        difference: f64,
    },
    /// The Cholesky factorisation met a pivot that is not positive.
    #[error(
        "the matrix is not positive definite: pivot {pivot} of {size} is {value:.3e}; use solve or log_determinant, which need no definiteness, or add a small multiple of the identity"
    )]
    NotPositiveDefinite {
        /// Which pivot.
        pivot: usize,
        /// Columns of the matrix.
        size: usize,
        /// Its value.
        value: f64,
    },
    /// Least squares with fewer equations than unknowns.
    #[error(
        "{rows} equations do not determine {columns} unknowns; add equations, such as lambda x = 0 for the smallest solution"
    )]
    Underdetermined {
        /// Rows of the matrix.
        rows: usize,
        /// Columns of the matrix.
        columns: usize,
    },
    /// Least squares with dependent columns.
    #[error(
        "column {column} of {columns} is a combination of those before it, so the least-squares solution is not unique; remove it, or add equations such as lambda x = 0"
    )]
    RankDeficient {
        /// The first dependent column.
        column: usize,
        /// Columns of the matrix.
        columns: usize,
    },
    /// The derivatives of two eigenvalues or eigenvectors are not defined, because the eigenvalues coincide.
    #[error(
        "eigenvalues {first} and {second} are {gap:.3e} apart, too close to be told apart when differentiated; use `spectrum` for a symmetric function of them (a sum of f(lambda)), or avoid the eigenvectors"
    )]
    EigenvaluesTooClose {
        /// The lower eigenvalue, counted from the smallest.
        first: usize,
        /// The upper eigenvalue.
        second: usize,
        /// Their distance.
        gap: f64,
    },
    /// An iteration for eigenvalues did not end.
    #[error(
        "the eigenvalues of the {size} x {size} matrix did not converge; rescale the matrix, so that its entries are near 1"
    )]
    EigenvaluesDidNotConverge {
        /// Columns of the matrix.
        size: usize,
    },
    /// An iteration for a root or a fixed point did not end.
    #[error(
        "no convergence after {iterations} iterations: the residual is {residual:.3e}; start nearer to the solution, allow more iterations, or loosen the tolerance"
    )]
    DidNotConverge {
        /// Iterations done.
        iterations: usize,
        /// The largest residual left.
        residual: f64,
    },
    /// Newton's method met a point where it cannot go on, or ended at a root whose derivative is not defined.
    #[error(
        "the Jacobian is singular after {iterations} iterations (no pivot in column {pivot}), where the residual is {residual:.3e}; start elsewhere, or remove the redundant equation or unknown"
    )]
    SingularJacobian {
        /// Iterations done.
        iterations: usize,
        /// The column without a pivot.
        pivot: usize,
        /// The largest residual there.
        residual: f64,
    },
    /// Newton's method ended at a multiple root.
    #[error(
        "the root found after {iterations} iterations is degenerate: the Jacobian is singular there to rounding, so the root has no derivative; remove the redundant equation or unknown, or move the parameters off this point"
    )]
    DegenerateRoot {
        /// Iterations done.
        iterations: usize,
    },
}
