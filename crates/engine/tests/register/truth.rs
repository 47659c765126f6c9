//! What the register makes of one record told in every way: a table each.

use crate::text::{check, check_any, check_ledger};

#[test]
fn a_withdrawn_report_takes_its_inspection_back() {
    check(
        "known       occurred    what
         2019-03-04  2019-03-01  inspected
         2019-03-06  2019-03-01  retracted",
        "2019-03-04  KR/2397/9  inspections  of 2019-03-01 first 2019-03-04  +1
         2019-03-06  withdrawn of 2019-03-01  KR/2397/9
         2019-03-06  KR/2397/9  inspections  of 2019-03-01 first 2019-03-04  -1",
    );
}

#[test]
fn a_correction_takes_back_what_was_stored_and_keeps_the_first_known_day() {
    check(
        "known       occurred    what       place  n  stratum
         2019-03-04  2019-03-01  inspected  KR     3  physical
         2019-03-06  2019-03-02  inspected  JP     2  remote",
        "2019-03-04  KR/2397/9  inspections  [physical]  of 2019-03-01 first 2019-03-04  +3
         2019-03-06  withdrawn of 2019-03-01  KR/2397/9
         2019-03-06  KR/2397/9  inspections  [physical]  of 2019-03-01 first 2019-03-04  -3
         2019-03-06  JP/2397/9  inspections  [remote]    of 2019-03-02 first 2019-03-04  +2",
    );
}

#[test]
fn told_and_taken_back_in_one_tick_leaves_no_trace() {
    check(
        "known       what
         2019-03-04  inspected
         2019-03-04  retracted",
        "",
    );
    // Taken back and said again in one tick: nothing was withdrawn.
    check(
        "known       occurred    what
         2019-03-04  2019-03-01  inspected
         2019-03-06  2019-03-01  retracted
         2019-03-06  2019-03-01  inspected",
        "2019-03-04  KR/2397/9  inspections  of 2019-03-01 first 2019-03-04  +1",
    );
}

#[test]
fn a_retraction_that_comes_first_leaves_a_tombstone() {
    let table = "known       occurred    what       rev
                 2019-03-04  2019-03-01  retracted  2
                 2019-03-06  2019-03-01  inspected  1
                 2019-03-08  2019-03-01  inspected  3";
    check(table, "2019-03-08  KR/2397/9  inspections  of 2019-03-01 first 2019-03-04  +1");
    check_ledger(
        table,
        "day effective duplicates superseded conflicts late unlisted
         2019-03-04  0  0  1  0  0  0
         2019-03-06  0  0  1  0  0  0
         2019-03-08  1  0  0  0  0  0",
    );
}

#[test]
fn every_revision_meets_every_revision() {
    // The message that stands has revision 2. Another comes: older, same, same with other content, newer.
    let table = |rev: &str, n: &str| {
        format!(
            "known       what       rev    n
             2019-03-04  inspected  2      5
             2019-03-06  inspected  {rev}  {n}"
        )
    };
    let ledger = |first: &str, second: &str| format!("2019-03-04 {first}\n2019-03-06 {second}");
    let rows = [
        ("1", "5", "1 0 0 0 0 0", "0 0 1 0 0 0"),
        ("1", "6", "1 0 0 0 0 0", "0 0 1 0 0 0"),
        ("2", "6", "1 0 0 0 0 0", "0 0 0 1 0 0"),
        ("3", "6", "0 0 1 0 0 0", "1 0 0 0 0 0"),
    ];
    for (rev, n, first, second) in rows {
        check_ledger(&table(rev, n), &ledger(first, second));
    }
    check_ledger(
        "known       occurred    what       rev
         2019-03-04  2019-03-01  inspected  2
         2019-03-06  2019-03-01  inspected  2",
        &ledger("1 0 0 0 0 0", "0 1 0 0 0 0"),
    );
}

#[test]
fn of_one_revision_the_earliest_tick_stands() {
    check(
        "known       occurred    what       rev  n
         2019-03-04  2019-03-01  inspected  1    2
         2019-03-06  2019-03-01  inspected  1    7",
        "2019-03-04  KR/2397/9  inspections  of 2019-03-01 first 2019-03-04  +2",
    );
}

#[test]
fn an_act_that_serves_several_measures_counts_once_in_any() {
    check_any(
        "known       occurred    what       record  measure                n
         2019-03-04  2019-03-01  inspected  A       2397/9+2397/10+2397/9  2
         2019-03-05  2019-03-01  inspected  B       2397/9                 1
         2019-03-06  2019-03-01  retracted  A       -                      -",
        "2019-03-04  KR/any  acts +2  m +4  mm +8
         2019-03-05  KR/any  acts +1  m +1  mm +1
         2019-03-06  KR/any  acts -2  m -4  mm -8",
    );
}

