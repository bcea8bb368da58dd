//! Colouring the columns of a Hessian, with use of its symmetry: a star colouring.
//!
//! No two neighbours have one colour, and no path of four vertices has only two. Then the vertices of any two colours form
//! stars, and each entry of the Hessian stands alone in the product of a row with a colour, its own or the mirrored one
//! (Gebremedhin, Tarafdar, Manne and Pothen, "New acyclic and star coloring algorithms", SIAM J. Sci. Comput. 29 (2007)
//! 1042, algorithm 4.1). An arrow takes 2 colours, where columns without symmetry take as many as there are.
//!
//! Each vertex keeps a list of the colours around it rather than of its neighbours, so a hub with a million neighbours of
//! one colour is passed in one step.

use super::colouring::{Colouring, lanes, largest_first};
use nalgebra_sparse::pattern::SparsityPattern;

/// A colour among the neighbours of a vertex.
#[derive(Clone, Copy)]
struct Around {
    colour: u32,
    /// The first neighbour with that colour, and whether there are more.
    neighbour: u32,
    many: bool,
    /// Whether the neighbour has more than one neighbour with this vertex's colour, so that it is the hub of their star.
    is_spoke: bool,
}

const NOT_YET: u32 = u32::MAX;
const NOBODY: usize = usize::MAX;

pub(super) fn colour(graph: &SparsityPattern) -> Colouring {
    let inputs = graph.major_dim();
    // A graph that lacks few edges takes about as many colours as it has vertices, and searching them is cubic.
    if graph.nnz() >= inputs * inputs / 2 && inputs > 64 {
        return Colouring::new((0..inputs as u32).collect());
    }
    let degrees: Vec<usize> = lanes(graph).map(<[usize]>::len).collect();
    let mut greedy = Greedy {
        graph,
        colours: vec![NOT_YET; inputs],
        around: vec![Vec::new(); inputs],
        forbidden: vec![NOBODY; inputs + 1],
        first: vec![(NOBODY, 0); inputs],
    };
    for v in largest_first(&degrees) {
        greedy.visit(v);
    }
    Colouring::new(greedy.colours)
}

struct Greedy<'a> {
    graph: &'a SparsityPattern,
    colours: Vec<u32>,
    around: Vec<Vec<Around>>,
    /// The vertex that forbade a colour last.
    forbidden: Vec<usize>,
    /// The vertex that met a colour last, and its first neighbour of that colour.
    first: Vec<(usize, usize)>,
}

impl<'a> Greedy<'a> {
    /// Gives `v` the smallest colour that it may have, and tells its neighbours.
    fn visit(&mut self, v: usize) {
        self.forbid(v);
        let colour = self.forbidden.iter().position(|&by| by != v).expect("there is a colour for every vertex") as u32;
        let neighbours = || self.graph.lane(v).iter().copied().filter(move |&w| w != v);
        let coloured: Vec<usize> = neighbours().filter(|&w| self.colours[w] != NOT_YET).collect();
        self.colours[v] = colour;
        for &w in &coloured {
            self.meet(w, v);
            self.meet(v, w);
        }
        for &w in &coloured {
            self.mark_spokes(w, v);
            self.mark_spokes(v, w);
        }
    }

    /// Forbids the colours with which `v` would close a path of four vertices in two colours.
    fn forbid(&mut self, v: usize) {
        for &w in self.graph.lane(v) {
            let colour = self.colours[w];
            if w == v || colour == NOT_YET {
                continue;
            }
            self.forbidden[colour as usize] = v;
            let (visitor, other) = self.first[colour as usize];
            if visitor == v {
                // v is the middle of a path from `other` to w.
                for around in self.around[other].iter().chain(&self.around[w]) {
                    self.forbidden[around.colour as usize] = v;
                }
            } else {
                self.first[colour as usize] = (v, w);
                for around in self.around[w].iter().filter(|around| !around.many && around.is_spoke) {
                    self.forbidden[around.colour as usize] = v;
                }
            }
        }
    }

    /// The colour of `w` among those around `v`.
    fn around(&mut self, v: usize, w: usize) -> Option<&mut Around> {
        let colour = self.colours[w];
        self.around[v].iter_mut().find(|around| around.colour == colour)
    }

    /// Enters the neighbour `w` in the list of `v`.
    fn meet(&mut self, v: usize, w: usize) {
        let colour = self.colours[w];
        match self.around(v, w) {
            Some(around) => around.many = true,
            None => self.around[v].push(Around { colour, neighbour: w as u32, many: false, is_spoke: false }),
        }
    }

    /// If `hub` has several neighbours with the colour of `w`, they are spokes: `w`, and the one that came first.
    fn mark_spokes(&mut self, hub: usize, w: usize) {
        let Some(&mut Around { neighbour, many: true, .. }) = self.around(hub, w) else { return };
        for spoke in [w, neighbour as usize] {
            if let Some(around) = self.around(spoke, hub) {
                around.is_spoke = true;
            }
        }
    }
}
