//! 14-31: closures, structs, maps, iterators, shared mutable state, channels.

use crate::Expected::{Differences, Gradient};
use crate::Row;
use costate_ad::{Real, program};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Add;
use std::rc::Rc;
use std::sync::mpsc;

#[derive(Clone, Copy)]
struct Point<R> {
    x: R,
    y: R,
}

impl<R: Real> Add for Point<R> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Point { x: self.x + other.x, y: self.y + other.y }
    }
}

impl<R: Real> Point<R> {
    fn distance(self) -> R {
        (self.x * self.x + self.y * self.y).sqrt()
    }
}

/// A closure as data: it owns what it captured.
struct Scaling<R> {
    a: R,
}

impl<R: Real> Scaling<R> {
    fn apply(&self, x: R) -> R {
        x * self.a
    }
}

fn weighted<R: Real>(x: impl IntoIterator<Item = R>) -> R {
    x.into_iter().enumerate().fold(R::zero(), |sum, (i, x)| sum + x * (i + 1) as f64)
}

fn sorted_by<R: Real>(x: &[R], key: impl Fn(R) -> R) -> R {
    let mut x = x.to_vec();
    x.sort_by(|&a, &b| key(a).partial_cmp(&key(b)).expect("numbers"));
    weighted(x)
}

pub fn rows() -> Vec<Row> {
    vec![
        row!(
            "14 a closure over an input",
            program!(|x| {
                let (x, y) = (x[0], x[1]);
                let g = |z: R| x * z;
                g(y)
            }),
            [2.0, 3.0],
            Gradient(vec![3.0, 2.0])
        ),
        row!(
            "15 the gradient in what a closure captured",
            program!(|x| Scaling { a: x[0] }.apply(x[1])),
            [3.0, 2.0],
            Gradient(vec![2.0, 3.0])
        ),
        row!(
            "16 fields of a struct",
            program!(|x| {
                let p = Point { x: x[0], y: x[1] };
                p.x * p.y
            }),
            [2.0, 3.0],
            Gradient(vec![3.0, 2.0])
        ),
        row!(
            "17 operators on structs",
            program!(|x| (Point { x: x[0], y: x[1] } + Point { x: x[2], y: x[3] }).distance()),
            [1.0, 2.0, 3.0, 4.0],
            Gradient([4.0, 6.0, 4.0, 6.0].map(|d: f64| d / 52.0_f64.sqrt()).to_vec())
        ),
        row!(
            "18 a map holds the input",
            program!(|x| {
                let mut d = HashMap::new();
                d.insert("x", x[0]);
                x[0] * d["x"]
            }),
            [2.0],
            Gradient(vec![4.0])
        ),
        row!(
            "19 a map's default",
            program!(|x| {
                let d = HashMap::from([("a", x[0])]);
                *d.get("b").unwrap_or(&x[1])
            }),
            [1.0, 2.0],
            Gradient(vec![0.0, 1.0])
        ),
        row!(
            "20 a cloned map",
            program!(|x| {
                let d = HashMap::from([("a", x[0]), ("b", 2.0 * x[0])]);
                let copy = d.clone();
                copy["a"] + 3.0 * copy["b"]
            }),
            [1.5],
            Gradient(vec![7.0])
        ),
        row!(
            "21 a map of arrays, changed in place",
            program!(|x| {
                let mut d = HashMap::from([(1, vec![x[0]]), (2, vec![x[1]])]);
                d.get_mut(&1).expect("there").iter_mut().for_each(|x| *x = 5.0 * *x);
                d[&1][0] + d[&2][0]
            }),
            [1.0, 2.0],
            Gradient(vec![5.0, 1.0])
        ),
        row!(
            "22 product",
            program!(|x| x.iter().copied().product::<Item<R>>().0),
            [1.0, 2.0, 3.0],
            Gradient(vec![6.0, 3.0, 2.0])
        ),
        row!(
            "23 gather",
            program!(|x| [0, 1, 2, 2].iter().fold(R::zero(), |sum, &i| sum + x[i])),
            [1.0, 2.0, 3.0],
            Gradient(vec![1.0, 1.0, 2.0])
        ),
        row!(
            "24 max",
            program!(|x| x.iter().fold(x[0], |m, &x| m.max(x))),
            [1.0, 2.0, 3.0],
            Gradient(vec![0.0, 0.0, 1.0])
        ),
        row!(
            "24 min",
            program!(|x| x.iter().fold(x[0], |m, &x| m.min(x))),
            [1.0, 2.0, 3.0],
            Gradient(vec![1.0, 0.0, 0.0])
        ),
        row!("25 sort", program!(|x| sorted_by(x, |x| x)), [3.0, 1.0, 2.0], Gradient(vec![3.0, 1.0, 2.0])),
        row!(
            "25 sort by a key",
            program!(|x| sorted_by(x, |x| x % R::from(10.0))),
            [13.0, 21.0, 2.0],
            Gradient(vec![3.0, 1.0, 2.0])
        ),
        row!(
            "25 reverse",
            program!(|x| weighted(x.iter().rev().copied())),
            [1.0, 2.0, 3.0],
            Gradient(vec![3.0, 2.0, 1.0])
        ),
        row!(
            "26 filter",
            program!(|x| x.iter().filter(|x| x.value() % 2.0 == 0.0).fold(R::zero(), |sum, x| sum + x.ln())),
            [1.0, 3.0, 5.0, 7.0],
            Gradient(vec![0.0; 4])
        ),
        row!(
            "26 filter by place",
            program!(|x| x.iter().skip(1).step_by(2).fold(R::zero(), |sum, x| sum + x.ln())),
            [1.0, 2.0, 3.0, 4.0, 5.0],
            Gradient(vec![0.0, 0.5, 0.0, 0.25, 0.0])
        ),
        row!(
            "27 enumerate",
            program!(|x| x.iter().enumerate().fold(R::zero(), |sum, (i, x)| sum + x.powi(i as i32 + 1))),
            [2.0, 3.0, 4.0],
            Gradient(vec![1.0, 6.0, 48.0])
        ),
        row!(
            "28 zip of unequal lengths",
            program!(|x| x[..11].iter().zip(&x[11..]).fold(R::zero(), |sum, (&a, &b)| sum + 13.0 * a + 17.0 * b)),
            [1.0; 18],
            Gradient([[13.0; 7].as_slice(), &[0.0; 4], &[17.0; 7]].concat())
        ),
        row!(
            "29 product of ranges",
            program!(|x| {
                let pairs = x[..3].iter().flat_map(|a| x[3..].iter().map(move |b| (*a, *b)));
                pairs.fold(R::zero(), |sum, (a, b)| sum + a * a + 10.0 * b)
            }),
            [3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
            Gradient(vec![18.0, 24.0, 30.0, 30.0, 30.0, 30.0])
        ),
        row!(
            "30 a field is overwritten",
            program!(|x| {
                let mut m = Point { x: R::zero(), y: R::zero() };
                m.x = x[0];
                m.x + m.y
            }),
            [2.0],
            Gradient(vec![1.0])
        ),
        row!(
            "31 shared mutable state",
            program!(|x| {
                let shared = Rc::new(RefCell::new(x[0]));
                let alias = shared.clone();
                let square = *shared.borrow() * *alias.borrow();
                *alias.borrow_mut() += square;
                *shared.borrow()
            }),
            [3.0],
            Gradient(vec![7.0])
        ),
        row!(
            "32 through a channel",
            program!(|x| {
                let (send, receive) = mpsc::channel();
                send.send(x[0] * x[0]).expect("the receiver is there");
                receive.recv().expect("a number was sent")
            }),
            [5.0],
            Gradient(vec![10.0])
        ),
        row!(
            "a trait object",
            program!(|x| {
                let steps: Vec<Box<dyn Fn(R) -> R>> =
                    vec![Box::new(|x: R| x.sin()), Box::new(|x: R| x * x), Box::new(|x: R| 1.0 / x)];
                steps.iter().fold(x[0], |x, step| step(x))
            }),
            [1.0],
            Differences
        ),
    ]
}

/// `Product` for any scalar: nalgebra's bound does not include it.
struct Item<R>(R);

impl<R: Real> std::iter::Product<R> for Item<R> {
    fn product<I: Iterator<Item = R>>(iter: I) -> Self {
        Item(iter.fold(R::one(), |total, x| total * x))
    }
}
