//! The order conditions of Runge-Kutta methods, by rooted trees.
//!
//! A method with weights `b` has order `p` if `sum of b_i Phi_i(t) = 1 / gamma(t)` for every rooted tree `t` with at most `p`
//! nodes, where `Phi_i` of a tree with the branches `t_1 .. t_m` at its root is the product of `sum of a_ij Phi_j(t_k)`, and
//! the density `gamma` is the number of nodes times the densities of the branches (Hairer, Norsett & Wanner, Solving Ordinary
//! Differential Equations I, theorem II.2.13). An interpolant has order `p` if its weights at every `theta` give
//! `theta^nodes / gamma` (section II.6).

use costate_solvers::Tableau;

/// A rooted tree, as a method sees it.
struct Tree {
    density: f64,
    /// `sum of a_ij Phi_j` for each stage, and the same with every sign positive: what rounding is measured against.
    branch: Vec<[f64; 2]>,
    weights: Vec<[f64; 2]>,
}

/// All trees with 1, 2, .. `nodes` nodes.
fn trees(tableau: &Tableau, nodes: usize) -> Vec<Vec<Tree>> {
    let mut all: Vec<Vec<Tree>> = Vec::new();
    for size in 1..=nodes {
        let mut of_size = Vec::new();
        forests(&all, size - 1, (usize::MAX, usize::MAX), &mut Vec::new(), &mut |branches| {
            of_size.push(graft(tableau, &all, size, branches));
        });
        all.push(of_size);
    }
    all
}

/// Is shown the branches of one tree after the other, as (size, index).
type Show<'a> = dyn FnMut(&[(usize, usize)]) + 'a;

/// Shows every multiset of trees with `nodes` nodes in all, none of them behind `last` in the order of (size, index).
fn forests(all: &[Vec<Tree>], nodes: usize, last: (usize, usize), chosen: &mut Vec<(usize, usize)>, show: &mut Show) {
    if nodes == 0 {
        return show(chosen);
    }
    for size in 1..=nodes.min(last.0) {
        for index in 0..all[size - 1].len() {
            if (size, index) <= last {
                chosen.push((size, index));
                forests(all, nodes - size, (size, index), chosen, show);
                chosen.pop();
            }
        }
    }
}

/// The tree whose root carries these branches.
fn graft(tableau: &Tableau, all: &[Vec<Tree>], size: usize, branches: &[(usize, usize)]) -> Tree {
    let branches: Vec<&Tree> = branches.iter().map(|&(size, index)| &all[size - 1][index]).collect();
    let product = |i: usize, sign: usize| branches.iter().map(|tree| tree.branch[i][sign]).product::<f64>();
    let weights: Vec<[f64; 2]> = (0..tableau.c.len()).map(|i| [product(i, 0), product(i, 1)]).collect();
    let branch = tableau.a.iter().map(|row| sum(row, &weights)).collect();
    Tree { density: size as f64 * branches.iter().map(|tree| tree.density).product::<f64>(), branch, weights }
}

fn sum(row: &[f64], weights: &[[f64; 2]]) -> [f64; 2] {
    row.iter().zip(weights).fold([0.0; 2], |[sum, size], (a, [w, w_size])| [sum + a * w, size + a.abs() * w_size])
}

/// The largest deviation from the conditions of each number of nodes, and the same in units of the sizes of their terms.
/// Beside each weight stands its size, that of the terms it was summed from.
fn deviations(trees: &[Vec<Tree>], b: &[[f64; 2]], theta: f64) -> Vec<[f64; 2]> {
    let of_size = |(index, trees): (usize, &Vec<Tree>)| {
        trees.iter().fold([0.0_f64; 2], |[largest, scaled], tree| {
            let terms = b.iter().zip(&tree.weights);
            let [found, size] = terms.fold([0.0; 2], |[sum, size], (b, w)| [sum + b[0] * w[0], size + b[1] * w[1]]);
            let deviation = (found - theta.powi(index as i32 + 1) / tree.density).abs();
            [largest.max(deviation), scaled.max(deviation / size)]
        })
    };
    trees.iter().enumerate().map(of_size).collect()
}

/// What rounding of the coefficients may do to a condition, in units of the sizes of its terms.
const ROUNDING: f64 = 2e-15;

/// Verner prints one coefficient of the interpolant of his 7(6) pair, `a_12,11`, with ten digits only. All conditions up to
/// order 6 hold none the less; those of order 7 are missed by this much, far less than the interpolant's error of order 8 at
/// any step in use.
const TEN_DIGITS: f64 = 3e-7;

fn assert_conditions(what: &str, order: usize, deviations: &[[f64; 2]]) {
    for (index, [deviation, scaled]) in deviations[..order].iter().enumerate() {
        let printed = what.starts_with("Vern7 at") && index == 6 && *deviation < TEN_DIGITS;
        assert!(*scaled < ROUNDING || printed, "{what}: a condition of order {} is missed by {scaled:e}", index + 1);
    }
    assert!(deviations[order][0] > 1e-8, "{what}: more than order {order}, {:e}", deviations[order][0]);
}

/// Asserts that a tableau, its embedded formula and its interpolant have exactly the orders that they claim.
pub fn check_conditions(tableau: &Tableau) {
    let (name, order, stages) = (tableau.name, tableau.order, tableau.c.len());
    let trees = trees(tableau, order + 1);
    let sized = |b: &[f64]| b.iter().map(|b| [*b, b.abs()]).collect::<Vec<_>>();
    assert_conditions(name, order, &deviations(&trees, &sized(tableau.b()), 1.0));
    for theta in [0.15_f64, 0.4, 0.75, 0.9] {
        let powers = |row: &[f64]| (1..).zip(row).map(|(power, x)| x.abs() * theta.powi(power)).sum::<f64>();
        let weight = |stage: usize| [tableau.interpolant_weight(stage, theta), powers(tableau.interpolant[stage])];
        let b: Vec<[f64; 2]> = (0..stages).map(weight).collect();
        assert_conditions(&format!("{name} at {theta}"), tableau.interpolant_order, &deviations(&trees, &b, theta));
    }
    let Some(embedded) = tableau.embedded_order.filter(|_| tableau.coarse_error.is_empty()) else { return };
    let b = |stage: usize| tableau.b().get(stage).copied().unwrap_or(0.0);
    let companion: Vec<f64> = tableau.error.iter().enumerate().map(|(stage, error)| b(stage) - error).collect();
    assert_conditions(&format!("{name}, embedded"), embedded, &deviations(&trees, &sized(&companion), 1.0));
}
