//! Sets of input indices and of their interactions, shared by handle.
//!
//! A set is either a short sorted list or the union of two earlier sets, left unevaluated. So an operation costs at most
//! [`SHORT`] steps, whatever it depends on: a sum of a million terms takes memory for a million unions, not for a
//! triangle of lists. The members of a union are gathered once, when a row of the pattern is asked for.

/// Lists up to this length are merged at once.
const SHORT: usize = 32;

/// Handle of a set; [`EMPTY`] is the set without members.
pub(super) type Set = u32;
pub(super) const EMPTY: Set = 0;

/// Handle of a collection of interactions; [`NONE`] is the one that holds none.
pub(super) type Interactions = u32;
pub(super) const NONE: Interactions = 0;

#[derive(Clone, Copy)]
enum Form {
    List { start: u32, length: u32 },
    Union(Set, Set),
}

#[derive(Clone, Copy)]
enum Interaction {
    /// Every member of the first set interacts with every member of the second.
    Product(Set, Set),
    Both(Interactions, Interactions),
}

/// The sets that one trace has made.
#[derive(Default)]
pub(super) struct Sets {
    forms: Vec<Form>,
    members: Vec<u32>,
    interactions: Vec<Interaction>,
}

impl Sets {
    /// The empty set, and `{i}` under the handle `i + 1` for each of `inputs` indices.
    pub(super) fn new(inputs: u32) -> Sets {
        let mut forms = vec![Form::List { start: 0, length: 0 }];
        forms.extend((0..inputs).map(|i| Form::List { start: i, length: 1 }));
        Sets { forms, members: (0..inputs).collect(), interactions: vec![Interaction::Both(NONE, NONE)] }
    }

    fn push(&mut self, form: Form) -> Set {
        self.forms.push(form);
        handle(self.forms.len())
    }

    pub(super) fn union(&mut self, a: Set, b: Set) -> Set {
        if a == b || b == EMPTY {
            return a;
        }
        if a == EMPTY {
            return b;
        }
        match (self.forms[a as usize], self.forms[b as usize]) {
            (Form::List { start: p, length: n }, Form::List { start: q, length: m }) if n.max(m) as usize <= SHORT => {
                self.merge((a, p as usize, n as usize), (b, q as usize, m as usize))
            }
            (Form::Union(l, r), _) if l == b || r == b => a,
            (_, Form::Union(l, r)) if l == a || r == a => b,
            _ => self.push(Form::Union(a, b)),
        }
    }

    /// The union of two lists, each given as its handle, start and length.
    fn merge(&mut self, (a, p, n): (Set, usize, usize), (b, q, m): (Set, usize, usize)) -> Set {
        let start = self.members.len();
        let (mut i, mut j) = (0, 0);
        while i < n && j < m {
            let (x, y) = (self.members[p + i], self.members[q + j]);
            self.members.push(x.min(y));
            i += usize::from(x <= y);
            j += usize::from(y <= x);
        }
        self.members.extend_from_within(p + i..p + n);
        self.members.extend_from_within(q + j..q + m);
        let length = self.members.len() - start;
        if length == n || length == m {
            self.members.truncate(start);
            return if length == n { a } else { b };
        }
        let _ = handle(self.members.len());
        self.push(Form::List { start: start as u32, length: length as u32 })
    }

    /// The interactions of every member of `a` with every member of `b`.
    pub(super) fn product(&mut self, a: Set, b: Set) -> Interactions {
        if a == EMPTY || b == EMPTY {
            return NONE;
        }
        self.interactions.push(Interaction::Product(a, b));
        handle(self.interactions.len())
    }

    pub(super) fn both(&mut self, a: Interactions, b: Interactions) -> Interactions {
        if a == b || b == NONE {
            return a;
        }
        if a == NONE {
            return b;
        }
        self.interactions.push(Interaction::Both(a, b));
        handle(self.interactions.len())
    }

    /// The products that make up a collection, each once.
    pub(super) fn products(&self, of: Interactions) -> Vec<(Set, Set)> {
        let mut seen = vec![false; self.interactions.len()];
        let (mut products, mut waiting) = (Vec::new(), vec![of]);
        while let Some(next) = waiting.pop() {
            if next == NONE || std::mem::replace(&mut seen[next as usize], true) {
                continue;
            }
            match self.interactions[next as usize] {
                Interaction::Product(a, b) => products.push((a.min(b), a.max(b))),
                Interaction::Both(a, b) => waiting.extend([a, b]),
            }
        }
        products.sort_unstable();
        products.dedup();
        products
    }

    /// What [`Gather::members`] needs.
    pub(super) fn gather(&self, inputs: usize) -> Gather<'_> {
        Gather { sets: self, round: 0, seen: vec![0; self.forms.len()], taken: vec![0; inputs], waiting: Vec::new() }
    }
}

/// The handle of the last element of a list of `length` elements.
fn handle(length: usize) -> u32 {
    u32::try_from(length - 1).expect("the trace is full: it holds 2^32 sets; trace a smaller piece of the program")
}

/// Collects the members of sets; made once for many rows.
pub(super) struct Gather<'a> {
    sets: &'a Sets,
    round: u32,
    /// The round in which a union was last opened, and an index last taken.
    seen: Vec<u32>,
    taken: Vec<u32>,
    waiting: Vec<Set>,
}

impl Gather<'_> {
    /// The members of the union of `roots`, each once, in no order.
    pub(super) fn members(&mut self, roots: impl IntoIterator<Item = Set>) -> Vec<u32> {
        self.round += 1;
        self.waiting.extend(roots);
        let mut members = Vec::new();
        while let Some(set) = self.waiting.pop() {
            if std::mem::replace(&mut self.seen[set as usize], self.round) == self.round {
                continue;
            }
            match self.sets.forms[set as usize] {
                Form::Union(a, b) => self.waiting.extend([a, b]),
                Form::List { start, length } => {
                    for &index in &self.sets.members[start as usize..(start + length) as usize] {
                        if std::mem::replace(&mut self.taken[index as usize], self.round) != self.round {
                            members.push(index);
                        }
                    }
                }
            }
        }
        members
    }
}
