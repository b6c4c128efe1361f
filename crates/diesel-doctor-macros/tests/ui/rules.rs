use diesel_doctor_macros::diagnose;

#[diagnose(allow("n-plus-on", reason = "it is short"))]
fn misspelt() {}

#[diagnose(deny = "warning")]
fn misspelt_warnings() {}

#[diagnose(allow("n-plus-one"))]
fn without_a_reason() {}

#[diagnose(allow("n-plus-one", reason = ""))]
fn empty_reason() {}

#[diagnose(allow("n-plus-one", "duplicate-query", reason = "they are short"))]
fn two_at_once() {}

#[diagnose(allow = "n-plus-one")]
fn as_a_value() {}

#[diagnose(allow(5, reason = "it is short"))]
fn number_for_a_rule() {}

#[diagnose(deny())]
fn deny_nothing() {}

fn main() {
    misspelt();
    misspelt_warnings();
    without_a_reason();
    empty_reason();
    two_at_once();
    as_a_value();
    number_for_a_rule();
    deny_nothing();
}
