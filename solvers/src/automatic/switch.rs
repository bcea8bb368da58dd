//! [`Switch`]: when to go over from an explicit to an implicit method, and back.

/// From this part of its reach on, stability may be what holds an explicit step.
const NEAR: f64 = 0.75;
/// Up to this part of its reach, an explicit method would be stable on the steps of the implicit one.
const FAR: f64 = 0.5;
/// Steps with the same sign in a row before the first switch to the implicit method.
const PATIENCE: usize = 10;
/// The most that are waited for, where switches did not pay.
const MOST_PATIENCE: usize = 640;
/// Steps between two looks at the Jacobian, and how many looks in a row speak for the explicit method before a switch back.
const LOOKS: [usize; 2] = [4, 2];
/// A switch has paid where steps are longer than this factor, which is about what an implicit step costs more, and when that is decided.
const PAYS: (f64, usize) = (2.0, 20);

/// Which of two methods makes the next step, and what was seen lately.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Switch {
    /// Whether the implicit method steps.
    pub(super) stiff: bool,
    /// Steps, or looks, in a row that spoke for the other method.
    signs: usize,
    /// How many it takes to leave the explicit method.
    patience: usize,
    /// Steps since the last switch.
    since: usize,
    /// The size of the explicit steps when they were left.
    held: f64,
}

impl Switch {
    pub(super) fn new() -> Switch {
        Switch { stiff: false, signs: 0, patience: PATIENCE, since: 0, held: 0.0 }
    }

    /// After an explicit step of size `h`, whose size times the spectral radius is the part `part` of the reach of stability. What is
    /// not finite says nothing.
    pub(super) fn explicit(&mut self, part: f64, h: f64) {
        self.since += 1;
        if part.is_finite() {
            self.signs = if part > NEAR { self.signs + 1 } else { self.signs / 2 };
        }
        if self.signs >= self.patience {
            *self = Switch { stiff: true, signs: 0, since: 0, held: h.abs(), ..*self };
        }
    }

    /// Whether the Jacobian of the implicit step to be taken is to be looked at.
    pub(super) fn looks(&self) -> bool {
        self.since.is_multiple_of(LOOKS[0])
    }

    /// After an implicit step of size `h`; `part` as for an explicit one, where it was looked at.
    pub(super) fn implicit(&mut self, part: Option<f64>, h: f64) {
        self.since += 1;
        match part {
            Some(part) if part < FAR => self.signs += 1,
            Some(_) => self.signs = 0,
            None => {}
        }
        let (factor, steps) = PAYS;
        let pays = h.abs() > factor * self.held;
        if pays {
            // Paid once, it is no longer in doubt.
            (self.held, self.patience) = (0.0, PATIENCE);
        }
        let futile = self.held > 0.0 && self.since >= steps;
        if futile {
            self.patience = (4 * self.patience).min(MOST_PATIENCE);
        }
        if futile || self.signs >= LOOKS[1] {
            *self = Switch { stiff: false, signs: 0, since: 0, held: 0.0, ..*self };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(switch: Switch, steps: usize, part: f64) -> Switch {
        (0..steps).fold(switch, |mut switch, _| {
            if switch.stiff {
                switch.implicit(Some(part), 1.0)
            } else {
                switch.explicit(part, 1.0)
            }
            switch
        })
    }

    #[test]
    fn stability_that_holds_the_steps_is_left_behind() {
        assert!(after(Switch::new(), PATIENCE, 0.95).stiff);
        assert!(!after(Switch::new(), PATIENCE - 1, 0.95).stiff);
        for silent in [f64::NAN, f64::INFINITY, 0.1] {
            assert!(!after(Switch::new(), 1000, silent).stiff, "{silent}");
        }
    }

    #[test]
    fn a_switch_that_does_not_pay_is_taken_back_and_waited_for_longer() {
        let stiff = after(Switch::new(), PATIENCE, 0.95);
        let back = after(stiff, PAYS.1, 0.95);
        assert!(!back.stiff);
        assert!(!after(back, 4 * PATIENCE - 1, 0.95).stiff);
        assert!(after(back, 4 * PATIENCE, 0.95).stiff);
    }

    #[test]
    fn the_explicit_method_comes_back_where_it_is_stable() {
        let mut switch = after(Switch::new(), PATIENCE, 0.95);
        for part in [30.0, 400.0, 0.4, f64::NAN] {
            switch.implicit(Some(part), 50.0);
        }
        assert!(switch.stiff);
        switch.implicit(Some(0.4), 50.0);
        assert!(switch.stiff);
        switch.implicit(Some(0.3), 50.0);
        assert!(!switch.stiff);
    }
}
