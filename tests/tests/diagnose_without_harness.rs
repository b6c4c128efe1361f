//! `#[diagnose]` where the harness is not Rust's own, as in benchmarks: nothing there is a test, and so nothing fails.

use diesel_doctor::reporters::Memory;
use diesel_doctor::{DoctorBuilder, Verdict, diagnose};

/// It looks like a test whose attribute stood above, and was called on the main thread.
#[diagnose]
fn helper() -> u8 {
    7
}

fn main() {
    const { assert!(cfg!(test), "as Cargo builds tests and benchmarks, with a harness or without") };
    let memory = Memory::new();
    let doctor = DoctorBuilder::without_environment().reporter(memory.clone()).build().unwrap();
    doctor.make_global().unwrap();
    assert_eq!(helper(), 7);
    let reports = memory.take();
    let told: Vec<_> = reports.iter().map(|report| (report.scope.as_str(), report.verdict())).collect();
    assert!(matches!(told[..], [("diagnose_without_harness::helper", Verdict::Blind(_))]), "{told:?}");
}
