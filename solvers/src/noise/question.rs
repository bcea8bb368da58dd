//! [`Question`] and [`Answer`]: what a path is asked, and what is found.

use super::dyadic::DyadicTree;
use super::scale::{Position, Scale};
use super::tree::Tree;
use super::window::Window;

/// What the motion does between two times.
pub(super) struct Question {
    pub(super) early: f64,
    pub(super) late: f64,
    /// The sign of increments and second areas, which depends on the direction, and that of areas, which does not.
    pub(super) sign: f64,
    pub(super) image: f64,
    pub(super) with_area: bool,
}

/// One number of each kind for each dimension.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) increments: Vec<f64>,
    pub(super) areas: Vec<f64>,
    pub(super) second_areas: Vec<f64>,
}

impl Answer {
    pub(super) fn zeros(dimensions: usize) -> Answer {
        let zeros = || vec![0.0; dimensions];
        Answer { increments: zeros(), areas: zeros(), second_areas: zeros() }
    }

    pub(super) fn clear(&mut self) {
        for numbers in [&mut self.increments, &mut self.areas, &mut self.second_areas] {
            numbers.fill(0.0);
        }
    }

    /// What a window has ready, which looks forward.
    pub(super) fn copy(&mut self, (increments, areas): (&[f64], &[f64]), direction: f64) {
        self.increments.iter_mut().zip(increments).for_each(|(into, w)| *into = direction * w);
        self.areas.iter_mut().zip(areas).for_each(|(into, h)| *into = *h);
    }
}

/// Both ends of the last question, and where the tree has them.
pub(super) type Ends = [(f64, Position); 2];

impl Question {
    /// What the tree says of a step that is not ready. The window moves to those that are likely to follow.
    #[inline(always)]
    pub(super) fn ask(
        &self,
        (tree, scale): (&mut Tree, &Scale),
        ends: &mut Ends,
        window: &mut Window,
        answer: &mut Answer,
    ) {
        let &Question { early, late, sign, image, with_area } = self;
        // A step begins where the last one ended, or where it began.
        let [first, second] = *ends;
        let position = |t: f64| match t {
            t if t == second.0 => second.1,
            t if t == first.0 => first.1,
            t => scale.position(t),
        };
        let (start, end) = (position(early), position(late));
        *ends = [(early, start), (late, end)];
        if start == end {
            return answer.clear();
        }
        let scales = [image * scale.step, image * scale.root];
        let cell = start.is_cell_until(end);
        let in_a_row = start == second.1 || end == first.1;
        if cell.is_none()
            && tree.show_block([start, end], (in_a_row, with_area), scales, window)
            && let Some(place) = window.find(early, late, with_area)
        {
            return answer.copy(window.row(place), sign * image);
        }
        let Answer { increments, areas, .. } = answer;
        let (step, root) = (sign * scale.step, image * scale.root);
        if let Some(cell) = cell {
            tree.whole(cell, with_area, [step, root], increments, areas);
            tree.show_cells(scales, window);
        } else {
            tree.increment(start, end, with_area, |dimension, quanta, area| {
                (increments[dimension], areas[dimension]) = (quanta as f64 * step, area * root);
            });
        }
    }

    /// What the tree that knows second areas says.
    pub(super) fn ask_dyadic(&self, tree: &mut DyadicTree, scale: &Scale, answer: &mut Answer) {
        let [start, end] = [self.early, self.late].map(|t| scale.dyadic_position(t));
        if start == end {
            return answer.clear();
        }
        for (dimension, found) in tree.interval(start, end).iter().enumerate() {
            answer.increments[dimension] = found.increment as f64 * (self.sign * scale.step);
            answer.areas[dimension] = found.area * (self.image * scale.root);
            answer.second_areas[dimension] = found.second_area * (self.sign * scale.root);
        }
    }
}
