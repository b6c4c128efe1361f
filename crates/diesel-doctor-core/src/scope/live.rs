//! The counts of a scope before it is closed.

use std::time::Duration;

use super::ScopeHandle;

impl ScopeHandle {
    /// What the scope has counted so far; `None` when it is closed, or when the doctor is off.
    pub fn live(&self) -> Option<Live> {
        self.inner.with(|recording| Live { queries: recording.totals.user, database_time: recording.totals.elapsed })
    }
}

/// What an open scope has counted so far, without any analysis; returned by [`ScopeHandle::live`](crate::ScopeHandle::live).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Live {
    /// Queries that the program made. Transaction control, pings, set-up and type look-ups do not count.
    pub queries: u64,
    /// The total time of all statements that have ended.
    pub database_time: Duration,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::reporters::{Memory, Silent};
    use crate::{DoctorBuilder, Health, Recorder, bind};

    fn query(recorder: &mut Recorder) {
        recorder.start_query(&"SELECT 1");
        recorder.finish_query(&"SELECT 1", None);
    }

    fn doctor() -> crate::Doctor {
        DoctorBuilder::without_environment().reporter(Silent).build().unwrap()
    }

    #[test]
    fn an_open_scope_tells_what_it_counted_and_a_closed_one_nothing() {
        let scope = Arc::new(doctor()).open("request");
        let handle = scope.handle();
        let mut recorder = Recorder::new();
        assert_eq!(handle.live(), Some(Live::default()));
        scope.in_scope(|| {
            query(&mut recorder);
            recorder.start_query(&"SELECT 2");
        });
        let live = handle.live().unwrap();
        assert_eq!(live.queries, 2, "a query counts when it starts");
        let report = scope.close();
        assert_eq!(report.evidence().database_time, live.database_time);
        assert_eq!(handle.live(), None);
    }

    #[test]
    fn what_is_ignored_is_neither_recorded_nor_missed() {
        let doctor = Arc::new(doctor());
        let ignored = doctor.ignored();
        let before = Health::of_process().ignored;
        let mut recorder = Recorder::new();
        ignored.in_scope(|| {
            query(&mut recorder);
            std::thread::scope(|threads| threads.spawn(bind(|| query(&mut recorder))).join().unwrap());
            let inner = doctor.open("diagnosed all the same");
            inner.in_scope(|| query(&mut recorder));
            assert_eq!(inner.close().query_count(), 1);
        });
        assert!(Health::of_process().ignored >= before + 2);
        assert_eq!(ignored.live(), None);
    }

    #[test]
    fn a_doctor_can_report_elsewhere_with_the_same_settings() {
        let (first, second) = (Memory::new(), Memory::new());
        let doctor = DoctorBuilder::without_environment().reporter(first.clone()).build().unwrap();
        let other = Arc::new(doctor.reporting_to(second.clone()));
        assert_eq!((other.profile(), other.call_sites()), (doctor.profile(), doctor.call_sites()));
        drop(other.open("dropped"));
        assert_eq!((first.reports().len(), second.reports().len()), (0, 1));
        doctor.send(&second.take()[0]);
        assert_eq!(first.reports().len(), 1);
    }
}
