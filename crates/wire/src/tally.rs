//! Signed counts of a tick as bytes: the message between register and assessor, and the hottest one behind the log.
//!
//! Series and strata stand once in a message and are named by their place: most counts of a tick share them. No sum is made
//! and no cell is judged here.

use crate::{
    event,
    numbers::Numbered as _,
    pb,
    read::{Reading, bad, choice, name, series},
    sink::Sink,
    table,
};
use std::collections::BTreeMap;
use vocab::{
    name::Stratum,
    record::BadValue,
    series::SeriesKey,
    tally::{Cell, Sum, Tallies, Tally},
    time::{Day, Tick},
};

/// Places of what is named by place, in the order in which it was met.
struct Places<'a, T> {
    order: Vec<&'a T>,
    places: BTreeMap<&'a T, u32>,
}

impl<'a, T: Ord> Places<'a, T> {
    const fn new() -> Self {
        Self { order: Vec::new(), places: BTreeMap::new() }
    }

    fn of(&mut self, value: &'a T) -> u32 {
        // Counts of a series follow one another more often than not.
        let next = u32::try_from(self.order.len()).unwrap_or(u32::MAX);
        if let Some(last) = self.order.last()
            && *last == value
        {
            return next - 1;
        }
        let Self { order, places } = self;
        *places.entry(value).or_insert_with(|| {
            order.push(value);
            next
        })
    }
}

/// Tells the counts of a tick.
pub(crate) fn write<S: Sink>(out: &mut S, told: &Tallies) {
    use table::tallies as f;
    let (mut keys, mut strata) = (Places::<SeriesKey>::new(), Places::<Stratum>::new());
    let placed: Vec<_> = told
        .tallies
        .iter()
        .map(|tally| (tally, keys.of(&tally.cell.series), tally.cell.stratum.as_ref().map_or(0, |stratum| strata.of(stratum) + 1)))
        .collect();
    out.whole(&f::KNOWN, told.known.0);
    out.messages(&f::SERIES, &keys.order, |out, series| event::write_key(out, series));
    out.texts(&f::STRATA, &strata.order);
    out.messages(&f::TALLIES, &placed, |out, (tally, series, stratum)| write_tally(out, tally, *series, *stratum));
}

fn write_tally<S: Sink>(out: &mut S, tally: &Tally, series: u32, stratum: u32) {
    use table::tally as f;
    let (cell, sum) = (&tally.cell, tally.sum);
    out.natural(&f::SERIES, u64::from(series));
    out.choice(&f::COUNT, cell.count.number());
    out.natural(&f::STRATUM, u64::from(stratum));
    out.whole(&f::OCCURRED, i64::from(cell.occurred.0));
    out.whole(&f::FIRST_KNOWN, i64::from(cell.first_known.0));
    out.whole(&f::ACTS, sum.acts);
    out.whole(&f::MEASURES, sum.measures);
    out.whole(&f::MEASURES_SQUARED, sum.measures_squared);
    out.whole(&f::WEIGHT, sum.weight);
    out.whole(&f::WEIGHT_SQUARED_HIGH, (sum.weight_squared >> 64) as i64);
    out.natural(&f::WEIGHT_SQUARED_LOW, sum.weight_squared as u64);
}

/// Reads the counts of a tick.
pub(crate) fn read(message: pb::Tallies) -> Reading<Tallies> {
    let known = Tick(message.known);
    let keys = message.series.into_iter().map(|key| series("series", Some(key))).collect::<Reading<Vec<_>>>()?;
    let strata = message.strata.iter().map(|text| name("strata", text, Stratum::parse)).collect::<Reading<Vec<_>>>()?;
    let tallies = message.tallies.into_iter().map(|tally| read_tally(&tally, known, &keys, &strata)).collect::<Reading<_>>()?;
    Ok(Tallies { known, tallies })
}

fn read_tally(message: &pb::Tally, known: Tick, keys: &[SeriesKey], strata: &[Stratum]) -> Reading<Tally> {
    let beyond = |field| bad(field, BadValue::TooLarge);
    let stratum = match message.stratum {
        0 => None,
        place => Some(strata.get(place as usize - 1).cloned().ok_or_else(|| beyond("tallies.stratum"))?),
    };
    let weight_squared = i128::from(message.weight_squared_high) << 64 | i128::from(message.weight_squared_low);
    Ok(Tally {
        cell: Cell {
            series: keys.get(message.series as usize).cloned().ok_or_else(|| beyond("tallies.series"))?,
            count: choice("tallies.count", message.count)?,
            stratum,
            occurred: Day(message.occurred),
            first_known: Day(message.first_known),
        },
        known,
        sum: Sum {
            acts: message.acts,
            measures: message.measures,
            measures_squared: message.measures_squared,
            weight: message.weight,
            weight_squared,
        },
    })
}
