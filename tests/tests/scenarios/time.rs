//! What the production profile asks beyond counts.

use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use diesel_doctor::analyzers::NPlusOne;
use diesel_doctor::{CallSites, Doctor, Profile};
use diesel_doctor_tests::blog::{infos, test_doctor, users, warnings};

use super::super::{Conn, open};

fn loop_of(rounds: i32, doctor: &Arc<Doctor>, conn: &mut Conn) -> diesel_doctor::Report {
    let ((), report) = doctor.diagnose("page", || {
        for id in 1..=rounds {
            let _: Option<String> = users::table.find(id).select(users::name).first(conn).optional().unwrap();
        }
    });
    report
}

/// A doctor for production to whom so much time in a loop is too much: no clock decides what these tests see.
fn production(min_time: Duration) -> Arc<Doctor> {
    let rule = NPlusOne::for_production().min_time(min_time);
    Arc::new(test_doctor().profile(Profile::Production).analyzer(rule).build().unwrap())
}

const ANY: Duration = Duration::from_nanos(1);

#[test]
fn production_asks_for_five_rounds_where_a_test_asks_for_three() {
    let conn = &mut open();
    let test = Arc::new(test_doctor().build().unwrap());
    for (doctor, threshold) in [(test, 3), (production(ANY), 5)] {
        let below = loop_of(threshold - 1, &doctor, conn);
        assert_eq!(below.query_count(), u64::from(threshold.unsigned_abs()) - 1);
        below.assert_clean();
        assert_eq!(warnings(&loop_of(threshold, &doctor, conn)).len(), 1);
    }
}

#[test]
fn a_fast_loop_is_told_in_tests_and_in_production_only_when_it_takes_time() {
    let conn = &mut open();
    let test = Arc::new(test_doctor().build().unwrap());
    assert_eq!(warnings(&loop_of(6, &test, conn)).len(), 1);
    assert_eq!(warnings(&loop_of(6, &production(ANY), conn)).len(), 1);
    let fast = loop_of(6, &production(Duration::MAX), conn);
    assert_eq!(fast.query_count(), 6);
    fast.assert_clean();
}

#[test]
fn the_production_profile_goes_by_the_time_that_it_reports() {
    let conn = &mut open();
    let production = Arc::new(test_doctor().profile(Profile::Production).build().unwrap());
    assert_eq!(production.call_sites(), CallSites::Repeats);
    let report = loop_of(6, &production, conn);
    assert_eq!(report.query_count(), 6);
    let is_slow = report.evidence().database_time >= NPlusOne::PRODUCTION_TIME;
    assert_eq!(!warnings(&report).is_empty(), is_slow, "{report}");
}

#[test]
fn call_sites_from_the_second_run_on_find_the_line_too() {
    let conn = &mut open();
    let doctor = Arc::new(test_doctor().call_sites(CallSites::Repeats).build().unwrap());
    let report = loop_of(6, &doctor, conn);
    assert_eq!(warnings(&report).len(), 1, "{report}");
    assert!(!warnings(&report)[0].ends_with('?'), "{report}");
    let once = loop_of(1, &doctor, conn);
    assert_eq!((once.query_count(), once.evidence().call_sites.captured), (1, 0));
}

#[test]
fn without_call_sites_there_is_a_finding_that_says_how_to_get_them() {
    let conn = &mut open();
    let doctor = Arc::new(test_doctor().call_sites(CallSites::Off).build().unwrap());
    let report = loop_of(12, &doctor, conn);
    assert_eq!(warnings(&report), ["n-plus-one@?"], "{report}");
    assert!(report.to_string().contains("DIESEL_DOCTOR_CALL_SITES=always"), "{report}");
    // Six may come from six places: without a place that is a candidate, not a warning.
    assert_eq!(infos(&loop_of(6, &doctor, conn)), ["n-plus-one@?"]);
}
