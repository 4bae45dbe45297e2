//! Which classes: a set of them in one byte.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Class;

/// Some classes. Numbers that are not known here are kept, so that a newer node may name them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct ClassSet(pub u8);

impl ClassSet {
    /// None.
    pub const NONE: ClassSet = ClassSet(0);
    /// Every class that is known here.
    pub const ALL: ClassSet = ClassSet(0b11_1111);
    /// What everybody replicates, always: control, audit, findings.
    pub const ALWAYS: ClassSet = ClassSet(0b00_0111);

    /// One class.
    pub const fn one(class: Class) -> ClassSet {
        ClassSet(1 << class as u8)
    }

    /// Whether `class` is among them.
    pub const fn has(self, class: Class) -> bool {
        self.0 & ClassSet::one(class).0 != 0
    }

    /// With `class`.
    pub const fn with(self, class: Class) -> ClassSet {
        ClassSet(self.0 | ClassSet::one(class).0)
    }

    /// In either.
    pub const fn union(self, other: ClassSet) -> ClassSet {
        ClassSet(self.0 | other.0)
    }

    /// In both.
    pub const fn common(self, other: ClassSet) -> ClassSet {
        ClassSet(self.0 & other.0)
    }

    /// In this one only.
    pub const fn without(self, other: ClassSet) -> ClassSet {
        ClassSet(self.0 & !other.0)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that are known here, by rising number.
    pub fn iter(self) -> impl Iterator<Item = Class> {
        Class::ALL.into_iter().filter(move |class| self.has(*class))
    }
}

impl FromIterator<Class> for ClassSet {
    fn from_iter<T: IntoIterator<Item = Class>>(classes: T) -> ClassSet {
        classes.into_iter().fold(ClassSet::NONE, ClassSet::with)
    }
}

impl fmt::Debug for ClassSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set: ClassSet = [Class::Logs, Class::Control].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [Class::Control, Class::Logs]);
        assert!(set.has(Class::Logs) && !set.has(Class::Audit));
        assert_eq!(set.without(ClassSet::ALWAYS), ClassSet::one(Class::Logs));
        assert_eq!(ClassSet::ALL.iter().count(), Class::ALL.len());
        assert!(set.common(ClassSet::one(Class::Traces)).is_empty());
    }
}
