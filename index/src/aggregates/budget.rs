//! How many bytes all aggregates of one query hold, and whether something did not fit.

/// Counts bytes up to a maximum.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    held: usize,
    max: usize,
    /// How often something did not fit.
    refused: u64,
    /// Whether a list was cut at its own maximum.
    cut: bool,
}

impl Budget {
    pub(crate) fn new(max: usize) -> Budget {
        Budget { held: 0, max, refused: 0, cut: false }
    }

    /// Whether anything more may be held.
    pub(crate) fn has_room(&self) -> bool {
        self.held < self.max
    }

    /// Takes bytes if there is room; what is refused is counted.
    #[must_use]
    pub(crate) fn take(&mut self, bytes: usize) -> bool {
        let fits = self.held.saturating_add(bytes) <= self.max;
        if fits {
            self.held += bytes;
        } else {
            self.refused += 1;
        }
        fits
    }

    /// Takes bytes that are few and cannot be done without.
    pub(crate) fn force(&mut self, bytes: usize) {
        self.held = self.held.saturating_add(bytes);
    }

    /// Gives bytes back.
    pub(crate) fn give(&mut self, bytes: usize) {
        debug_assert!(bytes <= self.held, "no more is given back than was taken");
        self.held = self.held.saturating_sub(bytes);
    }

    /// Notes that a row found no group.
    pub(crate) fn refuse(&mut self, rows: u64) {
        self.refused = self.refused.saturating_add(rows);
    }

    /// Notes that a list of values was cut at its maximum.
    pub(crate) fn cut(&mut self) {
        self.cut = true;
    }

    /// Takes over what another noted. What it holds is taken anew, where it fits.
    pub(crate) fn merge_notes(&mut self, other: &Budget) {
        self.refuse(other.refused);
        self.cut |= other.cut;
    }

    pub(crate) fn has_refused(&self) -> bool {
        self.refused > 0
    }

    pub(crate) fn has_cut(&self) -> bool {
        self.cut
    }

    /// Bytes that are taken.
    pub(crate) fn held(&self) -> usize {
        self.held
    }
}
