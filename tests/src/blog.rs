//! A blog's tables, as temporary tables of one connection, and the doctor that its tests use.

use std::sync::{Arc, LazyLock};

use diesel::connection::SimpleConnection;
use diesel_doctor::{ConnectionExt, Doctor, DoctorBuilder, Profile, Report, Severity};

diesel::table! {
    /// Ten users.
    users {
        /// 1 to 10.
        id -> Integer,
        /// Never absent.
        name -> Text,
    }
}

diesel::table! {
    /// Twenty posts, two for each user.
    posts {
        /// 1 to 20.
        id -> Integer,
        /// Who wrote it.
        user_id -> Integer,
        /// Never absent.
        title -> Text,
    }
}

diesel::table! {
    /// Forty comments, two for each post.
    comments {
        /// 1 to 40.
        id -> Integer,
        /// What it is about.
        post_id -> Integer,
        /// Absent for every second one.
        body -> Nullable<Text>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(users, posts, comments);

/// A query with a row for each number below 10,000, in any order, on every database.
pub const TEN_THOUSAND_ROWS: &str = "WITH d (i) AS (SELECT 0 UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL \
                                     SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL \
                                     SELECT 8 UNION ALL SELECT 9) \
                                     SELECT a.i + 10 * b.i + 100 * c.i + 1000 * e.i FROM d a, d b, d c, d e";

/// Makes the tables in the connection's temporary schema, fills them, and watches the connection under the name `main`.
///
/// `id` is the type and constraint of a key that counts by itself.
///
/// # Panics
/// When the database refuses.
pub fn prepare(conn: &mut impl ConnectionExt, id: &str) {
    let list = |count: usize, row: &dyn Fn(usize) -> String| (1..=count).map(row).collect::<Vec<_>>().join(", ");
    SimpleConnection::batch_execute(
        conn,
        &format!(
            "CREATE TEMPORARY TABLE users (id {id}, name VARCHAR(100) NOT NULL UNIQUE);
             CREATE TEMPORARY TABLE posts (id {id}, user_id INTEGER NOT NULL, title VARCHAR(100) NOT NULL);
             CREATE TEMPORARY TABLE comments (id {id}, post_id INTEGER NOT NULL, body VARCHAR(100));
             INSERT INTO users (name) VALUES {};
             INSERT INTO posts (user_id, title) VALUES {};
             INSERT INTO comments (post_id, body) VALUES {};",
            list(10, &|n| format!("('user {n}')")),
            list(20, &|n| format!("({}, 'post {n}')", n.div_ceil(2))),
            list(40, &|n| format!("({}, {})", n.div_ceil(2), if n % 2 == 0 { "NULL" } else { "'text'" })),
        ),
    )
    .expect("the tables can be made");
    conn.doctor("main").expect("the connection can be watched");
}

/// A builder for the test profile that hears nothing of the environment, and reports to nobody.
pub fn test_doctor() -> DoctorBuilder {
    DoctorBuilder::without_environment().profile(Profile::Test).reporter(diesel_doctor::reporters::Silent)
}

/// Diagnoses under [`test_doctor`].
///
/// # Panics
/// When the closure does.
pub fn diagnose<T>(f: impl FnOnce() -> T) -> (T, Report) {
    static DOCTOR: LazyLock<Arc<Doctor>> =
        LazyLock::new(|| Arc::new(test_doctor().build().expect("the settings are valid")));
    DOCTOR.diagnose("scenario", f)
}

/// The findings that warn or worse, as `rule@line`, in the order of the report.
pub fn warnings(report: &Report) -> Vec<String> {
    report.findings().iter().filter(|finding| finding.severity >= Severity::Warning).map(place).collect()
}

/// The findings that only inform, as `rule@line`.
pub fn infos(report: &Report) -> Vec<String> {
    report.findings().iter().filter(|finding| finding.severity == Severity::Info).map(place).collect()
}

fn place(finding: &diesel_doctor::Finding) -> String {
    let lines: Vec<String> = finding
        .sites
        .iter()
        .map(|site| site.innermost().map_or_else(|| "?".to_owned(), |frame| frame.line.to_string()))
        .collect();
    format!("{}@{}", finding.rule.name, if lines.is_empty() { "?".to_owned() } else { lines.join(",") })
}

/// The title of a post, written as a macro of another crate would be.
#[macro_export]
macro_rules! title_of {
    ($id:expr, $conn:expr) => {
        ::diesel::QueryDsl::select(
            ::diesel::QueryDsl::find($crate::blog::posts::table, $id),
            $crate::blog::posts::title,
        )
        .first::<String>($conn)
        .unwrap()
    };
}
