//! The end of the process.

use std::io::{self, Write as _};
use std::sync::Once;

use diesel_doctor_analysis::shielded;
use diesel_doctor_analysis::words::counted;
use diesel_doctor_stack::at_exit;

/// What is done when the process ends by returning from `main` or by `exit`. The first call decides.
pub(super) fn register(part: fn()) {
    static REGISTERED: Once = Once::new();
    static PART: std::sync::OnceLock<fn()> = std::sync::OnceLock::new();

    extern "C" fn run() {
        // A panic that leaves a function of C's ends the process at once.
        shielded(|| PART.get().map(|part| part()));
    }

    REGISTERED.call_once(|| {
        let _ = PART.set(part);
        at_exit(run);
    });
}

/// Says on standard error how many reports were lost.
pub(super) fn say_lost(reports: u64) {
    let reports = counted(reports, "report");
    // Nobody is left who could be told that this failed.
    let _ = writeln!(
        io::stderr(),
        "diesel-doctor: {reports} not finished when the process ended; set DIESEL_DOCTOR_WAIT to more seconds"
    );
}
