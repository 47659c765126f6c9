//! Topics as they are wanted: made once, checked, and never moved under their keys.
//!
//! Must never enter: a topic of the product.

use journal::kafka::{Growth, topics::Change, topics::Wanted};
use tests::broker::broker;

fn wanted(name: &str, partitions: u32, settings: &[(&str, &str)]) -> Wanted {
    let settings = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Wanted { name: name.to_owned(), partitions, replication: 1, settings, growth: Growth::Fixed }
}

#[test]
fn topics_are_made_once_and_then_checked() {
    let Some(broker) = broker() else { return };
    let (space, admin) = (broker.space(), broker.admin());
    let (log, state) = (format!("{space}.log"), format!("{space}.state"));
    let all = [wanted(&log, 8, &[("retention.ms", "-1")]), wanted(&state, 8, &[("cleanup.policy", "compact")])];
    let plan = admin.plan(&all).unwrap();
    assert_eq!(plan.changes.len(), 2);
    admin.apply(&plan).unwrap();
    admin.apply(&plan).unwrap(); // a second operator, a moment later
    assert!(admin.plan(&all).unwrap().is_done());
    // A setting is changed, and those nobody speaks of stay.
    let changed = [wanted(&log, 8, &[("max.message.bytes", "2000000")])];
    let plan = admin.plan(&changed).unwrap();
    assert!(matches!(&plan.changes[..], [Change::Set { key, .. }] if key == "max.message.bytes"), "{plan:?}");
    admin.apply(&plan).unwrap();
    assert!(admin.plan(&changed).unwrap().is_done());
    assert!(admin.plan(&all).unwrap().is_done(), "retention.ms stays as it was");
    // What the broker does unless it is told otherwise counts as well as what it was told.
    assert!(admin.plan(&[wanted(&log, 8, &[("cleanup.policy", "delete")])]).unwrap().is_done());
    let kept = [wanted(&state, 8, &[("cleanup.policy", "delete")])];
    let plan = admin.plan(&kept).unwrap();
    assert_eq!(plan.changes[0].to_string(), format!("set cleanup.policy of {state} to delete (now compact)"));
    admin.apply(&plan).unwrap();
    assert!(admin.plan(&kept).unwrap().is_done());
}

#[test]
fn a_number_of_partitions_is_a_constant() {
    let Some(broker) = broker() else { return };
    let (space, admin) = (broker.space(), broker.admin());
    let name = format!("{space}.log");
    admin.apply(&admin.plan(&[wanted(&name, 4, &[])]).unwrap()).unwrap();
    for other in [2, 8] {
        let plan = admin.plan(&[wanted(&name, other, &[])]).unwrap();
        assert!(plan.changes.is_empty() && plan.refusals.len() == 1);
        let told = admin.apply(&plan).unwrap_err().to_string();
        assert!(told.contains("into new topics"), "{told}");
    }
    let growing = Wanted { growth: Growth::MayGrow, ..wanted(&name, 8, &[]) };
    admin.apply(&admin.plan(std::slice::from_ref(&growing)).unwrap()).unwrap();
    assert!(admin.plan(&[growing]).unwrap().is_done());
}
