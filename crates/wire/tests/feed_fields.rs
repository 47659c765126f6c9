//! Fields of an event, each read from a row as its mapping says: one table, a piece of mapping and a row in, a value out.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use std::io::Cursor;
use vocab::event::{Body, Event};
use wire::feed::{KnownFrom, Mapping, Outcome, Rows};

/// The event that a row of JSON becomes; the given sections stand for those of the plain mapping.
fn mapped(sections: &str, row: &str) -> Result<(Event, KnownFrom), String> {
    match outcome(sections, row)? {
        Outcome::Event(mapped) => Ok((mapped.event, mapped.known)),
        Outcome::Skipped(reason) => Err(format!("skipped {reason}")),
    }
}

fn outcome(sections: &str, row: &str) -> Result<Outcome, String> {
    let mut text = "source = \"s\"\nregime = \"r\"\nformat = \"jsonl\"\nmissing = [\"NA\", \"-\"]\n".to_owned();
    for (name, plain) in [
        ("[record]", "[record]\nid = { column = \"id\" }\n"),
        ("[occurred]", "[occurred]\ncolumn = \"date\"\nformat = \"date\"\n"),
        ("[known]", "[known]\nfrom = \"occurred\"\n"),
        ("[event]", "[event]\ntype = \"inspection.performed\"\njurisdiction = \"KR\"\nmeasures = \"m\"\n"),
    ] {
        if !sections.contains(name) {
            text += plain;
        }
    }
    let mapping = Mapping::parse("m.toml", &(text + sections)).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let data = format!("{{}}\n{row}\n");
    let mut rows = Rows::of(&mapping, "data", Box::new(Cursor::new(data.into_bytes()))).map_err(|error| error.to_string())?;
    let (mut mapper, mut batch) = (rows.mapper(), rows.next_batch().unwrap().unwrap());
    while batch.rows().all(|row| row.line < 2) {
        batch = rows.next_batch().unwrap().unwrap();
    }
    mapper.map(&batch.rows().last().unwrap()).map_err(|refusal| refusal.to_string())
}

fn told(sections: &str, row: &str, tell: fn(&Event, KnownFrom) -> String) -> String {
    mapped(sections, row).map_or_else(|refusal| refusal, |(event, known)| tell(&event, known))
}

fn when(event: &Event, known: KnownFrom) -> String {
    let at = event.occurred.at.map_or_else(String::new, |at| format!(" at {at}"));
    let known = match known {
        KnownFrom::Day(day) => day.to_string(),
        KnownFrom::Instant(at) => at.to_string(),
    };
    let reported = event.reported.map_or_else(String::new, |at| format!(", reported {at}"));
    format!("{}..{}{at}, known {known}{reported}", event.occurred.day, event.occurred.last_day)
}

