//! A small stage with sums and deadlines, for the property of checkpoints.
//!
//! Must never enter: an assertion; those stand in the tests.

use std::collections::{BTreeMap, BTreeSet};

use journal::{Page, PageChange};

use crate::toy::Toy;

/// A stage with sums and deadlines: each record tells the new sum of its group, and some ticks later tells it again.
#[derive(Debug, Default)]
pub(crate) struct Fold {
    groups: BTreeMap<u32, Group>,
    touched: BTreeSet<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Group {
    sum: i64,
    due: Vec<i64>,
}

impl Fold {
    /// What falls due at or before `tick`.
    pub(crate) fn pass(&mut self, tick: i64, out: &mut Vec<Toy>) {
        loop {
            let due = |(group, state): (&u32, &Group)| state.due.iter().min().map(|due| (*due, *group));
            let Some((at, group)) = self.groups.iter().filter_map(due).min().filter(|(at, _)| *at <= tick) else {
                return;
            };
            let state = self.groups.get_mut(&group).unwrap();
            let place = state.due.iter().position(|due| *due == at).unwrap();
            state.due.remove(place);
            out.push(Toy { tick: at, id: 1_000 + group, value: state.sum });
            if state.due.is_empty() && state.sum % 3 == 0 {
                self.groups.remove(&group); // so that pages are deleted as well
            }
            self.touched.insert(group);
        }
    }

    pub(crate) fn step(&mut self, tick: i64, records: &[Toy], out: &mut Vec<Toy>) {
        self.pass(tick - 1, out);
        for record in records {
            let group = record.id % 4;
            let state = self.groups.entry(group).or_default();
            state.sum += record.value;
            if record.value % 2 == 0 {
                state.due.push(tick + 1 + record.value.rem_euclid(5));
            }
            out.push(Toy { tick, id: group, value: state.sum });
            self.touched.insert(group);
        }
        self.pass(tick, out);
    }

    pub(crate) fn pages_due(&mut self) -> Vec<PageChange> {
        let page = |group: u32| PageChange {
            key: format!("group/{group}"),
            body: self.groups.get(&group).map(|state| {
                let numbers: Vec<String> =
                    std::iter::once(state.sum).chain(state.due.iter().copied()).map(|number| number.to_string()).collect();
                numbers.join(" ").into_bytes()
            }),
        };
        std::mem::take(&mut self.touched).into_iter().map(page).collect()
    }

    pub(crate) fn restore(pages: Vec<Page>) -> Self {
        let mut fold = Self::default();
        for page in pages {
            let group = page.key.strip_prefix("group/").unwrap().parse().unwrap();
            let text = String::from_utf8(page.body).unwrap();
            let mut numbers = text.split(' ').map(|number| number.parse::<i64>().unwrap());
            let sum = numbers.next().unwrap();
            fold.groups.insert(group, Group { sum, due: numbers.collect() });
        }
        fold
    }
}
