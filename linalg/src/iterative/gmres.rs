//! [`Gmres`]: generalised minimal residuals.

use crate::{LinalgError, inner_product};

/// The method of generalised minimal residuals, restarted, with preconditioning from the right, for a matrix of which only products
/// with vectors are asked for: it may exist nowhere, as where a product with a Jacobian is a derivative in one direction.
///
/// ```
/// use costate_linalg::Gmres;
///
/// let apply = |x: &[f64], y: &mut [f64]| {
///     y[0] = 2.0 * x[0] + x[1];
///     y[1] = 3.0 * x[1];
/// };
/// let mut x = [0.0, 0.0];
/// let iterations = Gmres::default().solve(apply, |_| (), &[5.0, 3.0], &mut x)?;
/// assert!((x[0] - 2.0).abs() < 1e-12 && (x[1] - 1.0).abs() < 1e-12 && iterations <= 2);
/// # Ok::<(), costate_linalg::LinalgError>(())
/// ```
///
/// Reference: Y. Saad, Iterative Methods for Sparse Linear Systems, 2nd ed. (SIAM 2003), algorithms 6.9 (with Givens rotations, section
/// 6.5.3) and 9.5.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gmres {
    /// How small the residual is to become, in units of the right-hand side (both in the Euclidean norm).
    pub tolerance: f64,
    /// Directions that are kept; then it starts again from what it has.
    pub restart: usize,
    /// The most products with the matrix.
    pub max_iterations: usize,
}

impl Default for Gmres {
    fn default() -> Gmres {
        Gmres { tolerance: 1e-12, restart: 40, max_iterations: 1000 }
    }
}

impl Gmres {
    /// Moves `x` from a guess to the solution of `A x = b`, and says how many products it took. `apply` writes `A x` into its second
    /// argument; `precondition` overwrites a vector by about the inverse of `A` times it.
    ///
    /// # Errors
    /// [`LinalgError::DidNotConverge`], where the residual does not become small, or is not finite.
    ///
    /// # Panics
    /// If `b` and `x` have different lengths.
    pub fn solve(
        &self,
        mut apply: impl FnMut(&[f64], &mut [f64]),
        mut precondition: impl FnMut(&mut [f64]),
        b: &[f64],
        x: &mut [f64],
    ) -> Result<usize, LinalgError> {
        assert_eq!(b.len(), x.len(), "the right-hand side and the solution have one length");
        let size = norm(b);
        if size == 0.0 {
            x.fill(0.0);
            return Ok(0);
        }
        let (mut products, mut residual) = (0, b.to_vec());
        let mut cycle = Cycle::new(self.restart.max(1));
        loop {
            // From a guess of 0 the first residual is known without a product.
            if products > 0 || x.iter().any(|&x| x != 0.0) {
                apply(x, &mut residual);
                residual.iter_mut().zip(b).for_each(|(residual, b)| *residual = b - *residual);
            }
            let left = norm(&residual);
            if left <= self.tolerance * size {
                return Ok(products);
            }
            if products >= self.max_iterations || !left.is_finite() {
                return Err(LinalgError::DidNotConverge { iterations: products, residual: left });
            }
            let most = self.max_iterations - products;
            products += cycle.run(&mut apply, &mut precondition, &residual, self.tolerance * size, most);
            cycle.correct(x);
        }
    }
}

/// The directions between two restarts, and the least squares in their coordinates.
struct Cycle {
    /// Orthonormal directions, and what the preconditioner makes of each: kept, since where factors precondition, that is what an
    /// iteration costs.
    directions: Vec<Vec<f64>>,
    preconditioned: Vec<Vec<f64>>,
    /// The columns of the triangle that the rotations make, the rotations, and the rotated right-hand side.
    triangle: Vec<Vec<f64>>,
    rotations: Vec<[f64; 2]>,
    right: Vec<f64>,
    restart: usize,
}

impl Cycle {
    fn new(restart: usize) -> Cycle {
        let (directions, preconditioned, triangle) = (Vec::new(), Vec::new(), Vec::new());
        Cycle { directions, preconditioned, triangle, rotations: Vec::new(), right: Vec::new(), restart }
    }

    /// Adds directions until the residual is small, and says how many.
    fn run(
        &mut self,
        apply: &mut impl FnMut(&[f64], &mut [f64]),
        precondition: &mut impl FnMut(&mut [f64]),
        residual: &[f64],
        target: f64,
        most: usize,
    ) -> usize {
        let start = norm(residual);
        self.directions.clear();
        self.preconditioned.clear();
        self.triangle.clear();
        self.rotations.clear();
        self.directions.push(residual.iter().map(|residual| residual / start).collect());
        self.right = vec![start];
        for count in 1..=self.restart.min(most) {
            let mut towards = self.directions[count - 1].clone();
            precondition(&mut towards);
            let mut next = vec![0.0; residual.len()];
            apply(&towards, &mut next);
            self.preconditioned.push(towards);
            let last = self.orthogonalise(&mut next);
            if self.right[count].abs() <= target || last == 0.0 || !last.is_finite() {
                return count;
            }
            self.directions.push(next);
        }
        self.restart.min(most)
    }

    /// Makes a product orthogonal to the directions before and of length 1, and rotates its coordinates into the triangle. Gives the
    /// length that was left of it.
    fn orthogonalise(&mut self, next: &mut [f64]) -> f64 {
        let mut column = Vec::with_capacity(self.directions.len() + 1);
        for direction in &self.directions {
            let along = inner_product(direction, next);
            next.iter_mut().zip(direction).for_each(|(next, direction)| *next -= along * direction);
            column.push(along);
        }
        let last = norm(next);
        next.iter_mut().for_each(|next| *next /= last);
        for (k, [cosine, sine]) in self.rotations.iter().enumerate() {
            let (upper, lower) = (column[k], column.get(k + 1).copied().unwrap_or(last));
            column[k] = cosine * upper + sine * lower;
            match column.get_mut(k + 1) {
                Some(entry) => *entry = cosine * lower - sine * upper,
                None => column.push(cosine * lower - sine * upper),
            }
        }
        let k = self.rotations.len();
        let diagonal = column[k].hypot(last);
        let [cosine, sine] = if diagonal > 0.0 { [column[k] / diagonal, last / diagonal] } else { [1.0, 0.0] };
        column[k] = diagonal;
        self.rotations.push([cosine, sine]);
        self.triangle.push(column);
        let right = self.right[k];
        self.right[k] = cosine * right;
        self.right.push(-sine * right);
        last
    }

    /// Adds the best combination of the preconditioned directions to `x`.
    fn correct(&mut self, x: &mut [f64]) {
        let count = self.triangle.len();
        let mut weights = self.right[..count].to_vec();
        for k in (0..count).rev() {
            // A direction that the matrix makes nothing of counts for nothing.
            weights[k] = if self.triangle[k][k] == 0.0 { 0.0 } else { weights[k] / self.triangle[k][k] };
            for i in 0..k {
                weights[i] -= weights[k] * self.triangle[k][i];
            }
        }
        for (weight, towards) in weights.iter().zip(&self.preconditioned) {
            x.iter_mut().zip(towards).for_each(|(x, towards)| *x += weight * towards);
        }
    }
}

fn norm(x: &[f64]) -> f64 {
    inner_product(x, x).sqrt()
}