/// (format, row, when)
const TIMES: &[(&str, &str, &str)] = &[
    ("\"date\"", r#"{"id":1,"date":"2019-03-04"}"#, "2019-03-04..2019-03-04, known 2019-03-04"),
    ("\"%d/%m/%Y\"", r#"{"id":1,"date":" 04/03/2019\u00a0"}"#, "2019-03-04..2019-03-04, known 2019-03-04"),
    ("[\"%d/%m/%Y\", \"date\"]", r#"{"id":1,"date":"2019-03-04"}"#, "2019-03-04..2019-03-04, known 2019-03-04"),
    ("\"%Y%m%d\"", r#"{"id":1,"date":20190304}"#, "2019-03-04..2019-03-04, known 2019-03-04"),
    ("\"%b %Y\"", r#"{"id":1,"date":"Feb 2020"}"#, "2020-02-01..2020-02-29, known 2020-02-29"),
    ("\"epoch_ms\"", r#"{"id":1,"date":1551657600500}"#, "2019-03-04..2019-03-04 at 2019-03-04T00:00:00.500Z, known 2019-03-04"),
    ("\"epoch_ms\"", r#"{"id":1,"date":"1551657600500"}"#, "2019-03-04..2019-03-04 at 2019-03-04T00:00:00.500Z, known 2019-03-04"),
    (
        "\"epoch_s\"\nzone = \"Asia/Seoul\"",
        r#"{"id":1,"date":1551632400}"#,
        "2019-03-04..2019-03-04 at 2019-03-03T17:00:00Z, known 2019-03-04",
    ),
    ("\"rfc3339\"", r#"{"id":1,"date":"2019-03-04T01:00:00+09:00"}"#, "2019-03-04..2019-03-04 at 2019-03-03T16:00:00Z, known 2019-03-04"),
    (
        "\"rfc3339\"\nzone = \"America/New_York\"",
        r#"{"id":1,"date":"2019-03-04T01:00:00Z"}"#,
        "2019-03-03..2019-03-03 at 2019-03-04T01:00:00Z, known 2019-03-03",
    ),
    ("\"rfc3339\"\nprecision = \"day\"", r#"{"id":1,"date":"2019-03-04T23:00:00Z"}"#, "2019-03-04..2019-03-04, known 2019-03-04"),
    (
        "\"%Y-%m-%d %H:%M\"\nzone = \"Asia/Seoul\"",
        r#"{"id":1,"date":"2019-03-04 08:30"}"#,
        "2019-03-04..2019-03-04 at 2019-03-03T23:30:00Z, known 2019-03-04",
    ),
    (
        "\"%Y-%m-%d %H:%M %z\"",
        r#"{"id":1,"date":"2019-03-04 08:30 +0900"}"#,
        "2019-03-04..2019-03-04 at 2019-03-03T23:30:00Z, known 2019-03-04",
    ),
    // The clock of Berlin skips 02:30 on this day.
    (
        "\"%Y-%m-%d %H:%M\"\nzone = \"Europe/Berlin\"",
        r#"{"id":1,"date":"2019-03-31 02:30"}"#,
        "field occurred (column date): is not a date or time of the form expected",
    ),
    (
        "\"date\"\nuntil = { column = \"end\", format = \"date\" }",
        r#"{"id":1,"date":"2019-03-04","end":"2019-03-06"}"#,
        "2019-03-04..2019-03-06, known 2019-03-06",
    ),
    (
        "\"date\"\nuntil = { column = \"end\", format = \"date\" }",
        r#"{"id":1,"date":"2019-03-04"}"#,
        "2019-03-04..2019-03-04, known 2019-03-04",
    ),
    (
        "\"date\"\nuntil = { column = \"end\", format = \"date\" }",
        r#"{"id":1,"date":"2019-03-04","end":"2019-03-03"}"#,
        "field occurred.until (column end): ends before it begins",
    ),
    ("\"date\"", r#"{"id":1,"date":"2019-02-30"}"#, "field occurred (column date): is not a date or time of the form expected"),
    ("\"date\"", r#"{"id":1,"date":"9999-12-31"}"#, "field occurred (column date): lies outside 1970-01-01 to 2199-12-31"),
    ("\"date\"", r#"{"id":1,"date":"NA"}"#, "field occurred (column date) is missing"),
    ("\"date\"", r#"{"id":1}"#, "field occurred (column date) is missing"),
    ("\"epoch_s\"", r#"{"id":1,"date":9e99}"#, "field occurred (column date): is not of the type expected"),
    ("\"epoch_s\"", r#"{"id":1,"date":99999999999999999999}"#, "field occurred (column date): is not of the type expected"),
    ("\"epoch_s\"", r#"{"id":1,"date":-1}"#, "field occurred (column date): lies outside 1970-01-01 to 2199-12-31"),
    ("\"rfc3339\"", r#"{"id":1,"date":"2016-12-31T23:59:60Z"}"#, "2016-12-31..2016-12-31 at 2016-12-31T23:59:59.999Z, known 2016-12-31"),
];

#[test]
fn times_in_every_format_and_zone() {
    for (format, row, expected) in TIMES {
        assert_eq!(told(&format!("[occurred]\ncolumn = \"date\"\nformat = {format}\n"), row, when), *expected, "{format} {row}");
    }
}

#[test]
fn knowledge_comes_from_the_report_or_from_a_declared_lag() {
    let reported = |format: &str| format!("[known]\nfrom = \"reported\"\n[reported]\ncolumn = \"sent\"\nformat = \"{format}\"\n");
    let row = r#"{"id":1,"date":"2019-03-04","sent":"2019-03-06"}"#;
    assert_eq!(told(&reported("date"), row, when), "2019-03-04..2019-03-04, known 2019-03-06, reported 2019-03-06T23:59:59.750Z");
    let row = r#"{"id":1,"date":"2019-03-04","sent":"2019-03-06T10:00:00Z"}"#;
    assert_eq!(told(&reported("rfc3339"), row, when), "2019-03-04..2019-03-04, known 2019-03-06T10:00:00Z, reported 2019-03-06T10:00:00Z");
    assert_eq!(told(&reported("rfc3339"), r#"{"id":1,"date":"2019-03-04"}"#, when), "field reported (column sent) is missing");
    let lag = "[known]\nfrom = \"occurred\"\nafter_days = 30\n";
    assert_eq!(told(lag, r#"{"id":1,"date":"2019-03-04"}"#, when), "2019-03-04..2019-03-04, known 2019-04-03");
    let beside = "[reported]\ncolumn = \"sent\"\nformat = \"date\"\n";
    assert_eq!(told(beside, r#"{"id":1,"date":"2019-03-04"}"#, when), "2019-03-04..2019-03-04, known 2019-03-04");
}

#[test]
fn counts_are_whole_and_at_least_one() {
    let table = [
        ("{ column = \"n\" }", "3", "3"),
        ("{ column = \"n\" }", "\" 3 \"", "3"),
        ("{ column = \"n\" }", "0", "field event.count (column n): is zero"),
        ("{ column = \"n\" }", "-3", "field event.count (column n): is negative"),
        ("{ column = \"n\" }", "\"-3\"", "field event.count (column n): is negative"),
        // JSON says that this is the number three; in text `1.000` may be a thousand, so a fraction is refused there.
        ("{ column = \"n\" }", "3.0", "3"),
        ("{ column = \"n\" }", "\"3.0\"", "field event.count (column n): is not of the type expected"),
        ("{ column = \"n\" }", "3.5", "field event.count (column n): is not of the type expected"),
        ("{ column = \"n\" }", "\"1,159\"", "field event.count (column n): is not a number"),
        ("{ column = \"n\", thousands = \",\" }", "\"1,159\"", "1159"),
        ("{ column = \"n\", thousands = \",\" }", "\"1,15\"", "field event.count (column n): is not a number"),
        ("{ column = \"n\", thousands = \".\", decimal = \",\" }", "\"1.159\"", "1159"),
        ("{ column = \"n\" }", "\"three\"", "field event.count (column n): is not a number"),
        ("{ column = \"n\" }", "\"NaN\"", "field event.count (column n): is not a finite number"),
        ("{ column = \"n\" }", "\"inf\"", "field event.count (column n): is not a finite number"),
        ("{ column = \"n\" }", "1e308", "field event.count (column n): is not of the type expected"),
        ("{ column = \"n\" }", "\"1e308\"", "field event.count (column n): is too large"),
        ("{ column = \"n\" }", "4294967296", "field event.count (column n): is too large"),
        ("{ column = \"n\" }", "null", "field event.count (column n) is missing"),
        ("{ column = \"n\" }", "[1,2]", "field event.count (column n): is not a number"),
        ("{ column = \"n\" }", "{\"a\":1}", "field event.count (column n): is not of the type expected"),
        ("{ column = \"n\", empty = 1 }", "null", "1"),
        ("{ column = \"n\", required = false }", "null", "1"),
        ("7", "null", "7"),
    ];
    for (count, cell, expected) in table {
        let sections = format!("[event]\ntype = \"inspection.performed\"\njurisdiction = \"KR\"\nmeasures = \"m\"\ncount = {count}\n");
        let row = format!("{{\"id\":1,\"date\":\"2019-03-04\",\"n\":{cell}}}");
        assert_eq!(told(&sections, &row, |event, _| event.count.to_string()), expected, "{count} {cell}");
    }
}

#[test]
fn words_go_through_tables_splits_and_defaults() {
    let measures = |event: &Event, _: KnownFrom| event.measures.iter().map(|measure| measure.as_str()).collect::<Vec<_>>().join("+");
    let table = [
        ("\"coal\"", "null", "coal"),
        ("[\"coal\", \"oil\"]", "null", "coal+oil"),
        ("{ column = \"b\" }", "\"\\u00a0coal \"", "coal"),
        ("{ column = \"b\" }", "[\"coal\", \"oil\", \"coal\"]", "coal+oil"),
        ("{ column = \"b\" }", "[]", "field event.measures (column b) is missing"),
        ("{ column = \"b\", split = \";\" }", "\"coal; oil;;\"", "coal+oil"),
        ("{ column = \"b\", split = \";\", table = { c = \"coal\", o = [\"oil\", \"fuel\"] } }", "\"c;o\"", "coal+oil+fuel"),
        ("{ column = \"b\", table = { c = \"coal\" } }", "\"x\"", "field event.measures (column b): is not one of the known words"),
        ("{ column = \"b\", table = { c = \"coal\" }, keep_others = true }", "\"x\"", "x"),
        ("{ column = \"b\", table = { c = \"coal\" }, otherwise = \"other\" }", "\"x\"", "other"),
        ("{ column = \"b\", table = { 1 = \"coal\", true = \"oil\" } }", "1", "coal"),
        ("{ column = \"b\", table = { 1 = \"coal\", true = \"oil\" } }", "true", "oil"),
        ("{ column = \"b\", empty = \"none\" }", "\"-\"", "none"),
        ("{ column = \"b\" }", "\"\"", "field event.measures (column b) is missing"),
        ("{ column = \"b\", required = false }", "\"\"", ""),
        ("{ columns = [\"b\", \"id\"], join = \"-\" }", "\"coal\"", "coal-1"),
        ("{ column = \"b\" }", "\"a\\u0007b\"", "field event.measures (column b): contains control characters"),
        ("{ column = \"in.side\" }", "null, \"in\":{\"side\":\"coal\"}", "coal"),
        ("{ column = \"in.side\" }", "null, \"in.side\":\"coal\"", "coal"),
        ("{ column = \"in.side\" }", "null, \"in\":null", "field event.measures (column in.side) is missing"),
    ];
    for (reading, cell, expected) in table {
        let sections = format!("[event]\ntype = \"inspection.performed\"\njurisdiction = \"KR\"\nmeasures = {reading}\n");
        let row = format!("{{\"id\":1,\"date\":\"2019-03-04\",\"b\":{cell}}}");
        assert_eq!(told(&sections, &row, measures), expected, "{reading} {cell}");
    }
}

#[test]
fn records_have_an_id_a_revision_and_an_operation() {
    let tell = |event: &Event, _: KnownFrom| format!("{} {} {:?}", event.source_record_id, event.revision, event.operation);
    let table = [
        ("id = { column = \"id\" }", "x 0 Assert"),
        ("id = { columns = [\"date\", \"id\", \"none\"], join = \"/\" }", "2019-03-04/x/ 0 Assert"),
        ("id = { column = \"id\" }\nrevision = 3", "x 3 Assert"),
        ("id = { column = \"id\" }\nrevision = { column = \"v\" }", "x 2 Assert"),
        // 2019-03-04T23:59:59Z, the last tick of the day on which it is known.
        ("id = { column = \"id\" }\nrevision = \"known\"", "x 1551743999 Assert"),
        ("id = { column = \"id\" }\noperation = \"retract\"", "x 0 Retract"),
        (
            "id = { column = \"id\" }\noperation = { column = \"state\", table = { taken_back = \"retract\" }, otherwise = \"assert\" }",
            "x 0 Retract",
        ),
        ("id = { column = \"none\" }", "field record.id (column none) is missing"),
    ];
    for (record, expected) in table {
        let row = r#"{"id":"x","date":"2019-03-04","v":2,"state":"taken_back"}"#;
        assert_eq!(told(&format!("[record]\n{record}\n"), row, tell), expected, "{record}");
    }
    let content = |row: &str| told("[record]\nid = \"content\"\n", row, tell);
    assert_eq!(content(r#"{"date":"2019-03-04","a":1}"#), content(r#"{"date":"2019-03-04","a":1}"#));
    assert_ne!(content(r#"{"date":"2019-03-04","a":1}"#), content(r#"{"date":"2019-03-04","a":2}"#));
}

#[test]
fn rows_are_passed_over_with_a_reason() {
    let skip = "[[skip]]\ncolumn = \"s\"\nis = [\"test\", 0]\nbecause = \"a\"\n[[skip]]\ncolumn = \"s\"\nis_empty = true\nbecause = \"b\"\n\
                [[skip]]\ncolumn = \"s\"\nis_not = [\"yes\", \"no\"]\nbecause = \"c\"\n";
    let table = [("\"test\"", "skipped 0"), ("0", "skipped 0"), ("null", "skipped 1"), ("\"maybe\"", "skipped 2"), ("\"yes\"", "taken")];
    for (cell, expected) in table {
        let row = format!("{{\"id\":1,\"date\":\"2019-03-04\",\"s\":{cell}}}");
        assert_eq!(told(skip, &row, |_, _| "taken".to_owned()), expected, "{cell}");
    }
}

#[test]
fn bodies_of_every_type_are_read() {
    let event = |of: &str, rest: &str| format!("[event]\ntype = \"{of}\"\njurisdiction = \"KR\"\nmeasures = \"m\"\n{rest}");
    let table = [
        (
            event(
                "inspection.performed",
                "[inspection]\ndepth = \"expanded\"\ntrigger = \"risk\"\nresult = { column = \"a\" }\ndeficiencies = { column = \"b\" }\n\
                 duration_minutes = 90\nship = { column = \"imo\" }\ncontainer = \"CSQU3054383\"\nexposure_id = { column = \"id\" }\n\
                 quantity = { column = \"t\", unit = \"t\" }\n",
            ),
            r#"{"a":"seized","b":4,"imo":9074729,"t":2.5005}"#,
            "InspectionPerformed(Inspection { depth: Some(Expanded), trigger: Some(Risk), result: Some(Seized), deficiencies: Some(4), \
             duration_minutes: Some(90), ship: Some(Valid(ImoNumber(9074729))), container: Some(Valid(ContainerNumber([67, 83, 81, 85, 51, 48, \
             53, 52, 51, 56, 51]))), exposure_id: Some(\"1\"), quantity: Some(Quantity { thousandths: 2501, unit: Tonne }) })",
        ),
        (
            event("inspection.refused", "[obstacle]\nground = { column = \"a\" }\nship = { column = \"imo\" }\n"),
            r#"{"a":"no access","imo":"91764126"}"#,
            "InspectionRefused(Obstacle { ground: Some(\"no access\"), next_action: None, ship: Some(Invalid(\"91764126\")) })",
        ),
        (
            event("exposure.observed", "[exposure]\nkind = \"port_call\"\nmode = \"sea\"\ncargo_hs = { column = \"a\", split = \",\" }\nmust_inspect = { column = \"b\" }\n"),
            r#"{"a":"2701,2709","b":"yes"}"#,
            "ExposureObserved(Exposure { kind: Some(PortCall), mode: Some(Sea), ship: None, cargo_hs: [\"2701\", \"2709\"], quantity: None, must_inspect: Some(true) })",
        ),
        (
            event("exposure.aggregate", "[exposure_total]\nkind = \"declaration\"\ncoverage = { column = \"a\" }\n"),
            r#"{"a":0.875}"#,
            "ExposureAggregate(ExposureTotal { kind: Some(Declaration), coverage_ppm: Some(875000) })",
        ),
        (event("exposure.aggregate", "[exposure_total]\ncoverage = { column = \"a\" }\n"), r#"{"a":1.5}"#, "field exposure_total.coverage (column a): is too large"),
        (
            event("seizure.recorded", "[seizure]\nhs = \"271019/2017\"\nquantity = { column = \"t\", unit = { column = \"u\", table = { barrels = \"bbl\" } } }\nground = \"catch_all\"\n"),
            r#"{"t":"1200","u":"barrels"}"#,
            "SeizureRecorded(Seizure { items: [SeizedItem { hs: Some(\"271019/2017\"), quantity: Some(Quantity { thousandths: 1200000, unit: Barrel }), \
             purpose: None }], ground: Some(CatchAll), concealment: None, ship: None })",
        ),
        (
            event("interdiction.outcome", "[interdiction]\nrequest = { column = \"a\" }\nend = \"boarded\"\non_high_seas = { column = \"b\" }\n"),
            r#"{"a":"R-7","b":0}"#,
            "InterdictionOutcome(Interdiction { request: Some(\"R-7\"), end: Some(Boarded), on_high_seas: Some(false), ship: None })",
        ),
        (
            "[event]\ntype = \"capacity.reported\"\n[capacity]\nresource = \"cutter\"\namount = { column = \"a\", unit = \"ship-day\" }\n".to_owned(),
            r#"{"a":12}"#,
            "CapacityReported(Capacity { resource: \"cutter\", amount: Quantity { thousandths: 12000, unit: ShipDay } })",
        ),
        (
            "[event]\ntype = \"context.noted\"\njurisdiction = \"KR\"\n[circumstance]\nkind = \"summit\"\neffect = \"effort\"\ntext = { column = \"a\" }\n".to_owned(),
            r#"{"a":"Hanoi summit"}"#,
            "ContextNoted(Circumstance { kind: Summit, effect: Some(Effort), affects: Selector { jurisdiction: Some(\"KR\"), measure: None }, text: \"Hanoi summit\" })",
        ),
        (event("inspection.performed", "[inspection]\nquantity = { column = \"t\", unit = \"t\" }\n"), r#"{"t":-1}"#, "field inspection.quantity (column t): is negative"),
    ];
    for (sections, row, expected) in table {
        let row = row.replacen('{', "{\"id\":1,\"date\":\"2019-03-04\",", 1);
        assert_eq!(told(&sections, &row, |event: &Event, _| body(&event.body)), expected, "{sections}");
    }
}

fn body(body: &Body) -> String {
    format!("{body:?}")
}

#[test]
fn the_rest_of_the_envelope_is_read_where_a_row_has_it() {
    let sections = "[event]\ntype = \"inspection.performed\"\njurisdiction = \"KR\"\nmeasures = \"m\"\ncase = { column = \"case\" }\n\
                    authority = \"KR-KCG\"\nreliability = \"b\"\ncredibility = 2\nmarking = \"amber+strict\"\n\
                    [location]\nlocode = { column = \"port\" }\nlatitude = { column = \"lat\" }\nlongitude = { column = \"lon\" }\n";
    let tell = |event: &Event, _: KnownFrom| {
        let context = event.context.as_ref().unwrap();
        let place = format!("{:?} {:?} {:?}", context.authority, context.reliability, context.marking);
        format!("{:?} {place} {:?} {:?}", context.case, context.credibility.map(|credibility| credibility.value()), context.location)
    };
    let row = r#"{"id":1,"date":"2019-03-04","case":"A1","lat":35.1,"lon":-129.05}"#;
    let position = "Position { latitude_e7: 351000000, longitude_e7: -1290500000 }";
    let rest = "Some(\"KR-KCG\") Some(B) Some(AmberStrict) Some(2)";
    assert_eq!(told(sections, row, tell), format!("Some(\"A1\") {rest} Some({position})"));
    let row = r#"{"id":1,"date":"2019-03-04","port":"KRPUS"}"#;
    assert_eq!(told(sections, row, tell), format!("None {rest} Some(Locode(\"KRPUS\"))"));
    let plain = mapped("", r#"{"id":1,"date":"2019-03-04"}"#).unwrap().0;
    assert_eq!(plain.context, None);
}

/// (version, state, result, the events of the row as id, type and operation)
const FINDS: &[(&str, &str, &str, &str)] = &[
    ("0", "new", "hit", "7 inspection.performed Assert, 7/find interdiction.outcome Assert"),
    ("0", "new", "none", "7 inspection.performed Assert"),
    ("1", "amended", "hit", "7 inspection.performed Correct, 7/find interdiction.outcome Correct"),
    ("1", "amended", "none", "7 inspection.performed Correct, 7/find interdiction.outcome Retract"),
    ("1", "new", "none", "7 inspection.performed Assert, 7/find interdiction.outcome Retract"),
    ("1", "withdrawn", "hit", "7 inspection.performed Retract, 7/find interdiction.outcome Retract"),
    ("0", "withdrawn", "none", "7 inspection.performed Retract, 7/find interdiction.outcome Retract"),
];

#[test]
fn a_find_follows_every_version_of_its_inspection() {
    let sections = "[record]\nid = { column = \"id\" }\nrevision = { column = \"v\" }\n\
                    operation = { column = \"state\", table = { new = \"assert\", amended = \"correct\", withdrawn = \"retract\" } }\n\
                    [find]\ncolumn = \"result\"\nis = [\"hit\"]\n";
    for (version, state, result, expected) in FINDS {
        let row = format!(r#"{{"id":7,"date":"2019-03-04","v":{version},"state":"{state}","result":"{result}"}}"#);
        let Ok(Outcome::Event(mapped)) = outcome(sections, &row) else { panic!("{row}") };
        let told = |event: &Event| format!("{} {} {:?}", event.source_record_id, event.body.type_name(), event.operation);
        let all: Vec<String> = [Some(&mapped.event), mapped.find.as_deref()].into_iter().flatten().map(told).collect();
        assert_eq!(all.join(", "), *expected, "{row}");
    }
}

#[test]
fn what_is_no_row_of_json_says_so() {
    let table = [
        ("[1]", "not valid JSON: a row is one object, { … }, and this is none: is `format` right?"),
        ("2019-03-04,KR,1", "not valid JSON: a row is one object, { … }, and this is none: is `format` right?"),
        ("{\"id\":1,}", "not valid JSON: trailing comma at byte 9"),
        ("{\"id\":1} x", "not valid JSON: trailing characters at byte 10"),
        ("{\"id\":1,\"id\":2,\"date\":\"2019-03-04\"}", "not valid JSON: key `id` twice at byte 12"),
        ("{\"id\":NaN}", "not valid JSON: expected value at byte 7"),
        ("{\"id\":\"\\ud800\"}", "not valid JSON: unexpected end of hex escape at byte 14"),
        ("{\"id\":12345678901234567890123,\"date\":\"2019-03-04\"}", "field record.id (column id): is not of the type expected"),
    ];
    for (row, expected) in table {
        assert_eq!(mapped("", row).unwrap_err(), expected, "{row}");
    }
}

#[test]
fn deep_json_is_passed_over_where_nobody_reads_it_and_refused_where_a_field_does() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let row = format!("{{\"other\":{deep},\"id\":1,\"date\":\"2019-03-04\"}}");
    assert_eq!(told("", &row, when), "2019-03-04..2019-03-04, known 2019-03-04");
    let row = format!("{{\"id\":{deep},\"date\":\"2019-03-04\"}}");
    assert!(told("", &row, when).starts_with("not valid JSON: recursion limit exceeded"));
}
