//! Quantities: an integer amount in thousandths of a named unit.
//!
//! Conversion factors between units are data with a source (a pack's), never constants here.

use core::fmt;
use serde::{Deserialize, Serialize};

/// A unit of account. Counts and tonnes of one measure are separate series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Unit {
    /// Acts, one by one.
    Count,
    /// Metric tonnes.
    Tonne,
    /// Kilograms.
    Kilogram,
    /// Barrels of oil.
    Barrel,
    /// Twenty-foot equivalent units.
    Teu,
    /// United States dollars.
    Usd,
    /// Days of one inspector's work.
    InspectorDay,
    /// Days of one ship on patrol.
    ShipDay,
    /// Hours of flight.
    FlightHour,
    /// A unit of a later version, by its number.
    Unrecognised(i32),
}

impl Unit {
    /// The short text used in keys, files and screens.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Tonne => "t",
            Self::Kilogram => "kg",
            Self::Barrel => "bbl",
            Self::Teu => "TEU",
            Self::Usd => "USD",
            Self::InspectorDay => "inspector-day",
            Self::ShipDay => "ship-day",
            Self::FlightHour => "flight-hour",
            Self::Unrecognised(_) => "unrecognised",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A non-negative amount in thousandths of a unit: 2.5 t is 2,500 thousandths of a tonne.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Quantity {
    thousandths: u64,
    unit: Unit,
}

impl Quantity {
    /// An amount in thousandths of a unit.
    #[must_use]
    pub const fn of_thousandths(thousandths: u64, unit: Unit) -> Self {
        Self { thousandths, unit }
    }

    /// The amount in thousandths of [`Quantity::unit`].
    #[must_use]
    pub const fn thousandths(self) -> u64 {
        self.thousandths
    }

    /// The amount in whole units, a half rounded up: what a series in that unit adds up.
    #[must_use]
    pub const fn whole_units(self) -> u64 {
        self.thousandths / 1_000 + (self.thousandths % 1_000 >= 500) as u64
    }

    /// The unit of account.
    #[must_use]
    pub const fn unit(self) -> Unit {
        self.unit
    }
}
