//! [`Scale`] and [`Position`]: how the tree counts time.

/// A thousandth of the unit of time is halved this often.
const HALVINGS: u32 = 20;
pub(super) const THOUSANDTH: u64 = 1 << HALVINGS;
pub(super) const TICKS: u64 = 1000 * THOUSANDTH;
/// The unit divides into ten parts, three times, and then into halves: steps of 0.01 and steps of 1/64 are both near the root.
pub(super) const GRAINS: [u64; 3] = [100 * THOUSANDTH, 10 * THOUSANDTH, THOUSANDTH];
/// Where second areas are known, the unit divides into halves alone, this often.
pub(super) const DYADIC_HALVINGS: u32 = 30;
pub(super) const DYADIC_TICKS: u64 = 1 << DYADIC_HALVINGS;
/// Increments are whole multiples of a quantum: sums of whole numbers do not depend on their order.
const QUANTUM: f64 = 1.0 / (1u64 << 40) as f64;

/// A time, rounded to the nearest tick, of which there are so many in a unit as the tree has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) cell: i64,
    pub(super) tick: u64,
}

impl Position {
    /// A time in units, of which each has this number of ticks.
    #[inline(always)]
    pub(super) fn new(t: f64, ticks: u64) -> Position {
        // Conversions rather than `floor` and `round`, which are calls of a library where no instruction can be assumed.
        let whole = t as i64;
        let cell = whole - i64::from(whole as f64 > t);
        // Through a signed number, to which processors convert in one instruction.
        let tick = ((t - cell as f64) * ticks as f64 + 0.5) as i64 as u64;
        if tick >= ticks { Position { cell: cell + 1, tick: 0 } } else { Position { cell, tick } }
    }

    /// The ticks of the ordinary tree that lie between an earlier position and this one.
    #[inline(always)]
    pub(super) fn ticks_since(self, start: Position) -> f64 {
        (self.cell - start.cell) as f64 * TICKS as f64 + self.tick as f64 - start.tick as f64
    }

    /// The cell that lies between this position and another one, if it is one cell and nothing else.
    #[inline(always)]
    pub(super) fn is_cell_until(self, end: Position) -> Option<i64> {
        ((self.tick | end.tick) == 0 && end.cell - self.cell == 1).then_some(self.cell)
    }
}

/// How the tree's numbers relate to the caller's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    /// The unit of time.
    pub(super) unit: f64,
    pub(super) per_unit: f64,
    /// The square root of the unit.
    pub(super) root: f64,
    /// The quantum in the caller's numbers, a power of two.
    pub(super) step: f64,
    /// The quantum where the unit is 1.
    pub(super) quantum: f64,
}

impl Scale {
    pub(super) fn new(unit: f64) -> Scale {
        let root = unit.sqrt();
        let step = QUANTUM * root.log2().round().exp2();
        Scale { unit, per_unit: 1.0 / unit, root, step, quantum: step / root }
    }

    /// A tick, the shortest time that the tree knows.
    pub(super) fn tick(&self) -> f64 {
        self.unit / TICKS as f64
    }

    /// A tick of the tree that knows second areas.
    pub(super) fn dyadic_tick(&self) -> f64 {
        self.unit / DYADIC_TICKS as f64
    }

    #[inline(always)]
    pub(super) fn position(&self, t: f64) -> Position {
        Position::new(t * self.per_unit, TICKS)
    }

    #[inline(always)]
    pub(super) fn dyadic_position(&self, t: f64) -> Position {
        Position::new(t * self.per_unit, DYADIC_TICKS)
    }

    /// A time that is reached with few divisions: nearest to the end `t` of a step of signed size `h`, by at most an eighth of
    /// it. Steps that were always shortened would have to grow only to stay.
    pub(super) fn nearby(&self, t: f64, h: f64) -> f64 {
        self.rounded(self.position(t), h, TICKS, &GRAINS)
    }

    /// The same for the tree that knows second areas.
    pub(super) fn dyadic_nearby(&self, t: f64, h: f64) -> f64 {
        self.rounded(self.dyadic_position(t), h, DYADIC_TICKS, &[])
    }

    fn rounded(&self, Position { cell, tick }: Position, h: f64, ticks: u64, grains: &[u64]) -> f64 {
        let finest = (h.abs() * self.per_unit) * (0.25 * ticks as f64);
        let decimal = grains.iter().copied().find(|&grain| grain as f64 <= finest);
        let grain = if finest >= ticks as f64 {
            ticks
        } else {
            decimal.unwrap_or_else(|| 1 << (finest.max(1.0) as u64).ilog2())
        };
        let rounded = (tick + grain / 2) / grain * grain;
        (cell as f64 + rounded as f64 / ticks as f64) * self.unit
    }
}
