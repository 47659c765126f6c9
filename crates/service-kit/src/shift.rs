//! The same loop where partitions come and go: tasks are seated and unseated while it turns.
//!
//! Whoever loses a partition commits first and forgets then; whoever was fenced forgets at once. A failure in the middle is
//! taken up where it was. Must never enter: which tasks a partition has (the crew's), a decision, a retry without a caller.

use std::collections::VecDeque;

use journal::{Change, JournalError, Sequenced, Store, TaskPlan, Topic};

use crate::line::{Ending, Fatal, Line};
use crate::observer::Seen;
use crate::stage::Stage;
use crate::stop::Stop;

/// A task to be seated: what it is, and a new stage for it.
pub type Hand<R> = (TaskPlan, Box<dyn Stage<Record = R>>);

/// Who knows which tasks a partition has.
pub trait Crew<R> {
    /// The tasks to be seated because this process was given a partition, in the order of the way of the data. A task with
    /// several inputs belongs to one of them, the one the processes share.
    fn tasks(&mut self, input: (Topic, u32)) -> Vec<Hand<R>>;

    /// Told after every round, for readings.
    fn turned(&mut self, _line: &Line<'_, R>) {}
}

/// Something that must happen to a partition, and has not yet.
#[derive(Clone, Debug)]
pub(crate) enum Due {
    Seat((Topic, u32)),
    Release(Vec<(Topic, u32)>),
    Drop(Vec<(Topic, u32)>),
}

impl<'a, R: Sequenced + 'a> Line<'a, R> {
    /// Drives the tasks of whatever partitions the store is given, until asked to stop: then all is committed as a checkpoint.
    ///
    /// # Errors
    /// [`Fatal`]. After one that is passing ([`JournalError::is_passing`]) the next call goes on where this one was; after
    /// another the line must be dropped.
    pub fn serve<S: Store<Record = R>>(&mut self, store: &mut S, crew: &mut impl Crew<R>, stop: &Stop) -> Result<Ending, Fatal> {
        let mut idle_rounds = 0;
        loop {
            self.held(store, Self::commit)?;
            if stop.is_asked() {
                self.held(store, Self::save)?;
                return Ok(Ending::Stopped);
            }
            self.follow(store, crew)?;
            // A commit that failed while partitions were given back comes first: a task has one part in a commit.
            self.held(store, Self::commit)?;
            let moved = self.held(store, Self::round)?;
            idle_rounds = if moved { 0 } else { idle_rounds + 1 };
            if idle_rounds == self.pace().idle_rounds {
                self.held(store, Self::save)?;
            }
            if !moved {
                store.wait(self.pace().idle);
            }
            crew.turned(self);
            if self.watch().is_due() {
                self.tell(store);
            }
        }
    }

    /// Does something that commits; a task that turns out to be another's is forgotten, and the rest is committed.
    fn held<S: Store<Record = R>, T: Default>(
        &mut self,
        store: &mut S,
        mut act: impl FnMut(&mut Self, &mut S) -> Result<T, Fatal>,
    ) -> Result<T, Fatal> {
        let mut result = act(self, store);
        while let Err(Fatal::Journal(error @ JournalError::Fenced { task })) = &result {
            if self.unseat(task).is_none() {
                return result;
            }
            self.watch().see(&Seen::Failed(error));
            result = self.commit(store).map(|()| T::default());
        }
        result
    }

    fn follow<S: Store<Record = R>>(&mut self, store: &mut S, crew: &mut impl Crew<R>) -> Result<(), Fatal> {
        let changes = store.changes()?;
        for change in &changes {
            self.watch().see(&Seen::Moved(change));
        }
        let due: &mut VecDeque<Due> = self.due();
        for change in changes {
            match change {
                Change::Gained(inputs) => due.extend(inputs.into_iter().map(Due::Seat)),
                Change::Losing(inputs) => due.push_back(Due::Release(inputs)),
                Change::Lost(inputs) => due.push_back(Due::Drop(inputs)),
            }
        }
        while let Some(next) = self.due().front().cloned() {
            match next {
                Due::Seat(input) => self.seat_all(store, crew.tasks(input))?,
                Due::Release(inputs) => self.release(store, &inputs)?,
                Due::Drop(inputs) => self.forget(store, inputs)?,
            }
            self.due().pop_front();
        }
        Ok(())
    }

    fn seat_all<S: Store<Record = R>>(&mut self, store: &mut S, hands: Vec<Hand<R>>) -> Result<(), Fatal> {
        for (plan, stage) in hands {
            self.unseat(&plan.name); // a seat from a try that failed
            self.seat(store, plan, stage)?;
        }
        Ok(())
    }

    /// Commits what is done, as a checkpoint, so that the next owner has little to read again; then forgets.
    fn release<S: Store<Record = R>>(&mut self, store: &mut S, inputs: &[(Topic, u32)]) -> Result<(), Fatal> {
        // Others wait: what cannot be committed now is the next owner's to do.
        let saved = self.held(store, Self::save);
        self.forget(store, inputs.to_vec())?;
        match saved {
            Err(Fatal::Journal(error)) if error.is_passing() => {
                self.watch().see(&Seen::Failed(&error));
                Ok(())
            }
            other => other,
        }
    }

    fn forget<S: Store<Record = R>>(&mut self, store: &mut S, mut inputs: Vec<(Topic, u32)>) -> Result<(), Fatal> {
        let reads = |plan: &&TaskPlan| plan.inputs.iter().any(|input| inputs.contains(input));
        let names: Vec<String> = self.plans().filter(reads).map(|plan| plan.name.clone()).collect();
        for name in names {
            inputs.extend(self.unseat(&name).unwrap_or_default());
        }
        inputs.sort();
        inputs.dedup();
        Ok(store.let_go(&inputs)?)
    }
}
