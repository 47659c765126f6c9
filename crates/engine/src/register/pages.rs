//! Pages of the register: stories by the day their record was first known, cells by number, rules by regime, the open bucket.
//!
//! Only what was touched is written. A page may be thrown away with all the others: the log rebuilds them. Must never enter:
//! the memory of answers, the shape of the shelf, anything that can be derived.

use super::{
    Register,
    cells::Cell,
    open::SavedOpen,
    rules::{NO_HORIZON, Regime},
    story::{NONE, Story, Traits},
};
use crate::page::{self, BadPage, Page};
use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};
use serde::{Deserialize, Serialize};
use vocab::{
    name::CaseName,
    record::{CaseId, ContentHash, RecordId},
    time::Day,
};

/// A page that changed: its name, unique in its task, and its bytes, or none when it is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageChange {
    /// Its name.
    pub key: String,
    /// Its bytes; the first is the version.
    pub body: Option<Vec<u8>>,
}

/// A story as it is saved, on the page of its first known day.
#[derive(Serialize, Deserialize)]
struct SavedStory {
    id: RecordId,
    content: ContentHash,
    revision: u32,
    known: Day,
    occurred: Day,
    last_day: Day,
    count: u32,
    weight: u32,
    cell: Option<u32>,
    case: Option<(CaseId, CaseName)>,
    traits: u8,
}

/// What changes with every tick.
#[derive(Serialize, Deserialize)]
struct SavedNow {
    forgotten: Day,
    swept: Day,
    open: SavedOpen,
}

const STORIES: &str = "stories/";
const CELLS: &str = "cells/";
const RULES: &str = "rules/";
const NOW: &str = "now";

impl Register {
    /// The pages that changed since this was last asked.
    pub fn pages_due(&mut self) -> Vec<PageChange> {
        let mut due = Vec::new();
        let change = |page: Page| PageChange { key: page.key, body: Some(page.body) };
        let now = SavedNow { forgotten: self.rules.forgotten(), swept: self.swept, open: self.open.saved() };
        due.push(change(page::write(NOW.to_string(), &now)));
        for (id, rules) in self.rules.touched() {
            due.push(change(page::write(format!("{RULES}{id}"), rules)));
        }
        for number in self.cells.touched() {
            due.push(change(page::write(format!("{CELLS}{number}"), &self.cells.page(number))));
        }
        for (day, stories) in self.touched_stories() {
            let body = (!stories.is_empty()).then(|| page::write(String::new(), &stories).body);
            due.push(PageChange { key: format!("{STORIES}{}", day.0), body });
        }
        self.touched.clear();
        due
    }

    /// Every page, as after a rebuild: whatever else is stored for this task is stale.
    pub fn pages_whole(&mut self) -> Vec<PageChange> {
        self.touched = self.days.keys().copied().collect();
        self.cells.touch_all();
        self.rules.touch_all();
        self.pages_due()
    }

    /// The stories of every touched day, in the order of their ids.
    fn touched_stories(&self) -> BTreeMap<Day, Vec<SavedStory>> {
        let mut pages: BTreeMap<Day, Vec<SavedStory>> = self.touched.iter().map(|day| (*day, Vec::new())).collect();
        if pages.is_empty() {
            return pages;
        }
        for story in self.shelf.iter() {
            if let Some(page) = pages.get_mut(&story.first_known) {
                page.push(self.saved(story));
            }
        }
        pages
    }

    fn saved(&self, story: &Story) -> SavedStory {
        SavedStory {
            id: story.id,
            content: story.content,
            revision: story.revision,
            known: story.known,
            occurred: story.occurred,
            last_day: story.last_day,
            count: story.count,
            weight: story.weight,
            cell: (story.cell != NONE).then_some(story.cell),
            case: self.cases.case(story.case).cloned(),
            traits: story.traits.0,
        }
    }

    /// Puts saved pages back into a register without records.
    pub(super) fn put_back(&mut self, pages: impl IntoIterator<Item = Page>) -> Result<(), BadPage> {
        let mut now = SavedNow { forgotten: NO_HORIZON, swept: NO_HORIZON, open: SavedOpen::default() };
        for Page { key, body } in pages {
            if let Some(day) = key.strip_prefix(STORIES) {
                let day = Day(day.parse().map_err(|_| BadPage::Broken)?);
                page::read::<Vec<SavedStory>>(&body)?.into_iter().for_each(|saved| self.put_back_story(day, saved));
            } else if let Some(number) = key.strip_prefix(CELLS) {
                let number = number.parse().map_err(|_| BadPage::Broken)?;
                self.cells.restore(number, page::read::<Vec<Option<Cell>>>(&body)?);
            } else if key.starts_with(RULES) {
                self.rules.restore(page::read::<Regime>(&body)?);
            } else if key == NOW {
                now = page::read(&body)?;
            } else {
                return Err(BadPage::Broken);
            }
        }
        self.cells.restored();
        self.rules.restore_forgotten(now.forgotten);
        self.swept = now.swept;
        self.open.restore(now.open);
        self.touched.clear();
        Ok(())
    }

    fn put_back_story(&mut self, first_known: Day, saved: SavedStory) {
        let story = Story {
            id: saved.id,
            content: saved.content,
            revision: saved.revision,
            first_known,
            known: saved.known,
            occurred: saved.occurred,
            last_day: saved.last_day,
            count: saved.count,
            weight: saved.weight,
            cell: saved.cell.unwrap_or(NONE),
            case: saved.case.map_or(NONE, |(id, name)| self.cases.number(id, &name)),
            traits: Traits(saved.traits),
        };
        let place = self.shelf.place(story.id);
        self.keep(place, story);
    }
}