#[test]
fn a_change_of_case_leaves_one_and_joins_the_other() {
    check(
        "known       occurred    what       case
         2019-03-04  2019-03-01  refused    C1
         2019-03-06  2019-03-01  refused    C2
         2019-03-08  2019-03-01  retracted  -",
        "2019-03-04  case C1 of 2019-03-01  +1
         2019-03-06  case C1 of 2019-03-01  -1
         2019-03-06  case C2 of 2019-03-01  +1
         2019-03-08  case C2 of 2019-03-01  -1",
    );
}

#[test]
fn what_is_unlisted_is_counted_with_its_code_and_acts_from_the_listing_on() {
    let table = "known       occurred    what       record  place  n
                 2019-03-04  2019-03-01  inspected  A       XX     2
                 2019-03-05  2019-03-05  lists:XX   -       -      -
                 2019-03-05  2019-03-01  inspected  B       XX     1
                 2019-03-06  2019-03-01  inspected  C       XX     1
                 2019-03-07  2019-03-01  inspected  A       XX     3";
    check(
        table,
        "unlisted jurisdiction XX 2
         2019-03-05  note pack 3
         2019-03-05  fact pack 3
         unlisted jurisdiction XX 1
         2019-03-06  XX/2397/9  inspections  of 2019-03-01 first 2019-03-06  +1
         2019-03-07  XX/2397/9  inspections  of 2019-03-01 first 2019-03-04  +3",
    );
    check_ledger(
        table,
        "day effective duplicates superseded conflicts late unlisted
         2019-03-04  0  0  1  0  0  0
         2019-03-05  1  0  0  0  0  1
         2019-03-06  1  0  0  0  0  0
         2019-03-07  1  0  0  0  0  0",
    );
}

#[test]
fn nothing_disappears_without_a_word() {
    check(
        "known       occurred                what       record  place  measure       regime
         2019-03-04  2019-03-01              inspected  A       KR     2397/9+9999/1 -
         2019-07-04  2019-07-01              inspected  B       KR     2375/7        -
         2019-07-04  2019-05-31              inspected  C       KR     2375/7        -
         2019-07-04  2019-06                 inspected  D       KR     2397/9        -
         2019-07-04  2019-06-01..2019-06-08  inspected  E       KR     2397/9        -
         2019-07-04  2019-06-01..2019-06-07  inspected  F       KR     2397/9        -
         2019-07-04  2019-06-01              novel      G       KR     2397/9        -
         2019-07-04  2019-06-01              inspected  H       KR     2397/9        other",
        "unlisted measure 9999/1 1
         2019-03-04  KR/2397/9  inspections  of 2019-03-01 first 2019-03-04  +1
         unlisted lapsed 2375/7 1
         unlisted type drone.flown 1
         unlisted precision interval 1
         unlisted precision month 1
         unlisted regime other 1
         2019-07-04  KR/2375/7  inspections  of 2019-05-31 first 2019-07-04  +1
         2019-07-04  KR/2397/9  inspections  of 2019-06-01 first 2019-07-04  +1",
    );
}

#[test]
fn every_type_has_its_count() {
    let rows = [("inspected", "inspections"), ("seized", "interdictions"), ("interdicted", "interdictions"), ("exposed", "exposure")];
    for (what, count) in rows {
        check(&format!("known what\n2019-03-04 {what}"), &format!("2019-03-04 KR/2397/9 {count} of 2019-03-04 first 2019-03-04 +1"));
    }
    check("known what\n2019-03-04 refused", "");
}

#[test]
fn older_than_the_horizon_is_late_and_visible() {
    // 78 weeks are 546 days: 2019-01-01 is the first day inside on 2020-06-30.
    let table = "known       occurred    what       record
                 2020-06-30  2019-01-01  inspected  A
                 2020-06-30  2018-12-31  inspected  B
                 2020-07-01  2019-01-01  retracted  A
                 2020-07-02  2020-07-01  inspected  A";
    check(
        table,
        "2020-06-30  late B rev 1 of 2018-12-31 n 1
         2020-06-30  KR/2397/9  inspections  of 2019-01-01 first 2020-06-30  +1
         2020-07-01  late A rev 2 of 2019-01-01 n 1
         2020-07-02  late A rev 3 of 2020-07-01 n 1",
    );
    check_ledger(
        table,
        "2020-06-30  1  0  0  0  1  0
         2020-07-01  0  0  0  0  1  0
         2020-07-02  0  0  0  0  1  0",
    );
}

