//! What an entry of the tape was made from, stored in as little as its shape allows.

use crate::Var;

/// The numbers of one slice, as far as a cotangent needs to find its way back.
pub(crate) enum Inputs {
    /// Plain numbers: nothing goes back.
    Constants,
    /// Nodes that follow each other: the inputs of a gradient, the outputs of another entry.
    Nodes { first: u32, length: usize },
    /// Any linear forms: parents and partials.
    Forms(Vec<([u32; 2], [f64; 2])>),
}

impl Inputs {
    /// # Panics
    /// If a number belongs to another tape.
    pub(crate) fn of(slice: &[Var]) -> Inputs {
        let Some(tape) = tape_of(slice) else { return Inputs::Constants };
        super::check(tape);
        let first = slice[0].parents()[0];
        if (first..).zip(slice).all(|(node, x)| x.is_node(node, tape)) {
            return Inputs::Nodes { first, length: slice.len() };
        }
        let form = |x: &Var| {
            if x.tape() != 0 && x.tape() != tape {
                super::foreign(x.tape());
            }
            let mut form = ([0; 2], [0.0; 2]);
            for (i, (parent, partial)) in x.edges().enumerate() {
                (form.0[i], form.1[i]) = (parent, partial);
            }
            form
        };
        Inputs::Forms(slice.iter().map(form).collect())
    }

    pub(super) fn bytes(&self) -> usize {
        let forms = if let Inputs::Forms(forms) = self { size_of_val(forms.as_slice()) } else { 0 };
        size_of::<Inputs>() + forms
    }

    pub(crate) fn length(&self) -> usize {
        match self {
            Inputs::Constants => 0,
            Inputs::Nodes { length, .. } => *length,
            Inputs::Forms(forms) => forms.len(),
        }
    }

    /// Adds the cotangents of the numbers to the adjoints of their parents.
    pub(super) fn distribute(&self, cotangents: &[f64], adjoints: &mut [f64]) {
        match self {
            Inputs::Constants => (),
            Inputs::Nodes { first, length } => {
                let adjoints = &mut adjoints[*first as usize..][..*length];
                adjoints.iter_mut().zip(cotangents).for_each(|(a, c)| *a += c);
            }
            Inputs::Forms(forms) => {
                for ((parents, partials), &cotangent) in forms.iter().zip(cotangents).filter(|(_, c)| **c != 0.0) {
                    for i in 0..2 {
                        if parents[i] != 0 && partials[i] != 0.0 {
                            adjoints[parents[i] as usize] += partials[i] * cotangent;
                        }
                    }
                }
            }
        }
    }
}

/// The tape of the first number that is no constant.
pub(crate) fn tape_of(slice: &[Var]) -> Option<u32> {
    slice.iter().map(|x| x.tape()).find(|&tape| tape != 0)
}
