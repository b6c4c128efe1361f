//! What the production profile asks beyond counts.

use std::sync::Arc;

use diesel::prelude::*;
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

#[test]
fn a_fast_loop_is_told_in_tests_and_not_in_production() {
    let conn = &mut open();
    let test = Arc::new(test_doctor().build().unwrap());
    let production = Arc::new(test_doctor().profile(Profile::Production).build().unwrap());
    assert_eq!(production.call_sites(), CallSites::Repeats);
    assert_eq!(warnings(&loop_of(6, &test, conn)).len(), 1);
    let report = loop_of(6, &production, conn);
    assert_eq!(report.query_count(), 6);
    assert!(report.evidence().database_time.as_millis() < 20, "as fast as that: {report}");
    report.assert_clean();
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