#[test]
fn notes_are_told_once_and_taken_back_by_name() {
    check(
        "known       occurred    what
         2019-03-04  2019-03-01  noted
         2019-03-06  2019-03-01  reworded
         2019-03-07  2019-03-01  reworded
         2019-03-08  2019-03-01  unsaid",
        "2019-03-04  note circumstance a storm
         2019-03-04  fact circumstance a storm
         2019-03-06  withdrawn of 2019-03-01
         2019-03-06  note circumstance a gale
         2019-03-06  fact circumstance a gale
         2019-03-07  withdrawn of 2019-03-01
         2019-03-07  note circumstance a gale
         2019-03-07  fact circumstance a gale
         2019-03-08  withdrawn of 2019-03-01",
    );
}

#[test]
fn an_act_is_told_once_whatever_is_said_of_it_later() {
    check(
        "known       what         rev
         2019-03-04  acted        1
         2019-03-06  acted        1
         2019-03-08  acted-again  2",
        "2019-03-04  note act acted
         2019-03-04  fact act acted",
    );
}

#[test]
fn a_pack_told_again_does_not_come_back_into_force() {
    check(
        "known       occurred    what      record  rev  place
         2019-03-04  2019-03-04  lists:XX  -       -    -
         2019-03-05  2019-03-05  lists:YY  -       -    -
         2019-03-06  2019-03-04  lists:XX  2       -    -
         2019-03-07  2019-03-07  inspected A       1    XX",
        "2019-03-04  note pack 2
         2019-03-04  fact pack 2
         2019-03-05  note pack 3
         2019-03-05  fact pack 3
         unlisted jurisdiction XX 1",
    );
}

#[test]
fn what_an_act_weighs_is_told_beside_it_in_whole_units_of_the_pack() {
    check(
        "known       what       record  measure         n  t      kg
         2019-03-04  inspected  A1      grain+2397/9    1  2.5    -
         2019-03-04  inspected  A2      grain           4  20     -
         2019-03-04  inspected  A3      grain           1  0.499  -
         2019-03-04  inspected  A4      grain           1  -      9000
         2019-03-04  exposed    A5      grain           1  30     -
         2019-03-04  seized     A6      grain           1  30     -
         2019-03-05  inspected  A7      2397/9          1  30     -
         2019-03-05  inspected  A8      grain           1  2147483648  -",
        "2019-03-04  KR/grain    inspections    of 2019-03-04  first 2019-03-04  +5
         2019-03-04  KR/grain#t  inspections    of 2019-03-04  first 2019-03-04  +20 squared +100
         2019-03-04  KR/grain    interdictions  of 2019-03-04  first 2019-03-04  +1
         2019-03-04  KR/2397/9   inspections    of 2019-03-04  first 2019-03-04  +1
         2019-03-04  KR/grain    inspections    of 2019-03-04  first 2019-03-04  +1
         2019-03-04  KR/grain#t  inspections    of 2019-03-04  first 2019-03-04  +3 squared +9
         2019-03-04  KR/grain    inspections    of 2019-03-04  first 2019-03-04  +1
         2019-03-04  KR/grain    exposure       of 2019-03-04  first 2019-03-04  +1
         2019-03-04  KR/grain#t  exposure       of 2019-03-04  first 2019-03-04  +30 squared +900
         2019-03-05  KR/2397/9   inspections    of 2019-03-05  first 2019-03-05  +1
         2019-03-05  KR/grain    inspections    of 2019-03-05  first 2019-03-05  +1",
    );
}

#[test]
fn a_correction_of_the_weight_alone_takes_back_the_weight_alone() {
    check(
        "known       occurred    what       measure    t
         2019-03-04  2019-03-01  inspected  grain+oil  40
         2019-03-06  2019-03-01  inspected  grain+oil  4
         2019-03-08  2019-03-01  retracted  -          -",
        "2019-03-04  KR/grain    inspections  of 2019-03-01  first 2019-03-04  +1
         2019-03-04  KR/oil      inspections  of 2019-03-01  first 2019-03-04  +1
         2019-03-04  KR/grain#t  inspections  of 2019-03-01  first 2019-03-04  +40 squared +1600
         2019-03-04  KR/oil#t    inspections  of 2019-03-01  first 2019-03-04  +40 squared +1600
         2019-03-06  withdrawn of 2019-03-01  KR/grain#t KR/oil#t
         2019-03-06  KR/grain#t  inspections  of 2019-03-01  first 2019-03-04  -36 squared -1584
         2019-03-06  KR/oil#t    inspections  of 2019-03-01  first 2019-03-04  -36 squared -1584
         2019-03-08  withdrawn of 2019-03-01  KR/grain KR/oil KR/grain#t KR/oil#t
         2019-03-08  KR/grain    inspections  of 2019-03-01  first 2019-03-04  -1
         2019-03-08  KR/oil      inspections  of 2019-03-01  first 2019-03-04  -1
         2019-03-08  KR/grain#t  inspections  of 2019-03-01  first 2019-03-04  -4 squared -16
         2019-03-08  KR/oil#t    inspections  of 2019-03-01  first 2019-03-04  -4 squared -16",
    );
}
