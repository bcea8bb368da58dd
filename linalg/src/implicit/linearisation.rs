//! [`Linearisation`]: Jacobians of a right-hand side at one point after the other.

use super::StateJacobian;
use crate::LinalgError;
use costate_ad::{At, COLOURS, Directional, Dual, JacobianPattern, RightHandSide, SparseJacobian};
use nalgebra::DMatrix;
use nalgebra_sparse::SparseEntryMut;
use nalgebra_sparse::pattern::SparsityPattern;
use std::sync::Arc;

/// The derivatives of a right-hand side by the state, and by the time, on plain numbers: by dual numbers, never by differences.
///
/// The first evaluation traces the right-hand side to see which entries can differ from 0. Above
/// [`DENSE`](Linearisation::DENSE) states, and if enough entries cannot, the Jacobian is kept sparse and found by colours of
/// columns that do not meet. Where a pattern does not hold everywhere, the product with a vector is compared with the derivative
/// in that direction at every point, and the pattern is traced again where they differ, so that no entry is missed.
///
/// A right-hand side that brings its own [pattern](RightHandSide::sparsity) is not traced again, and its own
/// [Jacobian](RightHandSide::jacobian) is used as it is; both are compared with the derivative in one direction where they come first.
/// What is wrong with them is a [flaw](Linearisation::flaw), and leaves a Jacobian without numbers, which no factorisation takes.
///
/// ```
/// use costate_ad::{At, Real, RightHandSide};
/// use costate_linalg::Linearisation;
/// use nalgebra::dmatrix;
///
/// struct Pendulum;
/// impl RightHandSide for Pendulum {
///     fn eval<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
///         dy[0] = y[1];
///         dy[1] = t * t - p[0] * y[0].sin();
///     }
/// }
///
/// let mut linearisation = Linearisation::new(2);
/// linearisation.evaluate(&Pendulum, At { t: 3.0, y: &[0.0, 1.0], p: &[9.81] });
/// assert_eq!(linearisation.jacobian().to_dense(), dmatrix![0.0, 1.0; -9.81, 0.0]);
/// assert_eq!(linearisation.time_derivative(), Some(&[0.0, 6.0][..]));
/// ```
#[derive(Clone, Debug)]
pub struct Linearisation {
    size: usize,
    jacobian: Arc<StateJacobian>,
    time: Vec<f64>,
    traced: Option<Traced>,
    columns: Option<Box<SparseJacobian<f64>>>,
    inputs: [Vec<Dual<f64, COLOURS>>; 3],
    /// Whether what the right-hand side brings along was compared with its derivative, and what is wrong with it.
    compared: bool,
    flaw: Option<LinalgError>,
}

/// The size of a sparse Jacobian, and of the work to find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coloured {
    /// Entries that can differ from 0.
    pub entries: usize,
    /// Groups of columns that do not meet; a run on dual numbers finds [`COLOURS`] of them.
    pub colours: usize,
}

/// What a run on tracers has found.
#[derive(Clone, Debug)]
struct Traced {
    /// By the state alone.
    pattern: JacobianPattern,
    /// Whether the time matters.
    autonomous: bool,
    everywhere: bool,
}

impl Linearisation {
    /// Up to how many states the Jacobian is always dense.
    pub const DENSE: usize = 8;
    /// Up to how many it is dense where the right-hand side depends on the time, or its pattern on the point: a run on dual numbers that
    /// finds all columns finds the time's as well.
    const MODERATE: usize = 20;

    /// For `size` states.
    pub fn new(size: usize) -> Linearisation {
        // Room for a dense one is made where it turns out to be dense: of 8,192 states it would be half a gigabyte.
        let jacobian = Arc::new(StateJacobian::Dense(DMatrix::zeros(0, 0)));
        let inputs = [const { Vec::new() }; 3];
        Linearisation {
            size,
            jacobian,
            time: vec![0.0; size],
            traced: None,
            columns: None,
            inputs,
            compared: false,
            flaw: None,
        }
    }

    /// The Jacobian by the state where it was evaluated last; before that, one of no states.
    pub fn jacobian(&self) -> &Arc<StateJacobian> {
        &self.jacobian
    }

    /// How a sparse Jacobian is found; `None` for a dense one.
    pub fn colours(&self) -> Option<Coloured> {
        let (columns, traced) = (self.columns.as_ref()?, self.traced.as_ref()?);
        Some(Coloured { entries: traced.pattern.nnz(), colours: columns.colours() })
    }

    /// What is wrong with the pattern, or the Jacobian, that the right-hand side brought along at the last evaluation.
    pub fn flaw(&self) -> Option<&LinalgError> {
        self.flaw.as_ref()
    }

    /// Puts back a Jacobian that was evaluated before.
    pub fn restore(&mut self, jacobian: Arc<StateJacobian>) {
        self.jacobian = jacobian;
    }

    /// Puts in derivatives that were found elsewhere: by the state, and by the time.
    ///
    /// # Panics
    /// If they are of another size.
    pub fn set(&mut self, jacobian: StateJacobian, time: &[f64]) {
        assert_eq!(jacobian.size(), self.size, "the linearisation is for {} states", self.size);
        self.time.copy_from_slice(time);
        self.jacobian = Arc::new(jacobian);
        self.traced = None;
    }

    /// The derivative by the time there; `None` for a right-hand side that never depends on it.
    pub fn time_derivative(&self) -> Option<&[f64]> {
        let autonomous = self.traced.as_ref().is_some_and(|traced| traced.autonomous);
        (!autonomous).then_some(&self.time[..])
    }

    /// Evaluates the derivatives at a point.
    ///
    /// # Panics
    /// If the state there has another size.
    pub fn evaluate<F: RightHandSide + ?Sized>(&mut self, f: &F, at: At<'_>) {
        assert_eq!(at.y.len(), self.size, "the linearisation is for {} states", self.size);
        self.flaw = None;
        self.trace(f, at);
        self.evaluate_traced(f, at);
        if self.flaw.is_some() {
            dense(&mut self.jacobian, self.size).fill(f64::NAN);
        }
    }

    fn evaluate_traced<F: RightHandSide + ?Sized>(&mut self, f: &F, at: At<'_>) {
        if self.own(f, at) {
            self.by_time(f, at);
            self.compare(f, at);
        } else if self.columns.is_some() {
            self.sparse(f, at);
            if f.sparsity(self.size).is_some() {
                self.compare(f, at);
            } else if !self.holds(f, at) {
                self.trace_here(f, at);
                if self.columns.is_some() { self.sparse(f, at) } else { self.full(f, at) }
            }
        } else {
            self.full(f, at);
        }
    }

    /// All entries, with the derivative by the time.
    fn full<F: RightHandSide + ?Sized>(&mut self, f: &F, at: At<'_>) {
        let directions = self.size + usize::from(self.time_derivative().is_some());
        if directions <= 4 { self.dense_small(f, at) } else { self.dense(f, at) }
    }

    /// Finds the pattern, where it is not known for this point yet.
    fn trace<F: RightHandSide + ?Sized>(&mut self, f: &F, at: At<'_>) {
        let known = |traced: &Traced| traced.everywhere || self.size <= Self::MODERATE || self.columns.is_some();
        if !self.traced.as_ref().is_some_and(known) {
            self.trace_here(f, at);
        }
    }

    fn trace_here<F: RightHandSide + ?Sized>(&mut self, f: &F, at: At<'_>) {
        let mut traced = Traced::of(f, at);
        if let Some(pattern) = f.sparsity(self.size) {
            let (rows, columns, size) = (pattern.rows(), pattern.columns(), self.size);
            if (rows, columns) == (size, size) {
                (traced.pattern, traced.everywhere) = (pattern, true);
            } else {
                self.flaw = Some(LinalgError::WrongPattern { rows, columns, size });
            }
        }
        let same = self.traced.as_ref().is_some_and(|before| before.pattern == traced.pattern);
        let (entries, all) = (traced.pattern.nnz(), self.size * self.size);
        let sparse = match self.size {
            n if n <= Self::DENSE => false,
            n if n <= Self::MODERATE => traced.autonomous && 2 * entries < all,
            _ => 4 * entries < all,
        };
        if !same && sparse {
            self.columns = Some(Box::new(SparseJacobian::new(&traced.pattern, &traced.pattern.colour())));
        } else if !same {
            self.columns = None;
        }
        self.traced = Some(traced);
    }

    fn sparse<F: RightHandSide + ?Sized>(&mut self, f: &F, at: At<'_>) {
        let Some(columns) = &mut self.columns else { return };
        let p = &mut self.inputs[1];
        p.clear();
        p.extend(at.p.iter().map(|&p| Dual::constant(p)));
        let matrix = columns.evaluate_with(|y, dy| f.eval(Dual::constant(at.t), y, p, dy), at.y);
        match Arc::get_mut(&mut self.jacobian) {
            Some(StateJacobian::Sparse(jacobian)) if jacobian.pattern() == matrix.pattern() => {
                jacobian.values_mut().copy_from_slice(matrix.values());
            }
            _ => self.jacobian = Arc::new(StateJacobian::Sparse(matrix.clone())),
        }
        self.by_time(f, at);
    }

    /// The derivative by the time alone.
    fn by_time<F: RightHandSide + ?Sized>(&mut self, f: &F, at: At<'_>) {
        if self.time_derivative().is_some() {
            let direction = (1.0, &vec![0.0; self.size][..]);
            let run = |t, y: &[_], p: &[_], dy: &mut [_]| f.eval(t, y, p, dy);
            Directional::default().along_with_time((at.t, at.y, at.p), direction, run, &mut self.time);
        }
    }

    /// The Jacobian that the right-hand side brings along, if it does.
    fn own<F: RightHandSide + ?Sized>(&mut self, f: &F, at: At<'_>) -> bool {
        let mut entries = Vec::new();
        if !f.jacobian(at, &mut |row, column, value| entries.push((row, column, value))) {
            return false;
        }
        let n = self.size;
        let missing =
            |&(row, column, value): &(usize, usize, f64)| LinalgError::OutsidePattern { row, column, value, size: n };
        if let Some(outside) = entries.iter().find(|(row, column, _)| *row >= n || *column >= n) {
            self.flaw = Some(missing(outside));
            return true;
        }
        let Some(columns) = &self.columns else {
            let jacobian = dense(&mut self.jacobian, n);
            jacobian.fill(0.0);
            entries.iter().for_each(|&(row, column, value)| jacobian[column * n + row] = value);
            return true;
        };
        let mut matrix = columns.matrix().clone();
        matrix.values_mut().fill(0.0);
        for entry in &entries {
            match matrix.get_entry_mut(entry.0, entry.1) {
                Some(SparseEntryMut::NonZero(place)) => *place = entry.2,
                // The pattern said that there is nothing.
                _ if entry.2 == 0.0 => {}
                _ => self.flaw = Some(missing(entry)),
            }
        }
        self.jacobian = Arc::new(StateJacobian::Sparse(matrix));
        true
    }

    /// Whether the sparse Jacobian, whose pattern may be that of other branches, is the derivative.
    fn holds<F: RightHandSide + ?Sized>(&self, f: &F, at: At<'_>) -> bool {
        let everywhere = self.traced.as_ref().is_none_or(|traced| traced.everywhere);
        everywhere || self.difference(f, at, 1e-10).is_none()
    }

    /// Compares what the right-hand side brings along with its derivative, once.
    fn compare<F: RightHandSide + ?Sized>(&mut self, f: &F, at: At<'_>) {
        if self.flaw.is_none() && !std::mem::replace(&mut self.compared, true) {
            let difference = self.difference(f, at, 1e-6);
            self.flaw = difference.map(|(row, found, expected)| LinalgError::WrongJacobian { row, found, expected });
        }
    }

    /// The first row in which the Jacobian and the derivative differ in one direction, in which no two entries make up for one another
    /// but by chance.
    fn difference<F: RightHandSide + ?Sized>(&self, f: &F, at: At<'_>, tolerance: f64) -> Option<(usize, f64, f64)> {
        // The golden section spreads the elements evenly.
        let direction: Vec<f64> = (1..=self.size).map(|i| 0.5 + (i as f64 * 0.618_033_988_749_895).fract()).collect();
        let (mut product, mut sizes, mut slope) = (vec![0.0; self.size], vec![0.0; self.size], vec![0.0; self.size]);
        let mut add = |i: usize, j: usize, value: f64| {
            product[i] += value * direction[j];
            sizes[i] += (value * direction[j]).abs();
        };
        match &*self.jacobian {
            StateJacobian::Sparse(jacobian) => jacobian.triplet_iter().for_each(|(i, j, value)| add(i, j, *value)),
            StateJacobian::Dense(jacobian) => {
                (0..self.size * self.size).for_each(|k| add(k % self.size, k / self.size, jacobian[k]));
            }
        }
        let run = |t, y: &[_], p: &[_], dy: &mut [_]| f.eval(t, y, p, dy);
        Directional::default().along((at.t, at.y, at.p), &direction, run, &mut slope);
        // What is not finite differs from nothing.
        let differs = |&i: &usize| (slope[i] - product[i]).abs() > tolerance * sizes[i].max(slope[i].abs());
        (0..self.size).find(differs).map(|i| (i, product[i], slope[i]))
    }

    /// Few states on the stack, in one run.
    fn dense_small<F: RightHandSide + ?Sized>(&mut self, f: &F, at: At<'_>) {
        const FEW: usize = 4;
        let n = self.size;
        let mut y = [Dual::<f64, FEW>::constant(0.0); FEW];
        let mut dy = y;
        for i in 0..n {
            y[i] = Dual::variable(at.y[i], i);
        }
        let t = if n < FEW { Dual::variable(at.t, n) } else { Dual::constant(at.t) };
        let mut few = [Dual::<f64, FEW>::constant(0.0); 16];
        let many: Vec<Dual<f64, FEW>>;
        let p = if at.p.len() <= few.len() {
            few.iter_mut().zip(at.p).for_each(|(dual, &p)| *dual = Dual::constant(p));
            &few[..at.p.len()]
        } else {
            many = at.p.iter().map(|&p| Dual::constant(p)).collect();
            &many
        };
        f.eval(t, &y[..n], p, &mut dy[..n]);
        let jacobian = dense(&mut self.jacobian, n);
        for (i, dy) in dy[..n].iter().enumerate() {
            (0..n).for_each(|j| jacobian[j * n + i] = dy.derivatives[j]);
            self.time[i] = if n < FEW { dy.derivatives[n] } else { 0.0 };
        }
    }

    /// Eight directions in a run; the time comes behind the states.
    fn dense<F: RightHandSide + ?Sized>(&mut self, f: &F, at: At<'_>) {
        let n = self.size;
        let directions = n + usize::from(self.time_derivative().is_some());
        let [y, p, dy] = &mut self.inputs;
        for (duals, values) in [(&mut *y, at.y), (p, at.p), (dy, at.y)] {
            duals.clear();
            duals.extend(values.iter().map(|&value| Dual::constant(value)));
        }
        let jacobian = dense(&mut self.jacobian, n);
        for start in (0..directions).step_by(COLOURS) {
            let chunk = start..(start + COLOURS).min(directions);
            let mut t = Dual::constant(at.t);
            for j in chunk.clone() {
                if j < n { y[j].derivatives[j - start] = 1.0 } else { t.derivatives[j - start] = 1.0 }
            }
            f.eval(t, y, p, dy);
            for j in chunk {
                let column = if j < n { &mut jacobian[j * n..][..n] } else { &mut self.time[..] };
                column.iter_mut().zip(&*dy).for_each(|(entry, dy)| *entry = dy.derivatives[j - start]);
                if j < n {
                    y[j].derivatives[j - start] = 0.0;
                }
            }
        }
    }
}

/// Room for a dense Jacobian, column after column: that of the last one, where nobody else keeps it.
fn dense(jacobian: &mut Arc<StateJacobian>, n: usize) -> &mut [f64] {
    if !matches!(Arc::get_mut(jacobian), Some(StateJacobian::Dense(matrix)) if matrix.nrows() == n) {
        *jacobian = Arc::new(StateJacobian::Dense(DMatrix::zeros(n, n)));
    }
    match Arc::get_mut(jacobian) {
        Some(StateJacobian::Dense(matrix)) => matrix.as_mut_slice(),
        _ => unreachable!("it was made dense, and ours"),
    }
}

impl Traced {
    fn of<F: RightHandSide + ?Sized>(f: &F, at: At<'_>) -> Traced {
        let n = at.y.len();
        let inputs: Vec<f64> = at.y.iter().copied().chain([at.t]).collect();
        let run = |x: &[_], dy: &mut [_]| {
            let p: Vec<_> = at.p.iter().map(|&p| p.into()).collect();
            f.eval(x[n], &x[..n], &p, dy);
        };
        let all = JacobianPattern::trace(run, &inputs, n);
        let (offsets, rows) = (all.sparsity().major_offsets(), all.sparsity().minor_indices());
        let states =
            SparsityPattern::try_from_offsets_and_indices(n, n, offsets[..=n].to_vec(), rows[..offsets[n]].to_vec());
        let pattern = JacobianPattern::known(states.expect("the columns of a pattern are a pattern"));
        let everywhere = all.holds_everywhere();
        Traced { pattern, autonomous: everywhere && all.column(n).is_empty(), everywhere }
    }
}
